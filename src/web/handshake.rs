//! One TLS handshake that reads what is presented before anything is trusted.
//!
//! That the other side holds the key of what it presents is proved as in any handshake; whether the
//! chain is trusted is judged afterwards. Nothing is sent over the connection.

use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, Error, ProtocolVersion, SignatureScheme};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::certificate;
use super::trust::Judge;
use super::visitor::Visitor;
use crate::clock::Clock;
use crate::domain::handshake::{Failure, Outcome, Presented, Silence};
use crate::domain::line::Line;

/// How long a handshake may take once there is a connection.
const HANDSHAKE: Duration = Duration::from_secs(8);
/// Certificates of a chain beyond these are not read.
const CHAIN: usize = 10;

/// What `host` presents at an address.
pub async fn shake(
    visitor: &Visitor,
    host: &str,
    at: (IpAddr, u16),
    judge: &Judge,
    clock: Clock,
) -> Outcome {
    let began = clock.instant();
    match presented(visitor, host, at, (judge, clock, began)).await {
        Ok(presented) => Outcome::Presented(Box::new(presented)),
        Err(silence) => Outcome::Silent(silence),
    }
}

async fn presented(
    visitor: &Visitor,
    host: &str,
    at: (IpAddr, u16),
    (judge, clock, began): (&Judge, Clock, Instant),
) -> Result<Presented, Silence> {
    let name = ServerName::try_from(host.to_owned())
        .map_err(|error| silence(Failure::NoAddress, &error.to_string()))?;
    let config = config().map_err(|error| silence(Failure::Protocol, &error.to_string()))?;
    let stream = visitor.connect(at, clock).await?;
    let shaking = TlsConnector::from(Arc::new(config)).connect(name.clone(), stream);
    let stream = match clock.timeout(HANDSHAKE, shaking).await {
        Ok(shaken) => shaken.map_err(|error| broken(&error))?,
        Err(elapsed) => return Err(silence(Failure::TimedOut, &elapsed.to_string())),
    };
    let took = clock.instant().duration_since(began);
    read(&stream, &name, (judge, clock))
        .map(|presented| Presented {
            took_ms: u32::try_from(took.as_millis()).unwrap_or(u32::MAX),
            ..presented
        })
        .ok_or_else(|| silence(Failure::Protocol, "its certificate cannot be read"))
}

fn read(
    stream: &TlsStream<TcpStream>,
    name: &ServerName<'_>,
    (judge, clock): (&Judge, Clock),
) -> Option<Presented> {
    let (_, session) = stream.get_ref();
    let sent = session.peer_certificates()?;
    let sent = sent.get(..CHAIN).unwrap_or(sent);
    let mut chain = Vec::new();
    for (place, der) in sent.iter().enumerate() {
        match certificate::read(der) {
            Some(read) => chain.push(read),
            None if place == 0 => return None,
            None => {}
        }
    }
    let tls = match session.protocol_version() {
        Some(ProtocolVersion::TLSv1_2) => "TLS 1.2",
        Some(ProtocolVersion::TLSv1_3) => "TLS 1.3",
        _ => "TLS",
    };
    Some(Presented {
        trust: judge.judge((sent, &chain), name, clock.now()),
        chain,
        tls: tls.into(),
        took_ms: 0,
    })
}

fn silence(why: Failure, said: &str) -> Silence {
    let said = Line::new(said);
    Silence { why, said }
}

/// Why a handshake broke off.
fn broken(error: &io::Error) -> Silence {
    let told = error.get_ref().and_then(|inner| inner.downcast_ref());
    let why = match (told, error.kind()) {
        (Some(Error::AlertReceived(_)), _) => Failure::Alert,
        (Some(_), _) => Failure::Protocol,
        (None, io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe) => Failure::Reset,
        (None, io::ErrorKind::UnexpectedEof) => Failure::Closed,
        (None, _) => Failure::Unreachable,
    };
    silence(why, &error.to_string())
}

fn config() -> Result<ClientConfig, Error> {
    let provider = Arc::new(ring::default_provider());
    let reader = Reader(Arc::clone(&provider));
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(reader))
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    config.resumption = rustls::client::Resumption::disabled();
    Ok(config)
}

/// Lets every chain pass, to be judged afterwards. The signature of the handshake is checked.
#[derive(Debug)]
struct Reader(Arc<CryptoProvider>);

impl ServerCertVerifier for Reader {
    fn verify_server_cert(
        &self,
        _leaf: &CertificateDer<'_>,
        _others: &[CertificateDer<'_>],
        _host: &ServerName<'_>,
        _ocsp: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        of: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        verify_tls12_signature(message, of, signed, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        of: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        verify_tls13_signature(message, of, signed, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
