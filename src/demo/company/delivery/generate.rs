//! From repositories to what is delivered of them.

use super::Delivery;
use super::deployments::{self, deployments};
use super::places::{self, Hours};
use super::pull_requests::pull_requests;
use super::runs::runs;
use super::services;
use crate::demo::company::Repository;
use crate::demo::company::generate::Drafted;

/// Everything that a company delivers.
pub(in crate::demo::company) fn delivery(drafted: &Drafted<'_>, repositories: &[Repository]) -> Delivery {
    let history = drafted.context.history;
    let (regions, clusters) = places::places(history, repositories.len());
    let hours = Hours::new(history, &regions);
    let habits = services::habits(drafted);
    let services = services::services(drafted, repositories, &habits, (&regions, &clusters));
    let requests = pull_requests(drafted, repositories);
    let context = deployments::Context {
        drafted,
        repositories,
        clusters: &clusters,
        services: &services,
        hours: &hours,
        habits: &habits,
        requests: &requests,
    };
    let deployments = deployments(&context);
    let runs = runs(drafted, repositories, &services, &deployments, &requests);
    Delivery::new((regions, clusters, services), deployments, requests, runs)
}
