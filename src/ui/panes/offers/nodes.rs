//! What can be done with a node, and with the instance that it runs on.

use crate::domain::action::{Action, InstanceAct, Right};
use crate::domain::bootstrap::NodeAct;
use crate::domain::instance::Instance;
use crate::domain::line::Line;
use crate::domain::node::Node;
use crate::domain::reading::Thing;
use crate::domain::source::{SourceId, SourceStatus};
use crate::effect::{Effect, Offer};
use crate::ui::pane::Ctx;
use crate::ui::panes::nodes::Row;

/// The menu of a node.
pub(in crate::ui::panes) fn offers(row: &Row<'_>, ctx: &Ctx<'_>) -> Vec<Offer> {
    let notes = [(
        "Pods",
        format!("{} run on it, those of DaemonSets included", row.pods),
    )];
    let of_node = row.node.map(|node| of_node(node, &notes, ctx));
    let mut offers = of_node.unwrap_or_else(|| vec![shell(&row.id.name, ctx)]);
    let acts = [
        (('o', "start its instance"), InstanceAct::Start),
        (('b', "reboot its instance"), InstanceAct::Reboot),
        (('x', "reset its instance"), InstanceAct::Reset),
    ];
    offers.extend(acts.map(|(called, act)| instance((row, act), called, &notes, ctx)));
    offers
}

fn of_node(node: &Node, notes: &[(&str, String)], ctx: &Ctx<'_>) -> Vec<Offer> {
    let name = node.id.name.clone();
    let cordon = if node.cordoned {
        Offer::act(
            ('c', "uncordon"),
            "lets pods be placed on it again",
            Action::Uncordon { node: name.clone() },
            &[],
        )
    } else {
        Offer::act(
            ('c', "cordon"),
            "lets no new pod be placed on it",
            Action::Cordon { node: name.clone() },
            &[],
        )
    };
    let mut whole = Offer::plain(
        ('v', "view as YAML"),
        "shows all of it",
        Effect::Read(Thing::new("Node", node.id.clone())),
    );
    whole.needs = vec![Right::new("get", "", "nodes", &Line::default())];
    vec![
        cordon,
        Offer::act(
            ('d', "drain"),
            "cordons it and evicts its pods, as far as disruption budgets permit",
            Action::Drain { node: name.clone() },
            notes,
        ),
        shell(&name, ctx),
        whole,
    ]
}

/// A shell on it, as far as this session leads its nodes.
fn shell(name: &Line, ctx: &Ctx<'_>) -> Offer {
    let act = NodeAct::Shell { node: name.clone() };
    let about = "gives the terminal to `k3scope ssh` until that ends";
    Offer::plain(('s', "shell over SSH"), about, Effect::Node(act)).barred_if(
        ctx.store.stage.is_none(),
        "this session only watches: `k3scope ssh` leads there where cluster.toml is",
    )
}

/// What OCI does with its instance, barred where that makes no sense or cannot be asked.
fn instance(
    (row, act): (&Row<'_>, InstanceAct),
    called: (char, &str),
    notes: &[(&str, String)],
    ctx: &Ctx<'_>,
) -> Offer {
    let about = match act {
        InstanceAct::Start => "switches it on at OCI",
        InstanceAct::Reboot => "shuts its system down and starts it again, by OCI",
        InstanceAct::Reset => "cuts its power and starts it again, by OCI",
    };
    let action = Action::Instance {
        node: row.id.name.clone(),
        ocid: row
            .instance
            .map_or_else(Line::default, |it| it.ocid.clone()),
        act,
    };
    let notes = if act == InstanceAct::Start {
        &[]
    } else {
        notes
    };
    let offer = Offer::act(called, about, action, notes);
    match barred(row.instance, act, ctx) {
        Some(why) => offer.barred_if(true, why),
        None => offer,
    }
}

fn barred(instance: Option<&Instance>, act: InstanceAct, ctx: &Ctx<'_>) -> Option<&'static str> {
    if let Some(instance) = instance {
        let busy = ctx.store.actions.under_way("Instance", &instance.id);
        return act
            .barred_by(&instance.power)
            .or(busy.map(|_| "something is done with it at this moment"));
    }
    Some(match ctx.store.sources.status(SourceId::Instances) {
        SourceStatus::Off => "this session does not ask OCI: start k3scope where cluster.toml is",
        SourceStatus::Denied { .. } => "OCI does not let this profile read instances",
        SourceStatus::Live => "OCI has no instance with this cluster's tags for it",
        SourceStatus::Connecting
        | SourceStatus::Stale { .. }
        | SourceStatus::NotInstalled { .. } => "what OCI has is not known yet",
    })
}
