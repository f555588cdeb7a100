//! What must hold between the keys that say which secrets the cluster gets, and how.

use super::{Config, Report};
use crate::config::SecretsBy;

/// Holds the repository's way into the cluster and the registry against their rules.
pub(super) fn check(config: &Config, report: &mut Report<'_>) {
    repository(config, report);
    registry(config, report);
    namespaces(config, report);
}

fn repository(config: &Config, report: &mut Report<'_>) {
    if report.touches("bootstrap") || config.bootstrap.secrets != SecretsBy::UserData {
        return;
    }
    let needed = [
        ("gitops.repository", config.gitops.repository.is_some()),
        ("gitops.token", config.gitops.token.is_some()),
    ];
    for (key, _) in needed.into_iter().filter(|(_, given)| !given) {
        if !report.touches(key) {
            let message = format!("`user-data` lays the repository's secret, and {key} is missing");
            let expected = format!("`kubernetes-api`, or a {key}");
            report.broken("bootstrap.secrets", message, &expected);
        }
    }
}

fn registry(config: &Config, report: &mut Report<'_>) {
    let table = &config.registry;
    let pair = [
        ("username", table.username.is_some(), "token", "a name"),
        (
            "token",
            table.token.is_some(),
            "username",
            "a reference, such as { env = \"REGISTRY_TOKEN\" }",
        ),
    ];
    if pair.iter().all(|(_, given, ..)| !given) {
        return;
    }
    for (name, given, other, expected) in pair {
        let key = format!("registry.{name}");
        if !given && !report.touches(&key) {
            let message = format!("`{name}` is missing: `{other}` is nothing without it");
            report.broken(&key, message, expected);
        }
    }
    if table.token.is_some() && table.namespaces.is_empty() {
        let key = "registry.namespaces";
        if !report.touches(key) {
            let message = "no namespace gets the registry's secret";
            report.broken(key, message, "a list of namespaces, such as [\"docs\"]");
        }
    }
}

fn namespaces(config: &Config, report: &mut Report<'_>) {
    let key = "registry.namespaces";
    if report.touches(key) {
        return;
    }
    let names = &config.registry.namespaces;
    let twice = names
        .iter()
        .enumerate()
        .find(|(index, name)| names.iter().take(*index).any(|before| before == *name));
    if let Some((index, name)) = twice {
        let message = format!("{name} is named twice");
        report.broken(&format!("{key}[{index}]"), message, "each namespace once");
    }
}
