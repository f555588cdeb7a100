//! What can be done with an Application.

use crate::domain::action::{Action, SyncWish};
use crate::domain::application::{Application, Deployment};
use crate::effect::{Effect, Offer};
use crate::store::delivery;
use crate::ui::pane::Ctx;

pub(super) const BUSY: &str = "an operation is under way: wait for its end, or stop it";

/// The menu of an Application.
pub(in crate::ui::panes) fn offers(app: &Application, ctx: &Ctx<'_>) -> Vec<Offer> {
    let busy = app.is_syncing() || app.asked;
    let mut offers = vec![refresh(app, false), refresh(app, true)];
    for offer in syncs(app) {
        offers.push(offer.barred_if(busy, BUSY));
    }
    offers.push(rollback(app, ctx).barred_if(busy, BUSY));
    offers.push(
        Offer::act(
            ('u', "put automated sync back"),
            "puts back the policy that a rollback paused",
            Action::Resume {
                app: app.id.clone(),
            },
            &[],
        )
        .barred_if(!app.paused, "no rollback of k3scope has paused it"),
    );
    offers.push(
        Offer::act(
            ('t', "stop the operation"),
            "asks Argo CD to stop the sync that runs",
            Action::Terminate {
                app: app.id.clone(),
            },
            &[],
        )
        .barred_if(!app.is_syncing(), "no operation runs"),
    );
    offers.push(
        Offer::act(
            ('x', "take a stuck operation away"),
            "takes away an operation that Argo CD does not take up",
            Action::DropOperation {
                app: app.id.clone(),
            },
            &[],
        )
        .barred_if(
            !app.asked || app.is_syncing(),
            "no operation waits to be taken up",
        ),
    );
    offers.extend(reach(app, ctx));
    offers
}

/// Argo CD's own pages: where they are, and how to log in. The password itself is never read.
fn reach(app: &Application, ctx: &Ctx<'_>) -> [Offer; 2] {
    const FORWARD: &str = "kubectl -n argocd port-forward service/argocd-server 8080:443";
    const PASSWORD: &str = "kubectl -n argocd get secret argocd-initial-admin-secret \
                            -o jsonpath='{.data.password}' | base64 -d";
    let id = &app.id;
    let (label, about, text) = match delivery::argocd_host(ctx.store) {
        Some(host) => (
            "copy its address in Argo CD",
            "Argo CD's own page of it",
            format!("https://{host}/applications/{}/{}", id.namespace, id.name),
        ),
        None => (
            "copy the way to Argo CD",
            "no route leads to argocd-server: this command opens its pages at https://localhost:8080",
            FORWARD.to_owned(),
        ),
    };
    let copy = |what: &str, text| Effect::Copy {
        what: what.to_owned(),
        text,
    };
    [
        Offer::plain(('w', label), about, copy("address", text)),
        Offer::plain(
            ('l', "copy how to log in"),
            "as admin; the command prints the first password, for as long as nobody has deleted that \
             Secret",
            copy("command", PASSWORD.to_owned()),
        ),
    ]
}

fn refresh(app: &Application, hard: bool) -> Offer {
    let (key, about) = if hard {
        (
            ('R', "refresh, hard"),
            "lets Argo CD make the manifests anew, and compare",
        )
    } else {
        (('r', "refresh"), "lets Argo CD compare with Git again")
    };
    let app = app.id.clone();
    Offer::act(key, about, Action::Refresh { app, hard }, &[])
}

fn syncs(app: &Application) -> Vec<Offer> {
    let surplus = app.resources.iter().filter(|it| it.requires_pruning);
    let surplus: Vec<String> = surplus.map(|it| format!("{} {}", it.kind, it.id)).collect();
    let notes = [("Deletes", surplus.join(", "))];
    let make = |key, about, wish, notes: &[(&str, String)]| {
        let app = app.id.clone();
        Offer::act(key, about, Action::Sync { app, wish }, notes)
    };
    let plain = SyncWish::default();
    let prune = SyncWish {
        prune: true,
        ..plain.clone()
    };
    let dry_run = SyncWish {
        dry_run: true,
        ..plain.clone()
    };
    let force = SyncWish {
        force: true,
        ..plain.clone()
    };
    vec![
        make(('s', "sync"), "applies what Git says now", plain, &[]),
        make(
            ('p', "sync and prune"),
            "applies what Git says now, and deletes what it no longer has",
            prune,
            &notes,
        ),
        make(
            ('d', "sync, dry run"),
            "changes nothing; tells whether the server would take it",
            dry_run,
            &[],
        ),
        make(
            ('f', "sync by force"),
            "deletes and makes anew what cannot be changed in place",
            force,
            &[],
        ),
    ]
}

/// Back to the deployment before the present one.
fn rollback(app: &Application, ctx: &Ctx<'_>) -> Offer {
    let before = app.history.iter().rev().nth(1);
    let to = before.map_or(0, |deployment| deployment.id);
    let id = app.id.clone();
    let said = before.map(|deployment| deployed(deployment, ctx));
    let notes = [("Deploys", said.unwrap_or_default())];
    let about = "applies what was deployed before the present deployment; Git stays as it is";
    let action = Action::Rollback { app: id, to };
    Offer::act(('b', "roll back"), about, action, &notes).barred_if(
        before.is_none(),
        "its history has no deployment before the present one",
    )
}

pub(super) fn deployed(deployment: &Deployment, ctx: &Ctx<'_>) -> String {
    let at = deployment
        .at
        .map_or_else(String::new, |at| format!(", of {}", ctx.moment.full(at)));
    format!("{}{at}", deployment.revision)
}
