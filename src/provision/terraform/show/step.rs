//! One change of a saved plan as steps: none, one, or the two of a replacement.

use super::changed::{Changed, Deed};
use super::{LEFTOVER, Reader};
use crate::domain::line::Line;
use crate::domain::plan::{Action, Drift, REPLACED, Remedy, ResourceKey, Step};
use crate::domain::text;
use crate::provision::terraform::address;
use serde_json::Value;

impl Reader<'_> {
    /// The steps that a change takes.
    pub(super) fn steps(&mut self, changed: &Changed) -> Vec<Step> {
        let key = self.key(changed);
        if changed.deposed.is_some() {
            let key = ResourceKey::new(format!("{LEFTOVER}{key}"));
            let mut step = self.step(changed, key, Action::Delete);
            "what an earlier replacement left behind".clone_into(&mut step.summary);
            return vec![step];
        }
        let importing = changed.change.importing.as_ref();
        let imported = importing.map(|it| it.id.clone().unwrap_or_default());
        if let Some(id) = &imported {
            self.imports.push((key.clone(), id.clone()));
        }
        match changed.deed() {
            Deed::Nothing => match imported {
                Some(id) => vec![self.taken_over(changed, key, &id)],
                None => vec![self.step(changed, key, Action::Keep)],
            },
            Deed::Create => vec![self.step(changed, key, Action::Create)],
            Deed::Update => {
                let mut step = self.step(changed, key, Action::Update);
                step.drift = changed.differences();
                step.drift.extend(imported.map(|id| imports(&id)));
                vec![step]
            }
            Deed::Delete => vec![self.step(changed, key, Action::Delete)],
            Deed::Replace | Deed::ReplaceAfter => self.replacement(changed, &key),
            Deed::Read | Deed::Forget => Vec::new(),
        }
    }

    fn replacement(&self, changed: &Changed, key: &ResourceKey) -> Vec<Step> {
        let old = ResourceKey::new(format!("{REPLACED}{key}"));
        let mut removal = self.step(changed, old.clone(), Action::Delete);
        let mut creation = self.step(changed, key.clone(), Action::Create);
        creation.id = None;
        creation.drift = changed.differences();
        if changed.deed() == Deed::Replace {
            creation.needs.push(old);
        } else {
            removal.needs.push(key.clone());
        }
        vec![removal, creation]
    }

    /// What is there is only written into the state.
    fn taken_over(&self, changed: &Changed, key: ResourceKey, id: &Line) -> Step {
        let mut step = self.step(changed, key, Action::Import);
        step.id = Some(id.to_string()).filter(|id| !id.is_empty());
        step
    }

    fn step(&self, changed: &Changed, key: ResourceKey, action: Action) -> Step {
        let kind = address::kind(&changed.kind);
        let of = self.key(changed);
        let part = self.parts.get(&of);
        let known = part.map(|part| part.summary.clone());
        let mut words: Vec<String> = known.into_iter().filter(|it| !it.is_empty()).collect();
        words.extend(reason(&changed.action_reason).map(str::to_owned));
        if action == Action::Create && self.gone.contains(&changed.address) {
            words.push("it was removed outside of Terraform".to_owned());
        }
        Step {
            name: self.title(changed),
            action,
            id: changed.id().filter(|_| action != Action::Create),
            needs: Vec::new(),
            summary: words.join("; "),
            drift: Vec::new(),
            estimate: self.about.estimates.seconds(kind, action),
            key,
            kind,
        }
    }

    /// Its display name; else the name that it has by its key; else its address.
    pub(super) fn title(&self, changed: &Changed) -> String {
        let change = &changed.change;
        let shown = |values: &Value| {
            let name = values.get("display_name")?.as_str()?;
            Some(text::line(name)).filter(|name| !name.is_empty())
        };
        let part = self.parts.get(&self.key(changed));
        shown(&change.after)
            .or_else(|| shown(&change.before))
            .or_else(|| part.map(|part| part.name.clone()))
            .unwrap_or_else(|| changed.address.to_string())
    }
}

fn imports(id: &Line) -> Drift {
    Drift {
        field: "Terraform's state".to_owned(),
        found: "does not have it".to_owned(),
        wanted: format!("takes over {id}").trim_end().to_owned(),
        remedy: Remedy::Change,
    }
}

/// Why Terraform does what the values alone do not explain.
fn reason(code: &str) -> Option<&'static str> {
    Some(match code {
        "replace_because_tainted" => "an earlier run left it half made",
        "replace_by_request" => "its replacement was asked for",
        "replace_by_triggers" => "something that it follows changes",
        "delete_because_no_resource_config"
        | "delete_because_no_module"
        | "delete_because_wrong_repetition"
        | "delete_because_count_index"
        | "delete_because_each_key"
        | "delete_because_no_move_target" => "not in the configuration any more",
        _ => return None,
    })
}
