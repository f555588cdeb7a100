//! An Application that is being deleted takes its objects along when its finalizer says so.

use serde_json::{Value, json};

use super::super::object::{annotation, items, name, set, text};
use super::super::world::Pass;
use super::APPLICATIONS;
use super::apply::resource_of;

const FINALIZER: &str = "resources-finalizer.argocd.argoproj.io";

pub(super) fn cascade(pass: &Pass<'_>, application: &Value) {
    let finalizers = items(application, "/metadata/finalizers");
    let cascades = finalizers.iter().any(|entry| entry == FINALIZER);
    if cascades {
        for entry in items(application, "/status/resources") {
            remove(pass, application, entry);
        }
    }
    pass.change(APPLICATIONS, application, |next| {
        let rest: Vec<&Value> = finalizers
            .iter()
            .filter(|entry| *entry != FINALIZER)
            .collect();
        set(next, "/metadata/finalizers", json!(rest));
    });
}

fn remove(pass: &Pass<'_>, application: &Value, entry: &Value) {
    let version = match text(entry, "/group") {
        "" => text(entry, "/version").to_owned(),
        group => format!("{group}/{}", text(entry, "/version")),
    };
    let stand_in = json!({"apiVersion": version, "kind": text(entry, "/kind")});
    let Some(resource) = resource_of(&stand_in) else {
        return;
    };
    let Some(live) = pass.get(&resource, text(entry, "/namespace"), text(entry, "/name")) else {
        return;
    };
    let ours = annotation(&live, "argocd.argoproj.io/tracking-id")
        .is_some_and(|tracking| tracking.starts_with(&format!("{}:", name(application))));
    if ours {
        pass.remove(&resource, &live);
    }
}
