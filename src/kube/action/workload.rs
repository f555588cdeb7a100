//! Workloads: replacing their pods as `kubectl rollout restart` does.

use serde_json::{Value, json};

use super::hand::{ActError, Becomes, Hand};
use crate::domain::action::Workload;
use crate::domain::line::Line;
use crate::domain::object::ObjectRef;
use crate::kube::kind::{ApiName, DAEMON_SET, DEPLOYMENT, STATEFUL_SET};
use crate::kube::look::text;

/// On the pod template; the controller replaces pods whose template differs.
const RESTARTED: &str = "kubectl.kubernetes.io/restartedAt";

pub(super) async fn restart(
    hand: &Hand<'_>,
    kind: Workload,
    of: &ObjectRef,
) -> Result<Line, ActError> {
    let now = hand.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let restarts = |object: &Value| {
        if object.pointer("/spec/paused") == Some(&json!(true)) {
            let why = "its rollout is paused: its pods would not be replaced";
            return Err(ActError::not_now(why, "resume its rollout first"));
        }
        let annotations = json!({RESTARTED: now});
        Ok(Becomes::from(
            json!({"spec": {"template": {"metadata": {"annotations": annotations}}}}),
        ))
    };
    let place = "/spec/template/metadata/annotations/kubectl.kubernetes.io~1restartedAt";
    let holds = |object: &Value| text(object, place) == now;
    hand.change(&api(kind), of, (restarts, holds)).await?;
    Ok("its pods are replaced one after the other".into())
}

fn api(kind: Workload) -> ApiName {
    match kind {
        Workload::Deployment => DEPLOYMENT,
        Workload::StatefulSet => STATEFUL_SET,
        Workload::DaemonSet => DAEMON_SET,
    }
}
