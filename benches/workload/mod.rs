//! An organisation and its years, out of a seed: 1,000 repositories, 500 services, 250 people, 40 teams at factor 1.
//!
//! Every body has the shape and about the size that the sources give it. Pod suffixes, digests, commit ids and
//! addresses are random, so they do not compress; packages, repositories and services are popular by Zipf's law.

pub mod drive;
pub mod random;

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Value, json};
use spot::model::{Body, EntityRef, Facet, Kind, Resource};

use random::{Random, Zipf};

/// The first day: 2023-06-05, a Monday.
pub const FIRST_DAY: i32 = 19_513;

const SUFFIX: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
const ECOSYSTEMS: [(&str, &str, usize); 4] =
    [("npm", "package-lock.json", 2_400), ("maven", "pom.xml", 1_200), ("go", "go.mod", 800), ("pypi", "poetry.lock", 1_200)];

/// One stream of statements and what it says now.
pub struct Stream {
    pub source: &'static str,
    pub resource: Arc<Resource>,
    pub entity: EntityRef,
    pub facet: Facet,
    pub origin: &'static str,
    pub body: Body,
    pub check: Option<String>,
    model: Model,
}

/// What the generator knows of a stream beside its body.
enum Model {
    General { repository: bool },
    Quality { lines: i64, coverage: i64, smells: i64 },
    Dependencies { ecosystem: usize, packages: Vec<usize> },
    Package { ecosystem: usize, package: usize },
    Kubernetes { pods: usize, version: u32, revision: u32, digest: String, sets: Vec<String> },
    Configuration { instances: usize, version: u32 },
    Other,
}

/// A run of one source: the streams whose bodies have just changed.
pub struct Harvest {
    pub source: &'static str,
    /// Seconds after the day's begin.
    pub second: i64,
    pub changed: Vec<usize>,
}

pub struct Workload {
    pub streams: Vec<Stream>,
    random: Random,
    words: Vec<String>,
    /// The newest version of every package, by ecosystem.
    versions: Vec<Vec<(u32, u32, u32)>>,
    popularity: Vec<Zipf>,
    by_rate: Vec<Rate>,
}

/// Which streams change how often.
struct Rate {
    source: &'static str,
    second: i64,
    streams: Vec<usize>,
    zipf: Zipf,
    per_day: f64,
}

impl Workload {
    /// The organisation as it stands on the morning of the first day; `factor` multiplies its entities.
    pub fn new(seed: u64, factor: f64) -> Self {
        let mut random = Random::new(seed);
        let words = (0..1_500)
            .map(|_| {
                let syllables = ["ba", "ler", "con", "ti", "mo", "ra", "sen", "du", "pri", "ka", "vel", "to", "in", "qua", "shi", "er"];
                let count = 2 + random.below(3);
                (0..count).map(|_| *random.pick(&syllables)).collect()
            })
            .collect();
        let versions = ECOSYSTEMS
            .iter()
            .map(|(_, _, count)| (0..*count).map(|_| (1 + random.below(9) as u32, random.below(30) as u32, 0)).collect())
            .collect();
        let popularity = ECOSYSTEMS.iter().map(|(_, _, count)| Zipf::new(*count, 0.9)).collect();
        let mut workload = Self { streams: Vec::new(), random, words, versions, popularity, by_rate: Vec::new() };
        workload.populate(factor);
        workload
    }

