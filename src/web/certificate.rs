//! A certificate as it is told: whom it is for, by whom, from when until when (RFC 5280).

use std::net::{Ipv4Addr, Ipv6Addr};

use jiff::Timestamp;
use x509_parser::prelude::{GeneralName, X509Certificate, X509Name};
use x509_parser::time::ASN1Time;

use crate::domain::handshake::PresentedCertificate;
use crate::domain::line::Line;

/// Names beyond these are left out.
const NAMES: usize = 100;

/// What stands in a certificate (DER); nothing where it cannot be read.
pub(super) fn read(der: &[u8]) -> Option<PresentedCertificate> {
    let (_, certificate) = x509_parser::parse_x509_certificate(der).ok()?;
    Some(PresentedCertificate {
        serial: Line::new(&certificate.raw_serial_as_string()),
        subject: named(certificate.subject()),
        names: names(&certificate),
        issuer: named(certificate.issuer()),
        self_issued: certificate.subject() == certificate.issuer(),
        not_before: moment(certificate.validity().not_before),
        not_after: moment(certificate.validity().not_after),
    })
}

fn moment(time: ASN1Time) -> Option<Timestamp> {
    Timestamp::from_second(time.timestamp()).ok()
}

/// The common name, with the organisation where it is another; all of it where there is no such name.
fn named(name: &X509Name<'_>) -> Line {
    let mut common = name.iter_common_name().filter_map(|it| it.as_str().ok());
    let mut body = name.iter_organization().filter_map(|it| it.as_str().ok());
    match (body.next(), common.next()) {
        (Some(body), Some(common)) if body != common => Line::new(&format!("{body} {common}")),
        (_, Some(common)) => Line::new(common),
        _ => Line::new(&name.to_string()),
    }
}

fn names(certificate: &X509Certificate<'_>) -> Vec<Line> {
    let Ok(Some(found)) = certificate.subject_alternative_name() else {
        return Vec::new();
    };
    let all = &found.value.general_names;
    all.iter().filter_map(line).take(NAMES).collect()
}

fn line(name: &GeneralName<'_>) -> Option<Line> {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "no host is called by the other kinds of names"
    )]
    match name {
        GeneralName::DNSName(name) => Some(Line::new(name)),
        GeneralName::IPAddress(bytes) => address(bytes),
        _ => None,
    }
}

fn address(bytes: &[u8]) -> Option<Line> {
    if let Ok(four) = <[u8; 4]>::try_from(bytes) {
        return Some(Line::new(&Ipv4Addr::from(four).to_string()));
    }
    let sixteen = <[u8; 16]>::try_from(bytes).ok()?;
    Some(Line::new(&Ipv6Addr::from(sixteen).to_string()))
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, DnType, KeyPair, SerialNumber};

    use super::*;

    #[test]
    fn a_certificate_says_whom_it_is_for_and_how_long() {
        let names = ["docs.example.com".to_owned(), "203.0.113.7".to_owned()];
        let mut params = CertificateParams::new(names).unwrap();
        params.serial_number = Some(SerialNumber::from_slice(&[0x03, 0xab, 0x01]));
        params.not_before = rcgen::date_time_ymd(2026, 11, 1);
        params.not_after = rcgen::date_time_ymd(2027, 1, 30);
        params.distinguished_name = rcgen::DistinguishedName::new();
        params
            .distinguished_name
            .push(DnType::CommonName, "docs\u{1b}[2J.example.com");
        let made = params.self_signed(&KeyPair::generate().unwrap()).unwrap();
        let read = read(made.der()).unwrap();
        assert_eq!(read.serial, "03:ab:01");
        assert_eq!(read.names, ["docs.example.com", "203.0.113.7"]);
        assert!(read.self_issued);
        assert!(!read.subject.contains('\u{1b}'), "{:?}", read.subject);
        let day = |text: &str| Some(format!("{text}T00:00:00Z").parse::<Timestamp>().unwrap());
        assert_eq!(read.not_before, day("2026-11-01"));
        assert_eq!(read.not_after, day("2027-01-30"));
    }

    #[test]
    fn what_is_no_certificate_is_not_read() {
        assert_eq!(read(b"-----BEGIN CERTIFICATE-----"), None);
        assert_eq!(read(&[]), None);
    }
}
