//! The stretches of days for which figures are asked: a day, an ISO week, a month, a quarter, any range of days.
//!
//! # Invariants
//! - A period is made of whole days; its instants depend on the zone and are half open.
//! - Printed and parsed again it is the same: `2026-03-01`, `2026-W46`, `2026-10`, `2026-Q4`, `2026-10-01..2026-10-15`.
//! - An ISO week belongs to the year of its Thursday, so that a year has 52 or 53 (ISO 8601).

use std::fmt;
use std::str::FromStr;

use jiff::ToSpan;
use jiff::civil::{Date, ISOWeekDate, Weekday};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::model::{Day, Instant, Span, Zone};

/// How a period is cut out of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PeriodKind {
    /// One day.
    Day,
    /// An ISO week, from Monday to Sunday.
    Week,
    /// A calendar month.
    Month,
    /// A quarter of a calendar year.
    Quarter,
    /// Any days, one after another.
    Range,
}

/// A stretch of whole days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Period {
    first: Day,
    last: Day,
    kind: PeriodKind,
}

impl Period {
    /// The day, week, month or quarter in which a day lies; of a range the day alone, as a range.
    #[must_use]
    pub fn containing(kind: PeriodKind, day: Day) -> Self {
        let date = day.date();
        let (first, after) = match kind {
            PeriodKind::Day | PeriodKind::Range => (date, date.saturating_add(1.day())),
            PeriodKind::Week => {
                let first = date.saturating_sub(i64::from(date.weekday().to_monday_zero_offset()).days());
                (first, first.saturating_add(7.days()))
            }
            PeriodKind::Month => (date.first_of_month(), date.first_of_month().saturating_add(1.month())),
            PeriodKind::Quarter => {
                let first = date.first_of_month().saturating_sub(i64::from((date.month() - 1) % 3).months());
                (first, first.saturating_add(3.months()))
            }
        };
        Self { first: first.into(), last: Day::from(after).previous(), kind }
    }

    /// From one day to another, both counted.
    ///
    /// # Errors
    /// If `last` is before `first`.
    pub fn range(first: Day, last: Day) -> Result<Self, ParsePeriodError> {
        if last < first {
            return Err(ParsePeriodError { text: format!("{first}..{last}"), why: "ends before it begins" });
        }
        Ok(Self { first, last, kind: PeriodKind::Range })
    }

    /// How it is cut out of the calendar.
    #[must_use]
    pub const fn kind(self) -> PeriodKind {
        self.kind
    }

    /// Its first day.
    #[must_use]
    pub const fn first_day(self) -> Day {
        self.first
    }

    /// Its last day, which counts.
    #[must_use]
    pub const fn last_day(self) -> Day {
        self.last
    }

    /// How many days it has.
    #[must_use]
    pub fn days(self) -> i32 {
        self.last.number() - self.first.number() + 1
    }

    /// Its instants in a zone, half open.
    #[must_use]
    pub fn span(self, zone: &Zone) -> Span {
        Span::new(zone.start_of(self.first), zone.end_of(self.last))
    }

    /// Its length in seconds, which a change of the clocks makes longer or shorter by an hour.
    #[must_use]
    pub fn seconds(self, zone: &Zone) -> i64 {
        self.span(zone).micros() / 1_000_000
    }

    /// Its part up to now: all of it once it is over, nothing before it begins.
    #[must_use]
    pub fn elapsed(self, zone: &Zone, now: Instant) -> Option<Span> {
        let span = self.span(zone);
        (span.from < now).then(|| if is_over(span, now) { span } else { Span::new(span.from, now) })
    }

    /// True if it has begun and is not over. At its very last instant, which is what its last day means as a moment, it is over.
    #[must_use]
    pub fn is_running(self, zone: &Zone, now: Instant) -> bool {
        let span = self.span(zone);
        span.contains(now) && !is_over(span, now)
    }

    /// The one right before: a week before a week, a month before a month, as many days before a range.
    #[must_use]
    pub fn previous(self) -> Self {
        match self.kind {
            PeriodKind::Range => {
                let last = self.first.previous();
                Self { first: Day::from_number(last.number() - self.days() + 1), last, kind: self.kind }
            }
            kind => Self::containing(kind, self.first.previous()),
        }
    }

