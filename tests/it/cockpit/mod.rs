//! The cockpit: every pane drawn, the whole app with a fake terminal, the program in a real one.

pub(crate) mod program;
pub(crate) mod stage;
pub(crate) mod world;

mod app;
mod apps;
mod dns;
mod failures;
mod inside;
mod nodes;
mod picture;
mod presented;
mod reading;
mod routes;
mod screens;
