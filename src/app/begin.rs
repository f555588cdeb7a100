//! How a run begins: others are kept away, what the new nodes are told is at hand, and a journal is
//! open.
//!
//! New nodes join with the cluster's one token. Where the workspace has lost it and the cluster
//! stands, it is read back from a node, or else from what OCI keeps of its first boot; a new one, with
//! which nobody could join, is never made then.

use std::path::PathBuf;

use secrecy::SecretString;

use super::cloud::Cloud;
use crate::bootstrap::{self, NoWay};
use crate::config::{AgentToken, SecretError, StateError, TokenError};
use crate::domain::bootstrap::JOIN_TOKEN;
use crate::domain::plan::{Operation, Plan};
use crate::domain::problem::Problem;
use crate::domain::topology::{Node, Role};
use crate::domain::tree;
use crate::oci::model::FirstBoot;
use crate::provision::Engine;
use crate::provision::journal::{Journal, JournalError};
use crate::provision::lock::{Lock, LockError};
use crate::render::{self, RenderError};

/// A run that may begin: nobody else runs, and all that it needs is at hand.
pub struct Begun {
    /// What carries the plan out.
    pub engine: Engine,
    /// Where it is written down.
    pub journal: Journal,
    /// Keeps others away for as long as it is held.
    pub lock: Lock,
}

/// Why a run cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum BeginError {
    /// `.k3scope/` is not fit for use.
    #[error(transparent)]
    State(#[from] StateError),
    /// Another run is at work.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// The journal cannot be kept.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The agents' join token cannot be kept or read.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// The workspace has no join token, and the node that has it cannot be asked.
    #[error("{}", .0.problem.title)]
    Unrecovered(Box<NoWay>),
    /// The repository's token, which user data is to hold, cannot be had.
    #[error("the Git repository's token cannot be had: {0}")]
    Repository(#[from] SecretError),
    /// What the nodes are told at their first boot cannot be made.
    #[error(transparent)]
    Render(#[from] RenderError),
}

/// Where the join token of a run's new nodes comes from.
#[derive(Debug)]
enum Source {
    /// No node is made, and nobody is told anything.
    Unneeded,
    /// The workspace has it.
    Workspace(AgentToken),
    /// These nodes have it, the first of them best.
    Nodes(Vec<String>),
    /// They have it, and no way leads there, for this reason.
    Beyond(Vec<String>, String),
    /// No node stands that has one.
    New,
}

/// A run that nobody else's can come between, before it has all that it needs.
pub struct Opening<'a> {
    cloud: &'a Cloud,
    operation: Operation,
    state: PathBuf,
    source: Source,
    lock: Lock,
}

impl Cloud {
    /// Keeps other runs away, and looks where what the new nodes are told comes from.
    pub fn opening(&self, plan: &Plan) -> Result<Opening<'_>, BeginError> {
        let state = self.workspace.state()?;
        let operation = plan.operation;
        let topology = &self.engine.direct.topology;
        let purpose = format!("{operation} of {}", topology.cluster);
        let lock = Lock::take(&state.join("lock"), &purpose)?;
        let source = if operation == Operation::Apply && plan.makes_nodes() {
            let kept = AgentToken::find(&state)?;
            kept.map_or_else(|| elsewhere(plan, &topology.nodes), Source::Workspace)
        } else {
            Source::Unneeded
        };
        Ok(Opening {
            cloud: self,
            operation,
            state,
            source,
            lock,
        })
    }
}

impl Opening<'_> {
    /// What a person is told who waits: nothing where nobody is asked for anything.
    pub fn says(&self) -> Option<String> {
        match &self.source {
            Source::Nodes(names) => {
                let name = names.first()?;
                Some(format!("reading the join token back from {name}"))
            }
            Source::Unneeded | Source::Workspace(_) | Source::Beyond(..) | Source::New => None,
        }
    }

    /// Gets what the run needs, and begins its journal. `passphrase` opens the SSH key where a node
    /// is asked.
    pub async fn begin(self, passphrase: Option<SecretString>) -> Result<Begun, BeginError> {
        let cloud = self.cloud;
        let token = match &self.source {
            Source::Unneeded => None,
            Source::Workspace(token) => Some(token.clone()),
            Source::Nodes(_) | Source::Beyond(..) => {
                cloud.recovered(&self.source, passphrase).await?
            }
            Source::New => Some(AgentToken::of_workspace(&self.state)?),
        };
        let mut engine = cloud.engine.clone();
        if let Some(token) = token {
            let repository = cloud.repository_token()?;
            let config = &cloud.loaded.config;
            engine.direct.user_data = render::user_data(config, &token, repository.as_ref())?;
        }
        let now = engine.direct.clock.now();
        let runs = cloud.workspace.runs();
        let journal = Journal::begin(&runs, &engine.direct.topology.cluster, self.operation, now)?;
        Ok(Begun {
            engine,
            journal,
            lock: self.lock,
        })
    }
}

impl Cloud {
    /// Makes sure that what the nodes joined with is known here, where `look` shows nodes that stand:
    /// as long as it is not, nobody may make another one.
    pub(super) async fn token_at_hand(
        &self,
        look: &Plan,
        passphrase: Option<SecretString>,
    ) -> Result<(), BeginError> {
        if AgentToken::find(&self.workspace.state()?)?.is_none() {
            let source = elsewhere(look, &self.engine.direct.topology.nodes);
            self.recovered(&source, passphrase).await?;
        }
        Ok(())
    }

