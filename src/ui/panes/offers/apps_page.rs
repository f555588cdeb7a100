//! What can be done with what the cursor finds in the full view of an Application.

use super::apps::{BUSY, deployed};
use crate::domain::action::{Action, SyncWish};
use crate::domain::application::{AppResource, Application, Deployment};
use crate::domain::object::ObjectRef;
use crate::effect::{Effect, Offer, Place};
use crate::ui::pane::Ctx;
use crate::ui::panes::apps::Spot;

/// The menu of a spot.
pub(in crate::ui::panes) fn offers(
    row: &Application,
    spot: &Spot<'_>,
    ctx: &Ctx<'_>,
) -> Vec<Offer> {
    match spot {
        Spot::Resource { app, resource } => of_resource(app, resource),
        Spot::Pod(pod) => vec![
            show(Place::Pods, &pod.id),
            copy('c', "copy its name", "name", &pod.id.name),
        ],
        Spot::Deployment(deployment) => of_deployment(row, deployment, ctx),
    }
}

fn of_resource(app: &Application, resource: &AppResource) -> Vec<Offer> {
    let busy = app.is_syncing() || app.asked;
    let sync = |prune, force| Action::Sync {
        app: app.id.clone(),
        wish: SyncWish {
            resources: vec![resource.into()],
            prune,
            force,
            ..SyncWish::default()
        },
    };
    let named = [("Resource", format!("{} {}", resource.kind, resource.id))];
    let mut offers = vec![
        Offer::act(
            ('s', "sync only this"),
            "applies this resource as Git says, without hooks and without the others",
            sync(false, false),
            &named,
        )
        .barred_if(busy, BUSY)
        .barred_if(resource.requires_pruning, "Git no longer has it: prune it"),
        Offer::act(
            ('p', "prune only this"),
            "deletes this resource, which Git no longer has",
            sync(true, false),
            &named,
        )
        .barred_if(busy, BUSY)
        .barred_if(!resource.requires_pruning, "Git still has it"),
        Offer::act(
            ('f', "sync only this, by force"),
            "deletes it and makes it anew where it cannot be changed in place",
            sync(false, true),
            &named,
        )
        .barred_if(busy, BUSY)
        .barred_if(resource.requires_pruning, "Git no longer has it: prune it"),
        Offer::plain(
            ('d', "compare it again"),
            "what it is against what was applied last; enter shows it",
            Effect::Compare(resource.into()),
        ),
    ];
    if let Some(place) = place(resource) {
        offers.push(show(place, &resource.id));
    }
    offers.push(copy('c', "copy its name", "name", &resource.id.name));
    offers
}

/// The tab that has objects of its kind.
fn place(resource: &AppResource) -> Option<Place> {
    Some(match resource.kind.as_str() {
        "Application" => Place::Apps,
        "Certificate" => Place::Certs,
        "HTTPRoute" => Place::Routes,
        "Node" => Place::Nodes,
        "Pod" => Place::Pods,
        _ => return None,
    })
}

fn of_deployment(row: &Application, deployment: &Deployment, ctx: &Ctx<'_>) -> Vec<Offer> {
    let busy = row.is_syncing() || row.asked;
    let is_present = row.history.last().is_some_and(|it| it.id == deployment.id);
    let action = Action::Rollback {
        app: row.id.clone(),
        to: deployment.id,
    };
    let notes = [("Deploys", deployed(deployment, ctx))];
    vec![
        Offer::act(
            ('b', "roll back to this"),
            "applies what was deployed then; Git stays as it is",
            action,
            &notes,
        )
        .barred_if(busy, BUSY)
        .barred_if(is_present, "it is the present deployment"),
        copy('c', "copy its revision", "revision", &deployment.revision),
    ]
}

fn show(place: Place, id: &ObjectRef) -> Offer {
    let label = format!("show it in {place}");
    Offer::plain(
        ('o', &label),
        "goes to its own page",
        Effect::Show {
            place,
            id: id.clone(),
        },
    )
}

fn copy(key: char, label: &str, what: &str, text: &str) -> Offer {
    let effect = Effect::Copy {
        what: what.to_owned(),
        text: text.to_owned(),
    };
    Offer::plain((key, label), "copies it", effect)
}
