//! Sources of deployments: Argo CD, Jenkins, and what is pushed, well and ill.

mod argocd;
mod causes;
mod cdevents;
mod company;
mod jenkins;
mod webhook;

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use serde_json::Value;
use spot::collect::http::{Outside, Patience};
use spot::collect::{Collector, Item, Memory, Sink, Summary};
use spot::demo::serve::{Asked, Fault, Server};
use spot::model::run::Reading;
use spot::model::{Clock, Event, Hint, Instant};
use tokio_util::sync::CancellationToken;

fn at(text: &str) -> Instant {
    text.parse().unwrap()
}

/// A time that tests set.
#[derive(Clone, Debug)]
struct Time(Arc<AtomicI64>);

impl Time {
    fn at(text: &str) -> Self {
        Self(Arc::new(AtomicI64::new(at(text).micros())))
    }

    fn set(&self, text: &str) {
        self.0.store(at(text).micros(), Ordering::Relaxed);
    }

    fn now(&self) -> Instant {
        Instant::from_micros(self.0.load(Ordering::Relaxed))
    }

    fn clock(&self) -> Clock {
        let time = self.clone();
        Arc::new(move || time.now())
    }

    /// Waiting takes no time, so that a failing server is as quick as another.
    fn outside(&self) -> Outside {
        Outside {
            clock: self.clock(),
            pause: Arc::new(|_| Box::pin(std::future::ready(()))),
            jitter: Arc::new(|| 0.0),
            patience: Patience::default(),
        }
    }
}

/// What a run said.
struct Said {
    items: Vec<Item>,
    summary: Summary,
}

/// One run, after which `memory` holds what it wants to remember.
async fn run(collector: &dyn Collector, now: Instant, past: Option<Range<Instant>>, memory: &mut Memory) -> Said {
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
            match value {
                Value::Null => memory.remove(key),
                value => memory.insert(key.clone(), value.clone()),
            };
        }
    }
    Said { items, summary }
}

impl Said {
    fn events(&self) -> Vec<&Event> {
        let events = self.items.iter().filter_map(|item| if let Item::Event(event) = item { Some(event) } else { None });
        events.collect()
    }

    /// One line for each event: id, states with times of day, and some fields.
    fn lines(&self) -> Vec<String> {
        self.events().into_iter().map(line).collect()
    }

    fn problems(&self) -> Vec<&str> {
        let problems =
            self.items.iter().filter_map(|item| if let Item::Problem(problem) = item { Some(problem.message.as_str()) } else { None });
        problems.collect()
    }

    fn hints(&self) -> BTreeMap<String, Vec<Hint>> {
        let hints = self.items.iter().filter_map(|item| match item {
            Item::Hints { resource, hints } => Some((resource.id.clone(), hints.clone())),
            _ => None,
        });
        hints.collect()
    }

    fn reading(&self) -> Option<(Reading, Option<u64>)> {
        self.items.iter().find_map(|item| if let Item::Extent(extent) = item { Some((extent.reading, extent.counted)) } else { None })
    }
}

fn line(event: &Event) -> String {
    let steps: Vec<String> =
        event.history.iter().map(|step| format!("{} {}", step.set["state"].as_str().unwrap_or("?"), &step.at.to_string()[5..16])).collect();
    let field = |name: &str| {
        event.body.get(name).map_or_else(|| "-".to_owned(), |value| value.as_str().map_or_else(|| value.to_string(), str::to_owned))
    };
    let fields: Vec<String> = ["environment", "region", "version", "commit", "by"].into_iter().map(field).collect();
    format!("{}: {} [{}]", event.id, fields.join(" "), steps.join(", "))
}

/// Every answer of paths that end like this goes wrong.
fn fail(server: &Server, path: &'static str, fault: Fault) {
    server.set_faults(Some(Arc::new(move |asked: &Asked<'_>| asked.path.ends_with(path).then(|| fault.clone()))));
}

fn answer(status: u16, body: &str) -> Fault {
    Fault::Answer { status, headers: Vec::new(), body: body.to_owned() }
}

/// Fails if an answer is not of the shape that its source publishes.
fn judge(file: &str, contract: &str, answer: &Value) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/contracts").join(file);
    let mut schema: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    schema["$ref"] = format!("#/$defs/{contract}").into();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<String> = validator.iter_errors(answer).map(|error| format!("{error} at {}", error.instance_path())).collect();
    assert!(errors.is_empty(), "{contract}: {errors:?}\n{answer}");
}
