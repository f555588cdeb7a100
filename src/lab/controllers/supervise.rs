//! One task that keeps all controllers going: it wakes on a change or when something is due.
//!
//! A round runs every controller once; rounds repeat until nothing changes, with a bound, so that
//! two controllers that disagree cannot keep the machine busy.

use std::time::Duration;

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use super::world::{Pass, World};
use super::{
    argocd, cert_manager, deployments, endpoints, external_dns, external_secrets, gateway, helm,
    jobs, k3s, pods, replicas,
};
use crate::clock::Clock;

const ROUNDS: usize = 40;
const STEPS: usize = 2_000;
/// Between two passes, so that a burst of changes is one pass.
const REST: Duration = Duration::from_millis(20);
const LONGEST_SLEEP: Duration = Duration::from_mins(1);
/// What only repeats is not looked at more often, however fast the lab goes.
const BREATH: Duration = Duration::from_millis(250);

/// What a pass left to wait for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Next {
    /// Something goes on then.
    pub(super) due: Option<Timestamp>,
    /// Something is looked at again then.
    pub(super) idle: Option<Timestamp>,
    /// The version of the objects at which nothing was left to do.
    settled_at: Option<u64>,
}

/// Runs every controller until none changes anything.
pub(super) fn pass(world: &World, now: Timestamp, clock: Clock) -> Next {
    let objects = world.objects.changes();
    let mut next = Next {
        due: None,
        idle: None,
        settled_at: None,
    };
    for _ in 0..ROUNDS {
        let before = *objects.borrow();
        let round = Pass::new(world, now, clock);
        k3s::reconcile(&round);
        helm::reconcile(&round);
        argocd::reconcile(&round);
        deployments::reconcile(&round);
        replicas::reconcile(&round);
        jobs::reconcile(&round);
        pods::reconcile(&round);
        endpoints::reconcile(&round);
        gateway::reconcile(&round);
        cert_manager::reconcile(&round);
        external_secrets::reconcile(&round);
        external_dns::reconcile(&round);
        next = Next {
            due: round.due(),
            idle: round.idle(),
            settled_at: (*objects.borrow() == before).then_some(before),
        };
        if next.settled_at.is_some() {
            break;
        }
    }
    next
}

/// Plays the world from `from` to `until` without waiting: time jumps to whatever is due next.
pub(crate) fn settle(world: &World, from: Timestamp, until: Timestamp) {
    let clock = Clock::default();
    let mut now = from;
    for _ in 0..STEPS {
        let next = pass(world, now, clock);
        match next.due {
            Some(due) if due <= until => now = due,
            _ => break,
        }
    }
    pass(world, until, clock);
}

/// Keeps the controllers going until `stop`. Where a pass takes longer than the lab's pace leaves
/// it, their time falls behind and goes from one moment that is due to the next, so that what takes
/// ten seconds never comes after what takes ten minutes.
pub(crate) async fn supervise(world: World, clock: Clock, stop: CancellationToken) {
    let mut objects = world.objects.changes();
    let mut records = world.zone.changes();
    let mut now = clock.now();
    while !stop.is_cancelled() {
        records.mark_unchanged();
        let next = pass(&world, now, clock);
        // Dates are real and already at the lab's pace: the wait must not be divided again.
        let real = Clock::default();
        real.sleep(REST).await;
        let behind = next.due.filter(|due| *due <= real.now());
        if let Some(due) = behind {
            now = due;
            continue;
        }
        now = real.now();
        if Some(*objects.borrow_and_update()) != next.settled_at {
            continue;
        }
        let repeated = next.idle.map(|idle| until(now, idle).max(BREATH));
        let wait = next.due.map(|due| until(now, due));
        let wait = wait.into_iter().chain(repeated).min();
        tokio::select! {
            () = stop.cancelled() => return,
            () = real.sleep(wait.unwrap_or(LONGEST_SLEEP).min(LONGEST_SLEEP)) => {}
            changed = objects.changed() => if changed.is_err() { return },
            changed = records.changed() => if changed.is_err() { return },
        }
        now = real.now();
        if let Some(due) = next.due {
            now = now.min(due);
        }
    }
}

fn until(now: Timestamp, due: Timestamp) -> Duration {
    Duration::try_from(due.duration_since(now)).unwrap_or(Duration::ZERO)
}
