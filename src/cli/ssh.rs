//! `k3scope ssh NODE [-- CMD]`: a shell or a command on a node, with the host keys that are pinned.

use std::io::{IsTerminal, Read};

use crossterm::terminal::{disable_raw_mode, enable_raw_mode};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc;

use super::signals::Stop;
use super::{Exit, Failure, Globals, output, reach};
use crate::bootstrap::Reach;
use crate::domain::topology::{Node, Role};
use crate::ssh::{self, Chunk, Input, Running, Session, Size};

/// Pieces of input that wait to be sent.
const INPUT: usize = 8;
/// What OpenSSH ends with when a command's own status is not to be had.
const NO_STATUS: u8 = 255;

/// Arguments of `ssh`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The node, by its name in cluster.toml or by its role (ingress, server).
    #[arg(value_name = "NODE")]
    node: String,
    /// The command to run there; without it, a shell. Its words are put together with spaces and
    /// read by the node's shell.
    #[arg(last = true, value_name = "CMD")]
    command: Vec<String>,
}

pub(super) async fn run(args: &Args, globals: &Globals) -> Result<Exit, Failure> {
    if args.command.is_empty() && !(std::io::stdin().is_terminal() && crate::term::interactive()) {
        return Err(Failure::configuration(
            "a shell needs a terminal; give the command: k3scope ssh NODE -- CMD",
        ));
    }
    let reach = reach::open(globals).await?;
    let session = session(&reach, &args.node).await?;
    let ended = if args.command.is_empty() {
        shell(&session).await
    } else {
        command(&session, &args.command.join(" ")).await
    };
    session.close().await;
    ended
}

async fn session(reach: &Reach, name: &str) -> Result<Session, Failure> {
    let nodes = &reach.topology().nodes;
    let node = named(nodes, name).ok_or_else(|| {
        let known: Vec<&str> = nodes.iter().map(|node| node.name.as_str()).collect();
        Failure::configuration(format!(
            "cluster.toml has no node {name}; it has {}",
            known.join(", ")
        ))
    })?;
    Ok(reach.session(&node.name).await?)
}

/// The node of that name, or the only one of that role.
fn named<'a>(nodes: &'a [Node], name: &str) -> Option<&'a Node> {
    nodes.iter().find(|node| node.name == name).or_else(|| {
        let role = match name {
            "ingress" => Role::Ingress,
            "server" => Role::Server,
            "worker" => Role::Worker,
            _ => return None,
        };
        let mut of_role = nodes.iter().filter(|node| node.role == role);
        of_role.next().filter(|_| of_role.next().is_none())
    })
}

async fn command(session: &Session, command: &str) -> Result<Exit, Failure> {
    let running = session.stream(command).await?;
    let feeding = tokio::spawn(feed(running.input()));
    let shown = show(running).await;
    feeding.abort();
    shown
}

async fn shell(session: &Session) -> Result<Exit, Failure> {
    let term = std::env::var("TERM").unwrap_or_else(|_| "xterm-256color".to_owned());
    let mut stop = Stop::listen().map_err(Failure::other)?;
    // Before the size is told, so that no change of it is missed.
    let changes = signal(SignalKind::window_change()).map_err(Failure::other)?;
    let running = session.shell(&term, size()).await?;
    // From here on keys go to the node, Ctrl-C with them, and every way out gives the terminal back.
    let raw = Raw::take()?;
    let feeding = tokio::spawn(feed(running.input()));
    let sizing = tokio::spawn(follow_size(changes, running.input()));
    let shown = tokio::select! {
        shown = show(running) => shown,
        () = stop.received() => Ok(Exit::Interrupted),
    };
    feeding.abort();
    sizing.abort();
    drop(raw);
    shown
}

/// Writes what the command prints where it belongs, until it ends.
async fn show(mut running: Running) -> Result<Exit, Failure> {
    while let Some(chunk) = running.next().await {
        match chunk {
            Chunk::Out(bytes) => output::bytes(&bytes)?,
            Chunk::Err(bytes) => output::error_bytes(&bytes)?,
        }
    }
    Ok(match running.exit().await? {
        ssh::Exit::Status(status) => Exit::Command(u8::try_from(status).unwrap_or(NO_STATUS)),
        ssh::Exit::Signal(name) => {
            output::error_text(&format!("the command was ended by SIG{name}\n"))?;
            Exit::Command(NO_STATUS)
        }
    })
}

/// Sends standard input on.
async fn feed(input: Input) {
    let (sender, mut read) = mpsc::channel(INPUT);
    // A thread of its own: nothing takes a read from a terminal back, and the program's end must
    // not wait for the next key.
    std::thread::spawn(move || {
        let mut bytes = [0; 8192];
        let mut from = std::io::stdin();
        while let Ok(count) = from.read(&mut bytes) {
            let Some(read) = bytes.get(..count).filter(|read| !read.is_empty()) else {
                return;
            };
            if sender.blocking_send(read.to_vec()).is_err() {
                return;
            }
        }
    });
    while let Some(bytes) = read.recv().await {
        if input.write(bytes).await.is_err() {
            return;
        }
    }
    if let Err(error) = input.end().await {
        tracing::debug!(%error, "the command had ended already");
    }
}

async fn follow_size(mut changes: Signal, input: Input) {
    while changes.recv().await.is_some() {
        if input.resize(size()).await.is_err() {
            return;
        }
    }
}

fn size() -> Size {
    let (columns, rows) = crossterm::terminal::size().unwrap_or((80, 24));
    Size { columns, rows }
}

/// The terminal, handing on every key as it is typed, until this is dropped.
struct Raw;

impl Raw {
    fn take() -> Result<Self, Failure> {
        enable_raw_mode().map_err(Failure::other)?;
        Ok(Self)
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        if let Err(error) = disable_raw_mode() {
            tracing::debug!(%error, "the terminal could not be given back");
        }
    }
}
