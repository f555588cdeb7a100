//! `tail`, which also follows files that grow or are yet to come.

use super::Shell;
use super::files::Trouble;
use super::io::{Gone, Io};
use super::run::Outcome;
use crate::lab::nodes::disk::File;

/// How `tail` was called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Call {
    from: From,
    follow: bool,
    /// Whether a file that is not there is waited for.
    retry: bool,
    quiet: bool,
    files: Vec<String>,
}

/// Where the output begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum From {
    LastLines(usize),
    Line(usize),
    LastBytes(usize),
    Byte(usize),
}

/// A file that is followed, and how far it has been shown.
struct Followed {
    written: String,
    path: String,
    offset: u64,
    /// Which file it was when it was read last.
    number: u64,
    there: bool,
}

/// Reads the arguments; none when they make no sense.
pub(super) fn parse(arguments: &[String]) -> Option<Call> {
    let mut call = Call {
        from: From::LastLines(10),
        follow: false,
        retry: false,
        quiet: false,
        files: Vec::new(),
    };
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        match argument.as_str() {
            "-f" | "--follow" | "--follow=descriptor" | "--follow=name" => call.follow = true,
            "-F" => (call.follow, call.retry) = (true, true),
            "--retry" => call.retry = true,
            "-q" | "--quiet" | "--silent" => call.quiet = true,
            "-n" | "--lines" => call.from = lines(rest.next()?)?,
            "-c" | "--bytes" => call.from = bytes(rest.next()?)?,
            "--" => call.files.extend(rest.by_ref().cloned()),
            short if short.starts_with("-n") => call.from = lines(&short.replacen("-n", "", 1))?,
            short if short.starts_with("-c") => call.from = bytes(&short.replacen("-c", "", 1))?,
            long if long.starts_with("--lines=") => call.from = lines(long.split_once('=')?.1)?,
            long if long.starts_with("--bytes=") => call.from = bytes(long.split_once('=')?.1)?,
            number if number.starts_with('-') && number.len() > 1 => call.from = lines(number)?,
            file => call.files.push(file.to_owned()),
        }
    }
    Some(call)
}

fn lines(text: &str) -> Option<From> {
    match text.strip_prefix('+') {
        Some(number) => Some(From::Line(number.parse().ok()?)),
        None => Some(From::LastLines(text.trim_start_matches('-').parse().ok()?)),
    }
}

fn bytes(text: &str) -> Option<From> {
    match text.strip_prefix('+') {
        Some(number) => Some(From::Byte(number.parse().ok()?)),
        None => Some(From::LastBytes(text.trim_start_matches('-').parse().ok()?)),
    }
}

/// The part of a content that is shown first.
pub(super) fn part(content: &[u8], from: From) -> &[u8] {
    content.get(begin(content, from)..).unwrap_or_default()
}

/// Where that part begins.
fn begin(content: &[u8], from: From) -> usize {
    let starts = || {
        let after = |(place, byte): (usize, &u8)| (*byte == b'\n').then_some(place + 1);
        std::iter::once(0)
            .chain(content.iter().enumerate().filter_map(after))
            .filter(|place| *place < content.len())
    };
    match from {
        From::Byte(number) => number.saturating_sub(1),
        From::LastBytes(count) => content.len().saturating_sub(count),
        From::Line(number) => starts()
            .nth(number.saturating_sub(1))
            .unwrap_or(content.len()),
        From::LastLines(count) => {
            let skipped = starts().count().saturating_sub(count);
            starts().nth(skipped).unwrap_or(content.len())
        }
    }
}

/// The offset in a file of what is shown first, counted from the file's first byte ever.
fn offset(file: &File, from: From) -> u64 {
    let wide = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
    let place = match from {
        From::Byte(number) => wide(number.saturating_sub(1)),
        From::LastLines(_) | From::Line(_) | From::LastBytes(_) => file
            .begin()
            .saturating_add(wide(begin(&file.content, from))),
    };
    place.clamp(file.begin(), file.end())
}

impl Shell {
    pub(super) async fn tail(&self, arguments: &[String], io: &Io) -> Outcome {
        let Some(call) = parse(arguments) else {
            io.err("tail: invalid option or number\n").await?;
            return Ok(1);
        };
        if call.files.is_empty() {
            io.out(part(&io.input().await, call.from)).await?;
            return Ok(0);
        }
        let headed = call.files.len() > 1 && !call.quiet;
        let mut changes = self.machine.disk().changes();
        let mut followed = Vec::new();
        let mut shown = None;
        let mut status = 0;
        for (place, written) in call.files.iter().enumerate() {
            let mut file = Followed {
                written: written.clone(),
                path: self.path(written),
                offset: 0,
                number: 0,
                there: true,
            };
            match self.check(&file.path) {
                Ok(()) => {
                    if headed {
                        header(io, written, place == 0).await?;
                        shown = Some(place);
                    }
                    if let Some(found) = self.machine.disk().file(&file.path) {
                        file.offset = offset(&found, call.from);
                        file.number = found.number();
                        drop(found);
                        self.pour(&mut file, io).await?;
                    } else if let Ok(content) = self.read(&file.path) {
                        io.pour(part(&content, call.from)).await?;
                    }
                }
                Err(trouble) => {
                    status = 1;
                    file.there = false;
                    complain(io, written, trouble).await?;
                    if trouble != Trouble::Missing || !call.retry {
                        continue;
                    }
                }
            }
            followed.push((place, file));
        }
        if !call.follow {
            return Ok(status);
        }
        if followed.is_empty() {
            io.err("tail: no files remaining\n").await?;
            return Ok(1);
        }
        loop {
            for (place, file) in &mut followed {
                self.show_news(file, io, (headed, &mut shown, *place))
                    .await?;
            }
            if changes.changed().await.is_err() {
                return Ok(status);
            }
        }
    }

