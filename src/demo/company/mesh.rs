//! What runs where, how it is, which keys configure it, and who may call whom: what Consul holds.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::Timed;
use super::delivery::{self, Delivery, DeployedService, Environment, Region, Workload};
use super::generate::Drafted;
use super::random::Random;
use crate::model::Instant;

/// All of it.
#[derive(Clone, Debug, Default)]
pub struct Mesh {
    /// The datacenters, nearest first.
    pub datacenters: Vec<Datacenter>,
    /// Services; what others made comes last.
    pub services: Vec<MeshService>,
    /// Who may call whom.
    pub intentions: Vec<Intention>,
}

/// Where things run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Datacenter {
    /// `eu`.
    pub name: String,
    /// Names of its nodes.
    pub nodes: Vec<String>,
}

/// A service in all its datacenters.
#[derive(Clone, Debug)]
pub struct MeshService {
    /// `billing`.
    pub name: String,
    /// From the first registration to the last deregistration.
    pub exists: Range<Instant>,
    /// Tags.
    pub tags: Timed<Vec<String>>,
    /// What it says of itself.
    pub meta: Timed<BTreeMap<String, String>>,
    /// The port of every instance.
    pub port: u16,
    /// Names of its checks.
    pub checks: Vec<String>,
    /// Where it runs.
    pub places: Vec<MeshPlace>,
    /// Names of its keys below `config/NAME/`, and when they are there.
    pub keys: Vec<(String, Range<Instant>)>,
    /// A proxy stands beside each instance.
    pub proxied: bool,
    /// Services that the proxy leads to: positions in [`Mesh::services`].
    pub upstreams: Vec<(usize, Range<Instant>)>,
}

/// A service in one datacenter.
#[derive(Clone, Debug)]
pub struct MeshPlace {
    /// In [`Mesh::datacenters`].
    pub datacenter: usize,
    /// The node of each instance, as positions in [`Datacenter::nodes`].
    pub instances: Timed<Vec<usize>>,
    /// When checks did not pass.
    pub outages: Vec<Outage>,
}

/// A check that does not pass.
#[derive(Clone, Debug)]
pub struct Outage {
    /// From when until when.
    pub during: Range<Instant>,
    /// The first instances have it.
    pub instances: usize,
    /// In [`MeshService::checks`].
    pub check: usize,
    /// It is only a warning.
    pub warning: bool,
    /// What it says.
    pub output: String,
}

/// A rule of who may call whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Intention {
    /// Who; `*` for everybody.
    pub from: String,
    /// Whom; `*` for everybody.
    pub to: String,
    /// It may, or it may not.
    pub allow: bool,
    /// When the rule is there.
    pub exists: Range<Instant>,
}

const DAY: i64 = 86_400;
const HOUR: i64 = 3600;

/// Names of keys, and how common each is.
const KEYS: [(&str, f64); 22] = [
    ("db/url", 0.55),
    ("db/pool_size", 0.5),
    ("db/statement_timeout_ms", 0.25),
    ("cache/ttl_seconds", 0.35),
    ("cache/url", 0.3),
    ("kafka/brokers", 0.4),
    ("kafka/consumer_group", 0.3),
    ("kafka/max_poll_records", 0.12),
    ("http/timeout_ms", 0.5),
    ("http/max_connections", 0.25),
    ("http/retries", 0.3),
    ("log/level", 0.85),
    ("tracing/sample_rate", 0.4),
    ("limits/requests_per_second", 0.25),
    ("limits/batch_size", 0.2),
    ("features/new_pricing", 0.05),
    ("features/dual_write", 0.08),
    ("features/read_from_replica", 0.1),
    ("jobs/cleanup/cron", 0.15),
    ("jobs/cleanup/enabled", 0.15),
    ("alerts/channel", 0.2),
    ("maintenance", 0.1),
];

/// What runs there and is in no repository.
const FOREIGN: [&str; 9] =
    ["vault", "redis-sessions", "rabbitmq", "postgres-primary", "kafka-bridge", "ldap-proxy", "smtp-relay", "prometheus", "minio-archive"];

