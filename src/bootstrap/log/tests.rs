//! Lines in, events out.

use super::*;

fn marker(stage: &str, how: &str, t: u64, detail: &str) -> String {
    format!(
        "@k3scope {{\"k3scope\":1,\"node\":\"k3s-worker\",\"stage\":\"{stage}\",\"state\":\"{how}\",\"t\":{t},\"detail\":\"{detail}\"}} @end\n"
    )
}

fn stages(events: &[BootstrapEvent]) -> Vec<(Stage, Progress)> {
    let of_stage = |event: &BootstrapEvent| match event {
        BootstrapEvent::Stage {
            stage, progress, ..
        } => Some((*stage, progress.clone())),
        BootstrapEvent::Started { .. }
        | BootstrapEvent::Diagnosed { .. }
        | BootstrapEvent::Rebooted { .. }
        | BootstrapEvent::Acted { .. }
        | BootstrapEvent::Log { .. }
        | BootstrapEvent::Host { .. }
        | BootstrapEvent::Finished { .. } => None,
    };
    events.iter().filter_map(of_stage).collect()
}

#[test]
fn the_console_and_the_log_tell_the_same_once() {
    let mask = Mask::default();
    let mut log = NodeLog::new("k3s-worker", Role::Worker);
    let text = marker("firewall", "ok", 20, "") + &marker("route", "wait", 21, "10.0.1.10");
    let first = log.read(LogOrigin::Console, text.as_bytes(), &mask);
    assert_eq!(
        stages(&first),
        [
            (Stage::Firewall, Progress::Done),
            (
                Stage::Route,
                Progress::Running {
                    waits_for: "10.0.1.10".into()
                }
            ),
        ]
    );
    let more = text + &marker("route", "ok", 50, "");
    let again = log.read(LogOrigin::Script, more.as_bytes(), &mask);
    assert_eq!(stages(&again), [(Stage::Route, Progress::Done)]);
    // The console lags behind: it has nothing new to say.
    let late = log.read(
        LogOrigin::Console,
        marker("route", "wait", 40, "x").as_bytes(),
        &mask,
    );
    assert_eq!(stages(&late), []);
}

#[test]
fn a_failure_has_its_command_its_last_lines_and_no_secret() {
    let mask = Mask::default();
    let mut log = NodeLog::new("k3s-worker", Role::Worker);
    let text = "level=fatal msg=\"K10abcdef0123::server:hunter2 is wrong\"\n".to_owned()
        + &marker("k3s", "failed", 90, "systemctl start k3s-agent: exit 1");
    let events = log.read(LogOrigin::Script, text.as_bytes(), &mask);
    let told = stages(&events);
    let Some((Stage::K3s, Progress::Failed { problem })) = told.last() else {
        panic!("{told:?}");
    };
    assert!(problem.title.contains("k3s-worker") && problem.title.contains("K3s"));
    assert!(problem.detail.contains("systemctl start k3s-agent: exit 1"));
    assert!(problem.detail.contains("is wrong"));
    assert!(!serde_json::to_string(&events).unwrap().contains("hunter2"));
    assert!(problem.next.contains("--from k3s"));
    let again = log.read(LogOrigin::Console, text.as_bytes(), &mask);
    assert_eq!(stages(&again), [], "the same failure is told once");
}

#[test]
fn another_instance_begins_anew() {
    let mask = Mask::default();
    let mut log = NodeLog::new("k3s-worker", Role::Worker);
    log.read(
        LogOrigin::Script,
        marker("firewall", "ok", 20, "").as_bytes(),
        &mask,
    );
    let forgotten = log.forget();
    assert_eq!(stages(&forgotten), [(Stage::Firewall, Progress::Waiting)]);
    assert!(!log.is_done(Stage::Firewall));
}

fn run(seconds: u64) -> String {
    let stages = Stage::of_script(Role::Worker).iter().zip(0_u64..);
    let both = stages.map(|(stage, nth)| {
        let name = stage.to_string();
        marker(&name, "start", seconds + nth, "") + &marker(&name, "ok", seconds + nth + 1, "")
    });
    both.collect()
}

