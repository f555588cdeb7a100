//! Deleting an object that its controller makes anew, if it is still the one that was seen.

use jiff::Timestamp;
use serde_json::Value;

use super::hand::{ActError, Hand};
use crate::domain::action::Deletable;
use crate::domain::line::Line;
use crate::domain::object::ObjectRef;
use crate::kube::kind::{ApiName, CERTIFICATE_REQUEST, ORDER, POD};
use crate::kube::look::{self, text};
use crate::kube::refusal::WriteError;
use crate::kube::write::{Only, Write};

pub(super) async fn delete(
    hand: &Hand<'_>,
    kind: Deletable,
    (of, made): (&ObjectRef, Option<Timestamp>),
) -> Result<Line, ActError> {
    let api = api(kind);
    let seen = hand.look(&api, of).await?;
    meant(&seen, made)?;
    let uid = text(&seen, "/metadata/uid").to_owned();
    let only = Only {
        uid: Some(uid.clone()),
        version: None,
    };
    let write = Write::delete(api, of.clone(), only);
    match hand.write(&write).await {
        Ok(()) => {}
        Err(WriteError::Fault(fault)) if fault.is_unclear() => {
            let found = look::object(hand.writer.connection(), &api, of).await;
            let stays = |it: &Value| {
                text(it, "/metadata/uid") == uid
                    && it.pointer("/metadata/deletionTimestamp").is_none()
            };
            match found {
                Ok(found) if !found.as_ref().is_some_and(stays) => {}
                Ok(_) => {
                    let why = "the connection was lost before it reached the server; it stands";
                    return Err(ActError::not_now(why, "try it again"));
                }
                Err(_) => return Err(ActError::Unknown(fault)),
            }
        }
        Err(refused) => return Err(refused.into()),
    }
    Ok(format!("the {} is deleted", kind.kind()).into())
}

fn api(kind: Deletable) -> ApiName {
    match kind {
        Deletable::Pod => POD,
        Deletable::CertificateRequest => CERTIFICATE_REQUEST,
        Deletable::Order => ORDER,
    }
}

/// Refuses another object of the same name than the one that was seen.
fn meant(now: &Value, made: Option<Timestamp>) -> Result<(), ActError> {
    let stands: Option<Timestamp> = text(now, "/metadata/creationTimestamp").parse().ok();
    match (made, stands) {
        (Some(made), Some(stands)) if made != stands => Err(ActError::not_now(
            "another one of this name has taken its place meanwhile",
            "look at that one",
        )),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn another_one_of_the_same_name_is_not_meant() {
        let now = json!({"metadata": {"creationTimestamp": "2026-01-02T00:00:00Z"}});
        assert!(meant(&now, "2026-01-02T00:00:00Z".parse().ok()).is_ok());
        assert!(meant(&now, None).is_ok());
        assert!(meant(&now, "2026-01-01T00:00:00Z".parse().ok()).is_err());
    }
}
