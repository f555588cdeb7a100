//! How long a frame takes: 200×60 cells, 5,000 pods, 500 applications, 15,000 lines of log.

use divan::Bencher;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use k3scope::domain::application::{Application, Health, Sync};
use k3scope::domain::bootstrap::{BootstrapEvent, Followed, LogOrigin, Usual};
use k3scope::domain::event::{Change, Event, What};
use k3scope::domain::journey::Stage;
use k3scope::domain::object::ObjectRef;
use k3scope::domain::pod::{Container, Pod};
use k3scope::domain::topology::Role as NodeRole;
use k3scope::keymap::Keymap;
use k3scope::store::{Store, fold};
use k3scope::theme::builtin;
use k3scope::ui::frame::header::Badges;
use k3scope::ui::{Cockpit, Look};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

const NOW: Timestamp = Timestamp::constant(1_795_356_200, 0);

fn main() {
    divan::main();
}

fn store() -> Store {
    let mut store = Store::default();
    for number in 0..5_000 {
        let pod = Pod {
            id: ObjectRef::new(
                format!("team-{}", number % 40),
                format!("service-{number}-7f9d64c5b8"),
            ),
            created: Some(NOW),
            status: "Running".into(),
            ready: 1,
            containers: vec![Container::default()],
            node: format!("node-{}", number % 12).into(),
            ..Pod::default()
        };
        tell(&mut store, What::Pod(Change::Applied(Box::new(pod))));
    }
    for number in 0..500 {
        let application = Application {
            id: ObjectRef::new("argocd", format!("application-{number}")),
            wave: number % 6,
            sync: Sync::Synced,
            health: if number % 50 == 0 {
                Health::Degraded
            } else {
                Health::Healthy
            },
            health_since: Some(NOW),
            ..Application::default()
        };
        tell(
            &mut store,
            What::Application(Change::Applied(Box::new(application))),
        );
    }
    store
}

fn tell(store: &mut Store, what: What) {
    fold(store, Event { at: NOW, what });
}

fn cockpit() -> Cockpit {
    Cockpit::new(Look {
        keymap: Keymap::builtin().unwrap_or_default(),
        themes: builtin("dark").into_iter().collect(),
        zone: TimeZone::UTC,
        badges: Badges::default(),
        breakages: Vec::new(),
    })
}

#[divan::bench(args = ["1", "2", "7"])]
fn unchanged(bencher: Bencher<'_, '_>, tab: &str) {
    let store = store();
    let mut cockpit = cockpit();
    if let Ok(key) = tab.parse() {
        cockpit.key(key, &store, NOW);
    }
    let mut buffer = Buffer::empty(Rect::new(0, 0, 200, 60));
    bencher.bench_local(|| {
        buffer.reset();
        cockpit.draw(&mut buffer, &store, NOW)
    });
}

#[divan::bench]
fn after_a_pod_changed(bencher: Bencher<'_, '_>) {
    let mut store = store();
    let mut cockpit = cockpit();
    if let Ok(key) = "7".parse() {
        cockpit.key(key, &store, NOW);
    }
    let mut buffer = Buffer::empty(Rect::new(0, 0, 200, 60));
    let mut restarts = 0;
    bencher.bench_local(|| {
        restarts += 1;
        let pod = Pod {
            id: ObjectRef::new("team-1", "service-1-7f9d64c5b8"),
            restarts,
            ..Pod::default()
        };
        tell(&mut store, What::Pod(Change::Applied(Box::new(pod))));
        buffer.reset();
        cockpit.draw(&mut buffer, &store, NOW)
    });
}

/// Three nodes come up, each with 5,000 lines of log; with a filter where one is given.
#[divan::bench(args = ["", "/ 9 9 enter"])]
fn logs_of_nodes(bencher: Bencher<'_, '_>, keys: &str) {
    let mut store = Store::default();
    let stage = Stage::Bootstrap;
    tell(&mut store, What::Stage { stage });
    let nodes = ["k3s-ingress", "k3s-server", "k3s-worker"];
    let followed = |name: &str| Followed {
        name: name.into(),
        role: NodeRole::Server,
    };
    let started = BootstrapEvent::Started {
        nodes: nodes.iter().map(|name| followed(name)).collect(),
        delivers: true,
        hosts: vec!["docs.example.com".into()],
        places: false,
        usual: Usual::default(),
    };
    tell(&mut store, What::Bootstrap(started));
    for node in nodes {
        let line =
            |number| format!("[{number:>6}.000000] systemd[1]: Started unit {number}").into();
        let log = BootstrapEvent::Log {
            node: node.into(),
            origin: LogOrigin::Console,
            lines: (0..5_000).map(line).collect(),
        };
        tell(&mut store, What::Bootstrap(log));
    }
    let mut cockpit = cockpit();
    for key in keys.split_whitespace() {
        if let Ok(key) = key.parse() {
            cockpit.key(key, &store, NOW);
        }
    }
    let mut buffer = Buffer::empty(Rect::new(0, 0, 200, 60));
    bencher.bench_local(|| {
        buffer.reset();
        cockpit.draw(&mut buffer, &store, NOW)
    });
}
