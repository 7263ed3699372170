//! Credentials: what they may read, and what is said of those that may not.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;
use spot::collect::github::Credentials;
use spot::collect::http::Secret;
use spot::collect::{Collector, Health};
use spot::demo::github::{App, Grants, Options, Rate, Token};

use crate::github::support::*;

const NOW: &str = "2026-06-01T00:00:00Z";

async fn findings(world: &World) -> Vec<String> {
    let findings = world.collector().check().await;
    findings.into_iter().map(|finding| format!("{:?} {}: {}", finding.health, finding.what, finding.detail)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_tells_rights_budget_and_what_is_visible() {
    let rate = Rate { points: 5_000, requests: 5_000 };
    let mut world = World::with(small(), Options { rate: Some(rate), ..options() }, NOW).await;
    world.config.pipeline_runs = true;
    let told = findings(&world).await;
    for expected in [
        "Good token: a classic personal token",
        "Good repo: is granted",
        "Good read:org: is granted",
        "Good budget: 5000 of 5000 points of GraphQL are left until 2026-06-01T01:00:00Z",
        "Good acme: repositories: 3 are visible",
        "Good acme: teams: 2 are visible",
        "Good acme: custom properties: can be read",
        "Good acme: deployments: can be read",
        "Good acme: pull requests: can be read",
        "Good acme: workflow runs: can be read, for one request of REST in each repository with a push since the last run, 1000",
    ] {
        assert!(told.iter().any(|line| line.starts_with(expected)), "{expected}: {told:#?}");
    }
    assert_eq!(world.asked(), (3, 3));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_limits_says_so() {
    let world = World::new(small(), NOW).await;
    assert!(findings(&world).await.contains(&"Good budget: this server limits nobody".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_lost_without_a_right_is_told() {
    let mut token = Token::classic(SECRET, "somebody");
    token.grants = Grants::Scopes(BTreeSet::from(["repo".to_owned()]));
    let mut world = World::with(small(), Options { tokens: vec![token], ..Options::default() }, NOW).await;
    let told = findings(&world).await;
    for expected in ["Lacking read:org: is not granted", "Lacking acme: teams"] {
        assert!(told.iter().any(|line| line.starts_with(expected)), "{expected}: {told:#?}");
    }
    let told = world.collect().await;
    assert_eq!(told.extents().last().unwrap(), "acme repository Full 3", "and the repositories are read without: {:?}", told.problems());
    assert!(told.problems().iter().all(|problem| problem.contains("read:org")), "{:?}", told.problems());
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_that_are_not_good_are_wrong() {
    let mut world = World::new(small(), NOW).await;
    for (credentials, expected) in [
        (Credentials::Token(Secret::new("ghp_wrong")), "Wrong token: GitHub refuses it: Bad credentials"),
        (
            Credentials::App { id: 1, key: Secret::new("no key"), installation: None },
            "Wrong app: GitHub refuses it: the App's private key cannot be used",
        ),
    ] {
        world.config.credentials = credentials;
        let told = findings(&world).await;
        assert!(told.len() == 1 && told[0].starts_with(expected), "{told:?}");
    }
    world.config.credentials = Credentials::Anonymous;
    let found = world.collector().check().await;
    assert!(found.iter().any(|finding| finding.health == Health::Wrong && finding.detail.contains("GITHUB_TOKEN")), "{found:?}");
    world.config.credentials = Credentials::Token(Secret::new(SECRET));
    world.config.organisations = vec!["nobody".to_owned()];
    let told = findings(&world).await;
    assert!(told.iter().any(|line| line.starts_with("Wrong nobody: repositories: Could not resolve")), "{told:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn single_sign_on_is_hinted_at() {
    let world = World::new(small(), NOW).await;
    let message =
        "Resource protected by organization SAML enforcement. You must grant your Personal Access token access to this organization.";
    world.faults(move |asked| {
        let errors =
            json!({"data": {"organization": null}, "errors": [{"type": "FORBIDDEN", "path": ["organization"], "message": message}]});
        asked.path.ends_with("/graphql").then(|| answer(200, &[], errors))
    });
    let told = findings(&world).await;
    assert!(told.iter().any(|line| line.starts_with("Wrong acme: repositories") && line.contains("Configure SSO")), "{told:#?}");
}

/// A key pair made by openssl, or none where there is no such program.
fn key_pair(folder: &std::path::Path) -> Option<(String, String)> {
    let private = folder.join("key.pem");
    Command::new("openssl")
        .args(["genrsa", "-traditional", "-out"])
        .arg(&private)
        .arg("2048")
        .output()
        .ok()
        .filter(|made| made.status.success())?;
    let public =
        Command::new("openssl").args(["rsa", "-pubout", "-in"]).arg(&private).output().ok().filter(|made| made.status.success())?;
    Some((std::fs::read_to_string(&private).ok()?, String::from_utf8(public.stdout).ok()?))
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_signs_in_renews_its_token_in_time_and_once_when_it_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let Some((private, public)) = key_pair(folder.path()) else {
        println!("skipped: openssl is not installed");
        return;
    };
    let permissions = ["metadata", "contents", "members", "organization_custom_properties", "deployments", "pull_requests", "actions"];
    let app = App {
        id: 77,
        slug: "spot".to_owned(),
        installation: 7_700,
        public_key: public,
        permissions: permissions.map(|name| (name.to_owned(), "read".to_owned())).into_iter().collect::<BTreeMap<_, _>>(),
        repositories: None,
    };
    // The App's claims bear the machine's time, as octocrab makes them.
    #[expect(clippy::disallowed_methods, reason = "the simulated server must judge them by the same time")]
    let machine: spot::model::Clock = Arc::new(|| spot::model::Instant::from(jiff::Timestamp::now()));
    let options = Options { apps: vec![app], claims_clock: Some(machine), ..Options::default() };
    let mut world = World::with(small(), options, NOW).await;
    world.config.credentials = Credentials::App { id: 77, key: Secret::new(private), installation: None };
    let told = world.collect().await;
    assert_eq!(told.problems(), Vec::<String>::new());
    assert_eq!(told.extents().last().unwrap(), "acme repository Full 3");
    let with_signing_in = world.asked();
    assert_eq!(with_signing_in, (4, 2 + 2), "the installation, its token");

    // One collector through hours: a token for each of them, renewed before it ends.
    let collector = world.collector();
    for _ in 0..3 {
        collector.check().await;
    }
    assert_eq!(world.asked(), (9, 3 * 2 + 2));
    world.later(3_400);
    collector.check().await;
    assert_eq!(world.asked(), (3, 2 + 2), "in its last minutes it is renewed");

    let refused = AtomicUsize::new(0);
    world.faults(move |asked| {
        let is_second = asked.path.ends_with("/graphql") && refused.fetch_add(1, Ordering::Relaxed) == 1;
        is_second.then(|| answer(401, &[], json!({"message": "Bad credentials"})))
    });
    world.memory.clear();
    let told = world.collect().await;
    assert_eq!((told.problems(), told.summary.failure.clone()), (Vec::new(), None));
    assert_eq!(told.extents().last().unwrap(), "acme repository Full 3");
    world.faults(|asked| asked.path.ends_with("/graphql").then(|| answer(401, &[], json!({"message": "Bad credentials"}))));
    let told = world.collect().await;
    assert_eq!(told.summary.failure.unwrap(), "GitHub refuses the credentials: Bad credentials");
}
