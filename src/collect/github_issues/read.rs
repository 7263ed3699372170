//! One reading of GitHub's issues: what is found, what of it is told, and what is remembered.
//!
//! # Invariants
//! - Who is open is remembered by number, with what it takes to ask for it again.
//! - An issue that came from another repository takes its past along: what was told of it there is taken back.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::collect::bugs::{Oddities, deleted};
use crate::collect::github::client::{Client, Failure};
use crate::collect::github::search::{Next, Pages, Place, stretch};
use crate::collect::github::wire::{Aliased, GraphQlError};
use crate::collect::github_issues::Config;
use crate::collect::github_issues::life::Rules;
use crate::collect::github_issues::present::OVERLAP_SECONDS;
use crate::collect::github_issues::queries::Dialect;
use crate::collect::github_issues::wire::{Issue, Looked, More};
use crate::collect::{Item, Memory, Sink};
use crate::model::{Instant, Problem};

/// Issues of a page: forty with three lists each are a point.
pub(super) const PAGE: usize = 40;
/// Issues of which more is read at once.
const LONG: usize = 20;
/// Pages of what happened that are read of one issue; nobody reads so much.
const MOST_PAGES: usize = 100;
/// How long it is believed that a server knows of no types of issues.
const UNTYPED_SECONDS: i64 = 7 * 86_400;
/// The key under which it is remembered since when a server knows of no types.
const UNTYPED: &str = "untyped";
const PERMISSION: &str = "issues";

/// The key under which an open bug is remembered.
pub(super) fn open_key(id: &str) -> String {
    format!("open:{id}")
}

/// What is remembered of an open bug.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Open {
    /// The id by which it is asked for.
    pub(super) node: String,
    pub(super) repository: String,
    pub(super) resource: String,
    pub(super) scope: String,
    pub(super) created: Instant,
}

/// What is missing, and where: nothing could be read.
pub(super) type Unread = String;

/// One reading.
pub(super) struct Reader<'a> {
    pub(super) client: &'a Client,
    pub(super) config: &'a Config,
    pub(super) rules: Rules,
    pub(super) memory: &'a Memory,
    pub(super) sink: &'a Sink,
    pub(super) now: Instant,
    dialect: Dialect,
    /// Numbers of issues that were told of, or looked at.
    pub(super) seen: BTreeSet<String>,
    hinted: BTreeSet<String>,
    oddities: Oddities,
}

impl<'a> Reader<'a> {
    pub(super) fn new(client: &'a Client, config: &'a Config, now: Instant, memory: &'a Memory, sink: &'a Sink) -> Self {
        let untyped: Option<Instant> = memory.get(UNTYPED).cloned().and_then(|value| serde_json::from_value(value).ok());
        let is_untyped = config.bugs.types.is_empty() || untyped.is_some_and(|since| since.plus_seconds(UNTYPED_SECONDS) > now);
        Self {
            client,
            config,
            rules: Rules::new(config),
            memory,
            sink,
            now,
            dialect: if is_untyped { Dialect::Untyped } else { Dialect::Typed },
            seen: BTreeSet::new(),
            hinted: BTreeSet::new(),
            oddities: Oddities::default(),
        }
    }

    /// The scopes of a place.
    pub(super) fn scopes(place: &Place) -> Vec<String> {
        if place.repositories.is_empty() { vec![place.owner.clone()] } else { place.repositories.clone() }
    }

    /// Whether something in this scope is found in a place.
    pub(super) fn holds(place: &Place, scope: &str) -> bool {
        Self::scopes(place).iter().any(|known| known.eq_ignore_ascii_case(scope))
    }

