//! Bad moments on request: the next change is lost, before or after it was carried out.

use std::sync::{Arc, Mutex, PoisonError};

use axum::body::{Body, Bytes};
use axum::response::Response;

/// Something that goes wrong with the next change of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CloudflareFault {
    /// The connection breaks before anything is changed.
    RequestLost,
    /// The change is made, and the connection breaks before its answer.
    AnswerLost,
    /// As [`CloudflareFault::AnswerLost`], and nothing is answered any more.
    Silence,
}

/// The fault that waits, and whether all is silent.
#[derive(Clone, Debug, Default)]
pub(crate) struct Faults(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    waiting: Option<CloudflareFault>,
    silent: bool,
}

impl Faults {
    /// Lets something go wrong once.
    pub(crate) fn add(&self, fault: CloudflareFault) {
        self.with(|state| state.waiting = Some(fault));
    }

    /// What goes wrong with a change that is asked for now.
    pub(super) fn take(&self) -> Option<CloudflareFault> {
        self.with(|state| {
            let taken = state.waiting.take();
            state.silent |= taken == Some(CloudflareFault::Silence);
            taken
        })
    }

    /// Whether nothing is answered any more.
    pub(super) fn is_silent(&self) -> bool {
        self.with(|state| state.silent)
    }

    fn with<T>(&self, does: impl FnOnce(&mut State) -> T) -> T {
        does(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// An answer that breaks off before it says anything.
pub(super) fn broken() -> Response {
    let cut = std::io::Error::other("the connection was cut");
    Response::new(Body::from_stream(futures::stream::once(async {
        Err::<Bytes, _>(cut)
    })))
}
