//! Repositories for tests, built with the `git` program, and runs of the collector over them.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tokio_util::sync::CancellationToken;

use crate::collect::git::{Config, GitCollector};
use crate::collect::{Collector, Item, Memory, Sink, Summary};
use crate::model::{Instant, Zone};

/// A repository in a folder.
pub(crate) struct Repo {
    pub(crate) path: PathBuf,
}

/// Runs git in a folder, isolated from the configuration of whoever runs the tests; what it printed.
pub(crate) fn git_at(folder: &Path, date: &str, arguments: &[&str]) -> String {
    let output = Command::new("git")
        .args(["-c", "protocol.file.allow=always", "-c", "commit.gpgSign=false", "-c", "user.name=Ada", "-c", "user.email=ada@example.com"])
        .args(arguments)
        .current_dir(folder)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_AUTHOR_DATE", date)
        .env("GIT_COMMITTER_DATE", date)
        .env_remove("GIT_DIR")
        .env_remove("GIT_WORK_TREE")
        .env_remove("GIT_INDEX_FILE")
        .output()
        .unwrap();
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
}

impl Repo {
    /// An empty repository whose default branch is main.
    pub(crate) fn init(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        fs::create_dir_all(&path).unwrap();
        git_at(&path, "2020-01-01T00:00:00Z", &["init", "--quiet", "--initial-branch=main"]);
        Self { path }
    }

    /// A clone of `from`.
    pub(crate) fn clone(from: &Path, to: impl Into<PathBuf>, options: &[&str]) -> Self {
        let path = to.into();
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let url = format!("file://{}", from.display());
        let mut arguments = vec!["clone", "--quiet"];
        arguments.extend(options);
        let target = path.display().to_string();
        arguments.extend(["--", url.as_str(), target.as_str()]);
        git_at(path.parent().unwrap(), "2020-01-01T00:00:00Z", &arguments);
        Self { path }
    }

    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        self.git_on("2020-01-01T00:00:00Z", arguments)
    }

    pub(crate) fn git_on(&self, date: &str, arguments: &[&str]) -> String {
        git_at(&self.path, date, arguments)
    }

    pub(crate) fn write(&self, file: &str, content: impl AsRef<[u8]>) -> &Self {
        let path = self.path.join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
        self
    }

    /// Commits everything; the new commit's id.
    pub(crate) fn commit(&self, date: &str) -> String {
        self.git(&["add", "--all"]);
        self.git_on(date, &["commit", "--quiet", "--allow-empty", "--message", date]);
        self.git(&["rev-parse", "HEAD"])
    }

    /// Commits many states to main at once: the date of each and the files that differ; the commits' ids.
    pub(crate) fn import(&self, states: &[(String, Vec<(&str, String)>)]) -> Vec<String> {
        let mut stream = String::new();
        for (date, files) in states {
            let seconds = instant(date).micros() / 1_000_000;
            let message = date.len();
            stream.push_str(&format!("commit refs/heads/main\ncommitter Ada <ada@example.com> {seconds} +0000\ndata {message}\n{date}\n"));
            for (path, content) in files {
                stream.push_str(&format!("M 100644 inline {path}\ndata {}\n{content}\n", content.len()));
            }
        }
        let mut child = Command::new("git")
            .args(["fast-import", "--quiet"])
            .current_dir(&self.path)
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(stream.as_bytes()).unwrap();
        assert!(child.wait().unwrap().success());
        self.git(&["log", "--reverse", "--first-parent", "--format=%H", "main"]).lines().map(str::to_owned).collect()
    }

    /// A `catalog-info.yaml` of a service.
    pub(crate) fn service(&self, folder: &str, name: &str, owner: &str) -> &Self {
        self.write(&Path::new(folder).join("catalog-info.yaml").display().to_string(), service(name, owner))
    }
}

/// The text of a `catalog-info.yaml` of a service.
pub(crate) fn service(name: &str, owner: &str) -> String {
    format!(
        "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata:\n  name: {name}\nspec:\n  type: service\n  lifecycle: production\n  owner: {owner}\n"
    )
}

pub(crate) fn instant(text: &str) -> Instant {
    text.parse().unwrap()
}

pub(crate) fn collector(folders: &[&Path]) -> GitCollector {
    let config = Config { folders: folders.iter().map(|folder| folder.to_path_buf()).collect(), ..Config::default() };
    GitCollector::new("git", config, Zone::utc())
}

/// What a run put, with memory brought up to date.
pub(crate) async fn collect(collector: &GitCollector, now: &str, memory: &mut Memory) -> (Vec<Item>, Summary) {
    let (sink, mut items) = Sink::new(8, CancellationToken::new());
    let before = memory.clone();
    let (summary, items) = tokio::join!(
        async {
            let summary = collector.collect(instant(now), &before, &sink).await;
            drop(sink);
            summary
        },
        async {
            let mut all = Vec::new();
            while let Some(item) = items.recv().await {
                all.push(item);
            }
            all
        }
    );
    remember(memory, &items);
    (items, summary)
}

/// What a backfill put, up to and with the `stop`th stretch, with memory brought up to date.
pub(crate) async fn backfill(collector: &GitCollector, from: &str, to: &str, memory: &mut Memory, stop: usize) -> Vec<Item> {
    let cancel = CancellationToken::new();
    let (sink, mut items) = Sink::new(1, cancel.clone());
    let before = memory.clone();
    let ((), items) = tokio::join!(
        async {
            collector.backfill(instant(from)..instant(to), &before, &sink).await;
            drop(sink);
        },
        async {
            let mut all = Vec::new();
            let mut filled = 0;
            while let Some(item) = items.recv().await {
                filled += usize::from(matches!(item, Item::Filled { .. }));
                all.push(item);
                if filled == stop {
                    cancel.cancel();
                    items.close();
                    break;
                }
            }
            all
        }
    );
    remember(memory, &items);
    items
}

fn remember(memory: &mut Memory, items: &[Item]) {
    for item in items {
        if let Item::Remember { key, value } = item {
            if value.is_null() {
                memory.remove(key);
            } else {
                memory.insert(key.clone(), value.clone());
            }
        }
    }
}

pub(crate) fn problems(items: &[Item]) -> Vec<String> {
    items
        .iter()
        .filter_map(|item| match item {
            Item::Problem(problem) => Some(format!("{}: {}", problem.scope, problem.message)),
            _ => None,
        })
        .collect()
}
