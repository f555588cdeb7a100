//! The HTTP side: one listener for all services; each request is read, verified, answered, logged.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::Response;
use jiff::Timestamp;

use super::answer::{Answer, Refusal};
use super::call::Call;
use super::fault::{Fault, Faults, Obstacle};
use super::hold::{Gate, Point};
use super::log::{Log, Visit};
use super::place;
use super::routes;
use super::signature::KnownKeys;
use super::wire::Peer;
use super::world::World;
use crate::clock::Clock;

/// What all requests share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) world: Mutex<World>,
    pub(super) faults: Mutex<Faults>,
    pub(super) log: Mutex<Log>,
    pub(super) keys: KnownKeys,
    pub(super) clock: Clock,
}

/// A panic elsewhere must not take the lab down with it.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(super) fn router(shared: Arc<Shared>) -> Router {
    Router::new().fallback(handle).with_state(shared)
}

async fn handle(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(Peer(scissors)): ConnectInfo<Peer>,
    request: Request,
) -> Response<Body> {
    let Some(call) = Call::read(request).await else {
        return send(
            Refusal::unparsable("The request body cannot be read").into(),
            &request_id(None),
            shared.clock.now(),
        );
    };
    let (answer, id, at) = attend(&shared, &call).await;
    let Some(answer) = answer else {
        scissors.cut();
        return send(Answer::nothing(), &id, at);
    };
    send(answer, &id, at)
}

/// Notes a request, lets happen to it what is planned, and answers it: the answer, or none when the
/// connection is to be cut, the request's id, and when it came.
pub(super) async fn attend(shared: &Shared, call: &Call) -> (Option<Answer>, String, Timestamp) {
    let at = shared.clock.now();
    let id = request_id(call.header("opc-request-id"));
    let visit = Visit::begin(&shared.log, call, &id, at);
    let obstacle = lock(&shared.faults).take(call);
    let answer = match obstacle {
        Some(Obstacle::Fault(fault)) => suffer(shared, call, fault).await,
        Some(Obstacle::Gate(gate)) => held(shared, call, gate, &visit).await,
        None => Some(perform(shared, call)),
    };
    if let Some(answer) = &answer {
        visit.answered(answer);
    }
    drop(visit);
    (answer, id, at)
}

/// The answer to a request that a fault befalls; `None` when its connection is to be cut.
async fn suffer(shared: &Shared, call: &Call, fault: Fault) -> Option<Answer> {
    match fault {
        Fault::Cut => None,
        Fault::Status(status, code, message) => Some(Refusal::new(status, &code, message).into()),
        Fault::Busy(wait) => {
            // Whole seconds of the lab's time: a client in the lab waits at its pace.
            let refusal = Answer::from(Refusal::too_many());
            Some(refusal.with("retry-after", wait.as_secs().to_string()))
        }
        Fault::AfterDoing => {
            perform(shared, call);
            None
        }
        Fault::Slow(wait) => {
            let answer = perform(shared, call);
            shared.clock.sleep(wait).await;
            Some(answer)
        }
    }
}

/// The answer to a request that is held; `None` when its connection is to be cut.
async fn held(shared: &Shared, call: &Call, gate: Gate, visit: &Visit<'_>) -> Option<Answer> {
    match gate.point {
        Point::BeforeDoing => {
            let goes_on = gate.wait(visit.record()).await;
            goes_on.then(|| perform(shared, call))
        }
        Point::BeforeAnswering => {
            let answer = perform(shared, call);
            gate.wait(visit.record()).await.then_some(answer)
        }
    }
}

fn perform(shared: &Shared, call: &Call) -> Answer {
    let now = shared.clock.now();
    if !call.is_the_labs && shared.keys.signer(call, now).is_none() {
        return Refusal::unauthenticated().into();
    }
    let mut world = lock(&shared.world);
    world.settle(now);
    routes::answer(&mut world, call).unwrap_or_else(Answer::from)
}

fn send(answer: Answer, id: &str, at: Timestamp) -> Response<Body> {
    let date = at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
    answer.into_response(id, &date)
}

/// Three parts of 32 digits, as the gateway, the service and the host each add one; a client's own id
/// takes the place of the first.
fn request_id(own: Option<String>) -> String {
    let part = || format!("{:032X}", place::number());
    [own.unwrap_or_else(part), part(), part()].join("/")
}
