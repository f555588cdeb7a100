//! Gateways and routes that lack something, told as they would be told on the screen.

use jiff::Timestamp;
use rstest::rstest;

use super::{Index, behind, judge, listener, listeners};
use crate::domain::endpoints::{Endpoint, EndpointSlice};
use crate::domain::event::{Change, Event, What};
use crate::domain::object::{Condition, ObjectRef, Severity, Truth};
use crate::domain::reference_grant::{GATEWAY_API, GrantFrom, GrantTo, ReferenceGrant};
use crate::domain::route::{
    Backend, Gateway, GatewayClass, Listener, ListenerSet, Namespaces, ParentRef, ParentStatus,
    Route, RouteKind, Rule,
};
use crate::store::{Store, fold};

fn told(all: impl IntoIterator<Item = What>) -> Store {
    let mut store = Store::default();
    for what in all {
        let at = Timestamp::UNIX_EPOCH;
        fold(&mut store, Event { at, what });
    }
    store
}

/// A whole list of one kind.
fn list<T>(objects: Vec<T>, what: fn(Change<T>) -> What) -> Vec<What> {
    let objects = objects.into_iter().map(|it| Change::Applied(Box::new(it)));
    let all = std::iter::once(Change::Relisting).chain(objects);
    all.chain([Change::Relisted]).map(what).collect()
}

fn condition(kind: &str, status: Truth, reason: &str, message: &str) -> Condition {
    Condition {
        kind: kind.into(),
        status,
        reason: reason.into(),
        message: message.into(),
        since: None,
    }
}

fn gateway() -> Gateway {
    let listener = |name: &str, protocol: &str, port, hostname: &str| Listener {
        name: name.into(),
        protocol: protocol.into(),
        port,
        hostname: hostname.into(),
        admits: Namespaces::All,
        ..Listener::default()
    };
    Gateway {
        id: ObjectRef::new("edge", "public"),
        class: "envoy".into(),
        listeners: vec![
            listener("http", "HTTP", 80, ""),
            listener("https", "HTTPS", 443, "docs.example.com"),
        ],
        ..Gateway::default()
    }
}

fn reference(section: &str) -> ParentRef {
    ParentRef {
        kind: "Gateway".into(),
        id: ObjectRef::new("edge", "public"),
        section: section.into(),
        port: None,
    }
}

fn backend(namespace: &str, name: &str) -> Backend {
    Backend {
        kind: "Service".into(),
        id: ObjectRef::new(namespace, name),
        port: Some(80),
        weight: 1,
    }
}

fn route(section: &str, backends: Vec<Backend>) -> Route {
    Route {
        id: ObjectRef::new("docs", "docs"),
        hostnames: vec!["docs.example.com".into()],
        parents: vec![reference(section)],
        rules: vec![Rule {
            backends,
            ..Rule::default()
        }],
        ..Route::default()
    }
}

fn with_status(mut route: Route, conditions: Vec<Condition>) -> Route {
    let parent = route.parents[0].clone();
    route.statuses = vec![ParentStatus {
        parent,
        controller: "eg".into(),
        conditions,
    }];
    route
}

fn accepted() -> Condition {
    condition("Accepted", Truth::True, "Accepted", "Route is accepted")
}

fn slice(namespace: &str, service: &str, ready: &[bool]) -> EndpointSlice {
    let endpoint = |ready: &bool| Endpoint {
        ready: *ready,
        ..Endpoint::default()
    };
    EndpointSlice {
        id: ObjectRef::new(namespace, format!("{service}-x")),
        service: service.into(),
        endpoints: ready.iter().map(endpoint).collect(),
        ..EndpointSlice::default()
    }
}

/// One gateway, some routes, and slices of `docs/docs` with one ready endpoint.
fn world(routes: Vec<Route>) -> Vec<What> {
    let class = GatewayClass {
        id: ObjectRef::cluster("envoy"),
        controller: "gateway.envoyproxy.io/gatewayclass-controller".into(),
        ..GatewayClass::default()
    };
    let slices = vec![
        slice("docs", "docs", &[true]),
        slice("shared", "api", &[true]),
    ];
    [
        list(vec![class], What::GatewayClass),
        list(vec![gateway()], What::Gateway),
        list(slices, What::EndpointSlice),
        list(Vec::new(), What::ReferenceGrant),
        list(Vec::new(), What::Certificate),
        list(routes, What::HttpRoute),
    ]
    .concat()
}

