//! What registries say of a package, and who uses which version of it, as GraphQL types.

use async_graphql::{Result, SimpleObject};

use crate::api::connection::{Rendered, connection, list, window};
use crate::api::entity::Item;
use crate::api::error::from_query;
use crate::api::limits::page_size;
use crate::api::outdated::{Outdatedness, support};
use crate::api::root::{Point, point};
use crate::api::scalar::{Date, DateTime, Interval, SupportState};
use crate::model::{Facet, Instant};
use crate::query::judge::latest;
use crate::query::outdated::{Use, registries};
use crate::query::{Cursor, package, series};

/// What it takes from the budget to read how a package was used through time.
const EFFORT_OF_USES: usize = 1_000;

/// How many manifests use a version.
#[derive(SimpleObject, Clone)]
pub struct VersionCount {
    /// The version; null for uses of which only a requirement is known.
    pub version: Option<String>,
    /// How many manifests.
    pub count: usize,
}

/// A version of a package.
#[derive(SimpleObject, Clone)]
pub struct PackageVersion {
    /// The version.
    pub version: String,
    /// When it was published, if the registry tells.
    pub published_at: Option<DateTime>,
    /// Deprecated, yanked or retracted, and why.
    pub deprecated: Option<String>,
    /// Whether it is the newest stable version at the moment.
    pub latest: bool,
    /// How many manifests use it.
    pub uses_count: usize,
}

connection!(
    /// Versions of a package, newest first.
    PackageVersionConnection, PackageVersionEdge, PackageVersion
);

/// A release cycle of a runtime or base image.
#[derive(SimpleObject, Clone)]
pub struct ReleaseCycle {
    /// The name of the cycle.
    pub name: String,
    /// When it came out.
    pub released: Option<DateTime>,
    /// When security support ends or ended, if that is known.
    pub end_of_life: Option<DateTime>,
    /// Whether it gets security fixes at the moment.
    pub state: SupportState,
    /// Supported for long.
    pub lts: bool,
    /// Its newest version, as of the last record at the moment.
    pub latest: Option<String>,
    /// How many manifests use it.
    pub uses_count: usize,
}

/// How many manifests used a version through time.
#[derive(SimpleObject)]
pub struct VersionSeries {
    /// The version; null for all others together, and uses of which only a requirement is known.
    pub version: Option<String>,
    /// One point a bucket, oldest first.
    pub points: Vec<Point>,
}

/// A field of the facet that is compared as a whole.
pub(crate) fn text(item: &Item, field: &str) -> Result<Option<String>> {
    let column = item.pinned.lens().view().column(Facet::Package, field).map_err(|error| from_query(error.into()))?;
    Ok(column.at(item.id, item.pinned.at).and_then(|value| value.as_str().map(str::to_owned)))
}

pub(crate) fn internal(item: &Item) -> Result<Option<bool>> {
    let column = item.pinned.lens().view().column(Facet::Package, "internal").map_err(|error| from_query(error.into()))?;
    Ok(column.at(item.id, item.pinned.at).and_then(|value| value.as_bool()))
}

pub(crate) fn newest(item: &Item) -> Result<Option<String>> {
    let (lens, at) = (item.pinned.lens(), item.pinned.at);
    let Some(known) = registries(lens, at).package(lens, item.id).map_err(from_query)? else { return Ok(None) };
    Ok(latest(&known, at))
}

pub(crate) fn newest_published(item: &Item) -> Result<Option<DateTime>> {
    Ok(package::latest_published(item.pinned.lens(), item.id, item.pinned.at).map_err(from_query)?.map(DateTime))
}

/// Who uses it: counts only.
pub(crate) fn usage<T>(item: &Item, read: impl FnOnce(Option<&Use>) -> T) -> Result<T> {
    let lens = item.pinned.lens();
    let registries = registries(lens, item.pinned.at);
    let table = registries.table(lens).map_err(from_query)?;
    Ok(read(table.packages.get(&item.id)))
}

