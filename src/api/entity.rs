//! The entities of the catalog as GraphQL types: one type a kind, with shared fields.
//!
//! # Invariants
//! - A field reads the moment that its root field was asked for; nothing below goes anywhere else in time.
//! - Fields read columns, which are in memory; only those about statements and edges read the store.

#![expect(clippy::duplicated_attributes, reason = "fields of an interface may have equal types and arguments")]

use std::sync::Arc;

use async_graphql::{ID, Interface, Object, Result, SimpleObject};
use serde_json::Value;

use crate::api::change::{Change, HistoryConnection, TimelineConnection};
use crate::api::connection::{Rendered, list, window};
use crate::api::document::{self, Document};
use crate::api::error::{Code, from_query};
use crate::api::event::{DeployedVersion, EventConnection, EventKind, deployed_of};
use crate::api::facts::{FacetFacts, Statement, facet_facts, statements};
use crate::api::kubernetes::{self, ClusterState, WorkloadState};
use crate::api::limits::page_size;
use crate::api::outdated::{self, Advisory, Outdatedness, PackageUse, PackageUseConnection, PackageUseOrder, Wanted};
use crate::api::package::{self, PackageVersionConnection, ReleaseCycle, VersionCount, VersionSeries};
use crate::api::plain::{Listed, OfEntity};
use crate::api::present::{Pinned, Present};
use crate::api::quality::{self, Quality};
use crate::api::scalar::{Behind, Date, DateTime, Facet as ApiFacet, GroupField, Interval, Kind as ApiKind, Moment, State};
use crate::model::{EntityId, Facet, Instant, Kind};
use crate::query::lens::{Known, texts};
use crate::query::{Cursor, graph, groups, page, timeline};

/// An entity at a moment.
#[derive(Clone)]
pub(crate) struct Item {
    pub(crate) pinned: Arc<Pinned>,
    pub(crate) id: EntityId,
}

impl Item {
    fn text(&self, known: Known) -> Result<Option<&str>> {
        self.pinned.lens().text(known, self.id, self.pinned.at).map_err(from_query)
    }

    fn texts(&self, known: Known) -> Result<Vec<&str>> {
        let value = self.pinned.lens().value(known, self.id, self.pinned.at).map_err(from_query)?;
        Ok(value.map(|value| texts(value).collect()).unwrap_or_default())
    }

    fn targets(&self, known: Known) -> Result<Vec<Entity>> {
        let lens = self.pinned.lens();
        let Some(value) = lens.value(known, self.id, self.pinned.at).map_err(from_query)? else { return Ok(Vec::new()) };
        let mut targets = Vec::new();
        for text in texts(value) {
            if let Some((id, _)) = lens.resolve(text, self.pinned.at).map_err(from_query)? {
                targets.extend(Entity::new(&self.pinned, id));
            }
        }
        self.pinned.present.budget.charge(targets.len())?;
        Ok(targets)
    }

    fn target(&self, known: Known) -> Result<Option<Entity>> {
        Ok(self.targets(known)?.into_iter().next())
    }

    fn owner(&self) -> Result<Option<Entity>> {
        let owner = self.pinned.lens().owner(self.id, self.pinned.at).map_err(from_query)?;
        Ok(owner.and_then(|id| Entity::new(&self.pinned, id)))
    }

    fn state(&self) -> Result<State> {
        let lens = self.pinned.lens();
        if lens.is_defined(self.id, self.pinned.at).map_err(from_query)? {
            Ok(State::Defined)
        } else if lens.exists(self.id, self.pinned.at).map_err(from_query)? {
            Ok(State::Referenced)
        } else {
            Ok(State::Absent)
        }
    }

    fn entries(&self, field: &str) -> Result<Vec<(String, Value, Instant)>> {
        let lens = self.pinned.lens();
        if !lens.exists(self.id, self.pinned.at).map_err(from_query)? {
            return Ok(Vec::new());
        }
        let entries = lens.view().entries(self.id, Facet::General, field, self.pinned.at).map_err(|error| from_query(error.into()))?;
        Ok(entries.into_iter().map(|(key, (value, since))| (key, value, since)).collect())
    }

    /// A value that has no column: volatile ones stand in statements only.
    fn assembled(&self, field: &str) -> Result<Option<Value>> {
        let (_, facets) = crate::query::entity::facts(self.pinned.lens(), self.id, self.pinned.at).map_err(from_query)?;
        let general = facets.into_iter().find(|facet| facet.facet == Facet::General);
        Ok(general.and_then(|mut facet| facet.fields.remove(field)).map(|field| field.value))
    }

    fn named_in(&self, known: Known) -> Result<Vec<EntityId>> {
        let named = graph::named_in(self.pinned.lens(), self.id, known, false, self.pinned.at).map_err(from_query)?;
        self.pinned.present.budget.charge(named.len())?;
        Ok(named)
    }

    fn those(&self, known: Known, kind: Kind) -> Result<Vec<Item>> {
        let ids = self.named_in(known)?.into_iter().filter(|id| self.pinned.lens().kind(*id) == Some(kind));
        Ok(ids.map(|id| Item { pinned: Arc::clone(&self.pinned), id }).collect())
    }

    fn relations(&self, relations: Vec<graph::Relation>) -> Result<Vec<Relation>> {
        self.pinned.present.budget.charge(relations.len())?;
        Ok(relations
            .into_iter()
            .filter_map(|relation| {
                Some(Relation {
                    entity: Entity::new(&self.pinned, relation.entity)?,
                    relation: relation.relation,
                    named: relation.named,
                    since: DateTime(relation.since),
                })
            })
            .collect())
    }