    /// The one right after.
    #[must_use]
    pub fn next(self) -> Self {
        match self.kind {
            PeriodKind::Range => {
                let first = self.last.next();
                Self { first, last: Day::from_number(first.number() + self.days() - 1), kind: self.kind }
            }
            kind => Self::containing(kind, self.last.next()),
        }
    }

    /// The last `count` periods up to and including this one, oldest first.
    #[must_use]
    pub fn series(self, count: usize) -> Vec<Self> {
        let mut periods: Vec<Self> = std::iter::successors(Some(self), |period| Some(period.previous())).take(count).collect();
        periods.reverse();
        periods
    }

    /// What a period is fairly compared with: all of the previous one, or of a running one as many seconds of it as have
    /// passed of this one. Nothing before it begins.
    #[must_use]
    pub fn compared_with(self, zone: &Zone, now: Instant) -> Option<Span> {
        let elapsed = self.elapsed(zone, now)?;
        let before = self.previous().span(zone);
        if !self.is_running(zone, now) {
            return Some(before);
        }
        Some(Span::new(before.from, before.from.plus_micros(elapsed.micros()).min(before.to)))
    }
}

/// Whether nothing of it is still to come.
fn is_over(span: Span, now: Instant) -> bool {
    now.plus_micros(1) >= span.to
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let date = self.first.date();
        match self.kind {
            PeriodKind::Day => write!(f, "{}", self.first),
            PeriodKind::Week => {
                let week = date.iso_week_date();
                write!(f, "{:04}-W{:02}", week.year(), week.week())
            }
            PeriodKind::Month => write!(f, "{:04}-{:02}", date.year(), date.month()),
            PeriodKind::Quarter => write!(f, "{:04}-Q{}", date.year(), (date.month() - 1) / 3 + 1),
            PeriodKind::Range => write!(f, "{}..{}", self.first, self.last),
        }
    }
}

/// Text that names no period.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{text:?} {why}; expected a day (2026-03-01), a week (2026-W46), a month (2026-10), a quarter (2026-Q4) or days (2026-10-01..2026-10-15)"
)]
pub struct ParsePeriodError {
    text: String,
    why: &'static str,
}

impl FromStr for Period {
    type Err = ParsePeriodError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = |why| ParsePeriodError { text: text.to_owned(), why };
        let none = || error("is no period");
        if let Some((first, last)) = text.split_once("..") {
            let day = |text: &str| text.parse::<Day>().map_err(|_| error("does not begin and end with a day"));
            return Self::range(day(first)?, day(last)?);
        }
        if let Ok(day) = text.parse::<Day>() {
            return Ok(Self::containing(PeriodKind::Day, day));
        }
        let (year, rest) = text.split_once('-').ok_or_else(none)?;
        let number = |digits: &str, length: usize| {
            (digits.len() == length && digits.bytes().all(|byte| byte.is_ascii_digit())).then(|| digits.parse::<i16>().ok()).flatten()
        };
        let year = number(year, 4).ok_or_else(none)?;
        let of_month = |kind, month: i16| {
            let date = i8::try_from(month).ok().and_then(|month| Date::new(year, month, 1).ok());
            date.map(|date| Self::containing(kind, date.into()))
        };
        if let Some(week) = rest.strip_prefix('W') {
            let week = number(week, 2).and_then(|week| i8::try_from(week).ok()).ok_or_else(none)?;
            let monday = ISOWeekDate::new(year, week, Weekday::Monday).map_err(|_| error("is a week that its year does not have"))?;
            return Ok(Self::containing(PeriodKind::Week, monday.date().into()));
        }
        if let Some(quarter) = rest.strip_prefix('Q') {
            let quarter = number(quarter, 1).filter(|quarter| (1..=4).contains(quarter));
            let quarter = quarter.ok_or_else(|| error("is a quarter that no year has"))?;
            return of_month(PeriodKind::Quarter, quarter * 3 - 2).ok_or_else(none);
        }
        let month = number(rest, 2).ok_or_else(none)?;
        of_month(PeriodKind::Month, month).ok_or_else(|| error("is a month that no year has"))
    }
}

