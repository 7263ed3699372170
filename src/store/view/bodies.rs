//! The bodies of one facet of many entities at some moments, read together: for what has no rows, as volatile fields, and
//! for what is judged as a whole.
//!
//! # Invariants
//! - It agrees with what [`View::statements`] says of each entity and moment.
//! - A commit of the journal is read once, however many entities and moments need it.

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;
use std::sync::Arc;

use super::View;
use crate::catalog::Speaker;
use crate::model::{CommitNumber, EntityId, Facet, Instant, Layer, StreamNo};
use crate::store::Error;
use crate::store::apply::{Raw, replaced_through};
use crate::store::archive::{Window, if_intact};
use crate::store::index::Index;
use crate::store::journal::Position;

/// What one stream says.
#[derive(Clone, Debug)]
pub struct Spoken {
    /// Who says it.
    pub speaker: Speaker,
    /// Since when.
    pub since: Instant,
    /// The commit that recorded it: with the stream and `since` it names this version.
    pub commit: CommitNumber,
    /// The body, as JSON.
    pub text: Arc<str>,
}

/// A version of a stream that is looked for.
struct Wanted {
    stream: StreamNo,
    /// The versions that begin at or before this instant count; with `first` it is the oldest one instead.
    at: Instant,
    first: bool,
    /// Backfilled versions from before this commit are withdrawn.
    replaced: CommitNumber,
    /// Files of the archive that hold the stream.
    windows: Rc<[(Layer, i32)]>,
    /// Places in the journal that were not looked at yet, the most promising one last.
    places: Vec<(Layer, Position)>,
    found: Option<Raw>,
}

/// Where versions of a stream are.
struct Stream {
    number: StreamNo,
    replaced: CommitNumber,
    windows: Rc<[(Layer, i32)]>,
    places: Vec<(Instant, Layer, Position)>,
}

impl Stream {
    fn new(view: &View, index: &Index, number: StreamNo) -> Result<Self, Error> {
        let replaced = replaced_through(&view.shared.registry.read(), number);
        Ok(Self { number, replaced, windows: index.windows(number)?.into(), places: index.positions(number)? })
    }
}

impl Wanted {
    fn counts(&self, layer: Layer, commit: CommitNumber) -> bool {
        layer == Layer::Observed || commit >= self.replaced
    }

    fn consider(&mut self, raw: Raw) {
        let order = |raw: &Raw| (raw.at, raw.layer, raw.commit);
        let better =
            self.found.as_ref().is_none_or(|found| if self.first { order(&raw) < order(found) } else { order(&raw) > order(found) });
        if better {
            self.found = Some(raw);
        }
    }
}

impl View {
    /// What is said about a facet of each entity at each of some moments; who says nothing then is left out.
    ///
    /// # Errors
    /// [`Error`] of index, journal or archive.
    pub fn bodies(&self, ids: &[EntityId], facet: Facet, moments: &[Instant]) -> Result<HashMap<EntityId, Vec<Vec<Spoken>>>, Error> {
        let index = self.shared.index();
        let mut wanted: Vec<Wanted> = Vec::new();
        let mut asked: Vec<(EntityId, Speaker, Vec<Option<usize>>)> = Vec::with_capacity(ids.len());
        for &id in ids {
            let speakers = self.shared.registry.read().speakers(id);
            for (speaker, from, to) in speakers {
                if speaker.facet != facet {
                    continue;
                }
                let stream = Stream::new(self, &index, speaker.stream)?;
                let mut found = vec![None; moments.len()];
                // Between two moments without a version in between it is the same version.
                let mut last: Option<(usize, usize)> = None;
                for (number, &at) in moments.iter().enumerate() {
                    if at < from || to <= at {
                        continue;
                    }
                    let begun = stream.places.partition_point(|(since, _, _)| *since <= at);
                    found[number] = match last {
                        Some((before, place)) if before == begun && stream.windows.is_empty() && at < self.newest => Some(place),
                        _ => {
                            wanted.push(self.wanted(&index, &stream, at, begun)?);
                            Some(wanted.len() - 1)
                        }
                    };
                    last = found[number].map(|place| (begun, place));
                }
                asked.push((id, speaker, found));
            }
        }
        self.look_up(&mut wanted)?;
        let mut said: HashMap<EntityId, Vec<Vec<Spoken>>> = HashMap::new();
        for (id, speaker, found) in asked {
            let mut last: Option<Spoken> = None;
            for (number, place) in found.into_iter().enumerate() {
                let Some(Raw { at, commit, body: Some(body), .. }) = place.and_then(|place| wanted[place].found.as_ref()) else { continue };
                let spoken = match last.take() {
                    Some(spoken) if spoken.since == *at && spoken.commit == *commit => spoken,
                    _ => Spoken { speaker: speaker.clone(), since: *at, commit: *commit, text: body.as_str().into() },
                };
                said.entry(id).or_insert_with(|| vec![Vec::new(); moments.len()])[number].push(spoken.clone());
                last = Some(spoken);
            }
        }
        Ok(said)
    }

