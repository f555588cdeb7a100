//! Runs a node's bootstrap script again, as a unit of its own: it goes on when nobody is logged in
//! any more. How its stages fare is told by their markers, as in every run.

use std::collections::VecDeque;

use super::desk::Came;
use crate::bootstrap::lines::Lines;
use crate::bootstrap::shared::Shared;
use crate::domain::bootstrap::Stage;
use crate::domain::line::Line;
use crate::domain::problem::Problem;
use crate::ssh::{Chunk, Exit, Session, SshError};

/// The script, and the unit that it is run in when it is run again.
const SCRIPT: &str = "/usr/local/sbin/k3scope-bootstrap";
const UNIT: &str = "k3scope-again";
/// What the script exits with when another run has its lock.
const LOCKED: u32 = 75;
/// What it exits with when it does not know its arguments.
const USAGE: u32 = 2;
/// What systemd says of a unit of this name that runs already.
const LOADED: [&str; 2] = ["already loaded", "already exists"];
/// Lines that are shown of what a command said.
const LAST: usize = 8;

/// Runs it from a stage on, or whole.
pub(super) async fn run(shared: &Shared, node: &Line, from: Option<Stage>) -> Came {
    match from {
        Some(stage) => start(shared, node, &format!("{SCRIPT} --from {stage}")).await,
        None => start(shared, node, SCRIPT).await,
    }
}

/// Lets an agent join anew.
pub(super) async fn rejoin(shared: &Shared, node: &Line) -> Came {
    start(shared, node, &format!("{SCRIPT} --rejoin")).await
}

async fn start(shared: &Shared, node: &Line, script: &str) -> Came {
    let session = logged_in(shared, node)?;
    // A run that waits for another node has the script's lock, and what it waits for may be what is
    // to be mended here.
    let command = format!(
        "sudo -n systemctl stop k3scope-bootstrap; sudo -n systemd-run --unit={UNIT} --collect --wait \
         {script}"
    );
    let (said, ended) = watch(shared, &session, &command).await;
    let failed = |title: &str, next: String| Problem {
        title: format!("{node}: {title}"),
        detail: said
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join("\n"),
        next,
        request_id: None,
    };
    let journal = || format!("see what it says: k3scope ssh {node} -- sudo journalctl -u {UNIT}");
    match ended {
        Ok(exit) if exit.is_success() => Ok("its bootstrap ran to its end".into()),
        Ok(Exit::Status(LOCKED)) => Err(under_way(node)),
        Ok(Exit::Status(USAGE)) => {
            Err(failed("its script does not know how to do that", journal()))
        }
        Ok(_) if is_loaded(&said) => Err(under_way(node)),
        Ok(_) if has_begun(&said) => Err(failed(
            "its bootstrap failed again",
            "the stage that failed tells why".to_owned(),
        )),
        Ok(_) => Err(failed("its bootstrap could not be started", journal())),
        // It is the node that runs it now.
        Err(_) if has_begun(&said) => Ok(
            "its bootstrap runs; the connection was lost, its markers tell how it goes on".into(),
        ),
        Err(error) => Err(Problem {
            title: format!("{node}: its bootstrap could not be started"),
            ..error.problem()
        }),
    }
}

/// The session on a node, or that there is none.
pub(super) fn logged_in(shared: &Shared, node: &Line) -> Result<Session, Problem> {
    shared.session(node).ok_or_else(|| Problem {
        title: format!("{node}: nobody is logged in there"),
        detail: "it is done over SSH, and SSH does not let k3scope in now".to_owned(),
        next: "see the stage \"SSH login\"; when that is done, ask again".to_owned(),
        request_id: None,
    })
}

fn under_way(node: &Line) -> Problem {
    Problem {
        title: format!("{node}: another run of its bootstrap is under way"),
        detail: String::new(),
        next: format!(
            "watch its stages; ask again when it has ended, or end it: k3scope ssh {node} -- sudo \
             systemctl stop {UNIT}"
        ),
        request_id: None,
    }
}

/// Runs `command` to its end, however long that takes; the last of what it says, secrets taken out.
async fn watch(
    shared: &Shared,
    session: &Session,
    command: &str,
) -> (VecDeque<Line>, Result<Exit, SshError>) {
    let mut said = VecDeque::new();
    let mut running = match session.stream(command).await {
        Ok(running) => running,
        Err(error) => return (said, Err(error)),
    };
    let mut lines = Lines::default();
    let mut keep = |bytes: &[u8], lines: &mut Lines| {
        for line in lines.push(bytes) {
            let line = Line::new(&shared.mask.apply(&line));
            if !line.is_empty() {
                said.push_back(line);
            }
            let surplus = said.len().saturating_sub(LAST);
            said.drain(..surplus);
        }
    };
    while let Some(Chunk::Out(bytes) | Chunk::Err(bytes)) = running.next().await {
        keep(&bytes, &mut lines);
    }
    keep(b"\n", &mut lines);
    let ended = running.exit().await;
    (said, ended)
}

fn is_loaded(said: &VecDeque<Line>) -> bool {
    let says = |line: &Line| LOADED.iter().any(|words| line.contains(words));
    said.iter().any(says)
}

/// Whether systemd has said that it runs the unit.
fn has_begun(said: &VecDeque<Line>) -> bool {
    said.iter().any(|line| line.starts_with("Running as unit"))
}
