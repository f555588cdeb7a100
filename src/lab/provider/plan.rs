//! What a change will make of a resource, before anything is asked: which computed attributes are
//! not known yet, and which changes need a new resource.

use super::names::join;
use super::schema::{Block, Nested, Nesting};
use super::table::Row;
use super::value::{Cty, Object};

/// A step on the way to a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Name(String),
    Index(i64),
}

/// The way to a value.
pub(super) type Way = Vec<Step>;

/// A planned change.
#[derive(Debug, PartialEq)]
pub(super) struct Plan {
    pub(super) planned: Object,
    /// Changes that a new resource is needed for.
    pub(super) replace: Vec<Way>,
}

/// The plan of a new resource: all that the API will tell is not known yet.
pub(super) fn create(block: &Block, proposed: &Object) -> Object {
    let mut planned = proposed.clone();
    for (name, attribute) in &block.attributes {
        if let Some(value) = planned.get_mut(name)
            && attribute.computed
            && value.is_null()
        {
            *value = Cty::Unknown;
        }
    }
    for (name, nested) in &block.block_types {
        if let Some(Cty::List(items)) = planned.get_mut(name) {
            for item in items {
                if let Cty::Object(object) = item {
                    *object = create(&nested.block, object);
                }
            }
        }
    }
    planned
}

/// The plan of a change.
pub(super) fn update(
    (row, block): (&Row, &Block),
    prior: &Object,
    proposed: &Object,
    config: &Object,
) -> Plan {
    let mut changes = Changes::default();
    changes.between(block, ("", &Vec::new()), prior, proposed);
    if changes.paths.is_empty() {
        return Plan {
            planned: prior.clone(),
            replace: Vec::new(),
        };
    }
    let mut planned = proposed.clone();
    for (name, nested) in &block.block_types {
        let (before, given) = (prior.get(name), config.get(name));
        if let Some(value) = planned.get_mut(name)
            && before != Some(&*value)
        {
            *value = open(nested, value, given);
        }
    }
    let touched = |name: &String| {
        let path = |(path, _): &(String, Way)| path.split('.').next() == Some(name.as_str());
        changes.paths.iter().any(path)
    };
    for (_, followers) in row.follow.iter().filter(|(name, _)| touched(name)) {
        for follower in followers {
            planned.insert(follower.clone(), Cty::Unknown);
        }
    }
    let replace = changes
        .paths
        .into_iter()
        .filter(|(path, _)| !row.can_change(path))
        .map(|(_, way)| way)
        .collect();
    Plan { planned, replace }
}

/// A changed block: what the API computes in it may change with it.
fn open(nested: &Nested, planned: &Cty, config: Option<&Cty>) -> Cty {
    let Cty::List(items) = planned else {
        return planned.clone();
    };
    let given = config.and_then(Cty::as_list).unwrap_or_default();
    let items = items.iter().enumerate().map(|(index, item)| {
        let Cty::Object(object) = item else {
            return item.clone();
        };
        let given = given.get(index).and_then(Cty::as_object);
        let mut object = object.clone();
        for (name, attribute) in &nested.block.attributes {
            let Some(value) = object.get_mut(name) else {
                continue;
            };
            let left_out = match (nested.nesting, given) {
                // Elements of sets that stay have what the API told of them.
                (Nesting::Set, _) | (_, None) => value.is_null(),
                (_, Some(given)) => given.get(name).is_none_or(Cty::is_null),
            };
            if attribute.computed && left_out {
                *value = Cty::Unknown;
            }
        }
        Cty::Object(object)
    });
    Cty::List(items.collect())
}

/// The differences between two objects: paths of the schema with the ways to them.
#[derive(Debug, Default)]
struct Changes {
    paths: Vec<(String, Way)>,
}

