//! OpenSSH's client against the lab's machines: keys from the console, a jump through the ingress,
//! commands, a log that grows, tunnels, and bad days.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use k3scope::clock::Clock;
use k3scope::lab::Lab;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

use super::{dial, is_installed, lab, run};

pub(super) const LIMIT: Duration = Duration::from_mins(2);
const BEGIN: &str = "-----BEGIN SSH HOST KEY KEYS-----";
const END: &str = "-----END SSH HOST KEY KEYS-----";
const LOG: &str = "/var/log/k3scope-bootstrap.log";

/// An operator's folder: `ssh_config`, known hosts.
pub(super) struct Desk {
    folder: tempfile::TempDir,
}

/// What a command said and how it ended.
#[derive(Debug)]
pub(super) struct Said {
    pub(super) status: i32,
    pub(super) out: String,
    pub(super) err: String,
}

impl Desk {
    fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The way to each node, with host keys from the consoles and nothing else believed.
    fn lay(lab: &Lab) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let port = dial(lab, "203.0.113.10:22").unwrap().port();
        let key = lab.ready()["ssh"]["private_key"]
            .as_str()
            .unwrap()
            .to_owned();
        let known = folder.path().join("known_hosts");
        let mut config = vec![format!(
            "Host ingress\n  HostName 127.0.0.1\n  Port {port}\n\
             Host *\n  User ubuntu\n  IdentityFile {key}\n  IdentitiesOnly yes\n  BatchMode yes\n\
             StrictHostKeyChecking yes\n  UserKnownHostsFile {}\n  GlobalKnownHostsFile /dev/null\n\
             ConnectTimeout 30\n  ServerAliveInterval 5\n",
            known.display()
        )];
        for vnic in lab.oci().resources("vnics") {
            let name = vnic["displayName"].as_str().unwrap();
            let alias = name.trim_start_matches("k3s-");
            let host = format!("Host {alias}\n  HostKeyAlias {alias}\n");
            config.push(host);
            if alias != "ingress" {
                let address = vnic["privateIp"].as_str().unwrap();
                config.push(format!("  HostName {address}\n"));
            }
        }
        std::fs::write(folder.path().join("ssh_config"), config.concat()).unwrap();
        Self { folder }
    }

    /// Writes down the keys that the consoles show; says whether every instance has shown some.
    fn learn_keys(&self, lab: &Lab) -> bool {
        let mut known = Vec::new();
        let mut all = true;
        for instance in lab.oci().resources("instances") {
            let name = instance["displayName"].as_str().unwrap();
            let console = lab.oci().console(instance["id"].as_str().unwrap());
            let block = console
                .split_once(BEGIN)
                .and_then(|(_, rest)| rest.split_once(END));
            let lines = block.map_or("", |(block, _)| block).lines();
            let keys: Vec<&str> = lines
                .map(str::trim)
                .filter(|line| !line.is_empty())
                .collect();
            all &= !keys.is_empty();
            for key in keys {
                known.push(format!("{} {key}\n", name.trim_start_matches("k3s-")));
            }
        }
        std::fs::write(self.path().join("known_hosts"), known.concat()).unwrap();
        all
    }

    pub(super) async fn ssh(&self, arguments: &[&str]) -> Said {
        let all = [&["-F", "ssh_config"], arguments].concat();
        let output = run("ssh", self.path(), &all).await;
        Said {
            status: output.status.code().unwrap(),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    pub(super) async fn on_worker(&self, command: &str) -> Said {
        self.ssh(&["-J", "ingress", "worker", command]).await
    }

    /// Starts `ssh` and reads its lines as they come.
    pub(super) fn follow(&self, arguments: &[&str]) -> (Child, Lines<BufReader<ChildStdout>>) {
        let mut child = Command::new("ssh")
            .args(["-F", "ssh_config"])
            .args(arguments)
            .current_dir(self.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        (child, lines)
    }
}

/// Reads on until a line is so; gives that line.
pub(super) async fn until(
    lines: &mut Lines<BufReader<ChildStdout>>,
    holds: impl Fn(&str) -> bool,
) -> String {
    let reading = async {
        while let Some(line) = lines.next_line().await.unwrap() {
            if holds(&line) {
                return line;
            }
        }
        panic!("the stream ended first")
    };
    Clock::default()
        .timeout(LIMIT, reading)
        .await
        .expect("the line comes")
}

/// A lab with the reference cluster's machines, and who looks after them.
pub(super) async fn with_machines() -> (Lab, Desk) {
    let lab = lab("empty", 100.0).await;
    let apply = Command::new(env!("CARGO_BIN_EXE_k3scope"))
        .arg("-c")
        .arg(lab.cluster_toml())
        .args(["apply", "--yes", "--allow-paid"])
        .stdin(Stdio::null())
        .output()
        .await
        .unwrap();
    let said = String::from_utf8_lossy(&apply.stderr);
    assert!(apply.status.success(), "{said}");
    let desk = Desk::lay(&lab);
    let mut printed = lab.oci().printed();
    let shown = async {
        while !desk.learn_keys(&lab) {
            printed.changed().await.unwrap();
        }
    };
    let waited = Clock::default().timeout(LIMIT, shown).await;
    assert!(waited.is_ok(), "the consoles never showed all host keys");
    (lab, desk)
}

#[tokio::test(flavor = "multi_thread")]
async fn openssh_jumps_to_a_private_node_runs_commands_and_tails_its_log() {
    if !is_installed("ssh") {
        return;
    }
    let (lab, desk) = with_machines().await;
    let follow = format!("sudo -n tail -n +1 -F {LOG}");
    let (mut tail, mut lines) = desk.follow(&["-J", "ingress", "worker", &follow]);
    let last = until(&mut lines, |line| {
        line.contains(r#""stage":"k3s","state":"ok""#)
    });
    assert!(last.await.contains(r#""node":"k3s-worker""#));
    tail.kill().await.unwrap();

    commands(&desk).await;
    growing_files(&desk).await;
    tunnels(&desk).await;
    shells(&desk).await;
    lab.stop().await.unwrap();
}

/// Command, exit status, and what stands in its output or in what it says of errors.
const COMMANDS: [(&str, i32, &str, &str); 20] = [
    ("whoami; hostname", 0, "ubuntu\nk3s-worker\n", ""),
    ("uname -a", 0, "Linux k3s-worker", ""),
    ("sudo -n id -u && echo 'a  b' \"c\"", 0, "0\na  b c\n", ""),
    (
        "kubectl get nodes",
        127,
        "",
        "bash: line 1: kubectl: command not found\n",
    ),
    ("false || exit 3; echo never", 3, "", ""),
    ("cat /etc/hostname", 0, "k3s-worker\n", ""),
    ("cat /none 2>&1 | grep -c 'No such file'", 0, "1\n", ""),
    (
        "cat /none",
        1,
        "",
        "cat: /none: No such file or directory\n",
    ),
    ("cat /none 2>/dev/null", 1, "", ""),
    (
        "cat /etc/k3scope/agent-token",
        1,
        "",
        "cat: /etc/k3scope/agent-token: Permission denied\n",
    ),
    (
        "sudo stat -c '%a %U' /etc/k3scope/agent-token",
        0,
        "600 root\n",
        "",
    ),
    (
        "test -f /usr/local/sbin/k3scope-bootstrap && [ ! -e /x ]",
        0,
        "",
        "",
    ),
    ("systemctl is-active k3s-agent", 0, "active\n", ""),
    ("systemctl is-active k3s", 4, "inactive\n", ""),
    (
        "systemctl show k3scope-bootstrap -p ActiveState,SubState",
        0,
        "ActiveState=active\nSubState=exited\n",
        "",
    ),
    (
        "cloud-init status --wait --format json",
        0,
        "\"status\": \"done\"",
        "",
    ),
    (
        "journalctl -u k3scope-bootstrap -n 3 -o cat | wc -l",
        0,
        "3\n",
        "",
    ),
    (
        "sudo k3scope-bootstrap --from nowhere",
        2,
        "",
        "usage: k3scope-bootstrap",
    ),
    (
        "sudo k3scope-bootstrap --from download",
        0,
        "\"stage\":\"download\"",
        "",
    ),
    (
        "echo 'unfinished",
        2,
        "",
        "bash: -c: line 1: syntax error: unexpected EOF",
    ),
];

async fn commands(desk: &Desk) {
    for (command, status, out, err) in COMMANDS {
        let said = desk.on_worker(command).await;
        assert_eq!(said.status, status, "{command}: {said:?}");
        let right = said.out.contains(out) && said.err.contains(err);
        assert!(right, "{command}: {said:?}");
        assert_eq!(said.out.is_empty(), out.is_empty(), "{command}: {said:?}");
    }
    let kubeconfig = desk
        .ssh(&[
            "-J",
            "ingress",
            "server",
            "sudo -n cat /etc/rancher/k3s/k3s.yaml",
        ])
        .await;
    assert!(
        kubeconfig.out.contains("server: https://127.0.0.1:6443"),
        "{kubeconfig:?}"
    );
}

async fn growing_files(desk: &Desk) {
    let (mut tail, mut lines) = desk.follow(&["-J", "ingress", "worker", "tail -F /tmp/notes"]);
    for text in ["one", "two"] {
        let said = desk.on_worker(&format!("echo {text} >> /tmp/notes")).await;
        assert_eq!(said.status, 0, "{said:?}");
        until(&mut lines, |line| line == text).await;
    }
    tail.kill().await.unwrap();
}

async fn tunnels(desk: &Desk) {
    let (mut banner, mut lines) = desk.follow(&["-W", "10.0.2.10:22", "ingress"]);
    until(&mut lines, |line| line.starts_with("SSH-2.0-OpenSSH")).await;
    banner.kill().await.unwrap();
    for (target, why) in [
        ("10.0.9.9:22", "No route to host"),
        ("10.0.2.10:81", "Connection refused"),
        ("127.0.0.1:6443", "Connection refused"),
    ] {
        let said = desk.ssh(&["-W", target, "ingress"]).await;
        assert!(said.status == 255 && said.err.contains(why), "{said:?}");
    }
}

/// A shell at a terminal, and one that reads commands from a pipe.
async fn shells(desk: &Desk) {
    let (mut child, mut lines) = desk.follow(&["-tt", "ingress"]);
    let mut keyboard = child.stdin.take().unwrap();
    keyboard
        .write_all(b"tail -f /etc/hostname\r")
        .await
        .unwrap();
    until(&mut lines, |line| line.trim_end() == "k3s-ingress").await;
    keyboard
        .write_all(b"\x03cd /etc\rpwd\rexit 7\r")
        .await
        .unwrap();
    until(&mut lines, |line| {
        line.contains("ubuntu@k3s-ingress:/etc$ exit 7")
    })
    .await;
    assert_eq!(child.wait().await.unwrap().code(), Some(7));

    let (mut child, mut lines) = desk.follow(&["-T", "ingress"]);
    let mut input = child.stdin.take().unwrap();
    input.write_all(b"echo from a pipe\nfalse\n").await.unwrap();
    drop(input);
    until(&mut lines, |line| line == "from a pipe").await;
    assert_eq!(child.wait().await.unwrap().code(), Some(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_log_in_is_refused_and_bad_days_show() {
    if !is_installed("ssh") {
        return;
    }
    let (lab, desk) = with_machines().await;
    assert_eq!(desk.ssh(&["ingress", "true"]).await.status, 0);
    let root = desk.ssh(&["-l", "root", "ingress", "id"]).await;
    assert_eq!(root.status, 142, "{root:?}");
    assert!(
        root.out.contains("Please login as the user \"ubuntu\""),
        "{root:?}"
    );
    let other = desk.ssh(&["-l", "opc", "ingress", "id"]).await;
    assert!(
        other.status == 255 && other.err.contains("Permission denied"),
        "{other:?}"
    );
    if let Some(key) = stranger(&desk).await {
        let key = key.display().to_string();
        let config = std::fs::read_to_string(desk.path().join("ssh_config")).unwrap();
        let own = lab.ready()["ssh"]["private_key"]
            .as_str()
            .unwrap()
            .to_owned();
        std::fs::write(desk.path().join("ssh_config"), config.replace(&own, &key)).unwrap();
        let said = desk.ssh(&["ingress", "id"]).await;
        assert!(
            said.status == 255 && said.err.contains("Permission denied"),
            "{said:?}"
        );
        std::fs::write(desk.path().join("ssh_config"), config).unwrap();
    }

    let (mut child, mut lines) = desk.follow(&["ingress", "tail -f /etc/hostname"]);
    until(&mut lines, |line| line == "k3s-ingress").await;
    lab.break_it("ssh-cut").await.unwrap();
    let ended = Clock::default().timeout(LIMIT, child.wait()).await;
    assert_eq!(ended.expect("it is cut").unwrap().code(), Some(255));
    lab.break_it("ssh-refused").await.unwrap();
    let refused = desk.ssh(&["ingress", "true"]).await;
    assert!(
        refused.status == 255 && refused.err.contains("Permission denied"),
        "{refused:?}"
    );
    lab.break_it("ssh-mended").await.unwrap();
    lab.break_it("ssh-other-key").await.unwrap();
    let changed = desk.ssh(&["ingress", "true"]).await;
    assert!(
        changed.err.contains("HOST IDENTIFICATION HAS CHANGED"),
        "{changed:?}"
    );
    lab.break_it("ssh-mended").await.unwrap();
    assert_eq!(desk.ssh(&["ingress", "true"]).await.status, 0);
    lab.stop().await.unwrap();
}

/// A key that no instance knows, where `ssh-keygen` can make one.
async fn stranger(desk: &Desk) -> Option<PathBuf> {
    if !is_installed("ssh-keygen") {
        return None;
    }
    let path = desk.path().join("stranger");
    let shown = path.display().to_string();
    let made = run(
        "ssh-keygen",
        desk.path(),
        &["-q", "-t", "ed25519", "-N", "", "-f", &shown],
    )
    .await;
    assert!(made.status.success());
    Some(path)
}
