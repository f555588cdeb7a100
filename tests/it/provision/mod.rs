//! `plan`, `apply` and `destroy`: the program itself against the lab's OCI.

mod bad_days;
mod journey;
mod session;
mod user_data;
