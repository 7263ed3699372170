//! What stands in a simulated Jira: projects, words, people, and issues with all that they ever were.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use crate::demo::company::Timed;
use crate::model::Instant;

/// Everything of a site.
#[derive(Clone, Debug, Default)]
pub struct Content {
    /// Projects.
    pub projects: Vec<Project>,
    /// Types of issues: number and name.
    pub types: Vec<(u64, String)>,
    /// Statuses.
    pub statuses: Vec<Status>,
    /// Resolutions: number and name.
    pub resolutions: Vec<(u64, String)>,
    /// Priorities, most urgent first: number and name.
    pub priorities: Vec<(u64, String)>,
    /// Custom fields of one choice: number without what stands before it, and name.
    pub fields: Vec<(u64, String)>,
    /// Who works with it.
    pub people: Vec<Person>,
    /// Issues, by number.
    pub issues: Vec<Issue>,
}

/// A project.
#[derive(Clone, Debug)]
pub struct Project {
    /// Its number.
    pub id: u64,
    /// Its key.
    pub key: String,
    /// Its name.
    pub name: String,
}

/// What a status amounts to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Category {
    /// To do.
    New,
    /// In progress.
    Indeterminate,
    /// Done.
    Done,
}

impl Category {
    /// Number, key, name and colour.
    #[must_use]
    pub const fn words(self) -> (u64, &'static str, &'static str, &'static str) {
        match self {
            Self::New => (2, "new", "To Do", "blue-gray"),
            Self::Indeterminate => (4, "indeterminate", "In Progress", "yellow"),
            Self::Done => (3, "done", "Done", "green"),
        }
    }
}

/// A status.
#[derive(Clone, Debug)]
pub struct Status {
    /// Its number.
    pub id: u64,
    /// Its name.
    pub name: String,
    /// What it amounts to.
    pub category: Category,
}

/// Somebody.
#[derive(Clone, Debug)]
pub struct Person {
    /// The number of the account.
    pub account: String,
    /// The login of Data Center.
    pub login: String,
    /// First and last name; empty if the person was forgotten.
    pub name: String,
}

/// An issue. What it was before it was created is how it was created; what changes later stands in its changelog.
#[derive(Clone, Debug)]
pub struct Issue {
    /// Its number, which it keeps.
    pub id: u64,
    /// From when it was created until it was deleted.
    pub exists: Range<Instant>,
    /// The title.
    pub summary: String,
    /// The text.
    pub description: String,
    /// Position of who reported it.
    pub reporter: usize,
    /// The project, by position, and the number in it.
    pub key: Timed<(usize, u64)>,
    /// Position of its type.
    pub kind: Timed<usize>,
    /// Position of its status.
    pub status: Timed<usize>,
    /// Position of its resolution.
    pub resolution: Timed<Option<usize>>,
    /// Position of its priority.
    pub priority: Timed<Option<usize>>,
    /// Position of who works on it.
    pub assignee: Timed<Option<usize>>,
    /// Labels, without spaces.
    pub labels: Timed<Vec<String>>,
    /// Names of components.
    pub components: Timed<Vec<String>>,
    /// Values of custom fields, by position.
    pub custom: BTreeMap<usize, Timed<Option<String>>>,
    /// What the date of its resolution says, where an import made it up.
    pub resolved: Option<Instant>,
}

/// One field that changed: what it is called, its number, and both values as number and as words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// What a changelog calls it.
    pub field: String,
    /// Its number, which Data Center does not tell.
    pub field_id: Option<String>,
    /// It is a custom field.
    pub is_custom: bool,
    /// Before.
    pub from: (Option<String>, Option<String>),
    /// After.
    pub to: (Option<String>, Option<String>),
}

impl Issue {
    /// Its key at an instant.
    #[must_use]
    pub fn key_at(&self, content: &Content, at: Instant) -> String {
        let (project, number) = self.key.at(at);
        format!("{}-{number}", content.projects[*project].key)
    }

    /// When it was changed last, up to an instant.
    #[must_use]
    pub fn updated(&self, at: Instant) -> Instant {
        self.moments().into_iter().rfind(|moment| *moment <= at).unwrap_or(self.exists.start)
    }

