//! Being logged in to a node: both its logs as they grow, cloud-init's state, and on the server the
//! kubeconfig.

use std::time::{Duration, Instant};

use tokio::sync::mpsc;

use super::kubeconfig::{Kubeconfig, REMOTE};
use super::node::Follower;
use super::service::{self, Service, Watch};
use super::shared::Unheard;
use super::tail::{Piece, Place, tail};
use super::{cloud_init, meaning};
use crate::domain::bootstrap::{Progress, Stage};
use crate::domain::line::Line;
use crate::domain::topology::Role;
use crate::ssh::{Session, SshError};

/// The pace of questions that are asked again and again.
const ASK: Duration = Duration::from_secs(5);
/// The pace of looks at cloud-init once it has ended: a boot begins it anew.
const RARELY: Duration = Duration::from_secs(30);
/// Lines that a service which died is shown with.
const LAST: usize = 12;
/// Pieces of logs that wait to be taken in; then the node waits.
const QUEUE: usize = 64;

/// What is still to be asked on this visit, and when.
struct Questions {
    next: Instant,
    cloud_init: Instant,
    service: Instant,
    watch: Watch,
    wants_kubeconfig: bool,
    complained: bool,
}

impl Follower<'_> {
    /// Stays until the session ends.
    pub(super) async fn visit(&mut self, session: &Session) -> Result<(), Unheard> {
        let clock = self.shared.clock;
        let (sender, mut pieces) = mpsc::channel(QUEUE);
        let [first, second] = self
            .read
            .clone()
            .map(|(origin, place)| tail(session, origin, place, sender.clone(), clock));
        drop(sender);
        let tails = futures::future::join(first, second);
        tokio::pin!(tails);
        let now = clock.instant();
        let mut questions = Questions {
            next: now,
            cloud_init: now,
            service: now,
            watch: Watch::default(),
            wants_kubeconfig: self.node.role == Role::Server,
            complained: false,
        };
        loop {
            tokio::select! {
                Some(piece) = pieces.recv() => self.take_piece(piece).await?,
                _ = &mut tails => break,
                () = clock.sleep(ASK) => {}
            }
            self.ask(session, &mut questions).await?;
        }
        while let Ok(piece) = pieces.try_recv() {
            self.take_piece(piece).await?;
        }
        let why = session.closed().await;
        tracing::info!(node = %self.node.name, %why, "logged out");
        Ok(())
    }

    async fn take_piece(&mut self, piece: Piece) -> Result<(), Unheard> {
        let (Piece::More(origin, _) | Piece::Anew(origin)) = piece;
        let place = self.read.iter_mut().find(|(each, _)| *each == origin);
        match (piece, place) {
            (Piece::More(origin, bytes), Some((_, place))) => {
                place.advance(&bytes);
                self.take(origin, &bytes).await
            }
            (Piece::Anew(origin), Some((_, place))) => {
                *place = Place::default();
                self.log.begin_anew(origin);
                Ok(())
            }
            (_, None) => Ok(()),
        }
    }

    /// Asks what is due. A busy log does not keep the questions from being asked.
    async fn ask(&mut self, session: &Session, due: &mut Questions) -> Result<(), Unheard> {
        let clock = self.shared.clock;
        let now = clock.instant();
        if now < due.next || session.is_closed() {
            return Ok(());
        }
        due.next = now + clock.at_pace(ASK);
        if now >= due.cloud_init && self.ask_cloud_init(session).await? {
            due.cloud_init = now + clock.at_pace(RARELY);
        }
        if due.wants_kubeconfig && self.log.has_passed(Stage::K3s) {
            due.wants_kubeconfig = !self.fetch_kubeconfig(session, due).await?;
        }
        if now >= due.service && self.log.has_passed(Stage::K3s) {
            self.ask_service(session, &mut due.watch).await?;
            due.service = now + clock.at_pace(due.watch.pace());
        }
        Ok(())
    }

    /// Whether cloud-init has come to an end.
    async fn ask_cloud_init(&mut self, session: &Session) -> Result<bool, Unheard> {
        let Ok(output) = session.run(cloud_init::COMMAND).await else {
            return Ok(false);
        };
        let answer = String::from_utf8_lossy(&output.stdout);
        let Some(answer) = cloud_init::read(&answer, &self.node.name) else {
            return Ok(false);
        };
        let has_ended = !matches!(answer.progress, Progress::Running { .. });
        let event = self
            .log
            .set_timed(Stage::CloudInit, answer.progress, answer.took);
        self.tell_all(event.into_iter().collect()).await?;
        Ok(has_ended)
    }

    /// Whether K3s still runs; when it does not, with what it printed last.
    async fn ask_service(&mut self, session: &Session, watch: &mut Watch) -> Result<(), Unheard> {
        let unit = service::unit(self.node.role);
        let Ok(output) = session.run(&format!("systemctl is-active {unit}")).await else {
            return Ok(());
        };
        let Some(found) = watch.judge(&String::from_utf8_lossy(&output.stdout)) else {
            return Ok(());
        };
        let trouble = match found {
            Service::Runs => None,
            Service::Wavers(word) => Some(Progress::Running {
                waits_for: Line::new(&format!("{unit}.service, which is {word}")),
            }),
            Service::Dead(_)
                if matches!(self.log.progress(Stage::K3s), Progress::Failed { .. }) =>
            {
                return Ok(());
            }
            Service::Dead(word) => {
                let printed = session.run(service::JOURNAL).await;
                let printed = printed.map(|output| output.stdout).unwrap_or_default();
                let last = self.last_of(&printed);
                let died = format!("{unit}.service is {word}");
                let node = Line::new(&self.node.name);
                let problem = meaning::of_failure(&node, Stage::K3s, &died, &last);
                Some(Progress::Failed { problem })
            }
        };
        let events = self.log.serve(trouble, &self.shared.mask);
        self.tell_all(events).await
    }

    fn last_of(&self, printed: &[u8]) -> Vec<Line> {
        let printed = String::from_utf8_lossy(printed);
        let lines: Vec<&str> = printed.lines().collect();
        let from = lines.len().saturating_sub(LAST);
        let last = lines.into_iter().skip(from);
        last.map(|line| Line::new(&self.shared.mask.apply(line)))
            .collect()
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
