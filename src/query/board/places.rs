//! When what happens to a resource counts, and for whom: resources are linked to entities, entities have owners, and teams
//! move, all of it as it stood then.
//!
//! # Invariants
//! - What happens to a resource counts for the entity that it was linked to at that instant, and for whoever owned that then.
//! - What happens to several resources counts once for each who owned one of them.
//! - By owner, what belongs to nobody is a group of its own; it counts for no team. By entity, so is what is linked to none.

use std::collections::BTreeMap;
use std::sync::Arc;

use parking_lot::Mutex;
use rustc_hash::FxHashMap;

use crate::model::{EntityId, Instant, Kind, ResourceNo, Span, Spans};
use crate::quality::bugs::Life;
use crate::quality::cases::Case;
use crate::quality::incidents::Course;
use crate::query::lens::Known;
use crate::query::metric::{Split, Whose};
use crate::query::series::Scope;
use crate::query::{Error, Lens};
use crate::store::lives::{Counted, Lived, Lives};

/// The groups for which something counts, and when; of one that counts always for everything, the only one.
pub(in crate::query) type Counting = Arc<Vec<(Option<EntityId>, Arc<Spans>)>>;

/// By group, what counts there and when it does.
pub(in crate::query) type Grouped<'l, L> = BTreeMap<Option<EntityId>, Vec<(&'l Lived<L>, Arc<Spans>)>>;

/// Something that happens to resources.
pub(in crate::query) trait Located: Counted {
    /// When it counts, and for whom. `here` is that of the resource of its event.
    fn counting(&self, places: &mut Places<'_>, source: &str, here: &Counting) -> Result<Counting, Error>;
}

/// What began before the end of `within` and was not over before it, by group, each with the time in which it counts there.
pub(in crate::query) fn grouped<'l, L: Located>(
    lens: &Lens,
    whose: Whose,
    lives: &'l Lives<L>,
    within: Span,
) -> Result<Grouped<'l, L>, Error> {
    let mut groups = BTreeMap::new();
    if whose.split == Split::Whole {
        groups.insert(None, Vec::new());
    }
    let mut places = Places::new(lens, whose)?;
    for no in lives.resources() {
        let here = places.of(no)?;
        if here.is_empty() && !lives.has_elsewhere(no) {
            continue;
        }
        let Some(resource) = lens.view().resource(no) else { continue };
        for one in lives.during(no, within) {
            let counting = one.life.counting(&mut places, &resource.source, &here)?;
            for (group, spans) in counting.iter().filter(|(_, spans)| spans.micros_in(within) > 0) {
                groups.entry(*group).or_insert_with(Vec::new).push((one, Arc::clone(spans)));
            }
        }
    }
    Ok(groups)
}

/// When resources count for a scope, as far as somebody asked.
type Remembered = Arc<Mutex<FxHashMap<ResourceNo, Counting>>>;

/// The scopes that were asked for last, and what is known of them.
#[derive(Default)]
pub(in crate::query) struct Recent(Mutex<Vec<(Whose, Remembered)>>);

impl Recent {
    /// So many are remembered: what a page and a report ask for.
    const MOST: usize = 8;

    fn of(&self, whose: Whose) -> Remembered {
        let mut recent = self.0.lock();
        let place = recent.iter().position(|(known, _)| *known == whose);
        let found = place.map(|place| recent.remove(place)).unwrap_or_else(|| (whose, Remembered::default()));
        recent.truncate(Self::MOST - 1);
        recent.insert(0, found.clone());
        found.1
    }
}

/// Finds when resources count, and remembers it for whoever asks for the same scope of this generation.
pub(in crate::query) struct Places<'l> {
    lens: &'l Lens,
    scope: Scope<'l>,
    split: Split,
    is_whole: bool,
    /// When any team was named, ended or moved.
    moves: Vec<Instant>,
    known: Remembered,
    everything: Counting,
}

impl<'l> Places<'l> {
    pub(in crate::query) fn new(lens: &'l Lens, whose: Whose) -> Result<Self, Error> {
        let (names, parents) = (lens.column(Known::Ref)?, lens.column(Known::Parent)?);
        let teams = lens.view().entities(Kind::Team);
        let mut moves: Vec<Instant> =
            teams.iter().flat_map(|team| names.steps(*team).iter().chain(parents.steps(*team))).map(|(since, _)| *since).collect();
        moves.sort_unstable();
        moves.dedup();
        let is_whole = whose.of.is_none() && whose.split == Split::Whole;
        let (scope, known) = (Scope::new(lens, whose)?, lens.places.of(whose));
        let everything = Arc::new(vec![(None, Arc::new(Spans::always()))]);
        Ok(Self { lens, scope, split: whose.split, is_whole, moves, known, everything })
    }

    /// True if everything counts, always and together.
    pub(in crate::query) const fn is_whole(&self) -> bool {
        self.is_whole
    }

