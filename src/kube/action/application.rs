//! Argo CD's Application: comparing, syncing, and stopping what runs.
//!
//! A sync is the field `operation`, which the controller takes up; what becomes of it stands in
//! `status.operationState`. The Application has no status subresource.

use serde_json::{Map, Value, json};

use super::hand::{ActError, Becomes, Hand, annotation};
use crate::domain::action::SyncWish;
use crate::domain::line::Line;
use crate::domain::object::ObjectRef;
use crate::kube::kind::APPLICATION;
use crate::kube::look::text;
use crate::kube::write::FIELD_MANAGER;

const REFRESH: &str = "argocd.argoproj.io/refresh";
const PHASE: &str = "/status/operationState/phase";

/// Asks for a comparison, with manifests made anew where that is wanted; the controller takes the
/// annotation away when it has compared.
pub(super) async fn refresh(
    hand: &Hand<'_>,
    app: &ObjectRef,
    anew: bool,
) -> Result<Line, ActError> {
    let depth = if anew { "hard" } else { "normal" };
    let request = |_: &Value| {
        let patch = json!({"metadata": {"annotations": {REFRESH: depth}}});
        Ok(Becomes::from(patch))
    };
    // One that is compared already does not bear it any more: asking twice does no harm.
    let holds = |now: &Value| annotation(now, REFRESH) == Some(depth);
    hand.change(&APPLICATION, app, (request, holds)).await?;
    Ok("Argo CD was asked to compare".into())
}

/// Asks for a sync. Refused while an operation stands or runs: it is never queued behind another.
pub(super) async fn sync(
    hand: &Hand<'_>,
    app: &ObjectRef,
    wish: &SyncWish,
) -> Result<Line, ActError> {
    let asks = |now: &Value| {
        idle(now)?;
        Ok(operation(hand.mark, &wished(now, wish)))
    };
    let holds = |now: &Value| is_marked(now, hand.mark);
    hand.change(&APPLICATION, app, (asks, holds)).await?;
    let said = if wish.dry_run {
        "Argo CD was asked to try a sync"
    } else {
        "Argo CD was asked to sync"
    };
    Ok(said.into())
}

/// What runs is asked to stop.
pub(super) async fn terminate(hand: &Hand<'_>, app: &ObjectRef) -> Result<Line, ActError> {
    let stops = |now: &Value| match text(now, PHASE) {
        "Running" => Ok(Becomes::from(
            json!({"status": {"operationState": {"phase": "Terminating"}}}),
        )),
        "Terminating" => Err(ActError::not_now(
            "its operation is being stopped already",
            "wait for it to end",
        )),
        _ => Err(ActError::not_now(
            "no operation runs",
            "there is nothing to stop",
        )),
    };
    let holds = |now: &Value| text(now, PHASE) != "Running";
    hand.change(&APPLICATION, app, (stops, holds)).await?;
    Ok("Argo CD was asked to stop the operation".into())
}

/// Takes away an operation that nobody takes up.
pub(super) async fn drop_operation(hand: &Hand<'_>, app: &ObjectRef) -> Result<Line, ActError> {
    let drops = |now: &Value| {
        if now.get("operation").is_none() {
            return Err(ActError::not_now(
                "no operation stands in it",
                "there is nothing to take away",
            ));
        }
        if matches!(text(now, PHASE), "Running" | "Terminating") {
            return Err(ActError::not_now(
                "its operation runs",
                "stop the operation instead",
            ));
        }
        Ok(Becomes::from(json!({"operation": null})))
    };
    let holds = |now: &Value| now.get("operation").is_none();
    hand.change(&APPLICATION, app, (drops, holds)).await?;
    Ok("the operation is taken away".into())
}

