//! Looks whenever there is something to explain, not more often than is good for a node, and tells
//! what is new.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::standing::{Concern, Standing};
use super::{look, pods};
use crate::bootstrap::shared::{Shared, Unheard};
use crate::domain::bootstrap::{BootstrapEvent, Diagnosis, Stage, Subject, Usual};
use crate::domain::line::Line;

/// The pace of looks at what is slow.
const LOOK: Duration = Duration::from_secs(30);
/// The pace at which it is asked whether something has become slow.
const GLANCE: Duration = Duration::from_secs(5);
/// Looks at the pods' networks while no host tells that it is unwell.
const PATIENT_LOOKS: u32 = 10;

/// What was found of a stage, and when to look again.
struct Found {
    concern: Concern,
    diagnosis: Option<Diagnosis>,
    again: Instant,
}

/// What is known between two looks.
struct Watch<'a> {
    shared: &'a Shared,
    usual: Usual,
    found: BTreeMap<(Line, Stage), Found>,
    told: BTreeMap<(Subject, Stage), Diagnosis>,
    pods: Option<Diagnosis>,
    pods_again: Instant,
    pods_looks: u32,
}

/// Looks until nobody listens.
pub(in crate::bootstrap) async fn run(shared: &Shared, usual: Usual) -> Unheard {
    let mut changes = shared.standing.subscribe();
    let now = shared.clock.instant();
    let mut looking = Watch {
        shared,
        usual,
        found: BTreeMap::new(),
        told: BTreeMap::new(),
        pods: None,
        pods_again: now,
        pods_looks: 0,
    };
    loop {
        let standing = changes.borrow_and_update().clone();
        looking.look(&standing).await;
        if let Err(unheard) = looking.tell().await {
            return unheard;
        }
        let heard = shared.clock.timeout(GLANCE, changes.changed()).await;
        if let Ok(Err(_)) = heard {
            return Unheard;
        }
    }
}

impl Watch<'_> {
    async fn look(&mut self, standing: &Standing) {
        let clock = self.shared.clock;
        let usual = |stage| self.usual.length(stage);
        let concerns = standing.concerns(clock.now(), usual);
        let is_one = |key: &(Line, Stage)| {
            let mut known = concerns.iter();
            known.any(|it| it.node == key.0 && it.stage == key.1)
        };
        self.found.retain(|key, _| is_one(key));
        for concern in concerns {
            let key = (concern.node.clone(), concern.stage);
            let is_fresh = self.found.get(&key).is_some_and(|found| {
                found.concern.how.is_like(&concern.how) && clock.instant() < found.again
            });
            if is_fresh {
                continue;
            }
            let diagnosis = look::into(self.shared, standing, &concern).await;
            let again = clock.instant() + clock.at_pace(LOOK);
            self.found.insert(
                key,
                Found {
                    concern,
                    diagnosis,
                    again,
                },
            );
        }
        self.look_at_pods(standing).await;
    }

    /// Nodes that all run K3s and a cluster that is not well yet: its pods may be apart.
    async fn look_at_pods(&mut self, standing: &Standing) {
        let clock = self.shared.clock;
        let nodes = &self.shared.target.topology.nodes;
        let all_run = nodes
            .iter()
            .all(|node| standing.is_done(&node.name, Stage::K3s));
        let is_due = clock.instant() >= self.pods_again;
        let is_wanted =
            self.pods.is_some() || standing.has_unwell_host() || self.pods_looks < PATIENT_LOOKS;
        if nodes.len() < 2 || !all_run || !is_due || !is_wanted {
            return;
        }
        self.pods = pods::apart(self.shared).await;
        self.pods_looks = self.pods_looks.saturating_add(1);
        self.pods_again = clock.instant() + clock.at_pace(LOOK);
    }

    /// Tells what differs from what was told.
    async fn tell(&mut self) -> Result<(), Unheard> {
        let of_nodes = self.found.iter().filter_map(|((node, stage), found)| {
            let key = (Subject::Node(node.clone()), *stage);
            Some((key, found.diagnosis.clone()?))
        });
        let mut now: BTreeMap<(Subject, Stage), Diagnosis> = of_nodes.collect();
        if let Some(pods) = &self.pods {
            let stage = if self.shared.target.delivers {
                Stage::Applications
            } else {
                Stage::ArgoCd
            };
            now.insert((Subject::Cluster, stage), pods.clone());
        }
        let gone = self.told.keys().filter(|key| !now.contains_key(key));
        let mut news: Vec<_> = gone.map(|key| (key.clone(), None)).collect();
        for (key, diagnosis) in &now {
            if self.told.get(key) != Some(diagnosis) {
                news.push((key.clone(), Some(diagnosis.clone())));
            }
        }
        self.told = now;
        for ((of, stage), diagnosis) in news {
            self.shared
                .tell(BootstrapEvent::Diagnosed {
                    of,
                    stage,
                    diagnosis,
                })
                .await?;
        }
        Ok(())
    }
}
