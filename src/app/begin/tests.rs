//! Where the join token comes from, by what a plan leaves standing.

use rstest::rstest;

use super::*;
use crate::domain::allowance::AllowanceCheck;
use crate::domain::plan::{Action, REPLACED, ResourceKey, ResourceKind, Step};
use crate::domain::topology::Placement;
use crate::domain::units::{Gigabytes, Ocpus};

const NODES: [(&str, Role); 3] = [
    ("way-in", Role::Ingress),
    ("head", Role::Server),
    ("hand", Role::Worker),
];

fn node((name, role): (&str, Role)) -> Node {
    Node {
        name: name.to_owned(),
        role,
        subnet: Placement::Private,
        ocpus: Ocpus(1),
        memory: Gigabytes(6),
        boot_volume: Gigabytes(50),
        private_ip: [10, 0, 2, 11].into(),
    }
}

fn step(key: String, action: Action) -> Step {
    Step {
        name: key.clone(),
        key: ResourceKey(key),
        kind: ResourceKind::Instance,
        action,
        id: None,
        needs: Vec::new(),
        summary: String::new(),
        drift: Vec::new(),
        estimate: None,
    }
}

/// One letter a node: `k`eep, `u`pdate, `c`reate, `r`eplace.
fn plan(letters: &str) -> (Plan, Vec<Node>) {
    let nodes: Vec<Node> = NODES.map(node).into();
    let mut steps = Vec::new();
    for (node, letter) in nodes.iter().zip(letters.chars()) {
        let action = match letter {
            'k' => Action::Keep,
            'u' => Action::Update,
            _ => Action::Create,
        };
        if letter == 'r' {
            steps.push(step(format!("{REPLACED}{}", node.key()), Action::Delete));
        }
        steps.push(step(node.key(), action));
    }
    let plan = Plan {
        cluster: "k3s".to_owned(),
        operation: Operation::Apply,
        region: "eu-frankfurt-1".to_owned(),
        steps,
        allowance: AllowanceCheck::default(),
        image: None,
        spared: Vec::new(),
        records: Vec::new(),
        note: None,
    };
    (plan, nodes)
}

#[rstest]
#[case::the_server_is_asked("kkc", "head")]
#[case::changed_in_place_it_stands("kuc", "head")]
#[case::a_way_in_that_is_replaced_still_leads("rkk", "head")]
#[case::agents_of_a_new_server("kck", "way-in hand")]
#[case::agents_of_a_replaced_server("krk", "way-in hand")]
#[case::the_only_one_left("kcc", "way-in")]
#[case::nobody_stands("ccc", "a new one")]
#[case::all_are_replaced("rrr", "a new one")]
#[case::no_way_to_the_server("ckk", "no way to head")]
#[case::no_way_to_a_worker("cck", "no way to hand")]
fn who_has_the_token(#[case] letters: &str, #[case] expected: &str) {
    let (plan, nodes) = plan(letters);
    assert!(plan.makes_nodes());
    let found = match elsewhere(&plan, &nodes) {
        Source::Nodes(names) => names.join(" "),
        Source::Beyond(names, why) => {
            assert!(why.contains("way-in"), "{why}");
            format!("no way to {}", names.join(" "))
        }
        Source::New => "a new one".to_owned(),
        Source::Unneeded | Source::Workspace(_) => unreachable!("nobody has looked there"),
    };
    assert_eq!(found, expected);
}

#[test]
fn a_run_that_makes_no_node_asks_nobody() {
    assert!(!plan("kuk").0.makes_nodes());
}

#[test]
fn why_it_cannot_be_had_is_told_with_what_to_do() {
    let names = ["head".to_owned()];
    let error = unrecovered(&names, no_way("no answer", "start head"));
    let BeginError::Unrecovered(told) = error else {
        panic!("{error:?}");
    };
    let Problem {
        title,
        detail,
        next,
        ..
    } = &told.problem;
    assert!(title.contains("head; nothing was made"), "{title}");
    assert!(detail.ends_with("no answer"), "{detail}");
    assert!(
        next.starts_with("start head, then apply again; or copy"),
        "{next}"
    );
    let BeginError::Unrecovered(told) = unrecovered(&names, no_token("head")) else {
        unreachable!("the same");
    };
    assert!(!told.may_pass && told.problem.detail.contains("hexadecimal"));
}
