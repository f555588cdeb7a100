//! Reads what a person opens: the log of a pod for as long as its view is open, an object as a whole.
//! It changes nothing in the cluster; on this machine it saves what a person asks to be saved.

mod checkup;
mod container;
mod gather;
mod proof;
mod reader;
mod save;

pub use reader::Reader;
