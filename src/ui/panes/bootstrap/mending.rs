//! What one key can do about what is wrong: which act is meant, and how far what was asked for is.
//! What is asked before it is done is the effect's own.

use jiff::SignedDuration;

use crate::domain::bootstrap::{Diagnosis, NodeAct, Outcome, Progress, Remedy, Stage};
use crate::domain::journey::Begin;
use crate::effect::Effect;
use crate::store::bootstrap::{Acted, Bootstrap, NodeRun, StageRun};
use crate::theme::Role;
use crate::ui::pane::Ctx;
use crate::ui::panes::signs::{self, Sign};

/// How long it is said of something that it was done.
const FRESH: SignedDuration = SignedDuration::from_secs(60);

/// What mends something.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Mending<'a> {
    /// An act on a node, and why.
    Act(NodeAct, Option<&'a Diagnosis>),
    /// What was changed in the cloud is put back by a plan.
    Plan(&'a Diagnosis),
    /// Everything is followed anew.
    Anew,
}

/// What mends a stage, where something does; `node` whose it is, where it is a node's.
pub(super) fn of_stage<'a>(node: Option<&NodeRun>, stage: &'a StageRun) -> Option<Mending<'a>> {
    let found = stage.diagnosis.as_ref();
    match found.map(|found| (found, &found.remedy)) {
        Some((found, Remedy::Act(act))) => return Some(Mending::Act(act.clone(), Some(found))),
        Some((found, Remedy::Apply)) => return Some(Mending::Plan(found)),
        Some((_, Remedy::Person)) | None => {}
    }
    let node = node.filter(|_| matches!(stage.progress, Progress::Failed { .. }))?;
    let in_script = Stage::of_script(node.node.role).contains(&stage.stage);
    in_script.then(|| {
        let act = NodeAct::RunAgain {
            node: node.node.name.clone(),
            from: Some(stage.stage),
        };
        Mending::Act(act, found)
    })
}

/// The stages of which there is something to tell: those that failed first, then those of which it
/// was found out what keeps them.
pub(super) fn troubled(stages: &[StageRun]) -> impl Iterator<Item = &StageRun> {
    let has_failed = |each: &&StageRun| matches!(each.progress, Progress::Failed { .. });
    let failed = stages.iter().filter(has_failed);
    let kept = stages
        .iter()
        .filter(move |each| !has_failed(each) && each.diagnosis.is_some());
    failed.chain(kept)
}

/// The node that wants to be looked at first: one that failed, or else one that something keeps.
pub(super) fn worst(run: &Bootstrap) -> Option<usize> {
    let has_failed = |node: &NodeRun| {
        let mut stages = node.stages.iter();
        stages.any(|each| matches!(each.progress, Progress::Failed { .. }))
    };
    let is_kept = |node: &NodeRun| troubled(&node.stages).next().is_some();
    let failed = run.nodes.iter().position(has_failed);
    failed.or_else(|| run.nodes.iter().position(is_kept))
}

/// What the key mends: what is wrong with the node in focus, or else with the cluster, or else with
/// another node.
pub(super) fn meant<'a>(run: &'a Bootstrap, focus: Option<&'a NodeRun>) -> Option<Mending<'a>> {
    if run.finished.is_some() {
        // Nobody is there any more who could do something on a node, or who has seen what became of
        // it since.
        return Some(Mending::Anew);
    }
    let of_node =
        |node: &'a NodeRun| troubled(&node.stages).find_map(|stage| of_stage(Some(node), stage));
    focus
        .and_then(of_node)
        .or_else(|| troubled(&run.cluster).find_map(|stage| of_stage(None, stage)))
        .or_else(|| run.nodes.iter().find_map(of_node))
        .or_else(|| run.failed().map(|_| Mending::Anew))
}

impl Mending<'_> {
    /// What the key does, after the key: `runs k3s-ingress again from NAT`.
    pub(super) fn does(&self) -> String {
        match self {
            Self::Act(act, _) => does(act),
            Self::Plan(_) => "plans what restores it in the cloud".to_owned(),
            Self::Anew => "looks at everything again".to_owned(),
        }
    }

    /// The command that does the same.
    pub(super) fn command(&self) -> Option<String> {
        match self {
            Self::Act(act, _) => act.command(),
            Self::Plan(_) => Some("k3scope apply".to_owned()),
            Self::Anew => None,
        }
    }

    /// What is to be done: asked first where it changes something.
    pub(super) fn effect(&self) -> Effect {
        match self {
            Self::Act(act, Some(why)) => {
                Effect::about_node(act.clone(), &why.meaning, &why.evidence)
            }
            Self::Act(act, None) => Effect::about_node(act.clone(), "", &[]),
            // A plan shows what it would do and asks by itself.
            Self::Plan(_) => Effect::Begin(Begin::Plan),
            Self::Anew => Effect::Begin(Begin::Bootstrap),
        }
    }
}

fn does(act: &NodeAct) -> String {
    let node = act.node();
    match act {
        NodeAct::RunAgain { from: None, .. } => format!("runs {node}'s bootstrap again"),
        NodeAct::RunAgain {
            from: Some(stage), ..
        } => format!("runs {node} again from {}", stage.label()),
        NodeAct::Rejoin { .. } => format!("lets {node} join anew"),
        NodeAct::GiveToken { server, .. } => format!("gives {node} the token of {server}"),
        NodeAct::Forget { .. } => format!("deletes the Node that was {node} before"),
        NodeAct::Trust { .. } => format!("believes the key that {node} shows"),
        NodeAct::Shell { .. } => format!("opens a shell on {node}"),
        NodeAct::SaveLog { .. } => format!("saves {node}'s log"),
    }
}

/// How far the newest act on a node is, for as long as that is news.
pub(super) fn newest(run: &Bootstrap, node: &NodeRun, ctx: &Ctx<'_>) -> Option<(Sign, String)> {
    let of_node = |each: &&Acted| *each.act.node() == node.node.name;
    let acted = run.acted.iter().rev().find(of_node)?;
    if matches!(acted.outcome, Outcome::Done { .. }) {
        let until = acted.at.checked_add(FRESH).ok()?;
        if until <= ctx.moment.now() {
            return None;
        }
        ctx.moment.changes_at(until);
    }
    Some(spoken(acted, ctx))
}

/// An act and how far it is.
pub(super) fn spoken(acted: &Acted, ctx: &Ctx<'_>) -> (Sign, String) {
    match &acted.outcome {
        Outcome::Begun => {
            let time = ctx.moment.running(acted.at);
            (signs::BUSY, format!("{time} {}", acted.act.doing()))
        }
        Outcome::Done { said } if said.is_empty() => {
            (signs::OK, format!("done: {}", acted.act.doing()))
        }
        Outcome::Done { said } => (signs::OK, said.to_string()),
        Outcome::Failed { problem } => (("✖", Role::Bad), problem.title.clone()),
    }
}

#[cfg(test)]
mod tests;
