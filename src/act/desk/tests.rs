use std::convert::Infallible;
use std::sync::atomic::{AtomicI64, AtomicU8, Ordering};

use axum::http::{Request, Response, StatusCode};
use kube::client::Body;

use super::*;
use crate::store::Options;

/// What somebody else does to the objects.
type Change = Box<dyn FnOnce(&mut BTreeMap<String, Value>) + Send>;

/// A cluster with one Deployment, its ReplicaSets and its pods, that understands what is asked of it here.
#[derive(Default)]
struct Api {
    objects: Mutex<BTreeMap<String, Value>>,
    /// Every change that was asked for: the query, and whether it came about.
    asked: Mutex<Vec<String>>,
    /// What happens just before a change: somebody else's change.
    before_write: Mutex<Vec<Change>>,
    forbidden: Mutex<Option<&'static str>>,
    refuses: Mutex<Option<(u16, &'static str)>>,
}

const PATH: &str = "/apis/apps/v1/namespaces/billing/deployments/ledger";

fn status(code: u16, message: &str) -> (u16, Value) {
    (code, json!({ "kind": "Status", "status": "Failure", "code": code, "message": message, "reason": "x" }))
}

impl Api {
    fn new() -> Arc<Self> {
        let api = Self::default();
        let template = |image: &str| json!({ "metadata": { "labels": { "app": "ledger" } }, "spec": { "containers": [{ "name": "app", "image": image }] } });
        let set = |revision: &str, image: &str| {
            json!({
                "metadata": { "name": image, "uid": image, "annotations": { "deployment.kubernetes.io/revision": revision },
                    "ownerReferences": [{ "controller": true, "uid": "d" }] },
                "spec": { "template": template(image) },
            })
        };
        let deployment = json!({
            "metadata": { "name": "ledger", "uid": "d", "resourceVersion": "1", "annotations": { "deployment.kubernetes.io/revision": "2" } },
            "spec": { "replicas": 3, "template": template("a:2") },
        });
        let pod = json!({ "metadata": { "name": "ledger-1", "uid": "p", "ownerReferences": [{ "controller": true, "uid": "a:2" }] } });
        let objects = [
            (PATH, deployment),
            ("/apis/apps/v1/namespaces/billing/replicasets", json!({ "items": [set("1", "a:1"), set("2", "a:2")] })),
            ("/apis/autoscaling/v1/namespaces/billing/horizontalpodautoscalers", json!({ "items": [] })),
            ("/api/v1/namespaces/billing/pods/ledger-1", pod),
        ];
        *api.objects.lock() = objects.map(|(path, object)| (path.to_owned(), object)).into();
        Arc::new(api)
    }

    fn object(&self) -> Value {
        self.objects.lock()[PATH].clone()
    }

    fn answer(&self, method: &str, path: &str, query: &str, body: &[u8]) -> (u16, Value) {
        if path.ends_with("selfsubjectaccessreviews") {
            let review: Value = serde_json::from_slice(body).unwrap();
            let allowed = *self.forbidden.lock() != review.pointer("/spec/resourceAttributes/verb").and_then(Value::as_str);
            return (201, json!({ "status": { "allowed": allowed } }));
        }
        let mut objects = self.objects.lock();
        if method == "GET" {
            return objects.get(path).cloned().map_or_else(|| status(404, "not found"), |object| (200, object));
        }
        // Beside a body of options, those in the query count for nothing.
        let options: Value = serde_json::from_slice(body).unwrap();
        let is_dry = if method == "DELETE" { options["dryRun"] == json!(["All"]) } else { query.contains("dryRun=All") };
        {
            let before = self.before_write.lock().pop();
            if let Some(before) = before {
                before(&mut objects);
            }
        }
        self.asked.lock().push(format!("{}{method} {path}?{query}", if is_dry { "dry: " } else { "" }));
        if let Some((code, message)) = *self.refuses.lock() {
            return status(code, message);
        }
        let Some(key) = Some(path.trim_end_matches("/scale")).filter(|path| objects.contains_key(*path)) else {
            return status(404, "not found");
        };
        let patch: Value = serde_json::from_slice(body).unwrap();
        let mut object = objects[key].clone();
        let version = object["metadata"]["resourceVersion"].clone();
        if method == "DELETE" {
            if !is_dry {
                objects.remove(key);
            }
            return (200, json!({}));
        }
        if let Some(operations) = patch.as_array() {
            for operation in operations {
                let place = operation["path"].as_str().unwrap();
                if place == "/metadata/resourceVersion" && operation["value"] != version {
                    return status(409, "the object has been modified");
                }
                let (parent, last) = place.rsplit_once('/').unwrap();
                object.pointer_mut(parent).unwrap().as_object_mut().unwrap().insert(last.replace("~1", "/"), operation["value"].clone());
            }
        } else {
            if patch["metadata"].get("resourceVersion").is_some_and(|of| *of != version) {
                return status(409, "the object has been modified");
            }
            object["spec"]["replicas"] = patch["spec"]["replicas"].clone();
        }
        if !is_dry {
            let next = version.as_str().unwrap().parse::<u64>().unwrap() + 1;
            object["metadata"]["resourceVersion"] = json!(next.to_string());
            objects.insert(key.to_owned(), object.clone());
        }
        (200, object)
    }