fn whys(route: &Route) -> (String, String) {
    let store = told(world(vec![route.clone()]));
    let all = judge::attachment(&store, route, &route.parents[0]);
    let join = |text: fn(&crate::domain::advice::Advice) -> String| {
        all.iter().map(text).collect::<Vec<_>>().join(" / ")
    };
    (join(|it| it.why.clone()), join(|it| it.next.clone()))
}

#[rstest]
#[case::well(with_status(route("https", vec![]), vec![accepted()]), "", "")]
#[case::no_section(
    with_status(route("https-wiki", vec![]), vec![condition(
        "Accepted", Truth::False, "NoMatchingParent", "No listeners match this parent ref")]),
    "NoMatchingParent: No listeners match this parent ref / Gateway edge/public has no listener `https-wiki`",
    "http, https"
)]
#[case::silent(route("https", vec![]), "no controller answers", "Look whether gateway.envoyproxy.io")]
#[case::silent_and_wrong(route("https-wiki", vec![]), "has no listener `https-wiki`", "sectionName")]
#[case::controller_knows_better(
    with_status(route("https", vec![]), vec![condition(
        "Accepted", Truth::False, "NotAllowedByListeners", "No listeners included.")]),
    "NotAllowedByListeners: No listeners included.",
    "allowedRoutes"
)]
fn a_parent_that_does_not_take_a_route(
    #[case] route: Route,
    #[case] why: &str,
    #[case] next: &str,
) {
    let (said, step) = whys(&route);
    assert!(
        said.contains(why) && why.is_empty() == said.is_empty(),
        "{said}"
    );
    assert!(step.contains(next), "{step}");
}

#[test]
fn an_accepted_route_is_never_said_to_be_barred() {
    let route = with_status(route("https-wiki", vec![]), vec![accepted()]);
    assert_eq!(whys(&route).0, "");
}

#[test]
fn a_gateway_that_is_not_there() {
    let mut lost = route("https", vec![]);
    lost.parents[0].id = ObjectRef::new("edge", "gone");
    let (said, _) = whys(&lost);
    assert_eq!(said, "Gateway edge/gone is not there, or not visible");
}

fn behind_of(store: &Store, route: &Route) -> (usize, usize, String) {
    let index = Index::of(store);
    let found = behind(store, &index, route, ((0, 0), &route.rules[0].backends[0]));
    let said: Vec<String> = (found.advice.iter())
        .map(|it| format!("{} → {}", it.why, it.next))
        .collect();
    (found.ready, found.total, said.join(" / "))
}

fn resolved() -> Condition {
    condition("ResolvedRefs", Truth::True, "ResolvedRefs", "")
}

fn unresolved(reason: &str, message: &str) -> Condition {
    condition("ResolvedRefs", Truth::False, reason, message)
}

#[rstest]
#[case::well(backend("docs", "docs"), vec![resolved()], "")]
#[case::missing(
    backend("docs", "gone"),
    vec![unresolved("BackendNotFound", "Failed to process route rule 0 backendRef 0: service docs/gone not found.")],
    "BackendNotFound: Failed to process route rule 0 backendRef 0: service docs/gone not found. → Make the Service"
)]
#[case::another_is_missing(
    backend("docs", "docs"),
    vec![unresolved("BackendNotFound", "Failed to process route rule 0 backendRef 1: service docs/gone not found.")],
    ""
)]
#[case::port(
    backend("docs", "docs"),
    vec![unresolved("PortNotFound", "Failed to process route rule 0 backendRef 0: TCP Port 80 not found on Service docs/docs.")],
    "→ Let the backendRef name a port that the Service has"
)]
#[case::not_granted(
    backend("shared", "api"),
    vec![unresolved("RefNotPermitted", "Failed to process route rule 0 backendRef 0: Backend ref to Service shared/api not permitted by any ReferenceGrant.")],
    "→ Make one in shared: from group gateway.networking.k8s.io, kind HTTPRoute and namespace docs"
)]
#[case::not_granted_and_silent(backend("shared", "api"), vec![], "no ReferenceGrant in shared")]
#[case::granted_says_the_controller(backend("shared", "api"), vec![resolved()], "")]
#[case::no_slices(backend("docs", "bare"), vec![resolved()], "selects no pods")]
#[case::no_slices_and_silent(backend("docs", "bare"), vec![], "or it does not exist")]
#[case::kind(Backend { kind: "Bucket".into(), ..backend("docs", "docs") }, vec![], "requests cannot be sent to a Bucket")]
#[case::weightless(Backend { weight: 0, ..backend("docs", "bare") }, vec![resolved()], "")]
fn a_backend_that_does_not_answer(
    #[case] backend: Backend,
    #[case] conditions: Vec<Condition>,
    #[case] expected: &str,
) {
    let route = with_status(
        route("https", vec![backend]),
        [vec![accepted()], conditions].concat(),
    );
    let store = told(world(vec![route.clone()]));
    let (_, _, said) = behind_of(&store, &route);
    assert!(
        said.contains(expected) && expected.is_empty() == said.is_empty(),
        "{said}"
    );
}

