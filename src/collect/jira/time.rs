//! Jira's times: as they stand in answers, and as a query names them in the asker's zone.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde_json::Value;

use crate::model::Instant;

/// Zones lie at most so far from UTC.
const FARTHEST_SECONDS: i64 = 14 * 3600;

/// The zone in which queries are understood; none if the asker's is not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct AskersZone(Option<TimeZone>);

impl AskersZone {
    /// By an IANA name.
    pub(super) fn of(name: Option<&str>) -> Self {
        Self(name.and_then(|name| TimeZone::get(name).ok()))
    }

    /// Whether it is known.
    pub(super) fn is_known(&self) -> bool {
        self.0.is_some()
    }

    /// A minute that is not later than this instant, however the query is understood.
    pub(super) fn not_after(&self, at: Instant) -> String {
        self.minute(at.plus_seconds(-self.doubt(at)))
    }

    /// A minute that is not earlier than this instant.
    pub(super) fn not_before(&self, at: Instant) -> String {
        self.minute(at.plus_seconds(self.doubt(at) + 59))
    }

    /// An hour that comes twice is one of the two, and nobody says which.
    fn doubt(&self, at: Instant) -> i64 {
        let Some(zone) = &self.0 else { return FARTHEST_SECONDS };
        let offset = |seconds: i64| zone.to_offset(at.plus_seconds(seconds).timestamp());
        if offset(-2 * 3600) == offset(2 * 3600) { 0 } else { 3600 }
    }

    fn minute(&self, at: Instant) -> String {
        let zone = self.0.clone().unwrap_or(TimeZone::UTC);
        zone.to_datetime(at.timestamp()).strftime("%Y/%m/%d %H:%M").to_string()
    }

    /// A time of an answer: with an offset, with or without its colon; in milliseconds; or without a zone, in the asker's.
    pub(super) fn read(&self, value: &Value) -> Option<Instant> {
        let text = match value {
            Value::Number(number) => return number.as_i64().map(|millis| Instant::from_micros(millis.saturating_mul(1000))),
            Value::String(text) => text.trim(),
            _ => return None,
        };
        if let Ok(millis) = text.parse::<i64>() {
            return Some(Instant::from_micros(millis.saturating_mul(1000)));
        }
        for format in ["%Y-%m-%dT%H:%M:%S%.f%z", "%Y-%m-%dT%H:%M:%S%.f%:z", "%Y-%m-%d %H:%M:%S%.f%z"] {
            if let Ok(zoned) = jiff::fmt::strtime::parse(format, text).and_then(|parsed| parsed.to_timestamp()) {
                return Some(zoned.into());
            }
        }
        if let Ok(at) = text.parse::<Instant>() {
            return Some(at);
        }
        let civil: DateTime = text.parse().ok()?;
        let zoned = civil.to_zoned(self.0.clone().unwrap_or(TimeZone::UTC)).ok()?;
        Some(zoned.timestamp().into())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn at(text: &str) -> Instant {
        text.parse().unwrap()
    }

    #[test]
    fn times_are_read_in_every_form_that_jira_writes() {
        let berlin = AskersZone::of(Some("Europe/Berlin"));
        for (value, expected) in [
            (json!("2026-11-19T10:01:02.345+0100"), "2026-11-19T09:01:02.345Z"),
            (json!("2026-11-19T10:01:02.000+01:00"), "2026-11-19T09:01:02Z"),
            (json!("2026-11-19T09:01:02.000+0000"), "2026-11-19T09:01:02Z"),
            (json!("2026-11-19T04:31:02-0430"), "2026-11-19T09:01:02Z"),
            (json!("2026-11-19T09:01:02Z"), "2026-11-19T09:01:02Z"),
            (json!(1_795_078_862_000_i64), "2026-11-19T09:01:02Z"),
            (json!("1795078862000"), "2026-11-19T09:01:02Z"),
            (json!("2026-11-19T10:01:02.000"), "2026-11-19T09:01:02Z"),
            (json!("2026-11-19"), "2026-11-18T23:00:00Z"),
        ] {
            assert_eq!(berlin.read(&value), Some(at(expected)), "{value}");
        }
        for value in [json!(null), json!(""), json!("yesterday"), json!("2026-13-40T00:00:00.000+0000"), json!({})] {
            assert_eq!(berlin.read(&value), None, "{value}");
        }
    }

    #[test]
    fn a_query_never_leaves_out_what_it_should_find() {
        let berlin = AskersZone::of(Some("Europe/Berlin"));
        assert_eq!(berlin.not_after(at("2026-11-19T22:50:59Z")), "2026/11/19 23:50");
        assert_eq!(berlin.not_before(at("2026-11-19T22:50:01Z")), "2026/11/19 23:51");
        assert_eq!(berlin.not_before(at("2026-11-19T22:50:00Z")), "2026/11/19 23:50");
        // On 25 October 2026 the hour from two to three comes twice.
        assert_eq!(berlin.not_after(at("2026-10-25T01:30:00Z")), "2026/10/25 02:30");
        assert_eq!(berlin.not_after(at("2026-10-25T00:30:00Z")), "2026/10/25 01:30");
        assert_eq!(berlin.not_before(at("2026-10-25T00:30:00Z")), "2026/10/25 02:30");
        let unknown = AskersZone::of(Some("Mars/Olympus"));
        assert!(!unknown.is_known());
        assert_eq!(unknown.not_after(at("2026-11-19T12:00:00Z")), "2026/11/18 22:00");
        assert_eq!(unknown.not_before(at("2026-11-19T12:00:00Z")), "2026/11/20 02:00");
    }
}
