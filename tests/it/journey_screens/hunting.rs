//! Runs that hunt for a host, as events: early, late, held up by OCI's books or by its patience, found,
//! given up, refused.

use jiff::SignedDuration;
use k3scope::domain::allowance::Allowance;
use k3scope::domain::event::Event;
use k3scope::domain::hunt::{Hint, HuntEnd, HuntEvent, LaunchAnswer, Place};
use k3scope::domain::plan::{Action, Counts};
use k3scope::domain::problem::Problem;
use k3scope::domain::provision::{Outcome, ProvisionEvent};

use super::steps::{self, before, key, told};

/// The regions that differ most: three availability domains, or one.
const FRANKFURT: &[u32] = &[1, 2, 3];
const STOCKHOLM: &[u32] = &[1];

const NO_ROOM: &str = "Out of host capacity.";

fn place(domain: u32, fault: Option<u32>) -> Place {
    Place {
        availability_domain: format!("bcDe:EU-FRANKFURT-1-AD-{domain}"),
        fault_domain: fault.map(|fault| format!("FAULT-DOMAIN-{fault}")),
    }
}

/// Each domain without a fault domain first, then with each.
fn places(domains: &[u32]) -> Vec<Place> {
    let any = domains.iter().map(|domain| place(*domain, None));
    let each = (1..=3).flat_map(|fault| domains.iter().map(move |it| place(*it, Some(fault))));
    any.chain(each).collect()
}

fn hunt(seconds: i64, event: HuntEvent) -> Event {
    told(seconds, ProvisionEvent::Hunt(event))
}

fn tried(seconds: i64, number: u32, node: &str, place: Place, answer: LaunchAnswer) -> Event {
    let message = match answer {
        LaunchAnswer::Accepted => "",
        LaunchAnswer::OutOfCapacity => NO_ROOM,
        LaunchAnswer::TooManyRequests => "Too many requests for the user.",
        LaunchAnswer::PhantomLimit => {
            "The following service limits were exceeded: standard-a1-core-count. Request a service \
             limit increase from the service limits page in the console."
        }
        LaunchAnswer::Unclear => "the connection was closed before an answer came",
        LaunchAnswer::Refused => "Authorization failed or requested resource not found.",
    };
    let id = format!("C1{number:06}4B6E9D0F/7A2C5E8B1D4F");
    hunt(
        seconds,
        HuntEvent::Tried {
            number,
            key: key(node),
            place,
            answer,
            message: message.to_owned(),
            request_id: (answer != LaunchAnswer::Unclear).then_some(id),
        },
    )
}

fn next(seconds: i64, in_seconds: i64, node: &str, place: Place, because: &str) -> Event {
    let at = before(0).checked_add(SignedDuration::from_secs(in_seconds));
    hunt(
        seconds,
        HuntEvent::Next {
            at: at.unwrap(),
            key: key(node),
            place,
            because: because.to_owned(),
        },
    )
}

const PACE: &str = "at most one launch in 60 s";

/// The network is there, the ingress node runs, the other two were refused at once.
fn begun(ago: i64, domains: &[u32]) -> Vec<Event> {
    let mut plan = steps::plan(0, Allowance::ALWAYS_FREE);
    for step in &mut plan.steps {
        if step.key.0.starts_with("node-") {
            step.needs = vec![key("public-subnet")];
        }
    }
    let names: Vec<String> = plan.steps.iter().map(|step| step.key.0.clone()).collect();
    let mut events = vec![
        steps::stage(k3scope::domain::journey::Stage::Provision),
        told(
            ago + 90,
            ProvisionEvent::Started {
                run: "20261122-020000".into(),
                plan,
            },
        ),
    ];
    for name in &names {
        events.push(told(
            ago + 80,
            ProvisionEvent::StepStarted { key: key(name) },
        ));
        if name != "node-k3s-server" && name != "node-k3s-worker" {
            events.push(told(
                ago + 10,
                ProvisionEvent::StepFinished {
                    key: key(name),
                    id: format!("ocid1.{name}"),
                },
            ));
        }
    }
    let first = *domains.first().unwrap();
    let second = *domains.get(1).unwrap_or(&first);
    events.extend([
        tried(
            ago + 2,
            1,
            "node-k3s-server",
            place(second, Some(2)),
            LaunchAnswer::OutOfCapacity,
        ),
        tried(
            ago + 1,
            2,
            "node-k3s-worker",
            place(first, Some(3)),
            LaunchAnswer::OutOfCapacity,
        ),
        hunt(
            ago,
            HuntEvent::Began {
                until: Some(
                    before(ago)
                        .checked_add(SignedDuration::from_hours(12))
                        .unwrap(),
                ),
                nodes: vec![key("node-k3s-server"), key("node-k3s-worker")],
                places: places(domains),
            },
        ),
        hunt(
            ago,
            HuntEvent::Hinted {
                hints: places(domains)
                    .into_iter()
                    .zip(
                        [Hint::OutOfCapacity, Hint::Available, Hint::OutOfCapacity]
                            .into_iter()
                            .cycle(),
                    )
                    .take(domains.len())
                    .collect(),
            },
        ),
    ]);
    events
}

/// So many tries, one a minute, the newest so many seconds ago.
fn many(events: &mut Vec<Event>, count: u32, newest: i64, domains: &[u32]) {
    let all = places(domains);
    for (number, place) in (3..3 + count).zip(all.iter().cycle()) {
        let age = newest + i64::from(2 + count - number) * 61;
        let node = if number % 2 == 1 {
            "node-k3s-server"
        } else {
            "node-k3s-worker"
        };
        events.push(tried(
            age,
            number,
            node,
            place.clone(),
            LaunchAnswer::OutOfCapacity,
        ));
    }
}

