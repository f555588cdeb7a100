//! Saved plans as the plans that the direct engine shows.

use rstest::rstest;
use serde_json::{Value, json};

use super::*;
use crate::domain::plan::{Action, Counts, Remedy, ResourceKind, Step};

fn step<'a>(review: &'a Review, key: &str) -> &'a Step {
    let found = review.plan.steps.iter().find(|step| step.key.0 == key);
    found.unwrap_or_else(|| panic!("no {key} in {:#?}", review.plan.steps))
}

fn needs(review: &Review, key: &str) -> Vec<String> {
    step(review, key)
        .needs
        .iter()
        .map(|need| need.0.clone())
        .collect()
}

fn in_order(review: &Review) {
    let keys: Vec<_> = review.plan.steps.iter().map(|step| &step.key).collect();
    for (at, step) in review.plan.steps.iter().enumerate() {
        for need in &step.needs {
            let stands = keys.iter().position(|key| *key == need);
            assert!(
                stands.is_some_and(|stands| stands < at),
                "{} needs {need}",
                step.key
            );
        }
    }
}

#[test]
fn a_cluster_to_make_has_the_direct_engines_keys() {
    let review = reviewed(&sample("oci-show-plan-create.json"), Purpose::Apply);
    let counts = Counts {
        create: 11,
        ..Counts::default()
    };
    assert_eq!(review.plan.counts(), counts);
    let mut keys: Vec<&str> = review
        .plan
        .steps
        .iter()
        .map(|step| step.key.0.as_str())
        .collect();
    keys.sort_unstable();
    let wanted = [
        "internet-gateway",
        "node-k3s-ingress",
        "node-k3s-server",
        "node-k3s-worker",
        "private-route-table",
        "private-security-list",
        "private-subnet",
        "public-route-table",
        "public-security-list",
        "public-subnet",
        "vcn",
    ];
    assert_eq!(keys, wanted);
    let server = step(&review, "node-k3s-server");
    assert_eq!(
        (server.kind, server.name.as_str()),
        (ResourceKind::Instance, "k3s-server")
    );
    assert_eq!(server.needs, [blueprint_key("private-subnet")]);
    assert_eq!(
        review.plan.image.as_deref(),
        Some("ocid1.image.oc1.us-sim-1.aaaaubuntu2404")
    );
    in_order(&review);
}

fn blueprint_key(name: &str) -> crate::domain::plan::ResourceKey {
    crate::domain::plan::ResourceKey::new(name)
}

/// The private route table waits for the ingress node, of which it hears through a data source.
#[test]
fn needs_follow_the_references_of_the_configuration() {
    let review = reviewed(&sample("oci-show-plan-create.json"), Purpose::Apply);
    let needs = needs(&review, "private-route-table");
    assert!(needs.contains(&"node-k3s-ingress".to_owned()), "{needs:?}");
    assert!(needs.contains(&"vcn".to_owned()), "{needs:?}");
}

#[rstest]
#[case("show-plan.json", "s3cr3t")]
#[case("oci-show-plan-create.json", "I2Nsb3Vk")]
#[case("oci-show-plan-drift.json", "I2Nsb3Vk")]
fn no_secret_is_taken_over(#[case] name: &str, #[case] secret: &str) {
    let shown = sample(name);
    assert!(
        String::from_utf8_lossy(&shown).contains(secret),
        "the sample has one"
    );
    for purpose in [Purpose::Apply, Purpose::Destroy, Purpose::Look] {
        let review = reviewed(&shown, purpose);
        let kept = serde_json::to_string(&review).unwrap();
        assert!(!kept.contains(secret) && !format!("{review:?}").contains(secret));
    }
}

/// A review is kept beside the run, so that a later start can follow it.
#[test]
fn a_review_can_be_kept() {
    let review = reviewed(&sample("oci-show-plan-drift.json"), Purpose::Apply);
    let kept = serde_json::to_string(&review).unwrap();
    assert_eq!(serde_json::from_str::<Review>(&kept).unwrap(), review);
}

