//! The identity service: tenancy, regions, compartments, domains, the user and its API keys.

use serde_json::{Value, json};

use super::answer::{Answer, Outcome, Refusal};
use super::call::Call;
use super::collection::known_compartment;
use super::page;
use super::place::FAULT_DOMAINS;
use super::world::{World, stamp};

/// Routes of the identity service; `None` when the path is not one of them.
pub(super) fn route(world: &World, call: &Call, rest: &[&str]) -> Option<Outcome> {
    let get = call.method == axum::http::Method::GET;
    let outcome = match rest {
        ["regions"] => page::cut(world, call, vec![region(world)]),
        ["tenancies", id] => tenancy(world, id),
        ["tenancies", id, "regionSubscriptions"] => subscriptions(world, id),
        ["compartments"] => compartments(world, call),
        ["compartments", id] => compartment(world, id),
        ["availabilityDomains"] => availability_domains(world, call),
        ["faultDomains"] => fault_domains(world, call),
        ["users"] => call
            .required("compartmentId")
            .and_then(|id| only_root(world, id))
            .and_then(|()| page::cut(world, call, vec![user(world)])),
        ["users", id] => own_user(world, id).map(|()| Answer::json(user(world))),
        ["users", id, "apiKeys"] => own_user(world, id).map(|()| Answer::json(api_keys(world))),
        _ => return None,
    };
    Some(if get {
        outcome
    } else {
        Err(Refusal::no_such_route(&call.target))
    })
}

fn only_root(world: &World, id: &str) -> Result<(), Refusal> {
    if id == world.place.tenancy {
        Ok(())
    } else {
        Err(Refusal::hidden())
    }
}

fn own_user(world: &World, id: &str) -> Result<(), Refusal> {
    if id == world.place.user {
        Ok(())
    } else {
        Err(Refusal::hidden())
    }
}

fn region(world: &World) -> Value {
    json!({"key": world.place.region_key, "name": world.place.region})
}

fn tenancy(world: &World, id: &str) -> Outcome {
    only_root(world, id)?;
    Ok(Answer::json(json!({
        "id": id,
        "name": world.place.tenancy_name,
        "description": world.place.tenancy_name,
        "homeRegionKey": world.place.region_key,
        "upiIdcsCompatibilityLayerEndpoint": null,
        "freeformTags": {},
        "definedTags": {},
    })))
}

fn subscriptions(world: &World, id: &str) -> Outcome {
    only_root(world, id)?;
    Ok(Answer::json(json!([{
        "regionKey": world.place.region_key,
        "regionName": world.place.region,
        "status": "READY",
        "isHomeRegion": true,
    }])))
}

fn compartment_json(world: &World, id: &str) -> Value {
    let root = id == world.place.tenancy;
    let name = if root {
        &world.place.tenancy_name
    } else {
        &world.place.compartment_name
    };
    json!({
        "id": id,
        "compartmentId": if root { Value::Null } else { world.place.tenancy.clone().into() },
        "name": name,
        "description": name,
        "timeCreated": stamp(world.began),
        "lifecycleState": "ACTIVE",
        "inactiveStatus": null,
        "isAccessible": true,
        "freeformTags": {},
        "definedTags": {},
    })
}

fn compartments(world: &World, call: &Call) -> Outcome {
    let parent = call.required("compartmentId")?;
    known_compartment(world, parent)?;
    let subtree = call.query("compartmentIdInSubtree") == Some("true");
    if subtree && parent != world.place.tenancy {
        return Err(Refusal::invalid(
            "compartmentIdInSubtree is only possible with the root compartment",
        ));
    }
    let mut found = Vec::new();
    if parent == world.place.tenancy {
        found.push(compartment_json(world, &world.place.compartment));
        if subtree {
            found.push(compartment_json(world, &world.place.tenancy));
        }
    }
    found.retain(|item| {
        call.query("name").is_none_or(|name| item["name"] == name)
            && call
                .query("lifecycleState")
                .is_none_or(|state| item["lifecycleState"] == state)
    });
    page::cut(world, call, found)
}

fn compartment(world: &World, id: &str) -> Outcome {
    known_compartment(world, id)?;
    Ok(Answer::json(compartment_json(world, id)).with("etag", "1"))
}

fn availability_domains(world: &World, call: &Call) -> Outcome {
    let id = call.required("compartmentId")?;
    known_compartment(world, id)?;
    let domains: Vec<Value> = world
        .place
        .domains
        .iter()
        .enumerate()
        .map(|(index, name)| {
            json!({
                "name": name,
                "id": format!("ocid1.availabilitydomain.oc1..aaaaaaaalab{}", index + 1),
                "compartmentId": id,
            })
        })
        .collect();
    Ok(Answer::json(domains.into()))
}

fn fault_domains(world: &World, call: &Call) -> Outcome {
    let id = call.required("compartmentId")?;
    known_compartment(world, id)?;
    let domain = call.required("availabilityDomain")?;
    let Some(number) = world.place.domain_number(domain) else {
        return Err(Refusal::invalid(format!(
            "availabilityDomain {domain} is not a domain of this tenancy"
        )));
    };
    let domains: Vec<Value> = FAULT_DOMAINS
        .iter()
        .map(|name| {
            json!({
                "name": name,
                "id": format!("ocid1.faultdomain.oc1..aaaaaaaalab{number}{}", name.to_lowercase()),
                "compartmentId": id,
                "availabilityDomain": domain,
            })
        })
        .collect();
    Ok(Answer::json(domains.into()))
}

fn user(world: &World) -> Value {
    json!({
        "id": world.place.user,
        "compartmentId": world.place.tenancy,
        "name": "operator",
        "description": "The operator of the lab's tenancy",
        "email": "operator@example.com",
        "emailVerified": true,
        "timeCreated": stamp(world.began),
        "lifecycleState": "ACTIVE",
        "inactiveStatus": null,
        "isMfaActivated": true,
        "capabilities": {"canUseConsolePassword": true, "canUseApiKeys": true, "canUseAuthTokens": true,
            "canUseSmtpCredentials": true, "canUseDbCredentials": true,
            "canUseCustomerSecretKeys": true, "canUseOAuth2ClientCredentials": true},
        "freeformTags": {},
        "definedTags": {},
    })
}

fn api_keys(world: &World) -> Value {
    let place = &world.place;
    place
        .api_keys
        .iter()
        .map(|(fingerprint, pem)| {
            json!({
                "keyId": format!("{}/{}/{fingerprint}", place.tenancy, place.user),
                "keyValue": pem,
                "fingerprint": fingerprint,
                "userId": place.user,
                "timeCreated": stamp(world.began),
                "lifecycleState": "ACTIVE",
                "inactiveStatus": null,
            })
        })
        .collect()
}
