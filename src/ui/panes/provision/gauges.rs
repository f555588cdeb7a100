//! What is used of what is free, as bars; who else uses it; and what could not be read of it.

use crate::domain::allowance::AllowanceCheck;
use crate::theme::Role;
use crate::ui::panes::signs;
use crate::ui::widgets::page::Page;

/// Cells of a gauge.
const GAUGE: u32 = 16;

/// Writes the bars.
pub(super) fn write(page: &mut Page, check: &AllowanceCheck) {
    let (total, free) = (check.total(), check.allowance);
    let amounts = [
        ("OCPU", total.ocpus.0, free.ocpus().0, ""),
        ("Memory", total.memory.0, free.memory().0, " GB"),
        ("Boot", total.boot_volumes.0, free.boot_volumes.0, " GB"),
    ];
    for (name, used, free, unit) in amounts {
        let over = used.saturating_sub(free);
        let filled = (used * GAUGE).checked_div(free).unwrap_or(GAUGE).min(GAUGE);
        let role = if over > 0 { Role::Warn } else { Role::Fill };
        let cells = |count: u32, glyph: &str| glyph.repeat(usize::try_from(count).unwrap_or(0));
        let before = vec![
            (format!("{name:7}"), Role::Muted),
            (cells(filled, "━"), role),
            (cells(GAUGE - filled, "─"), Role::Track),
        ];
        let (sign, more) = if over > 0 {
            (signs::WARN.0, format!(" +{over}"))
        } else {
            (signs::OK.0, String::new())
        };
        let text = format!(" {used:>3} of {free}{unit} {sign}{more}");
        page.item(before, text, if over > 0 { Role::Warn } else { Role::Text });
    }
    let others = check.others();
    if !others.is_empty() {
        let text = format!("Others use some of it: {}", others.join(", "));
        page.item(vec![signs::before(signs::NONE)], text, Role::Muted);
    }
    for unread in &check.unread {
        page.item(
            vec![signs::before(signs::NONE)],
            unread.as_str(),
            Role::Muted,
        );
    }
}
