//! An instance that is terminated and made anew under the same name, at the same address.

use serde_json::{Value, json};

use crate::lab::nodes::cloud::Cloud;
use crate::lab::nodes::machine::Machine;
use crate::lab::oci::Oci;

/// Terminates the instance of a machine, waits until it is gone, and launches another like it.
pub(super) async fn rebuild(cloud: &Cloud, machine: &Machine) -> Result<(), String> {
    let (oci, id) = (cloud.oci(), machine.id());
    let instance = oci
        .resources("instances")
        .into_iter()
        .find(|one| one.get("id").and_then(Value::as_str) == Some(id))
        .ok_or("the instance is gone")?;
    let vnic = cloud.vnic(id).ok_or("the instance has no network card")?;
    let order = order(&instance, &vnic);
    let mut changes = oci.changes();
    oci.somebody("DELETE", &format!("/20160918/instances/{id}"), None)?;
    while stands(oci, id) {
        // Whatever was missed is looked up again.
        if let Err(tokio::sync::broadcast::error::RecvError::Closed) = changes.recv().await {
            return Ok(());
        }
    }
    oci.somebody("POST", "/20160918/instances", Some(&order))
}

fn stands(oci: &Oci, id: &str) -> bool {
    let all = oci.resources("instances");
    all.iter().any(|one| {
        let text = |field: &str| one.get(field).and_then(Value::as_str);
        text("id") == Some(id) && text("lifecycleState") != Some("TERMINATED")
    })
}

/// The body of the launch that made an instance.
fn order(instance: &Value, vnic: &Value) -> Value {
    let copied = |from: &Value, fields: &[&str]| -> Value {
        let fields = fields.iter();
        fields
            .filter_map(|field| Some(((*field).to_owned(), from.get(field)?.clone())))
            .filter(|(_, value)| !value.is_null())
            .collect()
    };
    let mut order = copied(
        instance,
        &[
            "compartmentId",
            "availabilityDomain",
            "displayName",
            "shape",
            "sourceDetails",
            "metadata",
            "instanceOptions",
            "freeformTags",
        ],
    );
    let mut card = copied(
        vnic,
        &[
            "subnetId",
            "privateIp",
            "hostnameLabel",
            "skipSourceDestCheck",
            "displayName",
            "freeformTags",
        ],
    );
    let public = vnic.get("publicIp").is_some_and(Value::is_string);
    if let Some(card) = card.as_object_mut() {
        card.insert("assignPublicIp".to_owned(), json!(public));
    }
    let size = instance.get("shapeConfig").unwrap_or(&Value::Null);
    if let Some(order) = order.as_object_mut() {
        order.insert("createVnicDetails".to_owned(), card);
        let size = copied(size, &["ocpus", "memoryInGBs"]);
        order.insert("shapeConfig".to_owned(), size);
    }
    order
}
