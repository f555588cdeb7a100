//! One change of a saved plan, as it stands there.

use serde::Deserialize;
use serde_json::Value;

use crate::domain::line::Line;
use crate::domain::plan::{Drift, ResourceKind};
use crate::domain::text;
use crate::provision::terraform::address;
use crate::provision::terraform::resource::{Resource, index};
use crate::provision::terraform::values::{Manner, Sides, differences};

#[derive(Clone, Deserialize)]
pub(super) struct Changed {
    pub(super) address: Line,
    #[serde(default)]
    pub(super) module_address: Line,
    #[serde(default)]
    pub(super) mode: Line,
    #[serde(default, rename = "type")]
    pub(super) kind: Line,
    #[serde(default)]
    pub(super) name: Line,
    #[serde(default, deserialize_with = "index")]
    pub(super) index: Option<Line>,
    #[serde(default)]
    pub(super) deposed: Option<Line>,
    #[serde(default)]
    pub(super) action_reason: Line,
    pub(super) change: Values,
}

#[derive(Clone, Deserialize)]
pub(super) struct Values {
    pub(super) actions: Vec<Line>,
    #[serde(default)]
    pub(super) before: Value,
    #[serde(default)]
    pub(super) after: Value,
    #[serde(default)]
    pub(super) after_unknown: Value,
    #[serde(default)]
    pub(super) before_sensitive: Value,
    #[serde(default)]
    pub(super) after_sensitive: Value,
    #[serde(default)]
    pub(super) replace_paths: Vec<Vec<Value>>,
    pub(super) importing: Option<Importing>,
}

#[derive(Clone, Deserialize)]
pub(super) struct Importing {
    #[serde(default)]
    pub(super) id: Option<Line>,
}

/// What the actions of a change come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Deed {
    Nothing,
    Create,
    Read,
    Update,
    Delete,
    /// The old one goes first.
    Replace,
    /// The new one comes first.
    ReplaceAfter,
    Forget,
}

impl Changed {
    pub(super) fn deed(&self) -> Deed {
        let actions: Vec<&str> = self.change.actions.iter().map(Line::as_str).collect();
        match actions.as_slice() {
            ["create"] => Deed::Create,
            ["read"] => Deed::Read,
            ["update"] => Deed::Update,
            ["delete"] => Deed::Delete,
            ["delete", "create"] => Deed::Replace,
            ["create", "delete" | "forget"] => Deed::ReplaceAfter,
            ["forget"] => Deed::Forget,
            _ => Deed::Nothing,
        }
    }

    pub(super) fn resource(&self) -> Resource {
        Resource {
            addr: self.address.clone(),
            module: self.module_address.clone(),
            resource: self.address.clone(),
            kind: self.kind.clone(),
            name: self.name.clone(),
            index: self.index.clone(),
        }
    }

    /// The address of the block in the configuration: that of the module's block, without indices.
    pub(super) fn block(&self) -> String {
        let mut module = String::new();
        let mut depth = 0_usize;
        for c in self.module_address.chars() {
            match c {
                '[' => depth += 1,
                ']' => depth = depth.saturating_sub(1),
                c if depth == 0 => module.push(c),
                _ => {}
            }
        }
        let dot = if module.is_empty() { "" } else { "." };
        format!("{module}{dot}{}.{}", self.kind, self.name)
    }

    pub(super) fn id(&self) -> Option<String> {
        let id = self.change.before.get("id")?.as_str()?;
        Some(text::line(id))
    }

    pub(super) fn is_replaced(&self) -> bool {
        matches!(self.deed(), Deed::Replace | Deed::ReplaceAfter)
    }

    pub(super) fn differences(&self) -> Vec<Drift> {
        let change = &self.change;
        let part = |part: &Value| {
            part.as_str()
                .map_or_else(|| part.to_string(), str::to_owned)
        };
        let paths = change.replace_paths.iter();
        let paths: Vec<Vec<String>> = paths.map(|path| path.iter().map(part).collect()).collect();
        let manner = Manner {
            replaces: self.is_replaced().then_some(paths.as_slice()),
            is_oci: self.kind.starts_with("oci_"),
            is_instance: address::kind(&self.kind) == ResourceKind::Instance,
        };
        differences(change.sides(), &manner)
    }
}

impl Values {
    pub(super) fn sides(&self) -> Sides<'_> {
        Sides {
            before: &self.before,
            after: &self.after,
            unknown: &self.after_unknown,
            before_sensitive: &self.before_sensitive,
            after_sensitive: &self.after_sensitive,
        }
    }
}
