//! What SonarQube says now.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::collect::http::{Error, Http};
use crate::collect::sonarqube::Config;
use crate::collect::sonarqube::client::{Client, Listing, MODE_KEY, batches, describe};
use crate::collect::sonarqube::convert::{Mode, Values, quality, resource, statement};
use crate::collect::sonarqube::wire::{Component, instant};
use crate::collect::{Item, Memory, Sink, Stopped, Summary};
use crate::model::{Extent, Instant, Kind, Problem, Reading};

/// Projects without any measure of which it is asked one by one whether they may be read; a day's requests are few.
const MOST_SINGLE: usize = 10;
/// Names that a problem lists.
const MOST_NAMED: usize = 5;

/// Reads everything as it stands now.
pub(crate) async fn collect(http: &Http, config: &Config, memory: &Memory, sink: &Sink) -> Summary {
    let client = Client::new(http, config, sink.cancellation().clone());
    let mut present = Present { client: &client, config, scope: config.scope(), sink, single: MOST_SINGLE };
    // That nobody listens any more is known to those who stopped it.
    let failure = present.collect(memory).await.unwrap_or(None);
    Summary { requests: client.asked(), failure }
}

/// The projects that there are.
pub(crate) struct Projects {
    /// Keys of those that may be browsed, sorted.
    pub(crate) keys: Vec<String>,
    /// When the main branch was analysed last, for those of which that is known: never, or when.
    pub(crate) analysed: BTreeMap<String, Option<Instant>>,
    /// Keys of those that exist and may not be browsed, as far as that may be known.
    pub(crate) hidden: BTreeSet<String>,
    /// How many may be browsed, as the source counts them.
    pub(crate) counted: u64,
    /// The list is whole.
    pub(crate) complete: bool,
    /// What went wrong.
    pub(crate) problems: Vec<String>,
}

/// Lists the projects.
///
/// # Errors
/// If they cannot be listed at all.
pub(crate) async fn projects(client: &Client<'_>) -> Result<Projects, Error> {
    let listing = client.list("api/components/search", &[("qualifiers", "TRK")]).await?;
    let mut keys: BTreeSet<String> = only_projects(&listing).map(str::to_owned).collect();
    let mut complete = listing.lacking.is_none();
    let mut problems: Vec<String> = listing.lacking.iter().cloned().collect();

    // Both may be refused: the one is internal, the other needs the right to administer.
    let dates = client.list("api/components/search_projects", &[("f", "analysisDate")]).await;
    let all = client.list("api/projects/search", &[("qualifiers", "TRK")]).await;
    if let (Err(Error::Stopped), _) | (_, Err(Error::Stopped)) = (&dates, &all) {
        return Err(Error::Stopped);
    }
    if let (Err(error), Err(_)) = (&dates, &all) {
        problems.push(format!("when projects were analysed is not known: {}", describe(error)));
    }
    let mut analysed = BTreeMap::new();
    let mut hidden = BTreeSet::new();
    if let Ok(all) = &all {
        let existing: BTreeSet<String> = only_projects(all).map(str::to_owned).collect();
        if complete {
            hidden = existing.difference(&keys).cloned().collect();
        } else {
            // This list has no limit, that one stops at 10,000. Who may not be browsed shows when measures are asked for.
            keys.extend(existing);
            complete = all.lacking.is_none() && keys.len() as u64 == all.total;
        }
    }
    // Of all branches, hence only for want of the other.
    let by_main = |component: &Component| component.analysis_date.clone();
    let by_any = |component: &Component| component.last_analysis_date.clone();
    let dated = match (&dates, &all) {
        (Ok(dates), _) => dates.components.iter().map(|component| (component.key.clone(), by_main(component))).collect(),
        (_, Ok(all)) => all.components.iter().map(|component| (component.key.clone(), by_any(component))).collect(),
        _ => Vec::new(),
    };
    for (key, date) in dated {
        let parsed = date.as_deref().map(instant);
        if parsed == Some(None) {
            problems.push(format!("{key} was analysed at {:?}, which is no time", date.unwrap_or_default()));
            continue;
        }
        analysed.insert(key, parsed.flatten());
    }
    Ok(Projects { keys: keys.into_iter().collect(), analysed, hidden, counted: listing.total, complete, problems })
}

fn only_projects(listing: &Listing) -> impl Iterator<Item = &str> {
    let projects = listing.components.iter().filter(|component| component.qualifier.as_deref().is_none_or(|of| of == "TRK"));
    projects.map(|component| component.key.as_str())
}

/// One reading.
struct Present<'a> {
    client: &'a Client<'a>,
    config: &'a Config,
    scope: String,
    sink: &'a Sink,
    /// Projects that may still be asked for one by one.
    single: usize,
}

