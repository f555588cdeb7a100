//! Rolling an Application back, which automated sync would undo at once, and taking that back.

use serde_json::{Map, Value, json};

use super::application::{idle, is_marked, operation};
use super::hand::{ActError, Hand, annotation};
use super::policy;
use crate::domain::application::PAUSED;
use crate::domain::line::Line;
use crate::domain::object::ObjectRef;
use crate::kube::kind::APPLICATION;
use crate::kube::look;
use crate::kube::refusal::WriteError;

/// Pauses what would undo it, then asks for the deployment `to` of the history again.
pub(super) async fn rollback(hand: &Hand<'_>, app: &ObjectRef, to: i64) -> Result<Line, ActError> {
    let seen = hand.look(&APPLICATION, app).await?;
    idle(&seen)?;
    deployed(&seen, to)?;
    let parent = pausing_parent(hand, &seen).await?;
    if let Some(parent) = &parent {
        pause(hand, parent).await?;
    }
    if policy::is_automated(&seen) {
        pause(hand, app).await?;
    }
    let asks = |now: &Value| {
        idle(now)?;
        let sync = deployed(now, to)?;
        Ok(operation(hand.mark, &sync))
    };
    let holds = |now: &Value| is_marked(now, hand.mark);
    hand.change(&APPLICATION, app, (asks, holds)).await?;
    Ok(match parent {
        Some(parent) => format!(
            "Argo CD was asked to roll back; automated sync is paused, that of {} too",
            parent.name
        ),
        None => "Argo CD was asked to roll back; automated sync is paused".to_owned(),
    }
    .into())
}

/// Puts automated sync back, the parent's too once no other child of it is paused.
pub(super) async fn resume(hand: &Hand<'_>, app: &ObjectRef) -> Result<Line, ActError> {
    let seen = hand.look(&APPLICATION, app).await?;
    let parent = policy::parent(&seen);
    unpause(hand, app).await?;
    let Some(parent) = parent else {
        return Ok("automated sync is back as it was".into());
    };
    let all = look::list(hand.writer.connection(), &APPLICATION, (&app.namespace, ""));
    let all = all.await.map_err(WriteError::from)?;
    let is = |it: &Value, of: &ObjectRef| it.pointer("/metadata/name") == Some(&json!(of.name));
    let parent_is_paused = all
        .iter()
        .any(|it| is(it, &parent) && policy::is_paused(it));
    if !parent_is_paused {
        return Ok("automated sync is back as it was".into());
    }
    let others = all.iter().any(|it| {
        !is(it, app) && policy::is_paused(it) && policy::parent(it).as_ref() == Some(&parent)
    });
    if others {
        let said = format!(
            "automated sync is back; {} stays paused for another application",
            parent.name
        );
        return Ok(said.into());
    }
    unpause(hand, &parent).await?;
    Ok(format!(
        "automated sync is back as it was, that of {} too",
        parent.name
    )
    .into())
}

/// The parent, where it would put the policy back that is to be paused.
async fn pausing_parent(hand: &Hand<'_>, app: &Value) -> Result<Option<ObjectRef>, ActError> {
    let Some(parent) = policy::parent(app).filter(|_| policy::is_automated(app)) else {
        return Ok(None);
    };
    let found = look::object(hand.writer.connection(), &APPLICATION, &parent).await;
    let found = found.map_err(WriteError::from)?;
    Ok(found.filter(policy::heals).map(|_| parent))
}

async fn pause(hand: &Hand<'_>, app: &ObjectRef) -> Result<(), ActError> {
    let pauses = |now: &Value| {
        policy::paused(now).ok_or_else(|| {
            ActError::not_now(
                format!("{} was paused meanwhile by somebody else", app.name),
                "look at it again",
            )
        })
    };
    let holds = |now: &Value| policy::is_paused(now) && !policy::is_automated(now);
    hand.change(&APPLICATION, app, (pauses, holds)).await
}

async fn unpause(hand: &Hand<'_>, app: &ObjectRef) -> Result<(), ActError> {
    let resumes = |now: &Value| {
        policy::resumed(now).ok_or_else(|| {
            ActError::not_now(
                format!("{} keeps no policy to put back in `{PAUSED}`", app.name),
                "set its sync policy in Git",
            )
        })
    };
    let holds = |now: &Value| annotation(now, PAUSED).is_none();
    hand.change(&APPLICATION, app, (resumes, holds)).await
}

/// `operation.sync` for an entry of the history: its revisions and sources, as they were.
fn deployed(app: &Value, to: i64) -> Result<Value, ActError> {
    let history = app.pointer("/status/history").and_then(Value::as_array);
    let entry = history
        .into_iter()
        .flatten()
        .find(|entry| entry.get("id").and_then(Value::as_i64) == Some(to))
        .ok_or_else(|| {
            ActError::not_now(
                format!("its history has no deployment {to} any more"),
                "choose another one",
            )
        })?;
    let mut sync = Map::new();
    for field in ["revision", "revisions", "source", "sources"] {
        if let Some(value) = entry.get(field).filter(|value| !value.is_null()) {
            sync.insert(field.to_owned(), value.clone());
        }
    }
    if let Some(options) = app.pointer("/spec/syncPolicy/syncOptions") {
        sync.insert("syncOptions".to_owned(), options.clone());
    }
    Ok(sync.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deployment_is_asked_for_with_its_own_sources() {
        let app = json!({"status": {"history": [
            {"id": 3, "revision": "aaa", "source": {"repoURL": "https://git.example/r", "path": "docs"}},
            {"id": 4, "revisions": ["1.0", "bbb"], "sources": [{"chart": "c"}, {"path": "p"}]},
        ]}});
        assert_eq!(
            deployed(&app, 3).unwrap(),
            json!({"revision": "aaa", "source": {"repoURL": "https://git.example/r", "path": "docs"}})
        );
        assert_eq!(
            deployed(&app, 4).unwrap(),
            json!({"revisions": ["1.0", "bbb"], "sources": [{"chart": "c"}, {"path": "p"}]})
        );
        assert_eq!(
            deployed(&app, 9).unwrap_err().to_string(),
            "its history has no deployment 9 any more"
        );
    }
}
