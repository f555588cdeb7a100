//! Commands that pass on a part of what they read: `head`, `grep`, `wc`.

use regex::{Regex, RegexBuilder};

use super::Shell;
use super::io::Io;
use super::run::Outcome;

impl Shell {
    pub(super) async fn filter(&self, name: &str, arguments: &[String], io: &Io) -> Outcome {
        let (options, words) = sorted(name, arguments);
        let pattern = words.first().filter(|_| name == "grep");
        let files = words.get(usize::from(name == "grep")..).unwrap_or_default();
        let mut status = 0;
        let mut text = Vec::new();
        for written in files {
            match self.read(&self.path(written)) {
                Ok(content) => text.extend_from_slice(&content),
                Err(trouble) => {
                    status = 2;
                    io.err(format!("{name}: {written}: {trouble}\n")).await?;
                }
            }
        }
        if files.is_empty() {
            text.extend_from_slice(&io.input().await);
        }
        let text = String::from_utf8_lossy(&text);
        let has = |letter: char| {
            options
                .iter()
                .any(|option| !option.starts_with("--") && option.contains(letter))
        };
        let answer = match (name, pattern) {
            ("head", _) => head(&text, &options),
            ("wc", _) => count(&text, has('l'), has('c')),
            (_, Some(pattern)) => {
                let Ok(pattern) = expression(pattern, has('F'), has('i')) else {
                    io.err("grep: the pattern cannot be read\n").await?;
                    return Ok(2);
                };
                let found: Vec<&str> = text
                    .lines()
                    .filter(|line| pattern.is_match(line) != has('v'))
                    .collect();
                if found.is_empty() && status == 0 {
                    status = 1;
                }
                shown(&found, has('q'), has('c'))
            }
            _ => {
                io.err("usage: grep [-EFcinqv] pattern [file ...]\n")
                    .await?;
                return Ok(2);
            }
        };
        io.out(answer).await?;
        Ok(status)
    }
}

/// Options (with the value of `-n` for `head`) and the other words.
fn sorted<'a>(name: &str, arguments: &'a [String]) -> (Vec<&'a str>, Vec<&'a str>) {
    let (mut options, mut words) = (Vec::new(), Vec::new());
    let mut rest = arguments.iter().map(String::as_str);
    while let Some(argument) = rest.next() {
        match argument {
            "-n" if name == "head" => options.extend(rest.next()),
            "--" => words.extend(rest.by_ref()),
            option if option.starts_with('-') && option.len() > 1 => options.push(option),
            word => words.push(word),
        }
    }
    (options, words)
}

fn head(text: &str, options: &[&str]) -> String {
    let number = |option: &&str| {
        let digits = option.trim_start_matches(['-', 'n']);
        digits.parse::<usize>().ok()
    };
    let count = options.iter().find_map(number).unwrap_or(10);
    text.split_inclusive('\n').take(count).collect()
}

fn count(text: &str, lines: bool, bytes: bool) -> String {
    let number = text.matches('\n').count();
    match (lines, bytes) {
        (true, false) => format!("{number}\n"),
        (false, true) => format!("{}\n", text.len()),
        _ => {
            let words = text.split_whitespace().count();
            format!("{number} {words} {}\n", text.len())
        }
    }
}

fn expression(pattern: &str, fixed: bool, any_case: bool) -> Result<Regex, regex::Error> {
    let pattern = if fixed {
        regex::escape(pattern)
    } else {
        pattern.to_owned()
    };
    RegexBuilder::new(&pattern)
        .case_insensitive(any_case)
        .build()
}

fn shown(found: &[&str], quiet: bool, counted: bool) -> String {
    match (quiet, counted) {
        (true, _) => String::new(),
        (_, true) => format!("{}\n", found.len()),
        _ => found.iter().flat_map(|line| [*line, "\n"]).collect(),
    }
}
