//! The screen itself: what is drawn where, and which part of it a key, a click or a paste reaches.

use jiff::{SignedDuration, Timestamp};
use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Position, Rect};

use super::look::{Look, Pointer};
use super::overlay::{Came, Overlay};
use super::places::Places;
use super::trail::Trail;
use crate::command::Command;
use crate::domain::action::Right;
use crate::domain::comparison::ResourceRef;
use crate::domain::object::ObjectRef;
use crate::effect::{Effect, Place};
use crate::keymap::{Context, Key, Keys, Resolved};
use crate::store::Store;
use crate::theme::{Role, Theme};
use crate::ui::frame::footer::{self, Toast};
use crate::ui::frame::{header, tabs};
use crate::ui::moment::Moment;
use crate::ui::overlays::action_log::ActionLog;
use crate::ui::overlays::breakages::Breakages;
use crate::ui::overlays::forwards::Forwards;
use crate::ui::overlays::help::Help;
use crate::ui::overlays::menu::Menu;
use crate::ui::overlays::palette::Palette;
use crate::ui::overlays::pod_log::PodLogView;
use crate::ui::overlays::proof::ProofView;
use crate::ui::overlays::question::Question;
use crate::ui::overlays::whole::WholeView;
use crate::ui::pane::{Ctx, Pane};
use crate::ui::panes::signs::{self, Sign};
use crate::ui::widgets::field::Field;
use crate::ui::widgets::write::{put, width};
use crate::wizard::Base;

/// The smallest screen that panes are drawn on.
const SMALLEST: (u16, u16) = (60, 18);
/// How long a message stays.
const TOAST: SignedDuration = SignedDuration::from_secs(4);
/// Rows that one step of the wheel moves.
const WHEEL: isize = 3;

/// The screen.
pub struct Cockpit {
    look: Look,
    theme: usize,
    places: Places,
    trail: Trail,
    overlay: Option<Overlay>,
    keys: Keys,
    toast: Option<Toast>,
    mouse: bool,
    area: Rect,
    /// The resources that were asked to be looked at, as long as they are shown.
    checked: Vec<ResourceRef>,
}

impl Cockpit {
    /// A screen on which nothing is selected yet.
    pub fn new(look: Look) -> Self {
        Self {
            look,
            theme: 0,
            places: Places::new(),
            trail: Trail::default(),
            overlay: None,
            keys: Keys::default(),
            toast: None,
            mouse: true,
            area: Rect::default(),
            checked: Vec::new(),
        }
    }

    /// Hands the wizard what it begins with; without it there is none.
    pub fn set_up(&mut self, base: &Base) {
        self.places.set_up(base);
    }

    /// What the screen wants by itself, because of what is known by now. To be asked for whenever
    /// something was folded into the store or typed.
    pub fn due(&mut self, store: &Store, now: Timestamp) -> Vec<Effect> {
        let moment = Moment::new(now, self.look.zone.clone());
        let ctx = self.look.ctx(self.theme, store, &moment);
        let mut due = self.places.due(&ctx);
        let checked = self.places.shown().map(|pane| pane.checks(&ctx));
        let checked = checked.unwrap_or_default();
        if checked != self.checked {
            self.checked.clone_from(&checked);
            due.push(Effect::Check(checked));
        }
        due
    }

    /// Says something in place of the footer for a while.
    pub fn say(&mut self, sign: Sign, text: impl Into<String>, now: Timestamp) {
        let until = now.checked_add(TOAST).unwrap_or(now);
        self.toast = Some(Toast {
            text: text.into(),
            sign,
            until,
        });
    }

    /// A key was pressed.
    pub fn key(&mut self, key: Key, store: &Store, now: Timestamp) -> Vec<Effect> {
        self.settle(store);
        let contexts = self.contexts();
        match self.keys.press(&self.look.keymap, contexts, key) {
            Resolved::Command(command) => self.command(command, store, now),
            Resolved::Unbound(Some(c)) if contexts.contains(&Context::Input) => {
                self.edit(|field| field.insert(c));
                Vec::new()
            }
            Resolved::Unbound(Some(c)) => self.press(c, store, now),
            Resolved::Pending | Resolved::Unbound(None) => Vec::new(),
        }
    }

