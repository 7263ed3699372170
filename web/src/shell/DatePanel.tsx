import { addDays, addMonths, type Day, shortDay } from "../lib/moment";
import { Button } from "../ui/Button";
import styles from "./DateControl.module.css";
import DayCalendar from "./DayCalendar";
import { useGoTo, useMoment } from "./moment";

/** A calendar and the days that people ask for most. */
export default function DatePanel({ close }: { close: () => void }) {
  const { day, today, first } = useMoment();
  const goTo = useGoTo();
  const choose = (next: Day | undefined): void => {
    goTo(next);
    close();
  };
  const shortcuts: [string, Day | undefined][] = [
    ["Today", undefined],
    ["Yesterday", addDays(today, -1)],
    ["A week ago", addDays(today, -7)],
    ["A month ago", addMonths(today, -1)],
    ["Three months ago", addMonths(today, -3)],
    ["A year ago", addMonths(today, -12)],
  ];
  return (
    <div className={styles.panel}>
      <div className={styles.shortcuts}>
        {shortcuts.map(([name, to]) => (
          <Button key={name} look="plain" onPress={() => choose(to)}>
            {name}
          </Button>
        ))}
        {first ? (
          <Button look="plain" onPress={() => choose(first)}>
            First record, {shortDay(first)}
          </Button>
        ) : null}
      </div>
      <DayCalendar label="Day" day={day} last={today} onDay={choose} />
      <p className={styles.hint}>
        <kbd>[</kbd> <kbd>]</kbd> a day, <kbd>{"{"}</kbd> <kbd>{"}"}</kbd> a week, <kbd>t</kbd> today, <kbd>c</kbd> compare
      </p>
    </div>
  );
}
