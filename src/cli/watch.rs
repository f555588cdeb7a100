//! `k3scope watch`: straight to the cockpit, for the cluster of a kubeconfig or for a recording.

use tokio::sync::{mpsc, watch};

use super::screen::{log_file, look, on_terminal, runtime};
use super::{Exit, Failure, Globals, reach};
use crate::app::acting::Actor;
use crate::app::{App, Inputs, Recorder, Recording, Seeker, Session, feeds};
use crate::clock::Clock;
use crate::config::{Loaded, Workspace};
use crate::domain::event::{Event, What};
use crate::domain::problem::Problem;
use crate::kube::Access;
use crate::sources::{CHANNEL, Feeds, Supervisor};
use crate::telemetry::{self, Telemetry};
use crate::term::Tty;
use crate::ui::Cockpit;

/// Arguments of `watch`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Look at this namespace only, for rights that reach no further.
    #[arg(short, long, value_name = "NAME", conflicts_with = "replay")]
    namespace: Option<String>,
}

/// What a screen asks for that may wait to be done.
const ASKED: usize = 64;

/// Where events come from.
enum From {
    Cluster(Box<Feeds>, Vec<Problem>),
    Recording(Recording),
}

pub(super) fn run(args: &Args, globals: &Globals) -> Result<Exit, Failure> {
    on_terminal("watch", "`k3scope status` is for scripts")?;
    let mut look = look(globals)?;
    let recorder = globals.recorder()?;
    let runtime = runtime()?;
    runtime.block_on(async {
        let (from, access, clock) = from(args, globals).await?;
        look.badges.read_only = access == Access::ReadOnly;
        let telemetry =
            telemetry::start(log_file().as_deref(), globals.verbose).map_err(Failure::other)?;
        let beside = globals
            .config
            .exists()
            .then(|| std::path::absolute(&globals.config).ok())
            .flatten()
            .map(|config| Workspace::beside(&config));
        session(
            (from, access, beside),
            clock,
            recorder,
            Cockpit::new(look),
            telemetry,
        )
        .await
    })
}

async fn from(args: &Args, globals: &Globals) -> Result<(From, Access, Clock), Failure> {
    if let Some(path) = &globals.replay {
        let recording = Recording::read(path).map_err(Failure::configuration)?;
        let access = globals.access(None);
        return Ok((From::Recording(recording), access, Clock::default()));
    }
    // The cluster of a kubeconfig needs no cluster.toml; one that is there is read whole.
    let configuration: Option<Loaded> = globals
        .config
        .exists()
        .then(|| globals.load_trusted())
        .transpose()?;
    let clock = feeds::clock(configuration.as_ref());
    let known = configuration.as_ref();
    let (target, way) = reach::cluster(globals, args.namespace.as_ref(), known).await?;
    let mut opened = feeds::open_by(&target, &way, known, true)
        .await
        .map_err(|error| Failure::configuration(format!("{error}\n{}", error.next)))?;
    match known.map(feeds::instances).transpose() {
        Ok(instances) => opened.feeds.instances = instances,
        Err(problem) => opened.problems.push(problem),
    }
    Ok((
        From::Cluster(Box::new(opened.feeds), opened.problems),
        globals.access(known),
        clock,
    ))
}

async fn session(
    (from, access, beside): (From, Access, Option<Workspace>),
    clock: Clock,
    recorder: Option<Recorder>,
    cockpit: Cockpit,
    telemetry: Telemetry,
) -> Result<Exit, Failure> {
    let Telemetry { lines, writer } = telemetry;
    let (sender, events) = mpsc::channel(CHANNEL);
    let (work, effects) = mpsc::channel(ASKED);
    let (seeker, sought) = Seeker::new();
    let (invite, guests) = mpsc::channel(1);
    let session = Session {
        inputs: Inputs::from_terminal().map_err(Failure::other)?,
        events,
        log: lines,
        recorder,
        replay: matches!(from, From::Recording(_)),
        work: matches!(from, From::Cluster(..)).then_some(work),
        guests: matches!(from, From::Cluster(..)).then_some(guests),
        seeker: matches!(from, From::Cluster(..)).then_some(seeker),
        clock,
    };
    let app = App::new(Tty::take().map_err(Failure::other)?, cockpit, session);
    let end = match from {
        From::Cluster(feeds, problems) => {
            tell(&sender, problems, clock);
            let (_way, found) = watch::channel(feeds.kubernetes.clone());
            let (_known, instances) = watch::channel(feeds.instances.clone());
            let (_zones, records) = watch::channel(feeds.cloudflare.clone());
            let mut actor = Actor::new(found, access, (sender.clone(), clock))
                .with_instances(instances)
                .publishing(records)
                .lending(Some(invite));
            if let Some(workspace) = beside {
                actor = actor.of(workspace);
            }
            if let Some(visitor) = feeds.visitor.clone() {
                actor.visit_as(visitor);
            }
            let acting = actor.attend(effects);
            let acting = tokio::spawn(acting);
            let feeds = Feeds {
                sought: Some(sought),
                ..*feeds
            };
            let supervisor = Supervisor::start(feeds, sender, clock);
            let end = app.run().await;
            // The screen was the only one to ask, and has gone.
            if let Err(error) = acting.await {
                tracing::error!(%error, "what does things in the cluster broke down");
            }
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
    end.map(Exit::from).map_err(Failure::other)
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