    /// When it was resolved, if it is.
    #[must_use]
    pub fn resolved_at(&self, at: Instant) -> Option<Instant> {
        (*self.resolution.at(at))?;
        if self.resolved.is_some() {
            return self.resolved;
        }
        let mut since = None;
        for (when, value) in self.resolution.all().iter().filter(|(when, _)| *when <= at) {
            since = value.is_some().then(|| since.unwrap_or(*when)).map(|when| when.max(self.exists.start));
        }
        since
    }

    /// Instants after its creation at which something changed, oldest first.
    #[must_use]
    pub fn moments(&self) -> Vec<Instant> {
        fn of<T>(timed: &Timed<T>) -> impl Iterator<Item = Instant> {
            timed.all().iter().map(|(at, _)| *at)
        }
        let mut all: BTreeSet<Instant> = of(&self.key).chain(of(&self.kind)).chain(of(&self.status)).collect();
        all.extend(of(&self.resolution).chain(of(&self.priority)).chain(of(&self.assignee)));
        all.extend(of(&self.labels).chain(of(&self.components)).chain(self.custom.values().flat_map(of)));
        all.into_iter().filter(|at| *at > self.exists.start && *at < self.exists.end).collect()
    }

    /// What changed at one of [`Self::moments`].
    #[must_use]
    pub fn changes(&self, content: &Content, at: Instant) -> Vec<Change> {
        let before = at.plus_micros(-1);
        let mut all = Vec::new();
        type Side = (Option<String>, Option<String>);
        let mut note = |field: &str, id: Option<&str>, from: Side, to: Side| {
            if from != to {
                let is_custom = id.is_some_and(|id| id.starts_with("customfield_"));
                all.push(Change { field: field.to_owned(), field_id: id.map(str::to_owned), is_custom, from, to });
            }
        };
        let named = |list: &[(u64, String)], position: Option<usize>| -> Side {
            position.map_or((None, None), |position| (Some(list[position].0.to_string()), Some(list[position].1.clone())))
        };
        let (old, new) = (self.key.at(before), self.key.at(at));
        let project = |position: usize| (Some(content.projects[position].id.to_string()), Some(content.projects[position].name.clone()));
        note("project", Some("project"), project(old.0), project(new.0));
        note("Key", None, (None, Some(self.key_at(content, before))), (None, Some(self.key_at(content, at))));
        note(
            "issuetype",
            Some("issuetype"),
            named(&content.types, Some(*self.kind.at(before))),
            named(&content.types, Some(*self.kind.at(at))),
        );
        let status = |position: usize| (Some(content.statuses[position].id.to_string()), Some(content.statuses[position].name.clone()));
        note("status", Some("status"), status(*self.status.at(before)), status(*self.status.at(at)));
        for (field, list, timed) in
            [("resolution", &content.resolutions, &self.resolution), ("priority", &content.priorities, &self.priority)]
        {
            note(field, Some(field), named(list, *timed.at(before)), named(list, *timed.at(at)));
        }
        let person = |position: Option<usize>| -> Side {
            position.map_or((None, None), |it| (Some(content.people[it].account.clone()), Some(content.people[it].name.clone())))
        };
        note("assignee", Some("assignee"), person(*self.assignee.at(before)), person(*self.assignee.at(at)));
        let text = |labels: &[String]| (Some(String::new()), Some(labels.join(" ")));
        note("labels", Some("labels"), text(self.labels.at(before)), text(self.labels.at(at)));
        let (old, new) = (self.components.at(before), self.components.at(at));
        let component = |name: &String| (Some(component_id(name).to_string()), Some(name.clone()));
        for name in old.iter().filter(|name| !new.contains(name)) {
            note("Component", Some("components"), component(name), (None, None));
        }
        for name in new.iter().filter(|name| !old.contains(name)) {
            note("Component", Some("components"), (None, None), component(name));
        }
        for (position, timed) in &self.custom {
            let (id, name) = &content.fields[*position];
            let side = |value: &Option<String>| value.as_ref().map_or((None, None), |text| (Some(option_id(text)), Some(text.clone())));
            note(name, Some(&format!("customfield_{id}")), side(timed.at(before)), side(timed.at(at)));
        }
        all
    }
}

/// The number of a component, made from its name.
#[must_use]
pub fn component_id(name: &str) -> u64 {
    20_000 + name.bytes().fold(7_u64, |sum, byte| (sum * 31 + u64::from(byte)) % 70_000)
}

/// The number of a choice of a custom field, made from its name.
#[must_use]
pub fn option_id(name: &str) -> String {
    (100_000 + component_id(name)).to_string()
}
