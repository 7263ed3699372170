//! What a controller makes of what is wanted: revisions of templates, and who stands in each place at each instant.
//!
//! # Invariants
//! - Everything follows from the turns so far; what is not yet due has no influence on what was.
//! - A Deployment's places are filled a few at a time; the pod before goes when the next one is ready, and what never
//!   becomes ready holds up the rest, as maxSurge and maxUnavailable of 25 % have it.
//! - A StatefulSet's and a DaemonSet's places are emptied before they are filled.

use super::desired::{Stage, mix};
use crate::model::Instant;

/// How many revisions are kept beside the current one: `revisionHistoryLimit`.
pub(super) const HISTORY: usize = 10;
/// Within this time a rollout that is not held up is over, for each place.
const SETTLED: i64 = 120;

/// A change of what is wanted, as the controller sees it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Turn {
    /// When the controller acts on it.
    pub(super) at: Instant,
    /// Which template.
    pub(super) key: u64,
    pub(super) replicas: u32,
    pub(super) is_bad: bool,
    /// The position of the stage that it comes from.
    pub(super) stage: usize,
}

/// The turns of stages; `reaction` are the microseconds that the controller takes. A paused workload keeps its template.
pub(super) fn turns(stages: &[Stage], reaction: i64) -> Vec<Turn> {
    let mut found: Vec<Turn> = Vec::with_capacity(stages.len());
    for (position, stage) in stages.iter().enumerate() {
        let at = stage.at.plus_micros(reaction);
        let last = found.last();
        let at = last.map_or(at, |last| at.max(last.at.plus_micros(1_000)));
        let key = match last {
            Some(last) if stage.is_paused => last.key,
            _ => stage.template.key(),
        };
        let is_bad = match last {
            Some(last) if last.key == key => last.is_bad,
            _ => stage.is_bad,
        };
        found.push(Turn { at, key, replicas: stage.replicas, is_bad, stage: position });
    }
    found
}

/// A template that is or was rolled out, and is kept.
#[derive(Clone, Debug)]
pub(super) struct Revision {
    pub(super) key: u64,
    pub(super) created: Instant,
    /// The newest of its numbers.
    pub(super) number: u64,
    /// Its former numbers.
    pub(super) history: Vec<u64>,
    /// The turn that made it current, for the last time.
    pub(super) turn: usize,
    /// The last turn while it was current.
    pub(super) last: usize,
    /// Since when it is not current any more.
    pub(super) replaced: Option<Instant>,
    /// How often it became and ceased to be current.
    pub(super) moves: u64,
}

/// The revisions that are kept, oldest first.
pub(super) fn revisions(turns: &[Turn]) -> Vec<Revision> {
    let mut kept: Vec<Revision> = Vec::new();
    let mut current: Option<u64> = None;
    let mut newest = 0;
    for (position, turn) in turns.iter().enumerate() {
        if current == Some(turn.key) {
            kept.iter_mut().filter(|revision| revision.key == turn.key).for_each(|revision| revision.last = position);
            continue;
        }
        for revision in kept.iter_mut().filter(|revision| Some(revision.key) == current) {
            revision.replaced = Some(turn.at);
            revision.moves += 1;
        }
        newest += 1;
        current = Some(turn.key);
        if let Some(known) = kept.iter_mut().find(|revision| revision.key == turn.key) {
            known.history.push(std::mem::replace(&mut known.number, newest));
            (known.turn, known.last, known.replaced) = (position, position, None);
            known.moves += 1;
            continue;
        }
        kept.push(Revision {
            key: turn.key,
            created: turn.at,
            number: newest,
            history: Vec::new(),
            turn: position,
            last: position,
            replaced: None,
            moves: 0,
        });
        // The oldest goes that has nothing left to do.
        if kept.len() > HISTORY + 1
            && let Some(oldest) = kept.iter().position(|revision| revision.replaced.is_some_and(|replaced| replaced < turn.at))
        {
            kept.remove(oldest);
        }
    }
    kept
}

/// Who stands in a place: a pod, or one after another if it is lost.
#[derive(Clone, Copy, Debug)]
pub(super) struct Occupant {
    pub(super) place: u32,
    pub(super) key: u64,
    pub(super) created: Instant,
    /// The turn that wanted it.
    pub(super) wanted: Instant,
    /// None: it never is.
    pub(super) ready: Option<Instant>,
    /// When it is told to go.
    pub(super) end: Option<Instant>,
    /// Everything by chance about it comes from this.
    pub(super) number: u64,
}

/// How places are filled.
#[derive(Clone, Copy, Debug)]
pub(super) struct Filling {
    pub(super) seed: u64,
    /// Seconds until a pod is ready.
    pub(super) startup: u32,
    /// A place is emptied before it is filled, one place after another.
    pub(super) is_ordered: bool,
    /// When the workload ends.
    pub(super) end: Instant,
}

impl Filling {
    /// How long a rollout takes at most, if nothing holds it up.
    const fn longest(self, replicas: u32) -> i64 {
        SETTLED + (self.startup as i64 + 45) * (replicas as i64 + 1)
    }

    fn chance(self, place: u32, turn: &Turn, salt: u64) -> u64 {
        mix(self.seed ^ mix((turn.at.micros() as u64).wrapping_mul(31).wrapping_add(u64::from(place)) ^ (salt << 56)))
    }

