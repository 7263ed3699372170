//! How far packages in use are behind: the facet `dependencies` joined with the facet `package` at the moment asked.
//!
//! # Invariants
//! - All judgement is that of [`crate::quality`]; here only is found out what was in use and what was known.
//! - What is known of a package is what its registry said last at or before the moment. Before a package was first asked
//!   for, it is the first answer, of which only counts what bears a date at or before the moment.
//! - A package is judged once for each set of versions in use, however many rows use them.
//! - Unknown is counted as such: neither as current nor as behind.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, OnceLock};

use parking_lot::Mutex;

use crate::model::body::{Package, PackageUse};
use crate::model::{CommitNumber, EntityId, Facet, Instant, Kind, StreamNo};
use crate::query::graph::{self, PackageUseAt};
use crate::query::judge::{Assessment, Figures, PackageAt, Told, assess};
use crate::query::lens::{Known as Field, first_text, once};
use crate::query::page::compare_folded;
use crate::query::series::Scope;
use crate::query::{Error, Lens, quality};
use crate::store::view::Spoken;

/// How far the packages of a service or repository are behind.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Usage {
    /// The direct ones.
    pub direct: Figures,
    /// All of them.
    pub all: Figures,
}

/// Who uses a package.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Use {
    /// Manifests.
    pub uses: usize,
    /// Services and repositories.
    pub users: usize,
    /// How far the uses are behind.
    pub figures: Figures,
    /// Manifests by version; none for those of which only a requirement is known.
    pub versions: BTreeMap<Option<String>, usize>,
}

/// A package and versions of it that are used together.
type VersionsOf = (EntityId, Vec<String>);

/// The newest record that counts, and the day.
type Moment = (Instant, i64);

/// Everything in use at a moment.
#[derive(Debug, Default)]
pub struct Table {
    /// Services and repositories with packages.
    pub users: HashMap<EntityId, Arc<Usage>>,
    /// Packages in use.
    pub packages: HashMap<EntityId, Use>,
}

/// What was in use and known at one moment; shared by all who ask about it.
pub struct Registries {
    at: Instant,
    packages: Mutex<HashMap<EntityId, Option<PackageAt>>>,
    assessed: Mutex<HashMap<VersionsOf, Arc<Assessment>>>,
    users: Mutex<HashMap<EntityId, Arc<Usage>>>,
    table: OnceLock<Table>,
}

/// A package as a manifest uses it, and how far behind that is.
#[derive(Clone, Debug)]
pub struct Joined {
    /// The use.
    pub usage: PackageUseAt,
    /// The package, if it is an entity.
    pub package: Option<EntityId>,
    /// How far behind it is.
    pub assessment: Arc<Assessment>,
}

/// What the questions of a generation share.
#[derive(Default)]
pub(crate) struct Cache {
    moments: Mutex<Vec<(Moment, Arc<Registries>)>>,
    parsed: Mutex<HashMap<(StreamNo, Instant, CommitNumber), Arc<Told>>>,
}

/// Moments whose answers are kept.
const MOMENTS: usize = 6;
/// Answers of registries that are kept parsed.
const PARSED: usize = 20_000;
const DAY: i64 = 86_400_000_000;

/// What is known at `at`. Whatever the store does not tell apart is one moment: later than its newest record only days pass.
#[must_use]
pub fn registries(lens: &Lens, at: Instant) -> Arc<Registries> {
    let key = (at.min(lens.view().newest()), at.micros().div_euclid(DAY));
    let mut moments = lens.outdated.moments.lock();
    if let Some(place) = moments.iter().position(|(of, _)| *of == key) {
        let found = moments.remove(place);
        let registries = Arc::clone(&found.1);
        moments.push(found);
        return registries;
    }
    let registries = Arc::new(Registries {
        at,
        packages: Mutex::default(),
        assessed: Mutex::default(),
        users: Mutex::default(),
        table: OnceLock::new(),
    });
    if moments.len() == MOMENTS {
        moments.remove(0);
    }
    moments.push((key, Arc::clone(&registries)));
    registries
}

