//! How an action is called, and which command does the same.

use super::{Action, InstanceAct, RecordAim, SyncWish};
use crate::domain::object::ObjectRef;

impl Action {
    /// What is being done, in a few words that follow the object's name and a colon.
    pub fn doing(&self) -> String {
        match self {
            Self::Refresh { hard: false, .. } => "comparing again".to_owned(),
            Self::Refresh { hard: true, .. } => "comparing again, manifests made anew".to_owned(),
            Self::Sync { wish, .. } => syncing(wish),
            Self::Terminate { .. } => "stopping its operation".to_owned(),
            Self::DropOperation { .. } => "taking its operation away".to_owned(),
            Self::Rollback { to, .. } => format!("rolling back to deployment {to}"),
            Self::Resume { .. } => "putting automated sync back".to_owned(),
            Self::Renew { .. } => "issuing it anew".to_owned(),
            Self::SwitchIssuer { to, .. } => format!("letting {to} issue it"),
            Self::Delete { kind, .. } => format!("deleting the {}", kind.kind()),
            Self::Restart { .. } => "replacing its pods".to_owned(),
            Self::Cordon { .. } => "cordoning it".to_owned(),
            Self::Uncordon { .. } => "uncordoning it".to_owned(),
            Self::Drain { .. } => "draining it".to_owned(),
            Self::RefreshSecret { .. } => "reading it from its store again".to_owned(),
            Self::Instance { act, .. } => match act {
                InstanceAct::Start => "starting it".to_owned(),
                InstanceAct::Reboot => "rebooting it".to_owned(),
                InstanceAct::Reset => "resetting it".to_owned(),
            },
            Self::Record(wish) => aiming(wish.aim).to_owned(),
            Self::Exec { container, .. } => format!("a shell in {container}"),
            Self::Forward { port, .. } => format!("forwarding its port {port}"),
        }
    }

    /// The command of the tool that people know for it, for reading and copying. What was really
    /// written is told by [`ActionEvent::Wrote`](super::ActionEvent::Wrote).
    pub fn command(&self) -> String {
        let of = self.target();
        let name = quoted(&of.name);
        match self {
            Self::Refresh { hard, .. } => {
                let how = if *hard { "--hard-refresh" } else { "--refresh" };
                format!("argocd app get {} {how}", qualified(&of))
            }
            Self::Sync { wish, .. } => {
                format!("argocd app sync {}{}", qualified(&of), options(wish))
            }
            Self::Terminate { .. } => format!("argocd app terminate-op {}", qualified(&of)),
            Self::DropOperation { .. } => format!(
                "kubectl -n {} patch application.argoproj.io {name} --type=merge -p '{{\"operation\":null}}'",
                quoted(&of.namespace)
            ),
            Self::Rollback { to, .. } => {
                let app = qualified(&of);
                format!("argocd app set {app} --sync-policy none && argocd app rollback {app} {to}")
            }
            Self::Resume { .. } => {
                format!("argocd app set {} --sync-policy automated", qualified(&of))
            }
            Self::Renew { .. } => format!("cmctl -n {} renew {name}", quoted(&of.namespace)),
            Self::SwitchIssuer { to, .. } => {
                let patch = quoted(&format!(
                    "{{\"spec\":{{\"issuerRef\":{{\"name\":{to:?}}}}}}}"
                ));
                format!(
                    "kubectl -n {} patch certificate.cert-manager.io {name} --type=merge -p {patch}",
                    quoted(&of.namespace)
                )
            }
            Self::Delete { kind, .. } => {
                let resource = kind.kind().to_lowercase();
                let resource = match kind.group() {
                    "" => resource,
                    group => format!("{resource}.{group}"),
                };
                format!(
                    "kubectl -n {} delete {resource} {name}",
                    quoted(&of.namespace)
                )
            }
            Self::Restart { kind, .. } => format!(
                "kubectl -n {} rollout restart {}/{name}",
                quoted(&of.namespace),
                kind.kind().to_lowercase()
            ),
            Self::Cordon { .. } => format!("kubectl cordon {name}"),
            Self::Uncordon { .. } => format!("kubectl uncordon {name}"),
            Self::Drain { .. } => {
                format!("kubectl drain {name} --ignore-daemonsets --delete-emptydir-data")
            }
            Self::RefreshSecret { .. } => format!(
                "kubectl -n {} annotate externalsecret.external-secrets.io {name} force-sync=$(date +%s) --overwrite",
                quoted(&of.namespace)
            ),
            Self::Instance { ocid, act, .. } => format!(
                "oci compute instance action --action {} --instance-id {}",
                act.word(),
                quoted(ocid)
            ),
            Self::Record(wish) => wish.commands("$ZONE_ID").join(" && "),
            Self::Exec { container, .. } => format!(
                "kubectl -n {} exec -it {name} -c {} -- sh",
                quoted(&of.namespace),
                quoted(container)
            ),
            Self::Forward { port, .. } => format!(
                "kubectl -n {} port-forward pod/{name} {port}",
                quoted(&of.namespace)
            ),
        }
    }
}

fn aiming(aim: RecordAim) -> &'static str {
    match aim {
        RecordAim::Proxy => "putting Cloudflare's proxy before it",
        RecordAim::Unproxy => "taking Cloudflare's proxy away",
        RecordAim::Publish => "publishing what is missing",
        RecordAim::Repair => "publishing it as it is wanted",
        RecordAim::Delete => "deleting it with its registration",
        RecordAim::Undo => "putting it back as it was",
    }
}

fn syncing(wish: &SyncWish) -> String {
    let mut said = match (wish.dry_run, wish.resources.len()) {
        (true, _) => "trying a sync without changing anything".to_owned(),
        (false, 0) => "syncing".to_owned(),
        (false, 1) => "syncing one resource".to_owned(),
        (false, several) => format!("syncing {several} resources"),
    };
    if wish.prune {
        said.push_str(", pruning");
    }
    if wish.force {
        said.push_str(", by force");
    }
    said
}

fn options(wish: &SyncWish) -> String {
    let mut options = String::new();
    for (wanted, option) in [
        (wish.prune, " --prune"),
        (wish.dry_run, " --dry-run"),
        (wish.force, " --force"),
    ] {
        if wanted {
            options.push_str(option);
        }
    }
    for resource in &wish.resources {
        let id = match resource.id.namespace.as_str() {
            "" => resource.id.name.to_string(),
            namespace => format!("{namespace}/{}", resource.id.name),
        };
        let words = format!("{}:{}:{id}", resource.group, resource.kind);
        options.push_str(" --resource ");
        options.push_str(&quoted(&words));
    }
    options
}

/// An Application as `argocd` takes it: with its namespace, which need not be Argo CD's own.
fn qualified(app: &ObjectRef) -> String {
    quoted(&format!("{}/{}", app.namespace, app.name))
}

/// A word for a shell. Names of the API need no quotes; what is none gets them.
pub(super) fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._/:".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}
