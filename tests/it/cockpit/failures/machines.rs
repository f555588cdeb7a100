//! What goes wrong with proxies, nodes and secrets from outside.

use k3scope::domain::event::{Event, What};
use k3scope::domain::external_secret::{ClusterSecretStore, ExternalSecret, SecretStore, StoreRef};
use k3scope::domain::instance::{Instance, Power};
use k3scope::domain::object::{ObjectRef, Truth};
use k3scope::domain::pod::{Container, Pod, Termination};
use k3scope::domain::record::WantedRecord;
use k3scope::effect::Place;

use super::{Told, ago, applied, case, condition, labels, told, warning};

const EDGE: &str = "envoy-gateway-system";

pub(super) fn ended(message: &str) -> Termination {
    Termination {
        reason: "Error".into(),
        exit_code: 1,
        message: message.into(),
        at: ago(3),
    }
}

fn proxy(name: &str, gateway: &str, node: &str) -> Pod {
    Pod {
        id: ObjectRef::new(EDGE, name),
        status: if node.is_empty() {
            "Pending"
        } else {
            "Running"
        }
        .into(),
        node: node.into(),
        gateway: Some(ObjectRef::new(EDGE, gateway)),
        host_ports: vec![80, 443],
        node_selector: labels(&[("role", "ingress")]),
        created: ago(20),
        ..Pod::default()
    }
}

fn pending(name: &str, gateway: &str, message: &str) -> Pod {
    Pod {
        message: message.into(),
        ..proxy(name, gateway, "")
    }
}

fn seen(pods: Vec<Pod>, says: &'static [&'static str]) -> Told {
    let at = (Place::Pods, pods[0].id.clone());
    let events = pods.into_iter().map(|pod| applied(pod, What::Pod));
    case(events.collect(), at, says)
}

#[test]
fn a_proxy_without_a_place_says_who_has_it() {
    let ports = "0/3 nodes are available: 1 node(s) didn't have free ports for the requested pod ports, 2 node(s) \
        didn't match Pod's node affinity/selector.";
    let labels_lack =
        "0/3 nodes are available: 3 node(s) didn't match Pod's node affinity/selector.";
    let mut elsewhere = pending("envoy-new", "public-gateway", labels_lack);
    elsewhere.node_selector = labels(&[("role", "edge")]);
    told(vec![
        (
            "old pod",
            seen(
                vec![
                    pending("envoy-new", "public-gateway", ports),
                    proxy("envoy-old", "public-gateway", "k3s-ingress"),
                ],
                &[
                    "port 80 of node k3s-ingress is still held by the old pod envoy-old",
                    "strategy Recreate",
                ],
            ),
        ),
        (
            "two Gateways",
            seen(
                vec![
                    pending("envoy-new", "second", ports),
                    proxy("envoy-old", "public-gateway", "k3s-ingress"),
                ],
                &[
                    "both want port 80 of node k3s-ingress: only one proxy can have it",
                    "let one Gateway have a listener for each",
                ],
            ),
        ),
        (
            "node selector",
            seen(
                vec![elsewhere],
                &[
                    "it asks for a node with role=edge, and there is none",
                    "k3s-ingress has role=ingress",
                    "kubectl label node",
                ],
            ),
        ),
    ]);
}

#[test]
fn external_dns_without_a_zone() {
    let pod = Pod {
        id: ObjectRef::new("external-dns", "external-dns-1"),
        labels: labels(&[("app.kubernetes.io/name", "external-dns")]),
        status: "CrashLoopBackOff".into(),
        containers: vec![Container {
            name: "external-dns".into(),
            state: "CrashLoopBackOff".into(),
            last: Some(ended(
                "time=\"2026-11-22T14:00:00Z\" level=fatal msg=\"failed to do run once: Could not route to \
                 /zones//dns_records, perhaps your object identifier is invalid? (7003)\"",
            )),
            ..Container::default()
        }],
        ..Pod::default()
    };
    let wanted = k3scope::domain::record::DnsEndpoint {
        id: ObjectRef::new("docs", "more"),
        records: vec![WantedRecord {
            name: "more.example.com".into(),
            kind: "A".into(),
            targets: vec!["203.0.113.10".into()],
            ..WantedRecord::default()
        }],
        ..k3scope::domain::record::DnsEndpoint::default()
    };
    let events = || {
        vec![
            applied(pod.clone(), What::Pod),
            applied(wanted.clone(), What::DnsEndpoint),
        ]
    };
    let says = &["its token may not list zones", "--zone-id-filter"];
    told(vec![
        (
            "at the pod",
            case(events(), (Place::Pods, pod.id.clone()), says),
        ),
        (
            "at the record",
            case(
                events(),
                (Place::Dns, ObjectRef::new("A", "more.example.com")),
                says,
            ),
        ),
    ]);
}

