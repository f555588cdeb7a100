//! The ingress node's public address: the reserved one given to it, or one of its own.
//!
//! A private address has one public address at the most, so whatever is there goes first.

use crate::domain::plan::{ResourceKey, Step};
use crate::domain::problem::Problem;
use crate::oci::model::{CreatePublicIp, PrivateIp, PublicIp, VnicAttachment};
use crate::oci::{Request, Service};
use crate::provision::blueprint::node_key;

use super::meaning::problem;
use super::run::{Halt, Worker};

/// How often an address is read again that somebody else changed in between.
const MOST_READS: usize = 3;

impl Worker {
    /// The OCID of the ingress node's primary private address.
    pub(super) async fn ingress_private_ip(&self) -> Result<String, Problem> {
        let unknown = || ResourceKey::new("the ingress node");
        let node = self.engine.topology.ingress();
        let instance = self.id(&node.map_or_else(unknown, node_key))?;
        self.private_ip(&instance).await
    }

    /// The OCID of an instance's primary private address.
    async fn private_ip(&self, instance: &str) -> Result<String, Problem> {
        let client = &self.engine.client;
        let query = [
            ("compartmentId", self.engine.compartment.as_str()),
            ("instanceId", instance),
        ];
        let attachments = client
            .list::<VnicAttachment>(&query)
            .await
            .map_err(|error| problem("look up the node's network card", &error))?;
        let card = attachments.into_iter().find_map(|tie| tie.vnic_id);
        let card =
            card.ok_or_else(|| super::missing(&ResourceKey::new("the node's network card")))?;
        let addresses = client
            .list::<PrivateIp>(&[("vnicId", card.as_str())])
            .await
            .map_err(|error| problem("look up the node's private address", &error))?;
        let primary = addresses.into_iter().find(|address| address.is_primary);
        primary
            .map(|address| address.id)
            .ok_or_else(|| super::missing(&ResourceKey::new("the node's private address")))
    }

    /// Gives the reserved address to the ingress node.
    pub(super) async fn assign(&self, step: &Step, id: &str) -> Result<(), Halt> {
        let what = "give the reserved address to the ingress node";
        let target = self.ingress_private_ip().await?;
        let client = &self.engine.client;
        let mut reads = 1;
        loop {
            let read = client.get_with_etag::<PublicIp>(id).await;
            let (now, etag) = read.map_err(|error| problem(what, &error))?;
            if now.private_ip_id.as_ref() == Some(&target) {
                return Ok(());
            }
            self.clear(step, &target, id).await?;
            let body = serde_json::json!({ "privateIpId": target });
            let given = client.update::<PublicIp, _>(id, &body, etag.as_deref());
            match given.await {
                Ok(_) => return Ok(()),
                Err(error) if error.status() == Some(412) && reads < MOST_READS => reads += 1,
                Err(error) => return Err(problem(what, &error).into()),
            }
        }
    }

    /// Gives a node a public address of its own, which goes when the node goes.
    pub(super) async fn lend_address(&self, step: &Step, instance: &str) -> Result<(), Halt> {
        let what = format!("give {} a public address of its own", step.name);
        let private = self.private_ip(instance).await?;
        self.clear(step, &private, "").await?;
        let client = &self.engine.client;
        let body = CreatePublicIp {
            compartment_id: self.engine.compartment.clone(),
            lifetime: "EPHEMERAL".to_owned(),
            private_ip_id: Some(private),
            display_name: step.name.clone(),
            // It is the instance's, which bears the tags; it goes with it.
            freeform_tags: std::collections::BTreeMap::new(),
        };
        let request = Request::post(Service::Core, "publicIps").with_body(&body);
        let request = request.map_err(|error| problem(&what, &error))?;
        let made = client.call::<PublicIp>(request).await;
        made.map_err(|error| problem(&what, &error))?;
        Ok(())
    }

    /// Takes off a private address what is not `keep`: an ephemeral one ends by that, a reserved one
    /// is only free again.
    async fn clear(&self, step: &Step, private: &str, keep: &str) -> Result<(), Halt> {
        let what = format!("take the public address off {}", step.name);
        let client = &self.engine.client;
        let there = match client.public_ip_of(private).await {
            Ok(there) if there.id != keep => there,
            Ok(_) => return Ok(()),
            Err(error) if error.is_not_found() => return Ok(()),
            Err(error) => return Err(problem(&what, &error).into()),
        };
        let taken = if there.lifetime.as_deref() == Some("EPHEMERAL") {
            client.delete::<PublicIp>(&there.id, &[]).await
        } else {
            let body = serde_json::json!({ "privateIpId": "" });
            let freed = client.update::<PublicIp, _>(&there.id, &body, None).await;
            freed.map(|_| ())
        };
        match taken {
            Err(error) if !error.is_not_found() => Err(problem(&what, &error).into()),
            Ok(()) | Err(_) => Ok(()),
        }
    }
}
