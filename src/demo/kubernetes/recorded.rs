//! The server beside a real one: the same requests in the same order, compared with what was recorded of kube-apiserver 1.20.
//!
//! Statuses and refusals are the same to the word; of objects the metadata and the spec have the same members. What a real
//! cluster without a kubelet shows of its pods is not compared, and neither is what this server does not offer: namespaces
//! are not created through it, and it forgets older versions at once where the real one still has them in its cache.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Value, json};

use super::tests::{Sent, Served, start};
use super::{Identity, Rule};
use crate::demo::company::clusters::{ClusterContent, Container, Namespace, Node, Releases, Step, Workload, WorkloadKind};
use crate::model::Instant;

/// What was recorded, in the order of the recording; what is in brackets is done between.
const ORDER: &str = "version readyz list-page-1 list-page-2 list-metadata list-limit-without-effect list-pods list-selected
    list-all-namespaces list-empty list-continue-malformed list-field-selector-unknown list-version-of-the-future get [expire]
    list-expired list-after-expiry list-exact-expired forbidden-anonymous unauthorized forbidden-list
    forbidden-list-all-namespaces forbidden-watch forbidden-scale access-review-allowed access-review-denied [bind] allowed-list
    access-review-allowed-by-role not-found not-found-resource not-found-path not-found-patch method-not-allowed scale-get
    scale-dry-run scale-invalid scale [settle] scale-unchanged scale-conflict scale-daemon-set [settle] restart-dry-run restart
    [settle] conflict conflict-uid invalid-selector unsupported-media-type patch-malformed [image] [settle]
    replica-sets-before-rollback rollback-test-failed rollback-dry-run rollback [settle] replica-sets-after-rollback get-metadata
    [pod] delete-pod-conflict delete-pod-dry-run delete-pod delete-pod-again delete-pod-at-once delete-pod-gone watch-malformed";

fn workload(name: &str, version: &'static str, replicas: u32, port: Option<u16>) -> Workload {
    let selector = BTreeMap::from([("app".to_owned(), name.to_owned())]);
    let at = start().plus_seconds(60).plus_micros(i64::from(replicas) * 1_003 + name.len() as i64 * 77);
    Workload {
        kind: WorkloadKind::Deployment,
        namespace: "payments".to_owned(),
        name: name.to_owned(),
        labels: selector.clone(),
        selector,
        annotations: BTreeMap::new(),
        manager: "kubectl-create",
        containers: vec![Container {
            name: name.to_owned(),
            image: format!("registry.example/{name}"),
            tag: None,
            port,
            processor: 0,
            memory: 0,
        }],
        steps: vec![Step { at, release: 0, replicas, is_bad: false }],
        says_cause: false,
        releases: Releases::listed(&[version]),
        end: Instant::MAX,
        startup: 4,
        trouble: 0,
        exposure: None,
        autoscaler: None,
        seed: name.len() as u64,
    }
}

/// The cluster that was recorded, as it was seeded.
fn seeded() -> ClusterContent {
    let exists = start()..Instant::MAX;
    let node = Node {
        name: "node-1".to_owned(),
        region: "eu-central-1".to_owned(),
        zone: "eu-central-1a".to_owned(),
        instance_type: "m5.large",
        processors: 64,
        memory: 256,
        architecture: "amd64",
        exists: exists.clone(),
    };
    ClusterContent {
        name: "recorded".to_owned(),
        version: "v1.20.2".to_owned(),
        exists: exists.clone(),
        namespaces: vec![Namespace { name: "payments".to_owned(), labels: BTreeMap::new(), exists }],
        nodes: vec![node],
        workloads: vec![
            workload("api", "1.4.2", 2, Some(8080)),
            workload("ledger", "2.0.0", 1, None),
            workload("mailer", "0.9.1", 1, None),
            workload("worker", "3.1.0", 0, None),
        ],
    }
}

