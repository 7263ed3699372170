//! From what Argo CD says of an application to deployments and signs of whose they are.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::collect::argocd::images::{is_version, version};
use crate::collect::argocd::wire::{Application, OperationState, Source, Synced};
use crate::collect::argocd::{ANNOTATION, Config};
use crate::collect::environment::{Place, of_environment, of_name};
use crate::model::event::{Deployment, Step, to_fields};
use crate::model::{Event, EventKind, Hint, Instant, Kind, Resource};

/// The namespace of Argo CD unless it says otherwise.
const USUAL_NAMESPACE: &str = "argocd";
/// How far ahead of this machine another may be.
const SKEW_SECONDS: i64 = 300;
/// Characters of a message that are kept.
const MESSAGE: usize = 300;

/// What is remembered of an application.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Known {
    /// Which application of this name it was.
    pub(crate) uid: Option<String>,
    /// The newest sync of its history.
    pub(crate) last: Option<i64>,
    /// The version that was told of it.
    pub(crate) version: Option<String>,
    /// When the last operation that was told of began, and in which phase it was.
    pub(crate) operation: Option<(Instant, String)>,
    /// The deployment that was going on, if its end is not told yet.
    pub(crate) open: Option<Deployment>,
}

/// What an application has to say.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Told {
    pub(crate) resource: Arc<Resource>,
    pub(crate) hints: Vec<Hint>,
    pub(crate) events: Vec<Event>,
    pub(crate) problems: Vec<String>,
    pub(crate) known: Known,
}

/// The name of an application: with its namespace where that is not Argo CD's own.
pub(crate) fn name_of(application: &Application) -> String {
    let own = application.status.controller_namespace.as_deref().unwrap_or(USUAL_NAMESPACE);
    match application.metadata.namespace.as_deref() {
        Some(namespace) if namespace != own => format!("{namespace}/{}", application.metadata.name),
        _ => application.metadata.name.clone(),
    }
}

/// The service that an application brings, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct About {
    pub(crate) service: String,
    pub(crate) place: Place,
}

/// By its labels, else by its name, its cluster and its namespace.
pub(crate) fn about(application: &Application, config: &Config) -> About {
    let meta = &application.metadata;
    let label = |names: &[String]| names.iter().find_map(|name| meta.labels.get(name)).filter(|value| !value.is_empty());
    let destination = &application.spec.destination;
    let of_text = |text: &Option<String>| of_name(text.as_deref()?).map(|(_, place)| place);
    let by_name = of_name(&meta.name);
    let (stem, found) = match &by_name {
        Some((stem, place)) if !stem.is_empty() => (stem.as_str(), Some(place.clone())),
        _ => (meta.name.as_str(), None),
    };
    let elsewhere = || [of_text(&destination.name), of_text(&destination.namespace)];
    let mut place = match label(&config.environment_labels) {
        Some(environment) => of_environment(environment),
        None => found.clone().or_else(|| elsewhere().into_iter().flatten().next()).unwrap_or_default(),
    };
    if let Some(region) = label(&config.region_labels) {
        place.region = Some(region.clone());
    } else if place.region.is_none() {
        let same = |other: &Place| other.environment == place.environment;
        place.region = found.into_iter().chain(elsewhere().into_iter().flatten()).filter(same).find_map(|place| place.region);
    }
    let service = label(&config.service_labels).cloned().unwrap_or_else(|| stem.to_owned());
    About { service, place }
}

/// Repositories that hold the manifests of several services: none of them is the service's own.
pub(crate) fn shared_repositories<'a>(all: impl Iterator<Item = (&'a Application, &'a About)>) -> BTreeSet<String> {
    let mut services: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for (application, about) in all {
        for source in sources(&application.spec.source, &application.spec.sources) {
            services.entry(repository(&source.repo_url)).or_default().insert(&about.service);
        }
    }
    services.into_iter().filter(|(_, services)| services.len() > 1).map(|(repository, _)| repository).collect()
}

/// The one source, or all of several.
fn sources<'a>(one: &'a Option<Source>, many: &'a [Source]) -> Vec<&'a Source> {
    if many.is_empty() { one.iter().filter(|source| !source.repo_url.is_empty()).collect() } else { many.iter().collect() }
}

