//! Who needs whom, from the references in the configuration that a plan carries, and steps in an
//! order in which each stands after those that it needs.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::domain::plan::{ResourceKey, Step};

/// The blocks of a configuration, each with those that it refers to.
#[derive(Debug, Default)]
pub(super) struct References(BTreeMap<String, BTreeSet<String>>);

impl References {
    /// Those of a plan's `configuration`.
    pub(super) fn of(configuration: &Value) -> Self {
        let mut all = Self::default();
        if let Some(root) = configuration.get("root_module") {
            all.read(root, "");
        }
        all
    }

    fn read(&mut self, module: &Value, prefix: &str) {
        for block in list(module.get("resources")) {
            let Some(address) = block.get("address").and_then(Value::as_str) else {
                continue;
            };
            let mut words = Vec::new();
            for part in ["expressions", "for_each_expression", "count_expression"] {
                gather(block.get(part).unwrap_or(&Value::Null), &mut words);
            }
            words.extend(
                list(block.get("depends_on"))
                    .iter()
                    .filter_map(Value::as_str),
            );
            let own = format!("{prefix}{address}");
            let named = words.into_iter().filter_map(block_of);
            let named = named.map(|block| format!("{prefix}{block}"));
            let named = named.filter(|block| *block != own).collect();
            self.0.insert(own, named);
        }
        let calls = module.get("module_calls").and_then(Value::as_object);
        for (name, call) in calls.into_iter().flatten() {
            if let Some(inner) = call.get("module") {
                self.read(inner, &format!("{prefix}module.{name}."));
            }
        }
    }

    /// The managed blocks that this one refers to, through data sources as well.
    pub(super) fn from(&self, block: &str) -> BTreeSet<&str> {
        let (mut reached, mut seen) = (BTreeSet::new(), BTreeSet::new());
        let mut open = vec![block];
        while let Some(block) = open.pop() {
            for next in self.0.get(block).into_iter().flatten() {
                if !seen.insert(next.as_str()) {
                    continue;
                }
                let is_data = next.starts_with("data.") || next.contains(".data.");
                if is_data {
                    open.push(next);
                } else {
                    reached.insert(next.as_str());
                }
            }
        }
        reached
    }
}

/// The steps, each after those that it needs. Needs that run in a circle are dropped where it closes.
pub(super) fn sorted(mut left: Vec<Step>) -> Vec<Step> {
    let known: BTreeSet<ResourceKey> = left.iter().map(|step| step.key.clone()).collect();
    let mut done: BTreeSet<ResourceKey> = BTreeSet::new();
    let mut order = Vec::with_capacity(left.len());
    while !left.is_empty() {
        let free = |step: &Step| {
            let mut needs = step.needs.iter();
            needs.all(|need| done.contains(need) || !known.contains(need))
        };
        let at = left.iter().position(free).unwrap_or(0);
        let mut step = left.remove(at);
        step.needs.retain(|need| done.contains(need));
        done.insert(step.key.clone());
        order.push(step);
    }
    order
}

/// The texts of every `references` list below.
fn gather<'a>(value: &'a Value, words: &mut Vec<&'a str>) {
    match value {
        Value::Object(all) => {
            for (name, inner) in all {
                if name == "references" {
                    words.extend(list(Some(inner)).iter().filter_map(Value::as_str));
                } else {
                    gather(inner, words);
                }
            }
        }
        Value::Array(all) => all.iter().for_each(|inner| gather(inner, words)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// `oci_core_vcn.this` of `oci_core_vcn.this["a"].id`; nothing for a variable or a local value.
fn block_of(reference: &str) -> Option<String> {
    let (data, rest) = match reference.strip_prefix("data.") {
        Some(rest) => ("data.", rest),
        None => ("", reference),
    };
    let (kind, rest) = rest.split_once('.')?;
    let is_block = !matches!(
        kind,
        "var" | "local" | "each" | "count" | "self" | "path" | "module"
    );
    let name = rest.split(['.', '[']).next()?;
    is_block.then(|| format!("{data}{kind}.{name}"))
}

fn list(value: Option<&Value>) -> &[Value] {
    value.and_then(Value::as_array).map_or(&[], Vec::as_slice)
}
