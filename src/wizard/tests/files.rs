//! What is written: the file, the draft, the token; and what begins then.

use std::path::Path;

use super::bench::{Bench, LAB, all_well, asking, failed};
use crate::config::Config;
use crate::domain::journey::Begin;
use crate::domain::setup::{Ask, Told, Topic};
use crate::effect::Effect;
use crate::wizard::{Base, Finish, Key};

#[test]
fn what_the_wizard_does_not_know_stays() {
    let mut bench = Bench::of(Base {
        text: LAB.to_owned(),
        exists: true,
        ..Base::default()
    });
    assert_eq!(bench.wizard.text(), LAB, "nothing is changed by looking");
    bench.put(Key::ClusterName, "demo");
    bench.put(Key::Repository, "https://example.org/cluster.git");
    let text = bench.wizard.text();
    assert!(text.starts_with("# kept\n") && text.contains("name = \"demo\" # also kept"));
    assert!(text.contains("\"203.0.113.10:22\" = \"127.0.0.1:4001\""));
    assert_eq!(
        bench.config().endpoints.oci.as_deref(),
        Some("http://127.0.0.1:4000")
    );
    bench.put(Key::Zone, "other.test");
    assert_eq!(
        bench.config().dns.zone_id,
        None,
        "an identifier is its zone's"
    );
}

#[test]
fn the_end_keeps_the_token_writes_the_file_and_begins() {
    let mut bench = Bench::new().told(all_well());
    bench.put(Key::Layout, "reference");
    bench.put(Key::Provider, "cloudflare");
    bench.put(Key::Zone, "example.org");
    bench.put(Key::TokenFrom, "typed");
    bench.put(Key::Token, "cf-secret");
    bench.tell(Told::Zone {
        name: "example.org".into(),
        id: "0123456789abcdef0123456789abcdef".into(),
    });
    bench.checked(&[]);
    bench.effects.clear();
    bench.press(Key::Begin);
    assert_eq!(bench.topics(), [], "the price comes first");
    bench.press(Key::Begin);
    let asked = bench.agree();
    assert_eq!(asked.typed.as_deref(), Some("k3s"));
    assert_eq!(bench.topics(), [Topic::Secret]);
    bench.tell(asking(Topic::Secret));
    bench.tell(failed(Topic::Secret));
    assert_eq!(bench.wizard.finish(), &Finish::No);
    bench.press(Key::Begin);
    bench.agree();
    bench.topics();
    bench.tell(Told::Secret {
        file: ".k3scope/secrets/cloudflare-token".into(),
    });
    let asks = bench.asks();
    let [Ask::Write { text }] = asks.as_slice() else {
        panic!("{asks:?}");
    };
    assert!(text.contains("token = { file = \".k3scope/secrets/cloudflare-token\" }"));
    assert!(!text.contains("cf-secret"));
    assert!(Config::parse(text, Path::new("cluster.toml")).is_ok());
    bench.effects.clear();
    bench.tell(Told::Draft);
    assert_eq!(bench.effects, [], "only its own answer counts");
    bench.tell(Told::Written {
        path: "cluster.toml".into(),
    });
    let begin = Effect::Begin(Begin::Apply {
        allow_paid: true,
        replace: Vec::new(),
    });
    assert_eq!(bench.effects, [begin]);
    bench.tell(Told::Draft);
    assert_eq!(bench.effects.len(), 1, "it begins once");
}

#[test]
fn a_price_is_agreed_to_by_the_clusters_name_and_nothing_else() {
    let mut bench = Bench::new().told(all_well());
    bench.put(Key::Layout, "reference");
    bench.put(Key::ClusterName, "prod");
    bench.checked(&[]);
    bench.press(Key::Begin);
    assert!(bench.asks().iter().all(|ask| ask.topic() != Topic::Written));
    let asked = bench.agree();
    assert_eq!(asked.typed.as_deref(), Some("prod"));
    assert!(asked.title.contains("$28.04/mo"), "{}", asked.title);
    let said = |name: &str| {
        let found = asked.says.iter().find(|(known, _)| known == name);
        found.map(|(_, said)| said.as_str()).unwrap_or_default()
    };
    assert!(
        said("Over").contains("4 OCPU where 2 are free"),
        "{asked:?}"
    );
    assert!(said("Free").contains("`compact` fits"), "{asked:?}");
    assert_eq!(bench.topics(), [Topic::Written], "it follows on the yes");
}

#[test]
fn a_no_leaves_everything_open() {
    let mut bench = Bench::new().told(all_well());
    bench.put(Key::Layout, "reference");
    bench.checked(&[]);
    bench.press(Key::Begin);
    assert_eq!(bench.wizard.finish(), &Finish::Agreeing(Topic::Written));
    bench.put(Key::Layout, "compact");
    bench.checked(&[]);
    bench.effects.clear();
    bench.press(Key::Begin);
    assert_eq!(
        bench.topics(),
        [Topic::Written],
        "what is free needs no yes"
    );
    bench.tell(Told::Written {
        path: "cluster.toml".into(),
    });
    let begin = Effect::Begin(Begin::Apply {
        allow_paid: false,
        replace: Vec::new(),
    });
    assert!(bench.effects.contains(&begin), "{:?}", bench.effects);
}

#[test]
fn a_file_that_is_no_toml_is_not_the_end() {
    let bench = Bench::of(Base {
        text: "[[[".to_owned(),
        exists: true,
        draft: Some("{".to_owned()),
        ..Base::default()
    });
    assert_eq!(bench.config(), Config::default());
    assert!(bench.wizard.remarks()[0].text.contains("begins anew"));
}

#[test]
fn the_draft_is_handed_out_only_after_a_change() {
    let mut bench = Bench::new().told(all_well());
    let kept = |effects: &[Effect]| {
        let keeps = effects
            .iter()
            .filter(|it| matches!(it, Effect::Ask(Ask::Keep { .. })));
        keeps.count()
    };
    assert_eq!(kept(&bench.effects), 0, "answers are no change");
    bench.wizard.type_text("~/x");
    bench.tell(Told::Draft);
    assert_eq!(
        kept(&bench.effects),
        1,
        "a crash in the middle of a word loses nothing"
    );
    bench.tell(Told::Draft);
    assert_eq!(kept(&bench.effects), 1);
}
