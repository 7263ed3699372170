//! Rollouts, as far as lists tell.

use serde_json::json;

use super::*;

const ID: &str = "eu-1/payments/Deployment/ledger";

fn progressing(status: &str, reason: &str, updated: &str) -> Value {
    json!([{ "type": "Progressing", "status": status, "reason": reason, "message": "ReplicaSet \"ledger\" says so",
             "lastUpdateTime": updated, "lastTransitionTime": updated }])
}

fn rolling(revision: u64, reason: &str, updated: &str) -> Value {
    let mut object = ledger(revision, &format!("ledger:{revision}"));
    let status = if reason == "ProgressDeadlineExceeded" { "False" } else { "True" };
    object["status"]["conditions"] = progressing(status, reason, updated);
    object
}

#[tokio::test]
async fn a_rollout_begins_with_its_replica_set_and_ends_with_its_condition() {
    let server = small();
    let mut world = World::of(&[("eu-1", &server)]).await;
    let told = world.collect().await;
    assert_eq!(told.events(), [format!("{ID}@1 09:00 in_progress, 09:02 success ended 09:02")]);
    let body = serde_json::to_value(&told.events[0].body).unwrap();
    let expected = json!({
        "cluster": "eu-1", "region": "europe", "environment": "production", "namespace": "payments", "workloadKind": "Deployment",
        "workload": "ledger", "revision": 1, "version": "1.4.2", "rollback": false,
        "images": { "ledger": "registry.example/ledger:1.4.2", "proxy": "registry.example/proxy:9" },
    });
    assert_eq!(body, expected);
    assert_eq!(told.events[0].resource.id, ID);

    server.put(DEPLOYMENTS, rolling(2, "ReplicaSetUpdated", "2026-03-10T10:01:00Z"));
    server.put(REPLICA_SETS, replica_set("r2", "ledger-def", 2, "2026-03-10T10:00:00Z", "ledger:2"));
    assert_eq!(world.collect().await.events(), [format!("{ID}@2 10:00 in_progress")]);
    assert!(world.collect().await.events.is_empty());
    server.put(DEPLOYMENTS, rolling(2, "ProgressDeadlineExceeded", "2026-03-10T10:10:00Z"));
    let told = world.collect().await;
    assert_eq!(told.events(), [format!("{ID}@2 10:00 in_progress, 10:10 failure ended 10:10")]);
    assert_eq!(told.events[0].body["message"], "ReplicaSet \"ledger\" says so");
    assert_eq!(told.facts(ID)["conditions"]["Progressing"]["reason"], "ProgressDeadlineExceeded");
    server.put(DEPLOYMENTS, rolling(2, "NewReplicaSetAvailable", "2026-03-10T10:20:00Z"));
    assert_eq!(world.collect().await.events(), [format!("{ID}@2 10:00 in_progress, 10:20 success ended 10:20")]);
}

#[tokio::test]
async fn a_rollback_uses_a_replica_set_again() {
    let server = small();
    server.put(DEPLOYMENTS, rolling(2, "NewReplicaSetAvailable", "2026-03-10T10:02:00Z"));
    server.put(REPLICA_SETS, replica_set("r2", "ledger-def", 2, "2026-03-10T10:00:00Z", "ledger:2"));
    let mut world = World::of(&[("eu-1", &server)]).await;
    let expected =
        [format!("{ID}@1 09:00 in_progress, 10:00 superseded ended 10:00"), format!("{ID}@2 10:00 in_progress, 10:02 success ended 10:02")];
    assert_eq!(world.collect().await.events(), expected, "of the replaced one no result is claimed");

    let mut again = replica_set("r1", "ledger-abc", 3, "2026-03-10T09:00:00Z", "ledger:1");
    again["metadata"]["annotations"]["deployment.kubernetes.io/revision-history"] = json!("1");
    again["metadata"]["annotations"]["kubernetes.io/change-cause"] = json!("kubectl rollout undo");
    server.put(REPLICA_SETS, again);
    let mut back = pod("p7", "ledger-abc-7", "r1");
    back["metadata"]["creationTimestamp"] = json!("2026-03-10T11:00:05Z");
    server.put(PODS, back);
    server.put(DEPLOYMENTS, rolling(3, "NewReplicaSetAvailable", "2026-03-10T11:01:00Z"));
    let told = world.collect().await;
    assert_eq!(told.events(), [format!("{ID}@3 11:00 in_progress, 11:01 success ended 11:01")]);
    assert_eq!((&told.events[0].body["rollback"], &told.events[0].body["cause"]), (&json!(true), &json!("kubectl rollout undo")));
    assert_eq!(told.facts(ID)["revisions"]["3"]["earlier"], json!([1]));
}

