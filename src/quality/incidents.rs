//! The life of an incident, and what the incidents of a period come to.
//!
//! # Invariants
//! - Durations come from the incident's own times; an open one lasts until now.
//! - An incident that ended before it began has no length, but it happened: it is counted.
//! - A cancelled one was none: it has no life.
//! - An incident is as severe as it ever was by the asked moment, wherever it is counted once.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::model::event::{Step, fields_at};
use crate::model::trouble::Severity;
use crate::model::{Instant, Span};

/// A stretch of an incident in which its severity was the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Its time; [`Instant::MAX`] as end of what is still going on.
    pub span: Span,
    /// How bad it was; absent if the source does not say.
    pub severity: Option<Severity>,
}

/// When an incident went on and how bad it was, as known at some moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incident {
    started: Instant,
    pieces: Vec<Piece>,
    severity: Option<Severity>,
    acknowledged: Option<Instant>,
    features: Vec<String>,
}

impl Incident {
    /// From its pieces. They are put in order, and each ends at the latest where the next one begins. Nothing without one.
    #[must_use]
    pub fn new(mut pieces: Vec<Piece>, acknowledged: Option<Instant>, features: Vec<String>) -> Option<Self> {
        pieces.sort_by_key(|piece| piece.span.from);
        let started = pieces.first()?.span.from;
        let severity = pieces.iter().filter_map(|piece| piece.severity).max();
        for index in 1..pieces.len() {
            let next = pieces[index].span.from;
            pieces[index - 1].span.to = pieces[index - 1].span.to.min(next);
        }
        pieces.retain(|piece| !piece.span.is_empty());
        Some(Self { started, pieces, severity, acknowledged: acknowledged.map(|at| at.max(started)), features })
    }

    /// From what an event of kind incident tells, as known at `now`: see [`Course::known_at`].
    #[must_use]
    pub fn of_event(at: Instant, ended: Option<Instant>, history: &[Step], body: &Map<String, Value>, now: Instant) -> Option<Self> {
        Course::of_event(at, ended, history, body).known_at(now)
    }

    /// When it began.
    #[must_use]
    pub const fn started(&self) -> Instant {
        self.started
    }

    /// When it went on and how bad it was, in order; nothing if it has no length.
    #[must_use]
    pub fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// The worst that it was; absent if that was never said.
    #[must_use]
    pub const fn severity(&self) -> Option<Severity> {
        self.severity
    }

    /// When somebody first said that they look at it.
    #[must_use]
    pub const fn acknowledged(&self) -> Option<Instant> {
        self.acknowledged
    }

    /// What customers could not do, by name.
    #[must_use]
    pub fn features(&self) -> &[String] {
        &self.features
    }

    /// True if it is still going on.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.pieces.last().is_some_and(|piece| piece.span.to == Instant::MAX)
    }

    /// When it was over for good, if it is; the start if it has no length.
    #[must_use]
    pub fn ended(&self) -> Option<Instant> {
        if self.is_open() { None } else { Some(self.pieces.last().map_or(self.started, |piece| piece.span.to)) }
    }

    /// How long it went on, in microseconds, up to now if it still does.
    #[must_use]
    pub fn micros(&self, now: Instant) -> i64 {
        self.pieces.iter().map(|piece| piece.span.and(Span::new(Instant::MIN, now)).micros()).sum()
    }

    /// What is counted of it, up to now.
    #[must_use]
    pub fn brief(&self, now: Instant) -> Brief {
        Brief {
            started: self.started,
            severity: self.severity,
            is_open: self.is_open(),
            micros: self.micros(now),
            waited: self.acknowledged.map(|at| Span::new(self.started, at).micros()),
        }
    }
}

/// All that is counted of an incident, so that it can be told how it was known at any moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Course {
    #[serde(rename = "s")]
    started: Instant,
    /// When it was over by the event itself; counts where the history tells of no resolution.
    #[serde(rename = "e", default, skip_serializing_if = "Option::is_none")]
    ended: Option<Instant>,
    /// As it began.
    #[serde(rename = "w", default, skip_serializing_if = "Option::is_none")]
    severity: Option<Severity>,
    /// In order of time.
    #[serde(rename = "t", default)]
    turns: Box<[Turn]>,
    /// What customers could not do.
    #[serde(rename = "f", default)]
    features: Box<[Box<str>]>,
    /// Ids of the other resources that it happened to.
    #[serde(rename = "a", default)]
    also: Box<[Box<str>]>,
    /// The deployment that brought it about, if its source names one.
    #[serde(rename = "c", default, skip_serializing_if = "Option::is_none")]
    cause: Option<Box<str>>,
}

