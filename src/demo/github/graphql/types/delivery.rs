//! What is delivered: deployments with their statuses, pull requests with their reviews, and the search that finds them.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_graphql::{Enum, ID, InputObject, Interface, Object, Result, SimpleObject, Union};

use super::{Commit, DateTime, OrderDirection, Ref, Repository, Uri, User, issues, largest, sort, spend};
use crate::demo::company::Visibility;
use crate::demo::company::delivery;
use crate::demo::github::delivered;
use crate::demo::github::graphql::connection::{Bounds, PageInfo, connection, page, problem};
use crate::demo::github::node_id;
use crate::demo::github::visit::Visit;
use crate::model::Instant;

/// The most results that a search leads to.
const MOST_FOUND: usize = 1000;

#[derive(Enum, Copy, Clone, Debug, PartialEq, Eq)]
#[graphql(name = "DeploymentOrderField")]
pub(super) enum DeploymentOrderField {
    CreatedAt,
}

#[derive(InputObject, Clone, Copy, Debug)]
pub(super) struct DeploymentOrder {
    direction: OrderDirection,
    field: DeploymentOrderField,
}

#[derive(Enum, Copy, Clone, Debug, PartialEq, Eq)]
#[graphql(name = "DeploymentState")]
pub(super) enum DeploymentState {
    Active,
    Error,
    Failure,
    Inactive,
    InProgress,
    Queued,
}

#[derive(Enum, Copy, Clone, Debug, PartialEq, Eq)]
#[graphql(name = "DeploymentStatusState")]
pub(super) enum DeploymentStatusState {
    Error,
    Failure,
    Inactive,
    InProgress,
    Queued,
    Success,
}

#[derive(Enum, Copy, Clone, Debug, PartialEq, Eq)]
#[graphql(name = "SearchType")]
pub(super) enum SearchType {
    Issue,
    Repository,
}

#[derive(Enum, Copy, Clone, Debug, PartialEq, Eq)]
#[graphql(name = "PullRequestState")]
pub(super) enum PullRequestState {
    Open,
    Closed,
    Merged,
}

#[derive(Enum, Copy, Clone, Debug, PartialEq, Eq)]
#[graphql(name = "PullRequestReviewState")]
pub(super) enum PullRequestReviewState {
    Approved,
    ChangesRequested,
    Commented,
}

#[derive(Interface)]
#[graphql(field(name = "login", ty = "String"), field(name = "url", ty = "Uri"))]
pub(super) enum Actor {
    User(User),
}

/// A number that may be larger than GraphQL's own.
#[derive(Clone, Debug)]
pub(super) struct BigInt(u64);

impl BigInt {
    pub(super) const fn of(number: u64) -> Self {
        Self(number)
    }
}

#[async_graphql::Scalar(name = "BigInt")]
impl async_graphql::ScalarType for BigInt {
    fn parse(value: async_graphql::Value) -> async_graphql::InputValueResult<Self> {
        match &value {
            async_graphql::Value::String(text) => text.parse().map(Self).map_err(async_graphql::InputValueError::custom),
            _ => Err(async_graphql::InputValueError::expected_type(value)),
        }
    }

    fn to_value(&self) -> async_graphql::Value {
        async_graphql::Value::String(self.0.to_string())
    }
}

connection!(DeploymentConnection, DeploymentEdge, Deployment);
connection!(DeploymentStatusConnection, DeploymentStatusEdge, DeploymentStatus);
connection!(PullRequestConnection, PullRequestEdge, PullRequest);
connection!(PullRequestReviewConnection, PullRequestReviewEdge, PullRequestReview);
connection!(LabelConnection, LabelEdge, Label);

pub(super) fn actor(visit: &Arc<Visit>, person: u32) -> Actor {
    Actor::User(User::of(visit, person as usize))
}

/// The deployments of a repository, as far as the clock has come.
pub(super) fn deployments(
    repository: &Repository,
    bounds: &Bounds,
    environments: Option<&[String]>,
    order: Option<DeploymentOrder>,
) -> Result<DeploymentConnection> {
    let visit = &repository.visit;
    super::demand(visit, "deployments")?;
    let descending = order.is_some_and(|order| order.direction == OrderDirection::Desc);
    let all = delivered::deployments(visit, repository.index);
    let of = |position: u32| Deployment { repository: repository.clone(), position: position as usize };
    let mut items: Vec<(String, Deployment)> = all.into_iter().map(|position| (format!("{position:012}"), of(position))).collect();
    if let Some(wanted) = environments.filter(|wanted| !wanted.is_empty()) {
        items.retain(|(_, deployment)| wanted.contains(&deployment.environment_name()));
    }
    sort(&mut items, descending);
    let page = page(items, descending, bounds, largest(visit))?;
    spend(visit, page.items.len())?;
    Ok(DeploymentConnection::of(page))
}

