//! Which pages there are now.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;

use crate::collect::confluence::client::{Client, Part, describe};
use crate::collect::confluence::convert::{self, Editor, Listed};
use crate::collect::confluence::{Config, Edition, LABELLED};
use crate::collect::http::{Error, Http};
use crate::collect::{Item, Memory, Sink, Stopped, Summary};
use crate::model::{Extent, Instant, Kind, Problem, Reading};

/// How often everything is listed, whatever is known.
const FULL_SECONDS: i64 = 7 * 86_400;
/// From an instant on which such a week begins: 1970-01-04, a Sunday.
const SUNDAY_SECONDS: i64 = 3 * 86_400;
/// Pages that are asked for one by one in a run: those that are missing, and those whose labels the search does not know.
const MOST_SINGLE: usize = 20;
/// Pages of one search by number, and accounts of one question for names.
const BATCH: usize = 100;
/// The key under which the time of the last full listing is remembered.
const FULL_KEY: &str = "full";
/// The key under which is remembered what was read.
const SELECTION_KEY: &str = "selection";
/// The key under which names are remembered by account.
const PEOPLE_KEY: &str = "people";

/// What is remembered of a page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Known {
    #[serde(rename = "s")]
    space: String,
    #[serde(rename = "v")]
    version: u64,
    #[serde(rename = "l", default, skip_serializing_if = "Vec::is_empty")]
    labels: Vec<String>,
}

type KnownPages = BTreeMap<String, Known>;

/// Reads everything as it stands now.
pub(super) async fn collect(http: &Http, config: &Config, now: Instant, memory: &Memory, sink: &Sink) -> Summary {
    let client = Client::new(http, config, sink.cancellation().clone());
    let people = memory.get(PEOPLE_KEY).cloned().and_then(|value| serde_json::from_value(value).ok()).unwrap_or_default();
    let mut present = Present { client: &client, config, memory, sink, people, single: MOST_SINGLE, full: false };
    // That nobody listens any more is known to those who stopped it.
    let failure = present.collect(now).await.unwrap_or(None);
    Summary { requests: client.asked(), failure }
}

/// One reading.
struct Present<'a> {
    client: &'a Client<'a>,
    config: &'a Config,
    memory: &'a Memory,
    sink: &'a Sink,
    /// Names by account.
    people: BTreeMap<String, String>,
    /// Pages that may still be asked for one by one.
    single: usize,
    /// Everything is listed, whatever is known.
    full: bool,
}

/// A part of the wiki that is listed together.
struct Section {
    scope: String,
    /// Where its list begins.
    begin: Url,
    /// A search for all of it.
    query: String,
    /// The space's number, of Cloud.
    space_id: Option<String>,
}

/// What was listed.
#[derive(Default)]
struct Listing {
    pages: BTreeMap<String, Listed>,
    /// The list was read to its end.
    complete: bool,
    /// It was not, but the source's own count says that the rest is as it was.
    confirmed: bool,
    doubts: BTreeSet<String>,
}

/// An answer, or why there is none; that the run was stopped goes further up.
fn answered<T>(answer: Result<T, Error>) -> Result<Result<T, String>, Stopped> {
    match answer {
        Ok(value) => Ok(Ok(value)),
        Err(Error::Stopped) => Err(Stopped),
        Err(error) => Ok(Err(describe(&error))),
    }
}

/// The week in which everything is listed once. It does not move when a reading fails, so that whoever reads the same wiki
/// knows the same labels again after a week.
fn week(at: Instant) -> i64 {
    (at.micros().div_euclid(1_000_000) - SUNDAY_SECONDS).div_euclid(FULL_SECONDS)
}

fn quoted(names: &[String]) -> String {
    names.iter().map(|name| format!("\"{}\"", name.replace(['"', '\\'], ""))).collect::<Vec<_>>().join(", ")
}

