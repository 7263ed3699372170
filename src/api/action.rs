//! Acting on workloads: planned first, then done, by the same person.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Result, SimpleObject};
use serde_json::Value;

use crate::access::Caller;
use crate::act::{self, Act, CallError, Desk, Outcome, Target, Who};
use crate::api::Shared;
use crate::api::error::{Code, from_query};
use crate::api::present::Present;
use crate::api::scalar::{DateTime, Moment};
use crate::model::Facet;

/// What can be done to a workload.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
pub enum ActionKind {
    /// Replace all its pods, in its own manner.
    Restart,
    /// Have another number of pods.
    Scale,
    /// Go back to the pod template of an earlier revision, as `kubectl rollout undo` does.
    RollBack,
    /// Delete one of its pods, which it will replace.
    DeletePod,
}

/// How an attempt ended.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
pub enum ActionState {
    /// The cluster did it.
    Succeeded,
    /// It was asked for and did not come about, as far as is known.
    Failed,
    /// It was not asked for.
    Refused,
}

/// What an action would do, as the cluster itself tried it without keeping anything.
#[derive(SimpleObject)]
pub struct ActionPlan {
    /// Names the plan when it is acted on.
    id: ID,
    /// What is done.
    action: ActionKind,
    /// The cluster.
    cluster: String,
    /// The namespace.
    namespace: String,
    /// Deployment, StatefulSet or DaemonSet.
    workload_kind: String,
    /// The workload's name.
    workload: String,
    /// What exactly is done: `to revision 7`, `from 3 to 5 replicas`.
    detail: String,
    /// What the cluster would change.
    differences: Vec<ActionDifference>,
    /// What to know before: who will undo it, and what it leaves out.
    warnings: Vec<String>,
    /// From when on it may no longer be acted on.
    expires: DateTime,
}

/// A field that an action gives another value.
#[derive(SimpleObject)]
pub struct ActionDifference {
    /// The field: `spec.template.spec.containers[app].image`.
    path: String,
    /// Its value now, as JSON; absent if it has none. Values of environment variables are not told.
    before: Option<String>,
    /// Its value afterwards, as JSON; absent if it has none.
    after: Option<String>,
}

/// What came of an action. The record of it stands on the workload's timeline.
#[derive(SimpleObject)]
pub struct ActionResult {
    /// The record's id.
    id: ID,
    /// How it ended.
    state: ActionState,
    /// Why it did not come about.
    message: Option<String>,
    /// The cluster.
    cluster: String,
    /// The namespace.
    namespace: String,
    /// Deployment, StatefulSet or DaemonSet.
    workload_kind: String,
    /// The workload's name.
    workload: String,
}

/// What is asked for.
pub(crate) struct Wish {
    pub(crate) workload: ID,
    pub(crate) action: ActionKind,
    pub(crate) replicas: Option<i32>,
    pub(crate) revision: Option<i32>,
    pub(crate) pod: Option<String>,
    pub(crate) at: Option<Moment>,
}

pub(crate) async fn plan(ctx: &Context<'_>, wish: Wish) -> Result<ActionPlan> {
    let present = Present::of(ctx)?;
    if let Some(at) = &wish.at
        && !is_now(present, at)?
    {
        return Err(Code::MomentInPast.error("nothing can be done in the past; look at now"));
    }
    let desk = desk(ctx)?;
    let act = act_of(&wish)?;
    let target = target_of(present, &wish.workload)?;
    let plan = desk.plan(&who(ctx)?, &target, &act).await.map_err(|error| told(&error))?;
    let text = |value: Option<Value>| value.map(|value| value.to_string());
    let differences = plan.differences.into_iter().map(|difference| ActionDifference {
        path: difference.path,
        before: text(difference.before),
        after: text(difference.after),
    });
    Ok(ActionPlan {
        id: ID(plan.id),
        action: wish.action,
        cluster: target.cluster().to_owned(),
        namespace: target.namespace().to_owned(),
        workload_kind: target.kind().to_string(),
        workload: target.name().to_owned(),
        detail: plan.detail,
        differences: differences.collect(),
        warnings: plan.warnings,
        expires: DateTime(plan.expires),
    })
}

pub(crate) async fn perform(ctx: &Context<'_>, plan: &ID, reason: &str) -> Result<ActionResult> {
    let done = desk(ctx)?.perform(&who(ctx)?, plan, reason).await.map_err(|error| told(&error))?;
    let state = match done.outcome {
        Outcome::Succeeded => ActionState::Succeeded,
        Outcome::Failed(_) => ActionState::Failed,
        Outcome::Refused(_) => ActionState::Refused,
    };
    Ok(ActionResult {
        id: ID(done.id),
        state,
        message: done.outcome.message().map(str::to_owned),
        cluster: done.target.cluster().to_owned(),
        namespace: done.target.namespace().to_owned(),
        workload_kind: done.target.kind().to_string(),
        workload: done.target.name().to_owned(),
    })
}

