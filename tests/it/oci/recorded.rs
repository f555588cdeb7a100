//! Answers recorded from Oracle's own clients, read through the client and its models.

use k3scope::oci::Request;
use k3scope::oci::model::{
    AvailabilityDomain, BootVolume, BootVolumeAttachment, CapacityReport, ConsoleHistory,
    FaultDomain, Image, Instance, InternetGateway, Lifecycle, LimitValue, PrivateIp, PublicIp,
    RegionSubscription, ResourceAvailability, RouteTable, SecurityList, Shape, Subnet, Tenancy,
    Vcn, Vnic, VnicAttachment,
};
use k3scope::oci::model::{EgressSecurityRule, IngressSecurityRule, Metadata, RouteRule};
use k3scope::oci::{Client, Service};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::server::{Reply, Server};

fn exchanges() -> Vec<Value> {
    include_str!("../../data/oci/exchanges.jsonl")
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// Reads the client's next answer as one `T` or a list of them, whichever it is.
async fn read<T: DeserializeOwned>(client: &Client, list: bool) -> usize {
    let request = Request::get(Service::Core, "whatever");
    if list {
        client.call::<Vec<T>>(request).await.unwrap().len()
    } else {
        client.call::<T>(request).await.unwrap();
        1
    }
}

#[tokio::test]
async fn every_recorded_answer_is_understood() {
    let answers: Vec<_> = exchanges()
        .into_iter()
        .filter(|one| {
            one["status"] == 200 && (one["resBody"].is_array() || one["resBody"].is_object())
        })
        .collect();
    let replies = answers
        .iter()
        .map(|one| Reply::json(&one["resBody"]))
        .collect();
    let server = Server::giving(replies).await;
    let client = server.client();
    let mut read_as = std::collections::BTreeMap::new();
    for one in &answers {
        let path = one["path"].as_str().unwrap().split('?').next().unwrap();
        let parts: Vec<&str> = path.trim_matches('/').split('/').skip(1).collect();
        let list = one["resBody"].is_array();
        let count = match (parts[0], parts.last().copied().unwrap()) {
            ("availabilityDomains", _) => read::<AvailabilityDomain>(&client, list).await,
            ("bootVolumeAttachments", _) => read::<BootVolumeAttachment>(&client, list).await,
            ("bootVolumes", _) => read::<BootVolume>(&client, list).await,
            ("computeCapacityReports", _) => read::<CapacityReport>(&client, list).await,
            ("faultDomains", _) => read::<FaultDomain>(&client, list).await,
            ("images", _) => read::<Image>(&client, list).await,
            ("instanceConsoleHistories", _) => read::<ConsoleHistory>(&client, list).await,
            ("instances", _) => read::<Instance>(&client, list).await,
            ("internetGateways", _) => read::<InternetGateway>(&client, list).await,
            ("limitValues", _) => read::<LimitValue>(&client, list).await,
            ("privateIps", _) => read::<PrivateIp>(&client, list).await,
            ("publicIps", _) => read::<PublicIp>(&client, list).await,
            ("routeTables", _) => read::<RouteTable>(&client, list).await,
            ("securityLists", _) => read::<SecurityList>(&client, list).await,
            ("services", "resourceAvailability") => {
                read::<ResourceAvailability>(&client, list).await
            }
            ("shapes", _) => read::<Shape>(&client, list).await,
            ("subnets", _) => read::<Subnet>(&client, list).await,
            ("tenancies", "regionSubscriptions") => read::<RegionSubscription>(&client, list).await,
            ("tenancies", _) => read::<Tenancy>(&client, list).await,
            ("vcns", _) => read::<Vcn>(&client, list).await,
            ("vnicAttachments", _) => read::<VnicAttachment>(&client, list).await,
            ("vnics", _) => read::<Vnic>(&client, list).await,
            other => panic!("no model for {other:?}"),
        };
        *read_as.entry(parts[0].to_owned()).or_insert(0) += count;
    }
    assert_eq!(read_as.len(), 21, "{read_as:?}");
    assert!(read_as.values().all(|count| *count > 0), "{read_as:?}");
}

#[tokio::test]
async fn a_recorded_instance_keeps_what_is_shown() {
    let recorded = exchanges()
        .into_iter()
        .find(|one| one["method"] == "POST" && one["path"] == "/20160918/instances")
        .unwrap();
    let server = Server::giving(vec![Reply::json(&recorded["resBody"])]).await;
    let instance: Instance = server.client().get("x").await.unwrap();
    assert_eq!(instance.display_name, "k3s-ingress");
    assert_eq!(instance.lifecycle_state, Lifecycle::Provisioning);
    let size = instance.shape_config.unwrap();
    assert_eq!(json!([size.ocpus, size.memory_in_gbs]), json!([1.0, 6.0]));
    assert!(
        !format!("{instance:?}").contains("I2Nsb3Vk"),
        "user data is not kept"
    );
}

/// OCI fills in defaults and leaves out what is not set: a rule read back still equals the one sent.
#[test]
fn rules_read_back_equal_those_sent() {
    let sent = IngressSecurityRule::from_cidr("all", "10.0.0.0/16");
    let back = json!({ "protocol": "all", "source": "10.0.0.0/16" });
    assert_eq!(
        serde_json::from_value::<IngressSecurityRule>(back).unwrap(),
        sent
    );
    let back = json!({ "protocol": "all", "source": "10.0.0.0/16", "isStateless": true });
    assert_ne!(
        serde_json::from_value::<IngressSecurityRule>(back).unwrap(),
        sent
    );

    let sent = EgressSecurityRule::to_cidr("all", "0.0.0.0/0");
    assert_eq!(
        serde_json::to_value(&sent).unwrap(),
        json!({ "protocol": "all", "destination": "0.0.0.0/0", "destinationType": "CIDR_BLOCK", "isStateless": false })
    );

    let sent = RouteRule::to("0.0.0.0/0", "ocid1.internetgateway.x");
    let back = json!({ "destination": "0.0.0.0/0", "destinationType": "CIDR_BLOCK", "cidrBlock": "0.0.0.0/0",
        "networkEntityId": "ocid1.internetgateway.x", "routeType": "STATIC" });
    assert_eq!(serde_json::from_value::<RouteRule>(back).unwrap(), sent);
}

#[test]
fn metadata_is_sent_and_not_shown() {
    let metadata = Metadata::default().with("user_data", "aHVudGVyMg==");
    assert_eq!(
        serde_json::to_value(&metadata).unwrap(),
        json!({ "user_data": "aHVudGVyMg==" })
    );
    assert_eq!(format!("{metadata:?}"), r#"{"user_data"}"#);
    assert_eq!(metadata.size(), 21);
}

#[tokio::test]
async fn a_console_is_read_in_parts() {
    let part = Reply::new(200, &b"[    0.0] Booting\n\xff"[..]).with("opc-bytes-remaining", "12");
    let server = Server::giving(vec![part]).await;
    let text = server.client().console_data("c", 5, 100).await.unwrap();
    assert_eq!(text.text, "[    0.0] Booting\n\u{fffd}");
    assert_eq!(text.remaining, Some(12));
    assert_eq!(
        server.asked()[0].target,
        "/20160918/instanceConsoleHistories/c/data?offset=5&length=100"
    );
}
