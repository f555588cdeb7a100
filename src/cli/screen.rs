//! What everything with a screen shares: how it looks, where it logs, that there is a terminal.

use std::path::PathBuf;

use etcetera::BaseStrategy;
use jiff::tz::TimeZone;
use tokio::runtime::Runtime;

use super::{Exit, Failure, Globals, own_keys};
use crate::app::End;
use crate::term;
use crate::theme::{BUILTIN, Depth, Theme, builtin, default_for};
use crate::ui::Look;
use crate::ui::frame::header::Badges;

/// Refuses to draw where nobody could see it; `what` needs the terminal, `instead` does not.
pub(super) fn on_terminal(what: &str, instead: &str) -> Result<(), Failure> {
    if term::interactive() {
        return Ok(());
    }
    Err(Failure::configuration(format!(
        "{what} needs a terminal for its screen and its keys; {instead}"
    )))
}

/// A runtime whose threads nobody else uses.
pub(super) fn runtime() -> Result<Runtime, Failure> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(Failure::other)
}

/// How the session looks.
pub(super) fn look(globals: &Globals) -> Result<Look, Failure> {
    let depth = Depth::detect(|name| std::env::var(name).ok());
    let first = globals.theme.as_deref().unwrap_or(default_for(depth));
    let chosen = builtin(first).map_err(Failure::configuration)?;
    let others = BUILTIN.iter().filter(|(name, _)| *name != first);
    let mut themes: Vec<Theme> = vec![chosen];
    for (name, _) in others {
        themes.push(builtin(name).map_err(Failure::other)?);
    }
    Ok(Look {
        keymap: own_keys::keymap()?,
        themes: themes.into_iter().map(|theme| theme.at(depth)).collect(),
        zone: TimeZone::system(),
        badges: Badges {
            read_only: globals.read_only,
            replay: globals.replay.is_some(),
            recording: globals.record.is_some(),
            lab: false,
        },
        breakages: Vec::new(),
    })
}

/// The log's file, where there is a place for it; a session goes on without one.
pub(super) fn log_file() -> Option<PathBuf> {
    let base = etcetera::choose_base_strategy().ok()?;
    let folder = base
        .state_dir()
        .unwrap_or_else(|| base.data_dir())
        .join("k3scope");
    std::fs::create_dir_all(&folder).ok()?;
    Some(folder.join("k3scope.log"))
}

impl From<End> for Exit {
    fn from(end: End) -> Self {
        match end {
            End::Quit => Self::Well,
            End::Interrupted => Self::Interrupted,
        }
    }
}
