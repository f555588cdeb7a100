//! Holding one request, so that a test can end its client at exactly that point.
//!
//! Who asks for a hold gets a [`Hold`]; the request that it finds waits at the gate until the hold
//! decides. Nothing here knows what the request is about.

use tokio::sync::oneshot;

use super::log::Record;

/// Where a request is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Point {
    /// It has come, and nothing is done yet.
    BeforeDoing,
    /// It is done, and not answered yet.
    BeforeAnswering,
}

/// The holder's side. Dropped, it cuts the connection of the request that it holds or comes to hold:
/// at [`Point::BeforeDoing`] without doing it, at [`Point::BeforeAnswering`] without answering it.
#[derive(Debug)]
pub struct Hold {
    come: Option<oneshot::Receiver<Option<Record>>>,
    go_on: oneshot::Sender<()>,
}

/// The request's side.
#[derive(Debug)]
pub(super) struct Gate {
    pub(super) point: Point,
    come: oneshot::Sender<Option<Record>>,
    may_go_on: oneshot::Receiver<()>,
}

/// A hold at `point` and the gate that goes with it.
pub(super) fn pair(point: Point) -> (Hold, Gate) {
    let (come, has_come) = oneshot::channel();
    let (go_on, may_go_on) = oneshot::channel();
    let hold = Hold {
        come: Some(has_come),
        go_on,
    };
    let gate = Gate {
        point,
        come,
        may_go_on,
    };
    (hold, gate)
}

impl Hold {
    /// Comes when a request stands at the point, with what the log says of it; `None` when that was
    /// told before, or the lab has ended.
    pub async fn reached(&mut self) -> Option<Record> {
        self.come.take()?.await.ok().flatten()
    }

    /// Cuts the connection, as dropping does.
    pub fn cut(self) {
        drop(self);
    }

    /// Lets the request go on as if it had never been held.
    pub fn let_go(self) {
        // A request whose client has gone meanwhile needs no leave.
        let _ = self.go_on.send(());
    }
}

impl Gate {
    /// Says that the request stands here and waits for the decision: whether it may go on.
    pub(super) async fn wait(self, record: Option<Record>) -> bool {
        // A holder that is not waiting has decided already, or will.
        let _ = self.come.send(record);
        self.may_go_on.await.is_ok()
    }
}
