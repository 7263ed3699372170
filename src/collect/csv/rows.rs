//! From lines to events. Pure.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::collect::csv::{Table, resource};
use crate::model::event::{Step, to_fields};
use crate::model::trouble::{Bug, Incident, Priority, Severity, SupportCase};
use crate::model::{Event, Instant, Zone};

/// Titles are cut to so many characters.
const MOST_IN_TITLE: usize = 500;

/// What a file says.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Read {
    pub(super) events: Vec<Event>,
    /// Lines, from 1, and what is wrong with them.
    pub(super) problems: Vec<(u32, String)>,
}

const fn columns(table: Table) -> (&'static [&'static str], &'static [&'static str]) {
    match table {
        Table::Incidents => {
            (&["id", "started"], &["title", "severity", "service", "acknowledged", "ended", "features", "impact", "postmortem", "url"])
        }
        Table::Bugs => (&["id", "created"], &["title", "priority", "service", "resolved", "production", "assignee", "url"]),
        Table::SupportCases => (&["id", "created"], &["title", "priority", "service", "solved", "features", "url"]),
    }
}

/// Reads a file; `now` bounds what may have happened.
///
/// # Errors
/// If nothing of it can be read: a column is missing, or it is no text.
pub(super) fn read(table: Table, text: &[u8], zone: &Zone, now: Instant) -> Result<Read, String> {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let text = std::str::from_utf8(text).map_err(|error| format!("it is not UTF-8, at byte {}", error.valid_up_to()))?;
    // Spreadsheets of half the world separate by semicolons.
    let first = text.lines().next().unwrap_or_default();
    let delimiter = if first.matches(';').count() > first.matches(',').count() { b';' } else { b',' };
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).delimiter(delimiter).flexible(true).from_reader(text.as_bytes());
    let headers: Vec<String> = reader.headers().map_err(|error| error.to_string())?.iter().map(str::to_lowercase).collect();
    let (needed, others) = columns(table);
    if let Some(missing) = needed.iter().find(|needed| !headers.iter().any(|header| header == *needed)) {
        let expected = needed.iter().chain(others).copied().collect::<Vec<_>>().join(", ");
        return Err(format!("there is no column {missing}; expected {expected}, found {}", headers.join(", ")));
    }
    let mut read = Read::default();
    for unknown in headers.iter().filter(|header| !needed.contains(&header.as_str()) && !others.contains(&header.as_str())) {
        read.problems.push((1, format!("the column {unknown:?} is not known and not read; expected {}", others.join(", "))));
    }
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for record in reader.records() {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                let line = error.position().map_or(0, csv::Position::line);
                read.problems.push((u32::try_from(line).unwrap_or(u32::MAX), error.to_string()));
                continue;
            }
        };
        let line = record.position().map_or(0, csv::Position::line);
        let mut row = Row { line: u32::try_from(line).unwrap_or(u32::MAX), cells: BTreeMap::new(), zone, now, problems: Vec::new() };
        row.cells = headers.iter().map(String::as_str).zip(record.iter()).filter(|(_, cell)| !cell.is_empty()).collect();
        let found = match table {
            Table::Incidents => row.incident(),
            Table::Bugs => row.bug(),
            Table::SupportCases => row.support_case(),
        };
        let problems = std::mem::take(&mut row.problems);
        read.problems.extend(problems.into_iter().map(|message| (row.line, message)));
        let Some(event) = found else { continue };
        match seen.get(&event.id) {
            None => {
                seen.insert(event.id.clone(), read.events.len());
                read.events.push(event);
            }
            Some(before) if table == Table::Bugs => {
                if let Err(message) = reopened(&mut read.events[*before], event) {
                    read.problems.push((row.line, message));
                }
            }
            Some(_) => read.problems.push((row.line, format!("the id {:?} stands there twice; the first one counts", event.id))),
        }
    }
    Ok(read)
}

/// Another stretch of time in which a bug was open; its last line says what it is now.
fn reopened(bug: &mut Event, again: Event) -> Result<(), String> {
    let over = bug.history.last().filter(|step| step.set.get("state").and_then(Value::as_str) == Some("resolved")).map(|step| step.at);
    if over.is_none_or(|over| again.at < over) {
        let open = over.map_or_else(|| "is still open".to_owned(), |over| format!("was open until {over}"));
        return Err(format!("the bug {:?} {open} by a line before, so it cannot have been opened again at {}; left out", bug.id, again.at));
    }
    bug.history.push(Step::state(again.at, "open"));
    // Its first step is the opening, which stands there now.
    bug.history.extend(again.history.into_iter().skip(1));
    (bug.ended, bug.body, bug.check) = (again.ended, again.body, again.check.or_else(|| bug.check.take()));
    Ok(())
}

/// One line.
struct Row<'a> {
    line: u32,
    cells: BTreeMap<&'a str, &'a str>,
    zone: &'a Zone,
    now: Instant,
    problems: Vec<String>,
}

