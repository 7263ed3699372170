//! The versions of an entity's streams, in order of time, turned into rows: the intervals in which values hold.
//!
//! A row says that from an instant on a field has a value, or none. The rows of a field are the history
//! of its assembled value; those flagged as changes are the timeline. Three things are never changes:
//! what a seam shows (the first record of a source, a restatement where the observed layer begins), the first
//! statement of a field that nobody stated before, and the other fields of an entity that is added or removed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value;

use crate::catalog::Speaker;
use crate::catalog::assemble::for_each_field;
use crate::model::{Body, Facet, FieldPath, Instant, Layer, Policy, StreamNo};

/// What a row is, beside its value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RowFlags {
    /// Counts as a change of the timeline.
    pub change: bool,
    /// Comes from the backfilled layer.
    pub backfilled: bool,
}

/// From `at` on the field has this value, or none.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The field.
    pub path: FieldPath,
    /// Since when.
    pub at: Instant,
    /// The assembled value, or `None` if nobody states the field any more.
    pub value: Option<Value>,
    /// The value until then.
    pub before: Option<Value>,
    /// The stream that said so, or that said so last.
    pub said_by: StreamNo,
    /// See [`RowFlags`].
    pub flags: RowFlags,
}

/// One version, as the replay takes it; a history holds texts, of which only those in force are parsed.
#[derive(Clone, Debug)]
pub struct VersionAt<B = Arc<Body>> {
    /// Index of the speaker.
    pub speaker: usize,
    /// Since when it holds.
    pub at: Instant,
    /// Its layer; observed wins ties.
    pub layer: Layer,
    /// The content; `None` withdraws.
    pub body: Option<B>,
    /// See [`crate::model::record::Version::seam`].
    pub seam: bool,
}

/// An entity's statements as they stand, and which fields were ever stated.
#[derive(Clone, Debug)]
pub struct Replay<'p> {
    speakers: Vec<Speaker>,
    bodies: Vec<Option<Arc<Body>>>,
    stated: BTreeSet<(Facet, String)>,
    defined_elsewhere: bool,
    policy: &'p Policy,
}

impl<'p> Replay<'p> {
    /// An entity that nobody has spoken of yet.
    #[must_use]
    pub fn new(speakers: Vec<Speaker>, policy: &'p Policy) -> Self {
        let bodies = vec![None; speakers.len()];
        Self { speakers, bodies, stated: BTreeSet::new(), defined_elsewhere: false, policy }
    }

    /// Goes on from known bodies; `was_stated` are the fields that were stated at any time before.
    ///
    /// `defined_elsewhere` says that the entity exists by a statement that is not among the speakers, for a
    /// caller that leaves out the facets that a commit does not touch.
    #[must_use]
    pub const fn resume(
        speakers: Vec<Speaker>,
        bodies: Vec<Option<Arc<Body>>>,
        was_stated: BTreeSet<(Facet, String)>,
        defined_elsewhere: bool,
        policy: &'p Policy,
    ) -> Self {
        Self { speakers, bodies, stated: was_stated, defined_elsewhere, policy }
    }

    /// The streams, in the order that [`VersionAt::speaker`] counts.
    #[must_use]
    pub fn speakers(&self) -> &[Speaker] {
        &self.speakers
    }

    /// The policy changes at `at`: values that differ by it get rows, which are changes.
    pub fn set_policy(&mut self, policy: &'p Policy, at: Instant, rows: &mut Vec<Row>) {
        if self.policy.precedence == policy.precedence {
            self.policy = policy;
            return;
        }
        let mut paths = BTreeSet::new();
        for (speaker, body) in self.speakers.iter().zip(&self.bodies) {
            if let Some(body) = body {
                for_each_field(speaker.facet, body, |path, _| {
                    paths.insert(path);
                });
            }
        }
        let before: Vec<Option<Value>> = paths.iter().map(|path| self.resolve(path).map(|(value, _)| value.clone())).collect();
        self.policy = policy;
        for (path, before) in paths.into_iter().zip(before) {
            if path.is_volatile() {
                continue;
            }
            if let Some((after, said_by)) = self.resolve(&path)
                && before.as_ref() != Some(after)
            {
                let flags = RowFlags { change: true, backfilled: false };
                rows.push(Row { at, value: Some(after.clone()), before, said_by: self.speakers[said_by].stream, flags, path });
            }
        }
    }

