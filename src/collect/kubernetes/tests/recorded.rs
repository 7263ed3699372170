//! What a real API server answered, understood.

use serde_json::json;

use super::*;

struct Recorded {
    status: u16,
    body: String,
    lines: Vec<Value>,
}

/// One of the answers under `tests/it/kubernetes/recorded`.
fn recorded(name: &str) -> Recorded {
    let path = format!("{}/tests/it/kubernetes/recorded/{name}.json", env!("CARGO_MANIFEST_DIR"));
    let whole: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let body = whole["body"].as_str().map_or_else(|| whole["body"].to_string(), str::to_owned);
    let lines = whole["lines"].as_array().cloned().unwrap_or_default();
    Recorded { status: u16::try_from(whole["status"].as_u64().unwrap()).unwrap(), body, lines }
}

fn said(name: &str) -> Scripted {
    let Recorded { status, body, .. } = recorded(name);
    answer(status, body)
}

fn always(server: &Server, path: &str, name: &str) {
    let Recorded { status, body, .. } = recorded(name);
    server.always(path, status, &body);
}

/// A cluster as an API server of 1.20 has it: no CronJobs in `batch/v1`, no autoscalers in `autoscaling/v2`.
fn old() -> Server {
    let server = Server::default();
    always(&server, "/version", "version");
    always(&server, CRON_JOBS, "not-found-resource");
    always(&server, AUTOSCALERS, "not-found-path");
    always(&server, NODES, "list-nodes");
    always(&server, PODS, "list-pods");
    always(&server, REPLICA_SETS, "replica-sets-before-rollback");
    server
}

#[tokio::test]
async fn a_list_that_expired_is_read_again_as_the_server_tells() {
    let server = old();
    server.script(DEPLOYMENTS, ["list-page-1", "list-expired", "list-page-1", "list-page-2"].map(said));
    let mut world = World::of(&[("eu-1", &server)]).await;
    world.now = "2026-11-22T02:00:00Z".parse().unwrap();
    let told = world.collect().await;
    assert_eq!(told.problems(), Vec::<String>::new());
    let names = ["api", "ledger", "mailer", "worker"].map(|name| format!("workload:eu-1/payments/{name}"));
    assert_eq!(told.refs()[1..], names);
    assert_eq!(told.facts("cluster:eu-1")["version"], "v1.20.2");
    let facts = told.facts("eu-1/payments/Deployment/api");
    assert_eq!(facts["images"], json!({ "api": "registry.example/api:1.4.2" }));
    assert_eq!(facts["revisions"].as_object().unwrap().keys().collect::<Vec<_>>(), ["1", "2", "3"]);
    let pods = facts["pods"].as_object().unwrap();
    assert_eq!(pods.keys().collect::<Vec<_>>(), ["api-7c9bcc57c4-q8t5n", "api-7c9bcc57c4-s7sd4"]);
    assert!(pods.values().all(|pod| pod["revision"] == "api-7c9bcc57c4"), "{pods:?}");
    assert_eq!(facts["unavailable"]["reason"], "MinimumReplicasUnavailable");
    let events = told.events();
    assert!(events.contains(&"eu-1/payments/Deployment/api@1 00:40 in_progress".to_owned()), "{events:?}");
    assert!(events.contains(&"eu-1/payments/Deployment/worker@1 00:40 in_progress, 00:40 success ended 00:40".to_owned()), "{events:?}");
    let asked = server.requests();
    assert_eq!(asked.iter().filter(|uri| uri.starts_with(DEPLOYMENTS)).count(), 4);
}

#[tokio::test]
async fn refusals_are_told_in_the_servers_words() {
    let server = old();
    always(&server, DEPLOYMENTS, "forbidden-list-all-namespaces");
    let told = World::of(&[("eu-1", &server)]).await.collect().await;
    let expected = "eu-1: deployments may not be listed; RBAC has to allow verb list on resource deployments in API group \"apps\": deployments.apps is forbidden: User \"reader\" cannot list resource \"deployments\" in API group \"apps\" at the cluster scope";
    assert_eq!(told.problems(), [expected]);
    let refusing = old();
    always(&refusing, "/version", "unauthorized");
    let told = World::of(&[("eu-1", &refusing)]).await.collect().await;
    let expected = "eu-1: the cluster was not read: the API server does not accept the credentials (401: Unauthorized)";
    assert!(told.problems()[0].starts_with(expected), "{:?}", told.problems());
    assert_eq!(refusing.requests(), ["/version"]);
}

#[tokio::test]
async fn a_watch_is_heard_from_its_first_line_to_its_bookmark() {
    let server = old();
    let mut world = World::of(&[("eu-1", &server)]).await;
    world.now = "2026-11-22T02:00:00Z".parse().unwrap();
    world.collect().await;
    // What was recorded are lists, and no watches.
    server.0.lock().always.clear();
    let (cancel, collector) = (CancellationToken::new(), Arc::clone(&world.collector));
    let stop = cancel.clone();
    let task = tokio::spawn(async move { collector.watch(&stop).await });
    let settle = async || {
        for _ in 0..500 {
            tokio::task::yield_now().await;
        }
    };
    settle().await;
    let lines = recorded("watch").lines;
    let hear = |line: &Value| server.0.lock().say(DEPLOYMENTS, line);
    let id = "eu-1/watched/Deployment/worker";
    let mut events = Vec::new();
    for line in lines.iter().take_while(|line| line["type"] != "DELETED") {
        hear(line);
        settle().await;
        events.extend(world.changed().await.events());
    }
    assert_eq!(events.last().unwrap(), &format!("{id}@1 00:41 in_progress, 00:41 success ended 00:41"), "{events:?}");
    lines.iter().skip_while(|line| line["type"] != "DELETED").for_each(hear);
    settle().await;
    let told = world.changed().await;
    assert!(told.statements.iter().any(|it| it.resource.id == id) && told.statements.iter().all(|it| it.body.is_none()));
    server.requests();
    // A version that is too old is told in the stream, and the next watch goes on from a new list.
    recorded("watch-expired").lines.iter().for_each(hear);
    settle().await;
    let asked = server.requests();
    assert!(asked.iter().any(|uri| uri == "/apis/apps/v1/deployments?&limit=500"), "{asked:?}");
    cancel.cancel();
    task.await.unwrap();
}
