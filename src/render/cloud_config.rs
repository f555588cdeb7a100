//! A cloud-config document (cloud-init's YAML) that lays files and starts one unit.

use std::fmt::Write;

use secrecy::zeroize::Zeroizing;

use super::template::fill;

const TEMPLATE: &str = include_str!("../../assets/cloud-init/node.yaml");

/// How deep a file's content stands in the document.
const INDENT: &str = "      ";

/// A file of a node.
pub(super) struct File {
    /// Where, as an absolute path.
    pub(super) path: &'static str,
    /// Its permissions, as cloud-init takes them.
    pub(super) mode: &'static str,
    /// What it holds: text that ends with a line break. Wiped, since one of them is a secret.
    pub(super) content: Zeroizing<String>,
}

/// The document that lays `files` in their order.
pub(super) fn cloud_config(files: &[File]) -> Zeroizing<String> {
    let mut list = Zeroizing::new(String::new());
    for file in files {
        // Nothing that is written to a string fails.
        let _ = write!(
            list,
            "  - path: {}\n    owner: root:root\n    permissions: '{}'\n    content: |\n",
            file.path, file.mode
        );
        for line in file.content.lines() {
            if !line.is_empty() {
                list.push_str(INDENT);
                list.push_str(line);
            }
            list.push('\n');
        }
    }
    Zeroizing::new(fill(TEMPLATE, &[("FILES", list.as_str())]))
}

/// The first line of the file at `path` in such a document.
pub(super) fn file_in<'a>(document: &'a str, path: &str) -> Option<&'a str> {
    let head = format!("  - path: {path}\n");
    let (_, rest) = document.split_once(&head)?;
    let (_, content) = rest.split_once("    content: |\n")?;
    content.lines().next()?.strip_prefix(INDENT)
}