    pub(crate) fn dependents(&self, first: Option<i32>, after: Option<&str>, version: Option<&str>) -> Result<PackageUseConnection> {
        let after = after.map(|after| Cursor::decode(list::DEPENDENTS, after)).transpose().map_err(from_query)?;
        let uses = graph::dependents(self.pinned.lens(), self.id, version, self.pinned.at).map_err(from_query)?;
        let start = match after {
            Some(cursor) => {
                let is_it = |usage: &graph::PackageUseAt| usage.user == cursor.entity && usage.key() == cursor.path;
                uses.iter().position(is_it).ok_or_else(|| from_query(crate::query::Error::Cursor(cursor.encode())))? + 1
            }
            None => 0,
        };
        package_uses(&self.pinned, uses, start, page_size(first)?, list::DEPENDENTS)
    }

    fn owns(&self, kind: ApiKind, tree: bool, first: Option<i32>, after: Option<&str>) -> Result<EntityConnection> {
        let filter = page::Filter { owner: Some(self.id), owner_tree: tree, ..page::Filter::default() };
        entity_page(&self.pinned.present, kind.into(), &filter, (page::Order::Name, false), first, after, Some(self.pinned.at))
    }
}

pub(crate) fn package_uses(
    pinned: &Arc<Pinned>,
    mut uses: Vec<graph::PackageUseAt>,
    start: usize,
    first: usize,
    list: u8,
) -> Result<PackageUseConnection> {
    let total = uses.len();
    let range = window(total, start, first);
    uses.truncate(range.end);
    let uses = uses.split_off(range.start);
    pinned.present.budget.charge(uses.len())?;
    let cursors = uses.iter().map(|usage| Cursor { path: usage.key(), ..Cursor::of_entity(list, pinned.at, usage.user) }).collect();
    let nodes = uses.into_iter().map(|usage| PackageUse { pinned: Arc::clone(pinned), usage }).collect();
    let (has_previous, has_next) = (range.start > 0, range.end < total);
    let hint = pinned.lens().hint(pinned.at).map_err(from_query)?;
    Ok(PackageUseConnection { page: Rendered { total, has_previous, has_next, nodes, cursors, hint } })
}

/// A list of entities of one kind, paged. A cursor brings the moment with which its list began; a moment that says
/// otherwise is an error.
pub(crate) fn entity_page(
    present: &Arc<Present>,
    kind: Kind,
    filter: &page::Filter,
    (order, descending): (page::Order, bool),
    first: Option<i32>,
    after: Option<&str>,
    at: Option<Instant>,
) -> Result<EntityConnection> {
    let first = page_size(first)?;
    let after = after.map(|after| Cursor::decode(list::ENTITIES, after)).transpose().map_err(from_query)?;
    let at = pinned_moment(present, after.as_ref(), at)?;
    let question = page::Question { kind, filter, order, descending, first, after: after.as_ref(), at };
    let page = page::page(&present.lens, &question).map_err(from_query)?;
    present.budget.charge(page.items.len())?;
    Ok(EntityConnection { pinned: present.pin(at), page })
}

/// The moment of a page: the cursor's, if there is one.
pub(crate) fn pinned_moment(present: &Present, after: Option<&Cursor>, at: Option<Instant>) -> Result<Instant> {
    match (after, at) {
        (None, at) => Ok(at.unwrap_or(present.now)),
        (Some(cursor), _) if cursor.to > present.now => Err(Code::InvalidCursor.error("the cursor is from the future")),
        (Some(cursor), Some(at)) if at != cursor.to && at != present.now => {
            Err(Code::InvalidCursor.error(format!("the cursor belongs to the list at {}, the moment asked for is {at}", cursor.to)))
        }
        (Some(cursor), _) => Ok(cursor.to),
    }
}

/// A page of entities, before it is known as which type they are rendered.
pub struct EntityConnection {
    pub(crate) pinned: Arc<Pinned>,
    pub(crate) page: page::Page,
}

impl EntityConnection {
    fn info(&self) -> crate::api::connection::PageInfo {
        let cursor = |id: &EntityId| Cursor::of_entity(list::ENTITIES, self.pinned.at, *id).encode();
        crate::api::connection::PageInfo {
            has_next_page: self.page.has_next,
            has_previous_page: self.page.has_previous,
            start_cursor: self.page.items.first().map(cursor),
            end_cursor: self.page.items.last().map(cursor),
        }
    }

    fn value_counts(&self, by: GroupField) -> Result<Vec<ValueCount>> {
        let groups = groups::groups(self.pinned.lens(), &self.page.kept, by.into(), self.pinned.at).map_err(from_query)?;
        self.pinned.present.budget.charge(groups.len())?;
        let entity = |id| Entity::new(&self.pinned, id);
        let counts = groups.into_iter();
        Ok(counts.map(|group| ValueCount { value: group.value, entity: group.entity.and_then(entity), count: group.count }).collect())
    }

    fn items(&self) -> impl Iterator<Item = Item> {
        self.page.items.iter().map(|id| Item { pinned: Arc::clone(&self.pinned), id: *id })
    }
}

/// How many entities of a list have a value.
#[derive(SimpleObject)]
pub struct ValueCount {
    /// The text, or the name of the entity; null for those without a value.
    pub value: Option<String>,
    /// The owner or system that the value names.
    pub entity: Option<Entity>,
    /// How many entities on all pages. One with several values counts in each of them.
    pub count: usize,
}

/// An entity with the cursor of its place in the list.
#[derive(SimpleObject)]
pub struct EntityEdge {
    /// Pass it as `after` to go on behind this entity.
    pub cursor: String,
    /// The entity.
    pub node: Entity,
}

/// Entities of any kind.
#[Object]
impl EntityConnection {
    /// How many there are on all pages.
    async fn total_count(&self) -> usize {
        self.page.kept.len()
    }

    /// Whether there is more, and from where to go on.
    async fn page_info(&self) -> crate::api::connection::PageInfo {
        self.info()
    }

    /// The entities of this page.
    async fn nodes(&self) -> Vec<Entity> {
        self.items().map(Entity::from).collect()
    }

