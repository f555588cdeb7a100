//! The cloud as commands open it: what is wrong becomes an exit status, and a retry is told.

use std::sync::Arc;

use crate::app::begin::BeginError;
use crate::app::cloud::{Cloud, OpenError};
use crate::cli::{Failure, Globals, output};
use crate::domain::text;
use crate::kube::Access;
use crate::oci::Retrying;

/// Reads the configuration and the profile; connects to nothing yet.
pub(in crate::cli) fn open(globals: &Globals) -> Result<Cloud, Failure> {
    let loaded = globals.load_trusted()?;
    let passphrase = Globals::oci_passphrase();
    let cloud = Cloud::open(&loaded, passphrase.as_ref(), Some(Arc::new(tell)))?;
    Ok(cloud.with_access(globals.access(Some(&loaded))))
}

/// As [`open`], for a command that changes what is there: refused where nothing may be changed.
pub(in crate::cli) fn open_to_change(globals: &Globals) -> Result<Cloud, Failure> {
    let cloud = open(globals)?;
    if cloud.access() == Access::ReadOnly {
        return Err(Failure::configuration(
            "read_only = true in cluster.toml permits neither apply nor destroy",
        ));
    }
    Ok(cloud)
}

impl From<OpenError> for Failure {
    fn from(error: OpenError) -> Self {
        Self::configuration(error)
    }
}

impl From<BeginError> for Failure {
    fn from(error: BeginError) -> Self {
        match error {
            BeginError::State(error) => Self::configuration(error),
            BeginError::Token(error) => Self::configuration(error),
            BeginError::Unrecovered(no_way) => Self::from(*no_way),
            BeginError::Repository(_) => Self::configuration(error),
            BeginError::Render(error) => Self::configuration(error),
            BeginError::Lock(error) => Self::other(error),
            BeginError::Journal(error) => Self::other(error),
        }
    }
}

/// Waiting in silence looks like hanging.
fn tell(retrying: &Retrying<'_>) {
    let because = text::line(&retrying.because.to_string());
    let seconds = retrying.wait.as_secs_f64();
    if output::error_text(&format!("◌ {because}; again in {seconds:.0} s\n")).is_err() {
        tracing::debug!(because, "a retry could not be told");
    }
}
