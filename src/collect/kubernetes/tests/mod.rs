//! An API server in a few lines, by the published conventions: lists in pages, watches, and whatever may go wrong.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::Response;
use bytes::Bytes;
use futures::StreamExt;
use futures::channel::mpsc;
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::collect::http::{Outside, Patience};
use crate::collect::kubernetes::{Access, Cluster, Config, KubernetesCollector};
use crate::collect::{Collector, Item, Memory, Sink, Summary};
use crate::model::{Event, Extent, Facet, Instant, Problem, Statement};

mod facts;
mod folding;
mod lists;
mod recorded;
mod rollouts;
mod watching;

/// Noon of a day in 2026.
fn noon() -> Instant {
    "2026-03-10T12:00:00Z".parse().unwrap()
}

/// An answer that is given once, instead of what the server would say.
enum Scripted {
    Answer { status: u16, headers: Vec<(&'static str, String)>, body: String },
    Cut(String),
    Refused,
}

#[derive(Default)]
struct Inner {
    objects: BTreeMap<String, Vec<Value>>,
    version: u64,
    scripted: BTreeMap<String, VecDeque<Scripted>>,
    always: BTreeMap<String, (u16, String)>,
    requests: Vec<String>,
    watches: BTreeMap<String, Vec<mpsc::UnboundedSender<Bytes>>>,
    watch_status: VecDeque<u16>,
    down: bool,
}

/// A simulated API server.
#[derive(Clone, Default)]
struct Server(Arc<Mutex<Inner>>);

impl Server {
    fn put(&self, path: &str, object: Value) -> &Self {
        let mut inner = self.0.lock();
        inner.version += 1;
        let version = inner.version;
        let stored = versioned(object, version);
        let objects = inner.objects.entry(path.to_owned()).or_default();
        let same = |other: &Value| other["metadata"]["uid"] == stored["metadata"]["uid"];
        let type_ = match objects.iter_mut().find(|other| same(other)) {
            Some(found) => {
                *found = stored.clone();
                "MODIFIED"
            }
            None => {
                objects.push(stored.clone());
                "ADDED"
            }
        };
        inner.say(path, &json!({ "type": type_, "object": stored }));
        drop(inner);
        self
    }

    fn delete(&self, path: &str, uid: &str) {
        let mut inner = self.0.lock();
        inner.version += 1;
        let version = inner.version;
        let objects = inner.objects.entry(path.to_owned()).or_default();
        let position = objects.iter().position(|other| other["metadata"]["uid"] == uid).unwrap();
        let gone = versioned(objects.remove(position), version);
        inner.say(path, &json!({ "type": "DELETED", "object": gone }));
    }

    fn script(&self, path: &str, answers: impl IntoIterator<Item = Scripted>) -> &Self {
        self.0.lock().scripted.entry(path.to_owned()).or_default().extend(answers);
        self
    }

    fn always(&self, path: &str, status: u16, body: &str) -> &Self {
        self.0.lock().always.insert(path.to_owned(), (status, body.to_owned()));
        self
    }

    fn requests(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().requests)
    }

    fn client(&self) -> kube::Client {
        let server = self.clone();
        let service = tower::service_fn(move |request: axum::http::Request<kube::client::Body>| {
            let answer = server.answer(&request.uri().to_string(), request.method().as_str());
            async move { answer }
        });
        kube::Client::new(service, "default")
    }

    fn answer(&self, uri: &str, method: &str) -> Result<Response<Body>, tower::BoxError> {
        let mut inner = self.0.lock();
        if inner.down {
            return Err("connection refused".into());
        }
        inner.requests.push(uri.to_owned());
        let (path, query) = uri.split_once('?').unwrap_or((uri, ""));
        let query: BTreeMap<String, String> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        if let Some(scripted) = inner.scripted.get_mut(path).and_then(VecDeque::pop_front) {
            return match scripted {
                Scripted::Answer { status, headers, body } => {
                    let mut answer = Response::builder().status(status);
                    for (name, value) in headers {
                        answer = answer.header(name, value);
                    }
                    Ok(answer.body(Body::from(body)).unwrap())
                }
                Scripted::Cut(begin) => {
                    let parts = [Ok(Bytes::from(begin)), Err(std::io::Error::from(std::io::ErrorKind::UnexpectedEof))];
                    Ok(Response::new(Body::from_stream(futures::stream::iter(parts))))
                }
                Scripted::Refused => Err("connection refused".into()),
            };
        }
        let say = |status: u16, body: String| Ok(Response::builder().status(status).body(Body::from(body)).unwrap());
        if let Some((status, body)) = inner.always.get(path) {
            return say(*status, body.clone());
        }
        if path == "/version" {
            return say(200, json!({ "major": "1", "minor": "33", "gitVersion": "v1.33.2", "more": {} }).to_string());
        }
        if method == "POST" {
            return say(
                201,
                json!({ "metadata": {}, "spec": {}, "status": { "allowed": !inner.always.contains_key("forbidden") } }).to_string(),
            );
        }
        if query.get("watch").is_some_and(|watch| watch == "true") {
            if let Some(status) = inner.watch_status.pop_front() {
                return say(status, refusal(status, "too old resource version"));
            }
            let (sender, receiver) = mpsc::unbounded();
            inner.watches.entry(path.to_owned()).or_default().push(sender);
            return Ok(Response::new(Body::from_stream(receiver.map(Ok::<_, std::io::Error>))));
        }
        let all = inner.objects.get(path).cloned().unwrap_or_default();
        let from: usize = query.get("continue").map_or(0, |token| token.trim_start_matches("from-").parse().unwrap());
        let limit: usize = query.get("limit").map_or(usize::MAX, |limit| limit.parse().unwrap());
        let end = all.len().min(from.saturating_add(limit));
        let mut metadata = json!({ "resourceVersion": inner.version.to_string() });
        if end < all.len() {
            metadata["continue"] = json!(format!("from-{end}"));
            metadata["remainingItemCount"] = json!(all.len() - end);
        }
        // Go writes an empty list as null.
        let items = if all.is_empty() { Value::Null } else { Value::from(all[from..end].to_vec()) };
        say(200, json!({ "kind": "List", "apiVersion": "v1", "metadata": metadata, "items": items }).to_string())
    }

    /// Ends every open watch.
    fn hang_up(&self) {
        self.0.lock().watches.clear();
    }
}

impl Inner {
    fn say(&mut self, path: &str, event: &Value) {
        let line = Bytes::from(format!("{event}\n"));
        if let Some(watches) = self.watches.get_mut(path) {
            watches.retain(|watch| watch.unbounded_send(line.clone()).is_ok());
        }
    }
}

fn versioned(mut object: Value, version: u64) -> Value {
    object["metadata"]["resourceVersion"] = json!(version.to_string());
    object
}

fn refusal(status: u16, message: &str) -> String {
    json!({ "kind": "Status", "apiVersion": "v1", "status": "Failure", "code": status, "message": message, "reason": "Reason" }).to_string()
}

fn answer(status: u16, body: impl Into<String>) -> Scripted {
    Scripted::Answer { status, headers: Vec::new(), body: body.into() }
}

const DEPLOYMENTS: &str = "/apis/apps/v1/deployments";
const STATEFUL_SETS: &str = "/apis/apps/v1/statefulsets";
const DAEMON_SETS: &str = "/apis/apps/v1/daemonsets";
const REPLICA_SETS: &str = "/apis/apps/v1/replicasets";
const CONTROLLER_REVISIONS: &str = "/apis/apps/v1/controllerrevisions";
const CRON_JOBS: &str = "/apis/batch/v1/cronjobs";
const JOBS: &str = "/apis/batch/v1/jobs";
const PODS: &str = "/api/v1/pods";
const NODES: &str = "/api/v1/nodes";
const SERVICES: &str = "/api/v1/services";
const INGRESSES: &str = "/apis/networking.k8s.io/v1/ingresses";
const AUTOSCALERS: &str = "/apis/autoscaling/v2/horizontalpodautoscalers";

fn meta(uid: &str, name: &str, owner: Option<&str>) -> Value {
    let mut meta = json!({
        "name": name, "namespace": "payments", "uid": uid, "creationTimestamp": "2026-03-10T09:00:00Z", "generation": 1,
        "managedFields": [{ "manager": "kubectl", "fieldsV1": { "f:metadata": {} } }],
    });
    if let Some(owner) = owner {
        meta["ownerReferences"] = json!([
            { "uid": "someone", "kind": "Other", "name": "x" },
            { "uid": owner, "controller": true, "kind": "Owner", "name": "y" },
        ]);
    }
    meta
}

fn template(image: &str) -> Value {
    json!({
        "metadata": { "creationTimestamp": null, "labels": { "app": "ledger" } },
        "spec": {
            "containers": [
                { "name": "proxy", "image": "registry.example/proxy:9", "resources": {} },
                { "name": "ledger", "image": image, "resources": { "requests": { "cpu": "100m", "memory": "128Mi" }, "limits": { "memory": "256Mi" } } },
            ],
            "restartPolicy": "Always",
        },
    })
}

/// The Deployment `ledger`, complete at a revision.
fn ledger(revision: u64, image: &str) -> Value {
    let mut meta = meta("d1", "ledger", None);
    meta["annotations"] = json!({ "deployment.kubernetes.io/revision": revision.to_string() });
    meta["labels"] = json!({ "app.kubernetes.io/name": "ledger", "app.kubernetes.io/part-of": "payments" });
    json!({
        "metadata": meta,
        "spec": { "replicas": 2, "template": template(image), "strategy": { "type": "NeverSeenBefore" }, "future": [1] },
        "status": {
            "observedGeneration": 1, "replicas": 2, "updatedReplicas": 2, "readyReplicas": 2, "availableReplicas": 2,
            "conditions": [
                { "type": "Available", "status": "True" },
                { "type": "Progressing", "status": "True", "reason": "NewReplicaSetAvailable", "message": "has successfully progressed",
                  "lastUpdateTime": "2026-03-10T09:02:00Z", "lastTransitionTime": "2026-03-10T09:00:00Z" },
                { "type": "Unheard", "status": "Of" },
            ],
        },
    })
}

fn replica_set(uid: &str, name: &str, revision: u64, created: &str, image: &str) -> Value {
    let mut meta = meta(uid, name, Some("d1"));
    meta["creationTimestamp"] = json!(created);
    meta["annotations"] = json!({ "deployment.kubernetes.io/revision": revision.to_string() });
    json!({ "metadata": meta, "spec": { "replicas": 2, "template": template(image) }, "status": { "replicas": 2 } })
}

fn pod(uid: &str, name: &str, owner: &str) -> Value {
    json!({
        "metadata": meta(uid, name, Some(owner)),
        "spec": { "nodeName": "node-a", "containers": [{ "name": "ledger", "image": "x" }] },
        "status": {
            "phase": "Running",
            "conditions": [{ "type": "Ready", "status": "True", "lastTransitionTime": "2026-03-10T09:01:00Z" }],
            "containerStatuses": [
                { "name": "ledger", "imageID": "registry.example/ledger@sha256:c0ffee", "restartCount": 3, "state": { "running": {} } },
            ],
        },
    })
}

/// A server with the Deployment `ledger`, its ReplicaSet and a pod.
fn small() -> Server {
    let server = Server::default();
    server
        .put(DEPLOYMENTS, ledger(1, "registry.example/ledger:1.4.2"))
        .put(REPLICA_SETS, replica_set("r1", "ledger-abc", 1, "2026-03-10T09:00:00Z", "registry.example/ledger:1.4.2"))
        .put(PODS, pod("p1", "ledger-abc-1", "r1"));
    server
}

/// A collector, its world, and what it said.
struct World {
    collector: Arc<KubernetesCollector>,
    pauses: Arc<Mutex<Vec<Duration>>>,
    memory: Memory,
    now: Instant,
}

/// What was said, by kind.
#[derive(Default)]
struct Told {
    statements: Vec<Statement>,
    events: Vec<Event>,
    hints: Vec<(String, Value)>,
    extents: Vec<Extent>,
    problems: Vec<Problem>,
    summary: Summary,
}

impl World {
    async fn of(servers: &[(&str, &Server)]) -> Self {
        let clusters = servers.iter().map(|(name, _)| cluster(name)).collect();
        Self::with(Config { service_labels: vec!["acme.example/service".to_owned()], ..Config::new(clusters) }, servers).await
    }

