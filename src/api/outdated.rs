//! How far packages in use are behind, as GraphQL types.

use std::sync::Arc;

use async_graphql::{InputObject, Object, Result, SimpleObject};

use crate::api::connection::{connection, list};
use crate::api::entity::{Entity, Item, package_uses};
use crate::api::error::from_query;
use crate::api::limits::page_size;
use crate::api::present::{Pinned, Present};
use crate::api::scalar::{Behind, DateTime, Direction, OutdatedBy, PackageUseOrderField, Severity, SupportState};
use crate::model::{Instant, body};
use crate::query::judge::{Assessment, EndOfLife, Figures};
use crate::query::outdated::{Joined, groups, registries};
use crate::query::page::compare_folded;
use crate::query::{Cursor, graph, package};

/// How far packages are behind at a moment. A use is a package in one manifest; what is not known is counted as such.
#[derive(SimpleObject, Clone)]
pub struct Outdatedness {
    /// All uses.
    pub packages: usize,
    /// Uses of which it is known how far they are behind: current, patch, minor and major.
    pub known: usize,
    /// Uses of which it is not known how far they are behind.
    pub unknown: usize,
    /// Uses of the newest version, or a newer one.
    pub current: usize,
    /// Uses that are a patch behind.
    pub patch: usize,
    /// Uses that are a minor version behind.
    pub minor: usize,
    /// Uses that are a major version behind.
    pub major: usize,
    /// Uses that are behind: patch, minor and major.
    pub outdated: usize,
    /// Outdated uses among the known ones, from 0 to 1; null if none is known.
    pub share: Option<f64>,
    /// Years between the publication of what is used and of the newest version, summed over the uses of which it is
    /// known; null if it is known of none.
    pub libyears: Option<f64>,
    /// Uses of a version with a published weakness; null if no registry was asked about any of them.
    pub vulnerable: Option<usize>,
    /// Uses of a package, or a version, that should not be used any more; null if no registry was asked about any of them.
    pub deprecated: Option<usize>,
    /// Uses of a runtime or base image out of support; null if of none it is known.
    pub end_of_life: Option<usize>,
}

impl From<&Figures> for Outdatedness {
    fn from(figures: &Figures) -> Self {
        let asked = |count: usize| (figures.asked > 0).then_some(count);
        Self {
            packages: figures.packages,
            known: figures.known(),
            unknown: figures.packages - figures.known(),
            current: figures.current,
            patch: figures.patch,
            minor: figures.minor,
            major: figures.major,
            outdated: figures.outdated(),
            share: figures.share(),
            libyears: figures.libyears(),
            vulnerable: asked(figures.vulnerable),
            deprecated: asked(figures.deprecated),
            end_of_life: (figures.supported > 0).then_some(figures.end_of_life),
        }
    }
}

/// How far the packages of a service or repository are behind.
pub(crate) fn of(item: &Item, include_transitive: bool) -> Result<Option<Outdatedness>> {
    let lens = item.pinned.lens();
    if !lens.exists(item.id, item.pinned.at).map_err(from_query)? {
        return Ok(None);
    }
    let usage = registries(lens, item.pinned.at).usage(lens, item.id).map_err(from_query)?;
    item.pinned.present.budget.charge(1)?;
    Ok(usage.map(|usage| Outdatedness::from(if include_transitive { &usage.all } else { &usage.direct })))
}

/// How far the packages of a group are behind.
#[derive(SimpleObject)]
pub struct OutdatedGroup {
    /// The owner or system; null for the whole, and for what has none.
    pub entity: Option<Entity>,
    /// Services and repositories with packages.
    pub count: usize,
    /// How far their packages are behind.
    pub outdated: Outdatedness,
}

