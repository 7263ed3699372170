//! The quality board over ten years of bugs and incidents, against a page of 50 services by the same API.
//!
//! A bug has a changelog of its own: it is resolved, sometimes opened again, and its priority may change. Everything is
//! asked in the process, so that neither HTTP nor kept answers count.

use std::path::Path;
use std::sync::Arc;

use serde_json::{Value, json};
use spot::api::{Api, Limits, Sources};
use spot::model::event::Step;
use spot::model::run::{Outcome, Trigger};
use spot::model::{EntityRef, Event, EventKind, Extent, Facet, Instant, Kind, Layer, Reading, Resource, Run};
use spot::store::{Options, Store};

use crate::Arguments;
use crate::measure::{Report, median_ms, process_cpu, resident};
use crate::workload::random::Random;

const DAY: i64 = 86_400;
/// 2016-10-01, a Saturday.
const BEGIN: i64 = 1_475_280_000;
const DAYS: i64 = 3_652;
const SERVICES: usize = 500;
const TEAMS: usize = 40;
/// Events of one commit, as a first run reads them.
const AT_ONCE: usize = 20_000;

const PAGE: &str = "{ services(first: 50) { totalCount nodes { ref name title description lifecycle type owner { ref name } } } }";

pub fn run(arguments: &Arguments, folder: &Path, report: &mut Report) -> anyhow::Result<()> {
    let place = folder.join("board");
    let _ = std::fs::remove_dir_all(&place);
    let store = Arc::new(Store::open(&Options::new(&place))?);
    let mut random = Random::new(arguments.seed + 23);
    let now = Instant::from_seconds(BEGIN + DAYS * DAY);
    begin(&store)?;
    let count = |whole: f64| (whole * arguments.factor) as usize;
    let (bugs, incidents) = (count(1_000_000.0), count(50_000.0));
    let started = process_cpu();
    tell(&store, EventKind::Bug, bugs, &mut random, now)?;
    tell(&store, EventKind::Incident, incidents, &mut random, now)?;
    let written = process_cpu() - started;
    report.note(
        "recording bugs and incidents",
        written * 1e6 / (bugs + incidents) as f64,
        "µs each",
        format!("{bugs} bugs, {incidents} incidents"),
    );

    // As a process that was started on it.
    drop(store);
    let store = Arc::new(Store::open(&Options::new(&place))?);
    let api = Api::new(Sources::idle(Arc::clone(&store), move || now), Limits::default());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let ask = |query: &String| -> anyhow::Result<Value> {
        let answer = serde_json::to_value(runtime.block_on(api.execute(query.as_str().into())))?;
        anyhow::ensure!(answer.get("errors").is_none(), "{query}: {answer}");
        Ok(answer)
    };
    let before = resident("self").0;
    let started = process_cpu();
    ask(&board("2026-Q2", ""))?;
    let (first, grown) = (process_cpu() - started, resident("self").0 - before);
    report.note("the first board, which loads everything", first, "s", format!("{grown:.0} MiB more"));
    let page = median_ms(&vec![PAGE.to_owned(); 21], ask)?;
    let quarters: Vec<String> = (0..12).map(|number| board(&format!("{}-Q{}", 2023 + number / 4, number % 4 + 1), "")).collect();
    let of_teams: Vec<String> = (0..12).map(|number| board("2026-Q2", &format!(", of: \"team:t{number}\""))).collect();
    let whole = median_ms(&quarters, ask)?;
    let team = median_ms(&of_teams, ask)?;
    let weekly =
        vec!["{ series(metric: OPEN_BUGS, from: \"2016-10-03\", to: \"2026-09-27\", every: WEEK) { points { value } } }".to_owned(); 7];
    let series = median_ms(&weekly, ask)?;
    report.at_most("board of a quarter, organisation / page of 50 services", whole / page, "x", 5.0, format!("{whole:.1} / {page:.2} ms"));
    report.at_most("board of a quarter, a team / page of 50 services", team / page, "x", 5.0, format!("{team:.1} ms"));
    report.at_most("weekly series over ten years / page of 50 services", series / page, "x", 20.0, format!("{series:.1} ms"));
    let (now, peak) = resident("self");
    report.at_most("memory with all of it", now, "MiB", 500.0, format!("at most {peak:.0} MiB, while they were recorded"));
    Ok(())
}

/// What concerns incidents and bugs, of a quarter.
fn board(period: &str, of: &str) -> String {
    let metrics = "STABILITY, CRITICAL_INCIDENTS, CRITICAL_INCIDENT_SECONDS, INCIDENTS, OPEN_BUGS, BUGS_IN_BREACH, CREATED_BUGS, RESOLVED_BUGS, REOPENED_BUGS";
    format!(
        "{{ board(period: \"{period}\"{of}, metrics: [{metrics}]) {{ figures {{ value previous points {{ value }} trend {{ direction }} }} openBugs {{ open inBreach }} }} }}"
    )
}

