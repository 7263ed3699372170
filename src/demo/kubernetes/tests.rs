//! What the server promises, on a small cluster: versions, pages, watches, rollouts and writes.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use axum::body::Body as HttpBody;
use axum::http::Request;
use futures::StreamExt;
use serde_json::{Map, Value, json};
use tower::ServiceExt;

use super::cluster::Cluster;
use super::desired::{hash, mix};
use super::items::Item;
use super::resources::{Kind, RESOURCES};
use super::{Identity, Kubernetes, Options, render};
use crate::demo::company::clusters::{
    ClusterContent, Container, Exposure, Namespace, Node, Releases, Schedule, Step, Workload, WorkloadKind,
};
use crate::model::{Clock, Instant};

const DAY: i64 = 86_400;

fn start() -> Instant {
    "2026-01-05T00:00:00Z".parse().unwrap()
}

fn container(name: &str, port: Option<u16>) -> Container {
    Container { name: name.to_owned(), image: format!("registry.example/{name}"), tag: None, port, processor: 250, memory: 512 }
}

/// A workload whose versions follow each other every few hours; some are bad, and some go back to the one before.
fn workload(kind: WorkloadKind, namespace: &str, name: &str, replicas: u32, every: i64) -> Workload {
    let seed = hash(name);
    let mut steps: Vec<Step> = Vec::new();
    let mut at = start().plus_seconds(3600 + (seed % 4_000) as i64).plus_micros((seed % 999_983) as i64);
    let (mut release, mut replicas) = (0, replicas);
    if every < 1_000 {
        at = at.plus_seconds(9 * DAY);
    }
    while at < start().plus_seconds(20 * DAY) && steps.len() < 200 {
        let number = mix(seed ^ steps.len() as u64);
        let last = steps.last().copied();
        let back = last.is_some_and(|step| step.is_bad);
        release = if back { release - 1 } else { release + 1 };
        let is_bad = !back && release > 3 && number.is_multiple_of(9);
        if number.is_multiple_of(7) {
            replicas = 1 + (number >> 20) as u32 % 9;
        }
        steps.push(Step { at, release, replicas, is_bad });
        let wait = if is_bad { 900 } else { (number >> 8) as i64 % (2 * every) + 5 };
        at = at.plus_seconds(wait).plus_micros((number >> 40) as i64 % 999_983);
    }
    if steps.is_empty() {
        steps.push(Step { at, release: 1, replicas, is_bad: false });
    }
    let labels = BTreeMap::from([("app.kubernetes.io/name".to_owned(), name.to_owned())]);
    Workload {
        kind,
        namespace: namespace.to_owned(),
        name: name.to_owned(),
        selector: labels.clone(),
        labels,
        annotations: BTreeMap::from([("backstage.io/kubernetes-id".to_owned(), name.to_owned())]),
        manager: "helm",
        containers: vec![container(name, Some(8080))],
        steps,
        says_cause: name == "api",
        releases: Releases::asking(|number| crate::demo::company::clusters::Release {
            version: format!("1.{number}.0"),
            by_digest: number % 5 == 0,
            cause: format!("deploy 1.{number}.0"),
        }),
        end: if name == "short" { start().plus_seconds(9 * DAY + 7).plus_micros(77_123) } else { Instant::MAX },
        startup: 20,
        trouble: 60,
        exposure: Some(Exposure { port: 80, hosts: vec![format!("{name}.example")] }),
        autoscaler: (name == "api").then_some((2, 12)),
        seed,
    }
}

fn content() -> ClusterContent {
    let exists = start()..Instant::MAX;
    let node = |number: i64| Node {
        name: format!("node-{number:02}.example"),
        region: "eu-central-1".to_owned(),
        zone: format!("eu-central-1{}", ["a", "b", "c"][number as usize % 3]),
        instance_type: "m7i.xlarge",
        processors: 4,
        memory: 16,
        architecture: "amd64",
        exists: match number {
            0..4 => start().plus_micros(number * 17)..Instant::MAX,
            _ => start().plus_seconds(number * DAY / 2).plus_micros(number * 31_337)..start().plus_seconds((number + 6) * DAY / 2 + number * 1_111).plus_micros(number * 77_777),
        },
    };
    let namespace = |name: &str| Namespace { name: name.to_owned(), labels: BTreeMap::new(), exists: exists.clone() };
    let every_hour = WorkloadKind::CronJob(Schedule { every: 60, minute: 10 });
    let often = WorkloadKind::CronJob(Schedule { every: 5, minute: 0 });
    ClusterContent {
        name: "prod-eu-central-1".to_owned(),
        version: "v1.33.4".to_owned(),
        exists: exists.clone(),
        namespaces: vec![namespace("payments"), namespace("payments-tools"), namespace("routing")],
        nodes: (0..16).map(node).collect(),
        workloads: vec![
            workload(WorkloadKind::Deployment, "payments", "api", 5, 9_000),
            workload(WorkloadKind::Deployment, "payments", "ledger", 3, 40_000),
            workload(WorkloadKind::Deployment, "payments-tools", "mailer", 2, 700),
            workload(WorkloadKind::Deployment, "routing", "hurried", 8, 60),
            workload(WorkloadKind::Deployment, "routing", "short", 4, 20_000),
            workload(WorkloadKind::StatefulSet, "routing", "store", 3, 30_000),
            workload(WorkloadKind::DaemonSet, "routing", "agent", 0, 100_000),
            workload(every_hour, "payments", "report", 1, 50_000),
            workload(often, "payments", "tick", 1, 50_000),
        ],
    }
}

