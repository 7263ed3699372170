//! `go.mod` and `go.sum`.

use std::fmt::Write;

use crate::demo::company::lockfiles::locked::Locked;

/// `go.mod`.
pub(super) fn module(locked: &Locked<'_>) -> String {
    let state = locked.state;
    let mut text = format!("module {}\n\ngo {}\n", state.shape.called(&state.universe.login), state.runtime.version);
    let is_direct = |at: &usize| state.directs.iter().any(|direct| direct.package == locked.nodes[*at].pick.package);
    let (direct, indirect): (Vec<usize>, Vec<usize>) = (0..locked.nodes.len()).partition(is_direct);
    for (nodes, comment) in [(direct, ""), (indirect, " // indirect")] {
        if nodes.is_empty() {
            continue;
        }
        text.push_str("\nrequire (\n");
        for at in nodes {
            let _ = writeln!(text, "\t{} {}{comment}", locked.name(at), locked.version(at));
        }
        text.push_str(")\n");
    }
    text
}

/// `go.sum`.
pub(super) fn sums(locked: &Locked<'_>) -> String {
    let mut text = String::with_capacity(locked.nodes.len() * 210);
    for at in 0..locked.nodes.len() {
        let (name, version) = (locked.name(at), locked.version(at));
        let mut sums = locked.sums(at);
        let _ = write!(text, "{name} {version} h1:{}=\n{name} {version}/go.mod h1:{}=\n", sums.base64(43), sums.base64(43));
    }
    text
}
