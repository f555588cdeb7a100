//! What a person can have done about a node while it is followed, over the connections that
//! following has. One thing at a time is done on a node; each tells that it began and how it ended.

mod again;
mod desk;
mod forget;
mod save;
mod token;

pub(super) use desk::run;
