//! What is said of a cluster: everything in a run, and between runs what changed.

use std::sync::Arc;

use serde_json::Value;

use crate::collect::kubernetes::convert::Readable;
use crate::collect::kubernetes::kind::ApiKind;
use crate::collect::kubernetes::rollout::{Known, rollouts, sets_of};
use crate::collect::kubernetes::site::{Inner, Site};
use crate::collect::kubernetes::state::{Touched, Uid};
use crate::collect::{Item, Memory, Sink, Stopped};
use crate::model::{Extent, Instant, Kind, Problem, Reading, Resource};

/// Under which a collector remembers what it told of a workload's rollouts.
const REMEMBERED: &str = "rollout:";
/// Under which it remembers when lists were read.
const LISTED: &str = "listed:";
/// The lists by which rollouts are told.
const OF_ROLLOUTS: [ApiKind; 3] = [ApiKind::ReplicaSets, ApiKind::ControllerRevisions, ApiKind::Pods];
/// How long a list is waited for that could be read before; without it, rollouts are told less exactly.
const PATIENCE_SECONDS: i64 = 3 * DAY_SECONDS;
const DAY_SECONDS: i64 = 86_400;
/// Workloads that are told of at a time.
const AT_A_TIME: usize = 100;

impl Site {
    /// Tells everything that is known.
    pub(crate) async fn tell_all(&self, now: Instant, memory: &Memory, sink: &Sink) -> Result<(), Stopped> {
        let listed;
        let (touched, workloads) = {
            let mut inner = self.inner.lock();
            inner.recall(&self.cluster.name, memory);
            listed = inner.note_lists(now);
            let touched = inner.state.take_touched();
            let readable = inner.readable();
            let told = inner.state.workloads.iter().filter(|(_, workload)| readable.contains(&workload.kind));
            let mut workloads: Vec<(Arc<Resource>, Uid)> = told.map(|(uid, workload)| (self.cluster.workload(workload), *uid)).collect();
            workloads.sort();
            (touched, workloads)
        };
        for problem in self.problems() {
            sink.put(Item::Problem(problem)).await?;
        }
        if let Some(value) = listed {
            sink.put(Item::Remember { key: format!("{LISTED}{}", self.cluster.name), value }).await?;
        }
        self.tell_cluster(sink).await?;
        self.tell_deleted(&touched, sink).await?;
        let counted = workloads.len() as u64;
        for (position, some) in workloads.chunks(AT_A_TIME).enumerate() {
            let done = (position * AT_A_TIME) as u64;
            sink.put(Item::Progress { scope: self.cluster.name.clone(), done, total: counted }).await?;
            let uids: Vec<Uid> = some.iter().map(|(_, uid)| *uid).collect();
            self.tell_workloads(&uids, now, sink).await?;
        }
        for extent in self.extents(counted) {
            sink.put(Item::Extent(extent)).await?;
        }
        Ok(())
    }

    /// Tells what was touched since the last time, as far as it is up to date.
    pub(crate) async fn tell_changes(&self, now: Instant, sink: &Sink) -> Result<(), Stopped> {
        let (touched, mut workloads) = {
            let mut inner = self.inner.lock();
            // What was never told as a whole waits for the first run.
            if !inner.is_live || !inner.remembers {
                return Ok(());
            }
            let touched = inner.state.take_touched();
            let readable = inner.readable();
            let concerned = inner.state.concerned(&touched);
            let is_told = |uid: &Uid| inner.state.workloads.get(uid).is_some_and(|workload| readable.contains(&workload.kind));
            let workloads: Vec<Uid> = concerned.into_iter().filter(is_told).collect();
            (touched, workloads)
        };
        workloads.sort_unstable();
        if touched.nodes {
            self.tell_cluster(sink).await?;
        }
        self.tell_deleted(&touched, sink).await?;
        for some in workloads.chunks(AT_A_TIME) {
            self.tell_workloads(some, now, sink).await?;
        }
        Ok(())
    }

    async fn tell_cluster(&self, sink: &Sink) -> Result<(), Stopped> {
        let statements = {
            let inner = self.inner.lock();
            self.cluster.statements(&inner.state, &inner.readable(), inner.version.as_deref().ok())
        };
        for statement in statements {
            sink.put(Item::Statement(statement)).await?;
        }
        Ok(())
    }

    async fn tell_workloads(&self, workloads: &[Uid], now: Instant, sink: &Sink) -> Result<(), Stopped> {
        let mut items = Vec::new();
        {
            let mut inner = self.inner.lock();
            let readable = inner.readable();
            for uid in workloads {
                let Some((statements, service, hints)) = self.cluster.workload_statements(&inner.state, &readable, *uid) else { continue };
                let id = statements[0].resource.id.clone();
                items.extend(statements.into_iter().map(Item::Statement));
                items.push(Item::Hints { resource: service, hints });
                if inner.awaits(&readable, *uid, now) {
                    continue;
                }
                if let Some((events, known)) = rollouts(&self.cluster, &inner.state, &readable, *uid, inner.known.get(&id), now) {
                    items.extend(events.into_iter().map(Item::Event));
                    items.push(Item::Remember { key: format!("{REMEMBERED}{id}"), value: known.to_value() });
                    inner.known.insert(id, known);
                }
            }
        }
        for item in items {
            sink.put(item).await?;
        }
        Ok(())
    }

