//! Being logged in to a node: both its logs as they grow, cloud-init's state, and on the server the
//! kubeconfig.

use std::time::{Duration, Instant};

use futures::future::Either;

use super::flow::{Flow, Piece};
use super::kubeconfig::{Kubeconfig, REMOTE};
use super::node::Follower;
use super::service::{self, Service, Watch};
use super::shared::Unheard;
use super::{allegiance, cloud_init, meaning};
use crate::domain::bootstrap::{LogOrigin, Progress, Stage};
use crate::domain::line::Line;
use crate::domain::log_line::Level;
use crate::domain::problem::Problem;
use crate::domain::topology::Role;
use crate::ssh::{Session, SshError};

/// The pace of questions that are asked again and again.
const ASK: Duration = Duration::from_secs(5);
/// The pace of looks at cloud-init once it has ended: a boot begins it anew.
const RARELY: Duration = Duration::from_secs(30);
/// Lines that a service which died is shown with.
const LAST: usize = 12;

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
        if std::mem::replace(&mut self.was_logged_in, true) {
            let said = self.said_of_logs("logged in again; reading goes on at");
            self.shared.tell_log(Level::Info, &said).await?;
        }
        let mut flow = self.logs.over(session, clock);
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
                piece = flow.next() => match piece {
                    Some(piece) => self.take_piece(piece).await?,
                    None => break,
                },
                () = clock.sleep(ASK) => {}
            }
            self.ask(&mut flow, &mut questions).await?;
        }
        let lost = session.closed().await;
        let said = self.said_of_logs(&format!("{lost}; read up to"));
        self.shared.tell_log(Level::Warn, &said).await
    }

    fn said_of_logs(&self, what: &str) -> String {
        let [script, cloud_init] =
            [LogOrigin::Script, LogOrigin::CloudInit].map(|it| self.logs.read(it));
        let name = &self.node.name;
        format!("{name}: {what} byte {script} of its script's log and {cloud_init} of cloud-init's")
    }

    /// Waits for `work`, and takes in what the logs bring meanwhile.
    async fn meanwhile<T>(
        &mut self,
        flow: &mut Flow<'_>,
        work: impl Future<Output = T>,
    ) -> Result<T, Unheard> {
        tokio::pin!(work);
        loop {
            match flow.or(work.as_mut()).await {
                Either::Left(piece) => self.take_piece(piece).await?,
                Either::Right(done) => return Ok(done),
            }
        }
    }

    async fn take_piece(&mut self, piece: Piece) -> Result<(), Unheard> {
        self.logs.took(&piece);
        match piece {
            Piece::More(origin, bytes) => self.take(origin, &bytes).await,
            Piece::Anew(origin) => {
                self.log.begin_anew(origin);
                Ok(())
            }
        }
    }

    /// Asks what is due. A busy log does not keep the questions from being asked.
    async fn ask(&mut self, flow: &mut Flow<'_>, due: &mut Questions) -> Result<(), Unheard> {
        let clock = self.shared.clock;
        let now = clock.instant();
        if now < due.next || flow.session().is_closed() {
            return Ok(());
        }
        due.next = now + clock.at_pace(ASK);
        if now >= due.cloud_init && self.ask_cloud_init(flow).await? {
            due.cloud_init = now + clock.at_pace(RARELY);
        }
        if due.wants_kubeconfig && self.log.has_passed(Stage::K3s) {
            due.wants_kubeconfig = !self.fetch_kubeconfig(flow, due).await?;
        }
        if now >= due.service && self.log.has_passed(Stage::K3s) {
            self.ask_service(flow, &mut due.watch).await?;
            due.service = now + clock.at_pace(due.watch.pace());
        }
        Ok(())
    }

    /// Whether cloud-init has come to an end.
    async fn ask_cloud_init(&mut self, flow: &mut Flow<'_>) -> Result<bool, Unheard> {
        let asking = flow.session().run(cloud_init::COMMAND);
        let Ok(output) = self.meanwhile(flow, asking).await? else {
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
    async fn ask_service(&mut self, flow: &mut Flow<'_>, watch: &mut Watch) -> Result<(), Unheard> {
        let unit = service::unit(self.node.role);
        let question = format!("systemctl is-active {unit}");
        let asking = flow.session().run(&question);
        let Ok(output) = self.meanwhile(flow, asking).await? else {
            return Ok(());
        };
        let Some(found) = watch.judge(&String::from_utf8_lossy(&output.stdout)) else {
            return Ok(());
        };
        let trouble = match found {
            Service::Runs => self.estranged(flow).await?,
            Service::Wavers(word) => Some(Progress::Running {
                waits_for: Line::new(&format!("{unit}.service, which is {word}")),
            }),
            Service::Dead(_)
                if matches!(self.log.progress(Stage::K3s), Progress::Failed { .. }) =>
            {
                return Ok(());
            }
            Service::Dead(word) => {
                let asking = service::journal(flow.session());
                let printed = self.meanwhile(flow, asking).await?;
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

    /// That an agent runs which does not belong to the server that is there now.
    async fn estranged(&mut self, flow: &mut Flow<'_>) -> Result<Option<Progress>, Unheard> {
        if self.node.role == Role::Server {
            return Ok(None);
        }
        let asking = allegiance::is_to_another(self.shared, flow.session());
        if !self.meanwhile(flow, asking).await? {
            return Ok(None);
        }
        let node = &self.node.name;
        let title = format!("{node}: its K3s is not of this cluster");
        // It is told once: its journal has another line at every look.
        match self.log.progress(Stage::K3s) {
            known @ Progress::Failed { problem } if problem.title == title => {
                return Ok(Some(known.clone()));
            }
            Progress::Failed { .. }
            | Progress::Waiting
            | Progress::Running { .. }
            | Progress::Done => {}
        }
        let asking = service::journal(flow.session());
        let journal = self.meanwhile(flow, asking).await?;
        let refused = journal
            .lines()
            .filter(|line| line.contains(service::UNTRUSTED));
        let refused: Vec<&str> = refused.collect();
        let last = self.last_of(&refused.join("\n"));
        let mut detail = vec![format!(
            "{}.service runs with certificates of another server than the one that is there",
            service::unit(self.node.role)
        )];
        detail.extend(last.last().map(ToString::to_string));
        Ok(Some(Progress::Failed {
            problem: Problem {
                title,
                detail: detail.join("\n"),
                next: format!(
                    "let it join anew: k3scope ssh {node} -- sudo k3scope-bootstrap --rejoin"
                ),
                request_id: None,
            },
        }))
    }

    fn last_of(&self, printed: &str) -> Vec<Line> {
        let lines: Vec<&str> = printed.lines().collect();
        let from = lines.len().saturating_sub(LAST);
        let last = lines.into_iter().skip(from);
        last.map(|line| Line::new(&self.shared.mask.apply(line)))
            .collect()
    }

    async fn fetch_kubeconfig(
        &mut self,
        flow: &mut Flow<'_>,
        due: &mut Questions,
    ) -> Result<bool, Unheard> {
        // K3s writes it a moment after it has told that it runs.
        let fetching = fetch(flow.session());
        let Ok(Some(fetched)) = self.meanwhile(flow, fetching).await? else {
            return Ok(false);
        };
        let topology = &self.shared.target.topology;
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
