import { lazy, Suspense } from "react";
import { shortDay } from "../lib/moment";
import { Button } from "../ui/Button";
import { PopoverButton } from "../ui/Popover";
import styles from "./DateControl.module.css";
import { useMoment, useStep } from "./moment";

const DatePanel = lazy(() => import("./DatePanel"));

/** The one date control of the whole UI: a day back, the day, a day on. */
export function DateControl() {
  const { day, isPast, isFuture } = useMoment();
  const step = useStep();
  const isToday = !isPast && !isFuture;
  return (
    <div className={styles.control} role="group" aria-label="Day">
      <Button look="plain" aria-label="A day back" onPress={() => step(-1)} className={styles.step ?? ""}>
        ‹
      </Button>
      <PopoverButton
        label="Choose a day"
        wide
        trigger={
          <Button look="plain" className={`${styles.day} ${isToday ? "" : styles.past}`}>
            {isToday ? "Today" : shortDay(day)} <span aria-hidden="true">▾</span>
          </Button>
        }
      >
        {(close) => (
          <Suspense fallback={<div className={styles.waiting}>Loading the calendar…</div>}>
            <DatePanel close={close} />
          </Suspense>
        )}
      </PopoverButton>
      <Button look="plain" aria-label="A day on" onPress={() => step(1)} isDisabled={isToday} className={styles.step ?? ""}>
        ›
      </Button>
    </div>
  );
}
