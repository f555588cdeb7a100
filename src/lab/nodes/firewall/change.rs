//! What an `iptables` command does to the rules, and how it refuses.

use super::chain::{Firewall, Policy, Table};
use super::rule::Rule;

/// A change to one chain, or a question about it. Numbers of rules count from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::lab) enum Change {
    /// `-A`.
    Append(Rule),
    /// `-I`.
    Insert(usize, Rule),
    /// `-R`.
    Replace(usize, Rule),
    /// `-D` with a rule.
    Delete(Rule),
    /// `-D` with a number.
    DeleteAt(usize),
    /// `-C`.
    Check(Rule),
    /// `-F`.
    Flush,
    /// `-P`.
    Policy(Policy),
    /// `-N`.
    New,
    /// `-X`.
    Remove,
}

/// Why a command did nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub(in crate::lab) struct Refusal {
    /// iptables' words.
    pub(in crate::lab) text: String,
    /// Its exit status.
    pub(in crate::lab) exit: u8,
}

/// Targets that are no chains.
const TARGETS: [&str; 13] = [
    "ACCEPT",
    "DROP",
    "REJECT",
    "RETURN",
    "MASQUERADE",
    "LOG",
    "MARK",
    "SNAT",
    "DNAT",
    "REDIRECT",
    "NOTRACK",
    "TCPMSS",
    "CT",
];
const NO_RULE: &str = "iptables: Bad rule (does a matching rule exist in that chain?).";
const NO_CHAIN: &str = "iptables: No chain/target/match by that name.";
/// What the lab's iptables calls itself: that of Ubuntu 24.04.
pub(in crate::lab) const VERSION: &str = "v1.8.10 (nf_tables)";

impl Refusal {
    /// A refusal with status 1.
    fn plain(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            exit: 1,
        }
    }

    /// That a command line cannot be read.
    pub(in crate::lab) fn usage(problem: &str) -> Self {
        Self {
            text: format!(
                "iptables {VERSION}: {problem}\n\
                 Try `iptables -h' or 'iptables --help' for more information."
            ),
            exit: 2,
        }
    }
}

impl Firewall {
    /// Does what a command asks of one chain of a table.
    pub(in crate::lab) fn change(
        &mut self,
        table: &str,
        chain: &str,
        change: Change,
    ) -> Result<(), Refusal> {
        let Some(table) = self.table_mut(table) else {
            return Err(no_table(table));
        };
        if let Change::Append(rule)
        | Change::Insert(_, rule)
        | Change::Replace(_, rule)
        | Change::Delete(rule)
        | Change::Check(rule) = &change
        {
            table.takes(rule)?;
        }
        if change == Change::New {
            return table.make(chain);
        }
        if change == Change::Remove {
            return table.remove(chain);
        }
        let Some(found) = table.chain_mut(chain) else {
            return Err(Refusal::plain(NO_CHAIN));
        };
        let rules = &mut found.rules;
        let place = |number: usize, what: &str| match number.checked_sub(1) {
            Some(place) => Ok(place),
            None => Err(Refusal::usage(&format!("Invalid rule number `{what}'"))),
        };
        let find = |rules: &[Rule], rule: &Rule| {
            let found = rules.iter().position(|one| one == rule);
            found.ok_or_else(|| Refusal::plain(NO_RULE))
        };
        match change {
            Change::Append(rule) => rules.push(rule),
            Change::Insert(number, rule) => {
                let place = place(number, "0")?;
                if place > rules.len() {
                    return Err(Refusal::plain("iptables: Index of insertion too big."));
                }
                rules.insert(place, rule);
            }
            Change::Replace(number, rule) => {
                let place = place(number, "0")?;
                let old = rules.get_mut(place);
                *old.ok_or_else(|| Refusal::plain("iptables: Index of replacement too big."))? =
                    rule;
            }
            Change::Delete(rule) => {
                let place = find(rules, &rule)?;
                rules.remove(place);
            }
            Change::DeleteAt(number) => {
                let place = place(number, "0")?;
                if place >= rules.len() {
                    return Err(Refusal::plain("iptables: Index of deletion too big."));
                }
                rules.remove(place);
            }
            Change::Check(rule) => {
                find(rules, &rule)?;
            }
            Change::Flush => rules.clear(),
            Change::Policy(policy) => {
                if found.policy.is_none() {
                    return Err(Refusal::plain("iptables: Bad built-in chain name."));
                }
                found.policy = Some(policy);
            }
            Change::New | Change::Remove => {}
        }
        Ok(())
    }

    /// Empties every chain of a table.
    pub(in crate::lab) fn flush(&mut self, table: &str) -> Result<(), Refusal> {
        let found = self.table_mut(table).ok_or_else(|| no_table(table))?;
        for chain in &mut found.chains {
            chain.rules.clear();
        }
        Ok(())
    }

    /// Lets packets pass before the first rule that refuses any, or at the end: what the bootstrap
    /// script does so that rules of K3s above stay where they are. A rule that comes later is moved.
    pub(in crate::lab) fn accept(&mut self, chain: &str, rule: Rule) -> Result<(), Refusal> {
        let rules = self.chain("filter", chain).map(|chain| &chain.rules);
        let rules = rules.map_or(&[][..], Vec::as_slice);
        let refusal = rules.iter().position(Rule::refuses);
        if let Some(own) = rules.iter().position(|one| *one == rule) {
            if refusal.is_none_or(|refusal| own < refusal) {
                return Ok(());
            }
            self.change("filter", chain, Change::Delete(rule.clone()))?;
        }
        let change = match refusal {
            Some(place) => Change::Insert(place + 1, rule),
            None => Change::Append(rule),
        };
        self.change("filter", chain, change)
    }
}

impl Table {
    /// Refuses a rule that jumps to a chain that is not there.
    fn takes(&self, rule: &Rule) -> Result<(), Refusal> {
        let Some(target) = &rule.target else {
            return Ok(());
        };
        if TARGETS.contains(&target.name.as_str()) || self.chain(&target.name).is_some() {
            return Ok(());
        }
        Err(Refusal::usage(&format!(
            "Chain '{}' does not exist",
            target.name
        )))
    }

    fn make(&mut self, chain: &str) -> Result<(), Refusal> {
        if self.chain(chain).is_some() {
            return Err(Refusal::plain("iptables: Chain already exists."));
        }
        self.add(chain);
        Ok(())
    }

    fn remove(&mut self, name: &str) -> Result<(), Refusal> {
        let Some(chain) = self.chain(name).filter(|chain| chain.policy.is_none()) else {
            return Err(Refusal::plain(NO_CHAIN));
        };
        let jumps = |rule: &Rule| rule.target.as_ref().is_some_and(|it| it.name == name);
        let used = self.chains.iter().any(|one| one.rules.iter().any(jumps));
        if used || !chain.rules.is_empty() {
            return Err(Refusal {
                text: format!(
                    "iptables {VERSION}:  CHAIN_DEL failed (Device or resource busy): chain {name}"
                ),
                exit: 4,
            });
        }
        self.chains.retain(|chain| chain.name != name);
        Ok(())
    }
}

/// What iptables says of a table that there is not.
pub(in crate::lab) fn no_table(name: &str) -> Refusal {
    Refusal {
        text: format!(
            "iptables {VERSION}: table '{name}' does not exist\n\
             Perhaps iptables or your kernel needs to be upgraded."
        ),
        exit: 3,
    }
}
