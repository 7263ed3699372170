//! What lies between two versions: commits where the repository tells, else the pull requests merged between them.

use std::sync::Arc;

use serde_json::{Value, json};
use spot::collect::contents::{Between, Commit, Contents, Text, Unavailable};
use spot::model::event::Step;
use spot::model::{Event, EventKind, Facet, Kind, Layer, Resource};

use crate::support::company::{Company, at, general};

const NOW: &str = "2026-03-31T12:00:00Z";
const FIRST: &str = "1111111111111111111111111111111111111111";
const SECOND: &str = "2222222222222222222222222222222222222222";
const THIRD: &str = "3333333333333333333333333333333333333333";

/// A repository that knows the first two versions.
struct Known;

impl Contents for Known {
    fn document(&self, resource: &str, _: &str) -> Result<Text, Unavailable> {
        Err(Unavailable::NoObject(resource.to_owned()))
    }

    fn definition(&self, resource: &str, _: &str, _: &str) -> Result<Text, Unavailable> {
        Err(Unavailable::NoObject(resource.to_owned()))
    }

    fn commits(&self, resource: &str, from: &str, to: &str, most: usize) -> Result<Between, Unavailable> {
        let commit = |id: &str| Commit {
            id: id.to_owned(),
            at: at("2026-03-04T08:00:00Z"),
            author: Some("Ada".to_owned()),
            subject: format!("at most {most} of {resource}"),
        };
        for version in [from, to] {
            if version == THIRD {
                return Err(Unavailable::NoCommit { repository: resource.to_owned(), version: version.to_owned() });
            }
        }
        Ok(match (from, to) {
            (FIRST, SECOND) => Between { commits: vec![commit(SECOND)], total: 1, ..Between::default() },
            (SECOND, FIRST) => Between { taken_back: vec![commit(SECOND)], taken_back_total: 1, ..Between::default() },
            _ => Between::default(),
        })
    }
}

fn event(kind: EventKind, id: &str, of: (&str, Kind), states: &[(&str, &str)], body: Value) -> Event {
    Event {
        kind,
        id: id.to_owned(),
        resource: Arc::new(Resource { id: of.0.to_owned(), kind: of.1, scope: "scope".to_owned() }),
        at: at(states[0].0),
        ended: None,
        history: states.iter().map(|(since, state)| Step::state(at(since), state)).collect(),
        is_whole: true,
        body: body.as_object().unwrap().clone(),
        check: None,
    }
}

fn company() -> Company {
    let company = Company::reading(NOW, Some(Arc::new(Known)));
    let repository = "repository:acme/billing";
    company.observe(
        "2026-03-01T08:00:00Z",
        &[
            (repository, Facet::General, general(repository, json!({}))),
            ("service:billing", Facet::General, general("service:billing", json!({ "repository": repository }))),
            ("service:lost", Facet::General, general("service:lost", json!({}))),
        ],
    );
    let deployed = |id: &str, of: &str, region: &str, version: &str, commit: &str, when: &str| {
        let body = json!({ "environment": "production", "region": region, "version": version, "commit": commit });
        event(EventKind::Deployment, id, (of, Kind::Service), &[(when, "success")], body)
    };
    let billing = "service:billing";
    let request = |number: u64, merged: &str, commit: &str| {
        let states = [("2026-03-02T08:00:00Z", "open"), (merged, "merged")];
        let body = json!({ "number": number, "title": format!("change {number}"), "mergeCommit": commit });
        event(EventKind::PullRequest, &number.to_string(), (repository, Kind::Repository), &states, body)
    };
    let mut transaction = company.store.begin(Layer::Observed).unwrap();
    for event in [
        deployed("1", billing, "eu", "1.0.0", FIRST, "2026-03-03T10:00:00Z"),
        deployed("2", billing, "eu", "1.1.0", SECOND, "2026-03-05T10:00:00Z"),
        deployed("3", billing, "eu", "1.0.0", FIRST, "2026-03-06T10:00:00Z"),
        deployed("4", billing, "eu", "1.2.0", THIRD, "2026-03-10T10:00:00Z"),
        deployed("5", billing, "us", "1.2.0", THIRD, "2026-03-11T10:00:00Z"),
        deployed("6", "service:lost", "eu", "1", FIRST, "2026-03-03T10:00:00Z"),
        deployed("7", "service:lost", "eu", "2", SECOND, "2026-03-04T10:00:00Z"),
        request(7, "2026-03-03T08:00:00Z", FIRST),
        request(8, "2026-03-04T08:00:00Z", SECOND),
        request(9, "2026-03-09T08:00:00Z", "9999999999999999999999999999999999999999"),
        request(10, "2026-03-10T08:00:00Z", THIRD),
        request(11, "2026-03-12T08:00:00Z", "8888888888888888888888888888888888888888"),
    ] {
        let no = transaction.find_resource("test", &event.resource.id).expect("it was observed before");
        transaction.put_event("test", no, event).unwrap();
    }
    transaction.commit(at("2026-03-20T08:00:00Z")).unwrap();
    company
}

const FIELDS: &str = "from to basis total takenBackTotal commits { id author subject at } takenBack { id } pullRequests { pullRequest { number } } \
                      compareUrl reason";

