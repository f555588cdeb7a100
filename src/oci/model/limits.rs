//! The limits service: what a tenancy may have, and what is left of it.
#![expect(
    missing_docs,
    reason = "fields carry the names of OCI's API reference, which defines them"
)]

use serde::{Deserialize, Serialize};

use super::{Lifecycle, Tags};
use crate::oci::client::Resource;
use crate::oci::endpoints::Service;

/// The value of one limit in its scope. Listing needs the tenancy and `serviceName`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LimitValue {
    pub name: String,
    /// `AD`, `REGION` or `GLOBAL`.
    #[serde(default)]
    pub scope_type: String,
    #[serde(default)]
    pub availability_domain: Option<String>,
    #[serde(default)]
    pub value: Option<i64>,
}

impl Resource for LimitValue {
    const SERVICE: Service = Service::Limits;
    const COLLECTION: &'static str = "limitValues";
}

/// What is used and what is left of one limit; `None` where OCI cannot count it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ResourceAvailability {
    #[serde(default)]
    pub used: Option<i64>,
    #[serde(default)]
    pub available: Option<i64>,
    #[serde(default)]
    pub fractional_usage: Option<f64>,
    #[serde(default)]
    pub fractional_availability: Option<f64>,
    #[serde(default)]
    pub effective_quota_value: Option<f64>,
}

impl ResourceAvailability {
    /// What is used, in whole units.
    pub fn in_use(&self) -> Option<u32> {
        self.used.map(amount)
    }

    /// What is left, in whole units.
    pub fn left(&self) -> Option<u32> {
        self.available.map(amount)
    }
}

/// Below nothing is nothing; beyond what we count is all that we count.
fn amount(value: i64) -> u32 {
    u32::try_from(value.max(0)).unwrap_or(u32::MAX)
}

/// A compartment quota: statements that narrow what may be used. It stands in the root compartment
/// and is written in the home region.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Quota {
    pub id: String,
    #[serde(default, rename = "name")]
    pub display_name: String,
    #[serde(default)]
    pub lifecycle_state: Lifecycle,
    #[serde(default)]
    pub freeform_tags: Tags,
    /// Left out of a list; read one for them.
    #[serde(default)]
    pub statements: Vec<String>,
}

impl Resource for Quota {
    const SERVICE: Service = Service::Quotas;
    const COLLECTION: &'static str = "quotas";
}

/// Body of `CreateQuota`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateQuota {
    pub compartment_id: String,
    pub name: String,
    pub description: String,
    pub statements: Vec<String>,
    pub freeform_tags: Tags,
}

/// Body of `UpdateQuota`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UpdateQuota {
    pub statements: Vec<String>,
}

/// A key vault; deleted ones stay listed until their day comes.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct KeyVault {
    pub id: String,
    #[serde(default)]
    pub display_name: String,
    #[serde(default)]
    pub lifecycle_state: Lifecycle,
    #[serde(default)]
    pub freeform_tags: Tags,
    #[serde(default)]
    pub time_of_deletion: Option<String>,
}

impl Resource for KeyVault {
    const SERVICE: Service = Service::Kms;
    const COLLECTION: &'static str = "vaults";
}
