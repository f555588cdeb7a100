//! What a machine says about itself, and `cloud-init status`.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::io::Io;
use super::run::Outcome;
use super::{Shell, User};

/// The kernel of Ubuntu's image for Ampere.
pub(super) const KERNEL: &str = "6.14.0-1012-oracle";
/// The disk in kilobytes: a boot volume of 50 GB.
const DISK: u64 = 47_121_860;
const BUILD: &str = "#12~24.04.1-Ubuntu SMP";
/// How often `cloud-init status --wait` looks.
const LOOK_AGAIN: Duration = Duration::from_millis(250);

impl Shell {
    /// The answer of a command that only tells.
    pub(super) fn about(&self, name: &str, arguments: &[String]) -> String {
        let option = arguments.first().map_or("", String::as_str);
        let host = self.machine.name();
        let root = self.user == User::Root;
        match (name, option) {
            ("uname", "" | "-s") => "Linux\n".to_owned(),
            ("uname", "-r") => format!("{KERNEL}\n"),
            ("uname", "-m" | "-p") => "aarch64\n".to_owned(),
            ("uname", "-n") | ("hostname", "" | "-s" | "-f") => format!("{host}\n"),
            ("uname", _) => format!("Linux {host} {KERNEL} {BUILD} aarch64 GNU/Linux\n"),
            ("hostname", _) => format!("{} \n", self.machine.private_address()),
            ("uptime", "-s" | "--since") => {
                let up = SignedDuration::try_from(self.machine.uptime()).unwrap_or_default();
                let began = self.clock.now().checked_sub(up).unwrap_or(Timestamp::UNIX_EPOCH);
                format!("{}\n", began.strftime("%Y-%m-%d %H:%M:%S"))
            }
            ("id", "-u" | "-g") => format!("{}\n", if root { 0 } else { 1000 }),
            ("whoami", _) | ("id", "-un" | "-gn") => format!("{}\n", if root { "root" } else { "ubuntu" }),
            ("id", _) if root => "uid=0(root) gid=0(root) groups=0(root)\n".to_owned(),
            ("id", _) => "uid=1000(ubuntu) gid=1000(ubuntu) groups=1000(ubuntu),4(adm),24(cdrom),27(sudo),30(dip),105(lxd)\n".to_owned(),
            ("uptime", "-p") => format!("up {}\n", self.up()),
            ("uptime", _) => format!(
                " {} up {},  1 user,  load average: 0.42, 0.31, 0.12\n",
                self.clock.now().strftime("%H:%M:%S"),
                self.up()
            ),
            ("date", "+%s") => format!("{}\n", self.clock.now().as_second()),
            _ => format!("{}\n", self.clock.now().strftime("%a %b %e %H:%M:%S UTC %Y")),
        }
    }

    /// `df` of the disk that everything is on; `--output=pcent` shows only how full it is.
    pub(super) fn disk_space(&self, arguments: &[String]) -> String {
        let used = if self.machine.disk_is_full() {
            DISK
        } else {
            DISK / 16
        };
        let percent = (used * 100).div_ceil(DISK);
        if arguments.iter().any(|one| one == "--output=pcent") {
            return format!("Use%\n{percent:>3}%\n");
        }
        let left = DISK - used;
        if arguments
            .iter()
            .any(|one| one == "-P" || one == "-kP" || one == "-Pk")
        {
            return format!(
                "Filesystem     1024-blocks     Used Available Capacity Mounted on\n\
                 /dev/sda1         {DISK} {used:>8} {left:>9} {percent:>7}% /\n"
            );
        }
        format!(
            "Filesystem     1K-blocks     Used Available Use% Mounted on\n\
             /dev/sda1       {DISK} {used:>8} {left:>9} {percent:>3}% /\n"
        )
    }

