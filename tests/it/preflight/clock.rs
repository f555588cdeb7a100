//! The clock against the date of answers, from a server that dates them as it is told.

use jiff::{SignedDuration, Timestamp};
use k3scope::clock::Clock;
use k3scope::config::Config;
use k3scope::domain::preflight::Verdict;
use k3scope::preflight::checks::CHECKS;
use rstest::rstest;
use serde_json::json;

use super::stage::{Came, scene};
use crate::oci::server::{Reply, Server, profile};

fn http_date(at: Timestamp) -> String {
    at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

async fn look(reply: Reply) -> Came {
    let server = Server::always(reply).await;
    let folder = tempfile::tempdir().unwrap();
    profile(&folder, "");
    let file = folder.path().join("cluster.toml");
    std::fs::write(&file, "[oci]\nprofile = \"t\"\nregion = \"us-ashburn-1\"\n").unwrap();
    let mut loaded = Config::load(&file).unwrap();
    loaded.config.oci.config_file = folder.path().join("config");
    loaded.config.endpoints.oci = Some(server.base.clone());
    loaded.config.endpoints.pace = Some(100_000.0);
    Came::of(&scene(loaded), CHECKS).await
}

#[rstest]
#[case::behind(150, Verdict::Warns, "behind OCI's")]
#[case::ahead(-150, Verdict::Warns, "ahead of OCI's")]
#[case::far_behind(900, Verdict::Blocks, "behind OCI's: it refuses")]
#[tokio::test]
async fn the_date_of_an_answer_tells(
    #[case] theirs: i64,
    #[case] verdict: Verdict,
    #[case] evidence: &str,
) {
    let date = http_date(Clock::default().now() + SignedDuration::from_secs(theirs));
    let came = look(Reply::json(&json!([])).with("date", date)).await;
    came.expect("clock-skew", verdict, evidence, "timedatectl");
}

#[tokio::test]
async fn a_refusal_for_a_wrong_clock_is_told_by_the_clock_and_by_the_login() {
    let date = http_date(Clock::default().now() + SignedDuration::from_mins(10));
    let refusal = Reply::refusal(401, "NotAuthenticated", "no").with("date", date);
    let came = look(refusal).await;
    came.expect("clock-skew", Verdict::Blocks, "behind OCI's", "timedatectl");
    came.expect(
        "tenancy",
        Verdict::Blocks,
        "clock is",
        "set this machine's clock",
    );
    came.expect(
        "image",
        Verdict::Skipped,
        "the tenancy did not let us in",
        "",
    );
}

#[tokio::test]
async fn without_a_date_the_clock_is_not_judged() {
    let came = look(Reply::cut()).await;
    assert_ne!(came.named("clock-skew").verdict, Verdict::Blocks);
    assert!(came.ended.unreached);
}
