//! The log of a pod over the panes: which containers, from where on, what is filtered and searched. It
//! is read for as long as this is open.

use std::borrow::Cow;

use jiff::Timestamp;
use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::Span;
use ratatui::widgets::{Clear, Widget};

use crate::command::Command;
use crate::domain::line::Line;
use crate::domain::pod::Pod;
use crate::domain::reading::{LogState, LogWish};
use crate::domain::source::{SourceId, SourceStatus};
use crate::effect::Effect;
use crate::keymap::Context;
use crate::store::reading::PodLog;
use crate::theme::Role;
use crate::ui::log::{Log, Look, Needle, Typed, View, draw_typed};
use crate::ui::pane::Ctx;
use crate::ui::panes::signs::{self, Sign};
use crate::ui::widgets::boxes::Frame;
use crate::ui::widgets::field::Field;
use crate::ui::widgets::write::{cut, put, wrap};

/// Lines that are copied at once.
const COPIED: usize = 400;
/// The widest name of a container before its lines.
const NAMED: usize = 16;

/// What is typed now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Mode {
    /// Nothing.
    #[default]
    Reading,
    /// The filter.
    Filter,
    /// What is searched for.
    Search,
}

/// What came of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Came {
    /// The view stays.
    Stays(Vec<Effect>),
    /// The view is left.
    Leaves,
}

/// The view.
#[derive(Clone, Debug)]
pub struct PodLogView {
    wish: LogWish,
    /// All containers of the pod.
    containers: Vec<Line>,
    view: View,
    mode: Mode,
    filter: Typed,
    search: Typed,
    shape: Shape,
}

/// What of the log shows, and how. At first all of it does, wrapped, with times, JSON laid out.
#[derive(Clone, Debug, Default)]
struct Shape {
    wanted: Needle,
    sought: Needle,
    cut: bool,
    untimed: bool,
    raw: bool,
}

impl Shape {
    fn look(&self) -> Look<'_> {
        Look {
            wanted: &self.wanted,
            sought: &self.sought,
            wrapped: !self.cut,
            timed: !self.untimed,
            pretty: !self.raw,
        }
    }
}

impl PodLogView {
    /// The view of a log that is being opened; `pod` as far as it is known.
    pub fn new(wish: &LogWish, pod: Option<&Pod>) -> Self {
        let known = pod.into_iter().flat_map(|pod| {
            let all = pod.containers.iter().chain(&pod.init_containers);
            all.map(|container| container.name.clone())
        });
        let mut containers: Vec<Line> = known.collect();
        if containers.is_empty() {
            containers.clone_from(&wish.containers);
        }
        Self {
            wish: wish.clone(),
            containers,
            view: View::default(),
            mode: Mode::Reading,
            filter: Typed::default(),
            search: Typed::default(),
            shape: Shape::default(),
        }
    }

