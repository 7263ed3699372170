//! What clients of GitHub rely on, asked over HTTP.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use octocrab::jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};

use super::testing::{Running, SECRET, at, company, options, remove, repository, start, write};
use super::{App, Grants, Options, Rate, Token};
use crate::demo::company::{Commit, Content, FileChange};

const NOW: &str = "2026-05-15T12:00:00Z";

#[tokio::test]
async fn an_inventory_shows_the_organisation_as_of_the_clock() {
    let running = start(company(), options(), NOW).await;
    let query = r#"{ organization(login: "acme") { id databaseId login name
        repositories(first: 100, orderBy: {field: NAME, direction: ASC}) { totalCount pageInfo { hasNextPage endCursor }
          nodes { id databaseId name nameWithOwner url sshUrl description visibility isPrivate isArchived isFork isEmpty
            isTemplate isDisabled createdAt pushedAt updatedAt archivedAt homepageUrl
            defaultBranchRef { name target { oid ... on Commit {
              committedDate messageHeadline tree { oid } author { name email user { login } } } } }
            primaryLanguage { name }
            languages(first: 10, orderBy: {field: SIZE, direction: DESC}) { totalSize edges { size node { name } } }
            repositoryTopics(first: 20) { nodes { topic { name } } } licenseInfo { spdxId }
            latestRelease { tagName publishedAt url }
            codeowners { errors { line column kind message path } }
            root: object(expression: "HEAD:") { ... on Tree { entries { name type mode oid size path } } } } } } rateLimit { cost } }"#;
    let answer = running.graphql(query).await;
    assert_eq!(answer["errors"], Value::Null);
    let organization = &answer["data"]["organization"];
    assert_eq!((organization["login"].as_str(), organization["name"].as_str()), (Some("acme"), Some("Acme")));
    let nodes = organization["repositories"]["nodes"].as_array().unwrap();
    let names: Vec<&str> = nodes.iter().map(|node| node["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["empty", "ledger", "new-name", "vault"], "the deleted one is gone, the renamed one has its new name");
    assert_eq!(organization["repositories"]["totalCount"], 4);
    assert_eq!(nodes[0]["defaultBranchRef"], Value::Null);
    assert_eq!(nodes[0]["isEmpty"], true);
    let ledger = &nodes[1];
    assert_eq!(ledger["defaultBranchRef"]["target"]["messageHeadline"], "Big");
    assert_eq!(ledger["defaultBranchRef"]["target"]["author"]["user"]["login"], "ada");
    assert_eq!(ledger["primaryLanguage"]["name"], "Rust");
    assert_eq!(ledger["licenseInfo"]["spdxId"], "MIT");
    assert_eq!(ledger["latestRelease"]["tagName"], "v1.0.0", "a pre-release is not the latest");
    assert_eq!(ledger["visibility"], "INTERNAL");
    assert_eq!(ledger["isArchived"], false);
    let errors = ledger["codeowners"]["errors"].as_array().unwrap();
    assert_eq!((errors.len(), errors[0]["kind"].as_str(), errors[0]["line"].as_i64()), (1, Some("Unknown owner"), Some(2)));
    let entries: Vec<&str> = ledger["root"]["entries"].as_array().unwrap().iter().map(|entry| entry["name"].as_str().unwrap()).collect();
    // Git's order: `src-b` comes before the folder `src`, whose name is compared as `src/`.
    assert_eq!(entries, [".github", "Cargo.lock", "LICENSE", "README.md", "big.txt", "logo.png", "src-b", "src"]);
    assert_eq!(answer["data"]["rateLimit"], Value::Null, "nothing is limited out of the box");

    running.set("2026-01-10T00:00:00Z");
    let answer = running.graphql(query).await;
    let nodes = answer["data"]["organization"]["repositories"]["nodes"].as_array().unwrap();
    let names: Vec<&str> = nodes.iter().map(|node| node["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["empty", "gone", "ledger", "old-name", "vault"]);
    assert_eq!(nodes[2]["defaultBranchRef"]["target"]["messageHeadline"], "Begin");
    assert_eq!(nodes[2]["codeowners"], Value::Null);
    assert_eq!(nodes[2]["latestRelease"], Value::Null);
}

#[tokio::test]
async fn files_are_found_by_every_form_of_expression() {
    let running = start(company(), options(), NOW).await;
    let answer = running
        .graphql(
            r#"{ repository(owner: "acme", name: "ledger") { head: defaultBranchRef { target { oid } }
              a: object(expression: "HEAD:src/main.rs") { ...F } b: object(expression: "main:src/main.rs") { ...F }
              c: object(expression: "v0.1.0:README.md") { ...F } d: object(expression: "HEAD:nothing") { ...F }
              e: object(expression: "HEAD~2:src/net/mod.rs") { ...F } f: object(expression: "HEAD:SRC/main.rs") { ...F }
              big: object(expression: "HEAD:big.txt") { ...F } logo: object(expression: "HEAD:logo.png") { ...F }
              tag: object(expression: "v0.1.0") { __typename ... on Tag { name target { oid } } }
              tree: object(expression: "HEAD:src") { __typename ... on Tree { entries { name path type } } }
              g: object(oid: "d00491fd7e5bb6fa28c517a0bb32b8b506539d4d") { ...F }
              h: object(oid: "0000000000000000000000000000000000000001") { ...F } } }
            fragment F on Blob { oid byteSize isBinary isTruncated text }"#,
        )
        .await;
    assert_eq!(answer["errors"], Value::Null);
    let found = &answer["data"]["repository"];
    assert_eq!(found["a"]["text"], "fn main() {}\n");
    assert_eq!(found["a"], found["b"]);
    assert_eq!(found["c"]["text"], "# ledger\n");
    assert_eq!((&found["d"], &found["f"]), (&Value::Null, &Value::Null), "a missing file is no error, and case counts");
    assert_eq!(found["e"]["text"], "//! Net.\n", "what was removed is still in older commits");
    assert_eq!((&found["big"]["isTruncated"], &found["big"]["byteSize"]), (&json!(true), &json!(680_000)));
    let text = found["big"]["text"].as_str().unwrap();
    assert!(text.len() <= 512 * 1024 && text.len() > 512 * 1024 - 4);
    assert_eq!((&found["logo"]["isBinary"], &found["logo"]["text"]), (&json!(true), &Value::Null));
    assert_eq!((&found["tag"]["__typename"], &found["tag"]["name"]), (&json!("Tag"), &json!("v0.1.0")));
    assert_eq!(found["tree"]["entries"][0], json!({"name": "main.rs", "path": "src/main.rs", "type": "blob"}));
    assert_eq!(found["g"], Value::Null, "the id of `1\\n`, which is not in there");
    assert_eq!(found["h"], Value::Null);

    let by_commit = format!(
        r#"{{ repository(owner: "acme", name: "ledger") {{ object(expression: "{}:src/main.rs") {{ ... on Blob {{ text }} }}
            blob: object(oid: "{}") {{ ... on Blob {{ text }} }} }} }}"#,
        found["head"]["target"]["oid"].as_str().unwrap(),
        found["a"]["oid"].as_str().unwrap()
    );
    let answer = running.graphql(&by_commit).await;
    assert_eq!(answer["data"]["repository"]["object"]["text"], "fn main() {}\n");
    assert_eq!(answer["data"]["repository"]["blob"]["text"], "fn main() {}\n");
}