/// Refuses while an operation stands or runs.
pub(super) fn idle(now: &Value) -> Result<(), ActError> {
    let running = matches!(text(now, PHASE), "Running" | "Terminating");
    if now.get("operation").is_none() && !running {
        return Ok(());
    }
    let why = match asked(now) {
        "" => "an operation is under way".to_owned(),
        by => format!("an operation of {by} is under way"),
    };
    Err(ActError::not_now(why, "wait for its end, or stop it"))
}

/// Who asked for the operation that stands, or the last that ran.
fn asked(now: &Value) -> &str {
    let standing = text(now, "/operation/initiatedBy/username");
    if standing.is_empty() {
        text(now, "/status/operationState/operation/initiatedBy/username")
    } else {
        standing
    }
}

/// The patch that asks for an operation.
pub(super) fn operation(mark: &str, sync: &Value) -> Becomes {
    Becomes::from(json!({"operation": {
        "initiatedBy": {"username": FIELD_MANAGER},
        "info": [{"name": "Asked", "value": mark}],
        "sync": sync,
    }}))
}

/// Whether the operation that stands, or the last that ran, bears this mark.
pub(super) fn is_marked(now: &Value, mark: &str) -> bool {
    ["/operation/info", "/status/operationState/operation/info"]
        .into_iter()
        .filter_map(|place| now.pointer(place)?.as_array())
        .flatten()
        .any(|entry| text(entry, "/value") == mark)
}

/// `operation.sync`: with the Application's own options, which Argo CD does not add by itself.
fn wished(now: &Value, wish: &SyncWish) -> Value {
    let mut sync = Map::new();
    if wish.prune {
        sync.insert("prune".to_owned(), true.into());
    }
    if wish.dry_run {
        sync.insert("dryRun".to_owned(), true.into());
    }
    if wish.force {
        sync.insert("syncStrategy".to_owned(), json!({"hook": {"force": true}}));
    }
    if !wish.resources.is_empty() {
        let resources = wish.resources.iter().map(|resource| {
            json!({
                "group": resource.group,
                "kind": resource.kind,
                "namespace": resource.id.namespace,
                "name": resource.id.name,
            })
        });
        sync.insert("resources".to_owned(), resources.collect());
    }
    if let Some(options) = now.pointer("/spec/syncPolicy/syncOptions") {
        sync.insert("syncOptions".to_owned(), options.clone());
    }
    sync.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::action::SyncResource;
    use rstest::rstest;

    #[test]
    fn a_sync_carries_the_applications_own_options() {
        let app = json!({"spec": {"syncPolicy": {"syncOptions": ["ServerSideApply=true"]}}});
        let plain = wished(&app, &SyncWish::default());
        assert_eq!(plain, json!({"syncOptions": ["ServerSideApply=true"]}));
        let wish = SyncWish {
            resources: vec![SyncResource {
                group: "apps".into(),
                kind: "Deployment".into(),
                id: ObjectRef::new("docs", "docs"),
            }],
            force: true,
            ..SyncWish::default()
        };
        assert_eq!(
            wished(&json!({}), &wish),
            json!({
                "syncStrategy": {"hook": {"force": true}},
                "resources": [{
                    "group": "apps", "kind": "Deployment", "namespace": "docs", "name": "docs",
                }],
            })
        );
    }

    #[rstest]
    #[case::standing(json!({"operation": {"initiatedBy": {"username": "ann"}}}), Some("an operation of ann is under way"))]
    #[case::running(json!({"status": {"operationState": {"phase": "Running"}}}), Some("an operation is under way"))]
    #[case::stopping(json!({"status": {"operationState": {"phase": "Terminating"}}}), Some("an operation is under way"))]
    #[case::ended(json!({"status": {"operationState": {"phase": "Failed"}}}), None)]
    #[case::never(json!({}), None)]
    fn nothing_is_asked_for_while_an_operation_is_under_way(
        #[case] app: Value,
        #[case] why: Option<&str>,
    ) {
        let said = idle(&app).err().map(|error| error.to_string());
        assert_eq!(said.as_deref(), why);
    }
}