#[tokio::test]
async fn a_daily_run_finds_every_rollout_since_the_last_one() {
    let server = small();
    let mut world = World::of(&[("eu-1", &server)]).await;
    world.collect().await;
    for (revision, hour) in [(2, "10"), (3, "10"), (4, "11")] {
        let created = format!("2026-03-10T{hour}:0{revision}:00Z");
        let set = replica_set(&format!("r{revision}"), &format!("ledger-{revision}"), revision, &created, &format!("ledger:{revision}"));
        server.put(REPLICA_SETS, set);
    }
    server.put(DEPLOYMENTS, rolling(4, "NewReplicaSetAvailable", "2026-03-10T11:05:00Z"));
    // Another process, with what the first one remembered.
    let memory = std::mem::take(&mut world.memory);
    let mut world = World::of(&[("eu-1", &server)]).await;
    world.memory = memory;
    let told = world.collect().await;
    let expected = [
        format!("{ID}@2 10:02 in_progress, 10:03 superseded ended 10:03"),
        format!("{ID}@3 10:03 in_progress, 11:04 superseded ended 11:04"),
        format!("{ID}@4 11:04 in_progress, 11:05 success ended 11:05"),
    ];
    assert_eq!(told.events(), expected);
    assert_eq!(told.events[0].body["version"], "2");
}

#[tokio::test]
async fn clocks_that_run_ahead_tell_no_future() {
    let server = small();
    server.put(REPLICA_SETS, replica_set("r1", "ledger-abc", 1, "2026-03-10T12:30:00Z", "ledger:1"));
    server.put(DEPLOYMENTS, rolling(1, "NewReplicaSetAvailable", "2026-03-10T12:29:30Z"));
    let told = World::of(&[("eu-1", &server)]).await.collect().await;
    assert_eq!(told.events(), [format!("{ID}@1 12:00 in_progress, 12:00 success ended 12:00")]);
}

#[tokio::test]
async fn a_condition_of_the_rollout_before_is_not_that_of_this_one() {
    let server = small();
    server.put(REPLICA_SETS, replica_set("r2", "ledger-def", 2, "2026-03-10T10:00:00Z", "ledger:2"));
    server.put(DEPLOYMENTS, rolling(2, "NewReplicaSetAvailable", "2026-03-10T09:02:00Z"));
    let told = World::of(&[("eu-1", &server)]).await.collect().await;
    assert_eq!(told.events().last().unwrap(), &format!("{ID}@2 10:00 in_progress"));
}

#[tokio::test]
async fn a_workload_that_is_made_anew_counts_its_revisions_anew() {
    let server = small();
    let mut world = World::of(&[("eu-1", &server)]).await;
    world.collect().await;
    server.delete(DEPLOYMENTS, "d1");
    let mut anew = ledger(1, "ledger:9");
    anew["metadata"]["uid"] = json!("d2");
    anew["metadata"]["creationTimestamp"] = json!("2026-03-10T11:00:00Z");
    server.put(DEPLOYMENTS, anew);
    let told = world.collect().await;
    assert_eq!(told.events.len(), 1);
    assert_eq!(told.events[0].id, format!("{ID}@1+1773140400"), "not the one that was told before");
}

