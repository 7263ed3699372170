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
