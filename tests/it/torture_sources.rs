//! Sources that fail in every way: nothing is lost, nothing is invented, and what heals is as if it had never failed.
//!
//! Two stores live through the same days of a small company. One reads sources that are well, the other sources of which
//! one goes wrong each day. A few ways are tried in every run of the tests, all of them by `make torture-sources`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use spot::collect::http::{Outside, Patience};
use spot::demo::clock::SimulatedClock;
use spot::demo::company::{Company, Shape};
use spot::demo::serve::{Asked, Fault, Server};
use spot::demo::systems::Systems;
use spot::ingest::Ingest;
use spot::ingest::schedule::Schedule;
use spot::ingest::supervise::{self, Supervisor, Watched};
use spot::model::event::Brought;
use spot::model::run::{Outcome, Trigger};
use spot::model::{EventKind, Instant, Kind, Policy, Zone};
use spot::store::{Options, Store};

use crate::support::collectors::collectors;

mod clusters;

const DAY: i64 = 86_400;

/// How a collector waits.
type Pause = Arc<dyn Fn(Duration) -> futures::future::BoxFuture<'static, ()> + Send + Sync>;

/// Values of the catalog by whose and which they are.
type Catalog = BTreeMap<(String, String), Value>;

/// A store that reads the company's systems.
struct Spot {
    store: Arc<Store>,
    ingest: Ingest,
    supervisor: Supervisor,
    sources: Vec<String>,
    _folder: tempfile::TempDir,
}

impl Spot {
    /// One that lists.
    fn new(company: &Company, systems: &Systems, clock: &SimulatedClock) -> Self {
        // Waiting must not move the clock, which both stores share.
        Self::with(company, systems, clock, Arc::new(|_| Box::pin(tokio::task::yield_now())), None)
    }