    /// Reads and tells of the issues in a place that fit these words and were created in a stretch. Whether it read all of them, or
    /// why it could read none.
    pub(super) async fn read(
        &mut self,
        place: &Place,
        words: &str,
        from: Instant,
        end: Option<Instant>,
    ) -> Result<Result<bool, Unread>, Failure> {
        loop {
            let dialect = self.dialect;
            let read = self.search(place, words, from, end).await?;
            match &read {
                Err(why) if dialect == Dialect::Typed && Dialect::is_foreign(why) => {
                    self.dialect = Dialect::Untyped;
                    self.remember(UNTYPED, json!(self.now)).await?;
                    tracing::debug!(why, "the server knows of no types of issues");
                }
                _ => return Ok(read),
            }
        }
    }

    async fn search(&mut self, place: &Place, words: &str, from: Instant, end: Option<Instant>) -> Result<Result<bool, Unread>, Failure> {
        let document = self.dialect.found(place);
        let query = |from: &str| format!("{} is:issue {words} created:{} sort:created-asc", place.words, stretch(from, end));
        let at = |node: &Value| node.get("createdAt")?.as_str()?.parse().ok();
        let client = self.client;
        let mut pages: Pages<'_, Value> = Pages::new((client, &place.owner, &document), &query, at, PAGE, from);
        let (mut whole, mut done) = (true, 0);
        loop {
            let (nodes, errors) = match pages.next().await? {
                Next::Page { nodes, errors } => (nodes, errors),
                Next::End => return Ok(Ok(whole)),
                Next::Crowded => {
                    self.problem(place.scope(), "more issues were created in one second than a search leads to").await?;
                    return Ok(Ok(whole));
                }
                Next::Denied(message) => return Ok(Err(format!("{message}; the token needs the permission {PERMISSION}: read"))),
                Next::Broken(message) if done == 0 => return Ok(Err(message)),
                Next::Broken(message) => {
                    self.problem(place.scope(), format!("the list of issues ends after {done}: {message}")).await?;
                    return Ok(Ok(false));
                }
            };
            done += nodes.len() as u64;
            let whole_page = self.tell(place, nodes, &errors, &["search", "nodes"]).await?;
            whole &= whole_page;
            self.put(Item::Progress { scope: place.scope().to_owned(), done, total: done }).await?;
        }
    }

    /// Asks for issues by their ids, and what could not be told of which.
    pub(super) async fn look(&self, owner: &str, ids: &[&str]) -> Result<Result<(Vec<Option<Value>>, Vec<GraphQlError>), Unread>, Failure> {
        let asked = self.client.query::<Looked>(owner, &self.dialect.lookup(), json!({ "ids": ids })).await;
        match asked {
            Err(failure) if failure.ends_the_run() || matches!(failure, Failure::TooMuch(_)) => Err(failure),
            Err(failure) => Ok(Err(failure.to_string())),
            Ok(reply) if reply.is_cut() => Err(Failure::TooMuch("only a part was answered".to_owned())),
            Ok(reply) => Ok(reply.data.nodes.map(|nodes| (nodes, reply.errors)).ok_or_else(|| "GitHub answered nothing".to_owned())),
        }
    }

    /// Tells of issues that stand at a place of an answer. Whether all could be told.
    pub(super) async fn tell(
        &mut self,
        place: &Place,
        nodes: Vec<Option<Value>>,
        errors: &[GraphQlError],
        path: &[&str],
    ) -> Result<bool, Failure> {
        let (mut issues, mut unread, mut why) = (Vec::new(), 0, None);
        for (position, node) in nodes.into_iter().enumerate() {
            let number = position.to_string();
            let here: Vec<&str> = path.iter().copied().chain([number.as_str()]).collect();
            let error =
                errors.iter().find(|error| error.path.as_ref().is_some_and(|path| path.len() >= here.len()) && error.touches(&here));
            let issue = match (node, error) {
                // What is no issue, though it was found, has none of its fields.
                (Some(Value::Object(node)), None) if node.is_empty() => continue,
                (Some(node), None) => serde_json::from_value::<Issue>(node).map_err(|error| error.to_string()),
                (_, Some(error)) => Err(error.message.clone()),
                (None, None) => Err("GitHub answered nothing in its place".to_owned()),
            };
            match issue {
                Ok(issue) => issues.push(issue),
                Err(message) => {
                    unread += 1;
                    why.get_or_insert(message);
                }
            }
        }
        if let Some(why) = why {
            self.problem(place.scope(), format!("{unread} issues could not be read and are left out: {why}")).await?;
        }
        // An issue that is on two pages, or in two lists, is the same.
        issues.retain(|issue| issue.number_of_all().is_none_or(|id| self.seen.insert(id)));
        let whole = self.complete(place, &mut issues).await?;
        let mut told = true;
        for issue in issues {
            told &= self.tell_one(place, &issue).await?;
        }
        Ok(whole && told && unread == 0)
    }

