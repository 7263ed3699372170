//! `pnpm-lock.yaml` version 9.

use std::fmt::Write;

use crate::demo::company::lockfiles::locked::Locked;
use crate::demo::company::lockfiles::npm::{integrity, requirement};

/// A key of YAML: names with a scope need quotes.
fn key(text: &str) -> String {
    if text.starts_with('@') { format!("'{text}'") } else { text.to_owned() }
}

/// `pnpm-lock.yaml`.
pub(super) fn lock(locked: &Locked<'_>) -> String {
    let mut text = String::with_capacity(locked.nodes.len() * 320);
    text.push_str(
        "lockfileVersion: '9.0'\n\nsettings:\n  autoInstallPeers: true\n  excludeLinksFromLockfile: false\n\nimporters:\n\n  .:\n",
    );
    for (group, for_development) in [("dependencies", false), ("devDependencies", true)] {
        let directs = locked.directs(for_development);
        if !directs.is_empty() {
            let _ = writeln!(text, "    {group}:");
        }
        for direct in directs {
            let (name, version) = (key(&locked.package(direct.pick()).name), &locked.release(direct.pick()).version);
            let _ = write!(text, "      {name}:\n        specifier: {}\n        version: {version}\n", requirement(locked, &direct));
        }
    }
    text.push_str("\npackages:\n");
    for at in 0..locked.nodes.len() {
        let identity = key(&format!("{}@{}", locked.name(at), locked.version(at)));
        let _ = write!(text, "\n  {identity}:\n    resolution: {{integrity: {}}}\n", integrity(locked, at));
    }
    text.push_str("\nsnapshots:\n");
    for at in 0..locked.nodes.len() {
        let identity = key(&format!("{}@{}", locked.name(at), locked.version(at)));
        let needs = locked.sorted_needs(at);
        if needs.is_empty() {
            let _ = write!(text, "\n  {identity}: {{}}\n");
            continue;
        }
        let _ = write!(text, "\n  {identity}:\n    dependencies:\n");
        for (need, _) in needs {
            let _ = writeln!(text, "      {}: {}", key(locked.name(need)), locked.version(need));
        }
    }
    text
}
