//! Whether Jenkins can be read, and what of it is wanted.

use tokio_util::sync::CancellationToken;

use crate::collect::http::Http;
use crate::collect::jenkins::Config;
use crate::collect::jenkins::client::{Client, describe};
use crate::collect::jenkins::convert::{Role, role};
use crate::collect::{Finding, Health};

/// Looks at everything that a run needs.
pub(super) async fn check(http: &Http, config: &Config) -> Vec<Finding> {
    let client = Client::new(http, config, CancellationToken::new());
    let mut findings = match client.send(client.address(&[], &["api", "json"]), "mode").await {
        Ok(answer) => match answer.header("x-jenkins") {
            Some(version) => vec![Finding::new("server", Health::Good, format!("Jenkins {version}"))],
            None => vec![Finding::new("server", Health::Lacking, "it does not say that it is Jenkins")],
        },
        Err(error) => return vec![Finding::new("server", Health::Wrong, describe(&error))],
    };
    findings.push(match &config.user {
        Some((user, _)) => Finding::new("user", Health::Good, user.as_str()),
        None => Finding::new("user", Health::Lacking, "none is given: only what everybody may see is read"),
    });
    let listing = match client.jobs().await {
        Ok(listing) => listing,
        Err(error) => {
            findings.push(Finding::new("jobs", Health::Wrong, describe(&error)));
            return findings;
        }
    };
    findings.extend(listing.lacking.iter().map(|message| Finding::new("folder", Health::Lacking, message.as_str())));
    let roles: Vec<Option<Role>> = listing.jobs.keys().map(|job| role(config, job)).collect();
    let deploying = roles.iter().flatten().filter(|role| matches!(role, Role::Deploys(_))).count();
    let building = roles.iter().flatten().count() - deploying;
    let health = if deploying + building == 0 { Health::Lacking } else { Health::Good };
    let text = format!("{} are listed, of which {deploying} deploy and {building} build by their names", roles.len());
    findings.push(Finding::new("jobs", health, text));
    findings
}
