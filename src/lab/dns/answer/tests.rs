//! The rules of answering, on a zone of a few records.

use super::*;
use jiff::Timestamp;

fn zone() -> Zone {
    let zone = Zone::new("example.com");
    let mut proxied = Record::new("A", "cd.example.com", "203.0.113.10");
    proxied.proxied = true;
    let long = format!("\"{}\"", "x".repeat(400));
    let records = [
        Record::new("A", "docs.example.com", "203.0.113.10"),
        proxied,
        Record::new("CNAME", "www.example.com", "docs.example.com"),
        Record::new("CNAME", "out.example.com", "elsewhere.example.net"),
        Record::new("TXT", "a-docs.example.com", "\"heritage=external-dns\""),
        Record::new("TXT", "long.example.com", &long),
        Record::new("A", "deep.below.example.com", "203.0.113.11"),
        Record::new("A", "*.wild.example.com", "203.0.113.12"),
    ];
    for record in records {
        zone.create(record, Timestamp::UNIX_EPOCH).unwrap();
    }
    zone
}

fn ask(owner: &str, kind: RecordType) -> Message {
    let mut request = Message::query();
    request.add_query(Query::query(Name::from_ascii(owner).unwrap(), kind));
    answer(&zone(), &request)
}

fn shown(reply: &Message) -> Vec<String> {
    let lines = reply.answers.iter();
    lines.map(|line| line.data.to_string()).collect()
}

#[test]
fn records_answer_with_their_content_and_ttl() {
    let reply = ask("DOCS.example.com.", RecordType::A);
    assert_eq!(shown(&reply), ["203.0.113.10"]);
    assert_eq!(reply.answers[0].ttl, AUTOMATIC_TTL);
    assert!(reply.metadata.authoritative);
    let reply = ask("a-docs.example.com.", RecordType::TXT);
    assert!(shown(&reply)[0].contains("heritage=external-dns"));
    assert_eq!(
        shown(&ask("a.wild.example.com.", RecordType::A)),
        ["203.0.113.12"]
    );
}

#[test]
fn a_proxied_record_hides_the_ingress() {
    let reply = ask("cd.example.com.", RecordType::A);
    assert_eq!(shown(&reply), ["198.51.100.21", "198.51.100.22"]);
    assert_eq!(ask("cd.example.com.", RecordType::AAAA).answers.len(), 2);
}

#[test]
fn aliases_are_followed_within_the_zone() {
    let reply = ask("www.example.com.", RecordType::A);
    assert_eq!(shown(&reply), ["docs.example.com.", "203.0.113.10"]);
    let reply = ask("out.example.com.", RecordType::A);
    assert_eq!(shown(&reply), ["elsewhere.example.net."]);
}

#[test]
fn what_is_missing_is_told_from_what_has_no_such_type() {
    let missing = ask("nothing.example.com.", RecordType::A);
    assert_eq!(missing.metadata.response_code, ResponseCode::NXDomain);
    assert_eq!(missing.authorities[0].record_type(), RecordType::SOA);
    let no_data = ask("docs.example.com.", RecordType::AAAA);
    assert_eq!(no_data.metadata.response_code, ResponseCode::NoError);
    assert_eq!(no_data.authorities[0].record_type(), RecordType::SOA);
    let empty_middle = ask("below.example.com.", RecordType::A);
    assert_eq!(empty_middle.metadata.response_code, ResponseCode::NoError);
    let foreign = ask("example.org.", RecordType::A);
    assert_eq!(foreign.metadata.response_code, ResponseCode::Refused);
}

#[test]
fn the_apex_has_its_soa_and_servers() {
    assert_eq!(ask("example.com.", RecordType::SOA).answers.len(), 1);
    assert_eq!(ask("example.com.", RecordType::NS).answers.len(), 2);
}

#[test]
fn long_texts_are_split() {
    assert_eq!(strings(&"x".repeat(400)).len(), 2);
    assert_eq!(ask("long.example.com.", RecordType::TXT).answers.len(), 1);
}
