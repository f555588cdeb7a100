//! Changes of what stands: every managed resource takes an update for its current etag only.

use reqwest::Method;
use rstest::rstest;
use serde_json::{Value, json};

use super::client::{Client, Reply, Twist, reached};
use super::launches::{AD, launch, order};

/// One of everything that a cluster has, with its ids by collection.
struct World {
    client: Client,
    vcn: String,
    subnet: String,
    instance: String,
}

impl World {
    async fn start() -> Self {
        let client = Client::start().await;
        let (vcn, subnet) = client.network().await;
        let mut changes = client.lab.oci().changes();
        let mut body = order(&client, &subnet, 1, "10.0.1.10").await;
        body["createVnicDetails"]["assignPublicIp"] = false.into();
        let instance = launch(&client, body).await.ok().id();
        reached(&mut changes, &instance, "RUNNING").await;
        Self {
            client,
            vcn,
            subnet,
            instance,
        }
    }

    fn only(&self, collection: &str) -> String {
        let all = self.client.lab.oci().resources(collection);
        let found = all.last().unwrap_or_else(|| panic!("no {collection}"));
        format!("/20160918/{collection}/{}", found["id"].as_str().unwrap())
    }

    async fn made(&self, collection: &str, own: Value) -> String {
        let mut body = json!({"compartmentId": self.client.compartment(), "vcnId": self.vcn});
        body.as_object_mut()
            .unwrap()
            .extend(own.as_object().unwrap().clone());
        let id = self.client.make(collection, body).await;
        format!("/20160918/{collection}/{id}")
    }

    async fn target(&self, collection: &str) -> String {
        match collection {
            "vcns" => format!("/20160918/vcns/{}", self.vcn),
            "subnets" => format!("/20160918/subnets/{}", self.subnet),
            "internetGateways" => self.made(collection, json!({"isEnabled": true})).await,
            "routeTables" => self.made(collection, json!({"routeRules": []})).await,
            "securityLists" => {
                let none = json!({"ingressSecurityRules": [], "egressSecurityRules": []});
                self.made(collection, none).await
            }
            "publicIps" => {
                let body = json!({"compartmentId": self.client.compartment(),
                    "lifetime": "RESERVED"});
                let made = self.client.post("/20160918/publicIps", body).await.ok();
                format!("/20160918/publicIps/{}", made.id())
            }
            "quotas" => {
                let made = self
                    .client
                    .post("/20181025/quotas", quota(&self.client))
                    .await;
                format!("/20181025/quotas/{}", made.ok().id())
            }
            "vaults" => {
                let body = json!({"compartmentId": self.client.compartment(),
                    "displayName": "v", "vaultType": "DEFAULT"});
                let made = self.client.post("/20180608/vaults", body).await.ok();
                format!("/20180608/vaults/{}", made.id())
            }
            other => self.only(other),
        }
    }

