//! Edges between entities, both ways, at a moment: packages and who uses them, relations, teams and their people.

use serde_json::Value;

use crate::model::body::{PackageUse, package_of_key};
use crate::model::{EntityId, EntityRef, Facet, FieldPath, Instant};
use crate::query::lens::Known;
use crate::query::page::compare_folded;
use crate::query::{Error, Lens};
use crate::store::view::Mention;

/// An entity uses a package by one of its manifests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackageUseAt {
    /// Who uses it.
    pub user: EntityId,
    /// What is used.
    pub package: EntityRef,
    /// The path of the manifest or lockfile.
    pub manifest: String,
    /// How.
    pub usage: PackageUse,
    /// Since when exactly like this.
    pub since: Instant,
}

impl PackageUseAt {
    /// The key within the facet `dependencies`.
    #[must_use]
    pub fn key(&self) -> String {
        format!("{}#{}", self.manifest, self.package.name())
    }
}

/// Who uses a package at `at`, by the user's name, then manifest. With `version` only uses of exactly it.
///
/// # Errors
/// If the store cannot be read.
pub fn dependents(lens: &Lens, package: EntityId, version: Option<&str>, at: Instant) -> Result<Vec<PackageUseAt>, Error> {
    let mut uses = Vec::new();
    for mention in mentions_of(lens, package, at)? {
        if mention.path.facet != Facet::Dependencies || mention.path.field != "packages" {
            continue;
        }
        let Some(key) = mention.path.key.as_deref() else { continue };
        let Some(value) = lens.view().value(mention.source, &mention.path, at)? else { continue };
        if let Some(usage) = package_use(mention.source, key, value, mention.since)
            && version.is_none_or(|version| usage.usage.versions.iter().any(|used| used == version))
        {
            uses.push(usage);
        }
    }
    sort_by_name(lens, at, uses, |usage| usage.user, |a, b| a.manifest.cmp(&b.manifest))
}

/// The packages that an entity uses at `at`, by manifest, then package.
///
/// # Errors
/// If the store cannot be read.
pub fn packages(lens: &Lens, user: EntityId, at: Instant) -> Result<Vec<PackageUseAt>, Error> {
    if !lens.exists(user, at)? {
        return Ok(Vec::new());
    }
    let entries = lens.view().entries(user, Facet::Dependencies, "packages", at)?;
    Ok(entries.into_iter().filter_map(|(key, (value, since))| package_use(user, &key, value, since)).collect())
}

fn package_use(user: EntityId, key: &str, value: Value, since: Instant) -> Option<PackageUseAt> {
    let package = package_of_key(key)?;
    let (manifest, _) = key.rsplit_once('#')?;
    Some(PackageUseAt { user, package, manifest: manifest.to_owned(), usage: serde_json::from_value(value).unwrap_or_default(), since })
}

/// An edge of the facet `relations`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relation {
    /// The entity at the other end.
    pub entity: EntityId,
    /// `dependsOn`, `providesApis` or `consumesApis`, as the entity that states it says.
    pub relation: String,
    /// The ref by which it is named.
    pub named: String,
    /// Since when.
    pub since: Instant,
}

/// What an entity relates to at `at`, by relation, then name.
///
/// # Errors
/// If the store cannot be read.
pub fn uses(lens: &Lens, id: EntityId, at: Instant) -> Result<Vec<Relation>, Error> {
    let mut relations = Vec::new();
    if !lens.exists(id, at)? {
        return Ok(relations);
    }
    for relation in ["dependsOn", "providesApis", "consumesApis"] {
        for (named, (_, since)) in lens.view().entries(id, Facet::Relations, relation, at)? {
            if let Some((entity, _)) = lens.resolve(&named, at)? {
                relations.push(Relation { entity, relation: relation.to_owned(), named, since });
            }
        }
    }
    Ok(relations)
}

