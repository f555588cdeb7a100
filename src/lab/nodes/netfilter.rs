//! What a machine's kernel does with packets: its rules and whether it forwards, from boot to boot.
//!
//! Both are kept in the files where Ubuntu keeps them; what is not saved there is gone when the
//! machine boots again.

use super::firewall::{Firewall, Net, Preset, Refusal};
use super::machine::Machine;

/// Where `netfilter-persistent` keeps the rules.
pub(in crate::lab) const RULES: &str = "/etc/iptables/rules.v4";
/// The network card of a machine.
pub(in crate::lab) const CARD: &str = "enp0s6";
/// The folder of what the kernel is told at each boot.
const SYSCTLS: &str = "/etc/sysctl.d/";
/// The bootstrap script's file in it.
const SYSCTL: &str = "/etc/sysctl.d/90-k3scope.conf";
/// The kernel's switch for forwarding.
pub(in crate::lab) const IP_FORWARD: &str = "net.ipv4.ip_forward";
const RULES_MODE: u32 = 0o640;

impl Machine {
    /// Changes the rules of its firewall.
    pub(in crate::lab) fn change_firewall<T>(&self, edit: impl FnOnce(&mut Firewall) -> T) -> T {
        let done = edit(&mut self.firewall());
        self.touch();
        done
    }

    /// The addresses of its subnet.
    pub(in crate::lab) fn subnet(&self) -> Option<Net> {
        self.cloud().subnet(self.id())
    }

    /// Its memory in gigabytes.
    pub(in crate::lab) fn memory_gb(&self) -> u32 {
        self.cloud().size(self.id()).map_or(1, |(_, memory)| memory)
    }

    /// Adds rules that come by themselves, as far as its settings name what they need.
    pub(super) fn add_rules(&self, preset: Preset) {
        let settings = self.settings();
        if let Err(refusal) = self.change_firewall(|rules| rules.add(preset, &settings)) {
            tracing::warn!(name = self.name(), %refusal, "rules of a machine of the lab");
        }
    }

    /// Saves the rules without those of K3s, as the bootstrap script does.
    pub(super) fn save_rules(&self) {
        let text = self.firewall().save_without_k3s(self.clock().now());
        self.disk().write(RULES, text.as_bytes(), RULES_MODE);
    }

    /// Saves the rules as they are: `netfilter-persistent save`.
    pub(in crate::lab) fn save_all_rules(&self) {
        let text = self.firewall().save(None, self.clock().now());
        self.disk().write(RULES, text.as_bytes(), RULES_MODE);
    }

    /// Loads the saved rules again: `netfilter-persistent reload`.
    pub(in crate::lab) fn reload_rules(&self) -> Result<(), Refusal> {
        let text = self.disk().text(RULES).unwrap_or_default();
        self.change_firewall(|rules| rules.restore(&text))
    }

    /// Begins with what was kept: the saved rules, and whether to forward.
    pub(super) fn load_rules(&self) {
        *self.firewall() = Firewall::default();
        if let Err(refusal) = self.reload_rules() {
            tracing::warn!(name = self.name(), %refusal, "saved rules cannot be read");
        }
        let disk = self.disk();
        let texts = disk.paths(SYSCTLS).into_iter();
        let texts = texts.filter_map(|path| disk.text(&path));
        let set = texts.filter_map(|text| forwarding(&text)).next_back();
        self.set_forwarding(set == Some(true));
    }

    /// Forwards from now on and after each boot, as the script has it.
    pub(super) fn keep_forwarding(&self) {
        let text = format!("{IP_FORWARD} = 1\n");
        self.disk().write(SYSCTL, text.as_bytes(), 0o644);
        self.set_forwarding(true);
    }
}

/// What a file for sysctl says of forwarding; its last word counts.
pub(in crate::lab) fn forwarding(text: &str) -> Option<bool> {
    let mut values = text.lines().filter_map(|line| {
        let (name, value) = line.split_once('=')?;
        let name = name.trim().replace('/', ".");
        (name == IP_FORWARD).then(|| value.trim() != "0")
    });
    values.next_back()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_word_of_a_sysctl_file_counts() {
        assert_eq!(forwarding("# net.ipv4.ip_forward=0\n"), None);
        assert_eq!(forwarding("net.ipv4.ip_forward = 1\n"), Some(true));
        assert_eq!(
            forwarding("net/ipv4/ip_forward=1\nnet.ipv4.ip_forward=0\n"),
            Some(false)
        );
        assert_eq!(forwarding("vm.swappiness=1\n"), None);
    }
}
