//! What controllers see: the objects, Cloudflare's zone, the vault, and the moment of this pass.
//!
//! A [`Pass`] is one look at the world at one time. Controllers write through it, and tell it when
//! something will be due: nothing here sleeps, so tests and scenarios choose the time.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::cert_manager::Authority;
use super::data_plane::DataPlane;
use super::images::Images;
use super::object::{date, hex, name, namespace, set, text};
use super::sources::Sources;
use super::underlay::{Perfect, Underlay};
use crate::clock::Clock;
use crate::lab::cloudflare::{Tokens, Zone};
use crate::lab::kube::Objects;

/// Everything that the controllers of one cluster act on; clones share it.
#[derive(Clone)]
pub(crate) struct World {
    pub(crate) objects: Objects,
    pub(crate) zone: Zone,
    pub(crate) tokens: Tokens,
    pub(crate) vault: Vault,
    pub(crate) authority: Arc<Authority>,
    pub(super) sources: Arc<Sources>,
    pub(super) images: Arc<Images>,
    /// Files of manifests that K3s applies once, as soon as their kinds are served.
    pub(super) laid: Arc<[String]>,
    /// Manifests that lay on the first server's disk, applied likewise.
    pub(crate) found: Arc<[Arc<Value>]>,
    /// Where the ingress node is reached from the internet.
    pub(crate) ingress: Arc<str>,
    /// The network between nodes.
    pub(crate) underlay: Arc<dyn Underlay>,
    /// What the proxies hold.
    pub(crate) data_plane: DataPlane,
    /// Held by whoever joins: no two nodes find the same range of pod addresses free.
    pub(super) joining: Arc<Mutex<()>>,
    since: Arc<Mutex<BTreeMap<String, Timestamp>>>,
}

/// The secrets of the lab's OCI Vault, name to content.
#[derive(Clone, Default)]
pub(crate) struct Vault(Arc<Mutex<BTreeMap<String, String>>>);

impl Vault {
    /// Puts a secret.
    pub(crate) fn put(&self, name: &str, content: &str) {
        self.lock().insert(name.to_owned(), content.to_owned());
    }

    /// Takes a secret away; reading it is then refused as OCI refuses what one may not see.
    pub(crate) fn remove(&self, name: &str) -> Option<String> {
        self.lock().remove(name)
    }

    pub(super) fn get(&self, name: &str) -> Option<String> {
        self.lock().get(name).cloned()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl World {
    /// A world around a store; `values` fill the `${…}` of manifests, `laid` are the files that
    /// the first server lays down.
    pub(crate) fn new(
        objects: Objects,
        zone: Zone,
        tokens: Tokens,
        authority: Arc<Authority>,
        (values, laid): (&BTreeMap<String, String>, &[String]),
    ) -> Result<Self, super::AssetError> {
        let ingress = values.get("ingress_ip").map_or("", String::as_str);
        Ok(Self {
            objects,
            zone,
            tokens,
            vault: Vault::default(),
            authority,
            sources: Arc::new(Sources::load(values)?),
            images: Arc::new(Images::load()?),
            laid: laid.into(),
            found: Arc::default(),
            ingress: ingress.into(),
            underlay: Arc::new(Perfect),
            data_plane: DataPlane::default(),
            joining: Arc::default(),
            since: Arc::default(),
        })
    }
}

/// One look at the world.
pub(super) struct Pass<'a> {
    pub(super) world: &'a World,
    pub(super) now: Timestamp,
    clock: Clock,
    due: Cell<Option<Timestamp>>,
    idle: Cell<Option<Timestamp>>,
}

impl<'a> Pass<'a> {
    pub(super) fn new(world: &'a World, now: Timestamp, clock: Clock) -> Self {
        Self {
            world,
            now,
            clock,
            due: Cell::new(None),
            idle: Cell::new(None),
        }
    }

    /// The next moment at which something goes on.
    pub(super) fn due(&self) -> Option<Timestamp> {
        self.due.get()
    }

    /// The next moment at which something is looked at again, though nothing may come of it.
    pub(super) fn idle(&self) -> Option<Timestamp> {
        self.idle.get()
    }

    /// Whether `seconds` of the lab's time have gone by since `since`; if not, this is due then.
    pub(super) fn elapsed(&self, since: Timestamp, seconds: u64) -> bool {
        let then = self.after(since, seconds);
        if self.now >= then {
            return true;
        }
        earlier(&self.due, then);
        false
    }

    /// As [`Pass::elapsed`], for what repeats for ever.
    pub(super) fn every(&self, key: &str, seconds: u64) -> bool {
        let mut memory = self.memory();
        let last = memory.get(key).copied();
        let next = last.map(|last| self.after(last, seconds));
        if next.is_none_or(|next| self.now >= next) {
            memory.insert(key.to_owned(), self.now);
            earlier(&self.idle, self.after(self.now, seconds));
            return true;
        }
        if let Some(next) = next {
            earlier(&self.idle, next);
        }
        false
    }

