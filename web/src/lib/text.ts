/** Numbers and words. */

const whole = new Intl.NumberFormat("en");

/** `1,234`. */
export function count(number: number): string {
  return whole.format(number);
}

/** `1 change`, `2 changes`. */
export function counted(number: number, one: string, many = `${one}s`): string {
  return `${count(number)} ${number === 1 ? one : many}`;
}

/** `Configuration` for `CONFIGURATION`, `Timed out` for `TIMED_OUT`. */
export function wordOf(constant: string): string {
  const text = constant.toLowerCase().replaceAll("_", " ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** `1.8 MB`. */
export function bytes(size: number): string {
  const units = ["B", "kB", "MB", "GB"];
  let value = size;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value).toString() : value.toFixed(1)} ${units[unit] ?? "B"}`;
}
