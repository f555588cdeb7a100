//! Orders: one authorization a name, a Challenge for each, then the signed certificate.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::object::{
    annotation, date, dated, hex, items, name, namespace, owned_by, owner, set, text,
};
use super::super::world::Pass;
use super::{CHALLENGES, ORDERS, adler32, decoded, encoded, issuer_of};

const ANSWER_SECONDS: u64 = 1;
const COMPONENT: &str = "cert-manager-orders";

pub(super) fn reconcile(pass: &Pass<'_>) {
    for order in pass.list(ORDERS) {
        match text(&order, "/status/state") {
            "" => begin(pass, &order),
            "pending" => authorize(pass, &order),
            "ready" => finalize(pass, &order),
            _ => forget(pass, &order),
        }
    }
}

fn names(order: &Value) -> Vec<String> {
    let listed = items(order, "/spec/dnsNames").iter();
    listed
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect()
}

fn begin(pass: &Pass<'_>, order: &Value) {
    let made = dated(order, "/metadata/creationTimestamp").unwrap_or(pass.now);
    let Some(issuer) = issuer_of(pass, order) else {
        return;
    };
    if !pass.elapsed(made, ANSWER_SECONDS) {
        return;
    }
    let is_for_trials = text(&issuer, "/spec/acme/server").contains("staging");
    if let Some(until) = pass.world.authority.limited(pass.now)
        && !is_for_trials
    {
        return refuse(pass, order, until);
    }
    let account = text(&issuer, "/status/acme/uri");
    let base = account.split("/acme/acct/").next().unwrap_or_default();
    let number = account.rsplit('/').next().unwrap_or_default();
    let id = adler32(text(order, "/metadata/uid"));
    let authorizations: Vec<Value> = names(order)
        .iter()
        .map(|host| {
            let token = token(order, host);
            let place = adler32(&token);
            json!({
                "identifier": host, "initialState": "pending", "wildcard": false,
                "url": format!("{base}/acme/authz/{number}/{place}"),
                "challenges": [{
                    "type": "http-01", "token": token,
                    "url": format!("{base}/acme/chall/{number}/{place}/{}", hex(&token, 6)),
                }],
            })
        })
        .collect();
    pass.change(ORDERS, order, |next| {
        set(next, "/status/state", json!("pending"));
        set(
            next,
            "/status/url",
            json!(format!("{base}/acme/order/{number}/{id}")),
        );
        let finalize = format!("{base}/acme/finalize/{number}/{id}");
        set(next, "/status/finalizeURL", json!(finalize));
        set(next, "/status/authorizations", json!(authorizations));
    });
}

/// The limit for one set of names is reached: Let's Encrypt refuses the order.
fn refuse(pass: &Pass<'_>, order: &Value, until: Timestamp) {
    let until = until.strftime("%Y-%m-%d %H:%M:%S UTC");
    let reason = format!(
        "Failed to create Order: 429 urn:ietf:params:acme:error:rateLimited: too many certificates (5) \
         already issued for this exact set of identifiers in the last 168h0m0s, retry after {until}."
    );
    pass.change(ORDERS, order, |next| {
        set(next, "/status/state", json!("errored"));
        set(next, "/status/reason", json!(reason));
        set(next, "/status/failureTime", json!(date(pass.now)));
    });
}

fn token(order: &Value, host: &str) -> String {
    hex(&format!("{}{host}", text(order, "/metadata/uid")), 43)
}

fn authorize(pass: &Pass<'_>, order: &Value) {
    let mut challenges = pass.list(CHALLENGES);
    challenges.retain(|challenge| owned_by(challenge, order));
    for authorization in items(order, "/status/authorizations") {
        let host = text(authorization, "/identifier");
        if !challenges.iter().any(|c| text(c, "/spec/dnsName") == host) {
            challenge(pass, order, authorization);
        }
    }
    let count = |state: &str| {
        let all = challenges.iter();
        all.filter(|challenge| text(challenge, "/status/state") == state)
            .count()
    };
    let failed = challenges.iter().find(|challenge| {
        matches!(
            text(challenge, "/status/state"),
            "invalid" | "expired" | "errored"
        )
    });
    if let Some(failed) = failed {
        let state = text(failed, "/status/state").to_owned();
        let reason = text(failed, "/status/reason").to_owned();
        pass.change(ORDERS, order, |next| {
            set(next, "/status/state", json!(state));
            set(next, "/status/reason", json!(reason));
            set(
                next,
                "/status/failureTime",
                json!(super::super::object::date(pass.now)),
            );
        });
    } else if !challenges.is_empty() && count("valid") == names(order).len() {
        pass.change(ORDERS, order, |next| {
            set(next, "/status/state", json!("ready"));
        });
    }
}

fn challenge(pass: &Pass<'_>, order: &Value, authorization: &Value) {
    let Some(issuer) = issuer_of(pass, order) else {
        return;
    };
    let host = text(authorization, "/identifier");
    let token = text(authorization, "/challenges/0/token");
    let challenge = format!("{}-{}", name(order), adler32(&format!("{token}{host}")));
    let solver = items(&issuer, "/spec/acme/solvers").first().cloned();
    pass.put(
        CHALLENGES,
        json!({
            "metadata": {
                "name": challenge, "namespace": namespace(order),
                "finalizers": [], "ownerReferences": owner(order),
            },
            "spec": {
                "authorizationURL": text(authorization, "/url"), "dnsName": host,
                "issuerRef": order.pointer("/spec/issuerRef"),
                "key": format!("{token}.{}", hex(text(&issuer, "/metadata/uid"), 43)),
                "solver": solver, "token": token, "type": "HTTP-01",
                "url": text(authorization, "/challenges/0/url"), "wildcard": false,
            },
        }),
    );
    let message = format!("Created Challenge resource \"{challenge}\" for domain \"{host}\"");
    pass.event(order, COMPONENT, ("Normal", "Created", &message));
}

/// Signs with the key that the Certificate's temporary Secret holds.
fn finalize(pass: &Pass<'_>, order: &Value) {
    let key = annotation(order, "cert-manager.io/private-key-secret-name").unwrap_or_default();
    let key = pass
        .get("secrets", namespace(order), key)
        .and_then(|secret| decoded(&secret, "tls.key"));
    let issued = key.map(|key| pass.world.authority.issue(&names(order), &key, pass.now));
    let Some(Ok(chain)) = issued else {
        pass.change(ORDERS, order, |next| {
            set(next, "/status/state", json!("errored"));
            let reason = "Failed to finalize Order: the private key of the request is gone";
            set(next, "/status/reason", json!(reason));
        });
        return;
    };
    let said = "Order completed successfully";
    pass.event(order, COMPONENT, ("Normal", "Complete", said));
    pass.change(ORDERS, order, |next| {
        set(next, "/status/state", json!("valid"));
        set(next, "/status/certificate", json!(encoded(&chain)));
    });
}

/// A finished order keeps no challenges.
fn forget(pass: &Pass<'_>, order: &Value) {
    if text(order, "/status/state") != "valid" {
        return;
    }
    for challenge in pass.list(CHALLENGES) {
        if owned_by(&challenge, order) {
            pass.remove(CHALLENGES, &challenge);
        }
    }
}