/// Somebody brought something somewhere.
#[derive(Clone)]
pub(super) struct Deployment {
    repository: Repository,
    position: usize,
}

impl Deployment {
    fn visit(&self) -> &Arc<Visit> {
        &self.repository.visit
    }

    fn data(&self) -> &delivery::Deployment {
        &self.visit().company().delivery.deployments[self.position]
    }

    fn environment_name(&self) -> String {
        delivered::environment(self.visit().company(), self.data())
    }

    fn found_statuses(&self) -> Vec<DeploymentStatus> {
        let all = delivered::statuses(self.visit(), self.position);
        let of = |(number, (at, state)): (usize, (Instant, delivered::State))| DeploymentStatus {
            deployment: self.clone(),
            number,
            at,
            status: match state {
                delivered::State::Queued => DeploymentStatusState::Queued,
                delivered::State::InProgress => DeploymentStatusState::InProgress,
                delivered::State::Success => DeploymentStatusState::Success,
                delivered::State::Failure => DeploymentStatusState::Failure,
                delivered::State::Error => DeploymentStatusState::Error,
                delivered::State::Inactive => DeploymentStatusState::Inactive,
            },
        };
        all.into_iter().enumerate().map(of).collect()
    }
}

#[Object]
impl Deployment {
    async fn id(&self) -> ID {
        node_id::encode("DE", &[delivered::deployment_id(self.position)], None).into()
    }

    async fn database_id(&self) -> Option<i64> {
        Some(delivered::deployment_id(self.position) as i64)
    }

    async fn commit(&self) -> Option<Commit> {
        Some(Commit { repository: self.repository.clone(), index: self.data().commit as usize })
    }

    async fn commit_oid(&self) -> String {
        Commit { repository: self.repository.clone(), index: self.data().commit as usize }.oid_now().to_string()
    }

    async fn created_at(&self) -> DateTime {
        self.data().queued.into()
    }

    async fn updated_at(&self) -> DateTime {
        self.found_statuses().last().map_or(self.data().queued, |status| status.at).into()
    }

    async fn creator(&self) -> Actor {
        actor(self.visit(), self.data().by)
    }

    async fn description(&self) -> Option<String> {
        delivered::description(self.data())
    }

    async fn environment(&self) -> Option<String> {
        Some(self.environment_name())
    }

    async fn latest_environment(&self) -> Option<String> {
        Some(self.environment_name())
    }

    async fn original_environment(&self) -> Option<String> {
        Some(self.environment_name())
    }

    async fn payload(&self) -> Option<String> {
        Some(delivered::payload(self.visit().company(), self.data()).to_string())
    }

    #[graphql(name = "ref")]
    async fn reference(&self) -> Option<Ref> {
        match delivered::tag(self.visit().company(), self.data()) {
            Some(tag) => Some(self.repository.tag_ref(tag)),
            None => self.repository.branch(),
        }
    }

    async fn repository(&self) -> Repository {
        self.repository.clone()
    }

    async fn state(&self) -> Option<DeploymentState> {
        Some(match self.found_statuses().last().map(|status| status.status) {
            Some(DeploymentStatusState::Success) => DeploymentState::Active,
            Some(DeploymentStatusState::Failure) => DeploymentState::Failure,
            Some(DeploymentStatusState::Error) => DeploymentState::Error,
            Some(DeploymentStatusState::Inactive) => DeploymentState::Inactive,
            Some(DeploymentStatusState::InProgress) => DeploymentState::InProgress,
            Some(DeploymentStatusState::Queued) | None => DeploymentState::Queued,
        })
    }

    async fn task(&self) -> Option<String> {
        Some(delivered::task(self.data()).to_owned())
    }

    async fn latest_status(&self) -> Option<DeploymentStatus> {
        self.found_statuses().pop()
    }

