//! One reading of everything as it stands now.
//!
//! # Invariants
//! - Items of one repository are put without those of another between them.
//! - A repository whose head, tags, names and facts are as remembered is confirmed without another request.
//! - A repository of which anything could not be read this time is not stated at all, and its organisation then counts as read
//!   in part; what was known of it stands.
//! - Whatever ends the run early, what was read until then is kept, and the next run goes on from there.
//! - Nothing ends because it is not listed: GitHub is asked for it by its id first, and many at once are held back.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use futures::StreamExt;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use xxhash_rust::xxh3::xxh3_128;

use crate::collect::cache::Cache;
use crate::collect::git::convert::{About, Converter, EDITION, Stated, renames};
use crate::collect::git::past;
use crate::collect::github::client::{Api, Client, Failure};
use crate::collect::github::convert::{
    self, Listed, OrganisationFacts, TeamNames, member_resource, owners_by_permission, property_owner, teams_and_people, teams_scope,
};
use crate::collect::github::delivery::{self, Seen};
use crate::collect::github::files::{self, Batches, Content, Got, KeptHead, Listing, Oid, Reading, Want};
use crate::collect::github::inventory::{self, ByName, Depth, Fate, Lister, Page};
use crate::collect::github::memory::{Gone, KnownMembers, Remembered, cursor_key};
use crate::collect::github::teams::{self, Members, Properties};
use crate::collect::{Item, Memory, Sink, Stopped, Summary};
use crate::model::body::TaggedVersion;
use crate::model::run::Reading as HowRead;
use crate::model::{Extent, Instant, Kind, Problem, Resource, Zone};

/// Listings of files that are asked for at the same time.
const LISTINGS: usize = 6;
/// Repositories that wait for files at most.
const MOST_WAITING: usize = 400;
/// Refusals that are remembered, so that an unchanged repository still reports them.
const MOST_REFUSALS: usize = 50;
/// So long contents are kept that nobody used.
const KEPT_DAYS: i32 = 180;
/// How long many ends at once are held back.
const BRAKE_SECONDS: i64 = 86_400;
/// The kind of complete lists of tags in the cache.
const TAGS: &str = "tags";

/// What a run needs.
pub(crate) struct Run<'a> {
    client: &'a Client,
    cache: &'a Cache,
    memory: &'a Memory,
    sink: &'a Sink,
    now: Instant,
    day: i32,
    batches: Batches,
    /// Every repository that is remembered, by its number.
    before: BTreeMap<u64, (String, Remembered)>,
    /// Repositories that this run met, so that one that stands in two lists counts once.
    met: BTreeSet<u64>,
    /// Of all these what tells whether anything happened in them.
    seen: Vec<Seen>,
    /// Repositories that were stated or confirmed.
    read: u64,
    failure: Option<String>,
}

/// Why a run goes no further.
enum End {
    Stopped,
    Failure(Failure),
}

impl From<Stopped> for End {
    fn from(_: Stopped) -> Self {
        Self::Stopped
    }
}

impl From<Failure> for End {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Stopped => Self::Stopped,
            failure => Self::Failure(failure),
        }
    }
}

/// What an organisation says of all its repositories, as far as it could be read.
#[derive(Default)]
struct Organisation {
    properties: Option<Properties>,
    owners: Option<BTreeMap<u64, String>>,
    names: TeamNames,
}

/// A repository whose files are being read.
struct Work {
    listed: Listed,
    facts: OrganisationFacts,
    around: String,
    listing: Listing,
    tags: BTreeMap<String, TaggedVersion>,
    contents: HashMap<Oid, Content>,
    wanted: BTreeMap<Oid, u64>,
    /// What it was called, if it was called otherwise.
    formerly: Option<String>,
    /// Where the page began that listed it.
    from: Option<String>,
}

/// How a list of repositories went.
#[derive(Default)]
struct Tally {
    /// Something in it could not be read.
    incomplete: bool,
    /// Repositories that are left out by the configuration.
    left_out: u64,
    done: u64,
    total: u64,
    /// Names that are in use now.
    names: BTreeSet<String>,
    /// Renamed repositories, which wait until all names are known.
    renamed: Vec<Listed>,
    /// Where the page began that is being taken.
    from: Option<String>,
    /// Where the first page began that could not be finished.
    unfinished: Option<Option<String>>,
}

impl<'a> Run<'a> {
    pub(crate) fn new(client: &'a Client, cache: &'a Cache, zone: &Zone, now: Instant, memory: &'a Memory, sink: &'a Sink) -> Self {
        Self {
            client,
            cache,
            memory,
            sink,
            now,
            day: zone.day_of(now).number(),
            batches: Batches::default(),
            before: Remembered::all(memory),
            met: BTreeSet::new(),
            seen: Vec::new(),
            read: 0,
            failure: None,
        }
    }

    pub(crate) async fn collect(mut self) -> Summary {
        if let Err(End::Failure(failure)) = self.everything().await {
            self.failure = Some(failure.to_string());
        }
        let oldest = self.day.saturating_sub(KEPT_DAYS);
        for kind in [files::BLOBS, files::TREES] {
            self.cache.forget_before(kind, oldest);
        }
        let (queries, points) = self.client.queries();
        let (bytes, requests) = self.batches.batched;
        tracing::info!(requests = self.client.asked(), queries, points, batches = requests, bytes, "asked GitHub");
        Summary { requests: self.client.asked(), failure: self.failure.filter(|_| !self.sink.is_stopped()) }
    }

