//! Certificates: when one must be issued, the request for it, and the Secret that comes of it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::super::object::{
    Condition, annotation, conclude, condition, date, dated, generation, holds, items, name,
    namespace, number, owner, set, suffix, text, unset,
};
use super::super::world::Pass;
use super::authority::request;
use super::{CERTIFICATES, REQUESTS, decoded, encoded};

const HOUR: i64 = 3_600;
const COMPONENT: &str = "cert-manager-certificates-issuing";

pub(super) fn reconcile(pass: &Pass<'_>) {
    for certificate in pass.list(CERTIFICATES) {
        readiness(pass, &certificate);
        let current = pass.get(CERTIFICATES, namespace(&certificate), name(&certificate));
        let Some(certificate) = current else { continue };
        if holds(&certificate, "Issuing") {
            issue(pass, &certificate);
        } else if let Some((reason, message)) = need(pass, &certificate) {
            trigger(pass, &certificate, reason, &message);
        }
    }
}

/// Why a certificate must be issued, in cert-manager's words.
fn need(pass: &Pass<'_>, certificate: &Value) -> Option<(&'static str, String)> {
    let secret = pass.get(
        "secrets",
        namespace(certificate),
        text(certificate, "/spec/secretName"),
    );
    let Some(secret) = secret else {
        let text = "Issuing certificate as Secret does not exist";
        return Some(("DoesNotExist", text.to_owned()));
    };
    if decoded(&secret, "tls.crt").is_none_or(|chain| chain.is_empty()) {
        let text = "Issuing certificate as Secret does not contain any data";
        return Some(("MissingData", text.to_owned()));
    }
    let (wanted, used) = (
        text(certificate, "/spec/issuerRef/name"),
        annotation(&secret, "cert-manager.io/issuer-name").unwrap_or_default(),
    );
    if wanted != used {
        let text = format!(
            "Issuing certificate as Secret was previously issued by \"ClusterIssuer.cert-manager.io/{used}\""
        );
        return Some(("IncorrectIssuer", text));
    }
    if annotation(&secret, "cert-manager.io/alt-names") != Some(&names(certificate).join(",")) {
        let text = "Fields on existing CertificateRequest resource not up to date: [spec.dnsNames]";
        return Some(("RequestChanged", text.to_owned()));
    }
    let renewal = dated(certificate, "/status/renewalTime")?;
    (pass.now >= renewal).then(|| {
        let text = format!(
            "Renewing certificate as renewal was scheduled at {}",
            renewal.strftime("%Y-%m-%d %H:%M:%S +0000 UTC")
        );
        ("Renewing", text)
    })
}

fn names(certificate: &Value) -> Vec<String> {
    let listed = items(certificate, "/spec/dnsNames").iter();
    listed
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect()
}

/// Ready says whether what is there can be used, whatever is being done about it.
fn readiness(pass: &Pass<'_>, certificate: &Value) {
    let lacks = need(pass, certificate).filter(|(reason, _)| *reason != "Renewing");
    let expired = dated(certificate, "/status/notAfter").is_some_and(|end| pass.now >= end);
    let (met, reason, message) = match &lacks {
        Some((reason, message)) => (false, *reason, message.as_str()),
        None if expired => (false, "Expired", "Certificate has expired"),
        None => (
            true,
            "Ready",
            "Certificate is up to date and has not expired",
        ),
    };
    pass.change(CERTIFICATES, certificate, |next| {
        let ready = Condition {
            kind: "Ready",
            met,
            reason,
            message,
        };
        conclude(next, ready, generation(certificate), pass.now);
    });
}

