//! One line of machine-readable output, typed.
//!
//! A line of a type that is not known, or whose payload is not of the documented form, is kept with
//! its own words; a line that is no JSON is kept as it is. Values of sensitive outputs are not.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use super::diagnostic::Diagnostic;
use super::resource::Resource;
use crate::domain::line::Line;
use crate::domain::log_line::Level;

/// One line of output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// When it was written, as far as it says so.
    pub at: Option<Timestamp>,
    /// How much it matters.
    pub level: Level,
    /// It in words.
    pub text: Line,
    /// What it says.
    pub said: Said,
}

/// What a line says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// Who writes, and in which version.
    Version {
        /// The program.
        product: Product,
        /// Its version.
        version: Line,
        /// The version of the form of these lines.
        ui: Line,
    },
    /// Words only.
    Log,
    /// A step of `init`, by its code.
    Init(Line),
    /// What would be done to a resource.
    Planned(Change),
    /// What was changed outside.
    Drift(Change),
    /// The counts of a plan, or of what was done.
    Summary(Summary),
    /// The outputs, by name.
    Outputs(BTreeMap<Line, Output>),
    /// A resource is read.
    Refresh(Span, Hook),
    /// Something is done to a resource.
    Apply(Span, Hook),
    /// A provisioner of a resource runs.
    Provision(Provisioning, Hook),
    /// A resource that is never kept is opened, renewed or closed.
    Ephemeral(Span, Hook),
    /// The state's lock is waited for or given back.
    StateLock,
    /// A complaint.
    Diagnostic(Box<Diagnostic>),
    /// A line of `test`, by its type.
    Test(Line),
    /// A type that is not known, or one that is not as documented.
    Unknown(Line),
    /// No JSON.
    Plain,
}

/// Which of the two programs writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::Display)]
pub enum Product {
    /// Terraform.
    Terraform,
    /// `OpenTofu`.
    OpenTofu,
}

/// How far something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Span {
    /// It begins.
    Start,
    /// It goes on.
    Progress,
    /// It is done.
    Complete,
    /// It failed.
    Errored,
}

/// How far a provisioner is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Provisioning {
    /// It begins, ends or fails.
    Span(Span),
    /// It wrote a line.
    Output(Line),
}

/// What is done to a resource.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verb {
    /// Nothing.
    Noop,
    /// It is made.
    Create,
    /// It is read.
    Read,
    /// It is changed in place.
    Update,
    /// It is removed and made anew.
    Replace,
    /// It is removed.
    Delete,
    /// It has another address from now on.
    Move,
    /// It is taken into the state.
    Import,
    /// It is taken out of the state and stays in the cloud.
    #[serde(alias = "remove")]
    Forget,
    /// Something else.
    #[default]
    #[serde(other)]
    Other,
}

/// What would be done to a resource, or was done to it outside.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Change {
    /// Which.
    pub resource: Resource,
    /// What.
    #[serde(default)]
    pub action: Verb,
    /// Why, as a code: `cannot_update`, `tainted`.
    #[serde(default)]
    pub reason: Option<Line>,
}

/// Something that happens to a resource.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Hook {
    /// Which.
    pub resource: Resource,
    /// What is done to it.
    #[serde(default)]
    pub action: Verb,
    /// Its OCID, where it is known by now.
    #[serde(default)]
    pub id_value: Line,
    /// For how many seconds by now.
    #[serde(default, rename = "elapsed_seconds", deserialize_with = "seconds")]
    pub elapsed: u64,
    /// Which provisioner.
    #[serde(default)]
    pub provisioner: Line,
    #[serde(default)]
    output: Line,
}

/// How many resources.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Summary {
    /// Made.
    pub add: usize,
    /// Changed in place.
    pub change: usize,
    /// Taken into the state.
    pub import: usize,
    /// Removed.
    pub remove: usize,
    /// Taken out of the state (`OpenTofu`).
    pub forget: usize,
    /// Whether it was done; otherwise it is what would be.
    #[serde(rename = "operation", deserialize_with = "is_done")]
    pub done: bool,
}

/// One output.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Output {
    /// Whether its value is kept back.
    pub sensitive: bool,
    /// Its value, once it is known and unless it is kept back.
    pub value: Option<Value>,
}

