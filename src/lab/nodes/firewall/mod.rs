//! A machine's packet filter: rules as `iptables-save` prints them, and what they let pass.
//!
//! Rules are data: what a login prints and changes is the same that decides about a packet. Of what
//! a rule can ask, addresses, cards, protocols, ports, states, marks and address types count; a rule
//! that asks for anything else (who owns a process, rates) never applies. Addresses are translated by
//! MASQUERADE only, and chains are as K3s has them before there are Services.

mod chain;
mod change;
mod command;
mod net;
mod packet;
mod preset;
mod reader;
mod rule;
mod text;
mod walk;

pub(in crate::lab) use chain::Firewall;
pub(in crate::lab) use change::{Refusal, VERSION};
pub(in crate::lab) use command::Command;
pub(in crate::lab) use net::Net;
pub(in crate::lab) use packet::{Packet, Traffic, Verdict};
pub(in crate::lab) use preset::{IMAGE, Preset};
pub(in crate::lab) use text::words;

#[cfg(test)]
mod tests;
