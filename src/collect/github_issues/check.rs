//! Whether issues can be read: the credentials, the right to issues, the budget, and whether anything there is a bug.

use crate::collect::github::check::{begin, hint};
use crate::collect::github::client::Client;
use crate::collect::github::search::{Next, Pages, Place};
use crate::collect::github_issues::Config;
use crate::collect::github_issues::past::count;
use crate::collect::github_issues::queries::Dialect;
use crate::collect::{Finding, Health};
use crate::model::Instant;

/// One request for the budget, four for each organisation.
pub(super) async fn check(client: &Client, config: &Config) -> Vec<Finding> {
    let (mut findings, is_known, granted) = begin(client).await;
    if !is_known {
        return findings;
    }
    for place in config.places() {
        findings.extend(look(client, config, &place).await);
    }
    let text = match config.bugs.production_labels.as_slice() {
        [] => "every bug counts as seen in production, since github_issues.production_labels names no label".to_owned(),
        labels => format!("bugs with one of these labels count as seen in production: {}", labels.join(", ")),
    };
    findings.push(Finding::new("production", Health::Good, text));
    findings.extend(granted.into_iter().filter(|finding| finding.what == "repo"));
    findings
}

async fn look(client: &Client, config: &Config, place: &Place) -> Vec<Finding> {
    let what = |part: &str| format!("{}: {part}", place.scope());
    let document = Dialect::Untyped.found(place);
    let query = |from: &str| format!("{} is:issue created:>={from} sort:created-asc", place.words);
    let mut pages: Pages<'_, serde_json::Value> =
        Pages::new((client, &place.owner, &document), &query, |_| None, 1, Instant::from_seconds(0));
    let wrong = |message: String| vec![Finding::new(what("issues"), Health::Wrong, message)];
    match pages.next().await {
        Ok(Next::Denied(message)) => {
            return wrong(format!("cannot be read: {}; the token needs the permission issues: read", hint(&message)));
        }
        Ok(Next::Broken(message)) => return wrong(hint(&message)),
        Err(failure) => return wrong(hint(&failure.to_string())),
        Ok(_) => {}
    }
    let mut findings = Vec::new();
    let counted = |labels: &[String]| labels.iter().map(|label| format!("{label:?}")).collect::<Vec<_>>().join(",");
    let all = count(client, place, "").await;
    let labelled =
        if config.bugs.labels.is_empty() { Ok(0) } else { count(client, place, &format!("label:{}", counted(&config.bugs.labels))).await };
    let typed =
        if config.bugs.types.is_empty() { Ok(0) } else { count(client, place, &format!("type:{}", counted(&config.bugs.types))).await };
    findings.push(match all {
        Ok(0) => Finding::new(what("issues"), Health::Lacking, "none is visible; are they kept elsewhere?"),
        Ok(all) => Finding::new(what("issues"), Health::Good, format!("{all} are visible")),
        Err(failure) => Finding::new(what("issues"), Health::Wrong, hint(&failure.to_string())),
    });
    // A server that knows of no types finds nothing by them, or refuses to look.
    let (labelled, typed) = (labelled.unwrap_or(0), typed.unwrap_or(0));
    findings.push(match labelled + typed {
        0 => {
            let text = format!(
                "no issue has a label or type that says so ({}); name yours in github_issues.labels or github_issues.types",
                config.bugs.labels.iter().chain(&config.bugs.types).cloned().collect::<Vec<_>>().join(", ")
            );
            Finding::new(what("bugs"), Health::Lacking, text)
        }
        _ => Finding::new(what("bugs"), Health::Good, format!("{labelled} by their labels, {typed} by their type")),
    });
    findings
}
