//! What was asked of OCI already: two checks that need the same list ask once.
//!
//! All but the first question wait until the tenancy has let us in, so that a login that fails is
//! told by the check of the login alone.

use futures::future::try_join_all;
use tokio::sync::OnceCell;

use super::check::Obstacle;
use super::scene::Scene;
use crate::domain::topology::{A1_SHAPE, CLUSTER_TAG};
use crate::oci::model::{
    AvailabilityDomain, BootVolume, Compartment, Image, Instance, RegionSubscription, Vcn,
};
use crate::oci::{Across, Error};

/// An answer that is asked for once, by whoever needs it first.
#[derive(Debug)]
pub(super) struct Once<T>(OnceCell<Result<T, Error>>);

impl<T> Default for Once<T> {
    fn default() -> Self {
        Self(OnceCell::new())
    }
}

impl<T> Once<T> {
    /// The answer to `what`; `ask` is carried out only where nobody has asked before.
    async fn get(
        &self,
        what: &'static str,
        ask: impl Future<Output = Result<T, Error>>,
    ) -> Result<&T, Obstacle> {
        let answer = self.0.get_or_init(|| ask).await;
        answer
            .as_ref()
            .map_err(|error| Obstacle::refused(what)(error.clone()))
    }
}

/// What was asked already.
#[derive(Debug, Default)]
pub(super) struct Answers {
    regions: Once<Vec<RegionSubscription>>,
    compartment: Once<Compartment>,
    compartments: Once<Vec<Compartment>>,
    domains: Once<Vec<AvailabilityDomain>>,
    offering: Once<Vec<(String, bool)>>,
    image: Once<Option<Image>>,
    instances: Once<Across<Instance>>,
    volumes: Once<Across<BootVolume>>,
    vcns: Once<Vec<Vcn>>,
}

impl Scene {
    /// The regions of the tenancy: the first question, which shows whether the login is good.
    pub(super) async fn regions(&self) -> Result<&[RegionSubscription], Obstacle> {
        let client = self.client()?;
        let asked = client.region_subscriptions();
        let regions = self.answers.regions.get("log in", asked);
        regions.await.map(Vec::as_slice)
    }

    /// The compartment in which the cluster will stand; the root is one as well.
    pub(super) async fn compartment_read(&self) -> Result<&Compartment, Obstacle> {
        let client = self.signed_in().await?;
        let asked = client.get::<Compartment>(self.compartment()?);
        self.answers
            .compartment
            .get("read the compartment", asked)
            .await
    }

    /// The compartments of the tenancy; only the cluster's where they may not be listed.
    pub(super) async fn compartments(&self) -> Result<&[Compartment], Obstacle> {
        let client = self.signed_in().await?;
        let asked = async {
            let mut all = match client.compartments().await {
                Err(error) if matches!(error.status(), Some(403 | 404)) => Vec::new(),
                other => other?,
            };
            let own = self.compartment().unwrap_or_default();
            if !all.iter().any(|one| one.id == own) {
                all.push(client.get(own).await?);
            }
            Ok(all)
        };
        let all = self
            .answers
            .compartments
            .get("list the compartments", asked);
        all.await.map(Vec::as_slice)
    }

    /// The region's availability domains.
    pub(super) async fn domains(&self) -> Result<&[AvailabilityDomain], Obstacle> {
        let client = self.signed_in().await?;
        let query = [("compartmentId", client.profile().tenancy())];
        let asked = client.list(&query);
        let what = "list the availability domains";
        let domains = self.answers.domains.get(what, asked);
        domains.await.map(Vec::as_slice)
    }

    /// Each availability domain, and whether it offers the shape.
    pub(super) async fn offering(&self) -> Result<&[(String, bool)], Obstacle> {
        let client = self.signed_in().await?;
        let domains = self.domains().await?;
        let ask = |domain: &AvailabilityDomain| {
            let name = domain.name.clone();
            async move {
                let offers = client.offers(A1_SHAPE, &name).await?;
                Ok((name, offers))
            }
        };
        let questions: Vec<_> = domains.iter().map(ask).collect();
        let asked = try_join_all(questions);
        let offering = self.answers.offering.get("list the shapes", asked);
        offering.await.map(Vec::as_slice)
    }

