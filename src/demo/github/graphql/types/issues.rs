//! Issues with all that happened to them.

use std::sync::Arc;

use async_graphql::{Enum, ID, Object, Result, SimpleObject, Union};

use super::delivery::{Actor, BigInt, Label, LabelConnection, actor};
use super::{DateTime, Repository, Uri, User, largest, spend};
use crate::demo::github::graphql::connection::{Bounds, connection, page};
use crate::demo::github::issues::{self, Happened, Reason, State};
use crate::demo::github::node_id;
use crate::demo::github::visit::Visit;
use crate::model::Instant;

#[derive(Enum, Copy, Clone, Debug, PartialEq, Eq)]
#[graphql(name = "IssueState")]
pub(super) enum IssueState {
    Closed,
    Open,
}

#[derive(Enum, Copy, Clone, Debug, PartialEq, Eq)]
#[graphql(name = "IssueStateReason")]
pub(super) enum IssueStateReason {
    Completed,
    Duplicate,
    NotPlanned,
    Reopened,
}

impl From<Reason> for IssueStateReason {
    fn from(reason: Reason) -> Self {
        match reason {
            Reason::Completed => Self::Completed,
            Reason::NotPlanned => Self::NotPlanned,
            Reason::Duplicate => Self::Duplicate,
        }
    }
}

#[derive(Enum, Copy, Clone, Debug, PartialEq, Eq)]
#[graphql(name = "IssueTimelineItemsItemType")]
#[expect(clippy::enum_variant_names, reason = "GitHub's words")]
pub(super) enum IssueTimelineItemsItemType {
    ClosedEvent,
    ConvertedToDiscussionEvent,
    IssueTypeAddedEvent,
    IssueTypeChangedEvent,
    IssueTypeRemovedEvent,
    LabeledEvent,
    ReopenedEvent,
    TransferredEvent,
    UnlabeledEvent,
}

#[derive(Clone, Union)]
#[graphql(name = "IssueTimelineItems")]
pub(super) enum IssueTimelineItems {
    Closed(ClosedEvent),
    Converted(ConvertedToDiscussionEvent),
    Labeled(LabeledEvent),
    Reopened(ReopenedEvent),
    Transferred(TransferredEvent),
    TypeAdded(IssueTypeAddedEvent),
    TypeChanged(IssueTypeChangedEvent),
    TypeRemoved(IssueTypeRemovedEvent),
    Unlabeled(UnlabeledEvent),
}

#[derive(Clone, SimpleObject)]
pub(super) struct ClosedEvent {
    id: ID,
    created_at: DateTime,
    state_reason: Option<IssueStateReason>,
}

#[derive(Clone, SimpleObject)]
pub(super) struct ReopenedEvent {
    id: ID,
    created_at: DateTime,
}

#[derive(Clone, SimpleObject)]
pub(super) struct LabeledEvent {
    id: ID,
    created_at: DateTime,
    label: Label,
}

#[derive(Clone, SimpleObject)]
pub(super) struct UnlabeledEvent {
    id: ID,
    created_at: DateTime,
    label: Label,
}

#[derive(Clone, SimpleObject)]
pub(super) struct TransferredEvent {
    id: ID,
    created_at: DateTime,
    from_repository: Option<Repository>,
}

#[derive(Clone, SimpleObject)]
pub(super) struct ConvertedToDiscussionEvent {
    id: ID,
    created_at: DateTime,
}

#[derive(Clone, SimpleObject)]
pub(super) struct IssueTypeAddedEvent {
    id: ID,
    created_at: DateTime,
    issue_type: Option<IssueType>,
}

#[derive(Clone, SimpleObject)]
pub(super) struct IssueTypeChangedEvent {
    id: ID,
    created_at: DateTime,
    issue_type: Option<IssueType>,
    prev_issue_type: Option<IssueType>,
}

#[derive(Clone, SimpleObject)]
pub(super) struct IssueTypeRemovedEvent {
    id: ID,
    created_at: DateTime,
    issue_type: Option<IssueType>,
}

/// What kind of issue it is.
#[derive(Clone, SimpleObject)]
pub(super) struct IssueType {
    id: ID,
    name: String,
}

