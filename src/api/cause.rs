//! Which deployments brought which incidents about, and what people said of it.

use std::sync::Arc;

use async_graphql::{Enum, Object, Result};

use crate::api::audit::newest;
use crate::api::error::from_query;
use crate::api::event::{Event, event_of, number};
use crate::api::limits::page_size;
use crate::api::present::{Pinned, Present};
use crate::api::scalar::DateTime;
use crate::model::audit;
use crate::quality::delivery::Basis;
use crate::query::board::causes::{self, Evidence};
use crate::store::EventNo;

/// By what a deployment is, or is not, taken for the cause of an incident.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
pub enum CauseBasis {
    /// A person said so.
    Person,
    /// The source of the incident names the deployment.
    Source,
    /// It was the latest deployment of the service before the incident, and not longer ago than the policy allows.
    Rule,
}

/// A deployment and an incident: whether the one is taken for the cause of the other, and by what.
pub struct Cause {
    pinned: Arc<Pinned>,
    evidence: Evidence,
}

/// A deployment and an incident: whether the one is taken for the cause of the other, and by what.
#[Object]
impl Cause {
    /// The deployment; of a version that arrived in several regions the first arrival.
    async fn deployment(&self) -> Event {
        Event::new(&self.pinned, self.evidence.deployment.clone())
    }

    /// The incident.
    async fn incident(&self) -> Event {
        Event::new(&self.pinned, self.evidence.incident.clone())
    }

    /// It is taken for the cause; else a person said that it was not.
    async fn is_cause(&self) -> bool {
        self.evidence.is_cause
    }

    /// By what.
    async fn basis(&self) -> CauseBasis {
        match self.evidence.basis {
            Basis::Person { .. } => CauseBasis::Person,
            Basis::Stated => CauseBasis::Source,
            Basis::Rule { .. } => CauseBasis::Rule,
        }
    }

    /// How long after the deployment had arrived the incident began; null if it began before.
    async fn seconds_before(&self) -> Option<u64> {
        self.evidence.before.map(|before| before.as_secs())
    }

    /// What a person said of the two, if that counts.
    async fn word(&self) -> Option<CauseRecord> {
        self.evidence.word.clone().map(|word| CauseRecord::new(&self.pinned.present, word))
    }
}

/// A person's word about whether a deployment caused an incident.
pub struct CauseRecord {
    present: Arc<Present>,
    record: audit::CauseRecord,
}

impl CauseRecord {
    pub(crate) fn new(present: &Arc<Present>, record: audit::CauseRecord) -> Self {
        Self { present: Arc::clone(present), record }
    }
}

/// A person's word about whether a deployment caused an incident.
#[Object]
impl CauseRecord {
    /// When it was given.
    async fn at(&self) -> DateTime {
        DateTime(self.record.at)
    }

    /// By whom: a token's name, what the proxy says, or `local:` and a user of the machine.
    async fn by(&self) -> &str {
        &self.record.actor.name
    }

    /// With which role.
    async fn role(&self) -> Option<&str> {
        self.record.actor.role.as_deref()
    }

    /// The deployment that was named.
    async fn deployment(&self) -> Result<Option<Event>> {
        self.event(self.record.deployment)
    }

    /// The incident.
    async fn incident(&self) -> Result<Option<Event>> {
        self.event(self.record.incident)
    }

    /// Whether the one caused the other; null where an earlier word was withdrawn.
    async fn is_cause(&self) -> Option<bool> {
        self.record.is_cause
    }

    /// Why, in that person's words.
    async fn reason(&self) -> Option<&str> {
        self.record.reason.as_deref()
    }
}

impl CauseRecord {
    fn event(&self, no: EventNo) -> Result<Option<Event>> {
        self.present.budget.charge(1)?;
        event_of(&self.present, &no.to_string(), self.present.now)
    }
}

pub(crate) fn of_incident(pinned: &Arc<Pinned>, incident: EventNo) -> Result<Vec<Cause>> {
    let found = causes::brought_about_by(pinned.lens(), incident, pinned.present.now).map_err(from_query)?;
    shown(pinned, found)
}

pub(crate) fn of_deployment(pinned: &Arc<Pinned>, deployment: EventNo) -> Result<Vec<Cause>> {
    let found = causes::brought_about(pinned.lens(), deployment, pinned.present.now).map_err(from_query)?;
    shown(pinned, found)
}

fn shown(pinned: &Arc<Pinned>, found: Vec<Evidence>) -> Result<Vec<Cause>> {
    // Each shows two events.
    pinned.present.budget.charge(2 * found.len())?;
    Ok(found.into_iter().map(|evidence| Cause { pinned: Arc::clone(pinned), evidence }).collect())
}

pub(crate) fn candidates(pinned: &Arc<Pinned>, incident: EventNo, first: i32) -> Result<Vec<Event>> {
    let found = causes::candidates(pinned.lens(), incident, page_size(Some(first))?, pinned.present.now).map_err(from_query)?;
    pinned.present.budget.charge(found.len())?;
    Ok(found.into_iter().map(|happened| Event::new(pinned, happened)).collect())
}

/// What people said, of all incidents or of one.
pub(crate) fn words(present: &Arc<Present>, incident: Option<&str>, first: i32) -> Result<Vec<CauseRecord>> {
    let incident = incident.map(number).transpose()?;
    let all = newest(present, audit::CauseRecord::NOTE, |record: &audit::CauseRecord| record.at);
    let wanted = all.into_iter().filter(|record| incident.is_none_or(|incident| record.incident == incident));
    let found: Vec<CauseRecord> = wanted.take(page_size(Some(first))?).map(|record| CauseRecord::new(present, record)).collect();
    present.budget.charge(found.len())?;
    Ok(found)
}
