//! The lives of machines: an instance that comes to run boots one, what stops switches it off, what
//! is terminated takes it away.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{Notify, OwnedMutexGuard, mpsc};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::boot::Boot;
use super::cloud::Cloud;
use super::founder::Founder;
use super::k3s::Service;
use super::machine::Machine;
use super::machines::Machines;
use super::script::Run;
use super::trouble::Troubles;
use super::unit::{Request, Script};
use crate::clock::Clock;
use crate::lab::oci::{Change, Oci};

/// systemd starts a failed unit again after this, and so many times.
const RESTART: Duration = Duration::from_secs(30);
const RESTARTS: u32 = 10;

/// What all lives share; clones share it too.
#[derive(Clone)]
pub(in crate::lab) struct Lives {
    machines: Machines,
    founder: Arc<Founder>,
    troubles: Troubles,
    cloud: Cloud,
    clock: Clock,
    tasks: TaskTracker,
    stop: CancellationToken,
}

impl Lives {
    /// The lives of the instances of an OCI.
    pub(in crate::lab) fn new(
        machines: &Machines,
        (founder, troubles): (Founder, &Troubles),
        (oci, clock): (&Oci, Clock),
        tasks: &TaskTracker,
        stop: &CancellationToken,
    ) -> Self {
        Self {
            machines: machines.clone(),
            founder: Arc::new(founder),
            troubles: troubles.clone(),
            cloud: Cloud::new(oci.clone()),
            clock,
            tasks: tasks.clone(),
            stop: stop.clone(),
        }
    }

    /// Follows OCI until the lab ends.
    pub(in crate::lab) async fn follow(self) {
        let mut changes = self.cloud.oci().changes();
        self.look_at_all().await;
        loop {
            let change = tokio::select! {
                () = self.stop.cancelled() => return,
                change = changes.recv() => change,
            };
            match change {
                Ok(change) if change.kind == "instances" => self.instance(&change).await,
                Ok(_) => {}
                Err(RecvError::Lagged(_)) => self.look_at_all().await,
                Err(RecvError::Closed) => return,
            }
            self.machines.touch();
        }
    }

    /// Brings the machines in line with the instances as they are.
    async fn look_at_all(&self) {
        let instances = self.cloud.oci().resources("instances");
        for machine in self.machines.all() {
            let known = |one: &Value| one.get("id").and_then(Value::as_str) == Some(machine.id());
            if !instances.iter().any(known) {
                self.end(machine.id()).await;
            }
        }
        for instance in &instances {
            self.bring_to(instance).await;
        }
    }

    async fn instance(&self, change: &Change) {
        if change.gone {
            self.end(&change.id).await;
        } else {
            self.bring_to(&change.resource).await;
        }
    }

    async fn bring_to(&self, instance: &Value) {
        let text = |field: &str| instance.get(field).and_then(Value::as_str);
        let (Some(id), Some(state)) = (text("id"), text("lifecycleState")) else {
            return;
        };
        let known = self.machines.by_id(id);
        match (state, known) {
            ("RUNNING", Some(machine)) if !machine.is_on() => self.begin(machine, instance),
            ("RUNNING", None) => {
                let ear = self.machines.ear();
                let around = (&self.cloud, self.machines.conditions());
                if let Some(machine) = Machine::new(instance, around, self.clock, ear) {
                    self.machines.add(&machine);
                    self.begin(machine, instance);
                } else {
                    tracing::warn!(id, "an instance without a network card does not boot");
                }
            }
            ("TERMINATING" | "TERMINATED", Some(_)) => self.end(id).await,
            ("RUNNING", _) | (_, None) => {}
            (_, Some(machine)) if machine.is_on() => {
                machine.switch_off();
                self.founder.switched_off(&machine).await;
            }
            (_, Some(_)) => {}
        }
    }

    async fn end(&self, id: &str) {
        if let Some(machine) = self.machines.remove(id) {
            machine.switch_off();
            self.founder.switched_off(&machine).await;
            self.founder.gone(&machine).await;
        }
    }

    fn begin(&self, machine: Machine, instance: &Value) {
        let data = instance.pointer("/metadata/user_data");
        let data = data.and_then(Value::as_str).map(str::to_owned);
        let (mut off, stop, lives) = (machine.switch_on(), self.stop.clone(), self.clone());
        let mut reboots = machine.reboots();
        self.tasks.spawn(async move {
            loop {
                tokio::select! {
                    () = stop.cancelled() => return,
                    () = off.cancelled() => return,
                    () = lives.live(&machine, data.as_deref()) => return,
                    told = reboots.changed() => if told.is_err() { return },
                }
                machine.switch_off();
                lives.founder.switched_off(&machine).await;
                off = machine.switch_on();
            }
        });
    }

    /// From power on to power off: the boot, and meanwhile whoever wants the script to run.
    async fn live(&self, machine: &Machine, user_data: Option<&str>) {
        let boot = Boot::new(machine, user_data);
        let awake = Notify::new();
        let again = async {
            awake.notified().await;
            wake(machine);
        };
        let mut requests = machine.bootstrap().requests().await;
        // What was asked for before the machine went off is forgotten; what its boot asks for is not.
        while requests.try_recv().is_ok() {}
        let k3s = Service {
            machine,
            machines: &self.machines,
            founder: &self.founder,
            troubles: &self.troubles,
        };
        let boots = async {
            boot.play(&awake).await;
            if user_data.is_none() {
                self.founder.switched_on(machine);
            }
        };
        tokio::join!(boots, again, self.run_scripts(machine, requests), k3s.run());
    }

    async fn run_scripts(
        &self,
        machine: &Machine,
        mut requests: OwnedMutexGuard<mpsc::Receiver<Request>>,
    ) {
        let mut restarts = 0;
        let mut restart = false;
        let mut stops = machine.bootstrap().stops();
        loop {
            let request = tokio::select! {
                request = requests.recv() => request,
                Ok(()) = stops.changed(), if restart => {
                    restart = false;
                    continue;
                }
                () = machine.clock().sleep(RESTART), if restart => {
                    restart = false;
                    if !machine.bootstrap().begin() {
                        continue;
                    }
                    Some(Request::of_unit())
                }
            };
            let Some(request) = request else { return };
            stops.mark_unchanged();
            let run = Run {
                machine,
                machines: &self.machines,
                troubles: &self.troubles,
            };
            let ended = tokio::select! {
                ended = run.play(&request) => ended,
                Ok(()) = stops.changed(), if request.unit => Script::Idle,
            };
            let failed = matches!(ended, Script::Failed(_));
            restarts += u32::from(failed);
            restart = failed && request.unit && restarts < RESTARTS && machine.unit_restarts();
            machine.bootstrap().end(ended);
        }
    }
}

/// What ran before the machine was off runs again: saved rules, K3s, an enabled unit.
fn wake(machine: &Machine) {
    if let Some(how) = machine.k3s_enabled() {
        machine.start_k3s(how);
    }
    if machine.unit_is_enabled() {
        // It can only be running already.
        let _ = machine.start_unit();
    }
}
