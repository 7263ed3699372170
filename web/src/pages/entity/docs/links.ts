/** Where a link in a document leads. */
import { safeUrl } from "../../../lib/value";

/** What to make of an address in a document. */
export type Target =
  /** Another document of the same repository. */
  | { kind: "document"; path: string; anchor: string | undefined }
  /** A heading of the same document. */
  | { kind: "anchor"; anchor: string }
  /** A web page elsewhere. */
  | { kind: "web"; url: string }
  /** Nothing that can be opened here: a file that is no document, or a scheme that is not followed. */
  | { kind: "none"; text: string };

/** Reads the address of a link that stands in the document at `from`. */
export function targetOf(address: string, from: string, documents: ReadonlySet<string>): Target {
  // What the sanitiser took the address of leads nowhere.
  if (address === "") return { kind: "none", text: "" };
  const url = safeUrl(address);
  if (url) return { kind: "web", url };
  if (address.startsWith("#")) {
    const anchor = decoded(address.slice(1));
    return anchor === "" ? { kind: "none", text: address } : { kind: "anchor", anchor };
  }
  if (/^[a-z][a-z0-9+.-]*:/i.test(address) || address.startsWith("//")) return { kind: "none", text: address };
  const [file = "", fragment] = address.split("#", 2);
  const path = resolvePath(decoded(file.replace(/\?.*$/s, "")), from);
  const anchor = fragment ? decoded(fragment) : undefined;
  const found = path === undefined ? undefined : knownAs(path, documents);
  return found === undefined ? { kind: "none", text: address } : { kind: "document", path: found, anchor };
}

/** A path relative to the folder of a file, or to the root if it begins with a slash; nothing if it leaves the repository. */
export function resolvePath(path: string, from: string): string | undefined {
  const steps = path.startsWith("/") ? [] : from.split("/").slice(0, -1);
  for (const step of path.split("/")) {
    if (step === "" || step === ".") continue;
    if (step !== "..") steps.push(step);
    else if (steps.pop() === undefined) return undefined;
  }
  return steps.join("/");
}

// A link to a folder means its README, as on the sites where such documents are usually read.
function knownAs(path: string, documents: ReadonlySet<string>): string | undefined {
  if (documents.has(path)) return path;
  const folder = path === "" ? "" : `${path}/`;
  return ["README.md", "readme.md", "index.md"].map((name) => folder + name).find((candidate) => documents.has(candidate));
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
