//! The configuration: what is wrong is refused with file, line and key, before anything starts.

use crate::support::{run, spot};

#[test]
fn a_wrong_key_stops_every_command_that_reads_the_file() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("spot.toml"), "[git]\nfoldres = [\".\"]\n").unwrap();
    for arguments in [["serve", "--data=data"], ["check", "--data=data"]] {
        let ended = run(folder.path(), arguments);
        assert_eq!(ended.code, Some(2), "{ended:?}");
        assert_eq!(ended.stderr, "spot: spot.toml:2: git.foldres: unknown key `foldres`; did you mean `folders`?\n");
    }
}

#[test]
fn check_says_what_is_configured_and_what_cannot_be_read() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("spot.toml"), "data = \"data\"\nzone = \"Europe/Berlin\"\n[git]\nfolders = [\".\", \"missing\"]\n")
        .unwrap();
    let ended = run(folder.path(), ["check", "--json"]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    let findings: Vec<serde_json::Value> = ended.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let wrong: Vec<&str> =
        findings.iter().filter(|finding| finding["ok"] == false).map(|finding| finding["what"].as_str().unwrap()).collect();
    assert_eq!(wrong, ["git folder missing"]);
}

#[test]
fn an_unknown_variable_is_a_warning_and_a_wrong_one_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let command = |name: &str, value: &str| {
        let output = spot(folder.path()).args(["query", "{ version }", "--data", "data"]).env(name, value).output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let (code, stderr) = command("SPOT_PORT", "tcp://10.0.0.1:80");
    assert_eq!(code, Some(0));
    assert!(stderr.contains("unknown variable `SPOT_PORT`"), "{stderr}");
    let (code, stderr) = command("SPOT_ZONE", "Mars/Olympus");
    assert_eq!(code, Some(2));
    assert_eq!(stderr, "spot: SPOT_ZONE (zone): \"Mars/Olympus\" is not an IANA time zone such as Europe/Berlin\n");
}
