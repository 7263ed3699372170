//! The types, named and shaped as GitHub's schema has them; only what a catalog needs of them.

mod delivery;
mod issues;

use std::sync::Arc;

use async_graphql::{
    Context, Enum, ID, InputObject, InputValueError, InputValueResult, Interface, Object, PathSegment, Result, Scalar, ScalarType,
    SimpleObject, Value,
};

use super::Charge;
use super::connection::{Bounds, PageInfo, connection, page, problem};
use crate::demo::company::{Permission, Visibility};
use crate::demo::github::objects::{self, BlobAt, EntryObject, Oid, TreeAt, join};
use crate::demo::github::visit::{Membership, Visit, is_binary};
use crate::demo::github::{ORGANIZATION_ID, codeowners, node_id, seconds_text};
use crate::model::Instant;

macro_rules! text_scalar {
    ($($name:ident $word:literal),*) => {$(
        #[derive(Clone, Debug)]
        pub(super) struct $name(String);

        #[Scalar(name = $word)]
        impl ScalarType for $name {
            fn parse(value: Value) -> InputValueResult<Self> {
                match value {
                    Value::String(text) => Ok(Self(text)),
                    other => Err(InputValueError::expected_type(other)),
                }
            }

            fn to_value(&self) -> Value {
                Value::String(self.0.clone())
            }
        }
    )*};
}
text_scalar!(DateTime "DateTime", GitTimestamp "GitTimestamp", Uri "URI", GitObjectId "GitObjectID", GitSshRemote "GitSSHRemote");

impl From<Instant> for DateTime {
    fn from(at: Instant) -> Self {
        Self(seconds_text(at))
    }
}

impl From<Oid> for GitObjectId {
    fn from(oid: Oid) -> Self {
        Self(oid.to_string())
    }
}

macro_rules! words {
    ($($name:ident $word:literal { $($item:ident),* })*) => {$(
        #[derive(Enum, Copy, Clone, Debug, PartialEq, Eq)]
        #[graphql(name = $word)]
        pub(super) enum $name { $($item),* }
    )*};
}
words! {
    OrderDirection "OrderDirection" { Asc, Desc }
    RepositoryOrderField "RepositoryOrderField" { CreatedAt, Name, PushedAt, Stargazers, UpdatedAt }
    RepositoryVisibility "RepositoryVisibility" { Internal, Private, Public }
    RepositoryPrivacy "RepositoryPrivacy" { Private, Public }
    RepositoryPermission "RepositoryPermission" { Admin, Maintain, Read, Triage, Write }
    TeamOrderField "TeamOrderField" { Name }
    TeamPrivacy "TeamPrivacy" { Secret, Visible }
    TeamMemberRole "TeamMemberRole" { Maintainer, Member }
    TeamMembershipType "TeamMembershipType" { All, ChildTeam, Immediate }
    OrganizationMemberRole "OrganizationMemberRole" { Admin, Member }
    RefOrderField "RefOrderField" { Alphabetical, TagCommitDate }
    ReleaseOrderField "ReleaseOrderField" { CreatedAt, Name }
    LanguageOrderField "LanguageOrderField" { Size }
}

macro_rules! orders {
    ($($name:ident $field:ty),*) => {$(
        #[derive(InputObject, Clone, Copy, Debug)]
        pub(super) struct $name {
            direction: OrderDirection,
            field: $field,
        }
    )*};
}
orders!(RepositoryOrder RepositoryOrderField, TeamOrder TeamOrderField, RefOrder RefOrderField, ReleaseOrder ReleaseOrderField,
    LanguageOrder LanguageOrderField);

connection!(RepositoryConnection, RepositoryEdge, Repository);
connection!(TeamConnection, TeamEdge, Team);
connection!(RepositoryTopicConnection, RepositoryTopicEdge, RepositoryTopic);
connection!(ReleaseConnection, ReleaseEdge, Release);
connection!(RefConnection, RefEdge, Ref);
connection!(CommitHistoryConnection, CommitEdge, Commit);

/// Too much was asked for: this part stays empty.
fn spend(visit: &Visit, count: usize) -> Result<()> {
    if visit.spend(count) { Ok(()) } else { Err(problem("RESOURCE_LIMITS_EXCEEDED", "Resource limits for this query exceeded.")) }
}

/// Says that the token lacks a permission.
fn demand(visit: &Visit, permission: &str) -> Result<()> {
    if visit.viewer.may(permission) { Ok(()) } else { Err(problem("FORBIDDEN", visit.viewer.not_accessible())) }
}

fn largest(visit: &Visit) -> usize {
    visit.github.options.page
}

/// Pages by position, for lists that only grow at their end or are read at once.
fn numbered<T>(items: impl IntoIterator<Item = T>) -> Vec<(String, T)> {
    items.into_iter().enumerate().map(|(index, item)| (format!("{index:08}"), item)).collect()
}

pub(super) struct Query;

#[Object]
impl Query {
    async fn organization(&self, ctx: &Context<'_>, login: String) -> Result<Option<Organization>> {
        let visit = ctx.data::<Arc<Visit>>()?;
        if login.eq_ignore_ascii_case(&visit.company().login) {
            return Ok(Some(Organization { visit: Arc::clone(visit) }));
        }
        Err(problem("NOT_FOUND", format!("Could not resolve to an Organization with the login of '{login}'.")))
    }

    async fn repository(
        &self,
        ctx: &Context<'_>,
        owner: String,
        name: String,
        #[graphql(default_with = "Some(true)")] follow_renames: Option<bool>,
    ) -> Result<Option<Repository>> {
        find_repository(ctx.data::<Arc<Visit>>()?, &owner, &name, follow_renames)
    }

    async fn user(&self, ctx: &Context<'_>, login: String) -> Result<Option<User>> {
        let visit = ctx.data::<Arc<Visit>>()?;
        match visit.find_person(&login) {
            Some(person) => Ok(Some(User::of(visit, person))),
            None => Err(problem("NOT_FOUND", format!("Could not resolve to a User with the login of '{login}'."))),
        }
    }

    async fn viewer(&self, ctx: &Context<'_>) -> Result<User> {
        let visit = ctx.data::<Arc<Visit>>()?;
        let who = visit.find_person(&visit.viewer.login).map_or_else(|| Who::Other(visit.viewer.login.clone()), Who::Person);
        Ok(User { visit: Arc::clone(visit), who })
    }

    async fn rate_limit(
        &self,
        ctx: &Context<'_>,
        #[graphql(default_with = "Some(false)")] dry_run: Option<bool>,
    ) -> Result<Option<RateLimit>> {
        let _ = dry_run;
        let charge = ctx.data::<Charge>()?;
        Ok(charge.budget.map(|budget| RateLimit {
            cost: charge.cost.points as i64,
            limit: budget.limit as i64,
            node_count: charge.cost.nodes as i64,
            remaining: budget.remaining() as i64,
            reset_at: budget.reset.into(),
            used: budget.used as i64,
        }))
    }

