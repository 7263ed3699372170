//! A simulated Consul: the HTTP API over what runs in a company's datacenters, as of a clock.
//!
//! Written from the answers of a Consul 1.8.7 and the documentation of its HTTP API; `tests/it/consul.rs` compares the two.
//!
//! # Invariants
//! - Without the right to see something it is left out, silently: lists are shorter and keys are not there. Only
//!   [`Options::tells_filtered`] says so, as Consul does since 1.11.
//! - What is left out of a list that is empty then is null where Consul has null.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde_json::{Value, json};

use crate::demo::company::{Intention, Mesh, MeshService, Outage};
use crate::model::{Clock, Instant};

/// What it is like.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Tokens; none: rights are not switched on, and everybody may read everything.
    pub tokens: Vec<Token>,
    /// Answers say that something was left out for want of rights.
    pub tells_filtered: bool,
    /// Datacenters that cannot be reached from the one that answers.
    pub unreachable: BTreeSet<String>,
    /// There is no leader.
    pub leaderless: bool,
    /// How long ago the server that answers heard of the leader.
    pub lag_millis: u64,
    /// It knows intentions as config entries alone.
    pub only_config_entries: bool,
}

/// Somebody who may ask.
#[derive(Clone, Debug)]
pub struct Token {
    /// The secret.
    pub secret: String,
    /// What it is for.
    pub description: String,
    /// Services that it may read; none: all of them.
    pub services: Option<BTreeSet<String>>,
    /// Whether it may read nodes.
    pub nodes: bool,
    /// Whether it may read keys.
    pub keys: bool,
}

impl Token {
    /// One that may read everything.
    #[must_use]
    pub fn reader(secret: &str) -> Self {
        Self { secret: secret.to_owned(), description: "reader".to_owned(), services: None, nodes: true, keys: true }
    }
}

/// The server's router.
pub fn router(mesh: Arc<Mesh>, clock: Clock, options: Options) -> Router {
    let consul = Arc::new(Consul { mesh, clock, options });
    Router::new()
        .route("/v1/status/leader", get(leader))
        .route("/v1/acl/token/self", get(token_self))
        .route("/v1/catalog/datacenters", get(datacenters))
        .route("/v1/catalog/services", get(services))
        .route("/v1/catalog/nodes", get(nodes))
        .route("/v1/catalog/node-services/{node}", get(node_services))
        .route("/v1/catalog/service/{service}", get(service))
        .route("/v1/health/state/{state}", get(checks))
        .route("/v1/kv/", get(all_keys))
        .route("/v1/kv/{*prefix}", get(keys))
        .route("/v1/connect/intentions", get(intentions))
        .route("/v1/config/{kind}", get(config))
        .fallback(async || StatusCode::NOT_FOUND)
        .with_state(consul)
}

struct Consul {
    mesh: Arc<Mesh>,
    clock: Clock,
    options: Options,
}

/// What somebody may read.
enum Rights<'a> {
    All,
    Nothing,
    Of(&'a Token),
}

impl Rights<'_> {
    fn service(&self, name: &str) -> bool {
        match self {
            Self::All => true,
            Self::Nothing => false,
            Self::Of(token) => token.services.as_ref().is_none_or(|services| services.contains(name)),
        }
    }

    fn nodes(&self) -> bool {
        matches!(self, Self::All) || matches!(self, Self::Of(token) if token.nodes)
    }

    fn keys(&self) -> bool {
        matches!(self, Self::All) || matches!(self, Self::Of(token) if token.keys)
    }
}

/// A question about one datacenter.
struct Question<'a> {
    consul: &'a Consul,
    rights: Rights<'a>,
    datacenter: usize,
    now: Instant,
    /// It may be answered by any server.
    stale: bool,
    /// The answer says which consistency it has.
    tells_consistency: bool,
}

/// A refusal, as text.
struct Refusal {
    status: StatusCode,
    text: String,
    headed: bool,
}

impl Refusal {
    /// Some of the services say nothing about themselves when they refuse a token.
    fn bare(self) -> Self {
        Self { headed: self.headed && self.status != StatusCode::FORBIDDEN, ..self }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = (self.status, [(header::CONTENT_TYPE, "text/plain; charset=utf-8")], self.text).into_response();
        if self.headed {
            let headers = response.headers_mut();
            headers.insert("x-consul-index", HeaderValue::from_static("1"));
            headers.insert("x-consul-knownleader", HeaderValue::from_static("false"));
            headers.insert("x-consul-lastcontact", HeaderValue::from_static("0"));
        }
        response
    }
}

