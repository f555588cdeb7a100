//! What the pane remembers, where its parts stand, and what commands do.

use std::cell::Cell;
use std::collections::BTreeMap;

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Position, Rect};
use ratatui::text::Span;

use super::log::{Look, View};
use super::node::{self, Column};
use super::{cluster, path};
use crate::command::Command;
use crate::domain::bootstrap::Subject;
use crate::domain::journey::{Begin, Stage};
use crate::domain::line::Line;
use crate::effect::Effect;
use crate::keymap::{Context, Sequence};
use crate::store::Store;
use crate::store::bootstrap::{Bootstrap as Run, NodeRun};
use crate::theme::Role;
use crate::ui::moment::lasted;
use crate::ui::pane::{Ctx, Pane};
use crate::ui::widgets::boxes::Frame;
use crate::ui::widgets::field::Field;
use crate::ui::widgets::page::{self, Page, Scroll};
use crate::ui::widgets::write::put;

/// From this width on the path and the cluster stand beside each other.
const BESIDE: u16 = 110;
/// The narrowest column of a node.
const COLUMN: u16 = 44;
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
    /// The full view of one node.
    Page,
}

/// The pane.
#[derive(Debug, Default)]
pub struct Bootstrap {
    focus: usize,
    mode: Mode,
    views: BTreeMap<Line, View>,
    filter: Field,
    /// The filter before typing began, for `cancel`.
    before: Field,
    cut: bool,
    page: Scroll,
    /// Whose failure was shown last.
    failed: Option<Subject>,
    begun: bool,
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

    fn begins(command: Command, ctx: &Ctx<'_>) -> Vec<Effect> {
        let begin = match (run(ctx), command) {
            (None, Command::Proceed | Command::Retry) => Begin::Bootstrap,
            (Some(_), Command::Proceed) => Begin::Watch,
            (Some(run), Command::Stop) if run.finished.is_none() => Begin::Stop,
            (Some(run), Command::Retry)
                if run.failed().is_some() || run.finished == Some(false) =>
            {
                Begin::Bootstrap
            }
            _ => return Vec::new(),
        };
        vec![Effect::Begin(begin)]
    }

    fn on_typing(&mut self, command: Command, ctx: &Ctx<'_>) {
        #[expect(clippy::wildcard_enum_match_arm, reason = "the rest moves in the log")]
        match command {
            Command::Accept => self.mode = Mode::Nodes,
            Command::Cancel => {
                self.mode = Mode::Nodes;
                self.filter = std::mem::take(&mut self.before);
            }
            _ => self.with_view(ctx, |view, node| view.on(command, node)),
        }
    }

    fn copy(&self, whole: bool, ctx: &Ctx<'_>) -> Vec<Effect> {
        let (Some(run), Some(node)) = (run(ctx), self.node(ctx)) else {
            return Vec::new();
        };
        let (what, text) = match (whole, self.mode == Mode::Page) {
            (false, _) => ("name", node.node.name.to_string()),
            (true, true) => ("page", node::full(run, node, ctx).text()),
            (true, false) => {
                let Some(view) = self.views.get(&node.node.name) else {
                    return Vec::new();
                };
                let total = view.count(node);
                let lines = (total.saturating_sub(COPIED)..total)
                    .filter_map(|place| view.line(node, place))
                    .map(|entry| entry.text.to_string());
                ("log", lines.collect::<Vec<String>>().join("\n"))
            }
        };
        let what = what.to_owned();
        vec![Effect::Copy { what, text }]
    }

    fn leave(&mut self) {
        if self.mode == Mode::Page {
            self.mode = Mode::Nodes;
        } else {
            self.filter = Field::default();
        }
    }

