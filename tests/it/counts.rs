//! Counts of lists and timelines, and filters by freshness and change, agree with what the API says of each entity and change.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Value, json};
use spot::model::run::{Outcome, Trigger};
use spot::model::{EntityRef, Extent, Facet, Layer, Policy, Reading, Resource, Run};

use crate::support::company::{Company, Said, at, dependencies, general, names};

const NOW: &str = "2026-03-31T12:00:00Z";

/// Lets a source, all of it one scope, say something: observed at `when`, or reconstructed for it and recorded now.
fn say(company: &Company, source: &str, layer: Layer, when: &str, said: &[Said<'_>]) {
    let mut transaction = company.store.begin(layer).unwrap();
    for (name, facet, value) in said {
        let reference: EntityRef = name.parse().unwrap();
        let resource = Resource { id: (*name).to_owned(), kind: reference.kind(), scope: "all".to_owned() };
        let no = transaction.resource(source, &resource);
        if transaction.linked(no).is_none() {
            let entity = transaction.any_holder(&reference).unwrap_or_else(|| transaction.create(&reference));
            transaction.link(no, entity, "ref");
        }
        let stream = transaction.stream(no, *facet, source);
        let body = value.as_ref().map(|value| value.as_object().unwrap().clone());
        transaction.version(stream, (layer == Layer::Backfilled).then(|| at(when)), body, None, false);
    }
    transaction.commit(at(when)).unwrap();
}

/// A run of a source that is read once a day; it read its scope, or failed to.
fn run(company: &Company, source: &str, when: &str, reading: Reading) {
    let mut transaction = company.store.begin(Layer::Observed).unwrap();
    transaction.put_run(Run {
        source: source.to_owned(),
        trigger: Trigger::Schedule,
        started: at(when),
        ended: at(when),
        outcome: Outcome::Succeeded,
        interval_seconds: 86_400,
        extents: vec![Extent { scope: "all".to_owned(), kind: None, reading, counted: None, evidence: None }],
        statements: 1,
        written: 0,
        requests: 1,
        problem_count: 0,
        problems: Vec::new(),
        missing: Vec::new(),
    });
    transaction.commit(at(when)).unwrap();
}

fn groups(connection: &Value, alias: &str) -> Vec<(Option<String>, u64)> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    connection[alias].as_array().unwrap().iter().map(|group| (text(&group["value"]), group["count"].as_u64().unwrap())).collect()
}

fn pairs(expected: &[(Option<&str>, u64)]) -> Vec<(Option<String>, u64)> {
    expected.iter().map(|(value, count)| (value.map(str::to_owned), *count)).collect()
}

