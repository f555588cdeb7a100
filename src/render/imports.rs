//! `imports.tf`: what stands in the cloud already, as blocks by which Terraform takes it into its
//! state.
//!
//! A block whose target the folder no longer has stops every plan, so only those are written that it
//! has. What stands in the cloud, and what the state knows, is the caller's to find out.

use std::fmt::Write;

use serde_json::Value;

use super::Tree;
use super::terraform::VARIABLES;

/// The file's name in the folder.
pub const IMPORTS: &str = "imports.tf";

const HEAD: &str = "\
# What stands in the cloud already: the next apply takes it into Terraform's state, and changes nothing
# of it by that. `k3scope render --import` wrote this file. What the state has is not taken over again,
# so the file does nothing any more once it was applied, and may be deleted then.
";

/// One thing that is to be taken over.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Import {
    /// Its address in the folder.
    pub address: String,
    /// Its OCID, or what the provider takes in place of one.
    pub id: String,
}

impl Import {
    /// Whether both are plain enough to stand in HCL as they are.
    fn is_plain(&self) -> bool {
        let plain = |text: &str, more: &str| {
            let fits = |c: char| c.is_ascii_alphanumeric() || more.contains(c);
            !text.is_empty() && text.chars().all(fits)
        };
        plain(&self.address, "_-.[]\"") && plain(&self.id, "_-./:")
    }
}

impl Tree {
    /// With a file that takes over those of `imports` that this folder has; without one where that
    /// is nothing.
    #[must_use]
    pub fn taking_over(mut self, imports: &[Import]) -> Self {
        let variables = self.files.get(VARIABLES);
        let variables = variables.and_then(|text| serde_json::from_slice(text).ok());
        let variables: Value = variables.unwrap_or_default();
        let mut blocks = String::new();
        for import in imports {
            if import.is_plain() && has(&variables, &import.address) {
                let Import { address, id } = import;
                // Nothing that is written to a string fails.
                let _ = write!(
                    blocks,
                    "\nimport {{\n  to = {address}\n  id = \"{id}\"\n}}\n"
                );
            }
        }
        if !blocks.is_empty() {
            let text = format!("{HEAD}{blocks}");
            self.files.insert(IMPORTS.to_owned(), text.into_bytes());
        }
        self
    }
}

/// Whether the folder with these variables has a resource at `address`, as far as that depends on them.
fn has(variables: &Value, address: &str) -> bool {
    let is_set = |name: &str| variables.get(name).is_some_and(|value| !value.is_null());
    let node = address.strip_prefix("oci_core_instance.node[\"");
    let node = node.and_then(|rest| rest.strip_suffix("\"]"));
    match (node, address) {
        (Some(name), _) => variables
            .get("nodes")
            .is_some_and(|nodes| nodes.get(name).is_some()),
        (None, "oci_core_public_ip.ingress[0]") => variables
            .get("public_ip")
            .is_none_or(|kind| kind == "reserved"),
        (None, "oci_limits_quota.guard[0]") => is_set("quota_guard"),
        (None, _) => true,
    }
}

/// The blocks of a file that was written here.
pub fn imports_in(text: &str) -> Vec<Import> {
    let mut all = Vec::new();
    let mut address = None;
    for line in text.lines().map(str::trim) {
        if let Some(to) = line.strip_prefix("to = ") {
            address = Some(to.to_owned());
        } else if let Some(id) = line.strip_prefix("id = ") {
            let id = id.trim_matches('"').to_owned();
            all.extend(address.take().map(|address| Import { address, id }));
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn import(address: &str) -> Import {
        Import {
            address: address.to_owned(),
            id: "ocid1.thing.oc1.iad.aaaa".to_owned(),
        }
    }

    fn tree(variables: &str) -> Tree {
        let files = BTreeMap::from([(VARIABLES.to_owned(), variables.as_bytes().to_vec())]);
        Tree {
            folder: "tf",
            files,
        }
    }

    fn written(variables: &str, imports: &[Import]) -> Vec<Import> {
        let tree = tree(variables).taking_over(imports);
        let text = tree.files.get(IMPORTS).map(Vec::as_slice);
        imports_in(std::str::from_utf8(text.unwrap_or_default()).unwrap())
    }

    #[test]
    fn what_was_written_is_read_back() {
        let vcn = import("oci_core_vcn.this");
        let node = import("oci_core_instance.node[\"k3s-server\"]");
        let both = [vcn.clone(), node];
        let variables = r#"{"nodes": {"k3s-server": {}}}"#;
        assert_eq!(written(variables, &both), both);
        let tree = tree(variables).taking_over(&[vcn]);
        let text = String::from_utf8(tree.files[IMPORTS].clone()).unwrap();
        let block =
            "\nimport {\n  to = oci_core_vcn.this\n  id = \"ocid1.thing.oc1.iad.aaaa\"\n}\n";
        assert!(
            text.starts_with("# What stands") && text.ends_with(block),
            "{text}"
        );
    }

    #[test]
    fn only_what_the_folder_has_is_a_target() {
        let all = [
            import("oci_core_instance.node[\"gone\"]"),
            import("oci_core_public_ip.ingress[0]"),
            import("oci_limits_quota.guard[0]"),
        ];
        let kept = |variables: &str| written(variables, &all).len();
        assert_eq!(kept(r#"{"nodes": {}, "public_ip": "ephemeral"}"#), 0);
        assert_eq!(
            kept(r#"{"nodes": {"gone": {}}, "public_ip": "reserved"}"#),
            2
        );
        assert_eq!(
            kept(r#"{"quota_guard": {"ocpus": 2}, "public_ip": "ephemeral"}"#),
            1
        );
        assert!(
            !tree(r#"{"public_ip": "ephemeral"}"#)
                .taking_over(&all)
                .files
                .contains_key(IMPORTS)
        );
    }

    #[test]
    fn nothing_but_names_gets_into_the_file() {
        let bent = Import {
            address: "oci_core_vcn.this".to_owned(),
            id: "${file(\"/etc/passwd\")}".to_owned(),
        };
        assert_eq!(written("{}", &[bent, import("a.b\n}")]), []);
    }
}
