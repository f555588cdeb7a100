//! A saved plan (`show -json`) as the plan that the direct engine would show.
//!
//! Reading data sources is no step, a replacement is one row, values that are sensitive are never
//! taken over. What the direct engine's blueprint knows bears its key, its words and its needs.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::address;
use super::order::{References, sorted};
use crate::domain::allowance::AllowanceCheck;
use crate::domain::line::Line;
use crate::domain::plan::{
    Action, Drift, Operation, Plan, REPLACED, ResourceKey, ResourceKind, Spared, Step,
};
use crate::domain::text;
use crate::domain::topology::Topology;
use crate::provision::blueprint::{self, Part};
use crate::provision::estimates::Estimates;

mod changed;
mod outside;
mod step;

use changed::{Changed, Deed, Values};
use outside::Settings;

/// What the key of the step begins with that removes what an earlier replacement left behind.
pub(super) const LEFTOVER: &str = "leftover-";

/// What a plan was made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To make what is missing.
    Apply,
    /// To remove all.
    Destroy,
    /// Only to see what was changed outside (`-refresh-only`).
    Look,
}

/// What a saved plan does not say.
#[derive(Clone, Debug)]
pub struct About<'a> {
    /// The cluster that is wanted.
    pub topology: &'a Topology,
    /// What the plan was made for.
    pub purpose: Purpose,
    /// The region.
    pub region: &'a str,
    /// What the plan uses of what is free.
    pub allowance: AllowanceCheck,
    /// How long things took in earlier runs.
    pub estimates: &'a Estimates,
}

/// A saved plan, understood. Free of secrets: it may be kept beside the run that carries it out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Review {
    /// What will be done, as the direct engine would say it.
    pub plan: Plan,
    /// The key of each address.
    pub keys: BTreeMap<Line, ResourceKey>,
    /// The version of the program that made it.
    pub version: Line,
    /// What was changed outside since the last run, whether or not the plan mends it.
    pub drifted: Vec<Drifted>,
    /// What is taken into the state, each by its OCID.
    pub imports: Vec<(ResourceKey, Line)>,
    /// Whether Terraform itself holds that there is something to apply; older ones do not say.
    pub applyable: Option<bool>,
    /// Whether it was made in spite of errors, so that it cannot be applied.
    pub errored: bool,
}

/// What was changed outside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drifted {
    /// Which resource.
    pub key: ResourceKey,
    /// Its name.
    pub name: String,
    /// Whether it is gone altogether.
    pub gone: bool,
    /// What of it is not as it was: `found` is what there is, `wanted` what there was.
    pub fields: Vec<Drift>,
}

/// It is no plan of Terraform's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the plan cannot be read: {0}")]
pub struct Unreadable(pub String);

#[derive(Deserialize)]
struct Shown {
    format_version: Line,
    #[serde(default)]
    terraform_version: Line,
    #[serde(default)]
    resource_changes: Vec<Changed>,
    #[serde(default)]
    resource_drift: Vec<Changed>,
    #[serde(default)]
    output_changes: BTreeMap<Line, Values>,
    #[serde(default)]
    configuration: Value,
    applyable: Option<bool>,
    #[serde(default)]
    errored: bool,
}

