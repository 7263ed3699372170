//! What people changed, or were not allowed to change, through spot: kept beside what sources say.

use serde::{Deserialize, Serialize};

use crate::model::event::EventNo;
use crate::model::{EntityId, Instant};

/// Who changes something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// The name.
    #[serde(rename = "by")]
    pub name: String,
    /// viewer, operator or admin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// How it is known who it is: anonymous, token, session, proxy, socket.
    pub means: String,
}

/// Something that a person changed, or tried to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditRecord {
    /// When.
    pub at: Instant,
    /// Who.
    #[serde(flatten)]
    pub actor: Actor,
    /// The mutation: linkResource, retire.
    pub mutation: String,
    /// What exactly, in words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub detail: String,
    /// The code of the refusal, if it was refused for who it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
}

impl AuditRecord {
    /// The kind of the notes that hold them.
    pub const NOTE: &'static str = "audit";

    /// What was done.
    #[must_use]
    pub fn done(at: Instant, actor: &Actor, mutation: &str, detail: String) -> Self {
        Self { at, actor: actor.clone(), mutation: mutation.to_owned(), detail, refused: None }
    }

    /// Names the record among the others. Of refusals to one actor of one mutation there is one an hour.
    #[must_use]
    pub fn key(&self) -> String {
        let (name, mutation) = (&self.actor.name, &self.mutation);
        match self.refused {
            Some(_) => format!("hour {} {mutation} {name}", self.at.micros().div_euclid(3_600_000_000)),
            None => format!("{} {mutation} {name}", self.at.micros()),
        }
    }
}

/// A person's word about which entity a resource is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkRecord {
    /// When it was given.
    pub at: Instant,
    /// By whom.
    #[serde(flatten)]
    pub actor: Actor,
    /// The resource, as `source/id`.
    pub resource: String,
    /// The entity.
    pub entity: EntityId,
    /// The ref by which it was named.
    #[serde(rename = "ref")]
    pub reference: String,
    /// The link holds from here on; without, for the resource's whole past.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Instant>,
    /// The link holds up to here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Instant>,
}

impl LinkRecord {
    /// The kind of the notes that hold them.
    pub const NOTE: &'static str = "link";

    /// Names the record among the others: a later word does not replace an earlier one.
    #[must_use]
    pub fn key(&self) -> String {
        format!("{} {}", self.at.micros(), self.resource)
    }
}

/// A person's word about whether a deployment caused an incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CauseRecord {
    /// When it was given.
    pub at: Instant,
    /// By whom.
    #[serde(flatten)]
    pub actor: Actor,
    /// The deployment.
    pub deployment: EventNo,
    /// The incident.
    pub incident: EventNo,
    /// Whether it caused the incident; absent where an earlier word is withdrawn.
    #[serde(rename = "isCause", default, skip_serializing_if = "Option::is_none")]
    pub is_cause: Option<bool>,
    /// Why, in that person's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl CauseRecord {
    /// The kind of the notes that hold them.
    pub const NOTE: &'static str = "cause";

    /// Names the record among the others: a later word does not replace an earlier one.
    #[must_use]
    pub fn key(&self) -> String {
        format!("{} {} {}", self.incident, self.deployment, self.at.micros())
    }
}