    /// Reads the rest of what happened to issues to which much happened; those of which it cannot be read are left out. Whether
    /// none was.
    async fn complete(&self, place: &Place, issues: &mut Vec<Issue>) -> Result<bool, Failure> {
        let mut whole = true;
        let mut size = LONG;
        for round in 0.. {
            let next = |issue: &Issue| {
                let info = &issue.timeline_items.as_ref()?.page_info;
                info.end_cursor.clone().filter(|_| info.has_next_page)
            };
            let long: Vec<usize> = (0..issues.len()).filter(|position| next(&issues[*position]).is_some()).take(size).collect();
            if long.is_empty() || round > MOST_PAGES * issues.len() {
                break;
            }
            let asked: Vec<(String, String)> =
                long.iter().map(|position| (issues[*position].id.clone(), next(&issues[*position]).unwrap_or_default())).collect();
            let pairs: Vec<(&str, &str)> = asked.iter().map(|(id, after)| (id.as_str(), after.as_str())).collect();
            let reply = match self.client.query::<Aliased<More>>(&place.owner, &self.dialect.more(&pairs), json!({})).await {
                Ok(reply) if reply.is_cut() && long.len() > 1 => {
                    size = long.len() / 2;
                    continue;
                }
                Err(Failure::TooMuch(_)) if long.len() > 1 => {
                    size = long.len() / 2;
                    continue;
                }
                Err(failure) if failure.ends_the_run() => return Err(failure),
                reply => reply,
            };
            let (mut answers, why) = match reply {
                Ok(reply) => (reply.data.answers, reply.errors.first().map(|error| error.message.clone())),
                Err(failure) => (BTreeMap::new(), Some(failure.to_string())),
            };
            for (number, position) in long.iter().enumerate().rev() {
                let more = answers.remove(&format!("i{number}")).flatten().and_then(|more| more.timeline_items);
                let items = issues[*position].timeline_items.get_or_insert_default();
                match more.filter(|more| !more.page_info.has_next_page || more.page_info.end_cursor != items.page_info.end_cursor) {
                    Some(more) => {
                        items.nodes.get_or_insert_default().extend(more.nodes.unwrap_or_default());
                        items.page_info = more.page_info;
                    }
                    None => {
                        let issue = issues.remove(*position);
                        whole = false;
                        let url = issue.url.unwrap_or(issue.id);
                        let why = why.as_deref().unwrap_or("its pages repeat");
                        self.problem(
                            place.scope(),
                            format!("what happened to {url} could not be read to its end, so it is left out: {why}"),
                        )
                        .await?;
                    }
                }
            }
        }
        Ok(whole)
    }

