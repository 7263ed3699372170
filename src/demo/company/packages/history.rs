//! How the versions of a package came out: backwards from the newest one, at the package's own pace.

use std::ops::Range;

use crate::demo::company::packages::list::{Form, Line};
use crate::demo::company::packages::version::Number;
use crate::demo::company::random::Random;
use crate::demo::company::{Ecosystem, Release};
use crate::model::Instant;

pub(super) const DAY: i64 = 86_400;

/// Days between two versions, by cadence.
const PACE: [f64; 5] = [580.0, 138.0, 62.0, 28.0, 12.0];

/// Versions by time, each with its number. All but young packages have one from before `years` begin.
///
/// `family` draws what packages that come out together share, `own` what is the package's own.
pub(super) fn releases(line: &Line, years: &Range<Instant>, family: &Random, own: &Random) -> Vec<(Number, Release)> {
    let mut draw = family.part("history");
    let (start, end) = (seconds(years.start), seconds(years.end));
    let born = if line.is_young { start + draw.between(200, 500) * DAY } else { i64::MIN };
    let pace = PACE[line.cadence.min(4) as usize];
    let mut number = Number::new(line.newest[0], line.newest[1], line.newest[2]);
    // The newest one is as old as a package of this pace would have it, so that the last weeks are like all others.
    let mut at = end - (DAY as f64 * pace * draw.range(0.0, 0.85)) as i64 - draw.between(DAY, 2 * DAY);
    let mut found: Vec<(Number, i64)> = Vec::new();
    loop {
        let at_work = working_hour(at, &mut draw);
        found.push((if line.form == Form::Pseudo || line.form == Form::Date { by_day(at_work) } else { number }, at_work));
        if at < start || at < born {
            break;
        }
        let earlier = match line.form {
            Form::Date | Form::Pseudo => Some(number),
            _ => previous(number, line, &mut draw),
        };
        let Some(earlier) = earlier else {
            if !line.is_young
                && let Some(first) = found.last_mut()
            {
                first.1 = working_hour(start - draw.between(20, 400) * DAY, &mut draw);
            }
            break;
        };
        let is_fix = earlier.major == number.major && earlier.minor == number.minor;
        // A fix follows sooner than something new.
        let factor = if is_fix && line.cadence < 4 { 0.6 } else { 1.2 };
        let gap = -(1.0 - draw.share()).ln() * 0.6 + 0.4;
        let gap = (DAY as f64 * pace * factor * gap) as i64;
        at -= gap.max(DAY);
        number = earlier;
    }
    found.reverse();
    let mut all = found.clone();
    if matches!(line.form, Form::Three | Form::Short) {
        previews(&found, line, &mut draw, &mut all);
        old_lines(&found, line, end, &mut draw, &mut all);
    }
    all.sort_by_key(|(number, at)| (*at, *number));
    let given_up = line.is_given_up.then(|| (Instant::from_seconds(end - draw.between(150, 900) * DAY), given_up(line).to_owned()));
    let mut commits = own.part("commits");
    all.into_iter()
        .map(|(number, seconds)| {
            let at = Instant::from_seconds(seconds);
            let version = number.write(line.ecosystem, line.form, line.suffix, at, &mut commits);
            let single = || withdrawn(line.ecosystem, &mut draw).map(|(days, why)| (at.plus_seconds(days * DAY), why.to_owned()));
            let deprecated = given_up.clone().map(|(since, why)| (since.max(at), why)).or_else(single);
            let deprecated = deprecated.filter(|(since, _)| *since < years.end);
            (number, Release { version, at, deprecated })
        })
        .collect()
}

pub(super) fn seconds(at: Instant) -> i64 {
    at.micros() / 1_000_000
}

/// A time at which somebody releases: any day, but mostly not at night.
pub(super) fn working_hour(at: i64, random: &mut Random) -> i64 {
    at - at.rem_euclid(DAY) + random.between(7 * 3_600, 20 * 3_600)
}

fn by_day(at: i64) -> Number {
    Number::new(0, 0, (at / DAY) as u32)
}

