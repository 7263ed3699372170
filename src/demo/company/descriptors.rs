//! Descriptors: what repositories say about themselves in `catalog-info.yaml`, and the software catalog's own files.
//!
//! # Invariants
//! - A component's name is unique in the company; what it depends on exists.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::organisation::{Organisation, titled};
use super::plan::{Language, Plan, Purpose};
use super::random::Random;

/// What one repository says.
#[derive(Clone, Debug, Default)]
pub(super) struct Described {
    pub(super) components: Vec<Component>,
    /// APIs that the first component provides.
    pub(super) provides: Option<String>,
    consumes: Vec<String>,
    depends_on: Vec<String>,
    resource: Option<(String, &'static str)>,
    system: Option<String>,
    /// The repository, as it was called when the file was written; none if nobody wrote it down.
    slug: Option<String>,
    sonar_key: Option<String>,
    tags: Vec<String>,
    has_links: bool,
    description: String,
    /// Other components that it talks to.
    pub(super) neighbours: Vec<String>,
    tier: u8,
}

/// One component.
#[derive(Clone, Debug)]
pub(super) struct Component {
    pub(super) name: String,
    kind: &'static str,
}

/// What changes in a descriptor over time.
#[derive(Clone, Debug)]
pub(super) struct State {
    /// The owner's slug; none where nobody is named.
    pub(super) owner: Option<String>,
    pub(super) lifecycle: &'static str,
    /// How often somebody improved something else.
    pub(super) edition: u8,
}

fn kind(plan: &Plan) -> &'static str {
    match plan.purpose {
        Purpose::Web => "website",
        Purpose::Mobile => "mobile-app",
        Purpose::Library => "library",
        _ => "service",
    }
}

/// Descriptors by repository; none for those that have no such file.
pub(super) fn describe(random: &Random, org: &Organisation, plans: &[Plan], login: &str) -> Vec<Option<Described>> {
    let mut random = random.part("descriptors");
    let mut taken = BTreeSet::new();
    let every: BTreeSet<&str> = plans.iter().map(|plan| plan.name.as_str()).collect();
    let mut all: Vec<Option<Described>> = Vec::with_capacity(plans.len());
    for plan in plans {
        let chance = match plan.purpose {
            Purpose::Library => 0.22,
            Purpose::Tool => 0.12,
            purpose if purpose.is_service() => 0.72,
            _ => 0.0,
        };
        let skip = !random.chance(chance) || plan.name.starts_with("legacy-") || !taken.insert(plan.name.clone());
        all.push((!skip).then(|| {
            let mut found = Described { components: vec![Component { name: plan.name.clone(), kind: kind(plan) }], ..Described::default() };
            let many = plan.purpose == Purpose::Service && plan.is_main && random.chance(0.34);
            for end in ["-worker", "-scheduler", "-admin"].iter().take(if many { 1 + random.below(3) } else { 0 }) {
                let name = format!("{}{end}", plan.name);
                if !every.contains(name.as_str()) && taken.insert(name.clone()) {
                    found.components.push(Component { name, kind: if *end == "-admin" { "website" } else { "service" } });
                }
            }
            if plan.purpose == Purpose::Service && random.chance(0.62) {
                // Two repositories, one API: then the other has it.
                let api = api_of(&plan.name);
                let api = if api != plan.name && every.contains(api.as_str()) { format!("{}-core-api", plan.name) } else { api };
                found.provides = Some(api);
            }
            found
        }));
    }
    let index = Index::new(org, plans, &all);
    for (number, plan) in plans.iter().enumerate() {
        let Some(mut found) = all[number].take() else { continue };
        fill(&mut random, org, plan, &index, login, &mut found);
        all[number] = Some(found);
    }
    all
}

/// A component to depend on, with the API that it provides.
type Target = (String, Option<String>);

/// Components to depend on.
struct Index {
    /// Of each unit.
    by_unit: Vec<Vec<Target>>,
    /// Of each domain.
    by_domain: Vec<Vec<Target>>,
    /// Of everybody, the ones that many use first.
    popular: Vec<Target>,
}

fn api_of(name: &str) -> String {
    if name.ends_with("-api") { name.to_owned() } else { format!("{name}-api") }
}

