//! What watches notice between runs.

use serde_json::json;

use super::*;

const ID: &str = "eu-1/payments/Deployment/ledger";

/// Lets everything go on that can.
async fn settle() {
    for _ in 0..500 {
        tokio::task::yield_now().await;
    }
}

struct Watching {
    world: World,
    cancel: CancellationToken,
    task: tokio::task::JoinHandle<()>,
}

impl Watching {
    /// A world that was read once and is watched from then on.
    async fn over(servers: &[(&str, &Server)]) -> Self {
        let mut world = World::of(servers).await;
        world.collect().await;
        let (cancel, collector) = (CancellationToken::new(), Arc::clone(&world.collector));
        let stop = cancel.clone();
        let task = tokio::spawn(async move { collector.watch(&stop).await });
        settle().await;
        for (_, server) in servers {
            server.requests();
        }
        Self { world, cancel, task }
    }

    async fn changed(&mut self) -> Told {
        settle().await;
        self.world.changed().await
    }

    async fn end(self) {
        self.cancel.cancel();
        self.task.await.unwrap();
    }
}

#[tokio::test]
async fn a_watch_goes_on_from_the_list_and_nothing_is_listed_twice() {
    let server = small();
    let mut world = World::of(&[("eu-1", &server)]).await;
    world.collect().await;
    let version = server.0.lock().version;
    server.requests();
    let (cancel, collector) = (CancellationToken::new(), Arc::clone(&world.collector));
    let stop = cancel.clone();
    let task = tokio::spawn(async move { collector.watch(&stop).await });
    settle().await;
    let requests = server.requests();
    assert_eq!(requests.len(), 12);
    let pods = format!("/api/v1/pods?&watch=true&timeoutSeconds=290&allowWatchBookmarks=true&resourceVersion={version}");
    assert!(requests.contains(&pods), "{requests:?}");
    let told = world.collect().await;
    assert_eq!(told.refs(), ["cluster:eu-1", "workload:eu-1/payments/ledger"]);
    assert_eq!(told.extents(), ["eu-1 cluster full 1", "eu-1 service full 1", "eu-1 workload full 1"]);
    assert_eq!(server.requests(), ["/version"], "a run tells what the watches know");
    cancel.cancel();
    task.await.unwrap();
}

#[tokio::test]
async fn only_what_changed_is_told_and_a_rollout_has_its_times() {
    let server = small();
    let mut other = ledger(1, "other:1");
    other["metadata"]["uid"] = json!("d9");
    other["metadata"]["name"] = json!("other");
    server.put(DEPLOYMENTS, other);
    let mut watching = Watching::over(&[("eu-1", &server)]).await;
    assert!(watching.changed().await.statements.is_empty());

    let mut object = ledger(2, "registry.example/ledger:2");
    object["status"]["conditions"][1]["reason"] = json!("ReplicaSetUpdated");
    server.put(DEPLOYMENTS, object);
    server.put(REPLICA_SETS, replica_set("r2", "ledger-def", 2, "2026-03-10T11:00:00Z", "registry.example/ledger:2"));
    let told = watching.changed().await;
    assert_eq!(told.refs(), ["workload:eu-1/payments/ledger"]);
    assert_eq!(told.events(), [format!("{ID}@2 11:00 in_progress")]);
    let mut object = ledger(2, "registry.example/ledger:2");
    object["status"]["conditions"][1]["lastUpdateTime"] = json!("2026-03-10T11:01:30Z");
    server.put(DEPLOYMENTS, object);
    assert_eq!(watching.changed().await.events(), [format!("{ID}@2 11:00 in_progress, 11:01 success ended 11:01")]);

    server.put(PODS, pod("p2", "ledger-def-1", "r2"));
    let told = watching.changed().await;
    assert_eq!(told.facts(ID)["pods"].as_object().unwrap().len(), 2);
    assert_eq!((told.events(), told.extents()), (Vec::new(), Vec::new()));
    watching.end().await;
}

#[tokio::test]
async fn what_is_deleted_before_everybodys_eyes_ends() {
    let server = small();
    let mut watching = Watching::over(&[("eu-1", &server)]).await;
    server.delete(PODS, "p1");
    server.delete(REPLICA_SETS, "r1");
    server.delete(DEPLOYMENTS, "d1");
    let told = watching.changed().await;
    assert!(told.statements.iter().all(|statement| statement.body.is_none()));
    let ended: Vec<String> = told.statements.iter().map(|it| format!("{} {} {}", it.resource.id, it.facet, it.origin)).collect();
    for expected in [
        "eu-1/payments/Deployment/ledger general deployments",
        "eu-1/payments/Deployment/ledger kubernetes pods",
        "runs:eu-1/payments/ledger kubernetes deployments",
    ] {
        assert!(ended.contains(&expected.to_owned()), "{ended:?}");
    }
    assert!(watching.world.memory.keys().all(|key| !key.starts_with("rollout:")), "its namespace is empty");
    assert_eq!(watching.world.collect().await.extents().last().unwrap(), "eu-1 workload full 0");
    watching.end().await;
}

