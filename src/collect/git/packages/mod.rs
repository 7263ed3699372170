//! Manifests and lockfiles: the packages that a file declares or locks. Bytes in, packages out.
//!
//! # Invariants
//! - Nothing here opens a file or a connection; other files of the same commit come through the caller's `read`.
//! - A lockfile says which versions are used; a manifest says it only where no lockfile speaks for it. Manifests
//!   beside a lockfile are read to tell what is declared and what for.
//! - What belongs to the repository itself (workspace members, local paths, links, editable installs) is no package.
//! - What cannot be read is a [`Refusal`], never a panic and never a guess; an unknown version stays unknown.
//! - Credentials in URLs are dropped before anything is kept or told.
//!
//! Deliberately absent: `go.sum`, which lists more than is used, and `bun.lockb`, which is binary.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::collect::git::Refusal;
use crate::model::body::PackageUse;
use reading::{MAX_BYTES, Reading, without_mark};

mod bun;
mod cargo;
mod composer;
mod go;
mod gradle;
mod loose;
mod maven;
mod npm;
mod nuget;
mod pnpm;
mod python;
mod reading;
mod requirements;
mod ruby;
mod runtimes;
#[cfg(test)]
mod testing;
mod yarn;

/// What a file said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parsed {
    /// By [`crate::model::body::package_key`].
    pub packages: BTreeMap<String, PackageUse>,
    /// The package that is made of this project, as `ecosystem/name`: its manifest names it and does not keep it private.
    pub publishes: Option<String>,
    /// What could not be read, in the order of the lines.
    pub refusals: Vec<Refusal>,
    /// The format that the file was read as: `package-lock v3`. Empty if it is none.
    pub rule: &'static str,
    /// The other files that were asked for, whether they are there or not, sorted: the answer depends on them.
    pub reads: Vec<String>,
}

