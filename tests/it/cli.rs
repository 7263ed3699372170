//! The command line: exit codes, streams, and the same answers with and without a server.

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