    async fn with(config: Config, servers: &[(&str, &Server)]) -> Self {
        let pauses: Arc<Mutex<Vec<Duration>>> = Arc::default();
        let noted = Arc::clone(&pauses);
        let outside = Outside {
            clock: Arc::new(noon),
            pause: Arc::new(move |wait| {
                noted.lock().push(wait);
                Box::pin(tokio::task::yield_now())
            }),
            jitter: Arc::new(|| 0.5),
            patience: Patience { attempts: 3, ..Patience::default() },
        };
        let collector = Arc::new(KubernetesCollector::new("kubernetes", config, outside));
        for (name, server) in servers {
            collector.clients().put(name, server.client()).await;
        }
        Self { collector, pauses, memory: Memory::new(), now: noon() }
    }

    async fn collect(&mut self) -> Told {
        let (sink, items) = Sink::new(16, CancellationToken::new());
        let (summary, mut told) = futures::join!(
            async {
                let sink = sink;
                self.collector.collect(self.now, &self.memory, &sink).await
            },
            drain(items)
        );
        told.1.summary = summary;
        self.remember(told)
    }

    async fn changed(&mut self) -> Told {
        let (sink, items) = Sink::new(16, CancellationToken::new());
        let ((), told) = futures::join!(
            async {
                let sink = sink;
                self.collector.changed(self.now, &sink).await;
            },
            drain(items)
        );
        self.remember(told)
    }

