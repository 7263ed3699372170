//! A git repository out of a seed: 40 services of three ecosystems, each with a descriptor, a manifest, a lockfile of
//! 100 to 300 packages, a README and sources, and one CODEOWNERS for all.
//!
//! The history is a single line of commits. Each changes a few sources; one in ten also moves packages, now and then a
//! README, a descriptor or an owner changes. It is packed as a clone from a forge would be.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, BufWriter, Write};
use std::ops::Range;
use std::path::Path;
use std::process::Stdio;

use anyhow::{Context, ensure};
use serde_json::{Map, Value, json};

use crate::program::{git, succeed};
use crate::workload::random::{Random, Zipf};

const SERVICES: usize = 40;
const SOURCES: usize = 25;
const TEAMS: usize = 12;
const PACKAGES: usize = 1_500;

const BASE64: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const WORDS: [&str; 16] = [
    "account", "batch", "cache", "delivery", "event", "filter", "gateway", "handler", "invoice", "ledger", "message", "order", "payment",
    "queue", "session", "token",
];

#[derive(Clone, Copy)]
enum Ecosystem {
    Npm,
    Cargo,
    Go,
}

type Version = (u32, u32, u32);

struct Service {
    name: String,
    ecosystem: Ecosystem,
    description: String,
    lifecycle: &'static str,
    team: usize,
    readme: Vec<String>,
    sources: Vec<Vec<String>>,
    packages: BTreeMap<usize, Version>,
}

/// Writes a bare repository whose first commit is at the range's start and whose others follow in it, in seconds.
pub fn generate(folder: &Path, seed: u64, commits: usize, range: Range<i64>) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder)?;
    succeed(&mut git(folder, &["init", "--quiet", "--bare", "--initial-branch=main"]))?;
    let mut import = git(folder, &["fast-import", "--quiet", "--done"]).stdin(Stdio::piped()).spawn().context("cannot start git")?;
    let mut out = BufWriter::new(import.stdin.take().context("piped above")?);
    write(&mut out, Random::new(seed), commits, range)?;
    out.into_inner()?.flush()?;
    ensure!(import.wait()?.success(), "git fast-import failed");
    // What fast-import writes is hardly compressed against what was there before.
    succeed(&mut git(folder, &["repack", "--quiet", "-a", "-d", "-f"]))
}

fn write(out: &mut impl Write, mut random: Random, commits: usize, range: Range<i64>) -> io::Result<()> {
    let popular = Zipf::new(PACKAGES, 0.6);
    let mut services: Vec<Service> = (0..SERVICES).map(|number| Service::new(number, &popular, &mut random)).collect();
    let mut times: Vec<i64> = (1..commits).map(|_| random.between(range.start, range.end - 1)).collect();
    times.push(range.start);
    times.sort_unstable();
    let mut files = BTreeMap::new();
    for service in &services {
        service.say_all(&mut files);
    }
    files.insert(".github/CODEOWNERS".to_owned(), codeowners(&services));
    files.insert("README.md".to_owned(), "# Monorepo\n\nEverything in one place.\n".to_owned());
    for (number, time) in times.into_iter().enumerate() {
        if number > 0 {
            change(&mut services, &popular, &mut random, &mut files);
        }
        let (author, message) = (random.below(60), format!("Change {number}\n"));
        writeln!(out, "commit refs/heads/main")?;
        for role in ["author", "committer"] {
            writeln!(out, "{role} Person {author} <person-{author}@example.com> {time} +0000")?;
        }
        writeln!(out, "data {}\n{message}", message.len())?;
        for (path, text) in std::mem::take(&mut files) {
            writeln!(out, "M 100644 inline {path}\ndata {}\n{text}", text.len())?;
        }
    }
    writeln!(out, "done")
}

