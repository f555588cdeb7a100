//! Performs what the screen asks for.

use std::io;

use super::open::open;
use crate::effect::Effect;
use crate::term::Screen;
use crate::ui::panes::signs::{self, Sign};

/// What came of an effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Done {
    /// Nothing that needs a word.
    Quietly,
    /// Something to say.
    Say(Sign, String),
    /// It is not the terminal's: whoever leads the session does it.
    Elsewhere(Effect),
    /// The session ends.
    Quit,
}

/// Performs one effect on the terminal. Only a terminal that has gone away is an error.
pub(super) fn perform(screen: &mut impl Screen, effect: Effect) -> io::Result<Done> {
    match effect {
        Effect::Quit => return Ok(Done::Quit),
        Effect::Suspend => screen.suspend()?,
        Effect::Redraw => screen.clear()?,
        Effect::CaptureMouse(wanted) => screen.capture_mouse(wanted)?,
        Effect::Copy { what, text } => {
            let said = match screen.copy(&text) {
                Ok(()) => Done::Say(signs::OK, format!("{what} copied: {}", shortened(&text))),
                Err(error) => Done::Say(signs::BAD, format!("{what} not copied: {error}")),
            };
            return Ok(said);
        }
        Effect::Open(url) => return Ok(opened(screen, &url)),
        // The screen shows objects and asks questions itself.
        Effect::Show { .. } | Effect::Confirm(_) | Effect::Choose { .. } => {}
        Effect::Ask(_)
        | Effect::Begin(_)
        | Effect::Node(_)
        | Effect::Act(_)
        | Effect::Review(_)
        | Effect::Compare(_)
        | Effect::StopForward(_)
        | Effect::Check(_)
        | Effect::OpenLog(_)
        | Effect::CloseLog
        | Effect::Read(_)
        | Effect::Prove(_)
        | Effect::Save { .. }
        | Effect::Break(_) => {
            return Ok(Done::Elsewhere(effect));
        }
    }
    Ok(Done::Quietly)
}

/// Opens an address; one that cannot be opened is shown and copied.
fn opened(screen: &mut impl Screen, url: &str) -> Done {
    let Err(why) = open(url) else {
        return Done::Say(signs::OK, format!("opened: {}", shortened(url)));
    };
    let copied = match screen.copy(url) {
        Ok(()) => "copied",
        Err(_) => "not copied",
    };
    Done::Say(signs::WARN, format!("{why}; {copied}: {}", shortened(url)))
}

/// The first line of what was copied.
fn shortened(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default().replace('\t', "  ");
    crate::ui::widgets::write::cut(&line, 48)
}