    /// The newest first.
    async fn statuses(
        &self,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<Option<DeploymentStatusConnection>> {
        let mut items: Vec<(String, DeploymentStatus)> =
            self.found_statuses().into_iter().map(|status| (format!("{:04}", status.number), status)).collect();
        items.reverse();
        let page = page(items, true, &Bounds { first, after, last, before }, largest(self.visit()))?;
        Ok(Some(DeploymentStatusConnection::of(page)))
    }
}

/// How a deployment went on.
#[derive(Clone)]
pub(super) struct DeploymentStatus {
    deployment: Deployment,
    number: usize,
    at: Instant,
    status: DeploymentStatusState,
}

#[Object]
impl DeploymentStatus {
    async fn id(&self) -> ID {
        node_id::encode("DES", &[delivered::status_id(self.deployment.position, self.number)], None).into()
    }

    async fn created_at(&self) -> DateTime {
        self.at.into()
    }

    async fn updated_at(&self) -> DateTime {
        self.at.into()
    }

    async fn creator(&self) -> Actor {
        actor(self.deployment.visit(), self.deployment.data().by)
    }

    async fn deployment(&self) -> Deployment {
        self.deployment.clone()
    }

    async fn description(&self) -> Option<String> {
        Some(String::new())
    }

    async fn environment(&self) -> Option<String> {
        Some(self.deployment.environment_name())
    }

    async fn environment_url(&self) -> Option<Uri> {
        delivered::url(self.deployment.visit().company(), self.deployment.data()).map(Uri)
    }

    async fn log_url(&self) -> Option<Uri> {
        Some(Uri(delivered::log(self.deployment.visit(), self.deployment.repository.index, self.deployment.position)))
    }

    async fn state(&self) -> DeploymentStatusState {
        self.status
    }
}

/// A change that was proposed.
#[derive(Clone)]
pub(super) struct PullRequest {
    repository: Repository,
    position: usize,
}

impl PullRequest {
    fn visit(&self) -> &Arc<Visit> {
        &self.repository.visit
    }

    fn data(&self) -> &delivery::PullRequest {
        &self.visit().company().delivery.pull_requests[self.position]
    }

    fn closed(&self) -> Option<Instant> {
        self.data().closed.filter(|at| *at <= self.visit().now)
    }

    fn merged(&self) -> Option<u32> {
        self.closed().and(self.data().commit)
    }
}

#[Object]
impl PullRequest {
    async fn id(&self) -> ID {
        node_id::encode("PR", &[self.data().id], None).into()
    }

    async fn full_database_id(&self) -> Option<BigInt> {
        Some(BigInt(self.data().id))
    }

    async fn number(&self) -> i64 {
        self.data().number.into()
    }

    async fn title(&self) -> &str {
        self.visit().company().delivery.title(self.data(), self.repository.data())
    }

    async fn url(&self) -> Uri {
        Uri(format!("{}/{}/pull/{}", self.visit().base, self.visit().full_name(self.repository.index), self.data().number))
    }

    async fn repository(&self) -> Repository {
        self.repository.clone()
    }

    async fn state(&self) -> PullRequestState {
        match (self.closed(), self.merged()) {
            (None, _) => PullRequestState::Open,
            (Some(_), None) => PullRequestState::Closed,
            (Some(_), Some(_)) => PullRequestState::Merged,
        }
    }

    async fn is_draft(&self) -> bool {
        self.data().draft_until.is_some_and(|until| until > self.visit().now)
    }

    async fn created_at(&self) -> DateTime {
        self.data().opened.into()
    }

    async fn updated_at(&self) -> DateTime {
        delivered::updated(self.data(), self.visit().now).into()
    }

    async fn closed_at(&self) -> Option<DateTime> {
        self.closed().map(DateTime::from)
    }

    async fn merged_at(&self) -> Option<DateTime> {
        self.merged().and(self.closed()).map(DateTime::from)
    }

    async fn author(&self) -> Option<Actor> {
        Some(actor(self.visit(), self.data().author))
    }

    async fn merged_by(&self) -> Option<Actor> {
        self.merged().map(|_| actor(self.visit(), self.data().closed_by))
    }

    async fn merge_commit(&self) -> Option<Commit> {
        self.merged().map(|commit| Commit { repository: self.repository.clone(), index: commit as usize })
    }

    async fn additions(&self) -> i64 {
        self.data().additions.into()
    }

