//! How nodes come up and become a cluster: the stages, what is told of them, how long they usually
//! take, what keeps them, and what can be done about it.

mod act;
mod cause;
mod event;
mod stage;
mod usual;

pub use act::{JOIN_TOKEN, NodeAct};
pub use cause::{Cause, Diagnosis, Remedy};
pub use event::{
    BootstrapEvent, Followed, LogOrigin, MARKER_END, MARKER_START, Outcome, Progress, Subject,
};
pub use stage::{Goal, Stage};
pub use usual::{Pace, Usual};
