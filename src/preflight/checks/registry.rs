//! The token with which the cluster's pods draw images from a private registry.

use crate::domain::preflight::Verdict;
use crate::preflight::check::{Answer, Check, Finding, LIMIT, Obstacle};
use crate::preflight::https::Barred;
use crate::preflight::registry::{Fault, Login, login};
use crate::preflight::scene::Scene;

pub(super) const CHECK: Check = Check {
    name: "registry",
    proves: "The registry's token can be read, and the registry accepts it.",
    unknown: Verdict::Warns,
    limit: LIMIT,
    run: |scene| Box::pin(run(scene)),
};

async fn run(scene: &Scene) -> Answer {
    let table = &scene.config().registry;
    let (Some(user), Some(reference)) = (&table.username, &table.token) else {
        return Err(Obstacle::needs("no token for a registry is configured"));
    };
    let token = match scene.given.loaded.secret(reference) {
        Ok(token) => token,
        Err(error) => {
            return Ok(Finding::blocks(error.to_string())
                .next("see registry.token in cluster.toml, or take it out"));
        }
    };
    let asked = login(&table.server, (user, &token), scene.rules()).await;
    Ok(match asked {
        Ok(came) => judge(&came, &table.server, user),
        Err(fault) => not_asked(&fault),
    })
}

fn judge(came: &Login, server: &str, user: &str) -> Finding {
    match came {
        Login::Accepted => Finding::passed(format!("{server} accepts the token of {user}")),
        Login::Refused { host, status } => Finding::blocks(format!(
            "{host} answers {status}: it does not accept the token of {user}"
        ))
        .next("renew the token that registry.token leads to, with the right to read images"),
        Login::Open => Finding::informs(format!(
            "{server} asks nobody for a login; whether the token is good shows when an image is drawn"
        )),
    }
}

/// The token can be read, and nobody has said whether it is good.
fn not_asked(fault: &Fault) -> Finding {
    let finding = Finding::warns(format!("the token can be read, and was not tried: {fault}"));
    finding.next(match fault {
        Fault::Barred(Barred::NotDialled(_)) => {
            "add the address to [dial] in cluster.toml, or leave it untried"
        }
        Fault::Barred(Barred::Authorities(_)) => {
            "see endpoints.certificate_authority in cluster.toml"
        }
        Fault::Barred(Barred::Plain(_)) => "name a registry that asks for logins over https",
        Fault::Barred(Barred::Unreachable { .. }) | Fault::NoRegistry { .. } => {
            "check registry.server and the network, and again"
        }
    })
}
