//! Argo CD: the collector against the simulated server, and that against what Argo CD publishes.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use spot::collect::argocd::{ArgoCdCollector, Config, Credentials};
use spot::collect::http::Secret;
use spot::collect::{Collector, Health, Memory};
use spot::demo::argocd::{Application, End, Options, Source, Sync, router};
use spot::demo::serve::{Fault, Server};
use spot::model::run::Reading;
use spot::model::{EventKind, Hint};

use super::{Said, Time, answer, at, fail, judge, run};

const TOKEN: &str = "t0ken";
const MANIFESTS: &str = "https://git.example/acme/manifests.git";

fn sha(of: usize) -> String {
    format!("{of:040x}")
}

fn sync(started: &str, minutes: i64, revision: String, image: &str) -> Sync {
    Sync {
        started: at(started),
        finished: at(started).plus_seconds(60 * minutes),
        revisions: vec![revision],
        by: Some("ada".to_owned()),
        end: End::Succeeded,
        images: vec![format!("registry.example/acme/{image}"), "registry.example/mesh/proxy:3.1".to_owned()],
        is_partial: false,
    }
}

fn application(name: &str, repository: &str, syncs: Vec<Sync>) -> Application {
    Application {
        name: name.to_owned(),
        project: "payments".to_owned(),
        cluster: "fra-1".to_owned(),
        target_namespace: "payments".to_owned(),
        sources: vec![Source {
            repository: repository.to_owned(),
            path: Some("deploy".to_owned()),
            chart: None,
            target: "main".to_owned(),
        }],
        created: at("2026-01-01T00:00:00Z"),
        syncs,
        ..Application::default()
    }
}

