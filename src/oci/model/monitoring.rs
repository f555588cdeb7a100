//! The monitoring service: metrics that OCI's agent on an instance sends.
#![expect(
    missing_docs,
    reason = "fields carry the names of OCI's API reference, which defines them"
)]

use serde::{Deserialize, Serialize};

/// Body of `SummarizeMetricsData`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SummarizeMetrics {
    pub namespace: String,
    /// In OCI's query language: `CpuUtilization[5m]{resourceId = "…"}.mean()`.
    pub query: String,
    /// RFC 3339.
    pub start_time: String,
    pub end_time: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resolution: Option<String>,
}

/// One stream of figures. What is not known has no stream.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MetricData {
    #[serde(default)]
    pub name: String,
    #[serde(default)]
    pub aggregated_datapoints: Vec<Datapoint>,
}

/// One figure.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct Datapoint {
    #[serde(default)]
    pub timestamp: String,
    pub value: f64,
}