fn kernel() -> String {
    "[    0.000000] Linux version 6.8.0-1039-oracle (buildd@bos03-arm64-038)\n".to_owned()
}

fn reboots(events: &[BootstrapEvent]) -> usize {
    let is_one = |event: &&BootstrapEvent| matches!(event, BootstrapEvent::Rebooted { .. });
    events.iter().filter(is_one).count()
}

#[test]
fn a_length_that_becomes_known_later_is_told_then() {
    let mask = Mask::default();
    let mut log = NodeLog::new("k3s-worker", Role::Worker);
    let end = marker("firewall", "ok", 27, "");
    let first = log.read(LogOrigin::Console, end.as_bytes(), &mask);
    assert_eq!(stages(&first), [(Stage::Firewall, Progress::Done)]);
    let whole = marker("firewall", "start", 20, "") + &end;
    let later = log.read(LogOrigin::Script, whole.as_bytes(), &mask);
    let took = later.iter().find_map(|event| {
        if let BootstrapEvent::Stage { stage, took, .. } = event {
            Some((*stage, *took))
        } else {
            None
        }
    });
    assert_eq!(took, Some((Stage::Firewall, Some(7))));
    let again = log.read(LogOrigin::Console, end.as_bytes(), &mask);
    assert_eq!(stages(&again), []);
}

#[test]
fn a_reboot_is_told_once_and_its_script_is_followed_again() {
    let mask = Mask::default();
    let mut log = NodeLog::new("k3s-worker", Role::Worker);
    let first = kernel() + &run(20);
    assert_eq!(
        reboots(&log.read(LogOrigin::Console, first.as_bytes(), &mask)),
        0
    );
    log.read(LogOrigin::Script, run(20).as_bytes(), &mask);
    let booted = log.read(LogOrigin::Console, kernel().as_bytes(), &mask);
    assert_eq!(reboots(&booted), 1);
    let begun = marker("firewall", "start", 18, "");
    let again = log.read(LogOrigin::Script, begun.as_bytes(), &mask);
    assert_eq!(reboots(&again), 0, "the log tells the same boot");
    let running = Progress::Running {
        waits_for: "".into(),
    };
    let waiting = |stage| (stage, Progress::Waiting);
    assert_eq!(
        stages(&again),
        [
            (Stage::Firewall, running),
            waiting(Stage::Route),
            waiting(Stage::Download),
            waiting(Stage::ApiServer),
            waiting(Stage::K3s),
        ]
    );
    log.read(LogOrigin::Script, run(18).as_bytes(), &mask);
    assert!(log.is_done(Stage::K3s));
    // The console lags behind and tells the second run once more.
    let late = log.read(LogOrigin::Console, run(18).as_bytes(), &mask);
    assert_eq!((stages(&late), reboots(&late)), (vec![], 0));
}

#[test]
fn a_late_start_tells_the_same_as_having_been_there() {
    let mask = Mask::default();
    let whole = kernel() + &run(20) + &kernel() + &run(18);
    let mut late = NodeLog::new("k3s-worker", Role::Worker);
    let at_once = late.read(LogOrigin::Console, whole.as_bytes(), &mask);
    assert_eq!(reboots(&at_once), 1);
    let mut there = NodeLog::new("k3s-worker", Role::Worker);
    for byte in whole.as_bytes() {
        there.read(LogOrigin::Console, &[*byte], &mask);
    }
    assert_eq!(late.told, there.told);
    assert_eq!(
        at_once.len() - 2,
        stages(&at_once).len(),
        "each stage is told once"
    );
}