    #[expect(clippy::too_many_arguments, reason = "GitHub's field has them")]
    async fn search(
        &self,
        ctx: &Context<'_>,
        query: String,
        #[graphql(name = "type")] kind: delivery::SearchType,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<delivery::SearchResultItemConnection> {
        delivery::search(ctx.data::<Arc<Visit>>()?, &query, kind, &Bounds { first, after, last, before })
    }

    async fn node(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Node>> {
        find_node(ctx.data::<Arc<Visit>>()?, &id).map(Some)
    }

    async fn nodes(&self, ctx: &Context<'_>, ids: Vec<ID>) -> Result<Vec<Option<Node>>> {
        let visit = ctx.data::<Arc<Visit>>()?;
        if ids.len() > 100 {
            let message = format!("You may not provide more than 100 node ids; you provided {}.", ids.len());
            return Err(problem("ARGUMENT_LIMIT", message));
        }
        Ok(ids
            .iter()
            .enumerate()
            .map(|(index, id)| {
                find_node(visit, id)
                    .map_err(|error| ctx.add_error(error.into_server_error(ctx.item.pos).with_path(located(ctx, index))))
                    .ok()
            })
            .collect())
    }
}

fn located(ctx: &Context<'_>, index: usize) -> Vec<PathSegment> {
    vec![PathSegment::Field(ctx.item.node.response_key().node.to_string()), PathSegment::Index(index)]
}

fn find_repository(visit: &Arc<Visit>, owner: &str, name: &str, follow_renames: Option<bool>) -> Result<Option<Repository>> {
    spend(visit, 1)?;
    match visit.find(owner, name) {
        Some(found) if !found.renamed || follow_renames.unwrap_or(true) => Ok(Some(Repository::of(visit, found.index))),
        _ => Err(problem("NOT_FOUND", format!("Could not resolve to a Repository with the name '{owner}/{name}'."))),
    }
}

fn find_node(visit: &Arc<Visit>, id: &str) -> Result<Node> {
    spend(visit, 1)?;
    let unknown = || problem("NOT_FOUND", format!("Could not resolve to a node with the global id of '{id}'"));
    let decoded = node_id::decode(id).ok_or_else(unknown)?;
    let number = |index: usize| decoded.numbers.get(index).copied().unwrap_or_default();
    let found = match decoded.prefix.as_str() {
        "O" if number(0) == ORGANIZATION_ID => Some(Node::Organization(Organization { visit: Arc::clone(visit) })),
        "R" => visit.find_by_id(number(0)).map(|index| Node::Repository(Repository::of(visit, index))),
        "U" => {
            let person = visit.people().find(|person| visit.company().people[*person].id == number(0));
            person.map(|person| Node::User(User::of(visit, person)))
        }
        "T" => {
            let team = visit.listing.teams.iter().find(|team| visit.company().teams[**team].id == number(1));
            team.map(|team| Node::Team(Team { visit: Arc::clone(visit), index: *team }))
        }
        "I" => visit.find_by_id(number(0)).and_then(|index| issues::by_id(visit, index, number(1))).map(Node::Issue),
        "B" | "C" | "TR" | "TA" => {
            let oid = decoded.text.as_deref().and_then(Oid::parse);
            visit.find_by_id(number(0)).zip(oid).and_then(|(index, oid)| {
                let object = visit.locate(index, oid)?;
                Some(match GitObject::of(&Repository::of(visit, index), object) {
                    GitObject::Blob(blob) => Node::Blob(blob),
                    GitObject::Tree(tree) => Node::Tree(tree),
                    GitObject::Commit(commit) => Node::Commit(commit),
                    GitObject::Tag(tag) => Node::Tag(tag),
                })
            })
        }
        _ => None,
    };
    found.ok_or_else(unknown)
}

#[derive(Interface)]
#[graphql(field(name = "id", ty = "ID"))]
pub(super) enum Node {
    Organization(Organization),
    Repository(Repository),
    Team(Team),
    User(User),
    Commit(Commit),
    Tree(Tree),
    Blob(Blob),
    Tag(Tag),
    Issue(issues::Issue),
}

#[derive(Interface)]
#[graphql(field(name = "id", ty = "ID"), field(name = "login", ty = "String"), field(name = "url", ty = "Uri"))]
pub(super) enum RepositoryOwner {
    Organization(Organization),
}

#[derive(SimpleObject)]
pub(super) struct RateLimit {
    cost: i64,
    limit: i64,
    node_count: i64,
    remaining: i64,
    reset_at: DateTime,
    used: i64,
}

#[derive(Clone)]
pub(super) struct Organization {
    visit: Arc<Visit>,
}

#[Object]
impl Organization {
    async fn id(&self) -> ID {
        node_id::encode("O", &[ORGANIZATION_ID], None).into()
    }

    async fn database_id(&self) -> Option<i64> {
        Some(ORGANIZATION_ID as i64)
    }

    async fn login(&self) -> String {
        self.visit.company().login.clone()
    }

    async fn name(&self) -> Option<String> {
        Some(self.visit.company().name.clone())
    }

    async fn description(&self) -> Option<String> {
        None
    }

    async fn url(&self) -> Uri {
        Uri(format!("{}/{}", self.visit.base, self.visit.company().login))
    }

    async fn created_at(&self) -> DateTime {
        self.visit.company().history.start.into()
    }

    #[expect(clippy::too_many_arguments, reason = "GitHub's field has them")]
    async fn repositories(
        &self,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
        order_by: Option<RepositoryOrder>,
        is_archived: Option<bool>,
        is_fork: Option<bool>,
        privacy: Option<RepositoryPrivacy>,
        visibility: Option<RepositoryVisibility>,
    ) -> Result<RepositoryConnection> {
        let visit = &self.visit;
        let wanted = |index: &usize| {
            let repository = visit.repository(*index);
            let public = visit.visibility(*index) == Visibility::Public;
            is_archived.is_none_or(|archived| *repository.archived.at(visit.now) == archived)
                && is_fork.is_none_or(|fork| repository.is_fork == fork)
                && privacy.is_none_or(|privacy| (privacy == RepositoryPrivacy::Public) == public)
                && visibility.is_none_or(|wanted| wanted == visibility_word(visit.visibility(*index)))
        };
        let all: Vec<usize> = visit.repositories().filter(wanted).collect();
        repositories_page(visit, all, order_by, &Bounds { first, after, last, before })
    }

    async fn repository(
        &self,
        name: String,
        #[graphql(default_with = "Some(true)")] follow_renames: Option<bool>,
    ) -> Result<Option<Repository>> {
        find_repository(&self.visit, &self.visit.company().login, &name, follow_renames)
    }

