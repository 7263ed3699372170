//! Jenkins: the collector against the simulated server, and that against what Jenkins publishes.

use serde_json::{Value, json};
use spot::collect::http::Secret;
use spot::collect::jenkins::{Config, JenkinsCollector, Pattern};
use spot::collect::{Collector, Health, Item, Memory};
use spot::demo::jenkins::{Build, Job, Options, router};
use spot::demo::serve::{Fault, Server};
use spot::model::run::Reading;
use spot::model::{Event, EventKind, Hint};

use super::{Said, Time, answer, at, fail, run};

const USER: (&str, &str) = ("spot", "11a-token");

fn build(began: &str, minutes: i64, result: &'static str, parameters: &[(&'static str, &str)]) -> Build {
    Build {
        at: at(began),
        finished: at(began).plus_seconds(60 * minutes),
        result,
        by: Some(("ada".to_owned(), "Ada L".to_owned())),
        parameters: parameters.iter().map(|(name, value)| (*name, Value::from(*value))).collect(),
        source: Some(("https://git.example/acme/billing.git".to_owned(), format!("{:040x}", 7), "main".to_owned())),
    }
}

fn job(path: &[&str], builds: Vec<Build>) -> Job {
    Job { path: path.iter().map(|name| (*name).to_owned()).collect(), builds }
}

fn jobs() -> Vec<Job> {
    let to = |environment| [("ENVIRONMENT", environment), ("VERSION", "1.4.2")];
    let mut many = build("2026-03-02T09:30:00Z", 2, "UNSTABLE", &[("SERVICE", "ledger"), ("ENVIRONMENT", "staging"), ("REGION", "EU")]);
    many.parameters.push(("DRY", json!(false)));
    many.source = Some(("https://git.example/acme/scripts".to_owned(), format!("{:040x}", 9), "main".to_owned()));
    vec![
        job(
            &["payments", "deploy-billing"],
            vec![
                build("2026-03-02T09:00:00Z", 4, "SUCCESS", &to("production-eu")),
                build("2026-03-02T10:00:00Z", 4, "FAILURE", &to("Prod (eu-west-1)")),
                build("2026-03-02T10:30:00Z", 4, "NOT_BUILT", &to("production-eu")),
                build("2026-03-02T11:00:00Z", 4, "ABORTED", &to("production-eu")),
            ],
        ),
        job(&["deploy", "all-services"], vec![many]),
        job(&["deploy", "orders-staging"], vec![build("2026-03-02T08:00:00Z", 1, "SUCCESS", &[])]),
        job(&["payments", "billing", "feature%2Fx"], vec![build("2026-03-02T07:00:00Z", 9, "SUCCESS", &[])]),
        job(&["payments", "deploy-nowhere"], vec![build("2026-03-02T07:00:00Z", 9, "SUCCESS", &[])]),
        job(&["payments", "deploy-never"], vec![]),
        job(&["payments", "nightly"], vec![build("2026-03-02T01:00:00Z", 9, "SUCCESS", &[])]),
    ]
}

struct World {
    server: Server,
    time: Time,
    collector: JenkinsCollector,
    memory: Memory,
}

impl World {
    async fn new(jobs: Vec<Job>) -> Self {
        Self::with(jobs, |_| {}).await
    }

    async fn with(jobs: Vec<Job>, configure: impl Fn(&mut Config)) -> Self {
        let time = Time::at("2026-03-02T12:00:00Z");
        let options = Options { users: vec![(USER.0.to_owned(), USER.1.to_owned())], context: "/ci".to_owned() };
        let server = Server::start(router(jobs, time.clock(), options)).await.unwrap();
        let mut config = Config::new(format!("{}/ci", server.url()).parse().unwrap());
        config.user = Some((USER.0.to_owned(), Secret::new(USER.1)));
        configure(&mut config);
        let collector = JenkinsCollector::new("jenkins", config, time.outside());
        Self { server, time, collector, memory: Memory::new() }
    }

    async fn collect(&mut self) -> Said {
        run(&self.collector, self.time.now(), None, &mut self.memory).await
    }

