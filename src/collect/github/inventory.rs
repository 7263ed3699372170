//! Which repositories there are: listed page by page, and what became of those that are no longer listed.
//!
//! # Invariants
//! - A repository counts once, by its number, however often pages repeat it.
//! - The listing is complete only if as many were listed as GitHub counts. If not, it is listed once more, and then it is
//!   incomplete.
//! - A page that is too much for GitHub is asked for in halves, down to one repository; what still fails is named.
//! - What an error names was not read, whatever stands in its place.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use serde_json::json;

use crate::collect::github::client::{Client, Failure, quoted};
use crate::collect::github::convert::{Listed, ListedTags};
use crate::collect::github::wire::{Aliased, GraphQlError, InventoryData, LookupData, RepositoryNode, TagsOnly};
use crate::collect::github::{queries, queries::RATE};
use crate::model::body::TaggedVersion;

/// Repositories that are asked for at once.
const PAGE: usize = 100;
/// Pages of tags that are read of one repository.
const MOST_TAG_PAGES: usize = 50;

/// Some repositories, and what could not be read of others.
#[derive(Debug, Default)]
pub(crate) struct Page {
    /// Where it began, for a run that cannot finish it.
    pub(crate) from: Option<String>,
    pub(crate) listed: Vec<Listed>,
    /// Repositories that are there and could not be read: the name, if it was told, and why.
    pub(crate) unread: Vec<(Option<String>, String)>,
}

/// What of a repository is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Depth {
    /// With the files in its root and the newest tags.
    Whole,
    /// What GitHub itself forgets.
    Looks,
}

/// Lists one organisation.
pub(crate) struct Lister<'a> {
    client: &'a Client,
    organisation: &'a str,
    depth: Depth,
    first: usize,
    after: Option<String>,
    /// Where an earlier run stopped, so that this one began there.
    resumed: Option<String>,
    pass: Pass,
    seen: HashSet<u64>,
    unread: u64,
    /// As many as GitHub counts.
    pub(crate) total: u64,
    /// Whether all of them were listed.
    pub(crate) complete: bool,
    /// Why deployments are not told, if they are not.
    untold: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pass {
    /// From the start, or from where an earlier run stopped.
    First,
    /// From the start to where this run began.
    Before,
    /// Again, because the count and the list disagree.
    Again,
    Done,
}

impl<'a> Lister<'a> {
    pub(crate) fn new(client: &'a Client, organisation: &'a str, depth: Depth, from: Option<String>) -> Self {
        Self {
            client,
            organisation,
            depth,
            first: PAGE,
            after: from.clone(),
            resumed: from,
            pass: Pass::First,
            seen: HashSet::new(),
            unread: 0,
            total: 0,
            complete: false,
            untold: None,
        }
    }

    /// Where another run can go on.
    pub(crate) fn position(&self) -> Option<String> {
        if self.pass == Pass::First { self.after.clone() } else { None }
    }

    /// The next repositories; none if there are no more.
    pub(crate) async fn next(&mut self) -> Result<Option<Page>, Failure> {
        while self.pass != Pass::Done {
            let page = self.page().await?;
            if !page.listed.is_empty() || !page.unread.is_empty() {
                return Ok(Some(page));
            }
        }
        Ok(None)
    }

