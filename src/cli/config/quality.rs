//! The part of the quality board: what incidents weigh, how long bugs may stay open, and when work is done.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Deserialize;

use crate::cli::config::file::Wrong;
use crate::model::policy::{Calendar, LocalTime, QualityPolicy, Target, Weekday};
use crate::model::trouble::{Priority, Severity};
use crate::model::{Day, Zone};

/// The quality board: how its figures are judged. What changes here counts from then on; the past keeps its own rules.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Quality {
    /// The share of the product that an incident takes while it lasts, from 0 to 1, by its severity. Default: critical 1.0, major
    /// 0.5, minor 0.1.
    pub(super) weights: Option<BTreeMap<Severity, f64>>,
    /// What each incident costs beside the time that it lasts, in minutes at weight 1. Default: 15.
    pub(super) fixed_cost_minutes: Option<u32>,
    /// How long a bug in production may stay open, by its priority (critical, high, medium, low; none for bugs without one): "4
    /// hours", "16 business hours", "5 business days", with another calendar "5 business days of london", or "never" for no limit.
    /// Default: 4 hours, 24 hours, 5 business days, 20 business days, and never without a priority.
    pub(super) sla: Option<BTreeMap<String, String>>,
    /// Working time by name; "business" is the one that is meant if an SLA names none.
    pub(super) calendars: Option<BTreeMap<String, WorkingTime>>,
    /// A bug whose SLA ends within so many days is due soon. Default: 7.
    pub(super) due_soon_days: Option<u32>,
    /// An incident that begins within so many hours after a deployment of its service is taken to be caused by it, unless
    /// somebody says otherwise. Default: 4.
    pub(super) caused_within_hours: Option<u32>,
}

/// When work is done.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct WorkingTime {
    /// Its IANA time zone. Default: the organisation's.
    #[schemars(with = "Option<String>")]
    zone: Option<Zone>,
    /// The days of the week on which work is done. Default: monday to friday.
    #[schemars(with = "Option<Vec<String>>")]
    days: Option<BTreeSet<Weekday>>,
    /// When it begins. Default: 09:00.
    #[schemars(with = "Option<String>")]
    from: Option<LocalTime>,
    /// When it ends, on the same day. Default: 17:00.
    #[schemars(with = "Option<String>")]
    to: Option<LocalTime>,
    /// Dates on which no work is done, such as 2026-12-25.
    #[schemars(with = "Option<Vec<String>>")]
    holidays: Option<BTreeSet<Day>>,
}

impl Quality {
    /// The policy that this means.
    pub(super) fn policy(&self) -> Result<QualityPolicy, Wrong> {
        let mut policy = QualityPolicy::default();
        for (severity, share) in self.weights.iter().flatten() {
            if !(0.0..=1.0).contains(share) {
                return Err((format!("quality.weights.{severity}"), format!("{share} is not between 0 and 1")));
            }
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it lies between 0 and 1000")]
            let thousandths = (share * 1_000.0).round() as u32;
            match severity {
                Severity::Critical => policy.weights.critical = thousandths,
                Severity::Major => policy.weights.major = thousandths,
                Severity::Minor => policy.weights.minor = thousandths,
            }
        }
        policy.fixed_cost_minutes = self.fixed_cost_minutes.unwrap_or(policy.fixed_cost_minutes);
        policy.due_soon_days = self.due_soon_days.unwrap_or(policy.due_soon_days);
        policy.caused_within_hours = self.caused_within_hours.unwrap_or(policy.caused_within_hours);
        for (name, time) in self.calendars.iter().flatten() {
            let usual = Calendar::default();
            let calendar = Calendar {
                zone: time.zone.clone(),
                days: time.days.clone().unwrap_or(usual.days),
                from: time.from.unwrap_or(usual.from),
                to: time.to.unwrap_or(usual.to),
                holidays: time.holidays.clone().unwrap_or_default(),
            };
            policy.calendars.insert(name.clone(), calendar);
        }
        for (priority, length) in self.sla.iter().flatten() {
            let key = format!("quality.sla.{priority}");
            let target: Option<Target> = match length.as_str() {
                "never" => None,
                length => Some(length.parse().map_err(|error| (key.clone(), format!("{error}, or never")))?),
            };
            if let Some(name) = target.as_ref().and_then(Target::calendar).filter(|name| !policy.calendars.contains_key(*name)) {
                let known: Vec<&str> = policy.calendars.keys().map(String::as_str).collect();
                let message = format!("counts on the calendar {name:?}, which is not defined; expected one of {}", known.join(", "));
                return Err((key, message));
            }
            if priority == "none" {
                policy.sla_without_priority = target;
                continue;
            }
            let priority: Priority = priority.parse().map_err(|error| (key.clone(), format!("{error}, or none")))?;
            match target {
                Some(target) => policy.sla.insert(priority, target),
                None => policy.sla.remove(&priority),
            };
        }
        policy.check().map_err(|error| ("quality.calendars".to_owned(), error.to_string()))?;
        Ok(policy)
    }
}
