//! Two hundred SIGKILLs at random moments of a collecting process: nothing acknowledged is lost, everything verifies.
//!
//! Slow, hence only by `make torture`.

use std::process::{Command, Stdio};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::Value;

use crate::support::{run, spot};

const KILLS: usize = 200;

fn git(folder: &std::path::Path, arguments: &[&str]) {
    let identity = ["-c", "user.name=Test", "-c", "user.email=test@example.org", "-c", "commit.gpgsign=false"];
    let output = Command::new("git").args(identity).args(arguments).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}

#[test]
#[ignore = "slow: run by `make torture`"]
fn torture() {
    let folder = tempfile::tempdir().unwrap();
    let clone = folder.path().join("shop");
    std::fs::create_dir(&clone).unwrap();
    git(&clone, &["init", "--quiet", "--initial-branch", "main"]);
    let mut random = StdRng::seed_from_u64(7);
    let mut acknowledged: Option<String> = None;
    let mut finished = 0;
    for round in 0..KILLS {
        std::fs::write(clone.join("CODEOWNERS"), format!("* @acme/team{round}\n")).unwrap();
        git(&clone, &["add", "--all"]);
        git(&clone, &["commit", "--quiet", "--message", "next"]);
        let mut child = spot(folder.path())
            .args(["collect", "--git", clone.to_str().unwrap(), "--backfill", "30d", "--json", "--data", "data"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // The moment is random; this is the one test whose subject is real time.
        std::thread::sleep(Duration::from_millis(random.random_range(0..400)));
        child.kill().unwrap();
        let output = child.wait_with_output().unwrap();
        // What was printed was acknowledged.
        for line in String::from_utf8_lossy(&output.stdout).lines() {
            if let Ok(run) = serde_json::from_str::<Value>(line)
                && let Some(ended) = run["ended"].as_str()
            {
                acknowledged = Some(ended.to_owned());
                finished += 1;
            }
        }
        let verified = run(folder.path(), ["verify", "--data", "data"]);
        assert_eq!(verified.code, Some(0), "round {round}: {verified:?}");
        let answer = run(folder.path(), ["query", "{ collectors { lastRun { ended } } }", "--data", "data"]);
        assert_eq!(answer.code, Some(0), "round {round}: {answer:?}");
        if let Some(acknowledged) = &acknowledged {
            let answer: Value = serde_json::from_str(&answer.stdout).unwrap();
            let last = answer["data"]["collectors"][0]["lastRun"]["ended"].as_str().unwrap_or_default();
            let instant = |text: &str| text.parse::<jiff::Timestamp>().unwrap();
            assert!(instant(last) >= instant(acknowledged), "round {round}: {last} is before {acknowledged}");
        }
    }
    eprintln!("{KILLS} kills, {finished} runs acknowledged before them");
}
