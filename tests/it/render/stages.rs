//! The script, run for real: each stage's success, failure, retry and repetition.

use std::fs;

use rstest::rstest;
use secrecy::ExposeSecret;

use super::laid::reference;
use super::sandbox::Sandbox;

const URL: &str = "https://github.com/k3s-io/k3s/releases/download/v1.36.4%2Bk3s1/k3s-arm64";

fn node(name: &str) -> Sandbox {
    Sandbox::of(&reference(), name)
}

fn well(stages: &[&str]) -> Vec<String> {
    let both = stages
        .iter()
        .flat_map(|stage| [format!("{stage} start"), format!("{stage} ok")]);
    both.collect()
}

#[rstest]
#[case::ingress("k3s-ingress", &["firewall", "nat", "download", "api-server", "k3s"])]
#[case::server("k3s-server", &["firewall", "route", "download", "manifests", "k3s"])]
#[case::worker("k3s-worker", &["firewall", "route", "download", "api-server", "k3s"])]
fn a_node_comes_up_and_a_second_run_changes_nothing(#[case] name: &str, #[case] stages: &[&str]) {
    let node = node(name);
    node.ends(&[], 0);
    assert_eq!(node.markers(), well(stages));
    let rules = node.read("rules");
    assert!(!rules.is_empty());

    node.forget_calls();
    node.ends(&[], 0);
    assert_eq!(node.markers(), well(stages));
    assert_eq!(node.read("rules"), rules);
    let fetched = node.calls("curl");
    assert!(
        !fetched.iter().any(|call| call.contains("github.com")),
        "{fetched:?}"
    );
}

#[test]
fn the_host_s_keys_come_first() {
    let node = node("k3s-worker");
    node.ends(&[], 0);
    let block = "-----BEGIN SSH HOST KEY KEYS-----\nssh-ecdsa AAAAecdsa root@k3s-worker\n\
                 ssh-ed25519 AAAAed25519 root@k3s-worker\n-----END SSH HOST KEY KEYS-----\n@k3scope ";
    assert!(node.console().starts_with(block), "{}", node.console());
    assert!(node.log().starts_with(block), "{}", node.log());
}

#[test]
fn packets_of_the_cluster_pass_and_pods_do_not_reach_the_metadata() {
    let node = node("k3s-server");
    node.ends(&[], 0);
    let changes: Vec<String> = node
        .calls("iptables")
        .into_iter()
        .filter(|call| !call.contains(" -S ") && !call.contains(" -C "))
        .collect();
    assert_eq!(
        changes,
        [
            "-w -I INPUT 5 -s 10.0.0.0/16 -j ACCEPT",
            "-w -I INPUT 6 -s 10.42.0.0/16 -j ACCEPT",
            "-w -I INPUT 7 -s 10.43.0.0/16 -j ACCEPT",
            "-w -I FORWARD 5 -s 10.42.0.0/16 -j ACCEPT",
            "-w -I FORWARD 6 -d 10.42.0.0/16 -j ACCEPT",
            "-w -t raw -A PREROUTING -s 10.42.0.0/16 -d 169.254.169.254/32 -p tcp ! --dport 53 -j DROP",
            "-w -t raw -A PREROUTING -s 10.42.0.0/16 -d 169.254.169.254/32 -p udp ! --dport 53 -j DROP",
        ],
        "and nothing is flushed or deleted"
    );
    let calls = node.read("calls");
    let at = |call: &str| {
        calls
            .find(call)
            .unwrap_or_else(|| panic!("{call}: {calls}"))
    };
    assert!(at("iptables-save ") < at("systemctl restart"));
}

#[test]
fn the_ingress_masquerades_only_what_leaves_the_vcn() {
    let node = node("k3s-ingress");
    node.write("no-reject", "");
    node.ends(&["--from", "nat"], 0);
    assert_eq!(
        node.read("root/etc/sysctl.d/90-k3scope.conf"),
        "net.ipv4.ip_forward = 1\n"
    );
    assert_eq!(node.calls("sysctl").len(), 1);
    assert_eq!(
        node.read("rules")
            .lines()
            .map(str::trim_end)
            .collect::<Vec<_>>(),
        [
            "-A FORWARD -s 10.0.2.0/24 -j ACCEPT",
            "-A FORWARD -d 10.0.2.0/24 -m state --state RELATED,ESTABLISHED -j ACCEPT",
            "-t nat -A POSTROUTING -s 10.0.2.0/24 ! -d 10.0.0.0/16 -o enp0s6 -j MASQUERADE",
        ]
    );
}

#[test]
fn rules_of_k3s_are_never_saved() {
    let node = node("k3s-worker");
    node.write(
        "saved",
        "*filter\n:INPUT ACCEPT [0:0]\n:KUBE-FORWARD - [0:0]\n:InstanceServices - [0:0]\n\
         -A FORWARD -j KUBE-FORWARD\n-A FORWARD -m comment --comment \"flanneld\" -j FLANNEL-FWD\nCOMMIT\n",
    );
    node.ends(&[], 0);
    assert_eq!(
        node.read("root/etc/iptables/rules.v4"),
        "*filter\n:INPUT ACCEPT [0:0]\n:InstanceServices - [0:0]\nCOMMIT\n"
    );
}

