//! When people work: the sites, their zones, working days, holidays and hours.
//!
//! # Invariants
//! - Days are numbers since 1970-01-01, each a calendar day of the site that is asked about.
//! - Zones are looked up once per day and site, so that asking for a moment costs nothing.

use std::ops::Range;

use jiff::tz::TimeZone;

use super::random::Random;
use crate::model::Instant;

const DAY: i64 = 86_400;

/// Where the company has offices.
pub(super) struct Site {
    pub(super) city: &'static str,
    zone: &'static str,
    /// How many of a hundred people work there.
    pub(super) share: f64,
    /// Month and day of holidays that are the same every year.
    fixed: &'static [(i8, i8)],
    /// Days after Easter Sunday.
    easter: &'static [i64],
    /// How busy July and August are.
    summer: (f32, f32),
    /// How busy the days around the turn of the year are.
    winter: f32,
}

/// In the order of the weights in `words/names.rs`.
pub(super) const SITES: [Site; 5] = [
    Site {
        city: "Hamburg",
        zone: "Europe/Berlin",
        share: 0.40,
        fixed: &[(1, 1), (5, 1), (10, 3), (10, 31), (12, 24), (12, 25), (12, 26), (12, 31)],
        easter: &[-2, 1, 39, 50],
        summer: (0.74, 0.78),
        winter: 0.18,
    },
    Site {
        city: "Lisbon",
        zone: "Europe/Lisbon",
        share: 0.20,
        fixed: &[(1, 1), (4, 25), (5, 1), (6, 10), (6, 13), (8, 15), (10, 5), (11, 1), (12, 1), (12, 8), (12, 25)],
        easter: &[-47, -2, 60],
        summer: (0.85, 0.55),
        winter: 0.3,
    },
    Site {
        city: "Kraków",
        zone: "Europe/Warsaw",
        share: 0.17,
        fixed: &[(1, 1), (1, 6), (5, 1), (5, 3), (8, 15), (11, 1), (11, 11), (12, 24), (12, 25), (12, 26)],
        easter: &[1, 60],
        summer: (0.78, 0.75),
        winter: 0.2,
    },
    Site {
        city: "Toronto",
        zone: "America/Toronto",
        share: 0.12,
        fixed: &[(1, 1), (7, 1), (9, 30), (12, 25), (12, 26)],
        easter: &[-2],
        summer: (0.82, 0.78),
        winter: 0.22,
    },
    Site {
        city: "Bengaluru",
        zone: "Asia/Kolkata",
        share: 0.11,
        fixed: &[(1, 1), (1, 14), (1, 26), (5, 1), (8, 15), (10, 2), (11, 1), (12, 25)],
        easter: &[],
        summer: (0.97, 0.96),
        winter: 0.75,
    },
];

/// The days of a stretch of time, at every site.
pub(super) struct Calendar {
    first: i64,
    sites: Vec<Vec<SiteDay>>,
}

#[derive(Clone, Copy)]
struct SiteDay {
    /// Seconds that local time is ahead of UTC.
    ahead: i32,
    /// 1 on an ordinary working day, next to nothing on a holiday.
    busy: f32,
}

impl Calendar {
    /// All days that touch the range.
    pub(super) fn new(range: &Range<Instant>) -> Self {
        let first = day_number(range.start) - 1;
        let last = day_number(range.end) + 1;
        let sites = SITES.iter().map(|site| {
            let zone = TimeZone::get(site.zone).unwrap_or(TimeZone::UTC);
            let noon = |day: i64| Instant::from_seconds(day * DAY + DAY / 2).timestamp();
            (first..=last).map(|day| SiteDay { ahead: zone.to_offset(noon(day)).seconds(), busy: busy(site, day) }).collect()
        });
        Self { first, sites: sites.collect() }
    }

    fn at(&self, site: usize, day: i64) -> SiteDay {
        let days = &self.sites[site];
        days[((day - self.first).max(0) as usize).min(days.len() - 1)]
    }

    /// How busy a day of the stretch is at a site: 1 on an ordinary Tuesday.
    pub(super) fn busy(&self, site: usize, day: i64) -> f32 {
        if day < self.first { busy(&SITES[site], day) } else { self.at(site, day).busy }
    }

