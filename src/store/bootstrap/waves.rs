//! Applications on their way, wave by wave: which are well, which are not, which Argo CD has not
//! made yet, and what it says that it waits for.

use std::collections::BTreeMap;

use crate::domain::application::{Application, Health, Sync};
use crate::domain::line::Line;
use crate::store::Store;

/// One wave.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Wave<'a> {
    /// Its number.
    pub number: i32,
    /// How many are Synced and Healthy.
    pub well: usize,
    /// Those that are there and not well, by name.
    pub open: Vec<&'a Application>,
    /// Those that a parent names and that are not there yet.
    pub missing: Vec<&'a Line>,
    /// The wave before it that is not well, while nothing of this one is there.
    pub waits_for: Option<i32>,
}

impl Wave<'_> {
    /// Whether all of it is well.
    pub fn is_well(&self) -> bool {
        self.open.is_empty() && self.missing.is_empty()
    }
}

fn is_well(application: &Application) -> bool {
    application.sync == Sync::Synced && application.health == Health::Healthy
}

/// All waves in order. A parent is left out: it is well only when all that it made is.
pub fn waves(store: &Store) -> Vec<Wave<'_>> {
    let mut waves: BTreeMap<i32, Wave<'_>> = BTreeMap::new();
    for application in store.applications.iter() {
        let mut children = application.children().peekable();
        if children.peek().is_none() {
            let wave = waves.entry(application.wave).or_default();
            if is_well(application) {
                wave.well += 1;
            } else {
                wave.open.push(application);
            }
        }
        let is_made = |name: &Line| store.applications.iter().any(|it| it.id.name == *name);
        for child in children.filter(|child| !is_made(&child.id.name)) {
            let wave = waves.entry(child.wave).or_default();
            wave.missing.push(&child.id.name);
        }
    }
    let mut unwell = None;
    for (number, wave) in &mut waves {
        let is_begun = wave.well > 0 || !wave.open.is_empty();
        wave.number = *number;
        wave.waits_for = unwell.filter(|_| !is_begun);
        if !wave.is_well() {
            unwell = unwell.or(Some(*number));
        }
    }
    waves.into_values().collect()
}

/// What Argo CD says that it waits for: the sentence of a parent whose sync goes on, or else of the
/// first application that is not well.
pub fn awaited(store: &Store) -> Option<(&Application, &str)> {
    let parents = store.applications.iter().filter(|it| it.is_syncing());
    let parents = parents.filter(|it| it.children().next().is_some());
    let unwell = waves(store).into_iter().flat_map(|wave| wave.open);
    parents
        .chain(unwell)
        .map(|it| (it, it.message()))
        .find(|(_, message)| !message.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::application::{AppResource, Operation, Phase};
    use crate::domain::event::{Change, Event, What};
    use crate::domain::object::ObjectRef;
    use crate::store::fold;
    use jiff::Timestamp;

    fn id(name: &str) -> ObjectRef {
        ObjectRef {
            namespace: "argocd".into(),
            name: name.into(),
        }
    }

    fn child(name: &str, wave: i32) -> AppResource {
        AppResource {
            group: "argoproj.io".into(),
            kind: "Application".into(),
            id: id(name),
            wave,
            ..AppResource::default()
        }
    }

    fn app(name: &str, wave: i32, health: Health) -> Application {
        Application {
            id: id(name),
            wave,
            sync: Sync::Synced,
            health,
            ..Application::default()
        }
    }

    fn store() -> Store {
        let mut root = app("root", 0, Health::Progressing);
        root.resources = vec![
            child("cert-manager", 0),
            child("external-dns", 0),
            child("envoy-gateway", 2),
            child("docs-app", 3),
        ];
        root.operation = Some(Operation {
            phase: Phase::Running,
            message: "waiting for healthy state of argoproj.io/Application/envoy-gateway".into(),
            ..Operation::default()
        });
        let mut envoy = app("envoy-gateway", 2, Health::Progressing);
        envoy.operation = Some(Operation {
            message: "one of its own".into(),
            ..Operation::default()
        });
        let objects = vec![
            root,
            app("cert-manager", 0, Health::Healthy),
            app("external-dns", 0, Health::Healthy),
            envoy,
        ];
        let mut store = Store::default();
        for object in objects {
            let what = What::Application(Change::Applied(Box::new(object)));
            let at = Timestamp::UNIX_EPOCH;
            fold(&mut store, Event { at, what });
        }
        store
    }

    #[test]
    fn a_wave_that_argo_cd_has_not_made_waits_for_the_first_that_is_not_well() {
        let store = store();
        let waves = waves(&store);
        let told: Vec<_> = waves
            .iter()
            .map(|wave| {
                let open: Vec<&str> = wave.open.iter().map(|it| it.id.name.as_str()).collect();
                let missing: Vec<&str> = wave.missing.iter().map(|it| it.as_str()).collect();
                (wave.number, wave.well, open, missing, wave.waits_for)
            })
            .collect();
        assert_eq!(
            told,
            [
                (0, 2, vec![], vec![], None),
                (2, 0, vec!["envoy-gateway"], vec![], None),
                (3, 0, vec![], vec!["docs-app"], Some(2)),
            ]
        );
    }

    #[test]
    fn the_parent_says_what_is_awaited_before_its_children_do() {
        let mut store = store();
        let (who, what) = awaited(&store).unwrap();
        assert_eq!(who.id.name.as_str(), "root");
        assert!(what.ends_with("envoy-gateway"));
        let mut root = who.clone();
        root.operation = None;
        let what = What::Application(Change::Applied(Box::new(root)));
        let at = Timestamp::UNIX_EPOCH;
        fold(&mut store, Event { at, what });
        let (who, what) = awaited(&store).unwrap();
        assert_eq!(
            (who.id.name.as_str(), what),
            ("envoy-gateway", "one of its own")
        );
    }

    #[test]
    fn nothing_is_awaited_of_nothing() {
        assert_eq!(waves(&Store::default()), []);
        assert_eq!(awaited(&Store::default()), None);
    }
}