/// Reads what `show -json` wrote of a saved plan.
pub fn review(shown: &[u8], about: &About<'_>) -> Result<Review, Unreadable> {
    let shown: Shown = serde_json::from_slice(shown)
        .map_err(|error| Unreadable(text::line(&without_values(&error))))?;
    if !shown.format_version.starts_with("1.") {
        let text = format!("its format {} is not known here", shown.format_version);
        return Err(Unreadable(text));
    }
    let mut reader = Reader::new(about, &shown);
    let mut steps = Vec::new();
    let mut spared = Vec::new();
    let managed = |it: &&Changed| it.mode != "data";
    for changed in shown.resource_changes.iter().filter(managed) {
        if changed.deed() == Deed::Forget {
            spared.push(reader.forgotten(changed));
        } else {
            steps.extend(reader.steps(changed));
        }
    }
    let drifted: Vec<Drifted> = (shown.resource_drift.iter().filter(managed))
        .map(|changed| reader.drifted(changed))
        .collect();
    if about.purpose == Purpose::Look {
        reader.look(&mut steps, &drifted);
    }
    let settings = Settings::of(&shown.configuration);
    let mut records = reader.leave(&mut steps, &drifted, &settings);
    // Where resources change, their outputs follow; alone, they are worth a word.
    if steps.iter().all(|step| step.action == Action::Keep) {
        records.extend(outside::outputs(&shown.output_changes));
        if records.is_empty() && shown.applyable == Some(true) {
            records.push("what it knows of the resources, such as their addresses in it".into());
        }
    }
    reader.link(&mut steps);
    let steps = sorted(steps);
    Ok(Review {
        plan: Plan {
            cluster: about.topology.cluster.clone(),
            operation: match about.purpose {
                Purpose::Apply | Purpose::Look => Operation::Apply,
                Purpose::Destroy => Operation::Destroy,
            },
            region: about.region.to_owned(),
            image: image(&shown),
            steps,
            allowance: about.allowance.clone(),
            spared,
            records,
            note: None,
        },
        keys: reader.keys,
        version: shown.terraform_version,
        drifted,
        imports: reader.imports,
        applyable: shown.applyable,
        errored: shown.errored,
    })
}

/// What is wrong, without what stands in the plan: it may be a secret.
fn without_values(error: &serde_json::Error) -> String {
    format!(
        "{:?} error in line {}, column {}",
        error.classify(),
        error.line(),
        error.column()
    )
}

/// The image that new nodes start from, where all start from one.
fn image(shown: &Shown) -> Option<String> {
    let created = shown.resource_changes.iter().filter(|it| {
        address::kind(&it.kind) == ResourceKind::Instance && it.change.after.is_object()
    });
    let images: BTreeSet<&str> = created
        .filter_map(|it| {
            let source = it.change.after.get("source_details")?.get(0)?;
            source.get("source_id")?.as_str()
        })
        .collect();
    let only = images.first().filter(|_| images.len() == 1);
    only.map(|image| text::line(image))
}

/// Turns changes into steps, and remembers which address has which key.
struct Reader<'a> {
    about: &'a About<'a>,
    parts: BTreeMap<ResourceKey, Part>,
    references: References,
    keys: BTreeMap<Line, ResourceKey>,
    /// The block of each key.
    blocks: BTreeMap<ResourceKey, String>,
    imports: Vec<(ResourceKey, Line)>,
    gone: BTreeSet<Line>,
}

impl<'a> Reader<'a> {
    fn new(about: &'a About<'a>, shown: &Shown) -> Self {
        let parts = blueprint::parts(about.topology);
        let mut reader = Self {
            about,
            parts: (parts.into_iter())
                .map(|part| (part.key.clone(), part))
                .collect(),
            references: References::of(&shown.configuration),
            keys: BTreeMap::new(),
            blocks: BTreeMap::new(),
            imports: Vec::new(),
            gone: (shown.resource_drift.iter())
                .filter(|it| it.deed() == Deed::Delete)
                .map(|it| it.address.clone())
                .collect(),
        };
        let all = shown.resource_changes.iter().chain(&shown.resource_drift);
        let all: Vec<&Changed> = all.filter(|it| it.mode != "data").collect();
        // Tags first: what only looks like one of ours must not take the key of one that is.
        for tagged in [true, false] {
            for changed in &all {
                reader.name(changed, tagged);
            }
        }
        reader
    }

    fn name(&mut self, changed: &Changed, by_tag: bool) {
        if self.keys.contains_key(&changed.address) {
            return;
        }
        let change = &changed.change;
        let key = if by_tag {
            address::tagged(&change.after).or_else(|| address::tagged(&change.before))
        } else {
            let own = || ResourceKey::new(changed.address.as_str());
            let key = address::key(&changed.resource(), self.about.topology);
            let free = key.filter(|key| !self.keys.values().any(|taken| taken == key));
            Some(free.unwrap_or_else(own))
        };
        let Some(key) = key.filter(|key| !self.keys.values().any(|taken| taken == key)) else {
            return;
        };
        self.blocks.insert(key.clone(), changed.block());
        self.keys.insert(changed.address.clone(), key);
    }

