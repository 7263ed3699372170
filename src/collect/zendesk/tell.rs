//! Telling of tickets: what both readings, of the present and of the past, share.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::collect::http::Error;
use crate::collect::zendesk::client::{Client, describe};
use crate::collect::zendesk::convert::{Known, Unfit, changed, told};
use crate::collect::zendesk::fields::{Field, bare, find};
use crate::collect::zendesk::wire::{MetricSet, Page, Ticket, TicketField};
use crate::collect::zendesk::{Config, Naming};
use crate::collect::{Item, Memory, Sink, Stopped};
use crate::model::{Instant, Problem};

/// The key under which the fields are remembered.
const FIELDS: &str = "fields";
/// How long they are good for, but for a few minutes.
const FIELDS_SECONDS: i64 = 86_400 - 600;

/// The fields that are read, when they were looked up, and for what: another configuration looks again.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Remembered {
    at: Instant,
    wanted: Vec<Option<String>>,
    found: Vec<Option<Field>>,
}

/// Puts what was read of tickets.
pub(super) struct Teller<'a> {
    pub(super) client: &'a Client<'a>,
    pub(super) config: &'a Config,
    pub(super) now: Instant,
    pub(super) sink: &'a Sink,
    /// Something could not be read.
    pub(super) is_lacking: bool,
    /// Nobody knows what fields say, now or from before: what is told has to be told again.
    pub(super) is_blind: bool,
    known: Known,
    /// Tickets that were told, by when they had changed last.
    told: BTreeMap<u64, Instant>,
    /// Resources whose signs were told.
    hinted: BTreeSet<String>,
    /// What means nothing, with how many tickets and the first.
    unknown: BTreeMap<String, (u64, u64)>,
    /// Tickets that are not what they should be, and what is wrong with the first.
    odd: Option<(u64, String)>,
}

impl<'a> Teller<'a> {
    pub(super) fn new(client: &'a Client<'a>, config: &'a Config, now: Instant, sink: &'a Sink) -> Self {
        let (known, told, hinted, unknown) = Default::default();
        Self { client, config, now, sink, is_lacking: false, is_blind: false, known, told, hinted, unknown, odd: None }
    }

    /// Learns which fields name features and services, once a day.
    pub(super) async fn learn(&mut self, memory: &Memory) -> Result<(), Stopped> {
        if !self.config.has_fields() {
            return Ok(());
        }
        let wanted = vec![self.config.features.field.clone(), self.config.services.field.clone()];
        let remembered: Option<Remembered> = memory.get(FIELDS).and_then(|value| serde_json::from_value(value.clone()).ok());
        let remembered = remembered.filter(|known| known.wanted == wanted && known.found.len() == wanted.len());
        if let Some(known) = &remembered {
            self.known = Known { features: known.found[0].clone(), services: known.found[1].clone() };
        }
        if remembered.as_ref().is_some_and(|known| known.at.plus_seconds(FIELDS_SECONDS) > self.now && known.at <= self.now) {
            return Ok(());
        }
        let all = match self.client.fields().await {
            Ok(all) => all,
            Err(Error::Stopped) => return Err(Stopped),
            Err(error) => {
                self.is_lacking = true;
                self.is_blind = remembered.is_none();
                // Those of yesterday are better than none; without them a number alone still finds values without names.
                for (naming, field) in
                    [(&self.config.features, &mut self.known.features), (&self.config.services, &mut self.known.services)]
                {
                    if field.is_none() {
                        *field = naming.field.as_deref().and_then(bare);
                    }
                }
                return self.problem(None, format!("the ticket fields cannot be listed: {}", describe(&error))).await;
            }
        };
        self.known =
            Known { features: self.look(&self.config.features, &all).await?, services: self.look(&self.config.services, &all).await? };
        let found = vec![self.known.features.clone(), self.known.services.clone()];
        let value = serde_json::to_value(Remembered { at: self.now, wanted, found }).unwrap_or_default();
        self.sink.put(Item::Remember { key: FIELDS.to_owned(), value }).await
    }

