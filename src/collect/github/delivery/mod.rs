//! What happens in repositories: deployments, pull requests and runs of workflows, as events.
//!
//! # Invariants
//! - Each kind is read on its own: what of one may not be read, or fails, leaves the others as they are, and is said.
//! - A cursor moves only after what lies before it was told; a run that is stopped is repeated, never skipped.
//! - What was not over when it was read is read again until it is.
//!
//! # What is asked, and why so
//! - **Deployments** by GraphQL, with all their statuses: REST has them one by one, without a date to filter by. The listing of
//!   repositories, which is read anyway, also tells the newest deployment of each; only where that changed, or one was not over,
//!   pages are read, of many repositories at once.
//! - **Pull requests** by the search of the whole organisation for what was updated since: one request for fifty of them,
//!   where asking each repository would cost a request for each hundred repositories, changed or not. The search may lag
//!   behind, so a little is read twice.
//! - **Runs of workflows** by REST, for GraphQL has no list of them: one request for each repository with a push since the
//!   last run, and at most [`runs::MOST_REQUESTS`] of them a run. `pipeline_runs = false` leaves them out.
//!
//! A day on which nothing happened costs one request more in each organisation.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::collect::github::client::{Client, Failure};
use crate::collect::github::convert::Listed;
use crate::collect::github::memory::Remembered;
use crate::collect::github::wire::NewestDeployment;
use crate::collect::{Item, Memory, Sink};
use crate::model::{Event, Instant, Kind, Problem, Resource};

pub(crate) mod deployments;
pub(crate) mod pull_requests;
pub(crate) mod runs;

/// How far back the first run reads; what is older is for the backfill.
const FIRST_DAYS: i64 = 14;

/// What everything here needs.
pub(crate) struct Context<'a> {
    pub(crate) client: &'a Client,
    pub(crate) memory: &'a Memory,
    pub(crate) sink: &'a Sink,
    pub(crate) now: Instant,
}

/// A repository, and what tells whether anything happened in it.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    /// `acme/billing`.
    pub(crate) name: String,
    /// The address for people.
    pub(crate) web: String,
    /// What its pull requests and runs happen to.
    pub(crate) resource: Arc<Resource>,
    /// When anything was last pushed.
    pub(crate) pushed: Option<Instant>,
    /// The newest deployment.
    pub(crate) deployment: Option<NewestDeployment>,
    /// Why deployments are not told.
    pub(crate) untold: Option<String>,
}

impl Seen {
    pub(crate) fn of(listed: &Listed) -> Self {
        Self {
            name: listed.name.clone(),
            web: listed.web.clone(),
            resource: listed.resource(),
            pushed: listed.pushed,
            deployment: listed.deployment.clone(),
            untold: listed.untold.clone(),
        }
    }

    /// Those that the last runs read.
    fn all(memory: &Memory) -> Vec<Self> {
        let of = |(name, known): (String, Remembered)| Self {
            resource: Arc::new(Resource { id: name.clone(), kind: Kind::Repository, scope: known.scope }),
            web: known.web,
            pushed: known.committed,
            deployment: None,
            untold: None,
            name,
        };
        let mut all: Vec<Self> = Remembered::all(memory).into_values().filter(|(_, known)| known.gone.is_none()).map(of).collect();
        all.sort_by(|one, other| one.name.cmp(&other.name));
        all
    }

    pub(crate) fn owner(&self) -> &str {
        self.name.split('/').next().unwrap_or_default()
    }
}

impl Context<'_> {
    /// Where the first run begins.
    fn beginning(&self) -> Instant {
        self.now.plus_seconds(-FIRST_DAYS * 86_400)
    }

    fn known<T: DeserializeOwned>(&self, key: &str) -> Option<T> {
        serde_json::from_value(self.memory.get(key)?.clone()).ok()
    }

    async fn put(&self, item: Item) -> Result<(), Failure> {
        self.sink.put(item).await.map_err(|_| Failure::Stopped)
    }

    async fn remember(&self, key: String, value: impl serde::Serialize) -> Result<(), Failure> {
        let value = serde_json::to_value(value).unwrap_or(Value::Null);
        if self.memory.get(&key) == Some(&value) {
            return Ok(());
        }
        self.put(Item::Remember { key, value }).await
    }

    async fn problem(&self, scope: &str, message: impl Into<String>) -> Result<(), Failure> {
        self.put(Item::Problem(Problem { scope: scope.to_owned(), path: None, line: None, message: message.into() })).await
    }

    /// Oldest first, so that an interrupted run left no hole.
    async fn events(&self, mut events: Vec<Event>) -> Result<(), Failure> {
        events.sort_by(|one, other| (one.at, &one.id).cmp(&(other.at, &other.id)));
        for event in events {
            self.put(Item::Event(event)).await?;
        }
        Ok(())
    }
}

/// Tells what happened since the last run.
pub(crate) async fn collect(context: &Context<'_>, seen: &[Seen]) -> Result<(), Failure> {
    let mut failed = None;
    for result in
        [deployments::collect(context, seen).await, pull_requests::collect(context, seen).await, runs::collect(context, seen).await]
    {
        match result {
            Err(Failure::Stopped) => return Err(Failure::Stopped),
            Err(failure) => failed = Some(failure),
            Ok(()) => {}
        }
    }
    failed.map_or(Ok(()), Err)
}

/// Tells what happened in a stretch of the past, newest first.
pub(crate) async fn backfill(context: &Context<'_>, range: &Range<Instant>) -> Result<(), Failure> {
    let seen = Seen::all(context.memory);
    pull_requests::backfill(context, &seen, range).await?;
    deployments::backfill(context, &seen, range).await?;
    runs::backfill(context, &seen, range).await
}

/// What is remembered of a repository here; each key ends with its name.
pub(crate) fn keys_of(name: &str) -> Vec<String> {
    let keys = [deployments::key(name), deployments::filled_key(name), runs::key(name), runs::filled_key(name)];
    keys.into()
}

/// What is called otherwise once a repository is.
pub(crate) fn renamed(memory: &Memory, old: &str, new: &str) -> Vec<(Arc<Resource>, Arc<Resource>)> {
    let Some(known) = memory.get(&deployments::key(old)) else { return Vec::new() };
    let known: deployments::Known = serde_json::from_value(known.clone()).unwrap_or_default();
    let both = |component: Option<&str>| (deployments::resource(old, component), deployments::resource(new, component));
    known.components.iter().map(|component| both(Some(component).filter(|name| !name.is_empty()).map(String::as_str))).collect()
}

/// Groups repositories by owner, for one question is asked with one owner's token.
fn by_owner<T>(items: Vec<T>, owner: impl Fn(&T) -> String) -> BTreeMap<String, Vec<T>> {
    let mut found: BTreeMap<String, Vec<T>> = BTreeMap::new();
    for item in items {
        found.entry(owner(&item)).or_default().push(item);
    }
    found
}

/// What a missing right looks like, with the name of the right.
fn lacking(message: &str, what: &str, permission: &str) -> String {
    format!("{what} could not be read: {message}; the token needs the permission {permission}: read")
}
