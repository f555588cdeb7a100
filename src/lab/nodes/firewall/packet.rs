//! A packet, as far as rules ask about it, and what becomes of it.

use std::net::Ipv4Addr;

/// A packet on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::lab) struct Packet {
    /// Who sent it.
    pub(in crate::lab) from: Ipv4Addr,
    /// Where it goes.
    pub(in crate::lab) to: Ipv4Addr,
    /// What it carries.
    pub(in crate::lab) traffic: Traffic,
    /// Whether it belongs to a connection that was let pass before.
    pub(in crate::lab) answer: bool,
}

/// What a packet carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::lab) enum Traffic {
    /// TCP to a port.
    Tcp(u16),
    /// UDP to a port.
    Udp(u16),
    /// An echo request.
    Ping,
}

/// What becomes of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::lab) enum Verdict {
    /// It goes on.
    Pass,
    /// It is gone, and nobody is told.
    Drop,
    /// It is gone, and its sender is told.
    Reject,
}

impl Packet {
    /// The first packet of something new.
    pub(in crate::lab) fn new(from: Ipv4Addr, to: Ipv4Addr, traffic: Traffic) -> Self {
        Self {
            from,
            to,
            traffic,
            answer: false,
        }
    }

    /// What comes back to its sender.
    pub(in crate::lab) fn answered(self) -> Self {
        Self {
            from: self.to,
            to: self.from,
            answer: true,
            ..self
        }
    }
}

impl Traffic {
    /// The name of the protocol in a rule.
    pub(in crate::lab) fn protocol(self) -> &'static str {
        match self {
            Self::Tcp(_) => "tcp",
            Self::Udp(_) => "udp",
            Self::Ping => "icmp",
        }
    }

    /// The port that it goes to.
    pub(in crate::lab) fn port(self) -> Option<u16> {
        match self {
            Self::Tcp(port) | Self::Udp(port) => Some(port),
            Self::Ping => None,
        }
    }
}
