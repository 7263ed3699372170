//! The company has the shape of a real one; each figure has its tolerance.

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::model::Instant;

fn end() -> Instant {
    "2026-11-20T00:00:00Z".parse().unwrap()
}

fn company(repositories: usize) -> Company {
    Company::generate(&Shape { seed: 1, repositories, end: end() })
}

fn is_within(value: f64, low: f64, high: f64, what: &str) {
    assert!((low..=high).contains(&value), "{what} is {value}, not within {low} and {high}");
}

/// The text of a file at an instant.
fn file(repository: &Repository, path: &str, at: Instant) -> Option<String> {
    let changes = repository.commits.iter().take_while(|commit| commit.at <= at).flat_map(|commit| &commit.changes);
    let last = changes.filter(|change| change.path == path).last()?;
    last.content.as_ref().map(|content| String::from_utf8(content.bytes()).unwrap())
}

fn code_owners(repository: &Repository, at: Instant) -> Option<String> {
    [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"].iter().find_map(|path| file(repository, path, at))
}

#[test]
fn the_same_shape_is_the_same_company_to_the_byte() {
    let (one, other) = (company(120), company(120));
    assert_eq!(format!("{one:?}"), format!("{other:?}"));
    for (one, other) in one.repositories.iter().zip(&other.repositories) {
        for (one, other) in
            one.commits.iter().flat_map(|commit| &commit.changes).zip(other.commits.iter().flat_map(|commit| &commit.changes)).take(12)
        {
            assert_eq!(one.content.as_ref().map(Content::bytes), other.content.as_ref().map(Content::bytes), "{}", one.path);
        }
    }
    let seeded = Company::generate(&Shape { seed: 2, repositories: 120, end: end() });
    assert_ne!(format!("{one:?}"), format!("{seeded:?}"));
}

#[test]
fn sizes_follow_from_the_number_of_repositories() {
    for count in [10, 60, 400] {
        let company = company(count);
        let end = company.history.end.plus_seconds(-1);
        assert_eq!(company.repositories.len(), count);
        let people = company.people.iter().filter(|person| person.employed.contains(&end)).count();
        is_within(people as f64, count as f64 / 4.0 * 0.9, count as f64 / 4.0 * 1.1 + 4.0, "people");
        let there = company.teams.iter().filter(|team| team.exists.contains(&end));
        let (teams, tribes): (Vec<&Team>, Vec<&Team>) = there.partition(|team| team.parent.at(end).is_some());
        is_within(teams.len() as f64, (count as f64 / 25.0 - 1.0).max(2.0), count as f64 / 25.0 + 2.0, "teams");
        is_within(tribes.len() as f64, 1.0, count as f64 / 25.0 / 7.0 + 1.5, "tribes");
    }
}

#[test]
fn a_thousand_repositories_look_like_a_company() {
    let company = company(1000);
    languages(&company);
    commits(&company);
    ownership(&company);
    fates(&company);
    structure(&company);
    quality(&company);
    lifecycles(&company);
    stacks(&company);
}

/// What descriptors call the ripeness, by the commits that say so.
fn lifecycles(company: &Company) {
    let (mut graduated, mut tried) = (0, 0);
    for repository in &company.repositories {
        let mut before = String::new();
        for commit in &repository.commits {
            let written = commit.changes.iter().filter(|change| change.path == "catalog-info.yaml");
            for text in written.filter_map(|change| Some(String::from_utf8(change.content.as_ref()?.bytes()).unwrap())) {
                let now = text.lines().find_map(|line| line.strip_prefix("  lifecycle: ")).unwrap_or_default();
                graduated += usize::from(before == "experimental" && now == "production" && commit.at >= company.history.start);
                before = now.to_owned();
            }
        }
        if before == "experimental" && repository.exists.end > company.history.end && !*repository.archived.at(company.history.end) {
            tried += 1;
            let age = (company.history.end.micros() - repository.exists.start.micros()) / 86_400_000_000;
            assert!(age <= 285, "{} is tried out for {age} days", repository.name.at(company.history.end));
        }
    }
    is_within(graduated as f64, 5.0, 20.0, "services that are no experiment any more");
    is_within(tried as f64, 2.0, 25.0, "experiments");
}

/// What a name promises, the manifest holds.
fn stacks(company: &Company) {
    let promises: [(&str, &str, &[&str]); 7] = [
        ("-android", "build.gradle.kts", &["com.android.application"]),
        ("-scanner", "build.gradle.kts", &["com.android.application"]),
        ("-mobile", "package.json", &["\"react-native\""]),
        ("-e2e", "package.json", &["@playwright/test", "\"cypress\""]),
        ("-loadtest", "package.json", &["@types/k6"]),
        ("-notebooks", "", &["pandas"]),
        ("-dags", "", &["apache-airflow"]),
    ];
    let mut seen = 0;
    for repository in company.repositories.iter().filter(|repository| repository.commits.len() > 1 && !repository.is_fork) {
        let name = repository.name.at(company.history.end);
        for (_, path, words) in promises.iter().filter(|(end, ..)| name.ends_with(end)) {
            let paths = if path.is_empty() { vec!["pyproject.toml", "requirements.txt"] } else { vec![*path] };
            let text: String = paths.iter().filter_map(|path| file(repository, path, company.history.end)).collect();
            assert!(words.iter().any(|word| text.contains(word)), "{name}: {text}");
            seen += 1;
        }
    }
    assert!(seen > 15, "{seen}");
}

#[test]
fn no_text_shows_the_pattern_that_it_is_made_from() {
    for seed in 1..4 {
        let company = Company::generate(&Shape { seed, repositories: 700, end: end() });
        let mut texts: Vec<&str> = Vec::new();
        for repository in &company.repositories {
            texts.extend(repository.name.all().iter().chain(repository.description.all()).map(|(_, text)| text.as_str()));
            texts.extend(repository.commits.iter().map(|commit| commit.message.as_str()));
        }
        for team in &company.teams {
            texts.push(&team.description);
            texts.extend(team.slug.all().iter().chain(team.name.all()).map(|(_, text)| text.as_str()));
        }
        texts.extend(company.projects.iter().flat_map(|project| [project.key.as_str(), project.name.as_str()]));
        texts.extend(company.people.iter().map(|person| person.name.as_str()));
        for text in texts {
            assert!(!text.contains(['{', '}']), "{text}");
        }
        for repository in &company.repositories {
            let descriptor = file(repository, "catalog-info.yaml", company.history.end).unwrap_or_default();
            assert!(!descriptor.contains(['{', '}']), "{descriptor}");
        }
    }
}

fn languages(company: &Company) {
    let mut counts: BTreeMap<&str, f64> = BTreeMap::new();
    for repository in &company.repositories {
        *counts.entry(summary::language(repository)).or_default() += 1.0 / company.repositories.len() as f64;
    }
    for (language, share) in
        [("TypeScript and JavaScript", 0.35), ("Java and Kotlin", 0.22), ("Python", 0.17), ("Go", 0.14), ("Rust", 0.04), ("others", 0.08)]
    {
        is_within(counts[language], share - 0.025, share + 0.025, language);
    }
}

fn commits(company: &Company) {
    let history = &company.history;
    let mut per: Vec<usize> = Vec::new();
    let (mut weekend, mut files, mut all, mut foreign) = (0, 0, 0, 0);
    for repository in &company.repositories {
        assert!(repository.commits.is_sorted_by_key(|commit| commit.at));
        let open = repository.exists.start..repository.exists.end.min(history.end);
        let in_year: Vec<&Commit> = repository.commits.iter().filter(|commit| commit.at >= history.start).collect();
        per.push(in_year.len());
        for commit in &repository.commits {
            assert!(open.contains(&commit.at), "{}", repository.name.at(history.end));
            assert!(!commit.changes.is_empty() && !commit.message.is_empty());
        }
        let archived = repository.archived.all().get(1).map_or(Instant::MAX, |(at, _)| *at);
        assert!(repository.commits.iter().all(|commit| commit.at < archived));
        for commit in in_year {
            let person = &company.people[commit.author];
            all += 1;
            files += commit.changes.len();
            weekend += usize::from(calendar::weekday(calendar::day_number(commit.at)) >= 5);
            foreign += usize::from(!person.employed.contains(&commit.at));
        }
        let mut paths = BTreeSet::new();
        for change in repository.commits.iter().flat_map(|commit| &commit.changes) {
            assert!(change.content.is_some() || paths.contains(&change.path), "{} is removed before it is written", change.path);
            paths.insert(change.path.clone());
        }
    }
    is_within(all as f64, 25_000.0, 45_000.0, "commits in the year");
    is_within(files as f64 / all as f64, 1.0, 3.5, "files per commit");
    is_within(weekend as f64 / all as f64, 0.0, 0.04, "commits at weekends");
    is_within(foreign as f64 / all as f64, 0.0, 0.002, "commits by people who were not there");
    per.sort_unstable();
    is_within(per.iter().filter(|count| **count < 10).count() as f64 / per.len() as f64, 0.15, 0.45, "repositories with few commits");
    is_within(per.iter().filter(|count| **count > 200).count() as f64 / per.len() as f64, 0.004, 0.05, "repositories with many commits");
    let turn: Instant = "2025-12-24T12:00:00Z".parse().unwrap();
    let week = |from: Instant| {
        company
            .repositories
            .iter()
            .flat_map(|repository| &repository.commits)
            .filter(|commit| (from..from.plus_seconds(604_800)).contains(&commit.at))
            .count()
    };
    is_within(
        week(turn) as f64 / week(turn.plus_seconds(-20 * 86_400)) as f64,
        0.05,
        0.55,
        "the last week of the year against an ordinary one",
    );
}

fn ownership(company: &Company) {
    let at = company.history.end;
    let there: Vec<&Repository> = company.repositories.iter().filter(|repository| repository.exists.contains(&at)).collect();
    let owned = there.iter().filter(|repository| code_owners(repository, at).is_some()).count();
    is_within(owned as f64 / there.len() as f64, 0.74, 0.86, "repositories with CODEOWNERS");
    let slugs: BTreeSet<&str> =
        company.teams.iter().filter(|team| team.exists.contains(&at)).map(|team| team.slug.at(at).as_str()).collect();
    let gone = there.iter().filter_map(|repository| code_owners(repository, at)).filter(|text| {
        let team = text.lines().find_map(|line| line.strip_prefix('*')).and_then(|line| line.trim().rsplit('/').next());
        team.is_some_and(|team| !slugs.contains(team))
    });
    is_within(gone.count() as f64 / owned as f64, 0.01, 0.09, "CODEOWNERS that name teams that are gone");
    let descriptors: Vec<String> = there.iter().filter_map(|repository| file(repository, "catalog-info.yaml", at)).collect();
    let components: Vec<&str> =
        descriptors.iter().flat_map(|text| text.split("---\n")).filter(|text| text.contains("kind: Component")).collect();
    is_within(components.len() as f64 / company.repositories.len() as f64, 0.44, 0.66, "components for each repository");
    let unowned = components.iter().filter(|text| !text.contains("  owner:")).count();
    is_within(unowned as f64 / components.len() as f64, 0.035, 0.085, "components without an owner");
    let annotated = descriptors.iter().filter(|text| text.contains("sonarqube.org/project-key")).count();
    is_within(annotated as f64 / descriptors.len() as f64, 0.55, 0.85, "descriptors with a project's key");
    let names: Vec<&str> = components.iter().filter_map(|text| text.lines().find_map(|line| line.strip_prefix("  name: "))).collect();
    assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len(), "every component has a name of its own");
    let properties = there.iter().filter(|repository| repository.properties.at(at).contains_key("owner-team")).count();
    is_within(properties as f64 / there.len() as f64, 0.65, 0.92, "repositories with the property owner-team");
    let moved = company.repositories.iter().filter(|repository| repository.teams.all().len() > 1).count();
    is_within(moved as f64, 20.0, 160.0, "repositories that changed hands");
}

