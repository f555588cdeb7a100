//! The lab's OCI as a client sees it: signatures, refusals, paging, tokens, lifecycles, launches.

mod changes;
pub(crate) mod client;
mod holds;
pub(crate) mod launches;
mod luck;
mod networks;
mod others;
mod program;
mod quotas;
mod real_cli;
mod signatures;