impl Row<'_> {
    fn text(&self, column: &str) -> Option<String> {
        self.cells.get(column).map(|cell| (*cell).to_owned())
    }

    fn title(&self) -> String {
        self.cells.get("title").map_or_else(String::new, |title| title.chars().take(MOST_IN_TITLE).collect())
    }

    /// Names between semicolons, or commas where there are none.
    fn list(&self, column: &str) -> Vec<String> {
        let Some(cell) = self.cells.get(column) else { return Vec::new() };
        let separator = if cell.contains(';') { ';' } else { ',' };
        cell.split(separator).map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect()
    }

    fn wrong(&mut self, message: String) {
        self.problems.push(message);
    }

    /// A moment that is not to come.
    fn time(&mut self, column: &str) -> Option<Instant> {
        let cell = (*self.cells.get(column)?).to_owned();
        let Some(at) = time(&cell, self.zone) else {
            self.wrong(format!("{column}: {cell:?} is no time; expected such as 2026-03-01T10:00:00Z or 2026-03-01 10:00"));
            return None;
        };
        if at > self.now {
            self.wrong(format!("{column}: {cell:?} is to come"));
            return None;
        }
        Some(at)
    }

    /// The id and when it began, without which there is nothing.
    fn begins(&mut self, column: &str) -> Option<(String, Instant)> {
        let id = self.text("id");
        if id.is_none() {
            self.wrong("id: is empty; the line is left out".to_owned());
        }
        if !self.cells.contains_key(column) {
            self.wrong(format!("{column}: is empty; the line is left out"));
        }
        let at = self.time(column);
        Some((id?, at?))
    }

    /// A later moment of the same life.
    fn later(&mut self, column: &str, began: Instant) -> Option<Instant> {
        let at = self.time(column)?;
        if at < began {
            self.wrong(format!("{column}: {at} is before it began, at {began}; taken as over when it began"));
            return Some(began);
        }
        Some(at)
    }

    fn word<T: std::str::FromStr<Err: std::fmt::Display>>(&mut self, column: &str) -> (Option<T>, Option<String>) {
        let Some(raw) = self.text(column) else { return (None, None) };
        match raw.to_lowercase().parse() {
            Ok(word) => (Some(word), Some(raw)),
            Err(error) => {
                let message = format!("{column}: {error}; it has none");
                self.wrong(message);
                (None, Some(raw))
            }
        }
    }

    fn incident(&mut self) -> Option<Event> {
        let (id, started) = self.begins("started")?;
        let ended = self.later("ended", started);
        let acknowledged = self.time("acknowledged").filter(|at| *at >= started && ended.is_none_or(|ended| *at <= ended));
        let (severity, raw_severity) = self.word::<Severity>("severity");
        let mut services = self.list("service").into_iter();
        let service = services.next().unwrap_or_default();
        let body = Incident {
            title: self.title(),
            severity,
            raw_severity,
            features: self.list("features"),
            impact: self.text("impact"),
            also: services.collect(),
            postmortem: self.text("postmortem"),
            ..Incident::default()
        };
        let mut history = vec![Step::state(started, "triggered")];
        history.extend(acknowledged.map(|at| Step::state(at, "acknowledged")));
        history.extend(ended.map(|at| Step::state(at, "resolved")));
        Some(self.event(Table::Incidents, id, &service, started, ended, history, to_fields(&body)))
    }

    fn bug(&mut self) -> Option<Event> {
        let (id, created) = self.begins("created")?;
        let resolved = self.later("resolved", created);
        let (priority, raw_priority) = self.word::<Priority>("priority");
        let production = match self.cells.get("production").map(|cell| cell.to_lowercase()).as_deref() {
            None | Some("true" | "yes" | "1" | "x") => true,
            Some("false" | "no" | "0") => false,
            Some(other) => {
                self.wrong(format!("production: {other:?} is neither true nor false; taken as true"));
                true
            }
        };
        let service = self.text("service").unwrap_or_default();
        let (title, assignee) = (self.title(), self.text("assignee"));
        let body = Bug { key: id.clone(), title, priority, raw_priority, production, assignee, ..Bug::default() };
        let mut history = vec![Step::state(created, "open")];
        history.extend(resolved.map(|at| Step::state(at, "resolved")));
        Some(self.event(Table::Bugs, id, &service, created, resolved, history, to_fields(&body)))
    }

    fn support_case(&mut self) -> Option<Event> {
        let (id, created) = self.begins("created")?;
        let solved = self.later("solved", created);
        let (priority, raw_priority) = self.word::<Priority>("priority");
        let service = self.text("service").unwrap_or_default();
        let features = self.list("features");
        let body = SupportCase { key: id.clone(), title: self.title(), priority, raw_priority, features, status: None };
        let mut history = vec![Step::state(created, "open")];
        history.extend(solved.map(|at| Step::state(at, "solved")));
        Some(self.event(Table::SupportCases, id, &service, created, solved, history, to_fields(&body)))
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of an event")]
    fn event(
        &self,
        table: Table,
        id: String,
        service: &str,
        at: Instant,
        ended: Option<Instant>,
        history: Vec<Step>,
        body: serde_json::Map<String, Value>,
    ) -> Event {
        let check = self.text("url").filter(|url| url.starts_with("https://") || url.starts_with("http://"));
        Event { kind: table.kind(), id, resource: resource(table.word(), service), at, ended, history, is_whole: true, body, check }
    }
}