    /// Everybody who ever stood in a place since a time from before the oldest kept revision, in order of places.
    pub(super) fn occupants(self, turns: &[Turn], kept: &[Revision]) -> Vec<Occupant> {
        let start = self.start(turns, kept);
        let most = turns[start..].iter().map(|turn| turn.replicas).max().unwrap_or(0);
        let mut found = Vec::new();
        // Who was gone before the oldest kept revision came is of no interest.
        let oldest = kept.iter().map(|revision| turns[revision.turn].at).min().unwrap_or(Instant::MIN).plus_seconds(-3600);
        for place in 0..most {
            let mut here = Vec::new();
            self.place(place, &turns[start..], &mut here);
            found.extend(here.into_iter().filter(|occupant| occupant.end.is_none_or(|end| end > oldest)));
        }
        found
    }

    /// Everybody who ever stood on a node while it was there.
    pub(super) fn on_node(self, node: u32, during: &std::ops::Range<Instant>, turns: &[Turn]) -> Vec<Occupant> {
        let before = turns.partition_point(|turn| turn.at <= during.start).saturating_sub(1);
        let mut mine: Vec<Turn> = turns[before..].iter().copied().filter(|turn| turn.at < during.end).collect();
        for (position, turn) in mine.iter_mut().enumerate() {
            // One node after another.
            let late = 20_000_000 + i64::from(node % 40) * 400_000;
            turn.at = turn.at.max(during.start).plus_micros(if position == 0 { 2_000_000 } else { late });
            turn.replicas = node + 1;
        }
        let mut found = Vec::new();
        Self { end: during.end.min(self.end), ..self }.place(node, &mine, &mut found);
        found
    }

    /// The last turn from which everything that still matters follows: before the oldest kept revision, and with no
    /// rollout under way when it came and when it was followed.
    fn start(self, turns: &[Turn], kept: &[Revision]) -> usize {
        let latest = kept.iter().map(|revision| revision.turn).min().unwrap_or(0);
        let is_settled = |position: usize| {
            let turn = &turns[position];
            let next = turns.get(position + 1).map_or(Instant::MAX, |next| next.at);
            !turn.is_bad
                && turn.at.plus_seconds(self.longest(turn.replicas.max(position.checked_sub(1).map_or(0, |before| turns[before].replicas))))
                    < next
        };
        let is_clean = |position: &usize| {
            let (before, here) = (position - 1, *position);
            turns[before].key != turns[here].key && is_settled(before) && is_settled(here)
        };
        (1..latest).rev().find(is_clean).unwrap_or(0)
    }

    fn place(self, place: u32, turns: &[Turn], found: &mut Vec<Occupant>) {
        // Those before are gone.
        let mut first = found.len();
        let mine = first;
        for (position, turn) in turns.iter().enumerate() {
            while found.get(first).is_some_and(|occupant| occupant.end.is_some_and(|end| end <= turn.at)) {
                first += 1;
            }
            let next = turns.get(position + 1).map_or(Instant::MAX, |next| next.at);
            let soon = |salt: u64| turn.at.plus_micros(60_000 + (self.chance(place, turn, salt) % 300_000) as i64);
            let here = &mut found[first..];
            // What was planned and has not come true is planned anew.
            for occupant in here.iter_mut().filter(|occupant| occupant.end.is_some_and(|end| end > turn.at)) {
                occupant.end = None;
            }
            if place >= turn.replicas {
                here.iter_mut().filter(|occupant| occupant.end.is_none()).for_each(|occupant| occupant.end = Some(soon(1)));
                continue;
            }
            if let Some(stays) = here.iter().rposition(|occupant| occupant.end.is_none() && occupant.key == turn.key) {
                let others = here.iter_mut().enumerate().filter(|(other, occupant)| *other != stays && occupant.end.is_none());
                others.for_each(|(_, occupant)| occupant.end = Some(soon(2)));
                continue;
            }
            let is_filled = here.iter().any(|occupant| occupant.end.is_none());
            let wave = if is_filled { self.wave(place, turn) } else { 0 };
            if turn.is_bad && wave > 0 {
                continue;
            }
            let pace = i64::from(self.startup) + if self.is_ordered { 12 } else { 2 };
            let mut created = soon(3).plus_seconds(wave * pace);
            if self.is_ordered && is_filled {
                // The one before is told to go first, and has some seconds for it.
                created = created.plus_seconds(9);
            }
            if created >= next {
                continue;
            }
            let number = self.chance(place, turn, 4);
            let startup = i64::from(self.startup) * 1_000_000;
            let late = startup + (number % (startup as u64 / 4 + 900_000)) as i64;
            let ready = (!turn.is_bad).then(|| created.plus_micros(late));
            for occupant in here.iter_mut().filter(|occupant| occupant.end.is_none()) {
                let was_ready = occupant.ready.is_some_and(|ready| ready <= turn.at);
                occupant.end = match ready {
                    _ if self.is_ordered => Some(created.plus_seconds(-8)),
                    _ if !was_ready => Some(soon(5)),
                    Some(ready) => Some(ready.plus_micros(80_000 + (number % 200_000) as i64)),
                    None => None,
                };
            }
            found.push(Occupant { place, key: turn.key, created, wanted: turn.at, ready, end: None, number });
        }
        for occupant in &mut found[mine..] {
            if self.end < Instant::MAX {
                let end = self.end.plus_micros((occupant.number % 900_000) as i64);
                occupant.end = Some(occupant.end.map_or(end, |known| known.min(end)));
            }
        }
    }

    /// In which wave a place's turn comes.
    fn wave(self, place: u32, turn: &Turn) -> i64 {
        if self.is_ordered {
            return i64::from(turn.replicas.saturating_sub(1 + place));
        }
        i64::from(place / (turn.replicas.div_ceil(4)).max(1))
    }
}
