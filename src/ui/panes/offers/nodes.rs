//! What can be done with a node.

use crate::domain::action::{Action, Right};
use crate::domain::bootstrap::NodeAct;
use crate::domain::line::Line;
use crate::domain::node::Node;
use crate::domain::reading::Thing;
use crate::effect::{Effect, Offer};
use crate::ui::pane::Ctx;

/// The menu of a node on which `pods` run.
pub(in crate::ui::panes) fn offers(node: &Node, pods: usize, ctx: &Ctx<'_>) -> Vec<Offer> {
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
    let notes = [(
        "Pods",
        format!("{pods} run on it, those of DaemonSets included"),
    )];
    vec![
        cordon,
        Offer::act(
            ('d', "drain"),
            "cordons it and evicts its pods, as far as disruption budgets permit",
            Action::Drain { node: name.clone() },
            &notes,
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
