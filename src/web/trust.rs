//! Whether a chain would be trusted: by the system's authorities, and by those of the configuration.

use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::ring::default_provider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, Error};
use rustls_platform_verifier::Verifier;

use crate::domain::handshake::{Distrust, PresentedCertificate, Trust};
use crate::domain::line::Line;

/// How Let's Encrypt marks whatever its staging environment signs with.
const STAGING: &str = "(STAGING)";

/// Who judges chains. Cloning is cheap.
#[derive(Clone, Debug)]
pub struct Judge(Result<Arc<Verifier>, Line>);

impl Judge {
    /// Reads the authorities of the system, and those of a file besides.
    pub fn new(authorities: Option<&Path>) -> Self {
        Self(verifier(authorities).map(Arc::new))
    }

    /// Whether `chain`, which reads as `read`, is trusted for `host` now.
    pub(super) fn judge(
        &self,
        (chain, read): (&[CertificateDer<'_>], &[PresentedCertificate]),
        host: &ServerName<'_>,
        now: Timestamp,
    ) -> Trust {
        let verifier = match &self.0 {
            Ok(verifier) => verifier,
            Err(why) => return unjudged(why.clone()),
        };
        let Some((leaf, others)) = chain.split_first() else {
            return unjudged("no certificate was presented".into());
        };
        let seconds = u64::try_from(now.as_second()).unwrap_or(0);
        let now = UnixTime::since_unix_epoch(std::time::Duration::from_secs(seconds));
        match verifier.verify_server_cert(leaf, others, host, &[], now) {
            Ok(_) => Trust::Trusted,
            Err(error) => Trust::Not {
                why: distrust(&error, read),
                said: Line::new(&error.to_string()),
            },
        }
    }
}

fn unjudged(said: Line) -> Trust {
    let why = Distrust::Unjudged;
    Trust::Not { why, said }
}

fn verifier(authorities: Option<&Path>) -> Result<Verifier, Line> {
    let mut extra = Vec::new();
    if let Some(file) = authorities {
        let told = |why: &dyn std::fmt::Display| Line::new(&format!("{}: {why}", file.display()));
        let pem = std::fs::read(file).map_err(|error| told(&error))?;
        for found in CertificateDer::pem_slice_iter(&pem) {
            extra.push(found.map_err(|error| told(&error))?);
        }
    }
    Verifier::new_with_extra_roots(extra, Arc::new(default_provider()))
        .map_err(|error| Line::new(&error.to_string()))
}

fn distrust(error: &Error, chain: &[PresentedCertificate]) -> Distrust {
    let Error::InvalidCertificate(why) = error else {
        return Distrust::Unjudged;
    };
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "whatever else is wrong, it is the issuer that is not believed"
    )]
    match why {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => Distrust::Expired,
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            Distrust::NotYet
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            Distrust::OtherName
        }
        _ if chain.iter().any(|it| it.issuer.contains(STAGING)) => Distrust::Staging,
        _ if chain.first().is_some_and(|leaf| leaf.self_issued) => Distrust::SelfSigned,
        _ => Distrust::UnknownIssuer,
    }
}
