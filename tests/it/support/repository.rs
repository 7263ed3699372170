//! A repository whose commits are dated by the test, and what git says of it.

use std::path::{Path, PathBuf};
use std::process::Command;

use jiff::ToSpan;
use jiff::civil::Date;

/// A repository whose commits are dated by the test.
pub(crate) struct Repository {
    pub(crate) folder: PathBuf,
    start: Date,
}

impl Repository {
    pub(crate) fn new(folder: &Path, start: Date) -> Self {
        std::fs::create_dir_all(folder).unwrap();
        let repository = Self { folder: folder.to_owned(), start };
        repository.git(0, &["init", "--quiet", "--initial-branch", "main"]);
        repository
    }

    /// Runs git with the clock at noon of the day.
    pub(crate) fn git(&self, day: i32, arguments: &[&str]) -> String {
        let date = format!("{}T12:00:00Z", self.date(day));
        let output = Command::new("git")
            .args(["-c", "user.name=Test", "-c", "user.email=test@example.org", "-c", "commit.gpgsign=false"])
            .args(arguments)
            .current_dir(&self.folder)
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_AUTHOR_DATE", &date)
            .env("GIT_COMMITTER_DATE", &date)
            .output()
            .unwrap();
        assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    pub(crate) fn date(&self, day: i32) -> Date {
        self.start.checked_add(day.days()).unwrap()
    }

    pub(crate) fn write(&self, path: &str, content: &str) {
        let path = self.folder.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }

    pub(crate) fn commit(&self, day: i32, message: &str) {
        self.git(day, &["add", "--all"]);
        self.git(day, &["commit", "--quiet", "--allow-empty", "--message", message]);
    }

    /// A file at the end of a day by git alone: the last first-parent commit of main until then, and its blob.
    pub(crate) fn show(&self, day: i32, path: &str) -> Option<String> {
        let until = format!("--until={}T23:59:59Z", self.date(day));
        let commit = self.git(0, &["log", "--first-parent", "--max-count=1", "--format=%H", &until, "main"]);
        let commit = commit.trim();
        if commit.is_empty() {
            return None;
        }
        let output = Command::new("git").args(["show", &format!("{commit}:{path}")]).current_dir(&self.folder).output().unwrap();
        output.status.success().then(|| String::from_utf8(output.stdout).unwrap())
    }
}
