//! Places as a matrix: availability domains down, fault domains across; in each cell what a launch
//! was answered there, how often it was tried, and when that was or will be.

use std::collections::BTreeSet;

use super::said::hint_glyph;
use crate::domain::hunt::{LaunchAnswer, Place};
use crate::store::hunt::{Hunt, Spot};
use crate::theme::Role;
use crate::ui::pane::Ctx;
use crate::ui::panes::signs::{self, Sign};
use crate::ui::widgets::page::Page;
use crate::ui::widgets::write::{cut, width};

/// The widest name of a row.
const NAMES: usize = 14;
/// The widest and the narrowest cell.
const CELLS: (usize, usize) = (18, 10);

/// Cells of a hint, a glyph and a blank.
const BEFORE: usize = 3;

/// The glyph of an answer.
pub(super) fn answered(answer: LaunchAnswer) -> Sign {
    match answer {
        LaunchAnswer::Accepted => signs::OK,
        LaunchAnswer::OutOfCapacity => ("✖", Role::Warn),
        LaunchAnswer::TooManyRequests => signs::HELD,
        LaunchAnswer::PhantomLimit => signs::WARN,
        LaunchAnswer::Unclear => ("?", Role::Warn),
        LaunchAnswer::Refused => ("⊘", Role::Bad),
    }
}

/// An answer in two or three words.
pub(super) fn in_words(answer: LaunchAnswer) -> &'static str {
    match answer {
        LaunchAnswer::Accepted => "had",
        LaunchAnswer::OutOfCapacity => "no room",
        LaunchAnswer::TooManyRequests => "too many requests",
        LaunchAnswer::PhantomLimit => "limit, books lag",
        LaunchAnswer::Unclear => "no clear answer",
        LaunchAnswer::Refused => "refused",
    }
}

/// Writes the matrix and what its glyphs mean.
pub(super) fn write(page: &mut Page, hunt: &Hunt, cells: usize, ctx: &Ctx<'_>) {
    let domains: BTreeSet<&str> = (hunt.places.iter())
        .map(|spot| spot.place.availability_domain.as_str())
        .collect();
    let faults: BTreeSet<Option<&str>> = (hunt.places.iter())
        .map(|spot| spot.place.fault_domain.as_deref())
        .collect();
    let names: Vec<String> = domains.iter().map(|domain| place(domain, None)).collect();
    let longest = names.iter().map(|name| width(name)).max().unwrap_or(0);
    let before = longest.min(NAMES) + 2;
    let each = cells.saturating_sub(before) / faults.len().max(1);
    let each = each.clamp(CELLS.1, CELLS.0);
    let mut titles = vec![(" ".repeat(before), Role::Muted)];
    for fault in &faults {
        let title = fault.map_or_else(|| "any FD".to_owned(), fault_name);
        titles.push((fit(&format!(" {title}"), each), Role::Muted));
    }
    page.row(titles);
    for (domain, name) in domains.iter().zip(&names) {
        let mut row = vec![(fit(name, before), Role::Text)];
        for fault in &faults {
            let mut at = hunt.places.iter();
            let spot = at.find(|spot| {
                spot.place.availability_domain == **domain
                    && spot.place.fault_domain.as_deref() == *fault
            });
            row.extend(spot.map_or_else(
                || vec![(fit("", each), Role::Muted)],
                |spot| cell(hunt, spot, each, ctx),
            ));
        }
        page.row(row);
    }
    legend(page, hunt);
}

fn place(domain: &str, fault: Option<&str>) -> String {
    let place = Place {
        availability_domain: domain.to_owned(),
        fault_domain: fault.map(str::to_owned),
    };
    place.to_string()
}

/// The name of a fault domain without that of its availability domain.
fn fault_name(fault: &str) -> String {
    place("", Some(fault)).trim().to_owned()
}

/// A text in exactly so many cells.
fn fit(text: &str, cells: usize) -> String {
    let text = cut(text, cells.saturating_sub(1));
    let blanks = cells.saturating_sub(width(&text));
    format!("{text}{}", " ".repeat(blanks))
}

fn cell(hunt: &Hunt, spot: &Spot, cells: usize, ctx: &Ctx<'_>) -> Vec<(String, Role)> {
    let next = hunt.next.as_ref().filter(|next| next.place == spot.place);
    let tries = match spot.tries {
        0 => String::new(),
        tries => format!("{tries}× "),
    };
    let (glyph, text) = match (next, spot.last) {
        (Some(next), _) if next.at > ctx.moment.now() => {
            let wait = ctx.moment.until(next.at);
            let worded = format!("{tries}in {wait}");
            let fits = width(&worded) + BEFORE < cells;
            let text = if fits {
                worded
            } else {
                format!("{tries}{wait}")
            };
            (("▸", Role::Accent), text)
        }
        (Some(_), _) => (signs::BUSY, format!("{tries}now")),
        (None, Some((at, answer))) => {
            let age = ctx.moment.since(at);
            (answered(answer), format!("{tries}{age}"))
        }
        (None, None) => (signs::NONE, String::new()),
    };
    let told = spot.hint.map_or((" ", Role::Muted), hint_glyph);
    let role = if next.is_some() { glyph.1 } else { Role::Text };
    vec![
        (told.0.to_owned(), told.1),
        (format!("{} ", glyph.0), glyph.1),
        (fit(&text, cells.saturating_sub(BEFORE)), role),
    ]
}

/// What the glyphs mean that are in use.
fn legend(page: &mut Page, hunt: &Hunt) {
    let mut parts: Vec<String> = Vec::new();
    let mut say = |text: String| {
        if !parts.contains(&text) {
            parts.push(text);
        }
    };
    if hunt.next.is_some() {
        say("▸ next".to_owned());
    }
    for (_, answer) in hunt.places.iter().filter_map(|spot| spot.last) {
        say(format!("{} {}", answered(answer).0, in_words(answer)));
    }
    for hint in hunt.places.iter().filter_map(|spot| spot.hint) {
        say(format!(
            "{} hint: {}",
            hint_glyph(hint).0,
            super::said::hinted(hint)
        ));
    }
    if !parts.is_empty() {
        page.hanging(0, Vec::new(), parts.join(" · "), Role::Muted);
    }
}
