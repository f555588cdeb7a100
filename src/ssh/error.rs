//! What can go wrong between us and a node, in kinds that call for different acts.
//!
//! Errors are values that can be kept and shown later, so causes are kept as words.

use std::path::PathBuf;
use std::time::Duration;

use crate::domain::line::Line;
use crate::domain::problem::Problem;

/// An SSH connection, login, command or forwarding that did not come about.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SshError {
    /// In lab mode, an address that the lab did not give.
    #[error("{address} is not in [dial], and nothing else is dialled while [dial] is set")]
    NotDialled {
        /// `host:port`.
        address: Line,
    },
    /// Nobody listens there.
    #[error("{to} refuses the connection")]
    Refused {
        /// Which machine.
        to: Line,
    },
    /// No way there.
    #[error("{to} cannot be reached: {why}")]
    Unreachable {
        /// Which machine.
        to: Line,
        /// The system's words.
        why: Line,
    },
    /// No answer in time.
    #[error("{to} did not answer within {} s", .limit.as_secs_f32())]
    TimedOut {
        /// Which machine.
        to: Line,
        /// How long it was waited for.
        limit: Duration,
    },
    /// Another host key than the pinned ones.
    #[error(
        "{to} shows the host key {offered}, and pinned for it is {}",
        told(pinned)
    )]
    HostKey {
        /// Which machine.
        to: Line,
        /// The fingerprint of the key that it showed.
        offered: Line,
        /// The fingerprints of the keys that it should have.
        pinned: Vec<Line>,
    },
    /// None of our keys is accepted.
    #[error("{to} does not let {user} in with {}", told(tried))]
    Login {
        /// Which machine.
        to: Line,
        /// As whom.
        user: Line,
        /// The fingerprints of the keys that were shown.
        tried: Vec<Line>,
    },
    /// The private key cannot be used, and no agent has one.
    #[error("the SSH key {}: {why}", .path.display())]
    Key {
        /// Its file.
        path: PathBuf,
        /// Why not.
        why: KeyFault,
    },
    /// A machine on the way does not open a connection onwards.
    #[error("{through} does not forward to {target}: {why}")]
    Forward {
        /// The machine that was asked.
        through: Line,
        /// `host:port`.
        target: Line,
        /// Its reason.
        why: Line,
    },
    /// The connection is gone.
    #[error("the connection to {to} was lost: {why}")]
    Closed {
        /// Which machine.
        to: Line,
        /// What ended it.
        why: Line,
    },
    /// The other side does not speak SSH as we do.
    #[error("{to} answers, but not as an SSH server should: {why}")]
    Protocol {
        /// Which machine.
        to: Line,
        /// What was wrong.
        why: Line,
    },
    /// A command printed more than is kept.
    #[error("a command on {to} printed more than {} MiB: {command}", limit >> 20)]
    TooMuch {
        /// Which machine.
        to: Line,
        /// What was run.
        command: Line,
        /// Bytes that are kept at most.
        limit: usize,
    },
}

/// Why a private key cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyFault {
    /// No such file.
    #[error("there is no such file")]
    Missing,
    /// It cannot be read.
    #[error("it cannot be read: {0}")]
    Unreadable(Line),
    /// It is encrypted, and no passphrase was given.
    #[error("it is encrypted, and no passphrase was given")]
    Encrypted,
    /// The passphrase does not open it.
    #[error("the passphrase does not open it")]
    WrongPassphrase,
    /// It is the public half.
    #[error("it is a public key; the private one is the file without .pub")]
    Public,
    /// Not a private key that we can read.
    #[error("it is not a private key in OpenSSH's or PKCS#8's format: {0}")]
    Format(Line),
}

impl SshError {
    /// Whether trying again later, with nothing changed on our side, may help.
    pub fn may_pass(&self) -> bool {
        match self {
            Self::Refused { .. }
            | Self::Unreachable { .. }
            | Self::TimedOut { .. }
            | Self::Forward { .. }
            | Self::Closed { .. }
            | Self::Protocol { .. } => true,
            Self::NotDialled { .. }
            | Self::HostKey { .. }
            | Self::Login { .. }
            | Self::Key { .. }
            | Self::TooMuch { .. } => false,
        }
    }