pub(crate) fn by_group(
    present: &Arc<Present>,
    by: OutdatedBy,
    of: Option<&str>,
    include_transitive: bool,
    first: i32,
    at: Instant,
) -> Result<Vec<OutdatedGroup>> {
    let first = page_size(Some(first))?;
    let of = of.map(|of| present.entity(of, at)).transpose()?;
    let mut found = groups(&present.lens, by.into(), of, at).map_err(from_query)?;
    found.truncate(first);
    present.budget.charge(found.len())?;
    let pinned = present.pin(at);
    let group = |group: crate::query::outdated::Group| OutdatedGroup {
        entity: group.entity.and_then(|id| Entity::new(&pinned, id)),
        count: group.count,
        outdated: Outdatedness::from(if include_transitive { &group.usage.all } else { &group.usage.direct }),
    };
    Ok(found.into_iter().map(group).collect())
}

/// A published weakness of a package.
#[derive(SimpleObject, Clone)]
pub struct Advisory {
    /// Its id.
    pub id: String,
    /// One line.
    pub summary: Option<String>,
    /// How severe it is; null if that is not known.
    pub severity: Option<Severity>,
    /// CVSS base score, from 0 to 10.
    pub score: Option<f64>,
    /// Other ids, such as the CVE.
    pub aliases: Vec<String>,
    /// When it was published.
    pub published_at: Option<DateTime>,
    /// Versions in use that it affects, in the ecosystem's order; of a use, those of its versions.
    pub affected: Vec<String>,
    /// The first version after each affected range.
    pub fixed: Vec<String>,
}

impl Advisory {
    pub(crate) fn new(id: String, advisory: body::Advisory) -> Self {
        let body::Advisory { summary, severity, score, aliases, at, affected, fixed } = advisory;
        let severity = severity.and_then(|word| Severity::from_word(&word));
        Self { id, summary, severity, score, aliases, published_at: at.map(DateTime), affected, fixed }
    }
}

/// The support of a release cycle at a moment.
#[derive(SimpleObject, Clone)]
pub struct Support {
    /// The name of the cycle.
    pub cycle: String,
    /// Whether it gets security fixes at the moment.
    pub state: SupportState,
    /// When security support ends or ended, if that is known.
    pub date: Option<DateTime>,
}

pub(crate) fn support(end: EndOfLife) -> (SupportState, Option<DateTime>) {
    match end {
        EndOfLife::Past(end) => (SupportState::Ended, Some(DateTime(end))),
        EndOfLife::Soon(end) => (SupportState::Ending, Some(DateTime(end))),
        EndOfLife::Supported(end) => (SupportState::Supported, end.map(DateTime)),
        EndOfLife::Unknown => (SupportState::Unknown, None),
    }
}

/// What packages of an entity are sorted by.
#[derive(InputObject, Default)]
pub struct PackageUseOrder {
    /// The value that is compared.
    #[graphql(default)]
    pub field: PackageUseOrderField,
    /// The direction.
    #[graphql(default)]
    pub direction: Direction,
}

/// Which of an entity's packages are wanted.
#[derive(Default)]
pub(crate) struct Wanted {
    pub(crate) direct: Option<bool>,
    pub(crate) text: Option<String>,
    pub(crate) outdated: bool,
    pub(crate) vulnerable: bool,
    pub(crate) deprecated: bool,
    pub(crate) end_of_life: bool,
    pub(crate) behind: Option<Vec<Behind>>,
}

impl Wanted {
    /// Whether it takes a look into the registry's answers.
    fn is_judged(&self) -> bool {
        self.outdated || self.vulnerable || self.deprecated || self.end_of_life || self.behind.is_some()
    }

    fn wants_use(&self, usage: &graph::PackageUseAt) -> bool {
        self.direct.is_none_or(|direct| usage.usage.direct == Some(direct))
            && self.text.as_ref().is_none_or(|text| usage.package.name().to_lowercase().contains(&text.to_lowercase()))
    }

