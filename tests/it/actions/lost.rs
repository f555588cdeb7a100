//! Actions whose connection breaks: what became of them is found out, or said not to be known.

use k3scope::domain::action::{Action, ActionOutcome, SyncWish};
use k3scope::lab::kube::Fault;

use super::desk::Desk;
use crate::seat::{done, refused};

async fn synced_with(fault: Fault) -> (Desk, ActionOutcome) {
    let mut desk = Desk::open().await;
    let app = desk.mine().await;
    desk.hold("mine", true);
    desk.fault(fault);
    let wish = SyncWish::default();
    let outcome = desk.act(Action::Sync { app, wish }).await;
    (desk, outcome)
}

fn stands(desk: &Desk) -> bool {
    desk.app("mine")["operation"].is_object()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_whose_answer_was_lost_is_found_to_be_made() {
    let (desk, outcome) = synced_with(Fault::AnswerLost).await;
    assert_eq!(done(outcome), "Argo CD was asked to sync");
    assert!(stands(&desk));
    assert_eq!(desk.asked(0).len(), 1, "it is not sent twice");
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_that_never_arrived_is_found_not_to_be_made() {
    let (desk, outcome) = synced_with(Fault::RequestLost).await;
    assert_eq!(
        refused(outcome),
        "not done: the connection was lost before it reached the server; nothing was changed"
    );
    assert!(!stands(&desk));
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_found_out_is_said_not_to_be_known() {
    let (desk, outcome) = synced_with(Fault::Silence).await;
    let ActionOutcome::Unknown(problem) = outcome else {
        panic!("{outcome:?}");
    };
    assert!(problem.title.contains("not known"), "{problem:?}");
    assert_eq!(problem.next, "look at the object before you ask again");
    assert!(stands(&desk), "the server had it all the same");
    desk.close().await;
}