#[tokio::test]
async fn history_of_a_file_goes_back_to_where_it_began() {
    let running = start(company(), options(), NOW).await;
    let query = |arguments: &str| {
        format!(
            r#"{{ repository(owner: "acme", name: "ledger") {{ defaultBranchRef {{ target {{ ... on Commit {{
                history({arguments}) {{ totalCount pageInfo {{ hasNextPage endCursor }}
                  nodes {{ messageHeadline committedDate }} }} }} }} }} }} }}"#
        )
    };
    let history = async |arguments: &str| {
        let answer = running.graphql(&query(arguments)).await;
        let history = answer["data"]["repository"]["defaultBranchRef"]["target"]["history"].clone();
        let messages: Vec<String> =
            history["nodes"].as_array().unwrap().iter().map(|node| node["messageHeadline"].as_str().unwrap().to_owned()).collect();
        (messages, history)
    };
    let (messages, page) = history("first: 3").await;
    assert_eq!(messages, ["Big", "Lock", "Say who owns it"]);
    assert_eq!((&page["totalCount"], &page["pageInfo"]["hasNextPage"]), (&json!(4), &json!(true)));
    let (messages, page) = history(&format!("first: 3, after: {}", page["pageInfo"]["endCursor"])).await;
    assert_eq!((messages, &page["pageInfo"]["hasNextPage"]), (vec!["Begin".to_owned()], &json!(false)));
    assert_eq!(history("first: 9, path: \"src/net/mod.rs\"").await.0, ["Lock", "Say who owns it"], "the removal counts too");
    assert_eq!(history("first: 9, path: \"src\"").await.0, ["Lock", "Say who owns it", "Begin"]);
    let period = "first: 9, since: \"2026-02-01T00:00:00Z\", until: \"2026-03-01T10:00:00Z\"";
    assert_eq!(history(period).await.0, ["Lock", "Say who owns it"]);
}

