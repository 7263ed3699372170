//! When a source is due: its schedule, its history, and the clock.
//!
//! # Invariants
//! - Pure but for [`system_clock`] and [`system_jitter`]: everything else takes `now`, so a year is simulated in a test.
//! - A cron expression means the organisation's wall clock. A time that daylight saving skips runs once, at the next
//!   time that exists; a time that the clock shows twice runs once, the first time. An expression for every hour of the
//!   day follows elapsed time instead: it runs whenever the clock shows a matching time, in a repeated hour twice.
//! - However many times were missed, one run makes up for them.
//! - croner only parses and matches civil dates; what a civil time means in a zone is decided here, with jiff.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use croner::Cron;
use croner::parser::{CronParser, Seconds, Year};
use jiff::civil::{Date, DateTime};
use jiff::tz::AmbiguousOffset;
use jiff::{Span, SpanRelativeTo, Timestamp};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub use crate::model::Clock;
use crate::model::run::{Outcome, Trigger};
use crate::model::{Instant, Zone};

/// Tells a number from 0.0 to below 1.0 that differs from the last one.
pub type Jitter = Arc<dyn Fn() -> f64 + Send + Sync>;

/// The clock of this machine.
#[must_use]
pub fn system_clock() -> Clock {
    #[expect(clippy::disallowed_methods, reason = "the one place in ingest that reads the clock")]
    Arc::new(|| Timestamp::now().into())
}

/// Random jitter, so that sources which failed together are not tried again together.
#[must_use]
pub fn system_jitter() -> Jitter {
    Arc::new(rand::random::<f64>)
}

/// The shortest interval between two runs, in seconds.
const SHORTEST_SECONDS: i64 = 1;
/// The longest interval between two runs, in seconds: 366 days.
const LONGEST_SECONDS: i64 = 366 * 86_400;
/// How far a cron expression is searched: 29 February on a given weekday comes every 40 years at worst.
const SEARCH_YEARS: i16 = 60;
/// A run recorded this much later than now was recorded by a clock that was wrong.
const CLOCK_TOLERANCE_SECONDS: i64 = 60;
/// The window in which the longest gap of a cron expression is looked for.
const GAP_WINDOW_SECONDS: i64 = 14 * 86_400;

/// When a source is collected: an interval such as `15m` or a cron expression such as `30 2 * * 1-5`.
///
/// Intervals count from 1970-01-01T00:00:00Z, not from the last run: `15m` means on the quarter hour, so that runs
/// neither drift nor depend on when spot was started. Cron expressions have five fields (or are `@hourly`, `@daily`,
/// `@weekly`, `@monthly`, `@yearly`) and mean the wall clock of the organisation's zone.
#[derive(Clone, Debug)]
pub struct Schedule {
    text: String,
    rule: Rule,
}

#[derive(Clone, Debug)]
enum Rule {
    Every { seconds: i64 },
    Cron(Box<Calendar>),
}

/// A cron expression, with its times of day spelled out.
#[derive(Clone, Debug)]
struct Calendar {
    cron: Cron,
    /// Minutes of the day, ascending, at least one.
    minutes: Vec<u16>,
    /// Whether it names every hour of the day, and so follows elapsed time.
    hourly: bool,
}

impl Schedule {
    /// Every so many seconds, at least 1 and at most 366 days.
    #[must_use]
    pub fn every(seconds: u32) -> Self {
        let seconds = i64::from(seconds).clamp(SHORTEST_SECONDS, LONGEST_SECONDS);
        Self { text: format!("{seconds}s"), rule: Rule::Every { seconds } }
    }

    /// The first time after `last`, or `None` if there is none in the next decades.
    #[must_use]
    pub fn next_after(&self, last: Instant, zone: &Zone) -> Option<Instant> {
        match &self.rule {
            Rule::Every { seconds } => {
                let step = seconds * 1_000_000;
                last.micros().div_euclid(step).checked_add(1)?.checked_mul(step).map(Instant::from_micros)
            }
            Rule::Cron(calendar) if calendar.hourly => calendar.next_elapsed(last, zone),
            Rule::Cron(calendar) => calendar.next_fixed(last, zone),
        }
    }

    /// The interval in seconds, as staleness counts it: of a cron expression, the longest gap between two of its times
    /// from `now` over the next two weeks, or between its next two times if they are further apart.
    #[must_use]
    pub fn interval_seconds(&self, now: Instant, zone: &Zone) -> u64 {
        let longest = match &self.rule {
            Rule::Every { seconds } => *seconds,
            Rule::Cron(_) => self.longest_gap_seconds(now, zone),
        };
        u64::try_from(longest).unwrap_or(0)
    }

    fn longest_gap_seconds(&self, now: Instant, zone: &Zone) -> i64 {
        let end = now.plus_seconds(GAP_WINDOW_SECONDS);
        let mut longest = 0;
        let mut gaps = 0;
        let mut previous = self.next_after(now, zone);
        while let Some(from) = previous
            && (from < end || gaps == 0)
        {
            let next = self.next_after(from, zone);
            // A last time ever is followed by a gap without an end, which the search limit stands for.
            let gap = next.map_or(i64::from(SEARCH_YEARS) * LONGEST_SECONDS, |to| (to.micros() - from.micros()) / 1_000_000);
            longest = longest.max(gap);
            gaps += 1;
            previous = next;
        }
        longest
    }
}

