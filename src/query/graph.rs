//! Edges between entities, both ways, at a moment: packages and who uses them, relations, teams and their people.

use std::collections::BTreeMap;

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
    /// `dependsOn`, `providesApis`, `consumesApis` or `publishes`, as the entity that states it says; `uses` where one
    /// uses a package that the other publishes.
    pub relation: String,
    /// The ref by which it is named; of `uses` that of the package.
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
    for relation in ["dependsOn", "providesApis", "consumesApis", "publishes"] {
        for (named, (_, since)) in lens.view().entries(id, Facet::Relations, relation, at)? {
            if let Some((entity, _)) = lens.resolve(&named, at)? {
                relations.push(Relation { entity, relation: relation.to_owned(), named, since });
            }
        }
    }
    let through = suppliers(lens, id, at)?.into_iter().map(|(package, of)| Relation {
        entity: of.publisher,
        relation: "uses".to_owned(),
        named: package.to_string(),
        since: of.since,
    });
    relations.extend(through);
    Ok(relations)
}

/// Who relates to an entity at `at`, by any of its names, by the other's name.
///
/// # Errors
/// If the store cannot be read.
pub fn used_by(lens: &Lens, id: EntityId, at: Instant) -> Result<Vec<Relation>, Error> {
    let mut relations: Vec<Relation> = mentions_of(lens, id, at)?
        .into_iter()
        .filter(|mention| mention.path.facet == Facet::Relations)
        .map(|Mention { source, path: FieldPath { field, key, .. }, since }| Relation {
            entity: source,
            relation: field,
            named: key.unwrap_or_default(),
            since,
        })
        .collect();
    for usage in users(lens, id, at)? {
        let named = usage.usage.package.to_string();
        relations.push(Relation { entity: usage.usage.user, relation: "uses".to_owned(), named, since: usage.since });
    }
    // Several manifests may use the same.
    relations.sort_by(|a, b| (a.entity, &a.relation, &a.named, a.since).cmp(&(b.entity, &b.relation, &b.named, b.since)));
    relations.dedup_by(|later, first| (later.entity, &later.relation, &later.named) == (first.entity, &first.relation, &first.named));
    sort_by_name(lens, at, relations, |relation: &Relation| relation.entity, |a, b| a.relation.cmp(&b.relation))
}

/// A publisher of a package that another uses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Supply {
    /// Who publishes it.
    pub publisher: EntityId,
    /// The package.
    pub package: EntityId,
    /// The key in the facet `dependencies` of who uses it.
    pub key: String,
    /// The ref by which the publisher names it.
    pub named: String,
    /// Since when both hold.
    pub since: Instant,
}

/// Who publishes a package at `at`: by the manifests that name it.
///
/// # Errors
/// If the store cannot be read.
pub fn publishers(lens: &Lens, package: EntityId, at: Instant) -> Result<Vec<Mention>, Error> {
    let mut found = Vec::new();
    for reference in lens.refs_ever(package)? {
        let mentions = lens.view().mentions_in(&reference, Facet::Relations, "publishes", at)?;
        if !mentions.is_empty() && lens.resolve(&reference.to_string(), at)?.is_some_and(|(holder, _)| holder == package) {
            found.extend(mentions);
        }
    }
    Ok(found)
}

/// Who publishes the packages that an entity needs itself: not those that others bring along.
///
/// # Errors
/// If the store cannot be read.
pub fn suppliers(lens: &Lens, user: EntityId, at: Instant) -> Result<Vec<(EntityRef, Supply)>, Error> {
    let mut found = Vec::new();
    let mut known: BTreeMap<EntityRef, (Option<EntityId>, Vec<Mention>)> = BTreeMap::new();
    for (key, (value, since)) in lens.view().entries(user, Facet::Dependencies, "packages", at)? {
        let Some(name) = package_of_key(&key).filter(|_| value.get("direct").and_then(Value::as_bool) != Some(false)) else { continue };
        if !known.contains_key(&name) {
            let package = lens.resolve(&name.to_string(), at)?.map(|(package, _)| package);
            let publishers = package.map(|package| publishers(lens, package, at)).transpose()?.unwrap_or_default();
            known.insert(name.clone(), (package, publishers));
        }
        let Some((Some(package), publishers)) = known.get(&name) else { continue };
        for Mention { source, path, since: published } in publishers.iter().filter(|mention| mention.source != user) {
            let named = path.key.clone().unwrap_or_default();
            let since = since.max(*published);
            found.push((name.clone(), Supply { publisher: *source, package: *package, key: key.clone(), named, since }));
        }
    }
    Ok(found)
}

/// A use of a package that another publishes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UseOfPublished {
    /// The use.
    pub usage: PackageUseAt,
    /// The package.
    pub package: EntityId,
    /// The ref by which the publisher names it.
    pub named: String,
    /// Since when both hold.
    pub since: Instant,
}

/// Who needs the packages that an entity publishes: not those who only get them along with others.
///
/// # Errors
/// If the store cannot be read.
pub fn users(lens: &Lens, publisher: EntityId, at: Instant) -> Result<Vec<UseOfPublished>, Error> {
    let mut found = Vec::new();
    for (named, (_, published)) in lens.view().entries(publisher, Facet::Relations, "publishes", at)? {
        let Some((package, _)) = lens.resolve(&named, at)? else { continue };
        for usage in dependents(lens, package, None, at)? {
            if usage.usage.direct != Some(false) && usage.user != publisher {
                let since = usage.since.max(published);
                found.push(UseOfPublished { usage, package, named: named.clone(), since });
            }
        }
    }
    Ok(found)
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
