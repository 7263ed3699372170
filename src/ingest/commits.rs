//! Reads which commits a deployment was the first to bring to production, and keeps when those were committed with it.
//!
//! # Invariants
//! - What is on this machine is read at once; the source itself is asked for what was deployed lately alone, a bounded number
//!   of times a pass, and about one deployment once a day.
//! - That commits cannot be read changes nothing: the deployment stays one of which they are not known.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use parking_lot::Mutex;
use serde_json::Map;

use crate::collect::Collector;
use crate::collect::contents::{Contents, Unavailable};
use crate::model::event::Brought;
use crate::model::{Day, Event, Instant, Layer, Resource, Span};
use crate::query::board::delivery::{Unread, unread};
use crate::query::{Error, Lens};
use crate::store::{EventNo, Store};

/// How long after a deployment its source is asked.
pub(crate) const LATELY_SECONDS: i64 = 14 * 86_400;
/// Requests of a pass.
const MOST_REQUESTS: usize = 200;
/// Deployments that are written together.
const BATCH: usize = 2_000;

/// Where commits are read.
pub(crate) struct Reader {
    sources: BTreeMap<String, Arc<dyn Contents>>,
    /// The day on which a source was last asked about a deployment in vain. Held for a pass, so that there is one at a time.
    asked: Mutex<HashMap<EventNo, Day>>,
}

/// What a pass did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Read {
    /// Deployments whose commits are known now.
    pub(crate) known: usize,
    /// Deployments whose commits still are not.
    pub(crate) unknown: usize,
    /// Requests that it took.
    pub(crate) requests: usize,
}

impl Reader {
    pub(crate) fn of(collectors: &[Arc<dyn Collector>]) -> Self {
        let sources = collectors.iter().filter_map(|collector| Some((collector.source().to_owned(), collector.contents()?))).collect();
        Self { sources, asked: Mutex::default() }
    }

    /// Reads the commits of the deployments since an instant of which they are not known, until it is stopped.
    ///
    /// # Errors
    /// If the store cannot be read or written.
    pub(crate) fn read(&self, store: &Store, since: Instant, now: Instant, is_stopped: impl Fn() -> bool) -> Result<Read, Error> {
        if self.sources.is_empty() {
            return Ok(Read::default());
        }
        let mut asked = self.asked.lock();
        let lens = Lens::new(store.view());
        let mut all = unread(&lens, Span::new(since, now.plus_micros(1)))?;
        all.sort_by(|one, other| one.repository.cmp(&other.repository));
        let (mut read, mut found) = (Read::default(), Vec::new());
        let today = lens.view().zone().day_of(now);
        asked.retain(|_, day| *day == today);
        for deployments in all.chunk_by(|one, other| one.repository == other.repository) {
            if is_stopped() {
                break;
            }
            let times = self.local(deployments);
            for (deployment, times) in deployments.iter().zip(times) {
                let is_lately = deployment.at >= now.plus_seconds(-LATELY_SECONDS);
                let is_open = is_lately && !asked.contains_key(&deployment.event);
                let before = read.requests;
                let times = times.or_else(|| if is_open { self.ask(deployment, &mut read.requests) } else { None });
                // Who was not asked, as there were too many others, is asked in the next pass.
                if times.is_none() && read.requests > before {
                    asked.insert(deployment.event, today);
                }
                match times {
                    Some(times) => found.push((deployment, times)),
                    None => read.unknown += 1,
                }
            }
            read.known += if found.len() < BATCH { 0 } else { keep(store, &lens, std::mem::take(&mut found), now)? };
        }
        read.known += keep(store, &lens, found, now)?;
        Ok(read)
    }

    /// What is on this machine of deployments of one repository, from the first of its names that has it.
    fn local(&self, deployments: &[Unread]) -> Vec<Option<Vec<Instant>>> {
        let mut found: Vec<Option<Vec<Instant>>> = vec![None; deployments.len()];
        let repository = deployments.first().map_or(&[][..], |one| &one.repository);
        for (source, resource) in repository {
            let Some(contents) = self.sources.get(source) else { continue };
            let open: Vec<usize> = (0..found.len()).filter(|index| found[*index].is_none()).collect();
            let pairs: Vec<(String, String)> =
                open.iter().map(|index| (deployments[*index].from.clone(), deployments[*index].to.clone())).collect();
            for (index, times) in open.into_iter().zip(contents.committed(resource, &pairs, Brought::MOST)) {
                found[index] = times.ok();
            }
        }
        found
    }

