//! Logs of pods, as they are followed by the API: from the lab's containers to the store.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use k3scope::app::reading::Reader;
use k3scope::clock::Clock;
use k3scope::domain::event::{Event, What};
use k3scope::domain::object::ObjectRef;
use k3scope::domain::reading::{LogSince, LogState, LogWish, Reading};
use k3scope::kube::Connection;
use k3scope::lab::kube::{LogLine, LogOf, Objects, Options, Server};
use k3scope::store::reading::{LINES, PodLog};
use k3scope::store::{Store, fold};
use serde_json::{Value, json};
use tokio::sync::{mpsc, watch};

use super::desk::connect;

const PATIENCE: Duration = Duration::from_secs(30);
/// Events that wait to be folded.
const WAITING: usize = 4;

type Written = Arc<Mutex<BTreeMap<(String, bool), Vec<LogLine>>>>;

/// A cluster with one pod whose containers write what a test says, and one who reads.
pub(super) struct Desk {
    pub(super) objects: Objects,
    pub(super) server: Server,
    written: Written,
    pub(super) reader: Reader,
    pub(super) store: Store,
    events: mpsc::Receiver<Event>,
    /// The most lines that one event brought.
    most: usize,
    _way: watch::Sender<Option<Connection>>,
}

fn pod(state: &Value) -> Value {
    let container = |name: &str| json!({"name": name, "image": "example/docs:1"});
    let status = |name: &str| {
        json!({"name": name, "ready": true, "restartCount": 0, "image": "", "imageID": "",
               "state": state})
    };
    json!({
        "metadata": {"name": "docs-1", "namespace": "argocd"},
        "spec": {
            "nodeName": "k3s-worker", "restartPolicy": "Always",
            "containers": [container("web"), container("side")],
        },
        "status": {"phase": "Running", "containerStatuses": [status("web"), status("side")]},
    })
}

fn wish(containers: &[&str]) -> LogWish {
    LogWish {
        pod: ObjectRef::new("argocd", "docs-1"),
        containers: containers.iter().map(|name| (*name).into()).collect(),
        ..LogWish::default()
    }
}

impl Desk {
    pub(super) async fn of(user: &str) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let objects = Objects::new(Clock::default());
        for name in ["default", "argocd"] {
            objects.put("namespaces", json!({"metadata": {"name": name}}));
        }
        objects.put("pods", pod(&json!({"running": {}})));
        let written = Written::default();
        let of = Arc::clone(&written);
        let logs = move |log: &LogOf| {
            let written = of.lock().unwrap();
            let key = (log.container.clone(), log.previous);
            written.get(&key).cloned().unwrap_or_default()
        };
        let options = Options {
            logs: Some(Arc::new(logs)),
            ..Options::default()
        };
        let server = Server::start(objects.clone(), options).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let connection = connect(folder.path(), &server.kubeconfig(user).unwrap()).await;
        let (way, found) = watch::channel(Some(connection));
        let (sender, events) = mpsc::channel(WAITING);
        Self {
            objects,
            server,
            written,
            reader: Reader::new(found, (sender, Clock::paced(20.0))),
            store: Store::default(),
            events,
            most: 0,
            _way: way,
        }
    }

    /// Lets a container write lines, the first at `second` of the hour, one each millisecond.
    fn write(&self, container: &str, second: i64, lines: impl Iterator<Item = String>) {
        let began: Timestamp = "2026-11-22T14:00:00Z".parse().unwrap();
        let mut written = self.written.lock().unwrap();
        let log = written.entry((container.to_owned(), false)).or_default();
        for (text, milliseconds) in lines.zip(0..) {
            let after =
                SignedDuration::from_secs(second) + SignedDuration::from_millis(milliseconds);
            let at = began + after;
            log.push(LogLine { at, text });
        }
    }

    pub(super) async fn until(&mut self, why: &str, so: impl Fn(&Store) -> bool) {
        let folding = async {
            while !so(&self.store) {
                let event = self.events.recv().await.unwrap();
                if let What::Reading(Reading::LogLines { lines, .. }) = &event.what {
                    self.most = self.most.max(lines.len());
                }
                fold(&mut self.store, event);
            }
        };
        let came = Clock::default().timeout(PATIENCE, folding).await;
        assert!(
            came.is_ok(),
            "waited in vain until {why}: {:#?}",
            self.store.open
        );
    }

    async fn until_read(&mut self, count: u64) {
        let read = |store: &Store| store.open.log.as_ref().is_some_and(|log| log.read >= count);
        self.until(&format!("{count} lines are read"), read).await;
    }

    fn log(&self) -> &PodLog {
        self.store.open.log.as_ref().unwrap()
    }

    fn texts(&self) -> Vec<String> {
        self.log()
            .lines
            .iter()
            .map(|line| line.text.to_string())
            .collect()
    }

    async fn until_state(&mut self, of: &str, is: impl Fn(&LogState) -> bool) {
        let so = |store: &Store| {
            let log = store.open.log.as_ref();
            log.is_some_and(|log| log.states.get(&of.into()).is_some_and(&is))
        };
        self.until("its state is told", so).await;
    }

    pub(super) async fn stop(mut self) {
        self.reader.stop().await;
        self.server.stop().await;
    }
}

