//! `k3scope bootstrap`: follows the nodes until the cluster is healthy, for a person or a script.
//!
//! It ends with 0 only when the cluster is healthy, with 1 when a stage has failed for good, and with
//! 3 when the time is over before either: a stage that has failed by then and is tried again is named.

mod bars;
mod shown;
mod words;

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use self::shown::Shown;
use super::signals::Stop;
use super::status::duration;
use super::{Exit, Failure, Globals, provision};
use crate::app::headless::{self, Came};
use crate::clock::Clock;
use crate::domain::event::Event;
use crate::store::Store;

/// Arguments of `bootstrap`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Print every event as a line of JSON.
    #[arg(long)]
    json: bool,
    /// How long to follow at most, such as `20m`.
    #[arg(long, value_name = "TIME", default_value = "30m", value_parser = duration)]
    timeout: Duration,
}

pub(super) async fn run(args: &Args, globals: &Globals) -> Result<Exit, Failure> {
    let loaded = globals.load_trusted()?;
    let cloud = provision::open(globals)?;
    let recorder = globals.recorder()?;
    let mut signals = Stop::listen().map_err(Failure::other)?;
    let stop = CancellationToken::new();
    let clock = cloud.engine.direct.clock;
    let mut shown = Shown::new(args.json, recorder, clock);
    let came = {
        let told = |event: Option<&Event>, store: &Store| shown.take(event, store);
        let following = headless::bootstrap(&loaded, &cloud, args.timeout, &stop, told);
        tokio::pin!(following);
        tokio::select! {
            came = &mut following => came,
            () = signals.received() => {
                stop.cancel();
                following.await
            }
        }
    };
    let (store, came) = came?;
    shown.end()?;
    conclude(&store, came, clock)
}

fn conclude(store: &Store, came: Came, clock: Clock) -> Result<Exit, Failure> {
    match came {
        Came::Healthy => {
            super::output::error_text("✔ the cluster is healthy\n")?;
            Ok(Exit::Well)
        }
        Came::Stopped => Ok(Exit::Interrupted),
        Came::Failed(verdict) => Err(words::verdict(*verdict, store.bootstrap.as_ref()).into()),
        Came::TimedOut(failed) => {
            let bootstrap = store.bootstrap.as_ref();
            let waits = bootstrap.map(|it| words::waits(it, clock.now()));
            let failed = failed.as_deref();
            Err(Failure::timed_out(
                "the cluster is not healthy yet",
                &words::unsettled(failed, waits.unwrap_or_default()),
                "run it again: it goes on from where the nodes are",
            ))
        }
    }
}
