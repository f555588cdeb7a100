//! Markers in, stages out.

use std::time::Duration;

use proptest::prelude::*;
use rstest::rstest;

use super::*;

fn marker(stage: Stage, how: State, seconds: u64) -> Marker {
    Marker {
        uptime: Duration::from_secs(seconds),
        state: how,
        stage,
        detail: "10.0.2.10:6443".into(),
    }
}

fn whole_run() -> Vec<Marker> {
    let stages = Stage::of_script(Role::Worker);
    let run = [State::Start, State::Wait, State::Ok];
    (0_u64..)
        .zip(stages.iter().flat_map(|stage| run.map(|how| (*stage, how))))
        .map(|(seconds, (stage, how))| marker(stage, how, 20 + seconds))
        .collect()
}

#[rstest]
#[case::waits(&[marker(Stage::Firewall, State::Ok, 3), marker(Stage::Route, State::Wait, 4)],
    &[(Stage::Firewall, Reached::Done { took: None }), (Stage::Route, Reached::Running("10.0.2.10:6443".into()))])]
#[case::what_was_torn_is_proved(&[marker(Stage::Download, State::Start, 9)],
    &[(Stage::Firewall, Reached::Done { took: None }), (Stage::Route, Reached::Done { took: None }), (Stage::Download, Reached::Running(Line::default()))])]
#[case::failed(&[marker(Stage::Firewall, State::Start, 3), marker(Stage::Firewall, State::Failed, 4)],
    &[(Stage::Firewall, Reached::Failed("10.0.2.10:6443".into()))])]
#[case::run_again(&[marker(Stage::Firewall, State::Failed, 4), marker(Stage::Firewall, State::Start, 90)],
    &[(Stage::Firewall, Reached::Running(Line::default()))])]
fn a_trail_tells_where_the_script_is(
    #[case] seen: &[Marker],
    #[case] reached: &[(Stage, Reached)],
) {
    let mut trail = Trail::new(Role::Worker);
    for marker in seen {
        trail.learn(0, marker.clone());
    }
    assert_eq!(trail.reached(), reached);
}

#[test]
fn a_reboot_counts_from_its_own_zero() {
    let mut trail = Trail::new(Role::Worker);
    let mut boots = Boots::default();
    for seen in [
        marker(Stage::Firewall, State::Ok, 30),
        marker(Stage::Route, State::Failed, 330),
        marker(Stage::Firewall, State::Ok, 25),
        marker(Stage::Route, State::Ok, 40),
    ] {
        trail.learn(boots.of(&seen), seen);
    }
    assert_eq!(
        trail.reached(),
        [
            (Stage::Firewall, Reached::Done { took: None }),
            (Stage::Route, Reached::Done { took: None })
        ]
    );
}

#[test]
fn a_boot_begins_all_of_it_anew() {
    let mut trail = Trail::new(Role::Worker);
    let mut boots = Boots::default();
    let second = [
        marker(Stage::Firewall, State::Start, 21),
        marker(Stage::Firewall, State::Ok, 28),
        marker(Stage::Route, State::Start, 28),
    ];
    for seen in whole_run().into_iter().chain(second) {
        trail.learn(boots.of(&seen), seen);
    }
    assert_eq!(boots.again(), 1);
    assert_eq!(
        trail.reached(),
        [
            (Stage::Firewall, Reached::Done { took: Some(7) }),
            (Stage::Route, Reached::Running(Line::default())),
            (Stage::Download, Reached::Again),
            (Stage::ApiServer, Reached::Again),
            (Stage::K3s, Reached::Again),
        ]
    );
}

#[rstest]
#[case::of_the_last_attempt(&[(State::Start, 20), (State::Failed, 300), (State::Start, 330), (State::Ok, 341)], Some(11))]
#[case::in_no_time(&[(State::Start, 20), (State::Ok, 20)], Some(0))]
#[case::beginning_was_torn(&[(State::Ok, 41)], None)]
#[case::beginning_was_of_another_run(&[(State::Start, 20), (State::Ok, 27), (State::Start, 90), (State::Ok, 91)], Some(1))]
fn a_stage_took_what_the_nodes_clock_says(
    #[case] seen: &[(State, u64)],
    #[case] wanted: Option<u64>,
) {
    let mut trail = Trail::new(Role::Worker);
    for (how, at) in seen {
        trail.learn(0, marker(Stage::Firewall, *how, *at));
    }
    let wanted = Reached::Done { took: wanted };
    assert_eq!(trail.reached(), [(Stage::Firewall, wanted)]);
}

#[test]
fn beginnings_without_end_are_not_all_remembered() {
    let mut trail = Trail::new(Role::Worker);
    for at in 0..10_000 {
        trail.learn(0, marker(Stage::Route, State::Start, at));
    }
    assert_eq!(trail.begun[&Stage::Route].len(), BEGINNINGS);
    trail.learn(0, marker(Stage::Route, State::Ok, 10_004));
    let took = Reached::Done { took: Some(5) };
    assert_eq!(trail.reached()[1], (Stage::Route, took));
}

/// The markers of as many whole runs, each in a boot of its own, some of them torn.
fn runs() -> impl Strategy<Value = Vec<(u32, Marker)>> {
    let boots =
        |count: u32| (0..count).flat_map(|boot| whole_run().into_iter().map(move |it| (boot, it)));
    (1_u32..4).prop_flat_map(move |count| {
        let all: Vec<_> = boots(count).collect();
        let most = all.len();
        proptest::sample::subsequence(all, 0..=most)
    })
}

proptest! {
    #[test]
    fn any_order_and_repetition_gives_the_same_end(
        (in_order, shuffled) in runs().prop_flat_map(|seen| (Just(seen.clone()), Just(seen).prop_shuffle())),
        times in 1_usize..4,
    ) {
        let mut straight = Trail::new(Role::Worker);
        for (boot, marker) in in_order.clone() {
            straight.learn(boot, marker);
        }
        let mut mixed = Trail::new(Role::Worker);
        for _ in 0..times {
            for (boot, marker) in &shuffled {
                mixed.learn(*boot, marker.clone());
            }
        }
        let reached = straight.reached();
        prop_assert_eq!(&reached, &mixed.reached());
        let mut order = Stage::of_script(Role::Worker).iter();
        prop_assert!(reached.iter().all(|(stage, _)| order.any(|it| it == stage)), "none is doubled");
        // What came before the newest marker is done, what comes after it is not yet known again.
        let newest = in_order.last().map(|(_, marker)| marker.stage);
        for (stage, how) in &reached {
            match how {
                Reached::Again => prop_assert!(Some(*stage) > newest),
                Reached::Done { .. } => prop_assert!(Some(*stage) <= newest),
                Reached::Running(_) | Reached::Failed(_) => prop_assert_eq!(Some(*stage), newest),
            }
        }
        for (stage, how) in &reached {
            if let Reached::Done { took: Some(took) } = how {
                prop_assert_eq!(*took, 2, "{}", stage);
            }
        }
    }
}
