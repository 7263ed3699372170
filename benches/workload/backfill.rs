//! Two years of a monorepo with 5,000 commits, filled in by the real binary.

use std::path::Path;

use anyhow::{Context, ensure};
use serde_json::Value;

use crate::Arguments;
use crate::measure::{Report, folder_bytes};
use crate::program::{Measured, measured};
use crate::{binary, monorepo};

const COMMITS: usize = 5_000;
const DAY: i64 = 86_400;

pub fn run(arguments: &Arguments, folder: &Path, report: &mut Report) -> anyhow::Result<()> {
    let place = folder.join("backfill");
    let _ = std::fs::remove_dir_all(&place);
    std::fs::create_dir_all(&place)?;
    let repository = place.join("monorepo.git");
    // A smaller organisation is one for trying out; a larger one has more repositories, not a longer history.
    let commits = ((COMMITS as f64 * arguments.factor) as usize).clamp(50, COMMITS);
    // What spot fills in ends now, so the history has to.
    #[expect(clippy::disallowed_methods, reason = "the binary under test reads the real clock too")]
    let now = jiff::Timestamp::now().as_second();
    monorepo::generate(&repository, arguments.seed, commits, now - (2 * 365 - 1) * DAY..now)?;

    let mut command = binary::spot(&place);
    command.arg("--data").arg(place.join("data")).args(["collect", "--backfill", "2y", "--json", "--git"]).arg(&repository);
    let Measured { took, cpu, peak, output: said } = measured(&mut command, &place)?;
    let runs = said.lines().map(serde_json::from_str).collect::<Result<Vec<Value>, _>>()?;
    ensure!(runs.iter().all(|run| run["outcome"] == "succeeded"), "not all was read: {said}");
    let filled = runs.iter().find(|run| run["trigger"] == "backfill").context("a run that fills in")?;

    let (cores, bytes) = (std::thread::available_parallelism()?, folder_bytes(&repository) as f64 / 1e6);
    let detail = format!("CPU {cpu:.1} s on {cores} cores; {} versions of {commits} commits, {bytes:.1} MB", filled["written"]);
    if commits == COMMITS {
        report.at_most("backfill of two years of a repository", took, "s", 20.0, detail);
    } else {
        report.note("backfill of two years of a small repository", took, "s", detail);
    }
    report.note("peak memory of the backfill", peak, "MiB", String::new());
    std::fs::remove_dir_all(&place)?;
    Ok(())
}
