//! How many bugs came and went: created, reopened, resolved, and entered or left a scope while they were open.
//!
//! # Invariants
//! - For every scope, filter and bucket: open at the end = open at the start + created + reopened + entered - resolved - left.
//! - A flow counts where the bug was at that instant. If a bug is opened and moves at the same instant, it is opened where it
//!   comes to; if it is resolved and moves, it is resolved where it was. So each is counted in exactly one of two scopes that
//!   adjoin.
//! - A deleted bug leaves; it is not resolved.
//! - Each bug is walked through once, whatever the number of buckets.

use crate::model::trouble::Priority;
use crate::model::{Instant, Span, Spans};
use crate::quality::bugs::{Life, Mark};
use crate::quality::cuts::{Cuts, Levels};
use crate::quality::sla::class_of;

/// Which bugs count, beside the scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Filter {
    /// Nothing if it does not matter.
    production: Option<bool>,
    classes: [bool; 5],
}

impl Filter {
    /// Every bug.
    pub const ALL: Self = Self { production: None, classes: [true; 5] };
    /// Those that are seen in production: what the board counts.
    pub const PRODUCTION: Self = Self { production: Some(true), classes: [true; 5] };

    /// Only those that are seen in production, or only those that are not; all if that does not matter.
    #[must_use]
    pub const fn with_production(self, production: Option<bool>) -> Self {
        Self { production, ..self }
    }

    /// Only those of these priorities; none stands for those without.
    #[must_use]
    pub fn with_priorities(self, priorities: &[Option<Priority>]) -> Self {
        let mut classes = [false; 5];
        priorities.iter().for_each(|priority| classes[class_of(*priority)] = true);
        Self { classes, ..self }
    }

    /// True if a bug in this state counts. A deleted one never does.
    #[must_use]
    pub fn holds(&self, mark: Mark) -> bool {
        !mark.is_deleted() && self.production.is_none_or(|wanted| mark.is_production() == wanted) && self.classes[mark.class()]
    }
}

/// How the number of open bugs in a scope changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Transition {
    /// A new one was reported in the scope.
    Created,
    /// A resolved one was opened again in the scope.
    Reopened,
    /// An open one came into the scope: by owner, team tree, production, priority, link, or back from deletion.
    Entered,
    /// An open one was resolved in the scope.
    Resolved,
    /// An open one left the scope, or was deleted.
    Left,
}

/// What is found on the way through a life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// At this instant the number changed; with the state after it.
    Moved(Instant, Transition, Mark),
    /// During this span it was open in the scope, with the same state but for what does not matter here.
    Held(Span, Mark),
}

/// Goes through a life in a scope, in order of time. Adjoining spans are told apart where the state changes.
pub fn walk(life: &Life, scope: &Spans, filter: &Filter, mut tell: impl FnMut(Found)) {
    let (marks, spans) = (life.marks(), scope.as_slice());
    let Some(first) = marks.first() else { return };
    let (mut at, mut mark, mut span) = (first.at, 0, 0);
    let (mut is_open, mut is_inside, mut was_open) = (false, false, false);
    let mut held: Option<(Instant, Mark)> = None;
    loop {
        let end = mark + marks[mark..].iter().take_while(|mark| mark.at == at).count();
        let state = marks[end - 1];
        while spans.get(span).is_some_and(|span| span.to <= at) {
            span += 1;
        }
        let in_scope = spans.get(span).is_some_and(|span| span.from <= at);
        let after = in_scope && filter.holds(state);
        let mut has_moved = false;
        for next in &marks[mark..end] {
            // What is closed moves without being counted, so it moves first.
            if !is_open && !has_moved {
                (is_inside, has_moved) = (after, true);
            }
            if next.is_open() != is_open {
                is_open = next.is_open();
                let transition = match (is_open, was_open) {
                    (false, _) => Transition::Resolved,
                    (true, false) => Transition::Created,
                    (true, true) => Transition::Reopened,
                };
                was_open = true;
                if is_inside {
                    tell(Found::Moved(at, transition, state));
                }
            }
        }
        if is_inside != after {
            if is_open {
                tell(Found::Moved(at, if after { Transition::Entered } else { Transition::Left }, state));
            }
            is_inside = after;
        }
        mark = end;
        let now = is_open && is_inside;
        if let Some((since, before)) = held.filter(|(_, before)| !now || before.class() != state.class()) {
            if since < at {
                tell(Found::Held(Span::new(since, at), before));
            }
            held = None;
        }
        if now && held.is_none() {
            held = Some((at, state));
        }
        let next_mark = marks.get(mark).map(|mark| mark.at);
        let next_span = spans.get(span).map(|span| if in_scope { span.to } else { span.from });
        match next_mark.into_iter().chain(next_span).min() {
            Some(next) if next < Instant::MAX => at = next,
            _ => break,
        }
    }
    if let Some((since, state)) = held {
        tell(Found::Held(Span::new(since, Instant::MAX), state));
    }
}