fn fates(company: &Company) {
    let history = &company.history;
    let count = |of: &dyn Fn(&Repository) -> bool| company.repositories.iter().filter(|repository| of(repository)).count() as f64;
    is_within(count(&|repository| repository.name.all().len() > 1), 10.0, 20.0, "renamed");
    is_within(count(&|repository| repository.archived.all().get(1).is_some_and(|(at, _)| *at >= history.start)), 15.0, 30.0, "archived");
    is_within(count(&|repository| repository.exists.end < history.end), 5.0, 10.0, "deleted");
    is_within(count(&|repository| repository.exists.start >= history.start), 60.0, 100.0, "new");
    is_within(count(&|repository| repository.visibility.all().len() > 1), 2.0, 10.0, "shown or hidden");
    let mut names = BTreeSet::new();
    for repository in &company.repositories {
        for (_, name) in repository.name.all() {
            assert!(names.insert(name.clone()), "{name} twice");
            let last = name.rsplit('-').next().unwrap_or_default();
            assert!(name.len() <= 63 && last.parse::<u16>().is_err() | last.starts_with("20"), "{name} is numbered");
        }
    }
    let ids: BTreeSet<u64> = company.repositories.iter().map(|repository| repository.id).collect();
    assert_eq!(ids.len(), company.repositories.len());
}

