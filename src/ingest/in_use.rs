//! Which packages are in use: what the packages collector is told to ask about.

use std::collections::{BTreeMap, BTreeSet};

use crate::collect::packages::Used;
use crate::model::body::{PackageUse, package_of_key};
use crate::model::{Facet, Instant, Kind};
use crate::store::Store;

/// Every package that something uses now, with the exact versions.
#[must_use]
pub fn in_use(store: &Store) -> Vec<Used> {
    let view = store.view();
    let mut used: BTreeMap<(String, String), BTreeSet<String>> = BTreeMap::new();
    for kind in [Kind::Service, Kind::Repository] {
        for id in view.entities(kind).iter().copied() {
            // What cannot be read now is asked about another day.
            if !view.exists(id, Instant::MAX).unwrap_or(false) {
                continue;
            }
            for (key, (value, _)) in view.entries(id, Facet::Dependencies, "packages", Instant::MAX).unwrap_or_default() {
                let Some(package) = package_of_key(&key) else { continue };
                let Some((ecosystem, name)) = package.name().split_once('/') else { continue };
                let found: PackageUse = serde_json::from_value(value).unwrap_or_default();
                used.entry((ecosystem.to_owned(), name.to_owned())).or_default().extend(found.versions);
            }
        }
    }
    used.into_iter().map(|((ecosystem, name), versions)| Used { ecosystem, name, versions }).collect()
}
