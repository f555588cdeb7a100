//! What is asked of OCI for an instance: what OCI was sent, what became of the node, what is told.

use k3scope::domain::action::{ActionOutcome, InstanceAct};
use k3scope::domain::instance::Power;
use k3scope::kube::Access;
use k3scope::lab::oci::{Fault, Matcher};

use super::desk::Desk;

const NODE: &str = "k3s-worker";

fn said(outcome: ActionOutcome) -> String {
    match outcome {
        ActionOutcome::Done { said } => said.to_string(),
        other @ (ActionOutcome::Failed(_) | ActionOutcome::Unknown(_)) => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_instance_explains_its_node_and_is_started_from_its_row() {
    let mut desk = Desk::open(Access::ReadWrite).await;
    desk.settle().await;
    desk.stop_at_oci(NODE).await;
    desk.until_power(NODE, Power::Stopped).await;
    desk.until_ready(NODE, false).await;
    desk.press("6 G enter").await;
    let shown = desk.shown();
    assert!(
        shown.contains("its instance is stopped at OCI: start it"),
        "{shown}"
    );
    desk.press("esc a o").await;
    let asked = desk.shown();
    assert!(
        asked.contains("Start the instance of k3s-worker?"),
        "{asked}"
    );
    assert!(
        asked.contains("oci compute instance action --action START"),
        "{asked}"
    );
    desk.press("y").await;
    let told = said(desk.outcome().await);
    assert_eq!(told, "it runs; its node reports once it has booted");
    assert_eq!(desk.instance(NODE).power, Power::Running);
    desk.until_ready(NODE, true).await;
    let entry = desk.store.actions.entries().next_back().unwrap().clone();
    let ocid = desk.instance(NODE).ocid;
    let command = format!("oci compute instance action --action START --instance-id {ocid}");
    assert_eq!(entry.commands, [command]);
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reboot_wants_the_name_typed_and_the_node_comes_back() {
    let mut desk = Desk::open(Access::ReadWrite).await;
    desk.settle().await;
    desk.press("6 G a b").await;
    let asked = desk.shown();
    assert!(
        asked.contains("Reboot the instance of k3s-worker?"),
        "{asked}"
    );
    assert!(asked.contains("SOFTRESET"), "{asked}");
    assert!(
        desk.press("enter").await.is_empty(),
        "the name is not typed yet"
    );
    assert_eq!(desk.asked(), [""; 0]);
    desk.press("k 3 s - w o r k e r enter").await;
    desk.until_ready(NODE, false).await;
    desk.until_ready(NODE, true).await;
    desk.until("it has ended", |it| {
        it.actions.entries().all(|entry| entry.ended.is_some())
    })
    .await;
    let entry = desk.store.actions.entries().next_back().unwrap().clone();
    let (_, outcome) = entry.ended.unwrap();
    assert_eq!(
        said(outcome),
        "OCI has restarted it; its node reports once it has booted"
    );
    let sent = desk.asked();
    assert_eq!(sent.len(), 1);
    assert!(sent[0].ends_with("?action=SOFTRESET"), "{sent:?}");
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn read_only_asks_oci_for_nothing() {
    let mut desk = Desk::open(Access::ReadOnly).await;
    desk.settle().await;
    for act in [InstanceAct::Start, InstanceAct::Reboot, InstanceAct::Reset] {
        let action = desk.action(NODE, act);
        let ActionOutcome::Failed(problem) = desk.act(action).await else {
            panic!("{act:?} was done");
        };
        assert_eq!(problem.title, "nothing is changed with --read-only");
    }
    assert_eq!(desk.asked(), [""; 0]);
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_makes_no_sense_now_is_not_sent() {
    let mut desk = Desk::open(Access::ReadWrite).await;
    desk.settle().await;
    let action = desk.action(NODE, InstanceAct::Start);
    let ActionOutcome::Failed(problem) = desk.act(action).await else {
        panic!("it runs already");
    };
    assert_eq!(problem.detail, "it runs");
    let mut strange = desk.instances.clone();
    strange.cluster = "another".to_owned();
    assert_eq!(strange.list().await.unwrap(), []);
    assert_eq!(desk.asked(), [""; 0]);
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_told_in_ocis_words_with_the_request_id() {
    let mut desk = Desk::open(Access::ReadWrite).await;
    desk.settle().await;
    let cases = [
        (
            404,
            "NotAuthorizedOrNotFound",
            "OCI knows no such instance",
            1,
        ),
        (429, "TooManyRequests", "OCI wants fewer requests", 4),
        (409, "IncorrectState", "its state does not permit it now", 4),
        (
            401,
            "NotAuthenticated",
            "OCI does not accept the profile",
            1,
        ),
    ];
    for (status, code, title, times) in cases {
        for _ in 0..times {
            let fault = Fault::Status(status, code.to_owned(), "as OCI says".to_owned());
            desk.lab
                .oci()
                .fail_next(Matcher::new("POST", "?action="), fault);
        }
        let action = desk.action(NODE, InstanceAct::Reset);
        let ActionOutcome::Failed(problem) = desk.act(action).await else {
            panic!("{status} was no refusal");
        };
        desk.lab.oci().forgive();
        assert!(problem.title.starts_with(title), "{problem:?}");
        assert!(problem.detail.contains("as OCI says"), "{problem:?}");
        assert!(problem.request_id.is_some(), "{problem:?}");
    }
    assert_eq!(desk.instance(NODE).power, Power::Running);
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_does_not_reset_it_twice() {
    let mut desk = Desk::open(Access::ReadWrite).await;
    desk.settle().await;
    let matcher = Matcher::new("POST", "?action=");
    desk.lab.oci().fail_next(matcher, Fault::AfterDoing);
    let action = desk.action(NODE, InstanceAct::Reset);
    let told = said(desk.act(action).await);
    assert_eq!(
        told,
        "OCI has reset it; its node reports once it has booted"
    );
    let tokens: Vec<Option<String>> = desk
        .lab
        .oci()
        .requests()
        .into_iter()
        .filter(|it| it.path.contains("?action="))
        .map(|it| it.retry_token)
        .collect();
    assert!(tokens.len() == 2 && tokens[0].is_some() && tokens[0] == tokens[1]);
    desk.close().await;
}
