//! Shells in containers, without a terminal: what is typed, what is printed, the size, the end.

use k3scope::clock::Clock;
use k3scope::domain::object::ObjectRef;
use k3scope::kube::exec::{ExecError, Shell, Size};
use k3scope::kube::{Access, Connection, Target, Writer};
use rstest::rstest;
use serde_json::json;
use tokio::io::{AsyncReadExt, DuplexStream, duplex};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::lab_kube::cluster::Cluster;

pub(super) async fn connection(cluster: &Cluster, user: &str) -> Connection {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let target = Target {
        kubeconfig: Some(cluster.kubeconfig(user)),
        ..Target::default()
    };
    Connection::open(&target).await.unwrap()
}

async fn open(cluster: &Cluster, user: &str, pod: &str) -> Result<Shell, ExecError> {
    let writer = Writer::new(connection(cluster, user).await, Access::ReadWrite);
    let of = ObjectRef::new("docs", pod);
    Shell::open(&writer, (&of, &"docs".into()), Clock::default()).await
}

/// Somebody at a terminal.
struct Person {
    keys: mpsc::Sender<Vec<u8>>,
    sizes: mpsc::Sender<Size>,
    screen: DuplexStream,
    seen: String,
    shell: JoinHandle<Result<u8, ExecError>>,
}

impl Person {
    fn at(shell: Shell) -> Self {
        let (keys, typed) = mpsc::channel(8);
        let (sizes, resized) = mpsc::channel(8);
        let (screen, out) = duplex(1 << 16);
        Self {
            keys,
            sizes,
            screen,
            seen: String::new(),
            shell: tokio::spawn(shell.run(typed, resized, out)),
        }
    }

    async fn types(&self, line: &str) {
        self.keys
            .send(format!("{line}\r").into_bytes())
            .await
            .unwrap();
    }

    /// Reads on until it was printed since the last time, and gives what came before it.
    async fn sees(&mut self, text: &str) -> String {
        loop {
            if let Some((before, after)) = self.seen.split_once(text) {
                let before = before.to_owned();
                self.seen = after.to_owned();
                return before;
            }
            let mut piece = [0; 4096];
            let count = self.screen.read(&mut piece).await.unwrap();
            assert!(count > 0, "it ended before {text:?}: {:?}", self.seen);
            self.seen
                .push_str(&String::from_utf8_lossy(&piece[..count]));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn it_follows_the_size_of_the_terminal_and_tells_its_exit_status() {
    let cluster = Cluster::start().await;
    let mut person = Person::at(open(&cluster, "admin", "docs-1").await.unwrap());
    person.sees("/ # ").await;
    person.sizes.send((120, 40)).await.unwrap();
    // The size has a way of its own: it is asked for until it is there.
    let mut tries = 0..1_000;
    loop {
        assert!(tries.next().is_some(), "the size never came");
        person.types("stty size").await;
        person.sees("stty size\r\n").await;
        if person.sees("/ # ").await == "40 120\r\n" {
            break;
        }
    }
    // More than any buffer on the way holds.
    person.types("seq 40000").await;
    person.sees("\r\n39999\r\n40000\r\n/ # ").await;
    person.types("exit 3").await;
    assert_eq!(person.shell.await.unwrap(), Ok(3));
    let asked = cluster.server.authorised();
    assert!(
        asked
            .iter()
            .all(|it| it.allowed && it.object == "docs/docs-1")
    );
    assert_eq!(asked[0].resource, "pods/exec");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pod_that_dies_and_a_connection_that_is_cut_end_it() {
    let cluster = Cluster::start().await;
    let mut cut = Person::at(open(&cluster, "admin", "docs-1").await.unwrap());
    cut.sees("/ # ").await;
    cluster.server.cut_streams();
    let error = cut.shell.await.unwrap().unwrap_err();
    assert!(matches!(error, ExecError::Lost(_)), "{error:?}");

    let mut killed = Person::at(open(&cluster, "admin", "docs-1").await.unwrap());
    killed.sees("/ # ").await;
    cluster.objects.remove("pods", Some("docs"), "docs-1");
    assert_eq!(killed.shell.await.unwrap(), Ok(137));
}

#[rstest]
#[case("admin", "nobody", "pod docs/nobody is gone")]
#[case(
    "viewer",
    "docs-1",
    "may not open a shell in namespace docs: ask for a role with create on pods/exec"
)]
#[case("admin", "bare", "the image of container docs has no shell")]
#[case(
    "admin",
    "waits",
    "pod docs/waits opens no shell: pod waits does not have a host assigned"
)]
#[case(
    "admin",
    "crashes",
    "no shell: Internal error occurred: unable to upgrade connection: container not found"
)]
#[tokio::test(flavor = "multi_thread")]
async fn where_there_is_none_it_says_why(
    #[case] user: &str,
    #[case] name: &str,
    #[case] said: &str,
) {
    let cluster = Cluster::start().await;
    let mut pod = cluster.objects.get("pods", Some("docs"), "docs-1").unwrap();
    pod["metadata"] = json!({"name": name, "namespace": "docs"});
    match name {
        "bare" => pod["spec"]["containers"][0]["image"] = json!("docker.io/envoyproxy/envoy:v1.40"),
        "waits" => {
            pod["spec"]["nodeName"] = json!("");
            pod["status"] = json!({"phase": "Pending"});
        }
        "crashes" => {
            pod["status"]["containerStatuses"][0]["state"] =
                json!({"waiting": {"reason": "CrashLoopBackOff"}});
        }
        _ => {}
    }
    if !matches!(name, "nobody" | "docs-1") {
        cluster.objects.put("pods", pod);
    }
    let error = open(&cluster, user, name).await.unwrap_err().to_string();
    assert!(error.starts_with(said), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_opened_where_nothing_may_be_changed() {
    let cluster = Cluster::start().await;
    let writer = Writer::new(connection(&cluster, "admin").await, Access::ReadOnly);
    let of = ObjectRef::new("docs", "docs-1");
    let refused = Shell::open(&writer, (&of, &"docs".into()), Clock::default()).await;
    assert_eq!(refused.unwrap_err(), ExecError::ReadOnly);
    assert_eq!(cluster.server.authorised(), []);
}