    async fn deletions(&self) -> i64 {
        self.data().deletions.into()
    }

    async fn changed_files(&self) -> i64 {
        self.data().files.into()
    }

    async fn base_ref_name(&self) -> String {
        self.repository.data().default_branch.clone()
    }

    async fn head_ref_name(&self) -> String {
        delivered::head_branch(self.visit().company(), self.data())
    }

    async fn head_ref_oid(&self) -> super::GitObjectId {
        super::GitObjectId(delivered::head_oid(self.data()))
    }

    async fn labels(
        &self,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<Option<LabelConnection>> {
        let items = self.data().labels.iter().map(|name| ((*name).to_owned(), Label::new(&self.repository, name, name)));
        let page = page(items.collect(), false, &Bounds { first, after, last, before }, largest(self.visit()))?;
        Ok(Some(LabelConnection::of(page)))
    }

    async fn reviews(
        &self,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<Option<PullRequestReviewConnection>> {
        let here = self.data().reviews.iter().enumerate().filter(|(_, review)| review.at <= self.visit().now);
        let items = here.map(|(number, _)| (format!("{number:04}"), PullRequestReview { request: self.clone(), number }));
        let page = page(items.collect(), false, &Bounds { first, after, last, before }, largest(self.visit()))?;
        Ok(Some(PullRequestReviewConnection::of(page)))
    }
}

/// What a reviewer said.
#[derive(Clone)]
pub(super) struct PullRequestReview {
    request: PullRequest,
    number: usize,
}

#[Object]
impl PullRequestReview {
    async fn id(&self) -> ID {
        node_id::encode("PRR", &[self.request.data().id * 32 + self.number as u64], None).into()
    }

    async fn author(&self) -> Option<Actor> {
        Some(actor(self.request.visit(), self.request.data().reviews[self.number].by))
    }

    async fn submitted_at(&self) -> Option<DateTime> {
        Some(self.request.data().reviews[self.number].at.into())
    }

    async fn created_at(&self) -> DateTime {
        self.request.data().reviews[self.number].at.into()
    }

    async fn state(&self) -> PullRequestReviewState {
        match self.request.data().reviews[self.number].verdict {
            delivery::Verdict::Approved => PullRequestReviewState::Approved,
            delivery::Verdict::ChangesRequested => PullRequestReviewState::ChangesRequested,
            delivery::Verdict::Commented => PullRequestReviewState::Commented,
        }
    }
}

#[derive(Clone)]
pub(super) struct Label {
    repository: Repository,
    /// What it was called when it was made.
    key: String,
    name: String,
}

impl Label {
    pub(super) fn new(repository: &Repository, key: &str, name: &str) -> Self {
        Self { repository: repository.clone(), key: key.to_owned(), name: name.to_owned() }
    }
}

#[Object]
impl Label {
    async fn id(&self) -> ID {
        node_id::encode("LA", &[self.repository.data().id], Some(&self.key)).into()
    }

    async fn name(&self) -> &str {
        &self.name
    }
}

/// The pull requests of a repository, oldest first.
pub(super) fn pull_requests(
    repository: &Repository,
    bounds: &Bounds,
    states: Option<&[PullRequestState]>,
) -> Result<PullRequestConnection> {
    let visit = &repository.visit;
    super::demand(visit, "pull_requests")?;
    let range = visit.company().delivery.pull_requests_of(repository.index, visit.now);
    let mut items = Vec::new();
    for position in range {
        let request = PullRequest { repository: repository.clone(), position };
        let state = match (request.closed(), request.merged()) {
            (None, _) => PullRequestState::Open,
            (Some(_), None) => PullRequestState::Closed,
            (Some(_), Some(_)) => PullRequestState::Merged,
        };
        if states.is_none_or(|states| states.contains(&state)) {
            items.push((format!("{position:012}"), request));
        }
    }
    let page = page(items, false, bounds, largest(visit))?;
    spend(visit, page.items.len())?;
    Ok(PullRequestConnection::of(page))
}

/// The pull requests that became a commit.
pub(super) fn of_commit(commit: &Commit, bounds: &Bounds) -> Result<PullRequestConnection> {
    let (repository, visit) = (&commit.repository, &commit.repository.visit);
    if !visit.viewer.may("pull_requests") {
        return Ok(PullRequestConnection::of(page(Vec::new(), false, bounds, largest(visit))?));
    }
    let delivery = &visit.company().delivery;
    let range = delivery.pull_requests_of(repository.index, visit.now);
    let found = range.filter(|position| delivery.pull_requests[*position].commit == Some(commit.index as u32));
    let items = found.map(|position| (format!("{position:012}"), PullRequest { repository: repository.clone(), position }));
    Ok(PullRequestConnection::of(page(items.collect(), false, bounds, largest(visit))?))
}

/// What a search may find.
#[derive(Clone, Union)]
#[graphql(name = "SearchResultItem")]
pub(super) enum SearchResultItem {
    Issue(issues::Issue),
    PullRequest(PullRequest),
    Repository(Repository),
}

#[derive(SimpleObject)]
pub(super) struct SearchResultItemEdge {
    cursor: String,
    node: Option<SearchResultItem>,
}

#[derive(SimpleObject)]
pub(super) struct SearchResultItemConnection {
    edges: Option<Vec<Option<SearchResultItemEdge>>>,
    nodes: Option<Vec<Option<SearchResultItem>>>,
    page_info: PageInfo,
    issue_count: i64,
    repository_count: i64,
}

/// Finds issues (`is:issue`, `is:open`, `label:`, `type:`) or pull requests (`is:pr`, `org:`, `repo:`, `updated:`, `created:`, `sort:updated-asc`), or repositories by `org:` and
/// `repo:`. Other words are taken as words of the title.
pub(super) fn search(visit: &Arc<Visit>, query: &str, kind: SearchType, bounds: &Bounds) -> Result<SearchResultItemConnection> {
    let asked =
        delivered::Search::parse(query).ok_or_else(|| problem("INVALID", "Validation failed: the search query is not understood"))?;
    let wanted = |index: &usize| asked.has_repository(&visit.company().login, &visit.full_name(*index));
    let mut found: Vec<(String, SearchResultItem)> = Vec::new();
    let mut here: BTreeMap<usize, Repository> = BTreeMap::new();
    for index in visit.repositories().filter(wanted) {
        let repository = Repository::of(visit, index);
        if kind == SearchType::Repository {
            found.push((format!("{index:012}"), SearchResultItem::Repository(repository)));
            continue;
        }
        if asked.is_of_issues() {
            here.insert(index, repository);
            continue;
        }
        // What a token may not read is not found.
        let may = visit.viewer.may("pull_requests") || visit.visibility(index) == Visibility::Public;
        if !asked.is_of_pull_requests() || !may {
            continue;
        }
        for position in visit.company().delivery.pull_requests_of(index, visit.now) {
            let request = &visit.company().delivery.pull_requests[position];
            let updated = delivered::updated(request, visit.now);
            if asked.matches(updated, request.opened) {
                let key = if asked.by_created { request.opened } else { updated };
                let item = PullRequest { repository: repository.clone(), position };
                found.push((format!("{:020}{position:012}", key.micros().max(0)), SearchResultItem::PullRequest(item)));
            }
        }
    }
    for (position, issue) in visit.github.issues.all.iter().enumerate().filter(|_| visit.viewer.may("issues")) {
        let Some(repository) = here.get(&issue.repository) else { continue };
        let updated = issue.updated(visit.now);
        let is_there = issue.exists.contains(&visit.now) && visit.github.issues.is_enabled(issue.repository, visit.now);
        if is_there && asked.matches(updated, issue.created) && asked.fits(issue, &visit.github.issues, visit.now) {
            let key = if asked.by_created { issue.created } else { updated };
            let item = SearchResultItem::Issue(issues::found(repository, position));
            found.push((format!("{:020}{position:012}", key.micros().max(0)), item));
        }
    }
    let count = found.len() as i64;
    sort(&mut found, asked.descending);
    found.truncate(MOST_FOUND);
    let page = page(found, asked.descending, bounds, largest(visit))?;
    spend(visit, page.items.len())?;
    let (issues, repositories) = if kind == SearchType::Issue { (count, 0) } else { (0, count) };
    Ok(SearchResultItemConnection {
        nodes: Some(page.items.iter().map(|(_, node)| Some(node.clone())).collect()),
        edges: Some(page.items.into_iter().map(|(cursor, node)| Some(SearchResultItemEdge { cursor, node: Some(node) })).collect()),
        page_info: page.info,
        issue_count: issues,
        repository_count: repositories,
    })
}
