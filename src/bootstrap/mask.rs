//! Keeps secrets out of what is read from nodes, before anything else sees it.

use std::sync::LazyLock;

use regex::Regex;
use secrecy::{ExposeSecret, SecretString};

const MASK: &str = "***";

/// K3s' own tokens (`K10HASH::USER:PASSWORD`), and what is written after a token's name.
static LOOKS_SECRET: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r#"(?x) K10[0-9A-Za-z]{6,}(?:::[^\s"']*)?
        | (?P<name> (?:K3S_(?:AGENT_)?TOKEN|--(?:agent-)?token)["']?[=:\s]\s*["']? ) [^\s"'$<]{8,}
        | (?P<bearer> (?i:bearer)\s+ ) [0-9A-Za-z._~+/=-]{12,}"#,
    )
    .ok()
});

/// Replaces what looks like a secret, and the secrets that are known.
#[derive(Clone, Debug, Default)]
pub(crate) struct Mask {
    known: Vec<SecretString>,
}

impl Mask {
    /// `known` secrets are replaced wherever they stand; short ones would blacken plain words.
    pub(crate) fn new(known: impl IntoIterator<Item = SecretString>) -> Self {
        let long = |secret: &SecretString| secret.expose_secret().len() >= 8;
        Self {
            known: known.into_iter().filter(long).collect(),
        }
    }

    /// `line` without secrets.
    pub(crate) fn apply(&self, line: &str) -> String {
        let mut line = match LOOKS_SECRET.as_ref() {
            Some(pattern) => pattern
                .replace_all(line, format!("${{name}}${{bearer}}{MASK}"))
                .into_owned(),
            // Better no line than one that may hold a secret.
            None => return MASK.to_owned(),
        };
        for secret in &self.known {
            line = line.replace(secret.expose_secret(), MASK);
        }
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::server("K10ab12cd34ef::server:0123456789abcdef in use", "*** in use")]
    #[case::short("token K10ab12cd34ef", "token ***")]
    #[case::variable("K3S_TOKEN=0123456789abcdef sh -", "K3S_TOKEN=*** sh -")]
    #[case::quoted("K3S_TOKEN=\"0123456789abcdef\"", "K3S_TOKEN=\"***\"")]
    #[case::flag(
        "k3s agent --token 0123456789abcdef --server x",
        "k3s agent --token *** --server x"
    )]
    #[case::file(
        "k3s agent --token-file /etc/k3scope/agent-token",
        "k3s agent --token-file /etc/k3scope/agent-token"
    )]
    #[case::bearer("Authorization: Bearer abcdefghijklmnop", "Authorization: Bearer ***")]
    #[case::known("hunter2hunter2 was laid", "*** was laid")]
    #[case::plain("K3s v1.36.4+k3s1 is running", "K3s v1.36.4+k3s1 is running")]
    fn secrets_are_replaced_and_nothing_else(#[case] given: &str, #[case] kept: &str) {
        let mask = Mask::new([
            SecretString::from("hunter2hunter2"),
            SecretString::from("K3s"),
        ]);
        assert_eq!(mask.apply(given), kept);
    }
}
