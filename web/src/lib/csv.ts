/** Tables as files. */

/**
 * Rows as RFC 4180 text. Texts that a spreadsheet would take for a formula get a leading apostrophe
 * (OWASP, "CSV injection").
 */
export function csv(rows: (string | number | null)[][]): string {
  return `${rows.map((row) => row.map(cell).join(",")).join("\r\n")}\r\n`;
}

function cell(value: string | number | null): string {
  if (value === null) return "";
  if (typeof value === "number") return String(value);
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