#[rstest]
#[case(&[true, false], 1, "")]
#[case(&[false, false], 0, "none of 2 endpoints of Service docs/docs is ready")]
#[case(&[], 0, "no pod is behind Service docs/docs")]
fn endpoints_are_counted(#[case] ready: &[bool], #[case] count: usize, #[case] expected: &str) {
    let route = with_status(
        route("https", vec![backend("docs", "docs")]),
        vec![accepted(), resolved()],
    );
    let mut all = world(vec![route.clone()]);
    all.extend(list(
        vec![slice("docs", "docs", ready)],
        What::EndpointSlice,
    ));
    let (found, total, said) = behind_of(&told(all), &route);
    assert_eq!((found, total), (count, ready.len()));
    assert!(
        said.contains(expected) && expected.is_empty() == said.is_empty(),
        "{said}"
    );
}

#[test]
fn what_may_not_be_read_is_not_said_to_be_missing() {
    let route = route("https", vec![backend("shared", "api")]);
    let store = told([What::HttpRoute(Change::Applied(Box::new(route.clone())))]);
    assert_eq!(behind_of(&store, &route).2, "");
}

#[rstest]
#[case::none(Rule::default(), Some("has no backend"))]
#[case::redirect(Rule { filters: vec!["RequestRedirect https 301".into()], ..Rule::default() }, None)]
#[case::idle(Rule { backends: vec![Backend { weight: 0, ..backend("docs", "docs") }], ..Rule::default() }, Some("weight 0"))]
#[case::one_idle(Rule { backends: vec![Backend { weight: 0, ..backend("docs", "old") }, backend("docs", "docs")], ..Rule::default() }, None)]
fn a_rule_that_leads_nowhere(#[case] rule: Rule, #[case] expected: Option<&str>) {
    let said = judge::rule(&route("https", vec![]), &rule).map(|advice| advice.why);
    match expected {
        Some(part) => assert!(said.unwrap().contains(part)),
        None => assert_eq!(said, None),
    }
}

#[test]
fn plain_http_beside_https_is_told() {
    let open = with_status(
        route("", vec![backend("docs", "docs")]),
        vec![accepted(), resolved()],
    );
    let closed = with_status(
        route("https", vec![backend("docs", "docs")]),
        vec![accepted(), resolved()],
    );
    let store = told(world(vec![]));
    let index = Index::of(&store);
    let verdict = judge::verdict(&store, &index, &open);
    assert_eq!(
        (verdict.severity, verdict.why.as_str()),
        (
            Some(Severity::Warning),
            "it is served over plain HTTP too, by listener http, without a redirect"
        )
    );
    assert_eq!(judge::verdict(&store, &index, &closed).word, "Accepted");
}

fn of_listener(secret: ObjectRef, conditions: Vec<Condition>, more: Vec<What>) -> String {
    let mut gateway = gateway();
    gateway.listeners[1].certificates = vec![secret];
    gateway.listeners[1].conditions = conditions;
    let mut all = world(vec![]);
    all.extend(more);
    let store = told(all);
    let of = listeners(&gateway, std::iter::empty()).nth(1).unwrap();
    let said: Vec<String> = (listener(&store, &of).iter())
        .map(|it| format!("{} → {}", it.why, it.next))
        .collect();
    said.join(" / ")
}

