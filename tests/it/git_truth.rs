//! What spot says of a past day is what git says of it: a repository is built here, with merges, renames, a changed
//! CODEOWNERS and a force-push, collected and backfilled by the real binary, and sampled against `git show COMMIT:FILE`.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use serde_json::Value;

use crate::support::repository::Repository;
use crate::support::{now, run};

fn descriptor(name: &str, owner: &str, lifecycle: &str) -> String {
    format!(
        "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata:\n  name: {name}\nspec:\n  type: service\n  lifecycle: {lifecycle}\n  owner: {owner}\n"
    )
}

fn lock(version: &str) -> String {
    format!(
        r#"{{"name":"web","lockfileVersion":3,"packages":{{"":{{"dependencies":{{"express":"^4"}}}},"node_modules/express":{{"version":"{version}"}},"node_modules/debug":{{"version":"2.6.9"}}}}}}"#
    )
}

/// Forty days of history with everything in it that has gone wrong for others.
fn build(folder: &Path, start: Date) -> Repository {
    let repository = Repository::new(folder, start);
    repository.write("README.md", "# Shop\n\nSells things.\n");
    repository.commit(0, "begin");
    repository.write("ledger/catalog-info.yaml", &descriptor("ledger", "payments", "experimental"));
    repository.write("CODEOWNERS", "* @acme/platform\n");
    repository.commit(3, "describe the ledger");
    repository.write("web/package-lock.json", &lock("4.17.1"));
    repository.commit(5, "lock");
    // Two commits on one day: the last one counts.
    repository.write("ledger/catalog-info.yaml", &descriptor("ledger", "nobody", "experimental"));
    repository.commit(8, "a slip");
    repository.write("ledger/catalog-info.yaml", &descriptor("ledger", "payments", "production"));
    repository.commit(8, "production");
    // A branch begun on day 10 and merged on day 20 counts from day 20 on.
    repository.git(10, &["checkout", "--quiet", "-b", "topic"]);
    repository.write("mail/catalog-info.yaml", &descriptor("mail", "mailers", "production"));
    repository.commit(10, "describe mail");
    repository.git(10, &["checkout", "--quiet", "main"]);
    repository.write("web/package-lock.json", &lock("4.18.2"));
    repository.commit(14, "update express");
    repository.git(20, &["merge", "--quiet", "--no-ff", "--message", "merge topic", "topic"]);
    for (i, day) in (21..30).enumerate() {
        repository.write("CODEOWNERS", &format!("* @acme/platform\n/ledger/ @acme/team{i}\n"));
        repository.commit(day, "codeowners");
    }
    repository.git(31, &["mv", "mail", "post"]);
    repository.commit(31, "move mail");
    repository.git(34, &["rm", "--quiet", "-r", "post"]);
    repository.commit(34, "mail is gone");
    repository.write("web/package-lock.json", &lock("4.19.0"));
    repository.write("ledger/catalog-info.yaml", &descriptor("ledger", "billing", "production"));
    repository.commit(38, "billing");
    repository
}

struct Spot<'a> {
    folder: &'a Path,
}

impl Spot<'_> {
    fn collect(&self, repository: &Path) {
        let ended = run(self.folder, ["collect", "--git", repository.to_str().unwrap(), "--backfill", "1y", "--data", "data"]);
        assert_eq!(ended.code, Some(0), "{ended:?}");
    }

    fn ask(&self, question: &str) -> Value {
        let ended = run(self.folder, ["query", question, "--data", "data"]);
        assert_eq!(ended.code, Some(0), "{question}: {ended:?}");
        let answer: Value = serde_json::from_str(&ended.stdout).unwrap();
        answer["data"].clone()
    }
}

/// One line of a descriptor, as simple as a person reads it.
fn line_of(text: &str, key: &str) -> Option<String> {
    text.lines().find_map(|line| line.trim().strip_prefix(key)).map(|value| value.trim().to_owned())
}

