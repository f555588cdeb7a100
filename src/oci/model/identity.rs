//! The identity service: tenancy, regions, compartments, availability and fault domains.
#![expect(
    missing_docs,
    reason = "fields carry the names of OCI's API reference, which defines them"
)]

use serde::Deserialize;

use super::{Lifecycle, Tags};
use crate::oci::client::Resource;
use crate::oci::endpoints::Service;

/// An account: the root compartment.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Tenancy {
    pub id: String,
    #[serde(default)]
    pub name: String,
    #[serde(default)]
    pub home_region_key: String,
    #[serde(default)]
    pub freeform_tags: Tags,
}

impl Resource for Tenancy {
    const SERVICE: Service = Service::Identity;
    const COLLECTION: &'static str = "tenancies";
}

/// A region that a tenancy may use.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RegionSubscription {
    /// `IAD`
    pub region_key: String,
    /// `us-ashburn-1`
    pub region_name: String,
    /// `READY` or `IN_PROGRESS`.
    #[serde(default)]
    pub status: String,
    #[serde(default)]
    pub is_home_region: bool,
}

/// A folder of resources.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Compartment {
    pub id: String,
    #[serde(default)]
    pub name: String,
    #[serde(default)]
    pub description: String,
    #[serde(default)]
    pub lifecycle_state: Lifecycle,
    #[serde(default)]
    pub freeform_tags: Tags,
    /// The compartment that this one is in.
    #[serde(default)]
    pub compartment_id: Option<String>,
}

impl Compartment {
    /// One of which only the identifier is known.
    pub fn unseen(id: &str) -> Self {
        Self {
            id: id.to_owned(),
            name: String::new(),
            description: String::new(),
            lifecycle_state: Lifecycle::Active,
            freeform_tags: Tags::new(),
            compartment_id: None,
        }
    }
}

impl Resource for Compartment {
    const SERVICE: Service = Service::Identity;
    const COLLECTION: &'static str = "compartments";
}

/// A data centre of a region; the prefix of its name differs between tenancies.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AvailabilityDomain {
    pub name: String,
    #[serde(default)]
    pub id: String,
}

impl Resource for AvailabilityDomain {
    const SERVICE: Service = Service::Identity;
    const COLLECTION: &'static str = "availabilityDomains";
}

/// A part of an availability domain that fails on its own.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FaultDomain {
    pub name: String,
    #[serde(default)]
    pub id: String,
    #[serde(default)]
    pub availability_domain: String,
}

impl Resource for FaultDomain {
    const SERVICE: Service = Service::Identity;
    const COLLECTION: &'static str = "faultDomains";
}