    async fn everything(&mut self) -> Result<(), End> {
        let config = self.client.config().clone();
        let mut ended: Option<Failure> = None;
        for organisation in &config.organisations {
            if ended.is_some() {
                self.not_reached(organisation).await?;
                continue;
            }
            match self.organisation(organisation).await {
                Ok(()) => {}
                Err(End::Stopped) => return Err(End::Stopped),
                Err(End::Failure(failure)) => ended = Some(failure),
            }
        }
        if !config.repositories.is_empty() && !config.teams_only {
            match (ended.is_some(), &config.repositories) {
                (true, names) => {
                    for name in names {
                        self.extent(&self.scope_of(name), Some(Kind::Repository), HowRead::Partial, None, None).await?;
                    }
                }
                (false, names) => match self.named(names).await {
                    Ok(()) => {}
                    Err(End::Stopped) => return Err(End::Stopped),
                    Err(End::Failure(failure)) => ended = Some(failure),
                },
            }
        }
        match ended {
            Some(failure) => Err(End::Failure(failure)),
            None if config.teams_only => Ok(()),
            None => self.events().await,
        }
    }

    /// Tells what happened since the last run. What could not be read of it is said, and asked for again the next time.
    async fn events(&mut self) -> Result<(), End> {
        let mut seen = std::mem::take(&mut self.seen);
        seen.sort_by(|one, other| one.name.cmp(&other.name));
        let context = delivery::Context { client: self.client, memory: self.memory, sink: self.sink, now: self.now };
        match delivery::collect(&context, &seen).await {
            Err(Failure::Stopped) => Err(End::Stopped),
            Err(failure) => Ok(self.problem("events", None, failure.to_string()).await?),
            Ok(()) => Ok(()),
        }
    }

    /// What a run that ended before says of an organisation: nothing.
    async fn not_reached(&self, organisation: &str) -> Result<(), Stopped> {
        if !self.client.config().teams_only {
            self.extent(organisation, Some(Kind::Repository), HowRead::Partial, None, None).await?;
        }
        for kind in [Kind::Team, Kind::Person] {
            self.extent(&teams_scope(organisation), Some(kind), HowRead::Partial, None, None).await?;
        }
        Ok(())
    }

    /// Reads one organisation. What ends the run is an error, after everything was said that was read.
    async fn organisation(&mut self, organisation: &str) -> Result<(), End> {
        let mut known = KnownMembers::of(self.memory, organisation);
        let members = match teams::members(self.client, organisation, self.cache, self.day).await {
            Ok(members) => members,
            Err(failure) => {
                self.problem(organisation, None, failure.to_string()).await?;
                self.not_reached(organisation).await?;
                return Err(failure.into());
            }
        };
        self.members(organisation, &members, &mut known).await?;
        let properties = match teams::properties(self.client, organisation, self.cache, self.day).await {
            Ok(properties) => properties,
            Err(failure) => {
                self.problem(organisation, None, failure.to_string()).await?;
                if !self.client.config().teams_only {
                    self.extent(organisation, Some(Kind::Repository), HowRead::Partial, None, None).await?;
                }
                return Err(failure.into());
            }
        };
        if let Err(message) = &properties {
            self.problem(organisation, None, message.clone()).await?;
        }
        let facts = Organisation {
            properties: properties.ok(),
            owners: members.teams.as_deref().filter(|_| members.permissions_complete).map(owners_by_permission),
            names: TeamNames::new(known.teams.values().map(|(slug, name)| (slug.as_str(), name.as_deref()))),
        };
        self.repositories(organisation, &facts).await
    }

    /// States teams and people.
    async fn members(&mut self, organisation: &str, members: &Members, known: &mut KnownMembers) -> Result<(), Stopped> {
        let scope = teams_scope(organisation);
        for problem in &members.problems {
            self.problem(&scope, None, problem.clone()).await?;
        }
        let before = known.clone();
        let mut counted_teams = None;
        let counted_people = members.people_complete.then_some(members.people.len() as u64);
        if let Some(teams) = &members.teams {
            counted_teams = Some(teams.len() as u64);
            let slugs: BTreeSet<&str> = teams.iter().map(|team| team.slug.as_str()).collect();
            for team in teams {
                if let Some((old, _)) = before.teams.get(&team.id).filter(|(old, _)| *old != team.slug && !slugs.contains(old.as_str())) {
                    self.renamed(organisation, Kind::Team, old, &team.slug, team.id).await?;
                }
            }
            if members.teams_complete {
                known.teams.clear();
            }
            known.teams.extend(teams.iter().map(|team| (team.id, (team.slug.clone(), team.name.clone()))));
        }
        for person in members.people.values() {
            if let Some(old) = before.people.get(&person.id).filter(|old| **old != person.login && !members.people.contains_key(*old)) {
                self.renamed(organisation, Kind::Person, old, &person.login, person.id).await?;
            }
        }
        if members.people_complete {
            known.people.clear();
        }
        known.people.extend(members.people.values().map(|person| (person.id, person.login.clone())));
        // Without the teams it is not known of whom a person is a member; saying nothing leaves what is known.
        if let Some(teams) = members.teams.as_deref().filter(|_| members.teams_complete) {
            let web = self.client.config().web.as_str().trim_end_matches('/').to_owned();
            for statement in teams_and_people(organisation, &web, teams, &members.people) {
                self.sink.put(Item::Statement(statement)).await?;
            }
            self.read += 1;
        }
        if *known != before
            && let Ok(value) = serde_json::to_value(&*known)
        {
            self.sink.put(Item::Remember { key: KnownMembers::key(organisation), value }).await?;
        }
        let reading = |complete: bool| if complete { HowRead::Full } else { HowRead::Partial };
        self.extent(&scope, Some(Kind::Team), reading(members.teams_complete), counted_teams, None).await?;
        self.extent(&scope, Some(Kind::Person), reading(members.people_complete), counted_people, None).await
    }