    fn wants(&self, assessment: &Assessment) -> bool {
        let behind = assessment.behind;
        (!self.outdated || behind.is_some_and(|behind| behind != crate::query::judge::Behind::Current))
            && (!self.vulnerable || !assessment.advisories.is_empty())
            && (!self.deprecated || assessment.deprecated.is_some())
            && (!self.end_of_life || assessment.support.as_ref().is_some_and(|(_, end)| matches!(end, EndOfLife::Past(_))))
            && self.behind.as_ref().is_none_or(|wanted| behind.is_some_and(|behind| wanted.contains(&behind.into())))
    }
}

/// The packages of an entity, as wanted.
pub(crate) fn packages(
    item: &Item,
    wanted: &Wanted,
    order: Option<PackageUseOrder>,
    first: Option<i32>,
    after: Option<&str>,
) -> Result<PackageUseConnection> {
    let (lens, at) = (item.pinned.lens(), item.pinned.at);
    let PackageUseOrder { field, direction } = order.unwrap_or_default();
    let after = after.map(|after| Cursor::decode(list::PACKAGES, after)).transpose().map_err(from_query)?;
    let mut uses = graph::packages(lens, item.id, at).map_err(from_query)?;
    uses.retain(|usage| wanted.wants_use(usage));
    let is_judged = wanted.is_judged() || matches!(field, PackageUseOrderField::Behind | PackageUseOrderField::Libyears);
    if is_judged {
        let registries = registries(lens, at);
        let joined: std::result::Result<Vec<Joined>, _> = uses.into_iter().map(|usage| registries.join(lens, usage)).collect();
        let mut joined = joined.map_err(from_query)?;
        joined.retain(|one| wanted.wants(&one.assessment));
        sort(&mut joined, field, direction);
        uses = joined.into_iter().map(|one| one.usage).collect();
    } else {
        let turned = direction == Direction::Desc;
        match field {
            PackageUseOrderField::Name => uses.sort_by(|a, b| {
                let order = compare_folded(a.package.name(), b.package.name());
                (if turned { order.reverse() } else { order }).then_with(|| a.manifest.cmp(&b.manifest))
            }),
            _ if turned => uses.reverse(),
            _ => {}
        }
    }
    let start = match after {
        Some(cursor) => {
            let is_it = |usage: &graph::PackageUseAt| usage.key() == cursor.path;
            uses.iter().position(is_it).ok_or_else(|| from_query(crate::query::Error::Cursor(cursor.encode())))? + 1
        }
        None => 0,
    };
    package_uses(&item.pinned, uses, start, page_size(first)?, list::PACKAGES)
}

/// They come by manifest, then name, and stay so where they are equal.
fn sort(joined: &mut [Joined], field: PackageUseOrderField, direction: Direction) {
    let turned = direction == Direction::Desc;
    let number = |one: &Joined| match field {
        PackageUseOrderField::Behind => one.assessment.behind.map(|behind| f64::from(behind as u8)),
        _ => one.assessment.libyears,
    };
    match field {
        PackageUseOrderField::Behind | PackageUseOrderField::Libyears => joined.sort_by(|a, b| match (number(a), number(b)) {
            (Some(a), Some(b)) if turned => b.total_cmp(&a),
            (Some(a), Some(b)) => a.total_cmp(&b),
            (a, b) => b.is_some().cmp(&a.is_some()),
        }),
        PackageUseOrderField::Name => joined.sort_by(|a, b| {
            let order = compare_folded(a.usage.package.name(), b.usage.package.name());
            if turned { order.reverse() } else { order }
        }),
        PackageUseOrderField::Manifest if turned => joined.reverse(),
        PackageUseOrderField::Manifest => {}
    }
}

/// A package as one manifest or lockfile uses it.
#[derive(Clone)]
pub struct PackageUse {
    pub(crate) pinned: Arc<Pinned>,
    pub(crate) usage: graph::PackageUseAt,
}

impl PackageUse {
    fn joined(&self) -> Result<Joined> {
        let lens = self.pinned.lens();
        registries(lens, self.pinned.at).join(lens, self.usage.clone()).map_err(from_query)
    }

