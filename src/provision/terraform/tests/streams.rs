//! Streams, line by line.

use proptest::prelude::*;
use rstest::rstest;

use super::*;
use crate::domain::log_line::Level;

#[test]
fn every_line_of_every_stream_is_understood() {
    for name in streams() {
        let bytes = sample(&name);
        let lines = bytes
            .split(|byte| *byte == b'\n')
            .filter(|line| !line.is_empty());
        let messages = heard(&name);
        assert_eq!(messages.len(), lines.count(), "{name}");
        for message in &messages {
            let strange = matches!(message.said, Said::Unknown(_) | Said::Plain);
            assert!(!strange, "{name}: {message:?}");
            assert!(message.at.is_some(), "{name}: {message:?}");
        }
    }
}

/// Reading goes on in the middle of a line, wherever that is.
#[rstest]
fn pieces_make_the_same_messages(#[values(1, 7, 4096)] size: usize) {
    for name in ["oci-apply-out-of-host-capacity.jsonl", "destroy.jsonl"] {
        let mut messages = Messages::default();
        let bytes = sample(name);
        let pieces = bytes.chunks(size).flat_map(|piece| messages.push(piece));
        let pieces: Vec<Message> = pieces.collect();
        assert_eq!(pieces, heard(name), "{name}");
    }
}

/// What is counted from the changes is what the program counts: data sources are none, and a
/// replacement is both.
#[test]
fn counts_are_those_of_the_program() {
    let mut compared = 0;
    for name in streams() {
        let mut hearing = Hearing::default();
        for message in heard(&name) {
            hearing.on(&message);
        }
        if let Some(announced) = hearing.announced {
            assert_eq!(hearing.planned, announced, "{name}");
            compared += 1;
        }
    }
    assert!(compared >= 18, "{compared}");
}

#[test]
fn changes_outside_are_named() {
    let mut hearing = Hearing::default();
    for message in heard("oci-plan-refresh-only-drift.jsonl") {
        hearing.on(&message);
    }
    assert_eq!(
        hearing.drifted,
        ["oci_core_instance.node[\"worker\"]", "oci_core_vcn.k3s"]
    );
    assert_eq!(hearing.planned, Summary::default());
}

#[test]
fn outputs_are_kept_and_secret_ones_are_not() {
    let mut hearing = Hearing::default();
    for message in heard("apply-create.jsonl") {
        hearing.on(&message);
    }
    let token = &hearing.outputs[&"token".into()];
    assert!(token.sensitive && token.value.is_none());
    let vcn = &hearing.outputs[&"vcn".into()];
    assert_eq!(vcn.value.as_ref().unwrap()["cidr"], "10.0.0.0/16");
    let leaking = br#"{"type":"outputs","outputs":{"token":{"sensitive":true,"value":"s3cr3t"}}}"#;
    assert!(!format!("{:?}", Message::of(leaking)).contains("s3cr3t"));
}

#[test]
fn opentofu_says_the_same_in_its_own_way() {
    let version = Message::of(br#"{"@level":"info","@message":"OpenTofu 1.12.0","@module":"tofu.ui","tofu":"1.12.0","type":"version","ui":"1.2"}"#);
    let wanted = Said::Version {
        product: Product::OpenTofu,
        version: "1.12.0".into(),
        ui: "1.2".into(),
    };
    assert_eq!(version.said, wanted);
    let done = Message::of(br#"{"type":"change_summary","changes":{"add":1,"change":0,"import":0,"remove":0,"forget":2,"operation":"apply"}}"#);
    assert!(matches!(
        done.said,
        Said::Summary(Summary {
            done: true,
            forget: 2,
            ..
        })
    ));
    let passed = Message::of(br#"{"type":"apply_progress","hook":{"resource":{"addr":"a.b","resource":"a.b"},"action":"create","elapsed_seconds":12.75}}"#);
    assert!(matches!(
        passed.said,
        Said::Apply(Span::Progress, Hook { elapsed: 12, .. })
    ));
}

#[rstest]
#[case::ephemeral(
    r#"{"type":"ephemeral_op_start","hook":{"resource":{"addr":"ephemeral.a.b"},"action":"open"}}"#,
    "Ephemeral"
)]
#[case::test(r#"{"type":"test_run","@message":"run"}"#, "Test(test_run)")]
#[case::later(
    r#"{"type":"action_start","@message":"later"}"#,
    "Unknown(action_start)"
)]
#[case::bent(r#"{"type":"apply_start","hook":7}"#, "Unknown(apply_start)")]
#[case::no_object("[1]", "Plain")]
#[case::no_json("Error: unknown flag", "Plain")]
fn what_is_not_documented_is_kept(#[case] line: &str, #[case] said: &str) {
    let message = Message::of(line.as_bytes());
    assert!(
        format!("{:?}", message.said).starts_with(said),
        "{message:?}"
    );
    let shown = Hearing::default().on(&message);
    assert!(shown.is_some() || line.contains("ephemeral"), "{message:?}");
}

#[test]
fn a_line_without_end_is_left_out_and_said() {
    let mut messages = Messages::default();
    let mut all = messages.push(&vec![b'x'; LONGEST]);
    all.extend(messages.push(b"y\n{\"type\":\"log\",\"@message\":\"on\"}\n"));
    assert_eq!(all.len(), 2, "{all:?}");
    assert_eq!(all[0].level, Level::Warn);
    assert_eq!(all[1].text, "on");
    assert_eq!(messages.end(), None);
}

#[test]
fn nothing_harmful_gets_through() {
    let hostile = "{\"type\":\"diagnostic\",\"@message\":\"\\u001b[2Ja\",\"diagnostic\":{\"severity\":\"error\",\"summary\":\"\\u001b]0;x\\u0007b\\u202e\",\"detail\":\"c\\u009b\"}}";
    let shown = format!("{:?}", Message::of(hostile.as_bytes()));
    for harmful in ["\\u{1b}", "\\u{202e}", "\\u{9b}", "\\u{7}"] {
        assert!(!shown.contains(harmful), "{shown}");
    }
}

proptest! {
    #[test]
    fn no_bytes_break_it(bytes in any::<Vec<u8>>(), size in 1_usize..64) {
        let mut messages = Messages::default();
        let mut hearing = Hearing::default();
        for piece in bytes.chunks(size) {
            for message in messages.push(piece) {
                hearing.on(&message);
            }
        }
        messages.end();
    }

    #[test]
    fn no_damage_to_a_stream_breaks_it(at in 0_usize..20_000, byte in any::<u8>(), cut in 0_usize..20_000) {
        let mut bytes = sample("oci-apply-out-of-host-capacity.jsonl");
        let (at, cut) = (at % bytes.len(), cut % bytes.len());
        bytes[at] = byte;
        bytes.truncate(bytes.len() - cut / 4);
        let mut messages = Messages::default();
        let all = messages.push(&bytes);
        let (mut progress, _) = Progress::begin("run".into(), &announced(&all), jiff::Timestamp::UNIX_EPOCH);
        for message in all {
            progress.on(&message);
        }
        progress.finish(Ended::Killed(9), "", jiff::Timestamp::UNIX_EPOCH);
    }
}