#[tokio::test]
async fn a_deployment_tells_what_it_brought_since_what_stood_there_before() {
    let company = company();
    let all = company
        .ask(&format!(
            "{{ events(from: \"2026-03-01\", to: \"2026-03-31\", kinds: [DEPLOYMENT], first: 20) {{ nodes {{ entity {{ ref }} \
             deployment {{ region version commitsSince {{ {FIELDS} }} }} }} }} }}"
        ))
        .await;
    let mut told = Vec::new();
    for event in all["events"]["nodes"].as_array().unwrap() {
        let deployment = &event["deployment"];
        let since = &deployment["commitsSince"];
        let count = |field: &str| since[field].as_array().map_or(0, Vec::len);
        told.push(format!(
            "{} {} in {}: {} {} commits, {} back, {} requests",
            event["entity"]["ref"].as_str().unwrap(),
            deployment["version"].as_str().unwrap(),
            deployment["region"].as_str().unwrap(),
            since["basis"].as_str().unwrap_or("null"),
            count("commits"),
            count("takenBack"),
            count("pullRequests"),
        ));
    }
    told.sort();
    assert_eq!(
        told,
        [
            "service:billing 1.0.0 in eu: COMMITS 0 commits, 1 back, 0 requests",
            "service:billing 1.0.0 in eu: null 0 commits, 0 back, 0 requests",
            "service:billing 1.1.0 in eu: COMMITS 1 commits, 0 back, 0 requests",
            "service:billing 1.2.0 in eu: PULL_REQUESTS 0 commits, 0 back, 3 requests",
            "service:billing 1.2.0 in us: null 0 commits, 0 back, 0 requests",
            "service:lost 1 in eu: null 0 commits, 0 back, 0 requests",
            "service:lost 2 in eu: null 0 commits, 0 back, 0 requests",
        ]
    );
}

#[tokio::test]
async fn two_versions_are_compared_by_their_names_or_commits() {
    let company = company();
    let ask = |from: &str, to: &str, more: &str| {
        format!("{{ commitsBetween(of: \"service:billing\", from: \"{from}\", to: \"{to}\"{more}) {{ {FIELDS} }} }}")
    };
    let by_name = company.ask(&ask("1.0.0", "1.1.0", "")).await["commitsBetween"].clone();
    assert_eq!(
        by_name,
        json!({
            "from": FIRST,
            "to": SECOND,
            "basis": "COMMITS",
            "total": 1,
            "takenBackTotal": 0,
            "commits": [{ "id": SECOND, "author": "Ada", "subject": "at most 100 of repository:acme/billing", "at": "2026-03-04T08:00:00Z" }],
            "takenBack": [],
            "pullRequests": [],
            "compareUrl": null,
            "reason": null,
        })
    );
    assert_eq!(company.ask(&ask(FIRST, SECOND, "")).await["commitsBetween"], by_name);
    let fallen_back = company.ask(&ask("1.0.0", "1.2.0", ", first: 2")).await["commitsBetween"].clone();
    let numbers: Vec<&Value> = fallen_back["pullRequests"].as_array().unwrap().iter().map(|it| &it["pullRequest"]["number"]).collect();
    assert_eq!((numbers, &fallen_back["basis"]), (vec![&json!(10), &json!(9)], &json!("PULL_REQUESTS")));
    assert!(fallen_back["reason"].as_str().unwrap().contains("has no commit or tag"), "{fallen_back}");
    assert_eq!(fallen_back["total"], Value::Null);
    let unknown = company.ask(&ask("1.0.0", THIRD, ", at: \"2026-03-05\"")).await["commitsBetween"].clone();
    assert_eq!(unknown["basis"], "NOTHING", "a version of the future is not known yet: {unknown}");
    let lost = company.ask("{ commitsBetween(of: \"service:lost\", from: \"1\", to: \"2\") { basis } }").await;
    assert_eq!(lost["commitsBetween"], Value::Null);
    let (code, _) = company.refusal(&ask("1.0.0", "1.1.0", ", first: 501")).await;
    assert_eq!(code, "PAGE_TOO_LARGE");
}

#[tokio::test]
async fn where_a_person_can_compare_is_told_by_the_repositorys_address() {
    let company = company();
    let mut transaction = company.store.begin(Layer::Observed).unwrap();
    let resource = Resource { id: "repository:acme/billing".to_owned(), kind: Kind::Repository, scope: "scope".to_owned() };
    let no = transaction.resource("test", &resource);
    let stream = transaction.stream(no, Facet::General, "repository");
    let body = general("repository:acme/billing", json!({})).unwrap().as_object().unwrap().clone();
    let check = format!("https://forge.example/acme/billing/tree/{FIRST}");
    transaction.version(stream, None, Some(body), Some(check), false);
    transaction.commit(at("2026-03-21T08:00:00Z")).unwrap();
    let question = "{ commitsBetween(of: \"repository:acme/billing\", from: \"1.0.0\", to: \"release 2\") { compareUrl } }";
    let expected = format!("https://forge.example/acme/billing/compare/{FIRST}...release%202");
    assert_eq!(company.ask(question).await["commitsBetween"]["compareUrl"], expected);
}
