//! What leads into pods, on the screen: the menu of a pod, the choice of a container or a port, the list
//! of ports that are forwarded.

use k3scope::domain::event::{Change, Event, What};
use k3scope::domain::forward::Forward;
use k3scope::domain::object::ObjectRef;
use k3scope::domain::pod::{Container, Pod, Port};
use k3scope::effect::Effect;
use k3scope::store::fold;

use super::stage::{Stage, text};
use super::world;

const SIZES: [(u16, u16); 2] = [(80, 24), (140, 42)];

fn learn(stage: &mut Stage, what: What) {
    let at = world::now();
    fold(&mut stage.store, Event { at, what });
}

fn docs() -> ObjectRef {
    ObjectRef::new("docs", "docs-6b7f8d9c5-4jzlp")
}

/// The pods, with the first one of docs selected, which has a second container.
fn several() -> Stage {
    let mut stage = Stage::new(world::cluster(false));
    let port = |name: &str, number| Port {
        name: name.into(),
        number,
    };
    let mut pod: Pod = stage.store.pods.get(&docs()).unwrap().clone();
    pod.containers[0].ports = vec![port("http", 8080), port("", 9090)];
    pod.containers.push(Container {
        name: "side".into(),
        state: "CrashLoopBackOff".into(),
        ports: vec![port("metrics", 9100)],
        ..Container::default()
    });
    learn(&mut stage, What::Pod(Change::Applied(Box::new(pod))));
    stage.press("7 / 4 j z l p enter");
    stage
}

fn snapshots(stage: &mut Stage, name: &str) {
    for (width, height) in SIZES {
        let shown = stage.snapshot(width, height);
        insta::assert_snapshot!(format!("inside_{name}_{width}x{height}"), shown);
    }
}

#[test]
fn the_menu_leads_into_the_pod() {
    let mut stage = several();
    stage.press("a");
    snapshots(&mut stage, "menu");
    stage.press("s");
    snapshots(&mut stage, "containers");
    assert_eq!(stage.pressed("2"), [], "what does not run has no shell");
    let shell = stage.pressed("1");
    assert!(matches!(shell.as_slice(), [Effect::Act(_)]), "{shell:?}");
    stage.press("a f");
    snapshots(&mut stage, "ports");
    let port = stage.pressed("3");
    assert!(matches!(port.as_slice(), [Effect::Act(_)]), "{port:?}");
}

#[test]
fn a_container_of_the_full_view_has_a_menu_of_its_own() {
    let mut stage = several();
    stage.press("enter");
    for _ in 0..20 {
        stage.press("down");
        let menu = text(&{
            stage.press("a");
            stage.draw(100, 40)
        });
        stage.press("esc");
        if menu.contains("forward port 9100, metrics (side)") && !menu.contains("8080") {
            assert!(menu.contains("shell in side"), "{menu}");
            return;
        }
    }
    panic!("the cursor never found the container");
}

fn forward(address: &str) -> Forward {
    Forward {
        id: ObjectRef::cluster(address),
        pod: docs(),
        port: 8080,
        open: 2,
        taken: 7,
        sent: 12_345,
        received: 3_456_789,
        ..Forward::default()
    }
}

#[test]
fn forwarded_ports_are_listed_and_can_be_stopped_copied_and_opened() {
    let mut stage = Stage::new(world::cluster(false));
    stage.press("z f");
    snapshots(&mut stage, "forwards_none");
    let over = Forward {
        over: Some("pod docs/docs-6b7f8d9c5-4jzlp is gone".into()),
        ..forward("127.0.0.1:9090")
    };
    let failed = Forward {
        error: Some("error forwarding port 8080 to the pod: connection refused".into()),
        ..forward("127.0.0.1:9000")
    };
    for one in [forward("127.0.0.1:8080"), failed, over] {
        learn(&mut stage, What::Forward(Change::Applied(Box::new(one))));
    }
    snapshots(&mut stage, "forwards");
    let address = || "127.0.0.1:8080".to_owned();
    let copied = Effect::Copy {
        what: "address".to_owned(),
        text: address(),
    };
    assert_eq!(stage.pressed("y"), [copied]);
    assert_eq!(
        stage.pressed("o"),
        [Effect::Open(format!("http://{}", address()))]
    );
    let stop = Effect::StopForward(ObjectRef::cluster(address()));
    assert_eq!(stage.pressed("x"), [stop]);
    stage.press("down down");
    let shown = text(&stage.draw(100, 30));
    assert!(shown.contains("is gone. x takes it off"), "{shown}");
    stage.press("enter");
    let menu = text(&stage.draw(100, 30));
    assert!(
        menu.contains("127.0.0.1:9090") && menu.contains("go to its pod"),
        "{menu}"
    );
    stage.press("p");
    assert!(text(&stage.draw(100, 30)).contains("docs-6b7f8d9c5-4jzlp"));
}

#[test]
fn nothing_leads_in_where_nothing_may_be_changed() {
    let mut stage = several();
    let mut look = super::stage::look();
    look.badges.read_only = true;
    stage.cockpit = k3scope::ui::Cockpit::new(look);
    stage.press("7 / 4 j z l p enter a");
    for key in ["s", "f"] {
        assert_eq!(stage.pressed(key), []);
        let shown = text(&stage.draw(100, 30));
        assert!(
            shown.contains("nothing is changed with --read-only"),
            "{shown}"
        );
    }
}
