//! external-dns: what `DNSEndpoints` want becomes records at Cloudflare, with TXT records that say
//! whose they are; what others own is left alone.

use serde_json::{Value, json};

use super::object::{annotation, generation, items, name, namespace, number, set, text};
use super::world::Pass;
use crate::lab::cloudflare::{Record, Scope};

const ENDPOINTS: &str = "dnsendpoints.externaldns.k8s.io";
const ROUTES: &str = "httproutes.gateway.networking.k8s.io";
const SPACE: &str = "external-dns";
/// An external-dns bears the name of its cluster; the lab's is called so in its `cluster.toml`.
const OWNER: &str = "lab";
/// On average a change waits half of the one-minute interval.
const INTERVAL_SECONDS: u64 = 30;
const TARGET: &str = "external-dns.alpha.kubernetes.io/target";

/// A record that should be there.
struct Wanted {
    record: Record,
    resource: String,
}

/// One thing to do at Cloudflare.
enum Change {
    Create(Record),
    Update(Record),
    Delete(Record),
}

pub(super) fn reconcile(pass: &Pass<'_>) {
    if !pass.runs("deployments.apps", SPACE, "external-dns") || !credentials(pass) {
        return;
    }
    if !pass.resolves(SPACE, "external-dns") {
        return;
    }
    for endpoint in pass.list(ENDPOINTS) {
        let seen = generation(&endpoint);
        pass.change(ENDPOINTS, &endpoint, |next| {
            set(next, "/status/observedGeneration", json!(seen));
        });
    }
    let changes = plan(&wanted(pass), &pass.world.zone.records());
    let due = !changes.is_empty();
    if pass.held("external-dns/loop", due, INTERVAL_SECONDS) {
        for change in changes {
            carry_out(pass, change);
        }
    }
}

/// Whether the token in the Secret that the Deployment names may edit records.
fn credentials(pass: &Pass<'_>) -> bool {
    let Some(deployment) = pass.get("deployments.apps", SPACE, "external-dns") else {
        return false;
    };
    let variables = items(&deployment, "/spec/template/spec/containers/0/env").iter();
    let mut keys = variables.filter(|variable| text(variable, "/name") == "CF_API_TOKEN");
    let Some(reference) = keys
        .next()
        .and_then(|found| found.pointer("/valueFrom/secretKeyRef"))
    else {
        return false;
    };
    let token = pass
        .get("secrets", SPACE, text(reference, "/name"))
        .and_then(|secret| super::cert_manager::decoded(&secret, text(reference, "/key")));
    let scope = token.map(|token| pass.world.tokens.scope(&token));
    matches!(scope, Some(Ok(Scope::Full | Scope::RecordsOnly)))
}

fn wanted(pass: &Pass<'_>) -> Vec<Wanted> {
    let zone = pass.world.zone.name();
    let mut all = Vec::new();
    for endpoint in pass.list(ENDPOINTS) {
        let resource = format!("crd/{}/{}", namespace(&endpoint), name(&endpoint));
        for entry in items(&endpoint, "/spec/endpoints") {
            all.extend(records(entry, &resource));
        }
    }
    for route in pass.list(ROUTES) {
        let Some(target) = annotation(&route, TARGET) else {
            continue;
        };
        let resource = format!("httproute/{}/{}", namespace(&route), name(&route));
        for host in items(&route, "/spec/hostnames")
            .iter()
            .filter_map(Value::as_str)
        {
            let entry = json!({"dnsName": host, "recordType": "A", "targets": [target]});
            all.extend(records(&entry, &resource));
        }
    }
    all.retain(|wanted| {
        wanted.record.name == zone || wanted.record.name.ends_with(&format!(".{zone}"))
    });
    all
}

fn records(entry: &Value, resource: &str) -> Vec<Wanted> {
    let kind = text(entry, "/recordType");
    let proxied = items(entry, "/providerSpecific").iter().any(|setting| {
        text(setting, "/name") == "external-dns.alpha.kubernetes.io/cloudflare-proxied"
            && text(setting, "/value") == "true"
    });
    let ttl = number(entry, "/recordTTL").and_then(|ttl| u64::try_from(ttl).ok());
    let targets = items(entry, "/targets").iter().filter_map(Value::as_str);
    targets
        .filter(|target| !(kind == "A" && target.ends_with('.')))
        .map(|target| {
            let mut record = Record::new(kind, &text(entry, "/dnsName").to_lowercase(), target);
            record.proxied = proxied && record.proxiable();
            record.ttl = ttl.filter(|_| !record.proxied).unwrap_or(1);
            Wanted {
                record,
                resource: resource.to_owned(),
            }
        })
        .collect()
}

/// The changes that make `zone` what is wanted, without touching what has another owner.
fn plan(wanted: &[Wanted], zone: &[Record]) -> Vec<Change> {
    let mut changes = Vec::new();
    for Wanted { record, resource } in wanted {
        let marker = marker_name(record);
        let holder = zone
            .iter()
            .find(|known| known.kind == "TXT" && known.name == marker);
        let ours = holder.is_some_and(|known| owned(&known.content));
        let there = zone
            .iter()
            .find(|known| known.kind == record.kind && known.name == record.name);
        match there {
            None if holder.is_none() || ours => {
                changes.push(Change::Create(record.clone()));
                if holder.is_none() {
                    let content = format!(
                        "\"heritage=external-dns,external-dns/owner={OWNER},external-dns/resource={resource}\""
                    );
                    changes.push(Change::Create(Record::new("TXT", &marker, &content)));
                }
            }
            Some(known) if ours && !same(known, record) => {
                changes.push(Change::Update(Record {
                    id: known.id.clone(),
                    created: known.created,
                    ..record.clone()
                }));
            }
            _ => {}
        }
    }
    for known in zone
        .iter()
        .filter(|known| known.kind == "TXT" && owned(&known.content))
    {
        let kept = wanted
            .iter()
            .any(|wanted| marker_name(&wanted.record) == known.name);
        if !kept {
            let record = zone.iter().find(|other| marker_name(other) == known.name);
            changes.extend(record.cloned().map(Change::Delete));
            changes.push(Change::Delete(known.clone()));
        }
    }
    changes
}

fn same(known: &Record, wanted: &Record) -> bool {
    known.content == wanted.content && known.proxied == wanted.proxied && known.ttl == wanted.ttl
}

/// The TXT registry's name for a record: `a-docs.example.com`.
fn marker_name(record: &Record) -> String {
    format!("{}-{}", record.kind.to_lowercase(), record.name)
}

fn owned(content: &str) -> bool {
    content.contains("heritage=external-dns")
        && content
            .trim_matches('"')
            .split(',')
            .any(|part| part == format!("external-dns/owner={OWNER}"))
}

fn carry_out(pass: &Pass<'_>, change: Change) {
    let zone = &pass.world.zone;
    let done = match change {
        Change::Create(record) => zone.create(record, pass.now),
        Change::Update(record) => zone.update(record, pass.now),
        Change::Delete(record) => zone.delete(&record.id),
    };
    if let Err(refusal) = done {
        tracing::debug!(reason = refusal.message(), "Cloudflare refused a change");
    }
}
