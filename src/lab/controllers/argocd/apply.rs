//! Putting one manifest into the cluster, and kubectl's words for what happened.

use serde_json::{Value, json};

use super::super::k3s::ensure_namespace;
use super::super::object::{contains, date, items, name, namespace, overlay, set, text};
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

/// How a manifest is applied.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::lab::controllers) struct How {
    /// Only tried.
    pub(super) dry_run: bool,
    /// What cannot be changed in place is deleted and made anew.
    pub(super) force: bool,
}

/// Applies a manifest; `owner` is the Application that tracks it.
pub(in crate::lab::controllers) fn apply(
    pass: &Pass<'_>,
    manifest: &Value,
    (destination, owner): (&str, Option<&str>),
    how: How,
) -> Result<String, String> {
    let resource = resource_of(manifest).ok_or("an object without a kind")?;
    if !pass.serves(&resource) {
        return Err(not_found(manifest, destination));
    }
    let space = space_of(manifest, destination);
    if how.dry_run {
        refuse_immutable(pass, &resource, manifest, (space, how))?;
        return Ok(format!(
            "{} serverside-applied (server dry run)",
            shown(manifest)
        ));
    }
    if resource == DEFINITIONS {
        pass.world.objects.install(name(manifest));
    } else if resource != "namespaces" {
        ensure_namespace(pass, space);
    }
    refuse_immutable(pass, &resource, manifest, (space, how))?;
    let mut wanted = manifest.clone();
    let mut owners = Vec::new();
    if let Some(owner) = owner {
        let tracking = format!(
            "{owner}:{}/{}:{space}/{}",
            group(manifest),
            text(manifest, "/kind"),
            name(manifest)
        );
        let place = "/metadata/annotations/argocd.argoproj.io~1tracking-id";
        set(&mut wanted, place, json!(tracking));
        let entry = json!({
            "manager": "argocd-controller", "operation": "Apply", "apiVersion": text(manifest, "/apiVersion"),
            "time": date(pass.now), "fieldsType": "FieldsV1", "fieldsV1": owned(manifest),
        });
        owners.push(entry);
    }
    if !space.is_empty() {
        set(&mut wanted, "/metadata/namespace", json!(space));
    }
    match pass.get(&resource, space, name(manifest)) {
        None if resource == DEFINITIONS => {
            return Err(not_found(manifest, destination));
        }
        None => {
            own(&mut wanted, owners);
            pass.put(&resource, wanted);
        }
        Some(live) if !contains(&live, &wanted) => {
            pass.change(&resource, &live, |next| {
                overlay(next, &wanted);
                own(next, owners);
            });
        }
        Some(_) => {}
    }
    Ok(format!("{} serverside-applied", shown(manifest)))
}

/// Puts Argo CD's entry in place of the one that it had.
fn own(object: &mut Value, owners: Vec<Value>) {
    let others = items(object, "/metadata/managedFields").iter();
    let others = others.filter(|it| text(it, "/manager") != "argocd-controller");
    let all: Vec<Value> = others.cloned().chain(owners).collect();
    if !all.is_empty() {
        set(object, "/metadata/managedFields", json!(all));
    }
}

/// The fields of a manifest as `fieldsV1` names them; items of lists by their names.
fn owned(manifest: &Value) -> Value {
    fn below(value: &Value) -> Value {
        match value {
            Value::Object(fields) => {
                let named = fields
                    .iter()
                    .map(|(name, value)| (format!("f:{name}"), below(value)));
                Value::Object(named.collect())
            }
            Value::Array(all) if all.iter().all(|it| it.get("name").is_some()) => {
                let keyed = all.iter().map(|item| {
                    let key = json!({"name": item.get("name")});
                    (format!("k:{key}"), below(item))
                });
                Value::Object(keyed.collect())
            }
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Array(_) => {
                json!({})
            }
        }
    }
    let parts = manifest.as_object().into_iter().flatten();
    let parts =
        parts.filter(|(name, _)| !matches!(name.as_str(), "apiVersion" | "kind" | "metadata"));
    let named = parts.map(|(name, value)| (format!("f:{name}"), below(value)));
    Value::Object(named.collect())
}

/// As kubectl names it: `deployment.apps/docs`.
fn shown(manifest: &Value) -> String {
    let (kind, name) = (text(manifest, "/kind").to_lowercase(), name(manifest));
    match group(manifest) {
        "" => format!("{kind}/{name}"),
        group => format!("{kind}.{group}/{name}"),
    }
}

/// The field of a kind that cannot be changed in place.
fn immutable(kind: &str) -> Option<&'static str> {
    match kind {
        "Deployment" | "DaemonSet" | "StatefulSet" => Some("/spec/selector"),
        "Job" => Some("/spec/template"),
        _ => None,
    }
}

/// Refuses to change what cannot be changed in place; by force the object is deleted instead.
fn refuse_immutable(
    pass: &Pass<'_>,
    resource: &str,
    manifest: &Value,
    (space, how): (&str, How),
) -> Result<(), String> {
    let kind = text(manifest, "/kind");
    let Some(place) = immutable(kind) else {
        return Ok(());
    };
    let Some(live) = pass.get(resource, space, name(manifest)) else {
        return Ok(());
    };
    let (now, wanted) = (live.pointer(place), manifest.pointer(place));
    let differs = wanted.is_some_and(|wanted| {
        now.is_some_and(|now| !contains(now, wanted) || !contains(wanted, now))
    });
    if !differs {
        return Ok(());
    }
    if !how.force {
        let field = place.trim_start_matches('/').replace('/', ".");
        return Err(format!(
            "{kind}.{} \"{}\" is invalid: {field}: Invalid value: {}: field is immutable",
            group(manifest),
            name(manifest),
            wanted.unwrap_or(&Value::Null)
        ));
    }
    if !how.dry_run {
        pass.remove(resource, &live);
    }
    Ok(())
}
