//! What the answers of name servers come to, beside what is published.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::domain::record::PublishedRecord;
use crate::domain::resolved::{Heard, Resolved, ServerSort};

/// What name servers answer, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resolution {
    /// Nobody was asked yet.
    NotAsked,
    /// Nobody who was asked told.
    Silent,
    /// What is published, everywhere.
    Same,
    /// Cloudflare's own addresses, as is to be expected of a proxied record.
    Proxied,
    /// A resolver still has what was there before, until then.
    Old {
        /// When its time is over.
        until: Timestamp,
    },
    /// A resolver still remembers that there was nothing, until then at the latest.
    NotYet {
        /// When its time is over, where the zone tells.
        until: Option<Timestamp>,
    },
    /// Nothing is published, and nothing is answered.
    Nothing,
    /// Nothing is published here, and yet there are answers.
    Elsewhere,
    /// The zone's own servers do not answer what is published.
    Disagree,
}

impl Resolution {
    /// What `resolved` comes to at `now`, beside what is `published`.
    pub fn of(published: &[&PublishedRecord], resolved: Option<&Resolved>, now: Timestamp) -> Self {
        let Some(resolved) = resolved else {
            return Self::NotAsked;
        };
        let told: Vec<&Heard> = resolved
            .heard
            .iter()
            .filter(|it| it.answer.tells())
            .collect();
        if told.is_empty() {
            return Self::Silent;
        }
        let kind = resolved.id.namespace.as_str();
        if published.is_empty() {
            let answered = told.iter().any(|it| !it.answer.contents(kind).is_empty());
            return if answered {
                Self::Elsewhere
            } else {
                Self::Nothing
            };
        }
        if published.iter().any(|record| record.proxied) {
            return proxied(published, &told, kind, now);
        }
        let is_wrong = |heard: &&Heard| !fits(heard, published, kind);
        let wrong: Vec<&Heard> = told.into_iter().filter(is_wrong).collect();
        if wrong.iter().any(|heard| heard.sort == ServerSort::Zone) {
            return Self::Disagree;
        }
        late(&wrong, kind, now).unwrap_or(Self::Same)
    }
}

/// Whether an answer is what is published.
pub fn fits(heard: &Heard, published: &[&PublishedRecord], kind: &str) -> bool {
    let mut contents = published.iter().map(|record| record.content.as_str());
    // An alias is asked for the address that it leads to: what counts is that it stands in the chain.
    if kind == "CNAME" {
        let chain = heard.answer.contents("CNAME");
        return contents.all(|target| chain.iter().any(|it| it.as_str() == target));
    }
    let answered: BTreeSet<&str> = heard
        .answer
        .contents(kind)
        .into_iter()
        .map(|it| &**it)
        .collect();
    answered == contents.collect()
}

/// Behind a proxy every address is right but the hidden one.
fn proxied(
    published: &[&PublishedRecord],
    told: &[&Heard],
    kind: &str,
    now: Timestamp,
) -> Resolution {
    let asked = if kind == "CNAME" { "A" } else { kind };
    let is_hidden = |heard: &Heard| {
        let answered = heard.answer.contents(asked);
        let shows = |record: &PublishedRecord| answered.contains(&&record.content);
        !answered.is_empty() && !published.iter().any(|record| shows(record))
    };
    let all = told.iter().copied();
    let wrong: Vec<&Heard> = all.filter(|heard| !is_hidden(heard)).collect();
    if wrong.iter().any(|heard| heard.sort == ServerSort::Zone) {
        return Resolution::Disagree;
    }
    late(&wrong, asked, now).unwrap_or(Resolution::Proxied)
}

/// Resolvers that answer with what was: until when, at the latest.
fn late(wrong: &[&Heard], kind: &str, now: Timestamp) -> Option<Resolution> {
    let (empty, old): (Vec<&Heard>, Vec<&Heard>) = wrong
        .iter()
        .partition(|heard| heard.answer.contents(kind).is_empty());
    let last = |all: &[&Heard]| all.iter().filter_map(|heard| heard.until()).max();
    if !old.is_empty() {
        // Once its time is over, the next answer tells.
        let until = last(&old).unwrap_or(now).max(now);
        return Some(Resolution::Old { until });
    }
    let until = last(&empty).filter(|until| *until > now);
    (!empty.is_empty()).then_some(Resolution::NotYet { until })
}
