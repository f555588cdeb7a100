//! Evictions: a delete that the disruption budgets of the pod may hold back, in the API's own words.
//! What a budget allows is counted from the pods themselves, whenever it is asked about.

use std::sync::Arc;

use serde_json::{Value, json};

use super::meta::{key, text};
use super::objects::Objects;
use super::status::Failure;

/// Whether the budgets of its namespace let a pod go.
pub(super) fn permits(objects: &Objects, pod: &Value) -> Result<(), Failure> {
    if matches!(
        text(pod, "/status/phase"),
        "Pending" | "Succeeded" | "Failed"
    ) {
        return Ok(());
    }
    let (namespace, _) = key(pod);
    let budgets = objects.shared_list("poddisruptionbudgets.policy");
    let mut meant = budgets
        .iter()
        .filter(|budget| key(budget).0 == namespace && selects(budget, pod));
    let Some(budget) = meant.next() else {
        return Ok(());
    };
    if meant.next().is_some() {
        return Err(Failure::internal(
            "This pod has more than one PodDisruptionBudget, which the eviction subresource does \
             not support.",
        ));
    }
    let pods = objects.shared_list("pods");
    let counted: Vec<&Arc<Value>> = pods
        .iter()
        .filter(|other| key(other).0 == namespace && selects(budget, other))
        .collect();
    let healthy = counted.iter().filter(|pod| is_healthy(pod)).count();
    let desired = desired(budget, counted.len());
    let spare = if is_healthy(pod) {
        desired + 1
    } else {
        desired
    };
    if healthy >= spare {
        return Ok(());
    }
    let name = key(budget).1;
    Err(Failure::held_back(&format!(
        "The disruption budget {name} needs {desired} healthy pods and has {healthy} currently"
    )))
}

fn is_healthy(pod: &Value) -> bool {
    let conditions = pod.pointer("/status/conditions").and_then(Value::as_array);
    let is_ready = conditions
        .into_iter()
        .flatten()
        .any(|it| text(it, "/type") == "Ready" && text(it, "/status") == "True");
    is_ready && pod.pointer("/metadata/deletionTimestamp").is_none()
}

/// How many of `all` pods must stay healthy.
fn desired(budget: &Value, all: usize) -> usize {
    let amount = |place: &str| match budget.pointer(place)? {
        Value::Number(number) => usize::try_from(number.as_u64()?).ok(),
        Value::String(text) => {
            let share: usize = text.strip_suffix('%')?.parse().ok()?;
            Some((all * share).div_ceil(100))
        }
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    };
    match (amount("/spec/minAvailable"), amount("/spec/maxUnavailable")) {
        (Some(least), _) => least,
        (None, Some(most)) => all.saturating_sub(most),
        (None, None) => 0,
    }
}

/// Whether the budget's selector has these labels; without one it has none, an empty one has all.
fn selects(budget: &Value, pod: &Value) -> bool {
    let Some(selector) = budget.pointer("/spec/selector") else {
        return false;
    };
    let label = |name: &str| pod.pointer("/metadata/labels")?.get(name)?.as_str();
    let wanted = selector.get("matchLabels").and_then(Value::as_object);
    let has_all = wanted
        .into_iter()
        .flatten()
        .all(|(name, value)| label(name) == value.as_str());
    let terms = selector.get("matchExpressions").and_then(Value::as_array);
    has_all
        && terms.into_iter().flatten().all(|term| {
            let have = label(text(term, "/key"));
            let among = || {
                let values = term.get("values").and_then(Value::as_array);
                let mut values = values.into_iter().flatten();
                have.is_some_and(|have| values.any(|value| *value == json!(have)))
            };
            match text(term, "/operator") {
                "In" => among(),
                "NotIn" => !among(),
                "Exists" => have.is_some(),
                "DoesNotExist" => have.is_none(),
                _ => false,
            }
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(json!({"minAvailable": 2}), 2)]
    #[case(json!({"minAvailable": "50%"}), 2)]
    #[case(json!({"maxUnavailable": 1}), 2)]
    #[case(json!({"maxUnavailable": "100%"}), 0)]
    #[case(json!({}), 0)]
    fn what_must_stay_of_three(#[case] spec: Value, #[case] expected: usize) {
        assert_eq!(desired(&json!({"spec": spec}), 3), expected);
    }

    #[rstest]
    #[case(json!({"spec": {}}), false)]
    #[case(json!({"spec": {"selector": {}}}), true)]
    #[case(json!({"spec": {"selector": {"matchLabels": {"app": "docs"}}}}), true)]
    #[case(json!({"spec": {"selector": {"matchLabels": {"app": "other"}}}}), false)]
    #[case(json!({"spec": {"selector": {"matchExpressions": [
        {"key": "app", "operator": "NotIn", "values": ["docs"]}]}}}), false)]
    fn whom_a_budget_means(#[case] budget: Value, #[case] expected: bool) {
        let pod = json!({"metadata": {"labels": {"app": "docs"}}});
        assert_eq!(selects(&budget, &pod), expected);
    }
}