    fn remember(&mut self, (notes, told): (Vec<(String, Value)>, Told)) -> Told {
        for (key, value) in notes {
            if value.is_null() {
                self.memory.remove(&key);
            } else {
                self.memory.insert(key, value);
            }
        }
        told
    }
}

async fn drain(mut items: tokio::sync::mpsc::Receiver<Item>) -> (Vec<(String, Value)>, Told) {
    let (mut notes, mut told) = (Vec::new(), Told::default());
    while let Some(item) = items.recv().await {
        match item {
            Item::Statement(statement) => told.statements.push(statement),
            Item::Event(event) => told.events.push(event),
            Item::Hints { resource, hints } => told.hints.push((resource.id.clone(), serde_json::to_value(hints).unwrap())),
            Item::Extent(extent) => told.extents.push(extent),
            Item::Problem(problem) => told.problems.push(problem),
            Item::Remember { key, value } => notes.push((key, value)),
            Item::Progress { .. } => {}
            other => panic!("{other:?}"),
        }
    }
    (notes, told)
}

impl Told {
    /// Facet `kubernetes` of a resource, all origins together.
    fn facts(&self, id: &str) -> Value {
        let of = self.statements.iter().filter(|statement| statement.resource.id == id && statement.facet == Facet::Kubernetes);
        let mut all = serde_json::Map::new();
        for body in of.filter_map(|statement| statement.body.clone()) {
            for (field, value) in body {
                assert!(all.insert(field.clone(), value).is_none() || field == "region", "{field} is told twice");
            }
        }
        Value::Object(all)
    }