/// A step of an incident that counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Turn {
    #[serde(rename = "t")]
    at: Instant,
    #[serde(rename = "s", default, skip_serializing_if = "Option::is_none")]
    state: Option<State>,
    /// Given if the step says something about it; the inner one is absent where it takes the severity away.
    #[serde(rename = "w", default, skip_serializing_if = "Option::is_none", with = "said")]
    severity: Option<Option<Severity>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum State {
    Triggered,
    Acknowledged,
    Resolved,
    Cancelled,
}

/// What a step says about severity, which may be that there is none: that is not the same as saying nothing.
mod said {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use crate::model::trouble::Severity;

    #[expect(clippy::ref_option, clippy::option_option, reason = "the shape that serde asks for")]
    pub(super) fn serialize<S: Serializer>(value: &Option<Option<Severity>>, serializer: S) -> Result<S::Ok, S::Error> {
        value.unwrap_or_default().serialize(serializer)
    }

    #[expect(clippy::option_option, reason = "the shape that serde asks for")]
    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<Severity>>, D::Error> {
        Option::<Severity>::deserialize(deserializer).map(Some)
    }
}

impl Course {
    /// From what an event of kind incident tells.
    #[must_use]
    pub fn of_event(at: Instant, ended: Option<Instant>, history: &[Step], body: &Map<String, Value>) -> Self {
        let severity_of = |value: Option<&Value>| value.and_then(Value::as_str).and_then(|word| word.parse::<Severity>().ok());
        let state_of = |value: &Value| match value.as_str()? {
            "triggered" => Some(State::Triggered),
            "acknowledged" => Some(State::Acknowledged),
            "resolved" => Some(State::Resolved),
            "cancelled" => Some(State::Cancelled),
            _ => None,
        };
        let turn = |step: &Step| Turn {
            at: step.at,
            state: step.set.get("state").and_then(state_of),
            severity: step.set.get("severity").map(|value| severity_of(Some(value))),
        };
        let mut turns: Vec<Turn> = history.iter().map(turn).filter(|turn| turn.state.is_some() || turn.severity.is_some()).collect();
        turns.sort_by_key(|turn| turn.at);
        let texts = |field: &str| -> Box<[Box<str>]> {
            body.get(field).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).map(Box::from).collect()
        };
        Self {
            started: at,
            ended,
            severity: severity_of(fields_at(body, history, at).get("severity")),
            turns: turns.into(),
            features: texts("features"),
            also: texts("also"),
            cause: body.get("deployment").and_then(Value::as_str).map(Box::from),
        }
    }

    /// When it began.
    #[must_use]
    pub const fn started(&self) -> Instant {
        self.started
    }

    /// When nothing more happened to it, as far as is known; [`Instant::MAX`] as long as it goes on.
    #[must_use]
    pub fn end(&self) -> Instant {
        let last = self.turns.last().map_or(self.started, |turn| turn.at);
        let mut states = self.turns.iter().rev().filter_map(|turn| turn.state);
        match (states.next(), self.ended) {
            (Some(State::Resolved | State::Cancelled), _) => last,
            // One that was triggered again after its resolution goes on, whenever the event itself ended.
            (_, Some(ended)) if !states.any(|state| state == State::Resolved) => ended.max(last),
            _ => Instant::MAX,
        }
        .max(self.started)
    }

    /// Ids of the other resources of its source that it happened to.
    pub fn also(&self) -> impl Iterator<Item = &str> {
        self.also.iter().map(AsRef::as_ref)
    }

    /// The deployment that brought it about, if its source names one.
    #[must_use]
    pub fn cause(&self) -> Option<&str> {
        self.cause.as_deref()
    }

    /// How it was known at `now`: steps after it did not happen yet, and severity is that of the history where it has one.
    /// Nothing if it was cancelled by then, or began later.
    #[must_use]
    pub fn known_at(&self, now: Instant) -> Option<Incident> {
        let at = self.started;
        let turns = &self.turns[..self.turns.partition_point(|turn| turn.at <= now)];
        if at > now || turns.iter().rev().find_map(|turn| turn.state) == Some(State::Cancelled) {
            return None;
        }
        let mut severity = self.severity;
        let (mut open, mut since) = (true, at);
        let mut pieces = Vec::new();
        let mut acknowledged = None;
        let mut is_resolved = false;
        for turn in turns {
            let when = turn.at.max(at);
            let was = (open, severity);
            match turn.state {
                Some(State::Triggered) => open = true,
                Some(State::Acknowledged) => {
                    open = true;
                    acknowledged = acknowledged.or(Some(when));
                }
                Some(State::Resolved) => {
                    open = false;
                    is_resolved = true;
                }
                Some(State::Cancelled) | None => {}
            }
            severity = turn.severity.unwrap_or(severity);
            if was != (open, severity) {
                if was.0 {
                    pieces.push(Piece { span: Span::new(since, when), severity: was.1 });
                }
                since = when;
            }
        }
        if open {
            let end = self.ended.filter(|end| !is_resolved && *end <= now).unwrap_or(Instant::MAX);
            pieces.push(Piece { span: Span::new(since, end), severity });
        }
        Incident::new(pieces, acknowledged, self.features.iter().map(|feature| String::from(&**feature)).collect())
    }
}

