//! OCI's security lists: which packets a subnet lets in and out.
//!
//! They are stateful, so what answers passes by itself. A subnet without a list lets everything pass
//! here; in OCI it would have the default list of its VCN.

use serde_json::Value;

use super::firewall::{Net, Packet};

/// Which way a packet goes, seen from the subnet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    In,
    Out,
}

/// Whether any rule of the lists lets a packet pass.
pub(super) fn admit(lists: &[Value], way: Way, packet: Packet) -> bool {
    let (rules, far, address) = match way {
        Way::In => ("ingressSecurityRules", "source", packet.from),
        Way::Out => ("egressSecurityRules", "destination", packet.to),
    };
    let all = lists
        .iter()
        .filter_map(|list| list.get(rules)?.as_array())
        .flatten();
    let within = |rule: &Value| {
        let net = rule.get(far).and_then(Value::as_str);
        net.and_then(|net| net.parse::<Net>().ok())
            .is_some_and(|net| net.contains(address))
    };
    let mut named = all.filter(|rule| within(rule));
    packet.answer || lists.is_empty() || named.any(|rule| carries(rule, packet))
}

/// Whether a rule is about what the packet carries.
fn carries(rule: &Value, packet: Packet) -> bool {
    let protocol = rule.get("protocol").and_then(Value::as_str);
    let (number, options) = match packet.traffic.protocol() {
        "tcp" => ("6", "tcpOptions"),
        "udp" => ("17", "udpOptions"),
        _ => ("1", "icmpOptions"),
    };
    if protocol == Some("all") {
        return true;
    }
    if protocol != Some(number) {
        return false;
    }
    let asked = rule.get(options).filter(|options| !options.is_null());
    let Some((options, port)) = asked.zip(packet.traffic.port()) else {
        // Rules about single kinds of ICMP let no echo request pass.
        return asked.is_none();
    };
    let Some(range) = options.get("destinationPortRange") else {
        return true;
    };
    let bound = |name: &str| range.get(name).and_then(Value::as_u64);
    bound("min").is_some_and(|min| min <= u64::from(port))
        && bound("max").is_some_and(|max| u64::from(port) <= max)
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use serde_json::json;

    use super::*;
    use crate::lab::nodes::firewall::Traffic;

    const SERVER: Ipv4Addr = Ipv4Addr::new(10, 0, 2, 10);
    const OUTSIDE: Ipv4Addr = Ipv4Addr::new(198, 51, 100, 7);

    #[test]
    fn protocols_ports_and_ranges_are_told_apart() {
        let lists = [json!({
            "ingressSecurityRules": [
                {"source": "10.0.0.0/16", "protocol": "all"},
                {"source": "0.0.0.0/0", "protocol": "6",
                 "tcpOptions": {"destinationPortRange": {"min": 80, "max": 80}}},
                {"source": "0.0.0.0/0", "protocol": "1", "icmpOptions": {"type": 3, "code": 4}},
            ],
            "egressSecurityRules": [{"destination": "0.0.0.0/0", "protocol": "all"}],
        })];
        let inward = |from, traffic| admit(&lists, Way::In, Packet::new(from, SERVER, traffic));
        assert!(inward(SERVER, Traffic::Udp(8472)) && inward(OUTSIDE, Traffic::Tcp(80)));
        assert!(!inward(OUTSIDE, Traffic::Tcp(81)) && !inward(OUTSIDE, Traffic::Udp(80)));
        assert!(!inward(OUTSIDE, Traffic::Ping));
        let answer = Packet::new(SERVER, OUTSIDE, Traffic::Tcp(443)).answered();
        assert!(admit(&lists, Way::In, answer));
        let out = Packet::new(SERVER, OUTSIDE, Traffic::Tcp(443));
        assert!(admit(&lists, Way::Out, out) && admit(&[], Way::In, out));
    }
}
