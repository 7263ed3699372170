//! Issues that were open and are nowhere to be seen: deleted, of another type now, or in a project that is not read.
//!
//! # Invariants
//! - Once a week, from Sunday on, the numbers of all that is open are listed; whoever is missing is asked for by number.
//! - What Jira knows nothing of is deleted. If that is more than a tenth, it is believed only when a day later it is still so:
//!   an account that may see less looks the same.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::collect::bugs::{deleted, is_believed, is_ripe, week};
use crate::collect::jira::client::{Listing, NUMBERED, Wanted};
use crate::collect::jira::history::Told;
use crate::collect::jira::present::{Reader, UNRESOLVED, answered, found_by, open_key};
use crate::collect::jira::sort::Sort;
use crate::collect::jira::wire::Bare;
use crate::collect::{Item, Memory, Stopped};
use crate::model::event::Step;
use crate::model::{Event, Instant};

/// The key under which the week of the last listing is remembered.
const LISTED: &str = "listed";
/// The key of since when many are missing at once.
const HELD: &str = "held";
/// Issues that are asked for by number in one run, at most.
const MOST: usize = 500;

/// What is remembered of an open issue.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Open {
    resource: String,
    /// The number of its type.
    #[serde(default, rename = "type")]
    pub(super) kind: String,
    /// As what it was told.
    #[serde(default, skip_serializing_if = "is_bug")]
    pub(super) sort: Sort,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the shape that serde asks for")]
fn is_bug(sort: &Sort) -> bool {
    *sort == Sort::Bug
}

impl Open {
    pub(super) fn new(sort: Sort, told: &Told) -> Self {
        Self { resource: told.event.resource.id.clone(), kind: told.kind.clone(), sort }
    }

    /// What is remembered of an issue, if it was open.
    pub(super) fn of(memory: &Memory, id: &str) -> Option<Self> {
        serde_json::from_value(memory.get(&open_key(id))?.clone()).ok()
    }

    pub(super) fn value(&self) -> Value {
        json!(self)
    }
}

impl Reader<'_> {
    /// Looks where issues are that were open and are not listed any more. Whether that could be read. `read`: the sorts that
    /// were read, and whether everything of them was just listed for the first time.
    pub(super) async fn missing(&mut self, read: &[(Sort, bool)]) -> Result<bool, Stopped> {
        let this_week = json!(week(self.now));
        let mut whole = true;
        for (sort, is_first) in read {
            let jql = self.jql(*sort);
            let (listed, key) = (sort.key(LISTED, &jql), sort.key(HELD, &jql));
            let held: Option<Instant> = self.memory.get(&key).cloned().and_then(|value| serde_json::from_value(value).ok());
            if self.memory.get(&listed) == Some(&this_week) && !is_ripe(held, self.now) {
                continue;
            }
            match if *is_first { Some(true) } else { self.missing_of(*sort, &key, held).await? } {
                Some(true) => self.remember(&listed, this_week.clone()).await?,
                Some(false) => {}
                None => whole = false,
            }
        }
        Ok(whole)
    }

    /// The same for one sort. Whether all were looked for; none if that could not be read.
    async fn missing_of(&mut self, sort: Sort, key: &str, held: Option<Instant>) -> Result<Option<bool>, Stopped> {
        let open = self.memory.iter().filter_map(|(key, value)| {
            let id = key.strip_prefix("open:").filter(|id| !self.told.contains_key(*id))?;
            let open = serde_json::from_value::<Open>(value.clone()).ok().filter(|open| open.sort == sort)?;
            Some((id.to_owned(), open))
        });
        let mut open: BTreeMap<String, Open> = open.collect();
        let known = open.len() + self.told.values().filter(|told| **told == sort).count();
        if !open.is_empty() {
            let mut listing = Listing::new(format!("{} AND {UNRESOLVED} ORDER BY key ASC", self.jql(sort)), Wanted::Numbers);
            loop {
                match found_by(self.client.next(&mut listing).await, sort.rule())? {
                    Ok(None) => break,
                    Ok(Some(page)) => {
                        for issue in page.issues.into_iter().filter_map(|value| serde_json::from_value::<Bare>(value).ok()) {
                            open.remove(&issue.id);
                        }
                    }
                    Err(why) => {
                        self.problem(format!("what is open cannot be listed: {why}")).await?;
                        return Ok(None);
                    }
                }
            }
            if let Some(doubt) = listing.doubt {
                self.problem(doubt).await?;
                return Ok(None);
            }
        }
        let many = open.len() > MOST;
        let missing: Vec<(String, Open)> = open.into_iter().take(MOST).collect();
        let Some(gone) = self.look(sort, &missing).await? else { return Ok(None) };
        // The brake: losing the right to see a project must not look like deleting what is in it.
        if !is_believed(gone.len(), known, held, self.now) {
            let message = format!(
                "{} of {known} open {} are not there any more, or may not be seen; they are kept until that is still so a day later",
                gone.len(),
                sort.plural()
            );
            self.problem(message).await?;
            self.remember(key, json!(held.unwrap_or(self.now))).await?;
            return Ok(Some(true));
        }
        for (id, open) in missing.iter().filter(|(id, _)| gone.contains(id)) {
            self.remember(&open_key(id), Value::Null).await?;
            // When it was deleted nobody tells, so it is when that was noticed.
            let event = deleted(id, &open.resource, &self.rules.scope, self.now, false);
            let history = vec![Step::state(self.now, sort.gone())];
            self.sink.put(Item::Event(Event { kind: sort.kind(), history, ..event })).await?;
        }
        self.remember(key, Value::Null).await?;
        Ok(Some(!many))
    }

    /// Asks for issues by number, and tells of those that are there. Returns those that are not; none if it cannot be read.
    async fn look(&mut self, sort: Sort, missing: &[(String, Open)]) -> Result<Option<BTreeSet<String>>, Stopped> {
        let mut gone = BTreeSet::new();
        for some in missing.chunks(NUMBERED) {
            let ids: Vec<&str> = some.iter().map(|(id, _)| id.as_str()).collect();
            let (found, failed) = match answered(self.client.by_number(&ids).await)? {
                Ok(answer) => answer,
                Err(why) => {
                    self.problem(format!("{} {} are not listed any more, and cannot be asked for: {why}", missing.len(), sort.plural()))
                        .await?;
                    return Ok(None);
                }
            };
            let there = found.iter().filter_map(|value| Some(serde_json::from_value::<Bare>(value.clone()).ok()?.id));
            let there: Vec<String> = there.collect();
            gone.extend(ids.iter().filter(|id| !failed.contains(**id) && !there.iter().any(|it| it == *id)).map(|id| (*id).to_owned()));
            if there.is_empty() {
                continue;
            }
            // The search may not have known of them yet.
            let jql = self.jql(sort);
            let still = match self.fitting(&there, &jql, sort.rule()).await? {
                Ok(still) => still,
                Err(why) => {
                    self.problem(format!("which of {} issues are {} cannot be read: {why}", there.len(), sort.plural())).await?;
                    return Ok(None);
                }
            };
            let left = some.iter().filter(|(id, _)| there.contains(id) && !still.contains(id));
            let left: BTreeMap<String, String> = left.map(|(id, open)| (id.clone(), open.kind.clone())).collect();
            if !self.tell(sort, found, &BTreeMap::new(), &left).await? {
                return Ok(None);
            }
        }
        Ok(Some(gone))
    }
}
