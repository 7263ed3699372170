//! Typo-tolerant search by prefixes over names and texts, at any moment.
//!
//! # Invariants
//! - Each posting says from when to when its word stood in its field, so a past day costs what today costs.
//! - Every word of the question must be found; exact words come before beginnings, beginnings before near misses.

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;

use crate::model::{EntityId, Facet, Instant, Kind};
use crate::query::lens::{Known, texts};
use crate::query::page::compare_folded;
use crate::query::{Cursor, Error, Lens};
use crate::store::column::Step;
use crate::store::view::RowAt;

/// Where a word was found; earlier ones count more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// The name that it has.
    Name,
    /// A name that it had.
    FormerName,
    /// The title.
    Title,
    /// A topic.
    Topic,
    /// The name of an owner.
    Owner,
    /// An annotation's key or value.
    Annotation,
    /// The description.
    Description,
}

/// How well a word was met; earlier ones count more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Quality {
    /// The word itself.
    Exact,
    /// The word begins so.
    Prefix,
    /// The word begins so, but for one or two letters.
    Fuzzy,
}

/// An entity that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// The entity.
    pub entity: EntityId,
    /// How well the worst of the words was met.
    pub quality: Quality,
    /// What was met for each word, best first: how well, where, and the word as it stands there.
    pub matched: Vec<(Quality, Place, String)>,
}

/// A page of hits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hits {
    /// All that were found.
    pub total: usize,
    /// Those on this page, best first.
    pub items: Vec<Hit>,
    /// There is a page before.
    pub has_previous: bool,
    /// There is a page after.
    pub has_next: bool,
}

/// Searches what existed at `at`.
///
/// # Errors
/// If the store cannot be read.
pub fn search(lens: &Lens, text: &str, kinds: &[Kind], at: Instant, first: usize, after: Option<&Cursor>) -> Result<Hits, Error> {
    let words = words_of(text);
    if words.is_empty() {
        return Ok(Hits::default());
    }
    let asked = text.trim().to_lowercase();
    let index = lens.search_index()?;
    let mut found: Option<HashMap<EntityId, Vec<Met>>> = None;
    for word in words.iter().take(8) {
        let mut met = index.find(word, at);
        found = Some(match found {
            None => met.into_iter().map(|(id, best)| (id, vec![best])).collect(),
            Some(mut so_far) => {
                so_far.retain(|id, matched| met.remove(id).map(|best| matched.push(best)).is_some());
                so_far
            }
        });
    }
    let mut ranked = Vec::new();
    for (id, mut matched) in found.unwrap_or_default() {
        if (kinds.is_empty() || lens.kind(id).is_some_and(|kind| kinds.contains(&kind))) && lens.exists(id, at)? {
            matched.sort_unstable();
            let worst = matched.iter().map(|(quality, _, _)| *quality).max().unwrap_or(Quality::Fuzzy);
            let place = matched.iter().map(|(_, place, _)| *place).max().unwrap_or(Place::Description);
            let name = lens.name(id, at)?;
            let differs = name.name().to_lowercase() != asked;
            ranked.push((differs, worst, place, name, id, matched));
        }
    }
    ranked.sort_by(|a, b| {
        (a.0, a.1, a.2, a.3.name().len())
            .cmp(&(b.0, b.1, b.2, b.3.name().len()))
            .then_with(|| compare_folded(a.3.name(), b.3.name()))
            .then_with(|| a.4.cmp(&b.4))
    });
    let total = ranked.len();
    let start = match after {
        Some(cursor) => {
            let position = ranked.iter().position(|hit| hit.4 == cursor.entity);
            position.ok_or_else(|| Error::Cursor(cursor.encode()))? + 1
        }
        None => 0,
    };
    let items: Vec<Hit> = ranked
        .into_iter()
        .skip(start)
        .take(first)
        .map(|(_, quality, _, _, entity, matched)| Hit {
            entity,
            quality,
            matched: matched
                .into_iter()
                .map(|(quality, place, word)| (quality, place, index.words[word as usize].text.to_string()))
                .collect(),
        })
        .collect();
    Ok(Hits { total, has_previous: start > 0, has_next: start + items.len() < total, items })
}

/// Every word that ever stood in a searched field, with where and when.
#[derive(Debug, Default)]
pub struct SearchIndex {
    words: Vec<Word>,
}

/// How well and where a word was met, and its number; the smaller the better.
type Met = (Quality, Place, u32);

#[derive(Debug)]
struct Word {
    text: Box<str>,
    letters: u64,
    postings: Box<[Posting]>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Posting {
    entity: EntityId,
    place: Place,
    from: Instant,
    to: Instant,
}

impl SearchIndex {
    /// Words of a description beyond this many are not searched.
    const LONGEST_TEXT: usize = 200;