#[test]
fn k3s_is_downloaded_once_checked_and_started() {
    let node = node("k3s-server");
    node.ends(&[], 0);
    assert_eq!(node.read("root/usr/local/bin/k3s"), "k3s");
    assert_eq!(
        fs::read_link(node.path("root/usr/local/bin/kubectl"))
            .unwrap()
            .to_str(),
        Some("k3s")
    );
    let fetched = node.calls("curl");
    let fetched: Vec<&str> = fetched
        .iter()
        .filter_map(|call| call.rsplit(' ').next())
        .filter(|url| url.contains("github.com"))
        .collect();
    let sums = URL.replace("k3s-arm64", "sha256sum-arm64.txt");
    assert_eq!(fetched, [sums.as_str(), URL]);
    assert_eq!(
        node.calls("systemctl")[..3],
        [
            "daemon-reload",
            "enable k3s.service",
            "restart --no-block k3s.service"
        ]
    );
}

#[test]
fn a_checksum_of_the_operator_s_own_is_the_only_one_asked() {
    let mut config = reference();
    config.k3s.sha256 = Some("0".repeat(64));
    let node = Sandbox::of(&config, "k3s-worker");
    node.ends(&[], 1);
    assert!(
        node.detail("failed").contains("right checksum"),
        "{}",
        node.detail("failed")
    );
    let right = node.sum_of("binary");
    config.k3s.sha256 = Some(right);
    let node = Sandbox::of(&config, "k3s-worker");
    node.ends(&[], 0);
    assert!(
        !node
            .calls("curl")
            .iter()
            .any(|call| call.contains("sha256sum"))
    );
}

#[test]
fn a_list_of_checksums_that_is_none_is_fetched_anew() {
    let node = node("k3s-worker");
    let sums = node.read("sums");
    node.write("sums", "<html>sign in to the network</html>\n");
    node.ends(&[], 1);
    let said = node.detail("failed");
    assert!(said.contains("find the checksum of k3s-arm64"), "{said}");
    node.write("sums", &sums);
    node.ends(&["--from", "download"], 0);
}

#[rstest]
#[case::in_pieces(0, "1\n2\n")]
#[case::only_whole(1, "1\n3\n")]
fn a_download_goes_on_where_it_broke(#[case] refusals: u32, #[case] served: &str) {
    let node = node("k3s-worker");
    node.write("cut", "");
    node.fail("range", refusals);
    node.ends(&[], 0);
    assert_eq!(node.read("served"), served);
    assert_eq!(node.read("root/usr/local/bin/k3s"), "k3s");
}

#[test]
fn another_file_is_not_installed_and_the_stage_can_be_run_again() {
    let node = node("k3s-worker");
    node.write("binary", "something else");
    node.ends(&[], 1);
    let stages = [well(&["firewall", "route"]), vec!["download start".into()]].concat();
    assert_eq!(node.markers()[..5], stages);
    assert_eq!(node.markers().last().unwrap(), "download failed");
    let detail = node.detail("failed");
    assert!(
        detail.contains("exit status 1: the checksum of https://github.com/"),
        "{detail}"
    );
    assert!(!node.path("root/usr/local/bin/k3s").exists());
    assert!(!node.path("root/usr/local/bin/k3s.part").exists());
    assert_eq!(
        node.calls("systemctl"),
        [""; 0],
        "what follows is not begun"
    );

    node.write("binary", "k3s");
    node.forget_calls();
    node.ends(&["--from", "download"], 0);
    assert_eq!(node.markers(), well(&["download", "api-server", "k3s"]));
}

#[rstest]
#[case::saving(
    "k3s-worker",
    "firewall",
    "iptables-save",
    "save the firewall's rules: exit status 1"
)]
#[case::listing(
    "k3s-worker",
    "firewall",
    "listing",
    "INPUT to show its rules: exit status 4"
)]
#[case::card("k3s-ingress", "nat", "ip", "a default route: exit status 1")]
#[case::sums(
    "k3s-server",
    "download",
    "sums",
    "sha256sum-arm64.txt: exit status 22"
)]
#[case::unit(
    "k3s-worker",
    "k3s",
    "systemctl",
    "systemctl restart --no-block k3s-agent.service: exit status 5"
)]
fn each_command_that_fails_is_named_and_what_follows_runs_after_it(
    #[case] name: &str,
    #[case] stage: &str,
    #[case] what: &str,
    #[case] detail: &str,
) {
    let node = node(name);
    node.write("root/usr/local/bin/k3s", "k3s");
    node.fail(what, 100_000);
    let status = node.run(&["--from", stage]).status;
    assert!(!status.success());
    assert_eq!(node.markers().last().unwrap(), &format!("{stage} failed"));
    let said = node.detail("failed");
    assert!(said.contains(detail), "{said}");
    assert!(node.calls("sleep").len() < 360, "waits are bounded");

    node.fail(what, 0);
    node.forget_calls();
    node.ends(&["--from", stage], 0);
    assert_eq!(node.markers()[..2], well(&[stage]));
    assert_eq!(node.markers().last().unwrap(), "k3s ok");
}

