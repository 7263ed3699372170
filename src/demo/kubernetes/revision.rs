//! Resource versions: one number for every instant and every write, so that time and versions grow together.
//!
//! # Invariants
//! - A change that the company makes at an instant has the version of that instant; writes at an instant come after it.
//! - Versions that were given out never change: later writes move later instants alone.

use crate::model::Instant;

/// The versions of a cluster's history.
#[derive(Debug)]
pub(super) struct Revisions {
    epoch: i64,
    /// Instants with writes, each with how many there were until then, its own included.
    writes: Vec<(Instant, u64)>,
}

impl Revisions {
    pub(super) fn since(start: Instant) -> Self {
        // A cluster that was always there began with the century.
        Self { epoch: start.micros().max(946_684_800_000_000), writes: Vec::new() }
    }

    fn base(&self, at: Instant) -> u64 {
        u64::try_from(at.micros().saturating_sub(self.epoch)).unwrap_or(0) + 1
    }

    /// The version of what the company does at an instant.
    pub(super) fn of(&self, at: Instant) -> u64 {
        let before = self.writes.partition_point(|(written, _)| *written < at);
        self.base(at) + before.checked_sub(1).map_or(0, |last| self.writes[last].1)
    }

    /// The newest version there is at an instant that no write is later than.
    pub(super) fn current(&self, now: Instant) -> u64 {
        self.base(now) + self.writes.last().map_or(0, |(_, count)| *count)
    }

    /// Takes a version for a write.
    pub(super) fn write(&mut self, now: Instant) -> u64 {
        let count = self.writes.last().map_or(0, |(_, count)| *count) + 1;
        match self.writes.last_mut() {
            Some((at, known)) if *at >= now => *known = count,
            _ => self.writes.push((now, count)),
        }
        self.current(now)
    }

    /// The instant that a version belongs to.
    pub(super) fn instant(&self, revision: u64) -> Instant {
        let first_of = |position: usize| {
            let before = position.checked_sub(1).map_or(0, |last| self.writes[last].1);
            self.base(self.writes[position].0) + before
        };
        let mut known = (0, self.writes.len());
        while known.0 < known.1 {
            let middle = usize::midpoint(known.0, known.1);
            if first_of(middle) <= revision { known.0 = middle + 1 } else { known.1 = middle }
        }
        let from_base = |writes: u64| {
            let past = i64::try_from(revision.saturating_sub(writes + 1)).unwrap_or(i64::MAX);
            Instant::from_micros(self.epoch.saturating_add(past))
        };
        match known.0.checked_sub(1).map(|last| self.writes[last]) {
            None => from_base(0),
            Some((at, count)) if revision <= self.base(at) + count => at,
            Some((_, count)) => from_base(count),
        }
    }
}

/// Looks at one moment of a history: what was reached by then, what changed last, and what comes next.
#[derive(Clone, Debug)]
pub(super) struct Hand<'a> {
    revisions: &'a Revisions,
    /// The moment.
    pub(super) now: Instant,
    /// The version of the last change that was seen.
    pub(super) changed: u64,
    /// The next change that is to come.
    pub(super) next: Instant,
}

impl<'a> Hand<'a> {
    pub(super) const fn at(revisions: &'a Revisions, now: Instant) -> Self {
        Self { revisions, now, changed: 0, next: Instant::MAX }
    }

    /// A hand at the same moment that has seen nothing yet.
    pub(super) const fn fresh(&self) -> Self {
        Self::at(self.revisions, self.now)
    }

    /// Whether a change at this instant has happened.
    pub(super) fn reached(&mut self, at: Instant) -> bool {
        if at <= self.now {
            self.changed = self.changed.max(self.revisions.of(at));
            return true;
        }
        self.next = self.next.min(at);
        false
    }

    /// Sees a write.
    pub(super) fn written(&mut self, revision: u64) {
        self.changed = self.changed.max(revision);
    }

    /// Sees what another hand saw.
    pub(super) fn join(&mut self, other: &Self) {
        self.changed = self.changed.max(other.changed);
        self.next = self.next.min(other.next);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn versions_grow_with_time_and_lead_back_to_it(steps in proptest::collection::vec((0_i64..5, any::<bool>()), 1..60)) {
            let start = Instant::from_seconds(1_700_000_000);
            let mut revisions = Revisions::since(start);
            let mut now = start;
            let mut given: Vec<(u64, Instant)> = Vec::new();
            for (step, writes) in steps {
                now = now.plus_micros(step);
                let revision = if writes { revisions.write(now) } else { revisions.current(now) };
                if let Some((last, _)) = given.last() {
                    let least = last + u64::from(writes);
                    prop_assert!(revision >= least);
                }
                given.push((revision, now));
                if step > 0 {
                    // What happens at an instant comes before what is written then, and after all before.
                    prop_assert!(revisions.of(now) <= revision);
                    let before = given.iter().rev().find(|(_, at)| *at < now);
                    prop_assert!(before.is_none_or(|(before, _)| *before < revisions.of(now)));
                }
            }
            for (revision, at) in given {
                prop_assert_eq!(revisions.instant(revision), at);
            }
        }
    }
}