    /// The first thing that each stream of an entity ever said about a facet.
    ///
    /// # Errors
    /// [`Error`] of index, journal or archive.
    pub fn first_bodies(&self, ids: &[EntityId], facet: Facet) -> Result<HashMap<EntityId, Vec<Spoken>>, Error> {
        let index = self.shared.index();
        let mut wanted = Vec::new();
        let mut asked = Vec::new();
        for &id in ids {
            let speakers = self.shared.registry.read().speakers(id);
            for (speaker, _, _) in speakers {
                if speaker.facet == facet {
                    let Stream { number, replaced, windows, mut places } = Stream::new(self, &index, speaker.stream)?;
                    places.retain(|(since, _, _)| *since <= self.newest);
                    places.reverse();
                    let places = places.into_iter().map(|(_, layer, place)| (layer, place)).collect();
                    wanted.push(Wanted { stream: number, at: self.newest, first: true, replaced, windows, places, found: None });
                    asked.push((id, speaker));
                }
            }
        }
        self.look_up(&mut wanted)?;
        let mut said: HashMap<EntityId, Vec<Spoken>> = HashMap::new();
        for ((id, speaker), wanted) in asked.into_iter().zip(wanted) {
            if let Some(Raw { at, commit, body: Some(body), .. }) = wanted.found {
                said.entry(id).or_default().push(Spoken { speaker, since: at, commit, text: body.into() });
            }
        }
        Ok(said)
    }

    fn wanted(&self, index: &Index, stream: &Stream, at: Instant, begun: usize) -> Result<Wanted, Error> {
        let (windows, replaced) = (Rc::clone(&stream.windows), stream.replaced);
        let mut wanted = Wanted { stream: stream.number, at, first: false, replaced, windows, places: Vec::new(), found: None };
        if at >= self.newest {
            let newest = match index.pending(stream.number)?.filter(|head| head.at <= at) {
                Some(head) => Some(head),
                None => index.head(stream.number)?.filter(|head| head.at <= at),
            };
            if let Some(head) = newest {
                let (at, layer, commit) = (head.at, head.layer, head.commit);
                wanted.found = Some(Raw { at, layer, commit, seam: false, check: head.check, body: head.body });
                return Ok(wanted);
            }
        }
        wanted.places = stream.places[..begun].iter().map(|(_, layer, place)| (*layer, *place)).collect();
        Ok(wanted)
    }

    /// Finds what is not found yet: first in the journal, all of a commit at once, then in the archive.
    fn look_up(&self, wanted: &mut [Wanted]) -> Result<(), Error> {
        let mut open: Vec<usize> = (0..wanted.len()).filter(|number| wanted[*number].found.is_none()).collect();
        let archived = open.clone();
        while !open.is_empty() {
            let mut by_place: BTreeMap<Position, Vec<usize>> = BTreeMap::new();
            for number in open.drain(..) {
                if let Some((_, place)) = wanted[number].places.last() {
                    by_place.entry(*place).or_default().push(number);
                }
            }
            for (place, numbers) in by_place {
                let commit = self.shared.commit_at(place)?;
                for number in numbers {
                    let wanted = &mut wanted[number];
                    wanted.places.pop();
                    if wanted.counts(commit.layer, commit.number) {
                        let start = commit.versions.partition_point(|version| version.stream < wanted.stream);
                        let of_stream = commit.versions[start..].iter().take_while(|version| version.stream == wanted.stream);
                        let mut of_stream = of_stream.filter(|version| version.at <= wanted.at);
                        let version = if wanted.first { of_stream.find(|version| version.body.is_some()) } else { of_stream.last() };
                        if let Some(version) = version {
                            wanted.found = Some(Raw::recorded(&commit, version));
                            continue;
                        }
                    }
                    open.push(number);
                }
            }
        }
        let archive = self.shared.archive();
        for number in archived {
            let wanted = &mut wanted[number];
            // What is observed and in the archive lies before all that is in the journal.
            let in_journal = !wanted.first && wanted.found.as_ref().is_some_and(|found| found.layer == Layer::Observed);
            let mut windows = wanted.windows.to_vec();
            if wanted.first {
                windows.reverse();
            }
            for layer in [Layer::Observed, Layer::Backfilled] {
                if in_journal && layer == Layer::Observed {
                    continue;
                }
                for (_, window) in windows.iter().rev().filter(|(of, _)| *of == layer) {
                    let from = archive.meta(layer, Window(*window)).map_or(Instant::MIN, |meta| meta.from);
                    if from > wanted.at {
                        continue;
                    }
                    let Some(frame) = if_intact(archive.frame(layer, Window(*window), wanted.stream))?.flatten() else { continue };
                    let version = if wanted.first {
                        let mut said = frame.up_to(wanted.at).filter(|version| !version.start && version.body.is_some());
                        said.find(|version| wanted.counts(layer, version.commit))
                    } else {
                        frame.up_to(wanted.at).rev().find(|version| wanted.counts(layer, version.commit))
                    };
                    if let Some(version) = version {
                        wanted.consider(Raw::archived(layer, &version));
                        break;
                    }
                }
            }
        }
        Ok(())
    }
}
