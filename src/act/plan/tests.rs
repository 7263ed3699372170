use proptest::prelude::*;

use super::*;

fn target(kind: WorkloadKind) -> Target {
    Target::new("eu-1", "billing", kind, "ledger").unwrap()
}

fn deployment(image: &str) -> Value {
    json!({
        "metadata": {
            "name": "ledger", "uid": "d", "resourceVersion": "40", "generation": 4,
            "annotations": { REVISION: "3", "kubectl.kubernetes.io/last-applied-configuration": "{}", "own": "x" },
        },
        "spec": { "replicas": 3, "template": template(image) },
    })
}

fn template(image: &str) -> Value {
    json!({ "metadata": { "labels": { "app": "ledger" } }, "spec": { "containers": [{ "name": "app", "image": image, "env": [] }] } })
}

fn set(revision: Option<&str>, image: &str, owner: &str) -> Value {
    let mut template = template(image);
    template["metadata"]["labels"][POD_TEMPLATE_HASH] = json!("abc");
    let mut annotations = json!({ "kubernetes.io/change-cause": image, "deployment.kubernetes.io/desired-replicas": "3" });
    if let Some(revision) = revision {
        annotations[REVISION] = json!(revision);
    }
    json!({
        "metadata": { "name": image, "uid": format!("set-{image}"), "annotations": annotations, "ownerReferences": owners(owner) },
        "spec": { "template": template },
    })
}

fn owners(uid: &str) -> Value {
    json!([{ "kind": "Something", "name": "else", "uid": "other" }, { "kind": "X", "name": "x", "uid": uid, "controller": true }])
}

fn back(deployment: &Value, sets: &[Value], to: Option<u64>) -> Result<Planned, Refusal> {
    roll_back_deployment(&target(WorkloadKind::Deployment), deployment, sets, to)
}

fn image_of(planned: &Planned) -> &str {
    planned.write.body.pointer("/0/value/spec/containers/0/image").unwrap().as_str().unwrap()
}

#[test]
fn a_rollback_patches_template_and_annotations_and_nothing_else() {
    let sets = [set(Some("1"), "a:1", "d"), set(Some("2"), "a:2", "d"), set(Some("3"), "a:3", "d")];
    let planned = back(&deployment("a:3"), &sets, None).unwrap();
    assert_eq!(planned.detail, "to revision 2");
    assert_eq!(
        (planned.write.path.as_str(), planned.write.content),
        ("/apis/apps/v1/namespaces/billing/deployments/ledger", Content::JsonPatch)
    );
    assert_eq!(
        planned.write.body,
        json!([
            { "op": "replace", "path": "/spec/template", "value": template("a:2") },
            { "op": "replace", "path": "/metadata/annotations", "value": {
                "kubectl.kubernetes.io/last-applied-configuration": "{}", REVISION: "3", "kubernetes.io/change-cause": "a:2",
            } },
        ])
    );
    let mut bare = deployment("a:3");
    bare["metadata"].as_object_mut().unwrap().remove("annotations");
    assert_eq!(back(&bare, &sets, Some(1)).unwrap().write.body[1]["op"], "add");
}