    #[expect(clippy::too_many_arguments, reason = "GitHub's field has them")]
    async fn teams(
        &self,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
        order_by: Option<TeamOrder>,
        query: Option<String>,
        #[graphql(default_with = "Some(false)")] root_teams_only: Option<bool>,
        user_logins: Option<Vec<String>>,
    ) -> Result<TeamConnection> {
        demand(&self.visit, "members")?;
        let visit = &self.visit;
        let wanted = |team: &usize| {
            let slug = visit.company().teams[*team].slug.at(visit.now);
            let of = |login: &String| {
                visit.members(*team, Membership::All).iter().any(|(person, _)| visit.company().people[*person].login == *login)
            };
            query.as_ref().is_none_or(|query| slug.contains(query.as_str()))
                && !(root_teams_only == Some(true) && visit.parent(*team).is_some())
                && user_logins.as_ref().is_none_or(|logins| logins.iter().any(of))
        };
        let teams: Vec<usize> = visit.listing.teams.iter().copied().filter(wanted).collect();
        teams_page(visit, teams, order_by, &Bounds { first, after, last, before })
    }

    async fn team(&self, slug: String) -> Result<Option<Team>> {
        demand(&self.visit, "members")?;
        Ok(self.visit.find_team(&slug).map(|index| Team { visit: Arc::clone(&self.visit), index }))
    }

    async fn members_with_role(
        &self,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<OrganizationMemberConnection> {
        demand(&self.visit, "members")?;
        let people = self.visit.people().map(|person| (format!("{:020}", self.visit.company().people[person].id), person));
        let mut people: Vec<(String, usize)> = people.collect();
        people.sort();
        let page = page(people, false, &Bounds { first, after, last, before }, largest(&self.visit))?;
        spend(&self.visit, page.items.len())?;
        let edges = page.items.into_iter().map(|(cursor, person)| {
            let node = Some(User::of(&self.visit, person));
            Some(OrganizationMemberEdge { cursor, node, role: Some(OrganizationMemberRole::Member) })
        });
        Ok(OrganizationMemberConnection { edges: Some(edges.collect()), page_info: page.info, total_count: page.total as i64 })
    }
}

fn repositories_page(visit: &Arc<Visit>, all: Vec<usize>, order: Option<RepositoryOrder>, bounds: &Bounds) -> Result<RepositoryConnection> {
    let (mut items, descending) = repository_keys(visit, all, order);
    sort(&mut items, descending);
    let page = page(items, descending, bounds, largest(visit))?;
    spend(visit, page.items.len())?;
    Ok(RepositoryConnection::of(page.map(|index| Repository::of(visit, index))))
}

fn repository_keys(visit: &Visit, all: Vec<usize>, order: Option<RepositoryOrder>) -> (Vec<(String, usize)>, bool) {
    let field = order.map(|order| order.field);
    let key = |index: usize| {
        let repository = visit.repository(index);
        let time = |at: Instant| format!("{:020}", at.micros().max(0));
        let value = match field {
            Some(RepositoryOrderField::Name) => visit.name(index).to_lowercase(),
            Some(RepositoryOrderField::CreatedAt) => time(repository.exists.start),
            Some(RepositoryOrderField::PushedAt) => time(visit.pushed_at(index)),
            Some(RepositoryOrderField::UpdatedAt) => time(visit.updated_at(index)),
            Some(RepositoryOrderField::Stargazers) | None => String::new(),
        };
        format!("{value}\u{1}{:020}", repository.id)
    };
    let items = all.into_iter().map(|index| (key(index), index)).collect();
    (items, order.is_some_and(|order| order.direction == OrderDirection::Desc))
}

fn sort<T>(items: &mut [(String, T)], descending: bool) {
    if descending {
        items.sort_by(|a, b| b.0.cmp(&a.0));
    } else {
        items.sort_by(|a, b| a.0.cmp(&b.0));
    }
}

fn teams_page(visit: &Arc<Visit>, teams: Vec<usize>, order: Option<TeamOrder>, bounds: &Bounds) -> Result<TeamConnection> {
    let descending = order.is_some_and(|order| order.direction == OrderDirection::Desc);
    let mut items: Vec<(String, usize)> = teams
        .into_iter()
        .map(|index| {
            let team = &visit.company().teams[index];
            (format!("{}\u{1}{:020}", team.name.at(visit.now).to_lowercase(), team.id), index)
        })
        .collect();
    sort(&mut items, descending);
    let page = page(items, descending, bounds, largest(visit))?;
    spend(visit, page.items.len())?;
    Ok(TeamConnection::of(page.map(|index| Team { visit: Arc::clone(visit), index })))
}

fn visibility_word(visibility: Visibility) -> RepositoryVisibility {
    match visibility {
        Visibility::Public => RepositoryVisibility::Public,
        Visibility::Internal => RepositoryVisibility::Internal,
        Visibility::Private => RepositoryVisibility::Private,
    }
}

fn permission_word(permission: Permission) -> RepositoryPermission {
    match permission {
        Permission::Read => RepositoryPermission::Read,
        Permission::Triage => RepositoryPermission::Triage,
        Permission::Write => RepositoryPermission::Write,
        Permission::Maintain => RepositoryPermission::Maintain,
        Permission::Admin => RepositoryPermission::Admin,
    }
}

#[derive(Clone)]
pub(super) struct OrganizationMemberEdge {
    cursor: String,
    node: Option<User>,
    role: Option<OrganizationMemberRole>,
}

#[Object]
impl OrganizationMemberEdge {
    async fn cursor(&self) -> &str {
        &self.cursor
    }

    async fn node(&self) -> Option<User> {
        self.node.clone()
    }

    async fn role(&self) -> Option<OrganizationMemberRole> {
        self.role
    }
}

pub(super) struct OrganizationMemberConnection {
    edges: Option<Vec<Option<OrganizationMemberEdge>>>,
    page_info: PageInfo,
    total_count: i64,
}

#[Object]
impl OrganizationMemberConnection {
    async fn edges(&self) -> Option<Vec<Option<OrganizationMemberEdge>>> {
        self.edges.clone()
    }

    async fn nodes(&self) -> Option<Vec<Option<User>>> {
        self.edges.as_ref().map(|edges| edges.iter().map(|edge| edge.as_ref().and_then(|edge| edge.node.clone())).collect())
    }

    async fn page_info(&self) -> PageInfo {
        self.page_info.clone()
    }

    async fn total_count(&self) -> i64 {
        self.total_count
    }
}

#[derive(Clone)]
pub(super) struct Team {
    visit: Arc<Visit>,
    index: usize,
}

impl Team {
    fn data(&self) -> &crate::demo::company::Team {
        &self.visit.company().teams[self.index]
    }