impl Calendar {
    fn parse(text: &str) -> Result<Self, String> {
        let parser = CronParser::builder().seconds(Seconds::Disallowed).year(Year::Disallowed).build();
        let fields = text.split_whitespace().count();
        if fields != 5 && !text.starts_with('@') {
            return Err(format!("it is no interval, and a cron expression has five fields, not {fields}"));
        }
        let cron = parser.parse(text).map_err(|error| lowered(&error.to_string()))?;
        let matching = |range: std::ops::Range<u16>, matches: &dyn Fn(u32) -> bool| -> Vec<u16> {
            range.filter(|value| matches(u32::from(*value))).collect()
        };
        let hours = matching(0..24, &|hour| cron.pattern.hour_match(hour).unwrap_or(false));
        let past_hour = matching(0..60, &|minute| cron.pattern.minute_match(minute).unwrap_or(false));
        let minutes: Vec<u16> = hours.iter().flat_map(|hour| past_hour.iter().map(move |minute| hour * 60 + minute)).collect();
        let calendar = Self { hourly: hours.len() == 24, minutes, cron };
        let sometime = Date::constant(2000, 1, 1).at(0, 0, 0, 0);
        if calendar.next_civil(sometime, sometime.year() + SEARCH_YEARS).is_none() {
            return Err("no date ever matches it".to_owned());
        }
        Ok(calendar)
    }

    /// The first matching civil time that is not before `from`, in a year not after `last_year`.
    fn next_civil(&self, from: DateTime, last_year: i16) -> Option<DateTime> {
        let mut date = from.date();
        let whole_minute = from.second() == 0 && from.subsec_nanosecond() == 0;
        let mut earliest = from.hour() as u16 * 60 + from.minute() as u16 + u16::from(!whole_minute);
        while date.year() <= last_year {
            if !self.cron.pattern.month_match(date.month() as u32).ok()? {
                date = date.last_of_month().tomorrow().ok()?;
                earliest = 0;
                continue;
            }
            if self.cron.pattern.day_match(i32::from(date.year()), date.month() as u32, date.day() as u32).ok()?
                && let Some(minute) = self.minutes.get(self.minutes.partition_point(|minute| *minute < earliest))
            {
                return Some(date.at((minute / 60) as i8, (minute % 60) as i8, 0, 0));
            }
            date = date.tomorrow().ok()?;
            earliest = 0;
        }
        None
    }

    /// For named hours: each civil time counts once, at [`first_shown`]. That function never decreases, so no time
    /// before the one that the clock shows at `last` can still be to come.
    fn next_fixed(&self, last: Instant, zone: &Zone) -> Option<Instant> {
        let mut from = zone.time_zone().to_datetime(last.timestamp());
        let last_year = from.year().saturating_add(SEARCH_YEARS);
        loop {
            let civil = self.next_civil(from, last_year)?;
            let at = first_shown(civil, zone)?;
            if at > last {
                return Some(at);
            }
            from = civil.checked_add(Span::new().minutes(1)).ok()?;
        }
    }

    /// For every hour: whenever the clock shows a matching time, found stretch by stretch of equal offset.
    fn next_elapsed(&self, last: Instant, zone: &Zone) -> Option<Instant> {
        let tz = zone.time_zone();
        let mut start = last.plus_micros(1).timestamp();
        let last_year = tz.to_datetime(start).year().saturating_add(SEARCH_YEARS);
        loop {
            let offset = tz.to_offset(start);
            let found = offset.to_timestamp(self.next_civil(offset.to_datetime(start), last_year)?).ok()?;
            match tz.following(start).next() {
                Some(transition) if transition.timestamp() <= found => start = transition.timestamp(),
                _ => return Some(found.into()),
            }
        }
    }
}

/// When the clock first shows `civil` or, where daylight saving skips it, the first time after it.
fn first_shown(civil: DateTime, zone: &Zone) -> Option<Instant> {
    let tz = zone.time_zone();
    let at = match tz.to_ambiguous_timestamp(civil).offset() {
        AmbiguousOffset::Unambiguous { offset } => offset.to_timestamp(civil).ok()?,
        AmbiguousOffset::Fold { before, .. } => before.to_timestamp(civil).ok()?,
        // Read with the later offset, a skipped time lies before the transition that skips it.
        AmbiguousOffset::Gap { after, .. } => tz.following(after.to_timestamp(civil).ok()?).next()?.timestamp(),
    };
    Some(at.into())
}

impl FromStr for Schedule {
    type Err = ParseScheduleError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = |reason: String| ParseScheduleError { text: text.to_owned(), reason };
        let text = text.trim();
        if text.is_empty() {
            return Err(wrong("it is empty".to_owned()));
        }
        let interval = text.strip_prefix("every ").unwrap_or(text).trim();
        if let Ok(span) = interval.parse::<Span>() {
            let length = span
                .to_duration(SpanRelativeTo::days_are_24_hours())
                .map_err(|_| wrong("months and years have no fixed length, days have".to_owned()))?;
            if length.subsec_nanos() != 0 {
                return Err(wrong("an interval is a whole number of seconds".to_owned()));
            }
            let seconds = length.as_secs();
            if !(SHORTEST_SECONDS..=LONGEST_SECONDS).contains(&seconds) {
                return Err(wrong("an interval is at least one second and at most 366 days".to_owned()));
            }
            return Ok(Self { text: text.to_owned(), rule: Rule::Every { seconds } });
        }
        let calendar = Calendar::parse(text).map_err(wrong)?;
        Ok(Self { text: text.to_owned(), rule: Rule::Cron(Box::new(calendar)) })
    }
}

