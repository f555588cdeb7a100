//! The lab's certificate authority: a root, an intermediate, and leaves of ninety days.
//!
//! Its root is what a client of the lab trusts in place of the public ones.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose,
};

const LEAF_DAYS: u64 = 90;
const CA_DAYS: u32 = 3_650;
const DAY: Duration = Duration::from_hours(24);

/// A certificate could not be made.
#[derive(Debug, thiserror::Error)]
#[error("the lab's certificate authority: {0}")]
pub(crate) struct AuthorityError(#[from] rcgen::Error);

/// Who signs in the lab.
pub(crate) struct Authority {
    root: CertifiedIssuer<'static, KeyPair>,
    intermediate: CertifiedIssuer<'static, KeyPair>,
    issued: Mutex<BTreeMap<String, (Timestamp, Timestamp)>>,
    limited: Mutex<Option<Timestamp>>,
}

impl Authority {
    /// A new authority, valid from long before `now`, so that scenarios can have a past.
    pub(crate) fn new(now: Timestamp) -> Result<Self, AuthorityError> {
        let root =
            CertifiedIssuer::self_signed(authority("Lab Root X1", now)?, KeyPair::generate()?)?;
        let intermediate = CertifiedIssuer::signed_by(
            authority("Lab Intermediate E7", now)?,
            KeyPair::generate()?,
            &root,
        )?;
        Ok(Self {
            root,
            intermediate,
            issued: Mutex::default(),
            limited: Mutex::default(),
        })
    }

    /// The root certificate, to be trusted.
    pub(crate) fn root_pem(&self) -> String {
        self.root.pem()
    }

    /// Signs for `names` with the key in `key_pem`: the leaf, then the intermediate.
    pub(super) fn issue(
        &self,
        names: &[String],
        key_pem: &str,
        now: Timestamp,
    ) -> Result<String, AuthorityError> {
        let key = KeyPair::from_pem(key_pem)?;
        let mut params = CertificateParams::new(names)?;
        // As Let's Encrypt does it: dated an hour back, to the second.
        let begin = seconds(now) - 3_600;
        let end = begin + LEAF_DAYS * DAY.as_secs() - 1;
        params.not_before = rcgen::date_time_ymd(1970, 1, 1) + Duration::from_secs(begin);
        params.not_after = rcgen::date_time_ymd(1970, 1, 1) + Duration::from_secs(end);
        if let Some(first) = names.first() {
            params.distinguished_name = rcgen::DistinguishedName::new();
            params
                .distinguished_name
                .push(DnType::CommonName, first.as_str());
        }
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        let leaf = params.signed_by(&key, &self.intermediate)?;
        let whole = |second: u64| {
            let second = i64::try_from(second).unwrap_or(0);
            Timestamp::from_second(second).unwrap_or(now)
        };
        let chain = format!("{}{}", leaf.pem(), self.intermediate.pem());
        let dates = (whole(begin), whole(end));
        let mut issued = self.issued.lock().unwrap_or_else(PoisonError::into_inner);
        issued.insert(chain.clone(), dates);
        Ok(chain)
    }

    /// A certificate for a name outside of the cluster, and its key, as PEM.
    pub(crate) fn serving(
        &self,
        name: &str,
        now: Timestamp,
    ) -> Result<(String, String), AuthorityError> {
        let key = KeyPair::generate()?.serialize_pem();
        let chain = self.issue(&[name.to_owned()], &key, now)?;
        Ok((chain, key))
    }

    /// Reaches its limit for one set of names, of which one is free again after 34 hours.
    pub(crate) fn limit(&self, now: Timestamp) {
        let until = now.checked_add(jiff::SignedDuration::from_hours(34)).ok();
        *self.limited.lock().unwrap_or_else(PoisonError::into_inner) = until;
    }

    /// Until when it gives no more.
    pub(super) fn limited(&self, now: Timestamp) -> Option<Timestamp> {
        let until = *self.limited.lock().unwrap_or_else(PoisonError::into_inner);
        until.filter(|until| *until > now)
    }

    /// From when to when a chain of this authority is valid.
    pub(super) fn validity(&self, chain: &str) -> Option<(Timestamp, Timestamp)> {
        let issued = self.issued.lock().unwrap_or_else(PoisonError::into_inner);
        issued.get(chain).copied()
    }
}

/// A fresh private key, and a request for `names` signed with it.
pub(super) fn request(names: &[String]) -> Result<(String, String), AuthorityError> {
    let key = KeyPair::generate()?;
    let params = CertificateParams::new(names)?;
    let request = params.serialize_request(&key)?.pem()?;
    Ok((key.serialize_pem(), request))
}

fn authority(name: &str, now: Timestamp) -> Result<CertificateParams, AuthorityError> {
    let mut params = CertificateParams::new(Vec::<String>::new())?;
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params
        .distinguished_name
        .push(DnType::OrganizationName, "k3scope lab");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let begin = Duration::from_secs(seconds(now)).saturating_sub(DAY * 365);
    params.not_before = rcgen::date_time_ymd(1970, 1, 1) + begin;
    params.not_after = params.not_before + DAY * CA_DAYS;
    Ok(params)
}

fn seconds(time: Timestamp) -> u64 {
    u64::try_from(time.as_second()).unwrap_or(0)
}