impl IssueType {
    fn of(name: &str) -> Self {
        Self { id: node_id::encode("IT", &[], Some(name)).into(), name: name.to_owned() }
    }
}

connection!(IssueConnection, IssueEdge, Issue);
connection!(IssueTimelineItemsConnection, IssueTimelineItemsEdge, IssueTimelineItems);
connection!(UserConnection, UserEdge, User);

/// An issue.
#[derive(Clone)]
pub(in crate::demo::github::graphql) struct Issue {
    repository: Repository,
    position: usize,
}

impl Issue {
    fn visit(&self) -> &Arc<Visit> {
        &self.repository.visit
    }

    fn data(&self) -> &issues::Issue {
        &self.visit().github.issues.all[self.position]
    }

    fn label(&self, repository: usize, name: &str) -> Label {
        let visit = self.visit();
        Label::new(&Repository::of(visit, repository), name, visit.github.issues.label(name, visit.now))
    }

    /// The repository in which it was at an instant.
    fn repository_at(&self, at: Instant) -> usize {
        self.data().moves.iter().find(|(moved, _)| *moved > at).map_or(self.repository.index, |(_, from)| *from)
    }

    fn happened(&self) -> Vec<(IssueTimelineItemsItemType, IssueTimelineItems)> {
        use IssueTimelineItemsItemType as Type;
        let of = |(number, (at, happened)): (usize, (Instant, Happened))| {
            let id: ID = node_id::encode("EV", &[self.data().id, number as u64], None).into();
            let created_at = DateTime::from(at);
            let named = |kind: &Option<String>| kind.as_deref().map(IssueType::of);
            match happened {
                Happened::State(State::Closed(reason)) => {
                    let state_reason = Some(reason.into());
                    (Type::ClosedEvent, IssueTimelineItems::Closed(ClosedEvent { id, created_at, state_reason }))
                }
                Happened::State(State::Open) => (Type::ReopenedEvent, IssueTimelineItems::Reopened(ReopenedEvent { id, created_at })),
                Happened::Labeled(name) => {
                    let label = self.label(self.repository_at(at), &name);
                    (Type::LabeledEvent, IssueTimelineItems::Labeled(LabeledEvent { id, created_at, label }))
                }
                Happened::Unlabeled(name) => {
                    let label = self.label(self.repository_at(at), &name);
                    (Type::UnlabeledEvent, IssueTimelineItems::Unlabeled(UnlabeledEvent { id, created_at, label }))
                }
                Happened::Moved(from) => {
                    let from_repository = Some(from).filter(|from| self.visit().sees(*from)).map(|from| Repository::of(self.visit(), from));
                    (Type::TransferredEvent, IssueTimelineItems::Transferred(TransferredEvent { id, created_at, from_repository }))
                }
                Happened::Kind(None, kind) => {
                    let event = IssueTypeAddedEvent { id, created_at, issue_type: named(&kind) };
                    (Type::IssueTypeAddedEvent, IssueTimelineItems::TypeAdded(event))
                }
                Happened::Kind(kind, None) => {
                    let event = IssueTypeRemovedEvent { id, created_at, issue_type: named(&kind) };
                    (Type::IssueTypeRemovedEvent, IssueTimelineItems::TypeRemoved(event))
                }
                Happened::Kind(before, kind) => {
                    let event = IssueTypeChangedEvent { id, created_at, issue_type: named(&kind), prev_issue_type: named(&before) };
                    (Type::IssueTypeChangedEvent, IssueTimelineItems::TypeChanged(event))
                }
                Happened::Talk => {
                    (Type::ConvertedToDiscussionEvent, IssueTimelineItems::Converted(ConvertedToDiscussionEvent { id, created_at }))
                }
            }
        };
        self.data().timeline(self.visit().now).into_iter().enumerate().map(of).collect()
    }
}

#[Object]
impl Issue {
    pub(super) async fn id(&self) -> ID {
        node_id::encode("I", &[self.repository.data().id, self.data().id], None).into()
    }

    async fn full_database_id(&self) -> Option<BigInt> {
        Some(BigInt::of(self.data().id))
    }

    async fn number(&self) -> i64 {
        self.data().number.into()
    }

    async fn title(&self) -> &str {
        &self.data().title
    }

    async fn body(&self) -> &str {
        &self.data().body
    }

