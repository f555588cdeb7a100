//! The zone at Cloudflare: found once for the checks that need it, and what a refusal comes to.

use tokio::sync::OnceCell;

use super::check::{Finding, Obstacle};
use super::scene::Scene;
use crate::cloudflare::{Access, Client, Error, Zone};

/// The zone, or why it was not found. Nothing where the token sees none of that name.
#[derive(Debug, Default)]
pub(super) struct Found(OnceCell<Result<Option<Access>, Error>>);

impl Scene {
    /// The configured zone as the token sees it.
    pub(super) async fn zone(&self, client: &Client) -> Result<Option<Access>, Error> {
        let dns = &self.config().dns;
        let look = async || match (&dns.zone_id, &dns.zone) {
            (Some(id), _) => client.access_by_id(id).await.map(Some),
            (None, Some(name)) => client.access(name).await,
            (None, None) => Ok(None),
        };
        self.zone_found.0.get_or_init(look).await.clone()
    }

    /// The configured zone, whether or not the token may read the zone itself.
    pub(super) async fn open_zone(&self, client: &Client) -> Result<Zone, Obstacle> {
        let dns = &self.config().dns;
        match (self.zone(client).await, &dns.zone_id, &dns.zone) {
            (Ok(Some(access)), ..) => Ok(access.zone),
            (Err(Error::Permission(_)), Some(id), Some(name)) => Ok(Zone {
                id: id.clone(),
                name: name.as_str().into(),
            }),
            _ => Err(Obstacle::needs("the zone is not open to the token")),
        }
    }
}

/// What Cloudflare refused, as a finding.
pub(super) fn refused(error: &Error) -> Finding {
    let said = error.to_string();
    match error {
        Error::Token(_)
        | Error::Permission(_)
        | Error::MayNotEdit(_)
        | Error::ReadOnly
        | Error::NotFound(_) => Finding::blocks(said).next(
            "make a token with Zone:Read and DNS:Edit for the zone: dash.cloudflare.com > My \
             profile > API tokens",
        ),
        Error::Address(_) => {
            Finding::blocks(said).next("correct endpoints.cloudflare in cluster.toml")
        }
        Error::RateLimited { .. } => {
            Finding::warns(said).next("wait five minutes, then check again")
        }
        Error::Unreachable(_) => Finding::warns(said).next("check the network, then check again"),
        Error::Refused { .. } | Error::Identical(_) | Error::Answer(_) => {
            Finding::warns(said).next("check again; see www.cloudflarestatus.com")
        }
    }
}
