//! The log of a pod and an object as a whole, over the panes: text and style at two sizes, and what keys
//! do there.

use jiff::{SignedDuration, Timestamp};
use k3scope::domain::event::{Event, What};
use k3scope::domain::object::ObjectRef;
use k3scope::domain::problem::Problem;
use k3scope::domain::reading::{LogState, LogWish, PodLine, Reading, Thing, Whole};
use k3scope::domain::source::SourceStatus;
use k3scope::effect::Effect;
use k3scope::store::fold;
use rstest::rstest;

use super::stage::{Stage, text};
use super::world;

const SIZES: [(u16, u16); 2] = [(80, 24), (140, 42)];

const LINES: [(&str, &str); 7] = [
    ("main", "starting external-secrets 2.9.0"),
    (
        "main",
        r#"{"level":"info","ts":1795356180.1,"logger":"setup","msg":"starting manager"}"#,
    ),
    (
        "side",
        "I1122 14:02:01.000001 proxy.go:12] listening on 127.0.0.1:8443",
    ),
    (
        "main",
        r#"{"level":"warn","msg":"no lease yet","lease":"external-secrets"}"#,
    ),
    (
        "side",
        "W1122 14:02:03.000001 proxy.go:40] upstream is slow: 2.1s",
    ),
    (
        "main",
        r#"{"level":"error","msg":"could not read the instance principal","status":404,"url":"http://169.254.169.254/opc/v2/instance","retry":"in 30s","hint":"external-secrets has to run on the host network of its node"}"#,
    ),
    ("main", "fatal: giving up"),
];

fn learn(stage: &mut Stage, reading: Reading) {
    let at = world::now();
    let what = What::Reading(reading);
    fold(&mut stage.store, Event { at, what });
}

fn line(number: usize, container: &str, said: &str) -> PodLine {
    let began: Timestamp = "2026-11-22T14:02:00Z".parse().unwrap();
    let after = SignedDuration::from_secs(i64::try_from(number).unwrap());
    PodLine {
        at: Some(began + after),
        container: container.into(),
        text: said.into(),
    }
}

/// The incident's worst pod, with its log opened.
fn opened() -> (Stage, LogWish) {
    let mut stage = Stage::new(world::cluster(true));
    stage.press("7 L");
    let pod = ObjectRef::new("external-secrets", "external-secrets-5b6c9f7d8-j7pmc");
    let wish = LogWish::of(stage.store.pods.get(&pod).unwrap());
    (stage, wish)
}

fn state(name: &str) -> Stage {
    let (mut stage, wish) = opened();
    if name == "asked" {
        return stage;
    }
    let opened = Reading::LogOpened { number: 1, wish };
    learn(&mut stage, opened);
    let told = |state| Reading::LogState {
        number: 1,
        container: "main".into(),
        state,
    };
    match name {
        "empty" => learn(&mut stage, told(LogState::Follows)),
        "denied" => {
            let problem = Problem {
                title: "not permitted".to_owned(),
                detail: "get pods/log in namespace external-secrets".to_owned(),
                next: "ask for that right".to_owned(),
                request_id: None,
            };
            learn(&mut stage, told(LogState::Refused(problem)));
        }
        "full" | "stale" => {
            learn(&mut stage, told(LogState::Follows));
            let lines = LINES
                .iter()
                .enumerate()
                .filter(|(_, (container, _))| *container == "main")
                .map(|(at, (container, said))| line(at, container, said))
                .collect();
            let skipped = 0;
            learn(
                &mut stage,
                Reading::LogLines {
                    number: 1,
                    lines,
                    skipped,
                },
            );
            if name == "stale" {
                let why = "cannot reach the API server: connection refused".into();
                learn(&mut stage, told(LogState::Lost { why }));
                let status = SourceStatus::Stale {
                    since: "2026-11-22T14:01:00Z".parse().unwrap(),
                    error: "connection refused".into(),
                    retry_at: "2026-11-22T14:03:28Z".parse().unwrap(),
                };
                for event in world::feeds(&status) {
                    fold(&mut stage.store, event);
                }
            }
        }
        other => panic!("no state {other}"),
    }
    stage
}

#[rstest]
fn logs(#[values("asked", "empty", "full", "stale", "denied")] name: &str) {
    let mut stage = state(name);
    for (width, height) in SIZES {
        let shown = stage.snapshot(width, height);
        insta::assert_snapshot!(format!("pod_log_{name}_{width}x{height}"), shown);
    }
}

