//! Putting one manifest into the cluster, and kubectl's words for what happened.

use serde_json::{Value, json};

use super::super::k3s::ensure_namespace;
use super::super::object::{contains, name, namespace, overlay, set, text};
use super::super::world::Pass;

const DEFINITIONS: &str = "customresourcedefinitions.apiextensions.k8s.io";
const CLUSTER_SCOPED: &[&str] = &[
    "Namespace",
    "Node",
    "ClusterRole",
    "ClusterRoleBinding",
    "CustomResourceDefinition",
    "GatewayClass",
    "ClusterIssuer",
    "ClusterSecretStore",
    "StorageClass",
    "PersistentVolume",
];

/// The group of an object, empty for the core.
pub(super) fn group(object: &Value) -> &str {
    text(object, "/apiVersion")
        .split_once('/')
        .map_or("", |(group, _)| group)
}

/// The version of an object's API.
pub(super) fn version(object: &Value) -> &str {
    let version = text(object, "/apiVersion");
    version
        .split_once('/')
        .map_or(version, |(_, version)| version)
}

/// The resource that an object is one of: `deployments.apps`.
pub(in crate::lab::controllers) fn resource_of(object: &Value) -> Option<String> {
    let kind = text(object, "/kind").to_lowercase();
    let plural = match kind.as_str() {
        "" => return None,
        "endpoints" => kind,
        _ if kind.ends_with("ay") => format!("{kind}s"),
        _ if kind.ends_with(['s', 'x']) || kind.ends_with("ch") => format!("{kind}es"),
        _ => match kind.strip_suffix('y') {
            Some(stem) => format!("{stem}ies"),
            None => format!("{kind}s"),
        },
    };
    Some(match group(object) {
        "" => plural,
        group => format!("{plural}.{group}"),
    })
}

/// Where a manifest goes: its own namespace, or the destination's for what has one.
pub(super) fn space_of<'a>(manifest: &'a Value, destination: &'a str) -> &'a str {
    if CLUSTER_SCOPED.contains(&text(manifest, "/kind")) {
        return "";
    }
    match namespace(manifest) {
        "" => destination,
        own => own,
    }
}

/// What the API says of a kind that it does not serve.
pub(super) fn not_found(manifest: &Value, destination: &str) -> String {
    let kind = text(manifest, "/kind");
    format!(
        "The Kubernetes API could not find {}/{kind} for requested resource {}/{}. Make sure the \"{kind}\" CRD is installed on the destination cluster.",
        group(manifest),
        space_of(manifest, destination),
        name(manifest)
    )
}

/// Applies a manifest; `owner` is the Application that tracks it.
pub(in crate::lab::controllers) fn apply(
    pass: &Pass<'_>,
    manifest: &Value,
    destination: &str,
    owner: Option<&str>,
) -> Result<String, String> {
    let resource = resource_of(manifest).ok_or("an object without a kind")?;
    if !pass.serves(&resource) {
        return Err(not_found(manifest, destination));
    }
    let space = space_of(manifest, destination);
    if resource == DEFINITIONS {
        pass.world.objects.install(name(manifest));
    } else if resource != "namespaces" {
        ensure_namespace(pass, space);
    }
    let mut wanted = manifest.clone();
    if let Some(owner) = owner {
        let tracking = format!(
            "{owner}:{}/{}:{space}/{}",
            group(manifest),
            text(manifest, "/kind"),
            name(manifest)
        );
        let place = "/metadata/annotations/argocd.argoproj.io~1tracking-id";
        set(&mut wanted, place, json!(tracking));
    }
    if !space.is_empty() {
        set(&mut wanted, "/metadata/namespace", json!(space));
    }
    let shown = match group(manifest) {
        "" => format!(
            "{}/{}",
            text(manifest, "/kind").to_lowercase(),
            name(manifest)
        ),
        group => format!(
            "{}.{group}/{}",
            text(manifest, "/kind").to_lowercase(),
            name(manifest)
        ),
    };
    match pass.get(&resource, space, name(manifest)) {
        None if resource == DEFINITIONS => {
            return Err(not_found(manifest, destination));
        }
        None => {
            pass.put(&resource, wanted);
        }
        Some(live) if !contains(&live, &wanted) => {
            pass.change(&resource, &live, |next| overlay(next, &wanted));
        }
        Some(_) => {}
    }
    Ok(format!("{shown} serverside-applied"))
}
