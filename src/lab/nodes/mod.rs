//! The lab's machines: they boot, print on their serial console, play out their bootstrap, and
//! become the cluster.
//!
//! A machine follows an OCI instance. [`Machine`] is what others see of it, [`Machines`] who is
//! reached under which address. Scripts do not run: a table (`assets/lab/nodes/stages.toml`) says what a
//! stage prints and how long it takes; what it waits for and what it brings about is real.

mod boot;
mod cloud;
mod cloud_config;
mod cloud_init;
mod disk;
mod firewall;
mod founder;
mod host_keys;
mod identity;
mod journal;
mod k3s;
mod life;
mod machine;
mod machines;
mod netfilter;
mod obstacle;
mod passage;
mod plot;
mod script;
mod security;
mod settings;
pub(in crate::lab) mod ssh;
mod stages;
mod trouble;
mod unit;
mod wires;

pub(in crate::lab) use disk::Disk;
pub(in crate::lab) use founder::Founder;
pub(in crate::lab) use life::Lives;
pub(in crate::lab) use machine::{K3s, Machine};
pub(in crate::lab) use machines::{Lead, Machines};
pub(in crate::lab) use trouble::{Mending, Troubles};
pub use trouble::{PlannedTrouble, Trouble};
pub(in crate::lab) use unit::{SCRIPT, SCRIPT_LOG, Script};
