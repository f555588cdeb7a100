//! `k3scope ssh` and `k3scope tunnel` as an operator runs them: addresses from the lab's cloud, host
//! keys from the file of pins.

use std::process::{Output, Stdio};

use k3scope::clock::Clock;
use k3scope::kube::{Connection, Target};
use k3scope::lab::kube::{Objects, Options as ApiOptions, Server};
use k3scope::lab::{Lab, Options};
use k3scope::ssh::Pins;
use portable_pty::{CommandBuilder, MasterPty, PtySize, native_pty_system};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::Command;
use tokio::sync::mpsc;

use super::server::{Machine, User};

/// A cluster whose instances the lab's cloud has, and whose SSH servers are the tests' own.
struct Site {
    lab: Lab,
    user: User,
    ingress: Machine,
    server: Machine,
    _folder: tempfile::TempDir,
}

impl Site {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let options = Options {
            speed: 500.0,
            state_dir: Some(folder.path().join("lab")),
            ..Options::default()
        };
        let lab = Lab::start(options).await.unwrap();
        let user = User::new();
        let (ingress, server) = (Machine::start(&user).await, Machine::start(&user).await);
        ingress.forwards("10.0.2.10:22", server.address);
        let site = Self {
            lab,
            user,
            ingress,
            server,
            _folder: folder,
        };
        let applied = site.run(&["apply", "--yes", "--allow-paid"]).await;
        assert!(applied.status.success(), "{applied:?}");
        site.redirect();
        site
    }

    /// Lets the ingress node's public address lead to the tests' machine, with the tests' key.
    fn redirect(&self) {
        let vnics = self.lab.oci().resources("vnics");
        let public = vnics.iter().find_map(|vnic| vnic["publicIp"].as_str());
        let path = self.lab.cluster_toml();
        let text = std::fs::read_to_string(&path).unwrap();
        let mut document: toml_edit::DocumentMut = text.parse().unwrap();
        document["dial"].or_insert(toml_edit::table())[&format!("{}:22", public.unwrap())] =
            toml_edit::value(self.ingress.address.to_string());
        document["ssh"]["private_key"] =
            toml_edit::value(self.user.folder.path().join("key").display().to_string());
        std::fs::write(&path, document.to_string()).unwrap();
    }

    fn pin(&self) {
        let state = self.lab.cluster_toml().with_file_name(".k3scope");
        let mut pins = Pins::load(&state.join("known_hosts")).unwrap();
        for instance in self.lab.oci().resources("instances") {
            let name = instance["displayName"].as_str().unwrap();
            let machine = match name {
                "k3s-ingress" => &self.ingress,
                _ => &self.server,
            };
            pins.pin(name, instance["id"].as_str().unwrap(), &machine.keys)
                .unwrap();
        }
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_k3scope"));
        command.arg("-c").arg(self.lab.cluster_toml()).args(args);
        command
            .env_remove("SSH_AUTH_SOCK")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        command
    }

    async fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().await.unwrap()
    }
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

