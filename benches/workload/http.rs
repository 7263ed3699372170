//! What `spot serve` answers over HTTP, against a handler that greets in JSON.
//!
//! Real HTTP to real processes, on a copy of the store that `storage` left: a server seals the days up to now, which
//! would change what the other parts read. Everything is asked in rounds, and a figure is the median of the ratios
//! within a round, so that what else the machine does touches both sides.
//!
//! *Cached* is the same body again and again. *Uncached* is a text that was never seen before: not answered, not even
//! parsed; the note on a known text is what a program with variables sees.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, ensure};
use axum::routing::get;
use serde_json::{Value, json};
use spot::model::Day;

use crate::Arguments;
use crate::client::{self, answer, load};
use crate::measure::{Report, median};
use crate::program::{Server, succeed};
use crate::workload::FIRST_DAY;
use crate::workload::random::Random;

const ROUNDS: usize = 11;

/// Ten fields that the workload fills.
const FIELDS: &str = "id ref name title description owner { name } type lifecycle topics path";

/// What is asked in every round; those that end in `then` at a random day of year 1.
const QUESTIONS: [&str; 12] = [
    "page",
    "page, known text",
    "page, then",
    "filtered",
    "filtered, then",
    "search",
    "search, then",
    "timeline",
    "timeline, counted",
    "timeline, when",
    "difference",
    "page of quality",
];

/// Makes questions, no two of which are the same.
struct Asking {
    random: Random,
    /// Days of the store, and those of its first year.
    days: i32,
    year: i32,
    /// Names of services and words of their titles.
    services: Vec<String>,
    words: Vec<String>,
    asked: usize,
}

impl Asking {
    fn body(&mut self, name: &str) -> Value {
        self.asked += 1;
        let asked = self.asked;
        let at = if name.ends_with("then") { format!(", at: \"{}\"", day(self.day_before(self.year))) } else { String::new() };
        let text = match name.split(',').next().unwrap_or_default() {
            "page" => page(&at),
            "filtered" => format!(
                "services(first: 50, filter: {{ defined: true, lifecycle: [\"production\"] }}, orderBy: {{ field: OWNER, direction: DESC }}{at}) {{ \
                 totalCount nodes {{ {FIELDS} }} }}"
            ),
            "search" => {
                let word = self.random.pick(&self.words);
                format!("search(first: 20, text: \"{word}\"{at}) {{ totalCount nodes {{ quality entity {{ ref title }} }} }}")
            }
            "timeline" => {
                let (service, to) = (self.random.pick(&self.services).clone(), self.days - 1);
                let (from, to) = (day(to - self.year), day(to));
                let (first, fields) = match name {
                    "timeline, counted" => (0, ""),
                    "timeline, when" => (50, "nodes { ... on Change { at } }"),
                    _ => (50, "nodes { ... on Change { at field kind before after } }"),
                };
                format!("timeline(first: {first}, of: [\"{service}\"], from: \"{from}\", to: \"{to}\") {{ totalCount {fields} }}")
            }
            "difference" => {
                let to = self.day_before(self.days);
                let (from, to) = (day(to - 1), day(to));
                format!("diff(first: 50, from: \"{from}\", to: \"{to}\") {{ totalCount nodes {{ entity {{ ref }} field before after }} }}")
            }
            _ => "services(first: 50, filter: { defined: true }) { totalCount nodes { ref facets(facets: [QUALITY]) { fields { field value } } } }".to_owned(),
        };
        match name {
            "page, known text" => json!({"query": format!("{{ {text} }}"), "extensions": {"number": asked}}),
            _ => json!({"query": format!("{{ {text} }} # {asked}")}),
        }
    }

    /// A day, but neither of the first two, as there is nothing to compare the first with.
    fn day_before(&mut self, end: i32) -> i32 {
        2 + self.random.below((end - 2).max(1) as usize) as i32
    }
}

/// Services that a source defines: there is nothing to say of those that are merely mentioned.
fn page(at: &str) -> String {
    format!("services(first: 50, filter: {{ defined: true }}{at}) {{ totalCount nodes {{ {FIELDS} }} }}")
}

fn day(number: i32) -> String {
    Day::from_number(FIRST_DAY + number).to_string()
}

/// Seconds for a request and the server's processor seconds for it, by what was asked.
type Round = BTreeMap<&'static str, (f64, f64)>;

