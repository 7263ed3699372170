//! What is promised of the universe.

use std::collections::{HashMap, HashSet};

use super::*;

fn years() -> Range<Instant> {
    "2025-09-01T00:00:00Z".parse().unwrap().."2026-09-01T00:00:00Z".parse().unwrap()
}

fn internals() -> Vec<Internal> {
    let all = [Ecosystem::Npm, Ecosystem::Pypi, Ecosystem::Go, Ecosystem::Cargo, Ecosystem::Maven];
    let named = |at: usize| Internal {
        ecosystem: all[at % 5],
        name: format!("kit-{at}"),
        repository: at,
        since: "2025-10-06T08:00:00Z".parse().unwrap(),
    };
    (0..20).map(named).collect()
}

fn universe(seed: u64) -> Arc<Universe> {
    Universe::generate(seed, &years(), "acme", &internals())
}

#[test]
fn the_same_seed_gives_the_same_universe() {
    assert_eq!(format!("{:?}", universe(7)), format!("{:?}", universe(7)));
    assert_ne!(format!("{:?}", universe(7).packages), format!("{:?}", universe(8).packages));
}

#[test]
fn the_list_names_everything_once_and_knows_what_it_needs() {
    let lines = list::lines();
    let names: HashSet<(Ecosystem, &str)> = lines.iter().map(|line| (line.ecosystem, line.name.as_str())).collect();
    assert_eq!(names.len(), lines.len());
    for line in &lines {
        for need in &line.needs {
            assert!(names.contains(&(line.ecosystem, need.as_str())), "{} needs {need}", line.name);
        }
        assert!(line.cadence <= 4 && !line.name.contains(['{', '}', ' ']), "{line:?}");
    }
    let count = |ecosystem| lines.iter().filter(|line| line.ecosystem == ecosystem).count();
    assert!(count(Ecosystem::Npm) > 350 && count(Ecosystem::Pypi) > 120 && count(Ecosystem::Go) > 100);
    assert!(count(Ecosystem::Cargo) > 100 && count(Ecosystem::Maven) > 100);
}

#[test]
fn nothing_needs_itself() {
    let universe = universe(1);
    let mut state: HashMap<usize, bool> = HashMap::new();
    fn visit(universe: &Universe, package: usize, state: &mut HashMap<usize, bool>) {
        match state.insert(package, false) {
            Some(true) => {
                state.insert(package, true);
            }
            Some(false) => panic!("{} needs itself", universe.packages[package].name),
            None => {
                let newest = universe.packages[package].releases.len() - 1;
                for need in universe.details(package).needs_of(newest) {
                    visit(universe, need.package as usize, state);
                }
                state.insert(package, true);
            }
        }
    }
    for package in 0..universe.packages.len() {
        if state.get(&package) != Some(&true) {
            visit(&universe, package, &mut state);
        }
    }
}

#[test]
fn versions_come_out_in_time_and_are_written_once() {
    let universe = universe(1);
    let begin: Instant = "2022-09-02T00:00:00Z".parse().unwrap();
    for (position, package) in universe.packages.iter().enumerate() {
        let releases = &package.releases;
        assert!(!releases.is_empty() && releases.is_sorted_by_key(|release| release.at), "{}", package.name);
        assert!(releases.iter().all(|release| release.at < years().end), "{}: {releases:?}", package.name);
        let versions: HashSet<&str> = releases.iter().map(|release| release.version.as_str()).collect();
        assert_eq!(versions.len(), releases.len(), "{}: {releases:?}", package.name);
        if let Some(release) = releases.iter().find(|release| release.deprecated.as_ref().is_some_and(|(since, _)| *since < release.at)) {
            panic!("{}: {release:?}", package.name);
        }
        let details = universe.details(position);
        for (at, release) in releases.iter().enumerate() {
            for need in details.needs_of(at) {
                let needed = &universe.packages[need.package as usize].releases[need.floor as usize];
                assert!(needed.at <= release.at.max(begin), "{} {} needs {} of later", package.name, release.version, needed.version);
            }
        }
    }
}

#[test]
fn popular_packages_have_the_versions_that_people_know() {
    let universe = universe(1);
    let find = |name: &str| universe.packages.iter().find(|package| package.name == name).unwrap();
    let stable = |name: &str| {
        let position = universe.packages.iter().position(|package| package.name == name).unwrap();
        universe.version(position, universe.newest(position, years().end).unwrap()).to_owned()
    };
    assert_eq!(stable("react"), "19.2.1");
    assert_eq!(stable("com.google.guava:guava"), "33.5.0-jre");
    assert_eq!(stable("github.com/docker/docker"), "v28.5.2+incompatible");
    assert_eq!(stable("django"), "5.2.8");
    assert_eq!(stable("@acme/kit-0"), find("@acme/kit-0").releases.last().unwrap().version);
    assert!(find("express").releases.iter().any(|release| release.version.starts_with("4.")));
    assert!(find("certifi").releases.iter().any(|release| release.version.starts_with("2025.")));
    assert!(find("google.golang.org/genproto/googleapis/rpc").releases[0].version.starts_with("v0.0.0-20"));
    assert!(find("request").releases.iter().all(|release| release.deprecated.is_some()));
    assert_eq!(find("acme-kit-1").internal, Some(1));
    assert_eq!(find("github.com/acme/kit-2").internal, Some(2));
    assert_eq!(find("com.acme:kit-4").internal, Some(4));
}

#[test]
fn about_one_package_in_twenty_has_a_published_weakness() {
    for seed in 1..4 {
        let universe = universe(seed);
        let count = universe.packages.iter().filter(|package| !package.advisories.is_empty()).count();
        let share = count as f64 / universe.packages.len() as f64;
        assert!((0.035..0.06).contains(&share), "{share}");
        let since = years().end.plus_seconds(-731 * history::DAY);
        for package in &universe.packages {
            for advisory in &package.advisories {
                assert!(since < advisory.at && advisory.at < years().end);
                let of = |version: &String| package.releases.iter().position(|release| release.version == *version).unwrap();
                if let Some(fixed) = &advisory.fixed {
                    assert!(package.releases[of(fixed)].at <= advisory.at);
                }
            }
        }
        let releases: usize = universe.packages.iter().map(|package| package.releases.len()).sum();
        let withdrawn =
            universe.packages.iter().flat_map(|package| &package.releases).filter(|release| release.deprecated.is_some()).count();
        assert!((15_000..50_000).contains(&releases), "{releases}");
        assert!((100..900).contains(&withdrawn), "{withdrawn}");
    }
}

#[test]
fn vectors_say_what_the_severities_say() {
    for package in &universe(1).packages {
        for advisory in &package.advisories {
            let score = advisory.vector.parse::<cvss::Cvss>().unwrap().score();
            let severity = match score {
                score if score >= 9.0 => "CRITICAL",
                score if score >= 7.0 => "HIGH",
                score if score >= 4.0 => "MODERATE",
                _ => "LOW",
            };
            assert_eq!(advisory.severity, severity, "{} {score}", advisory.vector);
        }
    }
}