#[tokio::test]
async fn teams_have_their_parents_members_and_permissions() {
    let running = start(company(), options(), NOW).await;
    let answer = running
        .graphql(
            r#"{ organization(login: "acme") { teams(first: 50) { totalCount nodes { id databaseId slug name description privacy url
                parentTeam { slug } members(first: 100) { edges { role node { login } } }
                direct: members(first: 100, membership: IMMEDIATE) { nodes { login } }
                repositories(first: 100) { edges { permission node { nameWithOwner } } } } }
              membersWithRole(first: 10) { totalCount nodes { login name email databaseId } } } }"#,
        )
        .await;
    assert_eq!(answer["errors"], Value::Null);
    let teams = &answer["data"]["organization"]["teams"]["nodes"];
    assert_eq!((&teams[0]["slug"], &teams[0]["parentTeam"]), (&json!("finance"), &Value::Null));
    assert_eq!(teams[1]["parentTeam"]["slug"], "finance");
    assert_eq!(teams[1]["members"]["edges"][0], json!({"role": "MAINTAINER", "node": {"login": "ada"}}));
    let logins = |value: &Value| -> Vec<String> {
        value.as_array().unwrap().iter().map(|node| node["login"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(logins(&teams[0]["direct"]["nodes"]), ["cy"]);
    assert_eq!(teams[0]["members"]["edges"].as_array().unwrap().len(), 3, "members of teams below count");
    assert_eq!(teams[1]["repositories"]["edges"][0], json!({"permission": "WRITE", "node": {"nameWithOwner": "acme/ledger"}}));
    assert_eq!(logins(&answer["data"]["organization"]["membersWithRole"]["nodes"]), ["ada", "bo", "cy"]);
}

#[tokio::test]
async fn what_is_not_there_is_null_with_an_error_of_its_kind_and_the_rest_is_answered() {
    let running = start(company(), options(), NOW).await;
    let answer = running
        .graphql(
            r#"{ r0: repository(owner: "acme", name: "ledger") { name } r1: repository(owner: "acme", name: "gone") { name }
              r2: repository(owner: "acme", name: "old-name") { name }
              r3: repository(owner: "acme", name: "OLD-name", followRenames: false) { name }
              organization(login: "nobody") { id } }"#,
        )
        .await;
    assert_eq!(answer["data"]["r0"]["name"], "ledger");
    assert_eq!(answer["data"]["r1"], Value::Null);
    assert_eq!(answer["data"]["r2"]["name"], "new-name");
    let errors = answer["errors"].as_array().unwrap();
    assert_eq!(errors.len(), 3);
    let gone = errors.iter().find(|error| error["path"] == json!(["r1"])).unwrap();
    assert_eq!(gone["type"], "NOT_FOUND");
    assert_eq!(gone["message"], "Could not resolve to a Repository with the name 'acme/gone'.");
    assert_eq!(gone["locations"][0]["line"], 1);
    assert_eq!(gone.get("extensions"), None);
    assert!(errors.iter().any(|error| error["message"] == "Could not resolve to an Organization with the login of 'nobody'."));
}

#[tokio::test]
async fn nodes_are_found_by_their_ids() {
    let running = start(company(), options(), NOW).await;
    let answer = running
        .graphql(
            r#"{ organization(login: "acme") { id teams(first: 1) { nodes { id } } membersWithRole(first: 1) { nodes { id } } }
              repository(owner: "acme", name: "ledger") { id object(expression: "HEAD:README.md") { id } } }"#,
        )
        .await;
    let data = &answer["data"];
    let ids = json!([
        data["repository"]["id"],
        data["repository"]["object"]["id"],
        data["organization"]["id"],
        data["organization"]["teams"]["nodes"][0]["id"],
        data["organization"]["membersWithRole"]["nodes"][0]["id"],
        "R_nonsense"
    ]);
    let query = "query($ids: [ID!]!) { nodes(ids: $ids) { __typename id ... on Repository { name } ... on Blob { text } } }";
    let answer = running.graphql_as(SECRET, query, json!({"ids": ids})).await;
    let nodes = answer["data"]["nodes"].as_array().unwrap();
    let types: Vec<&Value> = nodes.iter().map(|node| &node["__typename"]).collect();
    assert_eq!(
        types,
        ["Repository", "Blob", "Organization", "Team", "User"]
            .iter()
            .map(|t| json!(t))
            .chain([Value::Null])
            .collect::<Vec<_>>()
            .iter()
            .collect::<Vec<_>>()
    );
    assert_eq!(nodes[0]["id"], ids[0]);
    assert_eq!((&answer["errors"][0]["type"], &answer["errors"][0]["path"]), (&json!("NOT_FOUND"), &json!(["nodes", 5])));
}

#[tokio::test]
async fn pages_without_bounds_or_beyond_them_are_refused_before_anything_is_read() {
    let running = start(company(), options(), NOW).await;
    let kind = async |query: &str| {
        let answer = running.graphql(query).await;
        assert_eq!(answer.get("data"), None, "{answer}");
        (answer["errors"][0]["type"].as_str().unwrap().to_owned(), answer["errors"][0]["message"].as_str().unwrap().to_owned())
    };
    let (word, message) = kind(r#"query Q { organization(login: "acme") { repositories { totalCount } } }"#).await;
    assert_eq!(word, "MISSING_PAGINATION_BOUNDARIES");
    assert_eq!(message, "You must provide a `first` or `last` value to properly paginate the `repositories` connection.");
    let (word, message) = kind(r#"{ organization(login: "acme") { repositories(first: 101) { totalCount } } }"#).await;
    assert_eq!(word, "EXCESSIVE_PAGINATION");
    assert_eq!(message, "Requesting 101 records on the `repositories` connection exceeds the `first` limit of 100 records.");
    let deep = r#"{ organization(login: "acme") { repositories(first: 100) { nodes { languages(first: 100) { nodes { name } }
        releases(first: 100) { nodes { tagName } } refs(refPrefix: "refs/tags/", first: 100) { nodes { target { ... on Commit {
        history(first: 100) { nodes { oid } } } } } } } } } }"#;
    let (word, message) = kind(deep).await;
    assert_eq!(word, "MAX_NODE_LIMIT_EXCEEDED");
    assert_eq!(message, "This query requests up to 1,030,100 possible nodes which exceeds the maximum limit of 500,000.");
    let answer = running.graphql("{ nonsense }").await;
    assert!(answer["errors"][0]["message"].as_str().unwrap().contains("nonsense"));
    let answer = running.graphql("{ viewer { ").await;
    assert_eq!(answer.get("data"), None);
}