/// A clock that is put somewhere.
#[derive(Clone)]
struct Time(Arc<AtomicI64>);

impl Time {
    fn at(at: Instant) -> Self {
        Self(Arc::new(AtomicI64::new(at.micros())))
    }

    fn set(&self, at: Instant) {
        self.0.store(at.micros(), Ordering::SeqCst);
    }

    fn clock(&self) -> Clock {
        let time = self.clone();
        Arc::new(move || Instant::from_micros(time.0.load(Ordering::SeqCst)))
    }
}

type Objects = BTreeMap<String, Map<String, Value>>;

fn objects(cluster: &Cluster, kind: Kind) -> Objects {
    let list = cluster.list(kind, cluster.current());
    list.iter().map(|item| (item.key.clone(), render::object(&cluster.content, item))).collect()
}

/// Follows a kind, and says what there is in the end.
fn followed(cluster: &Cluster, kind: Kind, from: (u64, Objects)) -> Objects {
    let (revision, mut objects) = from;
    let mut following = cluster.follow(revision);
    let mut last = revision;
    while let Some((revision, changes)) = cluster.step(&mut following, kind) {
        assert!(revision > last, "versions grow");
        last = revision;
        assert!(changes.len() <= 1, "{:?} changed at once", changes.iter().map(|change| change.after.as_ref().map(|item| &item.key)).collect::<Vec<_>>());
        for change in changes {
            if let Some(item) = &change.after {
                assert_eq!(item.revision, revision, "{:?} {}", kind, item.key);
                let known = objects.insert(item.key.clone(), render::object(&cluster.content, item));
                assert_eq!(known.is_some(), change.before.is_some(), "{}", item.key);
            } else if let Some(item) = &change.before {
                assert!(objects.remove(&item.key).is_some(), "{}", item.key);
            }
        }
    }
    objects
}

fn assert_same(found: &Objects, wanted: &Objects, what: &str) {
    for (key, object) in wanted {
        assert_eq!(found.get(key), Some(object), "{what} {key}");
    }
    assert_eq!(found.len(), wanted.len(), "{what}: {:?}", found.keys().filter(|key| !wanted.contains_key(*key)).collect::<Vec<_>>());
}

#[test]
fn a_list_and_what_changes_since_make_every_later_list() {
    let time = Time::at(start().plus_seconds(DAY));
    let cluster = Cluster::new(Arc::new(content()), time.clock(), 300);
    let mut random = 7_u64;
    for round in 0..16 {
        random = mix(random);
        // Every other time while most happens.
        let days = if round % 2 == 0 { 19 * DAY } else { DAY / 4 };
        let from = start().plus_seconds(3_600 + if round % 2 == 0 { 0 } else { 9 * DAY } + random as i64 % days);
        time.set(from);
        let before: Vec<(u64, Objects)> = RESOURCES.iter().map(|resource| (cluster.current(), objects(&cluster, resource.kind))).collect();
        time.set(from.plus_seconds((random >> 40) as i64 % 400));
        for (resource, from) in RESOURCES.iter().zip(before) {
            let found = followed(&cluster, resource.kind, from);
            let fresh = Cluster::new(Arc::clone(&cluster.content), time.clock(), 300);
            assert_same(&found, &objects(&fresh, resource.kind), resource.name);
        }
    }
}

#[test]
fn what_is_written_shows_in_lists_and_watches_alike() {
    let time = Time::at(start().plus_seconds(2 * DAY));
    let cluster = Cluster::new(Arc::new(content()), time.clock(), 3_000);
    let before: Vec<(u64, Objects)> = RESOURCES.iter().map(|resource| (cluster.current(), objects(&cluster, resource.kind))).collect();
    for number in 0..40_u64 {
        let pods = cluster.list(Kind::Pod, cluster.current());
        let pod: &Arc<Item> = &pods[mix(number) as usize % pods.len()];
        match number % 3 {
            0 => drop(cluster.delete_pod(pod.position, &pod.uid, if number % 2 == 0 { 30 } else { 0 })),
            1 => drop(cluster.storm(3)),
            _ => time.set(cluster.now().plus_micros((mix(number) % 20_000_000) as i64)),
        }
    }
    let now = cluster.now();
    for seconds in [0, 1, 40, 600] {
        time.set(now.plus_seconds(seconds));
        for (resource, from) in RESOURCES.iter().zip(&before) {
            let found = followed(&cluster, resource.kind, from.clone());
            cluster.forget();
            assert_same(&found, &objects(&cluster, resource.kind), resource.name);
        }
    }
}