    async fn renamed(&self, organisation: &str, kind: Kind, old: &str, new: &str, id: u64) -> Result<(), Stopped> {
        let (from, to) = (member_resource(organisation, kind, old), member_resource(organisation, kind, new));
        if from == to {
            return Ok(());
        }
        self.sink.put(Item::Renamed { from, to, evidence: format!("GitHub's number {id} is the same") }).await
    }

    /// Reads the repositories of an organisation, page by page.
    async fn repositories(&mut self, organisation: &str, facts: &Organisation) -> Result<(), End> {
        let config = self.client.config();
        let depth = if config.teams_only { Depth::Looks } else { Depth::Whole };
        let cursor = self.memory.get(&cursor_key(organisation)).and_then(Value::as_str).map(str::to_owned).filter(|_| !config.teams_only);
        let client = self.client;
        let mut lister = Lister::new(client, organisation, depth, cursor.clone());
        let mut tally = Tally::default();
        let mut pending: Vec<Work> = Vec::new();
        let went = self.pages(&mut lister, facts, &mut pending, &mut tally).await;
        let mut end = match went {
            Ok(()) => None,
            Err(End::Stopped) => return Err(End::Stopped),
            Err(End::Failure(failure)) => Some(failure),
        };
        // What was begun can be finished: files and listings have budgets of their own.
        if matches!(end, Some(Failure::Limited { api: Api::Rest, .. })) {
            while !pending.is_empty() {
                match self.files(&mut pending, &mut tally).await {
                    Ok(()) => {}
                    Err(End::Stopped) => return Err(End::Stopped),
                    Err(End::Failure(_)) => break,
                }
            }
        }
        if let Some(first) = pending.first() {
            tally.unfinished = Some(first.from.clone());
        }
        for work in pending {
            tally.incomplete = true;
            self.extent(&work.listed.name, None, HowRead::Partial, None, None).await?;
        }
        if let Some(failure) = &end {
            tally.incomplete = true;
            self.problem(organisation, None, failure.to_string()).await?;
            if self.failure.is_none() && self.read == 0 {
                self.failure = Some(failure.to_string());
            }
        }
        if config.teams_only {
            return match end {
                Some(failure) if failure.ends_the_run() => Err(failure.into()),
                _ => Ok(()),
            };
        }
        let position = if end.is_some() { tally.unfinished.clone().unwrap_or_else(|| lister.position()) } else { None };
        if position.is_some() || cursor.is_some() {
            let value = position.map_or(Value::Null, Value::String);
            self.sink.put(Item::Remember { key: cursor_key(organisation), value }).await?;
        }
        if end.is_none() && !lister.complete && !tally.incomplete {
            let message = format!("GitHub counts {} repositories and lists {}, also when asked again", lister.total, tally.names.len());
            self.problem(organisation, None, message).await?;
        }
        let mut evidence = None;
        if end.is_none() && lister.complete {
            match self.missing(organisation, &mut tally).await {
                Ok(found) => evidence = found,
                Err(End::Stopped) => return Err(End::Stopped),
                Err(End::Failure(failure)) => {
                    tally.incomplete = true;
                    end = Some(failure);
                }
            }
        }
        let is_full = end.is_none() && lister.complete && !tally.incomplete;
        let reading = if is_full { HowRead::Full } else { HowRead::Partial };
        let counted = (lister.total > 0 || is_full).then(|| lister.total.saturating_sub(tally.left_out));
        self.extent(organisation, Some(Kind::Repository), reading, counted, evidence.filter(|_| is_full)).await?;
        match end {
            Some(failure) if failure.ends_the_run() => Err(failure.into()),
            _ => Ok(()),
        }
    }

    async fn pages(
        &mut self,
        lister: &mut Lister<'_>,
        facts: &Organisation,
        pending: &mut Vec<Work>,
        tally: &mut Tally,
    ) -> Result<(), End> {
        let mut more = true;
        loop {
            while more && pending.len() < MOST_WAITING && !self.batches.is_full(&wants(pending)) {
                if self.client.is_short() && !pending.is_empty() {
                    break;
                }
                match lister.next().await? {
                    Some(page) => {
                        tally.total = lister.total;
                        self.page(page, facts, pending, tally).await?;
                    }
                    None => {
                        more = false;
                        let renamed = std::mem::take(&mut tally.renamed);
                        self.take(renamed, facts, pending, tally, true).await?;
                    }
                }
            }
            if pending.is_empty() && !more {
                return Ok(());
            }
            self.files(pending, tally).await?;
        }
    }

