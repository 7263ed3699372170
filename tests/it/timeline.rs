//! Changes in order of time, differences between moments, histories and lists, asked through the API.

use serde_json::{Value, json};
use spot::model::Facet;

use crate::support::company::{Company, dependencies, general, names};

const NOW: &str = "2026-03-31T12:00:00Z";

fn service(name: &str, more: Value) -> (String, Option<Value>) {
    (format!("service:{name}"), general(&format!("service:{name}"), more))
}

fn observe(company: &Company, when: &str, services: Vec<(String, Option<Value>)>) {
    let said: Vec<_> = services.iter().map(|(name, body)| (name.as_str(), Facet::General, body.clone())).collect();
    company.observe(when, &said);
}

fn short(changes: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let nodes = changes["nodes"].as_array().unwrap().iter();
    nodes
        .map(|node| {
            let (name, field) = (node["entity"]["name"].as_str().unwrap(), node["field"].as_str().unwrap());
            format!("{name} {field} {} -> {}", text(&node["before"]), text(&node["after"]))
        })
        .collect()
}

const ITEM: &str = "totalCount nodes { ... on Change { at kind field before after entity { name } saidBy { source origin } layer } }";
const CHANGE: &str = "totalCount nodes { at kind field before after entity { name } saidBy { source origin } layer }";

#[tokio::test]
async fn a_timeline_is_newest_first_and_counts_only_changes() {
    let company = Company::new(NOW);
    observe(&company, "2026-03-01T10:00:00Z", vec![service("a", json!({"title": "A"})), service("b", json!({}))]);
    observe(&company, "2026-03-02T10:00:00Z", vec![service("a", json!({"title": "A2"}))]);
    observe(&company, "2026-03-03T10:00:00Z", vec![service("b", json!({"title": "B"}))]);
    company.observe("2026-03-04T10:00:00Z", &[("service:a", Facet::General, None)]);
    let answer = company.ask(&format!("{{ timeline(from: \"2026-03-01\", to: \"2026-03-31\") {{ {ITEM} }} }}")).await;
    assert_eq!(
        short(&answer["timeline"]),
        [
            "a general.ref service:a -> null",
            "a general.title A -> A2",
            "b general.ref null -> service:b",
            "a general.ref null -> service:a"
        ],
        "the first title of b became known, the last title of a went with it"
    );
    let of = company.ask(&format!("{{ timeline(of: [\"service:b\"], from: \"2026-03-01\", to: \"2026-03-31\") {{ {ITEM} }} }}")).await;
    assert_eq!(of["timeline"]["totalCount"], 1);
    let history = company.ask("{ history(of: \"service:b\", field: \"general.title\") { nodes { after isChange } } }").await;
    assert_eq!(history["history"]["nodes"], json!([{"after": "B", "isChange": false}]));
}

#[tokio::test]
async fn a_difference_compares_moments_not_what_was_touched() {
    let company = Company::new(NOW);
    observe(
        &company,
        "2026-03-01T10:00:00Z",
        vec![service("a", json!({"title": "A", "owner": ["team:x"]})), service("gone", json!({"title": "G"}))],
    );
    observe(&company, "2026-03-02T10:00:00Z", vec![service("a", json!({"title": "B", "owner": ["team:y"]}))]);
    observe(
        &company,
        "2026-03-03T10:00:00Z",
        vec![service("a", json!({"title": "A", "owner": ["team:y"]})), service("new", json!({"title": "N"}))],
    );
    observe(&company, "2026-03-04T10:00:00Z", vec![service("new", json!({"title": "N2"})), service("brief", json!({}))]);
    company.observe("2026-03-05T10:00:00Z", &[("service:gone", Facet::General, None), ("service:brief", Facet::General, None)]);
    let answer = company.ask(&format!("{{ diff(from: \"2026-03-01\", to: \"2026-03-05\") {{ {CHANGE} }} }}")).await;
    assert_eq!(
        short(&answer["diff"]),
        ["a general.owner [\"team:x\"] -> [\"team:y\"]", "gone general.ref service:gone -> null", "new general.ref null -> service:new",]
    );
    let owned = company.ask(&format!("{{ diff(from: \"2026-03-01\", to: \"2026-03-05\", ownedBy: \"team:x\") {{ {CHANGE} }} }}")).await;
    assert_eq!(short(&owned["diff"]), ["a general.owner [\"team:x\"] -> [\"team:y\"]"], "owned at either end");
}