    /// The path, the cluster and its hosts; returns what is left for the nodes.
    fn draw_top(buf: &mut Buffer, area: Rect, run: &Run, ctx: &Ctx<'_>) -> Rect {
        let took = match run.finished {
            Some(_) => last_change(run).map(|at| lasted(at.duration_since(run.started))),
            None => Some(ctx.moment.running(run.started)),
        };
        let frame = Frame {
            aside: vec![Span::styled(
                took.unwrap_or_default(),
                ctx.theme.style(Role::Muted),
            )],
            ..Frame::titled(ctx.theme, "Bootstrap")
        };
        let mut text = Page::default();
        let wide = area.width >= BESIDE;
        cluster::failure(&mut text, run);
        if wide {
            path::lines(&mut text, run, ctx);
        } else {
            path::line(&mut text, run, ctx);
        }
        path::ending(&mut text, run, ctx);
        if !wide {
            cluster::strip(&mut text, run, ctx);
        }
        cluster::hosts(&mut text, run, wide);
        let stages = u16::try_from(run.cluster.len()).unwrap_or(u16::MAX);
        let left = if wide {
            area.width * 58 / 100
        } else {
            area.width
        };
        let high = text.height(usize::from(left.saturating_sub(4)));
        let high = u16::try_from(high).unwrap_or(u16::MAX);
        let high = if wide { high.max(stages) } else { high };
        let most = area.height * 2 / 5;
        let [top, rest] = Layout::vertical([
            Constraint::Length(high.saturating_add(2).min(most)),
            Constraint::Fill(1),
        ])
        .areas(area);
        let [first, second] =
            Layout::horizontal([Constraint::Length(left), Constraint::Fill(1)]).areas(top);
        let inside = frame.draw(buf, first, ctx.theme);
        page::draw(buf, inside, ctx.theme, &text, &Scroll::default());
        if wide {
            cluster::draw(buf, second, run, ctx);
        }
        rest
    }

    fn draw_nodes(&self, buf: &mut Buffer, area: Rect, run: &Run, ctx: &Ctx<'_>) {
        let of = run.nodes.len();
        let abreast = usize::from(area.width / COLUMN).clamp(1, of.max(1));
        let first = (self.focus + 1).saturating_sub(abreast);
        let columns = Layout::horizontal(vec![Constraint::Fill(1); abreast]).split(area);
        let wanted = self.filter.text();
        let mut drawn = [Rect::ZERO; 8];
        for ((at, node), place) in run.nodes.iter().enumerate().skip(first).zip(columns.iter()) {
            let Some(view) = self.views.get(&node.node.name) else {
                continue;
            };
            let column = Column {
                bootstrap: run,
                node,
                view,
                look: Look {
                    wanted: &wanted,
                    wrapped: !self.cut,
                },
                number: (at + 1, of),
                focused: at == self.focus,
            };
            column.draw(buf, *place, ctx);
            if let Some(slot) = drawn.get_mut(at) {
                *slot = *place;
            }
        }
        self.drawn.set(drawn);
    }

    fn draw_filter(&self, buf: &mut Buffer, area: Rect, ctx: &Ctx<'_>) {
        let line = Rect {
            y: area.bottom().saturating_sub(1),
            height: 1,
            ..area
        };
        let line = line.intersection(area);
        let (x, width) = (line.x + 2, line.width.saturating_sub(4));
        let inside = Rect { x, width, ..line };
        let x = put(
            buf,
            inside,
            inside.x,
            inside.y,
            " / ",
            ctx.theme.style(Role::Accent),
        );
        let field = Rect {
            x,
            width: (inside.right().saturating_sub(x)).min(40),
            ..inside
        };
        if self.mode == Mode::Filter {
            self.filter.draw(buf, field, ctx.theme);
        } else {
            let text = format!("{} ", self.filter.text());
            put(buf, field, x, line.y, &text, ctx.theme.style(Role::Text));
        }
    }

    fn draw_page(&self, buf: &mut Buffer, area: Rect, ctx: &Ctx<'_>) {
        let inside = Frame::titled(ctx.theme, "Node")
            .focused(true)
            .draw(buf, area, ctx.theme);
        if let (Some(run), Some(node)) = (run(ctx), self.node(ctx)) {
            let full = node::full(run, node, ctx);
            page::draw(buf, inside, ctx.theme, &full, &self.page);
        }
    }

    fn at(&self, at: Position) -> Option<usize> {
        self.drawn.get().iter().position(|area| area.contains(at))
    }
}

/// When a stage ended last.
fn last_change(run: &Run) -> Option<jiff::Timestamp> {
    let of_nodes = run.nodes.iter().flat_map(|node| &node.stages);
    let stages = of_nodes.chain(&run.cluster);
    stages.filter_map(|stage| stage.ended).max()
}

