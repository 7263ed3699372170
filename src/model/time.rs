//! Instants, calendar days and the zone that decides where a day ends.
//!
//! # Invariants
//! - All times are UTC microseconds; a zone appears only where a calendar day is meant.
//! - A [`Day`] is a calendar day of the organisation's zone; its interval is half open.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Tells the time: the machine's, or a simulated one.
pub type Clock = Arc<dyn Fn() -> Instant + Send + Sync>;

/// A point in time: microseconds since 1970-01-01T00:00:00Z, printed as RFC 3339 in UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(i64);

impl Instant {
    /// Before every instant that spot records.
    pub const MIN: Self = Self(i64::MIN);
    /// After every instant that spot records; marks an interval that is still open.
    pub const MAX: Self = Self(i64::MAX);

    /// From microseconds since the Unix epoch.
    #[must_use]
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// From whole seconds since the Unix epoch; saturates.
    #[must_use]
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1_000_000))
    }

    /// Microseconds since the Unix epoch.
    #[must_use]
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// The instant `micros` later (earlier if negative); saturates.
    #[must_use]
    pub const fn plus_micros(self, micros: i64) -> Self {
        Self(self.0.saturating_add(micros))
    }

    /// The instant `seconds` later (earlier if negative); saturates.
    #[must_use]
    pub const fn plus_seconds(self, seconds: i64) -> Self {
        self.plus_micros(seconds.saturating_mul(1_000_000))
    }

    /// The same instant as a `jiff` timestamp, clamped to the years that jiff knows.
    #[must_use]
    pub fn timestamp(self) -> Timestamp {
        Timestamp::from_microsecond(self.0).unwrap_or(if self.0 < 0 { Timestamp::MIN } else { Timestamp::MAX })
    }
}

impl From<Timestamp> for Instant {
    fn from(timestamp: Timestamp) -> Self {
        Self(timestamp.as_microsecond())
    }
}

impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.timestamp())
    }
}

impl FromStr for Instant {
    type Err = ParseTimeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse::<Timestamp>().map(Self::from).map_err(|_| ParseTimeError::new(text, "an RFC 3339 instant such as 2026-03-01T08:30:00Z"))
    }
}

impl Serialize for Instant {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Instant {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// A calendar day of the organisation's zone, printed as `2026-03-01`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(Date);

impl Day {
    /// The civil date.
    #[must_use]
    pub const fn date(self) -> Date {
        self.0
    }

    /// Days since 1970-01-01; the number that archive windows divide.
    #[must_use]
    pub fn number(self) -> i32 {
        (self.0 - Date::constant(1970, 1, 1)).get_days()
    }

    /// The day with this [`Day::number`]; clamped to the years that jiff knows.
    #[must_use]
    pub fn from_number(number: i32) -> Self {
        Self(Date::constant(1970, 1, 1).saturating_add(number.days()))
    }

    /// The day after this one.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1.day()))
    }

    /// The day before this one.
    #[must_use]
    pub fn previous(self) -> Self {
        Self(self.0.saturating_sub(1.day()))
    }
}

impl From<Date> for Day {
    fn from(date: Date) -> Self {
        Self(date)
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl FromStr for Day {
    type Err = ParseTimeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() == 10
            && let Ok(date) = text.parse::<Date>()
        {
            return Ok(Self(date));
        }
        Err(ParseTimeError::new(text, "a day such as 2026-03-01"))
    }
}

impl Serialize for Day {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// The organisation's time zone: an IANA name, `UTC` if unset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone(TimeZone);

impl Zone {
    /// Coordinated Universal Time.
    #[must_use]
    pub const fn utc() -> Self {
        Self(TimeZone::UTC)
    }

    /// The day that contains `instant` in this zone.
    #[must_use]
    pub fn day_of(&self, instant: Instant) -> Day {
        Day(self.0.to_datetime(instant.timestamp()).date())
    }

