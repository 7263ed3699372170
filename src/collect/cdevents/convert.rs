//! From messages to deployments and signs of whose they are.

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::collect::cdevents::envelope::Message;
use crate::collect::cdevents::plain::{fill, needed, state, text, time};
use crate::collect::cdevents::purl::artifact;
use crate::collect::cdevents::{Pushed, Refusal, SKEW_SECONDS};
use crate::collect::environment::of_environment;
use crate::model::event::{Deployment, Step, to_fields};
use crate::model::{EntityRef, Event, EventKind, Hint, Instant, Kind, Resource};

/// The event in a message; none if its type is not read.
pub(super) fn pushed(message: &Message, sender: &str, now: Instant) -> Result<Option<Pushed>, Refusal> {
    match message {
        Message::Plain(fields) => plain(fields, sender, now).map(Some),
        Message::Other(_) => Ok(None),
        Message::Event { kind, event } => {
            let mut parts = kind.strip_prefix("dev.cdevents.").unwrap_or_default().split('.');
            let (subject, predicate) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
            match (subject, predicate) {
                ("service", "deployed" | "upgraded" | "rolledback" | "removed") => of_service(event, predicate, sender, now).map(Some),
                _ => Ok(None),
            }
        }
    }
}

fn object<'a>(fields: &'a Map<String, Value>, key: &str, name: &str) -> Result<&'a Map<String, Value>, Refusal> {
    fields.get(key).and_then(Value::as_object).ok_or_else(|| Refusal::event(name, "is missing, or no object"))
}

/// A service was deployed, upgraded, rolled back or removed.
fn of_service(event: &Map<String, Value>, predicate: &str, sender: &str, now: Instant) -> Result<Pushed, Refusal> {
    let context = object(event, "context", "context")?;
    let subject = object(event, "subject", "subject")?;
    let content = object(subject, "content", "subject.content")?;
    let environment = object(content, "environment", "subject.content.environment")?;
    let source = needed(context, "source", "context.source")?;
    let id = needed(context, "id", "context.id")?;
    let at = time(context, "timestamp", "context.timestamp")?.ok_or_else(|| Refusal::event("context.timestamp", "is missing"))?;
    let service = needed(subject, "id", "subject.id")?;
    let place = of_environment(needed(environment, "id", "subject.content.environment.id")?);
    let artifact_id = text(content, "artifactId");
    let artifact = artifact_id.map(artifact).unwrap_or_default();
    let mut deployment = Deployment {
        environment: place.environment,
        region: place.region,
        version: artifact.version,
        commit: artifact.commit,
        rollback: predicate == "rolledback",
        ..Deployment::default()
    };
    let none = Map::new();
    let custom = event.get("customData").and_then(Value::as_object).unwrap_or(&none);
    fill(&mut deployment, custom);
    if deployment.version.is_none() && deployment.commit.is_none() {
        deployment.description = deployment.description.or_else(|| artifact_id.map(str::to_owned));
    }
    let state = if predicate == "removed" { "removed" } else { "success" };
    let repository = text(custom, "repository").map(str::to_owned).or(artifact.repository);
    let check = [text(custom, "log"), Some(source)].into_iter().flatten().find(|text| is_address(text)).map(str::to_owned);
    let told = Told { id: format!("{source}#{id}"), service, state, at, began: at, is_whole: true, check };
    told.pushed(sender, &deployment, repository, now)
}

fn plain(fields: &Map<String, Value>, sender: &str, now: Instant) -> Result<Pushed, Refusal> {
    let id = needed(fields, "id", "id")?;
    let service = needed(fields, "service", "service")?;
    let place = of_environment(needed(fields, "environment", "environment")?);
    let state = state(fields)?.unwrap_or("success");
    let at = time(fields, "at", "at")?.unwrap_or(now);
    let began = time(fields, "startedAt", "startedAt")?.unwrap_or(at);
    if began > at {
        return Err(Refusal::event("startedAt", format!("{began} is after `at`, {at}")));
    }
    let mut deployment = Deployment { environment: place.environment, region: place.region, ..Deployment::default() };
    fill(&mut deployment, fields);
    let check = ["log", "url"].into_iter().filter_map(|key| text(fields, key)).find(|text| is_address(text)).map(str::to_owned);
    let told = Told { id: format!("{sender}#{id}"), service, state, at, began, is_whole: false, check };
    told.pushed(sender, &deployment, text(fields, "repository").map(str::to_owned), now)
}

/// What every message tells.
struct Told<'a> {
    id: String,
    service: &'a str,
    state: &'static str,
    at: Instant,
    began: Instant,
    is_whole: bool,
    check: Option<String>,
}

impl Told<'_> {
    fn pushed(self, sender: &str, deployment: &Deployment, repository: Option<String>, now: Instant) -> Result<Pushed, Refusal> {
        if self.at > now.plus_seconds(SKEW_SECONDS) {
            return Err(Refusal::Future { at: self.at, now });
        }
        // Ids of subjects may be paths: /namespaces/payments/billing.
        let name = self.service.trim_end_matches('/').rsplit('/').next().unwrap_or(self.service);
        let mut hints = Vec::new();
        let mut named = name;
        if let Ok(reference) = self.service.parse::<EntityRef>() {
            named = self.service.split_once(':').map_or(name, |(_, name)| name);
            hints.push(Hint::Ref(reference.to_string()));
        }
        hints.extend(repository.map(Hint::Repository));
        hints.push(Hint::Name(named.to_owned()));
        let mut history = vec![Step::state(self.at, self.state)];
        if self.began < self.at {
            history.insert(0, Step::state(self.began, "in_progress"));
        }
        let is_over = !matches!(self.state, "queued" | "in_progress");
        let mut body = to_fields(deployment);
        if !self.is_whole && !deployment.rollback {
            // What a message does not speak of stays as another said.
            body.remove("rollback");
        }
        let resource = Resource { id: self.service.to_owned(), kind: Kind::Service, scope: sender.to_owned() };
        let event = Event {
            kind: EventKind::Deployment,
            id: self.id,
            resource: Arc::new(resource),
            at: self.began,
            ended: is_over.then_some(self.at),
            history,
            is_whole: self.is_whole,
            body,
            check: self.check,
        };
        Ok(Pushed { event, hints })
    }
}

fn is_address(text: &str) -> bool {
    text.starts_with("https://") || text.starts_with("http://")
}
