//! A cluster as it stands and stood: views of every workload, kept while they hold, and what was written.

use std::collections::VecDeque;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::watch;

use super::controllers::{Given, base, workload};
use super::desired::{Deletion, Overlay, Write};
use super::items::{Body, Item, View};
use super::pods::Machines;
use super::resources::Kind;
use super::revision::{Hand, Revisions};
use crate::demo::company::clusters::ClusterContent;
use crate::model::{Clock, Instant};

/// How many views of a workload are kept: of now, and of pages that are being read.
const KEPT_VIEWS: usize = 3;
/// How many lists are kept for pages that are being read.
const KEPT_LISTS: usize = 6;

/// A cluster.
pub(super) struct Cluster {
    pub(super) content: Arc<ClusterContent>,
    clock: Clock,
    machines: Machines,
    /// For how many seconds versions are remembered.
    remembers: i64,
    history: Mutex<History>,
    changed: watch::Sender<u64>,
}

/// A view, and the version of the write that made it another one.
struct Kept {
    view: Arc<View>,
    superseded: u64,
}

/// All objects of a kind at one version.
type WholeList = Arc<Vec<Arc<Item>>>;

struct History {
    revisions: Revisions,
    overlays: Vec<Overlay>,
    /// By workload, machines and namespaces last: newest last.
    views: Vec<VecDeque<Kept>>,
    /// Every write: its version, and about which workload.
    log: Vec<(u64, u32)>,
    /// Lists that were asked for lately: their kind and version.
    lists: VecDeque<(Kind, u64, WholeList)>,
    /// Older versions were forgotten.
    compacted: u64,
}

impl Cluster {
    pub(super) fn new(content: Arc<ClusterContent>, clock: Clock, remembers: i64) -> Self {
        let count = content.workloads.len();
        let history = History {
            revisions: Revisions::since(content.exists.start.plus_seconds(-86_400)),
            overlays: (0..count).map(|_| Overlay::default()).collect(),
            views: (0..=count).map(|_| VecDeque::new()).collect(),
            log: Vec::new(),
            lists: VecDeque::new(),
            compacted: 0,
        };
        let machines = Machines::of(&content.nodes);
        Self { content, clock, machines, remembers, history: Mutex::new(history), changed: watch::Sender::new(0) }
    }

    pub(super) fn now(&self) -> Instant {
        (self.clock)()
    }

    /// The newest version.
    pub(super) fn current(&self) -> u64 {
        self.history.lock().revisions.current(self.now())
    }

    /// The oldest version that is remembered.
    pub(super) fn oldest(&self) -> u64 {
        let now = self.now();
        let history = self.history.lock();
        history.revisions.of(now.plus_seconds(-self.remembers)).max(history.compacted)
    }

    /// Forgets what was before now.
    pub(super) fn compact(&self) {
        let now = self.now();
        let mut history = self.history.lock();
        history.compacted = history.revisions.current(now);
    }

