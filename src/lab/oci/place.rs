//! Names and ids of the simulated tenancy: OCIDs, availability and fault domains, etags.

use crate::lab::scenario::Tenancy;

/// Fault domains of every availability domain.
pub(super) const FAULT_DOMAINS: [&str; 3] = ["FAULT-DOMAIN-1", "FAULT-DOMAIN-2", "FAULT-DOMAIN-3"];

const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// Who and where: fixed for the life of a lab.
#[derive(Clone, Debug)]
pub struct Place {
    /// The tenancy's OCID.
    pub tenancy: String,
    /// The user's OCID.
    pub user: String,
    /// The OCID of the compartment for the cluster.
    pub compartment: String,
    /// The home region's identifier.
    pub region: String,
    /// The home region's key in capitals.
    pub region_key: String,
    pub(super) tenancy_name: String,
    pub(super) compartment_name: String,
    pub(super) domains: Vec<String>,
    /// The user's API keys as (fingerprint, public key PEM).
    pub(super) api_keys: Vec<(String, String)>,
}

impl Place {
    pub(super) fn new(tenancy: &Tenancy) -> Self {
        let domains = (1..=tenancy.availability_domains)
            .map(|number| {
                format!(
                    "{}:{}-AD-{number}",
                    tenancy.domain_prefix,
                    tenancy.region.to_uppercase()
                )
            })
            .collect();
        Self {
            tenancy: format!("ocid1.tenancy.oc1..{}", unique()),
            user: format!("ocid1.user.oc1..{}", unique()),
            compartment: format!("ocid1.compartment.oc1..{}", unique()),
            region: tenancy.region.clone(),
            region_key: tenancy.region_key.clone(),
            tenancy_name: tenancy.name.clone(),
            compartment_name: tenancy.compartment.clone(),
            domains,
            api_keys: Vec::new(),
        }
    }

    pub(super) fn new_ocid(&self, word: &str) -> String {
        let region = self.region_key.to_lowercase();
        format!("ocid1.{word}.oc1.{region}.{}", unique())
    }

    pub(super) fn has_compartment(&self, id: &str) -> bool {
        id == self.compartment || id == self.tenancy
    }

    /// The number, from 1, of an availability domain of this tenancy.
    pub(super) fn domain_number(&self, name: &str) -> Option<u8> {
        let index = self.domains.iter().position(|domain| domain == name)?;
        u8::try_from(index + 1).ok()
    }
}

/// Bytes that occur nowhere else.
fn random() -> [u8; 52] {
    let mut random = [0_u8; 52];
    // Without randomness ids repeat, and the lab's maps would show it at once.
    let _ = getrandom::fill(&mut random);
    random
}

/// A number that occurs nowhere else.
pub(super) fn number() -> u128 {
    random()
        .into_iter()
        .take(16)
        .fold(0, |number, byte| number << 8 | u128::from(byte))
}

/// 60 characters that occur nowhere else, in the form of an OCID's last part.
pub(in crate::lab) fn unique() -> String {
    let tail = random().map(|byte| ALPHABET.get(usize::from(byte % 32)).copied());
    let tail = tail.into_iter().flatten().map(char::from);
    "aaaaaaaa".chars().chain(tail).collect()
}

/// A new version of a resource.
pub(super) fn etag() -> String {
    unique().chars().skip(8).take(32).collect()
}
