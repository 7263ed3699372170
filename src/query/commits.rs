//! What lies between two versions of a service: which commits to ask its repository for, and the pull requests that tell
//! where the repository cannot.
//!
//! # Invariants
//! - A version is a commit, or what a deployment calls one; the deployment knows which commit that is.

use serde_json::Value;

use crate::model::event::value_at;
use crate::model::{EntityId, EventKind, Facet, Instant, Kind};
use crate::query::event::{Happened, Place, event, family, read};
use crate::query::{Error, Lens, deployed, document};

/// Two versions of what one repository holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// The repository.
    pub repository: EntityId,
    /// What sources call it, as source and id.
    pub resources: Vec<(String, String)>,
    /// The earlier version: a commit, where one is known.
    pub from: Version,
    /// The later one.
    pub to: Version,
    /// Where a person can compare them.
    pub compare: Option<String>,
}

/// A version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// As it was asked for.
    pub name: String,
    /// Its commit, if a deployment tells.
    pub commit: Option<String>,
    /// When it was deployed first.
    pub deployed: Option<Instant>,
}

impl Version {
    /// The commit, else the name.
    #[must_use]
    pub fn revision(&self) -> &str {
        self.commit.as_deref().unwrap_or(&self.name)
    }

    /// Whether this is its commit.
    fn is(&self, commit: &str) -> bool {
        let revision = self.revision();
        revision.len() >= 7 && (commit.starts_with(revision) || revision.starts_with(commit))
    }
}

/// What lies between two versions of a service or repository; none if no repository is known.
///
/// # Errors
/// If the store cannot be read.
pub fn span(lens: &Lens, id: EntityId, from: &str, to: &str, at: Instant) -> Result<Option<Span>, Error> {
    let repository = match lens.kind(id) {
        Some(Kind::Repository) => Some(id),
        _ => document::repository(lens, id, at)?,
    };
    let Some(repository) = repository else { return Ok(None) };
    let [from, to] = [version(lens, id, from, at)?, version(lens, id, to, at)?];
    let resources = document::resources(lens, repository, at)?;
    let compare = web(lens, repository, at)?.map(|web| format!("{web}/compare/{}...{}", encoded(from.revision()), encoded(to.revision())));
    Ok(Some(Span { repository, resources, from, to, compare }))
}

/// The version that stood where a deployment went, before it went there.
///
/// # Errors
/// If the store cannot be read.
pub fn before(lens: &Lens, deployment: &Happened) -> Result<Option<String>, Error> {
    let Some(id) = deployment.entity else { return Ok(None) };
    let text = |field: &str| deployment.record.body.get(field).and_then(Value::as_str);
    let standings = deployed::deployed(lens, id, deployment.record.at.plus_micros(-1))?;
    let there = standings
        .into_iter()
        .find(|standing| Some(standing.environment.as_str()) == text("environment") && standing.region.as_deref() == text("region"));
    let Some(there) = there else { return Ok(None) };
    let by = there.brought_by.map(|place| event(lens, place.no)).transpose()?.flatten();
    let commit = by.and_then(|by| by.record.body.get("commit").and_then(Value::as_str).map(str::to_owned));
    Ok(commit.or(there.version))
}

/// The commit, else the version, that a deployment brings.
#[must_use]
pub fn brought(deployment: &Happened) -> Option<&str> {
    let text = |field: &str| deployment.record.body.get(field).and_then(Value::as_str);
    text("commit").or_else(|| text("version"))
}

fn version(lens: &Lens, id: EntityId, name: &str, at: Instant) -> Result<Version, Error> {
    let mut first: Option<crate::store::EventPlace> = None;
    let is_id = name.len() >= 7 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
    for entity in family(lens, id, at)? {
        for (place, arrival) in lens.view().arrivals_of(entity, EventKind::Deployment, Instant::MIN, at)? {
            // Without a version an arrival goes by its short commit.
            let is_it =
                arrival.version.as_deref().is_some_and(|of| of == name || (is_id && (name.starts_with(of) || of.starts_with(name))));
            if is_it && first.is_none_or(|first| place < first) {
                first = Some(place);
            }
        }
    }
    let found = first.map(|place| event(lens, place.no)).transpose()?.flatten();
    let commit = found.as_ref().and_then(|found| found.record.body.get("commit").and_then(Value::as_str)).map(str::to_owned);
    let commit = commit.or_else(|| is_id.then(|| name.to_owned()));
    Ok(Version { name: name.to_owned(), commit, deployed: found.map(|found| found.record.at) })
}

/// The pull requests merged after one version up to the other, the newest first; none if it is not known when one of them
/// came about. Which of both is the later one does not matter.
///
/// A version came about when the pull request was merged that ended in its commit, else when it was deployed.
///
/// # Errors
/// If the store cannot be read.
pub fn merged(lens: &Lens, span: &Span, at: Instant) -> Result<Option<Vec<Happened>>, Error> {
    let mut all: Vec<(Instant, Happened)> = Vec::new();
    let (mut from, mut to) = (None, None);
    for place in lens.view().events_of(span.repository, EventKind::PullRequest, Instant::MIN, at)? {
        let Some(request) = read(lens, Place { at: place.at, entity: Some(span.repository), event: place })? else { continue };
        let is_merge = |step: &&crate::model::event::Step| step.set.get("state").and_then(Value::as_str) == Some("merged");
        let Some(merged) = request.record.history.iter().find(is_merge).map(|step| step.at).filter(|merged| *merged <= at) else {
            continue;
        };
        let commit = request.record.body.get("mergeCommit").or_else(|| value_at(&request.record.history, "mergeCommit", at));
        if let Some(commit) = commit.and_then(Value::as_str) {
            from = from.or(span.from.is(commit).then_some(merged));
            to = to.or(span.to.is(commit).then_some(merged));
        }
        all.push((merged, request));
    }
    let (Some(from), Some(to)) = (from.or(span.from.deployed), to.or(span.to.deployed)) else { return Ok(None) };
    let range = from.min(to)..=from.max(to);
    all.retain(|(merged, _)| range.contains(merged) && merged != range.start());
    all.sort_by_key(|(merged, request)| (std::cmp::Reverse(*merged), request.no.0));
    Ok(Some(all.into_iter().map(|(_, request)| request).collect()))
}

/// The address of a repository for people: the part of a statement's place that comes before a commit or file.
fn web(lens: &Lens, repository: EntityId, at: Instant) -> Result<Option<String>, Error> {
    let statements = lens.view().statements_about(repository, Facet::General, at)?;
    let addresses = statements.iter().filter_map(|statement| statement.check.as_deref()).filter(|check| check.starts_with("http"));
    let is_whole = |address: &&str| address.contains("/tree/") || address.contains("/blob/");
    let mut addresses: Vec<&str> = addresses.collect();
    addresses.sort_by_key(|address| !is_whole(address));
    let Some(first) = addresses.first().copied() else { return Ok(None) };
    let end = ["/tree/", "/blob/"].iter().filter_map(|view| first.find(view)).min().unwrap_or(first.len());
    Ok(Some(first[..end].trim_end_matches("/-").trim_end_matches('/').to_owned()))
}

fn encoded(revision: &str) -> String {
    let mut url = String::with_capacity(revision.len());
    for byte in revision.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~/@+".contains(&byte) {
            url.push(char::from(byte));
        } else {
            url.push_str(&format!("%{byte:02X}"));
        }
    }
    url
}
