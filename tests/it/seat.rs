//! The place in front of a lab: what is told is folded, keys are pressed, and what follows is done.

use std::time::Duration;

use k3scope::app::Seeker;
use k3scope::app::acting::Actor;
use k3scope::clock::Clock;
use k3scope::domain::access::Access;
use k3scope::domain::action::{Action, ActionEvent, ActionOutcome};
use k3scope::domain::event::{Event, What};
use k3scope::effect::Effect;
use k3scope::lab::Lab;
use k3scope::sources::{CHANNEL, Feeds, Supervisor};
use k3scope::store::{Store, fold};
use k3scope::ui::Cockpit;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use tokio::sync::mpsc;

use crate::cockpit::stage;

/// After this a wait has failed; nothing is measured by it.
pub(crate) const LIMIT: Duration = Duration::from_mins(3);

/// Who sits there has these rights, follows this, and waits as fast as this clock.
pub(crate) struct Sitting {
    pub(crate) access: Access,
    pub(crate) feeds: Feeds,
    pub(crate) clock: Clock,
    /// Where it is found out what to look for outside.
    pub(crate) seeker: Option<Seeker>,
}

pub(crate) struct Seat {
    pub(crate) lab: Lab,
    pub(crate) store: Store,
    cockpit: Cockpit,
    events: mpsc::Receiver<Event>,
    told: mpsc::Sender<Event>,
    effects: mpsc::Sender<Effect>,
    seeker: Option<Seeker>,
    supervisor: Supervisor,
}

impl Seat {
    /// Takes it; `actor` makes the one who acts, who tells by that sender. Boxed: a store is large.
    pub(crate) fn take(
        lab: Lab,
        sitting: Sitting,
        actor: impl FnOnce((mpsc::Sender<Event>, Clock)) -> Actor,
    ) -> Box<Self> {
        let Sitting {
            access,
            feeds,
            clock,
            seeker,
        } = sitting;
        let (told, events) = mpsc::channel(CHANNEL);
        let (effects, asked) = mpsc::channel(16);
        tokio::spawn(actor((told.clone(), clock)).attend(asked));
        let mut look = stage::look();
        look.badges.read_only = access == Access::ReadOnly;
        Box::new(Self {
            lab,
            store: Store::default(),
            cockpit: Cockpit::new(look),
            events,
            effects,
            seeker,
            supervisor: Supervisor::start(feeds, told.clone(), clock),
            told,
        })
    }

    /// Tells something as a source would.
    pub(crate) async fn tell(&mut self, what: What) {
        let at = Clock::default().now();
        self.told.send(Event { at, what }).await.unwrap();
    }

    /// Has `effect` done.
    pub(crate) async fn ask(&self, effect: Effect) {
        self.effects.send(effect).await.unwrap();
    }

    /// Does `action` and waits for its end.
    pub(crate) async fn act(&mut self, action: Action) -> ActionOutcome {
        self.ask(Effect::Act(action)).await;
        self.outcome().await
    }

    /// The end of the next action that ends.
    pub(crate) async fn outcome(&mut self) -> ActionOutcome {
        loop {
            if let What::Action(ActionEvent::Ended { outcome, .. }) = self.next("its end").await {
                return outcome;
            }
        }
    }

    /// Folds what is told until `holds`.
    pub(crate) async fn until(&mut self, why: &str, holds: impl Fn(&Store) -> bool) {
        while !holds(&self.store) {
            self.next(why).await;
        }
    }

    async fn next(&mut self, why: &str) -> What {
        let next = Clock::default().timeout(LIMIT, self.events.recv()).await;
        let Ok(Some(event)) = next else {
            panic!("not so: {why}\n{:#?}", self.store.sources);
        };
        let what = event.what.clone();
        fold(&mut self.store, event);
        if let Some(seeker) = &mut self.seeker {
            seeker.look(&self.store);
        }
        what
    }

    /// Presses keys, written as in `keymap.toml` with blanks between them; what follows is done.
    pub(crate) async fn press(&mut self, keys: &str) -> Vec<Effect> {
        let mut all = Vec::new();
        for key in keys.split_whitespace() {
            self.shown();
            let now = Clock::default().now();
            let mut effects = self.cockpit.key(key.parse().unwrap(), &self.store, now);
            effects.extend(self.cockpit.due(&self.store, now));
            for effect in effects {
                all.push(effect.clone());
                self.ask(effect).await;
            }
        }
        all
    }

    /// The screen as text.
    pub(crate) fn shown(&mut self) -> String {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 120, 42));
        let now = Clock::default().now();
        self.cockpit.draw(&mut buffer, &self.store, now);
        stage::text(&buffer)
    }

    pub(crate) async fn leave(self: Box<Self>) {
        let Self {
            lab,
            events,
            effects,
            supervisor,
            ..
        } = *self;
        drop(events);
        supervisor.stop().await;
        drop(effects);
        lab.stop().await.unwrap();
    }
}

/// What an action that was done says.
pub(crate) fn done(outcome: ActionOutcome) -> String {
    match outcome {
        ActionOutcome::Done { said } => said.to_string(),
        other @ (ActionOutcome::Failed(_) | ActionOutcome::Unknown(_)) => panic!("{other:?}"),
    }
}

/// Why an action was not done.
pub(crate) fn refused(outcome: ActionOutcome) -> String {
    match outcome {
        ActionOutcome::Failed(problem) => format!("{}: {}", problem.title, problem.detail),
        other @ (ActionOutcome::Done { .. } | ActionOutcome::Unknown(_)) => panic!("{other:?}"),
    }
}
