//! Logs that are followed through OpenSSH's server while the connection is cut again and again: what
//! arrives is the file, byte for byte.

use std::collections::BTreeSet;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::pin::pin;

use futures::future::Either;
use k3scope::bootstrap::{Flow, LogFile, Logs, Piece};
use k3scope::clock::Clock;
use k3scope::domain::bootstrap::LogOrigin;
use k3scope::ssh::{Gateway, Hop, Session};
use rstest::rstest;

use super::sshd::{Sshd, Wire};

/// Waits of the product are a hundredth.
const PACE: f64 = 100.0;

/// A log on a machine, a wire to it that can be cut, and what was read so far.
struct Reader {
    sshd: Sshd,
    wire: Wire,
    file: PathBuf,
    logs: Logs,
    got: Vec<u8>,
    anew: usize,
}

impl Reader {
    async fn begin() -> Option<Self> {
        let sshd = Sshd::start().await?;
        let file = sshd.folder.path().join("it's a log");
        Some(Self {
            wire: Wire::to(sshd.address).await,
            logs: Logs::new([LogFile::at(LogOrigin::Script, file.to_str().unwrap())]),
            sshd,
            file,
            got: Vec::new(),
            anew: 0,
        })
    }

    async fn session(&self) -> Session {
        let (hop, login) = (self.sshd.hop(), self.sshd.login());
        let session = Session::connect(&hop, &login, &self.wire.dial(), Clock::default()).await;
        session.unwrap_or_else(|error| panic!("{error}\n{}", self.sshd.log()))
    }

    fn take(&mut self, piece: Piece) {
        self.logs.took(&piece);
        match piece {
            Piece::More(_, bytes) => self.got.extend(bytes),
            Piece::Anew(_) => {
                self.got.clear();
                self.anew += 1;
            }
        }
    }

    /// Reads on until that is what was read.
    async fn reads(&mut self, flow: &mut Flow<'_>, wanted: &[u8]) {
        while self.got != wanted {
            let piece = flow.next().await.expect("the session lasts");
            self.take(piece);
            let (got, wanted) = (self.got.len(), wanted.len());
            assert!(got <= wanted, "{got} bytes, and not {wanted}");
        }
    }

    /// Reads until the session has ended.
    async fn drains(&mut self, flow: &mut Flow<'_>) {
        while let Some(piece) = flow.next().await {
            self.take(piece);
        }
    }

    fn append(&self, bytes: &[u8]) {
        append(&self.file, bytes);
    }
}

fn append(file: &Path, bytes: &[u8]) {
    let mut options = OpenOptions::new();
    let mut file = options.create(true).append(true).open(file).unwrap();
    file.write_all(bytes).unwrap();
}

#[tokio::test]
async fn a_cut_in_a_line_in_a_letter_or_between_loses_and_doubles_nothing() {
    let Some(mut reader) = Reader::begin().await else {
        return;
    };
    let clock = Clock::paced(PACE);
    // What is written while somebody reads, and what while nobody can.
    let story: [(&[u8], &[u8]); 6] = [
        (b"", b"the first line\n"),
        (b"half a li", b"ne\n"),
        (b"gr\xc3", b"\xbc\xc3\x9fe \xe2\x82"),
        (b"\xac 5\n\xff\xfe no text\r 10%\r 20%\r\n", b""),
        (b"\x1b[2J\x1b]52;c;aGk=\x07\0\n", b"\xf0\x9f"),
        (b"\x8c\x8d\n", b"the end, without its line's end"),
    ];
    let mut written = Vec::new();
    for (seen, unseen) in story {
        let session = reader.session().await;
        let logs = reader.logs.clone();
        let mut flow = logs.over(&session, clock);
        reader.append(seen);
        written.extend(seen);
        reader.reads(&mut flow, &written).await;
        reader.wire.cut();
        reader.drains(&mut flow).await;
        assert!(session.is_closed());
        reader.append(unseen);
        written.extend(unseen);
    }
    let session = reader.session().await;
    let logs = reader.logs.clone();
    reader
        .reads(&mut logs.over(&session, clock), &written)
        .await;
    assert_eq!(reader.anew, 0);
    let read = usize::try_from(reader.logs.read(LogOrigin::Script)).unwrap();
    assert_eq!(read, written.len());
}

