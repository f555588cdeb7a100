//! One machine: what it is called, where it is reached, what is on its disk, and what runs on it.
//!
//! Others read it and may ask it to run its bootstrap script again; only its own life
//! (`life.rs`) and script (`script.rs`) change what runs on it.

use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use russh::keys::{PrivateKey, PublicKey};
use serde_json::Value;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::cloud::Cloud;
use super::cloud_init::CloudInit;
use super::disk::Disk;
use super::firewall::{Firewall, IMAGE, Preset};
use super::journal::Journal;
use super::netfilter::RULES;
use super::settings::Settings;
use super::trouble::{BALLAST, Conditions, Trouble};
use super::unit::{Bootstrap, SETTINGS};
use crate::clock::Clock;

/// A machine; clones share it.
#[derive(Clone)]
pub(in crate::lab) struct Machine(Arc<Inner>);

struct Inner {
    id: String,
    name: String,
    address: Ipv4Addr,
    vcn: String,
    keys: Vec<PrivateKey>,
    authorized: Vec<PublicKey>,
    disk: Disk,
    firewall: Mutex<Firewall>,
    journal: Journal,
    cloud: Cloud,
    conditions: Conditions,
    clock: Clock,
    state: Mutex<State>,
    k3s: watch::Sender<Process>,
    script: Bootstrap,
    sshd: watch::Sender<bool>,
    reboots: watch::Sender<u64>,
    touched: watch::Sender<u64>,
}

/// What changes while it runs.
#[derive(Debug, Default)]
struct State {
    boot: Option<Boot>,
    cloud_init: CloudInit,
    k3s: Option<K3s>,
    forwarding: bool,
    /// Whether the boot has started the SSH server.
    sshd: bool,
    /// Whether the unit of the script was started and waits for the network.
    held: bool,
    /// What comes back by itself after a restart.
    lasting: Lasting,
}

/// What is on the disk in other forms than files.
#[derive(Clone, Copy, Debug, Default)]
struct Lasting {
    k3s: Option<K3s>,
    unit: bool,
    /// Whether what is done once for an instance is done.
    set_up: bool,
}

/// One time of being on.
#[derive(Clone, Debug)]
struct Boot {
    began: Instant,
    off: CancellationToken,
}

/// How K3s runs on a machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::lab) enum K3s {
    /// `k3s.service`: the control plane.
    Server,
    /// `k3s-agent.service`.
    Agent,
}

/// The process of K3s: whether its unit runs, and which start of it this is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Process {
    pub(super) how: Option<K3s>,
    starts: u64,
}

impl K3s {
    /// Its unit, without `.service`.
    pub(in crate::lab) fn unit(self) -> &'static str {
        match self {
            Self::Server => "k3s",
            Self::Agent => "k3s-agent",
        }
    }
}

/// How many times as long a slow network takes.
const SLOWNESS: u32 = 5;
/// What cloud-init and its commands write.
pub(in crate::lab) const CLOUD_INIT_LOG: &str = "/var/log/cloud-init-output.log";

impl Machine {
    /// A machine of an OCI instance that has a VNIC; none while it has not.
    pub(super) fn new(
        instance: &Value,
        (cloud, conditions): (&Cloud, &Conditions),
        clock: Clock,
        touched: &watch::Sender<u64>,
    ) -> Option<Self> {
        let id = instance.get("id")?.as_str()?.to_owned();
        let vnic = cloud.vnic(&id)?;
        let address = vnic.get("privateIp")?.as_str()?.parse().ok()?;
        let shown = instance.get("displayName").and_then(Value::as_str);
        let label = vnic.get("hostnameLabel").and_then(Value::as_str);
        let name = label.or(shown).unwrap_or("instance").to_lowercase();
        let authorized = instance
            .pointer("/metadata/ssh_authorized_keys")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let keys = super::host_keys::generate()
            .inspect_err(|error| tracing::error!(%error, "no host keys for a machine of the lab"))
            .unwrap_or_default();
        let machine = Self(Arc::new(Inner {
            vcn: cloud.vcn(&vnic),
            id,
            name,
            address,
            keys,
            authorized: authorized
                .lines()
                .filter_map(|line| PublicKey::from_openssh(line.trim()).ok())
                .collect(),
            disk: Disk::new(),
            firewall: Mutex::default(),
            journal: Journal::default(),
            cloud: cloud.clone(),
            conditions: conditions.clone(),
            clock,
            state: Mutex::default(),
            k3s: watch::Sender::default(),
            script: Bootstrap::new(),
            sshd: watch::Sender::new(false),
            reboots: watch::Sender::new(0),
            touched: touched.clone(),
        }));
        machine.furnish(authorized);
        Some(machine)
    }

