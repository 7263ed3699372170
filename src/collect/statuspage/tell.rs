//! Telling of incidents: what both readings, of the present and of the past, share.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::collect::http::Error;
use crate::collect::incidents::{Unfit, resource};
use crate::collect::statuspage::Config;
use crate::collect::statuspage::client::{Client, Part, describe};
use crate::collect::statuspage::convert::{created, ended, hints, is_maintenance, time, told};
use crate::collect::statuspage::wire::Incident;
use crate::collect::{Item, Memory, Sink, Stopped};
use crate::model::{Extent, Instant, Problem, Reading};

/// How long the list of components is good for, but for a few minutes.
const COMPONENTS_SECONDS: i64 = 86_400 - 600;

/// When components were listed, and what they are called.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Components {
    at: Option<Instant>,
    names: BTreeMap<String, String>,
}

/// What is remembered of an incident that was open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Open {
    /// When it began.
    pub(super) at: Instant,
    /// When it was created, by which lists are in order.
    pub(super) created: Instant,
    /// The id of what it happened to.
    pub(super) resource: String,
}

/// Puts what was read of incidents, and remembers what is open.
pub(super) struct Teller<'a> {
    pub(super) client: &'a Client<'a>,
    pub(super) config: &'a Config,
    pub(super) scope: String,
    pub(super) now: Instant,
    pub(super) sink: &'a Sink,
    /// Something could not be read.
    pub(super) is_lacking: bool,
    /// What is open, as far as is known.
    pub(super) open: BTreeMap<String, Open>,
    /// Incidents that were told, by when they had changed last.
    pub(super) told: BTreeMap<String, Option<Instant>>,
    /// What components are called.
    names: BTreeMap<String, String>,
    /// Resources whose signs were told.
    hinted: BTreeSet<String>,
    /// What means nothing, with the first incident that has it.
    unknown: BTreeMap<String, String>,
    /// How many are not what they should be, and what is wrong with the first.
    odd: Option<(usize, String)>,
}

impl<'a> Teller<'a> {
    pub(super) fn new(client: &'a Client<'a>, config: &'a Config, now: Instant, sink: &'a Sink) -> Self {
        let (open, told, names, hinted, unknown) = Default::default();
        Self { client, config, scope: config.scope(), now, sink, is_lacking: false, open, told, names, hinted, unknown, odd: None }
    }

    /// The key of what is remembered of this page.
    pub(super) fn key(&self, what: &str) -> String {
        format!("{what}:{}", self.scope)
    }

    /// What is remembered.
    pub(super) fn recall<T: for<'de> Deserialize<'de>>(&self, memory: &Memory, what: &str) -> Option<T> {
        memory.get(&self.key(what)).and_then(|value| serde_json::from_value(value.clone()).ok())
    }

    pub(super) async fn remember<T: Serialize>(&self, what: &str, value: &T) -> Result<(), Stopped> {
        let value = serde_json::to_value(value).unwrap_or_default();
        self.sink.put(Item::Remember { key: self.key(what), value }).await
    }

    /// Tells whose components are, once a day.
    pub(super) async fn components(&mut self, memory: &Memory) -> Result<(), Stopped> {
        let known: Components = self.recall(memory, "components").unwrap_or_default();
        self.hinted = known.names.keys().cloned().collect();
        self.names = known.names;
        if known.at.is_some_and(|at| at.plus_seconds(COMPONENTS_SECONDS) > self.now && at <= self.now) {
            return Ok(());
        }
        let listed = match self.client.components().await {
            Ok(listed) => listed,
            Err(Error::Stopped) => return Err(Stopped),
            Err(error) => {
                self.is_lacking = true;
                return self.problem(None, format!("the components cannot be listed: {}", describe(self.config, &error))).await;
            }
        };
        if let Some((count, first)) = &listed.odd {
            self.is_lacking = true;
            self.problem(None, format!("{count} components cannot be read; the first is {first}")).await?;
        }
        for component in listed.items.iter().filter(|component| !component.group) {
            let name = component.name.as_deref().map(str::trim).filter(|name| !name.is_empty());
            self.names.insert(component.id.clone(), name.unwrap_or_default().to_owned());
            self.hinted.insert(component.id.clone());
            let hints = hints(&component.id, name);
            self.sink.put(Item::Hints { resource: resource(&self.scope, &component.id), hints }).await?;
        }
        self.remember("components", &Components { at: Some(self.now), names: self.names.clone() }).await
    }

