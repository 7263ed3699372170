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
use super::{Identity, Kubernetes, Options, Rule, render};
use crate::demo::company::clusters::{
    ClusterContent, Container, Exposure, Namespace, Node, Releases, Schedule, Step, Workload, WorkloadKind,
};
use crate::model::{Clock, Instant};

const DAY: i64 = 86_400;

pub(super) fn start() -> Instant {
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
            _ => {
                start().plus_seconds(number * DAY / 2).plus_micros(number * 31_337)
                    ..start().plus_seconds((number + 6) * DAY / 2 + number * 1_111).plus_micros(number * 77_777)
            }
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
pub(super) struct Time(Arc<AtomicI64>);

impl Time {
    pub(super) fn at(at: Instant) -> Self {
        Self(Arc::new(AtomicI64::new(at.micros())))
    }

    pub(super) fn set(&self, at: Instant) {
        self.0.store(at.micros(), Ordering::SeqCst);
    }

    pub(super) fn clock(&self) -> Clock {
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
        assert!(
            changes.len() <= 1,
            "{:?} changed at once",
            changes.iter().map(|change| change.after.as_ref().map(|item| &item.key)).collect::<Vec<_>>()
        );
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

/// A server and its time.
pub(super) struct Served {
    pub(super) kubernetes: Kubernetes,
    pub(super) time: Time,
}

/// A request as it is sent.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sent<'a> {
    pub(super) token: &'a str,
    pub(super) method: &'a str,
    pub(super) path: &'a str,
    pub(super) accept: &'a str,
    pub(super) content_type: &'a str,
    pub(super) body: &'a str,
}

impl Served {
    pub(super) fn of(content: ClusterContent, at: Instant) -> Self {
        let time = Time::at(at);
        let identities = vec![Identity::admin("admin"), Identity::reader("reader"), Identity::operator("operator").without(&["nodes"])];
        Self { kubernetes: Kubernetes::new(Arc::new(content), time.clock(), Options::knowing(identities)), time }
    }

    pub(super) async fn response(&self, sent: Sent<'_>) -> axum::response::Response {
        let mut request = Request::builder().method(sent.method).uri(sent.path);
        if !sent.token.is_empty() {
            request = request.header("authorization", format!("Bearer {}", sent.token));
        }
        for (name, value) in [("accept", sent.accept), ("content-type", sent.content_type)] {
            if !value.is_empty() {
                request = request.header(name, value);
            }
        }
        self.kubernetes.router().oneshot(request.body(HttpBody::from(sent.body.to_owned())).unwrap()).await.unwrap()
    }

    pub(super) async fn ask(&self, sent: Sent<'_>) -> (u16, Value) {
        let response = self.response(sent).await;
        let status = response.status().as_u16();
        let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
        (status, serde_json::from_slice(&bytes).unwrap_or_else(|_| String::from_utf8_lossy(&bytes).into_owned().into()))
    }

    async fn get(&self, path: &str) -> Value {
        let (status, body) = self.ask(Sent { token: "admin", method: "GET", path, ..Sent::default() }).await;
        assert_eq!(status, 200, "{path} {body}");
        body
    }

    async fn patch(&self, path: &str, content_type: &str, body: &Value) -> (u16, Value) {
        let body = body.to_string();
        self.ask(Sent { token: "admin", method: "PATCH", path, content_type, body: &body, ..Sent::default() }).await
    }
}

const API: &str = "/apis/apps/v1/namespaces/payments/deployments/api";
const MERGE: &str = "application/merge-patch+json";
const STRATEGIC: &str = "application/strategic-merge-patch+json";
const JSON_PATCH: &str = "application/json-patch+json";

/// A content of which nothing changes by itself from the second day on.
fn quiet() -> ClusterContent {
    let mut content = content();
    content.workloads.truncate(3);
    for workload in &mut content.workloads {
        workload.steps.retain(|step| step.at < start().plus_seconds(DAY) && !step.is_bad);
        workload.trouble = 0;
    }
    content
}

#[tokio::test]
async fn all_pages_together_are_the_whole_list() {
    let served = Served::of(content(), start().plus_seconds(3 * DAY));
    for resource in &RESOURCES {
        let root = if resource.group.is_empty() { "/api/v1".to_owned() } else { format!("/apis/{}", resource.api_version()) };
        for place in ["", "/namespaces/payments"] {
            if !place.is_empty() && !resource.is_namespaced {
                continue;
            }
            let path = format!("{root}{place}/{}", resource.name);
            let whole = served.get(&path).await;
            let whole = whole["items"].as_array().unwrap().clone();
            let (mut pages, mut next, mut versions) = (Vec::new(), String::new(), Vec::new());
            loop {
                let page = served.get(&format!("{path}?limit=3&continue={next}")).await;
                pages.extend(page["items"].as_array().unwrap().iter().cloned());
                versions.push(page["metadata"]["resourceVersion"].clone());
                let left = page["metadata"]["remainingItemCount"].as_u64().unwrap_or(0);
                assert_eq!(left as usize + pages.len(), whole.len(), "{path}");
                // What happens meanwhile shows on no page.
                served.time.set(start().plus_seconds(3 * DAY + versions.len() as i64));
                match page["metadata"]["continue"].as_str() {
                    Some(token) => next = token.to_owned(),
                    None => break,
                }
            }
            versions.dedup();
            assert_eq!((pages, versions.len()), (whole, 1), "{path}");
            served.time.set(start().plus_seconds(3 * DAY));
        }
    }
}

#[tokio::test]
async fn a_watch_tells_what_happens_and_ends_in_time() {
    let served = Served::of(quiet(), start().plus_seconds(3 * DAY));
    let list = served.get("/api/v1/pods").await;
    let version = list["metadata"]["resourceVersion"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/pods?watch=1&allowWatchBookmarks=true&timeoutSeconds=200&resourceVersion={version}");
    let response = served.response(Sent { token: "reader", method: "GET", path: &path, ..Sent::default() }).await;
    let mut lines = response.into_body().into_data_stream();
    assert_eq!(served.patch(&format!("{API}/scale"), MERGE, &json!({ "spec": { "replicas": 8 } })).await.0, 200);
    assert_eq!(served.kubernetes.storm(5), 5);
    served.time.set(start().plus_seconds(3 * DAY + 100));
    served.kubernetes.wake();
    let mut text = String::new();
    let mut pods: BTreeMap<String, Value> = BTreeMap::new();
    for pod in list["items"].as_array().unwrap() {
        pods.insert(pod["metadata"]["name"].as_str().unwrap().to_owned(), pod.clone());
    }
    let wanted = served.get("/api/v1/pods").await;
    while let Some(bytes) = lines.next().await {
        text.push_str(std::str::from_utf8(&bytes.unwrap()).unwrap());
        // Its time is over.
        served.time.set(start().plus_seconds(3 * DAY + 250));
        served.kubernetes.wake();
    }
    let events: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(events.last().unwrap()["type"], "BOOKMARK");
    for event in &events[..events.len() - 1] {
        let mut object = event["object"].clone();
        let name = object["metadata"]["name"].as_str().unwrap().to_owned();
        if event["type"] == "DELETED" {
            pods.remove(&name);
            continue;
        }
        assert_eq!(pods.contains_key(&name), event["type"] == "MODIFIED", "{name}");
        for key in ["kind", "apiVersion"] {
            object.as_object_mut().unwrap().remove(key);
        }
        pods.insert(name, object);
    }
    let names: Vec<&Value> = wanted["items"].as_array().unwrap().iter().collect();
    assert_eq!(
        pods.values().filter(|pod| pod["metadata"]["namespace"] == "payments").count(),
        names.iter().filter(|pod| pod["metadata"]["namespace"] == "payments").count()
    );
    let ready = pods.values().filter(|pod| pod["metadata"]["name"].as_str().unwrap().starts_with("api-")).count();
    assert_eq!(ready, 8);
    // The same watch is too late now.
    served.time.set(start().plus_seconds(4 * DAY));
    let (status, error) = served.ask(Sent { token: "reader", method: "GET", path: &path, ..Sent::default() }).await;
    assert_eq!((status, &error["type"], &error["object"]["code"]), (200, &json!("ERROR"), &json!(410)));
}

#[tokio::test]
async fn a_restart_and_a_rollback_replace_pods_and_number_revisions() {
    let served = Served::of(quiet(), start().plus_seconds(3 * DAY));
    let pods = "/api/v1/namespaces/payments/pods?labelSelector=app.kubernetes.io%2Fname%3Dapi";
    let before = served.get(API).await;
    let names = |list: &Value| -> Vec<String> {
        list["items"].as_array().unwrap().iter().map(|pod| pod["metadata"]["name"].as_str().unwrap().to_owned()).collect()
    };
    let old = names(&served.get(pods).await);
    let restart = json!({ "spec": { "template": { "metadata": { "annotations": { "kubectl.kubernetes.io/restartedAt": "2026-01-08T00:00:00Z" } } } } });
    let (status, tried) = served.patch(&format!("{API}?dryRun=All"), STRATEGIC, &restart).await;
    assert_eq!((status, &tried["metadata"]["resourceVersion"]), (200, &before["metadata"]["resourceVersion"]));
    assert_eq!(served.get(API).await, before, "a dry run changes nothing");
    let (status, after) = served.patch(API, STRATEGIC, &restart).await;
    assert_eq!((status, &after["spec"]), (200, &tried["spec"]));
    assert_eq!(after["metadata"]["generation"].as_u64().unwrap(), after["status"]["observedGeneration"].as_u64().unwrap() + 1);
    served.time.set(start().plus_seconds(3 * DAY + 8));
    let during = served.get(API).await;
    assert_eq!(during["status"]["observedGeneration"], during["metadata"]["generation"]);
    assert!(during["status"]["updatedReplicas"].as_u64().unwrap() < during["spec"]["replicas"].as_u64().unwrap());
    assert_eq!(during["status"]["conditions"][1]["reason"], "ReplicaSetUpdated");
    served.time.set(start().plus_seconds(3 * DAY + 400));
    let done = served.get(API).await;
    assert_eq!(
        (&done["status"]["updatedReplicas"], &done["status"]["readyReplicas"]),
        (&done["spec"]["replicas"], &done["spec"]["replicas"])
    );
    assert_eq!(done["status"]["conditions"][1]["reason"], "NewReplicaSetAvailable");
    let new = names(&served.get(pods).await);
    assert!(new.len() == old.len() && new.iter().all(|name| !old.contains(name)), "{old:?} {new:?}");
    // Back to the ReplicaSet before.
    let number =
        |object: &Value| object["metadata"]["annotations"]["deployment.kubernetes.io/revision"].as_str().unwrap().parse::<u64>().unwrap();
    assert_eq!(number(&done), number(&before) + 1);
    let sets = served.get("/apis/apps/v1/namespaces/payments/replicasets?labelSelector=app.kubernetes.io%2Fname%3Dapi").await;
    let mut target = sets["items"].as_array().unwrap().iter().find(|set| number(set) == number(&before)).unwrap().clone();
    target["spec"]["template"]["metadata"]["labels"].as_object_mut().unwrap().remove("pod-template-hash");
    let stale = json!([{ "op": "test", "path": "/metadata/resourceVersion", "value": "1" }]);
    assert_eq!(served.patch(API, JSON_PATCH, &stale).await.0, 422);
    let undo = json!([
        { "op": "replace", "path": "/spec/template", "value": target["spec"]["template"] },
        { "op": "replace", "path": "/metadata/annotations", "value": done["metadata"]["annotations"] }
    ]);
    assert_eq!(served.patch(API, JSON_PATCH, &undo).await.0, 200);
    served.time.set(start().plus_seconds(3 * DAY + 900));
    let back = served.get(API).await;
    assert_eq!((number(&back), &back["spec"]["template"]), (number(&before) + 2, &before["spec"]["template"]));
    let set = served.get(&format!("/apis/apps/v1/namespaces/payments/replicasets/{}", target["metadata"]["name"].as_str().unwrap())).await;
    assert_eq!(set["metadata"]["uid"], target["metadata"]["uid"], "the old one is used again");
    let history = set["metadata"]["annotations"]["deployment.kubernetes.io/revision-history"].as_str().unwrap().to_owned();
    assert!(history.split(',').any(|known| known == number(&before).to_string()), "{history}");
    assert_eq!(set["status"]["readyReplicas"], back["spec"]["replicas"]);
}

#[tokio::test]
async fn writes_that_come_too_late_or_from_nobody_are_refused() {
    let served = Served::of(quiet(), start().plus_seconds(3 * DAY));
    let version = served.get(API).await["metadata"]["resourceVersion"].clone();
    let scale = |count: i64, version: &Value| json!({ "metadata": { "resourceVersion": version }, "spec": { "replicas": count } });
    let path = format!("{API}/scale");
    assert_eq!(served.patch(&path, MERGE, &scale(7, &version)).await.0, 200);
    let (status, refused) = served.patch(&path, MERGE, &scale(9, &version)).await;
    assert_eq!((status, &refused["reason"]), (409, &json!("Conflict")));
    assert_eq!(served.get(&path).await["spec"]["replicas"], 7);
    let (status, _) =
        served.ask(Sent { token: "reader", method: "PATCH", path: &path, content_type: MERGE, body: "{}", ..Sent::default() }).await;
    assert_eq!(status, 403);
    let (status, refused) = served.ask(Sent { token: "operator", method: "GET", path: "/api/v1/nodes", ..Sent::default() }).await;
    let words = "nodes is forbidden: User \"system:serviceaccount:spot:spot\" cannot list resource \"nodes\" in API group \"\" at the cluster scope";
    assert_eq!((status, &refused["message"]), (403, &json!(words)));
    served.kubernetes.knows(vec![Identity {
        token: "some".to_owned(),
        user: "some".to_owned(),
        rules: vec![Rule::new(&["get"], &["apps"], &["deployments"]).within(&["payments"])],
    }]);
    assert_eq!(served.ask(Sent { token: "some", method: "GET", path: API, ..Sent::default() }).await.0, 200);
    assert_eq!(served.ask(Sent { token: "admin", method: "GET", path: API, ..Sent::default() }).await.0, 401);
    let elsewhere = "/apis/apps/v1/namespaces/payments-tools/deployments/mailer";
    assert_eq!(served.ask(Sent { token: "some", method: "GET", path: elsewhere, ..Sent::default() }).await.0, 403);
}

#[tokio::test]
async fn a_whole_company_fills_its_clusters() {
    let end: Instant = "2026-11-22T00:00:00Z".parse().unwrap();
    let shape = crate::demo::company::Shape { repositories: 60, ..crate::demo::company::Shape::until(end) };
    let company = Arc::new(crate::demo::company::Company::generate(&shape));
    let contents = crate::demo::company::clusters::clusters(&company, &crate::demo::company::delivery::CommitIds::made_up());
    let at = end.plus_seconds(-10 * 3600);
    let (mut pods, mut sets, mut own, mut unready, mut restarted) = (0, 0, 0, 0, 0);
    for content in contents {
        let name = content.name.clone();
        let systems: std::collections::BTreeSet<String> = company.delivery.services.iter().map(|service| service.system.clone()).collect();
        let served = Served::of(content, at);
        let list = served.get("/api/v1/pods").await;
        let nodes = served.get("/api/v1/nodes").await;
        let is_there = company.delivery.clusters.iter().any(|cluster| cluster.name == name && cluster.exists.contains(&at));
        assert_eq!(nodes["items"].as_array().unwrap().is_empty(), !is_there, "{name}");
        for pod in list["items"].as_array().unwrap() {
            pods += 1;
            own += usize::from(systems.contains(pod["metadata"]["namespace"].as_str().unwrap()));
            let status = &pod["status"]["containerStatuses"][0];
            unready += usize::from(status["ready"] == false && pod["status"]["phase"] != "Succeeded");
            restarted += usize::from(status["restartCount"].as_u64().is_some_and(|count| count > 0));
        }
        sets += served.get("/apis/apps/v1/replicasets").await["items"].as_array().unwrap().len();
        let again = served.get("/api/v1/pods").await;
        assert_eq!(again, list, "the same moment, the same answer");
    }
    let wanted: usize = (0..company.delivery.services.len())
        .flat_map(|service| (0..company.delivery.services[service].placements.len()).map(move |place| (service, place)))
        .filter(|(service, _)| company.delivery.services[*service].workload != crate::demo::company::delivery::Workload::CronJob)
        .filter_map(|(service, place)| company.delivery.running(service, place, at))
        .map(|running| usize::from(running.replicas))
        .sum();
    // Beside what is wanted there are stores, finished jobs, and whatever is being replaced just now.
    assert!((wanted..wanted * 3 / 2 + 60).contains(&own), "{own} pods, {wanted} wanted");
    assert!(pods > own && sets > wanted / 2, "{pods} pods in all, {sets} ReplicaSets");
    assert!((1..own / 8).contains(&unready), "{unready} of {own} are not ready");
    assert!((1..own / 3).contains(&restarted), "{restarted} of {own} have restarted");
}
