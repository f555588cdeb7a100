//! Logs in with a profile and looks around: tenancy, regions, compartments, availability domains.

use std::collections::BTreeMap;
use std::path::Path;

use super::desk::{Desk, Login, problem};
use crate::domain::line::Line;
use crate::domain::problem::Problem;
use crate::domain::setup::{AccountFound, CompartmentFound, Hidden, RegionFound, Told};
use crate::oci::model::{AvailabilityDomain, Compartment, Tenancy};
use crate::oci::{Client, Error, Profile, ProfileError};
use crate::provision::direct;

/// Compartments that are offered; an account that has more names its own by OCID.
const MOST_COMPARTMENTS: usize = 500;
/// Compartments stand at most six below each other.
const DEEPEST: usize = 8;

/// Finds out what the account is.
pub(super) async fn look(
    desk: &Desk,
    config_file: &Path,
    name: &str,
    passphrase: Option<Hidden>,
) -> Result<Told, Problem> {
    let typed = passphrase.map(|hidden| hidden.secret().clone());
    let passphrase = typed.or_else(|| desk.passphrase(config_file, name));
    let profile = Profile::load(config_file, name, passphrase.as_ref())
        .map_err(|error| unusable(name, &error))?;
    let base = desk.ground.base.as_ref();
    let of_base = base.and_then(|loaded| loaded.config.oci.region.as_deref());
    let region = profile
        .region()
        .or(of_base)
        .ok_or_else(|| no_region(name))?;
    let client = desk
        .ground
        .oci(profile.clone(), region)
        .map_err(|error| failed("log in", &error))?;
    desk.log_in(Login {
        config_file: config_file.to_owned(),
        name: name.to_owned(),
        passphrase,
        profile,
    });
    let account = ask(&client, name).await?;
    Ok(Told::Account { account })
}

async fn ask(client: &Client, name: &str) -> Result<AccountFound, Problem> {
    let tenancy = client.profile().tenancy();
    // Whether the login is good shows in the first answer; the rest would only fail alike.
    let regions = client
        .region_subscriptions()
        .await
        .map_err(|error| failed("log in", &error))?;
    let at_root = [("compartmentId", tenancy)];
    let (root, compartments, domains) = tokio::join!(
        client.get::<Tenancy>(tenancy),
        client.compartments(),
        client.list::<AvailabilityDomain>(&at_root),
    );
    let root = permitted(root)
        .map_err(|error| failed("read the tenancy", &error))?
        .map(|tenancy| tenancy.name)
        .filter(|name| !name.is_empty());
    let root = Line::new(root.as_deref().unwrap_or(tenancy));
    let compartments = permitted(compartments)
        .map_err(|error| failed("list the compartments", &error))?
        .unwrap_or_default();
    let domains = domains.map_err(|error| failed("list the availability domains", &error))?;
    Ok(AccountFound {
        profile: Line::new(name),
        regions: regions
            .into_iter()
            .map(|region| RegionFound {
                name: Line::new(&region.region_name),
                home: region.is_home_region,
            })
            .collect(),
        compartments: flattened(tenancy, &root, &compartments),
        tenancy: root,
        availability_domains: domains
            .into_iter()
            .map(|domain| Line::new(&domain.name))
            .collect(),
    })
}

/// What this user may not see is left out; an account is one without it.
fn permitted<T>(answer: Result<T, Error>) -> Result<Option<T>, Error> {
    match answer {
        Err(error) if matches!(error.status(), Some(403 | 404)) => Ok(None),
        other => other.map(Some),
    }
}

/// The root, and below it each compartment by its path, in the order of a directory tree.
fn flattened(tenancy: &str, root: &Line, found: &[Compartment]) -> Vec<CompartmentFound> {
    let by_id: BTreeMap<&str, &Compartment> =
        found.iter().map(|one| (one.id.as_str(), one)).collect();
    let path = |one: &Compartment| {
        let mut names = vec![one.name.as_str()];
        let mut above = one.compartment_id.as_deref();
        while let Some(parent) = above
            .filter(|_| names.len() < DEEPEST)
            .and_then(|id| by_id.get(id))
        {
            if parent.id == tenancy {
                break;
            }
            names.push(&parent.name);
            above = parent.compartment_id.as_deref();
        }
        names.reverse();
        names.join("/")
    };
    let mut below: Vec<CompartmentFound> = found
        .iter()
        .filter(|one| one.id != tenancy)
        .map(|one| CompartmentFound {
            id: Line::new(&one.id),
            name: Line::new(&path(one)),
        })
        .collect();
    below.sort_by(|one, other| one.name.cmp(&other.name));
    below.truncate(MOST_COMPARTMENTS);
    let root = CompartmentFound {
        id: Line::new(tenancy),
        name: root.clone(),
    };
    std::iter::once(root).chain(below).collect()
}

/// What OCI refused, in the words of every other command.
pub(super) fn failed(what: &str, error: &Error) -> Problem {
    direct::problem(what, error)
}

fn unusable(name: &str, error: &ProfileError) -> Problem {
    let next = if error.wants_passphrase() {
        "Type the passphrase of the API's private key."
    } else {
        "Correct the file, choose another profile, or make a new key."
    };
    problem(&format!("Profile {name} cannot be used"), error, next)
}

fn no_region(name: &str) -> Problem {
    problem(
        &format!("Profile {name} names no region"),
        "",
        "Add region=… to the profile in the OCI configuration file.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compartment(id: &str, name: &str, parent: &str) -> Compartment {
        let text = format!(r#"{{"id": "{id}", "name": "{name}", "compartmentId": "{parent}"}}"#);
        serde_json::from_str(&text).unwrap()
    }

    #[test]
    fn the_tree_stands_flat_with_the_root_first() {
        let found = [
            compartment("c", "k3s", "b"),
            compartment("b", "apps", "t"),
            compartment("t", "acme", ""),
            compartment("a", "lost", "elsewhere"),
            compartment("x", "mine", "y"),
            compartment("y", "yours", "x"),
        ];
        let flat = flattened("t", &"acme".into(), &found);
        let names: Vec<&str> = flat.iter().map(|one| one.name.as_str()).collect();
        assert_eq!(names.first(), Some(&"acme"));
        assert!(
            names.contains(&"apps/k3s") && names.contains(&"lost"),
            "{names:?}"
        );
        assert_eq!(names.len(), 6, "a ring has an end: {names:?}");
    }
}