    fn with(company: &Company, systems: &Systems, clock: &SimulatedClock, pause: Pause, watched: Option<&[Server]>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Arc::new(Store::open(&Options::new(folder.path().join("data"))).unwrap());
        let outside = Outside {
            clock: clock.clock(),
            pause,
            jitter: Arc::new(|| 0.5),
            patience: Patience { attempt: Duration::from_secs(3), ..Patience::default() },
        };
        let collectors = collectors(company, systems, &store, &outside, &folder.path().join("data"), watched);
        let sources: Vec<String> = collectors.iter().map(|collector| collector.source().to_owned()).collect();
        let ingest = Ingest::new(Arc::clone(&store), clock.clock(), collectors, Arc::new(|_, _| None));
        ingest.prepare(&Policy::default()).unwrap();
        let watched = |source: &String| Watched {
            source: source.clone(),
            schedule: Some(Schedule::every(86_400)),
            time_limit: Duration::from_secs(600),
            backfill_limit: Duration::from_secs(600),
            history: ingest.history(source, clock.now()),
        };
        let watched = sources.iter().map(watched).collect();
        let lost = Arc::new(|run| -> futures::future::BoxFuture<'static, ()> { panic!("a run was lost: {run:?}") });
        let config = supervise::Config::new(Zone::utc(), clock.clock(), Arc::new(|| 0.5), ingest.body(), lost);
        Self { store, ingest, supervisor: Supervisor::new(config, watched), sources, _folder: folder }
    }

    /// One run of every source; what each came to.
    async fn day(&self) -> Vec<(String, Outcome)> {
        let mut outcomes = Vec::new();
        for source in &self.sources {
            outcomes.push((source.clone(), self.run(source).await));
        }
        outcomes
    }

    /// One run of a source.
    async fn run(&self, source: &str) -> Outcome {
        self.supervisor.request(source, Trigger::Manual).unwrap().report().await.outcome
    }

    /// Every value that holds now, without what is volatile, and everything that happened.
    fn catalog(&self) -> Catalog {
        let view = self.store.view();
        let now = view.newest();
        let mut catalog = Catalog::new();
        for kind in Kind::ALL {
            for id in view.entities(kind).iter().copied() {
                if !view.exists(id, now).unwrap() {
                    continue;
                }
                let name = view.ref_at(id, now).unwrap().to_string();
                let (_, assembled) = view.assembled(id, now).unwrap();
                for (path, field) in assembled {
                    if !path.is_volatile() {
                        catalog.insert((name.clone(), path.to_string()), field.value);
                    }
                }
            }
        }
        let mut note = |name: &str, path: String, value: Value| catalog.insert((name.to_owned(), path), value);
        for kind in EventKind::ALL {
            view.for_each_event(kind, Instant::MIN, Instant::MAX, |_, event| {
                let record = event.record;
                let resource = view.resource(record.resource).unwrap();
                let name = format!("{kind} {} of {} {}", record.id, resource.source, resource.id);
                note(&name, "at".to_owned(), record.at.to_string().into());
                // When a bug was deleted nobody tells, so it is when that was noticed.
                let is_noticed = kind == EventKind::Bug
                    && record.history.last().is_some_and(|step| step.set.get("state").is_some_and(|state| state == "deleted"));
                record.ended.filter(|_| !is_noticed).and_then(|ended| note(&name, "ended".to_owned(), ended.to_string().into()));
                for step in record.history {
                    let gone = is_noticed && step.set.get("state").is_some_and(|state| state == "deleted");
                    let path = if gone { "deleted".to_owned() } else { format!("at {}", step.at) };
                    note(&name, path, serde_json::to_value(step.set).unwrap());
                }
                // Which commits a deployment brought follows from those that are known before it.
                let told = record.body.into_iter().filter(|(field, _)| field != Brought::FIELD);
                told.for_each(|(field, value)| drop(note(&name, field, value)));
                if let Some(entity) = view.linked_at(record.resource, now) {
                    note(&name, "happened to".to_owned(), view.ref_at(entity, now).unwrap().to_string().into());
                }
                Ok(())
            })
            .unwrap();
        }
        catalog
    }
}

/// A way to fail, and from which request of a run on.
#[derive(Clone, Debug)]
struct Way {
    name: &'static str,
    from: u64,
    every: u64,
    fault: Fault,
}

fn ways() -> Vec<Way> {
    let answer = |status: u16, headers: &[(&'static str, &str)], body: &str| Fault::Answer {
        status,
        headers: headers.iter().map(|(name, value)| (*name, (*value).to_owned())).collect(),
        body: body.to_owned(),
    };
    let limited = r#"{"message":"API rate limit exceeded"}"#;
    let secondary = r#"{"message":"You have exceeded a secondary rate limit."}"#;
    let faults = [
        ("429, soon again", answer(429, &[("retry-after", "1")], limited)),
        ("429, not today", answer(429, &[("retry-after", "90000")], limited)),
        ("403, no budget left", answer(403, &[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "4102444800")], limited)),
        ("403, secondary limit", answer(403, &[("retry-after", "60")], secondary)),
        ("403", answer(403, &[], r#"{"message":"Resource not accessible by integration"}"#)),
        ("401", answer(401, &[], r#"{"message":"Bad credentials"}"#)),
        ("404", answer(404, &[], r#"{"message":"Not Found"}"#)),
        ("500", answer(500, &[], r#"{"message":"Server Error"}"#)),
        ("502", answer(502, &[], "<html>Bad Gateway</html>")),
        ("200 with nothing", answer(200, &[], "{}")),
        ("200 with errors", answer(200, &[], r#"{"data":null,"errors":[{"type":"RATE_LIMITED","message":"API rate limit exceeded"}]}"#)),
        ("silence", Fault::Hang),
        ("a broken connection", Fault::Broken),
        ("JSON that does not end", Fault::Truncated),
        ("a page to sign in", Fault::Html),
        ("garbage", Fault::Garbage),
    ];
    let mut ways = Vec::new();
    for (name, fault) in faults {
        for (from, every) in [(0, 1), (2, 1), (1, 3)] {
            ways.push(Way { name, from, every, fault: fault.clone() });
        }
    }
    ways
}

fn fail(server: &Server, way: &Way) {
    let (way, begin) = (way.clone(), server.counts().requests);
    server.set_faults(Some(Arc::new(move |asked: &Asked<'_>| {
        let number = asked.number.saturating_sub(begin);
        (number >= way.from && (number - way.from).is_multiple_of(way.every)).then(|| way.fault.clone())
    })));
}

/// Whether a source says so now though the calm store need not know it. What registries are asked about depends on what is
/// in use, which a store whose source failed knows from earlier; labels of pages are looked at once a week, and again
/// when that failed.
fn is_true(company: &Company, now: Instant, (name, path): &(String, String), value: &Value) -> bool {
    if path.starts_with("documentation.pages[") {
        let page = company.wiki.pages.iter().find(|page| path.ends_with(&format!("[{}]", page.id)));
        let labels: Vec<&str> = value["labels"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        return page.is_some_and(|page| {
            let newest = page.versions.iter().filter(|(at, _)| *at <= now).count();
            value["version"] == newest && value["title"] == **page.title.at(now) && labels == *page.labels.at(now)
        });
    }
    let package = company.packages.iter().find(|package| *name == format!("package:{}/{}", package.ecosystem.word(), package.name));
    let Some(package) = package else { return false };
    let is_published =
        |version: &Value| package.releases.iter().any(|release| Some(&*release.version) == version.as_str() && release.at <= now);
    match path.as_str() {
        "package.latest" => is_published(value),
        "package.licence" => package.licence == value.as_str(),
        path => package.advisories.iter().any(|advisory| {
            let fixed: Vec<&str> = advisory.fixed.as_deref().into_iter().collect();
            path == format!("package.advisories[{}]", advisory.id)
                && advisory.at <= now
                && value["summary"] == advisory.summary
                && value["fixed"] == serde_json::json!(fixed)
                && value["affected"].as_array().is_some_and(|versions| versions.iter().all(is_published))
        }),
    }
}

/// What was true on some day so far, and what was there the last time.
#[derive(Default)]
struct Judge {
    ever: BTreeMap<(String, String), BTreeSet<String>>,
    before: Option<(Catalog, Catalog)>,
    /// Which system could not be read, or not all of it, and when.
    blind: Vec<(String, Instant)>,
}

impl Judge {
    /// Nothing that is told was invented, and nothing was lost that is still true.
    fn judge(&mut self, company: &Company, now: Instant, case: &str, truth: Catalog, told: Catalog) {
        for (key, value) in &truth {
            self.ever.entry(key.clone()).or_default().insert(value.to_string());
        }
        for (key, value) in &told {
            let known = self.ever.get(key).is_some_and(|values| values.contains(&value.to_string()))
                || is_true(company, now, key, value)
                || self.is_unseen(&truth, &told, &key.0);
            let all = |catalog: &Catalog| -> Vec<String> {
                catalog.iter().filter(|((name, _), _)| *name == key.0).map(|((_, path), value)| format!("{path}: {value}")).collect()
            };
            assert!(
                known,
                "{case}: invented {key:?}: {value}; true were {:?}; true is {:#?}, told is {:#?}",
                self.ever.get(key),
                all(&truth),
                all(&told)
            );
        }
        if let Some((truth_before, told_before)) = &self.before {
            for key in truth.keys().filter(|key| truth_before.contains_key(*key) && told_before.contains_key(*key)) {
                assert!(told.contains_key(key), "{case}: lost {key:?}");
            }
        }
        self.before = Some((truth, told));
    }

    /// A rollout that was over and replaced while its cluster could not be read: nobody knows what came of it, and it is told
    /// as superseded.
    fn is_unseen(&self, truth: &Catalog, told: &Catalog, name: &str) -> bool {
        let field = |catalog: &Catalog, field: &str| catalog.get(&(name.to_owned(), field.to_owned())).cloned();
        let ended = field(truth, "ended").and_then(|ended| ended.as_str()?.parse::<Instant>().ok());
        let is_superseded = field(told, "ended")
            .and_then(|ended| field(told, &format!("at {}", ended.as_str()?)))
            .is_some_and(|step| step["state"] == "superseded");
        name.starts_with("rollout ")
            && is_superseded
            && field(truth, "at") == field(told, "at")
            && ended.is_some_and(|ended| self.was_blind("Kubernetes", ended))
    }

    /// Whether the first look at a system after `at` was one that saw not all.
    fn was_blind(&self, system: &str, at: Instant) -> bool {
        self.blind.iter().any(|(name, blind)| name == system && at <= *blind && at > blind.plus_seconds(-DAY))
    }

    /// The version of a sync that another followed while Argo CD could not be read: only of the newest does it tell the images.
    fn is_unseen_version(&self, truth: &Catalog, (name, field): &(String, String)) -> bool {
        let Some((application, at)) = name.strip_prefix("deployment ").and_then(|rest| rest.split_once(" of argocd ")?.0.split_once('@'))
        else {
            return false;
        };
        let (of, after) = (format!("deployment {application}@"), format!("deployment {application}@{at}"));
        let is_followed = || truth.keys().any(|(other, _)| other.starts_with(&of) && other.split(' ').nth(1) > after.split(' ').nth(1));
        field == "version" && at.parse().is_ok_and(|at| self.was_blind("Argo CD", at)) && is_followed()
    }

    /// What was told last is what is true.
    fn conclude(mut self) {
        let (mut truth, mut told) = self.before.take().unwrap();
        let names: BTreeSet<&String> = told.keys().map(|(name, _)| name).collect();
        let unseen: BTreeSet<String> = names.into_iter().filter(|name| self.is_unseen(&truth, &told, name)).cloned().collect();
        truth.retain(|(name, _), _| !unseen.contains(name));
        told.retain(|(name, _), _| !unseen.contains(name));
        let all = truth.clone();
        truth.retain(|key, _| told.contains_key(key) || !self.is_unseen_version(&all, key));
        let differing = differing(&truth, &told);
        assert!(differing.is_empty(), "after all is well again: {differing:#?}");
        assert!(truth.len() > 1_000, "only {} values", truth.len());
    }
}

/// The first values that differ.
fn differing(truth: &Catalog, told: &Catalog) -> Vec<String> {
    let keys: BTreeSet<_> = truth.keys().chain(told.keys()).filter(|key| truth.get(*key) != told.get(*key)).collect();
    keys.into_iter().take(10).map(|key| format!("{key:?}: true is {:?}, told is {:?}", truth.get(key), told.get(key))).collect()
}

/// Lets both stores live through one failing day for each of these ways and each system that it befalls, by their
/// positions, and then be well.
async fn live(repositories: usize, ways: Vec<Way>, befalls: impl Fn(usize, usize) -> bool) {
    let begin: Instant = "2026-06-01T06:00:00Z".parse().unwrap();
    let company = Arc::new(Company::generate(&Shape { seed: 3, repositories, end: begin.plus_seconds(400 * DAY) }));
    let clock = SimulatedClock::at(begin);
    let systems = Systems::start(&company, &clock.clock()).await.unwrap();
    let calm = Spot::new(&company, &systems, &clock);
    let torn = Spot::new(&company, &systems, &clock);
    let mut judge = Judge::default();
    let (clusters, others): (Vec<_>, Vec<_>) = systems.named().partition(|(name, _)| *name == "Kubernetes");
    let mut day = 0;
    let mut cases: Vec<(String, Option<(&Server, Way)>)> = vec![("all is well".to_owned(), None)];
    for (number, way) in ways.into_iter().enumerate() {
        // Each way befalls another cluster.
        let servers = others.iter().chain(clusters.get(number % clusters.len().max(1)));
        for (_, (name, server)) in servers.enumerate().filter(|(position, _)| befalls(number, *position)) {
            cases.push((format!("{name}: {} from request {} on, each {}.", way.name, way.from, way.every), Some((server, way.clone()))));
        }
    }
    // What is listed once a week only is known then, too.
    cases.extend((0..8).map(|_| ("well again".to_owned(), None)));
    let count = cases.len();
    for (case, fault) in cases {
        // What nobody reads cannot fail; all that is read was asked on the first day.
        if fault.as_ref().is_some_and(|(server, _)| server.counts().requests == 0) {
            continue;
        }
        eprintln!("day {} of {count}: {case}", day + 1);
        clock.set(begin.plus_seconds(day * DAY));
        day += 1;
        let outcomes = calm.day().await;
        assert!(outcomes.iter().all(|(_, outcome)| *outcome == Outcome::Succeeded), "{case}: the calm store: {outcomes:?}");
        if let Some((server, way)) = &fault {
            fail(server, way);
            judge.blind.push((case.split(':').next().unwrap_or_default().to_owned(), clock.now()));
        }
        let outcomes = torn.day().await;
        systems.servers().for_each(|server| server.set_faults(None));
        assert!(outcomes.iter().all(|(_, outcome)| *outcome != Outcome::Panicked), "{case}: {outcomes:?}");
        judge.judge(&company, clock.now(), &case, calm.catalog(), torn.catalog());
    }
    judge.conclude();
    let verified = torn.store.verify(|_| ()).unwrap();
    assert!(verified.damage.is_empty(), "{verified:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_source_that_fails_costs_nothing_but_freshness() {
    let chosen = ["429, not today", "403, no budget left", "500", "200 with nothing", "JSON that does not end", "a page to sign in"];
    let ways = ways().into_iter().filter(|way| chosen.contains(&way.name) && way.from == 2).collect();
    live(20, ways, |way, system| (way + system) % 4 == 0).await;
}

// Every way, from one request of a run on: three tests, as they can run side by side.

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "slow: run by `make torture-sources`"]
async fn torture_sources_that_fail_from_the_first_request_on() {
    live(30, ways().into_iter().filter(|way| way.from == 0).collect(), |_, _| true).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "slow: run by `make torture-sources`"]
async fn torture_sources_that_stop_in_the_middle() {
    live(30, ways().into_iter().filter(|way| way.from == 2).collect(), |_, _| true).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "slow: run by `make torture-sources`"]
async fn torture_sources_that_fail_now_and_then() {
    live(30, ways().into_iter().filter(|way| way.every > 1).collect(), |_, _| true).await;
}
