//! The process of K3s on a machine: it comes up, founds the cluster or tries to join it, and says in
//! the journal what it meets.
//!
//! What stands in an agent's way is looked up (`obstacle`) again and again, whoever mends it; how a
//! cluster begins is the founder's.

use std::sync::{Arc, Weak};
use std::time::Duration;

use super::founder::Founder;
use super::machine::{K3s, Machine};
use super::machines::Machines;
use super::obstacle;
use super::stages;
use super::trouble::{Moment, Troubles};
use crate::lab::cluster::Standing;

/// How long an agent waits before it asks its server again.
const AGAIN: Duration = Duration::from_secs(5);
/// systemd's `RestartSec` of both units.
const RESTART: Duration = Duration::from_secs(5);

/// K3s on one machine, for one time of being on.
pub(super) struct Service<'a> {
    pub(super) machine: &'a Machine,
    pub(super) machines: &'a Machines,
    pub(super) founder: &'a Founder,
    pub(super) troubles: &'a Troubles,
}

impl Service<'_> {
    /// Runs K3s whenever its unit does.
    pub(super) async fn run(&self) {
        let mut process = self.machine.k3s_process();
        loop {
            let wanted = process.borrow_and_update().how;
            let Some(how) = wanted else {
                if process.changed().await.is_err() {
                    return;
                }
                continue;
            };
            tokio::select! {
                () = self.serve(how) => return,
                changed = process.changed() => {
                    let stopped = process.borrow().how.is_none();
                    if stopped {
                        self.tell_stop(how);
                    }
                    if self.machine.k3s().is_some() && stopped {
                        self.founder.switched_off(self.machine).await;
                    }
                    self.machine.set_k3s(None);
                    if changed.is_err() {
                        return;
                    }
                }
            }
        }
    }

    /// From the start of the unit on, for ever.
    async fn serve(&self, how: K3s) {
        let settings = self.machine.settings();
        let lines = stages::k3s_lines(how == K3s::Server);
        let piece = self.pause(lines.len());
        for line in lines {
            self.clock().sleep(piece).await;
            self.journal(how, &settings.fill(line));
        }
        self.clock().sleep(piece).await;
        loop {
            match how {
                K3s::Server => self.found().await,
                K3s::Agent => self.join().await,
            }
            let _come = self.troubles.happened(self.machine, Moment::Joined);
            self.is_lost().await;
            self.machine.set_k3s(None);
        }
    }

    /// What systemd says of a unit that it was told to stop.
    fn tell_stop(&self, how: K3s) {
        let unit = how.unit();
        let about = match how {
            K3s::Server => "K3s server",
            K3s::Agent => "K3s agent",
        };
        for line in [
            format!("Stopping {unit}.service - {about}..."),
            format!("{unit}.service: Deactivated successfully."),
            format!("Stopped {unit}.service - {about}."),
        ] {
            self.journal(how, &line);
        }
    }

    async fn found(&self) {
        let how = K3s::Server;
        while let Err(reason) = self.founder.start(self.machine, self.machines, how).await {
            self.journal(how, &logged("fatal", &format!("Error: {reason}")));
            self.clock().sleep(RESTART).await;
        }
        self.journal(how, &logged("info", "k3s is up and running"));
    }

    async fn join(&self) {
        let how = K3s::Agent;
        let mut changes = self.machines.changes();
        loop {
            changes.mark_unchanged();
            let reason = match obstacle::to_join(self.machine, self.machines) {
                Some(reason) => reason,
                None => match self.founder.start(self.machine, self.machines, how).await {
                    Ok(()) => break,
                    Err(reason) => reason,
                },
            };
            let waits = "Waiting to retrieve agent configuration; server is not ready";
            self.journal(how, &logged("info", &format!("{waits}: {reason}")));
            self.clock().sleep(AGAIN).await;
        }
        let server = self.machine.settings();
        let server = server.get("SERVER").unwrap_or_default();
        let to = format!("wss://{server}:6443/v1-k3s/connect");
        let connects = logged("info", "Connecting to proxy");
        self.journal(how, &format!("{connects} url=\"{to}\""));
        self.journal(how, &logged("info", "k3s agent is up and running"));
    }

    /// Comes when the cluster that this machine is part of is no more.
    async fn is_lost(&self) {
        let mut sites = self.machines.site().changes();
        let own = sites.borrow_and_update().as_ref().map(Arc::downgrade);
        let is_other = |now: &Option<Arc<Standing>>| {
            let known = own.as_ref().and_then(Weak::upgrade);
            !matches!((now, known), (Some(now), Some(known)) if Arc::ptr_eq(now, &known))
        };
        // The lab that ends takes its site along; then nothing is lost.
        if sites.wait_for(is_other).await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    fn pause(&self, lines: usize) -> Duration {
        let pieces = u32::try_from(lines).unwrap_or(0) + 1;
        let whole = stages::seconds("k3s").saturating_mul(self.machine.slowness());
        Duration::from_secs(u64::from(whole)) / pieces
    }

    fn clock(&self) -> crate::clock::Clock {
        self.machine.clock()
    }

    fn journal(&self, how: K3s, line: &str) {
        let now = self.clock().now();
        let date = now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        let line = line.replace("${DATE}", &date);
        self.machine.journal().write(how.unit(), now, &line);
    }
}

/// A line as K3s logs it; its date is filled in where it is written.
fn logged(level: &str, message: &str) -> String {
    let message = message.replace('"', "\\\"");
    format!("time=\"${{DATE}}\" level={level} msg=\"{message}\"")
}
