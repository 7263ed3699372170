//! Requests to one Argo CD: who asks, and what a refusal means.

use std::collections::BTreeSet;

use bytes::Bytes;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::collect::argocd::wire::{Application, List, Named, Session};
use crate::collect::argocd::{Config, Credentials};
use crate::collect::http::{Answer, Ask, Error, Http, Secret};

/// Asks one Argo CD during one run.
#[derive(Debug)]
pub(crate) struct Client<'a> {
    http: Http,
    config: &'a Config,
    token: Option<Secret>,
}

/// What a list holds.
#[derive(Debug, Default)]
pub(crate) struct Listing {
    /// The applications that could be read.
    pub(crate) applications: Vec<Application>,
    /// How many there are.
    pub(crate) counted: u64,
    /// Applications that could not be read, by name if they have one, and why.
    pub(crate) odd: Vec<(Option<String>, String)>,
    /// Parts that could not be read.
    pub(crate) lacking: Vec<String>,
}

impl<'a> Client<'a> {
    pub(crate) fn new(http: &Http, config: &'a Config, cancel: CancellationToken) -> Self {
        let token = match &config.credentials {
            Credentials::Token(token) => Some(token.clone()),
            Credentials::Anonymous | Credentials::Password { .. } => None,
        };
        Self { http: http.for_run(cancel), config, token }
    }

    /// Requests so far.
    pub(crate) fn asked(&self) -> u64 {
        self.http.asked()
    }

    /// Opens a session, if there is a user for one.
    pub(crate) async fn open(&mut self) -> Result<(), Error> {
        let Credentials::Password { user, password } = &self.config.credentials else { return Ok(()) };
        let body = serde_json::json!({ "username": user, "password": password.expose() }).to_string();
        let ask = Ask::post_json(self.config.at("api/v1/session"), Bytes::from(body));
        let session: Session = self.http.send(ask).await?.success()?.json()?;
        self.token = Some(Secret::new(session.token));
        Ok(())
    }

    pub(crate) async fn send(&self, url: Url) -> Result<Answer, Error> {
        let ask = Ask::get(url).header("accept", "application/json");
        self.http.send(if let Some(token) = &self.token { ask.bearer(token) } else { ask }).await
    }

    /// Everything that may be seen, in one call. Never with `fields`: what it selects from leaves the history out.
    ///
    /// # Errors
    /// If nothing can be read.
    pub(crate) async fn applications(&self) -> Result<Listing, Error> {
        let mut listing = Listing::default();
        match self.page(&self.config.projects, None).await {
            Ok(answer) => listing.add(&answer)?,
            Err(Error::TooLarge { .. }) => self.in_parts(&mut listing).await?,
            Err(error) => return Err(error),
        }
        Ok(listing)
    }

    /// The same project by project: the list is too long for one answer, and has no pages.
    async fn in_parts(&self, listing: &mut Listing) -> Result<(), Error> {
        let short = self.page(&self.config.projects, Some("items.metadata.name,items.spec.project")).await?;
        let list = list(&short)?;
        let project = |item: &&RawValue| {
            let item: serde_json::Value = serde_json::from_str(item.get()).ok()?;
            item.pointer("/spec/project")?.as_str().map(str::to_owned)
        };
        let projects: BTreeSet<String> = list.items.iter().flatten().filter_map(project).collect();
        for project in projects {
            match self.page(std::slice::from_ref(&project), None).await.and_then(|answer| listing.add(&answer)) {
                Ok(()) => {}
                Err(Error::Stopped) => return Err(Error::Stopped),
                Err(error) => listing.lacking.push(format!("project {project}: {}", describe(&error))),
            }
        }
        Ok(())
    }

    async fn page(&self, projects: &[String], fields: Option<&str>) -> Result<Answer, Error> {
        let mut url = self.config.at("api/v1/applications");
        {
            let mut query = url.query_pairs_mut();
            for project in projects {
                query.append_pair("projects", project);
            }
            for (name, value) in [("selector", self.config.selector.as_deref()), ("fields", fields)] {
                if let Some(value) = value {
                    query.append_pair(name, value);
                }
            }
        }
        if url.query() == Some("") {
            url.set_query(None);
        }
        self.send(url).await?.success()
    }
}

impl Listing {
    fn add(&mut self, answer: &Answer) -> Result<(), Error> {
        let list = list(answer)?;
        for item in list.items.into_iter().flatten() {
            self.counted += 1;
            match serde_json::from_str::<Application>(item.get()) {
                Ok(application) => self.applications.push(application),
                Err(error) => {
                    let named = serde_json::from_str::<Named>(item.get());
                    self.odd.push((named.ok().map(|named| named.metadata.name), error.to_string()));
                }
            }
        }
        Ok(())
    }
}

/// The list in an answer, without a copy of it.
fn list(answer: &Answer) -> Result<List<'_>, Error> {
    serde_json::from_slice(&answer.body).map_err(|error| {
        let kind = answer.header("content-type").unwrap_or("no type").to_owned();
        let other = Error::NotJson { kind, begin: String::new(), problem: error.to_string() };
        answer.json::<IgnoredAny>().err().unwrap_or(other)
    })
}

/// What went wrong, with what can be done about it where that is known.
pub(crate) fn describe(error: &Error) -> String {
    let hint = match error {
        Error::Status { status: 401, .. } => ": the token is missing, revoked or expired",
        Error::Status { status: 403, .. } => ": the account may not; it needs `p, ACCOUNT, applications, get, */*, allow`",
        Error::Status { status: 404, .. } => ": is this Argo CD, and is its root path part of the URL?",
        Error::NotJson { kind, .. } if kind.contains("html") => {
            ": is this a page to sign in, or the address of something else? expected that of the API server"
        }
        _ => return error.to_string(),
    };
    format!("{error}{hint}")
}
