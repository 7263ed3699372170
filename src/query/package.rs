//! One package: its published versions with who uses them, and how that went through time.
//!
//! # Invariants
//! - Nothing is shown that was published, or became known, after the moment.
//! - Versions stand in the order of their ecosystem, newest first.

use std::collections::{BTreeMap, HashMap};

use crate::model::body::{Advisory, Cycle, PackageUse};
use crate::model::{EntityId, Facet, Instant};
use crate::quality::version::Scheme;
use crate::query::judge::{EndOfLife, latest};
use crate::query::series::{Bucket, last_instant};
use crate::query::{Error, Lens, outdated};

/// A version of a package at a moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionAt {
    /// The version.
    pub version: String,
    /// When it was published, if the registry tells.
    pub published: Option<Instant>,
    /// Deprecated, yanked or retracted, and why.
    pub deprecated: Option<String>,
    /// It is the newest stable one.
    pub is_latest: bool,
    /// How many manifests use it.
    pub uses: usize,
}

/// Published versions of a package, and those in use, newest first.
///
/// # Errors
/// If the store cannot be read.
pub fn versions(lens: &Lens, id: EntityId, at: Instant) -> Result<Vec<VersionAt>, Error> {
    let registries = outdated::registries(lens, at);
    let known = registries.package(lens, id)?;
    let name = lens.name(id, at)?;
    let ecosystem = name.ecosystem().unwrap_or_default();
    let newest = known.as_ref().and_then(|known| latest(known, at));
    let mut all: BTreeMap<String, VersionAt> = BTreeMap::new();
    let blank = |version: &str| VersionAt {
        version: version.to_owned(),
        published: None,
        deprecated: None,
        is_latest: newest.as_deref() == Some(version),
        uses: 0,
    };
    if let Some(known) = &known {
        for (version, published) in &known.told.package.versions {
            let there = published.at.map_or(!known.restated, |published| published <= at);
            if there {
                let deprecated = published.deprecated.clone().filter(|_| !known.restated);
                all.insert(version.clone(), VersionAt { published: published.at, deprecated, ..blank(version) });
            }
        }
    }
    if let Some(of) = registries.table(lens)?.packages.get(&id) {
        for (version, uses) in &of.versions {
            if let Some(version) = version {
                all.entry(version.clone()).or_insert_with(|| blank(version)).uses = *uses;
            }
        }
    }
    let mut order: Vec<String> = all.keys().cloned().collect();
    Scheme::of(ecosystem).sort(&mut order);
    Ok(order.iter().rev().filter_map(|version| all.remove(version)).collect())
}

/// When the newest stable version was published.
///
/// # Errors
/// If the store cannot be read.
pub fn latest_published(lens: &Lens, id: EntityId, at: Instant) -> Result<Option<Instant>, Error> {
    let Some(known) = outdated::registries(lens, at).package(lens, id)? else { return Ok(None) };
    let latest = latest(&known, at);
    Ok(latest.and_then(|latest| known.told.package.versions.get(&latest)).and_then(|version| version.at))
}

/// Published weaknesses that are known at the moment, by id.
///
/// # Errors
/// If the store cannot be read.
pub fn advisories(lens: &Lens, id: EntityId, at: Instant) -> Result<Vec<(String, Advisory)>, Error> {
    let Some(known) = outdated::registries(lens, at).package(lens, id)? else { return Ok(Vec::new()) };
    let there = |advisory: &Advisory| advisory.at.map_or(!known.restated, |published| published <= at);
    Ok(known
        .told
        .package
        .advisories
        .iter()
        .filter(|(_, advisory)| there(advisory))
        .map(|(id, advisory)| (id.clone(), advisory.clone()))
        .collect())
}

/// A release cycle at a moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CycleAt {
    /// Its name.
    pub name: String,
    /// What is known of it.
    pub cycle: Cycle,
    /// Whether it is supported.
    pub support: EndOfLife,
    /// How many manifests use it.
    pub uses: usize,
}

