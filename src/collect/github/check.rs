//! Whether GitHub can be read: the credentials, the rights, the budget, and what is visible.

use serde_json::{Value, json};

use crate::collect::github::client::{Client, Failure, How};
use crate::collect::github::delivery::runs::MOST_REQUESTS;
use crate::collect::github::inventory::reasons;
use crate::collect::github::wire::{Aliased, CheckData, RateState};
use crate::collect::github::{Credentials, queries};
use crate::collect::http::{Answer, message_of};
use crate::collect::{Finding, Health};
use crate::model::Instant;

/// Points and requests below which a first run may not come to its end.
const LITTLE: u64 = 200;

/// One request for the budget, five for each organisation.
pub(crate) async fn check(client: &Client) -> Vec<Finding> {
    let (mut findings, is_known, mut granted) = begin(client).await;
    if !is_known {
        return findings;
    }
    let config = client.config();
    for organisation in &config.organisations {
        let (found, properties) = organisation_rights(client, organisation).await;
        findings.extend(found);
        findings.extend(event_rights(client, organisation).await);
        // An Enterprise Server does not tell them with every answer.
        if let (true, Some(answer)) = (granted.is_empty(), &properties) {
            granted = scopes(answer);
        }
    }
    findings.extend(granted);
    if !config.repositories.is_empty() {
        let detail = format!(
            "{} repositories are listed by name; custom properties and permissions are not read of them",
            config.repositories.len()
        );
        findings.push(Finding::new("repositories", Health::Good, detail));
    }
    findings
}

/// What everybody needs who asks GitHub: something to read, credentials and a budget; whether these are good, and the scopes of
/// a classic token.
pub(crate) async fn begin(client: &Client) -> (Vec<Finding>, bool, Vec<Finding>) {
    let mut findings = Vec::new();
    let config = client.config();
    let first = config.organisations.first().map(String::as_str);
    let owner = first.or_else(|| config.repositories.first()?.split('/').next()).unwrap_or_default().to_owned();
    if owner.is_empty() {
        let detail = "no organisation and no repository is configured, so there is nothing to read";
        findings.push(Finding::new("organisations", Health::Wrong, detail));
    }
    let answer = match client.get(&owner, client.rest_url(&["rate_limit"]), &How::JSON).await {
        Ok(answer) => answer,
        Err(failure) => {
            findings.push(refused(client, &failure));
            return (findings, false, Vec::new());
        }
    };
    findings.push(credentials(client, &answer));
    findings.extend(budget(&answer));
    (findings, true, scopes(&answer))
}

fn refused(client: &Client, failure: &Failure) -> Finding {
    let what = match client.config().credentials {
        Credentials::App { .. } => "app",
        _ => "token",
    };
    match failure {
        Failure::Refused(message) => {
            let help = "make a new one with read access to contents, metadata, members and custom properties";
            Finding::new(what, Health::Wrong, format!("GitHub refuses it: {message}; {help}"))
        }
        Failure::Limited { .. } => Finding::new("budget", Health::Wrong, failure.to_string()),
        failure => Finding::new("server", Health::Wrong, format!("{} cannot be asked: {failure}", client.config().api)),
    }
}

fn credentials(client: &Client, answer: &Answer) -> Finding {
    match &client.config().credentials {
        Credentials::Anonymous => {
            Finding::new("token", Health::Wrong, "there is none, and GitHub's GraphQL answers nobody without one; set GITHUB_TOKEN")
        }
        Credentials::App { id, .. } => Finding::new("app", Health::Good, format!("App {id} is installed, and its key is accepted")),
        Credentials::Token(token) => {
            let kind = match token.expose() {
                text if text.starts_with("github_pat_") => "a fine-grained personal token; large organisations are read faster by an App",
                text if text.starts_with("ghp_") => "a classic personal token",
                text if text.starts_with("gho_") => "a token of an OAuth app",
                text if text.starts_with("ghs_") => {
                    "the token of an installation, which ends within the hour: configure the App itself instead"
                }
                text if text.starts_with("ghu_") => "the token of a user of an App",
                _ => "a token",
            };
            let ends = answer.header("github-authentication-token-expiration").map(|at| format!("; it ends {at}")).unwrap_or_default();
            Finding::new("token", Health::Good, format!("{kind}{ends}"))
        }
    }
}

