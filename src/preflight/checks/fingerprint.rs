//! The fingerprint in the profile, against the key itself: OCI would say no more than 401.

use std::future::ready;

use crate::domain::preflight::Verdict;
use crate::preflight::check::{Answer, Check, Finding, LIMIT, Obstacle};
use crate::preflight::scene::Scene;

pub(super) const CHECK: Check = Check {
    name: "fingerprint",
    proves: "The profile's fingerprint is that of its private key, computed here.",
    unknown: Verdict::Blocks,
    limit: LIMIT,
    run: |scene| Box::pin(ready(run(scene))),
};

fn run(scene: &Scene) -> Answer {
    let profile = scene.profile.as_ref();
    let profile = profile.map_err(|_| Obstacle::needs("the profile cannot be read"))?;
    let (told, computed) = (profile.fingerprint(), profile.computed_fingerprint());
    Ok(if profile.fingerprint_matches() {
        Finding::passed(computed)
    } else {
        let table = &scene.config().oci;
        Finding::blocks(format!("the profile says {told}, the key's is {computed}")).next(format!(
            "set fingerprint={computed} in [{}] of {} if the console lists that key, or name the \
             other key in key_file",
            table.profile,
            table.config_file.display()
        ))
    })
}