    /// Tells of writes.
    pub(super) fn subscribe(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    /// Wakes watches, as something may have happened.
    pub(super) fn wake(&self) {
        self.changed.send_modify(|count| *count += 1);
    }

    /// All objects of a kind as of a version, in order of their keys.
    pub(super) fn list(&self, kind: Kind, revision: u64) -> Arc<Vec<Arc<Item>>> {
        let mut history = self.history.lock();
        if let Some((.., list)) = history.lists.iter().find(|(of, at, _)| (*of, *at) == (kind, revision)) {
            return Arc::clone(list);
        }
        let mut found: Vec<Arc<Item>> = Vec::new();
        for position in 0..history.views.len() {
            found.extend(of_kind(&self.view(&mut history, position, revision), kind).iter().map(Arc::clone));
        }
        found.sort_by(|a, b| a.key.cmp(&b.key));
        let list = Arc::new(found);
        history.lists.push_back((kind, revision, Arc::clone(&list)));
        if history.lists.len() > KEPT_LISTS {
            history.lists.pop_front();
        }
        list
    }

    /// An object as it stands.
    pub(super) fn get(&self, kind: Kind, key: &str) -> Option<Arc<Item>> {
        let mut history = self.history.lock();
        let revision = history.revisions.current(self.now());
        let namespace = key.split_once('/').map_or("", |(namespace, _)| namespace);
        for position in 0..history.views.len() {
            if self.content.workloads.get(position).is_some_and(|workload| workload.namespace != namespace) {
                continue;
            }
            let view = self.view(&mut history, position, revision);
            let here = of_kind(&view, kind);
            if let Ok(found) = here.binary_search_by(|item| item.key.as_str().cmp(key)) {
                return Some(Arc::clone(&here[found]));
            }
        }
        None
    }

    /// Everything as of a version, for whoever follows what changes.
    pub(super) fn follow(&self, revision: u64) -> Following {
        let mut history = self.history.lock();
        let views: Vec<Arc<View>> = (0..history.views.len()).map(|position| self.view(&mut history, position, revision)).collect();
        let logged = history.log.partition_point(|(written, _)| *written <= revision);
        let next = views.iter().map(|view| view.next).min().unwrap_or(Instant::MAX);
        Following { views, revision, logged, next }
    }

    /// The next change after what is followed, of one kind: what was and what is, with the version of the change. None:
    /// nothing more has changed until now. Changes of other kinds are passed over.
    pub(super) fn step(&self, following: &mut Following, kind: Kind) -> Option<(u64, Vec<Change>)> {
        let mut history = self.history.lock();
        let now = self.now();
        for _ in 0..2_000 {
            let written = history.log.get(following.logged).copied();
            let due = following.next;
            let due_revision = if due <= now { Some(history.revisions.of(due)) } else { None };
            let (revision, positions) = match (written, due_revision) {
                (Some((written, position)), due) if due.is_none_or(|due| written < due) => {
                    following.logged += 1;
                    (written, vec![position as usize])
                }
                (_, Some(due_revision)) => {
                    let moved = following.views.iter().enumerate().filter(|(_, view)| view.next <= due);
                    (due_revision, moved.map(|(position, _)| position).collect())
                }
                _ => {
                    following.revision = following.revision.max(history.revisions.current(now));
                    return None;
                }
            };
            following.revision = revision;
            let mut changes = Vec::new();
            for position in positions {
                let view = self.view(&mut history, position, revision);
                differences(of_kind(&following.views[position], kind), of_kind(&view, kind), &mut changes);
                following.views[position] = view;
            }
            following.next = following.views.iter().map(|view| view.next).min().unwrap_or(Instant::MAX);
            if !changes.is_empty() {
                return Some((revision, changes));
            }
        }
        Some((following.revision, Vec::new()))
    }

    /// Writes about a workload what `decide` says of the version that it gets and the instant.
    pub(super) fn write(&self, position: usize, write: impl FnOnce(&mut Overlay, u64, Instant)) -> u64 {
        let now = self.now();
        let revision = {
            let mut history = self.history.lock();
            let revision = history.revisions.write(now);
            write(&mut history.overlays[position], revision, now);
            history.log.push((revision, position as u32));
            for kept in &mut history.views[position] {
                kept.superseded = kept.superseded.min(revision);
            }
            revision
        };
        self.wake();
        revision
    }

    /// Adds a write of a workload's spec.
    pub(super) fn write_workload(&self, position: usize, make: impl FnOnce(u64, Instant) -> Write) -> u64 {
        self.write(position, |overlay, revision, now| overlay.writes.push(make(revision, now)))
    }

    /// Tells a pod to go.
    pub(super) fn delete_pod(&self, position: usize, uid: &str, grace: u32) -> u64 {
        self.write(position, |overlay, revision, at| {
            overlay.deletions.entry(uid.to_owned()).or_default().push(Deletion { revision, at, grace });
        })
    }

    /// Restarts `count` pods that run, one after another, each with a version of its own.
    pub(super) fn storm(&self, count: usize) -> usize {
        let list = self.list(Kind::Pod, self.current());
        let running: Vec<&Arc<Item>> =
            list.iter().filter(|item| matches!(&item.body, Body::Pod(pod) if pod.state.is_ready && pod.ended.is_none())).collect();
        if running.is_empty() {
            return 0;
        }
        let now = self.now();
        {
            let mut history = self.history.lock();
            let history = &mut *history;
            for number in 0..count {
                let item = running[number % running.len()];
                let revision = history.revisions.write(now);
                history.overlays[item.position].touches.entry(item.uid.clone()).or_default().push(revision);
                history.log.push((revision, item.position as u32));
            }
        }
        self.wake();
        count
    }

    /// Forgets what was made already, so that it is made anew.
    #[cfg(test)]
    pub(super) fn forget(&self) {
        let mut history = self.history.lock();
        history.lists.clear();
        history.views.iter_mut().for_each(VecDeque::clear);
    }

    /// The view of a workload as of a version.
    fn view(&self, history: &mut History, position: usize, revision: u64) -> Arc<View> {
        let bare = self.bare_view(history, position, revision);
        match history.overlays.get(position) {
            Some(overlay) if !overlay.touches.is_empty() => touched(&bare, overlay, revision),
            _ => bare,
        }
    }

    /// The same without restarts out of turn.
    fn bare_view(&self, history: &mut History, position: usize, revision: u64) -> Arc<View> {
        let at = history.revisions.instant(revision);
        let holds = |kept: &Kept| (kept.view.since..kept.superseded).contains(&revision) && at < kept.view.next;
        if let Some(kept) = history.views[position].iter().rev().find(|kept| holds(kept)) {
            return Arc::clone(&kept.view);
        }
        let hand = Hand::at(&history.revisions, at);
        let view = match (self.content.workloads.get(position), history.overlays.get(position)) {
            (Some(found), Some(overlay)) => {
                let given = Given { position, workload: found, content: &self.content, machines: &self.machines, overlay, revision };
                workload(&given, hand)
            }
            _ => base(&self.content, hand),
        };
        let view = Arc::new(view);
        let later = |write: &u64| *write > revision;
        let overlay = history.overlays.get(position);
        let superseded = overlay.map_or(u64::MAX, |overlay| {
            let writes = overlay.writes.iter().map(|write| write.revision);
            let deletions = overlay.deletions.values().flatten().map(|deletion| deletion.revision);
            writes.chain(deletions).filter(later).min().unwrap_or(u64::MAX)
        });
        let kept = &mut history.views[position];
        kept.push_back(Kept { view: Arc::clone(&view), superseded });
        if kept.len() > KEPT_VIEWS {
            kept.pop_front();
        }
        view
    }
}

/// Somebody's place in what changes.
pub(super) struct Following {
    views: Vec<Arc<View>>,
    /// Everything until this version was seen.
    pub(super) revision: u64,
    logged: usize,
    /// When the next change is due.
    pub(super) next: Instant,
}

/// What was, and what is.
pub(super) struct Change {
    pub(super) before: Option<Arc<Item>>,
    pub(super) after: Option<Arc<Item>>,
}

fn of_kind(view: &View, kind: Kind) -> &[Arc<Item>] {
    let start = view.items.partition_point(|item| item.kind < kind);
    let count = view.items[start..].partition_point(|item| item.kind == kind);
    &view.items[start..start + count]
}

fn touched(bare: &Arc<View>, overlay: &Overlay, revision: u64) -> Arc<View> {
    let touch = |item: &Arc<Item>| {
        let Body::Pod(body) = &item.body else { return Arc::clone(item) };
        let touches = overlay.touches.get(&item.uid).map_or(&[][..], Vec::as_slice);
        let count = touches.partition_point(|touch| *touch <= revision);
        let Some(last) = count.checked_sub(1).map(|last| touches[last]) else { return Arc::clone(item) };
        let body = super::items::PodBody { touches: count as u32, ..(**body).clone() };
        Arc::new(Item { revision: item.revision.max(last), body: Body::Pod(Box::new(body)), ..(**item).clone() })
    };
    Arc::new(View { since: bare.since, next: bare.next, items: bare.items.iter().map(touch).collect() })
}

/// What differs between two lists in order of keys.
fn differences(before: &[Arc<Item>], after: &[Arc<Item>], found: &mut Vec<Change>) {
    let (mut old, mut new) = (before.iter().peekable(), after.iter().peekable());
    loop {
        let order = match (old.peek(), new.peek()) {
            (None, None) => break,
            (Some(_), None) => std::cmp::Ordering::Less,
            (None, Some(_)) => std::cmp::Ordering::Greater,
            (Some(old), Some(new)) => old.key.cmp(&new.key),
        };
        let (old, new) = match order {
            std::cmp::Ordering::Less => (old.next(), None),
            std::cmp::Ordering::Greater => (None, new.next()),
            std::cmp::Ordering::Equal => (old.next(), new.next()),
        };
        match (old, new) {
            (Some(old), Some(new)) if old.uid == new.uid => {
                if old.revision != new.revision {
                    found.push(Change { before: Some(Arc::clone(old)), after: Some(Arc::clone(new)) });
                }
            }
            (old, new) => {
                found.extend(old.map(|old| Change { before: Some(Arc::clone(old)), after: None }));
                found.extend(new.map(|new| Change { before: None, after: Some(Arc::clone(new)) }));
            }
        }
    }
}

impl std::fmt::Debug for Cluster {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cluster").field("name", &self.content.name).finish_non_exhaustive()
    }
}