impl Index {
    fn new(org: &Organisation, plans: &[Plan], all: &[Option<Described>]) -> Self {
        let mut found =
            Self { by_unit: vec![Vec::new(); org.units.len()], by_domain: vec![Vec::new(); org.domains.len()], popular: Vec::new() };
        let mut popular = Vec::new();
        for (plan, described) in plans.iter().zip(all) {
            if let Some(described) = described
                && plan.purpose == Purpose::Service
            {
                let unit = org.topics[plan.topic].unit;
                found.by_unit[unit].push((plan.name.clone(), described.provides.clone()));
                found.by_domain[org.units[unit].domain].push((plan.name.clone(), described.provides.clone()));
                let rank = match org.topics[plan.topic].word.as_str() {
                    "auth" | "permissions" | "notifications" | "bookings" | "feature-flags" | "geocoding" | "currency-rates" => 0,
                    "tracking-ingest" | "terminal-directory" | "address-book" | "ledger" | "audit-log" | "preferences" => 1,
                    _ if plan.is_main => 2,
                    _ => 3,
                };
                popular.push((rank, plan.name.clone(), described.provides.clone()));
            }
        }
        popular.sort();
        found.popular = popular.into_iter().map(|(_, name, api)| (name, api)).collect();
        found
    }
}

fn fill<'index>(random: &mut Random, org: &Organisation, plan: &Plan, index: &'index Index, login: &str, found: &mut Described) {
    let unit = org.topics[plan.topic].unit;
    let mut near: BTreeSet<&'index Target> = BTreeSet::new();
    if kind(plan) != "library" {
        let mut add = |random: &mut Random, from: &'index [Target], reach: usize| {
            let among = from.len().min(reach);
            let chosen = random.early(among);
            if among > 0 && from[chosen].0 != plan.name {
                near.insert(&from[chosen]);
            }
        };
        for _ in 0..random.early(4) {
            add(random, &index.by_unit[unit], usize::MAX);
        }
        for _ in 0..random.below(3) {
            // What everybody uses, or something of the same part of the business.
            if random.chance(0.6) {
                add(random, &index.popular, 24);
            } else {
                add(random, &index.by_domain[org.units[unit].domain], usize::MAX);
            }
        }
    }
    found.neighbours = near.iter().map(|(name, _)| name.clone()).collect();
    for (name, api) in near {
        match api {
            Some(api) if random.chance(0.65) => found.consumes.push(api.clone()),
            _ => found.depends_on.push(format!("component:{name}")),
        }
    }
    if matches!(plan.purpose, Purpose::Service | Purpose::Worker) && random.chance(0.4) {
        let (end, kind) = [("db", "database"), ("db", "database"), ("events", "kafka-topic"), ("files", "s3-bucket"), ("cache", "cache")]
            [random.below(5)];
        found.resource = Some((format!("{}-{end}", plan.name), kind));
    }
    found.system = random.chance(0.88).then(|| org.systems[org.units[unit].system].slug.clone());
    found.slug = random.chance(0.86).then(|| format!("{login}/{}", plan.name));
    found.has_links = random.chance(0.4);
    found.description = if plan.description.is_empty() { titled(&plan.name) } else { plan.description.clone() };
    let language = match plan.language {
        Language::TypeScript => "typescript",
        Language::JavaScript => "javascript",
        Language::Java => "java",
        Language::Kotlin => "kotlin",
        Language::Python => "python",
        Language::Go => "go",
        Language::Rust => "rust",
        _ => "infrastructure",
    };
    found.tags = if random.chance(0.65) { vec![language.to_owned()] } else { Vec::new() };
    if random.chance(0.3) {
        found.tags.push(org.units[unit].area.to_owned());
    }
    found.tier = random.below(4) as u8 + 1;
}

impl Described {
    /// Its key in SonarQube, if somebody wrote it down.
    pub(super) fn annotate(&mut self, key: Option<String>) {
        self.sonar_key = key;
    }

    /// The repository's name as it is written in the annotation.
    pub(super) fn called(&mut self, slug: String) {
        if self.slug.is_some() {
            self.slug = Some(slug);
        }
    }

    /// The whole file.
    pub(super) fn text(&self, state: &State) -> String {
        let mut text = String::with_capacity(1500);
        for (number, component) in self.components.iter().enumerate() {
            if number > 0 {
                text.push_str("---\n");
            }
            self.component(component, number == 0, state, &mut text);
        }
        if let Some(api) = &self.provides {
            let _ = write!(
                text,
                "---\napiVersion: backstage.io/v1alpha1\nkind: API\nmetadata:\n  name: {api}\n  description: {}\n",
                quoted(&format!("API of {}", titled(&self.components[0].name)))
            );
            let _ = write!(text, "spec:\n  type: openapi\n  lifecycle: {}\n", state.lifecycle);
            owner_line(state, &mut text);
            system_line(self, &mut text);
            text.push_str("  definition:\n    $text: ./openapi.yaml\n");
        }
        if let Some((name, kind)) = &self.resource {
            let _ =
                write!(text, "---\napiVersion: backstage.io/v1alpha1\nkind: Resource\nmetadata:\n  name: {name}\nspec:\n  type: {kind}\n");
            owner_line(state, &mut text);
            system_line(self, &mut text);
        }
        text
    }

