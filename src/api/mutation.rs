//! What can be changed, by whom: one table says which role each mutation needs.
//!
//! # Invariants
//! - A mutation that the table does not name is refused to everybody.
//! - Roles are looked at before anything is resolved, in every operation of the document, whichever is executed.
//! - Nothing can be changed in the past: mutations speak of the present alone.

use std::sync::Arc;

use async_graphql::parser::types::{ExecutableDocument, OperationType, Selection, SelectionSet};
use async_graphql::{Context, ID, Object, Request, Result, SimpleObject};
use async_trait::async_trait;

use crate::access::{Caller, Denied, Role};
use crate::api::Shared;
use crate::api::action::{self, ActionKind, ActionPlan, ActionResult, Wish};
use crate::api::audit;
use crate::api::cause::CauseRecord;
use crate::api::error::Code;
use crate::api::event::number;
use crate::api::present::Present;
use crate::api::pushed::{PushedValues, ValueInput};
use crate::api::scalar::Moment;
use crate::ingest::cause::Word;
use crate::ingest::pushed::{Counted, Pushing};
use crate::model::audit::{self as kept, LinkRecord};

/// The role that each mutation needs.
pub const RULES: [(&str, Role); 8] = [
    ("collect", Role::Operator),
    ("confirmMissing", Role::Admin),
    ("judgeCause", Role::Admin),
    ("linkResource", Role::Admin),
    ("performAction", Role::Operator),
    ("planAction", Role::Operator),
    ("pushValues", Role::Operator),
    ("retire", Role::Admin),
];

/// The role that a mutation needs; nobody may call one without.
#[must_use]
pub fn needed(mutation: &str) -> Option<Role> {
    RULES.iter().find(|(name, _)| *name == mutation).map(|(_, role)| *role)
}

/// Whoever does what mutations ask for, beside actions: the process that owns the store and its collectors.
#[async_trait]
pub trait Hands: Send + Sync {
    /// Starts a run of a source's collector; false if one is under way.
    async fn collect(&self, source: &str, by: &Caller) -> std::result::Result<bool, HandsError>;

    /// Links a resource, as `source/id`, to the entity of a ref.
    async fn link(&self, link: LinkRequest, by: &Caller) -> std::result::Result<LinkRecord, HandsError>;

    /// Keeps a person's word about a deployment and an incident.
    async fn judge_cause(&self, word: Word, by: &Caller) -> std::result::Result<kept::CauseRecord, HandsError>;

    /// Ends what is missing in a source: one resource, or all that the brake holds; answers which.
    async fn confirm_missing(&self, source: &str, resource: Option<&str>, by: &Caller) -> std::result::Result<Vec<String>, HandsError>;

    /// Records values that others push.
    async fn push_values(&self, values: Vec<Pushing>, by: &Caller) -> std::result::Result<Counted, HandsError>;

    /// Ends what a source, or one scope of it, stated; answers how many statements that were.
    async fn retire(&self, source: &str, scope: Option<&str>, by: &Caller) -> std::result::Result<u64, HandsError>;
}

/// A link to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkRequest {
    /// The resource as `source/id`.
    pub resource: String,
    /// The entity's ref.
    pub entity: String,
    /// Holds from this moment only.
    pub from: Option<String>,
    /// Holds until this moment only.
    pub until: Option<String>,
}

/// Why something was not done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HandsError {
    /// What was asked for makes no sense.
    #[error("{0}")]
    Invalid(String),
    /// What it names does not exist.
    #[error("{0}")]
    Missing(String),
    /// It was tried and failed.
    #[error("{0}")]
    Failed(String),
}

impl HandsError {
    fn told(self) -> async_graphql::Error {
        let code = match self {
            Self::Invalid(_) => Code::InvalidArgument,
            Self::Missing(_) => Code::NotFound,
            Self::Failed(_) => Code::Failed,
        };
        code.error(self.to_string())
    }
}

/// What can be changed.
pub struct Mutation;

/// A collector that was asked to run.
#[derive(SimpleObject)]
pub struct CollectionStart {
    /// The source.
    source: String,
    /// False if a run was under way already.
    started: bool,
}

/// A resource that was linked.
#[derive(SimpleObject)]
pub struct LinkedResource {
    /// The resource, as `source/id`.
    resource: String,
    /// The ref of the entity to which it belongs from now on, its past included unless dated.
    entity: String,
    /// The entity's id.
    entity_id: String,
    /// The record that is kept of it.
    record: audit::LinkRecord,
}

