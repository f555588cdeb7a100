//! The part of `JSONPath` that printer columns use: fields, indexes, `[*]`, and `[?(@.type=="Ready")]`.

use serde_json::Value;

/// The first value that a path finds.
pub(super) fn first<'a>(object: &'a Value, path: &str) -> Option<&'a Value> {
    let mut found = vec![object];
    for step in steps(path)? {
        found = found
            .into_iter()
            .flat_map(|value| step.apply(value))
            .collect();
    }
    found.into_iter().next().filter(|value| !value.is_null())
}

#[derive(Debug, PartialEq, Eq)]
enum Step {
    Field(String),
    Index(usize),
    All,
    Where(String, String),
}

impl Step {
    fn apply<'a>(&self, value: &'a Value) -> Vec<&'a Value> {
        let items = || value.as_array().into_iter().flatten();
        match self {
            Self::Field(name) => value.get(name).into_iter().collect(),
            Self::Index(at) => value.get(at).into_iter().collect(),
            Self::All => items().collect(),
            Self::Where(field, wanted) => items()
                .filter(|item| item.get(field).and_then(Value::as_str) == Some(wanted.as_str()))
                .collect(),
        }
    }
}

fn steps(path: &str) -> Option<Vec<Step>> {
    let mut steps = Vec::new();
    let mut rest = path;
    while !rest.is_empty() {
        if let Some(bracket) = rest.strip_prefix('[') {
            let (inside, after) = bracket.split_once(']')?;
            steps.push(bracket_step(inside)?);
            rest = after;
        } else {
            let name = rest.strip_prefix('.').unwrap_or(rest);
            let mut field = String::new();
            let mut chars = name.char_indices();
            let mut end = name.len();
            while let Some((at, c)) = chars.next() {
                match c {
                    '\\' => field.extend(chars.next().map(|(_, c)| c)),
                    '.' | '[' => {
                        end = at;
                        break;
                    }
                    _ => field.push(c),
                }
            }
            steps.push(Step::Field(field));
            rest = name.get(end..)?;
        }
    }
    Some(steps)
}

fn bracket_step(inside: &str) -> Option<Step> {
    if inside == "*" {
        return Some(Step::All);
    }
    if let Some(filter) = inside.strip_prefix("?(@.") {
        let (field, wanted) = filter.strip_suffix(')')?.split_once("==")?;
        let wanted = wanted.trim().trim_matches(['"', '\'']);
        return Some(Step::Where(field.trim().to_owned(), wanted.to_owned()));
    }
    if let Ok(at) = inside.parse() {
        return Some(Step::Index(at));
    }
    Some(Step::Field(inside.trim_matches(['"', '\'']).to_owned()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn columns_find_their_values() {
        let object = json!({
            "metadata": {"annotations": {"a.b/c": "yes"}},
            "status": {"conditions": [{"type": "Other", "status": "False"},
                                      {"type": "Ready", "status": "True"}]},
            "spec": {"hosts": ["one", "two"]}
        });
        let ready = r#".status.conditions[?(@.type=="Ready")].status"#;
        assert_eq!(first(&object, ready), Some(&json!("True")));
        let ready = r".status.conditions[?(@.type == 'Ready')].status";
        assert_eq!(first(&object, ready), Some(&json!("True")));
        assert_eq!(first(&object, ".spec.hosts[1]"), Some(&json!("two")));
        assert_eq!(first(&object, ".spec.hosts[*]"), Some(&json!("one")));
        assert_eq!(
            first(&object, r".metadata.annotations.a\.b/c"),
            Some(&json!("yes"))
        );
        assert_eq!(first(&object, ".spec.none"), None);
    }
}
