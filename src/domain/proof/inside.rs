//! What stands in the cluster behind a challenge: the solver's route, its Service, its pod.

use crate::domain::line::Line;
use crate::domain::object::ObjectRef;

/// What is known of an object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Found<T> {
    /// Objects of this kind cannot be seen here.
    #[default]
    Unknown,
    /// There is none.
    Missing,
    /// It is there.
    There(T),
}

/// The route that takes requests for the token.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RouteSeen {
    /// Which.
    pub id: ObjectRef,
    /// Whether every parent has accepted it; nothing where one has not said so yet.
    pub accepted: Option<bool>,
    /// What a parent complains of.
    pub complaint: Line,
}

/// The Service behind that route.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServiceSeen {
    /// Which.
    pub id: ObjectRef,
    /// Endpoints that take requests.
    pub ready: usize,
    /// All endpoints.
    pub total: usize,
}

/// The pod that answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PodSeen {
    /// Which.
    pub id: ObjectRef,
    /// Whether it is ready.
    pub ready: bool,
    /// What it is doing.
    pub status: Line,
}

/// All that stands in the cluster for one challenge.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inside {
    /// The route for the token.
    pub route: Found<RouteSeen>,
    /// The Service behind it.
    pub service: Found<ServiceSeen>,
    /// The solver's pod.
    pub pod: Found<PodSeen>,
    /// A route that redirects requests for the host.
    pub redirect: Option<ObjectRef>,
    /// Whether cert-manager says that the proof is laid out.
    pub presented: bool,
}