#[test]
fn the_revision_is_chosen_as_kubectl_does() {
    /// Its number, image and owner.
    type Kept = (Option<&'static str>, &'static str, &'static str);
    let all = |revisions: &[Kept]| revisions.iter().map(|(revision, image, owner)| set(*revision, image, owner)).collect::<Vec<_>>();
    // What is kept, which is asked for, and what comes of it: an image, or a refusal.
    let table: [(&[Kept], Option<u64>, &str); 9] = [
        (&[(Some("9"), "a:9", "d"), (Some("10"), "a:10", "d"), (Some("2"), "a:2", "d")], None, "a:9"),
        (&[(Some("9"), "a:9", "d"), (Some("10"), "a:10", "d"), (Some("2"), "a:2", "d")], Some(2), "a:2"),
        (&[(Some("1"), "a:1", "d"), (Some("2"), "a:2", "d")], Some(7), "there is no revision 7; the cluster keeps: 1, 2"),
        (&[(Some("2"), "a:2", "d")], None, "there is no earlier revision to go back to"),
        (&[], None, "there is no earlier revision to go back to"),
        (&[], Some(1), "there is no revision 1; the cluster keeps: none"),
        (&[(Some("1"), "a:1", "another"), (Some("2"), "a:2", "d")], None, "there is no earlier revision to go back to"),
        (&[(Some("x"), "a:1", "d"), (Some("2"), "a:2", "d")], None, "there is no earlier revision to go back to"),
        (&[(None, "a:0", "d"), (Some("2"), "a:2", "d")], None, "a:0"),
    ];
    for (kept, to, expected) in table {
        let got = back(&deployment("a:now"), &all(kept), to);
        let got = got.as_ref().map_or_else(ToString::to_string, |planned| image_of(planned).to_owned());
        assert_eq!(got, expected, "{kept:?} {to:?}");
    }
}

#[test]
fn what_would_change_nothing_or_is_paused_or_going_is_refused() {
    let sets = [set(Some("1"), "a:1", "d"), set(Some("2"), "a:2", "d")];
    assert_eq!(back(&deployment("a:1"), &sets, None), Err(Refusal::Unchanged("its pod template is that of revision 1".to_owned())));
    let mut nulls = deployment("a:1");
    nulls["spec"]["template"]["metadata"]["creationTimestamp"] = Value::Null;
    nulls["spec"]["template"]["metadata"]["annotations"] = json!({});
    assert!(matches!(back(&nulls, &sets, None), Err(Refusal::Unchanged(_))), "what says nothing makes no difference");
    let mut volumes = deployment("a:1");
    volumes["spec"]["template"]["spec"]["securityContext"] = json!({});
    assert!(back(&volumes, &sets, None).is_ok(), "an empty setting is a setting");

    let mut paused = deployment("a:2");
    paused["spec"]["paused"] = json!(true);
    assert_eq!(back(&paused, &sets, None), Err(Refusal::Paused));
    assert_eq!(back(&paused, &sets, Some(9)), Err(Refusal::NoRevision(9, "1, 2".to_owned())), "kubectl looks for the revision first");
    assert_eq!(restart(&target(WorkloadKind::Deployment), &paused, Instant::from_seconds(0)), Err(Refusal::Paused));
    assert!(scale(&target(WorkloadKind::Deployment), &paused, 5).is_ok(), "a pause holds rollouts, not replicas");
    let mut going = deployment("a:2");
    going["metadata"]["deletionTimestamp"] = json!("2026-01-01T00:00:00Z");
    for refused in [
        back(&going, &sets, None),
        scale(&target(WorkloadKind::Deployment), &going, 5),
        restart(&target(WorkloadKind::Deployment), &going, Instant::from_seconds(0)),
    ] {
        assert_eq!(refused, Err(Refusal::Deleted));
    }
}

#[test]
fn a_restart_notes_the_time_where_kubectl_does() {
    let at = Instant::from_micros(1_780_000_000_900_000);
    let kinds = WorkloadKind::ALL.map(|kind| restart(&target(kind), &deployment("a:1"), at).unwrap().write);
    assert_eq!(kinds.clone().map(|write| write.path.rsplit('/').nth(1).unwrap().to_owned()), ["deployments", "statefulsets", "daemonsets"]);
    let first = json!([{ "op": "add", "path": "/spec/template/metadata/annotations", "value": { RESTARTED_AT: "2026-05-28T20:26:40Z" } }]);
    assert_eq!(kinds[0].body, first);
    let mut annotated = deployment("a:1");
    annotated["spec"]["template"]["metadata"]["annotations"] = json!({ "a": "b" });
    let path = "/spec/template/metadata/annotations/kubectl.kubernetes.io~1restartedAt";
    assert_eq!(restart(&target(WorkloadKind::Deployment), &annotated, at).unwrap().write.body[0]["path"], path);
    let mut bare = deployment("a:1");
    bare["spec"]["template"].as_object_mut().unwrap().remove("metadata");
    assert_eq!(restart(&target(WorkloadKind::Deployment), &bare, at).unwrap().write.body[0]["path"], "/spec/template/metadata");
    assert_eq!(restart(&target(WorkloadKind::Deployment), &json!({}), at), Err(Refusal::Garbled("the pod template")));
}

#[test]
fn replicas_are_set_where_they_can_be() {
    let planned = scale(&target(WorkloadKind::StatefulSet), &deployment("a:1"), 5).unwrap();
    assert_eq!(planned.write.path, "/apis/apps/v1/namespaces/billing/statefulsets/ledger/scale");
    assert_eq!((planned.write.body, planned.detail.as_str()), (json!({ "spec": { "replicas": 5 } }), "from 3 to 5 replicas"));
    assert!(scale(&target(WorkloadKind::Deployment), &deployment("a:1"), 0).is_ok());
    assert_eq!(
        scale(&target(WorkloadKind::Deployment), &deployment("a:1"), 3),
        Err(Refusal::Unchanged("it has 3 replicas already".to_owned()))
    );
    let mut silent = deployment("a:1");
    silent["spec"].as_object_mut().unwrap().remove("replicas");
    assert!(scale(&target(WorkloadKind::Deployment), &silent, 1).is_err(), "one is the default");
    assert!(matches!(scale(&target(WorkloadKind::DaemonSet), &deployment("a:1"), 5), Err(Refusal::Unsupported(_))));
    assert!(matches!(scale(&target(WorkloadKind::Deployment), &deployment("a:1"), 1001), Err(Refusal::Unsupported(_))));
}

fn revision(number: u64, image: &str, owner: &str) -> Value {
    let mut template = template(image);
    template["$patch"] = json!("replace");
    template["metadata"]["creationTimestamp"] = Value::Null;
    json!({ "revision": number, "metadata": { "name": image, "ownerReferences": owners(owner) }, "data": { "spec": { "template": template } } })
}

#[test]
fn a_rollback_of_the_other_kinds_is_the_revisions_own_patch() {
    let kept = [revision(1, "a:1", "d"), revision(2, "a:2", "d"), revision(3, "a:3", "d"), revision(9, "a:9", "another")];
    for kind in [WorkloadKind::StatefulSet, WorkloadKind::DaemonSet] {
        let back = |image: &str, to| roll_back_by_revision(&target(kind), &deployment(image), &kept, to);
        let planned = back("a:3", None).unwrap();
        assert_eq!(
            (planned.write.content, &planned.write.body, planned.detail.as_str()),
            (Content::StrategicMergePatch, &kept[1]["data"], "to revision 2")
        );
        assert_eq!(back("a:3", Some(1)).unwrap().write.body, kept[0]["data"]);
        assert_eq!(back("a:3", Some(9)), Err(Refusal::NoRevision(9, "1, 2, 3".to_owned())), "another's revision");
        assert!(matches!(back("a:2", Some(2)), Err(Refusal::Unchanged(_))));
        assert_eq!(roll_back_by_revision(&target(kind), &deployment("a:1"), &kept[..1], None), Err(Refusal::NoHistory));
    }
}

#[test]
fn only_a_pod_of_the_workload_is_deleted_and_only_that_very_one() {
    let pod = |owner: &str| json!({ "metadata": { "name": "ledger-0", "uid": "p", "ownerReferences": owners(owner) } });
    let (of_deployment, of_set) = (target(WorkloadKind::Deployment), target(WorkloadKind::StatefulSet));
    let sets = [set(Some("1"), "a:1", "d"), set(Some("2"), "a:2", "another")];
    let planned = delete_pod(&of_deployment, &deployment("a"), &sets, &pod("set-a:1")).unwrap();
    assert_eq!(planned.write.path, "/api/v1/namespaces/billing/pods/ledger-0");
    assert_eq!(planned.write.body["preconditions"]["uid"], "p");
    for owner in ["set-a:2", "d", "nobody"] {
        assert_eq!(
            delete_pod(&of_deployment, &deployment("a"), &sets, &pod(owner)),
            Err(Refusal::NotItsPod("ledger-0".to_owned())),
            "{owner}"
        );
    }
    assert!(delete_pod(&of_set, &deployment("a"), &[], &pod("d")).is_ok());
    let mut merely_named = pod("d");
    merely_named["metadata"]["ownerReferences"][1]["controller"] = json!(false);
    assert!(delete_pod(&of_set, &deployment("a"), &[], &merely_named).is_err());
    let mut going = pod("d");
    going["metadata"]["deletionTimestamp"] = json!("2026-01-01T00:00:00Z");
    assert_eq!(delete_pod(&of_set, &deployment("a"), &[], &going), Err(Refusal::Going("ledger-0".to_owned())));
    let mut strange = pod("d");
    strange["metadata"]["name"] = json!("../nodes/x");
    assert!(delete_pod(&of_set, &deployment("a"), &[], &strange).is_err());
}

/// Applies the few operations that are planned here, as RFC 6902 says.
fn apply(mut object: Value, operations: &Value) -> Value {
    for operation in operations.as_array().unwrap() {
        let path = operation["path"].as_str().unwrap();
        let (parent, last) = path.rsplit_once('/').unwrap();
        let last = last.replace("~1", "/").replace("~0", "~");
        let parent = object.pointer_mut(parent).unwrap().as_object_mut().unwrap();
        assert!(operation["op"] == "add" || parent.contains_key(&last), "replace of what is not there: {path}");
        parent.insert(last, operation["value"].clone());
    }
    object
}

proptest! {
    /// Whatever is kept and in whatever order: what comes of a rollback is the wanted template, and undoing twice comes back.
    #[test]
    fn a_rollback_brings_the_template_and_undoing_it_brings_the_old_one(
        mut numbers in prop::collection::btree_set(1_u64..100, 2..8).prop_map(|set| set.into_iter().collect::<Vec<_>>()).prop_shuffle(),
        annotated: bool,
    ) {
        let newest = *numbers.iter().max().unwrap();
        let sets: Vec<Value> = numbers.iter().map(|number| set(Some(&number.to_string()), &format!("a:{number}"), "d")).collect();
        let mut before = deployment(&format!("a:{newest}"));
        if !annotated {
            before["metadata"].as_object_mut().unwrap().remove("annotations");
        }
        let planned = back(&before, &sets, None).unwrap();
        numbers.sort_unstable();
        let expected = numbers[numbers.len() - 2];
        let after = apply(before.clone(), &planned.write.body);
        prop_assert_eq!(&after["spec"]["template"], &template(&format!("a:{expected}")));
        prop_assert_eq!(&after["spec"]["replicas"], &before["spec"]["replicas"]);
        for name in OWN_ANNOTATIONS {
            prop_assert_eq!(after["metadata"]["annotations"].get(name), before["metadata"].get("annotations").and_then(|all| all.get(name)));
        }
        let again = back(&after, &sets, Some(newest)).unwrap();
        let again = apply(after.clone(), &again.write.body);
        prop_assert_eq!(&again["spec"], &before["spec"]);
        let refused = back(&after, &sets, Some(expected));
        prop_assert!(matches!(refused, Err(Refusal::Unchanged(_))));
    }

    /// A restart changes one annotation, whatever else is there.
    #[test]
    fn a_restart_changes_one_annotation(seconds in 0_i64..4_000_000_000, annotations in prop::option::of(prop::collection::btree_map("[a-z./~]{1,9}", "[a-z]{0,3}", 0..4))) {
        let mut before = deployment("a:1");
        if let Some(annotations) = annotations {
            before["spec"]["template"]["metadata"]["annotations"] = json!(annotations);
        }
        let planned = restart(&target(WorkloadKind::Deployment), &before, Instant::from_seconds(seconds)).unwrap();
        let mut after = apply(before.clone(), &planned.write.body);
        let written = after["spec"]["template"]["metadata"]["annotations"].as_object_mut().unwrap().remove(RESTARTED_AT);
        prop_assert_eq!(written.unwrap().as_str().unwrap().parse::<Instant>().unwrap(), Instant::from_seconds(seconds));
        prop_assert_eq!(normal(&after), normal(&before));
    }

    /// No object, however strange, makes planning stop.
    #[test]
    fn planning_bears_every_object(text in "\\PC{0,20}", number: i64) {
        for object in [json!(null), json!([]), json!({ "metadata": text, "spec": number }), json!({ "metadata": { "uid": text }, "spec": { "template": text, "replicas": number } })] {
            for kind in WorkloadKind::ALL {
                let target = target(kind);
                let _ = restart(&target, &object, Instant::from_seconds(number));
                let _ = scale(&target, &object, 3);
                let _ = roll_back_by_revision(&target, &object, std::slice::from_ref(&object), None);
                let _ = roll_back_deployment(&target, &object, std::slice::from_ref(&object), Some(1));
                let _ = delete_pod(&target, &object, std::slice::from_ref(&object), &object);
            }
        }
    }
}
