//! What a person is asked before something is done in the cluster: what, where, how to undo it. What
//! only makes a controller look again is done without a question.

use super::{Confirmation, Effect};
use crate::domain::action::{Action, Deletable, SyncWish};

/// How an action, undoing it, and agreeing to it are put.
struct Words {
    title: String,
    does: String,
    undo: &'static str,
    yes: &'static str,
}

impl Effect {
    /// Does `action`, after a question where it needs one.
    pub fn about(action: Action, notes: &[(&str, String)]) -> Self {
        match Confirmation::of(&action, notes) {
            Some(asked) => Self::Confirm(Box::new(asked)),
            None => Self::Act(action),
        }
    }
}

impl Confirmation {
    /// The question before `action`; nothing where it needs none.
    pub fn of(action: &Action, notes: &[(&str, String)]) -> Option<Self> {
        let words = words(action)?;
        let mut says = vec![
            ("Does".to_owned(), words.does),
            (
                "Where".to_owned(),
                format!("{} {}", action.kind(), action.target()),
            ),
        ];
        let notes = notes.iter().filter(|(_, value)| !value.is_empty());
        says.extend(notes.map(|(name, value)| ((*name).to_owned(), value.clone())));
        says.push(("The same".to_owned(), action.command()));
        Some(Self {
            title: words.title,
            says,
            undo: words.undo.to_owned(),
            typed: needs_typing(action).then(|| action.target().name.to_string()),
            yes: words.yes.to_owned(),
            then: vec![Effect::Act(action.clone())],
        })
    }
}

/// Whether a slip would be dear: what is deleted is not made again by itself, or much moves at once.
fn needs_typing(action: &Action) -> bool {
    match action {
        Action::Sync { wish, .. } => wish.force,
        Action::Drain { .. } => true,
        Action::Refresh { .. }
        | Action::Terminate { .. }
        | Action::DropOperation { .. }
        | Action::Rollback { .. }
        | Action::Resume { .. }
        | Action::Renew { .. }
        | Action::SwitchIssuer { .. }
        | Action::Delete { .. }
        | Action::Restart { .. }
        | Action::Cordon { .. }
        | Action::Uncordon { .. } => false,
    }
}

fn words(action: &Action) -> Option<Words> {
    let name = action.target().name;
    Some(match action {
        Action::Refresh { .. } => return None,
        Action::Sync { wish, .. } => return syncing(&name, wish),
        Action::Terminate { .. } => Words {
            title: format!("Stop the operation of {name}?"),
            does: "asks Argo CD to stop the sync; what was applied stays applied".to_owned(),
            undo: "sync again",
            yes: "stop it",
        },
        Action::DropOperation { .. } => Words {
            title: format!("Take away the operation of {name}?"),
            does: "takes away what was asked for and is not taken up".to_owned(),
            undo: "ask for it again",
            yes: "take it away",
        },
        Action::Rollback { to, .. } => Words {
            title: format!("Roll {name} back to deployment {to}?"),
            does: "applies what that deployment applied; automated sync would undo it, and is paused \
                   first, that of its parent too where it would put it back; Git stays as it is"
                .to_owned(),
            undo: "resume automated sync (the policy that stood is kept), which deploys Git's state",
            yes: "roll back",
        },
        Action::Resume { .. } => Words {
            title: format!("Put automated sync of {name} back?"),
            does: "puts back the policy that a rollback paused, to the letter; Argo CD then deploys \
                   what Git says now"
                .to_owned(),
            undo: "roll back again",
            yes: "put it back",
        },
        Action::Renew { .. } => Words {
            title: format!("Issue {name} anew?"),
            does: "makes a new key and certificate; the present one is served until then".to_owned(),
            undo: "not possible; it counts against the limits of the authority",
            yes: "issue it",
        },
        Action::SwitchIssuer { to, .. } => Words {
            title: format!("Let {to} issue {name}?"),
            does: "changes the reference to its issuer; cert-manager issues it anew at once".to_owned(),
            undo: "switch it back; where it stands in Git, Argo CD may do so by itself",
            yes: "switch",
        },
        Action::Delete { kind, .. } => deleting(&name, *kind),
        Action::Restart { kind, .. } => Words {
            title: format!("Restart {} {name}?", kind.kind()),
            does: "replaces its pods one after the other, as its strategy says".to_owned(),
            undo: "nothing to undo: the new pods are made of the same template",
            yes: "restart it",
        },
        Action::Cordon { .. } => Words {
            title: format!("Cordon {name}?"),
            does: "places no new pod on it; those that run stay".to_owned(),
            undo: "uncordon it",
            yes: "cordon it",
        },
        Action::Uncordon { .. } => Words {
            title: format!("Uncordon {name}?"),
            does: "places pods on it again; those that moved stay where they are".to_owned(),
            undo: "cordon it",
            yes: "uncordon it",
        },
        Action::Drain { .. } => Words {
            title: format!("Drain {name}?"),
            does: "cordons it and evicts its pods as far as disruption budgets permit; what they keep \
                   in emptyDir volumes is lost, DaemonSets stay"
                .to_owned(),
            undo: "uncordon it; pods that moved stay where they are",
            yes: "drain it",
        },
    })
}

