//! `cert-manager.io/v1` `CertificateRequest`, `acme.cert-manager.io/v1` Order and Challenge.

use serde::Deserialize;

use super::fields::{Condition, Time, conditions, nullable};
use super::object::Meta;
use crate::domain::issuance::{AcmeState, CertificateRequest, Challenge, Order};
use crate::domain::line::Line;

/// The body of a `CertificateRequest`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct RequestBody {
    status: RequestStatus,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct RequestStatus {
    #[serde(deserialize_with = "nullable")]
    conditions: Vec<Condition>,
    failure_time: Time,
}

/// The body of an Order.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct OrderBody {
    spec: OrderSpec,
    status: OrderStatus,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct OrderSpec {
    #[serde(deserialize_with = "nullable")]
    dns_names: Vec<Line>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct OrderStatus {
    state: String,
    reason: Line,
    url: Line,
    failure_time: Time,
}

/// The body of a Challenge. Its key authorization is not read: it is a proof, not a fact to show.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ChallengeBody {
    spec: ChallengeSpec,
    status: ChallengeStatus,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ChallengeSpec {
    r#type: Line,
    dns_name: Line,
    token: Line,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct ChallengeStatus {
    state: String,
    reason: Line,
    presented: bool,
    processing: bool,
}

const REVISION: &str = "cert-manager.io/certificate-revision";

fn state(word: &str) -> AcmeState {
    match word {
        "pending" => AcmeState::Pending,
        "ready" => AcmeState::Ready,
        "processing" => AcmeState::Processing,
        "valid" => AcmeState::Valid,
        "invalid" => AcmeState::Invalid,
        "expired" => AcmeState::Expired,
        "errored" => AcmeState::Errored,
        _ => AcmeState::New,
    }
}

impl From<(Meta, RequestBody)> for CertificateRequest {
    fn from((meta, body): (Meta, RequestBody)) -> Self {
        let revision = meta
            .annotation(REVISION)
            .and_then(|revision| revision.parse().ok());
        Self {
            id: meta.id(),
            created: meta.created(),
            owner: meta.owner(),
            revision: revision.unwrap_or(0),
            conditions: conditions(body.status.conditions),
            failed: body.status.failure_time.0,
        }
    }
}

impl From<(Meta, OrderBody)> for Order {
    fn from((meta, body): (Meta, OrderBody)) -> Self {
        Self {
            id: meta.id(),
            created: meta.created(),
            owner: meta.owner(),
            state: state(&body.status.state),
            reason: body.status.reason,
            dns_names: body.spec.dns_names,
            url: body.status.url,
            failed: body.status.failure_time.0,
        }
    }
}

impl From<(Meta, ChallengeBody)> for Challenge {
    fn from((meta, body): (Meta, ChallengeBody)) -> Self {
        Self {
            id: meta.id(),
            created: meta.created(),
            owner: meta.owner(),
            state: state(&body.status.state),
            reason: body.status.reason,
            kind: body.spec.r#type,
            dns_name: body.spec.dns_name,
            token: body.spec.token,
            presented: body.status.presented,
            processing: body.status.processing,
        }
    }
}
