//! Which hop of the way is broken, and what to do about it.

#[cfg(test)]
mod tests;

use super::{Answered, Found, Inside, Met, Seen, Visit};
use crate::domain::handshake::Failure;

/// A hop, from the visitor to the pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, strum::Display)]
pub enum Hop {
    /// The name's resolution.
    Name,
    /// The connection to port 80.
    #[strum(to_string = "Port 80")]
    Port,
    /// What is answered there.
    Answer,
    /// The solver's route.
    #[strum(to_string = "HTTPRoute")]
    Route,
    /// The Service behind it.
    Service,
    /// The solver's pod.
    Pod,
}

/// How a hop is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// It leads on.
    Well,
    /// It does not.
    Broken,
    /// It is being looked at, or is about to come.
    Awaited,
    /// It cannot be seen from here.
    Unknown,
}

/// One hop as it was met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Station {
    /// Which.
    pub hop: Hop,
    /// How it is.
    pub state: State,
    /// What was met.
    pub said: String,
    /// How long it took, in milliseconds.
    pub took_ms: Option<u32>,
}

/// The whole way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Way {
    /// Hops in order; port and answer stand there once for each address.
    pub stations: Vec<Station>,
    /// The hop to mend first, by its place.
    pub broken: Option<usize>,
    /// What to do about it.
    pub next: Option<&'static str>,
    /// Whether every address answers with the proof.
    pub proven: bool,
}

impl Way {
    /// Judges what was met outside and what stands inside.
    pub fn of(seen: &Seen, inside: &Inside) -> Self {
        let mut stations = vec![name(seen)];
        for visit in &seen.visits {
            stations.extend(visited(visit, inside));
        }
        if seen.visits.is_empty() && !seen.ended {
            stations.push(awaited(Hop::Answer));
        }
        stations.extend([route(inside), service(inside), pod(inside)]);
        let broken = blamed(&stations, seen);
        let next = broken
            .and_then(|place| stations.get(place))
            .map(|station| advice(station.hop, seen, inside));
        let proven = !seen.visits.is_empty() && seen.visits.iter().all(is_proof);
        Self {
            stations,
            broken,
            next,
            proven,
        }
    }
}

fn station(hop: Hop, state: State, said: impl Into<String>) -> Station {
    Station {
        hop,
        state,
        said: said.into(),
        took_ms: None,
    }
}

fn awaited(hop: Hop) -> Station {
    station(hop, State::Awaited, "being looked at")
}

fn name(seen: &Seen) -> Station {
    let Some(found) = &seen.name else {
        let unknown = station(Hop::Name, State::Unknown, "not looked at");
        return if seen.ended {
            unknown
        } else {
            awaited(Hop::Name)
        };
    };
    let (state, said) = if let Some(silence) = &found.failed {
        (State::Broken, format!("{}: {}", silence.why, silence.said))
    } else {
        let all: Vec<&str> = found.addresses.iter().map(AsRef::as_ref).collect();
        (State::Well, format!("leads to {}", all.join(", ")))
    };
    Station {
        took_ms: Some(found.took_ms),
        ..station(Hop::Name, state, said)
    }
}

fn visited(visit: &Visit, inside: &Inside) -> Vec<Station> {
    let address = &visit.address;
    let mut stations = match &visit.met {
        Met::Silence(silence) if is_of_connection(silence.why) => {
            let said = format!("{address}: {}", silence.why);
            vec![station(Hop::Port, State::Broken, said)]
        }
        Met::Silence(silence) => vec![
            connected(visit),
            station(
                Hop::Answer,
                State::Broken,
                format!("{address}: {}: {}", silence.why, silence.said),
            ),
        ],
        Met::Answer(answer) => {
            let state = if answer.is_proof {
                State::Well
            } else {
                State::Broken
            };
            let said = format!("{address}: {}", answered(answer, inside));
            vec![connected(visit), station(Hop::Answer, state, said)]
        }
    };
    if let Some(last) = stations.last_mut() {
        last.took_ms = Some(visit.took_ms);
    }
    stations
}

fn connected(visit: &Visit) -> Station {
    station(Hop::Port, State::Well, format!("{} answers", visit.address))
}

fn is_of_connection(why: Failure) -> bool {
    match why {
        Failure::NoAddress
        | Failure::Resolver
        | Failure::NotDialled
        | Failure::Refused
        | Failure::TimedOut
        | Failure::Unreachable
        | Failure::Reset => true,
        Failure::Closed | Failure::Protocol | Failure::Alert => false,
    }
}

fn is_redirect(answer: &Answered) -> bool {
    (300..400).contains(&answer.status) && !answer.location.is_empty()
}

/// What is answered, in words.
fn answered(answer: &Answered, inside: &Inside) -> String {
    if answer.is_proof {
        return "the proof, as it should be".to_owned();
    }
    let by = match (answer.through_cloudflare, answer.server.is_empty()) {
        (true, _) => " by Cloudflare".to_owned(),
        (false, false) => format!(" by {}", answer.server),
        (false, true) => String::new(),
    };
    let status = answer.status;
    if is_redirect(answer) {
        let of = match &inside.redirect {
            Some(route) if !answer.through_cloudflare => {
                format!("; HTTPRoute {route} redirects this host")
            }
            _ => String::new(),
        };
        return format!("{status}{by}, to {}{of}", answer.location);
    }
    if status == 200 {
        return format!(
            "200{by}, but it is not the proof: \u{201c}{}\u{201d}",
            answer.begins
        );
    }
    format!("{status}{by} instead of the proof")
}

