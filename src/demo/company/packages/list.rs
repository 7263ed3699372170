//! The written list of packages, one line per package:
//!
//! ```text
//! role name version cadence [licence] [flags] : what it needs
//! ```
//!
//! - Role: `r` declared for running (npm: `w` in browsers, `s` in servers, `b` in both), `d` for development (`p` of what runs
//!   in browsers, `q` in servers), `o` and `e` the same for stacks with a list of their own, `t` comes along.
//! - Version: the newest at the end of history. A `~` behind it drops a third part of zero (`5.2`, `5.2.1`), `date` stands for
//!   versions that are dates, `pseudo` for Go's versions of commits. `<4.21.2` behind it is the last one of an older line.
//! - Cadence: 0 hardly ever, 1 a few times a year, 2 every other month, 3 every other week, 4 weekly.
//! - Licence: SPDX, `-OR-` for ` OR `; the ecosystem's usual one if it is missing.
//! - Flags: `x` given up by its authors, `y` came out within these years.
//! - `a{b,c}` is two words, `ab` and `ac`; several names on a line are several packages.
//!
//! Names, licences and needs are facts; version numbers are believable rather than exact.

use crate::demo::company::Ecosystem;

/// What a package is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Role {
    /// Projects of every kind declare it.
    Both,
    /// What runs in a browser declares it.
    Browser,
    /// What runs on a server declares it.
    Server,
    /// It is declared for development.
    Development,
    /// It is declared for developing what runs in a browser.
    BrowserDevelopment,
    /// It is declared for developing what runs on a server.
    ServerDevelopment,
    /// Projects of a stack with a list of its own declare it.
    Own,
    /// The same for development.
    OwnDevelopment,
    /// It comes along.
    Needed,
}

/// How versions are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// Three numbers.
    Three,
    /// Three numbers, or two if the last is 0.
    Short,
    /// The day.
    Date,
    /// `v0.0.0-20250102030405-0123456789ab`.
    Pseudo,
}

/// A line, for one of its names.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub(super) ecosystem: Ecosystem,
    pub(super) role: Role,
    pub(super) name: String,
    pub(super) newest: [u32; 3],
    /// The last versions of older lines, newest first.
    pub(super) older: Vec<[u32; 3]>,
    pub(super) form: Form,
    /// What follows the numbers: `-jre`, `.Final`, `+incompatible`.
    pub(super) suffix: &'static str,
    pub(super) cadence: u32,
    pub(super) licence: &'static str,
    pub(super) is_given_up: bool,
    pub(super) is_young: bool,
    pub(super) needs: Vec<String>,
}

impl Line {
    /// Packages of one family come out together, in the same versions: those of one scope, group or first word that
    /// have the same newest version.
    pub(super) fn family(&self) -> String {
        let name = self.name.trim_start_matches('@');
        let group = match self.ecosystem {
            Ecosystem::Maven => name.match_indices(['.', ':']).nth(2).map(|(at, _)| &name[..at]),
            Ecosystem::Go => name.match_indices('/').nth(if name.starts_with("github.com") { 1 } else { 0 }).map(|(at, _)| &name[..at]),
            _ => name.split(['/', '-', '_', '.']).next(),
        };
        format!(
            "{} {} {:?}{:?}{} {} {}",
            self.ecosystem.word(),
            group.unwrap_or(name),
            self.newest,
            self.older,
            self.suffix,
            self.cadence,
            self.is_young
        )
    }
}

/// Every package of the list, popular ones of each ecosystem first.
pub(super) fn lines() -> Vec<Line> {
    let texts = [
        (Ecosystem::Npm, super::npm::DECLARED),
        (Ecosystem::Npm, super::npm_deep::NEEDED),
        (Ecosystem::Pypi, super::pypi::PACKAGES),
        (Ecosystem::Go, super::go::PACKAGES),
        (Ecosystem::Cargo, super::cargo::PACKAGES),
        (Ecosystem::Maven, super::maven::PACKAGES),
    ];
    let mut lines = Vec::with_capacity(2_000);
    for (ecosystem, text) in texts {
        for line in text.lines().filter(|line| !line.is_empty()) {
            read(ecosystem, line, &mut lines);
        }
    }
    lines
}