    fn slug_now(&self) -> &str {
        self.data().slug.at(self.visit.now)
    }
}

#[Object]
impl Team {
    async fn id(&self) -> ID {
        node_id::encode("T", &[ORGANIZATION_ID, self.data().id], None).into()
    }

    async fn database_id(&self) -> Option<i64> {
        Some(self.data().id as i64)
    }

    async fn slug(&self) -> String {
        self.slug_now().to_owned()
    }

    async fn combined_slug(&self) -> String {
        format!("{}/{}", self.visit.company().login, self.slug_now())
    }

    async fn name(&self) -> String {
        self.data().name.at(self.visit.now).clone()
    }

    async fn description(&self) -> Option<String> {
        Some(self.data().description.clone()).filter(|text| !text.is_empty())
    }

    async fn url(&self) -> Uri {
        Uri(format!("{}/orgs/{}/teams/{}", self.visit.base, self.visit.company().login, self.slug_now()))
    }

    async fn privacy(&self) -> TeamPrivacy {
        TeamPrivacy::Visible
    }

    async fn created_at(&self) -> DateTime {
        self.data().exists.start.into()
    }

    async fn organization(&self) -> Organization {
        Organization { visit: Arc::clone(&self.visit) }
    }

    async fn parent_team(&self) -> Option<Team> {
        self.visit.parent(self.index).map(|index| Team { visit: Arc::clone(&self.visit), index })
    }

    async fn child_teams(
        &self,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
        order_by: Option<TeamOrder>,
    ) -> Result<TeamConnection> {
        teams_page(&self.visit, self.visit.children(self.index), order_by, &Bounds { first, after, last, before })
    }

    #[expect(clippy::too_many_arguments, reason = "GitHub's field has them")]
    async fn members(
        &self,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
        #[graphql(default_with = "Some(TeamMembershipType::All)")] membership: Option<TeamMembershipType>,
        role: Option<TeamMemberRole>,
        query: Option<String>,
    ) -> Result<TeamMemberConnection> {
        let visit = &self.visit;
        let membership = match membership {
            Some(TeamMembershipType::Immediate) => Membership::Immediate,
            Some(TeamMembershipType::ChildTeam) => Membership::ChildTeam,
            _ => Membership::All,
        };
        let login = |person: usize| visit.company().people[person].login.as_str();
        let members = visit.members(self.index, membership).into_iter().filter(|(person, maintainer)| {
            role.is_none_or(|role| (role == TeamMemberRole::Maintainer) == *maintainer)
                && query.as_ref().is_none_or(|query| login(*person).contains(query.as_str()))
        });
        let members: Vec<_> = members.map(|member| (login(member.0).to_owned(), member)).collect();
        let page = page(members, false, &Bounds { first, after, last, before }, largest(visit))?;
        spend(visit, page.items.len())?;
        let edges = page.items.into_iter().map(|(cursor, (person, maintainer))| {
            let role = if maintainer { TeamMemberRole::Maintainer } else { TeamMemberRole::Member };
            Some(TeamMemberEdge { cursor, node: User::of(visit, person), role })
        });
        Ok(TeamMemberConnection { edges: edges.collect(), page_info: page.info, total_count: page.total as i64 })
    }

    async fn repositories(
        &self,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<TeamRepositoryConnection> {
        let visit = &self.visit;
        let granted = visit.grants(self.index).iter().filter(|(index, _)| visit.sees(**index));
        let mut granted: Vec<_> =
            granted.map(|(index, permission)| (format!("{:020}", visit.repository(*index).id), (*index, *permission))).collect();
        granted.sort_by(|a, b| a.0.cmp(&b.0));
        let page = page(granted, false, &Bounds { first, after, last, before }, largest(visit))?;
        spend(visit, page.items.len())?;
        let edges = page.items.into_iter().map(|(cursor, (index, permission))| {
            Some(TeamRepositoryEdge { cursor, node: Repository::of(visit, index), permission: permission_word(permission) })
        });
        Ok(TeamRepositoryConnection { edges: edges.collect(), page_info: page.info, total_count: page.total as i64 })
    }
}

#[derive(Clone, SimpleObject)]
pub(super) struct TeamMemberEdge {
    cursor: String,
    node: User,
    role: TeamMemberRole,
}

pub(super) struct TeamMemberConnection {
    edges: Vec<Option<TeamMemberEdge>>,
    page_info: PageInfo,
    total_count: i64,
}

#[Object]
impl TeamMemberConnection {
    async fn edges(&self) -> Option<Vec<Option<TeamMemberEdge>>> {
        Some(self.edges.clone())
    }

    async fn nodes(&self) -> Option<Vec<Option<User>>> {
        Some(self.edges.iter().map(|edge| edge.as_ref().map(|edge| edge.node.clone())).collect())
    }

    async fn page_info(&self) -> PageInfo {
        self.page_info.clone()
    }

    async fn total_count(&self) -> i64 {
        self.total_count
    }
}

#[derive(Clone, SimpleObject)]
pub(super) struct TeamRepositoryEdge {
    cursor: String,
    node: Repository,
    permission: RepositoryPermission,
}

pub(super) struct TeamRepositoryConnection {
    edges: Vec<Option<TeamRepositoryEdge>>,
    page_info: PageInfo,
    total_count: i64,
}

#[Object]
impl TeamRepositoryConnection {
    async fn edges(&self) -> Option<Vec<Option<TeamRepositoryEdge>>> {
        Some(self.edges.clone())
    }

    async fn nodes(&self) -> Option<Vec<Option<Repository>>> {
        Some(self.edges.iter().map(|edge| edge.as_ref().map(|edge| edge.node.clone())).collect())
    }

    async fn page_info(&self) -> PageInfo {
        self.page_info.clone()
    }

    async fn total_count(&self) -> i64 {
        self.total_count
    }
}

#[derive(Clone)]
enum Who {
    Person(usize),
    /// The owner of a token who is none of the company's people.
    Other(String),
}

#[derive(Clone)]
pub(super) struct User {
    visit: Arc<Visit>,
    who: Who,
}

impl User {
    fn of(visit: &Arc<Visit>, person: usize) -> Self {
        Self { visit: Arc::clone(visit), who: Who::Person(person) }
    }

    fn person(&self) -> Option<&crate::demo::company::Person> {
        match &self.who {
            Who::Person(person) => Some(&self.visit.company().people[*person]),
            Who::Other(_) => None,
        }
    }

    fn login_text(&self) -> &str {
        match &self.who {
            Who::Person(person) => &self.visit.company().people[*person].login,
            Who::Other(login) => login,
        }
    }

    fn number(&self) -> u64 {
        self.person().map_or(ORGANIZATION_ID + 1, |person| person.id)
    }
}

#[Object]
impl User {
    async fn id(&self) -> ID {
        node_id::encode("U", &[self.number()], None).into()
    }

    async fn database_id(&self) -> Option<i64> {
        Some(self.number() as i64)
    }

