//! The SSH client: host keys and pins, logins, sessions, commands, and the way through the ingress
//! node to what is private.
//!
//! It knows hosts, ports and keys. Which node is where, and when one is worth a visit, is for those
//! who call it. Nothing is trusted on first use: whoever connects brings the keys to expect.

mod agent;
mod command;
mod dial;
mod error;
mod gateway;
mod host_key;
mod keeper;
mod login;
mod pair;
mod pins;
mod session;
mod shown;
mod stream;

pub use agent::agent_keys;
pub use command::{Chunk, Exit, Input, Lines, Output, Running, Size};
pub use dial::Dial;
pub use error::{KeyFault, SshError};
pub use gateway::{Gateway, Link};
pub use host_key::{HostKey, HostKeys};
pub use login::Login;
pub use pair::{KeyPair, KeyPairError};
pub use pins::{Pin, Pins, PinsError};
pub use session::{Hop, Session};
pub use shown::shown_key;
pub use stream::Stream;
