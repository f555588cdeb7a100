//! Restores fields that are not as they should be: reads, compares, and sends what differs for the
//! version that was read.
//!
//! Only what the plan named is changed, so that nothing happens that nobody was shown.

use serde_json::{Map, Value};

use crate::domain::plan::{Action, Drift, ResourceKey, ResourceKind, Step};
use crate::domain::problem::Problem;
use crate::oci::model::{
    BootVolume, Instance, InternetGateway, Lifecycle, PublicIp, Quota, RouteTable, SecurityList,
    Subnet, Vcn, Vnic,
};
use crate::oci::{Request, Resource, Service};
use crate::provision::blueprint::{self, Part, node_key};

use super::drift::{self, Difference, INGRESS_ADDRESS, Wanted};
use super::kinds::{Life, setting_of};
use super::meaning::problem;
use super::run::{Halt, Worker};

/// How often a resource is read again that somebody else changed in between.
const MOST_READS: usize = 3;

impl Worker {
    /// Puts the fields right that the step's drift names; makes a setting. Gives the OCID of what
    /// was changed.
    pub(super) async fn update(&self, step: &Step) -> Result<String, Halt> {
        let part = self.part(step)?;
        let id = match setting_of(step.kind) {
            Some(holder) => self.id(&ResourceKey::new(holder))?,
            None => step.id.clone().ok_or_else(|| super::missing(&step.key))?,
        };
        match step.kind {
            ResourceKind::Vcn => {
                self.restore::<Vcn>(step, &id, |wanted, it| drift::vcn(wanted, &part, it))
                    .await?;
                self.restore_blocks(step, &id).await?;
            }
            ResourceKind::InternetGateway => {
                self.restore::<InternetGateway>(step, &id, |_, it| drift::gateway(&part, it))
                    .await?;
            }
            ResourceKind::RouteTable => {
                self.restore::<RouteTable>(step, &id, |wanted, it| {
                    drift::route_table(wanted, &part, it)
                })
                .await?;
            }
            ResourceKind::DefaultRoute => self.lay_route(step, &id).await?,
            ResourceKind::SecurityList => {
                self.restore::<SecurityList>(step, &id, |wanted, it| {
                    drift::security_list(wanted, &part, it)
                })
                .await?;
            }
            ResourceKind::Subnet => {
                self.restore::<Subnet>(step, &id, |wanted, it| drift::subnet(wanted, &part, it))
                    .await?;
            }
            ResourceKind::Instance => self.restore_node(step, &id).await?,
            ResourceKind::PublicIp => {
                self.restore::<PublicIp>(step, &id, |_, it| drift::public_ip(&part, it))
                    .await?;
            }
            ResourceKind::PublicIpAssignment => self.assign(step, &id).await?,
            ResourceKind::Quota => self.restore::<Quota>(step, &id, drift::quota).await?,
            ResourceKind::Other => return Err(super::missing(&step.key).into()),
        }
        self.wait(step, &id, &[Life::Ready]).await?;
        Ok(id)
    }

    fn part(&self, step: &Step) -> Result<Part, Problem> {
        blueprint::parts(&self.engine.topology)
            .into_iter()
            .find(|part| part.key == step.key)
            .ok_or_else(|| super::missing(&step.key))
    }

