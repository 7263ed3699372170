//! A view with what the questions of one generation share: columns, resolved names, the search index.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use parking_lot::Mutex;
use serde_json::Value;

use crate::model::{EntityId, EntityRef, EventKind, Facet, Instant, Kind};
use crate::query::Error;
use crate::query::board::Coverage;
use crate::query::board::places::Recent;
use crate::query::search::SearchIndex;
use crate::store::column::Column;
use crate::store::view::{EntityInfo, Holding, View};

/// Fields of the facet `general` that questions read as columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(usize)]
#[expect(missing_docs, reason = "each is the field of its name in model::body::General")]
pub enum Known {
    Ref,
    Title,
    Description,
    Owner,
    Type,
    Lifecycle,
    Status,
    Languages,
    Topics,
    Visibility,
    DefaultBranch,
    Licence,
    Version,
    Links,
    Repository,
    Path,
    System,
    Domain,
    SubcomponentOf,
    Parent,
    MemberOf,
    Email,
    Readme,
    Codeowners,
}

impl Known {
    const ALL: [Self; 24] = [
        Self::Ref,
        Self::Title,
        Self::Description,
        Self::Owner,
        Self::Type,
        Self::Lifecycle,
        Self::Status,
        Self::Languages,
        Self::Topics,
        Self::Visibility,
        Self::DefaultBranch,
        Self::Licence,
        Self::Version,
        Self::Links,
        Self::Repository,
        Self::Path,
        Self::System,
        Self::Domain,
        Self::SubcomponentOf,
        Self::Parent,
        Self::MemberOf,
        Self::Email,
        Self::Readme,
        Self::Codeowners,
    ];

    /// The key in the body.
    #[must_use]
    pub const fn field(self) -> &'static str {
        match self {
            Self::Ref => "ref",
            Self::Title => "title",
            Self::Description => "description",
            Self::Owner => "owner",
            Self::Type => "type",
            Self::Lifecycle => "lifecycle",
            Self::Status => "status",
            Self::Languages => "languages",
            Self::Topics => "topics",
            Self::Visibility => "visibility",
            Self::DefaultBranch => "defaultBranch",
            Self::Licence => "licence",
            Self::Version => "version",
            Self::Links => "links",
            Self::Repository => "repository",
            Self::Path => "path",
            Self::System => "system",
            Self::Domain => "domain",
            Self::SubcomponentOf => "subcomponentOf",
            Self::Parent => "parent",
            Self::MemberOf => "memberOf",
            Self::Email => "email",
            Self::Readme => "readme",
            Self::Codeowners => "codeowners",
        }
    }
}

/// How a ref found the entity that answers for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Holder {
    /// It has the ref at the moment.
    Holder,
    /// It had the ref last before the moment.
    Earlier,
    /// It was the first to have the ref after the moment.
    Later,
}

/// The full ref of an entity, without copying it.
#[derive(Clone, Debug)]
pub enum Name<'a> {
    /// As a source claims it, in full.
    Claimed(&'a str),
    /// Only mentioned so far.
    Mentioned(Arc<EntityInfo>),
}

impl Name<'_> {
    /// The name without its kind.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Claimed(text) => text.split_once(':').map_or(text, |(_, name)| name),
            Self::Mentioned(info) => info.first_ref.name(),
        }
    }

    /// Of a package, what stands before its name: npm, cargo, pypi.
    #[must_use]
    pub fn ecosystem(&self) -> Option<&str> {
        let is_package = match self {
            Self::Claimed(text) => text.split_once(':').is_some_and(|(kind, _)| kind.eq_ignore_ascii_case(Kind::Package.word())),
            Self::Mentioned(info) => info.kind == Kind::Package,
        };
        self.name().split_once('/').map(|(ecosystem, _)| ecosystem).filter(|_| is_package)
    }

    /// `kind:name`.
    #[must_use]
    pub fn reference(&self) -> String {
        match self {
            Self::Claimed(text) => (*text).to_owned(),
            Self::Mentioned(info) => info.first_ref.to_string(),
        }
    }
}

/// One generation of the store, as questions see it. Share it; it is built once a generation.
pub struct Lens {
    view: View,
    columns: [OnceLock<Arc<Column>>; Known::ALL.len()],
    mentioned: OnceLock<Arc<Column>>,
    earliest: OnceLock<Option<Instant>>,
    holdings: Mutex<HashMap<String, Arc<Vec<Holding>>>>,
    search: OnceLock<SearchIndex>,
    pub(super) coverage: Mutex<HashMap<EventKind, Coverage>>,
    pub(super) places: Recent,
    pub(super) outdated: crate::query::outdated::Cache,
}

