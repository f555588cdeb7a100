//! What Envoy Gateway writes for a Gateway: listeners, virtual hosts, clusters and certificates, by
//! the names that it gives them.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::backend::{endpoints, service_port};
use super::listener::{admits, certificate, fit, is_meant, is_tls};
use super::place::inside;
use super::redirect;
use crate::lab::controllers::object::{holds_in, items, name, namespace, number, text};
use crate::lab::kube::Objects;

const ROUTES: &str = "httproutes.gateway.networking.k8s.io";

/// One Gateway's configuration, read from these objects.
pub(super) struct Translation<'a> {
    pub(super) objects: &'a Objects,
    pub(super) gateway: &'a Value,
}

/// A route that is attached to a listener.
struct Attached {
    route: std::sync::Arc<Value>,
    hosts: Vec<String>,
    resolved: bool,
}

/// The name of a rule's cluster.
pub(super) fn cluster_name(route: &Value, rule: usize) -> String {
    format!("httproute/{}/{}/rule/{rule}", namespace(route), name(route))
}

/// The prefix of a listener's counters.
pub(super) fn prefix(is_tls: bool, port: i64) -> String {
    let scheme = if is_tls { "https" } else { "http" };
    format!("http.{scheme}-{}", inside(port))
}

impl Translation<'_> {
    fn listeners(&self) -> impl Iterator<Item = &Value> {
        let all = items(self.gateway, "/spec/listeners").iter();
        all.filter(|one| !is_tls(one) || self.certificate(one).is_some())
    }

    fn certificate(&self, listener: &Value) -> Option<rustls::pki_types::CertificateDer<'static>> {
        certificate(self.objects, self.gateway, listener)
    }

    fn config_name(&self, listener: &Value) -> String {
        let (space, own) = (namespace(self.gateway), name(self.gateway));
        format!("{space}/{own}/{}", text(listener, "/name"))
    }

    /// Certificates of all listeners, in DER.
    pub(super) fn certificates(&self) -> Vec<rustls::pki_types::CertificateDer<'static>> {
        let secured = self.listeners().filter(|one| is_tls(one));
        secured.filter_map(|one| self.certificate(one)).collect()
    }

    /// `listener_statuses`: one for each port, named after the first of the Gateway's there.
    pub(super) fn listener_statuses(&self) -> Vec<Value> {
        let mut ports: BTreeMap<i64, String> = BTreeMap::new();
        for listener in self.listeners() {
            let port = number(listener, "/port").unwrap_or(80);
            let own = || self.config_name(listener);
            ports.entry(inside(port)).or_insert_with(own);
        }
        let statuses = ports.into_iter().map(|(port, own)| {
            json!({"name": own, "local_address":
                {"socket_address": {"address": "0.0.0.0", "port_value": port}}})
        });
        statuses.collect()
    }

    fn attached(&self, listener: &Value) -> Vec<Attached> {
        let routes = self.objects.shared_list(ROUTES).into_iter();
        routes
            .filter(|route| admits(self.objects, self.gateway, listener, namespace(route)))
            .filter_map(|route| {
                let parent = items(&route, "/status/parents").iter().find(|parent| {
                    let reference = parent.get("parentRef").unwrap_or(&Value::Null);
                    self.is_ours(reference, &route)
                        && is_meant(listener, reference)
                        && holds_in(parent, "/conditions", "Accepted")
                })?;
                let resolved = holds_in(parent, "/conditions", "ResolvedRefs");
                let hosts = hosts(text(listener, "/hostname"), &route);
                (!hosts.is_empty()).then_some(Attached {
                    route,
                    hosts,
                    resolved,
                })
            })
            .collect()
    }

    fn is_ours(&self, reference: &Value, route: &Value) -> bool {
        let space = match text(reference, "/namespace") {
            "" => namespace(route),
            space => space,
        };
        text(reference, "/name") == name(self.gateway) && space == namespace(self.gateway)
    }

    /// The route configurations: virtual hosts by host name.
    pub(super) fn route_configs(&self) -> Vec<Value> {
        let configs = self.listeners().map(|listener| {
            let own = self.config_name(listener);
            let mut hosts: BTreeMap<String, Vec<Value>> = BTreeMap::new();
            for attached in self.attached(listener) {
                for host in &attached.hosts {
                    let routes = self.routes(&attached, host);
                    hosts.entry(host.clone()).or_default().extend(routes);
                }
            }
            let hosts: Vec<Value> = hosts
                .into_iter()
                .map(|(host, routes)| {
                    let name = format!("{own}/{}", underscored(&host));
                    json!({"name": name, "domains": [host], "routes": routes})
                })
                .collect();
            json!({
                "@type": "type.googleapis.com/envoy.config.route.v3.RouteConfiguration",
                "name": own, "virtual_hosts": hosts,
            })
        });
        configs.collect()
    }

    fn routes(&self, attached: &Attached, host: &str) -> Vec<Value> {
        let route = &attached.route;
        let mut routes = Vec::new();
        for (index, rule) in items(route, "/spec/rules").iter().enumerate() {
            let all = [json!({})];
            let given = items(rule, "/matches");
            let matches = if given.is_empty() { &all[..] } else { given };
            for (number, one) in matches.iter().enumerate() {
                let cluster = cluster_name(route, index);
                let mut made = json!({
                    "name": format!("{cluster}/match/{number}/{}", underscored(host)),
                    "match": matched(one),
                });
                let (to, value) = if redirect::filter(rule).is_some() {
                    ("redirect", json!({"https_redirect": true}))
                } else if self.hosts_of(attached, rule).is_some() {
                    ("route", json!({"cluster": cluster}))
                } else {
                    ("direct_response", json!({"status": 500}))
                };
                if let Some(made) = made.as_object_mut() {
                    made.insert(to.to_owned(), value);
                }
                routes.push(made);
            }
        }
        routes
    }

    /// Addresses behind a rule; none where no backend of it can be resolved.
    fn hosts_of(&self, attached: &Attached, rule: &Value) -> Option<Vec<(String, i64)>> {
        let mut found = None;
        for backend in items(rule, "/backendRefs") {
            let space = match text(backend, "/namespace") {
                "" => namespace(&attached.route),
                space => space,
            };
            let route = (&*attached.route, attached.resolved);
            let Some(port) = service_port(self.objects, route, backend, space) else {
                continue;
            };
            let ready = endpoints(self.objects, (space, text(backend, "/name")), &port);
            let hosts = ready.into_iter().map(|(pod, port)| {
                let address = pod.as_deref().map_or("", |pod| text(pod, "/status/podIP"));
                (address.to_owned(), port)
            });
            found.get_or_insert_with(Vec::new).extend(hosts);
        }
        found
    }

    /// Clusters by name, with the addresses of their hosts.
    pub(super) fn clusters(&self) -> BTreeMap<String, Vec<(String, i64)>> {
        let mut clusters = BTreeMap::new();
        for listener in self.listeners() {
            for attached in self.attached(listener) {
                let rules = items(&attached.route, "/spec/rules").iter().enumerate();
                for (index, rule) in rules {
                    if redirect::filter(rule).is_none()
                        && let Some(hosts) = self.hosts_of(&attached, rule)
                    {
                        clusters.insert(cluster_name(&attached.route, index), hosts);
                    }
                }
            }
        }
        clusters
    }

    /// Prefixes of the counters of listeners, each with the clusters behind it and since when they
    /// are there.
    pub(super) fn behind(&self) -> BTreeMap<String, BTreeMap<String, String>> {
        let mut behind: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
        for listener in self.listeners() {
            let port = number(listener, "/port").unwrap_or(80);
            let own = behind.entry(prefix(is_tls(listener), port)).or_default();
            for attached in self.attached(listener) {
                let rules = items(&attached.route, "/spec/rules").iter().enumerate();
                for (index, rule) in rules {
                    if redirect::filter(rule).is_none() && self.hosts_of(&attached, rule).is_some()
                    {
                        let since = text(&attached.route, "/metadata/creationTimestamp");
                        own.insert(cluster_name(&attached.route, index), since.to_owned());
                    }
                }
            }
        }
        behind
    }
}

/// Host names that a listener and a route have in common; `*` for any.
fn hosts(listener: &str, route: &Value) -> Vec<String> {
    let wanted = items(route, "/spec/hostnames");
    if wanted.is_empty() {
        let any = if listener.is_empty() { "*" } else { listener };
        return vec![any.to_owned()];
    }
    let wanted = wanted.iter().filter_map(Value::as_str);
    wanted
        .filter_map(|host| {
            if fit(listener, host).is_some() {
                Some(host)
            } else {
                fit(host, listener).map(|_| listener)
            }
        })
        .map(str::to_owned)
        .collect()
}

fn underscored(host: &str) -> String {
    host.replace('.', "_")
}

fn matched(one: &Value) -> Value {
    let value = match text(one, "/path/value") {
        "" => "/",
        value => value,
    };
    match text(one, "/path/type") {
        "Exact" => json!({"path": value}),
        "RegularExpression" => json!({"safe_regex": {"regex": value}}),
        _ if value == "/" => json!({"prefix": "/"}),
        _ => json!({"path_separated_prefix": value.trim_end_matches('/')}),
    }
}
