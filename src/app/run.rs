//! The loop: drain what is queued, fold it, draw if something changed, sleep until something does.

mod lending;
mod toasts;
mod wired;

use std::io;
use std::time::{Duration, Instant};

use crossterm::event::{
    Event as TerminalEvent, KeyEventKind, MouseButton, MouseEvent, MouseEventKind,
};
use jiff::{SignedDuration, Timestamp};
use ratatui::layout::Position;
use tokio::sync::mpsc;

use super::asked::{Asked, Full};
use super::exec::{Done, perform};
use super::guest::Guest;
use super::input::{Input, Inputs};
use super::notify::words;
use super::record::Recorder;
use super::seeking::Seeker;
use crate::clock::Clock;
use crate::domain::action::ActionEvent;
use crate::domain::bootstrap::BootstrapEvent;
use crate::domain::event::{Event, What};
use crate::domain::log_line::{Level, LogLine};
use crate::domain::provision::ProvisionEvent;
use crate::domain::reading::Reading;
use crate::effect::Effect;
use crate::keymap::Key;
use crate::store::{Store, fold};
use crate::telemetry::Line;
use crate::term::Screen;
use crate::ui::panes::signs;
use crate::ui::{Cockpit, Pointer};

use lending::{Ended, Lent};

/// At most sixty frames a second.
const FRAME: Duration = Duration::from_micros(16_667);
/// Events that are folded before the next frame has its turn.
const BATCH: usize = 4_096;

/// How a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The person left.
    Quit,
    /// It was ended from outside, or the terminal went away.
    Interrupted,
}

/// What a session is fed with.
pub struct Session {
    /// From the person and the system.
    pub inputs: Inputs,
    /// From sources and tasks.
    pub events: mpsc::Receiver<Event>,
    /// Our own log.
    pub log: mpsc::Receiver<Line>,
    /// Where events are written down.
    pub recorder: Option<Recorder>,
    /// Whether the time is that of the events, as in a replay.
    pub replay: bool,
    /// Where effects go that are not the terminal's; nowhere in a session that only watches.
    pub work: Option<mpsc::Sender<Effect>>,
    /// Programs that the terminal is given to; none come where nobody asks for one.
    pub guests: Option<mpsc::Receiver<Guest>>,
    /// Who tells the sources what to look for; nobody in a replay.
    pub seeker: Option<Seeker>,
    /// The clock.
    pub clock: Clock,
}

/// A running cockpit.
pub struct App<S: Screen> {
    screen: S,
    cockpit: Cockpit,
    store: Store,
    session: Session,
    asked: Asked,
    /// Who has the terminal now, where it is not us.
    lent: Option<Lent>,
    dirty: bool,
    drawn: Option<Instant>,
    wake: Option<Timestamp>,
    /// In a replay: the time of the last event, and when it was played.
    played: Option<(Timestamp, Instant)>,
    logging: bool,
}

/// What the loop was woken by.
enum Woken {
    Input(Input),
    Event(Box<Event>),
    Log(Line),
    Asked,
    Guest(Guest),
    Returned(Ended),
    Quiet,
    Time,
}

impl<S: Screen> App<S> {
    /// A cockpit that has drawn nothing yet.
    pub fn new(screen: S, cockpit: Cockpit, mut session: Session) -> Self {
        let asked = Asked::new(session.work.take());
        Self {
            asked,
            lent: None,
            screen,
            cockpit,
            store: Store::default(),
            session,
            dirty: true,
            drawn: None,
            wake: None,
            played: None,
            logging: true,
        }
    }

    /// Runs until the person leaves or the session is ended from outside.
    pub async fn run(mut self) -> io::Result<End> {
        loop {
            let stepped = self.step().await;
            if !matches!(stepped, Ok(None)) {
                self.recall().await;
                self.flush();
            }
            if let Some(end) = stepped? {
                return Ok(end);
            }
        }
    }

    /// One turn: waits for what comes next or is due, takes in all that has come, and draws. The
    /// first turn of a session waits for nothing, so that there is a frame before any event.
    pub async fn step(&mut self) -> io::Result<Option<End>> {
        let woken = self.wait().await;
        let end = self.take(woken)?;
        if end.is_some() {
            return Ok(end);
        }
        for _ in 0..BATCH {
            let Ok(event) = self.session.events.try_recv() else {
                break;
            };
            self.fold(event);
        }
        if let Some(seeker) = &mut self.session.seeker {
            seeker.look(&self.store);
        }
        self.flush();
        let due = self.cockpit.due(&self.store, self.now());
        let end = self.carry_out(due)?;
        self.draw_if_due()?;
        Ok(end)
    }

    /// What is drawn on.
    pub fn screen(&self) -> &S {
        &self.screen
    }

