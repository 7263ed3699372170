//! What may go wrong with lists, and what it takes with it.

use std::io::Write;

use serde_json::json;

use super::*;
use crate::collect::Health;

fn many_pods(server: &Server, count: usize) {
    for number in 0..count {
        server.put(PODS, pod(&format!("many-{number}"), &format!("ledger-abc-{number:05}"), "r1"));
    }
}

#[tokio::test]
async fn long_lists_come_in_pages() {
    let server = small();
    many_pods(&server, 1200);
    let told = World::of(&[("eu-1", &server)]).await.collect().await;
    let pages: Vec<String> = server.requests().into_iter().filter(|uri| uri.starts_with(PODS)).collect();
    assert_eq!(
        pages,
        ["/api/v1/pods?&limit=500", "/api/v1/pods?&limit=500&continue=from-500", "/api/v1/pods?&limit=500&continue=from-1000"]
    );
    assert_eq!(told.facts("eu-1/payments/Deployment/ledger")["phases"], json!({ "Running": 1201 }));
}

#[tokio::test]
async fn a_list_that_expires_begins_anew_and_not_for_ever() {
    let server = small();
    many_pods(&server, 600);
    let page = |from: usize| {
        let items: Vec<_> = (from..from + 2).map(|number| pod(&format!("many-{number}"), &format!("old-{number}"), "r1")).collect();
        answer(200, json!({ "metadata": { "continue": "from-2" }, "items": items }).to_string())
    };
    server.script(PODS, [page(0), answer(410, refusal(410, "The provided continue parameter is too old"))]);
    let mut world = World::of(&[("eu-1", &server)]).await;
    let told = world.collect().await;
    assert_eq!((told.problems(), told.extents().len()), (Vec::new(), 3));
    assert_eq!(told.facts("eu-1/payments/Deployment/ledger")["phases"], json!({ "Running": 601 }));
    server.script(PODS, (0..4).map(|_| answer(410, refusal(410, "too old"))));
    let told = world.collect().await;
    assert_eq!(told.problems(), ["eu-1: pods were not read: the list expired 4 times before its end (410)"]);
}

#[tokio::test]
async fn a_list_that_repeats_or_does_not_move_is_noticed() {
    let server = small();
    let page = |token: &str| answer(200, json!({ "metadata": { "continue": token }, "items": [pod("p1", "a", "r1")] }).to_string());
    server.script(PODS, [page("a"), page("b")]);
    let other = |token: &str, uid: &str| answer(200, json!({ "metadata": { "continue": token }, "items": [meta_of(uid)] }).to_string());
    server.script(NODES, [other("a", "n1"), other("a", "n2")]);
    let told = World::of(&[("eu-1", &server)]).await.collect().await;
    let expected = [
        "eu-1: nodes were not read: the list does not go on: the token for the next page is that of this one",
        "eu-1: pods were not read: the list does not go on: a page came twice",
    ];
    assert_eq!(told.problems(), expected);
    assert!(told.facts("eu-1/payments/Deployment/ledger").get("pods").is_none(), "a part is no list");
}

fn meta_of(uid: &str) -> Value {
    json!({ "metadata": meta(uid, uid, None) })
}

#[tokio::test]
async fn throttling_is_waited_for_as_long_as_the_server_says_but_not_for_ever() {
    let server = small();
    let throttled = |seconds: &str| Scripted::Answer {
        status: 429,
        headers: vec![("retry-after", seconds.to_owned())],
        body: "Too many requests, please try again later.".to_owned(),
    };
    server.script(PODS, [throttled("7")]);
    server.script(NODES, [throttled("86400")]);
    let mut world = World::of(&[("eu-1", &server)]).await;
    let told = world.collect().await;
    assert_eq!(*world.pauses.lock(), [Duration::from_secs(7)]);
    let expected = ["eu-1: nodes were not read: the API server asks to wait for 86400 s, which is longer than a run waits"];
    assert_eq!(told.problems(), expected);
    assert_eq!(told.extents(), ["eu-1/nodes cluster partial", "eu-1 cluster full 1", "eu-1 service full 1", "eu-1 workload full 1"]);
}

