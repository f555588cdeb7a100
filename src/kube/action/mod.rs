//! How each action is written: one file a sort of object.
//!
//! Each looks first, says no where the action would make no sense now, and writes against the version
//! that it saw. A conflict is looked at anew; nothing else is tried a second time by itself. Where the
//! answer to a write is lost, the object is looked at until it tells.

mod application;
mod certificate;
mod delete;
mod external_secret;
mod hand;
mod node;
mod policy;
mod rollback;
mod workload;

pub use hand::{ActError, Hand, Step};

use crate::domain::action::Action;
use crate::domain::line::Line;

/// Does `action`, and says in a few words what is so now.
pub async fn perform(hand: &Hand<'_>, action: &Action) -> Result<Line, ActError> {
    match action {
        Action::Refresh { app, hard } => application::refresh(hand, app, *hard).await,
        Action::Sync { app, wish } => application::sync(hand, app, wish).await,
        Action::Terminate { app } => application::terminate(hand, app).await,
        Action::DropOperation { app } => application::drop_operation(hand, app).await,
        Action::Rollback { app, to } => rollback::rollback(hand, app, *to).await,
        Action::Resume { app } => rollback::resume(hand, app).await,
        Action::Renew { certificate } => certificate::renew(hand, certificate).await,
        Action::SwitchIssuer { certificate, to } => {
            certificate::switch_issuer(hand, certificate, to).await
        }
        Action::Delete { kind, of, made } => delete::delete(hand, *kind, (of, *made)).await,
        Action::Restart { kind, of } => workload::restart(hand, *kind, of).await,
        Action::Cordon { node } => node::cordon(hand, node, true).await,
        Action::Uncordon { node } => node::cordon(hand, node, false).await,
        Action::Drain { node } => node::drain(hand, node).await,
        Action::RefreshSecret { secret } => external_secret::refresh(hand, secret).await,
        Action::Instance { .. } => Err(ActError::not_now(
            "the cluster cannot do this",
            "it is for OCI: use the menu of the node",
        )),
        Action::Record(_) => Err(ActError::not_now(
            "a record is not an object of the cluster",
            "change it at Cloudflare",
        )),
        Action::Exec { .. } | Action::Forward { .. } => Err(ActError::not_now(
            "this writes to no object of the cluster",
            "it is for the session: use the menu of the pod",
        )),
    }
}
