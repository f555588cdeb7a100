//! Health by rule, waves that wait, and who belongs to whom.

use jiff::Timestamp;
use rstest::rstest;

use super::*;
use crate::domain::certificate::Certificate;
use crate::domain::checkup::{Checked, Checkup};
use crate::domain::event::{Change, ClusterInfo, Event, What};
use crate::domain::object::{Owner, Truth};
use crate::domain::route::{Backend, Gateway, HttpRoute, Listener, Rule};
use crate::store::fold;

fn told(what: impl IntoIterator<Item = What>) -> Store {
    let mut store = Store::default();
    for what in what {
        let at = Timestamp::UNIX_EPOCH;
        fold(&mut store, Event { at, what });
    }
    store
}

fn is(kind: &str, status: Truth, message: &str) -> Condition {
    Condition {
        kind: kind.into(),
        status,
        message: message.into(),
        ..Condition::default()
    }
}

fn resource(kind: &str) -> AppResource {
    let group = match kind {
        "Certificate" => "cert-manager.io",
        "Gateway" => "gateway.networking.k8s.io",
        "ExternalSecret" => "external-secrets.io",
        "Deployment" | "StatefulSet" | "DaemonSet" => "apps",
        _ => "",
    };
    AppResource {
        group: group.into(),
        kind: kind.into(),
        id: ObjectRef::new("docs", "docs"),
        ..AppResource::default()
    }
}

fn pod_of(name: &str, kind: &str, owner: &str, ready: u32) -> What {
    let pod = Pod {
        id: ObjectRef::new("docs", name),
        status: "Running".into(),
        ready,
        containers: vec![crate::domain::pod::Container::default()],
        owner: Some(Owner {
            kind: kind.into(),
            name: owner.into(),
        }),
        ..Pod::default()
    };
    What::Pod(Change::Applied(Box::new(pod)))
}

#[rstest]
#[case::issuing(vec![is("Issuing", Truth::True, "on its way"), is("Ready", Truth::False, "")], Health::Progressing)]
#[case::failed(vec![is("Ready", Truth::False, "no")], Health::Degraded)]
#[case::ready(vec![is("Issuing", Truth::False, ""), is("Ready", Truth::True, "")], Health::Healthy)]
#[case::new(vec![], Health::Progressing)]
fn a_certificate_is_as_its_conditions_say(
    #[case] conditions: Vec<Condition>,
    #[case] wanted: Health,
) {
    let certificate = Certificate {
        id: ObjectRef::new("docs", "docs"),
        conditions,
        ..Certificate::default()
    };
    let store = told([What::Certificate(Change::Applied(Box::new(certificate)))]);
    let Told::Is(found, _) = health(&store, &resource("Certificate")) else {
        panic!("not known");
    };
    assert_eq!(found, wanted);
}

#[test]
fn what_a_complete_list_does_not_have_is_missing() {
    let certificate = resource("Certificate");
    assert_eq!(health(&Store::default(), &certificate), Told::NotKnown);
    let lists = [Change::Relisting, Change::Relisted];
    let store = told(lists.map(What::Certificate));
    assert_eq!(
        health(&store, &certificate),
        Told::Is(Health::Missing, String::new())
    );
}

#[test]
fn a_gateway_is_degraded_by_a_listener_without_its_secret() {
    let gateway = Gateway {
        id: ObjectRef::new("docs", "docs"),
        conditions: vec![is("Programmed", Truth::True, "")],
        listeners: vec![Listener {
            conditions: vec![is("ResolvedRefs", Truth::False, "no valid secrets exist")],
            ..Listener::default()
        }],
        ..Gateway::default()
    };
    let store = told([What::Gateway(Change::Applied(Box::new(gateway)))]);
    assert_eq!(
        health(&store, &resource("Gateway")),
        Told::Is(
            Health::Degraded,
            "Listener: no valid secrets exist".to_owned()
        )
    );
}

#[test]
fn a_rollout_is_as_its_own_pods_are() {
    let store = told([
        pod_of("docs-1-a", "ReplicaSet", "docs-6b7f", 1),
        pod_of("docs-1-b", "ReplicaSet", "docs-6b7f", 0),
        pod_of("docs-api-a", "ReplicaSet", "docs-api-77aa", 1),
        pod_of("docs-0", "StatefulSet", "docs", 1),
    ]);
    assert_eq!(
        health(&store, &resource("Deployment")),
        Told::Is(Health::Progressing, "1 of 2 pods are ready".to_owned())
    );
    assert_eq!(
        health(&store, &resource("StatefulSet")),
        Told::Is(Health::Healthy, String::new())
    );
    assert_eq!(health(&store, &resource("DaemonSet")), Told::NotKnown);
}

