//! One question to one server: over UDP, twice at most, and over TCP where the answer does not fit.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use hickory_proto::op::{Edns, Message, Query};
use hickory_proto::rr::{Name, RecordType};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};

use super::reply::Reply;
use crate::clock::Clock;
use crate::domain::line::Line;

/// Where name servers listen.
pub const PORT: u16 = 53;

const ANSWER_WITHIN: Duration = Duration::from_secs(3);
const TRIES: u32 = 2;
/// What we take over UDP: as much as passes every path unbroken (DNS flag day 2020).
const PAYLOAD: u16 = 1_232;
/// A server that ignores that is read all the same.
const LONGEST: usize = 4_096;

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Question<'a> {
    /// The name, with or without the trailing dot.
    pub name: &'a str,
    /// Which records of it.
    pub sought: Sought,
    /// Whether the server shall look elsewhere for it (what resolvers do, and name servers do not).
    pub recursive: bool,
}

/// A type of records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sought {
    /// IPv4 addresses.
    A,
    /// IPv6 addresses.
    Aaaa,
    /// The name servers of a zone.
    Ns,
}

impl Sought {
    /// Its name in a zone.
    pub fn name(self) -> &'static str {
        match self {
            Self::A => "A",
            Self::Aaaa => "AAAA",
            Self::Ns => "NS",
        }
    }

    fn on_wire(self) -> RecordType {
        match self {
            Self::A => RecordType::A,
            Self::Aaaa => RecordType::AAAA,
            Self::Ns => RecordType::NS,
        }
    }
}

/// Why nothing was learnt.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AskError {
    /// What is asked about is no name.
    #[error("`{0}` is no name of the DNS")]
    Name(Line),
    /// There is no server to ask.
    #[error("no name server is known")]
    Nobody,
    /// The server says that it does not answer.
    #[error("the name server says {0}")]
    Refused(Line),
    /// Nothing came back in time.
    #[error("no answer within {} s", .0.as_secs())]
    Late(Duration),
    /// It cannot be reached, or what came back is no answer.
    #[error("{0}")]
    Broken(Line),
}

/// Asks one server, and takes only an answer to this very question.
pub async fn ask(
    server: SocketAddr,
    question: &Question<'_>,
    clock: Clock,
) -> Result<Reply, AskError> {
    let message = message(question)?;
    let mut last = AskError::Late(ANSWER_WITHIN);
    for _ in 0..TRIES {
        let answered = clock.timeout(ANSWER_WITHIN, over_udp(server, &message));
        match answered.await {
            Ok(Ok(answer)) if answer.metadata.truncation => {
                return whole(server, (&message, question.sought), clock).await;
            }
            Ok(Ok(answer)) => return Ok(Reply::read(&answer, question.sought)),
            Ok(Err(error)) => last = broken(&error),
            Err(_) => last = AskError::Late(ANSWER_WITHIN),
        }
    }
    Err(last)
}

async fn whole(
    server: SocketAddr,
    (message, sought): (&Message, Sought),
    clock: Clock,
) -> Result<Reply, AskError> {
    let answered = clock.timeout(ANSWER_WITHIN, over_tcp(server, message));
    match answered.await {
        Ok(Ok(answer)) => Ok(Reply::read(&answer, sought)),
        Ok(Err(error)) => Err(broken(&error)),
        Err(_) => Err(AskError::Late(ANSWER_WITHIN)),
    }
}

fn broken(error: &io::Error) -> AskError {
    AskError::Broken(Line::new(&error.to_string()))
}

fn message(question: &Question<'_>) -> Result<Message, AskError> {
    let name = question.name.trim_end_matches('.');
    let wrong = |_| AskError::Name(Line::new(name));
    let name = Name::from_ascii(format!("{name}.")).map_err(wrong)?;
    let mut message = Message::query();
    message.metadata.recursion_desired = question.recursive;
    message.add_query(Query::query(name, question.sought.on_wire()));
    let mut edns = Edns::new();
    edns.set_max_payload(PAYLOAD).set_version(0);
    message.set_edns(edns);
    Ok(message)
}

/// Whether `answer` is one to `asked`: by number and by question, so that what somebody else sends in
/// between is left alone (RFC 5452).
fn answers(answer: &Message, asked: &Message) -> bool {
    let question = |message: &Message| {
        let query = message.queries.first()?;
        Some((query.name().to_lowercase(), query.query_type()))
    };
    answer.metadata.id == asked.metadata.id && question(answer) == question(asked)
}

async fn over_udp(server: SocketAddr, message: &Message) -> io::Result<Message> {
    let local = if server.is_ipv4() {
        "0.0.0.0:0"
    } else {
        "[::]:0"
    };
    let socket = UdpSocket::bind(local).await?;
    // Only what comes from there is received.
    socket.connect(server).await?;
    socket
        .send(&message.to_vec().map_err(io::Error::other)?)
        .await?;
    let mut buffer = vec![0_u8; LONGEST];
    loop {
        let length = socket.recv(&mut buffer).await?;
        let received = buffer.get(..length).unwrap_or_default();
        if let Ok(answer) = Message::from_vec(received)
            && answers(&answer, message)
        {
            return Ok(answer);
        }
    }
}

async fn over_tcp(server: SocketAddr, message: &Message) -> io::Result<Message> {
    let mut stream = TcpStream::connect(server).await?;
    let bytes = message.to_vec().map_err(io::Error::other)?;
    let length = u16::try_from(bytes.len()).map_err(io::Error::other)?;
    stream.write_u16(length).await?;
    stream.write_all(&bytes).await?;
    let length = stream.read_u16().await?;
    let mut buffer = vec![0_u8; usize::from(length)];
    stream.read_exact(&mut buffer).await?;
    let answer = Message::from_vec(&buffer).map_err(io::Error::other)?;
    if answers(&answer, message) {
        Ok(answer)
    } else {
        Err(io::Error::other("an answer to something else"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hickory_proto::op::MessageType;
    use std::net::Ipv4Addr;

    const DOCS: Question<'_> = Question {
        name: "docs.example.com.",
        sought: Sought::A,
        recursive: true,
    };

    #[test]
    fn only_an_answer_to_the_question_is_one() {
        let asked = message(&DOCS).unwrap();
        let mut answer = asked.clone();
        answer.metadata.message_type = MessageType::Response;
        assert!(answers(&answer, &asked));
        answer.metadata.id = asked.metadata.id.wrapping_add(1);
        assert!(!answers(&answer, &asked), "another number");
        let other = Question {
            name: "argocd.example.com",
            ..DOCS
        };
        let mut answer = message(&other).unwrap();
        answer.metadata.id = asked.metadata.id;
        assert!(!answers(&answer, &asked), "another name");
    }

    #[test]
    fn what_is_no_name_is_not_asked() {
        let long = "x".repeat(64);
        let question = Question {
            name: &long,
            ..DOCS
        };
        assert!(matches!(message(&question), Err(AskError::Name(_))));
    }

    #[tokio::test]
    async fn a_server_that_is_not_there_is_an_error_in_words() {
        let free = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = free.local_addr().unwrap();
        drop(free);
        let error = ask(address, &DOCS, Clock::default()).await.unwrap_err();
        assert!(matches!(error, AskError::Broken(_)), "{error:?}");
    }
}