    async fn url(&self) -> Uri {
        Uri(format!("{}/{}/issues/{}", self.visit().base, self.visit().full_name(self.repository.index), self.data().number))
    }

    async fn repository(&self) -> Repository {
        self.repository.clone()
    }

    async fn author(&self) -> Option<Actor> {
        self.data().author.map(|person| actor(self.visit(), person as u32))
    }

    async fn state(&self) -> IssueState {
        if self.data().state(self.visit().now) == State::Open { IssueState::Open } else { IssueState::Closed }
    }

    async fn state_reason(&self, #[graphql(default_with = "Some(false)")] enable_duplicate: Option<bool>) -> Option<IssueStateReason> {
        let now = self.visit().now;
        match self.data().state(now) {
            State::Closed(Reason::Duplicate) if enable_duplicate != Some(true) => Some(IssueStateReason::NotPlanned),
            State::Closed(reason) => Some(reason.into()),
            State::Open => self.data().states.iter().any(|(at, _)| *at <= now).then_some(IssueStateReason::Reopened),
        }
    }

    async fn created_at(&self) -> DateTime {
        self.data().created.into()
    }

    async fn updated_at(&self) -> DateTime {
        self.data().updated(self.visit().now).into()
    }

    async fn closed_at(&self) -> Option<DateTime> {
        self.data().closed(self.visit().now).map(DateTime::from)
    }

    async fn issue_type(&self) -> Option<IssueType> {
        self.data().kind.at(self.visit().now).as_deref().map(IssueType::of)
    }

    async fn assignees(
        &self,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<UserConnection> {
        let people = self.data().assignee.map(|person| (format!("{person:08}"), User::of(self.visit(), person)));
        let page = page(people.into_iter().collect(), false, &Bounds { first, after, last, before }, largest(self.visit()))?;
        Ok(UserConnection::of(page))
    }

    async fn labels(
        &self,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<Option<LabelConnection>> {
        let all = self.data().labels.at(self.visit().now).iter();
        let items = all.map(|name| (name.clone(), self.label(self.repository.index, name)));
        let page = page(items.collect(), false, &Bounds { first, after, last, before }, largest(self.visit()))?;
        Ok(Some(LabelConnection::of(page)))
    }

    async fn timeline_items(
        &self,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
        item_types: Option<Vec<IssueTimelineItemsItemType>>,
    ) -> Result<IssueTimelineItemsConnection> {
        let all = self.happened().into_iter().enumerate();
        let wanted = all.filter(|(_, (kind, _))| item_types.as_ref().is_none_or(|wanted| wanted.contains(kind)));
        let items = wanted.map(|(number, (_, item))| (format!("{number:08}"), item));
        let page = page(items.collect(), false, &Bounds { first, after, last, before }, largest(self.visit()))?;
        Ok(IssueTimelineItemsConnection::of(page))
    }
}

/// The issues of a repository, oldest first.
pub(super) fn of_repository(repository: &Repository, bounds: &Bounds, states: Option<&[IssueState]>) -> Result<IssueConnection> {
    let visit = &repository.visit;
    super::demand(visit, "issues")?;
    let all = &visit.github.issues;
    let is_wanted = |position: &usize| {
        let is_open = all.all[*position].state(visit.now) == State::Open;
        states.is_none_or(|states| states.contains(if is_open { &IssueState::Open } else { &IssueState::Closed }))
    };
    let found = all.of(repository.index, visit.now).filter(is_wanted);
    let items = found.map(|position| (format!("{position:012}"), Issue { repository: repository.clone(), position }));
    let page = page(items.collect(), false, bounds, largest(visit))?;
    spend(visit, page.items.len())?;
    Ok(IssueConnection::of(page))
}

/// The issue of an id, if it is there.
pub(super) fn by_id(visit: &Arc<Visit>, repository: usize, id: u64) -> Option<Issue> {
    let mut here = visit.github.issues.of(repository, visit.now).filter(|_| visit.viewer.may("issues"));
    let position = here.find(|position| visit.github.issues.all[*position].id == id)?;
    Some(Issue { repository: Repository::of(visit, repository), position })
}

/// An issue that a search found.
pub(super) fn found(repository: &Repository, position: usize) -> Issue {
    Issue { repository: repository.clone(), position }
}
