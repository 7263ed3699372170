//! The collector of Consul: against the simulated one, what it states, what it asks and what failures cost; and against a
//! real one, which the simulated one is compared with.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use serde_json::{Value, json};
use spot::collect::consul::{Config, ConsulCollector};
use spot::collect::http::{Outside, Patience, Secret};
use spot::collect::{Collector, Health, Item, Memory, Sink, Summary};
use spot::demo::company::{Datacenter, Intention, Mesh, MeshPlace, MeshService, Outage, Timed};
use spot::demo::consul::{Options, Token, router};
use spot::demo::serve::{Fault, Server};
use spot::model::{Clock, Hint, Instant, Reading};
use tokio_util::sync::CancellationToken;

use crate::support::package;

const NOW: &str = "2026-03-01T12:00:00Z";
const DAY: i64 = 86_400;

fn at(text: &str) -> Instant {
    text.parse().unwrap()
}

fn ever() -> std::ops::Range<Instant> {
    at("2025-01-01T00:00:00Z")..at("2027-01-01T00:00:00Z")
}

fn service(name: &str, places: &[(usize, &[usize])]) -> MeshService {
    let place = |(datacenter, nodes): &(usize, &[usize])| MeshPlace {
        datacenter: *datacenter,
        instances: Timed::always(nodes.to_vec()),
        outages: Vec::new(),
    };
    MeshService {
        name: name.to_owned(),
        exists: ever(),
        tags: Timed::always(vec!["prod".to_owned()]),
        meta: Timed::always(BTreeMap::from([("repository".to_owned(), format!("harbour/{name}"))])),
        port: 8080,
        checks: vec!["HTTP".to_owned(), "Disk".to_owned()],
        places: places.iter().map(place).collect(),
        keys: Vec::new(),
        proxied: false,
        upstreams: Vec::new(),
    }
}

/// Two datacenters; a service that fails in one of them, keys, rules and a proxy.
fn mesh() -> Mesh {
    let nodes = |prefix: &str| ["a", "b", "c"].map(|end| format!("{prefix}-{end}")).to_vec();
    let datacenter = |name: &str| Datacenter { name: name.to_owned(), nodes: nodes(name) };
    let mut billing = service("billing", &[(0, &[1, 2]), (1, &[1])]);
    billing.places[0].outages.push(Outage {
        during: at("2026-02-28T00:00:00Z")..at("2026-03-02T00:00:00Z"),
        instances: 1,
        check: 0,
        warning: false,
        output: "HTTP GET http://spot:pass-word@10.1.0.11:8080/health?token=s3cr3t: 503 Service Unavailable".to_owned(),
    });
    billing.keys = vec![("db/url".to_owned(), ever()), ("timeout".to_owned(), at("2026-03-02T00:00:00Z")..Instant::MAX)];
    billing.proxied = true;
    billing.upstreams = vec![(1, ever())];
    let mut ledger = service("ledger", &[(0, &[1])]);
    ledger.checks.clear();
    ledger.tags = Timed::always(Vec::new());
    ledger.meta = Timed::always(BTreeMap::new());
    ledger.keys = vec![("region".to_owned(), ever())];
    let rule = |from: &str, to: &str, allow| Intention { from: from.to_owned(), to: to.to_owned(), allow, exists: ever() };
    Mesh {
        datacenters: vec![datacenter("eu"), datacenter("us")],
        services: vec![billing, ledger, service("web", &[(0, &[2]), (1, &[1, 2])])],
        intentions: vec![
            rule("web", "billing", true),
            rule("web", "ledger", false),
            rule("*", "billing", false),
            rule("billing", "web", true),
        ],
    }
}

fn outside(clock: Clock) -> Outside {
    // Waiting takes no time, so that a failing server is as quick as another.
    Outside { clock, pause: Arc::new(|_| Box::pin(std::future::ready(()))), jitter: Arc::new(|| 0.0), patience: Patience::default() }
}

