//! What every check gets: the configuration, the clients where they can be had, time, and what was
//! asked already.

use std::path::Path;
use std::sync::OnceLock;
use std::time::Duration;

use secrecy::SecretString;

use super::answers::Answers;
use super::check::Obstacle;
use super::https::Rules;
use super::zone::Found;
use crate::clock::Clock;
use crate::cloudflare;
use crate::config::{Config, DnsProvider, Loaded};
use crate::domain::line::Line;
use crate::domain::topology::{KEY_TAG, Node};
use crate::oci::{self, Client, Endpoints, Profile, ProfileError, Retries};

/// A person waits: what is not there soon is told as such.
const RETRIES: Retries = Retries {
    tries: 3,
    total: Duration::from_secs(20),
};

/// What a preflight is about.
#[derive(Clone, Debug)]
pub struct Given {
    /// The configuration, and where it stands.
    pub loaded: Loaded,
    /// Opens the API's private key.
    pub passphrase: Option<SecretString>,
    /// Opens the SSH key.
    pub ssh_passphrase: Option<SecretString>,
    /// How long the run to come may hunt for capacity.
    pub hunt_for: Duration,
}

/// Why there is no OCI client.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Shut {
    /// The profile.
    #[error(transparent)]
    Profile(#[from] ProfileError),
    /// No region.
    #[error("neither cluster.toml ([oci] region) nor the profile names a region")]
    NoRegion,
    /// The endpoint or the region.
    #[error(transparent)]
    Client(#[from] oci::Error),
}

/// What a check looks at.
#[derive(Debug)]
pub struct Scene {
    /// What the preflight is about.
    pub given: Given,
    /// Time and pace.
    pub clock: Clock,
    /// The profile, or why it cannot be read.
    pub profile: Result<Profile, ProfileError>,
    /// OCI as that profile, or why there is none.
    pub oci: Result<Client, Shut>,
    pub(super) answers: Answers,
    pub(super) zone_found: Found,
    /// Cloudflare's token, or why it cannot be read; a program that prints it runs once.
    dns_token: OnceLock<Result<SecretString, Line>>,
}

impl Scene {
    /// Reads the profile; connects to nothing yet.
    pub fn of(given: Given) -> Self {
        let table = &given.loaded.config.oci;
        let passphrase = given.passphrase.as_ref();
        let profile = Profile::load(&table.config_file, &table.profile, passphrase);
        let clock = Clock::paced(given.loaded.config.endpoints.pace.unwrap_or(1.0));
        let oci = profile
            .clone()
            .map_err(Shut::Profile)
            .and_then(|profile| client(&given.loaded.config, profile, clock));
        Self {
            given,
            clock,
            profile,
            oci,
            answers: Answers::default(),
            zone_found: Found::default(),
            dns_token: OnceLock::new(),
        }
    }

    /// With a Cloudflare token that was typed and is not yet where `cluster.toml` says it is.
    #[must_use]
    pub fn with_dns_token(self, typed: Option<SecretString>) -> Self {
        Self {
            dns_token: typed.map(Ok).map_or_else(OnceLock::new, OnceLock::from),
            ..self
        }
    }

    /// Cloudflare's token, where one is configured, or why it cannot be read.
    pub(super) fn dns_token(&self) -> Option<Result<&SecretString, &Line>> {
        let dns = &self.config().dns;
        let reference = dns.token.as_ref()?;
        let read = || {
            let token = self.given.loaded.secret(reference);
            token.map_err(|error| Line::new(&error.to_string()))
        };
        Some(self.dns_token.get_or_init(read).as_ref())
    }

    /// The configuration.
    pub fn config(&self) -> &Config {
        &self.given.loaded.config
    }

    /// How connections to servers of other kinds are made.
    pub(super) fn rules(&self) -> Rules<'_> {
        let config = self.config();
        Rules {
            dial: &config.dial,
            authorities: config.endpoints.certificate_authority.as_deref(),
        }
    }

    /// The folder of `cluster.toml`.
    pub fn folder(&self) -> &Path {
        self.given.loaded.path.parent().unwrap_or(Path::new("/"))
    }

    /// The nodes that are wanted.
    pub fn nodes(&self) -> Vec<Node> {
        self.config().node.iter().map(Node::from).collect()
    }

    /// What the nodes will use that are wanted and not there yet.
    pub(super) async fn added(&self) -> Result<Vec<Node>, Obstacle> {
        let there = self.own_instances().await?;
        let there: Vec<&String> = there
            .iter()
            .filter_map(|instance| instance.freeform_tags.get(KEY_TAG))
            .collect();
        let mut nodes = self.nodes();
        nodes.retain(|node| !there.contains(&&node.key()));
        Ok(nodes)
    }

    /// The OCI client, whether or not its login has proved good.
    pub fn client(&self) -> Result<&Client, Obstacle> {
        self.oci.as_ref().map_err(|shut| {
            Obstacle::needs(match shut {
                Shut::Profile(_) => "the profile cannot be read",
                Shut::NoRegion => "no region is configured",
                Shut::Client(_) => "the region or the endpoint cannot be used",
            })
        })
    }

    /// The OCI client, once the tenancy has answered it.
    pub async fn signed_in(&self) -> Result<&Client, Obstacle> {
        let client = self.client()?;
        match self.regions().await {
            Ok(_) => Ok(client),
            Err(_) => Err(Obstacle::needs("the tenancy did not let us in")),
        }
    }

    /// The compartment in which the cluster will stand.
    pub fn compartment(&self) -> Result<&str, Obstacle> {
        let tenancy = self.client()?.profile().tenancy();
        Ok(self.config().oci.compartment.as_deref().unwrap_or(tenancy))
    }

    /// Cloudflare with the configured token; skips where no zone is kept there.
    pub fn cloudflare(&self) -> Result<cloudflare::Client, Obstacle> {
        let dns = &self.config().dns;
        if dns.provider != DnsProvider::Cloudflare {
            return Err(Obstacle::needs("no zone is kept at Cloudflare"));
        }
        let token = self.dns_token();
        let token = token.ok_or_else(|| Obstacle::needs("dns.token is not set"))?;
        let token = token.map_err(|_| Obstacle::needs("the token cannot be read"))?;
        let base = self.config().endpoints.cloudflare.as_deref();
        cloudflare::Client::new(base.unwrap_or(cloudflare::API), token)
            .map_err(|error| Obstacle::needs(Line::new(&error.to_string())))
    }
}

fn client(config: &Config, profile: Profile, clock: Clock) -> Result<Client, Shut> {
    let region = config.oci.region.as_deref().or(profile.region());
    let region = region.ok_or(Shut::NoRegion)?.to_owned();
    let endpoints = match &config.endpoints.oci {
        Some(url) => Endpoints::at(url, &region),
        None => Endpoints::region(&region),
    };
    Ok(Client::new(profile, endpoints, clock)?.with_retries(RETRIES))
}
