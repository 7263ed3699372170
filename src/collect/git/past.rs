//! Replays what repositories said, day by day, from their histories.
//!
//! # Invariants
//! - Newest stretch first over all repositories, that one as soon as a repository can be read; within a stretch oldest to
//!   newest. Stretches end at the boundaries of archive windows, so a stretch touches one window.
//! - Each stretch stands alone: it begins with everything that was in force at its start, said as a seam at that very
//!   instant. When the older stretch arrives, that restates what is known and shows nothing.
//! - The statements of a repository's own resource (scope: its folder) and of what it describes (scope: its name) are
//!   both closed by the `Filled` of the repository's name.
//! - What is remembered is one unbroken range per repository, so a killed backfill goes on where it was.

use std::cmp::Reverse;
use std::collections::{BTreeMap, VecDeque};
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use gix::ObjectId;
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

use crate::collect::git::collector::{Config, Moving, Out, READERS, Reader, in_order};
use crate::collect::git::convert::{About, Converter, Stated, Tree, renames};
use crate::collect::git::discover::{self, Found};
use crate::collect::git::history::{self, Chain, DayState, Error, Head, Tag, describe};
use crate::collect::{Item, Memory, Sink, Stopped, Summary};
use crate::model::{Day, Facet, Instant, Resource, Statement, Zone};

/// Days of a stretch: those of an archive window.
const STRETCH_DAYS: i32 = 64;
/// Repositories whose files stay in memory between stretches.
const MOST_MOVING: usize = 16;
/// The scope of progress.
const PROGRESS: &str = "backfill";

/// The key under which a repository's backfill is remembered.
pub(crate) fn key(name: &str) -> String {
    format!("backfill:{name}")
}

/// What is remembered of a repository's backfill.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Filled {
    /// The newest commit of the chain that was replayed.
    pub(crate) tip: String,
    /// The oldest commit of that chain, which a deeper fetch moves.
    root: String,
    /// First instant that is delivered.
    pub(crate) from: Instant,
    /// First instant after.
    to: Instant,
}

impl Filled {
    /// What is remembered of the backfill of the repository of this name.
    pub(crate) fn of(memory: &Memory, name: &str) -> Option<Self> {
        serde_json::from_value(memory.get(&key(name))?.clone()).ok()
    }
}

/// A repository and what is to be replayed of it.
struct Plan {
    found: Found,
    head: Head,
    root: Option<ObjectId>,
    tags: Vec<Tag>,
    states: Vec<DayState>,
    /// Older history is absent, so the first state says nothing about when things began.
    cut: bool,
    /// The range that is delivered so far, and the newest commit at that time.
    filled: Option<Range<Instant>>,
    tip: Option<ObjectId>,
    /// The history that was delivered is no longer that of the default branch.
    replace: bool,
    /// All that is known of it, if there is no repository.
    newest: Option<Newest>,
}

/// A stretch of one repository.
struct Job {
    range: Range<Instant>,
    /// What is delivered when this is.
    filled: Range<Instant>,
    /// It follows what is delivered, rather than preceding it.
    is_newer: bool,
    replace: bool,
}

/// Delivers what is not yet delivered of `range`.
pub(crate) fn backfill(config: &Config, zone: &Zone, range: &Range<Instant>, memory: &Memory, sink: &Sink) -> Summary {
    if range.start >= range.end {
        return Summary::default();
    }
    // Problems of the folders are reported by the reading of the present.
    let found = discover::discover(&config.folders, &config.urls, &config.clones).found;
    replay(&found, zone, range, memory, sink, &Replay { prepare: &|_| Ok(None), activity: true })
}

/// How repositories are replayed that somebody else found.
pub(crate) struct Replay<'a> {
    /// Called for each before it is opened; an error is a problem, and the repository is left out. Whoever knows what the
    /// newest commit says, and that there is none in the range, spares the clone.
    pub(crate) prepare: &'a (dyn Fn(&Found) -> Result<Option<Newest>, String> + Sync),
    /// Whether commits and authors are counted, as the source's present does.
    pub(crate) activity: bool,
}

/// The newest commit of a repository and all that it says, without the repository.
pub(crate) struct Newest {
    /// The commit.
    pub(crate) commit: ObjectId,
    /// The committer's time.
    pub(crate) committed: Instant,
    /// The default branch.
    pub(crate) branch: String,
    /// All tags, oldest first.
    pub(crate) tags: Vec<Tag>,
    /// The files with their contents.
    pub(crate) files: Box<dyn Tree + Send + Sync>,
    /// Bytes per language.
    pub(crate) language_bytes: BTreeMap<String, u64>,
}

