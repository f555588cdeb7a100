//! A cockpit in the stage of setup, what it is told, and what it wants.

use k3scope::config::{Layout, annotated};
use k3scope::domain::event::What;
use k3scope::domain::journey::Stage as At;
use k3scope::domain::line::Line;
use k3scope::domain::preflight::{Checked, PreflightEvent, Verdict};
use k3scope::domain::problem::Problem;
use k3scope::domain::setup::{
    AccountFound, ApiKeyMade, Ask, CompartmentFound, LimitsFound, ProfileFound, RegionFound,
    SshKeyFound, Told, Topic,
};
use k3scope::effect::Effect;
use k3scope::keymap::Key;
use k3scope::preflight::Check;
use k3scope::preflight::checks::CHECKS;
use k3scope::store::fold;
use k3scope::ui::Pointer;
use k3scope::wizard::Base;
use ratatui::layout::Position;

use crate::cockpit::stage::{Stage, text};
use crate::cockpit::world;

/// The cockpit with all effects that it gave so far.
pub(super) struct Desk {
    pub(super) stage: Stage,
    pub(super) effects: Vec<Effect>,
}

impl Desk {
    pub(super) fn new() -> Self {
        let mut stage = Stage::new(vec![world::told(What::Stage { stage: At::Setup })]);
        stage.cockpit.set_up(&Base {
            text: annotated(Layout::Reference),
            workspace: "/home/me/cluster".into(),
            ..Base::default()
        });
        let mut desk = Self {
            stage,
            effects: Vec::new(),
        };
        desk.due();
        desk
    }

    pub(super) fn tell(&mut self, told: impl IntoIterator<Item = Told>) {
        for told in told {
            fold(&mut self.stage.store, world::told(What::Setup(told)));
            self.due();
        }
    }

    /// Tells a preflight of all checks that went like this; what is not named has passed.
    pub(super) fn check(&mut self, found: &[Checked]) {
        self.begin_checks(found);
        let passed = |name: &Line| Checked {
            name: name.clone(),
            verdict: Verdict::Passed,
            evidence: "as it should be".into(),
            next: Line::default(),
            took_ms: 40,
        };
        for listed in CHECKS.iter().map(Check::listed) {
            if found.iter().all(|it| it.name != listed.name) {
                self.tell_check(PreflightEvent::Checked(passed(&listed.name)));
            }
        }
        let count = |verdict| found.iter().filter(|it| it.verdict == verdict).count();
        let (blocks, warns) = (count(Verdict::Blocks), count(Verdict::Warns));
        self.tell_check(PreflightEvent::Finished { blocks, warns });
        self.tell([Told::Preflight { blocks, warns }]);
    }

    /// Tells a preflight that has come so far.
    pub(super) fn begin_checks(&mut self, found: &[Checked]) {
        self.tell([Told::Asked {
            topic: Topic::Preflight,
        }]);
        let checks = CHECKS.iter().map(Check::listed).collect();
        self.tell_check(PreflightEvent::Started { checks });
        for checked in found {
            self.tell_check(PreflightEvent::Checked(checked.clone()));
        }
    }

    fn tell_check(&mut self, event: PreflightEvent) {
        fold(&mut self.stage.store, world::told(What::Preflight(event)));
        self.due();
    }

    fn due(&mut self) {
        let due = self.stage.cockpit.due(&self.stage.store, world::now());
        self.effects.extend(due);
    }

    /// Presses keys; what is in quotes is typed letter by letter.
    pub(super) fn press(&mut self, keys: &str) {
        for (at, part) in keys.split('"').enumerate() {
            if at % 2 == 1 {
                for letter in part.chars() {
                    let key = if letter == ' ' {
                        "space".to_owned()
                    } else {
                        letter.to_string()
                    };
                    self.key(&key);
                }
                continue;
            }
            for key in part.split_whitespace() {
                self.key(key);
            }
        }
    }

    fn key(&mut self, key: &str) {
        let key: Key = key.parse().unwrap();
        self.stage.draw(100, 30);
        let effects = self.stage.cockpit.key(key, &self.stage.store, world::now());
        self.effects.extend(effects);
        self.due();
    }

