//! The one that leads: takes what is asked, begins what comes next, and never does two things at
//! once that would be in each other's way.

use std::future::pending;
use std::path::Path;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::following::{Following, News};
use super::provisioning::{Came, Kind, Work};
use super::start::Start;
use super::teller::{Teller, problem};
use crate::app::cloud::Cloud;
use crate::app::feeds;
use crate::app::setup::{Executor, draft};
use crate::config::{Config, Loaded};
use crate::domain::bootstrap::BootstrapEvent;
use crate::domain::event::{Event, What};
use crate::domain::journey::{Begin, Stage};
use crate::domain::problem::Problem;
use crate::effect::Effect;
use crate::sources::Supervisor;

/// A journey and all that runs in it.
pub(super) struct Guide {
    start: Start,
    executor: Executor,
    teller: Teller,
    stage: Stage,
    work: Option<Work>,
    following: Option<Following>,
    watching: Option<Supervisor>,
}

/// What the guide was woken by.
enum Woken {
    Effect(Effect),
    Ended(Came),
    News(News),
    Over,
}

impl Guide {
    pub(super) fn new(start: Start, events: mpsc::Sender<Event>) -> Self {
        let clock = start.ground.clock;
        Self {
            executor: Executor::new(start.ground.clone(), events.clone()),
            teller: Teller { events, clock },
            stage: Stage::Setup,
            work: None,
            following: None,
            watching: None,
            start,
        }
    }

    /// Leads until it is stopped, or until nobody can ask any more.
    pub(super) async fn lead(
        mut self,
        mut effects: mpsc::Receiver<Effect>,
        stop: CancellationToken,
    ) {
        self.set_out().await;
        loop {
            match self.wait(&mut effects, &stop).await {
                Woken::Effect(effect) => self.perform(effect).await,
                Woken::Ended(came) => self.after_work(came).await,
                Woken::News(News::Healthy) => self.after_following().await,
                Woken::Over => break,
            }
        }
        // A run that makes things is waited for: its requests under way end, and are written down.
        if let Some(mut work) = self.work.take() {
            work.stop();
            work.ended().await;
        }
        self.stop_following().await;
        if let Some(watching) = self.watching.take() {
            watching.stop().await;
        }
        self.executor.stop().await;
    }

    async fn wait(
        &mut self,
        effects: &mut mpsc::Receiver<Effect>,
        stop: &CancellationToken,
    ) -> Woken {
        let (work, following) = (&mut self.work, &mut self.following);
        let ended = async {
            match work {
                Some(work) => work.ended().await,
                None => pending().await,
            }
        };
        let news = async {
            match following {
                Some(following) => following.news().await,
                None => pending().await,
            }
        };
        tokio::select! {
            () = stop.cancelled() => Woken::Over,
            effect = effects.recv() => effect.map_or(Woken::Over, Woken::Effect),
            came = ended => Woken::Ended(came),
            news = news => Woken::News(news),
        }
    }

    /// Begins where this cluster stands.
    async fn set_out(&mut self) {
        let ground = &self.start.ground;
        let unwritten = ground.base.is_none() || draft(&ground.config).is_some();
        if self.start.standing.is_some() {
            self.watch_standing().await;
        } else if self.start.setup_first || unwritten {
            self.go_to(Stage::Setup).await;
        } else {
            self.plan().await;
        }
    }

    /// Watches a cluster whose nodes are not ours to follow.
    async fn watch_standing(&mut self) {
        let Some(target) = &self.start.standing else {
            return;
        };
        match feeds::open(target, self.start.ground.base.as_ref(), true).await {
            Ok(opened) => {
                for problem in opened.problems {
                    self.teller.problem(problem).await;
                }
                let events = self.teller.events.clone();
                let clock = self.teller.clock;
                self.watching = Some(Supervisor::start(opened.feeds, events, clock));
                self.go_to(Stage::OnDuty).await;
            }
            Err(error) => {
                let told = problem("The cluster cannot be watched", &error, error.next);
                self.teller.problem(told).await;
            }
        }
    }

    async fn go_to(&mut self, stage: Stage) {
        self.stage = stage;
        self.teller.stage(stage).await;
    }

    async fn perform(&mut self, effect: Effect) {
        match effect {
            Effect::Ask(ask) => self.executor.ask(ask),
            Effect::Begin(begin) => self.begin(begin).await,
            Effect::Break(name) => self.break_it(name).await,
            // The terminal's own, done before anything comes here.
            Effect::Quit
            | Effect::Suspend
            | Effect::Redraw
            | Effect::CaptureMouse(_)
            | Effect::Copy { .. }
            | Effect::Confirm(_)
            | Effect::Show { .. } => {}
        }
    }

    async fn break_it(&self, name: String) {
        let Some(breaker) = &self.start.breaker else {
            return;
        };
        if breaker.send(name).await.is_err() {
            tracing::debug!("nobody is there who breaks things");
        }
    }

