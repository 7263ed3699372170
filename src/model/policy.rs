//! The rules that turn statements into values and events into figures. Policies are dated: the past is judged by its own.
//!
//! # Invariants
//! - What was recorded before a rule existed still opens; it means that rule's default.
//! - No number here is a float: weights are thousandths, costs minutes.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::model::trouble::{Priority, Severity};
use crate::model::{Day, Zone};

/// The effective policy from the commit that records it until the next one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Policy {
    /// Where a day ends.
    #[serde(default)]
    pub zone: Zone,
    /// Order of origins per field (`general.owner`), strongest first. Origins that are not named follow, by name.
    #[serde(default)]
    pub precedence: BTreeMap<String, Vec<String>>,
    /// How the figures of the quality board are judged.
    #[serde(default, skip_serializing_if = "QualityPolicy::is_default")]
    pub quality: QualityPolicy,
}

impl Policy {
    /// The order of origins for fields that `precedence` does not name.
    pub const DEFAULT_ORDER: [&'static str; 7] =
        ["catalog-info.yaml", "custom-property", "CODEOWNERS", "team-permission", "repository", "github", "readme"];

    /// Rank of `origin` for `field`: smaller is stronger.
    #[must_use]
    pub fn rank(&self, field: &str, origin: &str) -> usize {
        match self.precedence.get(field) {
            Some(order) => order.iter().position(|name| name == origin).unwrap_or(order.len()),
            None => Self::DEFAULT_ORDER.iter().position(|name| *name == origin).unwrap_or(Self::DEFAULT_ORDER.len()),
        }
    }
}

/// What the figures of the quality board are judged by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct QualityPolicy {
    /// How much of the product an incident takes away while it lasts.
    pub weights: Weights,
    /// What each incident costs beside the time that it lasts, in minutes at weight 1.
    pub fixed_cost_minutes: u32,
    /// How long a production bug may stay open, by priority. A priority without an entry has no SLA.
    pub sla: BTreeMap<Priority, Target>,
    /// How long a production bug without a priority may stay open; absent: it has no SLA.
    pub sla_without_priority: Option<Target>,
    /// Working time by the name that a [`Target`] uses.
    pub calendars: BTreeMap<String, Calendar>,
    /// A bug whose SLA ends within this many days is due soon.
    pub due_soon_days: u32,
    /// An incident that begins within this many hours after a deployment of its service is taken to be caused by it. Four by
    /// default: half a working day, in which most faults of a new version show themselves, while a service that is deployed
    /// daily is not blamed for all that happens to it.
    pub caused_within_hours: u32,
}

impl QualityPolicy {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// What a bug of this priority has to keep to.
    #[must_use]
    pub fn target(&self, priority: Option<Priority>) -> Option<&Target> {
        match priority {
            Some(priority) => self.sla.get(&priority),
            None => self.sla_without_priority.as_ref(),
        }
    }

    /// Checks what the types cannot: weights above 1, targets on calendars that do not exist, calendars without time.
    ///
    /// # Errors
    /// The first thing that is wrong, in words for whoever wrote it.
    pub fn check(&self) -> Result<(), PolicyError> {
        for severity in Severity::ALL {
            let weight = self.weights.of(Some(severity));
            if weight > 1_000 {
                return Err(PolicyError(format!(
                    "the weight of {severity} incidents is {weight} thousandths, more than the whole product"
                )));
            }
        }
        let targets = self.sla.values().chain(self.sla_without_priority.as_ref());
        for name in targets.filter_map(Target::calendar) {
            if !self.calendars.contains_key(name) {
                return Err(PolicyError(format!("an SLA counts on the calendar {name:?}, which is not defined")));
            }
        }
        for (name, calendar) in &self.calendars {
            if calendar.days.is_empty() || calendar.from >= calendar.to {
                return Err(PolicyError(format!("the calendar {name:?} has no working time; one that passes midnight is not known")));
            }
        }
        Ok(())
    }
}

impl Default for QualityPolicy {
    fn default() -> Self {
        let business = |days| Target::BusinessDays { days, calendar: Target::BUSINESS.to_owned() };
        Self {
            weights: Weights::default(),
            fixed_cost_minutes: 15,
            sla: BTreeMap::from([
                (Priority::Critical, Target::Hours(4)),
                (Priority::High, Target::Hours(24)),
                (Priority::Medium, business(5)),
                (Priority::Low, business(20)),
            ]),
            sla_without_priority: None,
            calendars: BTreeMap::from([(Target::BUSINESS.to_owned(), Calendar::default())]),
            due_soon_days: 7,
            caused_within_hours: 4,
        }
    }
}

