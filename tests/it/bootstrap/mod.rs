//! From an empty tenancy to a healthy cluster and to its nodes: the program against the lab, as an
//! operator would run it.

mod bad_days;
mod healthy;
mod operator;