/// What was missing, and has ended by a person's word.
#[derive(SimpleObject)]
pub struct ConfirmedMissing {
    /// The source.
    source: String,
    /// What ended, as the source called it.
    ended: Vec<String>,
}

/// A source whose statements were ended.
#[derive(SimpleObject)]
pub struct Retired {
    /// The source.
    source: String,
    /// The scope; all of them if absent.
    scope: Option<String>,
    /// Statements that hold no longer.
    withdrawn: u64,
}

/// What can be changed. Each needs a role; with a session's cookie, or behind a trusted proxy, also the header
/// X-CSRF-Token, which GET /session tells.
#[Object]
impl Mutation {
    /// Run a source's collector now. Needs the role operator.
    async fn collect(&self, ctx: &Context<'_>, source: String) -> Result<CollectionStart> {
        let started = hands(ctx)?.collect(&source, caller(ctx)?).await.map_err(HandsError::told)?;
        Ok(CollectionStart { source, started })
    }

    /// Say which entity a resource of a source is. Needs the role admin.
    async fn link_resource(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The resource, as source/id.")] resource: String,
        #[graphql(desc = "The entity's ref, such as service:ledger.")] entity: String,
        #[graphql(desc = "The link holds from this moment only; otherwise for the resource's whole past.")] from: Option<Moment>,
        #[graphql(desc = "The link holds until this moment only.")] until: Option<Moment>,
    ) -> Result<LinkedResource> {
        let text = |moment: Option<Moment>| moment.map(|moment| moment.0.to_string());
        let request = LinkRequest { resource: resource.clone(), entity: entity.clone(), from: text(from), until: text(until) };
        let record = hands(ctx)?.link(request, caller(ctx)?).await.map_err(HandsError::told)?;
        Ok(LinkedResource { resource, entity, entity_id: record.entity.to_string(), record: record.into() })
    }

    /// Say whether a deployment caused an incident. It counts for the past too, and before what the source or the rule says; a
    /// later word takes the place of an earlier one. Needs the role admin.
    async fn judge_cause(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The id of a deployment or rollout to production.")] deployment: ID,
        #[graphql(desc = "The id of an incident.")] incident: ID,
        #[graphql(desc = "Whether the one caused the other; without, what was said of them before is withdrawn.")] is_cause: Option<bool>,
        #[graphql(desc = "Why, in at most 500 letters.")] reason: Option<String>,
    ) -> Result<CauseRecord> {
        let word = Word { deployment: number(&deployment)?, incident: number(&incident)?, is_cause, reason };
        let record = hands(ctx)?.judge_cause(word, caller(ctx)?).await.map_err(HandsError::told)?;
        Ok(CauseRecord::new(Present::of(ctx)?, record))
    }

    /// Say that what is missing in a source is gone for good: it ends at once, rather than when the source's own count agrees
    /// for a day. Needs the role admin.
    async fn confirm_missing(
        &self,
        ctx: &Context<'_>,
        source: String,
        #[graphql(desc = "One of the missing resources, as the source called it; all that the brake holds if absent.")] resource: Option<
            String,
        >,
    ) -> Result<ConfirmedMissing> {
        let ended = hands(ctx)?.confirm_missing(&source, resource.as_deref(), caller(ctx)?).await.map_err(HandsError::told)?;
        Ok(ConfirmedMissing { source, ended })
    }

    /// Have a cluster try an action on a workload without keeping anything, and say what it would change. Needs the role
    /// operator.
    #[expect(clippy::too_many_arguments, reason = "they are the arguments of the field")]
    async fn plan_action(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The workload: an id, or its ref.")] workload: ID,
        action: ActionKind,
        #[graphql(desc = "How many pods it shall have; for SCALE alone.")] replicas: Option<i32>,
        #[graphql(desc = "The revision to go back to; for ROLL_BACK alone. The one before the newest if absent.")] revision: Option<i32>,
        #[graphql(desc = "The pod's name; for DELETE_POD alone.")] pod: Option<String>,
        #[graphql(desc = "What whoever asks is looking at; the past is refused.")] at: Option<Moment>,
    ) -> Result<ActionPlan> {
        action::plan(ctx, Wish { workload, action, replicas, revision, pod, at }).await
    }

