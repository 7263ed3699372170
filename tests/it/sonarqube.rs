//! The collector of SonarQube against the simulated one: what it states, what it asks, and what failures cost.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use serde_json::Value;
use spot::collect::http::{Outside, Patience, Secret};
use spot::collect::sonarqube::{Config, SonarQubeCollector};
use spot::collect::{Collector, Finding, Health, Item, Memory, Sink, Summary};
use spot::demo::company::{Analysis, Company, Project};
use spot::demo::serve::{Fault, Server};
use spot::demo::sonarqube::{Edition, Options, router};
use spot::ingest::keep::{Confirmed, Harvest, PastStatement, Stage, Stretch, Told, keep, keep_past};
use spot::ingest::seal::seal_ended_days;
use spot::model::run::{Missing, Outcome, Trigger};
use spot::model::{Facet, Instant, Kind, Layer, Reading, Run, Statement, Zone};
use spot::store::{Options as StoreOptions, Store};
use tokio_util::sync::CancellationToken;

const START: &str = "2026-03-01T00:00:00Z";
const DAY: i64 = 86_400;
const HOST: &str = "127.0.0.1";

fn at(text: &str) -> Instant {
    text.parse().unwrap()
}

/// A company of which every `never`th project was never analysed; the others are, on every third day or so, twice on some.
fn company(projects: usize, never: usize) -> Company {
    let history = at("2025-06-01T00:00:00Z")..at("2027-01-01T00:00:00Z");
    let project = |number: usize| {
        let mut analyses = Vec::new();
        let mut time = at("2026-01-15T08:00:00Z").plus_seconds(number as i64 * 911);
        while number % never != never - 1 && time < at("2026-07-01T00:00:00Z") {
            let step = analyses.len();
            analyses.push(analysis(time, number, step));
            time = time.plus_seconds(if step % 4 == 1 { 5 * 3600 } else { 3 * DAY + 1800 });
        }
        let name = format!("project {number:04}");
        Project { key: format!("harbour_p{number:04}"), name, repository: 0, analyses, exists: history.clone() }
    };
    Company {
        login: "harbour".to_owned(),
        name: "Harbour".to_owned(),
        history: history.clone(),
        people: Vec::new(),
        teams: Vec::new(),
        repositories: Vec::new(),
        projects: (0..projects).map(project).collect(),
        packages: Vec::new(),
        products: Vec::new(),
        delivery: Default::default(),
        trouble: Default::default(),
        mesh: Default::default(),
        wiki: Default::default(),
    }
}

fn analysis(time: Instant, number: usize, step: usize) -> Analysis {
    let coverage = format!("{}.{}", 60 + (number + step) % 35, step % 10);
    let failed = step % 5 == 3;
    let level = if failed { "ERROR" } else { "OK" };
    let details = format!(
        r#"{{"level":"{level}","conditions":[{{"metric":"new_coverage","op":"LT","period":1,"warning":"","error":"80","actual":"{coverage}","level":"{level}"}}],"ignoredConditions":false}}"#
    );
    let mut measures = BTreeMap::from([
        ("alert_status", level.to_owned()),
        ("quality_gate_details", details),
        ("ncloc", (1000 + 37 * step + number).to_string()),
        ("bugs", (step % 7).to_string()),
        ("vulnerabilities", "0".to_owned()),
        ("code_smells", (40 + step).to_string()),
        ("reliability_rating", format!("{}.0", 1 + step % 5)),
        ("security_rating", "1.0".to_owned()),
        ("sqale_rating", "1.0".to_owned()),
        ("sqale_index", (300 + 5 * step).to_string()),
        ("duplicated_lines_density", "2.3".to_owned()),
        ("security_hotspots", "1".to_owned()),
        ("security_review_rating", "5.0".to_owned()),
        ("new_coverage", coverage.clone()),
        ("new_violations", "2".to_owned()),
    ]);
    // Without a report of coverage there is none, and not zero.
    if step % 6 != 5 {
        measures.insert("coverage", coverage);
    }
    Analysis::stated(time, step, measures)
}

/// A simulated SonarQube, its time, and a collector.
struct World {
    server: Server,
    now: Arc<AtomicI64>,
    collector: SonarQubeCollector,
    memory: Memory,
}

/// What a run said.
struct Said {
    items: Vec<Item>,
    summary: Summary,
}