#[test]
fn several_containers_have_their_names_before_their_lines() {
    let mut stage = state("full");
    let wish = LogWish {
        containers: vec!["main".into(), "side".into()],
        pod: ObjectRef::new("external-secrets", "external-secrets-5b6c9f7d8-j7pmc"),
        ..LogWish::default()
    };
    // As the session does it: the screen opens the view of what is asked for.
    let effects = ask(&mut stage, wish.clone());
    assert_eq!(effects, [Effect::OpenLog(wish.clone())]);
    learn(&mut stage, Reading::LogOpened { number: 2, wish });
    let lines = LINES.iter().enumerate();
    let lines = lines
        .map(|(at, (container, said))| line(at, container, said))
        .collect();
    learn(
        &mut stage,
        Reading::LogLines {
            number: 2,
            lines,
            skipped: 41,
        },
    );
    insta::assert_snapshot!("pod_log_several", text(&stage.draw(100, 30)));
}

/// Opens a log as a menu's row does.
fn ask(stage: &mut Stage, wish: LogWish) -> Vec<Effect> {
    stage.press("q");
    stage
        .cockpit
        .open(Effect::OpenLog(wish), &stage.store, world::now())
}

#[test]
fn keys_choose_what_is_read_and_leave_it() {
    let mut stage = state("full");
    let key = |stage: &mut Stage, key: &str| {
        stage.draw(100, 30);
        stage
            .cockpit
            .key(key.parse().unwrap(), &stage.store, world::now())
    };
    let asked = key(&mut stage, "p");
    assert!(
        matches!(asked.as_slice(), [Effect::OpenLog(wish)] if wish.previous),
        "{asked:?}"
    );
    key(&mut stage, "p");
    for filter in [
        "&", "w", "a", "r", "n", "|", "f", "a", "t", "a", "l", "enter",
    ] {
        key(&mut stage, filter);
    }
    let shown = text(&stage.draw(100, 30));
    assert!(
        shown.contains("no lease yet") && shown.contains("giving up"),
        "{shown}"
    );
    assert!(!shown.contains("starting manager"), "{shown}");
    let saved = key(&mut stage, "S");
    let [Effect::Save { name, text: saved }] = saved.as_slice() else {
        panic!("{saved:?}");
    };
    assert_eq!(name, "external-secrets-external-secrets-5b6c9f7d8-j7pmc");
    assert_eq!(saved.lines().count(), 2, "{saved}");
    assert_eq!(key(&mut stage, "q"), [], "the filter is left first");
    assert_eq!(key(&mut stage, "q"), [Effect::CloseLog]);
    assert!(text(&stage.draw(100, 30)).contains("Pods"));
}

fn whole() -> Whole {
    let yaml = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: docs\n  namespace: docs\nspec:\n  \
                containers:\n  - image: example/docs:1\n    name: main\n  nodeName: k3s-worker\n";
    Whole::Lines {
        lines: yaml.lines().map(Into::into).collect(),
    }
}

#[rstest]
#[case("asked", None)]
#[case("full", Some(whole()))]
#[case("gone", Some(Whole::Gone))]
#[case("denied", Some(Whole::Refused(Problem {
    title: "Pod external-secrets/x cannot be read".to_owned(),
    detail: "pods \"x\" is forbidden: User \"viewer\" cannot get resource \"pods\"".to_owned(),
    next: "ask for the right to get it".to_owned(),
    request_id: None,
})))]
fn objects(#[case] name: &str, #[case] found: Option<Whole>) {
    let mut stage = Stage::new(world::cluster(true));
    stage.press("7 v");
    let id = ObjectRef::new("external-secrets", "external-secrets-5b6c9f7d8-j7pmc");
    if let Some(found) = found {
        let of = Thing::new("Pod", id);
        learn(&mut stage, Reading::Whole { of, found });
    }
    for (width, height) in SIZES {
        let shown = stage.snapshot(width, height);
        insta::assert_snapshot!(format!("whole_{name}_{width}x{height}"), shown);
    }
}

#[test]
fn an_object_is_searched() {
    let mut stage = Stage::new(world::cluster(true));
    stage.press("7 v");
    let id = ObjectRef::new("external-secrets", "external-secrets-5b6c9f7d8-j7pmc");
    let of = Thing::new("Pod", id);
    learn(&mut stage, Reading::Whole { of, found: whole() });
    stage.press("/ n o d e enter");
    let shown = text(&stage.draw(100, 30));
    assert!(shown.contains("» ") && shown.contains("/ node"), "{shown}");
    stage.press("q q");
    assert!(!text(&stage.draw(100, 30)).contains("nodeName"));
}
