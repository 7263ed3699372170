//! How far what is installed is behind what is published, at any moment.
//!
//! # Invariants
//! - Unknown is not zero: without a date, a version or a package the figure is absent.
//! - Nothing that was published after the asked moment counts.
//! - A runtime or base image whose release cycle is supported is compared within that cycle alone: several cycles are kept
//!   up side by side, and staying on one of them is no neglect. Once its support has ended, it is a major version behind.
//! - A libyear has 365 days, as libyear-bundler counts it; days are kept, years are for whoever shows them.

use std::collections::BTreeSet;

use crate::model::Instant;
use crate::model::body::{Cycle, Package};
use crate::quality::version::{Behind, Scheme, Version, version_of_tag};

/// Days in a libyear.
pub const DAYS_OF_A_LIBYEAR: f64 = 365.0;

/// Support that ends within this many days ends soon.
pub const SOON_DAYS: i64 = 180;

const MICROS_OF_A_DAY: i64 = 86_400 * 1_000_000;

/// Whether a runtime is still supported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndOfLife {
    /// Since then it is not.
    Past(Instant),
    /// Until then, which is at most [`SOON_DAYS`] away.
    Soon(Instant),
    /// Until then, or without a known end.
    Supported(Option<Instant>),
    /// It is no runtime, or its cycle is not known.
    Unknown,
}

/// How an installed version stands at a moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Standing {
    /// The newest stable version that was published by then; the newest of all if a prerelease is installed. Of a runtime
    /// whose cycle is supported, the newest of the cycle.
    pub latest: Option<String>,
    /// How far it is behind that.
    pub behind: Behind,
    /// Stable versions that were published since, the latest included.
    pub releases_behind: Option<u32>,
    /// Days between the publication of the installed and of the latest version; 0 if the latest is not younger.
    pub libyear_days: Option<f64>,
    /// Why the installed version, or the whole package, should not be used.
    pub deprecated: Option<String>,
    /// Ids of published weaknesses of the installed version, sorted; nothing if the package is not known.
    pub advisories: Option<Vec<String>>,
    /// Of a runtime: whether it is supported.
    pub end_of_life: EndOfLife,
}

impl Standing {
    /// What is known where nothing is known.
    #[must_use]
    pub const fn unknown() -> Self {
        Self {
            latest: None,
            behind: Behind::Unknown,
            releases_behind: None,
            libyear_days: None,
            deprecated: None,
            advisories: None,
            end_of_life: EndOfLife::Unknown,
        }
    }
}

/// How `installed` stands at a moment, by what its registry says of the package. See [`Reading`] for many of them.
#[must_use]
pub fn standing(ecosystem: &str, package: Option<&Package>, installed: &str, at: Instant) -> Standing {
    package.map_or_else(Standing::unknown, |package| Reading::of(ecosystem, package).standing(package, installed, at))
}

/// The published versions of a package, read once for many uses and moments.
#[derive(Clone, Debug)]
pub struct Reading {
    scheme: Scheme,
    /// What could be read and is not deprecated, with the time of publication.
    versions: Vec<(String, Version, Option<Instant>)>,
}

impl Reading {
    /// Reads the versions of a package.
    #[must_use]
    pub fn of(ecosystem: &str, package: &Package) -> Self {
        let scheme = Scheme::of(ecosystem);
        let usable = package.versions.iter().filter(|(_, version)| version.deprecated.is_none());
        let versions = usable.filter_map(|(text, version)| Some((text.clone(), scheme.parse(text)?, version.at))).collect();
        Self { scheme, versions }
    }

