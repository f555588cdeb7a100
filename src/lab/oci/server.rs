//! The HTTP side: one listener for all services; each request is read, verified, answered, logged.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::Response;
use jiff::Timestamp;

use super::answer::{Answer, Refusal};
use super::call::Call;
use super::fault::{Fault, Faults, Record};
use super::place;
use super::routes;
use super::signature::KnownKeys;
use super::wire::{Peer, Scissors};
use super::world::World;
use crate::clock::Clock;

/// What all requests share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) world: Mutex<World>,
    pub(super) faults: Mutex<Faults>,
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
    let at = shared.clock.now();
    let Some(call) = Call::read(request).await else {
        return send(
            Refusal::unparsable("The request body cannot be read").into(),
            at,
        );
    };
    let fault = lock(&shared.faults).take(&call);
    let (answer, cut) = match fault {
        Some(Fault::Cut) => (Answer::nothing(), true),
        Some(Fault::Status(status, code, message)) => {
            (Refusal::new(status, &code, message).into(), false)
        }
        Some(Fault::AfterDoing) => (perform(&shared, &call, at), true),
        Some(Fault::Slow(wait)) => {
            let answer = perform(&shared, &call, at);
            shared.clock.sleep(wait).await;
            (answer, false)
        }
        None => (perform(&shared, &call, at), false),
    };
    finish(&shared, &call, at, answer, cut.then_some(scissors))
}

fn perform(shared: &Shared, call: &Call, at: Timestamp) -> Answer {
    if shared.keys.signer(call, at).is_none() {
        return Refusal::unauthenticated().into();
    }
    let mut world = lock(&shared.world);
    world.settle(at);
    routes::answer(&mut world, call).unwrap_or_else(Answer::from)
}

fn finish(
    shared: &Shared,
    call: &Call,
    at: Timestamp,
    answer: Answer,
    cut: Option<Scissors>,
) -> Response<Body> {
    lock(&shared.faults).note(Record {
        at,
        method: call.method.to_string(),
        path: call.target.clone(),
        retry_token: call.header("opc-retry-token"),
        status: if cut.is_some() { 0 } else { answer.status },
    });
    if let Some(scissors) = cut {
        scissors.cut();
    }
    send(answer, at)
}

fn send(answer: Answer, at: Timestamp) -> Response<Body> {
    let date = at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
    answer.into_response(&request_id(), &date)
}

/// Three parts of 32 digits, as the gateway, the service and the host each add one.
fn request_id() -> String {
    let parts = [(); 3].map(|()| format!("{:032X}", place::number()));
    parts.join("/")
}
