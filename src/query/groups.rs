//! Entities counted by what one field says of them, from columns.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use serde_json::Value;

use crate::model::{EntityId, Facet, Instant, Kind};
use crate::query::lens::{Known, first_text, texts};
use crate::query::page::compare_folded;
use crate::query::{Error, Lens};

/// What is counted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum By {
    /// Of packages, the ecosystem.
    Ecosystem,
    /// The quality gate.
    Gate,
    /// Each of the languages.
    Language,
    /// The licence; of a package, that of its newest version.
    Licence,
    /// The lifecycle.
    Lifecycle,
    /// The first of the owners.
    Owner,
    /// Of packages, the registry that was asked.
    Registry,
    /// The status.
    Status,
    /// The system.
    System,
    /// Each of the topics.
    Topic,
    /// The type.
    Type,
}

/// How many entities have a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// The text, or the name of the entity; none for those without a value.
    pub value: Option<String>,
    /// The entity that the value names, where it names one.
    pub entity: Option<EntityId>,
    /// So many.
    pub count: usize,
}

/// Counts entities by value at `at`: most first, equal ones by value, those without a value last.
///
/// Letter case makes no difference, as in filters; the spelling that most use is given. An entity with several values
/// counts once in each of them.
///
/// # Errors
/// If the store cannot be read.
pub fn groups(lens: &Lens, entities: &[EntityId], by: By, at: Instant) -> Result<Vec<Group>, Error> {
    let mut tally = Tally::default();
    let is_package = entities.first().is_some_and(|id| lens.kind(*id) == Some(Kind::Package));
    let (facet, field) = match by {
        By::Ecosystem => {
            for &id in entities {
                tally.add(&lens.name(id, at)?.ecosystem().into_iter().collect::<Vec<_>>(), 1);
            }
            return tally.groups(lens, at);
        }
        By::Gate => (Facet::Quality, "gate"),
        By::Licence if is_package => (Facet::Package, "licence"),
        By::Licence => (Facet::General, Known::Licence.field()),
        By::Registry => (Facet::Package, "registry"),
        By::Language => (Facet::General, Known::Languages.field()),
        By::Lifecycle => (Facet::General, Known::Lifecycle.field()),
        By::Owner => (Facet::General, Known::Owner.field()),
        By::Status => (Facet::General, Known::Status.field()),
        By::System => (Facet::General, Known::System.field()),
        By::Topic => (Facet::General, Known::Topics.field()),
        By::Type => (Facet::General, Known::Type.field()),
    };
    // Columns share equal values: few have to be looked at, however many entities there are.
    let mut values: HashMap<*const Value, (&Value, usize)> = HashMap::new();
    let column = lens.view().column(facet, field)?;
    for &id in entities {
        match column.at(id, at) {
            Some(value) => values.entry(Arc::as_ptr(value)).or_insert((value, 0)).1 += 1,
            None => tally.absent += 1,
        }
    }
    for (value, count) in values.into_values() {
        match by {
            By::Owner => tally.add_refs(lens, at, first_text(value), count)?,
            By::System => tally.add_refs(lens, at, texts(value), count)?,
            _ => tally.add(&texts(value).collect::<Vec<_>>(), count),
        }
    }
    tally.groups(lens, at)
}

#[derive(Default)]
struct Tally {
    /// By the text in lower case: how often it is spelled in which way.
    texts: HashMap<String, (usize, BTreeMap<String, usize>)>,
    entities: HashMap<EntityId, usize>,
    absent: usize,
}

impl Tally {
    /// Counts so many entities that have all of these values.
    fn add(&mut self, texts: &[&str], count: usize) {
        let folded: BTreeSet<String> = texts.iter().map(|text| text.to_lowercase()).collect();
        if folded.is_empty() {
            self.absent += count;
        }
        for text in folded {
            self.texts.entry(text).or_default().0 += count;
        }
        for text in texts {
            let (_, spellings) = self.texts.entry(text.to_lowercase()).or_default();
            *spellings.entry((*text).to_owned()).or_default() += count;
        }
    }

    /// [`Self::add`] for values that name entities; one that cannot be a name counts as a text.
    fn add_refs<'t>(&mut self, lens: &Lens, at: Instant, refs: impl IntoIterator<Item = &'t str>, count: usize) -> Result<(), Error> {
        let (mut found, mut others) = (BTreeSet::new(), Vec::new());
        for reference in refs {
            match lens.resolve(reference, at)? {
                Some((id, _)) => {
                    found.insert(id);
                }
                None => others.push(reference),
            }
        }
        if found.is_empty() || !others.is_empty() {
            self.add(&others, count);
        }
        for id in found {
            *self.entities.entry(id).or_default() += count;
        }
        Ok(())
    }

    fn groups(self, lens: &Lens, at: Instant) -> Result<Vec<Group>, Error> {
        let mut groups = Vec::with_capacity(self.texts.len() + self.entities.len() + 1);
        for (count, spellings) in self.texts.into_values() {
            // Of spellings that are used as often, the last of the reversed order is the first one.
            let value = spellings.into_iter().rev().max_by_key(|(_, count)| *count).map(|(text, _)| text);
            groups.push(Group { value, entity: None, count });
        }
        for (id, count) in self.entities {
            groups.push(Group { value: Some(lens.name(id, at)?.name().to_owned()), entity: Some(id), count });
        }
        groups.sort_by(|a, b| {
            let text = |group: &Group| group.value.clone().unwrap_or_default();
            b.count.cmp(&a.count).then_with(|| compare_folded(&text(a), &text(b))).then_with(|| a.entity.cmp(&b.entity))
        });
        if self.absent > 0 {
            groups.push(Group { value: None, entity: None, count: self.absent });
        }
        Ok(groups)
    }
}
