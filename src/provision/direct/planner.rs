//! From what there is and what is wanted to the steps of an `apply`.
//!
//! Pure. What only a replacement would put right is touched only where that, and the replacement of
//! all that stands in it, was agreed to.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::plan::{
    Action, Drift, REPLACED, Remedy, ResourceKey, ResourceKind, Spared, Step,
};
use crate::domain::topology::Role;
use crate::provision::blueprint::{self, Part, node_key};

use super::drift::{INGRESS_ADDRESS, Wanted, oversized};
use super::kinds::{Found, Life, is_setting, setting_of};
use super::{Engine, Survey};

/// What an `apply` would do, and what it leaves alone.
pub(super) struct Planned {
    pub(super) steps: Vec<Step>,
    pub(super) spared: Vec<Spared>,
}

struct Planner<'a> {
    engine: &'a Engine,
    survey: &'a Survey,
    parts: Vec<Part>,
    /// What differs of each resource that is there.
    drift: BTreeMap<ResourceKey, Vec<Drift>>,
    /// What will be deleted and made anew.
    replaced: BTreeSet<ResourceKey>,
}

impl Engine {
    /// What `apply` would do. Settings that are as they should be are noted in the survey as found.
    pub(super) fn planned(&self, survey: &mut Survey) -> Planned {
        let planned = Planner::new(self, survey).all();
        for step in &planned.steps {
            let Some(id) = step.id.as_ref().filter(|_| is_setting(step.kind)) else {
                continue;
            };
            let found = Found {
                key: step.key.clone(),
                kind: step.kind,
                id: id.clone(),
                name: step.name.clone(),
                state: String::new(),
                life: Life::Ready,
            };
            survey.found.insert(step.key.clone(), vec![found]);
        }
        planned
    }

    /// Whether the replacement of this resource was agreed to, by its key or by a node's name.
    fn agreed(&self, key: &ResourceKey) -> bool {
        let name = key.0.strip_prefix("node-").map(ResourceKey::new);
        self.replace.contains(key) || name.is_some_and(|name| self.replace.contains(&name))
    }
}

impl<'a> Planner<'a> {
    fn new(engine: &'a Engine, survey: &'a Survey) -> Self {
        let mut planner = Self {
            engine,
            survey,
            parts: blueprint::parts(&engine.topology),
            drift: BTreeMap::new(),
            replaced: BTreeSet::new(),
        };
        planner.drift = planner.compared();
        let agreed: Vec<ResourceKey> = planner
            .drift
            .iter()
            .filter(|(_, drift)| needs_replacement(drift))
            .map(|(key, _)| planner.with_it(key))
            .filter(|with_it| with_it.iter().all(|key| engine.agreed(key)))
            .flatten()
            .collect();
        planner.replaced = agreed.into_iter().collect();
        // What refers to a resource that goes is compared anew.
        planner.drift = planner.compared();
        planner
    }

    fn compared(&self) -> BTreeMap<ResourceKey, Vec<Drift>> {
        let id = |key: &str| {
            if key == INGRESS_ADDRESS {
                return self.ingress_address();
            }
            let key = ResourceKey::new(key);
            let stays = self
                .survey
                .usable(&key)
                .filter(|_| !self.replaced.contains(&key));
            stays.map(|found| found.id.clone())
        };
        let wanted = Wanted {
            engine: self.engine,
            survey: self.survey,
            id: &id,
        };
        let compared = self.parts.iter().filter_map(|part| {
            let found = self.holder(part)?;
            let differences = wanted.differences(part, found);
            let drift = differences.into_iter().map(|it| it.drift).collect();
            Some((part.key.clone(), drift))
        });
        compared.collect()
    }