    /// Takes a page: confirms what is as it was, and begins to read the rest.
    async fn page(&mut self, page: Page, facts: &Organisation, pending: &mut Vec<Work>, tally: &mut Tally) -> Result<(), End> {
        for (name, message) in page.unread {
            tally.incomplete = true;
            let scope = name.unwrap_or_else(|| "a repository".to_owned());
            self.problem(&scope, None, format!("could not be read: {message}")).await?;
            if scope.contains('/') {
                tally.names.insert(scope.to_lowercase());
                self.extent(&scope, None, HowRead::Partial, None, None).await?;
            }
        }
        tally.from = page.from;
        self.take(page.listed, facts, pending, tally, false).await
    }

    /// Takes repositories. Those that were called otherwise wait until it is known that nobody took their old names.
    async fn take(
        &mut self,
        listed: Vec<Listed>,
        facts: &Organisation,
        pending: &mut Vec<Work>,
        tally: &mut Tally,
        names_are_known: bool,
    ) -> Result<(), End> {
        let config = self.client.config();
        let (archived, forks, teams_only) = (config.archived, config.forks, config.teams_only);
        let mut works = Vec::new();
        for listed in listed {
            tally.names.insert(listed.name.to_lowercase());
            if (listed.is_archived && !archived) || (listed.is_fork && !forks) {
                self.met.insert(listed.id);
                tally.left_out += 1;
                continue;
            }
            let formerly = self.before.get(&listed.id).map(|(name, _)| name.clone()).filter(|name| *name != listed.name);
            if formerly.is_some() && !names_are_known {
                tally.renamed.push(listed);
                continue;
            }
            if !self.met.insert(listed.id) {
                // It stands in another list as well, or was moved there while we read.
                continue;
            }
            // A name that somebody else has now is theirs.
            let formerly = formerly.filter(|name| !tally.names.contains(&name.to_lowercase()) || name.eq_ignore_ascii_case(&listed.name));
            self.seen.push(Seen::of(&listed));
            let facts = self.facts(&listed, facts);
            tally.done += 1;
            if teams_only {
                self.looks(listed, facts, formerly).await?;
                continue;
            }
            let around = around(&listed, &facts);
            let before = self.before.get(&listed.id).map(|(_, before)| before);
            let is_same = formerly.is_none()
                && before.is_some_and(|before| {
                    before.around == around
                        && before.gone.is_none()
                        && before.head.as_deref() == listed.head.as_ref().map(|head| head.commit.as_str())
                });
            if is_same && (listed.head.is_some() || listed.is_empty) {
                self.unchanged(&listed, tally).await?;
                continue;
            }
            let work = Work {
                facts,
                around,
                listing: Listing::default(),
                tags: BTreeMap::new(),
                contents: HashMap::new(),
                wanted: BTreeMap::new(),
                formerly,
                from: tally.from.clone(),
                listed,
            };
            match (&work.listed.head, &work.listed.root) {
                (Some(_), Some(_)) => works.push(work),
                (None, _) if work.listed.is_empty => self.deliver(work, Stated::default()).await?,
                _ => {
                    self.unread(&work.listed.name, "its default branch was not told; a token needs the right to read contents", tally)
                        .await?
                }
            }
        }
        self.begin(works, pending, tally).await
    }

    /// Lists files and tags of repositories, and finds which contents are to be read.
    async fn begin(&mut self, mut works: Vec<Work>, pending: &mut Vec<Work>, tally: &mut Tally) -> Result<(), End> {
        if let Err(end) = self.all_tags(&mut works, tally).await {
            tally.incomplete = true;
            for work in works {
                tally.unfinished.get_or_insert(work.from);
                self.extent(&work.listed.name, None, HowRead::Partial, None, None).await?;
            }
            return Err(end);
        }
        let mut listings = {
            let (client, cache, day) = (self.client, self.cache, self.day);
            let asked = works.iter().map(|work| files::list(client, cache, &work.listed, day));
            // Collected, because a stream of borrowing futures is not one that the compiler believes to be sent.
            let asked: Vec<_> = asked.collect();
            futures::stream::iter(asked).buffered(LISTINGS).collect::<Vec<_>>().await
        };
        let mut end = None;
        for (mut work, listing) in works.into_iter().zip(listings.drain(..)) {
            match listing {
                Ok(listing) => {
                    work.listing = listing;
                    match self.attempt(&mut work) {
                        Some(stated) => self.deliver(work, stated).await?,
                        None => pending.push(work),
                    }
                }
                Err(failure) if failure.ends_the_run() => {
                    tally.incomplete = true;
                    tally.unfinished.get_or_insert(work.from);
                    self.extent(&work.listed.name, None, HowRead::Partial, None, None).await?;
                    end = Some(failure);
                }
                Err(failure) => self.unread(&work.listed.name, &failure.to_string(), tally).await?,
            }
        }
        match end {
            Some(failure) => Err(failure.into()),
            None => Ok(()),
        }
    }

