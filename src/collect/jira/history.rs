//! From an issue and its shapes to an event, and signs of whose it is.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::collect::bugs::{Derived, ended, put, steps, title};
use crate::collect::jira::Config;
use crate::collect::jira::priority::Priorities;
use crate::collect::jira::shape::{Custom, Shape, Shapes, had_resolution, shapes};
use crate::collect::jira::time::AskersZone;
use crate::collect::jira::wire::{History, Issue, Named, Person};
use crate::model::event::{Step, to_fields};
use crate::model::trouble::Bug;
use crate::model::{Event, EventKind, Hint, Instant, Kind, Resource};

/// What it takes to understand a site's issues.
#[derive(Clone, Debug)]
pub(super) struct Rules<'a> {
    pub(super) config: &'a Config,
    pub(super) scope: String,
    /// The address before `/browse/KEY`.
    pub(super) site: String,
    pub(super) zone: AskersZone,
    pub(super) priorities: Priorities,
    /// Whether a status is done by its category, by number.
    pub(super) statuses: BTreeMap<String, bool>,
    /// Keys of projects by number.
    pub(super) projects: BTreeMap<String, String>,
    /// Custom fields that are read, in the order of [`Config::fields`].
    pub(super) custom: Vec<Custom>,
}

/// What an issue tells.
#[derive(Clone, Debug)]
pub(super) struct Told {
    pub(super) event: Event,
    /// Signs of whose each of its resources is.
    pub(super) hints: Vec<(Arc<Resource>, Vec<Hint>)>,
    /// It is open.
    pub(super) is_open: bool,
    /// The number of its type.
    pub(super) kind: String,
    /// A priority that means nothing to us.
    pub(super) unknown_priority: Option<String>,
    /// Something is said to have been before it was created.
    pub(super) is_early: bool,
}

/// How an issue that was a bug is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing<'a> {
    /// The query finds it.
    Bug,
    /// The query does not find it any more; once it was of this type.
    Left(&'a str),
}

