//! What the company's Jenkins builds: the deployments of the services that it brings to their clusters.

use std::sync::Arc;

use serde_json::Value;

use super::{Build, Jobs};
use crate::demo::company::Company;
use crate::demo::company::delivery::{CommitIds, EnvironmentNames, Outcome, Tool};
use crate::model::Instant;

/// The company's jobs: one for each service, in the folder of its system.
#[derive(Debug)]
pub struct CompanyJobs {
    company: Arc<Company>,
    ids: CommitIds,
    /// Positions of services and paths of their jobs.
    jobs: Vec<(usize, Vec<String>)>,
}

impl CompanyJobs {
    /// The jobs of a company whose commits have these ids.
    #[must_use]
    pub fn new(company: Arc<Company>, ids: CommitIds) -> Self {
        let services = company.delivery.services.iter().enumerate().filter(|(_, service)| service.tool == Tool::Jenkins);
        let jobs = services.map(|(number, service)| (number, vec![service.system.clone(), format!("deploy-{}", service.name)]));
        Self { jobs: jobs.collect(), ids, company }
    }
}

impl Jobs for CompanyJobs {
    fn count(&self) -> usize {
        self.jobs.len()
    }

    fn path(&self, job: usize) -> &[String] {
        &self.jobs[job].1
    }

    fn exists(&self, job: usize, at: Instant) -> bool {
        self.company.delivery.services[self.jobs[job].0].exists.contains(&at)
    }

    fn begun(&self, job: usize, at: Instant) -> usize {
        self.company.delivery.deployments_of(self.jobs[job].0, at).len()
    }

    fn build(&self, job: usize, position: usize) -> Build {
        let (delivery, service) = (&self.company.delivery, self.jobs[job].0);
        let deployment = &delivery.deployments[delivery.deployments_of(service, Instant::MAX)[position] as usize];
        let repository = &self.company.repositories[delivery.services[service].repository];
        let by = &self.company.people[deployment.by as usize];
        let commit = self.ids.of(delivery.services[service].repository, deployment.commit as usize);
        let environment = EnvironmentNames::Dash.name(delivery.environment_of(deployment), delivery.region_of(deployment).name);
        let name = repository.name.at(deployment.queued);
        Build {
            at: deployment.queued,
            finished: deployment.finished(),
            result: match deployment.outcome {
                Outcome::Success => "SUCCESS",
                Outcome::Failure => "FAILURE",
                Outcome::Cancelled => "ABORTED",
            },
            by: Some((by.login.clone(), by.name.clone())),
            parameters: vec![
                ("ENVIRONMENT", Value::from(environment)),
                ("VERSION", Value::from(delivery.version(deployment, &self.ids))),
                ("NOTIFY", Value::from(true)),
            ],
            source: Some((format!("https://github.example/{}/{name}.git", self.company.login), commit, repository.default_branch.clone())),
        }
    }
}
