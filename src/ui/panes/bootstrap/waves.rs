//! Applications on their way, wave by wave: marks for the well ones, names for the others.

use crate::domain::application::{Application, Health};
use crate::domain::bootstrap::Stage;
use crate::store::Store;
use crate::store::bootstrap::{StageRun, Wave, awaited, waves};
use crate::theme::Role;
use crate::ui::panes::signs::{self, Sign};
use crate::ui::widgets::write::{cut, width};

/// More marks than this in a row are a number.
const MARKS: usize = 12;
/// Blanks between two waves on a row.
const GAP: &str = "  ";

/// Parts of a row, each with its role.
pub(super) type Parts = Vec<(String, Role)>;

/// Whether waves are of interest: while the stage that waits for them is under way.
pub(super) fn concern(stage: &StageRun) -> bool {
    stage.stage == Stage::Applications && stage.is_open()
}

fn sign(application: &Application) -> Sign {
    if application.health == Health::Healthy {
        signs::sync(application.sync)
    } else {
        signs::health(application.health)
    }
}

/// One wave: `2 ✔ ⟳ envoy-gateway`, `3 ‖ waits for 2`.
fn chip(wave: &Wave<'_>) -> Parts {
    let mut parts = vec![(wave.number.to_string(), Role::Muted)];
    if wave.well > 0 {
        let marks = match wave.well {
            MARKS.. => format!(" ✔×{}", wave.well),
            well => format!(" {}", "✔".repeat(well)),
        };
        parts.push((marks, Role::Ok));
    }
    for application in &wave.open {
        let (glyph, role) = sign(application);
        parts.push((format!(" {glyph}"), role));
        parts.push((format!(" {}", application.id.name), Role::Text));
    }
    if let Some(earlier) = wave.waits_for {
        let (glyph, role) = signs::HELD;
        parts.push((format!(" {glyph}"), role));
        parts.push((format!(" waits for {earlier}"), Role::Muted));
    } else {
        for name in &wave.missing {
            parts.push((format!(" {} {name}", signs::NONE.0), Role::Muted));
        }
    }
    parts
}

fn wide(parts: &Parts) -> usize {
    parts.iter().map(|(text, _)| width(text)).sum()
}

/// All waves, as many on a row of `cells` as fit; below them what Argo CD says that it waits for.
pub(super) fn rows(store: &Store, cells: usize) -> Vec<Parts> {
    let mut rows: Vec<Parts> = Vec::new();
    for wave in waves(store) {
        let chip = chip(&wave);
        match rows.last_mut() {
            Some(row) if wide(row) + GAP.len() + wide(&chip) <= cells => {
                row.push((GAP.to_owned(), Role::Text));
                row.extend(chip);
            }
            _ => rows.push(chip),
        }
    }
    if let Some((application, said)) = awaited(store) {
        let name = &application.id.name;
        let text = format!("Argo CD on {name}: {said}");
        rows.push(vec![(cut(&text, cells), Role::Muted)]);
    }
    rows
}