#[tokio::test]
async fn a_kind_that_is_forbidden_is_named_as_rbac_names_it_and_takes_nothing_else_with_it() {
    let server = small();
    let message = "horizontalpodautoscalers.autoscaling is forbidden: User \"spot\" cannot list resource";
    server.always(AUTOSCALERS, 403, &refusal(403, message));
    server.always(DAEMON_SETS, 403, "<html>Forbidden</html>");
    let told = World::of(&[("eu-1", &server)]).await.collect().await;
    let expected = [
        "eu-1: daemonsets may not be listed; RBAC has to allow verb list on resource daemonsets in API group \"apps\": <html>Forbidden</html>",
        &format!(
            "eu-1: horizontalpodautoscalers may not be listed; RBAC has to allow verb list on resource horizontalpodautoscalers in API group \"autoscaling\": {message}"
        ),
    ];
    assert_eq!(told.problems(), expected);
    let extents = [
        "eu-1/deployments all full",
        "eu-1/statefulsets all full",
        "eu-1/daemonsets workload partial",
        "eu-1/cronjobs all full",
        "eu-1/horizontalpodautoscalers workload partial",
        "eu-1 cluster full 1",
        "eu-1 service partial",
        "eu-1 workload partial",
    ];
    assert_eq!(told.extents(), extents);
    let origins: Vec<&str> =
        told.statements.iter().filter(|it| it.resource.id == "eu-1/payments/Deployment/ledger").map(|it| it.origin.as_str()).collect();
    assert_eq!(origins, ["deployments", "deployments", "replicasets", "pods", "ingresses"]);
}

#[tokio::test]
async fn one_cluster_that_is_gone_or_refuses_touches_no_other() {
    let (here, gone, refusing) = (small(), small(), small());
    gone.0.lock().down = true;
    for path in ["/version", NODES] {
        refusing.always(path, 401, &refusal(401, "Unauthorized"));
    }
    let mut world = World::of(&[("here", &here), ("gone", &gone), ("refusing", &refusing)]).await;
    let told = world.collect().await;
    assert_eq!(told.refs(), ["cluster:gone", "cluster:here", "cluster:refusing", "workload:here/payments/ledger"]);
    let mut extents = told.extents();
    extents.sort();
    assert_eq!(extents, ["gone all partial", "here cluster full 1", "here service full 1", "here workload full 1", "refusing all partial"]);
    let problems = told.problems();
    assert_eq!(problems.len(), 2, "{problems:?}");
    assert!(
        problems.iter().any(|it| it == "gone: the cluster was not read: no connection to the API server: ServiceError: connection refused")
    );
    let credentials = "the API server does not accept the credentials (401: Unauthorized)";
    assert!(problems.iter().any(|it| it.starts_with(&format!("refusing: the cluster was not read: {credentials}"))), "{problems:?}");
    assert_eq!(told.summary.failure, None);
    here.0.lock().down = true;
    assert!(world.collect().await.summary.failure.is_some_and(|failure| failure.contains("here: no connection")));
}

#[tokio::test]
async fn half_answers_and_passing_failures_are_tried_again() {
    let server = small();
    let unavailable = || answer(503, refusal(503, "etcd leader changed"));
    server.script(PODS, [Scripted::Cut("{\"items\": [".to_owned()), unavailable()]);
    server.script(NODES, [Scripted::Refused]);
    server.script(DEPLOYMENTS, [answer(500, "boom"), answer(502, "<html>"), answer(504, "")]);
    let mut world = World::of(&[("eu-1", &server)]).await;
    let told = world.collect().await;
    assert_eq!(told.problems(), ["eu-1: deployments were not read: the API server answered 504"]);
    assert_eq!(*world.pauses.lock(), [1, 1, 2, 1, 2].map(Duration::from_secs));
    assert_eq!(told.refs(), ["cluster:eu-1"]);
    assert_eq!(world.collect().await.refs(), ["cluster:eu-1", "workload:eu-1/payments/ledger"]);
}

#[tokio::test]
async fn what_is_no_list_says_how_it_begins() {
    let server = small();
    server.script(PODS, [answer(200, "<!doctype html><title>Sign in</title>")]);
    server.script(NODES, [answer(200, "{\"kind\":\"Status\",\"status\":\"Success\"}")]);
    server.script(SERVICES, [answer(200, "{\"items\": [{\"metadata\": ")]);
    let told = World::of(&[("eu-1", &server)]).await.collect().await;
    let problems = told.problems();
    assert_eq!(problems.len(), 3);
    assert!(problems[2].contains("found what begins with \"<!doctype html><title>Sign in</title>\""), "{problems:?}");
    assert!(problems[0].contains("Status") && problems[1].contains("metadata"), "{problems:?}");
}

#[tokio::test]
async fn an_object_that_is_not_as_expected_is_left_out_alone() {
    let server = small();
    let mut strange = pod("p9", "strange", "r1");
    strange["status"]["containerStatuses"] = json!("many");
    server.put(PODS, strange);
    server.put(PODS, json!({ "metadata": { "uid": "p8" }, "kind": "Hologram", "spec": null, "status": { "phase": "Dreaming" } }));
    let told = World::of(&[("eu-1", &server)]).await.collect().await;
    assert_eq!(told.problems().len(), 1);
    assert!(
        told.problems()[0].starts_with("eu-1: one of the pods is not as expected: invalid type: string \"many\""),
        "{:?}",
        told.problems()
    );
    assert_eq!(told.facts("eu-1/payments/Deployment/ledger")["pods"].as_object().unwrap().len(), 1);
    assert_eq!(told.extents()[0], "eu-1/pods workload partial");
}