    /// The instance's OCID.
    pub(in crate::lab) fn id(&self) -> &str {
        &self.0.id
    }

    /// Its host name.
    pub(in crate::lab) fn name(&self) -> &str {
        &self.0.name
    }

    /// Its address in the VCN.
    pub(in crate::lab) fn private_address(&self) -> Ipv4Addr {
        self.0.address
    }

    /// Its address in the internet, which can change while it runs.
    pub(in crate::lab) fn public_address(&self) -> Option<Ipv4Addr> {
        let vnic = self.0.cloud.vnic(&self.0.id)?;
        vnic.get("publicIp")?.as_str()?.parse().ok()
    }

    /// The OCID of its VCN.
    pub(in crate::lab) fn vcn(&self) -> &str {
        &self.0.vcn
    }

    /// Its SSH host keys; they stay its own over restarts.
    pub(in crate::lab) fn host_keys(&self) -> &[PrivateKey] {
        &self.0.keys
    }

    /// The keys that may log in as `ubuntu`, from the instance's metadata.
    pub(in crate::lab) fn authorized_keys(&self) -> &[PublicKey] {
        &self.0.authorized
    }

    /// Its bootstrap script.
    pub(super) fn bootstrap(&self) -> &Bootstrap {
        &self.0.script
    }

    /// Its disk.
    pub(in crate::lab) fn disk(&self) -> &Disk {
        &self.0.disk
    }

    /// Whether its SSH server takes connections.
    pub(in crate::lab) fn sshd_is_up(&self) -> bool {
        *self.0.sshd.borrow()
    }

    /// What it is in the cluster (`ingress`, `server`, `worker`), once its settings are on the disk.
    pub(in crate::lab) fn role(&self) -> Option<String> {
        self.settings().get("ROLE").map(str::to_owned)
    }

    /// What its units have printed.
    pub(in crate::lab) fn journal(&self) -> &Journal {
        &self.0.journal
    }

    /// What K3s on it is to its cluster, once it has one: `systemctl` may show a unit that runs
    /// before that (see [`Machine::k3s_unit`]).
    pub(in crate::lab) fn k3s(&self) -> Option<K3s> {
        self.state().k3s
    }

    /// The unit of K3s that runs on it.
    pub(in crate::lab) fn k3s_unit(&self) -> Option<K3s> {
        self.0.k3s.borrow().how
    }

    /// The unit of K3s that starts with it.
    pub(in crate::lab) fn k3s_enabled(&self) -> Option<K3s> {
        self.state().lasting.k3s
    }

    /// How long it has been on, in the lab's time; zero while it is off.
    pub(in crate::lab) fn uptime(&self) -> Duration {
        let began = self.state().boot.as_ref().map(|boot| boot.began);
        let Some(began) = began else {
            return Duration::ZERO;
        };
        let second = self.0.clock.at_pace(Duration::from_secs(1));
        let real = self.0.clock.instant().saturating_duration_since(began);
        real.div_f64(second.as_secs_f64())
    }

