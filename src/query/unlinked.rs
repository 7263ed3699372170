//! What is said of things that nobody is known to be: the first list that a new user works off.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::identity::{Finder, Sought};
use crate::model::{EntityId, Hint, Kind};
use crate::query::{Error, Lens};
use crate::store::view::Unlinked;

/// A resource, what its source calls it, and what it may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guessed {
    /// The resource.
    pub of: Unlinked,
    /// The longest of the names that its source gives it, which is its title where it has one.
    pub name: Option<String>,
    /// The entities whose names come near it, the nearest first, at most three.
    pub guesses: Vec<EntityId>,
}

impl Guessed {
    /// Its place in the list: first what may be something, by source and id, then all else.
    #[must_use]
    pub fn place(&self) -> String {
        format!("{} {}/{}", u8::from(self.guesses.is_empty()), self.of.source, self.of.id)
    }
}

/// Resources that are stated now and belong to no entity, in the order of their places; of one kind, if it is given.
///
/// # Errors
/// If the store cannot be read.
pub fn unlinked(lens: &Lens, kind: Option<Kind>) -> Result<Vec<Guessed>, Error> {
    let mut all = lens.view().unlinked()?;
    all.retain(|resource| kind.is_none_or(|kind| resource.kind == kind));
    if all.is_empty() {
        return Ok(Vec::new());
    }
    let candidates = lens.view().candidates(&[])?;
    let finder = Finder::new(&candidates, None);
    let sources: BTreeSet<String> = all.iter().map(|resource| resource.source.clone()).collect();
    let hints: BTreeMap<String, _> = sources.into_iter().map(|source| (source.clone(), lens.view().hints(&source))).collect();
    let near = |of: Unlinked| {
        let hints = hints[&of.source].get(&of.id).map_or(&[][..], Vec::as_slice);
        let names = hints.iter().filter_map(|hint| if let Hint::Name(name) = hint { Some(name) } else { None });
        let name = names.max_by_key(|name| name.len()).cloned();
        let guesses = finder.guesses(&Sought { id: &of.id, hints }).into_iter().map(|candidate| candidate.id).collect();
        Guessed { of, name, guesses }
    };
    let mut all: Vec<Guessed> = all.into_iter().map(near).collect();
    all.sort_by_cached_key(Guessed::place);
    Ok(all)
}
