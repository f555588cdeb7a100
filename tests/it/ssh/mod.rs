//! The SSH client against a server of the tests' own that can misbehave, and against OpenSSH's.

mod api;
mod client;
mod gateway;
mod hostile;
mod login;
mod openssh;
mod openssh_keys;
mod openssh_logs;
mod program;
mod server;
mod sshd;
