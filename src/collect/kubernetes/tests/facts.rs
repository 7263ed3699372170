//! What is said of clusters and workloads.

use serde_json::json;

use super::*;

#[tokio::test]
async fn a_workload_is_told_with_its_revisions_and_pods() {
    let server = small();
    let mut node = json!({ "metadata": meta("n1", "node-a", None) });
    node["metadata"]["labels"] = json!({ "topology.kubernetes.io/zone": "eu-1a" });
    server.put(NODES, node);
    let mut world = World::of(&[("eu-1", &server)]).await;
    let told = world.collect().await;
    insta::assert_json_snapshot!("workload", told.facts("eu-1/payments/Deployment/ledger"));
    insta::assert_json_snapshot!("cluster", told.facts("cluster:eu-1"));
    assert_eq!(told.refs(), ["cluster:eu-1", "workload:eu-1/payments/ledger"]);
    assert_eq!(
        told.facts("runs:eu-1/payments/ledger"),
        json!({ "workloads": { "workload:eu-1/payments/ledger":
            { "cluster": "eu-1", "region": "europe", "environment": "production", "namespace": "payments" } } })
    );
    assert_eq!(told.extents(), ["eu-1 cluster full 1", "eu-1 service full 1", "eu-1 workload full 1"]);
    assert_eq!((told.problems(), told.summary), (Vec::new(), Summary { requests: 13, failure: None }));
    assert!(world.collect().await.events.is_empty(), "a rollout is told once");
}

#[tokio::test]
async fn signs_lead_to_the_service_the_strongest_first() {
    let server = small();
    let mut object = ledger(1, "registry.example/acme/ledger-api:2");
    object["metadata"]["annotations"]["argocd.argoproj.io/tracking-id"] = json!("argocd_ledger-eu:apps/Deployment:payments/ledger");
    object["metadata"]["annotations"]["acme.example/service"] = json!("https://forge.example/acme/ledger");
    object["metadata"]["labels"]["backstage.io/kubernetes-id"] = json!("ledger-id");
    server.put(DEPLOYMENTS, object);
    let told = World::of(&[("eu-1", &server)]).await.collect().await;
    let expected = json!([
        { "by": "annotation", "value": "ledger-id" },
        { "by": "repository", "value": "https://forge.example/acme/ledger" },
        { "by": "name", "value": "ledger-eu" },
        { "by": "name", "value": "ledger" },
        { "by": "name", "value": "ledger-api" },
        { "by": "name", "value": "payments" },
    ]);
    assert_eq!(told.hints, [("runs:eu-1/payments/ledger".to_owned(), expected)]);
}

#[tokio::test]
async fn hosts_and_autoscalers_belong_to_their_workload() {
    let server = small();
    server.put(SERVICES, json!({ "metadata": meta("s1", "web", None), "spec": { "selector": { "app": "ledger" } } }));
    server.put(SERVICES, json!({ "metadata": meta("s2", "all", None), "spec": { "type": "ExternalName" } }));
    let rule =
        |host: &str, service: &str| json!({ "host": host, "http": { "paths": [{ "backend": { "service": { "name": service } } }] } });
    let spec = json!({
        "rules": [rule("ledger.example", "web"), rule("all.example", "all")],
        "tls": [{ "hosts": ["secure.example"] }], "defaultBackend": { "service": { "name": "web" } },
    });
    server.put(INGRESSES, json!({ "metadata": meta("i1", "web", None), "spec": spec }));
    let target = json!({ "apiVersion": "apps/v1", "kind": "Deployment", "name": "ledger" });
    let spec = json!({ "scaleTargetRef": target, "minReplicas": 2, "maxReplicas": 8, "metrics": [{ "type": "Resource" }] });
    server.put(AUTOSCALERS, json!({ "metadata": meta("h1", "ledger-hpa", None), "spec": spec }));
    let told = World::of(&[("eu-1", &server)]).await.collect().await;
    let facts = told.facts("eu-1/payments/Deployment/ledger");
    assert_eq!(facts["hosts"], json!(["all.example", "ledger.example", "secure.example"]));
    assert_eq!(facts["autoscaling"], json!({ "name": "ledger-hpa", "min": 2, "max": 8 }));
    assert_eq!((facts.get("desired"), &facts["replicas"]), (None, &json!(2)), "an autoscaler decides, which is no change");
}

#[tokio::test]
async fn of_two_kinds_with_one_name_the_older_has_it_plain() {
    let server = small();
    let mut other = json!({ "metadata": meta("s1", "ledger", None), "spec": { "template": template("ledger:1") }, "status": {} });
    other["metadata"]["creationTimestamp"] = json!("2026-03-01T00:00:00Z");
    server.put(STATEFUL_SETS, other);
    let told = World::of(&[("eu-1", &server)]).await.collect().await;
    let refs = ["cluster:eu-1", "workload:eu-1/payments/ledger", "workload:eu-1/payments/ledger.deployment"];
    assert_eq!(told.refs(), refs);
    assert!(told.facts("runs:eu-1/payments/ledger.deployment")["workloads"].get(refs[2]).is_some());
    assert_eq!(told.facts("eu-1/payments/StatefulSet/ledger")["name"], "ledger");
}

