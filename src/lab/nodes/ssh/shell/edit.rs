//! Commands that change files: `tee`, `rm`, `mv`, `truncate`, the mask of new ones, and those that need
//! nothing here.

use super::files::FORWARDING;
use super::io::Io;
use super::run::Outcome;
use super::{Shell, User};

const DENIED: &str = "Permission denied";
const MISSING: &str = "No such file or directory";

impl Shell {
    /// `tee [-a] FILE…`.
    pub(super) async fn tee(&self, arguments: &[String], io: &Io) -> Outcome {
        let (options, files): (Vec<&String>, Vec<&String>) =
            arguments.iter().partition(|one| one.starts_with('-'));
        let appends = options.iter().any(|one| *one == "-a" || *one == "--append");
        let input = io.input().await;
        let mut status = 0;
        for written in files {
            let path = self.path(written);
            if !self.may_write(&path) {
                io.err(format!("tee: {written}: {DENIED}\n")).await?;
                status = 1;
            } else if path == FORWARDING {
                let text = String::from_utf8_lossy(&input).into_owned();
                self.machine.set_forwarding(text.trim() != "0");
            } else if appends {
                self.machine
                    .disk()
                    .append(&path, &input, self.mode_of_new());
            } else {
                let mode = self.machine.disk().file(&path).map(|file| file.mode);
                let mode = mode.unwrap_or_else(|| self.mode_of_new());
                self.machine.disk().write(&path, &input, mode);
            }
        }
        io.pour(&input).await?;
        Ok(status)
    }

    /// `rm [-rf] PATH…`; a star in the last part stands for any letters.
    pub(super) async fn rm(&self, arguments: &[String], io: &Io) -> Outcome {
        let (options, files): (Vec<&String>, Vec<&String>) =
            arguments.iter().partition(|one| one.starts_with('-'));
        let has = |letter| options.iter().any(|one| one.contains(letter));
        let (forces, whole) = (has('f'), has('r') || has('R'));
        let mut status = 0;
        for written in files {
            let path = self.path(written);
            let found = self.found(&path, whole);
            let trouble = if found.is_empty() {
                (!forces).then_some(if self.is_folder(&path) {
                    "Is a directory"
                } else {
                    MISSING
                })
            } else if found.iter().all(|one| self.may_write(one)) {
                for one in &found {
                    self.machine.disk().remove(one);
                }
                None
            } else {
                Some(DENIED)
            };
            if let Some(trouble) = trouble {
                io.err(format!("rm: cannot remove '{written}': {trouble}\n"))
                    .await?;
                status = 1;
            }
        }
        Ok(status)
    }

    /// The files that a path with stars means, and with `whole` those below it.
    fn found(&self, path: &str, whole: bool) -> Vec<String> {
        let disk = self.machine.disk();
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        let matches = |found: &String| {
            let rest = found.strip_prefix(&format!("{folder}/"));
            rest.is_some_and(|rest| match rest.split_once('/') {
                None => is_like(rest, name),
                Some((first, _)) => whole && is_like(first, name),
            })
        };
        let all = disk.paths(&format!("{folder}/")).into_iter();
        all.filter(matches).collect()
    }

    /// `mv FROM TO`.
    pub(super) async fn mv(&self, arguments: &[String], io: &Io) -> Outcome {
        let words: Vec<&String> = arguments
            .iter()
            .filter(|one| !one.starts_with('-'))
            .collect();
        let [from, to] = words.as_slice() else {
            io.err("mv: missing file operand\n").await?;
            return Ok(1);
        };
        let (source, target) = (self.path(from), self.path(to));
        let trouble = if !self.may_write(&source) || !self.may_write(&target) {
            Some(DENIED)
        } else if self.machine.disk().rename(&source, &target) {
            None
        } else {
            Some(MISSING)
        };
        let Some(trouble) = trouble else {
            return Ok(0);
        };
        io.err(format!("mv: cannot move '{from}' to '{to}': {trouble}\n"))
            .await?;
        Ok(1)
    }

    /// `umask OCTAL`, for the rest of this shell.
    pub(super) async fn set_umask(&mut self, arguments: &[String], io: &Io) -> Outcome {
        let given = arguments.first();
        let mask = given.and_then(|text| u32::from_str_radix(text, 8).ok());
        let Some(mask) = mask.filter(|mask| *mask <= 0o777) else {
            io.err("umask: an octal number is wanted\n").await?;
            return Ok(1);
        };
        self.umask = mask;
        Ok(0)
    }

    /// The permissions that a new file gets.
    pub(super) fn mode_of_new(&self) -> u32 {
        0o666 & !self.umask
    }

    /// `truncate -s BYTES[K|M] FILE`.
    pub(super) async fn truncate(&self, arguments: &[String], io: &Io) -> Outcome {
        let call = match arguments {
            [option, size, file] if option == "-s" => length(size).zip(Some(file)),
            _ => None,
        };
        let Some((size, written)) = call else {
            io.err("truncate: you must specify '--size' and a file operand\n")
                .await?;
            return Ok(1);
        };
        let path = self.path(written);
        if !self.may_write(&path) {
            io.err(format!(
                "truncate: cannot open '{written}' for writing: {DENIED}\n"
            ))
            .await?;
            return Ok(1);
        }
        self.machine.disk().resize(&path, size, self.mode_of_new());
        Ok(0)
    }

    /// `reboot`.
    pub(super) async fn reboot(&self, io: &Io) -> Outcome {
        if self.user != User::Root {
            let said = "Call to Reboot failed: Interactive authentication required.\n";
            io.err(said).await?;
            return Ok(1);
        }
        self.machine.reboot();
        Ok(0)
    }
}

/// Whether a name is like a pattern with at most one star.
fn is_like(name: &str, pattern: &str) -> bool {
    match pattern.split_once('*') {
        None => name == pattern,
        Some((before, after)) => {
            name.len() >= before.len() + after.len()
                && name.starts_with(before)
                && name.ends_with(after)
        }
    }
}

fn length(text: &str) -> Option<usize> {
    let (digits, unit) = match text.strip_suffix('M') {
        Some(digits) => (digits, 1024 * 1024),
        None => (
            text.trim_end_matches('K'),
            if text.ends_with('K') { 1024 } else { 1 },
        ),
    };
    digits.parse::<usize>().ok()?.checked_mul(unit)
}