#[tokio::test]
async fn commands_on_nodes() {
    let site = Site::start().await;
    site.pin();
    let output = site
        .run(&["ssh", "k3s-ingress", "--", "echo", "at", "home"])
        .await;
    assert_eq!(text(&output.stdout), "at home\n", "{output:?}");
    assert_eq!(output.status.code(), Some(0));

    let failed = site.run(&["ssh", "server", "--", "fail", "oh no"]).await;
    assert_eq!(failed.status.code(), Some(7));
    assert_eq!(text(&failed.stderr), "oh no\n");
    assert_eq!(site.server.logins(), 1);

    let mut child = site.command(&["ssh", "server", "--", "cat"]);
    let mut child = child.stdin(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    input.write_all(b"through both").await.unwrap();
    drop(input);
    let output = child.wait_with_output().await.unwrap();
    assert_eq!(text(&output.stdout), "through both");

    let unknown = site.run(&["ssh", "k3s-nowhere", "--", "echo"]).await;
    assert_eq!(unknown.status.code(), Some(2));
    assert!(text(&unknown.stderr).contains("it has k3s-ingress, k3s-server"));
    let shell = site.run(&["ssh", "ingress"]).await;
    assert_eq!(shell.status.code(), Some(2));
    site.lab.stop().await.unwrap();
}

#[tokio::test]
async fn the_api_server_on_a_port_of_this_machine() {
    let site = Site::start().await;
    site.pin();
    let options = ApiOptions {
        names: vec!["10.0.2.10".to_owned()],
        ..ApiOptions::default()
    };
    let api = Server::start(Objects::new(Clock::default()), options)
        .await
        .unwrap();
    site.ingress.forwards("10.0.2.10:6443", api.address());

    let mut child = site.command(&["tunnel", "--json"]).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let line = lines.next_line().await.unwrap().unwrap();
    let told: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(told["tls_server_name"], "10.0.2.10");
    let server = told["server"].as_str().unwrap();

    // As kubectl does with --server and --tls-server-name.
    let kubeconfig = api.kubeconfig_at("admin", server).unwrap();
    let named = kubeconfig.replace(
        &format!("server: {server}\n"),
        &format!("server: {server}\n    tls-server-name: 10.0.2.10\n"),
    );
    let path = site.user.folder.path().join("kubeconfig");
    std::fs::write(&path, named).unwrap();
    let target = Target {
        kubeconfig: Some(path),
        ..Target::default()
    };
    let connection = Connection::open(&target).await.unwrap();
    assert!(
        connection
            .introduce()
            .await
            .unwrap()
            .version
            .starts_with("v1.")
    );

    // A cut takes open connections with it; the next one goes through again.
    site.ingress.cut();
    let again = async { while connection.introduce().await.is_err() {} };
    let patience = std::time::Duration::from_secs(20);
    Clock::default()
        .timeout(patience, again)
        .await
        .expect("it comes back");

    let pid = child.id().unwrap().to_string();
    Command::new("kill")
        .args(["-TERM", &pid])
        .status()
        .await
        .unwrap();
    assert!(child.wait().await.unwrap().success());
    api.stop().await;
    site.lab.stop().await.unwrap();
}

fn cells(cols: u16, rows: u16) -> PtySize {
    PtySize {
        rows,
        cols,
        ..PtySize::default()
    }
}

/// What a terminal shows, as it comes.
fn output(master: &dyn MasterPty) -> mpsc::Receiver<Vec<u8>> {
    let mut reader = master.try_clone_reader().unwrap();
    let (sender, output) = mpsc::channel(64);
    std::thread::spawn(move || {
        let mut buffer = [0; 4_096];
        while let Ok(count @ 1..) = reader.read(&mut buffer) {
            if sender.blocking_send(buffer[..count].to_vec()).is_err() {
                return;
            }
        }
    });
    output
}

async fn until(output: &mut mpsc::Receiver<Vec<u8>>, text: &str) {
    let mut shown = Vec::new();
    let waiting = async {
        while !String::from_utf8_lossy(&shown).contains(text) {
            shown.extend(output.recv().await.expect("it goes on"));
        }
    };
    let patience = std::time::Duration::from_secs(30);
    let waited = Clock::default().timeout(patience, waiting).await;
    assert!(
        waited.is_ok(),
        "{text:?} is not in {:?}",
        String::from_utf8_lossy(&shown)
    );
}

#[tokio::test]
async fn a_shell_has_every_key_and_gives_the_terminal_back() {
    let site = Site::start().await;
    site.pin();
    let pair = native_pty_system().openpty(cells(100, 30)).unwrap();
    let before = pair.master.get_termios().unwrap();
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_k3scope"));
    command.arg("-c");
    command.arg(site.lab.cluster_toml());
    command.args(["ssh", "ingress"]);
    let mut child = pair.slave.spawn_command(command).unwrap();
    let mut keys = pair.master.take_writer().unwrap();
    let mut output = output(&*pair.master);

    until(&mut output, "$ ").await;
    assert_eq!(site.ingress.sizes(), [(100, 30)]);
    assert_ne!(pair.master.get_termios().unwrap(), before);
    // Ctrl-C is the node's; here it would have ended the program.
    keys.write_all(b"\x03").unwrap();
    until(&mut output, "\x03").await;
    pair.master.resize(cells(120, 40)).unwrap();
    until(&mut output, "[120x40]").await;
    keys.write_all(b"\x04").unwrap();
    let ended = tokio::task::spawn_blocking(move || child.wait()).await;
    assert!(ended.unwrap().unwrap().success());
    assert_eq!(pair.master.get_termios().unwrap(), before);
    site.lab.stop().await.unwrap();
}
