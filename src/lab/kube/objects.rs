//! The store behind the lab's Kubernetes API: every object, one global resource version, and the
//! latest changes.
//!
//! Controllers use [`Objects::put`], [`Objects::get`] and the like; the server adds validation,
//! patches and authorisation in front of [`Objects::commit`]. Objects are JSON values: what kinds
//! there are comes from [`Kinds`].

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use serde_json::{Map, Value};
use tokio::sync::watch;

use super::history::{Change, ChangeKind, History, TooOld};
use super::kinds::{Kind, Kinds};
use super::meta;
use super::validate;
use crate::clock::Clock;

/// Namespace (empty for cluster-scoped objects) and name.
pub(crate) type Key = (String, String);

/// All objects of one lab cluster; clones share them.
#[derive(Clone)]
pub struct Objects {
    state: Arc<RwLock<State>>,
    latest: watch::Sender<u64>,
    clock: Clock,
}

struct State {
    revision: u64,
    kinds: Kinds,
    tables: HashMap<String, BTreeMap<Key, Arc<Value>>>,
    history: History,
}

/// What a transaction on one object comes to.
pub(super) enum Write {
    /// This is the object now; what the store owns (versions, uid) is set by the store.
    Put(Value),
    /// The object is gone.
    Remove,
    /// Nothing changes.
    Keep,
}

impl Objects {
    /// An empty cluster that knows the core kinds; custom ones come with [`Objects::install`].
    pub fn new(clock: Clock) -> Self {
        let (latest, _) = watch::channel(1);
        Self {
            state: Arc::new(RwLock::new(State {
                revision: 1,
                kinds: Kinds::core(),
                tables: HashMap::new(),
                history: History::default(),
            })),
            latest,
            clock,
        }
    }

    /// One object; `resource` is `pods` or `applications.argoproj.io`.
    pub fn get(&self, resource: &str, namespace: Option<&str>, name: &str) -> Option<Value> {
        self.shared(resource, namespace, name)
            .map(|object| Value::clone(&object))
    }

    /// Every object of a resource, ordered by namespace and name.
    pub fn list(&self, resource: &str) -> Vec<Value> {
        self.shared_list(resource)
            .iter()
            .map(|object| Value::clone(object))
            .collect()
    }

    /// As [`Objects::get`], without copying the object.
    pub fn shared(
        &self,
        resource: &str,
        namespace: Option<&str>,
        name: &str,
    ) -> Option<Arc<Value>> {
        let key = (namespace.unwrap_or_default().to_owned(), name.to_owned());
        self.read().tables.get(resource)?.get(&key).cloned()
    }

    /// As [`Objects::list`], without copying the objects.
    pub fn shared_list(&self, resource: &str) -> Vec<Arc<Value>> {
        self.read()
            .tables
            .get(resource)
            .map(|table| table.values().cloned().collect())
            .unwrap_or_default()
    }

    /// Creates or replaces an object, status included. An object equal to what is there makes no
    /// change; one that is being deleted and has lost its last finalizer goes. A kind that is not
    /// installed is kept out: the answer is then the object as it was given.
    pub fn put(&self, resource: &str, object: Value) -> Value {
        if self.read().kinds.by_resource(resource).is_none() {
            return object;
        }
        let key = meta::key(&object);
        self.commit(resource, key, |_| {
            Ok::<_, std::convert::Infallible>(Write::Put(object))
        })
        .ok()
        .flatten()
        .map_or(Value::Null, |object| Value::clone(&object))
    }

    /// Changes an object where it is, as one step: nothing that a client writes meanwhile is lost.
    /// Answers with the object as it is afterwards; none when there is none.
    pub fn change(
        &self,
        resource: &str,
        namespace: Option<&str>,
        name: &str,
        edit: impl FnOnce(&mut Value),
    ) -> Option<Value> {
        let key = (namespace.unwrap_or_default().to_owned(), name.to_owned());
        self.commit(resource, key, |before| {
            Ok::<_, std::convert::Infallible>(before.map_or(Write::Keep, |before| {
                let mut object = Value::clone(before);
                edit(&mut object);
                Write::Put(object)
            }))
        })
        .ok()
        .flatten()
        .map(|object| Value::clone(&object))
    }

    /// Removes an object at once, whatever its finalizers say, and answers with what it was.
    pub fn remove(&self, resource: &str, namespace: Option<&str>, name: &str) -> Option<Value> {
        let key = (namespace.unwrap_or_default().to_owned(), name.to_owned());
        self.commit(resource, key, |_| {
            Ok::<_, std::convert::Infallible>(Write::Remove)
        })
        .ok()
        .flatten()
        .map(|object| Value::clone(&object))
    }

