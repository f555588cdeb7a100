//! The checks that ask nobody at OCI, against the lab; and all checks as the wizard asks for them.

mod asked;
mod names;
mod real_git;
mod registry;
mod repository;
mod ssh;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use k3scope::config::Config;
use k3scope::domain::event::What;
use k3scope::domain::preflight::{Checked, PreflightEvent};
use k3scope::lab::{Lab, Options};
use k3scope::preflight::checks::CHECKS;
use k3scope::preflight::{Check, Given, Scene, run};
use tokio::sync::mpsc;

/// A lab in a folder of its own, and its `cluster.toml`.
struct World {
    lab: Lab,
    text: String,
}

impl World {
    async fn new(folder: &Path) -> Self {
        // Another test of this binary may have installed it already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let options = Options {
            speed: 200.0,
            state_dir: Some(folder.join("lab")),
            ..Options::default()
        };
        let lab = Lab::start(options).await.unwrap();
        let text = std::fs::read_to_string(lab.cluster_toml()).unwrap();
        Self { lab, text }
    }

    /// The `cluster.toml` with other values under some keys.
    fn with(&self, keys: &[(&str, &str, &str)]) -> String {
        let mut document: toml::Table = self.text.parse().unwrap();
        for (table, key, value) in keys {
            let value: toml::Table = format!("it = {value}").parse().unwrap();
            let table = document
                .entry(*table)
                .or_insert_with(|| toml::Table::new().into());
            let table = table.as_table_mut().unwrap();
            table.insert((*key).to_owned(), value["it"].clone());
        }
        toml::to_string(&document).unwrap()
    }

    /// What the named checks find with this `cluster.toml`, in the order of the names.
    async fn find(&self, text: &str, names: &[&str], passphrase: Option<&str>) -> Vec<Checked> {
        let loaded = Config::drafted(text, &self.lab.cluster_toml()).unwrap();
        assert_eq!(loaded.untrusted_keys(), None);
        let scene = Arc::new(Scene::of(Given {
            loaded,
            passphrase: None,
            ssh_passphrase: passphrase.map(Into::into),
            hunt_for: Duration::ZERO,
        }));
        let checks: Vec<Check> = CHECKS
            .iter()
            .filter(|check| names.contains(&check.name))
            .copied()
            .collect();
        let (sender, mut events) = mpsc::channel(64);
        run(&scene, &checks, &sender).await;
        drop(sender);
        let mut found = Vec::new();
        while let Some(event) = events.recv().await {
            if let What::Preflight(PreflightEvent::Checked(checked)) = event.what {
                found.push(checked);
            }
        }
        let place = |checked: &Checked| names.iter().position(|name| checked.name == *name);
        found.sort_by_key(place);
        assert_eq!(found.len(), names.len(), "{found:?}");
        found
    }

    /// What one check finds with other values under some keys.
    async fn one(&self, name: &str, keys: &[(&str, &str, &str)]) -> Checked {
        let mut found = self.find(&self.with(keys), &[name], None).await;
        found.remove(0)
    }
}