impl Lens {
    /// A lens over this view.
    #[must_use]
    pub fn new(view: View) -> Self {
        Self {
            view,
            columns: [const { OnceLock::new() }; Known::ALL.len()],
            mentioned: OnceLock::new(),
            earliest: OnceLock::new(),
            holdings: Mutex::default(),
            search: OnceLock::new(),
            coverage: Mutex::default(),
            places: Recent::default(),
            outdated: crate::query::outdated::Cache::default(),
        }
    }

    /// The view beneath.
    #[must_use]
    pub const fn view(&self) -> &View {
        &self.view
    }

    /// The history of a general field for all entities.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn column(&self, known: Known) -> Result<&Column, Error> {
        Ok(once(&self.columns[known as usize], || self.view.column(Facet::General, known.field()))?)
    }

    /// The value of a general field at a moment.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn value(&self, known: Known, id: EntityId, at: Instant) -> Result<Option<&Arc<Value>>, Error> {
        Ok(self.column(known)?.at(id, at))
    }

    /// [`Self::value`] where it is a text.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn text(&self, known: Known, id: EntityId, at: Instant) -> Result<Option<&str>, Error> {
        Ok(self.value(known, id, at)?.and_then(|value| value.as_str()))
    }

    /// Whether the entity is there at `at`. See [`View::exists`].
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn exists(&self, id: EntityId, at: Instant) -> Result<bool, Error> {
        match self.column(Known::Ref)?.step_at(id, at) {
            Some((_, value)) => Ok(value.is_some()),
            None => Ok(once(&self.mentioned, || self.view.mentioned())?.at(id, at).is_some()),
        }
    }

    /// The first instant of which anything is known, if anything is.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn earliest(&self) -> Result<Option<Instant>, Error> {
        Ok(*once(&self.earliest, || self.view.earliest())?)
    }

    /// Whether a source defines it at `at`.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn is_defined(&self, id: EntityId, at: Instant) -> Result<bool, Error> {
        Ok(self.column(Known::Ref)?.at(id, at).is_some())
    }

    /// The ref at `at`; of an entity that is not there, its last one before, else its first one after.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn name(&self, id: EntityId, at: Instant) -> Result<Name<'_>, Error> {
        let steps = self.column(Known::Ref)?.steps(id);
        let after = steps.partition_point(|(since, _)| *since <= at);
        let claimed = steps[..after].iter().rev().chain(&steps[after..]).find_map(|(_, value)| value.as_deref()?.as_str());
        if let Some(text) = claimed {
            return Ok(Name::Claimed(text));
        }
        Ok(match self.view.entity(id) {
            Some(info) => Name::Mentioned(info),
            None => Name::Claimed("?"),
        })
    }

    /// Every ref that the entity ever had, as keys in lower case.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn refs_ever(&self, id: EntityId) -> Result<Vec<EntityRef>, Error> {
        let mut refs: Vec<EntityRef> = Vec::new();
        let claimed = self.column(Known::Ref)?.steps(id).iter().filter_map(|(_, value)| value.as_deref()?.as_str()?.parse().ok());
        for reference in claimed.chain(self.view.entity(id).map(|info| info.first_ref.clone())) {
            if !refs.contains(&reference) {
                refs.push(reference);
            }
        }
        Ok(refs)
    }

    /// Who answers for a ref at `at`, and how.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn resolve(&self, reference: &str, at: Instant) -> Result<Option<(EntityId, Holder)>, Error> {
        let holdings = self.holdings(reference)?;
        Ok(choose(&holdings, at))
    }

    /// The kind of an entity.
    #[must_use]
    pub fn kind(&self, id: EntityId) -> Option<Kind> {
        self.view.entity(id).map(|info| info.kind)
    }

    /// The owner at `at`: the first of the owners, resolved. An owner that nobody ever described is still an entity.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn owner(&self, id: EntityId, at: Instant) -> Result<Option<EntityId>, Error> {
        match self.value(Known::Owner, id, at)?.and_then(|value| first_text(value)) {
            Some(text) => Ok(self.resolve(text, at)?.map(|(owner, _)| owner)),
            None => Ok(None),
        }
    }

    /// The index over all names and texts of this generation.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn search_index(&self) -> Result<&SearchIndex, Error> {
        once(&self.search, || SearchIndex::build(self))
    }

    /// What to tell about an empty answer for a moment before anything is known.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn hint(&self, at: Instant) -> Result<Option<String>, Error> {
        Ok(match self.earliest()? {
            None => Some("nothing has been recorded yet; configure a source, or run a collector".to_owned()),
            Some(earliest) if at < earliest => Some(format!("nothing is known before {earliest}, the first record; {at} lies before it")),
            Some(_) => self.view.rebuilding().map(|share| {
                format!("the index is being rebuilt ({:.0} % done); answers about the past are not complete yet", share * 100.0)
            }),
        })
    }

    fn holdings(&self, reference: &str) -> Result<Arc<Vec<Holding>>, Error> {
        if let Some(holdings) = self.holdings.lock().get(reference) {
            return Ok(Arc::clone(holdings));
        }
        let holdings = match reference.parse::<EntityRef>() {
            Ok(parsed) => Arc::new(self.view.holdings(&parsed)?),
            Err(_) => Arc::default(),
        };
        self.holdings.lock().insert(reference.to_owned(), Arc::clone(&holdings));
        Ok(holdings)
    }
}

