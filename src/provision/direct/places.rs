//! Where nodes are launched: the availability domains that offer the shape, with their fault domains.
//!
//! Nodes are spread, so that one broken host or data centre takes as few of them as can be. Where a
//! node stands already is nobody's concern here.

use std::collections::BTreeMap;

use crate::domain::hunt::Place;
use crate::domain::plan::ResourceKey;
use crate::domain::problem::Problem;
use crate::domain::topology::A1_SHAPE;
use crate::oci::model::{AvailabilityDomain, FaultDomain};
use crate::provision::blueprint::node_key;

use super::Engine;
use super::meaning::{Unplanned, unplanned};

/// Where nodes can be launched.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Places {
    /// The place of each node's first launch.
    pub(super) preferred: BTreeMap<ResourceKey, Place>,
    /// Every place with the shape: each domain as a whole first, then each fault domain.
    pub(super) all: Vec<Place>,
}

/// An availability domain that offers the shape, and its fault domains.
struct Domain {
    name: String,
    faults: Vec<String>,
}

impl Engine {
    /// The availability domains that may be used: all, or the one that is configured.
    pub(super) async fn domains(&self) -> Result<Vec<String>, Unplanned> {
        let query = [("compartmentId", self.client.profile().tenancy())];
        let domains = self
            .client
            .list::<AvailabilityDomain>(&query)
            .await
            .map_err(|error| unplanned("list the availability domains", &error))?;
        let names: Vec<String> = domains.into_iter().map(|domain| domain.name).collect();
        let Some(wanted) = &self.topology.availability_domain else {
            return if names.is_empty() {
                Err(no_domain("the tenancy shows none").into())
            } else {
                Ok(names)
            };
        };
        let by_number = || wanted.parse::<usize>().ok()?.checked_sub(1);
        let found = names
            .iter()
            .find(|name| *name == wanted)
            .or_else(|| names.get(by_number()?));
        found.map(|name| vec![name.clone()]).ok_or_else(|| {
            no_domain(&format!("{wanted} is not one of {}", names.join(", "))).into()
        })
    }

    /// The places of `domains` that offer the shape; two calls a domain, all at once.
    pub(super) async fn places(&self, domains: &[String]) -> Result<Places, Unplanned> {
        let looked = domains.iter().map(|name| self.domain(name));
        let looked = futures::future::try_join_all(looked).await?;
        let offering: Vec<Domain> = looked.into_iter().flatten().collect();
        if offering.is_empty() {
            let known = domains.join(", ");
            return Err(no_domain(&format!("none of {known} offers {A1_SHAPE}")).into());
        }
        let nodes = self.topology.nodes.iter().map(node_key);
        Ok(spread(nodes, &offering))
    }

    /// The domain, if it offers the shape.
    async fn domain(&self, name: &str) -> Result<Option<Domain>, Unplanned> {
        let query = [
            ("compartmentId", self.client.profile().tenancy()),
            ("availabilityDomain", name),
        ];
        let (offers, faults) = tokio::join!(
            self.client.offers(A1_SHAPE, name),
            self.client.list::<FaultDomain>(&query)
        );
        let offers = offers.map_err(|error| unplanned("list the shapes", &error))?;
        let faults = faults.map_err(|error| unplanned("list the fault domains", &error))?;
        Ok(offers.then(|| Domain {
            name: name.to_owned(),
            faults: faults.into_iter().map(|fault| fault.name).collect(),
        }))
    }
}

/// Node i goes to domain i mod n, and there to fault domain i mod m.
fn spread(nodes: impl Iterator<Item = ResourceKey>, domains: &[Domain]) -> Places {
    let preferred = nodes
        .zip(domains.iter().cycle())
        .enumerate()
        .map(|(number, (key, domain))| {
            let place = Place {
                availability_domain: domain.name.clone(),
                fault_domain: domain.faults.iter().cycle().nth(number).cloned(),
            };
            (key, place)
        })
        .collect();
    let whole = domains.iter().map(|domain| place(domain, None));
    let parts = domains.iter().flat_map(|domain| {
        domain
            .faults
            .iter()
            .map(|fault| place(domain, Some(fault.clone())))
    });
    Places {
        preferred,
        all: whole.chain(parts).collect(),
    }
}

fn place(domain: &Domain, fault_domain: Option<String>) -> Place {
    Place {
        availability_domain: domain.name.clone(),
        fault_domain,
    }
}

fn no_domain(detail: &str) -> Problem {
    Problem {
        title: "no availability domain to launch in".to_owned(),
        detail: crate::domain::text::line(detail),
        next: "set availability_domain under [oci] in cluster.toml".to_owned(),
        request_id: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn domains(count: usize) -> Vec<Domain> {
        (1..=count)
            .map(|number| Domain {
                name: format!("x:AD-{number}"),
                faults: (1..=3).map(|f| format!("FAULT-DOMAIN-{f}")).collect(),
            })
            .collect()
    }

    #[rstest]
    #[case(1, ["AD-1 FD-1", "AD-1 FD-2", "AD-1 FD-3", "AD-1 FD-1"])]
    #[case(2, ["AD-1 FD-1", "AD-2 FD-2", "AD-1 FD-3", "AD-2 FD-1"])]
    #[case(3, ["AD-1 FD-1", "AD-2 FD-2", "AD-3 FD-3", "AD-1 FD-1"])]
    fn nodes_are_spread(#[case] count: usize, #[case] expected: [&str; 4]) {
        let nodes = (0..4).map(|number| ResourceKey::new(format!("node-{number}")));
        let places = spread(nodes, &domains(count));
        let shown: Vec<String> = places.preferred.values().map(Place::to_string).collect();
        assert_eq!(shown, expected);
    }

    #[test]
    fn whole_domains_come_before_their_parts() {
        let places = spread(std::iter::empty(), &domains(2));
        let shown: Vec<String> = places.all.iter().map(Place::to_string).collect();
        let expected = [
            "AD-1",
            "AD-2",
            "AD-1 FD-1",
            "AD-1 FD-2",
            "AD-1 FD-3",
            "AD-2 FD-1",
            "AD-2 FD-2",
            "AD-2 FD-3",
        ];
        assert_eq!(shown, expected);
    }

    #[test]
    fn a_domain_without_known_parts_is_named_as_a_whole() {
        let bare = [Domain {
            name: "x:AD-1".to_owned(),
            faults: Vec::new(),
        }];
        let places = spread(std::iter::once(ResourceKey::new("node-a")), &bare);
        assert_eq!(places.all.len(), 1);
        let place = &places.preferred[&ResourceKey::new("node-a")];
        assert_eq!(place.fault_domain, None);
    }
}
