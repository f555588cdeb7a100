//! The profile of OCI's configuration file.

use std::future::ready;

use crate::domain::preflight::Verdict;
use crate::preflight::check::{Check, Finding, LIMIT};
use crate::preflight::scene::{Scene, Shut};

pub(super) const CHECK: Check = Check {
    name: "profile",
    proves: "The profile, its key and its region can be read.",
    unknown: Verdict::Blocks,
    limit: LIMIT,
    run: |scene| Box::pin(ready(Ok(run(scene)))),
};

fn run(scene: &Scene) -> Finding {
    let table = &scene.config().oci;
    let file = table.config_file.display();
    match &scene.oci {
        Ok(client) => {
            let profile = client.profile();
            let kind = if profile.is_session() {
                "a session"
            } else {
                "an API key"
            };
            let region = client.endpoints().region_name();
            Finding::passed(format!("[{}] of {file}: {kind}, {region}", table.profile))
        }
        Err(Shut::Profile(error)) if error.wants_passphrase() => Finding::blocks(error.to_string())
            .next("set OCI_CLI_PASSPHRASE to the passphrase of the API's private key"),
        Err(Shut::Profile(error)) => Finding::blocks(error.to_string())
            .next("correct the file, or name another profile under [oci] in cluster.toml"),
        Err(shut @ Shut::NoRegion) => Finding::blocks(shut.to_string())
            .next("set region under [oci] in cluster.toml, such as eu-frankfurt-1"),
        Err(shut @ Shut::Client(_)) => {
            Finding::blocks(shut.to_string()).next("correct region under [oci] in cluster.toml")
        }
    }
}