#[tokio::test]
async fn pages_of_changes_follow_each_other_while_new_ones_are_recorded() {
    let company = Company::new(NOW);
    observe(&company, "2026-03-01T10:00:00Z", vec![service("a", json!({"title": "0"}))]);
    for i in 1..=5 {
        observe(&company, &format!("2026-03-02T10:00:0{i}Z"), vec![service("a", json!({"title": i.to_string()}))]);
    }
    let page = async |after: &str| {
        let query = format!(
            "{{ timeline(from: \"2026-03-02\", to: \"2026-03-31\", first: 2{after}) {{ totalCount nodes {{ ... on Change {{ after }} }} pageInfo {{ endCursor hasNextPage hasPreviousPage }} }} }}"
        );
        company.ask(&query).await["timeline"].clone()
    };
    let first = page("").await;
    assert_eq!(first["nodes"], json!([{"after": "5"}, {"after": "4"}]));
    observe(&company, "2026-03-03T10:00:00Z", vec![service("a", json!({"title": "6"}))]);
    let second = page(&format!(", after: {}", first["pageInfo"]["endCursor"])).await;
    assert_eq!(second["nodes"], json!([{"after": "3"}, {"after": "2"}]));
    let third = page(&format!(", after: {}", second["pageInfo"]["endCursor"])).await;
    assert_eq!(third["nodes"], json!([{"after": "1"}]));
    assert_eq!((third["pageInfo"]["hasNextPage"].clone(), third["pageInfo"]["hasPreviousPage"].clone()), (json!(false), json!(true)));
}

#[tokio::test]
async fn lists_are_filtered_sorted_and_paged_at_any_moment() {
    let company = Company::new(NOW);
    let of = |name: &str, owner: Option<&str>, language: &str, lifecycle: &str| {
        let owner = owner.map(|owner| vec![format!("team:{owner}")]).unwrap_or_default();
        let mut body = json!({"languages": [language], "lifecycle": lifecycle, "description": format!("{name} in {language}")});
        if !owner.is_empty() {
            body["owner"] = json!(owner);
        }
        service(name, body)
    };
    observe(
        &company,
        "2026-03-01T10:00:00Z",
        vec![
            of("delta", Some("x"), "Rust", "production"),
            of("Alpha", Some("y"), "Go", "experimental"),
            of("charlie", None, "Rust", "production"),
            of("bravo", Some("x"), "Go", "deprecated"),
        ],
    );
    observe(&company, "2026-03-05T10:00:00Z", vec![of("Alpha", Some("x"), "Go", "production"), of("echo", Some("y"), "Go", "production")]);
    let list = async |arguments: &str| {
        let arguments = if arguments.is_empty() { String::new() } else { format!("({arguments})") };
        names(&company.ask(&format!("{{ services{arguments} {{ nodes {{ name }} }} }}")).await["services"]).join(" ")
    };
    assert_eq!(list("").await, "Alpha bravo charlie delta echo");
    assert_eq!(list("at: \"2026-03-04\"").await, "Alpha bravo charlie delta");
    assert_eq!(list("filter: {owner: \"team:x\"}").await, "Alpha bravo delta");
    assert_eq!(list("filter: {owner: \"team:x\"}, at: \"2026-03-04\"").await, "bravo delta");
    assert_eq!(list("filter: {unowned: true}").await, "charlie");
    assert_eq!(list("filter: {language: [\"rust\"]}").await, "charlie delta");
    assert_eq!(list("filter: {lifecycle: [\"production\"]}, at: \"2026-03-04\"").await, "charlie delta");
    assert_eq!(list("filter: {text: \"IN GO\"}").await, "Alpha bravo echo");
    assert_eq!(list("filter: {lacks: [\"general.owner\"]}").await, "charlie");
    assert_eq!(list("orderBy: {field: NAME, direction: DESC}").await, "echo delta charlie bravo Alpha");
    assert_eq!(list("orderBy: {field: LIFECYCLE}").await, "bravo Alpha charlie delta echo");
    assert_eq!(list("orderBy: {field: OWNER, direction: DESC}").await, "echo Alpha bravo delta charlie");
    assert_eq!(list("orderBy: {field: LAST_CHANGE, direction: DESC}").await, "Alpha echo bravo charlie delta");
    let mut seen = Vec::new();
    let mut after = String::new();
    loop {
        let query = format!(
            "{{ services(first: 2, orderBy: {{field: OWNER}}{after}) {{ totalCount nodes {{ name }} edges {{ cursor node {{ name }} }} pageInfo {{ hasNextPage endCursor }} }} }}"
        );
        let page = company.ask(&query).await["services"].clone();
        assert_eq!(page["totalCount"], 5);
        assert_eq!(page["edges"].as_array().unwrap().last().unwrap()["cursor"], page["pageInfo"]["endCursor"]);
        seen.extend(names(&page).into_iter().map(str::to_owned));
        if page["pageInfo"]["hasNextPage"] == json!(false) {
            break;
        }
        after = format!(", after: {}", page["pageInfo"]["endCursor"]);
    }
    assert_eq!(seen.join(" "), "Alpha bravo delta echo charlie");
}

