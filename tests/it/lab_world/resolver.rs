//! The name server over both transports.

use std::net::SocketAddr;

use hickory_proto::op::{Message, Query, ResponseCode};
use hickory_proto::rr::{Name, RecordType};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};

use super::{lab, text};

fn question(name: &str, kind: RecordType) -> Vec<u8> {
    let mut message = Message::query();
    message.metadata.recursion_desired = true;
    message.add_query(Query::query(Name::from_ascii(name).unwrap(), kind));
    message.to_vec().unwrap()
}

pub(super) async fn over_udp(server: SocketAddr, name: &str, kind: RecordType) -> Message {
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    socket.send_to(&question(name, kind), server).await.unwrap();
    let mut buffer = [0_u8; 4096];
    let length = socket.recv(&mut buffer).await.unwrap();
    Message::from_vec(&buffer[..length]).unwrap()
}

async fn over_tcp(server: SocketAddr, name: &str, kind: RecordType) -> Message {
    let mut stream = TcpStream::connect(server).await.unwrap();
    let bytes = question(name, kind);
    stream
        .write_u16(u16::try_from(bytes.len()).unwrap())
        .await
        .unwrap();
    stream.write_all(&bytes).await.unwrap();
    let length = stream.read_u16().await.unwrap();
    let mut answer = vec![0_u8; usize::from(length)];
    stream.read_exact(&mut answer).await.unwrap();
    Message::from_vec(&answer).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cloudflare_holds_is_answered_and_long_answers_need_tcp() {
    let lab = lab("empty", 1.0).await;
    let server: SocketAddr = text(&lab, "/resolver").parse().unwrap();
    let base = text(&lab, "/cloudflare/endpoint");
    let client = reqwest::Client::new();
    let token = text(&lab, "/cloudflare/token");
    let zones: serde_json::Value = client
        .get(format!("{base}/zones"))
        .bearer_auth(&token)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    let records = format!(
        "{base}/zones/{}/dns_records",
        zones["result"][0]["id"].as_str().unwrap()
    );
    for body in [
        json!({"type": "A", "name": "docs", "content": "203.0.113.10", "ttl": 120}),
        json!({"type": "TXT", "name": "long", "content": "x".repeat(900)}),
    ] {
        client
            .post(&records)
            .bearer_auth(&token)
            .json(&body)
            .send()
            .await
            .unwrap();
    }
    let docs = over_udp(server, "docs.example.com.", RecordType::A).await;
    assert_eq!(docs.answers[0].data.to_string(), "203.0.113.10");
    assert_eq!(docs.answers[0].ttl, 120);
    let missing = over_udp(server, "gone.example.com.", RecordType::A).await;
    assert_eq!(missing.metadata.response_code, ResponseCode::NXDomain);
    let cut = over_udp(server, "long.example.com.", RecordType::TXT).await;
    assert!(cut.metadata.truncation && cut.answers.is_empty());
    let whole = over_tcp(server, "long.example.com.", RecordType::TXT).await;
    assert_eq!(whole.answers.len(), 1);
    lab.stop().await.unwrap();
}
