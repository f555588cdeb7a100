//! The repositories of the host, who may read them, and what they advertise.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// The token that may read what is private; the lab's vault holds it as `git-token`.
const TOKEN: &str = "lab-git-token";
/// A token that is good, and may read nothing.
const POWERLESS: &str = "lab-git-powerless";
const CAPABILITIES: &str = "multi_ack thin-pack side-band side-band-64k ofs-delta shallow no-progress \
                            include-tag multi_ack_detailed symref=HEAD:refs/heads/main \
                            object-format=sha1 agent=git/lab";
const MAIN: &str = "57d26d79ca5cd9bd055d4c4cec5bdf9b361e1c5e";
const RELEASE: &str = "38c418afd2da5789d1bc290580fdf405a958bb56";
const NO_OBJECT: &str = "0000000000000000000000000000000000000000";

/// What the host does when a repository's references are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// It tells them.
    References(&'static [(&'static str, &'static str)]),
    /// It sends whoever asks to another address.
    Moved(&'static str),
    /// It wants to know who asks, or does not believe it.
    WhoAsks,
    /// It knows who asks, who may not read this.
    Forbidden,
    /// There is none, as far as whoever asks may know.
    Nowhere,
}

const USUAL: &[(&str, &str)] = &[
    (MAIN, "HEAD"),
    (MAIN, "refs/heads/main"),
    (RELEASE, "refs/tags/v1.0.0"),
];

/// What is answered for the repository at `path` to a request with this `Authorization` header.
pub(super) fn answer(path: &str, authorization: Option<&str>) -> Answer {
    let token = authorization.and_then(token);
    let known = matches!(token.as_deref(), Some(TOKEN | POWERLESS));
    if token.is_some() && !known {
        return Answer::WhoAsks;
    }
    match path {
        "/example/homelab.git" | "/example/homelab" => Answer::References(USUAL),
        "/example/empty.git" => Answer::References(&[]),
        "/example/renamed.git" => Answer::Moved("/example/homelab.git"),
        "/example/moved.git" => Answer::Moved("https://git.example.net/example/homelab.git"),
        // Whether a private repository is there is nobody's business who does not say who asks.
        _ if token.is_none() => Answer::WhoAsks,
        "/example/private.git" if token.as_deref() == Some(TOKEN) => Answer::References(USUAL),
        "/example/private.git" => Answer::Forbidden,
        _ => Answer::Nowhere,
    }
}

/// The password of HTTP's basic scheme; a host of Git takes tokens there, beside any name.
fn token(authorization: &str) -> Option<String> {
    let encoded = authorization.strip_prefix("Basic ")?;
    let decoded = String::from_utf8(STANDARD.decode(encoded).ok()?).ok()?;
    let (_, password) = decoded.split_once(':')?;
    Some(password.to_owned())
}

/// The references as lines of the protocol, version 0.
pub(super) fn advertised(references: &[(&str, &str)]) -> String {
    let mut text = pkt("# service=git-upload-pack\n") + "0000";
    let nothing = [(NO_OBJECT, "capabilities^{}")];
    let references = if references.is_empty() {
        &nothing
    } else {
        references
    };
    let mut capabilities = format!("\0{CAPABILITIES}");
    for (object, name) in references {
        text += &pkt(&format!("{object} {name}{capabilities}\n"));
        capabilities.clear();
    }
    text + "0000"
}

fn pkt(line: &str) -> String {
    format!("{:04x}{line}", line.len() + 4)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    const PRIVATE: &str = "/example/private.git";

    #[rstest]
    #[case::open("/example/homelab.git", None, Answer::References(USUAL))]
    #[case::open_to_a_wrong_token("/example/homelab.git", Some("x:wrong"), Answer::WhoAsks)]
    #[case::private(PRIVATE, None, Answer::WhoAsks)]
    #[case::private_with_token(PRIVATE, Some("git:lab-git-token"), Answer::References(USUAL))]
    #[case::private_without_rights(PRIVATE, Some("git:lab-git-powerless"), Answer::Forbidden)]
    #[case::hidden("/example/none.git", None, Answer::WhoAsks)]
    #[case::missing("/example/none.git", Some("git:lab-git-token"), Answer::Nowhere)]
    fn who_asks_decides(#[case] path: &str, #[case] login: Option<&str>, #[case] expected: Answer) {
        let header = login.map(|login| format!("Basic {}", STANDARD.encode(login)));
        assert_eq!(answer(path, header.as_deref()), expected);
    }
}