/// A text without what differs from one cluster to the next: digits, uids and ends of names.
fn plain(text: &str) -> String {
    let mut found = String::new();
    for part in text.split_inclusive(|letter: char| !letter.is_ascii_alphanumeric() && letter != '-') {
        let word = part.trim_end_matches(|letter: char| !letter.is_ascii_alphanumeric() && letter != '-');
        let rest = &part[word.len()..];
        let is_uid = word.len() == 36 && word.matches('-').count() == 4;
        let is_pod = word.starts_with("mailer-") && word.matches('-').count() == 2;
        match (is_uid, is_pod) {
            (true, _) => found.push('U'),
            (_, true) => found.push('P'),
            _ => found.extend(word.chars().map(|letter| if letter.is_ascii_digit() { 'N' } else { letter })),
        }
        found.push_str(rest);
    }
    while found.contains("NN") {
        found = found.replace("NN", "N");
    }
    found
}

/// A refusal without what differs.
fn comparable(status: &Value) -> Value {
    match status {
        Value::String(text) => plain(text).into(),
        Value::Array(all) => all.iter().map(comparable).collect(),
        Value::Object(map) => {
            map.iter().map(|(key, value)| (key.clone(), if key == "continue" { json!("C") } else { comparable(value) })).collect()
        }
        other => other.clone(),
    }
}

/// The paths of all members, numbers and texts alike.
fn members(value: &Value, path: &str, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                members(value, &format!("{path}/{key}"), found);
            }
            found.insert(format!("{path}:object"));
        }
        Value::Array(all) => {
            all.iter().for_each(|value| members(value, &format!("{path}[]"), found));
            found.insert(format!("{path}:list"));
        }
        Value::String(_) => drop(found.insert(format!("{path}:text"))),
        Value::Number(_) => drop(found.insert(format!("{path}:number"))),
        Value::Bool(_) => drop(found.insert(format!("{path}:flag"))),
        Value::Null => drop(found.insert(format!("{path}:null"))),
    }
}

/// What of an object is compared: everything but its status, and annotations by their names.
fn shape(object: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (key, value) in object.as_object().into_iter().flatten().filter(|(key, _)| *key != "status") {
        members(value, key, &mut found);
    }
    found
}

struct Comparing {
    served: Served,
    now: Instant,
    /// `continue` of the last page.
    token: String,
    /// The version that the first list had.
    first: String,
    /// The pod that is deleted.
    pod: String,
}

impl Comparing {
    fn wait(&mut self, seconds: i64) {
        self.now = self.now.plus_seconds(seconds);
        self.served.time.set(self.now);
    }

    async fn admin(&self, method: &str, path: &str, content_type: &str, body: &str) -> Value {
        let (status, body) = self.served.ask(Sent { token: "admin", method, path, content_type, body, accept: "" }).await;
        assert!(status < 300, "{method} {path} {body}");
        body
    }

