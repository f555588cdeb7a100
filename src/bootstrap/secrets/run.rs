//! Places all Secrets whenever there is a way to the API, and tells how far it is.

use std::collections::BTreeSet;
use std::future::pending;
use std::time::Duration;

use super::place::{Placed, place};
use super::wanted::Wanted;
use crate::bootstrap::shared::{Door, Shared, Unheard};
use crate::domain::bootstrap::{Progress, Stage, Subject};
use crate::domain::line::Line;
use crate::domain::log_line::Level;
use crate::domain::problem::Problem;
use crate::kube::{Connection, Target, Way, Writer};

/// The pace of rounds while something is waited for, and after one that a person must help.
const AGAIN: Duration = Duration::from_secs(3);
const AGAIN_AFTER_FAILURE: Duration = Duration::from_secs(20);
/// How long one Secret may take.
const PLACE_WITHIN: Duration = Duration::from_secs(30);

/// Places `wanted` until nobody listens. Another way to the API, such as to a server that was
/// rebuilt, begins it anew.
pub(in crate::bootstrap) async fn run(shared: &Shared, wanted: &[Wanted]) -> Unheard {
    if wanted.is_empty() {
        return pending().await;
    }
    if let Err(unheard) = warn(shared, wanted).await {
        return unheard;
    }
    let mut door = shared.door.subscribe();
    loop {
        let way = door.borrow_and_update().clone();
        let placing = async {
            match &way {
                Some(way) => keep_placing(shared, wanted, way).await,
                None => pending().await,
            }
        };
        tokio::select! {
            unheard = placing => return unheard,
            changed = door.changed() => if changed.is_err() {
                return Unheard;
            },
        }
    }
}

/// Tells of secrets that cannot be read while there is still time to mend that.
async fn warn(shared: &Shared, wanted: &[Wanted]) -> Result<(), Unheard> {
    let mut told = BTreeSet::new();
    for each in wanted {
        let Err(why) = &each.values else { continue };
        if told.insert(each.from) {
            let problem = Problem {
                title: format!("{} leads to no secret", each.from),
                detail: why.to_string(),
                next: "mend that and follow again: it is needed once the API answers".to_owned(),
                request_id: None,
            };
            shared.tell_problem(problem).await?;
        }
    }
    Ok(())
}

async fn keep_placing(shared: &Shared, wanted: &[Wanted], door: &Door) -> Unheard {
    match placing(shared, wanted, door).await {
        Ok(()) => pending().await,
        Err(unheard) => unheard,
    }
}

/// Rounds until all of them stand.
async fn placing(shared: &Shared, wanted: &[Wanted], door: &Door) -> Result<(), Unheard> {
    let target = Target {
        kubeconfig: Some(door.kubeconfig.clone()),
        ..Target::default()
    };
    let Ok(connection) = Connection::open_by(&target, &Way::Through(door.gateway.clone())).await
    else {
        // Who follows the objects says why, and another kubeconfig opens the door anew.
        return Ok(());
    };
    let writer = Writer::new(connection, shared.target.access);
    let (mut told, mut left) = (None, BTreeSet::new());
    loop {
        let progress = round(shared, &writer, wanted, &mut left).await?;
        let pace = match &progress {
            Progress::Failed { .. } => AGAIN_AFTER_FAILURE,
            Progress::Waiting | Progress::Running { .. } | Progress::Done => AGAIN,
        };
        if told.as_ref() != Some(&progress) {
            let telling = shared.tell_stage(Subject::Cluster, Stage::Secrets, progress.clone());
            telling.await?;
            told = Some(progress);
        }
        if told == Some(Progress::Done) {
            return Ok(());
        }
        shared.clock.sleep(pace).await;
    }
}

/// Tries each once; what fails counts before what waits. `left` holds what was said of those that
/// stay as they are.
async fn round(
    shared: &Shared,
    writer: &Writer,
    wanted: &[Wanted],
    left: &mut BTreeSet<Line>,
) -> Result<Progress, Unheard> {
    let (mut failed, mut waits) = (None, None);
    for each in wanted {
        let placing = shared.clock.timeout(PLACE_WITHIN, place(writer, each));
        match placing.await {
            Ok(Placed::Ours { written: false }) => {}
            Ok(Placed::Ours { written: true }) => {
                let said = format!("{} is placed", each.of);
                shared.tell_log(Level::Info, &said).await?;
            }
            Ok(Placed::Left(why)) => {
                if left.insert(why.clone()) {
                    shared.tell_log(Level::Warn, &why).await?;
                }
            }
            Ok(Placed::Waits(what)) => {
                waits.get_or_insert(what);
            }
            Ok(Placed::Failed(problem)) => {
                failed.get_or_insert(problem);
            }
            Err(_) => {
                waits.get_or_insert("an answer of the API server".into());
            }
        }
    }
    Ok(match (failed, waits) {
        (Some(problem), _) => Progress::Failed { problem },
        (None, Some(waits_for)) => Progress::Running { waits_for },
        (None, None) => Progress::Done,
    })
}
