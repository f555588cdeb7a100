//! The whole screen: tabs with their panes, what lies over them, and the keys' way to them.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Position, Rect};

use super::frame::footer::{self, Toast};
use super::frame::header::{self, Badges};
use super::frame::tabs::{self, Tab};
use super::moment::Moment;
use super::overlays::help::Help;
use super::overlays::palette::{Choice, Palette};
use super::pane::{Ctx, PANES, Pane};
use super::panes::signs::{self, Sign};
use super::widgets::write::{put, width};
use crate::command::Command;
use crate::effect::{Effect, Place};
use crate::keymap::{Context, Key, Keymap, Keys, Resolved};
use crate::store::Store;
use crate::theme::{Role, Theme};

/// The smallest screen that panes are drawn on.
const SMALLEST: (u16, u16) = (60, 18);
/// How long a message stays.
const TOAST: SignedDuration = SignedDuration::from_secs(4);
/// Rows that one step of the wheel moves.
const WHEEL: isize = 3;

/// How a session looks.
#[derive(Clone, Debug)]
pub struct Look {
    /// Which key asks for what.
    pub keymap: Keymap,
    /// The themes to go round, the first one first; at least one.
    pub themes: Vec<Theme>,
    /// Where times are shown.
    pub zone: TimeZone,
    /// What is special about the session.
    pub badges: Badges,
}

/// What the mouse did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pointer {
    /// The left button was pressed.
    Click,
    /// The wheel was turned away from the person.
    WheelUp,
    /// The wheel was turned towards the person.
    WheelDown,
}

enum Overlay {
    Help(Help),
    Palette(Palette),
}

/// The screen.
pub struct Cockpit {
    look: Look,
    theme: usize,
    panes: Vec<(Place, Command, Box<dyn Pane>)>,
    active: usize,
    overlay: Option<Overlay>,
    keys: Keys,
    toast: Option<Toast>,
    mouse: bool,
    area: Rect,
}