    /// Where keys are looked up.
    pub fn contexts(&self) -> &'static [Context] {
        match self.mode {
            Mode::Reading => &[Context::Log, Context::Global],
            Mode::Filter | Mode::Search => &[Context::Input],
        }
    }

    /// What the footer offers.
    pub fn hints(&self) -> &'static [Command] {
        match self.mode {
            Mode::Reading => &[
                Command::Back,
                Command::NextContainer,
                Command::PreviousRun,
                Command::NextSince,
                Command::FollowLog,
                Command::Filter,
                Command::Search,
                Command::WrapLog,
                Command::ShowTimes,
                Command::PlainJson,
                Command::SaveLog,
                Command::CopyText,
            ],
            Mode::Filter | Mode::Search => &[Command::Accept, Command::Cancel],
        }
    }

    /// The line that takes what is typed.
    pub fn field(&mut self) -> Option<&mut Field> {
        match self.mode {
            Mode::Reading => None,
            Mode::Filter => Some(&mut self.filter.field),
            Mode::Search => Some(&mut self.search.field),
        }
    }

    /// Something was typed.
    pub fn typed(&mut self) {
        self.shape.wanted = Needle::pattern(&self.filter.field.text());
        self.shape.sought = Needle::text(&self.search.field.text());
    }

    /// Looks at what is new.
    pub fn prepare(&mut self, ctx: &Ctx<'_>) {
        let Some(log) = self.log(ctx) else { return };
        let other = self.view.update(log, self.shape.look());
        if other && self.mode == Mode::Search {
            self.view.seek(log);
        }
    }

    /// Does what a command asks.
    pub fn on(&mut self, command: Command, ctx: &Ctx<'_>) -> Came {
        if self.mode != Mode::Reading {
            self.on_typing(command, ctx);
            return Came::Stays(Vec::new());
        }
        #[expect(clippy::wildcard_enum_match_arm, reason = "the rest scrolls")]
        match command {
            Command::Back | Command::Quit => return self.leave(),
            Command::NextContainer => return self.next_container(),
            Command::PreviousRun => {
                self.wish.previous = !self.wish.previous;
                return self.anew();
            }
            Command::NextSince => {
                self.wish.since = self.wish.since.next();
                return self.anew();
            }
            Command::SaveLog => return self.save(ctx),
            Command::CopyText => return self.copy(ctx),
            Command::CopyName => {
                let what = "name".to_owned();
                let text = self.wish.pod.name.to_string();
                return Came::Stays(vec![Effect::Copy { what, text }]);
            }
            Command::Filter => {
                self.filter.begin();
                self.mode = Mode::Filter;
            }
            Command::Search => {
                self.search.begin();
                self.mode = Mode::Search;
            }
            Command::WrapLog => self.shape.cut = !self.shape.cut,
            Command::ShowTimes => self.shape.untimed = !self.shape.untimed,
            Command::PlainJson => self.shape.raw = !self.shape.raw,
            _ => self.scroll(command, ctx),
        }
        Came::Stays(Vec::new())
    }

    fn scroll(&mut self, command: Command, ctx: &Ctx<'_>) {
        if let Some(log) = ctx.store.open.log.as_ref() {
            if command == Command::FollowLog {
                self.view.follow(log);
            } else {
                self.view.on(command, log);
            }
        }
    }

    fn on_typing(&mut self, command: Command, ctx: &Ctx<'_>) {
        #[expect(clippy::wildcard_enum_match_arm, reason = "the rest moves in the log")]
        match command {
            Command::Accept => self.mode = Mode::Reading,
            Command::Cancel => {
                match self.mode {
                    Mode::Filter => self.filter.cancel(),
                    Mode::Search => self.search.cancel(),
                    Mode::Reading => {}
                }
                self.mode = Mode::Reading;
                self.typed();
            }
            _ => self.scroll(command, ctx),
        }
    }

    /// Leaves the search, then the filter, then the log.
    fn leave(&mut self) -> Came {
        if !self.search.field.is_empty() {
            self.search.clear();
        } else if !self.filter.field.is_empty() {
            self.filter.clear();
        } else {
            return Came::Leaves;
        }
        self.typed();
        Came::Stays(Vec::new())
    }

    /// From all containers to the first, from each to the next, and to all again.
    fn next_container(&mut self) -> Came {
        let next = match self.wish.containers.as_slice() {
            [only] if self.containers.len() > 1 => {
                let at = self.containers.iter().position(|it| it == only);
                at.and_then(|at| self.containers.get(at + 1))
            }
            _ => self.containers.first(),
        };
        self.wish.containers = match next {
            Some(next) => vec![next.clone()],
            None => self.containers.clone(),
        };
        self.anew()
    }

    /// Asks for the log as it is wished for now.
    fn anew(&mut self) -> Came {
        self.view = View::default();
        Came::Stays(vec![Effect::OpenLog(self.wish.clone())])
    }

    /// The log, once it is the one that was asked for.
    fn log<'a>(&self, ctx: &Ctx<'a>) -> Option<&'a PodLog> {
        let log = ctx.store.open.log.as_ref();
        log.filter(|log| log.wish == self.wish)
    }

    /// The lines that the filter lets through, the newest `most` of them.
    fn text(&self, most: usize, ctx: &Ctx<'_>) -> Option<String> {
        let log = self.log(ctx)?;
        let total = self.view.count(log);
        let lines = (total.saturating_sub(most)..total).filter_map(|at| self.view.line(log, at));
        let text: String = lines.flat_map(|line| [line, "\n"]).collect();
        (!text.is_empty()).then_some(text)
    }

    fn save(&self, ctx: &Ctx<'_>) -> Came {
        let pod = &self.wish.pod;
        let name = format!("{}-{}", pod.namespace, pod.name);
        let text = self.text(usize::MAX, ctx);
        Came::Stays(
            text.map(|text| Effect::Save { name, text })
                .into_iter()
                .collect(),
        )
    }

    fn copy(&self, ctx: &Ctx<'_>) -> Came {
        let what = "log".to_owned();
        let text = self.text(COPIED, ctx);
        Came::Stays(
            text.map(|text| Effect::Copy { what, text })
                .into_iter()
                .collect(),
        )
    }

    /// Draws it over `area`.
    pub fn draw(&self, buf: &mut Buffer, area: Rect, ctx: &Ctx<'_>) {
        Clear.render(area, buf);
        buf.set_style(area, ctx.theme.style(Role::Base));
        let of = match self.wish.containers.as_slice() {
            [only] => only.to_string(),
            several => format!("{} containers", several.len()),
        };
        let run = if self.wish.previous {
            ", the run before"
        } else {
            ""
        };
        let aside = format!("{of}{run} · {}", self.wish.since);
        let title = format!("Log of {}", self.wish.pod);
        let frame = Frame {
            aside: vec![Span::styled(aside, ctx.theme.style(Role::Muted))],
            ..Frame::titled(ctx.theme, &title).focused(true)
        };
        let inside = frame.draw(buf, area, ctx.theme);
        let Some(log) = self.log(ctx) else {
            let muted = ctx.theme.style(Role::Muted);
            put(
                buf,
                inside,
                inside.x,
                inside.y,
                "◌ it is being opened",
                muted,
            );
            return;
        };
        let notes = wrapped(notes(log, ctx), usize::from(inside.width));
        let high = u16::try_from(notes.len())
            .unwrap_or(0)
            .min(inside.height / 3);
        let [top, rest] =
            Layout::vertical([Constraint::Length(high), Constraint::Fill(1)]).areas(inside);
        for (line, (role, text)) in top.rows().zip(notes) {
            put(buf, line, line.x, line.y, &text, ctx.theme.style(role));
        }
        self.view.draw(buf, rest, log, self.shape.look(), ctx);
        self.draw_typed(buf, area, ctx);
    }

    fn draw_typed(&self, buf: &mut Buffer, area: Rect, ctx: &Ctx<'_>) {
        let (search, filter) = (&self.search.field, &self.filter.field);
        let shown = match self.mode {
            Mode::Search => ("/", search, true),
            Mode::Filter => ("&", filter, true),
            Mode::Reading if !search.is_empty() => ("/", search, false),
            Mode::Reading if !filter.is_empty() => ("&", filter, false),
            Mode::Reading => return,
        };
        draw_typed(buf, area, shown, ctx);
    }
}

