//! What a virtual network adds and refuses: default tables, CIDR blocks, security rules.

use ipnet::Ipv4Net;
use serde_json::{Map, Value, json};

use super::answer::Refusal;
use super::kinds;
use super::limits::{self, Where};
use super::world::World;

pub(super) type Body = Map<String, Value>;

pub(super) fn text<'a>(body: &'a Body, field: &str) -> Option<&'a str> {
    body.get(field).and_then(Value::as_str)
}

pub(super) fn net(text: &str, field: &str) -> Result<Ipv4Net, Refusal> {
    text.parse::<Ipv4Net>()
        .ok()
        .filter(|net| net.trunc() == *net)
        .ok_or_else(|| Refusal::invalid(format!("{field} {text} is not a valid CIDR block")))
}

pub(super) fn blocks(body: &Body) -> Vec<&str> {
    let listed = body
        .get("cidrBlocks")
        .and_then(Value::as_array)
        .map(|blocks| blocks.iter().filter_map(Value::as_str).collect::<Vec<_>>())
        .unwrap_or_default();
    if listed.is_empty() {
        text(body, "cidrBlock").into_iter().collect()
    } else {
        listed
    }
}

/// A block of a VCN's size.
pub(super) fn vcn_net(block: &str) -> Result<Ipv4Net, Refusal> {
    let net = net(block, "cidrBlocks")?;
    if (16..=30).contains(&net.prefix_len()) {
        Ok(net)
    } else {
        Err(Refusal::invalid(format!(
            "cidrBlocks {block} must be between /16 and /30"
        )))
    }
}

pub(super) fn overlaps(block: &str, wanted: Ipv4Net) -> bool {
    block
        .parse::<Ipv4Net>()
        .is_ok_and(|block| block.contains(&wanted) || wanted.contains(&block))
}

pub(super) fn check_vcn(world: &World, body: &Body, changed: Option<&str>) -> Result<(), Refusal> {
    if changed.is_some() {
        return Ok(());
    }
    let blocks = blocks(body);
    if blocks.is_empty() {
        return Err(Refusal::missing("cidrBlocks"));
    }
    for block in blocks {
        vcn_net(block)?;
    }
    limits::room(world, Where::of(body), &[("vcn-count", 1.0)])
}

/// A VCN comes with a route table, a security list and DHCP options of its own.
pub(super) fn furnish_vcn(world: &mut World, id: &str) {
    let Some(body) = world.get(id).map(|vcn| vcn.body.clone()) else {
        return;
    };
    let name = text(&body, "displayName").unwrap_or("vcn").to_owned();
    let compartment = Value::from(text(&body, "compartmentId"));
    let part = |word: &str, rest: Value| {
        let mut part = Map::new();
        part.insert("compartmentId".into(), compartment.clone());
        part.insert("vcnId".into(), id.into());
        part.insert(
            "displayName".into(),
            format!("Default {word} for {name}").into(),
        );
        part.insert("freeformTags".into(), json!({}));
        part.insert("definedTags".into(), json!({}));
        if let Value::Object(rest) = rest {
            part.extend(rest);
        }
        part
    };
    let routes = part("Route Table", json!({"routeRules": []}));
    let security = part("Security List", default_security());
    let dhcp = part(
        "DHCP Options",
        json!({"domainNameType": "CUSTOM_DOMAIN", "options": [
            {"type": "DomainNameServer", "serverType": "VcnLocalPlusInternet", "customDnsServers": []}
        ]}),
    );
    let routes = world.add(&kinds::ROUTE_TABLE, routes);
    let security = world.add(&kinds::SECURITY_LIST, security);
    let dhcp = world.add(&kinds::DHCP_OPTIONS, dhcp);
    let blocks: Vec<Value> = blocks(&body).into_iter().map(Value::from).collect();
    let label = text(&body, "dnsLabel").map(|label| format!("{label}.oraclevcn.com"));
    world.edit(id, |vcn| {
        vcn.insert(
            "cidrBlock".into(),
            blocks.first().cloned().unwrap_or_default(),
        );
        vcn.insert("cidrBlocks".into(), blocks.into());
        if let Some(domain) = label {
            vcn.insert("vcnDomainName".into(), domain.into());
        }
        vcn.insert("defaultRouteTableId".into(), routes.into());
        vcn.insert("defaultSecurityListId".into(), security.into());
        vcn.insert("defaultDhcpOptionsId".into(), dhcp.into());
        vcn.entry("securityAttributes").or_insert_with(|| json!({}));
    });
}

