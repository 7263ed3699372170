//! The tables of examples in `docs/metrics.md`, each row computed.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::civil::DateTime;
use serde_json::{Map, Value};

use crate::model::event::{Step, to_fields};
use crate::model::policy::{Calendar, QualityPolicy};
use crate::model::trouble::{Bug, Priority, Severity};
use crate::model::{EntityId, Instant, Period, Policy, Span, Spans, Zone};
use crate::quality::breaches::{series, verdict};
use crate::quality::bugs::Life;
use crate::quality::cuts::Cuts;
use crate::quality::delivery::{Correction, Deployment, Disturbance, delivery, links};
use crate::quality::flows::{Filter, flows};
use crate::quality::incidents::{Incident, summary};
use crate::quality::sla::Terms;
use crate::quality::stability::stability;
use crate::quality::trend::trend;

const DOCUMENT: &str = include_str!("../../docs/metrics.md");

/// A row, by the names of its columns.
struct Row(BTreeMap<&'static str, &'static str>);

impl Row {
    fn get(&self, column: &str) -> &'static str {
        self.0.get(column).unwrap_or_else(|| panic!("no column {column:?} in {:?}", self.0))
    }

    fn parts(&self, column: &str) -> impl Iterator<Item = &'static str> {
        self.get(column).split(';').map(str::trim).filter(|part| *part != "none")
    }

    fn same(&self, column: &str, found: impl ToString) {
        assert_eq!(found.to_string(), self.get(column), "{column} of {:?}", self.0);
    }

    fn same_or_unknown(&self, column: &str, found: Option<String>) {
        self.same(column, found.unwrap_or_else(|| "unknown".to_owned()));
    }
}

/// The rows of the table under `<!-- examples: NAME -->`.
fn rows(name: &str) -> Vec<Row> {
    let (_, rest) = DOCUMENT.split_once(&format!("<!-- examples: {name} -->")).unwrap();
    let mut lines = rest.lines().skip_while(|line| line.is_empty()).take_while(|line| line.starts_with('|'));
    let cells = |line: &'static str| line.trim_matches('|').split('|').map(str::trim).collect::<Vec<_>>();
    let columns = cells(lines.next().unwrap());
    let rows: Vec<Row> = lines
        .skip(1)
        .map(|line| {
            let cells = cells(line);
            assert_eq!(cells.len(), columns.len(), "{line}");
            Row(columns.iter().copied().zip(cells).collect())
        })
        .collect();
    assert!(!rows.is_empty(), "{name}");
    rows
}

/// A time on the wall.
fn local(text: &str, zone: &Zone) -> Instant {
    let time: DateTime = text.trim().parse().unwrap_or_else(|error| panic!("{text:?}: {error}"));
    time.to_zoned(zone.time_zone().clone()).unwrap().timestamp().into()
}

fn utc(text: &str) -> Instant {
    local(text, &Zone::utc())
}

fn minutes(duration: Duration) -> String {
    (duration.as_secs_f64() / 60.0).to_string()
}

#[test]
fn periods() {
    for row in rows("periods") {
        let (period, zone): (Period, Zone) = (row.get("period").parse().unwrap(), row.get("zone").parse().unwrap());
        row.same("period", period);
        row.same("first day", period.first_day());
        row.same("last day", period.last_day());
        row.same("hours", period.seconds(&zone) / 3_600);
        row.same("the one before", period.previous());
    }
}

/// `minor 2026-03-02 10:00 acknowledged 2026-03-02 10:04 then critical 2026-03-02 10:30 to 2026-03-02 11:00`, from the steps
/// that a source would tell.
fn incident(text: &str, zone: &Zone, now: Instant) -> Option<Incident> {
    let (life, end) = text.split_once(" to ").unwrap();
    let mut history = Vec::new();
    let mut step = |at: Instant, field: &str, value: Value| history.push(Step { at, set: [(field.to_owned(), value)].into() });
    let mut started = None;
    for part in life.split(" then ") {
        let (part, acknowledged) = part.split_once(" acknowledged ").map_or((part, None), |(part, at)| (part, Some(local(at, zone))));
        let (word, at) = part.trim().split_once(' ').unwrap();
        let at = local(at, zone);
        started = started.or(Some(at));
        match word {
            "cancelled" => step(at, "state", "cancelled".into()),
            "unknown" => {}
            severity => step(at, "severity", severity.into()),
        }
        if let Some(at) = acknowledged {
            step(at, "state", "acknowledged".into());
        }
    }
    if end != "now" {
        step(local(end, zone), "state", if text.starts_with("cancelled") { "cancelled" } else { "resolved" }.into());
    }
    Incident::of_event(started.unwrap(), None, &history, &Map::new(), now)
}