    /// The instant of a local time of day, in seconds.
    pub(super) fn local(&self, site: usize, day: i64, seconds: i64) -> Instant {
        Instant::from_seconds(day * DAY + seconds - i64::from(self.at(site, day).ahead))
    }

    /// Some moment in the working hours of a site: late morning and mid-afternoon most of all.
    pub(super) fn working_time(&self, site: usize, day: i64, random: &mut Random) -> Instant {
        const HOURS: [f64; 14] = [0.2, 1.4, 3.5, 5.4, 6.0, 3.2, 3.4, 5.6, 5.8, 4.6, 2.2, 0.6, 0.3, 0.3];
        let seconds = (7 + random.weighted(&HOURS) as i64) * 3600 + random.between(0, 3599);
        self.local(site, day, seconds)
    }

    /// The first working day from this one on.
    pub(super) fn working_day(&self, site: usize, day: i64) -> i64 {
        (day..day + 14).find(|day| self.busy(site, *day) > 0.4).unwrap_or(day)
    }

    /// Working time on the first working day that begins at or after `at`.
    pub(super) fn soon(&self, site: usize, at: Instant, random: &mut Random) -> Instant {
        let day = self.working_day(site, day_number(at));
        let time = self.working_time(site, day, random);
        if time >= at { time } else { self.working_time(site, self.working_day(site, day + 1), random) }
    }
}

/// The day of an instant in UTC.
pub(super) fn day_number(at: Instant) -> i64 {
    at.micros().div_euclid(1_000_000 * DAY)
}

/// 0 is Monday.
pub(super) fn weekday(day: i64) -> i64 {
    (day + 3).rem_euclid(7)
}

/// Year, month and day of a day's number (Howard Hinnant's `civil_from_days`).
pub(super) fn civil(day: i64) -> (i64, i8, i8) {
    let shifted = day + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * of_year + 2) / 153;
    let date = of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month as i8, date as i8)
}

/// The number of a day.
pub(super) fn number(year: i64, month: i64, date: i64) -> i64 {
    let year = year - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + date - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + of_year - 719_468
}

/// Easter Sunday (the anonymous Gregorian method).
fn easter(year: i64) -> i64 {
    let (a, b, c) = (year % 19, year / 100, year % 100);
    let h = (19 * a + b - b / 4 - (b - (b + 8) / 25 + 1) / 3 + 15) % 30;
    let l = (32 + 2 * (b % 4) + 2 * (c / 4) - h - c % 4) % 7;
    let m = (a + 11 * h + 22 * l) / 451;
    number(year, (h + l - 7 * m + 114) / 31, (h + l - 7 * m + 114) % 31 + 1)
}

fn busy(site: &Site, day: i64) -> f32 {
    let weekday = weekday(day);
    if weekday >= 5 {
        return 0.012;
    }
    let (year, month, date) = civil(day);
    if site.fixed.contains(&(month, date)) || site.easter.contains(&(day - easter(year))) || is_moving_holiday(site, month, date, weekday) {
        return 0.02;
    }
    let season = match (month, date) {
        (12, 22..) | (1, ..=2) => site.winter,
        (12, 18..) | (1, 3..=5) => 0.7,
        (7, _) => site.summer.0,
        (8, _) => site.summer.1,
        (4, _) if (day - easter(year)).abs() < 8 => 0.8,
        _ => 1.0,
    };
    season * [0.93, 1.06, 1.05, 1.02, 0.8][weekday as usize]
}

/// Canada's Mondays, and Diwali about where it falls.
fn is_moving_holiday(site: &Site, month: i8, date: i8, weekday: i64) -> bool {
    match site.city {
        "Toronto" => weekday == 0 && matches!((month, date), (2, 15..=21) | (5, 18..=24) | (8, 1..=7) | (9, 1..=7) | (10, 8..=14)),
        "Bengaluru" => matches!((month, date), (10, 20..=21) | (11, 9..=10)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_and_numbers_agree() {
        assert_eq!(number(1970, 1, 1), 0);
        for day in (-1000..40_000).step_by(13) {
            let (year, month, date) = civil(day);
            assert_eq!(number(year, month.into(), date.into()), day);
        }
        assert_eq!((easter(2025), easter(2026)), (number(2025, 4, 20), number(2026, 4, 5)));
        assert_eq!(weekday(number(2026, 3, 2)), 0);
    }
}