    fn client(self: &Arc<Self>) -> kube::Client {
        let api = Arc::clone(self);
        let service = tower::service_fn(move |request: Request<Body>| {
            let api = Arc::clone(&api);
            async move {
                let (head, body) = request.into_parts();
                let body = axum::body::to_bytes(axum::body::Body::new(body), usize::MAX).await.unwrap();
                let (code, answer) = api.answer(head.method.as_str(), head.uri.path(), head.uri.query().unwrap_or_default(), &body);
                let response =
                    Response::builder().status(StatusCode::from_u16(code).unwrap()).body(Body::from(answer.to_string().into_bytes()));
                Ok::<_, Infallible>(response.unwrap())
            }
        });
        kube::Client::new(service, "default")
    }
}

struct One(Arc<Api>);

#[async_trait]
impl Clusters for One {
    async fn client(&self, cluster: &str) -> Result<kube::Client, String> {
        if cluster == "eu-1" { Ok(self.0.client()) } else { Err(format!("there is no cluster {cluster:?}")) }
    }
}

struct World {
    api: Arc<Api>,
    desk: Arc<Desk>,
    store: Arc<Store>,
    seconds: Arc<AtomicI64>,
    _folder: tempfile::TempDir,
}

fn world() -> World {
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(Store::open(&Options::new(folder.path())).unwrap());
    let seconds = Arc::new(AtomicI64::new(1_780_000_000));
    let (now, count) = (Arc::clone(&seconds), AtomicU8::new(1));
    let clock: Clock = Arc::new(move || Instant::from_seconds(now.load(Ordering::Relaxed)));
    let random = Arc::new(move || [count.fetch_add(1, Ordering::Relaxed); 32]);
    let api = Api::new();
    let desk = Arc::new(Desk::new(Arc::new(One(Arc::clone(&api))), Arc::clone(&store), clock, random));
    World { api, desk, store, seconds, _folder: folder }
}

fn ada() -> Who {
    Who { name: "ada".to_owned(), role: "operator".to_owned() }
}

fn target() -> Target {
    Target::of_resource("eu-1/billing/Deployment/ledger").unwrap()
}

const REASON_GIVEN: &str = "the ledger leaks memory";

impl World {
    async fn plan(&self, act: Act) -> Result<Plan, Error> {
        self.desk.plan(&ada(), &target(), &act).await
    }

    async fn perform(&self, plan: &Plan) -> Done {
        self.desk.perform(&ada(), &plan.id, REASON_GIVEN).await.unwrap()
    }

    /// Every commit, as it is exported.
    fn commits(&self) -> Vec<Value> {
        let mut text = Vec::new();
        store::export_to(&self.store, &mut text).unwrap();
        String::from_utf8(text).unwrap().lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }

    /// What was recorded of acts: the state that each record ended in, and what it said.
    fn records(&self) -> Vec<(String, String)> {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let commits = self.commits();
        let events = commits.iter().filter_map(|commit| commit["events"].as_array()).flatten();
        events
            .map(|event| event["history"].as_array().unwrap().last().unwrap())
            .map(|step| (text(&step["state"]), text(&step["message"])))
            .collect()
    }

    fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.api.asked.lock())
    }
}

#[tokio::test]
async fn a_plan_is_tried_without_keeping_anything_and_says_what_would_change() {
    let world = world();
    let before = world.api.object();
    let plan = world.plan(Act::RollBack { revision: None }).await.unwrap();
    assert_eq!(plan.detail, "to revision 1");
    let told: Vec<&str> = plan.differences.iter().map(|difference| difference.path.as_str()).collect();
    assert_eq!(told, ["spec.template.spec.containers[app].image"]);
    assert_eq!(world.asked(), [format!("dry: PATCH {PATH}?fieldManager=spot&dryRun=All")]);
    assert_eq!(world.api.object(), before);
    assert!(world.records().is_empty(), "a plan is no attempt");
    let scaled = world.plan(Act::Scale { replicas: 5 }).await.unwrap();
    assert_eq!((scaled.differences[0].path.as_str(), &scaled.differences[0].after), ("spec.replicas", &Some(json!(5))));
}

