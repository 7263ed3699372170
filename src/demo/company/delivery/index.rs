//! Everything that is delivered, and where to find it.

use std::ops::Range;

use super::{Cluster, CommitIds, DeployedService, Deployment, Environment, Outcome, PullRequest, Region, Versioning, WorkflowRun};
use crate::demo::company::Repository;
use crate::model::Instant;

/// What a company delivers.
#[derive(Clone, Debug, Default)]
pub struct Delivery {
    /// Where it has machines.
    pub regions: Vec<Region>,
    /// Its clusters.
    pub clusters: Vec<Cluster>,
    /// What runs in them; services of one repository follow each other.
    pub services: Vec<DeployedService>,
    /// By the time at which they were queued, oldest first.
    pub deployments: Vec<Deployment>,
    /// By repository, then by number, which is the order of time.
    pub pull_requests: Vec<PullRequest>,
    /// By repository, then by time.
    pub workflow_runs: Vec<WorkflowRun>,
    /// Positions of deployments by service, oldest first.
    by_service: Vec<Vec<u32>>,
    /// Positions of deployments by service and placement, oldest first.
    by_placement: Vec<Vec<Vec<u32>>>,
}

/// What runs of a service in a cluster.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Running<'a> {
    /// The position of the last deployment that succeeded there.
    pub position: usize,
    /// That deployment.
    pub deployment: &'a Deployment,
    /// How many pods are wanted.
    pub replicas: u16,
}

impl Delivery {
    /// All of it. Deployments are in order of time; pull requests and runs in order of repository and time.
    #[must_use]
    pub fn new(
        (regions, clusters, services): (Vec<Region>, Vec<Cluster>, Vec<DeployedService>),
        deployments: Vec<Deployment>,
        pull_requests: Vec<PullRequest>,
        workflow_runs: Vec<WorkflowRun>,
    ) -> Self {
        debug_assert!(deployments.is_sorted_by_key(|deployment| deployment.queued), "deployments are in order of time");
        debug_assert!(pull_requests.is_sorted_by_key(|request| (request.repository, request.number)), "pull requests are in order");
        debug_assert!(workflow_runs.is_sorted_by_key(|run| (run.repository, run.created)), "runs are in order");
        let mut by_service = vec![Vec::new(); services.len()];
        let mut by_placement: Vec<Vec<Vec<u32>>> = services.iter().map(|service| vec![Vec::new(); service.placements.len()]).collect();
        for (position, deployment) in deployments.iter().enumerate() {
            by_service[deployment.service as usize].push(position as u32);
            by_placement[deployment.service as usize][usize::from(deployment.placement)].push(position as u32);
        }
        Self { regions, clusters, services, deployments, pull_requests, workflow_runs, by_service, by_placement }
    }

    /// The service of a deployment.
    #[must_use]
    pub fn service_of(&self, deployment: &Deployment) -> &DeployedService {
        &self.services[deployment.service as usize]
    }

    /// The cluster that a deployment goes to.
    #[must_use]
    pub fn cluster_of(&self, deployment: &Deployment) -> &Cluster {
        &self.clusters[self.service_of(deployment).placements[usize::from(deployment.placement)].cluster]
    }

    /// The region that a deployment goes to.
    #[must_use]
    pub fn region_of(&self, deployment: &Deployment) -> &Region {
        &self.regions[self.cluster_of(deployment).region]
    }

    /// The environment that a deployment goes to.
    #[must_use]
    pub fn environment_of(&self, deployment: &Deployment) -> Environment {
        self.cluster_of(deployment).environment
    }

    /// Positions of the services that are made from a repository.
    #[must_use]
    pub fn services_of(&self, repository: usize) -> Range<usize> {
        let start = self.services.partition_point(|service| service.repository < repository);
        start..start + self.services[start..].partition_point(|service| service.repository == repository)
    }

