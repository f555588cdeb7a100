//! Troubles of a machine's firewall and kernel, and how they are put right: by the commands that a
//! person would type.

use super::kind::{Mending, Trouble};
use crate::lab::nodes::firewall::{Command, Preset, words};
use crate::lab::nodes::machine::Machine;

const MASQUERADE: &str = "POSTROUTING -s ${PRIVATE_SUBNET} ! -d ${VCN} -o enp0s6 -j MASQUERADE";
const WRONG_CARD: &str = "POSTROUTING -s ${PRIVATE_SUBNET} ! -d ${VCN} -o ens5 -j MASQUERADE";
/// Of packets that are to be forwarded, the first rule asks for nothing.
const REJECT: &str =
    "FORWARD -m comment --comment forbidden -j REJECT --reject-with icmp-host-prohibited";
const NO_VXLAN: &str = "INPUT -p udp -m udp --dport 8472 -j DROP";

/// Brings a trouble of the rules about; others are left alone.
pub(super) fn bring(machine: &Machine, what: Trouble) {
    match what {
        Trouble::NatNoMasquerade => run(machine, &[format!("-t nat -D {MASQUERADE}")]),
        Trouble::NatNoForwarding => machine.set_forwarding(false),
        Trouble::NatForwardRejected => run(machine, &[format!("-I {}", on_top(REJECT))]),
        Trouble::NatWrongCard => run(
            machine,
            &[
                format!("-t nat -D {MASQUERADE}"),
                format!("-t nat -A {WRONG_CARD}"),
            ],
        ),
        Trouble::VxlanRule => run(machine, &[format!("-I {}", on_top(NO_VXLAN))]),
        Trouble::NatSourceCheck
        | Trouble::NatNoRoute
        | Trouble::VxlanSecurityList
        | Trouble::ReleaseMissing
        | Trouble::DiskFull
        | Trouble::UnitHeld
        | Trouble::WrongToken
        | Trouble::K3sStopped
        | Trouble::SlowNetwork
        | Trouble::SshDropped
        | Trouble::SshDead
        | Trouble::RebuildWorker
        | Trouble::RebuildServer
        | Trouble::RebootWorker
        | Trouble::HostileLog
        | Trouble::ForgedKeys => {}
    }
}

/// Takes the troubles of an area off a machine's rules.
pub(super) fn mend(machine: &Machine, area: Mending) {
    match area {
        Mending::Nat => {
            let extra = [format!("-t nat -D {WRONG_CARD}"), format!("-D {REJECT}")];
            run(machine, &extra);
            let settings = machine.settings();
            let added = machine.change_firewall(|rules| rules.add(Preset::Nat, &settings));
            if let Err(refusal) = added {
                tracing::warn!(%refusal, "the rules of NAT cannot be laid again");
            }
            machine.set_forwarding(true);
        }
        Mending::Vxlan => run(machine, &[format!("-D {NO_VXLAN}")]),
        Mending::Download | Mending::Unit | Mending::Token | Mending::Network | Mending::Ssh => {}
    }
}

/// A rule as the first of its chain.
fn on_top(rule: &str) -> String {
    rule.replacen(' ', " 1 ", 1)
}

/// Runs commands of iptables; one that finds nothing to delete says so in the log.
fn run(machine: &Machine, commands: &[String]) {
    let settings = machine.settings();
    for line in commands {
        let all = words(&settings.fill(line)).unwrap_or_default();
        let done = Command::read(&all).and_then(|command| match command {
            Command::Change {
                table,
                chain,
                change,
            } => machine.change_firewall(|rules| rules.change(&table, &chain, change)),
            Command::Flush(_) | Command::List(..) | Command::Version => Ok(()),
        });
        if let Err(refusal) = done {
            tracing::debug!(line, %refusal, "iptables refused");
        }
    }
}
