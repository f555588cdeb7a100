//! What can be done with a pod.

use super::inside;
use crate::domain::action::{Action, Deletable, Right, Workload};
use crate::domain::application::Application;
use crate::domain::object::ObjectRef;
use crate::domain::pod::Pod;
use crate::domain::reading::{LogWish, Thing};
use crate::effect::{Effect, Offer, Place};
use crate::store::Store;
use crate::ui::pane::Ctx;

/// The menu of a pod.
pub(in crate::ui::panes) fn offers(pod: &Pod, ctx: &Ctx<'_>) -> Vec<Offer> {
    let mut offers = reads(pod);
    offers.push(inside::shell(pod));
    offers.push(inside::forward(pod));
    let owner = pod.owner.as_ref();
    let made_by = owner.map_or_else(
        || "nobody: it is not made again".to_owned(),
        |owner| format!("{} {}", owner.kind, owner.name),
    );
    offers.push(Offer::act(
        ('d', "delete"),
        "ends it; its controller makes another one, if it has one",
        Action::Delete {
            kind: Deletable::Pod,
            of: pod.id.clone(),
            made: pod.created,
        },
        &[("Made by", made_by)],
    ));
    if let Some((kind, of)) = workload(pod) {
        let whole = Thing::new(kind.kind(), of.clone());
        let action = Action::Restart { kind, of };
        let about = "replaces all pods of its workload, one after the other";
        offers.push(Offer::act(
            ('r', "restart its workload"),
            about,
            action,
            &[],
        ));
        let about = format!("shows {} {} as YAML", whole.kind, whole.id);
        offers.push(Offer::plain(
            ('w', "its workload"),
            &about,
            Effect::Read(whole),
        ));
    }
    offers.extend(leads(pod, ctx.store));
    offers
}

/// What only reads.
fn reads(pod: &Pod) -> Vec<Offer> {
    let namespace = &pod.id.namespace;
    let wish = LogWish::of(pod);
    let before = LogWish {
        previous: true,
        ..wish.clone()
    };
    let log = |key, about, wish| {
        let mut offer = Offer::plain(key, about, Effect::OpenLog(wish));
        offer.needs = vec![Right::new("get", "", "pods/log", namespace)];
        offer
    };
    let never = "none of its containers was started again";
    let ended = pod.containers.iter().chain(&pod.init_containers);
    let has_ended = ended.clone().any(|container| container.last.is_some());
    let mut whole = Offer::plain(
        ('v', "view as YAML"),
        "shows all of it, without secrets",
        Effect::Read(Thing::new("Pod", pod.id.clone())),
    );
    whole.needs = vec![Right::new("get", "", "pods", namespace)];
    vec![
        log(('l', "log"), "follows what its containers write", wish),
        log(
            ('p', "log of the run before"),
            "shows what its containers wrote before they were started again",
            before,
        )
        .barred_if(!has_ended, never),
        whole,
    ]
}

/// Where one can go from it: its node, and the Application that has its workload.
fn leads(pod: &Pod, store: &Store) -> Vec<Offer> {
    let mut leads = Vec::new();
    let node = ObjectRef::cluster(pod.node.clone());
    if store.nodes.get(&node).is_some() {
        let about = format!("shows {}", node.name);
        let effect = Effect::Show {
            place: Place::Nodes,
            id: node,
        };
        leads.push(Offer::plain(('n', "go to its node"), &about, effect));
    }
    if let Some(id) = application(pod, store) {
        let about = format!("shows {id}, which has its workload");
        let effect = Effect::Show {
            place: Place::Apps,
            id,
        };
        leads.push(Offer::plain(('g', "go to its application"), &about, effect));
    }
    leads
}

/// The Application among whose resources its workload is.
fn application(pod: &Pod, store: &Store) -> Option<ObjectRef> {
    let (kind, of) = workload(pod)?;
    let has = |app: &&Application| {
        let mut resources = app.resources.iter();
        resources.any(|it| it.kind == kind.kind() && it.id == of)
    };
    store
        .applications
        .iter()
        .find(has)
        .map(|app| app.id.clone())
}

/// The workload whose pod it is. A Deployment's pods are made by a ReplicaSet, which is named after it
/// and the hash of the template.
fn workload(pod: &Pod) -> Option<(Workload, ObjectRef)> {
    let owner = pod.owner.as_ref()?;
    let of = |name: &str| ObjectRef::new(pod.id.namespace.clone(), name);
    if owner.kind == "ReplicaSet" {
        let (deployment, _) = owner.name.rsplit_once('-')?;
        return Some((Workload::Deployment, of(deployment)));
    }
    Workload::of_kind(&owner.kind).map(|kind| (kind, of(&owner.name)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::object::Owner;
    use rstest::rstest;

    #[rstest]
    #[case("ReplicaSet", "docs-7d4b9c", Some((Workload::Deployment, "docs")))]
    #[case("DaemonSet", "node-agent", Some((Workload::DaemonSet, "node-agent")))]
    #[case("Job", "helm-install-argocd", None)]
    fn the_workload_is_who_keeps_the_template(
        #[case] kind: &str,
        #[case] name: &str,
        #[case] expected: Option<(Workload, &str)>,
    ) {
        let pod = Pod {
            id: ObjectRef::new("docs", "x"),
            owner: Some(Owner {
                kind: kind.into(),
                name: name.into(),
            }),
            ..Pod::default()
        };
        let expected = expected.map(|(kind, name)| (kind, ObjectRef::new("docs", name)));
        assert_eq!(workload(&pod), expected);
    }
}
