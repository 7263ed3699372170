//! What runs beside the company's own services: the pieces of the platform, and data stores that teams run for themselves.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::{Container, Exposure, Releases, Step, Workload, WorkloadKind};
use crate::demo::company::delivery::{Cluster, Environment};
use crate::demo::company::random::Random;
use crate::model::Instant;

/// Namespace, name, kind, image below the mirror, port, replicas and versions, oldest first.
type Piece = (&'static str, &'static str, WorkloadKind, &'static str, Option<u16>, u32, &'static [&'static str]);

const DEPLOYMENT: WorkloadKind = WorkloadKind::Deployment;
const DAEMON: WorkloadKind = WorkloadKind::DaemonSet;
const STATEFUL: WorkloadKind = WorkloadKind::StatefulSet;

const EVERYWHERE: [Piece; 13] = [
    ("kube-system", "coredns", DEPLOYMENT, "coredns/coredns", Some(53), 3, &["v1.11.3", "v1.12.1", "v1.12.3"]),
    ("kube-system", "kube-proxy", DAEMON, "kubernetes/kube-proxy", None, 0, &["v1.32.8", "v1.33.4"]),
    ("kube-system", "cilium", DAEMON, "cilium/cilium", None, 0, &["v1.17.4", "v1.17.6", "v1.18.1"]),
    ("kube-system", "metrics-server", DEPLOYMENT, "metrics-server/metrics-server", Some(10250), 2, &["v0.7.2", "v0.8.0"]),
    (
        "ingress-nginx",
        "ingress-nginx-controller",
        DEPLOYMENT,
        "ingress-nginx/controller",
        Some(443),
        3,
        &["v1.12.2", "v1.12.4", "v1.13.1", "v1.13.3"],
    ),
    ("cert-manager", "cert-manager", DEPLOYMENT, "jetstack/cert-manager-controller", Some(9402), 1, &["v1.16.5", "v1.17.2", "v1.18.2"]),
    (
        "cert-manager",
        "cert-manager-cainjector",
        DEPLOYMENT,
        "jetstack/cert-manager-cainjector",
        None,
        1,
        &["v1.16.5", "v1.17.2", "v1.18.2"],
    ),
    (
        "cert-manager",
        "cert-manager-webhook",
        DEPLOYMENT,
        "jetstack/cert-manager-webhook",
        Some(10250),
        2,
        &["v1.16.5", "v1.17.2", "v1.18.2"],
    ),
    ("logging", "fluent-bit", DAEMON, "fluent/fluent-bit", None, 0, &["3.2.10", "4.0.3", "4.0.8", "4.1.0"]),
    ("monitoring", "node-exporter", DAEMON, "prometheus/node-exporter", Some(9100), 0, &["v1.9.1"]),
    ("monitoring", "prometheus", STATEFUL, "prometheus/prometheus", Some(9090), 2, &["v3.3.1", "v3.4.2", "v3.5.0"]),
    ("monitoring", "alertmanager", STATEFUL, "prometheus/alertmanager", Some(9093), 3, &["v0.28.1"]),
    ("monitoring", "kube-state-metrics", DEPLOYMENT, "kube-state-metrics/kube-state-metrics", Some(8080), 1, &["v2.15.0", "v2.16.0"]),
];

const IN_TOOLS: [Piece; 4] = [
    ("argocd", "argocd-server", DEPLOYMENT, "argoproj/argocd", Some(8080), 2, &["v3.0.6", "v3.0.12", "v3.1.5"]),
    ("argocd", "argocd-repo-server", DEPLOYMENT, "argoproj/argocd", Some(8081), 2, &["v3.0.6", "v3.0.12", "v3.1.5"]),
    ("argocd", "argocd-application-controller", STATEFUL, "argoproj/argocd", Some(8082), 1, &["v3.0.6", "v3.0.12", "v3.1.5"]),
    ("grafana", "grafana", DEPLOYMENT, "grafana/grafana", Some(3000), 2, &["11.6.1", "12.0.2", "12.1.1"]),
];

/// What teams run for themselves, in some namespaces.
const STORES: [Piece; 3] = [
    ("", "redis", STATEFUL, "redis/redis", Some(6379), 3, &["7.4.2", "7.4.5", "8.0.3"]),
    ("", "memcached", DEPLOYMENT, "memcached/memcached", Some(11211), 2, &["1.6.38", "1.6.39"]),
    ("", "rabbitmq", STATEFUL, "rabbitmq/rabbitmq", Some(5672), 3, &["4.0.9", "4.1.3"]),
];

pub(super) fn workloads(random: &Random, cluster: &Cluster, history: &Range<Instant>, systems: &BTreeSet<String>) -> Vec<Workload> {
    let mut found = Vec::new();
    let tools: &[Piece] = if cluster.environment == Environment::Tools { &IN_TOOLS } else { &[] };
    for piece in EVERYWHERE.iter().chain(tools) {
        found.push(workload(&mut random.part(piece.1), cluster, history, piece, piece.0));
    }
    for system in systems {
        let mut random = random.part(system);
        for piece in &STORES {
            if random.chance(0.1) {
                found.push(workload(&mut random.part(piece.1), cluster, history, piece, system));
            }
        }
    }
    found
}

fn workload(random: &mut Random, cluster: &Cluster, history: &Range<Instant>, piece: &Piece, namespace: &str) -> Workload {
    let (_, name, kind, image, port, replicas, versions) = piece;
    let seed = random.next();
    let since = cluster.exists.start.max(history.start.plus_seconds(-300 * 86_400)).plus_seconds(random.between(300, 86_400));
    let mut steps = Vec::new();
    let mut at = since;
    for release in 0..versions.len() as u32 {
        let at_micros = at.plus_micros(random.between(1, 999_983));
        if at_micros < cluster.exists.end && at_micros < history.end {
            steps.push(Step { at: at_micros, release, replicas: *replicas, is_bad: false });
        }
        let first = if release == 0 { history.start } else { at };
        at = first.max(at).plus_seconds(random.between(20, 150) * 86_400 + random.between(0, 36_000));
    }
    let label = |key: &str, value: &str| (format!("app.kubernetes.io/{key}"), value.to_owned());
    let is_store = piece.0.is_empty();
    let instance = if is_store { format!("{namespace}-{name}") } else { (*name).to_owned() };
    let selector = BTreeMap::from([label("name", name), label("instance", &instance)]);
    let mut labels = selector.clone();
    labels.extend([("helm.sh/chart".to_owned(), format!("{name}-1.4.0")), label("managed-by", "Helm")]);
    Workload {
        kind: kind.clone(),
        namespace: namespace.to_owned(),
        name: if is_store { instance } else { (*name).to_owned() },
        labels,
        selector,
        annotations: BTreeMap::new(),
        manager: "helm",
        containers: vec![Container {
            name: (*name).to_owned(),
            image: format!("registry.example/mirror/{image}"),
            tag: None,
            port: *port,
            processor: 100,
            memory: 256,
        }],
        steps,
        says_cause: false,
        releases: Releases::listed(versions),
        end: cluster.exists.end,
        startup: 10,
        trouble: 4,
        exposure: port.filter(|_| *kind != DAEMON).map(|port| Exposure { port, hosts: Vec::new() }),
        autoscaler: None,
        seed,
    }
}