    fn assessment(&self) -> Result<Arc<Assessment>> {
        Ok(self.joined()?.assessment)
    }
}

/// A package as one manifest or lockfile uses it. Of several versions the one that is furthest behind tells.
#[Object]
impl PackageUse {
    /// The package.
    async fn package(&self) -> Result<Option<Entity>> {
        let found = self.pinned.lens().resolve(&self.usage.package.to_string(), self.pinned.at).map_err(from_query)?;
        Ok(found.and_then(|(id, _)| Entity::new(&self.pinned, id)))
    }

    /// The package's name, `ecosystem/name`.
    async fn name(&self) -> &str {
        self.usage.package.name()
    }

    /// Who uses it.
    async fn user(&self) -> Option<Entity> {
        Entity::new(&self.pinned, self.usage.user)
    }

    /// Path of the manifest or lockfile.
    async fn manifest(&self) -> &str {
        &self.usage.manifest
    }

    /// Exact versions; a lockfile may hold several. Empty if only a requirement is known.
    async fn versions(&self) -> &[String] {
        &self.usage.usage.versions
    }

    /// As declared in the manifest: `^4.18`.
    async fn requirement(&self) -> Option<&str> {
        self.usage.usage.requirement.as_deref()
    }

    /// runtime, development, build, optional, peer or test.
    async fn scope(&self) -> Option<&str> {
        self.usage.usage.scope.as_deref()
    }

    /// Declared by the project itself (true) or brought in by another package (false); null if the file cannot tell.
    async fn direct(&self) -> Option<bool> {
        self.usage.usage.direct
    }

    /// Since when exactly like this.
    async fn since(&self) -> DateTime {
        DateTime(self.usage.since)
    }

    /// The newest stable version at the moment, of a supported runtime that of its cycle; null if no registry was asked.
    async fn latest(&self) -> Result<Option<String>> {
        Ok(self.assessment()?.latest.clone())
    }

    /// How far it is behind the newest stable version, see `Behind`; null if that is not known.
    async fn behind(&self) -> Result<Option<Behind>> {
        Ok(self.assessment()?.behind.map(Behind::from))
    }

    /// Stable versions published since, the newest included; null if that is not known.
    async fn releases_behind(&self) -> Result<Option<u32>> {
        Ok(self.assessment()?.releases_behind)
    }

    /// Years between the publication of the version and of the newest one; null if that is not known.
    async fn libyears(&self) -> Result<Option<f64>> {
        Ok(self.assessment()?.libyears)
    }

    /// Why the package, or a version that is used, should not be used any more.
    async fn deprecated(&self) -> Result<Option<String>> {
        Ok(self.assessment()?.deprecated.clone())
    }

    /// Published weaknesses, known at the moment, of the versions that are used; null if no registry was asked.
    async fn advisories(&self) -> Result<Option<Vec<Advisory>>> {
        let joined = self.joined()?;
        let (Some(id), true) = (joined.package, joined.assessment.asked) else { return Ok(None) };
        if joined.assessment.advisories.is_empty() {
            return Ok(Some(Vec::new()));
        }
        let known = package::advisories(self.pinned.lens(), id, self.pinned.at).map_err(from_query)?;
        let those = known.into_iter().filter(|(id, _)| joined.assessment.advisories.contains(id));
        let narrowed = those.map(|(id, mut advisory)| {
            advisory.affected.retain(|version| joined.usage.usage.versions.contains(version));
            Advisory::new(id, advisory)
        });
        Ok(Some(narrowed.collect()))
    }

    /// Of a runtime or base image: the support of the release cycle that is used; null if that is not known.
    async fn end_of_life(&self) -> Result<Option<Support>> {
        Ok(self.assessment()?.support.clone().map(|(cycle, end)| {
            let (state, date) = support(end);
            Support { cycle, state, date }
        }))
    }
}

connection!(
    /// Uses of packages.
    PackageUseConnection, PackageUseEdge, PackageUse
);