    async fn tell_deleted(&self, touched: &Touched, sink: &Sink) -> Result<(), Stopped> {
        let mut items = Vec::new();
        {
            let mut inner = self.inner.lock();
            for uid in &touched.renamed {
                items.extend(self.cluster.former_name(&inner.state, *uid).into_iter().map(Item::Statement));
            }
            for workload in &touched.deleted {
                items.extend(self.cluster.farewell(&inner.state, workload).into_iter().map(Item::Statement));
                // A workload that comes back under its name counts anew; with its namespace it is gone for good.
                let is_empty = inner.state.named.get(&workload.namespace).is_none_or(|names| names.is_empty());
                let id = self.cluster.workload(workload).id.clone();
                if is_empty && inner.known.remove(&id).is_some() {
                    items.push(Item::Remember { key: format!("{REMEMBERED}{id}"), value: Value::Null });
                }
            }
        }
        for item in items {
            sink.put(item).await?;
        }
        Ok(())
    }

    /// What could not be read, and what has to be done about it.
    fn problems(&self) -> Vec<Problem> {
        let inner = self.inner.lock();
        let scope = &self.cluster.name;
        let problem =
            |path: Option<&str>, message: String| Problem { scope: scope.clone(), path: path.map(str::to_owned), line: None, message };
        if let Some(trouble) = inner.unreachable().filter(|trouble| trouble.is_of_the_cluster() || inner.version.is_err()) {
            return vec![problem(None, format!("the cluster was not read: {trouble}"))];
        }
        let mut all = Vec::new();
        if let Err(trouble) = &inner.version {
            all.push(problem(Some("version"), format!("the version was not read: {trouble}")));
        }
        for (kind, standing) in &inner.lists {
            if let Some(trouble) = &standing.trouble {
                all.push(problem(Some(kind.plural()), trouble.of(*kind)));
            }
            all.extend(standing.refused.iter().map(|message| problem(Some(kind.plural()), message.clone())));
        }
        all
    }

    fn extents(&self, counted: u64) -> Vec<Extent> {
        let inner = self.inner.lock();
        let scope = &self.cluster.name;
        let extent = |scope: String, kind: Option<Kind>, reading: Reading, counted: Option<u64>| Extent {
            scope,
            kind,
            reading,
            counted,
            evidence: None,
        };
        if inner.unreachable().is_some() {
            return vec![extent(scope.clone(), None, Reading::Partial, None)];
        }
        let is_read = |kind: ApiKind| inner.lists.get(&kind).is_some_and(|standing| standing.is_current && standing.refused.is_empty());
        let workloads = ApiKind::ALL.into_iter().filter(|kind| kind.is_workload());
        let is_whole = workloads.clone().all(is_read);
        let mut all = Vec::new();
        if inner.version.is_err() {
            all.push(extent(format!("{scope}/version"), Some(Kind::Cluster), Reading::Partial, None));
        }
        for kind in ApiKind::ALL {
            let name = format!("{scope}/{}", kind.plural());
            if !is_read(kind) {
                let of = if kind == ApiKind::Nodes { Kind::Cluster } else { Kind::Workload };
                all.push(extent(name, Some(of), Reading::Partial, None));
            } else if kind.is_workload() && !is_whole {
                all.push(extent(name, None, Reading::Full, None));
            }
        }
        let reading = if is_whole { Reading::Full } else { Reading::Partial };
        all.push(extent(scope.clone(), Some(Kind::Cluster), Reading::Full, Some(1)));
        all.push(extent(scope.clone(), Some(Kind::Service), reading, is_whole.then_some(counted)));
        all.push(extent(scope.clone(), Some(Kind::Workload), reading, is_whole.then_some(counted)));
        all
    }
}

impl Inner {
    /// What was told of rollouts before this process began.
    fn recall(&mut self, cluster: &str, memory: &Memory) {
        if std::mem::replace(&mut self.remembers, true) {
            return;
        }
        let prefix = format!("{REMEMBERED}{cluster}/");
        let remembered = memory.range(prefix.clone()..).take_while(|(key, _)| key.starts_with(&prefix));
        let known = remembered.filter_map(|(key, value)| Some((key[REMEMBERED.len()..].to_owned(), Known::of_value(value)?)));
        self.known.extend(known);
        let listed = memory.get(&format!("{LISTED}{cluster}")).and_then(Value::as_object);
        for kind in OF_ROLLOUTS {
            let at = listed.and_then(|listed| listed.get(kind.plural())).and_then(Value::as_i64).map(Instant::from_micros);
            self.listed.extend(at.map(|at| (kind, at)));
        }
    }

    /// Notes which lists could be read; what to remember, if that is a day further than before.
    fn note_lists(&mut self, now: Instant) -> Option<Value> {
        let readable = self.readable();
        let due = |kind: &ApiKind| self.listed.get(kind).is_none_or(|at| at.plus_seconds(DAY_SECONDS) <= now);
        let due: Vec<ApiKind> = OF_ROLLOUTS.into_iter().filter(|kind| readable.contains(kind) && due(kind)).collect();
        if due.is_empty() {
            return None;
        }
        self.listed.extend(due.into_iter().map(|kind| (kind, now)));
        Some(self.listed.iter().map(|(kind, at)| (kind.plural().to_owned(), Value::from(at.micros()))).collect())
    }

    /// Whether what rollouts of a workload are told by cannot be read now, but lately could.
    fn awaits(&self, readable: &Readable, workload: Uid, now: Instant) -> bool {
        let sets = self.state.workloads.get(&workload).and_then(|workload| sets_of(workload.kind));
        let is_late = |kind: ApiKind| self.listed.get(&kind).is_some_and(|at| now < at.plus_seconds(PATIENCE_SECONDS));
        sets.is_some_and(|sets| [sets, ApiKind::Pods].into_iter().any(|kind| !readable.contains(&kind) && is_late(kind)))
    }
}
