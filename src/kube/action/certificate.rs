//! cert-manager's Certificate: issuing anew, and by another issuer.

use serde_json::{Value, json};

use super::hand::{ActError, Becomes, Hand};
use crate::domain::line::Line;
use crate::domain::object::ObjectRef;
use crate::kube::kind::{ApiName, CERTIFICATE, CLUSTER_ISSUER, ISSUER};
use crate::kube::look::text;

/// Sets the condition `Issuing`, which is how cert-manager is asked.
pub(super) async fn renew(hand: &Hand<'_>, certificate: &ObjectRef) -> Result<Line, ActError> {
    let issues = |now: &Value| {
        if is_issuing(now) {
            let why = "it is being issued already";
            return Err(ActError::not_now(why, "see its request and order"));
        }
        Ok(Becomes {
            patch: json!({"status": {"conditions": issuing(now, &hand.clock.now().to_string())}}),
            subresource: Some("status"),
        })
    };
    hand.change(&CERTIFICATE, certificate, (issues, is_issuing))
        .await?;
    Ok("cert-manager was asked to issue it anew".into())
}

/// Names another issuer of the same kind, once it was seen to exist.
pub(super) async fn switch_issuer(
    hand: &Hand<'_>,
    certificate: &ObjectRef,
    to: &Line,
) -> Result<Line, ActError> {
    let seen = hand.look(&CERTIFICATE, certificate).await?;
    let (api, issuer): (ApiName, ObjectRef) = match text(&seen, "/spec/issuerRef/kind") {
        "ClusterIssuer" => (CLUSTER_ISSUER, ObjectRef::cluster(to.clone())),
        _ => (
            ISSUER,
            ObjectRef::new(certificate.namespace.clone(), to.clone()),
        ),
    };
    hand.look(&api, &issuer).await?;
    let names = |_: &Value| Ok(Becomes::from(json!({"spec": {"issuerRef": {"name": to}}})));
    let holds = |now: &Value| text(now, "/spec/issuerRef/name") == to.as_str();
    hand.change(&CERTIFICATE, certificate, (names, holds))
        .await?;
    Ok(format!("{to} issues it from now on").into())
}

fn is_issuing(certificate: &Value) -> bool {
    conditions(certificate)
        .iter()
        .any(|it| text(it, "/type") == "Issuing" && text(it, "/status") == "True")
}

fn conditions(certificate: &Value) -> &[Value] {
    certificate
        .pointer("/status/conditions")
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

/// All conditions, with `Issuing`: a merge patch replaces the list.
fn issuing(certificate: &Value, now: &str) -> Value {
    let others = conditions(certificate)
        .iter()
        .filter(|it| text(it, "/type") != "Issuing");
    let mut all: Vec<Value> = others.cloned().collect();
    let mut condition = json!({
        "type": "Issuing",
        "status": "True",
        "reason": "ManuallyTriggered",
        "message": "Certificate re-issuance manually triggered",
        "lastTransitionTime": now,
    });
    let generation = certificate.pointer("/metadata/generation");
    if let (Some(generation), Some(condition)) = (generation, condition.as_object_mut()) {
        condition.insert("observedGeneration".to_owned(), generation.clone());
    }
    all.push(condition);
    all.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn asking_keeps_the_other_conditions() {
        let certificate = json!({
            "metadata": {"generation": 2},
            "status": {"conditions": [
                {"type": "Ready", "status": "True", "reason": "Ready"},
                {"type": "Issuing", "status": "False", "reason": "Failed"},
            ]},
        });
        assert!(!is_issuing(&certificate));
        let conditions = issuing(&certificate, "2026-01-01T00:00:00Z");
        assert_eq!(conditions.as_array().unwrap().len(), 2);
        assert_eq!(conditions[0]["type"], "Ready");
        assert_eq!(conditions[1]["status"], "True");
        assert_eq!(conditions[1]["observedGeneration"], 2);
        assert!(is_issuing(&json!({"status": {"conditions": conditions}})));
    }
}
