//! What a machine's firewall does with a packet, read from what `iptables-save` prints.
//!
//! The rules are followed as the kernel follows them, for a packet that opens a connection and bears
//! no mark. A condition that is not understood is taken not to hold: such a rule neither lets the
//! packet pass nor refuses it.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use super::rule::Rule;
use crate::domain::topology::Cidr;

/// Rules that are read of one machine; K3s has some hundreds.
const MOST_RULES: usize = 20_000;
/// Rules that are looked at for one packet, however the chains call each other.
const MOST_LOOKS: usize = 100_000;
/// How deep chains may call each other.
const DEEPEST: usize = 16;

/// A packet that opens a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Packet<'a> {
    pub(super) from: Ipv4Addr,
    pub(super) to: Ipv4Addr,
    /// `tcp`, `udp` or `icmp`.
    pub(super) protocol: &'a str,
    pub(super) port: u16,
    /// The card that it leaves by; empty where it does not.
    pub(super) card: &'a str,
}

/// What becomes of a packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It passes.
    Passes,
    /// A rule refuses it, or the policy of a chain does; as `iptables-save` prints it.
    Refused(String),
}

/// How a packet is disguised on its way out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Disguise {
    /// It gets the machine's own address.
    Masqueraded,
    /// It would, if it left by this other card.
    OnAnotherCard(String),
    /// It keeps its own.
    None,
}

/// All rules of a machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Firewall {
    chains: BTreeMap<(String, String), Chain>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Chain {
    /// As it is printed, where it is not ACCEPT.
    refusing_policy: Option<String>,
    rules: Vec<Rule>,
}

/// Where a walk through a chain led.
enum Way {
    /// To its end.
    Through,
    /// To a rule that decides.
    Decided(Verdict),
}

impl Firewall {
    /// Reads what `iptables-save` printed; nothing where it is none of it.
    pub(super) fn read(text: &str) -> Option<Self> {
        let mut firewall = Self::default();
        let mut table = None;
        for line in text.lines().take(MOST_RULES) {
            let line = line.trim();
            if let Some(name) = line.strip_prefix('*') {
                table = Some(name.to_owned());
            }
            let Some(table) = &table else { continue };
            if let Some(chain) = line.strip_prefix(':') {
                let mut words = chain.split_whitespace();
                let name = words.next()?.to_owned();
                let refuses = words.next() == Some("DROP");
                let chain = firewall.chains.entry((table.clone(), name)).or_default();
                chain.refusing_policy = refuses.then(|| line.to_owned());
            } else if let Some(rest) = line.strip_prefix("-A ") {
                let name = rest.split_whitespace().next()?.to_owned();
                let chain = firewall.chains.entry((table.clone(), name)).or_default();
                chain.rules.push(Rule::read(line));
            }
        }
        (!firewall.chains.is_empty()).then_some(firewall)
    }

    /// What becomes of a packet in a chain of a table.
    pub(super) fn verdict(&self, table: &str, chain: &str, packet: &Packet<'_>) -> Verdict {
        let mut looks = MOST_LOOKS;
        if let Way::Decided(verdict) = self.walk((table, chain), packet, &mut looks, 0) {
            return verdict;
        }
        let own = self.chain(table, chain);
        let policy = own.and_then(|chain| chain.refusing_policy.clone());
        policy.map_or(Verdict::Passes, Verdict::Refused)
    }

    /// Whether some rule of a chain lets everything from a network pass, as the bootstrap script lays it.
    pub(super) fn accepts(&self, chain: &str, network: Cidr) -> bool {
        let wanted = format!("-A {chain} -s {network} -j ACCEPT");
        let chain = self.chain("filter", chain);
        chain.is_some_and(|chain| chain.rules.iter().any(|rule| rule.text() == wanted))
    }

    /// How a packet is disguised that leaves the machine.
    pub(super) fn disguise(&self, packet: &Packet<'_>) -> Disguise {
        if self.masquerades(packet) {
            return Disguise::Masqueraded;
        }
        let rules = self.chains.iter().filter(|((table, _), _)| table == "nat");
        let cards = rules
            .flat_map(|(_, chain)| &chain.rules)
            .filter_map(Rule::card);
        for card in cards {
            if self.masquerades(&Packet {
                card,
                ..packet.clone()
            }) {
                return Disguise::OnAnotherCard(card.to_owned());
            }
        }
        Disguise::None
    }

    fn masquerades(&self, packet: &Packet<'_>) -> bool {
        let mut looks = MOST_LOOKS;
        let way = self.walk(("nat", "POSTROUTING"), packet, &mut looks, 0);
        matches!(way, Way::Decided(Verdict::Refused(target)) if is_disguise(&target))
    }

    fn chain(&self, table: &str, chain: &str) -> Option<&Chain> {
        self.chains.get(&(table.to_owned(), chain.to_owned()))
    }

    fn walk(
        &self,
        (table, name): (&str, &str),
        packet: &Packet<'_>,
        looks: &mut usize,
        depth: usize,
    ) -> Way {
        let Some(chain) = self.chain(table, name).filter(|_| depth < DEEPEST) else {
            return Way::Through;
        };
        for rule in &chain.rules {
            *looks = looks.saturating_sub(1);
            if *looks == 0 {
                return Way::Through;
            }
            if !rule.takes(packet) {
                continue;
            }
            match rule.target() {
                "ACCEPT" => return Way::Decided(Verdict::Passes),
                "RETURN" => return Way::Through,
                "DROP" | "REJECT" | "MASQUERADE" | "SNAT" => {
                    return Way::Decided(Verdict::Refused(rule.text().to_owned()));
                }
                other => {
                    let way = self.walk((table, other), packet, looks, depth + 1);
                    if let Way::Decided(_) = way {
                        return way;
                    }
                }
            }
        }
        Way::Through
    }
}

/// Whether a rule that ended the walk through `nat` gives the packet another address.
fn is_disguise(rule: &str) -> bool {
    rule.contains("-j MASQUERADE") || rule.contains("-j SNAT")
}

#[cfg(test)]
mod tests;