pub fn run(arguments: &Arguments, folder: &Path, report: &mut Report) -> anyhow::Result<()> {
    let (store, served) = (folder.join("store"), folder.join("served"));
    ensure!(store.is_dir(), "there is no store: run `storage` before, with the same --keep FOLDER");
    let _ = std::fs::remove_dir_all(&served);
    succeed(std::process::Command::new("cp").arg("-R").arg(&store).arg(&served))?;
    let (spot, hello) = (Server::spot(folder, &served)?, Server::hello()?);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let rounds = runtime.block_on(rounds(arguments, &spot, &hello, report))?;
    drop((spot, hello));
    std::fs::remove_dir_all(&served)?;

    let ratio = |of: &str, to: &str| median(rounds.iter().map(|round| round[of].0 / round[to].0).collect());
    let rate = |of: &str| format!("{:.0} a second", 1.0 / median(rounds.iter().map(|round| round[of].0).collect()));
    let against = |of: &str| format!("{}; hello: {}", rate(of), rate("hello"));
    report.at_least("page over HTTP, uncached / hello", ratio("hello", "page"), "x", 0.05, against("page"));
    report.at_least("page over HTTP, cached / hello", ratio("hello", "cached"), "x", 0.6, against("cached"));
    report.note("page over HTTP, known text / hello", ratio("hello", "page, known text"), "x", rate("page, known text"));
    for of in ["hello", "cached", "page, known text", "page", "timeline", "timeline, counted", "timeline, when"] {
        let cpu = rounds.iter().map(|round| round[of].1).sum::<f64>() / rounds.len() as f64;
        report.note(&format!("server CPU of a request: {of}"), cpu * 1e3, "ms", String::new());
    }
    report.at_most("a year's timeline of one entity / page", ratio("timeline", "page"), "x", 0.3, rate("timeline"));
    report.at_most("difference of two days, everything / page", ratio("difference", "page"), "x", 10.0, rate("difference"));
    for (of, then) in [("page", "page, then"), ("filtered", "filtered, then"), ("search", "search, then")] {
        report.at_most(&format!("{of} over HTTP, year 1 / today"), ratio(then, of), "x", 1.5, rate(of));
    }
    report.note("page of quality, with its sources / page", ratio("page of quality", "page"), "x", rate("page of quality"));
    Ok(())
}

async fn rounds(arguments: &Arguments, spot: &Server, hello: &Server, report: &mut Report) -> anyhow::Result<Vec<Round>> {
    let ask = |body: &Value| client::question(spot.address, body);
    let ready = ask(&json!({"query": "{ store { rebuilding } }"}));
    while !answer(spot.address, &ready).await?["data"]["store"]["rebuilding"].is_null() {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    let known =
        answer(spot.address, &ask(&json!({"query": "{ services(first: 500, filter: { defined: true }) { nodes { ref title } } }"})))
            .await?;
    let nodes = known["data"]["services"]["nodes"].as_array().context("a list of services")?;
    let text = |field: &str| nodes.iter().filter_map(|node| node[field].as_str().map(str::to_owned)).collect::<Vec<_>>();
    let words = text("title").iter().filter_map(|title| title.split(' ').next().map(str::to_owned)).collect();
    let (days, random) = (arguments.days, Random::new(arguments.seed + 8));
    let mut asking = Asking { random, days, year: days.min(365), services: text("ref"), words, asked: 0 };
    ensure!(!asking.services.is_empty(), "the store has no services");

    for name in QUESTIONS {
        let answered = answer(spot.address, &ask(&asking.body(name))).await?;
        ensure!(answered.get("errors").is_none(), "{name}: {answered}");
        let found = answered["data"].as_object().and_then(|data| data.values().next()?["totalCount"].as_f64());
        report.note(&format!("found by {name}"), found.context("a count")?, "", format!("{} bytes", answered.to_string().len()));
    }
    let same = ask(&json!({"query": format!("{{ {} }}", page(""))}));
    let (many, few) = (arguments.requests, arguments.requests / 10 + 1);
    let mut rounds = Vec::new();
    // The first round warms up and is not counted.
    for _ in 0..=ROUNDS {
        let mut round = Round::new();
        round.insert("hello", measured(hello, vec![client::get(hello.address)], many).await?);
        round.insert("cached", measured(spot, vec![same.clone()], many).await?);
        for name in QUESTIONS {
            let requests = (0..few).map(|_| ask(&asking.body(name))).collect();
            round.insert(name, measured(spot, requests, few).await?);
        }
        rounds.push(round);
    }
    Ok(rounds.split_off(1))
}

async fn measured(server: &Server, requests: Vec<Vec<u8>>, count: usize) -> anyhow::Result<(f64, f64)> {
    let before = server.cpu();
    let seconds = load(server.address, requests, count).await?;
    Ok((seconds, (server.cpu() - before) / count as f64))
}

/// In a process of its own: greets whoever asks, until the parent is gone.
pub fn child_hello() -> anyhow::Result<()> {
    std::thread::spawn(|| {
        let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
        std::process::exit(0)
    });
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        println!("{}", listener.local_addr()?);
        let greet = async || axum::Json(json!({"hello": "world"}));
        Ok(axum::serve(listener, axum::Router::new().route("/", get(greet))).await?)
    })
}
