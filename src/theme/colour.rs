//! Colours: as they are written, and the nearest one that a terminal has.

use ratatui::style::Color;

use super::depth::Depth;

/// The sixteen colours as xterm shows them; terminals differ, the order of hues does not.
const ANSI: [(Color, [u8; 3]); 16] = [
    (Color::Black, [0, 0, 0]),
    (Color::Red, [205, 0, 0]),
    (Color::Green, [0, 205, 0]),
    (Color::Yellow, [205, 205, 0]),
    (Color::Blue, [0, 0, 238]),
    (Color::Magenta, [205, 0, 205]),
    (Color::Cyan, [0, 205, 205]),
    (Color::Gray, [229, 229, 229]),
    (Color::DarkGray, [127, 127, 127]),
    (Color::LightRed, [255, 0, 0]),
    (Color::LightGreen, [0, 255, 0]),
    (Color::LightYellow, [255, 255, 0]),
    (Color::LightBlue, [92, 92, 255]),
    (Color::LightMagenta, [255, 0, 255]),
    (Color::LightCyan, [0, 255, 255]),
    (Color::White, [255, 255, 255]),
];

/// The levels of a channel in xterm's colour cube (16 to 231).
const CUBE: [u8; 6] = [0, 95, 135, 175, 215, 255];

/// The nearest colour that a terminal of this depth has.
pub(super) fn fit(colour: Color, depth: Depth) -> Color {
    let Color::Rgb(red, green, blue) = colour else {
        return colour;
    };
    let wanted = [red, green, blue];
    match depth {
        Depth::True => colour,
        Depth::Ansi256 => Color::Indexed(nearest_indexed(wanted)),
        Depth::Ansi16 => ANSI
            .iter()
            .min_by_key(|(_, has)| distance(*has, wanted))
            .map_or(Color::Reset, |(named, _)| *named),
        Depth::None => Color::Reset,
    }
}

fn nearest_indexed(wanted: [u8; 3]) -> u8 {
    let cube = (0..216_u8).map(|at| {
        let level = |step: u8| CUBE.get(usize::from(step)).copied().unwrap_or(0);
        (16 + at, [level(at / 36), level(at / 6 % 6), level(at % 6)])
    });
    let greys = (0..24_u8).map(|at| (232 + at, [8 + 10 * at; 3]));
    cube.chain(greys)
        .min_by_key(|(_, has)| distance(*has, wanted))
        .map_or(0, |(index, _)| index)
}

fn distance(one: [u8; 3], other: [u8; 3]) -> u32 {
    one.iter()
        .zip(other)
        .map(|(a, b)| u32::from(a.abs_diff(b)).pow(2))
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_is_taken() {
        let orange = Color::Rgb(255, 135, 0);
        assert_eq!(fit(orange, Depth::True), orange);
        assert_eq!(fit(orange, Depth::Ansi256), Color::Indexed(208));
        assert_eq!(
            fit(Color::Rgb(120, 130, 125), Depth::Ansi16),
            Color::DarkGray
        );
        assert_eq!(
            fit(Color::Rgb(8, 8, 8), Depth::Ansi256),
            Color::Indexed(232)
        );
        assert_eq!(fit(Color::Red, Depth::Ansi256), Color::Red);
    }
}
