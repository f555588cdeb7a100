//! What there is already: the cluster's own resources by tag, and what they are made of.
//!
//! Two waves of calls, each sent at once. The first lists the compartment, one call a kind: 10, and
//! one for the tenancy's quotas. The second asks what the lists leave out: the cards of our nodes (a
//! call each), the addresses of the public subnet, which volume belongs to which node in each
//! availability domain that holds one, and, where a node is missing, two calls a domain for the
//! places to launch in. With what [`super::usage`] asks, a plan for three nodes that are there takes
//! 24 calls in a tenancy of two compartments.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::hunt::Place;
use crate::domain::plan::{Operation, ResourceKey};
use crate::domain::problem::Problem;
use crate::domain::topology::{A1_SHAPE, ImageChoice};
use crate::oci::Resource;
use crate::oci::model::{
    BootVolume, BootVolumeAttachment, Instance, InternetGateway, PrivateIp, PublicIp, Quota,
    RouteTable, SecurityList, Subnet, Vcn, Vnic, VnicAttachment,
};
use crate::provision::blueprint::{CLUSTER_TAG, PUBLIC_SUBNET, node_key};

use super::Engine;
use super::kinds::{Found, Life, Model};
use super::meaning::{Unplanned, unplanned};
use super::places::Places;

/// The state of the cloud as far as one cluster is concerned.
#[derive(Clone, Debug)]
pub struct Survey {
    /// All that bears the cluster's tag and is not gone, by key.
    pub(super) found: BTreeMap<ResourceKey, Vec<Found>>,
    /// Instances of the compartment, whoever's they are.
    pub(super) instances: Vec<Instance>,
    /// The image that new nodes start from.
    pub(super) image: String,
    /// The availability domain whose limits count: that of the nodes, or of the first launch.
    pub(super) availability_domain: String,
    /// Where nodes can be launched; empty where none is missing.
    pub(super) places: Places,
    /// What was listed, whoever's it is.
    pub(super) seen: Seen,
}

/// The lists of a compartment, and what was asked about our nodes.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    pub(super) vcns: Vec<Vcn>,
    pub(super) gateways: Vec<InternetGateway>,
    pub(super) routes: Vec<RouteTable>,
    pub(super) security: Vec<SecurityList>,
    pub(super) subnets: Vec<Subnet>,
    pub(super) attachments: Vec<VnicAttachment>,
    /// The reserved ones.
    pub(super) public_ips: Vec<PublicIp>,
    /// Of the compartment.
    pub(super) boot_volumes: Vec<BootVolume>,
    /// Ours, with their statements.
    pub(super) quotas: Vec<Quota>,
    /// How a quota's statement names the compartment.
    pub(super) quota_scope: String,
    /// The cards of our nodes.
    pub(super) vnics: Vec<Vnic>,
    /// The addresses in our public subnet.
    pub(super) private_ips: Vec<PrivateIp>,
    /// In the domains in which our nodes stand.
    pub(super) boot_attachments: Vec<BootVolumeAttachment>,
}

impl Survey {
    /// Where each node would be launched first.
    pub(in crate::provision) fn preferred(&self) -> impl Iterator<Item = (&ResourceKey, &Place)> {
        self.places.preferred.iter()
    }

    /// Everywhere that nodes can be launched; nothing where none is missing.
    pub(in crate::provision) fn places(&self) -> &[Place] {
        &self.places.all
    }

    /// Where each node stands that is there.
    pub(in crate::provision) fn standing(&self) -> impl Iterator<Item = (ResourceKey, Place)> {
        self.instances.iter().filter_map(|instance| {
            let key = Found::of(instance)?.key;
            let stays = self.usable(&key)?.id == instance.id;
            let place = Place {
                availability_domain: instance.availability_domain.clone(),
                fault_domain: instance.fault_domain.clone(),
            };
            stays.then_some((key, place))
        })
    }

    /// The resource with this key, unless it is on its way out.
    pub(super) fn usable(&self, key: &ResourceKey) -> Option<&Found> {
        self.found
            .get(key)?
            .iter()
            .find(|found| found.life != Life::Leaving)
    }

    /// What is on its way out under this key, and must be gone before a new one is made.
    pub(super) fn leaving(&self, key: &ResourceKey) -> impl Iterator<Item = &Found> {
        self.found
            .get(key)
            .into_iter()
            .flatten()
            .filter(|found| found.life == Life::Leaving)
    }

    /// A key that two usable resources bear, with their OCIDs.
    pub(super) fn duplicate(&self) -> Option<(&ResourceKey, Vec<&str>)> {
        self.found.iter().find_map(|(key, found)| {
            let usable = found.iter().filter(|found| found.life != Life::Leaving);
            let ids: Vec<&str> = usable.map(|found| found.id.as_str()).collect();
            (ids.len() > 1).then_some((key, ids))
        })
    }

