//! From what is delivered to what runs in the clusters, with the machines and what everybody runs beside their own.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use super::third_party;
use super::{ClusterContent, Container, Exposure, Namespace, Node, Release, Releases, Schedule, Step, Workload, WorkloadKind};
use crate::demo::company::Company;
use crate::demo::company::delivery::{self, CommitIds, DeployedService, Environment, Outcome, Placement, Tool};
use crate::demo::company::random::{Random, hash};
use crate::model::Instant;

const DAY: i64 = 86_400;

/// The machines of the cloud: type, processors, memory in GiB, architecture.
const MACHINES: [(&str, u32, u32, &str); 4] =
    [("m7i.2xlarge", 8, 32, "amd64"), ("m7g.2xlarge", 8, 32, "arm64"), ("r7i.2xlarge", 8, 64, "amd64"), ("c7i.4xlarge", 16, 32, "amd64")];

/// Every cluster of the company, in the order of [`delivery::Delivery::clusters`].
#[must_use]
pub fn clusters(company: &Arc<Company>, ids: &CommitIds) -> Vec<ClusterContent> {
    (0..company.delivery.clusters.len()).map(|cluster| content(company, ids, cluster)).collect()
}

fn content(company: &Arc<Company>, ids: &CommitIds, number: usize) -> ClusterContent {
    let delivery = &company.delivery;
    let cluster = &delivery.clusters[number];
    let random = Random::new(0x6b38).part(&cluster.name);
    let mut workloads = Vec::new();
    for (position, service) in delivery.services.iter().enumerate() {
        for (place, placement) in service.placements.iter().enumerate().filter(|(_, placement)| placement.cluster == number) {
            let maker = Maker { company, ids, cluster, service, position };
            workloads.extend(maker.workload(place, placement));
        }
    }
    let systems: BTreeSet<String> = workloads.iter().map(|workload| workload.namespace.clone()).collect();
    workloads.extend(third_party::workloads(&random.part("third party"), cluster, &company.history, &systems));
    let mut exists: BTreeMap<String, Instant> = BTreeMap::new();
    for workload in &workloads {
        let since = workload.steps.first().map_or(company.history.start, |step| step.at).plus_seconds(-3600);
        exists.entry(workload.namespace.clone()).and_modify(|known| *known = (*known).min(since)).or_insert(since);
    }
    for name in ["default", "kube-system", "kube-public", "kube-node-lease"] {
        exists.entry(name.to_owned()).or_insert(cluster.exists.start);
    }
    let seconds = |name: &str| (hash(&format!("{} {name}", cluster.name)) % 999_983) as i64;
    let namespaces = exists.into_iter().map(|(name, since)| {
        let labels = if systems.contains(&name) { BTreeMap::from([("system".to_owned(), name.clone())]) } else { BTreeMap::new() };
        let since = since.max(cluster.exists.start).plus_micros(seconds(&name));
        Namespace { labels, exists: since..end(cluster), name }
    });
    let nodes = nodes(&random.part("nodes"), company, number, &workloads);
    ClusterContent {
        name: cluster.name.clone(),
        version: format!("v1.{}", ["33.4", "33.4", "32.8", "34.1"][hash(&cluster.name) as usize % 4]),
        exists: cluster.exists.clone(),
        namespaces: namespaces.collect(),
        nodes,
        workloads,
    }
}

fn end(cluster: &delivery::Cluster) -> Instant {
    cluster.exists.end
}

