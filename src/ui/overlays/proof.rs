//! The way to a challenge's proof over the panes, hop by hop, while it is gone.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::{Clear, Widget};

use super::pod_log::Came;
use crate::command::Command;
use crate::domain::issuance::Challenge;
use crate::domain::object::ObjectRef;
use crate::domain::proof::{Seen, State, Station, Way};
use crate::effect::Effect;
use crate::keymap::Context;
use crate::store::proof;
use crate::theme::Role;
use crate::ui::pane::Ctx;
use crate::ui::panes::signs::{self, Sign};
use crate::ui::widgets::boxes::Frame;
use crate::ui::widgets::page::{self, Page, Scroll};

/// Cells for the name of a hop.
const HOP: usize = 11;

/// The view.
#[derive(Clone, Debug)]
pub struct ProofView {
    of: ObjectRef,
    scroll: Scroll,
}

impl ProofView {
    /// The view of the way to a challenge's proof.
    pub fn new(of: ObjectRef) -> Self {
        Self {
            of,
            scroll: Scroll::default(),
        }
    }

    /// Where keys are looked up.
    pub fn contexts(&self) -> &'static [Context] {
        &[Context::Log, Context::Global]
    }

    /// What the footer offers.
    pub fn hints(&self) -> &'static [Command] {
        &[Command::Back, Command::Retry, Command::CopyText]
    }

    /// Does what a command asks.
    pub fn on(&self, command: Command, ctx: &Ctx<'_>) -> Came {
        #[expect(clippy::wildcard_enum_match_arm, reason = "the rest scrolls")]
        match command {
            Command::Back | Command::Quit | Command::Cancel => return Came::Leaves,
            Command::Retry => return Came::Stays(vec![Effect::Prove(self.of.clone())]),
            Command::CopyName => return copied("name", self.of.name.to_string()),
            Command::CopyText => return copied("what was met", self.written(ctx).text()),
            _ => {
                self.scroll.on(command);
            }
        }
        Came::Stays(Vec::new())
    }

    /// Draws it over `area`.
    pub fn draw(&self, buf: &mut Buffer, area: Rect, ctx: &Ctx<'_>) {
        Clear.render(area, buf);
        buf.set_style(area, ctx.theme.style(Role::Base));
        let title = format!("Way to the proof of {}", self.of);
        let inside = Frame::titled(ctx.theme, &title)
            .focused(true)
            .draw(buf, area, ctx.theme);
        page::draw(buf, inside, ctx.theme, &self.written(ctx), &self.scroll);
    }

    fn written(&self, ctx: &Ctx<'_>) -> Page {
        let mut page = Page::default();
        let seen = ctx.store.open.proof.as_ref();
        let seen = seen.filter(|(of, _)| *of == self.of).map(|(_, seen)| seen);
        let started = Seen::default();
        let seen = seen.unwrap_or(&started);
        let challenge = ctx.store.challenges.get(&self.of);
        match challenge {
            Some(challenge) => way(&mut page, (challenge, seen), ctx),
            None => page.item(
                vec![signs::before(signs::NONE)],
                "the challenge is not there any more: it was answered, or given up",
                Role::Text,
            ),
        }
        if let Some(problem) = &seen.failed {
            page.blank();
            page.item(
                vec![signs::before(signs::BAD)],
                problem.title.as_str(),
                Role::Title,
            );
            page.styled(problem.detail.as_str(), Role::Text);
            page.styled(format!("→ {}", problem.next), Role::Text);
        }
        page
    }
}

fn copied(what: &str, text: String) -> Came {
    let what = what.to_owned();
    Came::Stays(vec![Effect::Copy { what, text }])
}

fn way(page: &mut Page, (challenge, seen): (&Challenge, &Seen), ctx: &Ctx<'_>) {
    let way = Way::of(seen, &proof::inside(ctx.store, challenge));
    let broken = way.broken.and_then(|place| way.stations.get(place));
    let (sign, said) = match broken {
        Some(station) => (signs::BAD, format!("stuck at: {}", station.hop)),
        None if way.proven => (signs::OK, "the proof is there".to_owned()),
        None if seen.ended => (signs::WARN, "the proof was not seen".to_owned()),
        None => (signs::BUSY, "on the way".to_owned()),
    };
    page.item(vec![signs::before(sign)], said, Role::Title);
    page.styled(proof::url(challenge), Role::Muted);
    if let Some(next) = way.next {
        page.item(vec![("→ ".to_owned(), Role::Accent)], next, Role::Text);
    }
    page.heading("Hops");
    for station in &way.stations {
        hop(page, station);
    }
    page.blank();
    let from = "Asked from this machine; the ACME server asks from several places of its own.";
    page.styled(from, Role::Muted);
}

fn hop(page: &mut Page, station: &Station) {
    let (sign, role): (Sign, Role) = match station.state {
        State::Well => (signs::OK, Role::Text),
        State::Broken => (signs::BAD, Role::Warn),
        State::Awaited => (signs::BUSY, Role::Muted),
        State::Unknown => (signs::NONE, Role::Muted),
    };
    let took = station
        .took_ms
        .map_or_else(String::new, |took| format!(" · {took} ms"));
    let start = vec![
        signs::before(sign),
        (format!("{:<HOP$}", station.hop.to_string()), Role::Muted),
    ];
    page.hanging(HOP + 2, start, format!("{}{took}", station.said), role);
}
