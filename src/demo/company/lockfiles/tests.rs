//! What is promised of updates.

use std::ops::Range;

use super::*;
use crate::demo::company::lockfiles::state::State;
use crate::demo::company::packages::Internal;

fn years() -> Range<Instant> {
    "2025-09-01T00:00:00Z".parse().unwrap().."2026-09-01T00:00:00Z".parse().unwrap()
}

fn universe() -> Arc<Universe> {
    let internal: Vec<Internal> = (0..25)
        .map(|at| Internal {
            ecosystem: [Ecosystem::Npm, Ecosystem::Npm, Ecosystem::Pypi, Ecosystem::Go, Ecosystem::Maven][at % 5],
            name: format!("kit-{at}"),
            repository: at,
            since: "2025-05-05T08:00:00Z".parse().unwrap(),
        })
        .collect();
    Universe::generate(3, &years(), "acme", &internal)
}

/// A project of the usual mix.
fn project(number: usize) -> Project {
    let mut random = Random::new(11).nth(number);
    let all = [Ecosystem::Npm, Ecosystem::Go, Ecosystem::Maven, Ecosystem::Pypi, Ecosystem::Cargo];
    let habits = [Habit::Bot, Habit::Monthly, Habit::Quarterly, Habit::Rarely, Habit::Never];
    Project {
        ecosystem: all[random.weighted(&[0.4, 0.2, 0.17, 0.17, 0.06])],
        folder: if number.is_multiple_of(17) { "web/".to_owned() } else { String::new() },
        name: format!("project-{number}"),
        published: None,
        stack: Stack::Either,
        weight: random.heavy(0.75, 1.0),
        habits: Timed::always(habits[random.weighted(&[0.14, 0.2, 0.3, 0.24, 0.12])]),
        patience: if random.chance(0.4) { 5.0 } else { 90.0 },
    }
}

fn steps(universe: &Arc<Universe>, number: usize) -> Vec<(Update, State)> {
    plan::Plan::new(universe, Random::new(5).nth(number), &project(number), years().start, years().end).steps()
}

fn files(update: &Update) -> Vec<(String, Vec<u8>)> {
    update.changes.iter().map(|change| (change.path.clone(), change.content.as_ref().unwrap().bytes())).collect()
}

#[test]
fn the_same_seed_gives_the_same_updates_to_the_byte() {
    let (one, other) = (universe(), universe());
    for number in 0..40 {
        let (first, second) = (steps(&one, number), steps(&other, number));
        assert_eq!(first.len(), second.len());
        for ((first, _), (second, _)) in first.iter().zip(&second).take(4) {
            assert_eq!((first.at, &first.message, files(first)), (second.at, &second.message, files(second)));
        }
    }
}

#[test]
fn updates_come_in_order_and_use_only_what_was_published() {
    let universe = universe();
    for number in 0..150 {
        let steps = steps(&universe, number);
        assert_eq!(steps[0].0.at, years().start);
        assert!(steps.is_sorted_by(|(one, _), (other, _)| one.at < other.at) && steps.last().unwrap().0.at < years().end);
        for (update, state) in &steps {
            assert!(!update.changes.is_empty() && !update.message.is_empty());
            for pick in state.picks.iter() {
                let package = &universe.packages[pick.package as usize];
                let release = &package.releases[pick.release as usize];
                assert!(release.at <= update.at, "{} {} at {}", package.name, release.version, update.at);
            }
        }
    }
}

#[test]
fn a_lockfile_holds_what_its_packages_need_and_nothing_else() {
    let universe = universe();
    for number in 0..100 {
        for (_, state) in steps(&universe, number) {
            let mut needed: Vec<bool> = vec![false; state.picks.len()];
            let find = |slot: usize| state.picks.iter().position(|pick| pick.slot(&universe) == slot);
            for direct in state.directs.iter() {
                needed[state.picks.iter().position(|pick| *pick == direct.pick()).unwrap()] = true;
            }
            for pick in state.picks.iter() {
                for need in universe.details(pick.package as usize).needs_of(pick.release as usize) {
                    let numbers = &universe.details(need.package as usize).numbers;
                    let at = find(need.slot as usize).expect("what is needed is locked");
                    assert!(numbers[state.picks[at].release as usize] >= numbers[need.floor as usize]);
                    needed[at] = true;
                }
            }
            assert!(needed.iter().all(|needed| *needed));
        }
    }
}

#[test]
fn a_weakness_is_fixed_within_a_week_where_somebody_cares() {
    let universe = universe();
    let (mut quick, mut slow) = (0, 0);
    for number in 0..300 {
        let project = project(number);
        let steps = steps(&universe, number);
        let Some((_, state)) = steps.last() else { continue };
        for pick in state.picks.iter() {
            for advisory in &universe.packages[pick.package as usize].advisories {
                let since = years().end.micros() - advisory.at.micros() > 8 * 86_400_000_000 && advisory.at > years().start;
                let is_open =
                    since && advisory.fixed.is_some() && plan::is_affected(&universe, pick.package as usize, pick.release, advisory);
                if is_open && project.patience < 10.0 {
                    quick += 1;
                } else if is_open {
                    slow += 1;
                }
            }
        }
    }
    // What is left where somebody cares is held back by another package.
    assert!(quick * 3 < slow, "{quick} of {slow}");
}

#[test]
fn the_usual_mix_has_the_usual_counts() {
    let universe = universe();
    let (mut rows, mut versions, mut count) = (0, 0, 0);
    let mut by_ecosystem: std::collections::BTreeMap<Ecosystem, (usize, usize)> = Default::default();
    for number in 0..1_000 {
        let steps = steps(&universe, number);
        let (_, last) = steps.last().unwrap();
        let shown = if last.shape.tool == state::Tool::Maven { last.directs.len() } else { last.picks.len() };
        rows += shown;
        count += 1;
        versions += steps.len() - 1;
        let found = by_ecosystem.entry(last.shape.ecosystem).or_default();
        *found = (found.0 + shown, found.1 + 1);
    }
    let mean = |(rows, count): (usize, usize)| rows as f64 / count as f64;
    assert!((95.0..145.0).contains(&mean((rows, count))), "{}", mean((rows, count)));
    assert!((8.0..15.0).contains(&mean((versions, count))), "{}", mean((versions, count)));
    for (ecosystem, usual) in
        [(Ecosystem::Npm, 220.0), (Ecosystem::Cargo, 110.0), (Ecosystem::Maven, 45.0), (Ecosystem::Pypi, 40.0), (Ecosystem::Go, 30.0)]
    {
        let found = mean(by_ecosystem[&ecosystem]);
        assert!((usual * 0.75..usual * 1.3).contains(&found), "{ecosystem:?}: {found}");
    }
}
