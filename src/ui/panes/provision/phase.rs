//! Where provisioning stands, and what a person can do about it there.

use super::{question, replace, stopped};
use crate::command::Command;
use crate::domain::journey::Begin;
use crate::domain::plan::{Operation, Plan};
use crate::domain::provision::Outcome;
use crate::effect::Effect;
use crate::store::Store;

/// Where it stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Phase {
    /// Nothing is known yet.
    #[default]
    Unplanned,
    /// It is known what would be made.
    Planned,
    /// The same, but the tenancy's limits have no room for it.
    Beyond,
    /// It is being made.
    Running,
    /// A run has ended.
    Ended(Outcome),
}

impl Phase {
    pub(super) fn of(store: &Store) -> Self {
        match (&store.run, &store.plan) {
            (Some(run), _) => run
                .outcome
                .map_or(Self::Running, |(outcome, _)| Self::Ended(outcome)),
            (None, Some(plan)) if plan.allowance.beyond_limits().is_empty() => Self::Planned,
            (None, Some(_)) => Self::Beyond,
            (None, None) => Self::Unplanned,
        }
    }

    /// What `command` lets begin.
    pub(super) fn begins(self, command: Command, store: &Store) -> Vec<Effect> {
        let looks = store.planning.is_some();
        let begin = match (self, command) {
            (_, Command::Stop) if looks => Begin::Stop,
            (_, Command::Proceed | Command::Retry) if looks => return Vec::new(),
            (Self::Unplanned, Command::Proceed | Command::Retry)
            | (Self::Planned | Self::Beyond, Command::Retry) => Begin::Plan,
            (Self::Planned, Command::Proceed) => {
                let plan = store.plan.as_ref();
                return plan.map(apply).unwrap_or_default();
            }
            (Self::Running, Command::Stop) => Begin::Stop,
            (Self::Ended(Outcome::Done), Command::Proceed) if !destroys(store) => Begin::Bootstrap,
            (Self::Ended(Outcome::Failed | Outcome::Interrupted), _)
                if matches!(command, Command::Proceed | Command::Retry) =>
            {
                return again(store);
            }
            _ => return Vec::new(),
        };
        vec![Effect::Begin(begin)]
    }

    /// The commands that the footer offers.
    pub(super) fn hints(self, store: &Store) -> &'static [Command] {
        let plan = store.plan.as_ref();
        let replaces = plan.is_some_and(|plan| plan.unrestored().next().is_some());
        if store.planning.is_some() {
            return &[Command::Stop, Command::Open, Command::NextTab];
        }
        match self {
            Self::Ended(_) if destroys(store) => {
                &[Command::Open, Command::CopyName, Command::NextPane]
            }
            Self::Unplanned => &[Command::Proceed, Command::NextTab],
            Self::Planned if replaces => &[
                Command::Proceed,
                Command::Replace,
                Command::Retry,
                Command::Open,
                Command::NextPane,
            ],
            Self::Planned => &[
                Command::Proceed,
                Command::Retry,
                Command::Open,
                Command::NextPane,
            ],
            Self::Beyond => &[Command::Retry, Command::Open, Command::NextPane],
            Self::Running if store.run.as_ref().is_some_and(stopped::can_force) => {
                &[Command::Force, Command::Open, Command::NextPane]
            }
            Self::Running => &[Command::Stop, Command::Open, Command::NextPane],
            Self::Ended(Outcome::Done) => &[Command::Proceed, Command::Open, Command::NextTab],
            Self::Ended(Outcome::Failed | Outcome::Interrupted) => &[
                Command::Retry,
                Command::CopyName,
                Command::Open,
                Command::NextPane,
            ],
        }
    }
}

/// Makes what is planned: at once where it is free, after a question where it costs.
fn apply(plan: &Plan) -> Vec<Effect> {
    if plan.is_empty() {
        return vec![Effect::Begin(Begin::Bootstrap)];
    }
    if plan.allowance.costs_more() {
        return vec![Effect::Confirm(Box::new(question::paid(plan)))];
    }
    vec![Effect::Begin(Begin::Apply {
        allow_paid: false,
        replace: Vec::new(),
    })]
}

/// Goes on with a run that has failed: it was permitted to cost what it costs and to replace what it
/// replaces. One that takes the cluster away is not begun from here.
fn again(store: &Store) -> Vec<Effect> {
    let run = store.run.as_ref().filter(|_| !destroys(store));
    let begin = run.map(|run| Begin::Apply {
        allow_paid: run.plan.allowance.costs_more(),
        replace: replace::agreed(run),
    });
    begin.map(Effect::Begin).into_iter().collect()
}

fn destroys(store: &Store) -> bool {
    let run = store.run.as_ref();
    run.is_some_and(|run| run.plan.operation == Operation::Destroy)
}
