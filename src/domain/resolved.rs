//! What name servers answer for a name: by server, with what is left of each answer's time to live.
//!
//! Which servers are asked, and how often, is the source's; whether an answer is as it should be follows
//! in the store.

use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::line::Line;
use super::object::{Object, ObjectRef};

/// What was heard about one name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Resolved {
    /// The type of its record, and the name.
    pub id: ObjectRef,
    /// What each server answered last, resolvers first.
    pub heard: Vec<Heard>,
}

/// Who answers.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum ServerSort {
    /// One that looks names up for others, and remembers.
    Resolver,
    /// One that the zone itself is served by.
    Zone,
}

/// What one server answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Heard {
    /// What the server is called: an address, or a name.
    pub server: Line,
    /// Who it is.
    pub sort: ServerSort,
    /// When.
    pub at: Timestamp,
    /// What.
    pub answer: Answer,
}

/// The answer to one question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "answer", rename_all = "snake_case")]
pub enum Answer {
    /// There are such records; aliases that lead to them stand first.
    Records {
        /// All of them.
        records: Vec<Answered>,
    },
    /// There is no such record.
    Nothing {
        /// The name has records of other types (NOERROR), or it does not exist (NXDOMAIN).
        exists: bool,
        /// For how many seconds that may be remembered, where the server tells (RFC 2308).
        ttl: Option<u32>,
    },
    /// The server does not answer that.
    Refused {
        /// Its code, such as `SERVFAIL`.
        code: Line,
    },
    /// Nothing was heard, or nothing that is a DNS answer.
    Silent {
        /// Why.
        why: Line,
    },
}

/// One record of an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Answered {
    /// Whose it is.
    pub name: Line,
    /// `A`, `AAAA`, `CNAME`, `NS`.
    pub kind: Line,
    /// Address or name.
    pub content: Line,
    /// Seconds for which it may still be remembered.
    pub ttl: u32,
}

impl Answer {
    /// The contents of the records of one type, in order.
    pub fn contents(&self, kind: &str) -> Vec<&Line> {
        let Self::Records { records } = self else {
            return Vec::new();
        };
        let of_kind = records.iter().filter(|record| record.kind == kind);
        let mut contents: Vec<&Line> = of_kind.map(|record| &record.content).collect();
        contents.sort();
        contents.dedup();
        contents
    }

    /// Seconds until the first part of it is to be asked for again.
    pub fn ttl(&self) -> Option<u32> {
        match self {
            Self::Records { records } => records.iter().map(|record| record.ttl).min(),
            Self::Nothing { ttl, .. } => *ttl,
            Self::Refused { .. } | Self::Silent { .. } => None,
        }
    }

    /// Whether it says what the name is, or that it is not.
    pub fn tells(&self) -> bool {
        matches!(self, Self::Records { .. } | Self::Nothing { .. })
    }
}

impl Heard {
    /// Until when the server may go on answering so.
    pub fn until(&self) -> Option<Timestamp> {
        let left = SignedDuration::from_secs(i64::from(self.answer.ttl()?));
        self.at.checked_add(left).ok()
    }
}

impl Object for Resolved {
    fn id(&self) -> &ObjectRef {
        &self.id
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(kind: &str, content: &str, ttl: u32) -> Answered {
        Answered {
            name: "docs.example.com".into(),
            kind: kind.into(),
            content: content.into(),
            ttl,
        }
    }

    #[test]
    fn an_answer_is_as_old_as_its_youngest_part_and_tells_one_type() {
        let answer = Answer::Records {
            records: vec![
                answered("CNAME", "ingress.example.com", 300),
                answered("A", "203.0.113.7", 41),
                answered("A", "203.0.113.6", 41),
            ],
        };
        assert_eq!(answer.contents("A"), ["203.0.113.6", "203.0.113.7"]);
        assert_eq!(answer.contents("CNAME"), ["ingress.example.com"]);
        let heard = Heard {
            server: "192.0.2.53".into(),
            sort: ServerSort::Resolver,
            at: Timestamp::UNIX_EPOCH,
            answer,
        };
        assert_eq!(heard.until().unwrap().as_second(), 41);
    }

    #[test]
    fn silence_tells_nothing_and_lasts_no_time() {
        let why = "no answer within 3s".into();
        let answer = Answer::Silent { why };
        assert!(!answer.tells() && answer.ttl().is_none());
        let nothing = Answer::Nothing {
            exists: false,
            ttl: Some(1_800),
        };
        assert!(nothing.tells() && nothing.contents("A").is_empty());
    }
}
