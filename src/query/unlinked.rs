//! What is said of things that nobody is known to be: the first list that a new user works off.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::identity::{Finder, Sought};
use crate::model::{EntityId, Kind};
use crate::query::{Error, Lens};
use crate::store::view::Unlinked;

/// Resources that are stated now and belong to no entity, by source and id; of one kind, if it is given.
///
/// # Errors
/// If the store cannot be read.
pub fn unlinked(lens: &Lens, kind: Option<Kind>) -> Result<Vec<Unlinked>, Error> {
    let mut all = lens.view().unlinked()?;
    all.retain(|resource| kind.is_none_or(|kind| resource.kind == kind));
    Ok(all)
}

/// For each of these resources the entities whose names come near it, the nearest first, at most three.
///
/// # Errors
/// If the store cannot be read.
pub fn guesses(lens: &Lens, resources: &[Unlinked]) -> Result<Vec<Vec<EntityId>>, Error> {
    let candidates = lens.view().candidates(&[])?;
    let finder = Finder::new(&candidates, None);
    let sources: BTreeSet<&str> = resources.iter().map(|resource| resource.source.as_str()).collect();
    let hints: BTreeMap<&str, _> = sources.into_iter().map(|source| (source, lens.view().hints(source))).collect();
    let near = |resource: &Unlinked| {
        let hints = hints[resource.source.as_str()].get(&resource.id).map_or(&[][..], Vec::as_slice);
        finder.guesses(&Sought { id: &resource.id, hints }).into_iter().map(|candidate| candidate.id).collect()
    };
    Ok(resources.iter().map(near).collect())
}
