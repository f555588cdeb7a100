//! The resource types of the network: VCNs and what is in them, VNICs and addresses.

use super::kind::{DEFINED, Kind, NAME, PLAIN, RENAME, TAGS};
use crate::lab::oci::schema::{Field, Type, may, must};
use crate::lab::oci::{address, network, public_ip, route, subnet};

const OF_A_VCN: &[&str] = &["compartmentId", "vcnId", "displayName", "lifecycleState"];

const COMPARTMENT: Field = must("compartmentId", Type::Text);
const IN_VCN: Field = must("vcnId", Type::Id("vcns"));

const ROUTE_RULE: &[Field] = &[
    may("cidrBlock", Type::Text),
    may("destination", Type::Text),
    may("destinationType", Type::Text),
    must("networkEntityId", Type::Text),
    may("description", Type::Text),
    may("routeType", Type::Text),
];

const PORTS: &[Field] = &[must("min", Type::Whole), must("max", Type::Whole)];
const PORT_OPTIONS: &[Field] = &[
    may("destinationPortRange", Type::Shape(PORTS)),
    may("sourcePortRange", Type::Shape(PORTS)),
];
const ICMP_OPTIONS: &[Field] = &[must("type", Type::Whole), may("code", Type::Whole)];

const INGRESS_RULE: &[Field] = &[
    must("protocol", Type::Text),
    must("source", Type::Text),
    may("sourceType", Type::Text),
    may("isStateless", Type::Flag),
    may("icmpOptions", Type::Shape(ICMP_OPTIONS)),
    may("tcpOptions", Type::Shape(PORT_OPTIONS)),
    may("udpOptions", Type::Shape(PORT_OPTIONS)),
    may("description", Type::Text),
];

const EGRESS_RULE: &[Field] = &[
    must("protocol", Type::Text),
    must("destination", Type::Text),
    may("destinationType", Type::Text),
    may("isStateless", Type::Flag),
    may("icmpOptions", Type::Shape(ICMP_OPTIONS)),
    may("tcpOptions", Type::Shape(PORT_OPTIONS)),
    may("udpOptions", Type::Shape(PORT_OPTIONS)),
    may("description", Type::Text),
];

pub(in crate::lab::oci) static VCN: Kind = Kind {
    path: "vcns",
    word: "vcn",
    create: &[
        COMPARTMENT,
        may("cidrBlock", Type::Text),
        may("cidrBlocks", Type::Texts),
        may("dnsLabel", Type::Text),
        may("isIpv6Enabled", Type::Flag),
        may("ipv6PrivateCidrBlocks", Type::Texts),
        may("isOracleGuaAllocationEnabled", Type::Flag),
        may("securityAttributes", Type::Object),
        NAME,
        TAGS,
        DEFINED,
    ],
    update: &[NAME, TAGS, DEFINED, may("securityAttributes", Type::Object)],
    making: Some(("PROVISIONING", 1.0)),
    removing: Some(("TERMINATING", 1.0, "TERMINATED")),
    used_by: &[
        ("subnets", "vcnId"),
        ("internetGateways", "vcnId"),
        ("routeTables", "vcnId"),
        ("securityLists", "vcnId"),
        ("dhcps", "vcnId"),
    ],
    check: Some(network::check_vcn),
    made: Some(network::furnish_vcn),
    arrived: Some(network::vcn_arrived),
    ..PLAIN
};

pub(in crate::lab::oci) static INTERNET_GATEWAY: Kind = Kind {
    path: "internetGateways",
    word: "internetgateway",
    create: &[
        COMPARTMENT,
        IN_VCN,
        must("isEnabled", Type::Flag),
        may("routeTableId", Type::Id("routeTables")),
        NAME,
        TAGS,
        DEFINED,
    ],
    update: &[
        NAME,
        TAGS,
        DEFINED,
        may("isEnabled", Type::Flag),
        may("routeTableId", Type::Id("routeTables")),
    ],
    filters: OF_A_VCN,
    making: Some(("PROVISIONING", 1.0)),
    removing: Some(("TERMINATING", 1.0, "TERMINATED")),
    used_by: &[("routeTables", "routeRules.networkEntityId")],
    check: Some(network::check_internet_gateway),
    ..PLAIN
};

pub(in crate::lab::oci) static ROUTE_TABLE: Kind = Kind {
    path: "routeTables",
    word: "routetable",
    create: &[
        COMPARTMENT,
        IN_VCN,
        must("routeRules", Type::Shapes(ROUTE_RULE)),
        NAME,
        TAGS,
        DEFINED,
    ],
    update: &[
        NAME,
        TAGS,
        DEFINED,
        may("routeRules", Type::Shapes(ROUTE_RULE)),
    ],
    filters: OF_A_VCN,
    making: Some(("PROVISIONING", 1.0)),
    removing: Some(("TERMINATING", 1.0, "TERMINATED")),
    used_by: &[
        ("subnets", "routeTableId"),
        ("vcns", "defaultRouteTableId"),
        ("internetGateways", "routeTableId"),
    ],
    check: Some(route::check_table),
    ..PLAIN
};