    /// Whether `condition` has held for `seconds`, over passes.
    pub(super) fn held(&self, key: &str, condition: bool, seconds: u64) -> bool {
        if !condition {
            self.memory().remove(key);
            return false;
        }
        let since = *self.memory().entry(key.to_owned()).or_insert(self.now);
        self.elapsed(since, seconds)
    }

    /// True the first time that it is asked.
    pub(super) fn once(&self, key: &str) -> bool {
        self.memory().insert(key.to_owned(), self.now).is_none()
    }

    fn after(&self, since: Timestamp, seconds: u64) -> Timestamp {
        let wait = self.clock.at_pace(Duration::from_secs(seconds));
        since.checked_add(wait).unwrap_or(self.now)
    }

    fn memory(&self) -> MutexGuard<'_, BTreeMap<String, Timestamp>> {
        let since = self.world.since.lock();
        since.unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn list(&self, resource: &str) -> Vec<Arc<Value>> {
        self.world.objects.shared_list(resource)
    }

    pub(super) fn get(&self, resource: &str, namespace: &str, name: &str) -> Option<Arc<Value>> {
        self.world.objects.shared(resource, Some(namespace), name)
    }

    /// Creates or replaces; what is new is as old as this pass says.
    pub(super) fn put(&self, resource: &str, mut object: Value) -> Value {
        if text(&object, "/metadata/creationTimestamp").is_empty() {
            set(
                &mut object,
                "/metadata/creationTimestamp",
                json!(date(self.now)),
            );
        }
        self.world.objects.put(resource, object)
    }

    /// Changes a copy and stores it, unless someone else has changed the object meanwhile: then
    /// the next round looks again.
    pub(super) fn change(&self, resource: &str, object: &Value, edit: impl FnOnce(&mut Value)) {
        let mut next = object.clone();
        edit(&mut next);
        if next != *object {
            self.replace(resource, object, next);
        }
    }

    /// Puts `next` where `known` still stands, as one step with looking.
    pub(super) fn replace(&self, resource: &str, known: &Value, next: Value) {
        let version = "/metadata/resourceVersion";
        let stands = |current: &Value| text(current, version) == text(known, version);
        let space = Some(namespace(known));
        self.world
            .objects
            .change(resource, space, name(known), |current| {
                if stands(current) {
                    *current = next;
                }
            });
    }

    pub(super) fn remove(&self, resource: &str, object: &Value) {
        let space = namespace(object);
        self.world
            .objects
            .remove(resource, Some(space), name(object));
    }

    /// Whether a custom kind is served.
    pub(super) fn serves(&self, resource: &str) -> bool {
        let (_, group) = resource.split_once('.').unwrap_or_default();
        let builtin = !group.contains('.')
            || group.ends_with(".k8s.io")
                && !group.starts_with("gateway.")
                && !group.starts_with("externaldns.")
            || group == "helm.cattle.io";
        builtin
            || self
                .get(
                    "customresourcedefinitions.apiextensions.k8s.io",
                    "",
                    resource,
                )
                .is_some()
    }

    /// Whether a Deployment or `StatefulSet` has a ready pod: controllers act only then.
    pub(super) fn runs(&self, resource: &str, namespace: &str, name: &str) -> bool {
        self.get(resource, namespace, name)
            .is_some_and(|found| super::object::number(&found, "/status/readyReplicas") >= Some(1))
    }

    /// Records an event about an object; the same words again raise its count.
    pub(super) fn event(&self, about: &Value, component: &str, what: (&str, &str, &str)) {
        let (kind, reason, message) = what;
        let space = match namespace(about) {
            "" => "default",
            space => space,
        };
        let uid = text(about, "/metadata/uid");
        let tail = hex(&format!("{uid}{reason}{message}"), 16);
        let event_name = format!("{}.{tail}", name(about));
        let before = self.get("events", space, &event_name);
        let count = before
            .as_deref()
            .and_then(|event| super::object::number(event, "/count"))
            .unwrap_or(0);
        let first = before
            .as_deref()
            .map(|event| text(event, "/firstTimestamp").to_owned());
        self.put(
            "events",
            json!({
                "metadata": {"name": event_name, "namespace": space},
                "involvedObject": {
                    "apiVersion": text(about, "/apiVersion"), "kind": text(about, "/kind"),
                    "name": name(about), "namespace": about.pointer("/metadata/namespace"),
                    "uid": uid, "resourceVersion": text(about, "/metadata/resourceVersion"),
                },
                "type": kind, "reason": reason, "message": message, "count": count + 1,
                "firstTimestamp": first.unwrap_or_else(|| date(self.now)),
                "lastTimestamp": date(self.now), "eventTime": null,
                "source": {"component": component}, "reportingComponent": component,
                "reportingInstance": "",
            }),
        );
    }
}

fn earlier(place: &Cell<Option<Timestamp>>, then: Timestamp) {
    if place.get().is_none_or(|known| then < known) {
        place.set(Some(then));
    }
}
