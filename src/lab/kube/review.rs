//! Questions about oneself: who am I, may I, what may I.

use serde_json::{Map, Value, json};

use super::meta::{self, text};
use super::status::Failure;
use super::users::{Attempt, User, Withheld};

/// Answers a review; the body says what is asked.
pub(super) fn answer(
    (user, withheld): (&User, &Withheld),
    plural: &str,
    body: &Value,
    now: jiff::Timestamp,
) -> Result<Value, Failure> {
    let spec = body.get("spec").cloned().unwrap_or_else(|| json!({}));
    match plural {
        "selfsubjectaccessreviews" => access((user, withheld), &spec),
        "selfsubjectrulesreviews" => Ok(rules(user, &spec)),
        "selfsubjectreviews" => Ok(json!({
            "kind": "SelfSubjectReview", "apiVersion": "authentication.k8s.io/v1",
            "metadata": {"creationTimestamp": meta::date(now)},
            "status": {"userInfo": {"username": user.name, "groups": user.groups}},
        })),
        _ => Err(Failure::no_resource()),
    }
}

fn access((user, withheld): (&User, &Withheld), spec: &Value) -> Result<Value, Failure> {
    let given = |name: &str| text(spec, &format!("/resourceAttributes/{name}")).to_owned();
    let allowed = if spec.get("nonResourceAttributes").is_some() {
        user.is_admin() || text(spec, "/nonResourceAttributes/verb") == "get"
    } else if spec.get("resourceAttributes").is_some() {
        let resource = match given("subresource").as_str() {
            "" => given("resource"),
            subresource => format!("{}/{subresource}", given("resource")),
        };
        let attempt = Attempt {
            verb: given("verb"),
            group: given("group"),
            resource,
            namespace: Some(given("namespace")).filter(|namespace| !namespace.is_empty()),
        };
        user.may(&attempt, withheld)
    } else {
        return Err(Failure::bad_request(
            "exactly one of nonResourceAttributes or resourceAttributes must be specified",
        ));
    };
    let mut status = Map::new();
    status.insert("allowed".into(), json!(allowed));
    Ok(json!({
        "kind": "SelfSubjectAccessReview", "apiVersion": "authorization.k8s.io/v1",
        "metadata": {}, "spec": spec, "status": status,
    }))
}

fn rules(user: &User, spec: &Value) -> Value {
    let namespace = text(spec, "/namespace").to_owned();
    let mut resources = vec![
        json!({"verbs": ["create"], "apiGroups": ["authorization.k8s.io"],
               "resources": ["selfsubjectaccessreviews", "selfsubjectrulesreviews"]}),
        json!({"verbs": ["create"], "apiGroups": ["authentication.k8s.io"],
               "resources": ["selfsubjectreviews"]}),
    ];
    let mut others = vec![json!({
        "verbs": ["get"],
        "nonResourceURLs": ["/api", "/api/*", "/apis", "/apis/*", "/healthz", "/livez", "/openapi",
                            "/openapi/*", "/readyz", "/version", "/version/"],
    })];
    if user.is_admin() {
        resources.push(json!({"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}));
        others.push(json!({"verbs": ["*"], "nonResourceURLs": ["*"]}));
    }
    let here = user.rules.iter().filter(|rule| {
        rule.namespace
            .as_ref()
            .is_none_or(|only| *only == namespace)
    });
    resources.extend(here.map(super::users::Rule::to_value));
    json!({
        "kind": "SelfSubjectRulesReview", "apiVersion": "authorization.k8s.io/v1", "metadata": {},
        "spec": {},
        "status": {"resourceRules": resources, "nonResourceRules": others, "incomplete": false},
    })
}