/// What runs in production, by what is deployed there. Calls are those that descriptors name but for some, and others that
/// nobody wrote down.
pub(super) fn mesh(drafted: &Drafted<'_>, delivery: &Delivery) -> Mesh {
    let context = drafted.context;
    let random = context.random.part("mesh");
    let mut found = Mesh { datacenters: datacenters(delivery), ..Mesh::default() };
    // By the component's name: its position here, and its deployed service.
    let mut positions: BTreeMap<&str, usize> = BTreeMap::new();
    for (number, deployed) in delivery.services.iter().enumerate() {
        let mut random = random.part(&deployed.name);
        let places = places(&mut random, delivery, deployed, &found.datacenters, context.history);
        if places.is_empty() {
            continue;
        }
        let (plan, fate) = (&drafted.plans[deployed.repository], &drafted.fates[deployed.repository]);
        // Some are registered under another name than they have elsewhere.
        let name = if random.chance(0.07) { format!("{}-svc", deployed.name) } else { deployed.name.clone() };
        let mut meta = BTreeMap::new();
        if random.chance(0.58) {
            meta.insert("repository".to_owned(), format!("{}/{}", context.login, plan.name));
        }
        if random.chance(0.3) {
            meta.insert("team".to_owned(), context.org.units[context.org.topics[plan.topic].unit].area.to_owned());
        }
        if random.chance(0.12) {
            meta.insert("component".to_owned(), deployed.name.clone());
        }
        let mut tags = vec!["production".to_owned()];
        if random.chance(0.3) {
            tags.push("traefik.enable=true".to_owned());
        }
        let checks = match random.below(4) {
            0 => vec!["HTTP /health".to_owned(), "Disk space".to_owned()],
            1 => vec!["HTTP /health".to_owned(), "Consumer lag".to_owned()],
            _ => vec!["HTTP /health".to_owned()],
        };
        positions.insert(&deployed.name, found.services.len());
        found.services.push(MeshService {
            name,
            exists: deployed.exists.start..deployed.exists.end.min(fate.exists.end),
            tags: Timed::always(tags),
            meta: Timed::always(meta),
            port: 8000 + (random.below(40) * 10 + number % 7) as u16,
            checks,
            places,
            keys: keys(&mut random, &deployed.exists, context.history),
            proxied: random.chance(0.34),
            upstreams: Vec::new(),
        });
    }
    calls(&random, drafted, delivery, &positions, &mut found);
    foreign(&random, context.history, &mut found);
    found
}

fn datacenters(delivery: &Delivery) -> Vec<Datacenter> {
    let region = |(number, region): (usize, &Region)| {
        let runs = |cluster: &&delivery::Cluster| cluster.region == number && cluster.environment == Environment::Production;
        let nodes = if delivery.clusters.iter().any(|cluster| runs(&cluster)) { [36, 12, 22, 10][number.min(3)] } else { 3 };
        let name = |node: usize| match region.is_datacenter {
            true => format!("{}-{:02}", region.name, node + 1),
            false => format!("ip-10-{}-{}-{}", 10 + number, node / 16, 16 * (node % 16) + 7),
        };
        Datacenter { name: region.name.to_owned(), nodes: (0..nodes).map(name).collect() }
    };
    delivery.regions.iter().enumerate().map(region).collect()
}

fn places(
    random: &mut Random,
    delivery: &Delivery,
    deployed: &DeployedService,
    datacenters: &[Datacenter],
    history: &Range<Instant>,
) -> Vec<MeshPlace> {
    let mut found: Vec<MeshPlace> = Vec::new();
    for placement in &deployed.placements {
        let cluster = &delivery.clusters[placement.cluster];
        let is_known = |place: &MeshPlace| place.datacenter == cluster.region;
        if cluster.environment != Environment::Production || deployed.workload == Workload::CronJob || found.iter().any(is_known) {
            continue;
        }
        let nodes = datacenters[cluster.region].nodes.len();
        let first = random.below(nodes);
        // Never two on one node while there are others.
        let on = |replicas: u16| (0..usize::from(replicas)).map(|number| (first + number * 5) % nodes).collect::<Vec<_>>();
        let mut steps = vec![(Instant::MIN, Vec::new()), (placement.exists.start, on(*placement.replicas.at(placement.exists.start)))];
        let changes = placement.replicas.all().iter().filter(|(at, _)| placement.exists.contains(at) && *at > placement.exists.start);
        steps.extend(changes.map(|(at, replicas)| (*at, on(*replicas))));
        if placement.exists.end < Instant::MAX {
            steps.push((placement.exists.end, Vec::new()));
        }
        found.push(MeshPlace { datacenter: cluster.region, instances: Timed::steps(steps), outages: outages(random, history) });
    }
    found
}

