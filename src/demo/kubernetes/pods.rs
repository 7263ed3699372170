//! Pods: where each runs, until when, and what state it is in at an instant.
//!
//! # Invariants
//! - A pod that is lost (its node leaves, somebody deletes it) is followed by another one in the same place.
//! - A state holds from its own beginning to its end, so that whoever looks in between sees the same.

use std::sync::Arc;

use super::desired::{Deletion, Overlay, letters, mix, uid};
use super::revision::Hand;
use super::rollout::Occupant;
use crate::demo::company::clusters::Node;
use crate::model::Instant;

/// How long a node takes to get ready, in seconds.
pub(super) const NODE_READY: i64 = 40;
/// How long before a node leaves its pods are told to go, in seconds.
pub(super) const DRAIN: i64 = 95;

/// Which nodes take pods, at every instant.
#[derive(Debug)]
pub(super) struct Machines {
    /// From when on, which.
    alive: Vec<(Instant, Arc<Vec<u32>>)>,
    leaves: Vec<Instant>,
}

impl Machines {
    pub(super) fn of(nodes: &[Node]) -> Self {
        let open = |node: &Node| node.exists.start.plus_seconds(NODE_READY)..node.exists.end.plus_seconds(-600);
        let mut edges: Vec<Instant> = nodes.iter().flat_map(|node| [open(node).start, open(node).end]).collect();
        edges.sort_unstable();
        edges.dedup();
        let at = |at: &Instant| {
            let here = (0..nodes.len() as u32).filter(|node| open(&nodes[*node as usize]).contains(at));
            (*at, Arc::new(here.collect()))
        };
        Self { alive: edges.iter().map(at).collect(), leaves: nodes.iter().map(|node| node.exists.end).collect() }
    }

    /// A node for a pod that comes at an instant; none if there is no room.
    fn pick(&self, number: u64, at: Instant) -> Option<u32> {
        let known = self.alive.partition_point(|(since, _)| *since <= at).checked_sub(1)?;
        let here = &self.alive[known].1;
        here.get((number % here.len().max(1) as u64) as usize).copied()
    }

    fn drained(&self, node: u32, number: u64) -> Instant {
        let leaves = self.leaves[node as usize];
        if leaves == Instant::MAX { leaves } else { leaves.plus_seconds(-DRAIN).plus_micros((number % 20_000_000) as i64) }
    }
}

/// A pod and its fate.
#[derive(Clone, Debug)]
pub(super) struct Pod {
    pub(super) name: String,
    pub(super) uid: String,
    /// The template that it was made from.
    pub(super) key: u64,
    pub(super) created: Instant,
    /// When its node was found, and which; none: there is no room for it.
    pub(super) scheduled: Option<(Instant, u32)>,
    /// When its containers start.
    pub(super) started: Instant,
    /// None: it never is.
    pub(super) ready: Option<Instant>,
    /// When it is told to go, and within how many seconds.
    pub(super) end: Option<(Instant, u32)>,
    /// The write that told it to go.
    pub(super) end_revision: Option<u64>,
    /// When it is gone.
    pub(super) gone: Instant,
    /// Microseconds between restarts of a pod that comes to grief.
    pub(super) leak: Option<i64>,
    pub(super) startup: i64,
    pub(super) number: u64,
}

/// How pods of a workload are made.
pub(super) struct Making<'a> {
    pub(super) machines: &'a Machines,
    pub(super) overlay: &'a Overlay,
    /// Writes until this version count.
    pub(super) revision: u64,
    /// How many in a thousand come to grief.
    pub(super) trouble: u32,
    pub(super) startup: u32,
    /// Every place is a node.
    pub(super) is_on_every_node: bool,
    /// A pod has the name of the one before, which must be gone first.
    pub(super) is_named: bool,
}

