//! Whether Consul can be read, and what is lost.

use tokio_util::sync::CancellationToken;

use crate::collect::consul::Config;
use crate::collect::consul::client::{Client, describe};
use crate::collect::consul::convert::root;
use crate::collect::http::{Error, Http};
use crate::collect::{Finding, Health};

/// Looks at everything that a run needs.
pub(super) async fn check(http: &Http, config: &Config) -> Vec<Finding> {
    let client = Client::new(http, config, CancellationToken::new());
    let mut findings = Vec::new();
    match client.leader().await {
        Ok(leader) if leader.is_empty() => {
            findings.push(Finding::new("server", Health::Lacking, "it answers, but its servers have no leader: what they say may be old"));
        }
        Ok(leader) => findings.push(Finding::new("server", Health::Good, format!("its leader is {leader}"))),
        Err(error) => {
            findings.push(Finding::new("server", Health::Wrong, describe(&error)));
            return findings;
        }
    }
    findings.push(token(&client, config).await);
    let known = match client.datacenters().await {
        Ok(known) => known,
        Err(error) => {
            findings.push(Finding::new("datacenters", Health::Wrong, describe(&error)));
            return findings;
        }
    };
    let wanted = if config.datacenters.is_empty() { known.clone() } else { config.datacenters.clone() };
    for place in wanted.iter().flat_map(|name| config.places(name)) {
        let what = place.scope();
        findings.push(match client.services(&place).await {
            Err(error) => Finding::new(what, Health::Lacking, format!("its services cannot be read: {}", describe(&error))),
            Ok(told) if told.doubt.is_some() => Finding::new(what, Health::Lacking, told.doubt.unwrap_or_default()),
            Ok(told) if place.is_default() && !told.value.contains_key("consul") => {
                let text = "Consul itself is not among its services: give the token read on all services and nodes";
                Finding::new(what, Health::Lacking, text)
            }
            Ok(_) if matches!(client.nodes(&place).await, Ok(nodes) if nodes.value.is_empty()) => {
                Finding::new(what, Health::Lacking, "no node is shown, and so no instance: give the token read on nodes")
            }
            Ok(told) => Finding::new(what, Health::Good, format!("{} services, proxies and Consul itself among them", told.value.len())),
        });
    }
    let Some(place) = known.first().map(|name| config.places(name).remove(0)) else { return findings };
    for prefix in &config.kv_prefixes {
        findings.push(match client.keys(&place, root(prefix)).await {
            Ok(told) if told.value.is_empty() => {
                let text = format!("there is none below {:?} in {}, or the token may not see it", root(prefix), place.scope());
                Finding::new("keys", Health::Lacking, text)
            }
            Ok(told) => Finding::new("keys", Health::Good, format!("{} below {:?} in {}", told.value.len(), root(prefix), place.scope())),
            Err(error) => Finding::new("keys", Health::Lacking, describe(&error)),
        });
    }
    if config.intentions {
        findings.push(match client.intentions(&place).await {
            Ok(told) => Finding::new("intentions", Health::Good, format!("{} may be seen", told.value.len())),
            Err(error) => Finding::new("intentions", Health::Lacking, describe(&error)),
        });
    }
    findings
}

async fn token(client: &Client<'_>, config: &Config) -> Finding {
    match client.token().await {
        Ok(token) => {
            let until = token.expiration_time.map_or_else(String::new, |until| format!(", valid until {until}"));
            let name = if token.description.is_empty() { "accepted".to_owned() } else { token.description };
            let (health, text) = match config.token {
                Some(_) => (Health::Good, format!("{name}{until}")),
                None => (Health::Lacking, "none is given: only what everybody may see is read".to_owned()),
            };
            Finding::new("token", health, text)
        }
        Err(Error::Status { message, .. }) if message.contains("ACL support disabled") => {
            Finding::new("token", Health::Good, "rights are not switched on: everything may be read")
        }
        Err(error) if config.token.is_none() => {
            Finding::new("token", Health::Lacking, format!("none is given: only what everybody may see is read ({error})"))
        }
        Err(error) => Finding::new("token", Health::Wrong, describe(&error)),
    }
}
