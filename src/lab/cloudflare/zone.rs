//! The zone and its records: one table behind a lock, and a counter that tells of changes.
//!
//! Used by the HTTP API and, in process, by the lab's external-dns and resolver: all see one truth.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::sync::watch;

use super::answer::Refusal;
use super::record::Record;

/// A zone of the account.
#[derive(Clone, Debug)]
pub(crate) struct Zone {
    id: String,
    name: String,
    records: Arc<Mutex<Vec<Record>>>,
    changes: Arc<watch::Sender<u64>>,
}

impl Zone {
    /// An active zone without records.
    pub(crate) fn new(name: &str) -> Self {
        Self {
            id: random_id(),
            name: name.to_owned(),
            records: Arc::default(),
            changes: Arc::new(watch::Sender::new(0)),
        }
    }

    /// The zone's identifier.
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// The zone's name, `example.com`.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// All records, in the order of their making.
    pub(crate) fn records(&self) -> Vec<Record> {
        self.lock().clone()
    }

    /// The records of one name.
    pub(crate) fn named(&self, name: &str) -> Vec<Record> {
        let name = name.trim_end_matches('.').to_ascii_lowercase();
        let records = self.lock();
        let found = records.iter().filter(|record| record.name == name);
        found.cloned().collect()
    }

    /// Tells of every change of a record.
    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// Adds a record.
    pub(crate) fn create(&self, record: Record, now: Timestamp) -> Result<Record, Refusal> {
        let made = Record {
            id: random_id(),
            created: now,
            modified: now,
            ..record
        };
        let mut records = self.lock();
        clash(&records, &made)?;
        records.push(made.clone());
        drop(records);
        self.changed();
        Ok(made)
    }

    /// Replaces what stands under `record.id`.
    pub(crate) fn update(&self, record: Record, now: Timestamp) -> Result<Record, Refusal> {
        let mut records = self.lock();
        clash(&records, &record)?;
        let place = records.iter_mut().find(|known| known.id == record.id);
        let place = place.ok_or_else(Refusal::no_record)?;
        let same = *place == record;
        if !same {
            *place = Record {
                modified: now,
                ..record
            };
        }
        let stored = place.clone();
        drop(records);
        if !same {
            self.changed();
        }
        Ok(stored)
    }

    /// Takes a record away.
    pub(crate) fn delete(&self, id: &str) -> Result<Record, Refusal> {
        let mut records = self.lock();
        let place = records.iter().position(|record| record.id == id);
        let gone = records.remove(place.ok_or_else(Refusal::no_record)?);
        drop(records);
        self.changed();
        Ok(gone)
    }

    pub(super) fn find(&self, id: &str) -> Result<Record, Refusal> {
        let records = self.lock();
        let found = records.iter().find(|record| record.id == id);
        found.cloned().ok_or_else(Refusal::no_record)
    }

    pub(super) fn to_json(&self, permissions: &[&str]) -> Value {
        json!({
            "id": self.id, "name": self.name, "status": "active", "paused": false, "type": "full",
            "development_mode": 0,
            "name_servers": ["bob.ns.cloudflare.com", "lola.ns.cloudflare.com"],
            "original_name_servers": ["ns1.originaldnshost.com", "ns2.originaldnshost.com"],
            "original_registrar": null, "original_dnshost": null,
            "modified_on": "2026-11-01T05:20:00.123450Z",
            "created_on": "2026-01-01T05:20:00.123450Z",
            "activated_on": "2026-01-02T00:01:00.123450Z",
            "meta": {"step": 2, "custom_certificate_quota": 0, "page_rule_quota": 3,
                     "phishing_detected": false},
            "owner": {"id": null, "type": "user", "email": null},
            "account": {"id": "023e105f4ecef8ad9ca31a8372d0c353", "name": "Lab Account"},
            "permissions": permissions,
            "plan": {"id": "0feeeeeeeeeeeeeeeeeeeeeeeeeeeeee", "name": "Free Website", "price": 0,
                     "currency": "USD", "frequency": "", "is_subscribed": false,
                     "can_subscribe": false, "legacy_id": "free", "legacy_discount": false,
                     "externally_managed": false},
        })
    }

    fn changed(&self) {
        self.changes
            .send_modify(|count| *count = count.wrapping_add(1));
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Record>> {
        self.records.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Cloudflare's rules over several records: no twin, and a CNAME stands alone at its name.
fn clash(records: &[Record], new: &Record) -> Result<(), Refusal> {
    let beside = || {
        let others = records.iter().filter(|other| other.id != new.id);
        others.filter(|other| other.name == new.name)
    };
    if beside().any(|other| other.kind == new.kind && other.content == new.content) {
        return Err(Refusal::identical_record());
    }
    let addresses = ["A", "AAAA", "CNAME"];
    let is_address = |record: &Record| addresses.contains(&record.kind.as_str());
    let alone = |record: &Record| record.kind == "CNAME";
    if is_address(new) && beside().any(|other| is_address(other) && (alone(new) || alone(other))) {
        return Err(Refusal::host_taken());
    }
    Ok(())
}

fn random_id() -> String {
    let mut bytes = [0_u8; 16];
    // Without randomness the identifiers repeat, which a lab on loopback survives.
    getrandom::fill(&mut bytes).unwrap_or_default();
    format!("{:032x}", u128::from_be_bytes(bytes))
}