#[test]
fn what_was_read_while_somebody_looks_tells_until_nobody_does() {
    let deployment = resource("Deployment");
    let looked = |vital| {
        What::Checkup(Checkup::Looked {
            found: vec![Checked {
                of: (&deployment).into(),
                vital,
            }],
        })
    };
    let judged = Vital::Judged {
        health: Health::Degraded,
        why: "stuck".into(),
    };
    let pod = || pod_of("docs-1-a", "ReplicaSet", "docs-6b7f", 1);
    let stuck = told([pod(), looked(judged.clone())]);
    let degraded = Told::Is(Health::Degraded, "stuck".to_owned());
    assert_eq!(health(&stuck, &deployment), degraded);
    assert!(is_to_be_read(&stuck, &deployment), "it is read again");
    let gone = told([pod(), looked(Vital::Missing)]);
    let missing = Told::Is(Health::Missing, String::new());
    assert_eq!(health(&gone, &deployment), missing);
    let why = Vital::Unread { why: "no".into() };
    let unread = told([looked(why)]);
    assert_eq!(health(&unread, &deployment), Told::Unread("no".to_owned()));
    let over = told([pod(), looked(judged), What::Checkup(Checkup::Over)]);
    let by_pods = Told::Is(Health::Healthy, String::new());
    assert_eq!(health(&over, &deployment), by_pods);
}

#[test]
fn a_list_of_one_namespace_says_nothing_of_another() {
    let cluster = |namespace: &str| {
        What::Cluster(ClusterInfo {
            namespace: namespace.into(),
            ..ClusterInfo::default()
        })
    };
    let lists = || [Change::Relisting, Change::Relisted].map(What::Certificate);
    let certificate = resource("Certificate");
    let within = told(lists().into_iter().chain([cluster("docs")]));
    assert_eq!(
        health(&within, &certificate),
        Told::Is(Health::Missing, String::new())
    );
    let without = told(lists().into_iter().chain([cluster("argocd")]));
    assert_eq!(health(&without, &certificate), Told::NotKnown);
    assert!(is_to_be_read(&without, &certificate));
}

#[test]
fn what_nobody_watches_is_not_known_and_what_has_no_rule_has_no_health() {
    let store = Store::default();
    assert_eq!(health(&store, &resource("ExternalSecret")), Told::NotKnown);
    assert_eq!(health(&store, &resource("ConfigMap")), Told::HasNone);
    let mut inline = resource("ConfigMap");
    inline.health = Some(Health::Missing);
    assert_eq!(
        health(&store, &inline),
        Told::Is(Health::Missing, String::new())
    );
}

fn app(name: &str, parent: Option<&str>) -> Application {
    Application {
        id: ObjectRef::new("argocd", name),
        parent: parent.map(Line::new),
        sync: Sync::Synced,
        health: Health::Healthy,
        ..Application::default()
    }
}

fn applied(app: Application) -> What {
    What::Application(Change::Applied(Box::new(app)))
}

#[test]
fn a_wave_waits_for_who_is_not_well_in_the_one_before() {
    let child = |name: &str, wave| AppResource {
        group: "argoproj.io".into(),
        kind: "Application".into(),
        id: ObjectRef::new("argocd", name),
        wave,
        ..AppResource::default()
    };
    let mut root = app("root", None);
    root.resources = vec![child("envoy-gateway", 2), child("docs-app", 3)];
    let mut envoy = app("envoy-gateway", Some("root"));
    envoy.wave = 2;
    envoy.health = Health::Progressing;
    let store = told([applied(root), applied(envoy)]);
    assert_eq!(waits(&store), [(3, 2, vec![Line::new("envoy-gateway")])]);
    let docs = app("docs-app", Some("envoy-gateway"));
    let above: Vec<_> = parents(&store, &docs)
        .iter()
        .map(|it| it.id.name.to_string())
        .collect();
    assert_eq!(above, ["root", "envoy-gateway"]);
}

#[test]
fn two_that_made_each_other_have_no_top() {
    let store = told([
        applied(app("one", Some("two"))),
        applied(app("two", Some("one"))),
    ]);
    assert_eq!(parents(&store, &app("one", Some("two"))).len(), 1);
}

#[test]
fn the_address_is_that_of_the_route_to_its_server() {
    let route = HttpRoute {
        id: ObjectRef::new("argocd", "argocd"),
        hostnames: vec!["argocd.example.com".into()],
        rules: vec![Rule {
            backends: vec![Backend {
                kind: "Service".into(),
                id: ObjectRef::new("argocd", "argocd-server"),
                ..Backend::default()
            }],
            ..Rule::default()
        }],
        ..HttpRoute::default()
    };
    let store = told([What::HttpRoute(Change::Applied(Box::new(route)))]);
    assert_eq!(argocd_host(&store), Some(&"argocd.example.com".into()));
    assert_eq!(argocd_host(&Store::default()), None);
}

#[test]
fn who_brings_a_kind_is_who_has_its_definition() {
    let mut crds = app("cert-manager", None);
    crds.resources = vec![AppResource {
        kind: "CustomResourceDefinition".into(),
        id: ObjectRef::cluster("clusterissuers.cert-manager.io"),
        ..AppResource::default()
    }];
    let store = told([applied(crds)]);
    let found = brings(&store, "cert-manager.io").map(|it| it.id.name.to_string());
    assert_eq!(found.as_deref(), Some("cert-manager"));
    assert!(brings(&store, "example.com").is_none());
}
