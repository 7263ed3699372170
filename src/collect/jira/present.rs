//! What Jira says now: which issues changed since it was read, and once a week which of those that were open are still there.
//!
//! # Invariants
//! - Each rule is searched for by itself and goes on from where it was read: one that is new, or was changed, begins anew.
//! - An issue is told as what the first rule makes of it that finds it. What it was before, it leaves in the same reading.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::collect::bugs::Oddities;
use crate::collect::http::{Error, Http};
use crate::collect::jira::Config;
use crate::collect::jira::client::{Client, Full, Listing, Search, Wanted, describe_query, searches};
use crate::collect::jira::gone::Open;
use crate::collect::jira::history::{Rules, Standing, Told};
use crate::collect::jira::priority::Priorities;
use crate::collect::jira::shape::{had_resolution, projects, statuses};
use crate::collect::jira::sort::Sort;
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

/// The key under which an open issue is remembered.
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
    found_by(answer, Sort::Bug.rule())
}

/// The same of a search. `query` is the key of what was searched for.
pub(super) fn found_by<T>(answer: Result<T, Error>, query: &str) -> Result<Result<T, String>, Stopped> {
    match answer {
        Ok(value) => Ok(Ok(value)),
        Err(Error::Stopped) => Err(Stopped),
        Err(error) => Ok(Err(describe_query(&error, query))),
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
    /// What is searched for, in the order in which it counts.
    pub(super) searches: Vec<Search>,
    /// Issues that were told of, by number, and as what.
    pub(super) told: BTreeMap<String, Sort>,
    /// Resources whose signs were told.
    hinted: BTreeSet<String>,
    has_statuses: bool,
    has_priorities: bool,
    oddities: BTreeMap<Sort, Oddities>,
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
            searches: searches(config, &config.projects),
            told: BTreeMap::new(),
            hinted: BTreeSet::new(),
            has_statuses: false,
            has_priorities: false,
            oddities: BTreeMap::new(),
        }))
    }

    /// Why nothing could be read, if so.
    async fn present(&mut self) -> Result<Option<String>, Stopped> {
        let (mut whole, mut read, mut failed) = (true, Vec::new(), Vec::new());
        for Search { sort, jql } in self.searches.clone() {
            let key = sort.key(CURSOR, &jql);
            let cursor: Option<Instant> = self.memory.get(&key).cloned().and_then(|value| serde_json::from_value(value).ok());
            let wanted = match cursor {
                Some(cursor) => self.since(cursor.plus_seconds(-OVERLAP_SECONDS)),
                None => format!("({UNRESOLVED} OR {})", self.since(self.now.plus_seconds(-FIRST_SECONDS))),
            };
            match self.read(sort, &wanted).await? {
                Ok(true) => {
                    self.remember(&key, json!(self.now)).await?;
                    read.push((sort, cursor.is_none()));
                }
                Ok(false) => whole = false,
                Err(why) => failed.push(format!("the {} cannot be listed: {why}", sort.plural())),
            }
        }
        if failed.len() == self.searches.len() {
            self.close(Reading::Partial).await?;
            return Ok(Some(failed.join("; ")));
        }
        whole &= failed.is_empty();
        for why in failed {
            self.problem(why).await?;
        }
        whole &= self.missing(&read).await?;
        self.close(if whole { Reading::Full } else { Reading::Partial }).await?;
        Ok(None)
    }

    fn since(&self, at: Instant) -> String {
        format!("updated >= \"{}\"", self.rules.zone.not_after(at))
    }

    /// What finds issues of a sort.
    pub(super) fn jql(&self, sort: Sort) -> String {
        self.searches.iter().find(|search| search.sort == sort).map(|search| search.jql.clone()).unwrap_or_default()
    }

    /// Reads and tells of the issues of a sort for which a condition holds. Whether it read all of them, or why it could read
    /// none.
    pub(super) async fn read(&mut self, sort: Sort, condition: &str) -> Result<Result<bool, String>, Stopped> {
        let query = |jql: &str| format!("{jql} AND {condition} ORDER BY key ASC");
        let mut listing = Listing::new(query(&self.jql(sort)), Wanted::Issues);
        let mut first = self.client.next(&mut listing).await;
        if sort == Sort::Bug && matches!(first, Err(Error::Status { status: 400, .. })) && self.narrow().await? {
            listing = Listing::new(query(&self.jql(sort)), Wanted::Issues);
            first = self.client.next(&mut listing).await;
        }
        let mut page = match found_by(first, sort.rule())? {
            Ok(page) => page,
            Err(why) => return Ok(Err(why)),
        };
        let mut whole = true;
        while let Some(listed) = page {
            whole &= self.tell(sort, listed.issues, &listed.names, &BTreeMap::new()).await?;
            let (done, total) = (listing.read(), listing.total.unwrap_or_default().max(listing.read()));
            self.sink.put(Item::Progress { scope: self.rules.scope.clone(), done, total }).await?;
            page = match found_by(self.client.next(&mut listing).await, sort.rule())? {
                Ok(page) => page,
                Err(why) => {
                    self.problem(format!("the list of {} ends after {done}: {why}", sort.plural())).await?;
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
        self.searches = searches(config, &seen);
        Ok(true)
    }

    /// Tells of issues as ones of a sort; those that left stand in `left`, with the type that they were of. Whether all could be
    /// told. What an earlier sort claims is left to that.
    pub(super) async fn tell(
        &mut self,
        sort: Sort,
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
        let mut issues: Vec<Issue> = values.into_iter().filter_map(|value| serde_json::from_value(value).ok()).collect();
        let mut whole = issues.len() == listed;
        if !whole {
            let message = format!("{} issues cannot be understood and are left out", listed - issues.len());
            self.problem(message).await?;
        }
        let ids: Vec<String> = issues.iter().map(|issue| issue.id.clone()).filter(|id| !left.contains_key(id)).collect();
        let claimed = match self.claimed(sort, ids).await? {
            Ok(claimed) => claimed,
            Err(why) => {
                self.problem(format!("what else {} issues are cannot be read, so they are left out: {why}", issues.len())).await?;
                return Ok(false);
            }
        };
        issues.retain(|issue| !claimed.contains(&issue.id));
        if issues.is_empty() {
            return Ok(whole);
        }
        for issue in &issues {
            if issue.changelog.as_ref().is_some_and(|log| log.total.is_some_and(|total| total > log.histories.len() as u64)) {
                self.odd(sort, "come with a part of their changelog only; what it lacks is taken to be as it is now", &issue.key);
            }
        }
        let ids: Vec<String> = issues.iter().map(|issue| issue.id.clone()).collect();
        let before: BTreeMap<String, Open> = ids.iter().filter_map(|id| Some((id.clone(), Open::of(self.memory, id)?))).collect();
        let was = |id: &str, sort: Sort| before.get(id).is_some_and(|open| open.sort == sort);
        let full = match answered(self.client.with_changelogs(issues).await)? {
            Ok(full) => full,
            Err(why) => {
                let message = format!("what changed of {} {} cannot be read, so they are left out: {why}", ids.len(), sort.plural());
                self.problem(message).await?;
                return Ok(false);
            }
        };
        let bugs: Vec<String> = ids.into_iter().filter(|id| sort == Sort::Bug || was(id, Sort::Bug)).collect();
        let in_production = match self.in_production(&bugs).await? {
            Ok(found) => found,
            Err(why) => {
                self.problem(format!("which bugs are seen in production cannot be read, so they are left out: {why}")).await?;
                return Ok(false);
            }
        };
        self.learn(sort, &full).await?;
        for Full { issue, histories } in &full {
            let is_in_production = in_production.contains(&issue.id);
            // It was something else when it was told last: that it leaves.
            if let Some(open) = before.get(&issue.id).filter(|open| open.sort != sort && !left.contains_key(&issue.id))
                && let Ok(told) = self.rules.told(open.sort, issue, histories, is_in_production, Standing::Left(&open.kind))
            {
                self.put(open.sort, issue, told).await?;
            }
            let standing = left.get(&issue.id).map_or(Standing::Found, |kind| Standing::Left(kind));
            match self.rules.told(sort, issue, histories, is_in_production, standing) {
                Ok(told) => {
                    let known = told.is_open.then(|| Open::new(sort, &told).value());
                    let key = open_key(&issue.id);
                    if self.memory.get(&key) != known.as_ref() {
                        self.remember(&key, known.unwrap_or_default()).await?;
                    }
                    self.told.insert(issue.id.clone(), sort);
                    self.put(sort, issue, told).await?;
                }
                Err(what) => {
                    whole = false;
                    self.odd(sort, format!("lack {what} and are left out"), &issue.key);
                }
            }
        }
        Ok(whole)
    }

    /// Puts what an issue tells, and says what is strange of it.
    async fn put(&mut self, sort: Sort, issue: &Issue, told: Told) -> Result<(), Stopped> {
        if let Some(name) = &told.unknown_priority {
            let key = if sort == Sort::Incident { "jira.severities" } else { "jira.priorities" };
            self.odd(sort, format!("have the priority {name:?}, of which it is not known what it means: name it in {key}"), &issue.key);
        }
        if told.is_early {
            let what = "changed or were resolved before they were created, as they say; taken as if when they were created";
            self.odd(sort, what, &issue.key);
        }
        if told.event.at > self.now.plus_seconds(OVERLAP_SECONDS) {
            self.odd(sort, "were created in the future, as they say: is a clock wrong?", &issue.key);
        }
        for (resource, hints) in told.hints {
            if self.hinted.insert(resource.id.clone()) {
                self.sink.put(Item::Hints { resource, hints }).await?;
            }
        }
        self.sink.put(Item::Event(told.event)).await
    }

    fn odd(&mut self, sort: Sort, what: impl Into<String>, key: &str) {
        self.oddities.entry(sort).or_default().note(what, key);
    }

    /// Which of these count as ones of an earlier sort.
    async fn claimed(&self, sort: Sort, mut ids: Vec<String>) -> Result<Result<BTreeSet<String>, String>, Stopped> {
        let mut claimed: BTreeSet<String> = ids.extract_if(.., |id| self.told.get(id).is_some_and(|told| *told < sort)).collect();
        for earlier in self.searches.iter().filter(|search| search.sort < sort) {
            if ids.is_empty() {
                break;
            }
            match self.fitting(&ids, &earlier.jql, earlier.sort.rule()).await? {
                Ok(found) => {
                    ids.retain(|id| !found.contains(id));
                    claimed.extend(found);
                }
                Err(why) => return Ok(Err(why)),
            }
        }
        Ok(Ok(claimed))
    }

    /// Which of these a query calls seen in production.
    async fn in_production(&self, ids: &[String]) -> Result<Result<BTreeSet<String>, String>, Stopped> {
        let Some(jql) = &self.client.config.production.jql else { return Ok(Ok(BTreeSet::new())) };
        self.fitting(ids, jql, "jira.production_jql").await
    }

    /// Which of these fit a query, whose key is `rule`.
    pub(super) async fn fitting(&self, ids: &[String], jql: &str, rule: &str) -> Result<Result<BTreeSet<String>, String>, Stopped> {
        let mut found = BTreeSet::new();
        for ids in ids.chunks(100) {
            let mut listing = Listing::new(format!("id in ({}) AND ({jql})", ids.join(", ")), Wanted::Numbers);
            loop {
                match found_by(self.client.next(&mut listing).await, rule)? {
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
    async fn learn(&mut self, sort: Sort, full: &[Full]) -> Result<(), Stopped> {
        for Full { issue, .. } in full {
            if let Some(project) = &issue.fields.project {
                self.rules.projects.insert(project.id.clone(), project.key.clone());
            }
            let status = issue.fields.status.as_ref();
            if let Some((status, stage)) = status.and_then(|status| Some((status, status.stage()?))) {
                self.rules.statuses.insert(status.id.clone(), stage);
            }
        }
        let is_known = |full: &Full| statuses(&full.issue, &full.histories).all(|id| self.rules.statuses.contains_key(id));
        // That somebody looks at an incident is said by categories alone.
        let by_category = |full: &&Full| sort == Sort::Incident || !had_resolution(&full.issue, &full.histories);
        if !self.has_statuses && !full.iter().filter(by_category).all(is_known) {
            self.has_statuses = true;
            match answered(self.client.statuses().await)? {
                Ok(all) => {
                    self.rules.statuses.extend(all.into_iter().filter_map(|status| Some((status.id.clone(), status.stage()?))));
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
        if !self.has_priorities && priorities.any(|priority| !self.rules.means(sort, priority)) {
            self.has_priorities = true;
            if let Ok(all) = answered(self.client.priorities().await)? {
                self.rules.priorities.learn(&all);
            }
        }
        Ok(())
    }

    /// Says what was strange.
    pub(super) async fn strange(&mut self) -> Result<(), Stopped> {
        for (sort, mut oddities) in std::mem::take(&mut self.oddities) {
            for what in oddities.take(sort.plural()) {
                self.problem(what).await?;
            }
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
