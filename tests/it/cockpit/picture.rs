//! The README's picture, drawn by the program itself.

use std::fmt::Write as _;
use std::path::Path;

use ratatui::buffer::Buffer;
use ratatui::style::{Color, Modifier, Style};

use super::stage::Stage;
use super::world;

const PICTURE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/cockpit.svg");
/// Width and height of a cell, in the picture's units.
const CELL: (u32, u32) = (8, 17);

/// `K3SCOPE_UPDATE=1 cargo test picture` draws it anew.
#[test]
fn the_readme_shows_the_bridge_as_it_is() {
    let mut stage = Stage::new(world::cluster(true));
    let drawn = svg(&stage.draw(120, 31));
    if std::env::var_os("K3SCOPE_UPDATE").is_some() {
        std::fs::write(PICTURE, &drawn).unwrap();
    }
    let kept = std::fs::read_to_string(Path::new(PICTURE)).unwrap_or_default();
    assert!(
        kept == drawn,
        "assets/cockpit.svg is old: K3SCOPE_UPDATE=1 cargo test picture"
    );
}

/// Backgrounds first, then the text over them, a run of one style at a time.
fn svg(buffer: &Buffer) -> String {
    let (width, height) = (u32::from(buffer.area.width), u32::from(buffer.area.height));
    let mut picture = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {} {}\" \
         font-family=\"ui-monospace,SFMono-Regular,Menlo,Consolas,DejaVu Sans Mono,monospace\" \
         font-size=\"13\" xml:space=\"preserve\" shape-rendering=\"crispEdges\">\n",
        width * CELL.0,
        height * CELL.1
    );
    let base = buffer[(0, buffer.area.height / 2)].style();
    let (_, ground) = colours(base);
    let _ = writeln!(
        picture,
        "<rect width=\"100%\" height=\"100%\" fill=\"{ground}\"/>"
    );
    let runs = runs(buffer);
    for run in &runs {
        let (_, back) = colours(run.style);
        if back != ground {
            let (left, top, wide) = run.place();
            let _ = writeln!(
                picture,
                "<rect x=\"{left}\" y=\"{top}\" width=\"{wide}\" height=\"{}\" fill=\"{back}\"/>",
                CELL.1
            );
        }
    }
    for run in runs.iter().filter(|run| !run.text.trim().is_empty()) {
        let (left, top, wide) = run.place();
        let (fore, _) = colours(run.style);
        let bold = run.style.add_modifier.contains(Modifier::BOLD);
        let _ = writeln!(
            picture,
            "<text x=\"{left}\" y=\"{}\" textLength=\"{wide}\" fill=\"{fore}\"{}>{}</text>",
            top + 13,
            if bold { " font-weight=\"bold\"" } else { "" },
            run.text.replace('&', "&amp;").replace('<', "&lt;")
        );
    }
    picture + "</svg>\n"
}

/// Cells of one style beside each other.
struct Run {
    x: u16,
    y: u16,
    style: Style,
    text: String,
}

impl Run {
    /// Left, top and width in the picture.
    fn place(&self) -> (u32, u32, u32) {
        let cells = u32::try_from(self.text.chars().count()).unwrap();
        (
            u32::from(self.x) * CELL.0,
            u32::from(self.y) * CELL.1,
            cells * CELL.0,
        )
    }
}

fn runs(buffer: &Buffer) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for row in buffer.area.rows() {
        for x in row.left()..row.right() {
            let (y, cell) = (row.y, &buffer[(x, row.y)]);
            match runs.last_mut() {
                Some(run) if run.y == y && run.style == cell.style() => {
                    run.text.push_str(cell.symbol());
                }
                _ => runs.push(Run {
                    x,
                    y,
                    style: cell.style(),
                    text: cell.symbol().to_owned(),
                }),
            }
        }
    }
    runs
}

/// What a style looks like: the colour of the text and of the ground.
fn colours(style: Style) -> (String, String) {
    let fore = hex(style.fg.unwrap_or_default(), "#d7dae0");
    let back = hex(style.bg.unwrap_or_default(), "#14171c");
    if style.add_modifier.contains(Modifier::REVERSED) {
        (back, fore)
    } else {
        (fore, back)
    }
}

fn hex(color: Color, default: &str) -> String {
    if let Color::Rgb(red, green, blue) = color {
        format!("#{red:02x}{green:02x}{blue:02x}")
    } else {
        default.to_owned()
    }
}
