//! The listener: TLS on loopback, HTTP/1.1 and HTTP/2, and who is at the other end.
//!
//! It can be stopped and started again on the same port with the same certificates, as a control
//! plane that goes away and comes back.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Body;
use axum::http::{HeaderMap, Request, Response, header};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use rustls::ServerConfig;
use rustls::pki_types::CertificateDer;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::audit::{Audit, Authorised};
use super::faults::{Fault, Faults};
use super::forward::ForwardTarget;
use super::logs::LogSource;
use super::objects::Objects;
use super::route;
use super::tls::{Authority, Credentials};
use super::users::{self, User, Withheld};

/// Connections that wait to be accepted.
const BACKLOG: u32 = 1_024;

/// How a server is to be.
#[derive(Clone, Default)]
pub struct Options {
    /// Names and addresses in its certificate besides 127.0.0.1 and localhost.
    pub names: Vec<String>,
    /// The port; 0 lets the kernel choose.
    pub port: u16,
    /// Where the lines of pods' logs come from; none: pods have no logs.
    pub logs: Option<LogSource>,
    /// Where pods' ports lead; none: nowhere.
    pub forward: Option<ForwardTarget>,
}

/// Why a server does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The port cannot be had.
    #[error("cannot listen on loopback: {0}")]
    Listen(#[from] io::Error),
    /// A certificate cannot be made.
    #[error("cannot make a certificate: {0}")]
    Certificate(#[from] rcgen::Error),
    /// TLS refuses what was made.
    #[error("cannot set up TLS: {0}")]
    Tls(#[from] rustls::Error),
    /// The verifier of client certificates refuses the authority.
    #[error("cannot set up client certificates: {0}")]
    Verifier(#[from] rustls::server::VerifierBuilderError),
}

/// What every request sees.
pub(super) struct Context {
    /// The store.
    pub(super) objects: Objects,
    /// Logs of pods.
    pub(super) logs: Option<LogSource>,
    /// Ports of pods.
    pub(super) forward: Option<ForwardTarget>,
    /// Port-forwards that are open.
    pub(super) tunnels: TaskTracker,
    /// Bad days.
    pub(super) faults: Faults,
    /// What was asked of authorisation.
    pub(super) audit: Audit,
    /// What users lack at the moment beside their rules.
    pub(super) withheld: Withheld,
    logins: Vec<Login>,
}

struct Login {
    user: &'static User,
    credentials: Credentials,
    token: String,
}

/// A Kubernetes API server on loopback.
pub struct Server {
    context: Arc<Context>,
    config: Arc<ServerConfig>,
    authority: String,
    address: SocketAddr,
    running: Mutex<Option<Running>>,
    /// The port while nobody listens there: let go of, somebody else would be given it.
    kept: Mutex<Option<TcpSocket>>,
}

struct Running {
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl Server {
    /// Starts one in front of these objects.
    pub async fn start(objects: Objects, options: Options) -> Result<Self, StartError> {
        let authority = Authority::new()?;
        let mut names = vec!["127.0.0.1".to_owned(), "localhost".to_owned()];
        names.extend(
            ["kubernetes", "kubernetes.default", "kubernetes.default.svc"].map(String::from),
        );
        names.extend(options.names);
        let mut logins = Vec::new();
        for user in users::all() {
            logins.push(Login {
                user,
                credentials: authority.user(user)?,
                token: super::meta::uid(),
            });
        }
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, options.port)).await?;
        let server = Self {
            context: Arc::new(Context {
                objects,
                logs: options.logs,
                forward: options.forward,
                tunnels: TaskTracker::new(),
                faults: Faults::default(),
                audit: Audit::default(),
                withheld: Withheld::default(),
                logins,
            }),
            config: authority.server(&names)?,
            authority: authority.pem(),
            address: listener.local_addr()?,
            running: Mutex::new(None),
            kept: Mutex::new(None),
        };
        server.listen(listener);
        Ok(server)
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The authority's certificate, as PEM.
    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// A user's bearer token; none for a user that the lab does not have.
    pub fn token(&self, user: &str) -> Option<&str> {
        self.login(user).map(|login| login.token.as_str())
    }

    /// A kubeconfig for a user (`admin` has a client certificate, others a token), with the server
    /// at the address where it listens.
    pub fn kubeconfig(&self, user: &str) -> Option<String> {
        self.kubeconfig_at(user, &format!("https://{}", self.address))
    }

    /// The same with another address, as a node would hold it.
    pub fn kubeconfig_at(&self, user: &str, server: &str) -> Option<String> {
        let login = self.login(user)?;
        let name = &login.user.name;
        let namespace = login.user.namespace.as_ref();
        let namespace = namespace.map_or(String::new(), |one| format!("\n    namespace: {one}"));
        let credentials = if login.user.is_admin() {
            format!(
                "client-certificate-data: {}\n    client-key-data: {}",
                STANDARD.encode(&login.credentials.certificate),
                STANDARD.encode(&login.credentials.key)
            )
        } else {
            format!("token: {}", login.token)
        };
        Some(format!(
            "apiVersion: v1\nkind: Config\nclusters:\n- name: lab\n  cluster:\n    server: {server}\n    \
             certificate-authority-data: {}\nusers:\n- name: {name}\n  user:\n    {credentials}\n\
             contexts:\n- name: lab\n  context:\n    cluster: lab\n    user: {name}{namespace}\n\
             current-context: lab\n",
            STANDARD.encode(&self.authority),
        ))
    }

    /// Lets something go wrong once.
    pub fn fault(&self, fault: Fault) {
        self.context.faults.add(fault);
    }

    /// Withholds these rights alone from everybody but administrators: verb, group and resource each.
    pub fn withhold(&self, rights: &[[&str; 3]]) {
        self.context.withheld.set(rights);
    }

    /// The writes that authorisation decided on, oldest first.
    pub fn authorised(&self) -> Vec<Authorised> {
        self.context.audit.all()
    }

    /// Ends every open watch, log stream and port-forward.
    pub fn cut_streams(&self) {
        self.context.faults.cut();
    }

    /// Stops listening and drops every connection.
    pub async fn stop(&self) {
        let running = self.running().take();
        if let Some(running) = running {
            running.stop.cancel();
            running.tasks.wait().await;
            self.context.faults.cut();
            self.context.tunnels.close();
            self.context.tunnels.wait().await;
            self.context.tunnels.reopen();
            *self.kept() = keep(self.address).ok();
        }
    }

    /// Listens again where it did.
    pub async fn restart(&self) -> Result<(), StartError> {
        self.stop().await;
        let kept = self.kept().take();
        let listener = match kept {
            Some(port) => port.listen(BACKLOG)?,
            None => TcpListener::bind(self.address).await?,
        };
        self.listen(listener);
        Ok(())
    }

    fn login(&self, user: &str) -> Option<&Login> {
        self.context
            .logins
            .iter()
            .find(|login| login.user.name == user)
    }

    fn listen(&self, listener: TcpListener) {
        let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
        let acceptor = TlsAcceptor::from(Arc::clone(&self.config));
        let (context, stopped, all) = (Arc::clone(&self.context), stop.clone(), tasks.clone());
        tasks.spawn(async move {
            let accepting = accept(listener, acceptor, context, all, stopped.clone());
            stopped.run_until_cancelled(accepting).await;
        });
        tasks.close();
        *self.running() = Some(Running { stop, tasks });
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Option<TcpSocket>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn running(&self) -> std::sync::MutexGuard<'_, Option<Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(running) = self.running().take() {
            running.stop.cancel();
            self.context.faults.cut();
        }
    }
}

/// The port, where connections are refused.
fn keep(address: SocketAddr) -> io::Result<TcpSocket> {
    let port = TcpSocket::new_v4()?;
    port.set_reuseaddr(true)?;
    port.bind(address)?;
    Ok(port)
}

async fn accept(
    listener: TcpListener,
    acceptor: TlsAcceptor,
    context: Arc<Context>,
    tasks: TaskTracker,
    stop: CancellationToken,
) {
    while let Ok((stream, _)) = listener.accept().await {
        let connection = connection(stream, acceptor.clone(), Arc::clone(&context));
        let stop = stop.clone();
        tasks.spawn(async move {
            stop.run_until_cancelled(connection).await;
        });
    }
}

async fn connection(stream: TcpStream, acceptor: TlsAcceptor, context: Arc<Context>) {
    if stream.set_nodelay(true).is_err() {
        return;
    }
    let Ok(stream) = acceptor.accept(stream).await else {
        return;
    };
    let (_, session) = stream.get_ref();
    let presented = session
        .peer_certificates()
        .and_then(|chain| chain.first().cloned());
    let service = service_fn(move |request: Request<hyper::body::Incoming>| {
        let context = Arc::clone(&context);
        let presented = presented.clone();
        async move {
            let user = context.who(presented.as_ref(), request.headers());
            let answer = route::answer(&context, user, request.map(Body::new)).await;
            Ok::<Response<Body>, std::convert::Infallible>(answer)
        }
    });
    let served = auto::Builder::new(TokioExecutor::new())
        .serve_connection_with_upgrades(TokioIo::new(stream), service)
        .await;
    if let Err(error) = served {
        tracing::debug!(%error, "a client of the lab's Kubernetes API went away");
    }
}

impl Context {
    /// The user that a token or certificate names; a token that is wrong is nobody, whatever the
    /// certificate says.
    fn who(
        &self,
        presented: Option<&CertificateDer<'static>>,
        headers: &HeaderMap,
    ) -> Option<&'static User> {
        let token = headers
            .get(header::AUTHORIZATION)
            .map(|given| given.to_str().unwrap_or_default());
        let found = if let Some(token) = token {
            let token = token.strip_prefix("Bearer ")?.trim();
            self.logins.iter().find(|login| login.token == token)
        } else {
            let presented = presented?;
            let mut logins = self.logins.iter();
            logins.find(|login| login.credentials.der == *presented)
        };
        found.map(|login| login.user)
    }
}
