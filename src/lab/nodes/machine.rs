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
use super::settings::Settings;
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
    cloud: Cloud,
    clock: Clock,
    state: Mutex<State>,
    script: Bootstrap,
    sshd: watch::Sender<bool>,
    touched: watch::Sender<u64>,
}

/// What changes while it runs.
#[derive(Debug, Default)]
struct State {
    boot: Option<Boot>,
    cloud_init: CloudInit,
    k3s: Option<K3s>,
    masquerades: bool,
    set_up: bool,
    /// What comes back by itself after a restart.
    lasting: Lasting,
}

/// What is on the disk in other forms than files.
#[derive(Clone, Copy, Debug, Default)]
struct Lasting {
    k3s: Option<K3s>,
    masquerades: bool,
    unit: bool,
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

/// What cloud-init and its commands write.
pub(in crate::lab) const CLOUD_INIT_LOG: &str = "/var/log/cloud-init-output.log";

impl Machine {
    /// A machine of an OCI instance that has a VNIC; none while it has not.
    pub(super) fn new(
        instance: &Value,
        cloud: &Cloud,
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
            cloud: cloud.clone(),
            clock,
            state: Mutex::default(),
            script: Bootstrap::new(),
            sshd: watch::Sender::new(false),
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

    /// How K3s runs on it.
    pub(in crate::lab) fn k3s(&self) -> Option<K3s> {
        self.state().k3s
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
        state.masquerades = false;
        drop(state);
        self.0.sshd.send_replace(false);
        self.0.script.forget();
        self.touch();
    }

    /// Whether it is on.
    pub(super) fn is_on(&self) -> bool {
        self.state().boot.is_some()
    }

    /// Its SSH server takes connections from now on.
    pub(super) fn start_sshd(&self) {
        self.0.sshd.send_replace(true);
        self.touch();
    }

    /// K3s runs from now on.
    pub(super) fn start_k3s(&self, how: K3s) {
        let mut state = self.state();
        state.k3s = Some(how);
        state.lasting.k3s = Some(how);
        drop(state);
        self.touch();
    }

    /// Whether it forwards what others in the VCN send out.
    pub(super) fn masquerades(&self) -> bool {
        self.state().masquerades
    }

    /// It forwards and masquerades from now on.
    pub(super) fn start_masquerading(&self) {
        let mut state = self.state();
        state.masquerades = true;
        state.lasting.masquerades = true;
        drop(state);
        self.touch();
    }

    /// Saved rules of the firewall hold again after a restart.
    pub(super) fn restore_rules(&self) {
        let mut state = self.state();
        state.masquerades = state.lasting.masquerades;
        drop(state);
        self.touch();
    }

    /// How K3s is installed.
    pub(super) fn installed(&self) -> Option<K3s> {
        self.state().lasting.k3s
    }

    /// The unit of the script starts with the machine from now on.
    pub(super) fn enable_unit(&self) {
        self.state().lasting.unit = true;
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
        !std::mem::replace(&mut self.state().set_up, true)
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
