//! Actions on the cluster, each against a lab whose controllers react: what the object became, and what
//! was asked of authorisation.

mod applications;
mod certificates;
mod checkups;
mod comparing;
mod desk;
mod failures;
mod forwards;
mod keys;
mod lost;
mod proofs;
mod refused;
mod rights;
mod rollback;
mod scope;
mod secrets;
mod shells;
mod terminal;
