//! Every check against the `cluster.toml` that the wizard would write, before it is written.

use std::path::Path;
use std::sync::Arc;

use tokio::sync::mpsc::Sender;

use super::desk::{Desk, problem};
use crate::config::{Config, Loaded, SecretRef};
use crate::domain::event::Event;
use crate::domain::problem::Problem;
use crate::domain::setup::Told;
use crate::preflight::{self, Given, Scene, checks::CHECKS};
use crate::wizard::TOKEN_FILE;

/// Runs them; each is told on `events` as it ends.
pub(super) async fn run(desk: &Desk, text: &str, events: &Sender<Event>) -> Result<Told, Problem> {
    let loaded = drafted(desk, text)?;
    let table = &loaded.config.oci;
    let passphrase = desk.passphrase(&table.config_file, &table.profile);
    let typed = desk.typed_token().filter(|_| is_typed(&loaded));
    let given = Given {
        passphrase,
        ssh_passphrase: desk.ground.ssh_passphrase.clone(),
        hunt_for: loaded.config.provision.hunt_for(),
        loaded,
    };
    let scene = Arc::new(Scene::of(given).with_dns_token(typed));
    let ended = preflight::run(&scene, CHECKS, events).await;
    Ok(Told::Preflight {
        blocks: ended.blocks,
        warns: ended.warns,
    })
}

/// The configuration as it would count. What is redirected on nobody's word is not tried elsewhere.
fn drafted(desk: &Desk, text: &str) -> Result<Loaded, Problem> {
    let path = &desk.ground.config;
    let path = std::fs::canonicalize(path).unwrap_or_else(|_| path.clone());
    let loaded = Config::drafted(text, &path).map_err(|problems| {
        problem(
            "The checks cannot begin: cluster.toml would not be valid",
            problems,
            "Correct what the review lists.",
        )
    })?;
    match loaded.untrusted_keys() {
        None => Ok(loaded),
        Some(keys) => Err(problem(
            "The checks cannot begin: cluster.toml redirects or executes",
            format!("not trusted: {keys}"),
            "Look at `k3scope trust --show`, then run `k3scope trust`.",
        )),
    }
}

/// Whether the token is found where a typed one will be kept.
fn is_typed(loaded: &Loaded) -> bool {
    let token = loaded.config.dns.token.as_ref();
    matches!(token, Some(SecretRef::File(file)) if file == Path::new(TOKEN_FILE))
}
