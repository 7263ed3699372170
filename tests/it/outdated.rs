//! Outdated packages: dependencies joined with what registries say, at the moment asked; nothing is known before its time.

use serde_json::{Value, json};
use spot::model::Facet;

use crate::support::company::{Company, dependencies, general, names};

const NOW: &str = "2026-03-31T12:00:00Z";

fn uses(packages: &[(&str, &[&str], Option<bool>)]) -> Option<Value> {
    let entry = |(key, versions, direct): &(&str, &[&str], Option<bool>)| {
        let mut entry = json!({ "versions": versions });
        if let Some(direct) = direct {
            entry["direct"] = (*direct).into();
        }
        ((*key).to_owned(), entry)
    };
    Some(json!({ "packages": packages.iter().map(entry).collect::<serde_json::Map<_, _>>() }))
}

/// What a registry says: versions by day of publication.
fn published(latest: &str, versions: &[(&str, &str)], more: Value) -> Option<Value> {
    let entries = versions.iter().map(|(version, day)| ((*version).to_owned(), json!({"at": format!("{day}T00:00:00Z")})));
    let mut body = json!({"registry": "deps.dev", "internal": false, "licence": "MIT", "latest": latest, "versions": entries.collect::<serde_json::Map<_, _>>()});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    Some(body)
}

/// Two services of two teams; registries are first asked on the tenth of March.
fn company() -> Company {
    let company = Company::new(NOW);
    let service = |name: &str, owner: &str| general(name, json!({"owner": [owner], "system": "system:pay"}));
    company.observe(
        "2026-02-01T10:00:00Z",
        &[
            ("team:x", Facet::General, general("team:x", json!({}))),
            ("service:a", Facet::General, service("service:a", "team:x")),
            ("service:b", Facet::General, service("service:b", "team:y")),
            ("service:c", Facet::General, service("service:c", "team:y")),
            (
                "service:a",
                Facet::Dependencies,
                uses(&[
                    ("package-lock.json#npm/express", &["1.0.0"], Some(true)),
                    ("package-lock.json#npm/tiny", &["0.1.0"], Some(true)),
                    ("package-lock.json#npm/deep", &["1.0.0", "1.1.0"], Some(false)),
                    ("Dockerfile#runtime/node", &["18-alpine"], Some(true)),
                ]),
            ),
            ("service:b", Facet::Dependencies, uses(&[("web/package-lock.json#npm/express", &["1.1.0"], Some(true))])),
        ],
    );
    let express = |latest: &str, more: &[(&str, &str)]| {
        let mut versions = vec![("1.0.0", "2025-01-01"), ("1.1.0", "2026-01-01"), ("2.0.0", "2026-03-01"), ("2.1.0-rc.1", "2026-03-05")];
        versions.extend(more);
        let advisories = json!({"advisories": {"GHSA-1111": {"summary": "Bad.", "severity": "high", "score": 7.5, "at": "2026-02-20T00:00:00Z",
            "affected": ["1.0.0"], "fixed": ["1.1.0"], "aliases": ["CVE-1"]}}});
        published(latest, &versions, advisories)
    };
    let deep = published("1.1.0", &[("1.0.0", "2025-01-01"), ("1.1.0", "2025-12-31")], json!({"deprecated": "use shallow"}));
    let cycle = |released: &str, end: &str, latest: &str| json!({"released": released, "endOfLife": end, "latest": latest});
    let node = json!({"registry": "endoflife.date", "cycles": {
        "18": cycle("2022-04-19T00:00:00Z", "2026-03-15T00:00:00Z", "18.20.5"),
        "20": cycle("2023-04-18T00:00:00Z", "2027-04-30T00:00:00Z", "20.18.1")}});
    company.observe(
        "2026-03-10T10:00:00Z",
        &[
            ("package:npm/express", Facet::Package, express("2.0.0", &[])),
            ("package:npm/deep", Facet::Package, deep),
            ("package:runtime/node", Facet::Package, Some(node)),
        ],
    );
    company.observe("2026-03-20T10:00:00Z", &[("package:npm/express", Facet::Package, express("2.1.0", &[("2.1.0", "2026-03-20")]))]);
    company
}

const JOIN: &str = "nodes { name latest behind releasesBehind libyears deprecated advisories { id severity affected fixed publishedAt }
    endOfLife { cycle state date } }";

