//! Whose something is at a moment: a team, alone or with the teams below it as they stood then.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::model::{EntityId, Facet, FieldPath, Instant, Kind};
use crate::query::Error;
use crate::query::lens::{Known, Lens, first_text};

/// A team (or person) and, if asked, its tree, for many moments at once.
///
/// Trees are computed once for each stretch in which no team was named, ended or moved.
pub struct Ownership<'l> {
    lens: &'l Lens,
    root: EntityId,
    with_tree: bool,
    moves: Vec<Instant>,
    trees: HashMap<usize, Arc<HashSet<EntityId>>>,
}

impl<'l> Ownership<'l> {
    /// Whatever `root` owns; with `with_tree` also what the teams below it own.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn new(lens: &'l Lens, root: EntityId, with_tree: bool) -> Result<Self, Error> {
        let mut moves = Vec::new();
        if with_tree {
            let (names, parents) = (lens.column(Known::Ref)?, lens.column(Known::Parent)?);
            for &team in lens.view().entities(Kind::Team).iter() {
                moves.extend(names.steps(team).iter().chain(parents.steps(team)).map(|(since, _)| *since));
            }
            moves.sort_unstable();
            moves.dedup();
        }
        Ok(Self { lens, root, with_tree, moves, trees: HashMap::new() })
    }

    /// The teams of the tree at `at`, the root among them.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn tree(&mut self, at: Instant) -> Result<Arc<HashSet<EntityId>>, Error> {
        let stretch = self.moves.partition_point(|since| *since <= at);
        if let Some(tree) = self.trees.get(&stretch) {
            return Ok(Arc::clone(tree));
        }
        let tree = Arc::new(if self.with_tree { tree(self.lens, self.root, at)? } else { HashSet::from([self.root]) });
        self.trees.insert(stretch, Arc::clone(&tree));
        Ok(tree)
    }

    /// Whether the entity belongs to the team or its tree at `at`. A team belongs to itself.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn owns(&mut self, id: EntityId, at: Instant) -> Result<bool, Error> {
        let tree = self.tree(at)?;
        if tree.contains(&id) {
            return Ok(true);
        }
        Ok(self.lens.owner(id, at)?.is_some_and(|owner| tree.contains(&owner)))
    }

    /// Whether a change counts for the team: it owned the entity when it happened. What passes from one team to
    /// another, and what ends, counts for the one that had it as well.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn counts(&mut self, id: EntityId, path: &FieldPath, at: Instant) -> Result<bool, Error> {
        if self.owns(id, at)? {
            return Ok(true);
        }
        let passes = path.facet == Facet::General && matches!(path.field.as_str(), "ref" | "owner" | "parent");
        if passes { self.owns(id, at.plus_micros(-1)) } else { Ok(false) }
    }
}

/// The teams below `root` at `at`, and itself.
fn tree(lens: &Lens, root: EntityId, at: Instant) -> Result<HashSet<EntityId>, Error> {
    let parents = lens.column(Known::Parent)?;
    let mut parent_of = HashMap::new();
    for &team in lens.view().entities(Kind::Team).iter() {
        if let Some(text) = parents.at(team, at).and_then(|value| first_text(value))
            && let Some((parent, _)) = lens.resolve(text, at)?
            && lens.exists(team, at)?
        {
            parent_of.insert(team, parent);
        }
    }
    Ok(below(root, &parent_of))
}

/// Everything whose chain of parents reaches `root`. Circles lead nowhere.
fn below(root: EntityId, parent_of: &HashMap<EntityId, EntityId>) -> HashSet<EntityId> {
    let mut tree = HashSet::from([root]);
    for &start in parent_of.keys() {
        let mut chain = Vec::new();
        let mut team = start;
        let reaches = loop {
            if tree.contains(&team) {
                break true;
            }
            if chain.contains(&team) {
                break false;
            }
            chain.push(team);
            match parent_of.get(&team) {
                Some(parent) => team = *parent,
                None => break false,
            }
        };
        if reaches {
            tree.extend(chain);
        }
    }
    tree
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_holds_what_reaches_its_root_and_circles_lead_nowhere() {
        let id = EntityId;
        let parents = HashMap::from([(id(2), id(1)), (id(3), id(2)), (id(4), id(9)), (id(5), id(6)), (id(6), id(5))]);
        assert_eq!(below(id(1), &parents), HashSet::from([id(1), id(2), id(3)]));
        assert_eq!(below(id(5), &parents), HashSet::from([id(5), id(6)]));
    }
}
