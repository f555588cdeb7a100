//! The way of a packet through the chains.

use super::chain::{Chain, Firewall, Policy, Table};
use super::packet::{Packet, Verdict};
use super::reader::number;
use super::rule::{Asked, Extension, Rule, Target};

/// Chains that may call one another; the kernel refuses more.
const DEEPEST: usize = 16;

/// A packet in a machine: through which cards it comes and leaves, and its mark.
#[derive(Clone, Debug)]
struct Passing<'a> {
    packet: Packet,
    comes: Option<&'a str>,
    leaves: Option<&'a str>,
    mark: u32,
}

/// What a chain or rule did with a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ruling {
    Is(Verdict),
    Masquerade,
    Return,
}

impl Firewall {
    /// What becomes of a packet to the machine itself that comes through a card.
    pub(in crate::lab) fn admits(&self, packet: Packet, card: &str) -> Verdict {
        self.through(
            &[("raw", "PREROUTING"), ("filter", "INPUT")],
            packet,
            (Some(card), None),
        )
    }

    /// What becomes of a packet that goes from one card to another.
    pub(in crate::lab) fn forwards(&self, packet: Packet, (from, to): (&str, &str)) -> Verdict {
        let chains = [("raw", "PREROUTING"), ("filter", "FORWARD")];
        self.through(&chains, packet, (Some(from), Some(to)))
    }

    /// What becomes of a packet of the machine's own.
    pub(in crate::lab) fn sends(&self, packet: Packet, card: &str) -> Verdict {
        self.through(
            &[("raw", "OUTPUT"), ("filter", "OUTPUT")],
            packet,
            (None, Some(card)),
        )
    }

    /// Whether a packet that leaves through a card gets the machine's address.
    pub(in crate::lab) fn masquerades(&self, packet: Packet, card: &str) -> bool {
        let mut passing = Passing {
            packet,
            comes: None,
            leaves: Some(card),
            mark: 0,
        };
        let ruling = self.table("nat").and_then(|table| {
            let chain = table.chain("POSTROUTING")?;
            table.walk(chain, &mut passing, DEEPEST)
        });
        ruling == Some(Ruling::Masquerade)
    }

    fn through(
        &self,
        chains: &[(&str, &str)],
        packet: Packet,
        (comes, leaves): (Option<&str>, Option<&str>),
    ) -> Verdict {
        let mut passing = Passing {
            packet,
            comes,
            leaves,
            mark: 0,
        };
        for (table, chain) in chains {
            let Some(table) = self.table(table) else {
                continue;
            };
            let Some(chain) = table.chain(chain) else {
                continue;
            };
            let verdict = match table.walk(chain, &mut passing, DEEPEST) {
                Some(Ruling::Is(verdict)) => verdict,
                _ if chain.policy == Some(Policy::Drop) => Verdict::Drop,
                _ => Verdict::Pass,
            };
            if verdict != Verdict::Pass {
                return verdict;
            }
        }
        Verdict::Pass
    }
}

impl Table {
    /// The ruling of a chain; none when its end was reached.
    fn walk(&self, chain: &Chain, passing: &mut Passing<'_>, depth: usize) -> Option<Ruling> {
        for rule in chain.rules.iter().filter(|_| depth > 0) {
            if !passing.answers(rule) {
                continue;
            }
            let Some(target) = &rule.target else {
                continue;
            };
            match self.obey(target, passing, depth) {
                Some(Ruling::Return) => return None,
                Some(ruling) => return Some(ruling),
                None if target.goes => return None,
                None => {}
            }
        }
        None
    }

    fn obey(&self, target: &Target, passing: &mut Passing<'_>, depth: usize) -> Option<Ruling> {
        match target.name.as_str() {
            "ACCEPT" => Some(Ruling::Is(Verdict::Pass)),
            "DROP" => Some(Ruling::Is(Verdict::Drop)),
            "REJECT" => Some(Ruling::Is(Verdict::Reject)),
            "RETURN" => Some(Ruling::Return),
            "MASQUERADE" => Some(Ruling::Masquerade),
            "MARK" => {
                let set = target
                    .options
                    .iter()
                    .find(|(name, _)| *name == "--set-xmark");
                if let Some((_, Some(value))) = set {
                    let (value, mask) = masked(value);
                    passing.mark = (passing.mark & !mask) ^ value;
                }
                None
            }
            name => self.walk(self.chain(name)?, passing, depth - 1),
        }
    }
}

impl Passing<'_> {
    fn answers(&self, rule: &Rule) -> bool {
        let packet = self.packet;
        let net = |asked: &Option<Asked<_>>, address| {
            is(asked.as_ref(), |net: &super::Net| net.contains(address))
        };
        net(&rule.source, packet.from)
            && net(&rule.destination, packet.to)
            && is(rule.comes.as_ref(), |name| on(self.comes, name))
            && is(rule.leaves.as_ref(), |name| on(self.leaves, name))
            && is(rule.protocol.as_ref(), |name| {
                name == packet.traffic.protocol()
            })
            && rule.extensions.iter().all(|it| self.meets(it))
    }

    fn meets(&self, extension: &Extension) -> bool {
        extension
            .options
            .iter()
            .all(|(name, asked)| match self.holds(name, &asked.value) {
                Some(holds) => holds != asked.not,
                None => false,
            })
    }

    /// Whether a condition holds; none for one that the lab cannot judge.
    fn holds(&self, name: &str, value: &str) -> Option<bool> {
        let port = self.packet.traffic.port();
        match name {
            "--comment" => Some(true),
            "--dport" => Some(port.is_some_and(|port| in_range(port, value))),
            "--dports" => Some(
                value
                    .split(',')
                    .any(|one| port.is_some_and(|port| in_range(port, one))),
            ),
            "--state" | "--ctstate" => {
                let own = if self.packet.answer {
                    "ESTABLISHED"
                } else {
                    "NEW"
                };
                Some(value.split(',').any(|state| state == own))
            }
            "--mark" => {
                let (value, mask) = masked(value);
                Some(self.mark & mask == value)
            }
            // A packet that does not leave again is for this machine.
            "--dst-type" => Some((value == "LOCAL") == self.leaves.is_none()),
            "--icmp-type" => Some(port.is_none() && matches!(value, "8" | "echo-request" | "any")),
            _ => None,
        }
    }
}

fn is<T>(asked: Option<&Asked<T>>, holds: impl Fn(&T) -> bool) -> bool {
    asked.is_none_or(|asked| holds(&asked.value) != asked.not)
}

/// A card's name; one that ends in `+` stands for all that begin so.
fn on(card: Option<&str>, name: &str) -> bool {
    let card = card.unwrap_or_default();
    match name.strip_suffix('+') {
        Some(prefix) => card.starts_with(prefix),
        None => card == name,
    }
}

fn in_range(port: u16, range: &str) -> bool {
    let (first, last) = range.split_once(':').unwrap_or((range, range));
    let bound = |text: &str| text.parse::<u16>().ok();
    bound(first).is_some_and(|first| first <= port) && bound(last).is_some_and(|last| port <= last)
}

/// A mark and the bits of it that count.
fn masked(text: &str) -> (u32, u32) {
    let (value, mask) = text.split_once('/').unwrap_or((text, "0xffffffff"));
    (number(value).unwrap_or(0), number(mask).unwrap_or(u32::MAX))
}
