//! The records at Cloudflare that a cluster's external-dns keeps: what stays behind when the cluster
//! is taken away, because nobody is left who would remove it.
//!
//! They are read and removed only where they are registered to the cluster and to nobody else.

use super::feeds;
use crate::cloudflare::{Error, Writer, Zone};
use crate::config::Loaded;
use crate::domain::access::Access;
use crate::domain::action::RecordStep;
use crate::domain::problem::Problem;
use crate::domain::record::{Kept, PublishedRecord, kept_by};

/// A record that the cluster owns, and where it stands.
#[derive(Clone, Debug)]
pub struct Owned {
    /// What it is in words: `A docs.example.com 203.0.113.7`.
    pub words: String,
    /// The record and its registrations, in the order in which they go.
    pub parts: Vec<PublishedRecord>,
    zone: Zone,
    writer: Writer,
}

/// All records of a cluster.
#[derive(Clone, Debug)]
pub struct Records {
    /// What it owns.
    pub owned: Vec<Owned>,
}

/// Looks for the records of the cluster that `loaded` names; nothing where no zone is configured. What
/// is found can be removed as far as `access` permits.
pub async fn look(loaded: &Loaded, access: Access) -> Result<Option<Records>, Problem> {
    let Some(source) = feeds::cloudflare(loaded)? else {
        return Ok(None);
    };
    let owner = &loaded.config.cluster.name;
    let mut all = Vec::new();
    for account in &source.accounts {
        let writer = Writer::new(account.client.clone(), access);
        for zone in account.zones().await.map_err(|error| unread(&error))? {
            let records = account.client.records(&zone).await;
            let records = records.map_err(|error| unread(&error))?;
            all.extend(owned(owner, &records, (&zone, &writer)));
        }
    }
    Ok(Some(Records { owned: all }))
}

fn owned(owner: &str, records: &[PublishedRecord], (zone, writer): (&Zone, &Writer)) -> Vec<Owned> {
    let one = |kept: Kept<'_>| Owned {
        words: match kept.record {
            Some(record) => format!("{} {} {}", record.kind, record.name, record.content),
            None => format!("TXT of {}, which is gone", kept.name),
        },
        // The registration goes last: as long as it stands, the record is known as ours.
        parts: kept
            .record
            .into_iter()
            .chain(kept.registrations)
            .cloned()
            .collect(),
        zone: zone.clone(),
        writer: writer.clone(),
    };
    kept_by(owner, records).into_iter().map(one).collect()
}

impl Records {
    /// Removes one of them, with what registers it.
    pub async fn remove(&self, owned: &Owned) -> Result<(), Problem> {
        for part in &owned.parts {
            let seen = Box::new(part.clone());
            let step = RecordStep::Remove { seen };
            let removed = owned
                .writer
                .perform(&owned.zone, &step, &part.id.name)
                .await;
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