#[tokio::test]
async fn a_query_costs_what_the_published_formula_says_and_the_budget_ends() {
    let rate = Some(Rate { points: 17, requests: 3 });
    let running = start(company(), Options { rate, ..options() }, NOW).await;
    let ask = async |query: &str, variables: Value| {
        let request = running.client.post(format!("{}/api/graphql", running.server.url())).bearer_auth(SECRET);
        let answer = request.json(&json!({"query": query, "variables": variables})).send().await.unwrap();
        let remaining = answer.headers()["x-ratelimit-remaining"].to_str().unwrap().to_owned();
        let status = answer.status().as_u16();
        (status, remaining, answer.json::<Value>().await.unwrap())
    };
    let (_, remaining, answer) = ask("{ viewer { login } rateLimit { cost limit remaining used nodeCount resetAt } }", Value::Null).await;
    let limit = &answer["data"]["rateLimit"];
    assert_eq!((&limit["cost"], &limit["limit"], &limit["remaining"], &limit["used"]), (&json!(1), &json!(17), &json!(16), &json!(1)));
    assert_eq!((limit["resetAt"].as_str(), remaining.as_str()), (Some("2026-05-15T13:00:00Z"), "16"));
    // 1 + 100 + 100 + 100 * 10 requests.
    let query = r#"query($n: Int = 10) { organization(login: "acme") { repositories(first: 100) { nodes { ...R } } }
          rateLimit { cost nodeCount } }
        fragment R on Repository { repositoryTopics(first: 20) { nodes { topic { name } } }
          refs(refPrefix: "refs/tags/", first: $n) { nodes { target { ... on Commit { history(first: 1) { totalCount } } } } } }"#;
    let (_, remaining, answer) = ask(query, Value::Null).await;
    assert_eq!(answer["data"]["rateLimit"], json!({"cost": 12, "nodeCount": 100 + 2000 + 1000 + 1000}));
    assert_eq!(remaining, "4");
    let (_, _, answer) = ask(query, json!({"n": 1})).await;
    assert_eq!(answer["data"]["rateLimit"]["cost"], 3);
    ask("{ viewer { login } }", Value::Null).await;
    let (status, remaining, answer) = ask("{ viewer { login } }", Value::Null).await;
    assert_eq!((status, remaining.as_str()), (200, "0"));
    assert_eq!(answer["errors"][0]["type"], "RATE_LIMITED");
    assert_eq!(answer.get("data"), None);
    running.set("2026-05-15T13:00:00Z");
    assert_eq!(ask("{ viewer { login } }", Value::Null).await.1, "16");
}

#[tokio::test]
async fn past_the_resource_limit_a_part_is_answered_and_each_rest_named() {
    let running = start(company(), Options { resources: Some(3), ..options() }, NOW).await;
    let answer = running
        .graphql(
            r#"{ r0: repository(owner: "acme", name: "ledger") { f0: object(expression: "HEAD:README.md") { oid } }
              r1: repository(owner: "acme", name: "vault") { f0: object(expression: "HEAD:a.py") { oid } }
              r2: repository(owner: "acme", name: "empty") { name } }"#,
        )
        .await;
    let kinds: BTreeSet<&str> = answer["errors"].as_array().unwrap().iter().map(|error| error["type"].as_str().unwrap()).collect();
    assert_eq!(kinds, BTreeSet::from(["RESOURCE_LIMITS_EXCEEDED"]));
    assert_eq!(answer["errors"][0]["message"], "Resource limits for this query exceeded.");
    assert!(answer["errors"][0]["path"].is_array());
    let answered = answer["data"].as_object().unwrap().values().filter(|value| !value.is_null()).count();
    assert!((1..3).contains(&answered), "{answer}");
}

fn with_scopes(scopes: &[&str]) -> Options {
    let mut token = Token::classic(SECRET, "spot-reader");
    token.grants = Grants::Scopes(scopes.iter().map(|scope| (*scope).to_owned()).collect());
    Options { tokens: vec![token], ..Options::default() }
}

