//! Hands on what is told of the nodes and the cluster, and notices when the cluster is healthy.
//!
//! Only the store can say so, from everything that was told: it is folded here a second time, until
//! it has said so once.

use tokio::sync::mpsc;

use crate::domain::event::Event;
use crate::store::bootstrap::Bootstrap;
use crate::store::{Store, fold};

/// Hands on until one of the two ends is gone; `healthy` is told at most once.
pub(super) async fn relay(
    mut told: mpsc::Receiver<Event>,
    events: mpsc::Sender<Event>,
    healthy: mpsc::Sender<()>,
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
            store = None;
            // Whoever leads the session has ended it.
            let _ = healthy.send(()).await;
        }
    }
}
