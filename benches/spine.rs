//! `make bench`: the figures of `docs/benchmarks.md`, each against something measured in the same run.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program for people to read")]
#![expect(clippy::cast_precision_loss, reason = "figures for people")]
#![expect(unreachable_pub, reason = "the modules of a benchmark have no outside")]

#[path = "workload/backfill.rs"]
mod backfill;
#[path = "../tests/it/support/binary.rs"]
mod binary;
#[path = "workload/board.rs"]
mod board;
#[path = "workload/client.rs"]
mod client;
#[path = "workload/clusters.rs"]
mod clusters;
#[path = "workload/entities.rs"]
mod entities;
#[path = "workload/http.rs"]
mod http;
#[path = "workload/limit.rs"]
mod limit;
#[path = "workload/measure.rs"]
mod measure;
#[path = "workload/monorepo.rs"]
mod monorepo;
#[path = "workload/program.rs"]
mod program;
#[path = "workload/reads.rs"]
mod reads;
#[path = "workload/sources.rs"]
mod sources;
#[path = "workload/storage.rs"]
mod storage;
mod workload;

use std::path::PathBuf;

use anyhow::{Context, bail};
use measure::Report;

/// As in the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What to run, from the command line.
#[derive(Clone, Debug)]
pub struct Arguments {
    days: i32,
    factor: f64,
    seed: u64,
    json: Option<PathBuf>,
    keep: Option<PathBuf>,
    limit_days: i32,
    /// Requests of a round over HTTP; a tenth of them where each is answered anew.
    requests: usize,
    only: Option<String>,
}

const PARTS: [&str; 8] = ["storage", "reads", "http", "entities", "backfill", "sources", "clusters", "board"];

const USAGE: &str = "\
cargo bench --bench spine -- [--quick] [--days N] [--factor X] [--seed N] [--requests N]
                             [--only PART,...] [--keep FOLDER] [--json FILE]

The parts, in this order; all of them unless some are named:
  storage   writes the workload: disk, commits, opening, memory, rebuilding
  reads     the past against today, in the store that storage left
  http      the real binary on that store: requests a second against a hello handler, the past against today
  entities  ten times the entities, on two small stores of its own
  backfill  two years of a git repository with 5,000 commits, by the real binary
  sources   a day's collection from the demo company's systems, by the real binary
  clusters  50,000 pods in ten clusters, and a storm of events while they are watched, by the real binary
  board     the quality board over 1,000,000 bugs and 50,000 incidents of ten years, against a page of 50 services

What storage left is gone at the end unless --keep names a folder; then reads and http can be repeated alone.";

fn main() -> anyhow::Result<()> {
    let mut arguments =
        Arguments { days: 1_095, factor: 1.0, seed: 1, json: None, keep: None, limit_days: 140, requests: 4_000, only: None };
    let mut given = std::env::args().skip(1);
    while let Some(argument) = given.next() {
        let mut value = || given.next().with_context(|| format!("{argument} needs a value; {USAGE}"));
        match argument.as_str() {
            "--bench" => {}
            "--help" => {
                println!("{USAGE}");
                return Ok(());
            }
            "--quick" => {
                (arguments.days, arguments.factor, arguments.limit_days, arguments.requests) = (150, 0.1, 140, 1_000);
            }
            "--days" => arguments.days = value()?.parse()?,
            "--factor" => arguments.factor = value()?.parse()?,
            "--seed" => arguments.seed = value()?.parse()?,
            "--requests" => arguments.requests = value()?.parse()?,
            "--json" => arguments.json = Some(value()?.into()),
            "--keep" => arguments.keep = Some(value()?.into()),
            "--only" => arguments.only = Some(value()?),
            "--child-limit" => {
                println!("{}", limit::of_file(&PathBuf::from(value()?))?);
                return Ok(());
            }
            "--child-download" => return sources::child_download(&PathBuf::from(value()?)),
            "--child-hello" => return http::child_hello(),
            "--child-open" => return storage::child_open(&PathBuf::from(value()?)),
            _ => bail!("{argument} is not known; {USAGE}"),
        }
    }
    let scratch;
    let folder = match &arguments.keep {
        Some(folder) => folder.clone(),
        None => {
            scratch = tempfile::tempdir()?;
            scratch.path().to_owned()
        }
    };
    let folder = std::path::absolute(folder)?;
    let mut report = Report::default();
    let only: Option<Vec<&str>> = arguments.only.as_deref().map(|only| only.split(',').collect());
    if let Some(unknown) = only.iter().flatten().find(|part| !PARTS.contains(part)) {
        bail!("{unknown} is no part; {USAGE}");
    }
    let wanted = |part: &str| only.as_ref().is_none_or(|only| only.contains(&part));
    if wanted("storage") {
        storage::run(&arguments, &folder, &mut report)?;
    }
    if wanted("reads") {
        reads::run(&arguments, &folder, &mut report)?;
    }
    if wanted("http") {
        http::run(&arguments, &folder, &mut report)?;
    }
    if wanted("entities") {
        entities::run(&arguments, &folder, &mut report)?;
    }
    if wanted("backfill") {
        backfill::run(&arguments, &folder, &mut report)?;
    }
    if wanted("sources") {
        sources::run(&arguments, &folder, &mut report)?;
    }
    if wanted("clusters") {
        clusters::run(&arguments, &folder, &mut report)?;
    }
    if wanted("board") {
        board::run(&arguments, &folder, &mut report)?;
    }
    if let Some(path) = &arguments.json {
        std::fs::write(path, serde_json::to_vec_pretty(&report)?)?;
    }
    Ok(())
}
