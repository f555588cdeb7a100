//! Taking a cluster away: only what bears its tag, in the order that OCI demands.

use std::collections::BTreeSet;

use crate::domain::plan::{Action, ResourceKey, ResourceKind, Step};

use super::kinds::Found;
use super::survey::Survey;

/// The kinds in the order in which they can go: what uses something goes before what it uses.
const ORDER: [ResourceKind; 8] = [
    ResourceKind::Instance,
    ResourceKind::PublicIp,
    ResourceKind::Quota,
    ResourceKind::Subnet,
    ResourceKind::RouteTable,
    ResourceKind::SecurityList,
    ResourceKind::InternetGateway,
    ResourceKind::Vcn,
];

/// A delete for everything found. A resource waits for all of the kinds that may use it, so that
/// one made by hand or by another configuration goes in the right order as well.
pub(super) fn steps(survey: &Survey) -> Vec<Step> {
    let mut all: Vec<&Found> = survey.found.values().flatten().collect();
    all.sort_by_key(|found| (place(found.kind), found.key.clone(), found.id.clone()));
    let mut taken = BTreeSet::new();
    let keys: Vec<ResourceKey> = all
        .iter()
        .map(|found| unique(&found.key, &mut taken))
        .collect();
    let step = |(found, key): (&&Found, &ResourceKey)| Step {
        key: key.clone(),
        kind: found.kind,
        name: found.name.clone(),
        action: Action::Delete,
        id: Some(found.id.clone()),
        needs: all
            .iter()
            .zip(&keys)
            .filter(|(other, _)| stands_on(other.kind, found.kind))
            .map(|(_, key)| key.clone())
            .collect(),
        summary: found.state.clone(),
        drift: Vec::new(),
        estimate: None,
    };
    all.iter().zip(&keys).map(step).collect()
}

/// Two resources may bear one key (a copy made by hand): the second gets a number.
fn unique(key: &ResourceKey, taken: &mut BTreeSet<ResourceKey>) -> ResourceKey {
    let numbered = (2..).map(|number| ResourceKey::new(format!("{key}#{number}")));
    let free = std::iter::once(key.clone())
        .chain(numbered)
        .find(|key| !taken.contains(key));
    let free = free.unwrap_or_else(|| key.clone());
    taken.insert(free.clone());
    free
}

fn place(kind: ResourceKind) -> usize {
    ORDER
        .iter()
        .position(|other| *other == kind)
        .unwrap_or(ORDER.len())
}

/// Whether a resource of kind `above` can stand in the way of deleting one of kind `used`.
fn stands_on(above: ResourceKind, used: ResourceKind) -> bool {
    match used {
        ResourceKind::Instance
        | ResourceKind::Quota
        | ResourceKind::PublicIpAssignment
        | ResourceKind::DefaultRoute
        | ResourceKind::Other => false,
        ResourceKind::PublicIp | ResourceKind::Subnet => above == ResourceKind::Instance,
        ResourceKind::RouteTable | ResourceKind::SecurityList => above == ResourceKind::Subnet,
        ResourceKind::InternetGateway => above == ResourceKind::RouteTable,
        ResourceKind::Vcn => above != ResourceKind::Vcn,
    }
}
