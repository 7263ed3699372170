//! NuGet: `packages.lock.json`.

use std::collections::HashMap;

use serde::Deserialize;

use super::loose::{Loose, Table, Text};
use super::reading::{Reading, Scope, Use, quote};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct NugetLock {
    version: Text,
    dependencies: Table<Table<Loose<Locked>>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Locked {
    #[serde(rename = "type")]
    type_: Text,
    requested: Text,
    resolved: Text,
}

/// Reads a `packages.lock.json`: the same package may be there once per target framework.
pub(super) fn lock(text: &str, reading: &mut Reading<'_>) {
    let lock: NugetLock = match serde_json::from_str(text) {
        Ok(lock) => lock,
        Err(error) => {
            let line = error.line();
            return reading.refuse((line > 0).then_some(line), format!("found {error}, expected a packages.lock.json"));
        }
    };
    let version = lock.version.text().unwrap_or_default();
    reading.rule = match version {
        "1" => "packages.lock.json v1",
        "2" => "packages.lock.json v2",
        _ => "packages.lock.json",
    };
    if !matches!(version, "1" | "2") {
        reading.refuse(reading.line_of(text, "\"version\""), format!("found version {}, expected 1 or 2", quote(version)));
    }
    if lock.dependencies.table().is_none() {
        let line = reading.line_of(text, "\"dependencies\"");
        return reading.refuse(line, format!("found {} as `dependencies`, expected a table", lock.dependencies.shape()));
    }
    // Names are the same in any case; the first spelling is kept.
    let mut spelling: HashMap<String, &str> = HashMap::new();
    for (framework, packages) in lock.dependencies.entries() {
        if packages.table().is_none() {
            let message = format!("found {} as {}, expected a table of packages", packages.shape(), quote(framework));
            reading.refuse(reading.line_of(text, &format!("\"{framework}\"")), message);
        }
        for (name, entry) in packages.entries() {
            let Some(locked) = entry.table() else {
                let message = format!("found {} as the entry {}, expected a table", entry.shape(), quote(name));
                reading.refuse(reading.line_of(text, &format!("\"{name}\"")), message);
                continue;
            };
            let direct = match locked.type_.text() {
                Some("Project") => continue,
                Some("Direct") => Some(true),
                Some("Transitive" | "CentralTransitive") => Some(false),
                _ => None,
            };
            let name = *spelling.entry(name.to_lowercase()).or_insert(name);
            if locked.resolved.text().is_none() {
                let line = reading.line_of(text, &format!("\"{name}\""));
                reading.refuse(line, format!("found no version of {}, expected one", quote(name)));
            }
            let version = locked.resolved.text().map(str::to_owned);
            let requirement = locked.requested.text().filter(|_| direct == Some(true)).map(str::to_owned);
            reading.add(name, Use { version, requirement, scope: Some(Scope::Runtime), direct });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::told;

    #[test]
    fn frameworks_are_merged_and_projects_skipped() {
        insta::assert_snapshot!(told("src/packages.lock.json", include_str!("fixtures/packages.lock.json"), &[]), @r#"
        packages.lock.json v2
        nuget/Acme.Central  1.0.0  -  runtime  indirect
        nuget/Acme.Json  13.0.2,13.0.3  -  runtime  indirect
        nuget/Acme.Logging  3.1.1  [3.1.1, )  runtime  direct
        nuget/Acme.Unresolved  -  [1.0.0, )  runtime  direct
        ! 9: found a string or number as the entry `Acme.Broken`, expected a table
        ! 13: found no version of `Acme.Unresolved`, expected one
        "#);
    }
}