fn trigger(pass: &Pass<'_>, certificate: &Value, reason: &str, message: &str) {
    let failures = number(certificate, "/status/failedIssuanceAttempts").unwrap_or(0);
    let failed = dated(certificate, "/status/lastFailureTime");
    let changed = condition(certificate, "Issuing")
        .and_then(|found| number(found, "/observedGeneration"))
        != generation(certificate);
    let request = pass.get(REQUESTS, namespace(certificate), &request_name(certificate));
    if let Some(failed) = failed
        && failures > 0
        && !changed
        && request.is_some()
    {
        let doublings = u32::try_from((failures - 1).clamp(0, 5)).unwrap_or(0);
        let wait = u64::try_from(HOUR * 2_i64.pow(doublings)).unwrap_or(3_600);
        if !pass.elapsed(failed, wait) {
            return;
        }
    }
    if let Some(request) = request {
        pass.remove(REQUESTS, &request);
    }
    pass.change(CERTIFICATES, certificate, |next| {
        let issuing = Condition {
            kind: "Issuing",
            met: true,
            reason,
            message,
        };
        conclude(next, issuing, generation(certificate), pass.now);
    });
    let component = "cert-manager-certificates-trigger";
    pass.event(certificate, component, ("Normal", "Issuing", message));
}

fn revision(certificate: &Value) -> i64 {
    number(certificate, "/status/revision").unwrap_or(0) + 1
}

fn request_name(certificate: &Value) -> String {
    format!("{}-{}", name(certificate), revision(certificate))
}

fn issue(pass: &Pass<'_>, certificate: &Value) {
    let request = pass.get(REQUESTS, namespace(certificate), &request_name(certificate));
    let Some(request) = request else {
        return ask(pass, certificate);
    };
    let stale = condition(certificate, "Issuing")
        .and_then(|issuing| dated(issuing, "/lastTransitionTime"))
        .zip(dated(&request, "/status/failureTime"))
        .is_some_and(|(began, failed)| failed < began);
    if stale {
        pass.remove(REQUESTS, &request);
    } else if holds(&request, "Ready") {
        finish(pass, certificate, &request);
    } else if condition(&request, "Ready").is_some_and(|ready| text(ready, "/reason") == "Failed") {
        give_up(pass, certificate, &request);
    }
}

/// A new key in a temporary Secret, and a request signed with it.
fn ask(pass: &Pass<'_>, certificate: &Value) {
    let Ok((key, signed)) = request(&names(certificate)) else {
        return;
    };
    let seed = format!(
        "{}{}",
        text(certificate, "/metadata/uid"),
        revision(certificate)
    );
    let temporary = format!("{}-{}", name(certificate), suffix(&seed, 5));
    pass.put(
        "secrets",
        json!({
            "metadata": {
                "name": temporary, "namespace": namespace(certificate),
                "labels": {"cert-manager.io/next-private-key": "true",
                           "controller.cert-manager.io/fao": "true"},
                "ownerReferences": owner(certificate),
            },
            "type": "Opaque", "data": {"tls.key": encoded(&key)},
        }),
    );
    let stored = format!("Stored new private key in temporary Secret resource \"{temporary}\"");
    let component = "cert-manager-certificates-key-manager";
    pass.event(certificate, component, ("Normal", "Generated", &stored));
    let made = request_name(certificate);
    pass.put(
        REQUESTS,
        json!({
            "metadata": {
                "name": made, "namespace": namespace(certificate),
                "annotations": {
                    "cert-manager.io/certificate-name": name(certificate),
                    "cert-manager.io/certificate-revision": revision(certificate).to_string(),
                    "cert-manager.io/private-key-secret-name": temporary,
                },
                "ownerReferences": owner(certificate),
            },
            "spec": {
                "issuerRef": certificate.pointer("/spec/issuerRef"),
                "request": encoded(&signed), "usages": ["digital signature", "key encipherment"],
                "username": "system:serviceaccount:cert-manager:cert-manager",
                "groups": ["system:serviceaccounts", "system:serviceaccounts:cert-manager",
                           "system:authenticated"],
            },
        }),
    );
    let created = format!("Created new CertificateRequest resource \"{made}\"");
    let component = "cert-manager-certificates-request-manager";
    pass.event(certificate, component, ("Normal", "Requested", &created));
    pass.change(CERTIFICATES, certificate, |next| {
        set(next, "/status/nextPrivateKeySecretName", json!(temporary));
    });
}