    async fn act(&mut self, what: &str) {
        let api = "/apis/apps/v1/namespaces/payments/deployments/api";
        let (merge, strategic) = ("application/merge-patch+json", "application/strategic-merge-patch+json");
        match what {
            "[expire]" => {
                let page = self.admin("GET", "/apis/apps/v1/namespaces/payments/deployments?limit=2", "", "").await;
                self.token = page["metadata"]["continue"].as_str().unwrap().to_owned();
                self.admin("PATCH", api, merge, r#"{"metadata":{"annotations":{"example/round":"1"}}}"#).await;
                self.served.kubernetes.compact();
            }
            "[bind]" => {
                let because = "RBAC: allowed by RoleBinding \"readers/payments\" of ClusterRole \"view\" to Group \"readers\"";
                let view =
                    Rule::new(&["get", "list", "watch"], &["apps", ""], &["deployments", "pods"]).within(&["payments"]).because(because);
                self.served.kubernetes.knows(vec![Identity::admin("admin"), reader(vec![view])]);
            }
            "[settle]" => self.wait(90),
            "[image]" => {
                let patch = r#"{"spec":{"template":{"spec":{"containers":[{"name":"api","image":"registry.example/api:1.5.0"}]}}}}"#;
                self.admin("PATCH", api, strategic, patch).await;
            }
            "[pod]" => {
                let list = self.admin("GET", "/api/v1/namespaces/payments/pods?labelSelector=app%3Dmailer", "", "").await;
                self.pod = list["items"][0]["metadata"]["name"].as_str().unwrap().to_owned();
            }
            other => panic!("{other}"),
        }
    }

    /// The text with our names and versions instead of the recorded ones.
    fn ours(&self, text: &str) -> String {
        let mut text = text.replace("\"253\"", &format!("{:?}", self.first)).replace("\"263\"", &format!("{:?}", self.first));
        if let Some(at) = text.find("/pods/mailer-") {
            let start = at + "/pods/".len();
            let end = text[start..].find(['?', '/']).map_or(text.len(), |length| start + length);
            text.replace_range(start..end, &self.pod);
        }
        if let Some(at) = text.find("continue=").filter(|at| !text[*at..].starts_with("continue=unknown")) {
            text.replace_range(at + "continue=".len().., &self.token);
        }
        text
    }

    async fn compare(&mut self, name: &str) {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/kubernetes/recorded");
        let recorded: Value = serde_json::from_slice(&std::fs::read(folder.join(format!("{name}.json"))).unwrap()).unwrap();
        let request = &recorded["request"];
        let text = |key: &str| request[key].as_str().unwrap_or_default().to_owned();
        let (method, path) = text("line").split_once(' ').map(|(method, path)| (method.to_owned(), path.to_owned())).unwrap();
        let body = match &request["body"] {
            Value::Null => String::new(),
            Value::String(text) => text.clone(),
            // The recorded version that is too old is not the same number in every recording.
            other => {
                let mut body = other.clone();
                for pointer in ["/metadata/resourceVersion", "/0/value"] {
                    if let Some(version) = body.pointer_mut(pointer).filter(|value| value.is_string()) {
                        *version = self.first.as_str().into();
                    }
                }
                body.to_string()
            }
        };
        let mut path = self.ours(&path);
        if name == "list-exact-expired" {
            path =
                format!("/apis/apps/v1/namespaces/payments/deployments?limit=2&resourceVersion={}&resourceVersionMatch=Exact", self.first);
        }
        if name == "list-version-of-the-future" {
            path = path.replace("99999999", "99999999999999999");
        }
        let who = text("as");
        let token = match who.as_str() {
            "nobody" => "",
            "unknown token" => "unknown",
            known => known,
        };
        let sent = Sent { token, method: &method, path: &path, accept: &text("accept"), content_type: &text("content_type"), body: &body };
        let (status, answer) = self.served.ask(sent).await;
        assert_eq!(Value::from(status), recorded["status"], "{name}: {answer}");
        let wanted = &recorded["body"];
        if answer["kind"] == "Status" || wanted["kind"] == "Status" || wanted.is_string() {
            assert_eq!(comparable(&answer), comparable(wanted), "{name}");
        } else if let (Some(ours), Some(theirs)) = (answer["items"].as_array(), wanted["items"].as_array()) {
            assert_eq!((&answer["kind"], &answer["apiVersion"]), (&wanted["kind"], &wanted["apiVersion"]), "{name}");
            let keys = |value: &Value| value["metadata"].as_object().unwrap().keys().cloned().collect::<Vec<_>>();
            assert_eq!(keys(&answer), keys(wanted), "{name}");
            // Other namespaces of the real one have other objects.
            if !name.contains("all-namespaces") {
                assert_eq!(ours.len(), theirs.len(), "{name}");
            }
            let shapes = |all: &[Value]| all.iter().flat_map(shape).collect::<BTreeSet<String>>();
            assert_eq!(shapes(ours), shapes(theirs), "{name}");
        } else {
            assert_eq!((&answer["kind"], &answer["apiVersion"]), (&wanted["kind"], &wanted["apiVersion"]), "{name}");
            if name.starts_with("access-review") {
                assert_eq!(&answer, wanted, "{name}");
            }
            assert_eq!(shape(&answer), shape(wanted), "{name}");
        }
        if let Some(token) = answer["metadata"]["continue"].as_str() {
            self.token = token.to_owned();
        }
        if name == "list-page-1" {
            self.first = answer["metadata"]["resourceVersion"].as_str().unwrap().to_owned();
        }
        match name {
            "replica-sets-after-rollback" => {
                let annotations = |body: &Value| -> Vec<(String, Value)> {
                    let all = body["items"].as_array().unwrap().iter().map(|set| &set["metadata"]["annotations"]);
                    let mut all: Vec<_> = all.map(|of| (of["deployment.kubernetes.io/revision"].to_string(), of.clone())).collect();
                    all.sort_by(|a, b| a.0.cmp(&b.0));
                    all
                };
                assert_eq!(annotations(&answer), annotations(wanted));
            }
            "scale" | "restart" | "rollback" => {
                assert_eq!(answer["metadata"]["generation"], wanted["metadata"]["generation"], "{name}");
                assert_eq!(answer["spec"], wanted["spec"], "{name}");
            }
            _ => {}
        }
    }
}

fn reader(rules: Vec<Rule>) -> Identity {
    Identity { token: "reader".to_owned(), user: "reader".to_owned(), rules }
}

#[tokio::test]
async fn a_real_server_answers_the_same() {
    let now = start().plus_seconds(600);
    let served = Served::of(seeded(), now);
    served.kubernetes.knows(vec![Identity::admin("admin"), reader(Vec::new())]);
    let mut comparing = Comparing { served, now, token: String::new(), first: String::new(), pod: String::new() };
    for name in ORDER.split_whitespace() {
        if name.starts_with('[') {
            comparing.act(name).await;
        } else {
            comparing.compare(name).await;
        }
    }
}

#[tokio::test]
async fn a_real_watch_has_the_same_lines() {
    let served = Served::of(seeded(), start().plus_seconds(600));
    for name in ["watch-what-there-is", "watch-metadata"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/kubernetes/recorded");
        let recorded: Value = serde_json::from_slice(&std::fs::read(folder.join(format!("{name}.json"))).unwrap()).unwrap();
        let line = recorded["request"]["line"].as_str().unwrap();
        let path = line.strip_prefix("GET ").unwrap().replace("timeoutSeconds=1", "timeoutSeconds=1&allowWatchBookmarks=true");
        let accept = recorded["request"]["accept"].as_str().unwrap_or_default();
        let response = served.response(Sent { token: "admin", method: "GET", path: &path, accept, ..Sent::default() }).await;
        // Its time is over as soon as it began.
        served.time.set(start().plus_seconds(700));
        let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
        let lines: Vec<Value> = std::str::from_utf8(&bytes).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let (bookmark, lines) = lines.split_last().unwrap();
        assert_eq!(bookmark["type"], "BOOKMARK");
        let theirs = recorded["lines"].as_array().unwrap();
        assert_eq!(lines.len(), theirs.len(), "{name}");
        let of = |lines: &[Value]| -> BTreeSet<String> {
            lines.iter().flat_map(|line| shape(&line["object"]).into_iter().map(|path| format!("{} {path}", line["type"]))).collect()
        };
        let revision = |path: &String| !path.contains("example~1round") && !path.contains("/example/round");
        let (ours, theirs): (BTreeSet<String>, BTreeSet<String>) = (of(lines), of(theirs).into_iter().filter(revision).collect());
        assert_eq!(ours, theirs, "{name}");
    }
}