/// Folders that hold other people's manifests, or built ones.
const VENDORED: &[&str] = &[
    ".bundle",
    ".git",
    ".gradle",
    ".pnpm-store",
    ".tox",
    ".venv",
    ".yarn",
    "bower_components",
    "node_modules",
    "site-packages",
    "target",
    "vendor",
    "venv",
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    BunLock,
    CargoLock,
    CargoToml,
    ComposerLock,
    Dockerfile,
    GemfileLock,
    GoMod,
    GradleBuild(&'static str),
    GradleLock,
    NugetLock,
    PackageJson,
    PackageLock,
    PipfileLock,
    PnpmLock,
    PoetryLock,
    Pom,
    PyLock,
    PyProject,
    Requirements,
    RuntimeTxt,
    ToolVersions,
    UvLock,
    VersionCatalog,
    VersionFile(&'static str),
    YarnLock,
}

impl Format {
    fn of(path: &str) -> Option<Self> {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        let parent = folder.rsplit('/').next().unwrap_or_default();
        Some(match name {
            "bun.lock" => Self::BunLock,
            "Cargo.lock" => Self::CargoLock,
            "Cargo.toml" => Self::CargoToml,
            "composer.lock" => Self::ComposerLock,
            "Gemfile.lock" | "gems.locked" => Self::GemfileLock,
            "go.mod" => Self::GoMod,
            "build.gradle" => Self::GradleBuild("build.gradle"),
            "build.gradle.kts" => Self::GradleBuild("build.gradle.kts"),
            "gradle.lockfile" | "buildscript-gradle.lockfile" => Self::GradleLock,
            "packages.lock.json" => Self::NugetLock,
            "package.json" => Self::PackageJson,
            "package-lock.json" | "npm-shrinkwrap.json" => Self::PackageLock,
            "Pipfile.lock" => Self::PipfileLock,
            "pnpm-lock.yaml" => Self::PnpmLock,
            "poetry.lock" => Self::PoetryLock,
            "pom.xml" => Self::Pom,
            "pylock.toml" => Self::PyLock,
            "pyproject.toml" => Self::PyProject,
            "uv.lock" => Self::UvLock,
            "libs.versions.toml" if parent == "gradle" => Self::VersionCatalog,
            "yarn.lock" => Self::YarnLock,
            ".tool-versions" => Self::ToolVersions,
            "runtime.txt" => Self::RuntimeTxt,
            ".java-version" => Self::VersionFile(".java-version"),
            ".node-version" => Self::VersionFile(".node-version"),
            ".nvmrc" => Self::VersionFile(".nvmrc"),
            ".python-version" => Self::VersionFile(".python-version"),
            _ if runtimes::is_dockerfile(name) => Self::Dockerfile,
            _ if python::is_named_lock(name) => Self::PyLock,
            _ if requirements::is_name(parent, name) => Self::Requirements,
            _ if name.ends_with(".lockfile") && gradle::is_dependency_locks(folder) => Self::GradleLock,
            _ => return None,
        })
    }

    const fn ecosystem(self) -> &'static str {
        match self {
            Self::BunLock | Self::PackageJson | Self::PackageLock | Self::PnpmLock | Self::YarnLock => "npm",
            Self::CargoLock | Self::CargoToml => "cargo",
            Self::ComposerLock => "composer",
            Self::Dockerfile | Self::RuntimeTxt | Self::ToolVersions | Self::VersionFile(_) => "runtime",
            Self::GemfileLock => "gem",
            Self::GoMod => "go",
            Self::GradleBuild(_) | Self::GradleLock | Self::Pom | Self::VersionCatalog => "maven",
            Self::NugetLock => "nuget",
            Self::PipfileLock | Self::PoetryLock | Self::PyLock | Self::PyProject | Self::Requirements | Self::UvLock => "pypi",
        }
    }

    /// The rule, until the file tells its version.
    const fn rule(self) -> &'static str {
        match self {
            Self::BunLock => "bun.lock",
            Self::CargoLock => "Cargo.lock",
            Self::CargoToml => "Cargo.toml",
            Self::ComposerLock => "composer.lock",
            Self::Dockerfile => "Dockerfile",
            Self::GemfileLock => "Gemfile.lock",
            Self::GoMod => "go.mod",
            Self::GradleBuild(name) => name,
            Self::GradleLock => "gradle.lockfile",
            Self::NugetLock => "packages.lock.json",
            Self::PackageJson => "package.json",
            Self::PackageLock => "package-lock",
            Self::PipfileLock => "Pipfile.lock",
            Self::PnpmLock => "pnpm-lock",
            Self::PoetryLock => "poetry.lock",
            Self::Pom => "pom.xml",
            Self::PyLock => "pylock.toml",
            Self::PyProject => "pyproject.toml",
            Self::Requirements => "requirements.txt",
            Self::RuntimeTxt => "runtime.txt",
            Self::ToolVersions => ".tool-versions",
            Self::UvLock => "uv.lock",
            Self::VersionCatalog => "gradle version catalog",
            Self::VersionFile(name) => name,
            Self::YarnLock => "yarn.lock",
        }
    }

    /// Whether each line stands for itself, so that a line that is not UTF-8 spoils no other.
    const fn is_lines(self) -> bool {
        matches!(
            self,
            Self::Dockerfile
                | Self::GemfileLock
                | Self::GoMod
                | Self::GradleBuild(_)
                | Self::GradleLock
                | Self::Requirements
                | Self::RuntimeTxt
                | Self::ToolVersions
                | Self::VersionFile(_)
                | Self::YarnLock
        )
    }

    /// Whether an empty file is a file of this format.
    const fn may_be_empty(self) -> bool {
        matches!(self, Self::GradleBuild(_) | Self::Requirements)
    }

    fn read(self, text: &str, reading: &mut Reading<'_>) {
        match self {
            Self::BunLock => bun::lock(text, reading),
            Self::CargoLock => cargo::lock(text, reading),
            Self::CargoToml => cargo::manifest(text, reading),
            Self::ComposerLock => composer::lock(text, reading),
            Self::Dockerfile => runtimes::dockerfile(text, reading),
            Self::GemfileLock => ruby::lock(text, reading),
            Self::GoMod => go::module(text, reading),
            Self::GradleBuild(_) => gradle::script(text, reading),
            Self::GradleLock => gradle::lock(text, reading),
            Self::NugetLock => nuget::lock(text, reading),
            Self::PackageJson => npm::manifest(text, reading),
            Self::PackageLock => npm::lock(text, reading),
            Self::PipfileLock => python::pipfile_lock(text, reading),
            Self::PnpmLock => pnpm::lock(text, reading),
            Self::PoetryLock => python::poetry_lock(text, reading),
            Self::Pom => maven::pom(text, reading),
            Self::PyLock => python::pylock(text, reading),
            Self::PyProject => python::pyproject(text, reading),
            Self::Requirements => requirements::read(text, reading),
            Self::RuntimeTxt => runtimes::runtime_txt(text, reading),
            Self::ToolVersions => runtimes::tool_versions(text, reading),
            Self::UvLock => python::uv_lock(text, reading),
            Self::VersionCatalog => gradle::catalog::read(text, reading),
            Self::VersionFile(_) => runtimes::version_file(text, reading),
            Self::YarnLock => yarn::lock(text, reading),
        }
    }
}