    /// The OCIDs of everything found that bears the cluster's tag.
    pub(super) fn ours(&self) -> BTreeSet<&str> {
        let all = self.found.values().flatten();
        all.map(|found| found.id.as_str()).collect()
    }

    fn keep(&mut self, found: impl IntoIterator<Item = Found>) {
        for found in found {
            let same = self.found.entry(found.key.clone()).or_default();
            same.push(found);
        }
    }
}

impl Engine {
    /// Asks the cloud for all that a plan follows from.
    pub(super) async fn survey(&self, operation: Operation) -> Result<Survey, Unplanned> {
        let (mut survey, domains) = Box::pin(self.lists(operation)).await?;
        let ours = self.nodes(&survey);
        let missing = operation == Operation::Apply
            && (!self.replace.is_empty()
                || self
                    .topology
                    .nodes
                    .iter()
                    .any(|node| survey.usable(&node_key(node)).is_none()));
        let (vnics, private_ips, boot_attachments, places, quotas) = tokio::try_join!(
            self.vnics(&survey, &ours),
            self.private_ips(&survey),
            self.boot_attachments(operation, &ours, &domains),
            async {
                if missing {
                    self.places(&domains).await
                } else {
                    Ok(Places::default())
                }
            },
            async { tokio::try_join!(self.guards(&survey.seen.quotas), self.quota_scope()) },
        )?;
        let (quotas, quota_scope) = quotas;
        let standing = ours
            .first()
            .map(|instance| instance.availability_domain.clone());
        let launching = places.all.first().map(|place| &place.availability_domain);
        survey.availability_domain = standing
            .or_else(|| launching.cloned())
            .or_else(|| domains.first().cloned())
            .unwrap_or_default();
        survey.places = places;
        survey.seen.vnics = vnics;
        survey.seen.private_ips = private_ips;
        survey.seen.boot_attachments = boot_attachments;
        survey.keep(self.ours(&quotas));
        survey.seen.quotas = quotas;
        survey.seen.quota_scope = quota_scope;
        Ok(survey)
    }

    /// The first wave: the compartment's lists and the domains.
    async fn lists(&self, operation: Operation) -> Result<(Survey, Vec<String>), Unplanned> {
        let (vcns, gateways, routes, security, subnets, instances, rest) = tokio::try_join!(
            self.listed::<Vcn>(),
            self.listed::<InternetGateway>(),
            self.listed::<RouteTable>(),
            self.listed::<SecurityList>(),
            self.listed::<Subnet>(),
            self.listed::<Instance>(),
            async {
                tokio::try_join!(
                    self.inside::<VnicAttachment>("list the network cards", &[]),
                    self.inside::<PublicIp>("list the public addresses", &[("scope", "REGION")]),
                    self.boot_volumes(operation),
                    self.quotas(),
                    self.image(operation),
                    self.domains(),
                )
            },
        )?;
        let (attachments, public_ips, boot_volumes, quotas, image, domains) = rest;
        let mut survey = Survey {
            found: BTreeMap::new(),
            instances,
            image,
            availability_domain: String::new(),
            places: Places::default(),
            seen: Seen::default(),
        };
        survey.keep(self.ours(&vcns));
        survey.keep(self.ours(&gateways));
        survey.keep(self.ours(&routes));
        survey.keep(self.ours(&security));
        survey.keep(self.ours(&subnets));
        survey.keep(self.ours(&public_ips));
        let instances = self.ours(&survey.instances);
        survey.keep(instances);
        survey.seen = Seen {
            vcns,
            gateways,
            routes,
            security,
            subnets,
            attachments,
            public_ips,
            boot_volumes,
            quotas,
            ..Seen::default()
        };
        Ok((survey, domains))
    }

    /// The OCID of the instance that bears this key, unless it is on its way out.
    pub(in crate::provision) async fn node_there(
        &self,
        key: &ResourceKey,
    ) -> Result<Option<String>, Problem> {
        let listed = self.listed::<Instance>().await;
        let instances = listed.map_err(|unplanned| unplanned.problem)?;
        let ours = self.ours(&instances);
        let stays = |found: &Found| found.key == *key && found.life != Life::Leaving;
        Ok(ours.into_iter().find(stays).map(|found| found.id))
    }

    async fn listed<R: Model>(&self) -> Result<Vec<R>, Unplanned> {
        self.inside(&format!("list each {} of the compartment", R::KIND), &[])
            .await
    }

