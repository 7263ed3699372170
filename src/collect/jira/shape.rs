//! How an issue was at each moment, from how it is now and what changed.
//!
//! # Invariants
//! - The last shape is the issue as it is now: where the changelog does not lead to it, one more change does.
//! - Nothing is before the issue was created.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::collect::jira::time::AskersZone;
use crate::collect::jira::wire::{Change, History, Issue, Named, Status};
use crate::model::Instant;

/// What may change of an issue, as far as it matters here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Shape {
    pub(super) kind: Named,
    pub(super) status: Named,
    /// None if unresolved.
    pub(super) resolution: Option<Named>,
    pub(super) priority: Option<Named>,
    pub(super) project: Named,
    pub(super) labels: Vec<String>,
    pub(super) components: BTreeSet<String>,
    /// Values of the custom fields that are read, in their order.
    pub(super) custom: Vec<Vec<String>>,
}

/// Every shape of an issue, oldest first; the first is how it was created.
#[derive(Clone, Debug)]
pub(super) struct Shapes {
    pub(super) created: Instant,
    pub(super) updated: Instant,
    pub(super) all: Vec<(Instant, Shape)>,
    /// Something is said to have been before it was created.
    pub(super) is_early: bool,
}

/// A custom field: its number, and what changelogs of Data Center call it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Custom {
    pub(super) id: String,
    pub(super) name: Option<String>,
}

/// What one change is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Aspect {
    Kind,
    Status,
    Resolution,
    Priority,
    Project,
    Labels,
    Components,
    Custom(usize),
}

impl Aspect {
    fn of(change: &Change, custom: &[Custom]) -> Option<Self> {
        let id = change.field_id.as_deref().unwrap_or_default();
        if let Some(position) = custom.iter().position(|field| field.id == id || field.name.as_deref() == Some(change.field.as_str())) {
            return Some(Self::Custom(position));
        }
        // Data Center has names alone, which are not translated.
        let name = if id.is_empty() { change.field.to_lowercase() } else { id.to_lowercase() };
        Some(match name.as_str() {
            "issuetype" => Self::Kind,
            "status" => Self::Status,
            "resolution" => Self::Resolution,
            "priority" => Self::Priority,
            "project" => Self::Project,
            "labels" => Self::Labels,
            "components" | "component" => Self::Components,
            _ => return None,
        })
    }
}

/// One change at its time.
struct Step<'a> {
    at: Instant,
    aspect: Aspect,
    change: &'a Change,
}

/// The current shape; none if it lacks what an issue must have.
fn current(issue: &Issue, custom: &[Custom]) -> Option<Shape> {
    let fields = &issue.fields;
    let status = fields.status.as_ref()?;
    let key = fields.project.as_ref().map(|project| project.key.as_str()).filter(|key| !key.is_empty());
    let key = key.or_else(|| issue.key.rsplit_once('-').map(|(key, _)| key))?;
    Some(Shape {
        kind: fields.issuetype.clone().unwrap_or_default(),
        status: Named { id: status.id.clone(), name: status.name.clone() },
        resolution: resolved(fields.resolution.clone()),
        priority: fields.priority.clone(),
        project: Named { id: fields.project.as_ref().map(|project| project.id.clone()).unwrap_or_default(), name: key.to_owned() },
        labels: fields.labels.clone().unwrap_or_default(),
        components: fields.components.iter().flatten().map(|component| component.name.clone()).collect(),
        custom: custom.iter().map(|field| fields.other.get(&field.id).map(values).unwrap_or_default()).collect(),
    })
}

/// Some sites have made themselves a resolution that says that there is none.
fn resolved(resolution: Option<Named>) -> Option<Named> {
    resolution.filter(|it| !(it.id.is_empty() && it.name.is_empty()) && it.id != "-1" && !it.name.eq_ignore_ascii_case("unresolved"))
}

/// Names in the value of a custom field, whatever its type is.
fn values(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.trim().to_owned()],
        Value::Number(number) => vec![number.to_string()],
        Value::Array(items) => items.iter().flat_map(values).collect(),
        Value::Object(fields) => ["value", "name", "key", "label"].iter().find_map(|key| fields.get(*key)).map(values).unwrap_or_default(),
        Value::Null | Value::Bool(_) => Vec::new(),
    }
}