#[test]
fn a_listener_without_its_certificate() {
    let gateway = gateway();
    let store = told(world(vec![]));
    let of = listeners(&gateway, std::iter::empty()).nth(1).unwrap();
    assert_eq!(
        listener(&store, &of)[0].why,
        "listener https has no certificate"
    );
    let plain = listeners(&gateway, std::iter::empty()).next().unwrap();
    assert_eq!(listener(&store, &plain), []);
    let bad = condition(
        "ResolvedRefs",
        Truth::False,
        "InvalidCertificateRef",
        "No valid secrets exist: certificate refs 0: Secret edge/docs-tls does not exist.",
    );
    let own = ObjectRef::new("edge", "docs-tls");
    let said = of_listener(own.clone(), vec![bad.clone()], Vec::new());
    assert!(
        said.starts_with("InvalidCertificateRef: No valid secrets"),
        "{said}"
    );
    assert!(
        said.contains("no Certificate makes Secret edge/docs-tls"),
        "{said}"
    );
    let certificate = crate::domain::certificate::Certificate {
        id: ObjectRef::new("edge", "docs"),
        secret: "docs-tls".into(),
        ..Default::default()
    };
    let made = vec![What::Certificate(Change::Applied(Box::new(certificate)))];
    let said = of_listener(own, vec![bad], made);
    assert!(
        said.contains("Certificate edge/docs is to make it and is not ready"),
        "{said}"
    );
}

#[test]
fn a_secret_of_another_namespace_needs_a_grant() {
    let elsewhere = ObjectRef::new("vault", "docs-tls");
    let said = of_listener(elsewhere.clone(), vec![], Vec::new());
    assert!(
        said.contains("no ReferenceGrant in vault lets a Gateway of edge refer to Secret docs-tls"),
        "{said}"
    );
    let grant = ReferenceGrant {
        id: ObjectRef::new("vault", "grant"),
        from: vec![GrantFrom {
            group: GATEWAY_API.into(),
            kind: "Gateway".into(),
            namespace: "edge".into(),
        }],
        to: vec![GrantTo {
            kind: "Secret".into(),
            ..GrantTo::default()
        }],
        ..ReferenceGrant::default()
    };
    let granted = vec![What::ReferenceGrant(Change::Applied(Box::new(grant)))];
    assert_eq!(of_listener(elsewhere, vec![], granted), "");
}

#[test]
fn routes_stand_below_the_listeners_that_they_mean() {
    let lost = Route {
        id: ObjectRef::new("docs", "lost"),
        ..route("https-wiki", vec![])
    };
    let calls = Route {
        kind: RouteKind::Grpc,
        id: ObjectRef::new("docs", "calls"),
        parents: vec![ParentRef {
            kind: "ListenerSet".into(),
            id: ObjectRef::new("docs", "more"),
            ..ParentRef::default()
        }],
        ..Route::default()
    };
    let set = ListenerSet {
        id: ObjectRef::new("docs", "more"),
        parent: ObjectRef::new("edge", "public"),
        listeners: vec![Listener {
            name: "calls".into(),
            protocol: "HTTPS".into(),
            port: 8443,
            ..Listener::default()
        }],
        ..ListenerSet::default()
    };
    let mut all = world(vec![route("https", vec![]), lost]);
    all.extend(list(vec![calls], What::GrpcRoute));
    all.extend(list(vec![set], What::ListenerSet));
    let store = told(all);
    let index = Index::of(&store);
    let gateway = store.gateways.iter().next().unwrap();
    let shown: Vec<String> = listeners(gateway, index.sets(&store, gateway))
        .map(|of| {
            let routes = index.below(&store, &of);
            let names: Vec<&str> = routes.iter().map(|(it, _)| it.id.name.as_str()).collect();
            format!(
                "{} {}: {}",
                of.parent.kind,
                of.listener.name,
                names.join(" ")
            )
        })
        .collect();
    assert_eq!(
        shown,
        [
            "Gateway http: ",
            "Gateway https: docs",
            "ListenerSet calls: calls"
        ]
    );
    let of = listeners(gateway, std::iter::empty()).next().unwrap();
    let astray = index.astray(&store, &of.parent);
    assert_eq!(astray[0].0.id.name, "lost");
}