/// A policy that contradicts itself.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct PolicyError(String);

/// Weights of incidents in thousandths of the product.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Weights {
    /// Of a critical one.
    pub critical: u32,
    /// Of a major one.
    pub major: u32,
    /// Of a minor one, and of one whose severity is not known.
    pub minor: u32,
}

impl Weights {
    /// The weight in thousandths. An unknown severity weighs as minor: it is told apart, but takes nothing for granted.
    #[must_use]
    pub const fn of(&self, severity: Option<Severity>) -> u32 {
        match severity {
            Some(Severity::Critical) => self.critical,
            Some(Severity::Major) => self.major,
            Some(Severity::Minor) | None => self.minor,
        }
    }
}

impl Default for Weights {
    fn default() -> Self {
        Self { critical: 1_000, major: 500, minor: 100 }
    }
}

/// How long something may take, and which time counts. Written `4 hours`, `16 business hours`, `5 business days`; with a
/// calendar other than `business`: `5 business days of london`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// Hours, day and night.
    Hours(u32),
    /// Hours of working time.
    BusinessHours {
        /// How many.
        hours: u32,
        /// The name of the calendar.
        calendar: String,
    },
    /// Working days: until the end of the last of them.
    BusinessDays {
        /// How many after the day on which it begins.
        days: u32,
        /// The name of the calendar.
        calendar: String,
    },
}

impl Target {
    /// The calendar that is meant if none is named.
    pub const BUSINESS: &'static str = "business";

    /// The name of the calendar on which it counts; none for what counts day and night.
    #[must_use]
    pub fn calendar(&self) -> Option<&str> {
        match self {
            Self::Hours(_) => None,
            Self::BusinessHours { calendar, .. } | Self::BusinessDays { calendar, .. } => Some(calendar),
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = |count: &u32| if *count == 1 { "" } else { "s" };
        match self {
            Self::Hours(hours) => write!(f, "{hours} hour{}", plural(hours))?,
            Self::BusinessHours { hours, .. } => write!(f, "{hours} business hour{}", plural(hours))?,
            Self::BusinessDays { days, .. } => write!(f, "{days} business day{}", plural(days))?,
        }
        match self.calendar() {
            Some(calendar) if calendar != Self::BUSINESS => write!(f, " of {calendar}"),
            _ => Ok(()),
        }
    }
}

impl FromStr for Target {
    type Err = PolicyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = || {
            let expected = "4 hours, 16 business hours or 5 business days, with a calendar: 5 business days of london";
            PolicyError(format!("{text:?} is no length of an SLA; expected such as {expected}"))
        };
        let (length, calendar) = match text.split_once(" of ") {
            Some((length, calendar)) if !calendar.trim().is_empty() => (length, Some(calendar.trim().to_owned())),
            Some(_) => return Err(error()),
            None => (text, None),
        };
        let words: Vec<&str> = length.split_whitespace().collect();
        let (number, unit) = words.split_first().ok_or_else(error)?;
        let number = number.parse().map_err(|_| error())?;
        let business = || calendar.clone().unwrap_or_else(|| Self::BUSINESS.to_owned());
        match unit {
            ["hour" | "hours"] if calendar.is_none() => Ok(Self::Hours(number)),
            ["business", "hour" | "hours"] => Ok(Self::BusinessHours { hours: number, calendar: business() }),
            ["business", "day" | "days"] => Ok(Self::BusinessDays { days: number, calendar: business() }),
            _ => Err(error()),
        }
    }
}

/// When work is done: on which days of the week, from when to when, and on which dates not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Calendar {
    /// The zone of its days and hours; absent: the organisation's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zone: Option<Zone>,
    /// The days of the week on which work is done.
    pub days: BTreeSet<Weekday>,
    /// When work begins, by the clock on the wall.
    pub from: LocalTime,
    /// When it ends, on the same day.
    pub to: LocalTime,
    /// Dates on which no work is done.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub holidays: BTreeSet<Day>,
}

impl Default for Calendar {
    fn default() -> Self {
        use Weekday::{Friday, Monday, Thursday, Tuesday, Wednesday};
        Self {
            zone: None,
            days: BTreeSet::from([Monday, Tuesday, Wednesday, Thursday, Friday]),
            from: LocalTime(9 * 60),
            to: LocalTime(17 * 60),
            holidays: BTreeSet::new(),
        }
    }
}