    async fn backfill(&mut self, from: &str) -> Said {
        let range = at(from)..self.time.now();
        run(&self.collector, self.time.now(), Some(range), &mut self.memory).await
    }
}

#[tokio::test]
async fn builds_of_jobs_that_deploy_are_deployments() {
    let mut world = World::new(jobs()).await;
    let said = world.collect().await;
    insta::assert_snapshot!(said.lines().join("\n"), @r"
    deploy/all-services#1@2026-03-02T09:30:00Z: staging eu - - ada [in_progress 03-02T09:30, success 03-02T09:32]
    deploy/orders-staging#1@2026-03-02T08:00:00Z: staging - - 0000000000000000000000000000000000000007 ada [in_progress 03-02T08:00, success 03-02T08:01]
    payments/deploy-billing#1@2026-03-02T09:00:00Z: production eu 1.4.2 0000000000000000000000000000000000000007 ada [in_progress 03-02T09:00, success 03-02T09:04]
    payments/deploy-billing#2@2026-03-02T10:00:00Z: production eu-west-1 1.4.2 0000000000000000000000000000000000000007 ada [in_progress 03-02T10:00, failure 03-02T10:04]
    payments/deploy-billing#4@2026-03-02T11:00:00Z: production eu 1.4.2 0000000000000000000000000000000000000007 ada [in_progress 03-02T11:00, cancelled 03-02T11:04]
    ");
    let problems = said.problems();
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert!(
        problems[0].starts_with("1 deployments say nothing of their environment and are left out; payments/deploy-nowhere #1"),
        "{problems:?}"
    );
    let hints = said.hints();
    let (name, repository) = (|text: &str| Hint::Name(text.to_owned()), |text: &str| Hint::Repository(text.to_owned()));
    assert_eq!(
        hints["payments/deploy-billing"],
        [Hint::Annotation("payments/deploy-billing".into()), repository("https://git.example/acme/billing.git"), name("billing")]
    );
    assert_eq!(hints["deploy/all-services#ledger"], [name("ledger")]);
    let event = said.events()[2];
    assert!(event.check.as_ref().unwrap().ends_with("/ci/job/payments/job/deploy-billing/1/"));
    assert!(event.body["log"].as_str().unwrap().ends_with("/1/console"));
    assert_eq!((said.reading(), said.summary.requests), (Some((Reading::Full, Some(4))), 5), "the list, and four jobs");

    let again = world.collect().await;
    assert_eq!((again.events().len(), again.summary.requests), (0, 1), "known jobs cost nothing");
}

#[tokio::test]
async fn a_build_is_asked_for_until_it_is_over() {
    let to = [("ENVIRONMENT", "production-eu")];
    let builds = vec![build("2026-03-02T12:00:00Z", 30, "SUCCESS", &to), build("2026-03-02T12:10:00Z", 5, "SUCCESS", &to)];
    let mut world = World::new(vec![job(&["deploy", "billing"], builds)]).await;
    let mut told = Vec::new();
    for time in ["12:05", "12:20", "12:25", "12:40", "13:00"] {
        world.time.set(&format!("2026-03-02T{time}:00Z"));
        let said = world.collect().await;
        told.extend(said.lines().iter().map(|line| format!("{time} {} {line}", said.summary.requests)));
    }
    insta::assert_snapshot!(told.join("\n"), @r"
    12:05 2 deploy/billing#1@2026-03-02T12:00:00Z: production eu - 0000000000000000000000000000000000000007 ada [in_progress 03-02T12:00]
    12:20 2 deploy/billing#1@2026-03-02T12:00:00Z: production eu - 0000000000000000000000000000000000000007 ada [in_progress 03-02T12:00]
    12:20 2 deploy/billing#2@2026-03-02T12:10:00Z: production eu - 0000000000000000000000000000000000000007 ada [in_progress 03-02T12:10, success 03-02T12:15]
    12:25 2 deploy/billing#1@2026-03-02T12:00:00Z: production eu - 0000000000000000000000000000000000000007 ada [in_progress 03-02T12:00]
    12:40 2 deploy/billing#1@2026-03-02T12:00:00Z: production eu - 0000000000000000000000000000000000000007 ada [in_progress 03-02T12:00, success 03-02T12:30]
    ");
}

fn hourly(count: i64) -> Vec<Build> {
    let began = |number: i64| at("2026-02-01T00:00:00Z").plus_seconds(number * 3600).to_string();
    (0..count).map(|number| build(&began(number), 3, "SUCCESS", &[("ENVIRONMENT", "production-eu")])).collect()
}

#[tokio::test]
async fn what_is_known_ends_a_reading_and_the_past_is_read_once() {
    let mut world = World::new(vec![job(&["deploy", "billing"], hourly(600))]).await;
    world.time.set("2026-02-11T00:30:00Z");
    let said = world.collect().await;
    assert_eq!((said.events().len(), said.summary.requests), (100, 2), "the newest slice of 241 builds");
    world.time.set("2026-02-20T00:30:00Z");
    let said = world.collect().await;
    assert_eq!((said.events().len(), said.summary.requests), (216, 4), "three slices, to where it is known");
    assert_eq!(said.problems(), [] as [&str; 0]);

    let said = world.backfill("2026-02-05T00:00:00Z").await;
    let ids: std::collections::BTreeSet<&str> = said.events().into_iter().map(|event: &Event| event.id.as_str()).collect();
    assert_eq!((ids.len(), said.summary.requests), (361, 5), "every build since, newest first, and no slice beyond");
    let filled = said.items.iter().filter(|item| matches!(item, Item::Filled { scope, .. } if scope == "deploy/billing")).count();
    assert_eq!(filled, 1);
    assert_eq!(world.backfill("2026-02-05T00:00:00Z").await.summary.requests, 1, "delivered already");
}

#[tokio::test]
async fn a_job_that_was_made_again_is_read_anew() {
    let mut world = World::new(vec![job(&["deploy", "billing"], hourly(20))]).await;
    assert_eq!(world.collect().await.events().len(), 20);
    let mut again =
        World::new(vec![job(&["deploy", "billing"], vec![build("2026-03-02T11:00:00Z", 1, "SUCCESS", &[("ENV", "staging")])])]).await;
    again.memory = world.memory;
    assert_eq!(again.collect().await.lines().len(), 1);
}

#[tokio::test]
async fn branches_and_deep_folders_are_found_and_other_builds_are_pipeline_runs() {
    let mut all = jobs();
    all.push(job(&["a", "b", "c", "d", "e", "f", "deploy-deep"], vec![build("2026-03-02T08:00:00Z", 1, "SUCCESS", &[("ENV", "qa")])]));
    let mut world = World::with(all, |config| {
        config.deployments = vec!["**/deploy-deep".parse().unwrap(), "**/{service}-{environment}".parse().unwrap()];
        config.builds = vec!["payments/billing/*".parse().unwrap(), "**/nightly".parse().unwrap()];
        config.parameters.service = vec!["NONE".to_owned()];
    })
    .await;
    let said = world.collect().await;
    let runs: Vec<&Event> = said.events().into_iter().filter(|event| event.kind == EventKind::PipelineRun).collect();
    assert_eq!(runs.iter().map(|event| event.resource.id.as_str()).collect::<Vec<_>>(), ["acme/billing", "acme/billing"]);
    assert_eq!(runs[0].id, "payments/billing/feature%2Fx#1@2026-03-02T07:00:00Z");
    assert_eq!(
        Value::Object(runs[0].body.clone()),
        json!({ "name": "payments/billing/feature%2Fx", "number": 1, "branch": "main", "commit": format!("{:040x}", 7), "trigger": "manual", "by": "ada" })
    );
    assert!(runs[0].check.as_ref().unwrap().ends_with("/job/billing/job/feature%252Fx/1/"));
    assert!(
        said.problems().iter().any(|text| text.contains("say nothing of their service") && text.contains("deploy-deep #1")),
        "{:?}",
        said.problems()
    );
    assert!(world.server.counts().by_path.values().sum::<u64>() > 3, "the deep folder has a call of its own");
}

#[tokio::test]
async fn refusals_say_what_to_do_and_cost_no_more_than_they_must() {
    let mut world = World::with(jobs(), |config| config.folders = vec!["payments".to_owned(), "deploy".to_owned()]).await;
    let limited = Fault::Answer { status: 429, headers: vec![("retry-after", "7200".to_owned())], body: String::new() };
    for (fault, expected) in [
        (answer(401, "<h2>Error 401</h2>"), "the API token is wrong"),
        (answer(403, "<h2>no</h2>"), "Overall/Read"),
        (answer(404, "<h2>Not Found</h2>"), "may the user see it"),
        (answer(500, "<h2>Oops!</h2>"), "answered 500"),
        (limited.clone(), "limited until 2026-03-02T14:00:00Z"),
        (Fault::Html, "a page to sign in"),
        (Fault::Garbage, "expected JSON"),
        (Fault::Truncated, "expected JSON"),
        (Fault::Broken, "no connection after 4 attempts"),
    ] {
        world.server.set_faults(Some(std::sync::Arc::new({
            let fault = fault.clone();
            move |_| Some(fault.clone())
        })));
        let said = world.collect().await;
        let failure = said.summary.failure.clone().unwrap_or_default();
        assert!(failure.starts_with("the jobs cannot be listed") && failure.contains(expected), "{fault:?}: {failure}");
        assert_eq!((said.reading(), world.memory.len()), (Some((Reading::Partial, None)), 0));
    }
    fail(&world.server, "/job/deploy/api/json", answer(403, "<h2>no</h2>"));
    let said = world.collect().await;
    assert_eq!((said.events().len(), said.reading().map(|(reading, _)| reading)), (3, Some(Reading::Partial)));
    assert!(said.problems()[0].starts_with("the folder deploy cannot be read: answered 403"), "{:?}", said.problems());

    fail(&world.server, "/job/orders-staging/api/json", limited);
    let said = world.collect().await;
    assert_eq!(said.events().len(), 1, "the other jobs of the folder");
    assert!(said.problems()[0].contains("its builds cannot be read: limited until"), "{:?}", said.problems());
    world.server.set_faults(None);
    assert_eq!(world.collect().await.events().len(), 1);
}

#[tokio::test]
async fn builds_that_are_odd_cost_themselves_alone() {
    let mut world = World::new(vec![job(&["deploy", "billing"], hourly(3))]).await;
    let good = |number: i64, time: &str| {
        json!({ "_class": "R", "number": number, "timestamp": at(time).micros() / 1000, "duration": 1000, "result": "SUCCESS", "building": false, "moon": {},
            "actions": [null, {}, { "parameters": [{ "name": "ENV", "value": "staging" }, { "name": "SECRET" }], "causes": null }] })
    };
    let mut strange = good(2, "2026-02-01T01:00:00Z");
    strange["result"] = "PERHAPS".into();
    let future = good(3, "2027-01-01T00:00:00Z");
    let list =
        json!({ "allBuilds": [future, { "number": "two" }, strange, good(1, "2026-02-01T00:00:00Z"), good(1, "2026-02-01T00:00:00Z")] });
    fail(&world.server, "/job/billing/api/json", answer(200, &list.to_string()));
    let said = world.collect().await;
    let states: Vec<&str> = said.events().iter().map(|event| event.history.last().unwrap().set["state"].as_str().unwrap()).collect();
    assert_eq!(states, ["success", "error"]);
    let problems = said.problems().join("\n");
    assert!(problems.contains("1 builds cannot be read") && problems.contains("2027-01-01T00:00:00Z, which is to come"), "{problems}");
}

#[tokio::test]
async fn slices_that_repeat_end_the_reading_and_say_so() {
    let mut world = World::new(vec![job(&["deploy", "billing"], hourly(600))]).await;
    world.time.set("2026-02-01T10:30:00Z");
    world.collect().await;
    world.time.set("2026-02-20T00:30:00Z");
    let url = format!(
        "{}/ci/job/deploy/job/billing/api/json?tree=allBuilds%5Bnumber,timestamp,result,duration,building%5D%7B0,100%7D",
        world.server.url()
    );
    let first = reqwest::Client::new().get(url).basic_auth(USER.0, Some(USER.1)).send().await.unwrap().text().await.unwrap();
    fail(&world.server, "/job/billing/api/json", answer(200, &first));
    let said = world.collect().await;
    assert!(said.problems().iter().any(|text| text.starts_with("its builds repeat themselves")), "{:?}", said.problems());
    assert!(said.summary.requests < 5);
}

#[tokio::test]
async fn a_check_says_what_is_wanted_of_what_there_is() {
    let world = World::new(jobs()).await;
    let findings: Vec<String> =
        world.collector.check().await.iter().map(|found| format!("{:?} {}: {}", found.health, found.what, found.detail)).collect();
    assert_eq!(
        findings,
        ["Good server: Jenkins 2.528.1", "Good user: spot", "Good jobs: 7 are listed, of which 5 deploy and 0 build by their names"]
    );
    let world = World::with(jobs(), |config| config.user = None).await;
    assert_eq!(world.collector.check().await.last().unwrap().health, Health::Wrong);
    let world = World::with(jobs(), |config| config.deployments = vec!["x/{service}".parse::<Pattern>().unwrap()]).await;
    assert_eq!(world.collector.check().await.last().unwrap().health, Health::Lacking);
}

#[tokio::test]
async fn the_simulated_server_answers_as_jenkins_publishes() {
    let world = World::new(jobs()).await;
    let client = reqwest::Client::new();
    let get = |path: &'static str| {
        let request = client.get(format!("{}/ci{path}", world.server.url())).basic_auth(USER.0, Some(USER.1));
        async move {
            let response = request.send().await.unwrap();
            (response.status().as_u16(), response.headers().get("x-jenkins").is_some(), response.text().await.unwrap())
        }
    };
    let json_of = |(status, named, text): (u16, bool, String)| {
        assert!(status == 200 && named, "{status} {text}");
        serde_json::from_str::<Value>(&text).unwrap()
    };
    let root = json_of(get("/api/json?tree=jobs[name,url,jobs[name]]").await);
    assert_eq!(root["_class"], "hudson.model.Hudson");
    assert_eq!(
        root["jobs"][0],
        json!({ "_class": "com.cloudbees.hudson.plugins.folder.Folder", "name": "deploy", "url": "http://ci.example/ci/job/deploy/",
        "jobs": [{ "_class": "org.jenkinsci.plugins.workflow.job.WorkflowJob", "name": "all-services" }, { "_class": "org.jenkinsci.plugins.workflow.job.WorkflowJob", "name": "orders-staging" }] })
    );
    let slice = "/job/payments/job/deploy-billing/api/json?tree=allBuilds[number,result,actions[parameters[name,value]]]{1,3}";
    let builds = json_of(get(slice).await);
    let listed = builds["allBuilds"].as_array().unwrap();
    assert_eq!(listed.iter().map(|build| build["number"].as_u64().unwrap()).collect::<Vec<_>>(), [3, 2]);
    assert_eq!(
        listed[1]["actions"][1],
        json!({ "_class": "hudson.model.ParametersAction", "parameters": [
        { "_class": "hudson.model.StringParameterValue", "name": "ENVIRONMENT", "value": "Prod (eu-west-1)" },
        { "_class": "hudson.model.StringParameterValue", "name": "VERSION", "value": "1.4.2" }] })
    );
    assert_eq!((&listed[1]["actions"][0], &listed[1]["actions"][3]), (&json!({ "_class": "hudson.model.CauseAction" }), &json!({})));
    let one = json_of(get("/job/payments/job/billing/job/feature%252Fx/1/api/json").await);
    assert_eq!((&one["timestamp"], &one["duration"], &one["displayName"]), (&json!(1_772_434_800_000_i64), &json!(540_000), &json!("#1")));
    for (path, status) in
        [("/job/nowhere/api/json", 404), ("/job/payments/job/deploy-billing/9/api/json", 404), ("/x", 404), ("/api/json?tree=a[", 400)]
    {
        assert_eq!(get(path).await.0, status, "{path}");
    }
    let without = client.get(format!("{}/ci/api/json", world.server.url())).send().await.unwrap();
    assert_eq!(without.status().as_u16(), 403);
}
