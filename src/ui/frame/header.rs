//! The header: which cluster, whether it is live, what is wrong, what time it is.

mod journey;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::domain::object::Severity;
use crate::domain::source::{SourceId, SourceStatus};
use crate::store::health::unhealthy;
use crate::theme::Role;
use crate::ui::pane::Ctx;
use crate::ui::panes::signs::{self, Sign};
use crate::ui::widgets::write::cut;

/// What a session is that is not the usual one.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each holds or not, whatever the others do"
)]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Badges {
    /// Nothing can be changed from it.
    pub read_only: bool,
    /// What is shown was recorded before.
    pub replay: bool,
    /// What is shown is being recorded.
    pub recording: bool,
    /// The world outside is the built-in lab.
    pub lab: bool,
}

/// One piece of the header; when room is short, the highest rank goes first.
struct Piece {
    rank: u8,
    /// Whether it says more about the piece before it.
    detail: bool,
    spans: Vec<Span<'static>>,
}

impl Piece {
    fn new(rank: u8, spans: Vec<Span<'static>>) -> Self {
        Self {
            rank,
            detail: false,
            spans,
        }
    }

    /// A piece that says more about the one before it.
    fn detail(rank: u8, spans: Vec<Span<'static>>) -> Self {
        Self {
            detail: true,
            ..Self::new(rank, spans)
        }
    }
}

/// Draws the header on one line.
pub fn draw(buf: &mut Buffer, area: Rect, ctx: &Ctx<'_>, badges: &Badges) {
    buf.set_style(area, ctx.theme.style(Role::Bar));
    let mut left = vec![cluster(ctx)];
    left.extend(journey::region(ctx));
    left.push(journey::stage(ctx).unwrap_or_else(|| live(ctx)));
    left.extend(version(ctx));
    left.extend(journey::allowance(ctx));
    left.extend(marks(badges, ctx));
    let mut right = vec![wrong(ctx), clock(ctx)];
    let room = usize::from(area.width).saturating_sub(2);
    while wide(&left) + wide(&right) > room {
        let worst = left
            .iter()
            .chain(&right)
            .map(|piece| piece.rank)
            .max()
            .unwrap_or(0);
        if worst == 0 {
            break;
        }
        left.retain(|piece| piece.rank < worst);
        right.retain(|piece| piece.rank < worst);
    }
    let left = joined(left, ctx);
    let right = joined(right, ctx);
    let inside = Rect {
        x: area.x + 1.min(area.width),
        width: area.width.saturating_sub(2),
        ..area
    };
    let taken = u16::try_from(right.width())
        .unwrap_or(u16::MAX)
        .min(inside.width);
    buf.set_line(inside.x, area.y, &left, inside.width - taken);
    buf.set_line(inside.right() - taken, area.y, &right, taken);
}

fn wide(pieces: &[Piece]) -> usize {
    let spans = pieces.iter().flat_map(|piece| &piece.spans);
    spans.map(Span::width).sum::<usize>() + 3 * pieces.len()
}

