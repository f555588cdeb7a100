//! What a complaint comes down to: what a program decides by.

use super::diagnostic::Diagnostic;
use super::refusal;
use super::state_lock::StateLock;
use crate::domain::line::Line;
use crate::oci::Error;

/// What a complaint comes down to. The first of several is the one to tell.
#[derive(Clone, Debug)]
pub enum Trouble {
    /// Somebody else works on the state.
    StateLocked(StateLock),
    /// The new state could not be written where it belongs.
    StateUnsaved,
    /// The saved plan is older than the state.
    StalePlan,
    /// The program is older or newer than the configuration allows.
    Version,
    /// `init` has to come first.
    NotInitialised,
    /// Providers could not be looked up or fetched.
    RegistryUnreachable,
    /// The registry has no such provider, or none in the wanted version.
    NoProvider,
    /// The provider could not be started, or ended in the middle.
    ProviderBroken,
    /// OCI refused.
    Refused(Box<Error>),
    /// The provider lacks a key, a region or the like.
    Credentials,
    /// A variable has no value.
    MissingVariable(Line),
    /// A variable has a value that it must not have.
    BadValue,
    /// The configuration is wrong.
    Configuration,
    /// Nothing that stands in the list.
    Other,
    /// It was asked to stop.
    Halted,
}

impl Trouble {
    /// What it comes down to.
    pub fn of(complaint: &Diagnostic) -> Self {
        let (summary, detail) = (complaint.summary.as_str(), complaint.detail.as_str());
        let says = |words: &[&str]| words.iter().any(|word| summary.contains(word));
        if says(&["Error acquiring the state lock", "Error locking state"]) {
            return Self::StateLocked(StateLock::from_detail(detail).unwrap_or_default());
        }
        if let Some(error) = refusal::answer(&complaint.words()) {
            return Self::Refused(Box::new(error));
        }
        if says(&["execution halted", "operation canceled"]) {
            Self::Halted
        } else if says(&[
            "Failed to save state",
            "Failed to persist state",
            "Error saving state",
        ]) {
            Self::StateUnsaved
        } else if says(&["Saved plan is stale", "Saved plan does not match"]) {
            Self::StalePlan
        } else if says(&[
            "Unsupported Terraform Core version",
            "Unsupported OpenTofu Core version",
        ]) {
            Self::Version
        } else if says(&["No value for required variable"]) {
            Self::MissingVariable(quoted(detail).into())
        } else if says(&[
            "Invalid value for variable",
            "Invalid value for input variable",
        ]) {
            Self::BadValue
        } else if says(NOT_INITIALISED) {
            Self::NotInitialised
        } else if says(FETCHING) {
            fetching(detail)
        } else if says(BROKEN) {
            Self::ProviderBroken
        } else if says(&[
            "can not create client, bad configuration",
            "did not find a proper config",
        ]) {
            Self::Credentials
        } else if says(&["postcondition failed", "precondition failed"]) {
            Self::Other
        } else if complaint.address.is_empty() && complaint.place().is_some() {
            Self::Configuration
        } else {
            Self::Other
        }
    }

    /// How urgent it is to tell: what stands first in the list is told first.
    pub(super) fn rank(&self) -> u8 {
        match self {
            Self::StateLocked(_) => 0,
            Self::StateUnsaved => 1,
            Self::StalePlan => 2,
            Self::Version => 3,
            Self::NotInitialised => 4,
            Self::RegistryUnreachable => 5,
            Self::NoProvider => 6,
            Self::ProviderBroken => 7,
            Self::Refused(_) => 8,
            Self::Credentials => 9,
            Self::MissingVariable(_) => 10,
            Self::BadValue => 11,
            Self::Configuration => 12,
            Self::Other => 13,
            Self::Halted => 14,
        }
    }
}

const NOT_INITIALISED: &[&str] = &[
    "Inconsistent dependency lock file",
    "Required plugins are not installed",
    "Backend initialization required",
    "Module not installed",
    "Module source has changed",
    "Missing required provider",
    "Provider requirements cannot be satisfied",
];

const FETCHING: &[&str] = &[
    "Failed to query available provider packages",
    "Failed to install provider",
    "Failed to resolve provider packages",
    "Invalid provider registry host",
    "Could not load plugin",
];

const BROKEN: &[&str] = &[
    "Plugin did not respond",
    "Failed to instantiate provider",
    "Failed to load plugin schemas",
    "Provider produced i",
    "Plugin error",
];

/// What keeps a provider away: that the network does not reach it, or that there is none.
fn fetching(detail: &str) -> Trouble {
    let missing = [
        "does not have a provider named",
        "no available releases match",
        "does not have a package available",
        "checksums",
    ];
    if missing.iter().any(|words| detail.contains(words)) {
        Trouble::NoProvider
    } else {
        Trouble::RegistryUnreachable
    }
}

/// The first name between quotation marks.
fn quoted(text: &str) -> &str {
    text.split('"').nth(1).unwrap_or_default()
}
