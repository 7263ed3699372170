//! From an issue and its shapes to an event, and signs of whose it is.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value};

use crate::collect::bugs::{Derived, changes, left, put, steps, title};
use crate::collect::features::kept;
use crate::collect::jira::Config;
use crate::collect::jira::priority::Priorities;
use crate::collect::jira::shape::{Custom, Shape, Shapes, had_resolution, shapes};
use crate::collect::jira::sort::Sort;
use crate::collect::jira::time::AskersZone;
use crate::collect::jira::wire::{History, Issue, Named, Person, Stage};
use crate::model::event::{Step, to_fields};
use crate::model::trouble::{Bug, Priority, Severity};
use crate::model::{Event, Hint, Instant, Kind, Resource};

/// What it takes to understand a site's issues.
#[derive(Clone, Debug)]
pub(super) struct Rules<'a> {
    pub(super) config: &'a Config,
    pub(super) scope: String,
    /// The address before `/browse/KEY`.
    pub(super) site: String,
    pub(super) zone: AskersZone,
    pub(super) priorities: Priorities,
    /// How far statuses are by their categories, by number.
    pub(super) statuses: BTreeMap<String, Stage>,
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
    /// It goes on.
    pub(super) is_open: bool,
    /// The number of its type.
    pub(super) kind: String,
    /// A priority that means nothing to us.
    pub(super) unknown_priority: Option<String>,
    /// Something is said to have been before it was created.
    pub(super) is_early: bool,
}

/// How an issue is found of which an event is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing<'a> {
    /// The query of its sort finds it.
    Found,
    /// The query does not find it any more; once it was of this type.
    Left(&'a str),
}

/// An issue, as it is and was.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen<'a> {
    pub(super) issue: &'a Issue,
    pub(super) found: &'a Shapes,
    /// Its state goes by its resolution.
    pub(super) by_resolution: bool,
    pub(super) standing: Standing<'a>,
}

impl Seen<'_> {
    /// As it is now.
    pub(super) fn last(&self) -> Shape {
        self.found.all.last().map(|(_, shape)| shape.clone()).unwrap_or_default()
    }
}

/// A place that an issue is about, and signs of whose it is.
pub(super) type Place = (String, Vec<Hint>);

/// What became of an issue as one of a sort.
#[derive(Clone, Debug)]
pub(super) struct Lived {
    pub(super) history: Vec<Step>,
    pub(super) body: Map<String, Value>,
    /// The id of what it happened to, as it ended.
    pub(super) resource: String,
    /// All that it ever happened to.
    pub(super) places: BTreeMap<String, Vec<Hint>>,
}

