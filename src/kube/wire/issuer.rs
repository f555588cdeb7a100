//! `cert-manager.io/v1` Issuer and `ClusterIssuer`.

use serde::Deserialize;

use super::fields::{Condition, conditions, nullable};
use super::object::Meta;
use crate::domain::issuer::{ClusterIssuer, Issuer};
use crate::domain::line::Line;

/// The body of either.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct IssuerBody {
    spec: Spec,
    #[serde(deserialize_with = "nullable")]
    status: Status,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Spec {
    #[serde(deserialize_with = "nullable")]
    acme: Acme,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Acme {
    server: Line,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Status {
    #[serde(deserialize_with = "nullable")]
    conditions: Vec<Condition>,
}

impl From<(Meta, IssuerBody)> for Issuer {
    fn from((meta, body): (Meta, IssuerBody)) -> Self {
        Self {
            id: meta.id(),
            created: meta.created(),
            server: body.spec.acme.server,
            conditions: conditions(body.status.conditions),
        }
    }
}

impl From<(Meta, IssuerBody)> for ClusterIssuer {
    fn from(wire: (Meta, IssuerBody)) -> Self {
        Self(Issuer::from(wire))
    }
}