    /// Completes the tags of repositories that have more than are listed with them.
    async fn all_tags(&mut self, works: &mut Vec<Work>, tally: &mut Tally) -> Result<(), End> {
        let mut lacking = Vec::new();
        for (position, work) in works.iter_mut().enumerate() {
            let tags = &work.listed.tags;
            if tags.after.is_none() {
                work.tags = tags.newest.clone();
                continue;
            }
            let kept: Option<KeptTags> =
                self.cache.get(TAGS, &work.listed.id.to_string()).and_then(|kept| serde_json::from_slice(&kept.value).ok());
            match kept {
                Some(mut kept) => {
                    kept.tags.extend(tags.newest.clone());
                    // A tag that was deleted or added elsewhere shows in the count.
                    if kept.tags.len() as u64 + kept.others == tags.counted {
                        work.tags = kept.tags;
                    } else {
                        lacking.push(position);
                    }
                }
                None => lacking.push(position),
            }
        }
        if lacking.is_empty() {
            return Ok(());
        }
        let asked: Vec<&Listed> = lacking.iter().map(|position| &works[*position].listed).collect();
        let mut read = inventory::more_tags(self.client, &asked).await?;
        let mut unread = Vec::new();
        for position in lacking {
            let work = &mut works[position];
            match read.remove(&work.listed.id) {
                Some(tags) => {
                    let kept = KeptTags { others: work.listed.tags.counted.saturating_sub(tags.len() as u64), tags };
                    if let Ok(value) = serde_json::to_vec(&kept) {
                        self.cache.put(TAGS, &work.listed.id.to_string(), &value, self.day);
                    }
                    work.tags = kept.tags;
                }
                None => unread.push(position),
            }
        }
        for position in unread.into_iter().rev() {
            let work = works.remove(position);
            self.unread(&work.listed.name, "its tags could not be listed", tally).await?;
        }
        Ok(())
    }

    /// Reads contents that are waited for, and states the repositories that then lack nothing.
    async fn files(&mut self, pending: &mut Vec<Work>, tally: &mut Tally) -> Result<(), End> {
        let wants = wants(pending);
        let listed: Vec<&Listed> = pending.iter().map(|work| &work.listed).collect();
        let got = self.batches.read(self.client, self.cache, &listed, &wants, self.day).await?;
        let works = std::mem::take(pending);
        for mut work in works {
            let mut failed = None;
            for id in work.wanted.keys().copied().collect::<Vec<_>>() {
                match got.get(&id) {
                    Some(Got::Content(content)) => {
                        work.contents.insert(id, content.clone());
                        work.wanted.remove(&id);
                    }
                    Some(Got::Unread(message)) => failed = Some(message.clone()),
                    None => {}
                }
            }
            if let Some(message) = failed {
                self.unread(&work.listed.name, &message, tally).await?;
            } else if !work.wanted.is_empty() {
                pending.push(work);
            } else {
                match self.attempt(&mut work) {
                    Some(stated) => self.deliver(work, stated).await?,
                    None => pending.push(work),
                }
            }
        }
        let progress = Item::Progress { scope: "repositories".to_owned(), done: tally.done - pending.len() as u64, total: tally.total };
        Ok(self.sink.put(progress).await?)
    }

    /// What the repository says, or nothing if contents are lacking, which are then noted.
    fn attempt(&self, work: &mut Work) -> Option<Stated> {
        let head = work.listed.head.as_ref()?;
        let about = About {
            name: &work.listed.name,
            scope_folder: &work.listed.scope,
            commit: &head.commit,
            default_branch: Some(&head.branch),
            last_commit: work.listed.last_commit(),
            // GitHub counts commits only by being asked for each of them.
            activity: None,
            language_bytes: work.listing.language_bytes(),
            tags: &work.tags,
            web: Some(&work.listed.web),
        };
        let reading = Reading::new(&work.listing, &work.contents, self.cache);
        let stated = Converter::new().convert(&about, &reading);
        let (used, wanted) = (reading.used.into_inner(), reading.wanted.into_inner());
        if wanted.is_empty() {
            let used: Vec<String> = used.iter().map(files::hex).collect();
            self.cache.touch(files::BLOBS, used.iter().map(String::as_str), self.day);
            return Some(stated);
        }
        work.wanted = wanted;
        None
    }

    /// What the organisation says of a repository; what could not be read is as it was.
    fn facts(&self, listed: &Listed, organisation: &Organisation) -> OrganisationFacts {
        let mut facts = self.before.get(&listed.id).map(|(_, before)| before.facts.clone()).unwrap_or_default();
        if let Some(properties) = &organisation.properties {
            facts.properties = properties.get(&listed.id).cloned().unwrap_or_default();
            facts.owner = property_owner(&facts.properties, &self.client.config().owner_properties, &organisation.names);
        }
        if let Some(owners) = &organisation.owners {
            facts.team = owners.get(&listed.id).cloned();
        }
        facts
    }

    async fn unchanged(&mut self, listed: &Listed, tally: &mut Tally) -> Result<(), Stopped> {
        self.read += 1;
        let Some((_, before)) = self.before.get(&listed.id) else { return Ok(()) };
        let evidence = before.head.clone();
        let reading = if before.in_part { HowRead::Partial } else { HowRead::Unchanged };
        let refusals: Vec<_> = before.refusals.clone();
        self.sink.put(Item::Unchanged(listed.resource())).await?;
        for (path, line, message) in refusals {
            let (scope, path) = (listed.name.clone(), Some(path).filter(|path| !path.is_empty()));
            self.sink.put(Item::Problem(Problem { scope, path, line, message })).await?;
        }
        self.extent(&listed.name, None, reading, None, evidence).await?;
        if tally.done.is_multiple_of(100) {
            let progress = Item::Progress { scope: "repositories".to_owned(), done: tally.done, total: tally.total };
            self.sink.put(progress).await?;
        }
        Ok(())
    }

