//! Whether a Cloudflare token opens the zone.

use secrecy::SecretString;

use super::desk::{Desk, problem};
use crate::cloudflare::{API, Client, Error, TokenStatus, Zone};
use crate::domain::line::Line;
use crate::domain::problem::Problem;
use crate::domain::setup::{Hidden, Told};

/// Checks the token and finds the zone of this name.
pub(super) async fn find(desk: &Desk, name: &str, typed: Option<Hidden>) -> Result<Told, Problem> {
    let token = match typed {
        Some(hidden) => {
            desk.hold_token(&hidden);
            hidden.secret().clone()
        }
        None => referred(desk)?,
    };
    let base = desk.ground.endpoints().cloudflare;
    let base = base.as_deref().unwrap_or(API);
    let client = Client::new(base, &token).map_err(|error| refused(&error))?;
    match client.verify().await {
        // What belongs to an account and not to a user is refused here, and good all the same.
        Ok(TokenStatus::Active) | Err(Error::Token(_)) => {}
        Ok(status) => return Err(unusable(status)),
        Err(error) => return Err(refused(&error)),
    }
    let zones = client.zones().await.map_err(|error| refused(&error))?;
    let zone = chosen(&zones, name).ok_or_else(|| unseen(name, &zones))?;
    client
        .records(zone)
        .await
        .map_err(|error| refused(&error))?;
    Ok(Told::Zone {
        name: zone.name.clone(),
        id: Line::new(&zone.id),
    })
}

fn chosen<'a>(zones: &'a [Zone], name: &str) -> Option<&'a Zone> {
    let name = name.trim_end_matches('.');
    zones
        .iter()
        .find(|zone| zone.name.eq_ignore_ascii_case(name))
}

/// The token that `cluster.toml` refers to.
fn referred(desk: &Desk) -> Result<SecretString, Problem> {
    let base = desk.ground.base.as_ref();
    let reference = base.and_then(|loaded| Some((loaded, loaded.config.dns.token.as_ref()?)));
    let (loaded, reference) = reference.ok_or_else(|| {
        problem(
            "There is no Cloudflare token to try",
            "cluster.toml refers to none",
            "Type the token, or check the zone once cluster.toml is written.",
        )
    })?;
    loaded.secret(reference).map_err(|error| {
        problem(
            "The Cloudflare token cannot be read",
            error,
            "See `dns.token` in cluster.toml, or type the token.",
        )
    })
}

fn refused(error: &Error) -> Problem {
    let next = match error {
        Error::Token(_) | Error::Permission(_) | Error::MayNotEdit(_) | Error::NotFound(_) => {
            "Make a token with Zone:Read and DNS:Edit for the zone: dash.cloudflare.com > My \
             profile > API tokens."
        }
        Error::RateLimited { .. } => "Wait five minutes.",
        Error::Unreachable(_) => "Check the network; you can go on and check the zone later.",
        Error::Address(_)
        | Error::Refused { .. }
        | Error::Identical(_)
        | Error::ReadOnly
        | Error::Answer(_) => "You can go on and check the zone later.",
    };
    problem("The zone could not be checked", error, next)
}

fn unusable(status: TokenStatus) -> Problem {
    let what = match status {
        TokenStatus::Expired => "its time is over",
        TokenStatus::Disabled | TokenStatus::Active => "it is switched off",
    };
    problem(
        "The Cloudflare token cannot be used",
        what,
        "Renew it, or make another: dash.cloudflare.com > My profile > API tokens.",
    )
}

fn unseen(name: &str, zones: &[Zone]) -> Problem {
    let seen: Vec<&str> = zones
        .iter()
        .map(|zone| zone.name.as_str())
        .take(20)
        .collect();
    let detail = if seen.is_empty() {
        "the token sees no zone at all".to_owned()
    } else {
        format!("the token sees {}", seen.join(", "))
    };
    problem(
        &format!("The token does not see the zone {name}"),
        detail,
        "Check the zone's name, or give the token Zone:Read and DNS:Edit for it.",
    )
}
