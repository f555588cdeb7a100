//! Whatever happens, in whatever order.

use std::path::Path;

use proptest::prelude::*;
use strum::IntoEnumIterator;

use super::bench::{Bench, LAB, all_well, failed, limits};
use crate::command::Command;
use crate::config::{Config, Layout, annotated};
use crate::domain::setup::{Ask, SshKeyFound, Told, Topic};
use crate::wizard::{Base, Step, Weight, draft};

/// Anything that can happen to a wizard.
#[derive(Clone, Debug)]
enum Happening {
    Command(Command),
    Text(String),
    Told(Told),
    Field(usize),
}

fn happening() -> impl Strategy<Value = Happening> {
    let commands = vec![
        Command::NextField,
        Command::PreviousField,
        Command::NextStep,
        Command::PreviousStep,
        Command::NextValue,
        Command::PreviousValue,
        Command::Accept,
        Command::Up,
        Command::Down,
        Command::Quit,
    ];
    let texts = "[a-z0-9./:-]{0,12}|10\\.[0-9]{1,2}\\.0\\.0/[0-9]{1,2}|\\PC{0,8}|[0-9]{1,3}";
    let mut answers = all_well();
    answers.extend([
        Told::Profiles { profiles: vec![] },
        Told::SshKey {
            key: SshKeyFound::default(),
        },
        Told::Zone {
            name: "a.b".into(),
            id: "x".into(),
        },
        Told::Secret { file: "f".into() },
        Told::Written { path: "p".into() },
        Told::Limits { limits: limits(0) },
        Told::Asked {
            topic: Topic::Written,
        },
        failed(Topic::Written),
        failed(Topic::Account),
    ]);
    prop_oneof![
        4 => prop::sample::select(commands).prop_map(Happening::Command),
        3 => texts.prop_map(Happening::Text),
        1 => prop::sample::select(answers).prop_map(Happening::Told),
        3 => any::<usize>().prop_map(Happening::Field),
    ]
}

fn happen(bench: &mut Bench, happening: Happening) {
    match happening {
        Happening::Command(command) => {
            let effects = bench.wizard.on(command);
            bench.effects.extend(effects);
        }
        Happening::Text(text) => bench.wizard.type_text(&text),
        Happening::Told(told) => bench.tell(told),
        Happening::Field(number) => {
            let steps: Vec<Step> = Step::iter().collect();
            let step = steps[number % steps.len()];
            let fields = bench.wizard.fields_of(step);
            let field = fields[(number / steps.len()) % fields.len()].id;
            let effects = bench.wizard.focus_on(field);
            bench.effects.extend(effects);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn nothing_that_happens_breaks_it(
        happenings in prop::collection::vec(happening(), 0..48),
        lab in any::<bool>(),
    ) {
        let text = if lab { LAB.to_owned() } else { annotated(Layout::Compact) };
        let mut bench = Bench::of(Base { text, ..Base::default() });
        for each in happenings {
            happen(&mut bench, each);
            let fields = bench.wizard.fields();
            prop_assert!(fields.iter().any(|field| field.id == bench.wizard.focus()));
        }
        let parsed = Config::parse(bench.wizard.text(), Path::new("cluster.toml"));
        let stopped = bench.wizard.remarks().iter().any(|it| it.weight == Weight::Stop);
        prop_assert!(parsed.is_ok() || stopped, "{}", bench.wizard.text());
        prop_assert!(!stopped || !bench.wizard.can_begin());
        for ask in bench.asks() {
            if let Ask::Write { text } = ask {
                let parsed = Config::parse(&text, Path::new("cluster.toml"));
                prop_assert!(parsed.is_ok(), "{text}");
            }
        }
    }

    #[test]
    fn a_draft_loses_nothing_but_secrets(
        happenings in prop::collection::vec(happening(), 0..32),
    ) {
        let base = Base { text: LAB.to_owned(), ..Base::default() };
        let mut bench = Bench::of(base.clone());
        for each in happenings {
            happen(&mut bench, each);
        }
        let draft = draft::write(&bench.wizard.answers, bench.wizard.step());
        let restored = Bench::of(Base { draft: Some(draft), ..base });
        prop_assert_eq!(&restored.wizard.answers.typed, &bench.wizard.answers.typed);
        prop_assert_eq!(&restored.wizard.answers.nodes, &bench.wizard.answers.nodes);
        prop_assert_eq!(restored.wizard.step(), bench.wizard.step());
    }
}