/// What a classic token may do, which GitHub tells with every answer.
fn scopes(answer: &Answer) -> Vec<Finding> {
    let Some(told) = answer.header("x-oauth-scopes") else { return Vec::new() };
    let scopes: Vec<&str> = told.split(',').map(str::trim).collect();
    let has = |names: &[&str]| names.iter().any(|name| scopes.contains(name));
    let finding = |what: &str, good: bool, lost: &str| match good {
        true => Finding::new(what, Health::Good, "is granted"),
        false => Finding::new(what, Health::Lacking, format!("is not granted: {lost}")),
    };
    vec![
        finding("repo", has(&["repo"]), "private and internal repositories are not seen"),
        finding("read:org", has(&["read:org", "write:org", "admin:org"]), "teams, people, permissions and custom properties are not seen"),
    ]
}

fn budget(answer: &Answer) -> Vec<Finding> {
    if answer.status.as_u16() == 404 {
        return vec![Finding::new("budget", Health::Good, "this server limits nobody")];
    }
    let Ok(state) = answer.clone().success().and_then(|answer| answer.json::<RateState>()) else {
        return vec![Finding::new("budget", Health::Lacking, format!("cannot be told: {}", message_of(answer)))];
    };
    let mut findings = Vec::new();
    for (name, what) in [("graphql", "points of GraphQL"), ("core", "requests of REST")] {
        let Some(rate) = state.resources.get(name) else { continue };
        let health = match rate.remaining {
            0 => Health::Wrong,
            left if left < LITTLE => Health::Lacking,
            _ => Health::Good,
        };
        let reset = Instant::from_seconds(rate.reset);
        findings.push(Finding::new("budget", health, format!("{} of {} {what} are left until {reset}", rate.remaining, rate.limit)));
    }
    findings
}

/// What is visible of an organisation, and the answer that told of its custom properties.
async fn organisation_rights(client: &Client, organisation: &str) -> (Vec<Finding>, Option<Answer>) {
    let what = |part: &str| format!("{organisation}: {part}");
    let reply = match client.query::<CheckData>(organisation, queries::CHECK, json!({ "owner": organisation })).await {
        Ok(reply) => reply,
        Err(failure) => return (vec![Finding::new(what("repositories"), Health::Wrong, hint(&failure.to_string()))], None),
    };
    let mut findings = Vec::new();
    if let Some(viewer) = &reply.data.viewer {
        tracing::debug!(login = viewer.login, remaining = reply.data.rate_limit.as_ref().and_then(|rate| rate.remaining), "checked");
    }
    let why = || hint(&reasons(&reply.errors).unwrap_or_else(|| "GitHub does not say why".to_owned()));
    let Some(found) = &reply.data.organization else {
        return (vec![Finding::new(what("repositories"), Health::Wrong, why())], None);
    };
    match &found.repositories {
        Some(counted) if counted.total_count == 0 => {
            let detail = "none is visible; a fine-grained token or an App must be given the organisation's repositories";
            findings.push(Finding::new(what("repositories"), Health::Lacking, detail));
        }
        Some(counted) => findings.push(Finding::new(what("repositories"), Health::Good, format!("{} are visible", counted.total_count))),
        None => findings.push(Finding::new(what("repositories"), Health::Wrong, why())),
    }
    let reply = client.query::<CheckData>(organisation, queries::CHECK_TEAMS, json!({ "owner": organisation })).await;
    let lost = "are not seen, nor people or permissions";
    findings.push(match reply {
        Ok(reply) => match reply.data.organization.and_then(|found| found.teams) {
            Some(counted) => Finding::new(what("teams"), Health::Good, format!("{} are visible", counted.total_count)),
            None => {
                let why = reasons(&reply.errors).unwrap_or_else(|| "GitHub does not say why".to_owned());
                Finding::new(what("teams"), Health::Lacking, format!("{lost}: {}", hint(&why)))
            }
        },
        Err(failure) => Finding::new(what("teams"), Health::Lacking, format!("{lost}: {}", hint(&failure.to_string()))),
    });
    let mut url = client.rest_url(&["orgs", organisation, "properties", "values"]);
    url.set_query(Some("per_page=1"));
    let asked = client.get(organisation, url, &How::JSON).await;
    let finding = match &asked {
        Ok(answer) if answer.status.is_success() => Finding::new(what("custom properties"), Health::Good, "can be read"),
        Ok(answer) => {
            let detail = format!(
                "cannot be read, so they name no owners: GitHub answered {}: {}",
                answer.status.as_u16(),
                hint(&message_of(answer))
            );
            let sso = answer.header("x-github-sso").map(|sso| format!("; {sso}")).unwrap_or_default();
            Finding::new(what("custom properties"), Health::Lacking, format!("{detail}{sso}"))
        }
        Err(failure) => Finding::new(what("custom properties"), Health::Lacking, hint(&failure.to_string())),
    };
    findings.push(finding);
    (findings, asked.ok())
}

