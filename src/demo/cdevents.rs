//! What tools of the company push: CDEvents, and plain deployments of teams that have none.
//!
//! # Invariants
//! - Written from what is published: the schemas of cdevents/spec 0.5, its binding to CloudEvents, and the header of spot's
//!   own webhook.
//! - What is due follows from the company and the stretch of time alone.

use std::ops::Range;

use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::demo::company::Company;
use crate::demo::company::delivery::{CommitIds, Deployment, Outcome, Tool};
use crate::model::Instant;

/// Longer than any deployment waits and takes, in seconds.
const LONGEST: i64 = 2 * 86_400;

/// A request to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Push {
    /// Headers by name.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: String,
}

/// Messages beyond which a tool that was away sends many at once.
const MANY: usize = 200;
/// How many it sends at once then.
const AT_ONCE: usize = 400;

/// A message, before it travels.
enum Message {
    /// A plain deployment.
    Plain(Value),
    /// A CDEvent that travels in binary mode.
    Binary(Value),
    /// One that travels in structured mode.
    Structured(Value),
}

/// The requests that tell of what happened in a stretch of time, in its order, signed at `sent` with `secret`. After a
/// long stretch many messages travel in one request.
#[must_use]
pub fn pushes(company: &Company, ids: &CommitIds, range: &Range<Instant>, sent: Instant, secret: &str) -> Vec<Push> {
    let delivery = &company.delivery;
    let around = range.start.plus_seconds(-LONGEST)..range.end;
    let mut due: Vec<(Instant, Message)> = Vec::new();
    for position in delivery.deployments_between(&around) {
        let deployment = &delivery.deployments[position];
        let service = delivery.service_of(deployment);
        if service.tool != Tool::Webhook {
            continue;
        }
        let teller = Teller { company, ids, position, deployment };
        // Who counts the letters of a system's name knows how its team tells.
        let habit = service.system.len() % 3;
        if habit == 0 && range.contains(&deployment.started()) {
            due.push((deployment.started(), Message::Plain(teller.plain(false))));
        }
        if range.contains(&deployment.finished()) {
            let message = match habit {
                0 => Message::Plain(teller.plain(true)),
                // CDEvents has no word for a deployment that failed.
                _ if deployment.outcome != Outcome::Success => continue,
                1 => Message::Binary(teller.event()),
                _ => Message::Structured(teller.event()),
            };
            due.push((deployment.finished(), message));
        }
    }
    due.sort_by_key(|(at, _)| *at);
    let messages: Vec<Message> = due.into_iter().map(|(_, message)| message).collect();
    if messages.len() <= MANY {
        return messages.into_iter().map(|message| alone(message, sent, secret)).collect();
    }
    let (mut plain, mut events) = (Vec::new(), Vec::new());
    for message in messages {
        match message {
            Message::Plain(told) => plain.push(told),
            Message::Binary(event) | Message::Structured(event) => events.push(structured(&event)),
        }
    }
    let lists = |kind: &'static str, all: Vec<Value>| {
        let lists: Vec<Push> = all.chunks(AT_ONCE).map(|some| signed(kind, Vec::new(), &Value::from(some), sent, secret)).collect();
        lists
    };
    let mut all = lists("application/json", plain);
    all.extend(lists("application/cloudevents-batch+json", events));
    all
}

fn alone(message: Message, sent: Instant, secret: &str) -> Push {
    match message {
        Message::Plain(told) => signed("application/json", Vec::new(), &told, sent, secret),
        Message::Structured(event) => signed("application/cloudevents+json", Vec::new(), &structured(&event), sent, secret),
        Message::Binary(event) => {
            let of = |pointer: &str| event.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
            let attributes = vec![
                ("ce-specversion", "1.0".to_owned()),
                ("ce-id", of("/context/id")),
                ("ce-source", of("/context/source")),
                ("ce-type", of("/context/type")),
                ("ce-subject", of("/subject/id")),
                ("ce-time", of("/context/timestamp")),
            ];
            signed("application/json", attributes, &event, sent, secret)
        }
    }
}

