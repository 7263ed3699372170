//! `package.json`, and `package-lock.json` version 3.

use std::collections::HashMap;
use std::fmt::Write;

use crate::demo::company::lockfiles::Stack;
use crate::demo::company::lockfiles::locked::Locked;
use crate::demo::company::lockfiles::resolve::{Direct, Pick};

/// `package.json`.
pub(super) fn manifest(locked: &Locked<'_>) -> String {
    let shape = &locked.state.shape;
    let mut text = String::new();
    let scripts = if shape.stack == Stack::EndToEnd {
        "    \"lint\": \"eslint .\",\n    \"test\": \"npm run e2e\",\n    \"e2e\": \"node scripts/run.js\"\n"
    } else if shape.stack == Stack::Load {
        "    \"build\": \"node esbuild.js\",\n    \"test\": \"k6 run dist/main.js\"\n"
    } else if shape.stack == Stack::ReactNative {
        "    \"android\": \"react-native run-android\",\n    \"ios\": \"react-native run-ios\",\n    \"lint\": \"eslint .\",\n    \"test\": \"jest\"\n"
    } else if shape.is_browser {
        "    \"build\": \"vite build\",\n    \"dev\": \"vite\",\n    \"lint\": \"eslint .\",\n    \"test\": \"vitest run\"\n"
    } else {
        "    \"build\": \"tsc -p .\",\n    \"lint\": \"eslint .\",\n    \"start\": \"node dist/main.js\",\n    \"test\": \"jest\"\n"
    };
    let private = if shape.published.is_some() { "" } else { "  \"private\": true,\n" };
    let _ = write!(
        text,
        "{{\n  \"name\": \"{}\",\n  \"version\": \"1.0.0\",\n{private}  \"engines\": {{\n    \"node\": \">={}\"\n  }},\n  \
         \"scripts\": {{\n{scripts}  }}",
        shape.called(&locked.state.universe.login),
        locked.state.runtime.version
    );
    declared(locked, "  ", &mut text);
    text.push_str("\n}\n");
    text
}

/// What the project declares, as in `package.json`, each group after a comma.
fn declared(locked: &Locked<'_>, indent: &str, text: &mut String) {
    for (key, for_development) in [("dependencies", false), ("devDependencies", true)] {
        let directs = locked.directs(for_development);
        if directs.is_empty() {
            continue;
        }
        let _ = write!(text, ",\n{indent}\"{key}\": {{");
        for (at, direct) in directs.iter().enumerate() {
            let comma = if at == 0 { "" } else { "," };
            let name = &locked.package(direct.pick()).name;
            let _ = write!(text, "{comma}\n{indent}  \"{name}\": \"{}\"", requirement(locked, direct));
        }
        let _ = write!(text, "\n{indent}}}");
    }
}

/// What the manifest asks for: mostly anything compatible, some projects fix their versions.
pub(super) fn requirement(locked: &Locked<'_>, direct: &Direct) -> String {
    let wanted = Pick { package: direct.package, release: direct.wanted };
    if locked.state.shape.choice.part("exact").chance(0.08) {
        return locked.release(direct.pick()).version.clone();
    }
    format!("^{}", locked.release(wanted).version)
}

/// A checksum as npm has them.
pub(super) fn integrity(locked: &Locked<'_>, at: usize) -> String {
    format!("sha512-{}==", locked.sums(at).base64(86))
}

/// Where a version can be downloaded.
pub(super) fn tarball(locked: &Locked<'_>, at: usize) -> String {
    let name = locked.name(at);
    let last = name.rsplit('/').next().unwrap_or(name);
    format!("{}/{name}/-/{last}-{}.tgz", locked.registry(locked.nodes[at].pick), locked.version(at))
}

/// Which node lies in the folder of a package.
type Folder = HashMap<u16, usize>;

