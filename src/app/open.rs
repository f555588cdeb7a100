//! Opens a web page in this machine's browser, by the system's own opener and never by a shell.

use std::env;
use std::process::Stdio;

use http::Uri;
use tokio::process::Command;

/// Why no browser was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unopened {
    /// Only pages of the web are opened.
    #[error("only addresses with http or https are opened")]
    NotWeb,
    /// There is no desktop, as in a session over SSH.
    #[error("there is no desktop here")]
    NoDesktop,
    /// The opener is not installed, or cannot be run.
    #[error("there is no program here that opens addresses")]
    NoOpener,
}

/// Asks the system to open `url`. Whether it does is not waited for.
pub(super) fn open(url: &str) -> Result<(), Unopened> {
    if !is_web(url) {
        return Err(Unopened::NotWeb);
    }
    let opener = if cfg!(target_os = "macos") {
        "open"
    } else {
        let is_set = |name| env::var_os(name).is_some_and(|value| !value.is_empty());
        if !is_set("DISPLAY") && !is_set("WAYLAND_DISPLAY") {
            return Err(Unopened::NoDesktop);
        }
        "xdg-open"
    };
    // The runtime waits for the child in our place.
    Command::new(opener)
        .arg(url)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map(drop)
        .map_err(|_| Unopened::NoOpener)
}

/// Whether it is the address of a page, and nothing that an opener would take for an option or a file.
fn is_web(url: &str) -> bool {
    let parsed: Result<Uri, _> = url.parse();
    parsed.is_ok_and(|uri| {
        let is_web = matches!(uri.scheme_str(), Some("http" | "https"));
        is_web && uri.host().is_some_and(|host| !host.is_empty())
    })
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("https://docs.example.com/", true)]
    #[case("http://docs.example.com/.well-known/acme-challenge/x", true)]
    #[case("file:///etc/passwd", false)]
    #[case("javascript:alert(1)", false)]
    #[case("--help", false)]
    #[case("docs.example.com", false)]
    #[case("", false)]
    fn only_pages_of_the_web_are_opened(#[case] url: &str, #[case] expected: bool) {
        assert_eq!(is_web(url), expected);
        if !expected {
            assert_eq!(open(url), Err(Unopened::NotWeb));
        }
    }
}
