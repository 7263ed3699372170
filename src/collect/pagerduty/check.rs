//! Whether PagerDuty can be read, with what key, and what its priorities mean.

use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::collect::http::{Error, Http};
use crate::collect::pagerduty::client::{Client, describe};
use crate::collect::pagerduty::convert::severity;
use crate::collect::pagerduty::wire::{Me, Reference};
use crate::collect::pagerduty::{Config, Features};
use crate::collect::{Finding, Health};

/// Looks at everything that a run needs.
pub(super) async fn check(http: &Http, config: &Config) -> Vec<Finding> {
    let client = Client::new(http, config, CancellationToken::new());
    let mut findings = Vec::new();
    match client.get::<Me>(&["users", "me"], &[]).await {
        Ok(me) => {
            let name = me.user.called().unwrap_or("somebody").to_owned();
            findings.push(Finding::new("key", Health::Good, format!("of {name}: it sees what {name} may see")));
        }
        Err(Error::Status { status: 400 | 403 | 404, .. }) => findings.push(Finding::new("key", Health::Good, "of the account")),
        Err(error) => return vec![Finding::new("key", Health::Wrong, describe(&error))],
    }
    let one = [("limit", "1")];
    findings.push(match client.send(&["log_entries"], &one).await {
        Ok(answer) => {
            let limit = answer.header("ratelimit-limit").map_or_else(String::new, |limit| format!("; {limit} requests a minute"));
            Finding::new("incidents", Health::Good, format!("they can be read, with their log{limit}"))
        }
        Err(error) => Finding::new("incidents", Health::Wrong, describe(&error)),
    });
    findings.push(match client.get::<Value>(&["services"], &[("limit", "1"), ("total", "true")]).await {
        Ok(page) => {
            let count = page.get("total").and_then(Value::as_u64).map_or_else(|| "some".to_owned(), |count| count.to_string());
            Finding::new("services", Health::Good, format!("{count} are listed"))
        }
        Err(error) => Finding::new("services", Health::Lacking, format!("their integrations are unknown: {}", describe(&error))),
    });
    findings.push(match client.list::<Reference>(&["priorities"], "priorities", &[]).await {
        Ok(listed) if listed.items.is_empty() => no_priorities(),
        Ok(listed) => priorities(config, &listed.items),
        Err(Error::Status { status: 402, .. }) => no_priorities(),
        Err(error) => Finding::new("priorities", Health::Lacking, describe(&error)),
    });
    if let Features::Field(field) = &config.features {
        findings.push(Finding::new("features", Health::Good, format!("read from the custom field {field:?}, by a call for each incident")));
    }
    findings
}

fn no_priorities() -> Finding {
    Finding::new("priorities", Health::Good, "the account uses none: severity follows from the urgency")
}

fn priorities(config: &Config, all: &[Reference]) -> Finding {
    let (mut known, mut unknown) = (Vec::new(), Vec::new());
    for name in all.iter().filter_map(Reference::called) {
        match severity(config, name) {
            Some(severity) => known.push(format!("{name} is {severity}")),
            None => unknown.push(format!("{name:?}")),
        }
    }
    if unknown.is_empty() {
        return Finding::new("priorities", Health::Good, known.join(", "));
    }
    let message = format!("{} stand for no severity: add them to pagerduty.severities", unknown.join(", "));
    Finding::new("priorities", Health::Lacking, message)
}
