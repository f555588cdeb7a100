//! Rules that come by themselves: the image's, those of the bootstrap script's stages, and K3s'.

use std::sync::LazyLock;

use serde::Deserialize;

use super::chain::Firewall;
use super::change::{Change, Refusal};
use super::command::Command;
use super::rule::Rule;
use super::text::words;
use crate::lab::nodes::settings::Settings;

/// `/etc/iptables/rules.v4` as Oracle's Ubuntu image has it.
pub(in crate::lab) const IMAGE: &str = include_str!("../../../../assets/lab/nodes/image-rules.v4");
const TABLE: &str = include_str!("../../../../assets/lab/nodes/rules.toml");

static PRESETS: LazyLock<Result<Presets, String>> =
    LazyLock::new(|| toml::from_str(TABLE).map_err(|error| error.to_string()));

/// Who adds rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::lab) enum Preset {
    /// The script's stage `firewall`.
    Firewall,
    /// Its stage `nat`.
    Nat,
    /// K3s while it runs.
    K3s,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Presets {
    firewall: Vec<String>,
    nat: Vec<String>,
    k3s: Vec<String>,
}

impl Preset {
    fn lines(self) -> &'static [String] {
        let Ok(presets) = PRESETS.as_ref() else {
            return &[];
        };
        match self {
            Self::Firewall => &presets.firewall,
            Self::Nat => &presets.nat,
            Self::K3s => &presets.k3s,
        }
    }
}

impl Firewall {
    /// Adds what is not there yet; lines that name a setting which the machine lacks are left out.
    pub(in crate::lab::nodes) fn add(
        &mut self,
        preset: Preset,
        settings: &Settings,
    ) -> Result<(), Refusal> {
        let lines = preset.lines().iter().map(|line| settings.fill(line));
        for line in lines.filter(|line| !line.contains("${")) {
            let all = words(&line).unwrap_or_default();
            if let [accept, chain, rule @ ..] = all.as_slice()
                && accept == "accept"
            {
                let rule = Rule::read(rule).map_err(|problem| Refusal::usage(&problem))?;
                self.accept(chain, rule)?;
                continue;
            }
            if let Command::Change {
                table,
                chain,
                change,
            } = Command::read(&all)?
                && !self.has(&table, &chain, &change)
            {
                self.change(&table, &chain, change)?;
            }
        }
        Ok(())
    }

    /// Whether a rule or chain that would be added is there.
    fn has(&self, table: &str, chain: &str, change: &Change) -> bool {
        let found = self.chain(table, chain);
        match change {
            Change::New => found.is_some(),
            Change::Append(rule) | Change::Insert(_, rule) => {
                found.is_some_and(|chain| chain.rules.contains(rule))
            }
            Change::Replace(..)
            | Change::Delete(_)
            | Change::DeleteAt(_)
            | Change::Check(_)
            | Change::Flush
            | Change::Policy(_)
            | Change::Remove => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> Settings {
        Settings::parse(
            "VCN=10.0.0.0/16\nPODS=10.42.0.0/16\nSERVICES=10.43.0.0/16\nPRIVATE_SUBNET=10.0.2.0/24\n",
        )
    }

    #[test]
    fn every_preset_can_be_added_once_and_again() {
        assert_eq!(PRESETS.as_ref().err(), None);
        let mut firewall = Firewall::default();
        firewall.restore(IMAGE).unwrap();
        for preset in [Preset::Firewall, Preset::Nat, Preset::K3s] {
            let before = firewall.clone();
            firewall.add(preset, &settings()).unwrap();
            assert_ne!(firewall, before, "{preset:?}");
            let once = firewall.clone();
            firewall.add(preset, &settings()).unwrap();
            assert_eq!(firewall, once, "{preset:?}");
        }
        let kept = firewall.save_without_k3s(jiff::Timestamp::UNIX_EPOCH);
        let mut again = Firewall::default();
        again.restore(&kept).unwrap();
        assert!(!kept.contains("KUBE-") && kept.contains("MASQUERADE"));
        assert!(again.list("filter", Some("InstanceServices")).is_ok());
        let input = firewall.list("filter", Some("INPUT")).unwrap();
        assert!(
            input.find("KUBE-ROUTER-INPUT") < input.find("KUBE-FIREWALL")
                && input.find("10.0.0.0/16") < input.find("REJECT"),
            "{input}"
        );
    }

    #[test]
    fn ours_are_moved_before_what_refuses_and_nothing_else_is() {
        let mut firewall = Firewall::default();
        firewall.restore(IMAGE).unwrap();
        for preset in [Preset::Firewall, Preset::Nat, Preset::K3s] {
            firewall.add(preset, &settings()).unwrap();
        }
        let whole = firewall.clone();
        let line = "-I INPUT 2 -p udp --dport 8472 -j DROP";
        let Command::Change {
            table,
            chain,
            change,
        } = Command::read(&words(line).unwrap()).unwrap()
        else {
            panic!("{line}")
        };
        firewall.change(&table, &chain, change).unwrap();
        firewall.add(Preset::Firewall, &settings()).unwrap();
        let input = firewall.list("filter", Some("INPUT")).unwrap();
        let at = |text: &str| input.find(text).unwrap();
        assert!(
            at("-s 10.0.0.0/16 -j ACCEPT") < at("--dport 8472 -j DROP"),
            "{input}"
        );
        let before = whole.list("filter", Some("INPUT")).unwrap();
        assert_eq!(input.lines().count(), before.lines().count() + 1);
        assert_eq!(
            input.lines().nth(1),
            before.lines().nth(1),
            "what K3s put on top stays"
        );
        let forward = |of: &Firewall| of.list("filter", Some("FORWARD")).unwrap();
        assert_eq!(forward(&firewall), forward(&whole));
    }

    #[test]
    fn what_a_machine_is_not_told_is_left_out() {
        let mut firewall = Firewall::default();
        firewall.add(Preset::Nat, &Settings::parse("")).unwrap();
        assert_eq!(firewall, Firewall::default());
    }
}