/// Whether what happens in an organisation can be read, and what that takes of the budget.
async fn event_rights(client: &Client, organisation: &str) -> Vec<Finding> {
    let what = |part: &str| format!("{organisation}: {part}");
    let variables = json!({ "owner": organisation });
    let reply = match client.query::<Aliased<Value>>(organisation, queries::CHECK_EVENTS, variables).await {
        Ok(reply) => reply,
        Err(failure) => return vec![Finding::new(what("events"), Health::Lacking, hint(&failure.to_string()))],
    };
    let mut findings = Vec::new();
    for (alias, name, permission) in [("deployments", "deployments", "deployments"), ("pullRequests", "pull requests", "pull_requests")] {
        let error = reply.errors.iter().find(|error| error.touches(&[alias]));
        findings.push(match error {
            None => Finding::new(what(name), Health::Good, "can be read"),
            Some(error) => {
                let detail = format!("cannot be read: {}; the token needs the permission {permission}: read", hint(&error.message));
                Finding::new(what(name), Health::Lacking, detail)
            }
        });
    }
    if !client.config().pipeline_runs {
        findings.push(Finding::new(what("workflow runs"), Health::Good, "are left out: pipeline_runs is false"));
        return findings;
    }
    let nodes = reply.data.answers.values().flatten().find_map(|found| found.pointer("/repositories/nodes/0/nameWithOwner")?.as_str());
    let Some((owner, name)) = nodes.and_then(|name| name.split_once('/')) else { return findings };
    let mut url = client.rest_url(&["repos", owner, name, "actions", "runs"]);
    url.set_query(Some("per_page=1"));
    let finding = match client.get(organisation, url, &How::JSON).await {
        Ok(answer) if answer.status.is_success() || answer.status.as_u16() == 404 => {
            let detail = format!(
                "can be read, for one request of REST in each repository with a push since the last run, {MOST_REQUESTS} in a run at most; \
                 pipeline_runs = false leaves them out"
            );
            Finding::new(what("workflow runs"), Health::Good, detail)
        }
        Ok(answer) => {
            let detail = format!(
                "cannot be read: GitHub answered {}: {}; the token needs the permission actions: read",
                answer.status.as_u16(),
                hint(&message_of(&answer))
            );
            Finding::new(what("workflow runs"), Health::Lacking, detail)
        }
        Err(failure) => Finding::new(what("workflow runs"), Health::Lacking, hint(&failure.to_string())),
    };
    findings.push(finding);
    findings
}

/// What GitHub says, with what to do about it where that is known.
pub(crate) fn hint(message: &str) -> String {
    let lower = message.to_lowercase();
    if lower.contains("saml") || lower.contains("sso") {
        format!(
            "{message}; authorise the token for the organisation's single sign-on: Settings, Developer settings, the token, Configure SSO"
        )
    } else if lower.contains("ip allow list") {
        format!("{message}; this machine's address must be on the organisation's list")
    } else if lower.contains("could not resolve to an organization") {
        format!("{message}; check how it is spelled, and whether the token may see it (repositories of a user are listed one by one)")
    } else {
        message.to_owned()
    }
}
