//! The way to a cluster on the screen: the plan, the run, the nodes coming up, and the tabs, keys and
//! questions around them.

mod nodes;
mod panes;
mod session;
mod steps;
