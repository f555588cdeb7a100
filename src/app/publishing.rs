//! Does at Cloudflare what a person asked for: looks first, changes only what is still as it was seen,
//! and finds out what became of a change whose answer was lost.

use std::time::Duration;

use tokio::sync::mpsc;

use crate::clock::Clock;
use crate::cloudflare::{Error, Writer, Zone};
use crate::domain::access::Access;
use crate::domain::action::{ActionOutcome, RecordAim, RecordStep, RecordWish};
use crate::domain::line::Line;
use crate::domain::problem::Problem;
use crate::domain::record::PublishedRecord;
use crate::sources::Cloudflare;

/// How often it is looked for what became of a lost change, and the first pause between.
const LOOKS: u32 = 5;
const PAUSE: Duration = Duration::from_secs(1);

/// Why a step was not taken.
#[derive(Debug)]
enum NotDone {
    /// It makes no sense as things stand; nothing was sent.
    NotNow(String),
    /// The change was lost on its way; nothing was changed.
    NotArrived,
    /// Cloudflare, or `--read-only`, refused.
    Refused(Error),
    /// The connection was lost, and looking did not tell what became of it.
    Unknown(Error),
}

impl From<Error> for NotDone {
    fn from(error: Error) -> Self {
        Self::Refused(error)
    }
}

/// Does what is wished for, and has the records read again. The commands that do the same are told as
/// each step is taken.
pub(super) async fn publish(
    cloudflare: &Cloudflare,
    (access, clock): (Access, Clock),
    wish: &RecordWish,
    told: &mpsc::Sender<String>,
) -> ActionOutcome {
    let mut taken = 0;
    let mut failed = None;
    for step in &wish.steps {
        if let Err(why) = take(cloudflare, (access, clock), step, told).await {
            failed = Some(why);
            break;
        }
        taken += 1;
    }
    if access == Access::ReadWrite {
        cloudflare.read_again();
    }
    match failed {
        None => ActionOutcome::Done {
            said: Line::new(done(wish.aim)),
        },
        Some(why) => outcome(why, (taken, wish.steps.len())),
    }
}

async fn take(
    cloudflare: &Cloudflare,
    (access, clock): (Access, Clock),
    step: &RecordStep,
    told: &mpsc::Sender<String>,
) -> Result<(), NotDone> {
    if access == Access::ReadOnly {
        return Err(Error::ReadOnly.into());
    }
    let (writer, zone) = door(cloudflare, &step.record().id.namespace, access).await?;
    let hand = Hand {
        writer: &writer,
        zone: &zone,
        clock,
    };
    let Some(id) = hand.look(step).await? else {
        return Ok(());
    };
    hand.take(step, &id).await?;
    // Who asked may have gone; the change has not.
    let _ = told.send(step.command(&zone.id, &id)).await;
    Ok(())
}

/// The token that reaches a zone, and the zone.
async fn door(
    cloudflare: &Cloudflare,
    name: &str,
    access: Access,
) -> Result<(Writer, Zone), NotDone> {
    let mut last = None;
    for account in &cloudflare.accounts {
        match account.zones().await {
            Ok(zones) => {
                if let Some(zone) = zones.into_iter().find(|zone| zone.name == *name) {
                    return Ok((Writer::new(account.client.clone(), access), zone));
                }
            }
            Err(error) => last = Some(error),
        }
    }
    Err(last.map_or_else(
        || NotDone::NotNow(format!("no token is known that reaches the zone {name}")),
        NotDone::Refused,
    ))
}

/// One zone, and the door to it.
struct Hand<'a> {
    writer: &'a Writer,
    zone: &'a Zone,
    clock: Clock,
}

