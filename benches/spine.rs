//! `make bench`: the figures of `docs/benchmarks.md`, each against something measured in the same run.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program for people to read")]
#![expect(clippy::cast_precision_loss, reason = "figures for people")]
#![expect(unreachable_pub, reason = "the modules of a benchmark have no outside")]

#[path = "workload/limit.rs"]
mod limit;
#[path = "workload/measure.rs"]
mod measure;
#[path = "workload/reads.rs"]
mod reads;
#[path = "workload/storage.rs"]
mod storage;
mod workload;

use std::path::PathBuf;

use anyhow::{Context, bail};
use measure::Report;

/// What to run, from the command line.
#[derive(Clone, Debug)]
pub struct Arguments {
    days: i32,
    factor: f64,
    seed: u64,
    json: Option<PathBuf>,
    keep: Option<PathBuf>,
    limit_days: i32,
    only: Option<String>,
}

const USAGE: &str =
    "cargo bench -- [--quick] [--days N] [--factor X] [--seed N] [--keep FOLDER] [--only storage|reads|entities] [--json FILE]";

fn main() -> anyhow::Result<()> {
    let mut arguments = Arguments { days: 1_095, factor: 1.0, seed: 1, json: None, keep: None, limit_days: 140, only: None };
    let mut given = std::env::args().skip(1);
    while let Some(argument) = given.next() {
        let mut value = || given.next().with_context(|| format!("{argument} needs a value; {USAGE}"));
        match argument.as_str() {
            "--bench" => {}
            "--quick" => (arguments.days, arguments.factor, arguments.limit_days) = (150, 0.1, 140),
            "--days" => arguments.days = value()?.parse()?,
            "--factor" => arguments.factor = value()?.parse()?,
            "--seed" => arguments.seed = value()?.parse()?,
            "--json" => arguments.json = Some(value()?.into()),
            "--keep" => arguments.keep = Some(value()?.into()),
            "--only" => arguments.only = Some(value()?),
            "--child-limit" => {
                println!("{}", limit::of_file(&PathBuf::from(value()?))?);
                return Ok(());
            }
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
    let mut report = Report::default();
    let wanted = |part: &str| arguments.only.as_deref().is_none_or(|only| only == part);
    if wanted("storage") {
        storage::run(&arguments, &folder, &mut report)?;
    }
    if wanted("reads") {
        reads::run(&arguments, &folder, &mut report)?;
    }
    if let Some(path) = &arguments.json {
        std::fs::write(path, serde_json::to_vec_pretty(&report)?)?;
    }
    Ok(())
}