/// Whether this path is a manifest or lockfile that [`parse`] reads.
///
/// Told by the file's name alone; what lies in a vendored folder (`node_modules`, `vendor`, `target` and their like)
/// is somebody else's.
#[must_use]
pub fn is_manifest(path: &str) -> bool {
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    !folder.split('/').any(|name| VENDORED.contains(&name)) && Format::of(path).is_some()
}

/// Whether [`parse`] may ask for this file, which is no manifest itself: it names the project of a build with Gradle.
#[must_use]
pub fn is_settings(path: &str) -> bool {
    matches!(path.rsplit('/').next(), Some("settings.gradle" | "settings.gradle.kts"))
}

/// The packages that a manifest or lockfile declares or locks.
///
/// `path` is the file's path from the repository's root; `read` gives the bytes of another file of the same commit by
/// such a path, to mark what is declared and what for. Whatever the bytes are, this returns: what cannot be read is
/// among the refusals. A path that is no manifest has an empty rule.
pub fn parse(path: &str, bytes: &[u8], read: &mut dyn FnMut(&str) -> Option<Arc<[u8]>>) -> Parsed {
    let Some(format) = Format::of(path) else {
        let message = "found a file of another name, expected a manifest or lockfile".to_owned();
        return Parsed { refusals: vec![Refusal { path: path.to_owned(), line: None, message }], ..Parsed::default() };
    };
    let mut reading = Reading::new(path, format.ecosystem(), format.rule(), read);
    if bytes.len() > MAX_BYTES {
        reading.refuse(None, format!("found {} bytes, expected at most {} MiB", bytes.len(), MAX_BYTES / 1024 / 1024));
    } else if bytes.iter().all(u8::is_ascii_whitespace) && !format.may_be_empty() {
        reading.refuse(None, format!("found an empty file, expected a {}", format.rule()));
    } else if bytes.contains(&0) {
        reading.refuse(None, "found binary data, expected UTF-8 text");
    } else {
        match std::str::from_utf8(bytes) {
            Ok(text) => format.read(without_mark(text), &mut reading),
            Err(_) if format.is_lines() => format.read(&readable_lines(bytes, &mut reading), &mut reading),
            Err(error) => {
                let line = bytes.iter().take(error.valid_up_to()).filter(|&&b| b == b'\n').count() + 1;
                reading.refuse(Some(line), "found bytes that are not UTF-8, expected UTF-8 text");
            }
        }
    }
    reading.finish()
}