impl Message {
    /// What a line says. Never fails: what cannot be read is kept in its own words.
    pub fn of(line: &[u8]) -> Self {
        let plain = || Self {
            at: None,
            level: Level::Info,
            text: String::from_utf8_lossy(line).as_ref().into(),
            said: Said::Plain,
        };
        let Ok(Value::Object(mut fields)) = serde_json::from_slice::<Value>(line) else {
            return plain();
        };
        let Some(kind) = text(&fields, "type") else {
            return plain();
        };
        let level = match fields.get("@level").and_then(Value::as_str) {
            Some("error") => Level::Error,
            Some("warn") => Level::Warn,
            Some(_) | None => Level::Info,
        };
        let at = text(&fields, "@timestamp").and_then(|at| at.parse().ok());
        let mut said = said(&kind, &mut fields).unwrap_or(Said::Unknown(kind));
        if let Said::Diagnostic(complaint) = &mut said {
            complaint.at = at;
        }
        Self {
            at,
            level,
            text: text(&fields, "@message").unwrap_or_default(),
            said,
        }
    }
}

fn said(kind: &str, fields: &mut Map<String, Value>) -> Option<Said> {
    Some(match kind {
        "version" => version(fields)?,
        "log" => Said::Log,
        "init_output" => Said::Init(text(fields, "message_code").unwrap_or_default()),
        "planned_change" => Said::Planned(part(fields, "change")?),
        "resource_drift" => Said::Drift(part(fields, "change")?),
        "change_summary" => Said::Summary(part(fields, "changes")?),
        "outputs" => Said::Outputs(outputs(part(fields, "outputs")?)),
        "refresh_start" => Said::Refresh(Span::Start, part(fields, "hook")?),
        "refresh_complete" => Said::Refresh(Span::Complete, part(fields, "hook")?),
        "apply_start" => Said::Apply(Span::Start, part(fields, "hook")?),
        "apply_progress" => Said::Apply(Span::Progress, part(fields, "hook")?),
        "apply_complete" => Said::Apply(Span::Complete, part(fields, "hook")?),
        "apply_errored" => Said::Apply(Span::Errored, part(fields, "hook")?),
        "provision_start" => provision(Span::Start, part(fields, "hook")?),
        "provision_progress" => {
            let mut hook: Hook = part(fields, "hook")?;
            let line = std::mem::take(&mut hook.output);
            Said::Provision(Provisioning::Output(line), hook)
        }
        "provision_complete" => provision(Span::Complete, part(fields, "hook")?),
        "provision_errored" => provision(Span::Errored, part(fields, "hook")?),
        "ephemeral_op_start" | "ephemeral_action_started" => {
            Said::Ephemeral(Span::Start, part(fields, "hook")?)
        }
        "ephemeral_op_progress" | "ephemeral_action_progress" => {
            Said::Ephemeral(Span::Progress, part(fields, "hook")?)
        }
        "ephemeral_op_complete" | "ephemeral_action_complete" => {
            Said::Ephemeral(Span::Complete, part(fields, "hook")?)
        }
        "ephemeral_op_errored" | "ephemeral_action_errored" => {
            Said::Ephemeral(Span::Errored, part(fields, "hook")?)
        }
        "state_lock_acquire" | "state_lock_release" => Said::StateLock,
        "diagnostic" => Said::Diagnostic(part(fields, "diagnostic")?),
        test if test.starts_with("test_") => Said::Test(test.into()),
        _ => return None,
    })
}

fn provision(span: Span, hook: Hook) -> Said {
    Said::Provision(Provisioning::Span(span), hook)
}

fn version(fields: &Map<String, Value>) -> Option<Said> {
    let ui = text(fields, "ui").unwrap_or_default();
    let of = |name| text(fields, name);
    let (product, version) = match of("terraform") {
        Some(version) => (Product::Terraform, version),
        None => (Product::OpenTofu, of("tofu")?),
    };
    Some(Said::Version {
        product,
        version,
        ui,
    })
}

/// A value that is marked is dropped, should one ever come.
fn outputs(all: BTreeMap<Line, Output>) -> BTreeMap<Line, Output> {
    let clean = |(name, mut output): (Line, Output)| {
        output.value = output.value.filter(|_| !output.sensitive);
        (name, output)
    };
    all.into_iter().map(clean).collect()
}

fn text(fields: &Map<String, Value>, name: &str) -> Option<Line> {
    fields.get(name).and_then(Value::as_str).map(Line::new)
}

fn part<T: DeserializeOwned>(fields: &mut Map<String, Value>, name: &str) -> Option<T> {
    serde_json::from_value(fields.remove(name)?).ok()
}

/// Whole seconds: an integer in Terraform, with a fraction in `OpenTofu`.
fn seconds<'de, D: Deserializer<'de>>(given: D) -> Result<u64, D::Error> {
    let given = Value::deserialize(given)?.to_string();
    let whole = given.split('.').next().unwrap_or_default();
    Ok(whole.parse().unwrap_or(0))
}

fn is_done<'de, D: Deserializer<'de>>(given: D) -> Result<bool, D::Error> {
    let given = Value::deserialize(given)?;
    Ok(given.as_str().is_some_and(|operation| operation != "plan"))
}
