//! Takes what is asked, does it, and tells how far it is.

use std::future::pending;

use futures::stream::{FuturesUnordered, StreamExt};
use tokio::sync::mpsc;

use super::{again, forget, save, token};
use crate::bootstrap::shared::{Shared, Unheard};
use crate::bootstrap::trust::trust;
use crate::domain::bootstrap::{BootstrapEvent, NodeAct, Outcome};
use crate::domain::line::Line;
use crate::domain::problem::Problem;
use crate::kube::Access;

/// How an act ended: what came of it, or why it could not be done.
pub(super) type Came = Result<Line, Problem>;

/// Does what is asked until nobody listens; several nodes side by side.
pub(in crate::bootstrap) async fn run(
    shared: &Shared,
    mut asked: mpsc::Receiver<NodeAct>,
) -> Unheard {
    let mut doing = FuturesUnordered::new();
    let mut begun: Vec<NodeAct> = Vec::new();
    let mut asks = true;
    loop {
        let told = tokio::select! {
            act = asked.recv(), if asks => match act {
                None => {
                    asks = false;
                    continue;
                }
                // It is under way, and says so.
                Some(act) if begun.contains(&act) => continue,
                Some(act) if begun.iter().any(|other| other.node() == act.node()) => {
                    let title = format!("{}: something else is being done there", act.node());
                    let problem = refused(&title, "wait until that has ended");
                    (act, Outcome::Failed { problem })
                }
                Some(act) if act.writes() && shared.target.access == Access::ReadOnly => {
                    let title = "Nothing is changed with --read-only";
                    let problem = refused(title, "start k3scope without --read-only");
                    (act, Outcome::Failed { problem })
                }
                Some(act) => {
                    begun.push(act.clone());
                    doing.push(perform(shared, act.clone()));
                    (act, Outcome::Begun)
                }
            },
            Some((act, came)) = doing.next() => {
                begun.retain(|other| *other != act);
                let outcome = match came {
                    Ok(said) => Outcome::Done { said },
                    Err(problem) => Outcome::Failed { problem },
                };
                (act, outcome)
            },
            else => pending().await,
        };
        let (act, outcome) = told;
        if let Err(unheard) = shared.tell(BootstrapEvent::Acted { act, outcome }).await {
            return unheard;
        }
    }
}

async fn perform(shared: &Shared, act: NodeAct) -> (NodeAct, Came) {
    let came = match &act {
        NodeAct::RunAgain { node, from } => again::run(shared, node, *from).await,
        NodeAct::Rejoin { node } => again::rejoin(shared, node).await,
        NodeAct::GiveToken { node, server } => token::give(shared, node, server).await,
        NodeAct::SaveLog { node } => save::save(shared, node).await,
        NodeAct::Trust { node, offered } => believe(shared, node, offered).await,
        NodeAct::Forget { node } => forget::forget(shared, node).await,
        // Only whoever has the terminal can give it away.
        NodeAct::Shell { node } => Err(refused(
            &format!("{node}: a shell needs the terminal"),
            &act.command().unwrap_or_default(),
        )),
    };
    (act, came)
}

/// Pins the key that a node shows, if it is the one that the person was shown.
async fn believe(shared: &Shared, node: &Line, offered: &Line) -> Came {
    let trusted = trust(&shared.target, node, offered, shared.clock).await;
    trusted.map_err(|no_way| no_way.problem)?;
    shared.reread_pins().await;
    Ok(Line::new(&format!("its host key is now {offered}")))
}

fn refused(title: &str, next: &str) -> Problem {
    Problem {
        title: title.to_owned(),
        detail: String::new(),
        next: next.to_owned(),
        request_id: None,
    }
}