impl Present<'_> {
    /// Why nothing could be read, if so.
    async fn collect(&mut self, now: Instant) -> Result<Option<String>, Stopped> {
        if self.config.spaces.is_empty() && self.config.labels.is_empty() {
            return Ok(Some("neither spaces nor labels are named, so there is nothing to read".to_owned()));
        }
        let selection = format!("{:?} {:?} {:?}", self.config.edition, self.config.spaces, self.config.labels);
        let last = self.memory.get(FULL_KEY).and_then(Value::as_i64).map(Instant::from_micros);
        self.full =
            last.is_none_or(|last| week(last) != week(now)) || self.memory.get(SELECTION_KEY).and_then(Value::as_str) != Some(&selection);
        let sections = match self.sections().await? {
            Ok(sections) => sections,
            Err(failure) => return Ok(Some(failure)),
        };
        let total = sections.len() as u64;
        let (mut whole, mut read, mut failure) = (true, false, None);
        for (done, section) in sections.into_iter().enumerate() {
            self.sink.put(Item::Progress { scope: section.scope.clone(), done: done as u64, total }).await?;
            let (full, problem) = self.section(&section).await?;
            whole &= full;
            read |= problem.is_none();
            failure = failure.or(problem.map(|problem| format!("{}: {problem}", section.scope)));
        }
        self.remember(PEOPLE_KEY, serde_json::to_value(&self.people).unwrap_or_default()).await?;
        if self.full && whole {
            self.remember(FULL_KEY, now.micros().into()).await?;
            self.remember(SELECTION_KEY, selection.into()).await?;
        }
        Ok(failure.filter(|_| !read))
    }

    /// What is to be listed. Spaces that are not found are said here.
    async fn sections(&self) -> Result<Result<Vec<Section>, String>, Stopped> {
        let mut sections = Vec::new();
        let of_space = |key: &str| format!("type = page and space = {}", quoted(&[key.to_owned()]));
        if self.config.edition == Edition::DataCenter {
            for key in &self.config.spaces {
                let query = of_space(key);
                let begin = self.client.search_of(&format!("{query} order by lastmodified desc"));
                sections.push(Section { scope: key.clone(), begin, query, space_id: None });
            }
        } else if !self.config.spaces.is_empty() {
            let spaces = match answered(self.client.spaces(&self.config.spaces).await)? {
                Ok(spaces) => spaces,
                Err(why) => return Ok(Err(format!("the spaces cannot be listed: {why}"))),
            };
            let by_key: BTreeMap<String, String> = spaces.into_iter().map(|space| (space.key, space.id)).collect();
            for key in &self.config.spaces {
                let Some(id) = by_key.get(key) else {
                    let message = "is not found: the space does not exist, or the account may not see it".to_owned();
                    self.close(key, Reading::Partial, None, &[message].into()).await?;
                    continue;
                };
                let begin = self.client.pages_of(id);
                sections.push(Section { scope: key.clone(), begin, query: of_space(key), space_id: Some(id.clone()) });
            }
        }
        if !self.config.labels.is_empty() {
            let mut query = format!("type = page and label in ({})", quoted(&self.config.labels));
            if !self.config.spaces.is_empty() {
                query = format!("{query} and space not in ({})", quoted(&self.config.spaces));
            }
            let begin = self.client.search_of(&format!("{query} order by lastmodified desc"));
            sections.push(Section { scope: LABELLED.to_owned(), begin, query, space_id: None });
        }
        Ok(Ok(sections))
    }

    /// Reads and tells one section. Whether it was read in full, and why nothing of it could be read, if so.
    async fn section(&mut self, section: &Section) -> Result<(bool, Option<String>), Stopped> {
        let key = format!("pages:{}", section.scope);
        let before: KnownPages = self.memory.get(&key).cloned().and_then(|value| serde_json::from_value(value).ok()).unwrap_or_default();
        let mut listing = self.list(section, &before).await?;
        if listing.pages.is_empty() && !listing.complete {
            self.close(&section.scope, Reading::Partial, None, &listing.doubts).await?;
            return Ok((false, listing.doubts.into_iter().next()));
        }
        self.labels(section, &before, &mut listing).await?;
        self.names(&listing).await?;
        let mut known = if listing.complete { KnownPages::new() } else { before.clone() };
        let in_space = section.scope != LABELLED;
        for (id, page) in &listing.pages {
            let Some(labels) = page.labels.clone() else { continue };
            let is_known = before.get(id).is_some_and(|known| known.version == page.version && known.labels == labels);
            known.insert(id.clone(), Known { space: page.space.clone(), version: page.version, labels });
            // What is not read in full is told as far as it differs.
            if !listing.complete && is_known {
                continue;
            }
            let resource = convert::resource(&page.space, id, in_space);
            self.sink.put(Item::Statement(convert::statement(self.config, &resource, page, &self.people))).await?;
            self.sink.put(Item::Hints { resource, hints: convert::hints(self.config, page) }).await?;
        }
        if listing.complete && in_space {
            self.missing(section, &before, &mut listing, &mut known).await?;
        }
        self.remember(&key, serde_json::to_value(&known).unwrap_or_default()).await?;
        let reading = match (listing.doubts.is_empty(), listing.complete, listing.confirmed) {
            (true, true, _) => Reading::Full,
            (true, false, true) => Reading::Unchanged,
            _ => Reading::Partial,
        };
        let counted = listing.complete.then_some(listing.pages.len() as u64);
        self.close(&section.scope, reading, counted, &listing.doubts).await?;
        Ok((reading == Reading::Full, None))
    }

    async fn part(&self, section: &Section, url: Url) -> Result<Part<Listed>, Error> {
        if section.space_id.is_some() {
            let part = self.client.pages(url).await?;
            let current = part.entries.into_iter().filter(|page| page.status == "current");
            let entries = current.map(|page| Listed::of_page(page, &section.scope)).collect();
            return Ok(Part { entries, next: part.next, total: part.total });
        }
        let part = self.client.search(url).await?;
        let entries = part.entries.into_iter().filter_map(Listed::of_content).collect();
        Ok(Part { entries, next: part.next, total: part.total })
    }

    /// The list of a section: to its end, or down to what is known if the source's own count agrees.
    async fn list(&self, section: &Section, before: &KnownPages) -> Result<Listing, Stopped> {
        let mut listing = Listing::default();
        let mut may_stop = !self.full && !before.is_empty();
        let mut next = Some(section.begin.clone());
        while let Some(url) = next.take() {
            let part = match answered(self.part(section, url).await)? {
                Ok(part) => part,
                Err(why) => {
                    let read = listing.pages.len();
                    listing.doubts.insert(format!("the list of pages ends after {read}: {why}"));
                    return Ok(listing);
                }
            };
            let seen = listing.pages.len();
            let is_known = |page: &Listed| before.get(&page.id).is_some_and(|known| known.version == page.version);
            let all_known = part.entries.iter().all(is_known);
            listing.pages.extend(part.entries.into_iter().map(|page| (page.id.clone(), page)));
            if part.next.is_some() && listing.pages.len() == seen {
                listing.doubts.insert(format!("the list of pages repeats itself after {seen}"));
                return Ok(listing);
            }
            if part.next.is_some() && may_stop && all_known {
                let together = before.keys().chain(listing.pages.keys()).collect::<BTreeSet<_>>().len() as u64;
                if answered(self.client.count(&section.query).await)? == Ok(Some(together)) {
                    listing.confirmed = true;
                    return Ok(listing);
                }
                // Something is gone, or the search lags behind: then there is nothing for it but to read on.
                may_stop = false;
            }
            next = part.next;
        }
        listing.complete = true;
        Ok(listing)
    }

    /// Asks for labels where the list does not have them: of all pages together, or of those that differ.
    async fn labels(&mut self, section: &Section, before: &KnownPages, listing: &mut Listing) -> Result<(), Stopped> {
        let unlabelled = listing.pages.values().filter(|page| page.labels.is_none());
        let lacking: Vec<String> = unlabelled
            .filter(|page| self.full || before.get(&page.id).is_none_or(|known| known.version != page.version))
            .map(|page| page.id.clone())
            .collect();
        let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let queries: Vec<String> = match lacking.len() {
            0..=2 => Vec::new(),
            _ if self.full => vec![section.query.clone()],
            _ => lacking.chunks(BATCH).map(|ids| format!("type = page and id in ({})", ids.join(", "))).collect(),
        };
        for query in queries {
            let mut next = Some(self.client.search_of(&query));
            let mut asked = BTreeSet::new();
            while let Some(url) = next.take().filter(|url| asked.insert(url.clone())) {
                match answered(self.client.search(url).await)? {
                    Ok(part) => {
                        found.extend(part.entries.iter().filter_map(|content| Some((content.id.clone(), convert::labels(content)?))));
                        next = part.next;
                    }
                    Err(why) => {
                        listing.doubts.insert(format!("labels cannot be searched for: {why}"));
                    }
                }
            }
        }
        let mut unknown = 0;
        for (id, page) in &mut listing.pages {
            if page.labels.is_some() {
                continue;
            }
            page.labels = found.remove(id);
            if page.labels.is_none() && lacking.contains(id) && self.single > 0 {
                self.single -= 1;
                if let Ok(labels) = answered(self.client.labels(id).await)? {
                    page.labels = Some(convert::names(&labels));
                }
            }
            if page.labels.is_none() {
                page.labels = before.get(id).map(|known| known.labels.clone());
            }
            unknown += u64::from(page.labels.is_none());
        }
        if unknown > 0 {
            listing.doubts.insert(format!("of {unknown} pages the labels are not known yet; they are told when they are"));
        }
        Ok(())
    }

    /// Asks for the names of those who edited.
    async fn names(&mut self, listing: &Listing) -> Result<(), Stopped> {
        let accounts = listing.pages.values().filter_map(|page| match &page.editor {
            Some(Editor::Account(account)) if !self.people.contains_key(account) => Some(account.clone()),
            _ => None,
        });
        let accounts: Vec<String> = accounts.collect::<BTreeSet<_>>().into_iter().collect();
        for accounts in accounts.chunks(BATCH) {
            let ids: Vec<&str> = accounts.iter().map(String::as_str).collect();
            match answered(self.client.people(&ids).await)? {
                Ok(people) => {
                    let named = people.into_iter().filter_map(|person| Some((person.account_id, person.display_name?)));
                    self.people.extend(named.filter(|(_, name)| !name.is_empty()));
                }
                Err(why) => {
                    let message = format!("names of who edited are not known, so their accounts are told: {why}");
                    self.problem(LABELLED, message).await?;
                    break;
                }
            }
        }
        Ok(())
    }

    /// Looks where pages are that were there and are not listed any more.
    async fn missing(
        &mut self,
        section: &Section,
        before: &KnownPages,
        listing: &mut Listing,
        known: &mut KnownPages,
    ) -> Result<(), Stopped> {
        for (id, page) in before.iter().filter(|(id, _)| !listing.pages.contains_key(*id)) {
            // Many are left to the rule that what is missing twice is gone.
            let Some(left) = self.single.checked_sub(1) else { break };
            self.single = left;
            let old = convert::resource(&page.space, id, true);
            let found = match section.space_id.is_some() {
                true => self.client.page(id).await.map(|page| page.map(|page| (page.status == "current", Some(page.space_id)))),
                false => self.client.content(id).await.map(|page| page.map(|page| (true, page.space.map(|space| space.key)))),
            };
            match answered(found)? {
                Ok(None | Some((false, _))) => self.sink.put(Item::Statement(convert::gone(&old))).await?,
                // Where it is now it is told, or that is nothing that is read.
                Ok(Some((true, space))) if space.as_deref() != section.space_id.as_deref().or(Some(&section.scope)) => {
                    self.sink.put(Item::Statement(convert::gone(&old))).await?;
                }
                Ok(Some(_)) => {
                    known.insert(id.clone(), page.clone());
                    listing.doubts.insert(format!("page {id} is there, but the list leaves it out"));
                }
                Err(why) => {
                    known.insert(id.clone(), page.clone());
                    listing.doubts.insert(format!("page {id} is not listed any more, and cannot be asked for: {why}"));
                }
            }
        }
        Ok(())
    }

    /// Says how completely a section was read.
    async fn close(&self, scope: &str, reading: Reading, counted: Option<u64>, doubts: &BTreeSet<String>) -> Result<(), Stopped> {
        for message in doubts {
            self.problem(scope, message.clone()).await?;
        }
        let extent = Extent { scope: scope.to_owned(), kind: Some(Kind::Service), reading, counted, evidence: None };
        self.sink.put(Item::Extent(extent)).await
    }

    async fn remember(&self, key: &str, value: Value) -> Result<(), Stopped> {
        self.sink.put(Item::Remember { key: key.to_owned(), value }).await
    }

    async fn problem(&self, scope: &str, message: String) -> Result<(), Stopped> {
        self.sink.put(Item::Problem(Problem { scope: scope.to_owned(), path: None, line: None, message })).await
    }
}
