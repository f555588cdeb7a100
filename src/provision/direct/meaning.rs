//! What OCI's refusals mean, in a person's words and with what to do next.
//!
//! OCI says the same for many causes (404 for a missing policy, 401 for a skewed clock), so the texts
//! name what to check rather than guess.

use crate::domain::problem::Problem;
use crate::domain::text;
use crate::oci::{Error, Evidence, TransportKind};

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
        next: text::block(&next(error), MAX_DETAIL),
        request_id: error.request_id().map(text::line),
    }
}

fn next(error: &Error) -> String {
    if error.is_out_of_capacity() {
        return "no host has room for this shape there now; try again later, or set another \
                availability_domain under [oci] in cluster.toml"
            .to_owned();
    }
    match error {
        Error::Service { status, code, .. } => refused(error, *status, code),
        Error::Skewed { .. } => {
            "set the clock (turn on network time), then run it again".to_owned()
        }
        Error::SessionExpired { .. } => {
            "run `oci session authenticate` again, then this; it goes on from here".to_owned()
        }
        Error::Transport { kind, in_doubt, .. } => unanswered(*kind, *in_doubt).to_owned(),
        Error::Endpoint { .. } => {
            "correct the region under [oci], or the endpoint, in cluster.toml".to_owned()
        }
        Error::Unsendable { .. } => "correct what it names, then run it again".to_owned(),
        Error::Decode { .. } | Error::TooLarge { .. } | Error::TooManyPages { .. } => {
            "something between here and OCI may answer in its place (a proxy, a log-in page): see \
             what it says, then run it again"
                .to_owned()
        }
    }
}

fn unanswered(kind: TransportKind, in_doubt: bool) -> &'static str {
    match kind {
        TransportKind::Connect => {
            "check the network, the region's name and the proxy's settings; nothing was changed; run \
             it again, it goes on from here"
        }
        TransportKind::Tls => {
            "see whether a proxy opens encrypted connections here, and whether the clock is right; \
             nothing was changed"
        }
        TransportKind::Timeout | TransportKind::Broken if in_doubt => {
            "it may have been done, though no answer came: run it again, it looks at what there is \
             and doubles nothing"
        }
        TransportKind::Timeout | TransportKind::Broken => {
            "check the network; run it again, it goes on from here"
        }
    }
}

fn refused(error: &Error, status: u16, code: &str) -> String {
    let plain = match (status, code) {
        (400, "LimitExceeded") => {
            "Oracle's limit for the tenancy is used up, or still counts what was terminated or \
             failed within the last hour: free something, wait an hour, use the compact layout, or \
             ask Oracle for a higher limit"
        }
        (400, "QuotaExceeded") => {
            "a quota that somebody set on the compartment is used up (Governance > Quota Policies in \
             the console): raise it there, or free something"
        }
        (404, _) if error.is_shape_missing() => {
            "that availability domain does not offer the shape: set another availability_domain \
             under [oci] in cluster.toml"
        }
        (404, "NotFound") => {
            "OCI has no such service at this address: check the region and the endpoint in \
             cluster.toml"
        }
        (400 | 404, _) if error.evidence().is_some() => return not_found(error),
        (400, _) => "OCI does not take what was sent: mend what its message names in cluster.toml",
        (401, _) => return signer(error),
        (402, _) => "the account is not fully signed up: finish that in Oracle's console",
        (403, "NotAllowed") => {
            "OCI takes this in the tenancy's home region only: name that region in cluster.toml"
        }
        (403, _) => "the user's groups need a policy that allows this in the compartment",
        (409, "InvalidatedRetryToken") => {
            "what was once made under this token is gone; run it again, it takes a fresh one"
        }
        (409, "NotAuthorizedOrResourceAlreadyExists") => {
            "something of that name exists already, or a policy is missing: look for it in the \
             console, rename or remove it"
        }
        (409, _) => {
            "something uses or changes the same resource: its message names what; run it again when \
             that is gone"
        }
        (412, _) => "somebody changed it meanwhile: run it again, it looks at what there is now",
        (429, _) => "OCI asks for fewer requests; wait a minute and run it again",
        (300..=399, _) => {
            "OCI redirects nobody: a proxy or a log-in page of the network is in between; log in \
             there, or use another network"
        }
        (500.., _) => "OCI has a fault of its own; run it again, it goes on from here",
        _ => "see OCI's message above; run it again once that is mended",
    };
    plain.to_owned()
}

/// OCI says 404 to what does not exist and to what may not be seen: only what it has answered for
/// before can be ruled out.
fn not_found(error: &Error) -> String {
    let Some(Evidence::Reads { proven, unproven }) = error.evidence() else {
        return "check the region, the compartment and the policies of the user's groups"
            .to_owned();
    };
    let known = if proven.is_empty() {
        "nothing that it depends on has been read yet".to_owned()
    } else {
        format!("verified by a successful read: {}", proven.join(", "))
    };
    if unproven.is_empty() {
        format!(
            "OCI hides what you may not see; {known}; so look at the policies of the user's groups, \
             and whether somebody removed it"
        )
    } else {
        format!(
            "OCI hides what you may not see; {known}; not verified: {}; check those, and the \
             policies of the user's groups",
            unproven.join(", ")
        )
    }
}

/// All failures to authenticate look the same from outside: what is known here narrows them down.
fn signer(error: &Error) -> String {
    let Some(Evidence::Signer(signer)) = error.evidence() else {
        return "compare the profile with Identity > My profile > API keys in the console"
            .to_owned();
    };
    if signer.session {
        return "the session may have been ended: run `oci session authenticate` again".to_owned();
    }
    if signer.fingerprint != signer.computed {
        return format!(
            "the profile names the fingerprint {}, its key file has {}: correct the one or the other",
            signer.fingerprint, signer.computed
        );
    }
    let clock = match signer.clock_off {
        Some(off) => format!("the clock is right (within {} s of OCI's)", off.as_secs()),
        None => "compare the clock with a time server".to_owned(),
    };
    format!(
        "{clock}; look for the fingerprint {}, computed from the key, under Identity > My profile > \
         API keys in the console, and compare the profile's user and tenancy; a new key takes a few \
         minutes",
        signer.computed
    )
}
