//! What is asked, when, and what comes of the answers.

use std::path::Path;

use secrecy::ExposeSecret;

use super::bench::{Bench, LAB, account, all_well, asking, failed, limits, profile, ssh_key};
use crate::command::Command;
use crate::config::Engine;
use crate::domain::setup::{ApiKeyMade, Ask, ProfileFound, ProgramFound, SshKeyFound, Told, Topic};
use crate::effect::Effect;
use crate::wizard::{Base, Key, Step, Weight};

#[test]
fn what_is_asked_follows_from_what_is_known() {
    let mut bench = Bench::new();
    assert_eq!(bench.topics(), [Topic::Profiles, Topic::SshKey]);
    bench.tell(Told::Profiles {
        profiles: vec![profile("DEFAULT")],
    });
    assert_eq!(bench.topics(), [Topic::Account]);
    bench.tell(Told::Account {
        account: account("DEFAULT"),
    });
    assert_eq!(bench.topics(), [Topic::Limits]);
    bench.tell(Told::Limits { limits: limits(4) });
    assert_eq!(bench.topics(), [], "nothing is asked twice");
    assert_eq!(
        bench.config().oci.region.as_deref(),
        Some("eu-frankfurt-1"),
        "the profile's region is proposed and pinned"
    );
    bench.put(Key::Region, "eu-zurich-1");
    assert_eq!(
        bench.topics(),
        [Topic::Limits],
        "another region, other limits"
    );
    bench.press(Key::CheckAccount);
    assert_eq!(
        bench.topics(),
        [
            Topic::Profiles,
            Topic::SshKey,
            Topic::Account,
            Topic::Limits
        ]
    );
}

#[test]
fn half_a_word_is_not_asked_about() {
    let mut bench = Bench::new();
    bench.topics();
    bench.wizard.focus_on(Key::ConfigFile.into());
    bench.wizard.type_text("/els");
    bench.tell(ssh_key());
    assert_eq!(bench.topics(), []);
    bench.wizard.type_text("/elsewhere");
    bench.effects = bench.wizard.on(Command::NextField);
    let wanted = Ask::Profiles {
        config_file: "/elsewhere".into(),
    };
    assert!(bench.asks().contains(&wanted), "{:?}", bench.effects);
}

#[test]
fn a_passphrase_is_asked_for_used_and_kept_nowhere() {
    let locked = ProfileFound {
        needs_passphrase: true,
        ..profile("DEFAULT")
    };
    let mut bench = Bench::new().told([Told::Profiles {
        profiles: vec![locked],
    }]);
    assert!(!bench.topics().contains(&Topic::Account));
    assert_eq!(bench.said(Key::Passphrase)[0].0, Weight::Stop);
    bench.put(Key::Passphrase, "open sesame");
    let ask = bench.asks().pop().unwrap();
    let Ask::Account { passphrase, .. } = &ask else {
        panic!("{ask:?}");
    };
    let passphrase = passphrase.as_ref().unwrap().secret().expose_secret();
    assert_eq!(passphrase, "open sesame");
    let everything = format!(
        "{:?} {:?} {}",
        bench.wizard,
        bench.effects,
        bench.wizard.text()
    );
    assert!(!everything.contains("sesame"));
}

#[test]
fn without_a_profile_a_key_is_made_pasted_and_used() {
    let mut bench = Bench::new().told([ssh_key(), Told::Profiles { profiles: vec![] }]);
    assert_eq!(bench.wizard.value(Key::Access), "new");
    bench.put(Key::User, "somebody");
    assert_eq!(bench.said(Key::User)[0].0, Weight::Stop);
    bench.put(Key::User, "ocid1.user.oc1..u");
    bench.put(Key::Tenancy, "ocid1.tenancy.oc1..t");
    bench.put(Key::KeyRegion, "eu-frankfurt-1");
    bench.topics();
    bench.press(Key::MakeApiKey);
    assert_eq!(bench.topics(), [Topic::ApiKey]);
    bench.press(Key::MakeApiKey);
    assert_eq!(bench.topics(), [], "one key at a time");
    bench.tell(Told::ApiKey {
        key: ApiKeyMade {
            profile: "DEFAULT".into(),
            public: vec!["-----BEGIN PUBLIC KEY-----".into()],
            ..ApiKeyMade::default()
        },
    });
    bench.press(Key::CopyApiKey);
    assert!(
        bench
            .effects
            .iter()
            .any(|it| matches!(it, Effect::Copy { text, .. }
        if text == "-----BEGIN PUBLIC KEY-----\n"))
    );
    bench.topics();
    bench.press(Key::CheckAccount);
    assert_eq!(bench.topics(), [Topic::Profiles, Topic::SshKey]);
    bench.tell(Told::Profiles {
        profiles: vec![profile("DEFAULT")],
    });
    assert_eq!(bench.topics(), [Topic::Account]);
}