fn now_of(row: &Row, zone: &Zone) -> Instant {
    if row.get("now") == "over" { utc("2030-01-01 00:00") } else { local(row.get("now"), zone) }
}

#[test]
fn stabilities() {
    for row in rows("stability") {
        let (period, zone): (Period, Zone) = (row.get("period").parse().unwrap(), row.get("zone").parse().unwrap());
        let now = now_of(&row, &zone);
        let incidents: Vec<Incident> = row.parts("incidents").filter_map(|text| incident(text, &zone, now)).collect();
        let found = stability(&incidents, period.span(&zone), now, &QualityPolicy::default());
        row.same_or_unknown("impact", found.as_ref().map(|found| (found.impact_seconds() / 60.0).to_string()));
        row.same_or_unknown("stability", found.as_ref().map(|found| format!("{:.4}", found.value())));
    }
}

#[test]
fn incidents() {
    for row in rows("incidents") {
        let (period, zone): (Period, Zone) = (row.get("period").parse().unwrap(), Zone::utc());
        let now = now_of(&row, &zone);
        let incidents: Vec<Incident> = row.parts("critical incidents").filter_map(|text| incident(text, &zone, now)).collect();
        let found = summary(&incidents, Some(Severity::Critical), period.span(&zone), now);
        row.same("count", found.count);
        row.same("open", found.open);
        row.same("total", minutes(found.total));
        row.same_or_unknown("median", found.median.map(minutes));
        row.same("acknowledged", found.acknowledged);
        row.same_or_unknown("to acknowledge", found.median_to_acknowledge.map(minutes));
    }
}

#[test]
fn due_instants() {
    let mut policy = Policy::default();
    for row in rows("calendars") {
        let calendar = Calendar {
            zone: Some(row.get("zone").parse().unwrap()),
            days: row.get("days").split(' ').map(|day| serde_json::from_value(day.into()).unwrap()).collect(),
            from: row.get("from").parse().unwrap(),
            to: row.get("to").parse().unwrap(),
            holidays: row.get("holidays").split_whitespace().map(|day| day.parse().unwrap()).collect(),
        };
        policy.quality.calendars.insert(row.get("name").to_owned(), calendar);
    }
    for row in rows("due") {
        let zone: Zone = row.get("zone").parse().unwrap();
        policy.quality.sla_without_priority = Some(row.get("target").parse().unwrap());
        assert_eq!(policy.quality.check(), Ok(()));
        let created = local(row.get("created"), &zone);
        assert_eq!(Terms::of(&policy).due(created, None, created), Some(local(row.get("due"), &zone)), "{:?}", row.0);
        let remembered = Terms::new([(Instant::MIN, &policy)], Span::new(utc("2026-01-01 00:00"), utc("2027-01-01 00:00")));
        assert_eq!(remembered.due(created, None, created), Some(local(row.get("due"), &zone)), "{:?}", row.0);
    }
}

/// `2026-03-02 08:00 high; 2026-03-03 09:00 resolved`: the first part creates it.
fn bug(row: &Row) -> Life {
    let mut history = Vec::new();
    let mut created = None;
    for part in row.parts("bug") {
        let (at, word) = part.split_at(16);
        let (at, word) = (utc(at), word.trim());
        created = created.or(Some(at));
        let (field, value) = match word {
            "open" | "resolved" | "deleted" => ("state", Value::from(word)),
            "production" | "test only" => ("production", Value::from(word == "production")),
            "unprioritised" => ("priority", Value::Null),
            priority => ("priority", Value::from(priority.parse::<Priority>().unwrap().word())),
        };
        history.push(Step { at, set: [(field.to_owned(), value)].into() });
    }
    Life::of_event(created, None, &history, &to_fields(&Bug { production: true, ..Bug::default() }))
}

#[test]
fn verdicts() {
    let terms = Terms::of(&Policy::default());
    for row in rows("verdicts") {
        let (life, at) = (bug(&row), utc(row.get("asked at")));
        let found = verdict(&life, &Spans::always(), &Filter::PRODUCTION, &terms, at);
        let due = found.and_then(|found| found.due);
        row.same("due", due.map_or_else(|| "none".to_owned(), |due| due.timestamp().strftime("%Y-%m-%d %H:%M").to_string()));
        let says = match found {
            None => "not open",
            Some(found) if found.in_breach => "in breach",
            Some(found) if found.due_soon => "due soon",
            Some(found) => found.due.map_or("no SLA", |_| "in time"),
        };
        row.same("says", says);
        let cuts = Cuts::of(Span::new(utc("2026-01-01 00:00"), at.plus_micros(1)));
        let resolved = series([(&life, &Spans::always())], &Filter::PRODUCTION, &terms, &cuts).resolved[0];
        let told = [(resolved.in_time, "in time"), (resolved.late, "late")].into_iter().filter(|(count, _)| *count > 0);
        let told: Vec<String> = told.map(|(count, how)| format!("{count} {how}")).collect();
        row.same("resolved", if told.is_empty() { "none".to_owned() } else { told.join(", ") });
    }
}

