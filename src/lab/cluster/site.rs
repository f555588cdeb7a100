//! The one place where a cluster can stand: none at first, one when a server has come up, none again
//! when its machine is gone.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use tokio::sync::watch;

use super::Cluster;
use crate::lab::controllers::World;
use crate::lab::kube::Server;

/// A cluster whose API is served.
pub(in crate::lab) struct Standing {
    cluster: Cluster,
    server: Arc<Server>,
}

impl Standing {
    /// A cluster and the server in front of it.
    pub(in crate::lab) fn new(cluster: Cluster, server: Server) -> Self {
        Self {
            cluster,
            server: Arc::new(server),
        }
    }

    /// The cluster.
    pub(in crate::lab) fn cluster(&self) -> &Cluster {
        &self.cluster
    }

    /// What its controllers act on.
    pub(in crate::lab) fn world(&self) -> &World {
        &self.cluster.world
    }

    /// Its API.
    pub(in crate::lab) fn server(&self) -> &Arc<Server> {
        &self.server
    }
}

/// Whether a cluster stands, and which; clones share it.
#[derive(Clone)]
pub(in crate::lab) struct Site(watch::Sender<Option<Arc<Standing>>>);

impl Site {
    /// With nothing on it.
    pub(in crate::lab) fn new() -> Self {
        Self(watch::Sender::new(None))
    }

    /// What stands now.
    pub(in crate::lab) fn now(&self) -> Option<Arc<Standing>> {
        self.0.borrow().clone()
    }

    /// Changes when a cluster comes or goes.
    pub(in crate::lab) fn changes(&self) -> watch::Receiver<Option<Arc<Standing>>> {
        self.0.subscribe()
    }

    /// Puts a cluster up, or takes it away.
    pub(in crate::lab) fn set(&self, standing: Option<Arc<Standing>>) {
        self.0.send_replace(standing);
    }

    /// Where the cluster's API listens.
    pub(in crate::lab) fn api(&self) -> Option<SocketAddr> {
        self.now().map(|standing| standing.server().address())
    }

    /// Whether this is the public address under which the cluster serves.
    pub(in crate::lab) fn serves(&self, address: Ipv4Addr) -> bool {
        self.now()
            .is_some_and(|standing| standing.world().ingress.parse() == Ok(address))
    }
}
