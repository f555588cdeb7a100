//! Bars: how much of something is filled.

use ratatui::style::Style;
use ratatui::text::Span;

use crate::theme::{Role, Theme};

/// A bar of `cells` that is filled to `percent`, in halves of a cell.
pub fn bar(theme: &Theme, percent: u8, cells: usize, fill: Role) -> Vec<Span<'static>> {
    let halves = usize::from(percent.min(100)) * cells * 2 / 100;
    let (whole, half) = (halves / 2, halves % 2);
    let mut spans = vec![Span::styled("━".repeat(whole), theme.style(fill))];
    if half == 1 {
        spans.push(Span::styled("╸", theme.style(fill)));
    }
    spans.push(track(cells - whole - half, theme.style(Role::Track)));
    spans
}

fn track(cells: usize, style: Style) -> Span<'static> {
    Span::styled("─".repeat(cells), style)
}

/// The role of a gauge that is bad when it is full.
pub fn pressure(percent: u8) -> Role {
    match percent {
        90.. => Role::Bad,
        75.. => Role::Warn,
        _ => Role::Fill,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theme::builtin;

    #[test]
    fn halves_count() {
        let theme = builtin("dark").unwrap();
        let shown = |percent| -> String {
            bar(&theme, percent, 5, Role::Fill)
                .iter()
                .map(|span| span.content.as_ref())
                .collect()
        };
        assert_eq!(shown(0), "─────");
        assert_eq!(shown(50), "━━╸──");
        assert_eq!(shown(100), "━━━━━");
        assert_eq!(shown(255), "━━━━━");
    }
}