fn numbered(from: u32, to: u32) -> impl Iterator<Item = String> {
    (from..to).map(|number| format!("line {number}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_begins_with_its_last_500_lines_is_followed_and_ends_with_its_view() {
    let mut desk = Desk::of("admin").await;
    desk.write("web", 0, numbered(0, 600));
    desk.reader.open(wish(&["web"]));
    desk.until_read(500).await;
    assert_eq!(desk.texts()[0], "line 100");
    assert_eq!(
        desk.log().lines[0].at,
        "2026-11-22T14:00:00.1Z".parse().ok()
    );
    desk.until_state("web", |state| *state == LogState::Follows)
        .await;
    desk.write(
        "web",
        10,
        ["\u{1b}[31mK3S_TOKEN=0123456789abcdef".to_owned()].into_iter(),
    );
    desk.until_read(501).await;
    assert_eq!(desk.texts().pop().unwrap(), "K3S_TOKEN=***");
    desk.reader.close();
    desk.until("it is closed", |store| store.open.log.is_none())
        .await;
    desk.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn containers_are_read_beside_each_other_by_time() {
    let mut desk = Desk::of("admin").await;
    desk.write("web", 0, numbered(0, 2));
    desk.write("web", 20, numbered(2, 3));
    desk.write("side", 10, numbered(0, 1));
    desk.reader.open(wish(&["web", "side"]));
    desk.until_read(4).await;
    let order: Vec<&str> = desk
        .log()
        .lines
        .iter()
        .map(|line| &*line.container)
        .collect();
    assert_eq!(order, ["web", "web", "side", "web"]);
    desk.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cut_stream_is_taken_up_where_it_was() {
    let mut desk = Desk::of("admin").await;
    desk.write("web", 0, numbered(0, 5));
    desk.reader.open(wish(&["web"]));
    desk.until_read(5).await;
    for round in 0..3 {
        desk.server.cut_streams();
        desk.until_state("web", |state| matches!(state, LogState::Lost { .. }))
            .await;
        desk.write("web", 10 + i64::from(round), numbered(5 + round, 6 + round));
        desk.until_read(6 + u64::from(round)).await;
    }
    let expected: Vec<String> = numbered(0, 8).collect();
    assert_eq!(desk.texts(), expected, "no line twice, none lost");
    desk.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_writes_without_end_floods_neither_the_channel_nor_the_store() {
    let mut desk = Desk::of("admin").await;
    desk.reader.open(wish(&["web"]));
    desk.until_state("web", |state| *state == LogState::Follows)
        .await;
    desk.write("web", 0, numbered(0, 60_000));
    desk.write("web", 3_000, ["the end".to_owned()].into_iter());
    let ended = |store: &Store| {
        let log = store.open.log.as_ref();
        log.is_some_and(|log| log.lines.back().is_some_and(|line| line.text == "the end"))
    };
    desk.until("its end is read", ended).await;
    let log = desk.log();
    assert!(
        desk.most <= 500 && log.lines.len() <= LINES,
        "{} at once",
        desk.most
    );
    assert_eq!(
        log.read + log.skipped,
        60_001,
        "every line is shown or counted"
    );
    desk.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_run_before_is_read_to_its_end_or_was_not() {
    let mut desk = Desk::of("admin").await;
    let before = LogWish {
        previous: true,
        ..wish(&["web"])
    };
    desk.reader.open(before.clone());
    desk.until_state("web", |state| matches!(state, LogState::Refused(_)))
        .await;
    let Some(LogState::Refused(problem)) = desk.log().states.get(&"web".into()) else {
        panic!("not refused");
    };
    assert_eq!(problem.title, "no container web ran before this one");
    desk.objects
        .change("pods", Some("argocd"), "docs-1", |pod| {
            pod["status"]["containerStatuses"][0]["lastState"] =
                json!({"terminated": {"exitCode": 1, "reason": "Error"}});
        });
    let line = LogLine {
        at: "2026-11-22T14:00:00Z".parse().unwrap(),
        text: "fatal: no database".to_owned(),
    };
    let key = ("web".to_owned(), true);
    desk.written.lock().unwrap().insert(key, vec![line]);
    desk.reader.open(before);
    desk.until_read(1).await;
    assert_eq!(desk.texts(), ["fatal: no database"]);
    desk.until_state("web", |state| matches!(state, LogState::Over { .. }))
        .await;
    desk.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_yet_is_waited_for_and_what_is_gone_is_over() {
    let mut desk = Desk::of("admin").await;
    desk.objects.put(
        "pods",
        pod(&json!({"waiting": {"reason": "ContainerCreating"}})),
    );
    desk.reader.open(wish(&["web"]));
    desk.until_state(
        "web",
        |state| matches!(state, LogState::Waits { why } if why.contains("ContainerCreating")),
    )
    .await;
    desk.objects.put("pods", pod(&json!({"running": {}})));
    desk.until_state("web", |state| *state == LogState::Follows)
        .await;
    desk.objects.remove("pods", Some("argocd"), "docs-1");
    desk.server.cut_streams();
    desk.until_state("web", |state| {
        *state
            == LogState::Over {
                why: "the pod is gone".into(),
            }
    })
    .await;
    desk.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn how_far_back_it_goes_is_asked_of_the_server() {
    let mut desk = Desk::of("viewer").await;
    desk.write("web", 0, numbered(0, 700));
    let all = LogWish {
        since: LogSince::All,
        ..wish(&["web"])
    };
    desk.reader.open(all.clone());
    desk.until_read(700).await;
    // Written on a day that is long over, or has not come: not within the last five minutes.
    let recent = LogWish {
        since: LogSince::FiveMinutes,
        ..all
    };
    {
        let mut written = desk.written.lock().unwrap();
        let log = written.get_mut(&("web".to_owned(), false)).unwrap();
        let now = Clock::default().now();
        for line in log.iter_mut() {
            line.at = now - SignedDuration::from_hours(1);
        }
        log.push(LogLine {
            at: now,
            text: "now".to_owned(),
        });
    }
    desk.reader.open(recent);
    desk.until("another log is open", |store| {
        let log = store.open.log.as_ref();
        log.is_some_and(|log| log.wish.since == LogSince::FiveMinutes && log.read > 0)
    })
    .await;
    assert_eq!(desk.texts(), ["now"]);
    desk.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lacking_right_is_named() {
    let mut desk = Desk::of("viewer").await;
    let mut elsewhere = pod(&json!({"running": {}}));
    elsewhere["metadata"]["namespace"] = json!("default");
    desk.objects.put("pods", elsewhere);
    let asked = LogWish {
        pod: ObjectRef::new("default", "docs-1"),
        ..wish(&["web"])
    };
    desk.reader.open(asked);
    desk.until_state("web", |state| {
        matches!(state, LogState::Refused(problem)
            if problem.detail == "get pods/log in namespace default")
    })
    .await;
    desk.stop().await;
}
