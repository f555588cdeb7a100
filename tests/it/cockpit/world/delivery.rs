//! What is delivered: applications, and certificates with what issues them.

use k3scope::domain::application::{
    AppCondition, AppResource, AppSource, Application, AutoSync, Deployment, Destination, Health,
    Operation, Phase, Sync,
};
use k3scope::domain::certificate::{Certificate, IssuerRef};
use k3scope::domain::event::{Event, What};
use k3scope::domain::issuance::{AcmeState, CertificateRequest, Challenge, Order};
use k3scope::domain::object::{ObjectRef, Owner, Truth};

use super::{DAY, HOUR, MINUTE, ago, applied, condition};

const APPLICATIONS: &[(&str, i32)] = &[
    ("root", -1),
    ("gateway-api-crds", 0),
    ("argocd-self-managed", 0),
    ("cert-manager", 1),
    ("external-secrets", 1),
    ("managed-secrets", 2),
    ("external-dns", 2),
    ("envoy-gateway", 3),
    ("argocd-ingress", 4),
    ("docs-app", 4),
];

pub(super) fn applications(wrong: bool) -> Vec<Application> {
    APPLICATIONS
        .iter()
        .map(|(name, wave)| {
            let mut application = Application {
                id: ObjectRef::new("argocd", *name),
                created: ago(40 * DAY),
                project: "default".into(),
                wave: *wave,
                parent: (*name != "root").then(|| "root".into()),
                sources: vec![AppSource {
                    repo: "https://github.com/example/k3s-oci".into(),
                    path: format!("argocd/apps/{name}").into(),
                    target: "main".into(),
                    ..AppSource::default()
                }],
                destination: Destination {
                    cluster: "in-cluster".into(),
                    namespace: (*name).into(),
                },
                auto_sync: Some(AutoSync {
                    enabled: true,
                    prune: true,
                    self_heal: true,
                }),
                sync: Sync::Synced,
                revisions: vec!["a41f0c9d2b7e5863f1c4a9d07e3b6258c0f1d2e3".into()],
                health: Health::Healthy,
                health_since: ago(2 * DAY),
                reconciled: ago(95),
                operation: Some(Operation {
                    phase: Phase::Succeeded,
                    message: "successfully synced (all tasks run)".into(),
                    revision: "a41f0c9d2b7e5863f1c4a9d07e3b6258c0f1d2e3".into(),
                    started: ago(2 * DAY + 20),
                    finished: ago(2 * DAY),
                    ..Operation::default()
                }),
                resources: resources_of(name),
                history: vec![
                    deployment(11, "77c01b2", 9 * DAY),
                    deployment(12, "a41f0c9", 2 * DAY),
                ],
                ..Application::default()
            };
            if wrong {
                break_application(&mut application);
            }
            application
        })
        .collect()
}

pub(super) fn deployment(id: i64, revision: &str, age: i64) -> Deployment {
    Deployment {
        id,
        revision: revision.into(),
        at: ago(age),
        ..Deployment::default()
    }
}

pub(super) fn resources_of(name: &str) -> Vec<AppResource> {
    let resource = |group: &str, kind: &str, wave| AppResource {
        group: group.into(),
        version: "v1".into(),
        kind: kind.into(),
        id: ObjectRef::new(name, name),
        sync: Sync::Synced,
        health: Some(Health::Healthy),
        wave,
        requires_pruning: false,
    };
    vec![
        resource("", "Namespace", -1),
        resource("", "ServiceAccount", 0),
        resource("apps", "Deployment", 1),
        resource("", "Service", 1),
    ]
}

pub(super) fn break_application(application: &mut Application) {
    match application.id.name.as_str() {
        "envoy-gateway" => {
            application.sync = Sync::OutOfSync;
            application.health_since = ago(12 * MINUTE);
            application.resources[2].sync = Sync::OutOfSync;
            application.operation = None;
        }
        "external-secrets" => {
            application.health = Health::Degraded;
            application.health_since = ago(50 * MINUTE);
            application.resources[2].health = Some(Health::Degraded);
            application.conditions = vec![AppCondition {
                kind: "SyncError".into(),
                message: "Deployment external-secrets exceeded its progress deadline".into(),
                since: ago(48 * MINUTE),
            }];
        }
        "docs-app" => {
            application.health = Health::Progressing;
            application.health_since = ago(90);
        }
        _ => {}
    }
}

pub(super) fn certificates(wrong: bool) -> Vec<Certificate> {
    let certificate = |name: &str, namespace: &str, host: &str, days: i64| Certificate {
        id: ObjectRef::new(namespace, name),
        created: ago(40 * DAY),
        dns_names: vec![host.into()],
        secret: name.into(),
        issuer: IssuerRef {
            kind: "ClusterIssuer".into(),
            name: "letsencrypt".into(),
        },
        conditions: vec![condition(
            "Ready",
            Truth::True,
            "Ready",
            "Certificate is up to date and has not expired",
            29 * DAY,
        )],
        revision: 3,
        not_before: ago((90 - days) * DAY),
        not_after: ago(-days * DAY),
        renewal: ago(-(days - 30) * DAY),
        ..Certificate::default()
    };
    let mut docs = certificate("docs-tls", "envoy-gateway-system", "docs.example.com", 61);
    if wrong {
        docs.not_before = None;
        docs.not_after = None;
        docs.renewal = None;
        docs.revision = 0;
        docs.failed_attempts = 2;
        docs.last_failure = ago(25 * MINUTE);
        docs.conditions = vec![
            condition(
                "Ready",
                Truth::False,
                "DoesNotExist",
                "Issuing certificate as Secret does not exist",
                HOUR,
            ),
            condition(
                "Issuing",
                Truth::False,
                "Failed",
                "The certificate request has failed to complete and will be retried",
                25 * MINUTE,
            ),
        ];
    }
    vec![
        docs,
        certificate(
            "argocd-tls",
            "envoy-gateway-system",
            "argocd.example.com",
            38,
        ),
    ]
}

pub(super) fn issuance() -> Vec<Event> {
    let namespace = "envoy-gateway-system";
    let owner = |kind: &str, name: &str| {
        Some(Owner {
            kind: kind.into(),
            name: name.into(),
        })
    };
    let request = CertificateRequest {
        id: ObjectRef::new(namespace, "docs-tls-1"),
        created: ago(26 * MINUTE),
        owner: owner("Certificate", "docs-tls"),
        revision: 1,
        conditions: vec![condition(
            "Ready",
            Truth::False,
            "Pending",
            "Waiting on certificate issuance from order docs-tls-1-2735",
            26 * MINUTE,
        )],
        failed: None,
    };
    let order = Order {
        id: ObjectRef::new(namespace, "docs-tls-1-2735"),
        created: ago(26 * MINUTE),
        owner: owner("CertificateRequest", "docs-tls-1"),
        state: AcmeState::Pending,
        dns_names: vec!["docs.example.com".into()],
        ..Order::default()
    };
    let challenge = Challenge {
        id: ObjectRef::new(namespace, "docs-tls-1-2735-401"),
        created: ago(26 * MINUTE),
        owner: owner("Order", "docs-tls-1-2735"),
        state: AcmeState::Pending,
        reason:
            "Waiting for HTTP-01 challenge propagation: wrong status code '404', expected '200'"
                .into(),
        kind: "HTTP-01".into(),
        dns_name: "docs.example.com".into(),
        presented: true,
        processing: true,
        ..Challenge::default()
    };
    let mut events = applied(vec![request], What::CertificateRequest);
    events.extend(applied(vec![order], What::Order));
    events.extend(applied(vec![challenge], What::Challenge));
    events
}