    /// What the source itself says.
    fn ask(&self, deployment: &Unread, requests: &mut usize) -> Option<Vec<Instant>> {
        for (source, resource) in &deployment.repository {
            let Some(contents) = self.sources.get(source).filter(|_| *requests < MOST_REQUESTS) else { continue };
            let answer = contents.ask_committed(resource, &deployment.from, &deployment.to);
            *requests += usize::from(!matches!(answer, Err(Unavailable::NoRepository(_))));
            if let Ok(times) = answer {
                return Some(times);
            }
        }
        None
    }
}

/// Keeps the times with their deployments; returns how many those are.
fn keep(store: &Store, lens: &Lens, found: Vec<(&Unread, Vec<Instant>)>, now: Instant) -> Result<usize, Error> {
    let mut transaction = store.begin(Layer::Observed)?;
    let count = found.len();
    for (deployment, times) in found {
        let Some(known) = lens.view().event(deployment.event)?.map(|known| known.record) else { continue };
        let Some(resource) = lens.view().resource(known.resource) else { continue };
        let committed = times.iter().take(Brought::MOST).map(|at| at.micros().div_euclid(1_000_000)).collect();
        let brought = serde_json::to_value(Brought { after: deployment.after.0, committed }).unwrap_or_default();
        let event = Event {
            kind: known.kind,
            id: known.id,
            resource: Arc::new(Resource { id: resource.id.clone(), kind: resource.kind, scope: resource.scope.clone() }),
            at: known.at,
            ended: None,
            history: Vec::new(),
            is_whole: false,
            body: Map::from_iter([(Brought::FIELD.to_owned(), brought)]),
            check: None,
        };
        transaction.put_event(&resource.source, known.resource, event)?;
    }
    if !transaction.is_empty() {
        transaction.commit(now)?;
    }
    Ok(count)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use serde_json::{Value, json};

    use super::*;
    use crate::collect::contents::Text;
    use crate::collect::git::testing::{Repo, instant as at};
    use crate::collect::git::{Config, GitCollector};
    use crate::model::event::Step;
    use crate::model::{EventKind, Facet, Kind, Zone};
    use crate::store::Options;

    const SOURCE: &str = "git";

    /// A service of the repository `ledger`.
    fn store(folder: &std::path::Path) -> Store {
        let store = Store::open(&Options::new(folder)).unwrap();
        let mut transaction = store.begin(Layer::Observed).unwrap();
        for (id, kind, body) in [
            ("ledger", Kind::Repository, json!({ "ref": "repository:ledger" })),
            ("service:ledger", Kind::Service, json!({ "ref": "service:ledger", "repository": "repository:ledger" })),
        ] {
            let no = transaction.resource(SOURCE, &Resource { id: id.to_owned(), kind, scope: "all".to_owned() });
            let entity = transaction.create(&body["ref"].as_str().unwrap().parse().unwrap());
            transaction.link(no, entity, "ref");
            let stream = transaction.stream(no, Facet::General, "catalog-info.yaml");
            transaction.version(stream, None, body.as_object().cloned(), None, false);
        }
        transaction.commit(at("2026-01-01T00:00:00Z")).unwrap();
        store
    }

    fn deploy(store: &Store, id: &str, when: &str, commit: &str) {
        let resource = Arc::new(Resource { id: "service:ledger".to_owned(), kind: Kind::Service, scope: "all".to_owned() });
        let event = Event {
            kind: EventKind::Deployment,
            id: id.to_owned(),
            resource: Arc::clone(&resource),
            at: at(when),
            ended: None,
            history: vec![Step::state(at(when), "success")],
            is_whole: true,
            body: json!({ "environment": "production", "commit": commit }).as_object().cloned().unwrap(),
            check: None,
        };
        let mut transaction = store.begin(Layer::Observed).unwrap();
        let no = transaction.resource(SOURCE, &resource);
        transaction.put_event(SOURCE, no, event).unwrap();
        transaction.commit(at("2026-02-01T00:00:00Z")).unwrap();
    }

    /// The days on which what a deployment brought was committed; none if that is not known.
    fn days(store: &Store, id: &str) -> Option<Vec<String>> {
        let event = store.view().event(EventNo::of(SOURCE, EventKind::Deployment, id)).unwrap().unwrap();
        let seconds = event.record.body.get(Brought::FIELD)?["committed"].as_array()?.clone();
        Some(seconds.iter().filter_map(Value::as_i64).map(|seconds| Instant::from_seconds(seconds).to_string()[..10].to_owned()).collect())
    }

    #[test]
    fn what_a_deployment_was_the_first_to_bring_is_read_and_stays_with_it() {
        let folder = tempfile::tempdir().unwrap();
        let repo = Repo::init(folder.path().join("repos/ledger"));
        let commits: Vec<String> =
            (1..6).map(|day| repo.write("a", day.to_string()).commit(&format!("2026-01-0{day}T00:00:00Z"))).collect();
        let store = store(&folder.path().join("data"));
        for (id, when, commit) in [
            ("1", "2026-01-10T00:00:00Z", 0),
            ("2", "2026-01-11T00:00:00Z", 2),
            ("3", "2026-01-12T00:00:00Z", 0),
            ("4", "2026-01-13T00:00:00Z", 4),
        ] {
            deploy(&store, id, when, &commits[commit]);
        }
        let config = Config { folders: vec![folder.path().join("repos")], ..Config::default() };
        let collector: Arc<dyn Collector> = Arc::new(GitCollector::new(SOURCE, config, Zone::default()));
        let reader = Reader::of(&[collector]);
        let (begin, now) = (at("2026-01-01T00:00:00Z"), at("2026-02-10T00:00:00Z"));
        assert_eq!(reader.read(&store, now.plus_seconds(-LATELY_SECONDS), now, || false).unwrap(), Read::default(), "all are older");
        assert_eq!(reader.read(&store, begin, now, || false).unwrap(), Read { known: 2, unknown: 0, requests: 0 });
        let of = |days: &[&str]| Some(days.iter().map(|day| (*day).to_owned()).collect::<Vec<_>>());
        assert_eq!(days(&store, "1"), None, "nobody knows what stood there before");
        assert_eq!(days(&store, "2"), of(&["2026-01-03", "2026-01-02"]));
        assert_eq!(days(&store, "3"), None, "it took something back");
        assert_eq!(days(&store, "4"), of(&["2026-01-05", "2026-01-04"]), "what 2 brought first is not counted again");

        deploy(&store, "4", "2026-01-13T00:00:00Z", &commits[4]);
        assert_eq!(days(&store, "4"), of(&["2026-01-05", "2026-01-04"]), "told again by its source");
        assert_eq!(reader.read(&store, begin, now, || false).unwrap(), Read::default());
        deploy(&store, "5", "2026-01-12T12:00:00Z", &commits[3]);
        assert_eq!(reader.read(&store, begin, now, || false).unwrap(), Read { known: 2, unknown: 0, requests: 0 });
        assert_eq!((days(&store, "5"), days(&store, "4")), (of(&["2026-01-04"]), of(&["2026-01-05"])), "another one came between");
        deploy(&store, "4", "2026-01-13T00:00:00Z", &"c0".repeat(20));
        assert_eq!(days(&store, "4"), None, "it brought something else");
        assert_eq!(reader.read(&store, begin, now, || false).unwrap(), Read { known: 0, unknown: 1, requests: 0 });
    }

    /// Has nothing here, and answers once it is asked for the second time.
    #[derive(Default)]
    struct Remote(AtomicUsize);

    impl Contents for Remote {
        fn document(&self, resource: &str, _: &str) -> Result<Text, Unavailable> {
            Err(Unavailable::NoObject(resource.to_owned()))
        }

        fn definition(&self, resource: &str, _: &str, _: &str) -> Result<Text, Unavailable> {
            Err(Unavailable::NoObject(resource.to_owned()))
        }

        fn ask_committed(&self, repository: &str, from: &str, to: &str) -> Result<Vec<Instant>, Unavailable> {
            assert_eq!((repository, from, to), ("ledger", "one", "two"));
            match self.0.fetch_add(1, Ordering::Relaxed) {
                0 => Err(Unavailable::NoClone(repository.to_owned())),
                _ => Ok(vec![at("2026-01-09T00:00:00Z")]),
            }
        }
    }

    #[test]
    fn a_source_is_asked_for_what_was_deployed_lately_once_a_day() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(folder.path());
        deploy(&store, "1", "2026-01-10T00:00:00Z", "one");
        deploy(&store, "2", "2026-01-11T00:00:00Z", "two");
        let remote: Arc<dyn Contents> = Arc::new(Remote::default());
        let reader = Reader { sources: BTreeMap::from([(SOURCE.to_owned(), remote)]), asked: Mutex::default() };
        let read = |now: &str| reader.read(&store, at("2026-01-01T00:00:00Z"), at(now), || false).unwrap();
        assert_eq!(read("2026-02-11T00:00:00Z"), Read { known: 0, unknown: 1, requests: 0 }, "long ago");
        assert_eq!(read("2026-01-12T10:00:00Z"), Read { known: 0, unknown: 1, requests: 1 });
        assert_eq!(read("2026-01-12T12:00:00Z"), Read { known: 0, unknown: 1, requests: 0 }, "it was asked today");
        assert_eq!(read("2026-01-13T10:00:00Z"), Read { known: 1, unknown: 0, requests: 1 });
        assert_eq!(days(&store, "2"), Some(vec!["2026-01-09".to_owned()]));
    }
}