    /// How `installed` stands at a moment; `package` is the one that was read.
    #[must_use]
    pub fn standing(&self, package: &Package, installed: &str, at: Instant) -> Standing {
        let scheme = self.scheme;
        let advisories = package.advisories.iter().filter(|(_, advisory)| {
            advisory.at.is_none_or(|published| published <= at) && advisory.affected.iter().any(|version| version == installed)
        });
        let mut standing = Standing {
            deprecated: package
                .versions
                .get(installed)
                .and_then(|version| version.deprecated.clone())
                .or_else(|| package.deprecated.clone()),
            advisories: Some(advisories.map(|(id, _)| id.clone()).collect()),
            ..Standing::unknown()
        };
        if !package.cycles.is_empty() {
            let own = cycle(package, installed).map(|(_, cycle)| cycle);
            standing.end_of_life = own.map_or(EndOfLife::Unknown, |cycle| end_of_life(cycle, at));
            let newest = latest_of_cycles(package, at);
            (standing.latest, standing.behind) = match (own, standing.end_of_life) {
                (Some(_), EndOfLife::Past(_)) => (newest.map(str::to_owned), Behind::Major),
                (Some(cycle), _) => (cycle.latest.clone(), behind_in_cycle(cycle, installed)),
                (None, _) => (newest.map(str::to_owned), newest.map_or(Behind::Unknown, |latest| scheme.behind(installed, latest))),
            };
            return standing;
        }
        let Some(version) = scheme.parse(installed) else { return standing };
        let newer = self.published(&version, at);
        let Some((latest, latest_version)) = newer.iter().max_by(|a, b| a.1.cmp_to(b.1).then_with(|| b.0.cmp(a.0))) else {
            return standing;
        };
        standing.latest = Some((*latest).to_owned());
        standing.behind = version.behind(latest_version);
        if standing.behind.is_outdated() == Some(false) {
            standing.releases_behind = Some(0);
            standing.libyear_days = Some(0.0);
            return standing;
        }
        // What lies before the oldest version that is kept is not counted, so an unkept installed version has no number.
        if let Some(installed) = package.versions.get(installed) {
            let between = newer.iter().filter(|(_, other)| version.cmp_to(other).is_lt()).count();
            standing.releases_behind = u32::try_from(between).ok();
            let dates = installed.at.zip(package.versions.get(*latest).and_then(|latest| latest.at));
            standing.libyear_days = dates.map(|(before, after)| libyear_days(before, after));
        }
        standing
    }

    /// Versions that could be installed at that moment instead of `installed`.
    fn published(&self, installed: &Version, at: Instant) -> Vec<(&str, &Version)> {
        // A commit that Go names is chosen for want of a release, not out of liking for early ones.
        let takes_early = installed.is_prerelease() && !installed.is_pseudo();
        // An unknown date counts as published.
        let there = self.versions.iter().filter(|(_, _, published)| published.is_none_or(|published| published <= at));
        there
            .filter(|(_, version, _)| takes_early || !version.is_prerelease())
            .filter(|(_, version, _)| !version.is_pseudo() && (installed.is_dated() || !version.is_dated()))
            .map(|(text, version, _)| (text.as_str(), version))
            .collect()
    }
}

/// Days from one publication to the other, not below zero.
fn libyear_days(before: Instant, after: Instant) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "microseconds of a century fit into 53 bits")]
    let days = after.micros().saturating_sub(before.micros()).max(0) as f64 / MICROS_OF_A_DAY as f64;
    days
}

/// The cycle that a version of a runtime belongs to: the one with the longest name that the version begins with.
#[must_use]
pub fn cycle<'a>(package: &'a Package, installed: &str) -> Option<(&'a str, &'a Cycle)> {
    let installed = installed.trim().to_lowercase();
    // Names such as `bookworm` or `22.04` as they are, then fewer and fewer numbers.
    let by_name = |name: &str| package.cycles.iter().find(|(cycle, _)| cycle.eq_ignore_ascii_case(name));
    let first = installed.split('-').next().unwrap_or_default();
    let text = version_of_tag(&installed).unwrap_or_default();
    let numbers = &text[..text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len())];
    let parts: Vec<&str> = numbers.split('.').filter(|part| !part.is_empty()).collect();
    by_name(&installed)
        .or_else(|| by_name(first))
        .or_else(|| (1..=parts.len()).rev().find_map(|length| by_name(&parts[..length].join("."))))
        .map(|(name, cycle)| (name.as_str(), cycle))
}

/// Whether a cycle is supported at a moment. What endoflife.date itself calls ended is not asked: it speaks of its own
/// today.
#[must_use]
pub fn end_of_life(cycle: &Cycle, at: Instant) -> EndOfLife {
    match cycle.end_of_life {
        Some(end) if end <= at => EndOfLife::Past(end),
        Some(end) if end.micros().saturating_sub(at.micros()) <= SOON_DAYS * MICROS_OF_A_DAY => EndOfLife::Soon(end),
        end => EndOfLife::Supported(end),
    }
}

/// How far a version of a supported cycle is behind the newest one of that cycle. A tag that names the cycle and no more
/// gets whatever is newest of it.
fn behind_in_cycle(cycle: &Cycle, installed: &str) -> Behind {
    if Scheme::Runtime.parse(installed).is_some() {
        return cycle.latest.as_deref().map_or(Behind::Unknown, |latest| Scheme::Runtime.behind(installed, latest));
    }
    // `bookworm-slim` is a cycle, `bookworm-20240211` the cycle as it was on a day.
    let is_of_a_day = installed.split(|c: char| !c.is_ascii_digit()).any(|digits| digits.len() >= 8);
    if is_of_a_day { Behind::Unknown } else { Behind::Same }
}