    /// The resource that stands for a part: its own, or the one that a setting belongs to.
    fn holder(&self, part: &Part) -> Option<&'a Found> {
        let key = setting_of(part.kind).map_or_else(|| part.key.clone(), ResourceKey::new);
        self.survey
            .usable(&key)
            .filter(|_| !(is_setting(part.kind) && self.replaced.contains(&key)))
    }

    /// The ingress node's primary private address, where the node is there and stays.
    fn ingress_address(&self) -> Option<String> {
        let key = node_key(self.engine.topology.ingress()?);
        if self.replaced.contains(&key) {
            return None;
        }
        let machine = self.survey.machine(&self.survey.usable(&key)?.id)?;
        let vnic = machine.vnic?;
        let mut addresses = self.survey.seen.private_ips.iter();
        let primary = addresses.find(|ip| ip.is_primary && ip.vnic_id.as_ref() == Some(&vnic.id));
        primary.map(|ip| ip.id.clone())
    }

    /// A resource, and what is there that stands on it and would have to go as well.
    fn with_it(&self, key: &ResourceKey) -> Vec<ResourceKey> {
        let mut all = vec![key.clone()];
        // Parts stand after those that they need, so one pass finds what stands on what.
        for part in &self.parts {
            let stands = part.needs.iter().any(|need| all.contains(need));
            let there = self.survey.usable(&part.key).is_some();
            if stands && there && !is_setting(part.kind) && !all.contains(&part.key) {
                all.push(part.key.clone());
            }
        }
        all
    }

    fn all(&self) -> Planned {
        let (surplus, spared) = self.surplus();
        let removed = self
            .parts
            .iter()
            .rev()
            .filter_map(|part| self.removal(part));
        let mut steps: Vec<Step> = removed.collect();
        steps.extend(self.parts.iter().map(|part| self.step(part)));
        steps.extend(surplus);
        Planned { steps, spared }
    }

    fn step(&self, part: &Part) -> Step {
        let mut step = Step {
            key: part.key.clone(),
            kind: part.kind,
            name: part.name.clone(),
            action: Action::Create,
            id: None,
            needs: part.needs.clone(),
            summary: self.summary(part),
            drift: Vec::new(),
            estimate: None,
        };
        if self.replaced.contains(&part.key) {
            step.needs.push(removal_key(&part.key));
            step.drift = self.drift.get(&part.key).cloned().unwrap_or_default();
            return step;
        }
        let Some(found) = self.holder(part).filter(|_| !self.unset(part)) else {
            return step;
        };
        step.id = Some(found.id.clone());
        step.drift = self.drift.get(&part.key).cloned().unwrap_or_default();
        step.action = if step.drift.is_empty() || needs_replacement(&step.drift) {
            Action::Keep
        } else {
            Action::Update
        };
        if needs_replacement(&step.drift) {
            step.summary = self.unagreed(part, step.summary);
        }
        step
    }

    /// A setting that cannot have been made yet, because the node that it is about is not there.
    fn unset(&self, part: &Part) -> bool {
        let drift = self.drift.get(&part.key);
        let blank = drift.is_some_and(|drift| drift.iter().any(|it| it.found == "none"));
        is_setting(part.kind) && blank && self.ingress_address().is_none()
    }

    fn summary(&self, part: &Part) -> String {
        let nodes = &self.engine.topology.nodes;
        let node = nodes.iter().find(|node| node_key(node) == part.key);
        let machine = self
            .survey
            .usable(&part.key)
            .and_then(|found| self.survey.machine(&found.id));
        match (part.kind, node, machine) {
            (ResourceKind::Quota, _, _) => self.engine.guard_statements(self.survey).join("; "),
            (_, Some(node), Some(machine)) => match oversized(node, &machine) {
                Some(words) if !self.replaced.contains(&part.key) => {
                    format!("{}; {words}", part.summary)
                }
                Some(_) | None => part.summary.clone(),
            },
            _ => part.summary.clone(),
        }
    }

    /// What a replacement that nobody agreed to yet would take, and lose.
    fn unagreed(&self, part: &Part, summary: String) -> String {
        let with_it = self.with_it(&part.key);
        let lost: Vec<&str> = with_it.iter().filter_map(|key| self.loss(key)).collect();
        let agree: Vec<String> = with_it
            .iter()
            .map(|key| key.0.strip_prefix("node-").unwrap_or(&key.0))
            .map(|name| format!("--replace {name}"))
            .collect();
        let mut words = vec!["only a replacement puts it right".to_owned()];
        words.extend(lost.into_iter().map(str::to_owned));
        words.push(format!("agree with {}", agree.join(" ")));
        if !summary.is_empty() {
            words.insert(0, summary);
        }
        words.join("; ")
    }

    /// What is lost with a resource that is replaced.
    fn loss(&self, key: &ResourceKey) -> Option<&'static str> {
        let nodes = &self.engine.topology.nodes;
        let node = nodes.iter().find(|node| node_key(node) == *key)?;
        Some(match node.role {
            Role::Server => {
                "the cluster's datastore is lost with the server, and all that is in the cluster"
            }
            Role::Ingress => "nothing is served until the ingress node is back",
            Role::Worker => "what pods keep on the worker's disk is lost",
        })
    }

    fn removal(&self, part: &Part) -> Option<Step> {
        if !self.replaced.contains(&part.key) {
            return None;
        }
        let found = self.survey.usable(&part.key)?;
        let above = self
            .parts
            .iter()
            .filter(|other| other.needs.contains(&part.key) && self.replaced.contains(&other.key));
        let needs = above.map(|other| removal_key(&other.key)).collect();
        let lost = self.loss(&part.key).unwrap_or_default();
        Some(deletion(
            removal_key(&part.key),
            found,
            needs,
            lost.to_owned(),
        ))
    }

    /// What bears the cluster's tag and is not in its configuration any more.
    fn surplus(&self) -> (Vec<Step>, Vec<Spared>) {
        let known = |key: &ResourceKey| self.parts.iter().any(|part| part.key == *key);
        let (mut steps, mut spared) = (Vec::new(), Vec::new());
        let all = self.survey.found.iter().filter(|(key, _)| !known(key));
        let ingress = self.engine.topology.ingress().map(node_key);
        for found in all.flat_map(|(_, found)| found) {
            let setting = matches!(found.kind, ResourceKind::PublicIp | ResourceKind::Quota);
            let agreed = found.kind == ResourceKind::Instance && self.engine.agreed(&found.key);
            if setting || agreed {
                // The node gives the address back before it is released.
                let needs = ingress
                    .iter()
                    .filter(|_| found.kind == ResourceKind::PublicIp);
                let needs = needs.cloned().collect();
                let why = "not in the configuration any more".to_owned();
                steps.push(deletion(found.key.clone(), found, needs, why));
            } else {
                spared.push(Spared {
                    what: format!("{} {}", found.kind, found.name),
                    id: Some(found.id.clone()),
                    why: left(found.kind, &found.key),
                });
            }
        }
        (steps, spared)
    }
}

fn left(kind: ResourceKind, key: &ResourceKey) -> String {
    let name = key.0.strip_prefix("node-").unwrap_or(&key.0);
    if kind == ResourceKind::Instance {
        format!("it is not in the configuration any more; --replace {name} agrees to its removal")
    } else {
        "it bears the cluster's tag and is not in the configuration; destroy removes it".to_owned()
    }
}

fn removal_key(key: &ResourceKey) -> ResourceKey {
    ResourceKey::new(format!("{REPLACED}{key}"))
}

fn needs_replacement(drift: &[Drift]) -> bool {
    drift.iter().any(|drift| drift.remedy == Remedy::Replace)
}

fn deletion(key: ResourceKey, found: &Found, needs: Vec<ResourceKey>, summary: String) -> Step {
    Step {
        key,
        kind: found.kind,
        name: found.name.clone(),
        action: Action::Delete,
        id: Some(found.id.clone()),
        needs,
        summary,
        drift: Vec::new(),
        estimate: None,
    }
}
