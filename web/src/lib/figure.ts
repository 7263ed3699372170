/** Figures of the board as text: values by their unit, and how they changed. */
import type { Metric, Unit } from "../api/generated";
import { count, percent } from "./text";

/** What a figure is, and in what it is measured. */
export interface Measured {
  metric: Metric;
  unit: Unit;
}

/** `99.87 %`, `1,204`, `0.43`, `1 h 20 min`, `12.5 years`: a value in its unit. */
export function figureText({ metric, unit }: Measured, value: number): string {
  switch (unit) {
    case "COUNT":
      return count(Math.round(value));
    case "RATIO":
      return shareText(value, digitsOf(metric));
    case "SECONDS":
      return spanWords(value);
    case "PER_DAY":
      return small(value);
    case "YEARS":
      return `${value.toLocaleString("en", { maximumFractionDigits: 1 })} years`;
  }
}

/** By how much two values differ, without a sign: shares differ by points. */
export function differenceText({ metric, unit }: Measured, difference: number): string {
  if (unit === "SECONDS") return spanShort(Math.abs(difference));
  if (unit !== "RATIO") return figureText({ metric, unit }, Math.abs(difference));
  return `${(Math.abs(difference) * 100).toFixed(digitsOf(metric))} pt`;
}

/** How a figure changed, ready to be shown. */
export interface Change {
  way: "up" | "down" | "same";
  /** `+3`, `−0.12 pt`, `unchanged`. */
  text: string;
  tone: "better" | "worse" | "neither";
}

/** How a value differs from one before; nothing if either is unknown. What rounds to nothing is unchanged. */
export function changeOf(
  of: Measured & { moreIsBetter: boolean | null },
  value: number | null,
  before: number | null | undefined,
): Change | undefined {
  if (value === null || before === null || before === undefined) return undefined;
  const text = differenceText(of, value - before);
  if (Number.parseFloat(text) === 0) return { way: "same", text: "unchanged", tone: "neither" };
  const isMore = value > before;
  const tone = of.moreIsBetter === null ? "neither" : of.moreIsBetter === isMore ? "better" : "worse";
  return { way: isMore ? "up" : "down", text: `${isMore ? "+" : "−"}${text}`, tone };
}

/** Why a figure has no value, in a few words: nobody looked, or there was nothing to measure. */
export function whyUnknown(covered: number | null): string {
  return covered !== null && covered > 0 ? "nothing to measure" : "no source covers this period";
}

/** `covers 62 %`, where a figure is of a part of what it is about only. */
export function coveredText(covered: number | null): string | undefined {
  if (covered === null || covered <= 0 || covered >= 1) return undefined;
  // Whatever is not all of it is not called all of it.
  return `covers ${Math.min(99, Math.max(1, Math.round(covered * 100)))} %`;
}

/** `45 s`, `12 min`, `3 h 20 min`, `30 h`, `4.2 days`: to the digits that matter. */
export function spanWords(seconds: number): string {
  const whole = Math.round(Math.abs(seconds));
  if (whole < 60) return `${whole} s`;
  const minutes = Math.round(whole / 60);
  if (minutes < 60) return `${minutes} min`;
  if (minutes < 10 * 60) return minutes % 60 === 0 ? `${minutes / 60} h` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  if (minutes < 48 * 60) return `${Math.round(minutes / 60)} h`;
  return `${(minutes / 1_440).toLocaleString("en", { maximumFractionDigits: 1 })} days`;
}

/** The same in one unit, as a difference needs it: `82 min`, `3.4 h`. */
function spanShort(seconds: number): string {
  const minutes = Math.round(seconds / 60);
  if (minutes < 60 || minutes >= 48 * 60) return spanWords(seconds);
  return minutes < 120 ? `${minutes} min` : `${(minutes / 60).toFixed(minutes < 600 ? 1 : 0)} h`;
}

/** The word of a metric in addresses: `open_bugs`. */
export function metricWord(metric: Metric): string {
  return metric.toLowerCase();
}

/** The metric of a word, if it is one of these. */
export function readMetric<Of extends Metric>(text: string | undefined, among: readonly Of[]): Of | undefined {
  return among.find((metric) => metricWord(metric) === text);
}

/** A whole is one without digits, and only a whole is: what is nearly all says so. */
function shareText(value: number, digits: number): string {
  if (value === 0 || value === 1) return percent(value, 0);
  const text = percent(value, digits);
  if (value < 1 && Number.parseFloat(text) >= 100) return `> ${percent(1 - 10 ** (-digits - 2), digits)}`;
  return text;
}

/** A hundredth of a percent of a week is a minute: of stability it counts. */
function digitsOf(metric: Metric): number {
  return metric === "STABILITY" ? 2 : 1;
}

function small(value: number): string {
  return value.toLocaleString("en", { maximumFractionDigits: Math.abs(value) < 10 ? 2 : 1 });
}
