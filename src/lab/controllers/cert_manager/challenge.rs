//! Challenges: presented through the Gateway, checked from inside, then accepted or still waited for.
//!
//! What the self-check finds follows from Cloudflare's record for the name and from the solver's
//! route, endpoints and listener.

use serde_json::{Value, json};

use super::super::object::{date, holds, items, name, namespace, set, text};
use super::super::world::Pass;
use super::{CHALLENGES, solver};

/// Five good answers, two seconds apart.
const CHECK_SECONDS: u64 = 10;
const COMPONENT: &str = "cert-manager-challenges";
const GATEWAYS: &str = "gateways.gateway.networking.k8s.io";

pub(super) fn reconcile(pass: &Pass<'_>) {
    for challenge in pass.list(CHALLENGES) {
        if text(&challenge, "/status/state") == "valid" {
            continue;
        }
        match challenge
            .pointer("/status/presented")
            .and_then(Value::as_bool)
        {
            Some(true) => check(pass, &challenge),
            _ => present(pass, &challenge),
        }
    }
}

fn present(pass: &Pass<'_>, challenge: &Value) {
    let scheduled = "Challenge scheduled for processing";
    pass.event(challenge, COMPONENT, ("Normal", "Started", scheduled));
    if let Err(reason) = solver::present(pass, challenge) {
        pass.event(challenge, COMPONENT, ("Warning", "PresentError", &reason));
        pass.change(CHALLENGES, challenge, |next| {
            set(next, "/status/processing", json!(true));
            set(next, "/status/state", json!("pending"));
            set(next, "/status/reason", json!(reason));
        });
        return;
    }
    let said = "Presented challenge using HTTP-01 challenge mechanism";
    pass.event(challenge, COMPONENT, ("Normal", "Presented", said));
    pass.change(CHALLENGES, challenge, |next| {
        set(
            next,
            "/status",
            json!({
                "processing": true, "presented": true, "presentedAt": date(pass.now),
                "state": "pending",
            }),
        );
    });
}

fn check(pass: &Pass<'_>, challenge: &Value) {
    let answer = self_check(pass, challenge);
    let key = format!("challenge/{}", text(challenge, "/metadata/uid"));
    let passed = pass.held(&key, answer.is_ok(), CHECK_SECONDS);
    match answer {
        Ok(()) if passed => {
            let host = text(challenge, "/spec/dnsName");
            let said = format!("Domain \"{host}\" verified with \"HTTP-01\" validation");
            pass.event(challenge, COMPONENT, ("Normal", "DomainVerified", &said));
            pass.change(CHALLENGES, challenge, |next| {
                set(
                    next,
                    "/status",
                    json!({
                        "processing": false, "presented": false, "state": "valid",
                        "reason": "Successfully authorized domain",
                    }),
                );
            });
        }
        Ok(()) => {}
        Err(reason) => {
            let reason = format!("Waiting for HTTP-01 challenge propagation: {reason}");
            pass.change(CHALLENGES, challenge, |next| {
                set(next, "/status/reason", json!(reason));
            });
        }
    }
}

/// What `GET http://HOST/.well-known/acme-challenge/TOKEN` meets, from the record to the pod.
fn self_check(pass: &Pass<'_>, challenge: &Value) -> Result<(), String> {
    let host = text(challenge, "/spec/dnsName");
    let url = format!(
        "http://{host}/.well-known/acme-challenge/{}",
        text(challenge, "/spec/token")
    );
    let failed = |error: &str| {
        format!("failed to perform self check GET request '{url}': Get \"{url}\": {error}")
    };
    let records = pass.world.zone.named(host);
    let Some(record) = records.iter().find(|record| record.kind == "A") else {
        return Err(failed(&format!(
            "dial tcp: lookup {host} on 10.43.0.10:53: no such host"
        )));
    };
    if record.proxied {
        // The proxy sends http to https and answers with its own page.
        return Err(format!(
            "did not get expected response when querying endpoint, expected \"{}\" but got: <!DOCTYPE html>\n<!--[if lt IE 7]> <html class=\"no-js ie6 oldie\" lang=\"en-US\"> <![endif]-->... (truncated)",
            text(challenge, "/spec/key")
        ));
    }
    if record.content != *pass.world.ingress {
        return Err(failed(&format!(
            "dial tcp {}:80: i/o timeout",
            record.content
        )));
    }
    let Some(route) = solver::route(pass, challenge) else {
        return Err("wrong status code '404', expected '200'".to_owned());
    };
    if !listens(pass, &route) {
        return Err(failed(&format!(
            "dial tcp {}:80: connect: connection refused",
            record.content
        )));
    }
    if !accepted(&route) {
        return Err("wrong status code '404', expected '200'".to_owned());
    }
    if solver::answers(pass, challenge) {
        Ok(())
    } else {
        Err("wrong status code '503', expected '200'".to_owned())
    }
}

fn accepted(route: &Value) -> bool {
    let conditions = items(route, "/status/parents").iter();
    conditions
        .flat_map(|parent| items(parent, "/conditions"))
        .any(|condition| {
            text(condition, "/type") == "Accepted" && text(condition, "/status") == "True"
        })
}

fn listens(pass: &Pass<'_>, route: &Value) -> bool {
    items(route, "/spec/parentRefs").iter().any(|parent| {
        let space = match text(parent, "/namespace") {
            "" => namespace(route),
            space => space,
        };
        pass.get(GATEWAYS, space, text(parent, "/name"))
            .is_some_and(|gateway| holds(&gateway, "Programmed") && !name(&gateway).is_empty())
    })
}
