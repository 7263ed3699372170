//! Whether Jira can be read, what of it, and what its words mean.

use tokio_util::sync::CancellationToken;

use crate::collect::http::Http;
use crate::collect::jira::Config;
use crate::collect::jira::client::{Client, Search, describe, describe_query, quoted, searches};
use crate::collect::jira::priority::Priorities;
use crate::collect::jira::sort::Sort;
use crate::collect::jira::time::AskersZone;
use crate::collect::{Finding, Health};

/// Looks at everything that a run needs.
pub(super) async fn check(http: &Http, config: &Config) -> Vec<Finding> {
    let mut client = Client::new(http, config, CancellationToken::new());
    let mut findings = Vec::new();
    match client.server().await {
        Ok(info) => {
            let (kind, version) = (info.deployment_type.unwrap_or_default(), info.version.unwrap_or_default());
            findings.push(match kind.as_str() {
                "" => Finding::new("server", Health::Lacking, "it does not say whether it is Cloud; taken for Data Center"),
                _ => Finding::new("server", Health::Good, format!("Jira {kind} {version}")),
            });
        }
        Err(error) => return vec![Finding::new("server", Health::Wrong, describe(&error))],
    }
    if config.token.is_none() {
        findings.push(Finding::new("account", Health::Lacking, "no token is given: only what everybody may see is read"));
    } else {
        match client.myself().await {
            Err(error) => {
                findings.push(Finding::new("account", Health::Wrong, describe(&error)));
                return findings;
            }
            Ok(person) => {
                let name = person.display_name.or(person.name).or(person.account_id).unwrap_or_default();
                findings.push(match person.time_zone.filter(|zone| AskersZone::of(Some(zone)).is_known()) {
                    Some(zone) => Finding::new("account", Health::Good, format!("{name}, whose zone is {zone}")),
                    None => {
                        Finding::new("account", Health::Lacking, format!("{name}, whose zone is not known: each run asks for a day more"))
                    }
                });
            }
        }
    }
    let mut seen = Vec::new();
    for key in &config.projects {
        match client.project(key).await {
            Ok(Some(_)) => seen.push(key.clone()),
            Ok(None) => {
                let text = format!("{key} does not exist, or the account lacks Browse projects there");
                findings.push(Finding::new("projects", Health::Lacking, text));
            }
            Err(error) => findings.push(Finding::new("projects", Health::Wrong, describe(&error))),
        }
    }
    if !config.projects.is_empty() && seen.is_empty() {
        findings.push(Finding::new("projects", Health::Wrong, "none of jira.projects may be seen"));
        return findings;
    }
    let mut found = Vec::new();
    for Search { sort, jql } in searches(config, &seen) {
        let what = sort.plural();
        findings.push(match client.count(&jql).await {
            Ok(count) => {
                found.push((sort, jql.clone(), count));
                match count {
                    0 => Finding::new(what, Health::Lacking, format!("nothing is found by {jql}: are {what} called otherwise?")),
                    _ => Finding::new(what, Health::Good, format!("about {count} are found by {jql}")),
                }
            }
            Err(error) => Finding::new(what, Health::Wrong, describe_query(&error, sort.rule())),
        });
    }
    let Some((query, all)) = found.iter().find_map(|(sort, jql, count)| (*sort == Sort::Bug).then_some((jql, *count))) else {
        return findings;
    };
    findings.extend(production(&client, config, query, all).await);
    if config.fields().next().is_some() {
        findings.extend(fields(&client, config).await);
    }
    if let Ok(list) = client.priorities().await {
        let mut priorities = Priorities::new(&config.priorities);
        priorities.learn(&list);
        let unknown = list.iter().filter(|priority| priorities.meaning(priority).is_none()).map(|it| it.name.as_str());
        let unknown: Vec<&str> = unknown.collect();
        findings.push(match unknown.is_empty() {
            true => Finding::new("priorities", Health::Good, format!("all {} are known", list.len())),
            false => {
                let text = format!("it is not known what these mean: {}; name them in jira.priorities", unknown.join(", "));
                Finding::new("priorities", Health::Lacking, text)
            }
        });
    }
    findings
}

/// How many bugs count as seen in production.
async fn production(client: &Client<'_>, config: &Config, bugs: &str, all: u64) -> Option<Finding> {
    let rule = &config.production;
    if rule.is_all() {
        let text = "every bug counts as seen in production, since nothing in jira.production_labels, _field or _jql says otherwise";
        return Some(Finding::new("production", Health::Good, text));
    }
    let mut any: Vec<String> = Vec::new();
    let list = |values: &[String]| values.iter().map(|value| quoted(value)).collect::<Vec<_>>().join(", ");
    if !rule.labels.is_empty() {
        any.push(format!("labels in ({})", list(&rule.labels)));
    }
    if let Some((field, values)) = &rule.field {
        any.push(format!("cf[{}] in ({})", field.trim_start_matches("customfield_"), list(values)));
    }
    any.extend(rule.jql.iter().map(|jql| format!("({jql})")));
    let found = client.count(&format!("{bugs} AND ({})", any.join(" OR "))).await;
    Some(match found {
        Ok(0) if all > 0 => Finding::new("production", Health::Lacking, "no bug counts as seen in production by what is configured"),
        Ok(count) => Finding::new("production", Health::Good, format!("about {count} of {all} bugs count as seen in production")),
        Err(error) => Finding::new("production", Health::Wrong, describe(&error)),
    })
}

/// Whether the custom fields are there, and what they are called.
async fn fields(client: &Client<'_>, config: &Config) -> Vec<Finding> {
    let known = match client.fields().await {
        Ok(known) => known,
        Err(error) => return vec![Finding::new("fields", Health::Lacking, describe(&error))],
    };
    let look = |id: &str| match known.iter().find(|field| field.id == id) {
        Some(field) => Finding::new("fields", Health::Good, format!("{id} is {:?}", field.name)),
        None => Finding::new("fields", Health::Wrong, format!("there is no {id}")),
    };
    config.fields().map(look).collect()
}
