//! An Argo CD Application: what Git wants, what runs, and how the last sync went.

use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::line::Line;
use super::object::{Ailment, Labels, Object, ObjectRef};

/// The annotation that keeps an Application's automated sync policy while k3scope has paused it.
pub const PAUSED: &str = "k3scope/paused-automated-sync";

/// Whether what runs is what Git says (`status.sync.status`).
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    JsonSchema,
    strum::Display,
)]
pub enum Sync {
    /// It is.
    Synced,
    /// It is not.
    OutOfSync,
    /// Argo CD could not compare, or has not yet.
    #[default]
    Unknown,
}

/// The worst health among an application's resources; the order is Argo CD's, best first.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    JsonSchema,
    strum::Display,
)]
pub enum Health {
    /// All well.
    Healthy,
    /// Paused on purpose.
    Suspended,
    /// On its way.
    Progressing,
    /// Nothing of it is in the cluster.
    Missing,
    /// Failed.
    Degraded,
    /// Not known, or not yet.
    #[default]
    Unknown,
}

/// The phase of a sync operation or of a hook.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Hash,
    Serialize,
    Deserialize,
    JsonSchema,
    strum::Display,
)]
pub enum Phase {
    /// Running, or waiting for its next try.
    #[default]
    Running,
    /// Being stopped.
    Terminating,
    /// Done.
    Succeeded,
    /// A resource could not be applied, or became Degraded.
    Failed,
    /// It could not even begin.
    Error,
}

/// Where manifests come from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AppSource {
    /// Repository, Git or Helm.
    pub repo: Line,
    /// Folder in it.
    pub path: Line,
    /// Helm chart, instead of a folder.
    pub chart: Line,
    /// Branch, tag, commit or chart version that is followed.
    pub target: Line,
}

/// Where the resources go.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Destination {
    /// The API server's address, or the cluster's name in Argo CD.
    pub cluster: Line,
    /// Namespace for what names none.
    pub namespace: Line,
}

/// The automated sync policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AutoSync {
    /// False when it is paused with its settings kept.
    pub enabled: bool,
    /// What Git no longer has is deleted.
    pub prune: bool,
    /// What someone changed by hand is put back.
    pub self_heal: bool,
}

/// The sync that runs, or the last one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Operation {
    /// How far it is.
    pub phase: Phase,
    /// Argo CD's sentence.
    pub message: Line,
    /// The revision that it applies.
    pub revision: Line,
    /// Who asked for it; empty for Argo CD itself.
    pub by: Line,
    /// Tries after the first.
    pub retries: u32,
    /// It changes nothing.
    #[serde(default)]
    pub dry_run: bool,
    /// How many resources it is for; 0 where it is for all.
    #[serde(default)]
    pub chosen: usize,
    /// When it began.
    pub started: Option<Timestamp>,
    /// When it ended, or when the last try ended while it waits for the next.
    pub finished: Option<Timestamp>,
    /// What became of each resource.
    pub results: Vec<SyncResult>,
}

/// What a sync did to one resource.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SyncResult {
    /// API group; empty for the core group.
    #[serde(default)]
    pub group: Line,
    /// Kind of the resource.
    pub kind: Line,
    /// The resource.
    pub id: ObjectRef,
    /// `Synced`, `SyncFailed`, `Pruned`, `PruneSkipped`, or a hook's phase.
    pub status: Line,
    /// The server's answer.
    pub message: Line,
}

/// One entry of `status.conditions`: an Application has only those that are wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AppCondition {
    /// Such as `ComparisonError`.
    pub kind: Line,
    /// In Argo CD's words.
    pub message: Line,
    /// Since when.
    pub since: Option<Timestamp>,
}

impl AppCondition {
    /// Whether it stops the application from being compared or synced.
    pub fn is_error(&self) -> bool {
        self.kind.ends_with("Error")
    }
}

/// One resource that the application manages.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AppResource {
    /// API group; empty for the core group.
    pub group: Line,
    /// Version of the API by which Argo CD applies it.
    #[serde(default)]
    pub version: Line,
    /// Kind.
    pub kind: Line,
    /// The resource.
    pub id: ObjectRef,
    /// Whether it is as Git says.
    pub sync: Sync,
    /// Its health, where Argo CD writes it into the Application (since 3.0 not by default).
    pub health: Option<Health>,
    /// Its place in the order of a sync.
    pub wave: i32,
    /// Git no longer has it.
    pub requires_pruning: bool,
}

impl AppResource {
    /// Whether it is itself an Application (app-of-apps).
    pub fn is_application(&self) -> bool {
        self.kind == "Application" && self.group == "argoproj.io"
    }
}

/// One past deployment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Deployment {
    /// Its number, rising.
    pub id: i64,
    /// What was deployed; of several sources the first one's.
    pub revision: Line,
    /// The revisions of the other sources.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<Line>,
    /// When it was done.
    pub at: Option<Timestamp>,
    /// Who asked for it; empty for Argo CD itself.
    pub by: Line,
}