/// Machines: replaced every few weeks in the cloud, kept for years in the datacenter.
fn nodes(random: &Random, company: &Company, number: usize, workloads: &[Workload]) -> Vec<Node> {
    let delivery = &company.delivery;
    let cluster = &delivery.clusters[number];
    let region = &delivery.regions[cluster.region];
    let history = &company.history;
    let replicas = |workload: &Workload| workload.steps.iter().map(|step| step.replicas).max().unwrap_or(0) as usize;
    let pods: usize = workloads.iter().filter(|workload| workload.kind != WorkloadKind::DaemonSet).map(replicas).sum();
    let count = (pods / 22).max(3);
    let (mut found, mut names) = (Vec::new(), HashSet::new());
    for slot in 0..count {
        let mut random = random.nth(slot);
        let zone = region.zones[slot % region.zones.len()].clone();
        let machine =
            if region.is_datacenter { ("rack-32", 32, 256, "amd64") } else { MACHINES[random.weighted(&[60.0, 15.0, 15.0, 10.0])] };
        let lifetime = if region.is_datacenter { 500 * DAY } else { 24 * DAY };
        // Some machines are there only in busy times.
        let is_spare = !region.is_datacenter && slot >= count - count / 8;
        let begin = cluster.exists.start.max(history.start.plus_seconds(-40 * DAY));
        let mut at = begin.plus_seconds(if begin == cluster.exists.start { 60 } else { random.between(-lifetime / 2, 0) });
        while at < history.end.min(cluster.exists.end) {
            let stays = if region.is_datacenter { lifetime } else { random.between(lifetime / 2, lifetime * 3 / 2) };
            let gone = at.plus_seconds(if is_spare { random.between(6 * 3600, 40 * 3600) } else { stays });
            let gone = gone.plus_micros(random.between(0, 999_983)).min(cluster.exists.end);
            let name = if region.is_datacenter {
                format!("hh-k8s-{}{slot:02}.brightquay.example", cluster.environment.word())
            } else {
                let (third, fourth) = (random.below(250), 2 + random.below(250));
                format!("ip-10-{}-{third}-{fourth}.{}.brightquay.example", 10 + number, region.name)
            };
            if names.insert(name.clone()) {
                let exists = at.plus_micros(random.between(0, 999_983))..if region.is_datacenter { cluster.exists.end } else { gone };
                found.push(Node {
                    name,
                    region: region.name.to_owned(),
                    zone: zone.clone(),
                    instance_type: machine.0,
                    processors: machine.1,
                    memory: machine.2,
                    architecture: machine.3,
                    exists,
                });
            }
            if region.is_datacenter || gone >= cluster.exists.end {
                break;
            }
            // The next one is there before the old one goes.
            at = if is_spare { gone.plus_seconds(random.between(3 * 3600, 60 * 3600)) } else { gone.plus_seconds(-900) };
        }
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    found
}

/// A workload of the company's own.
struct Maker<'a> {
    company: &'a Arc<Company>,
    ids: &'a CommitIds,
    cluster: &'a delivery::Cluster,
    service: &'a DeployedService,
    position: usize,
}

