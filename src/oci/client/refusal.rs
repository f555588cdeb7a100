//! An answer that is not 2xx, as an error with what the client knows beside it.

use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;

use super::answer::{Answer, excerpt};
use super::{Inner, Request};
use crate::oci::error::{Error, bounded};
use crate::oci::evidence::{Evidence, Signer};

/// OCI refuses a date that is further off.
const ALLOWED_SKEW: Duration = Duration::from_mins(5);

#[derive(Default, Deserialize)]
struct Refusal {
    #[serde(default)]
    code: String,
    #[serde(default)]
    message: String,
}

impl Inner {
    pub(super) fn refusal(
        &self,
        request: &Request,
        status: u16,
        answer: &Answer,
        now: Timestamp,
    ) -> Error {
        let head = &answer.head;
        let skew = head.date.map(|theirs| now.duration_since(theirs));
        if let Some(skew) = skew.filter(|skew| status == 401 && skew.unsigned_abs() > ALLOWED_SKEW)
        {
            return Error::Skewed {
                operation: request.operation(),
                by: skew.unsigned_abs(),
                ahead: skew.is_positive(),
                request_id: Some(head.request_id.clone()),
            };
        }
        let told: Refusal = serde_json::from_slice(&answer.body).unwrap_or_default();
        let message = if told.message.is_empty() {
            excerpt(request, &answer.body).unwrap_or_else(|| "no message".to_owned())
        } else {
            bounded(&told.message)
        };
        let evidence = match (status, told.code.as_str()) {
            (401, _) => Some(Evidence::Signer(Signer::of(
                &self.profile,
                skew.map(jiff::SignedDuration::unsigned_abs),
            ))),
            (404, _) | (400, "RelatedResourceNotAuthorizedOrNotFound") => {
                let beside = self.proven.beside(request, &self.profile, &self.endpoints);
                Some(beside)
            }
            _ => None,
        };
        Error::Service {
            operation: request.operation().into(),
            status,
            code: bounded(&told.code).into(),
            message: message.into(),
            request_id: Some(head.request_id.clone()),
            retry_after: head.retry_after,
            in_doubt: false,
            evidence: evidence.map(Box::new),
        }
    }
}
