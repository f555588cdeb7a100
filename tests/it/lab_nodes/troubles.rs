//! Troubles on the way to a cluster: each has its consequence, and goes on when it is mended.

use k3scope::lab::{Lab, Scenario};
use rstest::rstest;

use super::story::Story;

const BEGIN: &str = "-----BEGIN SSH HOST KEY KEYS-----";
const INGRESS: &str = "k3s-ingress";
const SERVER: &str = "k3s-server";
const WORKER: &str = "k3s-worker";

#[rstest]
#[case("nat-no-masquerade")]
#[case("nat-no-forwarding")]
#[case("nat-forward-rejected")]
#[case("nat-wrong-card")]
#[case("nat-source-check")]
#[case("nat-no-route")]
#[tokio::test(flavor = "multi_thread")]
async fn without_nat_private_nodes_wait_for_their_way_out(#[case] form: &str) {
    let story = Story::of("empty", &[form]).await;
    story.comes(INGRESS, ("nat", "ok"), 1).await;
    let before = story.count(WORKER, ("route", "wait"));
    let awaited = story.comes(WORKER, ("route", "wait"), before + 2).await;
    assert!(awaited.starts_with("route to 1.1.1.1:443"), "{awaited}");
    assert_eq!(story.count(WORKER, ("route", "ok")), 0);
    assert_eq!(story.count(SERVER, ("route", "ok")), 0);
    story.now("nat-mended").await;
    for node in [SERVER, WORKER] {
        story.comes(node, ("k3s", "ok"), 1).await;
    }
    story.nodes(3).await;
    story.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_release_that_is_not_there_fails_in_silence_and_the_unit_tries_again() {
    let story = Story::of("silent-bootstrap-failure", &[]).await;
    let why = story.comes(WORKER, ("download", "failed"), 1).await;
    assert!(
        why.contains("exit status 22") && why.contains("error: 404"),
        "{why}"
    );
    // cloud-init says nothing of it.
    story.prints(WORKER, "finished at", 1).await;
    assert!(!story.console(WORKER).contains("RuntimeError"));
    story.now("download-mended").await;
    story.comes(WORKER, ("k3s", "ok"), 1).await;
    story.nodes(3).await;
    story.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_takes_no_release() {
    let story = Story::of("empty", &["disk-full"]).await;
    let why = story.comes(WORKER, ("download", "failed"), 1).await;
    assert!(
        why.contains("k3s-arm64 with the right checksum: exit status 23")
            && why.contains("No space left on device"),
        "{why}"
    );
    story.now("download-mended").await;
    story.comes(WORKER, ("k3s", "ok"), 1).await;
    story.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_unit_that_never_starts_leaves_no_marker() {
    let story = Story::of("empty", &["unit-held"]).await;
    story.prints(WORKER, "k3s-worker login: ", 1).await;
    assert!(story.console(WORKER).contains("finished at"));
    story.comes(SERVER, ("k3s", "ok"), 1).await;
    assert_eq!(story.markers(WORKER), []);
    story.now("unit-mended").await;
    story.comes(WORKER, ("k3s", "ok"), 1).await;
    story.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_token_is_refused_until_the_right_one_lies_there() {
    let story = Story::of("wrong-token", &[]).await;
    story.comes(SERVER, ("k3s", "ok"), 1).await;
    let why = story.comes(WORKER, ("k3s", "failed"), 1).await;
    assert!(
        why.starts_with("k3s-agent.service to be active") && why.contains("401 Unauthorized"),
        "{why}"
    );
    story.nodes(2).await;
    story.now("token-mended").await;
    story.comes(WORKER, ("k3s", "ok"), 1).await;
    story.nodes(3).await;
    story.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn k3s_that_was_stopped_stays_so_until_it_is_started_again() {
    let story = Story::of("empty", &["k3s-stopped"]).await;
    story.comes(WORKER, ("k3s", "ok"), 1).await;
    story.prints(WORKER, "k3s-worker login: ", 1).await;
    let (status, said) = story.on(WORKER, "systemctl is-active k3s-agent").await;
    assert_eq!((status, said.as_str()), (Some(3), "inactive\n"));
    let (_, said) = story
        .on(WORKER, "sudo journalctl -n 1 -u k3s-agent -o cat")
        .await;
    assert_eq!(said, "Stopped k3s-agent.service - K3s agent.\n");
    let again = "sudo k3scope-bootstrap --from k3s";
    let (status, said) = story.on(WORKER, again).await;
    assert_eq!(status, Some(0), "{said}");
    story.nodes(3).await;
    story.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_network_takes_its_time_and_nothing_fails() {
    let story = Story::of("slow-network", &[]).await;
    story.comes(WORKER, ("k3s", "ok"), 1).await;
    let console = story.console(WORKER);
    let uptime = |stage: &str, state: &str| {
        let marker = console.lines().find(|line| {
            line.contains(&format!("\"stage\":\"{stage}\""))
                && line.contains(&format!("\"state\":\"{state}\""))
        });
        let (_, rest) = marker.unwrap().split_once("\"t\":").unwrap();
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        digits.parse::<u64>().unwrap()
    };
    // Usually it takes 22 seconds.
    let took = uptime("download", "ok") - uptime("download", "start");
    assert!(took >= 109, "{took}");
    for node in [INGRESS, SERVER, WORKER] {
        assert!(story.markers(node).iter().all(|it| it.1 != "failed"));
    }
    story.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_that_restarts_on_its_way_begins_again_and_joins() {
    let story = Story::of("empty", &["reboot-worker"]).await;
    story.prints(WORKER, "Booting Linux", 2).await;
    story.comes(WORKER, ("k3s", "ok"), 1).await;
    let starts = story.count(WORKER, ("firewall", "start"));
    assert_eq!(starts, 2, "{}", story.console(WORKER));
    story.nodes(3).await;
    story.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_bytes_stand_between_markers_that_can_still_be_read() {
    let story = Story::of("ssh-dropped", &[]).await;
    story.comes(WORKER, ("k3s", "ok"), 1).await;
    let console = story.console(WORKER);
    for piece in [
        "\u{1b}[2J",
        "\u{1b}]52;c;",
        "10%\rpulling",
        "\u{fffd}",
        "\u{202e}",
    ] {
        assert!(console.contains(piece), "{piece:?}");
    }
    // Every connection ends before the command does.
    let (status, said) = story
        .on(INGRESS, "tail -f /var/log/k3scope-bootstrap.log")
        .await;
    assert_ne!(status, Some(0), "{said}");
    story.now("ssh-mended").await;
    let (status, said) = story.on(INGRESS, "cat /etc/hostname").await;
    assert_eq!((status, said.as_str()), (Some(0), "k3s-ingress\n"));
    story.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_ssh_is_dead_the_consoles_tell_everything_and_what_is_forged_comes_later() {
    let story = Story::of("console-only", &[]).await;
    for node in [INGRESS, SERVER, WORKER] {
        story.comes(node, ("k3s", "ok"), 1).await;
        // The script's, cloud-init's and the forged one.
        story.prints(node, BEGIN, 3).await;
        let console = story.console(node);
        let (forged, joined) = (
            console.rfind(BEGIN),
            console.rfind("\"stage\":\"api-server\""),
        );
        assert!(forged > joined && console.find(BEGIN) < forged, "{console}");
    }
    let (status, said) = story.on(INGRESS, "true").await;
    assert_ne!(status, Some(0), "{said}");
    story.now("ssh-mended").await;
    let (status, said) = story.on(INGRESS, "true").await;
    assert_eq!(status, Some(0), "{said}");
    story.end().await;
}

#[test]
fn every_trouble_of_a_scenario_can_be_brought_by_name_too() {
    let names: Vec<&str> = Lab::breakages().iter().map(|(name, _)| *name).collect();
    let mut unique = names.clone();
    unique.sort_unstable();
    unique.dedup();
    assert_eq!(unique.len(), names.len());
    for scenario in Scenario::names() {
        for planned in Scenario::named(&scenario).unwrap().troubles {
            assert!(names.contains(&planned.what.name()), "{scenario}");
        }
    }
}