fn revision(uid: &str, name: &str, owner: &str, number: u64, created: &str, image: &str) -> Value {
    let mut meta = meta(uid, name, Some(owner));
    meta["creationTimestamp"] = json!(created);
    json!({ "metadata": meta, "revision": number, "data": { "spec": { "template": template(image) } } })
}

#[tokio::test]
async fn stateful_and_daemon_sets_are_judged_by_their_numbers() {
    let server = Server::default();
    let spec = json!({ "replicas": 2, "template": template("db:2") });
    let status = |current: &str, ready: u64| json!({ "observedGeneration": 1, "replicas": 2, "readyReplicas": ready, "updatedReplicas": ready, "currentRevision": current, "updateRevision": "db-two" });
    server.put(STATEFUL_SETS, json!({ "metadata": meta("s1", "db", None), "spec": spec, "status": status("db-one", 1) }));
    server.put(CONTROLLER_REVISIONS, revision("c1", "db-one", "s1", 1, "2026-03-10T08:00:00Z", "db:1"));
    server.put(CONTROLLER_REVISIONS, revision("c2", "db-two", "s1", 2, "2026-03-10T09:00:00Z", "db:2"));
    let status_of = json!({ "observedGeneration": 1, "desiredNumberScheduled": 3, "updatedNumberScheduled": 3, "numberAvailable": 3, "numberReady": 3 });
    server.put(
        DAEMON_SETS,
        json!({ "metadata": meta("a1", "agent", None), "spec": { "template": template("agent:1") }, "status": status_of }),
    );
    // Number 3 is older than number 2: it was rolled back to.
    server.put(CONTROLLER_REVISIONS, revision("c3", "agent-x", "a1", 3, "2026-03-10T07:00:00Z", "agent:1"));
    server.put(CONTROLLER_REVISIONS, revision("c4", "agent-y", "a1", 2, "2026-03-10T08:00:00Z", "agent:2"));
    let mut back = pod("p1", "agent-1", "a1");
    back["metadata"]["labels"] = json!({ "controller-revision-hash": "x" });
    server.put(PODS, back);
    let mut world = World::of(&[("eu-1", &server)]).await;
    let told = world.collect().await;
    let mut events = told.events();
    events.sort();
    let expected = [
        "eu-1/payments/DaemonSet/agent@2 08:00 in_progress, 09:00 superseded ended 09:00",
        "eu-1/payments/DaemonSet/agent@3 09:00 in_progress, 09:01 success ended 09:01",
        "eu-1/payments/StatefulSet/db@1 08:00 in_progress, 09:00 superseded ended 09:00",
        "eu-1/payments/StatefulSet/db@2 09:00 in_progress",
    ];
    assert_eq!(events, expected);
    assert_eq!(told.facts("eu-1/payments/DaemonSet/agent")["pods"]["agent-1"]["revision"], "agent-x");
    server.put(STATEFUL_SETS, json!({ "metadata": meta("s1", "db", None), "spec": spec, "status": status("db-two", 2) }));
    assert_eq!(world.collect().await.events(), ["eu-1/payments/StatefulSet/db@2 09:00 in_progress, 12:00 success ended 12:00"]);
}

