//! Readers of what small commands print on a node. Each gives nothing where the answer is none.

use std::net::Ipv4Addr;

use jiff::{SignedDuration, Timestamp};

use crate::domain::bootstrap::MARKER_START;
use crate::domain::topology::Cidr;

/// From this much difference on, certificates and signatures suffer.
const WRONG_CLOCK: SignedDuration = SignedDuration::from_mins(2);
/// From this share of the disk on, the kubelet begins to evict.
const FULL: u8 = 95;

/// `ip -o route get ADDRESS`: the card that leads there.
pub(super) fn card(answer: &str) -> Option<&str> {
    after(answer, "dev")
}

/// `ip route`: the pod networks of other nodes, each with the address that it is reached by.
pub(super) fn pod_networks(answer: &str) -> Vec<(Cidr, Ipv4Addr)> {
    let over_vxlan = |line: &&str| after(line, "dev") == Some("flannel.1");
    let network = |line: &str| {
        let (address, prefix) = line.split_whitespace().next()?.split_once('/')?;
        let network = Cidr::of(address.parse().ok()?, prefix.parse().ok()?);
        Some((network, after(line, "via")?.parse().ok()?))
    };
    answer
        .lines()
        .filter(over_vxlan)
        .filter_map(network)
        .collect()
}

/// `ip route`: the node's own pod network; none while it has no pod.
pub(super) fn own_pods(answer: &str) -> Option<Cidr> {
    let own = |line: &&str| after(line, "dev") == Some("cni0");
    let line = answer.lines().find(own)?;
    let (address, prefix) = line.split_whitespace().next()?.split_once('/')?;
    Some(Cidr::of(address.parse().ok()?, prefix.parse().ok()?))
}

/// The end of the script's log: what a command of it printed last, its markers passed over.
pub(super) fn printed_last(answer: &str) -> Option<&str> {
    let mut lines = answer.lines().rev().map(str::trim);
    lines.find(|line| !line.is_empty() && !line.contains(MARKER_START.trim_end()))
}

/// `sysctl -n NAME`: whether it is switched on.
pub(super) fn is_on(answer: &str) -> Option<bool> {
    match answer.trim() {
        "1" => Some(true),
        "0" => Some(false),
        _ => None,
    }
}

/// `df -P PATH`: whether the disk is as good as full, and the line that says so.
pub(super) fn full_disk(answer: &str) -> Option<&str> {
    answer.lines().skip(1).find(|line| {
        let used = line
            .split_whitespace()
            .find_map(|word| word.strip_suffix('%'));
        used.and_then(|used| used.parse::<u8>().ok())
            .is_some_and(|used| used >= FULL)
    })
}

/// `date +%s`: how far the node's clock is from ours, where that is too far.
pub(super) fn wrong_clock(answer: &str, now: Timestamp) -> Option<SignedDuration> {
    let there = Timestamp::from_second(answer.trim().parse().ok()?).ok()?;
    let off = there.duration_since(now);
    (off.abs() >= WRONG_CLOCK).then_some(off)
}

/// The word after `name`.
fn after<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let mut words = text.split_whitespace();
    words.find(|word| *word == name)?;
    words.next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_printed_last_is_no_marker() {
        let log = "curl: (6) Could not resolve host: github.com\n\
                   curl: (22) The requested URL returned error: 404\n\
                   @k3scope {\"k3scope\":1,\"state\":\"wait\"} @end\n\n";
        let wanted = "curl: (22) The requested URL returned error: 404";
        assert_eq!(printed_last(log), Some(wanted));
        assert_eq!(printed_last("@k3scope {} @end\n"), None);
    }
    use rstest::rstest;

    #[test]
    fn the_card_on_the_way_out() {
        let answer = "1.1.1.1 via 10.0.1.1 dev enp0s6 src 10.0.1.10 uid 1001 \\    cache \n";
        assert_eq!(card(answer), Some("enp0s6"));
        assert_eq!(card("RTNETLINK answers: Network is unreachable\n"), None);
    }

    #[test]
    fn pods_of_other_nodes() {
        let answer = "default via 10.0.2.1 dev enp0s6 proto dhcp src 10.0.2.10 metric 100\n\
                      10.0.2.0/24 dev enp0s6 proto kernel scope link src 10.0.2.10 metric 100\n\
                      10.42.0.0/24 dev cni0 proto kernel scope link src 10.42.0.1\n\
                      10.42.1.0/24 via 10.42.1.0 dev flannel.1 onlink\n\
                      10.42.2.0/24 via 10.42.2.0 dev flannel.1 onlink\n";
        let found = pod_networks(answer);
        let expected: [(Cidr, Ipv4Addr); 2] = [
            ("10.42.1.0/24".parse().unwrap(), [10, 42, 1, 0].into()),
            ("10.42.2.0/24".parse().unwrap(), [10, 42, 2, 0].into()),
        ];
        assert_eq!(found, expected);
        assert_eq!(own_pods(answer), Some("10.42.0.0/24".parse().unwrap()));
    }

    #[rstest]
    #[case("1\n", Some(true))]
    #[case("0\n", Some(false))]
    #[case("sysctl: cannot stat /proc/sys/net/x: No such file or directory", None)]
    fn a_switch_of_the_kernel(#[case] answer: &str, #[case] expected: Option<bool>) {
        assert_eq!(is_on(answer), expected);
    }

    #[rstest]
    #[case(31, false)]
    #[case(95, true)]
    #[case(100, true)]
    fn a_full_disk(#[case] used: u8, #[case] expected: bool) {
        let answer = format!(
            "Filesystem     1024-blocks    Used Available Capacity Mounted on\n\
             /dev/sda1         47145072 4712345  42416343      {used}% /\n"
        );
        assert_eq!(full_disk(&answer).is_some(), expected);
    }

    #[rstest]
    #[case(1_000_000, false)]
    #[case(1_000_119, false)]
    #[case(1_000_120, true)]
    #[case(999_000, true)]
    fn a_wrong_clock(#[case] there: i64, #[case] expected: bool) {
        let now = Timestamp::from_second(1_000_000).unwrap();
        assert_eq!(wrong_clock(&format!("{there}\n"), now).is_some(), expected);
    }

    #[test]
    fn what_is_no_answer_says_nothing() {
        let now = Timestamp::UNIX_EPOCH;
        assert_eq!(wrong_clock("date: invalid option", now), None);
        assert_eq!(full_disk("df: /: No such file or directory"), None);
        assert!(pod_networks("").is_empty());
    }
}
