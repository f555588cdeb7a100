//! The way to the proof of an HTTP-01 challenge (RFC 8555, 8.3), as a visitor from here goes it: what is
//! met at each hop, and which one is to be mended.
//!
//! Who goes that way is not known here. What the proof says is compared where it is fetched, and only
//! told as equal or not.

mod inside;
mod way;

pub use inside::{Found, Inside, PodSeen, RouteSeen, ServiceSeen};
pub use way::{Hop, State, Station, Way};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::handshake::Silence;
use super::line::Line;
use super::problem::Problem;

/// What is learnt on the way, one after the other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum Step {
    /// It begins.
    Begun,
    /// What the name leads to.
    Name(NameFound),
    /// What one address answers.
    Visit(Visit),
    /// Nothing more will come.
    Ended {
        /// What kept it from being gone.
        failed: Option<Problem>,
    },
}

/// What a name leads to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NameFound {
    /// Its addresses.
    pub addresses: Vec<Line>,
    /// Why there are none.
    pub failed: Option<Silence>,
    /// How long it took, in milliseconds.
    pub took_ms: u32,
}

/// One request to one address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Visit {
    /// Where.
    pub address: Line,
    /// What was met.
    pub met: Met,
    /// How long it took, in milliseconds.
    pub took_ms: u32,
}

/// What a visitor meets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "met", rename_all = "snake_case")]
pub enum Met {
    /// Nobody.
    Silence(Silence),
    /// An answer.
    Answer(Answered),
}

/// An answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Answered {
    /// Its status code.
    pub status: u16,
    /// Where it sends the visitor.
    pub location: Line,
    /// Who answers, as it calls itself.
    pub server: Line,
    /// Whether it came through Cloudflare.
    pub through_cloudflare: bool,
    /// Whether it is the proof.
    pub is_proof: bool,
    /// How it begins, where it is not.
    pub begins: Line,
}

/// What was learnt so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// What the name leads to.
    pub name: Option<NameFound>,
    /// What addresses answered.
    pub visits: Vec<Visit>,
    /// Whether nothing more will come.
    pub ended: bool,
    /// What kept it from being gone.
    pub failed: Option<Problem>,
}

impl Seen {
    /// Takes in what was learnt next.
    pub fn learn(&mut self, step: Step) {
        match step {
            Step::Begun => *self = Self::default(),
            Step::Name(found) => self.name = Some(found),
            Step::Visit(visit) => self.visits.push(visit),
            Step::Ended { failed } => {
                self.ended = true;
                self.failed = failed;
            }
        }
    }
}
