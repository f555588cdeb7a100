//! `k3s kubectl delete node NAME`, as root types it on a server: nothing else of kubectl is played.

use super::io::Io;
use super::run::{Outcome, said};
use super::{Shell, User};
use crate::lab::nodes::K3s;

const KUBECONFIG: &str = "/etc/rancher/k3s/k3s.yaml";

impl Shell {
    pub(super) async fn k3s(&self, arguments: &[String], io: &Io) -> Outcome {
        let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let ["kubectl", "delete", "node" | "nodes", name] = words.as_slice() else {
            io.err("k3s: only `k3s kubectl delete node NAME` is played here\n")
                .await?;
            return Ok(1);
        };
        if self.user != User::Root {
            let refused = format!("error: open {KUBECONFIG}: permission denied\n");
            io.err(refused).await?;
            return Ok(1);
        }
        let standing = self.machines.site().now();
        let serves = self.machine.k3s() == Some(K3s::Server);
        let Some(standing) = standing.filter(|_| serves) else {
            io.err(
                "The connection to the server 127.0.0.1:6443 was refused - did you specify the right \
                 host or port?\n",
            )
            .await?;
            return Ok(1);
        };
        let objects = &standing.world().objects;
        if objects.get("nodes", None, name).is_none() {
            let unknown = format!("Error from server (NotFound): nodes \"{name}\" not found\n");
            io.err(unknown).await?;
            return Ok(1);
        }
        objects.remove("nodes", None, name);
        said(io, format!("node \"{name}\" deleted\n")).await
    }
}
