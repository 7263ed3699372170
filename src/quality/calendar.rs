//! Working time: when it is, how much of it lies between two instants, and when so much of it has passed.
//!
//! # Invariants
//! - A working day is a local date of the calendar's zone; its hours are those of the clock on the wall, so that a change of
//!   the clocks moves their instants and never their number on the wall.
//! - What is remembered of some years only makes it faster: the answers are the same outside of them (property test).

use std::collections::BTreeSet;

use jiff::civil::Time;

use crate::model::policy::{Calendar, LocalTime, Weekday};
use crate::model::{Day, Instant, Span, Zone};

/// A calendar that is ready to count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Worktime {
    zone: Zone,
    days: BTreeSet<Weekday>,
    from: LocalTime,
    to: LocalTime,
    holidays: BTreeSet<Day>,
    remembered: Vec<Slot>,
    /// The time of which all slots are remembered.
    within: Span,
}

/// The working time of one working day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Slot {
    day: Span,
    work: Span,
}

impl Worktime {
    /// The working time of a calendar; `zone` is that of the organisation. `likely` is the time about which most will be
    /// asked: what lies in it is computed once.
    #[must_use]
    pub fn new(calendar: &Calendar, zone: &Zone, likely: Span) -> Self {
        let zone = calendar.zone.as_ref().unwrap_or(zone).clone();
        let mut worktime = Self {
            zone,
            days: calendar.days.clone(),
            from: calendar.from,
            to: calendar.to,
            holidays: calendar.holidays.clone(),
            remembered: Vec::new(),
            within: Span::new(Instant::MIN, Instant::MIN),
        };
        if !likely.is_empty() {
            let (first, last) = (worktime.zone.day_of(likely.from), worktime.zone.day_of(likely.to));
            worktime.remembered = worktime.computed(first).take_while(|slot| slot.day.from < likely.to).collect();
            worktime.within = Span::new(worktime.zone.start_of(first), worktime.zone.end_of(last));
            worktime.remembered.retain(|slot| slot.day.to <= worktime.within.to);
        }
        worktime
    }

    /// True if work is done on that date.
    #[must_use]
    pub fn is_working_day(&self, day: Day) -> bool {
        self.from < self.to && self.days.contains(&Weekday::of(day)) && !self.holidays.contains(&day)
    }

    /// The end of the `days`-th working day after the local date of `start`. What begins on Friday, or on the weekend after,
    /// and may take one day, may take until Monday's midnight. Nothing if the calendar has no working day left.
    #[must_use]
    pub fn after_days(&self, start: Instant, days: u32) -> Option<Instant> {
        let Some(more) = days.checked_sub(1) else { return Some(self.zone.end_of(self.zone.day_of(start))) };
        self.slots(start).filter(|slot| slot.day.from > start).nth(more as usize).map(|slot| slot.day.to)
    }

    /// The instant at which `micros` of working time have passed since `start`; what fills a day to its end is due at that
    /// end, not on the next morning. Nothing if the calendar has no more working time.
    #[must_use]
    pub fn after(&self, start: Instant, micros: i64) -> Option<Instant> {
        if micros <= 0 {
            return Some(start);
        }
        let mut left = micros;
        for slot in self.slots(start) {
            let from = slot.work.from.max(start);
            let here = Span::new(from, slot.work.to).micros();
            if left <= here {
                return Some(from.plus_micros(left));
            }
            left -= here;
        }
        None
    }

    /// Microseconds of working time in a span.
    #[must_use]
    pub fn worked(&self, span: Span) -> i64 {
        self.slots(span.from).take_while(|slot| slot.day.from < span.to).map(|slot| slot.work.and(span).micros()).sum()
    }