fn config(url: &str) -> Config {
    Config { kv_prefixes: vec!["config/{service}/".to_owned()], ..Config::new(url.parse().unwrap()) }
}

/// A simulated Consul, its time, and a collector.
struct World {
    server: Server,
    now: Arc<AtomicI64>,
    collector: ConsulCollector,
    memory: Memory,
}

impl World {
    async fn new(options: Options) -> Self {
        Self::with(mesh(), options, |_| {}).await
    }

    async fn with(mesh: Mesh, options: Options, configure: impl Fn(&mut Config)) -> Self {
        let now = Arc::new(AtomicI64::new(at(NOW).micros()));
        let clock: Clock = {
            let now = Arc::clone(&now);
            Arc::new(move || Instant::from_micros(now.load(Ordering::Relaxed)))
        };
        let server = Server::start(router(Arc::new(mesh), Arc::clone(&clock), options)).await.unwrap();
        let mut config = config(&server.url());
        configure(&mut config);
        let collector = ConsulCollector::new("consul", config, outside(clock));
        Self { server, now, collector, memory: Memory::new() }
    }

    async fn collect(&mut self) -> Said {
        let said = collect(&self.collector, &self.memory).await;
        for item in &said.items {
            if let Item::Remember { key, value } = item {
                self.memory.insert(key.clone(), value.clone());
            }
        }
        said
    }

    fn fail(&self, path: &'static str, fault: Fault) {
        self.server.set_faults(Some(Arc::new(move |asked| asked.path.contains(path).then(|| fault.clone()))));
    }
}

/// What a run said.
struct Said {
    items: Vec<Item>,
    summary: Summary,
}

async fn collect(collector: &ConsulCollector, memory: &Memory) -> Said {
    let (sink, mut receiver) = Sink::new(64, CancellationToken::new());
    let listen = tokio::spawn(async move {
        let mut items = Vec::new();
        while let Some(item) = receiver.recv().await {
            items.push(item);
        }
        items
    });
    let summary = collector.collect(at(NOW), memory, &sink).await;
    drop(sink);
    Said { items: listen.await.unwrap(), summary }
}

impl Said {
    /// Bodies by resource, facet and origin.
    fn bodies(&self) -> BTreeMap<(String, String), Value> {
        let statements = self.items.iter().filter_map(|item| match item {
            Item::Statement(statement) => Some(statement),
            _ => None,
        });
        let named = statements.map(|it| {
            let key = (it.resource.id.clone(), format!("{} of {}", it.facet, it.origin));
            (key, Value::Object(it.body.clone().expect("nothing is withdrawn")))
        });
        named.collect()
    }

    fn body(&self, id: &str, of: &str) -> Value {
        self.bodies().remove(&(id.to_owned(), of.to_owned())).unwrap_or(Value::Null)
    }

    fn readings(&self) -> BTreeMap<String, (Reading, Option<u64>)> {
        let extents = self.items.iter().filter_map(|item| match item {
            Item::Extent(extent) => Some((extent.scope.clone(), (extent.reading, extent.counted))),
            _ => None,
        });
        extents.collect()
    }

    fn is_full(&self) -> bool {
        let readings = self.readings();
        !readings.is_empty() && readings.values().all(|(reading, _)| *reading == Reading::Full)
    }

    fn problems(&self) -> Vec<String> {
        let problems = self.items.iter().filter_map(|item| match item {
            Item::Problem(problem) => Some(format!("{}: {}", problem.scope, problem.message)),
            _ => None,
        });
        problems.collect()
    }

    fn hints(&self) -> BTreeMap<String, Vec<Hint>> {
        let hints = self.items.iter().filter_map(|item| match item {
            Item::Hints { resource, hints } => Some((resource.id.clone(), hints.clone())),
            _ => None,
        });
        hints.collect()
    }
}

fn status(status: u16, body: &str) -> Fault {
    Fault::Answer { status, headers: Vec::new(), body: body.to_owned() }
}

