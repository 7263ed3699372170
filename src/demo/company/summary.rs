//! A company in a few pages, for a person to judge.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::{Company, Repository};
use crate::model::Instant;

const DAY: i64 = 86_400_000_000;

/// What there is at an instant: counts, tribes with their teams, and some services with owners and ages.
#[must_use]
pub fn summary(company: &Company, at: Instant) -> String {
    let mut text = format!("# {} (@{}) at {at}\n\n", company.name, company.login);
    counts(company, at, &mut text);
    teams(company, at, &mut text);
    repositories(company, at, &mut text);
    text
}

fn counts(company: &Company, at: Instant, text: &mut String) {
    let there: Vec<&Repository> = company.repositories.iter().filter(|repository| repository.exists.contains(&at)).collect();
    let archived = there.iter().filter(|repository| *repository.archived.at(at)).count();
    let new = there.iter().filter(|repository| repository.exists.start >= company.history.start).count();
    let in_year = |at: &Instant| company.history.contains(at);
    let commits: Vec<usize> =
        company.repositories.iter().map(|repository| repository.commits.iter().filter(|commit| in_year(&commit.at)).count()).collect();
    let people = company.people.iter().filter(|person| person.employed.contains(&at)).count();
    let analyses: usize = company.projects.iter().map(|project| project.analyses.len()).sum();
    let _ = writeln!(
        text,
        "{} repositories: {new} new in the year, {archived} archived, {} deleted",
        there.len(),
        company.repositories.len() - there.len()
    );
    let _ = writeln!(
        text,
        "{people} people of {} who ever were; {} teams",
        company.people.len(),
        company.teams.iter().filter(|team| team.exists.contains(&at)).count()
    );
    let _ = writeln!(
        text,
        "{} commits in the year; {} repositories with under ten",
        commits.iter().sum::<usize>(),
        commits.iter().filter(|count| **count < 10).count()
    );
    let mut busiest = commits;
    busiest.sort_unstable_by(|a, b| b.cmp(a));
    let _ = writeln!(text, "commits of the busiest: {:?}", &busiest[..busiest.len().min(12)]);
    let _ = writeln!(text, "{} SonarQube projects, {analyses} analyses; {} packages", company.projects.len(), company.packages.len());
    let mut endings: BTreeMap<&str, usize> = BTreeMap::new();
    for repository in &company.repositories {
        *endings.entry(language(repository)).or_default() += 1;
    }
    let _ = writeln!(text, "main languages: {endings:?}\n");
}

/// The language with the most files, by the ends of their names.
pub(super) fn language(repository: &Repository) -> &'static str {
    let mut counts: BTreeMap<&'static str, usize> = BTreeMap::new();
    for change in repository.commits.iter().flat_map(|commit| &commit.changes) {
        let language = match change.path.rsplit('.').next().unwrap_or_default() {
            "ts" | "tsx" | "js" => "TypeScript and JavaScript",
            "java" | "kt" => "Java and Kotlin",
            "py" => "Python",
            "go" => "Go",
            "rs" => "Rust",
            _ => continue,
        };
        *counts.entry(language).or_default() += 1;
    }
    counts.into_iter().max_by_key(|(_, count)| *count).map_or("others", |(language, _)| language)
}

fn teams(company: &Company, at: Instant, text: &mut String) {
    for (number, tribe) in company.teams.iter().enumerate() {
        if tribe.parent.at(at).is_some() {
            continue;
        }
        let _ = writeln!(text, "## {}: {}", tribe.name.at(at), tribe.description);
        for (position, team) in company.teams.iter().enumerate().filter(|(_, team)| *team.parent.at(at) == Some(number)) {
            if !team.exists.contains(&at) {
                let _ = writeln!(text, "- ({} ended {})", team.name.at(at), team.exists.end);
                continue;
            }
            let members: Vec<&str> = team
                .members
                .iter()
                .filter(|member| member.during.contains(&at))
                .map(|member| company.people[member.person].name.as_str())
                .collect();
            let owned = company
                .repositories
                .iter()
                .filter(|repository| {
                    repository.teams.at(at).iter().any(|(owner, permission)| *owner == position && *permission > super::Permission::Read)
                })
                .count();
            let moved = team.parent.all().len() > 1 || team.slug.all().len() > 1 || company.history.contains(&team.exists.start);
            let _ = writeln!(
                text,
                "- {}{} ({}): {} {owned} repositories. {}",
                team.name.at(at),
                if moved { " *" } else { "" },
                team.slug.at(at),
                team.description,
                members.join(", ")
            );
        }
        text.push('\n');
    }
}

fn repositories(company: &Company, at: Instant, text: &mut String) {
    let step = (company.repositories.len() / 60).max(1);
    for repository in company.repositories.iter().step_by(step).filter(|repository| repository.exists.contains(&at)) {
        let owners: Vec<&str> = repository.teams.at(at).iter().map(|(team, _)| company.teams[*team].slug.at(at).as_str()).collect();
        let age = (at.micros() - repository.exists.start.micros()) / DAY;
        let last = repository.commits.last().map_or(age, |commit| (at.micros() - commit.at.micros()) / DAY);
        let archived = if *repository.archived.at(at) { ", archived" } else { "" };
        let _ = writeln!(
            text,
            "- {} ({}; {age} days old, last commit {last} days ago, {} commits, {}{archived}): {}",
            repository.name.at(at),
            language(repository),
            repository.commits.len(),
            owners.join("+"),
            repository.description.at(at)
        );
    }
}
