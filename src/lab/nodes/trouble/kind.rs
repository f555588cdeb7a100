//! The troubles by name: whom they befall, when at the earliest, and what mends them.

use serde::Deserialize;
use strum::{EnumIter, EnumString, IntoStaticStr};

/// What can go wrong with nodes on purpose.
#[derive(
    Clone,
    Copy,
    Debug,
    Deserialize,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    EnumIter,
    EnumString,
    IntoStaticStr,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Trouble {
    /// The rule that masquerades is taken away.
    NatNoMasquerade,
    /// `net.ipv4.ip_forward` becomes 0.
    NatNoForwarding,
    /// A REJECT stands on top of FORWARD.
    NatForwardRejected,
    /// What is masqueraded must leave through another card.
    NatWrongCard,
    /// OCI checks source and destination of the ingress node's packets.
    NatSourceCheck,
    /// The private subnet has no default route.
    NatNoRoute,
    /// A node's INPUT refuses UDP 8472.
    VxlanRule,
    /// The private subnet's security list lets TCP and ICMP pass only.
    VxlanSecurityList,
    /// The release's files answer 404.
    ReleaseMissing,
    /// The disk has no room for a download.
    DiskFull,
    /// The unit of the bootstrap script waits for a network that systemd never calls online.
    UnitHeld,
    /// The join token on the disk is not the server's.
    WrongToken,
    /// Somebody stops K3s once it has joined, and systemd leaves it so.
    K3sStopped,
    /// Downloads and answers take five times as long.
    SlowNetwork,
    /// Every SSH connection is cut after a while.
    SshDropped,
    /// The SSH server does not run.
    SshDead,
    /// The worker's instance is terminated and made anew.
    RebuildWorker,
    /// The server's instance is terminated and made anew.
    RebuildServer,
    /// The worker restarts.
    RebootWorker,
    /// Logs and console get bytes that a terminal would obey.
    HostileLog,
    /// The console shows host keys that are nobody's.
    ForgedKeys,
}

/// What is mended together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, EnumString, IntoStaticStr)]
pub(in crate::lab) enum Mending {
    /// The way out of the private subnet.
    #[strum(serialize = "nat-mended")]
    Nat,
    /// The network between pods.
    #[strum(serialize = "vxlan-mended")]
    Vxlan,
    /// The download of K3s.
    #[strum(serialize = "download-mended")]
    Download,
    /// The start of the script's unit.
    #[strum(serialize = "unit-mended")]
    Unit,
    /// The join token.
    #[strum(serialize = "token-mended")]
    Token,
    /// The network's speed.
    #[strum(serialize = "network-mended")]
    Network,
    /// SSH.
    #[strum(serialize = "ssh-mended")]
    Ssh,
}

/// A moment in a machine's life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::lab) enum Moment<'a> {
    /// A stage of its script has brought about what it brings about.
    Stage(&'a str),
    /// K3s on it has become part of a cluster.
    Joined,
}