/// Bad hours: most services have few, some many, and some things stay wrong for days.
fn outages(random: &mut Random, history: &Range<Instant>) -> Vec<Outage> {
    const SAID: [&str; 4] = [
        "HTTP GET http://127.0.0.1:8080/health: 503 Service Unavailable Output: {\"status\":\"DOWN\"}",
        "Get http://127.0.0.1:8080/health: net/http: request canceled (Client.Timeout exceeded while awaiting headers)",
        "dial tcp 127.0.0.1:8080: connect: connection refused",
        "TTL expired",
    ];
    let length = history.end.micros() - history.start.micros();
    let mut found = Vec::new();
    for _ in 0..random.heavy(1.2, 3.0) as usize {
        let start = history.start.plus_micros((length as f64 * random.share()) as i64);
        let (warning, seconds) = match random.chance(0.08) {
            true => (true, random.between(2 * DAY, 20 * DAY)),
            false => (random.chance(0.2), random.between(HOUR / 6, 9 * HOUR)),
        };
        let check = usize::from(warning);
        let output = if warning { "usage of /var/lib is 91 %".to_owned() } else { SAID[random.below(SAID.len())].to_owned() };
        let instances = if random.chance(0.3) { usize::MAX } else { 1 };
        found.push(Outage { during: start..start.plus_seconds(seconds), instances, check, warning, output });
    }
    found
}

fn keys(random: &mut Random, exists: &Range<Instant>, history: &Range<Instant>) -> Vec<(String, Range<Instant>)> {
    if random.chance(0.35) {
        return Vec::new();
    }
    let length = (history.end.micros() - history.start.micros()) as f64;
    let mut found = Vec::new();
    for (name, share) in KEYS {
        if !random.chance(share) {
            continue;
        }
        let mut during = exists.clone();
        let at = history.start.plus_micros((length * random.share()) as i64);
        // Switches come, and some of them go again.
        if (name.starts_with("features/") || random.chance(0.12)) && exists.contains(&at) {
            during.start = at;
            let until = at.plus_seconds(random.between(20, 200) * DAY);
            if name.starts_with("features/") && until < exists.end {
                during.end = until;
            }
        }
        found.push((name.to_owned(), during));
    }
    found
}

