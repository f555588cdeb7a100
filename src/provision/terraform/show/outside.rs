//! What was changed outside and no change of the plan mends.
//!
//! Terraform tells all that it reads anew. What the configuration sets stands beside its step, as
//! the direct engine shows drift; the rest (a lifecycle state, a time) only goes into the state.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::changed::Values;
use super::{Drifted, Reader};
use crate::domain::line::Line;
use crate::domain::plan::{Action, Drift, Remedy, ResourceKind, Step};
use crate::provision::terraform::values::{between, is_of};

/// What the rendered folder sets once and never changes on a node that runs (`ignore_changes`), and
/// a new node has as it should be. Where a node stands is no reason to replace it.
const FROM_THE_START: [&str; 2] = ["metadata", "source_details"];

/// Which attributes each block of a configuration sets.
pub(super) struct Settings(BTreeMap<String, BTreeSet<String>>);

impl Settings {
    /// Those of a plan's `configuration`.
    pub(super) fn of(configuration: &Value) -> Self {
        let mut all = Self(BTreeMap::new());
        if let Some(root) = configuration.get("root_module") {
            all.read(root, "");
        }
        all
    }

    fn read(&mut self, module: &Value, prefix: &str) {
        let blocks = module.get("resources").and_then(Value::as_array);
        for block in blocks.into_iter().flatten() {
            let address = block.get("address").and_then(Value::as_str);
            let set = block.get("expressions").and_then(Value::as_object);
            if let Some((address, set)) = address.zip(set) {
                let names = set.keys().cloned().collect();
                self.0.insert(format!("{prefix}{address}"), names);
            }
        }
        let calls = module.get("module_calls").and_then(Value::as_object);
        for (name, call) in calls.into_iter().flatten() {
            if let Some(inner) = call.get("module") {
                self.read(inner, &format!("{prefix}module.{name}."));
            }
        }
    }

    fn sets(&self, block: Option<&String>, field: &str) -> bool {
        let set = block.and_then(|block| self.0.get(block));
        set.is_some_and(|names| names.iter().any(|name| is_of(field, name)))
    }
}

impl Reader<'_> {
    /// Lays what the plan leaves as it is beside its steps; returns what is only written down.
    pub(super) fn leave(
        &self,
        steps: &mut [Step],
        drifted: &[Drifted],
        settings: &Settings,
    ) -> Vec<String> {
        let mut records = Vec::new();
        for each in drifted {
            let step = steps.iter_mut().find(|step| step.key == each.key);
            let Some(step) = step.filter(|step| step.action != Action::Delete) else {
                if each.gone {
                    records.push(format!("{} is gone", each.name));
                }
                continue;
            };
            let block = self.blocks.get(&each.key);
            for field in &each.fields {
                if step.drift.iter().any(|it| it.field == field.field) {
                    continue;
                }
                let is_set = settings.sets(block, &field.field);
                let remedy = remedy(step, field);
                match (step.action, is_set) {
                    // A new one has it as it should be, or has a value of its own.
                    (Action::Create, _) if remedy != Remedy::Replace => {}
                    (_, true) => step.drift.push(Drift {
                        remedy,
                        ..field.clone()
                    }),
                    (_, false) => records.push(noted(each, field)),
                }
            }
        }
        records
    }
}

/// What restores a field that the plan does not mend.
fn remedy(step: &Step, field: &Drift) -> Remedy {
    let is_instance = step.kind == ResourceKind::Instance;
    let replaced = FROM_THE_START.iter().any(|name| is_of(&field.field, name));
    if is_instance && replaced {
        Remedy::Replace
    } else {
        Remedy::Leave
    }
}

fn noted(each: &Drifted, field: &Drift) -> String {
    let Drift {
        field,
        found,
        wanted,
        ..
    } = field;
    format!("{}: {field} is {found}, was {wanted}", each.name)
}

/// The outputs that have another value.
pub(super) fn outputs(all: &BTreeMap<Line, Values>) -> Vec<String> {
    let differs = |values: &Values| values.actions.iter().any(|it| it.as_str() != "no-op");
    let all = all.iter().filter(|(_, values)| differs(values));
    all.map(|(name, values)| format!("output {name}: {}", between(values.sides())))
        .collect()
}
