//! The whole app in this process: a fake terminal, scripted keys, events on the channel.

use std::io;
use std::time::Duration;

use crossterm::event::{Event as TerminalEvent, MouseButton, MouseEvent, MouseEventKind};
use futures::StreamExt;
use k3scope::app::{App, End, Input, Inputs, Recorder, Session};
use k3scope::clock::Clock;
use k3scope::domain::event::{Change, Event, What};
use k3scope::domain::object::ObjectRef;
use k3scope::domain::pod::Pod;
use k3scope::domain::source::{SourceId, SourceStatus};
use k3scope::telemetry::Line;
use k3scope::term::Screen;
use k3scope::ui::Cockpit;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use tokio::sync::mpsc;

use super::stage::{look, text};
use super::world;

/// A screen that remembers what was asked of it.
struct Fake {
    buffer: Buffer,
    frames: usize,
    copied: Vec<String>,
    called: Vec<String>,
    suspended: usize,
    mouse: bool,
}

impl Screen for Fake {
    fn draw(&mut self, paint: &mut dyn FnMut(&mut Buffer)) -> io::Result<()> {
        self.buffer.reset();
        paint(&mut self.buffer);
        self.frames += 1;
        Ok(())
    }

    fn clear(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn suspend(&mut self) -> io::Result<()> {
        self.suspended += 1;
        Ok(())
    }

    fn resume(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn lend(&mut self, _: &str) -> io::Result<()> {
        self.suspended += 1;
        Ok(())
    }

    fn take_back(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn copy(&mut self, text: &str) -> io::Result<()> {
        self.copied.push(text.to_owned());
        Ok(())
    }

    fn call(&mut self, text: &str) -> io::Result<()> {
        self.called.push(text.to_owned());
        Ok(())
    }

    fn capture_mouse(&mut self, wanted: bool) -> io::Result<()> {
        self.mouse = wanted;
        Ok(())
    }
}

struct Play {
    app: App<Fake>,
    inputs: mpsc::Sender<Input>,
    events: mpsc::Sender<Event>,
    log: mpsc::Sender<Line>,
}

impl Play {
    fn new(recorder: Option<Recorder>) -> Self {
        let (inputs, receiver) = mpsc::channel(256);
        let (events, events_receiver) = mpsc::channel(1_024);
        let (log, log_receiver) = mpsc::channel(16);
        let stream = futures::stream::unfold(receiver, |mut receiver| async {
            receiver.recv().await.map(|input| (input, receiver))
        });
        let session = Session {
            inputs: Inputs::scripted(stream.boxed()),
            events: events_receiver,
            log: log_receiver,
            recorder,
            replay: false,
            work: None,
            guests: None,
            seeker: None,
            clock: Clock::default(),
        };
        let fake = Fake {
            buffer: Buffer::empty(Rect::new(0, 0, 100, 30)),
            frames: 0,
            copied: Vec::new(),
            called: Vec::new(),
            suspended: 0,
            mouse: true,
        };
        Self {
            app: App::new(fake, Cockpit::new(look()), session),
            inputs,
            events,
            log,
        }
    }

    fn tell(&self, events: Vec<Event>) {
        for event in events {
            self.events.try_send(event).unwrap();
        }
    }

    fn press(&self, keys: &str) {
        for key in keys.split_whitespace() {
            let event = crossterm::event::KeyEvent::new(
                match key {
                    "enter" => crossterm::event::KeyCode::Enter,
                    "esc" => crossterm::event::KeyCode::Esc,
                    key => crossterm::event::KeyCode::Char(key.chars().next().unwrap()),
                },
                crossterm::event::KeyModifiers::NONE,
            );
            self.inputs
                .try_send(Input::Terminal(TerminalEvent::Key(event)))
                .unwrap();
        }
    }

    fn click(&self, column: u16, row: u16) {
        let kind = MouseEventKind::Down(MouseButton::Left);
        let modifiers = crossterm::event::KeyModifiers::NONE;
        let mouse = MouseEvent {
            kind,
            column,
            row,
            modifiers,
        };
        self.inputs
            .try_send(Input::Terminal(TerminalEvent::Mouse(mouse)))
            .unwrap();
    }

    fn shown(&self) -> String {
        text(&self.app.screen().buffer)
    }

    async fn wait_until(&mut self, why: &str, holds: impl Fn(&str, &Fake) -> bool) {
        let limit = Duration::from_secs(20);
        let waiting = async {
            while !holds(&text(&self.app.screen().buffer), self.app.screen()) {
                assert_eq!(
                    self.app.step().await.unwrap(),
                    None,
                    "the session ended before {why}"
                );
            }
        };
        let in_time = Clock::default().timeout(limit, waiting).await;
        assert!(in_time.is_ok(), "not so: {why}\n{}", self.shown());
    }
}

#[tokio::test]
async fn the_first_frame_comes_before_any_event() {
    let mut play = Play::new(None);
    play.wait_until("a frame", |shown, _| shown.contains("1 Bridge"))
        .await;
    play.tell(world::cluster(true));
    play.wait_until("the cluster", |shown, _| shown.contains("k3s-frankfurt"))
        .await;
}

#[tokio::test]
async fn keys_go_through_list_page_filter_and_palette() {
    let mut play = Play::new(None);
    play.tell(world::cluster(true));
    play.wait_until("rows", |shown, _| shown.contains("k3s-worker"))
        .await;
    play.press("7 / d o c s enter");
    play.wait_until("a filtered list", |shown, _| shown.contains("Pods 2 of 16"))
        .await;
    play.press("enter");
    play.wait_until("a page", |shown, _| shown.contains("Containers"))
        .await;
    play.press("esc esc");
    play.wait_until("all rows", |shown, _| shown.contains("Pods 16"))
        .await;
    play.press(": a r g o c d - t l s enter");
    play.wait_until("the certificate", |shown, _| shown.contains("Valid until"))
        .await;
    play.press("y");
    play.wait_until("the copy", |_, screen| screen.copied == ["argocd-tls"])
        .await;
    play.wait_until("a word about it", |shown, _| {
        shown.contains("name copied: argocd-tls")
    })
    .await;
}

#[tokio::test]
async fn the_mouse_selects_tabs_and_rows() {
    let mut play = Play::new(None);
    play.tell(world::cluster(true));
    play.wait_until("tabs", |shown, _| shown.contains("k3s-frankfurt"))
        .await;
    let tabs = play.shown().lines().nth(1).unwrap().to_owned();
    let column = u16::try_from(tabs.find("6 Nodes").unwrap()).unwrap();
    play.click(column, 1);
    play.wait_until("the nodes", |shown, _| shown.contains("INTERNAL IP"))
        .await;
    play.click(10, 5);
    play.click(10, 5);
    play.wait_until("the second node's page", |shown, _| {
        shown.contains("Internal IP   10.0.2.10")
    })
    .await;
    play.press("z m");
    play.wait_until("the mouse is given back", |_, screen| !screen.mouse)
        .await;
}

#[tokio::test]
async fn a_lost_feed_dims_and_says_so_and_comes_back() {
    let mut play = Play::new(None);
    play.tell(world::cluster(false));
    play.press("7");
    play.wait_until("pods", |shown, _| shown.contains("argocd-server-5d"))
        .await;
    let now = Clock::default().now();
    let status = SourceStatus::Stale {
        since: now,
        error: "connection refused".into(),
        retry_at: now,
    };
    let source = |status| {
        world::told(What::Source {
            id: SourceId::Pods,
            status,
        })
    };
    play.tell(vec![source(status)]);
    play.wait_until("the age", |shown, _| {
        shown.contains("stale") && shown.contains("refused")
    })
    .await;
    assert!(play.shown().contains("argocd-server-5d"), "rows stay");
    play.tell(vec![source(SourceStatus::Live)]);
    play.wait_until("live again", |shown, _| !shown.contains("stale"))
        .await;
}

#[tokio::test]
async fn what_is_read_is_not_replaced_by_something_else() {
    let mut play = Play::new(None);
    play.tell(world::cluster(false));
    play.press("7 / d o c s enter");
    play.wait_until("the pods", |shown, _| shown.contains("Pods 2 of 16"))
        .await;
    play.press("enter");
    play.wait_until("a page", |shown, _| shown.contains("Containers"))
        .await;
    let gone: Change<Pod> = Change::Removed(ObjectRef::new("docs", "docs-6b7f8d9c5-4jzlp"));
    play.tell(vec![world::told(What::Pod(gone))]);
    play.wait_until("the list", |shown, _| shown.contains("Pods 1 of 15"))
        .await;
}

#[tokio::test]
async fn our_own_log_is_shown() {
    let mut play = Play::new(None);
    let line = Line {
        level: tracing::Level::WARN,
        target: "k3scope::sources::feed".to_owned(),
        text: "no answer \u{1b}[31mfor long".to_owned(),
    };
    play.log.try_send(line).unwrap();
    play.press("9");
    play.wait_until("the line", |shown, _| shown.contains("no answer for long"))
        .await;
}

#[tokio::test]
async fn nothing_is_drawn_while_nothing_changes() {
    let mut play = Play::new(None);
    play.press("9");
    play.wait_until("a frame", |shown, _| shown.contains("There are no lines"))
        .await;
    let frames = play.app.screen().frames;
    let idle = Clock::default()
        .timeout(Duration::from_millis(300), play.app.step())
        .await;
    let changed = play.app.screen().frames - frames;
    assert!(changed <= 1, "{changed} frames in an idle moment; {idle:?}");
}

#[tokio::test]
async fn ways_out() {
    for (input, end) in [
        (Input::End, End::Interrupted),
        (Input::Gone, End::Interrupted),
    ] {
        let play = Play::new(None);
        play.inputs.try_send(input).unwrap();
        assert_eq!(play.app.run().await.unwrap(), end);
    }
    let mut play = Play::new(None);
    play.inputs.try_send(Input::Stop).unwrap();
    play.wait_until("a stop", |_, screen| screen.suspended == 1)
        .await;
    play.press("? q q");
    assert_eq!(play.app.run().await.unwrap(), End::Quit);
}

#[tokio::test]
async fn a_recording_holds_the_events_and_nothing_that_is_typed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("session.jsonl");
    let mut play = Play::new(Some(Recorder::create(&path).unwrap()));
    play.tell(world::cluster(true));
    play.press("7 / s e c r e t w o r d");
    play.wait_until("the typed word", |shown, _| shown.contains("/secretword"))
        .await;
    drop(play);
    let recorded = std::fs::read_to_string(&path).unwrap();
    let wanted: Vec<String> = world::cluster(true)
        .iter()
        .map(|event| serde_json::to_string(event).unwrap())
        .collect();
    assert_eq!(recorded.lines().collect::<Vec<_>>(), wanted);
}
