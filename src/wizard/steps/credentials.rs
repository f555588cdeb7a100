//! Step 1: who is at work. A profile of OCI's configuration file, or a new key for one; and the
//! SSH key that the nodes get.

use super::Row;
use super::shapes::{action, choice, masked, text};
use crate::domain::setup::{Answer, Topic};
use crate::wizard::field::{Choice, Field};
use crate::wizard::key::{Key, Step};
use crate::wizard::machine::Wizard;
use crate::wizard::remark::{Remark, Weight, sentences};

pub(super) const ROW: Row = Row {
    step: Step::Credentials,
    title: "Credentials",
    about: "Who is at work: your Oracle Cloud key, and the SSH key of the nodes",
    first: Key::ConfigFile,
    fields,
    remarks,
};

fn fields(wizard: &Wizard) -> Vec<Field> {
    let mut fields = vec![
        text(
            wizard,
            Key::ConfigFile,
            "OCI file",
            "OCI's configuration file, as the OCI CLI uses it. `~` is your home folder.",
        ),
        choice(
            wizard,
            Key::Access,
            "Log in with",
            "A profile of that file, or a new API key that is made here.",
            vec![
                Choice::new("profile", "a profile of the file"),
                Choice::new("new", "a new API key"),
            ],
        ),
    ];
    if wizard.value(Key::Access) == "new" {
        fields.extend(new_key(wizard));
    } else {
        fields.extend(profile(wizard));
    }
    fields.extend(ssh(wizard));
    fields
}

fn profile(wizard: &Wizard) -> Vec<Field> {
    let about = "The section of the file that is used.";
    let mut fields = match wizard.profiles().filter(|found| !found.is_empty()) {
        Some(found) => {
            let shown = |name: &str, region: &str| match region {
                "" => name.to_owned(),
                region => format!("{name} · {region}"),
            };
            let choices = found
                .iter()
                .map(|it| Choice::new(it.name.as_str(), shown(&it.name, &it.region)));
            let choices = choices.collect();
            vec![choice(wizard, Key::Profile, "Profile", about, choices)]
        }
        None => vec![text(wizard, Key::Profile, "Profile", about)],
    };
    if wizard.profile().is_some_and(|it| it.needs_passphrase) {
        fields.push(masked(
            wizard,
            Key::Passphrase,
            "Passphrase",
            "Of the profile's private key. It stays in memory and is written nowhere.",
        ));
    }
    fields.push(action(
        Key::CheckAccount,
        "Check again",
        "Reads the file and logs in once more.",
        true,
    ));
    fields
}

fn new_key(wizard: &Wizard) -> Vec<Field> {
    let mut fields = vec![
        text(
            wizard,
            Key::User,
            "User OCID",
            "In the console: Profile, My profile, OCID. It begins with ocid1.user.",
        ),
        text(
            wizard,
            Key::Tenancy,
            "Tenancy OCID",
            "In the console: Profile, Tenancy, OCID. It begins with ocid1.tenancy.",
        ),
        text(
            wizard,
            Key::KeyRegion,
            "Region",
            "Your home region, such as eu-frankfurt-1.",
        ),
        text(
            wizard,
            Key::Profile,
            "Profile",
            "The name of the section that is added to the file.",
        ),
        action(
            Key::MakeApiKey,
            "Make the key",
            "Makes an RSA key beside the file, readable by you alone, and adds the profile.",
            wizard.can_make_api_key(),
        ),
    ];
    if matches!(wizard.facts().api_key, Answer::Known(_)) {
        fields.push(action(
            Key::CopyApiKey,
            "Copy the public key",
            "Onto the clipboard, for the console.",
            true,
        ));
        fields.push(action(
            Key::CheckAccount,
            "It is pasted: log in",
            "Logs in with the new profile.",
            true,
        ));
    }
    fields
}

fn ssh(wizard: &Wizard) -> Vec<Field> {
    let mut fields = vec![
        text(
            wizard,
            Key::SshPrivate,
            "SSH key",
            "The private key that k3scope logs in to the nodes with.",
        ),
        text(
            wizard,
            Key::SshPublic,
            "Its public half",
            "The file that is laid on every node.",
        ),
    ];
    let missing = matches!(&wizard.facts().ssh_key, Answer::Known(key) if key.public.is_empty());
    if missing {
        fields.push(action(
            Key::MakeSshKey,
            "Make an SSH key",
            "Makes an Ed25519 pair in these two files. Nothing is overwritten.",
            !wizard.is_asking(Topic::SshKey),
        ));
    }
    fields
}

