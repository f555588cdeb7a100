//! The only door for changes at Cloudflare.
//!
//! It carries out one step of a wish, or refuses where nothing may be changed. Whether a step is wise,
//! and what became of one whose answer was lost, is for those who ask.

use reqwest::Method;

use super::client::{Client, Zone};
use super::error::Error;
use crate::domain::access::Access;
use crate::domain::action::RecordStep;

/// Carries changes out.
#[derive(Clone, Debug)]
pub struct Writer {
    client: Client,
    access: Access,
}

impl Writer {
    /// Changes what the client's token reaches, as far as `access` permits.
    pub fn new(client: Client, access: Access) -> Self {
        Self { client, access }
    }

    /// The client, for looking.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Takes one step, at the record with the identifier `id` where it is not made by it. That a record
    /// to be removed is gone already is as good.
    pub async fn perform(&self, zone: &Zone, step: &RecordStep, id: &str) -> Result<(), Error> {
        if self.access == Access::ReadOnly {
            return Err(Error::ReadOnly);
        }
        let (method, id) = match step {
            RecordStep::Create { .. } => (Method::POST, None),
            RecordStep::Change { .. } => (Method::PATCH, Some(id)),
            RecordStep::Remove { .. } => (Method::DELETE, Some(id)),
        };
        let body = step.body();
        let sent = self.client.send(method, zone, (id, body.as_ref())).await;
        match (sent, step) {
            (Err(Error::NotFound(_)), RecordStep::Remove { .. }) => Ok(()),
            (Err(Error::Permission(words)), _) => Err(Error::MayNotEdit(words)),
            (sent, _) => sent,
        }
    }
}