fn draw_none(buf: &mut Buffer, area: Rect, ctx: &Ctx<'_>) {
    let inside = Frame::titled(ctx.theme, "Bootstrap").draw(buf, area, ctx.theme);
    let mut page = Page::default();
    page.styled("The nodes are not followed yet", Role::Muted);
    let key = ctx.keymap.first(&[Context::Journey], Command::Proceed);
    let key = key.map(Sequence::shown).unwrap_or_default();
    page.item(
        vec![(format!("{key} "), Role::Accent)],
        "follows them until the cluster is healthy",
        Role::Text,
    );
    page::draw(buf, inside, ctx.theme, &page, &Scroll::default());
}

impl Pane for Bootstrap {
    fn exists(&self, store: &Store) -> bool {
        // Nodes that could be had come up while others are still hunted for.
        store.stage.is_some_and(|stage| stage >= Stage::Bootstrap) || store.bootstrap.is_some()
    }

    fn on(&mut self, command: Command, ctx: &Ctx<'_>) -> Vec<Effect> {
        if self.mode == Mode::Filter {
            self.on_typing(command, ctx);
            return Vec::new();
        }
        #[expect(
            clippy::wildcard_enum_match_arm,
            reason = "the rest scrolls what has the keys"
        )]
        match command {
            Command::Proceed | Command::Retry | Command::Stop => {
                return Self::begins(command, ctx);
            }
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
            Command::Filter => {
                self.before = self.filter.clone();
                self.mode = Mode::Filter;
            }
            Command::FollowLog => self.with_view(ctx, View::follow),
            Command::WrapLog => self.cut = !self.cut,
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
        let failed = run.failed().map(|failure| failure.of);
        if failed != self.failed {
            let name = |node: &NodeRun| Subject::Node(node.node.name.clone());
            let node = run.nodes.iter().position(|node| Some(name(node)) == failed);
            self.focus = node.unwrap_or(self.focus);
            self.failed = failed;
        }
        self.finished = run.finished;
        self.focus = self.focus.min(run.nodes.len().saturating_sub(1));
        let wanted = self.filter.text();
        for node in &run.nodes {
            let name = node.node.name.clone();
            self.views.entry(name).or_default().search(node, &wanted);
        }
    }

    fn draw(&self, buf: &mut Buffer, area: Rect, ctx: &Ctx<'_>) {
        let Some(run) = run(ctx) else {
            return draw_none(buf, area, ctx);
        };
        if self.mode == Mode::Page {
            return self.draw_page(buf, area, ctx);
        }
        let rest = Self::draw_top(buf, area, run, ctx);
        self.draw_nodes(buf, rest, run, ctx);
        if self.mode == Mode::Filter || !self.filter.is_empty() {
            self.draw_filter(buf, area, ctx);
        }
    }

    fn contexts(&self) -> &'static [Context] {
        if self.mode == Mode::Filter {
            &[Context::Input]
        } else {
            &[Context::Journey, Context::Global]
        }
    }

    fn hints(&self) -> &'static [Command] {
        match (self.mode, self.finished) {
            (Mode::Filter, _) => &[Command::Accept, Command::Cancel],
            (Mode::Page, _) => &[Command::Back, Command::Down, Command::CopyText],
            (Mode::Nodes, Some(true)) => &[Command::Proceed, Command::NextPane, Command::Open],
            _ if !self.begun => &[Command::Proceed, Command::NextTab],
            _ if self.failed.is_some() || self.finished.is_some() => &[
                Command::Retry,
                Command::Open,
                Command::NextPane,
                Command::Filter,
                Command::FollowLog,
                Command::Proceed,
            ],
            _ => &[
                Command::NextPane,
                Command::Filter,
                Command::Stop,
                Command::Proceed,
                Command::FollowLog,
                Command::WrapLog,
                Command::Open,
            ],
        }
    }

    fn field(&mut self) -> Option<&mut Field> {
        (self.mode == Mode::Filter).then_some(&mut self.filter)
    }

    fn is_open(&self) -> bool {
        self.mode != Mode::Nodes || !self.filter.is_empty()
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
