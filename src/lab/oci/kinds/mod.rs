//! The table of resource types: paths, fields, lifecycles and rules. What is special to a type is a
//! function named here and written in the file of its concern.
//!
//! Fields follow the API's `Create…Details` and `Update…Details`; durations are in seconds at pace 1.

mod account;
mod compute;
mod kind;
mod network;

pub(super) use account::{QUOTA, VAULT};
pub(super) use compute::{
    BOOT_VOLUME, BOOT_VOLUME_ATTACHMENT, CONSOLE_HISTORY, INSTANCE, VNIC_ATTACHMENT,
    VOLUME_ATTACHMENT,
};
pub(super) use kind::Kind;
pub(super) use network::{
    DHCP_OPTIONS, INTERNET_GATEWAY, IPV6, PRIVATE_IP, PUBLIC_IP, ROUTE_TABLE, SECURITY_LIST,
    SUBNET, VCN, VNIC,
};

/// Every collection under the core service's base path.
pub(super) static ALL: [&Kind; 16] = [
    &VCN,
    &INTERNET_GATEWAY,
    &ROUTE_TABLE,
    &SECURITY_LIST,
    &DHCP_OPTIONS,
    &SUBNET,
    &INSTANCE,
    &VNIC_ATTACHMENT,
    &VNIC,
    &PRIVATE_IP,
    &PUBLIC_IP,
    &BOOT_VOLUME,
    &BOOT_VOLUME_ATTACHMENT,
    &CONSOLE_HISTORY,
    &VOLUME_ATTACHMENT,
    &IPV6,
];
