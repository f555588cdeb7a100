//! What a person has typed and chosen. Whatever is not here is a proposal or the file's.

use std::collections::BTreeMap;

use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};

use super::key::{Column, Key};
use crate::domain::setup::Hidden;

/// A node as it is typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeRow {
    /// Its name.
    pub name: String,
    /// `ingress`, `server` or `worker`.
    pub role: String,
    /// Processors.
    pub ocpus: String,
    /// Memory in GB.
    pub memory_gb: String,
    /// Boot volume in GB.
    pub boot_volume_gb: String,
    /// `public` or `private`.
    pub subnet: String,
    /// Its address.
    pub private_ip: String,
}

impl NodeRow {
    /// What stands in a column.
    pub fn text(&self, column: Column) -> &str {
        match column {
            Column::Name => &self.name,
            Column::Ocpus => &self.ocpus,
            Column::MemoryGb => &self.memory_gb,
            Column::BootVolumeGb => &self.boot_volume_gb,
            Column::PrivateIp => &self.private_ip,
            Column::Remove => "",
        }
    }

    pub(super) fn set(&mut self, column: Column, text: String) {
        match column {
            Column::Name => self.name = text,
            Column::Ocpus => self.ocpus = text,
            Column::MemoryGb => self.memory_gb = text,
            Column::BootVolumeGb => self.boot_volume_gb = text,
            Column::PrivateIp => self.private_ip = text,
            Column::Remove => {}
        }
    }
}

/// All of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Answers {
    /// Fields that were typed or chosen.
    pub(super) typed: BTreeMap<Key, String>,
    /// The nodes of the layout `custom`, once there was one.
    pub(super) nodes: Option<Vec<NodeRow>>,
    pub(super) passphrase: Hidden,
    pub(super) token: Hidden,
}

impl Answers {
    pub(super) fn secret(&self, key: Key) -> Option<&Hidden> {
        let hidden = if key == Key::Token {
            &self.token
        } else {
            &self.passphrase
        };
        Some(hidden).filter(|hidden| !hidden.secret().expose_secret().is_empty())
    }

    pub(super) fn hide(&mut self, key: Key, text: String) {
        let hidden = Hidden::new(text);
        if key == Key::Token {
            self.token = hidden;
        } else {
            self.passphrase = hidden;
        }
    }
}