/// The value of a slot, made on first use. Two who come first may both make it; one of them is kept.
pub(crate) fn once<T, E>(slot: &OnceLock<T>, make: impl FnOnce() -> Result<T, E>) -> Result<&T, E> {
    if let Some(value) = slot.get() {
        return Ok(value);
    }
    let value = make()?;
    Ok(slot.get_or_init(|| value))
}

/// The first of an array, or the text itself.
#[must_use]
pub(crate) fn first_text(value: &Value) -> Option<&str> {
    match value {
        Value::String(text) => Some(text),
        Value::Array(items) => items.first()?.as_str(),
        _ => None,
    }
}

/// All texts of an array, or the text itself.
pub(crate) fn texts(value: &Value) -> impl Iterator<Item = &str> {
    let (one, many) = match value {
        Value::String(text) => (Some(text.as_str()), &[][..]),
        Value::Array(items) => (None, items.as_slice()),
        _ => (None, &[][..]),
    };
    one.into_iter().chain(many.iter().filter_map(Value::as_str))
}

/// The holding in force at `at`, else the last one before, else the first one after. Who claims the ref comes before
/// who is only called by it.
fn choose(holdings: &[Holding], at: Instant) -> Option<(EntityId, Holder)> {
    let mentioned = |holding: &&Holding| holding.from == Instant::MIN && holding.to == Instant::MAX;
    let claims = || holdings.iter().filter(|holding| !mentioned(holding));
    if let Some(holding) = claims().rfind(|holding| holding.from <= at && at < holding.to) {
        return Some((holding.entity, Holder::Holder));
    }
    if let Some(holding) = claims().filter(|holding| holding.to <= at).max_by_key(|holding| holding.to) {
        return Some((holding.entity, Holder::Earlier));
    }
    if let Some(holding) = claims().filter(|holding| holding.from > at).min_by_key(|holding| holding.from) {
        return Some((holding.entity, Holder::Later));
    }
    holdings.iter().find(mentioned).map(|holding| (holding.entity, Holder::Holder))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holding(entity: u32, from: i64, to: i64) -> Holding {
        Holding { entity: EntityId(entity), from: Instant::from_seconds(from), to: Instant::from_seconds(to) }
    }

    #[test]
    fn a_ref_finds_its_holder_then_an_earlier_one_then_a_later_one() {
        let holdings = [holding(1, 10, 20), holding(2, 30, 40)];
        let found = |at| choose(&holdings, Instant::from_seconds(at));
        assert_eq!(found(5), Some((EntityId(1), Holder::Later)));
        assert_eq!(found(10), Some((EntityId(1), Holder::Holder)));
        assert_eq!(found(20), Some((EntityId(1), Holder::Earlier)));
        assert_eq!(found(30), Some((EntityId(2), Holder::Holder)));
        assert_eq!(found(99), Some((EntityId(2), Holder::Earlier)));
    }

    #[test]
    fn what_is_only_mentioned_yields_to_who_claims_the_ref() {
        let mentioned = Holding { entity: EntityId(9), from: Instant::MIN, to: Instant::MAX };
        assert_eq!(choose(std::slice::from_ref(&mentioned), Instant::from_seconds(1)), Some((EntityId(9), Holder::Holder)));
        assert_eq!(choose(&[holding(1, 10, 20), mentioned], Instant::from_seconds(25)), Some((EntityId(1), Holder::Earlier)));
    }

    #[test]
    fn known_fields_are_numbered_as_they_are_listed() {
        for (index, known) in Known::ALL.into_iter().enumerate() {
            assert_eq!(known as usize, index);
        }
    }
}
