//! From an issue and what happened to it to an event, and signs of whose it is.
//!
//! # Invariants
//! - The last shape is the issue as it is now: where what happened does not lead to it, one more change does.
//! - Nothing is before the issue was created.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::collect::bugs::{Derived, ended, put, steps, title};
use crate::collect::github_issues::Config;
use crate::collect::github_issues::wire::{Happened, Issue, Label, Login, Named, Repository};
use crate::collect::github_issues::words::Words;
use crate::model::event::to_fields;
use crate::model::trouble::Bug;
use crate::model::{Event, EventKind, Hint, Instant, Kind, Resource};

/// What is done to labels and types so soon after the creation belongs to it.
const SETTLING_SECONDS: i64 = 120;

/// What it takes to understand issues.
#[derive(Clone, Debug)]
pub(super) struct Rules {
    words: Words,
    organisations: Vec<String>,
}

/// What an issue tells.
#[derive(Clone, Debug)]
pub(super) struct Told {
    pub(super) event: Event,
    /// Signs of whose each of its resources is.
    pub(super) hints: Vec<(Arc<Resource>, Vec<Hint>)>,
    pub(super) is_open: bool,
    /// Repositories that it came from, by name.
    pub(super) origins: Vec<String>,
    /// What was strange.
    pub(super) oddities: Vec<String>,
}

/// What may change of an issue, as far as it matters here.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Shape {
    is_open: bool,
    reason: Option<String>,
    /// Names of labels, by what identifies them.
    labels: BTreeMap<String, String>,
    kind: Option<String>,
    repository: Repository,
    /// It became a discussion.
    is_talk: bool,
}

impl Shape {
    fn labels(&self) -> impl Iterator<Item = &str> + Clone {
        self.labels.values().map(String::as_str)
    }
}

/// One change.
#[derive(Clone, Debug)]
enum Change {
    Closed(Option<String>),
    /// With the reason for which it had been closed.
    Reopened(Option<String>),
    Labeled(String, String),
    Unlabeled(String, String),
    /// With the type that it had before.
    Type(Option<String>),
    From(Option<Repository>),
    Talk,
}

impl Change {
    /// Whether it may belong to the creation.
    const fn is_sign(&self) -> bool {
        matches!(self, Self::Labeled(..) | Self::Unlabeled(..) | Self::Type(..))
    }

    /// Makes of the shape after it the shape before.
    fn undo(&self, shape: &mut Shape) {
        match self {
            Self::Closed(_) => (shape.is_open, shape.reason) = (true, None),
            Self::Reopened(reason) => (shape.is_open, shape.reason) = (false, reason.clone()),
            Self::Labeled(key, _) => drop(shape.labels.remove(key)),
            Self::Unlabeled(key, name) => drop(shape.labels.insert(key.clone(), name.clone())),
            Self::Type(before) => shape.kind.clone_from(before),
            Self::From(repository) => {
                if let Some(repository) = repository {
                    shape.repository = repository.clone();
                }
            }
            Self::Talk => shape.is_talk = false,
        }
    }
}

impl Rules {
    pub(super) fn new(config: &Config) -> Self {
        Self { words: Words::new(&config.bugs), organisations: config.github.organisations.clone() }
    }

    /// The scope of what happens in a repository: its organisation, if that is read as a whole.
    pub(super) fn scope_of(&self, repository: &str) -> String {
        let owner = repository.split('/').next().unwrap_or_default();
        self.organisations.iter().find(|known| known.eq_ignore_ascii_case(owner)).cloned().unwrap_or_else(|| repository.to_owned())
    }