/// The same from a changelog.
fn listed(text: &str) -> Vec<String> {
    let text = text.trim().trim_start_matches('[').trim_end_matches(']');
    text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(str::to_owned).collect()
}

fn named(id: &str, name: &str) -> Named {
    Named { id: id.to_owned(), name: name.to_owned() }
}

/// A value that may be none.
fn optional(id: &str, name: &str) -> Option<Named> {
    (!id.is_empty() || !name.is_empty()).then(|| named(id, name))
}

impl Shape {
    /// Puts one side of a change in. `key` makes the key of a project from its number.
    fn put(&mut self, aspect: Aspect, change: &Change, forward: bool, key: &dyn Fn(&str) -> Option<String>) {
        let (id, name, other) = match forward {
            true => (&change.to, &change.to_string, &change.from_string),
            false => (&change.from, &change.from_string, &change.to_string),
        };
        match aspect {
            Aspect::Kind => self.kind = named(id, name),
            Aspect::Status => self.status = named(id, name),
            Aspect::Resolution => self.resolution = resolved(optional(id, name)),
            Aspect::Priority => self.priority = optional(id, name),
            Aspect::Project => self.project = named(id, &key(id).unwrap_or_else(|| name.clone())),
            Aspect::Labels => self.labels = name.split_whitespace().map(str::to_owned).collect(),
            Aspect::Components => {
                self.components.remove(other);
                self.components.extend((!name.is_empty()).then(|| name.clone()));
            }
            Aspect::Custom(position) => {
                self.custom[position] = if listed(name).is_empty() { listed(id) } else { listed(name) };
            }
        }
    }

    /// Whether one side of a change is what stands here.
    fn has(&self, aspect: Aspect, change: &Change, key: &dyn Fn(&str) -> Option<String>) -> bool {
        if aspect == Aspect::Components {
            return change.to_string.is_empty() != self.components.contains(&change.to_string);
        }
        let mut put = self.clone();
        put.put(aspect, change, true, key);
        // Names are translated and may be changed afterwards.
        let same =
            |one: &Named, other: &Named| if one.id.is_empty() || other.id.is_empty() { one.name == other.name } else { one.id == other.id };
        let both = |one: &Option<Named>, other: &Option<Named>| match (one, other) {
            (Some(one), Some(other)) => same(one, other),
            (None, None) => true,
            _ => false,
        };
        let sorted = |texts: &[String]| texts.iter().cloned().collect::<BTreeSet<_>>();
        match aspect {
            Aspect::Kind => same(&put.kind, &self.kind),
            Aspect::Status => same(&put.status, &self.status),
            Aspect::Resolution => both(&put.resolution, &self.resolution),
            Aspect::Priority => both(&put.priority, &self.priority),
            Aspect::Project => same(&put.project, &self.project),
            Aspect::Labels => sorted(&put.labels) == sorted(&self.labels),
            Aspect::Custom(position) => sorted(&put.custom[position]) == sorted(&self.custom[position]),
            Aspect::Components => true,
        }
    }
}

