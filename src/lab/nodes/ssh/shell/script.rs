//! A command line as commands: what runs after what, through which pipes, and where output goes.

use super::words::{Stream, SyntaxError, Token, split};

/// When a pipeline runs, from the exit status of what ran before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::lab) enum When {
    Always,
    AfterSuccess,
    AfterFailure,
}

/// Commands that are joined by pipes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::lab) struct Pipeline {
    pub(in crate::lab) when: When,
    pub(in crate::lab) commands: Vec<Command>,
}

/// One command.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::lab) struct Command {
    pub(in crate::lab) words: Vec<String>,
    pub(in crate::lab) redirections: Vec<Redirection>,
}

/// Where an output goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::lab) enum Redirection {
    File {
        stream: Stream,
        path: String,
        append: bool,
    },
    Same(Stream, Stream),
}

/// Reads a whole text.
pub(in crate::lab) fn parse(text: &str) -> Result<Vec<Pipeline>, SyntaxError> {
    let mut all = Vec::new();
    let mut when = When::Always;
    let mut commands = Vec::new();
    let mut command = Command::default();
    let mut tokens = split(text)?.into_iter();
    while let Some(token) = tokens.next() {
        match token {
            Token::Word(word) => command.words.push(word),
            Token::Same(from, to) => command.redirections.push(Redirection::Same(from, to)),
            Token::To(stream, append) => {
                let Some(Token::Word(path)) = tokens.next() else {
                    return Err(SyntaxError("redirection without a file".to_owned()));
                };
                let redirection = Redirection::File {
                    stream,
                    path,
                    append,
                };
                command.redirections.push(redirection);
            }
            Token::Operator(operator) => {
                let empty = command.words.is_empty();
                let idle = empty && commands.is_empty() && when == When::Always;
                if operator == ";" && idle {
                    continue;
                }
                if empty {
                    return Err(SyntaxError(format!("\"{operator}\" unexpected")));
                }
                commands.push(std::mem::take(&mut command));
                if operator == "|" {
                    continue;
                }
                all.push(Pipeline {
                    when,
                    commands: std::mem::take(&mut commands),
                });
                when = match operator {
                    "&&" => When::AfterSuccess,
                    "||" => When::AfterFailure,
                    _ => When::Always,
                };
            }
        }
    }
    if !command.words.is_empty() {
        commands.push(command);
    } else if when != When::Always || !commands.is_empty() {
        return Err(SyntaxError("end of file unexpected".to_owned()));
    }
    if !commands.is_empty() {
        all.push(Pipeline { when, commands });
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<Vec<String>> {
        let all = parse(text).unwrap();
        let commands = all.into_iter().flat_map(|pipeline| pipeline.commands);
        commands.map(|command| command.words).collect()
    }

    #[test]
    fn quotes_and_operators_are_told_apart() {
        assert_eq!(
            words(r#"echo 'a;  b' "c \"d\" \x" e\ f"#),
            [["echo", "a;  b", r#"c "d" \x"#, "e f"]]
        );
        assert_eq!(
            words("a&&b||c;d # e;f\ng"),
            [["a"], ["b"], ["c"], ["d"], ["g"]]
        );
        assert_eq!(words("echo a#b ''"), [["echo", "a#b", ""]]);
    }

    #[test]
    fn redirections_leave_the_words() {
        let all = parse("cat x 2>/dev/null >>'y z' 2>&1 | tail -n2").unwrap();
        let [cat, tail] = all[0].commands.as_slice() else {
            unreachable!("two commands")
        };
        assert_eq!(cat.words, ["cat", "x"]);
        assert_eq!(tail.words, ["tail", "-n2"]);
        let file = |stream, path: &str, append| Redirection::File {
            stream,
            path: path.to_owned(),
            append,
        };
        let expected = [
            file(Stream::Err, "/dev/null", false),
            file(Stream::Out, "y z", true),
            Redirection::Same(Stream::Err, Stream::Out),
        ];
        assert_eq!(cat.redirections, expected);
    }

    #[test]
    fn what_cannot_be_read_is_a_syntax_error() {
        for (text, problem) in [
            ("echo 'a", "unexpected EOF while looking for matching quote"),
            ("a && && b", "\"&&\" unexpected"),
            ("a |", "end of file unexpected"),
            ("(a)", "\"(\" unexpected"),
            ("a &", "\"&\" unexpected"),
            ("a >", "redirection without a file"),
        ] {
            assert_eq!(parse(text).unwrap_err().0, problem, "{text}");
        }
    }
}
