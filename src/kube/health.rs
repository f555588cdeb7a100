//! How resources are by Argo CD's rules, as read from the objects themselves.
//!
//! One request for each kind and namespace: the object where one is asked about, the list where there
//! are several. Only kinds with a rule are read, so that no Secret ever is.

mod claims;
mod conditions;
mod workloads;

use std::collections::BTreeMap;

use kube::api::{GetParams, ListParams};
use kube::core::{ApiResource, DynamicObject, GroupVersionKind, Request, Resource};
use serde::Deserialize;

use super::connection::Connection;
use super::fault::Fault;
use super::wire::vital::Seen;
use crate::domain::action::Right;
use crate::domain::application::Health;
use crate::domain::checkup::{Checked, Vital};
use crate::domain::comparison::ResourceRef;
use crate::domain::health_rule::{Judged, Ruled, ruled};
use crate::domain::line::Line;
use crate::domain::object::ObjectRef;

/// Objects of one page.
const PAGE: u32 = 250;

/// Resources of one kind in one namespace: what one request tells of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    rule: &'static Ruled,
    version: Line,
    namespace: Line,
    of: Vec<ResourceRef>,
}

impl Batch {
    /// All of `resources` whose kind has a rule, in batches.
    pub fn all(resources: &[ResourceRef]) -> Vec<Self> {
        let mut found: BTreeMap<(&str, &str, Line, Line), Self> = BTreeMap::new();
        for each in resources {
            let Some(rule) = ruled(&each.group, &each.kind) else {
                continue;
            };
            let version = rule.version.map_or_else(|| each.version.clone(), Line::new);
            let namespace = if rule.namespaced {
                each.id.namespace.clone()
            } else {
                Line::default()
            };
            let key = (rule.group, rule.kind, version.clone(), namespace.clone());
            let batch = found.entry(key).or_insert_with(|| Self {
                rule,
                version,
                namespace,
                of: Vec::new(),
            });
            batch.of.push(each.clone());
        }
        found.into_values().collect()
    }

    /// The same for all, where they are not read.
    pub fn unread(self, why: &str) -> Vec<Checked> {
        self.told(&Vital::Unread { why: why.into() })
    }

    /// Reads them, and judges each.
    pub async fn read(self, connection: &Connection) -> Vec<Checked> {
        match self.seen(connection).await {
            Ok(seen) => self.judged(&seen),
            Err(Fault::NotFound(_)) => {
                let Ruled { kind, group, .. } = self.rule;
                let why = format!("the cluster serves no {kind} of {group}/{}", self.version);
                self.unread(&why)
            }
            Err(Fault::Forbidden(_)) => {
                let right = self.right();
                self.unread(&format!("not permitted: {right}"))
            }
            Err(fault) => self.unread(&fault.to_string()),
        }
    }

    fn told(self, vital: &Vital) -> Vec<Checked> {
        let one = |of| Checked {
            of,
            vital: vital.clone(),
        };
        self.of.into_iter().map(one).collect()
    }

    /// What must be permitted for it.
    fn right(&self) -> Right {
        let verb = if self.of.len() == 1 { "get" } else { "list" };
        let Ruled { group, plural, .. } = self.rule;
        Right::new(verb, group, plural, &self.namespace)
    }

    fn judged(self, seen: &[Seen]) -> Vec<Checked> {
        let seen: BTreeMap<ObjectRef, &Seen> = seen.iter().map(|it| (it.id(), it)).collect();
        let rule = self.rule;
        let one = |of: ResourceRef| {
            let id = ObjectRef::new(self.namespace.clone(), of.id.name.clone());
            let vital = seen.get(&id).map_or(Vital::Missing, |seen| {
                let (health, why) = judge(rule, seen);
                Vital::Judged {
                    health,
                    why: why.into(),
                }
            });
            Checked { of, vital }
        };
        self.of.into_iter().map(one).collect()
    }

    fn address(&self) -> Request {
        let Ruled {
            group,
            kind,
            plural,
            ..
        } = self.rule;
        let kind = GroupVersionKind::gvk(group, &self.version, kind);
        let resource = ApiResource::from_gvk_with_plural(&kind, plural);
        let namespace = Some(self.namespace.as_str()).filter(|it| !it.is_empty());
        Request::new(DynamicObject::url_path(&resource, namespace))
    }

    async fn seen(&self, connection: &Connection) -> Result<Vec<Seen>, Fault> {
        let unbuilt = |error: kube::core::request::Error| Fault::Answer(error.to_string().into());
        if let [one] = self.of.as_slice() {
            let request = self.address().get(&one.id.name, &GetParams::default());
            let request = request.map_err(unbuilt)?;
            return match connection.client().request(request).await {
                Ok(object) => Ok(vec![object]),
                // An object that is not there is named; a kind that is not there is not.
                Err(kube::Error::Api(status)) if is_gone(&status, &one.id.name) => Ok(Vec::new()),
                Err(error) => Err(error.into()),
            };
        }
        let mut found = Vec::new();
        let mut how = ListParams::default().limit(PAGE);
        loop {
            let request = self.address().list(&how).map_err(unbuilt)?;
            let page: Page = connection.client().request(request).await?;
            found.extend(page.items);
            match page.metadata.proceed {
                Some(next) if !next.is_empty() => how.continue_token = Some(next),
                _ => return Ok(found),
            }
        }
    }
}

fn is_gone(status: &kube::core::Status, name: &str) -> bool {
    let named = status.details.as_ref().map(|it| it.name.as_str());
    status.code == 404 && named == Some(name)
}

#[derive(Deserialize)]
struct Page {
    #[serde(default)]
    metadata: Paging,
    items: Vec<Seen>,
}

#[derive(Default, Deserialize)]
struct Paging {
    #[serde(default, rename = "continue")]
    proceed: Option<String>,
}

/// The health of an object of a kind that has a rule.
fn judge(rule: &Ruled, seen: &Seen) -> Judged {
    if seen.is_leaving() {
        return (Health::Progressing, "it is being deleted".to_owned());
    }
    match (rule.group, rule.kind) {
        ("apps", "Deployment") => workloads::deployment(seen),
        ("apps", "StatefulSet") => workloads::stateful_set(seen),
        ("apps", "DaemonSet") => workloads::daemon_set(seen),
        ("apps", "ReplicaSet") => workloads::replica_set(seen),
        ("batch", "Job") => workloads::job(seen),
        ("batch", "CronJob") => workloads::cron_job(seen),
        ("", "Pod") => workloads::pod(seen),
        ("", "PersistentVolumeClaim") => claims::volume_claim(seen),
        ("", "Service") => claims::service(seen),
        (_, "Ingress") => claims::ingress(seen),
        _ => conditions::judge(rule.kind, seen),
    }
}

#[cfg(test)]
mod tests;
