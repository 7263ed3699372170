//! A package in use, judged: the one place that knows the interface of [`crate::quality::outdated`], which judges one
//! version. Here the versions of a use are taken together, and uses are summed up.
//!
//! # Invariants
//! - Of several versions in one lockfile the one that is furthest behind tells.
//! - What a registry said later does not bear a date where it is deprecated, so before the first answer that is unknown.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::model::Instant;
use crate::model::body::Package;
pub use crate::quality::outdated::EndOfLife;
use crate::quality::outdated::{DAYS_OF_A_LIBYEAR, Reading, SOON_DAYS, cycle};
use crate::quality::version::{Behind as Distance, Scheme};

/// How far a version is behind the newest stable one: the first part of it that is smaller. A runtime is compared with the
/// newest one of its release cycle; once the support of that has ended, it is a major version behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Behind {
    /// It is the newest one, or newer.
    Current,
    /// In a later part.
    Patch,
    /// In the second number.
    Minor,
    /// In the first number.
    Major,
}

/// What a registry says of a package, with its versions read.
#[derive(Debug)]
pub struct Told {
    /// What it says.
    pub package: Package,
    ecosystem: String,
    reading: Reading,
}

impl Told {
    /// Reads what is said of a package of an ecosystem.
    #[must_use]
    pub fn new(package: Package, ecosystem: &str) -> Self {
        let reading = Reading::of(ecosystem, &package);
        Self { package, ecosystem: ecosystem.to_owned(), reading }
    }
}

/// What is known of a package at a moment.
#[derive(Clone, Debug)]
pub struct PackageAt {
    /// What its registry says.
    pub told: Arc<Told>,
    /// The registry was first asked after the moment: only what is dated counts.
    pub restated: bool,
}

/// How far a use of a package is behind. What is absent is unknown.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Assessment {
    /// Some registry was asked about the package.
    pub asked: bool,
    /// The newest stable version.
    pub latest: Option<String>,
    /// How far it is behind.
    pub behind: Option<Behind>,
    /// Stable versions published since.
    pub releases_behind: Option<u32>,
    /// Years between the publication of what is used and of the newest version.
    pub libyears: Option<f64>,
    /// Why it should not be used any more.
    pub deprecated: Option<String>,
    /// Ids of published weaknesses of the versions, sorted.
    pub advisories: Vec<String>,
    /// Of a runtime: the name of the release cycle, and whether it is supported.
    pub support: Option<(String, EndOfLife)>,
}

/// An [`Assessment`] without its texts.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Verdict {
    asked: bool,
    behind: Option<Behind>,
    libyears: Option<f64>,
    vulnerable: bool,
    deprecated: bool,
    supported: Option<bool>,
}

impl Assessment {
    /// Without its texts.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        Verdict {
            asked: self.asked,
            behind: self.behind,
            libyears: self.libyears,
            vulnerable: !self.advisories.is_empty(),
            deprecated: self.deprecated.is_some(),
            supported: self.support.as_ref().map(|(_, end)| !matches!(end, EndOfLife::Past(_))),
        }
    }
}

/// Judges a use of some versions of a package at `at`. Without a version only the newest one is known.
#[must_use]
pub fn assess(known: &PackageAt, versions: &[String], at: Instant) -> Assessment {
    let Told { package, ecosystem, reading } = known.told.as_ref();
    let mut assessment = Assessment { asked: true, ..Assessment::default() };
    let mut advisories = BTreeSet::new();
    for version in versions {
        let one = reading.standing(package, version, at);
        let behind = match one.behind {
            Distance::Major => Some(Behind::Major),
            Distance::Minor => Some(Behind::Minor),
            Distance::Patch => Some(Behind::Patch),
            Distance::Same | Distance::Ahead => Some(Behind::Current),
            Distance::Unknown => None,
        };
        // Versions of several cycles have a newest one each.
        if !package.cycles.is_empty() && behind > assessment.behind {
            assessment.latest = None;
        }
        assessment.behind = assessment.behind.max(behind);
        assessment.releases_behind = assessment.releases_behind.max(one.releases_behind);
        let libyears = one.libyear_days.map(|days| days / DAYS_OF_A_LIBYEAR);
        if libyears > assessment.libyears {
            assessment.libyears = libyears;
        }
        // Of several, the stable one: a prerelease is newest only to those who use prereleases.
        assessment.latest = match (assessment.latest.take(), one.latest) {
            (Some(latest), Some(other)) if Scheme::of(ecosystem).is_prerelease(&latest) == Some(true) => Some(other),
            (latest, other) => latest.or(other),
        };
        if !known.restated {
            assessment.deprecated = assessment.deprecated.take().or(one.deprecated);
        }
        advisories.extend(one.advisories.unwrap_or_default());
        if one.end_of_life != EndOfLife::Unknown
            && let Some((name, _)) = cycle(package, version)
        {
            let end = |support: &EndOfLife| match support {
                EndOfLife::Past(end) | EndOfLife::Soon(end) | EndOfLife::Supported(Some(end)) => *end,
                EndOfLife::Supported(None) | EndOfLife::Unknown => Instant::MAX,
            };
            if assessment.support.as_ref().is_none_or(|(_, support)| end(&one.end_of_life) < end(support)) {
                assessment.support = Some((name.to_owned(), one.end_of_life));
            }
        }
    }
    if assessment.latest.is_none() {
        assessment.latest = latest(known, at);
    }
    assessment.advisories = advisories.into_iter().collect();
    assessment
}

