//! Bad days of a machine's SSH server: connections that are cut, logins that are refused, a host key
//! that is not the machine's.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rsa::rand_core::UnwrapErr;
use russh::keys::{Algorithm, PrivateKey};
use tokio_util::sync::CancellationToken;

use crate::lab::random::SystemRandom;

/// What goes wrong from now on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::lab) enum Switch {
    /// Every connection that is open now ends; new ones are welcome.
    Cut,
    /// No key is good enough any more.
    RefuseLogins,
    /// New connections see another host key, as if someone else answered.
    OtherHostKey,
    /// All is well again.
    Mend,
}

/// The switches of all machines, by their instance; clones share them.
#[derive(Clone, Default)]
pub(in crate::lab) struct Switches(Arc<Mutex<BTreeMap<String, State>>>);

#[derive(Clone, Default)]
struct State {
    cut: CancellationToken,
    refuses: bool,
    other: Option<PrivateKey>,
}

impl Switches {
    /// Sets a switch of one machine.
    pub(in crate::lab) fn set(&self, machine: &str, switch: Switch) {
        let mut all = self.lock();
        let state = all.entry(machine.to_owned()).or_default();
        match switch {
            Switch::Cut => std::mem::take(&mut state.cut).cancel(),
            Switch::RefuseLogins => state.refuses = true,
            Switch::OtherHostKey => {
                state.other =
                    PrivateKey::random(&mut UnwrapErr(SystemRandom), Algorithm::Ed25519).ok();
            }
            Switch::Mend => {
                state.refuses = false;
                state.other = None;
            }
        }
    }

    /// Ends when the machine's connections of now are cut.
    pub(super) fn cut(&self, machine: &str) -> CancellationToken {
        let mut all = self.lock();
        all.entry(machine.to_owned()).or_default().cut.clone()
    }

    /// Whether no key is good enough.
    pub(super) fn refuses(&self, machine: &str) -> bool {
        self.lock().get(machine).is_some_and(|state| state.refuses)
    }

    /// The host key that is shown in place of the machine's own.
    pub(super) fn other_key(&self, machine: &str) -> Option<PrivateKey> {
        self.lock().get(machine)?.other.clone()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, State>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