impl Cockpit {
    /// A screen on which nothing is selected yet.
    pub fn new(look: Look) -> Self {
        let panes = PANES
            .iter()
            .map(|(place, command, pane)| (*place, *command, pane()));
        Self {
            look,
            theme: 0,
            panes: panes.collect(),
            active: 0,
            overlay: None,
            keys: Keys::default(),
            toast: None,
            mouse: true,
            area: Rect::default(),
        }
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
        let contexts = self.contexts();
        match self.keys.press(&self.look.keymap, contexts, key) {
            Resolved::Command(command) => self.command(command, store, now),
            Resolved::Unbound(Some(c)) if contexts.contains(&Context::Input) => {
                self.edit(|field| field.insert(c));
                Vec::new()
            }
            Resolved::Pending | Resolved::Unbound(_) => Vec::new(),
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
        let [_, tabs, body, _] = areas(self.area);
        if let Some(Overlay::Help(help)) = &self.overlay {
            match pointer {
                Pointer::Click => self.overlay = None,
                Pointer::WheelUp => help.scroll.by(-WHEEL),
                Pointer::WheelDown => help.scroll.by(WHEEL),
            }
            return Vec::new();
        }
        if let Some(Overlay::Palette(palette)) = &mut self.overlay {
            match pointer {
                Pointer::Click => self.overlay = None,
                Pointer::WheelUp => palette.on(Command::Up),
                Pointer::WheelDown => palette.on(Command::Down),
            }
            return Vec::new();
        }
        if tabs.contains(at) {
            let found = tabs::at(&self.tabs(store), self.active, tabs, at.x);
            if let (Some(found), Pointer::Click) = (found, pointer) {
                self.active = found;
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
        if let Some(at) = self
            .panes
            .iter()
            .position(|(_, shows, _)| *shows == command)
        {
            self.active = at;
            return Vec::new();
        }
        let count = self.panes.len().max(1);
        #[expect(clippy::wildcard_enum_match_arm, reason = "the rest is the pane's")]
        match command {
            Command::NextTab => self.active = (self.active + 1) % count,
            Command::PreviousTab => self.active = (self.active + count - 1) % count,
            Command::Help => self.overlay = Some(Overlay::Help(Help::default())),
            Command::Palette => {
                let objects = self
                    .panes
                    .iter()
                    .flat_map(|(_, _, pane)| pane.objects(store));
                self.overlay = Some(Overlay::Palette(Palette::new(objects.collect())));
            }
            Command::NextTheme => {
                self.theme = (self.theme + 1) % self.look.themes.len().max(1);
                let text = format!("theme {}: {}", self.theme().name, self.theme().about);
                self.say(signs::OK, text, now);
            }
            Command::ToggleMouse => {
                self.mouse = !self.mouse;
                let text = if self.mouse {
                    "the mouse is taken"
                } else {
                    "the mouse selects text"
                };
                self.say(signs::OK, text, now);
                return vec![Effect::CaptureMouse(self.mouse)];
            }
            Command::Quit if !self.pane_is_open() => return vec![Effect::Quit],
            Command::Quit => return self.on_pane(Command::Back, store, now),
            _ => return self.on_pane(command, store, now),
        }
        Vec::new()
    }

    /// Draws everything, and says when it will look different by itself.
    pub fn draw(&mut self, buf: &mut Buffer, store: &Store, now: Timestamp) -> Option<Timestamp> {
        let moment = Moment::new(now, self.look.zone.clone());
        self.area = buf.area;
        let area = buf.area;
        if self.toast.as_ref().is_some_and(|toast| toast.until <= now) {
            self.toast = None;
        }
        let theme = self.theme().clone();
        let ctx = Ctx {
            store,
            theme: &theme,
            moment: &moment,
            keymap: &self.look.keymap,
        };
        buf.set_style(area, theme.style(Role::Base));
        if area.width < SMALLEST.0 || area.height < SMALLEST.1 {
            draw_too_small(buf, &theme);
            return None;
        }
        if let Some((_, _, pane)) = self.panes.get_mut(self.active) {
            pane.prepare(&ctx);
        }
        let [top, tabs, body, bottom] = areas(area);
        header::draw(buf, top, &ctx, &self.look.badges);
        tabs::draw(buf, tabs, &ctx, &self.tabs(store), self.active);
        if let Some((_, _, pane)) = self.panes.get(self.active) {
            pane.draw(buf, body, &ctx);
        }
        match &self.overlay {
            Some(Overlay::Help(help)) => help.draw(buf, body, &ctx),
            Some(Overlay::Palette(palette)) => palette.draw(buf, body, &ctx),
            None => {}
        }
        self.draw_footer(buf, bottom, &ctx);
        moment.next_change()
    }

    fn draw_footer(&self, buf: &mut Buffer, area: Rect, ctx: &Ctx<'_>) {
        let contexts = self.contexts();
        if self.keys.pending() {
            footer::draw_pending(buf, area, ctx, contexts, &self.keys);
        } else if let Some(toast) = &self.toast {
            footer::draw_toast(buf, area, ctx, toast);
        } else {
            let hints: &[Command] = match (&self.overlay, self.panes.get(self.active)) {
                (Some(Overlay::Help(_)), _) => &[Command::Cancel, Command::Down, Command::PageDown],
                (Some(Overlay::Palette(_)), _) => {
                    &[Command::Accept, Command::Cancel, Command::Down, Command::Up]
                }
                (None, Some((_, _, pane))) => pane.hints(),
                (None, None) => &[],
            };
            footer::draw(buf, area, ctx, contexts, hints);
        }
    }

    fn theme(&self) -> &Theme {
        static FALLBACK: std::sync::LazyLock<Theme> = std::sync::LazyLock::new(Theme::plain);
        self.look.themes.get(self.theme).unwrap_or(&FALLBACK)
    }

    fn tabs(&self, store: &Store) -> Vec<Tab> {
        let tab = |(place, _, pane): &(Place, Command, Box<dyn Pane>)| Tab {
            place: *place,
            count: pane.count(store),
        };
        self.panes.iter().map(tab).collect()
    }

    fn contexts(&self) -> &'static [Context] {
        match (&self.overlay, self.panes.get(self.active)) {
            (Some(Overlay::Help(_)), _) => &[Context::Help],
            (Some(Overlay::Palette(_)), _) => &[Context::Input],
            (None, Some((_, _, pane))) => pane.contexts(),
            (None, None) => &[Context::Global],
        }
    }

    /// Lets what takes text do something with it.
    fn edit<T>(
        &mut self,
        change: impl FnOnce(&mut super::widgets::field::Field) -> T,
    ) -> Option<T> {
        if let Some(overlay) = &mut self.overlay {
            let Overlay::Palette(palette) = overlay else {
                return None;
            };
            let before = palette.field.text();
            let result = change(&mut palette.field);
            if palette.field.text() != before {
                palette.search();
            }
            return Some(result);
        }
        let (_, _, pane) = self.panes.get_mut(self.active)?;
        let field = pane.field()?;
        let before = field.text();
        let result = change(field);
        if field.text() != before {
            pane.typed();
        }
        Some(result)
    }

    fn on_overlay(&mut self, command: Command, store: &Store, now: Timestamp) -> Vec<Effect> {
        match (&mut self.overlay, command) {
            (_, Command::Cancel) => self.overlay = None,
            (Some(Overlay::Palette(palette)), Command::Accept) => {
                let chosen = palette.chosen().cloned();
                self.overlay = None;
                return match chosen {
                    Some(Choice::Command(command)) => self.command(command, store, now),
                    Some(Choice::Object(found)) => {
                        self.show(found.place, &found.id, store, now);
                        Vec::new()
                    }
                    None => Vec::new(),
                };
            }
            (Some(Overlay::Palette(palette)), command) => palette.on(command),
            (Some(Overlay::Help(help)), command) => {
                help.scroll.on(command);
            }
            (None, _) => {}
        }
        Vec::new()
    }

    fn pane_is_open(&self) -> bool {
        self.panes
            .get(self.active)
            .is_some_and(|(_, _, pane)| pane.is_open())
    }

    fn on_pane(&mut self, command: Command, store: &Store, now: Timestamp) -> Vec<Effect> {
        let effects = self.with_pane(store, now, |pane, ctx| pane.on(command, ctx));
        self.own(effects, store, now)
    }

    fn show(
        &mut self,
        place: Place,
        id: &crate::domain::object::ObjectRef,
        store: &Store,
        now: Timestamp,
    ) {
        if let Some(at) = self.panes.iter().position(|(each, ..)| *each == place) {
            self.active = at;
            self.with_pane(store, now, |pane, ctx| {
                pane.prepare(ctx);
                pane.show(id, ctx);
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
                Effect::Quit
                | Effect::Suspend
                | Effect::Redraw
                | Effect::Copy { .. }
                | Effect::CaptureMouse(_) => rest.push(effect),
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
        let theme = self.theme().clone();
        let ctx = Ctx {
            store,
            theme: &theme,
            moment: &moment,
            keymap: &self.look.keymap,
        };
        match self.panes.get_mut(self.active) {
            Some((_, _, pane)) => {
                pane.prepare(&ctx);
                act(&mut **pane, &ctx)
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
