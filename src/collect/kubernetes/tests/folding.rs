//! A watch that goes on from a list leads where a fresh list leads.

use std::collections::BTreeSet;

use proptest::prelude::*;
use rustc_hash::FxHashSet;
use serde_json::json;

use super::*;
use crate::collect::kubernetes::convert;
use crate::collect::kubernetes::kind::ApiKind;
use crate::collect::kubernetes::site::with_type;
use crate::collect::kubernetes::state::{State, Wanted, uid_of};
use crate::collect::kubernetes::wire::{self, Object};
use crate::model::Hint;

/// What happens to one object of a small cluster.
#[derive(Clone, Debug)]
enum Happening {
    /// It is made or changed, and the watch tells.
    Put(ApiKind, u8, u8),
    /// It is deleted, and the watch tells.
    Delete(ApiKind, u8),
    /// It is made or changed while the watch is lost.
    Missed(ApiKind, u8, Option<u8>),
    /// What was lost is listed again.
    Relist(ApiKind),
    /// What was touched is told.
    Told,
}

fn happening() -> impl Strategy<Value = Happening> {
    let kind = || proptest::sample::select(ApiKind::ALL.to_vec());
    prop_oneof![
        8 => (kind(), 0_u8..4, 0_u8..4).prop_map(|(kind, id, variant)| Happening::Put(kind, id, variant)),
        3 => (kind(), 0_u8..4).prop_map(|(kind, id)| Happening::Delete(kind, id)),
        1 => (kind(), 0_u8..4, proptest::option::of(0_u8..4)).prop_map(|(kind, id, variant)| Happening::Missed(kind, id, variant)),
        1 => kind().prop_map(Happening::Relist),
        2 => Just(Happening::Told),
    ]
}

/// An object of a small cluster in which names and owners collide.
fn object(kind: ApiKind, id: u8, variant: u8) -> Value {
    let uid = |kind: ApiKind, id: u8| format!("{}-{id}", kind.plural());
    let owner = match kind {
        ApiKind::Pods => match id {
            0 => Some(uid(ApiKind::ReplicaSets, variant)),
            1 => Some(uid(ApiKind::StatefulSets, variant)),
            2 => Some(uid(ApiKind::Jobs, variant)),
            _ => None,
        },
        ApiKind::ReplicaSets => Some(uid(ApiKind::Deployments, id % 2)),
        ApiKind::ControllerRevisions => Some(uid(ApiKind::StatefulSets, id % 2)),
        ApiKind::Jobs => Some(uid(ApiKind::CronJobs, variant % 2)),
        _ => None,
    };
    let name = if kind.is_workload() { format!("w{}", id % 2) } else { format!("{}-{id}", kind.plural()) };
    let mut meta = meta(&uid(kind, id), &name, owner.as_deref());
    meta["namespace"] = json!(if kind.is_workload() { "a" } else { ["a", "b"][usize::from(id == 3)] });
    meta["creationTimestamp"] = json!(format!("2026-03-10T0{id}:00:00Z"));
    meta["annotations"] = json!({ "deployment.kubernetes.io/revision": (variant + 1).to_string() });
    meta["labels"] = json!({ "topology.kubernetes.io/zone": format!("z{variant}") });
    // Workloads of one kind have different names, as the API server sees to.
    if kind.is_workload() && id >= 2 {
        meta["namespace"] = json!("b");
    }
    match kind {
        ApiKind::Pods => {
            let mut pod = pod(&uid(kind, id), &name, "");
            pod["metadata"] = meta;
            pod["spec"]["nodeName"] = json!(format!("nodes-{variant}"));
            pod["status"]["phase"] = json!(["Running", "Pending", "Succeeded", "Failed"][usize::from(variant)]);
            pod
        }
        ApiKind::Services => {
            let app = ["ledger", "other"][usize::from(variant % 2)];
            json!({ "metadata": meta, "spec": { "selector": { "app": app } } })
        }
        ApiKind::Ingresses => {
            let backend = json!({ "service": { "name": format!("services-{variant}") } });
            json!({ "metadata": meta, "spec": { "rules": [{ "host": format!("h{id}"), "http": { "paths": [{ "backend": backend }] } }] } })
        }
        ApiKind::HorizontalPodAutoscalers => {
            let kind = ["Deployment", "StatefulSet"][usize::from(id % 2)];
            let target = json!({ "kind": kind, "name": format!("w{}", variant % 2) });
            json!({ "metadata": meta, "spec": { "scaleTargetRef": target, "maxReplicas": variant } })
        }
        ApiKind::ControllerRevisions => json!({ "metadata": meta, "revision": variant, "data": {} }),
        ApiKind::CronJobs => json!({ "metadata": meta, "spec": { "schedule": format!("{variant} * * * *") } }),
        _ => {
            json!({ "metadata": meta, "spec": { "replicas": variant, "template": template(&format!("i:{variant}")) }, "status": { "observedGeneration": 1 } })
        }
    }
}

