//! Something of the Routes tab that can be named: where it is shown, how kubectl finds it.

use crate::domain::line::Line;
use crate::domain::object::ObjectRef;
use crate::domain::reading::Thing;
use crate::effect::Place;

/// One object, or one listener of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::ui::panes) struct Target {
    /// Its kind, as the API calls it; of a listener that of what has it.
    pub(in crate::ui::panes) kind: &'static str,
    /// Its name.
    pub(in crate::ui::panes) id: ObjectRef,
    /// The listener, where it is one.
    pub(in crate::ui::panes) section: Option<Line>,
}

impl Target {
    pub(super) fn new(kind: &'static str, id: &ObjectRef) -> Self {
        Self {
            kind,
            id: id.clone(),
            section: None,
        }
    }

    pub(super) fn listener(kind: &'static str, id: &ObjectRef, section: &Line) -> Self {
        Self {
            section: Some(section.clone()),
            ..Self::new(kind, id)
        }
    }

    /// What a person calls it.
    pub(in crate::ui::panes) fn name(&self) -> &str {
        self.section.as_ref().unwrap_or(&self.id.name)
    }

    /// All of it, to be read.
    pub(in crate::ui::panes) fn thing(&self) -> Thing {
        Thing::new(self.kind, self.id.clone())
    }

    /// Where it has a row, and by which name that is found.
    pub(in crate::ui::panes) fn shown(&self) -> Option<(Place, ObjectRef)> {
        let place = match self.kind {
            "Certificate" => Place::Certs,
            "Pod" => Place::Pods,
            "Secret" | "Service" | "EndpointSlice" => return None,
            _ => Place::Routes,
        };
        Some((place, self.row()))
    }

    /// The name by which the Routes tab finds it: a listener's is `GATEWAY/LISTENER`.
    fn row(&self) -> ObjectRef {
        match &self.section {
            Some(section) => {
                let name = format!("{}/{section}", self.id.name);
                ObjectRef::new(self.id.namespace.clone(), name)
            }
            None => self.id.clone(),
        }
    }
}
