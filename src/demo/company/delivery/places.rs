//! Regions and clusters, and when people work there.

use std::ops::Range;

use jiff::tz::TimeZone;

use super::{Cluster, Environment, Region};
use crate::demo::company::calendar::{day_number, weekday};
use crate::demo::company::random::Random;
use crate::model::Instant;

const DAY: i64 = 86_400;

/// The position of the region in which most things run.
pub(super) const HOME: usize = 0;
/// The company's own datacenter.
pub(super) const DATACENTER: usize = 1;

/// Regions, the first one first, and clusters; a small company has fewer.
pub(super) fn places(history: &Range<Instant>, repositories: usize) -> (Vec<Region>, Vec<Cluster>) {
    let cloud = |name: &'static str, time_zone| {
        let zones = ["a", "b", "c"].map(|zone| format!("{name}{zone}")).into();
        Region { name, zones, time_zone, is_datacenter: false }
    };
    let hall = |number: u8| format!("hamburg-hall-{number}");
    let mut regions = vec![
        cloud("eu-central-1", "Europe/Berlin"),
        Region { name: "hamburg", zones: vec![hall(1), hall(2)], time_zone: "Europe/Berlin", is_datacenter: true },
        cloud("us-east-1", "America/New_York"),
        cloud("ap-southeast-2", "Australia/Sydney"),
    ];
    regions.truncate(if repositories >= 200 { 4 } else { 3 });
    let at = |share: f64| {
        let length = (history.end.micros() - history.start.micros()) as f64;
        history.start.plus_micros((length * share) as i64)
    };
    let before = |days: i64| history.start.plus_seconds(-days * DAY);
    let mut clusters = Vec::new();
    let mut add = |name: &str, region: usize, environment, exists: Range<Instant>| {
        if region < regions.len() {
            clusters.push(Cluster { name: name.to_owned(), region, environment, exists });
        }
    };
    let always = |days: i64| before(days)..Instant::MAX;
    add("prod-eu-central-1", HOME, Environment::Production, always(1_400));
    add("staging-eu-central-1", HOME, Environment::Staging, always(1_410));
    add("prod-us-east-1", 2, Environment::Production, always(620));
    if repositories >= 50 {
        add("prod-hamburg", DATACENTER, Environment::Production, always(1_900));
        add("tools-eu-central-1", HOME, Environment::Tools, always(1_100));
    }
    if repositories >= 200 {
        add("staging-hamburg", DATACENTER, Environment::Staging, always(1_880));
        add("prod-eu-central-1-data", HOME, Environment::Production, always(480));
        add("prod-ap-southeast-2", 3, Environment::Production, at(0.31)..Instant::MAX);
        add("staging-us-east-1", 2, Environment::Staging, at(0.12)..Instant::MAX);
        add("tools-hamburg", DATACENTER, Environment::Tools, always(1_850));
        // The one before the data cluster's: everything moved out of it.
        add("prod-eu-central-1-batch", HOME, Environment::Production, before(900)..at(0.44));
    }
    (regions, clusters)
}

/// Working hours of the regions.
pub(super) struct Hours {
    first: i64,
    /// By region and day: seconds that local time is ahead of UTC.
    ahead: Vec<Vec<i64>>,
}

impl Hours {
    pub(super) fn new(history: &Range<Instant>, regions: &[Region]) -> Self {
        let (first, last) = (day_number(history.start) - 1, day_number(history.end) + 1);
        let ahead = regions.iter().map(|region| {
            let zone = TimeZone::get(region.time_zone).unwrap_or(TimeZone::UTC);
            let noon = |day: i64| Instant::from_seconds(day * DAY + DAY / 2).timestamp();
            (first..=last).map(|day| i64::from(zone.to_offset(noon(day)).seconds())).collect()
        });
        Self { first, ahead: ahead.collect() }
    }

    fn ahead(&self, region: usize, at: Instant) -> i64 {
        let days = &self.ahead[region];
        days[((day_number(at) - self.first).max(0) as usize).min(days.len() - 1)]
    }

    /// Local day and second of the day.
    pub(super) fn local(&self, region: usize, at: Instant) -> (i64, i64) {
        let local = at.micros().div_euclid(1_000_000) + self.ahead(region, at);
        (local.div_euclid(DAY), local.rem_euclid(DAY))
    }

    /// `at`, or if nobody works then some time on the next morning on which somebody does. Nothing risky begins on a
    /// Friday evening.
    pub(super) fn open(&self, region: usize, at: Instant, random: &mut Random) -> Instant {
        let (day, second) = self.local(region, at);
        let evening = if weekday(day) == 4 { 16 * 3600 } else { 18 * 3600 };
        if weekday(day) < 5 && (8 * 3600..evening).contains(&second) {
            return at;
        }
        let next = if weekday(day) < 5 && second < 8 * 3600 { day } else { day + 1 };
        let next = (next..next + 4).find(|day| weekday(*day) < 5).unwrap_or(next);
        let morning = 8 * 3600 + 900 + random.between(0, 2 * 3600);
        at.plus_seconds((next - day) * DAY + morning - second)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_at_night_waits_for_the_morning_there() {
        let history = "2026-01-01T00:00:00Z".parse().unwrap().."2026-12-01T00:00:00Z".parse().unwrap();
        let (regions, _) = places(&history, 1000);
        let hours = Hours::new(&history, &regions);
        let mut random = Random::new(1);
        let monday = "2026-03-02T10:00:00Z".parse().unwrap();
        assert_eq!(hours.open(HOME, monday, &mut random), monday);
        let sydney = regions.iter().position(|region| region.name == "ap-southeast-2").unwrap();
        let there = hours.open(sydney, monday, &mut random);
        assert!(there > "2026-03-02T21:00:00Z".parse().unwrap() && there < "2026-03-03T00:00:00Z".parse().unwrap(), "{there}");
        let friday = "2026-03-06T16:30:00Z".parse().unwrap();
        assert!(hours.open(HOME, friday, &mut random) > "2026-03-09T07:00:00Z".parse().unwrap());
    }
}