fn route(inside: &Inside) -> Station {
    match &inside.route {
        Found::Unknown => station(Hop::Route, State::Unknown, "routes cannot be seen here"),
        Found::Missing if inside.presented => {
            station(Hop::Route, State::Broken, "no route is for the token")
        }
        Found::Missing => station(
            Hop::Route,
            State::Awaited,
            "cert-manager has not laid out the proof yet",
        ),
        Found::There(route) => match route.accepted {
            Some(true) => station(Hop::Route, State::Well, format!("{} is accepted", route.id)),
            Some(false) => {
                let said = format!("{}: {}", route.id, route.complaint);
                station(Hop::Route, State::Broken, said)
            }
            None => {
                let said = format!("no controller answers for {}", route.id);
                station(Hop::Route, State::Broken, said)
            }
        },
    }
}

fn service(inside: &Inside) -> Station {
    match &inside.service {
        Found::Unknown => station(Hop::Service, State::Unknown, "not known without its route"),
        Found::Missing => station(Hop::Service, State::Broken, "the route names no Service"),
        Found::There(service) => {
            let state = if service.ready > 0 {
                State::Well
            } else {
                State::Broken
            };
            let said = format!(
                "{}: {} of {} endpoints ready",
                service.id, service.ready, service.total
            );
            station(Hop::Service, state, said)
        }
    }
}

fn pod(inside: &Inside) -> Station {
    match &inside.pod {
        Found::Unknown => station(Hop::Pod, State::Unknown, "pods cannot be seen here"),
        Found::Missing if inside.presented => {
            station(Hop::Pod, State::Broken, "the solver's pod is not there")
        }
        Found::Missing => station(Hop::Pod, State::Awaited, "not there yet"),
        Found::There(pod) => {
            let (state, ready) = if pod.ready {
                (State::Well, "ready")
            } else {
                (State::Broken, "not ready")
            };
            let said = format!("{} is {ready}: {}", pod.id, pod.status);
            station(Hop::Pod, state, said)
        }
    }
}

fn is_proof(visit: &Visit) -> bool {
    matches!(&visit.met, Met::Answer(answer) if answer.is_proof)
}

/// The hop to mend first. What an answer tells of what stands behind it counts: a 404 is the route's
/// fault, a 503 that of what is behind the route, a redirect the route's where it is not accepted.
fn blamed(stations: &[Station], seen: &Seen) -> Option<usize> {
    let broken = |hop: Hop| {
        let mut all = stations.iter();
        all.position(|it| it.hop == hop && it.state == State::Broken)
    };
    if let Some(place) = broken(Hop::Name).or_else(|| broken(Hop::Port)) {
        return Some(place);
    }
    let behind = [Hop::Pod, Hop::Service, Hop::Route];
    let Some(answer) = broken(Hop::Answer) else {
        // An answer that is right needs nothing more; without one what stands inside counts.
        let heard = seen.visits.iter().any(is_proof);
        return behind.into_iter().filter(|_| !heard).find_map(broken);
    };
    let first = seen.visits.iter().find_map(|visit| match &visit.met {
        Met::Answer(answer) if !answer.is_proof => Some(answer),
        Met::Answer(_) | Met::Silence(_) => None,
    });
    let cause = match first {
        Some(answer) if answer.through_cloudflare => None,
        Some(answer) if answer.status == 404 || is_redirect(answer) => broken(Hop::Route),
        Some(answer) if answer.status >= 500 => behind.into_iter().find_map(broken),
        _ => None,
    };
    cause.or(Some(answer))
}

fn advice(hop: Hop, seen: &Seen, inside: &Inside) -> &'static str {
    let through_cloudflare = seen
        .visits
        .iter()
        .any(|visit| matches!(&visit.met, Met::Answer(answer) if answer.through_cloudflare));
    let redirected = seen
        .visits
        .iter()
        .any(|visit| matches!(&visit.met, Met::Answer(answer) if is_redirect(answer)));
    match hop {
        Hop::Name => "publish an address for the name: see the DNS tab",
        Hop::Port => {
            "port 80 must be open to everybody: see the security list of the ingress node, and that \
             the Gateway has a listener there"
        }
        Hop::Answer if through_cloudflare => {
            "the record is proxied: switch its proxy off, or Cloudflare's redirect to https, until \
             the certificate is there"
        }
        Hop::Answer if redirected => {
            "let the solver's path go before the redirect: both routes must be on one listener"
        }
        Hop::Answer => "another server answers: compare the address with the Gateway's",
        Hop::Route if inside.route == Found::Missing => {
            "see cert-manager's words at the challenge: it could not make the route"
        }
        Hop::Route => "the listener must take routes of this namespace: see it in Routes",
        Hop::Service => "see the solver's pod: its Service has nobody who answers",
        Hop::Pod => "see the pod and its events in Pods",
    }
}
