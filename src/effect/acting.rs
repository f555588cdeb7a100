//! What a person is asked before something is done about a node. What changes nothing outside of
//! this machine, and no trust, is done without a question.

use super::{Confirmation, Effect};
use crate::domain::bootstrap::NodeAct;
use crate::domain::line::Line;

/// How undoing, and agreeing, are put for an act.
struct Words {
    title: String,
    does: &'static str,
    undo: &'static str,
    yes: &'static str,
}

impl Effect {
    /// Does `act`, after a question where it needs one. `why` is what it is to mend, in one sentence;
    /// `seen` is the evidence, for a host key both fingerprints.
    pub fn about_node(act: NodeAct, why: &str, seen: &[Line]) -> Self {
        match Confirmation::of_act(&act, why, seen) {
            Some(asked) => Self::Confirm(Box::new(asked)),
            None => Self::Node(act),
        }
    }
}

impl Confirmation {
    /// The question before `act`; nothing where it needs none.
    pub fn of_act(act: &NodeAct, why: &str, seen: &[Line]) -> Option<Self> {
        let words = words(act)?;
        let node = act.node();
        let mut says = vec![("Does".to_owned(), words.does.to_owned())];
        let mut add = |name: &str, value: &str| {
            if !value.is_empty() {
                says.push((name.to_owned(), value.to_owned()));
            }
        };
        add("Where", node);
        add("Because", why);
        for line in seen {
            add("Seen", line);
        }
        if let NodeAct::Trust { offered, .. } = act {
            add("To trust", offered);
        }
        add("The same", &act.command().unwrap_or_default());
        let typed = matches!(act, NodeAct::Trust { .. }).then(|| node.to_string());
        Some(Self {
            title: words.title,
            says,
            undo: words.undo.to_owned(),
            typed,
            yes: words.yes.to_owned(),
            then: vec![Effect::Node(act.clone())],
        })
    }
}

fn words(act: &NodeAct) -> Option<Words> {
    let node = act.node();
    Some(match act {
        NodeAct::RunAgain { from, .. } => Words {
            title: match from {
                Some(stage) => format!("Run the bootstrap of {node} again, from {stage} on?"),
                None => format!("Run the bootstrap of {node} again?"),
            },
            does: "ends the run of its bootstrap script that waits, and starts it anew; it goes on when you \
                   leave",
            undo: "nothing to undo: every stage may run again at any time",
            yes: "run it",
        },
        NodeAct::Rejoin { .. } => Words {
            title: format!("Let {node} join the cluster anew?"),
            does: "stops its K3s agent, removes the certificates, keys and kubeconfigs that it has \
                   of the old server, and joins with the token; images and volumes stay",
            undo: "not possible; the server makes new certificates",
            yes: "join anew",
        },
        NodeAct::GiveToken { server, .. } => Words {
            title: format!("Give {node} the join token of {server}?"),
            does: "reads the token from the server and writes it to the node, for root alone and \
                   without showing it; then starts the node's K3s anew, which joins with it",
            undo: "not possible: the token that the node has now is lost; it opens nothing here",
            yes: "give it",
        },
        NodeAct::Forget { .. } => Words {
            title: format!("Delete the Node {node} from the cluster?"),
            does: "removes the Node that an earlier machine of this name left, and the password \
                   that K3s knew it by; pods that are bound to it are made anew",
            undo: "nothing to undo: the machine registers itself again",
            yes: "delete it",
        },
        NodeAct::Trust { .. } => Words {
            title: format!("Trust another host key of {node}?"),
            does: "pins the key below in place of those in .k3scope/known_hosts; do this only when \
                   you know why the key has changed",
            undo: "remove the node's lines from .k3scope/known_hosts; its keys are then read from \
                   the console again",
            yes: "trust it",
        },
        NodeAct::Shell { .. } | NodeAct::SaveLog { .. } => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::bootstrap::Stage;

    fn said(asked: &Confirmation) -> String {
        let says = asked
            .says
            .iter()
            .map(|(name, value)| format!("{name}: {value}"));
        says.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn a_mending_is_asked_with_what_where_why_and_the_same_command() {
        let act = NodeAct::RunAgain {
            node: "k3s-worker".into(),
            from: Some(Stage::K3s),
        };
        let asked = Confirmation::of_act(&act, "the token is wrong", &["K10…".into()]).unwrap();
        let text = said(&asked);
        for part in [
            "Where: k3s-worker",
            "Because: the token is wrong",
            "Seen: K10…",
            "The same: k3scope ssh k3s-worker -- sudo k3scope-bootstrap --from k3s",
        ] {
            assert!(text.contains(part), "{part}\n{text}");
        }
        assert!(asked.typed.is_none() && !asked.undo.is_empty());
        assert_eq!(asked.then, [Effect::Node(act)]);
    }

    #[test]
    fn trust_needs_the_name_typed_and_shows_both_fingerprints() {
        let act = NodeAct::Trust {
            node: "k3s-worker".into(),
            offered: "SHA256:new".into(),
        };
        let seen = ["pinned is SHA256:old".into()];
        let asked = Confirmation::of_act(&act, "", &seen).unwrap();
        assert_eq!(asked.typed.as_deref(), Some("k3s-worker"));
        let text = said(&asked);
        assert!(
            text.contains("SHA256:old") && text.contains("To trust: SHA256:new"),
            "{text}"
        );
    }

    #[test]
    fn what_changes_nothing_is_not_asked() {
        let node: Line = "k3s-worker".into();
        for act in [
            NodeAct::Shell { node: node.clone() },
            NodeAct::SaveLog { node },
        ] {
            assert_eq!(Effect::about_node(act.clone(), "", &[]), Effect::Node(act));
        }
    }
}
