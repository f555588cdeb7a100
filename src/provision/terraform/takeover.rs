//! What Terraform could take over: what bears the cluster's tags, by the addresses that the rendered
//! folder has for it, and what a state knows already.
//!
//! A state holds secrets in clear text: of it only addresses and OCIDs are kept.

use std::collections::BTreeMap;

use secrecy::zeroize::Zeroizing;
use serde::Deserialize;
use serde_json::Value;

use super::Hearing;
use super::program::Program;
use super::workspace::{Terraform, address, ended, failed};
use crate::domain::plan::{Action, Plan, Step};
use crate::domain::problem::Problem;
use crate::domain::text;
use crate::provision::blueprint::{PRIVATE_ROUTES, PRIVATE_SUBNET};
use crate::render::Import;

/// The setting of the private subnet that the folder has as a resource of its own.
const ATTACHMENT: &str = "oci_core_route_table_attachment.private";
/// The field that it sets.
const ATTACHED: &str = "routeTableId";

/// What stands in the cloud and has an address in the rendered folder, in the order in which it
/// stands on each other. What is not there yet and what is to go is not among it.
pub fn standing(look: &Plan) -> Vec<Import> {
    let stays = |step: &&Step| !matches!(step.action, Action::Create | Action::Delete);
    let steps = || look.steps.iter().filter(stays);
    let mut all: Vec<Import> = steps()
        .filter_map(|step| {
            Some(Import {
                address: address(&step.key)?,
                id: step.id.clone()?,
            })
        })
        .collect();
    let of = |key: &str| steps().find(|step| step.key.0 == key);
    let (subnet, routes) = (of(PRIVATE_SUBNET), of(PRIVATE_ROUTES));
    // It is one only while the subnet has that table; otherwise nothing is there to import.
    let subnet = subnet.filter(|it| it.drift.iter().all(|drift| drift.field != ATTACHED));
    let ids = subnet
        .and_then(|it| it.id.as_ref())
        .zip(routes.and_then(|it| it.id.as_ref()));
    all.extend(ids.map(|(subnet, routes)| Import {
        address: ATTACHMENT.to_owned(),
        id: format!("{subnet}/{routes}"),
    }));
    all
}

/// The resources that a state knows: the OCID of each, by its address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known(BTreeMap<String, String>);

#[derive(Deserialize)]
struct State {
    #[serde(default)]
    resources: Vec<Resource>,
}

#[derive(Deserialize)]
struct Resource {
    #[serde(default)]
    module: Option<String>,
    #[serde(default)]
    mode: String,
    #[serde(rename = "type")]
    kind: String,
    name: String,
    #[serde(default)]
    instances: Vec<Instance>,
}

#[derive(Deserialize)]
struct Instance {
    #[serde(default)]
    index_key: Value,
    #[serde(default)]
    deposed: Option<String>,
    #[serde(default)]
    attributes: Option<Attributes>,
}

#[derive(Deserialize)]
struct Attributes {
    #[serde(default)]
    id: Value,
}

impl Known {
    /// What a state file says; nothing where it is none.
    pub fn of(state: &[u8]) -> Option<Self> {
        let state: State = serde_json::from_slice(state).ok()?;
        let mut known = BTreeMap::new();
        for resource in state.resources.iter().filter(|it| it.mode == "managed") {
            let current = resource.instances.iter().filter(|it| it.deposed.is_none());
            for instance in current {
                let id = instance.attributes.as_ref().and_then(|it| it.id.as_str());
                let id = text::line(id.unwrap_or_default());
                known.insert(resource.address(&instance.index_key), id);
            }
        }
        Some(Self(known))
    }

    /// How many resources it knows.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether it knows none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The OCID that stands at an address.
    pub fn id(&self, address: &str) -> Option<&str> {
        self.0.get(address).map(String::as_str)
    }
}

impl Resource {
    fn address(&self, index: &Value) -> String {
        let Self { kind, name, .. } = self;
        let module = self.module.as_ref().map(|module| format!("{module}."));
        let index = match index {
            Value::String(name) => format!("[{name:?}]"),
            Value::Number(number) => format!("[{number}]"),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => String::new(),
        };
        format!("{}{kind}.{name}{index}", module.unwrap_or_default())
    }
}

