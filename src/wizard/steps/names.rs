//! Step 5: names, certificates, and the repository that Argo CD delivers from.

use super::Row;
use super::shapes::{action, choice, masked, text};
use crate::domain::setup::{Answer, Topic};
use crate::wizard::field::{Choice, Field};
use crate::wizard::key::{Key, Step};
use crate::wizard::machine::Wizard;
use crate::wizard::remark::{Remark, Weight, sentences};

pub(super) const ROW: Row = Row {
    step: Step::Names,
    title: "Names",
    about: "Under which names it is reached, and what it delivers",
    first: Key::Provider,
    fields,
    remarks,
};

fn fields(wizard: &Wizard) -> Vec<Field> {
    let mut fields = vec![choice(
        wizard,
        Key::Provider,
        "DNS",
        "Without a domain the cluster is reached by its address. It can be added later.",
        vec![
            Choice::new("none", "no domain yet"),
            Choice::new("cloudflare", "Cloudflare"),
        ],
    )];
    if wizard.value(Key::Provider) == "cloudflare" {
        fields.push(text(
            wizard,
            Key::Zone,
            "Zone",
            "Your domain at Cloudflare, such as example.org.",
        ));
        fields.extend(token(wizard));
        if matches!(wizard.facts().zone, Answer::Failed(_)) {
            let about = "Asks Cloudflare once more.";
            fields.push(action(Key::CheckZone, "Check again", about, true));
        }
        fields.extend(served(wizard));
    }
    fields.push(text(
        wizard,
        Key::Repository,
        "Repository",
        "The Git repository that Argo CD delivers from. Empty: Argo CD begins with nothing.",
    ));
    fields.push(text(
        wizard,
        Key::Revision,
        "Revision",
        "The branch, tag or commit that counts.",
    ));
    fields
}

fn token(wizard: &Wizard) -> Vec<Field> {
    let from = wizard.value(Key::TokenFrom);
    let mut ways = vec![
        Choice::new("env", "an environment variable"),
        Choice::new("file", "a file"),
        Choice::new("typed", "typed here, kept in .k3scope"),
    ];
    if from == "kept" {
        ways.push(Choice::new("kept", "as the file has it"));
    }
    let about = "An API token with Zone Read and DNS Edit for the zone. cluster.toml only says where it is.";
    let mut fields = vec![choice(wizard, Key::TokenFrom, "Token from", about, ways)];
    match from.as_str() {
        "env" => fields.push(text(
            wizard,
            Key::TokenEnv,
            "Variable",
            "The name of the variable; it must be set whenever k3scope runs.",
        )),
        "file" => fields.push(text(
            wizard,
            Key::TokenFile,
            "File",
            "A file that only you can read. `~` is your home folder.",
        )),
        "typed" => fields.push(masked(
            wizard,
            Key::Token,
            "Token",
            "It is written to one file that only you can read, and nowhere else.",
        )),
        _ => {}
    }
    fields
}

fn served(wizard: &Wizard) -> Vec<Field> {
    vec![
        text(
            wizard,
            Key::HostDocs,
            "Docs host",
            "Where the documentation site is served.",
        ),
        text(
            wizard,
            Key::HostArgocd,
            "Argo CD host",
            "Where Argo CD is served.",
        ),
        text(
            wizard,
            Key::Email,
            "E-mail",
            "Let's Encrypt writes there when a certificate is in danger. May stay empty.",
        ),
        choice(
            wizard,
            Key::Issuer,
            "Certificates",
            "Staging certificates are trusted by nobody, and their limits are wide.",
            vec![
                Choice::new("production", "Let's Encrypt"),
                Choice::new("staging", "Let's Encrypt, staging"),
            ],
        ),
    ]
}

fn remarks(wizard: &Wizard) -> Vec<Remark> {
    let mut remarks = Vec::new();
    if wizard.value(Key::Provider) == "cloudflare" {
        remarks.extend(of_token(wizard));
        remarks.extend(of_zone(wizard));
        if wizard.value(Key::Issuer) == "staging" {
            let said = "browsers will not trust the certificates";
            remarks.push(Remark::on(Key::Issuer, Weight::Warn, said));
        }
    }
    if wizard.value(Key::Repository).is_empty() {
        let said = "without a repository nothing is delivered, and no page is served";
        remarks.push(Remark::on(Key::Repository, Weight::Warn, said));
    }
    remarks
}

fn of_token(wizard: &Wizard) -> Option<Remark> {
    let typed = wizard.value(Key::TokenFrom) == "typed";
    if !typed || wizard.answers.secret(Key::Token).is_some() {
        return None;
    }
    Some(match &wizard.facts().secret {
        Answer::Known(file) => {
            let said = format!("kept in {file}; type another to replace it");
            Remark::on(Key::Token, Weight::Note, said)
        }
        Answer::Failed(problem) => {
            let said = sentences(problem);
            Remark::on(Key::Token, Weight::Stop, said)
        }
        Answer::Unasked | Answer::Asked => Remark::on(Key::Token, Weight::Stop, "type the token"),
    })
}

fn of_zone(wizard: &Wizard) -> Option<Remark> {
    if wizard.is_asking(Topic::Zone) {
        return Some(Remark::on(Key::Zone, Weight::Busy, "asking Cloudflare"));
    }
    if wizard.zone_is_open() {
        return Some(Remark::on(Key::Zone, Weight::Note, "the token opens it"));
    }
    match &wizard.facts().zone {
        Answer::Failed(problem) => {
            let said = sentences(problem);
            Some(Remark::on(Key::Zone, Weight::Warn, said))
        }
        Answer::Known(_) | Answer::Unasked | Answer::Asked => {
            let known = wizard.value(Key::TokenFrom) != "typed";
            known.then(|| Remark::on(Key::Zone, Weight::Note, "not tried from here"))
        }
    }
}
