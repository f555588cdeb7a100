//! What the pane remembers, and what commands do.

use std::cell::Cell;
use std::collections::BTreeMap;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::column::Column;
use super::hints::{Standing, hints};
use super::looking::Looking;
use super::screen::{columns, draw_none, draw_top};
use super::{full, mending};
use crate::command::Command;
use crate::domain::bootstrap::NodeAct;
use crate::domain::journey::{Begin, Stage};
use crate::domain::line::Line;
use crate::effect::Effect;
use crate::keymap::Context;
use crate::store::Store;
use crate::store::bootstrap::{Bootstrap as Run, NodeRun};
use crate::ui::log::{View, draw_typed};
use crate::ui::pane::{Ctx, Pane};
use crate::ui::widgets::boxes::Frame;
use crate::ui::widgets::field::Field;
use crate::ui::widgets::page::{self, Scroll};

/// Lines of a log that are copied at once.
const COPIED: usize = 400;

/// What has the keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Mode {
    /// The nodes beside each other.
    #[default]
    Nodes,
    /// The filter of their logs.
    Filter,
    /// What is searched for in them.
    Search,
    /// The full view of one node.
    Page,
}

/// The pane.
#[derive(Debug, Default)]
pub struct Bootstrap {
    focus: usize,
    mode: Mode,
    views: BTreeMap<Line, View>,
    looking: Looking,
    page: Scroll,
    /// The node that was shown last because something is wrong with it.
    worst: Option<usize>,
    begun: bool,
    mends: bool,
    finished: Option<bool>,
    /// Where each node was drawn last.
    drawn: Cell<[Rect; 8]>,
}

fn run<'a>(ctx: &Ctx<'a>) -> Option<&'a Run> {
    ctx.store.bootstrap.as_ref()
}