    async fn page(&mut self) -> Result<Page, Failure> {
        let document = match self.depth {
            Depth::Whole => queries::inventory(),
            Depth::Looks => queries::LOOKS.to_owned(),
        };
        let from = self.after.clone().filter(|_| self.pass == Pass::First);
        let mut variables = json!({ "owner": self.organisation, "first": self.first, "after": self.after });
        if self.depth == Depth::Whole {
            variables["newest"] = self.untold.is_none().into();
        }
        let reply = match self.client.query::<InventoryData>(self.organisation, &document, variables).await {
            Ok(reply) if reply.is_cut() && self.first > 1 => return Ok(self.halve()),
            Ok(reply) => reply,
            Err(Failure::TooMuch(_)) if self.first > 1 => return Ok(self.halve()),
            Err(Failure::TooMuch(message)) => {
                // Nothing tells where the next one begins.
                self.pass = Pass::Done;
                return Ok(Page { unread: vec![(None, message)], ..Page::default() });
            }
            // A cursor of long ago may no longer be one.
            Err(Failure::Failed(_)) if self.resumed.is_some() && self.after == self.resumed && self.pass == Pass::First => {
                (self.resumed, self.after) = (None, None);
                return Ok(Page::default());
            }
            Err(failure) => return Err(failure),
        };
        if let (None, Some(message)) = (&self.untold, untold(&reply.errors)) {
            // Without that right nothing at all is told of a repository whose deployments are asked for.
            self.untold = Some(message);
            return Ok(Page::default());
        }
        let repositories = reply.data.organization.and_then(|organization| organization.repositories);
        let Some(repositories) = repositories else {
            return Err(Failure::Failed(reasons(&reply.errors).unwrap_or_else(|| "no repositories were answered".to_owned())));
        };
        self.total = repositories.total_count;
        let mut page = Page { from, ..Page::default() };
        for (position, node) in repositories.nodes.unwrap_or_default().into_iter().enumerate() {
            let place = ["organization", "repositories", "nodes", &position.to_string()];
            let error = reply.errors.iter().find(|error| error.path.as_ref().is_some_and(|path| path.len() >= 4) && error.touches(&place));
            match (node, error) {
                (Some(node), None) => self.take(node, &mut page),
                (node, error) => {
                    let name = node.map(|node| node.name_with_owner).filter(|name| name.contains('/'));
                    let message = error.map_or_else(|| "GitHub answered nothing in its place".to_owned(), |error| error.message.clone());
                    self.unread += 1;
                    page.unread.push((name, message));
                }
            }
        }
        let next = repositories.page_info.end_cursor.filter(|_| repositories.page_info.has_next_page);
        // A page that leads to itself would be read for ever.
        let repeats = next.is_some() && next == self.after;
        let meets = self.pass == Pass::Before && next.is_some() && next == self.resumed;
        match next {
            Some(next) if !repeats && !meets => self.after = Some(next),
            _ => self.turn(),
        }
        Ok(page)
    }

    fn take(&mut self, node: RepositoryNode, page: &mut Page) {
        let name = node.name_with_owner.clone();
        match Listed::of(node, self.organisation) {
            Some(mut listed) => {
                listed.untold = self.untold.clone();
                if self.seen.insert(listed.id) {
                    page.listed.push(listed);
                }
            }
            None => {
                self.unread += 1;
                page.unread.push((Some(name).filter(|name| name.contains('/')), "its number, name or address is missing".to_owned()));
            }
        }
    }

    fn halve(&mut self) -> Page {
        self.first = (self.first / 2).max(1);
        tracing::debug!(organisation = self.organisation, first = self.first, "a page was too much for GitHub");
        Page::default()
    }

    /// A pass through the list has ended.
    fn turn(&mut self) {
        let counted = self.seen.len() as u64;
        self.complete = self.unread == 0 && counted == self.total;
        self.after = None;
        self.pass = match self.pass {
            Pass::First if self.resumed.is_some() => Pass::Before,
            Pass::First | Pass::Before if counted + self.unread != self.total => Pass::Again,
            _ => Pass::Done,
        };
    }
}

/// Why the newest deployments are not told.
fn untold(errors: &[GraphQlError]) -> Option<String> {
    let is_of = |error: &&GraphQlError| error.path.iter().flatten().any(|part| part == "newestDeployment");
    errors.iter().find(|error| is_of(error) && !error.is_resource_limit()).map(|error| error.message.clone())
}

/// The messages of errors, each once.
pub(crate) fn reasons(errors: &[GraphQlError]) -> Option<String> {
    let messages: BTreeSet<&str> = errors.iter().map(|error| error.message.as_str()).filter(|message| !message.is_empty()).collect();
    (!messages.is_empty()).then(|| messages.into_iter().collect::<Vec<_>>().join("; "))
}

