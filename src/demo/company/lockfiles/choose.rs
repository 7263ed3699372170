//! Which packages a project declares.

use crate::demo::company::Ecosystem;
use crate::demo::company::lockfiles::resolve::Direct;
use crate::demo::company::lockfiles::stack::Pool;
use crate::demo::company::lockfiles::state::Shape;
use crate::demo::company::packages::{Role, Universe};
use crate::demo::company::random::Random;
use crate::model::Instant;

/// Packages that fit each other badly: a project has one of a row at most.
const RIVALS: &[&[&str]] = &[
    &["@playwright/test", "cypress"],
    &["dbt-snowflake", "dbt-postgres"],
    &["express", "fastify", "@nestjs/core", "@nestjs/common", "@nestjs/platform-express"],
    &["jest", "vitest", "mocha"],
    &["vite", "webpack"],
    &["zustand", "@reduxjs/toolkit"],
    &["@mui/material", "@headlessui/react", "styled-components"],
    &["winston", "pino"],
    &["moment", "dayjs", "date-fns"],
    &["fastapi", "django", "flask", "streamlit", "apache-airflow"],
    &["black", "ruff"],
    &["github.com/gin-gonic/gin", "github.com/go-chi/chi/v5", "github.com/labstack/echo/v4", "github.com/gorilla/mux"],
    &["go.uber.org/zap", "github.com/rs/zerolog", "github.com/sirupsen/logrus"],
    &["gorm.io/gorm", "github.com/jackc/pgx/v5", "github.com/lib/pq"],
    &["sqlx", "rusqlite"],
    &["org.springframework.boot:spring-boot-starter-web", "org.springframework.boot:spring-boot-starter-webflux"],
];

/// Packages that are of no use without another one.
const TOGETHER: &[(&str, &str)] = &[
    ("react", "react-dom"),
    ("react", "@types/react"),
    ("@types/react", "@types/react-dom"),
    ("react-redux", "@reduxjs/toolkit"),
    ("ts-jest", "jest"),
    ("@types/jest", "jest"),
    ("jest", "@types/jest"),
    ("@nestjs/common", "@nestjs/core"),
    ("@nestjs/core", "@nestjs/common"),
    ("@nestjs/core", "@nestjs/platform-express"),
    ("@nestjs/platform-express", "@nestjs/core"),
    ("@nestjs/core", "reflect-metadata"),
    ("@nestjs/common", "rxjs"),
    ("webpack", "webpack-cli"),
    ("webpack-cli", "webpack"),
    ("css-loader", "webpack"),
    ("html-webpack-plugin", "webpack"),
    ("@vitejs/plugin-react", "vite"),
    ("@typescript-eslint/eslint-plugin", "@typescript-eslint/parser"),
    ("@typescript-eslint/parser", "eslint"),
    ("eslint-plugin-react", "eslint"),
    ("eslint-plugin-import", "eslint"),
    ("react-i18next", "i18next"),
    ("@mui/material", "@emotion/react"),
    ("@mui/material", "@emotion/styled"),
    ("remark-gfm", "react-markdown"),
    ("autoprefixer", "postcss"),
    ("express", "@types/express"),
    ("fastapi", "uvicorn"),
    ("djangorestframework", "django"),
    ("alembic", "sqlalchemy"),
    ("pytest-cov", "pytest"),
    ("pytest-mock", "pytest"),
    ("pytest-asyncio", "pytest"),
    ("gorm.io/driver/postgres", "gorm.io/gorm"),
    ("k8s.io/client-go", "k8s.io/apimachinery"),
    ("k8s.io/client-go", "k8s.io/api"),
    ("tracing-subscriber", "tracing"),
    ("tonic", "prost"),
    ("tower-http", "tower"),
    ("serde_json", "serde"),
    ("opentelemetry_sdk", "opentelemetry"),
    ("opentelemetry-otlp", "opentelemetry_sdk"),
    ("tracing-opentelemetry", "opentelemetry"),
    ("com.fasterxml.jackson.module:jackson-module-kotlin", "org.jetbrains.kotlin:kotlin-stdlib"),
];

