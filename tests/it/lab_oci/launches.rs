//! Instances: what comes along, what is refused, limits and capacity, the console, the end.

use k3scope::lab::Capacity;
use serde_json::{Value, json};

use super::client::{Client, Reply, reached};

pub(crate) const AD: &str = "Sim0:US-ASHBURN-1-AD-1";

/// What hosts have left in a place: six times as much memory as cores.
pub(crate) fn room(domain: u8, fault_domain: Option<u8>, ocpus: f64) -> Capacity {
    Capacity {
        shape: "VM.Standard.A1.Flex".to_owned(),
        availability_domain: domain,
        fault_domain,
        ocpus,
        memory_gb: ocpus * 6.0,
        ..Capacity::default()
    }
}

pub(crate) async fn order(client: &Client, subnet: &str, ocpus: u32, address: &str) -> Value {
    json!({
        "availabilityDomain": AD,
        "compartmentId": client.compartment(),
        "displayName": "node",
        "shape": "VM.Standard.A1.Flex",
        "shapeConfig": {"ocpus": ocpus, "memoryInGBs": ocpus * 6},
        "sourceDetails": {"sourceType": "image", "imageId": client.image().await},
        "createVnicDetails": {"subnetId": subnet, "assignPublicIp": true, "privateIp": address,
            "skipSourceDestCheck": true},
        "metadata": {"user_data": "I2Nsb3VkLWNvbmZpZwo="},
    })
}

pub(crate) async fn launch(client: &Client, body: Value) -> Reply {
    client.post("/20160918/instances", body).await
}

async fn only(client: &Client, target: &str) -> Value {
    let list = client.get(target).await.ok().body;
    assert_eq!(list.as_array().unwrap().len(), 1, "{target}: {list}");
    list[0].clone()
}

#[tokio::test]
async fn an_instance_lives_and_ends_with_all_that_is_its_own() {
    let client = Client::start().await;
    let (_, subnet) = client.network().await;
    let compartment = client.compartment();
    let mut changes = client.lab.oci().changes();
    let body = order(&client, &subnet, 1, "10.0.1.10").await;
    let made = launch(&client, body).await.ok();
    assert_eq!(made.body["lifecycleState"], "PROVISIONING");
    assert_eq!(made.body["securityAttributes"], json!({}));
    let id = made.id();
    reached(&mut changes, &id, "RUNNING").await;

    let query = format!("compartmentId={compartment}&instanceId={id}");
    let attachment = only(&client, &format!("/20160918/vnicAttachments?{query}")).await;
    assert_eq!(attachment["lifecycleState"], "ATTACHED");
    let vnic = attachment["vnicId"].as_str().unwrap();
    let vnic = client.get(&format!("/20160918/vnics/{vnic}")).await.ok();
    assert_eq!(vnic.body["privateIp"], "10.0.1.10");
    let private = format!("/20160918/privateIps?subnetId={subnet}&ipAddress=10.0.1.10");
    let private = only(&client, &private).await;
    let by_private = json!({"privateIpId": private["id"]});
    let found = "/20160918/publicIps/actions/getByPrivateIpId";
    let public = client.post(found, by_private.clone()).await.ok();
    assert_eq!(public.body["ipAddress"], vnic.body["publicIp"]);
    assert_eq!(public.body["lifetime"], "EPHEMERAL");
    client
        .delete(&format!("/20160918/subnets/{subnet}"))
        .await
        .refused(409, "Conflict");

    let volumes = client.lab.oci().resources("bootVolumes");
    assert_eq!(volumes.len(), 1);
    client
        .delete(&format!("/20160918/instances/{id}"))
        .await
        .ok();
    reached(&mut changes, &id, "TERMINATED").await;
    let listed = only(
        &client,
        &format!("/20160918/instances?compartmentId={compartment}"),
    )
    .await;
    assert_eq!(listed["lifecycleState"], "TERMINATED");
    client
        .post(found, by_private)
        .await
        .refused(404, "NotAuthorizedOrNotFound");
    for collection in [
        "instances",
        "vnics",
        "privateIps",
        "publicIps",
        "bootVolumes",
    ] {
        let left = client.lab.oci().resources(collection);
        assert!(left.is_empty(), "{collection}: {left:?}");
    }
    client
        .delete(&format!("/20160918/subnets/{subnet}"))
        .await
        .ok();
}

