//! Pausing an Application's automated sync, and putting back exactly what stood.
//!
//! What stood is kept on the object itself, so that any later session, or a person with kubectl, can
//! put it back. Pure: from an object to a patch.

use serde_json::{Value, json};

use super::hand::{Becomes, annotation};
use crate::domain::application::PAUSED;
use crate::domain::object::ObjectRef;
use crate::kube::look::text;

const AUTOMATED: &str = "/spec/syncPolicy/automated";

/// Whether the Application syncs by itself.
pub(super) fn is_automated(app: &Value) -> bool {
    app.pointer(AUTOMATED)
        .is_some_and(|policy| !policy.is_null() && policy.get("enabled") != Some(&json!(false)))
}

/// Whether the Application puts back what somebody changed in what it manages.
pub(super) fn heals(app: &Value) -> bool {
    let heals = app.pointer("/spec/syncPolicy/automated/selfHeal");
    is_automated(app) && heals == Some(&json!(true))
}

/// Whether its automated sync was paused by us.
pub(super) fn is_paused(app: &Value) -> bool {
    annotation(app, PAUSED).is_some()
}

/// The patch that pauses it; nothing where it does not sync by itself.
pub(super) fn paused(app: &Value) -> Option<Becomes> {
    let policy = app.pointer(AUTOMATED).filter(|_| is_automated(app))?;
    Some(Becomes::from(json!({
        "metadata": {"annotations": {PAUSED: policy.to_string()}},
        "spec": {"syncPolicy": {"automated": null}},
    })))
}

/// The patch that puts back what stood; nothing where nothing is kept, or it is not readable.
pub(super) fn resumed(app: &Value) -> Option<Becomes> {
    let policy: Value = serde_json::from_str(annotation(app, PAUSED)?).ok()?;
    policy.is_object().then(|| {
        Becomes::from(json!({
            "metadata": {"annotations": {PAUSED: null}},
            "spec": {"syncPolicy": {"automated": policy}},
        }))
    })
}

/// The Application that made this one (app-of-apps), by Argo CD's tracking annotation or label. It is
/// looked for in the same namespace.
pub(super) fn parent(app: &Value) -> Option<ObjectRef> {
    let tracked = annotation(app, "argocd.argoproj.io/tracking-id")
        .and_then(|id| Some(id.split_once(':')?.0.to_owned()));
    let labelled = || {
        let label = app.pointer("/metadata/labels/argocd.argoproj.io~1instance")?;
        label.as_str().map(str::to_owned)
    };
    let name = tracked.or_else(labelled)?;
    let namespace = text(app, "/metadata/namespace");
    // An Application in another namespace is tracked as `namespace_name`.
    let name = name.strip_prefix(&format!("{namespace}_")).unwrap_or(&name);
    let own = text(app, "/metadata/name");
    (name != own).then(|| ObjectRef::new(namespace, name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn app(policy: &Value) -> Value {
        json!({
            "metadata": {"name": "docs", "namespace": "argocd", "annotations": {
                "argocd.argoproj.io/tracking-id": "root:argoproj.io/Application:argocd/docs",
            }},
            "spec": {"syncPolicy": {"automated": policy, "syncOptions": ["A=b"]}},
        })
    }

    /// RFC 7386, as the server applies it.
    fn merge(into: &mut Value, patch: &Value) {
        let Some(fields) = patch.as_object() else {
            *into = patch.clone();
            return;
        };
        if !into.is_object() {
            *into = json!({});
        }
        let into = into.as_object_mut().unwrap();
        for (name, value) in fields {
            if value.is_null() {
                into.remove(name);
            } else {
                merge(into.entry(name).or_insert(Value::Null), value);
            }
        }
    }

    #[test]
    fn what_stood_is_put_back_to_the_letter() {
        let before = app(&json!({"prune": true, "selfHeal": true, "allowEmpty": false}));
        let mut now = before.clone();
        merge(&mut now, &paused(&before).unwrap().patch);
        assert!(!is_automated(&now) && is_paused(&now));
        assert_eq!(paused(&now), None);
        let back = resumed(&now).unwrap().patch;
        merge(&mut now, &back);
        assert_eq!(now, before);
        assert_eq!(resumed(&now), None);
    }

    #[test]
    fn what_is_off_or_unreadable_is_left_alone() {
        let off = app(&json!({"enabled": false, "prune": true}));
        assert_eq!((is_automated(&off), paused(&off)), (false, None));
        let mut broken = app(&json!({}));
        broken["metadata"]["annotations"][PAUSED] = json!("not json");
        assert_eq!(resumed(&broken), None);
    }

    #[test]
    fn the_parent_is_who_tracks_it() {
        assert_eq!(
            parent(&app(&json!({}))),
            Some(ObjectRef::new("argocd", "root"))
        );
        let own = json!({"metadata": {"name": "root", "namespace": "argocd",
            "labels": {"argocd.argoproj.io/instance": "root"}}});
        assert_eq!(parent(&own), None);
    }
}