#[test]
fn an_ssh_key_is_made_where_there_is_none() {
    let none = Told::SshKey {
        key: SshKeyFound::default(),
    };
    let mut bench = Bench::new().told([none]);
    assert_eq!(bench.said(Key::SshPrivate)[0].0, Weight::Stop);
    bench.topics();
    bench.press(Key::MakeSshKey);
    let asks = bench.asks();
    assert!(
        matches!(asks.as_slice(), [Ask::SshKey { make: true, .. }]),
        "{asks:?}"
    );
    bench.topics();
    bench.tell(ssh_key());
    assert_eq!(bench.topics(), [], "making it has found it");
    bench.put(Key::SshPrivate, "~/keys/k3s");
    assert_eq!(bench.config().ssh.public_key, Path::new("~/keys/k3s.pub"));
}

#[test]
fn the_zone_is_tried_with_the_token_that_is_at_hand() {
    let mut bench = Bench::of(Base {
        text: LAB.to_owned(),
        ..Base::default()
    });
    let zone = |zone: &str| Ask::Zone {
        zone: zone.to_owned(),
        token: None,
    };
    assert!(bench.asks().contains(&zone("k3scope.test")));
    bench.topics();
    bench.put(Key::TokenFrom, "env");
    assert_eq!(
        bench.topics(),
        [],
        "that variable is nowhere referred to yet"
    );
    bench.put(Key::TokenFrom, "typed");
    assert_eq!(bench.said(Key::Token)[0].0, Weight::Stop);
    bench.put(Key::Token, "cf-secret");
    assert_eq!(bench.topics(), [Topic::Zone]);
    bench.tell(Told::Zone {
        name: "k3scope.test".into(),
        id: "0123456789abcdef0123456789abcdef".into(),
    });
    assert_eq!(
        bench.said(Key::Zone),
        [(Weight::Note, "the token opens it".to_owned())]
    );
}

#[test]
fn terraform_is_looked_for_once_it_is_chosen_and_the_choice_stays() {
    let mut bench = Bench::new().told(all_well());
    bench.topics();
    assert_eq!(bench.config().provision.engine, Engine::Direct);
    assert_eq!(bench.said(Key::Engine), []);
    bench.put(Key::Engine, "terraform");
    assert_eq!(bench.topics(), [Topic::Program]);
    bench.tell(asking(Topic::Program));
    assert_eq!(bench.said(Key::Engine)[0].0, Weight::Busy);
    bench.tell(Told::Program {
        program: ProgramFound {
            product: "OpenTofu".into(),
            version: "1.10.6".into(),
            path: "/usr/bin/tofu".into(),
        },
    });
    let found = "OpenTofu 1.10.6 was found at /usr/bin/tofu".to_owned();
    assert_eq!(bench.said(Key::Engine), [(Weight::Note, found)]);
    bench.wizard.go_to(Step::Credentials);
    bench.wizard.go_to(Step::Place);
    assert_eq!(bench.wizard.value(Key::Engine), "terraform");
    assert_eq!(bench.config().provision.engine, Engine::Terraform);
}

#[test]
fn a_missing_terraform_is_said_holds_nobody_up_and_is_looked_for_again() {
    let mut bench = Bench::new().told(all_well());
    bench.put(Key::Engine, "terraform");
    bench.topics();
    bench.tell(failed(Topic::Program));
    assert_eq!(bench.said(Key::Engine)[0].0, Weight::Warn);
    bench.press(Key::CheckProgram);
    assert_eq!(bench.topics(), [Topic::Program]);
}
