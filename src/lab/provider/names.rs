//! How attributes of the schema are called in the API, and fields found and set by path.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

/// The names of one type.
#[derive(Clone, Copy, Debug)]
pub(super) struct Names<'a> {
    own: &'a BTreeMap<String, String>,
    general: &'a BTreeMap<String, String>,
    words: &'a BTreeMap<String, String>,
}

impl<'a> Names<'a> {
    /// A type's `own` names go before the `general` ones; both before what `words` make.
    pub(super) fn new(
        own: &'a BTreeMap<String, String>,
        general: &'a BTreeMap<String, String>,
        words: &'a BTreeMap<String, String>,
    ) -> Self {
        Self {
            own,
            general,
            words,
        }
    }

    /// The field of what stands at `path` in the schema; it may lead through objects (`a.b`).
    pub(super) fn field(&self, path: &str) -> String {
        let mut rest = path;
        loop {
            let named = self.own.get(rest).or_else(|| self.general.get(rest));
            if let Some(name) = named {
                return name.clone();
            }
            match rest.split_once('.') {
                Some((_, shorter)) => rest = shorter,
                None => return self.camel(rest),
            }
        }
    }

    fn camel(&self, name: &str) -> String {
        name.split('_')
            .enumerate()
            .map(|(index, word)| match self.words.get(word) {
                Some(own) if index > 0 => own.clone(),
                Some(own) => lower(own),
                None if index == 0 => word.to_owned(),
                None => upper(word),
            })
            .collect()
    }
}

fn upper(word: &str) -> String {
    let mut letters = word.chars();
    let first = letters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

fn lower(word: &str) -> String {
    let mut letters = word.chars();
    let first = letters.next().map(|first| first.to_ascii_lowercase());
    first.into_iter().chain(letters).collect()
}

/// The path of something inside.
pub(super) fn join(path: &str, name: &str) -> String {
    if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}.{name}")
    }
}

/// The value at a path through objects.
pub(super) fn find<'a>(object: &'a Map<String, Json>, path: &str) -> Option<&'a Json> {
    match path.split_once('.') {
        None => object.get(path),
        Some((first, rest)) => find(object.get(first)?.as_object()?, rest),
    }
}

/// Sets the value at a path, making the objects on the way.
pub(super) fn insert(object: &mut Map<String, Json>, path: &str, value: Json) {
    match path.split_once('.') {
        None => {
            object.insert(path.to_owned(), value);
        }
        Some((first, rest)) => {
            let inner = object
                .entry(first)
                .or_insert_with(|| Json::Object(Map::new()));
            if !inner.is_object() {
                *inner = Json::Object(Map::new());
            }
            if let Some(inner) = inner.as_object_mut() {
                insert(inner, rest, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::table::Table;
    use rstest::rstest;
    use serde_json::{Map, json};

    #[rstest]
    #[case("display_name", "displayName")]
    #[case("shape_config.memory_in_gbs", "memoryInGBs")]
    #[case("source_details.boot_volume_vpus_per_gb", "bootVolumeVpusPerGB")]
    #[case("source_details.source_id", "imageId")]
    #[case("create_vnic_details.assign_ipv6ip", "assignIpv6Ip")]
    #[case("state", "lifecycleState")]
    #[case(
        "shape_config.networking_bandwidth_in_gbps",
        "networkingBandwidthInGbps"
    )]
    fn fields_of_an_instance(#[case] path: &str, #[case] field: &str) {
        let table = Table::embedded().unwrap();
        let names = table.names_of(&table.resources["oci_core_instance"]);
        assert_eq!(names.field(path), field);
    }

    #[test]
    fn ports_lead_through_an_object() {
        let table = Table::embedded().unwrap();
        let names = table.names_of(&table.resources["oci_core_security_list"]);
        let min = names.field("ingress_security_rules.tcp_options.min");
        let mut options = Map::new();
        super::insert(&mut options, &min, json!(80));
        super::insert(&mut options, "destinationPortRange.max", json!(90));
        assert_eq!(
            json!(options),
            json!({"destinationPortRange": {"min": 80, "max": 90}})
        );
        assert_eq!(super::find(&options, &min), Some(&json!(80)));
        assert_eq!(
            names.field("ingress_security_rules.tcp_options.source_port_range.min"),
            "min"
        );
    }
}