#[tokio::test]
async fn who_uses_a_package_is_known_by_version_manifest_and_day() {
    let company = Company::new(NOW);
    let two = dependencies(&[("package.json#npm/express", "4.18.0"), ("web/package.json#npm/express", "4.17.1")]);
    company.observe(
        "2026-03-01T10:00:00Z",
        &[
            ("service:shop", Facet::General, general("service:shop", json!({}))),
            ("service:shop", Facet::Dependencies, two),
            ("service:cart", Facet::General, general("service:cart", json!({}))),
            ("service:cart", Facet::Dependencies, dependencies(&[("package.json#npm/express", "4.18.0")])),
        ],
    );
    company
        .observe("2026-03-05T10:00:00Z", &[("service:cart", Facet::Dependencies, dependencies(&[("package.json#npm/express", "5.0.0")]))]);
    let ask = async |arguments: &str| {
        let query = format!(
            "{{ dependents(package: \"package:npm/express\"{arguments}) {{ nodes {{ manifest versions direct user {{ name }} package {{ name }} }} }} }}"
        );
        let answer = company.ask(&query).await["dependents"]["nodes"].as_array().unwrap().clone();
        answer
            .iter()
            .map(|node| {
                format!(
                    "{} {} {}",
                    node["user"]["name"].as_str().unwrap(),
                    node["manifest"].as_str().unwrap(),
                    node["versions"][0].as_str().unwrap()
                )
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(ask("").await, ["cart package.json 5.0.0", "shop package.json 4.18.0", "shop web/package.json 4.17.1"]);
    assert_eq!(ask(", version: \"4.18.0\"").await, ["shop package.json 4.18.0"]);
    assert_eq!(ask(", version: \"4.18.0\", at: \"2026-03-04\"").await, ["cart package.json 4.18.0", "shop package.json 4.18.0"]);
    let paged = company
        .ask("{ services(filter: {text: \"shop\"}) { nodes { ... on Service { packages(first: 1) { totalCount pageInfo { endCursor } nodes { name manifest } } } } } }")
        .await;
    assert_eq!(paged["services"]["nodes"][0]["packages"]["totalCount"], 2);
    let series = company
        .ask("{ p: series(metric: PACKAGES, from: \"2026-03-01\", to: \"2026-03-01\") { points { value } } d: series(metric: DIRECT_DEPENDENCIES, from: \"2026-03-01\", to: \"2026-03-01\") { points { value } } }")
        .await;
    assert_eq!((&series["p"][0]["points"][0]["value"], &series["d"][0]["points"][0]["value"]), (&json!(1.0), &json!(3.0)));
}

#[tokio::test]
async fn search_forgives_typing_errors_and_says_what_matched() {
    let company = Company::new(NOW);
    observe(
        &company,
        "2026-03-01T10:00:00Z",
        vec![
            service("payments", json!({"description": "takes money"})),
            service("payments-gateway", json!({})),
            service(
                "ledger",
                json!({"description": "books payments", "owner": ["team:accounting"], "annotations": {"acme.io/tier": "gold"}}),
            ),
            service("invoice", json!({"topics": ["billing"]})),
        ],
    );
    let find = async |text: &str| {
        let query = format!(
            "{{ search(text: \"{text}\", kinds: [SERVICE]) {{ nodes {{ quality entity {{ name }} matched {{ field word }} }} }} }}"
        );
        let answer = company.ask(&query).await;
        let nodes = answer["search"]["nodes"].as_array().unwrap().clone();
        nodes
            .iter()
            .map(|hit| {
                format!(
                    "{} {} {}",
                    hit["entity"]["name"].as_str().unwrap(),
                    hit["quality"].as_str().unwrap(),
                    hit["matched"][0]["field"].as_str().unwrap()
                )
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(find("payments").await, ["payments EXACT NAME", "payments-gateway EXACT NAME", "ledger EXACT DESCRIPTION"]);
    assert_eq!(find("paym").await, ["payments PREFIX NAME", "payments-gateway PREFIX NAME", "ledger PREFIX DESCRIPTION"]);
    assert_eq!(find("payemnts").await, ["payments FUZZY NAME", "payments-gateway FUZZY NAME", "ledger FUZZY DESCRIPTION"]);
    assert_eq!(find("payments gate").await, ["payments-gateway PREFIX NAME"]);
    assert_eq!(find("payments-gateway").await, ["payments-gateway EXACT NAME"]);
    assert_eq!(find("acounting").await, ["ledger FUZZY OWNER"]);
    assert_eq!(find("billing").await, ["invoice EXACT TOPIC"]);
    assert_eq!(find("gold").await, ["ledger EXACT ANNOTATION"]);
    assert_eq!(find("zzz").await, Vec::<String>::new());
}

#[tokio::test]
async fn a_node_is_found_by_its_id_and_says_what_it_is() {
    let company = Company::new(NOW);
    observe(
        &company,
        "2026-03-01T10:00:00Z",
        vec![service("a", json!({"owner": ["team:x"], "links": [{"url": "https://a.example", "title": "A"}]}))],
    );
    let found = company.ask("{ entity(ref: \"SERVICE:A\") { entity { id __typename links { url title } } } }").await;
    let id = found["entity"]["entity"]["id"].as_str().unwrap();
    assert_eq!(found["entity"]["entity"]["links"], json!([{"url": "https://a.example", "title": "A"}]));
    let node = company.ask(&format!("{{ node(id: \"{id}\") {{ id __typename ... on Service {{ ref owner {{ ref state kind }} }} }} other: node(id: \"e999\") {{ id }} }}")).await;
    let owner = json!({"ref": "team:x", "state": "REFERENCED", "kind": "TEAM"});
    assert_eq!(node, json!({"node": {"id": id, "__typename": "Service", "ref": "service:a", "owner": owner}, "other": null}));
}

#[tokio::test]
async fn plain_fields_read_the_same_whichever_way_they_are_asked_for() {
    let company = Company::new(NOW);
    let full = json!({"owner": ["team:x", "team:y"], "title": "A", "type": "library", "topics": ["t"], "languages": ["Rust"], "system": "system:s", "version": "1"});
    observe(
        &company,
        "2026-03-01T10:00:00Z",
        vec![service("a", full), service("b", json!({})), service("c", json!({"owner": ["team:y"]}))],
    );
    let nested = "id ref name kind title owner { __typename name }";
    let plain = "id ref name kind at title description type lifecycle status path version topics languages alias: name";
    let fields = format!("{plain} owner {{ {} }} system {{ name ref }} repository {{ id }}", nested.replace("__typename ", ""));
    for moment in ["2026-02-01", "2026-03-31"] {
        let at_once =
            company.ask(&format!("{{ services(at: \"{moment}\") {{ nodes {{ {fields} }} edges {{ node {{ {fields} }} }} }} }}")).await;
        let one_by_one = company
            .ask(&format!(
                "{{ services(at: \"{moment}\") {{ nodes {{ ... {{ {fields} }} }} edges {{ node {{ ... {{ {fields} }} }} }} }} }}"
            ))
            .await;
        assert_eq!(at_once, one_by_one);
    }
}

#[tokio::test]
async fn what_is_filled_in_later_is_part_of_the_past_and_marked() {
    let company = Company::new(NOW);
    observe(&company, "2026-03-10T10:00:00Z", vec![service("a", json!({"title": "now"}))]);
    let (name, body) = service("a", json!({"title": "then"}));
    company.backfill("2026-03-11T10:00:00Z", "2026-01-15T10:00:00Z", &[(&name, Facet::General, body)]);
    let answer = company
        .ask(
            "{ services(at: \"2026-02-01\") { nodes { title statements { layer check } } hint }
               store { earliest } }",
        )
        .await;
    assert_eq!(
        answer["services"],
        json!({"nodes": [{"title": "then", "statements": [{"layer": "BACKFILLED", "check": "abc123:catalog-info.yaml:1"}]}], "hint": null})
    );
    assert_eq!(answer["store"]["earliest"], "2026-01-15T10:00:00Z");
}

#[tokio::test]
async fn sources_tell_their_last_run_and_success() {
    let company = Company::new(NOW);
    company.confirm("2026-03-01T10:00:00Z");
    let answer = company.ask("{ collectors { source configured late lastRun { outcome durationSeconds started ended completeness problems { message } } lastSuccess { ended } nextRun running { scope } } }").await;
    assert_eq!(
        answer["collectors"],
        json!([{
            "source": "test", "configured": false, "late": false, "nextRun": null, "running": null,
            "lastRun": {"outcome": "SUCCEEDED", "durationSeconds": 5.0, "started": "2026-03-01T09:59:55Z", "ended": "2026-03-01T10:00:00Z", "completeness": null, "problems": []},
            "lastSuccess": {"ended": "2026-03-01T10:00:00Z"}
        }])
    );
}
