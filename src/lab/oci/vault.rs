//! Key vaults as the key management service keeps them: a deleted one stays listed until its day.
//!
//! Keys and secrets in them are not played.

use std::time::Duration;

use axum::http::Method;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::answer::{Outcome, Refusal};
use super::call::Call;
use super::collection;
use super::kinds;
use super::network::{Body, text};
use super::schema::{self, Field, Type, may};
use super::world::{World, stamp};

const SOONEST: Duration = Duration::from_hours(7 * 24);
const LATEST: Duration = Duration::from_hours(30 * 24);
/// A request may be under way for a while.
const GRACE: Duration = Duration::from_mins(5);
const SCHEDULE_SECONDS: f64 = 3.0;
const SCHEDULE: &[Field] = &[may("timeOfDeletion", Type::Text)];

/// Routes of vaults below the key management service's base path.
pub(super) fn route(world: &mut World, call: &Call, rest: &[&str]) -> Outcome {
    match (&call.method, rest) {
        (&Method::GET, ["vaults"]) => collection::list(world, &kinds::VAULT, call),
        (&Method::POST, ["vaults"]) => collection::create(world, &kinds::VAULT, call),
        (&Method::GET, ["vaults", id]) => collection::get(world, &kinds::VAULT, id),
        (&Method::PUT, ["vaults", id]) => collection::update(world, &kinds::VAULT, id, call),
        (&Method::POST, ["vaults", id, "actions", "scheduleDeletion"]) => schedule(world, id, call),
        (&Method::POST, ["vaults", id, "actions", "cancelDeletion"]) => cancel(world, id, call),
        _ => Err(Refusal::no_such_route(&call.target)),
    }
}

pub(super) fn check(_world: &World, body: &Body, changed: Option<&str>) -> Result<(), Refusal> {
    if changed.is_none() && text(body, "vaultType") != Some("DEFAULT") {
        return Err(Refusal::invalid(
            "vaultType must be DEFAULT; this tenancy has no private vaults",
        ));
    }
    Ok(())
}

pub(super) fn furnish(world: &mut World, id: &str) {
    let region = world.place.region.clone();
    let wrapping = world.place.new_ocid("key");
    world.edit(id, |vault| {
        for (field, what) in [
            ("cryptoEndpoint", "crypto"),
            ("managementEndpoint", "management"),
        ] {
            let host = format!("https://lab-{what}.kms.{region}.oraclecloud.com");
            vault.insert(field.into(), host.into());
        }
        vault.insert("wrappingkeyId".into(), wrapping.into());
        vault.insert("timeOfDeletion".into(), Value::Null);
        vault.insert("isPrimary".into(), true.into());
    });
}

/// `ScheduleVaultDeletion`: in 30 days unless the client names a moment from 7 to 30 days from now.
fn schedule(world: &mut World, id: &str, call: &Call) -> Outcome {
    collection::act_once(world, call, id, |world| {
        in_state(world, id, call, "ACTIVE")?;
        let at = deletion(world, call)?;
        world.edit(id, |vault| {
            vault.insert("timeOfDeletion".into(), stamp(at).into());
        });
        world.pass_through(
            id,
            "SCHEDULING_DELETION",
            SCHEDULE_SECONDS,
            "PENDING_DELETION",
        );
        Ok(())
    })
}

fn deletion(world: &World, call: &Call) -> Result<Timestamp, Refusal> {
    let latest = world.now.checked_add(LATEST).unwrap_or(world.now);
    if call.body.is_empty() {
        return Ok(latest);
    }
    let body = call.object()?;
    schema::check(&body, SCHEDULE, "")?;
    let Some(wanted) = text(&body, "timeOfDeletion") else {
        return Ok(latest);
    };
    let far_enough = |at: &Timestamp| {
        let wait = at.duration_since(world.now);
        let bounds = [SOONEST.saturating_sub(GRACE), LATEST + GRACE].map(SignedDuration::try_from);
        matches!(bounds, [Ok(soonest), Ok(latest)] if (soonest..=latest).contains(&wait))
    };
    wanted
        .parse::<Timestamp>()
        .ok()
        .filter(far_enough)
        .ok_or_else(|| {
            Refusal::invalid(format!(
                "timeOfDeletion {wanted} is not from 7 to 30 days from now"
            ))
        })
}

/// `CancelVaultDeletion`.
fn cancel(world: &mut World, id: &str, call: &Call) -> Outcome {
    collection::act_once(world, call, id, |world| {
        in_state(world, id, call, "PENDING_DELETION")?;
        world.edit(id, |vault| {
            vault.insert("timeOfDeletion".into(), Value::Null);
        });
        world.pass_through(id, "CANCELLING_DELETION", SCHEDULE_SECONDS, "ACTIVE");
        Ok(())
    })
}

fn in_state(world: &World, id: &str, call: &Call, state: &str) -> Result<(), Refusal> {
    let vault = world.living("vaults", id).ok_or_else(Refusal::hidden)?;
    collection::if_match(vault, call)?;
    if vault.state() == state {
        Ok(())
    } else {
        Err(Refusal::incorrect_state(id, vault.state()))
    }
}
