//! Why a stage fails or does not end: from the words that were printed, and by looking, on the nodes
//! and at what OCI has. It reads and tells; what is to be done about it is somebody's to ask for.

mod asking;
mod cloud;
mod commands;
mod firewall;
mod look;
mod pods;
mod rule;
mod standing;
mod told;
mod watch;
mod words;

pub(super) use standing::Standing;
pub(super) use watch::run;
pub(super) use words::meaning;