fn latest_of_cycles(package: &Package, at: Instant) -> Option<&str> {
    let there = package.cycles.values().filter(|cycle| cycle.released.is_none_or(|released| released <= at));
    let latest = there.filter_map(|cycle| {
        let text = cycle.latest.as_deref()?;
        Some((text, Scheme::Runtime.parse(text)?))
    });
    latest.filter(|(_, version)| !version.is_prerelease()).max_by(|a, b| a.1.cmp_to(&b.1)).map(|(text, _)| text)
}

/// One package as one manifest or lockfile uses it.
#[derive(Clone, Copy, Debug)]
pub struct Used<'a> {
    /// `npm`.
    pub ecosystem: &'a str,
    /// What its registry says; nothing if no registry knows it.
    pub package: Option<&'a Package>,
    /// The version; nothing if only a requirement is known.
    pub installed: Option<&'a str>,
    /// See [`crate::model::body::PackageUse::direct`].
    pub direct: Option<bool>,
}

/// Which uses are counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Counted {
    /// Those that a project declares itself.
    #[default]
    Direct,
    /// Those that other packages bring in.
    Indirect,
    /// All, also those of which the file cannot tell.
    All,
}

/// Figures over many uses of packages.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outdatedness {
    /// Uses that were counted, those of unknown standing included.
    pub uses: u64,
    /// Uses of which nobody can tell how far they are behind.
    pub unknown: u64,
    /// Behind by a major version.
    pub major: u64,
    /// Behind by a minor version.
    pub minor: u64,
    /// Behind by a patch.
    pub patch: u64,
    /// Sum over all uses whose days are known.
    pub libyear_days: f64,
    /// Uses whose days are not known; they are not in the sum.
    pub libyears_unknown: u64,
    /// Uses with a published weakness.
    pub vulnerable: u64,
    /// Ids of these weaknesses.
    pub advisories: BTreeSet<String>,
    /// Uses of what should not be used any more.
    pub deprecated: u64,
    /// Runtimes without support.
    pub ended: u64,
    /// Runtimes whose support ends soon.
    pub ending: u64,
    /// Uses that were left out because the file does not tell whether they are direct.
    pub undetermined: u64,
}

impl Outdatedness {
    /// Uses that are behind.
    #[must_use]
    pub const fn outdated(&self) -> u64 {
        self.major + self.minor + self.patch
    }

    /// Share of uses that are behind among those of known standing, from 0 to 1; nothing if none is known.
    #[must_use]
    pub fn outdated_share(&self) -> Option<f64> {
        let known = self.uses - self.unknown;
        #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
        let share = self.outdated() as f64 / known as f64;
        (known > 0).then_some(share)
    }

    /// Sum over all uses whose dates are known, in years; nothing if no date is.
    #[must_use]
    pub fn libyears(&self) -> Option<f64> {
        (self.uses > self.libyears_unknown).then_some(self.libyear_days / DAYS_OF_A_LIBYEAR)
    }

    /// Counts one use.
    pub fn add(&mut self, standing: &Standing) {
        self.uses += 1;
        match standing.behind {
            Behind::Major => self.major += 1,
            Behind::Minor => self.minor += 1,
            Behind::Patch => self.patch += 1,
            Behind::Unknown => self.unknown += 1,
            Behind::Same | Behind::Ahead => {}
        }
        match standing.libyear_days {
            Some(days) => self.libyear_days += days,
            None => self.libyears_unknown += 1,
        }
        let advisories = standing.advisories.as_deref().unwrap_or_default();
        self.vulnerable += u64::from(!advisories.is_empty());
        self.advisories.extend(advisories.iter().cloned());
        self.deprecated += u64::from(standing.deprecated.is_some());
        self.ended += u64::from(matches!(standing.end_of_life, EndOfLife::Past(_)));
        self.ending += u64::from(matches!(standing.end_of_life, EndOfLife::Soon(_)));
    }
}

