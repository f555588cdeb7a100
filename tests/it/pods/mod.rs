//! What a person can have done in the cluster, and read of it, against the lab: what the objects became,
//! and what was asked of its authorisation.

mod desk;
mod nodes;
mod reading;
mod whole;
mod workloads;
