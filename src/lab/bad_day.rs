//! What [`Lab::break_it`] can do to the lab: to what the cluster holds, to its API, to its machines
//! and their SSH servers, and how most of it is mended.

use strum::IntoEnumIterator as _;

use super::cluster::Breakage;
use super::frame::{Lab, LabError};
use super::nodes::ssh::Switch;
use super::nodes::{Mending, Trouble};

/// Names and descriptions of what is broken below the cluster.
const BELOW: [(&str, &str); 7] = [
    ("kube-down", "stop the Kubernetes API server"),
    ("kube-up", "start the Kubernetes API server again"),
    ("ssh-cut", "cut every SSH connection"),
    ("ssh-refused", "refuse every SSH login from now on"),
    ("ssh-other-key", "show another SSH host key from now on"),
    (
        "resolver-remembers",
        "let the resolver remember answers until their time is over",
    ),
    (
        "resolver-forgets",
        "let the resolver forget what it remembers",
    ),
];

impl Lab {
    /// Breaks something on purpose: a name of [`Lab::breakages`].
    pub async fn break_it(&self, name: &str) -> Result<(), LabError> {
        if let Ok(what) = name.parse::<Trouble>() {
            self.troubles().bring(what);
            return Ok(());
        }
        if let Ok(area) = name.parse::<Mending>() {
            self.mend(area);
            return Ok(());
        }
        if matches!(name, "resolver-remembers" | "resolver-forgets") {
            self.outside().memory.switch(name == "resolver-remembers");
            return Ok(());
        }
        let switch = match name {
            "ssh-cut" => Some(Switch::Cut),
            "ssh-refused" => Some(Switch::RefuseLogins),
            "ssh-other-key" => Some(Switch::OtherHostKey),
            _ => None,
        };
        match switch {
            Some(switch) => self.switch_ssh(switch),
            None => return self.break_cluster(name).await,
        }
        Ok(())
    }

    fn mend(&self, area: Mending) {
        if area == Mending::Ssh {
            self.switch_ssh(Switch::Mend);
        }
        self.troubles().mend(area);
    }

    fn switch_ssh(&self, switch: Switch) {
        for machine in self.machines().all() {
            self.network().switches().set(machine.id(), switch);
        }
    }

    async fn break_cluster(&self, name: &str) -> Result<(), LabError> {
        let unknown = || LabError::UnknownBreakage {
            name: name.to_owned(),
            known: Self::breakages()
                .iter()
                .map(|(name, _)| *name)
                .collect::<Vec<_>>()
                .join(", "),
        };
        let standing = self.site().now().ok_or_else(unknown)?;
        match name {
            "kube-down" => standing.server().stop().await,
            "kube-up" => standing
                .server()
                .restart()
                .await
                .map_err(|error| LabError::Cluster(error.to_string()))?,
            _ => {
                let what = name.parse::<Breakage>().map_err(|_| unknown())?;
                standing.cluster().break_it(what);
            }
        }
        Ok(())
    }

    /// Everything that [`Lab::break_it`] knows, with a line of description each.
    pub fn breakages() -> Vec<(&'static str, &'static str)> {
        Breakage::iter()
            .map(|one| (one.name(), one.description()))
            .chain(BELOW)
            .chain(Trouble::iter().map(|one| (one.name(), one.description())))
            .chain(Mending::iter().map(|one| (one.name(), one.description())))
            .collect()
    }
}
