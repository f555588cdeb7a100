//! Reading a secret from its store again, now.

use serde_json::{Value, json};

use super::hand::{ActError, Becomes, Hand};
use crate::domain::external_secret::ExternalSecret;
use crate::domain::line::Line;
use crate::domain::object::ObjectRef;
use crate::kube::kind::{ApiName, Kind};
use crate::kube::{WriteError, discovery};

/// Any change of an annotation makes the controller read again; this is the one that its documentation
/// names.
const FORCE: &str = "force-sync";
const OLD: &str = "v1beta1";

/// Asks for it.
pub(super) async fn refresh(hand: &Hand<'_>, of: &ObjectRef) -> Result<Line, ActError> {
    let now = hand.clock.now().as_second().to_string();
    let asks = |_: &Value| {
        let patch = json!({"metadata": {"annotations": {FORCE: now}}});
        Ok(Becomes::from(patch))
    };
    let asked = format!("/metadata/annotations/{FORCE}");
    let holds = |object: &Value| object.pointer(&asked).and_then(Value::as_str) == Some(&now);
    let api = served(hand).await?;
    hand.change(&api, of, (asks, holds)).await?;
    Ok("external-secrets was asked to read it again".into())
}

/// How this cluster calls the kind: an older one serves v1beta1 alone.
async fn served(hand: &Hand<'_>) -> Result<ApiName, ActError> {
    let api = <ExternalSecret as Kind>::API;
    let found = discovery::served(hand.writer.connection(), &api)
        .await
        .map_err(WriteError::from)?;
    let is_old = found.is_some_and(|found| found.version == OLD);
    Ok(if is_old {
        ApiName {
            versions: &[OLD],
            ..api
        }
    } else {
        api
    })
}
