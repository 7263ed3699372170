//! Lengths of time as people write them: `90s`, `15m`, `1h`, `2d`, `2w`, `6mo`, `2y`.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use jiff::Span;
use serde::{Deserialize, Deserializer};

use crate::model::{Instant, Zone};

/// A count and a unit. Months and years are those of the calendar, so they have no fixed duration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Length {
    count: u32,
    unit: Unit,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    Second,
    Minute,
    Hour,
    Day,
    Week,
    Month,
    Year,
}

const UNITS: [(&str, Unit); 7] = [
    ("s", Unit::Second),
    ("m", Unit::Minute),
    ("h", Unit::Hour),
    ("d", Unit::Day),
    ("w", Unit::Week),
    ("mo", Unit::Month),
    ("y", Unit::Year),
];

impl Length {
    /// This many hours.
    pub(super) const fn hours(count: u32) -> Self {
        Self { count, unit: Unit::Hour }
    }

    /// This many days.
    pub(super) const fn days(count: u32) -> Self {
        Self { count, unit: Unit::Day }
    }

    /// This many minutes.
    pub(super) const fn minutes(count: u32) -> Self {
        Self { count, unit: Unit::Minute }
    }

    /// The duration, a day being 24 hours; none for months and years.
    pub(super) fn fixed(self) -> Option<Duration> {
        let seconds = match self.unit {
            Unit::Second => 1,
            Unit::Minute => 60,
            Unit::Hour => 60 * 60,
            Unit::Day => 24 * 60 * 60,
            Unit::Week => 7 * 24 * 60 * 60,
            Unit::Month | Unit::Year => return None,
        };
        Some(Duration::from_secs(u64::from(self.count) * seconds))
    }

    /// The instant that lies this long before `now`, by the calendar of `zone`.
    pub(super) fn before(self, now: Instant, zone: &Zone) -> Instant {
        let zoned = now.timestamp().to_zoned(zone.time_zone().clone());
        let earlier = self.span().and_then(|span| zoned.checked_sub(span));
        earlier.map_or(Instant::MIN, |zoned| zoned.timestamp().into())
    }

    /// The instant that lies this long after `now`, by the calendar of `zone`.
    pub(super) fn after(self, now: Instant, zone: &Zone) -> Instant {
        let zoned = now.timestamp().to_zoned(zone.time_zone().clone());
        let later = self.span().and_then(|span| zoned.checked_add(span));
        later.map_or(Instant::MAX, |zoned| zoned.timestamp().into())
    }

    fn span(self) -> Result<Span, jiff::Error> {
        match self.unit {
            Unit::Month => Span::new().try_months(self.count),
            Unit::Year => Span::new().try_years(self.count),
            _ => Span::new().try_seconds(self.fixed().map_or(0, |fixed| i64::try_from(fixed.as_secs()).unwrap_or(i64::MAX))),
        }
    }
}

impl fmt::Display for Length {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = UNITS.iter().find(|(_, unit)| *unit == self.unit).map_or("", |(word, _)| word);
        write!(f, "{}{word}", self.count)
    }
}

impl FromStr for Length {
    type Err = ParseLengthError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = text.find(|character: char| !character.is_ascii_digit()).unwrap_or(text.len());
        let (count, word) = text.split_at(digits);
        let unit = UNITS.iter().find(|(known, _)| *known == word).map(|(_, unit)| *unit);
        match (count.parse(), unit) {
            (Ok(count), Some(unit)) if count > 0 => Ok(Self { count, unit }),
            _ => Err(ParseLengthError(text.to_owned())),
        }
    }
}

impl<'de> Deserialize<'de> for Length {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// Text that is no length of time.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a length of time; expected a number above 0 and one of s, m, h, d, w, mo, y, such as 15m or 2y")]
pub(super) struct ParseLengthError(String);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_read_and_printed() {
        for text in ["90s", "15m", "1h", "2d", "2w", "6mo", "2y"] {
            assert_eq!(text.parse::<Length>().unwrap().to_string(), text);
        }
        for text in ["", "1", "h", "0h", "-1h", "1.5h", "1 h", "1H", "1min", "99999999999d"] {
            assert!(text.parse::<Length>().is_err(), "{text}");
        }
        assert_eq!("2d".parse::<Length>().unwrap().fixed(), Some(Duration::from_secs(172_800)));
        assert_eq!("6mo".parse::<Length>().unwrap().fixed(), None);
    }

    #[test]
    fn months_and_years_follow_the_calendar() {
        let now: Instant = "2026-03-31T12:00:00Z".parse().unwrap();
        let before = |text: &str| text.parse::<Length>().unwrap().before(now, &Zone::utc()).to_string();
        assert_eq!(before("1mo"), "2026-02-28T12:00:00Z");
        assert_eq!(before("2y"), "2024-03-31T12:00:00Z");
        assert_eq!(before("90s"), "2026-03-31T11:58:30Z");
        assert_eq!("99999y".parse::<Length>().unwrap().before(now, &Zone::utc()), Instant::MIN);
    }
}