pub(in crate::lab::oci) static SECURITY_LIST: Kind = Kind {
    path: "securityLists",
    word: "securitylist",
    create: &[
        COMPARTMENT,
        IN_VCN,
        must("ingressSecurityRules", Type::Shapes(INGRESS_RULE)),
        must("egressSecurityRules", Type::Shapes(EGRESS_RULE)),
        NAME,
        TAGS,
        DEFINED,
    ],
    update: &[
        NAME,
        TAGS,
        DEFINED,
        may("ingressSecurityRules", Type::Shapes(INGRESS_RULE)),
        may("egressSecurityRules", Type::Shapes(EGRESS_RULE)),
    ],
    filters: OF_A_VCN,
    making: Some(("PROVISIONING", 1.0)),
    removing: Some(("TERMINATING", 1.0, "TERMINATED")),
    used_by: &[
        ("subnets", "securityListIds"),
        ("vcns", "defaultSecurityListId"),
    ],
    check: Some(network::check_security_list),
    made: Some(network::furnish_security_list),
    ..PLAIN
};

pub(in crate::lab::oci) static DHCP_OPTIONS: Kind = Kind {
    path: "dhcps",
    word: "dhcpoptions",
    update: RENAME,
    filters: OF_A_VCN,
    removing: Some(("TERMINATING", 1.0, "TERMINATED")),
    used_by: &[
        ("subnets", "dhcpOptionsId"),
        ("vcns", "defaultDhcpOptionsId"),
    ],
    ..PLAIN
};

pub(in crate::lab::oci) static SUBNET: Kind = Kind {
    path: "subnets",
    word: "subnet",
    create: &[
        COMPARTMENT,
        IN_VCN,
        must("cidrBlock", Type::Text),
        may("availabilityDomain", Type::Text),
        may("dhcpOptionsId", Type::Id("dhcps")),
        may("dnsLabel", Type::Text),
        may("prohibitInternetIngress", Type::Flag),
        may("prohibitPublicIpOnVnic", Type::Flag),
        may("routeTableId", Type::Id("routeTables")),
        may("securityListIds", Type::Ids("securityLists")),
        NAME,
        TAGS,
        DEFINED,
    ],
    update: &[
        NAME,
        TAGS,
        DEFINED,
        may("cidrBlock", Type::Text),
        may("dhcpOptionsId", Type::Id("dhcps")),
        may("routeTableId", Type::Id("routeTables")),
        may("securityListIds", Type::Ids("securityLists")),
    ],
    filters: OF_A_VCN,
    making: Some(("PROVISIONING", 2.0)),
    removing: Some(("TERMINATING", 2.0, "TERMINATED")),
    used_by: &[("vnics", "subnetId")],
    check: Some(subnet::check),
    made: Some(subnet::furnish),
    changed: Some(subnet::changed),
    ..PLAIN
};

pub(in crate::lab::oci) static VNIC: Kind = Kind {
    path: "vnics",
    word: "vnic",
    update: &[
        NAME,
        TAGS,
        DEFINED,
        may("hostnameLabel", Type::Text),
        may("nsgIds", Type::Texts),
        may("skipSourceDestCheck", Type::Flag),
        may("securityAttributes", Type::Object),
    ],
    making: Some(("PROVISIONING", 5.0)),
    removing: Some(("TERMINATING", 3.0, "TERMINATED")),
    deletable: false,
    ..PLAIN
};

pub(in crate::lab::oci) static PRIVATE_IP: Kind = Kind {
    path: "privateIps",
    word: "privateip",
    create: &[
        must("vnicId", Type::Id("vnics")),
        may("ipAddress", Type::Text),
        may("hostnameLabel", Type::Text),
        NAME,
        TAGS,
        DEFINED,
    ],
    update: &[NAME, TAGS, DEFINED, may("hostnameLabel", Type::Text)],
    list_needs: &[],
    filters: &["ipAddress", "subnetId", "vnicId"],
    ready: "",
    used_by: &[("routeTables", "routeRules.networkEntityId")],
    check: Some(address::check),
    made: Some(address::furnish),
    ..PLAIN
};

pub(in crate::lab::oci) static PUBLIC_IP: Kind = Kind {
    path: "publicIps",
    word: "publicip",
    create: &[
        COMPARTMENT,
        must("lifetime", Type::Text),
        may("privateIpId", Type::Id("privateIps")),
        may("publicIpPoolId", Type::Text),
        NAME,
        TAGS,
        DEFINED,
    ],
    update: &[NAME, TAGS, DEFINED, may("privateIpId", Type::Text)],
    list_needs: &["scope", "compartmentId"],
    filters: &["scope", "compartmentId", "availabilityDomain", "lifetime"],
    ready: "",
    check: Some(public_ip::check),
    made: Some(public_ip::furnish),
    changed: Some(public_ip::changed),
    ..PLAIN
};

pub(in crate::lab::oci) static IPV6: Kind = Kind {
    path: "ipv6",
    word: "ipv6",
    list_needs: &[],
    filters: &["ipAddress", "subnetId", "vnicId"],
    deletable: false,
    ..PLAIN
};
