//! The GraphQL documents, as they are sent.
//!
//! Those that depend on nothing but variables are files beside this one. Questions about many repositories or files at once
//! need an alias for each, so they are put together; [`examples`] shows them, for tests against GitHub's schema.

use crate::collect::github::search::Place;

/// What every document that is put together asks beside.
pub(crate) const RATE: &str = "rateLimit { cost nodeCount remaining resetAt }";
pub(crate) const REPOSITORY: &str = include_str!("queries/repository.graphql");
pub(crate) const TAGS: &str = include_str!("queries/tags.graphql");
pub(crate) const LOOKS: &str = include_str!("queries/looks.graphql");
pub(crate) const LOOKUP: &str = include_str!("queries/lookup.graphql");
pub(crate) const NEWEST: &str = include_str!("queries/newest.graphql");
pub(crate) const DEPLOYMENTS: &str = include_str!("queries/deployments.graphql");
pub(crate) const PULL_REQUESTS: &str = include_str!("queries/pull_requests.graphql");
pub(crate) const FILE: &str = include_str!("queries/file.graphql");
pub(crate) const TEAM_PARTS: &str = include_str!("queries/team_parts.graphql");
pub(crate) const CHECK: &str = include_str!("queries/check.graphql");
pub(crate) const CHECK_EVENTS: &str = include_str!("queries/check_events.graphql");
pub(crate) const CHECK_TEAMS: &str = include_str!("queries/check_teams.graphql");

pub(crate) fn inventory() -> String {
    [include_str!("queries/inventory.graphql"), REPOSITORY, TAGS, NEWEST].join("\n")
}

pub(crate) fn teams() -> String {
    [include_str!("queries/teams.graphql"), TEAM_PARTS].join("\n")
}

/// Every document, by name; of those that are put together an example.
#[must_use]
pub fn examples() -> Vec<(&'static str, String)> {
    let named = format!(
        "query Named {{ r0: repository(owner: \"acme\", name: \"billing\") {{ ...R ...N }} {RATE} }}\n{REPOSITORY}\n{TAGS}\n{NEWEST}"
    );
    let tags = format!(
        "query Tags {{ r0: repository(owner: \"acme\", name: \"billing\") {{ tags: refs(refPrefix: \"refs/tags/\", first: 100, after: \"x\", orderBy: {{ field: TAG_COMMIT_DATE, direction: DESC }}) {{ ...T }} }} {RATE} }}\n{TAGS}"
    );
    let files = format!(
        "query Files {{ r0: repository(owner: \"acme\", name: \"billing\") {{ f0: object(oid: \"a3f1c0de00000000000000000000000000000001\") {{ ...F }} }} {RATE} }}\n{FILE}"
    );
    let team_pages = format!(
        "query TeamPages {{ o: organization(login: \"acme\") {{ t0: team(slug: \"payments\") {{ slug members(first: 100, after: \"x\", membership: IMMEDIATE) {{ ...M }} repositories(first: 100, after: \"y\") {{ ...P }} }} }} {RATE} }}\n{TEAM_PARTS}"
    );
    let one = Place::repositories("acme", &["acme/billing"]).remove(0);
    vec![
        ("inventory", inventory()),
        ("looks", LOOKS.to_owned()),
        ("lookup", LOOKUP.to_owned()),
        ("teams", teams()),
        ("check", CHECK.to_owned()),
        ("check teams", CHECK_TEAMS.to_owned()),
        ("check events", CHECK_EVENTS.to_owned()),
        ("named", named),
        ("tags", tags),
        ("files", files),
        ("deployments", crate::collect::github::delivery::deployments::document(&[("acme/billing", None), ("acme/ledger", Some("x"))], 20)),
        ("pull requests", crate::collect::github::delivery::pull_requests::document(&Place::organisation("acme"))),
        ("pull requests of one", crate::collect::github::delivery::pull_requests::document(&one)),
        ("team pages", team_pages),
    ]
}
