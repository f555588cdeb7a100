//! What a launch brings into being: the instance, its boot volume, its VNIC and addresses.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::collection;
use super::kinds;
use super::launch::{Order, boot_size, flag};
use super::network::{Body, text};
use super::public_ip;
use super::world::World;

/// Adds the instance and all that comes with it; gives the instance's id.
pub(super) fn build(world: &mut World, body: &Body, order: &Order<'_>) -> String {
    let mut instance = body.clone();
    instance.remove("createVnicDetails");
    instance.remove("hostnameLabel");
    instance.remove("isPvEncryptionInTransitEnabled");
    collection::fill_in(world, &kinds::INSTANCE, &mut instance);
    if let Value::Object(added) = described(world, order) {
        instance.extend(added);
    }
    for (field, default) in left_out() {
        instance.entry(field).or_insert(default);
    }
    let name = Value::from(text(&instance, "displayName"));
    let id = world.add(&kinds::INSTANCE, instance);
    let shared = BTreeMap::from([
        ("availabilityDomain", Value::from(order.domain)),
        ("compartmentId", Value::from(text(body, "compartmentId"))),
        ("freeformTags", json!({})),
        ("definedTags", json!({})),
    ]);
    attach_boot_volume(world, order, &shared, &name, &id);
    attach_vnic(world, order, &shared, &name, &id);
    id
}

fn described(world: &World, order: &Order<'_>) -> Value {
    let vcpus = if order.shape.flexible { 1.0 } else { 2.0 } * order.size.ocpus;
    json!({
        "region": world.place.region,
        "faultDomain": order.fault_domain,
        "launchMode": "PARAVIRTUALIZED",
        "imageId": text(order.source, "imageId"),
        "shapeConfig": {
            "ocpus": order.size.ocpus,
            "memoryInGBs": order.size.memory,
            "vcpus": vcpus,
            "processorDescription": order.shape.processor,
            "networkingBandwidthInGbps": order.size.ocpus,
            "maxVnicAttachments": 2,
            "gpus": 0,
            "localDisks": 0,
        },
    })
}

fn left_out() -> [(&'static str, Value); 10] {
    [
        (
            "launchOptions",
            json!({"bootVolumeType": "PARAVIRTUALIZED", "firmware": "UEFI_64",
                "networkType": "PARAVIRTUALIZED", "remoteDataVolumeType": "PARAVIRTUALIZED",
                "isPvEncryptionInTransitEnabled": false, "isConsistentVolumeNamingEnabled": true}),
        ),
        (
            "instanceOptions",
            json!({"areLegacyImdsEndpointsDisabled": false}),
        ),
        (
            "availabilityConfig",
            json!({"isLiveMigrationPreferred": null, "recoveryAction": "RESTORE_INSTANCE"}),
        ),
        (
            "agentConfig",
            json!({"isMonitoringDisabled": false, "isManagementDisabled": false,
                "areAllPluginsDisabled": false, "pluginsConfig": null}),
        ),
        ("metadata", json!({})),
        ("extendedMetadata", json!({})),
        ("systemTags", json!({})),
        ("securityAttributes", json!({})),
        ("securityAttributesState", json!("STABLE")),
        ("isCrossNumaNode", json!(false)),
    ]
}

type Shared = BTreeMap<&'static str, Value>;

fn with(shared: &Shared, own: Value) -> Body {
    let mut body: Body = shared
        .iter()
        .map(|(field, value)| ((*field).to_owned(), value.clone()))
        .collect();
    if let Value::Object(own) = own {
        body.extend(own);
    }
    body
}

fn attach_boot_volume(
    world: &mut World,
    order: &Order<'_>,
    shared: &Shared,
    name: &Value,
    instance: &str,
) {
    let size = boot_size(order.source);
    let volume = with(
        shared,
        json!({
            "displayName": format!("{} (Boot Volume)", name.as_str().unwrap_or_default()),
            "sizeInGBs": size,
            "sizeInMBs": size * 1024,
            "vpusPerGB": order.source.get("bootVolumeVpusPerGB").cloned().unwrap_or(json!(10)),
            "isHydrated": true,
            "imageId": text(order.source, "imageId"),
            "volumeGroupId": null,
            "kmsKeyId": null,
            "isAutoTuneEnabled": false,
            "autoTunedVpusPerGB": null,
        }),
    );
    let volume = world.add(&kinds::BOOT_VOLUME, volume);
    let attachment = with(
        shared,
        json!({
            "bootVolumeId": volume,
            "displayName": "Remote boot attachment for instance",
            "instanceId": instance,
            "isPvEncryptionInTransitEnabled": false,
        }),
    );
    world.add(&kinds::BOOT_VOLUME_ATTACHMENT, attachment);
}

fn attach_vnic(
    world: &mut World,
    order: &Order<'_>,
    shared: &Shared,
    name: &Value,
    instance: &str,
) {
    let subnet = text(order.vnic, "subnetId").unwrap_or_default();
    let prohibited = world
        .get(subnet)
        .and_then(|subnet| flag(&subnet.body, "prohibitPublicIpOnVnic"))
        .unwrap_or(false);
    let public = flag(order.vnic, "assignPublicIp").unwrap_or(!prohibited);
    let display = order.vnic.get("displayName").unwrap_or(name).clone();
    let number = world.all("vnics").count() + 16;
    let vnic = with(
        shared,
        json!({
            "displayName": display,
            "hostnameLabel": order.vnic.get("hostnameLabel"),
            "isPrimary": true,
            "macAddress": format!("02:00:17:00:{:02x}:{:02x}", number / 256 % 256, number % 256),
            "privateIp": order.address,
            "publicIp": null,
            "skipSourceDestCheck": flag(order.vnic, "skipSourceDestCheck").unwrap_or(false),
            "subnetId": subnet,
            "nsgIds": order.vnic.get("nsgIds").cloned().unwrap_or(json!([])),
            "freeformTags": order.vnic.get("freeformTags").cloned().unwrap_or(json!({})),
            "vlanId": null,
            "securityAttributes": {},
        }),
    );
    let vnic = world.add(&kinds::VNIC, vnic);
    let attachment = with(
        shared,
        json!({"displayName": null, "instanceId": instance, "nicIndex": 0, "subnetId": subnet,
            "vnicId": vnic, "vlanId": null, "vlanTag": 1}),
    );
    world.add(&kinds::VNIC_ATTACHMENT, attachment);
    let address = with(
        shared,
        json!({"displayName": display, "hostnameLabel": order.vnic.get("hostnameLabel"),
            "ipAddress": order.address, "isPrimary": true, "subnetId": subnet, "vnicId": vnic,
            "vlanId": null}),
    );
    let address = world.add(&kinds::PRIVATE_IP, address);
    if public {
        public_ip::lend(world, &address);
    }
}