/// The newest stable version at `at`: as the registry says, or before it was first asked, by the dates of publication.
#[must_use]
pub fn latest(known: &PackageAt, at: Instant) -> Option<String> {
    let Told { package, ecosystem, reading } = known.told.as_ref();
    if !known.restated && package.latest.is_some() {
        return package.latest.clone();
    }
    let scheme = Scheme::of(ecosystem);
    let there = package.versions.iter().filter(|(_, version)| version.at.is_some_and(|published| published <= at));
    let stable = there.map(|(version, _)| version).find(|version| scheme.is_prerelease(version) == Some(false));
    stable.and_then(|version| reading.standing(package, version, at).latest)
}

/// Whether anything but the registry's own answer can make a difference between two moments: a date in between.
#[must_use]
pub fn dates(package: &Package) -> Vec<Instant> {
    let soon = |end: Instant| end.plus_seconds(-SOON_DAYS * 86_400);
    let cycles = package.cycles.values().flat_map(|cycle| [cycle.released, cycle.end_of_life, cycle.end_of_life.map(soon)]);
    let versions = package.versions.values().map(|version| version.at);
    let advisories = package.advisories.values().map(|advisory| advisory.at);
    let mut dates: Vec<Instant> = cycles.chain(versions).chain(advisories).flatten().collect();
    dates.sort_unstable();
    dates
}

/// Sums over uses of packages. They can be added up over entities, which is why they hold counts and no texts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Figures {
    /// All uses.
    pub packages: usize,
    /// Uses of a package of which some registry was asked.
    pub asked: usize,
    /// Uses of the newest version.
    pub current: usize,
    /// Uses a patch behind.
    pub patch: usize,
    /// Uses a minor version behind.
    pub minor: usize,
    /// Uses a major version behind.
    pub major: usize,
    /// Uses with a published weakness.
    pub vulnerable: usize,
    /// Uses that should not be.
    pub deprecated: usize,
    /// Uses of a runtime or base image out of support.
    pub end_of_life: usize,
    /// Uses of a runtime or base image of whose support something is known.
    pub supported: usize,
    /// Uses whose libyears are known.
    pub dated: usize,
    libyears: f64,
}

impl Figures {
    /// Counts one use.
    pub fn add(&mut self, verdict: Verdict) {
        self.packages += 1;
        self.asked += usize::from(verdict.asked);
        match verdict.behind {
            Some(Behind::Current) => self.current += 1,
            Some(Behind::Patch) => self.patch += 1,
            Some(Behind::Minor) => self.minor += 1,
            Some(Behind::Major) => self.major += 1,
            None => {}
        }
        self.vulnerable += usize::from(verdict.vulnerable);
        self.deprecated += usize::from(verdict.deprecated);
        self.end_of_life += usize::from(verdict.supported == Some(false));
        self.supported += usize::from(verdict.supported.is_some());
        self.dated += usize::from(verdict.libyears.is_some());
        self.libyears += verdict.libyears.unwrap_or(0.0);
    }

    /// Adds the counts of other uses.
    pub fn merge(&mut self, other: &Self) {
        self.packages += other.packages;
        self.asked += other.asked;
        self.current += other.current;
        self.patch += other.patch;
        self.minor += other.minor;
        self.major += other.major;
        self.vulnerable += other.vulnerable;
        self.deprecated += other.deprecated;
        self.end_of_life += other.end_of_life;
        self.supported += other.supported;
        self.dated += other.dated;
        self.libyears += other.libyears;
    }

    /// Uses of which it is known how far they are behind.
    #[must_use]
    pub const fn known(&self) -> usize {
        self.current + self.outdated()
    }

    /// Uses that are behind.
    #[must_use]
    pub const fn outdated(&self) -> usize {
        self.patch + self.minor + self.major
    }

    /// Outdated uses among the known ones; none if none is known.
    #[must_use]
    pub fn share(&self) -> Option<f64> {
        #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
        let share = self.outdated() as f64 / self.known() as f64;
        (self.known() > 0).then_some(share)
    }

    /// Libyears of the uses of which they are known; none if they are known of none.
    #[must_use]
    pub fn libyears(&self) -> Option<f64> {
        (self.dated > 0).then_some(self.libyears)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::body::Cycle;

    #[test]
    fn of_several_runtimes_the_one_that_is_furthest_behind_tells_the_newest() {
        let cycle = |end: &str, latest: &str| Cycle { end_of_life: end.parse().ok(), latest: Some(latest.into()), ..Cycle::default() };
        let cycles = [
            ("18".to_owned(), cycle("2025-04-30T00:00:00Z", "18.20.5")),
            ("20".to_owned(), cycle("2026-04-30T00:00:00Z", "20.18.1")),
            ("22".to_owned(), cycle("2027-04-30T00:00:00Z", "22.12.0")),
        ];
        let package = Package { cycles: cycles.into(), ..Package::default() };
        let known = PackageAt { told: Arc::new(Told::new(package, "runtime")), restated: false };
        let table: &[(&[&str], Behind, &str)] = &[
            (&["20"], Behind::Current, "20.18.1"),
            (&["20", "22"], Behind::Current, "20.18.1"),
            (&["20", "22.11.0"], Behind::Minor, "22.12.0"),
            (&["18", "22.11.0"], Behind::Major, "22.12.0"),
            (&["20.18.0", "22"], Behind::Patch, "20.18.1"),
        ];
        for (versions, behind, latest) in table {
            let versions: Vec<String> = versions.iter().map(|version| (*version).to_owned()).collect();
            let assessment = assess(&known, &versions, "2025-06-01T00:00:00Z".parse().unwrap());
            assert_eq!((assessment.behind, assessment.latest.as_deref()), (Some(*behind), Some(*latest)), "{versions:?}");
            assert_eq!(assessment.libyears, None);
        }
    }
}