impl Newest {
    /// What the repository said with this commit and the tags up to `at`.
    fn state(&self, found: &Found, state: &DayState) -> Stated {
        let tags = self.tags.iter().filter(|tag| tag.version.at <= state.at);
        let about = About {
            name: &found.name,
            scope_folder: &found.folder,
            commit: &self.commit.to_string(),
            default_branch: Some(&self.branch),
            last_commit: Some(state.last_commit()),
            activity: None,
            language_bytes: self.language_bytes.clone(),
            tags: &tags.map(|tag| (tag.name.clone(), tag.version.clone())).collect(),
            web: found.web.as_deref(),
        };
        Converter::new().convert(&about, &*self.files)
    }
}

/// Delivers what is not yet delivered of `range`, for these repositories.
pub(crate) fn replay(found: &[Found], zone: &Zone, range: &Range<Instant>, memory: &Memory, sink: &Sink, how: &Replay<'_>) -> Summary {
    if range.start >= range.end {
        return Summary::default();
    }
    let repositories = found.len() as u64;
    let total = repositories * stretches(zone, range).len() as u64;
    let opened = AtomicU64::new(0);
    let kept = Kept::default();
    // One stretch of one repository.
    let deliver = |number: usize, plan: &Plan, job: &Job, out: &mut Out<'_>| -> Result<(), Stopped> {
        let mut reader = Reader::resume(&plan.found, &plan.head, &plan.tags, kept.take(number));
        let before = reader.opened();
        let repository = if plan.newest.is_some() { Ok(None) } else { history::open(&plan.found.path).map(Some) };
        match repository {
            Ok(repository) => deliver(repository.as_ref(), plan, job, how, &mut reader, out)?,
            Err(error) => out.problem(&plan.found.name, None, describe(&error))?,
        }
        opened.fetch_add(reader.opened() - before, Ordering::Relaxed);
        kept.put(number, reader.into_moving());
        Ok(())
    };
    // The newest stretch of a repository as soon as it is there, as fetching them all may take long.
    let later: Mutex<BTreeMap<usize, (Plan, VecDeque<Job>)>> = Mutex::default();
    in_order(found.len(), sink, |number, out| {
        let found = &found[number];
        let planned = match (how.prepare)(found) {
            Ok(newest) => plan(found, newest, zone, range, memory),
            Err(message) => return out.problem(&found.name, None, message),
        };
        match planned {
            Ok(plan) => {
                let mut jobs = VecDeque::from(jobs(&plan, zone, range));
                while let Some(job) = jobs.pop_front() {
                    deliver(number, &plan, &job, out)?;
                    if !job.is_newer {
                        break;
                    }
                }
                if !jobs.is_empty() {
                    later.lock().insert(number, (plan, jobs));
                }
            }
            // Not yet cloned, or without any history.
            Err(Error::Empty | Error::Unborn(_)) => {}
            Err(_) if found.url.is_some() && !found.path.exists() => {}
            Err(error) => out.problem(&found.name, Some(found.path.display().to_string()), describe(&error))?,
        }
        out.put(Item::Progress { scope: PROGRESS.to_owned(), done: number as u64 + 1, total })
    });
    let later = later.into_inner();
    let mut jobs: Vec<(usize, &Plan, &Job)> =
        later.iter().flat_map(|(number, (plan, jobs))| jobs.iter().map(move |job| (*number, plan, job))).collect();
    // Stable: of one repository the order stays, of one stretch that of the repositories.
    jobs.sort_by_key(|(_, _, job)| Reverse(job.range.end));
    in_order(jobs.len(), sink, |position, out| {
        let (number, plan, job) = jobs[position];
        deliver(number, plan, job, out)?;
        let done = (total - repositories) * (position as u64 + 1) / jobs.len() as u64;
        out.put(Item::Progress { scope: PROGRESS.to_owned(), done: repositories + done, total })
    });
    Summary { requests: opened.into_inner(), failure: None }
}

