//! The one that leads: takes what is asked, begins what comes next, and never does two things at
//! once that would be in each other's way.

mod acting;

use std::future::pending;
use std::path::Path;

use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use super::attending::UnderWay;
use super::following::{Following, News};
use super::provisioning::{Came, Kind, Turn, Work};
use super::start::{Left, Start};
use super::teller::{Teller, problem};
use crate::app::acting::Actor;
use crate::app::cloud::{Cloud, hunt_left};
use crate::app::feeds;
use crate::app::notify::Herald;
use crate::app::setup::{Executor, draft};
use crate::config::{Config, Loaded, Workspace};
use crate::domain::bootstrap::BootstrapEvent;
use crate::domain::event::{Event, What};
use crate::domain::hunt::Unattended;
use crate::domain::journey::{Begin, Stage};
use crate::domain::plan::ResourceKey;
use crate::domain::problem::Problem;
use crate::domain::text;
use crate::effect::Effect;
use crate::kube::{Access, Connection};
use crate::sources::{Cloudflare, Instances, Supervisor};

/// A journey and all that runs in it.
pub(super) struct Guide {
    start: Start,
    executor: Executor,
    teller: Teller,
    stage: Stage,
    work: Option<Work>,
    following: Option<Following>,
    /// Whether those who are followed have told that all is healthy.
    healthy: bool,
    watching: Option<Supervisor>,
    /// Who does in the cluster what was asked for, and the way there while there is one.
    actor: Actor,
    way: watch::Sender<Option<Connection>>,
    /// Where the instances are, once that is known.
    instances: watch::Sender<Option<Instances>>,
    /// The records at Cloudflare that are followed.
    zones: watch::Sender<Option<Cloudflare>>,
    /// Whether the run that was begun last may cost money.
    allow_paid: bool,
    /// Who tells the operator's command; made with the first run.
    herald: Option<Herald>,
    /// Who wants to know what a run works on.
    under_way: watch::Sender<UnderWay>,
}

/// What the guide was woken by.
enum Woken {
    Effect(Effect),
    Run(Turn),
    News(News),
    Over,
}

impl Guide {
    pub(super) fn new(
        start: Start,
        events: mpsc::Sender<Event>,
        under_way: watch::Sender<UnderWay>,
    ) -> Self {
        let clock = start.ground.clock;
        let (way, found) = watch::channel(None);
        let (instances, known) = watch::channel(None);
        let (zones, records) = watch::channel(None);
        let access = Access::of(start.ground.read_only);
        let teller = Teller { events, clock };
        Self {
            executor: Executor::new(start.ground.clone(), teller.events.clone()),
            actor: Actor::new(found, access, (teller.events.clone(), clock))
                .of(Workspace::beside(&start.ground.config))
                .with_instances(known)
                .publishing(records)
                .lending(start.guests.clone()),
            way,
            instances,
            zones,
            teller,
            stage: Stage::Setup,
            work: None,
            following: None,
            healthy: false,
            watching: None,
            allow_paid: false,
            herald: None,
            under_way,
            start,
        }
    }

    /// Leads until it is stopped, or until nobody can ask any more.
    pub(super) async fn lead(
        mut self,
        mut effects: mpsc::Receiver<Effect>,
        stop: CancellationToken,
    ) -> Option<Left> {
        self.set_out().await;
        loop {
            match self.wait(&mut effects, &stop).await {
                Woken::Effect(effect) => self.perform(effect).await,
                Woken::Run(Turn::Ended(came)) => self.after_work(came).await,
                Woken::Run(Turn::Stands) => self.follow_early().await,
                Woken::News(News::Healthy) => self.after_following().await,
                Woken::Over => break,
            }
        }
        let left = self.left();
        // A run that makes things is waited for: its requests under way end, and are written down.
        if let Some(mut work) = self.work.take() {
            work.stop();
            work.ended().await;
        }
        self.actor.stop().await;
        self.stop_following().await;
        if let Some(watching) = self.watching.take() {
            watching.stop().await;
        }
        self.executor.stop().await;
        if let Some(herald) = self.herald.take() {
            herald.heard().await;
        }
        left
    }

    /// The hunt that ends with the session.
    fn left(&self) -> Option<Left> {
        let standing = self.work.as_ref()?.standing();
        if !standing.hunts {
            return None;
        }
        let now = self.teller.clock.now();
        Some(Left {
            tried: standing.tried,
            unattended: Unattended {
                config: text::line(&self.start.ground.config.display().to_string()),
                left: standing.until.map(|until| until.duration_since(now)),
                allow_paid: self.allow_paid,
            },
        })
    }