fn resource(number: usize) -> Arc<Resource> {
    Arc::new(Resource { id: format!("service:s{number}"), kind: Kind::Service, scope: "all".to_owned() })
}

/// The organisation, and the first run of the source, on the first day.
fn begin(store: &Store) -> anyhow::Result<()> {
    let at = Instant::from_seconds(BEGIN);
    let mut transaction = store.begin(Layer::Observed)?;
    let teams = (0..TEAMS).map(|number| (format!("team:t{number}"), Kind::Team, json!({ "ref": format!("team:t{number}") })));
    let services = (0..SERVICES).map(|number| {
        let owner = format!("team:t{}", number % TEAMS);
        let reference = format!("service:s{number}");
        let body = json!({
            "ref": reference, "owner": [owner], "title": format!("Service {number}"), "lifecycle": "production", "type": "service",
            "description": "Takes what others leave and gives what they want"
        });
        (reference, Kind::Service, body)
    });
    for (id, kind, body) in teams.chain(services) {
        let reference: EntityRef = id.parse()?;
        let no = transaction.resource("tracker", &Resource { id, kind, scope: "all".to_owned() });
        let entity = transaction.create(&reference);
        transaction.link(no, entity, "ref");
        let stream = transaction.stream(no, Facet::General, "catalog-info.yaml");
        transaction.version(stream, None, body.as_object().cloned(), None, false);
    }
    transaction.put_run(Run {
        source: "tracker".to_owned(),
        trigger: Trigger::Schedule,
        started: at,
        ended: at.plus_seconds(5),
        outcome: Outcome::Succeeded,
        interval_seconds: 900,
        extents: vec![Extent { scope: "all".to_owned(), kind: None, reading: Reading::Full, counted: None, evidence: None }],
        statements: 1,
        written: 0,
        requests: 1,
        problem_count: 0,
        problems: Vec::new(),
        missing: Vec::new(),
    });
    transaction.commit(at.plus_seconds(5))?;
    Ok(())
}

/// Events of a kind, spread over the ten years.
fn tell(store: &Store, kind: EventKind, count: usize, random: &mut Random, now: Instant) -> anyhow::Result<()> {
    let mut told = 0;
    while told < count {
        let mut transaction = store.begin(Layer::Observed)?;
        for number in told..count.min(told + AT_ONCE) {
            let resource = resource(random.heavy(1.0, 0.7, SERVICES as f64) - 1);
            let no = transaction.resource("tracker", &resource);
            let event = event(kind, number, resource, random, now);
            transaction.put_event("tracker", no, event)?;
        }
        transaction.commit(now)?;
        told += AT_ONCE;
    }
    Ok(())
}

fn event(kind: EventKind, number: usize, resource: Arc<Resource>, random: &mut Random, now: Instant) -> Event {
    let at = Instant::from_seconds(BEGIN + random.between(0, DAYS * DAY));
    let mut history = Vec::new();
    let mut later = at;
    let mut step = |random: &mut Random, most: f64, field: &str, value: &str| {
        later = later.plus_seconds(random.heavy(3_600.0, 0.8, most) as i64);
        if later < now {
            history.push(Step { at: later, set: [(field.to_owned(), Value::from(value))].into() });
        }
    };
    let body = if kind == EventKind::Bug {
        if random.chance(0.2) {
            step(random, 30.0 * 86_400.0, "priority", "high");
        }
        step(random, 400.0 * 86_400.0, "state", "resolved");
        if random.chance(0.1) {
            step(random, 60.0 * 86_400.0, "state", "open");
            step(random, 60.0 * 86_400.0, "state", "resolved");
        }
        let priority = *random.pick(&["critical", "high", "medium", "medium", "low"]);
        json!({ "key": format!("BUG-{number}"), "title": format!("What {number} does is not what it should"), "priority": priority, "production": random.chance(0.7) })
    } else {
        step(random, 3_600.0, "state", "acknowledged");
        step(random, 86_400.0, "state", "resolved");
        let severity = *random.pick(&["critical", "major", "minor", "minor", "minor"]);
        json!({ "title": format!("Incident {number}"), "severity": severity, "features": ["Booking"] })
    };
    let body = body.as_object().cloned().unwrap_or_default();
    Event { kind, id: number.to_string(), resource, at, ended: None, history, is_whole: true, body, check: None }
}
