//! Questions to a node over SSH. An answer that does not come is none: looking never fails.

use super::firewall::Firewall;
use crate::bootstrap::shared::Shared;
use crate::domain::line::Line;

/// What K3s said last.
const JOURNAL: &str = "sudo -n journalctl --no-pager -o cat -n 40 -u k3s -u k3s-agent";
/// Lines that are read of it.
const LINES: usize = 40;

/// What a command printed on a node; nothing where nobody is logged in or it did not answer.
pub(super) async fn ask(shared: &Shared, node: &str, command: &str) -> Option<String> {
    let session = shared.session(node)?;
    let output = session.run(command).await.ok()?;
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Whether a command ended well on a node.
pub(super) async fn succeeds(shared: &Shared, node: &str, command: &str) -> Option<bool> {
    let session = shared.session(node)?;
    let output = session.run(command).await.ok()?;
    Some(output.exit.is_success())
}

/// The rules of a node's firewall.
pub(super) async fn firewall(shared: &Shared, node: &str) -> Option<Firewall> {
    Firewall::read(&ask(shared, node, "sudo -n iptables-save").await?)
}

/// What K3s said last on a node, secrets taken out.
pub(super) async fn journal(shared: &Shared, node: &str) -> Vec<Line> {
    let said = ask(shared, node, JOURNAL).await.unwrap_or_default();
    let lines: Vec<&str> = said.lines().collect();
    let newest = lines.iter().skip(lines.len().saturating_sub(LINES));
    newest
        .map(|line| Line::new(&shared.mask.apply(line)))
        .collect()
}
