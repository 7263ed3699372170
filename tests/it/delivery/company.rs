//! The demo company's systems of deployments: what is collected from them is what the company did.

use std::collections::BTreeSet;
use std::sync::Arc;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;
use spot::collect::Memory;
use spot::collect::argocd::{self, ArgoCdCollector};
use spot::collect::cdevents::{Sender, receive};
use spot::collect::http::Secret;
use spot::collect::jenkins::{self, JenkinsCollector};
use spot::demo::cdevents::pushes;
use spot::demo::company::delivery::{CommitIds, Outcome, Tool};
use spot::demo::company::{Company, Shape};
use spot::demo::jenkins::CompanyJobs;
use spot::demo::serve::Server;
use spot::model::{Event, Instant};

use super::{Time, at, judge, run};

const NOW: &str = "2026-06-01T10:00:00Z";

fn company() -> Arc<Company> {
    Arc::new(Company::generate(&Shape { seed: 5, repositories: 250, end: at("2026-06-20T00:00:00Z") }))
}

/// How many deployments by a tool were queued in a stretch of time.
fn count(company: &Company, tool: Tool, from: Instant, to: Instant) -> usize {
    let range = company.delivery.deployments_between(&(from..to));
    company.delivery.deployments[range].iter().filter(|deployment| company.delivery.service_of(deployment).tool == tool).count()
}

fn state(event: &Event) -> &str {
    event.history.last().unwrap().set["state"].as_str().unwrap()
}

#[tokio::test]
async fn its_argo_cd_tells_what_was_brought_where() {
    let (company, time) = (company(), Time::at(NOW));
    let (known, ids) = (Arc::clone(&company), CommitIds::made_up());
    let router =
        spot::demo::argocd::router(move |now| spot::demo::argocd::applications(&known, &ids, now), time.clock(), Default::default());
    let server = Server::start(router).await.unwrap();
    let list: Value = reqwest::get(format!("{}/api/v1/applications", server.url())).await.unwrap().json().await.unwrap();
    judge("argocd.json", "applicationList", &list);
    let collector = ArgoCdCollector::new("argocd", argocd::Config::new(server.url().parse().unwrap()), time.outside());
    let mut memory = Memory::new();
    let first = run(&collector, time.now(), None, &mut memory).await;
    assert!(first.events().len() > 20, "{} events, {:?}", first.events().len(), first.problems());
    assert_eq!(first.problems(), [] as [&str; 0]);
    let regions: BTreeSet<&str> = company.delivery.regions.iter().map(|region| region.name).collect();
    for event in first.events() {
        assert!(["production", "staging", "tools"].contains(&event.body["environment"].as_str().unwrap()), "{:?}", event.body);
        let region = event.body["region"].as_str().unwrap();
        assert!(regions.iter().any(|known| region.starts_with(known)), "{region}");
    }
    // A day later, what was done on it and nothing else.
    let known: BTreeSet<String> = first.events().into_iter().map(|event| event.id.clone()).collect();
    time.set("2026-06-02T10:00:00Z");
    let second = run(&collector, time.now(), None, &mut memory).await;
    let is_new = |event: &&Event| !known.contains(&event.id);
    let new = second.events().into_iter().filter(is_new).count();
    assert!(new > 0 && new <= count(&company, Tool::ArgoCd, at("2026-05-31T10:00:00Z"), time.now()), "{new}");
}

#[tokio::test]
async fn its_jenkins_tells_every_deployment_of_its_jobs() {
    // With another seed, as not every small company has a Jenkins.
    let company = Arc::new(Company::generate(&Shape { seed: 4, repositories: 250, end: at("2026-06-20T00:00:00Z") }));
    let time = Time::at(NOW);
    let jobs = CompanyJobs::new(Arc::clone(&company), CommitIds::made_up());
    let server = Server::start(spot::demo::jenkins::router(jobs, time.clock(), Default::default())).await.unwrap();
    let collector = JenkinsCollector::new("jenkins", jenkins::Config::new(server.url().parse().unwrap()), time.outside());
    let mut memory = Memory::new();
    let start = company.history.start.plus_seconds(-400 * 86_400);
    let now = run(&collector, time.now(), None, &mut memory).await;
    let past = run(&collector, time.now(), Some(start..time.now()), &mut memory).await;
    assert_eq!((now.problems(), past.problems()), (Vec::new(), Vec::new()));
    let told: BTreeSet<&str> = now.events().into_iter().chain(past.events()).map(|event| event.id.as_str()).collect();
    let ended = |service: usize| !company.delivery.services[service].exists.contains(&time.now());
    let gone = company.delivery.deployments.iter().filter(|deployment| {
        deployment.queued <= time.now()
            && company.delivery.service_of(deployment).tool == Tool::Jenkins
            && ended(deployment.service as usize)
    });
    assert_eq!(told.len() + gone.count(), count(&company, Tool::Jenkins, start, time.now().plus_micros(1)));
    assert!(told.len() > 20, "{}", told.len());
    assert!(now.events().iter().all(|event| event.body.contains_key("commit") && event.body.contains_key("version")));
}

#[test]
fn its_tools_push_what_they_did_and_it_is_taken() {
    let (company, ids) = (company(), CommitIds::made_up());
    let senders = [Sender { name: "deployer".to_owned(), secret: Secret::new("a secret of the company") }];
    let mut told: BTreeSet<String> = BTreeSet::new();
    let mut take = |from: Instant, to: Instant| {
        let all = pushes(&company, &ids, &(from..to), to, "a secret of the company");
        for push in &all {
            let headers: HeaderMap =
                push.headers.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap())).collect();
            let received = receive(&headers, push.body.as_bytes(), &senders, to).unwrap();
            assert!(received.refused.is_empty() && received.ignored.is_empty(), "{received:?}");
            let ends = received.pushed.iter().filter(|pushed| state(&pushed.event) != "in_progress");
            told.extend(ends.map(|pushed| pushed.event.id.clone()));
            let value: Value = serde_json::from_str(&push.body).unwrap();
            let values = value.as_array().cloned().unwrap_or_else(|| vec![value]);
            for event in
                values.into_iter().map(|value| value.get("data").cloned().unwrap_or(value)).filter(|event| event.get("context").is_some())
            {
                serde_json::from_value::<cdevents_sdk::CDEvent>(event).unwrap();
            }
        }
        all.len()
    };
    let (start, middle, now) = (company.history.start, at("2026-05-31T10:00:00Z"), at(NOW));
    let many = take(start, middle);
    let few = take(middle, now);
    assert!(many < 40, "what was long ago travels many at a time: {many}");
    let due = company.delivery.deployments.iter().filter(|deployment| {
        let service = company.delivery.service_of(deployment);
        let tells = service.system.len() % 3 == 0 || deployment.outcome == Outcome::Success;
        service.tool == Tool::Webhook && tells && (start..now).contains(&deployment.finished())
    });
    assert_eq!(told.len(), due.count());
    assert!(told.len() > 20 && few > 0, "{} {few}", told.len());
}