impl World {
    async fn new(company: Company, options: Options) -> Self {
        Self::with(company, options, |_| {}).await
    }

    async fn with(company: Company, options: Options, configure: impl Fn(&mut Config)) -> Self {
        let now = Arc::new(AtomicI64::new(at(START).micros()));
        let clock: spot::model::Clock = {
            let now = Arc::clone(&now);
            Arc::new(move || Instant::from_micros(now.load(Ordering::Relaxed)))
        };
        let context = options.context.clone();
        let server = Server::start(router(Arc::new(company), Arc::clone(&clock), options)).await.unwrap();
        let mut config = Config::new(format!("{}{context}", server.url()).parse().unwrap());
        configure(&mut config);
        // Waiting takes no time, so that a failing server is as quick as another.
        let outside = Outside {
            clock,
            pause: Arc::new(|_| Box::pin(std::future::ready(()))),
            jitter: Arc::new(|| 0.0),
            patience: Patience::default(),
        };
        let collector = SonarQubeCollector::new("sonarqube", config, Zone::utc(), outside);
        Self { server, now, collector, memory: Memory::new() }
    }

    fn set(&self, time: Instant) {
        self.now.store(time.micros(), Ordering::Relaxed);
    }

    fn now(&self) -> Instant {
        Instant::from_micros(self.now.load(Ordering::Relaxed))
    }

    /// The requests of one run, and what it said; it is stopped after some stretches.
    async fn run(&mut self, past: Option<(&str, &str)>, most_filled: usize) -> Said {
        let cancel = CancellationToken::new();
        let (sink, mut receiver) = Sink::new(64, cancel.clone());
        let listen = tokio::spawn(async move {
            let mut items = Vec::new();
            let mut filled = 0;
            while let Some(item) = receiver.recv().await {
                filled += usize::from(matches!(item, Item::Filled { .. }));
                items.push(item);
                if filled >= most_filled {
                    cancel.cancel();
                    break;
                }
            }
            items
        });
        let summary = match past {
            None => self.collector.collect(self.now(), &self.memory, &sink).await,
            Some((from, to)) => self.collector.backfill(at(from)..at(to), &self.memory, &sink).await,
        };
        drop(sink);
        let items = listen.await.unwrap();
        let delivered = items.iter().rposition(|item| matches!(item, Item::Filled { .. })).map_or(0, |last| last + 1);
        for item in if past.is_some() { &items[..delivered] } else { &items[..] } {
            if let Item::Remember { key, value } = item {
                self.memory.insert(key.clone(), value.clone());
            }
        }
        Said { items, summary }
    }

    async fn collect(&mut self) -> Said {
        self.run(None, usize::MAX).await
    }

    async fn backfill(&mut self, from: &str, to: &str) -> Said {
        self.run(Some((from, to)), usize::MAX).await
    }

    fn fail(&self, path: &'static str, fault: Fault) {
        self.server.set_faults(Some(Arc::new(move |asked| (asked.path.ends_with(path)).then(|| fault.clone()))));
    }

    fn heal(&self) {
        self.server.set_faults(None);
    }
}

impl Said {
    /// Bodies by resource.
    fn bodies(&self) -> BTreeMap<String, Value> {
        let statements = self.items.iter().filter_map(|item| match item {
            Item::Statement(statement) => Some(statement),
            _ => None,
        });
        statements
            .map(|statement| (statement.resource.id.clone(), Value::Object(statement.body.clone().expect("nothing is withdrawn"))))
            .collect()
    }

    fn reading(&self, scope: &str) -> Option<(Reading, Option<u64>)> {
        self.items.iter().find_map(|item| match item {
            Item::Extent(extent) if extent.scope == scope => Some((extent.reading, extent.counted)),
            _ => None,
        })
    }

    fn problems(&self) -> Vec<&str> {
        let problems = self.items.iter().filter_map(|item| match item {
            Item::Problem(problem) => Some(problem.message.as_str()),
            _ => None,
        });
        problems.collect()
    }

    fn filled(&self) -> Vec<String> {
        let filled = self.items.iter().filter_map(|item| match item {
            Item::Filled { scope, .. } => Some(scope.clone()),
            _ => None,
        });
        filled.collect()
    }

