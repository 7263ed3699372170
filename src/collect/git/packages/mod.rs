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
#[cfg(test)]
mod testing;
mod yarn;

/// What a file said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parsed {
    /// By [`crate::model::body::package_key`].
    pub packages: BTreeMap<String, PackageUse>,
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
    GemfileLock,
    GoMod,
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
    UvLock,
    VersionCatalog,
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
            Self::GemfileLock => "gem",
            Self::GoMod => "go",
            Self::GradleLock | Self::Pom | Self::VersionCatalog => "maven",
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
            Self::GemfileLock => "Gemfile.lock",
            Self::GoMod => "go.mod",
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
            Self::UvLock => "uv.lock",
            Self::VersionCatalog => "gradle version catalog",
            Self::YarnLock => "yarn.lock",
        }
    }

    /// Whether each line stands for itself, so that a line that is not UTF-8 spoils no other.
    const fn is_lines(self) -> bool {
        matches!(self, Self::GemfileLock | Self::GoMod | Self::GradleLock | Self::Requirements | Self::YarnLock)
    }

    fn read(self, text: &str, reading: &mut Reading<'_>) {
        match self {
            Self::BunLock => bun::lock(text, reading),
            Self::CargoLock => cargo::lock(text, reading),
            Self::CargoToml => cargo::manifest(text, reading),
            Self::ComposerLock => composer::lock(text, reading),
            Self::GemfileLock => ruby::lock(text, reading),
            Self::GoMod => go::module(text, reading),
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
            Self::UvLock => python::uv_lock(text, reading),
            Self::VersionCatalog => gradle::catalog(text, reading),
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
    } else if bytes.iter().all(u8::is_ascii_whitespace) && format != Format::Requirements {
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
