import { lazy, Suspense, useState } from "react";
import { addDays, type Day, longDay, relativeDay, weekDay } from "../../lib/moment";
import { Button } from "../../ui/Button";
import { PopoverButton } from "../../ui/Popover";
import { useNarrow } from "../../ui/useMedia";
import styles from "./Compare.module.css";
import { readDay } from "./days";

const DayCalendar = lazy(() => import("../../shell/DayCalendar"));

interface DayFieldProps {
  /** `Before`, `After`. */
  label: string;
  /** What the address says: a day, or an instant. */
  moment: string;
  day: Day;
  today: Day;
  first: Day | undefined;
  onDay: (day: Day) => void;
  side: "before" | "after";
}

/** One of the two days: steps, a field to type in, and a calendar. */
export function DayField({ label, moment, day, today, first, onDay, side }: DayFieldProps) {
  const isNarrow = useNarrow();
  return (
    <div className={`${styles.day} ${styles[side]}`} role="group" aria-label={label}>
      <p className={styles.dayName}>
        <span className={styles.dayLabel}>{label}</span>
        <strong>{isNarrow ? weekDay(day) : longDay(day)}</strong>
        <span className={styles.dayAge}>
          {moment.length > 10 ? `${moment.slice(11)}, ` : ""}
          {relativeDay(day, today)}
        </span>
      </p>
      <div className={styles.dayControl}>
        <Button look="plain" aria-label={`${label}: a day back`} className={styles.step ?? ""} onPress={() => onDay(addDays(day, -1))}>
          ‹
        </Button>
        <DayInput label={label} day={day} today={today} onDay={onDay} />
        <PopoverButton
          label={`${label}: choose a day`}
          trigger={
            <Button look="plain" aria-label={`${label}: calendar`} className={styles.step ?? ""}>
              <svg viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
                <path d="M2.5 4h11v9.5h-11ZM2.5 7h11M5.5 2v3M10.5 2v3" fill="none" stroke="currentColor" strokeWidth="1.4" />
              </svg>
            </Button>
          }
        >
          {(close) => (
            <Suspense fallback={<div className={styles.waiting}>Loading the calendar…</div>}>
              <DayCalendar
                label={label}
                day={day}
                first={first}
                last={today}
                onDay={(next) => {
                  onDay(next);
                  close();
                }}
              />
            </Suspense>
          )}
        </PopoverButton>
        <Button
          look="plain"
          aria-label={`${label}: a day on`}
          className={styles.step ?? ""}
          isDisabled={day >= today}
          onPress={() => onDay(addDays(day, 1))}
        >
          ›
        </Button>
      </div>
    </div>
  );
}

function DayInput({ label, day, today, onDay }: { label: string; day: Day; today: Day; onDay: (day: Day) => void }) {
  const [text, setText] = useState<string>(day);
  const [known, setKnown] = useState(day);
  // The day was moved elsewhere: by an arrow, the calendar, the address.
  if (known !== day) {
    setKnown(day);
    setText(day);
  }
  const read = readDay(text, today);
  const take = (): void => {
    if (read !== undefined && read !== day) onDay(read);
    else if (read !== undefined) setText(day);
  };
  return (
    <input
      className={styles.dayInput}
      aria-label={`${label}: day`}
      aria-invalid={read === undefined}
      title="A day such as 2026-03-03, 3 Mar, yesterday, 90d, 2w, 6m or 1y"
      value={text}
      size={10}
      spellCheck={false}
      autoComplete="off"
      onChange={(event) => setText(event.target.value)}
      onBlur={() => (read === undefined ? setText(day) : take())}
      onKeyDown={(event) => {
        if (event.key === "Enter") take();
        else if (event.key === "Escape") setText(day);
        else if (event.key === "ArrowUp" || event.key === "ArrowDown") {
          event.preventDefault();
          const next = addDays(day, event.key === "ArrowUp" ? 1 : -1);
          if (next <= today) onDay(next);
        }
      }}
    />
  );
}
