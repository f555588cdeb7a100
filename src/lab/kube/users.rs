//! Who calls, and what they may do: users and their rules are data (`assets/lab/users.toml`).
//!
//! Roles and bindings that clients write are kept, but change nothing here.

use std::sync::{LazyLock, Mutex, PoisonError};

use serde::Deserialize;
use serde_json::{Value, json};

use super::request::Target;
use super::status::Failure;

/// Someone who may log in.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct User {
    /// The name in kubeconfigs and certificates.
    pub(super) name: String,
    /// `system:masters` may do everything.
    pub(super) groups: Vec<String>,
    /// The namespace that the user's kubeconfig names.
    #[serde(default)]
    pub(super) namespace: Option<String>,
    /// What is permitted.
    #[serde(default, rename = "rule")]
    pub(super) rules: Vec<Rule>,
}

/// A permission.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Rule {
    /// API groups.
    pub(super) groups: Vec<String>,
    /// Plural names, with a subresource where it has one.
    pub(super) resources: Vec<String>,
    /// What may be done.
    pub(super) verbs: Vec<String>,
    /// Only there; none: everywhere.
    #[serde(default)]
    pub(super) namespace: Option<String>,
}

/// What authorisation asks about.
#[derive(Clone, Debug, Default)]
pub(super) struct Attempt {
    /// `list`.
    pub(super) verb: String,
    /// Empty for the core group.
    pub(super) group: String,
    /// `pods`, `pods/log`.
    pub(super) resource: String,
    /// None: the cluster.
    pub(super) namespace: Option<String>,
}

/// Rights that nobody but administrators has at the moment, whatever their rules say.
#[derive(Debug, Default)]
pub(super) struct Withheld(Mutex<Vec<[String; 3]>>);

impl Withheld {
    /// Withholds these alone: verb, group and resource each.
    pub(super) fn set(&self, rights: &[[&str; 3]]) {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *held = rights.iter().map(|it| it.map(str::to_owned)).collect();
    }

    fn has(&self, attempt: &Attempt) -> bool {
        let held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_it = |[verb, group, resource]: &[String; 3]| {
            *verb == attempt.verb && *group == attempt.group && *resource == attempt.resource
        };
        held.iter().any(is_it)
    }
}

static USERS: LazyLock<Vec<User>> = LazyLock::new(|| {
    #[derive(Deserialize)]
    struct Table {
        user: Vec<User>,
    }
    toml::from_str::<Table>(include_str!("../../../assets/lab/users.toml"))
        .map(|table| table.user)
        .unwrap_or_default()
});

/// Everyone.
pub(super) fn all() -> &'static [User] {
    &USERS
}

/// Whoever has not logged in: may ask for health and version.
pub(super) fn anyone() -> &'static User {
    static ANYONE: LazyLock<User> = LazyLock::new(|| User {
        name: "system:anonymous".into(),
        groups: vec!["system:unauthenticated".into()],
        namespace: None,
        rules: Vec::new(),
    });
    &ANYONE
}

impl User {
    /// Whether the user may.
    pub(super) fn may(&self, attempt: &Attempt, withheld: &Withheld) -> bool {
        let permitted = || self.rules.iter().any(|rule| rule.permits(attempt));
        self.is_admin() || (permitted() && !withheld.has(attempt))
    }

    /// A member of the group that no rule holds back.
    pub(super) fn is_admin(&self) -> bool {
        self.groups.iter().any(|group| group == "system:masters")
    }

    /// Refuses what the user may not.
    pub(super) fn check(
        &self,
        verb: &str,
        target: &Target,
        withheld: &Withheld,
    ) -> Result<(), Failure> {
        let attempt = Attempt {
            verb: verb.to_owned(),
            group: target.group.clone(),
            resource: target.resource(),
            namespace: target.namespace.clone(),
        };
        if self.may(&attempt, withheld) {
            return Ok(());
        }
        let place = match &target.namespace {
            Some(namespace) => format!("in the namespace \"{namespace}\""),
            None => "at the cluster scope".to_owned(),
        };
        Err(Failure::forbidden(
            &target.group,
            &target.plural,
            target.name.as_deref(),
            &format!(
                "User \"{}\" cannot {verb} resource \"{}\" in API group \"{}\" {place}",
                self.name, attempt.resource, target.group
            ),
        ))
    }
}

impl Rule {
    fn permits(&self, attempt: &Attempt) -> bool {
        let holds = |list: &[String], one: &str| list.iter().any(|each| each == "*" || each == one);
        holds(&self.groups, &attempt.group)
            && holds(&self.resources, &attempt.resource)
            && holds(&self.verbs, &attempt.verb)
            && self
                .namespace
                .as_ref()
                .is_none_or(|only| attempt.namespace.as_ref() == Some(only))
    }

    /// As a rules review lists it.
    pub(super) fn to_value(&self) -> Value {
        json!({"verbs": self.verbs, "apiGroups": self.groups, "resources": self.resources})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_viewer_reads_some_kinds_in_one_namespace() {
        let viewer = all().iter().find(|user| user.name == "viewer").unwrap();
        let none = Withheld::default();
        let check = |verb, path| viewer.check(verb, &Target::of(path).unwrap(), &none);
        let inside = "/apis/argoproj.io/v1alpha1/namespaces/argocd/applications";
        assert!(check("list", inside).is_ok());
        let refused = check("list", "/apis/argoproj.io/v1alpha1/applications");
        assert_eq!(
            refused.unwrap_err().status()["message"],
            "applications.argoproj.io is forbidden: User \"viewer\" cannot list resource \
             \"applications\" in API group \"argoproj.io\" at the cluster scope"
        );
        assert!(check("delete", inside).is_err());
    }

    #[test]
    fn what_is_withheld_only_an_administrator_has() {
        let withheld = Withheld::default();
        withheld.set(&[["patch", "argoproj.io", "applications"]]);
        let path = "/apis/argoproj.io/v1alpha1/namespaces/argocd/applications/root";
        let may = |name: &str, verb: &str| {
            let user = all().iter().find(|user| user.name == name).unwrap();
            user.check(verb, &Target::of(path).unwrap(), &withheld)
                .is_ok()
        };
        assert!(may("operator", "get") && !may("operator", "patch"));
        assert!(may("admin", "patch"));
        withheld.set(&[]);
        assert!(may("operator", "patch"));
    }
}
