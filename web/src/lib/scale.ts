/** Scales of charts: round figures at the side, days below. Pure. */
import { addMonths, type Day, daysBetween } from "./moment";

/** Round figures from the low end to the high one, about so many. */
export function roundTicks(low: number, high: number, about = 3): number[] {
  const span = high - low;
  if (!(span > 0)) return [low];
  const rough = span / about;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 2.5, 5, 10].find((factor) => factor * power >= rough) ?? 10) * power;
  const ticks: number[] = [];
  for (let place = Math.ceil(low / step - 1e-9); place * step <= high + step * 1e-9; place += 1)
    ticks.push(Number((place * step).toFixed(10)));
  return ticks;
}

/** The range that some values take, with room above and below; from zero, if they are counts. */
export function rangeOf(values: readonly number[], fromZero: boolean): { low: number; high: number } {
  if (values.length === 0) return { low: 0, high: 1 };
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (fromZero) low = Math.min(0, low);
  // A line that never moves stands in the middle.
  if (high === low)
    return fromZero
      ? { low, high: low + Math.max(1, Math.abs(low)) }
      : { low: low - Math.abs(low || 1) * 0.1, high: high + Math.abs(high || 1) * 0.1 };
  const room = (high - low) * 0.08;
  return { low: fromZero ? low : low - room, high: high + room };
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** The first days of months between two days, with so much room that their names do not touch. */
export function monthTicks(from: Day, to: Day, most: number): { day: Day; text: string }[] {
  const months = Math.max(1, Math.ceil(daysBetween(from, to) / 30.4));
  const step = [1, 2, 3, 6, 12, 24, 60, 120].find((size) => months / size <= Math.max(1, most)) ?? 120;
  const ticks: { day: Day; text: string }[] = [];
  let day = `${from.slice(0, 7)}-01`;
  for (let round = 0; round < 2_000 && day <= to; round += 1, day = addMonths(day, 1)) {
    const month = Number(day.slice(5, 7)) - 1;
    const year = Number(day.slice(0, 4));
    const isTick = step < 12 ? month % step === 0 : month === 0 && year % (step / 12) === 0;
    if (day >= from && isTick) ticks.push({ day, text: month === 0 ? day.slice(0, 4) : (MONTHS[month] ?? "") });
  }
  return ticks;
}