impl Making<'_> {
    /// The pods of an occupant, one after another; the name of a pod follows from its number.
    pub(super) fn pods(&self, occupant: &Occupant, name: impl Fn(u64) -> String, hand: &mut Hand<'_>, found: &mut Vec<Pod>) {
        let (mut created, mut ready, mut number) = (occupant.created, occupant.ready, occupant.number);
        loop {
            if !hand.reached(created) {
                return;
            }
            let uid = uid(number);
            let deleted = self.overlay.deletions.get(&uid).and_then(|deletions| self.earliest(deletions));
            let scheduled = created.plus_micros(40_000 + (mix(number ^ 1) % 300_000) as i64);
            let node = if self.is_on_every_node { Some(occupant.place) } else { self.machines.pick(number, created) };
            let drained = node.filter(|_| !self.is_on_every_node).map_or(Instant::MAX, |node| self.machines.drained(node, number));
            let planned = occupant.end.unwrap_or(Instant::MAX);
            let lost = drained.min(planned);
            let (end, killed, grace, end_revision) = match deleted {
                Some((first, last)) if first.at < lost => (first.at, last.at, last.grace, Some(last.revision)),
                _ => (lost, lost, 30, None),
            };
            let is_told = end < Instant::MAX;
            let takes = match grace {
                0 => 0,
                grace => 1_100_000 + (mix(number ^ 2) % 6_500_000).min(u64::from(grace) * 900_000) as i64,
            };
            let pull = 900_000 + (mix(number ^ 3) % 3_500_000) as i64;
            let started = scheduled.plus_micros(pull.min(i64::from(self.startup.max(2)) * 500_000));
            let leak =
                (mix(number ^ 4) % 1000 < u64::from(self.trouble)).then(|| (3 * 3600 + (mix(number ^ 5) % (90 * 3600)) as i64) * 1_000_000);
            let gone = if is_told { killed.plus_micros(takes) } else { Instant::MAX };
            found.push(Pod {
                name: name(number),
                uid,
                key: occupant.key,
                created,
                scheduled: node.map(|node| (scheduled, node)),
                started,
                ready: if node.is_some() { ready } else { None },
                end: is_told.then_some((end, grace)),
                end_revision,
                gone,
                leak,
                startup: i64::from(self.startup) * 1_000_000,
                number,
            });
            if end == planned {
                return;
            }
            // The next one takes its place at once.
            created = if self.is_named { gone } else { end }.plus_micros(20_000 + (mix(number ^ 6) % 90_000) as i64);
            if created >= planned {
                return;
            }
            ready = occupant.ready.map(|_| created.plus_micros(i64::from(self.startup) * 1_000_000 + (mix(number ^ 7) % 2_000_000) as i64));
            number = mix(number ^ 0xfe11);
        }
    }

    /// The first of several deletions, and the one that is the quickest.
    fn earliest(&self, deletions: &[Deletion]) -> Option<(Deletion, Deletion)> {
        let known = || deletions.iter().filter(|deletion| deletion.revision <= self.revision).copied();
        let first = known().next()?;
        Some((first, known().reduce(|quickest, next| if next.grace < quickest.grace { next } else { quickest })?))
    }
}

/// What a container ended with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Ended {
    pub(super) reason: &'static str,
    pub(super) code: i32,
    pub(super) started: Instant,
    pub(super) at: Instant,
}

/// What state a pod is in, and since when.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct State {
    pub(super) since: Instant,
    /// When another one comes.
    pub(super) until: Instant,
    pub(super) is_running: bool,
    pub(super) is_ready: bool,
    /// It waits to be restarted.
    pub(super) backs_off: bool,
    pub(super) restarts: u32,
    /// When the container that runs was started.
    pub(super) started: Instant,
    pub(super) last: Option<Ended>,
}

impl Pod {
    /// Its state at an instant at which it is there.
    pub(super) fn state(&self, now: Instant) -> State {
        let waiting = |since: Instant, until: Instant| State {
            since,
            until,
            is_running: false,
            is_ready: false,
            backs_off: false,
            restarts: 0,
            started: self.started,
            last: None,
        };
        let Some((scheduled, _)) = self.scheduled else { return waiting(self.created, Instant::MAX) };
        if now < scheduled {
            return waiting(self.created, scheduled);
        }
        if now < self.started {
            return waiting(scheduled, self.started);
        }
        let Some(ready) = self.ready else { return self.crashing(now) };
        let running = State { is_running: true, ..waiting(self.started, ready) };
        if now < ready {
            return running;
        }
        let Some(leak) = self.leak else { return State { since: ready, until: Instant::MAX, is_ready: true, ..running } };
        let restarts = (now.micros() - ready.micros()) / leak;
        let killed = ready.plus_micros(restarts * leak);
        let next = killed.plus_micros(leak);
        if restarts == 0 {
            return State { since: ready, until: next, is_ready: true, ..running };
        }
        let before = if restarts == 1 { self.started } else { killed.plus_micros(900_000 - leak) };
        let started = killed.plus_micros(900_000);
        let last = Some(Ended { reason: "OOMKilled", code: 137, started: before, at: killed });
        let again = killed.plus_micros(self.startup + 1_000_000);
        let restarted = State { since: killed, until: again, restarts: restarts as u32, started, last, ..running };
        if now < again { restarted } else { State { since: again, until: next, is_ready: true, ..restarted } }
    }