fn structure(company: &Company) {
    let history = &company.history;
    let times: BTreeSet<Instant> = company.teams.iter().flat_map(|team| team.parent.all().iter().skip(1)).map(|(at, _)| *at).collect();
    assert_eq!(times.len(), 3, "three reorganisations move teams");
    for at in times {
        let moved = company.teams.iter().filter(|team| team.parent.all().iter().any(|(since, _)| *since == at));
        let ways: BTreeSet<_> = moved.map(|team| (team.parent.at(at.plus_seconds(-1)), team.parent.at(at))).collect();
        assert_eq!(ways.len(), 1, "all go the same way");
    }
    let new = company.teams.iter().filter(|team| history.contains(&team.exists.start)).count();
    let ended = company.teams.iter().filter(|team| team.exists.end < history.end).count();
    let renamed = company.teams.iter().filter(|team| team.slug.all().len() > 1).count();
    assert_eq!((new, ended, renamed), (1, 1, 1));
    for (number, person) in company.people.iter().enumerate() {
        let mut during: Vec<&std::ops::Range<Instant>> = company
            .teams
            .iter()
            .flat_map(|team| &team.members)
            .filter(|member| member.person == number)
            .map(|member| &member.during)
            .collect();
        during.sort_by_key(|during| during.start);
        assert!(during.windows(2).all(|pair| pair[0].end <= pair[1].start), "{} is in two teams", person.name);
        assert!(during.iter().all(|during| during.start >= person.employed.start && during.end <= person.employed.end), "{}", person.name);
    }
    for team in &company.teams {
        assert!(
            team.members.iter().all(|member| member.during.start >= team.exists.start && member.during.end <= team.exists.end),
            "{:?}",
            team.name
        );
    }
    let logins: BTreeSet<&str> = company.people.iter().map(|person| person.login.as_str()).collect();
    assert_eq!(logins.len(), company.people.len());
    assert!(logins.iter().all(|login| login.len() <= 39 && login.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')));
}

fn quality(company: &Company) {
    let analyses: usize = company.projects.iter().map(|project| project.analyses.len()).sum();
    is_within(analyses as f64, 30_000.0, 60_000.0, "analyses");
    is_within(company.projects.len() as f64 / 920.0, 0.6, 0.73, "projects for each repository with code");
    let keys: BTreeSet<&str> = company.projects.iter().map(|project| project.key.as_str()).collect();
    assert_eq!(keys.len(), company.projects.len());
    let mut last = Vec::new();
    for project in &company.projects {
        let days: Vec<i64> = project.analyses.iter().map(|analysis| calendar::day_number(analysis.at)).collect();
        assert!(days.windows(2).all(|pair| pair[0] < pair[1]), "{} is analysed twice a day", project.key);
        let repository = &company.repositories[project.repository];
        for analysis in project.analyses.iter().step_by(7) {
            assert!(project.exists.contains(&analysis.at) && repository.exists.contains(&analysis.at));
            assert!(repository.commits[analysis.commit].at <= analysis.at, "{}", project.key);
        }
        last.extend(project.analyses.last());
    }
    let red = last.iter().filter(|analysis| analysis.is_red()).count();
    is_within(red as f64 / last.len() as f64, 0.06, 0.25, "red gates");
    let never = company.projects.iter().filter(|project| project.analyses.is_empty()).count();
    is_within(never as f64 / company.projects.len() as f64, 0.005, 0.05, "projects that were never analysed");
    let coverage: Vec<f64> = last.iter().filter_map(|analysis| analysis.measures().get("coverage")?.parse().ok()).collect();
    is_within(coverage.iter().sum::<f64>() / coverage.len() as f64, 52.0, 78.0, "coverage");
    // Red is a state that lasts: a gate changes far less often than it is measured.
    let (mut flips, mut steps) = (0, 0);
    for project in &company.projects {
        for pair in project.analyses.windows(2) {
            flips += usize::from(pair[0].is_red() != pair[1].is_red());
            steps += 1;
        }
    }
    is_within(flips as f64 / steps as f64, 0.005, 0.09, "changes of gates");
}