/// Three applications: a service with its manifests beside its code, two whose manifests share a repository.
fn applications() -> Vec<Application> {
    let billing = vec![sync("2026-03-02T09:00:00Z", 4, sha(1), "billing:1.4.0"), sync("2026-03-03T09:00:00Z", 4, sha(2), "billing:1.4.1")];
    let mut ledger = application("ledger-api-eu-prod", MANIFESTS, vec![sync("2026-03-02T10:00:00Z", 2, sha(7), "ledger-api:88")]);
    ledger.syncs[0].by = None;
    let mut orders = application("o", MANIFESTS, vec![sync("2026-03-02T11:00:00Z", 2, sha(8), "orders:2.0.0")]);
    orders.namespace = "team-orders".to_owned();
    orders.labels = [("app.kubernetes.io/name", "orders"), ("env", "Staging"), ("region", "us-east-1")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
    vec![application("billing-production-eu", "https://git.example/acme/billing", billing), ledger, orders]
}

struct World {
    server: Server,
    time: Time,
    collector: ArgoCdCollector,
    memory: Memory,
}

impl World {
    async fn new(applications: Vec<Application>) -> Self {
        Self::with(applications, Options { tokens: vec![TOKEN.to_owned()], ..Options::default() }, |config| {
            config.credentials = Credentials::Token(Secret::new(TOKEN));
        })
        .await
    }

    async fn with(applications: Vec<Application>, options: Options, configure: impl Fn(&mut Config)) -> Self {
        let time = Time::at("2026-03-03T12:00:00Z");
        let root = options.root.clone();
        let server = Server::start(router(move |_| applications.clone(), time.clock(), options)).await.unwrap();
        let mut config = Config::new(format!("{}{root}", server.url()).parse().unwrap());
        configure(&mut config);
        let collector = ArgoCdCollector::new("argocd", config, time.outside());
        Self { server, time, collector, memory: Memory::new() }
    }

    async fn collect(&mut self) -> Said {
        run(&self.collector, self.time.now(), None, &mut self.memory).await
    }
}

#[tokio::test]
async fn one_call_tells_every_sync_once() {
    let mut world = World::new(applications()).await;
    let said = world.collect().await;
    assert_eq!(said.problems(), [] as [&str; 0]);
    insta::assert_snapshot!(said.lines().join("\n"), @r"
    billing-production-eu@2026-03-02T09:00:00Z: production eu - 0000000000000000000000000000000000000001 ada [in_progress 03-02T09:00, success 03-02T09:04]
    billing-production-eu@2026-03-03T09:00:00Z: production eu 1.4.1 0000000000000000000000000000000000000002 ada [in_progress 03-03T09:00, success 03-03T09:04]
    ledger-api-eu-prod@2026-03-02T10:00:00Z: production eu 88 - Argo CD [in_progress 03-02T10:00, success 03-02T10:02]
    team-orders/o@2026-03-02T11:00:00Z: staging us-east-1 2.0.0 - ada [in_progress 03-02T11:00, success 03-02T11:02]
    ");
    let event = said.events()[0];
    assert_eq!((event.kind, event.is_whole, event.resource.id.as_str()), (EventKind::Deployment, true, "billing-production-eu"));
    assert!(event.check.as_ref().unwrap().ends_with("/applications/argocd/billing-production-eu"));
    let hints = said.hints();
    let repository = |url: &str| Hint::Repository(url.to_owned());
    assert_eq!(
        hints["billing-production-eu"],
        [Hint::Annotation("billing-production-eu".into()), repository("https://git.example/acme/billing"), Hint::Name("billing".into())]
    );
    assert_eq!(hints["team-orders/o"], [Hint::Annotation("team-orders/o".into()), Hint::Name("orders".into())], "manifests of many");
    assert_eq!((said.reading(), said.summary.requests), (Some((Reading::Full, Some(3))), 1));

    let again = world.collect().await;
    assert_eq!((again.events().len(), again.summary.requests), (0, 1));
    assert!(again.items.iter().all(|item| !matches!(item, spot::collect::Item::Remember { .. })), "nothing new to remember");
    assert_eq!(world.server.counts().by_path, BTreeMap::from([("GET /api/v1".to_owned(), 2)]));
}

#[tokio::test]
async fn a_sync_grows_while_it_runs_and_a_failed_one_is_told_too() {
    let mut failing = sync("2026-03-03T13:00:00Z", 5, sha(3), "billing:1.4.1");
    failing.end = End::Failed("one or more objects failed to apply:\n  admission refused".to_owned());
    let syncs = vec![sync("2026-03-03T12:00:00Z", 10, sha(2), "billing:1.4.1"), failing];
    let mut world = World::new(vec![application("billing-production-eu", "https://git.example/acme/billing", syncs)]).await;
    let mut told = Vec::new();
    for time in ["12:05", "12:07", "12:30", "13:02", "13:30", "14:00"] {
        world.time.set(&format!("2026-03-03T{time}:00Z"));
        let said = world.collect().await;
        told.extend(said.lines().iter().map(|line| format!("{time} {line}")));
        if time == "13:30" {
            let description = &said.events()[0].body["description"];
            assert_eq!(description, "one or more objects failed to apply: admission refused");
        }
    }
    insta::assert_snapshot!(told.join("\n"), @r"
    12:05 billing-production-eu@2026-03-03T12:00:00Z: production eu - 0000000000000000000000000000000000000002 ada [in_progress 03-03T12:00]
    12:30 billing-production-eu@2026-03-03T12:00:00Z: production eu 1.4.1 0000000000000000000000000000000000000002 ada [in_progress 03-03T12:00, success 03-03T12:10]
    13:02 billing-production-eu@2026-03-03T13:00:00Z: production eu - 0000000000000000000000000000000000000003 ada [in_progress 03-03T13:00]
    13:30 billing-production-eu@2026-03-03T13:00:00Z: production eu - 0000000000000000000000000000000000000003 ada [in_progress 03-03T13:00, failure 03-03T13:05]
    ");
}

#[tokio::test]
async fn a_sync_whose_end_was_not_seen_is_not_left_going_on() {
    let mut lost = sync("2026-03-03T12:00:00Z", 10, sha(2), "billing:1.4.1");
    lost.end = End::Error("out of memory".to_owned());
    let before = sync("2026-03-02T12:00:00Z", 10, sha(1), "billing:1.4.0");
    let syncs = vec![before, lost, sync("2026-03-03T13:00:00Z", 5, sha(3), "billing:1.4.2")];
    let mut world = World::new(vec![application("billing-production-eu", "https://git.example/acme/billing", syncs)]).await;
    world.time.set("2026-03-03T12:05:00Z");
    assert_eq!(world.collect().await.events().len(), 2);
    world.time.set("2026-03-03T14:00:00Z");
    let said = world.collect().await;
    let ended = said.lines();
    assert_eq!(ended.len(), 2, "{ended:?}");
    assert!(ended[1].ends_with("[in_progress 03-03T12:00, error 03-03T13:00]"), "{ended:?}");
    assert_eq!(world.collect().await.events().len(), 0);
}

#[tokio::test]
async fn what_is_no_sync_of_the_application_is_no_deployment() {
    let mut partial = sync("2026-03-03T10:00:00Z", 1, sha(2), "billing:1.4.0");
    partial.is_partial = true;
    partial.end = End::Failed("no".to_owned());
    let syncs = vec![sync("2026-03-02T12:00:00Z", 10, sha(1), "billing:1.4.0"), partial];
    let mut world = World::new(vec![application("billing-production-eu", "https://git.example/acme/billing", syncs)]).await;
    assert_eq!(world.collect().await.events().len(), 1);
}

#[tokio::test]
async fn syncs_that_were_forgotten_are_counted() {
    let mut many = Vec::new();
    for number in 0..24 {
        let started = at("2026-03-01T00:00:00Z").plus_seconds(number * 7200);
        many.push(sync(&started.to_string(), 3, sha(number as usize), &format!("billing:1.{number}.0")));
    }
    let mut world = World::new(vec![application("billing-production-eu", "https://git.example/acme/billing", many)]).await;
    world.time.set("2026-03-01T01:00:00Z");
    assert_eq!(world.collect().await.events().len(), 1);
    world.time.set("2026-03-03T00:00:00Z");
    let said = world.collect().await;
    assert_eq!(said.events().len(), 10);
    let problems = said.problems();
    assert!(problems[0].starts_with("billing-production-eu: 13 syncs before 2026-03-02T04:03:00Z are lost"), "{problems:?}");
    assert_eq!(world.collect().await.problems(), [] as [&str; 0]);
}

#[tokio::test]
async fn an_application_of_several_sources_and_one_of_a_chart_are_read() {
    let mut two = application(
        "billing-production-eu",
        "https://git.example/acme/billing",
        vec![sync("2026-03-02T09:00:00Z", 4, String::new(), "x:9")],
    );
    two.sources.push(Source {
        repository: "https://charts.example".to_owned(),
        path: None,
        chart: Some("web".to_owned()),
        target: "2.*".to_owned(),
    });
    two.syncs[0].revisions = vec![sha(5), "2.3.1".to_owned()];
    let mut chart = application("mesh-staging", "https://charts.example", vec![sync("2026-03-02T09:00:00Z", 4, "1.20.3".to_owned(), "y")]);
    chart.sources[0].chart = Some("mesh".to_owned());
    let mut world = World::new(vec![two, chart]).await;
    insta::assert_snapshot!(world.collect().await.lines().join("\n"), @r"
    billing-production-eu@2026-03-02T09:00:00Z: production eu 2.3.1 0000000000000000000000000000000000000005 ada [in_progress 03-02T09:00, success 03-02T09:04]
    mesh-staging@2026-03-02T09:00:00Z: staging - 1.20.3 - ada [in_progress 03-02T09:00, success 03-02T09:04]
    ");
}

#[tokio::test]
async fn refusals_say_what_to_do_and_erase_nothing() {
    let mut world = World::new(applications()).await;
    world.collect().await;
    let memory = world.memory.clone();
    let list = "/api/v1/applications";
    let limited = Fault::Answer { status: 429, headers: vec![("retry-after", "86400".to_owned())], body: String::new() };
    for (fault, expected) in [
        (answer(401, r#"{"error":"no session information","code":16,"message":"no session information"}"#), "the token is missing"),
        (answer(403, r#"{"error":"permission denied","code":7,"message":"permission denied"}"#), "applications, get"),
        (answer(404, "404 page not found"), "is this Argo CD"),
        (answer(500, r#"{"error":"boom","code":2,"message":"boom"}"#), "answered 500: boom"),
        (limited, "limited until 2026-03-04T12:00:00Z"),
        (Fault::Html, "the address of something else"),
        (Fault::Garbage, "expected JSON"),
        (Fault::Truncated, "expected JSON"),
        (Fault::Broken, "no connection after 4 attempts"),
        (answer(200, r#"{"items":[]}"#), "expected JSON"),
    ] {
        fail(&world.server, list, fault.clone());
        let said = world.collect().await;
        let failure = said.summary.failure.clone().unwrap_or_default();
        assert!(failure.contains(expected), "{fault:?}: {failure}");
        assert_eq!((said.reading(), said.events().len()), (Some((Reading::Partial, None)), 0), "{fault:?}");
        assert_eq!(world.memory, memory);
    }
    world.server.set_faults(None);
    assert_eq!(world.collect().await.summary.failure, None);
}

#[tokio::test]
async fn what_cannot_be_read_costs_itself_alone() {
    let mut world = World::new(applications()).await;
    let client = reqwest::Client::new();
    let url = format!("{}/api/v1/applications", world.server.url());
    let mut list: Value = client.get(url).bearer_auth(TOKEN).send().await.unwrap().json().await.unwrap();
    let items = list["items"].as_array_mut().unwrap();
    items[1]["status"]["history"][0]["deployedAt"] = "yesterday".into();
    items[2]["status"]["history"][0]["deployedAt"] = "2031-01-01T00:00:00Z".into();
    items[2]["status"]["operationState"] = Value::Null;
    items[0]["status"]["operationState"]["phase"] = "Dreaming".into();
    items[0]["status"]["operationState"]["startedAt"] = "2026-03-03T10:00:00Z".into();
    items[0]["status"]["moonPhase"] = serde_json::json!({ "waxing": true });
    let twice = items[0].clone();
    items.push(twice);
    items.push(Value::from(7));
    fail(&world.server, "/applications", answer(200, &list.to_string()));
    let said = world.collect().await;
    assert_eq!(said.events().len(), 2);
    assert_eq!(said.reading(), Some((Reading::Partial, Some(5))));
    let problems = said.problems().join("\n");
    for expected in
        ["an application cannot be read: ", "repeats 1 applications", "2031-01-01T00:00:00Z, which is to come", "phase \"Dreaming\""]
    {
        assert!(problems.contains(expected), "{expected}: {problems}");
    }
    world.server.set_faults(None);
    let said = world.collect().await;
    assert_eq!(said.lines().len(), 2, "those that could not be read: {:?}", said.lines());
}

#[tokio::test]
async fn a_list_that_is_too_long_is_read_project_by_project() {
    let mut all = applications();
    all[2].project = "orders".to_owned();
    let mut world = World::new(all).await;
    let whole = reqwest::Client::new().get(format!("{}/api/v1/applications", world.server.url())).bearer_auth(TOKEN);
    let mut outside = world.time.outside();
    outside.patience.most_bytes = whole.send().await.unwrap().bytes().await.unwrap().len() - 1;
    let mut config = Config::new(world.server.url().parse().unwrap());
    config.credentials = Credentials::Token(Secret::new(TOKEN));
    world.collector = ArgoCdCollector::new("argocd", config, outside);
    let said = world.collect().await;
    assert_eq!((said.events().len(), said.summary.requests), (4, 4), "{:?} {:?}", said.summary, said.problems());
    assert_eq!(said.reading(), Some((Reading::Full, Some(3))));
}

#[tokio::test]
async fn what_may_not_be_seen_is_not_taken_for_gone() {
    let hidden = BTreeSet::from(["billing-production-eu".to_owned(), "ledger-api-eu-prod".to_owned(), "o".to_owned()]);
    let options = Options { tokens: vec![TOKEN.to_owned()], hidden, ..Options::default() };
    let mut world = World::with(applications(), options, |config| config.credentials = Credentials::Token(Secret::new(TOKEN))).await;
    let said = world.collect().await;
    assert_eq!(said.reading(), Some((Reading::Partial, Some(0))));
    assert!(said.problems()[0].starts_with("no application is listed"), "{:?}", said.problems());
}

#[tokio::test]
async fn a_user_signs_in_and_a_check_says_how_it_is() {
    let users = BTreeMap::from([("spot".to_owned(), "s3cret".to_owned())]);
    let options = Options { users, root: "/argocd".to_owned(), ..Options::default() };
    let sign_in = |password: &'static str| {
        move |config: &mut Config| {
            config.credentials = Credentials::Password { user: "spot".to_owned(), password: Secret::new(password) };
            config.projects = vec!["payments".to_owned()];
            config.selector = Some("env=Staging".to_owned());
        }
    };
    let mut world = World::with(applications(), options.clone(), sign_in("s3cret")).await;
    let said = world.collect().await;
    assert_eq!((said.events().len(), said.summary.requests), (1, 2));
    let findings: Vec<String> =
        world.collector.check().await.iter().map(|found| format!("{:?} {}: {}", found.health, found.what, found.detail)).collect();
    assert_eq!(findings, ["Good server: Argo CD v3.6.0+demo", "Good account: spot", "Good applications: 1 can be read"]);

    let mut world = World::with(applications(), options, sign_in("wrong")).await;
    let failure = world.collect().await.summary.failure.unwrap();
    assert!(failure.contains("no session opened: answered 401: Invalid username or password"), "{failure}");
    assert_eq!(world.collector.check().await.last().unwrap().health, Health::Wrong);
}

#[tokio::test]
async fn the_simulated_server_answers_as_the_contract_says() {
    let mut all = applications();
    let mut failing = sync("2026-03-03T11:58:00Z", 5, sha(3), "billing:1.4.1");
    failing.by = None;
    all[0].syncs.push(failing);
    all[1].sources.push(Source {
        repository: "https://charts.example".to_owned(),
        path: None,
        chart: Some("web".to_owned()),
        target: "2.*".to_owned(),
    });
    all[1].history_limit = Some(3);
    let users = BTreeMap::from([("spot".to_owned(), "s3cret".to_owned())]);
    let world = World::with(all, Options { tokens: vec![TOKEN.to_owned()], users, ..Options::default() }, |_| {}).await;
    let client = reqwest::Client::new();
    let get = |path: &'static str, token: Option<&'static str>| {
        let request = client.get(format!("{}{path}", world.server.url()));
        async move {
            let response = match token {
                Some(token) => request.bearer_auth(token),
                None => request,
            };
            let response = response.send().await.unwrap();
            (response.status().as_u16(), response.json::<Value>().await.unwrap())
        }
    };
    let list = "/api/v1/applications";
    let (status, body) = get(list, Some(TOKEN)).await;
    judge("argocd.json", "applicationList", &body);
    assert_eq!((status, body["items"].as_array().unwrap().len()), (200, 3));
    judge("argocd.json", "application", &get("/api/v1/applications/billing-production-eu", Some(TOKEN)).await.1);
    judge("argocd.json", "version", &get("/api/version", None).await.1);
    judge("argocd.json", "userInfo", &get("/api/v1/session/userinfo", Some(TOKEN)).await.1);
    for (path, token, expected) in [
        (list, None, 401),
        (list, Some("wrong"), 401),
        ("/api/v1/applications?selector=%25%25", Some(TOKEN), 500),
        ("/api/v1/applications/nowhere", Some(TOKEN), 403),
        ("/api/v1/applications/nowhere?project=payments", Some(TOKEN), 404),
        ("/api/v1/nowhere", Some(TOKEN), 404),
    ] {
        let (status, body) = get(path, token).await;
        judge("argocd.json", "error", &body);
        assert_eq!(status, expected, "{path}");
    }
    // The choice of fields leaves out what its list does not have, above all the history.
    let chosen = get("/api/v1/applications?fields=items.metadata.name,items.status.history,items.status.summary", Some(TOKEN)).await.1;
    let first: Vec<&str> = chosen["items"][0].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!((first, chosen["items"][0]["status"].get("history")), (vec!["metadata", "status"], None));
    let none: Value = get("/api/v1/applications?projects=other", Some(TOKEN)).await.1;
    assert_eq!(none["items"], serde_json::json!([]));
}
