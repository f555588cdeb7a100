//! `gateway.networking.k8s.io` `ReferenceGrant`.

use serde::Deserialize;

use super::fields::nullable;
use super::object::Meta;
use crate::domain::line::Line;
use crate::domain::reference_grant::{GrantFrom, GrantTo, ReferenceGrant};

/// The body of a `ReferenceGrant`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct GrantBody {
    spec: Spec,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Spec {
    #[serde(deserialize_with = "nullable")]
    from: Vec<WireFrom>,
    #[serde(deserialize_with = "nullable")]
    to: Vec<WireTo>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct WireFrom {
    group: Line,
    kind: Line,
    namespace: Line,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct WireTo {
    group: Line,
    kind: Line,
    #[serde(deserialize_with = "nullable")]
    name: Line,
}

impl From<(Meta, GrantBody)> for ReferenceGrant {
    fn from((meta, body): (Meta, GrantBody)) -> Self {
        let from = body.spec.from.into_iter().map(|from| GrantFrom {
            group: from.group,
            kind: from.kind,
            namespace: from.namespace,
        });
        let to = body.spec.to.into_iter().map(|to| GrantTo {
            group: to.group,
            kind: to.kind,
            name: to.name,
        });
        Self {
            id: meta.id(),
            created: meta.created(),
            from: from.collect(),
            to: to.collect(),
        }
    }
}
