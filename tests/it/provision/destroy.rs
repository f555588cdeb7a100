//! Taking a cluster away: all of it, nothing else, and what stays is said beforehand.

use k3scope::domain::plan::{Action, ResourceKind};
use k3scope::lab::oci::{Fault, Matcher};
use k3scope::oci::{Request, Service};
use serde_json::{Value, json};

use super::desk::Desk;

/// What is left in the lab beside what comes with a tenancy.
fn left(desk: &Desk) -> Vec<String> {
    let all = desk.lab.oci().everything();
    all.iter()
        .map(|item| format!("{} {}", item.kind, item.name))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_goes_in_order_and_a_second_time_nothing_is_found() {
    let desk = Desk::with_cluster().await;
    let (plan, _) = desk.engine.plan_destroy().await.unwrap();
    assert!(plan.steps.iter().all(|step| step.action == Action::Delete));
    assert_eq!(plan.steps.len(), 12);
    assert_eq!(plan.spared, []);
    let place = |kind| plan.steps.iter().position(|step| step.kind == kind);
    assert!(place(ResourceKind::Instance) < place(ResourceKind::PublicIp));
    assert!(place(ResourceKind::PublicIp) < place(ResourceKind::Vcn));
    desk.destroy().await.done();
    assert_eq!(left(&desk), Vec::<String>::new());
    let (again, _) = desk.engine.plan_destroy().await.unwrap();
    assert_eq!(again.steps, []);
    desk.destroy().await.done();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_half_made_stopped_or_made_twice_goes_as_well() {
    let desk = Desk::with_cluster().await;
    let worker = desk.id("instances", "node-k3s-worker");
    let stop = Request::post(Service::Core, format!("instances/{worker}"))
        .with_query(&[("action", "STOP")]);
    desk.engine.client.call::<Value>(stop).await.unwrap();
    let address = format!("publicIps/{}", desk.id("publicIps", "public-ip"));
    desk.put(&address, json!({"privateIpId": ""})).await;
    let list = desk.resource("securityLists", "public-security-list");
    let copy = json!({"compartmentId": list["compartmentId"], "vcnId": list["vcnId"],
        "displayName": "a copy", "freeformTags": list["freeformTags"],
        "ingressSecurityRules": [], "egressSecurityRules": []});
    desk.post("securityLists", copy).await;
    let (plan, _) = desk.engine.plan_destroy().await.unwrap();
    let twice = plan.steps.iter().filter(|it| it.name.contains("copy"));
    assert_eq!(twice.count(), 1);
    desk.destroy().await.done();
    assert_eq!(left(&desk), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_destroy_that_fails_in_the_middle_goes_on_later() {
    let desk = Desk::with_cluster().await;
    let refused = Fault::Status(403, "NotAuthorized".to_owned(), "not you".to_owned());
    desk.lab
        .oci()
        .fail_next(Matcher::new("DELETE", "/subnets/"), refused);
    let ran = desk.destroy().await;
    assert_eq!(ran.problems.len(), 1);
    let (plan, _) = desk.engine.plan_destroy().await.unwrap();
    assert!(
        plan.steps
            .iter()
            .any(|step| step.kind == ResourceKind::Subnet)
    );
    assert!(
        plan.steps
            .iter()
            .all(|step| step.kind != ResourceKind::Instance)
    );
    desk.destroy().await.done();
    assert_eq!(left(&desk), Vec::<String>::new());
}

/// A vault of the cluster's that was deleted, which takes OCI a week at least.
async fn vault(desk: &Desk) {
    let body = json!({"compartmentId": desk.engine.compartment, "displayName": "secrets",
        "vaultType": "DEFAULT", "freeformTags": desk.tags("vault")});
    let request = Request::post(Service::Kms, "vaults")
        .with_body(&body)
        .unwrap();
    let made: Value = desk.engine.client.call(request).await.unwrap();
    let id = made["id"].as_str().unwrap();
    let clock = desk.engine.clock;
    while desk.resource("vaults", "vault")["lifecycleState"] != "ACTIVE" {
        clock.sleep(std::time::Duration::from_secs(1)).await;
    }
    let end = Request::post(
        Service::Kms,
        format!("vaults/{id}/actions/scheduleDeletion"),
    );
    let end = end.with_body(&json!({})).unwrap();
    desk.engine.client.call::<Value>(end).await.unwrap();
    while desk.resource("vaults", "vault")["lifecycleState"] != "PENDING_DELETION" {
        clock.sleep(std::time::Duration::from_secs(1)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_and_left_volumes_are_named_first_and_stay() {
    let desk = Desk::with_cluster().await;
    // A volume that outlived its instance, and somebody's instance in the cluster's subnet.
    let worker = desk.resource("instances", "node-k3s-worker");
    let terminate = Request::delete(
        Service::Core,
        format!("instances/{}", worker["id"].as_str().unwrap()),
    )
    .with_query(&[("preserveBootVolume", "true")]);
    desk.engine.client.call::<()>(terminate).await.unwrap();
    let clock = desk.engine.clock;
    while desk.lab.oci().resources("instances").len() > 2 {
        clock.sleep(std::time::Duration::from_secs(1)).await;
    }
    vault(&desk).await;
    let stranger = json!({
        "compartmentId": worker["compartmentId"],
        "availabilityDomain": worker["availabilityDomain"],
        "displayName": "somebody's", "shape": worker["shape"],
        "shapeConfig": {"ocpus": 1, "memoryInGBs": 6},
        "sourceDetails": {"sourceType": "image", "imageId": worker["imageId"]},
        "createVnicDetails": {"subnetId": desk.id("subnets", "private-subnet")},
        "freeformTags": {"k3scope-cluster": "another", "k3scope-key": "node-x"}});
    let stranger = desk.post("instances", stranger).await;
    let (plan, _) = desk.engine.plan_destroy().await.unwrap();
    let told: Vec<(&str, Option<&str>)> = plan
        .spared
        .iter()
        .map(|it| (it.what.as_str(), it.id.as_deref()))
        .collect();
    assert_eq!(told[0], ("instance somebody's", stranger["id"].as_str()));
    assert_eq!(told[1].0, "boot volume k3s-worker (Boot Volume)");
    assert_eq!(told[2].0, "vault secrets");
    assert!(plan.spared[2].why.contains("OCI deletes it at"), "{told:?}");
    assert_eq!(told.len(), 3, "{told:?}");
    let steps = plan.steps.iter();
    assert!(
        steps
            .clone()
            .all(|step| step.id.as_deref() != stranger["id"].as_str())
    );
}
