//! The parts of what tells of deployments: Argo CD, Jenkins, and those who push.

use std::collections::BTreeSet;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Deserialize;
use url::Url;

use crate::cli::config::file::{address, only_one, times};
use crate::cli::config::timing::Cron;
use crate::cli::config::{ConfigError, Flags, Schedule, Timing, secret};
use crate::cli::length::Length;
use crate::collect::cdevents::Sender;
use crate::collect::http::Secret;
use crate::collect::jenkins::{self, Pattern, WrongPattern};

/// Argo CD: where it is, as whom to read it, and what its labels mean.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ArgoCd {
    /// The server's address, with its root path if it has one.
    #[schemars(with = "Option<String>")]
    pub(super) url: Option<Url>,
    /// A token of an account or a project's role. Better in the variable SPOT_ARGOCD_TOKEN, or in a file.
    pub(super) token: Option<String>,
    /// A file that holds the token; relative to this file.
    pub(super) token_file: Option<PathBuf>,
    /// A local user, instead of a token: the token is the password then.
    pub(super) user: Option<String>,
    /// Projects that are read. Default: all.
    pub(super) projects: Option<Vec<String>>,
    /// Labels that applications must have, such as tier=backend.
    pub(super) selector: Option<String>,
    /// Labels that name the service. Default: app.kubernetes.io/name, app.
    pub(super) service_labels: Option<Vec<String>>,
    /// Labels that name the environment; without one the name of the application tells. Default: environment, env.
    pub(super) environment_labels: Option<Vec<String>>,
    /// Labels that name the region. Default: region, topology.kubernetes.io/region.
    pub(super) region_labels: Option<Vec<String>>,
    /// How often to read: a number and one of s, m, h, d, w. Default: 15m, since Argo CD forgets.
    #[schemars(with = "Option<String>")]
    pub(super) every: Option<Length>,
    /// When to read, instead of `every`: minute hour day month weekday, in the organisation's zone.
    #[schemars(with = "Option<String>")]
    pub(super) cron: Option<Cron>,
    /// Longest time for one run: a number and one of s, m, h, d, w. Default: 10m.
    #[schemars(with = "Option<String>")]
    pub(super) timeout: Option<Length>,
}

/// Jenkins: where it is, as whom to read it, and which of its jobs deploy.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Jenkins {
    /// The server's address, with its context path if it has one.
    #[schemars(with = "Option<String>")]
    pub(super) url: Option<Url>,
    /// The user whose token it is.
    pub(super) user: Option<String>,
    /// An API token of the user. Better in the variable SPOT_JENKINS_TOKEN, or in a file.
    pub(super) token: Option<String>,
    /// A file that holds the token; relative to this file.
    pub(super) token_file: Option<PathBuf>,
    /// Folders that are read, such as teams/payments. Default: all.
    pub(super) folders: Option<Vec<String>>,
    /// Names of jobs that deploy, such as deploy/{service}-{environment}; * and ** stand for anything.
    pub(super) deployments: Option<Vec<String>>,
    /// Names of jobs whose builds are shown at their repositories. Default: none.
    pub(super) builds: Option<Vec<String>>,
    /// Parameters that name the service. Default: SERVICE, APPLICATION, APP.
    pub(super) service_parameters: Option<Vec<String>>,
    /// Parameters that name the environment. Default: ENVIRONMENT, ENV, TARGET_ENVIRONMENT, STAGE.
    pub(super) environment_parameters: Option<Vec<String>>,
    /// Parameters that name the region. Default: REGION.
    pub(super) region_parameters: Option<Vec<String>>,
    /// Parameters that hold the version. Default: VERSION, TAG, IMAGE_TAG.
    pub(super) version_parameters: Option<Vec<String>>,
    /// Parameters that hold the commit. Default: COMMIT, GIT_COMMIT, SHA.
    pub(super) commit_parameters: Option<Vec<String>>,
    /// How often to read: a number and one of s, m, h, d, w. Default: 15m.
    #[schemars(with = "Option<String>")]
    pub(super) every: Option<Length>,
    /// When to read, instead of `every`: minute hour day month weekday, in the organisation's zone.
    #[schemars(with = "Option<String>")]
    pub(super) cron: Option<Cron>,
    /// How far back to fill in history: a number and one of s, m, h, d, w, mo, y. Unset: no history.
    #[schemars(with = "Option<String>")]
    pub(super) backfill: Option<Length>,
    /// Longest time for one run: a number and one of s, m, h, d, w. Default: 30m.
    #[schemars(with = "Option<String>")]
    pub(super) timeout: Option<Length>,
}

/// The Jenkins collector's part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::cli) struct JenkinsConfig {
    /// What is read.
    pub(in crate::cli) sources: jenkins::Config,
    /// When to read.
    pub(in crate::cli) timing: Timing,
}

impl Jenkins {
    /// What types alone do not say.
    pub(super) fn check(&self) -> Result<(), (String, String)> {
        times("jenkins", self.every, self.cron.as_ref(), self.timeout)?;
        only_one("jenkins.token_file", "jenkins.token", self.token_file.is_some(), self.token.is_some())?;
        address("jenkins.url", self.url.as_ref())?;
        for (key, texts) in [("jenkins.deployments", &self.deployments), ("jenkins.builds", &self.builds)] {
            patterns(texts.as_deref()).map_err(|error| (key.to_owned(), error.to_string()))?;
        }
        Ok(())
    }

