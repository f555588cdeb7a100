//! What applications wait for, what undoes a rollback, and Argo CD and cert-manager themselves.

use k3scope::domain::application::{AutoSync, Deployment, Destination, Health, Phase};
use k3scope::domain::argo_settings::ArgoSettings;
use k3scope::domain::certificate::Certificate;
use k3scope::domain::event::{Event, What};
use k3scope::domain::object::{ObjectRef, Truth};
use k3scope::domain::pod::{Container, Pod};
use k3scope::domain::route::{Gateway, Listener};
use k3scope::effect::Place;

use super::delivery::{NEW, app, beside, child, here, operation, put, resource};
use super::{ago, applied, case, condition, labels, told, world};

const EDGE: &str = "envoy-gateway-system";
const OLD: &str = "77c01b2e5d9f4a3816c0b7e2d4f8a91c35e6072d";

fn waiting_gateway() -> Vec<Event> {
    let gateway = ObjectRef::new(EDGE, "public-gateway");
    let mut envoy = app("envoy-gateway");
    envoy.health = Health::Degraded;
    envoy.resources = vec![resource(
        "gateway.networking.k8s.io",
        "Gateway",
        gateway.clone(),
        2,
    )];
    let listener = Listener {
        name: "https-docs".into(),
        protocol: "HTTPS".into(),
        port: 443,
        certificates: vec![ObjectRef::new(EDGE, "docs-tls")],
        conditions: vec![condition(
            "ResolvedRefs",
            Truth::False,
            "InvalidCertificateRef",
            "No valid secrets exist: certificate refs 0: Secret envoy-gateway-system/docs-tls does not exist.",
        )],
        ..Listener::default()
    };
    let gateway = Gateway {
        id: gateway,
        listeners: vec![listener],
        ..Gateway::default()
    };
    let certificate = Certificate {
        id: ObjectRef::new(EDGE, "docs-tls"),
        secret: "docs-tls".into(),
        ..Certificate::default()
    };
    vec![
        put(envoy),
        applied(gateway, What::Gateway),
        applied(certificate, What::Certificate),
    ]
}

#[test]
fn waves_and_parents_are_told() {
    let mut blamed = app("root");
    blamed.operation = Some(operation(
        Phase::Failed,
        "one or more synchronization tasks completed unsuccessfully, reason: \
         argoproj.io/Application/envoy-gateway is Degraded",
    ));
    let mut root = app("root");
    root.resources = vec![child("cert-manager", 1), child("docs-app", 4)];
    root.operation = Some(operation(
        Phase::Succeeded,
        "successfully synced (all tasks run)",
    ));
    let mut slow = app("cert-manager");
    slow.health = Health::Progressing;
    slow.health_since = ago(60);
    let mut gateway = app("docs-app");
    gateway.operation = Some(operation(
        Phase::Succeeded,
        "successfully synced (all tasks run)",
    ));
    let settings = vec![world::told(What::ArgoSettings(ArgoSettings::default()))];
    told(vec![
        (
            "a child without its first certificate",
            beside(
                blamed,
                waiting_gateway(),
                &[
                    "envoy-gateway has Gateway public-gateway whose listener https-docs waits for the first certificate, docs-tls",
                ],
            ),
        ),
        (
            "waves that do not wait, as can be seen",
            beside(
                root.clone(),
                vec![put(slow)],
                &[
                    "waves are decorative here: root ended its sync with wave 4 while cert-manager of wave 1 was Progressing",
                ],
            ),
        ),
        (
            "waves that do not wait, by the settings",
            beside(
                root,
                settings,
                &[
                    "argocd-cm gives Applications no health",
                    "resource.customizations.health.argoproj.io_Application",
                ],
            ),
        ),
        (
            "a controller changes what was applied",
            here(
                gateway,
                &[
                    "something in the cluster changes it",
                    "ignoreDifferences",
                    "by hand is then not seen",
                ],
            ),
        ),
    ]);
}

#[test]
fn a_rollback_that_does_not_last_is_told() {
    let mut rolled = app("docs-app");
    rolled.parent = Some("root".into());
    let past = |id, revision: &str, minutes, by: &str| Deployment {
        id,
        revision: revision.into(),
        at: ago(minutes),
        by: by.into(),
        ..Deployment::default()
    };
    rolled.history = vec![
        past(1, OLD, 900, ""),
        past(2, NEW, 300, ""),
        past(3, OLD, 20, "ann"),
        past(4, NEW, 19, ""),
    ];
    let mut again = app("docs-app");
    again.parent = Some("root".into());
    again.paused = true;
    again.auto_sync = Some(AutoSync {
        enabled: true,
        prune: true,
        self_heal: true,
    });
    told(vec![
        (
            "rollback undone",
            here(
                rolled,
                &[
                    "the rollback to 77c01b2 was undone: automated sync put a41f0c9 back",
                    "and that of root",
                ],
            ),
        ),
        (
            "automated sync on again",
            here(again, &["is on again: root, which made it, puts it back"]),
        ),
    ]);
}

#[test]
fn argo_cd_and_cert_manager_themselves() {
    let mut own = app("argocd-self-managed");
    own.sources[0].chart = "argo-cd".into();
    own.sources[0].target = "9.5.0".into();
    own.destination = Destination {
        namespace: "argocd".into(),
        ..Destination::default()
    };
    let server = Pod {
        id: ObjectRef::new("argocd", "argocd-server-1"),
        labels: labels(&[("helm.sh/chart", "argo-cd-10.1.1")]),
        status: "Running".into(),
        ..Pod::default()
    };
    let mut went = own.clone();
    let past = |id, revision: &str| Deployment {
        id,
        revision: revision.into(),
        at: ago(30 - id),
        ..Deployment::default()
    };
    went.history = vec![past(1, "10.1.1"), past(2, "9.5.0")];
    let message = "the Gateway API CRDs do not seem to be present, but ExperimentalGatewayAPISupport is set to \
        true. Please install the gateway-api CRDs.";
    let controller = Pod {
        id: ObjectRef::new("cert-manager", "cert-manager-1"),
        labels: labels(&[("app.kubernetes.io/name", "cert-manager")]),
        status: "CrashLoopBackOff".into(),
        containers: vec![Container {
            name: "cert-manager-controller".into(),
            state: "CrashLoopBackOff".into(),
            last: Some(super::machines::ended(message)),
            ..Container::default()
        }],
        ..Pod::default()
    };
    told(vec![
        (
            "Argo CD puts itself back",
            beside(
                own,
                vec![applied(server, What::Pod)],
                &[
                    "chart argo-cd 10.1.1 runs, and its application wants 9.5.0",
                    "write 10.1.1 into the application's source",
                ],
            ),
        ),
        (
            "Argo CD put itself back",
            here(
                went,
                &["Argo CD put itself back from chart 10.1.1 to 9.5.0"],
            ),
        ),
        (
            "cert-manager before the CRDs",
            case(
                vec![applied(controller.clone(), What::Pod)],
                (Place::Pods, controller.id),
                &[
                    "CRDs were not there when it started",
                    "restart cert-manager",
                ],
            ),
        ),
    ]);
}
