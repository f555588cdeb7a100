//! A live object against what was applied: its last applied manifest, or who owns which of its fields.
//!
//! Pure but for the reading. Of Secrets only keys are told, never a value.

mod fields;
mod secret;

use kube::api::GetParams;
use kube::core::{DynamicObject, GroupVersionKind, Request, Resource};
use kube::discovery::{Scope, pinned_kind};
use serde_json::Value;

use super::connection::Connection;
use super::fault::Fault;
use crate::domain::comparison::{Basis, Compared, ResourceRef};

const LAST_APPLIED: &str =
    "/metadata/annotations/kubectl.kubernetes.io~1last-applied-configuration";

/// Compares a resource as it is with what was applied.
pub async fn compare(connection: &Connection, of: &ResourceRef) -> Compared {
    if of.group.is_empty() && of.kind == "Secret" {
        return secret::compare(connection, &of.id).await;
    }
    match live(connection, of).await {
        Ok(Some(live)) => compared(&live),
        Ok(None) => Compared::Missing,
        Err(fault) => Compared::Cannot {
            why: fault.to_string().into(),
        },
    }
}

/// The object as it is; nothing where there is none.
async fn live(connection: &Connection, of: &ResourceRef) -> Result<Option<Value>, Fault> {
    let kind = GroupVersionKind::gvk(&of.group, &of.version, &of.kind);
    let (resource, capabilities) = match pinned_kind(connection.client(), &kind).await {
        Ok(found) => found,
        Err(kube::Error::Api(status)) if status.code == 404 => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let namespace = Some(of.id.namespace.as_str())
        .filter(|it| capabilities.scope == Scope::Namespaced && !it.is_empty());
    let request = Request::new(DynamicObject::url_path(&resource, namespace))
        .get(&of.id.name, &GetParams::default())
        .map_err(|error| Fault::Answer(error.to_string().into()))?;
    match connection.client().request(request).await {
        Ok(object) => Ok(Some(object)),
        Err(kube::Error::Api(status)) if status.code == 404 => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// What an object tells of itself.
fn compared(live: &Value) -> Compared {
    let applied = live.pointer(LAST_APPLIED).and_then(Value::as_str);
    if let Some(applied) = applied {
        return match serde_json::from_str(applied) {
            Ok(applied) => Compared::Fields {
                basis: Basis::LastApplied,
                differences: fields::against(&applied, live),
            },
            Err(_) => Compared::Cannot {
                why: "its annotation with the last applied manifest cannot be read".into(),
            },
        };
    }
    match fields::of_others(live) {
        Some(differences) => Compared::Fields {
            basis: Basis::Owners,
            differences,
        },
        None => Compared::Cannot {
            why: "it keeps neither the manifest that was applied last, nor fields that Argo CD owns; \
                  what Git wants is in Argo CD's repo-server only"
                .into(),
        },
    }
}
