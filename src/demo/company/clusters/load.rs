//! Clusters of any size, for measuring.

use std::collections::BTreeMap;

use super::{ClusterContent, Container, Namespace, Node, Releases, Step, Workload, WorkloadKind};
use crate::demo::company::random::Random;
use crate::model::Instant;

/// Pods of one workload.
const REPLICAS: u32 = 12;
const VERSIONS: [&str; 12] = ["1.0.0", "1.1.0", "1.2.0", "1.3.0", "1.3.1", "1.4.0", "1.5.0", "2.0.0", "2.0.1", "2.1.0", "2.2.0", "2.3.0"];

/// So many clusters with so many pods in all, in Deployments of a dozen pods with eleven older revisions each. Everything
/// was rolled out before `now`; nothing changes afterwards unless somebody writes.
#[must_use]
pub fn load(clusters: usize, pods: usize, now: Instant) -> Vec<ClusterContent> {
    let workloads = pods.div_ceil(clusters.max(1)).div_ceil(REPLICAS as usize);
    (0..clusters).map(|number| one(number, workloads, now)).collect()
}

fn one(number: usize, workloads: usize, now: Instant) -> ClusterContent {
    let name = format!("load-{number:02}");
    let mut random = Random::new(0x10ad).part(&name);
    let exists = now.plus_seconds(-90 * 86_400)..Instant::MAX;
    let namespace = |position: usize| format!("system-{:02}", position % 40);
    let node = |position: usize| Node {
        name: format!("node-{position:03}.{name}.example"),
        region: "eu-central-1".to_owned(),
        zone: format!("eu-central-1{}", ["a", "b", "c"][position % 3]),
        instance_type: "m7i.4xlarge",
        processors: 16,
        memory: 64,
        architecture: "amd64",
        exists: exists.start.plus_micros(position as i64)..Instant::MAX,
    };
    let namespaces = (0..workloads.min(40)).map(|position| Namespace {
        name: namespace(position),
        labels: BTreeMap::new(),
        exists: exists.start.plus_micros(7_000 + position as i64)..Instant::MAX,
    });
    let workload = |position: usize| {
        let own = format!("service-{position:04}");
        let selector = BTreeMap::from([("app.kubernetes.io/name".to_owned(), own.clone())]);
        let step = |release: usize| Step {
            at: now.plus_seconds((release as i64 - 13) * 6 * 86_400 + position as i64 * 30).plus_micros(random.between(0, 999_983)),
            release: release as u32,
            replicas: REPLICAS,
            is_bad: false,
        };
        Workload {
            kind: WorkloadKind::Deployment,
            namespace: namespace(position),
            name: own.clone(),
            labels: selector.clone(),
            selector,
            annotations: BTreeMap::new(),
            manager: "helm",
            containers: vec![Container {
                image: format!("registry.example/{}/{own}", namespace(position)),
                name: own,
                tag: None,
                port: Some(8080),
                processor: 250,
                memory: 512,
            }],
            steps: (0..VERSIONS.len()).map(step).collect(),
            says_cause: false,
            releases: Releases::listed(&VERSIONS),
            end: Instant::MAX,
            startup: 20,
            trouble: 0,
            exposure: None,
            autoscaler: None,
            seed: random.next(),
        }
    };
    let workloads: Vec<Workload> = (0..workloads).map(workload).collect();
    let nodes = (0..(workloads.len() * REPLICAS as usize).div_ceil(90).max(1)).map(node).collect();
    ClusterContent {
        name: name.clone(),
        version: "v1.33.4".to_owned(),
        exists: exists.clone(),
        namespaces: namespaces.collect(),
        nodes,
        workloads,
    }
}