pub(super) fn early() -> Vec<Event> {
    let mut events = begun(18, FRANKFURT);
    events.push(next(18, 42, "node-k3s-server", place(2, None), PACE));
    events
}

/// Hours later, 200 tries.
pub(super) fn late() -> Vec<Event> {
    let mut events = begun(200 * 61 + 30, FRANKFURT);
    many(&mut events, 200, 30, FRANKFURT);
    events.push(next(30, 31, "node-k3s-worker", place(3, Some(2)), PACE));
    events
}

/// The worker was had; the launch for the server is out this moment, in a region of one domain.
pub(super) fn asking() -> Vec<Event> {
    let mut events = begun(6 * 61, STOCKHOLM);
    many(&mut events, 4, 122, STOCKHOLM);
    events.push(tried(
        61,
        7,
        "node-k3s-worker",
        place(1, Some(2)),
        LaunchAnswer::Accepted,
    ));
    events.push(told(
        60,
        ProvisionEvent::StepWaiting {
            key: key("node-k3s-worker"),
            id: "ocid1.instance.oc1..cccc".into(),
            state: "PROVISIONING".into(),
        },
    ));
    events.push(next(61, 0, "node-k3s-server", place(1, Some(3)), PACE));
    events
}

pub(super) fn phantom() -> Vec<Event> {
    let mut events = begun(10 * 61, FRANKFURT);
    many(&mut events, 8, 80, FRANKFURT);
    events.push(tried(
        19,
        11,
        "node-k3s-server",
        place(3, Some(1)),
        LaunchAnswer::PhantomLimit,
    ));
    events.push(next(
        19,
        280,
        "node-k3s-server",
        place(1, None),
        "OCI's books lag behind launches that failed",
    ));
    events
}

pub(super) fn rate_limited() -> Vec<Event> {
    let mut events = begun(10 * 61, FRANKFURT);
    many(&mut events, 7, 141, FRANKFURT);
    events.push(tried(
        80,
        10,
        "node-k3s-worker",
        place(2, Some(1)),
        LaunchAnswer::Unclear,
    ));
    events.push(tried(
        19,
        11,
        "node-k3s-server",
        place(3, Some(1)),
        LaunchAnswer::TooManyRequests,
    ));
    events.push(next(
        19,
        137,
        "node-k3s-server",
        place(1, None),
        "backing off, OCI asked for fewer requests",
    ));
    events
}

fn had(events: &mut Vec<Event>, ago: i64, number: u32, node: &str, at: Place) {
    events.push(tried(ago, number, node, at, LaunchAnswer::Accepted));
    events.push(told(
        ago - 1,
        ProvisionEvent::StepWaiting {
            key: key(node),
            id: format!("ocid1.instance.{node}"),
            state: "PROVISIONING".into(),
        },
    ));
}

/// Both were had; the second is still coming up.
pub(super) fn found() -> Vec<Event> {
    let mut events = begun(30 * 61, FRANKFURT);
    many(&mut events, 26, 141, FRANKFURT);
    had(&mut events, 80, 29, "node-k3s-worker", place(1, Some(2)));
    had(&mut events, 19, 30, "node-k3s-server", place(3, None));
    events.push(hunt(
        18,
        HuntEvent::Ended {
            end: HuntEnd::Found,
        },
    ));
    events
}

fn given_up(
    mut events: Vec<Event>,
    end: HuntEnd,
    outcome: Outcome,
    problem: &Problem,
) -> Vec<Event> {
    events.push(hunt(9, HuntEvent::Ended { end }));
    if outcome == Outcome::Failed {
        for node in ["node-k3s-server", "node-k3s-worker"] {
            events.push(told(
                8,
                ProvisionEvent::StepFailed {
                    key: key(node),
                    problem: problem.clone(),
                },
            ));
        }
    }
    let mut done = Counts::default();
    (0..9).for_each(|_| done.add(Action::Create));
    events.push(told(
        7,
        ProvisionEvent::Finished {
            outcome,
            done,
            undone: vec![key("node-k3s-server"), key("node-k3s-worker")],
        },
    ));
    events
}

pub(super) fn deadline() -> Vec<Event> {
    let mut events = begun(12 * 3_600 + 9, FRANKFURT);
    many(&mut events, 200, 30, FRANKFURT);
    let problem = Problem {
        title: "no host had room for k3s-server within 12h".into(),
        detail: "500 InternalError: Out of host capacity.".into(),
        next: "Run it again: it goes on hunting. Other regions, or a pay-as-you-go account, have more \
               room"
            .into(),
        request_id: Some("C10002024B6E9D0F/7A2C5E8B1D4F".into()),
    };
    given_up(events, HuntEnd::Deadline, Outcome::Failed, &problem)
}

pub(super) fn stopped() -> Vec<Event> {
    given_up(
        late(),
        HuntEnd::Stopped,
        Outcome::Interrupted,
        &steps::refused(),
    )
}

pub(super) fn refused() -> Vec<Event> {
    let mut events = begun(5 * 61, FRANKFURT);
    many(&mut events, 3, 141, FRANKFURT);
    events.push(tried(
        80,
        6,
        "node-k3s-worker",
        place(1, None),
        LaunchAnswer::Refused,
    ));
    let problem = Problem {
        title: "could not launch k3s-worker".into(),
        detail:
            "404 NotAuthorizedOrNotFound: Authorization failed or requested resource not found."
                .into(),
        next: "OCI hides what you may not see: check the region, the compartment's OCID and the \
               policies of the user's groups"
            .into(),
        request_id: Some("C10000064B6E9D0F/7A2C5E8B1D4F".into()),
    };
    given_up(events, HuntEnd::Refused, Outcome::Failed, &problem)
}
