//! Bugs that were open and of which nothing was heard: deleted, moved, called otherwise since a label was renamed, or in a
//! repository whose issues were turned off.
//!
//! # Invariants
//! - Once a week, from Sunday on, all that is open is asked for by id.
//! - What GitHub knows nothing of is deleted. If that is more than a tenth, it is believed only when a day later it is still so:
//!   a token that may see less looks the same.
//! - Where a repository has its issues turned off, nothing is deleted: they are there again when it is turned on.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::collect::Item;
use crate::collect::bugs::{deleted, is_believed, is_ripe, week};
use crate::collect::github::client::Failure;
use crate::collect::github::search::Place;
use crate::collect::github::wire::{Aliased, GraphQlError};
use crate::collect::github_issues::queries::enabled;
use crate::collect::github_issues::read::{Open, PAGE, Reader, open_key};
use crate::collect::github_issues::wire::Enabled;
use crate::model::Instant;

/// Repositories that are asked for at once.
const REPOSITORIES: usize = 50;

impl Reader<'_> {
    /// Looks what became of bugs that were open. Whether that could be read. `is_first`: everything was just listed.
    pub(super) async fn missing(&mut self, place: &Place, is_first: bool) -> Result<bool, Failure> {
        let (listed, held_key) = (format!("listed:{}", place.key), format!("held:{}", place.key));
        let this_week = json!(week(self.now));
        let held: Option<Instant> = self.recall(&held_key);
        if self.memory.get(&listed) == Some(&this_week) && !is_ripe(held, self.now) {
            return Ok(true);
        }
        if is_first {
            self.remember(&listed, this_week).await?;
            return Ok(true);
        }
        let all = self.open(place);
        let known = all.len();
        let open: Vec<(String, Open)> = all.into_iter().filter(|(id, _)| !self.seen.contains(id)).collect();
        let Some(gone) = self.gone(place, &open).await? else { return Ok(false) };
        if !is_believed(gone.len(), known, held, self.now) {
            let message = format!(
                "{} of {known} open bugs are not there any more, or may not be seen; they are kept until that is still so a day later",
                gone.len()
            );
            self.problem(place.scope(), message).await?;
            self.remember(&held_key, json!(held.unwrap_or(self.now))).await?;
            self.remember(&listed, this_week).await?;
            return Ok(true);
        }
        for (id, open) in gone {
            self.remember(&open_key(id), Value::Null).await?;
            // When it was deleted nobody tells, so it is when that was noticed.
            self.put(Item::Event(deleted(id, &open.resource, &open.scope, self.now, false))).await?;
        }
        if held.is_some() {
            self.remember(&held_key, Value::Null).await?;
        }
        self.remember(&listed, this_week).await?;
        Ok(true)
    }

    /// Tells of those that are there. Returns those of which GitHub knows nothing; none if that cannot be read.
    async fn gone<'o>(&mut self, place: &Place, open: &'o [(String, Open)]) -> Result<Option<Vec<(&'o str, &'o Open)>>, Failure> {
        let (mut gone, mut rest, mut size) = (Vec::new(), open, PAGE);
        while !rest.is_empty() {
            let some = &rest[..size.min(rest.len())];
            let ids: Vec<&str> = some.iter().map(|(_, open)| open.node.as_str()).collect();
            let (nodes, errors) = match self.look(&place.owner, &ids).await {
                Err(Failure::TooMuch(_)) if some.len() > 1 => {
                    size = some.len() / 2;
                    continue;
                }
                Err(Failure::TooMuch(why)) | Ok(Err(why)) => {
                    self.problem(place.scope(), format!("{} open bugs cannot be asked for: {why}", rest.len())).await?;
                    return Ok(None);
                }
                Err(failure) => return Err(failure),
                Ok(Ok(answer)) => answer,
            };
            let mut there = Vec::new();
            for (position, (id, open)) in some.iter().enumerate() {
                let error = errors.iter().find(|error| error.touches(&["nodes", &position.to_string()]));
                match nodes.get(position) {
                    Some(None) if error.is_some_and(|error| error.is("NOT_FOUND")) => {
                        gone.push((id.as_str(), open));
                        there.push(Some(json!({})));
                    }
                    node => there.push(node.cloned().flatten()),
                }
            }
            // What is not there is no error here.
            let others: Vec<GraphQlError> = errors.into_iter().filter(|error| !error.is("NOT_FOUND")).collect();
            if !self.tell(place, there, &others, &["nodes"]).await? {
                return Ok(None);
            }
            rest = &rest[some.len()..];
        }
        self.without_disabled(place, gone).await
    }

    /// Leaves out what is in repositories whose issues are turned off; none if that cannot be read.
    async fn without_disabled<'o>(
        &self,
        place: &Place,
        mut gone: Vec<(&'o str, &'o Open)>,
    ) -> Result<Option<Vec<(&'o str, &'o Open)>>, Failure> {
        // A bug that moved to another repository was taken back when it was told of there.
        gone.retain(|(id, _)| !self.seen.contains(*id));
        let names: BTreeSet<&str> = gone.iter().map(|(_, open)| open.repository.as_str()).collect();
        let names: Vec<&str> = names.into_iter().collect();
        let mut disabled: BTreeMap<&str, usize> = BTreeMap::new();
        for names in names.chunks(REPOSITORIES) {
            let reply = match self.client.query::<Aliased<Enabled>>(&place.owner, &enabled(names), json!({})).await {
                Ok(reply) => reply,
                Err(failure) if failure.ends_the_run() => return Err(failure),
                Err(failure) => {
                    self.problem(place.scope(), format!("{} open bugs cannot be asked for: {failure}", gone.len())).await?;
                    return Ok(None);
                }
            };
            for (number, name) in names.iter().enumerate() {
                let alias = format!("r{number}");
                let error = reply.errors.iter().find(|error| error.touches(&[&alias]));
                match (reply.data.answers.get(&alias).and_then(Option::as_ref), error) {
                    (Some(Enabled { has_issues_enabled: Some(false) }), _) => drop(disabled.insert(name, 0)),
                    (Some(Enabled { has_issues_enabled: Some(true) }), _) => {}
                    // The repository is gone with all that was in it.
                    (None, Some(error)) if error.is("NOT_FOUND") => {}
                    _ => return Ok(None),
                }
            }
        }
        gone.retain(|(_, open)| match disabled.get_mut(open.repository.as_str()) {
            Some(count) => {
                *count += 1;
                false
            }
            None => true,
        });
        for (name, count) in disabled {
            self.problem(name, format!("has its issues turned off; its {count} open bugs stay as they were")).await?;
        }
        Ok(Some(gone))
    }
}