/// A repository's address, in one spelling.
fn repository(url: &str) -> String {
    url.trim_end_matches('/').trim_end_matches(".git").to_lowercase()
}

fn is_commit(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// What to tell of an application beyond what is known.
pub(crate) fn told(
    application: &Application,
    about: &About,
    shared: &BTreeSet<String>,
    config: &Config,
    known: &Known,
    now: Instant,
) -> Told {
    let name = name_of(application);
    let resource = Arc::new(Resource { id: name.clone(), kind: Kind::Service, scope: config.scope() });
    let is_same = known.uid == application.metadata.uid;
    let teller = Teller { application, about, shared, name, resource, link: check(application, config) };
    let mut told = Told {
        resource: Arc::clone(&teller.resource),
        hints: teller.hints(),
        events: Vec::new(),
        problems: Vec::new(),
        known: if is_same { known.clone() } else { Known { uid: application.metadata.uid.clone(), ..Known::default() } },
    };
    let latest = now.plus_seconds(SKEW_SECONDS);
    let (mut history, ahead): (Vec<&Synced>, Vec<&Synced>) =
        application.status.history.iter().partition(|synced| synced.deployed_at <= latest);
    history.sort_by_key(|synced| synced.id);
    history.dedup_by_key(|synced| synced.id);
    if let Some(first) = ahead.first() {
        let message = format!(
            "{} says that it was synchronised at {}, which is to come: is a clock wrong? left out until then",
            teller.name, first.deployed_at
        );
        told.problems.push(message);
    }
    teller.history(&history, &mut told);
    teller.operation(&history, &mut told, latest);
    told
}

fn check(application: &Application, config: &Config) -> String {
    let meta = &application.metadata;
    let path = match &meta.namespace {
        Some(namespace) => format!("applications/{namespace}/{}", meta.name),
        None => format!("applications/{}", meta.name),
    };
    let mut url = config.at(&path);
    // A password in the address is nobody's to read.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.to_string()
}

/// One sync, as the history or an operation has it.
struct Sync<'a> {
    revision: Option<&'a str>,
    revisions: &'a [String],
    sources: Vec<&'a Source>,
    by: Option<&'a str>,
    automated: bool,
}

struct Teller<'a> {
    application: &'a Application,
    about: &'a About,
    shared: &'a BTreeSet<String>,
    name: String,
    resource: Arc<Resource>,
    link: String,
}

