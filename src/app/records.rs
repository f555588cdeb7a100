//! The records at Cloudflare that a cluster's external-dns keeps: what stays behind when the cluster
//! is taken away, because nobody is left who would remove it.
//!
//! They are read and removed only where they are registered to the cluster and to nobody else.

use super::feeds;
use crate::cloudflare::{Client, Error, Zone};
use crate::config::Loaded;
use crate::domain::problem::Problem;
use crate::domain::record::{PublishedRecord, kept_by};

/// A record that the cluster owns, and where it stands.
#[derive(Clone, Debug)]
pub struct Owned {
    /// What it is in words: `A docs.example.com 203.0.113.7`.
    pub words: String,
    /// The record and its registrations, in the order in which they go.
    pub parts: Vec<PublishedRecord>,
    zone: Zone,
}

/// All records of a cluster.
#[derive(Clone, Debug)]
pub struct Records {
    client: Client,
    /// What it owns.
    pub owned: Vec<Owned>,
}

/// Looks for the records of the cluster that `loaded` names; nothing where no zone is configured.
pub async fn look(loaded: &Loaded) -> Result<Option<Records>, Problem> {
    let Some(source) = feeds::cloudflare(loaded)? else {
        return Ok(None);
    };
    let owner = &loaded.config.cluster.name;
    let mut all = Vec::new();
    for zone in source.zones().await.map_err(|error| unread(&error))? {
        let records = source.client.records(&zone).await;
        let records = records.map_err(|error| unread(&error))?;
        for kept in kept_by(owner, &records) {
            let words = match kept.record {
                Some(record) => format!("{} {} {}", record.kind, record.name, record.content),
                None => format!("TXT of {}, which is gone", kept.name),
            };
            // The registration goes last: as long as it stands, the record is known as ours.
            let parts = kept.record.into_iter().chain(kept.registrations);
            all.push(Owned {
                words,
                parts: parts.cloned().collect(),
                zone: zone.clone(),
            });
        }
    }
    Ok(Some(Records {
        client: source.client,
        owned: all,
    }))
}

impl Records {
    /// Removes one of them, with what registers it.
    pub async fn remove(&self, owned: &Owned) -> Result<(), Problem> {
        for part in &owned.parts {
            let removed = self.client.delete_record(&owned.zone, &part.id.name).await;
            removed.map_err(|error| Problem {
                title: format!("the record {} was not removed", owned.words),
                detail: error.to_string(),
                next: "run destroy again with --records, or remove it at Cloudflare".to_owned(),
                request_id: None,
            })?;
        }
        Ok(())
    }
}

fn unread(error: &Error) -> Problem {
    Problem {
        title: "the records at Cloudflare could not be read".to_owned(),
        detail: error.to_string(),
        next: "records of this cluster may stay behind: look at them in Cloudflare's dashboard"
            .to_owned(),
        request_id: None,
    }
}