fn refuse(status: StatusCode, text: impl Into<String>) -> Refusal {
    Refusal { status, text: text.into(), headed: true }
}

type Answer = Result<Response, Refusal>;

fn json_answer(value: &Value) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], value.to_string()).into_response()
}

impl Consul {
    fn rights(&self, headers: &HeaderMap) -> Result<Rights<'_>, Refusal> {
        if self.options.tokens.is_empty() {
            return Ok(Rights::All);
        }
        let bearer = || headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ");
        let secret = headers.get("x-consul-token").and_then(|value| value.to_str().ok()).or_else(bearer).unwrap_or_default();
        if secret.is_empty() {
            return Ok(Rights::Nothing);
        }
        let token = self.options.tokens.iter().find(|token| token.secret == secret);
        token.map(Rights::Of).ok_or_else(|| refuse(StatusCode::FORBIDDEN, "ACL not found"))
    }

    fn question(&self, headers: &HeaderMap, query: Option<&str>) -> Result<Question<'_>, Refusal> {
        let pairs: Vec<(String, String)> = url::form_urlencoded::parse(query.unwrap_or_default().as_bytes()).into_owned().collect();
        let get = |name: &str| pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
        if get("ns").is_some() || get("partition").is_some() {
            let text = "Invalid query parameter: \"ns\" - Namespaces are a Consul Enterprise feature";
            return Err(refuse(StatusCode::BAD_REQUEST, text));
        }
        let wanted = get("dc").filter(|name| !name.is_empty());
        let datacenter = wanted.map_or(Some(0), |name| self.mesh.datacenters.iter().position(|known| known.name == name));
        let datacenter = datacenter.filter(|found| !self.options.unreachable.contains(&self.mesh.datacenters[*found].name));
        let Some(datacenter) = datacenter else { return Err(refuse(StatusCode::INTERNAL_SERVER_ERROR, "No path to datacenter")) };
        let stale = get("stale").is_some();
        if self.options.leaderless && !stale {
            return Err(refuse(StatusCode::INTERNAL_SERVER_ERROR, "No cluster leader"));
        }
        let rights = self.rights(headers)?;
        Ok(Question { consul: self, rights, datacenter, now: (self.clock)(), stale, tells_consistency: true })
    }
}

/// An instance of a service, by its parts.
struct Running<'a> {
    service: &'a MeshService,
    node: usize,
    /// Counted from 0 within the datacenter.
    number: usize,
    outages: Vec<&'a Outage>,
}

impl Running<'_> {
    fn id(&self, datacenter: &str) -> String {
        format!("{}-{datacenter}-{}", self.service.name, self.number + 1)
    }
}