impl Hand<'_> {
    /// The identifier of the record that a step is about, if it is still as it was seen; empty for one
    /// that is to be made. Nothing where there is nothing left to do.
    async fn look(&self, step: &RecordStep) -> Result<Option<String>, NotDone> {
        let (seen, is_over) = match step {
            RecordStep::Create { .. } => return Ok(Some(String::new())),
            RecordStep::Change { seen, .. } => (seen, false),
            RecordStep::Remove { seen } => (seen, true),
        };
        match self.find(seen).await? {
            Some(now) if now.is_as(seen) => Ok(Some(now.id.name.to_string())),
            Some(now) => Err(NotDone::NotNow(format!(
                "{} {} has changed meanwhile: it is {}{} now",
                now.kind,
                now.name,
                now.content,
                if now.proxied { ", proxied" } else { "" }
            ))),
            None if is_over => Ok(None),
            None => Err(NotDone::NotNow(format!(
                "{} {} is not there any more",
                seen.kind, seen.name
            ))),
        }
    }

    /// A record by its identifier, or by what it says where that is not known.
    async fn find(&self, seen: &PublishedRecord) -> Result<Option<PublishedRecord>, Error> {
        let client = self.writer.client();
        if !seen.id.name.is_empty() {
            let found = client.record(self.zone, &seen.id.name).await?;
            if found.is_some() {
                return Ok(found);
            }
        }
        let all = client.records(self.zone).await?;
        Ok(all.into_iter().find(|record| record.is_as(seen)))
    }

    async fn take(&self, step: &RecordStep, id: &str) -> Result<(), NotDone> {
        match self.writer.perform(self.zone, step, id).await {
            // Somebody was faster: that is what was wanted.
            Ok(()) | Err(Error::Identical(_)) => Ok(()),
            Err(error) if error.is_unclear() => self.became(step, id, error).await,
            Err(error) => Err(error.into()),
        }
    }

    /// What became of a step whose answer was lost.
    async fn became(&self, step: &RecordStep, id: &str, lost: Error) -> Result<(), NotDone> {
        let mut pause = PAUSE;
        for _ in 0..LOOKS {
            self.clock.sleep(self.clock.jitter(pause)).await;
            pause = pause.saturating_mul(2);
            let Ok(all) = self.writer.client().records(self.zone).await else {
                continue;
            };
            let is_done = match step {
                RecordStep::Create { record } => all.iter().any(|it| it.is_as(record)),
                RecordStep::Change { to, .. } => {
                    all.iter().any(|it| it.id.name == id && it.is_as(to))
                }
                RecordStep::Remove { .. } => !all.iter().any(|it| it.id.name == id),
            };
            return if is_done {
                Ok(())
            } else {
                Err(NotDone::NotArrived)
            };
        }
        Err(NotDone::Unknown(lost))
    }
}

fn done(aim: RecordAim) -> &'static str {
    match aim {
        RecordAim::Proxy => "Cloudflare's proxy stands before it",
        RecordAim::Unproxy => "it leads straight to its target",
        RecordAim::Publish => "it is published",
        RecordAim::Repair => "it is published as it is wanted",
        RecordAim::Delete => "it is deleted; its menu can undo that in this session",
        RecordAim::Undo => "it is as it was before",
    }
}

fn outcome(why: NotDone, (taken, of): (usize, usize)) -> ActionOutcome {
    let part = match (taken, of) {
        (0, _) | (_, 1) => String::new(),
        _ => format!("; {taken} of {of} steps were taken"),
    };
    let problem = |title: &str, detail: String, next: &str| Problem {
        title: title.to_owned(),
        detail: format!("{detail}{part}"),
        next: next.to_owned(),
        request_id: None,
    };
    let look = "look at the record, then ask again";
    match why {
        NotDone::NotNow(why) => ActionOutcome::Failed(problem("not done", why, look)),
        NotDone::NotArrived => {
            let why = "the connection was lost before it reached Cloudflare; nothing was changed";
            ActionOutcome::Failed(problem("not done", why.to_owned(), "try it again"))
        }
        NotDone::Refused(error) => {
            let (title, next) = refused(&error);
            ActionOutcome::Failed(problem(title, error.to_string(), next))
        }
        NotDone::Unknown(error) => {
            let title = "the connection was lost, and what became of it is not known";
            let next = "look at the record before you ask again";
            ActionOutcome::Unknown(problem(title, error.to_string(), next))
        }
    }
}

fn refused(error: &Error) -> (&'static str, &'static str) {
    match error {
        Error::ReadOnly => (
            "nothing is changed with --read-only",
            "start k3scope without it",
        ),
        Error::Token(_) | Error::Permission(_) | Error::MayNotEdit(_) => (
            "the token is not good for this",
            "make one with DNS:Edit for the zone: dash.cloudflare.com > My profile > API tokens",
        ),
        Error::RateLimited { .. } => ("too many requests", "try it again in five minutes"),
        Error::Address(_)
        | Error::NotFound(_)
        | Error::Refused { .. }
        | Error::Identical(_)
        | Error::Unreachable(_)
        | Error::Answer(_) => (
            "Cloudflare refused",
            "see its words; mend that, then try again",
        ),
    }
}
