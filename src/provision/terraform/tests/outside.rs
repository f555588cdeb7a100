//! What was changed outside and a plan leaves as it is.

use serde_json::{Value, json};

use super::*;
use crate::domain::plan::{Action, Drift, Remedy};

/// A plan in which the worker and the VCN stay, with what was changed outside.
fn drifted(before: &Value, after: &Value, outputs: &Value) -> Review {
    let worker = |actions: &Value, before: &Value, after: &Value| {
        json!({
            "address": "oci_core_instance.node[\"k3s-worker\"]",
            "mode": "managed", "type": "oci_core_instance", "name": "node", "index": "k3s-worker",
            "change": {
                "actions": actions, "before": before, "after": after, "after_unknown": {},
                "before_sensitive": false, "after_sensitive": false,
            },
        })
    };
    let plan = json!({
        "format_version": "1.2",
        "resource_changes": [worker(&json!(["no-op"]), after, after)],
        "resource_drift": [worker(&json!(["update"]), before, after)],
        "output_changes": outputs,
        "configuration": { "root_module": { "resources": [{
            "address": "oci_core_instance.node",
            "expressions": {
                "availability_domain": {}, "metadata": {}, "shape_config": [{}],
                "source_details": [{}], "fault_domain": {}, "display_name": {},
            },
        }] } },
    });
    reviewed(&serde_json::to_vec(&plan).unwrap(), Purpose::Apply)
}

fn fields(drift: &[Drift]) -> Vec<(&str, Remedy)> {
    drift
        .iter()
        .map(|it| (it.field.as_str(), it.remedy))
        .collect()
}

#[test]
fn what_is_set_stands_beside_its_step_and_the_rest_is_only_written_down() {
    let before = json!({
        "id": "ocid1.instance.a", "state": "RUNNING", "fault_domain": "FAULT-DOMAIN-1",
        "metadata": { "user_data": "aaa-hidden" },
    });
    let after = json!({
        "id": "ocid1.instance.a", "state": "STOPPED", "fault_domain": "FAULT-DOMAIN-2",
        "metadata": { "user_data": "bbb-hidden" },
    });
    let review = drifted(&before, &after, &json!({}));
    let [step] = review.plan.steps.as_slice() else {
        panic!("{review:#?}");
    };
    assert_eq!(step.action, Action::Keep);
    let wanted = [
        ("faultDomain", Remedy::Leave),
        ("metadata.user_data", Remedy::Replace),
    ];
    assert_eq!(fields(&step.drift), wanted);
    let moved = &step.drift[0];
    assert_eq!(
        (moved.found.as_str(), moved.wanted.as_str()),
        ("FAULT-DOMAIN-2", "FAULT-DOMAIN-1")
    );
    let told = ["k3s-worker: state is STOPPED, was RUNNING"];
    assert_eq!(review.plan.records, told);
    assert_eq!(review.plan.unrestored().count(), 1);
    assert_eq!(review.plan.left().count(), 0);
    assert!(review.plan.is_empty(), "nothing changes in the cloud");
    assert!(!format!("{review:?}").contains("hidden"));
}

#[test]
fn where_a_node_stands_is_left_and_no_reason_to_replace_it() {
    let at = |domain: &str| json!({ "id": "ocid1.instance.a", "fault_domain": domain });
    let review = drifted(&at("FAULT-DOMAIN-1"), &at("FAULT-DOMAIN-2"), &json!({}));
    assert_eq!(review.plan.unrestored().count(), 0);
    assert_eq!(review.plan.left().count(), 1);
    assert!(review.plan.records.is_empty());
}

#[test]
fn outputs_alone_are_no_change_of_resources() {
    let same = json!({ "id": "ocid1.instance.a" });
    let outputs = json!({
        "address": { "actions": ["update"], "before": "192.0.2.1", "after": "192.0.2.2" },
        "same": { "actions": ["no-op"], "before": 1, "after": 1 },
        "token": {
            "actions": ["create"], "before": null, "after": "s3cr3t", "after_sensitive": true,
        },
    });
    let review = drifted(&same, &same, &outputs);
    let wanted = [
        "output address: 192.0.2.1 → 192.0.2.2",
        "output token: none → (sensitive)",
    ];
    assert_eq!(review.plan.records, wanted);
    assert!(review.plan.is_empty());
    assert!(!format!("{review:?}").contains("s3cr3t"));
}

/// Where the plan mends what was changed outside, nothing of it is left.
#[test]
fn what_is_mended_is_told_once() {
    let review = reviewed(&sample("oci-show-plan-drift.json"), Purpose::Apply);
    let vcn = review.plan.steps.iter().find(|it| it.key.0 == "vcn");
    assert_eq!(
        fields(&vcn.unwrap().drift),
        [("displayName", Remedy::Change)]
    );
    assert!(review.plan.records.is_empty(), "{:?}", review.plan.records);
    assert_eq!(review.plan.left().count(), 0);
}