/// Figures over uses at a moment.
pub fn outdatedness<'a>(uses: impl IntoIterator<Item = Used<'a>>, counted: Counted, at: Instant) -> Outdatedness {
    let mut figures = Outdatedness::default();
    for used in uses {
        match (counted, used.direct) {
            (Counted::All, _) | (Counted::Direct, Some(true)) | (Counted::Indirect, Some(false)) => {}
            (_, None) => {
                figures.undetermined += 1;
                continue;
            }
            _ => continue,
        }
        let standing = used.installed.map_or_else(Standing::unknown, |installed| standing(used.ecosystem, used.package, installed, at));
        figures.add(&standing);
    }
    figures
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::body::{Advisory, PublishedVersion};

    fn at(text: &str) -> Instant {
        format!("{text}T00:00:00Z").parse().unwrap()
    }

    fn package(versions: &[(&str, &str)]) -> Package {
        let published = |date: &str| PublishedVersion { at: (!date.is_empty()).then(|| at(date)), deprecated: None };
        Package {
            versions: versions.iter().map(|(version, date)| ((*version).to_owned(), published(date))).collect(),
            ..Package::default()
        }
    }

    fn library() -> Package {
        let mut package = package(&[
            ("1.0.0", "2024-01-01"),
            ("1.1.0", "2024-06-01"),
            ("2.0.0-rc.1", "2024-12-01"),
            ("2.0.0", "2025-01-01"),
            ("2.0.1", "2025-03-01"),
            ("1.1.1", "2025-04-01"),
        ]);
        package.advisories.insert(
            "GHSA-aaaa-bbbb-cccc".into(),
            Advisory { at: Some(at("2025-02-01")), affected: vec!["1.0.0".into(), "1.1.0".into()], ..Advisory::default() },
        );
        package
    }

    #[test]
    fn only_what_was_published_by_then_counts() {
        let library = library();
        let then = |day: &str| {
            let standing = standing("npm", Some(&library), "1.0.0", at(day));
            (standing.latest.unwrap(), standing.behind, standing.releases_behind, standing.libyear_days, standing.advisories.unwrap().len())
        };
        assert_eq!(then("2024-01-01"), ("1.0.0".into(), Behind::Same, Some(0), Some(0.0), 0));
        assert_eq!(then("2024-07-01"), ("1.1.0".into(), Behind::Minor, Some(1), Some(152.0), 0));
        assert_eq!(then("2024-12-31"), ("1.1.0".into(), Behind::Minor, Some(1), Some(152.0), 0));
        assert_eq!(then("2025-02-01"), ("2.0.0".into(), Behind::Major, Some(2), Some(366.0), 1));
        assert_eq!(then("2025-12-01"), ("2.0.1".into(), Behind::Major, Some(4), Some(425.0), 1));
    }

    #[test]
    fn a_prerelease_is_compared_with_prereleases() {
        let library = library();
        let standing = standing("npm", Some(&library), "2.0.0-rc.1", at("2024-12-15"));
        assert_eq!((standing.latest.as_deref(), standing.behind), (Some("2.0.0-rc.1"), Behind::Same));
    }

    #[test]
    fn a_maintenance_release_that_is_younger_costs_no_negative_years() {
        let library = library();
        let standing = standing("npm", Some(&library), "1.1.1", at("2025-12-01"));
        assert_eq!((standing.behind, standing.libyear_days), (Behind::Major, Some(0.0)));
    }

    #[test]
    fn unknown_is_not_zero() {
        assert_eq!(standing("npm", None, "1.0.0", at("2025-01-01")), Standing::unknown());
        let mut library = package(&[("1.0.0", ""), ("1.1.0", "2024-06-01")]);
        let undated = standing("npm", Some(&library), "1.0.0", at("2025-01-01"));
        assert_eq!((undated.behind, undated.releases_behind, undated.libyear_days), (Behind::Minor, Some(1), None));
        let unkept = standing("npm", Some(&library), "0.9.0", at("2025-01-01"));
        assert_eq!((unkept.behind, unkept.releases_behind, unkept.libyear_days), (Behind::Major, None, None));
        let odd = standing("npm", Some(&library), "workspace:*", at("2025-01-01"));
        assert_eq!((odd.behind, odd.latest, odd.advisories), (Behind::Unknown, None, Some(vec![])));
        library.versions.clear();
        assert_eq!(standing("npm", Some(&library), "1.0.0", at("2025-01-01")).behind, Behind::Unknown);
    }

    #[test]
    fn what_should_not_be_used_is_no_latest() {
        let mut library = library();
        library.versions.get_mut("2.0.1").unwrap().deprecated = Some("broken".into());
        let now = at("2025-12-01");
        assert_eq!(standing("npm", Some(&library), "1.0.0", now).latest.as_deref(), Some("2.0.0"));
        let installed = standing("npm", Some(&library), "2.0.1", now);
        assert_eq!((installed.behind, installed.deprecated.as_deref()), (Behind::Ahead, Some("broken")));
        library.deprecated = Some("use another one".into());
        assert_eq!(standing("npm", Some(&library), "1.0.0", now).deprecated.as_deref(), Some("use another one"));
    }

    #[test]
    fn versions_that_are_dates_are_newest_only_among_their_like() {
        let library = package(&[("20030203.000550", "2005-01-01"), ("2.11.0", "2021-01-01"), ("2.15.0", "2023-01-01")]);
        let latest = |installed: &str| standing("maven", Some(&library), installed, at("2025-01-01")).latest.unwrap();
        assert_eq!(latest("2.11.0"), "2.15.0");
        assert_eq!(latest("20030203.000550"), "20030203.000550");
    }

    #[test]
    fn a_commit_of_a_go_module_is_compared_with_releases() {
        let library =
            package(&[("v0.1.0", "2024-01-01"), ("v0.2.0-rc.1", "2025-01-01"), ("v0.0.0-20250101000000-abcdefabcdef", "2025-01-01")]);
        let standing = standing("go", Some(&library), "v0.0.0-20230101000000-abcdefabcdef", at("2025-06-01"));
        assert_eq!((standing.latest.as_deref(), standing.behind), (Some("v0.1.0"), Behind::Minor));
    }

    fn runtime() -> Package {
        let cycle = |released: &str, end: Option<&str>, latest: &str| Cycle {
            released: Some(at(released)),
            end_of_life: end.map(at),
            lts: false,
            latest: Some(latest.into()),
        };
        Package {
            cycles: [
                ("18".to_owned(), cycle("2022-04-19", Some("2025-04-30"), "18.20.5")),
                ("20".to_owned(), cycle("2023-04-18", Some("2026-04-30"), "20.18.1")),
                ("22".to_owned(), cycle("2024-04-24", None, "22.12.0")),
                ("3.20".to_owned(), cycle("2024-05-22", Some("2026-04-01"), "3.20.3")),
            ]
            .into(),
            ..Package::default()
        }
    }

    #[test]
    fn support_of_a_runtime_ends_by_the_asked_moment() {
        let runtime = runtime();
        let end = |version: &str, day: &str| standing("runtime", Some(&runtime), version, at(day)).end_of_life;
        let until = at("2025-04-30");
        assert_eq!(end("18-alpine", "2024-01-01"), EndOfLife::Supported(Some(until)));
        assert_eq!(end("v18.19.0", "2025-01-01"), EndOfLife::Soon(until));
        assert_eq!(end("18", "2025-04-30"), EndOfLife::Past(until));
        assert_eq!(end("3.20.1", "2024-06-01"), EndOfLife::Supported(Some(at("2026-04-01"))));
        assert_eq!(end("22", "2030-01-01"), EndOfLife::Supported(None));
        assert_eq!(end("latest", "2025-01-01"), EndOfLife::Unknown);
        assert_eq!(end("99", "2025-01-01"), EndOfLife::Unknown);
    }

    #[test]
    fn a_runtime_is_compared_within_its_cycle_while_that_is_supported() {
        let mut runtime = runtime();
        let debian = Cycle { released: Some(at("2023-06-10")), end_of_life: None, lts: false, latest: Some("12.9".into()) };
        runtime.cycles.insert("bookworm".into(), debian.clone());
        runtime.cycles.insert("21".into(), Cycle { latest: Some("21.0.9+10".into()), ..debian.clone() });
        runtime.cycles.insert("3.12".into(), Cycle { latest: Some("3.12.8".into()), ..debian.clone() });
        runtime.cycles.insert("17".into(), Cycle { latest: None, ..debian });
        let table = [
            // Supported, though there are newer cycles.
            ("20", "2024-12-01", Behind::Same, Some("20.18.1")),
            ("20-alpine", "2024-12-01", Behind::Same, Some("20.18.1")),
            ("v20", "2024-12-01", Behind::Same, Some("20.18.1")),
            ("20.18", "2024-12-01", Behind::Same, Some("20.18.1")),
            ("20.18.1", "2024-12-01", Behind::Same, Some("20.18.1")),
            ("20.19.0", "2024-12-01", Behind::Ahead, Some("20.18.1")),
            ("20.18.0-slim", "2024-12-01", Behind::Patch, Some("20.18.1")),
            ("20.11", "2024-12-01", Behind::Minor, Some("20.18.1")),
            ("20.11.1", "2024-12-01", Behind::Minor, Some("20.18.1")),
            ("22.12.0", "2024-12-01", Behind::Same, Some("22.12.0")),
            ("temurin-21.0.2", "2024-12-01", Behind::Patch, Some("21.0.9+10")),
            ("21-jre", "2024-12-01", Behind::Same, Some("21.0.9+10")),
            ("3.12", "2024-12-01", Behind::Same, Some("3.12.8")),
            ("3.12.4-slim-bookworm", "2024-12-01", Behind::Patch, Some("3.12.8")),
            ("bookworm", "2024-12-01", Behind::Same, Some("12.9")),
            ("bookworm-slim", "2024-12-01", Behind::Same, Some("12.9")),
            ("bookworm-20240211", "2024-12-01", Behind::Unknown, Some("12.9")),
            ("17", "2024-12-01", Behind::Unknown, None),
            // Support ends soon, and has ended.
            ("18", "2025-04-29", Behind::Same, Some("18.20.5")),
            ("18", "2025-04-30", Behind::Major, Some("22.12.0")),
            ("18.20.5-alpine", "2025-05-01", Behind::Major, Some("22.12.0")),
            ("20.18.1", "2026-05-01", Behind::Major, Some("22.12.0")),
            // A cycle that nobody knows.
            ("16.20.2", "2024-12-01", Behind::Major, Some("22.12.0")),
            ("99", "2024-12-01", Behind::Ahead, Some("22.12.0")),
            ("latest", "2024-12-01", Behind::Unknown, Some("22.12.0")),
        ];
        for (installed, day, behind, latest) in table {
            let standing = standing("runtime", Some(&runtime), installed, at(day));
            assert_eq!((standing.behind, standing.latest.as_deref()), (behind, latest), "{installed} on {day}");
            assert_eq!(
                (standing.libyear_days, standing.releases_behind),
                (None, None),
                "{installed}: nobody dates the versions of a cycle"
            );
        }
    }

    #[test]
    fn a_supported_runtime_is_no_outdated_use() {
        let (runtime, library) = (runtime(), library());
        let used = |installed| Used { ecosystem: "runtime", package: Some(&runtime), installed: Some(installed), direct: Some(true) };
        let other = Used { ecosystem: "npm", package: Some(&library), installed: Some("2.0.0"), direct: Some(true) };
        let figures = outdatedness([used("18"), used("20-alpine"), used("22.11.0"), other], Counted::Direct, at("2025-06-01"));
        assert_eq!((figures.major, figures.minor, figures.patch, figures.ended), (1, 1, 1, 1));
        assert_eq!(figures.outdated_share(), Some(0.75));
        assert_eq!((figures.libyear_days, figures.libyears_unknown), (59.0, 3));
    }

    #[test]
    fn figures_count_direct_uses_and_say_what_is_unknown() {
        let library = library();
        let used = |installed, package, direct| Used { ecosystem: "npm", package, installed, direct };
        let uses = [
            used(Some("1.0.0"), Some(&library), Some(true)),
            used(Some("2.0.1"), Some(&library), Some(true)),
            used(Some("2.0.0"), Some(&library), Some(true)),
            used(None, Some(&library), Some(true)),
            used(Some("1.0.0"), None, Some(true)),
            used(Some("1.0.0"), Some(&library), Some(false)),
            used(Some("1.0.0"), Some(&library), None),
        ];
        let figures = outdatedness(uses, Counted::Direct, at("2025-12-01"));
        assert_eq!((figures.uses, figures.unknown, figures.undetermined), (5, 2, 1));
        assert_eq!((figures.major, figures.minor, figures.patch, figures.vulnerable), (1, 0, 1, 1));
        assert_eq!(figures.outdated_share(), Some(2.0 / 3.0));
        assert_eq!((figures.libyear_days, figures.libyears_unknown), (425.0 + 59.0, 2));
        assert_eq!(outdatedness(uses, Counted::Indirect, at("2025-12-01")).uses, 1);
        assert_eq!(outdatedness(uses, Counted::All, at("2025-12-01")).uses, 7);
        assert_eq!(outdatedness([], Counted::All, at("2025-12-01")).outdated_share(), None);
        assert_eq!(outdatedness([], Counted::All, at("2025-12-01")).libyears(), None);
    }
}