/// Every sampled (path, day) as spot tells it and as git does.
fn compare(repository: &Repository, spot: &Spot<'_>, days: std::ops::Range<i32>) -> usize {
    let mut compared = 0;
    for day in days {
        let at = repository.date(day).to_string();
        let question = format!(
            r#"{{ services(first: 50, at: "{at}") {{ nodes {{ ref lifecycle owner {{ ref }} statements(facets: [GENERAL]) {{ origin body }} }} }}
                 web: packages(first: 50, at: "{at}") {{ nodes {{ ref id }} }}
                 entity(ref: "repository:shop", at: "{at}") {{ entity {{ owner {{ ref }} title facets(facets: [DEPENDENCIES]) {{ fields {{ field value }} }} }} }} }}"#
        );
        let answer = spot.ask(&question);
        let mut services: BTreeMap<String, Value> = BTreeMap::new();
        for service in answer["services"]["nodes"].as_array().unwrap() {
            services.insert(service["ref"].as_str().unwrap().to_owned(), service.clone());
        }
        for (name, paths) in
            [("ledger", vec!["ledger/catalog-info.yaml"]), ("mail", vec!["mail/catalog-info.yaml", "post/catalog-info.yaml"])]
        {
            let text = paths.iter().find_map(|path| repository.show(day, path));
            let service = services.get(&format!("service:{name}"));
            assert_eq!(service.is_some(), text.is_some(), "{name} on {at}");
            compared += 1;
            if let (Some(text), Some(service)) = (text, service) {
                assert_eq!(service["owner"]["ref"], format!("team:{}", line_of(&text, "owner:").unwrap()), "{name} on {at}");
                assert_eq!(service["lifecycle"], line_of(&text, "lifecycle:").unwrap(), "{name} on {at}");
                compared += 2;
            }
        }
        if let Some(text) = repository.show(day, "CODEOWNERS") {
            let ledger = services.get("service:ledger").unwrap();
            let expected = text.lines().rev().find(|line| line.starts_with("/ledger/") || line.starts_with('*')).unwrap();
            let expected = format!("team:{}", expected.split_once("@acme/").unwrap().1);
            let said = ledger["statements"].as_array().unwrap().iter().find(|statement| statement["origin"] == "CODEOWNERS").unwrap();
            assert_eq!(said["body"]["owner"][0], expected, "CODEOWNERS on {at}");
            assert_eq!(answer["entity"]["entity"]["owner"]["ref"], "team:platform", "the repository on {at}");
            compared += 2;
        }
        if let Some(text) = repository.show(day, "web/package-lock.json") {
            let lock: Value = serde_json::from_str(&text).unwrap();
            let version = lock["packages"]["node_modules/express"]["version"].as_str().unwrap();
            let packages: Vec<&Value> =
                answer["web"]["nodes"].as_array().unwrap().iter().filter(|package| package["ref"] == "package:npm/express").collect();
            let id = packages[0]["id"].as_str().unwrap();
            let uses = spot.ask(&format!(r#"{{ dependents(package: "{id}", at: "{at}", first: 5) {{ nodes {{ versions }} }} }}"#));
            assert_eq!(uses["dependents"]["nodes"][0]["versions"][0], version, "express on {at}");
            compared += 1;
        }
    }
    compared
}

#[test]
fn any_past_day_agrees_with_git_also_after_a_force_push() {
    let folder = tempfile::tempdir().unwrap();
    let today = now().to_zoned(jiff::tz::TimeZone::UTC).date();
    let start = today.checked_sub(60.days()).unwrap();
    let clone = folder.path().join("shop");
    let repository = build(&clone, start);
    let spot = Spot { folder: folder.path() };
    spot.collect(&clone);
    let compared = compare(&repository, &spot, 0..50);
    assert!(compared >= 200, "only {compared} samples");

    // History is rewritten from day 14 on: the past is that of today's branch, and what was observed today stays observed.
    let fifth = repository
        .git(0, &["log", "--first-parent", "--max-count=1", "--format=%H", &format!("--until={}T23:59:59Z", repository.date(8)), "main"]);
    repository.git(39, &["reset", "--quiet", "--hard", fifth.trim()]);
    repository.write("ledger/catalog-info.yaml", &descriptor("ledger", "rewriters", "deprecated"));
    repository.commit(15, "another history");
    spot.collect(&clone);
    assert!(compare(&repository, &spot, 0..50) >= 150);
    let verified = run(folder.path(), ["verify", "--data", "data"]);
    assert_eq!(verified.code, Some(0), "{verified:?}");
}

#[test]
fn restored_from_journal_and_archive_every_saved_question_has_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let today = now().to_zoned(jiff::tz::TimeZone::UTC).date();
    let clone = folder.path().join("shop");
    let repository = build(&clone, today.checked_sub(60.days()).unwrap());
    Spot { folder: folder.path() }.collect(&clone);
    // Pinned to an instant, so that asking later is the same question.
    let until: Timestamp = now();
    let questions: Vec<String> = (0..50)
        .step_by(7)
        .flat_map(|day| {
            let at = repository.date(day);
            [
                format!(r#"{{ services(at: "{at}") {{ totalCount nodes {{ id ref title description owner {{ ref }} lifecycle type status facets {{ facet fields {{ field value saidBy {{ origin since check }} }} }} }} }} }}"#),
                format!(r#"{{ repositories(at: "{at}") {{ nodes {{ id ref languages timeline {{ totalCount nodes {{ ... on Change {{ at field before after kind }} }} }} }} }} }}"#),
                format!(r#"{{ packages(at: "{at}") {{ totalCount nodes {{ id ref }} }} search(text: "ledg", at: "{at}") {{ nodes {{ entity {{ ref }} }} }} }}"#),
                format!(r#"{{ diff(from: "{at}", to: "{until}", first: 100) {{ totalCount nodes {{ entity {{ ref }} field before after }} }} }}"#),
                format!(r#"{{ timeline(from: "{at}", to: "{until}", first: 100) {{ totalCount nodes {{ ... on Change {{ at field before after isChange saidBy {{ origin resource }} }} }} }} }}"#),
            ]
        })
        .collect();
    let answers = |data: &str| -> Vec<String> {
        questions
            .iter()
            .map(|question| {
                let ended = run(folder.path(), ["query", question, "--data", data]);
                assert_eq!(ended.code, Some(0), "{question}: {ended:?}");
                ended.stdout
            })
            .collect()
    };
    let before = answers("data");
    assert!(before.iter().all(|answer| answer.contains("\"data\"")));
    let backup = run(folder.path(), ["backup", "backup", "--data", "data"]);
    assert_eq!(backup.code, Some(0), "{backup:?}");
    std::fs::remove_dir_all(folder.path().join("data/index")).unwrap();
    assert_eq!(answers("data"), before, "after losing the index");
    let restored = run(folder.path(), ["restore", "backup", "--data", "restored"]);
    assert_eq!(restored.code, Some(0), "{restored:?}");
    assert_eq!(answers("restored"), before, "after a restore");
}