#[tokio::test]
async fn each_act_is_done_once_and_recorded_before_and_after() {
    for (act, word) in [
        (Act::Restart, "restart"),
        (Act::Scale { replicas: 5 }, "scale"),
        (Act::RollBack { revision: Some(1) }, "rollback"),
        (Act::DeletePod { pod: "ledger-1".to_owned() }, "delete_pod"),
    ] {
        let world = world();
        let plan = world.plan(act).await.unwrap();
        let tried = world.asked();
        assert!(tried.len() == 1 && tried[0].starts_with("dry: "), "{tried:?}");
        assert!(world.api.objects.lock().contains_key("/api/v1/namespaces/billing/pods/ledger-1"), "a plan keeps nothing");
        let done = world.perform(&plan).await;
        assert_eq!(done.outcome, Outcome::Succeeded, "{word}");
        let asked = world.asked();
        assert!(asked.len() == 1 && !asked[0].contains("dry"), "{asked:?}");
        assert!(matches!(world.desk.perform(&ada(), &plan.id, REASON_GIVEN).await, Err(Error::NoPlan)), "once");
        let commits = world.commits();
        let events: Vec<&Value> = commits.iter().filter_map(|commit| commit["events"].as_array()).flatten().collect();
        assert_eq!(events.len(), 2, "{word}: before and after");
        let first = events[0];
        assert_eq!((&first["kind"], &first["history"][0]["state"]), (&json!("action"), &json!("started")));
        for (field, value) in [("action", word), ("by", "ada"), ("role", "operator"), ("reason", REASON_GIVEN), ("detail", &plan.detail)] {
            assert_eq!(first["body"][field], value, "{word} {field}");
        }
        assert_eq!(events[1]["id"], first["id"]);
        assert_eq!(events[1]["history"].as_array().unwrap().last().unwrap()["state"], "succeeded");
        let resources = commits.iter().filter_map(|commit| commit["resources"].as_array()).flatten();
        assert_eq!(resources.map(|resource| resource["id"].as_str().unwrap()).collect::<Vec<_>>(), ["eu-1/billing/Deployment/ledger"]);
    }
    let world = world();
    let plan = world.plan(Act::Restart).await.unwrap();
    world.perform(&plan).await;
    let annotations = &world.api.object()["spec"]["template"]["metadata"]["annotations"];
    assert_eq!(annotations, &json!({ "kubectl.kubernetes.io/restartedAt": "2026-05-28T20:26:40Z" }));
}

#[tokio::test]
async fn what_is_refused_is_recorded_too() {
    let world = world();
    let plan = world.plan(Act::Restart).await.unwrap();
    *world.api.refuses.lock() = Some((403, "deployments.apps is forbidden"));
    let done = world.perform(&plan).await;
    assert_eq!(done.outcome, Outcome::Failed("the account that spot uses there may not: deployments.apps is forbidden".to_owned()));
    *world.api.refuses.lock() = None;
    let plan = world.plan(Act::Restart).await.unwrap();
    let eve = Who { name: "eve".to_owned(), role: "admin".to_owned() };
    let done = world.desk.perform(&eve, &plan.id, REASON_GIVEN).await.unwrap();
    assert_eq!(done.outcome, Outcome::Refused("it was planned by ada".to_owned()));
    let states: Vec<String> = world.records().into_iter().map(|(state, _)| state).collect();
    assert_eq!(states, ["started", "failed", "started", "refused"]);
    assert!(world.records()[1].1.contains("forbidden"));
    assert_eq!(world.asked().iter().filter(|asked| !asked.contains("dry")).count(), 1, "the second was not asked for");
}