#[tokio::test]
async fn a_status_of_an_older_generation_is_not_trusted() {
    let server = small();
    let mut object = ledger(1, "ledger:1");
    object["metadata"]["generation"] = json!(2);
    server.put(DEPLOYMENTS, object);
    let told = World::of(&[("eu-1", &server)]).await.collect().await;
    let facts = told.facts("eu-1/payments/Deployment/ledger");
    assert_eq!((&facts["desired"], facts.get("ready"), facts.get("updated")), (&json!(2), None, None));
    assert!(told.events.is_empty());
}

#[tokio::test]
async fn pods_find_their_workload_through_jobs_and_stop_at_unknown_owners() {
    let server = small();
    let mut of_job = template("registry.example/ledger@sha256:d00d");
    of_job["metadata"]["annotations"] = json!({ "kubectl.kubernetes.io/default-container": "ledger" });
    let job_template = json!({ "spec": { "template": of_job } });
    let spec = json!({ "schedule": "0 3 * * *", "timeZone": "Europe/Berlin", "suspend": true, "jobTemplate": job_template });
    let status = json!({ "lastScheduleTime": "2026-03-10T02:00:00Z", "lastSuccessfulTime": "2026-03-10T02:05:00Z" });
    server.put(CRON_JOBS, json!({ "metadata": meta("c1", "nightly", None), "spec": spec, "status": status }));
    server.put(JOBS, json!({ "metadata": meta("j1", "nightly-1", Some("c1")) }));
    let mut failed = pod("p2", "nightly-1-x", "j1");
    failed["status"]["phase"] = json!("Failed");
    failed["status"]["containerStatuses"][0]["state"] = json!({ "terminated": { "reason": "OOMKilled", "exitCode": 137 } });
    server.put(PODS, failed);
    let mut done = pod("p3", "nightly-0-x", "j1");
    done["status"]["phase"] = json!("Succeeded");
    server.put(PODS, done);
    server.put(PODS, pod("p4", "canary-x", "a-rollout-of-another-kind"));
    let mut alone = pod("p5", "debug", "none");
    alone["metadata"]["ownerReferences"] = json!(null);
    server.put(PODS, alone);
    let told = World::of(&[("eu-1", &server)]).await.collect().await;
    let facts = told.facts("eu-1/payments/CronJob/nightly");
    assert_eq!(facts["version"], "sha256:d00d");
    assert_eq!(facts["pods"].as_object().unwrap().keys().collect::<Vec<_>>(), ["nightly-1-x"]);
    assert_eq!((&facts["pods"]["nightly-1-x"]["reason"], &facts["phases"]), (&json!("OOMKilled"), &json!({ "Failed": 1 })));
    let wanted = ["schedule", "timeZone", "suspended", "lastScheduled", "lastSucceeded"].map(|field| facts[field].clone());
    let expected = [json!("0 3 * * *"), json!("Europe/Berlin"), json!(true), json!("2026-03-10T02:00:00Z"), json!("2026-03-10T02:05:00Z")];
    assert_eq!(wanted, expected);
    assert_eq!(told.facts("eu-1/payments/Deployment/ledger")["pods"].as_object().unwrap().len(), 1);
}

#[tokio::test]
async fn namespaces_of_kubernetes_itself_are_left_out() {
    let server = small();
    let mut object = ledger(1, "dns:1");
    object["metadata"]["uid"] = json!("d2");
    object["metadata"]["namespace"] = json!("kube-system");
    server.put(DEPLOYMENTS, object);
    let told = World::of(&[("eu-1", &server)]).await.collect().await;
    assert_eq!(told.refs(), ["cluster:eu-1", "workload:eu-1/payments/ledger"]);
    assert_eq!(told.extents().last().unwrap(), "eu-1 workload full 1");
}

#[tokio::test]
async fn what_a_cluster_is_for_is_configured_or_told_by_names() {
    let server = small();
    let mut object = ledger(1, "ledger:1");
    object["metadata"]["uid"] = json!("d2");
    object["metadata"]["namespace"] = json!("payments-staging");
    server.put(DEPLOYMENTS, object);
    let plain = Cluster { environment: None, ..cluster("live-eu") };
    let told = World::with(Config::new(vec![plain]), &[("live-eu", &server)]).await.collect().await;
    let environment = |id: &str| told.facts(id)["environment"].clone();
    assert_eq!(environment("cluster:live-eu"), "production");
    assert_eq!(environment("live-eu/payments/Deployment/ledger"), "production");
    assert_eq!(environment("live-eu/payments-staging/Deployment/ledger"), "staging");
    let told = World::of(&[("live-eu", &server)]).await.collect().await;
    assert_eq!(told.facts("live-eu/payments-staging/Deployment/ledger")["environment"], "production");
}