    async fn begin(&mut self, begin: Begin) {
        match begin {
            Begin::Plan => self.plan().await,
            Begin::Apply { allow_paid } => self.apply(allow_paid).await,
            Begin::Bootstrap => {
                // Asked again, everything is looked at anew.
                self.stop_following().await;
                self.follow(Stage::Bootstrap).await;
            }
            Begin::Watch => self.follow(Stage::OnDuty).await,
            Begin::Stop => self.stop_what_runs().await,
        }
    }

    async fn plan(&mut self) {
        if !self.may_begin().await {
            return;
        }
        self.go_to(Stage::Provision).await;
        if let Some(cloud) = self.cloud().await {
            self.work = Some(Work::plan(cloud, self.teller.clone()));
        }
    }

    async fn apply(&mut self, allow_paid: bool) {
        if self.start.ground.read_only {
            let title = "Nothing is made with --read-only";
            let next = "Start k3scope without --read-only.";
            self.teller.problem(problem(title, "", next)).await;
            return;
        }
        if !self.may_begin().await {
            return;
        }
        self.go_to(Stage::Provision).await;
        if let Some(cloud) = self.cloud().await {
            self.work = Some(Work::apply(cloud, allow_paid, self.teller.clone()));
        }
    }

    /// Whether nothing runs that makes things. A look at what there is gives way.
    async fn may_begin(&mut self) -> bool {
        let Some(mut work) = self.work.take() else {
            return true;
        };
        if work.kind == Kind::Apply {
            self.work = Some(work);
            let title = "A run is under way";
            let next = "Wait for its end, or stop it first.";
            self.teller.problem(problem(title, "", next)).await;
            return false;
        }
        work.stop();
        work.ended().await;
        true
    }

    async fn after_work(&mut self, came: Came) {
        self.work = None;
        match came {
            Came::Complete => self.follow(Stage::Bootstrap).await,
            Came::Incomplete | Came::Stopped => {}
            Came::Failed(problem) => self.teller.problem(problem).await,
        }
    }

    /// Follows the nodes and the cluster, and shows `stage` meanwhile.
    async fn follow(&mut self, stage: Stage) {
        if self.following.is_none() {
            let Some(cloud) = self.cloud().await else {
                return;
            };
            let Some(loaded) = self.configuration().await else {
                return;
            };
            let passphrase = self.start.ground.ssh_passphrase.clone();
            match Following::start(&loaded, &cloud, passphrase, &self.teller) {
                Ok(following) => self.following = Some(following),
                Err(problem) => return self.teller.problem(problem).await,
            }
        }
        self.go_to(stage).await;
    }

    /// A run goes before the following: it is what a person waits for.
    async fn stop_what_runs(&mut self) {
        if let Some(work) = &self.work {
            work.stop();
        } else if self.stop_following().await {
            self.finished(false).await;
        }
    }

    /// Ends following; whether there was any.
    async fn stop_following(&mut self) -> bool {
        match self.following.take() {
            Some(following) => {
                following.stop().await;
                true
            }
            None => false,
        }
    }

    async fn after_following(&mut self) {
        self.finished(true).await;
        if self.stage != Stage::OnDuty {
            self.go_to(Stage::OnDuty).await;
        }
    }

    async fn finished(&self, healthy: bool) {
        let event = BootstrapEvent::Finished { healthy };
        self.teller.tell(What::Bootstrap(event)).await;
    }

    /// The configuration as it is written now, or the problem that is told.
    async fn configuration(&self) -> Option<Loaded> {
        match read(&self.start.ground.config) {
            Ok(loaded) => Some(loaded),
            Err(problem) => {
                self.teller.problem(problem).await;
                None
            }
        }
    }

    async fn cloud(&mut self) -> Option<Cloud> {
        let loaded = self.configuration().await?;
        let oci = &loaded.config.oci;
        let passphrase = self.executor.passphrase(&oci.config_file, &oci.profile);
        match Cloud::open(&loaded, passphrase.as_ref(), None) {
            Ok(cloud) => Some(cloud),
            Err(error) => {
                let locked = error.wants_passphrase();
                let next = if locked {
                    "Type the passphrase on the first page, or set OCI_CLI_PASSPHRASE."
                } else {
                    "Correct cluster.toml or OCI's configuration file, then try again."
                };
                let title = "The cloud cannot be reached as cluster.toml says";
                self.teller.problem(problem(title, error, next)).await;
                if locked {
                    self.go_to(Stage::Setup).await;
                }
                None
            }
        }
    }
}

/// Reads `cluster.toml`; one with keys that redirect or execute and are not trusted is refused.
fn read(path: &Path) -> Result<Loaded, Problem> {
    let loaded = Config::load(path).map_err(|problems| {
        let title = "cluster.toml cannot be used";
        problem(title, problems, "Correct the file, then try again.")
    })?;
    let Some(keys) = loaded.untrusted_keys() else {
        return Ok(loaded);
    };
    Err(problem(
        "cluster.toml has keys that redirect or execute, and they are not trusted",
        keys,
        "Look at them (k3scope trust --show), then let them take effect (k3scope trust).",
    ))
}