#[test]
fn flows_of_bugs() {
    for row in rows("flows") {
        let period: Period = row.get("period").parse().unwrap();
        let scope = match row.get("belongs").split_once(" to ") {
            Some((from, to)) => Spans::from_iter([Span::new(utc(from), utc(to))]),
            None => Spans::always(),
        };
        let found = flows([(&bug(&row), &scope)], &Filter::PRODUCTION, &Cuts::of(period.span(&Zone::utc())))[0];
        assert!(found.adds_up());
        row.same("start", found.open_at_start);
        row.same("created", found.created);
        row.same("reopened", found.reopened);
        row.same("entered", found.entered);
        row.same("resolved", found.resolved);
        row.same("left", found.left);
        row.same("end", found.open_at_end);
    }
}

#[test]
fn deliveries() {
    let clock = |text: &str| utc(&format!("2026-03-02 {text}"));
    let service = EntityId(1);
    for row in rows("delivery") {
        // `09:00 v1 rollback with 08:00 07:00`
        let deployment = |(text, id): (&str, u64)| {
            let (text, commits) = text.split_once(" with ").map_or((text, None), |(text, commits)| (text, Some(commits)));
            let words: Vec<&str> = text.split(' ').collect();
            Deployment {
                id,
                also: Vec::new(),
                service,
                at: clock(words[0]),
                succeeded: !words.contains(&"attempt"),
                rollback: words.contains(&"rollback"),
                hotfix: words.contains(&"hotfix"),
                names: vec![words[1].to_owned()],
                commits: commits.map(|commits| commits.split(' ').map(clock).collect()),
            }
        };
        // `12:30 to 13:30 of v1`
        let incident = |(text, id): (&str, u64)| {
            let (text, cause) = text.split_once(" of ").map_or((text, None), |(text, cause)| (text, Some(cause.to_owned())));
            let (started, ended) = text.split_once(" to ").unwrap();
            let ended = (ended != "now").then(|| clock(ended));
            Disturbance { id, services: vec![service], started: clock(started), ended, cause }
        };
        let deployments: Vec<Deployment> = row.parts("deployments").zip(0..).map(deployment).collect();
        let incidents: Vec<Disturbance> = row.parts("incidents").zip(0..).map(incident).collect();
        let name = |id: u64| deployments.iter().find(|deployment| deployment.id == id).unwrap().names[0].clone();
        let says = row.get("a person says");
        let named = deployments.iter().find(|deployment| says.trim_start_matches("not ") == deployment.names[0]);
        let correction = named.map(|deployment| Correction {
            deployment: deployment.id,
            incident: 0,
            is_cause: Some(!says.starts_with("not ")),
            by: "ada".to_owned(),
            at: clock("20:00"),
        });
        assert_eq!(correction.is_none(), says == "nothing");
        let found = links(&deployments, &incidents, correction.as_slice(), &QualityPolicy::default());
        let found =
            delivery(&deployments, &incidents, &found, Span::new(clock("00:00"), clock("00:00").plus_seconds(86_400)), &Spans::always());
        row.same("deployed", found.deployments);
        assert_eq!(found.per_day.unwrap().to_string(), row.get("deployed"));
        let failed: Vec<String> = found.failed.iter().map(|failed| name(failed.deployment)).collect();
        row.same("failed", if failed.is_empty() { "none".to_owned() } else { failed.join(", ") });
        row.same_or_unknown("fail rate", found.change_fail_rate.map(|rate| format!("{rate:.2}")));
        row.same_or_unknown("recovery", found.recovery_time.map(|time| minutes(time.value)));
        row.same_or_unknown("rework rate", found.rework_rate.map(|rate| format!("{rate:.2}")));
        row.same_or_unknown("lead time", found.lead_time.map(|time| minutes(time.value)));
    }
}

#[test]
fn trends() {
    for row in rows("trend") {
        let values: Vec<Option<f64>> = row.get("values").split(' ').map(|value| value.parse().ok()).collect();
        let found = trend(&values);
        row.same("says", found.direction.words());
        row.same_or_unknown("chance", found.chance.map(|chance| format!("{chance:.4}")));
        row.same_or_unknown("slope", found.slope.map(|slope| format!("{slope:.2}")));
    }
}
