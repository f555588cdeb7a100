//! What there is already: the cluster's own resources by tag, and the place to launch in.
//!
//! A handful of list calls, sent at once; nothing is asked for each resource on its own.

use std::collections::BTreeMap;

use crate::domain::plan::ResourceKey;
use crate::domain::problem::Problem;
use crate::domain::topology::{A1_SHAPE, ImageChoice};
use crate::oci::model::{
    AvailabilityDomain, Image, Instance, InternetGateway, RouteTable, SecurityList, Shape, Subnet,
    Vcn,
};
use crate::provision::blueprint::CLUSTER_TAG;

use super::Engine;
use super::kinds::{Found, Life, Model};
use super::meaning::{Unplanned, unplanned};

/// The state of the cloud as far as one cluster is concerned.
#[derive(Clone, Debug)]
pub struct Survey {
    /// All that bears the cluster's tag and is not gone, by key.
    pub(super) found: BTreeMap<ResourceKey, Vec<Found>>,
    /// Instances of the compartment, whoever's they are.
    pub(super) instances: Vec<Instance>,
    /// The image that new nodes start from.
    pub(super) image: String,
    /// The availability domain that new nodes are launched in.
    pub(super) availability_domain: String,
}

impl Survey {
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
}

impl Engine {
    /// Asks the cloud for all that a plan follows from.
    pub(super) async fn survey(&self) -> Result<Survey, Unplanned> {
        let (vcns, gateways, routes, security, subnets, instances, image, availability_domain) = tokio::try_join!(
            self.listed::<Vcn>(),
            self.listed::<InternetGateway>(),
            self.listed::<RouteTable>(),
            self.listed::<SecurityList>(),
            self.listed::<Subnet>(),
            self.listed::<Instance>(),
            self.image(),
            self.availability_domain(),
        )?;
        let mut survey = Survey {
            found: BTreeMap::new(),
            instances,
            image,
            availability_domain,
        };
        let mut keep = |found: Found| {
            survey
                .found
                .entry(found.key.clone())
                .or_default()
                .push(found);
        };
        self.ours(&vcns).for_each(&mut keep);
        self.ours(&gateways).for_each(&mut keep);
        self.ours(&routes).for_each(&mut keep);
        self.ours(&security).for_each(&mut keep);
        self.ours(&subnets).for_each(&mut keep);
        let instances: Vec<Found> = self.ours(&survey.instances).collect();
        for found in instances {
            survey
                .found
                .entry(found.key.clone())
                .or_default()
                .push(found);
        }
        Ok(survey)
    }

    async fn listed<R: Model>(&self) -> Result<Vec<R>, Unplanned> {
        let what = format!("list each {} of the compartment", R::KIND);
        let query = [("compartmentId", self.compartment.as_str())];
        self.client
            .list::<R>(&query)
            .await
            .map_err(|error| unplanned(&what, &error))
    }

    fn ours<'a, R: Model>(&'a self, all: &'a [R]) -> impl Iterator<Item = Found> + 'a {
        all.iter()
            .filter(|resource| resource.tags().get(CLUSTER_TAG) == Some(&self.topology.cluster))
            .filter_map(Found::of)
            .filter(|found| found.life != Life::Gone)
    }

    async fn image(&self) -> Result<String, Unplanned> {
        let choice = &self.topology.image;
        if let Some(pinned) = &choice.ocid {
            return Ok(pinned.clone());
        }
        let query = [
            ("compartmentId", self.compartment.as_str()),
            ("operatingSystem", choice.operating_system.as_str()),
            ("operatingSystemVersion", choice.version.as_str()),
            ("shape", A1_SHAPE),
            ("sortBy", "TIMECREATED"),
            ("sortOrder", "DESC"),
        ];
        let images = self
            .client
            .list::<Image>(&query)
            .await
            .map_err(|error| unplanned("list the images", &error))?;
        let newest = images.into_iter().next().map(|image| image.id);
        newest.ok_or_else(|| no_image(choice, self.client.endpoints().region_name()).into())
    }

    /// The configured availability domain, or the first that offers the shape.
    async fn availability_domain(&self) -> Result<String, Unplanned> {
        let query = [("compartmentId", self.client.profile().tenancy())];
        let domains = self
            .client
            .list::<AvailabilityDomain>(&query)
            .await
            .map_err(|error| unplanned("list the availability domains", &error))?;
        let names: Vec<String> = domains.into_iter().map(|domain| domain.name).collect();
        if let Some(wanted) = &self.topology.availability_domain {
            let by_number = || wanted.parse::<usize>().ok()?.checked_sub(1);
            let found = names
                .iter()
                .find(|name| *name == wanted)
                .or_else(|| names.get(by_number()?));
            let known = names.join(", ");
            return found
                .cloned()
                .ok_or_else(|| no_domain(&format!("{wanted} is not one of {known}")).into());
        }
        for name in &names {
            let query = [
                ("compartmentId", self.client.profile().tenancy()),
                ("availabilityDomain", name),
            ];
            let shapes = self
                .client
                .list::<Shape>(&query)
                .await
                .map_err(|error| unplanned("list the shapes", &error))?;
            if shapes.iter().any(|shape| shape.shape == A1_SHAPE) {
                return Ok(name.clone());
            }
        }
        let known = names.join(", ");
        Err(no_domain(&format!("none of {known} offers {A1_SHAPE}")).into())
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

fn no_domain(detail: &str) -> Problem {
    Problem {
        title: "no availability domain to launch in".to_owned(),
        detail: crate::domain::text::line(detail),
        next: "set availability_domain under [oci] in cluster.toml".to_owned(),
        request_id: None,
    }
}