/// How many are declared for running and for development by a project of average size.
const fn usual(ecosystem: Ecosystem, is_browser: bool) -> (f64, f64) {
    match ecosystem {
        Ecosystem::Npm if is_browser => (10.5, 8.0),
        Ecosystem::Npm => (9.5, 6.5),
        Ecosystem::Cargo => (6.5, 1.0),
        Ecosystem::Maven => (10.0, 3.0),
        Ecosystem::Pypi => (7.0, 3.5),
        Ecosystem::Go => (6.0, 0.0),
    }
}

/// Draws packages for a project.
pub(super) struct Chooser<'u> {
    universe: &'u Universe,
    shape: &'u Shape,
    pool: Option<&'static Pool>,
    running: Vec<usize>,
    development: Vec<usize>,
    internal: &'u [usize],
}

impl<'u> Chooser<'u> {
    pub(super) fn new(universe: &'u Universe, shape: &'u Shape) -> Self {
        let ecosystem = shape.ecosystem;
        let (own_role, own_development) =
            if shape.is_browser { (Role::Browser, Role::BrowserDevelopment) } else { (Role::Server, Role::ServerDevelopment) };
        let with = |common, own| {
            let mut found: Vec<usize> = [universe.public(ecosystem, common), universe.public(ecosystem, own)].concat();
            found.sort_unstable();
            found
        };
        let internal = universe.internal(ecosystem, if ecosystem == Ecosystem::Npm { own_role } else { Role::Both });
        let pool = shape.stack.pool();
        let Some(own) = pool else {
            let (running, development) = (with(Role::Both, own_role), with(Role::Development, own_development));
            return Self { universe, shape, pool, running, development, internal };
        };
        // What a pillar is for follows from the list that it is in, or from its role.
        let known = |for_development: bool, more: &[&str]| -> Vec<usize> {
            let pillars =
                own.pillars.iter().map(|(name, _)| *name).filter(|name| !own.running.contains(name) && !own.development.contains(name));
            let found = pillars.filter_map(|name| universe.find(ecosystem, name)).filter(|package| {
                use Role::{BrowserDevelopment, Development, OwnDevelopment, ServerDevelopment};
                let role = universe.details(*package).role;
                matches!(role, Development | BrowserDevelopment | ServerDevelopment | OwnDevelopment) == for_development
            });
            found.chain(more.iter().filter_map(|name| universe.find(ecosystem, name))).collect()
        };
        let (running, development) = (known(false, own.running), known(true, own.development));
        Self { universe, shape, pool, running, development, internal: if own.has_internal { internal } else { &[] } }
    }

    /// What the project begins with.
    pub(super) fn first(&self, weight: f64, at: Instant, random: &mut Random) -> Vec<Direct> {
        let (running, development) = self.pool.map_or_else(|| usual(self.shape.ecosystem, self.shape.is_browser), |pool| pool.usual);
        let mut directs = Vec::new();
        let scale =
            |usual: f64, random: &mut Random| (usual * weight.powf(0.8) * random.range(0.8, 1.25)).round().clamp(1.0, 44.0) as usize;
        let running = scale(running, random);
        let development = if development > 0.0 { scale(development, random).min(22) } else { 0 };
        // The pillars: hardly anybody does without.
        for (name, chance) in self.pool.map_or(&[][..], |pool| pool.pillars) {
            if random.chance(*chance) {
                self.add_named(name, at, &mut directs, random);
            }
        }
        let is_usual = self.pool.is_none();
        if is_usual && self.shape.ecosystem == Ecosystem::Npm {
            if self.shape.is_browser && random.chance(0.92) {
                self.add_named("react", at, &mut directs, random);
            }
            if random.chance(0.9) {
                self.add_named("typescript", at, &mut directs, random);
            }
        }
        if is_usual && self.shape.ecosystem == Ecosystem::Maven && random.chance(0.85) {
            self.add_named("org.springframework.boot:spring-boot-starter-web", at, &mut directs, random);
        }
        let count =
            |directs: &[Direct], for_development: bool| directs.iter().filter(|direct| direct.for_development == for_development).count();
        for _ in 0..running * 4 {
            if count(&directs, false) >= running {
                break;
            }
            self.add(false, at, &mut directs, random);
        }
        for _ in 0..development * 4 {
            if count(&directs, true) >= development {
                break;
            }
            self.add(true, at, &mut directs, random);
        }
        let internal = [0, 1, 2, 3][random.weighted(&[0.4, 0.3, 0.2, 0.1])];
        for _ in 0..internal {
            self.add_internal(at, &mut directs, random);
        }
        directs
    }