/// Text of many lengths of line, with letters of one to four bytes.
fn long_log(lines: usize) -> Vec<u8> {
    let line = |number: usize| {
        let letters = ["x", "ü", "€", "🌍"].map(|letter| letter.repeat(number * 7 % 61));
        format!("{number} {}\n", letters.join("-"))
    };
    (0..lines).map(line).collect::<String>().into_bytes()
}

#[tokio::test]
async fn behind_a_jump_over_a_wire_that_never_lasts_it_arrives_whole() {
    let (Some(mut reader), Some(inner)) = (Reader::begin().await, Sshd::start().await) else {
        return;
    };
    let written = long_log(12_000);
    reader.append(&written);
    let hop = Hop {
        name: "k3s-server".into(),
        host: "127.0.0.1".to_owned(),
        port: inner.address.port(),
        keys: inner.keys.clone(),
    };
    let clock = Clock::paced(PACE);
    let way = Gateway::new(
        reader.sshd.hop(),
        reader.sshd.login(),
        reader.wire.dial(),
        clock,
    );
    // The same login is for both machines.
    let key = std::fs::read_to_string(reader.sshd.folder.path().join("authorized"));
    inner.lets_in(&key.unwrap());
    let mut stops = BTreeSet::new();
    let lengths = [400_003, 150_001, 777_777, 90_001].into_iter().cycle();
    for lasts in lengths.take(200) {
        reader.wire.lasts(lasts);
        let Ok(session) = way.node(&hop).await else {
            continue;
        };
        let logs = reader.logs.clone();
        let mut flow = logs.over(&session, clock);
        while reader.got.len() < written.len() {
            let Some(piece) = flow.next().await else {
                break;
            };
            reader.take(piece);
        }
        if reader.got.len() == written.len() {
            break;
        }
        stops.insert(reader.got.len());
    }
    assert!(reader.got == written, "it is another text by now");
    assert_eq!(reader.anew, 0);
    assert!(stops.len() >= 3, "it was cut on the way: {stops:?}");
}

fn shorter(file: &Path) {
    std::fs::write(file, "new\n").unwrap();
}

fn empty(file: &Path) {
    std::fs::write(file, "").unwrap();
}

fn as_long(file: &Path) {
    let length = std::fs::metadata(file).unwrap().len();
    std::fs::write(file, "n".repeat(usize::try_from(length).unwrap())).unwrap();
}

fn longer(file: &Path) {
    std::fs::write(file, "another log\n".repeat(1_000)).unwrap();
}

fn replaced(file: &Path) {
    let other = file.with_extension("other");
    std::fs::write(&other, "rotated\n".repeat(300)).unwrap();
    std::fs::rename(other, file).unwrap();
}

#[rstest]
#[case::shorter(shorter)]
#[case::empty(empty)]
#[case::as_long(as_long)]
#[case::longer(longer)]
#[case::replaced(replaced)]
#[tokio::test]
async fn a_file_that_is_another_after_a_cut_is_read_from_its_beginning(
    #[case] changes: fn(&Path),
    #[values(10, 5_000)] lines: usize,
) {
    let Some(mut reader) = Reader::begin().await else {
        return;
    };
    let clock = Clock::paced(PACE);
    let old = "an old line\n".repeat(lines).into_bytes();
    reader.append(&old);
    let session = reader.session().await;
    let logs = reader.logs.clone();
    let mut flow = logs.over(&session, clock);
    reader.reads(&mut flow, &old).await;
    reader.wire.cut();
    reader.drains(&mut flow).await;

    changes(&reader.file);
    let new = std::fs::read(&reader.file).unwrap();
    let session = reader.session().await;
    let logs = reader.logs.clone();
    let mut flow = logs.over(&session, clock);
    while reader.anew == 0 {
        let piece = flow.next().await.unwrap();
        reader.take(piece);
    }
    reader.reads(&mut flow, &new).await;
    reader.append(b"and it grows\n");
    let grown = [new.as_slice(), b"and it grows\n"].concat();
    reader.reads(&mut flow, &grown).await;
    assert_eq!(reader.anew, 1, "once is enough");
}

