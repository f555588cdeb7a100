//! `plan` of a cluster that stands: few calls, and each wave of them at once.

use std::collections::BTreeSet;
use std::time::Duration;

use k3scope::clock::Clock;
use k3scope::lab::oci::{Hold, Matcher, Point};

use super::session::{Ended, Session};

/// What needs nothing but the compartment.
const FIRST_WAVE: [&str; 9] = [
    "/vcns?",
    "/internetGateways?",
    "/routeTables?",
    "/securityLists?",
    "/subnets?",
    "/instances?",
    "/vnicAttachments?",
    "/publicIps?",
    "/availabilityDomains?",
];
/// What needs to know the instances and their cards first: a card for each of three nodes.
const SECOND_WAVE: [&str; 5] = [
    "/vnics/",
    "/vnics/",
    "/vnics/",
    "/privateIps?",
    "/bootVolumeAttachments?",
];

fn held(session: &Session, wave: &[&str]) -> Vec<Hold> {
    let hold = |piece: &&str| {
        let matcher = Matcher::new("GET", piece);
        session.lab.oci().hold_next(matcher, Point::BeforeAnswering)
    };
    wave.iter().map(hold).collect()
}

/// Waits until all of a wave stand before the lab unanswered, and lets them go on.
async fn come_together(wave: Vec<Hold>, what: &str) {
    let mut holds = wave;
    for hold in &mut holds {
        Clock::default()
            .timeout(Duration::from_mins(1), hold.reached())
            .await
            .unwrap_or_else(|_| panic!("{what} should be asked at once"))
            .unwrap();
    }
    holds.into_iter().for_each(Hold::let_go);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_asks_little_and_what_it_can_at_once() {
    let session = Session::start().await;
    session
        .run(&["apply", "--yes", "--allow-paid"])
        .await
        .expect(0);
    let before = session.lab.oci().requests().len();
    let (first, second) = (held(&session, &FIRST_WAVE), held(&session, &SECOND_WAVE));
    let plan = session.spawn(&["plan", "--json"]);
    come_together(first, "all lists of the compartment").await;
    come_together(second, "what belongs to the nodes").await;
    Ended::of(plan.wait_with_output().await.unwrap()).expect(0);

    let asked = session.lab.oci().requests().split_off(before);
    assert!(asked.iter().all(|it| it.method == "GET"), "{asked:?}");
    let paths: BTreeSet<&str> = asked.iter().map(|it| it.path.as_str()).collect();
    assert_eq!(
        paths.len(),
        asked.len(),
        "nothing is asked twice: {asked:?}"
    );
    assert!(asked.len() <= 32, "{} calls", asked.len());
}
