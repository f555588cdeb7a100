//! The join token as it lies on a node: read from there, or laid there, over a session.
//!
//! It goes through standard input and output only: never into an argument, which others on the
//! machine could see, and never into anything that is shown.

use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};

use crate::domain::bootstrap::JOIN_TOKEN;
use crate::ssh::{Output, Session, SshError};

/// No token is longer, in bytes.
const LONGEST: usize = 4_096;

/// The token on the machine at the other end; none where no readable one lies there.
pub(super) async fn read(session: &Session) -> Result<Option<SecretString>, SshError> {
    let output = session.run(&format!("sudo -n cat {JOIN_TOKEN}")).await?;
    let bytes = Zeroizing::new(output.stdout);
    let text = std::str::from_utf8(&bytes).unwrap_or_default().trim_end();
    let is_one = !text.is_empty()
        && text.len() <= LONGEST
        && text.chars().all(|letter| letter.is_ascii_graphic());
    Ok((output.exit.is_success() && is_one).then(|| SecretString::from(text)))
}

/// Lays `token` on the machine at the other end, for root alone and in one step: what lies there
/// stays until the new one is whole. How the command ended, and what it complained of.
pub(super) async fn lay(session: &Session, token: &SecretString) -> Result<Output, SshError> {
    let command = format!(
        "sudo -n sh -c 'umask 077; cat >{JOIN_TOKEN}.new && test -s {JOIN_TOKEN}.new && mv \
         {JOIN_TOKEN}.new {JOIN_TOKEN}'"
    );
    let line = format!("{}\n", token.expose_secret()).into_bytes();
    session.run_with(&command, line).await
}