/// Every shape of an issue. `key` makes the key of a project from its number.
///
/// # Errors
/// What is missing.
pub(super) fn shapes(
    issue: &Issue,
    histories: &[History],
    custom: &[Custom],
    zone: &AskersZone,
    key: &dyn Fn(&str) -> Option<String>,
) -> Result<Shapes, &'static str> {
    let now = current(issue, custom).ok_or("status or project")?;
    let created = zone.read(&issue.fields.created).ok_or("a time of creation")?;
    let updated = zone.read(&issue.fields.updated).unwrap_or(created).max(created);
    let mut is_early = false;
    let mut steps: Vec<(Instant, u64, Step<'_>)> = Vec::new();
    for history in histories {
        let Some(at) = zone.read(&history.created) else { continue };
        is_early |= at < created;
        let order = history.id.parse().unwrap_or(u64::MAX);
        let changes = history.items.iter().filter_map(|change| Some((Aspect::of(change, custom)?, change)));
        steps.extend(changes.map(|(aspect, change)| (at, order, Step { at: at.max(created), aspect, change })));
    }
    steps.sort_by_key(|(at, order, _)| (*at, *order));
    let steps: Vec<Step<'_>> = steps.into_iter().map(|(.., step)| step).collect();

    // A changelog that is newer than the issue beside it is right, and one that is older ends before what is missing.
    let (mut last, mut missing) = (now.clone(), Vec::new());
    let mut looked: Vec<Aspect> = Vec::new();
    for step in steps.iter().rev().filter(|step| step.aspect != Aspect::Components) {
        if looked.contains(&step.aspect) {
            continue;
        }
        looked.push(step.aspect);
        if last.has(step.aspect, step.change, key) {
            continue;
        }
        if step.at > updated {
            last.put(step.aspect, step.change, true, key);
        } else {
            missing.push(step.aspect);
        }
    }
    for step in steps.iter().filter(|step| step.aspect == Aspect::Components && step.at > updated) {
        last.put(step.aspect, step.change, true, key);
    }
    let mut all: Vec<(Instant, Shape)> = Vec::new();
    let mut shape = last.clone();
    if !missing.is_empty() {
        all.push((updated, shape.clone()));
        for aspect in missing {
            if let Some(step) = steps.iter().rev().find(|step| step.aspect == aspect) {
                shape.put(aspect, step.change, true, key);
            }
        }
    }
    for step in steps.iter().rev() {
        all.push((step.at, shape.clone()));
        shape.put(step.aspect, step.change, false, key);
    }
    // Imported issues are resolved without any change that says so.
    let is_silent = last.resolution.is_some() && !looked.contains(&Aspect::Resolution);
    if is_silent {
        let said = zone.read(&issue.fields.resolutiondate);
        is_early |= said.is_some_and(|at| at < created);
        let moved = steps.iter().rev().find(|step| step.aspect == Aspect::Status).map(|step| step.at);
        let at = said.or(moved).unwrap_or(updated).max(created);
        shape.resolution = None;
        for (_, earlier) in all.iter_mut().filter(|(when, _)| *when < at) {
            earlier.resolution = None;
        }
        let mut then = all.iter().find(|(when, _)| *when <= at).map_or_else(|| shape.clone(), |(_, shape)| shape.clone());
        then.resolution.clone_from(&last.resolution);
        let position = all.iter().position(|(when, _)| *when <= at).unwrap_or(all.len());
        all.insert(position, (at, then));
    }
    all.push((created, shape));
    all.reverse();
    all.sort_by_key(|(at, _)| *at);
    Ok(Shapes { created, updated, all, is_early })
}

/// Statuses that an issue ever had.
pub(super) fn statuses<'a>(issue: &'a Issue, histories: &'a [History]) -> impl Iterator<Item = &'a str> {
    let changes = histories.iter().flat_map(|history| &history.items).filter(|change| Aspect::of(change, &[]) == Some(Aspect::Status));
    let now = issue.fields.status.iter().map(|status: &Status| status.id.as_str());
    now.chain(changes.flat_map(|change| [change.from.as_str(), change.to.as_str()])).filter(|id| !id.is_empty())
}

/// Projects in which an issue ever was, by number.
pub(super) fn projects(histories: &[History]) -> impl Iterator<Item = &str> {
    let changes = histories.iter().flat_map(|history| &history.items).filter(|change| Aspect::of(change, &[]) == Some(Aspect::Project));
    changes.flat_map(|change| [change.from.as_str(), change.to.as_str()]).filter(|id| !id.is_empty())
}

/// Whether it ever had a resolution.
pub(super) fn had_resolution(issue: &Issue, histories: &[History]) -> bool {
    let is_set = |change: &Change| {
        resolved(optional(&change.from, &change.from_string)).is_some() || resolved(optional(&change.to, &change.to_string)).is_some()
    };
    let mut changes =
        histories.iter().flat_map(|history| &history.items).filter(|change| Aspect::of(change, &[]) == Some(Aspect::Resolution));
    resolved(issue.fields.resolution.clone()).is_some() || changes.any(is_set)
}