fn joined(pieces: Vec<Piece>, ctx: &Ctx<'_>) -> Line<'static> {
    let muted = ctx.theme.style(Role::BarMuted);
    let mut spans = Vec::new();
    for piece in pieces {
        if !spans.is_empty() {
            let glue = if piece.detail { " · " } else { " │ " };
            spans.push(Span::styled(glue, muted));
        }
        spans.extend(piece.spans);
    }
    Line::from(spans)
}

fn styled(text: impl Into<String>, role: Role, ctx: &Ctx<'_>) -> Span<'static> {
    let style = ctx.theme.style(Role::Bar).patch(ctx.theme.style(role));
    Span::styled(text.into(), style)
}

fn cluster(ctx: &Ctx<'_>) -> Piece {
    let mut spans = Vec::new();
    if let Some(cluster) = &ctx.store.cluster {
        spans.push(styled(cut(&cluster.context, 32), Role::Title, ctx));
        if !cluster.namespace.is_empty() {
            let namespace = format!(" · {}", cut(&cluster.namespace, 24));
            spans.push(styled(namespace, Role::BarMuted, ctx));
        }
    } else {
        let planned = journey::plan(ctx).map(|plan| cut(&plan.cluster, 32));
        let name = planned.unwrap_or_else(|| "k3scope".to_owned());
        spans.push(styled(name, Role::Title, ctx));
    }
    Piece::new(0, spans)
}

fn version(ctx: &Ctx<'_>) -> Option<Piece> {
    let version = ctx.store.cluster.as_ref().map(|cluster| &cluster.version)?;
    let span = styled(cut(version, 24), Role::BarMuted, ctx);
    (!version.is_empty()).then(|| Piece::new(6, vec![span]))
}

/// How the connection is: the API server's own feed first, then how many others are old.
fn live(ctx: &Ctx<'_>) -> Piece {
    let sources = &ctx.store.sources;
    let stale = sources
        .iter()
        .filter(|(id, source)| {
            *id != SourceId::Cluster && matches!(source.status, SourceStatus::Stale { .. })
        })
        .count();
    let (sign, text) = match sources.status(SourceId::Cluster) {
        SourceStatus::Stale {
            since, retry_at, ..
        } => {
            let (since, retry) = (ctx.moment.since(*since), ctx.moment.until(*retry_at));
            (signs::BAD, format!("lost for {since}, retry in {retry}"))
        }
        SourceStatus::Denied { .. } => (signs::HELD, "not permitted".to_owned()),
        SourceStatus::Connecting => (signs::BUSY, "connecting".to_owned()),
        _ if stale == 1 => (signs::WARN, "1 feed stale".to_owned()),
        _ if stale > 1 => (signs::WARN, format!("{stale} feeds stale")),
        SourceStatus::Live => (("●", Role::Ok), "live".to_owned()),
        SourceStatus::Off | SourceStatus::NotInstalled { .. } => {
            (signs::NONE, "offline".to_owned())
        }
    };
    signed(sign, text, ctx)
}

/// A sign and what it says.
fn signed(sign: Sign, text: impl Into<String>, ctx: &Ctx<'_>) -> Piece {
    let glyph = styled(format!("{} ", sign.0), sign.1, ctx);
    Piece::new(0, vec![glyph, styled(text, Role::Bar, ctx)])
}

fn marks(badges: &Badges, ctx: &Ctx<'_>) -> Vec<Piece> {
    let lab = Span::styled(" LAB ", ctx.theme.style(Role::TabActive));
    let others = [
        (badges.replay, "replay"),
        (badges.recording, "recording"),
        (badges.read_only, "read-only"),
    ];
    let marks = others
        .into_iter()
        .filter(|(shown, _)| *shown)
        .map(|(_, text)| Piece::new(3, vec![styled(text, Role::Accent, ctx)]));
    badges
        .lab
        .then(|| Piece::new(1, vec![lab]))
        .into_iter()
        .chain(marks)
        .collect()
}

fn wrong(ctx: &Ctx<'_>) -> Piece {
    let found = unhealthy(ctx.store, ctx.moment.now());
    let count = |severity| {
        found
            .iter()
            .filter(|item| item.severity == severity)
            .count()
    };
    let mut spans = Vec::new();
    for severity in [Severity::Critical, Severity::Warning] {
        let (glyph, role) = signs::severity(severity);
        let count = count(severity);
        if count > 0 {
            if !spans.is_empty() {
                spans.push(Span::raw(" "));
            }
            spans.push(styled(format!("{glyph}{count}"), role, ctx));
        }
    }
    if spans.is_empty() {
        let live = *ctx.store.sources.status(SourceId::Cluster) == SourceStatus::Live;
        let (glyph, role) = if live && ctx.store.sources.are_settled() {
            signs::OK
        } else {
            signs::NONE
        };
        spans.push(styled(glyph, role, ctx));
    }
    Piece::new(0, spans)
}

fn clock(ctx: &Ctx<'_>) -> Piece {
    Piece::new(2, vec![styled(ctx.moment.clock(), Role::BarMuted, ctx)])
}
