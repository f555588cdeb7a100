//! Tables and their chains.

use super::rule::Rule;

/// What is done with a packet that no rule of a built-in chain took.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::Display, strum::EnumString)]
#[strum(serialize_all = "UPPERCASE")]
pub(in crate::lab) enum Policy {
    /// It passes.
    Accept,
    /// It does not.
    Drop,
}

/// All rules of a machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::lab) struct Firewall {
    pub(super) tables: Vec<Table>,
}

/// A table; it exists from the first rule, chain or policy that was put into it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Table {
    pub(super) name: &'static str,
    pub(super) chains: Vec<Chain>,
}

/// A chain; built-in ones have a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Chain {
    pub(super) name: String,
    pub(super) policy: Option<Policy>,
    pub(super) rules: Vec<Rule>,
}

/// The tables in the order in which they are saved, and their built-in chains.
const TABLES: [(&str, &[&str]); 4] = [
    (
        "mangle",
        &["PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"],
    ),
    ("raw", &["PREROUTING", "OUTPUT"]),
    ("filter", &["INPUT", "FORWARD", "OUTPUT"]),
    ("nat", &["PREROUTING", "INPUT", "OUTPUT", "POSTROUTING"]),
];

impl Firewall {
    /// A table that was put to use.
    pub(super) fn table(&self, name: &str) -> Option<&Table> {
        self.tables.iter().find(|table| table.name == name)
    }

    /// A table, which is put to use; none when there is none of this name.
    pub(super) fn table_mut(&mut self, name: &str) -> Option<&mut Table> {
        let place = |name: &str| TABLES.iter().position(|(known, _)| *known == name);
        let own = place(name)?;
        if self.table(name).is_none() {
            let later = |table: &Table| place(table.name).is_some_and(|it| it > own);
            let at = self.tables.iter().position(later);
            let at = at.unwrap_or(self.tables.len());
            self.tables.insert(at, Table::empty(name)?);
        }
        self.tables.iter_mut().find(|table| table.name == name)
    }

    /// A chain of a table.
    pub(super) fn chain(&self, table: &str, chain: &str) -> Option<&Chain> {
        self.table(table)?.chain(chain)
    }

    /// Whether there is a table of this name.
    pub(super) fn knows(table: &str) -> bool {
        TABLES.iter().any(|(name, _)| *name == table)
    }
}

impl Table {
    /// A table without rules.
    pub(super) fn empty(name: &str) -> Option<Self> {
        let (name, built_in) = TABLES.iter().find(|(known, _)| *known == name)?;
        let chains = built_in.iter().map(|chain| Chain {
            name: (*chain).to_owned(),
            policy: Some(Policy::Accept),
            rules: Vec::new(),
        });
        Some(Self {
            name,
            chains: chains.collect(),
        })
    }

    pub(super) fn chain(&self, name: &str) -> Option<&Chain> {
        self.chains.iter().find(|chain| chain.name == name)
    }

    pub(super) fn chain_mut(&mut self, name: &str) -> Option<&mut Chain> {
        self.chains.iter_mut().find(|chain| chain.name == name)
    }

    /// Makes a chain, which stands after the built-in ones in the order of names.
    pub(super) fn add(&mut self, name: &str) {
        let after = |chain: &Chain| chain.policy.is_none() && chain.name.as_str() > name;
        let at = self.chains.iter().position(after);
        let chain = Chain {
            name: name.to_owned(),
            policy: None,
            rules: Vec::new(),
        };
        self.chains.insert(at.unwrap_or(self.chains.len()), chain);
    }
}
