//! The command line: exit codes, streams, and the same answers with and without a server.

use std::path::Path;
use std::process::Command;

use serde_json::json;
use spot::model::{Facet, Kind, Layer, Resource};
use spot::store::{Options, Store};

use crate::support::{Server, run};

#[test]
fn data_goes_to_standard_output_and_the_rest_to_standard_error() {
    let folder = tempfile::tempdir().unwrap();
    let ended = run(folder.path(), ["query", "{ version }", "--data", "data"]);
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""));
    assert_eq!(ended.stdout, format!("{{\"data\":{{\"version\":\"{}\"}}}}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn a_command_says_the_same_with_and_without_a_server() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    for question in ["{ version }", "{ nonsense }", "query A { version } query B { version }"] {
        let ask = || run(folder.path(), ["query", question, "--data", "data"]);
        let alone = ask();
        let server = Server::start_on(&data);
        let served = ask();
        assert_eq!((alone.code, &alone.stdout, &alone.stderr), (served.code, &served.stdout, &served.stderr));
        server.stop("TERM");
    }
}

#[test]
fn exit_codes_are_those_of_the_help() {
    let folder = tempfile::tempdir().unwrap();
    let help = run(folder.path(), ["--help"]);
    assert_eq!(help.code, Some(0));
    assert!(help.stdout.contains("Exit codes:"), "{}", help.stdout);
    assert_eq!(run(folder.path(), ["nonsense"]).code, Some(2));
    assert_eq!(run(folder.path(), ["query", "{ nonsense }", "--data", "data"]).code, Some(2));
    assert_eq!(run(folder.path(), ["query", "{ version }", "--config", "missing.toml"]).code, Some(2));
}

#[test]
fn without_a_terminal_nothing_is_coloured() {
    let folder = tempfile::tempdir().unwrap();
    let ended = run(folder.path(), ["check", "--data", "data"]);
    assert!(!ended.stdout.contains('\u{1b}') && !ended.stderr.contains('\u{1b}'), "{ended:?}");
}

#[test]
fn schemas_and_completions_are_printed() {
    let folder = tempfile::tempdir().unwrap();
    assert!(run(folder.path(), ["schema"]).stdout.contains("type Query"));
    let schema: serde_json::Value = serde_json::from_str(&run(folder.path(), ["config-schema"]).stdout).unwrap();
    assert_eq!(schema["title"], "spot.toml");
    for shell in ["bash", "zsh", "fish"] {
        assert!(run(folder.path(), ["completions", shell]).stdout.contains("config-schema"), "{shell}");
    }
}

#[test]
fn explain_tells_what_was_read_from_a_clone_without_a_data_folder() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("CODEOWNERS"), "* @acme/platform\n/docs/ @acme/writers\n").unwrap();
    std::fs::create_dir(folder.path().join("docs")).unwrap();
    std::fs::write(folder.path().join("docs/index.md"), "# Manual\n").unwrap();
    git(folder.path(), &["init", "--quiet"]);
    git(folder.path(), &["add", "."]);
    git(folder.path(), &["-c", "user.name=A", "-c", "user.email=a@example.org", "commit", "--quiet", "--message=x"]);

    let ended = run(folder.path(), ["explain", "owner", "docs/index.md", "--json"]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let lines: Vec<serde_json::Value> = ended.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let answer = lines.iter().find(|line| line["what"] == "answer").unwrap();
    assert!(answer["text"].as_str().unwrap().contains("writers"), "{answer}");
    assert!(run(folder.path(), ["explain", "owner", "src/x.rs"]).stdout.contains("platform"));

    let outside = tempfile::tempdir().unwrap();
    assert_eq!(run(outside.path(), ["explain", "catalog", "."]).code, Some(3));
}

fn git(folder: &Path, arguments: &[&str]) {
    let status =
        Command::new("git").arg("-C").arg(folder).args(arguments).env("GIT_CONFIG_NOSYSTEM", "1").env("HOME", folder).status().unwrap();
    assert!(status.success());
}

#[test]
fn restore_and_import_demand_a_stopped_server() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start_on(&folder.path().join("data"));
    std::fs::write(folder.path().join("export"), "").unwrap();
    for arguments in [&["restore", "--data", "data"][..], &["import", "export", "--data", "data"]] {
        let ended = run(folder.path(), arguments);
        assert_eq!(ended.code, Some(5), "{ended:?}");
        assert!(ended.stderr.contains("stop it first"), "{ended:?}");
    }
    server.stop("TERM");
}

#[test]
fn what_is_not_linked_is_listed_until_somebody_links_it() {
    let folder = tempfile::tempdir().unwrap();
    let now = spot::model::Instant::from_seconds(1_767_268_800);
    {
        let store = Store::open(&Options::new(folder.path().join("data"))).unwrap();
        let mut transaction = store.begin(Layer::Observed).unwrap();
        let said = [
            ("git", "ledger", Facet::General, json!({"ref": "service:ledger"})),
            ("git", "acme/ledger", Facet::General, json!({"ref": "repository:acme/ledger"})),
            ("sonarqube", "acme_ledger-batch", Facet::Quality, json!({"gate": "passed"})),
        ];
        for (source, id, facet, body) in said {
            let kind = if id.contains('/') { Kind::Repository } else { Kind::Service };
            let no = transaction.resource(source, &Resource { id: id.to_owned(), kind, scope: "acme".to_owned() });
            if let Some(reference) = body["ref"].as_str() {
                let entity = transaction.create(&reference.parse().unwrap());
                transaction.link(no, entity, "ref");
            }
            let stream = transaction.stream(no, facet, source);
            transaction.version(stream, None, body.as_object().cloned(), Some("https://sonar.example/".to_owned()), false);
        }
        transaction.commit(now).unwrap();
    }
    let link = |arguments: &[&str]| run(folder.path(), [&["link", "--data", "data"], arguments].concat());
    let listed = link(&[]);
    assert_eq!(
        listed.stdout,
        "sonarqube/acme_ledger-batch\n    perhaps repository:acme/ledger, service:ledger\n    https://sonar.example/\n"
    );
    assert!(listed.stderr.contains("spot link SOURCE/ID REF"), "{listed:?}");
    let listed: serde_json::Value = serde_json::from_str(&link(&["--json"]).stdout).unwrap();
    assert_eq!(
        (&listed["source"], &listed["guesses"]),
        (&json!("sonarqube"), &json!([{"ref": "repository:acme/ledger"}, {"ref": "service:ledger"}]))
    );
    assert_eq!(link(&["sonarqube/acme_ledger-batch"]).code, Some(2), "whose it is has to be said");
    assert_eq!(link(&["sonarqube/acme_ledger-batch", "service:ledger"]).code, Some(0));
    let listed = link(&[]);
    assert_eq!((listed.code, listed.stdout.as_str(), listed.stderr.as_str()), (Some(0), "", "everything is linked\n"));
}