/// What was found under a name that the configuration lists.
#[derive(Debug)]
pub(crate) enum ByName {
    Found(Box<Listed>),
    /// GitHub knows nothing of this name, or does not tell this token.
    Unknown(String),
    /// It is there, and could not be read.
    Unread(String),
}

/// Reads repositories by their names. `scope` gives the scope of each.
pub(crate) async fn by_name(
    client: &Client,
    names: &[String],
    scope: impl Fn(&str) -> String,
) -> Result<BTreeMap<String, ByName>, Failure> {
    let mut found = BTreeMap::new();
    let mut size = PAGE;
    let mut rest = names;
    let mut without: Option<String> = None;
    while !rest.is_empty() {
        // One question is asked with one token, which is that of one owner.
        let owner = rest[0].split('/').next().unwrap_or_default();
        let same = rest.iter().take(size).take_while(|name| name.split('/').next() == Some(owner)).count().max(1);
        let asked = &rest[..same];
        let mut document = String::from("query Named {");
        for (number, name) in asked.iter().enumerate() {
            let (owner, short) = name.split_once('/').unwrap_or((name, ""));
            document.push_str(&format!(
                "\n  r{number}: repository(owner: {}, name: {}) {{ ...R {} }}",
                quoted(owner),
                quoted(short),
                if without.is_none() { "...N" } else { "" }
            ));
        }
        document.push_str(&format!("\n  {RATE}\n}}\n{}\n{}", queries::REPOSITORY, queries::TAGS));
        if without.is_none() {
            document.push_str(queries::NEWEST);
        }
        let reply = match client.query::<Aliased<RepositoryNode>>(owner, &document, json!({})).await {
            Ok(reply) if reply.is_cut() && same > 1 => {
                size = (same / 2).max(1);
                continue;
            }
            Ok(reply) if without.is_none() && untold(&reply.errors).is_some() => {
                without = untold(&reply.errors);
                continue;
            }
            Ok(reply) => reply,
            Err(Failure::TooMuch(_)) if same > 1 => {
                size = (same / 2).max(1);
                continue;
            }
            Err(failure) if failure.ends_the_run() => return Err(failure),
            Err(failure) => {
                found.extend(asked.iter().map(|name| (name.clone(), ByName::Unread(failure.to_string()))));
                rest = &rest[same..];
                continue;
            }
        };
        let mut answers = reply.data.answers;
        for (number, name) in asked.iter().enumerate() {
            let alias = format!("r{number}");
            let error = reply.errors.iter().find(|error| error.touches(&[&alias]));
            let node = answers.remove(&alias).flatten();
            let outcome = match (node, error) {
                (Some(node), None) => match Listed::of(node, &scope(name)) {
                    Some(mut listed) => {
                        listed.untold = without.clone();
                        ByName::Found(Box::new(listed))
                    }
                    None => ByName::Unread("its number, name or address is missing".to_owned()),
                },
                (None, Some(error)) if error.is("NOT_FOUND") => ByName::Unknown(error.message.clone()),
                (_, Some(error)) => ByName::Unread(error.message.clone()),
                (None, None) => ByName::Unread("GitHub answered nothing in its place".to_owned()),
            };
            found.insert(name.clone(), outcome);
        }
        rest = &rest[same..];
    }
    Ok(found)
}

/// What became of a repository that was not listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// GitHub knows the id no more: it was deleted, or is no longer visible to this token.
    Gone,
    /// It is still there, under this name.
    There(String),
    /// GitHub did not say.
    Unknown,
}

