//! Incidents, bugs and support cases as lists: as many as the board counts, in the order that is promised, page by page.

use serde_json::{Value, json};

use crate::board::company;
use crate::support::company::Company;

const SCOPES: [&str; 4] = ["", ", of: \"team:x\"", ", of: \"team:y\"", ", of: \"service:billing\""];
/// Weeks with their first and last days.
const WEEKS: [(&str, &str, &str); 3] =
    [("2026-W10", "2026-03-02", "2026-03-08"), ("2026-W11", "2026-03-09", "2026-03-15"), ("2026-W12", "2026-03-16", "2026-03-22")];
const PRIORITIES: [&str; 5] = ["CRITICAL", "HIGH", "MEDIUM", "LOW", "null"];

fn count(connection: &Value) -> u64 {
    connection["totalCount"].as_u64().unwrap_or_else(|| panic!("{connection} has no number"))
}

/// The keys of bugs or titles of incidents, in order.
async fn names(company: &Company, list: &str) -> Vec<String> {
    let answer = company.ask(&format!("{{ list: {list} {{ totalCount nodes {{ bug {{ key }} incident {{ title }} }} }} }}")).await;
    let nodes = answer["list"]["nodes"].as_array().unwrap();
    assert_eq!(count(&answer["list"]), nodes.len() as u64);
    let name = |node: &Value| node["bug"]["key"].as_str().or_else(|| node["incident"]["title"].as_str()).unwrap().to_owned();
    nodes.iter().map(name).collect()
}

#[tokio::test]
async fn as_many_bugs_of_a_priority_are_listed_as_the_board_counts() {
    let company = company();
    for (period, _, last) in WEEKS {
        for scope in SCOPES {
            let list = |name: &str, filter: &str| format!("{name}: bugs(at: \"{last}\"{scope}, filter: {{ {filter} }}) {{ totalCount }}");
            let of_priority = |(index, priority): (usize, &&str)| {
                let only = format!("priorities: [{priority}]");
                let open = list(&format!("open{index}"), &only);
                let late = list(&format!("late{index}"), &format!("{only}, inBreach: true"));
                format!("{open} {late} {}", list(&format!("soon{index}"), &format!("{only}, dueSoon: true")))
            };
            let lists: String = PRIORITIES.iter().enumerate().map(of_priority).collect::<Vec<_>>().join(" ");
            let records = |(index, priority): (usize, &&str)| format!("of{index}: records(priority: [{priority}]) {{ totalCount }}");
            let soon =
                |(index, priority): (usize, &&str)| format!("soon{index}: records(priority: [{priority}], dueSoon: true) {{ totalCount }}");
            let records: Vec<String> = PRIORITIES.iter().enumerate().flat_map(|of| [records(of), soon(of)]).collect();
            let records = records.join(" ");
            let board = format!(
                "board(period: \"{period}\"{scope}, metrics: [OPEN_BUGS, BUGS_IN_BREACH]) \
                 {{ openBugs {{ open inBreach dueSoon }} figures {{ value {records} }} }}"
            );
            let answer = company.ask(&format!("{{ {lists} {board} }}")).await;
            let (counted, figures) = (&answer["board"]["openBugs"], &answer["board"]["figures"]);
            let mut all = 0;
            for index in 0..PRIORITIES.len() {
                let listed = ["open", "late", "soon"].map(|name| count(&answer[format!("{name}{index}")]));
                let told = ["open", "inBreach", "dueSoon"].map(|field| counted[index][field].as_u64().unwrap());
                let records = [0, 1].map(|figure| count(&figures[figure][format!("of{index}")]));
                let soon = [0, 1].map(|figure| count(&figures[figure][format!("soon{index}")]));
                assert_eq!((listed, records, soon), (told, [told[0], told[1]], [told[2], 0]), "{period}{scope}, {}", PRIORITIES[index]);
                all += listed[0];
            }
            assert_eq!(Some(all as f64), figures[0]["value"].as_f64(), "{period}{scope}");
        }
    }
    let sum = company.ask("{ bugs(at: \"2026-03-15\", filter: { priorities: [HIGH, null] }) { totalCount } }").await;
    assert_eq!(count(&sum["bugs"]), 2);
}