/// What one commit changes.
fn change(services: &mut [Service], popular: &Zipf, random: &mut Random, files: &mut BTreeMap<String, String>) {
    let number = random.below(SERVICES);
    for _ in 0..1 + random.below(3) {
        let source = random.below(SOURCES);
        let line = sentence(random);
        let lines = &mut services[number].sources[source];
        let at = random.below(lines.len());
        if random.chance(0.3) {
            lines.insert(at, line)
        } else {
            lines[at] = line
        }
        services[number].say_source(source, files);
    }
    let service = &mut services[number];
    if random.chance(0.1) {
        service.update_packages(popular, random);
        service.say_packages(files);
    }
    if random.chance(0.04) {
        service.readme.push(sentence(random));
        service.say_readme(files);
    }
    if random.chance(0.03) {
        match random.below(3) {
            0 => service.lifecycle = *random.pick(&["production", "experimental", "deprecated"]),
            1 => service.team = random.below(TEAMS),
            _ => service.description = sentence(random),
        }
        service.say_descriptor(files);
    }
    if random.chance(0.01) {
        service.team = random.below(TEAMS);
        files.insert(".github/CODEOWNERS".to_owned(), codeowners(services));
    }
}

impl Service {
    fn new(number: usize, popular: &Zipf, random: &mut Random) -> Self {
        let (count, mut packages) = (100 + random.below(201), BTreeMap::new());
        while packages.len() < count {
            packages.insert(popular.draw(random), (1 + random.below(6) as u32, random.below(20) as u32, random.below(9) as u32));
        }
        let lines = |count: usize, random: &mut Random| (0..count).map(|_| sentence(random)).collect::<Vec<_>>();
        Self {
            name: format!("{}-{number:02}", random.pick(&WORDS)),
            ecosystem: [Ecosystem::Npm, Ecosystem::Cargo, Ecosystem::Go][number % 3],
            description: sentence(random),
            lifecycle: "production",
            team: random.below(TEAMS),
            readme: lines(20, random),
            sources: (0..SOURCES).map(|_| lines(40 + random.below(120), random)).collect(),
            packages,
        }
    }

    fn update_packages(&mut self, popular: &Zipf, random: &mut Random) {
        let packages: Vec<usize> = self.packages.keys().copied().collect();
        for _ in 0..1 + random.below(6) {
            let version = self.packages.entry(*random.pick(&packages)).or_default();
            *version = match random.below(10) {
                0 => (version.0 + 1, 0, 0),
                1..=4 => (version.0, version.1 + 1, 0),
                _ => (version.0, version.1, version.2 + 1),
            };
        }
        if random.chance(0.2) {
            self.packages.remove(random.pick(&packages));
            self.packages.entry(popular.draw(random)).or_insert((1, 0, 0));
        }
    }

    fn say_all(&self, files: &mut BTreeMap<String, String>) {
        self.say_descriptor(files);
        self.say_readme(files);
        self.say_packages(files);
        for source in 0..SOURCES {
            self.say_source(source, files);
        }
    }

    fn say(&self, path: &str, text: String, files: &mut BTreeMap<String, String>) {
        files.insert(format!("services/{}/{path}", self.name), text);
    }

    fn say_descriptor(&self, files: &mut BTreeMap<String, String>) {
        let Self { name, description, lifecycle, team, .. } = self;
        let text = format!(
            "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata:\n  name: {name}\n  description: {description}\n  tags: [{}]\n\
             spec:\n  type: service\n  lifecycle: {lifecycle}\n  owner: team-{team}\n",
            WORDS[team % WORDS.len()]
        );
        self.say("catalog-info.yaml", text, files);
    }

    fn say_readme(&self, files: &mut BTreeMap<String, String>) {
        self.say("README.md", format!("# {}\n\n{}\n", self.name, self.readme.join("\n")), files);
    }

    fn say_source(&self, source: usize, files: &mut BTreeMap<String, String>) {
        let extension = match self.ecosystem {
            Ecosystem::Npm => "ts",
            Ecosystem::Cargo => "rs",
            Ecosystem::Go => "go",
        };
        let lines = self.sources[source].iter().map(|line| format!("// {line}\n")).collect();
        self.say(&format!("src/part_{source}.{extension}"), lines, files);
    }

    fn say_packages(&self, files: &mut BTreeMap<String, String>) {
        match self.ecosystem {
            Ecosystem::Npm => {
                self.say("package.json", pretty(&self.npm_project()), files);
                self.say("package-lock.json", pretty(&self.npm_lock()), files);
            }
            Ecosystem::Cargo => {
                let direct = self.direct().map(|(package, version)| format!("library-{package} = \"{}\"\n", text(version)));
                let manifest = format!("[package]\nname = \"{}\"\nversion = \"1.0.0\"\nedition = \"2024\"\n\n[dependencies]\n", self.name);
                self.say("Cargo.toml", manifest + &direct.collect::<String>(), files);
                self.say("Cargo.lock", self.cargo_lock(), files);
            }
            Ecosystem::Go => self.say("go.mod", self.go_mod(), files),
        }
    }