    /// The availability domains in which nodes may be launched: those that offer the shape, and
    /// where one is configured, that one only.
    pub(super) async fn places(&self) -> Result<Vec<&str>, Obstacle> {
        let offering = self.offering().await?;
        let wanted = self.config().oci.availability_domain.as_ref();
        let wanted = wanted.map(ToString::to_string);
        let places = offering.iter().enumerate().filter(|(place, (name, _))| {
            let number = (place + 1).to_string();
            wanted
                .as_ref()
                .is_none_or(|wanted| wanted == name || *wanted == number)
        });
        let offering = places.filter(|(_, (_, offers))| *offers);
        Ok(offering.map(|(_, (name, _))| name.as_str()).collect())
    }

    /// The image that nodes would start from: the pinned one, or the newest that matches.
    pub(super) async fn image(&self) -> Result<Option<&Image>, Obstacle> {
        let client = self.signed_in().await?;
        let choice = &self.config().image;
        let compartment = self.compartment()?;
        let asked = async {
            if let Some(pinned) = &choice.ocid {
                return client.get(pinned).await.map(Some);
            }
            let (system, version) = (&choice.operating_system, &choice.version);
            let images = client.images_for(A1_SHAPE, system, version, compartment);
            Ok(images.await?.into_iter().next())
        };
        let what = if choice.ocid.is_some() {
            "read the pinned image"
        } else {
            "list the images"
        };
        let image = self.answers.image.get(what, asked).await?;
        Ok(image.as_ref())
    }

    /// The instances of the whole tenancy, as far as they may be read.
    pub(super) async fn instances(&self) -> Result<&Across<Instance>, Obstacle> {
        let (client, compartments) = (self.signed_in().await?, self.compartments().await?);
        let asked = async { Ok(client.across(compartments).await) };
        self.answers
            .instances
            .get("list the instances", asked)
            .await
    }

    /// The boot volumes of the whole tenancy, as far as they may be read.
    pub(super) async fn volumes(&self) -> Result<&Across<BootVolume>, Obstacle> {
        let (client, compartments) = (self.signed_in().await?, self.compartments().await?);
        let asked = async { Ok(client.across(compartments).await) };
        let what = "list the boot volumes";
        self.answers.volumes.get(what, asked).await
    }

    /// The networks of the cluster's compartment.
    pub(super) async fn vcns(&self) -> Result<&[Vcn], Obstacle> {
        let client = self.signed_in().await?;
        let query = [("compartmentId", self.compartment()?)];
        let asked = client.list(&query);
        let vcns = self.answers.vcns.get("list the networks", asked);
        vcns.await.map(Vec::as_slice)
    }

    /// The cluster's own instances that are not gone or going.
    pub(super) async fn own_instances(&self) -> Result<Vec<&Instance>, Obstacle> {
        let (all, compartments) = (self.instances().await?, self.compartments().await?);
        let here = self.compartment()?;
        let ours = all.found.iter().filter(|(place, instance)| {
            compartments.get(*place).is_some_and(|one| one.id == here)
                && instance.freeform_tags.get(CLUSTER_TAG) == Some(&self.config().cluster.name)
                && !instance.lifecycle_state.is_gone()
                && !instance.lifecycle_state.is_going()
        });
        Ok(ours.map(|(_, instance)| instance).collect())
    }

    /// The image's OCID that is to be pinned: none where one is, or none was found.
    pub fn image_to_pin(&self) -> Option<&str> {
        let found = self.answers.image.0.get()?.as_ref().ok()?.as_ref()?;
        let pinned = self.config().image.ocid.is_some();
        (!pinned).then_some(found.id.as_str())
    }
}
