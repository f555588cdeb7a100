//! The annotated file that `k3scope init` writes.

use std::fmt::Write;

use super::{Layout, NetworkTable, NodeTable};

const TEMPLATE: &str = include_str!("../../assets/cluster.toml");

/// An annotated `cluster.toml` with the nodes of `layout`.
pub fn annotated(layout: Layout) -> String {
    let mut nodes = String::new();
    for node in layout.nodes(&NetworkTable::default()) {
        write_node(&mut nodes, &node);
    }
    TEMPLATE
        .replace("@LAYOUT@", &layout.to_string())
        .replace("@NODES@\n", &nodes)
}

fn write_node(text: &mut String, node: &NodeTable) {
    // Nothing that is written to a string fails.
    let _ = match toml::to_string(node) {
        Ok(table) => writeln!(text, "[[node]]\n{table}"),
        Err(error) => writeln!(text, "# {error}"),
    };
}
