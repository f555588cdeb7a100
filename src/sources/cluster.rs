//! The API server itself: who it is, and whether it answers.

use std::convert::Infallible;
use std::time::Duration;

use super::feed::Feed;
use super::outbox::{Closed, Outbox};
use super::supervisor::Source;
use crate::domain::argo_settings::ArgoSettings;
use crate::domain::event::What;
use crate::domain::source::SourceId;
use crate::kube::argo_settings::argo_settings;
use crate::kube::{Connection, Fault};

const EVERY: Duration = Duration::from_secs(15);
const ANSWER_WITHIN: Duration = Duration::from_secs(10);
/// Settings change seldom: they are read again after so many answers.
const SETTINGS_EVERY: u32 = 40;

/// Asks the API server for its version, again and again: a watch that hangs does not tell.
pub(super) struct Cluster(pub(super) Connection);

impl Source for Cluster {
    fn id(&self) -> SourceId {
        SourceId::Cluster
    }

    async fn run(&self, outbox: &Outbox) -> Result<Infallible, Closed> {
        let mut feed = Feed::begin(SourceId::Cluster, outbox).await?;
        let mut known = None;
        let mut settings = None;
        let mut answers: u32 = 0;
        let clock = outbox.clock();
        loop {
            let answer = match clock.timeout(ANSWER_WITHIN, self.0.introduce()).await {
                Ok(answer) => answer,
                Err(elapsed) => Err(Fault::Unreachable(elapsed.to_string().into())),
            };
            match answer {
                Ok(info) => {
                    if known.as_ref() != Some(&info) {
                        known = Some(info.clone());
                        outbox.tell(What::Cluster(info)).await?;
                    }
                    feed.live().await?;
                    if answers.is_multiple_of(SETTINGS_EVERY) {
                        self.settings(&mut settings, outbox).await?;
                    }
                    answers = answers.wrapping_add(1);
                    clock.sleep(EVERY).await;
                }
                // It answers, which is all that is asked here.
                Err(Fault::Forbidden(_)) => {
                    feed.live().await?;
                    clock.sleep(EVERY).await;
                }
                Err(failed) => feed.lost(&failed.to_string(), None).await?,
            }
        }
    }
}

impl Cluster {
    /// Tells how Argo CD is set up, where that has changed. Who may not read it loses nothing but advice.
    async fn settings(
        &self,
        known: &mut Option<ArgoSettings>,
        outbox: &Outbox,
    ) -> Result<(), Closed> {
        let asked = outbox
            .clock()
            .timeout(ANSWER_WITHIN, argo_settings(&self.0));
        let Ok(Ok(found)) = asked.await else {
            return Ok(());
        };
        if let Some(found) = found.filter(|found| known.as_ref() != Some(found)) {
            *known = Some(found);
            outbox.tell(What::ArgoSettings(found)).await?;
        }
        Ok(())
    }
}
