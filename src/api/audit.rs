//! What people changed through spot, and what they were not allowed to.

use async_graphql::{ComplexObject, Context, Result, SimpleObject};

use crate::access::Role;
use crate::api::entity::Entity;
use crate::api::limits::page_size;
use crate::api::mutation::{caller, code_of};
use crate::api::present::Present;
use crate::api::scalar::DateTime;
use crate::model::audit;
use crate::model::{EntityId, Instant};

/// A person's word about which entity a resource is.
#[derive(SimpleObject, Clone)]
#[graphql(complex)]
pub struct LinkRecord {
    /// When it was given.
    at: DateTime,
    /// By whom: a token's name, what the proxy says, or `local:` and a user of the machine.
    by: String,
    /// With which role.
    role: Option<String>,
    /// The resource, as source/id.
    resource: String,
    /// The ref by which the entity was named.
    r#ref: String,
    /// The link holds from here on; if absent, for the resource's whole past.
    from: Option<DateTime>,
    /// The link holds up to here.
    until: Option<DateTime>,
    #[graphql(skip)]
    id: EntityId,
}

#[ComplexObject]
impl LinkRecord {
    /// The entity, as it is now.
    async fn entity(&self, ctx: &Context<'_>) -> Result<Option<Entity>> {
        let present = Present::of(ctx)?;
        Ok(Entity::new(&present.pin(present.now), self.id))
    }
}

impl From<audit::LinkRecord> for LinkRecord {
    fn from(record: audit::LinkRecord) -> Self {
        let audit::LinkRecord { at, actor, resource, entity, reference, from, until } = record;
        Self {
            at: DateTime(at),
            by: actor.name,
            role: actor.role,
            resource,
            r#ref: reference,
            from: from.map(DateTime),
            until: until.map(DateTime),
            id: entity,
        }
    }
}

/// Something that a person changed through spot, or was not allowed to.
#[derive(SimpleObject, Clone)]
pub struct AuditRecord {
    /// When; of refusals to one caller of one mutation the first in an hour.
    at: DateTime,
    /// Who: a token's name, what the proxy says, `local:` and a user of the machine, or anonymous.
    by: String,
    /// With which role.
    role: Option<String>,
    /// How it was known who it was: anonymous, token, session, proxy, socket.
    means: String,
    /// The mutation: linkResource, retire.
    mutation: String,
    /// What exactly was done, or why it was refused.
    detail: String,
    /// The code of the refusal; absent if it was done.
    refused: Option<String>,
}

impl From<audit::AuditRecord> for AuditRecord {
    fn from(record: audit::AuditRecord) -> Self {
        let audit::AuditRecord { at, actor, mutation, detail, refused } = record;
        Self { at: DateTime(at), by: actor.name, role: actor.role, means: actor.means, mutation, detail, refused }
    }
}

/// The notes of a kind, newest first.
pub(crate) fn newest<T: serde::de::DeserializeOwned>(present: &Present, kind: &str, at: impl Fn(&T) -> Instant) -> Vec<T> {
    let notes = present.lens.view().notes(kind).into_values();
    let mut all: Vec<T> = notes.filter_map(|note| serde_json::from_value(note).ok()).collect();
    all.sort_by_key(|record| std::cmp::Reverse(at(record)));
    all
}

pub(crate) fn links(present: &Present, resource: Option<&str>, first: i32) -> Result<Vec<LinkRecord>> {
    let all = newest(present, audit::LinkRecord::NOTE, |record: &audit::LinkRecord| record.at);
    let wanted = all.into_iter().filter(|record| resource.is_none_or(|resource| record.resource == resource));
    let found: Vec<LinkRecord> = wanted.take(page_size(Some(first))?).map(Into::into).collect();
    present.budget.charge(found.len())?;
    Ok(found)
}

pub(crate) fn records(ctx: &Context<'_>, first: i32) -> Result<Vec<AuditRecord>> {
    caller(ctx)?.may_look_as(Role::Admin).map_err(|denied| code_of(&denied).error(format!("audit: {denied}")))?;
    let present = Present::of(ctx)?;
    let all = newest(present, audit::AuditRecord::NOTE, |record: &audit::AuditRecord| record.at);
    let found: Vec<AuditRecord> = all.into_iter().take(page_size(Some(first))?).map(Into::into).collect();
    present.budget.charge(found.len())?;
    Ok(found)
}