fn secret(keys: &[&str], message: &str) -> ExternalSecret {
    ExternalSecret {
        id: ObjectRef::new("docs", "registry"),
        store: StoreRef {
            kind: "ClusterSecretStore".into(),
            name: "oci-vault".into(),
        },
        target: "registry".into(),
        keys: keys.iter().map(|key| (*key).into()).collect(),
        conditions: vec![condition(
            "Ready",
            Truth::False,
            "SecretSyncedError",
            message,
        )],
        ..ExternalSecret::default()
    }
}

fn vault(status: Truth, reason: &str, message: &str) -> Event {
    let store = SecretStore {
        id: ObjectRef::cluster("oci-vault"),
        provider: "oracle".into(),
        conditions: vec![condition("Ready", status, reason, message)],
        ..SecretStore::default()
    };
    applied(ClusterSecretStore(store), What::ClusterSecretStore)
}

fn unsynced(secret: ExternalSecret, mut events: Vec<Event>, says: &'static [&'static str]) -> Told {
    let at = (Place::Secrets, secret.id.clone());
    events.push(applied(secret, What::ExternalSecret));
    case(events, at, says)
}

#[test]
fn secrets_show_the_words_of_the_provider() {
    let refused = "could not get secret data from provider";
    let valid = || vault(Truth::True, "Valid", "store validated");
    let says = |message: &str| {
        let id = ObjectRef::new("docs", "registry");
        vec![
            valid(),
            warning("ExternalSecret", id, "UpdateFailed", message),
        ]
    };
    let not_ready = "ClusterSecretStore \"oci-vault\" is not ready";
    let refusal = "InvalidProviderConfig";
    let misplaced = ObjectRef::cluster("oci-vault");
    told(vec![
        (
            "policy, dynamic group or name",
            unsynced(
                secret(&["registry-token"], refused),
                says(
                    "error processing spec.data[0] (key: registry-token), err: Secrets service failed to \
                     GetSecretBundleByName, HTTP status code 404: Authorization failed or requested resource \
                     not found.",
                ),
                &[
                    "OCI answers alike whether the secret is not there or may not be read",
                    "the dynamic group matches",
                    "GetSecretBundleByName",
                ],
            ),
        ),
        (
            "OCID in place of the name",
            unsynced(
                secret(&["ocid1.vaultsecret.oc1.iad.abc"], refused),
                vec![valid()],
                &[
                    "which is an OCID",
                    "write the secret's name into remoteRef.key",
                ],
            ),
        ),
        (
            "version deleted",
            unsynced(
                secret(&["registry-token"], refused),
                says("err: secret version 3 not found"),
                &["the version that is asked for is not in the vault any more"],
            ),
        ),
        (
            "store cannot log in",
            unsynced(
                secret(&["registry-token"], not_ready),
                vec![vault(Truth::False, refusal, "unable to create client")],
                &[
                    "store oci-vault is not ready: the store cannot log in",
                    "principalType: InstancePrincipal",
                ],
            ),
        ),
        (
            "principalType misplaced",
            unsynced(
                secret(&["registry-token"], not_ready),
                vec![
                    vault(Truth::False, refusal, "unable to create client"),
                    warning(
                        "ClusterSecretStore",
                        misplaced,
                        refusal,
                        "invalid principalType",
                    ),
                ],
                &["write it at spec.provider.oracle.principalType"],
            ),
        ),
    ]);
}

#[test]
fn machines_below_the_nodes() {
    let stopped = |name: &str| {
        let instance = Instance {
            id: ObjectRef::cluster(name),
            power: Power::Stopped,
            ..Instance::default()
        };
        applied(instance, What::Instance)
    };
    let node = || (Place::Nodes, ObjectRef::cluster("k3s-worker"));
    let expiring = warning(
        "Node",
        ObjectRef::cluster("k3s-worker"),
        "CertificateExpirationWarning",
        "Node certificates require attention - restart k3s on this node to trigger automatic rotation",
    );
    told(vec![
        (
            "trial ended",
            case(
                vec![stopped("k3s-server"), stopped("k3s-worker")],
                node(),
                &["OCI does so when a trial ends (day 30)", "Always Free"],
            ),
        ),
        (
            "certificates of K3s",
            case(
                vec![expiring],
                node(),
                &["certificates of K3s on it run out", "restart k3s"],
            ),
        ),
    ]);
}
