//! `CertificateRequests`: approved, then as far as their Order is.

use serde_json::{Value, json};

use super::super::object::{
    Condition, annotation, conclude, condition, date, holds, items, name, namespace, owner, set,
    text,
};
use super::super::world::Pass;
use super::{CERTIFICATES, ORDERS, REQUESTS, adler32, issuer_of};

pub(super) fn reconcile(pass: &Pass<'_>) {
    for request in pass.list(REQUESTS) {
        let failed = condition(&request, "Ready").is_some_and(|c| text(c, "/reason") == "Failed");
        if !holds(&request, "Ready") && !failed {
            advance(pass, &request);
        }
    }
}

fn advance(pass: &Pass<'_>, request: &Value) {
    let issuer = issuer_of(pass, request);
    let ready = issuer
        .as_deref()
        .is_some_and(|issuer| holds(issuer, "Ready"));
    let order_name = order_name(request);
    let order = pass.get(ORDERS, namespace(request), &order_name);
    if !ready {
        let issuer = text(request, "/spec/issuerRef/name");
        let message = if pass.get(super::ISSUERS, "", issuer).is_some() {
            "Referenced issuer does not have a Ready status condition".to_owned()
        } else {
            format!(
                "Referenced \"ClusterIssuer\" not found: clusterissuer.cert-manager.io \"{issuer}\" not found"
            )
        };
        return stand(pass, request, (false, "Pending", &message), None);
    }
    let Some(order) = order else {
        create(pass, request, &order_name);
        let message = format!("Created Order resource {}/{order_name}", namespace(request));
        return stand(pass, request, (false, "Pending", &message), None);
    };
    match text(&order, "/status/state") {
        "valid" => {
            let said = "Certificate fetched from issuer successfully";
            let component = "cert-manager-certificaterequests-issuer-acme";
            pass.event(request, component, ("Normal", "CertificateIssued", said));
            stand(pass, request, (true, "Issued", said), Some(&order));
        }
        state @ ("invalid" | "expired" | "errored") => {
            let message = format!(
                "Failed to wait for order resource \"{order_name}\" to become ready: order is in \"{state}\" state: {}",
                text(&order, "/status/reason")
            );
            stand(pass, request, (false, "Failed", &message), None);
        }
        state => {
            let message = format!(
                "Waiting on certificate issuance from order {}/{order_name}: \"{state}\"",
                namespace(request)
            );
            stand(pass, request, (false, "Pending", &message), None);
        }
    }
}

fn order_name(request: &Value) -> String {
    let seed = format!("{}{}", text(request, "/spec/request"), name(request));
    format!("{}-{}", name(request), adler32(&seed))
}

fn create(pass: &Pass<'_>, request: &Value, order: &str) {
    let certificate = annotation(request, "cert-manager.io/certificate-name").unwrap_or_default();
    let certificate = pass.get(CERTIFICATES, namespace(request), certificate);
    let names = certificate
        .as_deref()
        .map(|found| items(found, "/spec/dnsNames"));
    pass.put(
        ORDERS,
        json!({
            "metadata": {
                "name": order, "namespace": namespace(request),
                "annotations": request.pointer("/metadata/annotations"),
                "ownerReferences": owner(request),
            },
            "spec": {
                "dnsNames": names.unwrap_or_default(),
                "issuerRef": request.pointer("/spec/issuerRef"),
                "request": text(request, "/spec/request"),
            },
        }),
    );
    let message = format!("Created Order resource {}/{order}", namespace(request));
    let component = "cert-manager-certificaterequests-issuer-acme";
    pass.event(request, component, ("Normal", "OrderCreated", &message));
}

fn stand(pass: &Pass<'_>, request: &Value, state: (bool, &str, &str), order: Option<&Value>) {
    let (met, reason, message) = state;
    pass.change(REQUESTS, request, |next| {
        let approved = Condition {
            kind: "Approved",
            met: true,
            reason: "cert-manager.io",
            message: "Certificate request has been approved by cert-manager.io",
        };
        conclude(next, approved, None, pass.now);
        let ready = Condition {
            kind: "Ready",
            met,
            reason,
            message,
        };
        conclude(next, ready, None, pass.now);
        if reason == "Failed" {
            set(next, "/status/failureTime", json!(date(pass.now)));
        }
        if let Some(order) = order {
            set(
                next,
                "/status/certificate",
                json!(text(order, "/status/certificate")),
            );
        }
    });
}
