//! What Jira says now: which bugs changed since it was read, and once a week which of those that were open are still there.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::collect::bugs::Oddities;
use crate::collect::http::{Error, Http};
use crate::collect::jira::Config;
use crate::collect::jira::client::{Client, Full, Listing, Page, Wanted, bugs, describe};
use crate::collect::jira::history::{Rules, Standing};
use crate::collect::jira::priority::Priorities;
use crate::collect::jira::shape::{had_resolution, projects, statuses};
use crate::collect::jira::time::AskersZone;
use crate::collect::jira::wire::{Bare, Issue};
use crate::collect::{Item, Memory, Sink, Stopped, Summary};
use crate::model::{Extent, Instant, Problem, Reading};

/// What changed up to so long before the last reading is asked for again: the search may lag behind, and clocks differ.
const OVERLAP_SECONDS: i64 = 15 * 60;
/// The first reading asks for what is open, and for everything that changed in this time.
const FIRST_SECONDS: i64 = 35 * 86_400;
/// The search finds what is not over by its resolution or by its category, which is what may be open.
pub(super) const UNRESOLVED: &str = "(resolution = EMPTY OR statusCategory != Done)";

/// The key under which it is remembered up to when everything was read.
const CURSOR: &str = "cursor";
/// The key of what projects are called that issues came from.
const PROJECTS: &str = "projects";
/// The key of which statuses are done.
const STATUSES: &str = "statuses";

/// The key under which an open bug is remembered.
pub(super) fn open_key(id: &str) -> String {
    format!("open:{id}")
}

/// Reads everything as it stands now.
pub(super) async fn collect(http: &Http, config: &Config, now: Instant, memory: &Memory, sink: &Sink) -> Summary {
    let mut client = Client::new(http, config, sink.cancellation().clone());
    let failure = match Reader::begin(&mut client, now, memory, sink).await {
        Err(Stopped) => None,
        Ok(Err(failure)) => {
            let extent = Extent { scope: config.scope(), kind: None, reading: Reading::Partial, counted: None, evidence: None };
            // That nobody listens any more is known to those who stopped it.
            let _ = sink.put(Item::Extent(extent)).await;
            Some(failure)
        }
        Ok(Ok(mut reader)) => reader.present().await.unwrap_or(None),
    };
    Summary { requests: client.asked(), failure }
}

/// An answer, or why there is none; that the run was stopped goes further up.
pub(super) fn answered<T>(answer: Result<T, Error>) -> Result<Result<T, String>, Stopped> {
    match answer {
        Ok(value) => Ok(Ok(value)),
        Err(Error::Stopped) => Err(Stopped),
        Err(error) => Ok(Err(describe(&error))),
    }
}

/// One reading, of the present or of the past.
pub(super) struct Reader<'a> {
    pub(super) client: &'a Client<'a>,
    pub(super) memory: &'a Memory,
    pub(super) sink: &'a Sink,
    pub(super) rules: Rules<'a>,
    /// By the clock that is behind: this machine's, or the server's.
    pub(super) now: Instant,
    /// What counts as a bug.
    pub(super) bugs: String,
    /// Bugs that were told of, by number.
    pub(super) told: BTreeSet<String>,
    /// Resources whose signs were told.
    hinted: BTreeSet<String>,
    has_statuses: bool,
    has_priorities: bool,
    oddities: Oddities,
}

