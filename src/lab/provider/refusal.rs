//! What Terraform is told when the API refuses: the real provider's form, line by line, because
//! people and programs read it.

use super::ask::{Asked, Failure};
use super::messages::{Diagnostic, ERROR};

const DOCUMENTATION: &str = "https://registry.terraform.io/providers/oracle/oci/latest/docs";
const REFERENCE: &str = "https://docs.oracle.com/iaas/api/#/en/iaas";
const POLICIES: &str =
    "https://docs.oracle.com/en-us/iaas/Content/Identity/Reference/policyreference.htm";
const VERSION: &str =
    "8.28.0, released on 2026-08-19. This provider is 13 Update(s) behind to current.";

/// What was being done when the API refused.
#[derive(Clone, Debug)]
pub(super) struct Doing<'a> {
    /// The type, as in a configuration.
    pub(super) type_name: &'a str,
    /// Whether it is a data source.
    pub(super) is_data: bool,
    /// The API's word for the type.
    pub(super) api: &'a str,
    pub(super) operation: String,
}

/// An error with a title alone.
pub(super) fn error(summary: impl Into<String>) -> Diagnostic {
    Diagnostic {
        severity: ERROR,
        summary: summary.into(),
        detail: String::new(),
    }
}

impl Doing<'_> {
    /// `Core Instance` of `oci_core_instance`.
    fn service(&self) -> String {
        let words = self.short().split('_').map(|word| {
            let mut letters = word.chars();
            let first = letters.next().map(|first| first.to_ascii_uppercase());
            first.into_iter().chain(letters).collect::<String>()
        });
        words.collect::<Vec<_>>().join(" ")
    }

    fn short(&self) -> &str {
        self.type_name
            .strip_prefix("oci_")
            .unwrap_or(self.type_name)
    }

    /// The diagnostic of what went wrong.
    pub(super) fn failed(&self, failure: &Failure) -> Diagnostic {
        match failure {
            Failure::Refused {
                asked,
                status,
                code,
                message,
                request_id,
            } => error(self.refused(asked, (*status, code, message), request_id)),
            Failure::NoAnswer(asked) => error(format!(
                "{} {}{}: the connection broke before an answer came",
                asked.method, asked.endpoint, asked.target
            )),
            Failure::Unexpected(text) => error(text.clone()),
        }
    }

    fn refused(
        &self,
        asked: &Asked,
        (status, code, message): (u16, &str, &str),
        request_id: &str,
    ) -> String {
        let service = self.service();
        let (path, _) = asked.target.split_once('?').unwrap_or((&asked.target, ""));
        let version = path.trim_start_matches('/').split('/').next();
        let kind = if self.is_data {
            "data-sources"
        } else {
            "resources"
        };
        let lines = [
            format!("{status}-{code}, {message}"),
            format!("Suggestion: {}", suggestion(status, code, &service)),
            format!("Documentation: {DOCUMENTATION}/{kind}/{} ", self.short()),
            format!(
                "API Reference: {REFERENCE}/{}/{}/{} ",
                version.unwrap_or_default(),
                self.api,
                self.operation
            ),
            format!("Request Target: {} {}{path} ", asked.method, asked.endpoint),
            format!("Provider version: {VERSION} "),
            format!("Service: {service} "),
            format!("Operation Name: {} ", self.operation),
            format!("OPC request ID: {request_id} "),
            String::new(),
        ];
        lines.join("\n")
    }
}

fn suggestion(status: u16, code: &str, service: &str) -> String {
    match (status, code) {
        (400, "LimitExceeded" | "QuotaExceeded") => {
            format!("Request a service limit increase for this resource {service}")
        }
        (401, _) => "Please retry with working credentials".to_owned(),
        (404, _) => format!(
            "Either the resource has been deleted or service {service} need policy to access this \
             resource. Policy reference: {POLICIES}"
        ),
        (409, _) => format!("The resource is in a conflicted state. Please retry {service} later"),
        (429, _) => format!("Too many requests were made to {service}. Please retry later"),
        (400..500, _) => "Please update the parameter(s) in the Terraform config as per the error \
                          message"
            .to_owned(),
        _ => format!(
            "The service for this resource encountered an error. Please contact support for help \
             with service: {service}"
        ),
    }
}