    /// First instant of `day`. Where midnight is skipped by daylight saving, the first one that exists.
    #[must_use]
    pub fn start_of(&self, day: Day) -> Instant {
        day.0.to_zoned(self.0.clone()).map_or(Instant::MAX, |zoned| zoned.timestamp().into())
    }

    /// First instant after `day`: days are half-open intervals.
    #[must_use]
    pub fn end_of(&self, day: Day) -> Instant {
        self.start_of(day.next())
    }

    /// The `jiff` zone behind this one.
    #[must_use]
    pub const fn time_zone(&self) -> &TimeZone {
        &self.0
    }
}

impl Default for Zone {
    fn default() -> Self {
        Self::utc()
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.iana_name().unwrap_or("UTC"))
    }
}

impl FromStr for Zone {
    type Err = ParseTimeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        TimeZone::get(text).map(Self).map_err(|_| ParseTimeError::new(text, "an IANA time zone such as Europe/Berlin"))
    }
}

impl Serialize for Zone {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Zone {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// What a caller asks for: an instant, or a day (meaning its end, or now if it is today).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// This very instant.
    Instant(Instant),
    /// The end of this day, or now if the day is today.
    Day(Day),
}

impl Moment {
    /// The last instant that the moment covers, given the zone and now.
    ///
    /// # Errors
    /// [`MomentInFuture`] for an instant after `now` or a day after today.
    pub fn resolve(self, zone: &Zone, now: Instant) -> Result<Instant, MomentInFuture> {
        let resolved = match self {
            Self::Instant(instant) => instant,
            Self::Day(day) if day == zone.day_of(now) => now,
            Self::Day(day) => zone.end_of(day).plus_micros(-1),
        };
        if resolved > now { Err(MomentInFuture { asked: self, now }) } else { Ok(resolved) }
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Instant(instant) => instant.fmt(f),
            Self::Day(day) => day.fmt(f),
        }
    }
}

impl FromStr for Moment {
    type Err = ParseTimeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Ok(day) = text.parse() {
            return Ok(Self::Day(day));
        }
        text.parse().map(Self::Instant).map_err(|_: ParseTimeError| {
            ParseTimeError::new(text, "a day such as 2026-03-01 or an RFC 3339 instant such as 2026-03-01T08:30:00Z")
        })
    }
}

/// A moment lies after now; spot has nothing to say about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the moment {asked} lies in the future; now is {now}")]
pub struct MomentInFuture {
    /// What was asked for.
    pub asked: Moment,
    /// The present at the time of asking.
    pub now: Instant,
}

/// Text that is not the time it should be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not {expected}")]
pub struct ParseTimeError {
    text: String,
    expected: &'static str,
}

impl ParseTimeError {
    fn new(text: &str, expected: &'static str) -> Self {
        Self { text: text.to_owned(), expected }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_of_the_autumn_change_has_25_hours() {
        let zone: Zone = "Europe/Berlin".parse().unwrap();
        let day: Day = "2026-10-25".parse().unwrap();
        let hours = (zone.end_of(day).micros() - zone.start_of(day).micros()) / 3_600_000_000;
        assert_eq!(hours, 25);
    }

    #[test]
    fn a_past_day_means_its_end_and_today_means_now() {
        let zone = Zone::utc();
        let now: Instant = "2026-03-01T12:00:00Z".parse().unwrap();
        let resolve = |text: &str| text.parse::<Moment>().unwrap().resolve(&zone, now).map(|at| at.to_string());
        assert_eq!(resolve("2026-02-28").unwrap(), "2026-02-28T23:59:59.999999Z");
        assert_eq!(resolve("2026-03-01").unwrap(), "2026-03-01T12:00:00Z");
        assert!(resolve("2026-03-02").is_err());
        assert!(resolve("2026-03-01T12:00:01Z").is_err());
    }

    #[test]
    fn days_and_their_numbers_agree() {
        let day: Day = "2026-03-01".parse().unwrap();
        assert_eq!(Day::from_number(day.number()), day);
        assert_eq!(Day::from_number(0).to_string(), "1970-01-01");
    }
}