/// SSH, path-MTU discovery and unreachable messages from inside, everything out.
fn default_security() -> Value {
    json!({
        "egressSecurityRules": [
            {"destination": "0.0.0.0/0", "destinationType": "CIDR_BLOCK", "isStateless": false, "protocol": "all"}
        ],
        "ingressSecurityRules": [
            {"isStateless": false, "protocol": "6", "source": "0.0.0.0/0", "sourceType": "CIDR_BLOCK",
             "tcpOptions": {"destinationPortRange": {"min": 22, "max": 22}}},
            {"isStateless": false, "protocol": "1", "source": "0.0.0.0/0", "sourceType": "CIDR_BLOCK",
             "icmpOptions": {"type": 3, "code": 4}},
            {"isStateless": false, "protocol": "1", "source": "10.0.0.0/16", "sourceType": "CIDR_BLOCK",
             "icmpOptions": {"type": 3}}
        ]
    })
}

/// What came with a VCN goes with it.
pub(super) fn vcn_arrived(world: &mut World, id: &str, state: &str) {
    if state != "TERMINATED" {
        return;
    }
    for field in DEFAULTS {
        let part = world.get(id).map(|vcn| vcn.text(field).to_owned());
        if let Some(part) = part {
            world.forget(&part);
        }
    }
}

/// The fields of a VCN that name what came with it.
pub(super) const DEFAULTS: [&str; 3] = [
    "defaultRouteTableId",
    "defaultSecurityListId",
    "defaultDhcpOptionsId",
];

pub(super) fn check_internet_gateway(
    world: &World,
    body: &Body,
    changed: Option<&str>,
) -> Result<(), Refusal> {
    let vcn = text(body, "vcnId").unwrap_or_default();
    if changed.is_none() && world.find("internetGateways", "vcnId", vcn).is_some() {
        return Err(Refusal::new(
            400,
            "LimitExceeded",
            format!("The VCN {vcn} already has an internet gateway; the limit is 1."),
        ));
    }
    Ok(())
}

pub(super) fn check_security_list(
    _world: &World,
    body: &Body,
    _changed: Option<&str>,
) -> Result<(), Refusal> {
    let rules = [
        ("ingressSecurityRules", "source"),
        ("egressSecurityRules", "destination"),
    ];
    for (list, end) in rules {
        let entries = body.get(list).and_then(Value::as_array);
        for rule in entries.into_iter().flatten().filter_map(Value::as_object) {
            check_rule(rule, end, list)?;
        }
    }
    Ok(())
}

/// A rule follows connections unless it says that it does not.
pub(super) fn furnish_security_list(world: &mut World, id: &str) {
    world.edit(id, |body| {
        for list in ["ingressSecurityRules", "egressSecurityRules"] {
            let rules = body.get_mut(list).and_then(Value::as_array_mut);
            let rules = rules.into_iter().flatten();
            for rule in rules.filter_map(Value::as_object_mut) {
                rule.entry("isStateless").or_insert_with(|| json!(false));
            }
        }
    });
}

fn check_rule(rule: &Body, end: &str, list: &str) -> Result<(), Refusal> {
    let protocol = text(rule, "protocol").unwrap_or_default();
    if protocol != "all" && protocol.parse::<u8>().is_err() {
        return Err(Refusal::invalid(format!(
            "{list}: protocol {protocol} is neither all nor a protocol number"
        )));
    }
    for (options, number) in [
        ("tcpOptions", "6"),
        ("udpOptions", "17"),
        ("icmpOptions", "1"),
    ] {
        if rule.get(options).is_some_and(|value| !value.is_null()) && protocol != number {
            return Err(Refusal::invalid(format!(
                "{list}: {options} needs protocol {number}"
            )));
        }
    }
    net(text(rule, end).unwrap_or_default(), end).map(|_| ())
}
