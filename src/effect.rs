//! Everything that the screen can ask the program to do.
//!
//! Effects are plain data: a pane returns them, `app` performs them and answers with a message or
//! an event. Nothing here touches a terminal, a file or a network.

mod acting;
mod changing;
mod offer;

pub use offer::Offer;

use crate::domain::action::{Action, Right};
use crate::domain::bootstrap::NodeAct;
use crate::domain::comparison::ResourceRef;
use crate::domain::journey::Begin;
use crate::domain::object::ObjectRef;
use crate::domain::reading::{LogWish, Thing};
use crate::domain::setup::Ask;

/// A tab of the cockpit, in the order in which they stand. The first three are the way to a cluster
/// and stand there only while it is gone.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, strum::EnumIter, strum::Display,
)]
pub enum Place {
    /// The wizard.
    Setup,
    /// How the network and the nodes are made.
    Provision,
    /// How the nodes come up.
    Bootstrap,
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
    /// Secrets from outside.
    Secrets,
}

/// What a person is asked before something is done that costs money or is hard to undo.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confirmation {
    /// The question, in one line.
    pub title: String,
    /// What will be done, where, what it costs: a name and a value each.
    pub says: Vec<(String, String)>,
    /// How to undo it.
    pub undo: String,
    /// What must be typed for a yes, letter by letter; a key is enough where absent.
    pub typed: Option<String>,
    /// What a yes does, in a few words.
    pub yes: String,
    /// What follows on a yes.
    pub then: Vec<Effect>,
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
    /// Find something out, or do it, for the wizard.
    Ask(Ask),
    /// Let the session begin something.
    Begin(Begin),
    /// Do something on a node, or for it.
    Node(NodeAct),
    /// Do something in the cluster.
    Act(Action),
    /// Find out whether these are permitted.
    Review(Vec<Right>),
    /// Compare a resource with what was applied.
    Compare(ResourceRef),
    /// Open the log of a pod, in place of the one that is open. The screen opens its view.
    OpenLog(LogWish),
    /// The log that is open is read no longer.
    CloseLog,
    /// Read an object as a whole. The screen opens its view.
    Read(Thing),
    /// Save a text as a file of its own.
    Save {
        /// What the file is called, without the time and the ending.
        name: String,
        /// What stands in it.
        text: String,
    },
    /// Break something in the lab on purpose, by its name.
    Break(String),
    /// Ask a person first. The screen does this itself.
    Confirm(Box<Confirmation>),
    /// Open one object in its tab. The screen does this itself.
    Show {
        /// Where.
        place: Place,
        /// Which.
        id: ObjectRef,
    },
    /// Go the way to the proof of a challenge, as a visitor would. The screen opens its view.
    Prove(ObjectRef),
    /// Open a web page in the browser, or copy its address where there is none.
    Open(String),
    /// Ask which of several is meant. The screen does this itself.
    Choose {
        /// What is chosen, as a heading.
        title: String,
        /// What there is to choose from.
        offers: Vec<Offer>,
    },
    /// Stop forwarding a port, by its address on this machine.
    StopForward(ObjectRef),
    /// Look at these resources from now on, in place of those before; at none where there are none.
    Check(Vec<ResourceRef>),
}
