//! The hand that writes: looks, writes against what it saw, and finds out what became of a write whose
//! answer was lost.

use std::time::Duration;

use serde_json::Value;
use tokio::sync::mpsc;

use crate::clock::Clock;
use crate::domain::line::Line;
use crate::domain::object::ObjectRef;
use crate::kube::fault::Fault;
use crate::kube::kind::ApiName;
use crate::kube::look::{self, text};
use crate::kube::refusal::WriteError;
use crate::kube::write::{Merge, Write, Writer};

/// How often a write is made anew where somebody else was faster.
const CONFLICTS: u32 = 5;
/// How often it is looked for what became of a lost write, and the first pause between.
const LOOKS: u32 = 6;
const PAUSE: Duration = Duration::from_secs(1);

/// Why an action was not done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ActError {
    /// It makes no sense as things stand; nothing was written.
    #[error("{why}")]
    NotNow {
        /// Why.
        why: Line,
        /// What to do about it.
        next: &'static str,
    },
    /// The server, or `--read-only`, refused.
    #[error(transparent)]
    Refused(#[from] WriteError),
    /// The connection was lost, and looking did not tell what became of the write.
    #[error("{0}")]
    Unknown(Fault),
}

impl ActError {
    pub(super) fn not_now(why: impl Into<Line>, next: &'static str) -> Self {
        Self::NotNow {
            why: why.into(),
            next,
        }
    }

    fn gone(api: &ApiName, of: &ObjectRef) -> Self {
        let why = format!("{} {of} is not there", api.kind);
        Self::Refused(WriteError::NotFound(why.into()))
    }
}

/// What an action is done with.
#[derive(Clone, Debug)]
pub struct Hand<'a> {
    /// The door.
    pub writer: &'a Writer,
    /// Time.
    pub clock: Clock,
    /// Where an object keeps who asked, and when: unlike that of any other action.
    pub mark: &'a str,
    /// Told of each step.
    pub steps: mpsc::Sender<Step>,
}

/// A step of an action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// A write went out; the command that does the same.
    Wrote(String),
    /// How far it is, in a few words.
    Stands(Line),
}

/// What becomes of an object: a merge patch, and the part of the object that it is for.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Becomes {
    pub(super) patch: Value,
    pub(super) subresource: Option<&'static str>,
}

impl From<Value> for Becomes {
    fn from(patch: Value) -> Self {
        Self {
            patch,
            subresource: None,
        }
    }
}

impl Hand<'_> {
    /// The object as it is; that it is not there is a refusal.
    pub(super) async fn look(&self, api: &ApiName, of: &ObjectRef) -> Result<Value, ActError> {
        let found = look::object(self.writer.connection(), api, of).await;
        found
            .map_err(WriteError::from)?
            .ok_or_else(|| ActError::gone(api, of))
    }

    /// Sends one write, and tells of it once the server has it.
    pub(super) async fn write(&self, write: &Write) -> Result<(), WriteError> {
        self.writer.perform(write).await?;
        // Who asked may have gone; the write has not.
        let _ = self.steps.send(Step::Wrote(write.command())).await;
        Ok(())
    }

    /// Tells how far it is.
    pub(super) async fn stands(&self, said: String) {
        let _ = self.steps.send(Step::Stands(said.into())).await;
    }

    /// Changes an object as `becomes` says of what it is now. `holds` says of a later state whether
    /// the change was made.
    pub(super) async fn change(
        &self,
        api: &ApiName,
        of: &ObjectRef,
        (becomes, holds): (
            impl Fn(&Value) -> Result<Becomes, ActError>,
            impl Fn(&Value) -> bool,
        ),
    ) -> Result<(), ActError> {
        let mut conflicts = 0;
        loop {
            let seen = self.look(api, of).await?;
            let Becomes { patch, subresource } = becomes(&seen)?;
            let version = text(&seen, "/metadata/resourceVersion");
            let merge = Merge {
                patch,
                subresource,
                version: Some(version.to_owned()),
            };
            let write = Write::merge(*api, of.clone(), merge);
            match self.write(&write).await {
                Ok(()) => return Ok(()),
                Err(WriteError::Changed(_)) if conflicts < CONFLICTS => conflicts += 1,
                Err(WriteError::Fault(fault)) if fault.is_unclear() => {
                    let became = self.became(api, of, (version, &holds)).await;
                    return became.unwrap_or(Err(ActError::Unknown(fault)));
                }
                Err(refused) => return Err(refused.into()),
            }
        }
    }

    /// What became of a write whose answer was lost; nothing where that cannot be found out.
    async fn became(
        &self,
        api: &ApiName,
        of: &ObjectRef,
        (version, holds): (&str, impl Fn(&Value) -> bool),
    ) -> Option<Result<(), ActError>> {
        let mut pause = PAUSE;
        for _ in 0..LOOKS {
            self.clock.sleep(self.clock.jitter(pause)).await;
            pause = pause.saturating_mul(2);
            let Ok(found) = look::object(self.writer.connection(), api, of).await else {
                continue;
            };
            let Some(found) = found else {
                return Some(Err(ActError::gone(api, of)));
            };
            if holds(&found) {
                return Some(Ok(()));
            }
            let untouched = text(&found, "/metadata/resourceVersion") == version;
            let why = if untouched {
                "the connection was lost before it reached the server; nothing was changed"
            } else {
                "the connection was lost, and the object is not as it was asked for"
            };
            return Some(Err(ActError::not_now(why, "try it again")));
        }
        None
    }
}

/// An annotation of an object.
pub(super) fn annotation<'a>(object: &'a Value, name: &str) -> Option<&'a str> {
    let annotations = object.pointer("/metadata/annotations")?;
    annotations.get(name)?.as_str()
}