    async fn login(&self) -> String {
        self.login_text().to_owned()
    }

    async fn name(&self) -> Option<String> {
        self.person().map(|person| person.name.clone())
    }

    async fn email(&self) -> String {
        self.person().map(|person| person.email.clone()).unwrap_or_default()
    }

    async fn url(&self) -> Uri {
        Uri(format!("{}/{}", self.visit.base, self.login_text()))
    }
}

#[derive(Clone)]
pub(super) struct Repository {
    visit: Arc<Visit>,
    index: usize,
}

impl Repository {
    fn of(visit: &Arc<Visit>, index: usize) -> Self {
        Self { visit: Arc::clone(visit), index }
    }

    fn data(&self) -> &crate::demo::company::Repository {
        self.visit.repository(self.index)
    }

    fn address(&self) -> String {
        format!("{}/{}", self.visit.base, self.visit.full_name(self.index))
    }

    fn release(&self, tag: usize) -> Release {
        Release { repository: self.clone(), tag }
    }

    fn branch(&self) -> Option<Ref> {
        let head = self.visit.head(self.index)?;
        Some(Ref {
            repository: self.clone(),
            prefix: "refs/heads/",
            name: self.data().default_branch.clone(),
            target: objects::Object::Commit(head),
        })
    }

    fn tag_ref(&self, tag: usize) -> Ref {
        let name = self.data().tags[tag].name.clone();
        Ref { repository: self.clone(), prefix: "refs/tags/", name, target: self.visit.tag_target(self.index, tag) }
    }
}

#[Object]
impl Repository {
    async fn id(&self) -> ID {
        node_id::encode("R", &[self.data().id], None).into()
    }

    async fn database_id(&self) -> Option<i64> {
        Some(self.data().id as i64)
    }

    async fn name(&self) -> String {
        self.visit.name(self.index).to_owned()
    }

    async fn name_with_owner(&self) -> String {
        self.visit.full_name(self.index)
    }

    async fn owner(&self) -> RepositoryOwner {
        RepositoryOwner::Organization(Organization { visit: Arc::clone(&self.visit) })
    }

    async fn url(&self) -> Uri {
        Uri(self.address())
    }

    async fn resource_path(&self) -> Uri {
        Uri(format!("/{}", self.visit.full_name(self.index)))
    }

    async fn ssh_url(&self) -> GitSshRemote {
        GitSshRemote(format!("git@{}:{}.git", host(&self.visit.base), self.visit.full_name(self.index)))
    }

    async fn description(&self) -> Option<String> {
        Some(self.data().description.at(self.visit.now).clone()).filter(|text| !text.is_empty())
    }

    async fn homepage_url(&self) -> Option<Uri> {
        None
    }

    async fn visibility(&self) -> RepositoryVisibility {
        visibility_word(self.visit.visibility(self.index))
    }

    async fn is_private(&self) -> bool {
        self.visit.visibility(self.index) != Visibility::Public
    }

    async fn is_archived(&self) -> bool {
        *self.data().archived.at(self.visit.now)
    }

    async fn is_fork(&self) -> bool {
        self.data().is_fork
    }

    async fn is_empty(&self) -> bool {
        self.visit.head(self.index).is_none()
    }

    async fn is_template(&self) -> bool {
        false
    }

    async fn is_disabled(&self) -> bool {
        false
    }

    async fn is_locked(&self) -> bool {
        false
    }

    async fn is_mirror(&self) -> bool {
        false
    }

    async fn is_in_organization(&self) -> bool {
        true
    }

    async fn stargazer_count(&self) -> i32 {
        0
    }

    async fn fork_count(&self) -> i32 {
        0
    }

    async fn created_at(&self) -> DateTime {
        self.data().exists.start.into()
    }

    async fn pushed_at(&self) -> Option<DateTime> {
        Some(self.visit.pushed_at(self.index).into())
    }

    async fn updated_at(&self) -> DateTime {
        self.visit.updated_at(self.index).into()
    }

    async fn archived_at(&self) -> Option<DateTime> {
        self.visit.archived_at(self.index).map(DateTime::from)
    }

    async fn default_branch_ref(&self) -> Option<Ref> {
        self.branch()
    }

    async fn primary_language(&self) -> Option<Language> {
        self.visit.languages(self.index).first().map(|(name, color, _)| Language { name, color })
    }

    async fn languages(
        &self,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
        order_by: Option<LanguageOrder>,
    ) -> Result<Option<LanguageConnection>> {
        let mut languages = self.visit.languages(self.index);
        match order_by {
            Some(LanguageOrder { direction: OrderDirection::Desc, field: LanguageOrderField::Size }) => {}
            Some(_) => languages.reverse(),
            None => languages.sort_by_key(|(name, ..)| *name),
        }
        let total_size: usize = languages.iter().map(|(_, _, size)| size).sum();
        let page = page(numbered(languages), false, &Bounds { first, after, last, before }, largest(&self.visit))?;
        let edges = page
            .items
            .into_iter()
            .map(|(cursor, (name, color, size))| Some(LanguageEdge { cursor, node: Language { name, color }, size: size as i64 }));
        Ok(Some(LanguageConnection {
            edges: edges.collect(),
            page_info: page.info,
            total_count: page.total as i64,
            total_size: total_size as i64,
        }))
    }