/// Asks for repositories by their ids.
pub(crate) async fn fates(client: &Client, owner: &str, ids: &[String]) -> Result<BTreeMap<String, Fate>, Failure> {
    let mut fates = BTreeMap::new();
    for ids in ids.chunks(PAGE) {
        let reply = match client.query::<LookupData>(owner, queries::LOOKUP, json!({ "ids": ids })).await {
            Ok(reply) => reply,
            Err(failure) if failure.ends_the_run() => return Err(failure),
            Err(failure) => {
                tracing::debug!(%failure, "the fate of repositories could not be asked");
                fates.extend(ids.iter().map(|id| (id.clone(), Fate::Unknown)));
                continue;
            }
        };
        let nodes = reply.data.nodes.unwrap_or_default();
        for (position, id) in ids.iter().enumerate() {
            let error = reply.errors.iter().find(|error| error.touches(&["nodes", &position.to_string()]));
            let fate = match (nodes.get(position), error) {
                (Some(None), Some(error)) if error.is("NOT_FOUND") => Fate::Gone,
                (Some(Some(node)), None) if node.id == *id => node.name_with_owner.clone().map_or(Fate::Unknown, Fate::There),
                _ => Fate::Unknown,
            };
            fates.insert(id.clone(), fate);
        }
    }
    Ok(fates)
}

/// The tags of repositories that have more than were listed with them, by the repository's number. What could not be read is
/// left out.
pub(crate) async fn more_tags(client: &Client, of: &[&Listed]) -> Result<BTreeMap<u64, BTreeMap<String, TaggedVersion>>, Failure> {
    let mut read: BTreeMap<u64, BTreeMap<String, TaggedVersion>> = BTreeMap::new();
    let mut waiting: Vec<(&Listed, Option<String>)> = of.iter().map(|listed| (*listed, listed.tags.after.clone())).collect();
    for listed in of {
        read.insert(listed.id, listed.tags.newest.clone());
    }
    let mut others: BTreeMap<u64, u64> = of.iter().map(|listed| (listed.id, listed.tags.others)).collect();
    let mut size = 50;
    for _ in 0..MOST_TAG_PAGES * 8 {
        let Some((first, _)) = waiting.first() else { break };
        let owner = first.owner().to_owned();
        let asked = waiting.iter().take(size).take_while(|(listed, _)| listed.owner() == owner).count();
        let mut document = String::from("query Tags {");
        for (number, (listed, after)) in waiting[..asked].iter().enumerate() {
            let (owner, name, after) = (quoted(listed.owner()), quoted(listed.short_name()), quoted(after.as_deref().unwrap_or_default()));
            document.push_str(&format!(
                "\n  r{number}: repository(owner: {owner}, name: {name}) {{ tags: refs(refPrefix: \"refs/tags/\", first: 100, after: {after}, orderBy: {{ field: TAG_COMMIT_DATE, direction: DESC }}) {{ ...T }} }}"
            ));
        }
        document.push_str(&format!("\n  {RATE}\n}}\n{}", queries::TAGS));
        let answers = match client.query::<Aliased<TagsOnly>>(&owner, &document, json!({})).await {
            Ok(reply) if reply.is_cut() && asked > 1 => None,
            Ok(reply) => Some(reply.data.answers),
            Err(Failure::TooMuch(_)) if asked > 1 => None,
            Err(failure) if failure.ends_the_run() => return Err(failure),
            Err(_) => Some(BTreeMap::new()),
        };
        let Some(mut answers) = answers else {
            size = (asked / 2).max(1);
            continue;
        };
        let mut again = Vec::new();
        for (number, (listed, _)) in waiting.drain(..asked).enumerate() {
            let page = answers.remove(&format!("r{number}")).flatten().and_then(|answer| answer.tags);
            let Some(page) = page else {
                read.remove(&listed.id);
                continue;
            };
            let tags = ListedTags::of(Some(page));
            let Some(known) = read.get_mut(&listed.id) else { continue };
            known.extend(tags.newest);
            *others.entry(listed.id).or_default() += tags.others;
            if tags.after.is_some() {
                again.push((listed, tags.after));
            }
        }
        waiting.splice(0..0, again);
    }
    for (listed, _) in waiting {
        read.remove(&listed.id);
    }
    read.retain(|id, tags| {
        let listed = of.iter().find(|listed| listed.id == *id);
        listed.is_some_and(|listed| tags.len() as u64 + others.get(id).copied().unwrap_or_default() == listed.tags.counted)
    });
    Ok(read)
}