#[tokio::test]
async fn services_of_every_datacenter_are_told_with_health_keys_and_calls() {
    let mut world = World::new(Options::default()).await;
    let said = world.collect().await;
    assert_eq!((said.problems(), said.summary.failure.as_deref()), (vec![], None));
    let counted = |count| (Reading::Full, Some(count));
    assert_eq!(said.readings(), BTreeMap::from([("eu".to_owned(), counted(3)), ("us".to_owned(), counted(2))]));
    assert_eq!(
        said.body("eu/billing", "configuration of catalog"),
        json!({
            "instances": { "eu": { "count": 2, "nodes": { "eu-b": 1, "eu-c": 1 } } },
            "tags": { "eu": ["prod"] },
            "meta": { "eu": { "repository": ["harbour/billing"] } },
            "ports": { "eu": [8080] },
        })
    );
    assert_eq!(
        said.body("eu/billing", "configuration of health"),
        json!({
            "health": { "eu": "critical" },
            "failing": { "eu/HTTP": "critical" },
            "outputs": { "eu/HTTP": "HTTP GET http://10.1.0.11:8080/health 503 Service Unavailable" },
        })
    );
    assert_eq!(said.body("us/billing", "configuration of health"), json!({ "health": { "us": "passing" } }));
    assert_eq!(said.body("eu/billing", "configuration of kv"), json!({ "keys": { "eu/db/url": true } }));
    let call = |by: &str| json!({ "by": by, "action": "allow" });
    assert_eq!(said.body("eu/billing", "relations of upstreams"), json!({ "calls": { "consul#eu/ledger": call("upstream") } }));
    assert_eq!(said.body("us/web", "relations of intentions"), json!({ "calls": { "consul#us/billing": call("intention") } }));
    assert_eq!(said.body("us/billing", "relations of intentions"), json!({ "calls": { "consul#us/web": call("intention") } }));
    let ids: BTreeSet<String> = said.bodies().into_keys().map(|(id, _)| id).collect();
    assert_eq!(ids.into_iter().collect::<Vec<_>>(), ["eu/billing", "eu/ledger", "eu/web", "us/billing", "us/web"]);
    assert_eq!(said.hints()["eu/billing"][2], Hint::Repository("harbour/billing".to_owned()));
    let Some(Item::Statement(first)) = said.items.iter().find(|item| matches!(item, Item::Statement(_))) else { panic!("nothing") };
    assert_eq!(first.check.as_deref(), Some(format!("{}/ui/eu/services/billing", world.server.url()).as_str()));

    // Two days later it is well again, and has another key; a day without a difference says the same.
    assert_eq!(world.collect().await.bodies(), said.bodies());
    world.now.fetch_add(2 * DAY * 1_000_000, Ordering::Relaxed);
    let later = world.collect().await;
    assert_eq!(later.body("eu/billing", "configuration of health"), json!({ "health": { "eu": "passing" } }));
    assert_eq!(later.body("eu/billing", "configuration of kv"), json!({ "keys": { "eu/db/url": true, "eu/timeout": true } }));
}

#[tokio::test]
async fn values_of_keys_are_never_asked_for_and_questions_are_few() {
    let mut world = World::new(Options::default()).await;
    world.server.record();
    let said = world.collect().await;
    let asked = world.server.recorded();
    assert_eq!(said.summary.requests, asked.len() as u64);
    // Datacenters and rules once; of each datacenter: services, nodes, checks, keys, and each node or each service.
    assert!(asked.len() <= 2 + 2 * (4 + 3), "{asked:#?}");
    for recorded in &asked {
        assert!(!recorded.path.contains("/kv/") || recorded.path.contains("keys&stale"), "{recorded:?}");
        assert_eq!(recorded.method, "GET");
    }
}