#[tokio::test]
async fn bugs_are_told_as_of_a_moment_in_the_order_of_the_board() {
    let company = company();
    let list = async |arguments: &str| names(&company, &format!("bugs(at: \"2026-03-15\"{arguments})")).await;
    assert_eq!(list("").await, ["6", "3", "2", "7", "1"]);
    let board = "{ board(period: \"2026-W11\", metrics: [OPEN_BUGS]) { figures { records { nodes { bug { key } } } } } }";
    let records = company.ask(board).await["board"]["figures"][0]["records"]["nodes"].clone();
    assert_eq!(records, json!(["6", "3", "2", "7", "1"].map(|key| json!({ "bug": { "key": key } }))));
    assert_eq!(list(", filter: { inBreach: true }").await, ["1", "7"], "the one that is due for longest first");
    assert_eq!(list(", filter: { inBreach: false }").await, ["6", "3", "2"]);
    assert_eq!(list(", filter: { dueSoon: true }").await, ["6", "2"]);
    assert_eq!(list(", filter: { state: RESOLVED }").await, ["4"]);
    assert_eq!(list(", filter: { state: ALL }").await, ["6", "3", "2", "7", "4", "1"]);
    assert_eq!(list(", filter: { production: null }").await, ["6", "3", "2", "7", "5", "1"]);
    assert_eq!(list(", filter: { production: false }, of: \"team:x\"").await, ["5"]);
    assert_eq!(names(&company, "bugs(at: \"2026-03-12\", of: \"team:y\")").await, ["3", "7", "4"], "not resolved by then");
    let answer = company.ask("{ bugs(at: \"2026-03-12\", filter: { priorities: LOW }) { nodes { ended state } } }").await;
    assert_eq!(answer["bugs"]["nodes"], json!([{ "ended": null, "state": null }]));
}

#[tokio::test]
async fn as_many_incidents_that_began_are_listed_as_the_board_counts() {
    let company = company();
    for (period, first, last) in WEEKS {
        for scope in SCOPES {
            let stretch = format!("from: \"{first}\", to: \"{last}\"{scope}");
            let answer = company
                .ask(&format!(
                    "{{ began: incidents({stretch}, filter: {{ began: true }}) {{ totalCount }} all: incidents({stretch}) {{ totalCount }} \
                     major: incidents({stretch}, filter: {{ severities: [MAJOR], began: true }}) {{ totalCount }} \
                     board(period: \"{period}\"{scope}, metrics: [INCIDENTS, STABILITY]) \
                     {{ figures {{ value records {{ totalCount }} major: records(severity: MAJOR) {{ totalCount }} }} }} }}"
                ))
                .await;
            let figures = &answer["board"]["figures"];
            assert_eq!(Some(count(&answer["began"]) as f64), figures[0]["value"].as_f64(), "{period}{scope}");
            assert_eq!(count(&answer["all"]), count(&figures[1]["records"]), "{period}{scope}");
            assert_eq!(count(&answer["major"]), count(&figures[0]["major"]), "{period}{scope}");
        }
    }
}

#[tokio::test]
async fn incidents_are_told_as_they_were_known_at_the_end() {
    let company = company();
    let list = async |stretch: &str, filter: &str| names(&company, &format!("incidents({stretch}, filter: {{ {filter} }})")).await;
    let march = "from: \"2026-03-01\", to: \"2026-03-30\"";
    assert_eq!(list(march, "").await, ["Slow", "Nobody can pay"]);
    assert_eq!(list(march, "severities: [CRITICAL]").await, ["Nobody can pay"]);
    assert_eq!(list(march, "feature: \"Payment\"").await, ["Nobody can pay"]);
    assert_eq!(list(march, "feature: \"payment\"").await, [""; 0], "names are exact, as they are counted");
    assert_eq!(list(march, "ongoing: true").await, [""; 0]);
    let within = "from: \"2026-03-10T11:00:00Z\", to: \"2026-03-10T11:30:00Z\"";
    assert_eq!(list(within, "").await, ["Nobody can pay"], "it went on, though it began before");
    assert_eq!((list(within, "began: true").await.len(), list(within, "began: false").await.len()), (0, 1));
    assert_eq!((list(within, "ongoing: true").await.len(), list(within, "ongoing: false").await.len()), (1, 0));
    assert_eq!(list("from: \"2026-03-10T12:00:00Z\", to: \"2026-03-16\"", "").await, [""; 0], "it was over");
    let drill = async |to: &str| list(&format!("from: \"2026-03-18\", to: \"{to}\""), "").await;
    assert_eq!((drill("2026-03-18T09:10:00Z").await, drill("2026-03-18").await), (vec!["A drill".to_owned()], vec![]));
}