    /// The token that nodes have, kept from now on; nothing where none has one.
    async fn recovered(
        &self,
        source: &Source,
        passphrase: Option<SecretString>,
    ) -> Result<Option<AgentToken>, BeginError> {
        let (names, why) = match source {
            Source::Nodes(names) => match self.read_back(names, passphrase).await? {
                Ok(token) => return Ok(Some(token)),
                Err(why) => (names, why),
            },
            Source::Beyond(names, why) => (names, no_way(why, "")),
            Source::Unneeded | Source::Workspace(_) | Source::New => return Ok(None),
        };
        self.told_back(names, why).await.map(Some)
    }

    /// The token of the first of these nodes that can be asked, kept from now on; or why none can.
    async fn read_back(
        &self,
        names: &[String],
        passphrase: Option<SecretString>,
    ) -> Result<Result<AgentToken, NoWay>, BeginError> {
        let state = self.workspace.state()?;
        let target = self.target(&self.loaded, passphrase)?;
        // The way to a node is a large thing to carry along.
        let reach = match Box::pin(bootstrap::reach(target, self.engine.direct.clock)).await {
            Ok(reach) => reach,
            Err(no_way) => return Ok(Err(no_way)),
        };
        let mut why = None;
        for name in names {
            match Box::pin(reach.join_token(name)).await {
                Ok(found) => match AgentToken::keep(&state, &found)? {
                    Some(token) => return Ok(Ok(token)),
                    None => why = Some(no_token(name)),
                },
                Err(no_way) => why = Some(no_way),
            }
        }
        Ok(Err(why.unwrap_or_else(|| no_way("nobody was asked", ""))))
    }

    /// The token in what OCI keeps of these nodes' first boot, where no way leads to them (`why`): a
    /// node that is made beside others joins with theirs even before they are up.
    async fn told_back(&self, names: &[String], why: NoWay) -> Result<AgentToken, BeginError> {
        let state = self.workspace.state()?;
        let engine = &self.engine.direct;
        let (client, topology) = (&engine.client, &engine.topology);
        let machines = bootstrap::machines(client, &engine.compartment, topology).await;
        let machines = machines.unwrap_or_else(|error| {
            tracing::warn!(%error, "OCI does not tell which instances there are");
            Vec::new()
        });
        for machine in machines.iter().filter(|it| names.contains(&it.name)) {
            let first = match client.get::<FirstBoot>(&machine.id).await {
                Ok(first) => first,
                Err(error) => {
                    tracing::warn!(%error, node = machine.name, "OCI does not tell its user data");
                    continue;
                }
            };
            let user_data = first.metadata.user_data.as_ref();
            let Some(found) = user_data.and_then(render::join_token_in) else {
                continue;
            };
            if let Some(token) = AgentToken::keep(&state, &found)? {
                return Ok(token);
            }
        }
        Err(unrecovered(names, why))
    }
}

/// Who has the token that the workspace does not have: the server, or else any other node that stays.
fn elsewhere(plan: &Plan, nodes: &[Node]) -> Source {
    let (servers, others): (Vec<&Node>, Vec<&Node>) = nodes
        .iter()
        .filter(|node| plan.leaves_standing(&node.key()))
        .partition(|node| node.role == Role::Server);
    let asked = if servers.is_empty() { others } else { servers };
    let names: Vec<String> = asked.iter().map(|node| node.name.clone()).collect();
    match missing_ingress(plan, nodes) {
        _ if names.is_empty() => Source::New,
        None => Source::Nodes(names),
        Some(name) => Source::Beyond(
            names,
            format!("the way there leads through {name}, which has no instance"),
        ),
    }
}

/// The ingress node, through which every way leads, where it is not there.
fn missing_ingress<'a>(plan: &Plan, nodes: &'a [Node]) -> Option<&'a str> {
    let ingress = nodes.iter().find(|node| node.role == Role::Ingress)?;
    let key = ingress.key();
    let mut steps = plan.steps.iter().filter(|step| step.key.0 == key);
    // One that is to be replaced is there until then.
    let is_there =
        plan.leaves_standing(&key) || steps.any(|step| tree::predecessor(plan, step).is_some());
    (!is_there).then_some(ingress.name.as_str())
}

fn no_token(node: &str) -> NoWay {
    let why = format!("{JOIN_TOKEN} of {node} is not 64 hexadecimal digits");
    NoWay {
        may_pass: false,
        ..no_way(&why, "see who has changed it")
    }
}

fn no_way(why: &str, next: &str) -> NoWay {
    NoWay {
        may_pass: true,
        problem: Problem {
            title: why.to_owned(),
            detail: String::new(),
            next: next.to_owned(),
            request_id: None,
        },
    }
}

/// That nothing was made, why, and what there is to do.
fn unrecovered(names: &[String], why: NoWay) -> BeginError {
    let NoWay { may_pass, problem } = why;
    let node = names.join(" or ");
    let said = match problem.detail.as_str() {
        "" => problem.title,
        detail => format!("{}: {detail}", problem.title),
    };
    let mend = match problem.next.as_str() {
        "" => String::new(),
        next => format!("{next}, then apply again; or "),
    };
    BeginError::Unrecovered(Box::new(NoWay {
        may_pass,
        problem: Problem {
            title: format!("the join token cannot be read back from {node}; nothing was made"),
            detail: format!(
                "a new node joins only with the token that the cluster has, and this workspace does \
                 not have it\n{said}"
            ),
            next: format!(
                "{mend}copy .k3scope/secrets/agent-token (mode 0600) from a computer that has it"
            ),
            request_id: problem.request_id,
        },
    }))
}

#[cfg(test)]
mod tests;