    /// The slots of working days that end after `start`, in order.
    fn slots(&self, start: Instant) -> impl Iterator<Item = Slot> + '_ {
        let known = self.within.contains(start);
        let first = if known { self.remembered.partition_point(|slot| slot.day.to <= start) } else { self.remembered.len() };
        let rest = if known { self.within.to } else { start };
        let rest = std::iter::once(rest).flat_map(|rest| self.computed(self.zone.day_of(rest)));
        self.remembered[first..].iter().copied().chain(rest)
    }

    fn computed(&self, first: Day) -> impl Iterator<Item = Slot> + '_ {
        let days = std::iter::successors(Some(first), |day| Some(day.next()).filter(|next| next > day));
        let any = self.from < self.to && !self.days.is_empty();
        days.take_while(move |_| any).filter(|day| self.is_working_day(*day)).map(|day| self.slot(day)).filter(|slot| !slot.day.is_empty())
    }

    fn slot(&self, day: Day) -> Slot {
        let whole = Span::new(self.zone.start_of(day), self.zone.end_of(day));
        Slot { day: whole, work: Span::new(self.instant(day, self.from), self.instant(day, self.to)).and(whole) }
    }

    /// A time on the wall as an instant: one that the clocks skip counts as much later, of one that comes twice the first.
    fn instant(&self, day: Day, time: LocalTime) -> Instant {
        let (hour, minute) = (time.minutes() / 60, time.minutes() % 60);
        let (Ok(hour), Ok(minute)) = (i8::try_from(hour), i8::try_from(minute)) else { return self.zone.end_of(day) };
        let Ok(time) = Time::new(hour, minute, 0, 0) else { return self.zone.end_of(day) };
        day.date().to_datetime(time).to_zoned(self.zone.time_zone().clone()).map_or(Instant::MAX, |zoned| zoned.timestamp().into())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HOUR: i64 = 3_600_000_000;

    fn berlin(likely: Span) -> Worktime {
        let calendar = Calendar {
            zone: Some("Europe/Berlin".parse().unwrap()),
            holidays: ["2026-12-25", "2027-01-01", "2026-04-03", "2026-04-06"].iter().map(|day| day.parse().unwrap()).collect(),
            ..Calendar::default()
        };
        Worktime::new(&calendar, &Zone::utc(), likely)
    }

    fn nothing() -> Span {
        Span::new(Instant::MAX, Instant::MAX)
    }

    fn at(text: &str) -> Instant {
        text.parse().unwrap()
    }

    #[test]
    fn hours_count_only_while_work_is_done() {
        let worktime = berlin(nothing());
        // Friday 16:00 in Berlin plus three hours: an hour on Friday, two on Monday, when summer time has begun.
        assert_eq!(worktime.after(at("2026-03-27T15:00:00Z"), 3 * HOUR), Some(at("2026-03-30T09:00:00Z")));
        assert_eq!(worktime.after(at("2026-03-27T15:00:00Z"), HOUR), Some(at("2026-03-27T16:00:00Z")));
        assert_eq!(worktime.after(at("2026-03-28T15:00:00Z"), 0), Some(at("2026-03-28T15:00:00Z")));
        assert_eq!(worktime.worked(Span::new(at("2026-12-24T00:00:00Z"), at("2026-12-29T00:00:00Z"))), 16 * HOUR);
    }

    #[test]
    fn a_working_day_ends_at_midnight_of_its_zone() {
        let worktime = berlin(nothing());
        // Good Friday and Easter Monday are none, and the evening of the 2nd in UTC is the 3rd in Berlin.
        assert_eq!(worktime.after_days(at("2026-04-02T10:00:00Z"), 1), Some(at("2026-04-07T22:00:00Z")));
        assert_eq!(worktime.after_days(at("2026-04-02T22:30:00Z"), 1), Some(at("2026-04-07T22:00:00Z")));
        assert_eq!(worktime.after_days(at("2026-04-07T23:00:00Z"), 0), Some(at("2026-04-08T22:00:00Z")));
    }

    #[test]
    fn a_calendar_without_working_time_never_gets_there() {
        let never = Calendar { days: BTreeSet::new(), ..Calendar::default() };
        let never = Worktime::new(&never, &Zone::utc(), Span::new(at("2026-01-01T00:00:00Z"), at("2027-01-01T00:00:00Z")));
        assert_eq!((never.after(at("2026-03-01T00:00:00Z"), 1), never.after_days(at("2026-03-01T00:00:00Z"), 1)), (None, None));
        let night = Calendar { from: "22:00".parse().unwrap(), to: "06:00".parse().unwrap(), ..Calendar::default() };
        assert_eq!(Worktime::new(&night, &Zone::utc(), nothing()).after(at("2026-03-01T00:00:00Z"), 1), None);
    }

    proptest! {
        #[test]
        fn what_is_remembered_changes_no_answer(start in 0..1_000_000_i64, hours in 0..100_i64, days in 0..30_u32, from in 0..900_i64, length in 0..400_i64) {
            // Minutes from 2026 on, to the end of 2027.
            let first = at("2026-01-01T00:00:00Z");
            let start = first.plus_seconds(start * 60);
            let likely = Span::new(first.plus_seconds(from * 86_400), first.plus_seconds((from + length) * 86_400));
            let (fast, slow) = (berlin(likely), berlin(nothing()));
            prop_assert_eq!(fast.after(start, hours * HOUR), slow.after(start, hours * HOUR));
            prop_assert_eq!(fast.after_days(start, days), slow.after_days(start, days));
        }

        #[test]
        fn as_much_has_been_worked_as_was_waited_for(start in 0..1_000_000_i64, minutes in 0..10_000_i64) {
            let worktime = berlin(nothing());
            let start = at("2026-01-01T00:00:00Z").plus_seconds(start * 60);
            let end = worktime.after(start, minutes * 60_000_000).unwrap();
            prop_assert_eq!(worktime.worked(Span::new(start, end)), minutes * 60_000_000);
        }
    }
}
