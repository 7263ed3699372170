import { parseDate } from "@internationalized/date";
import { Calendar, CalendarCell, CalendarGrid, Heading } from "react-aria-components";
import { type Day, earlier } from "../lib/moment";
import { Button } from "../ui/Button";
import styles from "./DateControl.module.css";

interface DayCalendarProps {
  label: string;
  day: Day;
  /** The last day that can be chosen, and the first, if there is one. */
  last: Day;
  first?: Day | undefined;
  onDay: (day: Day) => void;
}

/** A month of days to choose one from. Loaded on demand: it is the larger part of a date control. */
export default function DayCalendar({ label, day, last, first, onDay }: DayCalendarProps) {
  return (
    <Calendar
      aria-label={label}
      className={styles.calendar ?? ""}
      value={parseDate(earlier(day, last))}
      {...(first ? { minValue: parseDate(first) } : {})}
      maxValue={parseDate(last)}
      onChange={(value) => onDay(value.toString())}
      firstDayOfWeek="mon"
    >
      <header>
        <Button slot="previous" look="plain">
          ‹
        </Button>
        <Heading />
        <Button slot="next" look="plain">
          ›
        </Button>
      </header>
      <CalendarGrid weekdayStyle="short">{(date) => <CalendarCell date={date} className={styles.cell ?? ""} />}</CalendarGrid>
    </Calendar>
  );
}
