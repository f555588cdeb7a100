//! Why a write was not carried out, in kinds that call for different acts.

use kube::core::Status;

use super::fault::Fault;
use super::kind::ApiName;
use crate::domain::line::Line;

/// A write that was not carried out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WriteError {
    /// Nothing may be changed here.
    #[error("--read-only changes nothing")]
    ReadOnly,
    /// 403: the rights do not reach this.
    #[error("not permitted: {verb} {resource} {place}")]
    NotPermitted {
        /// What was tried, in the API's own word: `patch`, `delete`.
        verb: Line,
        /// On what, such as `secrets`.
        resource: Line,
        /// Where, such as `in namespace argocd`.
        place: Line,
        /// In the server's words.
        words: Line,
    },
    /// 409: fields of it belong to others.
    #[error("{} is kept by {}", listed(.fields, ", "), listed(.managers, " and "))]
    Owned {
        /// To whom: names of field managers.
        managers: Vec<Line>,
        /// Which fields.
        fields: Vec<Line>,
    },
    /// 409: it is not the object that was meant any more.
    #[error("it has changed meanwhile: {0}")]
    Changed(Line),
    /// 404: it is not there, or what it would stand in is not.
    #[error("not found: {0}")]
    NotFound(Line),
    /// Another failure.
    #[error(transparent)]
    Fault(#[from] Fault),
}

fn listed(of: &[Line], by: &str) -> String {
    let words: Vec<&str> = of.iter().map(Line::as_str).collect();
    words.join(by)
}

impl WriteError {
    /// Whether the same write may go well later with nothing changed on our side.
    pub fn may_pass(&self) -> bool {
        match self {
            Self::NotFound(_) | Self::Changed(_) => true,
            Self::ReadOnly | Self::NotPermitted { .. } | Self::Owned { .. } => false,
            Self::Fault(fault) => fault.may_pass(),
        }
    }

    pub(super) fn of(error: kube::Error, attempt: &Attempt<'_>) -> Self {
        if let kube::Error::Api(status) = &error {
            return Self::of_status(status, attempt);
        }
        Self::Fault(error.into())
    }

    fn of_status(status: &Status, attempt: &Attempt<'_>) -> Self {
        let message = Line::new(&status.message);
        match status.code {
            // A namespace on its way out refuses with 403 as well, and so does an admission webhook,
            // whoever asks.
            403 if message.contains("User \"") && message.contains("\" cannot ") => {
                attempt.not_permitted(&message)
            }
            404 => Self::NotFound(message),
            409 => owned(status).unwrap_or(Self::Changed(message)),
            _ => Self::Fault(status.into()),
        }
    }
}

impl Fault {
    /// Whether the same request may go well later with nothing changed on our side.
    pub fn may_pass(&self) -> bool {
        match self {
            Self::Unreachable(_) | Self::TooManyRequests { .. } | Self::Gone | Self::Answer(_) => {
                true
            }
            // What is left of 403 without a right that lacks is a namespace that is going.
            Self::Forbidden(message) => !message.contains(" cannot "),
            Self::Refused { code, .. } => *code >= 500,
            Self::NotFound(_) | Self::Unauthorized | Self::Credentials(_) => false,
        }
    }
}

impl Fault {
    /// Whether it is open what became of a request that would change something: the server may have
    /// it, and its answer was lost.
    pub fn is_unclear(&self) -> bool {
        match self {
            Self::Unreachable(_) | Self::Answer(_) => true,
            Self::Refused { code, .. } => *code >= 500,
            Self::Unauthorized
            | Self::Forbidden(_)
            | Self::NotFound(_)
            | Self::Gone
            | Self::TooManyRequests { .. }
            | Self::Credentials(_) => false,
        }
    }
}

/// What was tried.
#[derive(Clone, Copy, Debug)]
pub(super) struct Attempt<'a> {
    pub(super) verb: &'a str,
    pub(super) api: &'a ApiName,
    pub(super) namespace: &'a str,
}

