//! `k3scope tunnel`: the API server on a port of this machine, for kubectl and its like.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::signals::Stop;
use super::{Exit, Failure, Globals, output, reach};
use crate::ssh::Gateway;

/// The port of K3s' API server.
const API: u16 = 6443;
/// Connections that are carried at once; more of them wait.
const MOST_CONNECTIONS: usize = 64;

/// Arguments of `tunnel`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The port to listen on; without it, one that is free.
    #[arg(long, value_name = "N", default_value_t = 0)]
    port: u16,
    /// Print an object of JSON.
    #[arg(long)]
    json: bool,
}

/// What `tunnel --json` prints when it listens.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Listening {
    /// Where the API server is reached: `https://127.0.0.1:PORT`.
    server: String,
    /// The name that its certificate is for: the server's private address.
    tls_server_name: String,
}

/// Carries connections until a signal asks it to end.
pub(super) async fn run(args: &Args, globals: &Globals) -> Result<Exit, Failure> {
    let mut stop = Stop::listen().map_err(Failure::other)?;
    let reach = reach::open(globals).await?;
    let server = reach
        .topology()
        .server()
        .map(|node| node.private_ip)
        .ok_or_else(|| Failure::configuration("cluster.toml has no node with the role server"))?;
    let gateway = reach.gateway();
    // A way that does not come about is told now, not to the first who tries it.
    tokio::select! {
        session = gateway.session() => session.map(|_| ())?,
        () = stop.received() => return Ok(Exit::Interrupted),
    }
    let listener = listen(args.port).await?;
    let at = listener.local_addr().map_err(Failure::other)?;
    let workspace = globals.config.parent().unwrap_or(Path::new(""));
    let kubeconfig = workspace.join(reach::OWN_KUBECONFIG);
    tell(at, server, &kubeconfig, args.json)?;
    tokio::select! {
        failure = carry(&listener, gateway, server) => Err(failure),
        () = stop.received() => Ok(Exit::Well),
    }
}

async fn listen(port: u16) -> Result<TcpListener, Failure> {
    let at = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    TcpListener::bind(at).await.map_err(|error| {
        Failure::refused(
            &format!("cannot listen on {at}"),
            &error.to_string(),
            "give another --port, or none for one that is free",
        )
    })
}

fn tell(at: SocketAddr, server: Ipv4Addr, kubeconfig: &Path, json: bool) -> Result<(), Failure> {
    let listening = Listening {
        server: format!("https://{at}"),
        tls_server_name: server.to_string(),
    };
    if json {
        return output::json_line(&listening);
    }
    output::text(&format!("{}\n", listening.server))?;
    output::error_text(&format!(
        "kubectl --kubeconfig {} --server {} --tls-server-name {server} get nodes\n",
        kubeconfig.display(),
        listening.server
    ))
}

/// Accepts connections for as long as the listener does.
async fn carry(listener: &TcpListener, gateway: &Gateway, server: Ipv4Addr) -> Failure {
    let places = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    let mut carried = JoinSet::new();
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else {
            return Failure::other("the tunnel has no places");
        };
        let near = match listener.accept().await {
            Ok((near, _)) => near,
            Err(error) => return Failure::other(format!("nothing more is accepted: {error}")),
        };
        while carried.try_join_next().is_some() {}
        let gateway = gateway.clone();
        carried.spawn(async move {
            connect(near, &gateway, server).await;
            drop(place);
        });
    }
}

async fn connect(mut near: TcpStream, gateway: &Gateway, server: Ipv4Addr) {
    let far = gateway.direct(&server.to_string(), API).await;
    let mut far = match far {
        Ok(far) => far,
        Err(error) => {
            let told = output::error_text(&format!("{}\n", output::problem(&error.problem())));
            if told.is_err() {
                tracing::debug!(%error, "a connection was not carried");
            }
            return;
        }
    };
    // Either side may end a connection as it pleases; that is no failure of the tunnel.
    if let Err(error) = copy_bidirectional(&mut near, &mut far).await {
        tracing::debug!(%error, "a connection ended early");
    }
}
