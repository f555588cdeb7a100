//! `plan`, `apply` and `destroy`: the program itself against the lab's OCI.

mod bad_days;
mod calls;
mod desk;
mod destroy;
mod drift;
mod errors;
mod forced;
mod graph;
mod hunting;
mod journey;
mod killed;
mod process;
pub(crate) mod real_sdk;
mod replace;
mod resume;
mod session;
mod takeover;
mod terraform;
mod terraform_hunt;
mod tofu;
mod told;
mod user_data;
mod world;
