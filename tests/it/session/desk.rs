//! A lab, and the executor that answers the wizard's questions about it.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use k3scope::app::setup::{Executor, Ground};
use k3scope::clock::Clock;
use k3scope::config::Config;
use k3scope::domain::event::{Event, What};
use k3scope::domain::problem::Problem;
use k3scope::domain::setup::{Ask, Told};
use k3scope::lab::{Lab, Options};
use tokio::sync::mpsc;

/// How many times as fast as the real world tests go.
pub(super) const SPEED: f64 = 200.0;

/// Who asks, and who answers.
pub(super) struct Desk {
    pub(super) executor: Executor,
    pub(super) events: mpsc::Receiver<Event>,
    pub(super) folder: tempfile::TempDir,
}

/// A lab in a folder of its own.
pub(super) async fn lab(folder: &Path) -> Lab {
    let options = Options {
        speed: SPEED,
        state_dir: Some(folder.join("lab")),
        ..Options::default()
    };
    Lab::start(options).await.unwrap()
}

/// Where a session stands that the lab's `cluster.toml` begins.
pub(super) fn ground(lab: &Lab) -> Ground {
    let base = Config::load(&lab.cluster_toml()).unwrap();
    Ground {
        config: base.path.clone(),
        base: Some(base),
        passphrase: None,
        ssh_passphrase: None,
        read_only: false,
        clock: Clock::paced(SPEED),
    }
}

impl Desk {
    /// In an empty folder, with nothing outside.
    pub(super) fn alone(read_only: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let ground = Ground {
            config: folder.path().join("cluster.toml"),
            base: None,
            passphrase: None,
            ssh_passphrase: None,
            read_only,
            clock: Clock::default(),
        };
        Self::at(ground, folder)
    }

    /// With a lab around it.
    pub(super) async fn in_lab() -> (Self, Lab) {
        let folder = tempfile::tempdir().unwrap();
        let lab = lab(folder.path()).await;
        (Self::at(ground(&lab), folder), lab)
    }

    fn at(ground: Ground, folder: tempfile::TempDir) -> Self {
        let (sender, events) = mpsc::channel(64);
        Self {
            executor: Executor::new(ground, sender),
            events,
            folder,
        }
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The answer to `ask`.
    pub(super) async fn ask(&mut self, ask: Ask) -> Told {
        let topic = ask.topic();
        self.executor.ask(ask);
        assert_eq!(self.told().await, Told::Asked { topic });
        self.told().await
    }

    /// Why `ask` failed.
    pub(super) async fn refused(&mut self, ask: Ask) -> Problem {
        let told = self.ask(ask).await;
        let Told::Failed { problem, .. } = told else {
            panic!("it was done: {told:?}");
        };
        problem
    }

    pub(super) async fn told(&mut self) -> Told {
        let what = self.events.recv().await.unwrap().what;
        let What::Setup(told) = what else {
            panic!("nobody asked for {what:?}");
        };
        told
    }
}

/// The permissions of a file or a folder.
pub(super) fn mode(path: &Path) -> u32 {
    std::fs::symlink_metadata(path)
        .unwrap()
        .permissions()
        .mode()
        & 0o777
}
