//! The program while it runs: waiting for what the lab sees of it, and ending it from outside.

use std::time::Duration;

use k3scope::clock::Clock;
use k3scope::lab::oci::Oci;
use tokio::process::Child;

use super::session::Session;

/// Waits until `seen` holds of the lab, for two minutes at the most.
pub(super) async fn until(session: &Session, what: &str, seen: impl Fn(&Oci) -> bool) {
    let patience = Clock::default().timeout(Duration::from_mins(2), async {
        while !seen(session.lab.oci()) {
            Clock::default().sleep(Duration::from_millis(1)).await;
        }
    });
    patience
        .await
        .unwrap_or_else(|_| panic!("the lab should have seen {what}"));
}

/// Waits until so many launches have been answered.
pub(super) async fn until_launches(session: &Session, count: usize) {
    until(session, &format!("{count} launches"), |oci| {
        let answered = |it: &&k3scope::lab::oci::Record| it.launch.is_some() && it.status != 0;
        oci.requests().iter().filter(answered).count() >= count
    })
    .await;
}

pub(super) fn signal(child: &Child, name: &str) {
    let id = child.id().unwrap().to_string();
    let status = std::process::Command::new("kill")
        .args(["-s", name, &id])
        .status();
    assert!(status.unwrap().success());
}
