//! `cert-manager.io/v1` Certificate.

use serde::Deserialize;

use super::fields::{Condition, Time, conditions, nullable};
use super::object::Meta;
use crate::domain::certificate::{Certificate, IssuerRef};
use crate::domain::line::Line;

/// The body of a Certificate.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct CertificateBody {
    spec: Spec,
    status: Status,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Spec {
    common_name: Line,
    #[serde(deserialize_with = "nullable")]
    dns_names: Vec<Line>,
    secret_name: Line,
    issuer_ref: WireIssuerRef,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct WireIssuerRef {
    kind: Line,
    name: Line,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Status {
    #[serde(deserialize_with = "nullable")]
    conditions: Vec<Condition>,
    revision: u32,
    not_before: Time,
    not_after: Time,
    renewal_time: Time,
    last_failure_time: Time,
    failed_issuance_attempts: u32,
}

impl From<(Meta, CertificateBody)> for Certificate {
    fn from((meta, body): (Meta, CertificateBody)) -> Self {
        let CertificateBody { spec, status } = body;
        let mut dns_names = spec.dns_names;
        if !spec.common_name.is_empty() && !dns_names.contains(&spec.common_name) {
            dns_names.insert(0, spec.common_name);
        }
        Self {
            id: meta.id(),
            labels: meta.labels(),
            created: meta.created(),
            dns_names,
            secret: spec.secret_name,
            issuer: IssuerRef {
                kind: spec.issuer_ref.kind.or(&"Issuer".into()),
                name: spec.issuer_ref.name,
            },
            conditions: conditions(status.conditions),
            revision: status.revision,
            not_before: status.not_before.0,
            not_after: status.not_after.0,
            renewal: status.renewal_time.0,
            last_failure: status.last_failure_time.0,
            failed_attempts: status.failed_issuance_attempts,
        }
    }
}
