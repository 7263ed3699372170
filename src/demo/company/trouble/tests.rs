//! What troubles the company has the shape of a real one; each figure has its tolerance.

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::demo::company::Shape;
use crate::demo::company::delivery::{Environment, PullRequest};

const HOUR: f64 = 3_600e6;

fn company(repositories: usize) -> Company {
    let end = "2026-11-20T00:00:00Z".parse().unwrap();
    Company::generate(&Shape { seed: 1, repositories, end })
}

fn is_within(value: f64, low: f64, high: f64, what: &str) {
    assert!((low..=high).contains(&value), "{what} is {value}, not within {low} and {high}");
}

fn hours(from: Instant, to: Instant) -> f64 {
    (to.micros() - from.micros()) as f64 / HOUR
}

fn middle(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn weight(severity: Severity) -> f64 {
    match severity {
        Severity::Critical => 1.0,
        Severity::Major => 0.5,
        Severity::Minor => 0.1,
    }
}

/// The share of a stretch that was undisturbed: the worst of what was going on at each instant counts, and the start of each
/// a quarter of an hour.
fn stability(incidents: &[&Incident], during: &std::ops::Range<Instant>) -> f64 {
    let mut instants = BTreeSet::from([during.start, during.end]);
    let mut fixed = 0.0;
    for incident in incidents {
        let worst = incident.severity.all().iter().map(|(_, severity)| weight(*severity)).fold(0.0, f64::max);
        fixed += if during.contains(&incident.started) { worst * 0.25 } else { 0.0 };
        let turns = incident.severity.all().iter().map(|(at, _)| *at);
        instants.extend(turns.chain([incident.started, incident.resolved.unwrap_or(during.end)]).filter(|at| during.contains(at)));
    }
    let instants: Vec<Instant> = instants.into_iter().collect();
    let lost = instants.windows(2).map(|pair| {
        let active = incidents.iter().filter(|it| it.started <= pair[0] && it.resolved.is_none_or(|end| pair[0] < end));
        active.map(|incident| weight(*incident.severity.at(pair[0]))).fold(0.0, f64::max) * hours(pair[0], pair[1])
    });
    1.0 - (lost.sum::<f64>() + fixed) / hours(during.start, during.end)
}

#[test]
fn a_thousand_repositories_are_disturbed_like_a_company() {
    let company = company(1000);
    let (trouble, history) = (&company.trouble, &company.history);
    let all: Vec<&Incident> = trouble.incidents.iter().collect();
    is_within(all.len() as f64 / 52.0, 10.0, 15.0, "incidents in a week");
    let by = |severity: Severity| all.iter().filter(|incident| super::incidents::worst(incident) == severity).count() as f64;
    is_within(by(Severity::Critical) / 12.0, 2.0, 5.0, "critical incidents in a month");
    is_within(by(Severity::Minor) / all.len() as f64, 0.7, 0.9, "the share of minor ones");
    let quarters = (0..4_i64).map(|quarter| {
        let start = history.start.plus_seconds(quarter * 91 * 86_400);
        stability(&all, &(start..start.plus_seconds(91 * 86_400)))
    });
    quarters.enumerate().for_each(|(at, share)| is_within(share, 0.987, 0.998, &format!("the stability of quarter {at}")));
    is_within(stability(&all, history), 0.9905, 0.9965, "stability");

    let caused: Vec<&&Incident> = all.iter().filter(|incident| incident.deployment.is_some()).collect();
    is_within(caused.len() as f64 / all.len() as f64, 0.3, 0.65, "the share that a deployment brought about");
    let to_ack = all.iter().filter_map(|incident| Some(hours(incident.started, incident.acknowledged?) * 60.0)).collect();
    is_within(middle(to_ack), 2.0, 9.0, "minutes in the middle until somebody looks");
    let lasted: Vec<f64> = all.iter().filter_map(|incident| Some(hours(incident.started, incident.resolved?) * 60.0)).collect();
    is_within(middle(lasted), 9.0, 26.0, "minutes in the middle that it lasts");
    let turned = all.iter().filter(|incident| incident.severity.all().len() > 1).count();
    is_within(turned as f64 / all.len() as f64, 0.02, 0.12, "the share whose severity changed");
    let zone = jiff::tz::TimeZone::get("Europe/Berlin").unwrap();
    let at_work = all.iter().filter(|incident| {
        let there = zone.to_datetime(incident.started.timestamp());
        there.weekday().to_monday_zero_offset() < 5 && (8..18).contains(&there.hour())
    });
    is_within(at_work.count() as f64 / all.len() as f64, 0.42, 0.8, "the share in working hours, which are 30 % of the week");
    let within = |inner: &Incident| {
        let around = |outer: &&&Incident| {
            outer.started < inner.started && inner.resolved.is_some_and(|end| outer.resolved.is_some_and(|last| end < last))
        };
        all.iter().filter(around).any(|outer| outer.service != inner.service)
    };
    assert!(all.iter().filter(|incident| within(incident)).count() >= 15, "too few nested ones");
    assert_eq!(all.iter().filter(|incident| incident.also.len() > 15).count(), 1, "once nearly everything stood still");
    assert_eq!(all.iter().filter(|incident| incident.resolved.is_none()).count(), 2, "open ones at the end");
    is_within(all.iter().filter(|incident| incident.duplicate_of.is_some()).count() as f64, 5.0, 40.0, "duplicates");
    is_within(trouble.features.len() as f64, 12.0, 45.0, "features");
}

#[test]
fn incidents_agree_with_what_runs() {
    for repositories in [20, 150] {
        let company = company(repositories);
        let (delivery, trouble, end) = (&company.delivery, &company.trouble, company.history.end);
        assert!(trouble.incidents.is_sorted_by_key(|incident| incident.started));
        assert!(trouble.incidents.len() >= 3, "{repositories}");
        for incident in &trouble.incidents {
            let service = &delivery.services[incident.service as usize];
            assert!(service.exists.contains(&incident.started) && company.history.contains(&incident.started), "{incident:?}");
            assert!(incident.resolved.is_none_or(|resolved| incident.started < resolved && resolved < end), "{incident:?}");
            let last = incident.resolved.unwrap_or(end);
            assert!(incident.acknowledged.is_none_or(|at| incident.started < at && at < last), "{incident:?}");
            assert!(incident.severity.all()[1..].iter().all(|(at, _)| (incident.started..last).contains(at)), "{incident:?}");
            assert!(
                !incident.also.contains(&incident.service) && incident.also.iter().all(|also| (*also as usize) < delivery.services.len())
            );
            assert!(incident.features.iter().all(|feature| usize::from(*feature) < trouble.features.len()), "{incident:?}");
            assert!(company.people[incident.commander as usize].employed.contains(&incident.started), "{incident:?}");
            if let Some(cause) = incident.deployment.map(|at| &delivery.deployments[at as usize]) {
                assert_eq!((cause.service, delivery.environment_of(cause)), (incident.service, Environment::Production));
                is_within(hours(cause.finished(), incident.started), 0.0, 5.0, "hours after the deployment");
            }
            if let Some(first) = incident.duplicate_of.map(|at| &trouble.incidents[at as usize]) {
                assert!(first.service == incident.service && first.started < incident.started && incident.resolved <= first.resolved);
            }
        }
    }
}

/// Bugs that were created in a stretch.
fn created<'a>(company: &'a Company, during: &std::ops::Range<Instant>) -> Vec<&'a Bug> {
    company.trouble.bugs.iter().filter(|bug| during.contains(&bug.created)).collect()
}

