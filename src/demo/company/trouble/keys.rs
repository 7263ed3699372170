//! What bugs are called: most teams keep them in Jira, some in GitHub beside the code.

use std::collections::{BTreeMap, BTreeSet};

use super::scene::Scene;
use super::{Bug, BugKey, BugProject};
use crate::demo::company::Timed;
use crate::model::Instant;

/// The projects of Jira, and the bugs with their keys, by their creation.
pub(super) fn keys(scene: &Scene<'_>, mut bugs: Vec<Bug>) -> (Vec<BugProject>, Vec<Bug>) {
    let projects = projects(scene);
    let by_system: BTreeMap<&str, u16> = projects.iter().enumerate().map(|(at, project)| (project.system.as_str(), at as u16)).collect();
    let in_github = in_github(scene);
    let mut free: BTreeMap<usize, Free> = BTreeMap::new();
    for bug in &mut bugs {
        let service = *bug.service.at(bug.created) as usize;
        if !in_github.contains(&scene.subjects[service].unit) || bug.service.all().len() > 1 {
            continue;
        }
        let repository = scene.delivery.services[service].repository;
        let free = free.entry(repository).or_insert_with(|| Free::of(scene, repository));
        // Where no number is free, somebody writes it down in Jira.
        if let Some((at, number)) = free.take(bug.created) {
            let earliest = bug.transitions.first().map_or(at, |first| first.at);
            if at <= earliest && bug.deleted.is_none_or(|deleted| at < deleted) && bug.priority.all().get(1).is_none_or(|step| at < step.0)
            {
                bug.created = at;
                bug.key = Timed::always(BugKey::GitHub { repository: repository as u32, number });
            }
        }
    }
    bugs.sort_by_key(|bug| bug.created);
    // Numbers of Jira grow with time, whether a bug is new or comes from another project.
    let mut arrivals: Vec<(Instant, usize, u16)> = Vec::new();
    for (position, bug) in bugs.iter().enumerate().filter(|(_, bug)| matches!(bug.key.at(bug.created), BugKey::Jira { .. })) {
        let mut before = None;
        for (at, service) in bug.service.all() {
            let project = by_system.get(scene.delivery.services[*service as usize].system.as_str()).copied().unwrap_or(0);
            if before != Some(project) {
                arrivals.push(((*at).max(bug.created), position, project));
            }
            before = Some(project);
        }
    }
    arrivals.sort_unstable();
    let mut random = scene.random("keys");
    let mut last = vec![0_u32; projects.len()];
    let mut keys: Vec<Vec<(Instant, BugKey)>> = vec![Vec::new(); bugs.len()];
    for (at, position, project) in arrivals {
        // Stories and tasks take numbers, too.
        let number = last[usize::from(project)] + random.between(1, 9) as u32;
        last[usize::from(project)] = number;
        let since = if keys[position].is_empty() { Instant::MIN } else { at };
        keys[position].push((since, BugKey::Jira { project, number }));
    }
    for (bug, keys) in bugs.iter_mut().zip(keys).filter(|(_, keys)| !keys.is_empty()) {
        bug.key = Timed::steps(keys);
    }
    (projects, bugs)
}

/// A project for every system that has services.
fn projects(scene: &Scene<'_>) -> Vec<BugProject> {
    let used: BTreeSet<&str> = scene.delivery.services.iter().map(|service| service.system.as_str()).collect();
    let mut taken = BTreeSet::new();
    let mut found = Vec::new();
    for system in scene.drafted.context.org.systems.iter().filter(|system| used.contains(system.slug.as_str())) {
        let letters: String = system.slug.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_uppercase();
        let letters = letters.trim_start_matches(|letter: char| letter.is_ascii_digit());
        let shorter = (4.min(letters.len())..=letters.len()).map(|length| letters[..length].to_owned());
        let key = shorter.chain((2..).map(|number| format!("{letters}{number}"))).find(|key| !key.is_empty() && !taken.contains(key));
        let key = key.unwrap_or_default();
        taken.insert(key.clone());
        found.push(BugProject { key, name: system.name.clone(), system: system.slug.clone() });
    }
    found
}

/// Every fifth team keeps its bugs in GitHub.
fn in_github(scene: &Scene<'_>) -> BTreeSet<usize> {
    let units = scene.drafted.context.org.units.len();
    let mut order: Vec<usize> = (0..units).collect();
    scene.random("trackers").shuffle(&mut order);
    order.into_iter().take(units.div_ceil(5)).collect()
}

/// Numbers of a repository that no pull request has, and between which instants they were given out.
struct Free(Vec<(Instant, Instant, u32)>);

impl Free {
    fn of(scene: &Scene<'_>, repository: usize) -> Self {
        let all = &scene.delivery.pull_requests;
        let range = scene.delivery.pull_requests_of(repository, Instant::MAX);
        let mut found = Vec::new();
        let (mut number, mut since) = (0, Instant::MIN);
        for request in &all[range] {
            found.extend((number + 1..request.number).map(|free| (since, request.opened, free)));
            (number, since) = (request.number, request.opened);
        }
        found.extend((number + 1..number + 200).map(|free| (since, Instant::MAX, free)));
        Self(found)
    }

    /// The next number for something that happened about then, and when that can have been; later ones get later numbers.
    fn take(&mut self, at: Instant) -> Option<(Instant, u32)> {
        let next = self.0.iter().position(|(_, until, _)| *until > at)?;
        let (since, until, number) = self.0[next];
        self.0.drain(..=next);
        let moved = at.max(since.plus_seconds(1));
        (moved < until && moved < at.plus_seconds(45 * 86_400)).then_some((moved, number))
    }
}