    /// All versions of one instant take effect together; the rows that follow from them are appended in order of path.
    ///
    /// `versions` holds at most one version a speaker (the one that wins the tie).
    pub fn step(&mut self, at: Instant, versions: &[VersionAt], rows: &mut Vec<Row>) {
        let existed = self.exists();
        // Only paths that differ in one of the new bodies can differ in the assembled state.
        let mut touched: BTreeMap<FieldPath, Option<Value>> = BTreeMap::new();
        for version in versions {
            let speaker = &self.speakers[version.speaker];
            for path in differing_paths(speaker.facet, self.bodies[version.speaker].as_deref(), version.body.as_deref()) {
                if !path.is_volatile() && !touched.contains_key(&path) {
                    let before = self.resolve(&path).map(|(value, _)| value.clone());
                    touched.insert(path, before);
                }
            }
        }
        for version in versions {
            self.bodies[version.speaker].clone_from(&version.body);
        }
        let exists = self.exists();
        let mut newly_stated = Vec::new();
        for (path, before) in touched {
            let after = self.resolve(&path);
            if after.map(|(value, _)| value) == before.as_ref() {
                continue;
            }
            // Who is responsible: the stream that now says so, else the one among the new versions that stopped.
            let by = match after {
                Some((_, index)) => versions.iter().find(|version| version.speaker == index).or_else(|| versions.first()),
                None => versions.iter().find(|version| self.speakers[version.speaker].facet == path.facet),
            };
            let Some(by) = by else { continue };
            let said_by = after.map_or(by.speaker, |(_, index)| index);
            let is_ref = path.facet == Facet::General && path.field == "ref";
            let known = self.stated.contains(&(path.facet, path.field.clone()));
            let elaborated = path.is_elaborated(before.as_ref(), after.map(|(value, _)| value));
            let change = !by.seam && !elaborated && (is_ref || (existed && exists && known));
            if !known {
                newly_stated.push((path.facet, path.field.clone()));
            }
            rows.push(Row {
                at,
                value: after.map(|(value, _)| value.clone()),
                before,
                said_by: self.speakers[said_by].stream,
                flags: RowFlags { change, backfilled: by.layer == Layer::Backfilled },
                path,
            });
        }
        self.stated.extend(newly_stated);
    }

    /// The winning value of a field and the index of its speaker.
    fn resolve(&self, path: &FieldPath) -> Option<(&Value, usize)> {
        let mut best: Option<(&Value, usize)> = None;
        let mut field_name = None;
        for (index, (speaker, body)) in self.speakers.iter().zip(&self.bodies).enumerate() {
            if speaker.facet != path.facet {
                continue;
            }
            let Some(body) = body else { continue };
            let value = match (&path.key, body.get(&path.field)) {
                (None, Some(value)) if !value.is_object() => value,
                (Some(key), Some(Value::Object(entries))) => match entries.get(key) {
                    Some(value) => value,
                    None => continue,
                },
                _ => continue,
            };
            let wins = match best {
                None => true,
                Some((_, other)) => {
                    let name = field_name.get_or_insert_with(|| path.field_name());
                    speaker.order(&self.speakers[other], name, self.policy).is_lt()
                }
            };
            if wins {
                best = Some((value, index));
            }
        }
        best
    }

    fn exists(&self) -> bool {
        self.defined_elsewhere
            || self
                .speakers
                .iter()
                .zip(&self.bodies)
                .any(|(speaker, body)| speaker.facet == Facet::General && body.as_ref().is_some_and(|body| body.contains_key("ref")))
    }
}

/// The whole history of one entity: its streams' versions in any order, and the dated policies, oldest first.
///
/// The first policy also judges what lies before it. `read` gives the content of a version that takes effect; it is
/// asked in order of time, and not again while a stream says the same.
///
/// # Errors
/// What `read` returns.
pub fn replay<B: PartialEq, E>(
    speakers: Vec<Speaker>,
    mut versions: Vec<VersionAt<B>>,
    policies: &[(Instant, Policy)],
    read: impl Fn(&B) -> Result<Arc<Body>, E>,
) -> Result<Vec<Row>, E> {
    let default = Policy::default();
    let first = policies.first().map_or(&default, |(_, policy)| policy);
    let mut upcoming = policies.iter().skip(1).peekable();
    let mut stated: Vec<Option<usize>> = vec![None; speakers.len()];
    let mut state = Replay::new(speakers, first);
    let mut rows = Vec::new();
    // Stable: of two versions of one stream at one instant in one layer, the one recorded later stands later.
    versions.sort_by_key(|version| (version.at, version.speaker, version.layer));
    let mut start = 0;
    while start < versions.len() {
        let at = versions[start].at;
        while let Some((since, policy)) = upcoming.next_if(|(since, _)| *since <= at) {
            state.set_policy(policy, *since, &mut rows);
        }
        let end = start + versions[start..].iter().take_while(|version| version.at == at).count();
        let mut winners = Vec::new();
        for number in start..end {
            let version = &versions[number];
            if versions[number + 1..end].first().is_some_and(|next| next.speaker == version.speaker) {
                continue;
            }
            let body = match (&version.body, stated[version.speaker]) {
                (Some(body), Some(before)) if versions[before].body.as_ref() == Some(body) => state.bodies[version.speaker].clone(),
                (body, _) => body.as_ref().map(&read).transpose()?,
            };
            stated[version.speaker] = Some(number);
            winners.push(VersionAt { speaker: version.speaker, at, layer: version.layer, body, seam: version.seam });
        }
        state.step(at, &winners, &mut rows);
        start = end;
    }
    for (since, policy) in upcoming {
        state.set_policy(policy, *since, &mut rows);
    }
    Ok(rows)
}

