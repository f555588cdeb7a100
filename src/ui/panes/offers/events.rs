//! What can be done with something that Kubernetes told: go to what it is about.

use crate::domain::cluster_event::ClusterEvent;
use crate::domain::object::ObjectRef;
use crate::domain::reading::Thing;
use crate::effect::{Effect, Offer, Place};

/// The menu of an event.
pub(in crate::ui::panes) fn offers(event: &ClusterEvent) -> Vec<Offer> {
    let mut offers = Vec::new();
    if let Some(place) = place(&event.kind) {
        let id = if place == Place::Nodes {
            ObjectRef::cluster(event.about.name.clone())
        } else {
            event.about.clone()
        };
        let about = format!("shows {} {id}", event.kind);
        offers.push(Offer::plain(
            ('g', "go to the object"),
            &about,
            Effect::Show { place, id },
        ));
    }
    let thing = Thing::new(event.kind.clone(), event.about.clone());
    offers.push(Offer::plain(
        ('v', "view the object as YAML"),
        "shows all of it, without secrets",
        Effect::Read(thing),
    ));
    offers
}

/// The tab that has objects of a kind.
fn place(kind: &str) -> Option<Place> {
    match kind {
        "Pod" => Some(Place::Pods),
        "Node" => Some(Place::Nodes),
        "Application" => Some(Place::Apps),
        "Certificate" => Some(Place::Certs),
        _ => None,
    }
}
