//! Hands on what is told of the nodes and the cluster, and notices when the cluster is healthy.
//!
//! Only the store can say so, from everything that was told: it is folded here a second time, until
//! it has said so once. How long the stages took is then kept for the next time.

use std::path::Path;

use tokio::sync::mpsc;

use crate::bootstrap::learn;
use crate::domain::event::Event;
use crate::store::bootstrap::Bootstrap;
use crate::store::{Store, fold};

/// Hands on until one of the two ends is gone; `healthy` is told at most once. `state` is the
/// workspace's own folder.
pub(super) async fn relay(
    mut told: mpsc::Receiver<Event>,
    events: mpsc::Sender<Event>,
    healthy: mpsc::Sender<()>,
    state: &Path,
) {
    let mut store = Some(Box::<Store>::default());
    while let Some(event) = told.recv().await {
        let known = store.as_mut().is_some_and(|store| {
            fold(store, event.clone());
            store.bootstrap.as_ref().is_some_and(Bootstrap::healthy)
        });
        if events.send(event).await.is_err() {
            return;
        }
        if known {
            let run = store.take().and_then(|store| store.bootstrap);
            keep(state, run.as_ref());
            // Whoever leads the session has ended it.
            let _ = healthy.send(()).await;
        }
    }
}

/// Keeps how long the stages of a run took; a file that cannot be written costs nothing else.
fn keep(state: &Path, run: Option<&Bootstrap>) {
    let lengths = run.into_iter().flat_map(Bootstrap::lengths);
    if let Err(error) = learn(state, lengths) {
        tracing::warn!(%error, "the lengths of the stages are not kept");
    }
}