    /// Positions of the deployments that were queued in a stretch of time.
    #[must_use]
    pub fn deployments_between(&self, range: &Range<Instant>) -> Range<usize> {
        let start = self.deployments.partition_point(|deployment| deployment.queued < range.start);
        start..start + self.deployments[start..].partition_point(|deployment| deployment.queued < range.end)
    }

    /// Positions of the deployments of a service that were queued by an instant, oldest first.
    #[must_use]
    pub fn deployments_of(&self, service: usize, until: Instant) -> &[u32] {
        self.until(&self.by_service[service], until)
    }

    /// Positions of the deployments at a placement that were queued by an instant, oldest first.
    #[must_use]
    pub fn deployments_at(&self, service: usize, placement: usize, until: Instant) -> &[u32] {
        self.until(&self.by_placement[service][placement], until)
    }

    fn until<'a>(&self, positions: &'a [u32], until: Instant) -> &'a [u32] {
        &positions[..positions.partition_point(|position| self.deployments[*position as usize].queued <= until)]
    }

    /// What runs of a service at a placement at an instant; none before the first deployment there succeeded and after
    /// it was shut down. While a deployment is on its way, what ran before.
    #[must_use]
    pub fn running(&self, service: usize, placement: usize, at: Instant) -> Option<Running<'_>> {
        let place = &self.services[service].placements[placement];
        if !place.exists.contains(&at) {
            return None;
        }
        let known = self.deployments_at(service, placement, at).iter().rev();
        let mut known = known.map(|position| (*position as usize, &self.deployments[*position as usize]));
        let (position, deployment) = known.find(|(_, deployment)| deployment.outcome == Outcome::Success && deployment.finished() <= at)?;
        Some(Running { position, deployment, replicas: *place.replicas.at(at) })
    }

    /// What is on its way to a placement at an instant: queued and not over.
    #[must_use]
    pub fn under_way(&self, service: usize, placement: usize, at: Instant) -> Option<(usize, &Deployment)> {
        let position = *self.deployments_at(service, placement, at).last()? as usize;
        let deployment = &self.deployments[position];
        (deployment.finished() > at).then_some((position, deployment))
    }

    /// The version of a deployment for people: `1.42.0`, or the first digits of the commit.
    #[must_use]
    pub fn version(&self, deployment: &Deployment, ids: &CommitIds) -> String {
        let service = self.service_of(deployment);
        match service.versioning {
            Versioning::Numbers => {
                let (major, minor, patch) = deployment.version;
                format!("{major}.{minor}.{patch}")
            }
            Versioning::Commit => ids.of(service.repository, deployment.commit as usize)[..7].to_owned(),
        }
    }

    /// Positions of a repository's pull requests that were opened by an instant, in order of their numbers.
    #[must_use]
    pub fn pull_requests_of(&self, repository: usize, until: Instant) -> Range<usize> {
        let all = &self.pull_requests;
        let start = all.partition_point(|request| (request.repository as usize) < repository);
        let here = all[start..].partition_point(|request| request.repository as usize == repository);
        start..start + all[start..start + here].partition_point(|request| request.opened <= until)
    }

    /// The title of a pull request of a repository.
    #[must_use]
    pub fn title<'a>(&'a self, request: &'a PullRequest, repository: &'a Repository) -> &'a str {
        if let Some(title) = &request.own_title {
            return title;
        }
        let message = request.commit.map_or("", |commit| repository.commits[commit as usize].message.as_str());
        let line = message.lines().next().unwrap_or_default();
        line.strip_suffix(')').and_then(|line| line.rsplit_once(" (#")).map_or(line, |(title, _)| title)
    }

    /// Positions of a repository's workflow runs that were created by an instant, oldest first.
    #[must_use]
    pub fn workflow_runs_of(&self, repository: usize, until: Instant) -> Range<usize> {
        let all = &self.workflow_runs;
        let start = all.partition_point(|run| (run.repository as usize) < repository);
        let here = all[start..].partition_point(|run| run.repository as usize == repository);
        start..start + all[start..start + here].partition_point(|run| run.created <= until)
    }
}