impl Attempt<'_> {
    fn not_permitted(&self, message: &str) -> WriteError {
        let said = message.split_once("\" cannot ").map(|(_, rest)| rest);
        let verb = said.and_then(|rest| rest.split(' ').next());
        // With its subresource, which the right is for.
        let plural = said.and_then(|rest| rest.split('"').nth(1));
        let resource = match plural {
            Some(plural) => self.api.grouped(plural),
            None => self.api.resource(),
        };
        WriteError::NotPermitted {
            words: message.into(),
            verb: verb.unwrap_or(self.verb).into(),
            resource: resource.into(),
            place: match self.namespace {
                "" => "in the cluster".into(),
                namespace => format!("in namespace {namespace}").into(),
            },
        }
    }
}

/// Who owns what an apply would have changed: `conflict with "kubectl" using v1`.
fn owned(status: &Status) -> Option<WriteError> {
    let causes = &status.details.as_ref()?.causes;
    let of_managers = || {
        causes
            .iter()
            .filter(|cause| cause.reason == "FieldManagerConflict")
    };
    let mut managers: Vec<Line> = of_managers()
        .filter_map(|cause| cause.message.split('"').nth(1))
        .map(Line::new)
        .collect();
    managers.sort();
    managers.dedup();
    let fields: Vec<Line> = of_managers().map(|cause| Line::new(&cause.field)).collect();
    (!managers.is_empty()).then_some(WriteError::Owned { managers, fields })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kube::kind::SECRET;
    use rstest::rstest;
    use serde_json::json;

    fn told(status: serde_json::Value) -> WriteError {
        let status: Status = serde_json::from_value(status).unwrap();
        let attempt = Attempt {
            verb: "patch",
            api: &SECRET,
            namespace: "argocd",
        };
        WriteError::of(kube::Error::Api(Box::new(status)), &attempt)
    }

    #[test]
    fn a_lacking_right_names_the_verb_the_resource_and_the_place() {
        let error = told(json!({
            "code": 403, "reason": "Forbidden",
            "message": "secrets \"x\" is forbidden: User \"viewer\" cannot patch resource \
                \"secrets\" in API group \"\" in the namespace \"argocd\"",
        }));
        let words = "not permitted: patch secrets in namespace argocd";
        assert_eq!(
            (error.to_string().as_str(), error.may_pass()),
            (words, false)
        );
    }

    #[test]
    fn the_right_is_for_the_part_that_was_written_and_a_webhook_is_no_right() {
        let error = told(json!({
            "code": 403, "reason": "Forbidden",
            "message": "pods \"x\" is forbidden: User \"viewer\" cannot create resource \
                \"pods/eviction\" in API group \"\" in the namespace \"argocd\"",
        }));
        let words = "not permitted: create pods/eviction in namespace argocd";
        assert_eq!(error.to_string(), words);
        let message = "admission webhook \"a.example.com\" denied the request: you cannot do that";
        let error = told(json!({"code": 403, "reason": "Forbidden", "message": message}));
        assert_eq!(error.to_string(), message);
    }

    #[test]
    fn a_conflict_names_each_manager_once_and_every_field() {
        let cause = |manager: &str, field: &str| {
            json!({"reason": "FieldManagerConflict", "field": field,
                "message": format!("conflict with \"{manager}\" using v1")})
        };
        let error = told(json!({
            "code": 409, "reason": "Conflict", "message": "Apply failed with 3 conflicts",
            "details": {"causes": [
                cause("kubectl", ".data.a"), cause("helm", ".data.b"), cause("kubectl", ".data.c"),
            ]},
        }));
        assert_eq!(
            error.to_string(),
            ".data.a, .data.b, .data.c is kept by helm and kubectl"
        );
    }

    #[rstest]
    #[case::precondition(409, "Precondition failed: UID in precondition: 7", true)]
    #[case::no_namespace(404, "namespaces \"docs\" not found", true)]
    #[case::namespace_going(403, "unable to create new content in namespace docs", true)]
    #[case::not_ready(503, "the server is currently unable to handle the request", true)]
    #[case::invalid(422, "Secret \"x\" is invalid: type: field is immutable", false)]
    #[case::logged_out(401, "Unauthorized", false)]
    fn what_may_pass(#[case] code: u16, #[case] message: &str, #[case] passes: bool) {
        let error = told(json!({"code": code, "reason": "R", "message": message}));
        assert_eq!(error.may_pass(), passes, "{error:?}");
    }
}