#[test]
fn a_thousand_repositories_have_the_bugs_of_a_company() {
    let company = company(1000);
    let (history, bugs) = (&company.history, &company.trouble.bugs);
    let year = created(&company, history);
    is_within(year.len() as f64 / 52.0, 95.0, 145.0, "new bugs in a week");
    let share = |counts: &dyn Fn(&Bug) -> bool| year.iter().filter(|bug| counts(bug)).count() as f64 / year.len() as f64;
    is_within(share(&|bug| bug.is_in_production()), 0.4, 0.65, "the share in production");
    is_within(share(&|bug| bug.found_by == FoundBy::Customer), 0.25, 0.4, "the share that customers found");
    is_within(share(&|bug| bug.priority.all().len() > 1), 0.03, 0.12, "the share whose priority changed");
    is_within(share(&|bug| bug.priority.at(bug.created).is_none()), 0.02, 0.08, "the share without a priority");
    is_within(share(&|bug| bug.service.all().len() > 1), 0.005, 0.03, "the share that moved");
    is_within(share(&|bug| bug.deleted.is_some()), 0.002, 0.012, "the share that was deleted");
    is_within(share(&|bug| matches!(bug.key.at(bug.created), BugKey::GitHub { .. })), 0.08, 0.3, "the share in GitHub");
    let is_resolved = |transition: &&Transition| matches!(transition.to, BugState::Resolved(_));
    let reopened = |bug: &Bug| bug.transitions.windows(2).any(|pair| is_resolved(&&pair[0]) && !is_resolved(&&pair[1]));
    is_within(share(&reopened), 0.03, 0.09, "the share that was reopened");
    let days = |bug: &Bug| Some(hours(bug.created, bug.transitions.iter().find(is_resolved)?.at) / 24.0);
    let mut ages: Vec<f64> = year.iter().filter_map(|bug| days(bug)).collect();
    ages.sort_by(f64::total_cmp);
    is_within(ages[ages.len() / 2], 1.5, 6.0, "days in the middle until it is resolved");
    is_within(ages[ages.len() * 19 / 20] / ages[ages.len() / 2], 5.0, 40.0, "how much longer one of twenty takes");
    let open = |at: Instant| bugs.iter().filter(|bug| bug.is_open(at)).count() as f64;
    let (first, last) = (open(history.start), open(history.end.plus_seconds(-1)));
    is_within(first, 180.0, 500.0, "open bugs when the year begins");
    is_within(last / first, 0.8, 2.0, "open bugs at the end against the beginning");
    let old = bugs.iter().filter(|bug| bug.is_open(history.end.plus_seconds(-1)) && bug.created < history.start).count() as f64;
    is_within(old / last, 0.03, 0.4, "the share of the open ones that is older than the year");
}