    /// `free [-m]`: the shape's memory, less while K3s runs.
    pub(super) fn memory(&self, arguments: &[String]) -> String {
        let total = u64::from(self.machine.memory_gb()) * 1000;
        let used = if self.machine.k3s_unit().is_some() {
            total / 3
        } else {
            total / 20
        };
        let cached = total / 4;
        let (free, available) = (total - used - cached, total - used);
        let unit = if arguments.iter().any(|one| one == "-m") {
            1
        } else {
            1024
        };
        let row = |name: &str, values: &[u64]| {
            let shown = values.iter().map(|value| format!("{:>12}", value * unit));
            format!("{name:<8}{}\n", shown.collect::<String>())
        };
        let head = ["total", "used", "free", "shared", "buff/cache", "available"];
        let head: Vec<String> = head.iter().map(|name| format!("{name:>12}")).collect();
        format!(
            "{:<8}{}\n{}{}",
            "",
            head.concat(),
            row("Mem:", &[total, used, free, 4, cached, available]),
            row("Swap:", &[0, 0, 0])
        )
    }

    fn up(&self) -> String {
        let minutes = self.machine.uptime().as_secs() / 60;
        match (minutes / 60, minutes % 60) {
            (0, 1) => "1 min".to_owned(),
            (0, minutes) => format!("{minutes} min"),
            (hours, minutes) => format!("{hours}:{minutes:02}"),
        }
    }

    /// `cloud-init status [--wait] [--long] [--format json|tabular]`.
    pub(super) async fn cloud_init(&self, arguments: &[String], io: &Io) -> Outcome {
        let has = |names: &[&str]| arguments.iter().any(|one| names.contains(&one.as_str()));
        match arguments.first().map(String::as_str) {
            Some("status") => {}
            Some("--version" | "-v") => {
                io.out("/usr/bin/cloud-init 26.1-0ubuntu0~24.04.1\n")
                    .await?;
                return Ok(0);
            }
            _ => {
                io.err("usage: cloud-init status [--wait] [--long] [--format json]\n")
                    .await?;
                return Ok(2);
            }
        }
        let (mut status, mut exit) = self.machine.cloud_init_status();
        if has(&["-w", "--wait"]) {
            while matches!(text(&status, "status"), "running" | "not started")
                || text(&status, "extended_status").ends_with("running")
            {
                io.out(".").await?;
                self.clock.sleep(LOOK_AGAIN).await;
                (status, exit) = self.machine.cloud_init_status();
            }
            io.out("\n").await?;
        }
        let json = has(&["--format=json"])
            || arguments
                .windows(2)
                .any(|pair| pair == ["--format", "json"]);
        let shown = if json {
            serde_json::to_string_pretty(&status).unwrap_or_default()
        } else if has(&["-l", "--long"]) {
            long(&status)
        } else {
            format!("status: {}", text(&status, "status"))
        };
        io.out(format!("{shown}\n")).await?;
        Ok(exit)
    }
}

fn text<'a>(status: &'a Value, field: &str) -> &'a str {
    status
        .get(field)
        .and_then(Value::as_str)
        .unwrap_or_default()
}

/// The form of `--long`: lists one entry a line behind a tab, `[]` when there is none.
fn long(status: &Value) -> String {
    let mut lines: Vec<String> = [
        "status",
        "extended_status",
        "boot_status_code",
        "last_update",
        "detail",
    ]
    .into_iter()
    .filter(|field| !text(status, field).is_empty())
    .map(|field| format!("{field}: {}", text(status, field)))
    .collect();
    let errors = status.get("errors").and_then(Value::as_array);
    lines.push(listed("errors", errors.into_iter().flatten(), "[]"));
    let recoverable = status.get("recoverable_errors").and_then(Value::as_object);
    if recoverable.is_none_or(serde_json::Map::is_empty) {
        lines.push("recoverable_errors: {}".to_owned());
    }
    for (level, entries) in recoverable.into_iter().flatten() {
        let entries = entries.as_array().into_iter().flatten();
        lines.push(format!(
            "recoverable_errors:\n{}",
            listed(level, entries, "[]")
        ));
    }
    lines.join("\n")
}

fn listed<'a>(name: &str, entries: impl Iterator<Item = &'a Value>, none: &str) -> String {
    let entries: Vec<&str> = entries.filter_map(Value::as_str).collect();
    if entries.is_empty() {
        return format!("{name}: {none}");
    }
    format!("{name}:\n\t- {}", entries.join("\n\t- "))
}
