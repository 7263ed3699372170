//! Where reports are written and sent.

use std::collections::BTreeMap;
use std::sync::Arc;

use parking_lot::Mutex;
use serde_json::Value;

use crate::ingest::keep::put_audit;
use crate::model::audit::{Actor, AuditRecord};
use crate::model::{Clock, EntityRef, Instant, Layer, Period};
use crate::query::Lens;
use crate::query::status::Activity;
use crate::report::chart::charts;
use crate::report::facts::Facts;
use crate::report::render::{held_back, report};
use crate::report::send::delivery::{CHANNEL, Delivery, FACTS, Kind, LETTER, NOTE, State, deliveries, letter, of_week, packed};
use crate::report::send::due::{Step, last_due, step};
use crate::report::send::{Channel, Config};
use crate::report::targets::Content;
use crate::report::targets::letter::{Arrival, Failure, Letter};
use crate::report::week;
use crate::store::{self, Store};

/// While a report is held back, how often it is looked whether its data has come, in seconds.
const LOOK_SECONDS: i64 = 900;

/// Tells which sources are configured, and what they do.
pub type Activities = Arc<dyn Fn() -> Vec<Activity> + Send + Sync>;

/// Writes reports, sends them and keeps what was sent; one at a time.
pub struct Office {
    config: Config,
    store: Arc<Store>,
    clock: Clock,
    activities: Activities,
    /// One letter after the other.
    desk: tokio::sync::Mutex<()>,
    /// When the data of a report that is held back was last looked at, by channel.
    looked: Mutex<BTreeMap<String, Instant>>,
}

/// A report that somebody wants now.
#[derive(Clone, Debug)]
pub struct Wish {
    /// The week; the last one that is over if absent.
    pub week: Option<Period>,
    /// The channel's name.
    pub channel: String,
    /// Although it was sent before.
    pub again: bool,
}

/// Why nothing was sent.
#[derive(Debug, thiserror::Error)]
pub enum NotSent {
    /// There is no such channel.
    #[error("there is no channel {0:?}; configured: {1}")]
    NoChannel(String, String),
    /// It was sent before, or may have been.
    #[error("the report of {week} {how}; --again sends it once more")]
    Before {
        /// The week.
        week: Period,
        /// When, and how that ended.
        how: String,
    },
    /// There is nothing to tell.
    #[error(transparent)]
    Facts(#[from] week::Error),
    /// It cannot be kept.
    #[error("what is sent cannot be kept, so nothing was sent: {0}")]
    Store(#[from] store::Error),
    /// A defect.
    #[error("the report could not be written: {0}")]
    Internal(String),
}

impl std::fmt::Debug for Office {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Office").field("config", &self.config).finish_non_exhaustive()
    }
}

impl Office {
    /// An office that has sent nothing yet.
    #[must_use]
    pub fn new(config: Config, store: Arc<Store>, clock: Clock, activities: Activities) -> Self {
        Self { config, store, clock, activities, desk: tokio::sync::Mutex::default(), looked: Mutex::default() }
    }

    /// The channels.
    #[must_use]
    pub fn channels(&self) -> &[Channel] {
        &self.config.channels
    }

    /// When reports are due next.
    #[must_use]
    pub fn next(&self) -> Option<Instant> {
        self.config.schedule.next_after((self.clock)(), &self.store.view().zone())
    }

    /// Does what is due. What goes wrong is logged and kept, and tried again another time.
    pub async fn tick(&self) {
        let _desk = self.desk.lock().await;
        if let Err(error) = self.enrol() {
            tracing::error!(%error, "the channels of the weekly report could not be kept");
            return;
        }
        // Of this week or another, due or wanted by somebody.
        for delivery in deliveries(&self.store.view()).into_iter().filter(|delivery| delivery.state == State::Sending) {
            let Some(channel) = self.config.channels.iter().find(|channel| channel.name == delivery.channel) else { continue };
            if let Err(error) = self.resolve(channel, delivery).await {
                tracing::error!(channel = channel.name, %error, "what became of a report could not be kept");
            }
        }
        let now = (self.clock)();
        let Some((due, week)) = last_due(&self.config.schedule, &self.store.view().zone(), now) else { return };
        let mut read: BTreeMap<Option<EntityRef>, Result<Arc<Facts>, String>> = BTreeMap::new();
        for channel in &self.config.channels {
            if let Err(error) = self.serve(channel, due, week, &mut read).await {
                tracing::error!(channel = channel.name, %week, %error, "the weekly report could not be sent");
            }
        }
    }

