//! The questions that a request can begin with.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};

use crate::api::audit::{self, AuditRecord, LinkRecord};
use crate::api::board::{QualityBoard, board_of};
use crate::api::cause::{CauseRecord, words};
use crate::api::change::{ChangeConnection, HistoryConnection, Selection, TimelineConnection, diff_page, history_of, shown, timeline_page};
use crate::api::commits::{CommitsBetween, between};
use crate::api::connection::{Rendered, connection, list};
use crate::api::entity::{
    ApiConnection, ClusterConnection, DomainConnection, Entity, EntityConnection, Item, Node, PackageConnection, PersonConnection,
    RepositoryConnection, ResourceConnection, ServiceConnection, SystemConnection, TeamConnection, WorkloadConnection, entity_page,
    pinned_moment,
};
use crate::api::error::{Code, from_query};
use crate::api::event::{
    DeployedConnection, DeployedSelection, Event, EventConnection, EventKind, EventSelection, deployed_page, event_of, events_page,
};
use crate::api::impact::{Impact, Way, impact_of};
use crate::api::limits::page_size;
use crate::api::lists::{Asked, BugFilter, IncidentFilter, SupportCaseFilter, bugs_page, incidents_page, support_cases_page};
use crate::api::outdated::{OutdatedGroup, PackageUseConnection, by_group};
use crate::api::present::Present;
use crate::api::report::{self, ReportChannel, SentReport, WeekReport};
use crate::api::scalar::{
    Date, DateTime, Direction, Facet as ApiFacet, GateState, Holder as ApiHolder, Interval, Kind as ApiKind, MatchPlace, MatchQuality,
    Metric, Moment, OrderField, OutdatedBy, Period, Scope,
};
use crate::api::status::{CollectorStatus, Snapshot, collectors, snapshots};
use crate::api::unlinked::{UnlinkedConnection, unlinked};
use crate::model::pushed::ParseMetricNameError;
use crate::model::{FieldPath, Instant, Kind};
use crate::query::board::pushed;
use crate::query::{Cursor, entity, page, search, series};

/// What a list of services or repositories keeps. Everything given must hold; of several values one is enough; letter
/// case never matters.
#[derive(InputObject, Default)]
pub struct EntityFilter {
    /// Part of the name, title or description.
    pub text: Option<String>,
    /// Owned by this team or person: an id, or a ref at the moment.
    pub owner: Option<ID>,
    /// Count what the teams below the owner own, as they stood at the moment. On unless turned off.
    #[graphql(default = true)]
    pub owner_tree: bool,
    /// Has no owner (true), or has one (false).
    pub unowned: Option<bool>,
    /// Any of these types.
    #[graphql(name = "type")]
    pub types: Option<Vec<String>>,
    /// Any of these lifecycles.
    pub lifecycle: Option<Vec<String>>,
    /// Any of these statuses.
    pub status: Option<Vec<String>>,
    /// Any of these languages.
    pub language: Option<Vec<String>>,
    /// Any of these topics.
    pub topic: Option<Vec<String>>,
    /// Belongs to this system: an id, or a ref at the moment.
    pub system: Option<ID>,
    /// Belongs to this domain: an id, or a ref at the moment.
    pub domain: Option<ID>,
    /// Stands in this repository: an id, or a ref at the moment.
    pub repository: Option<ID>,
    /// Is directly below this team or domain: an id, or a ref at the moment.
    pub parent: Option<ID>,
    /// Is a member of this team: an id, or a ref at the moment.
    pub member_of: Option<ID>,
    /// A source defines it (true), or it is only mentioned by others (false).
    pub defined: Option<bool>,
    /// Some source states these fields, such as `general.description` or `dependencies.packages`.
    pub has: Option<Vec<String>>,
    /// No source states these fields.
    pub lacks: Option<Vec<String>>,
    /// A package of any of these ecosystems: npm, cargo, pypi.
    pub ecosystem: Option<Vec<String>>,
    /// Some statement that holds for it is stale at the moment (true), or none is (false).
    pub stale: Option<bool>,
    /// Its newest change at or before the moment is not older than this; a date means the start of the day.
    pub changed_since: Option<Moment>,
    /// Its newest change at or before the moment is older than this; a date means the start of the day. What never
    /// changed since it became known is not kept.
    pub changed_before: Option<Moment>,
    /// The quality gate is any of these.
    pub gate: Option<Vec<GateState>>,
    /// A share of lines and branches that tests reach of at least this, from 0 to 1. What was not measured is not kept.
    pub coverage_at_least: Option<f64>,
    /// A share of lines and branches that tests reach below this, from 0 to 1. What was not measured is not kept.
    pub coverage_below: Option<f64>,
    /// Some direct dependency is known to be behind (true), or none is (false); of a package, some use of it.
    pub outdated: Option<bool>,
    /// Some package that it uses, direct or not, has a published weakness in the version used (true), or none is known to
    /// have (false); of a package, some use of it.
    pub vulnerable: Option<bool>,
    /// Some package that it uses, direct or not, is deprecated (true), or none is known to be (false); of a package,
    /// whether it is, or a version in use.
    pub deprecated: Option<bool>,
    /// Some runtime or base image that it uses is out of support (true), or none is known to be (false); of a package,
    /// whether a release cycle in use is.
    pub end_of_life: Option<bool>,
    /// A package that the organisation publishes itself (true), or does not (false).
    pub internal: Option<bool>,
    /// A package that this uses: a service or repository, or what a team and the teams below it own; an id, or a ref at
    /// the moment.
    pub used_by: Option<ID>,
}

