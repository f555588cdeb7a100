//! The Gateway API with everything in it: rows of every kind, the tree, pages that fold, what is missing,
//! and where one can go.

use k3scope::domain::event::{Change, Event, What};
use k3scope::domain::object::{Condition, ObjectRef, Truth};
use k3scope::domain::policy::{Policy, PolicyKind, Target};
use k3scope::domain::reference_grant::{GrantFrom, GrantTo, ReferenceGrant};
use k3scope::domain::route::{
    Backend, Listener, ListenerSet, Namespaces, ParentRef, ParentStatus, Route, RouteKind, Rule,
};
use k3scope::store::fold;

use super::stage::{Stage, text};
use super::world;

const SIZES: [(u16, u16); 2] = [(80, 24), (140, 42)];
const SPACE: &str = "envoy-gateway-system";
const CONTROLLER: &str = "gateway.envoyproxy.io/gatewayclass-controller";

fn condition(kind: &str, status: Truth, reason: &str, message: &str) -> Condition {
    Condition {
        kind: kind.into(),
        status,
        reason: reason.into(),
        message: message.into(),
        since: None,
    }
}

fn good(kind: &str) -> Condition {
    condition(kind, Truth::True, kind, "")
}

fn list<T>(objects: Vec<T>, what: fn(Change<T>) -> What) -> Vec<Event> {
    let applied = objects.into_iter().map(|it| Change::Applied(Box::new(it)));
    let all = std::iter::once(Change::Relisting).chain(applied);
    let all = all.chain([Change::Relisted]);
    all.map(|change| world::told(what(change))).collect()
}

fn parent(kind: &str, id: ObjectRef, section: &str) -> ParentRef {
    ParentRef {
        kind: kind.into(),
        id,
        section: section.into(),
        port: None,
    }
}

fn gateway() -> ObjectRef {
    ObjectRef::new(SPACE, "public-gateway")
}

fn route(kind: RouteKind, name: &str, parent: ParentRef, conditions: Vec<Condition>) -> Route {
    Route {
        kind,
        id: ObjectRef::new("docs", name),
        parents: vec![parent.clone()],
        rules: vec![Rule {
            backends: vec![Backend {
                kind: "Service".into(),
                id: ObjectRef::new("docs", "docs"),
                port: Some(80),
                weight: 1,
            }],
            ..Rule::default()
        }],
        statuses: vec![ParentStatus {
            parent,
            controller: CONTROLLER.into(),
            conditions,
        }],
        ..Route::default()
    }
}

fn strange() -> Route {
    let refused = condition(
        "Accepted",
        Truth::False,
        "NoMatchingListenerHostname",
        "There were no hostname intersections between the HTTPRoute and this parent ref's Listener(s).",
    );
    let mut strange = route(
        RouteKind::Http,
        "strange",
        parent("Gateway", gateway(), "https-docs"),
        vec![refused, good("ResolvedRefs")],
    );
    strange.hostnames = vec!["strange.example.org".into()];
    strange
}

fn borrowed() -> Route {
    let refused = condition(
        "ResolvedRefs",
        Truth::False,
        "RefNotPermitted",
        "Failed to process route rule 0 backendRef 1: Backend ref to Service argocd/argocd-server not permitted by any ReferenceGrant.",
    );
    let mut borrowed = route(
        RouteKind::Http,
        "borrowed",
        parent("Gateway", gateway(), "https-docs"),
        vec![good("Accepted"), refused],
    );
    borrowed.hostnames = vec!["docs.example.com".into()];
    borrowed.rules[0].matches = vec!["PathPrefix /borrowed".into()];
    borrowed.rules[0].backends.push(Backend {
        kind: "Service".into(),
        id: ObjectRef::new("argocd", "argocd-server"),
        port: Some(80),
        weight: 3,
    });
    borrowed
}

fn lost() -> Route {
    let refused = condition(
        "Accepted",
        Truth::False,
        "NoMatchingParent",
        "No listeners match this parent ref",
    );
    route(
        RouteKind::Tcp,
        "lost",
        parent("Gateway", gateway(), "postgres"),
        vec![refused, good("ResolvedRefs")],
    )
}

fn set() -> ListenerSet {
    ListenerSet {
        id: ObjectRef::new("docs", "more"),
        parent: gateway(),
        listeners: vec![Listener {
            name: "calls".into(),
            protocol: "HTTP".into(),
            port: 8080,
            admits: Namespaces::Same,
            attached_routes: 1,
            conditions: vec![good("Programmed")],
            ..Listener::default()
        }],
        conditions: vec![good("Accepted")],
        ..ListenerSet::default()
    }
}

