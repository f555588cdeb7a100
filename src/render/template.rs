//! Templates with `@NAME@` in place of what differs.

use serde_json::Value;

/// `template` with every `@NAME@` replaced by its value. A value is never searched itself, so that
/// what an operator wrote cannot name another one.
pub(super) fn fill(template: &str, values: &[(&str, &str)]) -> String {
    let mut filled = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('@') {
        filled.push_str(before);
        let named = values.iter().find_map(|(name, value)| {
            let next = after.strip_prefix(name)?.strip_prefix('@')?;
            Some((*value, next))
        });
        let (value, next) = named.unwrap_or(("@", after));
        filled.push_str(value);
        rest = next;
    }
    filled.push_str(rest);
    filled
}

/// `text` as a YAML scalar: JSON's strings are YAML's double-quoted ones.
pub(super) fn scalar(text: &str) -> String {
    Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_replaced_and_values_are_not_searched() {
        let values = [("A", "@B@"), ("B", "two"), ("BC", "three")];
        assert_eq!(
            fill("@A@ @B@@BC@ me@here @C@ @", &values),
            "@B@ twothree me@here @C@ @"
        );
    }
}
