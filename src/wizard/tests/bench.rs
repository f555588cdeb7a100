//! A wizard with what it was told and what it wants, and the account that it is told of.

use std::path::Path;

use crate::command::Command;
use crate::config::{Config, Layout, annotated};
use crate::domain::preflight::{Checked, Verdict};
use crate::domain::problem::Problem;
use crate::domain::setup::{
    AccountFound, Ask, CompartmentFound, Facts, LimitsFound, ProfileFound, RegionFound,
    SshKeyFound, Told, Topic,
};
use crate::effect::{Confirmation, Effect};
use crate::wizard::{Base, Checking, FieldId, Key, Step, Weight, Wizard};

pub(super) const LAB: &str = r#"# kept
[cluster]
name = "lab" # also kept
layout = "reference"

[oci]
config_file = "/lab/config"
profile = "LAB"
region = "eu-frankfurt-1"
compartment = "ocid1.compartment.oc1..lab"

[dns]
provider = "cloudflare"
zone = "k3scope.test"
zone_id = "0123456789abcdef0123456789abcdef"
token = { file = "/lab/token" }
hosts = { docs = "docs.k3scope.test", argocd = "argocd.k3scope.test" }

[endpoints]
oci = "http://127.0.0.1:4000"

[dial]
"203.0.113.10:22" = "127.0.0.1:4001"
"#;

pub(super) fn profile(name: &str) -> ProfileFound {
    ProfileFound {
        name: name.into(),
        region: "eu-frankfurt-1".into(),
        tenancy: "ocid1.tenancy.oc1..t".into(),
        ..ProfileFound::default()
    }
}

pub(super) fn account(profile: &str) -> AccountFound {
    AccountFound {
        profile: profile.into(),
        tenancy: "acme".into(),
        regions: vec![
            RegionFound {
                name: "eu-frankfurt-1".into(),
                home: true,
            },
            RegionFound {
                name: "eu-zurich-1".into(),
                home: false,
            },
        ],
        compartments: vec![CompartmentFound {
            id: "ocid1.tenancy.oc1..t".into(),
            name: "acme".into(),
        }],
        availability_domains: vec!["Uocm:EU-FRANKFURT-1-AD-1".into()],
    }
}

pub(super) fn limits(ocpus: u32) -> LimitsFound {
    LimitsFound {
        region: "eu-frankfurt-1".into(),
        ocpus: (0, Some(ocpus)),
        memory_gb: (0, Some(ocpus * 6)),
        volume_gb: (0, Some(200)),
    }
}

pub(super) fn ssh_key() -> Told {
    Told::SshKey {
        key: SshKeyFound {
            public: "ssh-ed25519 AAAA me".into(),
            fingerprint: "SHA256:abc".into(),
            ..SshKeyFound::default()
        },
    }
}

/// What a good account answers.
pub(super) fn all_well() -> Vec<Told> {
    vec![
        Told::Profiles {
            profiles: vec![profile("DEFAULT")],
        },
        ssh_key(),
        Told::Account {
            account: account("DEFAULT"),
        },
        Told::Limits { limits: limits(4) },
    ]
}

/// A wizard with what it was told and what it wants.
pub(super) struct Bench {
    pub(super) wizard: Wizard,
    pub(super) facts: Facts,
    pub(super) effects: Vec<Effect>,
}

impl Bench {
    pub(super) fn of(base: Base) -> Self {
        let mut bench = Self {
            wizard: Wizard::new(base),
            facts: Facts::default(),
            effects: Vec::new(),
        };
        bench.effects = bench.wizard.learn(&bench.facts);
        bench
    }

    pub(super) fn new() -> Self {
        Self::of(Base {
            text: annotated(Layout::Reference),
            ..Base::default()
        })
    }

    pub(super) fn told(mut self, told: impl IntoIterator<Item = Told>) -> Self {
        for told in told {
            self.tell(told);
        }
        self
    }

    pub(super) fn tell(&mut self, told: Told) {
        self.facts.learn(told);
        self.effects.extend(self.wizard.learn(&self.facts));
    }

    pub(super) fn put(&mut self, field: impl Into<FieldId>, text: &str) {
        let field = field.into();
        self.effects.extend(self.wizard.focus_on(field));
        assert_eq!(self.wizard.focus(), field, "{field:?} is not on the screen");
        if self.wizard.focused().unwrap().takes_text() {
            self.wizard.type_text(text);
            self.effects.extend(self.wizard.on(Command::PreviousField));
            return;
        }
        for _ in 0..9 {
            if self.wizard.focused().unwrap().text == text {
                return;
            }
            self.effects.extend(self.wizard.on(Command::NextValue));
        }
        panic!("{field:?} cannot be {text}");
    }

    pub(super) fn press(&mut self, key: Key) {
        self.effects.extend(self.wizard.focus_on(key.into()));
        self.effects.extend(self.wizard.on(Command::Accept));
    }

    /// Goes to the last step, where the checks are run, and tells what they find.
    pub(super) fn checked(&mut self, found: &[Checked]) {
        self.effects.extend(self.wizard.go_to(Step::Review));
        assert_eq!(self.wizard.checking(), Checking::Running);
        self.wizard.heed(found.iter());
        let count = |verdict| found.iter().filter(|it| it.verdict == verdict).count();
        self.tell(Told::Preflight {
            blocks: count(Verdict::Blocks),
            warns: count(Verdict::Warns),
        });
    }

    /// The question that lies open, answered with yes.
    pub(super) fn agree(&mut self) -> Confirmation {
        let asked = self.effects.drain(..).find_map(|effect| {
            let Effect::Confirm(asked) = effect else {
                return None;
            };
            Some(*asked)
        });
        let asked = asked.expect("a question");
        self.effects.extend(asked.then.iter().cloned());
        asked
    }

    pub(super) fn asks(&self) -> Vec<Ask> {
        let ask = |effect: &Effect| {
            let Effect::Ask(ask) = effect else {
                return None;
            };
            (ask.topic() != Topic::Draft).then(|| ask.clone())
        };
        self.effects.iter().filter_map(ask).collect()
    }

    pub(super) fn topics(&mut self) -> Vec<Topic> {
        let topics = self.asks().iter().map(Ask::topic).collect();
        self.effects.clear();
        topics
    }

    pub(super) fn said(&self, field: impl Into<FieldId>) -> Vec<(Weight, String)> {
        let field = Some(field.into());
        let mut remarks = self.wizard.remarks();
        remarks.retain(|remark| remark.field == field);
        remarks.into_iter().map(|it| (it.weight, it.text)).collect()
    }

    pub(super) fn config(&self) -> Config {
        let parsed = Config::parse(self.wizard.text(), Path::new("cluster.toml"));
        parsed.unwrap_or_else(|problems| panic!("{problems}")).0
    }
}

/// What a check found.
pub(super) fn check(name: &str, verdict: Verdict, evidence: &str) -> Checked {
    Checked {
        name: name.into(),
        verdict,
        evidence: evidence.into(),
        next: "do something".into(),
        took_ms: 1,
    }
}

/// A question that is being answered.
pub(super) fn asking(topic: Topic) -> Told {
    Told::Asked { topic }
}

/// Something that went wrong.
pub(super) fn failed(topic: Topic) -> Told {
    let problem = Problem {
        title: "No room".to_owned(),
        detail: String::new(),
        next: String::new(),
        request_id: None,
    };
    Told::Failed { topic, problem }
}
