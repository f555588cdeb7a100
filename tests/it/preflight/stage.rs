//! A lab and the scene of a preflight in it.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use k3scope::clock::Clock;
use k3scope::config::{Config, Loaded};
use k3scope::domain::event::What;
use k3scope::domain::preflight::{Checked, PreflightEvent, Verdict};
use k3scope::lab::{Lab, Options, Scenario};
use k3scope::oci::{Client, Endpoints, Profile};
use k3scope::preflight::checks::CHECKS;
use k3scope::preflight::{Check, Ended, Given, Scene, run};
use tempfile::TempDir;
use tokio::sync::mpsc;

pub(super) const SPEED: f64 = 600.0;

/// A lab with its operator's files.
pub(super) struct Stage {
    pub(super) lab: Lab,
    pub(super) folder: TempDir,
}

/// What came of a preflight.
#[derive(Debug)]
pub(super) struct Came {
    pub(super) events: Vec<PreflightEvent>,
    pub(super) ended: Ended,
}

impl Stage {
    pub(super) async fn empty() -> Self {
        Self::of("empty", |_| {}).await
    }

    /// An embedded scenario, changed.
    pub(super) async fn of(name: &str, edit: impl FnOnce(&mut Scenario)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut scenario = Scenario::named(name).unwrap();
        edit(&mut scenario);
        let options = Options {
            speed: SPEED,
            state_dir: Some(folder.path().join("lab")),
            ..Options::default()
        };
        let lab = Lab::start_with(scenario, options).await.unwrap();
        Self { lab, folder }
    }

    pub(super) fn loaded(&self) -> Loaded {
        Config::load(&self.config()).unwrap()
    }

    pub(super) fn config(&self) -> PathBuf {
        self.lab.cluster_toml()
    }

    /// A client of the lab's operator.
    pub(super) fn client(&self) -> Client {
        let ready = self.lab.ready();
        let text = |name: &str| ready["oci"][name].as_str().unwrap().to_owned();
        let profile = Profile::load(&self.lab.oci_config(), &text("profile"), None).unwrap();
        let endpoints = Endpoints::at(text("endpoint"), text("region"));
        Client::new(profile, endpoints, Clock::paced(SPEED)).unwrap()
    }

    pub(super) fn compartment(&self) -> String {
        let ready = self.lab.ready();
        ready["oci"]["compartment"].as_str().unwrap().to_owned()
    }

    /// Runs all checks with this configuration, changed.
    pub(super) async fn check(&self, edit: impl FnOnce(&mut Config)) -> Came {
        let mut loaded = self.loaded();
        edit(&mut loaded.config);
        Came::of(&scene(loaded), CHECKS).await
    }
}

/// The scene of a preflight with this configuration.
pub(super) fn scene(loaded: Loaded) -> Arc<Scene> {
    Arc::new(Scene::of(Given {
        hunt_for: Duration::from_hours(12),
        loaded,
        passphrase: None,
        ssh_passphrase: None,
    }))
}

impl Came {
    pub(super) async fn of(scene: &Arc<Scene>, checks: &[Check]) -> Self {
        let (sender, mut receiver) = mpsc::channel(64);
        let ended = run(scene, checks, &sender).await;
        drop(sender);
        let mut events = Vec::new();
        while let Some(event) = receiver.recv().await {
            let What::Preflight(event) = event.what else {
                panic!("{event:?} is of no preflight");
            };
            events.push(event);
        }
        Self { events, ended }
    }

    pub(super) fn checked(&self) -> impl Iterator<Item = &Checked> {
        self.events.iter().filter_map(|event| match event {
            PreflightEvent::Checked(checked) => Some(checked),
            PreflightEvent::Started { .. } | PreflightEvent::Finished { .. } => None,
        })
    }

    pub(super) fn named(&self, name: &str) -> &Checked {
        let found = self.checked().find(|checked| checked.name == *name);
        found.unwrap_or_else(|| panic!("no {name} in {:#?}", self.events))
    }

    /// Holds one check against what it should say.
    #[track_caller]
    pub(super) fn expect(&self, name: &str, verdict: Verdict, evidence: &str, next: &str) {
        let checked = self.named(name);
        assert_eq!(checked.verdict, verdict, "{checked:?}");
        assert!(checked.evidence.contains(evidence), "{checked:?}");
        assert!(checked.next.contains(next), "{checked:?}");
    }

    /// The names of the checks that came to this.
    pub(super) fn names(&self, verdict: Verdict) -> Vec<&str> {
        let of = self.checked().filter(|checked| checked.verdict == verdict);
        let mut names: Vec<&str> = of.map(|checked| checked.name.as_str()).collect();
        names.sort_unstable();
        names
    }
}
