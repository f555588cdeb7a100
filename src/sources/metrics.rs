//! What nodes and pods use now, asked for at an interval.

use std::convert::Infallible;
use std::time::Duration;

use super::feed::Feed;
use super::outbox::{Closed, Outbox};
use super::supervisor::Source;
use super::watched::rest_after;
use crate::domain::event::{Change, What};
use crate::domain::source::SourceId;
use crate::domain::usage::Usage;
use crate::kube::discovery::served;
use crate::kube::kind::ApiName;
use crate::kube::{Connection, metrics};

const EVERY: Duration = Duration::from_secs(15);

/// Of what the use is asked for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Measured {
    Nodes,
    Pods,
}

impl Measured {
    fn api(self) -> &'static ApiName {
        match self {
            Self::Nodes => &metrics::NODES,
            Self::Pods => &metrics::PODS,
        }
    }

    fn what(self, change: Change<Usage>) -> What {
        match self {
            Self::Nodes => What::NodeUsage(change),
            Self::Pods => What::PodUsage(change),
        }
    }
}

/// Asks the metrics server.
pub(super) struct Metrics {
    pub(super) connection: Connection,
    pub(super) of: Measured,
}

impl Source for Metrics {
    fn id(&self) -> SourceId {
        match self.of {
            Measured::Nodes => SourceId::NodeMetrics,
            Measured::Pods => SourceId::PodMetrics,
        }
    }

    async fn run(&self, outbox: &Outbox) -> Result<Infallible, Closed> {
        let mut feed = Feed::begin(self.id(), outbox).await?;
        let api = self.of.api();
        loop {
            let resource = match served(&self.connection, api).await {
                Ok(Some(resource)) => resource,
                Ok(None) => {
                    feed.not_installed(api.brought_by).await?;
                    continue;
                }
                Err(failed) => {
                    rest_after(failed, api, &self.connection, &mut feed).await?;
                    continue;
                }
            };
            loop {
                match metrics::usage(&self.connection, api, &resource).await {
                    Ok(measured) => self.tell(measured, &mut feed).await?,
                    Err(failed) => {
                        rest_after(failed, api, &self.connection, &mut feed).await?;
                        break;
                    }
                }
                outbox.clock().sleep(EVERY).await;
            }
        }
    }
}

impl Metrics {
    async fn tell(&self, measured: Vec<Usage>, feed: &mut Feed<'_>) -> Result<(), Closed> {
        let outbox = feed.outbox();
        outbox.tell(self.of.what(Change::Relisting)).await?;
        for usage in measured {
            outbox
                .tell(self.of.what(Change::Applied(Box::new(usage))))
                .await?;
        }
        outbox.tell(self.of.what(Change::Relisted)).await?;
        feed.live().await
    }
}