    async fn look(&self, naming: &Naming, all: &[TicketField]) -> Result<Option<Field>, Stopped> {
        let Some(wanted) = &naming.field else { return Ok(None) };
        let found = find(wanted, all);
        if found.is_none() {
            let message = format!("no ticket field is called {wanted:?}: name one in zendesk.feature_field and zendesk.service_field");
            self.problem(None, message).await?;
        }
        Ok(found)
    }

    /// Tells of the tickets of a page that changed before `until`; says when the last one of the page did.
    pub(super) async fn page(&mut self, page: &Page, until: Instant) -> Result<Option<Instant>, Stopped> {
        let sets: BTreeMap<u64, &MetricSet> = page.metric_sets.iter().filter_map(|set| Some((set.ticket_id?, set))).collect();
        let mut last = None;
        for raw in &page.tickets {
            let mut ticket: Ticket = match serde_json::from_str(raw.get()) {
                Ok(ticket) => ticket,
                Err(error) => {
                    self.odd(error.to_string());
                    continue;
                }
            };
            let Some(at) = changed(&ticket) else {
                self.odd(format!("{} does not say when it changed", ticket.id));
                continue;
            };
            last = last.max(Some(at));
            // What is told twice counts as it is later.
            if at >= until || self.told.get(&ticket.id).is_some_and(|told| *told >= at) {
                continue;
            }
            if ticket.metric_set.is_none() {
                ticket.metric_set = sets.get(&ticket.id).map(|set| (*set).clone());
            }
            self.told.insert(ticket.id, at);
            self.ticket(&ticket).await?;
        }
        Ok(last)
    }

    async fn ticket(&mut self, ticket: &Ticket) -> Result<(), Stopped> {
        let id = ticket.id.to_string();
        let told = match told(self.config, &self.known, self.now, ticket) {
            Ok(told) => told,
            Err(Unfit::Undated(said)) => {
                let said = said.map(|text| text.chars().take(100).collect::<String>());
                let said = said.map_or_else(String::new, |text| format!(": {text:?} is no time with a zone"));
                self.odd(format!("{id} does not say when it was created{said}"));
                return Ok(());
            }
            Err(Unfit::ToCome(at)) => {
                self.is_lacking = true;
                let message =
                    format!("it is said to be created at {at}, which is to come: is a clock wrong? It is left out until it changes");
                return self.problem(Some(id), message).await;
            }
        };
        for problem in told.problems {
            self.problem(Some(id.clone()), problem).await?;
        }
        for word in told.unknown {
            self.unknown.entry(word).or_insert((0, ticket.id)).0 += 1;
        }
        if self.hinted.insert(told.event.resource.id.clone()) {
            self.sink.put(Item::Hints { resource: told.event.resource.clone(), hints: told.hints }).await?;
        }
        self.sink.put(Item::Event(told.event)).await
    }

    fn odd(&mut self, what: String) {
        self.is_lacking = true;
        self.odd.get_or_insert((0, what)).0 += 1;
    }

    /// Says once what was found more than once.
    pub(super) async fn report(&self) -> Result<(), Stopped> {
        if let Some((count, first)) = &self.odd {
            self.problem(None, format!("{count} tickets cannot be read; the first: {first}")).await?;
        }
        for (word, (count, first)) in &self.unknown {
            let advice = if word.starts_with("the priority") { ": add it to zendesk.priorities" } else { "; it is taken as open" };
            self.problem(None, format!("{word} of {count} tickets, first {first}, means nothing{advice}")).await?;
        }
        Ok(())
    }

    pub(super) async fn problem(&self, path: Option<String>, message: String) -> Result<(), Stopped> {
        self.sink.put(Item::Problem(Problem { scope: self.config.scope(), path, line: None, message })).await
    }
}
