//! What the provider asks, beside what the real one asked for the same configuration.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::folder::{Folder, is_installed};
use super::life::MAIN;
use crate::lab_oci::client::Client;

const RECORDED: &str = include_str!("../../data/provider/requests.jsonl");

/// Names for what is called otherwise in every world.
struct Names(BTreeMap<String, String>);

impl Names {
    fn note(&mut self, thing: &Value) {
        match thing {
            Value::Array(things) => things.iter().for_each(|thing| self.note(thing)),
            Value::Object(thing) => {
                let text = |field: &str| thing.get(field).and_then(Value::as_str);
                if let (Some(id), Some(name)) = (text("id"), text("displayName")) {
                    self.0.insert(id.to_owned(), format!("{} {name}", word(id)));
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }

    /// The value with names for ids, and lists sorted: sets have no order.
    fn told(&self, value: &Value) -> Value {
        match value {
            Value::String(text) if text.starts_with("ocid1.compartment.") => "compartment".into(),
            Value::String(text) if text.starts_with("ocid1.image.") => "image".into(),
            Value::String(text) if text.starts_with("Sim0:") => "domain".into(),
            Value::String(text) if text.starts_with("ocid1.") => {
                self.0.get(text).expect("a known id").as_str().into()
            }
            Value::Array(items) => {
                let mut items: Vec<Value> = items.iter().map(|item| self.told(item)).collect();
                items.sort_by_key(Value::to_string);
                items.into()
            }
            Value::Object(fields) => fields
                .iter()
                .map(|(name, value)| (name.clone(), self.told(value)))
                .collect::<serde_json::Map<_, _>>()
                .into(),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
        }
    }
}

fn word(id: &str) -> &str {
    id.split('.').nth(1).unwrap_or_default()
}

/// The way of a request: its method and path, with a word in place of each id and value.
fn way(method: &str, target: &str) -> String {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let path: Vec<&str> = path
        .split('/')
        .map(|part| {
            if part.starts_with("ocid1.") {
                word(part)
            } else {
                part
            }
        })
        .collect();
    let query: Vec<&str> = query
        .split('&')
        .filter_map(|pair| pair.split('=').next())
        .collect();
    format!("{method} {}?{}", path.join("/"), query.join("&"))
}

#[tokio::test]
async fn the_same_configuration_asks_the_same() {
    if !is_installed() {
        return;
    }
    let client = Client::start().await;
    let folder = Folder::new(&client.lab, &[("main.tf", MAIN)]);
    folder.ok("apply -input=false -auto-approve").await;

    let recorded: Vec<Value> = RECORDED
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let mut theirs = Names(BTreeMap::new());
    for request in &recorded {
        theirs.note(&request["resBody"]);
    }
    let mut ours = Names(BTreeMap::new());
    for collection in [
        "vcns",
        "internetGateways",
        "routeTables",
        "securityLists",
        "subnets",
        "privateIps",
    ] {
        for thing in client.lab.oci().resources(collection) {
            ours.note(&thing);
        }
    }
    let asked = client.lab.asked_by_terraform();
    let bodies = |made: Vec<(&str, Value)>| -> BTreeMap<String, Value> {
        made.into_iter()
            .map(|(path, body)| (format!("{path} {}", body["displayName"]), body))
            .collect()
    };
    let wanted = bodies(
        recorded
            .iter()
            .filter(|request| request["method"] == "POST")
            .map(|request| {
                (
                    request["path"].as_str().unwrap(),
                    theirs.told(&request["reqBody"]),
                )
            })
            .collect(),
    );
    let got = bodies(
        asked
            .iter()
            .filter_map(|asked| Some((asked.target.as_str(), ours.told(asked.body.as_ref()?))))
            .collect(),
    );
    assert_eq!(wanted.len(), 11);
    for (name, body) in &wanted {
        assert_eq!(got.get(name), Some(body), "{name}");
    }
    assert_eq!(got.len(), wanted.len());

    let wanted: BTreeSet<String> = recorded
        .iter()
        .map(|it| way(it["method"].as_str().unwrap(), it["path"].as_str().unwrap()))
        .collect();
    let got: BTreeSet<String> = asked
        .iter()
        .map(|asked| way(&asked.method, &asked.target))
        .collect();
    assert_eq!(got, wanted);
    for asked in &asked {
        let length = asked.retry_token.as_ref().map(String::len);
        assert_eq!(length, (asked.method == "POST").then_some(32), "{asked:?}");
    }
}
