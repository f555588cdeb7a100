//! A host's addresses, for who wants to get there: the first resolver that tells is believed.

use std::net::{Ipv4Addr, SocketAddr};

use super::ask::{AskError, Question, Sought, ask};
use crate::clock::Clock;

/// The IPv4 addresses of `host`, by the first of `resolvers` that tells; none where the name does not
/// exist.
pub async fn addresses(
    host: &str,
    resolvers: &[SocketAddr],
    clock: Clock,
) -> Result<Vec<Ipv4Addr>, AskError> {
    let question = Question {
        name: host,
        sought: Sought::A,
        recursive: true,
    };
    let mut last = AskError::Nobody;
    for resolver in resolvers {
        match ask(*resolver, &question, clock).await {
            Ok(reply) if reply.answer.tells() => {
                let found = reply.answer.contents("A").into_iter();
                return Ok(found.filter_map(|address| address.parse().ok()).collect());
            }
            Ok(reply) => last = AskError::Refused(reply.code),
            Err(error) => last = error,
        }
    }
    Err(last)
}