fn finish(pass: &Pass<'_>, certificate: &Value, request: &Value) {
    let temporary = text(certificate, "/status/nextPrivateKeySecretName");
    let space = namespace(certificate);
    let Some(key) = pass.get("secrets", space, temporary) else {
        return;
    };
    let names = names(certificate);
    pass.put(
        "secrets",
        json!({
            "metadata": {
                "name": text(certificate, "/spec/secretName"), "namespace": space,
                "labels": {"controller.cert-manager.io/fao": "true"},
                "annotations": {
                    "cert-manager.io/certificate-name": name(certificate),
                    "cert-manager.io/issuer-name": text(certificate, "/spec/issuerRef/name"),
                    "cert-manager.io/issuer-kind": text(certificate, "/spec/issuerRef/kind"),
                    "cert-manager.io/issuer-group": "cert-manager.io",
                    "cert-manager.io/common-name": names.first(),
                    "cert-manager.io/alt-names": names.join(","),
                    "cert-manager.io/ip-sans": "", "cert-manager.io/uri-sans": "",
                },
            },
            "type": "kubernetes.io/tls",
            "data": {
                "tls.crt": text(request, "/status/certificate"),
                "tls.key": key.pointer("/data/tls.key"),
            },
        }),
    );
    pass.remove("secrets", &key);
    let said = "The certificate has been successfully issued";
    pass.event(certificate, COMPONENT, ("Normal", "Issuing", said));
    let dates = String::from_utf8(
        STANDARD
            .decode(text(request, "/status/certificate"))
            .unwrap_or_default(),
    )
    .ok()
    .and_then(|chain| pass.world.authority.validity(&chain));
    let dates = dates.unwrap_or((pass.now, pass.now));
    pass.change(CERTIFICATES, certificate, |next| {
        settled(next, certificate, dates, pass.now);
    });
}

fn settled(
    next: &mut Value,
    certificate: &Value,
    (begin, end): (Timestamp, Timestamp),
    now: Timestamp,
) {
    let third = SignedDuration::from_secs(end.duration_since(begin).as_secs() / 3);
    let renewal = end.checked_sub(third).unwrap_or(end);
    set(next, "/status/notBefore", json!(date(begin)));
    set(next, "/status/notAfter", json!(date(end)));
    set(next, "/status/renewalTime", json!(date(renewal)));
    set(next, "/status/revision", json!(revision(certificate)));
    for gone in [
        "nextPrivateKeySecretName",
        "lastFailureTime",
        "failedIssuanceAttempts",
    ] {
        unset(next, &format!("/status/{gone}"));
    }
    drop_issuing(next);
    let ready = Condition {
        kind: "Ready",
        met: true,
        reason: "Ready",
        message: "Certificate is up to date and has not expired",
    };
    conclude(next, ready, generation(certificate), now);
}

fn drop_issuing(certificate: &mut Value) {
    let list = certificate.pointer_mut("/status/conditions");
    if let Some(list) = list.and_then(Value::as_array_mut) {
        list.retain(|condition| text(condition, "/type") != "Issuing");
    }
}

fn give_up(pass: &Pass<'_>, certificate: &Value, request: &Value) {
    let why = condition(request, "Ready").map_or("", |ready| text(ready, "/message"));
    let message =
        format!("The certificate request has failed to complete and will be retried: {why}");
    pass.event(certificate, COMPONENT, ("Warning", "Failed", &message));
    let attempts = number(certificate, "/status/failedIssuanceAttempts").unwrap_or(0) + 1;
    pass.change(CERTIFICATES, certificate, |next| {
        set(next, "/status/lastFailureTime", json!(date(pass.now)));
        set(next, "/status/failedIssuanceAttempts", json!(attempts));
        unset(next, "/status/nextPrivateKeySecretName");
        let failed = Condition {
            kind: "Issuing",
            met: false,
            reason: "Failed",
            message: &message,
        };
        conclude(next, failed, generation(certificate), pass.now);
    });
}