    /// Nothing is said of a repository of which something could not be read.
    async fn unread(&self, name: &str, message: &str, tally: &mut Tally) -> Result<(), Stopped> {
        tally.incomplete = true;
        self.problem(name, None, message.to_owned()).await?;
        self.extent(name, None, HowRead::Partial, None, None).await
    }

    /// States a repository.
    async fn deliver(&mut self, work: Work, stated: Stated) -> Result<(), Stopped> {
        self.read += 1;
        let Work { listed, facts, around, listing, formerly, tags, .. } = work;
        if let (Some(head), Some((_, entries)), 0) = (&listed.head, &listed.root, listing.unlisted) {
            let kept = KeptHead { commit: head.commit.clone(), entries: entries.clone(), tags };
            if let Ok(value) = serde_json::to_vec(&kept) {
                self.cache.put(files::HEADS, &listed.id.to_string(), &value, self.day);
            }
        }
        let before = self.before.get(&listed.id).map(|(name, before)| (name.clone(), before.clone()));
        if let Some((_, before)) = &before {
            for item in renamings(before, formerly.as_deref(), &listed, &stated) {
                self.sink.put(item).await?;
            }
        }
        self.moved(formerly.as_deref(), &listed).await?;
        let in_part = listing.unlisted > 0;
        let mut refusals: Vec<(String, Option<u32>, String)> =
            stated.refusals.iter().map(|refusal| (refusal.path.clone(), refusal.line, refusal.message.clone())).collect();
        if in_part {
            let message = format!("{} folders could not be listed: the repository has more files than GitHub tells", listing.unlisted);
            refusals.insert(0, (String::new(), None, message));
        }
        for (path, line, message) in &refusals {
            let (path, line, message) = (Some(path.clone()).filter(|path| !path.is_empty()), *line, message.clone());
            self.sink.put(Item::Problem(Problem { scope: listed.name.clone(), path, line, message })).await?;
        }
        refusals.truncate(MOST_REFUSALS);
        let remembered = Remembered {
            id: listed.id,
            node: listed.node.clone(),
            head: listed.head.as_ref().map(|head| head.commit.clone()),
            branch: listed.head.as_ref().map(|head| head.branch.clone()),
            committed: listed.head.as_ref().and_then(|head| head.at),
            web: listed.web.clone(),
            around,
            scope: listed.scope.clone(),
            facts: facts.clone(),
            refusals,
            in_part,
            ..Remembered::default()
        };
        let remembered = remembered.with(&listed.name, &stated);
        for statement in convert::repository(&listed, &facts, in_part) {
            self.sink.put(Item::Statement(statement)).await?;
        }
        for statement in stated.statements {
            self.sink.put(Item::Statement(statement)).await?;
        }
        if let Ok(value) = serde_json::to_value(&remembered) {
            self.sink.put(Item::Remember { key: listed.name.clone(), value }).await?;
        }
        let reading = if in_part { HowRead::Partial } else { HowRead::Full };
        self.extent(&listed.name, None, reading, None, remembered.head).await
    }

    /// States what GitHub itself forgets of a repository, without its files.
    async fn looks(&mut self, listed: Listed, facts: OrganisationFacts, formerly: Option<String>) -> Result<(), Stopped> {
        self.read += 1;
        let mut remembered = Remembered { id: listed.id, scope: listed.scope.clone(), ..Remembered::default() };
        if let Some((_, before)) = self.before.get(&listed.id) {
            remembered = before.clone();
            let mut items = Vec::new();
            if let Some(old) = &formerly {
                items = moves(before, old, &listed, None);
            }
            for item in items {
                self.sink.put(item).await?;
            }
        }
        self.moved(formerly.as_deref(), &listed).await?;
        for statement in convert::repository(&listed, &facts, false) {
            self.sink.put(Item::Statement(statement)).await?;
        }
        let before = remembered.clone();
        (remembered.node, remembered.web, remembered.facts) = (listed.node.clone(), listed.web.clone(), facts);
        remembered.gone = None;
        if (before != remembered || formerly.is_some())
            && let Ok(value) = serde_json::to_value(&remembered)
        {
            self.sink.put(Item::Remember { key: listed.name.clone(), value }).await?;
        }
        Ok(())
    }

    /// Takes over what is remembered under the old name.
    async fn moved(&self, formerly: Option<&str>, listed: &Listed) -> Result<(), Stopped> {
        let Some(old) = formerly else { return Ok(()) };
        self.sink.put(Item::Remember { key: old.to_owned(), value: Value::Null }).await?;
        for key in delivery::keys_of(old).into_iter().chain([past::key(old)]) {
            if let (Some(known), Some(kind)) = (self.memory.get(&key), key.strip_suffix(old)) {
                self.sink.put(Item::Remember { key: format!("{kind}{}", listed.name), value: known.clone() }).await?;
                self.sink.put(Item::Remember { key, value: Value::Null }).await?;
            }
        }
        for (from, to) in delivery::renamed(self.memory, old, &listed.name) {
            let evidence = format!("GitHub's number {} is the same", listed.id);
            self.sink.put(Item::Renamed { from, to, evidence }).await?;
        }
        Ok(())
    }

