//! How K3s on machines becomes a cluster: the first server founds it, others join, and with the
//! server's machine it goes.

use std::path::Path;
use std::sync::Arc;

use serde_json::Value;
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::identity;
use super::machine::{K3s, Machine};
use super::machines::Machines;
use super::wires::Wires;
use crate::clock::Clock;
use crate::lab::cluster::{Cluster, ClusterSpec, Site, Standing, Surroundings};
use crate::lab::controllers::NodeSpec;

/// Where K3s looks for manifests.
const MANIFESTS: &str = "/var/lib/rancher/k3s/server/manifests/";
const KUBECONFIG: &str = "/etc/rancher/k3s/k3s.yaml";
/// The authority that K3s made for its cluster.
const AUTHORITY: &str = "/var/lib/rancher/k3s/server/tls/server-ca.crt";
/// What an agent says whose node's name another password belongs to.
const REJECTED: &str = "Node password rejected, duplicate hostname or contents of \
    '/etc/rancher/node/password' may not match server node-passwd entry, try enabling a unique node \
    name with the --with-node-id flag";
/// Where K3s on the server itself reaches its API.
const LOCAL: &str = "https://127.0.0.1:6443";

/// What a cluster is founded from.
pub(in crate::lab) struct Founder {
    spec: ClusterSpec,
    around: Surroundings,
    site: Site,
    clock: Clock,
    tasks: TaskTracker,
    stop: CancellationToken,
    founded: Mutex<Option<Founded>>,
}

/// A cluster that was founded here.
struct Founded {
    /// The instance of its server.
    server: String,
    /// Ends its controllers.
    stop: CancellationToken,
}

impl Founder {
    /// A founder who uses what the scenario says of the cluster.
    pub(in crate::lab) fn new(
        spec: ClusterSpec,
        (around, site): (Surroundings, Site),
        clock: Clock,
        tasks: &TaskTracker,
        stop: &CancellationToken,
    ) -> Self {
        Self {
            spec,
            around,
            site,
            clock,
            tasks: tasks.clone(),
            stop: stop.clone(),
            founded: Mutex::default(),
        }
    }

    /// Makes a machine part of the cluster, which a server founds when there is none.
    pub(super) async fn start(
        &self,
        machine: &Machine,
        machines: &Machines,
        how: K3s,
    ) -> Result<(), String> {
        if how == K3s::Server {
            self.start_server(machine, machines).await?;
        }
        let standing = self.site.now().ok_or("there is no cluster to join")?;
        let password = identity::password(machine.disk());
        let node = node(machine, how).ok_or("the instance is gone")?;
        if !standing.cluster().admits(&node.name, &password) {
            return Err(REJECTED.to_owned());
        }
        if how == K3s::Agent {
            identity::lay(machine.disk(), standing.server().authority());
        }
        standing.cluster().join(&node, &password);
        machine.set_k3s(Some(how));
        Ok(())
    }

    async fn start_server(&self, machine: &Machine, machines: &Machines) -> Result<(), String> {
        let mut founded = self.founded.lock().await;
        let own = founded.as_ref().map(|one| one.server == machine.id());
        match (own, self.site.now()) {
            // It was off, and is on again.
            (Some(true), Some(standing)) => {
                let server = standing.server();
                return server.restart().await.map_err(|error| error.to_string());
            }
            (Some(false) | None, Some(_)) => {
                return Err("the lab has room for one cluster only".to_owned());
            }
            _ => {}
        }
        let stop = self.stop.child_token();
        let (standing, cluster_stop) = (self.found(machine, machines, &stop).await?, stop);
        let admin = standing.server().kubeconfig_at("admin", LOCAL);
        let admin = as_k3s_names_it(&admin.unwrap_or_default());
        machine.disk().write(KUBECONFIG, admin.as_bytes(), 0o600);
        let authority = standing.server().authority();
        machine.disk().write(AUTHORITY, authority.as_bytes(), 0o644);
        self.site.set(Some(Arc::new(standing)));
        *founded = Some(Founded {
            server: machine.id().to_owned(),
            stop: cluster_stop,
        });
        Ok(())
    }

    async fn found(
        &self,
        machine: &Machine,
        machines: &Machines,
        stop: &CancellationToken,
    ) -> Result<Standing, String> {
        let manifests = manifests(machine);
        let spec = self.plan(machine, machines, &manifests);
        let (around, clock) = (self.around.clone(), self.clock);
        let made = tokio::task::spawn_blocking(move || Cluster::new(&spec, &around, clock)).await;
        let mut cluster = made
            .map_err(|error| error.to_string())?
            .map_err(|error| error.to_string())?;
        cluster.lay(manifests);
        cluster.over(Arc::new(Wires::new(machines)));
        let names = vec![
            machine.private_address().to_string(),
            machine.name().to_owned(),
        ];
        let server = cluster.serve(names, &self.tasks, stop).await;
        let server = server.map_err(|error| error.to_string())?;
        Ok(Standing::new(cluster, server))
    }

