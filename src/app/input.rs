//! What reaches the loop from the person and the system: keys, the mouse, signals.

use std::io;

use crossterm::event::{Event, EventStream};
use futures::stream::{BoxStream, StreamExt, select_all};
use tokio::signal::unix::{Signal, SignalKind, signal};

/// One thing that came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// From the terminal.
    Terminal(Event),
    /// The terminal has gone away, or cannot be read.
    Gone,
    /// Asked to end from outside.
    End,
    /// Interrupted, as by Ctrl-C while the terminal is not in our hands.
    Interrupt,
    /// Asked to stop from outside, as by Ctrl-Z.
    Stop,
    /// Going on after a stop.
    Continue,
}

/// Where input comes from: signals always, keys and the mouse while the terminal is ours.
pub struct Inputs {
    signals: BoxStream<'static, Input>,
    keys: Option<BoxStream<'static, Input>>,
    open: fn() -> BoxStream<'static, Input>,
}

impl Inputs {
    /// Everything from the terminal that the program was started in, and the signals that concern
    /// it.
    pub fn from_terminal() -> io::Result<Self> {
        let stop = SignalKind::from_raw(signal_hook::consts::SIGTSTP);
        let resume = SignalKind::from_raw(signal_hook::consts::SIGCONT);
        let signals = [
            (SignalKind::terminate(), Input::End),
            (SignalKind::interrupt(), Input::Interrupt),
            (SignalKind::hangup(), Input::End),
            (stop, Input::Stop),
            (resume, Input::Continue),
        ]
        .into_iter()
        .map(|(kind, input)| signal(kind).map(|signal| told(signal, input)))
        .collect::<io::Result<Vec<_>>>()?;
        Ok(Self {
            signals: select_all(signals).boxed(),
            keys: Some(keys()),
            open: keys,
        })
    }

    /// What a script presses and sends.
    pub fn scripted(script: BoxStream<'static, Input>) -> Self {
        Self {
            signals: script,
            keys: None,
            open: || futures::stream::pending().boxed(),
        }
    }

    /// What comes in next.
    pub(super) async fn next(&mut self) -> Input {
        let Self { signals, keys, .. } = self;
        let key = async {
            match keys {
                Some(keys) => keys.next().await,
                None => std::future::pending().await,
            }
        };
        let next = tokio::select! {
            signal = signals.next() => signal,
            key = key => key,
        };
        next.unwrap_or(Input::Gone)
    }

    /// Leaves the keys to somebody else.
    pub(super) fn let_go(&mut self) {
        self.keys = None;
    }

    /// Reads the keys again.
    pub(super) fn take_up(&mut self) {
        self.keys = Some((self.open)());
    }
}

/// Keys, the mouse and the terminal's size.
fn keys() -> BoxStream<'static, Input> {
    EventStream::new()
        .map(|event| event.map_or(Input::Gone, Input::Terminal))
        .chain(futures::stream::once(async { Input::Gone }))
        .boxed()
}

fn told(signal: Signal, input: Input) -> BoxStream<'static, Input> {
    futures::stream::unfold(signal, |mut signal| async {
        signal.recv().await.map(|()| ((), signal))
    })
    .map(move |()| input.clone())
    .boxed()
}
