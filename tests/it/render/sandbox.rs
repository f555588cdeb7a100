//! A node's file system in a folder, and shims in place of the programs that reach out of it.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Command, Output};

use k3scope::config::{AgentToken, Config};
use serde_json::Value;
use tempfile::TempDir;

use super::laid::{CloudConfig, document, token};

const SHIM: &str = include_str!("../../data/bootstrap/shim.sh");
const SHIMMED: [&str; 8] = [
    "curl",
    "ip",
    "iptables",
    "iptables-save",
    "journalctl",
    "sleep",
    "sysctl",
    "systemctl",
];
/// What the release serves as its binary.
const BINARY: &str = "k3s";

/// One node.
pub(crate) struct Sandbox {
    folder: TempDir,
    pub(super) token: AgentToken,
}

impl Sandbox {
    /// The node `name` after its first boot, just before the script runs.
    pub(crate) fn of(config: &Config, name: &str) -> Self {
        let (folder, token) = (TempDir::new().unwrap(), token());
        let sandbox = Self { folder, token };
        for file in CloudConfig::of(&document(config, &sandbox.token, name)).write_files {
            sandbox.write(&format!("root{}", file.path), &file.content);
        }
        for folder in ["root/dev", "root/etc/sysctl.d", "root/etc/iptables", "fail"] {
            fs::create_dir_all(sandbox.path(folder)).unwrap();
        }
        for kind in ["ecdsa", "ed25519"] {
            let key = format!("root/etc/ssh/ssh_host_{kind}_key.pub");
            sandbox.write(&key, &format!("ssh-{kind} AAAA{kind} root@{name}\n"));
        }
        for name in SHIMMED {
            let shim = format!("bin/{name}");
            sandbox.write(&shim, SHIM);
            fs::set_permissions(sandbox.path(&shim), fs::Permissions::from_mode(0o755)).unwrap();
        }
        sandbox.write("binary", BINARY);
        let sum = sandbox.sum_of("binary");
        sandbox.write("sums", &format!("0000  k3s-airgap\n{sum}  k3s-arm64\n"));
        for empty in ["calls", "rules", "saved", "journal"] {
            sandbox.write(empty, "");
        }
        sandbox
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, content: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    pub(super) fn sum_of(&self, name: &str) -> String {
        let printed = Command::new("sha256sum")
            .arg(self.path(name))
            .output()
            .unwrap();
        let printed = String::from_utf8(printed.stdout).unwrap();
        printed.split(' ').next().unwrap().to_owned()
    }

    /// The next `times` calls of `what` fail.
    pub(super) fn fail(&self, what: &str, times: u32) {
        self.write(&format!("fail/{what}"), &format!("{times}\n"));
    }

    /// These programs are the machine's own from now on.
    pub(crate) fn without_shims(&self, programs: &[&str]) {
        for name in programs {
            fs::remove_file(self.path(&format!("bin/{name}"))).unwrap();
        }
    }

    /// This stage is the only one of the script.
    pub(super) fn only(&self, stage: &str) {
        let settings = "root/etc/k3scope/bootstrap.env";
        let one = |line: &str| {
            if line.starts_with("STAGES=") {
                format!("STAGES=\"{stage}\"\n")
            } else {
                format!("{line}\n")
            }
        };
        let text: String = self.read(settings).lines().map(one).collect();
        self.write(settings, &text);
    }

    /// A file of the node is not there before as many waits as `fail("late", …)` says.
    pub(super) fn lay_late(&self, file: &str) {
        let late = self.late(file);
        fs::create_dir_all(late.parent().unwrap()).unwrap();
        fs::rename(self.path(file), late).unwrap();
    }

    /// Lays what was late.
    pub(super) fn lay(&self, file: &str) {
        fs::rename(self.late(file), self.path(file)).unwrap();
    }

    fn late(&self, file: &str) -> PathBuf {
        self.path(&file.replacen("root/", "late/", 1))
    }

    pub(super) fn run(&self, arguments: &[&str]) -> Output {
        self.run_through(&[], arguments)
    }

    /// Runs the script by a program that runs others, such as one that enters a namespace first.
    pub(crate) fn run_through(&self, through: &[String], arguments: &[&str]) -> Output {
        let script = self.path("root/usr/local/sbin/k3scope-bootstrap");
        let mut words: Vec<&std::ffi::OsStr> = through.iter().map(AsRef::as_ref).collect();
        words.extend(["sh".as_ref(), script.as_os_str()]);
        words.extend(
            arguments
                .iter()
                .map(|word| -> &std::ffi::OsStr { word.as_ref() }),
        );
        Command::new(words[0])
            .args(&words[1..])
            .env_clear()
            .env(
                "PATH",
                format!(
                    "{}:/usr/sbin:/usr/bin:/sbin:/bin",
                    self.path("bin").display()
                ),
            )
            .env("K3SCOPE_ROOT", self.path("root"))
            .env("SANDBOX", self.folder.path())
            .output()
            .unwrap()
    }

    /// Runs the script and expects this exit status.
    #[track_caller]
    pub(super) fn ends(&self, arguments: &[&str], status: i32) {
        let output = self.run(arguments);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(status), "{said}\n{}", self.log());
    }

    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.path("root/var/log/k3scope-bootstrap.log")).unwrap_or_default()
    }

    pub(super) fn console(&self) -> String {
        fs::read_to_string(self.path("root/dev/console")).unwrap_or_default()
    }

    /// The calls of a program, each with its arguments.
    pub(super) fn calls(&self, program: &str) -> Vec<String> {
        let program = format!("{program} ");
        self.read("calls")
            .lines()
            .filter_map(|line| line.strip_prefix(&program))
            .map(str::to_owned)
            .collect()
    }

    pub(super) fn forget_calls(&self) {
        self.write("calls", "");
        self.write("root/dev/console", "");
    }

    /// `stage state` of every marker on the console; what is in the log is the same.
    pub(super) fn markers(&self) -> Vec<String> {
        let shown = markers(&self.console());
        assert!(markers(&self.log()).ends_with(&shown));
        shown
            .iter()
            .map(|marker| {
                let word = |key: &str| marker[key].as_str().unwrap().to_owned();
                format!("{} {}", word("stage"), word("state"))
            })
            .collect()
    }

    /// The detail of the last marker of this state.
    pub(super) fn detail(&self, state: &str) -> String {
        let all = markers(&self.console());
        let last = all.iter().rfind(|marker| marker["state"] == state);
        last.unwrap()["detail"].as_str().unwrap().to_owned()
    }
}

/// Every marker of a text, each whole.
fn markers(text: &str) -> Vec<Value> {
    text.lines()
        .filter_map(|line| line.strip_prefix("@k3scope "))
        .map(|line| serde_json::from_str(line.strip_suffix(" @end").unwrap()).unwrap())
        .collect()
}
