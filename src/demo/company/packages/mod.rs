//! Every package that the company's repositories may use: versions, what they need, and published weaknesses.
//!
//! # Invariants
//! - Names of public packages, their licences and what they need are facts; versions, days and weaknesses are made up.
//! - Every package but young and internal ones has a version from before the universe begins, so that there is always
//!   something to use.
//! - No package needs itself, directly or through others.
//! - There are fewer packages, and fewer versions of each, than 65,535: lockfiles keep their positions in two bytes.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;
use std::sync::Arc;

use crate::demo::company::random::{self, Random};
use crate::demo::company::{Ecosystem, Package};
use crate::model::Instant;

mod advisories;
mod cargo;
mod go;
mod graph;
mod history;
mod internal;
mod list;
mod maven;
mod npm;
mod npm_deep;
mod pypi;
#[cfg(test)]
mod tests;
mod version;

pub(crate) use graph::{Details, has_lines};
pub(crate) use list::Role;
pub(crate) use version::Number;

use graph::Class;

/// Every package there is, with what it depends on.
#[derive(Debug)]
pub(crate) struct Universe {
    /// Public ones, popular ones of each ecosystem first; then the internal ones, in the order in which they were given.
    pub(crate) packages: Vec<Package>,
    /// The login of the company.
    pub(crate) login: String,
    /// Beside `packages`.
    details: Vec<Details>,
    /// Lines of compatible versions, each of one package.
    classes: Vec<Class>,
    /// Positions of the public ones by name.
    by_name: BTreeMap<Ecosystem, BTreeMap<String, usize>>,
    /// Names of the internal ones.
    published: BTreeSet<(Ecosystem, String)>,
    /// Positions by ecosystem and role, public and internal ones apart.
    by_role: BTreeMap<(Ecosystem, Role, bool), Vec<usize>>,
    /// Weaknesses by ecosystem, in order of the packages: position of the package, position of the advisory.
    weaknesses: BTreeMap<Ecosystem, Vec<(usize, usize)>>,
}

/// A package that a repository of the company publishes.
#[derive(Clone, Debug)]
pub(crate) struct Internal {
    /// Where.
    pub(crate) ecosystem: Ecosystem,
    /// The short name; the company's prefix is added if it is missing.
    pub(crate) name: String,
    /// The position of the repository.
    pub(crate) repository: usize,
    /// The first version.
    pub(crate) since: Instant,
}

