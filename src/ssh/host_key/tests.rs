//! Consoles as they are and as somebody would like them to be.

use super::*;
use rstest::rstest;

const ED25519: &str =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIK7/ZCdxzmfu5NBrNKGosVrDh6ZeAcarx+am58pLtKgH";
const FINGERPRINT: &str = "SHA256:/rVr+hEBsDj5zndDedwSiF5ILE1VCqgFRGV9u5Sbt28";
const ECDSA: &str = "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBNenG8Gg05WYW6eTG1TIKB2n49oNTkYmIA0HZVPfb8bdQH/2BVJOmgAxzPUJRM82AoX2aRhBbdERynfPt9IRGlc=";
const OTHER: &str =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIN+Wjn4+4Fcvl2JlKpggT+wCRxpSvtqqpVrQrKN1/A22";

fn block(keys: &[&str]) -> String {
    format!("{BEGIN}\n{}\n{END}\n", keys.join("\n"))
}

fn fingerprints(console: &str) -> Option<Vec<String>> {
    HostKeys::from_console(console).map(|keys| keys.fingerprints())
}

#[test]
fn a_recorded_console_gives_the_keys_that_cloud_init_printed() {
    let console = include_str!("../../../tests/data/cloud-init/console-history.host-keys.txt");
    let keys = HostKeys::from_console(console).unwrap();
    let expected = [
        "SHA256:Mur3/u+fJAGMaatLLf5ZmT8LcKPE58fi6zbOLeklHeE",
        FINGERPRINT,
        "SHA256:IO0fAgbjiXqcD+5gOnEkR+6CMgFIsghc5B9O/Ti/X/4",
    ];
    assert_eq!(keys.fingerprints(), expected);
}

#[rstest]
#[case::login_prompt_before(format!("k3s-worker login: {BEGIN}\n{ED25519}\n{END}"))]
#[case::carriage_returns(block(&[ED25519]).replace('\n', "\r\n"))]
#[case::comment(block(&[&format!("{ED25519} root@k3s-worker")]))]
#[case::other_writers(block(&["[   29.188310] cloud-init[934]: Up 29.01 seconds.", ED25519]))]
#[case::prompt_before_the_key(block(&[&format!("k3s-worker login: {ED25519}")]))]
#[case::torn_key(block(&["ecdsa-sha2-nistp256 AAAAE2VjZHNhL[  29.1] kernel: eth0", ED25519]))]
#[case::end_in_a_line(format!("{BEGIN}\n{ED25519}\n[  29.1] x {END} y"))]
#[case::second_of_one_algorithm(block(&[ED25519, OTHER]))]
#[case::forged_later(format!("{}{}", block(&[ED25519]), block(&[OTHER])))]
fn what_counts(#[case] console: String) {
    assert_eq!(fingerprints(&console), Some(vec![FINGERPRINT.to_owned()]));
}

#[rstest]
#[case::nothing("")]
#[case::not_ended(format!("{BEGIN}\n{ED25519}\n"))]
#[case::only_fingerprints(
    "-----BEGIN SSH HOST KEY FINGERPRINTS-----\n-----END SSH HOST KEY FINGERPRINTS-----"
)]
#[case::first_block_torn(format!("{}{}", block(&["ssh-ed25519 AAAAC3Nz"]), block(&[OTHER])))]
#[case::first_end_lost(format!("{BEGIN}\n{ED25519}\n{}", block(&[OTHER])))]
#[case::algorithm_of_another_key(block(&[&ED25519.replace("ssh-ed25519", "ssh-rsa")]))]
fn what_does_not(#[case] console: impl AsRef<str>) {
    assert_eq!(fingerprints(console.as_ref()), None);
}

#[test]
fn keys_agree_when_they_can_be_of_one_machine() {
    let keys = |lines: &[&str]| HostKeys::new(lines.iter().filter_map(|line| HostKey::parse(line)));
    assert!(keys(&[ED25519, ECDSA]).agrees_with(&keys(&[ED25519])));
    assert!(keys(&[ED25519]).agrees_with(&keys(&[ECDSA, ED25519])));
    assert!(!keys(&[ED25519, ECDSA]).agrees_with(&keys(&[OTHER, ECDSA])));
    assert!(!keys(&[ED25519]).agrees_with(&keys(&[ECDSA])));
}

#[test]
fn algorithms_of_pinned_keys_are_asked_for_first() {
    let keys = HostKeys::new(HostKey::parse(ECDSA));
    let all = russh::Preferred::DEFAULT.key;
    let asked = keys.preferred(&all);
    assert_eq!(
        asked.first().map(ToString::to_string).as_deref(),
        Some("ecdsa-sha2-nistp256")
    );
    assert_eq!(asked.len(), all.len());
}

#[test]
fn a_block_is_found_behind_any_garbage_and_however_it_is_cut() {
    let block = include_str!("../../../tests/data/cloud-init/console-history.host-keys.txt");
    let console = format!(
        "{}{block}",
        "\u{fffd}-----BEGIN SSH \u{1b}[2J".repeat(50_000)
    );
    let mut kept = String::new();
    let mut found = None;
    let letters: Vec<char> = console.chars().collect();
    for piece in letters.chunks(1_001) {
        kept.extend(piece);
        found = HostKeys::from_console(&kept);
        if found.is_some() {
            break;
        }
        kept = HostKeys::unfinished(&kept).to_owned();
        assert!(kept.len() < 10_000, "{}", kept.len());
    }
    assert_eq!(found, HostKeys::from_console(block));
    assert!(found.is_some());
}

#[test]
fn a_block_that_never_ends_is_kept_in_part_and_no_later_one_is_taken_for_it() {
    let block = include_str!("../../../tests/data/cloud-init/console-history.host-keys.txt");
    let endless = format!(
        "-----BEGIN SSH HOST KEY KEYS-----\n{}",
        "x\n".repeat(100_000)
    );
    let mut kept = HostKeys::unfinished(&endless).to_owned();
    assert!(kept.len() < endless.len());
    kept.push_str(block);
    assert_eq!(HostKeys::from_console(&kept), None);
}