#[tokio::test]
async fn a_preserved_boot_volume_stays() {
    let client = Client::start().await;
    let (_, subnet) = client.network().await;
    let mut changes = client.lab.oci().changes();
    let body = order(&client, &subnet, 1, "10.0.1.10").await;
    let id = launch(&client, body).await.ok().id();
    reached(&mut changes, &id, "RUNNING").await;
    let target = format!("/20160918/instances/{id}?preserveBootVolume=true");
    client.delete(&target).await.ok();
    reached(&mut changes, &id, "TERMINATED").await;
    assert_eq!(client.lab.oci().resources("bootVolumes").len(), 1);
}

#[tokio::test]
async fn actions_need_their_state() {
    let client = Client::start().await;
    let (_, subnet) = client.network().await;
    let mut changes = client.lab.oci().changes();
    let body = order(&client, &subnet, 1, "10.0.1.10").await;
    let id = launch(&client, body).await.ok().id();
    let act = |action: &str| {
        let target = format!("/20160918/instances/{id}?action={action}");
        let client = &client;
        async move { client.post(&target, json!({})).await }
    };
    act("STOP").await.refused(409, "IncorrectState");
    reached(&mut changes, &id, "RUNNING").await;
    let stopping = act("STOP").await.ok();
    assert_eq!(stopping.body["lifecycleState"], "STOPPING");
    reached(&mut changes, &id, "STOPPED").await;
    act("START").await.ok();
    reached(&mut changes, &id, "RUNNING").await;
}

#[tokio::test]
async fn what_exceeds_a_limit_or_the_hosts_is_refused() {
    let client = Client::start().await;
    let (_, subnet) = client.network().await;
    let body = order(&client, &subnet, 17, "10.0.1.10").await;
    let reply = launch(&client, body).await.refused(400, "LimitExceeded");
    let message = reply.body["message"].as_str().unwrap();
    assert!(
        message.contains("standard-a1-core-regional-count"),
        "{message}"
    );

    let body = order(&client, &subnet, 1, "10.0.1.10").await;
    launch(&client, body.clone()).await.ok();
    launch(&client, body).await.refused(400, "InvalidParameter");

    client.lab.oci().set_capacity(vec![room(1, Some(2), 2.0)]);
    let body = order(&client, &subnet, 4, "10.0.1.11").await;
    let reply = launch(&client, body).await.refused(500, "InternalError");
    assert_eq!(reply.body["message"], "Out of host capacity.");
    let body = order(&client, &subnet, 2, "10.0.1.11").await;
    let made = launch(&client, body).await.ok();
    assert_eq!(made.body["faultDomain"], "FAULT-DOMAIN-2");

    let tenancy = &client.lab.oci().place().tenancy;
    let report = json!({"compartmentId": tenancy, "availabilityDomain": AD,
        "shapeAvailabilities": [{"instanceShape": "VM.Standard.A1.Flex",
            "instanceShapeConfig": {"ocpus": 1, "memoryInGBs": 6}}]});
    let report = client
        .post("/20160918/computeCapacityReports", report)
        .await
        .ok();
    let status = &report.body["shapeAvailabilities"][0]["availabilityStatus"];
    assert_eq!(*status, "OUT_OF_HOST_CAPACITY");
}

#[tokio::test]
async fn limits_know_their_scope_and_what_is_used() {
    let client = Client::start().await;
    let (_, subnet) = client.network().await;
    let body = order(&client, &subnet, 3, "10.0.1.10").await;
    launch(&client, body).await.ok();
    let tenancy = client.lab.oci().place().tenancy.clone();
    let availability = |name: &str, domain: &str| {
        let target = format!(
            "/20190729/services/compute/limits/{name}/resourceAvailability?compartmentId={tenancy}{domain}"
        );
        let client = &client;
        async move { client.get(&target).await }
    };
    let domain = "&availabilityDomain=Sim0%3AUS-ASHBURN-1-AD-1";
    let cores = availability("standard-a1-core-count", domain).await.ok();
    assert_eq!(
        (&cores.body["used"], &cores.body["available"]),
        (&json!(3), &json!(13))
    );
    let elsewhere = "&availabilityDomain=Sim0:US-ASHBURN-1-AD-2";
    let cores = availability("standard-a1-core-count", elsewhere).await.ok();
    assert_eq!(cores.body["used"], 0);
    let memory = availability("standard-a1-memory-regional-count", "")
        .await
        .ok();
    assert_eq!(memory.body["used"], 18);
    let reply = availability("standard-a1-core-regional-count", domain).await;
    let reply = reply.refused(400, "InvalidParameter");
    let message = reply.body["message"].as_str().unwrap();
    assert!(message.contains("should be null"), "{message}");
}