    /// It crashes some seconds after each start, and waits longer each time, five minutes at most.
    fn crashing(&self, now: Instant) -> State {
        let runs = 2_000_000 + (mix(self.number ^ 8) % 9_000_000) as i64;
        let mut started = self.started;
        let mut restarts = 0;
        let mut pause: i64 = 10_000_000;
        let mut last = None;
        if let Some(passed) = (now.micros() - self.started.micros()).checked_sub(5 * runs + 310_000_000)
            && passed >= 0
        {
            let more = passed / (runs + 300_000_000);
            restarts = 5 + more;
            started = self.started.plus_micros(5 * runs + 310_000_000 + more * (runs + 300_000_000));
            pause = 300_000_000;
            let crashed = started.plus_micros(if more == 0 { -160_000_000 } else { -pause });
            last = Some(Ended { reason: "Error", code: 1, started: crashed.plus_micros(-runs), at: crashed });
        }
        loop {
            let crashed = started.plus_micros(runs);
            let again = crashed.plus_micros(pause);
            let state = State {
                since: started,
                until: crashed,
                is_running: true,
                is_ready: false,
                backs_off: false,
                restarts: restarts as u32,
                started,
                last,
            };
            if now < crashed {
                return state;
            }
            last = Some(Ended { reason: "Error", code: 1, started, at: crashed });
            if now < again {
                return State { since: crashed, until: again, is_running: true, backs_off: true, last, ..state };
            }
            (started, restarts, pause) = (again, restarts + 1, (pause * 2).min(300_000_000));
        }
    }

    /// Whether it counts: it is there and was not told to go.
    pub(super) fn is_active(&self, now: Instant) -> bool {
        self.created <= now && self.end.is_none_or(|(end, _)| end > now)
    }

    /// Its address in the cluster.
    pub(super) fn address(&self) -> String {
        format!("10.{}.{}.{}", 64 + self.number % 64, (self.number >> 8) % 256, 2 + (self.number >> 16) % 250)
    }
}

/// The end of a pod's name.
pub(super) fn suffix(number: u64) -> String {
    letters(mix(number ^ 9), 5)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pod(ready: Option<i64>, leak: Option<i64>) -> Pod {
        let at = Instant::from_seconds;
        Pod {
            name: "api-1".to_owned(),
            uid: uid(1),
            key: 1,
            created: at(1_000),
            scheduled: Some((at(1_001), 0)),
            started: at(1_003),
            ready: ready.map(at),
            end: None,
            end_revision: None,
            gone: Instant::MAX,
            leak: leak.map(|seconds| seconds * 1_000_000),
            startup: 5_000_000,
            number: 7,
        }
    }

    #[test]
    fn a_state_holds_from_its_beginning_to_its_end() {
        for pod in [pod(Some(1_010), None), pod(Some(1_010), Some(3_600)), pod(None, None)] {
            let mut now = pod.created;
            let mut restarts = 0;
            for _ in 0..60 {
                let state = pod.state(now);
                assert!(state.since <= now && now < state.until, "{state:?}");
                assert!(state.restarts == restarts || state.restarts == restarts + 1, "{state:?}");
                restarts = state.restarts;
                assert_eq!(pod.state(state.since), state);
                if state.until == Instant::MAX {
                    assert!(state.is_ready);
                    break;
                }
                assert_eq!(pod.state(state.until.plus_micros(-1)), state);
                now = state.until;
            }
        }
    }
}