    async fn wait(
        &mut self,
        effects: &mut mpsc::Receiver<Effect>,
        stop: &CancellationToken,
    ) -> Woken {
        let (work, following) = (&mut self.work, &mut self.following);
        let turn = async {
            match work {
                Some(work) => work.turn().await,
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
            turn = turn => Woken::Run(turn),
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
            self.tell_of_a_hunt().await;
        }
    }

    /// Says that an earlier run left a hunt open, so that nobody thinks it goes on by itself.
    async fn tell_of_a_hunt(&mut self) {
        // What keeps the cloud from being opened was told by the plan.
        let Some(loaded) = read(&self.start.ground.config).ok() else {
            return;
        };
        let workspace = Workspace::beside(&loaded.path);
        let now = self.teller.clock.now();
        if let Some(left) = hunt_left(&workspace, &loaded.config.cluster.name, now) {
            self.teller.tell(What::HuntLeft(left)).await;
        }
    }

    /// Watches a cluster whose nodes are not ours to follow.
    async fn watch_standing(&mut self) {
        let Some(target) = &self.start.standing else {
            return;
        };
        match feeds::open(target, self.start.ground.base.as_ref(), true).await {
            Ok(mut opened) => {
                opened.feeds.sought.clone_from(&self.start.sought);
                if let Some(visitor) = opened.feeds.visitor.clone() {
                    self.actor.visit_as(visitor);
                }
                if let Some(loaded) = &self.start.ground.base {
                    match feeds::instances(loaded) {
                        Ok(found) => opened.feeds.instances = Some(found),
                        Err(problem) => opened.problems.push(problem),
                    }
                }
                self.instances.send_replace(opened.feeds.instances.clone());
                for problem in opened.problems {
                    self.teller.problem(problem).await;
                }
                let events = self.teller.events.clone();
                let clock = self.teller.clock;
                self.way.send_replace(opened.feeds.kubernetes.clone());
                self.zones.send_replace(opened.feeds.cloudflare.clone());
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
            Effect::Node(act) => self.act(act).await,
            Effect::Act(_)
            | Effect::Review(_)
            | Effect::Compare(_)
            | Effect::StopForward(_)
            | Effect::Check(_)
            | Effect::OpenLog(_)
            | Effect::CloseLog
            | Effect::Read(_)
            | Effect::Prove(_)
            | Effect::Save { .. } => self.actor.perform(effect),
            // The terminal's own, done before anything comes here.
            Effect::Quit
            | Effect::Suspend
            | Effect::Redraw
            | Effect::CaptureMouse(_)
            | Effect::Open(_)
            | Effect::Copy { .. }
            | Effect::Confirm(_)
            | Effect::Choose { .. }
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
            Begin::Apply {
                allow_paid,
                replace,
            } => self.apply(allow_paid, replace).await,
            Begin::Bootstrap => {
                // Asked again, everything is looked at anew.
                self.stop_following().await;
                self.follow(Stage::Bootstrap).await;
            }
            Begin::Watch => self.follow(Stage::OnDuty).await,
            Begin::Stop => self.stop_what_runs().await,
            Begin::Force => {
                if let Some(work) = &self.work {
                    work.force();
                }
            }
        }
    }

    async fn plan(&mut self) {
        if !self.may_begin().await {
            return;
        }
        self.go_to(Stage::Provision).await;
        if let Some(cloud) = self.cloud().await.map(Cloud::with_estimates) {
            let passphrase = self.start.ground.ssh_passphrase.clone();
            self.work = Some(Work::plan(cloud, passphrase, self.teller.clone()));
        }
    }

    async fn apply(&mut self, allow_paid: bool, replace: Vec<ResourceKey>) {
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
        if let Some(mut cloud) = self.cloud().await.map(Cloud::with_estimates) {
            cloud.engine.direct.replace = replace.into_iter().collect();
            self.allow_paid = allow_paid;
            let herald = self
                .herald
                .get_or_insert_with(|| cloud.herald(None))
                .clone();
            let teller = self.teller.clone();
            let passphrase = self.start.ground.ssh_passphrase.clone();
            let given = (allow_paid, passphrase);
            let told = (herald, self.under_way.clone());
            self.work = Some(Work::apply(cloud, given, teller, told));
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
            Came::Complete if self.healthy => self.go_to(Stage::OnDuty).await,
            Came::Complete => self.follow(Stage::Bootstrap).await,
            Came::Incomplete | Came::Stopped => {}
            Came::Failed(problem) => self.teller.problem(problem).await,
        }
    }

    /// Nodes that could be had come up while others are still hunted for: they are followed already,
    /// and the run stays what is shown.
    async fn follow_early(&mut self) {
        let early = self
            .work
            .as_ref()
            .is_some_and(|work| work.standing().has_nodes_early());
        if early {
            self.start_following().await;
        }
    }

    /// Follows the nodes and the cluster, and shows `stage` meanwhile.
    async fn follow(&mut self, stage: Stage) {
        if self.start_following().await {
            self.go_to(stage).await;
        }
    }

    /// Follows the nodes and the cluster, if they are not followed already; whether they are now.
    async fn start_following(&mut self) -> bool {
        if self.following.is_some() {
            return true;
        }
        let Some(cloud) = self.cloud().await else {
            return false;
        };
        let Some(loaded) = self.configuration().await else {
            return false;
        };
        self.actor.visit_as(feeds::visitor(Some(&loaded)));
        let passphrase = self.start.ground.ssh_passphrase.clone();
        let sought = self.start.sought.clone();
        let told = (&self.teller, &self.way);
        match Following::start(&loaded, &cloud, passphrase, told, sought) {
            Ok(following) => {
                self.zones.send_replace(following.records());
                self.following = Some(following);
                self.instances.send_replace(Some(cloud.instances()));
            }
            Err(problem) => {
                self.teller.problem(problem).await;
                return false;
            }
        }
        true
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
        self.healthy = false;
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
        self.healthy = true;
        // A run that is still under way leads on when it ends.
        let makes = self
            .work
            .as_ref()
            .is_some_and(|work| work.kind == Kind::Apply);
        if self.stage != Stage::OnDuty && !makes {
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
            Ok(cloud) => Some(cloud.with_access(Access::of(self.start.ground.read_only))),
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
