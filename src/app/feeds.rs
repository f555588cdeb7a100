//! What a cockpit follows: a kubeconfig's cluster, and what `cluster.toml` adds to it.

use crate::clock::Clock;
use crate::cloudflare::{API, Client, Zone};
use crate::config::{DnsProvider, Loaded};
use crate::domain::line::Line;
use crate::domain::problem::Problem;
use crate::kube::{ConnectError, Connection, Target, Way};
use crate::sources::{Cloudflare, Feeds, Zones};

/// Feeds that are ready to start, and what kept others from being so.
#[derive(Debug)]
pub struct Opened {
    /// What can be followed.
    pub feeds: Feeds,
    /// Why something that the configuration names is not followed.
    pub problems: Vec<Problem>,
}

/// Prepares the feeds. Only a kubeconfig that leads nowhere is an error: a cockpit without records
/// is still a cockpit.
pub async fn open(
    target: &Target,
    configuration: Option<&Loaded>,
    metrics: bool,
) -> Result<Opened, ConnectError> {
    open_by(target, &Way::Straight, configuration, metrics).await
}

/// As [`open`], with another way to the API server.
pub async fn open_by(
    target: &Target,
    way: &Way,
    configuration: Option<&Loaded>,
    metrics: bool,
) -> Result<Opened, ConnectError> {
    let kubernetes = Some(Connection::open_by(target, way).await?);
    let mut problems = Vec::new();
    let cloudflare = configuration.and_then(|loaded| {
        cloudflare(loaded).unwrap_or_else(|problem| {
            problems.push(problem);
            None
        })
    });
    Ok(Opened {
        feeds: Feeds {
            kubernetes,
            metrics,
            cloudflare,
        },
        problems,
    })
}

/// The clock at the pace that the configuration sets.
pub fn clock(configuration: Option<&Loaded>) -> Clock {
    let pace = configuration.and_then(|loaded| loaded.config.endpoints.pace);
    pace.map_or_else(Clock::default, Clock::paced)
}

/// Records at Cloudflare, where `cluster.toml` names them.
pub fn cloudflare(loaded: &Loaded) -> Result<Option<Cloudflare>, Problem> {
    let dns = &loaded.config.dns;
    let Some(reference) = dns
        .token
        .as_ref()
        .filter(|_| dns.provider == DnsProvider::Cloudflare)
    else {
        return Ok(None);
    };
    let unread = |detail: String, next: &str| Problem {
        title: "The records at Cloudflare are not read".to_owned(),
        detail,
        next: next.to_owned(),
        request_id: None,
    };
    let token = loaded
        .secret(reference)
        .map_err(|error| unread(error.to_string(), "See `dns.token` in cluster.toml."))?;
    let base = loaded.config.endpoints.cloudflare.as_deref().unwrap_or(API);
    let client = Client::new(base, &token).map_err(|error| {
        unread(
            error.to_string(),
            "See `dns` and `endpoints` in cluster.toml.",
        )
    })?;
    let zones = match (&dns.zone, &dns.zone_id) {
        (Some(name), Some(id)) => Zones::Known(Zone {
            id: id.clone(),
            name: Line::new(name),
        }),
        (Some(name), None) => Zones::Named(name.clone()),
        (None, _) => Zones::Listed,
    };
    Ok(Some(Cloudflare { client, zones }))
}