impl Rules<'_> {
    /// The event of an issue, as one of a sort. `in_production` is what a query says of a bug, if one is configured.
    ///
    /// # Errors
    /// What is missing that an event must have.
    pub(super) fn told(
        &self,
        sort: Sort,
        issue: &Issue,
        histories: &[History],
        in_production: bool,
        standing: Standing<'_>,
    ) -> Result<Told, &'static str> {
        let key = |id: &str| self.projects.get(id).cloned();
        let found: Shapes = shapes(issue, histories, &self.custom, &self.zone, &key)?;
        let seen = Seen { issue, found: &found, by_resolution: had_resolution(issue, histories), standing };
        let Lived { history, body, resource, places } = match sort {
            Sort::Bug => self.bug(seen, in_production),
            Sort::Incident => self.incident(seen),
            Sort::SupportCase => self.support_case(seen),
        };
        let last = seen.last();
        let unknown = last.priority.as_ref().filter(|priority| !self.means(sort, priority));
        let of_scope = |id: String| Arc::new(Resource { id, kind: Kind::Service, scope: self.scope.clone() });
        let ended = left(&history, sort.going());
        Ok(Told {
            unknown_priority: unknown.map(|priority| priority.name.clone()),
            event: Event {
                kind: sort.kind(),
                id: issue.id.clone(),
                resource: of_scope(resource),
                at: found.created,
                ended,
                history,
                is_whole: true,
                body,
                check: Some(format!("{}/browse/{}", self.site, issue.key)),
            },
            hints: places.into_iter().map(|(id, signs)| (of_scope(id), signs)).collect(),
            is_open: ended.is_none(),
            kind: last.kind.id,
            is_early: found.is_early,
        })
    }

    fn bug(&self, seen: Seen<'_>, in_production: bool) -> Lived {
        let Seen { issue, found, by_resolution, standing } = seen;
        let last = seen.last();
        let mut places: BTreeMap<String, Vec<Hint>> = BTreeMap::new();
        let mut derived: Vec<(Instant, Derived)> = Vec::new();
        for (at, shape) in &found.all {
            let is_bug = self.is_bug(&shape.kind, &last.kind, standing);
            let (resource, signs) = self.place(shape);
            places.entry(resource.clone()).or_insert(signs);
            let now = Derived {
                state: if is_bug { self.state(shape, by_resolution) } else { "deleted" },
                priority: shape.priority.as_ref().and_then(|priority| self.priorities.meaning(priority)),
                production: self.is_production(shape, in_production),
                resource,
            };
            put(&mut derived, found.created, *at, now);
        }
        let end = derived.last().map(|(_, end)| end.clone());
        let mut history = steps(&derived);
        if matches!(standing, Standing::Left(_)) && end.as_ref().is_some_and(|end| end.state != "deleted") {
            history.push(Step::state(self.changed(found), "deleted"));
        }
        let body = Bug {
            key: issue.key.clone(),
            title: title(issue.fields.summary.as_deref().unwrap_or_default()),
            priority: end.as_ref().and_then(|end| end.priority),
            raw_priority: last.priority.as_ref().map(|priority| priority.name.clone()),
            production: end.as_ref().is_some_and(|end| end.production),
            status: Some(last.status.name.clone()),
            resolution: last.resolution.as_ref().map(|resolution| resolution.name.clone()),
            assignee: assignee(issue),
            labels: last.labels.clone(),
            components: last.components.iter().cloned().collect(),
            due: None,
        };
        Lived { history, body: to_fields(&body), resource: end.map(|end| end.resource).unwrap_or_default(), places }
    }

    /// Since when an issue that is no bug is none any more of what it was; none if it still is.
    fn gone(&self, seen: &Seen<'_>) -> Option<Instant> {
        let Standing::Left(known) = seen.standing else { return None };
        let all = &seen.found.all;
        let was = all.iter().rposition(|(_, shape)| !known.is_empty() && shape.kind.id == known);
        let after = was.and_then(|was| all.get(was + 1)).map(|(at, _)| *at);
        Some(after.unwrap_or_else(|| self.changed(seen.found)))
    }

    /// All steps of a life of which `fields` are made from each shape, and from whether it is none any more.
    pub(super) fn steps<const N: usize>(&self, seen: &Seen<'_>, fields: impl Fn(&Shape, bool) -> [(&'static str, Value); N]) -> Vec<Step> {
        let gone = self.gone(seen);
        let mut life = Vec::new();
        for (at, shape) in &seen.found.all {
            put(&mut life, seen.found.created, *at, fields(shape, gone.is_some_and(|gone| gone <= *at)));
        }
        let last = seen.found.all.last().map(|(at, _)| *at);
        life.extend(gone.zip(last).map(|(gone, last)| (gone.max(last), fields(&seen.last(), true))));
        changes(life)
    }

    /// When an issue left that is of the right type: by the last change of something that queries go by.
    fn changed(&self, found: &Shapes) -> Instant {
        let sign = |shape: &Shape| (shape.project.id.clone(), shape.labels.clone(), shape.components.clone(), shape.custom.clone());
        let mut changes = found.all.windows(2).rev();
        changes.find(|pair| sign(&pair[0].1) != sign(&pair[1].1)).map_or(found.updated, |pair| pair[1].0)
    }

    fn is_bug(&self, kind: &Named, last: &Named, standing: Standing<'_>) -> bool {
        let of_config = || self.config.types.iter().any(|name| is_one(name, kind));
        match standing {
            Standing::Found => kind == last || (!kind.id.is_empty() && kind.id == last.id) || of_config(),
            Standing::Left(known) => (!kind.id.is_empty() && kind.id == known) || of_config(),
        }
    }

    /// open, resolved, or deleted if it turned out to be none.
    pub(super) fn state(&self, shape: &Shape, by_resolution: bool) -> &'static str {
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
        self.config.done_statuses.iter().any(|name| is_one(name, status)) || self.stage(status) == Some(Stage::Done)
    }

    /// How far a status is; none if that is not known.
    pub(super) fn stage(&self, status: &Named) -> Option<Stage> {
        self.statuses.get(&status.id).copied()
    }

    /// Whether it is known what a priority means.
    pub(super) fn means(&self, sort: Sort, priority: &Named) -> bool {
        match sort {
            Sort::Incident => self.severity(priority).is_some(),
            Sort::Bug | Sort::SupportCase => self.priorities.meaning(priority).is_some(),
        }
    }

    /// How bad an incident of a priority is; none if that is not known.
    pub(super) fn severity(&self, priority: &Named) -> Option<Severity> {
        let configured = self.config.severities.iter().find(|(name, _)| is_one(name, priority)).map(|(_, severity)| *severity);
        configured.or_else(|| {
            Some(match self.priorities.meaning(priority)? {
                Priority::Critical => Severity::Critical,
                Priority::High => Severity::Major,
                Priority::Medium | Priority::Low => Severity::Minor,
            })
        })
    }

    /// Which parts of the product an issue is about.
    pub(super) fn features(&self, shape: &Shape) -> Vec<String> {
        let of_field = self.config.feature_field.iter().flat_map(|field| self.values(shape, field)).map(String::as_str);
        let mut of_labels = named(&shape.labels, &self.config.feature_labels);
        of_labels.sort_unstable();
        let components = shape.components.iter().filter(|_| self.config.components_are_features).map(String::as_str);
        kept(of_field.chain(of_labels).chain(components))
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
    pub(super) fn place(&self, shape: &Shape) -> Place {
        let mut places = self.places(shape);
        places.swap_remove(0)
    }

    /// The same, if it happened to several; never nothing.
    pub(super) fn places(&self, shape: &Shape) -> Vec<Place> {
        let of_field = self.config.service_field.iter().flat_map(|field| self.values(shape, field)).filter(|name| !name.is_empty());
        let mut services: Vec<&str> = of_field.map(String::as_str).collect();
        if services.is_empty() {
            services = named(&shape.labels, &self.config.service_labels);
            services.sort_unstable();
        }
        if !services.is_empty() {
            let service =
                |name: &&str| (format!("service/{name}"), vec![Hint::Ref(format!("service:{name}")), Hint::Name((*name).to_owned())]);
            return services.iter().map(service).collect();
        }
        let project = format!("project/{}", shape.project.name);
        if shape.components.is_empty() {
            return vec![(project, vec![Hint::Name(shape.project.name.clone())])];
        }
        let component = |name: &String| {
            let hints = vec![Hint::Annotation(project.clone()), Hint::Name(name.clone())];
            (format!("{project}/component/{name}"), hints)
        };
        shape.components.iter().map(component).collect()
    }
}

/// What labels name that begin with one of these.
fn named<'l>(labels: &'l [String], begins: &[String]) -> Vec<&'l str> {
    let after = |label: &'l String| begins.iter().find_map(|begin| label.strip_prefix(begin.as_str()));
    labels.iter().filter_map(after).filter(|name| !name.is_empty()).collect()
}

/// Who works on an issue.
pub(super) fn assignee(issue: &Issue) -> Option<String> {
    issue.fields.assignee.as_ref().and_then(Person::called).map(str::to_owned)
}

/// Whether a configured name or number is this.
pub(super) fn is_one(configured: &str, named: &Named) -> bool {
    let configured = configured.trim();
    configured == named.id || configured.to_lowercase() == named.name.trim().to_lowercase()
}