/// The version before; none before the first one.
fn previous(number: Number, line: &Line, random: &mut Random) -> Option<Number> {
    let Number { major, minor, patch, .. } = number;
    if patch > 0 {
        return Some(Number::new(major, minor, patch - 1));
    }
    let fixes = random.between(0, usual_fixes(line)) as u32;
    if minor > 0 {
        return Some(Number::new(major, minor - 1, fixes));
    }
    if let Some([major, minor, patch]) = line.older.iter().copied().find(|older| older[0] < major) {
        // Not every fix of a line that was cared for through years came out within these.
        return Some(Number::new(major, minor, patch.min(3 * usual_fixes(line) as u32 + 9)));
    }
    // The major version is part of a Go module's name.
    if major == 0 || (line.ecosystem == Ecosystem::Go && (major > 1 || line.suffix.is_empty())) {
        return None;
    }
    let minor = random.between(1, i64::from(line.newest[1]).clamp(6, 30)) as u32;
    Some(Number::new(major - 1, minor, fixes))
}

/// At most so many fixes follow each minor version: those that come out often without getting far in their numbers have many.
fn usual_fixes(line: &Line) -> i64 {
    let count = 4.0 * 365.0 / PACE[line.cadence.min(4) as usize];
    let steps = f64::from(line.newest[1]) + 8.0 * f64::from(line.newest[0].min(2)) + 2.0;
    let least = if line.cadence < 3 { 3.0 } else { 1.0 };
    (2.0 * count / steps).max(least) as i64
}

/// Some announce a new major version with previews.
fn previews(found: &[(Number, i64)], line: &Line, random: &mut Random, all: &mut Vec<(Number, i64)>) {
    for pair in found.windows(2) {
        let [(_, before), (number, at)] = pair else { continue };
        let is_major = number.minor == 0 && number.patch == 0 && number.major > 0;
        if !is_major || line.cadence == 0 || !random.chance(0.6) {
            continue;
        }
        let mut next = *at - random.between(3, 15) * DAY;
        for (stage, count) in [(2, 2), (2, 1), (1, 2), (1, 1), (0, 1)] {
            if next <= *before {
                break;
            }
            if random.chance(0.7) {
                all.push((number.before(stage, count), next));
                next -= random.between(5, 25) * DAY;
            }
        }
    }
}

/// Some care for the major version before the newest one for a while.
fn old_lines(found: &[(Number, i64)], line: &Line, end: i64, random: &mut Random, all: &mut Vec<(Number, i64)>) {
    for pair in found.windows(2) {
        let [(before, _), (number, at)] = pair else { continue };
        if before.major == number.major || line.ecosystem == Ecosystem::Go || !random.chance(0.5) {
            continue;
        }
        let mut patch = before.patch;
        let mut next = *at + random.between(30, 90) * DAY;
        while next < end && next < at + 540 * DAY {
            patch += 1;
            all.push((Number::new(before.major, before.minor, patch), working_hour(next, random)));
            next += random.between(60, 160) * DAY;
        }
    }
}

fn given_up(line: &Line) -> &'static str {
    match line.ecosystem {
        Ecosystem::Npm => "this package is no longer maintained",
        Ecosystem::Go => "the module is archived and no longer maintained",
        _ => "no longer maintained",
    }
}

/// A single version is withdrawn, after how many days and why.
fn withdrawn(ecosystem: Ecosystem, random: &mut Random) -> Option<(i64, &'static str)> {
    let share = match ecosystem {
        Ecosystem::Npm => 0.004,
        Ecosystem::Pypi | Ecosystem::Cargo => 0.012,
        Ecosystem::Go => 0.006,
        Ecosystem::Maven => 0.0,
    };
    if !random.chance(share) {
        return None;
    }
    let why = match ecosystem {
        Ecosystem::Npm => ["published with a broken build", "use the next version, this one misses files"][random.below(2)],
        Ecosystem::Pypi => ["metadata of this release is wrong", "regression, use the next version"][random.below(2)],
        Ecosystem::Go => "retracted: published by accident",
        _ => "yanked",
    };
    Some((random.between(1, 120), why))
}
