//! What to do about the reasons that controllers of the Gateway API give.

/// The next step for a reason of a condition; empty for one that is not known here.
///
/// Reasons are those of the Gateway API (v1) and of Envoy Gateway.
pub fn next_step(reason: &str) -> &'static str {
    match reason {
        "NoMatchingParent" => "Let sectionName and port of the parentRef name a listener",
        "NotAllowedByListeners" => "Let allowedRoutes of the listener admit its kind and namespace",
        "NoMatchingListenerHostname" => {
            "Change the route's hostnames, or attach it to the listener of its host name"
        }
        "BackendNotFound" => "Make the Service, or let the backendRef name one that is there",
        "PortNotFound" => "Let the backendRef name a port that the Service has",
        "PortNotSpecified" => "Name a port of the Service in the backendRef",
        "InvalidKind" => "Refer to a Service, a ServiceImport, or a Backend of Envoy Gateway",
        "RefNotPermitted" => "Make a ReferenceGrant beside what is referred to",
        "EndpointsNotFound" | "NoReadyEndpoints" => {
            "Look at the pods of the Service, and whether its selector fits their labels"
        }
        "UnsupportedValue" | "UnsupportedProtocol" => {
            "Change the field that the message names: this controller does not know its value"
        }
        "InvalidRouteKinds" => "Let allowedRoutes.kinds have kinds that fit the protocol",
        "InvalidCertificateRef" | "PartiallyInvalidCertificateRef" => {
            "Make the Secret: type kubernetes.io/tls, with tls.crt and tls.key that belong together"
        }
        "HostnameConflict" => "Give each listener of a port a host name of its own",
        "ProtocolConflict" => "Let listeners of one port have protocols that go together",
        "ListenersNotValid" => "Mend the listeners that it names",
        "AddressNotAssigned" => {
            "Look at the proxy's Service: it waits for an address of a load balancer, or for a node"
        }
        "AddressNotUsable" => "Ask for another address in spec.addresses, or for none",
        "NoResources" => "Look at the proxy's pods in envoy-gateway-system: none of them is ready",
        "InvalidParameters" => {
            "Make the object that parametersRef names, and mend what is told of it"
        }
        "OlderGatewayClassExists" => "Use the older class: one controller serves one class",
        "NotAllowed" => "Let allowedListeners of the Gateway admit ListenerSets of this namespace",
        "ParentNotAccepted" | "ParentNotProgrammed" => "Mend the Gateway first",
        "TargetNotFound" => "Let the policy name a target that is there, in its own namespace",
        "Conflicted" => "Take one away: an older policy is for the same target",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_that_is_not_known_says_nothing() {
        assert_eq!(next_step("Sunspots"), "");
        assert!(next_step("PortNotFound").contains("port"));
    }
}