    async fn show_news(
        &self,
        file: &mut Followed,
        io: &Io,
        (headed, shown, place): (bool, &mut Option<usize>, usize),
    ) -> Result<(), Gone> {
        let name = file.written.clone();
        let now = self.machine.disk().file(&file.path);
        let Some(now) = now else {
            if std::mem::replace(&mut file.there, false) {
                io.err(format!("tail: '{name}' has become inaccessible\n"))
                    .await?;
                file.offset = 0;
            }
            return Ok(());
        };
        if self.check(&file.path).is_err() {
            return Ok(());
        }
        if !std::mem::replace(&mut file.there, true) {
            file.offset = 0;
            io.err(format!(
                "tail: '{name}' has appeared;  following new file\n"
            ))
            .await?;
        } else if now.number() != file.number {
            file.offset = 0;
            io.err(format!(
                "tail: '{name}' has been replaced;  following new file\n"
            ))
            .await?;
        } else if now.end() < file.offset {
            file.offset = 0;
            io.err(format!("tail: {name}: file truncated\n")).await?;
        }
        file.number = now.number();
        if now.end() == file.offset {
            return Ok(());
        }
        drop(now);
        if headed && *shown != Some(place) {
            header(io, &file.written, false).await?;
            *shown = Some(place);
        }
        self.pour(file, io).await
    }

    /// Shows a file from where it was read last to its end, piece by piece: as much of it is in
    /// memory at once as the reader has room for.
    async fn pour(&self, file: &mut Followed, io: &Io) -> Result<(), Gone> {
        loop {
            let piece = self.machine.disk().read_from(&file.path, file.offset);
            let Some(piece) = piece.filter(|it| it.number == file.number && it.next > file.offset)
            else {
                return Ok(());
            };
            file.offset = piece.next;
            io.out(piece.bytes).await?;
        }
    }
}

async fn header(io: &Io, name: &str, first: bool) -> Result<(), Gone> {
    let gap = if first { "" } else { "\n" };
    io.out(format!("{gap}==> {name} <==\n")).await
}

async fn complain(io: &Io, name: &str, trouble: Trouble) -> Result<(), Gone> {
    let said = match trouble {
        Trouble::Folder => format!("tail: error reading '{name}': {trouble}\n"),
        Trouble::Missing | Trouble::Denied => {
            format!("tail: cannot open '{name}' for reading: {trouble}\n")
        }
    };
    io.err(said).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(line: &str) -> Option<Call> {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        parse(&words)
    }

    #[test]
    fn a_beginning_can_be_named_in_many_ways() {
        for (line, from) in [
            ("x", From::LastLines(10)),
            ("-n 3 x", From::LastLines(3)),
            ("-n3 x", From::LastLines(3)),
            ("-3 x", From::LastLines(3)),
            ("--lines=+1 x", From::Line(1)),
            ("-n +2 x", From::Line(2)),
            ("-c 4 x", From::LastBytes(4)),
            ("-c+5 x", From::Byte(5)),
        ] {
            let call = call(line).unwrap();
            assert_eq!(
                (call.from, call.files),
                (from, vec!["x".to_owned()]),
                "{line}"
            );
        }
        let follow = call("-n +1 -F x y").unwrap();
        assert!(follow.follow && follow.retry && follow.files.len() == 2);
        assert_eq!(call("-n many x"), None);
    }

    #[test]
    fn parts_are_counted_from_either_end() {
        let text = b"one\ntwo\nthree";
        let shown = |from| String::from_utf8_lossy(part(text, from)).into_owned();
        assert_eq!(shown(From::LastLines(2)), "two\nthree");
        assert_eq!(shown(From::LastLines(9)), "one\ntwo\nthree");
        assert_eq!(shown(From::LastLines(0)), "");
        assert_eq!(shown(From::Line(2)), "two\nthree");
        assert_eq!(shown(From::Line(1)), "one\ntwo\nthree");
        assert_eq!(shown(From::Line(4)), "");
        assert_eq!(shown(From::LastBytes(3)), "ree");
        assert_eq!(shown(From::Byte(9)), "three");
    }
}
