//! The controllers: from what is wanted of a workload to the objects that there are at a moment.
//!
//! # Invariants
//! - What is made depends on the moment only through [`Hand::reached`] and [`State`]'s edges, so that nothing differs
//!   between two moments with no change between them.

use std::sync::Arc;

use super::desired::{Overlay, Stage, hash, letters, mix, stages, uid};
use super::items::{Body, Item, Owner, PodBody, Progress, ReplicaSetBody, View, WorkloadBody};
use super::pods::{DRAIN, Machines, Making, NODE_READY, Pod, State, suffix};
use super::resources::Kind;
use super::revision::Hand;
use super::rollout::{Filling, Occupant, Revision, Turn, revisions, turns};
use super::scheduled;
use super::templates::TemplateCell;
use crate::demo::company::clusters::{ClusterContent, Workload, WorkloadKind};
use crate::model::Instant;

/// `progressDeadlineSeconds`.
const DEADLINE: i64 = 600;

/// What a workload's objects are made from.
pub(super) struct Given<'a> {
    pub(super) position: usize,
    pub(super) workload: &'a Workload,
    pub(super) content: &'a ClusterContent,
    pub(super) machines: &'a Machines,
    pub(super) overlay: &'a Overlay,
    /// Writes until this version count.
    pub(super) revision: u64,
}

/// The objects of a workload.
pub(super) fn workload(given: &Given<'_>, hand: Hand<'_>) -> View {
    let mut hand = hand;
    let mut wanted = hand.fresh();
    let stages = stages(given.workload, given.overlay, given.revision, &mut wanted);
    hand.join(&wanted);
    let mut items = Vec::new();
    if let Some(first) = stages.first() {
        let is_over = given.workload.end < Instant::MAX && hand.reached(given.workload.end);
        let made = Made { given, stages: &stages, created: first.at, wanted, is_over, uid: given.workload.uid() };
        match given.workload.kind {
            WorkloadKind::Deployment => made.deployment(&mut hand, &mut items),
            WorkloadKind::StatefulSet | WorkloadKind::DaemonSet => made.ordered(&mut hand, &mut items),
            WorkloadKind::CronJob(schedule) => scheduled::cron_job(&made, schedule, &mut hand, &mut items),
        }
        if !is_over {
            made.around(&mut hand, &mut items);
        }
    }
    View::of(&hand, items)
}

/// Machines and namespaces.
pub(super) fn base(content: &ClusterContent, hand: Hand<'_>) -> View {
    let mut hand = hand;
    let mut items = Vec::new();
    for (position, node) in content.nodes.iter().enumerate() {
        let mut own = hand.fresh();
        if own.reached(node.exists.start) && !(node.exists.end < Instant::MAX && own.reached(node.exists.end)) {
            let is_ready = own.reached(node.exists.start.plus_seconds(NODE_READY - 10));
            let is_cordoned = node.exists.end < Instant::MAX && own.reached(node.exists.end.plus_seconds(-DRAIN - 3));
            let uid = uid(hash(&node.name));
            let body = Body::Node { is_ready, is_cordoned };
            items.push(Item {
                kind: Kind::Node,
                key: node.name.clone(),
                uid,
                revision: own.changed,
                created: node.exists.start,
                position,
                body,
            });
        }
        hand.join(&own);
    }
    for (position, namespace) in content.namespaces.iter().enumerate() {
        let mut own = hand.fresh();
        if own.reached(namespace.exists.start) && !(namespace.exists.end < Instant::MAX && own.reached(namespace.exists.end)) {
            let (key, uid) = (namespace.name.clone(), uid(hash(&format!("namespace {}", namespace.name))));
            items.push(Item {
                kind: Kind::Namespace,
                key,
                uid,
                revision: own.changed,
                created: namespace.exists.start,
                position,
                body: Body::Namespace,
            });
        }
        hand.join(&own);
    }
    View::of(&hand, items)
}

