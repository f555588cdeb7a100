//! Everything that the screen can ask the program to do.
//!
//! Effects are plain data: a pane returns them, `app` performs them and answers with a message or
//! an event. Nothing here touches a terminal, a file or a network.

use crate::domain::object::ObjectRef;

/// A tab of the cockpit, in the order in which they stand.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, strum::EnumIter, strum::Display,
)]
pub enum Place {
    /// What is well and what is not.
    Bridge,
    /// Applications.
    Apps,
    /// Certificates.
    Certs,
    /// DNS records.
    #[strum(to_string = "DNS")]
    Dns,
    /// Routes.
    Routes,
    /// Nodes.
    Nodes,
    /// Pods.
    Pods,
    /// The cluster's events.
    Events,
    /// Our own log.
    Log,
}

/// What the program must do for the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// End the session.
    Quit,
    /// Stop the process as Ctrl-Z does; the shell's `fg` comes back.
    Suspend,
    /// Clear the terminal and draw everything.
    Redraw,
    /// Put a text on the clipboard (OSC 52).
    Copy {
        /// What it is, for the message that follows.
        what: String,
        /// What is copied.
        text: String,
    },
    /// Take the mouse, or leave it to the terminal.
    CaptureMouse(bool),
    /// Open one object in its tab. The screen does this itself.
    Show {
        /// Where.
        place: Place,
        /// Which.
        id: ObjectRef,
    },
}
