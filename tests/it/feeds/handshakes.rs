//! What hosts present: read before it is trusted, judged, and looked at again when it changes.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::sync::Arc;

use k3scope::domain::handshake::{Distrust, Failure, Handshake, Outcome, Presented, Trust};
use k3scope::domain::sought::{Host, Sought};
use k3scope::domain::source::{SourceId, SourceStatus};
use k3scope::sources::Feeds;
use k3scope::store::Store;
use k3scope::web::Visitor;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;

use super::session::Session;

const HOST: &str = "docs.example.com";
const ADDRESS: &str = "203.0.113.10";

/// What stands at the address.
enum Server {
    /// TLS with this chain and key.
    Tls(Vec<CertificateDer<'static>>, Box<KeyPair>),
    /// Another protocol.
    Plain,
    /// It closes every connection, once it was said hello.
    Closing,
}

async fn serve(server: Server) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap();
    let acceptor = match &server {
        Server::Tls(chain, key) => {
            let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
            let provider = Arc::new(rustls::crypto::ring::default_provider());
            let config = ServerConfig::builder_with_provider(provider)
                .with_safe_default_protocol_versions()
                .unwrap()
                .with_no_client_auth()
                .with_single_cert(chain.clone(), key)
                .unwrap();
            Some(TlsAcceptor::from(Arc::new(config)))
        }
        Server::Plain | Server::Closing => None,
    };
    let plain = matches!(server, Server::Plain);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                if let Some(acceptor) = acceptor {
                    if let Ok(mut stream) = acceptor.accept(stream).await {
                        let _ = stream.read(&mut [0; 16]).await;
                    }
                    return;
                }
                let mut hello = [0; 4_096];
                let _ = stream.read(&mut hello).await;
                if plain {
                    let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
                }
            });
        }
    });
    at
}

fn authority(name: &str) -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name.push(DnType::CommonName, name);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// A chain for `name` that `issuer` signed.
fn signed(name: &str, issuer: &CertifiedIssuer<'static, KeyPair>) -> Server {
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    let leaf = params.signed_by(&key, issuer).unwrap();
    Server::Tls(
        vec![leaf.der().clone(), issuer.der().clone()],
        Box::new(key),
    )
}

fn host(addresses: &[&str]) -> Host {
    Host {
        name: HOST.into(),
        port: 443,
        addresses: addresses.iter().map(|it| it.parse().unwrap()).collect(),
        issued: None,
    }
}

fn sought(hosts: Vec<Host>) -> Sought {
    Sought {
        hosts,
        ..Sought::default()
    }
}

/// Looks at the host, which stands at `at`; `root` is trusted besides what the system trusts.
fn looking(at: Option<SocketAddr>, root: &str, of: Sought) -> (Session, watch::Sender<Sought>) {
    let folder = TempDir::new().unwrap();
    let authorities = folder.path().join("authority.pem");
    std::fs::write(&authorities, root).unwrap();
    let elsewhere: SocketAddr = ([127, 0, 0, 1], 9).into();
    let dial = match at {
        Some(at) => (format!("{ADDRESS}:443"), at),
        None => ("198.51.100.1:443".to_owned(), elsewhere),
    };
    visits(BTreeMap::from([dial]), &authorities, of, folder)
}

fn visits(
    dial: BTreeMap<String, SocketAddr>,
    authorities: &Path,
    of: Sought,
    folder: TempDir,
) -> (Session, watch::Sender<Sought>) {
    let (tell, heard) = watch::channel(of);
    let feeds = Feeds {
        sought: Some(heard),
        visitor: Some(Visitor::new(dial, None, Some(authorities.to_owned()))),
        ..Feeds::default()
    };
    (Session::following(feeds, folder), tell)
}

fn is_settled(store: &Store) -> bool {
    *store.sources.status(SourceId::Handshakes) == SourceStatus::Live
}

fn only(store: &Store) -> &Handshake {
    assert_eq!(store.handshakes.len(), 1);
    store.handshakes.iter().next().unwrap()
}

fn presented(store: &Store) -> &Presented {
    match &only(store).outcome {
        Outcome::Presented(presented) => presented,
        Outcome::Silent(silence) => panic!("{silence:?}"),
    }
}