#[tokio::test]
async fn a_token_sees_what_its_scopes_and_its_owner_allow() {
    let names = async |options: Options, secret: &str| {
        let running = start(company(), options, NOW).await;
        let query =
            r#"{ organization(login: "acme") { repositories(first: 100, orderBy: {field: NAME, direction: ASC}) { nodes { name } } } }"#;
        let answer = running.graphql_as(secret, query, Value::Null).await;
        let nodes = answer["data"]["organization"]["repositories"]["nodes"].as_array().cloned().unwrap_or_default();
        nodes.iter().map(|node| node["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names(with_scopes(&["read:org"]), SECRET).await, ["new-name"], "only what is public");
    let mut member = with_scopes(&["repo"]);
    member.tokens[0].owner = false;
    assert_eq!(names(member.clone(), SECRET).await, ["empty", "ledger", "new-name"], "internal too, private not");
    member.tokens[0].login = "ada".to_owned();
    assert_eq!(names(member, SECRET).await, ["empty", "ledger", "new-name", "vault"], "private ones of her team");
    let mut fine = options();
    fine.tokens[0].grants = Grants::Permissions(BTreeMap::from([("metadata".to_owned(), "read".to_owned())]), Some(BTreeSet::from([101])));
    assert_eq!(names(fine, SECRET).await, ["ledger", "new-name"]);

    let running = start(company(), with_scopes(&["repo"]), NOW).await;
    let answer = running.graphql(r#"{ organization(login: "acme") { teams(first: 1) { nodes { slug } } } }"#).await;
    assert_eq!(answer.get("data"), None);
    assert_eq!(answer["errors"][0]["type"], "INSUFFICIENT_SCOPES");
    let message = answer["errors"][0]["message"].as_str().unwrap();
    assert!(message.contains("The 'slug' field requires one of the following scopes: ['read:org', 'read:discussion']"), "{message}");
    assert!(message.contains("but your token has only been granted the: ['repo'] scopes."), "{message}");
    let refused = running.get("/api/v3/orgs/acme/teams").await;
    assert_eq!(refused.status(), 403);
    assert_eq!(refused.headers()["x-oauth-scopes"], "repo");
    assert!(refused.headers()["x-accepted-oauth-scopes"].to_str().unwrap().contains("read:org"));
    assert_eq!(running.get("/api/v3/repos/acme/vault").await.status(), 200);
}

#[tokio::test]
async fn nobody_gets_in_with_a_wrong_or_expired_token() {
    let mut options = options();
    options.tokens[0].expires = Some(at("2026-06-01T00:00:00Z"));
    let running = start(company(), options, NOW).await;
    let answer = running.graphql_as("ghp_wrong", "{ viewer { login } }", Value::Null).await;
    assert_eq!((&answer["message"], &answer["status"]), (&json!("Bad credentials"), &json!("401")));
    let anonymous = running.client.get(format!("{}/api/v3/repos/acme/ledger", running.server.url())).send().await.unwrap();
    assert_eq!(anonymous.status(), 404, "what is hidden does not exist");
    assert_eq!(running.get("/api/v3/user").await.status(), 200);
    running.set("2026-06-01T00:00:00Z");
    assert_eq!(running.get("/api/v3/user").await.status(), 401);
}

#[tokio::test]
async fn rest_lists_have_pages_that_lead_on_by_links() {
    let running = start(company(), options(), NOW).await;
    let first = running.get("/api/v3/orgs/acme/repos?per_page=3&sort=full_name").await;
    let link = first.headers()["link"].to_str().unwrap().to_owned();
    assert!(link.contains("/organizations/9400001/repos?per_page=3&sort=full_name&page=2>; rel=\"next\""), "{link}");
    assert!(link.contains("page=2>; rel=\"last\""), "{link}");
    assert_eq!(first.json::<Value>().await.unwrap().as_array().unwrap().len(), 3);
    let next = link.split(['<', '>']).nth(1).unwrap().strip_prefix(&running.server.url()).unwrap().to_owned();
    let second = running.get(&next).await;
    let link = second.headers()["link"].to_str().unwrap().to_owned();
    assert!(link.contains("rel=\"prev\"") && link.contains("rel=\"first\"") && !link.contains("rel=\"next\""), "{link}");
    let names = second.json::<Value>().await.unwrap();
    assert_eq!(names[0]["full_name"], "acme/vault");
    let values = running.get("/api/v3/orgs/acme/properties/values?per_page=100").await.json::<Value>().await.unwrap();
    assert_eq!(values[0]["properties"], json!([{"property_name": "tier", "value": "1"}]));
    let teams = running.get("/api/v3/orgs/acme/teams").await.json::<Value>().await.unwrap();
    assert_eq!((&teams[1]["slug"], &teams[1]["parent"]["slug"]), (&json!("payments"), &json!("finance")));
}

#[tokio::test]
async fn what_did_not_change_costs_nothing() {
    let running = start(company(), Options { rate: Some(Rate { points: 10, requests: 3 }), ..options() }, NOW).await;
    let first = running.get("/api/v3/repos/acme/ledger").await;
    assert_eq!(first.headers()["x-ratelimit-remaining"], "2");
    assert_eq!(first.headers()["x-ratelimit-resource"], "core");
    let tag = first.headers()["etag"].clone();
    let again = async || {
        let request = running.client.get(format!("{}/api/v3/repos/acme/ledger", running.server.url())).bearer_auth(SECRET);
        request.header("if-none-match", &tag).send().await.unwrap()
    };
    let unchanged = again().await;
    assert_eq!((unchanged.status().as_u16(), unchanged.headers()["x-ratelimit-remaining"].to_str().unwrap()), (304, "2"));
    assert_eq!(unchanged.text().await.unwrap(), "");
    running.set("2026-06-02T00:00:00Z");
    assert_eq!(again().await.status(), 200, "it was archived since");
    running.get("/api/v3/repos/acme/ledger").await;
    running.get("/api/v3/repos/acme/ledger").await;
    let limited = running.get("/api/v3/repos/acme/ledger").await;
    assert_eq!((limited.status().as_u16(), limited.headers()["x-ratelimit-remaining"].to_str().unwrap()), (403, "0"));
    assert!(limited.json::<Value>().await.unwrap()["message"].as_str().unwrap().starts_with("API rate limit exceeded"));
    let rate = running.get("/api/v3/rate_limit").await.json::<Value>().await.unwrap();
    assert_eq!((&rate["resources"]["core"]["remaining"], &rate["resources"]["graphql"]["limit"]), (&json!(0), &json!(10)));
}

#[tokio::test]
async fn a_renamed_repository_leads_to_its_number() {
    let running = start(company(), options(), NOW).await;
    let moved = running.get("/api/v3/repos/acme/old-name/git/trees/main?recursive=1").await;
    assert_eq!(moved.status(), 301);
    let location = moved.headers()["location"].to_str().unwrap().to_owned();
    assert_eq!(location, format!("{}/api/v3/repositories/102/git/trees/main?recursive=1", running.server.url()));
    let tree = running.get(location.strip_prefix(&running.server.url()).unwrap()).await.json::<Value>().await.unwrap();
    assert_eq!(tree["tree"][0]["path"], "index.js");
    assert_eq!(running.get("/api/v3/repos/acme/gone").await.status(), 404);
}

#[tokio::test]
async fn trees_are_listed_in_full_or_said_to_be_cut() {
    let running = start(company(), options(), NOW).await;
    let tree = running.get("/api/v3/repos/acme/ledger/git/trees/main?recursive=1").await.json::<Value>().await.unwrap();
    let paths: Vec<&str> = tree["tree"].as_array().unwrap().iter().map(|entry| entry["path"].as_str().unwrap()).collect();
    assert_eq!(
        paths,
        [
            ".github",
            ".github/CODEOWNERS",
            "Cargo.lock",
            "LICENSE",
            "README.md",
            "big.txt",
            "logo.png",
            "src-b",
            "src-b/x.rs",
            "src",
            "src/main.rs"
        ]
    );
    assert_eq!((&tree["truncated"], &tree["tree"][0]["mode"], &tree["tree"][1]["type"]), (&json!(false), &json!("040000"), &json!("blob")));
    let below = running.get("/api/v3/repos/acme/ledger/git/trees/main:src?recursive=1").await.json::<Value>().await.unwrap();
    assert_eq!(below["tree"][0]["path"], "main.rs");
    assert_eq!(running.get("/api/v3/repos/acme/empty/git/trees/main").await.status(), 409);
    let raw = running.client.get(format!(
        "{}/api/v3/repos/acme/ledger/git/blobs/{}",
        running.server.url(),
        tree["tree"][5]["sha"].as_str().unwrap()
    ));
    let raw = raw.bearer_auth(SECRET).header("accept", "application/vnd.github.raw+json").send().await.unwrap();
    assert_eq!(raw.bytes().await.unwrap().len(), 680_000);
    let file = running.get("/api/v3/repos/acme/ledger/contents/src/main.rs").await.json::<Value>().await.unwrap();
    assert_eq!((&file["encoding"], &file["content"]), (&json!("base64"), &json!("Zm4gbWFpbigpIHt9Cg==\n")));
    let running = start(company(), Options { tree_entries: 4, ..options() }, NOW).await;
    let tree = running.get("/api/v3/repos/acme/ledger/git/trees/HEAD?recursive=1").await.json::<Value>().await.unwrap();
    assert_eq!((&tree["truncated"], tree["tree"].as_array().unwrap().len()), (&json!(true), 4));
}

/// A key pair made by openssl, or none where there is no such program.
fn key_pair(folder: &Path) -> Option<(Vec<u8>, String)> {
    let private = folder.join("key.pem");
    let made = Command::new("openssl").args(["genrsa", "-out"]).arg(&private).arg("2048").output().ok()?;
    let public = Command::new("openssl").args(["rsa", "-pubout", "-in"]).arg(&private).output().ok()?;
    (made.status.success() && public.status.success())
        .then(|| (std::fs::read(&private).unwrap(), String::from_utf8(public.stdout).unwrap()))
}

#[tokio::test]
async fn an_app_signs_in_gets_a_token_for_an_hour_and_sees_what_it_was_given() {
    let folder = tempfile::tempdir().unwrap();
    let Some((private, public_key)) = key_pair(folder.path()) else {
        eprintln!("SKIPPED: openssl is not installed");
        return;
    };
    let permissions = ["metadata", "contents", "members"].map(|name| (name.to_owned(), "read".to_owned())).into();
    let app =
        App { id: 77, slug: "spot".to_owned(), installation: 5, public_key, permissions, repositories: Some(BTreeSet::from([101, 103])) };
    let running = start(company(), Options { apps: vec![app], ..Options::default() }, NOW).await;
    let seconds = at(NOW).micros() / 1_000_000;
    let signed = |exp: i64| {
        let claims = json!({"iat": seconds - 60, "exp": seconds + exp, "iss": "77"});
        encode(&Header::new(Algorithm::RS256), &claims, &EncodingKey::from_rsa_pem(&private).unwrap()).unwrap()
    };
    let ask = async |method: &str, path: &str, secret: &str, body: Value| {
        let request = running.client.request(method.parse().unwrap(), format!("{}/api/v3{path}", running.server.url())).bearer_auth(secret);
        let answer = request.json(&body).send().await.unwrap();
        (answer.status().as_u16(), answer.json::<Value>().await.unwrap())
    };
    let (status, body) = ask("GET", "/app", &signed(3600), Value::Null).await;
    assert_eq!((status, &body["message"]), (401, &json!("'Expiration time' claim ('exp') is too far in the future")));
    assert_eq!(ask("GET", "/app", &signed(500), Value::Null).await.1["slug"], "spot");
    let (_, installations) = ask("GET", "/app/installations", &signed(500), Value::Null).await;
    assert_eq!((&installations[0]["id"], &installations[0]["account"]["login"]), (&json!(5), &json!("acme")));
    let (status, made) = ask("POST", "/app/installations/5/access_tokens", &signed(500), Value::Null).await;
    assert_eq!((status, &made["expires_at"]), (201, &json!("2026-05-15T13:00:00Z")));
    let token = made["token"].as_str().unwrap().to_owned();
    assert!(token.starts_with("ghs_77_") && token.len() > 100, "{token}");
    let (_, seen) = ask("GET", "/installation/repositories", &token, Value::Null).await;
    assert_eq!((&seen["total_count"], &seen["repositories"][1]["name"]), (&json!(2), &json!("vault")));
    let (status, _) = ask("GET", "/orgs/acme/properties/values", &token, Value::Null).await;
    assert_eq!(status, 403, "it was not given that permission");
    let (_, narrow) = ask(
        "POST",
        "/app/installations/5/access_tokens",
        &signed(500),
        json!({"repository_ids": [103], "permissions": {"metadata": "read"}}),
    )
    .await;
    let narrow = narrow["token"].as_str().unwrap().to_owned();
    let answer = running
        .graphql_as(
            &narrow,
            r#"{ repository(owner: "acme", name: "vault") { name object(expression: "HEAD:a.py") { oid } } }"#,
            Value::Null,
        )
        .await;
    assert_eq!((&answer["data"]["repository"]["name"], &answer["errors"][0]["type"]), (&json!("vault"), &json!("FORBIDDEN")));
    let (status, _) = ask("POST", "/app/installations/5/access_tokens", &signed(500), json!({"repository_ids": [102]})).await;
    assert_eq!(status, 422);
    running.set("2026-05-15T13:00:00Z");
    assert_eq!(ask("GET", "/installation/repositories", &token, Value::Null).await.0, 401);
}

#[tokio::test]
async fn pages_for_people_show_files_and_escape_them() {
    let mut company = company();
    company.repositories[0].commits.push(Commit {
        at: at("2026-05-03T00:00:00Z"),
        author: 0,
        message: "<b>Bold</b>".to_owned(),
        changes: vec![FileChange { path: "docs/<x>.md".to_owned(), content: Some(Content::text("<script>alert(1)</script>")) }],
    });
    let running = start(company, options(), NOW).await;
    let get = async |path: &str| {
        let answer = running.client.get(format!("{}{path}", running.server.url())).send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    let (status, page) = get("/acme/ledger").await;
    assert_eq!(status, 200);
    assert!(page.contains("simulated") && page.contains("&lt;b&gt;Bold&lt;/b&gt;") && !page.contains("<b>"));
    let (status, page) = get("/acme/ledger/blob/main/docs/%3Cx%3E.md").await;
    assert!(status == 200 && page.contains("&lt;script&gt;") && !page.contains("<script"));
    assert_eq!(get("/acme/ledger/tree/main/src").await.0, 200);
    assert_eq!(get("/orgs/acme/teams/payments").await.0, 200);
    assert_eq!(get("/acme/gone").await.0, 404);
    assert_eq!(get("/acme/old-name").await.0, 301);
    assert_eq!(get("/acme/empty").await.0, 200);
}

fn git(folder: &Path, arguments: &[&str]) -> String {
    let done = Command::new("git")
        .current_dir(folder)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_TERMINAL_PROMPT", "0")
        .args(arguments)
        .output()
        .unwrap();
    assert!(done.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).unwrap()
}

fn address(running: &Running, name: &str) -> String {
    running.server.url().replace("http://", &format!("http://x-access-token:{SECRET}@")) + "/acme/" + name + ".git"
}

async fn in_git(work: impl FnOnce() + Send + 'static) {
    tokio::task::spawn_blocking(work).await.unwrap();
}

#[tokio::test]
async fn git_clones_fetches_and_finds_nothing_wrong() {
    let running = start(company(), options(), "2026-02-10T00:00:00Z").await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_owned();
    for version in ["2", "0"] {
        let protocol = format!("protocol.version={version}");
        let name = format!("clone-{version}");
        let (path, url) = (path.clone(), address(&running, "ledger"));
        running.set("2026-02-10T00:00:00Z");
        let (clone, setting) = (path.join(&name), protocol.clone());
        in_git(move || {
            git(&path, &["-c", &setting, "clone", "--quiet", "--bare", &url, &name]);
            git(&clone, &["fsck", "--strict"]);
            assert_eq!(
                git(&clone, &["log", "--format=%s|%an|%ae|%at|%ct", "main"]).lines().collect::<Vec<_>>(),
                [
                    "Say who owns it|Ada Moreau|ada@acme.example|1769940000|1769940000",
                    "Begin|Ada Moreau|ada@acme.example|1767348000|1767348000"
                ]
            );
            assert_eq!(git(&clone, &["tag"]), "v0.1.0\n");
            assert_eq!(git(&clone, &["cat-file", "-t", "v0.1.0"]), "tag\n");
        })
        .await;
        running.set("2026-05-10T00:00:00Z");
        let clone = folder.path().join(format!("clone-{version}"));
        let setting = protocol.clone();
        in_git(move || {
            git(&clone, &["-c", &setting, "fetch", "--quiet", "origin", "main:main", "--tags"]);
            git(&clone, &["fsck", "--strict"]);
            assert_eq!(git(&clone, &["rev-list", "--count", "main"]), "4\n");
            assert_eq!(git(&clone, &["tag"]), "v0.1.0\nv1.0.0\nv1.1.0-rc.1\n");
            assert_eq!(git(&clone, &["show", "main:src/main.rs"]), "fn main() {}\n");
            assert_eq!(git(&clone, &["cat-file", "-s", "main:big.txt"]), "680000\n");
        })
        .await;
    }
    let answer = running
        .graphql(
            r#"{ repository(owner: "acme", name: "ledger") { object(expression: "HEAD") { oid ... on Commit { tree { oid } } }
            tag: object(expression: "v0.1.0") { oid } } }"#,
        )
        .await;
    let found = &answer["data"]["repository"];
    let clone = folder.path().join("clone-2");
    assert_eq!(git(&clone, &["rev-parse", "main"]).trim(), found["object"]["oid"].as_str().unwrap());
    assert_eq!(git(&clone, &["rev-parse", "main^{tree}"]).trim(), found["object"]["tree"]["oid"].as_str().unwrap());
    assert_eq!(git(&clone, &["rev-parse", "v0.1.0"]).trim(), found["tag"]["oid"].as_str().unwrap());
}

#[tokio::test]
async fn git_fetches_without_blobs_and_each_later_and_only_the_newest_commits() {
    let running = start(company(), options(), NOW).await;
    let folder = tempfile::tempdir().unwrap();
    let (path, url) = (folder.path().to_owned(), address(&running, "ledger"));
    in_git(move || {
        git(&path, &["clone", "--quiet", "--bare", "--filter=blob:none", &url, "partial"]);
        let partial = path.join("partial");
        let missing = git(&partial, &["rev-list", "--objects", "--missing=print", "main"]);
        assert_eq!(missing.lines().filter(|line| line.starts_with('?')).count(), 9, "{missing}");
        assert_eq!(git(&partial, &["show", "main:README.md"]), "# ledger\n", "fetched when it is asked for");
        let missing = git(&partial, &["rev-list", "--objects", "--missing=print", "main"]);
        assert_eq!(missing.lines().filter(|line| line.starts_with('?')).count(), 8);

        git(&path, &["clone", "--quiet", "--bare", "--filter=tree:0", &url, "treeless"]);
        let treeless = path.join("treeless");
        assert_eq!(git(&treeless, &["rev-list", "--count", "main"]), "4\n");
        assert_eq!(git(&treeless, &["show", "main:src/main.rs"]), "fn main() {}\n");

        git(&path, &["clone", "--quiet", "--bare", "--filter=blob:limit=1k", &url, "limited"]);
        let limited = path.join("limited");
        let missing = git(&limited, &["rev-list", "--objects", "--missing=print", "main"]);
        assert_eq!(missing.lines().filter(|line| line.starts_with('?')).count(), 1);

        git(&path, &["clone", "--quiet", "--bare", "--depth=2", &url, "shallow"]);
        let shallow = path.join("shallow");
        git(&shallow, &["fsck", "--strict"]);
        assert_eq!(git(&shallow, &["rev-list", "--count", "main"]), "2\n");
        git(&shallow, &["fetch", "--quiet", "--unshallow", "origin", "main:main"]);
        git(&shallow, &["fsck", "--strict"]);
        assert_eq!(git(&shallow, &["rev-list", "--count", "main"]), "4\n");
    })
    .await;
    let (path, empty, renamed) = (folder.path().to_owned(), address(&running, "empty"), address(&running, "old-name"));
    in_git(move || {
        git(&path, &["clone", "--quiet", "--bare", &empty, "empty"]);
        assert_eq!(git(&path.join("empty"), &["symbolic-ref", "HEAD"]), "refs/heads/main\n");
        git(&path, &["clone", "--quiet", "--bare", &renamed, "renamed"]);
        assert_eq!(git(&path.join("renamed"), &["show", "main:index.js"]), "0\n");
    })
    .await;
    let url = running.server.url();
    let refused = async |url: String| running.client.get(url).send().await.unwrap();
    let anonymous = refused(format!("{url}/acme/ledger.git/info/refs?service=git-upload-pack")).await;
    assert_eq!((anonymous.status().as_u16(), anonymous.headers()["www-authenticate"].to_str().unwrap()), (401, "Basic realm=\"GitHub\""));
    assert_eq!(
        refused(format!("{url}/acme/new-name.git/info/refs?service=git-upload-pack")).await.status(),
        200,
        "a public one is for all"
    );
    assert_eq!(running.get("/acme/gone.git/info/refs?service=git-upload-pack").await.status(), 404);
    assert_eq!(running.get("/acme/ledger.git/info/refs?service=git-receive-pack").await.status(), 403);
}

#[tokio::test]
async fn a_long_history_of_every_kind_of_change_arrives_whole_from_any_point() {
    let mut company = company();
    let mut made = repository(110, "busy");
    let mut files: BTreeMap<String, String> = BTreeMap::new();
    let mut states = Vec::new();
    // Numbers without a pattern, the same each time.
    let mut state = 7u64;
    let mut next = |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    for step in 0..40 {
        let mut changes = Vec::new();
        for _ in 0..=next(4) {
            let path = ["a.txt", "a/b.txt", "a.b/c.txt", "a/b/c/d.txt", "a0", "z/z.txt"][next(6) as usize];
            let clashes = |other: &String| other.starts_with(&format!("{path}/")) || path.starts_with(&format!("{other}/"));
            if next(3) == 0 {
                files.remove(path);
                changes.push(remove(path));
            } else if !files.keys().any(clashes) {
                // Few contents, so that old ones come back.
                let text = format!("{}\n", next(3));
                files.insert(path.to_owned(), text.clone());
                changes.push(write(path, &text));
            }
        }
        let when = at("2026-01-01T00:00:00Z").plus_seconds(step * 86_400);
        made.commits.push(Commit { at: when, author: (step % 3) as usize, message: format!("Step {step}"), changes });
        states.push(files.clone());
    }
    company.repositories.push(made);
    let running = start(company, options(), "2026-01-01T00:00:00Z").await;
    let folder = tempfile::tempdir().unwrap();
    let url = address(&running, "busy");
    for (number, filter) in ["", "--filter=blob:none", "--filter=tree:0"].into_iter().enumerate() {
        let name = format!("clone-{number}");
        for (round, day) in [4usize, 5, 17, 39].into_iter().enumerate() {
            running.set(&at("2026-01-01T00:00:00Z").plus_seconds(day as i64 * 86_400).to_string());
            let (path, url, name, expected) = (folder.path().to_owned(), url.clone(), name.clone(), states[day].clone());
            in_git(move || {
                let clone = path.join(&name);
                if round == 0 {
                    let arguments = ["clone", "--quiet", "--bare", filter, &url, &name];
                    git(&path, &arguments.into_iter().filter(|argument| !argument.is_empty()).collect::<Vec<_>>());
                } else {
                    git(&clone, &["fetch", "--quiet", "origin", "main:main"]);
                }
                git(&clone, &["fsck", "--strict"]);
                assert_eq!(git(&clone, &["rev-list", "--count", "main"]).trim(), (day + 1).to_string());
                let listed = git(&clone, &["ls-tree", "-r", "--name-only", "main"]);
                assert_eq!(listed.lines().map(str::to_owned).collect::<BTreeSet<_>>(), expected.keys().cloned().collect());
                for (file, text) in &expected {
                    assert_eq!(git(&clone, &["show", &format!("main:{file}")]), *text);
                }
            })
            .await;
        }
    }
}
