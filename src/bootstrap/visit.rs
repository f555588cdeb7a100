//! Being logged in to a node: both its logs as they grow, cloud-init's state, and on the server the
//! kubeconfig.

use std::time::{Duration, Instant};

use tokio::sync::mpsc;

use super::cloud_init;
use super::kubeconfig::{Kubeconfig, REMOTE};
use super::node::Follower;
use super::shared::Unheard;
use crate::clock::Clock;
use crate::domain::bootstrap::{LogOrigin, Progress, Stage};
use crate::domain::topology::Role;
use crate::ssh::{Chunk, Session, SshError};

/// The pace of questions that are asked again and again.
const ASK: Duration = Duration::from_secs(5);
/// The wait before a log whose reading ended is read on.
const AGAIN: Duration = Duration::from_secs(5);
/// Pieces of logs that wait to be taken in; then the node waits.
const QUEUE: usize = 64;

/// A piece of a log file.
type Piece = (LogOrigin, Vec<u8>);

/// What is still to be asked on this visit.
struct Questions {
    next: Instant,
    wants_cloud_init: bool,
    wants_kubeconfig: bool,
    complained: bool,
}

fn path(origin: LogOrigin) -> &'static str {
    match origin {
        LogOrigin::Console => "/dev/console",
        LogOrigin::CloudInit => "/var/log/cloud-init-output.log",
        LogOrigin::Script => "/var/log/k3scope-bootstrap.log",
    }
}

impl Follower<'_> {
    /// Stays until the session ends.
    pub(super) async fn visit(&mut self, session: &Session) -> Result<(), Unheard> {
        let clock = self.shared.clock;
        let (sender, mut pieces) = mpsc::channel(QUEUE);
        let [first, second] = self
            .read
            .map(|(origin, from)| tail(session, origin, from, sender.clone(), clock));
        drop(sender);
        let tails = futures::future::join(first, second);
        tokio::pin!(tails);
        let mut questions = Questions {
            next: clock.instant(),
            wants_cloud_init: true,
            wants_kubeconfig: self.node.role == Role::Server,
            complained: false,
        };
        loop {
            tokio::select! {
                Some((origin, bytes)) = pieces.recv() => self.take_piece(origin, &bytes).await?,
                _ = &mut tails => break,
                () = clock.sleep(ASK) => {}
            }
            self.ask(session, &mut questions).await?;
        }
        while let Ok((origin, bytes)) = pieces.try_recv() {
            self.take_piece(origin, &bytes).await?;
        }
        let why = session.closed().await;
        tracing::info!(node = %self.node.name, %why, "logged out");
        Ok(())
    }

    async fn take_piece(&mut self, origin: LogOrigin, bytes: &[u8]) -> Result<(), Unheard> {
        for (place, read) in &mut self.read {
            if *place == origin {
                *read += u64::try_from(bytes.len()).unwrap_or(0);
            }
        }
        self.take(origin, bytes).await
    }

    /// Asks what is due. A busy log does not keep the questions from being asked.
    async fn ask(&mut self, session: &Session, due: &mut Questions) -> Result<(), Unheard> {
        let clock = self.shared.clock;
        if clock.instant() < due.next || session.is_closed() {
            return Ok(());
        }
        due.next = clock.instant() + clock.at_pace(ASK);
        if due.wants_cloud_init {
            due.wants_cloud_init = !self.ask_cloud_init(session).await?;
        }
        if due.wants_kubeconfig && self.log.is_done(Stage::K3s) {
            due.wants_kubeconfig = !self.fetch_kubeconfig(session, due).await?;
        }
        Ok(())
    }

    /// Whether cloud-init has come to an end.
    async fn ask_cloud_init(&mut self, session: &Session) -> Result<bool, Unheard> {
        let Ok(output) = session.run(cloud_init::COMMAND).await else {
            return Ok(false);
        };
        let answer = String::from_utf8_lossy(&output.stdout);
        let Some(progress) = cloud_init::progress(&answer, &self.node.name) else {
            return Ok(false);
        };
        let has_ended = matches!(progress, Progress::Done | Progress::Failed { .. });
        self.set(Stage::CloudInit, progress).await?;
        Ok(has_ended)
    }

    async fn fetch_kubeconfig(
        &mut self,
        session: &Session,
        due: &mut Questions,
    ) -> Result<bool, Unheard> {
        let topology = &self.shared.target.topology;
        // K3s writes it a moment after it has told that it runs.
        let Ok(Some(fetched)) = fetch(session).await else {
            return Ok(false);
        };
        let checked = Kubeconfig::of_server(&fetched, &topology.cluster, self.node.private_ip);
        let kept = match checked {
            Ok(kubeconfig) => self
                .shared
                .keep_kubeconfig(&kubeconfig)
                .map_err(|error| error.to_string()),
            Err(error) => Err(error.to_string()),
        };
        match kept {
            Ok(()) => Ok(true),
            Err(why) if !due.complained => {
                due.complained = true;
                let next = "look at /etc/rancher/k3s/k3s.yaml on the server";
                self.complain("its kubeconfig is not taken", &why, next)
                    .await?;
                Ok(false)
            }
            Err(_) => Ok(false),
        }
    }
}

/// The server's kubeconfig as K3s wrote it; none while it is not there.
pub(super) async fn fetch(session: &Session) -> Result<Option<String>, SshError> {
    let output = session.run(&format!("sudo -n cat {REMOTE}")).await?;
    let text = String::from_utf8(output.stdout).ok();
    Ok(text.filter(|text| output.exit.is_success() && !text.is_empty()))
}

/// Hands on what is in a log file from byte `from` and what is added to it, until the session ends.
/// `-F` waits for a file that is not there yet and follows one that is replaced.
async fn tail(
    session: &Session,
    origin: LogOrigin,
    mut from: u64,
    pieces: mpsc::Sender<Piece>,
    clock: Clock,
) {
    while !session.is_closed() && !pieces.is_closed() {
        let command = format!("sudo -n tail -c +{} -F {}", from + 1, path(origin));
        if let Ok(mut running) = session.stream(&command).await {
            while let Some(chunk) = running.next().await {
                let Chunk::Out(bytes) = chunk else { continue };
                from += u64::try_from(bytes.len()).unwrap_or(0);
                if pieces.send((origin, bytes)).await.is_err() {
                    return;
                }
            }
        }
        if !session.is_closed() {
            clock.sleep(AGAIN).await;
        }
    }
}