fn plan(found: &Found, newest: Option<Newest>, zone: &Zone, range: &Range<Instant>, memory: &Memory) -> Result<Plan, Error> {
    let (head, tags, chain) = match &newest {
        Some(newest) => {
            let head = Head { commit: newest.commit, branch: Some(newest.branch.clone()) };
            (head, newest.tags.clone(), Chain::of_newest(newest.commit, newest.committed))
        }
        None => {
            let repository = history::open(&found.path)?;
            let head = history::default_head(&repository)?;
            let chain = Chain::read(&repository, head.commit, range.end)?;
            (head, history::tags(&repository)?, chain)
        }
    };
    let filled = Filled::of(memory, &found.name);
    let position = |hex: &str| {
        let id = ObjectId::from_hex(hex.as_bytes()).ok()?;
        chain.links.iter().position(|link| link.id == id)
    };
    // Rewritten, or since then fetched deeper. That a clone became more shallow takes nothing back.
    let replace = newest.is_none()
        && filled.as_ref().is_some_and(|filled| position(&filled.tip).is_none() || position(&filled.root).is_some_and(|at| at > 0));
    let filled = filled.filter(|_| !replace);
    let tip = filled.as_ref().and_then(|filled| ObjectId::from_hex(filled.tip.as_bytes()).ok());
    let filled = filled.map(|filled| filled.from..filled.to);
    let cuts: Vec<_> = filled.iter().flat_map(|filled| [filled.start, filled.end]).collect();
    let states = chain.day_states(&tags, zone, range, &cuts);
    // What is before the newest commit is not known without the repository, so nothing is said of where history begins.
    let root = chain.links.first().map(|link| link.id).filter(|_| newest.is_none());
    Ok(Plan { found: found.clone(), head, root, tags, states, cut: chain.cut.is_some(), filled, tip, replace, newest })
}

/// What is left to do for a repository, in order.
fn jobs(plan: &Plan, zone: &Zone, range: &Range<Instant>) -> Vec<Job> {
    // A range that does not touch what is delivered would leave a hole, so it is taken as if nothing were.
    let filled = plan.filled.clone().filter(|filled| filled.start <= range.end && filled.end >= range.start);
    let done = filled.unwrap_or(range.end..range.end);
    // Towards now the range grows stretch by stretch, so that it stays unbroken.
    let newer = stretches(zone, &(done.end..range.end)).into_iter().map(|stretch| {
        let filled = done.start.min(stretch.start)..stretch.end;
        Job { range: stretch, filled, is_newer: true, replace: false }
    });
    let mut replace = plan.replace;
    let older = stretches(zone, &(range.start..done.start.min(range.end))).into_iter().rev().map(|stretch| {
        let filled = stretch.start..done.end.max(range.end);
        Job { range: stretch, filled, is_newer: false, replace: std::mem::take(&mut replace) }
    });
    newer.chain(older).collect()
}

/// The parts of `range` in each archive window, oldest first.
fn stretches(zone: &Zone, range: &Range<Instant>) -> Vec<Range<Instant>> {
    let mut stretches = Vec::new();
    let mut from = range.start;
    while from < range.end {
        let window = zone.day_of(from).number().div_euclid(STRETCH_DAYS);
        let end = zone.start_of(Day::from_number((window + 1).saturating_mul(STRETCH_DAYS)));
        let to = if end > from { end.min(range.end) } else { range.end };
        stretches.push(from..to);
        from = to;
    }
    stretches
}

/// What readers keep from stretch to stretch, of the repositories read last.
#[derive(Default)]
struct Kept(Mutex<Vec<(usize, Moving)>>);

impl Kept {
    fn take(&self, repository: usize) -> Moving {
        let mut kept = self.0.lock();
        kept.iter().position(|(number, _)| *number == repository).map_or_else(Moving::default, |position| kept.remove(position).1)
    }

    fn put(&self, repository: usize, moving: Moving) {
        let mut kept = self.0.lock();
        if kept.len() >= MOST_MOVING.max(READERS) {
            kept.remove(0);
        }
        kept.push((repository, moving));
    }
}

/// What one stream said.
type Stream<'a> = (&'a Resource, Facet, &'a str);

fn streams(stated: &Stated) -> BTreeMap<Stream<'_>, &Statement> {
    stated.statements.iter().map(|statement| ((&*statement.resource, statement.facet, statement.origin.as_str()), statement)).collect()
}