impl Rules<'_> {
    /// The event of an issue. `in_production` is what a query says, if one is configured.
    ///
    /// # Errors
    /// What is missing that an event must have.
    pub(super) fn told(
        &self,
        issue: &Issue,
        histories: &[History],
        in_production: bool,
        standing: Standing<'_>,
    ) -> Result<Told, &'static str> {
        let key = |id: &str| self.projects.get(id).cloned();
        let found: Shapes = shapes(issue, histories, &self.custom, &self.zone, &key)?;
        let by_resolution = had_resolution(issue, histories);
        let mut hints: BTreeMap<String, Vec<Hint>> = BTreeMap::new();
        let last = found.all.last().map(|(_, shape)| shape.clone()).unwrap_or_default();
        let mut derived: Vec<(Instant, Derived)> = Vec::new();
        for (at, shape) in &found.all {
            let is_bug = self.is_bug(&shape.kind, &last.kind, standing);
            let (resource, signs) = self.resource(shape);
            hints.entry(resource.clone()).or_insert(signs);
            let now = Derived {
                state: if is_bug { self.state(shape, by_resolution) } else { "deleted" },
                priority: shape.priority.as_ref().and_then(|priority| self.priorities.meaning(priority)),
                production: self.is_production(shape, in_production),
                resource,
            };
            put(&mut derived, found.created, *at, now);
        }
        let Some((_, end)) = derived.last().cloned() else { return Err("a history") };
        let mut history = steps(&derived);
        let mut state = end.state;
        if matches!(standing, Standing::Left(_)) && state != "deleted" {
            history.push(Step::state(self.left(&found), "deleted"));
            state = "deleted";
        }
        let ended = ended(&history);
        let of_scope = |id: String| Arc::new(Resource { id, kind: Kind::Service, scope: self.scope.clone() });
        let unknown = last.priority.as_ref().filter(|priority| self.priorities.meaning(priority).is_none());
        let body = Bug {
            key: issue.key.clone(),
            title: title(issue.fields.summary.as_deref().unwrap_or_default()),
            priority: end.priority,
            raw_priority: last.priority.as_ref().map(|priority| priority.name.clone()),
            production: end.production,
            status: Some(last.status.name.clone()),
            resolution: last.resolution.as_ref().map(|resolution| resolution.name.clone()),
            assignee: issue.fields.assignee.as_ref().and_then(Person::called).map(str::to_owned),
            labels: last.labels.clone(),
            components: last.components.iter().cloned().collect(),
            due: None,
        };
        Ok(Told {
            unknown_priority: unknown.map(|priority| priority.name.clone()),
            event: Event {
                kind: EventKind::Bug,
                id: issue.id.clone(),
                resource: of_scope(end.resource.clone()),
                at: found.created,
                ended,
                history,
                is_whole: true,
                body: to_fields(&body),
                check: Some(format!("{}/browse/{}", self.site, issue.key)),
            },
            hints: hints.into_iter().map(|(id, signs)| (of_scope(id), signs)).collect(),
            is_open: state == "open",
            kind: last.kind.id,
            is_early: found.is_early,
        })
    }

    /// When an issue left that is of the right type: by the last change of something that queries go by.
    fn left(&self, found: &Shapes) -> Instant {
        let sign = |shape: &Shape| (shape.project.id.clone(), shape.labels.clone(), shape.components.clone(), shape.custom.clone());
        let mut changes = found.all.windows(2).rev();
        changes.find(|pair| sign(&pair[0].1) != sign(&pair[1].1)).map_or(found.updated, |pair| pair[1].0)
    }

    fn is_bug(&self, kind: &Named, last: &Named, standing: Standing<'_>) -> bool {
        let of_config = || self.config.types.iter().any(|name| is_one(name, kind));
        match standing {
            Standing::Bug => kind == last || (!kind.id.is_empty() && kind.id == last.id) || of_config(),
            Standing::Left(known) => (!kind.id.is_empty() && kind.id == known) || of_config(),
        }
    }

    fn state(&self, shape: &Shape, by_resolution: bool) -> &'static str {
        match &shape.resolution {
            Some(resolution) if self.config.ignored_resolutions.iter().any(|name| is_one(name, resolution)) => "deleted",
            Some(_) => "resolved",
            None if !by_resolution && self.is_done(&shape.status) => "resolved",
            None => "open",
        }
    }

    fn is_done(&self, status: &Named) -> bool {
        if self.config.open_statuses.iter().any(|name| is_one(name, status)) {
            return false;
        }
        self.config.done_statuses.iter().any(|name| is_one(name, status)) || self.statuses.get(&status.id).copied().unwrap_or(false)
    }

    fn is_production(&self, shape: &Shape, in_production: bool) -> bool {
        let rule = &self.config.production;
        let is_labelled = || rule.labels.iter().any(|wanted| shape.labels.iter().any(|label| label.eq_ignore_ascii_case(wanted)));
        let is_set = || {
            rule.field.as_ref().is_some_and(|(field, wanted)| {
                self.values(shape, field).iter().any(|value| wanted.iter().any(|wanted| wanted.eq_ignore_ascii_case(value)))
            })
        };
        rule.is_all() || in_production || is_labelled() || is_set()
    }

    /// What stands in a custom field.
    fn values<'s>(&self, shape: &'s Shape, field: &str) -> &'s [String] {
        let position = self.custom.iter().position(|custom| custom.id == field);
        position.and_then(|position| shape.custom.get(position)).map_or(&[], Vec::as_slice)
    }

    /// What it happened to, and signs of whose that is.
    fn resource(&self, shape: &Shape) -> (String, Vec<Hint>) {
        let of_field = self.config.service_field.as_ref().and_then(|field| self.values(shape, field).first().cloned());
        let of_label = || {
            let named =
                |label: &String| self.config.service_labels.iter().find_map(|begin| label.strip_prefix(begin.as_str())).map(str::to_owned);
            shape.labels.iter().filter_map(named).filter(|name| !name.is_empty()).min()
        };
        if let Some(service) = of_field.filter(|name| !name.is_empty()).or_else(of_label) {
            return (format!("service/{service}"), vec![Hint::Ref(format!("service:{service}")), Hint::Name(service)]);
        }
        let project = format!("project/{}", shape.project.name);
        match shape.components.first() {
            Some(component) => {
                let hints = vec![Hint::Annotation(project.clone()), Hint::Name(component.clone())];
                (format!("{project}/component/{component}"), hints)
            }
            None => (project, vec![Hint::Name(shape.project.name.clone())]),
        }
    }
}

/// Whether a configured name or number is this.
fn is_one(configured: &str, named: &Named) -> bool {
    let configured = configured.trim();
    configured == named.id || configured.to_lowercase() == named.name.trim().to_lowercase()
}