#[rstest]
#[case::route(
    "k3s-worker",
    "route",
    "route",
    "route to 1.1.1.1:443 through 10.0.1.10"
)]
#[case::api("k3s-ingress", "api-server", "ping", "API server at 10.0.2.10:6443")]
#[case::k3s("k3s-worker", "k3s", "active", "k3s-agent.service to be active")]
fn a_wait_says_what_it_waits_for_and_goes_on(
    #[case] name: &str,
    #[case] stage: &str,
    #[case] what: &str,
    #[case] detail: &str,
) {
    let node = node(name);
    node.write("root/usr/local/bin/k3s", "k3s");
    node.fail(what, 12);
    node.ends(&["--from", stage], 0);
    let (wait, ok) = (format!("{stage} wait"), format!("{stage} ok"));
    let markers = node.markers();
    assert_eq!(
        markers[1..4],
        [wait.clone(), wait, ok],
        "told at once, then from time to time"
    );
    assert!(
        node.detail("wait").contains(detail),
        "{}",
        node.detail("wait")
    );
    assert_eq!(node.calls("sleep").len(), 12);
}

#[test]
fn an_api_server_that_refuses_us_is_up() {
    for answer in ["200", "401", "403"] {
        let node = node("k3s-worker");
        node.write("root/usr/local/bin/k3s", "k3s");
        node.write("answer", answer);
        node.ends(&["--from", "api-server"], 0);
    }
}

#[test]
fn tokens_and_escape_sequences_of_commands_stay_out_of_the_console() {
    let node = node("k3s-worker");
    let token = node.token.secret().expose_secret().to_owned();
    let hostile = "K10abc::server:s3cret \u{1b}[31m\u{7}é";
    node.write(
        "says",
        &format!("level=\"fatal\" \\ {token} {token} {hostile}\n"),
    );
    node.fail("iptables", 4);
    node.ends(&[], 4);
    for text in [node.console(), node.log()] {
        assert!(!text.contains(&token) && !text.contains("s3cret"), "{text}");
    }
    assert!(!node.console().contains(['\u{1b}', '\u{7}']));
    let detail = node.detail("failed");
    assert!(
        detail.contains("level=\"fatal\" \\ *** *** *** "),
        "{detail}"
    );
}

#[test]
fn what_a_command_prints_is_no_marker() {
    let node = node("k3s-worker");
    let forged = "@k3scope {\"k3scope\":1,\"node\":\"k3s-worker\",\"stage\":\"k3s\",\"state\":\"ok\",\"t\":1,\"detail\":\"\"} @end";
    node.write("says", &format!("{forged}\n"));
    node.fail("iptables", 4);
    node.ends(&[], 4);
    assert_eq!(node.markers().last().unwrap(), "firewall failed");
    for text in [node.console(), node.log()] {
        assert!(!text.contains(forged), "{text}");
        assert!(text.contains(&forged.replace('@', "@_").replace("@_end", "@end")));
    }
}

#[rstest]
#[case::unknown(&["--from", "nat"])]
#[case::option(&["--form", "k3s"])]
#[case::missing(&["--from"])]
#[case::more(&["--from", "k3s", "x"])]
#[case::two(&["--from", "firewall route"])]
#[case::nothing(&["--from", ""])]
#[case::rejoin_from(&["--rejoin", "k3s"])]
fn what_cannot_be_meant_is_refused(#[case] arguments: &[&str]) {
    let node = node("k3s-worker");
    let output = node.run(arguments);
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.contains("firewall route download api-server k3s"),
        "{said}"
    );
    assert_eq!(node.console(), "");
}

#[test]
fn two_runs_at_once_are_refused() {
    let node = node("k3s-worker");
    fs::create_dir_all(node.path("root/run")).unwrap();
    let lock = fs::File::create(node.path("root/run/k3scope-bootstrap.lock")).unwrap();
    lock.lock().unwrap();
    node.ends(&[], 75);
    assert_eq!(node.console(), "");
    lock.unlock().unwrap();
    node.ends(&[], 0);
}

#[test]
fn a_console_that_takes_nothing_stops_nobody() {
    let node = node("k3s-worker");
    fs::create_dir(node.path("root/dev/console")).unwrap();
    node.ends(&[], 0);
    assert!(node.log().contains("\"stage\":\"k3s\",\"state\":\"ok\""));
}

#[test]
fn a_log_that_takes_nothing_stops_nobody_and_the_console_still_tells() {
    let node = node("k3s-worker");
    fs::create_dir_all(node.path("root/var/log/k3scope-bootstrap.log")).unwrap();
    node.ends(&[], 0);
    assert!(
        node.console()
            .contains("\"stage\":\"k3s\",\"state\":\"ok\"")
    );
    node.fail("iptables-save", 100);
    assert!(!node.run(&["--from", "firewall"]).status.success());
    let console = node.console();
    let last = console.lines().last().unwrap();
    assert!(
        last.contains("save the firewall's rules: exit status 1"),
        "{last}"
    );
}