    /// What the past says of each project at an instant.
    fn past_at(&self, at: Instant) -> BTreeMap<String, Value> {
        let mut latest: BTreeMap<String, (Instant, Value)> = BTreeMap::new();
        for item in &self.items {
            if let Item::Past { at: since, statement, .. } = item
                && *since <= at
                && latest.get(&statement.resource.id).is_none_or(|(before, _)| before <= since)
            {
                latest.insert(statement.resource.id.clone(), (*since, Value::Object(statement.body.clone().unwrap())));
            }
        }
        latest.into_iter().map(|(id, (_, body))| (id, body)).collect()
    }
}

fn status(status: u16, body: &str) -> Fault {
    Fault::Answer { status, headers: Vec::new(), body: body.to_owned() }
}

#[tokio::test]
async fn a_first_run_states_every_project_with_its_gate() {
    let mut world = World::new(company(3, 3), Options::default()).await;
    let said = world.collect().await;
    assert_eq!((said.problems(), said.summary.failure.as_deref()), (vec![], None));
    assert_eq!(said.reading(HOST), Some((Reading::Full, Some(3))));
    assert_eq!(said.reading("harbour_p0001"), Some((Reading::Full, None)));
    let bodies = said.bodies();
    let first = &bodies["harbour_p0000"];
    assert_eq!((&first["project"], &first["mode"]), (&"harbour_p0000".into(), &"standard".into()));
    assert!(first["gate"].is_string() && first["coverage"].is_f64() && first["analysedAt"].is_string(), "{first:#}");
    assert_eq!(bodies["harbour_p0002"], serde_json::json!({ "project": "harbour_p0002" }), "never analysed: unknown, not red");
    let Some(Item::Statement(statement)) = said.items.iter().find(|item| matches!(item, Item::Statement(_))) else { panic!("nothing") };
    assert_eq!(statement.resource.scope, HOST);
    assert_eq!(statement.check.as_deref(), Some(format!("{}/dashboard?id=harbour_p0000", world.server.url()).as_str()));
}

#[tokio::test]
async fn a_second_run_says_what_was_analysed_since() {
    let mut world = World::new(company(2, 9), Options::default()).await;
    let before = world.collect().await.bodies();
    assert_eq!(world.collect().await.bodies(), before);
    world.set(at(START).plus_seconds(10 * DAY));
    let after = world.collect().await.bodies();
    assert_ne!(after["harbour_p0000"]["analysedAt"], before["harbour_p0000"]["analysedAt"]);
}

#[tokio::test]
async fn a_day_takes_at_most_forty_requests_for_a_thousand_projects() {
    for (administers, most) in [(false, 18), (true, 19)] {
        let mut world = World::new(company(1000, 50), Options { administers, ..Options::default() }).await;
        let said = world.collect().await;
        assert_eq!((said.bodies().len(), said.reading(HOST)), (1000, Some((Reading::Full, Some(1000)))));
        let counts = world.server.counts();
        assert_eq!(counts.requests, said.summary.requests);
        assert!(counts.requests <= most, "{counts:?}");
        eprintln!("1,000 projects, administrator {administers}: {} requests, {} bytes", counts.requests, counts.bytes);
    }
}

