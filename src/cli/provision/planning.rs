//! Planning from the command line: what is done for it, as one line that changes on a terminal, and
//! elsewhere as lines without what is only worth a glance.

use std::io::{self, IsTerminal};
use std::sync::Arc;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::app::cloud::Cloud;
use crate::cli::{Failure, Globals, output};
use crate::domain::plan::Operation;
use crate::domain::planning::Planning;
use crate::provision::Planned;
use crate::provision::onlooker::Onlooker;

/// What `operation` would do, found out under the eyes of a person.
pub(in crate::cli) async fn planned(
    cloud: &Cloud,
    operation: Operation,
) -> Result<Planned, Failure> {
    let bar = io::stderr().is_terminal().then(bar);
    let onlooker = bar
        .clone()
        .map_or_else(|| Onlooker::new(|now| say(&now)), watched);
    let watched = cloud.clone().watched_by(onlooker);
    let planned = watched.plan(operation, Globals::ssh_passphrase()).await;
    if let Some(bar) = bar {
        bar.finish_and_clear();
    }
    Ok(planned?)
}

fn bar() -> Arc<ProgressBar> {
    let target = ProgressDrawTarget::stderr_with_hz(15);
    let bar = ProgressBar::with_draw_target(None, target);
    if let Ok(style) = ProgressStyle::with_template("{spinner} {wide_msg} {elapsed}") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(120));
    Arc::new(bar)
}

fn watched(bar: Arc<ProgressBar>) -> Onlooker {
    Onlooker::new(move |now: Planning| {
        if let Planning::Retrying { .. } = now {
            bar.println(format!("◌ {now}"));
        } else {
            bar.set_message(now.to_string());
        }
    })
}

fn say(now: &Planning) {
    if now.is_passing() {
        return;
    }
    if output::error_text(&format!("◌ {now}\n")).is_err() {
        tracing::debug!(%now, "what planning does could not be told");
    }
}