    fn key(&self, changed: &Changed) -> ResourceKey {
        let key = self.keys.get(&changed.address).cloned();
        key.unwrap_or_else(|| ResourceKey::new(changed.address.as_str()))
    }

    fn forgotten(&self, changed: &Changed) -> Spared {
        Spared {
            what: self.title(changed),
            id: changed.id(),
            why: "Terraform only takes it out of its state; it stays in the cloud".to_owned(),
        }
    }

    fn drifted(&self, changed: &Changed) -> Drifted {
        let gone = changed.deed() == Deed::Delete;
        let mut fields = if gone {
            Vec::new()
        } else {
            changed.differences()
        };
        // Told from the state's side: what was there is what should be.
        for drift in &mut fields {
            std::mem::swap(&mut drift.found, &mut drift.wanted);
        }
        Drifted {
            key: self.key(changed),
            name: self.title(changed),
            gone,
            fields,
        }
    }

    /// A look changes nothing, so what was changed outside is told as an apply would restore it.
    fn look(&self, steps: &mut [Step], drifted: &[Drifted]) {
        for step in steps {
            let Some(drifted) = drifted.iter().find(|it| it.key == step.key) else {
                continue;
            };
            step.action = if drifted.gone {
                Action::Create
            } else {
                Action::Update
            };
            step.drift.clone_from(&drifted.fields);
            step.id = step.id.take().filter(|_| !drifted.gone);
            step.estimate = self.about.estimates.seconds(step.kind, step.action);
        }
    }

    /// Writes down who needs whom: from the configuration, else from what the blueprint knows.
    fn link(&self, steps: &mut [Step]) {
        let needs = |key: &ResourceKey| {
            let block = self.blocks.get(key);
            let named = block
                .map(|block| self.references.from(block))
                .unwrap_or_default();
            let holds = |block: &String| named.contains(block.as_str());
            let by_reference = self.blocks.iter().filter(|(_, block)| holds(block));
            let mut needs: BTreeSet<ResourceKey> = by_reference.map(|it| it.0.clone()).collect();
            // Where the configuration says nothing, the direct engine's order is as good.
            if needs.is_empty() {
                let part = self.parts.get(key);
                needs.extend(part.into_iter().flat_map(|part| part.needs.iter().cloned()));
            }
            needs
        };
        let present: BTreeMap<ResourceKey, Action> = steps
            .iter()
            .map(|step| (step.key.clone(), step.action))
            .collect();
        let removal = |key: &ResourceKey| {
            let old = ResourceKey::new(format!("{REPLACED}{key}"));
            let goes = present.get(key) == Some(&Action::Delete);
            if goes {
                Some(key.clone())
            } else {
                Some(old).filter(|old| present.contains_key(old))
            }
        };
        let all = self.blocks.keys();
        let needs: BTreeMap<&ResourceKey, BTreeSet<ResourceKey>> =
            all.map(|key| (key, needs(key))).collect();
        for step in steps {
            let of = step.key.0.strip_prefix(REPLACED).map(ResourceKey::new);
            let of = of.as_ref().unwrap_or(&step.key);
            let found: Vec<ResourceKey> = if step.action == Action::Delete {
                let above = needs.iter().filter(|(_, needs)| needs.contains(of));
                above.filter_map(|(key, _)| removal(key)).collect()
            } else {
                let below = needs.get(of).into_iter().flatten();
                below
                    .filter(|key| present.contains_key(*key))
                    .cloned()
                    .collect()
            };
            let found = found.into_iter().filter(|key| *key != step.key);
            for key in found {
                if !step.needs.contains(&key) {
                    step.needs.push(key);
                }
            }
        }
    }
}
