//! What the tenancy uses of what is free, and what its live limits still have room for.
//!
//! Limits are read, never assumed. Requests: one for the compartments, one for the instances of each
//! compartment but the cluster's own, one for the boot volumes of each; then two for what OCI itself
//! counts, and only where nodes will be made, three more for each availability domain.

use std::collections::BTreeMap;

use crate::domain::allowance::{AllowanceCheck, Usage, UsedBy};
use crate::domain::plan::{Action, REPLACED, Step};
use crate::domain::text;
use crate::domain::topology::{A1_SHAPE, CLUSTER_TAG, Node};
use crate::domain::units::{Gigabytes, Ocpus};
use crate::oci::Across;
use crate::oci::model::{BootVolume, Compartment, Instance};
use crate::provision::blueprint::node_key;

use super::kinds::{Life, Model, life};
use super::limits::Limits;
use super::{Engine, Survey};

/// What the tenancy holds beside the instances of the cluster's own compartment.
pub(super) struct Beside {
    /// The cluster's own compartment first.
    compartments: Vec<Compartment>,
    instances: Across<Instance>,
    boot_volumes: Across<BootVolume>,
    /// Why only the cluster's own compartment was looked at.
    unlisted: Option<String>,
}

impl Engine {
    /// Looks at the rest of the tenancy. Needs nothing that a survey finds, so both go at once.
    pub(super) async fn beside(&self) -> Beside {
        let (all, unlisted) = match self.client.compartments().await {
            Ok(all) => (all, None),
            Err(error) => (Vec::new(), Some(error.to_string())),
        };
        let (own, others): (Vec<_>, Vec<_>) =
            all.into_iter().partition(|one| one.id == self.compartment);
        let own = own.into_iter().next();
        let own = own.unwrap_or_else(|| Compartment::unseen(&self.compartment));
        let compartments: Vec<Compartment> = std::iter::once(own).chain(others).collect();
        let others = compartments.get(1..).unwrap_or_default();
        let (instances, boot_volumes) = tokio::join!(
            self.client.across::<Instance>(others),
            self.client.across::<BootVolume>(&compartments),
        );
        Beside {
            compartments,
            instances,
            boot_volumes,
            unlisted,
        }
    }

    /// Holds what `steps` make and take away against the allowance and the live limits.
    pub(super) async fn allowance_check(
        &self,
        steps: &[Step],
        survey: &Survey,
        beside: &Beside,
    ) -> AllowanceCheck {
        let change = self.change(steps, survey);
        let used_by = self.used_by(survey, beside);
        let seen = Usage {
            ocpus: used_by.iter().map(|by| by.ocpus).sum(),
            memory: used_by.iter().map(|by| by.memory).sum(),
            boot_volumes: volumes(&beside.boot_volumes),
        };
        let ours = self.ours_in_use(steps, &used_by);
        let limits = self.limits(survey, change.added != Usage::default()).await;
        let mut unread = beside.unread();
        let phantom = phantom(seen, &limits, &unread);
        let used = seen_and_counted(seen, &limits, &mut unread);
        AllowanceCheck {
            allowance: self.allowance,
            used: used.over(change.freed),
            ours: ours.over(change.freed),
            added: change.added,
            available: limits.room.map(|room| room + change.freed + phantom),
            used_by,
            unread,
        }
    }

    /// A1 instances that are not gone: stopped ones count as well.
    fn used_by(&self, survey: &Survey, beside: &Beside) -> Vec<UsedBy> {
        let here = survey.instances.iter().map(|instance| ("", instance));
        let elsewhere = beside.instances.found.iter();
        let elsewhere = elsewhere.map(|(place, instance)| (beside.other(*place), instance));
        here.chain(elsewhere)
            .filter(|(_, instance)| is_used(instance))
            .map(|(compartment, instance)| {
                let size = size_of(instance);
                UsedBy {
                    name: text::line(&instance.display_name),
                    compartment: text::line(compartment),
                    ocpus: size.ocpus,
                    memory: size.memory,
                    ours: instance.freeform_tags.get(CLUSTER_TAG) == Some(&self.topology.cluster),
                }
            })
            .collect()
    }

    /// What this cluster uses: its instances, and the boot volumes that its nodes have.
    fn ours_in_use(&self, steps: &[Step], used_by: &[UsedBy]) -> Usage {
        let ours = || used_by.iter().filter(|by| by.ours);
        let there = self.topology.nodes.iter().filter(|node| {
            let key = node_key(node);
            let there = |step: &&Step| step.key == key && step.id.is_some();
            steps.iter().any(|step| there(&step))
        });
        Usage {
            ocpus: ours().map(|by| by.ocpus).sum(),
            memory: ours().map(|by| by.memory).sum(),
            boot_volumes: there.map(|node| node.boot_volume).sum(),
        }
    }

    /// What the plan adds, and what it takes away: an instance that is replaced or made smaller
    /// gives back what it has.
    fn change(&self, steps: &[Step], survey: &Survey) -> Change {
        let mut change = Change::default();
        for step in steps {
            let wanted = self.node_of(step);
            let found = step.id.as_ref().and_then(|id| {
                let found = survey.instances.iter().find(|instance| instance.id == *id);
                found.filter(|instance| is_used(instance)).map(size_of)
            });
            match step.action {
                Action::Create => change.added = change.added + wanted.map_or(NOTHING, Usage::from),
                Action::Update => {
                    if let (Some(wanted), Some(found)) = (wanted.map(machine), found) {
                        change.added = change.added + wanted.over(found);
                        change.freed = change.freed + found.over(wanted);
                    }
                }
                Action::Delete => {
                    let volume = wanted.map_or(Gigabytes(0), |node| node.boot_volume);
                    let found = found.map(|found| Usage {
                        boot_volumes: volume,
                        ..found
                    });
                    change.freed = change.freed + found.unwrap_or(NOTHING);
                }
                Action::Keep | Action::Import => {}
            }
        }
        change
    }