    /// The event of an issue; none if it never was a bug.
    ///
    /// # Errors
    /// What is missing that an event must have.
    pub(super) fn told(&self, issue: &Issue) -> Result<Option<Told>, &'static str> {
        let id = issue.number_of_all().ok_or("GitHub's number")?;
        let created = issue.created_at.ok_or("a time of creation")?;
        let number = issue.number.ok_or("a number")?;
        let mut oddities = Vec::new();
        let now = current(issue)?;
        let changes = changes(issue, created, &now, &mut oddities);
        let mut shapes = shapes(&now, &changes, created);
        let is_bug: Vec<bool> = shapes.iter().map(|(_, shape)| self.words.is_bug(shape.labels(), shape.kind.as_deref())).collect();
        let Some(first) = is_bug.iter().position(|is_bug| *is_bug) else { return Ok(None) };
        let mut hints: BTreeMap<String, (String, Vec<Hint>)> = BTreeMap::new();
        let mut life: Vec<(Instant, Derived)> = Vec::new();
        for (position, (at, shape)) in shapes.iter().enumerate() {
            let (resource, signs) = self.resource(shape);
            hints.entry(resource.clone()).or_insert_with(|| (self.scope_of(&shape.repository.name_with_owner), signs));
            let now = Derived {
                // Whoever calls it a bug later finds out what it was.
                state: if position < first || is_bug[position] { self.state(shape) } else { "deleted" },
                priority: self.words.priority(shape.labels()).map(|(priority, _)| priority),
                production: self.words.is_production(shape.labels()),
                resource,
            };
            put(&mut life, created, *at, now);
        }
        let (Some((_, end)), Some((_, last))) = (life.last().cloned(), shapes.pop()) else { return Err("a history") };
        let history = steps(&life);
        let of = |id: String, scope: String| Arc::new(Resource { id, kind: Kind::Service, scope });
        if let Some(label) = self.words.unknown_priority(last.labels()) {
            oddities.push(format!("have the label {label:?}, of which it is not known what it means: name it in github_issues.priorities"));
        }
        let mut labels: Vec<String> = last.labels().map(str::to_owned).collect();
        labels.sort();
        let body = Bug {
            key: format!("{}#{number}", last.repository.name_with_owner),
            title: title(&issue.title),
            priority: end.priority,
            raw_priority: self.words.priority(last.labels()).map(|(_, label)| label.to_owned()),
            production: end.production,
            status: Some(if last.is_open { "open" } else { "closed" }.to_owned()),
            resolution: last.reason.as_ref().filter(|_| !last.is_open).map(|reason| reason.to_lowercase().replace('_', " ")),
            assignee: first_of(issue.assignees.as_ref().and_then(|all| all.nodes.as_ref())).map(|Login { login }| login.clone()),
            components: self.words.components(last.labels()).into_iter().map(str::to_owned).collect(),
            labels,
            due: None,
        };
        let origins = changes.iter().filter_map(|(_, change)| match change {
            Change::From(Some(repository)) => Some(repository.name_with_owner.clone()),
            _ => None,
        });
        Ok(Some(Told {
            is_open: end.state == "open",
            origins: origins.collect(),
            oddities,
            event: Event {
                kind: EventKind::Bug,
                id,
                resource: of(end.resource.clone(), self.scope_of(&last.repository.name_with_owner)),
                at: created,
                ended: ended(&history),
                history,
                is_whole: true,
                body: to_fields(&body),
                check: issue.url.clone(),
            },
            hints: hints.into_iter().map(|(id, (scope, signs))| (of(id, scope), signs)).collect(),
        }))
    }

    fn state(&self, shape: &Shape) -> &'static str {
        match shape {
            Shape { is_talk: true, .. } => "deleted",
            Shape { is_open: true, .. } => "open",
            Shape { reason, .. } if self.words.is_ignored(reason.as_deref()) => "deleted",
            Shape { .. } => "resolved",
        }
    }

    /// What it happened to, and signs of whose that is.
    fn resource(&self, shape: &Shape) -> (String, Vec<Hint>) {
        let Repository { name_with_owner: repository, url } = &shape.repository;
        let home = Hint::Repository(url.clone());
        if let Some(service) = self.words.service(shape.labels()) {
            let signs = vec![Hint::Ref(format!("service:{service}")), home, Hint::Name(service.to_owned())];
            return (format!("{repository}/{service}"), signs);
        }
        match self.words.components(shape.labels()).first() {
            Some(component) => (format!("{repository}/{component}"), vec![home, Hint::Name((*component).to_owned())]),
            None => (repository.clone(), vec![home]),
        }
    }
}

