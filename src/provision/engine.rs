//! What makes a cluster: one of two engines, as `cluster.toml` says.
//!
//! Both look at the cloud with the same eyes: what bears the cluster's tags, what it uses of what is
//! free. Terraform then plans from its own state; where the two disagree on what exists, nothing is
//! made.

use std::collections::{BTreeMap, BTreeSet};

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::blueprint::node_key;
use super::direct::{self, Survey, Unplanned};
use super::journal::Journal;
use super::teller::Teller;
use super::terraform::hunt::{Beginning, Run};
use super::terraform::{About, Purpose, Saved, Terraform, UnderWay, Wish, address};
use crate::domain::event::Event;
use crate::domain::hunt::Place;
use crate::domain::plan::{Action, Operation, Plan, REPLACED, ResourceKey, Spared, Step};
use crate::domain::problem::Problem;
use crate::domain::provision::Outcome;

/// What plans, makes and removes.
#[derive(Clone)]
pub struct Engine {
    /// Looks at the cloud; makes what is wanted unless Terraform does.
    pub direct: direct::Engine,
    /// Terraform, where it makes the cluster.
    pub terraform: Option<Terraform>,
}

/// What looking at the cloud told.
#[derive(Debug)]
pub struct Look {
    /// What the embedded engine would do.
    pub plan: Plan,
    survey: Survey,
}

/// A plan with what it takes to carry out exactly that.
#[derive(Debug)]
pub struct Planned {
    /// What will be done.
    pub plan: Plan,
    /// That another engine was at work here, in one line.
    pub other_engine: Option<String>,
    basis: Basis,
}

#[derive(Debug)]
enum Basis {
    Look(Box<Survey>),
    Saved(Box<Saved>),
    UnderWay(Box<UnderWay>),
}

impl Planned {
    /// Whether it is being carried out already, by a run that outlived the program that began it:
    /// there is nothing to ask for any more.
    pub fn is_under_way(&self) -> bool {
        matches!(self.basis, Basis::UnderWay(_))
    }

    /// With a line about another engine's traces.
    #[must_use]
    pub fn beside(self, other_engine: Option<String>) -> Self {
        Self {
            other_engine,
            ..self
        }
    }
}

impl Engine {
    /// The run that outlived the program that began it, if there is one.
    pub fn under_way(&self) -> Result<Option<Planned>, Problem> {
        let Some(terraform) = &self.terraform else {
            return Ok(None);
        };
        let under_way = terraform.under_way()?;
        Ok(under_way.map(|under_way| Planned {
            plan: under_way.plan.clone(),
            other_engine: None,
            basis: Basis::UnderWay(Box::new(under_way)),
        }))
    }

    /// Looks at what bears the cluster's tags, and says what the embedded engine would do.
    pub async fn look(&self, operation: Operation) -> Result<Look, Unplanned> {
        let (plan, survey) = match operation {
            Operation::Apply => Box::pin(self.direct.plan()).await?,
            Operation::Destroy => Box::pin(self.direct.plan_destroy()).await?,
        };
        Ok(Look { plan, survey })
    }

    /// What will be done, by who does it. Terraform's folder is as it is to be.
    pub async fn plan(&self, look: Look) -> Result<Planned, Unplanned> {
        let Look { plan, survey } = look;
        let Some(terraform) = &self.terraform else {
            return Ok(Planned {
                plan,
                other_engine: None,
                basis: Basis::Look(Box::new(survey)),
            });
        };
        let saved = terraform.plan(self.wish(&plan, &survey)).await?;
        let plan = agreed(plan, &saved.review.plan)?;
        Ok(Planned {
            plan,
            other_engine: taking_over(saved.review.imports.len()),
            basis: Basis::Saved(Box::new(saved)),
        })
    }

    /// What Terraform is asked for. New nodes are launched where the embedded engine would launch
    /// them; those that are there are where the look shows them, so that no plan moves them.
    fn wish<'a>(&'a self, look: &'a Plan, survey: &Survey) -> Wish<'a> {
        let names: BTreeMap<&ResourceKey, &str> = look
            .steps
            .iter()
            .filter(|step| step.action == Action::Create)
            .map(|step| (&step.key, step.name.as_str()))
            .collect();
        let mut placed: BTreeMap<String, Place> = survey
            .preferred()
            .filter_map(|(key, place)| Some(((*names.get(key)?).to_owned(), place.clone())))
            .collect();
        if look.operation == Operation::Apply {
            let standing: BTreeMap<ResourceKey, Place> = survey.standing().collect();
            for node in &self.direct.topology.nodes {
                if let Some(place) = standing.get(&node_key(node)) {
                    placed
                        .entry(node.name.clone())
                        .or_insert_with(|| place.clone());
                }
            }
        }
        Wish {
            operation: look.operation,
            replace: self.direct.replace.iter().filter_map(address).collect(),
            only: Vec::new(),
            quota_scope: survey
                .quota_scope()
                .filter(|_| self.direct.topology.quota_guard)
                .map(str::to_owned),
            placements: placed,
            about: About {
                topology: &self.direct.topology,
                purpose: match look.operation {
                    Operation::Apply => Purpose::Apply,
                    Operation::Destroy => Purpose::Destroy,
                },
                region: &look.region,
                allowance: look.allowance.clone(),
                estimates: &self.direct.estimates,
            },
        }
    }

