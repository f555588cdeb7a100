//! systemd as far as a node's units go: `systemctl` and `journalctl`.

use super::io::Io;
use super::run::Outcome;
use super::tail::{self, From};
use super::{Shell, User};
use crate::lab::nodes::{K3s, SCRIPT, SCRIPT_LOG, Script};

const BOOTSTRAP: &str = "k3scope-bootstrap";
/// Units that a machine has from its image and that run once it is up.
const IMAGE: [(&str, &str); 4] = [
    ("ssh", "OpenBSD Secure Shell server"),
    ("cron", "Regular background program processing daemon"),
    ("systemd-resolved", "Network Name Resolution"),
    ("systemd-networkd", "Network Configuration"),
];
const INACTIVE: u8 = 3;
const NO_SUCH_UNIT: u8 = 4;

/// A unit as it is now.
struct Unit {
    name: String,
    about: &'static str,
    active: &'static str,
    sub: &'static str,
    result: &'static str,
    exit: u8,
}

impl Shell {
    fn unit(&self, name: &str) -> Option<Unit> {
        let name = name.trim_end_matches(".service");
        let known = |about, (active, sub, result, exit)| {
            Some(Unit {
                name: name.to_owned(),
                about,
                active,
                sub,
                result,
                exit,
            })
        };
        let running = ("active", "running", "success", 0);
        let dead = ("inactive", "dead", "success", 0);
        let k3s = |how| {
            if self.machine.k3s() == Some(how) {
                running
            } else {
                dead
            }
        };
        match name {
            BOOTSTRAP if self.machine.disk().file(SCRIPT).is_some() => {
                let now = *self.machine.script().borrow();
                let state = match now {
                    Script::Idle => dead,
                    Script::Running => ("activating", "start", "success", 0),
                    Script::Done => ("active", "exited", "success", 0),
                    Script::Failed(exit) => ("failed", "failed", "exit-code", exit),
                };
                known("Bootstrap of this node", state)
            }
            "k3s" if self.has_k3s(K3s::Server) => known("Lightweight Kubernetes", k3s(K3s::Server)),
            "k3s-agent" if self.has_k3s(K3s::Agent) => {
                known("Lightweight Kubernetes", k3s(K3s::Agent))
            }
            _ => {
                let (_, about) = IMAGE.iter().find(|(known, _)| *known == name)?;
                known(about, running)
            }
        }
    }

    /// Whether K3s was installed as this.
    fn has_k3s(&self, how: K3s) -> bool {
        let server = self
            .machine
            .disk()
            .file("/etc/rancher/k3s/k3s.yaml")
            .is_some();
        self.machine.k3s() == Some(how) || (how == K3s::Server && server)
    }

    pub(super) async fn systemctl(&self, arguments: &[String], io: &Io) -> Outcome {
        let mut words = arguments.iter().map(String::as_str);
        let mut wanted: Vec<&str> = Vec::new();
        let (mut plain, mut value_only) = (Vec::new(), false);
        while let Some(word) = words.next() {
            match word {
                "-p" | "--property" => {
                    wanted.extend(words.next().into_iter().flat_map(|list| list.split(',')));
                }
                "--value" => value_only = true,
                option => match option
                    .strip_prefix("--property=")
                    .or(option.strip_prefix("-p"))
                {
                    Some(list) => wanted.extend(list.split(',')),
                    None if option.starts_with('-') => {}
                    None => plain.push(option),
                },
            }
        }
        let (Some(verb), Some(name)) = (plain.first(), plain.get(1)) else {
            io.err("usage: systemctl is-active|status|show|start|restart UNIT\n")
                .await?;
            return Ok(1);
        };
        let Some(unit) = self.unit(name) else {
            return self.no_unit(verb, name, io).await;
        };
        match *verb {
            "is-active" => {
                io.out(format!("{}\n", unit.active)).await?;
                Ok(if unit.active == "active" { 0 } else { INACTIVE })
            }
            "is-failed" => {
                io.out(format!("{}\n", unit.active)).await?;
                Ok(u8::from(unit.active != "failed"))
            }
            "status" => {
                io.out(unit.status()).await?;
                Ok(if unit.active == "active" { 0 } else { INACTIVE })
            }
            "show" => {
                io.out(unit.properties(&wanted, value_only)).await?;
                Ok(0)
            }
            "start" | "restart" => self.start(&unit, arguments, io).await,
            other => {
                io.err(format!("Unknown command verb {other}.\n")).await?;
                Ok(1)
            }
        }
    }