/// A moment; without an offset one of the zone, a date alone its first instant.
fn time(text: &str, zone: &Zone) -> Option<Instant> {
    if let Ok(at) = text.parse() {
        return Some(at);
    }
    if let Ok(day) = text.parse() {
        return Some(zone.start_of(day));
    }
    let civil: jiff::civil::DateTime = text.replacen(' ', "T", 1).parse().ok()?;
    Some(zone.time_zone().to_timestamp(civil).ok()?.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Instant {
        text.parse().unwrap()
    }

    fn of(table: Table, text: &str) -> Read {
        read(table, text.as_bytes(), &"Europe/Berlin".parse().unwrap(), at("2026-11-20T00:00:00Z")).unwrap()
    }

    fn steps(event: &Event) -> Vec<String> {
        event.history.iter().map(|step| format!("{} {}", step.at, step.set["state"].as_str().unwrap())).collect()
    }

    #[test]
    fn incidents_are_read_with_all_that_a_line_may_say() {
        let read = of(
            Table::Incidents,
            "id,title,severity,service,started,acknowledged,ended,features,url\n\
             1,\"Nobody, at all, can pay\",Critical,billing;ledger,2026-03-10T10:00:00Z,2026-03-10T10:05:00Z,2026-03-10T12:00:00Z,Payment;Refunds,https://x.example/1\n\
             2,,,,2026-03-11 09:00,,,,\n",
        );
        assert_eq!(read.problems, []);
        let [first, second] = read.events.try_into().unwrap();
        assert_eq!(steps(&first), ["2026-03-10T10:00:00Z triggered", "2026-03-10T10:05:00Z acknowledged", "2026-03-10T12:00:00Z resolved"]);
        assert_eq!(
            (first.resource.id.as_str(), &first.body["also"], &first.body["severity"]),
            ("billing", &serde_json::json!(["ledger"]), &serde_json::json!("critical"))
        );
        assert_eq!((first.body["title"].as_str(), first.check.as_deref()), (Some("Nobody, at all, can pay"), Some("https://x.example/1")));
        // Nine in Berlin, in winter.
        assert_eq!((second.at, second.ended, second.body.get("severity")), (at("2026-03-11T08:00:00Z"), None, None));
    }

    #[test]
    fn a_bug_is_open_for_each_of_its_lines() {
        let read = of(
            Table::Bugs,
            "id;created;resolved;priority;production\nB-1;2026-03-01;2026-03-02;high;no\nB-1;2026-03-05;;critical;yes\nB-2;2026-03-01;2026-02-01;;\n",
        );
        let [first, second] = read.events.try_into().unwrap();
        assert_eq!(steps(&first), ["2026-02-28T23:00:00Z open", "2026-03-01T23:00:00Z resolved", "2026-03-04T23:00:00Z open"],);
        assert_eq!(
            (first.ended, &first.body["priority"], &first.body["production"]),
            (None, &serde_json::json!("critical"), &serde_json::json!(true))
        );
        assert_eq!(second.ended, Some(second.at));
        let [(line, message)] = read.problems.try_into().unwrap();
        assert!(line == 4 && message.ends_with("taken as over when it began"), "{line}: {message}");
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line_and_the_rest_counts() {
        let long = "x".repeat(1_000_000);
        let text = format!(
            "id,created,priority,features,colour\n,2026-03-01,,,\n1,yesterday,,,\n2,2027-01-01,,,\n3,2026-03-01,urgent,,\n4,2026-03-02,low,{long},red\n4,2026-03-03,,,\n"
        );
        let read = of(Table::SupportCases, &text);
        assert_eq!(read.events.iter().map(|event| event.id.as_str()).collect::<Vec<_>>(), ["3", "4"]);
        let said: Vec<String> = read.problems.iter().map(|(line, message)| format!("{line}: {message}")).collect();
        for (said, expected) in said.iter().zip([
            "1: the column \"colour\" is not known and not read",
            "2: id: is empty; the line is left out",
            "3: created: \"yesterday\" is no time; expected such as 2026-03-01T10:00:00Z",
            "4: created: \"2027-01-01\" is to come",
            "5: priority: \"urgent\" is no priority; expected one of critical, high, medium, low; it has none",
            "7: the id \"4\" stands there twice; the first one counts",
        ]) {
            assert!(said.starts_with(expected), "{said}");
        }
        assert_eq!(said.len(), 6, "{said:?}");
        let wrong = super::read(Table::Bugs, b"id,title\n", &Zone::utc(), at("2026-11-20T00:00:00Z")).unwrap_err();
        assert!(wrong.starts_with("there is no column created; expected id, created, title"), "{wrong}");
        assert!(super::read(Table::Bugs, b"id,created\n\xff", &Zone::utc(), Instant::MAX).unwrap_err().contains("not UTF-8, at byte 11"));
    }
}