#[tokio::test]
async fn a_watch_that_lost_something_lists_again() {
    let server = small();
    let mut watching = Watching::over(&[("eu-1", &server)]).await;
    // The version is too old already when it is asked for again; the first of twelve watches is told so.
    server.0.lock().watch_status.push_back(410);
    server.0.lock().watches.remove(PODS);
    let mut missed = pod("p5", "ledger-abc-5", "r1");
    missed["status"]["phase"] = json!("Pending");
    server.put(PODS, missed);
    let told = watching.changed().await;
    let requests = server.requests();
    let pods: Vec<&String> = requests.iter().filter(|uri| uri.starts_with(PODS)).collect();
    assert_eq!(pods.len(), 3, "asked, listed, watched: {requests:?}");
    assert_eq!(told.facts(ID)["phases"], json!({ "Pending": 1, "Running": 1 }));
    // Told in the middle of it.
    server.0.lock().say(PODS, &json!({ "type": "ERROR", "object": { "kind": "Status", "code": 410, "reason": "Expired", "message": "too old", "status": "Failure" } }));
    settle().await;
    assert!(server.requests().iter().any(|uri| uri == "/api/v1/pods?&limit=500"));
    // Something that is no event.
    server.0.lock().say(PODS, &json!({ "type": "ADDED", "object": { "metadata": "none" } }));
    settle().await;
    assert!(server.requests().iter().any(|uri| uri == "/api/v1/pods?&limit=500"));
    assert!(watching.world.collect().await.problems().is_empty());
    watching.end().await;
}

#[tokio::test]
async fn a_cluster_that_disappears_is_missed_alone_and_found_again_with_what_happened_meanwhile() {
    let (here, away) = (small(), small());
    let mut watching = Watching::over(&[("here", &here), ("away", &away)]).await;
    away.0.lock().down = true;
    away.hang_up();
    settle().await;
    let told = watching.world.collect().await;
    let mut extents = told.extents();
    extents.sort();
    assert_eq!(extents, ["away all partial", "here cluster full 1", "here service full 1", "here workload full 1"]);
    assert!(told.problems()[0].starts_with("away: the cluster was not read: no connection"), "{:?}", told.problems());
    assert_eq!(told.refs(), ["cluster:away", "cluster:here", "workload:here/payments/ledger"], "nothing is said of what cannot be seen");
    here.put(PODS, pod("p6", "ledger-abc-6", "r1"));
    assert_eq!(watching.changed().await.facts("here/payments/Deployment/ledger")["pods"].as_object().unwrap().len(), 2);

    // Pods came and went while nobody looked, long enough for every version to be too old.
    away.put(PODS, pod("p7", "ledger-abc-7", "r1"));
    away.delete(PODS, "p1");
    away.0.lock().watch_status.extend([410; 12]);
    away.0.lock().down = false;
    settle().await;
    let told = watching.changed().await;
    let pods = told.facts("away/payments/Deployment/ledger")["pods"].clone();
    assert_eq!(pods.as_object().unwrap().keys().collect::<Vec<_>>(), ["ledger-abc-7"]);
    assert_eq!(watching.world.collect().await.problems(), Vec::<String>::new());
    watching.end().await;
}

#[tokio::test]
async fn a_kind_that_becomes_forbidden_is_asked_for_again_and_its_last_word_stands() {
    let server = small();
    let mut watching = Watching::over(&[("eu-1", &server)]).await;
    server.0.lock().watch_status.push_back(403);
    server.always(PODS, 403, &refusal(403, "no more"));
    server.0.lock().watches.remove(PODS);
    settle().await;
    let told = watching.world.collect().await;
    assert_eq!(told.extents(), ["eu-1/pods workload partial", "eu-1 cluster full 1", "eu-1 service full 1", "eu-1 workload full 1"]);
    assert!(told.facts(ID).get("pods").is_none());
    assert!(watching.world.pauses.lock().contains(&Duration::from_secs(600)));
    server.0.lock().always.clear();
    settle().await;
    assert!(watching.world.collect().await.facts(ID).get("pods").is_some());
    watching.end().await;
}

#[tokio::test]
async fn a_storm_of_events_is_told_once() {
    let server = small();
    let mut watching = Watching::over(&[("eu-1", &server)]).await;
    for restarts in 0..5_000 {
        let mut restarting = pod(&format!("p{}", restarts % 50), &format!("ledger-abc-{}", restarts % 50), "r1");
        restarting["status"]["containerStatuses"][0]["restartCount"] = json!(restarts);
        server.put(PODS, restarting);
    }
    for _ in 0..20 {
        settle().await;
    }
    let told = watching.changed().await;
    assert_eq!(told.refs(), ["workload:eu-1/payments/ledger"]);
    assert_eq!(told.facts(ID)["restarts"], (4950..5000).sum::<u64>());
    assert!(watching.changed().await.statements.is_empty());
    watching.end().await;
}
