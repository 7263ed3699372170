//! Every action against a real Kubernetes, beside what kubectl does to an equal workload: `make test-kubernetes`.

#![expect(clippy::print_stdout, reason = "the log of the run is its result")]

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant as Stopwatch};

use async_trait::async_trait;
use kube::config::{KubeConfigOptions, Kubeconfig};
use serde_json::{Value, json};
use spot::act::{Act, CallError, Cluster, Clusters, Desk, Done, Error, Outcome, Plan, Refusal, Target, Who};
use spot::model::Instant;
use spot::store::{Options, Store, export_to};

use crate::support::{now, package};

/// A real Kubernetes, gone when dropped.
struct Real {
    folder: tempfile::TempDir,
    kubectl: String,
}

impl Real {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let tool = |name: &str| package().join("tests/tools").join(name);
        let found = Command::new("sh").arg(tool("kubernetes.sh")).arg("find").output().unwrap();
        assert!(found.status.success(), "no Kubernetes: tests/tools/kubernetes.sh builds one");
        let kubectl = format!("{}/kubectl", String::from_utf8(found.stdout).unwrap().trim());
        let real = Self { folder, kubectl };
        for script in ["kubernetes-up.sh", "kubernetes-seed.sh"] {
            let status = Command::new("sh").arg(tool(script)).arg(real.path()).stdout(std::process::Stdio::null()).status().unwrap();
            assert!(status.success(), "{script}");
        }
        real
    }

    fn path(&self) -> std::path::PathBuf {
        self.folder.path().join("k")
    }

    /// What kubectl says, and whether it succeeded.
    fn try_kubectl(&self, words: &str) -> (bool, String) {
        let mut command = Command::new(&self.kubectl);
        command.arg("--kubeconfig").arg(self.path().join("kubeconfig")).args(["--namespace", "payments"]).args(words.split(' '));
        let output = command.output().unwrap();
        (output.status.success(), String::from_utf8([output.stdout, output.stderr].concat()).unwrap())
    }

    fn kubectl(&self, words: &str) -> String {
        let (succeeded, said) = self.try_kubectl(words);
        assert!(succeeded, "kubectl {words}: {said}");
        said
    }

    fn get(&self, what: &str) -> Value {
        serde_json::from_str(&self.kubectl(&format!("get {what} -o json"))).unwrap()
    }

    fn apply(&self, text: &str) {
        let path = self.folder.path().join("apply.yaml");
        std::fs::write(&path, text).unwrap();
        self.kubectl(&format!("apply -f {}", path.display()));
    }

    /// Waits for the controllers to make something so.
    async fn until(&self, what: &str, is_so: impl Fn(&Self) -> bool) {
        let started = Stopwatch::now();
        while !is_so(self) {
            assert!(started.elapsed() < Duration::from_secs(60), "not within a minute: {what}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    async fn client(&self, context: &str) -> kube::Client {
        let config = Kubeconfig::read_from(self.path().join("kubeconfig")).unwrap();
        let options = KubeConfigOptions { context: Some(context.to_owned()), ..KubeConfigOptions::default() };
        kube::Client::try_from(kube::Config::from_custom_kubeconfig(config, &options).await.unwrap()).unwrap()
    }
}

impl Drop for Real {
    fn drop(&mut self) {
        let pids = std::fs::read_to_string(self.path().join("pids")).unwrap_or_default();
        let _ = Command::new("kill").arg("-9").args(pids.split_whitespace()).status();
    }
}

/// The contexts of the kubeconfig as clusters.
struct Contexts {
    admin: kube::Client,
    reader: kube::Client,
}

#[async_trait]
impl Clusters for Contexts {
    async fn client(&self, cluster: &str) -> Result<kube::Client, String> {
        Ok(if cluster == "reader" { self.reader.clone() } else { self.admin.clone() })
    }
}

fn who() -> Who {
    Who { name: "ada".to_owned(), role: "operator".to_owned() }
}

fn of(cluster: &str, kind: &str, name: &str) -> Target {
    Target::of_resource(&format!("{cluster}/payments/{kind}/{name}")).unwrap()
}

async fn act(desk: &Arc<Desk>, target: &Target, act: Act) -> (Plan, Done) {
    let plan = desk.plan(&who(), target, &act).await.unwrap_or_else(|error| panic!("{target} {act:?}: {error}"));
    let done = desk.perform(&who(), &plan.id, "compared with what kubectl does").await.unwrap();
    assert_eq!(done.outcome, Outcome::Succeeded, "{target} {act:?}");
    (plan, done)
}

/// An object without what tells two equal ones apart: names, uids, times, and who changed what.
fn comparable(object: &Value, name: &str) -> Value {
    let mut object = object.clone();
    let metadata = object["metadata"].as_object_mut().unwrap();
    for field in ["uid", "resourceVersion", "creationTimestamp", "managedFields", "selfLink", "generation"] {
        metadata.remove(field);
    }
    let text = serde_json::to_string(&json!({ "metadata": object["metadata"], "spec": object["spec"] })).unwrap();
    serde_json::from_str(&text.replace(name, "NAME")).unwrap()
}

const MANIFEST: &str = "apiVersion: apps/v1
kind: KIND
metadata: { name: NAME, annotations: { kubernetes.io/change-cause: first, team: payments } }
spec:
  selector: { matchLabels: { app: NAME } }
  template:
    metadata: { labels: { app: NAME }, annotations: { checksum/config: a1 } }
    spec:
      containers:
      - { name: app, image: registry.example/NAME:1, env: [{ name: LEVEL, value: info }], resources: { requests: { cpu: 100m } } }
      volumes: [{ name: scratch, emptyDir: {} }]
";

fn manifest(kind: &str, name: &str) -> String {
    let more = match kind {
        "Deployment" => "  replicas: 2\n",
        "StatefulSet" => "  replicas: 2\n  serviceName: none\n  podManagementPolicy: Parallel\n",
        _ => "",
    };
    format!("{}{more}", MANIFEST.replace("KIND", kind).replace("NAME", name))
}

/// The newest revision that the controllers gave a workload a number for.
fn revisions(real: &Real, kind: &str, name: &str) -> u64 {
    if kind == "Deployment" {
        let object = real.get(&format!("deployment {name}"));
        let is_seen = object["status"]["observedGeneration"] == object["metadata"]["generation"];
        let revision =
            object["metadata"]["annotations"]["deployment.kubernetes.io/revision"].as_str().map_or(0, |text| text.parse().unwrap());
        return if is_seen { revision } else { 0 };
    }
    let all = real.get(&format!("controllerrevisions -l app={name}"));
    all["items"].as_array().unwrap().iter().filter_map(|revision| revision["revision"].as_u64()).max().unwrap_or(0)
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a real Kubernetes: make test-kubernetes"]
async fn real_kubernetes_actions() {
    let real = Real::start();
    let version = real.kubectl("version --short");
    println!("{version}");
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(Store::open(&Options::new(folder.path())).unwrap());
    let contexts = Contexts { admin: real.client("admin").await, reader: real.client("reader").await };
    let cluster = Cluster::new(contexts.admin.clone());
    let clock = Arc::new(|| Instant::from(now()));
    let desk = Arc::new(Desk::new(Arc::new(contexts), Arc::clone(&store), clock, Arc::new(rand::random::<[u8; 32]>)));

    for kind in ["Deployment", "StatefulSet", "DaemonSet"] {
        compare_with_kubectl(&real, &desk, kind).await;
    }
    refusals(&real, &desk).await;
    pods(&real, &desk).await;
    guards(&real, &desk, &cluster).await;
    rights(&real, &desk).await;

    let mut exported = Vec::new();
    export_to(&store, &mut exported).unwrap();
    let exported = String::from_utf8(exported).unwrap();
    let commits = exported.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let events: Vec<Value> = commits.filter_map(|commit| commit["events"].as_array().cloned()).flatten().collect();
    let ends = |state: &str| events.iter().filter(|event| event["history"].as_array().unwrap().last().unwrap()["state"] == state).count();
    let (begun, succeeded, other) = (ends("started"), ends("succeeded"), ends("failed") + ends("refused"));
    assert_eq!(begun, succeeded + other, "every attempt has its end");
    println!("records: {begun} attempts, {succeeded} succeeded, {other} failed or were refused");
}

/// Two equal workloads, one in our hands and one in kubectl's, stay equal.
async fn compare_with_kubectl(real: &Real, desk: &Arc<Desk>, kind: &str) {
    let (ours, theirs) = (format!("ours-{}", kind.to_lowercase()), format!("theirs-{}", kind.to_lowercase()));
    let target = of("admin", kind, &ours);
    for name in [&ours, &theirs] {
        real.apply(&manifest(kind, name));
        real.until("revision 1", |real| revisions(real, kind, name) == 1).await;
        for number in [2_u64, 3] {
            real.kubectl(&format!("annotate {kind} {name} kubernetes.io/change-cause=number-{number} --overwrite"));
            real.kubectl(&format!("set env {kind}/{name} LEVEL=level-{number}"));
            real.kubectl(&format!("set image {kind}/{name} app=registry.example/{name}:{number}"));
            real.until("the next revision", |real| revisions(real, kind, name) >= 2 * number - 2).await;
        }
    }
    let newest = |name: &str| revisions(real, kind, name);
    let settle = async || {
        real.until("both at one revision", |_| newest(&ours) == newest(&theirs)).await;
    };
    settle().await;
    let equal = |after: &str| {
        let both = [&ours, &theirs].map(|name| comparable(&real.get(&format!("{kind} {name}")), name));
        assert_eq!(both[0], both[1], "{kind} after {after}");
        println!("{kind}: equal to kubectl's after {after}, at revision {}", newest(&ours));
    };
    equal("the same history");

    let before = real.get(&format!("{kind} {ours}"));
    let plan = desk.plan(&who(), &target, &Act::RollBack { revision: None }).await.unwrap();
    assert!(plan.differences.iter().any(|difference| difference.path.ends_with("containers[app].image")), "{:?}", plan.differences);
    assert_eq!(real.get(&format!("{kind} {ours}"))["spec"], before["spec"], "a plan keeps nothing");

    for revision in [None, Some(1), None] {
        let at = newest(&ours);
        act(desk, &target, Act::RollBack { revision }).await;
        let to = revision.map(|revision| format!(" --to-revision={revision}")).unwrap_or_default();
        real.kubectl(&format!("rollout undo {kind}/{theirs}{to}"));
        real.until("the rollback", |real| revisions(real, kind, &ours) > at && revisions(real, kind, &theirs) > at).await;
        settle().await;
        equal(&format!("a rollback to {}", revision.map_or("the one before".to_owned(), |revision| format!("revision {revision}"))));
    }

    if kind != "DaemonSet" {
        act(desk, &target, Act::Scale { replicas: 4 }).await;
        real.kubectl(&format!("scale {kind}/{theirs} --replicas=4"));
        equal("scaling to 4");
        act(desk, &target, Act::Scale { replicas: 0 }).await;
        real.kubectl(&format!("scale {kind}/{theirs} --replicas=0"));
        equal("scaling to 0");
    }

    act(desk, &target, Act::Restart).await;
    real.kubectl(&format!("rollout restart {kind}/{theirs}"));
    settle().await;
    let mut both = [&ours, &theirs].map(|name| comparable(&real.get(&format!("{kind} {name}")), name));
    let times = both.each_mut().map(|object| {
        let annotations = object.pointer_mut("/spec/template/metadata/annotations").unwrap().as_object_mut().unwrap();
        annotations.remove("kubectl.kubernetes.io/restartedAt").unwrap().as_str().unwrap().to_owned()
    });
    assert!(times.iter().all(|time| time.parse::<jiff::Timestamp>().is_ok()), "{times:?}");
    assert_eq!(both[0], both[1], "{kind} after a restart");
    println!("{kind}: equal to kubectl's after a restart, but for the time: {} and {}", times[0], times[1]);
}

/// What kubectl refuses is refused, and what it skips is skipped.
async fn refusals(real: &Real, desk: &Arc<Desk>) {
    real.apply(&manifest("Deployment", "refuses"));
    real.until("revision 1", |real| revisions(real, "Deployment", "refuses") == 1).await;
    let target = of("admin", "Deployment", "refuses");
    let refused = async |act: Act| match desk.plan(&who(), &target, &act).await {
        Err(Error::Refused(refusal)) => refusal,
        other => panic!("{act:?}: {other:?}"),
    };
    let mut table = Vec::new();
    let mut compare = |what: &str, refusal: Refusal, words: &str, succeeds: bool| {
        let (succeeded, said) = real.try_kubectl(words);
        assert_eq!(succeeded, succeeds, "{what}: {said}");
        table.push(format!("{what}: {refusal} | kubectl: {}", said.trim()));
    };
    let undo = "rollout undo deployment/refuses";
    compare("no history", refused(Act::RollBack { revision: None }).await, undo, false);
    compare("unknown revision", refused(Act::RollBack { revision: Some(9) }).await, &format!("{undo} --to-revision=9"), false);
    compare("the template of now", refused(Act::RollBack { revision: Some(1) }).await, &format!("{undo} --to-revision=1"), true);
    real.kubectl("set image deployment/refuses app=registry.example/refuses:2");
    real.until("revision 2", |real| revisions(real, "Deployment", "refuses") == 2).await;
    real.kubectl("rollout pause deployment/refuses");
    compare("paused, rollback", refused(Act::RollBack { revision: None }).await, undo, false);
    compare("paused, restart", refused(Act::Restart).await, "rollout restart deployment/refuses", false);
    assert!(matches!(refused(Act::Scale { replicas: 2 }).await, Refusal::Unchanged(_)));
    for line in table {
        println!("refused as by kubectl: {line}");
    }
    real.kubectl("autoscale deployment refuses --min=2 --max=5");
    let plan = desk.plan(&who(), &target, &Act::Scale { replicas: 7 }).await.unwrap();
    assert_eq!(plan.warnings, ["the autoscaler refuses decides the replicas, between 2 and 5, and will decide again"]);
    let missing = desk.plan(&who(), &of("admin", "Deployment", "nothing"), &Act::Restart).await;
    assert!(matches!(missing, Err(Error::Call { source: CallError::Missing(_), .. })), "{missing:?}");
}

/// A pod goes and another comes; one of another workload stays.
async fn pods(real: &Real, desk: &Arc<Desk>) {
    let names = |app: &str| -> Vec<String> {
        let pods = real.get(&format!("pods -l app={app}"));
        let alive = pods["items"].as_array().unwrap().iter().filter(|pod| pod["metadata"]["deletionTimestamp"].is_null());
        alive.map(|pod| pod["metadata"]["name"].as_str().unwrap().to_owned()).collect()
    };
    let (api, ledger) = (names("api"), names("ledger"));
    let target = of("admin", "Deployment", "api");
    let foreign = desk.plan(&who(), &target, &Act::DeletePod { pod: ledger[0].clone() }).await;
    assert!(matches!(foreign, Err(Error::Refused(Refusal::NotItsPod(_)))), "{foreign:?}");
    let plan = desk.plan(&who(), &target, &Act::DeletePod { pod: api[0].clone() }).await.unwrap();
    assert_eq!(names("api"), api, "a plan keeps nothing");
    let done = desk.perform(&who(), &plan.id, "it answers nothing any more").await.unwrap();
    assert_eq!(done.outcome, Outcome::Succeeded);
    real.until("another pod", |_| names("api").len() == api.len() && !names("api").contains(&api[0])).await;
    assert_eq!(names("ledger"), ledger);
    println!("Deployment: a pod was deleted and another came");
}

/// What changed in the meantime is not overwritten.
async fn guards(real: &Real, desk: &Arc<Desk>, cluster: &Cluster) {
    use spot::act::plan;
    let target = of("admin", "Deployment", "mailer");
    let object = cluster.get(&target.path()).await.unwrap();
    let stale = object["metadata"]["resourceVersion"].as_str().unwrap().to_owned();
    real.kubectl("annotate deployment mailer somebody=else");
    for planned in [plan::restart(&target, &object, Instant::from_seconds(0)), plan::scale(&target, &object, 5)] {
        let refused = cluster.write(&planned.unwrap().write.guarded(&stale), false).await;
        assert!(matches!(refused, Err(CallError::Conflict(_))), "{refused:?}");
    }
    let planned = desk.plan(&who(), &target, &Act::Restart).await.unwrap();
    real.kubectl("annotate deployment mailer somebody=again --overwrite");
    let done = desk.perform(&who(), &planned.id, "what does not matter changed").await.unwrap();
    assert_eq!(done.outcome, Outcome::Succeeded);
    let planned = desk.plan(&who(), &target, &Act::Restart).await.unwrap();
    real.kubectl("set image deployment/mailer mailer=registry.example/mailer:9");
    let done = desk.perform(&who(), &planned.id, "what matters changed").await.unwrap();
    assert_eq!(done.outcome.state(), "refused");
    println!("guards: two stale writes answered 409; a plan outlived a note and not another image");
}

/// What an account may not is told before it is tried, and the manifest in `deploy/` is enough for everything.
async fn rights(real: &Real, desk: &Arc<Desk>) {
    let target = of("reader", "Deployment", "ours-deployment");
    let none = desk.plan(&who(), &target, &Act::Restart).await;
    assert!(matches!(none, Err(Error::Call { source: CallError::Forbidden(_), .. })), "{none:?}");
    real.kubectl("create clusterrolebinding reader-view --clusterrole=view --user=reader");
    let until = async |act: Act, right: &str| {
        let started = Stopwatch::now();
        loop {
            match desk.plan(&who(), &target, &act).await {
                Err(Error::NoRight { right: told, .. }) => break assert_eq!(told, right),
                other => assert!(started.elapsed() < Duration::from_secs(30), "{other:?}"),
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    until(Act::Restart, "patch apps/deployments").await;
    until(Act::Scale { replicas: 3 }, "patch apps/deployments/scale").await;
    println!("rights: what is missing was named");

    real.kubectl("delete clusterrolebinding reader-view");
    let text = std::fs::read_to_string(package().join("deploy/kubernetes/act.yaml")).unwrap();
    let account = "kind: ServiceAccount\n    name: spot\n    namespace: spot";
    assert!(text.contains(account));
    real.apply(&text.replace(account, "kind: User\n    name: reader\n    apiGroup: rbac.authorization.k8s.io"));
    real.until("the manifest's rights", |real| real.try_kubectl("auth can-i patch deployments --as=reader").0).await;
    real.until("no other rights", |real| !real.try_kubectl("auth can-i list services --as=reader").0).await;
    act(desk, &target, Act::Scale { replicas: 2 }).await;
    act(desk, &target, Act::Restart).await;
    act(desk, &target, Act::RollBack { revision: None }).await;
    real.until("a pod", |real| !real.get("pods -l app=ours-deployment")["items"].as_array().unwrap().is_empty()).await;
    let pod = real.get("pods -l app=ours-deployment")["items"][0]["metadata"]["name"].as_str().unwrap().to_owned();
    act(desk, &target, Act::DeletePod { pod }).await;
    for kind in ["StatefulSet", "DaemonSet"] {
        let target = of("reader", kind, &format!("ours-{}", kind.to_lowercase()));
        act(desk, &target, Act::RollBack { revision: None }).await;
    }
    println!("rights: deploy/kubernetes/act.yaml is enough for every action");
}

#[test]
fn the_manifest_of_the_rights_names_no_more_than_the_actions_need() {
    let text = std::fs::read_to_string(Path::new(package()).join("deploy/kubernetes/act.yaml")).unwrap();
    for word in ["\"*\"", "secrets", "escalate", "impersonate", "create", "update", "watch"] {
        assert!(!text.contains(word), "{word}");
    }
}