impl EntityFilter {
    fn resolve(self, present: &Present, at: Instant) -> Result<page::Filter> {
        let entity = |id: Option<ID>| id.map(|id| present.entity(&id, at)).transpose();
        let fields = |fields: Option<Vec<String>>| -> Result<Vec<_>> {
            let parse = |text: String| {
                let parsed = text.parse::<FieldPath>();
                parsed.map(|path| (path.facet, path.field)).map_err(|error| Code::InvalidArgument.error(error.to_string()))
            };
            fields.unwrap_or_default().into_iter().map(parse).collect()
        };
        Ok(page::Filter {
            text: self.text,
            owner: entity(self.owner)?,
            owner_tree: self.owner_tree,
            unowned: self.unowned,
            types: self.types.unwrap_or_default(),
            lifecycles: self.lifecycle.unwrap_or_default(),
            statuses: self.status.unwrap_or_default(),
            languages: self.language.unwrap_or_default(),
            topics: self.topic.unwrap_or_default(),
            system: entity(self.system)?,
            domain: entity(self.domain)?,
            repository: entity(self.repository)?,
            parent: entity(self.parent)?,
            member_of: entity(self.member_of)?,
            defined: self.defined,
            has: fields(self.has)?,
            lacks: fields(self.lacks)?,
            ecosystems: self.ecosystem.unwrap_or_default(),
            stale: self.stale,
            changed_since: self.changed_since.map(|moment| present.resolve_start(&moment)).transpose()?,
            changed_before: self.changed_before.map(|moment| present.resolve_start(&moment)).transpose()?,
            gates: self.gate.unwrap_or_default().into_iter().map(GateState::word).collect(),
            coverage_at_least: self.coverage_at_least,
            coverage_below: self.coverage_below,
            outdated: self.outdated,
            vulnerable: self.vulnerable,
            deprecated: self.deprecated,
            end_of_life: self.end_of_life,
            internal: self.internal,
            used_by: entity(self.used_by)?,
        })
    }
}

/// What a list is sorted by.
#[derive(InputObject)]
pub struct EntityOrder {
    /// The value that is compared.
    #[graphql(default_with = "OrderField::Name")]
    pub field: OrderField,
    /// The direction.
    #[graphql(default)]
    pub direction: Direction,
}

/// The entity that answers for a ref at a moment.
#[derive(SimpleObject)]
pub struct EntityAt {
    /// The entity; null if nobody ever had the ref.
    pub entity: Option<Entity>,
    /// How the ref found it.
    pub holder: Option<ApiHolder>,
    /// The moment, resolved.
    pub at: DateTime,
    /// What to know about an answer that is empty or not simply the holder.
    pub hint: Option<String>,
}

/// An entity that a search found.
#[derive(SimpleObject, Clone)]
pub struct SearchHit {
    /// The entity.
    pub entity: Entity,
    /// How well the worst of the words was met.
    pub quality: MatchQuality,
    /// Where the words were found.
    pub matched: Vec<Match>,
}

/// A word that a search met.
#[derive(SimpleObject, Clone)]
pub struct Match {
    /// Where it stands.
    pub field: MatchPlace,
    /// How well it was met.
    pub quality: MatchQuality,
    /// The word as it stands there.
    pub word: String,
}

connection!(
    /// What a search found, best first.
    SearchConnection, SearchEdge, SearchHit
);

/// A figure through time.
#[derive(SimpleObject)]
pub struct Series {
    /// The figure.
    pub metric: Metric,
    /// The owner, where the series is split by owner; null for the whole, and for what has no owner.
    pub owner: Option<Entity>,
    /// One point a bucket, oldest first.
    pub points: Vec<Point>,
}

/// A value for a half-open stretch of time.
#[derive(SimpleObject)]
pub struct Point {
    /// The first day of the bucket.
    pub day: Date,
    /// The last day of the bucket.
    pub last_day: Date,
    /// First instant.
    pub from: DateTime,
    /// First instant after.
    pub to: DateTime,
    /// The bucket has not ended: the value is that of now.
    pub running: bool,
    /// The value; null where nothing is known, which is not zero.
    pub value: Option<f64>,
    /// The share of what the figure is about of which it is known, from 0 to 1: of entities, of lines, or of uses of
    /// packages. Null for figures that are always known.
    pub covered: Option<f64>,
}

