//! What the files around the code promise.

use crate::support::{package, run};

#[test]
fn the_lock_of_the_pages_names_no_registry() {
    let lock = std::fs::read_to_string(package().join("web/package-lock.json")).unwrap();
    assert!(!lock.contains("\"resolved\""), "keep `omit-lockfile-registry-resolved=true` in web/.npmrc");
}

#[test]
fn the_readme_lists_the_exit_codes_of_the_help() {
    let folder = tempfile::tempdir().unwrap();
    let help = run(folder.path(), ["--help"]).stdout;
    let readme = std::fs::read_to_string(package().join("README.md")).unwrap();
    let (_, codes) = help.split_once("Exit codes:").unwrap();
    let mut count = 0;
    for line in codes.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (code, meaning) = line.split_once("  ").unwrap();
        assert!(readme.contains(&format!("| {code} | {meaning} |")), "{line}");
        count += 1;
    }
    assert_eq!(count, 6);
}