#[tokio::test]
async fn a_rollout_that_is_undone_before_its_end_is_superseded() {
    let server = small();
    let mut world = World::of(&[("eu-1", &server)]).await;
    world.collect().await;
    server.put(DEPLOYMENTS, rolling(2, "ReplicaSetUpdated", "2026-03-10T10:01:00Z"));
    server.put(REPLICA_SETS, replica_set("r2", "ledger-def", 2, "2026-03-10T10:00:00Z", "ledger:2"));
    assert_eq!(world.collect().await.events(), [format!("{ID}@2 10:00 in_progress")]);
    // Back to the first one, whose ReplicaSet gets another number; that of the second one is gone.
    server.delete(REPLICA_SETS, "r2");
    let mut again = replica_set("r1", "ledger-abc", 3, "2026-03-10T09:00:00Z", "ledger:1");
    again["metadata"]["annotations"]["deployment.kubernetes.io/revision-history"] = json!("1");
    server.put(REPLICA_SETS, again);
    server.put(DEPLOYMENTS, rolling(3, "NewReplicaSetAvailable", "2026-03-10T10:05:00Z"));
    let told = world.collect().await;
    let expected =
        [format!("{ID}@2 10:00 in_progress, 10:05 superseded ended 10:05"), format!("{ID}@3 10:05 in_progress, 10:05 success ended 10:05")];
    assert_eq!(told.events(), expected);
    assert!(told.events[0].body.is_empty(), "what was told of it stands");
}

#[tokio::test]
async fn a_rollout_is_told_with_its_replica_set_which_may_come_later() {
    let server = small();
    let mut world = World::of(&[("eu-1", &server)]).await;
    world.collect().await;
    server.put(DEPLOYMENTS, rolling(2, "ReplicaSetUpdated", "2026-03-10T11:58:00Z"));
    assert!(world.collect().await.events.is_empty());
    server.put(REPLICA_SETS, replica_set("r2", "ledger-def", 2, "2026-03-10T11:57:00Z", "ledger:2"));
    assert_eq!(world.collect().await.events(), [format!("{ID}@2 11:57 in_progress")]);
}

#[tokio::test]
async fn a_list_that_could_be_read_before_is_waited_for() {
    let server = small();
    let mut world = World::of(&[("eu-1", &server)]).await;
    world.collect().await;
    server.put(DEPLOYMENTS, rolling(2, "NewReplicaSetAvailable", "2026-03-10T10:09:00Z"));
    server.put(REPLICA_SETS, replica_set("r2", "ledger-def", 2, "2026-03-10T10:00:00Z", "ledger:2"));
    server.always(REPLICA_SETS, 403, &refusal(403, "not now"));
    // Another process, with what the first one remembered.
    let memory = std::mem::take(&mut world.memory);
    let mut world = World::of(&[("eu-1", &server)]).await;
    world.memory = memory;
    assert!(world.collect().await.events.is_empty(), "when it began is not known");
    // After some days, what can be told is told.
    let mut later = World::of(&[("eu-1", &server)]).await;
    (later.memory, later.now) = (world.memory.clone(), noon().plus_seconds(3 * 86_400));
    assert_eq!(later.collect().await.events(), [format!("{ID}@2 10:09 in_progress, 10:09 success ended 10:09")]);
    server.0.lock().always.clear();
    assert_eq!(world.collect().await.events(), [format!("{ID}@2 10:00 in_progress, 10:09 success ended 10:09")]);
}

#[tokio::test]
async fn what_went_by_numbers_is_not_told_again_by_another_name() {
    let server = Server::default();
    let spec = json!({ "replicas": 1, "template": template("db:1") });
    let status = json!({ "observedGeneration": 1, "replicas": 1, "readyReplicas": 1, "updatedReplicas": 1, "currentRevision": "db-one", "updateRevision": "db-one" });
    server.put(STATEFUL_SETS, json!({ "metadata": meta("s1", "db", None), "spec": spec, "status": status }));
    server.put(CONTROLLER_REVISIONS, revision("c1", "db-one", "s1", 1, "2026-03-10T08:00:00Z", "db:1"));
    let mut world = World::of(&[("eu-1", &server)]).await;
    assert_eq!(world.collect().await.events.len(), 1);
    server.always(CONTROLLER_REVISIONS, 403, &refusal(403, "never again"));
    let mut later = World::of(&[("eu-1", &server)]).await;
    (later.memory, later.now) = (world.memory.clone(), noon().plus_seconds(30 * 86_400));
    assert!(later.collect().await.events.is_empty());
}