#[tokio::test]
async fn a_use_is_judged_by_what_was_published_by_then() {
    let company = company();
    let express = async |moment: &str| {
        let query = format!(
            "{{ entity(ref: \"service:a\", at: \"{moment}\") {{ entity {{ ... on Service {{ packages(text: \"EXPRESS\") {{ {JOIN} }} }} }} }} }}"
        );
        let node = company.ask(&query).await["entity"]["entity"]["packages"]["nodes"][0].clone();
        let advisories = node["advisories"].as_array().map(Vec::len);
        (node["latest"].clone(), node["behind"].clone(), node["releasesBehind"].clone(), node["libyears"].clone(), advisories)
    };
    let then = express("2026-02-10").await;
    assert_eq!(then, (json!("1.1.0"), json!("MINOR"), json!(1), json!(1.0), Some(0)), "before the registry was first asked, by dates");
    let then = express("2026-02-25").await;
    assert_eq!((then.0, then.4), (json!("1.1.0"), Some(1)), "the weakness is known, the major version is not there yet");
    let then = express("2026-03-12").await;
    assert_eq!((then.0, then.1, then.2), (json!("2.0.0"), json!("MAJOR"), json!(2)), "a prerelease is no newer version");
    let now = express("2026-03-31").await;
    assert_eq!((now.0, now.1, now.2, now.4), (json!("2.1.0"), json!("MAJOR"), json!(3), Some(1)));
}

#[tokio::test]
async fn what_no_registry_was_asked_about_is_unknown_and_not_current() {
    let company = company();
    let query = format!("{{ entity(ref: \"service:a\") {{ entity {{ ... on Service {{ packages {{ {JOIN} }} }} }} }} }}");
    let answer = company.ask(&query).await;
    let nodes = &answer["entity"]["entity"]["packages"]["nodes"];
    assert_eq!(
        nodes[3],
        json!({"name": "npm/tiny", "latest": null, "behind": null, "releasesBehind": null, "libyears": null, "deprecated": null,
            "advisories": null, "endOfLife": null})
    );
    assert_eq!(
        nodes[0]["endOfLife"],
        json!({"cycle": "18", "state": "ENDED", "date": "2026-03-15T00:00:00Z"}),
        "the tag of a base image names its cycle"
    );
    assert_eq!(
        (&nodes[1]["name"], &nodes[1]["behind"], &nodes[1]["deprecated"]),
        (&json!("npm/deep"), &json!("MINOR"), &json!("use shallow")),
        "of several versions the one that is furthest behind tells"
    );
    assert_eq!(
        nodes[2]["advisories"],
        json!([{"id": "GHSA-1111", "severity": "HIGH", "affected": ["1.0.0"], "fixed": ["1.1.0"], "publishedAt": "2026-02-20T00:00:00Z"}])
    );
}

#[tokio::test]
async fn an_entity_sums_up_its_direct_packages_and_what_is_unknown() {
    let company = company();
    let fields = "packages known unknown current patch minor major outdated share vulnerable deprecated endOfLife";
    let query = format!(
        "{{ a: entity(ref: \"service:a\") {{ entity {{ ... on Service {{ outdated {{ {fields} libyears }} all: outdated(includeTransitive: true) {{ {fields} }} }} }} }}
            then: entity(ref: \"service:a\", at: \"2026-03-12\") {{ entity {{ ... on Service {{ outdated {{ major endOfLife }} }} }} }}
            c: entity(ref: \"service:c\") {{ entity {{ ... on Service {{ outdated {{ {fields} }} }} }} }}
            services {{ nodes {{ name quality {{ gate coverage }} outdated {{ share }} }} }} }}"
    );
    let answer = company.ask(&query).await;
    let mut direct = answer["a"]["entity"]["outdated"].clone();
    let libyears = direct.as_object_mut().unwrap().remove("libyears").unwrap().as_f64().unwrap();
    assert!((libyears - 443.0 / 365.0).abs() < 1e-9, "{libyears}");
    assert_eq!(
        direct,
        json!({"packages": 3, "known": 2, "unknown": 1, "current": 0, "patch": 0, "minor": 0, "major": 2, "outdated": 2, "share": 1.0,
            "vulnerable": 1, "deprecated": 0, "endOfLife": 1})
    );
    let all = &answer["a"]["entity"]["all"];
    assert_eq!((&all["packages"], &all["minor"], &all["deprecated"]), (&json!(4), &json!(1), &json!(1)));
    assert_eq!(
        answer["then"]["entity"]["outdated"],
        json!({"major": 1, "endOfLife": 0}),
        "support ended only later, and until then the runtime is current"
    );
    assert_eq!(answer["c"]["entity"]["outdated"], Value::Null, "it has no package");
    let shares: Vec<&Value> = answer["services"]["nodes"].as_array().unwrap().iter().map(|node| &node["outdated"]).collect();
    assert_eq!(shares, [&json!({"share": 1.0}), &json!({"share": 1.0}), &Value::Null]);
}