    fn populate(&mut self, factor: f64) {
        let times = |count: usize| ((count as f64 * factor) as usize).max(4);
        let (repositories, services, people, teams) = (times(1_000), times(500), times(250), times(40));
        let team = |i: usize| format!("team:{}-{i}", ["payments", "search", "identity", "mobile", "data", "platform"][i % 6]);
        for i in 0..teams {
            let body = json!({"ref": team(i), "title": self.title(), "parent": format!("team:tribe-{}", i % (teams / 8 + 1)), "description": self.sentence(9)});
            self.add(
                "git",
                ("organisation", format!("organisation#{}", team(i)), Kind::Team),
                team(i),
                Facet::General,
                "catalog-info.yaml",
                body,
                Model::General { repository: false },
            );
        }
        for i in 0..people {
            let name = format!("person:{}.{}{i}", self.word(), self.word());
            let of = team(self.random.below(teams));
            let body = json!({"ref": name, "title": self.title(), "email": format!("{}@example.com", &name[7..]), "memberOf": [of]});
            self.add(
                "git",
                ("organisation", format!("organisation#{name}"), Kind::Person),
                name,
                Facet::General,
                "catalog-info.yaml",
                body,
                Model::General { repository: false },
            );
        }
        let owners = Zipf::new(teams, 0.5);
        for i in 0..repositories {
            let name = format!("{}-{i:04}", self.word());
            let (reference, id) = (format!("repository:acme/{name}"), ("acme", format!("acme/{name}"), Kind::Repository));
            let owner = team(owners.draw(&mut self.random));
            let ecosystem = self.random.below(ECOSYSTEMS.len());
            let language = ["TypeScript", "Java", "Go", "Python"][ecosystem];
            let body = json!({
                "ref": reference, "title": self.title(), "description": self.sentence(14), "languages": [language, "Shell"], "topics": [self.word(), self.word()],
                "visibility": "internal", "defaultBranch": "main", "licence": "Apache-2.0", "readme": "README.md", "codeowners": ".github/CODEOWNERS",
                "lastCommit": {"id": self.random.hex(40), "at": "2023-06-01T10:00:00Z"}, "activity": {"commits": self.random.below(400), "authors": 1 + self.random.below(20)},
            });
            self.add("git", id.clone(), reference.clone(), Facet::General, "repository", body, Model::General { repository: true });
            self.add("git", id.clone(), reference.clone(), Facet::General, "CODEOWNERS", json!({"owner": [owner.clone()]}), Model::Other);
            if !i.is_multiple_of(10) {
                let count = self.random.heavy(26.0, 1.7, 420.0);
                let mut packages = BTreeSet::new();
                while packages.len() < count {
                    packages.insert(self.popularity[ecosystem].draw(&mut self.random));
                }
                let packages: Vec<usize> = packages.into_iter().collect();
                let body = json!({ "packages": {} });
                let stream = self.add(
                    "git",
                    id.clone(),
                    reference.clone(),
                    Facet::Dependencies,
                    "repository",
                    body,
                    Model::Dependencies { ecosystem, packages: packages.clone() },
                );
                for package in packages {
                    self.use_package(stream, ecosystem, package);
                }
            }
            let documents: serde_json::Map<_, _> =
                (0..self.random.below(6)).map(|_| (format!("docs/{}.md", self.word()), json!(self.title()))).collect();
            self.add("git", id, reference.clone(), Facet::Documentation, "repository", json!({ "documents": documents }), Model::Other);
            if i < services {
                self.add_service(i, &name, &reference, &owner, services);
            }
        }
        for (ecosystem, (word, _, count)) in ECOSYSTEMS.iter().enumerate() {
            for package in 0..count / 16 {
                let name = format!("package:{}", package_name(ecosystem, package));
                let body = json!({"latest": version_text(self.versions[ecosystem][package]), "licence": "MIT", "published": "2023-05-01T00:00:00Z"});
                self.add(
                    "registry",
                    (word, name[8..].to_owned(), Kind::Package),
                    name,
                    Facet::Package,
                    "registry",
                    body,
                    Model::Package { ecosystem, package },
                );
            }
        }
        self.rate("git", 3 * 3600, 46.0 * factor, |stream| matches!(stream.model, Model::General { repository: true }), 0.8);
        self.rate("git", 3 * 3600, 4.0 * factor, |stream| matches!(stream.model, Model::General { repository: false } | Model::Other), 0.3);
        self.rate("git", 3 * 3600, 80.0 * factor, |stream| stream.facet == Facet::Dependencies, 0.6);
        self.rate("registry", 4 * 3600, 10.0, |stream| stream.facet == Facet::Package, 0.5);
        self.rate("sonar", 5 * 3600, 360.0 * factor, |stream| stream.facet == Facet::Quality, 0.3);
        self.rate("consul", 9 * 3600, 350.0 * factor, |stream| stream.facet == Facet::Configuration, 0.4);
        self.rate(
            "kubernetes",
            10 * 3600,
            150.0 * factor,
            |stream| stream.facet == Facet::Kubernetes && stream.body.contains_key("pods"),
            0.3,
        );
        self.rate(
            "kubernetes",
            16 * 3600,
            160.0 * factor,
            |stream| stream.facet == Facet::Kubernetes && stream.body.contains_key("pods"),
            0.3,
        );
    }

