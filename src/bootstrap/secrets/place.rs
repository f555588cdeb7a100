//! Places one Secret: looks first, leaves what others keep, writes what differs, reads it back.

use secrecy::ExposeSecret;
use serde_json::Map;

use super::wanted::Wanted;
use crate::domain::line::Line;
use crate::domain::object::ObjectRef;
use crate::domain::problem::Problem;
use crate::kube::kind::{NAMESPACE, SECRET};
use crate::kube::{Access, Fault, Fields, SecretFound, Write, WriteError, Writer, secret};

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Placed {
    /// It stands there as it is wanted, and is ours.
    Ours {
        /// Whether it was written just now.
        written: bool,
    },
    /// It stands there and is not ours to change: who keeps it, or why its value is not known.
    Left(Line),
    /// It may go well later by itself: what is waited for.
    Waits(Line),
    /// A person has to do something.
    Failed(Problem),
}

/// Places `wanted`.
pub async fn place(writer: &Writer, wanted: &Wanted) -> Placed {
    match attempt(writer, wanted).await {
        Ok(placed) => placed,
        Err(error) if error.may_pass() => {
            Placed::Waits(Line::new(&format!("{}: {error}", wanted.of)))
        }
        Err(error) => Placed::Failed(refused(wanted, &error)),
    }
}

async fn attempt(writer: &Writer, wanted: &Wanted) -> Result<Placed, WriteError> {
    let there = secret(writer.connection(), &wanted.of).await?;
    if let Some(found) = &there
        && let Some(placed) = as_it_is(found, wanted)
    {
        return Ok(placed);
    }
    let Ok(values) = &wanted.values else {
        return Ok(Placed::Failed(unread(wanted)));
    };
    if writer.access() == Access::ReadOnly {
        let why = match there {
            Some(_) => "to be brought up to date",
            None => "to be placed",
        };
        let told = format!("{} {why}, which --read-only does not do", wanted.of);
        return Ok(Placed::Waits(Line::new(&told)));
    }
    let mut body = Map::new();
    body.insert("type".to_owned(), wanted.kind.into());
    let fields = Fields {
        labels: wanted.labels.clone(),
        body,
        data: values.clone(),
    };
    if there.is_none() {
        namespace(writer, &wanted.of.namespace).await?;
    }
    let write = Write::apply(SECRET, wanted.of.clone(), fields);
    writer.perform(&write).await?;
    // What was sent is known; what stands there is what counts.
    let back = secret(writer.connection(), &wanted.of).await?;
    Ok(match back {
        Some(found) if agrees(&found, wanted) => Placed::Ours { written: true },
        _ => Placed::Waits(Line::new(&format!(
            "{} to read back as it was written",
            wanted.of
        ))),
    })
}

/// Makes the namespace, with nothing but its name; one that is there stays as it is.
async fn namespace(writer: &Writer, name: &Line) -> Result<(), WriteError> {
    let of = ObjectRef::cluster(name.clone());
    let write = Write::apply(NAMESPACE, of, Fields::default());
    writer.perform(&write).await
}

/// What there is to say of a Secret that stands there; nothing where it is to be written.
fn as_it_is(found: &SecretFound, wanted: &Wanted) -> Option<Placed> {
    let lacks = |key: &str| {
        let value = found.values.get(key);
        value.is_none_or(|value| value.expose_secret().is_empty())
    };
    // What somebody else keeps has the keys of their choice: a repository can be read in other ways
    // than with a password.
    let lacking = match found.keeper {
        Some(_) => found.values.is_empty(),
        None => wanted.keys.iter().any(|key| lacks(key)),
    };
    match (&found.keeper, lacking, &wanted.values) {
        (Some(keeper), true, _) => Some(Placed::Waits(Line::new(&format!(
            "{keeper} to fill the Secret {}",
            wanted.of
        )))),
        (Some(keeper), false, _) => Some(Placed::Left(Line::new(&format!(
            "{} is kept by {keeper}: it stays as it is",
            wanted.of
        )))),
        (None, false, Err(why)) => Some(Placed::Left(Line::new(&format!(
            "{} stays as it is: {why}",
            wanted.of
        )))),
        (None, false, Ok(_)) if agrees(found, wanted) => Some(Placed::Ours { written: false }),
        (None, ..) => None,
    }
}

/// Whether type, labels and values are as they are wanted.
fn agrees(found: &SecretFound, wanted: &Wanted) -> bool {
    let Ok(values) = &wanted.values else {
        return false;
    };
    let same_values = found.values.len() == values.len()
        && values.iter().all(|(key, value)| {
            found
                .values
                .get(key)
                .is_some_and(|there| there.expose_secret() == value.expose_secret().as_bytes())
        });
    let mut labels = wanted.labels.iter();
    same_values
        && found.kind.as_str() == wanted.kind
        && labels.all(|(label, value)| found.labels.get(label) == Some(value))
}

fn unread(wanted: &Wanted) -> Problem {
    let why = wanted.values.as_ref().err();
    Problem {
        title: format!("the Secret {} cannot be made", wanted.of),
        detail: why.map_or_else(String::new, Line::to_string),
        next: format!("see {} in cluster.toml, then follow again", wanted.from),
        request_id: None,
    }
}

fn refused(wanted: &Wanted, error: &WriteError) -> Problem {
    let next = match error {
        WriteError::NotPermitted { .. } | WriteError::Fault(Fault::Forbidden(_)) => {
            "get the right for it: it is tried again by itself"
        }
        WriteError::Fault(Fault::Unauthorized | Fault::Credentials(_)) => {
            "remove .k3scope/kubeconfig: it is fetched again from the server"
        }
        WriteError::Owned { .. }
        | WriteError::ReadOnly
        | WriteError::Changed(_)
        | WriteError::NotFound(_)
        | WriteError::Fault(_) => "look at it with kubectl, or delete it: it is then made anew",
    };
    Problem {
        title: format!("the Secret {} cannot be placed", wanted.of),
        detail: error.to_string(),
        next: next.to_owned(),
        request_id: None,
    }
}
