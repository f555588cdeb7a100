//! Controllers on small tables of objects, each alone.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use rstest::rstest;
use serde_json::{Value, json};

use super::object::{condition, text};
use super::world::{Pass, World};
use super::{Authority, Logs, argocd, cert_manager, external_dns, external_secrets, gateway, pods};
use crate::clock::Clock;
use crate::lab::cloudflare::{Record, Scope, Tokens, Zone};
use crate::lab::kube::Objects;

mod gateway_api;

const TOKEN: &str = "a-token-of-the-tests";
const GROUPS: &[&str] = &[
    "argoproj.io",
    "cert-manager.io",
    "acme.cert-manager.io",
    "externaldns.k8s.io",
    "external-secrets.io",
    "gateway.networking.k8s.io",
    "gateway.envoyproxy.io",
];

fn noon() -> Timestamp {
    "2026-11-22T12:00:00Z".parse().unwrap()
}

/// A world in which every kind is served and every controller's own workload is ready.
fn world() -> World {
    world_serving(GROUPS)
}

fn world_serving(groups: &[&str]) -> World {
    let objects = Objects::new(Clock::default());
    for group in groups {
        objects.install(group);
    }
    let tokens = Tokens::default();
    tokens.allow(TOKEN, Scope::Full);
    let values = BTreeMap::from([("ingress_ip".to_owned(), "203.0.113.10".to_owned())]);
    let zone = Zone::new("example.com");
    let authority = std::sync::Arc::new(Authority::new(noon()).unwrap());
    let world = World::new(objects, zone, tokens, authority, (&values, &[])).unwrap();
    for (space, name) in [
        ("cert-manager", "cert-manager"),
        ("external-dns", "external-dns"),
        ("external-secrets", "external-secrets"),
        ("envoy-gateway-system", "envoy-gateway"),
    ] {
        let variables = json!([{"name": "CF_API_TOKEN", "valueFrom": {
            "secretKeyRef": {"name": "cloudflare-api-token", "key": "token"},
        }}]);
        world.objects.put(
            "deployments.apps",
            json!({
                "metadata": {"name": name, "namespace": space},
                "spec": {"template": {"spec": {"containers": [{"name": "c", "env": variables}]}}},
                "status": {"readyReplicas": 1},
            }),
        );
    }
    world.objects.put(
        "statefulsets.apps",
        json!({
            "metadata": {"name": "argocd-application-controller", "namespace": "argocd"},
            "status": {"readyReplicas": 1},
        }),
    );
    world.objects.put(
        "secrets",
        json!({
            "metadata": {"name": "cloudflare-api-token", "namespace": "external-dns"},
            "data": {"token": "YS10b2tlbi1vZi10aGUtdGVzdHM="},
        }),
    );
    world
}

