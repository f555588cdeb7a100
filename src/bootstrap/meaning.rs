//! What a failure of the script means, and what to do about it.

use super::diagnose;
use crate::domain::bootstrap::Stage;
use crate::domain::line::Line;
use crate::domain::problem::Problem;

/// The problem of a stage that failed on a node: `command` with its exit status, and what it printed.
pub(super) fn of_failure(node: &Line, stage: Stage, command: &str, last: &[Line]) -> Problem {
    let mut detail = vec![command.to_owned()];
    detail.extend(last.iter().map(ToString::to_string));
    let found = diagnose::meaning(node, stage, &detail.iter().map(String::as_str));
    let meaning = found.unwrap_or_else(|| usual(stage).to_owned());
    Problem {
        title: format!("{node}: {} failed", stage.label()),
        detail: detail.join("\n"),
        next: format!(
            "{meaning}; then run it again: k3scope ssh {node} -- sudo k3scope-bootstrap --from \
             {stage}"
        ),
        request_id: None,
    }
}

fn usual(stage: Stage) -> &'static str {
    match stage {
        Stage::Nat => "see that the ingress node's VNIC skips the source/destination check",
        Stage::Route => {
            "see that NAT is done on the ingress node and that the private subnet's default route \
             is its private address"
        }
        Stage::Download => "see that the node reaches github.com, and k3s.version in cluster.toml",
        Stage::ApiServer => "see how K3s is on the server: systemctl status k3s",
        Stage::K3s => "see what K3s says: journalctl -u k3s -u k3s-agent",
        Stage::Instance
        | Stage::Console
        | Stage::HostKeys
        | Stage::Login
        | Stage::Firewall
        | Stage::Manifests
        | Stage::CloudInit
        | Stage::Ready
        | Stage::Api
        | Stage::Secrets
        | Stage::ArgoCd
        | Stage::Root
        | Stage::Applications
        | Stage::Certificates
        | Stage::Records
        | Stage::Hosts => "see /var/log/k3scope-bootstrap.log on the node",
    }
}