/// Paths whose value differs between two bodies of one stream.
fn differing_paths(facet: Facet, before: Option<&Body>, after: Option<&Body>) -> Vec<FieldPath> {
    let empty = Body::new();
    let (before, after) = (before.unwrap_or(&empty), after.unwrap_or(&empty));
    let mut paths = Vec::new();
    for field in before.keys().chain(after.keys().filter(|key| !before.contains_key(*key))) {
        let (old, new) = (before.get(field), after.get(field));
        if old == new {
            continue;
        }
        let (old_entries, new_entries) = (old.and_then(Value::as_object), new.and_then(Value::as_object));
        if old.is_some_and(|value| !value.is_object()) || new.is_some_and(|value| !value.is_object()) {
            paths.push(FieldPath::whole(facet, field));
        }
        let nothing = serde_json::Map::new();
        let (old_entries, new_entries) = (old_entries.unwrap_or(&nothing), new_entries.unwrap_or(&nothing));
        for key in old_entries.keys().chain(new_entries.keys().filter(|key| !old_entries.contains_key(*key))) {
            if old_entries.get(key) != new_entries.get(key) {
                paths.push(FieldPath::entry(facet, field, key));
            }
        }
    }
    paths
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::assemble::tests::{body, speaker};
    use crate::catalog::{Said, assemble};
    use proptest::prelude::*;
    use serde_json::json;

    fn replay(speakers: Vec<Speaker>, versions: Vec<VersionAt>, policies: &[(Instant, Policy)]) -> Vec<Row> {
        super::replay(speakers, versions, policies, |body| Ok::<_, std::convert::Infallible>(Arc::clone(body))).unwrap()
    }

    fn at(seconds: i64) -> Instant {
        Instant::from_seconds(seconds)
    }

    fn version(speaker: usize, seconds: i64, content: Option<Value>) -> VersionAt {
        VersionAt { speaker, at: at(seconds), layer: Layer::Observed, body: content.map(|value| Arc::new(body(value))), seam: false }
    }

    fn changes(rows: &[Row]) -> Vec<String> {
        rows.iter()
            .filter(|row| row.flags.change)
            .map(|row| {
                format!("{} {}={}", row.at.micros() / 1_000_000, row.path, row.value.as_ref().map_or("-".to_owned(), Value::to_string))
            })
            .collect()
    }

    #[test]
    fn a_new_entity_is_one_change_and_its_fields_became_known() {
        let rows = replay(
            vec![speaker(1, Facet::General, "catalog-info.yaml")],
            vec![version(0, 1, Some(json!({"ref": "service:x", "type": "library"})))],
            &[],
        );
        assert_eq!(changes(&rows), ["1 general.ref=\"service:x\""]);
        assert_eq!(rows.len(), 2);
    }

    #[test]
    fn the_first_record_of_a_source_is_no_change() {
        let mut first = version(0, 1, Some(json!({"ref": "service:x"})));
        first.seam = true;
        let rows = replay(vec![speaker(1, Facet::General, "catalog-info.yaml")], vec![first], &[]);
        assert_eq!(changes(&rows), Vec::<String>::new());
    }

    #[test]
    fn a_field_never_stated_before_became_known_and_changes_from_then_on() {
        let rows = replay(
            vec![speaker(1, Facet::General, "catalog-info.yaml")],
            vec![
                version(0, 1, Some(json!({"ref": "service:x"}))),
                version(0, 2, Some(json!({"ref": "service:x", "lifecycle": "production"}))),
                version(0, 3, Some(json!({"ref": "service:x", "lifecycle": "deprecated"}))),
            ],
            &[],
        );
        assert_eq!(changes(&rows), ["1 general.ref=\"service:x\"", "3 general.lifecycle=\"deprecated\""]);
    }

    #[test]
    fn the_observed_version_wins_a_tie_whatever_the_order() {
        let mut past = version(0, 5, Some(json!({"ref": "service:x", "type": "old"})));
        past.layer = Layer::Backfilled;
        let seen = version(0, 5, Some(json!({"ref": "service:x", "type": "new"})));
        for versions in [vec![past.clone(), seen.clone()], vec![seen, past]] {
            let rows = replay(vec![speaker(1, Facet::General, "catalog-info.yaml")], versions, &[]);
            assert_eq!(rows.iter().find(|row| row.path.field == "type").unwrap().value, Some(json!("new")));
        }
    }

    #[test]
    fn an_ended_entity_is_one_change() {
        let rows = replay(
            vec![speaker(1, Facet::General, "catalog-info.yaml"), speaker(2, Facet::General, "CODEOWNERS")],
            vec![
                version(0, 1, Some(json!({"ref": "service:x", "type": "library"}))),
                version(1, 1, Some(json!({"owner": ["team:a"]}))),
                version(0, 2, None),
                version(1, 2, None),
            ],
            &[],
        );
        assert_eq!(changes(&rows), ["1 general.ref=\"service:x\"", "2 general.ref=-"]);
        assert_eq!(rows.iter().filter(|row| row.value.is_none()).count(), 3);
    }

    #[test]
    fn a_policy_counts_from_its_own_day_on() {
        let versions =
            vec![version(0, 1, Some(json!({"ref": "service:x", "owner": ["team:a"]}))), version(1, 1, Some(json!({"owner": ["team:b"]})))];
        let turned = Policy { precedence: [("general.owner".to_owned(), vec!["CODEOWNERS".to_owned()])].into(), ..Policy::default() };
        let rows = replay(
            vec![speaker(1, Facet::General, "catalog-info.yaml"), speaker(2, Facet::General, "CODEOWNERS")],
            versions,
            &[(at(0), Policy::default()), (at(9), turned)],
        );
        assert_eq!(changes(&rows), ["1 general.ref=\"service:x\"", "9 general.owner=[\"team:b\"]"]);
    }

    #[test]
    fn volatile_fields_make_no_rows() {
        let rows = replay(
            vec![speaker(1, Facet::General, "repository")],
            vec![
                version(0, 1, Some(json!({"ref": "repository:x", "lastCommit": {"id": "a"}}))),
                version(0, 2, Some(json!({"ref": "repository:x", "lastCommit": {"id": "b"}}))),
            ],
            &[],
        );
        assert_eq!(rows.len(), 1);
    }

    prop_compose! {
        fn history()(steps in proptest::collection::vec((0_usize..3, 1_i64..12, proptest::option::of((0_u8..3, 0_u8..3, any::<bool>())), any::<bool>(), any::<bool>()), 1..20)) -> Vec<VersionAt> {
            steps.into_iter().map(|(speaker, seconds, content, seam, backfilled)| VersionAt {
                speaker,
                at: at(seconds),
                layer: if backfilled { Layer::Backfilled } else { Layer::Observed },
                body: content.map(|(a, b, named)| Arc::new(body(if named {
                    json!({"ref": "service:x", "a": a, "keyed": {"k": b, "l": 1}})
                } else {
                    json!({"a": a, "keyed": {"k": b}})
                }))),
                seam,
            }).collect()
        }
    }

    fn speakers() -> Vec<Speaker> {
        vec![speaker(1, Facet::General, "catalog-info.yaml"), speaker(2, Facet::General, "CODEOWNERS"), speaker(3, Facet::General, "other")]
    }

    proptest! {
        /// The rows that hold at any instant are what assembling the statements valid then gives.
        #[test]
        fn rows_agree_with_assembling_at_every_instant(versions in history()) {
            let speakers = speakers();
            let rows = replay(speakers.clone(), versions.clone(), &[]);
            for t in 0..13 {
                let mut latest: BTreeMap<usize, &VersionAt> = BTreeMap::new();
                let mut sorted: Vec<&VersionAt> = versions.iter().filter(|version| version.at <= at(t)).collect();
                sorted.sort_by_key(|version| (version.at, version.layer));
                for version in sorted {
                    latest.insert(version.speaker, version);
                }
                let said: Vec<Said<'_>> = latest.iter()
                    .filter_map(|(i, version)| version.body.as_deref().map(|body| Said { speaker: &speakers[*i], body }))
                    .collect();
                let expected: BTreeMap<FieldPath, Value> = assemble(&said, &Policy::default()).into_iter().map(|(path, field)| (path, field.value)).collect();
                let mut seen: BTreeMap<FieldPath, Value> = BTreeMap::new();
                for row in rows.iter().filter(|row| row.at <= at(t)) {
                    match &row.value {
                        Some(value) => seen.insert(row.path.clone(), value.clone()),
                        None => seen.remove(&row.path),
                    };
                }
                prop_assert_eq!(&seen, &expected, "at {}", t);
            }
        }

        /// Two successive rows of a field never say the same.
        #[test]
        fn rows_of_a_field_differ_from_one_to_the_next(versions in history()) {
            let mut last: BTreeMap<FieldPath, Option<Value>> = BTreeMap::new();
            for row in replay(speakers(), versions, &[]) {
                prop_assert_ne!(last.get(&row.path).cloned().flatten(), row.value.clone());
                last.insert(row.path, row.value);
            }
        }
    }
}