/// The text with every line that is not UTF-8 refused and emptied.
fn readable_lines(bytes: &[u8], reading: &mut Reading<'_>) -> String {
    let mut text = String::with_capacity(bytes.len());
    for (at, line) in bytes.split(|&b| b == b'\n').enumerate() {
        match std::str::from_utf8(line) {
            Ok(line) => text.push_str(line),
            Err(_) => reading.refuse(Some(at + 1), "found bytes that are not UTF-8, expected UTF-8 text"),
        }
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::testing::{parse_beside, told};
    use super::*;

    /// A path and a realistic text for every format.
    const FIXTURES: &[(&str, &str)] = &[
        ("Cargo.lock", include_str!("fixtures/Cargo.lock")),
        ("Cargo.toml", include_str!("fixtures/Cargo.toml")),
        ("Dockerfile", include_str!("fixtures/Dockerfile")),
        ("Gemfile.lock", include_str!("fixtures/Gemfile.lock")),
        ("Pipfile.lock", include_str!("fixtures/Pipfile.lock")),
        ("bun.lock", include_str!("fixtures/bun.lock")),
        ("composer.lock", include_str!("fixtures/composer.lock")),
        ("go.mod", include_str!("fixtures/go.mod")),
        ("build.gradle", include_str!("fixtures/build.gradle")),
        ("build.gradle.kts", include_str!("fixtures/build.gradle.kts")),
        ("gradle.lockfile", include_str!("fixtures/gradle.lockfile")),
        ("gradle/libs.versions.toml", include_str!("fixtures/libs.versions.toml")),
        ("package-lock.json", include_str!("fixtures/package-lock-v3.json")),
        ("npm-shrinkwrap.json", include_str!("fixtures/package-lock-v1.json")),
        ("package.json", include_str!("fixtures/package.json")),
        ("packages.lock.json", include_str!("fixtures/packages.lock.json")),
        ("pnpm-lock.yaml", include_str!("fixtures/pnpm-lock-v9.yaml")),
        ("old/pnpm-lock.yaml", include_str!("fixtures/pnpm-lock-v5.yaml")),
        ("poetry.lock", include_str!("fixtures/poetry.lock")),
        ("pom.xml", include_str!("fixtures/pom.xml")),
        ("pylock.toml", include_str!("fixtures/pylock.toml")),
        ("pyproject.toml", include_str!("fixtures/pyproject.toml")),
        ("requirements.txt", include_str!("fixtures/requirements.txt")),
        ("uv.lock", include_str!("fixtures/uv.lock")),
        ("yarn.lock", include_str!("fixtures/yarn-berry.lock")),
        ("old/yarn.lock", include_str!("fixtures/yarn-v1.lock")),
    ];

    /// Formats in which nearly any text, or none at all, is a file.
    const ANYTHING: &[&str] = &["build.gradle", "build.gradle.kts", "requirements.txt"];

    fn alone(path: &str, bytes: &[u8]) -> Parsed {
        parse(path, bytes, &mut |_| None)
    }

    #[test]
    fn a_manifest_is_told_by_its_name_and_place() {
        let table = [
            ("package.json", true),
            ("web/package.json", true),
            ("web/package-lock.json", true),
            ("npm-shrinkwrap.json", true),
            ("pnpm-lock.yaml", true),
            ("yarn.lock", true),
            ("bun.lock", true),
            ("Cargo.lock", true),
            ("crates/a/Cargo.toml", true),
            ("poetry.lock", true),
            ("uv.lock", true),
            ("pylock.toml", true),
            ("pylock.deploy.toml", true),
            ("Pipfile.lock", true),
            ("pyproject.toml", true),
            ("requirements.txt", true),
            ("requirements-dev.txt", true),
            ("requirements_test.txt", true),
            ("dev-requirements.txt", true),
            ("requirements/prod.txt", true),
            ("go.mod", true),
            ("pom.xml", true),
            ("build.gradle", true),
            ("app/build.gradle.kts", true),
            ("settings.gradle", false),
            ("gradle.lockfile", true),
            ("app/buildscript-gradle.lockfile", true),
            ("app/gradle/dependency-locks/compileClasspath.lockfile", true),
            ("gradle/libs.versions.toml", true),
            ("Gemfile.lock", true),
            ("gems.locked", true),
            ("composer.lock", true),
            ("src/App/packages.lock.json", true),
            ("deploy/Dockerfile.dev", true),
            ("Containerfile", true),
            (".nvmrc", true),
            ("web/.tool-versions", true),
            ("runtime.txt", true),
            ("", false),
            ("go.sum", false),
            ("bun.lockb", false),
            ("cargo.lock", false),
            ("Gemfile", false),
            ("Pipfile", false),
            ("requirements.in", false),
            ("constraints.txt", false),
            ("requirements/constraints.txt", false),
            ("docs/notes.txt", false),
            ("libs.versions.toml", false),
            ("other.lockfile", false),
            ("pylock.a.b.toml", false),
            ("package.json/README.md", false),
            ("my-package.json", false),
            ("node_modules/a/package.json", false),
            ("web/node_modules/a/package.json", false),
            ("vendor/forge.example/a/go.mod", false),
            ("target/package/Cargo.toml", false),
            (".venv/lib/requirements.txt", false),
            ("lib/site-packages/a/pyproject.toml", false),
            ("vendored/go.mod", true),
        ];
        for (path, expected) in table {
            assert_eq!(is_manifest(path), expected, "{path}");
        }
    }

    #[test]
    fn every_fixture_gives_packages_under_a_rule() {
        for (path, text) in FIXTURES {
            let parsed = alone(path, text.as_bytes());
            assert!(parsed.packages.len() >= 2, "{path}");
            assert!(!parsed.rule.is_empty(), "{path}");
            assert!(parsed.reads.is_sorted(), "{path}");
            assert!(parsed.packages.keys().all(|key| key.starts_with(&format!("{path}#"))), "{path}");
            for found in parsed.packages.values() {
                assert!(found.versions.is_sorted(), "{path}");
            }
        }
    }

    #[test]
    fn a_manifest_tells_what_is_published_and_what_is_kept_back() {
        let gradle = "plugins { `maven-publish` }\ngroup = \"com.acme\"\n";
        let poetry = "[tool.poetry]\nname = \"Acme_Kit\"\nversion = \"1\"\n";
        let cases: &[(&str, &str, Option<&str>)] = &[
            ("package.json", r#"{"name": "@acme/kit", "version": "1.0.0"}"#, Some("npm/@acme/kit")),
            ("package.json", r#"{"name": "@acme/kit", "version": "1.0.0", "private": true}"#, None),
            ("package.json", r#"{"name": "@acme/kit"}"#, None),
            ("packages/kit/package.json", r#"{"name": "kit", "version": "1"}"#, Some("npm/kit")),
            ("tests/fixtures/kit/package.json", r#"{"name": "kit", "version": "1"}"#, None),
            ("package-lock.json", r#"{"name": "kit", "version": "1", "lockfileVersion": 3}"#, None),
            ("Cargo.toml", "[package]\nname = \"kit\"\nversion = \"1.0.0\"", Some("cargo/kit")),
            ("Cargo.toml", "[package]\nname = \"kit\"\nversion = \"1.0.0\"\npublish = [\"acme\"]", Some("cargo/kit")),
            ("Cargo.toml", "[package]\nname = \"kit\"\nversion = \"1.0.0\"\npublish = []", None),
            ("Cargo.toml", "[package]\nname = \"kit\"\nversion = \"1.0.0\"\npublish = false", None),
            ("Cargo.toml", "[package]\nname = \"kit\"", None),
            ("Cargo.toml", "[workspace]\nmembers = []", None),
            ("pyproject.toml", "[project]\nname = \"Acme_Kit\"\n[build-system]\nrequires = []", Some("pypi/acme-kit")),
            ("pyproject.toml", "[project]\nname = \"kit\"", None),
            ("pyproject.toml", "[project]\nname = \"kit\"\n[tool.uv]\npackage = true", Some("pypi/kit")),
            (
                "pyproject.toml",
                "[project]\nname = \"kit\"\nclassifiers = [\"Private :: Do Not Upload\"]\n[build-system]\nrequires = []",
                None,
            ),
            ("pyproject.toml", poetry, Some("pypi/acme-kit")),
            ("pyproject.toml", &format!("{poetry}package-mode = false"), None),
            ("go.mod", "module github.example/acme/kit/v2\n", Some("go/github.example/acme/kit/v2")),
            ("pom.xml", "<project><groupId>com.acme</groupId><artifactId>kit</artifactId></project>", Some("maven/com.acme:kit")),
            (
                "pom.xml",
                "<project><parent><groupId>com.acme</groupId></parent><artifactId>kit</artifactId></project>",
                Some("maven/com.acme:kit"),
            ),
            (
                "pom.xml",
                "<project><groupId>com.acme</groupId><artifactId>kit</artifactId>\
                 <properties><maven.deploy.skip>true</maven.deploy.skip></properties></project>",
                None,
            ),
            ("kit/build.gradle.kts", gradle, Some("maven/com.acme:kit")),
            ("build.gradle.kts", gradle, None),
            ("kit/build.gradle.kts", "group = \"com.acme\"\n", None),
        ];
        for (path, text, expected) in cases {
            assert_eq!(alone(path, text.as_bytes()).publishes.as_deref(), *expected, "{path}: {text}");
        }
        let settings = [("settings.gradle.kts", "rootProject.name = \"ledger-kit\"\n")];
        assert_eq!(parse_beside("build.gradle.kts", gradle, &settings).publishes.as_deref(), Some("maven/com.acme:ledger-kit"));
        let member = "[package]\nname = \"kit\"\nversion.workspace = true\npublish.workspace = true\n";
        let root =
            |publish: &str| format!("[workspace]\nmembers = [\"kit\"]\n[workspace.package]\nversion = \"1.0.0\"\npublish = {publish}\n");
        for (publish, expected) in [("false", None), ("true", Some("cargo/kit"))] {
            let parsed = parse_beside("kit/Cargo.toml", member, &[("Cargo.toml", &root(publish))]);
            assert_eq!(parsed.publishes.as_deref(), expected, "publish = {publish}");
        }
    }

    #[test]
    fn lines_may_end_as_on_windows_and_begin_with_a_mark() {
        for (path, text) in FIXTURES {
            let windows = format!("\u{feff}{}", text.replace('\n', "\r\n"));
            assert_eq!(alone(path, windows.as_bytes()).packages, alone(path, text.as_bytes()).packages, "{path}");
        }
    }

    #[test]
    fn no_credentials_are_kept() {
        for (path, text) in FIXTURES {
            let parsed = format!("{:?}", alone(path, text.as_bytes()));
            assert!(!parsed.contains("token") && !parsed.contains("s3cret"), "{path}: {parsed}");
        }
    }

    #[test]
    fn what_is_no_text_is_refused_whole() {
        for (path, text) in FIXTURES {
            let binary = alone(path, &[text.as_bytes(), b"\0"].concat());
            assert_eq!((binary.packages.len(), binary.refusals.len()), (0, 1), "{path}");
            let huge = alone(path, &vec![b' '; MAX_BYTES + 1]);
            assert_eq!(huge.refusals[0].message, "found 33554433 bytes, expected at most 32 MiB");
            if !ANYTHING.contains(path) {
                let empty = alone(path, b" \n");
                assert_eq!((empty.packages.len(), empty.refusals.len()), (0, 1), "{path}");
            }
        }
    }

    #[test]
    fn a_line_that_is_not_utf8_spoils_no_other() {
        let parsed = alone("requirements.txt", b"a==1\nb\xff==1\nc==1\n");
        assert_eq!(parsed.packages.len(), 2);
        assert_eq!(parsed.refusals[0].line, Some(2));
        let parsed = alone("package.json", b"{\n\"a\": \"\xff\"}");
        assert_eq!((parsed.packages.len(), parsed.refusals[0].line), (0, Some(2)));
    }

    #[test]
    fn a_broken_file_is_refused_with_its_line() {
        let broken = [
            ("package.json", "{\n  \"dependencies\": {\n", 3),
            ("package-lock.json", "{\n  \"lockfileVersion\": 3,,\n", 2),
            ("composer.lock", "{\n[", 2),
            ("packages.lock.json", "{\n[", 2),
            ("Pipfile.lock", "{\n[", 2),
            ("bun.lock", "{\n  \"packages\": {\n    \"a\": ]\n", 3),
            ("Cargo.lock", "version = 4\n[[package]\n", 2),
            ("Cargo.toml", "[dependencies\n", 1),
            ("poetry.lock", "\n\nname = \n", 3),
            ("uv.lock", "version = 1\nversion = 2\n", 2),
            ("pylock.toml", "=\n", 1),
            ("pyproject.toml", "[project]\nname = app\n", 2),
            ("gradle/libs.versions.toml", "[versions]\na = \n", 2),
            ("pom.xml", "<project>\n<dependencies>\n</project>\n", 3),
            ("pnpm-lock.yaml", "lockfileVersion: '9.0'\npackages: [\n", 2),
        ];
        for (path, text, line) in broken {
            let parsed = alone(path, text.as_bytes());
            assert_eq!(parsed.packages.len(), 0, "{path}");
            let found = parsed.refusals.iter().find_map(|refusal| refusal.line);
            assert!(found.is_some_and(|found| found.abs_diff(line) <= 1), "{path}: {:?}", parsed.refusals);
        }
    }

    #[test]
    fn what_is_nested_without_end_is_refused() {
        let deep = 100_000;
        let json = format!("{{\"packages\":{}", "{\"a\":".repeat(deep));
        let list = format!("{{\"packages\":{}", "[".repeat(deep));
        let toml = format!("a = {}", "[".repeat(deep));
        let xml = format!("<project>{}", "<a>".repeat(deep));
        let yaml = format!("packages: {}", "[".repeat(deep));
        let blocks: String = (0..2_000).map(|depth| format!("{}a:\n", " ".repeat(depth))).collect();
        let marker = format!("a==1 ; {}", "(".repeat(deep));
        for (path, _) in FIXTURES {
            for text in [&json, &list, &toml, &xml, &yaml, &blocks, &marker] {
                let parsed = alone(path, text.as_bytes());
                assert!(!parsed.refusals.is_empty() || ANYTHING.contains(path), "{path}");
            }
        }
        // Just below the limit of a parser there is still enough stack.
        for depth in [60, 120, 500] {
            for (path, _) in FIXTURES {
                alone(path, format!("{{\"packages\":{}{}}}", "[".repeat(depth), "]".repeat(depth)).as_bytes());
                alone(path, format!("packages = {}{}", "[".repeat(depth), "]".repeat(depth)).as_bytes());
                alone(path, format!("packages: {}{}", "[".repeat(depth), "]".repeat(depth)).as_bytes());
                let nested = format!("{}{}", "{\"dependencies\":{\"a\":".repeat(depth / 2), "}}".repeat(depth / 2));
                alone(path, nested.as_bytes());
            }
        }
    }

    #[test]
    fn many_problems_are_counted_rather_than_told() {
        let text = "!!!\n".repeat(10_000);
        let parsed = alone("requirements.txt", text.as_bytes());
        assert_eq!(parsed.refusals.len(), 51);
        assert!(parsed.refusals.iter().any(|refusal| refusal.message == "found 9950 more problems like these"));
    }

    #[test]
    fn beside_a_lockfile_a_package_json_says_nothing() {
        let text = r#"{"dependencies": {"a": "^1"}}"#;
        for lock in ["package-lock.json", "npm-shrinkwrap.json", "pnpm-lock.yaml", "yarn.lock", "bun.lock"] {
            let parsed = parse_beside("web/package.json", text, &[(&format!("web/{lock}"), "")]);
            assert!(parsed.packages.is_empty(), "{lock}");
            assert!(parsed.reads.contains(&format!("web/{lock}")));
        }
    }

    #[test]
    fn a_member_of_a_workspace_is_locked_at_its_root() {
        let text = r#"{"dependencies": {"a": "^1"}}"#;
        let lock = ("package-lock.json", "");
        let told = |path: &str, others: &[(&str, &str)]| parse_beside(path, text, others).packages.len();
        assert_eq!(told("packages/ui/package.json", &[lock, ("package.json", r#"{"workspaces": ["packages/*"]}"#)]), 0);
        assert_eq!(told("packages/ui/package.json", &[lock, ("package.json", r#"{"workspaces": {"packages": ["./packages/**"]}}"#)]), 0);
        assert_eq!(told("packages/ui/package.json", &[lock, ("package.json", r#"{"workspaces": ["packages/*", "!packages/ui"]}"#)]), 1);
        assert_eq!(told("tools/gen/package.json", &[lock, ("package.json", r#"{"workspaces": ["packages/*"]}"#)]), 1);
        assert_eq!(told("packages/ui/package.json", &[("package.json", r#"{"workspaces": ["packages/*"]}"#)]), 1);
        let pnpm = [("pnpm-lock.yaml", ""), ("pnpm-workspace.yaml", "packages:\n  - 'packages/*'\n")];
        assert_eq!(told("packages/ui/package.json", &pnpm), 0);
        assert_eq!(told("other/ui/package.json", &pnpm), 1);
    }

    #[test]
    fn a_member_of_a_cargo_or_uv_workspace_is_locked_at_its_root() {
        let cargo = "[package]\nname = \"a\"\n[dependencies]\nlog.workspace = true\n";
        let root = "[workspace]\nmembers = [\"crates/*\"]\nexclude = [\"crates/fuzz\"]\n[workspace.dependencies]\nlog = \"0.4\"\n";
        let lock = ("Cargo.lock", "version = 4\n");
        let told = |path: &str, others: &[(&str, &str)]| told(path, cargo, others);
        assert_eq!(told("crates/a/Cargo.toml", &[("Cargo.toml", root), lock]), "Cargo.toml\n");
        assert_eq!(told("crates/a/Cargo.toml", &[("Cargo.toml", root)]), "Cargo.toml\ncargo/log  -  0.4  runtime  direct\n");
        assert_eq!(told("crates/fuzz/Cargo.toml", &[("Cargo.toml", root), lock]), "Cargo.toml\ncargo/log  -  -  runtime  direct\n");
        assert_eq!(told("Cargo.toml", &[lock]), "Cargo.toml\n");

        let python = "[project]\ndependencies = [\"a>=1\"]\n";
        let root = ("pyproject.toml", "[tool.uv.workspace]\nmembers = [\"packages/*\"]\n");
        let count = |others: &[(&str, &str)]| parse_beside("packages/a/pyproject.toml", python, others).packages.len();
        assert_eq!(count(&[root, ("uv.lock", "")]), 0);
        assert_eq!(count(&[root]), 1);
        assert_eq!(count(&[("uv.lock", "")]), 1);
    }

    #[test]
    fn the_lockfile_of_this_repository_is_read_in_full() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
        let bytes = std::fs::read(root.join("Cargo.lock")).unwrap();
        let parsed = parse("Cargo.lock", &bytes, &mut |path| std::fs::read(root.join(path)).ok().map(Arc::from));
        assert_eq!(parsed.refusals, []);
        assert_eq!(parsed.rule, "Cargo.lock v4");
        assert!(parsed.packages.len() > 200);
        assert!(parsed.packages.values().all(|found| found.scope.is_some() && found.direct.is_some() && !found.versions.is_empty()));
        assert!(!parsed.packages.contains_key("Cargo.lock#cargo/spot"));
        let serde = &parsed.packages["Cargo.lock#cargo/serde"];
        assert_eq!((serde.requirement.as_deref(), serde.scope.as_deref(), serde.direct), (Some("1"), Some("runtime"), Some(true)));
        let proptest = &parsed.packages["Cargo.lock#cargo/proptest"];
        assert_eq!((proptest.scope.as_deref(), proptest.direct), (Some("development"), Some(true)));
        assert_eq!(
            parse("Cargo.toml", &std::fs::read(root.join("Cargo.toml")).unwrap(), &mut |path| std::fs::read(root.join(path))
                .ok()
                .map(Arc::from))
            .packages
            .len(),
            0
        );
    }

    /// A fixture, where it is cut, and bytes to put there.
    fn damaged() -> impl Strategy<Value = (&'static str, Vec<u8>)> {
        (0..FIXTURES.len(), any::<prop::sample::Index>(), prop::collection::vec(any::<u8>(), 0..12), any::<bool>()).prop_map(
            |(fixture, at, noise, is_cut)| {
                let (path, text) = FIXTURES[fixture];
                let at = at.index(text.len());
                let rest: &[u8] = if is_cut { &[] } else { &text.as_bytes()[at..] };
                (path, [&text.as_bytes()[..at], &noise, rest].concat())
            },
        )
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

        #[test]
        fn arbitrary_bytes_never_panic(fixture in 0..FIXTURES.len(), bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            alone(FIXTURES[fixture].0, &bytes);
        }

        #[test]
        fn arbitrary_text_never_panics(fixture in 0..FIXTURES.len(), text in "\\PC{0,200}") {
            alone(FIXTURES[fixture].0, text.as_bytes());
        }

        #[test]
        fn the_letters_of_a_format_never_panic(fixture in 0..FIXTURES.len(), text in "[\\[\\]{}()<>@#:;=\"'/,.!~^*|&%$\\\\ \\n\\ta1-]{0,120}") {
            alone(FIXTURES[fixture].0, text.as_bytes());
        }

        #[test]
        fn a_damaged_file_never_panics((path, bytes) in damaged()) {
            let first = parse(path, &bytes, &mut |_| None);
            prop_assert_eq!(parse(path, &bytes, &mut |_| None), first);
        }

        #[test]
        fn damaged_files_beside_never_panic((path, text) in prop::sample::select(FIXTURES), (_, bytes) in damaged()) {
            let bytes: Arc<[u8]> = Arc::from(bytes);
            parse(path, text.as_bytes(), &mut |_| Some(Arc::clone(&bytes)));
        }
    }
}
