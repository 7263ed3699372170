//! Bugs through time, for the organisation, a team or a system: what came and went, what is open, what is past its SLA.
//!
//! # Invariants
//! - Only bugs in production count. A bug belongs to the entity that its resource was linked to at that instant.
//! - Flows belong to the owner at the event, levels to the owner at the end of the bucket; so for every scope and bucket open
//!   at the end is open at the start + created + reopened + entered - resolved - left.
//! - What no source covers is unknown, not zero. A source covers the time since its first run, and what it filled in.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use crate::model::{EntityId, Instant, Kind, ResourceNo, Span, Spans};
use crate::quality::breaches;
use crate::quality::bugs::Life;
use crate::quality::cuts::Cuts;
use crate::quality::flows::Filter;
use crate::quality::sla::Terms;
use crate::query::lens::Known;
use crate::query::series::{Bucket, Measured, Metric, Question, Scope, last_instant};
use crate::query::{Error, Lens};
use crate::store::lives::Lives;

/// Seconds before the first bucket in which most of what is open in it was created.
const LIKELY: i64 = 400 * 86_400;

/// Counts bugs by owner, or all together.
pub(super) fn measured(lens: &Lens, question: &Question, buckets: &[Bucket]) -> Result<Measured, Error> {
    let (Some(first), Some(last)) = (buckets.first(), buckets.last()) else { return Ok(Measured::new()) };
    let lives = lens.view().lives()?;
    let covered = covered(lens, &lives)?;
    let end = last.to.min(question.now.plus_micros(1));
    let cuts = Cuts::new(buckets.iter().map(|bucket| bucket.from).chain([end]).collect());
    let policies = lens.view().policies();
    let likely = Span::new(first.from.plus_seconds(-LIKELY), end);
    let terms = Terms::new(policies.iter().map(|(since, policy)| (*since, &**policy)), likely);
    let groups = grouped(lens, question, &lives, Span::new(first.from, end))?;
    let mut found = Measured::new();
    for (group, lives) in groups {
        let series = breaches::series(lives.iter().map(|(life, spans)| (*life, &**spans)), &Filter::PRODUCTION, &terms, &cuts);
        let value = |bucket: usize| -> u64 {
            let flow = &series.flows[bucket];
            match question.metric {
                Metric::BugsInBreach => series.in_breach[bucket + 1].iter().sum(),
                Metric::CreatedBugs => flow.created,
                Metric::ReopenedBugs => flow.reopened,
                Metric::EnteredBugs => flow.entered,
                Metric::ResolvedBugs => flow.resolved,
                Metric::LeftBugs => flow.left,
                _ => flow.open_at_end,
            }
        };
        let is_level = matches!(question.metric, Metric::OpenBugs | Metric::BugsInBreach);
        let points = buckets.iter().enumerate().map(|(index, bucket)| {
            let share = covered.share_of(Span::new(bucket.from, bucket.to.min(end))).unwrap_or_default();
            let is_known = if is_level { covered.contains(last_instant(bucket, question.now)) } else { share > 0.0 };
            #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
            let value = is_known.then(|| value(index) as f64);
            (value, Some(share))
        });
        found.insert(group, points.collect());
    }
    Ok(found)
}

/// When a source that knows of bugs was connected, or delivered its past.
fn covered(lens: &Lens, lives: &Lives) -> Result<Spans, Error> {
    let resources = lives.since(Instant::MIN).filter_map(|(no, _)| lens.view().resource(no));
    let sources: BTreeSet<String> = resources.map(|resource| resource.source.clone()).collect();
    let mut spans = Vec::new();
    for source in sources {
        spans.extend(lens.view().filled_by(&source));
        let first = lens.view().first_run(&source)?;
        spans.extend(first.map(|run| Span::new(run.started, Instant::MAX)));
    }
    Ok(spans.into_iter().collect())
}

type Lived<'l> = (&'l Life, Arc<Spans>);

