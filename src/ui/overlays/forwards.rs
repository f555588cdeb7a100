//! The ports of pods that can be reached on this machine: where each leads, how much went through, and
//! what can be done with it.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::choices;
use crate::command::Command;
use crate::domain::forward::Forward;
use crate::domain::quantity::Bytes;
use crate::effect::{Effect, Offer, Place};
use crate::store::Store;
use crate::theme::Role;
use crate::ui::pane::Ctx;
use crate::ui::panes::signs;
use crate::ui::widgets::write::put;

/// The list, and what is selected in it.
#[derive(Clone, Debug, Default)]
pub struct Forwards {
    cursor: usize,
}

impl Forwards {
    /// Moves the choice.
    pub fn on(&mut self, command: Command, store: &Store) {
        self.cursor = choices::moved(self.cursor, command, store.forwards.len(), usize::MAX);
    }

    /// What can be done with the one that is selected, as a menu.
    pub fn menu(&self, store: &Store) -> Option<Effect> {
        let forward = self.selected(store)?;
        Some(Effect::Choose {
            title: forward.id.name.to_string(),
            offers: offers(forward),
        })
    }

    /// What the key of a row of that menu asks for.
    pub fn press(&self, key: char, store: &Store) -> Vec<Effect> {
        let offers = self.selected(store).map(offers).unwrap_or_default();
        let offer = offers.into_iter().find(|offer| offer.key == key);
        offer.map(|offer| offer.then).unwrap_or_default()
    }

    fn selected<'a>(&self, store: &'a Store) -> Option<&'a Forward> {
        store.forwards.iter().nth(self.at(store))
    }

    /// The cursor, where some of them have gone.
    fn at(&self, store: &Store) -> usize {
        self.cursor.min(store.forwards.len().saturating_sub(1))
    }

    /// Draws it over `area`.
    pub fn draw(&self, buf: &mut Buffer, area: Rect, ctx: &Ctx<'_>) {
        let count = ctx.store.forwards.len();
        let (list, below) = choices::lay(buf, area, ("Forwarded ports", count.max(1)), ctx);
        let cursor = self.at(ctx.store);
        let first = choices::first(cursor, list);
        let rows = ctx.store.forwards.iter().enumerate().skip(first);
        for (line, (at, forward)) in list.rows().zip(rows) {
            draw_row(buf, line, forward, ctx);
            if at == cursor {
                choices::select(buf, line, ctx);
            }
        }
        choices::bar(buf, list, (first, count), ctx);
        if let Some(forward) = self.selected(ctx.store) {
            let role = if forward.over.is_some() {
                Role::Warn
            } else {
                Role::Muted
            };
            choices::say(buf, below, (&about(forward), role), ctx);
        } else {
            let none = "Nothing is forwarded. The menu of a pod has `forward a port`.";
            choices::say(buf, list, (none, Role::Muted), ctx);
        }
    }
}

fn draw_row(buf: &mut Buffer, line: Rect, forward: &Forward, ctx: &Ctx<'_>) {
    let (sign, role) = match (&forward.over, &forward.error) {
        (Some(_), _) => signs::BAD,
        (None, Some(_)) => signs::WARN,
        (None, None) => signs::OK,
    };
    let style = |role| ctx.theme.style(role);
    let x = put(buf, line, line.x, line.y, sign, style(role));
    let x = put(
        buf,
        line,
        x + 1,
        line.y,
        &forward.id.name,
        style(Role::Title),
    );
    let leads = format!(" → {} in {}", forward.port, forward.pod);
    put(buf, line, x, line.y, &leads, style(Role::Text));
}

/// More about the one that is selected, and its keys.
fn about(forward: &Forward) -> String {
    let through = format!(
        "{} open, {} so far · {} to the pod, {} from it",
        forward.open,
        forward.taken,
        Bytes(forward.sent),
        Bytes(forward.received)
    );
    let keys = "o opens it, y copies its address, x stops it, p shows the pod";
    match (&forward.over, &forward.error) {
        (Some(over), _) => format!("{over}. x takes it off the list"),
        (None, Some(error)) => format!("{through} · last error: {error} · {keys}"),
        (None, None) => format!("{through}. {keys}"),
    }
}

fn offers(forward: &Forward) -> Vec<Offer> {
    let copy = Effect::Copy {
        what: "address".to_owned(),
        text: forward.id.name.to_string(),
    };
    let pod = Effect::Show {
        place: Place::Pods,
        id: forward.pod.clone(),
    };
    let stop = Effect::StopForward(forward.id.clone());
    vec![
        Offer::plain(
            ('o', "open"),
            "opens it in the browser, over HTTP",
            Effect::Open(forward.url()),
        ),
        Offer::plain(('y', "copy"), "copies its address", copy),
        Offer::plain(
            ('x', "stop"),
            "ends its connections, and nothing leads there any more",
            stop,
        ),
        Offer::plain(('p', "go to its pod"), "shows the pod", pod),
    ]
}