    /// The entities of this page, each with its cursor.
    async fn edges(&self) -> Vec<EntityEdge> {
        let cursor = |id: EntityId| Cursor::of_entity(list::ENTITIES, self.pinned.at, id).encode();
        self.items().map(|item| EntityEdge { cursor: cursor(item.id), node: Entity::from(item) }).collect()
    }

    /// How many entities on all pages have each value of a field: most first, then by value, those without one last.
    async fn groups(&self, by: GroupField) -> Result<Vec<ValueCount>> {
        self.value_counts(by)
    }

    /// Why the answer is empty or incomplete, where that is not evident.
    async fn hint(&self) -> Result<Option<String>> {
        self.pinned.lens().hint(self.pinned.at).map_err(from_query)
    }
}

/// A GraphQL type for a kind of entity, with its connection.
macro_rules! entity_type {
    ($(#[doc = $doc:literal])* $name:ident, $connection:ident, $edge:ident, { $($own:tt)* }) => {
        $(#[doc = $doc])*
        #[derive(Clone)]
        pub struct $name(pub(crate) Item);

        impl OfEntity for $name {
            fn item(&self) -> &Item {
                &self.0
            }
        }

        $(#[doc = $doc])*
        #[Object]
        impl $name {
            /// Opaque, for ever, never given to another entity.
            async fn id(&self) -> ID {
                ID(self.0.id.to_string())
            }

            /// The readable name at the moment, `kind:name`; of an entity that is not there, its last one, else its first one.
            #[graphql(name = "ref")]
            async fn reference(&self) -> Result<String> {
                Ok(self.0.pinned.lens().name(self.0.id, self.0.pinned.at).map_err(from_query)?.reference())
            }

            /// What it is.
            async fn kind(&self) -> Option<ApiKind> {
                self.0.pinned.lens().kind(self.0.id).map(ApiKind::from)
            }

            /// The name without its kind.
            async fn name(&self) -> Result<String> {
                Ok(self.0.pinned.lens().name(self.0.id, self.0.pinned.at).map_err(from_query)?.name().to_owned())
            }

            /// A title for people.
            async fn title(&self) -> Result<Option<&str>> {
                self.0.text(Known::Title)
            }

            /// What it is, in a sentence or a paragraph.
            async fn description(&self) -> Result<Option<&str>> {
                self.0.text(Known::Description)
            }

            /// The one team (or person) accountable for it: the first of the owners.
            async fn owner(&self) -> Result<Option<Entity>> {
                self.0.owner()
            }

            /// The owner and the co-owners, strongest first.
            async fn owners(&self) -> Result<Vec<Entity>> {
                self.0.targets(Known::Owner)
            }

            /// What sort of its kind it is: service, library, website; openapi; database.
            #[graphql(name = "type")]
            async fn type_(&self) -> Result<Option<&str>> {
                self.0.text(Known::Type)
            }

            /// As its descriptor says: experimental, production, deprecated.
            async fn lifecycle(&self) -> Result<Option<&str>> {
                self.0.text(Known::Lifecycle)
            }

            /// active, experimental, deprecated, archived or undeclared.
            async fn status(&self) -> Result<Option<&str>> {
                self.0.text(Known::Status)
            }

            /// Tags or topics.
            async fn topics(&self) -> Result<Vec<&str>> {
                self.0.texts(Known::Topics)
            }

            /// Links for people.
            async fn links(&self) -> Result<Vec<WebLink>> {
                links(&self.0)
            }

            /// Annotations of its descriptor.
            async fn annotations(&self) -> Result<Vec<Annotation>> {
                let entries = self.0.entries("annotations")?;
                let text = |value: Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                Ok(entries.into_iter().map(|(key, value, _)| Annotation { key, value: text(value) }).collect())
            }

            /// Whether it is there at the moment, and by whose word.
            async fn state(&self) -> Result<State> {
                self.0.state()
            }

            /// The moment that all of this is about.
            async fn at(&self) -> DateTime {
                DateTime(self.0.pinned.at)
            }

            /// Its newest change at or before the moment.
            async fn last_change(&self) -> Result<Option<Change>> {
                let row = timeline::last_change(self.0.pinned.lens(), self.0.id, self.0.pinned.at).map_err(from_query)?;
                Ok(row.map(|row| Change::from_row(&self.0.pinned.present, row)))
            }

            /// Some statement that holds for it is stale: last confirmed more than two of its source's intervals before the moment.
            async fn stale(&self) -> Result<bool> {
                self.0.pinned.freshness(|freshness| freshness.is_stale(self.0.id)).map_err(from_query)
            }

            /// The oldest confirmation among its statements that hold: the end of the last run that read it.
            async fn last_confirmed(&self) -> Result<Option<DateTime>> {
                let confirmation = self.0.pinned.freshness(|freshness| freshness.of(self.0.id)).map_err(from_query)?;
                Ok(confirmation.last.map(DateTime))
            }

            /// What is known, by facet, with who says so and who disagrees. Only these facets, if any are given.
            async fn facets(&self, facets: Option<Vec<ApiFacet>>) -> Result<Vec<FacetFacts>> {
                facet_facts(&self.0, facets)
            }

            /// What each source says, the losing ones included.
            async fn statements(&self, facets: Option<Vec<ApiFacet>>) -> Result<Vec<Statement>> {
                statements(&self.0, facets)
            }

            /// What it depends on, provides, consumes and publishes, and whose packages it uses.
            async fn uses(&self) -> Result<Vec<Relation>> {
                self.0.relations(graph::uses(self.0.pinned.lens(), self.0.id, self.0.pinned.at).map_err(from_query)?)
            }

            /// Who depends on it, provides, consumes or publishes it, or uses a package that it publishes.
            async fn used_by(&self) -> Result<Vec<Relation>> {
                self.0.relations(graph::used_by(self.0.pinned.lens(), self.0.id, self.0.pinned.at).map_err(from_query)?)
            }

            /// Its changes up to the moment, and events of it and what belongs to it, newest first. If `facets` or `events`
            /// are given, only changes of those facets and events of those kinds; an empty list means all.
            async fn timeline(
                &self,
                from: Option<Moment>,
                facets: Option<Vec<ApiFacet>>,
                events: Option<Vec<EventKind>>,
                first: Option<i32>,
                after: Option<String>,
            ) -> Result<TimelineConnection> {
                crate::api::change::timeline_of(&self.0, from.as_ref(), facets, events, first, after.as_deref())
            }

            /// Events of it and of what belongs to it that began up to the moment, newest first.
            async fn events(&self, kinds: Option<Vec<EventKind>>, from: Option<Moment>, first: Option<i32>, after: Option<String>) -> Result<EventConnection> {
                crate::api::event::events_of(&self.0, kinds, from.as_ref(), first, after.as_deref())
            }

            /// All values that a field had up to the moment, oldest first: `general.owner`, `dependencies.packages[Cargo.lock#cargo/serde]`.
            async fn history(&self, field: String, first: Option<i32>, after: Option<String>) -> Result<HistoryConnection> {
                crate::api::change::history_of(&self.0, &field, first, after.as_deref())
            }

            $($own)*
        }

        #[doc = concat!("A ", stringify!($name), " with the cursor of its place in the list.")]
        #[derive(SimpleObject)]
        pub struct $edge {
            /// Pass it as `after` to go on behind this entity.
            pub cursor: String,
            /// The entity.
            pub(crate) node: Listed<$name>,
        }

        #[doc = concat!("A page of entities of type ", stringify!($name), ".")]
        pub struct $connection(pub(crate) EntityConnection);

        #[doc = concat!("A page of entities of type ", stringify!($name), ".")]
        #[Object]
        impl $connection {
            /// How many there are on all pages.
            async fn total_count(&self) -> usize {
                self.0.page.kept.len()
            }

            /// Whether there is more, and from where to go on.
            async fn page_info(&self) -> crate::api::connection::PageInfo {
                self.0.info()
            }

            /// The entities of this page.
            async fn nodes(&self) -> Vec<Listed<$name>> {
                self.0.items().map(|item| Listed($name(item))).collect()
            }

            /// The entities of this page, each with its cursor.
            async fn edges(&self) -> Vec<$edge> {
                let cursor = |id: EntityId| Cursor::of_entity(list::ENTITIES, self.0.pinned.at, id).encode();
                self.0.items().map(|item| $edge { cursor: cursor(item.id), node: Listed($name(item)) }).collect()
            }

            /// How many entities on all pages have each value of a field: most first, then by value, those without one last.
            async fn groups(&self, by: GroupField) -> Result<Vec<ValueCount>> {
                self.0.value_counts(by)
            }

            /// Why the answer is empty or incomplete, where that is not evident.
            async fn hint(&self) -> Result<Option<String>> {
                self.0.pinned.lens().hint(self.0.pinned.at).map_err(from_query)
            }
        }
    };
}

entity_type!(
    /// A source repository.
    Repository, RepositoryConnection, RepositoryEdge, {
        /// Which version stands where at the moment, by environment and region; only in one environment, if it is given.
        async fn deployed(&self, environment: Option<String>) -> Result<Vec<DeployedVersion>> {
            deployed_of(&self.0, environment.as_deref())
        }

        /// Name of the default branch.
        async fn default_branch(&self) -> Result<Option<&str>> {
            self.0.text(Known::DefaultBranch)
        }

        /// public, internal or private.
        async fn visibility(&self) -> Result<Option<&str>> {
            self.0.text(Known::Visibility)
        }

        /// Programming languages, most used first.
        async fn languages(&self) -> Result<Vec<&str>> {
            self.0.texts(Known::Languages)
        }

        /// SPDX licence expression.
        async fn licence(&self) -> Result<Option<&str>> {
            self.0.text(Known::Licence)
        }

        /// The newest version by tag.
        async fn version(&self) -> Result<Option<&str>> {
            self.0.text(Known::Version)
        }

        /// Versions by tag.
        async fn versions(&self) -> Result<Vec<TaggedVersion>> {
            tagged_versions(&self.0)
        }

        /// The newest commit on the default branch, as of the last record at the moment.
        async fn last_commit(&self) -> Result<Option<LastCommit>> {
            last_commit(&self.0)
        }

        /// The README from which title and description were read.
        async fn readme(&self) -> Result<Option<&str>> {
            self.0.text(Known::Readme)
        }

        /// README, prose and definitions of APIs, by path.
        async fn documents(&self) -> Result<Vec<Document>> {
            document::of_repository(&self.0)
        }

        /// One of its documents; null if there is none at this path.
        async fn document(&self, path: String) -> Result<Option<Document>> {
            Ok(document::named(document::of_repository(&self.0)?, &path))
        }

        /// The CODEOWNERS file in force.
        async fn codeowners(&self) -> Result<Option<&str>> {
            self.0.text(Known::Codeowners)
        }

        /// Services that stand in it.
        async fn services(&self) -> Result<Vec<Service>> {
            Ok(self.0.those(Known::Repository, Kind::Service)?.into_iter().map(Service).collect())
        }

        /// Declared and locked packages, by manifest. Those of its services are theirs.
        #[expect(clippy::too_many_arguments, reason = "arguments of the schema")]
        async fn packages(
            &self,
            direct: Option<bool>,
            text: Option<String>,
            #[graphql(default)] outdated_only: bool,
            #[graphql(default)] vulnerable_only: bool,
            #[graphql(default)] deprecated_only: bool,
            #[graphql(default)] end_of_life_only: bool,
            behind: Option<Vec<Behind>>,
            order_by: Option<PackageUseOrder>,
            first: Option<i32>,
            after: Option<String>,
        ) -> Result<PackageUseConnection> {
            let wanted = Wanted {
                direct,
                text,
                outdated: outdated_only,
                vulnerable: vulnerable_only,
                deprecated: deprecated_only,
                end_of_life: end_of_life_only,
                behind,
            };
            outdated::packages(&self.0, &wanted, order_by, first, after.as_deref())
        }

        /// What SonarQube measured of it, by the newest analyses at the moment; null if no project is linked to it. If
        /// several projects are, each field is that of the strongest of them.
        async fn quality(&self) -> Result<Option<Quality>> {
            quality::of(&self.0)
        }

        /// What each of its projects in SonarQube measured, by the key of the project.
        async fn qualities(&self) -> Result<Vec<Quality>> {
            quality::each_of(&self.0)
        }

        /// How far its packages are behind at the moment: the direct ones, each once a manifest; all of them if asked.
        /// Null if it has no package.
        async fn outdated(&self, #[graphql(default)] include_transitive: bool) -> Result<Option<Outdatedness>> {
            outdated::of(&self.0, include_transitive)
        }
    }
);

entity_type!(
    /// A component: a service, library, website or job by its type.
    Service, ServiceConnection, ServiceEdge, {
        /// The workloads in which it runs, by name.
        async fn workloads(&self) -> Result<Vec<Workload>> {
            kubernetes::workloads_of(&self.0)
        }

        /// Which version stands where at the moment, by environment and region; only in one environment, if it is given.
        async fn deployed(&self, environment: Option<String>) -> Result<Vec<DeployedVersion>> {
            deployed_of(&self.0, environment.as_deref())
        }

        /// The repository that holds it.
        async fn repository(&self) -> Result<Option<Entity>> {
            self.0.target(Known::Repository)
        }

        /// Path of its descriptor or folder inside the repository.
        async fn path(&self) -> Result<Option<&str>> {
            self.0.text(Known::Path)
        }

        /// README, prose and definitions of APIs in its folder of the repository, by path; all of them, if that is the root.
        async fn documents(&self) -> Result<Vec<Document>> {
            document::of_service(&self.0)
        }

        /// One of its documents; null if there is none at this path.
        async fn document(&self, path: String) -> Result<Option<Document>> {
            Ok(document::named(document::of_service(&self.0)?, &path))
        }

        /// The system that it belongs to.
        async fn system(&self) -> Result<Option<Entity>> {
            self.0.target(Known::System)
        }

        /// Programming languages, most used first.
        async fn languages(&self) -> Result<Vec<&str>> {
            self.0.texts(Known::Languages)
        }

        /// Its version, where a source states one.
        async fn version(&self) -> Result<Option<&str>> {
            self.0.text(Known::Version)
        }

        /// The component of which it is a part.
        async fn subcomponent_of(&self) -> Result<Option<Entity>> {
            self.0.target(Known::SubcomponentOf)
        }

        /// Its parts.
        async fn subcomponents(&self) -> Result<Vec<Service>> {
            Ok(self.0.those(Known::SubcomponentOf, Kind::Service)?.into_iter().map(Service).collect())
        }

        /// Declared and locked packages, by manifest.
        #[expect(clippy::too_many_arguments, reason = "arguments of the schema")]
        async fn packages(
            &self,
            direct: Option<bool>,
            text: Option<String>,
            #[graphql(default)] outdated_only: bool,
            #[graphql(default)] vulnerable_only: bool,
            #[graphql(default)] deprecated_only: bool,
            #[graphql(default)] end_of_life_only: bool,
            behind: Option<Vec<Behind>>,
            order_by: Option<PackageUseOrder>,
            first: Option<i32>,
            after: Option<String>,
        ) -> Result<PackageUseConnection> {
            let wanted = Wanted {
                direct,
                text,
                outdated: outdated_only,
                vulnerable: vulnerable_only,
                deprecated: deprecated_only,
                end_of_life: end_of_life_only,
                behind,
            };
            outdated::packages(&self.0, &wanted, order_by, first, after.as_deref())
        }

        /// What SonarQube measured of it, by the newest analyses at the moment; null if no project is linked to it. If
        /// several projects are, each field is that of the strongest of them.
        async fn quality(&self) -> Result<Option<Quality>> {
            quality::of(&self.0)
        }

        /// What each of its projects in SonarQube measured, by the key of the project.
        async fn qualities(&self) -> Result<Vec<Quality>> {
            quality::each_of(&self.0)
        }

        /// How far its packages are behind at the moment: the direct ones, each once a manifest; all of them if asked.
        /// Null if it has no package.
        async fn outdated(&self, #[graphql(default)] include_transitive: bool) -> Result<Option<Outdatedness>> {
            outdated::of(&self.0, include_transitive)
        }
    }
);

entity_type!(
    /// An interface that services provide and consume.
    Api, ApiConnection, ApiEdge, {
        /// The system that it belongs to.
        async fn system(&self) -> Result<Option<Entity>> {
            self.0.target(Known::System)
        }

        /// The repository that holds its descriptor.
        async fn repository(&self) -> Result<Option<Entity>> {
            self.0.target(Known::Repository)
        }

        /// Its definition; null if its descriptor has none.
        async fn definition(&self) -> Result<Option<Document>> {
            document::of_api(&self.0)
        }
    }
);

entity_type!(
    /// Infrastructure that a service needs: a database, a bucket.
    Resource, ResourceConnection, ResourceEdge, {
        /// The system that it belongs to.
        async fn system(&self) -> Result<Option<Entity>> {
            self.0.target(Known::System)
        }

        /// The repository that holds its descriptor.
        async fn repository(&self) -> Result<Option<Entity>> {
            self.0.target(Known::Repository)
        }
    }
);

entity_type!(
    /// A business area that groups systems.
    Domain, DomainConnection, DomainEdge, {
        /// The domain above.
        async fn parent(&self) -> Result<Option<Entity>> {
            self.0.target(Known::Parent)
        }

        /// Its systems.
        async fn systems(&self) -> Result<Vec<System>> {
            Ok(self.0.those(Known::Domain, Kind::System)?.into_iter().map(System).collect())
        }
    }
);

entity_type!(
    /// Services and resources that work together.
    System, SystemConnection, SystemEdge, {
        /// The domain that it belongs to.
        async fn domain(&self) -> Result<Option<Entity>> {
            self.0.target(Known::Domain)
        }

        /// Its services.
        async fn services(&self) -> Result<Vec<Service>> {
            Ok(self.0.those(Known::System, Kind::Service)?.into_iter().map(Service).collect())
        }

        /// Its APIs.
        async fn apis(&self) -> Result<Vec<Api>> {
            Ok(self.0.those(Known::System, Kind::Api)?.into_iter().map(Api).collect())
        }

        /// Its resources.
        async fn resources(&self) -> Result<Vec<Resource>> {
            Ok(self.0.those(Known::System, Kind::Resource)?.into_iter().map(Resource).collect())
        }
    }
);

entity_type!(
    /// A team or, as a parent of teams, a tribe.
    Team, TeamConnection, TeamEdge, {
        /// The team or tribe above.
        async fn parent(&self) -> Result<Option<Entity>> {
            self.0.target(Known::Parent)
        }

        /// The teams directly below.
        async fn children(&self) -> Result<Vec<Team>> {
            Ok(self.0.those(Known::Parent, Kind::Team)?.into_iter().map(Team).collect())
        }

        /// The people in it.
        async fn members(&self) -> Result<Vec<Person>> {
            Ok(self.0.those(Known::MemberOf, Kind::Person)?.into_iter().map(Person).collect())
        }

        /// Its mail address.
        async fn email(&self) -> Result<Option<&str>> {
            self.0.text(Known::Email)
        }

        /// What it owns of one kind; with `tree` also what the teams below it own, as they stood at the moment.
        async fn owns(&self, kind: ApiKind, #[graphql(default)] tree: bool, first: Option<i32>, after: Option<String>) -> Result<EntityConnection> {
            self.0.owns(kind, tree, first, after.as_deref())
        }
    }
);

entity_type!(
    /// A person.
    Person, PersonConnection, PersonEdge, {
        /// The mail address.
        async fn email(&self) -> Result<Option<&str>> {
            self.0.text(Known::Email)
        }

        /// The teams that the person is in.
        async fn member_of(&self) -> Result<Vec<Entity>> {
            self.0.targets(Known::MemberOf)
        }

        /// What the person owns of one kind.
        async fn owns(&self, kind: ApiKind, first: Option<i32>, after: Option<String>) -> Result<EntityConnection> {
            self.0.owns(kind, false, first, after.as_deref())
        }
    }
);

entity_type!(
    /// A software package, named `ecosystem/name`.
    Package, PackageConnection, PackageEdge, {
        /// npm, cargo, pypi, maven and the like.
        async fn ecosystem(&self) -> Result<Option<String>> {
            let name = self.0.pinned.lens().name(self.0.id, self.0.pinned.at).map_err(from_query)?;
            Ok(name.ecosystem().map(str::to_owned))
        }

        /// Who uses it, at which version, by which manifest; only exactly this version, if one is given.
        async fn dependents(&self, version: Option<String>, first: Option<i32>, after: Option<String>) -> Result<PackageUseConnection> {
            self.0.dependents(first, after.as_deref(), version.as_deref())
        }

        /// The newest stable version at the moment; null if no registry was asked.
        async fn latest(&self) -> Result<Option<String>> {
            package::newest(&self.0)
        }

        /// When the newest stable version was published.
        async fn latest_published_at(&self) -> Result<Option<DateTime>> {
            package::newest_published(&self.0)
        }

        /// SPDX licence expression of the newest version.
        async fn licence(&self) -> Result<Option<String>> {
            package::text(&self.0, "licence")
        }

        /// Why the whole package should not be used any more, in its own words.
        async fn deprecated(&self) -> Result<Option<String>> {
            package::text(&self.0, "deprecated")
        }

        /// The registry that was asked.
        async fn registry(&self) -> Result<Option<String>> {
            package::text(&self.0, "registry")
        }

        /// Published by the organisation itself; null if that is not known.
        async fn internal(&self) -> Result<Option<bool>> {
            package::internal(&self.0)
        }

        /// How many manifests use it.
        async fn uses_count(&self) -> Result<usize> {
            package::usage(&self.0, |of| of.map_or(0, |of| of.uses))
        }

        /// How many services and repositories use it.
        async fn users_count(&self) -> Result<usize> {
            package::usage(&self.0, |of| of.map_or(0, |of| of.users))
        }

        /// The versions that are used, most used first.
        async fn versions_in_use(&self) -> Result<Vec<VersionCount>> {
            package::versions_in_use(&self.0)
        }

        /// How far its uses, direct or not, are behind at the moment; null if nobody uses it.
        async fn outdated(&self) -> Result<Option<Outdatedness>> {
            package::outdated(&self.0)
        }

        /// Published versions from the oldest one in use on, and whatever else is in use; newest first.
        async fn versions(&self, first: Option<i32>, after: Option<String>) -> Result<PackageVersionConnection> {
            package::versions(&self.0, first, after.as_deref())
        }

        /// Published weaknesses of versions in use, known at the moment, by id.
        async fn advisories(&self) -> Result<Vec<Advisory>> {
            let found = crate::query::package::advisories(self.0.pinned.lens(), self.0.id, self.0.pinned.at).map_err(from_query)?;
            self.0.pinned.present.budget.charge(found.len())?;
            Ok(found.into_iter().map(|(id, advisory)| Advisory::new(id, advisory)).collect())
        }

        /// Of a runtime or base image: its release cycles, newest first.
        async fn cycles(&self) -> Result<Vec<ReleaseCycle>> {
            package::cycles(&self.0)
        }

        /// How many manifests used each version through time, at the end of each bucket and up to the moment: the
        /// versions that are used most, then all others together.
        async fn versions_over_time(
            &self,
            from: Date,
            to: Date,
            #[graphql(default_with = "Interval::Week")] every: Interval,
            #[graphql(default = 8)] first: i32,
        ) -> Result<Vec<VersionSeries>> {
            package::versions_over_time(&self.0, from, to, every, first)
        }
    }
);

entity_type!(
    /// An entity of a kind that has no type of its own yet.
    OtherEntity, OtherEntityConnection, OtherEntityEdge, {}
);

entity_type!(
    /// A cluster of machines that runs workloads.
    Cluster, ClusterConnection, ClusterEdge, {
        /// What it says of itself, as of the last record at the moment.
        async fn cluster(&self) -> Result<ClusterState> {
            Ok(ClusterState(Arc::new(kubernetes::State::of(&self.0)?)))
        }

        /// What runs in it, by name.
        async fn workloads(&self) -> Result<Vec<Workload>> {
            kubernetes::workloads_of(&self.0)
        }
    }
);

entity_type!(
    /// Something that runs in a cluster: a Deployment, StatefulSet, DaemonSet or CronJob.
    Workload, WorkloadConnection, WorkloadEdge, {
        /// What its cluster says of it, as of the last record at the moment.
        async fn workload(&self) -> Result<WorkloadState> {
            Ok(WorkloadState(Arc::new(kubernetes::State::of(&self.0)?)))
        }

        /// The service that runs in it.
        async fn service(&self) -> Result<Option<Service>> {
            kubernetes::service_of(&self.0)
        }
    }
);

/// Anything that has an id.
#[derive(Interface, Clone)]
#[graphql(field(name = "id", ty = "ID", desc = "Opaque, for ever, never given to anything else."))]
pub enum Node {
    /// See [`Repository`].
    Repository(Repository),
    /// See [`Service`].
    Service(Service),
    /// See [`Api`].
    Api(Api),
    /// See [`Resource`].
    Resource(Resource),
    /// See [`Domain`].
    Domain(Domain),
    /// See [`System`].
    System(System),
    /// See [`Team`].
    Team(Team),
    /// See [`Person`].
    Person(Person),
    /// See [`Package`].
    Package(Package),
    /// See [`OtherEntity`].
    OtherEntity(OtherEntity),
    /// See [`Cluster`].
    Cluster(Cluster),
    /// See [`Workload`].
    Workload(Workload),
}

/// What the catalog describes, of any kind, at a moment.
#[derive(Interface, Clone)]
#[graphql(
    field(name = "id", ty = "ID", desc = "Opaque, for ever, never given to another entity."),
    field(
        name = "ref",
        method = "reference",
        ty = "String",
        desc = "The readable name at the moment, `kind:name`; of an entity that is not there, its last one, else its first one."
    ),
    field(name = "kind", ty = "Option<ApiKind>", desc = "What it is."),
    field(name = "name", ty = "String", desc = "The name without its kind."),
    field(name = "title", ty = "Option<&str>", desc = "A title for people."),
    field(name = "description", ty = "Option<&str>", desc = "What it is, in a sentence or a paragraph."),
    field(name = "owner", ty = "Option<Entity>", desc = "The one team (or person) accountable for it: the first of the owners."),
    field(name = "owners", ty = "Vec<Entity>", desc = "The owner and the co-owners, strongest first."),
    field(
        name = "type",
        method = "type_",
        ty = "Option<&str>",
        desc = "What sort of its kind it is: service, library, website; openapi; database."
    ),
    field(name = "lifecycle", ty = "Option<&str>", desc = "As its descriptor says: experimental, production, deprecated."),
    field(name = "status", ty = "Option<&str>", desc = "active, experimental, deprecated, archived or undeclared."),
    field(name = "topics", ty = "Vec<&str>", desc = "Tags or topics."),
    field(name = "links", ty = "Vec<WebLink>", desc = "Links for people."),
    field(name = "annotations", ty = "Vec<Annotation>", desc = "Annotations of its descriptor."),
    field(name = "state", ty = "State", desc = "Whether it is there at the moment, and by whose word."),
    field(name = "at", ty = "DateTime", desc = "The moment that all of this is about."),
    field(name = "last_change", ty = "Option<Change>", desc = "Its newest change at or before the moment."),
    field(
        name = "stale",
        ty = "bool",
        desc = "Some statement that holds for it is stale: last confirmed more than two of its source's intervals before the moment."
    ),
    field(
        name = "last_confirmed",
        ty = "Option<DateTime>",
        desc = "The oldest confirmation among its statements that hold: the end of the last run that read it."
    ),
    field(
        name = "facets",
        ty = "Vec<FacetFacts>",
        desc = "What is known, by facet, with who says so and who disagrees. Only these facets, if any are given.",
        arg(name = "facets", ty = "Option<Vec<ApiFacet>>")
    ),
    field(
        name = "statements",
        ty = "Vec<Statement>",
        desc = "What each source says, the losing ones included.",
        arg(name = "facets", ty = "Option<Vec<ApiFacet>>")
    ),
    field(name = "uses", ty = "Vec<Relation>", desc = "What it depends on, provides and consumes."),
    field(name = "used_by", ty = "Vec<Relation>", desc = "Who depends on it, provides or consumes it."),
    field(
        name = "timeline",
        ty = "TimelineConnection",
        desc = "Its changes up to the moment, and events of it and what belongs to it, newest first.",
        arg(name = "from", ty = "Option<Moment>"),
        arg(name = "facets", ty = "Option<Vec<ApiFacet>>"),
        arg(name = "events", ty = "Option<Vec<EventKind>>"),
        arg(name = "first", ty = "Option<i32>"),
        arg(name = "after", ty = "Option<String>")
    ),
    field(
        name = "events",
        ty = "EventConnection",
        desc = "Events of it and of what belongs to it that began up to the moment, newest first.",
        arg(name = "kinds", ty = "Option<Vec<EventKind>>"),
        arg(name = "from", ty = "Option<Moment>"),
        arg(name = "first", ty = "Option<i32>"),
        arg(name = "after", ty = "Option<String>")
    ),
    field(
        name = "history",
        ty = "HistoryConnection",
        desc = "All values that a field had up to the moment, oldest first.",
        arg(name = "field", ty = "String"),
        arg(name = "first", ty = "Option<i32>"),
        arg(name = "after", ty = "Option<String>")
    )
)]
pub enum Entity {
    /// See [`Repository`].
    Repository(Repository),
    /// See [`Service`].
    Service(Service),
    /// See [`Api`].
    Api(Api),
    /// See [`Resource`].
    Resource(Resource),
    /// See [`Domain`].
    Domain(Domain),
    /// See [`System`].
    System(System),
    /// See [`Team`].
    Team(Team),
    /// See [`Person`].
    Person(Person),
    /// See [`Package`].
    Package(Package),
    /// See [`OtherEntity`].
    OtherEntity(OtherEntity),
    /// See [`Cluster`].
    Cluster(Cluster),
    /// See [`Workload`].
    Workload(Workload),
}

impl Entity {
    /// The entity with this id, if there ever was one.
    pub(crate) fn new(pinned: &Arc<Pinned>, id: EntityId) -> Option<Self> {
        pinned.lens().kind(id)?;
        Some(Self::from(Item { pinned: Arc::clone(pinned), id }))
    }
}

impl From<Item> for Entity {
    fn from(item: Item) -> Self {
        match item.pinned.lens().kind(item.id) {
            Some(Kind::Repository) => Self::Repository(Repository(item)),
            Some(Kind::Service) => Self::Service(Service(item)),
            Some(Kind::Api) => Self::Api(Api(item)),
            Some(Kind::Resource) => Self::Resource(Resource(item)),
            Some(Kind::Domain) => Self::Domain(Domain(item)),
            Some(Kind::System) => Self::System(System(item)),
            Some(Kind::Team) => Self::Team(Team(item)),
            Some(Kind::Person) => Self::Person(Person(item)),
            Some(Kind::Package) => Self::Package(Package(item)),
            Some(Kind::Cluster) => Self::Cluster(Cluster(item)),
            Some(Kind::Workload) => Self::Workload(Workload(item)),
            Some(Kind::Document) | None => Self::OtherEntity(OtherEntity(item)),
        }
    }
}

impl From<Entity> for Node {
    fn from(entity: Entity) -> Self {
        match entity {
            Entity::Repository(it) => Self::Repository(it),
            Entity::Service(it) => Self::Service(it),
            Entity::Api(it) => Self::Api(it),
            Entity::Resource(it) => Self::Resource(it),
            Entity::Domain(it) => Self::Domain(it),
            Entity::System(it) => Self::System(it),
            Entity::Team(it) => Self::Team(it),
            Entity::Person(it) => Self::Person(it),
            Entity::Package(it) => Self::Package(it),
            Entity::OtherEntity(it) => Self::OtherEntity(it),
            Entity::Cluster(it) => Self::Cluster(it),
            Entity::Workload(it) => Self::Workload(it),
        }
    }
}

/// A link for people.
#[derive(SimpleObject, Clone)]
pub struct WebLink {
    /// The address.
    pub url: String,
    /// What it leads to.
    pub title: Option<String>,
}

/// An annotation of a descriptor.
#[derive(SimpleObject, Clone)]
pub struct Annotation {
    /// Its key, such as `backstage.io/techdocs-ref`.
    pub key: String,
    /// Its value.
    pub value: String,
}

/// A version by its tag.
#[derive(SimpleObject, Clone)]
pub struct TaggedVersion {
    /// The tag.
    pub name: String,
    /// The commit that it names.
    pub commit: Option<String>,
    /// When it was tagged.
    pub at: Option<DateTime>,
}

/// The newest commit of a branch.
#[derive(SimpleObject, Clone)]
pub struct LastCommit {
    /// Full object id.
    pub id: String,
    /// Committer time.
    pub at: DateTime,
}

/// An edge between two entities.
#[derive(SimpleObject, Clone)]
pub struct Relation {
    /// The entity at the other end.
    pub entity: Entity,
    /// dependsOn, providesApis, consumesApis or publishes, as the entity that states it says; uses where one uses a package
    /// that the other publishes.
    pub relation: String,
    /// The ref by which it is named; of uses that of the package.
    pub named: String,
    /// Since when.
    pub since: DateTime,
}

fn links(item: &Item) -> Result<Vec<WebLink>> {
    let value = item.pinned.lens().value(Known::Links, item.id, item.pinned.at).map_err(from_query)?;
    let Some(links) = value.and_then(|value| value.as_array()) else { return Ok(Vec::new()) };
    let text = |link: &Value, key: &str| link.get(key).and_then(Value::as_str).map(str::to_owned);
    Ok(links.iter().filter_map(|link| Some(WebLink { url: text(link, "url")?, title: text(link, "title") })).collect())
}

fn tagged_versions(item: &Item) -> Result<Vec<TaggedVersion>> {
    let text = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
    let versions = item.entries("versions")?.into_iter().map(|(name, value, _)| TaggedVersion {
        name,
        commit: text(&value, "commit"),
        at: text(&value, "at").and_then(|at| at.parse().ok()).map(DateTime),
    });
    Ok(versions.collect())
}

fn last_commit(item: &Item) -> Result<Option<LastCommit>> {
    // Volatile, hence an object: each of its keys is a field of its own.
    let (id, at) = (item.assembled("lastCommit[id]")?, item.assembled("lastCommit[at]")?);
    let text = |value: Option<Value>| value.and_then(|value| value.as_str().map(str::to_owned));
    Ok(text(id).zip(text(at).and_then(|at| at.parse().ok())).map(|(id, at)| LastCommit { id, at: DateTime(at) }))
}