    /// What the schemas find wrong with stored objects, as `RESOURCE NAMESPACE/NAME: FIELD: WHAT`.
    /// Controllers write unchecked, so tests of what they write ask this.
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        for kind in self.kinds().all() {
            let Some(schema) = &kind.schema else { continue };
            let resource = kind.resource();
            for object in self.shared_list(&resource) {
                let (namespace, name) = meta::key(&object);
                let mut known = Value::clone(&object);
                let unknown = validate::prune(&mut known, schema).into_iter();
                let unknown = unknown.map(|field| format!("{field}: unknown field"));
                let causes = validate::check(&object, schema).into_iter();
                let causes = causes.map(|cause| format!("{}: {}", cause.field, cause.message));
                for problem in unknown.chain(causes) {
                    problems.push(format!("{resource} {namespace}/{name}: {problem}"));
                }
            }
        }
        problems
    }

    /// The latest resource version; it changes after every write.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.latest.subscribe()
    }

    /// Serves the digested custom resource definitions whose name or group is `name`, and puts
    /// their `CustomResourceDefinition` objects; answers how many there are.
    pub fn install(&self, name: &str) -> usize {
        let found = Kinds::digested()
            .into_iter()
            .filter(|kind| kind.group == name || kind.resource() == name)
            .collect::<Vec<_>>();
        for kind in &found {
            self.write().kinds.add(Arc::clone(kind));
            self.put(
                "customresourcedefinitions.apiextensions.k8s.io",
                kind.definition(self.clock.now()),
            );
        }
        found.len()
    }

    /// The kinds that are served now.
    pub(super) fn kinds(&self) -> Kinds {
        self.read().kinds.clone()
    }

    /// Serves one more kind, or another form of one.
    pub(super) fn serve(&self, kind: Kind) {
        self.write().kinds.add(Arc::new(kind));
    }

    /// Stops serving a kind; its objects go with it.
    pub(super) fn withdraw(&self, resource: &str) {
        for object in self.shared_list(resource) {
            let (namespace, name) = meta::key(&object);
            self.remove(resource, Some(&namespace), &name);
        }
        self.write().kinds.remove(resource);
    }

    /// The clock that dates objects.
    pub(super) fn clock(&self) -> Clock {
        self.clock
    }

    /// The current resource version.
    pub(super) fn revision(&self) -> u64 {
        self.read().revision
    }

    /// Reads an object and decides what becomes of it, as one step; answers with the object as it
    /// is afterwards (or was, when it is removed).
    pub(super) fn commit<E>(
        &self,
        resource: &str,
        key: Key,
        decide: impl FnOnce(Option<&Arc<Value>>) -> Result<Write, E>,
    ) -> Result<Option<Arc<Value>>, E> {
        let mut state = self.write();
        let before = state
            .tables
            .get(resource)
            .and_then(|table| table.get(&key))
            .cloned();
        let kind = state.kinds.by_resource(resource);
        let write = decide(before.as_ref())?;
        let (Some(kind), write) = (kind, write) else {
            return Ok(None);
        };
        let after = match write {
            Write::Keep => return Ok(before),
            Write::Remove => None,
            Write::Put(object) => {
                let object = meta::settle(object, before.as_deref(), &kind, self.clock.now());
                if before
                    .as_deref()
                    .is_some_and(|old| meta::same(old, &object))
                {
                    return Ok(before);
                }
                (!meta::is_finished(&object)).then_some(object)
            }
        };
        if before.is_none() && after.is_none() {
            return Ok(None);
        }
        let result = state.record(resource, key, before, after);
        let revision = state.revision;
        drop(state);
        self.latest.send_replace(revision);
        Ok(Some(result))
    }

    /// The objects of a resource as they were at `at` (or are now), and that resource version.
    pub(super) fn snapshot(
        &self,
        resource: &str,
        at: Option<u64>,
    ) -> Result<(u64, Vec<Arc<Value>>), TooOld> {
        let state = self.read();
        let at = at.unwrap_or(state.revision);
        let now = state.tables.get(resource);
        if at >= state.revision {
            let objects = now.map(|table| table.values().cloned().collect());
            return Ok((at, objects.unwrap_or_default()));
        }
        let mut table = now.cloned().unwrap_or_default();
        for change in state.history.newest_first(resource, at)? {
            let key = meta::key(&change.object);
            match &change.previous {
                Some(previous) => table.insert(key, Arc::clone(previous)),
                None => table.remove(&key),
            };
        }
        Ok((at, table.into_values().collect()))
    }

    /// The changes of a resource after `since`, oldest first, and the current resource version.
    pub(super) fn since(&self, resource: &str, since: u64) -> Result<(u64, Vec<Change>), TooOld> {
        let state = self.read();
        let changes = state.history.oldest_first(resource, since)?;
        Ok((state.revision, changes))
    }

    /// Forgets the changes up to now, as compaction does: what is older is "too old".
    pub fn compact(&self) {
        let mut state = self.write();
        let revision = state.revision;
        state.history.forget(revision);
    }

    fn read(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn record(
        &mut self,
        resource: &str,
        key: Key,
        before: Option<Arc<Value>>,
        after: Option<Value>,
    ) -> Arc<Value> {
        self.revision += 1;
        let kind = match (&before, &after) {
            (None, _) => ChangeKind::Added,
            (Some(_), Some(_)) => ChangeKind::Modified,
            (Some(_), None) => ChangeKind::Deleted,
        };
        let mut object = after.unwrap_or_else(|| {
            before
                .as_deref()
                .cloned()
                .unwrap_or_else(|| Value::Object(Map::new()))
        });
        meta::set_revision(&mut object, self.revision);
        let object = Arc::new(object);
        let table = self.tables.entry(resource.to_owned()).or_default();
        if kind == ChangeKind::Deleted {
            table.remove(&key);
        } else {
            table.insert(key, Arc::clone(&object));
        }
        self.history.push(Change {
            revision: self.revision,
            resource: resource.to_owned(),
            kind,
            object: Arc::clone(&object),
            previous: before,
        });
        object
    }
}

#[cfg(test)]
mod tests;