impl Present<'_> {
    /// Why nothing could be read, if so.
    async fn collect(&mut self, memory: &Memory) -> Result<Option<String>, Stopped> {
        self.client.prepare().await;
        let projects = match projects(self.client).await {
            Ok(projects) => projects,
            Err(Error::Stopped) => return Err(Stopped),
            Err(error) => {
                self.extent(self.scope.clone(), Reading::Partial, None).await?;
                return Ok(Some(format!("the projects cannot be listed: {}", describe(&error))));
            }
        };
        let (mode, mut metrics, problems) = self.client.wishes(memory).await;
        for message in projects.problems.iter().chain(&problems) {
            self.problem(None, message.clone()).await?;
        }
        self.sink.put(Item::Remember { key: MODE_KEY.to_owned(), value: Value::from(mode.word()) }).await?;
        let total = projects.keys.len() as u64;
        let mut read = 0;
        let mut first_failure = None;
        let mut left_out: Vec<String> = Vec::new();
        self.progress(0, total).await?;
        for batch in batches(&projects.keys, &metrics.clone()) {
            match self.client.measures(batch, &mut metrics).await {
                Ok(by_project) => read += self.batch(batch, &by_project, mode, &projects, &metrics, &mut left_out).await?,
                Err(Error::Stopped) => return Err(Stopped),
                Err(error) => {
                    let (first, last) = (&batch[0], &batch[batch.len() - 1]);
                    let message =
                        format!("measures of {} projects, {first} to {last}, could not be read: {}", batch.len(), describe(&error));
                    first_failure.get_or_insert_with(|| message.clone());
                    self.problem(Some(first.clone()), message).await?;
                }
            }
            self.progress(read, total).await?;
        }
        if !left_out.is_empty() {
            let message = format!(
                "{} projects were left out of the measures, as those are that may not be browsed: {}",
                left_out.len(),
                named(&left_out)
            );
            self.problem(None, message).await?;
        }
        if !projects.hidden.is_empty() {
            let hidden: Vec<String> = projects.hidden.iter().cloned().collect();
            self.problem(None, format!("{} projects exist that the token may not browse: {}", hidden.len(), named(&hidden))).await?;
            // They were found, so what was once read of them is not missing.
            for key in hidden {
                self.extent(key, Reading::Partial, None).await?;
            }
        }
        let whole = projects.complete && read == total;
        let reading = if whole { Reading::Full } else { Reading::Partial };
        self.extent(self.scope.clone(), reading, Some(projects.counted)).await?;
        Ok(first_failure.filter(|_| read == 0))
    }

    /// States the projects of a batch. How many of them were read.
    async fn batch(
        &mut self,
        batch: &[String],
        by_project: &BTreeMap<String, Values>,
        mode: Mode,
        projects: &Projects,
        metrics: &[&str],
        left_out: &mut Vec<String>,
    ) -> Result<u64, Stopped> {
        let none = Values::new();
        let mut read = Vec::new();
        for key in batch {
            let analysed = projects.analysed.get(key).copied();
            let values = by_project.get(key).unwrap_or(&none);
            // Without any measure it was never analysed, or is left out because it may not be browsed: no answer tells.
            if values.is_empty() && analysed != Some(None) && !self.is_empty(key, metrics).await? {
                left_out.push(key.clone());
                continue;
            }
            let (body, refused) = quality(key, values, mode, analysed.flatten());
            for message in refused {
                self.problem(Some(key.clone()), message).await?;
            }
            let statement = statement(resource(key, &self.scope), &body, self.config.dashboard(key));
            self.sink.put(Item::Statement(statement)).await?;
            read.push(key.clone());
        }
        let count = read.len() as u64;
        for key in read {
            self.extent(key, Reading::Full, None).await?;
        }
        Ok(count)
    }

    /// Whether a project is certain to have no measures.
    async fn is_empty(&mut self, project: &str, metrics: &[&str]) -> Result<bool, Stopped> {
        let (Some(left), Some(metric)) = (self.single.checked_sub(1), metrics.first()) else { return Ok(false) };
        self.single = left;
        match self.client.may_read(project, metric).await {
            Ok(()) => Ok(true),
            Err(Error::Stopped) => Err(Stopped),
            Err(_) => Ok(false),
        }
    }

    async fn extent(&self, scope: String, reading: Reading, counted: Option<u64>) -> Result<(), Stopped> {
        let extent = Extent { scope, kind: Some(Kind::Service), reading, counted, evidence: None };
        self.sink.put(Item::Extent(extent)).await
    }

    async fn problem(&self, path: Option<String>, message: String) -> Result<(), Stopped> {
        self.sink.put(Item::Problem(Problem { scope: self.scope.clone(), path, line: None, message })).await
    }

    async fn progress(&self, done: u64, total: u64) -> Result<(), Stopped> {
        self.sink.put(Item::Progress { scope: self.scope.clone(), done, total }).await
    }
}

/// The first few of some names.
fn named(names: &[String]) -> String {
    let first = names[..names.len().min(MOST_NAMED)].join(", ");
    if names.len() > MOST_NAMED { format!("{first}, …") } else { first }
}