    /// A text was pasted.
    pub fn paste(&mut self, text: &str) {
        self.edit(|field| field.paste(text));
    }

    /// The mouse did something.
    pub fn pointer(
        &mut self,
        pointer: Pointer,
        at: Position,
        store: &Store,
        now: Timestamp,
    ) -> Vec<Effect> {
        self.settle(store);
        let [_, line, body, _] = areas(self.area);
        if let Some(overlay) = &mut self.overlay {
            let moment = Moment::new(now, self.look.zone.clone());
            let ctx = self.look.ctx(self.theme, store, &moment);
            match pointer {
                Pointer::Click if overlay.is_read() => {}
                Pointer::Click => self.overlay = None,
                Pointer::WheelUp => drop(overlay.on(Command::Up, &ctx)),
                Pointer::WheelDown => drop(overlay.on(Command::Down, &ctx)),
            }
            return Vec::new();
        }
        if line.contains(at) {
            let (tabs, active) = self.places.tabs(store, &self.look.keymap);
            let found = tabs::at(&tabs, active, line, at.x).and_then(|found| tabs.get(found));
            if let (Some(tab), Pointer::Click) = (found, pointer) {
                self.places.show(tab.place, store);
            }
            return Vec::new();
        }
        if !body.contains(at) {
            return Vec::new();
        }
        let effects = self.with_pane(store, now, |pane, ctx| match pointer {
            Pointer::Click => pane.click(at, ctx),
            Pointer::WheelUp => {
                pane.wheel(at, -WHEEL, ctx);
                Vec::new()
            }
            Pointer::WheelDown => {
                pane.wheel(at, WHEEL, ctx);
                Vec::new()
            }
        });
        self.own(effects, store, now)
    }

