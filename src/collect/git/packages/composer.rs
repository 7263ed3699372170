//! Composer: `composer.lock`, with the `composer.json` beside it.

use std::collections::HashMap;

use serde::Deserialize;

use super::loose::{Loose, Table, Text};
use super::reading::{Reading, Scope, Use, inside, quote};

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
struct ComposerLock {
    packages: Loose<Locked>,
    packages_dev: Loose<Locked>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Locked {
    name: Text,
    version: Text,
    dist: Loose<Dist>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Dist {
    #[serde(rename = "type")]
    type_: Text,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
struct ComposerJson {
    require: Table<Text>,
    require_dev: Table<Text>,
}

/// Reads a `composer.lock`.
pub(super) fn lock(text: &str, reading: &mut Reading<'_>) {
    let lock: ComposerLock = match serde_json::from_str(text) {
        Ok(lock) => lock,
        Err(error) => {
            let line = error.line();
            return reading.refuse((line > 0).then_some(line), format!("found {error}, expected a composer.lock"));
        }
    };
    if !lock.packages.is_there() && !lock.packages_dev.is_there() {
        return reading.refuse(None, "found neither `packages` nor `packages-dev`, expected both");
    }
    let path = inside(reading.folder(), "composer.json");
    let project: Option<ComposerJson> = reading.text_of(&path).and_then(|text| serde_json::from_str(&text).ok());
    let declared: Option<HashMap<String, &str>> = project.as_ref().map(|project| {
        let both = project.require_dev.entries().iter().chain(project.require.entries());
        both.map(|(name, requirement)| (name.to_lowercase(), requirement.text().unwrap_or_default())).collect()
    });
    for (key, list, scope) in [("packages", &lock.packages, Scope::Runtime), ("packages-dev", &lock.packages_dev, Scope::Development)] {
        if list.is_there() && !matches!(list, Loose::List(_)) {
            let line = reading.line_of(text, &format!("\"{key}\""));
            reading.refuse(line, format!("found {} as `{key}`, expected a list", list.shape()));
        }
        for item in list.items() {
            let Some((locked, name)) = item.table().and_then(|locked| Some((locked, locked.name.text()?))) else {
                reading.refuse(None, format!("found {} without a name in `{key}`, expected a package", item.shape()));
                continue;
            };
            if locked.dist.table().is_some_and(|dist| dist.type_.text() == Some("path")) {
                continue;
            }
            let version = locked.version.text().map(|version| plain(version).to_owned());
            if version.is_none() {
                let line = reading.line_of(text, &format!("\"{name}\""));
                reading.refuse(line, format!("found no version of {}, expected one", quote(name)));
            }
            let name = name.to_lowercase();
            let requirement = declared.as_ref().and_then(|declared| declared.get(&name)).map(|requirement| (*requirement).to_owned());
            let direct = declared.as_ref().map(|declared| declared.contains_key(&name));
            reading.add(&name, Use { version, requirement, scope: Some(scope), direct });
        }
    }
}

/// `v1.2.3` is the tag of 1.2.3; a branch such as `dev-main` stays what it is.
fn plain(version: &str) -> &str {
    version.strip_prefix('v').filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit())).unwrap_or(version)
}

#[cfg(test)]
mod tests {
    use super::super::testing::told;

    #[test]
    fn packages_and_what_the_manifest_requires() {
        insta::assert_snapshot!(told("composer.lock", include_str!("fixtures/composer.lock"), &[("composer.json", include_str!("fixtures/composer.json"))]), @r#"
        composer.lock
        composer/acme/edge  dev-main  dev-main  runtime  direct
        composer/acme/logger  3.1.0  ^3.0  runtime  direct
        composer/acme/tester  11.0.0  ^11  development  direct
        composer/acme/transitive  2.0.1  -  runtime  indirect
        composer/acme/versionless  -  -  development  indirect
        ! -: found a table without a name in `packages`, expected a package
        ! 13: found no version of `acme/versionless`, expected one
        "#);
    }
}