    /// Sends a report now, whether or not its data is complete.
    ///
    /// # Errors
    /// [`NotSent`]; what the target said is no error but part of the delivery.
    pub async fn send(&self, wish: &Wish, by: &Actor) -> Result<Delivery, NotSent> {
        let _desk = self.desk.lock().await;
        let now = (self.clock)();
        let channel = self.config.channels.iter().find(|channel| channel.name == wish.channel);
        let channel = channel.ok_or_else(|| {
            let names: Vec<&str> = self.config.channels.iter().map(|channel| channel.name.as_str()).collect();
            NotSent::NoChannel(wish.channel.clone(), if names.is_empty() { "none".to_owned() } else { names.join(", ") })
        })?;
        let view = self.store.view();
        let week = wish.week.unwrap_or_else(|| week::last_complete(&view.zone(), now));
        let before = of_week(&view, week, &channel.name, Kind::Report).pop();
        let (number, attempts) = match before {
            None => (1, 0),
            Some(before) if before.state == State::Failed => (before.number, before.attempts),
            Some(before) if wish.again => (before.number + 1, 0),
            Some(before) => {
                let how = match before.state {
                    State::Sent => format!("was sent to {} at {}", before.channel, before.at),
                    _ => format!("may have reached {} at {}: {}", before.channel, before.at, before.said),
                };
                return Err(NotSent::Before { week, how });
            }
        };
        let facts = self.facts(week, channel.of.clone()).await?;
        let delivery = Delivery { by: Some(by.clone()), number, attempts, ..self.delivery(channel, week, Kind::Report) };
        self.write_and_send(channel, &facts, delivery).await
    }

    /// One channel's turn.
    async fn serve(
        &self,
        channel: &Channel,
        due: Instant,
        week: Period,
        read: &mut BTreeMap<Option<EntityRef>, Result<Arc<Facts>, String>>,
    ) -> Result<(), NotSent> {
        let view = self.store.view();
        let since = view.notes_from(CHANNEL, &channel.name).remove(&channel.name);
        let since = since.as_ref().and_then(Value::as_str).and_then(|since| since.parse::<Instant>().ok());
        // A channel that is new begins with the next report.
        if since.is_none_or(|since| due < since) {
            return Ok(());
        }
        let now = (self.clock)();
        let newest = of_week(&view, week, &channel.name, Kind::Report).pop();
        let attempts = match step(newest.as_ref(), now) {
            Step::Nothing => return Ok(()),
            Step::Send(attempts) => attempts,
        };
        let is_late = now >= due.plus_seconds(self.config.hold_seconds);
        let looked = self.looked.lock().get(&channel.name).copied();
        if !is_late && looked.is_some_and(|looked| now < looked.plus_seconds(LOOK_SECONDS) && looked >= due) {
            return Ok(());
        }
        let facts = match read.get(&channel.of) {
            Some(facts) => facts.clone(),
            None => {
                let facts = self.facts(week, channel.of.clone()).await.map(Arc::new).map_err(|error| error.to_string());
                read.insert(channel.of.clone(), facts.clone());
                facts
            }
        };
        let facts = match facts {
            Ok(facts) => facts,
            Err(why) => {
                let delivery = Delivery { attempts: attempts + 1, ..self.delivery(channel, week, Kind::Report) };
                return self.keep(Delivery { state: State::Failed, said: why, ..delivery }, None).await.map(drop);
            }
        };
        if facts.awaits_data() && !is_late {
            self.looked.lock().insert(channel.name.clone(), now);
            // What is just being read, as after a start, gets a while before anybody hears of it.
            if looked.is_none_or(|looked| looked < due) {
                return Ok(());
            }
            let notice = of_week(&view, week, &channel.name, Kind::Notice).pop();
            return match step(notice.as_ref(), now) {
                Step::Nothing => Ok(()),
                Step::Send(attempts) => {
                    let delivery = Delivery { attempts, ..self.delivery(channel, week, Kind::Notice) };
                    self.write_and_send(channel, &facts, delivery).await.map(drop)
                }
            };
        }
        let delivery = Delivery { attempts, ..self.delivery(channel, week, Kind::Report) };
        self.write_and_send(channel, &facts, delivery).await.map(drop)
    }

    fn delivery(&self, channel: &Channel, week: Period, kind: Kind) -> Delivery {
        Delivery {
            week,
            channel: channel.name.clone(),
            kind,
            number: 1,
            of: channel.of.as_ref().map(ToString::to_string),
            target: channel.kind.to_owned(),
            state: State::Sending,
            at: (self.clock)(),
            attempts: 0,
            said: String::new(),
            by: None,
        }
    }

    /// Writes a letter, keeps it, sends it, and keeps how that ended.
    async fn write_and_send(&self, channel: &Channel, facts: &Facts, delivery: Delivery) -> Result<Delivery, NotSent> {
        let delivery = Delivery { attempts: delivery.attempts + 1, ..delivery };
        let document = match delivery.kind {
            Kind::Notice => held_back(facts, &self.config.base),
            Kind::Report => {
                let drawn = facts.clone();
                let drawn = tokio::task::spawn_blocking(move || charts(&drawn)).await;
                let drawn = drawn.map_err(|error| NotSent::Internal(error.to_string()))?;
                report(facts, &drawn.map_err(|error| NotSent::Internal(error.to_string()))?, &self.config.base)
            }
        };
        let key = delivery.key();
        let content = Content { facts, document: &document, key: &key, is_notice: delivery.kind == Kind::Notice, now: (self.clock)() };
        let letter = match channel.target.write(&content).await {
            Ok(letter) => letter,
            // Nobody has seen anything yet.
            Err(failure) => return self.keep(Delivery { state: State::Failed, said: failure.to_string(), ..delivery }, None).await,
        };
        let delivery = self.keep(delivery, Some((&letter, facts))).await?;
        self.send_letter(channel, &letter, delivery).await
    }

