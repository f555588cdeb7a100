//! What of a resource is not as it should be, field by field.
//!
//! Each family compares in one pure function, which serves twice: the plan shows what differs, and
//! the restore sends it. The image, the user data, the SSH key, the place and other people's tags
//! are not compared.

mod compared;
mod instance;
mod network;
mod security;

pub(super) use compared::{Compared, Difference, Target, body};
pub(super) use instance::{boot_volume, instance, machine, oversized, vnic};
pub(super) use network::{
    assignment, default_route, gateway, public_ip, quota, route_table, subnet, vcn,
};
pub(super) use security::security_list;

use crate::domain::plan::{ResourceKey, ResourceKind};
use crate::provision::blueprint::Part;

use super::kinds::Found;
use super::{Engine, Survey};

/// Stands for the OCID of the ingress node's primary private address in [`Wanted::id`].
pub(super) const INGRESS_ADDRESS: &str = "the ingress node's private address";

/// What a resource is held against.
pub(super) struct Wanted<'a> {
    pub(super) engine: &'a Engine,
    pub(super) survey: &'a Survey,
    /// The OCID that stands for a key; none where it is yet to be made.
    pub(super) id: &'a dyn Fn(&str) -> Option<String>,
}

impl Wanted<'_> {
    /// What differs of the resource that stands for `part`.
    pub(super) fn differences(&self, part: &Part, found: &Found) -> Vec<Difference> {
        let seen = &self.survey.seen;
        let id = found.id.as_str();
        let none = Vec::new;
        match part.kind {
            ResourceKind::Vcn => seen
                .vcns
                .iter()
                .find(|it| it.id == id)
                .map_or_else(none, |it| vcn(self, part, it)),
            ResourceKind::InternetGateway => seen
                .gateways
                .iter()
                .find(|it| it.id == id)
                .map_or_else(none, |it| gateway(part, it)),
            ResourceKind::RouteTable => seen
                .routes
                .iter()
                .find(|it| it.id == id)
                .map_or_else(none, |it| route_table(self, part, it)),
            ResourceKind::DefaultRoute => seen
                .routes
                .iter()
                .find(|it| it.id == id)
                .map_or_else(none, |it| default_route(self, it)),
            ResourceKind::SecurityList => seen
                .security
                .iter()
                .find(|it| it.id == id)
                .map_or_else(none, |it| security_list(self, part, it)),
            ResourceKind::Subnet => seen
                .subnets
                .iter()
                .find(|it| it.id == id)
                .map_or_else(none, |it| subnet(self, part, it)),
            ResourceKind::PublicIp => seen
                .public_ips
                .iter()
                .find(|it| it.id == id)
                .map_or_else(none, |it| public_ip(part, it)),
            ResourceKind::PublicIpAssignment => seen
                .public_ips
                .iter()
                .find(|it| it.id == id)
                .map_or_else(none, |it| assignment(self, it)),
            ResourceKind::Quota => self.survey.guard().map_or_else(none, |it| quota(self, it)),
            ResourceKind::Instance => machine(self, part, id),
            ResourceKind::Other => none(),
        }
    }

    /// As [`Wanted::id`], for a key of the blueprint.
    fn of(&self, key: &ResourceKey) -> Option<String> {
        (self.id)(&key.0)
    }

    /// What a route leads to, in words; one that leads nowhere drops what it carries.
    fn entity(&self, id: &str) -> String {
        let seen = &self.survey.seen;
        let gateway = seen.gateways.iter().find(|it| it.id == id);
        let address = seen.private_ips.iter().find(|it| it.id == id);
        match (gateway, address) {
            (Some(gateway), _) => gateway.display_name.clone(),
            (None, Some(address)) => address.ip_address.clone(),
            (None, None) => format!("{id}, which is not there"),
        }
    }

    /// OCIDs (one, or several with spaces between), those of the cluster's own as their keys.
    fn named(&self, ids: &str) -> String {
        let named = |id: &str| {
            let all = self.survey.found.values().flatten();
            let found = all.into_iter().find(|found| found.id == id);
            found.map_or_else(|| id.to_owned(), |found| found.key.0.clone())
        };
        let all: Vec<String> = ids.split(' ').map(named).collect();
        all.join(", ")
    }
}
