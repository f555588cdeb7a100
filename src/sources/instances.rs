//! The cluster's instances at OCI, asked for at an interval: more often while one of them changes.
//!
//! Whose an instance is, its tags tell. Nothing is changed here.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::time::Duration;

use super::feed::Feed;
use super::outbox::{Closed, Outbox};
use super::supervisor::Source;
use crate::domain::event::{Change, What};
use crate::domain::instance::{Instance, Power};
use crate::domain::line::Line;
use crate::domain::object::ObjectRef;
use crate::domain::source::SourceId;
use crate::domain::topology::{CLUSTER_TAG, KEY_TAG};
use crate::oci::{Client, Error, Retries, model};

const EVERY: Duration = Duration::from_mins(1);
/// While an instance starts or stops.
const SOON: Duration = Duration::from_secs(10);
/// What precedes a node's name in the tag of its instance.
const NODE_KEY: &str = "node-";

/// Where a cluster's instances are.
#[derive(Clone, Debug)]
pub struct Instances {
    /// The client, with its key.
    pub client: Client,
    /// The OCID of their compartment.
    pub compartment: String,
    /// The cluster's name, which their tags bear.
    pub cluster: String,
}

impl Instances {
    /// The instances, one a node, as they are now. Each failure goes to the caller, who has a rhythm.
    pub async fn list(&self) -> Result<Vec<Instance>, Error> {
        let client = self.client.with_retries(Retries::none());
        let query = [("compartmentId", self.compartment.as_str())];
        let all = client.list::<model::Instance>(&query).await?;
        let mut newest: BTreeMap<ObjectRef, Instance> = BTreeMap::new();
        for found in all.iter().filter_map(|it| instance(it, &self.cluster)) {
            let known = newest.get(&found.id).map(standing);
            if known.is_none_or(|known| known < standing(&found)) {
                newest.insert(found.id.clone(), found);
            }
        }
        Ok(newest.into_values().collect())
    }
}

/// Of several instances of one node, as while it is replaced, the one that stays counts.
fn standing(instance: &Instance) -> (bool, bool, Option<jiff::Timestamp>) {
    let gone = instance.power == Power::Terminated;
    let going = instance.power == Power::Terminating;
    (!gone, !going, instance.created)
}

/// The instance of a node of `cluster`; nothing where its tags do not say that it is one.
pub fn instance(seen: &model::Instance, cluster: &str) -> Option<Instance> {
    let tag = |name: &str| seen.freeform_tags.get(name).map(String::as_str);
    let node = tag(KEY_TAG)?.strip_prefix(NODE_KEY)?;
    if tag(CLUSTER_TAG) != Some(cluster) {
        return None;
    }
    let size = seen.shape_config;
    let whole = |amount: f64| format!("{amount:.0}").parse::<u32>().ok();
    let time = seen.time_created.as_deref();
    Some(Instance {
        id: ObjectRef::cluster(node),
        ocid: Line::new(&seen.id),
        power: Power::of(&seen.lifecycle_state.to_string()),
        shape: Line::new(&seen.shape),
        milli_ocpus: size.and_then(|it| whole(it.ocpus * 1000.0)),
        memory_gb: size.and_then(|it| whole(it.memory_in_gbs)),
        availability_domain: Line::new(&seen.availability_domain),
        fault_domain: Line::new(seen.fault_domain.as_deref().unwrap_or_default()),
        created: time.and_then(|it| it.parse().ok()),
    })
}

/// Tells how the feed is after a failure, and waits.
pub(super) async fn rest_after(
    error: &Error,
    what: &str,
    feed: &mut Feed<'_>,
) -> Result<(), Closed> {
    let refused = error.is_unauthenticated() || matches!(error.status(), Some(403 | 404));
    if refused {
        let hint = format!("OCI does not let this profile {what}: {error}");
        return feed.denied(Line::new(&hint)).await;
    }
    let at_least = error
        .retry_after()
        .or(error.is_throttled().then_some(EVERY));
    feed.lost(&error.to_string(), at_least).await
}

impl Source for Instances {
    fn id(&self) -> SourceId {
        SourceId::Instances
    }

    async fn run(&self, outbox: &Outbox) -> Result<Infallible, Closed> {
        let mut feed = Feed::begin(SourceId::Instances, outbox).await?;
        loop {
            match self.list().await {
                Ok(instances) => {
                    let passing = instances.iter().any(|it| it.power.is_passing());
                    tell(instances, &mut feed).await?;
                    let wait = if passing { SOON } else { EVERY };
                    outbox.clock().sleep(wait).await;
                }
                Err(error) => rest_after(&error, "read instances", &mut feed).await?,
            }
        }
    }
}

async fn tell(instances: Vec<Instance>, feed: &mut Feed<'_>) -> Result<(), Closed> {
    let outbox = feed.outbox();
    outbox.tell(What::Instance(Change::Relisting)).await?;
    for instance in instances {
        let change = Change::Applied(Box::new(instance));
        outbox.tell(What::Instance(change)).await?;
    }
    outbox.tell(What::Instance(Change::Relisted)).await?;
    feed.live().await
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn seen(tags: &serde_json::Value) -> model::Instance {
        serde_json::from_value(json!({
            "id": "ocid1.instance.oc1..a", "displayName": "renamed", "lifecycleState": "STOPPED",
            "shape": "VM.Standard.A1.Flex", "shapeConfig": {"ocpus": 2.0, "memoryInGBs": 12.0},
            "availabilityDomain": "x:AD-1", "timeCreated": "2026-11-01T10:00:00.000Z",
            "freeformTags": tags,
        }))
        .unwrap()
    }

    #[test]
    fn tags_tell_whose_an_instance_is_and_which_node() {
        let ours = json!({"k3scope-cluster": "k3s", "k3scope-key": "node-k3s-worker"});
        let found = instance(&seen(&ours), "k3s").unwrap();
        assert_eq!(found.id, ObjectRef::cluster("k3s-worker"));
        assert_eq!(found.power, Power::Stopped);
        assert_eq!(found.size(), "2 OCPU, 12 GB");
        assert!(found.created.is_some());
        assert_eq!(instance(&seen(&ours), "other"), None);
        let untagged = json!({"k3scope-cluster": "k3s"});
        assert_eq!(instance(&seen(&untagged), "k3s"), None);
    }

    #[test]
    fn the_instance_that_stays_counts() {
        let at = |power, created: i64| Instance {
            power,
            created: jiff::Timestamp::from_second(created).ok(),
            ..Instance::default()
        };
        let (old, new) = (at(Power::Terminated, 9), at(Power::Provisioning, 1));
        assert!(standing(&old) < standing(&new));
        assert!(standing(&at(Power::Terminating, 9)) < standing(&at(Power::Stopped, 1)));
        assert!(standing(&at(Power::Running, 1)) < standing(&at(Power::Running, 2)));
    }
}