impl Serialize for Period {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Period {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn period(text: &str) -> Period {
        text.parse().unwrap()
    }

    fn any_period() -> impl Strategy<Value = Period> {
        let kinds = [PeriodKind::Day, PeriodKind::Week, PeriodKind::Month, PeriodKind::Quarter, PeriodKind::Range];
        (0_usize..5, -20_000..60_000_i32, 0..400_i32).prop_map(move |(kind, day, more)| match kinds[kind] {
            PeriodKind::Range => Period::range(Day::from_number(day), Day::from_number(day + more)).unwrap(),
            kind => Period::containing(kind, Day::from_number(day)),
        })
    }

    #[test]
    fn a_year_may_have_a_week_53_that_reaches_into_the_next() {
        let week = period("2026-W53");
        assert_eq!((week.first_day().to_string(), week.last_day().to_string()), ("2026-12-28".to_owned(), "2027-01-03".to_owned()));
        assert_eq!(week.next().to_string(), "2027-W01");
        assert_eq!(period("2027-W01").previous(), week);
        assert_eq!(
            "2027-W53".parse::<Period>().unwrap_err().to_string(),
            "\"2027-W53\" is a week that its year does not have; expected a day (2026-03-01), a week (2026-W46), a month (2026-10), a \
             quarter (2026-Q4) or days (2026-10-01..2026-10-15)"
        );
    }

    #[test]
    fn what_is_no_period_is_refused() {
        let texts =
            ["", "2026", "2026-13", "2026-00", "2026-Q5", "2026-Q0", "2026-W00", "2026-W54", "2026-W1", "26-W01", "2026-1", "+026-01"];
        for text in texts.into_iter().chain(["2026-02-30", "2026-03-02..2026-03-01", "2026-03..2026-04", "..", "2026-W46-1", "last week"]) {
            assert!(text.parse::<Period>().is_err(), "{text}");
        }
    }

    #[test]
    fn the_last_periods_end_with_this_one() {
        let texts: Vec<String> = period("2026-01").series(3).iter().map(ToString::to_string).collect();
        assert_eq!(texts, ["2025-11", "2025-12", "2026-01"]);
        assert_eq!(period("2026-10-01..2026-10-15").previous().to_string(), "2026-09-16..2026-09-30");
    }

    #[test]
    fn a_running_period_is_compared_with_as_much_of_the_one_before() {
        let zone = Zone::utc();
        let week = period("2026-W46");
        let now = "2026-11-10T12:00:00Z".parse().unwrap();
        assert_eq!(week.elapsed(&zone, now).unwrap().micros(), 36 * 3_600_000_000);
        let before = week.compared_with(&zone, now).unwrap();
        assert_eq!(
            (before.from.to_string(), before.to.to_string()),
            ("2026-11-02T00:00:00Z".to_owned(), "2026-11-03T12:00:00Z".to_owned())
        );
        assert_eq!(week.next().elapsed(&zone, now), None);
        let end = week.span(&zone).to;
        assert!(week.is_running(&zone, end.plus_micros(-2)) && !week.is_running(&zone, end.plus_micros(-1)), "its last day is all of it");
        assert_eq!(week.compared_with(&zone, end.plus_micros(-1)), Some(week.previous().span(&zone)));
        assert_eq!(week.previous().compared_with(&zone, now), Some(week.previous().previous().span(&zone)));
    }

    proptest! {
        #[test]
        fn a_period_is_read_as_it_is_written(period in any_period()) {
            prop_assert_eq!(period.to_string().parse::<Period>(), Ok(period));
            prop_assert_eq!(serde_json::from_str::<Period>(&serde_json::to_string(&period).unwrap()).unwrap(), period);
        }

        #[test]
        fn neighbours_adjoin(period in any_period(), berlin in any::<bool>()) {
            let zone: Zone = if berlin { "Europe/Berlin" } else { "America/Sao_Paulo" }.parse().unwrap();
            prop_assert_eq!(period.previous().span(&zone).to, period.span(&zone).from);
            prop_assert_eq!(period.next().span(&zone).from, period.span(&zone).to);
            prop_assert_eq!(period.next().previous(), period);
            prop_assert!(period.seconds(&zone) > 0);
        }
    }
}
