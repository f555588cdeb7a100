//! What a trouble does to a machine that is there.

use super::kind::Trouble;
use super::registry::Troubles;
use super::{hostile, rebuild, rules};
use crate::lab::nodes::machine::{K3s, Machine};
use crate::lab::nodes::ssh::Switch;
use crate::lab::nodes::{SCRIPT_LOG, cloud};

/// A file that takes the disk's room.
pub(in crate::lab::nodes) const BALLAST: &str = "/var/crash/_usr_bin_k3s.0.crash";
const WRONG: &str = "0000000000000000000000000000000000000000000000000000000000000000";
const LOG_MODE: u32 = 0o640;

impl Troubles {
    /// Lets a trouble befall a machine.
    pub(super) fn befall(&self, what: Trouble, machine: &Machine) {
        match what {
            Trouble::NatSourceCheck => self.source_check(machine, true),
            Trouble::NatNoRoute => self.take_route(machine),
            Trouble::VxlanSecurityList => self.narrow(machine),
            Trouble::DiskFull => {
                machine
                    .disk()
                    .write(BALLAST, b"ProblemType: Crash\n", 0o640);
                machine.touch();
            }
            Trouble::WrongToken => {
                if let Some(path) = machine.settings().get("TOKEN_FILE") {
                    let token = format!("{WRONG}\n");
                    machine.disk().write(path, token.as_bytes(), 0o600);
                }
            }
            Trouble::K3sStopped => machine.stop_k3s(),
            Trouble::SshDead => {
                machine.stop_sshd();
                self.switches.set(machine.id(), Switch::Cut);
            }
            Trouble::RebuildWorker | Trouble::RebuildServer => self.rebuild(machine),
            Trouble::RebootWorker => {
                let target = format!("/20160918/instances/{}?action=SOFTRESET", machine.id());
                self.somebody("POST", &target, None);
            }
            Trouble::HostileLog => {
                let bytes = hostile::bytes();
                machine.disk().append(SCRIPT_LOG, &bytes, LOG_MODE);
                self.cloud.oci().print_console_bytes(machine.id(), &bytes);
                let text = String::from_utf8_lossy(&bytes).into_owned();
                let unit = machine.k3s_unit().map_or("kernel", K3s::unit);
                let now = machine.clock().now();
                for line in text.lines() {
                    machine.journal().write(unit, now, line);
                }
            }
            Trouble::ForgedKeys => machine.print(&hostile::forged_block(machine.name())),
            Trouble::NatNoMasquerade
            | Trouble::NatNoForwarding
            | Trouble::NatForwardRejected
            | Trouble::NatWrongCard
            | Trouble::VxlanRule => rules::bring(machine, what),
            Trouble::ReleaseMissing
            | Trouble::UnitHeld
            | Trouble::SlowNetwork
            | Trouble::SshDropped => {}
        }
    }

    fn rebuild(&self, machine: &Machine) {
        let (cloud, machine) = (self.cloud.clone(), machine.clone());
        self.spawn(async move {
            if let Err(reason) = rebuild::rebuild(&cloud, &machine).await {
                tracing::warn!(name = machine.name(), reason, "a machine is not made anew");
            }
        });
    }

    /// Somebody's request to OCI, whose refusal the log tells.
    pub(super) fn somebody(&self, method: &str, target: &str, body: Option<&serde_json::Value>) {
        if let Err(reason) = self.cloud.oci().somebody(method, target, body) {
            tracing::warn!(target, reason, "a change on purpose was refused");
        }
    }

    /// Turns OCI's check of source and destination on or off, as somebody would in the console.
    pub(super) fn source_check(&self, machine: &Machine, on: bool) {
        if let Some(vnic) = self.cloud.vnic(machine.id()) {
            let target = format!("/20160918/vnics/{}", cloud::text(&vnic, "id"));
            let body = serde_json::json!({"skipSourceDestCheck": !on});
            self.somebody("PUT", &target, Some(&body));
        }
    }
}