fn policy(kind: PolicyKind, space: &str, name: &str, target: (&str, &str)) -> Policy {
    Policy {
        kind,
        id: ObjectRef::new(space, name),
        targets: vec![Target {
            kind: target.0.into(),
            name: target.1.into(),
            ..Target::default()
        }],
        ancestors: vec![ParentStatus {
            parent: parent("Gateway", gateway(), ""),
            controller: CONTROLLER.into(),
            conditions: vec![good("Accepted")],
        }],
        ..Policy::default()
    }
}

fn conflicted() -> Policy {
    let mut policy = policy(PolicyKind::Security, "docs", "login", ("HTTPRoute", "docs"));
    policy.ancestors[0].conditions = vec![condition(
        "Accepted",
        Truth::False,
        "Conflicted",
        "Unable to target HTTPRoute docs/docs, another SecurityPolicy has already attached to it.",
    )];
    policy
}

fn grant() -> ReferenceGrant {
    ReferenceGrant {
        id: ObjectRef::new("argocd", "from-docs"),
        from: vec![GrantFrom {
            group: "gateway.networking.k8s.io".into(),
            kind: "GRPCRoute".into(),
            namespace: "docs".into(),
        }],
        to: vec![GrantTo {
            kind: "Service".into(),
            ..GrantTo::default()
        }],
        ..ReferenceGrant::default()
    }
}

/// A cluster that has something of every kind.
fn everything() -> Stage {
    let mut stage = Stage::new(world::cluster(false));
    let calls = route(
        RouteKind::Grpc,
        "calls",
        parent("ListenerSet", ObjectRef::new("docs", "more"), "calls"),
        vec![good("Accepted"), good("ResolvedRefs")],
    );
    let http = |route| What::HttpRoute(Change::Applied(Box::new(route)));
    let mut events = vec![world::told(http(strange())), world::told(http(borrowed()))];
    events.extend(list(vec![calls], What::GrpcRoute));
    events.extend(list(vec![lost()], What::TcpRoute));
    events.extend(list(vec![set()], What::ListenerSet));
    events.extend(list(vec![grant()], What::ReferenceGrant));
    events.extend(list(vec![conflicted()], What::SecurityPolicy));
    let limits = policy(
        PolicyKind::ClientTraffic,
        SPACE,
        "limits",
        ("Gateway", "public-gateway"),
    );
    events.extend(list(vec![limits], What::ClientTrafficPolicy));
    for event in events {
        fold(&mut stage.store, event);
    }
    stage
}

fn shown(name: &str, stage: &mut Stage) {
    for (width, height) in SIZES {
        let shown = stage.snapshot(width, height);
        insta::assert_snapshot!(format!("routes_{name}_{width}x{height}"), shown);
    }
}

#[test]
fn rows_of_every_kind() {
    let mut stage = everything();
    stage.press("5");
    shown("every_kind", &mut stage);
    stage.press("t");
    shown("tree", &mut stage);
}

#[test]
fn a_gateway_shows_all_that_is_below_it() {
    let mut stage = everything();
    stage.press("5 j enter");
    shown("gateway", &mut stage);
}

fn page(stage: &mut Stage, name: &str) {
    let keys: Vec<String> = name.chars().map(String::from).collect();
    stage.press("5 /");
    stage.press(&keys.join(" "));
    stage.press("enter enter");
}

#[test]
fn a_route_says_what_keeps_it_from_its_pods() {
    for (name, file) in [
        ("borrowed", "grant"),
        ("strange", "host"),
        ("lost", "section"),
    ] {
        let mut stage = everything();
        page(&mut stage, name);
        shown(file, &mut stage);
    }
}

#[test]
fn branches_fold_and_open() {
    let mut stage = everything();
    page(&mut stage, "borrowed");
    let whole = |stage: &mut Stage| text(&stage.draw(140, 60));
    let before = whole(&mut stage);
    assert!(before.contains("service docs:80"), "{before}");
    // Class, gateway, listener, route, rule.
    stage.press("j j j j j enter");
    let folded = whole(&mut stage);
    assert!(!folded.contains("service docs:80"), "{folded}");
    assert!(folded.contains("▸ · rule PathPrefix /borrowed"), "{folded}");
    stage.press("enter");
    assert!(whole(&mut stage).contains("service docs:80"));
}

#[test]
fn from_a_route_to_its_listener_and_pod() {
    let mut stage = everything();
    page(&mut stage, "borrowed");
    stage.press("a");
    let menu = text(&stage.draw(140, 42));
    for offered in [
        "copy the address of docs.example.com",
        "go to its listener",
        "go to its certificate",
        "go to its DNS record",
        "go to pod docs-6b7f8d9c5-4jzlp",
        "copy the command",
    ] {
        assert!(menu.contains(offered), "{offered}\n{menu}");
    }
    stage.press("l");
    let listener = text(&stage.draw(140, 42));
    assert!(listener.contains("listener listens"), "{listener}");
    assert!(listener.contains("of all namespaces"), "{listener}");
}
