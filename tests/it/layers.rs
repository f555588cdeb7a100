//! The layers hold: every `use` of product code is an arrow that the table below has.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

const EVERYTHING: &str = "*";

/// Module → the modules of ours that it may name.
const MAY_USE: &[(&str, &[&str])] = &[
    (
        "app",
        &[
            "bootstrap",
            "cloudflare",
            "clock",
            "command",
            "config",
            "dns",
            "domain",
            "effect",
            "gitops",
            "keymap",
            "kube",
            "oci",
            "preflight",
            "provision",
            "render",
            "rules",
            "sources",
            "ssh",
            "store",
            "telemetry",
            "term",
            "theme",
            "ui",
            "web",
            "wizard",
        ],
    ),
    (
        "bootstrap",
        &[
            "cloudflare",
            "clock",
            "config",
            "dns",
            "domain",
            "kube",
            "oci",
            "ssh",
            "web",
        ],
    ),
    ("cli", &[EVERYTHING]),
    ("clock", &[]),
    ("cloudflare", &["clock", "domain"]),
    ("command", &["domain"]),
    ("config", &["domain"]),
    ("dns", &["clock", "domain"]),
    ("domain", &[]),
    ("effect", &["domain"]),
    ("envoy", &["clock", "domain"]),
    (
        "gitops",
        &["clock", "config", "domain", "kube", "oci", "render"],
    ),
    ("keymap", &["command"]),
    ("kube", &["clock", "domain", "ssh"]),
    ("lab", &["clock"]),
    ("oci", &["clock"]),
    (
        "preflight",
        &[
            "clock",
            "cloudflare",
            "config",
            "domain",
            "kube",
            "oci",
            "render",
            "ssh",
        ],
    ),
    ("provision", &["clock", "config", "domain", "oci", "render"]),
    ("render", &["config", "domain"]),
    ("rules", &["domain", "store"]),
    (
        "sources",
        &[
            "clock",
            "cloudflare",
            "config",
            "dns",
            "domain",
            "envoy",
            "kube",
            "oci",
            "ssh",
            "web",
        ],
    ),
    ("ssh", &["clock", "domain"]),
    ("store", &["domain"]),
    ("telemetry", &[]),
    ("term", &[]),
    ("theme", &["command"]),
    (
        "ui",
        &[
            "command", "domain", "effect", "keymap", "store", "theme", "wizard",
        ],
    ),
    ("web", &["clock", "dns", "domain", "ssh"]),
    ("wizard", &["command", "config", "domain", "effect"]),
];

/// Crates that only some modules may name: what does I/O stays out of what must be pure.
const CRATE_ONLY_IN: &[(&str, &[&str])] = &[
    ("axum", &["lab"]),
    ("clap", &["cli"]),
    ("color_eyre", &["cli", "app", "term"]),
    ("crossterm", &["app", "cli", "keymap", "term"]),
    ("hickory_proto", &["dns", "lab"]),
    ("indicatif", &["cli"]),
    ("kube", &["app", "bootstrap", "gitops", "kube", "sources"]),
    ("prost", &["lab"]),
    ("ratatui", &["app", "term", "theme", "ui"]),
    (
        "reqwest",
        &[
            "bootstrap",
            "cloudflare",
            "gitops",
            "oci",
            "preflight",
            "sources",
        ],
    ),
    ("rmpv", &["lab"]),
    ("russh", &["lab", "ssh"]),
    ("rustix", &["provision", "term"]),
    (
        "tokio",
        &[
            "app",
            "bootstrap",
            "cli",
            "clock",
            "cloudflare",
            "dns",
            "envoy",
            "gitops",
            "kube",
            "lab",
            "oci",
            "preflight",
            "provision",
            "sources",
            "ssh",
            "telemetry",
            "term",
            "web",
        ],
    ),
    ("tonic", &["lab"]),
];

#[test]
fn every_arrow_is_in_the_table() {
    let mut wrong = BTreeSet::new();
    for file in rust_files(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src"))) {
        let module = module_of(&file);
        if matches!(module.as_str(), "lib" | "main") {
            continue;
        }
        let Some((_, allowed)) = MAY_USE.iter().find(|(name, _)| *name == module) else {
            wrong.insert(format!("{module} is in no row of the layer table"));
            continue;
        };
        let text = fs::read_to_string(&file).unwrap();
        for line in text
            .lines()
            .map(str::trim_start)
            .filter(|line| !line.starts_with("//"))
        {
            for used in ours_in(line) {
                let known = MAY_USE.iter().any(|(name, _)| *name == used);
                let free = used == module || allowed.contains(&EVERYTHING);
                if known && !free && !allowed.contains(&used.as_str()) {
                    wrong.insert(format!("{module} uses {used}: {}", file.display()));
                }
            }
            for (name, places) in CRATE_ONLY_IN {
                if names_crate(line, name) && !places.contains(&module.as_str()) {
                    wrong.insert(format!("{module} uses crate {name}: {}", file.display()));
                }
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "arrows that the layers do not have:\n{wrong:#?}"
    );
}

/// The modules named by `crate::NAME`, grouped imports included.
fn ours_in(line: &str) -> Vec<String> {
    line.split("crate::")
        .skip(1)
        .flat_map(|rest| match rest.strip_prefix('{') {
            Some(group) => group.split(',').map(first_word).collect(),
            None => vec![first_word(rest)],
        })
        .filter(|name| !name.is_empty())
        .collect()
}

fn first_word(text: &str) -> String {
    text.trim_start()
        .chars()
        .take_while(|c| c.is_alphanumeric() || *c == '_')
        .collect()
}

fn names_crate(line: &str, name: &str) -> bool {
    let path = format!("{name}::");
    let mut before = line
        .split(&path)
        .map(|part| part.chars().next_back())
        .collect::<Vec<_>>();
    before.pop();
    before
        .iter()
        .any(|c| !c.is_some_and(|c| c.is_alphanumeric() || "_:.".contains(c)))
}

fn module_of(file: &Path) -> String {
    let inside = file
        .strip_prefix(concat!(env!("CARGO_MANIFEST_DIR"), "/src"))
        .unwrap();
    let first = inside
        .components()
        .next()
        .unwrap()
        .as_os_str()
        .to_str()
        .unwrap();
    first.trim_end_matches(".rs").to_owned()
}

/// Every Rust source file below `folder`.
pub(crate) fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

#[test]
fn the_reader_sees_arrows() {
    assert_eq!(ours_in("use crate::oci::Client;"), ["oci"]);
    assert_eq!(
        ours_in("use crate::{clock::Clock, domain};"),
        ["clock", "domain"]
    );
    assert_eq!(ours_in("let x = crate::store::fold(a);"), ["store"]);
    assert!(names_crate("use reqwest::Client;", "reqwest"));
    assert!(!names_crate("use crate::kube::Door;", "kube"));
}