    /// Tells of an issue. False if it lacks what a bug must have.
    async fn tell_one(&mut self, place: &Place, issue: &Issue) -> Result<bool, Failure> {
        let name = issue.url.clone().unwrap_or_else(|| issue.id.clone());
        let told = match self.rules.told(issue) {
            Ok(Some(told)) => told,
            // It is no bug, and never was by what is configured now.
            Ok(None) => return self.take_back(&issue.number_of_all().unwrap_or_default()).await.map(|()| true),
            Err(what) => {
                self.oddities.note(format!("lack {what} and are left out"), &name);
                return Ok(false);
            }
        };
        let id = &told.event.id;
        for what in told.oddities {
            self.oddities.note(what, &name);
        }
        if told.event.at > self.now.plus_seconds(OVERLAP_SECONDS) {
            self.oddities.note("were created in the future, as they say: is a clock wrong?", &name);
        }
        for before in self.before(place, id, &told.origins, told.event.at) {
            self.take_back(&before).await?;
        }
        for (resource, hints) in told.hints {
            if self.hinted.insert(resource.id.clone()) {
                self.put(Item::Hints { resource, hints }).await?;
            }
        }
        let open = told.is_open.then(|| Open {
            node: issue.id.clone(),
            repository: issue.repository.as_ref().map(|repository| repository.name_with_owner.clone()).unwrap_or_default(),
            resource: told.event.resource.id.clone(),
            scope: told.event.resource.scope.clone(),
            created: told.event.at,
        });
        let (key, known) = (open_key(id), open.map(|open| json!(open)));
        if self.memory.get(&key) != known.as_ref() {
            self.remember(&key, known.unwrap_or_default()).await?;
        }
        self.put(Item::Event(told.event)).await?;
        Ok(true)
    }

    /// Numbers of bugs that are remembered as open and are this one before it moved: of the same second, in a repository that it
    /// came from.
    fn before(&self, place: &Place, id: &str, origins: &[String], created: Instant) -> Vec<String> {
        if origins.is_empty() {
            return Vec::new();
        }
        let is_it = |open: &Open| open.created == created && origins.iter().any(|origin| origin.eq_ignore_ascii_case(&open.repository));
        self.open(place).into_iter().filter(|(other, open)| other != id && is_it(open)).map(|(other, _)| other).collect()
    }

    /// The bugs of a place that are remembered as open, by number.
    pub(super) fn open(&self, place: &Place) -> BTreeMap<String, Open> {
        let all = self.memory.iter().filter_map(|(key, value)| {
            let id = key.strip_prefix("open:")?;
            Some((id.to_owned(), serde_json::from_value::<Open>(value.clone()).ok()?))
        });
        all.filter(|(_, open)| Self::holds(place, &open.scope)).collect()
    }

    /// Says that a bug never was, if it was told of.
    pub(super) async fn take_back(&mut self, id: &str) -> Result<(), Failure> {
        let key = open_key(id);
        let known: Option<Open> = self.memory.get(&key).and_then(|value| serde_json::from_value(value.clone()).ok());
        let Some(known) = known else { return Ok(()) };
        self.seen.insert(id.to_owned());
        self.remember(&key, Value::Null).await?;
        self.put(Item::Event(deleted(id, &known.resource, &known.scope, known.created, true))).await
    }

    /// Says what was strange.
    pub(super) async fn strange(&mut self, scope: &str) -> Result<(), Failure> {
        for what in self.oddities.take("bugs") {
            self.problem(scope, what).await?;
        }
        Ok(())
    }

    pub(super) fn recall<T: for<'de> Deserialize<'de>>(&self, key: &str) -> Option<T> {
        serde_json::from_value(self.memory.get(key)?.clone()).ok()
    }

    pub(super) async fn put(&self, item: Item) -> Result<(), Failure> {
        self.sink.put(item).await.map_err(|_| Failure::Stopped)
    }

    pub(super) async fn remember(&self, key: &str, value: Value) -> Result<(), Failure> {
        self.put(Item::Remember { key: key.to_owned(), value }).await
    }

    pub(super) async fn problem(&self, scope: &str, message: impl Into<String>) -> Result<(), Failure> {
        self.put(Item::Problem(Problem { scope: scope.to_owned(), path: None, line: None, message: message.into() })).await
    }
}