/// The newest and oldest of what is known.
#[derive(SimpleObject)]
pub struct StoreStatus {
    /// Grows with every commit.
    pub generation: String,
    /// The instant of the newest commit.
    pub newest: Option<DateTime>,
    /// The first instant of which anything is known.
    pub earliest: Option<DateTime>,
    /// The first day of which anything is known.
    pub first_day: Option<Date>,
    /// The organisation's time zone: where a day ends.
    pub zone: String,
    /// Now, as the server's clock has it.
    pub now: DateTime,
    /// The day of `now` in the organisation's time zone.
    pub today: Date,
    /// The index is being rebuilt: share done, from 0 to 1.
    pub rebuilding: Option<f64>,
}

/// What it takes from the budget to judge everything in use at a moment.
const EFFORT_OF_A_MOMENT: usize = 2_000;

/// Everything that can be asked. `at` is the moment that a field and all fields below it are about; now, if it is not given.
pub struct Query;

fn listed(
    ctx: &Context<'_>,
    kind: Kind,
    filter: Option<EntityFilter>,
    order: Option<EntityOrder>,
    first: Option<i32>,
    after: Option<&str>,
    at: Option<&Moment>,
) -> Result<EntityConnection> {
    let present = Present::of(ctx)?;
    let asked = at.map(|at| present.resolve(Some(at))).transpose()?;
    let cursor = after.map(|after| Cursor::decode(list::ENTITIES, after)).transpose().map_err(from_query)?;
    let at = pinned_moment(present, cursor.as_ref(), asked)?;
    let filter = filter.unwrap_or(EntityFilter { owner_tree: true, ..EntityFilter::default() }).resolve(present, at)?;
    let order = order.map_or((page::Order::Name, false), |order| (order.field.into(), order.direction == Direction::Desc));
    entity_page(present, kind, &filter, order, first, after, Some(at))
}

