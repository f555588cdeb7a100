//! Kinds of the Gateway API and Envoy Gateway that say the same: routes, policies.
//!
//! Each is watched by itself, and all of a family become one value of the domain.

use super::kind::{ApiName, Kind, gateway_api};
use super::wire::Meta;
use super::wire::policy::PolicyBody;
use super::wire::route::RouteBody;
use crate::domain::event::{Change, What};
use crate::domain::policy::{Policy, PolicyKind};
use crate::domain::route::{Route, RouteKind};
use crate::domain::source::SourceId;

macro_rules! family {
    ($(#[$doc:meta])* $marker:ident: $object:ident of $kind:expr, $body:ty, $what:ident, $source:ident, $api:expr) => {
        $(#[$doc])*
        pub(crate) struct $marker;

        impl Kind for $marker {
            type Object = $object;
            type Wire = $body;
            const API: ApiName = $api;
            const SOURCE: SourceId = SourceId::$source;

            fn object(meta: Meta, body: $body) -> $object {
                $object {
                    kind: $kind,
                    ..(meta, body).into()
                }
            }

            fn what(change: Change<$object>) -> What {
                What::$what(change)
            }
        }
    };
}

const fn envoy_gateway(kind: &'static str, plural: &'static str) -> ApiName {
    ApiName {
        group: "gateway.envoyproxy.io",
        versions: &["v1alpha1"],
        brought_by: "Envoy Gateway",
        ..gateway_api(kind, plural, true)
    }
}

family!(
    /// gRPC routes.
    GrpcRoutes: Route of RouteKind::Grpc, RouteBody, GrpcRoute, GrpcRoutes,
    ApiName {
        versions: &["v1", "v1alpha2"],
        ..gateway_api("GRPCRoute", "grpcroutes", true)
    }
);
family!(
    /// TLS routes.
    TlsRoutes: Route of RouteKind::Tls, RouteBody, TlsRoute, TlsRoutes,
    ApiName {
        versions: &["v1", "v1alpha3", "v1alpha2"],
        ..gateway_api("TLSRoute", "tlsroutes", true)
    }
);
family!(
    /// TCP routes.
    TcpRoutes: Route of RouteKind::Tcp, RouteBody, TcpRoute, TcpRoutes,
    ApiName {
        versions: &["v1", "v1alpha2"],
        ..gateway_api("TCPRoute", "tcproutes", true)
    }
);
family!(
    /// How Envoy Gateway speaks with backends.
    BackendTrafficPolicies: Policy of PolicyKind::BackendTraffic, PolicyBody,
    BackendTrafficPolicy, BackendTrafficPolicies,
    envoy_gateway("BackendTrafficPolicy", "backendtrafficpolicies")
);
family!(
    /// How Envoy Gateway speaks with clients.
    ClientTrafficPolicies: Policy of PolicyKind::ClientTraffic, PolicyBody,
    ClientTrafficPolicy, ClientTrafficPolicies,
    envoy_gateway("ClientTrafficPolicy", "clienttrafficpolicies")
);
family!(
    /// Who may ask.
    SecurityPolicies: Policy of PolicyKind::Security, PolicyBody,
    SecurityPolicy, SecurityPolicies,
    envoy_gateway("SecurityPolicy", "securitypolicies")
);
family!(
    /// TLS to backends.
    BackendTlsPolicies: Policy of PolicyKind::BackendTls, PolicyBody,
    BackendTlsPolicy, BackendTlsPolicies,
    ApiName {
        versions: &["v1", "v1alpha3"],
        ..gateway_api("BackendTLSPolicy", "backendtlspolicies", true)
    }
);
