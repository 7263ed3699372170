//! Whether Argo CD can be read, and what is lost.

use tokio_util::sync::CancellationToken;

use crate::collect::argocd::client::{Client, describe};
use crate::collect::argocd::wire::{UserInfo, Version};
use crate::collect::argocd::{Config, Credentials};
use crate::collect::http::{Answer, Http};
use crate::collect::{Finding, Health};

/// Looks at everything that a run needs.
pub(crate) async fn check(http: &Http, config: &Config) -> Vec<Finding> {
    let mut client = Client::new(http, config, CancellationToken::new());
    let version = client.send(config.at("api/version")).await.and_then(Answer::success).and_then(|answer| answer.json::<Version>());
    let mut findings = match version {
        Ok(version) => vec![Finding::new("server", Health::Good, format!("Argo CD {}", version.version))],
        Err(error) => return vec![Finding::new("server", Health::Wrong, describe(&error))],
    };
    if let Err(error) = client.open().await {
        findings.push(Finding::new("session", Health::Wrong, describe(&error)));
        return findings;
    }
    let user =
        client.send(config.at("api/v1/session/userinfo")).await.and_then(Answer::success).and_then(|answer| answer.json::<UserInfo>());
    findings.push(match user {
        Ok(user) if user.logged_in => Finding::new("account", Health::Good, user.username),
        Ok(_) if config.credentials == Credentials::Anonymous => {
            Finding::new("account", Health::Lacking, "none is given: only what everybody may see is read")
        }
        Ok(_) => Finding::new("account", Health::Wrong, "the token is not accepted: wrong, revoked or expired"),
        Err(error) => Finding::new("account", Health::Wrong, describe(&error)),
    });
    findings.push(match client.applications().await {
        Ok(listing) if listing.counted == 0 => {
            let text = "none is listed: those that the account may not get are left out; it needs `applications, get`";
            Finding::new("applications", Health::Lacking, text)
        }
        Ok(listing) => match listing.odd.first().map(|(_, why)| why).or(listing.lacking.first()) {
            None => Finding::new("applications", Health::Good, format!("{} can be read", listing.counted)),
            Some(why) => Finding::new("applications", Health::Lacking, format!("{} are listed; the first problem: {why}", listing.counted)),
        },
        Err(error) => Finding::new("applications", Health::Wrong, describe(&error)),
    });
    findings
}