/// Who relates to an entity at `at`, by any of its names, by the other's name.
///
/// # Errors
/// If the store cannot be read.
pub fn used_by(lens: &Lens, id: EntityId, at: Instant) -> Result<Vec<Relation>, Error> {
    let relations = mentions_of(lens, id, at)?
        .into_iter()
        .filter(|mention| mention.path.facet == Facet::Relations)
        .map(|Mention { source, path: FieldPath { field, key, .. }, since }| Relation {
            entity: source,
            relation: field,
            named: key.unwrap_or_default(),
            since,
        })
        .collect();
    sort_by_name(lens, at, relations, |relation: &Relation| relation.entity, |a, b| a.relation.cmp(&b.relation))
}

/// Entities that name this one in a general field at `at`: the members and children of a team, the parts of a system.
/// Of owners only the first counts, unless `any_owner`.
///
/// # Errors
/// If the store cannot be read.
pub fn named_in(lens: &Lens, id: EntityId, field: Known, any_owner: bool, at: Instant) -> Result<Vec<EntityId>, Error> {
    let mut sources = Vec::new();
    for mention in mentions_of(lens, id, at)? {
        if mention.path.facet != Facet::General || mention.path.field != field.field() {
            continue;
        }
        if field == Known::Owner && !any_owner && lens.owner(mention.source, at)? != Some(id) {
            continue;
        }
        sources.push(mention.source);
    }
    let mut sources = sort_by_name(lens, at, sources, |id| *id, Ord::cmp)?;
    sources.dedup();
    Ok(sources)
}

/// The workloads in which a service runs at `at`, by name.
///
/// # Errors
/// If the store cannot be read.
pub fn workloads(lens: &Lens, service: EntityId, at: Instant) -> Result<Vec<EntityId>, Error> {
    let mut found = Vec::new();
    for key in lens.view().entries(service, Facet::Kubernetes, "workloads", at)?.into_keys() {
        found.extend(lens.resolve(&key, at)?.map(|(id, _)| id));
    }
    sort_by_name(lens, at, found, |id| *id, Ord::cmp)
}

/// The workloads that a cluster holds at `at`, by name.
///
/// # Errors
/// If the store cannot be read.
pub fn held_by_cluster(lens: &Lens, cluster: EntityId, at: Instant) -> Result<Vec<EntityId>, Error> {
    let mentions = mentions_of(lens, cluster, at)?.into_iter();
    let held = mentions.filter(|mention| mention.path.facet == Facet::Kubernetes && mention.path.field == "cluster");
    sort_by_name(lens, at, held.map(|mention| mention.source).collect(), |id| *id, Ord::cmp)
}

/// The service that runs in a workload at `at`; the first by name, if several say so.
///
/// # Errors
/// If the store cannot be read.
pub fn runs_in(lens: &Lens, workload: EntityId, at: Instant) -> Result<Option<EntityId>, Error> {
    let mentions = mentions_of(lens, workload, at)?;
    let services = mentions.into_iter().filter(|mention| mention.path.facet == Facet::Kubernetes && mention.path.field == "workloads");
    Ok(sort_by_name(lens, at, services.map(|mention| mention.source).collect(), |id| *id, Ord::cmp)?.into_iter().next())
}

/// Mentions at `at` of any ref that means the entity then, by entities that exist then.
pub(crate) fn mentions_of(lens: &Lens, id: EntityId, at: Instant) -> Result<Vec<Mention>, Error> {
    let mut mentions = Vec::new();
    for reference in lens.refs_ever(id)? {
        if lens.resolve(&reference.to_string(), at)?.is_some_and(|(holder, _)| holder == id) {
            for mention in lens.view().mentions(&reference, at)? {
                if lens.exists(mention.source, at)? {
                    mentions.push(mention);
                }
            }
        }
    }
    Ok(mentions)
}

fn sort_by_name<T>(
    lens: &Lens,
    at: Instant,
    items: Vec<T>,
    entity: impl Fn(&T) -> EntityId,
    then: impl Fn(&T, &T) -> std::cmp::Ordering,
) -> Result<Vec<T>, Error> {
    let mut named = Vec::with_capacity(items.len());
    for item in items {
        named.push((lens.name(entity(&item), at)?, item));
    }
    named.sort_by(|(a, left), (b, right)| {
        compare_folded(a.name(), b.name()).then_with(|| entity(left).cmp(&entity(right))).then_with(|| then(left, right))
    });
    Ok(named.into_iter().map(|(_, item)| item).collect())
}