#[tokio::test]
async fn a_datacenter_that_cannot_be_reached_is_the_only_one_that_is_not_read() {
    let mut world = World::new(Options { unreachable: BTreeSet::from(["us".to_owned()]), ..Options::default() }).await;
    let said = world.collect().await;
    assert_eq!(said.readings()["eu"].0, Reading::Full);
    assert_eq!(said.readings()["us"], (Reading::Partial, None));
    let expected = "us: its services cannot be read: answered 500: No path to datacenter: none of its servers can be reached from here";
    assert_eq!((said.problems(), said.summary.failure.as_deref()), (vec![expected.to_owned()], None));
    assert!(said.bodies().keys().all(|(id, _)| id.starts_with("eu/")));
    let findings = world.collector.check().await;
    let lacking: Vec<&str> = findings.iter().filter(|it| it.health == Health::Lacking).map(|it| it.what.as_str()).collect();
    assert_eq!(lacking, ["us"]);
}

#[tokio::test]
async fn what_a_service_may_call_elsewhere_stays_told_while_that_place_cannot_be_reached() {
    let mut mesh = mesh();
    // The ledger runs in the other datacenter alone.
    mesh.services[1].places[0].datacenter = 1;
    mesh.intentions.push(Intention { from: "web".into(), to: "ledger".into(), allow: true, exists: ever() });
    let mut world = World::with(mesh, Options::default(), |_| {}).await;
    let before = world.collect().await.body("eu/web", "relations of intentions");
    assert!(before["calls"].get("consul#us/ledger").is_some(), "{before}");
    let services = Arc::new(AtomicI64::new(0));
    world.server.set_faults(Some(Arc::new(move |asked| {
        // The first list of services is that of `eu`.
        let is_us = asked.path.ends_with("/catalog/services") && services.fetch_add(1, Ordering::Relaxed) > 0;
        is_us.then(|| status(500, "No path to datacenter"))
    })));
    let said = world.collect().await;
    assert_eq!((said.readings()["us"].0, said.body("eu/web", "relations of intentions")), (Reading::Partial, before));
}

#[tokio::test]
async fn without_a_right_nothing_ends_and_it_is_said() {
    let all = Token::reader("all");
    let narrow = Token { services: Some(BTreeSet::from(["billing".to_owned()])), ..Token::reader("narrow") };
    let blind = Token { nodes: false, ..Token::reader("blind") };
    let keyless = Token { keys: false, ..Token::reader("keyless") };
    let tokens = vec![all, narrow, blind, keyless];
    for tells_filtered in [false, true] {
        let options = Options { tokens: tokens.clone(), tells_filtered, ..Options::default() };
        let mut world = World::with(mesh(), options.clone(), |config| config.token = Some(Secret::new("all"))).await;
        let whole = world.collect().await;
        assert_eq!((whole.problems(), whole.is_full()), (vec![], true));
        for secret in ["narrow", "blind", "keyless", ""] {
            let given = (!secret.is_empty()).then(|| Secret::new(secret));
            let mut less = World::with(mesh(), options.clone(), |config| config.token.clone_from(&given)).await;
            less.memory.clone_from(&world.memory);
            let said = less.collect().await;
            assert!(said.readings().values().all(|(reading, _)| *reading == Reading::Partial), "{secret} {tells_filtered}");
            assert!(!said.problems().is_empty());
            for (key, body) in said.bodies() {
                assert_eq!(whole.bodies()[&key], body, "{secret} {tells_filtered}: what is told is true");
            }
            let findings = less.collector.check().await;
            assert!(findings.iter().any(|finding| finding.health != Health::Good), "{secret}: {findings:#?}");
        }
        let wrong = World::with(mesh(), options, |config| config.token = Some(Secret::new("wrong-token"))).await;
        let said = collect(&wrong.collector, &Memory::new()).await;
        let failure = said.summary.failure.unwrap_or_default();
        assert!(failure.ends_with("answered 403: ACL not found: the token is wrong, deleted or expired"), "{failure}");
        let findings = wrong.collector.check().await;
        assert!(findings.iter().any(|it| it.what == "token" && it.health == Health::Wrong), "{findings:#?}");
        assert!(!format!("{:?} {findings:?}", said.items).contains("wrong-token"));
    }
}

