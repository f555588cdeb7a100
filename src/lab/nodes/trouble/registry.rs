//! What is planned, what holds, and whom it befalls when.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::Value;
use strum::IntoEnumIterator as _;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::conditions::Conditions;
use super::kind::{Mending, Moment, Trouble};
use super::plan::PlannedTrouble;
use crate::clock::Clock;
use crate::lab::nodes::cloud::Cloud;
use crate::lab::nodes::machine::Machine;
use crate::lab::nodes::machines::Machines;
use crate::lab::nodes::ssh::{Switch, Switches};
use crate::lab::oci::Oci;

/// How long an SSH connection lasts where connections are dropped: in the lab's time, and at least
/// in real time, so that one through another can be opened at any speed, on a busy computer too.
const DROPPED_AFTER: Duration = Duration::from_secs(20);
const LASTS: Duration = Duration::from_secs(2);

/// The troubles of a lab; clones share them.
#[derive(Clone)]
pub(in crate::lab) struct Troubles {
    pub(super) conditions: Conditions,
    pub(super) machines: Machines,
    pub(super) cloud: Cloud,
    pub(super) switches: Switches,
    memory: Arc<Mutex<Memory>>,
    clock: Clock,
    tasks: TaskTracker,
    stop: CancellationToken,
}

#[derive(Default)]
struct Memory {
    plans: Vec<PlannedTrouble>,
    /// Whom which trouble can befall now that its moment was there: instance and trouble.
    ripe: BTreeSet<(String, Trouble)>,
    /// What OCI's resources were like before: requests that bring it back.
    before: Vec<(Mending, String, Value)>,
}

impl Troubles {
    /// None but what is planned.
    pub(in crate::lab) fn new(
        planned: &[PlannedTrouble],
        (machines, switches): (&Machines, &Switches),
        (oci, clock): (&Oci, Clock),
        tasks: &TaskTracker,
        stop: &CancellationToken,
    ) -> Self {
        let troubles = Self {
            conditions: machines.conditions().clone(),
            machines: machines.clone(),
            cloud: Cloud::new(oci.clone()),
            switches: switches.clone(),
            memory: Arc::default(),
            clock,
            tasks: tasks.clone(),
            stop: stop.clone(),
        };
        for plan in planned {
            troubles.plan(plan.clone());
        }
        troubles
    }

    /// Brings a trouble about: now where it can befall someone, else as soon as it can.
    pub(in crate::lab) fn bring(&self, what: Trouble) {
        let plan = PlannedTrouble::usual(what);
        let befallen = self.befallen(&plan);
        if what.moment().is_none() || befallen.is_empty() {
            self.plan(plan);
        }
        for machine in befallen {
            self.befall(what, &machine);
        }
        self.machines.touch();
    }

    /// Follows what happens to machines: whatever was planned for then, comes. Gives what came now.
    pub(in crate::lab::nodes) fn happened(
        &self,
        machine: &Machine,
        moment: Moment<'_>,
    ) -> Vec<Trouble> {
        let mut due = Vec::new();
        let mut memory = self.lock();
        for what in Trouble::iter().filter(|what| what.moment() == Some(moment)) {
            memory.ripe.insert((machine.id().to_owned(), what));
        }
        memory.plans.retain(|plan| {
            let now = plan.moment() == Some(moment) && is_meant(machine, plan.whom());
            if now {
                due.push(plan.clone());
            }
            // Who is meant by name or role comes once; what befalls everyone comes to each.
            !now || plan.whom().is_none()
        });
        drop(memory);
        let mut come = Vec::new();
        for plan in due {
            let Some(after) = plan.after else {
                self.befall(plan.what, machine);
                come.push(plan.what);
                continue;
            };
            let (troubles, machine) = (self.clone(), machine.clone());
            self.spawn(async move {
                troubles.clock.sleep(after).await;
                troubles.befall(plan.what, &machine);
                troubles.machines.touch();
            });
        }
        come
    }

    /// Runs something that ends with the lab.
    pub(super) fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        let stop = self.stop.clone();
        self.tasks.spawn(async move {
            stop.run_until_cancelled(work).await;
        });
    }

    /// Keeps a request that brings a resource back to what it was; the first one counts.
    pub(super) fn keep(&self, area: Mending, target: &str, body: Value) {
        let mut memory = self.lock();
        if memory.before.iter().all(|(_, known, _)| known != target) {
            memory.before.push((area, target.to_owned(), body));
        }
    }

    /// Takes the requests that mend an area.
    pub(super) fn kept(&self, area: Mending) -> Vec<(String, Value)> {
        let mut memory = self.lock();
        let (own, rest): (Vec<_>, Vec<_>) = std::mem::take(&mut memory.before)
            .into_iter()
            .partition(|(of, ..)| *of == area);
        memory.before = rest;
        own.into_iter()
            .map(|(_, target, body)| (target, body))
            .collect()
    }

    /// Forgets what was planned of an area.
    pub(super) fn forget(&self, area: Mending) {
        let mut memory = self.lock();
        let other = |plan: &PlannedTrouble| plan.what.mending() != Some(area);
        memory.plans.retain(other);
    }

    fn plan(&self, plan: PlannedTrouble) {
        if plan.moment().is_some() {
            self.lock().plans.push(plan);
            return;
        }
        let known = self.conditions.holds(plan.what);
        self.conditions.begin(plan.what, plan.whom());
        if plan.what == Trouble::SshDropped && !known {
            let troubles = self.clone();
            self.spawn(async move { troubles.drop_connections().await });
        }
    }

    async fn drop_connections(&self) {
        while self.conditions.holds(Trouble::SshDropped) {
            let wait = self.clock.at_pace(DROPPED_AFTER).max(LASTS);
            Clock::default().sleep(wait).await;
            // What was mended meanwhile is left alone.
            let machines = if self.conditions.holds(Trouble::SshDropped) {
                self.machines.all()
            } else {
                Vec::new()
            };
            for machine in machines {
                self.switches.set(machine.id(), Switch::Cut);
            }
        }
    }

    /// The machines that a trouble befalls when it comes now.
    fn befallen(&self, plan: &PlannedTrouble) -> Vec<Machine> {
        let mut all = self.machines.all();
        let memory = self.lock();
        all.retain(|machine| {
            let ripe = || (machine.id().to_owned(), plan.what);
            is_meant(machine, plan.whom())
                && (plan.moment().is_none() || memory.ripe.contains(&ripe()))
        });
        all
    }

    fn lock(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_meant(machine: &Machine, whom: Option<&str>) -> bool {
    whom.is_none_or(|whom| machine.name() == whom || machine.role().as_deref() == Some(whom))
}