    fn now(&self) -> Timestamp {
        match self.played {
            Some((at, played)) => {
                let passed = self.session.clock.instant().duration_since(played);
                let passed = SignedDuration::try_from(passed).unwrap_or_default();
                at.checked_add(passed).unwrap_or(at)
            }
            None => self.session.clock.now(),
        }
    }

    /// How long until a frame may be drawn; nothing when there is none to draw.
    fn until_frame(&self) -> Option<Duration> {
        if self.lent.is_some() {
            return None;
        }
        if self.dirty {
            let passed = self
                .drawn
                .map(|drawn| self.session.clock.instant().duration_since(drawn));
            return Some(passed.map_or(Duration::ZERO, |passed| FRAME.saturating_sub(passed)));
        }
        let wait = self.wake?.duration_since(self.now());
        Some(Duration::try_from(wait).unwrap_or_default())
    }

    fn draw_if_due(&mut self) -> io::Result<()> {
        if self.until_frame() != Some(Duration::ZERO) {
            return Ok(());
        }
        let now = self.now();
        let (cockpit, store, wake) = (&mut self.cockpit, &self.store, &mut self.wake);
        self.screen
            .draw(&mut |buffer| *wake = cockpit.draw(buffer, store, now))?;
        self.drawn = Some(self.session.clock.instant());
        self.dirty = false;
        Ok(())
    }

    async fn wait(&mut self) -> Woken {
        let limit = self.until_frame();
        let clock = self.session.clock;
        let (session, asked, logging) = (&mut self.session, &mut self.asked, self.logging);
        let lent = &mut self.lent;
        let next = async {
            tokio::select! {
                biased;
                input = session.inputs.next() => Woken::Input(input),
                ended = Lent::ended(lent) => Woken::Returned(ended),
                Some(event) = session.events.recv() => Woken::Event(Box::new(event)),
                () = asked.handed_on() => Woken::Asked,
                Some(guest) = next_of(&mut session.guests) => Woken::Guest(guest),
                line = session.log.recv(), if logging => line.map_or(Woken::Quiet, Woken::Log),
            }
        };
        match limit {
            Some(limit) => clock.timeout(limit, next).await.unwrap_or(Woken::Time),
            None => next.await,
        }
    }

    fn take(&mut self, woken: Woken) -> io::Result<Option<End>> {
        match woken {
            Woken::Time | Woken::Asked => {}
            Woken::Guest(guest) => self.lend(guest)?,
            Woken::Returned(ended) => self.returned(ended)?,
            Woken::Quiet => self.logging = false,
            Woken::Event(event) => self.fold(*event),
            Woken::Log(line) => {
                if let Some(line) = shown(&line) {
                    let at = self.now();
                    let what = What::Log(line);
                    fold(&mut self.store, Event { at, what });
                    self.dirty = true;
                }
            }
            Woken::Input(input) => return self.on_input(input),
        }
        Ok(None)
    }

    fn on_input(&mut self, input: Input) -> io::Result<Option<End>> {
        self.dirty = true;
        let now = self.now();
        let effects = match input {
            // Whoever has the terminal is interrupted by it, and we are not.
            Input::Interrupt if self.lent.is_some() => Vec::new(),
            Input::End | Input::Gone | Input::Interrupt => return Ok(Some(End::Interrupted)),
            Input::Stop => vec![Effect::Suspend],
            Input::Continue => {
                self.screen.resume()?;
                Vec::new()
            }
            Input::Terminal(TerminalEvent::Key(key)) if key.kind != KeyEventKind::Release => {
                let key = Key::from_event(key);
                key.map_or_else(Vec::new, |key| self.cockpit.key(key, &self.store, now))
            }
            Input::Terminal(TerminalEvent::Paste(text)) => {
                self.cockpit.paste(&text);
                Vec::new()
            }
            Input::Terminal(TerminalEvent::Mouse(mouse)) => match pointer(mouse) {
                Some(did) => {
                    let at = Position::new(mouse.column, mouse.row);
                    self.cockpit.pointer(did, at, &self.store, now)
                }
                None => Vec::new(),
            },
            Input::Terminal(_) => Vec::new(),
        };
        self.carry_out(effects)
    }

    /// Performs what the screen asks for, or hands it on.
    fn carry_out(&mut self, effects: Vec<Effect>) -> io::Result<Option<End>> {
        for effect in effects {
            match perform(&mut self.screen, effect)? {
                Done::Quietly => {}
                Done::Say(sign, text) => self.cockpit.say(sign, text, self.now()),
                Done::Elsewhere(effect) => self.hand_on(effect),
                Done::Quit => return Ok(Some(End::Quit)),
            }
        }
        Ok(None)
    }

