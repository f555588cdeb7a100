//! What can be done with a row of each pane, and when: one file a pane.

pub(super) mod apps;
pub(super) mod apps_page;
pub(super) mod certs;
pub(super) mod dns;
pub(super) mod events;
pub(super) mod inside;
pub(super) mod nodes;
mod outward;
pub(super) mod pods;
pub(super) mod routes;
pub(super) mod secrets;