/// croner's messages start with a capital and end with a full stop.
fn lowered(message: &str) -> String {
    let mut letters = message.trim_end_matches('.').chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}

impl PartialEq for Schedule {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Schedule {}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Serialize for Schedule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Schedule {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// Text that is no schedule.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a schedule: {reason}; expected an interval such as 15m, or a cron expression such as 30 2 * * 1-5")]
pub struct ParseScheduleError {
    text: String,
    reason: String,
}

/// What is known of a source's runs. Backfills are not counted: they do not read the source as it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct History {
    /// When this process began to watch the source; what came due before was missed while spot was not running.
    pub first_seen: Instant,
    /// Start of the last run that succeeded, at least in part.
    pub last_success: Option<Instant>,
    /// Start of the last run, however it ended.
    pub last_attempt: Option<Instant>,
    /// Runs that failed since the last success.
    pub failures: u32,
}

impl History {
    /// A source that was never collected.
    #[must_use]
    pub const fn new(first_seen: Instant) -> Self {
        Self { first_seen, last_success: None, last_attempt: None, failures: 0 }
    }

    /// Enters a run that has ended; runs are entered in the order of the run log.
    ///
    /// What was read in part counts as read: a repository that is always broken is no reason to read all the others
    /// ever again. A cancelled run leaves its time unserved.
    pub fn note(&mut self, trigger: Trigger, started: Instant, outcome: Outcome) {
        if trigger == Trigger::Backfill {
            return;
        }
        match outcome {
            Outcome::Succeeded | Outcome::Partial => {
                self.last_attempt = Some(started);
                self.last_success = Some(started);
                self.failures = 0;
            }
            Outcome::Failed | Outcome::TimedOut | Outcome::Panicked => {
                self.last_attempt = Some(started);
                self.failures = self.failures.saturating_add(1);
            }
            Outcome::Cancelled => {}
        }
    }
}

/// How long to wait after a failure before the next attempt.
///
/// The wait doubles with each failure and is then cut by up to a half at random. A source is never tried later than
/// at its next regular time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// After the first failure, before the cut.
    pub first: Duration,
    /// At most, before the cut.
    pub most: Duration,
}

impl Default for Backoff {
    fn default() -> Self {
        Self { first: Duration::from_secs(60), most: Duration::from_secs(3_600) }
    }
}

impl Backoff {
    /// The wait after so many failures; `jitter` from 0.0 to below 1.0 lets between all and half of it stand.
    #[must_use]
    pub fn wait(&self, failures: u32, jitter: f64) -> Duration {
        let factor = 1_u32.checked_shl(failures.saturating_sub(1)).unwrap_or(u32::MAX);
        let full = self.first.saturating_mul(factor).min(self.most);
        full.mul_f64(1.0 - jitter.clamp(0.0, 1.0) / 2.0)
    }
}

/// Whether a source is to be collected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// It is.
    Now {
        /// [`Trigger::CatchUp`] if its time came while spot was not running, else [`Trigger::Schedule`].
        trigger: Trigger,
        /// The earliest time that no successful run has served yet.
        scheduled: Instant,
    },
    /// Not before this instant.
    Later(Instant),
    /// Never again: its cron expression has no further time.
    Never,
}

impl Due {
    /// How late a run is that starts `now`; zero if none is due.
    #[must_use]
    pub fn late_by(&self, now: Instant) -> Duration {
        match self {
            Self::Now { scheduled, .. } => elapsed(*scheduled, now),
            Self::Later(_) | Self::Never => Duration::ZERO,
        }
    }
}

/// Whether a source is to be collected at `now`.
///
/// `jitter` is from 0.0 to below 1.0 and stays the same between two attempts, lest a source that is asked about often
/// draws until it wins. A run recorded in the future, by a clock that was wrong, is disregarded.
#[must_use]
pub fn due(schedule: &Schedule, zone: &Zone, history: &History, backoff: Backoff, jitter: f64, now: Instant) -> Due {
    let success = credible(history.last_success, now);
    let Some(attempt) = credible(history.last_attempt, now).max(success) else {
        // An empty catalog does not wait for the night.
        return match history.first_seen {
            first if first > now => Due::Later(first),
            first => Due::Now { trigger: Trigger::Schedule, scheduled: first },
        };
    };
    let regular = schedule.next_after(attempt, zone);
    let failed = success.is_none_or(|success| attempt > success);
    let at = if failed {
        let wait = backoff.wait(history.failures.max(1), jitter);
        let retry = attempt.plus_micros(i64::try_from(wait.as_micros()).unwrap_or(i64::MAX));
        regular.map_or(retry, |regular| regular.min(retry))
    } else {
        let Some(regular) = regular else { return Due::Never };
        regular
    };
    if at > now {
        return Due::Later(at);
    }
    let unserved = success.and_then(|success| schedule.next_after(success, zone)).unwrap_or(at);
    let trigger = if at < history.first_seen { Trigger::CatchUp } else { Trigger::Schedule };
    Due::Now { trigger, scheduled: unserved.min(at) }
}