impl Registries {
    /// What is known of a package.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn package(&self, lens: &Lens, id: EntityId) -> Result<Option<PackageAt>, Error> {
        if let Some(package) = self.packages.lock().get(&id) {
            return Ok(package.clone());
        }
        // A past moment is read from commits and frames that hold many packages each: all of them cost little more than one.
        if self.at < lens.view().newest() && self.packages.lock().is_empty() {
            self.load(lens, &lens.view().entities(Kind::Package))?;
        } else {
            self.load(lens, &[id])?;
        }
        Ok(self.packages.lock().entry(id).or_insert(None).clone())
    }

    fn load(&self, lens: &Lens, ids: &[EntityId]) -> Result<(), Error> {
        let mut found = packages_at(lens, ids, &[self.at])?;
        let mut packages = self.packages.lock();
        for &id in ids {
            let package = found.get_mut(&id).and_then(|moments| moments[0].take());
            packages.insert(id, package);
        }
        Ok(())
    }

    /// How far a use of a package is behind.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn assessment(&self, lens: &Lens, id: EntityId, usage: &PackageUse) -> Result<Arc<Assessment>, Error> {
        let key = (id, usage.versions.clone());
        if let Some(assessment) = self.assessed.lock().get(&key) {
            return Ok(Arc::clone(assessment));
        }
        let package = self.package(lens, id)?;
        let assessment = Arc::new(package.map_or_else(Assessment::default, |package| assess(&package, &usage.versions, self.at)));
        self.assessed.lock().insert(key, Arc::clone(&assessment));
        Ok(assessment)
    }

    /// The packages of a service or repository, by manifest, then package, each with how far behind it is.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn joined(&self, lens: &Lens, user: EntityId) -> Result<Vec<Joined>, Error> {
        let mut all = Vec::new();
        for usage in graph::packages(lens, user, self.at)? {
            all.push(self.join(lens, usage)?);
        }
        Ok(all)
    }

    /// A use with how far behind it is.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn join(&self, lens: &Lens, usage: PackageUseAt) -> Result<Joined, Error> {
        let package = lens.resolve(&usage.package.to_string(), self.at)?.map(|(id, _)| id);
        let assessment = match package {
            Some(id) => self.assessment(lens, id, &usage.usage)?,
            None => Arc::default(),
        };
        Ok(Joined { usage, package, assessment })
    }

    /// How far the packages of a service or repository are behind; `None` if it has none.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn usage(&self, lens: &Lens, user: EntityId) -> Result<Option<Arc<Usage>>, Error> {
        if let Some(table) = self.table.get() {
            return Ok(table.users.get(&user).cloned());
        }
        if let Some(usage) = self.users.lock().get(&user) {
            return Ok(Some(Arc::clone(usage)).filter(|usage| usage.all.packages > 0));
        }
        let mut usage = Usage::default();
        for joined in self.joined(lens, user)? {
            add(&mut usage, &joined);
        }
        let usage = Arc::new(usage);
        self.users.lock().insert(user, Arc::clone(&usage));
        Ok(Some(usage).filter(|usage| usage.all.packages > 0))
    }

    /// Everything in use.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn table(&self, lens: &Lens) -> Result<&Table, Error> {
        once(&self.table, || {
            self.load(lens, &lens.view().entities(Kind::Package))?;
            let mut table = Table::default();
            for kind in [Kind::Service, Kind::Repository] {
                for &user in lens.view().entities(kind).iter() {
                    let joined = self.joined(lens, user)?;
                    if joined.is_empty() {
                        continue;
                    }
                    let mut usage = Usage::default();
                    let mut used: Vec<EntityId> = Vec::with_capacity(joined.len());
                    for one in &joined {
                        add(&mut usage, one);
                        let Some(package) = one.package else { continue };
                        used.push(package);
                        let of = table.packages.entry(package).or_default();
                        of.uses += 1;
                        of.figures.add(one.assessment.verdict());
                        for version in &one.usage.usage.versions {
                            *of.versions.entry(Some(version.clone())).or_default() += 1;
                        }
                        if one.usage.usage.versions.is_empty() {
                            *of.versions.entry(None).or_default() += 1;
                        }
                    }
                    used.sort_unstable();
                    used.dedup();
                    for package in used {
                        table.packages.entry(package).or_default().users += 1;
                    }
                    table.users.insert(user, Arc::new(usage));
                }
            }
            Ok(table)
        })
    }
}

fn add(usage: &mut Usage, joined: &Joined) {
    usage.all.add(joined.assessment.verdict());
    if joined.usage.usage.direct == Some(true) {
        usage.direct.add(joined.assessment.verdict());
    }
}

