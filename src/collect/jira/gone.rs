//! Bugs that were open and are nowhere to be seen: deleted, of another type now, or in a project that is not read.
//!
//! # Invariants
//! - Once a week, from Sunday on, the numbers of all that is open are listed; whoever is missing is asked for by number.
//! - What Jira knows nothing of is deleted. If that is more than a tenth, it is believed only when a day later it is still so:
//!   an account that may see less looks the same.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::{Value, json};

use crate::collect::bugs::{deleted, is_believed, is_ripe, week};
use crate::collect::jira::client::{Listing, NUMBERED, Wanted};
use crate::collect::jira::present::{Reader, UNRESOLVED, answered, open_key};
use crate::collect::jira::wire::Bare;
use crate::collect::{Item, Stopped};
use crate::model::Instant;

/// The key under which the week of the last listing is remembered.
const LISTED: &str = "listed";
/// The key of since when many are missing at once.
const HELD: &str = "held";
/// Issues that are asked for by number in one run, at most.
const MOST: usize = 500;

/// What is remembered of an open bug.
#[derive(Clone, Debug, Default, Deserialize)]
struct Open {
    resource: String,
    #[serde(default, rename = "type")]
    kind: String,
}

impl Reader<'_> {
    /// Looks where bugs are that were open and are not listed any more. Whether that could be read. `is_first`: everything
    /// was just listed.
    pub(super) async fn missing(&mut self, is_first: bool) -> Result<bool, Stopped> {
        let this_week = json!(week(self.now));
        let held: Option<Instant> = self.memory.get(HELD).cloned().and_then(|value| serde_json::from_value(value).ok());
        let is_due = self.memory.get(LISTED) != Some(&this_week) || is_ripe(held, self.now);
        if !is_due {
            return Ok(true);
        }
        if is_first {
            self.remember(LISTED, this_week).await?;
            return Ok(true);
        }
        let open = self.memory.iter().filter_map(|(key, value)| {
            let id = key.strip_prefix("open:").filter(|id| !self.told.contains(*id))?;
            Some((id.to_owned(), serde_json::from_value::<Open>(value.clone()).ok()?))
        });
        let mut open: BTreeMap<String, Open> = open.collect();
        let known = open.len() + self.told.len();
        if !open.is_empty() {
            let mut listing = Listing::new(format!("{} AND {UNRESOLVED} ORDER BY key ASC", self.bugs), Wanted::Numbers);
            loop {
                match answered(self.client.next(&mut listing).await)? {
                    Ok(None) => break,
                    Ok(Some(page)) => {
                        for issue in page.issues.into_iter().filter_map(|value| serde_json::from_value::<Bare>(value).ok()) {
                            open.remove(&issue.id);
                        }
                    }
                    Err(why) => {
                        self.problem(format!("what is open cannot be listed: {why}")).await?;
                        return Ok(false);
                    }
                }
            }
            if let Some(doubt) = listing.doubt {
                self.problem(doubt).await?;
                return Ok(false);
            }
        }
        let many = open.len() > MOST;
        let missing: Vec<(String, Open)> = open.into_iter().take(MOST).collect();
        let Some(gone) = self.look(&missing).await? else { return Ok(false) };
        // The brake: losing the right to see a project must not look like deleting what is in it.
        if !is_believed(gone.len(), known, held, self.now) {
            let message = format!(
                "{} of {known} open bugs are not there any more, or may not be seen; they are kept until that is still so a day later",
                gone.len()
            );
            self.problem(message).await?;
            self.remember(HELD, json!(held.unwrap_or(self.now))).await?;
            self.remember(LISTED, this_week).await?;
            return Ok(true);
        }
        for (id, open) in missing.iter().filter(|(id, _)| gone.contains(id)) {
            self.remember(&open_key(id), Value::Null).await?;
            // When it was deleted nobody tells, so it is when that was noticed.
            self.sink.put(Item::Event(deleted(id, &open.resource, &self.rules.scope, self.now, false))).await?;
        }
        self.remember(HELD, Value::Null).await?;
        if !many {
            self.remember(LISTED, this_week).await?;
        }
        Ok(true)
    }

    /// Asks for issues by number, and tells of those that are there. Returns those that are not; none if it cannot be read.
    async fn look(&mut self, missing: &[(String, Open)]) -> Result<Option<BTreeSet<String>>, Stopped> {
        let mut gone = BTreeSet::new();
        for some in missing.chunks(NUMBERED) {
            let ids: Vec<&str> = some.iter().map(|(id, _)| id.as_str()).collect();
            let (found, failed) = match answered(self.client.by_number(&ids).await)? {
                Ok(answer) => answer,
                Err(why) => {
                    self.problem(format!("{} bugs are not listed any more, and cannot be asked for: {why}", missing.len())).await?;
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
            let bugs = self.bugs.clone();
            let still = match self.fitting(&there, &bugs).await? {
                Ok(still) => still,
                Err(why) => {
                    self.problem(format!("what is a bug of {} issues cannot be read: {why}", there.len())).await?;
                    return Ok(None);
                }
            };
            let left = some.iter().filter(|(id, _)| there.contains(id) && !still.contains(id));
            let left: BTreeMap<String, String> = left.map(|(id, open)| (id.clone(), open.kind.clone())).collect();
            if !self.tell(found, &BTreeMap::new(), &left).await? {
                return Ok(None);
            }
        }
        Ok(Some(gone))
    }
}