    /// What became of repositories that are remembered and not listed: evidence, if it is known of each of them.
    async fn missing(&mut self, scope: &str, tally: &mut Tally) -> Result<Option<String>, End> {
        let of_scope = |(id, (_, before)): &(&u64, &(String, Remembered))| before.scope == scope && !self.met.contains(id);
        let missing: Vec<(u64, String, Remembered)> =
            self.before.iter().filter(of_scope).map(|(id, (name, before))| (*id, name.clone(), before.clone())).collect();
        let missing: Vec<_> = missing.into_iter().filter(|(_, _, before)| !before.gone.as_ref().is_some_and(|gone| gone.ended)).collect();
        if missing.is_empty() {
            return Ok(None);
        }
        let ids: Vec<String> =
            missing.iter().filter(|(_, _, before)| before.gone.is_none()).map(|(_, _, before)| before.node.clone()).collect();
        let fates = inventory::fates(self.client, scope, &ids).await?;
        let mut gone = Vec::new();
        let mut all_proven = true;
        for (_, name, mut before) in missing {
            if before.gone.is_none() {
                let (proven, message) = match fates.get(&before.node) {
                    Some(Fate::Gone) => (true, "GitHub no longer knows it: it was deleted, or this token may no longer see it".to_owned()),
                    Some(Fate::There(now)) if now.split('/').next().is_some_and(|owner| owner.eq_ignore_ascii_case(scope)) => {
                        tally.incomplete = true;
                        (false, format!("GitHub has it as {now}, but does not list it"))
                    }
                    Some(Fate::There(now)) if self.is_read(now) => (false, String::new()),
                    Some(Fate::There(now)) => (true, format!("it was transferred to {now}, which is not read")),
                    Some(Fate::Unknown) | None => (false, "it is no longer listed, and GitHub does not say what became of it".to_owned()),
                };
                if !message.is_empty() {
                    self.problem(&name, None, message).await?;
                }
                if proven {
                    before.gone = Some(Gone { since: self.now, braked: false, ended: false });
                }
            }
            match before.gone {
                Some(_) => gone.push((name, before)),
                None => all_proven = false,
            }
        }
        let population =
            self.before.values().filter(|(_, before)| before.scope == scope && !before.gone.as_ref().is_some_and(|gone| gone.ended));
        let population = population.count();
        let many = gone.len() > 3.max(population.div_ceil(10)) || (population >= 2 && gone.len() == population);
        let count = gone.len();
        for (name, mut before) in gone {
            let Some(known) = before.gone.as_mut() else { continue };
            known.braked |= many;
            let released = known.since.plus_seconds(BRAKE_SECONDS) <= self.now;
            if !known.braked || released {
                known.ended = true;
                for statement in before.withdrawals(&name) {
                    self.sink.put(Item::Statement(statement)).await?;
                }
            }
            if let Ok(value) = serde_json::to_value(&before) {
                self.sink.put(Item::Remember { key: name, value }).await?;
            }
        }
        Ok((all_proven && count > 0).then(|| format!("GitHub knows {count} ids no more")))
    }

    /// Whether a repository of this name is read by this collector.
    fn is_read(&self, name: &str) -> bool {
        let config = self.client.config();
        let owner = name.split('/').next().unwrap_or_default();
        config.organisations.iter().any(|organisation| organisation.eq_ignore_ascii_case(owner))
            || config.repositories.iter().any(|listed| listed.eq_ignore_ascii_case(name))
    }

    /// The scope of a repository that the configuration lists by itself.
    fn scope_of(&self, name: &str) -> String {
        format!("{}/{name}", self.client.config().web.as_str().trim_end_matches('/'))
    }

    /// Reads repositories that the configuration lists by their names. Each is a scope of its own.
    async fn named(&mut self, names: &[String]) -> Result<(), End> {
        let facts = Organisation::default();
        let scope = |name: &str| self.scope_of(name);
        let mut found = match inventory::by_name(self.client, names, scope).await {
            Ok(found) => found,
            Err(failure) => {
                for name in names {
                    self.extent(&self.scope_of(name), Some(Kind::Repository), HowRead::Partial, None, None).await?;
                }
                return Err(failure.into());
            }
        };
        let mut end = None;
        let mut pending = Vec::new();
        let mut tally = Tally { total: names.len() as u64, ..Tally::default() };
        let mut scopes: BTreeMap<String, bool> = BTreeMap::new();
        let mut listed = Vec::new();
        for name in names {
            let scope = self.scope_of(name);
            match found.remove(name) {
                Some(ByName::Found(found)) => {
                    scopes.insert(scope, true);
                    listed.push(*found);
                }
                Some(ByName::Unknown(message)) => {
                    self.problem(name, None, format!("GitHub does not know it, or this token may not see it: {message}")).await?;
                    let known = self.before.values().find(|(_, before)| before.scope == scope).cloned();
                    // It is evidence only if the very repository is gone, not the name.
                    let mut evidence = None;
                    if let Some((old, before)) = known {
                        match inventory::fates(self.client, old.split('/').next().unwrap_or_default(), std::slice::from_ref(&before.node))
                            .await
                        {
                            Ok(fates) if fates.get(&before.node) == Some(&Fate::Gone) => {
                                evidence = Some("GitHub knows its id no more".to_owned());
                                for statement in before.withdrawals(&old) {
                                    self.sink.put(Item::Statement(statement)).await?;
                                }
                                self.sink.put(Item::Remember { key: old, value: Value::Null }).await?;
                            }
                            Ok(_) => {}
                            Err(failure) => end = Some(failure),
                        }
                    }
                    let reading = if evidence.is_some() { HowRead::Full } else { HowRead::Partial };
                    self.extent(&scope, Some(Kind::Repository), reading, None, evidence).await?;
                }
                Some(ByName::Unread(message)) => {
                    self.problem(name, None, format!("could not be read: {message}")).await?;
                    scopes.insert(scope, false);
                }
                None => {}
            }
        }
        if end.is_none() {
            let went = async {
                self.take(listed, &facts, &mut pending, &mut tally, true).await?;
                while !pending.is_empty() {
                    self.files(&mut pending, &mut tally).await?;
                }
                Ok::<(), End>(())
            };
            match went.await {
                Ok(()) => {}
                Err(End::Stopped) => return Err(End::Stopped),
                Err(End::Failure(failure)) => end = Some(failure),
            }
        }
        if let Some(failure) = &end {
            self.problem("repositories", None, failure.to_string()).await?;
        }
        for work in &pending {
            self.extent(&work.listed.name, None, HowRead::Partial, None, None).await?;
        }
        for (scope, found) in scopes {
            let complete = found && end.is_none() && !tally.incomplete;
            let reading = if complete { HowRead::Full } else { HowRead::Partial };
            self.extent(&scope, Some(Kind::Repository), reading, complete.then_some(1), None).await?;
        }
        match end {
            Some(failure) if failure.ends_the_run() => Err(failure.into()),
            _ => Ok(()),
        }
    }

