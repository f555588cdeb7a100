//! What a server advertises: pkt-lines, and the references in them (gitprotocol-common(5),
//! gitprotocol-pack(5), gitprotocol-http(5)).

use crate::domain::line::Line;

/// The line that smart HTTP begins with.
const SERVICE: &[u8] = b"# service=git-upload-pack";
/// Cells of the length before each line.
const LENGTH: usize = 4;
/// What stands in place of a reference where a repository has none.
const NOTHING: &str = "capabilities^{}";
/// Shorter texts are no abbreviation of a commit.
const SHORTEST_COMMIT: usize = 7;

/// The references of a repository: each name, and the object that it leads to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::preflight) struct Advertised {
    references: Vec<(String, String)>,
}

/// What a revision is in a repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::preflight) enum Named {
    /// A branch, a tag or another reference, at this commit.
    Reference(&'static str, Line),
    /// It may be a commit: a server names only those that references lead to.
    MaybeCommit,
    /// There is none of that name.
    Nothing,
}

/// Why an answer is no list of references.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(in crate::preflight) enum Garbled {
    /// A length that is none, or more is announced than there is.
    #[error("a line of the answer is cut or has no length")]
    Length,
    /// It does not begin as it must.
    #[error("the answer does not announce git-upload-pack")]
    Service,
    /// The server's own words.
    #[error("the server says: {0}")]
    Server(Line),
}

impl Advertised {
    /// Reads an answer of `info/refs?service=git-upload-pack`.
    pub(in crate::preflight) fn read(answer: &[u8]) -> Result<Self, Garbled> {
        let mut lines = PktLines(answer);
        match lines.next().transpose()? {
            Some(first) if first.trim_ascii_end() == SERVICE => {}
            Some(first) => return Err(complaint(first).unwrap_or(Garbled::Service)),
            None => return Err(Garbled::Service),
        }
        let mut found = Self::default();
        for line in lines {
            let line = line?;
            if let Some(complaint) = complaint(line) {
                return Err(complaint);
            }
            found.take(line);
        }
        Ok(found)
    }

    /// Keeps the reference that a line names; other lines (`version 1`, `shallow …`) name none.
    fn take(&mut self, line: &[u8]) {
        let line = line.split(|byte| *byte == 0).next().unwrap_or_default();
        let Ok(line) = std::str::from_utf8(line) else {
            return;
        };
        let Some((id, name)) = line.trim_end().split_once(' ') else {
            return;
        };
        if is_object(id) && name != NOTHING {
            self.references.push((name.to_owned(), id.to_owned()));
        }
    }

    /// Whether there is no reference at all.
    pub(in crate::preflight) fn is_empty(&self) -> bool {
        self.references.is_empty()
    }

    /// The branches, by name.
    pub(in crate::preflight) fn branches(&self) -> impl Iterator<Item = &str> {
        let names = self.references.iter().map(|(name, _)| name.as_str());
        names.filter_map(|name| name.strip_prefix("refs/heads/"))
    }

    /// What `revision` is here, in the order in which Git looks.
    pub(in crate::preflight) fn named(&self, revision: &str) -> Named {
        let kinds = [
            ("reference", revision.to_owned()),
            ("tag", format!("refs/tags/{revision}")),
            ("branch", format!("refs/heads/{revision}")),
        ];
        for (kind, name) in kinds {
            let mut references = self.references.iter();
            if let Some((_, id)) = references.find(|(known, _)| *known == name) {
                return Named::Reference(kind, short(id));
            }
        }
        if revision.len() < SHORTEST_COMMIT || !revision.bytes().all(is_hexadecimal) {
            return Named::Nothing;
        }
        let mut references = self.references.iter();
        let tip = references.find(|(_, id)| id.starts_with(revision));
        tip.map_or(Named::MaybeCommit, |(_, id)| {
            Named::Reference("commit", short(id))
        })
    }
}

/// What a server says in place of an answer.
fn complaint(line: &[u8]) -> Option<Garbled> {
    let said = line.strip_prefix(b"ERR ")?;
    let said = String::from_utf8_lossy(said);
    Some(Garbled::Server(Line::new(said.trim())))
}

fn is_object(id: &str) -> bool {
    matches!(id.len(), 40 | 64) && id.bytes().all(is_hexadecimal)
}

