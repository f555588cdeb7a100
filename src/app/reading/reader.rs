//! The one who reads: begins what is asked for, and ends a log when another is opened or it is closed.

use std::path::PathBuf;

use tokio::sync::{mpsc, watch};
use tokio::task::{AbortHandle, JoinSet};

use super::container::Container;
use super::{checkup, gather, proof, save};
use crate::bootstrap::Mask;
use crate::clock::Clock;
use crate::domain::comparison::ResourceRef;
use crate::domain::event::{Event, What};
use crate::domain::line::Line;
use crate::domain::object::ObjectRef;
use crate::domain::problem::Problem;
use crate::domain::reading::{LogWish, Reading, Thing, Whole};
use crate::kube::whole::whole;
use crate::kube::{Connection, Fault};
use crate::web::Visitor;

/// Pieces of logs that may wait to be told: beyond them the API server has to wait.
const PIECES: usize = 8;

/// Who reads.
#[derive(Debug)]
pub struct Reader {
    desk: Desk,
    tasks: JoinSet<()>,
    log: Option<AbortHandle>,
    number: u32,
    /// What is looked at of an application, once anything was.
    checked: Option<watch::Sender<Vec<ResourceRef>>>,
}

/// What everything that is read is read with.
#[derive(Clone, Debug)]
pub(super) struct Desk {
    connection: watch::Receiver<Option<Connection>>,
    events: mpsc::Sender<Event>,
    pub(super) clock: Clock,
    pub(super) mask: Mask,
}

impl Reader {
    /// Reads by `connection`, whenever there is one.
    pub fn new(
        connection: watch::Receiver<Option<Connection>>,
        (events, clock): (mpsc::Sender<Event>, Clock),
    ) -> Self {
        Self {
            desk: Desk {
                connection,
                events,
                clock,
                mask: Mask::default(),
            },
            tasks: JoinSet::new(),
            log: None,
            number: 0,
            checked: None,
        }
    }

    /// Opens a log in place of the one that is open.
    pub fn open(&mut self, wish: LogWish) {
        self.end();
        self.number = self.number.saturating_add(1);
        let (desk, number) = (self.desk.clone(), self.number);
        self.log = Some(self.tasks.spawn(follow(desk, number, wish)));
    }

    /// Closes the log that is open.
    pub fn close(&mut self) {
        self.end();
        let desk = self.desk.clone();
        self.tasks
            .spawn(async move { desk.tell(Reading::LogClosed).await });
    }

    /// Reads an object as a whole.
    pub fn read(&mut self, of: Thing) {
        let desk = self.desk.clone();
        self.tasks.spawn(async move {
            let found = desk.whole(&of).await;
            desk.tell(Reading::Whole { of, found }).await;
        });
    }

    /// Looks at these resources from now on, in place of those before; at none where there are none.
    pub fn check(&mut self, of: Vec<ResourceRef>) {
        if let Some(checked) = &self.checked {
            checked.send_replace(of);
            return;
        }
        let (checked, wanted) = watch::channel(of);
        self.checked = Some(checked);
        self.tasks.spawn(checkup::attend(self.desk.clone(), wanted));
    }

    /// Goes the way to the proof of a challenge.
    pub fn prove(&mut self, visitor: Visitor, of: ObjectRef) {
        let desk = self.desk.clone();
        self.tasks.spawn(proof::walk(desk, visitor, of));
    }

    /// Saves a text as a file of its own in `folder`, called `name` and the time.
    pub fn save(&mut self, folder: Result<PathBuf, String>, (name, text): (String, String)) {
        let desk = self.desk.clone();
        self.tasks.spawn(async move {
            let at = desk.clock.now();
            desk.tell(save::saved(folder, (name, text), at).await).await;
        });
    }

    /// Ends all that is read.
    pub async fn stop(&mut self) {
        self.log = None;
        self.checked = None;
        self.tasks.shutdown().await;
    }

    fn end(&mut self) {
        while self.tasks.try_join_next().is_some() {}
        if let Some(log) = self.log.take() {
            log.abort();
        }
    }
}

/// Reads a log until nothing of it will come any more.
async fn follow(desk: Desk, number: u32, wish: LogWish) {
    let opened = Reading::LogOpened {
        number,
        wish: wish.clone(),
    };
    desk.tell(opened).await;
    let (lines, gathered) = mpsc::channel(PIECES);
    let containers: Vec<_> = wish
        .containers
        .iter()
        .map(|name| Container::new(&desk, number, (&wish, name)).read(lines.clone()))
        .collect();
    drop(lines);
    let told = gather::tell(&desk, number, gathered);
    tokio::join!(futures::future::join_all(containers), told);
}

impl Desk {
    pub(super) async fn tell(&self, reading: Reading) {
        self.tell_of(What::Reading(reading)).await;
    }

    pub(super) async fn tell_of(&self, what: What) {
        let at = self.clock.now();
        if self.events.send(Event { at, what }).await.is_err() {
            tracing::debug!("the session has ended; nobody is told");
        }
    }

    /// The way to the API, if there is one now.
    pub(super) fn connection(&self) -> Option<Connection> {
        self.connection.borrow().clone()
    }

    async fn whole(&self, of: &Thing) -> Whole {
        let Some(connection) = self.connection() else {
            return Whole::Refused(refused(of, &Fault::Unreachable("no way there now".into())));
        };
        match whole(&connection, of).await {
            Ok(Some(lines)) => Whole::Lines {
                lines: lines
                    .iter()
                    .map(|line| Line::new(&self.mask.apply(line)))
                    .collect(),
            },
            Ok(None) => Whole::Gone,
            Err(fault) => Whole::Refused(refused(of, &fault)),
        }
    }
}

fn refused(of: &Thing, fault: &Fault) -> Problem {
    let next = if matches!(fault, Fault::Forbidden(_)) {
        "ask for the right to get it"
    } else {
        "read it again in a moment"
    };
    Problem {
        title: format!("{} {} cannot be read", of.kind, of.id),
        detail: fault.to_string(),
        next: next.to_owned(),
        request_id: None,
    }
}
