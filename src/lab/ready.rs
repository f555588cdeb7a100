//! What the lab says of itself: one JSON object, printed when it is ready, and kept in its folder
//! beside the kubeconfigs, which come and go with the cluster.

use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::cluster::Site;
use super::folder::Files;
use super::frame::LabError;

/// The lab's word, which changes with what stands on its site.
#[derive(Clone)]
pub(super) struct Ready {
    fixed: Value,
    site: Site,
    files: Files,
}

impl Ready {
    /// What stays the same while the lab runs, and what does not.
    pub(super) fn new(fixed: Value, site: Site, files: Files) -> Self {
        Self { fixed, site, files }
    }

    /// The object. `kubernetes` is null while there is no cluster.
    pub(super) fn json(&self) -> Value {
        let mut all = self.fixed.clone();
        let kubernetes = self.site.now().map(|standing| {
            json!({
                "server": format!("https://{}", standing.server().address()),
                "kubeconfig": self.files.kubeconfig("admin"),
                "kubeconfig_viewer": self.files.kubeconfig("viewer"),
            })
        });
        if let Some(all) = all.as_object_mut() {
            all.insert("kubernetes".to_owned(), json!(kubernetes));
        }
        all
    }

    /// Writes the kubeconfigs and the object.
    pub(super) fn write(&self) -> Result<(), LabError> {
        let standing = self.site.now();
        let server = standing.as_ref().map(|standing| standing.server().as_ref());
        self.files.write_kubeconfigs(server)?;
        self.files.write_ready(&self.json())
    }

    /// Writes them again whenever a cluster comes or goes.
    pub(super) async fn follow(self, stop: CancellationToken) {
        let mut changes = self.site.changes();
        while let Some(Ok(())) = stop.run_until_cancelled(changes.changed()).await {
            changes.mark_unchanged();
            if let Err(error) = self.write() {
                tracing::warn!(%error, "the lab's folder is not up to date");
            }
        }
    }
}
