//! What is said of things that nobody is known to be: the first list that a new user works off.

use crate::catalog::identity::Finder;
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

/// For each id the entities whose names come near it, the nearest first, at most three.
///
/// # Errors
/// If the store cannot be read.
pub fn guesses<'a>(lens: &Lens, ids: impl IntoIterator<Item = &'a str>) -> Result<Vec<Vec<EntityId>>, Error> {
    let candidates = lens.view().candidates(&[])?;
    let finder = Finder::new(&candidates, None);
    Ok(ids.into_iter().map(|id| finder.guesses(id).into_iter().map(|candidate| candidate.id).collect()).collect())
}