/// An application.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Application {
    /// Its name.
    pub id: ObjectRef,
    /// Its labels.
    #[serde(default, skip_serializing_if = "Labels::is_empty")]
    pub labels: Labels,
    /// When it was made.
    pub created: Option<Timestamp>,
    /// It is being deleted since.
    pub deleting: Option<Timestamp>,
    /// Argo CD project.
    pub project: Line,
    /// Its wave among its siblings.
    pub wave: i32,
    /// The application that made it (app-of-apps), by its tracking mark.
    pub parent: Option<Line>,
    /// Where its manifests come from.
    pub sources: Vec<AppSource>,
    /// Where they go.
    pub destination: Destination,
    /// Absent when it is synced by hand.
    pub auto_sync: Option<AutoSync>,
    /// Whether a rollback of ours paused its automated sync, which can be put back.
    #[serde(default)]
    pub paused: bool,
    /// An operation stands in it that was not taken up yet.
    #[serde(default)]
    pub asked: bool,
    /// Whether what runs is what Git says.
    pub sync: Sync,
    /// What was compared, one for each source.
    pub revisions: Vec<Line>,
    /// Worst health of its resources.
    pub health: Health,
    /// Since when.
    pub health_since: Option<Timestamp>,
    /// When Argo CD last compared.
    pub reconciled: Option<Timestamp>,
    /// The running or last sync.
    pub operation: Option<Operation>,
    /// What is wrong, in Argo CD's words.
    pub conditions: Vec<AppCondition>,
    /// What it manages.
    pub resources: Vec<AppResource>,
    /// Past deployments, newest last.
    pub history: Vec<Deployment>,
    /// Addresses where it can be opened.
    pub urls: Vec<Line>,
}

impl Application {
    /// The revision of its first source, as compared last.
    pub fn revision(&self) -> Option<&Line> {
        self.revisions.first()
    }

    /// Synced and Healthy, with no error and no failed operation.
    pub fn is_well(&self) -> bool {
        self.ailment().is_none()
    }

    /// Whether a sync runs now.
    pub fn is_syncing(&self) -> bool {
        self.operation
            .as_ref()
            .is_some_and(|operation| matches!(operation.phase, Phase::Running | Phase::Terminating))
    }

    /// Since when it is as it is: the youngest of what Argo CD dates.
    pub fn since(&self) -> Option<Timestamp> {
        let operation = self
            .operation
            .as_ref()
            .and_then(|o| o.finished.or(o.started));
        let condition = self.conditions.iter().filter_map(|c| c.since).max();
        [self.health_since, operation, condition]
            .into_iter()
            .flatten()
            .max()
            .or(self.created)
    }

    /// One sentence about what goes on, empty when there is nothing to say.
    pub fn message(&self) -> &str {
        let error = self.conditions.iter().find(|c| c.is_error());
        let condition = error
            .or(self.conditions.first())
            .map(|c| c.message.as_str());
        let operation = self
            .operation
            .as_ref()
            .filter(|operation| operation.phase != Phase::Succeeded)
            .map(|operation| operation.message.as_str());
        condition.or(operation).unwrap_or_default()
    }

    /// The applications that it makes.
    pub fn children(&self) -> impl Iterator<Item = &AppResource> {
        self.resources
            .iter()
            .filter(|resource| resource.is_application())
    }

    fn said(&self, state: &str) -> String {
        match self.message() {
            "" => state.to_owned(),
            message => format!("{state}: {message}"),
        }
    }
}

impl Object for Application {
    fn id(&self) -> &ObjectRef {
        &self.id
    }

    fn ailment(&self) -> Option<Ailment> {
        let since = self.since();
        let failed = self
            .operation
            .as_ref()
            .filter(|o| matches!(o.phase, Phase::Failed | Phase::Error));
        if self.health == Health::Degraded {
            return Some(Ailment::critical(
                self.said("Degraded"),
                self.health_since.or(since),
            ));
        }
        if let Some(error) = self
            .conditions
            .iter()
            .find(|condition| condition.is_error())
        {
            let why = format!("{}: {}", error.kind, error.message);
            return Some(Ailment::critical(why, error.since.or(since)));
        }
        if let Some(operation) = failed {
            let why = format!("sync failed: {}", operation.message);
            return Some(Ailment::critical(why, operation.finished.or(since)));
        }
        match (self.health, self.sync) {
            (Health::Missing, _) => Some(Ailment::warning(self.said("Missing"), since)),
            (_, Sync::OutOfSync) => Some(Ailment::warning(self.said("OutOfSync"), since)),
            (Health::Progressing, _) => {
                let slow = SignedDuration::from_mins(10);
                Some(
                    Ailment::warning(self.said("Progressing"), self.health_since.or(since))
                        .after(slow),
                )
            }
            (Health::Unknown, _) | (_, Sync::Unknown) => Some(
                Ailment::warning(self.said("not compared yet"), since)
                    .after(SignedDuration::from_mins(5)),
            ),
            (Health::Healthy | Health::Suspended | Health::Degraded, Sync::Synced) => None,
        }
    }
}
