//! The registry's token, as registries of several kinds answer for it.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use k3scope::domain::preflight::{Checked, Verdict};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::World;

const SERVER: &str = "images.example.com";
const ISSUER: &str = "auth.example.com";
const GOOD: &str = "pull-me";

/// How a registry asks for a login.
#[derive(Clone, Copy)]
enum Asks {
    /// For a token of somebody else's.
    Token,
    /// For a token that is had over plain http.
    PlainToken,
    /// For the password itself.
    Password,
    /// For nothing.
    Nothing,
    /// It is something else.
    NoRegistry,
}

/// What it answers to the head of a request.
fn answer(asks: Asks, head: &str) -> String {
    let login = STANDARD.encode(format!("me:{GOOD}"));
    let is_good = head.contains(&format!("asic {login}\r\n"));
    let to_issuer = head.to_lowercase().contains(&format!("host: {ISSUER}"));
    let says = |challenge: &str| format!("401 Unauthorized\r\nWWW-Authenticate: {challenge}");
    let (status, body) = match asks {
        _ if to_issuer => {
            let for_us = head.starts_with("GET /token?service=images&account=me ");
            match (for_us, is_good) {
                (true, true) => ("200 OK".to_owned(), "{\"token\": \"issued\"}"),
                (true, false) => ("403 Forbidden".to_owned(), ""),
                (false, _) => ("400 Bad Request".to_owned(), ""),
            }
        }
        Asks::Token => (
            says(&format!(
                "Bearer realm=\"https://{ISSUER}/token\",service=\"images\""
            )),
            "",
        ),
        Asks::PlainToken => (says(&format!("Bearer realm=\"http://{ISSUER}/token\"")), ""),
        Asks::Password if is_good => ("200 OK".to_owned(), "{}"),
        Asks::Password => (says("Basic realm=\"images\""), ""),
        Asks::Nothing => ("200 OK".to_owned(), "{}"),
        Asks::NoRegistry => ("404 Not Found".to_owned(), ""),
    };
    let length = body.len();
    format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}")
}

/// A registry and its issuer on one port; the port, and who vouches for them.
async fn begin(asks: Asks) -> (u16, String) {
    let names = vec![SERVER.to_owned(), ISSUER.to_owned()];
    let made = rcgen::generate_simple_self_signed(names).unwrap();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
    let config = rustls::ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            // A client that does not go through with it is no concern here.
            let Ok(mut stream) = acceptor.accept(stream).await else {
                continue;
            };
            let mut head = Vec::new();
            let mut piece = [0; 1024];
            while !head.ends_with(b"\r\n\r\n") {
                match stream.read(&mut piece).await {
                    Ok(count) if count > 0 => head.extend_from_slice(&piece[..count]),
                    _ => break,
                }
            }
            let said = answer(asks, &String::from_utf8_lossy(&head));
            if stream.write_all(said.as_bytes()).await.is_ok() {
                let _ = stream.shutdown().await;
            }
        }
    });
    (port, made.cert.pem())
}

/// What the check finds with this token; `dialled` are the hosts that may be called.
async fn found(world: &World, asks: Asks, token: &str, dialled: &[&str]) -> Checked {
    let (port, authority) = begin(asks).await;
    let folder = world.lab.cluster_toml();
    let folder = folder.parent().unwrap();
    let file = folder.join("pull-token");
    std::fs::write(&file, token).unwrap();
    let authorities = folder.join("registry.pem");
    std::fs::write(&authorities, authority).unwrap();
    let quoted = |text: &str| format!("'{text}'");
    let (server, reference) = (quoted(SERVER), format!("{{ file = '{}' }}", file.display()));
    let address = quoted(&format!("127.0.0.1:{port}"));
    let hosts: Vec<String> = dialled.iter().map(|host| format!("{host}:443")).collect();
    let authorities = quoted(&authorities.display().to_string());
    let mut keys = vec![
        ("registry", "server", server.as_str()),
        ("registry", "username", "'me'"),
        ("registry", "token", reference.as_str()),
        ("endpoints", "certificate_authority", authorities.as_str()),
    ];
    keys.extend(
        hosts
            .iter()
            .map(|host| ("dial", host.as_str(), address.as_str())),
    );
    world.one("registry", &keys).await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_registry_answers_is_told_in_words() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::new(folder.path()).await;
    let both = [SERVER, ISSUER];
    let cases = [
        (
            Asks::Token,
            GOOD,
            Verdict::Passed,
            "accepts the token of me",
        ),
        (
            Asks::Token,
            "stale",
            Verdict::Blocks,
            "auth.example.com answers 403",
        ),
        (Asks::Password, GOOD, Verdict::Passed, "accepts the token"),
        (
            Asks::Password,
            "stale",
            Verdict::Blocks,
            "images.example.com answers 401",
        ),
        (Asks::Nothing, GOOD, Verdict::Informs, "asks nobody"),
        (Asks::NoRegistry, GOOD, Verdict::Warns, "answers 404"),
        (Asks::PlainToken, GOOD, Verdict::Warns, "not https"),
    ];
    for (asks, token, verdict, part) in cases {
        let found = found(&world, asks, token, &both).await;
        assert_eq!(found.verdict, verdict, "{found:?}");
        assert!(found.evidence.contains(part), "{found:?}");
        assert!(!format!("{found:?}").contains(token), "{found:?}");
        let needs_more = matches!(verdict, Verdict::Warns | Verdict::Blocks);
        assert_eq!(!found.next.is_empty(), needs_more, "{found:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_called_that_the_lab_does_not_name_and_the_token_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::new(folder.path()).await;
    for (dialled, missing) in [(&[][..], SERVER), (&[SERVER][..], ISSUER)] {
        let found = found(&world, Asks::Token, GOOD, dialled).await;
        assert_eq!(found.verdict, Verdict::Warns, "{found:?}");
        let said = format!("{missing}:443 is not in [dial]");
        assert!(found.evidence.contains(&said), "{found:?}");
    }
    let gone = [
        ("registry", "username", "'me'"),
        ("registry", "token", "{ file = '/no/such/file' }"),
    ];
    let found = world.one("registry", &gone).await;
    assert_eq!(found.verdict, Verdict::Blocks, "{found:?}");
    let found = world.one("registry", &[]).await;
    assert_eq!(found.verdict, Verdict::Skipped, "{found:?}");
}