impl Question<'_> {
    fn datacenter(&self) -> &crate::demo::company::Datacenter {
        &self.consul.mesh.datacenters[self.datacenter]
    }

    /// Grows with time.
    fn index(&self) -> u64 {
        u64::try_from(self.now.micros() / 60_000_000).unwrap_or(1).max(1)
    }

    /// The answer with what it says about itself; `filtered` if something was left out.
    fn answer(&self, value: &Value, filtered: bool) -> Response {
        self.headed(json_answer(value), filtered)
    }

    fn headed(&self, mut response: Response, filtered: bool) -> Response {
        let options = &self.consul.options;
        let headers = response.headers_mut();
        let lag = if self.stale { options.lag_millis } else { 0 };
        headers.insert("x-consul-index", HeaderValue::from(self.index()));
        headers.insert("x-consul-knownleader", HeaderValue::from_static(if options.leaderless { "false" } else { "true" }));
        headers.insert("x-consul-lastcontact", HeaderValue::from(lag));
        if self.tells_consistency {
            let word = if self.stale { "stale" } else { "leader" };
            headers.insert("x-consul-effective-consistency", HeaderValue::from_static(word));
        }
        // Nobody is told that without a token.
        if filtered && options.tells_filtered && matches!(self.rights, Rights::Of(_)) {
            headers.insert("x-consul-results-filtered-by-acls", HeaderValue::from_static("true"));
        }
        response
    }

    /// What runs in the datacenter now.
    fn running(&self) -> impl Iterator<Item = Running<'_>> {
        let of = |service: &'_ MeshService| service.exists.contains(&self.now);
        self.consul.mesh.services.iter().filter(move |service| of(service)).flat_map(move |service| {
            let places = service.places.iter().filter(|place| place.datacenter == self.datacenter);
            places.flat_map(move |place| {
                let nodes = place.instances.at(self.now);
                nodes.iter().enumerate().map(move |(number, node)| {
                    let fails = |outage: &&Outage| outage.during.contains(&self.now) && number < outage.instances;
                    Running { service, node: *node, number, outages: place.outages.iter().filter(fails).collect() }
                })
            })
        })
    }

    fn node(&self, node: usize) -> Value {
        let datacenter = self.datacenter();
        json!({
            "ID": node_id(&datacenter.name, node),
            "Node": datacenter.nodes[node],
            "Address": address(self.datacenter, node),
            "Datacenter": datacenter.name,
            "TaggedAddresses": { "lan": address(self.datacenter, node), "wan": address(self.datacenter, node) },
            "Meta": { "consul-network-segment": "" },
            "CreateIndex": 10,
            "ModifyIndex": 12,
        })
    }

    /// A service on a node, and the proxy beside it.
    fn on_node(&self, running: &Running<'_>) -> Vec<Value> {
        let service = running.service;
        let datacenter = &self.datacenter().name;
        let common = |kind: Option<&str>, id: &str, name: &str, port: u16, proxy: Value| {
            let meta = service.meta.at(self.now);
            let mut found = json!({
                "ID": id,
                "Service": name,
                "Tags": service.tags.at(self.now),
                "Address": "",
                "Meta": if meta.is_empty() { Value::Null } else { json!(meta) },
                "Port": port,
                "Weights": { "Passing": 1, "Warning": 1 },
                "EnableTagOverride": false,
                "Proxy": proxy,
                "Connect": {},
                "CreateIndex": 15,
                "ModifyIndex": 15,
            });
            if let Some(kind) = kind {
                found["Kind"] = kind.into();
            }
            found
        };
        let id = running.id(datacenter);
        let mut found = vec![common(None, &id, &service.name, service.port, json!({ "MeshGateway": {}, "Expose": {} }))];
        if service.proxied {
            let upstreams = service.upstreams.iter().filter(|(_, during)| during.contains(&self.now)).enumerate();
            let upstreams: Vec<Value> = upstreams
                .map(|(number, (to, _))| {
                    json!({
                        "DestinationType": "service",
                        "DestinationName": self.consul.mesh.services[*to].name,
                        "Datacenter": "",
                        "LocalBindPort": 9001 + number,
                        "Config": null,
                        "MeshGateway": {},
                    })
                })
                .collect();
            let mut proxy = json!({
                "DestinationServiceName": service.name,
                "DestinationServiceID": id,
                "LocalServiceAddress": "127.0.0.1",
                "LocalServicePort": service.port,
                "MeshGateway": {},
                "Expose": {},
            });
            if !upstreams.is_empty() {
                proxy["Upstreams"] = upstreams.into();
            }
            let (id, name) = (format!("{id}-sidecar-proxy"), format!("{}-sidecar-proxy", service.name));
            found.push(common(Some("connect-proxy"), &id, &name, 21_000, proxy));
        }
        found
    }

    /// Consul itself, on the first node.
    fn itself(&self) -> Value {
        json!({
            "ID": "consul",
            "Service": "consul",
            "Tags": [],
            "Address": "",
            "Meta": { "raft_version": "3", "version": "1.8.7" },
            "Port": 8300,
            "Weights": { "Passing": 1, "Warning": 1 },
            "EnableTagOverride": false,
            "Proxy": { "MeshGateway": {}, "Expose": {} },
            "Connect": {},
            "CreateIndex": 10,
            "ModifyIndex": 10,
        })
    }

    fn checks_of(&self, running: &Running<'_>) -> Vec<Value> {
        let service = running.service;
        let (node, id) = (&self.datacenter().nodes[running.node], running.id(&self.datacenter().name));
        let tags = service.tags.at(self.now);
        let check = |check_id: String, name: &str, status: &str, output: &str, kind: &str, of: (&str, &str)| {
            json!({
                "Node": node,
                "CheckID": check_id,
                "Name": name,
                "Status": status,
                "Notes": "",
                "Output": output,
                "ServiceID": of.0,
                "ServiceName": of.1,
                "ServiceTags": tags,
                "Type": kind,
                "Definition": {},
                "CreateIndex": 15,
                "ModifyIndex": 15,
            })
        };
        let mut found = Vec::new();
        for (number, name) in service.checks.iter().enumerate() {
            let outage = running.outages.iter().find(|outage| outage.check == number);
            let status = outage.map_or("passing", |outage| if outage.warning { "warning" } else { "critical" });
            let output = outage.map_or("HTTP GET: 200 OK", |outage| &outage.output);
            let check_id = match service.checks.len() {
                1 => format!("service:{id}"),
                _ => format!("service:{id}:{}", number + 1),
            };
            found.push(check(check_id, name, status, output, "http", (&id, &service.name)));
        }
        if service.proxied {
            let (proxy, name) = (format!("{id}-sidecar-proxy"), format!("{}-sidecar-proxy", service.name));
            let of = (proxy.as_str(), name.as_str());
            found.push(check(format!("service:{proxy}:1"), "Connect Sidecar Listening", "passing", "", "tcp", of));
            found.push(check(format!("service:{proxy}:2"), &format!("Connect Sidecar Aliasing {id}"), "passing", "", "alias", of));
        }
        found
    }

    fn intentions(&self) -> impl Iterator<Item = (usize, &Intention)> {
        let all = self.consul.mesh.intentions.iter().enumerate();
        all.filter(|(_, rule)| rule.exists.contains(&self.now) && (self.rights.service(&rule.to) || self.rights.service(&rule.from)))
    }
}

