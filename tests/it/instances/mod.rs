//! The cluster's instances at OCI: followed, measured, and acted on, against a lab that has both the
//! cluster and its cloud.

mod acts;
mod desk;
mod followed;
mod real_sdk;