#[test]
fn one_tribe_slowly_gets_worse() {
    let company = company(1000);
    let tribe_of = |bug: &Bug| {
        let repository = company.delivery.services[*bug.service.at(bug.created) as usize].repository;
        let owner = company.repositories[repository].teams.at(company.history.start).first().map(|(team, _)| *team)?;
        *company.teams[owner].parent.at(company.history.start)
    };
    // Bugs of thirteen weeks of four weeks each, by tribe.
    let mut counts: BTreeMap<usize, Vec<f64>> = BTreeMap::new();
    for bug in created(&company, &company.history) {
        let month = (hours(company.history.start, bug.created) / 24.0 / 28.0) as usize;
        if let Some(tribe) = tribe_of(bug).filter(|_| month < 13) {
            counts.entry(tribe).or_insert_with(|| vec![0.0; 13])[month] += 1.0;
        }
    }
    // Kendall's tau: of all pairs of months, how many more grow than shrink.
    let tau = |counts: &[f64]| {
        let pairs = (0..13).flat_map(|late| (0..late).map(move |early| (early, late)));
        pairs.map(|(early, late)| (counts[late] - counts[early]).signum() * f64::from(u8::from(counts[late] != counts[early]))).sum::<f64>()
            / 78.0
    };
    is_within(tau(&counts[&company.trouble.worsening]), 0.45, 1.0, "the trend of the tribe that gets worse");
    let others: Vec<f64> = counts.iter().filter(|(tribe, _)| **tribe != company.trouble.worsening).map(|(_, counts)| tau(counts)).collect();
    assert!(others.len() >= 3, "{others:?}");
    others.iter().for_each(|tau| is_within(*tau, -0.6, 0.6, "the trend of another tribe"));
}

#[test]
fn bugs_agree_with_services_and_numbers() {
    let company = company(150);
    let (delivery, trouble, end) = (&company.delivery, &company.trouble, company.history.end);
    let mut keys = BTreeSet::new();
    let mut numbers: BTreeMap<(bool, usize), Vec<(Instant, u32)>> = BTreeMap::new();
    for bug in &trouble.bugs {
        let service = &delivery.services[*bug.service.at(bug.created) as usize];
        assert!(service.exists.start <= bug.created && bug.created < end, "{bug:?}");
        assert!(bug.transitions.is_sorted_by_key(|transition| transition.at), "{bug:?}");
        assert!(bug.transitions.iter().all(|transition| bug.created <= transition.at && transition.at < end), "{bug:?}");
        assert!(bug.priority.all()[1..].iter().all(|(at, _)| bug.created <= *at && *at < end), "{bug:?}");
        assert!(bug.deleted.is_none_or(|at| bug.created < at && at < end) && !bug.title.is_empty() && bug.labels.is_sorted());
        assert!(bug.created >= company.history.start || bug.is_open(company.history.start) || !bug.transitions.is_empty(), "{bug:?}");
        for (since, key) in bug.key.all() {
            assert!(keys.insert(company.bug_key(bug, *since)), "{} stands twice", company.bug_key(bug, *since));
            let (project, number) = match *key {
                BugKey::Jira { project, number } => ((true, usize::from(project)), number),
                BugKey::GitHub { repository, number } => ((false, repository as usize), number),
            };
            numbers.entry(project).or_default().push(((*since).max(bug.created), number));
            if let BugKey::GitHub { repository, number } = *key {
                let requests = &delivery.pull_requests[delivery.pull_requests_of(repository as usize, Instant::MAX)];
                assert_eq!(repository as usize, service.repository);
                let is_right = |request: &PullRequest| (request.number < number) == (request.opened < bug.created);
                assert!(requests.iter().all(|request| request.number != number && is_right(request)), "#{number}");
            }
        }
    }
    for (project, mut known) in numbers {
        known.sort_unstable();
        assert!(known.windows(2).all(|pair| pair[0].1 < pair[1].1), "numbers of {project:?} do not grow with time");
    }
    let projects: BTreeSet<&str> = trouble.projects.iter().map(|project| project.key.as_str()).collect();
    assert_eq!(projects.len(), trouble.projects.len());
}