impl Terraform {
    /// What the folder's state knows.
    pub async fn known(&self) -> Result<Known, Problem> {
        let program = Program::find(self.named.as_deref(), &self.environment, self.clock).await?;
        let mut state = Zeroizing::new(Vec::new());
        let arguments = ["state", "pull"].map(str::to_owned);
        let answer = self
            .ask(&program, &arguments, |bytes| state.extend_from_slice(bytes))
            .await?;
        let end = ended(answer.status, &[0]);
        let told = Hearing::default().problem("read Terraform's state", end, &answer.complaints);
        if let Some(problem) = told {
            return Err(problem);
        }
        // A folder that nothing was made from has none.
        if state.trim_ascii().is_empty() {
            return Ok(Known::default());
        }
        Known::of(&state).ok_or_else(|| {
            let next = "see whether k3scope and Terraform are of about the same age";
            failed(
                "Terraform's state says something unknown",
                &"it is no state",
                next,
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::allowance::AllowanceCheck;
    use crate::domain::plan::{Drift, Operation, Remedy, ResourceKey, ResourceKind};
    use crate::provision::blueprint::{DEFAULT_ROUTE, VCN, node_key};
    use crate::provision::terraform::tests::topology;
    use serde_json::json;

    fn step(key: &str, action: Action) -> Step {
        Step {
            key: ResourceKey::new(key),
            kind: ResourceKind::Other,
            name: key.to_owned(),
            action,
            id: (action != Action::Create).then(|| format!("ocid1.{key}")),
            needs: Vec::new(),
            summary: String::new(),
            drift: Vec::new(),
            estimate: None,
        }
    }

    fn found(steps: Vec<Step>) -> Vec<String> {
        let look = Plan {
            cluster: "k3s".to_owned(),
            operation: Operation::Apply,
            region: "eu-frankfurt-1".to_owned(),
            steps,
            allowance: AllowanceCheck::default(),
            image: None,
            spared: Vec::new(),
            records: Vec::new(),
            note: None,
        };
        let found = standing(&look).into_iter();
        found
            .map(|it| format!("{} {}", it.address, it.id))
            .collect()
    }

    #[test]
    fn what_stands_and_has_an_address_is_told() {
        let node = node_key(&topology().nodes[1]).0;
        let steps = vec![
            step(VCN, Action::Update),
            step(&node, Action::Keep),
            step("node-k3s-worker", Action::Create),
            step("public-ip", Action::Delete),
            step(DEFAULT_ROUTE, Action::Keep),
        ];
        let wanted = [
            "oci_core_vcn.this ocid1.vcn",
            "oci_core_instance.node[\"k3s-server\"] ocid1.node-k3s-server",
        ];
        assert_eq!(found(steps), wanted);
    }

    #[test]
    fn a_table_is_attached_only_where_the_subnet_has_it() {
        let subnet = || step(PRIVATE_SUBNET, Action::Update);
        let routes = || step(PRIVATE_ROUTES, Action::Keep);
        let id = "ocid1.private-subnet/ocid1.private-route-table";
        let attached = format!("{ATTACHMENT} {id}");
        assert!(found(vec![routes(), subnet()]).contains(&attached));
        let mut detached = subnet();
        detached.drift = vec![Drift {
            field: ATTACHED.to_owned(),
            found: "the VCN's".to_owned(),
            wanted: PRIVATE_ROUTES.to_owned(),
            remedy: Remedy::Change,
        }];
        assert_eq!(found(vec![routes(), detached]).len(), 2);
        assert_eq!(found(vec![subnet()]).len(), 1);
    }

    #[test]
    fn a_state_is_known_by_addresses_and_ids_and_nothing_else() {
        let instance = |index: Value, id: &str| json!({ "index_key": index, "attributes": { "id": id, "metadata": { "user_data": "s3cr3t" } } });
        let state = json!({ "version": 4, "resources": [
            { "mode": "managed", "type": "oci_core_vcn", "name": "this",
              "instances": [{ "attributes": { "id": "vcn" } }] },
            { "mode": "managed", "type": "oci_core_instance", "name": "node",
              "instances": [instance(json!("k3s-server"), "one"),
                            { "deposed": "1a2b3c4d", "attributes": { "id": "old" } }] },
            { "mode": "managed", "type": "oci_core_public_ip", "name": "ingress",
              "instances": [instance(json!(0), "address")] },
            { "module": "module.mine", "mode": "managed", "type": "null_resource", "name": "x",
              "instances": [{ "attributes": null }] },
            { "mode": "data", "type": "oci_core_images", "name": "newest",
              "instances": [instance(json!(0), "images")] },
        ]});
        let known = Known::of(state.to_string().as_bytes()).unwrap();
        assert_eq!(known.len(), 4);
        assert_eq!(known.id("oci_core_vcn.this"), Some("vcn"));
        assert_eq!(
            known.id("oci_core_instance.node[\"k3s-server\"]"),
            Some("one")
        );
        assert_eq!(known.id("oci_core_public_ip.ingress[0]"), Some("address"));
        assert_eq!(known.id("module.mine.null_resource.x"), Some(""));
        assert!(!format!("{known:?}").contains("s3cr3t"));
        assert!(Known::of(b"").is_none() && Known::of(b"{}").unwrap().is_empty());
    }
}