    /// Tells of all incidents of a part of a list.
    pub(super) async fn part(&mut self, part: Part<Incident>) -> Result<(), Stopped> {
        if let Some((count, first)) = part.odd {
            self.is_lacking = true;
            self.odd.get_or_insert((0, first)).0 += count;
        }
        for incident in &part.items {
            self.incident(incident).await?;
        }
        Ok(())
    }

    /// Tells of one incident. What is told twice, on two pages, counts as it is later.
    pub(super) async fn incident(&mut self, incident: &Incident) -> Result<(), Stopped> {
        let id = &incident.id;
        let updated = time(incident.updated_at.as_deref());
        if self.told.get(id).is_some_and(|known| *known >= updated) {
            return Ok(());
        }
        self.told.insert(id.clone(), updated);
        if is_maintenance(incident) {
            // It may have been taken for an incident before.
            return self.cancel(id).await;
        }
        let found = match told(self.config, &self.scope, self.now, incident, &self.names) {
            Ok(found) => found,
            Err(Unfit::Lacks(what)) => {
                self.is_lacking = true;
                return self.problem(Some(id.clone()), format!("{what}; it is left out")).await;
            }
            Err(Unfit::ToCome(at)) => {
                self.is_lacking = true;
                let message = format!("it is said to begin at {at}, which is to come: is a clock wrong? It is left out until then");
                return self.problem(Some(id.clone()), message).await;
            }
        };
        for (part, hints) in found.parts {
            if self.hinted.insert(part.clone()) {
                self.sink.put(Item::Hints { resource: resource(&self.scope, &part), hints }).await?;
            }
        }
        for problem in found.problems {
            self.problem(Some(id.clone()), problem).await?;
        }
        for word in found.unknown {
            self.unknown.entry(word).or_insert_with(|| id.clone());
        }
        if found.event.ended.is_none() {
            let (at, resource) = (found.event.at, found.event.resource.id.clone());
            self.open.insert(id.clone(), Open { at, created: created(incident).unwrap_or(at), resource });
        } else {
            self.open.remove(id);
        }
        self.sink.put(Item::Event(found.event)).await
    }

    /// An incident that was open was none, or is there no more.
    pub(super) async fn cancel(&mut self, id: &str) -> Result<(), Stopped> {
        self.end(id, "cancelled").await
    }

    /// An incident that was open is not any more, and nobody tells since when.
    pub(super) async fn end(&mut self, id: &str, state: &'static str) -> Result<(), Stopped> {
        let Some(open) = self.open.remove(id) else { return Ok(()) };
        self.sink.put(Item::Event(ended(id, &self.scope, &open.resource, open.at, self.now, state))).await
    }

    /// Says once what was found more than once.
    pub(super) async fn report(&self) -> Result<(), Stopped> {
        if let Some((count, first)) = &self.odd {
            self.problem(None, format!("{count} incidents cannot be read; the first is {first}")).await?;
        }
        for (word, first) in &self.unknown {
            let advice = if word.starts_with("the impact") { ": add it to statuspage.severities" } else { " and changes nothing" };
            self.problem(None, format!("{word}, as that of {first}, means nothing{advice}")).await?;
        }
        Ok(())
    }

    /// How completely the present was read.
    pub(super) async fn extent(&self, reading: Reading) -> Result<(), Stopped> {
        let extent = Extent { scope: self.scope.clone(), kind: None, reading, counted: None, evidence: None };
        self.sink.put(Item::Extent(extent)).await
    }

    pub(super) async fn problem(&self, path: Option<String>, message: String) -> Result<(), Stopped> {
        self.sink.put(Item::Problem(Problem { scope: self.scope.clone(), path, line: None, message })).await
    }
}
