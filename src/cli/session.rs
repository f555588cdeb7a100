//! `k3scope` without a command: the session that begins wherever this cluster stands.

use std::fs;
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::mpsc;

use super::screen::{log_file, look, on_terminal, runtime};
use super::signals::Stop;
use super::{Exit, Failure, Globals, output};
use crate::app::journey::{Journey, Left, Start};
use crate::app::setup::{Ground, draft};
use crate::app::{App, Inputs, Recorder, Seeker, Session, feeds};
use crate::config::{Layout, Loaded, annotated};
use crate::domain::event::Event;
use crate::kube::Access;
use crate::sources::CHANNEL;
use crate::telemetry::{self, Telemetry};
use crate::term::Tty;
use crate::ui::moment::lasted;
use crate::ui::{Cockpit, Look};
use crate::wizard::Base;

/// What a screen asks for that may wait to be begun.
const ASKED: usize = 64;
/// How long the end of what runs is waited for in silence.
const SILENCE: Duration = Duration::from_secs(1);

/// What a session is made of.
pub(super) struct Parts {
    pub(super) start: Start,
    /// What the wizard begins with.
    pub(super) wizard: Base,
    pub(super) look: Look,
    pub(super) recorder: Option<Recorder>,
    pub(super) telemetry: Telemetry,
    /// Where everything is told, and the end at which it is read.
    pub(super) channel: (mpsc::Sender<Event>, mpsc::Receiver<Event>),
}

pub(super) fn run(globals: &Globals) -> Result<Exit, Failure> {
    on_terminal(
        "k3scope",
        "`k3scope apply`, `k3scope bootstrap` and `k3scope status` are for scripts",
    )?;
    let base = globals
        .config
        .exists()
        .then(|| globals.load_trusted())
        .transpose()?;
    let start = Start {
        ground: ground(globals, base)?,
        setup_first: false,
        standing: None,
        breaker: None,
        guests: None,
        sought: None,
    };
    let wizard = wizard(&start.ground)?;
    let mut look = look(globals)?;
    look.badges.read_only = start.ground.read_only;
    let recorder = globals.recorder()?;
    runtime()?.block_on(async {
        lead(Parts {
            start,
            wizard,
            look,
            recorder,
            telemetry: telemetry::start(log_file().as_deref(), globals.verbose)
                .map_err(Failure::other)?,
            channel: mpsc::channel(CHANNEL),
        })
        .await
    })
}

/// Where a session stands whose `cluster.toml` is `base`, or is not there yet.
pub(super) fn ground(globals: &Globals, base: Option<Loaded>) -> Result<Ground, Failure> {
    let config = match &base {
        Some(loaded) => loaded.path.clone(),
        None => std::path::absolute(&globals.config).map_err(Failure::configuration)?,
    };
    let read_only = globals.access(base.as_ref()) == Access::ReadOnly;
    Ok(Ground {
        config,
        clock: feeds::clock(base.as_ref()),
        base,
        passphrase: Globals::oci_passphrase(),
        ssh_passphrase: Globals::ssh_passphrase(),
        read_only,
    })
}

/// What the wizard begins with: what stands there, or the annotated reference layout.
pub(super) fn wizard(ground: &Ground) -> Result<Base, Failure> {
    let text = match &ground.base {
        Some(_) => fs::read_to_string(&ground.config).map_err(Failure::configuration)?,
        None => annotated(Layout::Reference),
    };
    let workspace = ground.config.parent().unwrap_or(Path::new("/"));
    Ok(Base {
        text,
        workspace: workspace.to_owned(),
        draft: draft(&ground.config),
        exists: ground.base.is_some(),
    })
}

/// Runs the session until the person leaves, and then until what was begun can be left.
pub(super) async fn lead(parts: Parts) -> Result<Exit, Failure> {
    let Telemetry { lines, writer } = parts.telemetry;
    let (sender, events) = parts.channel;
    let (work, effects) = mpsc::channel(ASKED);
    let (invite, guests) = mpsc::channel(1);
    let (seeker, sought) = Seeker::new();
    let clock = parts.start.ground.clock;
    let lasts = !parts.look.badges.lab;
    let mut cockpit = Cockpit::new(parts.look);
    cockpit.set_up(&parts.wizard);
    let session = Session {
        inputs: Inputs::from_terminal().map_err(Failure::other)?,
        events,
        log: lines,
        recorder: parts.recorder,
        replay: false,
        work: Some(work),
        guests: Some(guests),
        seeker: Some(seeker),
        clock,
    };
    let app = App::new(Tty::take().map_err(Failure::other)?, cockpit, session);
    let start = Start {
        guests: Some(invite),
        sought: Some(sought),
        ..parts.start
    };
    let journey = Journey::start(start, effects, sender);
    let end = app.run().await;
    let left = leave(journey).await?;
    // What a lab of this session would go on with ends with it.
    if let Some(left) = left.filter(|_| lasts) {
        output::error_text(&goodbye(&left))?;
    }
    drop(writer);
    end.map(Exit::from).map_err(Failure::other)
}

/// Waits for the requests under way, and says so where it takes a while; a signal leaves at once.
async fn leave(journey: Journey) -> Result<Option<Left>, Failure> {
    let mut signals = Stop::listen().map_err(Failure::other)?;
    let clock = crate::clock::Clock::default();
    let under_way = journey.under_way();
    let stopping = journey.stop();
    tokio::pin!(stopping);
    if let Ok(left) = clock.timeout(SILENCE, &mut stopping).await {
        return Ok(left);
    }
    output::error_text(&waits_for(&under_way.borrow(), clock.now()))?;
    tokio::select! {
        left = &mut stopping => Ok(left),
        () = signals.received() => Ok(None),
    }
}

/// What the end of a session waits for.
fn waits_for(under_way: &[(String, Timestamp)], now: Timestamp) -> String {
    let names: Vec<String> = (under_way.iter())
        .map(|(name, since)| format!("{name} ({})", lasted(now.duration_since(*since))))
        .collect();
    let what = match names.as_slice() {
        [] => "stopping after the requests under way".to_owned(),
        names => format!("stopping: waiting for {}", names.join(", ")),
    };
    format!("{what}; Ctrl-C leaves at once\n")
}

/// How a hunt that ended with the session is kept running without one.
fn goodbye(left: &Left) -> String {
    let Left { tried, unattended } = left;
    format!(
        "The hunt for capacity stopped with this session, after {tried} tries; the next start goes \
         on with it.\nTo keep it running unattended:\n  nohup {unattended} >k3scope.log 2>&1 &\n\
         or below `systemd-run --user` or in `tmux` instead of `nohup`.\n"
    )
}