impl Bootstrap {
    fn node<'a>(&self, ctx: &Ctx<'a>) -> Option<&'a NodeRun> {
        run(ctx)?.nodes.get(self.focus)
    }

    fn step(&mut self, nodes: usize, ctx: &Ctx<'_>) {
        let count = run(ctx).map_or(0, |run| run.nodes.len()).max(1);
        self.focus = (self.focus + nodes) % count;
        self.page.reset();
    }

    fn with_view(&mut self, ctx: &Ctx<'_>, act: impl FnOnce(&mut View, &NodeRun)) {
        if let Some(node) = self.node(ctx)
            && let Some(view) = self.views.get_mut(&node.node.name)
        {
            act(view, node);
        }
    }

    fn begins(&self, command: Command, ctx: &Ctx<'_>) -> Vec<Effect> {
        let begin = match (run(ctx), command) {
            (None, Command::Proceed | Command::Retry) => Begin::Bootstrap,
            (Some(_), Command::Proceed) => Begin::Watch,
            (Some(run), Command::Stop) if run.finished.is_none() => Begin::Stop,
            (Some(run), Command::Retry) => {
                let meant = mending::meant(run, self.node(ctx));
                return meant.iter().map(mending::Mending::effect).collect();
            }
            _ => return Vec::new(),
        };
        vec![Effect::Begin(begin)]
    }

    /// What is done on the node in focus without a question: it changes nothing.
    fn acts(&self, command: Command, ctx: &Ctx<'_>) -> Vec<Effect> {
        let Some(node) = self.node(ctx).map(|run| run.node.name.clone()) else {
            return Vec::new();
        };
        let act = if command == Command::OpenShell {
            NodeAct::Shell { node }
        } else {
            NodeAct::SaveLog { node }
        };
        vec![Effect::Node(act)]
    }

    fn on_typing(&mut self, command: Command, ctx: &Ctx<'_>) {
        let typed = match self.mode {
            Mode::Search => &mut self.looking.search,
            Mode::Nodes | Mode::Filter | Mode::Page => &mut self.looking.filter,
        };
        #[expect(clippy::wildcard_enum_match_arm, reason = "the rest moves in the log")]
        match command {
            Command::Accept => self.mode = Mode::Nodes,
            Command::Cancel => {
                typed.cancel();
                self.mode = Mode::Nodes;
            }
            _ => self.with_view(ctx, |view, node| view.on(command, node)),
        }
    }

    fn types(&mut self, command: Command) {
        if command == Command::Search {
            self.looking.search.begin();
            self.mode = Mode::Search;
        } else {
            self.looking.filter.begin();
            self.mode = Mode::Filter;
        }
    }

    fn copy(&self, whole: bool, ctx: &Ctx<'_>) -> Vec<Effect> {
        let (Some(run), Some(node)) = (run(ctx), self.node(ctx)) else {
            return Vec::new();
        };
        let (what, text) = match (whole, self.mode == Mode::Page) {
            (false, _) => ("name", node.node.name.to_string()),
            (true, true) => ("page", full::page(run, node, ctx).text()),
            (true, false) => {
                let Some(view) = self.views.get(&node.node.name) else {
                    return Vec::new();
                };
                let total = view.count(node);
                let lines = (total.saturating_sub(COPIED)..total)
                    .filter_map(|place| view.line(node, place))
                    .map(str::to_owned);
                ("log", lines.collect::<Vec<String>>().join("\n"))
            }
        };
        let what = what.to_owned();
        vec![Effect::Copy { what, text }]
    }

    /// Leaves the full view, then the search, then the filter.
    fn leave(&mut self) {
        if self.mode == Mode::Page {
            self.mode = Mode::Nodes;
        } else if self.looking.search.field.is_empty() {
            self.looking.filter.clear();
        } else {
            self.looking.search.clear();
        }
    }

    fn draw_nodes(&self, buf: &mut Buffer, area: Rect, run: &Run, ctx: &Ctx<'_>) {
        let of = run.nodes.len();
        let (first, places) = columns(area, of, self.focus);
        let texts = self.looking.texts();
        let mut drawn = [Rect::ZERO; 8];
        for ((at, node), place) in run.nodes.iter().enumerate().skip(first).zip(&places) {
            let Some(view) = self.views.get(&node.node.name) else {
                continue;
            };
            let column = Column {
                bootstrap: run,
                node,
                view,
                look: self.looking.look(&texts),
                number: (places.len() < of).then_some((at + 1, of)),
                focused: at == self.focus,
            };
            column.draw(buf, *place, ctx);
            if let Some(slot) = drawn.get_mut(at) {
                *slot = *place;
            }
        }
        self.drawn.set(drawn);
    }

    fn draw_page(&self, buf: &mut Buffer, area: Rect, ctx: &Ctx<'_>) {
        let inside = Frame::titled(ctx.theme, "Node")
            .focused(true)
            .draw(buf, area, ctx.theme);
        if let (Some(run), Some(node)) = (run(ctx), self.node(ctx)) {
            let full = full::page(run, node, ctx);
            page::draw(buf, inside, ctx.theme, &full, &self.page);
        }
    }

    /// What is typed, or was and still counts.
    fn draw_typed(&self, buf: &mut Buffer, area: Rect, ctx: &Ctx<'_>) {
        let (search, filter) = (&self.looking.search.field, &self.looking.filter.field);
        let shown = match self.mode {
            Mode::Search => ("/", search, true),
            Mode::Filter => ("&", filter, true),
            Mode::Nodes | Mode::Page if !search.is_empty() => ("/", search, false),
            Mode::Nodes | Mode::Page if !filter.is_empty() => ("&", filter, false),
            Mode::Nodes | Mode::Page => return,
        };
        draw_typed(buf, area, shown, ctx);
    }

    fn standing(&self) -> Standing {
        match (self.mode, self.finished) {
            (Mode::Filter | Mode::Search, _) => Standing::Typing,
            (Mode::Page, _) => Standing::Open { mends: self.mends },
            _ if !self.begun => Standing::Idle,
            _ if !self.looking.search.field.is_empty() => Standing::Searching,
            (Mode::Nodes, Some(true)) => Standing::Healthy,
            (Mode::Nodes, Some(false)) => Standing::Ended,
            (Mode::Nodes, None) if self.mends => Standing::Mends,
            (Mode::Nodes, None) => Standing::Following,
        }
    }

    fn at(&self, at: Position) -> Option<usize> {
        self.drawn.get().iter().position(|area| area.contains(at))
    }

    /// Looks at what is new in the logs; a search that is being typed goes to what it finds.
    fn look(&mut self, run: &Run) {
        let texts = self.looking.texts();
        for (at, node) in run.nodes.iter().enumerate() {
            let name = node.node.name.clone();
            let view = self.views.entry(name).or_default();
            let other = view.update(node, self.looking.look(&texts));
            if other && self.mode == Mode::Search && at == self.focus {
                view.seek(node);
            }
        }
    }
}