#[tokio::test]
async fn servers_without_a_leader_are_not_read_in_full() {
    for (options, expected) in [
        (Options { leaderless: true, lag_millis: 7000, ..Options::default() }, "last heard of one 7 s ago"),
        (Options { lag_millis: 90_000, ..Options::default() }, "heard of its leader 90 s ago"),
    ] {
        let mut world = World::new(options).await;
        let said = world.collect().await;
        assert!(!said.is_full() && said.problems().iter().any(|problem| problem.contains(expected)), "{:?}", said.problems());
        assert_eq!(said.body("us/billing", "configuration of health")["health"]["us"], "passing", "old is better than nothing");
    }
}

#[tokio::test]
async fn a_consul_that_has_rules_as_config_entries_alone_is_understood() {
    let mut world = World::new(Options::default()).await;
    let mut newer = World::new(Options { only_config_entries: true, ..Options::default() }).await;
    assert_eq!(world.collect().await.bodies(), newer.collect().await.bodies());
}

#[tokio::test]
async fn no_failure_erases_or_invents_a_fact() {
    let mut world = World::new(Options::default()).await;
    let truth = world.collect().await.bodies();
    let faults = [
        status(401, ""),
        status(403, "Permission denied"),
        status(404, "not found"),
        status(410, ""),
        status(429, ""),
        status(500, "oops"),
        status(200, "null"),
        status(200, "{}"),
        status(200, r#"[{"Node":3}]"#),
        Fault::Html,
        Fault::Garbage,
        Fault::Truncated,
        Fault::Broken,
    ];
    for path in
        ["/catalog/datacenters", "/catalog/services", "/catalog/nodes", "/catalog/node-services", "/health/", "/kv/", "/intentions", ""]
    {
        for fault in &faults {
            world.fail(path, fault.clone());
            let said = world.collect().await;
            for (key, body) in said.bodies() {
                assert_eq!(truth.get(&key), Some(&body), "{path} {fault:?} {key:?}");
            }
            let whole = said.bodies().len() == truth.len();
            assert!(!said.is_full() || whole, "{path} {fault:?}: {:?}", said.problems());
            let silent = said.problems().is_empty() && said.summary.failure.is_none();
            assert!(said.is_full() || !silent, "{path} {fault:?} was not told");
        }
    }
    world.server.set_faults(None);
    assert_eq!(world.collect().await.bodies(), truth);
}

#[tokio::test]
async fn a_datacenter_that_is_gone_is_named_once() {
    let mut world = World::new(Options::default()).await;
    world.collect().await;
    let mut smaller = mesh();
    smaller.datacenters.truncate(1);
    for service in &mut smaller.services {
        service.places.retain(|place| place.datacenter == 0);
    }
    let mut left = World::with(smaller, Options::default(), |_| {}).await;
    left.memory.clone_from(&world.memory);
    let said = left.collect().await;
    assert_eq!(said.problems(), ["us: is not known to this Consul any more; what was read of it stays, and grows stale"]);
    assert_eq!(said.readings().len(), 1);
    assert_eq!(left.collect().await.problems(), Vec::<String>::new());
}

#[tokio::test]
async fn thousands_of_services_take_as_many_questions_as_there_are_nodes() {
    let mut large = Mesh { datacenters: mesh().datacenters, ..Mesh::default() };
    large.services = (0..3000).map(|number| service(&format!("service-{number:04}"), &[(0, &[number % 3])])).collect();
    for service in &mut large.services {
        service.keys = (0..3).map(|number| (format!("key/{number}"), ever())).collect();
    }
    let mut world = World::with(large, Options::default(), |config| config.datacenters = vec!["eu".to_owned()]).await;
    let said = world.collect().await;
    assert_eq!((said.problems(), said.readings()["eu"]), (vec![], (Reading::Full, Some(3000))));
    assert_eq!(said.summary.requests, 9, "datacenters, services, intentions, nodes, three nodes, checks, keys");
    eprintln!("3,000 services on three nodes: {} requests, {} bytes", said.summary.requests, world.server.counts().bytes);
}

/// A real Consul; it ends when this is dropped.
struct Real {
    child: Child,
    url: String,
    _folder: tempfile::TempDir,
}

impl Drop for Real {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn program() -> Option<PathBuf> {
    let path = package().join("target/tools/consul/consul");
    if path.is_file() {
        return Some(path);
    }
    eprintln!("SKIPPED: there is no real Consul; `make tools` fetches it, or says why not");
    None
}

impl Real {
    /// Starts it with rights switched on; `root` may do everything.
    fn start(program: &Path) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("consul.json");
        let acl = json!({ "enabled": true, "default_policy": "deny", "tokens": { "master": "root" } });
        std::fs::write(&file, json!({ "acl": acl, "connect": { "enabled": true } }).to_string()).unwrap();
        // All are held until all are known, so that they differ.
        let held: Vec<TcpListener> = (0..4).map(|_| TcpListener::bind("127.0.0.1:0").unwrap()).collect();
        let ports: Vec<String> = held.iter().map(|listener| listener.local_addr().unwrap().port().to_string()).collect();
        drop(held);
        let mut command = Command::new(program);
        command.args(["agent", "-dev", "-bind", "127.0.0.1", "-client", "127.0.0.1", "-node", "eu-a", "-datacenter", "eu"]);
        command.args(["-dns-port", "-1", "-grpc-port", "-1", "-disable-host-node-id", "-config-file"]).arg(&file);
        for (flag, port) in ["-http-port", "-server-port", "-serf-lan-port", "-serf-wan-port"].iter().zip(&ports) {
            command.args([flag, &port.as_str()]);
        }
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let mut said = Vec::new();
        // It leads, and its own node and service are in the catalog.
        let ready = lines.by_ref().inspect(|line| said.push(line.clone())).any(|line| line.contains("marking health alive"));
        assert!(ready, "{said:#?}");
        // Somebody must read on, or it stops when the pipe is full.
        std::thread::spawn(move || lines.count());
        Self { child, url: format!("http://127.0.0.1:{}", ports[0]), _folder: folder }
    }
}

/// Asks both.
struct Both {
    client: reqwest::Client,
    real: String,
    simulated: String,
}

impl Both {
    async fn put(&self, path: &str, body: &Value) {
        let asking = self.client.put(format!("{}/v1/{path}", self.real)).header("x-consul-token", "root").json(body);
        let answer = asking.send().await.unwrap();
        assert!(answer.status().is_success(), "{path} {body}: {}", answer.text().await.unwrap());
    }

    async fn ask(&self, url: &str, path: &str, token: &str) -> Value {
        let answer = self.client.get(format!("{url}/v1/{path}")).header("x-consul-token", token).send().await.unwrap();
        let header = |name: &str| answer.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
        let headers: BTreeMap<&str, Option<String>> =
            ["content-type", "x-consul-knownleader", "x-consul-lastcontact", "x-consul-effective-consistency"]
                .into_iter()
                .map(|name| (name, header(name)))
                .collect();
        let (status, has_index) = (answer.status().as_u16(), header("x-consul-index").is_some());
        let text = answer.text().await.unwrap();
        let body: Value = serde_json::from_str(&text).unwrap_or(Value::from(text));
        json!({ "status": status, "headers": headers, "has_index": has_index, "body": body })
    }
}

/// What differs from one Consul to another without meaning anything is blotted out; that it is there stays.
fn comparable(mut value: Value) -> Value {
    fn blot(value: &mut Value) {
        match value {
            Value::Object(fields) => {
                let of_itself = ["ID", "Service", "ServiceID"].iter().any(|key| fields.get(*key) == Some(&Value::from("consul")));
                for (key, value) in fields.iter_mut() {
                    let is_own = matches!(
                        key.as_str(),
                        "CreateIndex"
                            | "ModifyIndex"
                            | "Address"
                            | "TaggedAddresses"
                            | "NodeMeta"
                            | "Hash"
                            | "CreatedAt"
                            | "UpdatedAt"
                            | "AccessorID"
                            | "CreateTime"
                            | "Policies"
                            | "SecretID"
                    );
                    let is_of_itself = of_itself && matches!(key.as_str(), "Meta" | "Port" | "ServiceMeta" | "ServicePort");
                    if is_own || is_of_itself {
                        *value = Value::from("…");
                    } else {
                        blot(value);
                    }
                }
                // Numbers that are made up; those of instances are given, and the same.
                if let Some(Value::String(id)) = fields.get_mut("ID")
                    && id.len() == 36
                {
                    *id = "…".to_owned();
                }
                if fields.contains_key("Node") && fields.contains_key("Datacenter") && fields.contains_key("Meta") {
                    fields.insert("Meta".to_owned(), Value::from("…"));
                }
            }
            Value::Array(items) => items.iter_mut().for_each(blot),
            _ => {}
        }
    }
    blot(&mut value);
    if let Some(lists) = value["body"].as_object_mut() {
        // Tags stand in no order.
        for tags in lists.values_mut().filter_map(Value::as_array_mut).filter(|tags| tags.iter().all(Value::is_string)) {
            tags.sort_by_key(|tag| tag.as_str().map(str::to_owned));
        }
    }
    // Rules stand in the order of their numbers.
    if let Some(rules) = value["body"].as_array_mut().filter(|rules| rules.iter().all(|rule| rule.get("SourceName").is_some())) {
        rules.sort_by_key(|rule| [&rule["SourceName"], &rule["DestinationName"]].map(ToString::to_string));
    }
    value
}

#[tokio::test(flavor = "multi_thread")]
async fn the_simulated_consul_answers_as_a_real_one_and_both_are_read_alike() {
    let Some(program) = program() else { return };
    let mut mesh = mesh();
    mesh.datacenters.truncate(1);
    for service in &mut mesh.services {
        service.places.retain(|place| place.datacenter == 0);
    }
    let some = Token { services: Some(BTreeSet::from(["billing".to_owned()])), nodes: false, keys: false, ..Token::reader("") };
    let some = Token { secret: "11111111-1111-1111-1111-111111111111".to_owned(), description: "some".to_owned(), ..some };
    let root = Token { description: "Master Token".to_owned(), ..Token::reader("root") };
    let options = Options { tokens: vec![root, some.clone()], ..Options::default() };
    let clock: Clock = Arc::new(|| at(NOW));
    let server = Server::start(router(Arc::new(mesh.clone()), Arc::clone(&clock), options)).await.unwrap();
    let real = tokio::task::spawn_blocking(move || Real::start(&program)).await.unwrap();
    let both = Both { client: reqwest::Client::new(), real: real.url.clone(), simulated: server.url() };

    // What the simulated one has is put into the real one, in the real one's own terms.
    let nodes = both.ask(&both.simulated, "catalog/nodes", "root").await;
    for node in nodes["body"].as_array().unwrap().iter().filter(|node| node["Node"] != "eu-a") {
        both.put("catalog/register", &json!({ "ID": node["ID"], "Node": node["Node"], "Address": "127.0.0.1" })).await;
    }
    for node in &mesh.datacenters[0].nodes {
        let there = both.ask(&both.simulated, &format!("catalog/node-services/{node}"), "root").await;
        let services = there["body"]["Services"].as_array().unwrap();
        for service in services.iter().filter(|service| service["ID"] != "consul") {
            both.put("catalog/register", &json!({ "Node": node, "SkipNodeUpdate": true, "Service": service })).await;
        }
    }
    let checks = both.ask(&both.simulated, "health/state/any", "root").await;
    for check in checks["body"].as_array().unwrap().iter().filter(|check| check["Node"] != "eu-a") {
        both.put("catalog/register", &json!({ "Node": check["Node"], "SkipNodeUpdate": true, "Check": check })).await;
    }
    for key in both.ask(&both.simulated, "kv/config/?keys", "root").await["body"].as_array().unwrap() {
        both.put(&format!("kv/{}", key.as_str().unwrap()), &json!("value")).await;
    }
    for rule in &mesh.intentions {
        let action = if rule.allow { "allow" } else { "deny" };
        let rule = json!({ "SourceName": rule.from, "DestinationName": rule.to, "SourceType": "consul", "Action": action });
        let asking = both.client.post(format!("{}/v1/connect/intentions", both.real)).header("x-consul-token", "root").json(&rule);
        assert!(asking.send().await.unwrap().status().is_success());
    }
    both.put("acl/policy", &json!({ "Name": "some", "Rules": "service \"billing\" { policy = \"read\" }" })).await;
    both.put("acl/token", &json!({ "Description": "some", "SecretID": some.secret, "Policies": [{ "Name": "some" }] })).await;

    let (mut compared, mut different) = (0, Vec::new());
    for token in ["root", &some.secret, "wrong", ""] {
        for path in [
            "catalog/datacenters",
            "catalog/services",
            "catalog/services?stale",
            "catalog/services?dc=eu&stale",
            "catalog/services?dc=nowhere",
            "catalog/nodes?stale",
            "catalog/node-services/eu-a?stale",
            "catalog/node-services/eu-b?stale",
            "catalog/node-services/eu-c?stale",
            "catalog/node-services/nowhere?stale",
            "catalog/service/billing?stale",
            "catalog/service/billing-sidecar-proxy?stale",
            "catalog/service/ledger",
            "catalog/service/nothing?stale",
            "health/state/any?stale",
            "health/state/critical?stale",
            "kv/config/?keys&stale",
            "kv/config/billing/?keys",
            "kv/?keys&stale",
            "kv/nothing/?keys&stale",
            "connect/intentions",
            "config/service-intentions",
            "config/service-resolver",
            "acl/token/self",
            "nothing",
        ] {
            let (simulated, real) = (both.ask(&both.simulated, path, token).await, both.ask(&both.real, path, token).await);
            let (simulated, real) = (comparable(simulated), comparable(real));
            if simulated != real {
                different.push(format!("{path} as {token:?}:\n  simulated {simulated}\n  real      {real}"));
            }
            compared += 1;
        }
    }
    assert!(different.is_empty(), "{}", different.join("\n"));
    eprintln!("{compared} answers compared with a real Consul");

    let read = async |url: &str, secret: &str| {
        let config = Config { token: (!secret.is_empty()).then(|| Secret::new(secret)), ..config(url) };
        collect(&ConsulCollector::new("consul", config, outside(Arc::clone(&clock))), &Memory::new()).await
    };
    for secret in ["root", some.secret.as_str(), "wrong", ""] {
        let (simulated, real) = (read(&both.simulated, secret).await, read(&both.real, secret).await);
        assert_eq!(simulated.bodies(), real.bodies(), "{secret:?}");
        assert_eq!((simulated.readings(), simulated.hints()), (real.readings(), real.hints()), "{secret:?}");
        assert_eq!((simulated.problems(), simulated.summary), (real.problems(), real.summary), "{secret:?}");
    }
    let whole = read(&both.real, "root").await;
    assert!(whole.is_full() && whole.problems().is_empty());
    assert_eq!(whole.readings()["eu"], (Reading::Full, Some(3)));
    assert_eq!(whole.body("eu/billing", "configuration of health")["health"]["eu"], "critical");
    assert_eq!(whole.body("eu/billing", "configuration of kv"), json!({ "keys": { "eu/db/url": true } }));
    assert!(whole.body("eu/billing", "relations of upstreams")["calls"].get("consul#eu/ledger").is_some());
}