impl Teller<'_> {
    /// Whose it is: what an annotation says, the repository that is not one of many services, the name.
    fn hints(&self) -> Vec<Hint> {
        let meta = &self.application.metadata;
        let mut hints = vec![Hint::Annotation(self.name.clone())];
        if let Some(value) = meta.annotations.get(ANNOTATION).filter(|value| **value != self.name) {
            hints.push(Hint::Annotation(value.clone()));
        }
        for source in sources(&self.application.spec.source, &self.application.spec.sources) {
            let hint = Hint::Repository(source.repo_url.clone());
            if source.chart.is_none() && !self.shared.contains(&repository(&source.repo_url)) && !hints.contains(&hint) {
                hints.push(hint);
            }
        }
        hints.push(Hint::Name(self.about.service.clone()));
        hints
    }

    fn history(&self, history: &[&Synced], told: &mut Told) {
        let (Some(oldest), Some(newest)) = (history.first(), history.last()) else { return };
        // Numbers that are smaller than those known mean that the history began anew.
        let last = told.known.last.filter(|last| *last <= newest.id);
        if let Some(last) = last.filter(|last| oldest.id > last + 1) {
            let (lost, keeps) = (oldest.id - last - 1, self.application.spec.revision_history_limit.unwrap_or(10));
            told.problems.push(format!(
                "{}: {lost} syncs before {} are lost, since Argo CD remembers the last {keeps}; read more often, or raise revisionHistoryLimit",
                self.name, oldest.deployed_at
            ));
        }
        for (position, synced) in history.iter().enumerate() {
            let is_newest = position + 1 == history.len();
            let before = position.checked_sub(1).map(|before| history[before]);
            let body = self.body(&synced_of(synced), is_newest, before.map(synced_of).as_ref());
            let is_known = last.is_some_and(|last| synced.id <= last);
            let is_same = !is_newest || body.version.is_none() || body.version == told.known.version;
            if is_known && is_same {
                continue;
            }
            if is_newest {
                told.known.version.clone_from(&body.version);
            }
            let began = began(synced);
            let mut steps = vec![Step::state(began, "in_progress"), Step::state(synced.deployed_at, "success")];
            if began == synced.deployed_at {
                steps.remove(0);
            }
            told.events.push(self.event(began, Some(synced.deployed_at), steps, true, &body));
        }
        told.known.last = Some(newest.id);
    }

    fn operation(&self, history: &[&Synced], told: &mut Told, latest: Instant) {
        let current = self.application.status.operation_state.as_ref().filter(|state| state.started_at <= latest);
        // What was going on and is neither going on nor in the history has failed, or was replaced.
        if let Some((began_at, _)) = told.known.operation.clone()
            && let Some(body) = told.known.open.take()
            && current.is_none_or(|state| state.started_at != began_at)
            && history.iter().all(|synced| began(synced) != began_at)
            && history.first().is_none_or(|oldest| oldest.deployed_at < began_at)
        {
            let ended = current.map_or(latest.plus_seconds(-SKEW_SECONDS), |state| state.started_at);
            let text = "another sync followed before its end was seen, and the history does not hold it".to_owned();
            let body = Deployment { description: Some(text), ..body };
            let steps = vec![Step::state(began_at, "in_progress"), Step::state(ended, "error")];
            told.events.push(self.event(began_at, Some(ended), steps, true, &body));
        }
        let Some(state) = current else { return };
        if history.iter().any(|synced| began(synced) == state.started_at) {
            told.known.operation = Some((state.started_at, state.phase.clone()));
            told.known.open = None;
            return;
        }
        let sync = state.operation.sync.as_ref();
        // A trial, or some objects alone: Argo CD does not count it as a sync of the application either.
        if sync.is_some_and(|sync| sync.dry_run || !sync.resources.is_empty()) {
            return;
        }
        let word = match state.phase.as_str() {
            "Running" | "Terminating" => "in_progress",
            "Failed" if state.message.as_deref().is_some_and(|message| message.starts_with("Operation terminated")) => "cancelled",
            "Failed" => "failure",
            "Error" => "error",
            // Without an entry of the history nothing was deployed.
            "Succeeded" => return,
            other => {
                told.problems.push(format!("{}: the phase {other:?} of an operation is not known; left out", self.name));
                return;
            }
        };
        let now_known = (state.started_at, state.phase.clone());
        let was_told = told.known.operation.as_ref() == Some(&now_known);
        let mut body = self.body(&operation_of(state), false, None);
        if word != "in_progress" {
            body.description = state.message.as_deref().map(shortened).or(body.description);
        }
        told.known.open = (word == "in_progress").then(|| body.clone());
        told.known.operation = Some(now_known);
        if was_told {
            return;
        }
        let mut steps = vec![Step::state(state.started_at, "in_progress")];
        let ended = if word == "in_progress" { None } else { Some(state.finished_at.unwrap_or(state.started_at)) };
        if let Some(ended) = ended {
            steps.retain(|step| step.at < ended);
            steps.push(Step::state(ended, word));
        }
        told.events.push(self.event(state.started_at, ended, steps, true, &body));
    }

    fn event(&self, at: Instant, ended: Option<Instant>, history: Vec<Step>, is_whole: bool, body: &Deployment) -> Event {
        // A name may be given to another application later, whose history begins anew; two do not begin at one time.
        let id = format!("{}@{at}", self.name);
        let resource = Arc::clone(&self.resource);
        Event {
            kind: EventKind::Deployment,
            id,
            resource,
            at,
            ended,
            history,
            is_whole,
            body: to_fields(body),
            check: Some(self.link.clone()),
        }
    }

    /// What is deployed. Only of the newest sync is it known which images run.
    fn body(&self, sync: &Sync<'_>, is_newest: bool, before: Option<&Sync<'_>>) -> Deployment {
        let service = self.about.service.as_str();
        let own = |source: &Source| source.chart.is_none() && !self.shared.contains(&repository(&source.repo_url));
        let revisions: Vec<&str> = if sync.revisions.is_empty() {
            sync.revision.into_iter().collect()
        } else {
            sync.revisions.iter().map(String::as_str).collect()
        };
        let pairs = || sync.sources.iter().zip(&revisions);
        let commit = pairs().find(|(source, revision)| own(source) && is_commit(revision)).map(|(_, revision)| (*revision).to_owned());
        let chart = pairs().find(|(source, revision)| source.chart.is_some() && is_version(revision)).map(|(_, revision)| *revision);
        let images = self.application.status.summary.images.iter().map(String::as_str);
        let version = sync
            .sources
            .iter()
            .find_map(|source| of_source(source, service))
            .or_else(|| if is_newest { version(images, service) } else { None })
            .or_else(|| {
                sync.sources
                    .iter()
                    .filter(|source| own(source))
                    .filter_map(|source| source.target_revision.as_deref())
                    .find(|text| is_version(text))
            })
            .or(chart);
        let git_ref = pairs().filter(|(source, _)| own(source)).find_map(|(source, _)| source.target_revision.clone());
        let is_again = before
            .is_some_and(|before| (before.revision, before.revisions) == (sync.revision, sync.revisions) && before.sources == sync.sources);
        let manifests = pairs().find(|(source, revision)| !own(source) && is_commit(revision));
        let description = if is_again {
            Some("a sync of what was deployed already".to_owned())
        } else {
            // Of a repository of manifests the commit is not one of the service.
            manifests.map(|(source, revision)| format!("manifests {} at {}", source.repo_url, &revision[..12.min(revision.len())]))
        };
        Deployment {
            environment: self.about.place.environment.clone(),
            region: self.about.place.region.clone(),
            version: version.map(str::to_owned),
            commit,
            git_ref: git_ref.filter(|text| !is_commit(text)),
            by: sync.by.map(str::to_owned).or_else(|| sync.automated.then(|| "Argo CD".to_owned())),
            description,
            ..Deployment::default()
        }
    }
}

