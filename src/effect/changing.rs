//! What a person is asked before something is done in the cluster: what, where, how to undo it. What
//! only makes a controller look again is done without a question.

use super::{Confirmation, Effect};
use crate::domain::action::{Action, Deletable, InstanceAct, RecordAim, RecordWish, SyncWish};

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
        Action::Instance { act, .. } => *act != InstanceAct::Start,
        Action::Record(wish) => wish.aim == RecordAim::Delete,
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
        | Action::Uncordon { .. }
        | Action::RefreshSecret { .. }
        | Action::Exec { .. }
        | Action::Forward { .. } => false,
    }
}

fn words(action: &Action) -> Option<Words> {
    let name = action.target().name;
    Some(match action {
        // Whoever opens a shell has the terminal in hand, and a port is open to this machine alone.
        Action::Refresh { .. }
        | Action::RefreshSecret { .. }
        | Action::Exec { .. }
        | Action::Forward { .. } => return None,
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
        Action::Instance { act, .. } => of_instance(&name, *act),
        Action::Record(wish) => recording(&name, wish),
    })
}

fn of_instance(name: &str, act: InstanceAct) -> Words {
    match act {
        InstanceAct::Start => Words {
            title: format!("Start the instance of {name}?"),
            does: "switches it on at OCI; its K3s starts by itself, and the node reports".to_owned(),
            undo: "stop it at OCI (the console, or the command with STOP)",
            yes: "start it",
        },
        InstanceAct::Reboot => Words {
            title: format!("Reboot the instance of {name}?"),
            does: "asks OCI to shut its system down and start it again (SOFTRESET): all pods on it go \
                   down until it is back; where its system does not answer, OCI cuts the power after 15 \
                   minutes. Drain it first to move what can be moved"
                .to_owned(),
            undo: "not possible; pods start again with the node, what they kept in memory is lost",
            yes: "reboot it",
        },
        InstanceAct::Reset => Words {
            title: format!("Reset the instance of {name}?"),
            does: "asks OCI to cut its power at once and start it again (RESET): nothing on it is told \
                   before, what was not written to its disk is lost, and a database on it may be damaged. \
                   Reboot it instead, unless it no longer answers"
                .to_owned(),
            undo: "not possible",
            yes: "reset it",
        },
    }
}

fn recording(name: &str, wish: &RecordWish) -> Words {
    let undo = "Actions, undo: until this session ends, all that was there is kept for it";
    let (title, does, yes) = match wish.aim {
        RecordAim::Proxy => (
            format!("Put Cloudflare's proxy before {name}?"),
            "lets Cloudflare answer with its own addresses and pass requests on; HTTP-01 challenges \
             then reach Cloudflare first",
            "proxy it",
        ),
        RecordAim::Unproxy => (
            format!("Take Cloudflare's proxy away from {name}?"),
            "lets the name lead straight to its target, whose address everybody then sees",
            "take it away",
        ),
        RecordAim::Publish => (
            format!("Publish {name}?"),
            "makes what is wanted; external-dns does not take over what it did not make",
            "publish it",
        ),
        RecordAim::Repair => (
            format!("Publish {name} as it is wanted?"),
            "changes, adds and removes until what is published is what is wanted",
            "repair it",
        ),
        RecordAim::Delete => (
            format!("Delete {name}?"),
            "removes the record, then the TXT records that register it; caches answer with it until \
             its time is over",
            "delete it",
        ),
        RecordAim::Undo => (
            format!("Put {name} back as it was?"),
            "undoes, in reverse order, what was done in this session",
            "put it back",
        ),
    };
    Words {
        title,
        does: does.to_owned(),
        undo,
        yes,
    }
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
