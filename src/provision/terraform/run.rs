//! Carrying a saved plan out, and following it: through files, so that the end of this program is not
//! the end of the run.

use std::fs::File;
use std::io::{self, Read};
use std::process::Stdio;

use jiff::Timestamp;
use tokio::process::Command;
use tokio_util::sync::CancellationToken;

use crate::domain::event::{Event, What};
use crate::domain::log_line::{Level, LogLine};
use crate::domain::problem::Problem;
use crate::domain::provision::{Outcome, ProvisionEvent};
use crate::provision::teller::Teller;

use super::follow::Followed;
use super::kept::{Begun, KILLED, RunFiles};
use super::workspace::{Saved, Terraform, UnderWay, failed};
use super::{Ended, Messages, Progress, Refused};

/// The most of standard error that is told, in bytes.
const MOST: u64 = 64 * 1024;

/// How a run ended that was followed.
#[derive(Debug)]
pub(in crate::provision) struct Ran {
    /// How.
    pub(in crate::provision) outcome: Outcome,
    /// The steps that OCI refused.
    pub(in crate::provision) refused: Vec<Refused>,
}

impl Terraform {
    /// Begins to carry out what was saved, as the run of this name.
    pub(in crate::provision) fn begin(
        &self,
        mut saved: Saved,
        run: &str,
    ) -> Result<UnderWay, Problem> {
        let unable = |error: io::Error| {
            let title = "Terraform cannot be started";
            failed(title, &error, "mend that, then try again; nothing was done")
        };
        let files = RunFiles::of(&self.runs, run);
        let path = saved.file.hand_over();
        let plan = &saved.review.plan;
        let begun = Begun {
            plan: plan.clone(),
            keys: saved.review.keys.clone(),
            program: saved.program.path.clone(),
            arguments: arguments(path.as_deref()),
            folder: self.folder.clone(),
            saved: path,
            launches: saved.launches.clone(),
            hunted: saved.hunted.clone(),
        };
        let [stream, complaints] = files.begin(&begun).map_err(unable)?;
        let mut keeper = Command::new(&self.keeper);
        self.environment.put_on(&mut keeper);
        keeper
            .arg("keep")
            .arg(files.record())
            .current_dir(&self.folder)
            .stdin(Stdio::null())
            .stdout(stream)
            .stderr(complaints)
            .process_group(0);
        // Nobody waits for it: it lives on when this program ends, and its files tell its end.
        let mut keeper = keeper.spawn().map_err(unable)?;
        tokio::spawn(async move {
            if let Err(error) = keeper.wait().await {
                tracing::debug!(%error, "the keeper of a run cannot be waited for");
            }
        });
        Ok(UnderWay::of(begun, files))
    }

    /// Follows a run to its end, which is not told: other runs may be needed.
    pub(in crate::provision) async fn follow(
        &self,
        under_way: &UnderWay,
        stop: &CancellationToken,
        teller: &mut Teller,
    ) -> Result<Ran, Problem> {
        let lost = |error: io::Error| {
            let next = "plan again: Terraform goes on by itself, and is found if it still runs";
            failed("a run of Terraform cannot be followed", &error, next)
        };
        let begun = under_way.files.begun().map_err(lost)?;
        let mut followed = Followed::open(under_way.files.clone(), self.clock).map_err(lost)?;
        let name = under_way.files.run().to_owned();
        let (mut progress, first) = Progress::begin(name, &begun.review(), self.clock.now());
        for event in first {
            teller.tell(event).await;
        }
        let mut messages = Messages::default();
        let (mut asked, mut forced) = (false, false);
        loop {
            let bytes = tokio::select! {
                bytes = followed.next() => bytes.map_err(lost)?,
                () = stop.cancelled(), if !asked => {
                    asked = true;
                    followed.interrupt().map_err(lost)?;
                    continue;
                }
                () = self.force.cancelled(), if asked && !forced => {
                    forced = true;
                    teller.tell(by_choice(self.clock.now())).await;
                    followed.force().map_err(lost)?;
                    continue;
                }
            };
            let ended = bytes.is_none();
            let mut new = messages.push(&bytes.unwrap_or_default());
            if ended {
                new.extend(messages.end());
            }
            for event in new.iter().flat_map(|message| progress.on(message)) {
                teller.tell(event).await;
            }
            if ended {
                break;
            }
        }
        let ended = match followed.status().map_err(lost)? {
            Some(0) => Ended::Well,
            Some(KILLED) | None => Ended::Killed(9),
            Some(status) => Ended::Failed(status),
        };
        // Where its keeper was killed, nobody has done so.
        begun.forget_saved().map_err(lost)?;
        let complaints = complaints(&under_way.files);
        let mut outcome = Outcome::Failed;
        for event in progress.finish(ended, &complaints, self.clock.now()) {
            if let What::Provision(ProvisionEvent::Finished { outcome: how, .. }) = event.what {
                outcome = how;
            } else {
                teller.tell(event).await;
            }
        }
        Ok(Ran {
            outcome,
            refused: progress.refused().to_vec(),
        })
    }
}

/// That what follows was wanted.
fn by_choice(at: Timestamp) -> Event {
    let line = LogLine {
        level: Level::Warn,
        by: "provision".into(),
        text: "forced by choice: Terraform is told a second time to stop, and waits for nothing"
            .into(),
    };
    let what = What::Log(line);
    Event { at, what }
}

fn arguments(saved: Option<&std::path::Path>) -> Vec<String> {
    let mut arguments: Vec<String> = ["apply", "-json", "-input=false"].map(str::to_owned).into();
    arguments.extend(saved.map(|path| path.display().to_string()));
    arguments
}

/// What stands on standard error, which may be nothing.
fn complaints(files: &RunFiles) -> String {
    let mut bytes = Vec::new();
    let read =
        File::open(files.complaints()).and_then(|file| file.take(MOST).read_to_end(&mut bytes));
    if let Err(error) = read {
        tracing::warn!(%error, "what Terraform complained of cannot be read");
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