    /// Hands an effect to whoever leads the session. It is not waited for: what finds no room has its
    /// turn later.
    fn hand_on(&mut self, effect: Effect) {
        if let Err(Full) = self.asked.push(effect) {
            let text = "busy: try that again in a moment";
            self.cockpit.say(signs::WARN, text, self.now());
        }
    }

    fn fold(&mut self, event: Event) {
        if self.session.replay {
            self.played = Some((event.at, self.session.clock.instant()));
        }
        let result = self
            .session
            .recorder
            .as_mut()
            .map(|recorder| recorder.add(&event));
        self.recorded(result);
        if let What::Problem(problem) = &event.what {
            self.cockpit
                .say(signs::BAD, problem.title.clone(), event.at);
        }
        let hunted = if let What::Provision(event @ ProvisionEvent::Hunt(_)) = &event.what {
            Some(event.clone())
        } else {
            None
        };
        let left = if let What::HuntLeft(left) = &event.what {
            Some(*left)
        } else {
            None
        };
        let acted = if let What::Bootstrap(BootstrapEvent::Acted { act, outcome }) = &event.what {
            Some(toasts::acted(act, outcome))
        } else {
            None
        };
        let changed = if let What::Action(ActionEvent::Ended { number, outcome }) = &event.what {
            Some((*number, outcome.clone()))
        } else {
            None
        };
        let saved = if let What::Reading(Reading::Saved { path, failed }) = &event.what {
            Some(toasts::saved(path, failed.as_ref()))
        } else {
            None
        };
        let over = toasts::over(&event.what);
        let healthy = matches!(
            event.what,
            What::Bootstrap(BootstrapEvent::Finished { healthy: true })
        );
        let at = event.at;
        fold(&mut self.store, event);
        if healthy {
            self.cockpit
                .say(signs::OK, toasts::arrival(&self.store), at);
        }
        let done = changed.and_then(|(number, outcome)| {
            let entry = self.store.actions.get(number)?;
            Some(toasts::changed(&entry.action, &outcome))
        });
        if let Some((sign, text)) = acted.or(done).or(saved).or(over) {
            self.cockpit.say(sign, text, at);
        }
        if let Some(left) = left {
            self.cockpit.say(signs::WARN, toasts::left_open(&left), at);
        }
        let run = self.store.run.as_ref();
        if let Some(words) = hunted.zip(run).and_then(|(event, run)| words(&event, run)) {
            self.call(words, at);
        }
        self.dirty = true;
    }

    /// Calls the person. A replay only shows what was called.
    fn call(&mut self, words: String, at: Timestamp) {
        if !self.session.replay
            && let Err(error) = self.screen.call(&words)
        {
            tracing::warn!(%error, "the terminal could not be told");
        }
        self.cockpit.say(signs::OK, words, at);
    }

    fn flush(&mut self) {
        let result = self.session.recorder.as_mut().map(Recorder::flush);
        self.recorded(result);
    }

    /// A recording that cannot go on ends, and says so; the session stays.
    fn recorded(&mut self, result: Option<io::Result<()>>) {
        if let Some(Err(error)) = result {
            tracing::error!(%error, "the recording has ended");
            self.session.recorder = None;
            let text = format!("the recording has ended: {error}");
            self.cockpit.say(signs::BAD, text, self.now());
            self.dirty = true;
        }
    }
}

fn pointer(mouse: MouseEvent) -> Option<Pointer> {
    match mouse.kind {
        MouseEventKind::Down(MouseButton::Left) => Some(Pointer::Click),
        MouseEventKind::ScrollUp => Some(Pointer::WheelUp),
        MouseEventKind::ScrollDown => Some(Pointer::WheelDown),
        MouseEventKind::Down(_)
        | MouseEventKind::Up(_)
        | MouseEventKind::Drag(_)
        | MouseEventKind::Moved
        | MouseEventKind::ScrollLeft
        | MouseEventKind::ScrollRight => None,
    }
}

/// The next of a channel that may not be there.
async fn next_of<T>(from: &mut Option<mpsc::Receiver<T>>) -> Option<T> {
    from.as_mut()?.recv().await
}

/// A line of the log as the store keeps it; what is only for the file is left out.
fn shown(line: &Line) -> Option<LogLine> {
    let level = match line.level {
        tracing::Level::ERROR => Level::Error,
        tracing::Level::WARN => Level::Warn,
        tracing::Level::INFO => Level::Info,
        _ => return None,
    };
    let by = line
        .target
        .strip_prefix("k3scope::")
        .unwrap_or(&line.target);
    Some(LogLine {
        level,
        by: by.into(),
        text: line.text.as_str().into(),
    })
}