    /// Carries `planned` out. The events go to `events` as they happen, the last is
    /// [`Finished`](crate::domain::provision::ProvisionEvent::Finished).
    pub async fn execute(
        &self,
        planned: Planned,
        journal: Journal,
        events: mpsc::Sender<Event>,
        stop: CancellationToken,
    ) -> Outcome {
        let Planned { plan, basis, .. } = planned;
        let Some(terraform) = &self.terraform else {
            return match basis {
                Basis::Look(survey) => {
                    let planned = (plan, *survey);
                    self.direct.execute(planned, journal, events, stop).await
                }
                Basis::Saved(_) | Basis::UnderWay(_) => Outcome::Failed,
            };
        };
        let mut teller = Teller::of(&plan, journal, events);
        let beginning = match basis {
            Basis::Saved(saved) => Beginning::Saved(saved),
            Basis::UnderWay(under_way) => Beginning::UnderWay(under_way),
            Basis::Look(_) => {
                return teller.fail(mismatch(), self.direct.clock.now()).await;
            }
        };
        let run = Run {
            direct: &self.direct,
            terraform,
            agreed: plan,
            teller,
            stop,
        };
        Box::pin(run.carry_out(beginning)).await
    }
}

/// What Terraform would do, with what looking at the cloud told beside: refused where it would make
/// again what is there.
fn agreed(look: Plan, planned: &Plan) -> Result<Plan, Problem> {
    let there: BTreeMap<&ResourceKey, &Step> = look
        .steps
        .iter()
        .filter(|step| step.id.is_some() && step.action != Action::Create)
        // A mere setting has no address of its own: to set it once more makes nothing.
        .filter(|step| address(&step.key).is_some())
        .map(|step| (&step.key, step))
        .collect();
    let replaced: BTreeSet<&str> = planned
        .steps
        .iter()
        .filter_map(|step| step.key.0.strip_prefix(REPLACED))
        .collect();
    let twice: Vec<&Step> = planned
        .steps
        .iter()
        .filter(|step| step.action == Action::Create && !replaced.contains(step.key.0.as_str()))
        .filter_map(|step| there.get(&step.key).copied())
        .collect();
    if !twice.is_empty() {
        return Err(not_in_state(&twice));
    }
    let known: BTreeSet<&ResourceKey> = planned.steps.iter().map(|step| &step.key).collect();
    let mut spared = look.spared;
    if planned.operation == Operation::Destroy {
        let strangers = look.steps.iter().filter(|step| !known.contains(&step.key));
        spared.extend(strangers.map(stranger));
    }
    Ok(Plan {
        image: look.image,
        spared,
        ..planned.clone()
    })
}

/// That the cluster was made without Terraform, where it takes something over.
fn taking_over(imports: usize) -> Option<String> {
    (imports > 0).then(|| {
        format!(
            "{imports} resources of this cluster stand in the cloud and are not in Terraform's \
             state: tf-k3s/imports.tf takes them over"
        )
    })
}

fn not_in_state(twice: &[&Step]) -> Problem {
    let commands = twice.iter().map(|step| taken_over(step));
    let commands: Vec<String> = commands.collect();
    Problem {
        title: "Terraform's state does not know what is there already".to_owned(),
        detail: format!(
            "these bear the cluster's tags, and Terraform would make them again; one by one, this \
             takes them over, in tf-k3s/:\n{}",
            commands.join("\n")
        ),
        next: "`k3scope render --import` writes tf-k3s/imports.tf, with which the next plan takes \
               them over; or find the state that knows them, or set engine = \"direct\" under \
               [provision]; nothing was made"
            .to_owned(),
        request_id: None,
    }
}

/// The command that takes a resource into Terraform's state.
fn taken_over(step: &Step) -> String {
    let id = step.id.as_deref().unwrap_or_default();
    match address(&step.key) {
        Some(address) => format!("terraform import '{address}' {id}"),
        None => format!("# {} {} ({id})", step.kind, step.name),
    }
}

fn stranger(step: &Step) -> Spared {
    Spared {
        what: format!("{} {}", step.kind, step.name),
        id: step.id.clone(),
        why: format!(
            "not in Terraform's state; `k3scope render --import` and an apply take it over, or in \
             tf-k3s/ `{}`",
            taken_over(step)
        ),
    }
}

/// A plan of the one engine is never carried out by the other.
fn mismatch() -> Problem {
    Problem {
        title: "the plan was made by another engine".to_owned(),
        detail: "cluster.toml names another engine than the plan was made with".to_owned(),
        next: "plan again".to_owned(),
        request_id: None,
    }
}
