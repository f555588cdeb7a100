//! Which kinds the cluster serves, and in which version.

use kube::core::{ApiResource, GroupVersionKind};

use super::connection::Connection;
use super::fault::Fault;
use super::kind::ApiName;

/// The first version of `api` that the cluster serves; nothing where it serves none.
///
/// The core group is always there. Without the right to discovery the preferred version is tried:
/// the list itself then says what is so.
pub async fn served(connection: &Connection, api: &ApiName) -> Result<Option<ApiResource>, Fault> {
    if api.group.is_empty() {
        return Ok(api.versions.first().map(|version| resource(api, version)));
    }
    for version in api.versions {
        let group_version = format!("{}/{version}", api.group);
        match connection
            .client()
            .list_api_group_resources(&group_version)
            .await
            .map_err(Fault::from)
        {
            Ok(list) if list.resources.iter().any(|found| found.name == api.plural) => {
                return Ok(Some(resource(api, version)));
            }
            Ok(_) | Err(Fault::NotFound(_)) => {}
            Err(Fault::Forbidden(_)) => return Ok(Some(resource(api, version))),
            Err(fault) => return Err(fault),
        }
    }
    Ok(None)
}

/// A kind in one of its versions, as the library takes it.
pub(super) fn resource(api: &ApiName, version: &str) -> ApiResource {
    let kind = GroupVersionKind::gvk(api.group, version, api.kind);
    ApiResource::from_gvk_with_plural(&kind, api.plural)
}
