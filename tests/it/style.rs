//! Habits that a compiler does not check: sizes of files, names, and the word at each module's top.

use std::fs;
use std::path::Path;

use crate::layers::rust_files;

const LONGEST_FILE: usize = 600;
const EMPTY_NAMES: &[&str] = &[
    "utils", "util", "helpers", "helper", "common", "manager", "misc",
];

#[test]
fn files_are_short_named_and_introduced() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut wrong = Vec::new();
    for folder in ["src", "tests", "benches"].map(|name| root.join(name)) {
        for file in if folder.exists() {
            rust_files(&folder)
        } else {
            Vec::new()
        } {
            let text = fs::read_to_string(&file).unwrap();
            let shown = file.strip_prefix(root).unwrap().display();
            let stem = file.file_stem().unwrap().to_str().unwrap();
            let lines = text.lines().count();
            if lines > LONGEST_FILE {
                wrong.push(format!("{shown}: {lines} lines, more than {LONGEST_FILE}"));
            }
            if EMPTY_NAMES.contains(&stem) {
                wrong.push(format!("{shown}: the name says nothing"));
            }
            if !text.starts_with("//!") {
                wrong.push(format!("{shown}: opens without `//!`"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