    async fn send(
        &self,
        method: Method,
        target: &str,
        body: Value,
        headers: &[(&'static str, &str)],
    ) -> Reply {
        let headers = headers
            .iter()
            .map(|(name, value)| (*name, (*value).to_owned()))
            .collect();
        let twist = Twist {
            headers,
            ..Twist::default()
        };
        self.client.send(method, target, Some(body), twist).await
    }

    async fn etag(&self, target: &str) -> String {
        self.client.get(target).await.ok().header("etag").unwrap()
    }
}

fn quota(client: &Client) -> Value {
    json!({"compartmentId": client.lab.oci().place().tenancy, "name": "guard", "description": "d",
        "statements": ["set block-storage quota total-storage-gb to 200 in tenancy"]})
}

#[rstest]
#[case("vcns", "displayName", json!("other"))]
#[case("internetGateways", "isEnabled", json!(false))]
#[case("routeTables", "freeformTags", json!({"a": "b"}))]
#[case("securityLists", "egressSecurityRules", json!([{"protocol": "all", "destination": "0.0.0.0/0"}]))]
#[case("subnets", "cidrBlock", json!("10.0.0.0/22"))]
#[case("vnics", "skipSourceDestCheck", json!(false))]
#[case("instances", "displayName", json!("other"))]
#[case("instances", "instanceOptions", json!({"areLegacyImdsEndpointsDisabled": true}))]
#[case("bootVolumes", "sizeInGBs", json!(80))]
#[case("publicIps", "displayName", json!("other"))]
#[case("privateIps", "hostnameLabel", json!("other"))]
#[case("quotas", "statements", json!(["zero vcn quotas in compartment k3s"]))]
#[case("vaults", "displayName", json!("other"))]
#[tokio::test]
async fn an_update_needs_the_etag_of_now(
    #[case] collection: &str,
    #[case] field: &str,
    #[case] value: Value,
) {
    let world = World::start().await;
    let target = world.target(collection).await;
    let etag = world.etag(&target).await;
    let change = json!({field: value});
    let put = |etag: String| {
        let (world, target, change) = (&world, &target, &change);
        async move {
            world
                .send(Method::PUT, target, change.clone(), &[("if-match", &etag)])
                .await
        }
    };
    let changed = put(etag.clone()).await.ok();
    assert_eq!(changed.body[field], value);
    assert_eq!(world.client.get(&target).await.ok().body[field], value);
    put(etag).await.refused(412, "NoEtagMatch");
    let now = changed.header("etag").unwrap();
    assert_eq!(put(now).await.ok().body[field], value);
}

#[tokio::test]
async fn blocks_of_a_vcn_come_and_go() {
    let world = World::start().await;
    let target = format!("/20160918/vcns/{}", world.vcn);
    let act = |action: &str, block: &str, headers: &'static [(&'static str, &'static str)]| {
        let (target, body) = (
            format!("{target}/actions/{action}"),
            json!({"cidrBlock": block}),
        );
        let world = &world;
        async move { world.send(Method::POST, &target, body, headers).await }
    };
    let mut changes = world.client.lab.oci().changes();
    let token = &[("opc-retry-token", "add")];
    let added = act("addCidr", "10.1.0.0/16", token).await.ok();
    assert_eq!((added.status, added.body), (202, json!("")));
    // The same request again is the same deed, whatever the state.
    act("addCidr", "10.1.0.0/16", token).await.ok();
    act("addCidr", "10.3.0.0/16", token)
        .await
        .refused(409, "InvalidatedRetryToken");
    reached(&mut changes, &world.vcn, "UPDATING").await;
    reached(&mut changes, &world.vcn, "AVAILABLE").await;
    let vcn = world.client.get(&target).await.ok();
    assert_eq!(
        vcn.body["cidrBlocks"],
        json!(["10.0.0.0/16", "10.1.0.0/16"])
    );
    act("addCidr", "10.1.4.0/24", &[])
        .await
        .refused(400, "InvalidParameter");
    act("addCidr", "10.0.0.0/8", &[])
        .await
        .refused(400, "InvalidParameter");
    act("removeCidr", "10.0.0.0/16", &[])
        .await
        .refused(409, "Conflict");
    act("removeCidr", "10.9.0.0/16", &[])
        .await
        .refused(400, "InvalidParameter");
    act("removeCidr", "10.1.0.0/16", &[("if-match", "old")])
        .await
        .refused(412, "NoEtagMatch");
    act("removeCidr", "10.1.0.0/16", &[]).await.ok();
    reached(&mut changes, &world.vcn, "UPDATING").await;
    reached(&mut changes, &world.vcn, "AVAILABLE").await;
    act("removeCidr", "10.0.0.0/16", &[])
        .await
        .refused(400, "InvalidParameter");
    act("paint", "10.0.0.0/16", &[])
        .await
        .refused(404, "NotFound");
}

#[rstest]
#[case("10.0.1.128/25", "in use")]
#[case("10.1.0.0/24", "not contained")]
#[tokio::test]
async fn a_subnet_keeps_what_is_in_use(#[case] block: &str, #[case] says: &str) {
    let world = World::start().await;
    let target = world.target("subnets").await;
    let reply = world.client.put(&target, json!({"cidrBlock": block})).await;
    let reply = reply.refused(400, "InvalidParameter");
    let message = reply.body["message"].as_str().unwrap();
    assert!(message.contains(says), "{message}");
}

#[tokio::test]
async fn another_size_restarts_the_instance_once() {
    let world = World::start().await;
    let target = world.target("instances").await;
    let mut changes = world.client.lab.oci().changes();
    let body = json!({"shapeConfig": {"ocpus": 2, "memoryInGBs": 12}});
    let token = &[("opc-retry-token", "grow")];
    let growing = world
        .send(Method::PUT, &target, body.clone(), token)
        .await
        .ok();
    assert_eq!(growing.body["lifecycleState"], "STOPPING");
    assert_eq!(growing.body["shapeConfig"]["ocpus"], 2);
    assert_eq!(growing.body["shapeConfig"]["vcpus"], 2.0);
    assert_eq!(growing.body["shapeConfig"]["gpus"], 0, "the rest stays");
    world
        .send(Method::PUT, &target, body.clone(), token)
        .await
        .ok();
    for state in ["STARTING", "RUNNING"] {
        reached(&mut changes, &world.instance, state).await;
    }
    let same = world.client.put(&target, body).await.ok();
    assert_eq!(same.body["lifecycleState"], "RUNNING");
    let half = world
        .client
        .put(&target, json!({"shapeConfig": {"memoryInGBs": 8}}));
    assert_eq!(half.await.ok().body["shapeConfig"]["ocpus"], 2);
}

#[rstest]
#[case(json!({"shapeConfig": {"ocpus": 0}}), 400, "InvalidParameter", "ocpus")]
#[case(json!({"shapeConfig": {"ocpus": 1, "memoryInGBs": 65}}), 400, "InvalidParameter", "memoryInGBs")]
#[case(json!({"shapeConfig": {"ocpus": 17, "memoryInGBs": 17}}), 400, "LimitExceeded", "core-count")]
#[case(json!({"shape": "VM.Standard.E2.1.Micro"}), 400, "InvalidParameter", "shape")]
#[case(json!({"metadata": {"user_data": "bmV3"}}), 400, "InvalidParameter", "user_data")]
#[case(json!({"metadata": {"user_data": "I2Nsb3VkLWNvbmZpZwo=", "ssh_authorized_keys": "ssh-ed25519 AAAA"}}), 400, "InvalidParameter", "ssh_authorized_keys")]
#[case(json!({"shapeConfig": {"ocpus": 2}, "updateOperationConstraint": "AVOID_DOWNTIME"}), 409, "Conflict", "restarts")]
#[tokio::test]
async fn what_an_instance_cannot_become_is_refused(
    #[case] body: Value,
    #[case] status: u16,
    #[case] code: &str,
    #[case] says: &str,
) {
    let world = World::start().await;
    let target = world.target("instances").await;
    let before = world.client.get(&target).await.ok().body;
    let reply = world.client.put(&target, body).await.refused(status, code);
    let message = reply.body["message"].as_str().unwrap();
    assert!(message.contains(says), "{message}");
    assert_eq!(world.client.get(&target).await.ok().body, before);
}

#[tokio::test]
async fn a_host_without_room_refuses_more() {
    let world = World::start().await;
    world
        .client
        .lab
        .oci()
        .set_capacity(vec![super::launches::room(1, None, 1.0)]);
    let target = world.target("instances").await;
    let body = json!({"shapeConfig": {"ocpus": 2}});
    let reply = world.client.put(&target, body).await;
    let reply = reply.refused(500, "InternalError");
    assert_eq!(reply.body["message"], "Out of host capacity.");
}

#[tokio::test]
async fn a_stopped_instance_changes_without_a_start() {
    let world = World::start().await;
    let target = world.target("instances").await;
    let mut changes = world.client.lab.oci().changes();
    let stop = format!("{target}?action=STOP");
    let token = &[("opc-retry-token", "stop")];
    world.send(Method::POST, &stop, json!({}), token).await.ok();
    reached(&mut changes, &world.instance, "STOPPED").await;
    let again = world.send(Method::POST, &stop, json!({}), token).await.ok();
    assert_eq!(again.body["lifecycleState"], "STOPPED");
    let body = json!({"shapeConfig": {"ocpus": 2, "memoryInGBs": 12}});
    let grown = world.client.put(&target, body).await.ok();
    assert_eq!(grown.body["lifecycleState"], "STOPPED");
}

#[tokio::test]
async fn boot_volumes_only_grow_and_within_the_limit() {
    let world = World::start().await;
    let target = world.target("bootVolumes").await;
    let grown = world
        .client
        .put(&target, json!({"sizeInGBs": 100}))
        .await
        .ok();
    assert_eq!(grown.body["sizeInMBs"], 102_400);
    world
        .client
        .put(&target, json!({"sizeInGBs": 50}))
        .await
        .refused(400, "InvalidParameter");
    world
        .client
        .put(&target, json!({"sizeInGBs": 6000}))
        .await
        .refused(400, "LimitExceeded");
}

#[tokio::test]
async fn a_reserved_address_moves_when_nothing_stands_in_its_way() {
    let world = World::start().await;
    let client = &world.client;
    let target = world.target("publicIps").await;
    let private = world.only("privateIps");
    let private = private.rsplit('/').next().unwrap().to_owned();
    let lent = json!({"compartmentId": client.compartment(), "lifetime": "EPHEMERAL",
        "privateIpId": private});
    let lent = client.post("/20160918/publicIps", lent).await.ok();
    let assign = json!({"privateIpId": private});
    let reply = client
        .put(&target, assign.clone())
        .await
        .refused(409, "Conflict");
    let message = reply.body["message"].as_str().unwrap().to_owned();
    assert!(message.contains(&lent.id()), "{message}");
    let of_the_way = format!("/20160918/publicIps/{}", lent.id());
    client.delete(&of_the_way).await.ok();
    let etag = world.etag(&target).await;
    let held = world
        .send(Method::PUT, &target, assign, &[("if-match", &etag)])
        .await
        .ok();
    assert_eq!(held.body["lifecycleState"], "ASSIGNED");
    assert_eq!(held.body["assignedEntityId"], private.as_str());
    let vnic = client.get(&world.only("vnics")).await.ok();
    assert_eq!(vnic.body["publicIp"], held.body["ipAddress"]);

    let delete = |etag: String| {
        let twist = Twist {
            headers: vec![("if-match", etag)],
            ..Twist::default()
        };
        client.send(Method::DELETE, &target, None, twist)
    };
    delete(etag).await.refused(412, "NoEtagMatch");
    let still = client.get(&target).await.ok();
    assert_eq!(
        still.body["lifecycleState"], "ASSIGNED",
        "a refusal changes nothing"
    );
    let free = client.put(&target, json!({"privateIpId": ""})).await.ok();
    assert_eq!(free.body["lifecycleState"], "AVAILABLE");
    let vnic = client.get(&world.only("vnics")).await.ok();
    assert_eq!(vnic.body["publicIp"], Value::Null);
    delete(free.header("etag").unwrap()).await.ok();
    client
        .get(&target)
        .await
        .refused(404, "NotAuthorizedOrNotFound");
}

#[tokio::test]
async fn a_survey_finds_things_by_compartment_domain_and_owner() {
    let world = World::start().await;
    let compartment = world.client.compartment();
    let vnic = world.only("vnics");
    let vnic = vnic.rsplit('/').next().unwrap();
    for target in [
        format!("vnicAttachments?compartmentId={compartment}"),
        format!("bootVolumeAttachments?compartmentId={compartment}&availabilityDomain={AD}"),
        format!("privateIps?vnicId={vnic}"),
        format!("privateIps?subnetId={}", world.subnet),
    ] {
        let found = world.client.get(&format!("/20160918/{target}")).await.ok();
        assert_eq!(found.body.as_array().unwrap().len(), 1, "{target}");
    }
    let elsewhere = format!(
        "/20160918/bootVolumeAttachments?compartmentId={compartment}&availabilityDomain=Sim0:US-ASHBURN-1-AD-2"
    );
    assert_eq!(world.client.get(&elsewhere).await.ok().body, json!([]));
    let instance = world
        .client
        .get(&world.target("instances").await)
        .await
        .ok();
    assert_eq!(
        (
            &instance.body["securityAttributes"],
            &instance.body["instanceOptions"]
        ),
        (
            &json!({}),
            &json!({"areLegacyImdsEndpointsDisabled": false})
        )
    );
}
