//! Envoy's word on the screen: in the rows of gateways and routes, and on their pages.

use jiff::{SignedDuration, Timestamp};
use k3scope::domain::event::{Change, Event, What};
use k3scope::domain::object::ObjectRef;
use k3scope::domain::pod::Pod;
use k3scope::domain::proxy::{
    BoundListener, Cluster, Host, Latency, Loaded, LoadedCertificate, LoadedRoute, Lost, PerSecond,
    Proxy, ProxyTraffic, Rates, Target, Traffic, VirtualHost,
};
use k3scope::domain::route::{Gateway, HttpRoute};
use k3scope::domain::source::{SourceId, SourceStatus};
use rstest::rstest;

use crate::cockpit::stage::{Stage, text};
use crate::cockpit::world;

fn event(what: What) -> Event {
    Event {
        at: world::now(),
        what,
    }
}

fn ago(hours: i64) -> Option<Timestamp> {
    world::now()
        .checked_sub(SignedDuration::from_hours(hours))
        .ok()
}

/// A route of the world, and the Gateway that it hangs on.
fn known(events: &[Event]) -> (HttpRoute, Gateway) {
    let gateway = events.iter().find_map(|event| {
        let What::Gateway(Change::Applied(gateway)) = &event.what else {
            return None;
        };
        Some((**gateway).clone())
    });
    let gateway = gateway.unwrap();
    let route = events.iter().find_map(|event| {
        let What::HttpRoute(Change::Applied(route)) = &event.what else {
            return None;
        };
        let ours = route.parents.iter().any(|it| it.id == gateway.id);
        (ours && !route.hostnames.is_empty()).then(|| (**route).clone())
    });
    (route.unwrap(), gateway)
}

fn loaded(route: &HttpRoute, gateway: &Gateway) -> Loaded {
    let cluster = format!("httproute/{}/{}/rule/0", route.id.namespace, route.id.name);
    Loaded {
        updated: ago(3),
        listeners: vec![BoundListener {
            name: format!("{}/https", gateway.id).into(),
            port: 10_443,
        }],
        hosts: vec![VirtualHost {
            config: format!("{}/https", gateway.id).into(),
            name: "first".into(),
            domains: route.hostnames.clone(),
            routes: vec![LoadedRoute {
                name: format!("{cluster}/match/0/first").into(),
                path: "prefix /".into(),
                to: Target::Clusters(vec![cluster.clone().into()]),
            }],
        }],
        clusters: vec![Cluster {
            name: cluster.into(),
            healthy: 1,
            hosts: vec![
                Host {
                    address: "10.42.1.14:8080".into(),
                    ill: "".into(),
                },
                Host {
                    address: "10.42.2.9:8080".into(),
                    ill: "its health check fails".into(),
                },
            ],
        }],
        certificates: vec![LoadedCertificate {
            serial: "1678b03332cda53e2c5fcb149d905985f8c1bd87".into(),
            names: route.hostnames.clone(),
            from: ago(24),
            until: ago(-24 * 60),
        }],
    }
}

fn traffic(route: &HttpRoute, id: &ObjectRef) -> ProxyTraffic {
    let some = |requests, failed| Traffic {
        requests: 48_211,
        failed: 190,
        now: Some(Rates {
            requests: PerSecond(requests),
            failed: PerSecond(failed),
            p50: Some(Latency(8_600)),
            p99: Some(Latency(231_000)),
        }),
    };
    let cluster = format!("httproute/{}/{}/rule/0", route.id.namespace, route.id.name);
    ProxyTraffic {
        id: id.clone(),
        at: Some(world::now()),
        whole: some(14_350, 120),
        clusters: [(cluster.into(), some(4_400, 0))].into(),
    }
}

fn stage(lost: bool) -> Stage {
    let mut events = world::cluster(false);
    let (route, gateway) = known(&events);
    let id = ObjectRef::new("envoy-gateway-system", "envoy-public-5d4b7c8f9-x2x7p");
    let proxy = Proxy {
        id: id.clone(),
        version: "1.40.0".into(),
        state: "LIVE".into(),
        epoch: 0,
        started: ago(30),
        loaded: Some(loaded(&route, &gateway)),
        lost: lost.then(|| Lost {
            since: ago(1).unwrap(),
            why: "no connection to the pod".into(),
        }),
    };
    let pod = Pod {
        id: id.clone(),
        status: "Running".into(),
        gateway: Some(gateway.id),
        ..Pod::default()
    };
    events.extend([
        event(What::Source {
            id: SourceId::Proxies,
            status: SourceStatus::Live,
        }),
        event(What::Pod(Change::Applied(Box::new(pod)))),
        event(What::Proxy(Change::Applied(Box::new(proxy)))),
        event(What::ProxyTraffic(Change::Applied(Box::new(traffic(
            &route, &id,
        ))))),
    ]);
    Stage::new(events)
}

#[test]
fn rows_have_numbers_where_there_is_room() {
    let mut stage = stage(false);
    stage.press("5");
    let wide = text(&stage.draw(260, 24));
    assert!(wide.contains("REQ/S") && wide.contains("P99"), "{wide}");
    assert!(wide.contains("14.3") && wide.contains("231 ms"), "{wide}");
    let narrow = text(&stage.draw(80, 24));
    assert!(!narrow.contains("REQ/S"), "{narrow}");
}

#[rstest]
#[case("gateway", "5 enter", false)]
#[case("gateway_lost", "5 enter", true)]
fn pages_tell_what_envoy_has(#[case] name: &str, #[case] keys: &str, #[case] lost: bool) {
    let mut stage = stage(lost);
    stage.press(keys);
    stage.press("G");
    for (width, height) in [(80, 24), (140, 42)] {
        let shown = text(&stage.draw(width, height));
        insta::assert_snapshot!(format!("envoy_{name}_{width}x{height}"), shown);
    }
}

#[test]
fn a_route_tells_where_envoy_sends_its_requests() {
    let mut stage = stage(false);
    stage.press("5 G enter G");
    let page = text(&stage.draw(140, 42));
    for part in [
        "docs.example.com prefix / → httproute/docs/docs/rule/0",
        "1 of 2 hosts healthy",
        "10.42.2.9:8080 · its health check fails",
        "4.40 per second",
    ] {
        assert!(page.contains(part), "{part}\n{page}");
    }
}
