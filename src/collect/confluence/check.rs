//! Whether Confluence can be read, and what is lost.

use tokio_util::sync::CancellationToken;

use crate::collect::confluence::client::{Client, describe};
use crate::collect::confluence::{Config, Edition};
use crate::collect::http::Http;
use crate::collect::{Finding, Health};

/// Looks at everything that a run needs.
pub(super) async fn check(http: &Http, config: &Config) -> Vec<Finding> {
    let client = Client::new(http, config, CancellationToken::new());
    let mut findings = Vec::new();
    if config.token.is_none() {
        findings.push(Finding::new("token", Health::Lacking, "none is given: only what everybody may see is read"));
    }
    if config.spaces.is_empty() && config.labels.is_empty() {
        findings.push(Finding::new("selection", Health::Wrong, "neither spaces nor labels are named: there is nothing to read"));
        return findings;
    }
    if config.edition == Edition::Cloud && !config.spaces.is_empty() {
        match client.spaces(&config.spaces).await {
            Err(error) => {
                findings.push(Finding::new("spaces", Health::Wrong, describe(&error)));
                return findings;
            }
            Ok(found) => {
                let unknown: Vec<&str> =
                    config.spaces.iter().filter(|key| found.iter().all(|space| space.key != **key)).map(String::as_str).collect();
                findings.push(match unknown.is_empty() {
                    true => Finding::new("spaces", Health::Good, format!("all {} are found", config.spaces.len())),
                    false => Finding::new("spaces", Health::Lacking, format!("not found, or not to be seen: {}", unknown.join(", "))),
                });
            }
        }
    }
    findings.push(match client.count("type = page").await {
        Ok(Some(0)) => Finding::new("search", Health::Lacking, "it answers, but finds no page at all: may the account see none?"),
        Ok(count) => {
            let count = count.map_or_else(String::new, |count| format!(": it finds {count} pages"));
            Finding::new("search", Health::Good, format!("it answers{count}"))
        }
        Err(error) if config.edition == Edition::DataCenter => Finding::new("search", Health::Wrong, describe(&error)),
        Err(error) => Finding::new("search", Health::Lacking, format!("labels cannot be read: {}", describe(&error))),
    });
    findings
}