/// Everything that can be asked. `at` is the moment that a field and all fields below it are about; now, if it is not given.
#[Object]
impl Query {
    /// The version of spot that answers.
    async fn version(&self) -> &'static str {
        env!("CARGO_PKG_VERSION")
    }

    /// Anything by its id.
    async fn node(&self, ctx: &Context<'_>, id: ID, at: Option<Moment>) -> Result<Option<Node>> {
        let present = Present::of(ctx)?;
        let at = present.resolve(at.as_ref())?;
        let Ok(id) = id.parse() else { return Ok(None) };
        Ok(Entity::new(&present.pin(at), id).map(Node::from))
    }

    /// The entity that a ref, such as `service:ledger`, means at the moment: its holder then, else the last one before,
    /// else the first one after.
    async fn entity(&self, ctx: &Context<'_>, #[graphql(name = "ref")] reference: String, at: Option<Moment>) -> Result<EntityAt> {
        let present = Present::of(ctx)?;
        let at = present.resolve(at.as_ref())?;
        if let Err(error) = reference.parse::<crate::model::EntityRef>() {
            return Err(Code::InvalidArgument.error(error.to_string()));
        }
        let found = entity::find(&present.lens, &reference, at).map_err(from_query)?;
        Ok(EntityAt {
            entity: found.entity.and_then(|(id, _)| Entity::new(&present.pin(at), id)),
            holder: found.entity.map(|(_, holder)| holder.into()),
            at: DateTime(at),
            hint: found.hint,
        })
    }

    /// Services: components of all types.
    async fn services(
        &self,
        ctx: &Context<'_>,
        filter: Option<EntityFilter>,
        order_by: Option<EntityOrder>,
        first: Option<i32>,
        after: Option<String>,
        at: Option<Moment>,
    ) -> Result<ServiceConnection> {
        listed(ctx, Kind::Service, filter, order_by, first, after.as_deref(), at.as_ref()).map(ServiceConnection)
    }

    /// Source repositories.
    async fn repositories(
        &self,
        ctx: &Context<'_>,
        filter: Option<EntityFilter>,
        order_by: Option<EntityOrder>,
        first: Option<i32>,
        after: Option<String>,
        at: Option<Moment>,
    ) -> Result<RepositoryConnection> {
        listed(ctx, Kind::Repository, filter, order_by, first, after.as_deref(), at.as_ref()).map(RepositoryConnection)
    }

    /// Teams and tribes.
    async fn teams(
        &self,
        ctx: &Context<'_>,
        filter: Option<EntityFilter>,
        order_by: Option<EntityOrder>,
        first: Option<i32>,
        after: Option<String>,
        at: Option<Moment>,
    ) -> Result<TeamConnection> {
        listed(ctx, Kind::Team, filter, order_by, first, after.as_deref(), at.as_ref()).map(TeamConnection)
    }

    /// People.
    async fn people(
        &self,
        ctx: &Context<'_>,
        filter: Option<EntityFilter>,
        order_by: Option<EntityOrder>,
        first: Option<i32>,
        after: Option<String>,
        at: Option<Moment>,
    ) -> Result<PersonConnection> {
        listed(ctx, Kind::Person, filter, order_by, first, after.as_deref(), at.as_ref()).map(PersonConnection)
    }

    /// Systems: services and resources that work together.
    async fn systems(
        &self,
        ctx: &Context<'_>,
        filter: Option<EntityFilter>,
        order_by: Option<EntityOrder>,
        first: Option<i32>,
        after: Option<String>,
        at: Option<Moment>,
    ) -> Result<SystemConnection> {
        listed(ctx, Kind::System, filter, order_by, first, after.as_deref(), at.as_ref()).map(SystemConnection)
    }

    /// Domains: business areas that group systems.
    async fn domains(
        &self,
        ctx: &Context<'_>,
        filter: Option<EntityFilter>,
        order_by: Option<EntityOrder>,
        first: Option<i32>,
        after: Option<String>,
        at: Option<Moment>,
    ) -> Result<DomainConnection> {
        listed(ctx, Kind::Domain, filter, order_by, first, after.as_deref(), at.as_ref()).map(DomainConnection)
    }

    /// APIs that services provide and consume.
    async fn apis(
        &self,
        ctx: &Context<'_>,
        filter: Option<EntityFilter>,
        order_by: Option<EntityOrder>,
        first: Option<i32>,
        after: Option<String>,
        at: Option<Moment>,
    ) -> Result<ApiConnection> {
        listed(ctx, Kind::Api, filter, order_by, first, after.as_deref(), at.as_ref()).map(ApiConnection)
    }

    /// Infrastructure that services need.
    async fn resources(
        &self,
        ctx: &Context<'_>,
        filter: Option<EntityFilter>,
        order_by: Option<EntityOrder>,
        first: Option<i32>,
        after: Option<String>,
        at: Option<Moment>,
    ) -> Result<ResourceConnection> {
        listed(ctx, Kind::Resource, filter, order_by, first, after.as_deref(), at.as_ref()).map(ResourceConnection)
    }

    /// Software packages that anything uses.
    async fn packages(
        &self,
        ctx: &Context<'_>,
        filter: Option<EntityFilter>,
        order_by: Option<EntityOrder>,
        first: Option<i32>,
        after: Option<String>,
        at: Option<Moment>,
    ) -> Result<PackageConnection> {
        listed(ctx, Kind::Package, filter, order_by, first, after.as_deref(), at.as_ref()).map(PackageConnection)
    }

    /// Who uses a package (an id, or a ref such as `package:npm/express`), by the user's name, then by manifest; only
    /// exactly this version, if one is given.
    async fn dependents(
        &self,
        ctx: &Context<'_>,
        package: ID,
        version: Option<String>,
        first: Option<i32>,
        after: Option<String>,
        at: Option<Moment>,
    ) -> Result<PackageUseConnection> {
        let present = Present::of(ctx)?;
        let asked = at.map(|at| present.resolve(Some(&at))).transpose()?;
        let cursor = after.as_deref().map(|after| Cursor::decode(list::DEPENDENTS, after)).transpose().map_err(from_query)?;
        let at = pinned_moment(present, cursor.as_ref(), asked)?;
        let id = present.entity(&package, at)?;
        Item { pinned: present.pin(at), id }.dependents(first, after.as_deref(), version.as_deref())
    }

    /// Clusters.
    async fn clusters(
        &self,
        ctx: &Context<'_>,
        filter: Option<EntityFilter>,
        order_by: Option<EntityOrder>,
        first: Option<i32>,
        after: Option<String>,
        at: Option<Moment>,
    ) -> Result<ClusterConnection> {
        listed(ctx, Kind::Cluster, filter, order_by, first, after.as_deref(), at.as_ref()).map(ClusterConnection)
    }

    /// What runs in clusters: Deployments, StatefulSets, DaemonSets, CronJobs.
    async fn workloads(
        &self,
        ctx: &Context<'_>,
        filter: Option<EntityFilter>,
        order_by: Option<EntityOrder>,
        first: Option<i32>,
        after: Option<String>,
        at: Option<Moment>,
    ) -> Result<WorkloadConnection> {
        listed(ctx, Kind::Workload, filter, order_by, first, after.as_deref(), at.as_ref()).map(WorkloadConnection)
    }

    /// What an entity needs, or what needs it (what breaks if it is down), as far as it is known at the moment: every
    /// entity at most `depth` edges away, with the edges, by whose word, and the circles among them.
    async fn impact(
        &self,
        ctx: &Context<'_>,
        of: ID,
        #[graphql(default_with = "Way::NeededBy")] way: Way,
        #[graphql(default = 3)] depth: i32,
        #[graphql(default = 200)] first: i32,
        at: Option<Moment>,
    ) -> Result<Impact> {
        let present = Present::of(ctx)?;
        let at = present.resolve(at.as_ref())?;
        impact_of(present, present.entity(&of, at)?, way, depth, first, at)
    }

    /// Finds what existed at the moment by words of its name, former names, title, topics, owner, annotations and
    /// description. Exact words come before beginnings of words, those before near misses.
    async fn search(
        &self,
        ctx: &Context<'_>,
        text: String,
        kinds: Option<Vec<ApiKind>>,
        first: Option<i32>,
        after: Option<String>,
        at: Option<Moment>,
    ) -> Result<SearchConnection> {
        let present = Present::of(ctx)?;
        let asked = at.map(|at| present.resolve(Some(&at))).transpose()?;
        let cursor = after.as_deref().map(|after| Cursor::decode(list::SEARCH, after)).transpose().map_err(from_query)?;
        let at = pinned_moment(present, cursor.as_ref(), asked)?;
        let kinds: Vec<Kind> = kinds.unwrap_or_default().into_iter().map(Into::into).collect();
        let hits = search::search(&present.lens, &text, &kinds, at, page_size(first)?, cursor.as_ref()).map_err(from_query)?;
        present.budget.charge(hits.items.len())?;
        let pinned = present.pin(at);
        let cursors = hits.items.iter().map(|hit| Cursor::of_entity(list::SEARCH, at, hit.entity)).collect();
        let nodes = hits.items.into_iter().map(|hit| SearchHit {
            entity: Entity::from(Item { pinned: Arc::clone(&pinned), id: hit.entity }),
            quality: hit.quality.into(),
            matched: hit
                .matched
                .into_iter()
                .map(|(quality, place, word)| Match { field: place.into(), quality: quality.into(), word })
                .collect(),
        });
        let (total, has_previous, has_next) = (hits.total, hits.has_previous, hits.has_next);
        let hint = present.lens.hint(at).map_err(from_query)?;
        Ok(SearchConnection { page: Rendered { total, has_previous, has_next, nodes: nodes.collect(), cursors, hint } })
    }

    /// Changes and events from the start of one moment to the end of another, newest first: of some entities (and events
    /// of what belongs to them), of what a team owned when they happened (or the teams below it, as they stood), or of
    /// everything. If `facets` or `events` are given, only changes of those facets and events of those kinds; an empty
    /// list means all.
    #[expect(clippy::too_many_arguments, reason = "arguments of the schema")]
    async fn timeline(
        &self,
        ctx: &Context<'_>,
        of: Option<Vec<ID>>,
        owned_by: Option<ID>,
        facets: Option<Vec<ApiFacet>>,
        events: Option<Vec<EventKind>>,
        from: Moment,
        to: Moment,
        #[graphql(default_with = "Direction::Desc")] direction: Direction,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<TimelineConnection> {
        let present = Present::of(ctx)?;
        let stretch = (present.resolve_start(&from)?, present.resolve(Some(&to))?);
        let selection = selection(present, of, owned_by, shown(facets, events), stretch.1)?;
        timeline_page(present, selection, stretch, direction == Direction::Asc, first, after.as_deref())
    }

    /// Events that began from the start of one moment to the end of another, newest first, as they were at that end: of
    /// some entities and what belongs to them, of what a team (and the teams below it) owned then, or of everybody.
    #[expect(clippy::too_many_arguments, reason = "arguments of the schema")]
    async fn events(
        &self,
        ctx: &Context<'_>,
        kinds: Option<Vec<EventKind>>,
        of: Option<Vec<ID>>,
        owned_by: Option<ID>,
        environment: Option<String>,
        states: Option<Vec<String>>,
        from: Moment,
        to: Moment,
        #[graphql(default_with = "Direction::Desc")] direction: Direction,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<EventConnection> {
        let present = Present::of(ctx)?;
        let stretch = (present.resolve_start(&from)?, present.resolve(Some(&to))?);
        let Selection { of, owned_by, .. } = selection(present, of, owned_by, (None, None), stretch.1)?;
        let selection = EventSelection { kinds, of, owned_by, environment, states };
        events_page(present, selection, stretch, direction == Direction::Asc, first, after.as_deref())
    }

    /// Incidents that began or went on from the start of one moment to the end of another, newest first, as known at that
    /// end: those that the quality board counts. They are of the organisation, or of what belonged to an entity while they
    /// went on, or when they began if `began` asks for that.
    #[expect(clippy::too_many_arguments, reason = "arguments of the schema")]
    async fn incidents(
        &self,
        ctx: &Context<'_>,
        filter: Option<IncidentFilter>,
        #[graphql(desc = "A team (and the teams below it), system, domain or service: an id, or a ref at the end.")] of: Option<ID>,
        from: Moment,
        to: Moment,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<EventConnection> {
        let present = Present::of(ctx)?;
        let between = (present.resolve_start(&from)?, present.resolve(Some(&to))?);
        incidents_page(present, filter.unwrap_or_default(), &Asked { of: of.as_ref(), between, first, after: after.as_deref() })
    }

    /// Bugs as of the moment, the open ones in production unless the filter says otherwise: those that the quality board
    /// counts. They are of the organisation, or of what belonged to an entity then. The newest first; if only those in breach
    /// or due soon are asked for, the one that is due first.
    async fn bugs(
        &self,
        ctx: &Context<'_>,
        filter: Option<BugFilter>,
        #[graphql(desc = "A team (and the teams below it), system, domain or service: an id, or a ref at the moment.")] of: Option<ID>,
        at: Option<Moment>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<EventConnection> {
        let present = Present::of(ctx)?;
        let at = present.resolve(at.as_ref())?;
        let asked = Asked { of: of.as_ref(), between: (at, at), first, after: after.as_deref() };
        bugs_page(present, filter.unwrap_or_default(), &asked)
    }

    /// Support cases that were created from the start of one moment to the end of another, newest first, as known at that
    /// end: those that the quality board counts. They are of the organisation, or of what belonged to an entity then.
    #[expect(clippy::too_many_arguments, reason = "arguments of the schema")]
    async fn support_cases(
        &self,
        ctx: &Context<'_>,
        filter: Option<SupportCaseFilter>,
        #[graphql(desc = "A team (and the teams below it), system, domain or service: an id, or a ref at the end.")] of: Option<ID>,
        from: Moment,
        to: Moment,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<EventConnection> {
        let present = Present::of(ctx)?;
        let between = (present.resolve_start(&from)?, present.resolve(Some(&to))?);
        support_cases_page(present, filter.unwrap_or_default(), &Asked { of: of.as_ref(), between, first, after: after.as_deref() })
    }

    /// One event; null if it had not begun at the moment.
    async fn event(&self, ctx: &Context<'_>, id: ID, at: Option<Moment>) -> Result<Option<Event>> {
        let present = Present::of(ctx)?;
        event_of(present, &id, present.resolve(at.as_ref())?)
    }

    /// Services with the version that stands in each region at the moment, by name: of one environment, those that fit a
    /// filter, or only those whose regions differ.
    #[expect(clippy::too_many_arguments, reason = "arguments of the schema")]
    async fn deployed(
        &self,
        ctx: &Context<'_>,
        environment: Option<String>,
        filter: Option<EntityFilter>,
        #[graphql(default)] drifting: bool,
        first: Option<i32>,
        after: Option<String>,
        at: Option<Moment>,
    ) -> Result<DeployedConnection> {
        let present = Present::of(ctx)?;
        let at = present.resolve(at.as_ref())?;
        let filter = filter.unwrap_or(EntityFilter { owner_tree: true, ..EntityFilter::default() }).resolve(present, at)?;
        deployed_page(present, &DeployedSelection { environment, filter, drifting }, at, first, after.as_deref())
    }

    /// What lies between two versions of a service or repository: commits or tags, or versions that a deployment names; the
    /// newest `first` each way. Null if it is not known in which repository they are.
    async fn commits_between(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The service or repository: an id, or its ref.")] of: ID,
        from: String,
        to: String,
        #[graphql(default = 100)] first: i32,
        at: Option<Moment>,
    ) -> Result<Option<CommitsBetween>> {
        let present = Present::of(ctx)?;
        let at = present.resolve(at.as_ref())?;
        let id = present.entity(&of, at)?;
        between(&present.pin(at), id, &from, &to, first).await
    }

    /// The fields that differ between two moments. What changed in between and came back does not differ; an entity that
    /// came or went is one change of `general.ref`.
    #[expect(clippy::too_many_arguments, reason = "arguments of the schema")]
    async fn diff(
        &self,
        ctx: &Context<'_>,
        from: Moment,
        to: Moment,
        of: Option<Vec<ID>>,
        owned_by: Option<ID>,
        facets: Option<Vec<ApiFacet>>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<ChangeConnection> {
        let present = Present::of(ctx)?;
        let moments = (present.resolve(Some(&from))?, present.resolve(Some(&to))?);
        let selection = selection(present, of, owned_by, shown(Some(facets.unwrap_or_default()), None), moments.1)?;
        diff_page(present, &selection, moments, first, after.as_deref())
    }

    /// All values that a field of an entity had up to the moment, oldest first.
    async fn history(
        &self,
        ctx: &Context<'_>,
        of: ID,
        field: String,
        first: Option<i32>,
        after: Option<String>,
        at: Option<Moment>,
    ) -> Result<HistoryConnection> {
        let present = Present::of(ctx)?;
        let at = present.resolve(at.as_ref())?;
        let id = present.entity(&of, at)?;
        history_of(&Item { pinned: present.pin(at), id }, &field, first, after.as_deref())
    }

    /// A figure through time, from the start of one day to the end of another. Levels are those at the end of a bucket and
    /// belong to the owner then; flows belong to the owner at the event.
    #[expect(clippy::too_many_arguments, reason = "arguments of the schema")]
    async fn series(
        &self,
        ctx: &Context<'_>,
        metric: Metric,
        of: Option<ID>,
        #[graphql(default_with = "Scope::Organisation")] group_by: Scope,
        from: Date,
        to: Date,
        #[graphql(default_with = "Interval::Week")] every: Interval,
    ) -> Result<Vec<Series>> {
        let present = Present::of(ctx)?;
        let end = present.resolve(Some(&Moment(crate::model::Moment::Day(to.0))))?;
        let question = series::Question {
            metric: metric.into(),
            whose: series::Whose {
                of: of.map(|of| present.entity(&of, end)).transpose()?,
                split: if group_by == Scope::Team { series::Split::Owner } else { series::Split::Whole },
            },
            from: from.0,
            to: to.0,
            every: every.into(),
            now: present.now,
        };
        // What reads whole bodies for each point is dear, however few points it answers.
        present.budget.charge(question.metric.effort().saturating_mul(question.points()))?;
        let answer = series::series(&present.lens, &question).map_err(from_query)?;
        present.budget.charge(answer.series.len() * answer.buckets.len())?;
        let pinned = present.pin(end);
        let series = answer.series.into_iter().map(|one| Series {
            metric,
            owner: one.owner.and_then(|owner| Entity::new(&pinned, owner)),
            points: answer
                .buckets
                .iter()
                .zip(one.values.into_iter().zip(one.covered))
                .map(|(bucket, (value, covered))| point(bucket, value, covered))
                .collect(),
        });
        Ok(series.collect())
    }

    /// A pushed metric through time, of an entity (an id, or a ref at the end) or of the organisation. The value of a bucket is
    /// the last one that was pushed for one of its days.
    async fn pushed(
        &self,
        ctx: &Context<'_>,
        metric: String,
        of: Option<ID>,
        from: Date,
        to: Date,
        #[graphql(default_with = "Interval::Week")] every: Interval,
    ) -> Result<Vec<Point>> {
        let present = Present::of(ctx)?;
        let end = present.resolve(Some(&Moment(crate::model::Moment::Day(to.0))))?;
        let of = of.map(|of| present.entity(&of, end)).transpose()?;
        let name = metric.parse().map_err(|error: ParseMetricNameError| Code::InvalidArgument.error(error.to_string()))?;
        let zone = present.lens.view().zone();
        let buckets = series::buckets(from.0, to.0, every.into(), &zone, present.now).map_err(from_query)?;
        present.budget.charge(buckets.len())?;
        let values = pushed::series(&pushed::days(&present.lens, &name, of), &buckets);
        Ok(buckets.iter().zip(values).map(|(bucket, value)| point(bucket, value, None)).collect())
    }

    /// The quality board of a period, for the organisation or for what belongs to a team (and the teams below it), system,
    /// domain or service: an id, or a ref at the moment. It is told as of the moment; null if the period had not begun by then.
    async fn board(
        &self,
        ctx: &Context<'_>,
        period: Period,
        of: Option<ID>,
        #[graphql(desc = "Which figures, in this order; those of the board page if absent.")] metrics: Option<Vec<Metric>>,
        at: Option<Moment>,
    ) -> Result<Option<QualityBoard>> {
        board_of(ctx, period, of.as_ref(), metrics, at.as_ref())
    }

    /// How far direct dependencies are behind at the moment, by owner or system: most libyears first, those without a
    /// group among them. With `of` only what belongs to that team (and the teams below it), system, or entity: an id, or a
    /// ref at the moment.
    async fn outdated(
        &self,
        ctx: &Context<'_>,
        #[graphql(default_with = "OutdatedBy::Owner")] group_by: OutdatedBy,
        of: Option<ID>,
        #[graphql(default)] include_transitive: bool,
        #[graphql(default = 50)] first: i32,
        at: Option<Moment>,
    ) -> Result<Vec<OutdatedGroup>> {
        let present = Present::of(ctx)?;
        let at = present.resolve(at.as_ref())?;
        present.budget.charge(EFFORT_OF_A_MOMENT)?;
        by_group(present, group_by, of.as_deref().map(String::as_str), include_transitive, first, at)
    }

    /// The days of which anything is known, oldest first: observed, backfilled or carried.
    async fn snapshots(&self, ctx: &Context<'_>, from: Option<Date>, to: Option<Date>) -> Result<Vec<Snapshot>> {
        snapshots(Present::of(ctx)?, from, to)
    }

    /// Every source: what it did last, what it does now and next.
    async fn collectors(&self, ctx: &Context<'_>) -> Result<Vec<CollectorStatus>> {
        collectors(Present::of(ctx)?)
    }

    /// What sources state now and nobody is known to be, with the best guesses; `spot link` tells whose it is.
    async fn unlinked(
        &self,
        ctx: &Context<'_>,
        kind: Option<ApiKind>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<UnlinkedConnection> {
        unlinked(Present::of(ctx)?, kind, first, after.as_deref())
    }

    /// What people said which entity a resource is, newest first: `spot link`, and the mutation linkResource.
    async fn links(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Of one resource alone, as source/id.")] resource: Option<String>,
        #[graphql(default = 100)] first: i32,
    ) -> Result<Vec<LinkRecord>> {
        audit::links(Present::of(ctx)?, resource.as_deref(), first)
    }

    /// What people said of causes, newest first: `spot cause`, and the mutation judgeCause. The latest word about a deployment
    /// and an incident counts.
    async fn causes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Of one incident alone.")] incident: Option<ID>,
        #[graphql(default = 100)] first: i32,
    ) -> Result<Vec<CauseRecord>> {
        words(Present::of(ctx)?, incident.as_deref().map(String::as_str), first)
    }

    /// What people changed through spot and what they were refused for who they were, newest first; actions on workloads are
    /// events. Needs the role admin.
    async fn audit(&self, ctx: &Context<'_>, #[graphql(default = 100)] first: i32) -> Result<Vec<AuditRecord>> {
        audit::records(ctx, first)
    }

    /// Weekly reports that were sent or were to be sent, newest first.
    async fn reports(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "To one channel alone, by its name in the configuration.")] channel: Option<String>,
        #[graphql(default = 50)] first: i32,
    ) -> Result<Vec<SentReport>> {
        report::sent(ctx, channel.as_deref(), first)
    }

    /// One of them; null if there is none of this id.
    async fn report(&self, ctx: &Context<'_>, id: ID) -> Result<Option<SentReport>> {
        report::one(ctx, &id)
    }

    /// To whom weekly reports are sent, as it is configured; empty if nobody gets any.
    async fn report_channels(&self, ctx: &Context<'_>) -> Result<Vec<ReportChannel>> {
        report::channels(ctx)
    }

    /// The report of a week as it would be sent now, whether or not anybody gets it. A week that is over is told as of its end.
    async fn week_report(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "An ISO week; the last one that is over if absent.")] week: Option<Period>,
        #[graphql(desc = "A team (and the teams below it), system, domain, repository or service, by its ref at the end of the week.")]
        of: Option<String>,
    ) -> Result<WeekReport> {
        report::preview(ctx, week, of.as_deref())
    }

    /// What the store holds, from when to when.
    async fn store(&self, ctx: &Context<'_>) -> Result<StoreStatus> {
        let present = Present::of(ctx)?;
        let view = present.lens.view();
        let zone = view.zone();
        let earliest = present.lens.earliest().map_err(from_query)?;
        Ok(StoreStatus {
            generation: view.generation().to_string(),
            newest: Some(view.newest()).filter(|newest| *newest > Instant::MIN).map(DateTime),
            earliest: earliest.map(DateTime),
            first_day: earliest.map(|earliest| Date(zone.day_of(earliest))),
            zone: zone.to_string(),
            now: DateTime(present.now),
            today: Date(zone.day_of(present.now)),
            rebuilding: view.rebuilding(),
        })
    }
}

fn selection(
    present: &Present,
    of: Option<Vec<ID>>,
    owned_by: Option<ID>,
    (facets, events): (Option<Vec<crate::model::Facet>>, Option<Vec<crate::model::EventKind>>),
    at: Instant,
) -> Result<Selection> {
    let of: Vec<_> = of.unwrap_or_default().iter().map(|id| present.entity(id, at)).collect::<Result<_>>()?;
    let owned_by = owned_by.map(|id| present.entity(&id, at)).transpose()?;
    Ok(Selection { of, owned_by, facets, events })
}

pub(crate) fn point(bucket: &series::Bucket, value: Option<f64>, covered: Option<f64>) -> Point {
    Point {
        day: Date(bucket.first_day),
        last_day: Date(bucket.last_day),
        from: DateTime(bucket.from),
        to: DateTime(bucket.to),
        running: bucket.running,
        value,
        covered,
    }
}