fn read(ecosystem: Ecosystem, line: &'static str, lines: &mut Vec<Line>) {
    let (head, needs) = line.split_once(" :").unwrap_or((line, ""));
    let mut words = head.split(' ');
    let (role, names, version, cadence) = (words.next(), words.next(), words.next().unwrap_or_default(), words.next());
    let role = match role {
        Some("w") => Role::Browser,
        Some("s") => Role::Server,
        Some("d") => Role::Development,
        Some("p") => Role::BrowserDevelopment,
        Some("q") => Role::ServerDevelopment,
        Some("o") => Role::Own,
        Some("e") => Role::OwnDevelopment,
        Some("t") => Role::Needed,
        _ => Role::Both,
    };
    let rest: Vec<&'static str> = words.collect();
    let licence = rest.iter().copied().find(|word| word.len() > 1).map_or(usual(ecosystem), licence);
    let needs: Vec<String> = needs.split_whitespace().flat_map(expand).collect();
    let mut versions = version.split('<');
    let (newest, form, suffix) = read_version(versions.next().unwrap_or_default());
    let older: Vec<[u32; 3]> = versions.map(|version| read_version(version).0).collect();
    for name in expand(names.unwrap_or_default()) {
        lines.push(Line {
            ecosystem,
            role,
            name,
            newest,
            older: older.clone(),
            form,
            suffix,
            cadence: cadence.and_then(|cadence| cadence.parse().ok()).unwrap_or_default(),
            licence,
            is_given_up: rest.contains(&"x"),
            is_young: rest.contains(&"y"),
            needs: needs.clone(),
        });
    }
}

fn read_version(version: &'static str) -> ([u32; 3], Form, &'static str) {
    match version {
        "date" => return ([0; 3], Form::Date, ""),
        "pseudo" => return ([0; 3], Form::Pseudo, ""),
        _ => {}
    }
    let (version, form) = version.strip_suffix('~').map_or((version, Form::Three), |version| (version, Form::Short));
    let mut rest = version.trim_start_matches('v');
    let mut numbers = [0; 3];
    for (at, number) in numbers.iter_mut().enumerate() {
        let after = if at == 0 { rest } else { rest.strip_prefix('.').unwrap_or_default() };
        let end = after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len());
        let Ok(found) = after[..end].parse() else { break };
        *number = found;
        rest = &after[end..];
    }
    (numbers, form, rest)
}

fn expand(word: &str) -> Vec<String> {
    let parts = word.split_once('{').and_then(|(before, rest)| rest.split_once('}').map(|(inner, after)| (before, inner, after)));
    match parts {
        Some((before, inner, after)) => inner.split(',').map(|part| format!("{before}{part}{after}")).collect(),
        None => vec![word.to_owned()],
    }
}

const fn usual(ecosystem: Ecosystem) -> &'static str {
    match ecosystem {
        Ecosystem::Npm | Ecosystem::Pypi | Ecosystem::Go => "MIT",
        Ecosystem::Cargo => "MIT OR Apache-2.0",
        Ecosystem::Maven => "Apache-2.0",
    }
}

fn licence(word: &'static str) -> &'static str {
    match word {
        "Apache-2.0-OR-MIT" => "Apache-2.0 OR MIT",
        "Unlicense-OR-MIT" => "Unlicense OR MIT",
        "MIT-OR-Apache-2.0" => "MIT OR Apache-2.0",
        "0BSD-OR-MIT-OR-Apache-2.0" => "0BSD OR MIT OR Apache-2.0",
        other => other,
    }
}
