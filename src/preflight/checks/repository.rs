//! The Git repository that Argo CD delivers from.

use crate::domain::preflight::Verdict;
use crate::preflight::check::{Answer, Check, Finding, LIMIT, Obstacle};
use crate::preflight::git::{Advertised, Fault, Named, Remote};
use crate::preflight::https::Barred;
use crate::preflight::scene::Scene;

/// Branches that are named where the configured one is not there.
const SHOWN: usize = 5;

pub(super) const CHECK: Check = Check {
    name: "repository",
    proves: "The Git repository can be read, and has the revision that counts.",
    unknown: Verdict::Warns,
    limit: LIMIT,
    run: |scene| Box::pin(run(scene)),
};

async fn run(scene: &Scene) -> Answer {
    let config = scene.config();
    let Some(url) = &config.gitops.repository else {
        return Err(Obstacle::needs("no repository is configured"));
    };
    let token = match &config.gitops.token {
        None => None,
        Some(reference) => match scene.given.loaded.secret(reference) {
            Ok(token) => Some(token),
            Err(error) => {
                return Ok(Finding::blocks(error.to_string())
                    .next("see gitops.token in cluster.toml, or take it out"));
            }
        },
    };
    let has_token = token.is_some();
    let asked = match Remote::new(url, token, scene.rules()) {
        Ok(remote) => remote.references().await,
        Err(fault) => Err(fault),
    };
    Ok(match asked {
        Ok(references) => revision(&references, &config.gitops.revision),
        Err(fault) => refused(&fault, has_token),
    })
}

fn revision(references: &Advertised, revision: &str) -> Finding {
    match references.named(revision) {
        Named::Reference(kind, commit) => {
            Finding::passed(format!("answers; {kind} {revision} is at {commit}"))
        }
        Named::MaybeCommit => Finding::informs(format!(
            "answers; whether it has the commit {revision} shows only when it is fetched"
        )),
        Named::Nothing if references.is_empty() => {
            Finding::warns("the repository is empty: nothing would be delivered")
                .next(format!("push a branch {revision} with the applications"))
        }
        Named::Nothing => {
            let branches: Vec<&str> = references.branches().take(SHOWN).collect();
            let evidence = format!(
                "no branch, tag or commit {revision}; branches: {}",
                branches.join(", ")
            );
            Finding::warns(evidence).next("correct gitops.revision, or push that branch")
        }
    }
}

fn refused(fault: &Fault, has_token: bool) -> Finding {
    let blocks = |said: &str| Finding::blocks(format!("{fault}: {said}"));
    match fault {
        Fault::Refused { status: 401, .. } if has_token => blocks("it does not accept the token")
            .next("renew the token that gitops.token leads to"),
        Fault::Refused { status: 401, .. } => blocks("the repository is private, or not there")
            .next("correct gitops.repository, or set gitops.token to a token that may read it"),
        Fault::Refused { status: 403, .. } => blocks("the token may not read the repository")
            .next("give the token read access to the repository's contents"),
        Fault::Refused { status: 404, .. } => {
            let next = if has_token {
                "correct gitops.repository, or give the token access to it"
            } else {
                "correct gitops.repository; a private one needs gitops.token"
            };
            blocks("there is no such repository, or it is hidden").next(next)
        }
        Fault::Barred(Barred::Plain(_)) => {
            Finding::blocks(fault.to_string()).next("use the repository's https URL")
        }
        Fault::NoGit { .. } => {
            Finding::blocks(fault.to_string()).next("use the URL that `git clone` takes")
        }
        Fault::Barred(Barred::Authorities(_)) => Finding::blocks(fault.to_string())
            .next("see endpoints.certificate_authority in cluster.toml"),
        Fault::Moved(_) => Finding::warns(format!("{fault}, and is not followed there"))
            .next("put the new address into gitops.repository"),
        Fault::Barred(Barred::NotDialled(_)) => Finding::warns(fault.to_string())
            .next("add the address to [dial] in cluster.toml, or name another repository"),
        Fault::Refused { .. }
        | Fault::Barred(Barred::Unreachable { .. })
        | Fault::TooLong
        | Fault::Garbled(_) => {
            Finding::warns(fault.to_string()).next("check the address and the network, and again")
        }
    }
}