    pub(super) fn paste(&mut self, text: &str) {
        self.stage.cockpit.paste(text);
        self.due();
    }

    /// Clicks where a text stands on a screen of 140×40.
    pub(super) fn click(&mut self, what: &str) {
        let shown = text(&self.stage.draw(140, 40));
        let found = shown.lines().enumerate().find_map(|(y, line)| {
            let (before, _) = line.split_once(what)?;
            Some((before.chars().count(), y))
        });
        let (x, y) = found.unwrap_or_else(|| panic!("{what} is not on the screen:\n{shown}"));
        let at = Position::new(u16::try_from(x).unwrap(), u16::try_from(y).unwrap());
        let effects =
            self.stage
                .cockpit
                .pointer(Pointer::Click, at, &self.stage.store, world::now());
        self.effects.extend(effects);
        self.due();
    }

    pub(super) fn shown(&mut self) -> String {
        text(&self.stage.draw(140, 40))
    }

    pub(super) fn asks(&self) -> impl Iterator<Item = &Ask> {
        self.effects.iter().filter_map(|effect| {
            let Effect::Ask(ask) = effect else {
                return None;
            };
            Some(ask)
        })
    }
}

pub(super) fn profiles() -> Told {
    let profile = |name: &str, problem: Option<&str>| ProfileFound {
        name: name.into(),
        region: "eu-frankfurt-1".into(),
        tenancy: "ocid1.tenancy.oc1..aaaa".into(),
        needs_passphrase: false,
        problem: problem.map(Into::into),
    };
    Told::Profiles {
        profiles: vec![
            profile("DEFAULT", None),
            profile("OLD", Some("its key file is missing: ~/.oci/old.pem")),
        ],
    }
}

pub(super) fn ssh_key() -> Told {
    Told::SshKey {
        key: SshKeyFound {
            public: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ0bCJ2t2WlB0o0Bq8xk1fUu me@desk".into(),
            fingerprint: "SHA256:Zr4xk2Qm0cZ9lqR1v5p3u0o7j8b2m1n6y4t5r3e2w1q".into(),
            encrypted: false,
            made: false,
        },
    }
}

pub(super) fn account() -> Told {
    let region = |name: &str, home| RegionFound {
        name: name.into(),
        home,
    };
    let compartment = |id: &str, name: &str| CompartmentFound {
        id: id.into(),
        name: name.into(),
    };
    Told::Account {
        account: AccountFound {
            profile: "DEFAULT".into(),
            tenancy: "acme".into(),
            regions: vec![region("eu-frankfurt-1", true), region("eu-zurich-1", false)],
            compartments: vec![
                compartment("ocid1.tenancy.oc1..aaaa", "acme"),
                compartment("ocid1.compartment.oc1..bbbb", "apps/k3s"),
            ],
            availability_domains: (1..=3)
                .map(|number| format!("Uocm:EU-FRANKFURT-1-AD-{number}").into())
                .collect(),
        },
    }
}

pub(super) fn limits(ocpus: u32) -> Told {
    Told::Limits {
        limits: LimitsFound {
            region: "eu-frankfurt-1".into(),
            ocpus: (0, Some(ocpus)),
            memory_gb: (0, Some(ocpus * 6)),
            volume_gb: (0, Some(200)),
        },
    }
}

pub(super) fn api_key() -> Told {
    let body = "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAvX0aT1Xn2fY6c8tq3m9z";
    let mut public = vec!["-----BEGIN PUBLIC KEY-----".into()];
    public.extend([body; 6].map(Into::into));
    public.push("-----END PUBLIC KEY-----".into());
    Told::ApiKey {
        key: ApiKeyMade {
            profile: "DEFAULT".into(),
            public,
            fingerprint: "3b:1c:9f:00:11:22:33:44:55:66:77:88:99:aa:bb:cc".into(),
            file: "~/.oci/DEFAULT.pem".into(),
        },
    }
}

pub(super) fn failed(topic: Topic, title: &str, detail: &str, next: &str) -> Told {
    Told::Failed {
        topic,
        problem: Problem {
            title: title.to_owned(),
            detail: detail.to_owned(),
            next: next.to_owned(),
            request_id: None,
        },
    }
}