fn structured(event: &Value) -> Value {
    json!({
        "specversion": "1.0", "id": event["context"]["id"], "source": event["context"]["source"], "type": event["context"]["type"],
        "subject": event["subject"]["id"], "time": event["context"]["timestamp"], "datacontenttype": "application/json", "data": event,
    })
}

fn signed(kind: &str, mut headers: Vec<(&'static str, String)>, body: &Value, sent: Instant, secret: &str) -> Push {
    let (body, time) = (body.to_string(), sent.micros().div_euclid(1_000_000).to_string());
    let mut digits = String::new();
    if let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) {
        mac.update(format!("{time}.{body}").as_bytes());
        digits = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    }
    headers.push(("content-type", kind.to_owned()));
    headers.push(("x-spot-timestamp", time));
    headers.push(("x-spot-signature", format!("sha256={digits}")));
    Push { headers, body }
}

struct Teller<'a> {
    company: &'a Company,
    ids: &'a CommitIds,
    position: usize,
    deployment: &'a Deployment,
}

impl Teller<'_> {
    fn place(&self) -> String {
        let delivery = &self.company.delivery;
        format!("{}-{}", delivery.environment_of(self.deployment).word(), delivery.region_of(self.deployment).name)
    }

    /// What the tool says beyond the schema.
    fn more(&self) -> Value {
        let (delivery, deployment) = (&self.company.delivery, self.deployment);
        let service = delivery.service_of(deployment);
        let repository = &self.company.repositories[service.repository];
        let mut more = json!({
            "version": delivery.version(deployment, self.ids),
            "commit": self.ids.of(service.repository, deployment.commit as usize),
            "ref": repository.default_branch,
            "by": self.company.people[deployment.by as usize].login,
            "repository": format!("{}/{}", self.company.login, repository.name.at(deployment.queued)),
            "log": format!("https://deployer.example/runs/{}", self.position),
        });
        if let Some(number) = deployment.pull_request {
            more["pullRequest"] = number.get().into();
        }
        more
    }

    /// A plain deployment: that it began, or how it ended.
    fn plain(&self, is_over: bool) -> Value {
        let deployment = self.deployment;
        let state = match deployment.outcome {
            _ if !is_over => "in_progress",
            Outcome::Success => "success",
            Outcome::Failure => "failure",
            Outcome::Cancelled => "cancelled",
        };
        let mut told = self.more();
        let at = if is_over { deployment.finished() } else { deployment.started() };
        let service = self.company.delivery.service_of(deployment);
        for (key, value) in [
            ("id", self.position.to_string()),
            ("service", service.name.clone()),
            ("environment", self.place()),
            ("state", state.to_owned()),
            ("at", at.to_string()),
            ("startedAt", deployment.started().to_string()),
        ] {
            told[key] = value.into();
        }
        if deployment.undoes().is_some() {
            told["rollback"] = true.into();
        }
        told
    }

    /// A CDEvent: what was there before decides whether it is called deployed, upgraded or rolled back.
    fn event(&self) -> Value {
        let (delivery, deployment) = (&self.company.delivery, self.deployment);
        let service = delivery.service_of(deployment);
        let before = delivery.deployments_at(deployment.service as usize, usize::from(deployment.placement), deployment.queued);
        let predicate = match deployment.undoes() {
            Some(_) => "rolledback",
            None if before.len() > 1 => "upgraded",
            None => "deployed",
        };
        let version = delivery.version(deployment, self.ids);
        json!({
            "context": {
                "specversion": "0.5.1",
                "id": format!("deployment-{}", self.position),
                "source": format!("/deployer/{}", service.system),
                "type": format!("dev.cdevents.service.{predicate}.0.3.0"),
                "timestamp": deployment.finished().to_string(),
            },
            "subject": {
                "id": format!("{}/{}", service.system, service.name),
                "source": format!("/deployer/{}", service.system),
                "content": {
                    "environment": { "id": self.place() },
                    "artifactId": format!("pkg:oci/{}@sha256%3A{:064x}?tag={version}", service.name, self.position),
                },
            },
            "customData": self.more(),
        })
    }
}