    async fn extent(
        &self,
        scope: &str,
        kind: Option<Kind>,
        reading: HowRead,
        counted: Option<u64>,
        evidence: Option<String>,
    ) -> Result<(), Stopped> {
        self.sink.put(Item::Extent(Extent { scope: scope.to_owned(), kind, reading, counted, evidence })).await
    }

    async fn problem(&self, scope: &str, path: Option<String>, message: String) -> Result<(), Stopped> {
        self.sink.put(Item::Problem(Problem { scope: scope.to_owned(), path, line: None, message })).await
    }
}

/// All tags of a repository.
#[derive(Debug, Serialize, Deserialize)]
struct KeptTags {
    others: u64,
    tags: BTreeMap<String, TaggedVersion>,
}

/// All contents that are waited for, in the order of the repositories.
fn wants(pending: &[Work]) -> Vec<Want> {
    let of = |(repository, work): (usize, &Work)| -> Vec<Want> {
        work.wanted.iter().map(|(id, size)| Want { repository, id: *id, size: *size }).collect()
    };
    pending.iter().enumerate().flat_map(of).collect()
}

/// A fingerprint of everything but the head that a repository's statements depend on.
fn around(listed: &Listed, facts: &OrganisationFacts) -> String {
    let facts = serde_json::to_string(facts).unwrap_or_default();
    let text = format!("{EDITION}\0{}\0{}\0{facts}", env!("CARGO_PKG_VERSION"), listed.fingerprint());
    format!("{:032x}", xxh3_128(text.as_bytes()))
}

/// What is called otherwise than before: the repository with all that is inside, or what its descriptors name.
fn renamings(before: &Remembered, formerly: Option<&str>, listed: &Listed, stated: &Stated) -> Vec<Item> {
    if let Some(old) = formerly {
        return moves(before, old, listed, Some(stated));
    }
    let old = before.stated(&listed.name);
    renames(&old, stated).into_iter().map(|(from, to, evidence)| Item::Renamed { from, to, evidence }).collect()
}

/// The renames that a renamed or transferred repository brings.
fn moves(before: &Remembered, old: &str, listed: &Listed, stated: Option<&Stated>) -> Vec<Item> {
    let evidence = format!("GitHub's number {} is the same", listed.id);
    let from = Arc::new(Resource { id: old.to_owned(), kind: Kind::Repository, scope: before.scope.clone() });
    let mut items = vec![Item::Renamed { from, to: listed.resource(), evidence: evidence.clone() }];
    let inside = |inner: &str, kind: Kind| Arc::new(Resource { id: format!("{}#{inner}", listed.name), kind, scope: listed.name.clone() });
    let now: Option<BTreeSet<&str>> =
        stated.map(|stated| stated.statements.iter().map(|statement| statement.resource.id.as_str()).collect());
    let prefix = format!("{old}#");
    let mut named: BTreeSet<String> = BTreeSet::new();
    for (from, is_undeclared) in before.inside(old) {
        let Some(inner) = from.id.strip_prefix(&prefix) else { continue };
        // A repository without a descriptor is a service of its own name, which is another one now.
        let own = format!("service:{}", listed.short_name().to_lowercase());
        let to = if is_undeclared { inside(&own, from.kind) } else { inside(inner, from.kind) };
        if now.as_ref().is_none_or(|now| now.contains(to.id.as_str())) && named.insert(to.id.clone()) {
            items.push(Item::Renamed { from: Arc::clone(&from), to, evidence: evidence.clone() });
        }
    }
    if let Some(stated) = stated {
        let under_new_name = before.stated(&listed.name);
        for (from, to, why) in renames(&under_new_name, stated) {
            let Some(inner) = from.id.strip_prefix(&format!("{}#", listed.name)) else { continue };
            let from = Arc::new(Resource { id: format!("{old}#{inner}"), kind: from.kind, scope: old.to_owned() });
            if named.insert(to.id.clone()) {
                items.push(Item::Renamed { from, to, evidence: why });
            }
        }
    }
    items
}
