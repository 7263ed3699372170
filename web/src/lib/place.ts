/** A place of ours in an address; nothing for what would lead elsewhere. */
export function localPath(text: string | undefined): string | undefined {
  // A browser takes two slashes, or a slash and a backslash, for another host.
  if (text === undefined || !/^\/(?![/\\])/.test(text) || /[\p{Cc}\\]/u.test(text)) return undefined;
  return text;
}