    async fn send_letter(&self, channel: &Channel, letter: &Letter, delivery: Delivery) -> Result<Delivery, NotSent> {
        let (state, said) = match channel.target.send(letter).await {
            Ok(place) => (State::Sent, place),
            Err(failure @ (Failure::Refused(_) | Failure::Unreachable(_))) => (State::Failed, failure.to_string()),
            Err(failure @ Failure::Unclear(_)) => match channel.target.look(letter, &delivery.key()).await {
                Arrival::Yes(place) => (State::Sent, place),
                Arrival::No => (State::Failed, failure.to_string()),
                Arrival::Unknown(why) => (State::Unclear, format!("{failure}; {why}")),
            },
        };
        self.keep(Delivery { state, said, ..delivery }, None).await
    }

    /// The process ended between sending and keeping how that ended.
    async fn resolve(&self, channel: &Channel, delivery: Delivery) -> Result<(), NotSent> {
        let key = delivery.key();
        let letter = letter(&self.store.view(), &key).unwrap_or_default();
        let arrival = channel.target.look(&letter, &key).await;
        tracing::warn!(delivery = key, ?arrival, "spot ended while this report was sent");
        match arrival {
            Arrival::Yes(said) => self.keep(Delivery { state: State::Sent, said, ..delivery }, None).await.map(drop),
            Arrival::No => self.send_letter(channel, &letter, Delivery { attempts: delivery.attempts + 1, ..delivery }).await.map(drop),
            Arrival::Unknown(why) => {
                let said = format!("spot ended while it was sent; {why}");
                self.keep(Delivery { state: State::Unclear, said, ..delivery }, None).await.map(drop)
            }
        }
    }

    /// Keeps a delivery as it stands, with its letter and what that tells if they are new.
    async fn keep(&self, delivery: Delivery, letter: Option<(&Letter, &Facts)>) -> Result<Delivery, NotSent> {
        let delivery = Delivery { at: (self.clock)(), ..delivery };
        let (key, channel, week) = (delivery.key(), &delivery.channel, delivery.week);
        match delivery.state {
            State::Sending => tracing::info!(channel, %week, attempt = delivery.attempts, "sending the weekly report"),
            State::Sent => tracing::info!(channel, %week, said = delivery.said, "the weekly report was sent"),
            State::Failed => tracing::warn!(channel, %week, said = delivery.said, "the weekly report was not sent"),
            State::Unclear => tracing::warn!(channel, %week, said = delivery.said, "nobody knows whether the weekly report arrived"),
        }
        let letter = letter.map(|(letter, facts)| Ok((packed(letter)?, packed(facts)?))).transpose();
        let letter = letter.map_err(|error: std::io::Error| NotSent::Internal(error.to_string()))?;
        let (store, kept) = (Arc::clone(&self.store), delivery.clone());
        let put = move || -> Result<(), store::Error> {
            let mut transaction = store.begin(Layer::Observed)?;
            transaction.put_note(NOTE, &key, serde_json::to_value(&kept).unwrap_or_default());
            if let Some((letter, facts)) = letter {
                transaction.put_note(LETTER, &key, letter);
                transaction.put_note(FACTS, &key, facts);
            }
            if let (Some(by), State::Sending) = (&kept.by, kept.state) {
                put_audit(&mut transaction, &AuditRecord::done(kept.at, by, "sendReport", format!("{} to {}", kept.week, kept.channel)));
            }
            transaction.commit(kept.at)?;
            Ok(())
        };
        tokio::task::spawn_blocking(put).await.map_err(|error| NotSent::Internal(error.to_string()))??;
        Ok(delivery)
    }

    /// Notes since when each channel is configured.
    fn enrol(&self) -> Result<(), store::Error> {
        let known = self.store.view().notes(CHANNEL);
        let mut news = self.config.channels.iter().filter(|channel| !known.contains_key(&channel.name)).peekable();
        if news.peek().is_none() {
            return Ok(());
        }
        let now = (self.clock)();
        let mut transaction = self.store.begin(Layer::Observed)?;
        for channel in news {
            transaction.put_note(CHANNEL, &channel.name, Value::String(now.to_string()));
        }
        transaction.commit(now).map(drop)
    }

    async fn facts(&self, week: Period, of: Option<EntityRef>) -> Result<Facts, NotSent> {
        let (store, now, activities) = (Arc::clone(&self.store), (self.clock)(), (self.activities)());
        let read = tokio::task::spawn_blocking(move || week::facts(&Lens::new(store.view()), &activities, week, of.as_ref(), now));
        Ok(read.await.map_err(|error| NotSent::Internal(error.to_string()))??)
    }
}
