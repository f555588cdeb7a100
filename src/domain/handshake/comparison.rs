//! What is presented, beside what cert-manager says of the certificate in the Secret.
//!
//! The Secret itself is never read: names and times of validity tell two issues apart.

use super::{Distrust, Handshake, Outcome};
use crate::domain::certificate::Certificate;
use crate::domain::line::Line;

/// Which certificate is presented, as far as names and times tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, strum::Display)]
pub enum Shown {
    /// The one that the Secret holds.
    #[strum(to_string = "same")]
    Same,
    /// One that was issued after what cert-manager tells of.
    #[strum(to_string = "newer")]
    Newer,
    /// Another one for the name; the Certificate was never issued.
    #[strum(to_string = "another")]
    Another,
    /// An earlier issue.
    #[strum(to_string = "older")]
    Older,
    /// One for other names.
    #[strum(to_string = "other name")]
    OtherName,
    /// None.
    #[strum(to_string = "no answer")]
    Nothing,
}

/// How one handshake compares with a Certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// Which certificate it is.
    pub shown: Shown,
    /// Why no browser would take it.
    pub distrust: Option<Distrust>,
}

impl Comparison {
    /// Compares.
    pub fn of(certificate: &Certificate, handshake: &Handshake) -> Self {
        let Outcome::Presented(presented) = &handshake.outcome else {
            return Self {
                shown: Shown::Nothing,
                distrust: None,
            };
        };
        let distrust = presented.trust.distrust();
        let Some(leaf) = presented.chain.first() else {
            return Self {
                shown: Shown::Nothing,
                distrust,
            };
        };
        let shown = if !leaf.covers(handshake.host()) {
            Shown::OtherName
        } else if certificate.not_before.is_none() {
            Shown::Another
        } else if leaf.not_before < certificate.not_before {
            Shown::Older
        } else if leaf.not_before > certificate.not_before {
            Shown::Newer
        } else if leaf.not_after != certificate.not_after
            || !same(&leaf.names, &certificate.dns_names)
        {
            Shown::Another
        } else {
            Shown::Same
        };
        Self { shown, distrust }
    }

    /// Whether all is as it should be.
    pub fn is_well(self) -> bool {
        self.shown == Shown::Same && self.distrust.is_none()
    }

    /// A word or two for it.
    pub fn word(self) -> String {
        match (self.shown, self.distrust) {
            (Shown::Same | Shown::Another | Shown::Newer, Some(why)) => why.to_string(),
            (shown, _) => shown.to_string(),
        }
    }

    /// What it means, and what to do; nothing where all is well.
    pub fn advice(self) -> Option<&'static str> {
        match (self.shown, self.distrust) {
            (Shown::Same, None) => None,
            (Shown::Nothing, _) => {
                Some("look at the listener in Routes, and whether its port is open from here")
            }
            (Shown::Older, _) => Some(
                "the proxy has not loaded the new one: look at the Gateway's listeners, since one \
                 Secret that is wrong can hold back every change",
            ),
            (Shown::OtherName, _) => Some(
                "another listener or another server answers: compare the address with the record in \
                 DNS, and the listener's host name in Routes",
            ),
            (_, Some(Distrust::Staging)) => {
                Some("an issuer for trials signed it: let another issuer sign")
            }
            (_, Some(Distrust::SelfSigned)) => {
                Some("it vouches for itself: the proxy or the issuer has no other yet")
            }
            (_, Some(Distrust::Expired)) => Some("it is no longer valid: issue it anew"),
            (_, Some(Distrust::NotYet)) => {
                Some("compare the clocks of this machine and the cluster")
            }
            (_, Some(_)) => Some("no browser takes it: look at its chain below"),
            (Shown::Newer | Shown::Another, None) => {
                Some("another certificate stands there than cert-manager tells of")
            }
        }
    }
}

