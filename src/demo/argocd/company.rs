//! What the company's Argo CD knows of: the services that it brings to their clusters.

use std::collections::BTreeMap;

use super::{Application, End, HISTORY, Source, Sync};
use crate::demo::company::Company;
use crate::demo::company::delivery::{CommitIds, Deployment, Environment, Outcome, Tool};
use crate::model::Instant;

/// The applications at an instant: one for each cluster that a service runs in.
#[must_use]
pub fn applications(company: &Company, ids: &CommitIds, now: Instant) -> Vec<Application> {
    let delivery = &company.delivery;
    let mut all = Vec::new();
    for (number, service) in delivery.services.iter().enumerate().filter(|(_, service)| service.tool == Tool::ArgoCd) {
        for (place, placement) in service.placements.iter().enumerate().filter(|(_, placement)| placement.exists.contains(&now)) {
            let cluster = &delivery.clusters[placement.cluster];
            let positions = delivery.deployments_at(number, place, now);
            // A few more than are remembered, for those that did not succeed.
            let cut = positions.len().saturating_sub(3 * HISTORY);
            let known = |positions: &[u32]| positions.iter().map(|position| delivery.deployments[*position as usize]).collect::<Vec<_>>();
            let (before, listed) = (known(&positions[..cut]), known(&positions[cut..]));
            let maker = Maker { company, ids, system: &service.system, name: &service.name };
            let repository = &company.repositories[service.repository];
            let (source, has_own) = maker.source(repository.name.at(placement.exists.start));
            let mut labels = BTreeMap::from([("app.kubernetes.io/name".to_owned(), service.name.clone())]);
            labels.insert("app.kubernetes.io/part-of".to_owned(), service.system.clone());
            if cluster.environment == Environment::Tools || delivery.regions[cluster.region].is_datacenter {
                labels.insert("environment".to_owned(), cluster.environment.word().to_owned());
                labels.insert("region".to_owned(), delivery.regions[cluster.region].name.to_owned());
            }
            all.push(Application {
                name: format!("{}-{}", service.name, cluster.name),
                project: service.system.clone(),
                labels,
                cluster: cluster.name.clone(),
                target_namespace: service.system.clone(),
                sources: vec![source],
                created: placement.exists.start,
                earlier: before.iter().filter(|deployment| deployment.outcome == Outcome::Success).count(),
                syncs: listed.iter().map(|deployment| maker.sync(deployment, has_own)).collect(),
                ..Application::default()
            });
        }
    }
    all
}

struct Maker<'a> {
    company: &'a Company,
    ids: &'a CommitIds,
    system: &'a str,
    name: &'a str,
}

impl Maker<'_> {
    /// Manifests stand beside the code, or in a repository for those of all services, system by system.
    fn source(&self, repository: &str) -> (Source, bool) {
        let has_own = self.system.bytes().map(usize::from).sum::<usize>() % 3 != 0;
        let (name, path) =
            if has_own { (repository, "deploy".to_owned()) } else { ("deployments", format!("{}/{}", self.system, self.name)) };
        let repository = format!("https://github.example/{}/{name}.git", self.company.login);
        (Source { repository, path: Some(path), chart: None, target: "main".to_owned() }, has_own)
    }

    fn sync(&self, deployment: &Deployment, has_own: bool) -> Sync {
        let delivery = &self.company.delivery;
        let version = delivery.version(deployment, self.ids);
        let commit = self.ids.of(delivery.service_of(deployment).repository, deployment.commit as usize);
        // The commit in which the manifests got the version, which nobody else knows.
        let of_manifests = || commit.chars().rev().collect();
        Sync {
            started: deployment.started(),
            finished: deployment.finished(),
            revisions: vec![if has_own { commit.clone() } else { of_manifests() }],
            by: (deployment.waited >= 600).then(|| self.company.people[deployment.by as usize].login.clone()),
            end: match deployment.outcome {
                Outcome::Success => End::Succeeded,
                Outcome::Failure => End::Failed(
                    "one or more synchronization tasks completed unsuccessfully: Deployment exceeded its progress deadline".to_owned(),
                ),
                Outcome::Cancelled => End::Failed("Operation terminated".to_owned()),
            },
            images: vec![format!("registry.example/{}/{}:{version}", self.company.login, self.name)],
            is_partial: false,
        }
    }
}
