//! Commits between two versions, read from the repository where somebody asks; else the pull requests merged between them.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use async_graphql::{Enum, Result, SimpleObject};

use crate::api::error::from_query;
use crate::api::event::Event;
use crate::api::limits::page_size;
use crate::api::present::Pinned;
use crate::api::scalar::DateTime;
use crate::collect::contents;
use crate::model::EntityId;
use crate::query::commits;

/// From what it is known what lies between two versions.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
pub enum CommitBasis {
    /// From the commits of the repository.
    Commits,
    /// From the pull requests merged between both: the repository could not tell.
    PullRequests,
    /// It is not known.
    Nothing,
}

/// A commit.
#[derive(SimpleObject, Clone)]
pub struct Commit {
    /// Its full object id.
    id: String,
    /// The committer's time.
    at: DateTime,
    /// The author's name.
    author: Option<String>,
    /// The first line of its message.
    subject: String,
}

impl From<contents::Commit> for Commit {
    fn from(commit: contents::Commit) -> Self {
        let contents::Commit { id, at, author, subject } = commit;
        Self { id, at: DateTime(at), author, subject }
    }
}

/// What lies between two versions of a repository.
#[derive(SimpleObject, Clone)]
pub struct CommitsBetween {
    /// The earlier version: its commit, where that is known.
    from: String,
    /// The later version.
    to: String,
    /// From what it is known.
    basis: CommitBasis,
    /// Commits that the later version has and the earlier one has not, newest first.
    commits: Vec<Commit>,
    /// How many those are in all, 10,000 at most; null if that is not known.
    total: Option<usize>,
    /// Commits that the earlier version has and the later one has not: what was taken back, newest first.
    taken_back: Vec<Commit>,
    /// How many those are in all, 10,000 at most; null if that is not known.
    taken_back_total: Option<usize>,
    /// Pull requests merged between both, newest first, where commits are not known.
    pull_requests: Vec<Event>,
    /// Where a person can compare both.
    compare_url: Option<String>,
    /// Why commits are not known; null if they are.
    reason: Option<String>,
}

/// What lies between two versions of a service or repository; none if no repository is known.
pub(crate) async fn between(pinned: &Arc<Pinned>, id: EntityId, from: &str, to: &str, first: i32) -> Result<Option<CommitsBetween>> {
    let most = page_size(Some(first))?;
    let present = &pinned.present;
    let Some(span) = commits::span(pinned.lens(), id, from, to, pinned.at).map_err(from_query)? else { return Ok(None) };
    let (from, to) = (span.from.revision().to_owned(), span.to.revision().to_owned());
    let read = present.contents.commits(span.resources.clone(), from.clone(), to.clone(), most).await?;
    let mut answer = CommitsBetween {
        from,
        to,
        basis: CommitBasis::Nothing,
        commits: Vec::new(),
        total: None,
        taken_back: Vec::new(),
        taken_back_total: None,
        pull_requests: Vec::new(),
        compare_url: span.compare.clone(),
        reason: None,
    };
    match read {
        Ok(contents::Between { commits, total, taken_back, taken_back_total }) => {
            answer.basis = CommitBasis::Commits;
            answer.commits = commits.into_iter().map(Into::into).collect();
            answer.taken_back = taken_back.into_iter().map(Into::into).collect();
            (answer.total, answer.taken_back_total) = (Some(total), Some(taken_back_total));
            present.budget.charge(answer.commits.len() + answer.taken_back.len())?;
        }
        Err(why) => {
            // What is not there now may be fetched without anything being recorded.
            present.passing.store(true, Ordering::Relaxed);
            answer.reason = Some(why.to_string());
            if let Some(requests) = commits::merged(pinned.lens(), &span, pinned.at).map_err(from_query)? {
                answer.basis = CommitBasis::PullRequests;
                present.budget.charge(requests.len().min(most))?;
                answer.pull_requests = requests.into_iter().take(most).map(|request| Event::new(pinned, request)).collect();
            }
        }
    }
    Ok(Some(answer))
}
