//! What the fields do that hold nothing: make a key, ask again, add a node, begin.

use std::path::PathBuf;

use super::key::{Column, FieldId, Key};
use super::machine::Wizard;
use crate::domain::line::Line;
use crate::domain::setup::{Answer, Ask, Topic};
use crate::effect::Effect;

impl Wizard {
    pub(super) fn press(&mut self, field: FieldId) {
        let key = match field {
            FieldId::Node(at, Column::Remove) => return self.remove_node(at),
            FieldId::Node(..) => return,
            FieldId::Key(key) => key,
        };
        #[expect(clippy::wildcard_enum_match_arm, reason = "the rest holds something")]
        match key {
            Key::MakeApiKey => self.make_api_key(),
            Key::CopyApiKey => self.copy_api_key(),
            Key::CheckAccount => self.check_account(),
            Key::CheckProgram => self.forget(&[Topic::Program]),
            Key::CheckZone => self.forget(&[Topic::Zone]),
            Key::MakeSshKey => self.make_ssh_key(),
            Key::AddWorker => self.add_worker(),
            Key::Begin => self.begin(),
            Key::CheckAll => self.check_again(),
            _ => {}
        }
    }

    /// Whether all that a new API key needs is there.
    pub(super) fn can_make_api_key(&self) -> bool {
        let given = [Key::User, Key::Tenancy, Key::KeyRegion, Key::Profile];
        given.iter().all(|key| !self.value(*key).is_empty())
            && self.value(Key::User).starts_with("ocid1.user.")
            && self.value(Key::Tenancy).starts_with("ocid1.tenancy.")
            && !self.is_asking(Topic::ApiKey)
    }

    fn make_api_key(&mut self) {
        if self.can_make_api_key() {
            self.send(Ask::MakeApiKey {
                config_file: self.config_file(),
                profile: self.value(Key::Profile),
                user: self.value(Key::User),
                tenancy: self.value(Key::Tenancy),
                region: self.value(Key::KeyRegion),
            });
        }
    }

    fn copy_api_key(&mut self) {
        if let Answer::Known(key) = &self.facts.api_key {
            let lines: Vec<&str> = key.public.iter().map(Line::as_str).collect();
            self.outbox.push(Effect::Copy {
                what: "the public key".to_owned(),
                text: format!("{}\n", lines.join("\n")),
            });
        }
    }

    /// Asks again, from the file on; a profile that was just made is used from here.
    fn check_account(&mut self) {
        if let Answer::Known(key) = &self.facts.api_key
            && self.value(Key::Access) == "new"
        {
            let profile = key.profile.to_string();
            self.put(Key::Access.into(), "profile".to_owned());
            self.put(Key::Profile.into(), profile);
        }
        self.forget(&[
            Topic::Profiles,
            Topic::SshKey,
            Topic::Account,
            Topic::Limits,
            Topic::Program,
            Topic::Preflight,
        ]);
    }

    fn make_ssh_key(&mut self) {
        self.check_again();
        self.send(Ask::SshKey {
            private_key: PathBuf::from(self.value(Key::SshPrivate)),
            public_key: PathBuf::from(self.value(Key::SshPublic)),
            make: true,
        });
    }
}