/// Places everything in folders as npm does: one version of each package on top, others below those that need them.
fn place(locked: &Locked<'_>) -> Vec<(String, usize)> {
    // On top lies the version that most need; what the project declares goes before.
    let mut users: Vec<usize> = vec![0; locked.nodes.len()];
    for at in 0..locked.nodes.len() {
        for (need, _) in locked.needs(at) {
            users[need] += 1;
        }
    }
    let mut top: Folder = HashMap::new();
    for (at, node) in locked.nodes.iter().enumerate() {
        let known = top.entry(node.pick.package).or_insert(at);
        if users[at] >= users[*known] {
            *known = at;
        }
    }
    for direct in locked.state.directs.iter() {
        top.extend(locked.node_of(direct.pick()).map(|at| (direct.package, at)));
    }
    let mut placed: Vec<(String, usize)> = Vec::with_capacity(locked.nodes.len() + 16);
    let mut folders = vec![top];
    let tops: Vec<usize> = (0..locked.nodes.len()).filter(|at| folders[0][&locked.nodes[*at].pick.package] == *at).collect();
    for at in tops {
        put(locked, format!("node_modules/{}", locked.name(at)), at, &mut folders, &mut placed);
    }
    placed.sort_unstable();
    placed
}

fn put(locked: &Locked<'_>, path: String, at: usize, folders: &mut Vec<Folder>, placed: &mut Vec<(String, usize)>) {
    let mut own = Folder::new();
    for (need, _) in locked.needs(at) {
        let package = locked.nodes[need].pick.package;
        let visible = folders.iter().rev().find_map(|folder| folder.get(&package));
        if visible != Some(&need) {
            own.insert(package, need);
        }
    }
    if !own.is_empty() {
        let mut nested: Vec<usize> = own.values().copied().collect();
        nested.sort_unstable();
        folders.push(own);
        for need in nested {
            put(locked, format!("{path}/node_modules/{}", locked.name(need)), need, folders, placed);
        }
        folders.pop();
    }
    placed.push((path, at));
}

/// `package-lock.json`.
pub(super) fn lock(locked: &Locked<'_>) -> String {
    let name = locked.state.shape.called(&locked.state.universe.login);
    let mut text = String::with_capacity(locked.nodes.len() * 420);
    let _ = write!(
        text,
        "{{\n  \"name\": \"{name}\",\n  \"version\": \"1.0.0\",\n  \"lockfileVersion\": 3,\n  \"requires\": true,\n  \"packages\": {{\n    \"\": {{\n      \
         \"name\": \"{name}\",\n      \"version\": \"1.0.0\""
    );
    declared(locked, "      ", &mut text);
    text.push_str("\n    }");
    for (path, at) in place(locked) {
        let node = &locked.nodes[at];
        let _ = write!(
            text,
            ",\n    \"{path}\": {{\n      \"version\": \"{}\",\n      \"resolved\": \"{}\",\n      \"integrity\": \"{}\"",
            locked.version(at),
            tarball(locked, at),
            integrity(locked, at)
        );
        if node.for_development && !node.for_running {
            text.push_str(",\n      \"dev\": true");
        }
        if let Some(licence) = locked.package(node.pick).licence {
            let _ = write!(text, ",\n      \"license\": \"{licence}\"");
        }
        if let Some((_, why)) = &locked.release(node.pick).deprecated
            && locked.package(node.pick).releases.iter().all(|release| release.deprecated.is_some())
        {
            let _ = write!(text, ",\n      \"deprecated\": \"{why}\"");
        }
        let needs = locked.sorted_needs(at);
        if !needs.is_empty() {
            text.push_str(",\n      \"dependencies\": {");
            for (number, (need, floor)) in needs.iter().enumerate() {
                let comma = if number == 0 { "" } else { "," };
                let _ = write!(text, "{comma}\n        \"{}\": \"^{}\"", locked.name(*need), locked.release(*floor).version);
            }
            text.push_str("\n      }");
        }
        text.push_str("\n    }");
    }
    text.push_str("\n  }\n}\n");
    text
}