    /// Reads the columns of a generation.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn build(lens: &Lens) -> Result<Self, Error> {
        let mut builder = Builder::default();
        for kind in Kind::ALL {
            for &id in lens.view().entities(kind).iter() {
                let names = lens.column(Known::Ref)?.steps(id);
                if names.is_empty() {
                    if let Some(info) = lens.view().entity(id) {
                        builder.add(info.first_ref.name(), id, Place::Name, Instant::MIN, Instant::MAX);
                    }
                } else {
                    builder.add_names(names, id);
                }
                for (known, place) in [
                    (Known::Title, Place::Title),
                    (Known::Topics, Place::Topic),
                    (Known::Owner, Place::Owner),
                    (Known::Description, Place::Description),
                ] {
                    builder.add_steps(lens.column(known)?.steps(id), id, place);
                }
                builder.add_entries(&lens.view().entry_rows(id, Facet::General, "annotations", Instant::MAX)?, id, Place::Annotation);
            }
        }
        Ok(builder.finish())
    }

    /// The best match of each entity for one word at a moment.
    fn find(&self, word: &str, at: Instant) -> HashMap<EntityId, Met> {
        let mut best: HashMap<EntityId, Met> = HashMap::new();
        let mut take = |index: usize, quality: Quality| {
            for posting in &self.words[index].postings {
                if posting.from <= at && at < posting.to {
                    let candidate = (quality, posting.place, u32::try_from(index).unwrap_or(u32::MAX));
                    best.entry(posting.entity).and_modify(|best| *best = (*best).min(candidate)).or_insert(candidate);
                }
            }
        };
        let start = self.words.partition_point(|candidate| *candidate.text < *word);
        let mut end = start;
        while let Some(candidate) = self.words.get(end).filter(|candidate| candidate.text.starts_with(word)) {
            take(end, if *candidate.text == *word { Quality::Exact } else { Quality::Prefix });
            end += 1;
        }
        let asked: Vec<char> = word.chars().collect();
        let most = allowed_typos(asked.len());
        if most > 0 {
            let letters = letters_of(word);
            for (index, candidate) in self.words.iter().enumerate() {
                let missing = (letters & !candidate.letters).count_ones() as usize;
                if missing <= most && !(start..end).contains(&index) && begins_nearly(&candidate.text, &asked, most) {
                    take(index, Quality::Fuzzy);
                }
            }
        }
        best
    }
}

/// Typing errors that a word of this many letters may have.
const fn allowed_typos(letters: usize) -> usize {
    match letters {
        0..=3 => 0,
        4..=7 => 1,
        _ => 2,
    }
}

/// A bit for each letter or digit that occurs.
fn letters_of(word: &str) -> u64 {
    word.chars().fold(0, |letters, letter| letters | 1 << (letter as u32 % 64))
}

/// Whether some beginning of `text` is at most `most` edits (insert, delete, replace, swap of neighbours) away from `asked`.
fn begins_nearly(text: &str, asked: &[char], most: usize) -> bool {
    let columns = asked.len() + most;
    let text: Vec<char> = text.chars().take(columns).collect();
    if text.len() + most < asked.len() {
        return false;
    }
    // Row i holds the distances of asked[..i] to every beginning of text.
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=text.len()).collect();
    for (i, letter) in asked.iter().enumerate() {
        let mut row = Vec::with_capacity(text.len() + 1);
        row.push(i + 1);
        for (j, other) in text.iter().enumerate() {
            let mut distance = (last[j] + usize::from(letter != other)).min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *letter == text[j - 1] && asked[i - 1] == *other {
                distance = distance.min(before_last[j - 1] + 1);
            }
            row.push(distance);
        }
        if row.iter().all(|distance| *distance > most) {
            return false;
        }
        before_last = std::mem::replace(&mut last, row);
    }
    last.iter().any(|distance| *distance <= most)
}

/// The words of a text in lower case. A name of several parts is also a word as a whole, so that it can be typed as it is.
fn words_of(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    for chunk in text.split_whitespace() {
        for part in chunk.split(|letter: char| !letter.is_alphanumeric()).filter(|part| !part.is_empty()) {
            words.push(part.to_lowercase());
        }
    }
    words
}

#[derive(Default)]
struct Builder {
    words: BTreeMap<String, Vec<Posting>>,
}

impl Builder {
    fn add(&mut self, text: &str, entity: EntityId, place: Place, from: Instant, to: Instant) {
        for word in words_of(text).into_iter().take(SearchIndex::LONGEST_TEXT) {
            let postings = self.words.entry(word).or_default();
            match postings.last_mut() {
                // The word stays while the text around it changes.
                Some(last) if last.entity == entity && last.place == place && last.to >= from => last.to = last.to.max(to),
                _ => postings.push(Posting { entity, place, from, to }),
            }
        }
    }

