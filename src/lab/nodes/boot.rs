//! Boots a machine: plays the plot, at the lab's pace, on its console and disk.
//!
//! What cloud-init prints goes to `/var/log/cloud-init-output.log` too.

use std::time::Duration;

use serde_json::Value;
use tokio::sync::Notify;

use super::cloud_config::CloudConfig;
use super::host_keys;
use super::machine::{CLOUD_INIT_LOG, Machine};
use super::plot::{self, Once, What};

const UNIT_NAME: &str = "k3scope-bootstrap.service";
const RUNCMD_FAILED: &str =
    "('scripts_user', RuntimeError('Runparts: 1 failures (runcmd) in 1 attempted commands'))";
/// What cloud-init writes before each of its lines on the console.
const TAG: &str = "cloud-init[";
const LOG_MODE: u32 = 0o640;

/// One boot.
pub(super) struct Boot<'a> {
    machine: &'a Machine,
    config: CloudConfig,
    /// Whether it is the first of the instance.
    first: bool,
}

impl<'a> Boot<'a> {
    /// A boot of a machine with this user data.
    pub(super) fn new(machine: &'a Machine, user_data: Option<&str>) -> Self {
        let config = CloudConfig::read(user_data).unwrap_or_else(|unusable| {
            machine.note(|noted| noted.warn(&unusable.to_string()));
            CloudConfig {
                shows_keys: true,
                ..CloudConfig::default()
            }
        });
        Self {
            machine,
            config,
            first: machine.is_new(),
        }
    }

    /// Plays it to its end; `awake` is told when the services of an earlier boot come up again.
    pub(super) async fn play(self, awake: &Notify) {
        for step in plot::steps() {
            wait_until(self.machine, step.at).await;
            match step.what {
                What::Print(line) => self.print(line),
                What::Begin(stage) => self.machine.note(|noted| noted.begin(stage, step.at)),
                What::End(stage) => self.machine.note(|noted| noted.finish(stage, step.at)),
                What::Sshd => {
                    self.machine.start_sshd();
                    if !self.first {
                        awake.notify_one();
                    }
                }
                What::Once(what) if self.first => self.once(what),
                What::Once(_) => {}
            }
        }
    }

    fn print(&self, line: &str) {
        let text = self.filled(line);
        self.machine.print(&format!("{text}\r\n"));
        let own = text
            .split_once(TAG)
            .and_then(|(_, rest)| rest.split_once("]: "));
        if let Some((_, own)) = own {
            self.log(own);
        }
    }

    fn log(&self, line: &str) {
        let line = format!("{line}\n");
        self.machine
            .disk()
            .append(CLOUD_INIT_LOG, line.as_bytes(), LOG_MODE);
    }

    /// A line of cloud-init's own, on the console and in its log.
    fn say(&self, pid: u16, line: &str) {
        let at = self.machine.uptime().as_secs_f64();
        self.machine
            .print(&format!("[{at:>12.6}] {TAG}{pid}]: {line}\r\n"));
        self.log(line);
    }

    fn filled(&self, line: &str) -> String {
        if !line.contains("${") {
            return line.to_owned();
        }
        let vnic = self.machine.cloud().vnic(self.machine.id());
        let mac = vnic
            .as_ref()
            .and_then(|vnic| vnic.get("macAddress"))
            .and_then(Value::as_str)
            .unwrap_or(".");
        let address = self.machine.private_address().to_string();
        let date = self.machine.clock().now();
        line.replace("${name}", self.machine.name())
            .replace("${address}", &format!("{address:^25}"))
            .replace("${mask}", &format!("{:^13}", "255.255.255.0"))
            .replace("${mac}", &format!("{mac:^17}"))
            .replace(
                "${date}",
                &date.strftime("%a, %d %b %Y %H:%M:%S +0000").to_string(),
            )
    }

    fn once(&self, what: Once) {
        match what {
            Once::Files => self.lay_files(),
            Once::Keygen => self.make_keys(),
            Once::Commands => self.run_commands(),
            Once::Keys => self.show_keys(),
        }
    }

    fn lay_files(&self) {
        let disk = self.machine.disk();
        for file in &self.config.files {
            if file.append {
                disk.append(&file.path, &file.content, file.mode);
            } else {
                disk.write(&file.path, &file.content, file.mode);
            }
        }
    }

    fn make_keys(&self) {
        for key in self.machine.host_keys() {
            let public = host_keys::public_line(key, self.machine.name());
            let kind = host_keys::kind(key);
            let path = format!("/etc/ssh/ssh_host_{kind}_key");
            let public_path = format!("{path}.pub");
            let content = format!("{public}\n");
            self.machine
                .disk()
                .write(&public_path, content.as_bytes(), 0o644);
            let fingerprint = host_keys::fingerprint(key);
            for line in [
                format!("Generating public/private {kind} key pair."),
                format!("Your identification has been saved in {path}"),
                format!("Your public key has been saved in {public_path}"),
                "The key fingerprint is:".to_owned(),
                format!("{fingerprint} root@{}", self.machine.name()),
            ] {
                self.say(617, &line);
            }
        }
    }

    /// Of `runcmd`, only what concerns the unit of the bootstrap script has an effect here.
    fn run_commands(&self) {
        let about_unit = |command: &&String| command.contains("k3scope-bootstrap");
        for command in self.config.commands.iter().filter(about_unit) {
            if command.contains(" enable") {
                self.machine.enable_unit();
            }
            let starts = [" start", " restart", "--now"];
            let done = if starts.iter().any(|word| command.contains(word)) {
                self.machine.start_unit().map(|_| ())
            } else {
                Ok(())
            };
            if let Err(reason) = done {
                self.say(934, &format!("Failed to start {UNIT_NAME}: {reason}"));
                self.machine.note(|noted| noted.fail(RUNCMD_FAILED));
            }
        }
    }

    fn show_keys(&self) {
        if self.config.shows_keys {
            let (keys, name) = (self.machine.host_keys(), self.machine.name());
            let date = self.machine.clock().now();
            let date = date.strftime("%b %d %H:%M:%S").to_string();
            let text = host_keys::fingerprints(keys, name, &date) + &host_keys::block(keys, name);
            self.machine.print(&text.replace('\n', "\r\n"));
        }
    }
}

/// Waits until a machine has been on for so long, in the lab's time.
async fn wait_until(machine: &Machine, at: Duration) {
    let left = at.saturating_sub(machine.uptime());
    if !left.is_zero() {
        machine.clock().sleep(left).await;
    }
}