/// A day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "their names say it")]
pub enum Weekday {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

impl Weekday {
    /// The day of the week of a day.
    #[must_use]
    pub fn of(day: Day) -> Self {
        match day.date().weekday() {
            jiff::civil::Weekday::Monday => Self::Monday,
            jiff::civil::Weekday::Tuesday => Self::Tuesday,
            jiff::civil::Weekday::Wednesday => Self::Wednesday,
            jiff::civil::Weekday::Thursday => Self::Thursday,
            jiff::civil::Weekday::Friday => Self::Friday,
            jiff::civil::Weekday::Saturday => Self::Saturday,
            jiff::civil::Weekday::Sunday => Self::Sunday,
        }
    }
}

/// A time of day by the clock on the wall, from `00:00` to `24:00`, the end of the day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LocalTime(u16);

impl LocalTime {
    /// Minutes since midnight, at most 1440.
    #[must_use]
    pub const fn minutes(self) -> u16 {
        self.0
    }
}

impl fmt::Display for LocalTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

impl FromStr for LocalTime {
    type Err = PolicyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let part = |digits: &str| {
            (digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit())).then(|| digits.parse::<u16>().ok()).flatten()
        };
        let minutes = text.split_once(':').and_then(|(hours, minutes)| Some((part(hours)?, part(minutes)?)));
        match minutes {
            Some((hours, minutes)) if minutes < 60 && hours * 60 + minutes <= 1_440 => Ok(Self(hours * 60 + minutes)),
            _ => Err(PolicyError(format!("{text:?} is no time of day; expected such as 09:00, at most 24:00"))),
        }
    }
}

macro_rules! as_text {
    ($($type:ty),*) => {$(
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    )*};
}

as_text!(Target, LocalTime);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_record_opens_with_the_defaults_and_is_written_as_before() {
        let old = r#"{"zone":"Europe/Berlin","precedence":{}}"#;
        let policy: Policy = serde_json::from_str(old).unwrap();
        assert_eq!(policy.quality, QualityPolicy::default());
        assert_eq!(serde_json::to_string(&policy).unwrap(), old);
    }

    #[test]
    fn a_changed_policy_is_written_whole_and_read_again() {
        let mut policy = Policy::default();
        policy.quality.sla_without_priority = Some("40 business hours of london".parse().unwrap());
        let london =
            r#"{"zone": "Europe/London", "days": ["monday", "friday"], "from": "08:30", "to": "24:00", "holidays": ["2026-12-25"]}"#;
        policy.quality.calendars.insert("london".to_owned(), serde_json::from_str(london).unwrap());
        let text = serde_json::to_string(&policy).unwrap();
        assert!(text.contains(r#""critical":"4 hours""#) && text.contains(r#""medium":"5 business days""#), "{text}");
        assert_eq!(serde_json::from_str::<Policy>(&text).unwrap(), policy);
        assert_eq!(policy.quality.check(), Ok(()));
    }

    #[test]
    fn what_contradicts_itself_is_told() {
        let mut policy = QualityPolicy::default();
        assert_eq!(policy.check(), Ok(()));
        policy.sla.insert(Priority::Low, "1 business day of paris".parse().unwrap());
        assert_eq!(policy.check().unwrap_err().to_string(), "an SLA counts on the calendar \"paris\", which is not defined");
        let night = Calendar { from: "22:00".parse().unwrap(), to: "06:00".parse().unwrap(), ..Calendar::default() };
        policy.calendars.insert("paris".to_owned(), night);
        assert!(policy.check().unwrap_err().to_string().contains("no working time"));
        policy.weights.major = 1_001;
        assert!(policy.check().unwrap_err().to_string().starts_with("the weight of major incidents is 1001 thousandths"));
    }

    #[test]
    fn lengths_are_read_as_they_are_written() {
        for text in ["4 hours", "1 hour", "16 business hours", "1 business day", "5 business days of new york"] {
            assert_eq!(text.parse::<Target>().unwrap().to_string(), text);
        }
        for text in ["", "4", "hours", "4 days", "-1 hours", "4 hours of london", "5 business weeks", "5 business days of "] {
            assert!(text.parse::<Target>().is_err(), "{text}");
        }
        assert!(["9:00", "24:01", "12:60", "0900", "aa:00"].iter().all(|text| text.parse::<LocalTime>().is_err()));
    }
}
