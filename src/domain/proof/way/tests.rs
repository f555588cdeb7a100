//! Which hop is blamed for what was met.

use rstest::rstest;

use super::*;
use crate::domain::handshake::Silence;
use crate::domain::object::ObjectRef;
use crate::domain::proof::{NameFound, PodSeen, RouteSeen, ServiceSeen, Step};

fn inside() -> Inside {
    let solver = ObjectRef::new("docs", "cm-acme-http-solver-x1");
    Inside {
        route: Found::There(RouteSeen {
            id: solver.clone(),
            accepted: Some(true),
            complaint: "".into(),
        }),
        service: Found::There(ServiceSeen {
            id: solver.clone(),
            ready: 1,
            total: 1,
        }),
        pod: Found::There(PodSeen {
            id: solver,
            ready: true,
            status: "Running".into(),
        }),
        redirect: Some(ObjectRef::new("edge", "to-https")),
        presented: true,
    }
}

fn answer(status: u16) -> Answered {
    Answered {
        status,
        server: "envoy".into(),
        ..Answered::default()
    }
}

fn seen(met: Met) -> Seen {
    let mut seen = Seen::default();
    seen.learn(Step::Name(NameFound {
        addresses: vec!["203.0.113.7".into()],
        failed: None,
        took_ms: 3,
    }));
    seen.learn(Step::Visit(Visit {
        address: "203.0.113.7".into(),
        met,
        took_ms: 20,
    }));
    seen.learn(Step::Ended { failed: None });
    seen
}

fn silent(why: Failure) -> Met {
    let said = "no".into();
    Met::Silence(Silence { why, said })
}

fn blame(way: &Way) -> Option<Hop> {
    way.broken.map(|place| way.stations[place].hop)
}

fn unaccepted(inside: &mut Inside) {
    if let Found::There(route) = &mut inside.route {
        route.accepted = Some(false);
        route.complaint = "NotAllowedByListeners".into();
    }
}

fn unready(inside: &mut Inside) {
    if let Found::There(pod) = &mut inside.pod {
        pod.ready = false;
    }
    if let Found::There(service) = &mut inside.service {
        service.ready = 0;
    }
}

#[test]
fn a_way_that_leads_to_the_proof_has_nothing_to_mend() {
    let proof = Answered {
        is_proof: true,
        ..answer(200)
    };
    let way = Way::of(&seen(Met::Answer(proof)), &inside());
    assert!(way.proven && way.broken.is_none() && way.next.is_none());
    assert!(
        way.stations.iter().all(|it| it.state == State::Well),
        "{way:#?}"
    );
    assert_eq!(way.stations[2].took_ms, Some(20));
}

#[rstest]
#[case::port(silent(Failure::Refused), inside(), Hop::Port)]
#[case::closed(silent(Failure::Closed), inside(), Hop::Answer)]
#[case::other_page(Met::Answer(answer(200)), inside(), Hop::Answer)]
#[case::not_found_by_the_proxy(Met::Answer(answer(404)), inside(), Hop::Answer)]
#[case::unavailable(Met::Answer(answer(503)), inside(), Hop::Answer)]
fn what_stands_well_inside_is_not_blamed(
    #[case] met: Met,
    #[case] inside: Inside,
    #[case] hop: Hop,
) {
    let way = Way::of(&seen(met), &inside);
    assert_eq!(blame(&way), Some(hop), "{way:#?}");
    assert!(!way.proven && way.next.is_some());
}

#[rstest]
#[case::route(404, unaccepted, Hop::Route)]
#[case::pod(503, unready, Hop::Pod)]
fn an_answer_tells_of_what_stands_behind_it(
    #[case] status: u16,
    #[case] harm: fn(&mut Inside),
    #[case] hop: Hop,
) {
    let mut inside = inside();
    harm(&mut inside);
    let way = Way::of(&seen(Met::Answer(answer(status))), &inside);
    assert_eq!(blame(&way), Some(hop), "{way:#?}");
}

#[test]
fn the_route_that_swallows_the_request_is_named() {
    let redirect = Answered {
        location: "https://docs.example.com/".into(),
        ..answer(301)
    };
    let way = Way::of(&seen(Met::Answer(redirect.clone())), &inside());
    assert_eq!(blame(&way), Some(Hop::Answer));
    assert!(
        way.stations[2].said.contains("HTTPRoute edge/to-https"),
        "{way:#?}"
    );
    let mut inside = inside();
    unaccepted(&mut inside);
    let way = Way::of(&seen(Met::Answer(redirect.clone())), &inside);
    assert_eq!(
        blame(&way),
        Some(Hop::Route),
        "what is not accepted takes nothing"
    );
    let proxied = Answered {
        through_cloudflare: true,
        ..redirect
    };
    let way = Way::of(&seen(Met::Answer(proxied)), &inside);
    assert_eq!(blame(&way), Some(Hop::Answer));
    assert!(way.next.unwrap().contains("proxied"));
}

#[test]
fn a_way_that_is_being_gone_blames_only_what_is_known() {
    let mut seen = Seen::default();
    let way = Way::of(&seen, &inside());
    assert_eq!(way.stations[0].state, State::Awaited);
    assert_eq!(blame(&way), None);
    let failed = Some(Silence {
        why: Failure::NoAddress,
        said: "none".into(),
    });
    seen.learn(Step::Name(NameFound {
        addresses: Vec::new(),
        failed,
        took_ms: 1,
    }));
    seen.learn(Step::Ended { failed: None });
    let way = Way::of(&seen, &Inside::default());
    assert_eq!(blame(&way), Some(Hop::Name));
    assert_eq!(way.stations.last().unwrap().state, State::Unknown);
}

#[test]
fn what_is_not_laid_out_yet_is_waited_for() {
    let inside = Inside {
        route: Found::Missing,
        pod: Found::Missing,
        presented: false,
        ..Inside::default()
    };
    let way = Way::of(&seen(Met::Answer(answer(404))), &inside);
    assert_eq!(blame(&way), Some(Hop::Answer), "{way:#?}");
}