    fn refs(&self) -> Vec<String> {
        let general = self.statements.iter().filter(|statement| statement.facet == Facet::General);
        let mut refs: Vec<String> =
            general.filter_map(|statement| Some(statement.body.as_ref()?.get("ref")?.as_str()?.to_owned())).collect();
        refs.sort();
        refs
    }

    fn extents(&self) -> Vec<String> {
        let word = |extent: &Extent| {
            let kind = extent.kind.map_or("all", crate::model::Kind::word);
            let counted = extent.counted.map(|counted| format!(" {counted}")).unwrap_or_default();
            format!("{} {kind} {:?}{counted}", extent.scope, extent.reading).to_lowercase()
        };
        self.extents.iter().map(word).collect()
    }

    fn problems(&self) -> Vec<String> {
        self.problems.iter().map(|problem| format!("{}: {}", problem.scope, problem.message)).collect()
    }

    fn events(&self) -> Vec<String> {
        let word = |event: &Event| {
            let steps: Vec<String> = event
                .history
                .iter()
                .map(|step| format!("{} {}", &step.at.to_string()[11..16], step.set["state"].as_str().unwrap()))
                .collect();
            let ended = event.ended.map(|at| format!(" ended {}", &at.to_string()[11..16])).unwrap_or_default();
            format!("{} {}{ended}", event.id, steps.join(", "))
        };
        self.events.iter().map(word).collect()
    }
}

fn cluster(name: &str) -> Cluster {
    Cluster {
        name: name.to_owned(),
        access: Access::Server { url: "http://127.0.0.1:9".parse().unwrap(), token: None },
        region: Some("europe".to_owned()),
        datacenter: None,
        environment: Some("production".to_owned()),
    }
}
