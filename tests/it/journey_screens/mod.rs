//! The way to a cluster on the screen: the plan, the run, the nodes coming up, and the tabs, keys and
//! questions around them.

mod drifted;
mod hunting;
mod nodes;
mod panes;
mod provisioning;
mod session;
mod steps;
mod stopping;
