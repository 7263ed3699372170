//! `spot check`: is the configuration right, and can every source be read?

use std::path::Path;

use serde::Serialize;

use crate::cli::Context;
use crate::cli::config::{Config, Schedule, Timing};
use crate::cli::exit::{Exit, Failure};
use crate::cli::office;
use crate::cli::output::Style;
use crate::cli::sources;
use crate::collect::http::Outside;
use crate::collect::{Finding, Health};
use crate::ingest::schedule::system_clock;

/// The arguments.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Organisations on GitHub, by login, instead of what is configured; the token is taken from GITHUB_TOKEN
    #[arg(long, value_name = "NAME", num_args = 1..)]
    github_org: Vec<String>,
    /// Also look at deps.dev, OSV and endoflife.date
    #[arg(long)]
    packages: bool,
    /// One JSON object per line
    #[arg(long)]
    json: bool,
}

/// A finding as `--json` prints it.
#[derive(Serialize)]
struct Printed<'a> {
    what: &'a str,
    ok: bool,
    health: &'static str,
    detail: &'a str,
}

pub(super) async fn run(context: &Context, arguments: Arguments) -> Result<Exit, Failure> {
    let config = context.config(|flags| {
        flags.github_organisations.clone_from(&arguments.github_org);
        flags.packages = arguments.packages;
    })?;
    let findings = check(&config).await;
    for Finding { what, health, detail } in &findings {
        let (style, word) = match health {
            Health::Good => (Style::Good, "ok     "),
            Health::Lacking => (Style::Attention, "lacking"),
            Health::Wrong => (Style::Bad, "wrong  "),
        };
        if arguments.json {
            context.output.json(&Printed { what, ok: *health != Health::Wrong, health: word.trim_end(), detail })?;
        } else {
            context.output.data(&format!("{} {what}: {detail}", context.output.paint(style, word)))?;
        }
    }
    Ok(if findings.iter().all(|finding| finding.health != Health::Wrong) { Exit::Success } else { Exit::Failed })
}

async fn check(config: &Config) -> Vec<Finding> {
    let file = config.file.as_ref().map_or_else(|| "no file; defaults, flags and variables".to_owned(), |file| file.display().to_string());
    let mut findings = vec![
        Finding::new("configuration", Health::Good, file),
        data_folder(&config.data),
        Finding::new("zone", Health::Good, config.policy.zone.to_string()),
        Finding::new("listen", if config.listen.ip().is_loopback() { Health::Good } else { Health::Wrong }, listen(config)),
    ];
    for (source, timing) in config.timings() {
        findings.extend(plan(config, source, timing));
    }
    if let Some(git) = &config.git {
        for folder in &git.folders {
            findings.push(git_folder(folder));
        }
        for url in &git.urls {
            findings.push(git_url(url).await);
        }
    }
    for collector in sources::checked(config, &Outside::real(system_clock())) {
        let found = collector.check().await;
        findings.extend(found.into_iter().map(|found| Finding { what: format!("{} {}", collector.source(), found.what), ..found }));
    }
    findings.extend(office::check(config, &Outside::real(system_clock())).await);
    if config.timings().is_empty() && config.senders.is_empty() {
        let detail = "none; name a folder of clones in [git] or with serve --git DIR, or an organisation in [github] or with serve --github-org NAME";
        findings.push(Finding::new("sources", Health::Wrong, detail));
    }
    findings
}

/// When sources are read, and since when their history is filled in.
fn plan(config: &Config, source: &str, timing: &Timing) -> Vec<Finding> {
    let when = match &timing.schedule {
        Schedule::Every(length) => format!("every {length}"),
        Schedule::Cron(cron) => format!("at {:?}, {} time", cron.as_str(), config.policy.zone),
    };
    let mut findings = vec![Finding::new(format!("{source} schedule"), Health::Good, format!("{when}, at most {} a run", timing.timeout))];
    if let Some(length) = timing.backfill {
        #[expect(clippy::disallowed_methods, reason = "the command line may read the clock")]
        let now = jiff::Timestamp::now();
        let since = config.policy.zone.day_of(length.before(now.into(), &config.policy.zone));
        findings.push(Finding::new(format!("{source} history"), Health::Good, format!("{length}, since {since}")));
    }
    findings
}

fn listen(config: &Config) -> String {
    if config.listen.ip().is_loopback() {
        config.listen.to_string()
    } else {
        format!("{} can be reached from other machines; only loopback is served", config.listen)
    }
}

fn data_folder(data: &Path) -> Finding {
    let shown = data.display();
    let nearest = data.ancestors().find(|folder| folder.exists());
    match nearest {
        Some(folder) if !folder.is_dir() => {
            Finding::new("data folder", Health::Wrong, format!("{} is in the way: it is not a folder", folder.display()))
        }
        Some(folder) => match tempfile::tempfile_in(folder) {
            Ok(_) if folder == data => Finding::new("data folder", Health::Good, format!("{shown}")),
            Ok(_) => Finding::new("data folder", Health::Good, format!("{shown}, to be made")),
            Err(error) => Finding::new("data folder", Health::Wrong, format!("{shown}: cannot write in {}: {error}", folder.display())),
        },
        None => Finding::new("data folder", Health::Good, format!("{shown}, to be made")),
    }
}

fn git_folder(folder: &Path) -> Finding {
    let what = format!("git folder {}", folder.display());
    match std::fs::read_dir(folder) {
        Ok(_) => Finding::new(what, Health::Good, "can be read"),
        Err(error) => Finding::new(what, Health::Wrong, error.to_string()),
    }
}

/// Asks the server for its branches, as the collector will, without a prompt.
async fn git_url(url: &str) -> Finding {
    let what = format!("git URL {url}");
    let mut command = tokio::process::Command::new("git");
    command.args(["ls-remote", "--heads", "--", url]).env("GIT_TERMINAL_PROMPT", "0").kill_on_drop(true);
    command.stdin(std::process::Stdio::null());
    match tokio::time::timeout(std::time::Duration::from_secs(30), command.output()).await {
        Ok(Ok(output)) if output.status.success() => Finding::new(what, Health::Good, "answers"),
        Ok(Ok(output)) => {
            let text = String::from_utf8_lossy(&output.stderr);
            let reason = text.lines().find(|line| !line.trim().is_empty()).unwrap_or("git failed without a reason");
            Finding::new(what, Health::Wrong, reason.trim())
        }
        Ok(Err(error)) => Finding::new(what, Health::Wrong, format!("cannot start git: {error}")),
        Err(_) => Finding::new(what, Health::Wrong, "no answer within 30 seconds"),
    }
}