    /// The scenario's words, completed by what the machines and the manifests say.
    fn plan(&self, machine: &Machine, machines: &Machines, manifests: &[Value]) -> ClusterSpec {
        let mut spec = self.spec.clone();
        let mut put = |name: &str, value: &str| {
            if !value.is_empty() {
                spec.values.insert(name.to_owned(), value.to_owned());
            }
        };
        let ingress = machine.settings().get("INGRESS").map(str::to_owned);
        let public = ingress
            .and_then(|address| machines.by_private(machine.vcn(), address.parse().ok()?))
            .and_then(|ingress| ingress.public_address());
        put(
            "ingress_ip",
            &public.map_or(String::new(), |address| address.to_string()),
        );
        let root = manifests
            .iter()
            .find(|manifest| manifest.get("kind").and_then(Value::as_str) == Some("Application"));
        for (name, place) in [
            ("repository", "/spec/source/repoURL"),
            ("revision", "/spec/source/targetRevision"),
        ] {
            let value = root.and_then(|root| root.pointer(place)?.as_str());
            put(name, value.unwrap_or_default());
        }
        spec
    }

    /// A machine that the lab did not set up is on: what was on its disk before the lab began starts.
    pub(super) fn switched_on(&self, machine: &Machine) {
        if let Some(standing) = self.site.now() {
            standing.cluster().find(machine.name());
        }
    }

    /// A machine is off: its API does not answer until it is on again.
    pub(super) async fn switched_off(&self, machine: &Machine) {
        let founded = self.founded.lock().await;
        let Some(standing) = self.site.now() else {
            return;
        };
        standing.cluster().lose(machine.name());
        let own = founded
            .as_ref()
            .is_some_and(|one| one.server == machine.id());
        if own {
            standing.server().stop().await;
        }
    }

    /// A machine is gone, and if it was the server, its cluster with it.
    pub(super) async fn gone(&self, machine: &Machine) {
        let mut founded = self.founded.lock().await;
        if let Some(one) = founded.take_if(|one| one.server == machine.id()) {
            one.stop.cancel();
            if let Some(standing) = self.site.now() {
                standing.server().stop().await;
            }
            self.site.set(None);
        }
    }
}

/// The documents in K3s' folder for manifests; what cannot be read is passed over with a word.
fn manifests(machine: &Machine) -> Vec<Value> {
    let disk = machine.disk();
    let paths = disk.paths(MANIFESTS);
    let yaml = paths.iter().filter(|path| {
        Path::new(path)
            .extension()
            .is_some_and(|it| it == "yaml" || it == "yml")
    });
    let texts = yaml.filter_map(|path| Some((path, disk.text(path)?)));
    texts
        .flat_map(|(path, text)| {
            serde_saphyr::from_multiple::<Value>(&text).unwrap_or_else(|error| {
                tracing::warn!(path, %error, "a manifest on a machine of the lab cannot be read");
                Vec::new()
            })
        })
        .filter(Value::is_object)
        .collect()
}

/// The node that a machine registers.
fn node(machine: &Machine, how: K3s) -> Option<NodeSpec> {
    let configuration = machine.k3s_configuration();
    let labels = configuration.get("node-label");
    let role = match labels {
        Some(Value::Array(all)) => all.iter().filter_map(Value::as_str).find_map(role_label),
        Some(Value::String(one)) => role_label(one),
        _ => None,
    };
    let (ocpus, memory_gb) = machine.cloud().size(machine.id())?;
    let settings = machine.settings();
    Some(NodeSpec {
        name: machine.name().to_owned(),
        address: machine.private_address().to_string(),
        server: how == K3s::Server,
        role,
        ocpus,
        memory_gb,
        version: settings.get("K3S_VERSION").unwrap_or_default().to_owned(),
    })
}

fn role_label(label: &str) -> Option<String> {
    label.strip_prefix("role=").map(str::to_owned)
}

/// K3s calls cluster, user and context `default`.
fn as_k3s_names_it(kubeconfig: &str) -> String {
    let renamed = kubeconfig.lines().map(|line| {
        let named = line.split_once(": ").filter(|(key, value)| {
            let key = key.trim_start_matches(['-', ' ']);
            matches!(key, "name" | "cluster" | "user" | "current-context")
                && matches!(*value, "lab" | "admin")
        });
        named.map_or_else(
            || format!("{line}\n"),
            |(key, _)| format!("{key}: default\n"),
        )
    });
    renamed.collect()
}
