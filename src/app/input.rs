//! What reaches the loop from the person and the system: keys, the mouse, signals.

use std::io;

use crossterm::event::{Event, EventStream};
use futures::stream::{BoxStream, StreamExt, select, select_all};
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
    /// Asked to stop from outside, as by Ctrl-Z.
    Stop,
    /// Going on after a stop.
    Continue,
}

/// Everything from the terminal that the program was started in, and the signals that concern it.
pub fn from_terminal() -> io::Result<BoxStream<'static, Input>> {
    let stop = SignalKind::from_raw(signal_hook::consts::SIGTSTP);
    let resume = SignalKind::from_raw(signal_hook::consts::SIGCONT);
    let signals = [
        (SignalKind::terminate(), Input::End),
        (SignalKind::interrupt(), Input::End),
        (SignalKind::hangup(), Input::End),
        (stop, Input::Stop),
        (resume, Input::Continue),
    ]
    .into_iter()
    .map(|(kind, input)| signal(kind).map(|signal| told(signal, input)))
    .collect::<io::Result<Vec<_>>>()?;
    let terminal = EventStream::new()
        .map(|event| event.map_or(Input::Gone, Input::Terminal))
        .chain(futures::stream::once(async { Input::Gone }));
    Ok(select(terminal, select_all(signals)).boxed())
}

fn told(signal: Signal, input: Input) -> BoxStream<'static, Input> {
    futures::stream::unfold(signal, |mut signal| async {
        signal.recv().await.map(|()| ((), signal))
    })
    .map(move |()| input.clone())
    .boxed()
}