impl Universe {
    /// Every package of a company with this history.
    pub(crate) fn generate(seed: u64, history: &Range<Instant>, login: &str, internal: &[Internal]) -> Arc<Self> {
        let random = Random::new(seed).part("packages");
        let start = history.end.plus_seconds(-4 * 365 * history::DAY).min(history.start.plus_seconds(-365 * history::DAY));
        let years = start..history.end;
        let lines = list::lines();
        let mut packages: Vec<Package> = Vec::with_capacity(lines.len() + internal.len());
        let mut numbers: Vec<Vec<Number>> = Vec::with_capacity(packages.capacity());
        let mut roles: Vec<Role> = Vec::with_capacity(packages.capacity());
        let mut ranks: HashMap<Ecosystem, usize> = HashMap::new();
        let place = |line: &list::Line| (line.ecosystem, random.part("places").part(line.ecosystem.word()).share());
        let places: HashMap<Ecosystem, f64> = lines.iter().map(place).collect();
        let mut families: Vec<u64> = Vec::with_capacity(packages.capacity());
        for line in &lines {
            let family = line.family();
            let of_family = random.part(&family);
            let random = random.part(line.ecosystem.word()).part(&line.name);
            let released = history::releases(line, &years, &of_family, &random);
            families.push(random::hash(&family));
            let rank = ranks.entry(line.ecosystem).or_default();
            let advisories = advisories::advisories(line, (*rank, places[&line.ecosystem]), &released, &years, &random);
            *rank += 1;
            let (own, releases) = released.into_iter().unzip();
            numbers.push(own);
            roles.push(line.role);
            packages.push(Package {
                ecosystem: line.ecosystem,
                name: line.name.clone(),
                internal: None,
                licence: (!random.part("licence").chance(0.01)).then_some(line.licence),
                releases,
                advisories,
            });
        }
        let positions: HashMap<(Ecosystem, &str), usize> =
            lines.iter().enumerate().map(|(position, line)| ((line.ecosystem, line.name.as_str()), position)).collect();
        let find = |ecosystem: Ecosystem, name: &String| positions.get(&(ecosystem, name.as_str())).copied();
        let mut needs: Vec<Vec<usize>> =
            lines.iter().map(|line| line.needs.iter().filter_map(|name| find(line.ecosystem, name)).collect()).collect();

        for (at, own) in internal.iter().enumerate() {
            let random = random.part("internal").nth(at);
            needs.push(internal::needs(own.ecosystem, &lines, &random));
            let (package, own_numbers) = internal::package(own, login, history.end, &random);
            numbers.push(own_numbers);
            roles.push(internal::role(own.ecosystem, &random));
            families.push(random::hash(&package.name));
            packages.push(package);
        }
        let (details, classes) = graph::build(&packages, graph::Parts { numbers, roles, families, needs }, years.start, &random);
        let mut by_role: BTreeMap<(Ecosystem, Role, bool), Vec<usize>> = BTreeMap::new();
        let mut by_name: BTreeMap<Ecosystem, BTreeMap<String, usize>> = BTreeMap::new();
        let mut weaknesses: BTreeMap<Ecosystem, Vec<(usize, usize)>> = BTreeMap::new();
        for (position, package) in packages.iter().enumerate() {
            if package.internal.is_none() {
                by_name.entry(package.ecosystem).or_default().insert(package.name.clone(), position);
            }
            by_role.entry((package.ecosystem, details[position].role, package.internal.is_some())).or_default().push(position);
            weaknesses.entry(package.ecosystem).or_default().extend((0..package.advisories.len()).map(|advisory| (position, advisory)));
        }
        let own = packages.iter().filter(|package| package.internal.is_some());
        let published = own.map(|package| (package.ecosystem, package.name.clone())).collect();
        Arc::new(Self { packages, login: login.to_owned(), details, classes, by_name, published, by_role, weaknesses })
    }

    /// What is known of a package beyond its releases.
    pub(crate) fn details(&self, package: usize) -> &Details {
        &self.details[package]
    }

    /// Public packages of an ecosystem that have this role, by popularity.
    pub(crate) fn public(&self, ecosystem: Ecosystem, role: Role) -> &[usize] {
        self.by_role.get(&(ecosystem, role, false)).map_or(&[], Vec::as_slice)
    }

    /// The public package of this name.
    pub(crate) fn find(&self, ecosystem: Ecosystem, name: &str) -> Option<usize> {
        self.by_name.get(&ecosystem)?.get(name).copied()
    }

    /// The full name of the package that the company publishes under this short one.
    pub(crate) fn published(&self, ecosystem: Ecosystem, name: &str) -> Option<String> {
        let name = internal::full_name(ecosystem, name, &self.login);
        self.published.contains(&(ecosystem, name.clone())).then_some(name)
    }

    /// Internal packages of an ecosystem that have this role.
    pub(crate) fn internal(&self, ecosystem: Ecosystem, role: Role) -> &[usize] {
        self.by_role.get(&(ecosystem, role, true)).map_or(&[], Vec::as_slice)
    }

    /// Weaknesses of an ecosystem's packages: position of the package, position among its advisories.
    pub(crate) fn weaknesses(&self, ecosystem: Ecosystem) -> &[(usize, usize)] {
        self.weaknesses.get(&ecosystem).map_or(&[], Vec::as_slice)
    }

    /// How many lines of compatible versions there are.
    pub(crate) fn slots(&self) -> usize {
        self.classes.len()
    }

    /// Which package a line of compatible versions belongs to.
    pub(crate) fn package_of(&self, slot: usize) -> usize {
        self.classes[slot].package
    }

    /// The newest version of a line of compatible versions at an instant, previews aside.
    pub(crate) fn newest_in(&self, slot: usize, at: Instant) -> Option<usize> {
        graph::latest(&self.classes[slot].steps, at)
    }

    /// The newest version at an instant, previews aside.
    pub(crate) fn newest(&self, package: usize, at: Instant) -> Option<usize> {
        graph::latest(&self.details[package].newest, at)
    }

    /// How a version is written.
    pub(crate) fn version(&self, package: usize, release: usize) -> &str {
        &self.packages[package].releases[release].version
    }
}
