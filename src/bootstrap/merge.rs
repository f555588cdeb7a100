//! Puts our cluster into somebody's kubeconfig and leaves everything else in it as it is.

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value, json};

const LISTS: [&str; 3] = ["clusters", "users", "contexts"];

/// `theirs` with the cluster, user and context of `ours`, and the name of that context. What bears
/// the name already is replaced; the current context stays, where there is one. The error says what
/// is wrong with `theirs`.
pub fn merged(theirs: &str, ours: &SecretString) -> Result<(SecretString, String), String> {
    // The parser's words may quote a file that holds keys.
    let ours: Value = serde_saphyr::from_str(ours.expose_secret())
        .map_err(|_| "our own kubeconfig cannot be read".to_owned())?;
    let name = ours
        .get("current-context")
        .and_then(Value::as_str)
        .ok_or("our own kubeconfig has no context")?
        .to_owned();
    let mut all = if theirs.trim().is_empty() {
        Value::Object(Map::new())
    } else {
        serde_saphyr::from_str(theirs).map_err(|_| "it is not YAML".to_owned())?
    };
    let file = all.as_object_mut().ok_or("it is not a kubeconfig")?;
    for (key, value) in [("apiVersion", "v1"), ("kind", "Config")] {
        file.entry(key).or_insert_with(|| json!(value));
    }
    for list in LISTS {
        let entries = file.entry(list).or_insert_with(|| json!([]));
        if entries.is_null() {
            *entries = json!([]);
        }
        let entries = entries
            .as_array_mut()
            .ok_or_else(|| format!("its `{list}` is not a list"))?;
        let new = ours.get(list).and_then(Value::as_array).cloned();
        entries.retain(|entry| entry.get("name").and_then(Value::as_str) != Some(&name));
        entries.extend(new.unwrap_or_default());
    }
    let current = file.entry("current-context").or_insert(Value::Null);
    if current.as_str().is_none_or(str::is_empty) {
        *current = json!(name);
    }
    let text = serde_saphyr::to_string(&all).map_err(|_| "it cannot be written".to_owned())?;
    Ok((SecretString::from(text), name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn ours() -> SecretString {
        SecretString::from(
            "apiVersion: v1\nkind: Config\ncurrent-context: \"lab\"\n\
             clusters:\n- name: \"lab\"\n  cluster:\n    server: https://10.0.2.10:6443\n\
             users:\n- name: \"lab\"\n  user:\n    client-key-data: bmV3\n\
             contexts:\n- name: \"lab\"\n  context:\n    cluster: \"lab\"\n    user: \"lab\"\n",
        )
    }

    fn merge(theirs: &str) -> Value {
        let (text, name) = merged(theirs, &ours()).unwrap();
        assert_eq!(name, "lab");
        serde_saphyr::from_str(text.expose_secret()).unwrap()
    }

    #[test]
    fn an_empty_file_becomes_ours() {
        let all = merge("");
        assert_eq!(all["current-context"], "lab");
        assert_eq!(
            all["clusters"][0]["cluster"]["server"],
            "https://10.0.2.10:6443"
        );
    }

    #[test]
    fn what_else_is_there_stays() {
        let theirs = "apiVersion: v1\nkind: Config\ncurrent-context: work\nextensions:\n- name: x\n\
                      clusters:\n- name: work\n  cluster: {server: 'https://work'}\n- name: lab\n  cluster: {server: 'https://old'}\n\
                      users:\n- name: work\n  user:\n    exec: {command: aws, args: ['1', 'yes']}\ncontexts: null\n";
        let all = merge(theirs);
        assert_eq!(all["current-context"], "work");
        assert_eq!(all["extensions"][0]["name"], "x");
        assert_eq!(all["users"][0]["user"]["exec"]["args"], json!(["1", "yes"]));
        let names: Vec<_> = all["clusters"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| &it["name"])
            .collect();
        assert_eq!(names, ["work", "lab"]);
        assert_eq!(
            all["clusters"][1]["cluster"]["server"],
            "https://10.0.2.10:6443"
        );
    }

    #[rstest]
    #[case::no_yaml("{")]
    #[case::a_list("- a\n")]
    #[case::no_list("clusters: {}\n")]
    fn what_is_no_kubeconfig_is_left_alone(#[case] theirs: &str) {
        assert!(merged(theirs, &ours()).is_err());
    }
}
