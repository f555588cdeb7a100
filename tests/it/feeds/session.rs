//! The product's feeds and fold, held in the hand.

use std::path::PathBuf;
use std::time::Duration;

use k3scope::clock::Clock;
use k3scope::domain::event::Event;
use k3scope::kube::{Connection, Target};
use k3scope::sources::{CHANNEL, Feeds, Supervisor};
use k3scope::store::{Store, fold};
use tempfile::TempDir;
use tokio::sync::mpsc;

use super::api::Api;

/// Waits of the product run this many times as fast.
pub(super) const PACE: f64 = 200.0;
const PATIENCE: Duration = Duration::from_secs(20);

pub(super) struct Session {
    pub(super) store: Store,
    events: mpsc::Receiver<Event>,
    supervisor: Option<Supervisor>,
    _folder: TempDir,
}

impl Session {
    pub(super) async fn with(api: &Api, namespace: Option<&str>) -> Self {
        Self::of_kubeconfig(&config_text(api), namespace).await
    }

    /// Looks at the cluster of a kubeconfig's text.
    pub(super) async fn of_kubeconfig(text: &str, namespace: Option<&str>) -> Self {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("kubeconfig");
        std::fs::write(&path, text).unwrap();
        let target = Target {
            kubeconfig: Some(path),
            context: None,
            namespace: namespace.map(str::to_owned),
        };
        let feeds = Feeds {
            kubernetes: Some(Connection::open(&target).await.unwrap()),
            metrics: true,
            ..Feeds::default()
        };
        Self::following(feeds, folder)
    }

    pub(super) fn following(feeds: Feeds, folder: TempDir) -> Self {
        let (sender, events) = mpsc::channel(CHANNEL);
        Self {
            store: Store::default(),
            events,
            supervisor: Some(Supervisor::start(feeds, sender, Clock::paced(PACE))),
            _folder: folder,
        }
    }

    /// Folds until `so` holds; each fold is shown to `watching` as well.
    pub(super) async fn until_watching(
        &mut self,
        why: &str,
        mut so: impl FnMut(&Store) -> bool,
        mut watching: impl FnMut(&Store),
    ) {
        let folding = async {
            while !so(&self.store) {
                let event = self.events.recv().await.expect("the feeds have ended");
                fold(&mut self.store, event);
                watching(&self.store);
            }
        };
        if Clock::default().timeout(PATIENCE, folding).await.is_err() {
            let sources: Vec<_> = self.store.sources.iter().collect();
            panic!("waited in vain until {why}; sources: {sources:#?}");
        }
    }

    pub(super) async fn until(&mut self, why: &str, so: impl FnMut(&Store) -> bool) {
        self.until_watching(why, so, |_| {}).await;
    }

    pub(super) async fn stop(mut self) {
        drop(self.events);
        self.supervisor.take().unwrap().stop().await;
    }
}

fn config_text(api: &Api) -> String {
    format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: test\n\
         clusters: [{{name: c, cluster: {{server: \"{}\"}}}}]\n\
         users: [{{name: u, user: {{token: t}}}}]\n\
         contexts: [{{name: test, context: {{cluster: c, user: u}}}}]\n",
        api.url()
    )
}

pub(super) fn kubeconfig(api: &Api) -> (TempDir, PathBuf) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("kubeconfig");
    std::fs::write(&path, config_text(api)).unwrap();
    (folder, path)
}
