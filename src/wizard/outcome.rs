//! From answers to the file: the text of `cluster.toml` as it would be written now, and what
//! `config` has to say about it.

use std::path::Path;

use toml_edit::{DocumentMut, Item};

use super::document::{self, TokenRef};
use super::key::{Column, FieldId, Key, Step};
use super::machine::Wizard;
use super::remark::{Remark, Weight};
use crate::config::{Config, Problem};
use strum::IntoEnumIterator;

/// Where a typed token is kept, as long as nobody has said otherwise.
pub const TOKEN_FILE: &str = ".k3scope/secrets/cloudflare-token";

/// What the answers come to.
#[derive(Clone, Debug, Default)]
pub(super) struct Outcome {
    pub(super) text: String,
    problems: Vec<Problem>,
}

impl Wizard {
    pub(super) fn read_outcome(&self) -> Outcome {
        let text = self.document_text();
        if text == self.outcome.text {
            return self.outcome.clone();
        }
        let read = Config::parse(&text, Path::new("cluster.toml"));
        let problems = read.err().map(|found| found.problems);
        Outcome {
            text,
            problems: problems.unwrap_or_default(),
        }
    }

    fn document_text(&self) -> String {
        let mut edited = self.document.to_edit();
        let cloudflare = self.value(Key::Provider) == "cloudflare";
        for key in Key::iter() {
            let Some(path) = key.path() else { continue };
            let named = key != Key::Provider && path.starts_with("dns.");
            let value = self.value(key);
            if (cloudflare || !named) && value != self.document.shown(path) {
                document::put_text(&mut edited, key, &value);
            }
        }
        if cloudflare {
            self.put_zone_id(&mut edited);
            self.put_token(&mut edited);
        }
        self.put_nodes(&mut edited);
        edited.to_string()
    }

    /// The identifier belongs to the zone's name: another zone has another one.
    fn put_zone_id(&self, edited: &mut DocumentMut) {
        let zone = self.value(Key::Zone);
        if zone == self.document.shown("dns.zone") {
            return;
        }
        let found = self.facts.zone.known().map(|(_, id)| id.as_str());
        match found.filter(|id| self.zone_is_open() && !id.is_empty()) {
            Some(id) => document::put(edited, "dns.zone_id", id.into()),
            None => document::remove(edited, "dns.zone_id"),
        }
    }

    fn put_token(&self, edited: &mut DocumentMut) {
        let token = self.token_reference();
        if token == self.document.token() {
            return;
        }
        match token {
            TokenRef::Env(name) => {
                document::put_reference(edited, "dns.token", "env", &name);
            }
            TokenRef::File(file) => {
                document::put_reference(edited, "dns.token", "file", &file);
            }
            TokenRef::None | TokenRef::Other => {}
        }
    }

    /// Where the token will be found.
    pub(super) fn token_reference(&self) -> TokenRef {
        match self.value(Key::TokenFrom).as_str() {
            "env" => TokenRef::Env(self.value(Key::TokenEnv)),
            "file" => TokenRef::File(self.value(Key::TokenFile)),
            "typed" => {
                let kept = self.facts.secret.known().map(ToString::to_string);
                TokenRef::File(kept.unwrap_or_else(|| TOKEN_FILE.to_owned()))
            }
            _ => self.document.token(),
        }
    }

    fn put_nodes(&self, edited: &mut DocumentMut) {
        let had = edited.get("node").is_some();
        if !self.is_custom() {
            // A built-in layout needs no tables; a file that has them keeps them true.
            let rows = self.rows();
            if had && rows.is_empty() {
                edited.remove("node");
            } else if had {
                document::put_nodes(edited, &rows);
            }
            return;
        }
        if let Some(rows) = &self.answers.nodes {
            let tables = edited.get("node").is_none_or(Item::is_array_of_tables);
            if !tables || *rows != self.document.nodes() {
                document::put_nodes(edited, rows);
            }
        }
    }

    /// The file's problems, each at the field that it is about.
    pub(super) fn problem_remarks(&self) -> Vec<Remark> {
        let problems = self.outcome.problems.iter();
        problems
            .map(|problem| self.problem_remark(problem))
            .collect()
    }

    fn problem_remark(&self, problem: &Problem) -> Remark {
        let field = self.field_of(&problem.key);
        let message = match (&field, problem.key.as_str()) {
            (Some(_), _) | (None, "") => problem.message.clone(),
            (None, key) => format!("{key}: {}", problem.message),
        };
        let text = if problem.expected.is_empty() {
            message
        } else {
            format!("{message}; expected {}", problem.expected)
        };
        match field {
            Some(field) => Remark::on(field, Weight::Stop, text),
            None => Remark::of(step_of(&problem.key), Weight::Stop, text),
        }
    }

    /// The field that edits a key of the file, if it is on the screen.
    fn field_of(&self, path: &str) -> Option<FieldId> {
        let step = step_of(path);
        if step == Step::Review {
            // Nothing there edits a key, and what its fields are follows from what is wrong.
            return None;
        }
        let fields = self.fields_of(step);
        let known = |id: &FieldId| fields.iter().any(|field| field.id == *id);
        if path.starts_with("node") {
            return cell_of(path)
                .filter(known)
                .or(Some(FieldId::Key(Key::Layout)));
        }
        if path.starts_with("dns.token") {
            let keys = [Key::TokenEnv, Key::TokenFile, Key::Token, Key::TokenFrom];
            return keys.map(FieldId::Key).into_iter().find(known);
        }
        let edits = |key: &Key| {
            key.path().is_some_and(|own| {
                let rest = path.strip_prefix(own);
                rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
            })
        };
        Key::iter().find(edits).map(FieldId::Key).filter(known)
    }
}

/// The step that a key of the file belongs to.
fn step_of(path: &str) -> Step {
    let table = path.split(['.', '[']).next().unwrap_or_default();
    let own = Key::iter().find(|key| key.path().is_some_and(|own| path.starts_with(own)));
    match (own, table) {
        (Some(key), _) => key.step(),
        (None, "oci" | "ssh") => Step::Credentials,
        (None, "node" | "cluster" | "allowance") => Step::Nodes,
        (None, "network") => Step::Network,
        (None, "dns" | "gitops" | "certificates") => Step::Names,
        (None, _) => Step::Review,
    }
}

/// The cell that `node[1].ocpus` names.
fn cell_of(path: &str) -> Option<FieldId> {
    let (number, name) = path.strip_prefix("node[")?.split_once("].")?;
    let column = Column::iter().find(|column| <&str>::from(column) == name)?;
    Some(FieldId::Node(number.parse().ok()?, column))
}
