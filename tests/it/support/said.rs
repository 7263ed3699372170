//! A collector by itself: its time, one run of it, and what it said.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use serde_json::Value;
use spot::collect::http::{Outside, Patience};
use spot::collect::{Collector, Finding, Item, Memory, Sink, Summary};
use spot::model::event::add_steps;
use spot::model::{Clock, Event, Hint, Instant, Reading};
use tokio_util::sync::CancellationToken;

/// An instant.
pub(crate) fn at(text: &str) -> Instant {
    text.parse().unwrap()
}

/// A time that tests set, and that waiting moves on.
#[derive(Clone, Debug)]
pub(crate) struct Time {
    now: Arc<AtomicI64>,
    waited: Arc<AtomicI64>,
}

impl Time {
    pub(crate) fn new(now: Instant) -> Self {
        Self { now: Arc::new(AtomicI64::new(now.micros())), waited: Arc::default() }
    }

    pub(crate) fn set(&self, now: Instant) {
        self.now.store(now.micros(), Ordering::Relaxed);
    }

    pub(crate) fn now(&self) -> Instant {
        Instant::from_micros(self.now.load(Ordering::Relaxed))
    }

    pub(crate) fn clock(&self) -> Clock {
        let time = self.clone();
        Arc::new(move || time.now())
    }

    /// Seconds that were waited so far.
    pub(crate) fn waited(&self) -> i64 {
        self.waited.load(Ordering::Relaxed) / 1_000_000
    }

    /// Waiting takes simulated time alone, so that a failing server is as quick as another.
    pub(crate) fn outside(&self, patience: Patience) -> Outside {
        let time = self.clone();
        let pause = move |wait: std::time::Duration| -> futures::future::BoxFuture<'static, ()> {
            let micros = i64::try_from(wait.as_micros()).unwrap();
            time.now.fetch_add(micros, Ordering::Relaxed);
            time.waited.fetch_add(micros, Ordering::Relaxed);
            Box::pin(std::future::ready(()))
        };
        Outside { clock: self.clock(), pause: Arc::new(pause), jitter: Arc::new(|| 0.0), patience }
    }
}

/// What a run said.
pub(crate) struct Said {
    pub(crate) items: Vec<Item>,
    pub(crate) summary: Summary,
}

/// One run, of the present or of the past; what it wants to remember is in `memory` afterwards.
pub(crate) async fn run(collector: &dyn Collector, now: Instant, past: Option<Range<Instant>>, memory: &mut Memory) -> Said {
    let (sink, mut receiver) = Sink::new(64, CancellationToken::new());
    let listen = tokio::spawn(async move {
        let mut items = Vec::new();
        while let Some(item) = receiver.recv().await {
            items.push(item);
        }
        items
    });
    let summary = match past {
        None => collector.collect(now, memory, &sink).await,
        Some(range) => collector.backfill(range, memory, &sink).await,
    };
    drop(sink);
    let items = listen.await.unwrap();
    for item in &items {
        if let Item::Remember { key, value } = item {
            memory.insert(key.clone(), value.clone());
        }
    }
    Said { items, summary }
}

impl Said {
    pub(crate) fn events(&self) -> Vec<&Event> {
        self.items.iter().filter_map(|item| if let Item::Event(event) = item { Some(event) } else { None }).collect()
    }

    pub(crate) fn problems(&self) -> Vec<&str> {
        self.items.iter().filter_map(|item| if let Item::Problem(problem) = item { Some(problem.message.as_str()) } else { None }).collect()
    }

    pub(crate) fn hints(&self) -> BTreeMap<String, Vec<Hint>> {
        let hints = self.items.iter().filter_map(|item| match item {
            Item::Hints { resource, hints } => Some((resource.id.clone(), hints.clone())),
            _ => None,
        });
        hints.collect()
    }

    pub(crate) fn filled(&self) -> Vec<Range<Instant>> {
        self.items.iter().filter_map(|item| if let Item::Filled { range, .. } = item { Some(range.clone()) } else { None }).collect()
    }

    pub(crate) fn reading(&self) -> Option<Reading> {
        self.items.iter().find_map(|item| if let Item::Extent(extent) = item { Some(extent.reading) } else { None })
    }

    /// What was done of how much, at last.
    pub(crate) fn progress(&self) -> Option<(u64, u64)> {
        let mut all = self.items.iter().filter_map(|item| match item {
            Item::Progress { done, total, .. } => Some((*done, *total)),
            _ => None,
        });
        all.next_back()
    }

    /// One line for each event: see [`line`].
    pub(crate) fn lines(&self) -> Vec<String> {
        self.events().into_iter().map(line).collect()
    }

    /// Adds what was told to what is known: steps to those of before, and of the rest the last word counts.
    pub(crate) fn keep(&self, known: &mut BTreeMap<String, Event>) {
        for event in self.events() {
            match known.get_mut(&event.id) {
                Some(before) if !event.is_whole => {
                    let mut history = std::mem::take(&mut before.history);
                    add_steps(&mut history, event.history.clone());
                    *before = Event { history, is_whole: before.is_whole, ..event.clone() };
                }
                _ => drop(known.insert(event.id.clone(), event.clone())),
            }
        }
    }
}

/// An event in a line: id, what it happened to, fields but for those that repeat it, and what it went through.
pub(crate) fn line(event: &Event) -> String {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let steps = event.history.iter().map(|step| {
        let set: Vec<String> = step.set.iter().filter(|(name, _)| *name != "rawSeverity").map(|(_, value)| text(value)).collect();
        format!("{} {}", &step.at.to_string()[5..16], set.join(" "))
    });
    let steps: Vec<String> = steps.collect();
    let fields = event.body.iter().filter(|(name, _)| *name != "key").map(|(name, value)| format!("{name}={}", text(value)));
    let fields: Vec<String> = fields.collect();
    let whole = if event.is_whole { "" } else { " (part)" };
    format!("{} {} {}: [{}]{whole}", event.id, event.resource.id, fields.join(" "), steps.join(", "))
}

/// Findings of a check, one a line.
pub(crate) fn findings(found: &[Finding]) -> String {
    found.iter().map(|finding| format!("{} {:?} {}", finding.what, finding.health, finding.detail)).collect::<Vec<_>>().join("\n")
}
