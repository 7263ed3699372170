//! Whether SonarQube can be read, and what is lost.

use tokio_util::sync::CancellationToken;

use crate::collect::http::{Answer, Error, Http};
use crate::collect::sonarqube::Config;
use crate::collect::sonarqube::client::{Client, describe, major};
use crate::collect::sonarqube::convert::wished;
use crate::collect::sonarqube::wire::{Validity, WebServices, instant};
use crate::collect::{Finding, Health, Memory};
use crate::model::Instant;

/// The header that says when a token ends.
const EXPIRATION: &str = "SonarQube-Authentication-Token-Expiration";
/// A token that ends sooner is worth a word.
const SOON_SECONDS: i64 = 14 * 86_400;
/// What is called, beside what tells of itself.
const CALLED: [(&str, &str); 5] = [
    ("api/components", "search"),
    ("api/components", "search_projects"),
    ("api/measures", "search"),
    ("api/measures", "search_history"),
    ("api/metrics", "search"),
];

/// Looks at everything that a run needs.
pub(crate) async fn check(http: &Http, config: &Config) -> Vec<Finding> {
    let client = Client::new(http, config, CancellationToken::new());
    let mut findings = Vec::new();
    match client.version().await {
        Ok(version) => findings.push(server(config, &version)),
        Err(error) => {
            findings.push(Finding::new("server", Health::Wrong, describe(&error)));
            return findings;
        }
    }
    client.prepare().await;
    let validated = client.send("api/authentication/validate", &[]).await.and_then(Answer::success);
    findings.extend(token(config, &validated, (http.outside().clock)()));
    findings.push(projects(&client).await);
    if findings.iter().any(|finding| finding.health == Health::Wrong) {
        return findings;
    }
    findings.push(match client.list_size("api/projects/search", &[]).await {
        Ok(total) => Finding::new("administer", Health::Good, format!("{total} projects exist")),
        Err(error) if error.status() == Some(403) => {
            let text = "not given, and not needed: only with it is it known which projects exist that may not be browsed";
            Finding::new("administer", Health::Good, text)
        }
        Err(error) => Finding::new("administer", Health::Lacking, describe(&error)),
    });
    let (mode, metrics, problems) = client.wishes(&Memory::new()).await;
    let word = mode.word();
    findings.push(match problems.first() {
        None => Finding::new("mode", Health::Good, format!("ratings are those of the mode {word}")),
        Some(problem) => Finding::new("mode", Health::Lacking, format!("{problem}; read as {word}")),
    });
    let missing: Vec<&str> = wished(mode).into_iter().filter(|wish| !metrics.contains(wish)).collect();
    findings.push(match missing.is_empty() {
        true => Finding::new("metrics", Health::Good, format!("all {} are known", metrics.len())),
        false => Finding::new("metrics", Health::Lacking, format!("not known to the server: {}", missing.join(", "))),
    });
    findings.push(calls(&client).await);
    findings
}

fn server(config: &Config, version: &str) -> Finding {
    if let Some(organisation) = &config.organisation {
        return Finding::new("server", Health::Good, format!("SonarQube Cloud, organisation {organisation}"));
    }
    let (health, name) = match major(version) {
        Some(major) if major >= 2000 => (Health::Good, "SonarQube Server"),
        Some(major) if major >= 24 => (Health::Good, "SonarQube Community Build"),
        Some(major) if major >= 10 => (Health::Good, "SonarQube"),
        _ if version.starts_with("9.9") => (Health::Good, "SonarQube"),
        _ => (Health::Lacking, "older than 9.9, the oldest that is known to work: SonarQube"),
    };
    Finding::new("server", health, format!("{name} {version}"))
}

fn token(config: &Config, validated: &Result<Answer, Error>, now: Instant) -> Vec<Finding> {
    let finding = |health, text: String| vec![Finding::new("token", health, text)];
    if config.token.is_none() {
        return finding(Health::Lacking, "none is given: only what everybody may see is read".to_owned());
    }
    let answer = match validated {
        Ok(answer) => answer,
        Err(error) => return finding(Health::Wrong, describe(error)),
    };
    match answer.json::<Validity>() {
        Ok(Validity { valid: true }) => {}
        Ok(_) => return finding(Health::Wrong, "it is not accepted: wrong, revoked or expired".to_owned()),
        Err(error) => return finding(Health::Wrong, describe(&error)),
    }
    let Some(until) = answer.header(EXPIRATION) else { return finding(Health::Good, "valid".to_owned()) };
    let soon = instant(until).is_some_and(|until| until < now.plus_seconds(SOON_SECONDS));
    let (health, advice) = if soon { (Health::Lacking, ": make a new one") } else { (Health::Good, "") };
    finding(health, format!("valid until {until}{advice}"))
}

async fn projects(client: &Client<'_>) -> Finding {
    match client.list_size("api/components/search", &[("qualifiers", "TRK")]).await {
        Ok(0) => Finding::new("browse", Health::Lacking, "no project may be browsed: the right to browse is given project by project"),
        Ok(total) => Finding::new("browse", Health::Good, format!("{total} projects may be browsed")),
        Err(error) => Finding::new("browse", Health::Wrong, describe(&error)),
    }
}

/// Whether what is called is still there and is to stay.
async fn calls(client: &Client<'_>) -> Finding {
    let services: WebServices = match client.get("api/webservices/list", &[("include_internals", "true")]).await {
        Ok(services) => services,
        Err(error) => return Finding::new("calls", Health::Lacking, format!("not known: {}", describe(&error))),
    };
    let mut odd = Vec::new();
    for (path, key) in CALLED {
        let of_path = services.web_services.iter().filter(|service| service.path == path);
        match of_path.flat_map(|service| &service.actions).find(|action| action.key == key) {
            None => odd.push(format!("{path}/{key} is gone")),
            Some(action) => odd.extend(action.deprecated_since.as_ref().map(|since| format!("{path}/{key} is deprecated since {since}"))),
        }
    }
    match odd.is_empty() {
        true => Finding::new("calls", Health::Good, "none is deprecated"),
        false => Finding::new("calls", Health::Lacking, odd.join("; ")),
    }
}