fn syncing(name: &str, wish: &SyncWish) -> Option<Words> {
    // It changes nothing.
    if wish.dry_run {
        return None;
    }
    let mut does = match wish.resources.len() {
        0 => "applies what Git says now, wave by wave".to_owned(),
        1 => "applies one resource as Git says, without hooks".to_owned(),
        several => format!("applies {several} resources as Git says, without hooks"),
    };
    if wish.prune {
        does.push_str("; deletes what Git no longer has");
    }
    if wish.force {
        does.push_str(
            "; deletes and makes anew what cannot be changed in place, with what it holds",
        );
    }
    Some(Words {
        title: format!("Sync {name}?"),
        does,
        undo: if wish.prune || wish.force {
            "what is deleted is gone; the rest: roll back"
        } else {
            "roll back to the deployment before"
        },
        yes: "sync it",
    })
}

fn deleting(name: &str, kind: Deletable) -> Words {
    let (does, undo) = match kind {
        Deletable::Pod => (
            "ends its containers; its controller makes another one, if it has one",
            "not possible; what it kept in emptyDir volumes is lost",
        ),
        Deletable::CertificateRequest => (
            "takes the failed try away; cert-manager makes another one at once",
            "not possible; the next try counts against the limits of the authority",
        ),
        Deletable::Order => (
            "takes the failed order away; cert-manager places another one",
            "not possible; the next order counts against the limits of the authority",
        ),
    };
    Words {
        title: format!("Delete the {} {name}?", kind.kind()),
        does: does.to_owned(),
        undo,
        yes: "delete it",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::object::ObjectRef;

    fn docs() -> ObjectRef {
        ObjectRef::new("argocd", "docs-app")
    }

    #[test]
    fn looking_again_and_a_dry_run_are_not_asked() {
        let look = Action::Refresh {
            app: docs(),
            hard: true,
        };
        assert_eq!(Effect::about(look.clone(), &[]), Effect::Act(look));
        let wish = SyncWish {
            dry_run: true,
            ..SyncWish::default()
        };
        let dry = Action::Sync { app: docs(), wish };
        assert_eq!(Effect::about(dry.clone(), &[]), Effect::Act(dry));
    }

    #[test]
    fn a_question_says_what_where_how_to_undo_it_and_the_same_command() {
        let action = Action::Rollback { app: docs(), to: 4 };
        let notes = [("Deploys", "a41f…".to_owned()), ("Nothing", String::new())];
        let asked = Confirmation::of(&action, &notes).unwrap();
        let says: Vec<&str> = asked.says.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(says, ["Does", "Where", "Deploys", "The same"]);
        assert!(!asked.undo.is_empty() && asked.typed.is_none());
        assert_eq!(asked.then, [Effect::Act(action)]);
    }

    #[test]
    fn what_would_be_dear_needs_the_name_typed() {
        let wish = SyncWish {
            force: true,
            ..SyncWish::default()
        };
        let force = Action::Sync { app: docs(), wish };
        let asked = Confirmation::of(&force, &[]).unwrap();
        assert_eq!(asked.typed.as_deref(), Some("docs-app"));
    }
}
