//! From repositories to what is delivered of them.

use super::places::{self, Hours};
use super::services;
use super::{Delivery, Deployment, Outcome};
use crate::demo::company::Repository;
use crate::demo::company::generate::Drafted;

/// Everything that a company delivers.
pub(in crate::demo::company) fn delivery(drafted: &Drafted<'_>, repositories: &[Repository]) -> Delivery {
    let history = drafted.context.history;
    let (regions, clusters) = places::places(history, repositories.len());
    let hours = Hours::new(history, &regions);
    let habits = services::habits(drafted);
    let services = services::services(drafted, repositories, &habits, (&regions, &clusters));
    let mut deployments = Vec::new();
    for (number, service) in services.iter().enumerate() {
        let plan = &drafted.plans[service.repository];
        let habit = habits[drafted.context.org.topics[plan.topic].unit];
        let mut random = drafted.context.random.part("deployments").part(&service.name);
        let repository = &repositories[service.repository];
        for (placement, place) in service.placements.iter().enumerate() {
            let Some(commit) = repository.commits.iter().rposition(|commit| commit.at <= place.exists.start) else { continue };
            deployments.push(Deployment {
                queued: hours.open(clusters[place.cluster].region, place.exists.start, &mut random),
                waited: if habit.is_continuous { 20 } else { 1_200 },
                took: random.heavy(150.0, 220.0 + 20.0 * habit.trouble) as u32,
                service: number as u32,
                commit: commit as u32,
                by: repository.commits[commit].author as u32,
                pull_request: None,
                rollback_of: None,
                placement: placement as u16,
                version: (1, commit as u16, 0),
                outcome: Outcome::Success,
                is_hotfix: false,
            });
        }
    }
    deployments.sort_by_key(|deployment| (deployment.queued, deployment.service, deployment.placement));
    Delivery::new((regions, clusters, services), deployments, Vec::new(), Vec::new())
}