#[tokio::test]
async fn a_route_to_an_address_needs_a_vnic_that_forwards() {
    let client = Client::start().await;
    let (vcn, subnet) = client.network().await;
    let mut body = order(&client, &subnet, 1, "10.0.1.10").await;
    body["createVnicDetails"]["skipSourceDestCheck"] = false.into();
    launch(&client, body).await.ok();
    let private = format!("/20160918/privateIps?subnetId={subnet}&ipAddress=10.0.1.10");
    let private = only(&client, &private).await;
    let table = json!({"compartmentId": client.compartment(), "vcnId": vcn, "routeRules": [
        {"destination": "0.0.0.0/0", "networkEntityId": private["id"]}]});
    client
        .post("/20160918/routeTables", table.clone())
        .await
        .refused(400, "InvalidParameter");
    let vnic = format!("/20160918/vnics/{}", private["vnicId"].as_str().unwrap());
    client
        .put(&vnic, json!({"skipSourceDestCheck": true}))
        .await
        .ok();
    client.post("/20160918/routeTables", table).await.ok();
    // What becomes of a target later is not held against anyone: packets are lost then.
    let checked = json!({"skipSourceDestCheck": false});
    client.put(&vnic, checked).await.ok();
    assert_eq!(
        client.get(&vnic).await.ok().body["skipSourceDestCheck"],
        false
    );
}

#[tokio::test]
async fn the_console_is_captured_as_it_is() {
    let client = Client::start().await;
    let (_, subnet) = client.network().await;
    let body = order(&client, &subnet, 1, "10.0.1.10").await;
    let id = launch(&client, body).await.ok().id();
    client
        .lab
        .oci()
        .print_console(&id, "first line\nsecond line\n");
    let mut changes = client.lab.oci().changes();
    let histories = "/20160918/instanceConsoleHistories";
    let capture = client.post(histories, json!({"instanceId": id})).await.ok();
    assert_eq!(capture.body["lifecycleState"], "REQUESTED");
    let capture = capture.id();
    reached(&mut changes, &capture, "GETTING-HISTORY").await;
    reached(&mut changes, &capture, "SUCCEEDED").await;
    client.lab.oci().print_console(&id, "after the capture\n");
    let data = format!("{histories}/{capture}/data?offset=6&length=4");
    let piece = client.get(&data).await.ok();
    assert_eq!(piece.body, "line");
    assert_eq!(piece.header("opc-bytes-remaining").as_deref(), Some("13"));
    let target = format!("{histories}/{capture}");
    client.delete(&target).await.ok();
    client
        .get(&target)
        .await
        .refused(404, "NotAuthorizedOrNotFound");
}

#[tokio::test]
async fn a_reserved_address_outlives_its_instance() {
    let client = Client::start().await;
    let (_, subnet) = client.network().await;
    let mut changes = client.lab.oci().changes();
    let mut body = order(&client, &subnet, 1, "10.0.1.10").await;
    body["createVnicDetails"]["assignPublicIp"] = false.into();
    let id = launch(&client, body).await.ok().id();
    reached(&mut changes, &id, "RUNNING").await;
    let private = format!("/20160918/privateIps?subnetId={subnet}");
    let private = only(&client, &private).await;
    let reserved = json!({"compartmentId": client.compartment(), "lifetime": "RESERVED",
        "privateIpId": private["id"]});
    let public = client.post("/20160918/publicIps", reserved).await.ok();
    assert_eq!(public.body["lifecycleState"], "ASSIGNED");
    let vnics = client.lab.oci().resources("vnics");
    assert_eq!(vnics[0]["publicIp"], public.body["ipAddress"]);
    client
        .delete(&format!("/20160918/instances/{id}"))
        .await
        .ok();
    reached(&mut changes, &id, "TERMINATED").await;
    let target = format!("/20160918/publicIps/{}", public.id());
    let free = client.get(&target).await.ok();
    assert_eq!(free.body["lifecycleState"], "AVAILABLE");
    assert_eq!(free.body["privateIpId"], Value::Null);
}