    async fn repository_topics(
        &self,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<RepositoryTopicConnection> {
        let topics = self.data().topics.at(self.visit.now).iter();
        let topics = topics.map(|name| (name.clone(), RepositoryTopic { repository: self.clone(), name: name.clone() }));
        let page = page(topics.collect(), false, &Bounds { first, after, last, before }, largest(&self.visit))?;
        Ok(RepositoryTopicConnection::of(page))
    }

    async fn license_info(&self) -> Option<License> {
        self.visit.licence(self.index).map(|(key, name, spdx_id)| License { key, name, spdx_id })
    }

    async fn latest_release(&self) -> Option<Release> {
        let tags = &self.data().tags;
        let releases = self.visit.releases(self.index);
        releases.into_iter().rfind(|tag| !is_prerelease(&tags[*tag].name)).map(|tag| self.release(tag))
    }

    async fn releases(
        &self,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
        order_by: Option<ReleaseOrder>,
    ) -> Result<ReleaseConnection> {
        let tags = &self.data().tags;
        let by_name = order_by.is_some_and(|order| order.field == ReleaseOrderField::Name);
        let descending = order_by.is_none_or(|order| order.direction == OrderDirection::Desc);
        let key = |tag: usize| {
            let value = if by_name { tags[tag].name.clone() } else { format!("{:020}", tags[tag].at.micros().max(0)) };
            format!("{value}\u{1}{tag:08}")
        };
        let releases = self.visit.releases(self.index).into_iter();
        let mut releases: Vec<_> = releases.map(|tag| (key(tag), self.release(tag))).collect();
        sort(&mut releases, descending);
        let page = page(releases, descending, &Bounds { first, after, last, before }, largest(&self.visit))?;
        spend(&self.visit, page.items.len())?;
        Ok(ReleaseConnection::of(page))
    }

    #[expect(clippy::too_many_arguments, reason = "arguments of the schema")]
    async fn deployments(
        &self,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
        environments: Option<Vec<String>>,
        order_by: Option<delivery::DeploymentOrder>,
    ) -> Result<delivery::DeploymentConnection> {
        delivery::deployments(self, &Bounds { first, after, last, before }, environments.as_deref(), order_by)
    }

    async fn has_issues_enabled(&self) -> bool {
        self.visit.github.issues.is_enabled(self.index, self.visit.now)
    }

    async fn issues(
        &self,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
        states: Option<Vec<issues::IssueState>>,
    ) -> Result<issues::IssueConnection> {
        issues::of_repository(self, &Bounds { first, after, last, before }, states.as_deref())
    }

    async fn pull_requests(
        &self,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
        states: Option<Vec<delivery::PullRequestState>>,
    ) -> Result<delivery::PullRequestConnection> {
        delivery::pull_requests(self, &Bounds { first, after, last, before }, states.as_deref())
    }

    #[expect(clippy::too_many_arguments, reason = "GitHub's field has them")]
    async fn refs(
        &self,
        ref_prefix: String,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
        order_by: Option<RefOrder>,
        direction: Option<OrderDirection>,
        query: Option<String>,
    ) -> Result<Option<RefConnection>> {
        let by_date = order_by.is_some_and(|order| order.field == RefOrderField::TagCommitDate);
        let descending = order_by.map(|order| order.direction).or(direction) == Some(OrderDirection::Desc);
        let prefix = if ref_prefix.ends_with('/') { ref_prefix } else { format!("{ref_prefix}/") };
        let mut refs: Vec<(String, Ref)> = Vec::new();
        let commits = &self.data().commits;
        let mut add = |found: Ref, commit: usize| {
            let key = if by_date { format!("{:020}", commits[commit].at.micros().max(0)) } else { String::new() };
            if query.as_ref().is_none_or(|query| found.name.contains(query.as_str())) {
                refs.push((format!("{key}\u{1}{}", found.name), found));
            }
        };
        if "refs/heads/".starts_with(&prefix)
            && let Some((branch, head)) = self.branch().zip(self.visit.head(self.index))
        {
            add(branch, head);
        }
        if "refs/tags/".starts_with(&prefix) {
            for tag in self.visit.tags(self.index) {
                add(self.tag_ref(tag), self.data().tags[tag].commit);
            }
        }
        sort(&mut refs, descending);
        let page = page(refs, descending, &Bounds { first, after, last, before }, largest(&self.visit))?;
        spend(&self.visit, page.items.len())?;
        Ok(Some(RefConnection::of(page)))
    }

    #[graphql(name = "ref")]
    async fn reference(&self, qualified_name: String) -> Option<Ref> {
        let branch = qualified_name.strip_prefix("refs/heads/").unwrap_or(&qualified_name);
        if branch == self.data().default_branch {
            return self.branch();
        }
        let name = qualified_name.strip_prefix("refs/tags/")?;
        let tags = self.visit.tags(self.index);
        tags.into_iter().find(|tag| self.data().tags[*tag].name == name).map(|tag| self.tag_ref(tag))
    }

    async fn codeowners(&self, ref_name: Option<String>) -> Result<Option<RepositoryCodeowners>> {
        demand(&self.visit, "contents")?;
        let revision = ref_name.unwrap_or_else(|| "HEAD".to_owned());
        Ok(codeowners::errors(&self.visit, self.index, &revision).map(|errors| RepositoryCodeowners {
            errors: errors
                .into_iter()
                .map(|error| RepositoryCodeownersError {
                    column: error.column as i32,
                    kind: error.kind,
                    line: error.line as i32,
                    message: error.message,
                    path: error.path,
                    source: error.source,
                    suggestion: error.suggestion,
                })
                .collect(),
        }))
    }

    async fn object(&self, expression: Option<String>, oid: Option<GitObjectId>) -> Result<Option<GitObject>> {
        demand(&self.visit, "contents")?;
        spend(&self.visit, 1)?;
        let found = match (&expression, &oid) {
            (_, Some(oid)) => Oid::parse(&oid.0).and_then(|oid| self.visit.locate(self.index, oid)),
            (Some(expression), None) => self.visit.resolve(self.index, expression),
            (None, None) => None,
        };
        Ok(found.map(|object| GitObject::of(self, object)))
    }
}

fn host(base: &str) -> &str {
    let host = base.split_once("://").map_or(base, |(_, rest)| rest);
    host.split(['/', ':']).next().unwrap_or(host)
}

fn is_prerelease(name: &str) -> bool {
    name.contains('-')
}

#[derive(Clone, SimpleObject)]
pub(super) struct RepositoryCodeowners {
    errors: Vec<RepositoryCodeownersError>,
}

#[derive(Clone, SimpleObject)]
pub(super) struct RepositoryCodeownersError {
    column: i32,
    kind: &'static str,
    line: i32,
    message: String,
    path: String,
    source: String,
    suggestion: Option<String>,
}

#[derive(Clone)]
pub(super) struct Language {
    name: &'static str,
    color: &'static str,
}

#[Object]
impl Language {
    async fn id(&self) -> ID {
        node_id::encode("LA", &[], Some(self.name)).into()
    }

    async fn name(&self) -> &str {
        self.name
    }

    async fn color(&self) -> Option<&str> {
        Some(self.color)
    }
}

#[derive(Clone, SimpleObject)]
pub(super) struct LanguageEdge {
    cursor: String,
    node: Language,
    size: i64,
}

pub(super) struct LanguageConnection {
    edges: Vec<Option<LanguageEdge>>,
    page_info: PageInfo,
    total_count: i64,
    total_size: i64,
}

#[Object]
impl LanguageConnection {
    async fn edges(&self) -> Option<Vec<Option<LanguageEdge>>> {
        Some(self.edges.clone())
    }

    async fn nodes(&self) -> Option<Vec<Option<Language>>> {
        Some(self.edges.iter().map(|edge| edge.as_ref().map(|edge| edge.node.clone())).collect())
    }

    async fn page_info(&self) -> PageInfo {
        self.page_info.clone()
    }

    async fn total_count(&self) -> i64 {
        self.total_count
    }

    async fn total_size(&self) -> i64 {
        self.total_size
    }
}

#[derive(Clone)]
pub(super) struct RepositoryTopic {
    repository: Repository,
    name: String,
}

#[Object]
impl RepositoryTopic {
    async fn id(&self) -> ID {
        node_id::encode("RT", &[self.repository.data().id], Some(&self.name)).into()
    }

