//! Whom trouble can happen to: services with their topics, tribes and features.

use std::ops::Range;

use crate::demo::company::calendar::{Calendar, day_number};
use crate::demo::company::delivery::{Delivery, Environment, member};
use crate::demo::company::generate::Drafted;
use crate::demo::company::random::Random;
use crate::model::Instant;

pub(super) const DAY: i64 = 86_400;

/// What every kind of trouble is made from.
pub(super) struct Scene<'a> {
    pub(super) drafted: &'a Drafted<'a>,
    pub(super) delivery: &'a Delivery,
    pub(super) history: Range<Instant>,
    pub(super) calendar: &'a Calendar,
    /// By position in [`Delivery::services`].
    pub(super) subjects: Vec<Subject>,
    /// Names of features.
    pub(super) features: Vec<String>,
    /// The tribe that gets worse.
    pub(super) worsening: usize,
}

/// A service, as far as trouble goes.
pub(super) struct Subject {
    pub(super) topic: usize,
    pub(super) unit: usize,
    pub(super) site: usize,
    pub(super) tribe: usize,
    /// What customers call the part that it belongs to.
    pub(super) feature: Option<u16>,
    /// How often it has trouble, against others.
    pub(super) weight: f64,
    /// When it is used by customers, if it ever is.
    pub(super) live: Range<Instant>,
}

impl<'a> Scene<'a> {
    pub(super) fn new(drafted: &'a Drafted<'a>, delivery: &'a Delivery) -> Self {
        let (org, history) = (drafted.context.org, drafted.context.history);
        let random = drafted.context.random.part("trouble");
        let is_product = |unit: usize| !matches!(org.units[unit].area, "platform" | "data" | "corporate");
        let mut systems: Vec<usize> =
            org.units.iter().enumerate().filter(|(unit, _)| is_product(*unit)).map(|(_, unit)| unit.system).collect();
        systems.sort_unstable();
        systems.dedup();
        let subjects = delivery.services.iter().map(|service| {
            let topic = drafted.plans[service.repository].topic;
            let unit = org.topics[topic].unit;
            let of = &org.units[unit];
            let production =
                service.placements.iter().filter(|place| delivery.clusters[place.cluster].environment == Environment::Production);
            let live = production.map(|place| place.exists.clone()).reduce(|a, b| a.start.min(b.start)..a.end.max(b.end));
            let mut random = random.part(&service.name);
            Subject {
                topic,
                unit,
                site: of.site,
                tribe: org.domains[of.domain].tribe,
                feature: if is_product(unit) { systems.binary_search(&of.system).ok().map(|at| at as u16) } else { None },
                weight: random.heavy(0.7, 1.0).clamp(0.1, 5.0),
                live: live.unwrap_or(history.end..history.end),
            }
        });
        let features = systems.iter().map(|system| org.systems[*system].name.clone()).collect();
        // One that is neither the largest nor the smallest, where there are several.
        let worsening = org.domains[1.min(org.domains.len() - 1)].tribe;
        Self {
            drafted,
            delivery,
            history: history.clone(),
            calendar: drafted.context.calendar,
            subjects: subjects.collect(),
            features,
            worsening,
        }
    }

    pub(super) fn random(&self, key: &str) -> Random {
        self.drafted.context.random.part("trouble").part(key)
    }

    /// How far the year has gone at an instant, from 0.0 to 1.0.
    pub(super) fn progress(&self, at: Instant) -> f64 {
        let (start, end) = (self.history.start.micros() as f64, self.history.end.micros() as f64);
        ((at.micros() as f64 - start) / (end - start)).clamp(0.0, 1.0)
    }

    /// How much more trouble than usual a service has at an instant.
    pub(super) fn drift(&self, service: usize, at: Instant) -> f64 {
        if self.subjects[service].tribe == self.worsening { drift(self.progress(at)) } else { 1.0 }
    }

    /// Somebody of the team that has a service at an instant.
    pub(super) fn somebody(&self, service: usize, at: Instant, random: &mut Random) -> u32 {
        member(self.drafted, self.subjects[service].topic, at, random, usize::MAX) as u32
    }

    /// The words of a service's topic: `rate-shopping`.
    pub(super) fn topic(&self, service: usize) -> &str {
        &self.drafted.context.org.topics[self.subjects[service].topic].word
    }

    /// Moments in working hours, `each_day` on an ordinary working day, busier and quieter as the site's days are.
    pub(super) fn working_moments(&self, during: &Range<Instant>, each_day: f64, site: usize, random: &mut Random) -> Vec<Instant> {
        let mut found = Vec::new();
        let mut at = during.start;
        loop {
            at = after(at, DAY as f64 / (each_day * 1.06).max(1e-9), random);
            if at >= during.end {
                return found;
            }
            let day = day_number(at);
            if random.chance(f64::from(self.calendar.busy(site, day)) / 1.06) {
                let moment = self.calendar.working_time(site, day, random);
                if during.contains(&moment) {
                    found.push(moment);
                }
            }
        }
    }
}

/// How much more trouble than usual the tribe that gets worse has, when the year has gone so far.
pub(super) fn drift(progress: f64) -> f64 {
    0.6 + 1.2 * progress
}

/// The next moment of a process without memory.
pub(super) fn after(at: Instant, mean_seconds: f64, random: &mut Random) -> Instant {
    let gap = -(1.0 - random.share()).ln() * mean_seconds;
    at.plus_seconds(gap.clamp(1.0, 4e9) as i64)
}

/// Some minutes, as seconds: the middle one, the mean, and no more than these.
pub(super) fn minutes(random: &mut Random, median: f64, mean: f64, most: f64) -> i64 {
    (random.heavy(median, mean).min(most) * 60.0).max(20.0) as i64
}
