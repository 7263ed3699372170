//! `spot check`: is the configuration right, and can every source be read?

use std::path::Path;

use serde::Serialize;

use crate::cli::Context;
use crate::cli::config::{Config, Schedule};
use crate::cli::exit::{Exit, Failure};
use crate::cli::output::Style;

/// The arguments.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// One JSON object per line
    #[arg(long)]
    json: bool,
}

/// One thing that was checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Finding {
    what: String,
    ok: bool,
    detail: String,
}

impl Finding {
    fn new(what: impl Into<String>, ok: bool, detail: impl Into<String>) -> Self {
        Self { what: what.into(), ok, detail: detail.into() }
    }
}

pub(super) async fn run(context: &Context, arguments: Arguments) -> Result<Exit, Failure> {
    let config = context.config(|_| ())?;
    let findings = check(&config).await;
    for finding in &findings {
        if arguments.json {
            context.output.json(finding)?;
        } else {
            let (style, word) = if finding.ok { (Style::Good, "ok   ") } else { (Style::Bad, "wrong") };
            context.output.data(&format!("{} {}: {}", context.output.paint(style, word), finding.what, finding.detail))?;
        }
    }
    Ok(if findings.iter().all(|finding| finding.ok) { Exit::Success } else { Exit::Failed })
}

async fn check(config: &Config) -> Vec<Finding> {
    let file = config.file.as_ref().map_or_else(|| "no file; defaults, flags and variables".to_owned(), |file| file.display().to_string());
    let mut findings = vec![
        Finding::new("configuration", true, file),
        data_folder(&config.data),
        Finding::new("zone", true, config.policy.zone.to_string()),
        Finding::new("listen", config.listen.ip().is_loopback(), listen(config)),
    ];
    findings.extend(plan(config));
    for folder in &config.git.folders {
        findings.push(git_folder(folder));
    }
    for url in &config.git.urls {
        findings.push(git_url(url).await);
    }
    if config.git.folders.is_empty() && config.git.urls.is_empty() {
        findings.push(Finding::new("sources", false, "none; name a folder of clones in [git] folders, or with serve --git DIR"));
    }
    findings
}

/// When sources are read, and since when their history is filled in.
fn plan(config: &Config) -> Vec<Finding> {
    let when = match &config.git.schedule {
        Schedule::Every(length) => format!("every {length}"),
        Schedule::Cron(cron) => format!("at {:?}, {} time", cron.as_str(), config.policy.zone),
    };
    let mut findings = vec![Finding::new("schedule", true, format!("{when}, at most {} a run", config.git.timeout))];
    if let Some(length) = config.git.backfill {
        #[expect(clippy::disallowed_methods, reason = "the command line may read the clock")]
        let now = jiff::Timestamp::now();
        let since = config.policy.zone.day_of(length.before(now.into(), &config.policy.zone));
        findings.push(Finding::new("history", true, format!("{length}, since {since}")));
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
            Finding::new("data folder", false, format!("{} is in the way: it is not a folder", folder.display()))
        }
        Some(folder) => match tempfile::tempfile_in(folder) {
            Ok(_) if folder == data => Finding::new("data folder", true, format!("{shown}")),
            Ok(_) => Finding::new("data folder", true, format!("{shown}, to be made")),
            Err(error) => Finding::new("data folder", false, format!("{shown}: cannot write in {}: {error}", folder.display())),
        },
        None => Finding::new("data folder", true, format!("{shown}, to be made")),
    }
}

fn git_folder(folder: &Path) -> Finding {
    let what = format!("git folder {}", folder.display());
    match std::fs::read_dir(folder) {
        Ok(_) => Finding::new(what, true, "can be read"),
        Err(error) => Finding::new(what, false, error.to_string()),
    }
}

/// Asks the server for its branches, as the collector will, without a prompt.
async fn git_url(url: &str) -> Finding {
    let what = format!("git URL {url}");
    let mut command = tokio::process::Command::new("git");
    command.args(["ls-remote", "--heads", "--", url]).env("GIT_TERMINAL_PROMPT", "0").kill_on_drop(true);
    command.stdin(std::process::Stdio::null());
    match tokio::time::timeout(std::time::Duration::from_secs(30), command.output()).await {
        Ok(Ok(output)) if output.status.success() => Finding::new(what, true, "answers"),
        Ok(Ok(output)) => {
            let text = String::from_utf8_lossy(&output.stderr);
            let reason = text.lines().find(|line| !line.trim().is_empty()).unwrap_or("git failed without a reason");
            Finding::new(what, false, reason.trim())
        }
        Ok(Err(error)) => Finding::new(what, false, format!("cannot start git: {error}")),
        Err(_) => Finding::new(what, false, "no answer within 30 seconds"),
    }
}