#[tokio::test]
async fn a_file_that_is_gone_and_comes_back_is_waited_for() {
    let Some(mut reader) = Reader::begin().await else {
        return;
    };
    let clock = Clock::paced(PACE);
    let session = reader.session().await;
    let logs = reader.logs.clone();
    let mut flow = logs.over(&session, clock);
    // The answer comes behind the command that waits for the file.
    let asked = pin!(session.run("true"));
    assert!(matches!(flow.or(asked).await, Either::Right(Ok(_))));
    reader.append(b"it is there now\n");
    reader.reads(&mut flow, b"it is there now\n").await;
    reader.wire.cut();
    reader.drains(&mut flow).await;

    std::fs::remove_file(&reader.file).unwrap();
    let session = reader.session().await;
    let logs = reader.logs.clone();
    let mut flow = logs.over(&session, clock);
    let asked = pin!(session.run("true"));
    assert!(matches!(flow.or(asked).await, Either::Right(Ok(_))));
    reader.append(b"made anew\n");
    while reader.anew == 0 {
        let piece = flow.next().await.unwrap();
        reader.take(piece);
    }
    reader.reads(&mut flow, b"made anew\n").await;
}

#[tokio::test]
async fn a_file_that_is_cut_short_before_our_eyes_comes_whole_from_its_beginning() {
    let Some(mut reader) = Reader::begin().await else {
        return;
    };
    reader.append(&b"old line\n".repeat(100));
    let session = reader.session().await;
    let logs = reader.logs.clone();
    let mut flow = logs.over(&session, Clock::paced(PACE));
    reader.reads(&mut flow, &b"old line\n".repeat(100)).await;
    std::fs::write(&reader.file, "new line\n").unwrap();
    // What was begun to be told as more of the old one is told again as the new one's.
    while reader.anew == 0 || reader.got != b"new line\n" {
        let piece = flow.next().await.unwrap();
        reader.take(piece);
    }
}

#[tokio::test]
async fn a_log_that_is_far_behind_does_not_keep_answers_from_coming() {
    let Some(mut reader) = Reader::begin().await else {
        return;
    };
    // More than all that may lie between the machine and who reads.
    let file = std::fs::File::create(&reader.file).unwrap();
    file.set_len(24 << 20).unwrap();
    let session = reader.session().await;
    let logs = reader.logs.clone();
    let mut flow = logs.over(&session, Clock::default());
    let first = flow.next().await.unwrap();
    reader.take(first);
    for _ in 0..3 {
        let mut asked = pin!(session.run("echo in"));
        let answer = loop {
            match flow.or(asked.as_mut()).await {
                Either::Left(piece) => reader.take(piece),
                Either::Right(answer) => break answer,
            }
        };
        assert_eq!(answer.unwrap().stdout, b"in\n");
    }
    reader.reads(&mut flow, &vec![0; 24 << 20]).await;
}

#[tokio::test]
async fn what_a_terminal_would_obey_arrives_as_harmless_lines() {
    let Some(sshd) = Sshd::start().await else {
        return;
    };
    let file = sshd.folder.path().join("log");
    let mut hostile =
        b"\x1b[2J\x1b[31mred\x1b]0;title\x07\n50%\r100%\n\xff\xc3\x28\0\x08\n".to_vec();
    hostile.extend("\u{202e}txt.exe\u{2066}\u{9b}31m\n".bytes());
    hostile.extend(vec![b'x'; 1 << 20]);
    std::fs::write(&file, hostile).unwrap();
    let session = sshd.session().await;
    let cat = format!("cat {}", file.display());
    let mut lines = session.stream(&cat).await.unwrap().lines();
    let mut seen = 0;
    while let Some(line) = lines.next().await {
        let harmless = |letter: char| !letter.is_control() && !"\u{202e}\u{2066}".contains(letter);
        assert!(line.chars().all(harmless), "{line:?}");
        seen += 1;
    }
    assert!(seen >= 5);
}
