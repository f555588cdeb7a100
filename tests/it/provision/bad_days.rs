//! What goes wrong between the program and the cloud, and that nothing is lost or doubled by it.

use k3scope::lab::oci::{Fault, Matcher};

use super::process::{signal, until};
use super::session::{Ended, Session, assert_complete};

const APPLY: [&str; 3] = ["apply", "--yes", "--allow-paid"];

async fn until_posts(session: &Session, count: usize) {
    until(session, &format!("{count} creates"), |oci| {
        oci.requests()
            .iter()
            .filter(|it| it.method == "POST")
            .count()
            >= count
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_lost_does_not_make_a_second_resource() {
    let session = Session::start().await;
    for path in ["/vcns", "/instances", "/subnets"] {
        session
            .lab
            .oci()
            .fail_next(Matcher::new("POST", path), Fault::AfterDoing);
    }
    session.run(&APPLY).await.expect(0);
    assert_complete(&session.world());
}

#[tokio::test(flavor = "multi_thread")]
async fn interrupted_it_ends_the_requests_under_way_and_goes_on_later() {
    let session = Session::start().await;
    let stopped = session.spawn(&["apply", "--yes", "--allow-paid", "--json"]);
    until_posts(&session, 4).await;
    signal(&stopped, "INT");
    let ended = Ended::of(stopped.wait_with_output().await.unwrap()).expect(130);
    assert_eq!(ended.lines().pop().unwrap()["outcome"], "interrupted");
    session.run(&APPLY).await.expect(0);
    assert_complete(&session.world());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_run_at_once_is_refused_and_told_who_is_at_work() {
    let session = Session::start().await;
    let mut first = session.spawn(&APPLY);
    until_posts(&session, 1).await;
    let second = session.run(&APPLY).await.expect(1);
    assert!(second.err.contains("apply of lab"), "{}", second.err);
    assert!(first.wait().await.unwrap().success());
    assert_complete(&session.world());
}

#[tokio::test(flavor = "multi_thread")]
async fn throttling_and_faults_of_oci_are_waited_out() {
    let session = Session::start().await;
    let busy = Fault::Status(429, "TooManyRequests".to_owned(), "slow down".to_owned());
    let broken = Fault::Status(503, "ServiceUnavailable".to_owned(), "later".to_owned());
    session
        .lab
        .oci()
        .fail_next(Matcher::new("POST", "/vcns"), busy);
    session
        .lab
        .oci()
        .fail_next(Matcher::new("GET", "/subnets/"), broken);
    session
        .lab
        .oci()
        .fail_next(Matcher::new("POST", "/subnets"), Fault::Cut);
    let applied = session.run(&APPLY).await.expect(0);
    assert!(
        applied.err.contains("again at"),
        "the wait is told: {}",
        applied.err
    );
    assert_complete(&session.world());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_oci_does_not_know_is_told_with_what_to_check() {
    let session = Session::start().await;
    let config = std::fs::read_to_string(session.lab.oci_config()).unwrap();
    let user = config
        .lines()
        .find(|line| line.starts_with("user="))
        .unwrap();
    let config = config.replace(user, "user=ocid1.user.oc1..somebodyelse");
    std::fs::write(session.lab.oci_config(), config).unwrap();
    let refused = session.run(&["plan"]).await.expect(1);
    assert!(refused.err.contains("NotAuthenticated"), "{}", refused.err);
    assert!(refused.err.contains("API keys"), "{}", refused.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_profile_it_says_what_is_missing_and_where() {
    let session = Session::start().await;
    std::fs::remove_file(session.lab.oci_config()).unwrap();
    let refused = session.run(&["plan"]).await.expect(2);
    assert!(refused.err.contains("oci_config"), "{}", refused.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redirect_that_nobody_trusted_connects_to_nothing() {
    let session = Session::start().await;
    std::fs::remove_file(session.config().with_file_name("lab.json")).unwrap();
    let refused = session.run(&["plan"]).await.expect(2);
    assert!(refused.err.contains("endpoints.oci") && refused.err.contains("k3scope trust"));
    assert!(session.lab.oci().requests().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_made_and_removed_elsewhere_is_made_with_fresh_tokens() {
    let session = Session::start().await;
    session.run(&APPLY).await.expect(0);
    session.run(&["destroy", "--yes"]).await.expect(0);
    let journals = session.config().with_file_name(".k3scope");
    std::fs::remove_dir_all(journals).unwrap();
    session.run(&APPLY).await.expect(0);
    assert_complete(&session.world());
    let requests = session.lab.oci().requests();
    assert!(
        requests.iter().any(|it| it.status == 409),
        "OCI had retired the first tokens"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_that_are_refused_for_ever_end_the_step() {
    let session = Session::start().await;
    for _ in 0..60 {
        let used = Fault::Status(409, "InvalidatedRetryToken".to_owned(), "used".to_owned());
        session
            .lab
            .oci()
            .fail_next(Matcher::new("POST", "/vcns"), used);
    }
    let failed = session.run(&APPLY).await.expect(1);
    assert!(failed.err.contains("retry tokens"), "{}", failed.err);
    let world = session.world();
    let made: Vec<&str> = world.iter().map(|(key, _)| key.as_str()).collect();
    assert_eq!(made, ["public-ip"], "the address alone needs no network");
}