impl Pane for Bootstrap {
    fn exists(&self, store: &Store) -> bool {
        // Nodes that could be had come up while others are still hunted for.
        store.stage.is_some_and(|stage| stage >= Stage::Bootstrap) || store.bootstrap.is_some()
    }

    fn on(&mut self, command: Command, ctx: &Ctx<'_>) -> Vec<Effect> {
        if matches!(self.mode, Mode::Filter | Mode::Search) {
            self.on_typing(command, ctx);
            return Vec::new();
        }
        #[expect(
            clippy::wildcard_enum_match_arm,
            reason = "the rest scrolls what has the keys"
        )]
        match command {
            Command::Proceed | Command::Retry | Command::Stop => {
                return self.begins(command, ctx);
            }
            Command::OpenShell | Command::SaveLog => return self.acts(command, ctx),
            Command::CopyName => return self.copy(false, ctx),
            Command::CopyText => return self.copy(true, ctx),
            Command::NextPane | Command::Right => self.step(1, ctx),
            Command::PreviousPane | Command::Left => {
                let count = run(ctx).map_or(0, |run| run.nodes.len()).max(1);
                self.step(count - 1, ctx);
            }
            Command::Open if self.node(ctx).is_some() => {
                self.mode = Mode::Page;
                self.page.reset();
            }
            Command::Back => self.leave(),
            Command::Filter | Command::Search => self.types(command),
            Command::FollowLog => self.with_view(ctx, View::follow),
            Command::WrapLog => self.looking.cut = !self.looking.cut,
            Command::ShowTimes => self.looking.untimed = !self.looking.untimed,
            _ if self.mode == Mode::Page => {
                self.page.on(command);
            }
            _ => self.with_view(ctx, |view, node| view.on(command, node)),
        }
        Vec::new()
    }

    fn prepare(&mut self, ctx: &Ctx<'_>) {
        self.begun = run(ctx).is_some();
        let Some(run) = run(ctx) else { return };
        let worst = mending::worst(run);
        if worst != self.worst {
            self.focus = worst.unwrap_or(self.focus);
            self.worst = worst;
        }
        self.finished = run.finished;
        self.focus = self.focus.min(run.nodes.len().saturating_sub(1));
        self.mends = mending::meant(run, self.node(ctx)).is_some();
        self.look(run);
    }

    fn draw(&self, buf: &mut Buffer, area: Rect, ctx: &Ctx<'_>) {
        let Some(run) = run(ctx) else {
            return draw_none(buf, area, ctx);
        };
        if self.mode == Mode::Page {
            return self.draw_page(buf, area, ctx);
        }
        let rest = draw_top(buf, area, run, self.node(ctx), ctx);
        self.draw_nodes(buf, rest, run, ctx);
        self.draw_typed(buf, area, ctx);
    }

    fn contexts(&self) -> &'static [Context] {
        if matches!(self.mode, Mode::Filter | Mode::Search) {
            &[Context::Input]
        } else {
            &[Context::Journey, Context::Global]
        }
    }

    fn hints(&self) -> &'static [Command] {
        hints(self.standing())
    }

    fn field(&mut self) -> Option<&mut Field> {
        match self.mode {
            Mode::Filter => Some(&mut self.looking.filter.field),
            Mode::Search => Some(&mut self.looking.search.field),
            Mode::Nodes | Mode::Page => None,
        }
    }

    fn is_open(&self) -> bool {
        let looking = &self.looking;
        self.mode != Mode::Nodes
            || !looking.search.field.is_empty()
            || !looking.filter.field.is_empty()
    }

    fn click(&mut self, at: Position, ctx: &Ctx<'_>) -> Vec<Effect> {
        let Some(found) = self.at(at).filter(|_| self.mode != Mode::Page) else {
            return Vec::new();
        };
        if found == self.focus {
            return self.on(Command::Open, ctx);
        }
        self.focus = found;
        Vec::new()
    }

    fn wheel(&mut self, at: Position, rows: isize, ctx: &Ctx<'_>) {
        if self.mode == Mode::Page {
            self.page.by(rows);
            return;
        }
        if let Some(found) = self.at(at) {
            self.focus = found;
        }
        self.with_view(ctx, |view, node| view.by(node, rows));
    }
}