    fn add_service(&mut self, i: usize, name: &str, repository: &str, owner: &str, services: usize) {
        let reference = format!("service:{name}");
        let id = (name, format!("acme/{name}#{reference}"), Kind::Service);
        let body = json!({
            "ref": reference, "title": self.title(), "description": self.sentence(12), "owner": [owner], "type": if i.is_multiple_of(4) { "library" } else { "service" },
            "lifecycle": *self.random.pick(&["production", "production", "experimental", "deprecated"]), "repository": repository, "path": "catalog-info.yaml",
            "topics": [self.word()], "annotations": {"sonarqube.org/project-key": format!("acme_{name}")},
        });
        self.add("git", id.clone(), reference.clone(), Facet::General, "catalog-info.yaml", body, Model::General { repository: false });
        let depends: serde_json::Map<_, _> =
            (0..self.random.below(7)).map(|_| (format!("service:dependency-{:04}", self.random.below(services)), json!(true))).collect();
        self.add("git", id, reference.clone(), Facet::Relations, "catalog-info.yaml", json!({ "dependsOn": depends }), Model::Other);
        let lines = self.random.between(800, 160_000);
        let quality = ("acme", format!("acme_{name}"), Kind::Service);
        let stream = self.add(
            "sonar",
            quality,
            reference.clone(),
            Facet::Quality,
            "sonar",
            json!({}),
            Model::Quality { lines, coverage: 700, smells: lines / 90 },
        );
        self.analyse(stream, 0);
        let instances = self.random.heavy(2.0, 1.4, 30.0);
        let stream = self.add(
            "consul",
            ("dc1", name.to_owned(), Kind::Service),
            reference.clone(),
            Facet::Configuration,
            "consul",
            json!({}),
            Model::Configuration { instances, version: 1 },
        );
        self.deploy(stream, 0);
        let workload = format!("workload:eu-west-1/{name}");
        let cluster = ("eu-west-1", format!("eu-west-1/apps/Deployment/{name}"), Kind::Workload);
        let body = json!({"ref": workload, "owner": [owner], "type": "Deployment"});
        self.add("kubernetes", cluster.clone(), workload.clone(), Facet::General, "kubernetes", body, Model::Other);
        let pods = self.random.heavy(8.0, 1.7, 150.0);
        let model = Model::Kubernetes { pods, version: 1, revision: 1, digest: String::new(), sets: Vec::new() };
        let stream = self.add("kubernetes", cluster, workload, Facet::Kubernetes, "kubernetes", json!({}), model);
        self.roll_out(stream, 0, true);
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of a stream, given once each")]
    fn add(
        &mut self,
        source: &'static str,
        (scope, id, kind): (&str, String, Kind),
        entity: String,
        facet: Facet,
        origin: &'static str,
        body: Value,
        model: Model,
    ) -> usize {
        let Value::Object(body) = body else { unreachable!("bodies are objects") };
        let resource = Arc::new(Resource { id, kind, scope: scope.to_owned() });
        let entity = entity.parse().unwrap_or_else(|error| unreachable!("{error}"));
        let check = (source == "git").then(|| format!("{}:{origin}", self.random.hex(40)));
        self.streams.push(Stream { source, resource, entity, facet, origin, body, check, model });
        self.streams.len() - 1
    }

    fn rate(&mut self, source: &'static str, second: i64, per_day: f64, wanted: impl Fn(&Stream) -> bool, exponent: f64) {
        let mut streams: Vec<usize> =
            (0..self.streams.len()).filter(|i| self.streams[*i].source == source && wanted(&self.streams[*i])).collect();
        for i in (1..streams.len()).rev() {
            let other = self.random.below(i + 1);
            streams.swap(i, other);
        }
        let zipf = Zipf::new(streams.len(), exponent);
        self.by_rate.push(Rate { source, second, streams, zipf, per_day });
    }

    /// What happens on a day, as the runs of the sources see it.
    pub fn day(&mut self, day: i32) -> Vec<Harvest> {
        // Five busy days and two quiet ones, with the same sum over the week.
        let busy = if day.rem_euclid(7) < 5 { 1.28 } else { 0.3 };
        for versions in &mut self.versions {
            for _ in 0..versions.len() / 60 {
                let package = self.random.below(versions.len());
                let version = &mut versions[package];
                *version = match self.random.below(12) {
                    0 => (version.0 + 1, 0, 0),
                    1..=4 => (version.0, version.1 + 1, 0),
                    _ => (version.0, version.1, version.2 + 1),
                };
            }
        }
        let mut harvests: Vec<Harvest> = Vec::new();
        let mut seen = BTreeSet::new();
        for rate in 0..self.by_rate.len() {
            let Rate { source, second, per_day, .. } = self.by_rate[rate];
            let (mut count, mut tries) = ((per_day * busy * (0.9 + 0.2 * self.random.unit())).round() as usize, 0);
            let mut changed = Vec::new();
            while count > 0 && tries < 40_000 {
                tries += 1;
                let drawn = self.by_rate[rate].zipf.draw(&mut self.random);
                let stream = self.by_rate[rate].streams[drawn];
                if seen.insert(stream) {
                    self.change(stream, day);
                    changed.push(stream);
                    count -= 1;
                }
            }
            changed.sort_unstable();
            match harvests.last_mut() {
                Some(last) if last.source == source && last.second == second => last.changed.extend(changed),
                _ => harvests.push(Harvest { source, second, changed }),
            }
        }
        harvests
    }

    fn change(&mut self, stream: usize, day: i32) {
        if self.streams[stream].check.is_some() {
            self.streams[stream].check = Some(format!("{}:{}", self.random.hex(40), self.streams[stream].origin));
        }
        match &self.streams[stream].model {
            Model::Quality { .. } => self.analyse(stream, day),
            Model::Kubernetes { .. } => {
                let rolls = self.random.chance(0.35);
                self.roll_out(stream, day, rolls);
            }
            Model::Configuration { .. } => self.deploy(stream, day),
            Model::Dependencies { .. } => self.update_packages(stream),
            Model::Package { ecosystem, package } => {
                let version = &mut self.versions[*ecosystem][*package];
                version.1 += 1;
                let text = version_text(*version);
                let body = &mut self.streams[stream].body;
                body.insert("latest".into(), json!(text));
                body.insert("published".into(), json!(instant(day, 3_600)));
            }
            Model::General { repository } => {
                let repository = *repository;
                if repository {
                    let (id, second) = (self.random.hex(40), self.random.between(0, 86_399));
                    let (commits, authors) = (self.random.below(400), 1 + self.random.below(20));
                    let body = &mut self.streams[stream].body;
                    body.insert("lastCommit".into(), json!({"id": id, "at": instant(day - 1, second)}));
                    body.insert("activity".into(), json!({"commits": commits, "authors": authors}));
                }
                if !repository || self.random.chance(0.06) {
                    let text = self.sentence(13);
                    self.streams[stream].body.insert("description".into(), json!(text));
                }
            }
            Model::Other => self.change_other(stream),
        }
    }

    fn change_other(&mut self, stream: usize) {
        let (key, value) = match self.streams[stream].facet {
            Facet::Documentation => ("documents", (format!("docs/{}.md", self.word()), json!(self.title()))),
            Facet::Relations => ("dependsOn", (format!("service:dependency-{:04}", self.random.below(500)), json!(true))),
            _ => {
                let owner = format!("team:{}-{}", ["payments", "search", "identity"][self.random.below(3)], self.random.below(13) * 6);
                self.streams[stream].body.insert("owner".into(), json!([owner]));
                return;
            }
        };
        if let Some(Value::Object(entries)) = self.streams[stream].body.get_mut(key) {
            if entries.len() > 8 {
                let first = entries.keys().next().cloned().unwrap_or_default();
                entries.remove(&first);
            }
            entries.insert(value.0, value.1);
        }
    }

    fn analyse(&mut self, stream: usize, day: i32) {
        let random = &mut self.random;
        let Model::Quality { lines, coverage, smells } = &mut self.streams[stream].model else { return };
        *lines = (*lines + random.between(-40, 160)).max(200);
        *coverage = (*coverage + random.between(-6, 7)).clamp(50, 990);
        if random.chance(0.5) {
            *smells = (*smells + random.between(-5, 5)).max(0);
        }
        let failed = *coverage < 500;
        let rating = ["A", "B", "C"][(*smells / 400).min(2) as usize];
        let body = json!({
            "gate": if failed { "failed" } else { "passed" }, "failedConditions": if failed { json!(["coverage < 50 %"]) } else { json!([]) },
            "coverage": *coverage as f64 / 10.0, "linesOfCode": *lines, "bugs": *smells / 40, "vulnerabilities": *smells / 200, "codeSmells": *smells,
            "duplication": (*smells % 90) as f64 / 10.0, "reliabilityRating": rating, "securityRating": "A", "maintainabilityRating": "A",
            "newCoverage": random.between(0, 100), "newBugs": 0, "newCodeSmells": random.between(0, 9), "newLines": random.between(0, 900),
            "analysedAt": instant(day, random.between(0, 86_399)), "projectKey": self.streams[stream].resource.id.clone(),
        });
        let Value::Object(body) = body else { return };
        self.streams[stream].body = body;
    }

    fn deploy(&mut self, stream: usize, day: i32) {
        let random = &mut self.random;
        let Model::Configuration { instances, version } = &mut self.streams[stream].model else { return };
        *version += 1;
        let (commit, digest) = (random.hex(40), random.hex(64));
        let mut all = serde_json::Map::new();
        for _ in 0..*instances {
            let address = format!("10.{}.{}.{}:8080", random.below(4), random.below(256), random.below(256));
            let node = format!("ip-10-{}-{}.eu-west-1.compute.internal", random.below(256), random.below(256));
            all.insert(address, json!({"commit": commit, "digest": format!("sha256:{digest}"), "health": "passing", "node": node, "since": instant(day, random.between(28_000, 64_000))}));
        }
        let body = json!({"version": format!("1.{version}.0"), "keys": ["cache/size", "db/url", "feature/flags", "log/level"], "checks": {"http": "passing"}, "instances": all});
        let Value::Object(body) = body else { return };
        self.streams[stream].body = body;
    }

    /// A new version of all pods, or a few pods that restart or move.
    fn roll_out(&mut self, stream: usize, day: i32, all: bool) {
        let random = &mut self.random;
        let name = self.streams[stream].entity.name().rsplit('/').next().unwrap_or_default().to_owned();
        let Stream { body, model, .. } = &mut self.streams[stream];
        let Model::Kubernetes { pods, version, revision, digest, sets } = model else { return };
        let new_pod = |random: &mut Random, set: &str, digest: &str| {
            let zone = *random.pick(&["a", "b", "c"]);
            let pod = json!({
                "phase": "Running", "restarts": 0, "node": format!("ip-10-{}-{}.eu-west-1.compute.internal", random.below(256), random.below(256)), "zone": format!("eu-west-1{zone}"),
                "ip": format!("10.{}.{}.{}", random.below(4), random.below(256), random.below(256)), "image": format!("sha256:{digest}"), "since": instant(day, random.between(0, 86_399)),
            });
            (format!("{set}-{}", random.text(SUFFIX, 5)), pod)
        };
        if all {
            *version += 1;
            *revision += 1;
            *digest = random.hex(64);
            let set = format!("{name}-{}", random.text(SUFFIX, 10));
            let image = format!("registry.example.com/acme/{name}:1.{version}.0");
            let mut replica_sets = match body.get("replicaSets") {
                Some(Value::Object(sets)) => sets.clone(),
                _ => serde_json::Map::new(),
            };
            if let Some(last) = sets.last()
                && let Some(entry) = replica_sets.get_mut(last)
            {
                entry["desired"] = json!(0);
            }
            sets.push(set.clone());
            if sets.len() > 3 {
                replica_sets.remove(&sets.remove(0));
            }
            replica_sets.insert(set.clone(), json!({"revision": *revision, "image": image, "desired": *pods}));
            let entries: serde_json::Map<_, _> = (0..*pods).map(|_| new_pod(random, &set, digest)).collect();
            let new = json!({
                "desired": *pods, "ready": *pods, "restarts": 0, "phases": {"Running": *pods}, "images": [image], "replicaSets": replica_sets, "pods": entries,
            });
            if let Value::Object(new) = new {
                *body = new;
            }
            return;
        }
        let set = sets.last().cloned().unwrap_or_default();
        let Some(Value::Object(entries)) = body.get_mut("pods") else { return };
        let moved = if random.chance(0.2) { entries.len() / 4 + 1 } else { 1 + random.below(3) };
        let mut restarts = 0;
        for _ in 0..moved {
            let Some(old) = entries.keys().nth(random.below(entries.len())).cloned() else { return };
            if random.chance(0.4) {
                restarts += 1;
                entries[&old]["restarts"] = json!(entries[&old]["restarts"].as_u64().unwrap_or(0) + 1);
            } else {
                entries.remove(&old);
                let (pod, value) = new_pod(random, &set, digest);
                entries.insert(pod, value);
            }
        }
        body.insert("restarts".into(), json!(body.get("restarts").and_then(Value::as_u64).unwrap_or(0) + restarts));
    }

    fn update_packages(&mut self, stream: usize) {
        let Model::Dependencies { ecosystem, packages } = &self.streams[stream].model else { return };
        let (ecosystem, count) = (*ecosystem, 1 + self.random.below(4));
        let updated: Vec<usize> = (0..count).map(|_| packages[self.random.below(packages.len())]).collect();
        for package in updated {
            let version = &mut self.versions[ecosystem][package];
            version.2 += u32::from(self.random.chance(0.3));
            self.use_package(stream, ecosystem, package);
        }
        if self.random.chance(0.15) {
            let added = self.popularity[ecosystem].draw(&mut self.random);
            if let Model::Dependencies { packages, .. } = &mut self.streams[stream].model
                && !packages.contains(&added)
            {
                let removed = packages.swap_remove(0);
                packages.push(added);
                if let Some(Value::Object(entries)) = self.streams[stream].body.get_mut("packages") {
                    entries.remove(&format!("{}#{}", ECOSYSTEMS[ecosystem].1, package_name(ecosystem, removed)));
                }
                self.use_package(stream, ecosystem, added);
            }
        }
    }

    fn use_package(&mut self, stream: usize, ecosystem: usize, package: usize) {
        let version = version_text(self.versions[ecosystem][package]);
        let scope = ["runtime", "runtime", "development", "test"][package % 4];
        let used =
            json!({"direct": package.is_multiple_of(3), "requirement": format!("^{version}"), "scope": scope, "versions": [version]});
        if let Some(Value::Object(entries)) = self.streams[stream].body.get_mut("packages") {
            entries.insert(format!("{}#{}", ECOSYSTEMS[ecosystem].1, package_name(ecosystem, package)), used);
        }
    }

    fn word(&mut self) -> String {
        self.random.pick(&self.words).clone()
    }

    fn title(&mut self) -> String {
        format!("{} {}", self.word(), self.word())
    }

    fn sentence(&mut self, words: usize) -> String {
        (0..words).map(|_| self.word()).collect::<Vec<_>>().join(" ")
    }
}

fn package_name(ecosystem: usize, package: usize) -> String {
    match ecosystem {
        0 => format!("npm/@scope{}/library-{package}", package % 40),
        1 => format!("maven/org.example.group{}:artifact-{package}", package % 60),
        2 => format!("go/github.com/example{}/module-{package}", package % 50),
        _ => format!("pypi/distribution-{package}"),
    }
}

fn version_text((major, minor, patch): (u32, u32, u32)) -> String {
    format!("{major}.{minor}.{patch}")
}

/// RFC 3339 of a second of a day counted from the first one.
fn instant(day: i32, second: i64) -> String {
    spot::model::Instant::from_seconds(i64::from(FIRST_DAY + day) * 86_400 + second).to_string()
}
