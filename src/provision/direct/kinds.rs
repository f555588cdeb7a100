//! The one place that knows which OCI model stands for which kind of resource.

use std::collections::BTreeMap;

use crate::domain::plan::{ResourceKey, ResourceKind};
use crate::domain::text;
use crate::oci::model::{
    Instance, InternetGateway, Lifecycle, PublicIp, Quota, RouteTable, SecurityList, Subnet, Vcn,
};
use crate::provision::blueprint::{KEY_TAG, PRIVATE_ROUTES, PUBLIC_IP};

/// Runs the same code for whichever model stands for a [`ResourceKind`].
macro_rules! with_model {
    ($kind:expr, $model:ident => $code:expr) => {
        match $kind {
            // Nothing that this engine plans is of another kind, so no step comes here with it.
            $crate::domain::plan::ResourceKind::Vcn | $crate::domain::plan::ResourceKind::Other => {
                type $model = $crate::oci::model::Vcn;
                $code
            }
            $crate::domain::plan::ResourceKind::InternetGateway => {
                type $model = $crate::oci::model::InternetGateway;
                $code
            }
            $crate::domain::plan::ResourceKind::RouteTable => {
                type $model = $crate::oci::model::RouteTable;
                $code
            }
            // A rule of the route table, which has no resource of its own.
            $crate::domain::plan::ResourceKind::DefaultRoute => {
                type $model = $crate::oci::model::RouteTable;
                $code
            }
            // A setting of the address, which has no resource of its own.
            $crate::domain::plan::ResourceKind::PublicIp
            | $crate::domain::plan::ResourceKind::PublicIpAssignment => {
                type $model = $crate::oci::model::PublicIp;
                $code
            }
            $crate::domain::plan::ResourceKind::Quota => {
                type $model = $crate::oci::model::Quota;
                $code
            }
            $crate::domain::plan::ResourceKind::SecurityList => {
                type $model = $crate::oci::model::SecurityList;
                $code
            }
            $crate::domain::plan::ResourceKind::Subnet => {
                type $model = $crate::oci::model::Subnet;
                $code
            }
            $crate::domain::plan::ResourceKind::Instance => {
                type $model = $crate::oci::model::Instance;
                $code
            }
        }
    };
}
pub(super) use with_model;

/// The key of the resource that this is a setting of, where it has none of its own to make or remove.
pub(super) fn setting_of(kind: ResourceKind) -> Option<&'static str> {
    if kind == ResourceKind::DefaultRoute {
        Some(PRIVATE_ROUTES)
    } else {
        (kind == ResourceKind::PublicIpAssignment).then_some(PUBLIC_IP)
    }
}

/// Whether it is a setting of another resource.
pub(super) fn is_setting(kind: ResourceKind) -> bool {
    setting_of(kind).is_some()
}

/// Where a resource is in its life.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Life {
    /// Not usable yet.
    Coming,
    /// As it should be.
    Ready,
    /// Exists, but not in the state that the cluster needs (a stopped instance).
    Idle,
    /// On its way out.
    Leaving,
    /// Gone; still listed for a while.
    Gone,
}

/// One of the cluster's resources, as the cloud tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) key: ResourceKey,
    pub(super) kind: ResourceKind,
    pub(super) id: String,
    pub(super) name: String,
    pub(super) state: String,
    pub(super) life: Life,
}

/// What the models have in common.
pub(super) trait Model: crate::oci::Resource {
    const KIND: ResourceKind;

    fn id(&self) -> &str;
    fn display_name(&self) -> &str;
    fn tags(&self) -> &BTreeMap<String, String>;
    fn state(&self) -> &Lifecycle;
}

macro_rules! model {
    ($name:ident) => {
        impl Model for $name {
            const KIND: ResourceKind = ResourceKind::$name;

            fn id(&self) -> &str {
                &self.id
            }

            fn display_name(&self) -> &str {
                &self.display_name
            }

            fn tags(&self) -> &BTreeMap<String, String> {
                &self.freeform_tags
            }

            fn state(&self) -> &Lifecycle {
                &self.lifecycle_state
            }
        }
    };
}

model!(Vcn);
model!(InternetGateway);
model!(RouteTable);
model!(SecurityList);
model!(Subnet);
model!(Instance);
model!(PublicIp);
model!(Quota);

impl Found {
    /// The resource, if it bears a key.
    pub(super) fn of<R: Model>(resource: &R) -> Option<Self> {
        let key = resource.tags().get(KEY_TAG)?;
        Some(Self {
            key: ResourceKey::new(text::line(key)),
            kind: R::KIND,
            id: resource.id().to_owned(),
            name: text::line(resource.display_name()),
            state: text::line(&resource.state().to_string()),
            life: life(resource.state()),
        })
    }
}

/// Where a lifecycle state stands, of networking and compute alike.
pub(super) fn life(state: &Lifecycle) -> Life {
    if matches!(
        state,
        Lifecycle::Available
            | Lifecycle::Running
            | Lifecycle::Active
            | Lifecycle::Assigned
            | Lifecycle::Unassigned
    ) {
        Life::Ready
    } else if matches!(state, Lifecycle::Stopping | Lifecycle::Stopped) {
        Life::Idle
    } else if state.is_going() {
        Life::Leaving
    } else if state.is_gone() {
        Life::Gone
    } else {
        Life::Coming
    }
}