fn first_of<T>(nodes: Option<&Vec<Option<T>>>) -> Option<&T> {
    nodes.into_iter().flatten().flatten().next()
}

/// What identifies a label: its id; its name, where a label was made anew under an old name.
fn key_of(label: &Label, known: &BTreeMap<String, String>) -> String {
    if known.contains_key(&label.id) {
        return label.id.clone();
    }
    let same = known.iter().find(|(_, name)| name.eq_ignore_ascii_case(&label.name));
    same.map_or_else(|| if label.id.is_empty() { label.name.to_lowercase() } else { label.id.clone() }, |(key, _)| key.clone())
}

/// The current shape.
fn current(issue: &Issue) -> Result<Shape, &'static str> {
    let mut labels = BTreeMap::new();
    for label in issue.labels.as_ref().and_then(|labels| labels.nodes.as_ref()).ok_or("labels")?.iter().flatten() {
        labels.insert(key_of(label, &labels), label.name.clone());
    }
    let is_open = match issue.state.as_deref() {
        Some("OPEN") => true,
        Some("CLOSED") => false,
        _ => return Err("a state"),
    };
    let happened = || issue.timeline_items.iter().flat_map(|items| items.nodes.iter().flatten().flatten());
    let last = happened().filter_map(|it| match it {
        Happened::Closed { created_at, state_reason } => Some((created_at, state_reason)),
        _ => None,
    });
    let reason = issue.state_reason.clone().or_else(|| last.max_by_key(|(at, _)| *at).and_then(|(_, reason)| reason.clone()));
    Ok(Shape {
        is_open,
        reason: reason.filter(|_| !is_open),
        labels,
        kind: issue.issue_type.as_ref().map(|kind| kind.name.clone()),
        repository: issue.repository.clone().ok_or("a repository")?,
        is_talk: happened().any(|it| matches!(it, Happened::Converted { .. })),
    })
}

/// Everything that changed, oldest first, leading to how the issue is now.
fn changes(issue: &Issue, created: Instant, now: &Shape, oddities: &mut Vec<String>) -> Vec<(Instant, Change)> {
    let updated = issue.updated_at.unwrap_or(created).max(created);
    let happened = issue.timeline_items.iter().flat_map(|items| items.nodes.iter().flatten().flatten());
    let name = |kind: &Option<Named>| kind.as_ref().map(|kind| kind.name.clone());
    let mut all: Vec<(Instant, Change)> = Vec::new();
    let mut known = now.labels.clone();
    let mut labelled = |label: &Option<Label>| {
        let label = label.as_ref()?;
        let key = key_of(label, &known);
        // What a label is called now is told with those that the issue has.
        let name = known.entry(key.clone()).or_insert_with(|| label.name.clone()).clone();
        Some((key, name))
    };
    for it in happened {
        let (at, change) = match it {
            Happened::Closed { created_at, state_reason } => (created_at, Some(Change::Closed(state_reason.clone()))),
            Happened::Reopened { created_at } => (created_at, Some(Change::Reopened(None))),
            Happened::Labeled { created_at, label } => (created_at, labelled(label).map(|(key, name)| Change::Labeled(key, name))),
            Happened::Unlabeled { created_at, label } => (created_at, labelled(label).map(|(key, name)| Change::Unlabeled(key, name))),
            Happened::Transferred { created_at, from_repository } => (created_at, Some(Change::From(from_repository.clone()))),
            Happened::Converted { created_at } => (created_at, Some(Change::Talk)),
            Happened::TypeAdded { created_at } => (created_at, Some(Change::Type(None))),
            Happened::TypeChanged { created_at, prev_issue_type } => (created_at, Some(Change::Type(name(prev_issue_type)))),
            Happened::TypeRemoved { created_at, issue_type } => (created_at, Some(Change::Type(name(issue_type)))),
            Happened::Other => continue,
        };
        all.extend(change.map(|change| (*at, change)));
    }
    let is_early = all.iter().any(|(at, _)| *at < created) || issue.closed_at.is_some_and(|closed| closed < created);
    if is_early {
        oddities.push("changed or were closed before they were created, as they say; taken as if when they were created".to_owned());
    }
    all.iter_mut().for_each(|(at, _)| *at = (*at).max(created));
    all.sort_by_key(|(at, _)| *at);
    let mut all = with_lost_labels(all, now, updated);
    let mut reason = None;
    for (_, change) in &mut all {
        match change {
            Change::Closed(because) => reason.clone_from(because),
            Change::Reopened(before) => *before = reason.take(),
            _ => {}
        }
    }
    let last = all.iter().rev().find_map(|(_, change)| match change {
        Change::Closed(_) => Some(false),
        Change::Reopened(_) => Some(true),
        _ => None,
    });
    if last.unwrap_or(true) != now.is_open {
        oddities.push("are open or closed though nothing tells since when; taken as of the last change".to_owned());
        let (at, change) = match now.is_open {
            true => (updated, Change::Reopened(reason)),
            false => (issue.closed_at.unwrap_or(updated).max(created), Change::Closed(now.reason.clone())),
        };
        let position = all.partition_point(|(then, _)| *then <= at);
        all.insert(position, (at, change));
    }
    all
}