/// What is known of packages at each of some moments.
///
/// # Errors
/// If the store cannot be read.
pub(crate) fn packages_at(lens: &Lens, ids: &[EntityId], moments: &[Instant]) -> Result<HashMap<EntityId, Vec<Option<PackageAt>>>, Error> {
    let view = lens.view();
    let mut said = view.bodies(ids, Facet::Package, moments)?;
    let late: Vec<EntityId> =
        ids.iter().copied().filter(|id| said.get(id).is_none_or(|moments| moments.iter().any(Vec::is_empty))).collect();
    let first = view.first_bodies(&late, Facet::Package)?;
    let mut found = HashMap::with_capacity(ids.len());
    for &id in ids {
        let states = said.remove(&id);
        let first = first.get(&id);
        if states.is_none() && first.is_none() {
            continue;
        }
        let name = lens.name(id, view.newest())?;
        let ecosystem = name.ecosystem().unwrap_or_default();
        let mut packages = Vec::with_capacity(moments.len());
        for (number, &at) in moments.iter().enumerate() {
            let now = states.as_ref().map_or(&[][..], |states| &states[number]);
            let (spoken, restated) = match first {
                Some(first) if now.is_empty() && first.iter().all(|spoken| spoken.since > at) => (&first[..], true),
                _ => (now, false),
            };
            packages.push(parse(lens, spoken, ecosystem, at).map(|told| PackageAt { told, restated }));
        }
        found.insert(id, packages);
    }
    Ok(found)
}

/// The typed body of what is said: each version of a stream is parsed once.
fn parse(lens: &Lens, spoken: &[Spoken], ecosystem: &str, at: Instant) -> Option<Arc<Told>> {
    let [one] = spoken else {
        let policy = lens.view().policy(at);
        let body = (!spoken.is_empty()).then(|| quality::folded(spoken, &policy))?;
        let package: Package = serde_json::from_value(serde_json::Value::Object(body)).ok()?;
        return Some(Arc::new(Told::new(package, ecosystem)));
    };
    let key = (one.speaker.stream, one.since, one.commit);
    if let Some(told) = lens.outdated.parsed.lock().get(&key) {
        return Some(Arc::clone(told));
    }
    let told = Arc::new(Told::new(serde_json::from_str(&one.text).ok()?, ecosystem));
    let mut parsed = lens.outdated.parsed.lock();
    if parsed.len() >= PARSED {
        parsed.clear();
    }
    parsed.insert(key, Arc::clone(&told));
    Some(told)
}

/// What figures are grouped by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum By {
    /// Not at all: one group.
    Organisation,
    /// The owner.
    Owner,
    /// The system.
    System,
}

/// How far the packages of a group are behind.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// The owner or system; none for the whole, and for what has none.
    pub entity: Option<EntityId>,
    /// Services and repositories with packages.
    pub count: usize,
    /// How far their packages are behind.
    pub usage: Usage,
}

/// How far packages are behind, by group: most libyears (of the direct ones) first, then by name.
///
/// # Errors
/// If the store cannot be read.
pub fn groups(lens: &Lens, by: By, of: Option<EntityId>, at: Instant) -> Result<Vec<Group>, Error> {
    let registries = registries(lens, at);
    let table = registries.table(lens)?;
    let mut scope = Scope::of(lens, of)?;
    let mut found: BTreeMap<Option<EntityId>, Group> = BTreeMap::new();
    let mut users: Vec<_> = table.users.iter().collect();
    users.sort_unstable_by_key(|(user, _)| **user);
    for (&user, usage) in users {
        if !scope.holds(user, at)? {
            continue;
        }
        let entity = match by {
            By::Organisation => None,
            By::Owner => lens.owner(user, at)?,
            By::System => match lens.value(Field::System, user, at)?.and_then(|value| first_text(value)) {
                Some(text) => lens.resolve(text, at)?.map(|(system, _)| system),
                None => None,
            },
        };
        let group = found.entry(entity).or_insert_with(|| Group { entity, count: 0, usage: Usage::default() });
        group.count += 1;
        group.usage.direct.merge(&usage.direct);
        group.usage.all.merge(&usage.all);
    }
    let mut named = Vec::with_capacity(found.len());
    for group in found.into_values() {
        let name = group.entity.map(|entity| lens.name(entity, at)).transpose()?.map(|name| name.name().to_owned());
        named.push((name.unwrap_or_default(), group));
    }
    named.sort_by(|(a, left), (b, right)| {
        let libyears = |group: &Group| group.usage.direct.libyears().unwrap_or(-1.0);
        libyears(right).total_cmp(&libyears(left)).then_with(|| compare_folded(a, b)).then_with(|| left.entity.cmp(&right.entity))
    });
    Ok(named.into_iter().map(|(_, group)| group).collect())
}