    /// Do what was planned, once, within five minutes, if the workload is still as it was. Every attempt is recorded on the
    /// workload's timeline. Needs the role operator, and to have planned it.
    async fn perform_action(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The plan's id.")] plan: ID,
        #[graphql(desc = "Why, in 10 to 500 letters; others will read it.")] reason: String,
    ) -> Result<ActionResult> {
        action::perform(ctx, &plan, &reason).await
    }

    /// Record values of metrics that spot does not collect, such as NPS or cost: all of them, or none if one is wrong. Needs
    /// the role operator.
    async fn push_values(&self, ctx: &Context<'_>, #[graphql(desc = "At most 10,000.")] values: Vec<ValueInput>) -> Result<PushedValues> {
        let values = values.into_iter().map(Into::into).collect();
        Ok(hands(ctx)?.push_values(values, caller(ctx)?).await.map_err(HandsError::told)?.into())
    }

    /// End what a source, or one scope of it, stated. Needs the role admin.
    async fn retire(
        &self,
        ctx: &Context<'_>,
        source: String,
        #[graphql(desc = "One scope of the source; all of them if absent.")] scope: Option<String>,
    ) -> Result<Retired> {
        let withdrawn = hands(ctx)?.retire(&source, scope.as_deref(), caller(ctx)?).await.map_err(HandsError::told)?;
        Ok(Retired { source, scope, withdrawn })
    }
}

pub(crate) fn caller<'a>(ctx: &Context<'a>) -> Result<&'a Caller> {
    ctx.data::<Caller>()
}

fn hands<'a>(ctx: &Context<'a>) -> Result<&'a Arc<dyn Hands>> {
    ctx.data::<Arc<Shared>>()?.hands.as_ref().ok_or_else(|| Code::Failed.error("nothing here collects or can be changed"))
}

/// Puts somebody unknown into a request that does not say who asks.
pub(crate) fn with_caller(request: Request) -> (Request, Caller) {
    let known = request.data.get(&std::any::TypeId::of::<Caller>()).and_then(|caller| caller.downcast_ref::<Caller>()).cloned();
    match known {
        Some(caller) => (request, caller),
        None => (request.data(Caller::anonymous(Some(Role::Viewer))), Caller::anonymous(Some(Role::Viewer))),
    }
}

/// Why a document is refused.
pub(crate) struct Refused {
    pub(crate) code: Code,
    pub(crate) message: String,
    /// Which mutation its caller may not call, and why.
    pub(crate) denial: Option<(String, Denied)>,
}

/// Refuses a document with a mutation that its caller may not call.
pub(crate) fn check(document: &ExecutableDocument, caller: &Caller) -> std::result::Result<(), Refused> {
    for (_, operation) in document.operations.iter() {
        if operation.node.ty == OperationType::Mutation {
            permit(document, &operation.node.selection_set.node, caller, 0)?;
        }
    }
    Ok(())
}

fn permit(document: &ExecutableDocument, set: &SelectionSet, caller: &Caller, depth: usize) -> std::result::Result<(), Refused> {
    // Fragments that spread themselves are refused elsewhere; nothing here follows them for ever.
    if depth > 16 {
        return Err(Refused { code: Code::TooDeep, message: "fragments are nested too deep".to_owned(), denial: None });
    }
    for item in &set.items {
        match &item.node {
            Selection::Field(field) if field.node.name.node.starts_with("__") => {}
            Selection::Field(field) => {
                let name = field.node.name.node.as_str();
                let message = || format!("there is no mutation {name} that anybody may call");
                let role = needed(name).ok_or_else(|| Refused { code: Code::Forbidden, message: message(), denial: None })?;
                caller.permit(role).map_err(|denied| Refused {
                    code: code_of(&denied),
                    message: format!("{name}: {denied}"),
                    denial: Some((name.to_owned(), denied)),
                })?;
            }
            Selection::InlineFragment(fragment) => permit(document, &fragment.node.selection_set.node, caller, depth + 1)?,
            Selection::FragmentSpread(spread) => {
                if let Some(fragment) = document.fragments.get(&spread.node.fragment_name.node) {
                    permit(document, &fragment.node.selection_set.node, caller, depth + 1)?;
                }
            }
        }
    }
    Ok(())
}

pub(crate) fn code_of(denied: &Denied) -> Code {
    match denied {
        Denied::Unauthenticated { .. } => Code::Unauthenticated,
        Denied::Forbidden { .. } => Code::Forbidden,
        Denied::Csrf => Code::Csrf,
    }
}