impl<'a> Reader<'a> {
    /// Learns which product it is, and who asks.
    pub(super) async fn begin(
        client: &'a mut Client<'_>,
        now: Instant,
        memory: &'a Memory,
        sink: &'a Sink,
    ) -> Result<Result<Reader<'a>, String>, Stopped> {
        let info = match answered(client.server().await)? {
            Ok(info) => info,
            Err(why) => return Ok(Err(format!("the server cannot be read: {why}"))),
        };
        let client: &'a Client<'_> = client;
        let config = client.config;
        let zone = match answered(client.myself().await)? {
            Ok(person) => AskersZone::of(person.time_zone.as_deref()),
            // Nobody in particular has no zone.
            Err(_) if config.token.is_none() => AskersZone::of(None),
            Err(why) => return Ok(Err(format!("the account cannot be read: {why}"))),
        };
        let server_now = zone.read(&info.server_time).unwrap_or(now);
        // A gateway of Atlassian stands before many sites; each has an address for people.
        let is_gateway = config.url.host_str() == Some("api.atlassian.com");
        let site = info.base_url.filter(|_| is_gateway).unwrap_or_else(|| {
            let mut url = config.url.clone();
            // A password in the address is nobody's to read.
            let _ = url.set_username("");
            let _ = url.set_password(None);
            url.to_string()
        });
        let remembered = |key: &str| memory.get(key).cloned();
        let rules = Rules {
            config,
            scope: config.scope(),
            site: site.trim_end_matches('/').to_owned(),
            zone,
            priorities: Priorities::new(&config.priorities),
            statuses: remembered(STATUSES).and_then(|value| serde_json::from_value(value).ok()).unwrap_or_default(),
            projects: remembered(PROJECTS).and_then(|value| serde_json::from_value(value).ok()).unwrap_or_default(),
            custom: client.custom(),
        };
        Ok(Ok(Self {
            client,
            memory,
            sink,
            rules,
            now: now.min(server_now),
            bugs: bugs(config, &config.projects),
            told: BTreeSet::new(),
            hinted: BTreeSet::new(),
            has_statuses: false,
            has_priorities: false,
            oddities: Oddities::default(),
        }))
    }

    /// Why nothing could be read, if so.
    async fn present(&mut self) -> Result<Option<String>, Stopped> {
        let cursor: Option<Instant> = self.memory.get(CURSOR).cloned().and_then(|value| serde_json::from_value(value).ok());
        let wanted = match cursor {
            Some(cursor) => self.since(cursor.plus_seconds(-OVERLAP_SECONDS)),
            None => format!("({UNRESOLVED} OR {})", self.since(self.now.plus_seconds(-FIRST_SECONDS))),
        };
        let mut whole = match self.read(&wanted).await? {
            Ok(whole) => whole,
            Err(why) => {
                self.close(Reading::Partial).await?;
                return Ok(Some(format!("the bugs cannot be listed: {why}")));
            }
        };
        if whole {
            self.remember(CURSOR, json!(self.now)).await?;
            whole = self.missing(cursor.is_none()).await?;
        }
        self.close(if whole { Reading::Full } else { Reading::Partial }).await?;
        Ok(None)
    }

    fn since(&self, at: Instant) -> String {
        format!("updated >= \"{}\"", self.rules.zone.not_after(at))
    }

    /// Reads and tells of the bugs for which a condition holds. Whether it read all of them, or why it could read none.
    pub(super) async fn read(&mut self, condition: &str) -> Result<Result<bool, String>, Stopped> {
        let query = |bugs: &str| format!("{bugs} AND {condition} ORDER BY key ASC");
        let mut listing = Listing::new(query(&self.bugs), Wanted::Issues);
        let mut first = self.client.next(&mut listing).await;
        if matches!(first, Err(Error::Status { status: 400, .. })) && self.narrow().await? {
            listing = Listing::new(query(&self.bugs), Wanted::Issues);
            first = self.client.next(&mut listing).await;
        }
        let mut page = match answered(first)? {
            Ok(page) => page,
            Err(why) => return Ok(Err(why)),
        };
        let mut whole = true;
        while let Some(found) = page {
            whole &= self.page(found).await?;
            let (done, total) = (listing.read(), listing.total.unwrap_or_default().max(listing.read()));
            self.sink.put(Item::Progress { scope: self.rules.scope.clone(), done, total }).await?;
            page = match answered(self.client.next(&mut listing).await)? {
                Ok(page) => page,
                Err(why) => {
                    self.problem(format!("the list of bugs ends after {done}: {why}")).await?;
                    whole = false;
                    None
                }
            };
        }
        if let Some(doubt) = listing.doubt.take() {
            self.problem(doubt).await?;
            whole = false;
        }
        for warning in std::mem::take(&mut listing.warnings) {
            self.problem(format!("Jira warns: {warning}")).await?;
        }
        Ok(Ok(whole))
    }

    /// Leaves out projects that the account may not see, for one of them spoils the whole query. Whether there were any.
    async fn narrow(&mut self) -> Result<bool, Stopped> {
        let config = self.client.config;
        let (mut seen, mut unseen) = (Vec::new(), Vec::new());
        for key in &config.projects {
            match answered(self.client.project(key).await)? {
                Ok(Some(_)) => seen.push(key.clone()),
                Ok(None) => unseen.push(key.clone()),
                Err(_) => return Ok(false),
            }
        }
        if unseen.is_empty() || seen.is_empty() {
            return Ok(false);
        }
        let names = unseen.join(", ");
        self.problem(format!("projects that do not exist, or that the account may not see, are left out: {names}")).await?;
        self.bugs = bugs(config, &seen);
        Ok(true)
    }

    /// Tells of a page of bugs. Whether all of them could be told.
    async fn page(&mut self, page: Page) -> Result<bool, Stopped> {
        self.tell(page.issues, &page.names, &BTreeMap::new()).await
    }

    /// Tells of issues; those that left stand in `left`, with the type that they were of. Whether all could be told.
    pub(super) async fn tell(
        &mut self,
        values: Vec<Value>,
        names: &BTreeMap<String, String>,
        left: &BTreeMap<String, String>,
    ) -> Result<bool, Stopped> {
        for field in &mut self.rules.custom {
            if let Some(name) = names.get(&field.id) {
                field.name = Some(name.clone());
            }
        }
        let listed = values.len();
        let issues: Vec<Issue> = values.into_iter().filter_map(|value| serde_json::from_value(value).ok()).collect();
        let mut whole = issues.len() == listed;
        if !whole {
            let message = format!("{} issues cannot be understood and are left out", listed - issues.len());
            self.problem(message).await?;
        }
        if issues.is_empty() {
            return Ok(whole);
        }
        for issue in &issues {
            if issue.changelog.as_ref().is_some_and(|log| log.total.is_some_and(|total| total > log.histories.len() as u64)) {
                self.oddities.note("come with a part of their changelog only; what it lacks is taken to be as it is now", &issue.key);
            }
        }
        let ids: Vec<String> = issues.iter().map(|issue| issue.id.clone()).collect();
        let full = match answered(self.client.with_changelogs(issues).await)? {
            Ok(full) => full,
            Err(why) => {
                self.problem(format!("what changed of {} bugs cannot be read, so they are left out: {why}", ids.len())).await?;
                return Ok(false);
            }
        };
        let in_production = match self.in_production(&ids).await? {
            Ok(found) => found,
            Err(why) => {
                self.problem(format!("which bugs are seen in production cannot be read, so they are left out: {why}")).await?;
                return Ok(false);
            }
        };
        self.learn(&full).await?;
        for Full { issue, histories } in &full {
            let standing = left.get(&issue.id).map_or(Standing::Bug, |kind| Standing::Left(kind));
            match self.rules.told(issue, histories, in_production.contains(&issue.id), standing) {
                Ok(told) => {
                    if let Some(name) = &told.unknown_priority {
                        let what =
                            format!("have the priority {name:?}, of which it is not known what it means: name it in jira.priorities");
                        self.oddities.note(what, &issue.key);
                    }
                    if told.is_early {
                        let what = "changed or were resolved before they were created, as they say; taken as if when they were created";
                        self.oddities.note(what, &issue.key);
                    }
                    if told.event.at > self.now.plus_seconds(OVERLAP_SECONDS) {
                        self.oddities.note("were created in the future, as they say: is a clock wrong?", &issue.key);
                    }
                    for (resource, hints) in told.hints {
                        if self.hinted.insert(resource.id.clone()) {
                            self.sink.put(Item::Hints { resource, hints }).await?;
                        }
                    }
                    let key = open_key(&issue.id);
                    let known = told.is_open.then(|| json!({ "resource": told.event.resource.id, "type": told.kind }));
                    if self.memory.get(&key) != known.as_ref() {
                        self.remember(&key, known.unwrap_or_default()).await?;
                    }
                    self.told.insert(issue.id.clone());
                    self.sink.put(Item::Event(told.event)).await?;
                }
                Err(what) => {
                    whole = false;
                    self.oddities.note(format!("lack {what} and are left out"), &issue.key);
                }
            }
        }
        Ok(whole)
    }

    /// Which of these a query calls seen in production.
    async fn in_production(&self, ids: &[String]) -> Result<Result<BTreeSet<String>, String>, Stopped> {
        let Some(jql) = &self.client.config.production.jql else { return Ok(Ok(BTreeSet::new())) };
        self.fitting(ids, jql).await
    }

    /// Which of these fit a query.
    pub(super) async fn fitting(&self, ids: &[String], jql: &str) -> Result<Result<BTreeSet<String>, String>, Stopped> {
        let mut found = BTreeSet::new();
        for ids in ids.chunks(100) {
            let mut listing = Listing::new(format!("id in ({}) AND ({jql})", ids.join(", ")), Wanted::Numbers);
            loop {
                match answered(self.client.next(&mut listing).await)? {
                    Ok(Some(page)) => {
                        found.extend(page.issues.into_iter().filter_map(|it| Some(serde_json::from_value::<Bare>(it).ok()?.id)))
                    }
                    Ok(None) => break,
                    Err(why) => return Ok(Err(why)),
                }
            }
            if let Some(doubt) = listing.doubt {
                return Ok(Err(doubt));
            }
        }
        Ok(Ok(found))
    }

    /// Learns what it takes to understand these issues and is not known yet.
    async fn learn(&mut self, full: &[Full]) -> Result<(), Stopped> {
        for Full { issue, .. } in full {
            if let Some(project) = &issue.fields.project {
                self.rules.projects.insert(project.id.clone(), project.key.clone());
            }
            let status = issue.fields.status.as_ref();
            if let Some((status, is_done)) = status.and_then(|status| Some((status, status.is_done()?))) {
                self.rules.statuses.insert(status.id.clone(), is_done);
            }
        }
        let is_known = |full: &Full| statuses(&full.issue, &full.histories).all(|id| self.rules.statuses.contains_key(id));
        let by_category = |full: &&Full| !had_resolution(&full.issue, &full.histories);
        if !self.has_statuses && !full.iter().filter(by_category).all(is_known) {
            self.has_statuses = true;
            match answered(self.client.statuses().await)? {
                Ok(all) => {
                    self.rules.statuses.extend(all.into_iter().filter_map(|status| Some((status.id.clone(), status.is_done()?))));
                    self.remember(STATUSES, json!(self.rules.statuses)).await?;
                }
                Err(why) => {
                    let message = "categories of statuses cannot be read, so a status that an issue had once counts as not done";
                    self.problem(format!("{message}: {why}")).await?;
                }
            }
        }
        let unknown = full.iter().flat_map(|full| projects(&full.histories)).filter(|id| !self.rules.projects.contains_key(*id));
        let unknown: BTreeSet<String> = unknown.map(str::to_owned).collect();
        if !unknown.is_empty() {
            for id in unknown {
                // One that is gone, or may not be seen, keeps its number.
                let key = match answered(self.client.project(&id).await)? {
                    Ok(Some(project)) => project.key,
                    Ok(None) => id.clone(),
                    Err(_) => continue,
                };
                self.rules.projects.insert(id, key);
            }
            self.remember(PROJECTS, json!(self.rules.projects)).await?;
        }
        let mut priorities = full.iter().filter_map(|full| full.issue.fields.priority.as_ref());
        if !self.has_priorities && priorities.any(|priority| self.rules.priorities.meaning(priority).is_none()) {
            self.has_priorities = true;
            if let Ok(all) = answered(self.client.priorities().await)? {
                self.rules.priorities.learn(&all);
            }
        }
        Ok(())
    }

    /// Says what was strange.
    pub(super) async fn strange(&mut self) -> Result<(), Stopped> {
        for what in self.oddities.take() {
            self.problem(what).await?;
        }
        Ok(())
    }

    async fn close(&mut self, reading: Reading) -> Result<(), Stopped> {
        self.strange().await?;
        let extent = Extent { scope: self.rules.scope.clone(), kind: None, reading, counted: None, evidence: None };
        self.sink.put(Item::Extent(extent)).await
    }

    pub(super) async fn remember(&self, key: &str, value: Value) -> Result<(), Stopped> {
        self.sink.put(Item::Remember { key: key.to_owned(), value }).await
    }

    pub(super) async fn problem(&self, message: String) -> Result<(), Stopped> {
        self.sink.put(Item::Problem(Problem { scope: self.rules.scope.clone(), path: None, line: None, message })).await
    }
}
