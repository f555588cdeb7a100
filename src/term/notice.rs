//! Telling a person who looks elsewhere: the bell, and the notifications that terminals show for
//! OSC 9 (iTerm2, Windows Terminal, kitty) and OSC 777 (urxvt, foot, VTE).

/// The longest notice, in characters.
const LONGEST: usize = 200;

/// The sequence that tells `text` under `title`.
pub fn notice(title: &str, text: &str) -> String {
    let (title, text) = (plain(title), plain(text));
    format!("\u{7}\u{1b}]9;{title}: {text}\u{1b}\\\u{1b}]777;notify;{title};{text}\u{1b}\\")
}

/// Without what would end the sequence or begin a field of it, and not too long.
fn plain(text: &str) -> String {
    text.chars()
        .filter(|c| {
            !c.is_control() && !matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        })
        .map(|c| if c == ';' { ',' } else { c })
        .take(LONGEST)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notice_rings_and_cannot_be_broken_out_of() {
        let told = notice("k3scope", "found\u{7}\u{1b}]52;c;eA==\u{7} a host; hurry\n");
        let text = "found]52,c,eA== a host, hurry";
        assert_eq!(
            told,
            format!(
                "\u{7}\u{1b}]9;k3scope: {text}\u{1b}\\\u{1b}]777;notify;k3scope;{text}\u{1b}\\"
            )
        );
        let long = notice("k3scope", &"x".repeat(1_000));
        assert!(long.len() < 500);
    }
}
