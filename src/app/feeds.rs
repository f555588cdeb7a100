//! What a cockpit follows: a kubeconfig's cluster, and what `cluster.toml` adds to it.

use std::net::SocketAddr;

use crate::clock::Clock;
use crate::cloudflare::{API, Client, Zone};
use crate::config::{DnsProvider, Loaded, SecretRef, name_server};
use crate::dns;
use crate::domain::line::Line;
use crate::domain::problem::Problem;
use crate::kube::{ConnectError, Connection, Target, Way};
use crate::oci;
use crate::sources::{Account, Cloudflare, Feeds, Instances, NameServer, Resolvers, Zones};
use crate::web::Visitor;

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
            sought: None,
            visitor: Some(visitor(configuration)),
            instances: None,
            resolvers: resolvers(configuration),
            envoy: configuration.and_then(|loaded| loaded.config.endpoints.envoy),
        },
        problems,
    })
}

/// The clock at the pace that the configuration sets.
pub fn clock(configuration: Option<&Loaded>) -> Clock {
    let pace = configuration.and_then(|loaded| loaded.config.endpoints.pace);
    pace.map_or_else(Clock::default, Clock::paced)
}

/// How hosts are reached from here, as the configuration lets connections go.
pub fn visitor(configuration: Option<&Loaded>) -> Visitor {
    configuration.map_or_else(Visitor::default, |loaded| {
        let endpoints = &loaded.config.endpoints;
        Visitor::new(
            loaded.config.dial.clone(),
            endpoints.resolver,
            endpoints.certificate_authority.clone(),
        )
    })
}

/// The cluster's instances, where `cluster.toml` and OCI's profile lead to them. Connects to nothing
/// yet. A key that is locked is opened by the environment's passphrase alone.
pub fn instances(loaded: &Loaded) -> Result<Instances, Problem> {
    let table = &loaded.config.oci;
    let unread = |detail: String| Problem {
        title: "The instances at OCI are not read".to_owned(),
        detail,
        next: "See `oci` in cluster.toml and its profile; all else works without.".to_owned(),
        request_id: None,
    };
    let profile = oci::Profile::load(&table.config_file, &table.profile, None)
        .map_err(|error| unread(error.to_string()))?;
    let region = table.region.as_deref().or(profile.region());
    let region = region.ok_or_else(|| unread("no region is named".to_owned()))?;
    let endpoints = match &loaded.config.endpoints.oci {
        Some(url) => oci::Endpoints::at(url, region),
        None => oci::Endpoints::region(region),
    };
    let compartment = table.compartment.clone();
    let compartment = compartment.unwrap_or_else(|| profile.tenancy().to_owned());
    let client = oci::Client::new(profile, endpoints, clock(Some(loaded)))
        .map_err(|error| unread(error.to_string()))?;
    Ok(Instances {
        client,
        compartment,
        cluster: loaded.config.cluster.name.clone(),
    })
}

/// Records at Cloudflare, where `cluster.toml` names them.
/// Records at Cloudflare, where `cluster.toml` names them: of its zone, and of further ones.
pub fn cloudflare(loaded: &Loaded) -> Result<Option<Cloudflare>, Problem> {
    let dns = &loaded.config.dns;
    let Some(reference) = dns
        .token
        .as_ref()
        .filter(|_| dns.provider == DnsProvider::Cloudflare)
    else {
        return Ok(None);
    };
    let mut accounts = vec![Account {
        client: client(loaded, ("dns.token", reference))?,
        zones: zones(dns.zone.as_ref(), dns.zone_id.as_ref()),
    }];
    for (at, zone) in dns.zones.iter().enumerate() {
        let client = match &zone.token {
            Some(own) => client(loaded, (&format!("dns.zones[{at}].token"), own))?,
            None => client(loaded, ("dns.token", reference))?,
        };
        accounts.push(Account {
            client,
            zones: zones(Some(&zone.name), zone.id.as_ref()),
        });
    }
    Ok(Some(Cloudflare::of(accounts)))
}

fn client(loaded: &Loaded, (key, token): (&str, &SecretRef)) -> Result<Client, Problem> {
    let unread = |detail: String, next: &str| Problem {
        title: "The records at Cloudflare are not read".to_owned(),
        detail,
        next: next.to_owned(),
        request_id: None,
    };
    let token = loaded
        .secret(token)
        .map_err(|error| unread(error.to_string(), &format!("See `{key}` in cluster.toml.")))?;
    let base = loaded.config.endpoints.cloudflare.as_deref().unwrap_or(API);
    Client::new(base, &token).map_err(|error| {
        unread(
            error.to_string(),
            "See `dns` and `endpoints` in cluster.toml.",
        )
    })
}

fn zones(name: Option<&String>, id: Option<&String>) -> Zones {
    match (name, id) {
        (Some(name), Some(id)) => Zones::Known(Zone {
            id: id.clone(),
            name: Line::new(name),
        }),
        (Some(name), None) => Zones::Named(name.clone()),
        (None, _) => Zones::Listed,
    }
}

/// Resolvers that are asked besides the system's, which may be alone in what it answers.
const PUBLIC: [[u8; 4]; 2] = [[1, 1, 1, 1], [8, 8, 8, 8]];

/// Who is asked what names lead to; nobody where the configuration names an empty list.
pub fn resolvers(configuration: Option<&Loaded>) -> Option<Resolvers> {
    let config = configuration.map(|loaded| &loaded.config);
    let listed = config.and_then(|config| config.dns.resolvers.as_ref());
    if listed.is_some_and(Vec::is_empty) {
        return None;
    }
    let named = listed.into_iter().flatten();
    let public = PUBLIC.map(|address| SocketAddr::from((address, dns::PORT)));
    Some(Resolvers {
        named: named
            .filter_map(|text| name_server(text))
            .map(NameServer::from)
            .collect(),
        besides: public.map(NameServer::from).to_vec(),
        instead: config.and_then(|config| config.endpoints.resolver),
    })
}
