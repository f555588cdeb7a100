//! One rule of iptables: which packets it takes, and what it does with them.

use std::ops::RangeInclusive;

use super::firewall::Packet;
use crate::domain::topology::Cidr;

/// What a rule asks of a packet.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Condition {
    From(Cidr),
    To(Cidr),
    Protocol(String),
    Port(Vec<RangeInclusive<u16>>),
    /// States of connections, comma-separated.
    State(String),
    Leaves(String),
    /// A mark and its mask.
    Mark(u32, u32),
    /// Not understood: taken not to hold.
    Other,
}

/// A rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rule {
    text: String,
    /// Each condition, and whether it is turned around (`!`).
    conditions: Vec<(bool, Condition)>,
    target: String,
}

impl Rule {
    /// Reads a line `-A CHAIN …`.
    pub(super) fn read(line: &str) -> Self {
        let mut rule = Self {
            text: line.to_owned(),
            conditions: Vec::new(),
            target: String::new(),
        };
        let words = words(line);
        let mut words = words.iter().map(String::as_str).skip(2);
        let mut not = false;
        while let Some(word) = words.next() {
            let condition = match word {
                "!" => {
                    not = true;
                    continue;
                }
                "-j" | "-g" => {
                    words
                        .next()
                        .unwrap_or_default()
                        .clone_into(&mut rule.target);
                    // What follows is of the target, and no condition.
                    break;
                }
                // Which module asks says nothing; a comment asks nothing.
                "-m" | "--comment" => {
                    words.next();
                    continue;
                }
                _ => condition(word, words.next().unwrap_or_default()),
            };
            rule.conditions.push((not, condition));
            not = false;
        }
        rule
    }

    /// As it was printed.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// What it does, or the chain that it leads to.
    pub(super) fn target(&self) -> &str {
        &self.target
    }

    /// The card that a packet must leave by.
    pub(super) fn card(&self) -> Option<&str> {
        self.conditions
            .iter()
            .find_map(|condition| match condition {
                (false, Condition::Leaves(card)) => Some(card.as_str()),
                _ => None,
            })
    }

    /// Whether it takes a packet.
    pub(super) fn takes(&self, packet: &Packet<'_>) -> bool {
        self.conditions
            .iter()
            .all(|(not, condition)| condition.holds(packet).is_some_and(|holds| holds != *not))
    }
}

fn condition(word: &str, value: &str) -> Condition {
    let inside = |of: fn(Cidr) -> Condition| network(value).map_or(Condition::Other, of);
    match word {
        "-s" => inside(Condition::From),
        "-d" => inside(Condition::To),
        "-p" => Condition::Protocol(value.to_owned()),
        "--dport" | "--dports" => ports(value).map_or(Condition::Other, Condition::Port),
        "--state" | "--ctstate" => Condition::State(value.to_owned()),
        "-o" => Condition::Leaves(value.to_owned()),
        "--mark" => mark(value).unwrap_or(Condition::Other),
        _ => Condition::Other,
    }
}

/// A network as rules write it: an address alone is one of 32 bits.
fn network(text: &str) -> Option<Cidr> {
    let (address, prefix) = text.split_once('/').unwrap_or((text, "32"));
    Some(Cidr::of(address.parse().ok()?, prefix.parse().ok()?))
}

fn ports(text: &str) -> Option<Vec<RangeInclusive<u16>>> {
    let range = |part: &str| {
        let (first, last) = part.split_once(':').unwrap_or((part, part));
        Some(first.parse().ok()?..=last.parse().ok()?)
    };
    text.split(',').map(range).collect()
}

fn mark(text: &str) -> Option<Condition> {
    let number = |text: &str| u32::from_str_radix(text.trim_start_matches("0x"), 16).ok();
    let (value, mask) = text.split_once('/').unwrap_or((text, "ffffffff"));
    Some(Condition::Mark(number(value)?, number(mask)?))
}

impl Condition {
    /// Whether it holds for a packet; nothing where nobody can tell.
    fn holds(&self, packet: &Packet<'_>) -> Option<bool> {
        Some(match self {
            Self::From(network) => network.contains(packet.from),
            Self::To(network) => network.contains(packet.to),
            Self::Protocol(name) => name == packet.protocol || name == "all",
            Self::Port(ranges) => ranges.iter().any(|range| range.contains(&packet.port)),
            Self::State(states) => states.split(',').any(|state| state == "NEW"),
            Self::Leaves(card) => match card.strip_suffix('+') {
                Some(begin) => packet.card.starts_with(begin),
                None => card == packet.card,
            },
            Self::Mark(value, mask) => *value & *mask == 0,
            Self::Other => return None,
        })
    }
}

/// The words of a line; what stands between quotes is one.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut quoted = false;
    for letter in line.chars() {
        match letter {
            '"' => quoted = !quoted,
            ' ' if !quoted => {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
            }
            other => word.push(other),
        }
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
    words
}
