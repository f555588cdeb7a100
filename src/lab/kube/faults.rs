//! Bad days on request: answers that go wrong once, and streams that are cut.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio_util::sync::CancellationToken;

/// Something that goes wrong with the next request that it fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The next watch gets 410 Expired in its stream.
    WatchExpired,
    /// The next request for objects gets 429 with a Retry-After.
    TooManyRequests,
    /// The next request for objects gets 401.
    Unauthorized,
    /// The next request for objects gets 500.
    Internal,
    /// The next write is lost on its way: the connection breaks, and nothing is changed.
    RequestLost,
    /// The next write is carried out, and the connection breaks before its answer.
    AnswerLost,
    /// As [`Fault::AnswerLost`], and no later request for objects is answered either.
    Silence,
    /// Just before the next write somebody else changes its object.
    Overtaken,
    /// An admission webhook denies the next write.
    Vetoed,
}

impl Fault {
    /// Whether it can befall a request with this verb.
    fn befalls(self, verb: &str) -> bool {
        match self {
            Self::WatchExpired => verb == "watch",
            Self::RequestLost
            | Self::AnswerLost
            | Self::Silence
            | Self::Overtaken
            | Self::Vetoed => is_write(verb),
            Self::TooManyRequests | Self::Unauthorized | Self::Internal => true,
        }
    }
}

/// Whether a verb changes something.
pub(super) fn is_write(verb: &str) -> bool {
    !matches!(verb, "get" | "list" | "watch")
}

/// The faults that wait, and the streams that can be cut.
#[derive(Clone, Debug, Default)]
pub(super) struct Faults {
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<Fault>,
    streams: CancellationToken,
    silent: bool,
}

impl Faults {
    /// Lets something go wrong once.
    pub(super) fn add(&self, fault: Fault) {
        self.state().waiting.push_back(fault);
    }

    /// What goes wrong with this request; it will not go wrong again.
    pub(super) fn take(&self, verb: &str) -> Option<Fault> {
        let mut state = self.state();
        let at = state.waiting.iter().position(|fault| fault.befalls(verb))?;
        let taken = state.waiting.remove(at);
        state.silent |= taken == Some(Fault::Silence);
        taken
    }

    /// Whether nothing is answered any more.
    pub(super) fn is_silent(&self) -> bool {
        self.state().silent
    }

    /// Cancelled when the streams that are open now are cut.
    pub(super) fn streams(&self) -> CancellationToken {
        self.state().streams.clone()
    }

    /// Ends every open stream.
    pub(super) fn cut(&self) {
        let mut state = self.state();
        state.streams.cancel();
        state.streams = CancellationToken::new();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