/// What is counted of an incident as known at some moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Brief {
    /// When it began.
    pub started: Instant,
    /// The worst that it was; absent if that was never said.
    pub severity: Option<Severity>,
    /// It still goes on.
    pub is_open: bool,
    /// Microseconds for which it went on; of one that still does those up to the moment.
    pub micros: i64,
    /// Microseconds until somebody said that they look at it, if anybody did.
    pub waited: Option<i64>,
}

/// What some incidents come to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// How many.
    pub count: usize,
    /// How many of them still go on.
    pub open: usize,
    /// How long they went on in all, each by itself; those that still do up to now.
    pub total: Duration,
    /// Half of them were shorter; nothing without any.
    pub median: Option<Duration>,
    /// How many were acknowledged: what the next figure is made of.
    pub acknowledged: usize,
    /// Half of those were acknowledged faster; nothing if none was.
    pub median_to_acknowledge: Option<Duration>,
}

impl Summary {
    /// Of these.
    #[must_use]
    pub fn of(briefs: impl IntoIterator<Item = Brief>) -> Self {
        let (mut open, mut lasted, mut waited) = (0, Vec::new(), Vec::new());
        for brief in briefs {
            open += usize::from(brief.is_open);
            lasted.push(brief.micros);
            waited.extend(brief.waited);
        }
        Self {
            count: lasted.len(),
            open,
            total: duration(lasted.iter().sum()),
            acknowledged: waited.len(),
            median: median(lasted).map(duration),
            median_to_acknowledge: median(waited).map(duration),
        }
    }
}

/// Sums up the incidents of a severity (of any if none is given) that started in a span.
#[must_use]
pub fn summary<'i>(incidents: impl IntoIterator<Item = &'i Incident>, severity: Option<Severity>, span: Span, now: Instant) -> Summary {
    let counts = |incident: &&Incident| span.contains(incident.started) && (severity.is_none() || incident.severity == severity);
    Summary::of(incidents.into_iter().filter(counts).map(|incident| incident.brief(now)))
}

/// The middle of some numbers, of an even count the mean of both in the middle, rounded down.
#[must_use]
pub(crate) fn median(mut values: Vec<i64>) -> Option<i64> {
    if values.is_empty() {
        return None;
    }
    let middle = values.len() / 2;
    let is_odd = values.len() % 2 == 1;
    let (below, upper, _) = values.select_nth_unstable(middle);
    let lower = below.iter().max().copied().filter(|_| !is_odd).unwrap_or(*upper);
    Some(lower + (*upper - lower) / 2)
}

