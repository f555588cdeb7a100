//! The lab's OCI as a client sees it: signatures, refusals, paging, tokens, lifecycles, launches.

mod client;
mod launches;
mod networks;
mod program;
mod real_cli;
mod signatures;
