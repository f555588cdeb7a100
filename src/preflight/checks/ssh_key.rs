//! The SSH key pair that the nodes get, and whether its private half can be used and only by us.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::domain::preflight::Verdict;
use crate::preflight::check::{Answer, Check, Finding, LIMIT};
use crate::preflight::scene::Scene;
use crate::ssh::{KeyPair, KeyPairError, Login, agent_keys};

/// What nobody but the owner may have: OpenSSH refuses a key with one of these.
const OF_OTHERS: u32 = 0o077;

pub(super) const CHECK: Check = Check {
    name: "ssh-key",
    proves: "The SSH key pair is whole, readable by you alone, and can be used.",
    unknown: Verdict::Blocks,
    limit: LIMIT,
    run: |scene| Box::pin(run(scene)),
};

async fn run(scene: &Scene) -> Answer {
    let files = &scene.config().ssh;
    let pair = match KeyPair::find(&files.private_key, &files.public_key) {
        Ok(Some(pair)) => pair,
        Ok(None) => return Ok(missing(&files.private_key, &files.public_key)),
        Err(error) => return Ok(unusable(&error)),
    };
    if let Some(finding) = open_to_others(&files.private_key) {
        return Ok(finding);
    }
    let kind = pair.public.split(' ').next().unwrap_or_default();
    let shown = format!("{kind} {}", pair.fingerprint);
    if !pair.encrypted {
        return Ok(Finding::passed(shown));
    }
    Ok(locked(scene, &pair, &shown).await)
}

/// A key with a passphrase: somebody must be there to open it while the nodes come up.
async fn locked(scene: &Scene, pair: &KeyPair, shown: &str) -> Finding {
    let file = &scene.config().ssh.private_key;
    if let Some(passphrase) = &scene.given.ssh_passphrase {
        let login = Login::new("k3scope", file).with_passphrase(Some(passphrase.clone()));
        return match login.check().await {
            Ok(()) => Finding::passed(format!("{shown}, opened with its passphrase")),
            Err(error) => Finding::blocks(error.to_string())
                .next("correct K3SCOPE_SSH_PASSPHRASE, or unset it and load the key into an agent"),
        };
    }
    if agent_keys().await.contains(&pair.fingerprint) {
        return Finding::passed(format!("{shown}, held by the SSH agent"));
    }
    let add = format!(
        "run `ssh-add {}`, or set K3SCOPE_SSH_PASSPHRASE",
        file.display()
    );
    Finding::warns(format!(
        "{shown} has a passphrase, and no SSH agent holds it: the nodes could not be looked into"
    ))
    .next(add)
}

fn open_to_others(private: &Path) -> Option<Finding> {
    let mode = std::fs::metadata(private).ok()?.permissions().mode() & 0o777;
    (mode & OF_OTHERS != 0).then(|| {
        Finding::blocks(format!(
            "others may read {} (mode {mode:04o}); OpenSSH refuses such a key",
            private.display()
        ))
        .next(format!("run `chmod 600 {}`", private.display()))
    })
}

fn missing(private: &Path, public: &Path) -> Finding {
    Finding::blocks(format!("there is no {}", public.display())).next(format!(
        "make a pair with `ssh-keygen -t ed25519 -f {}`, or in the wizard",
        private.display()
    ))
}

fn unusable(error: &KeyPairError) -> Finding {
    let next = match error {
        KeyPairError::Unlike { private, public } | KeyPairError::NoPrivate { private, public } => {
            format!(
                "name two files of one pair under [ssh]; `ssh-keygen -y -f {}` writes the half that \
                 belongs into {}",
                private.display(),
                public.display()
            )
        }
        KeyPairError::File { .. } | KeyPairError::Form { .. } | KeyPairError::Unmade(_) => {
            "name another pair of files under [ssh] in cluster.toml".to_owned()
        }
    };
    Finding::blocks(error.to_string()).next(next)
}