fn is_hexadecimal(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'a'..=b'f')
}

fn short(id: &str) -> Line {
    Line::new(id.get(..SHORTEST_COMMIT).unwrap_or(id))
}

/// The lines of an answer; an empty one for a flush (`0000`) and the other marks without content.
struct PktLines<'a>(&'a [u8]);

impl<'a> Iterator for PktLines<'a> {
    type Item = Result<&'a [u8], Garbled>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let line = self.cut();
        if line.is_none() {
            self.0 = &[];
        }
        Some(line.ok_or(Garbled::Length))
    }
}

impl<'a> PktLines<'a> {
    fn cut(&mut self) -> Option<&'a [u8]> {
        let (length, rest) = self.0.split_at_checked(LENGTH)?;
        let length = std::str::from_utf8(length).ok()?;
        let length = usize::from_str_radix(length, 16).ok()?;
        // A length that does not count itself is a mark, and nothing follows it.
        let (line, rest) = rest.split_at_checked(length.saturating_sub(LENGTH))?;
        self.0 = rest;
        Some(line)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    const ONE: &str = "1111111111111111111111111111111111111111";
    const TWO: &str = "2222222222222222222222222222222222222222";

    fn pkt(line: &str) -> String {
        format!("{:04x}{line}", line.len() + 4)
    }

    fn answer(lines: &[String]) -> String {
        let service = pkt("# service=git-upload-pack\n");
        let lines: String = lines.iter().map(|line| pkt(line)).collect();
        format!("{service}0000{lines}0000")
    }

    fn usual() -> Advertised {
        let text = answer(&[
            format!("{ONE} HEAD\0multi_ack symref=HEAD:refs/heads/main agent=git/2.47\n"),
            format!("{ONE} refs/heads/main\n"),
            format!("{TWO} refs/heads/release/1\n"),
            format!("{TWO} refs/tags/v1.0\n"),
        ]);
        Advertised::read(text.as_bytes()).unwrap()
    }

    #[rstest]
    #[case::branch("main", Named::Reference("branch", "1111111".into()))]
    #[case::below_a_folder("release/1", Named::Reference("branch", "2222222".into()))]
    #[case::tag("v1.0", Named::Reference("tag", "2222222".into()))]
    #[case::whole_name("refs/tags/v1.0", Named::Reference("reference", "2222222".into()))]
    #[case::head("HEAD", Named::Reference("reference", "1111111".into()))]
    #[case::commit(ONE, Named::Reference("commit", "1111111".into()))]
    #[case::abbreviated("22222222", Named::Reference("commit", "2222222".into()))]
    #[case::older_commit("abcdef012345", Named::MaybeCommit)]
    #[case::too_short("abc", Named::Nothing)]
    #[case::missing("develop", Named::Nothing)]
    fn a_revision_is_found_as_git_finds_it(#[case] revision: &str, #[case] expected: Named) {
        assert_eq!(usual().named(revision), expected);
    }

    #[test]
    fn a_repository_without_commits_has_no_references() {
        let zero = "0".repeat(40);
        let text = answer(&[format!("{zero} capabilities^{{}}\0agent=git/2.47\n")]);
        assert!(Advertised::read(text.as_bytes()).unwrap().is_empty());
        assert_eq!(
            usual().branches().collect::<Vec<_>>(),
            ["main", "release/1"]
        );
    }

    #[test]
    fn what_is_no_such_answer_is_told() {
        let read = |text: &str| Advertised::read(text.as_bytes()).unwrap_err();
        assert_eq!(read("<!DOCTYPE html>"), Garbled::Length);
        assert_eq!(read(""), Garbled::Service);
        assert_eq!(read(&pkt("# service=git-receive-pack\n")), Garbled::Service);
        let refused = pkt("ERR no such\u{1b}[2J repository\n");
        assert_eq!(read(&refused), Garbled::Server("no such repository".into()));
        let whole = answer(&[format!("{ONE} refs/heads/main\n")]);
        let cut = whole.get(..whole.len() - 10).unwrap();
        assert_eq!(read(cut), Garbled::Length);
    }

    proptest! {
        #[test]
        fn no_answer_makes_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = Advertised::read(&bytes);
        }
    }
}