    /// Does what a command asks.
    pub fn command(&mut self, command: Command, store: &Store, now: Timestamp) -> Vec<Effect> {
        self.toast = None;
        if self.edit(|field| field.on(command)).unwrap_or(false) {
            return Vec::new();
        }
        #[expect(
            clippy::wildcard_enum_match_arm,
            reason = "the rest is for what lies on top"
        )]
        match command {
            Command::QuitNow => return vec![Effect::Quit],
            Command::Suspend => return vec![Effect::Suspend],
            Command::Redraw => return vec![Effect::Redraw],
            _ => {}
        }
        if self.overlay.is_some() {
            return self.on_overlay(command, store, now);
        }
        if let Some(place) = self.places.shown_by(command) {
            if !self.places.show(place, store) {
                let text = format!("{place} is not a part of this session now");
                self.say(signs::WARN, text, now);
            }
            return Vec::new();
        }
        #[expect(clippy::wildcard_enum_match_arm, reason = "the rest is the pane's")]
        match command {
            Command::NextTab => self.places.step(1, store),
            Command::PreviousTab => self.places.step(-1, store),
            Command::Help => self.overlay = Some(Overlay::Help(Help::default())),
            Command::Palette => self.open_palette(store),
            Command::Actions => return self.open_menu(store, now),
            Command::ActionLog => self.overlay = Some(Overlay::ActionLog(ActionLog::default())),
            Command::ShowForwards => self.overlay = Some(Overlay::Forwards(Forwards::default())),
            Command::JumpBack => self.jump_back(store, now),
            Command::BreakSomething => self.open_breakages(now),
            Command::NextTheme => {
                self.theme = (self.theme + 1) % self.look.themes.len().max(1);
                let theme = self.look.theme(self.theme);
                let text = format!("theme {}: {}", theme.name, theme.about);
                self.say(signs::OK, text, now);
            }
            Command::ToggleMouse => return self.toggle_mouse(now),
            Command::Quit if !self.pane_is_open() => return vec![Effect::Quit],
            Command::Quit => return self.on_pane(Command::Back, store, now),
            _ => return self.on_pane(command, store, now),
        }
        Vec::new()
    }

    /// Opens the view of what is to be read, or asks what is to be asked first; what is left is for the
    /// program to do.
    pub fn open(&mut self, effect: Effect, store: &Store, now: Timestamp) -> Vec<Effect> {
        self.own(vec![effect], store, now)
    }

    /// Draws everything, and says when it will look different by itself.
    pub fn draw(&mut self, buf: &mut Buffer, store: &Store, now: Timestamp) -> Option<Timestamp> {
        self.settle(store);
        let moment = Moment::new(now, self.look.zone.clone());
        self.area = buf.area;
        let area = buf.area;
        if self.toast.as_ref().is_some_and(|toast| toast.until <= now) {
            self.toast = None;
        }
        let ctx = self.look.ctx(self.theme, store, &moment);
        buf.set_style(area, ctx.theme.style(Role::Base));
        if area.width < SMALLEST.0 || area.height < SMALLEST.1 {
            draw_too_small(buf, ctx.theme);
            return None;
        }
        if let Some(pane) = self.places.active() {
            pane.prepare(&ctx);
        }
        if let Some(overlay) = &mut self.overlay {
            overlay.prepare(&ctx);
        }
        let [top, line, body, bottom] = areas(area);
        header::draw(buf, top, &ctx, &self.look.badges);
        let (tabs, active) = self.places.tabs(store, &self.look.keymap);
        tabs::draw(buf, line, &ctx, &tabs, active);
        if let Some(pane) = self.places.shown() {
            pane.draw(buf, body, &ctx);
        }
        if let Some(overlay) = &self.overlay {
            overlay.draw(buf, body, &ctx);
        }
        self.draw_footer(buf, bottom, &ctx);
        moment.next_change()
    }

    fn draw_footer(&self, buf: &mut Buffer, area: Rect, ctx: &Ctx<'_>) {
        let contexts = self.contexts();
        let offers = |command| self.offers(command, ctx.store);
        if self.keys.pending() {
            footer::draw_pending(buf, area, ctx, contexts, &self.keys, &offers);
        } else if let Some(toast) = &self.toast {
            footer::draw_toast(buf, area, ctx, toast);
        } else {
            let hints = match (&self.overlay, self.places.shown()) {
                (Some(overlay), _) => overlay.hints(),
                (None, Some(pane)) => pane.hints(),
                (None, None) => &[],
            };
            footer::draw(buf, area, ctx, contexts, hints);
        }
    }

    /// Whether a command can do something in this session and in the pane that is shown.
    fn offers(&self, command: Command, store: &Store) -> bool {
        if command == Command::BreakSomething {
            return !self.look.breakages.is_empty();
        }
        if let Some(place) = self.places.shown_by(command) {
            return self.places.has(place, store);
        }
        let contexts = self.pane_contexts();
        self.look.keymap.first(contexts, command).is_some()
            || self
                .look
                .keymap
                .first(&[Context::Global], command)
                .is_some()
    }

    fn settle(&mut self, store: &Store) {
        self.places.settle(store, self.overlay.is_some());
    }

    fn contexts(&self) -> &'static [Context] {
        match &self.overlay {
            Some(overlay) => overlay.contexts(),
            None => self.pane_contexts(),
        }
    }

    fn pane_contexts(&self) -> &'static [Context] {
        self.places
            .shown()
            .map_or(&[Context::Global], |pane| pane.contexts())
    }

    /// Lets what takes text do something with it.
    fn edit<T>(&mut self, change: impl FnOnce(&mut Field) -> T) -> Option<T> {
        if let Some(overlay) = &mut self.overlay {
            return overlay.edit(change);
        }
        let pane = self.places.active()?;
        let field = pane.field()?;
        let before = field.text();
        let result = change(field);
        if field.text() != before {
            pane.typed();
        }
        Some(result)
    }

    fn open_palette(&mut self, store: &Store) {
        let objects = self.places.objects(store);
        let offers = |command| self.offers(command, store);
        let palette = Palette::new(self.pane_contexts(), offers, objects);
        self.overlay = Some(Overlay::Palette(palette));
    }

    fn open_breakages(&mut self, now: Timestamp) {
        let breakages = self.look.breakages.clone();
        if breakages.is_empty() {
            self.say(signs::WARN, "only a lab can be broken on purpose", now);
        } else {
            self.overlay = Some(Overlay::Breakages(Breakages::new(breakages)));
        }
    }

    fn toggle_mouse(&mut self, now: Timestamp) -> Vec<Effect> {
        self.mouse = !self.mouse;
        let text = if self.mouse {
            "the mouse is taken"
        } else {
            "the mouse selects text"
        };
        self.say(signs::OK, text, now);
        vec![Effect::CaptureMouse(self.mouse)]
    }

    /// Opens the menu of what can be done with what is selected, and asks what of it is permitted.
    fn open_menu(&mut self, store: &Store, now: Timestamp) -> Vec<Effect> {
        let moment = Moment::new(now, self.look.zone.clone());
        let ctx = self.look.ctx(self.theme, store, &moment);
        let offers = match self.places.active() {
            Some(pane) => {
                pane.prepare(&ctx);
                pane.offers(&ctx)
            }
            None => Vec::new(),
        };
        if offers.is_empty() {
            self.say(signs::WARN, "nothing can be done with this", now);
            return Vec::new();
        }
        let menu = Menu::new(offers);
        let unknown = |right: &Right| store.actions.permits(right).is_none();
        let needs: Vec<Right> = menu.needs().into_iter().filter(unknown).collect();
        self.overlay = Some(Overlay::Menu(menu));
        if needs.is_empty() {
            Vec::new()
        } else {
            vec![Effect::Review(needs)]
        }
    }

    /// A key that asks for no command: a row of a menu may have it.
    fn press(&mut self, key: char, store: &Store, now: Timestamp) -> Vec<Effect> {
        let Some(overlay) = &mut self.overlay else {
            return Vec::new();
        };
        let moment = Moment::new(now, self.look.zone.clone());
        let ctx = self.look.ctx(self.theme, store, &moment);
        let came = overlay.press(key, &ctx);
        self.came(came, store, now)
    }

    fn on_overlay(&mut self, command: Command, store: &Store, now: Timestamp) -> Vec<Effect> {
        let Some(overlay) = &mut self.overlay else {
            return Vec::new();
        };
        let moment = Moment::new(now, self.look.zone.clone());
        let ctx = self.look.ctx(self.theme, store, &moment);
        let came = overlay.on(command, &ctx);
        self.came(came, store, now)
    }

    /// What follows from what came of a key on an overlay.
    fn came(&mut self, came: Came, store: &Store, now: Timestamp) -> Vec<Effect> {
        if !matches!(came, Came::Nothing | Came::Barred(_) | Came::Asks(_)) {
            self.overlay = None;
        }
        match came {
            Came::Barred(why) => {
                self.say(signs::HELD, why, now);
                Vec::new()
            }
            Came::Nothing | Came::Closed => Vec::new(),
            // What a view asks for anew is not opened a second time.
            Came::Asks(effects) => effects,
            Came::Command(command) => self.command(command, store, now),
            Came::Object(found) => {
                self.show(found.place, &found.id, store, now);
                Vec::new()
            }
            Came::Effects(effects) => self.own(effects, store, now),
        }
    }

    fn pane_is_open(&self) -> bool {
        self.places.shown().is_some_and(Pane::is_open)
    }

    fn on_pane(&mut self, command: Command, store: &Store, now: Timestamp) -> Vec<Effect> {
        let effects = self.with_pane(store, now, |pane, ctx| pane.on(command, ctx));
        self.own(effects, store, now)
    }

    fn show(&mut self, place: Place, id: &ObjectRef, store: &Store, now: Timestamp) {
        let left = self.places.here().zip(self.places.shown().map(Pane::mark));
        if self.places.show(place, store) {
            if let Some((place, mark)) = left {
                self.trail.left(place, mark);
            }
            self.with_pane(store, now, |pane, ctx| {
                pane.prepare(ctx);
                pane.show(id, ctx);
                Vec::new()
            });
        }
    }

    fn jump_back(&mut self, store: &Store, now: Timestamp) {
        let Some((place, mark)) = self.trail.back() else {
            self.say(signs::WARN, "nothing to go back to", now);
            return;
        };
        if self.places.show(place, store) {
            self.with_pane(store, now, |pane, ctx| {
                pane.recall(mark, ctx);
                Vec::new()
            });
        }
    }

    /// Does what the screen itself can do, and hands on the rest.
    fn own(&mut self, effects: Vec<Effect>, store: &Store, now: Timestamp) -> Vec<Effect> {
        let mut rest = Vec::new();
        for effect in effects {
            match effect {
                Effect::Show { place, id } => self.show(place, &id, store, now),
                Effect::Confirm(asked) => {
                    self.overlay = Some(Overlay::Question(Question::new(*asked)));
                }
                Effect::OpenLog(wish) => {
                    let view = PodLogView::new(&wish, store.pods.get(&wish.pod));
                    self.overlay = Some(Overlay::PodLog(Box::new(view)));
                    rest.push(Effect::OpenLog(wish));
                }
                Effect::Read(thing) => {
                    let view = WholeView::new(thing.clone());
                    self.overlay = Some(Overlay::Whole(Box::new(view)));
                    rest.push(Effect::Read(thing));
                }
                Effect::Prove(challenge) => {
                    let view = ProofView::new(challenge.clone());
                    self.overlay = Some(Overlay::Proof(view));
                    rest.push(Effect::Prove(challenge));
                }
                Effect::Choose { title, offers } => {
                    self.overlay = Some(Overlay::Menu(Menu::titled(title, offers)));
                }
                Effect::Break(name) => {
                    self.say(signs::BUSY, format!("breaking: {name}"), now);
                    rest.push(Effect::Break(name));
                }
                Effect::Quit
                | Effect::Suspend
                | Effect::Redraw
                | Effect::Copy { .. }
                | Effect::CaptureMouse(_)
                | Effect::Open(_)
                | Effect::Ask(_)
                | Effect::Begin(_)
                | Effect::Node(_)
                | Effect::Act(_)
                | Effect::CloseLog
                | Effect::Save { .. }
                | Effect::Review(_)
                | Effect::Check(_)
                | Effect::Compare(_)
                | Effect::StopForward(_) => rest.push(effect),
            }
        }
        rest
    }

    fn with_pane(
        &mut self,
        store: &Store,
        now: Timestamp,
        act: impl FnOnce(&mut dyn Pane, &Ctx<'_>) -> Vec<Effect>,
    ) -> Vec<Effect> {
        let moment = Moment::new(now, self.look.zone.clone());
        let ctx = self.look.ctx(self.theme, store, &moment);
        match self.places.active() {
            Some(pane) => {
                pane.prepare(&ctx);
                act(pane, &ctx)
            }
            None => Vec::new(),
        }
    }
}

/// Header, tabs, panes, footer.
fn areas(area: Rect) -> [Rect; 4] {
    Layout::vertical([
        Constraint::Length(1),
        Constraint::Length(1),
        Constraint::Fill(1),
        Constraint::Length(1),
    ])
    .areas(area)
}

fn draw_too_small(buf: &mut Buffer, theme: &Theme) {
    let area = buf.area;
    let lines = [
        "k3scope needs more room".to_owned(),
        format!(
            "{}×{} at least, here are {}×{}",
            SMALLEST.0, SMALLEST.1, area.width, area.height
        ),
        "q quits".to_owned(),
    ];
    let top = area.y + area.height.saturating_sub(3) / 2;
    for ((line, y), role) in lines
        .iter()
        .zip(top..)
        .zip([Role::Title, Role::Text, Role::Muted])
    {
        let wide = u16::try_from(width(line)).unwrap_or(u16::MAX);
        let x = area.x + area.width.saturating_sub(wide) / 2;
        put(buf, area, x, y, line, theme.style(role));
    }
}
