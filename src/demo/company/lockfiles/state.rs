//! What a project uses at one time, and the files that say so.

use std::sync::Arc;

use crate::demo::company::lockfiles::locked::Locked;
use crate::demo::company::lockfiles::resolve::{Direct, Pick};
use crate::demo::company::lockfiles::runtime::Runtime;
use crate::demo::company::lockfiles::{Project, Stack, cargo, go, maven, npm, pnpm, python, yarn};
use crate::demo::company::packages::Universe;
use crate::demo::company::random::Random;
use crate::demo::company::{Content, Ecosystem, FileChange};

/// Writes a file.
type Render = fn(&Locked<'_>) -> String;

/// The tool that writes the lockfile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tool {
    Npm,
    Pnpm,
    Yarn,
    Uv,
    Poetry,
    Pip,
    Go,
    Cargo,
    Maven,
    Gradle,
}

/// What never changes about a project.
#[derive(Debug)]
pub(super) struct Shape {
    pub(super) ecosystem: Ecosystem,
    pub(super) tool: Tool,
    pub(super) folder: String,
    pub(super) name: String,
    /// The full name under which it is published, if it is.
    pub(super) published: Option<String>,
    pub(super) stack: Stack,
    /// npm: it runs in browsers.
    pub(super) is_browser: bool,
    /// Where texts that are the project's own are drawn from.
    pub(super) choice: Random,
}

impl Shape {
    pub(super) fn of(project: &Project, random: &Random) -> Self {
        let mut draw = random.part("tool");
        let tool = match project.ecosystem {
            Ecosystem::Npm => [Tool::Npm, Tool::Pnpm, Tool::Yarn][draw.weighted(&[0.66, 0.23, 0.11])],
            Ecosystem::Pypi => [Tool::Poetry, Tool::Uv, Tool::Pip][draw.weighted(&[0.36, 0.34, 0.3])],
            Ecosystem::Go => Tool::Go,
            Ecosystem::Cargo => Tool::Cargo,
            Ecosystem::Maven if project.stack == Stack::Android => Tool::Gradle,
            Ecosystem::Maven => [Tool::Maven, Tool::Gradle][draw.weighted(&[0.5, 0.5])],
        };
        // What is published is named in its manifest.
        let tool = match tool {
            Tool::Uv | Tool::Pip if project.published.is_some() => Tool::Poetry,
            Tool::Gradle if project.published.is_some() => Tool::Maven,
            tool => tool,
        };
        let is_browser = match project.stack {
            Stack::Browser | Stack::ReactNative | Stack::EndToEnd => true,
            Stack::Either => draw.chance(0.5),
            _ => false,
        };
        Self {
            ecosystem: project.ecosystem,
            tool,
            folder: project.folder.clone(),
            name: project.name.clone(),
            published: project.published.clone(),
            stack: project.stack,
            is_browser,
            choice: random.part("choice"),
        }
    }

    /// What its manifest calls it.
    pub(super) fn called(&self, login: &str) -> String {
        match (&self.published, self.ecosystem) {
            (Some(name), _) => name.clone(),
            (None, Ecosystem::Npm) => format!("@{login}/{}", self.name),
            (None, Ecosystem::Go) => format!("github.com/{login}/{}", self.name),
            (None, Ecosystem::Maven) => format!("com.{}:{}", login.replace('-', ""), self.name),
            (None, _) => self.name.clone(),
        }
    }
}

/// What a project uses at one time.
#[derive(Clone, Debug)]
pub(super) struct State {
    pub(super) universe: Arc<Universe>,
    pub(super) shape: Arc<Shape>,
    pub(super) directs: Arc<[Direct]>,
    pub(super) picks: Arc<[Pick]>,
    pub(super) runtime: Arc<Runtime>,
}

impl State {
    /// The files that differ from those before; all of them if there were none.
    pub(super) fn changes(self, before: Option<&Self>) -> Vec<FileChange> {
        let directs = before.is_none_or(|before| before.directs != self.directs);
        let picks = before.is_none_or(|before| before.picks != self.picks);
        let runtime = before.is_none_or(|before| before.runtime != self.runtime);
        // What the manifest says of the directs; a lockfile may move without it.
        let said = before.is_none_or(|before| {
            let said = |state: &Self| -> Vec<(u16, u16, bool)> {
                state.directs.iter().map(|direct| (direct.package, direct.wanted, direct.for_development)).collect()
            };
            said(before) != said(&self)
        });
        let this = Arc::new(self);
        let mut changes = Vec::new();
        let mut file = |path: &str, render: Render| {
            let state = Arc::clone(&this);
            let content = Content::made_by(move || render(&Locked::of(&state)).into_bytes());
            changes.push(FileChange { path: format!("{}{path}", this.shape.folder), content: Some(content) });
        };
        let locked = directs || picks;
        let files: &[(&str, bool, Render)] = match this.shape.tool {
            Tool::Npm => &[("package.json", said || runtime, npm::manifest), ("package-lock.json", locked, npm::lock)],
            Tool::Pnpm => &[("package.json", said || runtime, npm::manifest), ("pnpm-lock.yaml", locked, pnpm::lock)],
            Tool::Yarn => &[("package.json", said || runtime, npm::manifest), ("yarn.lock", locked, yarn::lock)],
            Tool::Uv => &[("pyproject.toml", said || runtime, python::project), ("uv.lock", locked || runtime, python::uv_lock)],
            Tool::Poetry => {
                &[("pyproject.toml", said || runtime, python::project), ("poetry.lock", locked || runtime, python::poetry_lock)]
            }
            Tool::Pip => {
                &[("requirements.txt", locked, python::requirements), ("requirements-dev.txt", locked, python::development_requirements)]
            }
            Tool::Go => &[("go.mod", locked || runtime, go::module), ("go.sum", picks, go::sums)],
            Tool::Cargo => &[("Cargo.toml", said || runtime, cargo::manifest), ("Cargo.lock", locked, cargo::lock)],
            Tool::Maven => &[("pom.xml", directs || runtime, maven::pom)],
            Tool::Gradle => &[("build.gradle.kts", directs || runtime, maven::build), ("gradle.lockfile", locked, maven::gradle_lock)],
        };
        for (path, is_changed, render) in files {
            if *is_changed {
                file(path, *render);
            }
        }
        if runtime {
            for (path, text) in this.runtime.files(&this.shape) {
                if path != "Dockerfile" || this.shape.folder.is_empty() {
                    changes.push(FileChange { path: format!("{}{path}", this.shape.folder), content: Some(Content::text(text)) });
                }
            }
        }
        changes
    }
}