    /// The node that a step is about, be it that an earlier one of that name is taken away.
    pub(in crate::provision) fn node_of(&self, step: &Step) -> Option<&Node> {
        let key = step.key.0.strip_prefix(REPLACED).unwrap_or(&step.key.0);
        self.topology.nodes.iter().find(|node| node.key() == key)
    }
}

const NOTHING: Usage = Usage {
    ocpus: Ocpus(0),
    memory: Gigabytes(0),
    boot_volumes: Gigabytes(0),
};

#[derive(Clone, Copy, Default)]
struct Change {
    added: Usage,
    freed: Usage,
}

impl Beside {
    /// The boot volumes of the cluster's own compartment.
    pub(super) fn own_boot_volumes(&self) -> Vec<BootVolume> {
        let all = self.boot_volumes.found.iter();
        let own = all.filter(|(place, _)| *place == 0);
        own.map(|(_, volume)| volume.clone()).collect()
    }

    /// The name of a compartment by its place among all but the cluster's own.
    fn other(&self, place: usize) -> &str {
        self.name(place.saturating_add(1))
    }

    fn name(&self, place: usize) -> &str {
        match self.compartments.get(place) {
            Some(compartment) if compartment.name.is_empty() => "the root",
            Some(compartment) => &compartment.name,
            None => "another",
        }
    }

    /// What could not be looked at, each in a sentence.
    fn unread(&self) -> Vec<String> {
        let mut told = Vec::new();
        if let Some(why) = &self.unlisted {
            told.push(format!(
                "the compartments could not be listed, so only the cluster's own was looked at: {why}"
            ));
        }
        if self.boot_volumes.unasked > 0 {
            let more = self.boot_volumes.unasked;
            told.push(format!("{more} more compartments were not looked at"));
        }
        let instances = self.instances.unread.iter();
        let volumes = self.boot_volumes.unread.iter();
        let refused: BTreeMap<&str, &str> = instances
            .map(|(place, why)| (self.other(*place), why.as_str()))
            .chain(volumes.map(|(place, why)| (self.name(*place), why.as_str())))
            .collect();
        let refused = refused.into_iter();
        told.extend(
            refused.map(|(name, why)| format!("the compartment {name} could not be read: {why}")),
        );
        told.iter().map(|line| text::line(line)).collect()
    }
}

/// What OCI counts as used of A1 though all that is there was seen and is less: its books lag behind
/// launches that failed and instances that ended. That bars no run, because a hunt waits it out.
fn phantom(seen: Usage, limits: &Limits, unread: &[String]) -> Usage {
    if !unread.is_empty() {
        return NOTHING;
    }
    Usage {
        boot_volumes: Gigabytes(0),
        ..limits.counted.over(seen)
    }
}

/// What is in use: what was seen, and where not all could be seen, what OCI itself counts. Where the
/// two differ, that is told: OCI goes on counting for up to an hour what has gone.
fn seen_and_counted(seen: Usage, limits: &Limits, unread: &mut Vec<String>) -> Usage {
    let counted = limits.counted;
    let whole = unread.is_empty();
    if counted.ocpus > seen.ocpus || counted.memory > seen.memory {
        unread.push(format!(
            "OCI counts {} and {} of A1 in use, and the instances that can be seen have {} and {}: \
             what was terminated counts for up to an hour, or a compartment is hidden from this user",
            counted.ocpus, counted.memory, seen.ocpus, seen.memory
        ));
    }
    unread.extend(limits.unread.iter().cloned());
    let machines = if whole { seen } else { counted };
    Usage {
        ocpus: seen.ocpus.max(machines.ocpus),
        memory: seen.memory.max(machines.memory),
        // Block volumes count as well, and only OCI's own count has them.
        boot_volumes: seen.boot_volumes.max(counted.boot_volumes),
    }
}

fn volumes(all: &Across<BootVolume>) -> Gigabytes {
    let there = all.found.iter().map(|(_, volume)| volume);
    there
        .filter(|volume| !matches!(life(&volume.lifecycle_state), Life::Leaving | Life::Gone))
        .map(|volume| volume.size_in_gbs.unwrap_or_default())
        .map(|size| Gigabytes(u32::try_from(size).unwrap_or(u32::MAX)))
        .sum()
}

/// A node without its boot volume: what changes with its size.
fn machine(node: &Node) -> Usage {
    Usage {
        boot_volumes: Gigabytes(0),
        ..Usage::from(node)
    }
}

fn is_used(instance: &Instance) -> bool {
    instance.shape == A1_SHAPE && !matches!(life(instance.state()), Life::Leaving | Life::Gone)
}

fn size_of(instance: &Instance) -> Usage {
    let (ocpus, memory) = instance.shape_config.unwrap_or_default().whole();
    Usage {
        ocpus: Ocpus(ocpus),
        memory: Gigabytes(memory),
        ..NOTHING
    }
}