fn node_id(datacenter: &str, node: usize) -> String {
    let mixed = datacenter.bytes().fold(node as u64 + 7, |mixed, byte| mixed.wrapping_mul(0x0100_0000_01b3) ^ u64::from(byte));
    format!("{:08x}-0000-4000-8000-{:012x}", mixed as u32, mixed >> 16)
}

fn address(datacenter: usize, node: usize) -> String {
    format!("10.{}.{}.{}", datacenter + 1, node / 200, node % 200 + 10)
}

async fn leader(State(consul): State<Arc<Consul>>) -> Response {
    json_answer(&Value::from(if consul.options.leaderless { "" } else { "10.1.0.10:8300" }))
}

async fn token_self(State(consul): State<Arc<Consul>>, headers: HeaderMap) -> Answer {
    if consul.options.tokens.is_empty() {
        return Err(Refusal { headed: false, ..refuse(StatusCode::UNAUTHORIZED, "ACL support disabled") });
    }
    let everybody = Rights::Nothing;
    let question =
        |rights| Question { consul: &consul, rights, datacenter: 0, now: (consul.clock)(), stale: false, tells_consistency: false };
    let Ok(Rights::Of(token)) = consul.rights(&headers) else {
        let refused = Refusal { headed: false, ..refuse(StatusCode::FORBIDDEN, "ACL not found") };
        return Ok(question(everybody).headed(refused.into_response(), false));
    };
    let question = question(Rights::Of(token));
    let body = json!({
        "AccessorID": "6ee678cb-6c04-6dc4-6ea5-3197b2fe0a08",
        "SecretID": token.secret,
        "Description": token.description,
        "Policies": [{ "ID": "89d3c09a-869f-d22f-913c-b5d2cd181f4d", "Name": "read" }],
        "Local": false,
        "CreateTime": "2025-01-01T00:00:00Z",
        "Hash": "LzdbCt0IdD4BeOGl/H3gDeiSZfKjg+M3vUaXJgHvbLU=",
        "CreateIndex": 23,
        "ModifyIndex": 23,
    });
    Ok(question.answer(&body, false))
}

async fn datacenters(State(consul): State<Arc<Consul>>) -> Response {
    json_answer(&consul.mesh.datacenters.iter().map(|found| Value::from(found.name.as_str())).collect())
}

async fn services(State(consul): State<Arc<Consul>>, headers: HeaderMap, RawQuery(query): RawQuery) -> Answer {
    let question = consul.question(&headers, query.as_deref())?;
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::from([("consul".to_owned(), BTreeSet::new())]);
    for running in question.running() {
        let tags = running.service.tags.at(question.now);
        let names =
            [Some(running.service.name.clone()), running.service.proxied.then(|| format!("{}-sidecar-proxy", running.service.name))];
        names.into_iter().flatten().for_each(|name| found.entry(name).or_default().extend(tags.iter().cloned()));
    }
    let before = found.len();
    found.retain(|name, _| question.rights.service(name));
    Ok(question.answer(&json!(found), found.len() < before))
}