/// Whether a moment is now: today, or an instant that somebody who looked at now may still mean.
fn is_now(present: &Present, at: &Moment) -> Result<bool> {
    const MINUTE: i64 = 60_000_000;
    Ok(present.now.micros().saturating_sub(present.resolve(Some(at))?.micros()) < MINUTE)
}

fn act_of(wish: &Wish) -> Result<Act> {
    let unsigned = |name: &str, value: i32| {
        u32::try_from(value).map_err(|_| Code::InvalidArgument.error(format!("{name} is {value}; expected 0 or more")))
    };
    let given = [
        (ActionKind::Scale, "replicas", wish.replicas.is_some()),
        (ActionKind::RollBack, "revision", wish.revision.is_some()),
        (ActionKind::DeletePod, "pod", wish.pod.is_some()),
    ];
    if let Some((_, name, _)) = given.iter().find(|(of, _, is_given)| *is_given && *of != wish.action) {
        return Err(Code::InvalidArgument.error(format!("{name} means nothing to this action")));
    }
    match (wish.action, wish.replicas, wish.revision, &wish.pod) {
        (ActionKind::Restart, ..) => Ok(Act::Restart),
        (ActionKind::Scale, Some(replicas), ..) => Ok(Act::Scale { replicas: unsigned("replicas", replicas)? }),
        (ActionKind::RollBack, _, Some(revision @ ..=0), _) => {
            Err(Code::InvalidArgument.error(format!("revision is {revision}; expected 1 or more, or none for the one before the newest")))
        }
        (ActionKind::RollBack, _, revision, _) => {
            let revision = revision.map(|revision| unsigned("revision", revision)).transpose()?;
            Ok(Act::RollBack { revision: revision.map(u64::from) })
        }
        (ActionKind::DeletePod, _, _, Some(pod)) => Ok(Act::DeletePod { pod: pod.clone() }),
        (ActionKind::Scale, ..) => Err(Code::InvalidArgument.error("replicas is missing; expected how many")),
        (ActionKind::DeletePod, ..) => Err(Code::InvalidArgument.error("pod is missing; expected the name of one")),
    }
}

/// The workload in its cluster, as the source `kubernetes` names it now.
fn target_of(present: &Present, id: &ID) -> Result<Target> {
    let entity = present.entity(id, present.now)?;
    let said = present.lens.view().statements_about(entity, Facet::Kubernetes, present.now).map_err(|error| from_query(error.into()))?;
    let mut why = "it is not a workload of any cluster that spot reads".to_owned();
    for statement in said.iter().filter(|statement| statement.source == Target::SOURCE) {
        match Target::of_resource(&statement.resource) {
            Ok(target) => return Ok(target),
            Err(message) => why = message,
        }
    }
    Err(Code::ActionRefused.error(why))
}

fn who(ctx: &Context<'_>) -> Result<Who> {
    let caller = ctx.data::<Caller>()?;
    let role = caller.role().map(|role| role.to_string()).unwrap_or_default();
    Ok(Who { name: caller.name().to_owned(), role })
}

fn desk<'a>(ctx: &Context<'a>) -> Result<&'a Arc<Desk>> {
    let desk = ctx.data::<Arc<Shared>>()?.desk.as_ref();
    desk.ok_or_else(|| Code::ActionRefused.error("no cluster is configured; name one under [kubernetes]"))
}

fn told(error: &act::Error) -> async_graphql::Error {
    let code = match error {
        act::Error::Refused(_) => Code::ActionRefused,
        act::Error::Call { source: CallError::Missing(_), .. } => Code::NotFound,
        act::Error::Call { source: CallError::Forbidden(_), .. } | act::Error::NoRight { .. } => Code::ClusterForbids,
        act::Error::Call { source: CallError::Conflict(_), .. } | act::Error::NoPlan => Code::Conflict,
        act::Error::Call { source: CallError::Rejected(_), .. } => Code::ActionRefused,
        act::Error::Call { source: CallError::Lost(_), .. } => Code::ClusterUnreachable,
        act::Error::Reason(_) | act::Error::PodName(_) => Code::InvalidArgument,
        act::Error::Store(source) => {
            tracing::error!(error = source as &dyn std::error::Error, "an attempt could not be recorded");
            Code::StoreUnavailable
        }
        _ => Code::Failed,
    };
    code.error(error.to_string())
}