    async fn topic(&self) -> Topic {
        Topic { name: self.name.clone() }
    }

    async fn url(&self) -> Uri {
        Uri(format!("{}/topics/{}", self.repository.visit.base, self.name))
    }
}

pub(super) struct Topic {
    name: String,
}

#[Object]
impl Topic {
    async fn id(&self) -> ID {
        node_id::encode("TO", &[], Some(&self.name)).into()
    }

    async fn name(&self) -> &str {
        &self.name
    }
}

pub(super) struct License {
    key: &'static str,
    name: &'static str,
    spdx_id: &'static str,
}

#[Object]
impl License {
    async fn id(&self) -> ID {
        node_id::encode("L", &[], Some(self.key)).into()
    }

    async fn key(&self) -> &str {
        self.key
    }

    async fn name(&self) -> &str {
        self.name
    }

    async fn spdx_id(&self) -> Option<&str> {
        Some(self.spdx_id)
    }
}

#[derive(Clone)]
pub(super) struct Release {
    repository: Repository,
    tag: usize,
}

impl Release {
    fn data(&self) -> &crate::demo::company::Tag {
        &self.repository.data().tags[self.tag]
    }
}

#[Object]
impl Release {
    async fn id(&self) -> ID {
        node_id::encode("RE", &[self.repository.data().id], Some(&self.data().name)).into()
    }

    async fn database_id(&self) -> Option<i64> {
        Some((self.repository.data().id * 1000 + self.tag as u64) as i64)
    }

    async fn name(&self) -> Option<String> {
        Some(self.data().name.clone())
    }

    async fn tag_name(&self) -> String {
        self.data().name.clone()
    }

    async fn published_at(&self) -> Option<DateTime> {
        Some(self.data().at.into())
    }

    async fn created_at(&self) -> DateTime {
        self.data().at.into()
    }

    async fn updated_at(&self) -> DateTime {
        self.data().at.into()
    }

    async fn url(&self) -> Uri {
        Uri(format!("{}/releases/tag/{}", self.repository.address(), self.data().name))
    }

    async fn is_draft(&self) -> bool {
        false
    }

    async fn is_prerelease(&self) -> bool {
        is_prerelease(&self.data().name)
    }

    async fn description(&self) -> Option<String> {
        None
    }

    async fn tag(&self) -> Option<Ref> {
        Some(self.repository.tag_ref(self.tag))
    }

    async fn tag_commit(&self) -> Option<Commit> {
        Some(Commit { repository: self.repository.clone(), index: self.data().commit })
    }

    async fn repository(&self) -> Repository {
        self.repository.clone()
    }
}

#[derive(Clone)]
pub(super) struct Ref {
    repository: Repository,
    prefix: &'static str,
    name: String,
    target: objects::Object,
}

#[Object]
impl Ref {
    async fn id(&self) -> ID {
        node_id::encode("REF", &[self.repository.data().id], Some(&format!("{}{}", self.prefix, self.name))).into()
    }

    async fn name(&self) -> &str {
        &self.name
    }

    async fn prefix(&self) -> &str {
        self.prefix
    }

    async fn target(&self) -> Option<GitObject> {
        Some(GitObject::of(&self.repository, self.target.clone()))
    }

    async fn repository(&self) -> Repository {
        self.repository.clone()
    }
}

#[derive(Interface)]
#[graphql(
    field(name = "id", ty = "ID"),
    field(name = "oid", ty = "GitObjectId"),
    field(name = "abbreviated_oid", ty = "String"),
    field(name = "repository", ty = "Repository")
)]
pub(super) enum GitObject {
    Blob(Blob),
    Tree(Tree),
    Commit(Commit),
    Tag(Tag),
}

impl GitObject {
    fn of(repository: &Repository, object: objects::Object) -> Self {
        let repository = repository.clone();
        match object {
            objects::Object::Blob(at) => Self::Blob(Blob { repository, at }),
            objects::Object::Tree(at) => Self::Tree(Tree { repository, at }),
            objects::Object::Commit(index) => Self::Commit(Commit { repository, index }),
            objects::Object::Tag(index) => Self::Tag(Tag { repository, index }),
        }
    }
}

fn object_id(prefix: &str, repository: &Repository, oid: Oid) -> ID {
    node_id::encode(prefix, &[repository.data().id], Some(&oid.to_string())).into()
}

fn abbreviated(oid: Oid) -> String {
    oid.to_string()[..7].to_owned()
}

#[derive(Clone)]
pub(super) struct Blob {
    repository: Repository,
    at: BlobAt,
}

#[Object]
impl Blob {
    async fn id(&self) -> ID {
        object_id("B", &self.repository, self.at.oid)
    }

    async fn oid(&self) -> GitObjectId {
        self.at.oid.into()
    }

    async fn abbreviated_oid(&self) -> String {
        abbreviated(self.at.oid)
    }

    async fn repository(&self) -> Repository {
        self.repository.clone()
    }

    async fn byte_size(&self) -> i64 {
        self.at.size as i64
    }

    async fn is_binary(&self) -> Option<bool> {
        Some(is_binary(&self.repository.visit.github.content(self.repository.index, self.at)))
    }

    async fn is_truncated(&self) -> bool {
        self.at.size > self.repository.visit.github.options.text_bytes
    }

    async fn text(&self) -> Option<String> {
        let github = &self.repository.visit.github;
        let content = github.content(self.repository.index, self.at);
        if is_binary(&content) {
            return None;
        }
        let mut end = content.len().min(github.options.text_bytes);
        // Not in the middle of a character.
        while end < content.len() && end > 0 && content[end] & 0xc0 == 0x80 {
            end -= 1;
        }
        Some(String::from_utf8_lossy(&content[..end]).into_owned())
    }
}

#[derive(Clone)]
pub(super) struct Tree {
    repository: Repository,
    at: TreeAt,
}

#[Object]
impl Tree {
    async fn id(&self) -> ID {
        object_id("TR", &self.repository, self.at.oid)
    }

    async fn oid(&self) -> GitObjectId {
        self.at.oid.into()
    }

    async fn abbreviated_oid(&self) -> String {
        abbreviated(self.at.oid)
    }

    async fn repository(&self) -> Repository {
        self.repository.clone()
    }

    async fn entries(&self) -> Option<Vec<TreeEntry>> {
        let entries = self.repository.visit.line(self.repository.index).entries(self.at.commit, &self.at.path);
        let of = |entry: objects::Entry| TreeEntry { repository: self.repository.clone(), tree: self.at.clone(), entry };
        Some(entries.into_iter().map(of).collect())
    }
}

pub(super) struct TreeEntry {
    repository: Repository,
    tree: TreeAt,
    entry: objects::Entry,
}

#[Object]
impl TreeEntry {
    async fn name(&self) -> &str {
        &self.entry.name
    }

