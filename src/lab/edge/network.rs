//! Where a connection leads: from the internet to a public address, or from one machine into its VCN.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, duplex};
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::envoy::{self, Node};
use crate::clock::Clock;
use crate::lab::cluster::Site;
use crate::lab::nodes::ssh::{self, Switches};
use crate::lab::nodes::{Lead, Machine, Machines};

const HTTP: u16 = 80;
const HTTPS: u16 = 443;
const BUFFER: usize = 64 * 1024;
/// How long Linux tries to open a connection.
const PATIENCE: Duration = Duration::from_secs(131);
/// How long a machine usually takes until it answers.
const ANSWER: Duration = Duration::from_millis(300);

/// The lab's network; clones share it.
#[derive(Clone)]
pub(in crate::lab) struct Network(Arc<Parts>);

struct Parts {
    machines: Machines,
    site: Site,
    switches: Switches,
    clock: Clock,
    tasks: TaskTracker,
    stop: CancellationToken,
}

/// Why there is no way, as the system's calls name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(in crate::lab) enum NoWay {
    /// Nothing listens there.
    #[error("Connection refused")]
    Refused,
    /// Nobody answered.
    #[error("Connection timed out")]
    TimedOut,
    /// Nothing has that address.
    #[error("No route to host")]
    Unreachable,
}

/// One end of a connection.
pub(in crate::lab) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

impl Network {
    /// Between these machines and what stands on the site; its tasks end with `stop`.
    pub(in crate::lab) fn new(
        machines: Machines,
        site: Site,
        clock: Clock,
        tasks: &TaskTracker,
        stop: &CancellationToken,
    ) -> Self {
        Self(Arc::new(Parts {
            machines,
            site,
            switches: Switches::default(),
            clock,
            tasks: tasks.clone(),
            stop: stop.clone(),
        }))
    }

    /// The machines that it connects.
    pub(in crate::lab) fn machines(&self) -> &Machines {
        &self.0.machines
    }

    /// The clock of its world.
    pub(in crate::lab) fn clock(&self) -> Clock {
        self.0.clock
    }

    /// Ends with the lab.
    pub(in crate::lab) fn stop(&self) -> &CancellationToken {
        &self.0.stop
    }

    /// Bad days of SSH servers.
    pub(in crate::lab) fn switches(&self) -> &Switches {
        &self.0.switches
    }

    /// Runs something that ends with the lab.
    pub(in crate::lab) fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        let stop = self.0.stop.clone();
        self.0.tasks.spawn(async move {
            stop.run_until_cancelled(work).await;
        });
    }

    /// Serves a connection from the internet to its end, or gives it back when nothing takes it.
    pub(super) async fn admit(
        &self,
        (address, port): (Ipv4Addr, u16),
        stream: TcpStream,
    ) -> Result<(), TcpStream> {
        match self.0.machines.lead_from_outside(address, port) {
            Lead::Ssh(machine) => {
                self.crawl(&machine).await;
                ssh::serve(self.clone(), machine, stream).await;
                Ok(())
            }
            Lead::Http | Lead::Https => {
                let machine = self.0.machines.by_public(address);
                if let Some(machine) = &machine {
                    self.crawl(machine).await;
                }
                let node = machine.as_ref().map_or(Node::Any, |machine| {
                    Node::Address(machine.private_address())
                });
                let served = Box::pin(self.web((node, port), stream));
                match machine.map(|machine| machine.off()) {
                    Some(off) => off.run_until_cancelled(served).await.unwrap_or(Ok(())),
                    None => served.await,
                }
            }
            Lead::Tcp(_) | Lead::Refused | Lead::Unreachable | Lead::Silent => Err(stream),
        }
    }

    /// Opens a connection from a machine to an address or host name of its VCN.
    pub(in crate::lab) async fn dial(
        &self,
        from: &Machine,
        host: &str,
        port: u16,
    ) -> Result<Box<dyn Stream>, NoWay> {
        let lead = self.0.machines.lead_from_inside(from, host, port);
        let port = match lead {
            Lead::Ssh(machine) => {
                let (near, far) = duplex(BUFFER);
                let network = self.clone();
                self.spawn(ssh::serve(network, machine, far));
                return Ok(Box::new(near));
            }
            Lead::Tcp(address) => {
                let stream = TcpStream::connect(address).await;
                return match stream {
                    Ok(stream) => Ok(Box::new(stream)),
                    Err(_) => Err(NoWay::Refused),
                };
            }
            Lead::Http => HTTP,
            Lead::Https => HTTPS,
            Lead::Refused => return Err(NoWay::Refused),
            Lead::Unreachable => return Err(NoWay::Unreachable),
            Lead::Silent => {
                self.0.clock.sleep(PATIENCE).await;
                return Err(NoWay::TimedOut);
            }
        };
        let node = host.parse().map_or(Node::Any, Node::Address);
        if !self.is_served(node, port) {
            return Err(NoWay::Refused);
        }
        let (near, far) = duplex(BUFFER);
        let network = self.clone();
        self.spawn(async move {
            if network.web((node, port), far).await.is_err() {
                tracing::debug!(port, "the proxy went while a machine connected to it");
            }
        });
        Ok(Box::new(near))
    }

    /// What a slow network adds before a machine answers.
    async fn crawl(&self, machine: &Machine) {
        let slowness = machine.slowness();
        if slowness > 1 {
            self.0.clock.sleep(ANSWER * slowness).await;
        }
    }

    fn is_served(&self, node: Node, port: u16) -> bool {
        let standing = self.0.site.now();
        standing.is_some_and(|standing| {
            let world = standing.world();
            envoy::listens(&world.data_plane.taken_in(&world.objects), node, port)
        })
    }

    async fn web<S: Stream + 'static>(&self, at: (Node, u16), stream: S) -> Result<(), S> {
        match self.0.site.now() {
            Some(standing) => {
                let world = standing.world();
                let plane = world.data_plane.clone();
                let world = (world.objects.clone(), plane, Arc::clone(&world.underlay));
                drop(standing);
                envoy::serve(world, at, stream, self.0.clock).await
            }
            None => Err(stream),
        }
    }
}
