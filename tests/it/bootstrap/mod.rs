//! From an empty tenancy to a healthy cluster and to its nodes: the program against the lab, as an
//! operator would run it.

mod bad_days;
mod diagnosed;
mod exits;
mod healthy;
pub(crate) mod join_token;
mod operator;
mod rebuilt;
mod rough_ways;
mod secrets;
