//! Runs steps in dependency order, those that do not need each other at once.
//!
//! It knows keys and order only; what a step does is the caller's. A failed step keeps those that
//! need it from starting and lets the others go on.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::domain::plan::ResourceKey;

/// What became of all steps.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    /// Steps that ended well.
    pub(super) done: BTreeSet<ResourceKey>,
    /// Steps that failed.
    pub(super) failed: BTreeSet<ResourceKey>,
    /// Steps that were never begun.
    pub(super) skipped: BTreeSet<ResourceKey>,
}

/// Runs `task` for every key of `needs`, each after those that it needs; a need that is no key of
/// the table counts as met. Once `stop` is cancelled nothing new begins; what runs is waited for.
pub(super) async fn run<F, T>(
    needs: BTreeMap<ResourceKey, BTreeSet<ResourceKey>>,
    stop: &CancellationToken,
    mut task: F,
) -> Tally
where
    F: FnMut(ResourceKey) -> T,
    T: Future<Output = bool> + Send + 'static,
{
    let known: BTreeSet<ResourceKey> = needs.keys().cloned().collect();
    let mut waiting = needs;
    let mut tally = Tally::default();
    let mut running = JoinSet::new();
    loop {
        if !stop.is_cancelled() {
            let ready: Vec<ResourceKey> = waiting
                .iter()
                .filter(|(_, needs)| {
                    needs
                        .iter()
                        .all(|key| tally.done.contains(key) || !known.contains(key))
                })
                .map(|(key, _)| key.clone())
                .collect();
            for key in ready {
                waiting.remove(&key);
                let work = task(key.clone());
                running.spawn(async move { (key, work.await) });
            }
        }
        match running.join_next().await {
            Some(Ok((key, true))) => tally.done.insert(key),
            Some(Ok((key, false))) => tally.failed.insert(key),
            Some(Err(broken)) => {
                tracing::error!(%broken, "a provisioning step broke off");
                false
            }
            None => break,
        };
    }
    let ended = |key: &ResourceKey| tally.done.contains(key) || tally.failed.contains(key);
    tally.skipped = known.iter().filter(|key| !ended(key)).cloned().collect();
    tally
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    fn keys(names: &[&str]) -> BTreeSet<ResourceKey> {
        names.iter().copied().map(ResourceKey::new).collect()
    }

    fn diamond() -> BTreeMap<ResourceKey, BTreeSet<ResourceKey>> {
        [
            ("top", keys(&["elsewhere"])),
            ("left", keys(&["top"])),
            ("right", keys(&["top"])),
            ("end", keys(&["left", "right"])),
        ]
        .map(|(key, needs)| (ResourceKey::new(key), needs))
        .into()
    }

    #[tokio::test]
    async fn each_step_runs_once_and_after_what_it_needs() {
        let order = Arc::new(Mutex::new(Vec::new()));
        let tally = run(diamond(), &CancellationToken::new(), |key| {
            let order = Arc::clone(&order);
            async move {
                order.lock().unwrap().push(key.0);
                true
            }
        })
        .await;
        let order = order.lock().unwrap();
        assert_eq!(order.len(), 4);
        assert_eq!((order[0].as_str(), order[3].as_str()), ("top", "end"));
        assert_eq!(tally.done.len(), 4);
    }

    #[tokio::test]
    async fn what_needs_a_failed_step_is_skipped_and_the_rest_goes_on() {
        let go_on = CancellationToken::new();
        let tally = run(diamond(), &go_on, |key| async move { key.0 != "left" }).await;
        assert_eq!(tally.done, keys(&["top", "right"]));
        assert_eq!(tally.failed, keys(&["left"]));
        assert_eq!(tally.skipped, keys(&["end"]));
    }

    #[tokio::test]
    async fn a_stop_lets_running_steps_end_and_begins_nothing() {
        let stop = CancellationToken::new();
        let tally = run(diamond(), &stop, |_| {
            stop.cancel();
            async { true }
        })
        .await;
        assert_eq!(tally.done, keys(&["top"]));
        assert_eq!(tally.skipped, keys(&["left", "right", "end"]));
    }
}