fn at(world: &World, seconds: i64, controller: fn(&Pass<'_>)) -> Pass<'_> {
    let now = noon() + SignedDuration::from_secs(seconds);
    let pass = Pass::new(world, now, Clock::default());
    controller(&pass);
    pass
}

fn endpoint(world: &World, target: &str) {
    world.objects.put(
        "dnsendpoints.externaldns.k8s.io",
        json!({
            "metadata": {"name": "static-dns", "namespace": "external-dns"},
            "spec": {"endpoints": [
                {"dnsName": "docs.example.com", "recordType": "A", "targets": [target]},
            ]},
        }),
    );
}

fn records(world: &World) -> Vec<String> {
    let records = world.zone.records().into_iter();
    records
        .map(|record| format!("{} {} {}", record.kind, record.name, record.content))
        .collect()
}

#[test]
fn external_dns_publishes_follows_and_takes_back_what_it_owns() {
    let world = world();
    endpoint(&world, "203.0.113.10");
    assert!(at(&world, 0, external_dns::reconcile).due().is_some());
    assert!(records(&world).is_empty(), "not before its interval");
    at(&world, 30, external_dns::reconcile);
    let marker = "TXT a-docs.example.com \"heritage=external-dns,external-dns/owner=lab,external-dns/resource=crd/external-dns/static-dns\"";
    assert_eq!(records(&world), ["A docs.example.com 203.0.113.10", marker]);
    endpoint(&world, "203.0.113.11");
    at(&world, 60, external_dns::reconcile);
    at(&world, 90, external_dns::reconcile);
    assert_eq!(records(&world)[0], "A docs.example.com 203.0.113.11");
    world.objects.remove(
        "dnsendpoints.externaldns.k8s.io",
        Some("external-dns"),
        "static-dns",
    );
    at(&world, 120, external_dns::reconcile);
    at(&world, 150, external_dns::reconcile);
    assert!(records(&world).is_empty());
}

#[test]
fn external_dns_leaves_a_record_without_its_mark_alone() {
    let world = world();
    world
        .zone
        .create(Record::new("A", "docs.example.com", "192.0.2.1"), noon())
        .unwrap();
    endpoint(&world, "203.0.113.10");
    at(&world, 0, external_dns::reconcile);
    at(&world, 60, external_dns::reconcile);
    assert_eq!(records(&world), ["A docs.example.com 192.0.2.1"]);
}

#[test]
fn external_dns_does_nothing_with_a_revoked_token() {
    let world = world();
    world.tokens.revoke(TOKEN);
    endpoint(&world, "203.0.113.10");
    at(&world, 0, external_dns::reconcile);
    at(&world, 60, external_dns::reconcile);
    assert!(records(&world).is_empty());
}

fn with_gateway() -> World {
    let world = world();
    let class = json!({
        "metadata": {"name": "eg"},
        "spec": {"controllerName": "gateway.envoyproxy.io/gatewayclass-controller"},
    });
    world
        .objects
        .put("gatewayclasses.gateway.networking.k8s.io", class);
    world.objects.put(
        "gateways.gateway.networking.k8s.io",
        json!({
            "metadata": {"name": "public", "namespace": "edge"},
            "spec": {"gatewayClassName": "eg", "listeners": [
                {"name": "http", "port": 80, "protocol": "HTTP",
                 "allowedRoutes": {"namespaces": {"from": "All"}}},
                {"name": "own", "port": 8080, "protocol": "HTTP"},
                {"name": "https", "port": 443, "protocol": "HTTPS", "hostname": "docs.example.com",
                 "allowedRoutes": {"namespaces": {"from": "All"}},
                 "tls": {"certificateRefs": [{"name": "docs-tls"}]}},
            ]},
        }),
    );
    world.objects.put(
        "services",
        json!({
            "metadata": {"name": "docs", "namespace": "docs"},
            "spec": {"ports": [{"name": "http", "port": 80}]},
        }),
    );
    world
}

fn route(world: &World, section: &str, backend: &Value) -> Value {
    world.objects.put(
        "httproutes.gateway.networking.k8s.io",
        json!({
            "metadata": {"name": "r", "namespace": "docs"},
            "spec": {
                "parentRefs": [{"name": "public", "namespace": "edge", "sectionName": section}],
                "hostnames": ["www.example.com"], "rules": [{"backendRefs": [backend]}],
            },
        }),
    );
    at(world, 0, gateway::reconcile);
    let resource = "httproutes.gateway.networking.k8s.io";
    world.objects.get(resource, Some("docs"), "r").unwrap()
}

#[rstest]
#[case::good("http", json!({"name": "docs", "port": 80}), "Accepted", "ResolvedRefs")]
#[case::no_listener("nope", json!({"name": "docs", "port": 80}), "NoMatchingParent", "ResolvedRefs")]
#[case::namespace("own", json!({"name": "docs", "port": 80}), "NotAllowedByListeners", "ResolvedRefs")]
#[case::host("https", json!({"name": "docs", "port": 80}), "NoMatchingListenerHostname", "ResolvedRefs")]
#[case::no_service("http", json!({"name": "gone", "port": 80}), "Accepted", "BackendNotFound")]
#[case::no_port("http", json!({"name": "docs", "port": 81}), "Accepted", "PortNotFound")]
#[case::port_missing("http", json!({"name": "docs"}), "Accepted", "PortNotSpecified")]
#[case::kind("http", json!({"kind": "Pod", "name": "docs"}), "Accepted", "InvalidKind")]
#[case::grant("http", json!({"namespace": "edge", "name": "x", "port": 80}), "Accepted", "RefNotPermitted")]
fn a_route_says_why_it_is_not_served(
    #[case] section: &str,
    #[case] backend: Value,
    #[case] accepted: &str,
    #[case] resolved: &str,
) {
    let world = with_gateway();
    let conditions = route(&world, section, &backend)["status"]["parents"][0]["conditions"].clone();
    assert_eq!(conditions[0]["reason"], accepted, "{conditions:#}");
    assert_eq!(conditions[1]["reason"], resolved, "{conditions:#}");
}

#[test]
fn a_route_to_a_foreign_gateway_has_no_parents() {
    let world = with_gateway();
    world
        .objects
        .remove("gateways.gateway.networking.k8s.io", Some("edge"), "public");
    let backend = json!({"name": "docs", "port": 80});
    assert_eq!(route(&world, "http", &backend).get("status"), None);
}

#[test]
fn a_gateway_makes_its_proxy_and_names_the_listener_without_a_certificate() {
    let world = with_gateway();
    at(&world, 0, gateway::reconcile);
    at(&world, 1, gateway::reconcile);
    let resource = "gateways.gateway.networking.k8s.io";
    let gateway = world.objects.get(resource, Some("edge"), "public").unwrap();
    let accepted = condition(&gateway, "Accepted").unwrap();
    assert_eq!(accepted["message"], "Listeners not valid: https");
    let deployments = world.objects.list("deployments.apps");
    assert!(deployments.iter().any(|found| {
        text(found, "/metadata/name").starts_with("envoy-edge-public-")
            && found["spec"]["template"]["spec"]["containers"][0]["name"] == "envoy"
    }));
}

#[test]
fn an_unknown_source_is_a_comparison_error_in_argo_cds_words() {
    let world = world();
    world.objects.put("applications.argoproj.io", json!({
        "metadata": {"name": "a", "namespace": "argocd"},
        "spec": {
            "source": {"repoURL": "https://git.example/x", "path": "no/such", "targetRevision": "main"},
            "destination": {"namespace": "a"}, "syncPolicy": {"automated": {}},
        },
    }));
    at(&world, 0, argocd::reconcile);
    let app = world
        .objects
        .get("applications.argoproj.io", Some("argocd"), "a")
        .unwrap();
    assert_eq!(app["status"]["sync"]["status"], "Unknown");
    assert_eq!(
        app["status"]["conditions"][0]["message"],
        "Failed to load target state: failed to generate manifest for source 1 of 1: rpc error: code = Unknown desc = no/such: app path does not exist"
    );
    assert!(
        app.get("operation").is_none(),
        "nothing is synced from an unknown state"
    );
}

#[test]
fn a_refresh_annotation_is_acted_on_and_removed() {
    let world = world();
    world.objects.put(
        "applications.argoproj.io",
        json!({
            "metadata": {"name": "a", "namespace": "argocd",
                         "annotations": {"argocd.argoproj.io/refresh": "hard"}},
            "spec": {"source": {"repoURL": "r", "path": "guestbook", "targetRevision": "main"},
                     "destination": {"namespace": "a"}},
        }),
    );
    at(&world, 7, argocd::reconcile);
    let app = world
        .objects
        .get("applications.argoproj.io", Some("argocd"), "a")
        .unwrap();
    assert_eq!(
        app.pointer("/metadata/annotations/argocd.argoproj.io~1refresh"),
        None
    );
    assert_eq!(app["status"]["reconciledAt"], "2026-11-22T12:00:07Z");
    assert_eq!(app["status"]["sync"]["status"], "OutOfSync");
    assert_eq!(app["status"]["health"]["status"], "Missing");
}

#[test]
fn a_secret_that_the_vault_does_not_give_is_an_error_of_the_provider() {
    let world = world();
    world.objects.put(
        "clustersecretstores.external-secrets.io",
        json!({
            "metadata": {"name": "oci-vault"}, "spec": {"provider": {"oracle": {}}},
        }),
    );
    world.objects.put(
        "externalsecrets.external-secrets.io",
        json!({
            "metadata": {"name": "s", "namespace": "docs"},
            "spec": {"secretStoreRef": {"kind": "ClusterSecretStore", "name": "oci-vault"},
                     "target": {"name": "t"},
                     "data": [{"secretKey": "k", "remoteRef": {"key": "gone"}}]},
        }),
    );
    at(&world, 0, external_secrets::reconcile);
    let wanted = || {
        let resource = "externalsecrets.external-secrets.io";
        world.objects.get(resource, Some("docs"), "s").unwrap()
    };
    let ready = condition(&wanted(), "Ready").cloned().unwrap();
    assert_eq!(ready["reason"], "SecretSyncedError");
    assert_eq!(ready["message"], "could not get secret data from provider");
    world.vault.put("gone", "found");
    at(&world, 40, external_secrets::reconcile);
    assert_eq!(
        condition(&wanted(), "Ready").unwrap()["reason"],
        "SecretSynced"
    );
    let secret = world.objects.get("secrets", Some("docs"), "t").unwrap();
    assert_eq!(secret["data"]["k"], "Zm91bmQ=");
}

#[test]
fn a_pod_without_a_node_is_told_the_schedulers_reasons() {
    let world = world();
    for (name, labels) in [("a", json!({})), ("b", json!({"role": "ingress"}))] {
        world.objects.put(
            "nodes",
            json!({
                "metadata": {"name": name, "labels": labels},
                "status": {"conditions": [{"type": "Ready", "status": "True"}]},
            }),
        );
    }
    let pod = |name: &str| {
        json!({
            "metadata": {"name": name, "namespace": "edge"},
            "spec": {"nodeSelector": {"role": "ingress"},
                     "containers": [{"name": "envoy", "image": "envoy", "ports": [{"hostPort": 80}]}]},
            "status": {"phase": "Pending"},
        })
    };
    world.objects.put("pods", pod("first"));
    world.objects.put("pods", pod("second"));
    at(&world, 0, pods::reconcile);
    let second = world.objects.get("pods", Some("edge"), "second").unwrap();
    let message = condition(&second, "PodScheduled").unwrap()["message"].clone();
    let start = "0/2 nodes are available: 1 node(s) didn't have free ports for the requested pod ports, 1 node(s) didn't match Pod's node affinity/selector.";
    assert!(message.as_str().unwrap().starts_with(start), "{message}");
    at(&world, 2, pods::reconcile);
    let first = world.objects.get("pods", Some("edge"), "first").unwrap();
    assert_eq!(first["status"]["phase"], "Running");
}

#[test]
fn a_failing_container_backs_off_longer_each_time() {
    let world = world();
    world.objects.put(
        "nodes",
        json!({
            "metadata": {"name": "a"},
            "status": {"conditions": [{"type": "Ready", "status": "True"}]},
        }),
    );
    world.objects.put(
        "pods",
        json!({
            "metadata": {"name": "p", "namespace": "tools"},
            "spec": {"containers": [{"name": "reports", "image": "ghcr.io/example/reports:1.9.0"}]},
            "status": {"phase": "Pending"},
        }),
    );
    let mut messages = Vec::new();
    for second in 0..60 {
        at(&world, second, pods::reconcile);
        let pod = world.objects.get("pods", Some("tools"), "p").unwrap();
        let waiting = &pod["status"]["containerStatuses"][0]["state"]["waiting"];
        let message = text(waiting, "/message")
            .split(" restarting")
            .next()
            .unwrap_or_default();
        if !message.is_empty() && messages.last().map(String::as_str) != Some(message) {
            messages.push(message.to_owned());
        }
    }
    assert_eq!(messages, ["back-off 10s", "back-off 20s", "back-off 40s"]);
}

#[test]
fn an_issuer_registers_and_a_certificate_says_why_it_is_issued() {
    let world = world();
    world.objects.put(
        "clusterissuers.cert-manager.io",
        json!({
            "metadata": {"name": "le"},
            "spec": {"acme": {"server": "https://acme.example/directory", "email": "a@example.com",
                              "privateKeySecretRef": {"name": "le-key"}}},
        }),
    );
    world.objects.put(
        "certificates.cert-manager.io",
        json!({
            "metadata": {"name": "c", "namespace": "edge"},
            "spec": {"secretName": "c", "dnsNames": ["docs.example.com"],
                     "issuerRef": {"name": "le", "kind": "ClusterIssuer"}},
        }),
    );
    at(&world, 0, cert_manager::reconcile);
    let issuer = world
        .objects
        .get("clusterissuers.cert-manager.io", None, "le")
        .unwrap();
    assert_eq!(
        condition(&issuer, "Ready").unwrap()["reason"],
        "ACMEAccountRegistered"
    );
    let certificate = world
        .objects
        .get("certificates.cert-manager.io", Some("edge"), "c")
        .unwrap();
    for kind in ["Ready", "Issuing"] {
        let found = condition(&certificate, kind).unwrap();
        assert_eq!(found["reason"], "DoesNotExist");
        assert_eq!(
            found["message"],
            "Issuing certificate as Secret does not exist"
        );
    }
}

#[test]
fn a_sync_without_the_kinds_definition_says_which_one_is_missing() {
    let world = world_serving(&["argoproj.io"]);
    world.objects.put(
        "applications.argoproj.io",
        json!({
            "metadata": {"name": "managed-secrets", "namespace": "argocd"},
            "spec": {
                "source": {"repoURL": "r", "path": "argocd/managed-secrets", "targetRevision": "main"},
                "destination": {"namespace": "external-secrets"},
                "syncPolicy": {"automated": {}, "retry": {"limit": 0}},
            },
        }),
    );
    at(&world, 0, argocd::reconcile);
    at(&world, 1, argocd::reconcile);
    let app = world
        .objects
        .get(
            "applications.argoproj.io",
            Some("argocd"),
            "managed-secrets",
        )
        .unwrap();
    let state = &app["status"]["operationState"];
    assert_eq!(state["phase"], "Failed");
    assert_eq!(
        state["message"],
        "one or more synchronization tasks are not valid: The Kubernetes API could not find external-secrets.io/ClusterSecretStore for requested resource /oci-vault. Make sure the \"ClusterSecretStore\" CRD is installed on the destination cluster."
    );
    at(&world, 2, argocd::reconcile);
    let app = world
        .objects
        .get(
            "applications.argoproj.io",
            Some("argocd"),
            "managed-secrets",
        )
        .unwrap();
    assert_eq!(app["status"]["conditions"][0]["type"], "SyncError");
    assert!(
        app.get("operation").is_none(),
        "the same revision is not tried again"
    );
}

#[test]
fn a_log_ends_with_why_the_container_exited() {
    let pod = json!({
        "spec": {"containers": [{"name": "reports", "image": "ghcr.io/example/reports:1.9.0"}]},
        "status": {"containerStatuses": [{
            "name": "reports", "state": {"waiting": {"reason": "CrashLoopBackOff"}},
            "lastState": {"terminated": {
                "startedAt": "2026-11-22T11:59:00Z", "finishedAt": "2026-11-22T11:59:04Z",
            }},
        }]},
    });
    let lines = Logs::load().unwrap().lines(&pod, "reports", true, noon());
    let (at, last) = lines.last().unwrap();
    assert_eq!(at.to_string(), "2026-11-22T11:59:04Z");
    assert!(last.starts_with("fatal: "), "{last}");
}