/// The bugs of a bucket.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flow {
    /// Open at its start.
    pub open_at_start: u64,
    /// Reported in it.
    pub created: u64,
    /// Opened again in it.
    pub reopened: u64,
    /// Came into the scope while open.
    pub entered: u64,
    /// Resolved in it.
    pub resolved: u64,
    /// Left the scope while open.
    pub left: u64,
    /// Open at its end.
    pub open_at_end: u64,
}

impl Flow {
    pub(crate) const fn count(&mut self, transition: Transition) {
        match transition {
            Transition::Created => self.created += 1,
            Transition::Reopened => self.reopened += 1,
            Transition::Entered => self.entered += 1,
            Transition::Resolved => self.resolved += 1,
            Transition::Left => self.left += 1,
        }
    }

    /// The sum of both.
    pub(crate) const fn add(&mut self, other: &Self) {
        self.open_at_start += other.open_at_start;
        self.created += other.created;
        self.reopened += other.reopened;
        self.entered += other.entered;
        self.resolved += other.resolved;
        self.left += other.left;
        self.open_at_end += other.open_at_end;
    }

    /// True if what came and went explains the difference.
    #[must_use]
    pub const fn adds_up(&self) -> bool {
        self.open_at_start + self.created + self.reopened + self.entered == self.open_at_end + self.resolved + self.left
    }
}

/// Counts the bugs of each bucket. Each life comes with the spans in which the service that it was at belonged to the scope.
#[must_use]
pub fn flows<'l>(lives: impl IntoIterator<Item = (&'l Life, &'l Spans)>, filter: &Filter, cuts: &Cuts) -> Vec<Flow> {
    let mut flows = vec![Flow::default(); cuts.buckets()];
    let mut open = Levels::new(cuts);
    for (life, scope) in lives {
        if touches(life, cuts) {
            walk(life, scope, filter, |found| match found {
                Found::Moved(at, transition, _) => {
                    if let Some(bucket) = cuts.bucket_of(at) {
                        flows[bucket].count(transition);
                    }
                }
                Found::Held(span, _) => open.add(span),
            });
        }
    }
    let open = open.counts();
    for (bucket, flow) in flows.iter_mut().enumerate() {
        (flow.open_at_start, flow.open_at_end) = (open[bucket], open[bucket + 1]);
    }
    flows
}

/// What happened to one bug in a span, in order of time: the records behind a flow.
#[must_use]
pub fn movements(life: &Life, scope: &Spans, filter: &Filter, span: Span) -> Vec<(Instant, Transition)> {
    let mut found = Vec::new();
    walk(life, scope, filter, |one| {
        if let Found::Moved(at, transition, _) = one
            && span.contains(at)
        {
            found.push((at, transition));
        }
    });
    found
}

