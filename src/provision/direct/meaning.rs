//! What OCI's refusals mean, in a person's words and with what to do next.
//!
//! OCI says the same for many causes (404 for a missing policy, 401 for a skewed clock), so the texts
//! name what to check rather than guess.

use crate::domain::problem::Problem;
use crate::domain::text;
use crate::oci::Error;

/// The longest message of OCI that is shown, in characters.
const MAX_DETAIL: usize = 2_000;

/// Why nothing could be planned.
#[derive(Debug)]
pub struct Unplanned {
    /// In a person's words.
    pub problem: Problem,
    /// Whether OCI answered; otherwise nothing is known of what there is.
    pub reached: bool,
}

impl From<Problem> for Unplanned {
    fn from(problem: Problem) -> Self {
        Self {
            problem,
            reached: true,
        }
    }
}

/// As [`problem`], for what a plan follows from.
pub(super) fn unplanned(what: &str, error: &Error) -> Unplanned {
    let reached = !matches!(error, Error::Transport { .. });
    Unplanned {
        problem: problem(what, error),
        reached,
    }
}

/// What could not be done (`list the images`), told by what was answered.
pub fn problem(what: &str, error: &Error) -> Problem {
    Problem {
        title: text::line(&format!("could not {what}")),
        detail: text::block(&error.to_string(), MAX_DETAIL),
        next: next(error).to_owned(),
        request_id: error.request_id().map(text::line),
    }
}

fn next(error: &Error) -> &'static str {
    if error.is_out_of_capacity() {
        return "no host has room for this shape there now; try again later, or set another \
                availability_domain under [oci] in cluster.toml";
    }
    if error.is_limit() {
        return "the tenancy's limit is used up; terminated instances may count for up to an hour \
                more: free something, use the compact layout, or ask Oracle for a higher limit";
    }
    match error.status() {
        Some(401) => {
            "compare your clock with a time server, and the profile's user, tenancy, fingerprint and \
             key with Identity > My profile > API keys in the console; a new key takes a few minutes"
        }
        Some(403) => "the user's groups need a policy that allows this in the compartment",
        Some(404) => {
            "OCI hides what you may not see: check the region, the compartment's OCID and the \
             policies of the user's groups"
        }
        Some(409) => "something else changes the same resource; run it again when that has ended",
        Some(429) => "OCI asks for fewer requests; wait a minute and run it again",
        Some(500..) => "OCI has a fault of its own; run it again, it goes on from here",
        Some(_) => "see OCI's message above; run it again once that is mended",
        None => "check the network and the endpoint; run it again, it goes on from here",
    }
}