/// When a sync began; versions before 2.1 do not tell.
fn began(synced: &Synced) -> Instant {
    synced.deploy_started_at.filter(|began| *began <= synced.deployed_at).unwrap_or(synced.deployed_at)
}

fn synced_of(synced: &Synced) -> Sync<'_> {
    let by = &synced.initiated_by;
    Sync {
        revision: synced.revision.as_deref().filter(|text| !text.is_empty()),
        revisions: &synced.revisions,
        sources: sources(&synced.source, &synced.sources),
        by: by.username.as_deref().filter(|name| !name.is_empty()),
        automated: by.automated,
    }
}

fn operation_of(state: &OperationState) -> Sync<'_> {
    let (result, sync, by) = (state.sync_result.as_ref(), state.operation.sync.as_ref(), &state.operation.initiated_by);
    let some = |text: Option<&'_ String>| text.filter(|text| !text.is_empty()).map(|_| ());
    let of_result = result.filter(|result| some(result.revision.as_ref()).is_some() || !result.revisions.is_empty());
    Sync {
        revision: match of_result {
            Some(result) => result.revision.as_deref(),
            None => sync.and_then(|sync| sync.revision.as_deref()),
        }
        .filter(|text| !text.is_empty()),
        revisions: of_result.map_or_else(|| sync.map_or(&[][..], |sync| &sync.revisions), |result| &result.revisions),
        sources: result.map(|result| sources(&result.source, &result.sources)).unwrap_or_default(),
        by: by.username.as_deref().filter(|name| !name.is_empty()),
        automated: by.automated,
    }
}

/// The version that a source itself sets: an image of Kustomize, a parameter of Helm.
fn of_source<'a>(source: &'a Source, service: &str) -> Option<&'a str> {
    let images = source.kustomize.iter().flat_map(|kustomize| &kustomize.images);
    let images = images.map(|text| text.split_once('=').map_or(text.as_str(), |(_, image)| image));
    let parameters = || source.helm.iter().flat_map(|helm| &helm.parameters).filter(|parameter| !parameter.value.is_empty());
    let of = |names: &[String]| parameters().find(|parameter| names.contains(&parameter.name)).map(|parameter| parameter.value.as_str());
    version(images, service)
        .or_else(|| of(&[format!("{service}.image.tag"), "image.tag".to_owned(), "global.image.tag".to_owned(), "tag".to_owned()]))
}

fn shortened(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(MESSAGE) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}
