//! What is delivered has the shape of a real company's; each figure has its tolerance.

use super::*;
use crate::demo::company::{Company, Shape};

fn company(repositories: usize) -> Company {
    let end = "2026-11-20T00:00:00Z".parse().unwrap();
    Company::generate(&Shape { seed: 1, repositories, end })
}

fn is_within(value: f64, low: f64, high: f64, what: &str) {
    assert!((low..=high).contains(&value), "{what} is {value}, not within {low} and {high}");
}

#[test]
fn a_thousand_repositories_run_in_ten_clusters() {
    let company = company(1000);
    let (delivery, end) = (&company.delivery, company.history.end);
    let clusters = delivery.clusters.iter().filter(|cluster| cluster.exists.contains(&end)).count();
    is_within(clusters as f64, 9.0, 11.0, "clusters");
    let alive: Vec<usize> = (0..delivery.services.len()).filter(|service| delivery.services[*service].exists.contains(&end)).collect();
    is_within(alive.len() as f64, 460.0, 540.0, "services");
    let pods = alive.iter().flat_map(|service| {
        (0..delivery.services[*service].placements.len()).filter_map(|placement| delivery.running(*service, placement, end))
    });
    let pods: u32 = pods.map(|running| u32::from(running.replicas)).sum();
    is_within(f64::from(pods), 5_300.0, 6_700.0, "pods");
    for (tool, low, high) in
        [(Tool::GitHub, 0.5, 0.7), (Tool::ArgoCd, 0.18, 0.32), (Tool::Jenkins, 0.05, 0.16), (Tool::Webhook, 0.02, 0.11)]
    {
        let share = alive.iter().filter(|service| delivery.services[**service].tool == tool).count() as f64 / alive.len() as f64;
        is_within(share, low, high, &format!("the share of {tool:?}"));
    }
}

/// Whether it is a working day in a region, and the hour there.
fn local(delivery: &Delivery, deployment: &Deployment) -> (bool, i8) {
    let zone = jiff::tz::TimeZone::get(delivery.region_of(deployment).time_zone).unwrap();
    let there = zone.to_datetime(deployment.queued.timestamp());
    (there.weekday().to_monday_zero_offset() < 5, there.hour())
}

#[test]
fn a_thousand_repositories_deliver_like_a_company() {
    let company = company(1000);
    let delivery = &company.delivery;
    let year = &delivery.deployments[delivery.deployments_between(&company.history)];
    let working = year.iter().filter(|deployment| local(delivery, deployment).0).count() as f64;
    is_within(working / 260.0, 300.0, 400.0, "deployments on a working day");
    let share =
        |counts: &dyn Fn(&Deployment) -> bool| year.iter().filter(|deployment| counts(deployment)).count() as f64 / year.len() as f64;
    is_within(share(&|deployment| deployment.outcome == Outcome::Failure), 0.015, 0.05, "the share that fails");
    is_within(share(&|deployment| deployment.outcome == Outcome::Cancelled), 0.004, 0.02, "the share that is cancelled");
    is_within(share(&|deployment| deployment.undoes().is_some()), 0.004, 0.025, "the share that undoes another");
    is_within(share(&|deployment| deployment.is_hotfix), 0.001, 0.02, "the share of hotfixes");
    is_within(share(&|deployment| deployment.pull_request.is_some()), 0.55, 0.97, "the share with a pull request");
    let production = |deployment: &&Deployment| delivery.environment_of(deployment) == Environment::Production;
    let usual = |deployment: &&Deployment| !deployment.is_hotfix && deployment.undoes().is_none();
    let (mut inside, mut all) = (0.0, 0.0);
    for deployment in year.iter().filter(production).filter(usual) {
        let (is_weekday, hour) = local(delivery, deployment);
        all += 1.0;
        inside += f64::from(is_weekday && (7..19).contains(&hour));
    }
    is_within(inside / all, 0.93, 1.0, "the share of production in working hours");
    let mut counts = vec![0_usize; delivery.services.len()];
    year.iter().for_each(|deployment| counts[deployment.service as usize] += 1);
    counts.sort_unstable_by(|one, other| other.cmp(one));
    let tenth = counts[..counts.len() / 10].iter().sum::<usize>() as f64 / year.len() as f64;
    is_within(tenth, 0.22, 0.6, "what a tenth of the services deploys");

    let requests = &delivery.pull_requests;
    let merged = requests.iter().filter(|request| request.commit.is_some()).count() as f64;
    let (open, closed) = requests.iter().partition::<Vec<_>, _>(|request| request.closed.is_none());
    is_within(merged / requests.len() as f64, 0.75, 0.95, "the share that is merged");
    is_within(open.len() as f64, 250.0, 900.0, "open pull requests");
    let mut waited: Vec<i64> =
        closed.iter().map(|request| (request.closed.unwrap().micros() - request.opened.micros()) / 3_600_000_000).collect();
    waited.sort_unstable();
    is_within(waited[waited.len() / 2] as f64, 2.0, 30.0, "hours in the middle until it is closed");
    is_within(waited[waited.len() * 19 / 20] as f64, 60.0, 1_200.0, "hours until it is closed in one of twenty cases");
    let by_bot = requests.iter().filter(|request| company.people[request.author as usize].login.ends_with("-bot")).count() as f64;
    is_within(by_bot / requests.len() as f64, 0.05, 0.5, "the share of the bot");
    is_within(delivery.workflow_runs.len() as f64 / 1000.0, 60.0, 200.0, "runs per repository");
    let again = delivery.workflow_runs.iter().filter(|run| run.attempt > 1).count() as f64 / delivery.workflow_runs.len() as f64;
    is_within(again, 0.01, 0.08, "the share of runs that ran once more");
}