/// Since when a source waits for a successful run: its earliest time up to `now` that none has served.
///
/// `None` if nothing is outstanding. Unlike [`due`] it does not hide a source that is waiting to be tried again.
#[must_use]
pub fn overdue_since(schedule: &Schedule, zone: &Zone, history: &History, now: Instant) -> Option<Instant> {
    let since = match credible(history.last_success, now) {
        Some(success) => schedule.next_after(success, zone)?,
        None => history.last_attempt.map_or(history.first_seen, |attempt| attempt.min(history.first_seen)),
    };
    (since <= now).then_some(since)
}

/// From `from` to `to`; zero if `to` is earlier.
#[must_use]
pub fn elapsed(from: Instant, to: Instant) -> Duration {
    Duration::from_micros(u64::try_from(to.micros().saturating_sub(from.micros())).unwrap_or(0))
}

fn credible(recorded: Option<Instant>, now: Instant) -> Option<Instant> {
    recorded.filter(|at| *at <= now.plus_seconds(CLOCK_TOLERANCE_SECONDS))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn zone(name: &str) -> Zone {
        name.parse().unwrap()
    }

    fn at(text: &str) -> Instant {
        text.parse().unwrap()
    }

    fn schedule(text: &str) -> Schedule {
        text.parse().unwrap()
    }

    /// The next `count` times after `from`, as the wall clock shows them, with the offset.
    fn times(text: &str, zone_name: &str, from: &str, count: usize) -> Vec<String> {
        let (schedule, zone) = (schedule(text), zone(zone_name));
        let mut last = at(from);
        let mut shown = Vec::new();
        for _ in 0..count {
            last = schedule.next_after(last, &zone).unwrap();
            shown.push(last.timestamp().to_zoned(zone.time_zone().clone()).strftime("%m-%d %H:%M%:z").to_string());
        }
        shown
    }

    #[test]
    fn a_nightly_run_keeps_its_wall_clock_time_across_both_changes_of_berlin() {
        assert_eq!(
            times("0 3 * * *", "Europe/Berlin", "2026-03-27T12:00:00Z", 3),
            ["03-28 03:00+01:00", "03-29 03:00+02:00", "03-30 03:00+02:00"]
        );
        assert_eq!(
            times("0 3 * * *", "Europe/Berlin", "2026-10-23T12:00:00Z", 3),
            ["10-24 03:00+02:00", "10-25 03:00+01:00", "10-26 03:00+01:00"]
        );
    }

    #[test]
    fn a_time_that_berlin_skips_runs_once_at_the_next_existing_time() {
        assert_eq!(
            times("30 2 * * *", "Europe/Berlin", "2026-03-27T12:00:00Z", 3),
            ["03-28 02:30+01:00", "03-29 03:00+02:00", "03-30 02:30+02:00"]
        );
        // Several skipped times, and one that exists anyway, are one run.
        assert_eq!(
            times("0,30 2,3 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z", 3),
            ["03-29 03:00+02:00", "03-29 03:30+02:00", "03-30 02:00+02:00"]
        );
    }

    #[test]
    fn a_time_that_berlin_shows_twice_runs_once() {
        assert_eq!(
            times("30 2 * * *", "Europe/Berlin", "2026-10-23T12:00:00Z", 3),
            ["10-24 02:30+02:00", "10-25 02:30+02:00", "10-26 02:30+01:00"]
        );
        // Asked during the second pass, the first one counts.
        assert_eq!(times("30 2 * * *", "Europe/Berlin", "2026-10-25T01:10:00Z", 1), ["10-26 02:30+01:00"]);
    }

    #[test]
    fn new_york_skips_and_repeats_rightly() {
        assert_eq!(times("30 2 * * *", "America/New_York", "2026-03-07T12:00:00Z", 2), ["03-08 03:00-04:00", "03-09 02:30-04:00"]);
        assert_eq!(times("30 1 * * *", "America/New_York", "2026-10-31T12:00:00Z", 2), ["11-01 01:30-04:00", "11-02 01:30-05:00"]);
    }

    #[test]
    fn lord_howe_skips_and_repeats_half_an_hour() {
        assert_eq!(times("15 2 * * *", "Australia/Lord_Howe", "2026-10-03T00:00:00Z", 2), ["10-04 02:30+11:00", "10-05 02:15+11:00"]);
        assert_eq!(times("45 1 * * *", "Australia/Lord_Howe", "2026-04-04T00:00:00Z", 2), ["04-05 01:45+11:00", "04-06 01:45+10:30"]);
        assert_eq!(times("15 1 * * *", "Australia/Lord_Howe", "2026-04-04T00:00:00Z", 2), ["04-05 01:15+11:00", "04-06 01:15+10:30"]);
    }

    #[test]
    fn a_zone_that_changes_for_ramadan_skips_and_repeats_rightly() {
        assert_eq!(times("30 2 * * *", "Africa/Casablanca", "2026-02-14T12:00:00Z", 2), ["02-15 02:30+01:00", "02-16 02:30+00:00"]);
        assert_eq!(times("30 2 * * *", "Africa/Casablanca", "2026-03-21T12:00:00Z", 2), ["03-22 03:00+01:00", "03-23 02:30+01:00"]);
    }

    #[test]
    fn a_midnight_that_does_not_exist_runs_at_the_first_time_of_its_day() {
        assert_eq!(times("0 0 * * *", "Africa/Cairo", "2026-04-23T12:00:00Z", 2), ["04-24 01:00+03:00", "04-25 00:00+03:00"]);
    }

    #[test]
    fn a_day_that_does_not_exist_runs_at_the_start_of_the_next() {
        assert_eq!(
            times("0 6 * * *", "Pacific/Apia", "2011-12-29T22:00:00Z", 3),
            ["12-31 00:00+14:00", "12-31 06:00+14:00", "01-01 06:00+14:00"]
        );
    }

    #[test]
    fn an_expression_for_every_hour_follows_elapsed_time() {
        assert_eq!(times("30 * * * *", "Europe/Berlin", "2026-03-29T00:00:00Z", 2), ["03-29 01:30+01:00", "03-29 03:30+02:00"]);
        assert_eq!(
            times("30 * * * *", "Europe/Berlin", "2026-10-25T00:00:00Z", 3),
            ["10-25 02:30+02:00", "10-25 02:30+01:00", "10-25 03:30+01:00"]
        );
        assert_eq!(
            times("*/30 * * * *", "Australia/Lord_Howe", "2026-04-04T14:10:00Z", 3),
            ["04-05 01:30+11:00", "04-05 01:30+10:30", "04-05 02:00+10:30"]
        );
    }

    #[test]
    fn an_expression_for_every_hour_passes_over_a_time_that_does_not_exist() {
        assert_eq!(times("0 * * * *", "Australia/Lord_Howe", "2026-10-03T14:00:00Z", 2), ["10-04 01:00+10:30", "10-04 03:00+11:00"]);
    }

    #[test]
    fn an_interval_neither_drifts_nor_knows_zones() {
        assert_eq!(times("15m", "Europe/Berlin", "2026-03-29T00:46:30.5Z", 2), ["03-29 03:00+02:00", "03-29 03:15+02:00"]);
        let quarter = schedule("every 15m");
        assert_eq!(quarter.next_after(at("2026-01-01T00:00:00.3Z"), &Zone::utc()), Some(at("2026-01-01T00:15:00Z")));
        assert_eq!(quarter.next_after(at("2026-01-01T00:15:00Z"), &Zone::utc()), Some(at("2026-01-01T00:30:00Z")));
        assert_eq!(quarter.next_after(Instant::MAX, &Zone::utc()), None);
    }

    #[test]
    fn days_of_month_and_of_week_are_matched_as_cron_does() {
        assert_eq!(times("0 0 29 2 *", "UTC", "2026-01-01T00:00:00Z", 1), ["02-29 00:00+00:00"]);
        assert_eq!(times("0 9 * * MON-FRI", "UTC", "2026-11-20T10:00:00Z", 2), ["11-23 09:00+00:00", "11-24 09:00+00:00"]);
        assert_eq!(times("0 0 L * *", "UTC", "2026-02-10T00:00:00Z", 2), ["02-28 00:00+00:00", "03-31 00:00+00:00"]);
        assert_eq!(times("@weekly", "UTC", "2026-11-20T10:00:00Z", 1), ["11-22 00:00+00:00"]);
    }

    #[test]
    fn text_that_is_no_schedule_says_why() {
        let reason = |text: &str| text.parse::<Schedule>().unwrap_err().to_string();
        insta::assert_snapshot!(reason("soon"), @r#""soon" is not a schedule: it is no interval, and a cron expression has five fields, not 1; expected an interval such as 15m, or a cron expression such as 30 2 * * 1-5"#);
        insta::assert_snapshot!(reason(""), @r#""" is not a schedule: it is empty; expected an interval such as 15m, or a cron expression such as 30 2 * * 1-5"#);
        insta::assert_snapshot!(reason("61 * * * *"), @r#""61 * * * *" is not a schedule: component error: Number out of bounds; expected an interval such as 15m, or a cron expression such as 30 2 * * 1-5"#);
        insta::assert_snapshot!(reason("0 0 0 * * *"), @r#""0 0 0 * * *" is not a schedule: it is no interval, and a cron expression has five fields, not 6; expected an interval such as 15m, or a cron expression such as 30 2 * * 1-5"#);
        insta::assert_snapshot!(reason("0 0 31 2 *"), @r#""0 0 31 2 *" is not a schedule: no date ever matches it; expected an interval such as 15m, or a cron expression such as 30 2 * * 1-5"#);
        insta::assert_snapshot!(reason("0s"), @r#""0s" is not a schedule: an interval is at least one second and at most 366 days; expected an interval such as 15m, or a cron expression such as 30 2 * * 1-5"#);
        insta::assert_snapshot!(reason("2 months"), @r#""2 months" is not a schedule: months and years have no fixed length, days have; expected an interval such as 15m, or a cron expression such as 30 2 * * 1-5"#);
        insta::assert_snapshot!(reason("1500ms"), @r#""1500ms" is not a schedule: an interval is a whole number of seconds; expected an interval such as 15m, or a cron expression such as 30 2 * * 1-5"#);
    }

    #[test]
    fn a_schedule_prints_as_it_was_written() {
        for text in ["15m", "every 2h 30m", "30 2 * * 1-5", "@daily"] {
            let read: Schedule = serde_json::from_str(&format!("{text:?}")).unwrap();
            assert_eq!(read.to_string(), text);
            assert_eq!(serde_json::to_string(&read).unwrap(), format!("{text:?}"));
        }
        assert_eq!(Schedule::every(90).to_string(), "90s");
    }

    #[test]
    fn the_interval_of_a_cron_expression_is_its_longest_gap() {
        let seconds = |text: &str, from: &str| schedule(text).interval_seconds(at(from), &zone("Europe/Berlin"));
        assert_eq!(seconds("15m", "2026-11-20T10:00:00Z"), 900);
        assert_eq!(seconds("*/10 * * * *", "2026-11-20T10:00:00Z"), 600);
        assert_eq!(seconds("0 3 * * *", "2026-11-20T10:00:00Z"), 86_400);
        assert_eq!(seconds("0 3 * * *", "2026-10-20T10:00:00Z"), 90_000, "the day of the autumn change is longer");
        assert_eq!(seconds("0 9 * * 1-5", "2026-11-20T10:00:00Z"), 3 * 86_400, "the weekend");
        assert_eq!(seconds("0 0 1 * *", "2026-11-20T10:00:00Z"), 31 * 86_400);
        assert_eq!(seconds("0 0 1 * *", "2026-11-05T10:00:00Z"), 31 * 86_400, "nothing within two weeks");
    }

    /// A source collected daily at 03:00 UTC, watched since 10:00 on 20 November.
    fn daily(success: Option<&str>, attempt: Option<&str>, failures: u32, now: &str) -> Due {
        let history = History {
            first_seen: at("2026-11-20T10:00:00Z"),
            last_success: success.map(at),
            last_attempt: attempt.or(success).map(at),
            failures,
        };
        due(&schedule("0 3 * * *"), &Zone::utc(), &history, Backoff::default(), 0.0, at(now))
    }

    #[test]
    fn a_source_that_was_never_collected_is_due_at_once() {
        let due = daily(None, None, 0, "2026-11-20T10:00:05Z");
        assert_eq!(due, Due::Now { trigger: Trigger::Schedule, scheduled: at("2026-11-20T10:00:00Z") });
        assert_eq!(due.late_by(at("2026-11-20T10:00:05Z")), Duration::from_secs(5));
    }

    #[test]
    fn a_source_that_just_ran_is_not_due_at_the_first_start() {
        assert_eq!(daily(Some("2026-11-20T09:59:00Z"), None, 0, "2026-11-20T10:00:00Z"), Due::Later(at("2026-11-21T03:00:00Z")));
    }

    #[test]
    fn after_downtime_one_run_makes_up_for_all_that_were_missed() {
        let now = "2026-11-20T10:00:00Z";
        let due = daily(Some("2026-11-10T03:00:10Z"), None, 0, now);
        assert_eq!(due, Due::Now { trigger: Trigger::CatchUp, scheduled: at("2026-11-11T03:00:00Z") });
        assert_eq!(due.late_by(at(now)), Duration::from_secs(9 * 86_400 + 7 * 3_600));
        assert_eq!(daily(Some(now), None, 0, now), Due::Later(at("2026-11-21T03:00:00Z")));
    }

    #[test]
    fn a_run_that_comes_due_while_watched_is_no_catch_up_and_says_how_late_it_is() {
        let due = daily(Some("2026-11-20T03:00:00Z"), None, 0, "2026-11-21T03:00:42Z");
        assert_eq!(due, Due::Now { trigger: Trigger::Schedule, scheduled: at("2026-11-21T03:00:00Z") });
        assert_eq!(due.late_by(at("2026-11-21T03:00:42Z")), Duration::from_secs(42));
    }

    #[test]
    fn a_failed_run_is_tried_again_ever_more_slowly_but_not_later_than_its_next_time() {
        let retry = |attempt: &str, failures| daily(Some("2026-11-20T10:30:00Z"), Some(attempt), failures, attempt);
        assert_eq!(retry("2026-11-21T03:00:00Z", 1), Due::Later(at("2026-11-21T03:01:00Z")));
        assert_eq!(retry("2026-11-21T03:01:00Z", 2), Due::Later(at("2026-11-21T03:03:00Z")));
        assert_eq!(retry("2026-11-21T03:03:00Z", 3), Due::Later(at("2026-11-21T03:07:00Z")));
        assert_eq!(retry("2026-11-21T08:00:00Z", 99), Due::Later(at("2026-11-21T09:00:00Z")));
        assert_eq!(retry("2026-11-22T02:30:00Z", 99), Due::Later(at("2026-11-22T03:00:00Z")));
        let due = daily(Some("2026-11-20T10:30:00Z"), Some("2026-11-21T03:00:00Z"), 1, "2026-11-21T03:01:00Z");
        assert_eq!(due, Due::Now { trigger: Trigger::Schedule, scheduled: at("2026-11-21T03:00:00Z") });
    }

    #[test]
    fn jitter_cuts_a_wait_by_up_to_a_half() {
        let backoff = Backoff::default();
        assert_eq!(backoff.wait(1, 0.0), Duration::from_secs(60));
        assert_eq!(backoff.wait(1, 0.5), Duration::from_secs(45));
        assert_eq!(backoff.wait(40, 1.0), Duration::from_secs(1_800));
    }

    #[test]
    fn a_run_recorded_by_a_clock_that_was_wrong_does_not_silence_a_source() {
        assert!(matches!(daily(Some("2036-01-01T00:00:00Z"), None, 0, "2026-11-20T10:00:00Z"), Due::Now { .. }));
        // A clock that was set back by a few seconds is no reason to run again.
        assert_eq!(daily(Some("2026-11-20T10:00:05Z"), None, 0, "2026-11-20T10:00:00Z"), Due::Later(at("2026-11-21T03:00:00Z")));
    }

    #[test]
    fn a_backfill_and_a_cancelled_run_serve_no_scheduled_time() {
        let mut history = History::new(at("2026-11-20T10:00:00Z"));
        let before = history;
        history.note(Trigger::Backfill, at("2026-11-20T10:00:00Z"), Outcome::Succeeded);
        history.note(Trigger::Schedule, at("2026-11-20T10:01:00Z"), Outcome::Cancelled);
        assert_eq!(history, before);
        history.note(Trigger::Manual, at("2026-11-20T10:02:00Z"), Outcome::TimedOut);
        history.note(Trigger::Manual, at("2026-11-20T10:03:00Z"), Outcome::Panicked);
        assert_eq!((history.last_success, history.failures), (None, 2));
        history.note(Trigger::Manual, at("2026-11-20T10:04:00Z"), Outcome::Partial);
        assert_eq!((history.last_success, history.failures), (Some(at("2026-11-20T10:04:00Z")), 0));
    }

    #[test]
    fn an_expression_without_a_further_time_is_never_due() {
        let history = History { last_success: Some(Instant::MAX), ..History::new(Instant::MAX) };
        let due = due(&schedule("1h"), &Zone::utc(), &history, Backoff::default(), 0.0, Instant::MAX);
        assert_eq!(due, Due::Never);
    }

    #[test]
    fn a_source_is_overdue_since_its_first_time_without_a_success() {
        let history = |success, attempt| History {
            last_success: Some(at(success)),
            last_attempt: Some(at(attempt)),
            ..History::new(at("2026-11-20T10:00:00Z"))
        };
        let since = |history, now| overdue_since(&schedule("0 3 * * *"), &Zone::utc(), &history, at(now));
        let failing = history("2026-11-20T03:00:00Z", "2026-11-22T03:00:00Z");
        assert_eq!(since(failing, "2026-11-22T03:00:01Z"), Some(at("2026-11-21T03:00:00Z")));
        let served = history("2026-11-22T03:00:00Z", "2026-11-22T03:00:00Z");
        assert_eq!(since(served, "2026-11-22T23:00:00Z"), None);
    }

    const ZONES: [&str; 9] = [
        "UTC",
        "Europe/Berlin",
        "America/New_York",
        "Australia/Lord_Howe",
        "Africa/Casablanca",
        "Africa/Cairo",
        "America/Havana",
        "Asia/Kathmandu",
        "Pacific/Chatham",
    ];
    /// The weekday of 1970-01-01, counted from Sunday.
    const THURSDAY: i64 = 4;
    const YEAR_START: &str = "2025-12-31T00:00:00Z";
    const YEAR_MINUTES: usize = 367 * 1_440;

    /// A cron expression together with what it means, told without croner.
    #[derive(Clone, Debug)]
    struct Wanted {
        minutes: Vec<u8>,
        /// Empty for every hour.
        hours: Vec<u8>,
        /// Days of the week from Sunday; empty for every day.
        days: Vec<u8>,
    }

    impl Wanted {
        fn text(&self) -> String {
            let list = |values: &[u8]| match values {
                [] => "*".to_owned(),
                values => values.iter().map(u8::to_string).collect::<Vec<_>>().join(","),
            };
            format!("{} {} * * {}", list(&self.minutes), list(&self.hours), list(&self.days))
        }

        /// Whether it names a civil time, given in minutes since 1970-01-01T00:00.
        fn matches(&self, civil: i64) -> bool {
            let one_of = |values: &[u8], value: i64| values.is_empty() || values.iter().any(|wanted| i64::from(*wanted) == value);
            one_of(&self.minutes, civil % 60) && one_of(&self.hours, civil / 60 % 24) && one_of(&self.days, (civil / 1_440 + THURSDAY) % 7)
        }

        /// All times of the simulated year, by walking its every minute: a named hour counts at the first minute at
        /// which the clock shows the wanted time or a later one, every hour counts whenever the clock shows it.
        fn occurrences(&self, zone: &Zone) -> Vec<Instant> {
            let start = at(YEAR_START);
            let mut found = Vec::new();
            let mut offset_minutes = 0;
            let mut reached = None;
            for minute in 0..YEAR_MINUTES {
                let now = start.plus_seconds(minute as i64 * 60);
                // Today's zones change on the quarter hour of UTC only.
                if minute % 15 == 0 {
                    offset_minutes = i64::from(zone.time_zone().to_offset(now.timestamp()).seconds()) / 60;
                }
                let shown = now.micros() / 60_000_000 + offset_minutes;
                let first_new = if self.hours.is_empty() { shown } else { reached.map_or(shown, |reached| reached + 1) };
                reached = reached.max(Some(shown));
                if minute > 0 && (first_new..=shown).any(|civil| self.matches(civil)) {
                    found.push(now);
                }
            }
            found
        }
    }

    fn wanted() -> impl Strategy<Value = Wanted> {
        let some =
            |most: u8, count: usize| prop::collection::btree_set(0..most, 0..count).prop_map(|set| set.into_iter().collect::<Vec<_>>());
        // Early hours are where the changes are.
        let hours = prop_oneof![3 => some(4, 4), 1 => some(24, 5)];
        (prop::collection::btree_set(0..60_u8, 1..4), hours, some(7, 4)).prop_map(|(minutes, hours, days)| Wanted {
            minutes: minutes.into_iter().collect(),
            hours,
            days,
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 16, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn the_times_of_a_year_are_those_that_the_clock_shows(wanted in wanted(), zone_name in prop::sample::select(ZONES.to_vec())) {
            let zone = zone(zone_name);
            let schedule = schedule(&wanted.text());
            let expected = wanted.occurrences(&zone);
            let mut last = at(YEAR_START);
            let mut found = Vec::new();
            while let Some(next) = schedule.next_after(last, &zone).filter(|next| *next < at(YEAR_START).plus_seconds(YEAR_MINUTES as i64 * 60)) {
                found.push(next);
                last = next;
            }
            prop_assert_eq!(found, expected);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 6, failure_persistence: None, ..ProptestConfig::default() })]

        /// Ticks each minute for a year; the process is down or the source fails in random stretches.
        #[test]
        fn no_scheduled_run_of_a_year_is_lost_or_doubled(
            wanted in wanted(),
            zone_name in prop::sample::select(ZONES.to_vec()),
            stretches in prop::collection::vec((1..20_000_usize, 1..4_000_usize, any::<bool>()), 0..40),
            jitter in 0.0..1.0_f64,
        ) {
            let zone = zone(zone_name);
            let schedule = schedule(&wanted.text());
            let occurrences = wanted.occurrences(&zone);
            let minute_at = |minute: usize| at(YEAR_START).plus_seconds(minute as i64 * 60);
            // Per minute: is the process down, does the source fail.
            let mut weather = vec![(false, false); YEAR_MINUTES];
            let mut cursor = 0;
            for (calm, length, down) in stretches {
                cursor += calm;
                for minute in weather.iter_mut().skip(cursor).take(length) {
                    if down { minute.0 = true } else { minute.1 = true }
                }
                cursor += length;
            }

            let mut history = History { last_success: Some(minute_at(0)), last_attempt: Some(minute_at(0)), ..History::new(minute_at(0)) };
            let mut asleep_until = Instant::MIN;
            for minute in 1..YEAR_MINUTES {
                let (now, (down, failing)) = (minute_at(minute), weather[minute]);
                if down {
                    continue;
                }
                if weather[minute - 1].0 {
                    history.first_seen = now;
                }
                // What is due changes only by time, unless something ran: asking each minute would answer the same.
                if now < asleep_until {
                    continue;
                }
                match due(&schedule, &zone, &history, Backoff::default(), jitter, now) {
                    Due::Later(at) => {
                        prop_assert!(at > now);
                        asleep_until = at;
                    }
                    Due::Never => prop_assert!(false, "it always has a next time"),
                    Due::Now { trigger, scheduled } => {
                        let success = history.last_success.unwrap();
                        let unserved = occurrences[occurrences.partition_point(|at| *at <= success)];
                        prop_assert!(unserved <= now, "doubled: ran at {} again after {}", now, success);
                        prop_assert_eq!(scheduled, unserved);
                        prop_assert_eq!(overdue_since(&schedule, &zone, &history, now), Some(unserved));
                        if history.failures == 0 {
                            prop_assert_eq!(trigger == Trigger::CatchUp, scheduled < history.first_seen);
                        }
                        history.note(trigger, now, if failing { Outcome::Failed } else { Outcome::Succeeded });
                        asleep_until = Instant::MIN;
                    }
                }
                // Nothing is lost: while the process is up and the source answers, nothing is outstanding for
                // longer than a failed source may wait.
                let success = history.last_success.unwrap();
                if let Some(outstanding) = occurrences.get(occurrences.partition_point(|at| *at <= success)).filter(|at| **at <= now) {
                    prop_assert!(history.failures > 0, "lost: {} at {}", outstanding, now);
                    prop_assert!(elapsed(history.last_attempt.unwrap(), now) <= Backoff::default().most);
                }
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn no_text_makes_the_parser_panic(text in "[0-9*/,#LW?@+a-zA-Zµ -]{0,24}|(([0-9*/,#LW-]{1,5}) ){4,6}[0-9*A-Z/-]{1,4}|.{0,20}") {
            if let Ok(schedule) = text.parse::<Schedule>() {
                let now = at("2026-11-20T10:00:00Z");
                prop_assert!(schedule.next_after(now, &zone("Europe/Berlin")).is_none_or(|next| next > now));
            }
        }
    }
}