    pub(super) fn resolve(self, flags: &Flags) -> Result<JenkinsConfig, ConfigError> {
        let url = self.url.ok_or_else(|| missing("jenkins.url", "the address of the server"))?;
        let token = secret("jenkins.token_file", self.token.as_deref(), self.token_file.as_deref())?;
        let user = match (self.user, token) {
            (Some(user), Some(token)) => Some((user, token)),
            (None, None) => None,
            (Some(_), None) => return Err(missing("jenkins.token", "the API token of jenkins.user")),
            (None, Some(_)) => return Err(missing("jenkins.user", "the user whose token it is")),
        };
        let usual = jenkins::Config::new(url);
        let read = |texts: Option<&[String]>| patterns(texts).map_err(|error| ConfigError(error.to_string()));
        let deployments = read(self.deployments.as_deref())?.unwrap_or(usual.deployments);
        let parameters = jenkins::Parameters {
            service: self.service_parameters.unwrap_or(usual.parameters.service),
            environment: self.environment_parameters.unwrap_or(usual.parameters.environment),
            region: self.region_parameters.unwrap_or(usual.parameters.region),
            version: self.version_parameters.unwrap_or(usual.parameters.version),
            commit: self.commit_parameters.unwrap_or(usual.parameters.commit),
        };
        let (folders, builds) = (self.folders.unwrap_or_default(), read(self.builds.as_deref())?.unwrap_or_default());
        Ok(JenkinsConfig {
            sources: jenkins::Config { url: usual.url, user, folders, deployments, builds, parameters },
            timing: Timing {
                schedule: Schedule::of(self.every, self.cron, Length::minutes(15)),
                backfill: flags.backfill.or(self.backfill),
                timeout: self.timeout.unwrap_or(Length::minutes(30)),
            },
        })
    }
}

fn patterns(texts: Option<&[String]>) -> Result<Option<Vec<Pattern>>, WrongPattern> {
    texts.map(|texts| texts.iter().map(|text| text.parse()).collect()).transpose()
}

/// Those who push events to /webhook/cdevents; nobody may without this section.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Webhooks {
    /// Who may send.
    pub(super) senders: Option<Vec<WebhookSender>>,
}

/// One who may send.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct WebhookSender {
    /// What it is called.
    pub(super) name: String,
    /// The secret with which it signs.
    pub(super) secret: Option<String>,
    /// A file that holds the secret; relative to this file.
    pub(super) secret_file: Option<PathBuf>,
}

impl Webhooks {
    /// What types alone do not say.
    pub(super) fn check(&self) -> Result<(), (String, String)> {
        let mut names = BTreeSet::new();
        for sender in self.senders.iter().flatten() {
            let wrong = |message: String| Err(("webhooks.senders".to_owned(), message));
            only_one("webhooks.senders", "secret", sender.secret_file.is_some(), sender.secret.is_some())?;
            if sender.name.trim().is_empty() || !names.insert(sender.name.as_str()) {
                return wrong(format!("{:?} is no name, or stands twice; expected a name of its own for each", sender.name));
            }
            if sender.secret_file.is_none() && sender.secret.as_ref().is_none_or(|secret| secret.trim().is_empty()) {
                return wrong(format!("{} has no secret; expected secret or secret_file", sender.name));
            }
        }
        Ok(())
    }

    pub(super) fn resolve(self) -> Result<Vec<Sender>, ConfigError> {
        let mut senders = Vec::new();
        for sender in self.senders.unwrap_or_default() {
            let found = secret("webhooks.senders", sender.secret.as_deref(), sender.secret_file.as_deref())?;
            let found = found.filter(|secret| !secret.expose().is_empty());
            let found = found.ok_or_else(|| missing("webhooks.senders", &format!("a secret of {}", sender.name)))?;
            senders.push(Sender { name: sender.name, secret: found });
        }
        Ok(senders)
    }
}

/// The Argo CD collector's part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::cli) struct ArgoCdConfig {
    /// The server's address.
    pub(in crate::cli) url: Url,
    /// A token, or the password of `user`.
    pub(in crate::cli) token: Option<Secret>,
    /// A local user.
    pub(in crate::cli) user: Option<String>,
    /// Projects; all if empty.
    pub(in crate::cli) projects: Vec<String>,
    /// Labels that applications must have.
    pub(in crate::cli) selector: Option<String>,
    /// Labels that name the service, the environment, the region, where not the usual ones.
    pub(in crate::cli) labels: [Option<Vec<String>>; 3],
    /// When to read.
    pub(in crate::cli) timing: Timing,
}

impl ArgoCd {
    /// What types alone do not say.
    pub(super) fn check(&self) -> Result<(), (String, String)> {
        times("argocd", self.every, self.cron.as_ref(), self.timeout)?;
        only_one("argocd.token_file", "argocd.token", self.token_file.is_some(), self.token.is_some())?;
        address("argocd.url", self.url.as_ref())
    }

    pub(super) fn resolve(self) -> Result<ArgoCdConfig, ConfigError> {
        let url = self.url.ok_or_else(|| missing("argocd.url", "the address of the server"))?;
        let token = secret("argocd.token_file", self.token.as_deref(), self.token_file.as_deref())?;
        if self.user.is_some() && token.is_none() {
            return Err(missing("argocd.token", "the password of argocd.user"));
        }
        Ok(ArgoCdConfig {
            url,
            token,
            user: self.user,
            projects: self.projects.unwrap_or_default(),
            selector: self.selector,
            labels: [self.service_labels, self.environment_labels, self.region_labels],
            timing: Timing {
                schedule: Schedule::of(self.every, self.cron, Length::minutes(15)),
                backfill: None,
                timeout: self.timeout.unwrap_or(Length::minutes(10)),
            },
        })
    }
}

fn missing(key: &str, expected: &str) -> ConfigError {
    ConfigError(format!("{key}: is missing; expected {expected}"))
}