#[tokio::test]
async fn packages_of_an_entity_are_filtered_sorted_and_paged() {
    let company = company();
    let list = async |arguments: &str| {
        let query = format!(
            "{{ entity(ref: \"service:a\") {{ entity {{ ... on Service {{ packages({arguments}) {{ totalCount pageInfo {{ endCursor }} nodes {{ name }} }} }} }} }} }}"
        );
        let packages = company.ask(&query).await["entity"]["entity"]["packages"].clone();
        (names(&packages).join(" "), packages["pageInfo"]["endCursor"].as_str().unwrap_or_default().to_owned())
    };
    assert_eq!(list("outdatedOnly: true").await.0, "runtime/node npm/deep npm/express");
    assert_eq!(list("outdatedOnly: true, direct: true").await.0, "runtime/node npm/express");
    assert_eq!(list("vulnerableOnly: true").await.0, "npm/express");
    assert_eq!(list("deprecatedOnly: true").await.0, "npm/deep");
    assert_eq!(list("endOfLifeOnly: true").await.0, "runtime/node");
    assert_eq!(list("behind: [MINOR, PATCH]").await.0, "npm/deep");
    assert_eq!(list("orderBy: {field: LIBYEARS, direction: DESC}, direct: true").await.0, "npm/express runtime/node npm/tiny");
    assert_eq!(list("orderBy: {field: BEHIND}").await.0, "npm/deep runtime/node npm/express npm/tiny");
    assert_eq!(list("orderBy: {field: NAME, direction: DESC}").await.0, "runtime/node npm/tiny npm/express npm/deep");
    let (first, cursor) = list("orderBy: {field: BEHIND}, first: 2").await;
    assert_eq!(first, "npm/deep runtime/node");
    assert_eq!(list(&format!("orderBy: {{field: BEHIND}}, first: 2, after: \"{cursor}\"")).await.0, "npm/express npm/tiny");
}

#[tokio::test]
async fn the_list_of_packages_says_who_uses_what_and_how_far_behind() {
    let company = company();
    let list = async |arguments: &str| {
        let answer = company.ask(&format!("{{ packages({arguments}) {{ nodes {{ name }} }} }}")).await;
        names(&answer["packages"]).join(" ")
    };
    assert_eq!(list("filter: {outdated: true}").await, "npm/deep npm/express runtime/node");
    assert_eq!(list("filter: {vulnerable: true}").await, "npm/express");
    assert_eq!(list("filter: {vulnerable: true}, at: \"2026-02-10\"").await, "");
    assert_eq!(list("filter: {deprecated: true}").await, "npm/deep");
    assert_eq!(list("filter: {endOfLife: true}").await, "runtime/node");
    assert_eq!(list("filter: {internal: false}").await, "npm/deep npm/express", "whether others are is unknown");
    assert_eq!(list("filter: {usedBy: \"team:y\"}").await, "npm/express");
    assert_eq!(list("filter: {usedBy: \"service:a\", ecosystem: [\"npm\"], text: \"T\"}").await, "npm/tiny");
    assert_eq!(list("orderBy: {field: USES, direction: DESC}").await, "npm/express npm/deep npm/tiny runtime/node");
    assert_eq!(
        list("orderBy: {field: LATEST_PUBLISHED, direction: DESC}, filter: {ecosystem: [\"npm\"]}").await,
        "npm/express npm/deep npm/tiny"
    );
    let answer = company
        .ask(
            "{ packages(first: 2) { groups(by: LICENCE) { value count } registry: groups(by: REGISTRY) { value count }
                 nodes { name latest latestPublishedAt usesCount usersCount licence registry internal deprecated versionsInUse { version count } outdated { share major } } } }",
        )
        .await;
    let packages = &answer["packages"];
    assert_eq!(packages["groups"], json!([{"value": "MIT", "count": 2}, {"value": null, "count": 2}]));
    assert_eq!(
        packages["registry"],
        json!([{"value": "deps.dev", "count": 2}, {"value": "endoflife.date", "count": 1}, {"value": null, "count": 1}])
    );
    assert_eq!(
        packages["nodes"][1],
        json!({"name": "npm/express", "latest": "2.1.0", "latestPublishedAt": "2026-03-20T00:00:00Z", "usesCount": 2, "usersCount": 2,
            "licence": "MIT", "registry": "deps.dev", "internal": false, "deprecated": null,
            "versionsInUse": [{"version": "1.0.0", "count": 1}, {"version": "1.1.0", "count": 1}], "outdated": {"share": 1.0, "major": 2}})
    );
    let services = async |filter: &str| {
        let answer = company.ask(&format!("{{ services(filter: {{{filter}}}) {{ nodes {{ name }} }} }}")).await;
        names(&answer["services"]).join(" ")
    };
    assert_eq!(services("outdated: true").await, "a b");
    assert_eq!(services("outdated: false").await, "c");
    assert_eq!(services("vulnerable: true").await, "a");
    assert_eq!(services("deprecated: true, endOfLife: true").await, "a");
}