#[test]
fn what_is_none_of_ours_is_named_by_its_address() {
    let review = reviewed(&sample("show-plan.json"), Purpose::Apply);
    let probe = step(&review, "module.watch.terraform_data.probe");
    assert_eq!(probe.kind, ResourceKind::Other);
    assert_eq!(probe.name, "module.watch.terraform_data.probe");
    in_order(&review);
}

#[test]
fn drift_is_what_an_apply_restores() {
    let review = reviewed(&sample("oci-show-plan-drift.json"), Purpose::Apply);
    let counts = Counts {
        create: 1,
        keep: 9,
        update: 1,
        ..Counts::default()
    };
    assert_eq!(review.plan.counts(), counts);
    let [name] = step(&review, "vcn").drift.as_slice() else {
        panic!("{:?}", step(&review, "vcn"));
    };
    assert_eq!(
        (
            name.field.as_str(),
            name.found.as_str(),
            name.wanted.as_str(),
            name.remedy
        ),
        ("displayName", "renamed-outside", "k3s-vcn", Remedy::Change)
    );
    let worker = step(&review, "node-k3s-worker");
    assert!(worker.summary.contains("removed outside"), "{worker:?}");
    let drifted: Vec<_> = review
        .drifted
        .iter()
        .map(|it| (it.key.0.as_str(), it.gone))
        .collect();
    assert_eq!(drifted, [("node-k3s-worker", true), ("vcn", false)]);
    assert_eq!(review.drifted[1].fields[0].found, "renamed-outside");
    assert_eq!(review.applyable, Some(true));
}

/// A look (`-refresh-only`) plans nothing, and shows what an apply would do about what it found.
#[test]
fn a_look_shows_the_same_drift() {
    let mut shown: Value = serde_json::from_slice(&sample("oci-show-plan-drift.json")).unwrap();
    for change in shown["resource_changes"].as_array_mut().unwrap() {
        change["change"]["actions"] = json!(["no-op"]);
    }
    let review = reviewed(&serde_json::to_vec(&shown).unwrap(), Purpose::Look);
    assert_eq!(step(&review, "vcn").action, Action::Update);
    assert_eq!(step(&review, "vcn").drift[0].wanted, "k3s-vcn");
    assert_eq!(step(&review, "node-k3s-worker").action, Action::Create);
    assert_eq!(review.plan.counts().keep, 9);
}

fn instance(actions: &Value, before: &Value, after: &Value) -> Value {
    json!({
        "address": "oci_core_instance.node[\"k3s-worker\"]",
        "mode": "managed", "type": "oci_core_instance", "name": "node", "index": "k3s-worker",
        "change": {
            "actions": actions, "before": before, "after": after, "after_unknown": {},
            "before_sensitive": false, "after_sensitive": { "metadata": { "note": true } },
        },
    })
}

#[test]
fn fields_differ_one_by_one_and_secret_ones_only_by_name() {
    let before = json!({
        "id": "ocid1.instance.a",
        "shape_config": [{ "ocpus": 2, "memory_in_gbs": 6 }],
        "metadata": { "user_data": "aaa-hidden", "note": "bbb-hidden", "plain": "one" },
        "freeform_tags": { "k3scope-key": "node-k3s-worker", "my_own": "x" },
        "nsg_ids": null,
        "extra": "same",
    });
    let after = json!({
        "id": "ocid1.instance.a",
        "shape_config": [{ "ocpus": 1, "memory_in_gbs": 6 }],
        "metadata": { "user_data": "ccc-hidden", "note": "ddd-hidden", "plain": "two" },
        "freeform_tags": { "k3scope-key": "node-k3s-worker", "my_own": "y" },
        "nsg_ids": [],
        "extra": "same",
    });
    let review = reviewed(
        &plan_of(&[instance(&json!(["update"]), &before, &after)]),
        Purpose::Apply,
    );
    let found: Vec<String> = step(&review, "node-k3s-worker")
        .drift
        .iter()
        .map(|it| {
            format!(
                "{}: {} -> {} ({})",
                it.field, it.found, it.wanted, it.remedy
            )
        })
        .collect();
    let wanted = [
        "freeformTags.my_own: x -> y (change)",
        "metadata.note: (sensitive) -> (sensitive) (change)",
        "metadata.plain: one -> two (change)",
        "metadata.user_data: (sensitive) -> (sensitive) (change)",
        "shapeConfig.ocpus: 2 -> 1 (restart)",
    ];
    assert_eq!(found, wanted);
    assert!(!format!("{review:?}").contains("hidden"));
}