    /// For a person: what happened, the evidence, what to do.
    pub fn problem(&self) -> Problem {
        Problem {
            title: self.title().to_owned(),
            detail: crate::domain::text::line(&self.to_string()),
            next: self.next(),
            request_id: None,
        }
    }

    fn title(&self) -> &'static str {
        match self {
            Self::NotDialled { .. } => "an address outside of the lab",
            Self::Refused { .. } | Self::Unreachable { .. } | Self::TimedOut { .. } => {
                "no SSH connection"
            }
            Self::HostKey { .. } => "the host key is not the pinned one",
            Self::Login { .. } => "the SSH login is refused",
            Self::Key { .. } => "the SSH key cannot be used",
            Self::Forward { .. } => "no way onwards",
            Self::Closed { .. } => "the SSH connection was lost",
            Self::Protocol { .. } => "no SSH server",
            Self::TooMuch { .. } => "a command printed too much",
        }
    }

    fn next(&self) -> String {
        match self {
            Self::NotDialled { .. } => {
                "add the address to [dial] in cluster.toml, or remove [dial]".to_owned()
            }
            Self::Refused { .. } | Self::Unreachable { .. } | Self::TimedOut { .. } => {
                "see whether the instance runs, and whether network.ssh_from in cluster.toml lets \
                 your address in on port 22"
                    .to_owned()
            }
            Self::HostKey { .. } => {
                "do not go on: somebody may sit in between. If the machine's keys were made anew, \
                 compare the fingerprint with its serial console, then remove its lines from \
                 .k3scope/known_hosts and run k3scope bootstrap"
                    .to_owned()
            }
            Self::Login { .. } => {
                "see whether ssh.private_key in cluster.toml belongs to the ssh.public_key that \
                 the nodes were made with"
                    .to_owned()
            }
            Self::Key { path, why } => why.next(path),
            Self::Forward { .. } => {
                "see whether the machine behind it runs and has come up so far".to_owned()
            }
            Self::Closed { .. } => "try again; see whether the instance still runs".to_owned(),
            Self::Protocol { .. } => {
                "see what listens on that port; the instance may still be starting".to_owned()
            }
            Self::TooMuch { .. } => "log in with k3scope ssh and look there".to_owned(),
        }
    }
}

impl KeyFault {
    fn next(&self, path: &std::path::Path) -> String {
        let path = path.display();
        match self {
            Self::Missing | Self::Public => {
                "name the private key's file under [ssh] private_key in cluster.toml, or load the \
                 key into an agent (SSH_AUTH_SOCK)"
                    .to_owned()
            }
            Self::Unreadable(_) => format!("see who may read {path}"),
            Self::Encrypted => {
                format!("load it into an agent: ssh-add {path}, or set K3SCOPE_SSH_PASSPHRASE")
            }
            Self::WrongPassphrase => format!("try the passphrase: ssh-keygen -y -f {path}"),
            Self::Format(_) => {
                format!("look at the file; ssh-keygen -y -f {path} tells whether OpenSSH reads it")
            }
        }
    }
}

fn told(fingerprints: &[Line]) -> String {
    match fingerprints {
        [] => "no key".to_owned(),
        some => {
            let some: Vec<&str> = some.iter().map(Line::as_str).collect();
            some.join(" or ")
        }
    }
}

/// What russh says of a session, as far as it tells why there is none.
pub(super) fn of_session(to: &Line, error: &russh::Error) -> SshError {
    use std::io::ErrorKind;
    let to = to.clone();
    let why = Line::new(&error.to_string());
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the library's set of errors is large, and all others are the protocol's"
    )]
    match error {
        russh::Error::IO(io) if io.kind() == ErrorKind::ConnectionRefused => {
            SshError::Refused { to }
        }
        russh::Error::IO(_)
        | russh::Error::HUP
        | russh::Error::Disconnect
        | russh::Error::SendError
        | russh::Error::RecvError
        | russh::Error::KeepaliveTimeout
        | russh::Error::InactivityTimeout
        | russh::Error::ConnectionTimeout => SshError::Closed { to, why },
        _ => SshError::Protocol { to, why },
    }
}