fn same(presented: &[Line], wanted: &[Line]) -> bool {
    let sorted = |names: &[Line]| {
        let mut names: Vec<String> = names.iter().map(|name| name.to_ascii_lowercase()).collect();
        names.sort();
        names.dedup();
        names
    };
    sorted(presented) == sorted(wanted)
}

#[cfg(test)]
mod tests {
    use jiff::{SignedDuration, Timestamp};
    use rstest::rstest;

    use super::*;
    use crate::domain::handshake::{
        Failure, Presented, PresentedCertificate, Silence, Trust, covers,
    };

    fn at(day: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_hours(24 * day)
    }

    fn certificate() -> Certificate {
        Certificate {
            dns_names: vec!["docs.example.com".into()],
            not_before: Some(at(10)),
            not_after: Some(at(100)),
            ..Certificate::default()
        }
    }

    fn handshake(name: &str, from: i64, until: i64, trust: Trust) -> Handshake {
        let leaf = PresentedCertificate {
            names: vec![name.into()],
            not_before: Some(at(from)),
            not_after: Some(at(until)),
            ..PresentedCertificate::default()
        };
        Handshake {
            id: Handshake::name(&"docs.example.com".into(), None, 443),
            at: Timestamp::UNIX_EPOCH,
            outcome: Outcome::Presented(Box::new(Presented {
                chain: vec![leaf],
                trust,
                tls: "TLS 1.3".into(),
                took_ms: 1,
            })),
        }
    }

    fn not(why: Distrust) -> Trust {
        let said = "no".into();
        Trust::Not { why, said }
    }

    #[rstest]
    #[case::the_same("docs.example.com", 10, 100, Trust::Trusted, "same")]
    #[case::by_any_case("Docs.example.com", 10, 100, Trust::Trusted, "same")]
    #[case::an_earlier_issue("docs.example.com", 1, 91, Trust::Trusted, "older")]
    #[case::a_later_issue("docs.example.com", 11, 101, Trust::Trusted, "newer")]
    #[case::more_names("*.example.com", 10, 100, Trust::Trusted, "another")]
    #[case::another_name("www.example.com", 10, 100, not(Distrust::OtherName), "other name")]
    #[case::for_trials("docs.example.com", 10, 100, not(Distrust::Staging), "staging")]
    #[case::by_itself("docs.example.com", 11, 100, not(Distrust::SelfSigned), "self-signed")]
    #[case::over("docs.example.com", 1, 5, not(Distrust::Expired), "older")]
    fn names_and_times_tell_issues_apart(
        #[case] name: &str,
        #[case] from: i64,
        #[case] until: i64,
        #[case] trust: Trust,
        #[case] word: &str,
    ) {
        let compared = Comparison::of(&certificate(), &handshake(name, from, until, trust));
        assert_eq!(compared.word(), word);
        assert_eq!(compared.is_well(), word == "same");
        assert_eq!(compared.advice().is_none(), word == "same");
    }

    #[test]
    fn nothing_can_be_the_same_as_what_was_never_issued() {
        let never = Certificate {
            dns_names: certificate().dns_names,
            ..Certificate::default()
        };
        let shown = handshake("docs.example.com", 10, 100, Trust::Trusted);
        assert_eq!(Comparison::of(&never, &shown).shown, Shown::Another);
        let silent = Handshake {
            outcome: Outcome::Silent(Silence {
                why: Failure::Refused,
                said: "refused".into(),
            }),
            ..shown
        };
        let compared = Comparison::of(&certificate(), &silent);
        assert_eq!(compared.word(), "no answer");
    }

    #[rstest]
    #[case("docs.example.com", "DOCS.example.com", true)]
    #[case("*.example.com", "docs.example.com", true)]
    #[case("*.example.com", "a.docs.example.com", false)]
    #[case("*.example.com", "example.com", false)]
    #[case("example.com", "docs.example.com", false)]
    fn a_star_stands_for_one_label(#[case] name: &str, #[case] host: &str, #[case] is: bool) {
        assert_eq!(covers(name, host), is);
    }
}
