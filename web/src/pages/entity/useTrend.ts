/** Figures through time, up to the day that is looked at. */
import { EntitySeries, type Metric, type Scope, type SeriesPartsFragment } from "../../api/generated";
import { addDays, type Day, earlier } from "../../lib/moment";
import { useAsk } from "../../shell/data";
import { useMoment } from "../../shell/moment";
import { useEntitySearch } from "./context";

/** A stretch of time that trends are looked at over, in weeks. */
export interface Over {
  id: "quarter" | "year";
  weeks: number;
  /** `in 13 weeks`. */
  words: string;
}

const QUARTER: Over = { id: "quarter", weeks: 13, words: "in 13 weeks" };
const YEAR: Over = { id: "year", weeks: 53, words: "in a year" };

/** The stretch in the address. */
export function useOver(): Over {
  return useEntitySearch().over === "year" ? YEAR : QUARTER;
}

/** The days from the first to the last of so many weeks that end at the day that is looked at. */
export function useSpan({ weeks }: Over = QUARTER): { from: Day; to: Day } {
  const { day } = useMoment();
  return { from: addDays(day, -7 * (weeks - 1)), to: day };
}

/** A figure week by week: one series, or one for each team. */
export function useSeries(metric: Metric, of: string | undefined, over: Over = QUARTER, groupBy: Scope = "ORGANISATION") {
  const { from, to } = useSpan(over);
  return useAsk(EntitySeries, { metric, of: of ?? "", groupBy, from, to, every: "WEEK" }, { enabled: of !== undefined });
}

/** The values of a series; none as long as it is not known. */
export function valuesOf(series: SeriesPartsFragment | undefined): (number | null)[] {
  return series?.points.map(({ value }) => value) ?? [];
}

/** The day that each value stands for: the last one of its bucket, but none that has not come. */
export function daysOf(series: Pick<SeriesPartsFragment, "points"> | undefined, day: Day): Day[] {
  return series?.points.map(({ lastDay }) => earlier(lastDay, day)) ?? [];
}
