import { useId, useState } from "react";
import { type Day, isDay } from "../../lib/moment";
import {
  after,
  asKind,
  before,
  type CalendarKind,
  lastComplete,
  type Period,
  periodAt,
  periodTitle,
  rangeOfDays,
  spanText,
} from "../../lib/period";
import { wordOf } from "../../lib/text";
import { Button } from "../../ui/Button";
import { PopoverButton } from "../../ui/Popover";
import styles from "./Board.module.css";

const KINDS: CalendarKind[] = ["day", "week", "month", "quarter"];

interface PeriodPickerProps {
  period: Period;
  /** The day that is looked at: nothing after it has begun. */
  day: Day;
  choose: (period: Period) => void;
}

/** Chooses the period: one back, one on, another kind, or any days. */
export function PeriodPicker({ period, day, choose }: PeriodPickerProps) {
  const next = after(period);
  return (
    <div className={styles.period} role="group" aria-label="Period">
      <Button look="plain" aria-label="The period before" className={styles.step ?? ""} onPress={() => choose(before(period))}>
        ‹
      </Button>
      <PopoverButton
        label="Choose a period"
        wide
        trigger={
          <Button look="edged" className={styles.periodButton ?? ""}>
            <strong>{periodTitle(period)}</strong>
            {period.kind === "range" || period.kind === "day" ? null : (
              <span className={styles.periodDays}>{spanText(period.first, period.last)}</span>
            )}
            <span aria-hidden="true" className={styles.arrow}>
              ▾
            </span>
          </Button>
        }
      >
        {(close) => (
          <Choices
            period={period}
            day={day}
            choose={(chosen) => {
              close();
              choose(chosen);
            }}
          />
        )}
      </PopoverButton>
      <Button
        look="plain"
        aria-label="The period after"
        className={styles.step ?? ""}
        isDisabled={next.first > day}
        onPress={() => choose(next)}
      >
        ›
      </Button>
    </div>
  );
}

function Choices({ period, day, choose }: PeriodPickerProps) {
  const [first, setFirst] = useState<string>(period.first);
  const [last, setLast] = useState<string>(period.last > day ? day : period.last);
  const id = useId();
  const isRange = isDay(first) && isDay(last) && first <= last && first <= day;
  const usual: [string, Period][] = [
    ["Last week", lastComplete("week", day)],
    ["This week so far", periodAt("week", day)],
    ["Last month", lastComplete("month", day)],
    ["This month so far", periodAt("month", day)],
    ["Last quarter", lastComplete("quarter", day)],
    ["This quarter so far", periodAt("quarter", day)],
  ];
  return (
    <div className={styles.choices}>
      <ul className={styles.usual}>
        {usual.map(([name, each]) => (
          <li key={name}>
            <button type="button" aria-pressed={each.text === period.text} onClick={() => choose(each)}>
              <span>{name}</span>
              <span className={styles.periodDays}>{periodTitle(each)}</span>
            </button>
          </li>
        ))}
      </ul>
      <div className={styles.other}>
        <p className={styles.otherName} id={`${id}-kind`}>
          The same time by
        </p>
        <div className={styles.kinds} role="group" aria-labelledby={`${id}-kind`}>
          {KINDS.map((kind) => (
            <button key={kind} type="button" aria-pressed={period.kind === kind} onClick={() => choose(asKind(kind, period, day))}>
              {wordOf(kind)}
            </button>
          ))}
        </div>
        <form
          className={styles.range}
          onSubmit={(event) => {
            event.preventDefault();
            if (isRange) choose(rangeOfDays(first, last));
          }}
        >
          <p className={styles.otherName}>Any days, both counted</p>
          <label>
            From
            <input type="date" value={first} max={day} onChange={({ target }) => setFirst(target.value)} />
          </label>
          <label>
            To
            <input type="date" value={last} onChange={({ target }) => setLast(target.value)} />
          </label>
          <Button type="submit" isDisabled={!isRange}>
            Show these days
          </Button>
        </form>
        <p className={styles.otherName}>
          <kbd>p</kbd> the previous period, <kbd>n</kbd> the next one
        </p>
      </div>
    </div>
  );
}