    async fn restore<R: Resource>(
        &self,
        step: &Step,
        id: &str,
        compare: impl Fn(&Wanted<'_>, &R) -> Vec<Difference>,
    ) -> Result<(), Halt> {
        self.restore_with(step, id, (INGRESS_ADDRESS, None), compare)
            .await
    }

    /// As [`Worker::restore`], knowing one OCID more than the steps tell.
    async fn restore_with<R: Resource>(
        &self,
        step: &Step,
        id: &str,
        (name, known): (&str, Option<String>),
        compare: impl Fn(&Wanted<'_>, &R) -> Vec<Difference>,
    ) -> Result<(), Halt> {
        let what = format!("restore the {} {}", step.kind, step.name);
        let mut reads = 1;
        loop {
            let read = self.engine.client.get_with_etag::<R>(id).await;
            let (now, etag) = read.map_err(|error| problem(&what, &error))?;
            let body = self.body_of_change(step, &now, (name, known.as_ref()), &compare);
            if body.is_empty() {
                return Ok(());
            }
            let client = &self.engine.client;
            match client.update::<R, _>(id, &body, etag.as_deref()).await {
                Ok(_) => return Ok(()),
                Err(error) if error.status() == Some(412) && reads < MOST_READS => reads += 1,
                Err(error) => return Err(problem(&what, &error).into()),
            }
        }
    }

    fn body_of_change<R>(
        &self,
        step: &Step,
        now: &R,
        (name, known): (&str, Option<&String>),
        compare: &impl Fn(&Wanted<'_>, &R) -> Vec<Difference>,
    ) -> Map<String, Value> {
        let id = |key: &str| {
            let known = known.filter(|_| key == name).cloned();
            known.or_else(|| self.id(&ResourceKey::new(key)).ok())
        };
        let wanted = Wanted {
            engine: &self.engine,
            survey: &self.survey,
            id: &id,
        };
        let differences = compare(&wanted, now);
        drift::body(differences.iter().filter(|it| planned(step, &it.drift)))
    }

    /// The private subnet's way out leads to the ingress node.
    async fn lay_route(&self, step: &Step, table: &str) -> Result<(), Halt> {
        let address = self.ingress_private_ip().await?;
        let known = (INGRESS_ADDRESS, Some(address));
        self.restore_with::<RouteTable>(step, table, known, drift::default_route)
            .await
    }

    /// Address blocks change by an action each.
    async fn restore_blocks(&self, step: &Step, id: &str) -> Result<(), Halt> {
        if !step.drift.iter().any(|drift| drift.field == "cidrBlocks") {
            return Ok(());
        }
        let what = format!("take the extra blocks off {}", step.name);
        let ours = self.engine.topology.network.vcn.to_string();
        let client = &self.engine.client;
        let read = client.get::<Vcn>(id).await;
        let vcn = read.map_err(|error| problem(&what, &error))?;
        for block in vcn.cidr_blocks.iter().filter(|block| **block != ours) {
            let path = format!("vcns/{id}/actions/removeCidr");
            let body = serde_json::json!({ "cidrBlock": block });
            let request = Request::post(Service::Core, path).with_body(&body);
            let request = request.map_err(|error| problem(&what, &error))?;
            let removed = client.call::<()>(request).await;
            removed.map_err(|error| problem(&what, &error))?;
            // One after the other: the network is being updated in between.
            self.wait(step, id, &[Life::Ready]).await?;
        }
        Ok(())
    }

    async fn restore_node(&self, step: &Step, id: &str) -> Result<(), Halt> {
        let nodes = &self.engine.topology.nodes;
        let node = nodes.iter().find(|node| node_key(node) == step.key);
        let node = node.ok_or_else(|| super::missing(&step.key))?;
        let of = |prefix: &str| step.drift.iter().any(|it| it.field.starts_with(prefix));
        self.restore::<Instance>(step, id, |_, it| drift::instance(node, it))
            .await?;
        let machine = self.survey.machine(id);
        let vnic = machine.and_then(|machine| Some(machine.vnic?.id.clone()));
        let volume = machine.and_then(|machine| Some(machine.volume?.id.clone()));
        if let Some(vnic) = vnic.filter(|_| of("vnic.")) {
            self.restore::<Vnic>(step, &vnic, |wanted, it| drift::vnic(wanted, node, it))
                .await?;
        }
        if let Some(volume) = volume.filter(|_| of("bootVolume.")) {
            self.restore::<BootVolume>(step, &volume, |_, it| drift::boot_volume(node, it))
                .await?;
        }
        if of("lifecycleState") {
            self.start(step, id).await?;
        }
        if of("vnic.publicIp") {
            self.wait(step, id, &[Life::Ready]).await?;
            self.lend_address(step, id).await?;
        }
        Ok(())
    }

    /// Starts an instance that somebody stopped.
    async fn start(&self, step: &Step, id: &str) -> Result<(), Halt> {
        let what = format!("start {}", step.name);
        let client = &self.engine.client;
        let request = || {
            Request::post(Service::Core, format!("instances/{id}"))
                .with_query(&[("action", "START")])
        };
        match client.call::<Instance>(request()).await {
            Ok(_) => Ok(()),
            // Somebody else was faster.
            Err(error) if error.is_incorrect_state() => {
                let now = client.get::<Instance>(id).await;
                let now = now.map_err(|error| problem(&what, &error))?;
                let moves = matches!(
                    now.lifecycle_state,
                    Lifecycle::Starting | Lifecycle::Running
                );
                if moves {
                    Ok(())
                } else {
                    Err(problem(&what, &error).into())
                }
            }
            Err(error) => Err(problem(&what, &error).into()),
        }
    }
}

/// Whether the plan said that this field would be changed; making a setting changes what it must.
fn planned(step: &Step, drift: &Drift) -> bool {
    step.action == Action::Create || step.drift.iter().any(|it| it.field == drift.field)
}