    async fn no_unit(&self, verb: &str, name: &str, io: &Io) -> Outcome {
        let name = name.trim_end_matches(".service");
        match verb {
            "is-active" | "is-failed" => io.out("inactive\n").await?,
            "show" => {
                let text = "LoadState=not-found\nActiveState=inactive\nSubState=dead\n";
                io.out(format!("Id={name}.service\n{text}")).await?;
                return Ok(0);
            }
            _ => {
                io.err(format!("Unit {name}.service could not be found.\n"))
                    .await?;
            }
        }
        Ok(NO_SUCH_UNIT)
    }

    async fn start(&self, unit: &Unit, arguments: &[String], io: &Io) -> Outcome {
        let name = &unit.name;
        if self.user != User::Root {
            let said =
                format!("Failed to start {name}.service: Interactive authentication required.\n");
            io.err(said).await?;
            return Ok(1);
        }
        if name != BOOTSTRAP {
            // The others run already, or begin when the script has set them up.
            return Ok(0);
        }
        match self.machine.start_unit() {
            Ok(_) if arguments.iter().any(|one| one == "--no-block") => Ok(0),
            Ok(mut script) => {
                let ended = script.wait_for(|now| *now != Script::Running).await;
                let failed = ended.is_ok_and(|now| matches!(*now, Script::Failed(_)));
                if failed {
                    let said = format!(
                        "Job for {name}.service failed because the control process exited with error code.\n"
                    );
                    io.err(said).await?;
                }
                Ok(u8::from(failed))
            }
            Err(why) => {
                io.err(format!("{why}\n")).await?;
                Ok(why.exit_status())
            }
        }
    }

    /// `journalctl -u UNIT [-n N]`: what the bootstrap printed; other units keep no journal here.
    pub(super) async fn journalctl(&self, arguments: &[String], io: &Io) -> Outcome {
        let after = |names: &[&str]| {
            let place = arguments
                .iter()
                .position(|one| names.contains(&one.as_str()))?;
            arguments.get(place + 1).map(String::as_str)
        };
        let unit = after(&["-u", "--unit"]).map(|unit| unit.trim_end_matches(".service"));
        let content = match unit {
            Some(BOOTSTRAP) => self
                .machine
                .disk()
                .file(SCRIPT_LOG)
                .map(|file| file.content),
            _ => None,
        };
        let Some(content) = content.filter(|content| !content.is_empty()) else {
            io.out("-- No entries --\n").await?;
            return Ok(0);
        };
        let count = after(&["-n", "--lines"]).and_then(|count| count.parse().ok());
        let shown = tail::part(&content, From::LastLines(count.unwrap_or(usize::MAX)));
        let text = String::from_utf8_lossy(shown);
        let bare = after(&["-o", "--output"]) == Some("cat");
        let date = self.clock.now().strftime("%b %d %H:%M:%S").to_string();
        let lines: Vec<String> = text
            .lines()
            .map(|line| {
                if bare {
                    return format!("{line}\n");
                }
                format!("{date} {} {BOOTSTRAP}[1042]: {line}\n", self.machine.name())
            })
            .collect();
        io.out(lines.concat()).await?;
        Ok(0)
    }
}

impl Unit {
    fn status(&self) -> String {
        let mark = match self.active {
            "active" | "activating" => '●',
            "failed" => '×',
            _ => '○',
        };
        let result = match self.active {
            "failed" => format!(" (Result: {})", self.result),
            _ => format!(" ({})", self.sub),
        };
        format!(
            "{mark} {0}.service - {1}\n     Loaded: loaded (/etc/systemd/system/{0}.service; enabled; preset: enabled)\n     Active: {2}{result}\n",
            self.name, self.about, self.active
        )
    }

    fn properties(&self, wanted: &[&str], value_only: bool) -> String {
        let all = [
            ("Id", format!("{}.service", self.name)),
            ("Description", self.about.to_owned()),
            ("LoadState", "loaded".to_owned()),
            ("ActiveState", self.active.to_owned()),
            ("SubState", self.sub.to_owned()),
            ("Result", self.result.to_owned()),
            ("ExecMainStatus", self.exit.to_string()),
        ];
        let shown: Vec<String> = all
            .iter()
            .filter(|(name, _)| wanted.is_empty() || wanted.contains(name))
            .map(|(name, value)| {
                if value_only {
                    return format!("{value}\n");
                }
                format!("{name}={value}\n")
            })
            .collect();
        shown.concat()
    }
}