pub(crate) fn outdated(item: &Item) -> Result<Option<Outdatedness>> {
    usage(item, |of| of.map(|of| Outdatedness::from(&of.figures)))
}

pub(crate) fn versions_in_use(item: &Item) -> Result<Vec<VersionCount>> {
    let mut counts: Vec<VersionCount> = usage(item, |of| {
        let versions = of.into_iter().flat_map(|of| &of.versions);
        versions.map(|(version, count)| VersionCount { version: version.clone(), count: *count }).collect()
    })?;
    counts.sort_by_key(|version| std::cmp::Reverse(version.count));
    item.pinned.present.budget.charge(counts.len())?;
    Ok(counts)
}

pub(crate) fn versions(item: &Item, first: Option<i32>, after: Option<&str>) -> Result<PackageVersionConnection> {
    let after = after.map(|after| Cursor::decode(list::VERSIONS, after)).transpose().map_err(from_query)?;
    let all = package::versions(item.pinned.lens(), item.id, item.pinned.at).map_err(from_query)?;
    let start = match after {
        Some(cursor) => {
            let found = all.iter().position(|version| version.version == cursor.path);
            found.ok_or_else(|| from_query(crate::query::Error::Cursor(cursor.encode())))? + 1
        }
        None => 0,
    };
    let total = all.len();
    let range = window(total, start, page_size(first)?);
    item.pinned.present.budget.charge(range.len())?;
    let (has_previous, has_next) = (range.start > 0, range.end < total);
    let page = &all[range];
    let cursor = |version: &package::VersionAt| Cursor {
        path: version.version.clone(),
        ..Cursor::of_entity(list::VERSIONS, item.pinned.at, item.id)
    };
    let cursors = page.iter().map(cursor).collect();
    let node = |version: &package::VersionAt| PackageVersion {
        version: version.version.clone(),
        published_at: version.published.map(DateTime),
        deprecated: version.deprecated.clone(),
        latest: version.is_latest,
        uses_count: version.uses,
    };
    let nodes = page.iter().map(node).collect();
    let hint = item.pinned.lens().hint(item.pinned.at).map_err(from_query)?;
    Ok(PackageVersionConnection { page: Rendered { total, has_previous, has_next, nodes, cursors, hint } })
}

pub(crate) fn cycles(item: &Item) -> Result<Vec<ReleaseCycle>> {
    let cycles = package::cycles(item.pinned.lens(), item.id, item.pinned.at).map_err(from_query)?;
    item.pinned.present.budget.charge(cycles.len())?;
    let cycle = |of: package::CycleAt| {
        let (state, end_of_life) = support(of.support);
        let released = of.cycle.released.map(DateTime);
        ReleaseCycle { name: of.name, released, end_of_life, state, lts: of.cycle.lts, latest: of.cycle.latest, uses_count: of.uses }
    };
    Ok(cycles.into_iter().map(cycle).collect())
}

pub(crate) fn versions_over_time(item: &Item, from: Date, to: Date, every: Interval, first: i32) -> Result<Vec<VersionSeries>> {
    let present = &item.pinned.present;
    let first = page_size(Some(first))?;
    // Nothing is shown beyond the moment that all of this is about.
    let end: Instant = item.pinned.at;
    let zone = present.lens.view().zone();
    let buckets = series::buckets(from.0, to.0, every.into(), &zone, end).map_err(from_query)?;
    // The history of each use is read.
    present.budget.charge(EFFORT_OF_USES)?;
    let found = package::versions_over_time(&present.lens, item.id, &buckets, end, first).map_err(from_query)?;
    present.budget.charge(found.len() * buckets.len())?;
    let earliest = present.lens.earliest().map_err(from_query)?;
    let one = |series: package::VersionSeries| VersionSeries {
        version: series.version,
        points: buckets
            .iter()
            .zip(series.counts)
            .map(|(bucket, count)| {
                let known = earliest.is_some_and(|earliest| earliest < bucket.to);
                #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
                let value = known.then_some(count as f64);
                point(bucket, value, None)
            })
            .collect(),
    };
    Ok(found.into_iter().map(one).collect())
}
