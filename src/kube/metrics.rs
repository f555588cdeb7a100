//! What nodes and pods use now: the metrics server can only be asked, not watched.

use kube::api::ListParams;
use kube::core::ApiResource;

use super::connection::Connection;
use super::fault::Fault;
use super::kind::ApiName;
use super::wire::Seen;
use super::wire::metrics::MetricsBody;
use crate::domain::usage::Usage;

const fn metrics(kind: &'static str, plural: &'static str, namespaced: bool) -> ApiName {
    ApiName {
        group: "metrics.k8s.io",
        versions: &["v1beta1"],
        kind,
        plural,
        namespaced,
        brought_by: "the metrics server",
    }
}

/// Use of nodes.
pub const NODES: ApiName = metrics("NodeMetrics", "nodes", false);
/// Use of pods.
pub const PODS: ApiName = metrics("PodMetrics", "pods", true);

/// What each node or pod uses now.
pub async fn usage(
    connection: &Connection,
    api: &ApiName,
    resource: &ApiResource,
) -> Result<Vec<Usage>, Fault> {
    let list = connection
        .api::<Seen<MetricsBody>>(api, resource)
        .list(&ListParams::default())
        .await?;
    let read = |seen: Seen<MetricsBody>| Some(Usage::from((seen.meta, seen.body.ok()?)));
    Ok(list.items.into_iter().filter_map(read).collect())
}