async fn nodes(State(consul): State<Arc<Consul>>, headers: HeaderMap, RawQuery(query): RawQuery) -> Answer {
    let question = consul.question(&headers, query.as_deref())?;
    let all = question.rights.nodes();
    let count = if all { question.datacenter().nodes.len() } else { 0 };
    let mut found: Vec<Value> = (0..count).map(|node| question.node(node)).collect();
    found.sort_by(|a, b| a["Node"].as_str().cmp(&b["Node"].as_str()));
    Ok(question.answer(&found.into(), !all))
}

async fn node_services(
    State(consul): State<Arc<Consul>>,
    Path(name): Path<String>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Answer {
    let question = consul.question(&headers, query.as_deref())?;
    let node = question.datacenter().nodes.iter().position(|known| *known == name);
    let Some(node) = node.filter(|_| question.rights.nodes()) else {
        return Ok(question.answer(&json!({ "Node": null, "Services": null }), node.is_some()));
    };
    let mut found: Vec<Value> = question.running().filter(|running| running.node == node).flat_map(|it| question.on_node(&it)).collect();
    if node == 0 {
        found.push(question.itself());
    }
    let before = found.len();
    found.retain(|service| question.rights.service(service["Service"].as_str().unwrap_or_default()));
    found.sort_by(|a, b| a["ID"].as_str().cmp(&b["ID"].as_str()));
    let filtered = found.len() < before;
    Ok(question.answer(&json!({ "Node": question.node(node), "Services": found }), filtered))
}

async fn service(State(consul): State<Arc<Consul>>, Path(name): Path<String>, headers: HeaderMap, RawQuery(query): RawQuery) -> Answer {
    let question = consul.question(&headers, query.as_deref())?;
    let allowed = question.rights.nodes() && question.rights.service(&name);
    let mut on_nodes: Vec<(usize, Value)> =
        question.running().flat_map(|running| question.on_node(&running).into_iter().map(move |found| (running.node, found))).collect();
    on_nodes.push((0, question.itself()));
    on_nodes.retain(|(_, found)| found["Service"] == name.as_str());
    let filtered = !allowed && !on_nodes.is_empty();
    let found = on_nodes.into_iter().filter(|_| allowed).map(|(node, found)| {
        let node = question.node(node);
        json!({
            "ID": node["ID"],
            "Node": node["Node"],
            "Address": node["Address"],
            "Datacenter": node["Datacenter"],
            "TaggedAddresses": node["TaggedAddresses"],
            "NodeMeta": node["Meta"],
            "ServiceKind": found["Kind"].as_str().unwrap_or_default(),
            "ServiceID": found["ID"],
            "ServiceName": found["Service"],
            "ServiceTags": found["Tags"],
            "ServiceAddress": found["Address"],
            "ServiceWeights": found["Weights"],
            "ServiceMeta": if found["Meta"].is_null() { json!({}) } else { found["Meta"].clone() },
            "ServicePort": found["Port"],
            "ServiceEnableTagOverride": found["EnableTagOverride"],
            "ServiceProxy": found["Proxy"],
            "ServiceConnect": found["Connect"],
            "CreateIndex": found["CreateIndex"],
            "ModifyIndex": found["ModifyIndex"],
        })
    });
    Ok(question.answer(&found.collect(), filtered))
}

async fn checks(State(consul): State<Arc<Consul>>, Path(state): Path<String>, headers: HeaderMap, RawQuery(query): RawQuery) -> Answer {
    let question = consul.question(&headers, query.as_deref())?;
    let agents = question.datacenter().nodes.iter().map(|node| {
        json!({
            "Node": node,
            "CheckID": "serfHealth",
            "Name": "Serf Health Status",
            "Status": "passing",
            "Notes": "",
            "Output": "Agent alive and reachable",
            "ServiceID": "",
            "ServiceName": "",
            "ServiceTags": [],
            "Type": "",
            "Definition": {},
            "CreateIndex": 10,
            "ModifyIndex": 10,
        })
    });
    let mut found: Vec<Value> = agents.chain(question.running().flat_map(|running| question.checks_of(&running))).collect();
    found.retain(|check| state == "any" || check["Status"] == state.as_str());
    let before = found.len();
    found.retain(|check| {
        let service = check["ServiceName"].as_str().unwrap_or_default();
        question.rights.nodes() && (service.is_empty() || question.rights.service(service))
    });
    let key = |check: &Value| ["Node", "CheckID"].map(|name| check[name].as_str().unwrap_or_default().to_owned());
    found.sort_by_cached_key(key);
    let filtered = found.len() < before;
    Ok(question.answer(&found.into(), filtered))
}

async fn all_keys(state: State<Arc<Consul>>, headers: HeaderMap, query: RawQuery) -> Answer {
    keys(state, Path(String::new()), headers, query).await
}

/// Names of keys. Values are not simulated: who asks for them is told that there is nothing.
async fn keys(State(consul): State<Arc<Consul>>, Path(prefix): Path<String>, headers: HeaderMap, RawQuery(query): RawQuery) -> Answer {
    let mut question = consul.question(&headers, query.as_deref()).map_err(Refusal::bare)?;
    question.tells_consistency = false;
    let wants_names = url::form_urlencoded::parse(query.unwrap_or_default().as_bytes()).any(|(name, _)| name == "keys");
    let now = question.now;
    let mut found = BTreeSet::new();
    for service in &question.consul.mesh.services {
        if service.places.iter().any(|place| place.datacenter == question.datacenter) {
            let there = service.keys.iter().filter(|(_, during)| during.contains(&now));
            found.extend(there.map(|(name, _)| format!("config/{}/{name}", service.name)));
        }
    }
    found.retain(|key| key.starts_with(&prefix));
    let filtered = !question.rights.keys() && !found.is_empty();
    // Of everything, nothing that may be seen is an empty list; below a prefix it is not found.
    if filtered && wants_names && prefix.is_empty() {
        return Ok(question.answer(&json!([]), true));
    }
    if filtered || found.is_empty() || !wants_names {
        return Ok(question.headed(StatusCode::NOT_FOUND.into_response(), filtered));
    }
    Ok(question.answer(&json!(found), false))
}

fn rule_id(number: usize) -> String {
    format!("{:08x}-48e0-4a67-92fe-{number:012x}", number.wrapping_mul(2_654_435_761) as u32)
}

async fn intentions(State(consul): State<Arc<Consul>>, headers: HeaderMap, RawQuery(query): RawQuery) -> Answer {
    if consul.options.only_config_entries {
        return Err(Refusal { headed: false, ..refuse(StatusCode::NOT_FOUND, "") });
    }
    let mut question = consul.question(&headers, query.as_deref())?;
    question.tells_consistency = false;
    let found: Vec<Value> = question
        .intentions()
        .map(|(number, rule)| {
            let exact = |name: &str| if name == "*" { 0 } else { 1 };
            json!({
                "ID": rule_id(number),
                "Description": "",
                "SourceNS": "default",
                "SourceName": rule.from,
                "DestinationNS": "default",
                "DestinationName": rule.to,
                "SourceType": "consul",
                "Action": if rule.allow { "allow" } else { "deny" },
                "DefaultAddr": "",
                "DefaultPort": 0,
                "Meta": {},
                "Precedence": 5 + exact(&rule.from) + 3 * exact(&rule.to),
                "CreatedAt": rule.exists.start.to_string(),
                "UpdatedAt": rule.exists.start.to_string(),
                "Hash": "QODJDmZnEYfCDFdn1VYdT5A1cmwm3IYFR/eh8a8jSEc=",
                "CreateIndex": 21,
                "ModifyIndex": 21,
            })
        })
        .collect();
    let all = consul.mesh.intentions.iter().filter(|rule| rule.exists.contains(&question.now)).count();
    let filtered = found.len() < all;
    Ok(question.answer(&found.into(), filtered))
}

/// Config entries; of these only intentions are simulated.
async fn config(State(consul): State<Arc<Consul>>, Path(kind): Path<String>, headers: HeaderMap, RawQuery(query): RawQuery) -> Answer {
    let mut question = consul.question(&headers, query.as_deref()).map_err(Refusal::bare)?;
    question.tells_consistency = false;
    let mut by_target: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
    match kind.as_str() {
        "service-intentions" if consul.options.only_config_entries => {}
        "service-defaults" | "service-resolver" | "service-router" => return Ok(question.answer(&json!([]), false)),
        _ => {
            let text = format!("invalid config entry kind: {kind}");
            return Err(Refusal { headed: false, ..refuse(StatusCode::INTERNAL_SERVER_ERROR, text) });
        }
    }
    for (_, rule) in question.intentions() {
        let action = if rule.allow { "allow" } else { "deny" };
        by_target.entry(&rule.to).or_default().push(json!({ "Name": rule.from, "Action": action, "Precedence": 9, "Type": "consul" }));
    }
    let found = by_target.into_iter().map(
        |(name, sources)| json!({ "Kind": "service-intentions", "Name": name, "Sources": sources, "CreateIndex": 21, "ModifyIndex": 21 }),
    );
    Ok(question.answer(&found.collect(), false))
}