fn apply(state: &mut State, kind: ApiKind, object: &Value) {
    with_type!(kind, Type => {
        let typed: Type = serde_json::from_value(object.clone()).unwrap();
        state.apply(typed);
    });
}

fn uid(kind: ApiKind, object: &Value) -> u128 {
    with_type!(kind, Type => {
        let typed: Type = serde_json::from_value(object.clone()).unwrap();
        uid_of(kind, typed.meta())
    })
}

type World2 = BTreeMap<(ApiKind, u8), Value>;

fn relist(state: &mut State, world: &World2, kind: ApiKind) {
    let mut seen = FxHashSet::default();
    for (_, object) in world.iter().filter(|((of, _), _)| *of == kind) {
        apply(state, kind, object);
        seen.insert(uid(kind, object));
    }
    state.retain(kind, &seen);
}

type Said = BTreeMap<(String, String, Facet), crate::model::Body>;

fn hear(said: &mut Said, statements: Vec<Statement>) {
    for statement in statements {
        let key = (statement.resource.id.clone(), statement.origin, statement.facet);
        match statement.body {
            Some(body) => said.insert(key, body),
            None => said.remove(&key),
        };
    }
}

/// Everything, as a run tells it.
fn whole(cluster: &convert::Cluster, state: &State) -> (Said, BTreeMap<String, Vec<Hint>>) {
    let readable = ApiKind::ALL.into_iter().collect();
    let (mut said, mut hints) = (Said::new(), BTreeMap::new());
    hear(&mut said, cluster.statements(state, &readable, None));
    for uid in state.workloads.keys() {
        let (statements, service, signs) = cluster.workload_statements(state, &readable, *uid).unwrap();
        hear(&mut said, statements);
        hints.insert(service.id.clone(), signs);
    }
    (said, hints)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn folding_by_watch_is_folding_by_list(happenings in proptest::collection::vec(happening(), 0..60), backwards: bool) {
        let cluster = convert::Cluster { name: "c".to_owned(), ..convert::Cluster::default() };
        let wanted = Arc::new(Wanted::default());
        let readable = ApiKind::ALL.into_iter().collect();
        let (mut world, mut state, mut said) = (World2::new(), State::new(Arc::clone(&wanted)), Said::new());
        let (mut missed, mut is_lost) = (BTreeSet::new(), false);
        let tell = |state: &mut State, said: &mut Said| {
            let touched = state.take_touched();
            if touched.nodes {
                hear(said, cluster.statements(state, &readable, None));
            }
            for uid in &touched.renamed {
                hear(said, cluster.former_name(state, *uid));
            }
            for workload in &touched.deleted {
                hear(said, cluster.farewell(state, workload));
            }
            for uid in state.concerned(&touched) {
                hear(said, cluster.workload_statements(state, &readable, uid).unwrap().0);
            }
        };
        hear(&mut said, cluster.statements(&state, &readable, None));
        for happening in happenings {
            match happening {
                Happening::Put(kind, id, variant) if !missed.contains(&kind) => {
                    let made = object(kind, id, variant);
                    apply(&mut state, kind, &made);
                    world.insert((kind, id), made);
                }
                Happening::Delete(kind, id) if !missed.contains(&kind) => {
                    if let Some(gone) = world.remove(&(kind, id)) {
                        state.delete(kind, uid(kind, &gone));
                    }
                }
                Happening::Missed(kind, id, variant) => {
                    missed.insert(kind);
                    match variant {
                        Some(variant) => { world.insert((kind, id), object(kind, id, variant)); }
                        None => { world.remove(&(kind, id)); }
                    }
                }
                Happening::Relist(kind) => {
                    relist(&mut state, &world, kind);
                    is_lost |= missed.remove(&kind);
                }
                Happening::Told => tell(&mut state, &mut said),
                Happening::Put(..) | Happening::Delete(..) => {}
            }
        }
        let is_lost = is_lost || !missed.is_empty();
        for kind in missed {
            relist(&mut state, &world, kind);
        }
        tell(&mut state, &mut said);

        let mut fresh = State::new(wanted);
        let mut kinds = ApiKind::ALL.to_vec();
        if backwards {
            kinds.reverse();
        }
        for kind in kinds {
            relist(&mut fresh, &world, kind);
        }
        let expected = whole(&cluster, &fresh);
        prop_assert_eq!(&whole(&cluster, &state), &expected);
        // What was told between runs is what a run tells; what a relist lost is left to runs.
        if is_lost {
            // A run with full extents withdraws them.
            said.retain(|key, _| expected.0.contains_key(key));
        }
        prop_assert_eq!(said, expected.0);
    }
}