impl Changes {
    fn between(&mut self, block: &Block, (path, way): (&str, &Way), one: &Object, other: &Object) {
        for name in block.attributes.keys() {
            if one.get(name) != other.get(name) {
                self.note(path, way, name);
            }
        }
        for (name, nested) in &block.block_types {
            let (before, after) = (one.get(name), other.get(name));
            if before == after {
                continue;
            }
            let (Some(Cty::List(before)), Some(Cty::List(after))) = (before, after) else {
                self.note(path, way, name);
                continue;
            };
            if nested.nesting == Nesting::Set || before.len() != after.len() {
                self.note(path, way, name);
                continue;
            }
            for (index, pair) in before.iter().zip(after).enumerate() {
                if let (Cty::Object(before), Cty::Object(after)) = pair {
                    let mut way = way.clone();
                    way.push(Step::Name(name.clone()));
                    way.push(Step::Index(i64::try_from(index).unwrap_or_default()));
                    let place = (join(path, name), way);
                    self.between(&nested.block, (&place.0, &place.1), before, after);
                }
            }
        }
    }

    fn note(&mut self, path: &str, way: &Way, name: &str) {
        let mut way = way.clone();
        way.push(Step::Name(name.to_owned()));
        self.paths.push((join(path, name), way));
    }
}

#[cfg(test)]
mod tests {
    use super::super::schema::Schemas;
    use super::super::table::Table;
    use super::*;
    use serde_json::{Value as Json, json};

    fn instance(change: impl FnOnce(&mut Json)) -> (Plan, Object) {
        let (schemas, table) = (Schemas::embedded().unwrap(), Table::embedded().unwrap());
        let block = &schemas.resources["oci_core_instance"].block;
        let row = &table.resources["oci_core_instance"];
        let mut config = json!({
            "compartment_id": "c", "availability_domain": "a", "display_name": "n",
            "shape": "s", "shape_config": [{"ocpus": 1, "memory_in_gbs": 6}],
            "create_vnic_details": [{"subnet_id": "net", "private_ip": "10.0.0.2"}],
        });
        let object = |json: &Json| block.fitted(Cty::from(json.clone()).fields().unwrap());
        let mut told = config.clone();
        told["state"] = json!("RUNNING");
        told["shape_config"][0]["vcpus"] = json!(1);
        told["create_vnic_details"][0]["hostname_label"] = json!("n");
        let prior = object(&told);
        change(&mut config);
        let mut proposed = config.clone();
        proposed["state"] = json!("RUNNING");
        proposed["shape_config"][0]["vcpus"] = json!(1);
        if proposed["create_vnic_details"][0]["hostname_label"].is_null() {
            proposed["create_vnic_details"][0]["hostname_label"] = json!("n");
        }
        let plan = update((row, block), &prior, &object(&proposed), &object(&config));
        (plan, prior)
    }

    #[test]
    fn what_does_not_change_stays_as_it_was() {
        let (plan, prior) = instance(|_| {});
        assert_eq!((plan.planned, plan.replace), (prior, vec![]));
    }

    #[test]
    fn a_changed_block_opens_what_is_computed_in_it_and_nothing_else() {
        let (plan, prior) = instance(|config| config["shape_config"][0]["ocpus"] = json!(2));
        let shape = plan.planned["shape_config"].as_list().unwrap()[0].clone();
        let shape = shape.fields().unwrap();
        assert_eq!(shape["vcpus"], Cty::Unknown);
        assert_eq!(shape["memory_in_gbs"], Cty::from(json!(6)));
        assert_eq!(plan.planned["state"], prior["state"]);
        let same = &prior["create_vnic_details"];
        assert_eq!(&plan.planned["create_vnic_details"], same);
        assert!(plan.replace.is_empty());
    }

    #[test]
    fn some_of_a_block_can_change_in_place_and_some_needs_a_new_resource() {
        let (plan, _) = instance(|config| {
            config["create_vnic_details"][0]["hostname_label"] = json!("m");
            config["create_vnic_details"][0]["private_ip"] = json!("10.0.0.3");
        });
        let way = [
            Step::Name("create_vnic_details".to_owned()),
            Step::Index(0),
            Step::Name("private_ip".to_owned()),
        ];
        assert_eq!(plan.replace, [way]);
    }
}
