//! The limits service: what a tenancy may have, and what is left of it.
#![expect(
    missing_docs,
    reason = "fields carry the names of OCI's API reference, which defines them"
)]

use serde::Deserialize;

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