#[test]
fn a_k3s_that_died_is_not_painted_over_by_the_script_that_had_started_it() {
    let mask = Mask::default();
    let mut log = NodeLog::new("k3s-worker", Role::Worker);
    log.read(LogOrigin::Script, run(20).as_bytes(), &mask);
    assert!(log.is_done(Stage::K3s));
    let wavers = Progress::Running {
        waits_for: "k3s-agent.service, which is activating".into(),
    };
    let told = log.serve(Some(wavers.clone()), &mask);
    assert_eq!(stages(&told), [(Stage::K3s, wavers.clone())]);
    let lagging = log.read(LogOrigin::Console, run(20).as_bytes(), &mask);
    assert_eq!(stages(&lagging), []);
    assert!(log.has_passed(Stage::K3s) && !log.is_done(Stage::K3s));
    assert_eq!(
        stages(&log.serve(None, &mask)),
        [(Stage::K3s, Progress::Done)]
    );
}

#[test]
fn cloud_inits_own_answer_is_not_made_better_by_its_lines() {
    let mask = Mask::default();
    let mut log = NodeLog::new("k3s-worker", Role::Worker);
    let problem = cloud_init::problem("k3s-worker", "scripts_user");
    log.set(Stage::CloudInit, Progress::Failed { problem });
    let line = |word: &str, minute: u32| {
        format!(
            "Cloud-init v. 26.1 {word} at Sun, 22 Nov 2026 11:{minute:02}:44 +0000. Up 9{minute} seconds\n"
        )
    };
    let ended = line("running 'init-local'", 2) + &line("finished", 4);
    let told = log.read(LogOrigin::CloudInit, ended.as_bytes(), &mask);
    assert_eq!(stages(&told), []);
    let booted = line("running 'init-local'", 9);
    log.read(LogOrigin::CloudInit, booted.as_bytes(), &mask);
    assert!(matches!(
        log.progress(Stage::CloudInit),
        Progress::Running { .. }
    ));
    log.read(LogOrigin::CloudInit, line("finished", 10).as_bytes(), &mask);
    assert!(log.is_done(Stage::CloudInit));
}

#[test]
fn a_huge_and_hostile_log_leaves_little_behind() {
    const PIECE: usize = 32 << 10;
    let mask = Mask::default();
    let mut log = NodeLog::new("k3s-worker", Role::Worker);
    let hostile = b"\x1b]0;owned\x07\x1b[2J\xff\xfe\x00 50%\r100%\r\n@k3scope {\"k3scope\":1,\n";
    // A part of it is lines, the rest a single one that is far too long.
    let lines = hostile.iter().copied().cycle().take(PIECE / 16);
    let piece: Vec<u8> = lines.chain(std::iter::repeat(b'x')).take(PIECE).collect();
    for _ in 0..(100 << 20) / PIECE {
        for event in log.read(LogOrigin::Script, &piece, &mask) {
            let BootstrapEvent::Log { lines, .. } = event else {
                panic!("{event:?}");
            };
            assert!(lines.len() <= BATCH);
            assert!(!lines.iter().any(|line| line.chars().any(char::is_control)));
        }
    }
    assert!(log.script.last.len() <= LAST);
    let kept: usize = log.script.last.iter().map(|line| line.len()).sum();
    assert!(kept < LAST * 200, "{kept}");
    log.read(LogOrigin::Script, b"\n", &mask);
    let text = marker("firewall", "ok", 20, "");
    let told = log.read(LogOrigin::Script, text.as_bytes(), &mask);
    assert_eq!(stages(&told), [(Stage::Firewall, Progress::Done)]);
}

#[test]
fn what_was_wrong_with_k3s_is_over_when_the_script_starts_it_anew() {
    let mask = Mask::default();
    let mut log = NodeLog::new("k3s-worker", Role::Worker);
    let run = |t: u64| marker("k3s", "start", t, "") + &marker("k3s", "ok", t + 20, "");
    log.read(LogOrigin::Script, run(100).as_bytes(), &mask);
    let wrong = Progress::Running {
        waits_for: "another server".into(),
    };
    let told = log.serve(Some(wrong.clone()), &mask);
    assert_eq!(stages(&told), [(Stage::K3s, wrong)]);
    let again = log.read(LogOrigin::Script, run(300).as_bytes(), &mask);
    assert_eq!(stages(&again), [(Stage::K3s, Progress::Done)]);
}
