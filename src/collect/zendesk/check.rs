//! Whether Zendesk can be read, as whom, and what its words mean.

use tokio_util::sync::CancellationToken;

use crate::collect::http::{Error, Http};
use crate::collect::zendesk::Config;
use crate::collect::zendesk::client::{Client, Position, describe};
use crate::collect::zendesk::fields::find;
use crate::collect::zendesk::wire::{Me, Ticket};
use crate::collect::{Finding, Health};

/// How far back a ticket is looked for.
const LOOK_SECONDS: i64 = 30 * 86_400;

/// Looks at everything that a run needs.
pub(super) async fn check(http: &Http, config: &Config) -> Vec<Finding> {
    let client = Client::new(http, config, CancellationToken::new());
    let mut findings = Vec::new();
    match client.get::<Me>(&["users", "me"], &[]).await {
        Ok(me) if me.user.id.is_none() => {
            let refused = Error::Status { status: 401, message: "nobody in particular".to_owned() };
            return vec![Finding::new("token", Health::Wrong, describe(&refused))];
        }
        Ok(me) => {
            let role = me.user.role.unwrap_or_else(|| "somebody".to_owned());
            let (health, more) = match role.as_str() {
                "admin" => (Health::Good, "it sees every ticket"),
                _ => (Health::Lacking, "only an administrator's may export tickets"),
            };
            findings.push(Finding::new("token", health, format!("of the role {role}: {more}")));
        }
        Err(error) => return vec![Finding::new("token", Health::Wrong, describe(&error))],
    }
    let now = (http.outside().clock)();
    let position = Position::Time(now.plus_seconds(-LOOK_SECONDS).micros().div_euclid(1_000_000).max(0));
    match client.page(&position, 1).await {
        Ok((page, answer)) => {
            let limit = answer.header("x-rate-limit").map_or_else(String::new, |limit| format!("; {limit} requests a minute"));
            findings.push(Finding::new("tickets", Health::Good, format!("they can be exported{limit}")));
            let first: Option<Ticket> = page.tickets.first().and_then(|raw| serde_json::from_str(raw.get()).ok());
            findings.push(match first {
                Some(ticket) if ticket.has_metric_events() => {
                    Finding::new("states", Health::Good, "tickets tell the states that they went through")
                }
                Some(_) => {
                    let message =
                        "tickets do not tell the states that they went through: of each the last solution and the present state are known";
                    Finding::new("states", Health::Lacking, message)
                }
                None => Finding::new("states", Health::Good, "no ticket changed of late"),
            });
        }
        Err(error) => findings.push(Finding::new("tickets", Health::Wrong, describe(&error))),
    }
    if !config.has_fields() {
        return findings;
    }
    match client.fields().await {
        Ok(all) => {
            for (what, naming) in [("features", &config.features), ("services", &config.services)] {
                let Some(wanted) = &naming.field else { continue };
                findings.push(match find(wanted, &all) {
                    Some(field) => {
                        Finding::new(what, Health::Good, format!("read from the field {wanted:?}, which is number {}", field.id))
                    }
                    None => Finding::new(what, Health::Lacking, format!("no ticket field is called {wanted:?}")),
                });
            }
        }
        Err(error) => findings.push(Finding::new("fields", Health::Lacking, describe(&error))),
    }
    findings
}