/// A move to a repository without such a label takes it off without a word, as deleting the label does; and what is put on twice
/// was put on once. With these changes what happened leads to how the issue is.
fn with_lost_labels(all: Vec<(Instant, Change)>, now: &Shape, updated: Instant) -> Vec<(Instant, Change)> {
    let (mut whole, mut seen): (Vec<(Instant, Change)>, BTreeSet<String>) = (Vec::new(), BTreeSet::new());
    let mut on: BTreeMap<String, String> = BTreeMap::new();
    for (position, (at, change)) in all.iter().enumerate() {
        let is_news = match change {
            Change::Labeled(key, name) => {
                seen.insert(key.clone());
                on.insert(key.clone(), name.clone()).is_none()
            }
            Change::Unlabeled(key, _) => on.remove(key).is_some() || seen.insert(key.clone()),
            _ => true,
        };
        if is_news {
            whole.push((*at, change.clone()));
        }
        if matches!(change, Change::From(_)) {
            let next = |key: &str| {
                all[position + 1..].iter().find_map(|(_, change)| match change {
                    Change::Labeled(other, _) if other == key => Some(true),
                    Change::Unlabeled(other, _) if other == key => Some(false),
                    _ => None,
                })
            };
            let is_lost = |key: &str| next(key).unwrap_or_else(|| !now.labels.contains_key(key));
            let lost: Vec<(String, String)> = on.extract_if(.., |key, _| is_lost(key)).collect();
            whole.extend(lost.into_iter().map(|(key, name)| (*at, Change::Unlabeled(key, name))));
        }
    }
    let end = whole.last().map_or(updated, |(at, _)| updated.max(*at));
    let gone = on.iter().filter(|(key, _)| !now.labels.contains_key(*key));
    whole.extend(gone.map(|(key, name)| (end, Change::Unlabeled(key.clone(), name.clone()))));
    let back = now.labels.iter().filter(|(key, _)| seen.contains(*key) && !on.contains_key(*key));
    whole.extend(back.map(|(key, name)| (end, Change::Labeled(key.clone(), name.clone()))));
    whole
}

/// Every shape of an issue, oldest first; the first is how it was created.
fn shapes(now: &Shape, changes: &[(Instant, Change)], created: Instant) -> Vec<(Instant, Shape)> {
    let settled = created.plus_seconds(SETTLING_SECONDS);
    let mut shape = now.clone();
    let mut all: Vec<(Instant, Shape)> = Vec::new();
    for (at, change) in changes.iter().rev().filter(|(at, change)| !(change.is_sign() && *at <= settled)) {
        all.push((*at, shape.clone()));
        change.undo(&mut shape);
    }
    all.push((created, shape));
    all.reverse();
    all
}