/// Release cycles that had come out at the moment, newest first.
///
/// # Errors
/// If the store cannot be read.
pub fn cycles(lens: &Lens, id: EntityId, at: Instant) -> Result<Vec<CycleAt>, Error> {
    let registries = outdated::registries(lens, at);
    let Some(known) = registries.package(lens, id)? else { return Ok(Vec::new()) };
    if known.told.package.cycles.is_empty() {
        return Ok(Vec::new());
    }
    let mut uses: HashMap<&str, usize> = HashMap::new();
    if let Some(of) = registries.table(lens)?.packages.get(&id) {
        for (version, count) in &of.versions {
            if let Some((name, _)) = version.as_deref().and_then(|version| crate::quality::outdated::cycle(&known.told.package, version)) {
                *uses.entry(name).or_default() += count;
            }
        }
    }
    let there = |cycle: &Cycle| cycle.released.map_or(!known.restated, |released| released <= at);
    let mut all: Vec<CycleAt> = known
        .told
        .package
        .cycles
        .iter()
        .filter(|(_, cycle)| there(cycle))
        .map(|(name, cycle)| CycleAt {
            name: name.clone(),
            cycle: cycle.clone(),
            support: crate::quality::outdated::end_of_life(cycle, at),
            uses: uses.get(name.as_str()).copied().unwrap_or(0),
        })
        .collect();
    all.sort_by(|a, b| b.cycle.released.cmp(&a.cycle.released).then_with(|| b.name.cmp(&a.name)));
    Ok(all)
}

/// How many manifests used a version at the end of each bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionSeries {
    /// The version; none for all others, and uses of which only a requirement is known.
    pub version: Option<String>,
    /// A count for each bucket.
    pub counts: Vec<usize>,
}

/// The versions of a package that were used most, then all others together.
///
/// # Errors
/// If the store cannot be read.
pub fn versions_over_time(lens: &Lens, id: EntityId, buckets: &[Bucket], now: Instant, first: usize) -> Result<Vec<VersionSeries>, Error> {
    let moments: Vec<Instant> = buckets.iter().map(|bucket| last_instant(bucket, now)).collect();
    let mut counts: BTreeMap<Option<String>, Vec<usize>> = BTreeMap::new();
    let mut seen = std::collections::BTreeSet::new();
    for reference in lens.refs_ever(id)? {
        for mention in lens.view().mentions_ever(&reference)? {
            let of_packages = mention.path.facet == Facet::Dependencies && mention.path.field == "packages";
            if !of_packages || !seen.insert((mention.source, mention.path.clone())) {
                continue;
            }
            let mut rows = lens.view().history(mention.source, &mention.path)?.into_iter().peekable();
            let mut used: Option<PackageUse> = None;
            for (index, &at) in moments.iter().enumerate() {
                while let Some(row) = rows.next_if(|row| row.at <= at) {
                    used = row.after.and_then(|value| serde_json::from_value(value).ok());
                }
                let Some(used) = &used else { continue };
                let is_it = lens.resolve(&reference.to_string(), at)?.is_some_and(|(holder, _)| holder == id);
                if !is_it || !lens.exists(mention.source, at)? {
                    continue;
                }
                let none = [None];
                let some: Vec<Option<String>> = used.versions.iter().cloned().map(Some).collect();
                for version in if some.is_empty() { &none[..] } else { &some[..] } {
                    counts.entry(version.clone()).or_insert_with(|| vec![0; moments.len()])[index] += 1;
                }
            }
        }
    }
    let mut others = counts.remove(&None);
    let mut ranked: Vec<(Option<String>, Vec<usize>)> = counts.into_iter().collect();
    ranked.sort_by_key(|(_, counts)| std::cmp::Reverse(counts.iter().sum::<usize>()));
    for (_, counts) in ranked.split_off(first.min(ranked.len())) {
        let others = others.get_or_insert_with(|| vec![0; moments.len()]);
        others.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
    }
    let name = lens.name(id, moments.last().copied().unwrap_or(now))?;
    let mut order: Vec<String> = ranked.iter().filter_map(|(version, _)| version.clone()).collect();
    Scheme::of(name.ecosystem().unwrap_or_default()).sort(&mut order);
    let mut counts: BTreeMap<Option<String>, Vec<usize>> = ranked.into_iter().collect();
    let named = order.into_iter().rev().filter_map(|version| {
        let version = Some(version);
        counts.remove(&version).map(|counts| VersionSeries { version, counts })
    });
    let mut series: Vec<VersionSeries> = named.collect();
    series.extend(others.map(|counts| VersionSeries { version: None, counts }));
    Ok(series)
}