/// False for a life that was over before the first cut or began after the last: it can be passed over.
pub(crate) fn touches(life: &Life, cuts: &Cuts) -> bool {
    let (Some(first), Some(last)) = (life.marks().first(), life.marks().last()) else { return false };
    let (Some(from), Some(to)) = (cuts.as_slice().first(), cuts.as_slice().last()) else { return false };
    first.at < *to && (last.is_open() || last.at >= *from)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::quality::bugs::tests::{any_life, at, body, step};

    fn scope(spans: &[(i64, i64)]) -> Spans {
        spans.iter().map(|(from, to)| Span::new(at(*from), at(*to))).collect()
    }

    fn told(life: &Life, scope: &Spans) -> Vec<(i64, Transition)> {
        movements(life, scope, &Filter::PRODUCTION, Span::ALWAYS).into_iter().map(|(at, what)| (at.micros() / 60_000_000, what)).collect()
    }

    fn life(steps: &[(i64, &str)]) -> Life {
        let steps: Vec<_> = steps.iter().map(|(minute, state)| step(*minute, "state", *state)).collect();
        Life::of_event(Some(at(10)), None, &steps, &body(Some(Priority::High), true))
    }

    #[test]
    fn a_bug_that_moves_leaves_one_team_and_enters_the_other() {
        use Transition::{Created, Entered, Left, Resolved};
        let life = life(&[(30, "resolved")]);
        assert_eq!(told(&life, &scope(&[(0, 20)])), [(10, Created), (20, Left)]);
        assert_eq!(told(&life, &scope(&[(20, 99)])), [(20, Entered), (30, Resolved)]);
    }

    #[test]
    fn at_one_instant_it_opens_where_it_comes_to_and_is_resolved_where_it_was() {
        use Transition::{Created, Reopened, Resolved};
        let opened = life(&[]);
        assert_eq!((told(&opened, &scope(&[(0, 10)])), told(&opened, &scope(&[(10, 9_999)])).len()), (vec![], 2));
        assert_eq!(told(&opened, &scope(&[(10, 9_999)]))[0], (10, Created));
        let resolved = life(&[(20, "resolved")]);
        assert_eq!(told(&resolved, &scope(&[(0, 20)])), [(10, Created), (20, Resolved)]);
        assert_eq!(told(&resolved, &scope(&[(20, 99)])), []);
        let again = life(&[(20, "resolved"), (20, "open")]);
        assert_eq!(told(&again, &scope(&[(0, 20)])), [(10, Created), (20, Resolved)]);
        assert_eq!(told(&again, &scope(&[(20, 99)])), [(20, Reopened), (99, Transition::Left)]);
        let instant = life(&[(10, "resolved")]);
        assert_eq!(told(&instant, &scope(&[(10, 99)])), [(10, Created), (10, Resolved)]);
    }

    #[test]
    fn production_priority_and_deletion_are_part_of_the_scope() {
        use Transition::{Created, Entered, Left};
        let steps = [step(10, "production", false), step(20, "production", true), step(30, "state", "deleted")];
        let life = Life::of_event(Some(at(10)), None, &steps, &body(None, true));
        assert_eq!(told(&life, &Spans::always()), [(20, Entered), (30, Left)]);
        let steps = [step(10, "priority", "low"), step(20, "priority", "high")];
        let life = Life::of_event(Some(at(10)), None, &steps, &body(None, true));
        let low = Filter::PRODUCTION.with_priorities(&[Some(Priority::Low)]);
        assert_eq!(movements(&life, &Spans::always(), &low, Span::ALWAYS), [(at(10), Created), (at(20), Left)]);
    }

    fn any_scope() -> impl Strategy<Value = Spans> {
        proptest::collection::vec((-10..110_i64, 0..70_i64), 0..4)
            .prop_map(|spans| spans.into_iter().map(|(from, length)| Span::new(at(from), at(from + length))).collect())
    }

    fn any_filter() -> impl Strategy<Value = Filter> {
        (any::<Option<bool>>(), any::<[bool; 5]>()).prop_map(|(production, classes)| Filter { production, classes })
    }

    proptest! {
        #[test]
        fn what_came_and_went_explains_what_is_open(
            lives in proptest::collection::vec((any_life(), any_scope()), 0..12),
            filter in any_filter(),
            cuts in proptest::collection::vec(-5..110_i64, 2..9),
        ) {
            let cuts = Cuts::new(cuts.into_iter().map(at).collect());
            let found = flows(lives.iter().map(|(life, scope)| (life, scope)), &filter, &cuts);
            for (bucket, flow) in found.iter().enumerate() {
                prop_assert!(flow.adds_up(), "{flow:?}");
                // Levels by looking, bug by bug.
                let is_open = |cut: Instant| {
                    let before = cut.plus_micros(-1);
                    lives.iter().filter(|(life, scope)| {
                        life.at(before).is_some_and(|mark| mark.is_open() && filter.holds(mark)) && scope.contains(before)
                    }).count() as u64
                };
                prop_assert_eq!(flow.open_at_start, is_open(cuts.as_slice()[bucket]));
                prop_assert_eq!(flow.open_at_end, is_open(cuts.as_slice()[bucket + 1]));
            }
            prop_assert!(found.windows(2).all(|pair| pair[0].open_at_end == pair[1].open_at_start));
        }

        #[test]
        fn two_scopes_that_adjoin_count_each_birth_and_each_resolution_once(life in any_life(), border in 0..100_i64) {
            let all = movements(&life, &Spans::always(), &Filter::ALL, Span::ALWAYS);
            let parts = [Span::new(Instant::MIN, at(border)), Span::new(at(border), Instant::MAX)];
            let parts = parts.map(|part| movements(&life, &Spans::from_iter([part]), &Filter::ALL, Span::ALWAYS));
            for kind in [Transition::Created, Transition::Reopened, Transition::Resolved] {
                let count = |found: &[(Instant, Transition)]| found.iter().filter(|(_, transition)| *transition == kind).count();
                prop_assert_eq!(count(&all), count(&parts[0]) + count(&parts[1]));
            }
        }
    }
}