#[tokio::test]
async fn as_many_support_cases_about_a_feature_are_listed_as_the_board_counts() {
    let company = company();
    for (period, first, last) in WEEKS {
        for scope in SCOPES {
            let list = |name: &str, filter: &str| {
                format!("{name}: supportCases(from: \"{first}\", to: \"{last}\"{scope}, filter: {{ {filter} }}) {{ totalCount }}")
            };
            let answer = company
                .ask(&format!(
                    "{{ {} {} {} {} board(period: \"{period}\"{scope}, metrics: [SUPPORT_CASES]) {{ supportByFeature {{ name count }} \
                     supportByPriority {{ count }} figures {{ value Payment: records(feature: \"Payment\") {{ totalCount }} \
                     Search: records(feature: \"Search\") {{ totalCount }} high: records(priority: HIGH) {{ totalCount }} }} }} }}",
                    list("all", ""),
                    list("Payment", "feature: \"Payment\""),
                    list("Search", "feature: \"Search\""),
                    list("high", "priorities: [HIGH]")
                ))
                .await;
            let (board, figure) = (&answer["board"], &answer["board"]["figures"][0]);
            assert_eq!(Some(count(&answer["all"]) as f64), figure["value"].as_f64(), "{period}{scope}");
            for feature in ["Payment", "Search"] {
                let counted = board["supportByFeature"].as_array().unwrap().iter().find(|one| one["name"] == feature);
                let counted = counted.map_or(0, |one| one["count"].as_u64().unwrap());
                assert_eq!((count(&answer[feature]), count(&figure[feature])), (counted, counted), "{period}{scope}, {feature}");
            }
            let high = board["supportByPriority"][1]["count"].as_u64().unwrap();
            assert_eq!((count(&answer["high"]), count(&figure["high"])), (high, high), "{period}{scope}");
        }
    }
}

#[tokio::test]
async fn a_list_goes_on_where_a_page_ended_and_says_what_no_source_covers() {
    let company = company();
    let page = async |after: &str| {
        let list = "totalCount hint pageInfo { hasNextPage hasPreviousPage endCursor } nodes { bug { key } }";
        company.ask(&format!("{{ bugs(at: \"2026-03-15\", first: 3{after}) {{ {list} }} }}")).await["bugs"].clone()
    };
    let first = page("").await;
    let cursor = first["pageInfo"]["endCursor"].as_str().unwrap();
    let second = page(&format!(", after: \"{cursor}\"")).await;
    let keys = |page: &Value| page["nodes"].as_array().unwrap().iter().map(|node| node["bug"]["key"].clone()).collect::<Vec<_>>();
    assert_eq!((keys(&first), keys(&second)), (vec![json!("6"), json!("3"), json!("2")], vec![json!("7"), json!("1")]));
    let beyond = |page: &Value| (page["pageInfo"]["hasPreviousPage"].clone(), page["pageInfo"]["hasNextPage"].clone());
    assert_eq!((beyond(&first), beyond(&second)), ((json!(false), json!(true)), (json!(true), json!(false))));
    assert_eq!((&first["hint"], count(&second)), (&Value::Null, 5));
    let (code, _) = company
        .refusal(&format!("{{ supportCases(from: \"2026-03-01\", to: \"2026-03-15\", after: \"{cursor}\") {{ totalCount }} }}"))
        .await;
    assert_eq!(code, "INVALID_CURSOR", "it is of another list");
    let unknown = company
        .ask(
            "{ bugs(at: \"2026-03-01\") { totalCount hint } incidents(from: \"2026-02-23\", to: \"2026-03-08\") { totalCount hint } \
             supportCases(from: \"2026-02-23\", to: \"2026-03-01\") { totalCount hint } }",
        )
        .await;
    let hint = |list: &str| unknown[list]["hint"].as_str().unwrap_or_default().to_owned();
    assert_eq!(hint("bugs"), "sources of bugs cover none of this time; what is not listed may have happened in the rest");
    assert_eq!(hint("incidents"), "sources of incidents cover 50 % of this time; what is not listed may have happened in the rest");
    assert!(hint("supportCases").contains("support cases cover none of this time"), "{}", hint("supportCases"));
}

#[tokio::test]
async fn what_records_do_not_have_they_are_not_told_apart_by() {
    let company = company();
    let refused = [
        ("OPEN_BUGS", "feature: \"Payment\"", "bugs cannot be told apart by feature"),
        ("CREATED_BUGS", "severity: MAJOR", "bugs cannot be told apart by severity"),
        ("CREATED_BUGS", "dueSoon: true", "bugs cannot be told apart by dueSoon"),
        ("INCIDENTS", "priority: HIGH", "incidents cannot be told apart by priority"),
        ("SUPPORT_CASES", "severity: [MAJOR]", "support cases cannot be told apart by severity"),
        ("DEPLOYMENTS", "priority: [null]", "deployments cannot be told apart by priority"),
    ];
    for (metric, only, words) in refused {
        let query = format!("{{ board(period: \"2026-W11\", metrics: [{metric}]) {{ figures {{ records({only}) {{ totalCount }} }} }} }}");
        let (code, message) = company.refusal(&query).await;
        assert!(code == "INVALID_ARGUMENT" && message.contains(words), "{code}: {message}");
    }
    let (code, message) = company.refusal("{ incidents(from: \"2026-03-15\", to: \"2026-03-14\") { totalCount } }").await;
    assert!(code == "INVALID_ARGUMENT" && message.contains("after its end"), "{code}: {message}");
    let created =
        "{ board(period: \"2026-W11\", metrics: [CREATED_BUGS]) { figures { records(priority: [CRITICAL, null]) { totalCount } } } }";
    assert_eq!(count(&company.ask(created).await["board"]["figures"][0]["records"]), 2);
}
