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

/** `81.4 %` for 0.814. */
export function percent(share: number, digits = 1): string {
  return `${(share * 100).toFixed(digits)} %`;
}

/** `12.0`, `4.3`: one digit behind the point, so that a column of them can be compared; none for zero and what is large. */
export function decimal(number: number): string {
  const digits = number === 0 || Math.abs(number) >= 100 ? 0 : 1;
  return number.toLocaleString("en", { maximumFractionDigits: digits, minimumFractionDigits: digits });
}

/** `2.5`, `1,200`: a round figure at the side of a chart. */
export function roundFigure(number: number): string {
  return number.toLocaleString("en", { maximumFractionDigits: 2 });
}

/** `3.2 points` for 0.032: by how much two shares differ. */
export function points(share: number): string {
  return `${(share * 100).toFixed(1)} points`;
}