    /// What the project itself declares; the rest is there because of it.
    fn direct(&self) -> impl Iterator<Item = (usize, Version)> {
        self.packages.iter().map(|(package, version)| (*package, *version)).filter(|(package, _)| package.is_multiple_of(5))
    }

    fn npm_project(&self) -> Value {
        let required = |wanted: fn(usize) -> bool| {
            let declared = self.direct().filter(|(package, _)| wanted(*package));
            declared.map(|(package, version)| (npm_name(package), json!(format!("^{}", text(version))))).collect::<Map<_, _>>()
        };
        json!({
            "name": self.name, "version": "1.0.0", "private": true, "dependencies": required(|package| !package.is_multiple_of(15)),
            "devDependencies": required(|package| package.is_multiple_of(15)),
        })
    }

    fn npm_lock(&self) -> Value {
        let mut entries = Map::from_iter([(String::new(), self.npm_project())]);
        let known: Vec<usize> = self.packages.keys().copied().collect();
        for (position, (package, version)) in self.packages.iter().enumerate() {
            let (name, version) = (npm_name(*package), text(*version));
            let below = npm_name(known[(position * 7 + 3) % known.len()]);
            let entry = json!({
                "version": version, "resolved": format!("https://registry.example/{name}/-/library-{package}-{version}.tgz"),
                "integrity": format!("sha512-{}==", checksum(&name, &version, BASE64, 86)), "license": "MIT",
                "dependencies": {below: "*"}, "engines": {"node": ">=18"},
            });
            entries.insert(format!("node_modules/{name}"), entry);
        }
        json!({"name": self.name, "version": "1.0.0", "lockfileVersion": 3, "requires": true, "packages": entries})
    }

    fn cargo_lock(&self) -> String {
        let direct = self.direct().map(|(package, _)| format!(" \"library-{package}\",\n")).collect::<String>();
        let mut lock = format!(
            "# This file is automatically @generated by Cargo.\nversion = 4\n\n[[package]]\nname = \"{}\"\nversion = \"1.0.0\"\n\
             dependencies = [\n{direct}]\n",
            self.name
        );
        for (package, version) in &self.packages {
            let (name, version) = (format!("library-{package}"), text(*version));
            let checksum = checksum(&name, &version, b"0123456789abcdef", 64);
            lock.push_str(&format!(
                "\n[[package]]\nname = \"{name}\"\nversion = \"{version}\"\n\
                 source = \"registry+https://registry.example/index\"\nchecksum = \"{checksum}\"\n"
            ));
        }
        lock
    }

    fn go_mod(&self) -> String {
        let direct: BTreeSet<usize> = self.direct().map(|(package, _)| package).collect();
        let mut module = format!("module example.com/monorepo/{}\n\ngo 1.24\n\nrequire (\n", self.name);
        for (package, version) in &self.packages {
            let why = if direct.contains(package) { "" } else { " // indirect" };
            module.push_str(&format!("\texample.com/library-{package} v{}{why}\n", text((1, version.1, version.2))));
        }
        module + ")\n"
    }
}

fn codeowners(services: &[Service]) -> String {
    let rules = services.iter().map(|service| format!("/services/{}/ @acme/team-{}\n", service.name, service.team));
    "* @acme/team-0\n".to_owned() + &rules.collect::<String>()
}

fn npm_name(package: usize) -> String {
    if package.is_multiple_of(4) { format!("@scope{}/library-{package}", package % 30) } else { format!("library-{package}") }
}

/// The same for the same package in every lockfile, as it is in the world.
fn checksum(name: &str, version: &str, alphabet: &[u8], length: usize) -> String {
    let seed = name.bytes().chain(version.bytes()).fold(7, |seed: u64, byte| seed.wrapping_mul(31).wrapping_add(u64::from(byte)));
    Random::new(seed).text(alphabet, length)
}

fn pretty(value: &Value) -> String {
    format!("{value:#}\n")
}

fn text((major, minor, patch): Version) -> String {
    format!("{major}.{minor}.{patch}")
}

fn sentence(random: &mut Random) -> String {
    let count = 4 + random.below(8);
    (0..count).map(|_| *random.pick(&WORDS)).collect::<Vec<_>>().join(" ")
}