    fn add_steps(&mut self, steps: &[Step], entity: EntityId, place: Place) {
        for (index, (from, value)) in steps.iter().enumerate() {
            let to = steps.get(index + 1).map_or(Instant::MAX, |(since, _)| *since);
            for text in value.as_deref().into_iter().flat_map(texts) {
                let text = if place == Place::Owner { name_of(text) } else { text };
                self.add(text, entity, place, *from, to);
            }
        }
    }

    /// Rows of a keyed field, in order of time: each entry stands until its next row.
    fn add_entries(&mut self, rows: &[RowAt], entity: EntityId, place: Place) {
        for (index, row) in rows.iter().enumerate() {
            let (Some(value), Some(key)) = (&row.after, &row.path.key) else { continue };
            let to = rows[index + 1..].iter().find(|next| next.path == row.path).map_or(Instant::MAX, |next| next.at);
            self.add(key, entity, place, row.at, to);
            self.add(value.as_str().unwrap_or_default(), entity, place, row.at, to);
        }
    }

    fn add_names(&mut self, steps: &[Step], entity: EntityId) {
        self.add_steps_of_names(steps, entity, Place::Name);
        for (index, (_, value)) in steps.iter().enumerate() {
            if let (Some(name), Some((to, next))) = (value.as_deref().and_then(Value::as_str), steps.get(index + 1))
                && next.as_deref().and_then(Value::as_str) != Some(name)
            {
                self.add(name_of(name), entity, Place::FormerName, *to, Instant::MAX);
            }
        }
    }

    fn add_steps_of_names(&mut self, steps: &[Step], entity: EntityId, place: Place) {
        for (index, (from, value)) in steps.iter().enumerate() {
            let to = steps.get(index + 1).map_or(Instant::MAX, |(since, _)| *since);
            if let Some(name) = value.as_deref().and_then(Value::as_str) {
                self.add(name_of(name), entity, place, *from, to);
            }
        }
    }

    fn finish(self) -> SearchIndex {
        let words = self
            .words
            .into_iter()
            .map(|(text, postings)| Word { letters: letters_of(&text), text: text.into_boxed_str(), postings: postings.into_boxed_slice() })
            .collect();
        SearchIndex { words }
    }
}

fn name_of(reference: &str) -> &str {
    reference.split_once(':').map_or(reference, |(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    fn nearly(text: &str, asked: &str, most: usize) -> bool {
        begins_nearly(text, &asked.chars().collect::<Vec<_>>(), most)
    }

    #[test]
    fn near_misses_are_met_at_the_beginning_of_a_word() {
        assert!(nearly("payments", "paymnet", 1));
        assert!(nearly("payments", "paiments", 1));
        assert!(nearly("payments", "ayments", 1));
        assert!(nearly("ledger", "legder", 1));
        assert!(!nearly("ledger", "lodgar", 1));
        assert!(nearly("ledgers", "lodgar", 2));
        assert!(!nearly("pay", "payments", 2));
    }

    #[test]
    fn short_words_must_be_met_exactly() {
        assert_eq!([3, 4, 7, 8].map(allowed_typos), [0, 1, 1, 2]);
    }

    fn index(entries: &[(&str, u32, Place)]) -> SearchIndex {
        let mut builder = Builder::default();
        for (text, id, place) in entries {
            builder.add(text, EntityId(*id), *place, Instant::MIN, Instant::MAX);
        }
        builder.finish()
    }

    #[test]
    fn exact_words_come_before_beginnings_and_those_before_near_misses() {
        let index =
            index(&[("ledger", 1, Place::Name), ("ledger-api", 2, Place::Name), ("ledgers", 3, Place::Name), ("ledfer", 4, Place::Name)]);
        let found = index.find("ledger", Instant::from_seconds(1));
        let quality = |id| found.get(&EntityId(id)).map(|(quality, _, _)| *quality);
        assert_eq!([1, 2, 3, 4].map(quality), [Some(Quality::Exact), Some(Quality::Exact), Some(Quality::Prefix), Some(Quality::Fuzzy)]);
    }

    #[test]
    fn a_word_is_found_only_while_it_stands_there_and_a_former_name_ever_after() {
        let at = Instant::from_seconds;
        let step = |t, name: Option<&str>| (at(t), name.map(|name| Arc::new(Value::from(name))));
        let mut builder = Builder::default();
        builder.add_names(&[step(10, Some("service:billing")), step(20, Some("service:invoices")), step(30, None)], EntityId(7));
        let index = builder.finish();
        let place = |word, t| index.find(word, at(t)).get(&EntityId(7)).map(|(_, place, _)| *place);
        assert_eq!(
            [5, 10, 19, 20, 35].map(|t| place("billing", t)),
            [None, Some(Place::Name), Some(Place::Name), Some(Place::FormerName), Some(Place::FormerName)]
        );
        assert_eq!([19, 20, 29].map(|t| place("invoices", t)), [None, Some(Place::Name), Some(Place::Name)]);
    }
}