    /// When a resource counts, and for whom.
    pub(in crate::query) fn of(&mut self, no: ResourceNo) -> Result<Counting, Error> {
        if self.is_whole {
            return Ok(Arc::clone(&self.everything));
        }
        if let Some(known) = self.known.lock().get(&no) {
            return Ok(Arc::clone(known));
        }
        let mut spans: BTreeMap<Option<EntityId>, Vec<Span>> = BTreeMap::new();
        let links = self.lens.view().links_of(no);
        if self.split != Split::Whole && self.scope.is_everything() {
            let unlinked = links.iter().map(|(_, span)| *span).collect::<Spans>().complement();
            spans.entry(None).or_default().extend(unlinked.as_slice());
        }
        for (entity, span) in links {
            self.pieces(entity, span, &mut spans)?;
        }
        let counting = spans.into_iter().map(|(group, spans)| (group, Arc::new(spans.into_iter().collect::<Spans>())));
        let counting = Arc::new(counting.filter(|(_, spans)| !spans.as_slice().is_empty()).collect::<Vec<_>>());
        self.known.lock().insert(no, Arc::clone(&counting));
        Ok(counting)
    }

    /// The parts of a span in which an entity counts, by group.
    pub(in crate::query) fn pieces(
        &mut self,
        entity: EntityId,
        within: Span,
        found: &mut BTreeMap<Option<EntityId>, Vec<Span>>,
    ) -> Result<(), Error> {
        let mut steps = self.moves.clone();
        for known in [Known::Ref, Known::Owner, Known::System, Known::Domain, Known::Repository] {
            steps.extend(self.lens.column(known)?.steps(entity).iter().map(|(since, _)| *since));
        }
        steps.retain(|step| within.contains(*step));
        steps.push(within.from);
        steps.sort_unstable();
        steps.dedup();
        let ends = steps.iter().skip(1).copied().chain([within.to]);
        for (from, to) in steps.iter().copied().zip(ends) {
            if self.scope.holds(entity, from)? {
                found.entry(self.scope.group(entity, from)?).or_default().push(Span::new(from, to));
            }
        }
        Ok(())
    }
}

/// It may have been at several resources of its source, one after another.
impl Located for Life {
    fn counting(&self, places: &mut Places<'_>, source: &str, here: &Counting) -> Result<Counting, Error> {
        if places.is_whole || self.resources().all(|(_, id)| id.is_none()) {
            return Ok(Arc::clone(here));
        }
        let mut spans: BTreeMap<Option<EntityId>, Vec<Span>> = BTreeMap::new();
        for (span, id) in self.resources() {
            let there = match id.map(|id| places.lens.view().resource_no(source, id)) {
                None => Arc::clone(here),
                Some(Some(other)) => places.of(other)?,
                // Nobody tells of that resource, so it is nobody's.
                Some(None) if places.scope.is_everything() => Arc::clone(&places.everything),
                Some(None) => continue,
            };
            for (group, counted) in &*there {
                let both = counted.and(&Spans::from_iter([span]));
                spans.entry(*group).or_default().extend(both.as_slice());
            }
        }
        Ok(Arc::new(spans.into_iter().map(|(group, spans)| (group, Arc::new(spans.into_iter().collect()))).collect()))
    }
}

/// It may happen to several resources at once.
impl Located for Course {
    fn counting(&self, places: &mut Places<'_>, source: &str, here: &Counting) -> Result<Counting, Error> {
        if places.is_whole || self.also().next().is_none() {
            return Ok(Arc::clone(here));
        }
        let mut spans: BTreeMap<Option<EntityId>, Vec<Span>> = BTreeMap::new();
        let mut add = |counting: &Counting| {
            for (group, counted) in counting.iter() {
                spans.entry(*group).or_default().extend(counted.as_slice());
            }
        };
        add(here);
        for id in self.also() {
            if let Some(other) = places.lens.view().resource_no(source, id) {
                add(&places.of(other)?);
            }
        }
        let mut joined: BTreeMap<Option<EntityId>, Spans> =
            spans.into_iter().map(|(group, spans)| (group, spans.into_iter().collect())).collect();
        // It is nobody's only while all of them are.
        if places.split != Split::Whole
            && let Some(nobody) = joined.remove(&None)
        {
            let somebody: Spans = joined.values().flat_map(|spans| spans.as_slice()).copied().collect();
            let nobody = nobody.and(&somebody.complement());
            if !nobody.as_slice().is_empty() {
                joined.insert(None, nobody);
            }
        }
        Ok(Arc::new(joined.into_iter().map(|(group, spans)| (group, Arc::new(spans))).collect()))
    }
}

impl Located for Case {
    fn counting(&self, _: &mut Places<'_>, _: &str, here: &Counting) -> Result<Counting, Error> {
        Ok(Arc::clone(here))
    }
}
