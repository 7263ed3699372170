//! Whether a page can be read, how much of it, and what its words mean.

use std::collections::BTreeSet;

use tokio_util::sync::CancellationToken;

use crate::collect::http::Http;
use crate::collect::statuspage::client::{Client, NEWEST, Part, describe};
use crate::collect::statuspage::convert::{NONE, created, is_maintenance, severity, word};
use crate::collect::statuspage::wire::Incident;
use crate::collect::statuspage::{Config, Page};
use crate::collect::{Finding, Health};

/// Looks at everything that a run needs.
pub(super) async fn check(http: &Http, config: &Config) -> Vec<Finding> {
    let client = Client::new(http, config, CancellationToken::new());
    let mut findings = Vec::new();
    let newest = match &config.page {
        Page::Managed { id, .. } => {
            match client.about().await {
                Ok(page) => {
                    let name = page.name.unwrap_or_else(|| id.clone());
                    findings.push(Finding::new("key", Health::Good, format!("it may read the page {name}")));
                }
                Err(error) => return vec![Finding::new("key", Health::Wrong, describe(config, &error))],
            }
            client.incidents().next().await
        }
        Page::Public(_) => client.newest().await,
    };
    match newest {
        Ok(newest) => {
            findings.push(incidents(config, &newest));
            findings.extend(impacts(config, &newest.items));
        }
        Err(error) => {
            findings.push(Finding::new("incidents", Health::Wrong, describe(config, &error)));
            return findings;
        }
    }
    findings.push(match client.components().await {
        Ok(listed) => {
            let count = listed.items.iter().filter(|component| !component.group).count();
            Finding::new("components", Health::Good, format!("{count} are listed"))
        }
        Err(error) => Finding::new("components", Health::Lacking, format!("their names are unknown: {}", describe(config, &error))),
    });
    findings
}

fn incidents(config: &Config, newest: &Part<Incident>) -> Finding {
    let oldest = newest.items.iter().filter_map(created).min();
    match (&config.page, oldest) {
        (Page::Managed { .. }, _) => Finding::new("incidents", Health::Good, "they can be read, with all of the past"),
        (Page::Public(_), Some(oldest)) if newest.count >= NEWEST => {
            let message = format!(
                "the page shows the newest {NEWEST} alone, since {oldest}: what was before stays unknown; statuspage.page and \
                 statuspage.key read all"
            );
            Finding::new("incidents", Health::Lacking, message)
        }
        (Page::Public(_), _) => Finding::new("incidents", Health::Good, format!("the page shows all of them, {} so far", newest.count)),
    }
}

/// Words for impacts that mean nothing; none if there are none.
fn impacts(config: &Config, newest: &[Incident]) -> Option<Finding> {
    let words = newest.iter().filter(|incident| !is_maintenance(incident)).filter_map(word);
    let unknown: BTreeSet<String> =
        words.filter(|word| *word != NONE && severity(config, word).is_none()).map(|word| format!("{word:?}")).collect();
    let all = unknown.into_iter().collect::<Vec<_>>().join(", ");
    (!all.is_empty())
        .then(|| Finding::new("impacts", Health::Lacking, format!("{all} stand for no severity: add them to statuspage.severities")))
}