#[test]
fn customers_ask_as_they_do() {
    let company = company(1000);
    let (trouble, end) = (&company.trouble, company.history.end);
    let cases = &trouble.cases;
    is_within(cases.len() as f64 / 52.0, 75.0, 125.0, "cases in a week");
    let share = |counts: &dyn Fn(&SupportCase) -> bool| cases.iter().filter(|case| counts(case)).count() as f64 / cases.len() as f64;
    is_within(share(&|case| case.incident.is_some()), 0.08, 0.35, "the share that an incident brought");
    is_within(share(&|case| case.bug.is_some()), 0.04, 0.25, "the share that became a bug");
    is_within(share(&|case| case.feature.is_none()), 0.03, 0.07, "the share without a feature");
    let is_reopened = |case: &SupportCase| case.steps.windows(2).any(|pair| pair[0].1 == CaseState::Solved && pair[1].1 == CaseState::Open);
    is_within(share(&is_reopened), 0.04, 0.1, "the share that was reopened");
    let solved =
        |case: &SupportCase| case.steps.iter().find(|(_, state)| *state == CaseState::Solved).map(|(at, _)| hours(case.created, *at));
    is_within(middle(cases.iter().filter_map(solved).collect()), 6.0, 24.0, "hours in the middle until it is solved");
    let open = cases.iter().filter(|case| !matches!(case.state(end), CaseState::Solved | CaseState::Closed)).count() as f64;
    is_within(open, 10.0, 120.0, "open cases at the end");
    for pair in cases.windows(2) {
        assert!(pair[0].created <= pair[1].created && pair[0].number < pair[1].number);
    }
    for case in cases {
        assert!(case.steps.is_sorted_by_key(|(at, _)| *at) && case.steps.iter().all(|(at, _)| case.created < *at && *at < end), "{case:?}");
        assert!(case.bug.is_none_or(|bug| trouble.bugs[bug as usize].created > case.created), "{case:?}");
        assert!(case.incident.is_none_or(|incident| trouble.incidents[incident as usize].started < case.created), "{case:?}");
    }
}

#[test]
fn what_customers_ask_about_goes_its_own_ways() {
    let company = company(1000);
    let (trouble, history) = (&company.trouble, &company.history);
    let quarters = |of: &dyn Fn(&SupportCase) -> bool| {
        let mut counts = [0.0; 4];
        for case in trouble.cases.iter().filter(|case| of(case)) {
            let share = hours(history.start, case.created) / hours(history.start, history.end);
            counts[((share * 4.0) as usize).min(3)] += 1.0;
        }
        counts
    };
    let growth = |counts: &[f64; 4]| counts[3] / counts[0];
    is_within(growth(&quarters(&|_| true)), 1.05, 1.75, "the last quarter against the first");
    let mut features: Vec<[f64; 4]> =
        (0..trouble.features.len() as u16).map(|feature| quarters(&|case| case.feature == Some(feature))).collect();
    let sum = |counts: &[f64; 4]| counts.iter().sum::<f64>();
    features.sort_by(|a, b| sum(b).total_cmp(&sum(a)));
    let largest = sum(&features[0]);
    is_within(largest / trouble.cases.len() as f64, 0.08, 0.25, "the share of the largest feature");
    is_within(largest / sum(&features[features.len() / 2]), 3.0, 15.0, "the largest feature against the middle one");
    // Of what is asked about often enough to tell: much goes on as it was, some gets much worse.
    let mut growths: Vec<f64> = features.iter().filter(|counts| sum(counts) > 150.0).map(growth).collect();
    growths.sort_by(f64::total_cmp);
    is_within(growths[growths.len() / 4], 0.7, 1.5, "the growth of a steady feature");
    is_within(growths[growths.len() - 1], 1.7, 6.0, "the growth of the feature that gets worst");
}
