//! The shape of what runs.

use std::sync::Arc;

use super::{ClusterContent, WorkloadKind, clusters};
use crate::demo::company::delivery::CommitIds;
use crate::demo::company::{Company, Shape};

fn company(repositories: usize) -> (Arc<Company>, Vec<ClusterContent>) {
    let shape = Shape { repositories, ..Shape::until("2026-11-22T00:00:00Z".parse().unwrap()) };
    let company = Arc::new(Company::generate(&shape));
    let contents = clusters(&company, &CommitIds::made_up());
    (company, contents)
}

#[test]
fn steps_follow_each_other_and_names_are_unique() {
    let (company, contents) = company(120);
    assert_eq!(contents.len(), company.delivery.clusters.len());
    let mut times = std::collections::BTreeSet::new();
    for content in &contents {
        let mut names: Vec<_> = content.workloads.iter().map(|workload| (&workload.namespace, &workload.name)).collect();
        names.sort_unstable();
        let count = names.len();
        names.dedup();
        assert_eq!(names.len(), count, "{}", content.name);
        for workload in &content.workloads {
            assert!(workload.steps.is_sorted_by(|a, b| a.at < b.at), "{} {}", workload.namespace, workload.name);
            assert!(workload.steps.iter().all(|step| step.at < workload.end));
            assert!(content.namespaces.iter().any(|namespace| namespace.name == workload.namespace));
            times.extend(workload.steps.iter().map(|step| step.at));
        }
        assert!(content.nodes.iter().all(|node| node.exists.start < node.exists.end), "{}", content.name);
    }
    let steps: usize = contents.iter().flat_map(|content| &content.workloads).map(|workload| workload.steps.len()).sum();
    assert!(times.len() + 5 > steps, "hardly two steps are at one instant: {} of {steps}", times.len());
}

#[test]
fn every_cluster_runs_what_is_placed_there_and_what_everybody_runs() {
    let (company, contents) = company(120);
    let end = company.history.end;
    for (content, cluster) in contents.iter().zip(&company.delivery.clusters) {
        assert_eq!(content.name, cluster.name);
        let runs = |name: &str| content.workloads.iter().any(|workload| workload.name == name);
        assert!(runs("ingress-nginx-controller") && runs("coredns"));
        assert!(content.workloads.iter().any(|workload| workload.kind == WorkloadKind::DaemonSet));
    }
    for (position, service) in company.delivery.services.iter().enumerate() {
        for (place, placement) in service.placements.iter().enumerate() {
            let Some(running) = company.delivery.running(position, place, end) else { continue };
            let content = &contents[placement.cluster];
            let workload = content.workloads.iter().find(|workload| workload.name == service.name && workload.namespace == service.system);
            let workload = workload.unwrap_or_else(|| panic!("{} in {}", service.name, content.name));
            let step = workload.steps.iter().rfind(|step| step.at <= end).unwrap();
            if company.delivery.under_way(position, place, end).is_none() {
                let told = workload.releases.of(step.release).version;
                assert_eq!(told, company.delivery.version(running.deployment, &CommitIds::made_up()), "{}", service.name);
                assert_eq!(step.replicas, u32::from(running.replicas), "{}", service.name);
            }
        }
    }
}
