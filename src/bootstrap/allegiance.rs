//! Whose agent an agent is. One whose server was made anew runs on, with certificates of an authority
//! that is no more: systemd calls it active, and it is no part of the new cluster.
//!
//! It only compares what both nodes have on their disks; what follows from it is for others to say.

use std::collections::BTreeSet;

use super::shared::Shared;
use crate::ssh::Session;

/// The authority that an agent trusts, and the server's own. Only root may enter the folders.
const OF_AGENT: &str = "sudo -n cat /var/lib/rancher/k3s/agent/server-ca.crt";
const OF_SERVER: &str = "sudo -n cat /var/lib/rancher/k3s/server/tls/server-ca.crt";
/// What stands around a certificate in PEM.
const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
const END: &str = "-----END CERTIFICATE-----";

/// Whether an agent trusts another server than the one that is there. `false` as long as nobody can
/// tell: while the server is not logged in to, or has no authority yet.
pub(super) async fn is_to_another(shared: &Shared, agent: &Session) -> bool {
    let server = shared.target.topology.server();
    let Some(server) = server.and_then(|server| shared.session(&server.name)) else {
        return false;
    };
    let (theirs, ours) = tokio::join!(
        certificates(agent, OF_AGENT),
        certificates(&server, OF_SERVER)
    );
    differ(&theirs, &ours)
}

async fn certificates(session: &Session, command: &str) -> BTreeSet<String> {
    let output = session.run(command).await;
    let printed = output.map(|output| output.stdout).unwrap_or_default();
    read(&String::from_utf8_lossy(&printed))
}

/// The certificates of a file in PEM, without what only lays them out.
fn read(pem: &str) -> BTreeSet<String> {
    let bodies = pem.split(BEGIN).skip(1);
    let bodies = bodies.filter_map(|rest| rest.split_once(END));
    bodies
        .map(|(body, _)| body.split_whitespace().collect::<String>())
        .filter(|body| !body.is_empty())
        .collect()
}

/// An authority that is renewed in place is a chain which keeps a certificate that agents know.
fn differ(theirs: &BTreeSet<String>, ours: &BTreeSet<String>) -> bool {
    !theirs.is_empty() && !ours.is_empty() && theirs.is_disjoint(ours)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    const ONE: &str = "-----BEGIN CERTIFICATE-----\nMIIB\nAAAA\n-----END CERTIFICATE-----\n";
    const ONE_OTHERWISE_LAID_OUT: &str =
        "# k3s\r\n-----BEGIN CERTIFICATE-----\r\nMIIBAAAA\r\n-----END CERTIFICATE-----";
    const OTHER: &str = "-----BEGIN CERTIFICATE-----\nMIIC\nBBBB\n-----END CERTIFICATE-----\n";
    const CHAIN: &str = "-----BEGIN CERTIFICATE-----\nMIID\n-----END CERTIFICATE-----\n\
                         -----BEGIN CERTIFICATE-----\nMIIB\nAAAA\n-----END CERTIFICATE-----\n";

    #[rstest]
    #[case::another_authority(ONE, OTHER, true)]
    #[case::the_same(ONE, ONE_OTHERWISE_LAID_OUT, false)]
    #[case::renewed_in_place(ONE, CHAIN, false)]
    #[case::not_joined_yet("", ONE, false)]
    #[case::no_server_yet(ONE, "cat: /var/lib/rancher: No such file or directory", false)]
    #[case::cut_off(ONE, "-----BEGIN CERTIFICATE-----\nMIIC\n", false)]
    fn only_what_shares_no_certificate_is_another(
        #[case] theirs: &str,
        #[case] ours: &str,
        #[case] expected: bool,
    ) {
        assert_eq!(differ(&read(theirs), &read(ours)), expected);
    }
}