impl Workload {
    fn number(&self, what: &str) -> u64 {
        hash(&format!("{} {}/{} {what}", self.seed, self.namespace, self.name))
    }

    fn uid(&self) -> String {
        uid(self.number("itself"))
    }
}

/// A workload that is there, or was until a little while ago.
pub(super) struct Made<'a> {
    pub(super) given: &'a Given<'a>,
    pub(super) stages: &'a [Stage],
    pub(super) created: Instant,
    /// What was seen of the stages.
    wanted: Hand<'a>,
    pub(super) is_over: bool,
    pub(super) uid: String,
}

/// Pods as a controller counts them.
struct Counts {
    replicas: u32,
    updated: u32,
    ready: u32,
}

impl Made<'_> {
    pub(super) fn item(&self, kind: Kind, name: &str, uid: String, hand: &Hand<'_>, created: Instant, body: Body) -> Item {
        let key = format!("{}/{name}", self.given.workload.namespace);
        Item { kind, key, uid, revision: hand.changed, created, position: self.given.position, body }
    }

    /// What a template's revision is called.
    fn hash_of(&self, key: u64) -> String {
        let number = mix(self.given.workload.seed ^ key);
        letters(number, if number.is_multiple_of(3) { 9 } else { 10 })
    }

    pub(super) fn cell(&self, stage: &Stage) -> Arc<TemplateCell> {
        Arc::new(TemplateCell::new(stage.template.clone()))
    }

    /// Turns that the controller has seen.
    fn turns(&self, hand: &mut Hand<'_>) -> Vec<Turn> {
        let reaction = 80_000 + (self.given.workload.number("reaction") % 120_000) as i64;
        let mut all = turns(self.stages, reaction);
        all.retain(|turn| hand.reached(turn.at));
        all
    }

    fn filling(&self, is_ordered: bool) -> Filling {
        let workload = self.given.workload;
        Filling { seed: workload.number("places"), startup: workload.startup, is_ordered, end: workload.end }
    }

    fn making(&self, is_named: bool, is_on_every_node: bool) -> Making<'_> {
        let given = self.given;
        Making {
            machines: given.machines,
            overlay: given.overlay,
            revision: given.revision,
            trouble: given.workload.trouble,
            startup: given.workload.startup,
            is_on_every_node,
            is_named,
        }
    }

    /// The pods that are there.
    fn show(&self, pods: &[Pod], owner: impl Fn(&Pod) -> (Owner, Arc<TemplateCell>, String), hand: &mut Hand<'_>, items: &mut Vec<Item>) {
        for pod in pods {
            let mut own = hand.fresh();
            own.reached(pod.created);
            let is_deleting = match (pod.end, pod.end_revision) {
                (Some(_), Some(revision)) => {
                    own.written(revision);
                    true
                }
                (Some((end, _)), None) => own.reached(end),
                (None, _) => false,
            };
            let is_gone = is_deleting && (pod.gone <= pod.end.map_or(pod.gone, |(end, _)| end) || own.reached(pod.gone));
            if !is_gone {
                let state = match pod.end {
                    Some((end, _)) if is_deleting => pod.state(end),
                    _ => pod.state(own.now),
                };
                own.reached(state.since);
                if !is_deleting {
                    own.reached(state.until);
                }
                let (owner, template, hash) = owner(pod);
                let body = PodBody { pod: pod.clone(), state, is_deleting, ended: None, template, owner, hash, touches: 0 };
                items.push(self.item(Kind::Pod, &pod.name, pod.uid.clone(), &own, pod.created, Body::Pod(Box::new(body))));
            }
            hand.join(&own);
        }
    }

    /// Pods as somebody counts them who learns of everything `late` microseconds late.
    fn count<'p>(&self, pods: impl Iterator<Item = &'p Pod>, current: u64, late: i64, hand: &mut Hand<'_>) -> Counts {
        let mut counts = Counts { replicas: 0, updated: 0, ready: 0 };
        let then = hand.now.plus_micros(-late);
        for pod in pods {
            if !hand.reached(pod.created.plus_micros(late)) {
                continue;
            }
            let ended = pod.end.is_some_and(|(end, _)| hand.reached(end.plus_micros(late)));
            if ended || !pod.is_active(then) {
                continue;
            }
            let State { since, until, is_ready, .. } = pod.state(then);
            hand.reached(since.plus_micros(late));
            if until < Instant::MAX {
                hand.reached(until.plus_micros(late));
            }
            counts.replicas += 1;
            counts.updated += u32::from(pod.key == current);
            counts.ready += u32::from(is_ready);
        }
        counts
    }

    /// How far the rollout of the current template is.
    fn progress(&self, turns: &[Turn], occupants: &[Occupant], late: i64, hand: &mut Hand<'_>) -> Progress {
        let Some(last) = turns.last() else { return Progress::UnderWay(self.created) };
        let began = turns.iter().rposition(|turn| turn.key != last.key).map_or(0, |before| before + 1);
        let turn = turns[began];
        let stands = |place: u32, occupant: &&Occupant| {
            occupant.place == place
                && occupant.key == turn.key
                && occupant.end.is_none_or(|end| end > turn.at)
                && occupant.wanted <= turn.at
        };
        let mut done = Some(turn.at);
        for place in 0..turn.replicas {
            let ready = occupants.iter().filter(|occupant| stands(place, occupant)).filter_map(|occupant| occupant.ready).min();
            done = done.zip(ready).map(|(done, ready)| done.max(ready));
        }
        if let Some(done) = done
            && hand.reached(done.plus_micros(late))
        {
            return Progress::Done(done);
        }
        let deadline = turn.at.plus_seconds(DEADLINE);
        if hand.reached(deadline) { Progress::TimedOut(deadline) } else { Progress::UnderWay(turn.at) }
    }

    fn deployment(&self, hand: &mut Hand<'_>, items: &mut Vec<Item>) {
        let workload = self.given.workload;
        let turns = self.turns(hand);
        let kept = revisions(&turns);
        let occupants = self.filling(false).occupants(&turns, &kept);
        let mut pods = Vec::new();
        let named = |key: u64| format!("{}-{}", workload.name, self.hash_of(key));
        for occupant in &occupants {
            let set = named(occupant.key);
            self.making(false, false).pods(occupant, |number| format!("{set}-{}", suffix(number)), hand, &mut pods);
        }
        let owner = Owner { kind: Kind::Deployment, name: workload.name.clone(), uid: self.uid.clone() };
        let mut owners = Vec::new();
        for revision in &kept {
            let stage = &self.stages[turns[revision.last].stage];
            let stage = if stage.template.key() == revision.key { stage } else { self.stage_of(revision.key) };
            let name = named(revision.key);
            let cell = self.cell(stage);
            let uid = uid(mix(workload.number("set") ^ mix(revision.key) ^ revision.created.micros() as u64));
            let as_owner = Owner { kind: Kind::ReplicaSet, name: name.clone(), uid: uid.clone() };
            owners.push((revision.key, as_owner, Arc::clone(&cell)));
            let mut own = hand.fresh();
            own.reached(revision.created);
            own.reached(turns[revision.last].at);
            let is_gone = self.is_over && own.reached(workload.end.plus_micros(150_000 + (revision.key % 100_000) as i64));
            if let Some(replaced) = revision.replaced {
                own.reached(replaced.plus_micros(3_000));
            }
            let here = || pods.iter().filter(|pod| pod.key == revision.key);
            let wanted = occupants.iter().filter(|occupant| occupant.key == revision.key && self.is_wanted(occupant, &mut own)).count();
            let late = 8_000 + (revision.key % 7_000) as i64;
            let counts = self.count(here(), revision.key, late, &mut own);
            if !is_gone {
                let body = ReplicaSetBody {
                    template: cell,
                    stage: stage.clone(),
                    owner: owner.clone(),
                    hash: self.hash_of(revision.key),
                    number: revision.number,
                    history: revision.history.clone(),
                    generation: 1 + revision.moves,
                    wanted: if self.is_over { 0 } else { wanted as u32 },
                    replicas: counts.replicas,
                    ready: counts.ready,
                };
                items.push(self.item(Kind::ReplicaSet, &name, uid, &own, revision.created, Body::ReplicaSet(Box::new(body))));
            }
            hand.join(&own);
        }
        let of = |pod: &Pod| match owners.iter().find(|(key, ..)| *key == pod.key) {
            Some((key, owner, cell)) => (owner.clone(), Arc::clone(cell), self.hash_of(*key)),
            // Its ReplicaSet is gone, and it goes too.
            None => (
                Owner { kind: Kind::ReplicaSet, name: named(pod.key), uid: uid(pod.key) },
                self.cell(self.stage_of(pod.key)),
                self.hash_of(pod.key),
            ),
        };
        self.show(&pods, of, hand, items);
        if !self.is_over {
            self.workload_item(Kind::Deployment, (&turns, &kept, &occupants, &pods), hand, items);
        }
    }

    fn stage_of(&self, key: u64) -> &Stage {
        self.stages.iter().rev().find(|stage| stage.template.key() == key).unwrap_or(&self.stages[0])
    }

    /// Whether a place is to be filled with this template.
    fn is_wanted(&self, occupant: &Occupant, hand: &mut Hand<'_>) -> bool {
        let is_begun = hand.reached(occupant.created.plus_micros(-5_000));
        let is_over = occupant.end.is_some_and(|end| hand.reached(end.plus_micros(-5_000)));
        is_begun && !is_over
    }

    fn workload_item(
        &self,
        kind: Kind,
        (turns, kept, occupants, pods): (&[Turn], &[Revision], &[Occupant], &[Pod]),
        hand: &mut Hand<'_>,
        items: &mut Vec<Item>,
    ) {
        let workload = self.given.workload;
        let mut own = hand.fresh();
        own.written(self.wanted.changed);
        let seen = turns.iter().rev().find(|turn| own.reached(turn.at.plus_micros(2_000))).copied();
        let late = 24_000 + (workload.seed % 9_000) as i64;
        let key = seen.map_or(0, |turn| turn.key);
        let counts = self.count(pods.iter(), key, late, &mut own);
        if kind == Kind::DaemonSet {
            // Nodes that left long ago are not looked at any more, but what they changed last stays changed.
            let ends = self.given.content.nodes.iter().map(|node| node.exists.end).filter(|end| *end < Instant::MAX);
            ends.for_each(|end| {
                own.reached(end.plus_micros(1_000_000 + late));
            });
        }
        let until = seen.map_or(0, |seen| turns.iter().filter(|turn| turn.at <= seen.at).count());
        let progress = self.progress(&turns[..until], occupants, late, &mut own);
        let revision = kept.iter().find(|revision| revision.key == key);
        let before = kept.iter().filter(|revision| revision.key != key).max_by_key(|revision| revision.number);
        let stage = self.stages[self.stages.len() - 1].clone();
        let wanted = match (kind, seen) {
            (Kind::DaemonSet, _) => counts.replicas,
            (_, Some(seen)) => seen.replicas,
            (_, None) => 0,
        };
        let body = WorkloadBody {
            observed: seen.map_or(0, |seen| self.stages[seen.stage].generation),
            wanted,
            template: self.cell(&stage),
            number: revision.map_or(0, |revision| revision.number),
            hash: revision.map_or_else(String::new, |revision| self.hash_of(revision.key)),
            hash_before: before.map_or_else(String::new, |revision| self.hash_of(revision.key)),
            progress,
            replicas: counts.replicas,
            updated: counts.updated,
            ready: counts.ready,
            stage,
        };
        items.push(self.item(kind, &workload.name, self.uid.clone(), &own, self.created, Body::Workload(Box::new(body))));
        hand.join(&own);
    }

    /// A StatefulSet or a DaemonSet.
    fn ordered(&self, hand: &mut Hand<'_>, items: &mut Vec<Item>) {
        let workload = self.given.workload;
        let is_daemon = workload.kind == WorkloadKind::DaemonSet;
        let kind = if is_daemon { Kind::DaemonSet } else { Kind::StatefulSet };
        let turns = self.turns(hand);
        let kept = revisions(&turns);
        let filling = self.filling(true);
        let mut pods = Vec::new();
        let occupants = if is_daemon {
            let nodes = self.given.content.nodes.iter().enumerate();
            // Nodes that left long ago have no pods any more.
            let still = nodes.filter(|(_, node)| node.exists.end >= hand.now.plus_seconds(-3600));
            still.flat_map(|(number, node)| filling.on_node(number as u32, &node.exists, &turns)).collect()
        } else {
            filling.occupants(&turns, &kept)
        };
        for occupant in &occupants {
            let name = |number: u64| match is_daemon {
                true => format!("{}-{}", workload.name, suffix(number)),
                false => format!("{}-{}", workload.name, occupant.place),
            };
            self.making(!is_daemon, is_daemon).pods(occupant, name, hand, &mut pods);
        }
        let owner = Owner { kind, name: workload.name.clone(), uid: self.uid.clone() };
        for revision in &kept {
            let mut own = hand.fresh();
            own.reached(revision.created);
            own.reached(turns[revision.turn].at);
            let is_gone = self.is_over && own.reached(workload.end.plus_micros(150_000 + (revision.key % 100_000) as i64));
            if !is_gone {
                let name = format!("{}-{}", workload.name, self.hash_of(revision.key));
                let uid = uid(mix(workload.number("revision") ^ mix(revision.key) ^ revision.created.micros() as u64));
                let template = self.cell(self.stage_of(revision.key));
                let body = Body::ControllerRevision { number: revision.number, template, owner: owner.clone() };
                items.push(self.item(Kind::ControllerRevision, &name, uid, &own, revision.created, body));
            }
            hand.join(&own);
        }
        let of = |pod: &Pod| (owner.clone(), self.cell(self.stage_of(pod.key)), self.hash_of(pod.key));
        self.show(&pods, of, hand, items);
        if !self.is_over {
            self.workload_item(kind, (&turns, &kept, &occupants, &pods), hand, items);
        }
    }

    /// What stands around a workload: its Service, Ingress and autoscaler.
    fn around(&self, hand: &mut Hand<'_>, items: &mut Vec<Item>) {
        let workload = self.given.workload;
        let looks = hand.fresh();
        let mut add = |kind: Kind, late: i64, body: Body, seen: Option<Instant>| {
            let mut own = hand.fresh();
            let created = self.created.plus_micros(late);
            if own.reached(created) {
                if let Some(seen) = seen {
                    own.reached(seen.max(created));
                }
                let uid = uid(workload.number(kind.resource().name));
                items.push(self.item(kind, &workload.name, uid, &own, created, body));
            }
            hand.join(&own);
        };
        if let Some(exposure) = &workload.exposure {
            add(Kind::Service, 210_000, Body::Service, None);
            if !exposure.hosts.is_empty() {
                add(Kind::Ingress, 320_000, Body::Ingress, None);
            }
        }
        if workload.autoscaler.is_some() {
            // It looks every fifteen seconds.
            let pairs = self.stages.windows(2).filter(|pair| pair[0].replicas != pair[1].replicas);
            let seen = |pair: &[Stage]| pair[1].at.plus_seconds(15);
            let mut looks = looks;
            let last = pairs.filter(|pair| looks.reached(seen(pair))).last();
            let current = last.map_or(self.stages[0].replicas, |pair| pair[1].replicas);
            let scaled = last.map(seen);
            add(Kind::HorizontalPodAutoscaler, 430_000, Body::Autoscaler { current, scaled }, scaled);
            hand.join(&looks);
        }
    }
}