#[tokio::test]
async fn groups_count_the_whole_list_and_not_its_page() {
    let company = Company::new(NOW);
    let service = |name: &str, more: Value| (format!("service:{name}"), general(&format!("service:{name}"), more));
    let services = [
        service(
            "a",
            json!({"owner": ["team:x", "team:y"], "languages": ["Rust", "Go"], "lifecycle": "production", "system": "system:pay"}),
        ),
        service("b", json!({"owner": ["team:x"], "languages": ["go"], "lifecycle": "Production", "topics": ["one", "one", "two"]})),
        service("c", json!({"owner": ["team:y"], "languages": ["Go"], "lifecycle": "experimental", "type": "library"})),
        service("d", json!({"lifecycle": "experimental"})),
    ];
    let mut said: Vec<Said<'_>> = services.iter().map(|(name, body)| (name.as_str(), Facet::General, body.clone())).collect();
    said.push(("person:ann", Facet::General, general("person:ann", json!({}))));
    said.push(("service:a", Facet::Dependencies, dependencies(&[("Cargo.lock#cargo/serde", "1"), ("package.json#npm/express", "4")])));
    said.push(("service:b", Facet::Dependencies, dependencies(&[("Cargo.lock#cargo/rand", "1")])));
    say(&company, "git", Layer::Observed, "2026-03-01T10:00:00Z", &said);
    say(&company, "git", Layer::Observed, "2026-03-10T10:00:00Z", &[("service:d", Facet::General, None)]);
    let counts = "totalCount nodes { name }
        owner: groups(by: OWNER) { value entity { ref } count } system: groups(by: SYSTEM) { value entity { ref } count }
        language: groups(by: LANGUAGE) { value count } lifecycle: groups(by: LIFECYCLE) { value count }
        topic: groups(by: TOPIC) { value count } type: groups(by: TYPE) { value count }";
    let answer = company
        .ask(&format!(
            "{{ then: services(first: 1, at: \"2026-03-09\") {{ {counts} }} now: services(filter: {{language: [\"go\"]}}) {{ {counts} }}
                people {{ groups(by: LANGUAGE) {{ value count }} }}
                packages {{ groups(by: ECOSYSTEM) {{ value count }} }}
                cargo: packages(filter: {{ecosystem: [\"Cargo\", \"pypi\"]}}) {{ nodes {{ name }} }}
                none: services(filter: {{ecosystem: [\"cargo\"]}}) {{ totalCount groups(by: TYPE) {{ count }} }}
                entity(ref: \"team:x\") {{ entity {{ ... on Team {{ owns(kind: SERVICE) {{ groups(by: TYPE) {{ value count }} }} }} }} }} }}"
        ))
        .await;
    let then = &answer["then"];
    assert_eq!((then["totalCount"].clone(), names(then)), (json!(4), vec!["a"]));
    assert_eq!(
        then["owner"],
        json!([
            {"value": "x", "entity": {"ref": "team:x"}, "count": 2},
            {"value": "y", "entity": {"ref": "team:y"}, "count": 1},
            {"value": null, "entity": null, "count": 1}
        ])
    );
    assert_eq!(
        then["system"],
        json!([{"value": "pay", "entity": {"ref": "system:pay"}, "count": 1}, {"value": null, "entity": null, "count": 3}]),
        "those without a value come last, however many they are"
    );
    assert_eq!(groups(then, "language"), pairs(&[(Some("Go"), 3), (Some("Rust"), 1), (None, 1)]));
    assert_eq!(groups(then, "lifecycle"), pairs(&[(Some("experimental"), 2), (Some("Production"), 2)]));
    assert_eq!(groups(then, "topic"), pairs(&[(Some("one"), 1), (Some("two"), 1), (None, 3)]));
    assert_eq!(groups(then, "type"), pairs(&[(Some("library"), 1), (None, 3)]));
    assert_eq!(groups(&answer["now"], "lifecycle"), pairs(&[(Some("Production"), 2), (Some("experimental"), 1)]));
    assert_eq!(answer["people"]["groups"], json!([{"value": null, "count": 1}]));
    assert_eq!(groups(&answer["packages"], "groups"), pairs(&[(Some("cargo"), 2), (Some("npm"), 1)]));
    assert_eq!(names(&answer["cargo"]), ["cargo/rand", "cargo/serde"]);
    assert_eq!(answer["none"], json!({"totalCount": 0, "groups": []}));
    assert_eq!(answer["entity"]["entity"]["owns"]["groups"], json!([{"value": null, "count": 2}]));
}

#[tokio::test]
async fn lanes_count_all_pages_by_the_calendar_of_the_organisation() {
    let company = Company::new(NOW);
    company.decide("2026-03-01T00:00:00Z", &Policy { zone: "Europe/Berlin".parse().unwrap(), ..Policy::default() });
    let title = |name: &'static str, title: &str| (name, Facet::General, general(name, json!({"title": title, "owner": ["team:x"]})));
    let uses = |version: &str| ("service:a", Facet::Dependencies, dependencies(&[("Cargo.lock#cargo/serde", version)]));
    company.observe("2026-03-02T10:00:00Z", &[title("service:a", "0"), title("service:b", "0"), uses("1")]);
    // 22:30 in UTC is still the same day in Berlin, 23:30 is the next one.
    company.observe("2026-03-08T22:30:00Z", &[title("service:a", "1"), title("service:b", "1"), uses("2")]);
    company.observe("2026-03-08T23:30:00Z", &[title("service:a", "2")]);
    company.backfill("2026-03-20T10:00:00Z", "2026-03-04T09:00:00Z", &[title("service:b", "past")]);
    let query = "{ timeline(from: \"2026-03-03\", to: \"2026-03-31\", first: 1) {
        totalCount
        facets: lanes { facet entity { name } total points { day count backfilled } }
        weeks: lanes(by: ENTITY, every: WEEK) { facet entity { name } total points { day count backfilled } }
        one: lanes(by: ENTITY, every: MONTH, first: 1) { entity { name } points { day count } }
      }
      of: timeline(of: [\"service:b\"], from: \"2026-03-03\", to: \"2026-03-31\") { lanes(every: QUARTER) { total points { day count backfilled } } }
      general: timeline(ownedBy: \"team:x\", facets: [DEPENDENCIES], from: \"2026-03-03\", to: \"2026-03-31\") { lanes { facet total } }
      store { today firstDay zone } }";
    let answer = company.ask(query).await;
    assert_eq!(answer["timeline"]["totalCount"], 5);
    assert_eq!(
        answer["timeline"]["facets"],
        json!([
            {"facet": "GENERAL", "entity": null, "total": 4, "points": [
                {"day": "2026-03-04", "count": 1, "backfilled": 1},
                {"day": "2026-03-08", "count": 2, "backfilled": 0},
                {"day": "2026-03-09", "count": 1, "backfilled": 0}
            ]},
            {"facet": "DEPENDENCIES", "entity": null, "total": 1, "points": [{"day": "2026-03-08", "count": 1, "backfilled": 0}]}
        ])
    );
    assert_eq!(
        answer["timeline"]["weeks"],
        json!([
            {"facet": null, "entity": {"name": "a"}, "total": 3, "points": [
                {"day": "2026-03-02", "count": 2, "backfilled": 0},
                {"day": "2026-03-09", "count": 1, "backfilled": 0}
            ]},
            {"facet": null, "entity": {"name": "b"}, "total": 2, "points": [{"day": "2026-03-02", "count": 2, "backfilled": 1}]}
        ])
    );
    assert_eq!(answer["timeline"]["one"], json!([{"entity": {"name": "a"}, "points": [{"day": "2026-03-01", "count": 3}]}]));
    assert_eq!(answer["of"]["lanes"], json!([{"total": 2, "points": [{"day": "2026-01-01", "count": 2, "backfilled": 1}]}]));
    assert_eq!(answer["general"]["lanes"], json!([{"facet": "DEPENDENCIES", "total": 1}]));
    assert_eq!(answer["store"], json!({"today": "2026-03-31", "firstDay": "2026-03-02", "zone": "Europe/Berlin"}));
    let (code, message) = company.refusal("{ timeline(from: \"2026-03-01\", to: \"2026-03-31\") { lanes(first: 501) { total } } }").await;
    assert_eq!(code, "PAGE_TOO_LARGE", "{message}");
}

#[tokio::test]
async fn an_entity_is_as_stale_as_the_stalest_of_its_statements() {
    let company = Company::new(NOW);
    let services = ["service:a", "service:b", "service:c"];
    let both: Vec<Said<'_>> = services.iter().map(|name| (*name, Facet::General, general(name, json!({})))).collect();
    say(&company, "git", Layer::Observed, "2026-03-01T10:00:00Z", &both);
    say(&company, "sonar", Layer::Observed, "2026-03-01T10:00:01Z", &[("service:b", Facet::Quality, Some(json!({"gate": "passed"})))]);
    say(&company, "sonar", Layer::Observed, "2026-03-01T10:00:02Z", &[("service:c", Facet::Quality, Some(json!({"gate": "passed"})))]);
    run(&company, "sonar", "2026-03-01T11:00:00Z", Reading::Full);
    say(&company, "sonar", Layer::Observed, "2026-03-02T10:00:00Z", &[("service:c", Facet::Quality, None)]);
    for day in 1..=10 {
        run(&company, "git", &format!("2026-03-{day:02}T12:00:00Z"), Reading::Unchanged);
    }
    let lists = async |moment: &str| {
        let query = format!(
            "{{ stale: services(at: \"{moment}\", filter: {{stale: true}}) {{ nodes {{ name }} }}
                fresh: services(at: \"{moment}\", filter: {{stale: false}}) {{ nodes {{ name }} }}
                all: services(at: \"{moment}\", orderBy: {{field: LAST_CONFIRMED}}) {{ nodes {{ name stale lastConfirmed }} }} }}"
        );
        let answer = company.ask(&query).await;
        let (stale, fresh) = (names(&answer["stale"]).join(" "), names(&answer["fresh"]).join(" "));
        (stale, fresh, answer["all"]["nodes"].clone())
    };
    let (stale, fresh, all) = lists("2026-03-10").await;
    assert_eq!((stale.as_str(), fresh.as_str()), ("b", "a c"), "what a source does not state any more is not stale");
    assert_eq!(
        all,
        json!([
            {"name": "b", "stale": true, "lastConfirmed": "2026-03-01T11:00:00Z"},
            {"name": "a", "stale": false, "lastConfirmed": "2026-03-10T12:00:00Z"},
            {"name": "c", "stale": false, "lastConfirmed": "2026-03-10T12:00:00Z"}
        ])
    );
    let (stale, fresh, all) = lists("2026-03-01T11:30:00Z").await;
    assert_eq!((stale.as_str(), fresh.as_str()), ("", "a b c"));
    assert_eq!(all[2], json!({"name": "a", "stale": false, "lastConfirmed": null}), "no run has read it yet");
    let (stale, _, _) = lists("2026-03-31").await;
    assert_eq!(stale, "a b c");
}

#[tokio::test]
async fn a_scope_that_no_run_could_read_for_long_is_stale() {
    let company = Company::new("2026-04-30T12:00:00Z");
    say(&company, "git", Layer::Observed, "2026-03-01T10:00:00Z", &[("service:a", Facet::General, general("service:a", json!({})))]);
    run(&company, "git", "2026-03-01T12:00:00Z", Reading::Full);
    for day in 2..=25 {
        run(&company, "git", &format!("2026-03-{day:02}T12:00:00Z"), Reading::Partial);
    }
    let query = "{ early: services(at: \"2026-03-03\") { nodes { stale } } late: services(at: \"2026-03-25\") { nodes { stale statements { stale } } } }";
    let answer = company.ask(query).await;
    assert_eq!(answer["early"]["nodes"], json!([{"stale": true}]), "more than two days after it was read");
    assert_eq!(answer["late"]["nodes"], json!([{"stale": true, "statements": [{"stale": true}]}]), "however often it was tried since");
}

#[tokio::test]
async fn what_changed_last_before_or_since_a_moment() {
    let company = Company::new(NOW);
    let title = |name: &'static str, title: &str| (name, Facet::General, general(name, json!({ "title": title })));
    company.observe("2026-03-01T10:00:00Z", &[title("service:a", "0"), title("service:b", "0"), title("service:c", "0")]);
    company.observe("2026-03-10T00:00:00Z", &[title("service:a", "1"), title("service:b", "1")]);
    company.observe("2026-03-20T10:00:00Z", &[title("service:b", "2")]);
    let kept = async |at: &str, filter: &str| {
        let answer = company.ask(&format!("{{ services(at: \"{at}\", filter: {{{filter}}}) {{ nodes {{ name }} }} }}")).await;
        names(&answer["services"]).join(" ")
    };
    assert_eq!(kept("2026-03-31", "changedSince: \"2026-03-10\"").await, "a b", "a date means its start");
    assert_eq!(kept("2026-03-31", "changedBefore: \"2026-03-10\"").await, "c");
    assert_eq!(kept("2026-03-31", "changedSince: \"2026-03-10T00:00:00.000001Z\"").await, "b");
    assert_eq!(kept("2026-03-31", "changedBefore: \"2026-03-20\"").await, "a c");
    assert_eq!(kept("2026-03-31", "changedSince: \"2026-03-02\", changedBefore: \"2026-03-11\"").await, "a");
    assert_eq!(kept("2026-03-15", "changedSince: \"2026-03-10\"").await, "a b", "what changed later does not count then");
    assert_eq!(kept("2026-03-15", "changedBefore: \"2026-03-31\"").await, "a b c");
    let (code, _) = company.refusal("{ services(filter: {changedSince: \"2026-04-05\"}) { totalCount } }").await;
    assert_eq!(code, "MOMENT_IN_FUTURE");
}

#[derive(Clone, Debug)]
enum Step {
    Say(u8, u8, Option<[u8; 4]>),
    Uses(u8, u8),
    Fill(u8, u8, Option<[u8; 4]>),
    Run(u8, bool),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let content = || proptest::option::weighted(0.85, prop::array::uniform4(0_u8..4));
    let step = prop_oneof![
        5 => (0_u8..2, 0_u8..4, content()).prop_map(|(source, who, what)| Step::Say(source, who, what)),
        2 => (0_u8..4, 0_u8..4).prop_map(|(who, version)| Step::Uses(who, version)),
        2 => (0_u8..4, 0_u8..60, content()).prop_map(|(who, day, what)| Step::Fill(who, day, what)),
        3 => (0_u8..2, any::<bool>()).prop_map(|(source, full)| Step::Run(source, full)),
    ];
    proptest::collection::vec(step, 1..30)
}

/// Contents that lack a field now and then; letter case differs.
fn content(who: u8, what: [u8; 4]) -> Value {
    let mut body = json!({ "ref": format!("service:s{who}"), "title": format!("{what:?}") });
    let [owner, language, lifecycle, system] = what;
    if owner > 0 {
        body["owner"] = json!([format!("team:t{owner}"), "team:t1"]);
    }
    if language > 0 {
        body["languages"] = json!(["Rust", "go", "Go"][..usize::from(language)]);
    }
    if lifecycle > 0 {
        body["lifecycle"] = json!(["production", "Production", "experimental"][usize::from(lifecycle) - 1]);
    }
    if system > 0 {
        body["system"] = json!(format!("system:y{system}"));
    }
    body
}

fn company_of(steps: &[Step]) -> Company {
    let company = Company::new(NOW);
    let sources = ["git", "hub"];
    // Whoever is asked for has been heard of.
    let unknown = ["service:s0", "service:s1", "service:s2", "service:s3", "team:t1"].map(|name| (name, Facet::General, None));
    say(&company, "git", Layer::Observed, "2026-03-01T00:00:00Z", &unknown);
    for (number, step) in steps.iter().enumerate() {
        let hours = number * 11;
        let when = format!("2026-03-{:02}T{:02}:30:00Z", 1 + hours / 24, hours % 24);
        match step {
            Step::Say(source, who, what) => {
                let name = format!("service:s{who}");
                let said = (name.as_str(), Facet::General, what.map(|what| content(*who, what)));
                say(&company, sources[usize::from(*source)], Layer::Observed, &when, &[said]);
            }
            Step::Uses(who, version) => {
                let uses = dependencies(&[("a#npm/x", &version.to_string()), ("a#npm/y", "1")]);
                say(&company, "hub", Layer::Observed, &when, &[(&format!("service:s{who}"), Facet::Dependencies, uses)]);
            }
            Step::Fill(who, day, what) => {
                // Days before the first record and after it, at no commit's time.
                let past = format!("2026-0{}-{:02}T12:45:00Z", 2 + day / 28, 1 + day % 28);
                let name = format!("service:s{who}");
                let said = (name.as_str(), Facet::General, what.map(|what| content(*who, what)));
                say(&company, "git", Layer::Backfilled, past.as_str().min(when.as_str()), &[said]);
            }
            Step::Run(source, full) => {
                run(&company, sources[usize::from(*source)], &when, if *full { Reading::Full } else { Reading::Partial });
            }
        }
    }
    company
}

/// Groups of single-valued fields add up to the list, and each group is as large as the list filtered by its value.
async fn groups_agree(company: &Company, moment: &str) {
    let fields = [("owner", "OWNER"), ("lifecycle", "LIFECYCLE"), ("status", "STATUS"), ("type", "TYPE"), ("system", "SYSTEM")];
    let aliases: Vec<String> =
        fields.iter().map(|(name, by)| format!("{name}: groups(by: {by}) {{ value entity {{ id }} count }}")).collect();
    let query =
        format!("{{ services(at: \"{moment}\") {{ totalCount language: groups(by: LANGUAGE) {{ value count }} {} }} }}", aliases.join(" "));
    let services = company.ask(&query).await["services"].clone();
    let total = services["totalCount"].as_u64().unwrap();
    for (name, _) in fields {
        assert_eq!(groups(&services, name).iter().map(|(_, count)| count).sum::<u64>(), total, "{name} {services}");
        for group in services[name].as_array().unwrap() {
            let filter = match (name, group["entity"]["id"].as_str(), group["value"].as_str()) {
                ("owner", Some(id), _) => format!("owner: \"{id}\", ownerTree: false"),
                ("owner", None, None) => "unowned: true".to_owned(),
                (_, Some(id), _) => format!("{name}: \"{id}\""),
                (_, None, Some(value)) => format!("{name}: [\"{value}\"]"),
                (_, None, None) => format!("lacks: [\"general.{name}\"]"),
            };
            let kept = company.ask(&format!("{{ services(at: \"{moment}\", filter: {{{filter}}}) {{ totalCount }} }}")).await;
            assert_eq!(kept["services"]["totalCount"], group["count"], "{filter} at {moment}: {services}");
        }
    }
    for (value, count) in groups(&services, "language") {
        let filter = value.map_or("lacks: [\"general.languages\"]".to_owned(), |value| format!("language: [\"{value}\"]"));
        let kept = company.ask(&format!("{{ services(at: \"{moment}\", filter: {{{filter}}}) {{ totalCount }} }}")).await;
        assert_eq!(kept["services"]["totalCount"], count, "{filter} at {moment}: {services}");
    }
}

/// Freshness and newest change of each entity are what its statements and its timeline say, and what the filters keep by.
async fn filters_agree(company: &Company, moment: &str, since: &str) {
    let query = format!(
        "{{ all: services(at: \"{moment}\") {{ nodes {{ name stale lastConfirmed statements {{ stale lastConfirmed }} lastChange {{ at }} }} }}
            stale: services(at: \"{moment}\", filter: {{stale: true}}) {{ nodes {{ name }} }}
            fresh: services(at: \"{moment}\", filter: {{stale: false}}) {{ nodes {{ name }} }}
            plain: services(at: \"{moment}\") {{ nodes {{ name stale lastConfirmed }} }}
            since: services(at: \"{moment}\", filter: {{changedSince: \"{since}\"}}) {{ nodes {{ name }} }}
            before: services(at: \"{moment}\", filter: {{changedBefore: \"{since}\"}}) {{ nodes {{ name }} }} }}"
    );
    let answer = company.ask(&query).await;
    let all = answer["all"]["nodes"].as_array().unwrap();
    for (node, plain) in all.iter().zip(answer["plain"]["nodes"].as_array().unwrap()) {
        let statements = node["statements"].as_array().unwrap();
        let stale = statements.iter().any(|statement| statement["stale"] == true);
        let last = statements.iter().filter_map(|statement| statement["lastConfirmed"].as_str().map(at)).min();
        assert_eq!((node["stale"].as_bool().unwrap(), node["lastConfirmed"].as_str().map(at)), (stale, last), "{node} at {moment}");
        assert_eq!((&node["stale"], &node["lastConfirmed"]), (&plain["stale"], &plain["lastConfirmed"]));
    }
    let those = |keep: &dyn Fn(&Value) -> bool| -> Vec<&str> {
        all.iter().filter(|node| keep(node)).map(|node| node["name"].as_str().unwrap()).collect()
    };
    let changed = |node: &Value| node["lastChange"]["at"].as_str().map(at);
    assert_eq!(names(&answer["stale"]), those(&|node| node["stale"] == true), "at {moment}");
    assert_eq!(names(&answer["fresh"]), those(&|node| node["stale"] == false), "at {moment}");
    assert_eq!(names(&answer["since"]), those(&|node| changed(node).is_some_and(|last| last >= at(since))), "{answer} at {moment}");
    assert_eq!(names(&answer["before"]), those(&|node| changed(node).is_some_and(|last| last < at(since))), "{answer} at {moment}");
}

/// Lanes count what the pages of the timeline list.
async fn lanes_agree(company: &Company, arguments: &str) {
    let lanes = "lanes(every: DAY) { facet total points { day count backfilled } }
        entities: lanes(by: ENTITY, every: DAY) { entity { id } total points { day count backfilled } }
        months: lanes(by: ENTITY, every: MONTH) { total points { count } }";
    let query = format!(
        "{{ timeline({arguments}, first: 500) {{ totalCount {lanes} nodes {{ ... on Change {{ at facet layer entity {{ id }} }} }} }} }}"
    );
    let timeline = company.ask(&query).await["timeline"].clone();
    let mut expected: [BTreeMap<(String, String), (u64, u64)>; 2] = Default::default();
    for node in timeline["nodes"].as_array().unwrap() {
        let day = node["at"].as_str().unwrap()[..10].to_owned();
        for (expected, lane) in expected.iter_mut().zip([&node["facet"], &node["entity"]["id"]]) {
            let (count, backfilled) = expected.entry((lane.as_str().unwrap().to_owned(), day.clone())).or_default();
            *count += 1;
            *backfilled += u64::from(node["layer"] == "BACKFILLED");
        }
    }
    for (expected, (lanes, place)) in expected.into_iter().zip([("lanes", "/facet"), ("entities", "/entity/id")]) {
        let mut found = BTreeMap::new();
        for lane in timeline[lanes].as_array().unwrap() {
            let points = lane["points"].as_array().unwrap();
            assert_eq!(points.iter().map(|point| point["count"].as_u64().unwrap()).sum::<u64>(), lane["total"]);
            for point in points {
                let key = (lane.pointer(place).unwrap().as_str().unwrap().to_owned(), point["day"].as_str().unwrap().to_owned());
                found.insert(key, (point["count"].as_u64().unwrap(), point["backfilled"].as_u64().unwrap()));
            }
        }
        assert_eq!(found, expected, "{arguments}: {timeline}");
    }
    let months = timeline["months"].as_array().unwrap().iter().map(|lane| lane["total"].as_u64().unwrap()).sum::<u64>();
    assert_eq!(months, timeline["totalCount"].as_u64().unwrap(), "{arguments}: {timeline}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn counts_and_filters_agree_with_what_is_said_of_each(steps in steps()) {
        let company = company_of(&steps);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            for moment in ["2026-02-20", "2026-03-05T06:00:00Z", "2026-03-10", NOW] {
                groups_agree(&company, moment).await;
                filters_agree(&company, moment, "2026-02-15T00:00:00Z").await;
            }
            filters_agree(&company, "2026-03-12", "2026-03-05T11:30:00Z").await;
            lanes_agree(&company, "from: \"2026-02-01\", to: \"2026-03-31\"").await;
            lanes_agree(&company, "from: \"2026-02-10\", to: \"2026-03-05\", facets: [GENERAL]").await;
            lanes_agree(&company, "from: \"2026-02-01\", to: \"2026-03-31\", of: [\"service:s1\", \"service:s0\", \"service:s1\"]").await;
            lanes_agree(&company, "from: \"2026-02-01\", to: \"2026-03-31\", ownedBy: \"team:t1\"").await;
        });
    }
}
