//! Room for one more network.

use crate::domain::preflight::Verdict;
use crate::domain::topology::CLUSTER_TAG;
use crate::oci::limit::VCNS;
use crate::preflight::check::{Answer, Check, Finding, LIMIT, Obstacle};
use crate::preflight::room::Room;
use crate::preflight::scene::Scene;

pub(super) const CHECK: Check = Check {
    name: "vcn-count",
    proves: "The region has room for the cluster's network, or has it already.",
    unknown: Verdict::Warns,
    limit: LIMIT,
    run: |scene| Box::pin(run(scene)),
};

async fn run(scene: &Scene) -> Answer {
    let vcns = scene.vcns().await?;
    let there = vcns.iter().any(|vcn| {
        let ours = vcn.freeform_tags.get(CLUSTER_TAG) == Some(&scene.config().cluster.name);
        ours && !vcn.lifecycle_state.is_gone() && !vcn.lifecycle_state.is_going()
    });
    let room = scene.room("vcn", VCNS, None).await;
    let room = room.map_err(Obstacle::refused("read the limit of networks"))?;
    Ok(judge(there, room))
}

fn judge(there: bool, room: Option<Room>) -> Finding {
    match room {
        _ if there => Finding::passed("the cluster's network is there already"),
        Some(room) if room.left == 0 => {
            Finding::blocks(format!("the limit {VCNS} is met: {room}")).next(
                "delete a network that nobody needs, or ask Oracle for a higher limit (Governance > \
                 Limits)",
            )
        }
        Some(room) => Finding::passed(format!("1 wanted, {room}")),
        None => Finding::warns("the limit of networks is not known")
            .next("look at Governance > Limits in the console"),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::room(false, Some((1, 49)), Verdict::Passed)]
    #[case::met(false, Some((2, 0)), Verdict::Blocks)]
    #[case::met_by_ours(true, Some((2, 0)), Verdict::Passed)]
    #[case::unknown(false, None, Verdict::Warns)]
    fn one_more_must_fit(
        #[case] there: bool,
        #[case] room: Option<(u32, u32)>,
        #[case] verdict: Verdict,
    ) {
        let finding = judge(there, room.map(|(used, left)| Room { used, left }));
        assert_eq!(finding.verdict, verdict, "{finding:?}");
    }
}
