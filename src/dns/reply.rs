//! What a message of a name server says, in our words.

use hickory_proto::op::{Message, ResponseCode};
use hickory_proto::rr::{RData, Record};

use super::ask::Sought;
use crate::domain::line::Line;
use crate::domain::resolved::{Answer, Answered};

/// An answer, and how it was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// Its code, such as `NOERROR`.
    pub code: Line,
    /// Whether the server speaks for the zone itself.
    pub authoritative: bool,
    /// What it says.
    pub answer: Answer,
}

impl Reply {
    /// Reads an answer to a question for `sought`.
    pub(super) fn read(message: &Message, sought: Sought) -> Self {
        let code = message.metadata.response_code;
        Self {
            code: code_name(code),
            authoritative: message.metadata.authoritative,
            answer: answer(message, sought),
        }
    }
}

fn answer(message: &Message, sought: Sought) -> Answer {
    let code = message.metadata.response_code;
    if !matches!(code, ResponseCode::NoError | ResponseCode::NXDomain) {
        return Answer::Refused {
            code: code_name(code),
        };
    }
    let records: Vec<Answered> = message.answers.iter().filter_map(answered).collect();
    if records.iter().any(|record| record.kind == sought.name()) {
        return Answer::Records { records };
    }
    // An alias whose end is not there, or is another server's to tell.
    if !records.is_empty() && code == ResponseCode::NoError {
        return Answer::Records { records };
    }
    Answer::Nothing {
        exists: code == ResponseCode::NoError,
        ttl: message.authorities.iter().find_map(negative),
    }
}

fn answered(record: &Record) -> Option<Answered> {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "nothing else is asked for, and the enum is open"
    )]
    let (kind, content) = match &record.data {
        RData::A(address) => ("A", address.0.to_string()),
        RData::AAAA(address) => ("AAAA", address.0.to_string()),
        RData::CNAME(target) => ("CNAME", plain(&target.0.to_string())),
        RData::NS(server) => ("NS", plain(&server.0.to_string())),
        _ => return None,
    };
    Some(Answered {
        name: plain(&record.name.to_string()).into(),
        kind: kind.into(),
        content: content.into(),
        ttl: record.ttl,
    })
}

/// A name as people write it: without the dot at its end, in lower case.
fn plain(name: &str) -> String {
    name.trim_end_matches('.').to_ascii_lowercase()
}

/// For how long an absence may be remembered: the lesser of the SOA's own time and its last field.
fn negative(record: &Record) -> Option<u32> {
    let RData::SOA(soa) = &record.data else {
        return None;
    };
    Some(record.ttl.min(soa.minimum))
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the others are seldom met, and the enum is open"
)]
fn code_name(code: ResponseCode) -> Line {
    match code {
        ResponseCode::NoError => "NOERROR".into(),
        ResponseCode::FormErr => "FORMERR".into(),
        ResponseCode::ServFail => "SERVFAIL".into(),
        ResponseCode::NXDomain => "NXDOMAIN".into(),
        ResponseCode::NotImp => "NOTIMP".into(),
        ResponseCode::Refused => "REFUSED".into(),
        other => Line::new(&format!("code {}", u16::from(other))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hickory_proto::op::{MessageType, OpCode};
    use hickory_proto::rr::Name;
    use hickory_proto::rr::rdata::{CNAME, SOA};

    fn name(text: &str) -> Name {
        Name::from_ascii(text).unwrap()
    }

    fn message(code: ResponseCode) -> Message {
        let mut message = Message::new(1, MessageType::Response, OpCode::Query);
        message.metadata.response_code = code;
        message
    }

    #[test]
    fn a_chain_of_aliases_stands_in_its_order() {
        let mut told = message(ResponseCode::NoError);
        let alias = RData::CNAME(CNAME(name("Ingress.example.com.")));
        told.add_answer(Record::from_rdata(name("docs.example.com."), 60, alias));
        let address = RData::A("203.0.113.7".parse().unwrap());
        told.add_answer(Record::from_rdata(name("ingress.example.com."), 9, address));
        let reply = Reply::read(&told, Sought::A);
        let Answer::Records { records } = &reply.answer else {
            panic!("{reply:?}");
        };
        assert_eq!(records[0].content, "ingress.example.com");
        assert_eq!((records[1].kind.as_str(), records[1].ttl), ("A", 9));
        assert_eq!(reply.answer.ttl(), Some(9));
    }

    #[test]
    fn an_absence_lasts_as_long_as_the_zone_says() {
        let mut told = message(ResponseCode::NXDomain);
        let zone = name("example.com.");
        let soa = SOA::new(zone.clone(), zone.clone(), 1, 2, 3, 4, 600);
        told.add_authority(Record::from_rdata(zone, 1_800, RData::SOA(soa)));
        let reply = Reply::read(&told, Sought::A);
        let ttl = Some(600);
        assert_eq!(reply.answer, Answer::Nothing { exists: false, ttl });
        assert_eq!(reply.code, "NXDOMAIN");
    }

    #[test]
    fn a_refusal_keeps_its_code() {
        let reply = Reply::read(&message(ResponseCode::ServFail), Sought::A);
        let code = "SERVFAIL".into();
        assert_eq!(reply.answer, Answer::Refused { code });
    }
}