#[test]
fn of_a_list_only_what_differs_is_shown() {
    let rule = |port: u16| json!({ "protocol": "6", "source": "0.0.0.0/0", "tcp_options": [{ "min": port, "max": port }], "udp_options": [] });
    let change = json!({
        "address": "oci_core_security_list.public",
        "mode": "managed", "type": "oci_core_security_list", "name": "public",
        "change": {
            "actions": ["update"],
            "before": { "ingress_security_rules": [rule(80), rule(443), rule(22)] },
            "after": { "ingress_security_rules": [rule(80), rule(443)] },
            "after_unknown": {}, "before_sensitive": {}, "after_sensitive": {},
        },
    });
    let review = reviewed(&plan_of(&[change]), Purpose::Apply);
    let [rules] = step(&review, "public-security-list").drift.as_slice() else {
        panic!("{review:?}");
    };
    assert_eq!(rules.field, "ingressSecurityRules");
    assert!(
        rules.found.contains("min 22") && !rules.found.contains("443"),
        "{rules:?}"
    );
    assert_eq!(rules.wanted, "none");
}

#[test]
fn a_replacement_is_two_steps_that_show_as_one() {
    let mut change = instance(
        &json!(["delete", "create"]),
        &json!({ "id": "ocid1.instance.a", "shape": "VM.Standard.E2.1.Micro", "time_created": "then" }),
        &json!({ "shape": "VM.Standard.A1.Flex" }),
    );
    change["change"]["after_unknown"] = json!({ "id": true, "time_created": true });
    change["change"]["replace_paths"] = json!([["shape"]]);
    change["action_reason"] = json!("replace_because_cannot_update");
    let review = reviewed(&plan_of(&[change]), Purpose::Apply);
    let (old, new) = (
        step(&review, "replaced-node-k3s-worker"),
        step(&review, "node-k3s-worker"),
    );
    assert_eq!((old.action, new.action), (Action::Delete, Action::Create));
    assert_eq!(old.id.as_deref(), Some("ocid1.instance.a"));
    assert_eq!(
        (new.id.as_deref(), new.needs.as_slice()),
        (None, [old.key.clone()].as_slice())
    );
    let [shape] = new.drift.as_slice() else {
        panic!("{new:?}");
    };
    assert_eq!(
        (shape.field.as_str(), shape.remedy),
        ("shape", Remedy::Replace)
    );
    assert_eq!(crate::domain::tree::branches(&review.plan).len(), 1);
    in_order(&review);
}

#[test]
fn what_is_taken_over_is_neither_made_nor_changed() {
    let values = json!({ "id": "ocid1.instance.a", "display_name": "k3s-worker" });
    let mut change = instance(&json!(["no-op"]), &values, &values);
    change["change"]["importing"] = json!({ "id": "ocid1.instance.a" });
    let review = reviewed(&plan_of(&[change]), Purpose::Apply);
    let worker = step(&review, "node-k3s-worker");
    assert!(!review.plan.is_empty(), "it has to be applied");
    assert_eq!(
        (worker.action, worker.id.as_deref(), worker.drift.len()),
        (Action::Import, Some("ocid1.instance.a"), 0)
    );
    let counts = Counts {
        import: 1,
        ..Counts::default()
    };
    assert_eq!(review.plan.counts(), counts);
    assert!(review.plan.leaves_standing("node-k3s-worker"));
    assert_eq!(
        review.imports,
        [(worker.key.clone(), "ocid1.instance.a".into())]
    );
}

#[test]
fn what_is_taken_over_and_changed_says_both_field_by_field() {
    let before = json!({ "id": "ocid1.instance.a", "display_name": "renamed" });
    let after = json!({ "id": "ocid1.instance.a", "display_name": "k3s-worker" });
    let mut change = instance(&json!(["update"]), &before, &after);
    change["change"]["importing"] = json!({ "id": "ocid1.instance.a" });
    let review = reviewed(&plan_of(&[change]), Purpose::Apply);
    let worker = step(&review, "node-k3s-worker");
    let told: Vec<_> = worker
        .drift
        .iter()
        .map(|it| (it.field.as_str(), it.found.as_str(), it.wanted.as_str()))
        .collect();
    let wanted = [
        ("displayName", "renamed", "k3s-worker"),
        (
            "Terraform's state",
            "does not have it",
            "takes over ocid1.instance.a",
        ),
    ];
    assert_eq!((worker.action, told), (Action::Update, wanted.to_vec()));
}

