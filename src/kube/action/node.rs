//! Nodes: keeping pods away, and moving those that are there.

use std::time::Duration;

use serde_json::{Value, json};

use super::hand::{ActError, Becomes, Hand, annotation};
use crate::domain::line::Line;
use crate::domain::object::ObjectRef;
use crate::kube::fault::Fault;
use crate::kube::kind::{NODE, POD};
use crate::kube::look::{self, text};
use crate::kube::refusal::WriteError;
use crate::kube::write::{Only, Write};

/// How long a drain may take, and the pause between two looks.
const LONGEST: Duration = Duration::from_mins(5);
const LOOK: Duration = Duration::from_secs(5);

/// Keeps new pods away from a node, or lets them come again.
pub(super) async fn cordon(hand: &Hand<'_>, node: &Line, away: bool) -> Result<Line, ActError> {
    let cordons = |_: &Value| {
        let value = if away { json!(true) } else { Value::Null };
        Ok(Becomes::from(json!({"spec": {"unschedulable": value}})))
    };
    let holds = |now: &Value| is_cordoned(now) == away;
    let of = ObjectRef::cluster(node.clone());
    hand.change(&NODE, &of, (cordons, holds)).await?;
    let said = if away {
        "no new pod is placed on it"
    } else {
        "pods are placed on it again"
    };
    Ok(said.into())
}

fn is_cordoned(node: &Value) -> bool {
    node.pointer("/spec/unschedulable") == Some(&json!(true))
}

/// Cordons, evicts what can be made elsewhere, and waits until it has gone. What a disruption budget
/// holds back is tried again until the time is over.
pub(super) async fn drain(hand: &Hand<'_>, node: &Line) -> Result<Line, ActError> {
    cordon(hand, node, true).await?;
    let until = hand.clock.instant() + hand.clock.at_pace(LONGEST);
    let (mut evicted, mut most) = (0_usize, 0_usize);
    let mut told = String::new();
    loop {
        let pods = pods_on(hand, node).await?;
        let mut held: Option<Line> = None;
        for pod in pods.iter().filter(|pod| !is_going(pod)) {
            match evict(hand, pod).await? {
                Evicted::Going => evicted += 1,
                Evicted::Held(why) => held = Some(why),
            }
        }
        if pods.is_empty() {
            return Ok(drained(evicted).into());
        }
        most = most.max(pods.len());
        let stands = so_far((most - pods.len(), most), held.as_ref());
        if stands != told {
            told.clone_from(&stands);
            hand.stands(stands).await;
        }
        if hand.clock.instant() >= until {
            let left = match pods.len() {
                1 => "one pod is still on it".to_owned(),
                several => format!("{several} pods are still on it"),
            };
            let why = match held {
                Some(why) => format!("{left}: {why}"),
                None => format!("{left}, on their way out"),
            };
            let next = "it stays cordoned; see its pods, then drain again or uncordon";
            return Err(ActError::not_now(why, next));
        }
        hand.clock.sleep(LOOK).await;
    }
}

/// How many pods of how many have gone, and what holds back those that stay.
fn so_far((gone, of): (usize, usize), held: Option<&Line>) -> String {
    match held {
        Some(why) => format!("{gone} of {of} pods have gone; held back: {why}"),
        None => format!("{gone} of {of} pods have gone"),
    }
}

fn drained(evicted: usize) -> String {
    match evicted {
        0 => "cordoned; no pod had to go".to_owned(),
        1 => "cordoned; one pod evicted".to_owned(),
        several => format!("cordoned; {several} pods evicted"),
    }
}

/// What came of asking for one eviction.
enum Evicted {
    /// It goes, or has gone.
    Going,
    /// A disruption budget holds it back.
    Held(Line),
}

async fn evict(hand: &Hand<'_>, pod: &Value) -> Result<Evicted, ActError> {
    let of = ObjectRef::new(
        text(pod, "/metadata/namespace"),
        text(pod, "/metadata/name"),
    );
    let only = Only {
        uid: Some(text(pod, "/metadata/uid").to_owned()),
        version: None,
    };
    match hand.write(&Write::evict(of, only)).await {
        Ok(()) | Err(WriteError::NotFound(_) | WriteError::Changed(_)) => Ok(Evicted::Going),
        Err(WriteError::Fault(Fault::TooManyRequests { message, .. })) => {
            Ok(Evicted::Held(message))
        }
        Err(refused) => Err(refused.into()),
    }
}

/// The pods of a node that a drain moves: those of a DaemonSet would come back at once, and what the
/// kubelet runs from a file is not the API's to move.
async fn pods_on(hand: &Hand<'_>, node: &Line) -> Result<Vec<Value>, ActError> {
    let selected = format!("spec.nodeName={node}");
    let found = look::list(hand.writer.connection(), &POD, ("", &selected)).await;
    let mut pods = found.map_err(WriteError::from)?;
    pods.retain(moves);
    Ok(pods)
}

fn moves(pod: &Value) -> bool {
    let finished = matches!(text(pod, "/status/phase"), "Succeeded" | "Failed");
    let mirrored = annotation(pod, "kubernetes.io/config.mirror").is_some();
    let owners = pod
        .pointer("/metadata/ownerReferences")
        .and_then(Value::as_array);
    let of_daemon_set = owners
        .into_iter()
        .flatten()
        .any(|owner| text(owner, "/kind") == "DaemonSet");
    !finished && !mirrored && !of_daemon_set
}

fn is_going(pod: &Value) -> bool {
    pod.pointer("/metadata/deletionTimestamp").is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::of_a_replica_set(json!({"metadata": {"ownerReferences": [{"kind": "ReplicaSet"}]}}), true)]
    #[case::nobodys(json!({"metadata": {}}), true)]
    #[case::of_a_daemon_set(json!({"metadata": {"ownerReferences": [{"kind": "DaemonSet"}]}}), false)]
    #[case::of_the_kubelet(json!({"metadata": {"annotations": {"kubernetes.io/config.mirror": "x"}}}), false)]
    #[case::finished(json!({"status": {"phase": "Succeeded"}}), false)]
    fn what_a_drain_moves(#[case] pod: Value, #[case] expected: bool) {
        assert_eq!(moves(&pod), expected);
    }
}
