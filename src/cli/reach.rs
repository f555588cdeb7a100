//! The way to the nodes and to the cluster's API, as commands take it.

use super::{Failure, Globals, provision};
use crate::bootstrap::{self, NoWay, Reach};
use crate::config::{Loaded, Workspace};
use crate::kube::{Target, Way};

/// The kubeconfig that the workspace keeps of its own cluster.
pub(super) const OWN_KUBECONFIG: &str = ".k3scope/kubeconfig";

/// Reads the configuration and the pins, and asks the cloud where the nodes are.
pub(super) async fn open(globals: &Globals) -> Result<Reach, Failure> {
    let loaded = globals.load_trusted()?;
    let cloud = provision::open(globals)?;
    let target = cloud
        .target(&loaded, None)
        .map_err(Failure::configuration)?;
    Ok(bootstrap::reach(target, cloud.engine.direct.clock).await?)
}

/// Where the cluster is looked at: what the command line names; otherwise the workspace's own cluster
/// through its ingress node; otherwise kubectl's.
pub(super) async fn cluster(
    globals: &Globals,
    namespace: Option<&String>,
    configuration: Option<&Loaded>,
) -> Result<(Target, Way), Failure> {
    let mut target = globals.target(namespace);
    let is_named = target.kubeconfig.is_some() || target.context.is_some();
    let own = configuration
        .filter(|_| !is_named)
        .map(|loaded| Workspace::beside(&loaded.path).root.join(OWN_KUBECONFIG))
        .filter(|path| path.is_file());
    let Some(own) = own else {
        return Ok((target, Way::Straight));
    };
    target.kubeconfig = Some(own);
    let reach = open(globals).await?;
    Ok((target, Way::Through(reach.gateway().clone())))
}

impl From<NoWay> for Failure {
    fn from(no_way: NoWay) -> Self {
        let failure = Self::from(no_way.problem);
        if no_way.may_pass {
            failure.unreached()
        } else {
            failure
        }
    }
}