/// Microseconds as a length; negative ones have none.
pub(crate) fn duration(micros: i64) -> Duration {
    Duration::from_micros(u64::try_from(micros).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::event::to_fields;
    use crate::model::trouble::Incident as Body;

    const fn at(minute: i64) -> Instant {
        Instant::from_seconds(minute * 60)
    }

    fn step(minute: i64, field: &str, value: &str) -> Step {
        Step { at: at(minute), set: [(field.to_owned(), Value::from(value))].into() }
    }

    fn body(severity: Severity) -> Map<String, Value> {
        to_fields(&Body { severity: Some(severity), features: vec!["checkout".to_owned()], ..Body::default() })
    }

    fn lengths(incident: &Incident) -> Vec<(i64, i64, Option<Severity>)> {
        let minute = |at: Instant| if at == Instant::MAX { -1 } else { at.micros() / 60_000_000 };
        incident.pieces.iter().map(|piece| (minute(piece.span.from), minute(piece.span.to), piece.severity)).collect()
    }

    #[test]
    fn severity_and_state_change_over_time() {
        let history = [
            step(10, "state", "triggered"),
            step(10, "severity", "minor"),
            step(15, "state", "acknowledged"),
            step(20, "severity", "critical"),
            step(40, "state", "resolved"),
            step(50, "state", "triggered"),
        ];
        let incident = Incident::of_event(at(10), None, &history, &body(Severity::Critical), at(99)).unwrap();
        let (minor, critical) = (Some(Severity::Minor), Some(Severity::Critical));
        assert_eq!(lengths(&incident), [(10, 20, minor), (20, 40, critical), (50, -1, critical)]);
        assert_eq!((incident.micros(at(60)), incident.acknowledged, incident.is_open()), (40 * 60_000_000, Some(at(15)), true));
        let before = Incident::of_event(at(10), None, &history, &body(Severity::Critical), at(18)).unwrap();
        assert_eq!((lengths(&before), before.severity), (vec![(10, -1, minor)], minor), "what came later was not known");
        let course = Course::of_event(at(10), None, &history, &body(Severity::Critical));
        assert_eq!(serde_json::from_slice::<Course>(&serde_json::to_vec(&course).unwrap()).unwrap(), course);
        assert_eq!((course.end(), course.started()), (Instant::MAX, at(10)));
        let course = Course::of_event(at(10), Some(at(40)), &history, &body(Severity::Critical));
        assert_eq!((course.end(), course.known_at(at(60)).unwrap().is_open()), (Instant::MAX, true));
    }

    #[test]
    fn one_that_ended_before_it_began_is_counted_without_length() {
        let odd = Incident::of_event(at(10), Some(at(5)), &[], &body(Severity::Critical), at(99)).unwrap();
        assert_eq!((odd.micros(at(99)), odd.is_open(), odd.ended(), odd.severity), (0, false, Some(at(10)), Some(Severity::Critical)));
        let history = [step(5, "state", "resolved")];
        assert_eq!(Incident::of_event(at(10), None, &history, &body(Severity::Critical), at(99)), Some(odd.clone()));
        let summary = summary([&odd], Some(Severity::Critical), Span::new(at(10), at(11)), at(99));
        assert_eq!((summary.count, summary.total, summary.median), (1, Duration::ZERO, Some(Duration::ZERO)));
    }

    #[test]
    fn a_cancelled_one_was_none_from_when_that_was_known() {
        let history = [step(10, "state", "triggered"), step(20, "state", "cancelled")];
        let known = |now| Incident::of_event(at(10), None, &history, &body(Severity::Major), now);
        assert_eq!((known(at(9)).is_some(), known(at(19)).is_some(), known(at(20)).is_some()), (false, true, false));
    }

    #[test]
    fn medians_are_of_what_is_known() {
        let piece = |from, to| Piece { span: Span::new(at(from), at(to)), severity: Some(Severity::Critical) };
        let incident = |from, to, acknowledged: Option<i64>| {
            Incident::new(vec![piece(from, to)], acknowledged.map(at), vec!["search".to_owned()]).unwrap()
        };
        let incidents = [incident(0, 10, Some(4)), incident(20, 50, None), incident(30, 31, Some(20)), incident(99, 100, None)];
        let summary = summary(&incidents, None, Span::new(at(0), at(60)), at(200));
        assert_eq!((summary.count, summary.total.as_secs(), summary.median.unwrap().as_secs()), (3, 41 * 60, 600));
        assert_eq!((summary.acknowledged, summary.median_to_acknowledge.unwrap().as_secs()), (2, 120));
    }
}
