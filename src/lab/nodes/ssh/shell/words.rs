//! Words and operators of a command line, by the quoting rules of POSIX.

/// One piece of a command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// A word, its quotes taken off.
    Word(String),
    /// `;`, `&&`, `||`, `|`, or a new line (as `;`).
    Operator(&'static str),
    /// `>` or `>>`, for one stream (1 or 2) or for both (`&>`).
    To(Stream, bool),
    /// `2>&1` or `1>&2`: the first goes where the second goes.
    Same(Stream, Stream),
}

/// Which of a command's outputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::lab) enum Stream {
    Out,
    Err,
    Both,
}

/// What the shell says of a line that it cannot read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("syntax error: {0}")]
pub(in crate::lab) struct SyntaxError(pub(in crate::lab) String);

/// Longest operators first.
const OPERATORS: [&str; 4] = ["&&", "||", ";", "|"];
const REDIRECTIONS: [(&str, Stream, bool); 7] = [
    ("&>", Stream::Both, false),
    ("2>>", Stream::Err, true),
    ("1>>", Stream::Out, true),
    (">>", Stream::Out, true),
    ("2>", Stream::Err, false),
    ("1>", Stream::Out, false),
    (">", Stream::Out, false),
];
const JOINS: [(&str, Stream, Stream); 3] = [
    ("2>&1", Stream::Err, Stream::Out),
    ("1>&2", Stream::Out, Stream::Err),
    (">&2", Stream::Out, Stream::Err),
];

/// Takes a line apart.
pub(super) fn split(line: &str) -> Result<Vec<Token>, SyntaxError> {
    let mut tokens = Vec::new();
    let mut rest = line;
    loop {
        rest = rest.trim_start_matches([' ', '\t', '\r']);
        let Some(first) = rest.chars().next() else {
            return Ok(tokens);
        };
        if first == '\n' {
            tokens.push(Token::Operator(";"));
            rest = rest.trim_start_matches('\n');
        } else if first == '#' {
            rest = rest.find('\n').map_or("", |end| rest.split_at(end).1);
        } else if let Some((token, after)) = operator(rest) {
            tokens.push(token);
            rest = after;
        } else if "&()<`".contains(first) {
            return Err(SyntaxError(format!("\"{first}\" unexpected")));
        } else {
            let (word, after) = word(rest)?;
            tokens.push(Token::Word(word));
            rest = after;
        }
    }
}

fn operator(rest: &str) -> Option<(Token, &str)> {
    for (text, from, to) in JOINS {
        if let Some(after) = rest.strip_prefix(text) {
            return Some((Token::Same(from, to), after));
        }
    }
    for (text, stream, append) in REDIRECTIONS {
        if let Some(after) = rest.strip_prefix(text) {
            return Some((Token::To(stream, append), after));
        }
    }
    OPERATORS.iter().find_map(|text| {
        let after = rest.strip_prefix(text)?;
        Some((Token::Operator(text), after))
    })
}

fn word(rest: &str) -> Result<(String, &str), SyntaxError> {
    let unterminated = || SyntaxError("unexpected EOF while looking for matching quote".to_owned());
    let mut word = String::new();
    let mut letters = rest.char_indices();
    while let Some((place, letter)) = letters.next() {
        match letter {
            '\'' => loop {
                match letters.next().ok_or_else(unterminated)?.1 {
                    '\'' => break,
                    letter => word.push(letter),
                }
            },
            '"' => loop {
                match letters.next().ok_or_else(unterminated)?.1 {
                    '"' => break,
                    '\\' => match letters.next().ok_or_else(unterminated)?.1 {
                        '\n' => {}
                        letter @ ('$' | '`' | '"' | '\\') => word.push(letter),
                        letter => word.extend(['\\', letter]),
                    },
                    letter => word.push(letter),
                }
            },
            '\\' => match letters.next() {
                Some((_, '\n')) => {}
                Some((_, letter)) => word.push(letter),
                None => word.push('\\'),
            },
            letter if " \t\r\n;&|<>()`".contains(letter) => {
                return Ok((word, rest.split_at(place).1));
            }
            letter => word.push(letter),
        }
    }
    Ok((word, ""))
}