#[tokio::test]
async fn a_chain_of_a_known_authority_is_trusted() {
    let root = authority("Test Root");
    let at = serve(signed(HOST, &root)).await;
    let (mut session, _tell) = looking(Some(at), &root.pem(), sought(vec![host(&[ADDRESS])]));
    session.until("it was looked at", is_settled).await;
    let shown = presented(&session.store);
    assert_eq!(shown.trust, Trust::Trusted);
    assert_eq!(shown.chain.len(), 2);
    assert_eq!(shown.chain[0].names, [HOST]);
    assert_eq!(shown.chain[0].issuer, "Test Root");
    assert!(shown.chain[0].serial.contains(':') && shown.tls.starts_with("TLS 1."));
    assert_eq!(
        only(&session.store).id.to_string(),
        format!("{HOST}/{ADDRESS}:443")
    );
    session.stop().await;
}

#[rstest::rstest]
#[case::another_name("www.example.com", true, "Test Root", Distrust::OtherName)]
#[case::an_unknown_issuer(HOST, false, "Test Root", Distrust::UnknownIssuer)]
#[case::for_trials(HOST, false, "(STAGING) Pretend Pear", Distrust::Staging)]
#[tokio::test]
async fn what_is_not_trusted_is_read_all_the_same(
    #[case] name: &str,
    #[case] known: bool,
    #[case] issuer: &str,
    #[case] expected: Distrust,
) {
    let (root, other) = (authority(issuer), authority("Other"));
    let at = serve(signed(name, &root)).await;
    let trusted = if known { root.pem() } else { other.pem() };
    let (mut session, _tell) = looking(Some(at), &trusted, sought(vec![host(&[ADDRESS])]));
    session.until("it was looked at", is_settled).await;
    let shown = presented(&session.store);
    assert_eq!(shown.trust.distrust(), Some(expected), "{shown:?}");
    assert_eq!(shown.chain[0].names, [name]);
    session.stop().await;
}

#[tokio::test]
async fn a_certificate_that_vouches_for_itself_is_called_so() {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(vec![HOST.to_owned()]).unwrap();
    params.not_before = rcgen::date_time_ymd(2020, 1, 1);
    let leaf = params.self_signed(&key).unwrap();
    let at = serve(Server::Tls(vec![leaf.der().clone()], Box::new(key))).await;
    let root = authority("Other").pem();
    let (mut session, _tell) = looking(Some(at), &root, sought(vec![host(&[ADDRESS])]));
    session.until("it was looked at", is_settled).await;
    let shown = presented(&session.store);
    assert_eq!(
        shown.trust.distrust(),
        Some(Distrust::SelfSigned),
        "{shown:?}"
    );
    let from = shown.chain[0].not_before.unwrap();
    assert_eq!(from.to_string(), "2020-01-01T00:00:00Z");
    session.stop().await;
}

/// Why nothing was heard of the host.
async fn silence(at: Option<SocketAddr>) -> Failure {
    let root = authority("Other").pem();
    let (mut session, _tell) = looking(at, &root, sought(vec![host(&[ADDRESS])]));
    session.until("it was looked at", is_settled).await;
    let why = match &only(&session.store).outcome {
        Outcome::Silent(silence) => silence.why,
        Outcome::Presented(presented) => panic!("{presented:?}"),
    };
    session.stop().await;
    why
}

#[tokio::test]
async fn why_no_handshake_came_about_is_told() {
    assert_eq!(
        silence(Some(serve(Server::Plain).await)).await,
        Failure::Protocol
    );
    assert_eq!(
        silence(Some(serve(Server::Closing).await)).await,
        Failure::Closed
    );
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let free = listener.local_addr().unwrap();
    drop(listener);
    assert_eq!(silence(Some(free)).await, Failure::Refused);
    assert_eq!(silence(None).await, Failure::NotDialled);
}

#[tokio::test]
async fn hosts_come_and_go_with_what_is_sought() {
    let root = authority("Test Root");
    let at = serve(signed(HOST, &root)).await;
    let (mut session, tell) = looking(Some(at), &root.pem(), Sought::default());
    session
        .until("there is nothing to look at", is_settled)
        .await;
    assert!(session.store.handshakes.is_complete());
    let address: IpAddr = ADDRESS.parse().unwrap();
    tell.send_modify(|sought| sought.hosts.push(host(&[ADDRESS])));
    session
        .until("the host is looked at", |store| {
            let mut all = store.handshakes.iter();
            all.any(|it| it.id == Handshake::name(&HOST.into(), Some(address), 443))
        })
        .await;
    tell.send_modify(|sought| sought.hosts.clear());
    session
        .until("it is looked at no longer", |store| {
            store.handshakes.is_empty()
        })
        .await;
    session.stop().await;
}
