//! `sudo`: the same command as root, without a password, as cloud images allow their user.

use super::io::Io;
use super::run::Outcome;
use super::{Shell, User};

const USAGE: &str = "usage: sudo [-n] [-u root] command\n";

impl Shell {
    pub(super) async fn sudo(&self, arguments: &[String], io: &Io) -> Outcome {
        let mut rest = arguments;
        while let Some((first, after)) = rest.split_first() {
            match first.as_str() {
                "--" => {
                    rest = after;
                    break;
                }
                "-u" => match after.split_first() {
                    Some((user, after)) if user == "root" => rest = after,
                    Some((user, _)) => {
                        io.err(format!("sudo: unknown user {user}\n")).await?;
                        return Ok(1);
                    }
                    None => break,
                },
                "-n" | "-E" | "-H" | "--non-interactive" => rest = after,
                option if option.starts_with('-') => {
                    io.err(format!("sudo: {option} is not played here\n{USAGE}"))
                        .await?;
                    return Ok(1);
                }
                assignment if is_assignment(assignment) => rest = after,
                _ => break,
            }
        }
        let Some(name) = rest.first() else {
            io.err(USAGE).await?;
            return Ok(1);
        };
        if matches!(name.as_str(), "cd" | "exit" | "logout" | ":") {
            io.err(format!("sudo: {name}: command not found\n")).await?;
            return Ok(1);
        }
        // A shell of its own: a command that is interrupted must not leave this one as root's.
        let mut root = Self {
            user: User::Root,
            ..self.clone()
        };
        root.execute(rest, io).await
    }
}

fn is_assignment(word: &str) -> bool {
    let named = |name: &str| {
        let mut letters = name.chars();
        letters
            .next()
            .is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
            && letters.all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
    };
    word.split_once('=').is_some_and(|(name, _)| named(name))
}