#[test]
fn what_is_forgotten_or_left_over_is_told() {
    let values = json!({ "id": "ocid1.instance.a", "display_name": "k3s-worker" });
    let forgotten = instance(&json!(["forget"]), &values, &Value::Null);
    let review = reviewed(&plan_of(&[forgotten]), Purpose::Apply);
    assert!(review.plan.steps.is_empty());
    assert!(review.plan.spared[0].why.contains("stays in the cloud"));
    let mut deposed = instance(&json!(["delete"]), &values, &Value::Null);
    deposed["deposed"] = json!("1a2b3c4d");
    let present = instance(&json!(["no-op"]), &values, &values);
    let review = reviewed(&plan_of(&[deposed, present]), Purpose::Apply);
    assert_eq!(
        step(&review, "leftover-node-k3s-worker").action,
        Action::Delete
    );
    assert_eq!(step(&review, "node-k3s-worker").action, Action::Keep);
}

/// A tag is more certain than a name: what only looks like the VCN does not take its key.
#[test]
fn a_tag_goes_before_an_address() {
    let vcn = |name: &str, tags: &Value| {
        json!({
            "address": format!("oci_core_vcn.{name}"),
            "mode": "managed", "type": "oci_core_vcn", "name": name,
            "change": { "actions": ["create"], "after": { "freeform_tags": tags } },
        })
    };
    let changes = [
        vcn("other", &json!({})),
        vcn("this", &json!({ "k3scope-key": "vcn" })),
    ];
    let review = reviewed(&plan_of(&changes), Purpose::Apply);
    assert_eq!(review.keys[&"oci_core_vcn.this".into()].0, "vcn");
    assert_eq!(
        review.keys[&"oci_core_vcn.other".into()].0,
        "oci_core_vcn.other"
    );
}

/// Where the private subnet gets its route table late, that is the direct engine's default route.
#[test]
fn a_late_route_table_is_the_default_route() {
    let attachment = json!({
        "address": "oci_core_route_table_attachment.private",
        "mode": "managed", "type": "oci_core_route_table_attachment", "name": "private",
        "change": { "actions": ["create"], "after": {} },
    });
    let review = reviewed(&plan_of(&[attachment]), Purpose::Apply);
    let route = step(&review, "private-default-route");
    assert_eq!(route.kind, ResourceKind::DefaultRoute);
    assert!(route.summary.contains("10.0.1.10"), "{route:?}");
}

/// What stands on something goes before it.
#[test]
fn a_destruction_goes_from_the_top() {
    let review = announced(&heard("oci-destroy.jsonl"));
    assert_eq!(review.plan.counts().delete, 11);
    let at = |key: &str| {
        review
            .plan
            .steps
            .iter()
            .position(|step| step.key.0 == key)
            .unwrap()
    };
    assert!(at("node-k3s-server") < at("private-subnet"));
    assert!(at("private-subnet") < at("vcn"));
    in_order(&review);
}

#[rstest]
#[case::no_json(b"Error: no".as_slice())]
#[case::other_form(br#"{"format_version":"2.0","resource_changes":[]}"#.as_slice())]
#[case::no_plan(br#"{"resource_changes":"s3cr3t"}"#.as_slice())]
fn what_is_no_plan_is_refused_without_quoting_it(#[case] shown: &[u8]) {
    let topology = topology();
    let estimates = Estimates::default();
    let about = About {
        topology: &topology,
        purpose: Purpose::Apply,
        region: "",
        allowance: AllowanceCheck::default(),
        estimates: &estimates,
    };
    let refused = review(shown, &about).unwrap_err().to_string();
    assert!(
        refused.starts_with("the plan cannot be read") && !refused.contains("s3cr3t"),
        "{refused}"
    );
}