    /// Ends when it is switched off or terminated: connections to it break then. Ended already
    /// while it is off.
    pub(in crate::lab) fn off(&self) -> CancellationToken {
        let off = self.state().boot.as_ref().map(|boot| boot.off.clone());
        off.unwrap_or_else(|| {
            let ended = CancellationToken::new();
            ended.cancel();
            ended
        })
    }

    /// What `cloud-init status --format json` prints, and its exit status.
    pub(in crate::lab) fn cloud_init_status(&self) -> (Value, u8) {
        self.state().cloud_init.status()
    }

    /// The settings of its bootstrap script.
    pub(super) fn settings(&self) -> Settings {
        Settings::parse(&self.disk().text(SETTINGS).unwrap_or_default())
    }

    /// The rules of its firewall.
    pub(in crate::lab) fn firewall(&self) -> MutexGuard<'_, Firewall> {
        let rules = self.0.firewall.lock();
        rules.unwrap_or_else(PoisonError::into_inner)
    }

    /// The clock of its world.
    pub(super) fn clock(&self) -> Clock {
        self.0.clock
    }

    /// What OCI says of it.
    pub(super) fn cloud(&self) -> &Cloud {
        &self.0.cloud
    }

    /// Switches it on; what it did before it was off is no longer known.
    pub(super) fn switch_on(&self) -> CancellationToken {
        let off = CancellationToken::new();
        let mut state = self.state();
        state.boot = Some(Boot {
            began: self.0.clock.instant(),
            off: off.clone(),
        });
        state.cloud_init = CloudInit::default();
        drop(state);
        self.0.script.forget();
        self.load_rules();
        self.touch();
        off
    }

    /// Switches it off: nothing runs on it any more.
    pub(super) fn switch_off(&self) {
        let mut state = self.state();
        if let Some(boot) = state.boot.take() {
            boot.off.cancel();
        }
        state.k3s = None;
        state.forwarding = false;
        state.sshd = false;
        state.held = false;
        drop(state);
        self.0.k3s.send_modify(|process| process.how = None);
        self.0.sshd.send_replace(false);
        self.0.script.forget();
        self.touch();
    }

    /// It boots again by itself; its instance runs on.
    pub(in crate::lab) fn reboot(&self) {
        self.0.reboots.send_modify(|count| *count += 1);
    }

    /// Changes when it is told to boot again.
    pub(super) fn reboots(&self) -> watch::Receiver<u64> {
        self.0.reboots.subscribe()
    }

    /// Whether it is on.
    pub(super) fn is_on(&self) -> bool {
        self.state().boot.is_some()
    }

    /// Its SSH server takes connections from now on, unless it cannot.
    pub(super) fn start_sshd(&self) {
        self.state().sshd = true;
        self.0.sshd.send_replace(!self.suffers(Trouble::SshDead));
        self.touch();
    }

    /// Its SSH server ends.
    pub(super) fn stop_sshd(&self) {
        self.0.sshd.send_replace(false);
        self.touch();
    }

    /// Its SSH server starts again where the boot had come so far.
    pub(super) fn start_sshd_again(&self) {
        if self.state().sshd {
            self.start_sshd();
        }
    }

    /// Enables and starts the unit of K3s; nothing when it runs.
    pub(in crate::lab) fn start_k3s(&self, how: K3s) {
        self.state().lasting.k3s = Some(how);
        self.0.k3s.send_if_modified(|process| {
            let begins = process.how != Some(how);
            if begins {
                process.how = Some(how);
                process.starts += 1;
            }
            begins
        });
        self.touch();
    }

    /// Stops the unit of K3s.
    pub(in crate::lab) fn stop_k3s(&self) {
        self.0.k3s.send_modify(|process| process.how = None);
        self.touch();
    }

    /// Starts the unit of K3s anew, whether it runs or not; nothing where it was never set up.
    pub(in crate::lab) fn restart_k3s(&self) {
        let Some(how) = self.k3s_enabled() else {
            return;
        };
        self.0.k3s.send_modify(|process| {
            process.how = Some(how);
            process.starts += 1;
        });
        self.touch();
    }

    /// The process of K3s, which changes whenever it starts or ends.
    pub(super) fn k3s_process(&self) -> watch::Receiver<Process> {
        self.0.k3s.subscribe()
    }

    /// What K3s is to its cluster from now on; its rules are laid when it comes up and stay.
    pub(super) fn set_k3s(&self, how: Option<K3s>) {
        self.state().k3s = how;
        if how.is_some() {
            self.set_forwarding(true);
            self.add_rules(Preset::K3s);
        }
        self.touch();
    }

    /// `net.ipv4.ip_forward`.
    pub(in crate::lab) fn forwarding(&self) -> bool {
        self.state().forwarding
    }

    /// Sets `net.ipv4.ip_forward` until the next boot.
    pub(in crate::lab) fn set_forwarding(&self, on: bool) {
        self.state().forwarding = on;
        self.touch();
    }

    /// Whether a trouble holds for it.
    pub(in crate::lab) fn suffers(&self, what: Trouble) -> bool {
        let role = self.role();
        let own = (self.name(), role.as_deref());
        self.0.conditions.befall(what, own)
    }

    /// How many times as long as usual the network takes.
    pub(in crate::lab) fn slowness(&self) -> u32 {
        if self.suffers(Trouble::SlowNetwork) {
            SLOWNESS
        } else {
            1
        }
    }

    /// Whether its disk has no room for anything large.
    pub(in crate::lab) fn disk_is_full(&self) -> bool {
        self.disk().file(BALLAST).is_some()
    }

    /// The unit of the script starts with the machine from now on.
    pub(super) fn enable_unit(&self) {
        self.state().lasting.unit = true;
    }

    /// Whether the unit of the script was started and waits, or no more.
    pub(super) fn hold_unit(&self, held: bool) -> bool {
        std::mem::replace(&mut self.state().held, held)
    }

    /// Whether the unit of the script starts with the machine.
    pub(in crate::lab) fn unit_is_enabled(&self) -> bool {
        self.state().lasting.unit
    }

    /// What K3s is told in its configuration file; null when it is told nothing.
    pub(super) fn k3s_configuration(&self) -> Value {
        let text = self.disk().text("/etc/rancher/k3s/config.yaml");
        text.and_then(|text| serde_saphyr::from_str(&text).ok())
            .unwrap_or_default()
    }

    /// Whether this is its first boot, for what is done once for an instance.
    pub(super) fn is_new(&self) -> bool {
        !std::mem::replace(&mut self.state().lasting.set_up, true)
    }

    /// Notes how far cloud-init is.
    pub(super) fn note(&self, edit: impl FnOnce(&mut CloudInit)) {
        edit(&mut self.state().cloud_init);
    }

    /// Prints on its serial console.
    pub(super) fn print(&self, text: &str) {
        self.0.cloud.print(&self.0.id, text);
    }

    /// Files that the image has and cloud-init makes from metadata.
    fn furnish(&self, authorized: &str) {
        let disk = self.disk();
        for (path, content, mode) in [
            ("/etc/hostname", format!("{}\n", self.name()), 0o644),
            (RULES, IMAGE.to_owned(), 0o640),
            (
                "/home/ubuntu/.ssh/authorized_keys",
                format!("{}\n", authorized.trim_end()),
                0o600,
            ),
            (
                "/etc/os-release",
                "PRETTY_NAME=\"Ubuntu 24.04.3 LTS\"\nNAME=\"Ubuntu\"\nVERSION_ID=\"24.04\"\nID=ubuntu\n"
                    .to_owned(),
                0o644,
            ),
        ] {
            disk.write(path, content.as_bytes(), mode);
        }
    }

    /// Says that something changed on which others may depend.
    pub(super) fn touch(&self) {
        self.0.touched.send_modify(|count| *count += 1);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Machine {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Machine")
            .field("name", &self.0.name)
            .field("address", &self.0.address)
            .finish_non_exhaustive()
    }
}