#[tokio::test]
async fn a_plan_holds_while_nothing_that_matters_changes() {
    let world = world();
    let status_changes = || {
        world.api.before_write.lock().push(Box::new(|objects| objects.get_mut(PATH).unwrap()["metadata"]["resourceVersion"] = json!("50")));
    };
    status_changes();
    let plan = world.plan(Act::Restart).await.unwrap();
    // A status that changes, an autoscaler that decides: between the last look and the write, twice.
    for _ in 0..2 {
        world.api.before_write.lock().push(Box::new(|objects| {
            let object = objects.get_mut(PATH).unwrap();
            let next = object["metadata"]["resourceVersion"].as_str().unwrap().parse::<u64>().unwrap() + 1;
            object["metadata"]["resourceVersion"] = json!(next.to_string());
            object["spec"]["replicas"] = json!(7);
        }));
    }
    assert_eq!(world.perform(&plan).await.outcome, Outcome::Succeeded);
    assert_eq!(world.api.object()["spec"]["replicas"], 7);

    let plan = world.plan(Act::RollBack { revision: None }).await.unwrap();
    world.api.objects.lock().get_mut(PATH).unwrap()["spec"]["template"]["spec"]["containers"][0]["image"] = json!("a:3");
    let outcome = world.perform(&plan).await.outcome;
    assert_eq!(outcome.state(), "refused");
    assert!(outcome.message().unwrap().contains("plan it again"));

    let plan = world.plan(Act::Scale { replicas: 9 }).await.unwrap();
    world.api.objects.lock().get_mut(PATH).unwrap()["spec"]["replicas"] = json!(8);
    assert_eq!(world.perform(&plan).await.outcome.state(), "refused", "somebody else scaled it");

    let plan = world.plan(Act::Restart).await.unwrap();
    world.api.objects.lock().get_mut(PATH).unwrap()["metadata"]["uid"] = json!("another");
    assert_eq!(world.perform(&plan).await.outcome.state(), "refused", "another one of that name");

    let plan = world.plan(Act::Restart).await.unwrap();
    for version in 0..20 {
        let version = (1000 + version).to_string();
        let changes =
            move |objects: &mut BTreeMap<String, Value>| objects.get_mut(PATH).unwrap()["metadata"]["resourceVersion"] = json!(version);
        world.api.before_write.lock().push(Box::new(changes));
    }
    assert_eq!(world.perform(&plan).await.outcome.state(), "failed", "it is not tried for ever");
}

#[tokio::test]
async fn a_plan_ends_and_a_reason_has_a_length() {
    let world = world();
    let plan = world.plan(Act::Restart).await.unwrap();
    for (reason, letters) in [("", 0), ("   too short ", 9), (&"x".repeat(501), 501)] {
        assert!(matches!(world.desk.perform(&ada(), &plan.id, reason).await, Err(Error::Reason(found)) if found == letters), "{reason}");
    }
    assert!(world.records().is_empty());
    world.seconds.fetch_add(PLAN_SECONDS, Ordering::Relaxed);
    assert!(matches!(world.desk.perform(&ada(), &plan.id, REASON_GIVEN).await, Err(Error::NoPlan)));
    for _ in 0..KEPT + 3 {
        let held = Held {
            who: "ada".to_owned(),
            target: target(),
            act: Act::Restart,
            detail: String::new(),
            planned_at: (world.desk.clock)(),
            basis: Value::Null,
            write: Write { path: String::new(), content: crate::act::write::Content::JsonPatch, body: Value::Null },
        };
        let id = world.desk.plans.lock().len().to_string();
        world.desk.hold(format!("{id}-{}", rand::random::<u64>()), held, (world.desk.clock)());
    }
    assert_eq!(world.desk.plans.lock().len(), KEPT);
}

#[tokio::test]
async fn what_stands_in_the_way_of_a_plan_is_told() {
    let world = world();
    let told = |planned: Result<Plan, Error>| planned.unwrap_err().to_string();
    *world.api.forbidden.lock() = Some("patch");
    assert_eq!(
        told(world.plan(Act::Scale { replicas: 5 }).await),
        "the account that spot uses in cluster eu-1 lacks a right in namespace billing: patch apps/deployments/scale; deploy/kubernetes/act.yaml grants it"
    );
    *world.api.forbidden.lock() = Some("delete");
    assert!(told(world.plan(Act::DeletePod { pod: "ledger-1".to_owned() }).await).contains("delete pods;"));
    *world.api.forbidden.lock() = None;
    assert_eq!(told(world.plan(Act::DeletePod { pod: "../x".to_owned() }).await), "\"../x\" is not the name of a pod");
    assert_eq!(told(world.plan(Act::DeletePod { pod: "gone".to_owned() }).await), "cluster eu-1: not found");
    assert_eq!(told(world.plan(Act::Scale { replicas: 3 }).await), "nothing would change: it has 3 replicas already");
    let elsewhere = Target::of_resource("us-1/billing/Deployment/ledger").unwrap();
    assert_eq!(
        told(world.desk.plan(&ada(), &elsewhere, &Act::Restart).await),
        "cluster us-1: no answer came: there is no cluster \"us-1\""
    );
    *world.api.refuses.lock() = Some((400, "admission webhook \"policy\" denied the request: no restarts on Fridays"));
    assert_eq!(
        told(world.plan(Act::Restart).await),
        "cluster eu-1: the cluster refuses: admission webhook \"policy\" denied the request: no restarts on Fridays"
    );
    assert!(world.records().is_empty());
}