    async fn inside<R: Resource>(
        &self,
        what: &str,
        more: &[(&str, &str)],
    ) -> Result<Vec<R>, Unplanned> {
        let mut query = vec![("compartmentId", self.compartment.as_str())];
        query.extend_from_slice(more);
        self.client
            .list::<R>(&query)
            .await
            .map_err(|error| unplanned(what, &error))
    }

    fn ours<R: Model>(&self, all: &[R]) -> Vec<Found> {
        all.iter()
            .filter(|resource| resource.tags().get(CLUSTER_TAG) == Some(&self.topology.cluster))
            .filter_map(Found::of)
            .filter(|found| found.life != Life::Gone)
            .collect()
    }

    /// Our instances that are not on their way out.
    fn nodes<'a>(&self, survey: &'a Survey) -> Vec<&'a Instance> {
        let ours = self.ours(&survey.instances);
        let stays = |instance: &&Instance| {
            ours.iter()
                .any(|found| found.id == instance.id && found.life != Life::Leaving)
        };
        survey.instances.iter().filter(stays).collect()
    }

    async fn vnics(&self, survey: &Survey, nodes: &[&Instance]) -> Result<Vec<Vnic>, Unplanned> {
        let looked = survey
            .seen
            .attachments
            .iter()
            .filter(|tie| !tie.lifecycle_state.is_gone() && !tie.lifecycle_state.is_going())
            .filter(|tie| nodes.iter().any(|node| node.id == tie.instance_id))
            .filter_map(|tie| tie.vnic_id.as_deref())
            .map(|id| self.client.get::<Vnic>(id));
        let mut vnics = Vec::new();
        for looked in futures::future::join_all(looked).await {
            match looked {
                Ok(vnic) => vnics.push(vnic),
                // It went with its instance a moment ago.
                Err(error) if error.is_not_found() => {}
                Err(error) => return Err(unplanned("look at a network card", &error)),
            }
        }
        Ok(vnics)
    }

    async fn private_ips(&self, survey: &Survey) -> Result<Vec<PrivateIp>, Unplanned> {
        let Some(subnet) = survey.usable(&ResourceKey::new(PUBLIC_SUBNET)) else {
            return Ok(Vec::new());
        };
        let listed = self.client.list(&[("subnetId", subnet.id.as_str())]).await;
        listed.map_err(|error| unplanned("list the public subnet's addresses", &error))
    }

    /// For an apply they are counted over the whole tenancy, which shows them as well.
    async fn boot_volumes(&self, operation: Operation) -> Result<Vec<BootVolume>, Unplanned> {
        match operation {
            Operation::Apply => Ok(Vec::new()),
            Operation::Destroy => self.inside("list the boot volumes", &[]).await,
        }
    }

    /// A destroy asks in every domain, for volumes that nothing uses.
    async fn boot_attachments(
        &self,
        operation: Operation,
        nodes: &[&Instance],
        domains: &[String],
    ) -> Result<Vec<BootVolumeAttachment>, Unplanned> {
        let holding = nodes.iter().map(|node| node.availability_domain.as_str());
        let all = domains.iter().map(String::as_str);
        let asked: BTreeSet<&str> = match operation {
            Operation::Apply => holding.collect(),
            Operation::Destroy => holding.chain(all).collect(),
        };
        let more: Vec<[(&str, &str); 1]> = asked
            .into_iter()
            .map(|domain| [("availabilityDomain", domain)])
            .collect();
        let listed = more
            .iter()
            .map(|more| self.inside("list which instance has which boot volume", more));
        let listed = futures::future::try_join_all(listed).await?;
        Ok(listed.into_iter().flatten().collect())
    }

    async fn image(&self, operation: Operation) -> Result<String, Unplanned> {
        let choice = &self.topology.image;
        if let Some(pinned) = &choice.ocid {
            return Ok(pinned.clone());
        }
        if operation == Operation::Destroy {
            return Ok(String::new());
        }
        let images = self
            .client
            .images_for(
                A1_SHAPE,
                &choice.operating_system,
                &choice.version,
                &self.compartment,
            )
            .await
            .map_err(|error| unplanned("list the images", &error))?;
        let newest = images.into_iter().next().map(|image| image.id);
        newest.ok_or_else(|| no_image(choice, self.client.endpoints().region_name()).into())
    }
}

fn no_image(choice: &ImageChoice, region: &str) -> Problem {
    Problem {
        title: format!("no image of {} {}", choice.operating_system, choice.version),
        detail: format!("{region} has none that starts on {A1_SHAPE}"),
        next: "name another version, or an image's OCID, under [image] in cluster.toml".to_owned(),
        request_id: None,
    }
}
