//! Goes the way to the proof of a challenge as a visitor would, and tells each hop as it is met.

use std::net::IpAddr;
use std::time::Instant;

use secrecy::ExposeSecret as _;

use super::reader::Desk;
use crate::domain::handshake::{Failure, Silence};
use crate::domain::line::Line;
use crate::domain::object::ObjectRef;
use crate::domain::problem::Problem;
use crate::domain::proof::{Answered, Met, NameFound, Step, Visit};
use crate::domain::reading::Reading;
use crate::kube::Fault;
use crate::kube::proof::{Posed, posed};
use crate::store::proof::path;
use crate::web::{Answer, Visitor, fetch};

/// The port of HTTP-01.
const PORT: u16 = 80;
/// Addresses beyond these are left alone.
const ADDRESSES: usize = 4;
/// What is told of an answer that is not the proof, in characters.
const QUOTED: usize = 60;

/// One way that is gone.
struct Walk<'a> {
    desk: &'a Desk,
    visitor: &'a Visitor,
    of: &'a ObjectRef,
}

/// Goes the whole way.
pub(super) async fn walk(desk: Desk, visitor: Visitor, of: ObjectRef) {
    let walk = Walk {
        desk: &desk,
        visitor: &visitor,
        of: &of,
    };
    walk.tell(Step::Begun).await;
    let failed = walk.all().await.err();
    walk.tell(Step::Ended { failed }).await;
}

impl Walk<'_> {
    async fn tell(&self, step: Step) {
        let of = self.of.clone();
        self.desk.tell(Reading::Proof { of, step }).await;
    }

    async fn all(&self) -> Result<(), Problem> {
        let Some(connection) = self.desk.connection() else {
            return Err(unread(&Fault::Unreachable("no way there now".into())));
        };
        let posed = posed(&connection, self.of)
            .await
            .map_err(|fault| unread(&fault))?;
        let Some(posed) = posed else {
            return Err(Problem {
                title: "The challenge is not there any more".to_owned(),
                detail: "it was answered, or given up".to_owned(),
                next: "See the certificate: its chain says which.".to_owned(),
                request_id: None,
            });
        };
        for address in self.addresses(&posed.host).await {
            let visit = self.visit(&posed, address).await;
            self.tell(Step::Visit(visit)).await;
        }
        Ok(())
    }

    async fn addresses(&self, host: &str) -> Vec<IpAddr> {
        let clock = self.desk.clock;
        let began = clock.instant();
        let found = self.visitor.addresses(host, clock).await;
        let failed = match &found {
            Ok(found) if found.is_empty() => Some(Silence {
                why: Failure::NoAddress,
                said: Line::new(host),
            }),
            Ok(_) => None,
            Err(error) => Some(Silence {
                why: Failure::Resolver,
                said: Line::new(&error.to_string()),
            }),
        };
        let mut addresses = found.unwrap_or_default();
        addresses.truncate(ADDRESSES);
        let told = addresses.iter().map(|it| Line::new(&it.to_string()));
        self.tell(Step::Name(NameFound {
            addresses: told.collect(),
            failed,
            took_ms: self.since(began),
        }))
        .await;
        addresses
    }

    async fn visit(&self, posed: &Posed, address: IpAddr) -> Visit {
        let clock = self.desk.clock;
        let began = clock.instant();
        let asked = (posed.host.as_str(), path(&posed.token));
        let asked = (asked.0, asked.1.as_str());
        let met = match fetch(self.visitor, asked, (address, PORT), clock).await {
            Ok(answer) => Met::Answer(self.compared(answer, posed)),
            Err(silence) => Met::Silence(silence),
        };
        Visit {
            address: Line::new(&address.to_string()),
            met,
            took_ms: self.since(began),
        }
    }

    /// The ACME server ignores blanks at the end (RFC 8555, 8.3). An answer that is another proof is
    /// not quoted: it may be that of another host.
    fn compared(&self, answer: Answer, posed: &Posed) -> Answered {
        let is_proof = answer.status == 200
            && answer.body.trim_ascii_end() == posed.key.expose_secret().as_bytes();
        let text = String::from_utf8_lossy(&answer.body);
        let begins: String = text.trim().chars().take(QUOTED).collect();
        let is_like_one = begins.starts_with(posed.token.as_str()) || is_proof;
        Answered {
            status: answer.status,
            location: answer.location,
            server: answer.server,
            through_cloudflare: answer.through_cloudflare,
            is_proof,
            begins: if is_like_one {
                "the token with another key".into()
            } else {
                Line::new(&self.desk.mask.apply(&begins))
            },
        }
    }

    fn since(&self, began: Instant) -> u32 {
        let took = self.desk.clock.instant().duration_since(began);
        u32::try_from(took.as_millis()).unwrap_or(u32::MAX)
    }
}

fn unread(fault: &Fault) -> Problem {
    let next = if matches!(fault, Fault::Forbidden(_)) {
        "Ask for the right to get challenges."
    } else {
        "Try it again in a moment."
    };
    Problem {
        title: "The challenge cannot be read".to_owned(),
        detail: fault.to_string(),
        next: next.to_owned(),
        request_id: None,
    }
}
