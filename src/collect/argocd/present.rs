//! What Argo CD says now.

use crate::collect::argocd::client::{Client, Listing, describe};
use crate::collect::argocd::convert::{About, Known, about, name_of, shared_repositories, told};
use crate::collect::argocd::{Config, Credentials};
use crate::collect::http::{Error, Http};
use crate::collect::{Item, Memory, Sink, Stopped, Summary};
use crate::model::{Extent, Instant, Kind, Problem, Reading};

/// Reads everything as it stands now.
pub(crate) async fn collect(http: &Http, config: &Config, now: Instant, memory: &Memory, sink: &Sink) -> Summary {
    let mut client = Client::new(http, config, sink.cancellation().clone());
    let present = Present { config, scope: config.scope(), now, memory, sink };
    // That nobody listens any more is known to those who stopped it.
    let failure = present.collect(&mut client).await.unwrap_or(None);
    Summary { requests: client.asked(), failure }
}

/// The key under which an application is remembered.
fn key(name: &str) -> String {
    format!("application:{name}")
}

/// One reading.
struct Present<'a> {
    config: &'a Config,
    scope: String,
    now: Instant,
    memory: &'a Memory,
    sink: &'a Sink,
}

impl Present<'_> {
    /// Why nothing could be read, if so.
    async fn collect(&self, client: &mut Client<'_>) -> Result<Option<String>, Stopped> {
        let read = match client.open().await {
            Ok(()) => client.applications().await,
            Err(error) => Err(error),
        };
        let listing = match read {
            Ok(listing) => listing,
            Err(Error::Stopped) => return Err(Stopped),
            Err(error) => {
                self.extent(Reading::Partial, None).await?;
                let what = if matches!(self.config.credentials, Credentials::Password { .. }) { "or no session opened" } else { "" };
                let what = format!("the applications cannot be listed {what}");
                return Ok(Some(format!("{}: {}", what.trim_end(), describe(&error))));
            }
        };
        self.told(&listing).await?;
        let seems_blind = listing.counted == 0 && listing.lacking.is_empty();
        if seems_blind {
            let message = "no application is listed: Argo CD leaves out those that the account may not get, and says nothing of them";
            self.problem(None, message.to_owned()).await?;
        }
        let whole = listing.odd.is_empty() && listing.lacking.is_empty() && !seems_blind;
        self.extent(if whole { Reading::Full } else { Reading::Partial }, Some(listing.counted)).await?;
        Ok(None)
    }

    async fn told(&self, listing: &Listing) -> Result<(), Stopped> {
        for (name, message) in &listing.odd {
            self.problem(name.clone(), format!("an application cannot be read: {message}")).await?;
        }
        for message in &listing.lacking {
            self.problem(None, message.clone()).await?;
        }
        let mut all: Vec<_> = listing.applications.iter().map(|application| (application, about(application, self.config))).collect();
        all.sort_by_cached_key(|(application, _)| name_of(application));
        let before = all.len();
        all.dedup_by_key(|(application, _)| name_of(application));
        if all.len() < before {
            self.problem(None, format!("the list repeats {} applications", before - all.len())).await?;
        }
        let shared = shared_repositories(all.iter().map(|(application, about)| (*application, about)));
        let mut nowhere = Vec::new();
        for (application, about) in &all {
            let name = name_of(application);
            let known =
                self.memory.get(&key(&name)).and_then(|value| serde_json::from_value::<Known>(value.clone()).ok()).unwrap_or_default();
            let told = told(application, about, &shared, self.config, &known, self.now);
            if is_nowhere(about) {
                nowhere.push(name.clone());
            }
            self.sink.put(Item::Hints { resource: told.resource, hints: told.hints }).await?;
            for message in told.problems {
                self.problem(Some(name.clone()), message).await?;
            }
            for event in told.events {
                self.sink.put(Item::Event(event)).await?;
            }
            if told.known != known
                && let Ok(value) = serde_json::to_value(&told.known)
            {
                self.sink.put(Item::Remember { key: key(&name), value }).await?;
            }
        }
        if let Some(first) = nowhere.first() {
            let message = format!(
                "of {} applications no environment is known, neither by label nor by name; {first} is the first: set argocd.environment_labels",
                nowhere.len()
            );
            self.problem(Some(first.clone()), message).await?;
        }
        Ok(())
    }

    async fn extent(&self, reading: Reading, counted: Option<u64>) -> Result<(), Stopped> {
        let extent = Extent { scope: self.scope.clone(), kind: Some(Kind::Service), reading, counted, evidence: None };
        self.sink.put(Item::Extent(extent)).await
    }

    async fn problem(&self, path: Option<String>, message: String) -> Result<(), Stopped> {
        self.sink.put(Item::Problem(Problem { scope: self.scope.clone(), path, line: None, message })).await
    }
}

fn is_nowhere(about: &About) -> bool {
    about.place.environment.is_empty()
}