/// Puts one stretch of one repository.
fn deliver(
    repository: Option<&gix::Repository>,
    plan: &Plan,
    job: &Job,
    how: &Replay<'_>,
    reader: &mut Reader<'_>,
    out: &mut Out<'_>,
) -> Result<(), Stopped> {
    let name = &plan.found.name;
    let mut before: Option<Stated> = None;
    let mut unknown: Option<(String, u64)> = None;
    let first = plan.states.partition_point(|state| state.at < job.range.start);
    let end = plan.states.partition_point(|state| state.at < job.range.end);
    // Behind what is delivered, nothing is to be said as long as nothing happened.
    let idle = job.is_newer && first == end && first > 0 && Some(plan.states[first - 1].commit) == plan.tip;
    let (first, end) = if idle { (0, 0) } else { (first, end) };
    let mut renamed = Vec::new();
    for (position, state) in plan.states.iter().enumerate().take(end).skip(first.saturating_sub(1)) {
        let missing = reader.missing_files();
        let stated = match (repository, &plan.newest) {
            (None, Some(newest)) => Ok(newest.state(&plan.found, state)),
            (Some(repository), _) => {
                let activity = how.activity.then(|| state.activity.clone());
                reader.state(repository, state.commit, Some(state.last_commit()), activity, state.at)
            }
            (None, None) => Err(Error::Empty),
        };
        let problem = match &stated {
            Err(error) => Some(describe(error)),
            // What is said without a file that is missing would look like a change.
            Ok(_) if reader.missing_files() > missing => Some("files are missing, as in a partial or damaged clone".to_owned()),
            Ok(_) => None,
        };
        if let Some(problem) = problem {
            let first = || (format!("{} at commit {}: {problem}", state.at, state.commit), 0);
            unknown.get_or_insert_with(first).1 += 1;
        }
        let (Ok(stated), true) = (stated, reader.missing_files() == missing) else { continue };
        // The first known state of the stretch became known; only that of the repository's first day began there.
        let at = state.at.max(job.range.start);
        let seam = before.is_none() && (position < first || position > 0 || plan.cut);
        if let Some(before) = &before {
            renamed.extend(renames(before, &stated));
        }
        let (old, new) = (before.as_ref().map(streams).unwrap_or_default(), streams(&stated));
        for (stream, statement) in &new {
            if old.get(stream).is_none_or(|old| old.body != statement.body) {
                out.put(Item::Past { at, seam, statement: (*statement).clone() })?;
            }
        }
        for (stream, statement) in old {
            if !new.contains_key(&stream) {
                let resource = Arc::clone(&statement.resource);
                let statement = Statement { resource, origin: statement.origin.clone(), facet: statement.facet, body: None, check: None };
                out.put(Item::Past { at, seam, statement })?;
            }
        }
        before = Some(stated);
    }
    // Newest first: the newest name is the one that is known.
    for (from, to, evidence) in renamed.into_iter().rev() {
        out.put(Item::Renamed { from, to, evidence })?;
    }
    if let Some((message, failed)) = unknown {
        let message = format!("{failed} states of the past are not known; the first is that of {message}");
        out.problem(name, None, message)?;
    }
    let root = plan.root.map(|root| root.to_string()).unwrap_or_default();
    let filled = Filled { tip: plan.head.commit.to_string(), root, from: job.filled.start, to: job.filled.end };
    if let Ok(value) = serde_json::to_value(filled) {
        out.put(Item::Remember { key: key(name), value })?;
    }
    out.put(Item::Filled { scope: name.clone(), range: job.range.clone(), replace: job.replace })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::collect::git::testing::{Repo, backfill, collector, problems, service};
    use serde_json::Value;

    const ALL: usize = usize::MAX;

    /// What the streams of a source said at an instant, as the store answers: the latest version up to then.
    fn at(items: &[Item], at: &str) -> BTreeMap<(String, String), Value> {
        let at: Instant = at.parse().unwrap();
        let mut latest: BTreeMap<_, (Instant, Option<Value>)> = BTreeMap::new();
        for item in items {
            if let Item::Past { at: since, statement, .. } = item
                && *since <= at
            {
                let key = (statement.resource.id.clone(), format!("{}/{}", statement.facet, statement.origin));
                let body = statement.body.clone().map(Value::Object);
                let entry = latest.entry(key).or_insert((*since, body.clone()));
                if *since >= entry.0 {
                    *entry = (*since, body);
                }
            }
        }
        latest.into_iter().filter_map(|(key, (_, body))| Some((key, body?))).collect()
    }

    fn owner(items: &[Item], when: &str, service: &str) -> Option<String> {
        let said = at(items, when);
        let (_, body) =
            said.iter().find(|((id, stream), _)| id.ends_with(&format!("#service:{service}")) && stream.starts_with("general/"))?;
        body["owner"][0].as_str().map(str::to_owned)
    }

    fn last_commit(items: &[Item], when: &str) -> Option<String> {
        at(items, when).values().find_map(|body| body["lastCommit"]["id"].as_str().map(str::to_owned))
    }

    fn filled(items: &[Item]) -> Vec<(String, String, bool)> {
        items
            .iter()
            .filter_map(|item| match item {
                Item::Filled { scope, range, replace } => Some((scope.clone(), range.start.to_string(), *replace)),
                _ => None,
            })
            .collect()
    }

    /// Two years of a service whose owner changes now and then.
    fn history(repo: &Repo) -> Vec<(String, String, String)> {
        let owner = |number: usize| format!("team-{}", number / 7);
        let states: Vec<_> = (0..60)
            .map(|number: usize| {
                let (year, month, day) = (2024 + number / 30, 1 + number % 30 / 3, 1 + number % 3 * 9);
                let files = vec![("svc/catalog-info.yaml", service("ledger", &owner(number))), ("n.rs", "x".repeat(number))];
                (format!("{year}-{month:02}-{day:02}T1{}:00:00Z", number % 10), files)
            })
            .collect();
        let ids = repo.import(&states);
        let commits = states.into_iter().zip(ids).enumerate();
        commits.map(|(number, ((date, _), id))| (date, id, format!("team:{}", owner(number)))).collect()
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn every_day_of_the_past_is_what_git_shows() {
        let folder = tempfile::tempdir().unwrap();
        let repo = Repo::init(folder.path().join("ledger"));
        let commits = history(&repo);
        let items = backfill(&collector(&[folder.path()]), "2024-01-01T00:00:00Z", "2026-01-01T00:00:00Z", &mut Memory::new(), ALL).await;
        for (date, id, owned) in &commits {
            let end = format!("{}T23:59:59Z", &date[..10]);
            assert_eq!(last_commit(&items, &end).as_deref(), Some(id.as_str()));
            assert_eq!(owner(&items, &end, "ledger").as_deref(), Some(owned.as_str()));
            let until = repo.git(&["rev-list", "-1", "--first-parent", &format!("--until={end}"), "main"]);
            assert_eq!(&until, id);
        }
        assert_eq!(at(&items, "2023-12-31T23:59:59Z"), BTreeMap::new());
        let seams: Vec<_> = items
            .iter()
            .filter(|item| matches!(item, Item::Past { seam: true, at, .. } if *at < "2024-02-01T00:00:00Z".parse().unwrap()))
            .collect();
        assert!(seams.is_empty(), "what began within the range is no seam");
        assert!(filled(&items).is_sorted_by(|one, other| one.1 > other.1), "newest first: {:?}", filled(&items));
        assert!(matches!(items.last(), Some(Item::Progress { done, total, .. }) if done == total));
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn each_stretch_stands_alone_and_older_ones_change_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let repo = Repo::init(folder.path().join("ledger"));
        let commits = history(&repo);
        let range = ("2024-03-10T00:00:00Z", "2026-01-01T00:00:00Z");
        let items = backfill(&collector(&[folder.path()]), range.0, range.1, &mut Memory::new(), ALL).await;
        let ends: Vec<_> =
            items.iter().enumerate().filter(|(_, item)| matches!(item, Item::Filled { .. })).map(|(position, _)| position).collect();
        for end in ends {
            let Item::Filled { range, .. } = &items[end] else { continue };
            for (date, id, _) in &commits {
                let day_end: Instant = format!("{}T23:59:59Z", &date[..10]).parse().unwrap();
                if day_end >= range.start {
                    assert_eq!(last_commit(&items[..end], &day_end.to_string()).as_ref(), Some(id), "{date} after {range:?}");
                }
            }
        }
        // A seam of a later stretch says what the older stretch says anyway.
        for item in &items {
            if let Item::Past { at: seam_at, seam: true, statement } = item
                && *seam_at > range.0.parse().unwrap()
            {
                let before = at(&items, &seam_at.plus_micros(-1).to_string());
                let key = (statement.resource.id.clone(), format!("{}/{}", statement.facet, statement.origin));
                assert_eq!(before.get(&key), statement.body.clone().map(Value::Object).as_ref());
            }
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_killed_backfill_goes_on_and_a_finished_one_does_nothing() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["one", "two"] {
            history(&Repo::init(folder.path().join(name)));
        }
        let range = ("2024-01-01T00:00:00Z", "2026-01-01T00:00:00Z");
        let collector = collector(&[folder.path()]);
        let whole = backfill(&collector, range.0, range.1, &mut Memory::new(), ALL).await;
        let mut memory = Memory::new();
        let mut items = backfill(&collector, range.0, range.1, &mut memory, 5).await;
        assert_eq!(filled(&items).len(), 5);
        items.extend(backfill(&collector, range.0, range.1, &mut memory, ALL).await);
        let sorted = |mut filled: Vec<(String, String, bool)>| {
            filled.sort();
            filled
        };
        assert_eq!(sorted(filled(&items)), sorted(filled(&whole)));
        for day in ["2024-05-05T12:00:00Z", "2024-12-24T00:00:00Z", "2025-07-01T00:00:00Z", "2025-12-31T00:00:00Z"] {
            assert_eq!(at(&items, day), at(&whole, day));
        }
        assert_eq!(filled(&backfill(&collector, range.0, range.1, &mut memory, ALL).await), []);
        let past = |items: &[Item]| items.iter().filter(|item| matches!(item, Item::Past { .. })).count();
        // A longer range brings what is new at both ends, and only that.
        let more = backfill(&collector, "2023-12-22T00:00:00Z", "2026-01-11T00:00:00Z", &mut memory, ALL).await;
        let starts: Vec<_> = filled(&more).into_iter().map(|(scope, start, _)| format!("{scope} {start}")).collect();
        assert_eq!(past(&more), 0, "nothing happened");
        assert_eq!(
            starts,
            ["one 2026-01-01T00:00:00Z", "one 2023-12-22T00:00:00Z", "two 2026-01-01T00:00:00Z", "two 2023-12-22T00:00:00Z"]
        );
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn entities_that_were_renamed_are_paired_newest_first() {
        let folder = tempfile::tempdir().unwrap();
        let repo = Repo::init(folder.path().join("ledger"));
        for (day, name) in ["a", "b", "c"].iter().enumerate() {
            repo.service("", name, "x").commit(&format!("2025-01-0{}T00:00:00Z", day + 1));
        }
        let range = ("2025-01-01T00:00:00Z", "2025-02-01T00:00:00Z");
        let items = backfill(&collector(&[&repo.path]), range.0, range.1, &mut Memory::new(), ALL).await;
        let renamed = items.iter().filter_map(|item| match item {
            Item::Renamed { from, to, .. } => Some(format!("{} -> {}", from.id, to.id)),
            _ => None,
        });
        assert_eq!(renamed.collect::<Vec<_>>(), ["ledger#service:b -> ledger#service:c", "ledger#service:a -> ledger#service:b"]);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_force_push_replaces_everything() {
        let folder = tempfile::tempdir().unwrap();
        let repo = Repo::init(folder.path().join("ledger"));
        repo.service("svc", "ledger", "old").commit("2025-01-05T00:00:00Z");
        let range = ("2025-01-01T00:00:00Z", "2025-06-01T00:00:00Z");
        let mut memory = Memory::new();
        let collector = collector(&[folder.path()]);
        backfill(&collector, range.0, range.1, &mut memory, ALL).await;
        repo.service("svc", "ledger", "new").git(&["add", "--all"]);
        repo.git_on("2025-01-06T00:00:00Z", &["commit", "--quiet", "--amend", "--message", "rewritten"]);
        let items = backfill(&collector, range.0, range.1, &mut memory, ALL).await;
        let replaced: Vec<_> = filled(&items).into_iter().map(|(.., replace)| replace).collect();
        assert_eq!(replaced, [true, false, false, false]);
        assert_eq!(owner(&items, "2025-05-01T00:00:00Z", "ledger").as_deref(), Some("team:new"));
        repo.service("svc", "ledger", "newer").commit("2025-07-01T00:00:00Z");
        assert_eq!(filled(&backfill(&collector, range.0, range.1, &mut memory, ALL).await), [], "new commits rewrite nothing");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn what_disappears_is_withdrawn_and_a_shallow_history_begins_as_a_seam() {
        let folder = tempfile::tempdir().unwrap();
        let repo = Repo::init(folder.path().join("origin/ledger"));
        repo.service("a", "one", "x").service("b", "two", "y").commit("2025-01-05T00:00:00Z");
        repo.commit("2025-01-06T00:00:00Z");
        std::fs::remove_file(repo.path.join("b/catalog-info.yaml")).unwrap();
        repo.commit("2025-01-07T00:00:00Z");
        let range = ("2025-01-01T00:00:00Z", "2025-02-01T00:00:00Z");
        let items = backfill(&collector(&[&repo.path]), range.0, range.1, &mut Memory::new(), ALL).await;
        assert!(owner(&items, "2025-01-06T12:00:00Z", "two").is_some());
        assert_eq!(owner(&items, "2025-01-07T12:00:00Z", "two"), None);
        let shallow = Repo::clone(&repo.path, folder.path().join("shallow"), &["--depth", "2"]);
        let items = backfill(&collector(&[&shallow.path]), range.0, range.1, &mut Memory::new(), ALL).await;
        assert_eq!(at(&items, "2025-01-05T12:00:00Z"), BTreeMap::new());
        assert!(items.iter().any(|item| matches!(item, Item::Past { seam: true, at, .. } if at.to_string() == "2025-01-06T00:00:00Z")));
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_deeper_fetch_is_replayed_anew() {
        let folder = tempfile::tempdir().unwrap();
        let repo = Repo::init(folder.path().join("origin/ledger"));
        for day in 1..=5 {
            repo.service("", "ledger", &format!("team-{day}")).commit(&format!("2025-01-0{day}T00:00:00Z"));
        }
        let shallow = Repo::clone(&repo.path, folder.path().join("shallow"), &["--depth", "2"]);
        let collector = collector(&[&shallow.path]);
        let range = ("2025-01-01T00:00:00Z", "2025-02-01T00:00:00Z");
        let mut memory = Memory::new();
        backfill(&collector, range.0, range.1, &mut memory, ALL).await;
        shallow.git(&["fetch", "--quiet", "--unshallow"]);
        let items = backfill(&collector, range.0, range.1, &mut memory, ALL).await;
        assert!(filled(&items)[0].2);
        assert_eq!(owner(&items, "2025-01-01T12:00:00Z", "ledger").as_deref(), Some("team:team-1"));
        assert_eq!(filled(&backfill(&collector, range.0, range.1, &mut memory, ALL).await), []);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_state_that_cannot_be_read_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let repo = Repo::init(folder.path().join("ledger"));
        repo.service("", "ledger", "one").commit("2025-01-01T00:00:00Z");
        repo.service("", "ledger", "two").commit("2025-01-02T00:00:00Z");
        let blob = repo.git(&["rev-parse", "HEAD:catalog-info.yaml"]);
        repo.service("", "ledger", "three").commit("2025-01-03T00:00:00Z");
        std::fs::remove_file(repo.path.join(".git/objects").join(&blob[..2]).join(&blob[2..])).unwrap();
        let range = ("2025-01-01T00:00:00Z", "2025-02-01T00:00:00Z");
        let items = backfill(&collector(&[&repo.path]), range.0, range.1, &mut Memory::new(), ALL).await;
        let owners =
            ["2025-01-01T12:00:00Z", "2025-01-02T12:00:00Z", "2025-01-03T12:00:00Z"].map(|day| owner(&items, day, "ledger").unwrap());
        assert_eq!(owners, ["team:one", "team:one", "team:three"]);
        assert!(problems(&items)[0].contains("1 states of the past are not known; the first is that of 2025-01-02T00:00:00Z"));
    }

    #[test]
    fn stretches_end_where_archive_windows_end() {
        let zone: Zone = "Europe/Berlin".parse().unwrap();
        let range = "2024-01-01T05:00:00Z".parse().unwrap().."2026-01-01T00:00:00Z".parse().unwrap();
        let stretches = stretches(&zone, &range);
        assert_eq!((stretches[0].start, stretches[stretches.len() - 1].end), (range.start, range.end));
        for pair in stretches.windows(2) {
            assert_eq!(pair[0].end, pair[1].start);
            let day = zone.day_of(pair[1].start);
            assert_eq!((day.number() % STRETCH_DAYS, zone.start_of(day)), (0, pair[1].start));
        }
        assert!(super::stretches(&zone, &(range.end..range.start)).is_empty());
    }
}