#[tokio::test]
async fn kinds_that_an_older_server_does_not_have_are_not_missed() {
    let server = small();
    for path in [CRON_JOBS, "/apis/batch/v1beta1/cronjobs", AUTOSCALERS] {
        server.always(path, 404, "404 page not found\n");
    }
    let target = json!({ "kind": "Deployment", "name": "ledger" });
    let scaler = json!({ "metadata": meta("h1", "hpa", None), "spec": { "scaleTargetRef": target, "maxReplicas": 3, "targetCPUUtilizationPercentage": 80 } });
    server.put("/apis/autoscaling/v1/horizontalpodautoscalers", scaler);
    let told = World::of(&[("eu-1", &server)]).await.collect().await;
    assert_eq!((told.problems(), told.extents().len()), (Vec::new(), 3));
    assert_eq!(told.facts("eu-1/payments/Deployment/ledger")["autoscaling"]["max"], 3);
    server.always(DEPLOYMENTS, 404, "<html>nothing here</html>");
    let told = World::of(&[("eu-1", &server)]).await.collect().await;
    assert_eq!(told.problems(), ["eu-1: deployments were not read: the API server answered 404: <html>nothing here</html>"]);
}

fn kubeconfig(folder: &std::path::Path, user: &str) -> Access {
    let path = folder.join("config");
    let text = format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: main\nclusters:\n- name: c\n  cluster: {{server: 'http://127.0.0.1:9'}}\ncontexts:\n- name: main\n  context: {{cluster: c, user: u}}\nusers:\n- name: u\n  user: {user}\n"
    );
    std::fs::File::create(&path).unwrap().write_all(text.as_bytes()).unwrap();
    Access::Kubeconfig { files: vec![folder.join("absent"), path], context: None }
}

#[tokio::test]
async fn credentials_that_cannot_be_had_are_a_problem_of_their_cluster() {
    let folder = tempfile::tempdir().unwrap();
    let here = small();
    let plugin = "{exec: {apiVersion: client.authentication.k8s.io/v1, command: /bin/sh, args: ['-c', 'echo a-secret; echo no token today >&2; exit 3']}}";
    let absent = "{exec: {apiVersion: client.authentication.k8s.io/v1, command: /nowhere/cloud-login}}";
    let (first, second) = (folder.path().join("1"), folder.path().join("2"));
    std::fs::create_dir_all(&first).unwrap();
    std::fs::create_dir_all(&second).unwrap();
    std::fs::write(folder.path().join("garbage"), "users: [{name: u, user: {token: a-secret}\n}").unwrap();
    let with = |name: &str, access: Access| Cluster { access, ..cluster(name) };
    let clusters = vec![
        cluster("here"),
        with("plugin", kubeconfig(&first, plugin)),
        with("absent-plugin", kubeconfig(&second, absent)),
        with("context", Access::Kubeconfig { files: vec![second.join("config")], context: Some("other".to_owned()) }),
        with("garbage", Access::Kubeconfig { files: vec![folder.path().join("garbage")], context: None }),
        with("file", Access::Kubeconfig { files: vec![folder.path().join("nothing")], context: None }),
    ];
    let mut world = World::with(Config::new(clusters), &[("here", &here)]).await;
    let told = world.collect().await;
    assert!(told.refs().contains(&"workload:here/payments/ledger".to_owned()));
    let problems = told.problems().join("\n");
    for expected in [
        "plugin: the cluster was not read: the plugin \"/bin/sh\" that the kubeconfig names failed (exit status: 3): no token today",
        "absent-plugin: the cluster was not read: the plugin \"/nowhere/cloud-login\" that the kubeconfig names cannot be started",
        "context: the cluster was not read: failed to load current context: other",
        "file: the cluster was not read: there is no kubeconfig at",
    ] {
        assert!(problems.contains(expected), "{expected} in {problems}");
    }
    assert_eq!((told.problems.len(), problems.contains("a-secret")), (5, false), "{problems}");
    let findings = world.collector.check().await;
    assert_eq!(findings.iter().filter(|finding| finding.health == Health::Wrong).count(), 5);
    assert_eq!(findings[0].detail, "v1.33.2; 24 of 24 rights: list and watch the kinds that are read");
}

#[tokio::test]
async fn a_check_names_the_rights_that_are_missing() {
    let server = small();
    server.always("forbidden", 200, "");
    let found = World::of(&[("eu-1", &server)]).await.collector.check().await;
    assert_eq!(found.len(), 13);
    let pods = found.iter().find(|finding| finding.what == "cluster eu-1 pods").unwrap();
    assert_eq!(pods.detail, "RBAC lacks verb list on resource pods in API group \"\" and verb watch on resource pods in API group \"\"");
    assert_eq!(pods.health, Health::Lacking);
    assert_eq!(found.iter().filter(|finding| finding.health == Health::Wrong).count(), 1, "without Deployments nothing is worth it");
}
