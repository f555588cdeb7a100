//! Reading `cluster.toml`: from a path to a checked configuration, or to all its problems.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use toml::de::DeTable;

use super::problem::Lines;
use super::report::Report;
use super::shape::Shape;
use super::trust::{self, TrustStore};
use super::{Config, Home, Layout, Position, Problems, rules};

/// More than any configuration of this kind has, in bytes.
const LARGEST_FILE: u64 = 1 << 20;

/// A configuration that was read from a file and checked.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// What counts: paths are absolute, and keys that are not trusted are at their defaults.
    pub config: Config,
    /// The file, as an absolute path.
    pub path: PathBuf,
    /// Keys that the file has and that do not count, because nobody trusted them.
    pub untrusted: Vec<Ignored>,
    /// Every key that the file has, with the place of its value.
    pub written: BTreeMap<String, Position>,
    pub(super) home: Home,
}

/// A key that executes or redirects and does not count until `k3scope trust`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Ignored {
    /// Where.
    #[serde(flatten)]
    pub position: Position,
    /// The key's path, such as `endpoints.oci`.
    pub key: String,
}

impl Loaded {
    /// The keys that do not count for want of trust, to be named; none when all count.
    pub fn untrusted_keys(&self) -> Option<String> {
        let keys: Vec<&str> = self.untrusted.iter().map(|it| it.key.as_str()).collect();
        (!keys.is_empty()).then(|| keys.join(", "))
    }
}

impl Config {
    /// Reads and checks the file at `path`.
    pub fn load(path: &Path) -> Result<Loaded, Problems> {
        Self::load_for(path, &Home::of_user())
    }

    /// As [`Config::load`], with the operator's folders given.
    pub fn load_for(path: &Path, home: &Home) -> Result<Loaded, Problems> {
        let (config, written, absolute) = Self::read(path)?;
        Ok(Self::settled(config, written, absolute, home))
    }

    /// As [`Config::load`], of a `text` that will stand at `path` (absolute) and may not yet.
    pub fn drafted(text: &str, path: &Path) -> Result<Loaded, Problems> {
        let (config, written) = Self::parse(text, path)?;
        let home = Home::of_user();
        Ok(Self::settled(config, written, path.to_owned(), &home))
    }

    /// Holds back what is not trusted, and makes paths absolute.
    fn settled(
        mut config: Self,
        written: BTreeMap<String, Position>,
        absolute: PathBuf,
        home: &Home,
    ) -> Loaded {
        let untrusted = trust::guarded(&config)
            .into_iter()
            .map(|guarded| Ignored {
                position: written.get(&guarded.key).copied().unwrap_or_default(),
                key: guarded.key,
            })
            .collect();
        let untrusted = if TrustStore::of(home).allows(&absolute, &config) {
            Vec::new()
        } else {
            trust::strip(&mut config);
            untrusted
        };
        let base = absolute.parent().unwrap_or(Path::new("/"));
        for file in [
            &mut config.oci.config_file,
            &mut config.ssh.public_key,
            &mut config.ssh.private_key,
        ]
        .into_iter()
        .chain(&mut config.endpoints.certificate_authority)
        .chain(&mut config.provision.terraform)
        {
            *file = home.resolve(file, base);
        }
        Loaded {
            config,
            path: absolute,
            untrusted,
            written,
            home: home.clone(),
        }
    }

    /// The file at `path` as it is written, and its absolute path: nothing is held back for want
    /// of trust. For showing what trust would allow, not for acting on it.
    pub fn as_written(path: &Path) -> Result<(Self, PathBuf), Problems> {
        let (config, _, absolute) = Self::read(path)?;
        Ok((config, absolute))
    }

    fn read(path: &Path) -> Result<(Self, BTreeMap<String, Position>, PathBuf), Problems> {
        let text = read(path)?;
        let (config, written) = Self::parse(&text, path)?;
        let absolute = std::fs::canonicalize(path)
            .map_err(|error| Problems::whole(path, error.to_string(), ""))?;
        Ok((config, written, absolute))
    }

    /// Checks `text`, which `file` names in messages. Paths stay as they are written, and nothing
    /// is held back for want of trust.
    pub fn parse(text: &str, file: &Path) -> Result<(Self, BTreeMap<String, Position>), Problems> {
        let mut report = Report::new(text);
        let (table, errors) = DeTable::parse_recoverable(text);
        let mut lost = false;
        for error in errors {
            let span = error.span().unwrap_or(0..0);
            lost |= is_header(text, span.start);
            let message = format!("broken TOML: {}", error.message());
            report.add("", span, message, "");
        }
        if lost {
            // Keys below a broken header belong nowhere: what else could be said would mislead.
            return Err(unfinished(report, file));
        }
        let schema = serde_json::Value::from(schemars::schema_for!(Self));
        let values = Shape::new(&schema, &mut report).check(table.get_ref());
        let broken = report.touches("");
        let mut config = Self::deserialize(toml::Value::Table(values))
            .map_err(|error| Problems::whole(file, error.message(), ""))?;
        if !report.has("node") {
            config.node = match config.cluster.layout {
                layout @ (Layout::Reference | Layout::Compact) => layout.nodes(&config.network),
                Layout::Custom => Vec::new(),
            };
        }
        if !broken {
            rules::check(&config, &mut report);
        }
        let written = report.positions();
        match report.finish(file) {
            Some(problems) => Err(problems),
            None => Ok((config, written)),
        }
    }
}

fn unfinished(report: Report<'_>, file: &Path) -> Problems {
    report
        .finish(file)
        .unwrap_or_else(|| Problems::whole(file, "broken TOML", ""))
}

/// Whether the line at `offset` is the header of a table.
fn is_header(text: &str, offset: usize) -> bool {
    let start = text
        .get(..offset)
        .and_then(|before| before.rfind('\n'))
        .map_or(0, |newline| newline + 1);
    text.get(start..)
        .is_some_and(|line| line.trim_start_matches([' ', '\t']).starts_with('['))
}

fn read(path: &Path) -> Result<String, Problems> {
    let refused = |message: String, expected: &str| Problems::whole(path, message, expected);
    let unreadable = |error: std::io::Error| {
        if error.kind() == ErrorKind::NotFound {
            let message = "there is no such file; `k3scope init` writes one";
            refused(message.to_owned(), "")
        } else {
            refused(format!("the file cannot be read: {error}"), "")
        }
    };
    let kind = std::fs::metadata(path).map_err(unreadable)?;
    if !kind.is_file() {
        let what = if kind.is_dir() {
            "a folder"
        } else {
            "no ordinary file"
        };
        return Err(refused(format!("this is {what}"), "a cluster.toml"));
    }
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(LARGEST_FILE + 1).read_to_end(&mut bytes))
        .map_err(unreadable)?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length > LARGEST_FILE) {
        return Err(refused(
            "the file is larger than 1 MB".to_owned(),
            "a cluster.toml",
        ));
    }
    String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let before = String::from_utf8_lossy(error.as_bytes().get(..valid).unwrap_or(&[]));
        let Position { line, column } = Lines::of(&before).position(before.len());
        let message = format!("line {line}, column {column}: the file is not UTF-8");
        refused(message, "text in UTF-8")
    })
}
