/** The day that the whole page is about: the one in the address, or today. */
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback, useEffect, useState } from "react";
import { addDays, type Day, dayOf, dayOfMoment, daysBetween, isMoment } from "../lib/moment";
import { useServer } from "./data";

/** What is looked at, and what is known of the present. */
export interface MomentState {
  /** As the API takes it: nothing for now. */
  at: string | undefined;
  /** The day that is looked at, in the organisation's zone. */
  day: Day;
  /** Today, there. */
  today: Day;
  /** The present as an instant, by the server's clock. */
  now: string;
  /** The organisation's zone. */
  zone: string;
  isPast: boolean;
  isFuture: boolean;
  /** What the address says, if that is no moment. */
  malformed: string | undefined;
  /** The first day of which anything is known. */
  first: Day | undefined;
}

/** The moment in the address. */
export function useMoment(): MomentState {
  const { at: asked } = useSearch({ strict: false }) as { at?: string };
  const { status } = useServer();
  const zone = status?.store.zone ?? "UTC";
  const now = useNow(status?.store.now);
  const today = dayOf(now, zone);
  const earliest = status?.store.earliest;
  const first = earliest ? dayOf(earliest, zone) : undefined;
  const malformed = asked !== undefined && !isMoment(asked) ? asked : undefined;
  const wanted = malformed === undefined ? asked : undefined;
  const day = wanted ? dayOfMoment(wanted, zone) : today;
  const isFuture = day > today;
  const isPast = wanted !== undefined && wanted !== today && !isFuture;
  return { at: isPast || isFuture ? wanted : undefined, day, today, now, zone, isPast, isFuture, malformed, first };
}

/** The server's clock, going on by this browser's between two answers. */
function useNow(server: string | undefined): string {
  const [offset, setOffset] = useState(0);
  const [tick, setTick] = useState(() => Date.now());
  useEffect(() => {
    if (server) setOffset(Date.parse(server) - Date.now());
  }, [server]);
  useEffect(() => {
    const timer = setInterval(() => setTick(Date.now()), 30_000);
    return () => clearInterval(timer);
  }, []);
  return new Date(tick + offset).toISOString();
}

/** Moves the whole page to a day; to today, if none or today is given. */
export function useGoTo(): (day: Day | undefined) => void {
  const navigate = useNavigate();
  const { today } = useMoment();
  return useCallback(
    (day) => {
      void navigate({
        to: ".",
        search: (search: Record<string, unknown>) => ({ ...search, at: day === undefined || day >= today ? undefined : day }),
        resetScroll: false,
      });
    },
    [navigate, today],
  );
}

/** Moves by days, within what is known. */
export function useStep(): (days: number) => void {
  const goTo = useGoTo();
  const { day, today } = useMoment();
  return useCallback(
    (days) => {
      const next = addDays(day, days);
      goTo(daysBetween(next, today) <= 0 ? undefined : next);
    },
    [goTo, day, today],
  );
}
