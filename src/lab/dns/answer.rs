//! One query to one answer, a pure function of the zone's records (RFC 1034 4.3.2, RFC 2308).
//!
//! Proxied records answer with addresses of documentation ranges, as Cloudflare answers with its
//! own: who resolves such a name never learns the ingress address.

use std::net::{Ipv4Addr, Ipv6Addr};

use hickory_proto::op::{Edns, Message, MessageType, OpCode, Query, ResponseCode};
use hickory_proto::rr::rdata::{CNAME, NS, SOA, TXT};
use hickory_proto::rr::{Name, RData, Record as Line, RecordType};

use crate::lab::cloudflare::{Record, Zone};

const AUTOMATIC_TTL: u32 = 300;
const ZONE_TTL: u32 = 1_800;
const LONGEST_CHAIN: usize = 8;
const NAME_SERVERS: [&str; 2] = ["bob.ns.cloudflare.com.", "lola.ns.cloudflare.com."];

/// What stands for Cloudflare's edge: RFC 5737 and RFC 3849 addresses.
pub(crate) const EDGE_V4: [Ipv4Addr; 2] = [
    Ipv4Addr::new(198, 51, 100, 21),
    Ipv4Addr::new(198, 51, 100, 22),
];
const EDGE_V6: [Ipv6Addr; 2] = [
    Ipv6Addr::new(0x2001, 0xdb8, 0xcf, 0, 0, 0, 0, 0x21),
    Ipv6Addr::new(0x2001, 0xdb8, 0xcf, 0, 0, 0, 0, 0x22),
];

/// The answer to `request`.
pub(super) fn answer(zone: &Zone, request: &Message) -> Message {
    let mut reply = Message::new(
        request.metadata.id,
        MessageType::Response,
        request.metadata.op_code,
    );
    reply.metadata.recursion_desired = request.metadata.recursion_desired;
    reply.metadata.recursion_available = true;
    if request.edns.is_some() {
        let mut edns = Edns::new();
        edns.set_max_payload(1_232).set_version(0);
        reply.set_edns(edns);
    }
    let Some(query) = request.queries.first() else {
        reply.metadata.response_code = ResponseCode::FormErr;
        return reply;
    };
    reply.add_query(query.clone());
    if request.metadata.op_code != OpCode::Query {
        reply.metadata.response_code = ResponseCode::NotImp;
        return reply;
    }
    resolve(zone, query, &mut reply);
    reply
}

fn resolve(zone: &Zone, query: &Query, reply: &mut Message) {
    let Some(apex) = name(zone.name()) else {
        reply.metadata.response_code = ResponseCode::ServFail;
        return;
    };
    if !apex.zone_of(query.name()) {
        reply.metadata.response_code = ResponseCode::Refused;
        return;
    }
    reply.metadata.authoritative = true;
    let mut current = query.name().clone();
    for _ in 0..LONGEST_CHAIN {
        let lines = lines_of(zone, &current, &apex);
        let wanted = query.query_type();
        let fits = |line: &Line| wanted == RecordType::ANY || line.record_type() == wanted;
        if lines.iter().any(fits) {
            reply.add_answers(lines.into_iter().filter(fits));
            return;
        }
        let alias = lines.iter().find_map(|line| {
            let RData::CNAME(target) = &line.data else {
                return None;
            };
            Some((line.clone(), target.0.clone()))
        });
        match alias {
            Some((line, target)) => {
                reply.add_answer(line);
                if !apex.zone_of(&target) {
                    return;
                }
                current = target;
            }
            None => return nothing(zone, &current, &apex, lines.is_empty(), reply),
        }
    }
}

/// NXDOMAIN or NODATA, with the zone's SOA to say for how long.
fn nothing(zone: &Zone, current: &Name, apex: &Name, no_lines: bool, reply: &mut Message) {
    let below = |record: &Record| {
        name(&record.name).is_some_and(|owner| current.zone_of(&owner) && owner != *current)
    };
    if no_lines && !zone.records().iter().any(below) {
        reply.metadata.response_code = ResponseCode::NXDomain;
    }
    reply.add_authority(Line::from_rdata(apex.clone(), ZONE_TTL, soa(zone, apex)));
}

fn lines_of(zone: &Zone, owner: &Name, apex: &Name) -> Vec<Line> {
    let text = owner.to_ascii();
    let mut records = zone.named(&text);
    if records.is_empty() && owner != apex {
        let wildcard = owner.clone().into_wildcard();
        records = zone.named(&wildcard.to_ascii());
    }
    let mut lines: Vec<Line> = records
        .iter()
        .flat_map(|record| {
            let ttl = ttl(record);
            let data = data(record).into_iter();
            data.map(move |data| Line::from_rdata(owner.clone(), ttl, data))
        })
        .collect();
    if owner == apex {
        lines.push(Line::from_rdata(apex.clone(), ZONE_TTL, soa(zone, apex)));
        let servers = NAME_SERVERS.iter().filter_map(|server| name(server));
        lines.extend(
            servers.map(|server| Line::from_rdata(apex.clone(), 86_400, RData::NS(NS(server)))),
        );
    }
    lines
}

fn data(record: &Record) -> Vec<RData> {
    if record.proxied {
        let v4 = EDGE_V4.iter().map(|address| RData::A((*address).into()));
        let v6 = EDGE_V6.iter().map(|address| RData::AAAA((*address).into()));
        return v4.chain(v6).collect();
    }
    let one = match record.kind.as_str() {
        "A" => record
            .content
            .parse::<Ipv4Addr>()
            .ok()
            .map(|a| RData::A(a.into())),
        "AAAA" => record
            .content
            .parse::<Ipv6Addr>()
            .ok()
            .map(|a| RData::AAAA(a.into())),
        "CNAME" => name(&record.content).map(|target| RData::CNAME(CNAME(target))),
        "NS" => name(&record.content).map(|target| RData::NS(NS(target))),
        "TXT" => Some(RData::TXT(TXT::new(strings(&record.content)))),
        _ => None,
    };
    one.into_iter().collect()
}

/// The character strings of a TXT record: without the quotes, at most 255 bytes each.
fn strings(content: &str) -> Vec<String> {
    let plain = content.trim_matches('"');
    let mut parts = vec![String::new()];
    for letter in plain.chars() {
        match parts.last_mut() {
            Some(last) if last.len() + letter.len_utf8() <= 255 => last.push(letter),
            _ => parts.push(letter.to_string()),
        }
    }
    parts
}

fn ttl(record: &Record) -> u32 {
    match u32::try_from(record.ttl) {
        Ok(seconds) if seconds > 1 => seconds,
        _ => AUTOMATIC_TTL,
    }
}

fn soa(zone: &Zone, apex: &Name) -> RData {
    let serial = zone
        .records()
        .iter()
        .map(|record| record.modified.as_second())
        .max()
        .and_then(|second| u32::try_from(second).ok())
        .unwrap_or(1);
    let [server, _] = NAME_SERVERS.map(|server| name(server).unwrap_or_else(|| apex.clone()));
    let mailbox = name("dns.cloudflare.com.").unwrap_or_else(|| apex.clone());
    RData::SOA(SOA::new(
        server, mailbox, serial, 10_000, 2_400, 604_800, 1_800,
    ))
}

fn name(text: &str) -> Option<Name> {
    let mut parsed = Name::from_ascii(text).ok()?;
    parsed.set_fqdn(true);
    Some(parsed.to_lowercase())
}

#[cfg(test)]
mod tests;