fn remarks(wizard: &Wizard) -> Vec<Remark> {
    let mut remarks = Vec::new();
    if wizard.value(Key::Access) == "new" {
        remarks.extend(of_new_key(wizard));
    } else {
        remarks.extend(of_profile(wizard));
        remarks.extend(of_account(wizard));
    }
    remarks.extend(of_ssh(wizard));
    remarks
}

fn of_profile(wizard: &Wizard) -> Option<Remark> {
    let file = wizard.value(Key::ConfigFile);
    match &wizard.facts().profiles {
        Answer::Unasked => None,
        Answer::Asked => Some(Remark::on(Key::Profile, Weight::Busy, "reading the file")),
        Answer::Failed(problem) => {
            let said = sentences(problem);
            Some(Remark::on(Key::ConfigFile, Weight::Stop, said))
        }
        Answer::Known(_) => match wizard.profile() {
            None => {
                let said = format!(
                    "{file} has no profile `{}`; make a new API key, or name another file",
                    wizard.value(Key::Profile)
                );
                Some(Remark::on(Key::Profile, Weight::Stop, said))
            }
            Some(profile) => {
                let problem = profile.problem.as_ref();
                problem.map(|why| Remark::on(Key::Profile, Weight::Stop, why.as_str()))
            }
        },
    }
}

fn of_account(wizard: &Wizard) -> Option<Remark> {
    let profile = wizard.profile()?;
    if profile.needs_passphrase && wizard.answers.secret(Key::Passphrase).is_none() {
        let said = "the profile's key is encrypted: type its passphrase";
        return Some(Remark::on(Key::Passphrase, Weight::Stop, said));
    }
    if wizard.is_asking(Topic::Account) {
        return Some(Remark::on(Key::Profile, Weight::Busy, "logging in"));
    }
    match &wizard.facts().account {
        Answer::Known(_) => {
            let said = format!("logged in to {}", wizard.account()?.tenancy);
            Some(Remark::on(Key::Profile, Weight::Note, said))
        }
        Answer::Failed(problem) => {
            let said = sentences(problem);
            Some(Remark::on(Key::Profile, Weight::Warn, said))
        }
        Answer::Unasked | Answer::Asked => None,
    }
}

fn of_new_key(wizard: &Wizard) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for (key, begins, what) in [
        (Key::User, "ocid1.user.", "user"),
        (Key::Tenancy, "ocid1.tenancy.", "tenancy"),
    ] {
        let value = wizard.value(key);
        if !value.is_empty() && !value.starts_with(begins) {
            let said = format!("a {what}'s OCID begins with {begins}");
            remarks.push(Remark::on(key, Weight::Stop, said));
        }
    }
    let remark = match &wizard.facts().api_key {
        _ if wizard.is_asking(Topic::ApiKey) => {
            Remark::on(Key::MakeApiKey, Weight::Busy, "making the key")
        }
        Answer::Known(_) => Remark::on(
            Key::CheckAccount,
            Weight::Stop,
            "paste the public key into the console, then log in",
        ),
        Answer::Failed(problem) => {
            let said = sentences(problem);
            Remark::on(Key::MakeApiKey, Weight::Stop, said)
        }
        Answer::Unasked | Answer::Asked => Remark::on(
            Key::MakeApiKey,
            Weight::Stop,
            "fill in the three fields from the console, then make the key",
        ),
    };
    remarks.push(remark);
    remarks
}

fn of_ssh(wizard: &Wizard) -> Option<Remark> {
    if wizard.is_asking(Topic::SshKey) {
        return Some(Remark::on(Key::SshPrivate, Weight::Busy, "looking"));
    }
    match &wizard.facts().ssh_key {
        Answer::Unasked | Answer::Asked => None,
        Answer::Failed(problem) => {
            let said = sentences(problem);
            Some(Remark::on(Key::SshPrivate, Weight::Stop, said))
        }
        Answer::Known(key) if key.public.is_empty() => Some(Remark::on(
            Key::SshPrivate,
            Weight::Stop,
            "there is no key: make one, or name another file",
        )),
        Answer::Known(key) if key.made => {
            let said = format!("made: {}", kind(&key.public));
            Some(Remark::on(Key::SshPrivate, Weight::Note, said))
        }
        Answer::Known(key) if key.encrypted => Some(Remark::on(
            Key::SshPrivate,
            Weight::Warn,
            "the key has a passphrase: it must be in your SSH agent while the nodes come up",
        )),
        Answer::Known(key) => {
            let said = format!("found: {}", kind(&key.public));
            Some(Remark::on(Key::SshPrivate, Weight::Note, said))
        }
    }
}

/// The kind of a key in OpenSSH's one-line format.
fn kind(public: &str) -> &str {
    public.split(' ').next().unwrap_or_default()
}
