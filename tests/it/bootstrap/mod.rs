//! From an empty tenancy to a healthy cluster and to its nodes: the program against the lab, as an
//! operator would run it.

mod bad_days;
mod diagnosed;
mod healthy;
mod operator;
mod rough_ways;
mod secrets;
