//! Asks a resolver for a name's IPv4 addresses: the one that is given, or the system's.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use hickory_proto::op::{Message, Query, ResponseCode};
use hickory_proto::rr::{Name, RData, RecordType};
use tokio::net::UdpSocket;

use crate::clock::Clock;

const ANSWER_WITHIN: Duration = Duration::from_secs(3);
const TRIES: u32 = 2;
/// A UDP answer is not longer (RFC 6891 servers agree on less).
const LONGEST: usize = 4_096;

/// The addresses of `host`; none when the name does not exist.
pub(super) async fn addresses(
    host: &str,
    resolver: Option<SocketAddr>,
    clock: Clock,
) -> io::Result<Vec<Ipv4Addr>> {
    let Some(resolver) = resolver else {
        return of_system(host, clock).await;
    };
    let mut last = io::Error::from(io::ErrorKind::TimedOut);
    for _ in 0..TRIES {
        match clock.timeout(ANSWER_WITHIN, ask(host, resolver)).await {
            Ok(Ok(addresses)) => return Ok(addresses),
            Ok(Err(error)) => last = error,
            Err(elapsed) => last = io::Error::new(io::ErrorKind::TimedOut, elapsed),
        }
    }
    Err(last)
}

async fn of_system(host: &str, clock: Clock) -> io::Result<Vec<Ipv4Addr>> {
    let looking = tokio::net::lookup_host((host, 443));
    let found = clock
        .timeout(ANSWER_WITHIN * TRIES, looking)
        .await
        .map_err(|elapsed| io::Error::new(io::ErrorKind::TimedOut, elapsed))?;
    let of_version_4 = |address: SocketAddr| match address.ip() {
        IpAddr::V4(address) => Some(address),
        IpAddr::V6(_) => None,
    };
    match found {
        Ok(all) => Ok(all.filter_map(of_version_4).collect()),
        // The system's resolver does not tell "no such name" from other failures in a way that all
        // platforms share; either way there is no address.
        Err(error) if error.kind() == io::ErrorKind::TimedOut => Err(error),
        Err(_) => Ok(Vec::new()),
    }
}

async fn ask(host: &str, resolver: SocketAddr) -> io::Result<Vec<Ipv4Addr>> {
    let name = Name::from_ascii(format!("{host}.")).map_err(io::Error::other)?;
    let mut question = Message::query();
    question.metadata.recursion_desired = true;
    question.add_query(Query::query(name, RecordType::A));
    let local = if resolver.is_ipv4() {
        "0.0.0.0:0"
    } else {
        "[::]:0"
    };
    let socket = UdpSocket::bind(local).await?;
    // Only what comes from there is received.
    socket.connect(resolver).await?;
    socket
        .send(&question.to_vec().map_err(io::Error::other)?)
        .await?;
    let mut buffer = vec![0_u8; LONGEST];
    loop {
        let length = socket.recv(&mut buffer).await?;
        let received = buffer.get(..length).unwrap_or_default();
        let Ok(answer) = Message::from_vec(received) else {
            continue;
        };
        if answer.metadata.id == question.metadata.id {
            return read(&answer);
        }
    }
}

fn read(answer: &Message) -> io::Result<Vec<Ipv4Addr>> {
    let code = answer.metadata.response_code;
    if !matches!(code, ResponseCode::NoError | ResponseCode::NXDomain) {
        return Err(io::Error::other(format!("the resolver says {code}")));
    }
    let mut addresses = Vec::new();
    for record in &answer.answers {
        if let RData::A(address) = &record.data {
            addresses.push(address.0);
        }
    }
    Ok(addresses)
}