/// The bugs that were not over before `within`, by group, each with the time in which it counts there.
fn grouped<'l>(
    lens: &Lens,
    question: &Question,
    lives: &'l Lives,
    within: Span,
) -> Result<BTreeMap<Option<EntityId>, Vec<Lived<'l>>>, Error> {
    let mut groups = BTreeMap::new();
    if !question.by_owner {
        groups.insert(None, Vec::new());
    }
    let mut places = Places::new(lens, question)?;
    for (no, lived) in lives.since(within.from) {
        let here = places.of(no)?;
        for one in lived {
            let counting = places.of_life(no, &one.life, &here)?;
            for (group, spans) in counting.iter().filter(|(_, spans)| spans.micros_in(within) > 0) {
                groups.entry(*group).or_insert_with(Vec::new).push((&one.life, Arc::clone(spans)));
            }
        }
    }
    Ok(groups)
}

/// When what happens to a resource counts, and for whom.
type Counting = Arc<Vec<(Option<EntityId>, Arc<Spans>)>>;

struct Places<'l> {
    lens: &'l Lens,
    scope: Scope<'l>,
    by_owner: bool,
    is_whole: bool,
    /// When any team was named, ended or moved.
    moves: Vec<Instant>,
    known: HashMap<ResourceNo, Counting>,
}

impl<'l> Places<'l> {
    fn new(lens: &'l Lens, question: &Question) -> Result<Self, Error> {
        let (names, parents) = (lens.column(Known::Ref)?, lens.column(Known::Parent)?);
        let teams = lens.view().entities(Kind::Team);
        let mut moves: Vec<Instant> =
            teams.iter().flat_map(|team| names.steps(*team).iter().chain(parents.steps(*team))).map(|(since, _)| *since).collect();
        moves.sort_unstable();
        moves.dedup();
        let is_whole = question.of.is_none() && !question.by_owner;
        Ok(Self { lens, scope: Scope::new(lens, question)?, by_owner: question.by_owner, is_whole, moves, known: HashMap::new() })
    }

    fn of(&mut self, no: ResourceNo) -> Result<Counting, Error> {
        if let Some(known) = self.known.get(&no) {
            return Ok(Arc::clone(known));
        }
        let mut spans: BTreeMap<Option<EntityId>, Vec<Span>> = BTreeMap::new();
        if self.is_whole {
            spans.insert(None, vec![Span::ALWAYS]);
        } else {
            let links = self.lens.view().links_of(no);
            if self.by_owner && self.scope.is_everything() {
                let unlinked = links.iter().map(|(_, span)| *span).collect::<Spans>().complement();
                spans.entry(None).or_default().extend(unlinked.as_slice());
            }
            for (entity, span) in links {
                self.pieces(entity, span, &mut spans)?;
            }
        }
        let counting = spans.into_iter().map(|(group, spans)| (group, Arc::new(spans.into_iter().collect::<Spans>())));
        let counting = Arc::new(counting.filter(|(_, spans)| !spans.as_slice().is_empty()).collect::<Vec<_>>());
        self.known.insert(no, Arc::clone(&counting));
        Ok(counting)
    }

    /// The parts of a span in which an entity counts, by group.
    fn pieces(&mut self, entity: EntityId, within: Span, found: &mut BTreeMap<Option<EntityId>, Vec<Span>>) -> Result<(), Error> {
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

    /// The same of a bug, which may have been at several resources of its source.
    fn of_life(&mut self, no: ResourceNo, life: &Life, here: &Counting) -> Result<Counting, Error> {
        if self.is_whole || life.resources().all(|(_, id)| id.is_none()) {
            return Ok(Arc::clone(here));
        }
        let source = self.lens.view().resource(no).map(|resource| resource.source.clone()).unwrap_or_default();
        let mut spans: BTreeMap<Option<EntityId>, Vec<Span>> = BTreeMap::new();
        for (span, id) in life.resources() {
            let there = match id.map(|id| self.lens.view().resource_no(&source, id)) {
                None => Arc::clone(here),
                Some(Some(other)) => self.of(other)?,
                // Nobody tells of that resource, so it is nobody's.
                Some(None) if self.scope.is_everything() => Arc::new(vec![(None, Arc::new(Spans::always()))]),
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
