//! A lockfile's packages as the writers of the formats need them: by name, with what each needs.

use crate::demo::company::lockfiles::resolve::{Direct, Pick};
use crate::demo::company::lockfiles::state::State;
use crate::demo::company::packages::{Details, Number};
use crate::demo::company::random::{Random, hash};
use crate::demo::company::{Package, Release};

/// A state, opened for writing it out.
pub(super) struct Locked<'s> {
    pub(super) state: &'s State,
    /// By line of compatible versions: the position in `nodes` plus one, or 0.
    by_slot: Vec<u16>,
    /// By name, then by version.
    pub(super) nodes: Vec<Node>,
}

/// A locked package.
pub(super) struct Node {
    pub(super) pick: Pick,
    /// Something that runs needs it.
    pub(super) for_running: bool,
    /// Something for development needs it.
    pub(super) for_development: bool,
}

impl<'s> Locked<'s> {
    pub(super) fn of(state: &'s State) -> Self {
        let universe = &state.universe;
        let mut picks: Vec<Pick> = state.picks.to_vec();
        picks.sort_by_cached_key(|pick| {
            let details = universe.details(pick.package as usize);
            (details.rank, details.numbers[pick.release as usize])
        });
        let mut by_slot = vec![0; universe.slots()];
        for (at, pick) in picks.iter().enumerate() {
            by_slot[pick.slot(universe)] = at as u16 + 1;
        }
        let nodes = picks.into_iter().map(|pick| Node { pick, for_running: false, for_development: false }).collect();
        let mut locked = Self { state, by_slot, nodes };
        for for_development in [false, true] {
            for at in locked.reachable(for_development) {
                let node = &mut locked.nodes[at];
                if for_development {
                    node.for_development = true;
                } else {
                    node.for_running = true;
                }
            }
        }
        locked
    }

    fn reachable(&self, for_development: bool) -> Vec<usize> {
        let mut seen = vec![false; self.nodes.len()];
        let mut found: Vec<usize> = Vec::with_capacity(self.nodes.len());
        for direct in self.state.directs.iter().filter(|direct| direct.for_development == for_development) {
            let Some(at) = self.node_of(direct.pick()) else { continue };
            if !std::mem::replace(&mut seen[at], true) {
                found.push(at);
            }
        }
        let mut next = 0;
        while next < found.len() {
            for (at, _) in self.needs(found[next]) {
                if !std::mem::replace(&mut seen[at], true) {
                    found.push(at);
                }
            }
            next += 1;
        }
        found
    }

    /// The position of a locked version of the same line.
    pub(super) fn node_of(&self, pick: Pick) -> Option<usize> {
        (self.by_slot[pick.slot(&self.state.universe)] as usize).checked_sub(1)
    }

    /// What a locked package needs: position, and the least version that it asks for.
    pub(super) fn needs(&self, at: usize) -> impl Iterator<Item = (usize, Pick)> + '_ {
        let pick = self.nodes[at].pick;
        let needs = self.state.universe.details(pick.package as usize).needs_of(pick.release as usize);
        needs.iter().filter_map(|need| {
            let floor = Pick { package: need.package, release: need.floor };
            Some(((self.by_slot[need.slot as usize] as usize).checked_sub(1)?, floor))
        })
    }

    /// The same by name.
    pub(super) fn sorted_needs(&self, at: usize) -> Vec<(usize, Pick)> {
        let mut needs: Vec<(usize, Pick)> = self.needs(at).collect();
        needs.sort_unstable_by_key(|(node, _)| *node);
        needs
    }

    /// What the manifest declares, by name.
    pub(super) fn directs(&self, for_development: bool) -> Vec<Direct> {
        let mut directs: Vec<Direct> =
            self.state.directs.iter().filter(|direct| direct.for_development == for_development).copied().collect();
        directs.sort_by_key(|direct| self.details(direct.pick()).rank);
        directs
    }

    pub(super) fn package(&self, pick: Pick) -> &'s Package {
        &self.state.universe.packages[pick.package as usize]
    }

    pub(super) fn details(&self, pick: Pick) -> &'s Details {
        self.state.universe.details(pick.package as usize)
    }

    pub(super) fn release(&self, pick: Pick) -> &'s Release {
        &self.package(pick).releases[pick.release as usize]
    }

    pub(super) fn name(&self, at: usize) -> &'s str {
        &self.package(self.nodes[at].pick).name
    }

    pub(super) fn version(&self, at: usize) -> &'s str {
        &self.release(self.nodes[at].pick).version
    }

    pub(super) fn number(&self, pick: Pick) -> Number {
        self.details(pick).numbers[pick.release as usize]
    }

    /// Where the checksums of a version are drawn from.
    pub(super) fn sums(&self, at: usize) -> Random {
        Random::new(hash(self.name(at))).part(self.version(at))
    }

    /// Whether the company publishes it.
    pub(super) fn is_internal(&self, pick: Pick) -> bool {
        self.package(pick).internal.is_some()
    }

    /// The registry that it comes from.
    pub(super) fn registry(&self, pick: Pick) -> String {
        if self.is_internal(pick) {
            format!("https://{}.registry.example", self.state.universe.login)
        } else {
            "https://registry.example".to_owned()
        }
    }

    /// Whether another version of the package is locked too; its neighbours by name tell.
    pub(super) fn is_twice(&self, at: usize) -> bool {
        let package = |at: usize| self.nodes.get(at).map(|node| node.pick.package);
        let own = package(at);
        package(at + 1) == own || (at > 0 && package(at - 1) == own)
    }
}