    /// Declares one more package, and those that belong to it; none if it does not fit.
    pub(super) fn add(&self, for_development: bool, at: Instant, directs: &mut Vec<Direct>, random: &mut Random) -> Option<usize> {
        let from = if for_development { &self.development } else { &self.running };
        // Popular ones more often, but the tail is long.
        let position =
            if random.chance(0.85) { (random.early(from.len()) + random.early(from.len())) / 2 } else { random.below(from.len()) };
        let package = *from.get(position)?;
        self.declare(package, for_development, at, directs, random).then_some(package)
    }

    /// Whether the project stands on it, or another package that is declared is of no use without it.
    pub(super) fn is_pillar(&self, package: u16, directs: &[Direct]) -> bool {
        let name = |package: u16| self.universe.packages[package as usize].name.as_str();
        let own = name(package);
        self.pool.is_some_and(|pool| pool.pillars.iter().any(|(pillar, _)| *pillar == own))
            || TOGETHER.iter().filter(|(_, other)| *other == own).any(|(one, _)| directs.iter().any(|direct| name(direct.package) == *one))
    }

    /// Declares one more package of the company's own.
    pub(super) fn add_internal(&self, at: Instant, directs: &mut Vec<Direct>, random: &mut Random) -> Option<usize> {
        let package = *self.internal.get(random.early(self.internal.len()))?;
        let name = &self.universe.packages[package].name;
        let is_called_alike = name.rsplit(['/', ':']).next().is_some_and(|last| last.ends_with(self.shape.name.as_str()));
        if is_called_alike || self.shape.published.as_ref() == Some(name) {
            // It is the project itself.
            return None;
        }
        self.declare(package, false, at, directs, random).then_some(package)
    }

    fn add_named(&self, name: &str, at: Instant, directs: &mut Vec<Direct>, random: &mut Random) {
        let find = |from: &[usize]| from.iter().copied().find(|package| self.universe.packages[*package].name == name);
        if let Some(package) = find(&self.running) {
            self.declare(package, false, at, directs, random);
        } else if let Some(package) = find(&self.development) {
            self.declare(package, true, at, directs, random);
        }
    }

    fn declare(&self, package: usize, for_development: bool, at: Instant, directs: &mut Vec<Direct>, random: &mut Random) -> bool {
        let found = &self.universe.packages[package];
        let Some(release) = self.universe.newest(package, at) else { return false };
        let is_declared = |name: &str| directs.iter().any(|direct| self.universe.packages[direct.package as usize].name == name);
        let is_rival = |row: &&&[&str]| row.contains(&found.name.as_str());
        let goes_together = |one: &str, other: &str| TOGETHER.contains(&(one, other)) || TOGETHER.contains(&(other, one));
        let has_rival = RIVALS
            .iter()
            .filter(is_rival)
            .any(|row| row.iter().any(|rival| *rival != found.name && is_declared(rival) && !goes_together(rival, &found.name)));
        let was_given_up = found.releases[release].deprecated.as_ref().is_some_and(|(since, _)| *since <= at);
        if is_declared(&found.name) || has_rival || (was_given_up && !random.chance(0.12)) {
            return false;
        }
        let release = release as u16;
        directs.push(Direct { package: package as u16, release, wanted: release, for_development });
        for (_, other) in TOGETHER.iter().filter(|(one, _)| *one == found.name) {
            self.add_named(other, at, directs, random);
        }
        true
    }
}