#[tokio::test]
async fn a_package_shows_its_versions_and_who_used_them_when() {
    let company = company();
    company.observe(
        "2026-03-25T10:00:00Z",
        &[("service:b", Facet::Dependencies, dependencies(&[("web/package-lock.json#npm/express", "2.0.0")]))],
    );
    let answer = company
        .ask(
            "{ now: entity(ref: \"package:npm/express\") { entity { ... on Package {
                 versions(first: 3) { totalCount nodes { version publishedAt latest usesCount } pageInfo { endCursor } }
                 advisories { id summary severity score aliases affected fixed }
                 versionsOverTime(from: \"2026-01-26\", to: \"2026-03-31\", every: MONTH, first: 2) { version points { day value } } } } }
               then: entity(ref: \"package:npm/express\", at: \"2026-02-10\") { entity { ... on Package {
                 latest latestPublishedAt licence versions { nodes { version latest usesCount } } advisories { id }
                 versionsOverTime(from: \"2026-02-01\", to: \"2026-03-31\", every: MONTH) { version points { day value } } } } }
               node: entity(ref: \"package:runtime/node\") { entity { ... on Package { cycles { name state endOfLife latest usesCount } } } }
               was: dependents(package: \"package:npm/express\", version: \"1.1.0\", at: \"2026-03-24\") { nodes { user { name } manifest behind } }
               is: dependents(package: \"package:npm/express\", version: \"1.1.0\") { totalCount } }",
        )
        .await;
    let now = &answer["now"]["entity"];
    assert_eq!(
        now["versions"]["nodes"],
        json!([
            {"version": "2.1.0", "publishedAt": "2026-03-20T00:00:00Z", "latest": true, "usesCount": 0},
            {"version": "2.1.0-rc.1", "publishedAt": "2026-03-05T00:00:00Z", "latest": false, "usesCount": 0},
            {"version": "2.0.0", "publishedAt": "2026-03-01T00:00:00Z", "latest": false, "usesCount": 1}
        ])
    );
    assert_eq!(now["versions"]["totalCount"], 5);
    assert_eq!(now["advisories"][0]["severity"], "HIGH");
    assert_eq!(
        now["versionsOverTime"],
        json!([
            {"version": "1.1.0", "points": [{"day": "2026-01-26", "value": null}, {"day": "2026-02-01", "value": 1.0}, {"day": "2026-03-01", "value": 0.0}]},
            {"version": "1.0.0", "points": [{"day": "2026-01-26", "value": null}, {"day": "2026-02-01", "value": 1.0}, {"day": "2026-03-01", "value": 1.0}]},
            {"version": null, "points": [{"day": "2026-01-26", "value": null}, {"day": "2026-02-01", "value": 0.0}, {"day": "2026-03-01", "value": 1.0}]}
        ])
    );
    let then = &answer["then"]["entity"];
    assert_eq!(
        (&then["latest"], &then["latestPublishedAt"], &then["licence"]),
        (&json!("1.1.0"), &json!("2026-01-01T00:00:00Z"), &Value::Null)
    );
    assert_eq!(
        then["versions"]["nodes"],
        json!([{"version": "1.1.0", "latest": true, "usesCount": 1}, {"version": "1.0.0", "latest": false, "usesCount": 1}])
    );
    assert_eq!(then["advisories"], json!([]));
    assert_eq!(then["versionsOverTime"][0]["points"], json!([{"day": "2026-02-01", "value": 1.0}]), "nothing beyond the moment");
    assert_eq!(
        answer["node"]["entity"]["cycles"],
        json!([
            {"name": "20", "state": "SUPPORTED", "endOfLife": "2027-04-30T00:00:00Z", "latest": "20.18.1", "usesCount": 0},
            {"name": "18", "state": "ENDED", "endOfLife": "2026-03-15T00:00:00Z", "latest": "18.20.5", "usesCount": 1}
        ])
    );
    assert_eq!(answer["was"]["nodes"], json!([{"user": {"name": "b"}, "manifest": "web/package-lock.json", "behind": "MAJOR"}]));
    assert_eq!(answer["is"]["totalCount"], 0);
}

#[tokio::test]
async fn teams_are_sorted_by_how_far_behind_they_are() {
    let company = company();
    let answer = company
        .ask(
            "{ teams: outdated { entity { name } count outdated { packages outdated libyears } }
               first: outdated(first: 1) { entity { name } }
               of: outdated(groupBy: ORGANISATION, of: \"team:y\") { entity { name } count outdated { packages outdated } }
               then: outdated(groupBy: SYSTEM, at: \"2026-02-10\") { entity { name } outdated { major minor unknown } }
               never: outdated(at: \"2026-01-01\") { count } }",
        )
        .await;
    let teams: Vec<(&Value, &Value)> =
        answer["teams"].as_array().unwrap().iter().map(|group| (&group["entity"]["name"], &group["outdated"]["outdated"])).collect();
    assert_eq!(teams, [(&json!("x"), &json!(2)), (&json!("y"), &json!(1))]);
    assert_eq!(answer["first"], json!([{"entity": {"name": "x"}}]));
    assert_eq!(answer["of"], json!([{"entity": null, "count": 1, "outdated": {"packages": 1, "outdated": 1}}]));
    assert_eq!(answer["then"], json!([{"entity": {"name": "pay"}, "outdated": {"major": 0, "minor": 1, "unknown": 1}}]));
    assert_eq!(answer["never"], json!([]));
}

#[tokio::test]
async fn figures_about_packages_go_through_time_and_agree_with_each_day() {
    let company = company();
    let series = async |metric: &str, more: &str| {
        let query = format!(
            "{{ series(metric: {metric}, from: \"2026-01-19\", to: \"2026-03-31\" {more}) {{ points {{ lastDay value covered }} }} }}"
        );
        company.ask(&query).await["series"].as_array().unwrap().clone()
    };
    let values =
        |series: &Value| -> Vec<Option<f64>> { series["points"].as_array().unwrap().iter().map(|point| point["value"].as_f64()).collect() };
    let shares = series("OUTDATED_DIRECT_SHARE", "").await;
    let libyears = series("LIBYEARS", "").await;
    assert_eq!(values(&shares[0])[..2], [None, Some(1.0 / 3.0)], "a day before the first record is unknown");
    assert_eq!(shares[0]["points"][1]["covered"], json!(0.75));
    for (number, point) in shares[0]["points"].as_array().unwrap().iter().enumerate() {
        let day = point["lastDay"].as_str().unwrap();
        let query = format!("{{ outdated(groupBy: ORGANISATION, at: \"{day}\") {{ outdated {{ share libyears }} }} }}");
        let answer = company.ask(&query).await;
        let whole = &answer["outdated"][0]["outdated"];
        assert_eq!(point["value"].as_f64(), whole["share"].as_f64(), "{day}");
        assert_eq!(values(&libyears[0])[number], whole["libyears"].as_f64(), "{day}");
    }
    let vulnerable = values(&series("VULNERABLE_SERVICES", "").await[0]);
    assert_eq!(vulnerable[..5], [None, Some(0.0), Some(0.0), Some(0.0), Some(1.0)], "the weakness was published on the twentieth");
    assert_eq!(vulnerable.last(), Some(&Some(1.0)));
    let ended = values(&series("END_OF_LIFE_SERVICES", ", of: \"team:x\"").await[0]);
    assert_eq!((ended[0], ended[1], ended[ended.len() - 1]), (None, Some(0.0), Some(1.0)));
    let of_y = values(&series("END_OF_LIFE_SERVICES", ", of: \"team:y\"").await[0]);
    assert!(of_y.iter().all(Option::is_none), "nobody there has a runtime of which anything is known: {of_y:?}");
    let single = values(&series("LIBYEARS", ", of: \"service:c\"").await[0]);
    assert!(single.iter().all(Option::is_none));
    assert_eq!(series("LIBYEARS", ", groupBy: TEAM").await.len(), 2);
    let (code, message) =
        company.refusal("{ series(metric: LIBYEARS, from: \"2025-06-01\", to: \"2026-03-31\", every: DAY) { metric } }").await;
    assert_eq!((code.as_str(), message.contains("304 points, 120 are allowed")), ("INVALID_ARGUMENT", true), "{message}");
}