fn calls(random: &Random, drafted: &Drafted<'_>, delivery: &Delivery, positions: &BTreeMap<&str, usize>, found: &mut Mesh) {
    let names: Vec<(usize, usize)> = delivery
        .services
        .iter()
        .enumerate()
        .filter_map(|(deployed, service)| Some((deployed, *positions.get(service.name.as_str())?)))
        .collect();
    let history = drafted.context.history;
    for (deployed, from) in &names {
        let service = &delivery.services[*deployed];
        let mut random = random.part("calls").part(&service.name);
        let mut to: BTreeSet<usize> = BTreeSet::new();
        let declared = drafted.described[service.repository].iter().filter(|_| service.is_main).flat_map(|described| &described.neighbours);
        to.extend(declared.filter_map(|name| positions.get(name.as_str())).filter(|_| random.chance(0.8)));
        // What nobody wrote down.
        for _ in 0..random.early(4) {
            to.insert(names[random.early(names.len())].1);
        }
        to.remove(from);
        for to in to {
            let begun = found.services[*from].exists.start.max(found.services[to].exists.start);
            let late = history.start.plus_seconds(random.between(0, 360) * DAY);
            let start = if random.chance(0.15) { begun.max(late) } else { begun };
            let end = found.services[*from].exists.end.min(found.services[to].exists.end);
            if start >= end {
                continue;
            }
            if found.services[*from].proxied && random.chance(0.7) {
                found.services[*from].upstreams.push((to, start..end));
            }
            if random.chance(0.85) {
                let (from, to) = (found.services[*from].name.clone(), found.services[to].name.clone());
                found.intentions.push(Intention { from, to, allow: random.chance(0.97), exists: start..end });
            }
        }
    }
    let ever = Instant::MIN..Instant::MAX;
    let deny = |to: &str| Intention { from: "*".to_owned(), to: to.to_owned(), allow: false, exists: ever.clone() };
    found.intentions.push(deny("*"));
    found.intentions.sort_by(|a, b| (&a.from, &a.to, a.exists.start).cmp(&(&b.from, &b.to, b.exists.start)));
    found.intentions.dedup_by(|a, b| (&a.from, &a.to) == (&b.from, &b.to));
    // Positions follow the order of names, which is that of the list from now on.
    let mut order: Vec<usize> = (0..found.services.len()).collect();
    order.sort_by(|a, b| found.services[*a].name.cmp(&found.services[*b].name));
    let mut moved = vec![0; order.len()];
    order.iter().enumerate().for_each(|(now, before)| moved[*before] = now);
    for service in &mut found.services {
        service.upstreams.iter_mut().for_each(|(to, _)| *to = moved[*to]);
    }
    found.services.sort_by(|a, b| a.name.cmp(&b.name));
}

/// Machines and programs that others made.
fn foreign(random: &Random, history: &Range<Instant>, found: &mut Mesh) {
    let mut random = random.part("foreign");
    for name in FOREIGN.iter().take(2 + found.services.len() / 20) {
        let datacenter = random.below(found.datacenters.len());
        let nodes = found.datacenters[datacenter].nodes.len();
        let instances = Timed::always((0..3.min(nodes)).map(|number| (number * 3) % nodes).collect());
        found.services.push(MeshService {
            name: (*name).to_owned(),
            exists: Instant::MIN..Instant::MAX,
            tags: Timed::always(Vec::new()),
            meta: Timed::always(BTreeMap::new()),
            port: 9000,
            checks: vec!["TCP".to_owned()],
            places: vec![MeshPlace { datacenter, instances, outages: outages(&mut random, history) }],
            keys: Vec::new(),
            proxied: false,
            upstreams: Vec::new(),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::company::{Company, Shape};

    #[test]
    fn a_mesh_runs_what_is_deployed_and_knows_calls_that_nobody_wrote_down() {
        let company = Company::generate(&Shape { seed: 1, repositories: 200, end: "2026-11-20T00:00:00Z".parse().unwrap() });
        let (mesh, now) = (&company.mesh, company.history.end.plus_seconds(-3600));
        assert_eq!(mesh.datacenters.len(), company.delivery.regions.len());
        let there: Vec<&MeshService> = mesh.services.iter().filter(|service| service.exists.contains(&now)).collect();
        assert!((50..130).contains(&there.len()), "{} services", there.len());
        let several = there.iter().filter(|service| service.places.len() > 1).count() as f64 / there.len() as f64;
        assert!((0.15..0.8).contains(&several), "{several} run in several datacenters");
        for service in &there {
            assert!(
                service.places.iter().all(|place| place
                    .instances
                    .at(now)
                    .iter()
                    .all(|node| *node < mesh.datacenters[place.datacenter].nodes.len()))
            );
            assert!(service.upstreams.iter().all(|(to, _)| *to < mesh.services.len() && mesh.services[*to].name != service.name));
        }
        let failing =
            there.iter().filter(|service| service.places.iter().any(|place| place.outages.iter().any(|it| it.during.contains(&now))));
        let failing = failing.count() as f64 / there.len() as f64;
        assert!(failing < 0.25, "{failing} fail at the end");
        assert!(mesh.intentions.len() > there.len() / 2, "{} rules", mesh.intentions.len());
        let again = Company::generate(&Shape { seed: 1, repositories: 200, end: "2026-11-20T00:00:00Z".parse().unwrap() });
        assert_eq!(format!("{:?}", again.mesh), format!("{mesh:?}"));
    }
}