#[tokio::test]
async fn no_failure_erases_or_invents_a_fact() {
    let mut world = World::new(company(16, 7), Options { administers: true, ..Options::default() }).await;
    let truth = world.collect().await.bodies();
    let paths = [
        "/api/components/search",
        "/api/components/search_projects",
        "/api/projects/search",
        "/api/metrics/search",
        "/api/measures/search",
        "/clean-code-policy/mode",
        "",
    ];
    let faults = [
        status(401, ""),
        status(403, r#"{"errors":[{"msg":"Insufficient privileges"}]}"#),
        status(404, ""),
        status(400, r#"{"errors":[{"msg":"no"}]}"#),
        status(429, ""),
        status(500, "oops"),
        Fault::Html,
        Fault::Garbage,
        Fault::Truncated,
        Fault::Broken,
    ];
    for path in paths {
        for fault in &faults {
            world.fail(path, fault.clone());
            let said = world.collect().await;
            for (id, body) in said.bodies() {
                let mut expected = truth[&id].clone();
                // When it was analysed is known from a list that may fail alone.
                if body.get("analysedAt").is_none() {
                    expected.as_object_mut().unwrap().remove("analysedAt");
                }
                assert_eq!(body, expected, "{path} {fault:?}");
            }
            let whole = said.bodies().len() == truth.len();
            let full = said.reading(HOST).is_some_and(|(reading, _)| reading == Reading::Full);
            assert_eq!(full, whole, "{path} {fault:?}");
            let silent = said.problems().is_empty() && said.summary.failure.is_none();
            assert!(full || !silent, "{path} {fault:?} was not told");
            assert!(path != "/api/measures/search" && path != "/api/components/search" && !path.is_empty() || !full, "{path} {fault:?}");
        }
    }
    world.heal();
    assert_eq!(world.collect().await.bodies(), truth);
}

#[tokio::test]
async fn a_batch_that_fails_costs_its_projects_alone() {
    let mut world = World::new(company(250, 1000), Options::default()).await;
    let number = Arc::new(AtomicI64::new(0));
    world.server.set_faults(Some(Arc::new(move |asked| {
        let second = asked.path.ends_with("/measures/search") && number.fetch_add(1, Ordering::Relaxed) == 1;
        second.then_some(Fault::Html)
    })));
    let said = world.collect().await;
    assert_eq!((said.bodies().len(), said.reading(HOST)), (150, Some((Reading::Partial, Some(250)))));
    assert_eq!((said.reading("harbour_p0000"), said.reading("harbour_p0100")), (Some((Reading::Full, None)), None));
    assert!(said.problems()[0].contains("100 projects, harbour_p0100 to harbour_p0199"), "{:?}", said.problems());
}

#[tokio::test]
async fn an_unknown_metric_loses_itself_alone() {
    let unknown = BTreeSet::from(["bugs".to_owned(), "new_coverage".to_owned()]);
    let options = Options { unknown_metrics: unknown, ..Options::default() };
    let mut world = World::new(company(2, 9), options).await;
    let known = world.collect().await.bodies();
    assert!(known["harbour_p0000"].get("bugs").is_none() && known["harbour_p0000"].get("coverage").is_some());
    // The server does not say what it knows, so it refuses first.
    world.fail("/api/metrics/search", status(403, r#"{"errors":[{"msg":"Insufficient privileges"}]}"#));
    let said = world.collect().await;
    assert_eq!((said.bodies(), said.problems().len()), (known, 1));
    let past = world.backfill("2026-01-01T00:00:00Z", START).await;
    assert_eq!(past.filled(), ["harbour_p0000", "harbour_p0001"]);
}

#[tokio::test]
async fn a_project_that_is_left_out_is_told_and_not_stated() {
    let hidden = BTreeSet::from(["harbour_p0001".to_owned()]);
    let lagging = Options { hidden: hidden.clone(), index_lags: true, ..Options::default() };
    let mut world = World::new(company(3, 3), lagging).await;
    let said = world.collect().await;
    assert_eq!(said.bodies().keys().collect::<Vec<_>>(), ["harbour_p0000", "harbour_p0002"]);
    assert_eq!(said.reading(HOST), Some((Reading::Partial, Some(3))));
    assert!(said.problems()[0].contains("1 projects were left out of the measures") && said.problems()[0].ends_with("harbour_p0001"));

    // An administrator sees that it exists; it was found, and nothing else is in doubt.
    let mut world = World::new(company(3, 3), Options { hidden, administers: true, ..Options::default() }).await;
    let said = world.collect().await;
    assert_eq!(said.reading(HOST), Some((Reading::Full, Some(2))));
    assert_eq!(said.reading("harbour_p0001"), Some((Reading::Partial, None)));
    assert!(said.problems()[0].contains("1 projects exist that the token may not browse: harbour_p0001"));
}

#[tokio::test]
async fn beyond_the_limit_of_the_index_the_list_is_partial_with_its_counts() {
    let limited = Options { most_results: 500, ..Options::default() };
    let mut world = World::new(company(700, 1000), limited.clone()).await;
    let said = world.collect().await;
    assert_eq!((said.bodies().len(), said.reading(HOST)), (500, Some((Reading::Partial, Some(700)))));
    assert!(
        said.problems()[0].contains("gave 500 of 700 projects") && said.problems()[0].contains("first 500 results"),
        "{:?}",
        said.problems()
    );
    // The administrator's list knows no such limit.
    let mut world = World::new(company(700, 1000), Options { administers: true, ..limited }).await;
    let said = world.collect().await;
    assert_eq!((said.bodies().len(), said.reading(HOST)), (700, Some((Reading::Full, Some(700)))));
}

#[tokio::test]
async fn a_page_that_repeats_ends_the_list_as_partial() {
    let mut world = World::new(company(3, 9), Options::default()).await;
    let body = r#"{"paging":{"pageIndex":1,"pageSize":500,"total":5},"components":[{"key":"harbour_p0000","name":"a","qualifier":"TRK"}]}"#;
    world.fail("/api/components/search", status(200, body));
    let said = world.collect().await;
    assert_eq!((said.bodies().len(), said.reading(HOST)), (1, Some((Reading::Partial, Some(5)))));
    assert!(said.problems()[0].contains("repeats itself at page 2 with 1 projects, but counts 5"), "{:?}", said.problems());
}

#[tokio::test]
async fn the_mode_is_recorded_and_a_failure_does_not_change_it() {
    let mut world = World::new(company(1, 9), Options { multi_quality: true, ..Options::default() }).await;
    let said = world.collect().await.bodies();
    assert_eq!(said["harbour_p0000"]["mode"], "mqr");
    world.fail("/clean-code-policy/mode", status(500, ""));
    let failing = world.collect().await;
    assert_eq!(failing.bodies(), said);
    assert!(failing.problems()[0].starts_with("the mode could not be read"));
}

#[tokio::test]
async fn old_servers_cloud_and_context_paths_are_read() {
    let token = |config: &mut Config| config.token = Some(Secret::new("squ_secret"));
    let tokens = vec!["squ_secret".to_owned()];
    let old = Options {
        tokens: tokens.clone(),
        bearer: false,
        edition: Edition::Server { version: "9.9.4.87374".to_owned() },
        context: "/quality".to_owned(),
        ..Options::default()
    };
    let mut world = World::with(company(1, 9), old.clone(), token).await;
    let said = world.collect().await;
    assert_eq!(said.reading("127.0.0.1/quality"), Some((Reading::Full, Some(1))));
    // Its version is not known, so bearer is tried and refused first.
    world.fail("/api/server/version", status(403, ""));
    assert_eq!(world.collect().await.bodies(), said.bodies());

    let cloud = Options { tokens, edition: Edition::Cloud { organisation: "harbour".to_owned() }, ..Options::default() };
    let mut world = World::with(company(1, 9), cloud, |config| {
        token(config);
        config.organisation = Some("harbour".to_owned());
    })
    .await;
    let said = world.collect().await;
    assert_eq!((said.problems(), said.reading("harbour")), (vec![], Some((Reading::Full, Some(1)))));
}

#[tokio::test]
async fn the_backfilled_past_is_what_daily_runs_would_have_said() {
    let mut world = World::new(company(6, 6), Options::default()).await;
    let (from, to) = ("2026-02-01T00:00:00Z", START);
    let past = world.backfill(from, to).await;
    assert_eq!((past.problems(), past.filled().len()), (vec![], 6));
    let mut day = at(from);
    while day < at(to) {
        let end = day.plus_seconds(DAY).plus_micros(-1);
        world.set(end);
        let mut daily = world.collect().await.bodies();
        // Never analysed: the past knows nothing of it.
        daily.remove("harbour_p0005");
        assert_eq!(past.past_at(end), daily, "{end}");
        day = day.plus_seconds(DAY);
    }
    let mut states: BTreeMap<(String, String), usize> = BTreeMap::new();
    for item in &past.items {
        if let Item::Past { at: since, seam, statement } = item {
            assert!(*since >= at(from) && *since < at(to));
            assert_eq!(*seam, *since == at(from), "the first state of the stretch became known");
            *states.entry((statement.resource.id.clone(), since.to_string()[..10].to_owned())).or_default() += usize::from(!seam);
        }
    }
    assert!(states.values().all(|count| *count <= 1), "at most one state a day");
}

#[tokio::test]
async fn a_killed_backfill_goes_on_where_it_was() {
    let mut world = World::new(company(8, 8), Options::default()).await;
    let (from, to) = ("2026-01-01T00:00:00Z", START);
    let first = world.run(Some((from, to)), 3).await;
    assert_eq!(first.filled().len(), 3);
    let second = world.backfill(from, to).await;
    assert_eq!(second.filled(), ["harbour_p0003", "harbour_p0004", "harbour_p0005", "harbour_p0006", "harbour_p0007"]);
    // Five lists and descriptions, and one history of each of the four that were ever analysed.
    assert_eq!(second.summary.requests, 5 + 4);
    assert_eq!(world.backfill(from, to).await.filled(), Vec::<String>::new());
    // Later only what was analysed since is asked for, further back everything.
    world.set(at(START).plus_seconds(20 * DAY));
    let later = world.backfill("2025-12-01T00:00:00Z", "2026-03-21T00:00:00Z").await;
    assert_eq!(later.filled().len(), 16);
    assert!(later.problems().is_empty());
}

#[tokio::test]
async fn a_long_history_is_read_page_by_page() {
    let mut company = company(1, 9);
    let start = at("2023-01-01T06:00:00Z");
    company.projects[0].analyses = (0..2300).map(|step| analysis(start.plus_seconds(step as i64 * DAY / 2), 0, step)).collect();
    let mut world = World::new(company, Options::default()).await;
    let past = world.backfill("2023-01-01T00:00:00Z", START).await;
    let states = past.items.iter().filter(|item| matches!(item, Item::Past { .. })).count();
    assert_eq!(states, 1150, "two analyses a day, the last counts");
    assert_eq!(world.server.counts().requests, 5 + 3);
}

#[tokio::test]
async fn a_history_that_fails_is_not_delivered() {
    let mut world = World::new(company(2, 9), Options::default()).await;
    for fault in
        [status(404, r#"{"errors":[{"msg":"Component key 'harbour_p0000' not found"}]}"#), Fault::Html, Fault::Truncated, status(500, "")]
    {
        world.fail("/api/measures/search_history", fault);
        let said = world.backfill("2026-01-01T00:00:00Z", START).await;
        assert_eq!((said.filled().len(), said.problems().len(), said.summary.failure.is_some()), (0, 2, true));
    }
    world.heal();
    assert_eq!(world.backfill("2026-01-01T00:00:00Z", START).await.filled().len(), 2);
}

/// A store into which runs are kept as spot keeps them. Linking is not what is looked at here, so each project is also
/// stated to be a service of its name.
struct Kept {
    _folder: tempfile::TempDir,
    store: Store,
    missing: Vec<Missing>,
    first: bool,
}

impl Kept {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&StoreOptions::new(folder.path())).unwrap();
        Self { _folder: folder, store, missing: Vec::new(), first: true }
    }

    fn keep(&mut self, said: &Said, now: Instant) {
        let mut harvest = Harvest::default();
        for item in &said.items {
            match item {
                Item::Statement(statement) => {
                    let name = serde_json::json!({ "ref": format!("service:{}", statement.resource.id) });
                    let body = name.as_object().cloned();
                    harvest.statements.push(Statement { facet: Facet::General, body, ..statement.clone() });
                    harvest.statements.push(statement.clone());
                }
                Item::Extent(extent) => harvest.extents.push(extent.clone()),
                _ => {}
            }
        }
        let mut run = Run {
            source: "sonarqube".to_owned(),
            trigger: Trigger::Schedule,
            started: now,
            ended: now,
            outcome: Outcome::Succeeded,
            interval_seconds: 86_400,
            extents: Vec::new(),
            statements: 0,
            written: 0,
            requests: said.summary.requests,
            problem_count: 0,
            problems: Vec::new(),
            missing: std::mem::take(&mut self.missing),
        };
        seal_ended_days(&self.store, now).unwrap();
        let stage = Stage { first: std::mem::take(&mut self.first), last: true };
        keep(&self.store, harvest, &mut run, stage, now).unwrap();
        self.missing = run.missing;
    }

    fn keep_past(&self, said: &Said, now: Instant) {
        let confirmed = Confirmed::read(&self.store.view(), "sonarqube").unwrap();
        let (mut told, mut stretches) = (Told::default(), Vec::new());
        for item in &said.items {
            match item {
                Item::Past { at, seam, statement } => {
                    told.past.push(PastStatement { at: *at, seam: *seam, statement: statement.clone() });
                }
                Item::Filled { scope, range, replace } => {
                    let (scope, range, replace) = (scope.clone(), range.clone(), *replace);
                    stretches.push(Stretch { scope, range, replace, told: std::mem::take(&mut told) });
                }
                _ => {}
            }
        }
        keep_past(&self.store, "sonarqube", &confirmed, stretches, now).unwrap();
    }

    /// Bodies and whether they were backfilled, by project, at an instant.
    fn at(&self, at: Instant) -> BTreeMap<String, (Value, bool)> {
        let view = self.store.view();
        let mut all = BTreeMap::new();
        for entity in view.entities(Kind::Service).iter().copied() {
            for statement in view.statements(entity, at).unwrap() {
                if statement.facet == Facet::Quality {
                    let body = Value::Object((*statement.body).clone());
                    all.insert(statement.resource.clone(), (body, statement.layer == Layer::Backfilled));
                }
            }
        }
        all
    }
}

#[tokio::test]
async fn kept_runs_and_a_kept_past_fit_together() {
    let mut company = company(3, 9);
    company.projects[2].exists.end = at("2026-03-03T00:00:00Z");
    let mut world = World::new(company, Options::default()).await;
    let mut kept = Kept::new();
    let mut said = BTreeMap::new();
    // Observed on the 1st and 2nd, and again from the 10th on.
    for day in [0, 1, 9, 10] {
        let noon = at("2026-03-01T12:00:00Z").plus_seconds(day * DAY);
        world.set(noon);
        let run = world.collect().await;
        kept.keep(&run, noon);
        said.insert(noon, run.bodies());
    }
    let now = world.now().plus_seconds(3600);
    let past = world.backfill("2026-02-01T00:00:00Z", "2026-03-11T12:00:00Z").await;
    kept.keep_past(&past, now);
    for (noon, bodies) in &said {
        let stored = kept.at(noon.plus_seconds(1));
        for (project, body) in bodies {
            assert_eq!(stored.get(project), Some(&(body.clone(), false)), "{noon} {project}");
        }
    }
    // The gap and the time before the first run are filled from the history.
    for (time, expected) in [("2026-02-10T20:00:00Z", 2), ("2026-03-09T23:00:00Z", 2)] {
        let (stored, told) = (kept.at(at(time)), past.past_at(at(time)));
        let same = told.iter().filter(|(project, body)| stored.get(*project).is_some_and(|(stored, _)| stored == *body)).count();
        assert_eq!((told.len(), same), (expected, expected), "{time}: {stored:#?} {told:#?}");
    }
    // Gone since the 3rd: missing in two full runs, so it ended with the second.
    assert!(kept.at(at("2026-03-02T20:00:00Z")).contains_key("harbour_p0002"));
    assert!(!kept.at(now).contains_key("harbour_p0002") && kept.missing.is_empty());
}

fn finding<'a>(findings: &'a [Finding], what: &str) -> (&'a str, Health) {
    let finding = findings.iter().find(|finding| finding.what == what).unwrap_or_else(|| panic!("{what} in {findings:?}"));
    (&finding.detail, finding.health)
}

#[tokio::test]
async fn a_check_tells_version_token_rights_and_what_is_lost() {
    let options = Options {
        tokens: vec!["squ_secret".to_owned()],
        tokens_end: Some(at("2026-03-08T00:00:00Z")),
        unknown_metrics: BTreeSet::from(["bugs".to_owned()]),
        ..Options::default()
    };
    let world = World::with(company(4, 9), options.clone(), |config| config.token = Some(Secret::new("squ_secret"))).await;
    let findings = world.collector.check().await;
    assert_eq!(finding(&findings, "server"), ("SonarQube Server 2025.4.2.112048", Health::Good));
    assert_eq!(finding(&findings, "token"), ("valid until 2026-03-08T00:00:00+0000: make a new one", Health::Lacking));
    assert_eq!(finding(&findings, "browse"), ("4 projects may be browsed", Health::Good));
    assert_eq!(finding(&findings, "metrics"), ("not known to the server: bugs", Health::Lacking));
    assert_eq!(finding(&findings, "mode"), ("ratings are those of the mode standard", Health::Good));
    assert_eq!(finding(&findings, "calls").1, Health::Good);
    assert_eq!(finding(&findings, "administer").1, Health::Good);
    assert!(world.server.counts().requests <= 10);

    let world = World::with(company(4, 9), options, |config| config.token = Some(Secret::new("squ_guess"))).await;
    let findings = world.collector.check().await;
    assert_eq!(finding(&findings, "token").1, Health::Wrong);
    assert!(!format!("{findings:?}").contains("squ_guess"));

    let options = Options { context: "/quality".to_owned(), ..Options::default() };
    let world = World::with(company(4, 9), options, |config| config.url.set_path("")).await;
    let findings = world.collector.check().await;
    assert!(finding(&findings, "server").0.contains("context path"), "{findings:?}");
}
