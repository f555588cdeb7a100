//! A range of IPv4 addresses as iptables writes it: always with its prefix.

use std::fmt;
use std::net::Ipv4Addr;
use std::str::FromStr;

const BITS: u32 = 32;

/// A range of addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::lab) struct Net {
    base: Ipv4Addr,
    prefix: u32,
}

/// What iptables says of an address that is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(in crate::lab) enum NotANet {
    /// The part before the slash.
    #[error("host/network `{0}' not found")]
    Address(String),
    /// The part behind it.
    #[error("invalid mask `{0}' specified")]
    Mask(String),
}

impl Net {
    /// Whether it is every address.
    pub(super) fn is_all(self) -> bool {
        self.prefix == 0
    }

    /// The 256 addresses around one.
    pub(in crate::lab) fn around(address: Ipv4Addr) -> Self {
        let prefix = 24;
        Self {
            base: masked(address, prefix),
            prefix,
        }
    }

    /// Its first address.
    pub(in crate::lab) fn base(self) -> Ipv4Addr {
        self.base
    }

    /// How many bits all its addresses share.
    pub(in crate::lab) fn prefix(self) -> u32 {
        self.prefix
    }

    /// The first address that a host can have.
    pub(in crate::lab) fn first(self) -> Ipv4Addr {
        Ipv4Addr::from(u32::from(self.base).saturating_add(1))
    }

    /// Whether an address is in it.
    pub(in crate::lab) fn contains(self, address: Ipv4Addr) -> bool {
        masked(address, self.prefix) == self.base
    }
}

fn masked(address: Ipv4Addr, prefix: u32) -> Ipv4Addr {
    let mask = u32::MAX.checked_shl(BITS - prefix).unwrap_or(0);
    Ipv4Addr::from(u32::from(address) & mask)
}

impl FromStr for Net {
    type Err = NotANet;

    fn from_str(text: &str) -> Result<Self, NotANet> {
        let (address, prefix) = text.split_once('/').unwrap_or((text, "32"));
        let whole: Ipv4Addr = address
            .parse()
            .map_err(|_| NotANet::Address(address.to_owned()))?;
        let prefix: u32 = prefix
            .parse()
            .ok()
            .filter(|bits| *bits <= BITS)
            .ok_or_else(|| NotANet::Mask(prefix.to_owned()))?;
        Ok(Self {
            base: masked(whole, prefix),
            prefix,
        })
    }
}

impl fmt::Display for Net {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}/{}", self.base, self.prefix)
    }
}
