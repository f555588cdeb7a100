//! Where each service answers: host and base path by region, or one base that stands for all.
//!
//! Plain http is for loopback only: a request carries a signature that others must not see.

use std::net::IpAddr;

use reqwest::Url;

use super::error::Error;

/// A service of OCI's, with its base path and host pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Service {
    /// Tenancies, regions, compartments, availability domains.
    Identity,
    /// Compute, network, block volumes.
    Core,
    /// Limits and what is left of them.
    Limits,
    /// Compartment quotas.
    Quotas,
    /// Key vaults.
    Kms,
    /// Metrics.
    Monitoring,
    /// Secrets and their metadata.
    Vault,
    /// What is in a secret.
    Secrets,
}

impl Service {
    /// Version of the service, the first part of each of its paths.
    pub fn base_path(self) -> &'static str {
        match self {
            Self::Identity | Self::Core => "20160918",
            Self::Limits => "20190729",
            Self::Quotas => "20181025",
            Self::Monitoring => "20180401",
            Self::Vault | Self::Kms => "20180608",
            Self::Secrets => "20190301",
        }
    }

    /// Host in a region of the commercial realm.
    pub fn host(self, region: &str) -> String {
        match self {
            Self::Identity => format!("identity.{region}.oci.oraclecloud.com"),
            Self::Core => format!("iaas.{region}.oraclecloud.com"),
            Self::Kms => format!("kms.{region}.oraclecloud.com"),
            Self::Limits | Self::Quotas => format!("limits.{region}.oci.oraclecloud.com"),
            Self::Monitoring => format!("telemetry.{region}.oraclecloud.com"),
            Self::Vault => format!("vaults.{region}.oci.oraclecloud.com"),
            Self::Secrets => format!("secrets.vaults.{region}.oci.oraclecloud.com"),
        }
    }
}

/// Which hosts to talk to. What is wrong with them shows when a client is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoints {
    region: String,
    at: Option<String>,
}

impl Endpoints {
    /// Oracle's own hosts in `region` (`us-ashburn-1`).
    pub fn region(region: impl Into<String>) -> Self {
        Self {
            region: region.into(),
            at: None,
        }
    }

    /// One base for every service (`http://127.0.0.1:PORT`), as the region named.
    pub fn at(base: impl Into<String>, region: impl Into<String>) -> Self {
        Self {
            region: region.into(),
            at: Some(base.into()),
        }
    }

    /// The same hosts, for another region.
    #[must_use]
    pub fn in_region(&self, region: impl Into<String>) -> Self {
        Self {
            region: region.into(),
            at: self.at.clone(),
        }
    }

    /// The region's identifier.
    pub fn region_name(&self) -> &str {
        &self.region
    }

    /// The base of `service`, without its path.
    pub(super) fn base(&self, service: Service) -> Result<Url, Error> {
        let label = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if self.region.is_empty() || !self.region.chars().all(label) {
            return Err(wrong(&self.region, "a region looks like us-ashburn-1"));
        }
        let text = match &self.at {
            Some(base) => base.clone(),
            None => format!("https://{}", service.host(&self.region)),
        };
        let url = Url::parse(&text).map_err(|why| wrong(&text, &why.to_string()))?;
        match url.scheme() {
            "https" => {}
            "http" if is_loopback(&url) => {}
            "http" => return Err(wrong(&text, "plain http is for 127.0.0.1 and [::1] only")),
            _ => return Err(wrong(&text, "an endpoint begins with https://")),
        }
        let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        let anonymous = url.username().is_empty() && url.password().is_none();
        if url.host_str().is_none() || !bare || !anonymous {
            return Err(wrong(&text, "an endpoint is a scheme, a host and a port"));
        }
        Ok(url)
    }

    /// Whether everything stays on this machine; then no proxy comes between.
    pub(super) fn is_loopback(&self) -> bool {
        self.base(Service::Core).is_ok_and(|url| is_loopback(&url))
    }
}

fn wrong(what: &str, why: &str) -> Error {
    Error::Endpoint {
        what: what.to_owned(),
        why: why.to_owned(),
    }
}

fn is_loopback(url: &Url) -> bool {
    url.host_str()
        .map(|host| host.trim_start_matches('[').trim_end_matches(']'))
        .and_then(|host| host.parse::<IpAddr>().ok())
        .is_some_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[test]
    fn hosts_follow_the_service_and_the_region() {
        let base = |service| {
            Endpoints::region("eu-frankfurt-1")
                .base(service)
                .unwrap()
                .to_string()
        };
        assert_eq!(
            base(Service::Core),
            "https://iaas.eu-frankfurt-1.oraclecloud.com/"
        );
        assert_eq!(
            base(Service::Limits),
            "https://limits.eu-frankfurt-1.oci.oraclecloud.com/"
        );
    }

    #[rstest]
    #[case("http://127.0.0.1:8080", true)]
    #[case("http://[::1]:8080", true)]
    #[case("https://oci.example.com", true)]
    #[case("http://oci.example.com", false)]
    #[case("http://127.0.0.1.example.com", false)]
    #[case("http://localhost:8080", false)]
    #[case("https://user:pass@oci.example.com", false)]
    #[case("https://oci.example.com/20160918", false)]
    #[case("ftp://127.0.0.1", false)]
    #[case("127.0.0.1:80", false)]
    fn only_a_bare_safe_base_is_taken(#[case] base: &str, #[case] taken: bool) {
        let base = Endpoints::at(base, "us-ashburn-1").base(Service::Core);
        assert_eq!(base.is_ok(), taken, "{base:?}");
    }

    #[rstest]
    #[case("")]
    #[case("evil.example.com/#")]
    #[case("US-ASHBURN-1")]
    fn a_region_cannot_change_the_host(#[case] region: &str) {
        assert!(Endpoints::region(region).base(Service::Core).is_err());
    }
}