    async fn path(&self) -> Option<String> {
        Some(join(&self.tree.path, &self.entry.name))
    }

    #[graphql(name = "type")]
    async fn kind(&self) -> &str {
        if self.entry.is_folder() { "tree" } else { "blob" }
    }

    async fn mode(&self) -> i32 {
        if self.entry.is_folder() { 0o040_000 } else { 0o100_644 }
    }

    async fn oid(&self) -> GitObjectId {
        self.entry.oid().into()
    }

    async fn size(&self) -> i64 {
        match self.entry.object {
            EntryObject::File(blob) => blob.size as i64,
            EntryObject::Folder(_) => 0,
        }
    }

    async fn extension(&self) -> Option<String> {
        let (_, extension) = self.entry.name.rsplit_once('.')?;
        Some(format!(".{extension}"))
    }

    async fn object(&self) -> Result<Option<GitObject>> {
        spend(&self.repository.visit, 1)?;
        let object = match self.entry.object {
            EntryObject::File(blob) => objects::Object::Blob(blob),
            EntryObject::Folder(oid) => {
                objects::Object::Tree(TreeAt { oid, commit: self.tree.commit, path: join(&self.tree.path, &self.entry.name) })
            }
        };
        Ok(Some(GitObject::of(&self.repository, object)))
    }
}

#[derive(Clone)]
pub(super) struct Tag {
    repository: Repository,
    index: usize,
}

impl Tag {
    fn data(&self) -> &crate::demo::company::Tag {
        &self.repository.data().tags[self.index]
    }

    fn oid_now(&self) -> Oid {
        self.repository.visit.oid(self.repository.index, &objects::Object::Tag(self.index))
    }
}

#[Object]
impl Tag {
    async fn id(&self) -> ID {
        object_id("TA", &self.repository, self.oid_now())
    }

    async fn oid(&self) -> GitObjectId {
        self.oid_now().into()
    }

    async fn abbreviated_oid(&self) -> String {
        abbreviated(self.oid_now())
    }

    async fn repository(&self) -> Repository {
        self.repository.clone()
    }

    async fn name(&self) -> String {
        self.data().name.clone()
    }

    async fn message(&self) -> Option<String> {
        Some(objects::tag_message(self.data()))
    }

    async fn tagger(&self) -> Option<GitActor> {
        let author = self.repository.data().commits[self.data().commit].author;
        Some(GitActor { visit: Arc::clone(&self.repository.visit), person: author, at: self.data().at })
    }

    async fn target(&self) -> GitObject {
        GitObject::Commit(Commit { repository: self.repository.clone(), index: self.data().commit })
    }
}

#[derive(Clone)]
pub(super) struct Commit {
    repository: Repository,
    index: usize,
}

impl Commit {
    fn data(&self) -> &crate::demo::company::Commit {
        &self.repository.data().commits[self.index]
    }

    fn oid_now(&self) -> Oid {
        self.repository.visit.line(self.repository.index).commit(self.index)
    }

    fn actor(&self) -> GitActor {
        GitActor { visit: Arc::clone(&self.repository.visit), person: self.data().author, at: self.data().at }
    }
}

#[Object]
impl Commit {
    async fn id(&self) -> ID {
        object_id("C", &self.repository, self.oid_now())
    }

    async fn oid(&self) -> GitObjectId {
        self.oid_now().into()
    }

    async fn abbreviated_oid(&self) -> String {
        abbreviated(self.oid_now())
    }

    async fn repository(&self) -> Repository {
        self.repository.clone()
    }

    async fn committed_date(&self) -> DateTime {
        self.data().at.into()
    }

    async fn authored_date(&self) -> DateTime {
        self.data().at.into()
    }

    async fn message(&self) -> &str {
        &self.data().message
    }

    async fn associated_pull_requests(
        &self,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<Option<delivery::PullRequestConnection>> {
        delivery::of_commit(self, &Bounds { first, after, last, before }).map(Some)
    }

    async fn message_headline(&self) -> &str {
        self.data().message.lines().next().unwrap_or_default()
    }

    async fn message_body(&self) -> &str {
        self.data().message.split_once('\n').map_or("", |(_, body)| body.trim())
    }

    async fn url(&self) -> Uri {
        Uri(format!("{}/commit/{}", self.repository.address(), self.oid_now()))
    }

    async fn tree(&self) -> Tree {
        let oid = self.repository.visit.line(self.repository.index).root(self.index);
        Tree { repository: self.repository.clone(), at: TreeAt { oid, commit: self.index, path: String::new() } }
    }

    async fn author(&self) -> Option<GitActor> {
        Some(self.actor())
    }

    async fn committer(&self) -> Option<GitActor> {
        Some(self.actor())
    }

    async fn changed_files_if_available(&self) -> Option<i32> {
        Some(self.data().changes.len() as i32)
    }

    #[expect(clippy::too_many_arguments, reason = "GitHub's field has them")]
    async fn history(
        &self,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
        path: Option<String>,
        since: Option<GitTimestamp>,
        until: Option<GitTimestamp>,
    ) -> Result<CommitHistoryConnection> {
        let visit = &self.repository.visit;
        let limit = |text: Option<GitTimestamp>| -> Result<Option<Instant>> {
            let Some(GitTimestamp(text)) = text else { return Ok(None) };
            let instant = text.parse().map_err(|_| problem("INVALID_ARGUMENT", format!("`{text}` is not a valid timestamp.")))?;
            Ok(Some(instant))
        };
        let (since, until) = (limit(since)?, limit(until)?);
        let commits = &self.repository.data().commits;
        let mut found = visit.line(self.repository.index).commits_of(path.as_deref().unwrap_or_default(), self.index + 1);
        found.retain(|commit| {
            since.is_none_or(|since| commits[*commit].at >= since) && until.is_none_or(|until| commits[*commit].at <= until)
        });
        let items = found.into_iter().rev().map(|commit| (format!("{commit:08}"), commit)).collect();
        let page = page(items, true, &Bounds { first, after, last, before }, largest(visit))?;
        spend(visit, page.items.len())?;
        Ok(CommitHistoryConnection::of(page.map(|index| Commit { repository: self.repository.clone(), index })))
    }
}

pub(super) struct GitActor {
    visit: Arc<Visit>,
    person: usize,
    at: Instant,
}

#[Object]
impl GitActor {
    async fn name(&self) -> Option<&str> {
        Some(&self.visit.company().people[self.person].name)
    }

    async fn email(&self) -> Option<&str> {
        Some(&self.visit.company().people[self.person].email)
    }

    async fn date(&self) -> Option<GitTimestamp> {
        Some(GitTimestamp(seconds_text(self.at)))
    }

    async fn user(&self) -> Option<User> {
        Some(User::of(&self.visit, self.person))
    }
}
