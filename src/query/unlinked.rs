//! What is said of things that nobody is known to be: the first list that a new user works off.

use crate::catalog::identity::{Candidate, Finder};
use crate::model::{EntityId, Facet, Instant, Kind};
use crate::query::{Error, Lens};
use crate::store::view::{Unlinked, View};
use crate::store::{self};

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
    let candidates = candidates(lens.view(), &[])?;
    let finder = Finder::new(&candidates, None);
    Ok(ids.into_iter().map(|id| finder.guesses(id).into_iter().map(|candidate| candidate.id).collect()).collect())
}

/// Everything that a project, a workload or the like may belong to, with what these annotations name.
///
/// # Errors
/// If the store cannot be read.
pub fn candidates(view: &View, annotations: &[&str]) -> Result<Vec<Candidate>, store::Error> {
    let mut candidates = Vec::new();
    for kind in [Kind::Service, Kind::Repository] {
        for id in view.entities(kind).iter().copied() {
            if !view.is_defined(id, Instant::MAX)? {
                continue;
            }
            let reference = view.ref_at(id, Instant::MAX)?;
            let mut annotated = Vec::new();
            if !annotations.is_empty() {
                let entries = view.entries(id, Facet::General, "annotations", Instant::MAX)?;
                annotated.extend(annotations.iter().filter_map(|name| entries.get(*name)?.0.as_str().map(str::to_owned)));
            }
            let repository = view.column(Facet::General, "repository")?.at(id, Instant::MAX).and_then(|value| value.as_str()?.parse().ok());
            candidates.push(Candidate { id, reference, annotated, repository });
        }
    }
    Ok(candidates)
}