/// What has to be said about the log: containers that are not simply followed, and what was skipped.
fn notes(log: &PodLog, ctx: &Ctx<'_>) -> Vec<(Sign, String)> {
    let mut notes: Vec<(Sign, String)> = log
        .states
        .iter()
        .filter_map(|(container, state)| {
            let (sign, said) = said(state)?;
            Some((sign, format!("{container}: {said}")))
        })
        .collect();
    if log.states.is_empty() && log.lines.is_empty() {
        notes.push((signs::BUSY, "it is asked for".to_owned()));
    }
    if log.skipped > 0 {
        let said = format!("{} lines came faster than they can be shown", log.skipped);
        notes.push((signs::WARN, said));
    }
    let source = ctx.store.sources.status(SourceId::Pods);
    if let SourceStatus::Stale { error, .. } = source {
        notes.push((signs::WARN, format!("the cluster is not reached: {error}")));
    }
    notes
}

/// The lines that notes take, each note beside its sign.
fn wrapped(notes: Vec<(Sign, String)>, cells: usize) -> Vec<(Role, String)> {
    let lines = notes.into_iter().flat_map(|(sign, said)| {
        let texts = wrap(&said, cells.saturating_sub(2).max(1));
        texts.into_iter().enumerate().map(move |(at, text)| {
            let before = if at == 0 { sign.0 } else { " " };
            (sign.1, format!("{before} {text}"))
        })
    });
    lines.collect()
}

fn said(state: &LogState) -> Option<(Sign, String)> {
    Some(match state {
        LogState::Follows => return None,
        LogState::Waits { why } => (signs::BUSY, format!("{why}; asked for again")),
        LogState::Lost { why } => (signs::WARN, format!("{why}; asked for again")),
        LogState::Over { why } => (signs::NONE, why.to_string()),
        LogState::Refused(problem) => {
            let said = format!("{}: {} → {}", problem.title, problem.detail, problem.next);
            (signs::BAD, said)
        }
    })
}

impl Log for PodLog {
    fn read(&self) -> u64 {
        self.read
    }

    fn kept(&self) -> usize {
        self.lines.len()
    }

    fn text(&self, place: usize) -> Option<&str> {
        self.lines.get(place).map(|line| line.text.as_str())
    }

    fn at(&self, place: usize) -> Option<Timestamp> {
        self.lines.get(place)?.at
    }

    /// One container needs no name before its lines.
    fn from(&self, place: usize, spelled: bool) -> Cow<'_, str> {
        let names = &self.wish.containers;
        let line = self.lines.get(place).filter(|_| names.len() > 1);
        let Some(line) = line else {
            return Cow::Borrowed("");
        };
        let widest = names.iter().map(|name| name.chars().count()).max();
        let wide = widest
            .unwrap_or(0)
            .min(if spelled { NAMED } else { NAMED / 2 });
        Cow::Owned(format!("{:<wide$} ", cut(&line.container, wide)))
    }
}
