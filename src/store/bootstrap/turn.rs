//! Whose turn it is among the stages of the cluster. Hosts, records and certificates are asked from
//! the beginning on; how long they take counts from the moment at which they can come to something.

use jiff::Timestamp;

use super::run::{Bootstrap, StageRun};
use crate::domain::bootstrap::{Progress, Stage};

/// Whether `later` cannot come to anything before `earlier` is done. What Argo CD delivers converges
/// side by side; a Secret that is not placed may stand there all the same.
fn needs(later: Stage, earlier: Stage) -> bool {
    let is_delivered = |stage| {
        matches!(
            stage,
            Stage::Root | Stage::Applications | Stage::Certificates | Stage::Records
        )
    };
    earlier < later && earlier != Stage::Secrets && !(is_delivered(earlier) && is_delivered(later))
}

fn is_early(cluster: &[StageRun], stage: &StageRun) -> bool {
    matches!(stage.progress, Progress::Running { .. })
        && cluster
            .iter()
            .any(|each| !each.is_done() && needs(stage.stage, each.stage))
}

impl Bootstrap {
    /// Whether a stage of the cluster is asked for already, though its turn has not come.
    pub fn is_early(&self, stage: &StageRun) -> bool {
        is_early(&self.cluster, stage)
    }
}

/// The stages of the cluster that are under way before their turn.
pub(super) fn early(cluster: &[StageRun]) -> Vec<Stage> {
    let early = cluster.iter().filter(|stage| is_early(cluster, stage));
    early.map(|stage| stage.stage).collect()
}

/// Times those that were `early` from now on.
pub(super) fn begin_anew(cluster: &mut [StageRun], early: &[Stage], at: Timestamp) {
    for stage in cluster {
        let is_running = matches!(stage.progress, Progress::Running { .. });
        if is_running && early.contains(&stage.stage) {
            stage.started = Some(at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::bootstrap::{BootstrapEvent, Subject, Usual};
    use crate::domain::event::{Event, What};
    use crate::store::{Store, fold};

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    fn tell(store: &mut Store, seconds: i64, event: BootstrapEvent) {
        let what = What::Bootstrap(event);
        fold(
            store,
            Event {
                at: at(seconds),
                what,
            },
        );
    }

    fn stage(stage: Stage, progress: Progress) -> BootstrapEvent {
        BootstrapEvent::Stage {
            of: Subject::Cluster,
            stage,
            progress,
            took: None,
        }
    }

    #[test]
    fn what_is_asked_before_its_turn_is_timed_from_its_turn_on() {
        let mut store = Store::default();
        let begun = BootstrapEvent::Started {
            nodes: Vec::new(),
            delivers: true,
            hosts: vec!["docs.example.com".into()],
            places: false,
            usual: Usual::default(),
        };
        tell(&mut store, 0, begun);
        let waits = |what: &str| Progress::Running {
            waits_for: what.into(),
        };
        tell(&mut store, 1, stage(Stage::Hosts, waits("docs")));
        tell(&mut store, 1, stage(Stage::Records, waits("the record")));
        let seen = |store: &Store, which| {
            let run = store.bootstrap.as_ref().unwrap();
            let stage = run.cluster.iter().find(|each| each.stage == which).unwrap();
            (run.is_early(stage), stage.seconds(at(100)))
        };
        assert!(seen(&store, Stage::Hosts).0 && seen(&store, Stage::Records).0);

        tell(&mut store, 40, stage(Stage::ArgoCd, Progress::Done));
        assert_eq!(seen(&store, Stage::Records), (false, Some(60)));
        assert!(seen(&store, Stage::Hosts).0);

        for delivered in [Stage::Root, Stage::Applications, Stage::Certificates] {
            tell(&mut store, 70, stage(delivered, Progress::Done));
        }
        tell(&mut store, 90, stage(Stage::Records, Progress::Done));
        assert_eq!(seen(&store, Stage::Hosts), (false, Some(10)));
    }
}