    fn component(&self, component: &Component, is_first: bool, state: &State, text: &mut String) {
        let _ = write!(text, "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata:\n  name: {}\n", component.name);
        if state.edition > 0 {
            let _ = writeln!(text, "  title: {}", quoted(&titled(&component.name)));
        }
        let description = match is_first {
            true => self.description.clone(),
            false => format!("Part of {}: {}", self.components[0].name, component.name.rsplit('-').next().unwrap_or_default()),
        };
        let _ = writeln!(text, "  description: {}", quoted(&description));
        let mut annotations = Vec::new();
        if let Some(slug) = &self.slug {
            annotations.push(format!("    github.com/project-slug: {slug}\n"));
        }
        if let Some(key) = self.sonar_key.as_ref().filter(|_| is_first) {
            annotations.push(format!("    sonarqube.org/project-key: {}\n", if key.contains(':') { quoted(key) } else { key.clone() }));
        }
        if state.edition > 0 && is_first {
            annotations.push("    backstage.io/techdocs-ref: dir:.\n".to_owned());
        }
        if state.edition > 1 {
            let _ = writeln!(text, "  labels:\n    tier: \"{}\"", self.tier);
        }
        if !annotations.is_empty() {
            let _ = write!(text, "  annotations:\n{}", annotations.concat());
        }
        if !self.tags.is_empty() {
            text.push_str("  tags:\n");
            self.tags.iter().for_each(|tag| text.push_str(&format!("    - {tag}\n")));
        }
        if self.has_links && is_first {
            let _ = write!(text, "  links:\n    - url: https://grafana.example/d/{}\n      title: Dashboard\n", component.name);
        }
        let _ = write!(text, "spec:\n  type: {}\n  lifecycle: {}\n", component.kind, state.lifecycle);
        owner_line(state, text);
        system_line(self, text);
        if !is_first {
            let _ = writeln!(text, "  subcomponentOf: {}", self.components[0].name);
            return;
        }
        let list = |text: &mut String, key: &str, items: &[String]| {
            if !items.is_empty() {
                let _ = writeln!(text, "  {key}:");
                items.iter().for_each(|item| text.push_str(&format!("    - {item}\n")));
            }
        };
        list(text, "providesApis", self.provides.as_slice());
        list(text, "consumesApis", &self.consumes);
        let mut depends_on = self.depends_on.clone();
        depends_on.extend(self.resource.as_ref().map(|(name, _)| format!("resource:{name}")));
        list(text, "dependsOn", &depends_on);
    }
}

fn owner_line(state: &State, text: &mut String) {
    if let Some(owner) = &state.owner {
        let _ = writeln!(text, "  owner: {owner}");
    }
}

fn system_line(described: &Described, text: &mut String) {
    if let Some(system) = &described.system {
        let _ = writeln!(text, "  system: {system}");
    }
}

/// A text as YAML, quoted where it has to be.
pub(super) fn quoted(text: &str) -> String {
    let special = text.contains(": ")
        || text.contains(" #")
        || text.ends_with(':')
        || text.starts_with(|first: char| "&*!|>%@`'\"{}[],-?".contains(first));
    if special || text.contains(':') { format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")) } else { text.to_owned() }
}

/// `domains.yaml` of the software catalog.
pub(super) fn domains(org: &Organisation, owner_of: impl Fn(usize) -> String) -> String {
    let mut text = String::new();
    for domain in &org.domains {
        let _ = write!(
            text,
            "---\napiVersion: backstage.io/v1alpha1\nkind: Domain\nmetadata:\n  name: {}\n  title: {}\n  description: {}\nspec:\n  owner: {}\n",
            domain.slug,
            quoted(&domain.name),
            quoted(&domain.description),
            owner_of(domain.tribe)
        );
    }
    text
}

/// The systems of every domain, in the order of domains.
pub(super) fn systems(org: &Organisation, owner_of: impl Fn(usize) -> String, domain_of: impl Fn(usize) -> usize) -> Vec<String> {
    let mut texts = vec![String::new(); org.domains.len()];
    for system in &org.systems {
        let team = org.units[system.unit].team;
        let _ = write!(
            texts[system.domain],
            "---\napiVersion: backstage.io/v1alpha1\nkind: System\nmetadata:\n  name: {}\n  title: {}\n  description: {}\nspec:\n  owner: {}\n  domain: {}\n",
            system.slug,
            quoted(&system.name),
            quoted(&system.description),
            owner_of(team),
            org.domains[domain_of(team)].slug
        );
    }
    texts
}
