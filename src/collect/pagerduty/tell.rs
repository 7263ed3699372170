//! Telling of incidents: what both readings, of the present and of the past, share.

use std::collections::{BTreeMap, BTreeSet};

use crate::collect::http::Error;
use crate::collect::incidents::{Unfit, resource};
use crate::collect::pagerduty::client::{Client, describe};
use crate::collect::pagerduty::convert::{began, features, hints_of, time, told};
use crate::collect::pagerduty::wire::{FieldValues, Incident, LogEntry, OneIncident};
use crate::collect::pagerduty::{Config, Features};
use crate::collect::{Item, Sink, Stopped};
use crate::model::{Instant, Problem};

/// Puts what was read of incidents, and remembers what was lacking.
pub(super) struct Teller<'a> {
    pub(super) client: &'a Client<'a>,
    pub(super) config: &'a Config,
    pub(super) scope: String,
    pub(super) now: Instant,
    pub(super) sink: &'a Sink,
    /// Services whose signs were told.
    pub(super) services: BTreeSet<String>,
    /// Incidents that have to be read once more.
    pub(super) again: BTreeSet<String>,
    /// Names of priorities that stand for no severity, with the first incident that has one.
    unknown: BTreeMap<String, String>,
    /// Custom fields cannot be read: they are not asked for again.
    fields_refused: bool,
}

/// What is known of an incident after its log was read.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub(super) incident: Incident,
    pub(super) entries: Vec<LogEntry>,
}

/// Entries by the incidents that they are of.
pub(super) fn by_incident(entries: Vec<LogEntry>) -> BTreeMap<String, Seen> {
    let mut found: BTreeMap<String, Seen> = BTreeMap::new();
    for mut entry in entries {
        if let Some(incident) = entry.incident.take().filter(|incident| !incident.id.is_empty()) {
            let seen = found.entry(incident.id.clone()).or_default();
            seen.incident = incident;
            seen.entries.push(entry);
        }
    }
    found
}

impl<'a> Teller<'a> {
    pub(super) fn new(client: &'a Client<'a>, config: &'a Config, now: Instant, sink: &'a Sink) -> Self {
        let (services, again, unknown) = Default::default();
        Self { client, config, scope: config.scope(), now, sink, services, again, unknown, fields_refused: false }
    }

    /// Whether all of an incident's life is in what was read of the log from `since` to `until`.
    pub(super) fn is_within(&self, incident: &Incident, since: Instant, until: Instant) -> bool {
        let updated = incident.updated_at.as_deref().and_then(|text| time(text, &self.config.zone));
        began(self.config, incident).is_some_and(|began| began >= since) && updated.is_none_or(|updated| updated < until)
    }

    /// Tells of one incident. Where not all of its life was read, its own log is.
    pub(super) async fn incident(&mut self, mut seen: Seen, is_whole: bool) -> Result<(), Stopped> {
        let id = seen.incident.id.clone();
        let mut is_whole = is_whole;
        if seen.incident.created_at.is_none() {
            match self.client.get::<OneIncident>(&["incidents", &id], &[("time_zone", "UTC")]).await {
                Ok(one) => seen.incident = one.incident,
                Err(error) => return self.lacking(&id, "it cannot be read", &error).await,
            }
        }
        if !is_whole {
            match self.client.log_of(&id).await {
                Ok(entries) => (seen.entries, is_whole) = (entries, true),
                Err(error) => self.lacking(&id, "only a part of its history was read", &error).await?,
            }
        }
        let features = self.features(&id).await?;
        match told(self.config, &self.scope, self.now, &seen.incident, &seen.entries, is_whole, features) {
            Ok(found) => {
                if let Some(service) = seen.incident.service.as_ref().filter(|service| self.services.insert(service.id.clone())) {
                    let resource = resource(&self.scope, &service.id);
                    self.sink.put(Item::Hints { resource, hints: hints_of(service) }).await?;
                }
                for problem in found.problems {
                    self.problem(Some(id.clone()), problem).await?;
                }
                for word in found.unknown {
                    self.unknown.entry(word).or_insert_with(|| id.clone());
                }
                self.sink.put(Item::Event(found.event)).await
            }
            Err(Unfit::Lacks(what)) => self.problem(Some(id), format!("{what}; it is left out")).await,
            Err(Unfit::ToCome(at)) => {
                self.again.insert(id.clone());
                let message = format!("it is said to begin at {at}, which is to come: is a clock wrong? It is left out until then");
                self.problem(Some(id), message).await
            }
        }
    }

    /// The features of an incident, where a custom field names them.
    async fn features(&mut self, id: &str) -> Result<Vec<String>, Stopped> {
        let Features::Field(field) = &self.config.features else { return Ok(Vec::new()) };
        if self.fields_refused {
            return Ok(Vec::new());
        }
        match self.client.get::<FieldValues>(&["incidents", id, "custom_fields", "values"], &[]).await {
            Ok(values) => Ok(features(&values, field)),
            Err(Error::Stopped) => Err(Stopped),
            Err(error) => {
                self.fields_refused = error.status().is_some_and(|status| (400..500).contains(&status));
                let message = format!("custom fields cannot be read, so that features are unknown: {}", describe(&error));
                self.problem(Some(id.to_owned()), message).await?;
                Ok(Vec::new())
            }
        }
    }

    async fn lacking(&mut self, id: &str, what: &str, error: &Error) -> Result<(), Stopped> {
        if *error == Error::Stopped {
            return Err(Stopped);
        }
        self.again.insert(id.to_owned());
        self.problem(Some(id.to_owned()), format!("{what}: {}; it is asked for again in the next run", describe(error))).await
    }

    /// Says once what was found more than once.
    pub(super) async fn report(&self) -> Result<(), Stopped> {
        for (word, first) in &self.unknown {
            let message = format!("the priority {word:?} stands for no severity, as that of {first}: add it to pagerduty.severities");
            self.problem(None, message).await?;
        }
        Ok(())
    }

    pub(super) async fn problem(&self, path: Option<String>, message: String) -> Result<(), Stopped> {
        self.sink.put(Item::Problem(Problem { scope: self.scope.clone(), path, line: None, message })).await
    }
}
