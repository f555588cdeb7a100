//! Runs of Terraform, which hunt for hosts where launches are turned away for want of one.
//!
//! The first run ([`whole`]) carries out all that was agreed to. Where nothing but launches failed, and
//! those for want of room, each further launch is a run of its own ([`tries`]): planned for that node
//! alone, at the place whose turn it is. Once all nodes are had, one more run does the rest. All of it is
//! told as one run; who launches where and when is decided by [`crate::provision::hunt`].

mod agreement;
mod board;
mod tries;
mod whole;

pub(in crate::provision) use whole::{Beginning, Run};