impl Trouble {
    /// Its name, as scenarios and `break_it` take it.
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// One line for a list to choose from.
    pub fn description(self) -> &'static str {
        match self {
            Self::NatNoMasquerade => "take the MASQUERADE rule off the ingress node",
            Self::NatNoForwarding => "set net.ipv4.ip_forward to 0 on the ingress node",
            Self::NatForwardRejected => "put a REJECT on top of FORWARD on the ingress node",
            Self::NatWrongCard => "masquerade on a card that leads nowhere",
            Self::NatSourceCheck => "let OCI check source and destination at the ingress node",
            Self::NatNoRoute => "take the private subnet's default route away",
            Self::VxlanRule => "refuse UDP 8472 at the server",
            Self::VxlanSecurityList => "narrow the private security list to TCP and ICMP",
            Self::ReleaseMissing => "answer 404 to the worker for the release of K3s",
            Self::DiskFull => "fill the worker's disk",
            Self::UnitHeld => "let the worker's bootstrap unit wait for ever",
            Self::WrongToken => "lay a wrong join token on the worker",
            Self::K3sStopped => "stop K3s on the worker",
            Self::SlowNetwork => "make the network five times as slow",
            Self::SshDropped => "cut every SSH connection again and again",
            Self::SshDead => "stop the SSH servers",
            Self::RebuildWorker => "terminate the worker and make it anew",
            Self::RebuildServer => "terminate the server and make it anew",
            Self::RebootWorker => "restart the worker",
            Self::HostileLog => "write escape sequences and broken UTF-8 into logs and consoles",
            Self::ForgedKeys => "print forged SSH host keys on the consoles",
        }
    }

    /// The role of the nodes that it befalls where nobody names others; every node when none.
    pub(super) fn role(self) -> Option<&'static str> {
        match self {
            Self::NatNoMasquerade
            | Self::NatNoForwarding
            | Self::NatForwardRejected
            | Self::NatWrongCard
            | Self::NatSourceCheck
            | Self::NatNoRoute => Some("ingress"),
            Self::VxlanRule | Self::VxlanSecurityList | Self::RebuildServer => Some("server"),
            Self::ReleaseMissing
            | Self::DiskFull
            | Self::UnitHeld
            | Self::WrongToken
            | Self::K3sStopped
            | Self::RebuildWorker
            | Self::RebootWorker => Some("worker"),
            Self::SlowNetwork
            | Self::SshDropped
            | Self::SshDead
            | Self::HostileLog
            | Self::ForgedKeys => None,
        }
    }

    /// The moment at which it befalls a node where nobody names another; none for what holds
    /// whatever a node does.
    pub(super) fn moment(self) -> Option<Moment<'static>> {
        match self {
            Self::NatNoMasquerade
            | Self::NatNoForwarding
            | Self::NatForwardRejected
            | Self::NatWrongCard
            | Self::NatSourceCheck
            | Self::NatNoRoute => Some(Moment::Stage("nat")),
            Self::VxlanRule
            | Self::VxlanSecurityList
            | Self::DiskFull
            | Self::WrongToken
            | Self::HostileLog => Some(Moment::Stage("firewall")),
            Self::RebuildWorker | Self::RebuildServer | Self::ForgedKeys => Some(Moment::Joined),
            Self::K3sStopped => Some(Moment::Stage("k3s")),
            Self::RebootWorker => Some(Moment::Stage("download")),
            Self::ReleaseMissing
            | Self::UnitHeld
            | Self::SlowNetwork
            | Self::SshDropped
            | Self::SshDead => None,
        }
    }

    /// What mends it; none for what happens once.
    pub(super) fn mending(self) -> Option<Mending> {
        match self {
            Self::NatNoMasquerade
            | Self::NatNoForwarding
            | Self::NatForwardRejected
            | Self::NatWrongCard
            | Self::NatSourceCheck
            | Self::NatNoRoute => Some(Mending::Nat),
            Self::VxlanRule | Self::VxlanSecurityList => Some(Mending::Vxlan),
            Self::ReleaseMissing | Self::DiskFull => Some(Mending::Download),
            Self::UnitHeld => Some(Mending::Unit),
            Self::WrongToken => Some(Mending::Token),
            Self::SlowNetwork => Some(Mending::Network),
            Self::SshDropped | Self::SshDead => Some(Mending::Ssh),
            Self::K3sStopped
            | Self::RebuildWorker
            | Self::RebuildServer
            | Self::RebootWorker
            | Self::HostileLog
            | Self::ForgedKeys => None,
        }
    }
}

impl Mending {
    /// Its name, as `break_it` takes it.
    pub(in crate::lab) fn name(self) -> &'static str {
        self.into()
    }

    /// One line for a list to choose from.
    pub(in crate::lab) fn description(self) -> &'static str {
        match self {
            Self::Nat => "mend the way out of the private subnet",
            Self::Vxlan => "mend the network between pods",
            Self::Download => "mend the download of K3s",
            Self::Unit => "let the bootstrap unit start",
            Self::Token => "lay the right join token again",
            Self::Network => "make the network as fast as usual",
            Self::Ssh => "let SSH work again",
        }
    }
}
