//! `k3scope watch`: straight to the cockpit, for the cluster of a kubeconfig or for a recording.

use std::path::PathBuf;

use etcetera::BaseStrategy;
use jiff::tz::TimeZone;
use tokio::sync::mpsc;

use super::{Exit, Failure, Globals};
use crate::app::{App, End, Recorder, Recording, Session, feeds, from_terminal};
use crate::clock::Clock;
use crate::config::Loaded;
use crate::domain::event::{Event, What};
use crate::domain::problem::Problem;
use crate::keymap::Keymap;
use crate::sources::{CHANNEL, Feeds, Supervisor};
use crate::telemetry::{self, Telemetry};
use crate::term::{self, Tty};
use crate::theme::{BUILTIN, Depth, Theme, builtin, default_for};
use crate::ui::frame::header::Badges;
use crate::ui::{Cockpit, Look};

/// Arguments of `watch`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Look at this namespace only, for rights that reach no further.
    #[arg(short, long, value_name = "NAME", conflicts_with = "replay")]
    namespace: Option<String>,
}

/// Where events come from.
enum From {
    Cluster(Box<Feeds>, Vec<Problem>),
    Recording(Recording),
}

pub(super) fn run(args: &Args, globals: &Globals) -> Result<Exit, Failure> {
    if !term::interactive() {
        return Err(Failure::configuration(
            "watch needs a terminal for its screen and its keys; `k3scope status` is for scripts",
        ));
    }
    let look = look(globals)?;
    let recorder = globals.recorder()?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(Failure::other)?;
    runtime.block_on(async {
        let (from, clock) = from(args, globals).await?;
        let telemetry =
            telemetry::start(log_file().as_deref(), globals.verbose).map_err(Failure::other)?;
        session(from, clock, recorder, Cockpit::new(look), telemetry).await
    })
}

fn look(globals: &Globals) -> Result<Look, Failure> {
    let depth = Depth::detect(|name| std::env::var(name).ok());
    let first = globals.theme.as_deref().unwrap_or(default_for(depth));
    let chosen = builtin(first).map_err(Failure::configuration)?;
    let others = BUILTIN.iter().filter(|(name, _)| *name != first);
    let mut themes: Vec<Theme> = vec![chosen];
    for (name, _) in others {
        themes.push(builtin(name).map_err(Failure::other)?);
    }
    Ok(Look {
        keymap: Keymap::builtin().map_err(Failure::other)?,
        themes: themes.into_iter().map(|theme| theme.at(depth)).collect(),
        zone: TimeZone::system(),
        badges: Badges {
            read_only: globals.read_only,
            replay: globals.replay.is_some(),
            recording: globals.record.is_some(),
        },
    })
}

async fn from(args: &Args, globals: &Globals) -> Result<(From, Clock), Failure> {
    if let Some(path) = &globals.replay {
        let recording = Recording::read(path).map_err(Failure::configuration)?;
        return Ok((From::Recording(recording), Clock::default()));
    }
    // The cluster of a kubeconfig needs no cluster.toml; one that is there is read whole.
    let configuration: Option<Loaded> = globals
        .config
        .exists()
        .then(|| globals.load_trusted())
        .transpose()?;
    let clock = feeds::clock(configuration.as_ref());
    let opened = feeds::open(
        &globals.target(args.namespace.as_ref()),
        configuration.as_ref(),
        true,
    )
    .await
    .map_err(|error| Failure::configuration(format!("{error}\n{}", error.next)))?;
    Ok((
        From::Cluster(Box::new(opened.feeds), opened.problems),
        clock,
    ))
}

/// The log's file, where there is a place for it; a session goes on without one.
fn log_file() -> Option<PathBuf> {
    let base = etcetera::choose_base_strategy().ok()?;
    let folder = base
        .state_dir()
        .unwrap_or_else(|| base.data_dir())
        .join("k3scope");
    std::fs::create_dir_all(&folder).ok()?;
    Some(folder.join("k3scope.log"))
}

async fn session(
    from: From,
    clock: Clock,
    recorder: Option<Recorder>,
    cockpit: Cockpit,
    telemetry: Telemetry,
) -> Result<Exit, Failure> {
    let Telemetry { lines, writer } = telemetry;
    let (sender, events) = mpsc::channel(CHANNEL);
    let session = Session {
        inputs: from_terminal().map_err(Failure::other)?,
        events,
        log: lines,
        recorder,
        replay: matches!(from, From::Recording(_)),
        clock,
    };
    let app = App::new(Tty::take().map_err(Failure::other)?, cockpit, session);
    let end = match from {
        From::Cluster(feeds, problems) => {
            tell(&sender, problems, clock);
            let supervisor = Supervisor::start(*feeds, sender, clock);
            let end = app.run().await;
            supervisor.stop().await;
            end
        }
        From::Recording(recording) => {
            let playing = tokio::spawn(recording.play(sender, clock));
            let end = app.run().await;
            playing.abort();
            end
        }
    };
    drop(writer);
    match end.map_err(Failure::other)? {
        End::Quit => Ok(Exit::Well),
        End::Interrupted => Ok(Exit::Interrupted),
    }
}

/// What kept a feed from being opened. The channel is still empty, so that all of it has room.
fn tell(sender: &mpsc::Sender<Event>, problems: Vec<Problem>, clock: Clock) {
    for problem in problems {
        let told = sender.try_send(Event {
            at: clock.now(),
            what: What::Problem(problem),
        });
        if let Err(error) = told {
            tracing::warn!(%error, "a problem could not be told");
        }
    }
}