impl Maker<'_> {
    fn workload(&self, place: usize, placement: &Placement) -> Option<Workload> {
        let service = self.service;
        // What a team does, it does in every cluster.
        let mut random = Random::new(0x6b39).part(&service.system).part(&service.name);
        let seed = hash(&format!("{} {} {}", self.cluster.name, service.system, service.name));
        let steps = self.steps(place, placement, seed);
        if steps.is_empty() {
            return None;
        }
        let name = &service.name;
        let is_old = random.chance(0.14);
        let selector = if is_old {
            BTreeMap::from([("app".to_owned(), name.clone())])
        } else {
            ["name", "instance"].map(|key| (format!("app.kubernetes.io/{key}"), name.clone())).into()
        };
        let mut labels: BTreeMap<String, String> = selector.clone();
        let manager = match service.tool {
            Tool::ArgoCd => "argocd-controller",
            Tool::Jenkins => "kubectl-client-side-apply",
            Tool::GitHub | Tool::Webhook => "helm",
        };
        if !is_old {
            labels.insert("app.kubernetes.io/part-of".to_owned(), service.system.clone());
            if manager == "helm" {
                labels.insert("app.kubernetes.io/managed-by".to_owned(), "Helm".to_owned());
                labels.insert("helm.sh/chart".to_owned(), "service-4.2.0".to_owned());
            }
        }
        let mut annotations = BTreeMap::new();
        if random.chance(0.35) {
            annotations.insert("backstage.io/kubernetes-id".to_owned(), name.clone());
        }
        let kind = match service.workload {
            delivery::Workload::Deployment => WorkloadKind::Deployment,
            delivery::Workload::StatefulSet => WorkloadKind::StatefulSet,
            delivery::Workload::CronJob => WorkloadKind::CronJob(schedule(&mut random)),
        };
        if service.tool == Tool::ArgoCd {
            let of = match kind {
                WorkloadKind::StatefulSet => "apps/StatefulSet",
                WorkloadKind::CronJob(_) => "batch/CronJob",
                _ => "apps/Deployment",
            };
            let tracking = format!("{name}-{}:{of}:{}/{name}", self.cluster.name, service.system);
            annotations.insert("argocd.argoproj.io/tracking-id".to_owned(), tracking);
        }
        let port = (!matches!(kind, WorkloadKind::CronJob(_))).then_some(8080);
        let processor = [50, 100, 250, 500, 1000][random.weighted(&[15.0, 35.0, 30.0, 15.0, 5.0])];
        let memory = [128, 256, 512, 1024, 2048][random.weighted(&[10.0, 30.0, 35.0, 20.0, 5.0])];
        let mut containers = vec![Container {
            name: if random.chance(0.7) { name.clone() } else { "app".to_owned() },
            image: format!("registry.example/{}/{name}", service.system),
            tag: None,
            port,
            processor,
            memory,
        }];
        // Whole systems have the same sidecar.
        if port.is_some() && hash(&service.system).is_multiple_of(5) {
            containers.push(Container {
                name: "otel-agent".to_owned(),
                image: "registry.example/mirror/otel/opentelemetry-collector".to_owned(),
                tag: Some("0.131.0"),
                port: None,
                processor: 20,
                memory: 64,
            });
        }
        let is_web = name.ends_with("-ui")
            || name.ends_with("-web")
            || name.ends_with("-bff")
            || name.ends_with("-admin")
            || name.ends_with("-portal");
        let is_reached = port.is_some() && !name.ends_with("-worker") && !name.ends_with("-consumer");
        let host = match self.cluster.environment {
            Environment::Production => format!("{name}.brightquay.example"),
            other => format!("{name}.{}.brightquay.example", other.word()),
        };
        let has_host = is_web || random.chance(0.22);
        let exposure = is_reached.then(|| Exposure { port: 80, hosts: if has_host { vec![host] } else { Vec::new() } });
        let usual = steps.last().map_or(1, |step| step.replicas);
        let scales = random.chance(0.35);
        let is_scaled = scales && kind == WorkloadKind::Deployment && self.cluster.environment == Environment::Production && usual >= 2;
        Some(Workload {
            kind,
            namespace: service.system.clone(),
            name: name.clone(),
            labels,
            selector,
            annotations,
            manager,
            containers,
            steps,
            says_cause: service.tool == Tool::Jenkins || random.chance(0.08),
            releases: self.releases(random.chance(0.07)),
            end: placement.exists.end,
            startup: [6, 12, 25, 45][random.weighted(&[20.0, 40.0, 30.0, 10.0])],
            trouble: [2, 12, 60, 300][random.weighted(&[50.0, 38.0, 10.0, 2.0])],
            exposure,
            autoscaler: is_scaled.then_some(((usual / 2).max(2), usual * 2)),
            seed,
        })
    }

    /// What was wanted at a placement. A deployment that fails may have reached the cluster, where its pods crash until it is
    /// undone.
    fn steps(&self, place: usize, placement: &Placement, seed: u64) -> Vec<Step> {
        let delivery = &self.company.delivery;
        let mut wanted: Vec<(Instant, u32, bool)> = Vec::new();
        let mut known: HashMap<(u32, (u16, u16, u16)), u32> = HashMap::new();
        let mut good = None;
        for position in delivery.deployments_at(self.position, place, Instant::MAX) {
            let deployment = &delivery.deployments[*position as usize];
            let release = *known.entry((deployment.commit, deployment.version)).or_insert(*position);
            let part = |share: i64| deployment.started().plus_seconds(i64::from(deployment.took) * share / 100);
            match deployment.outcome {
                Outcome::Success => {
                    wanted.push((part(45), release, false));
                    good = Some(release);
                }
                Outcome::Failure if hash(&format!("{seed} {position}")).is_multiple_of(2) => {
                    if let Some(good) = good.filter(|good| *good != release) {
                        wanted.push((part(25), release, true));
                        wanted.push((deployment.finished(), good, false));
                    }
                }
                Outcome::Failure | Outcome::Cancelled => {}
            }
        }
        let Some((first, ..)) = wanted.first().copied() else { return Vec::new() };
        let replicas = placement.replicas.all().iter().map(|(at, _)| *at).filter(|at| *at > first && *at < placement.exists.end);
        let mut times: Vec<(Instant, Option<(u32, bool)>)> =
            wanted.into_iter().map(|(at, release, is_bad)| (at, Some((release, is_bad)))).collect();
        times.extend(replicas.map(|at| (at, None)));
        times.sort_by_key(|(at, what)| (*at, what.is_none()));
        let mut steps: Vec<Step> = Vec::with_capacity(times.len());
        for (number, (at, what)) in times.into_iter().enumerate() {
            let last = steps.last().copied();
            let Some((release, is_bad)) = what.or(last.map(|step| (step.release, step.is_bad))) else { continue };
            let replicas = u32::from(*placement.replicas.at(at));
            if last.is_some_and(|last| (last.release, last.replicas) == (release, replicas)) {
                continue;
            }
            let at = at.plus_micros((hash(&format!("{seed}/{number}")) % 999_983) as i64);
            let at = last.map_or(at, |last| at.max(last.at.plus_seconds(2).plus_micros((seed % 7_919) as i64)));
            if at < placement.exists.end {
                steps.push(Step { at, release, replicas, is_bad });
            }
        }
        steps
    }

    fn releases(&self, by_digest: bool) -> Releases {
        let (company, ids) = (Arc::clone(self.company), self.ids.clone());
        Releases::asking(move |position| {
            let deployment = &company.delivery.deployments[position as usize];
            let version = company.delivery.version(deployment, &ids);
            let who = &company.people[deployment.by as usize].login;
            Release { cause: format!("deploy {version} by {who}"), version, by_digest }
        })
    }
}

fn schedule(random: &mut Random) -> Schedule {
    match random.weighted(&[40.0, 35.0, 25.0]) {
        0 => Schedule { every: 1440, minute: random.below(1440) as u32 },
        1 => Schedule { every: 60, minute: random.below(60) as u32 },
        _ => Schedule { every: [10, 15, 30][random.below(3)], minute: 0 },
    }
}