#[test]
fn what_is_delivered_agrees_with_the_repositories() {
    let company = company(150);
    let delivery = &company.delivery;
    for (position, deployment) in delivery.deployments.iter().enumerate() {
        let service = delivery.service_of(deployment);
        let repository = &company.repositories[service.repository];
        let name = &service.name;
        assert!(repository.commits[deployment.commit as usize].at <= deployment.queued, "{name}: a commit that was not there");
        assert!(service.placements[usize::from(deployment.placement)].exists.contains(&deployment.queued), "{name}: too early or late");
        assert!(deployment.finished() <= company.history.end, "{name}: after the end");
        if let Some(undone) = deployment.undoes() {
            let undone = &delivery.deployments[undone];
            assert_eq!((undone.service, undone.placement), (deployment.service, deployment.placement));
            assert!(undone.finished() <= deployment.queued && undone.commit != deployment.commit, "{position}");
        }
    }
    for (service, what) in delivery.services.iter().enumerate() {
        for placement in 0..what.placements.len() {
            let here: Vec<&Deployment> = delivery
                .deployments_at(service, placement, Instant::MAX)
                .iter()
                .map(|position| &delivery.deployments[*position as usize])
                .collect();
            assert!(here.windows(2).all(|pair| pair[0].finished() <= pair[1].queued), "{}: two at a time", what.name);
            let running = delivery.running(service, placement, company.history.end);
            let last = here.iter().rev().find(|deployment| deployment.outcome == Outcome::Success);
            let runs = what.placements[placement].exists.contains(&company.history.end);
            assert_eq!(running.map(|running| running.deployment), last.copied().filter(|_| runs), "{}", what.name);
        }
        // A version is on staging before it is in production.
        let mut seen = std::collections::BTreeSet::new();
        let has_staging = what.placements.first().is_some_and(|first| delivery.clusters[first.cluster].environment == Environment::Staging);
        for position in delivery.deployments_of(service, Instant::MAX) {
            let deployment = &delivery.deployments[*position as usize];
            match delivery.environment_of(deployment) {
                Environment::Staging => drop(seen.insert(deployment.commit)),
                _ => assert!(!has_staging || seen.contains(&deployment.commit), "{}: not on staging before", what.name),
            }
        }
    }
    for pair in delivery.pull_requests.windows(2).filter(|pair| pair[0].repository == pair[1].repository) {
        assert!(pair[0].number < pair[1].number && pair[0].opened <= pair[1].opened, "{pair:?}");
    }
    for request in &delivery.pull_requests {
        let repository = &company.repositories[request.repository as usize];
        let commit = request.commit.map(|commit| &repository.commits[commit as usize]);
        let end = request.closed.unwrap_or(Instant::MAX);
        assert!(request.opened <= end && commit.is_none_or(|commit| commit.at == end), "{request:?}");
        assert!(request.reviews.iter().all(|review| review.at >= request.opened && review.at <= end && review.by != request.author));
        assert!(!delivery.title(request, repository).is_empty(), "{request:?}");
        if let Some((_, number)) = commit.and_then(|commit| commit.message.lines().next()?.strip_suffix(')')?.rsplit_once(" (#")) {
            assert_eq!(number, request.number.to_string());
        }
    }
    for run in &delivery.workflow_runs {
        let commit = &company.repositories[run.repository as usize].commits[run.commit as usize];
        assert!(commit.at <= run.created || matches!(run.trigger, Trigger::PullRequest(_)), "{run:?}");
    }
}

#[test]
fn at_the_end_a_few_services_are_behind_in_one_region() {
    let company = company(1000);
    let (delivery, end) = (&company.delivery, company.history.end);
    let (mut behind, mut several) = (0.0, 0.0);
    for (service, what) in delivery.services.iter().enumerate().filter(|(_, service)| service.exists.contains(&end)) {
        let production = what.placements.iter().enumerate().filter(|(_, placement)| {
            delivery.clusters[placement.cluster].environment == Environment::Production && placement.exists.contains(&end)
        });
        let live: Vec<&Deployment> =
            production.filter_map(|(placement, _)| Some(delivery.running(service, placement, end)?.deployment)).collect();
        if live.len() > 1 {
            several += 1.0;
            let newest = live.iter().map(|deployment| deployment.queued).max().unwrap();
            let since = |deployment: &&Deployment| (newest.micros() - deployment.queued.micros()) > 2 * 86_400_000_000;
            behind += f64::from(u8::from(live.iter().any(|one| live.iter().any(|other| other.commit != one.commit) && since(one))));
        }
    }
    is_within(several, 150.0, 400.0, "services in several regions");
    is_within(behind / several, 0.01, 0.2, "the share of these that is behind somewhere for days");
}

#[test]
fn a_small_company_delivers_in_proportion() {
    for repositories in [10, 60, 300] {
        let company = company(repositories);
        let delivery = &company.delivery;
        let days = delivery.deployments_between(&company.history).len() as f64 / 260.0;
        let expected = repositories as f64 * 0.35;
        is_within(days, expected * 0.35 - 2.0, expected * 2.0 + 4.0, &format!("deployments a day of {repositories}"));
        assert!(!delivery.services.is_empty() && delivery.clusters.len() <= 11);
    }
}
