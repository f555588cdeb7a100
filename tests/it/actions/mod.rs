//! Actions on the cluster, each against a lab whose controllers react: what the object became, and what
//! was asked of authorisation.

mod applications;
mod certificates;
mod comparing;
mod desk;
mod keys;
mod lost;
mod proofs;
mod refused;
mod rollback;
mod secrets;
