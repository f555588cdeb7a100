//! `systemctl`, as far as a node's units go.

use super::io::Io;
use super::run::Outcome;
use super::{Shell, User};
use crate::lab::nodes::{K3s, SCRIPT, Script};

pub(super) const BOOTSTRAP: &str = "k3scope-bootstrap";
/// Units that a machine has from its image and that run once it is up.
const IMAGE: [(&str, &str); 5] = [
    ("netfilter-persistent", "netfilter persistent configuration"),
    ("ssh", "OpenBSD Secure Shell server"),
    ("cron", "Regular background program processing daemon"),
    ("systemd-resolved", "Network Name Resolution"),
    ("systemd-networkd", "Network Configuration"),
];
const INACTIVE: u8 = 3;
const NO_SUCH_UNIT: u8 = 4;
const NOT_LOADED: u8 = 5;
/// Lines of the journal that `status` shows.
const STATUS_LINES: usize = 10;

/// A unit as it is now.
struct Unit {
    name: String,
    about: &'static str,
    active: &'static str,
    sub: &'static str,
    result: &'static str,
    exit: u8,
    enabled: bool,
}

impl Shell {
    fn unit(&self, name: &str) -> Option<Unit> {
        let name = name.trim_end_matches(".service");
        let known = |about, enabled, (active, sub, result, exit)| {
            Some(Unit {
                name: name.to_owned(),
                about,
                active,
                sub,
                result,
                exit,
                enabled,
            })
        };
        let running = ("active", "running", "success", 0);
        let dead = ("inactive", "dead", "success", 0);
        let k3s = |how| {
            if self.machine.k3s_unit() == Some(how) {
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
                known(
                    "Bring this node up as part of its K3s cluster",
                    self.machine.unit_is_enabled(),
                    state,
                )
            }
            "k3s" if self.has_k3s(K3s::Server) => {
                known("K3s server", self.enabled(K3s::Server), k3s(K3s::Server))
            }
            "k3s-agent" if self.has_k3s(K3s::Agent) => {
                known("K3s agent", self.enabled(K3s::Agent), k3s(K3s::Agent))
            }
            _ => {
                let (_, about) = IMAGE.iter().find(|(known, _)| *known == name)?;
                known(about, true, running)
            }
        }
    }

    /// Whether there is a unit of K3s as this: its file was laid, or it was set up.
    fn has_k3s(&self, how: K3s) -> bool {
        let file = format!("/etc/systemd/system/{}.service", how.unit());
        self.enabled(how)
            || self.machine.k3s_unit() == Some(how)
            || self.machine.disk().file(&file).is_some()
    }

    fn enabled(&self, how: K3s) -> bool {
        self.machine.k3s_enabled() == Some(how)
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
        let Some((verb, names)) = plain.split_first() else {
            io.err("usage: systemctl VERB UNIT...\n").await?;
            return Ok(1);
        };
        if matches!(*verb, "daemon-reload" | "reset-failed") {
            return Ok(0);
        }
        let quiet = arguments.iter().any(|one| one == "-q" || one == "--quiet");
        // One unit that is so makes the whole answer so.
        let mut status = None;
        for name in names {
            let own = match (*verb, self.unit(name)) {
                (_, None) => self.no_unit(verb, name, quiet, io).await?,
                ("show", Some(unit)) => {
                    io.out(unit.properties(&wanted, value_only)).await?;
                    0
                }
                (_, Some(unit)) => self.one(verb, &unit, arguments, io).await?,
            };
            let asks = verb.starts_with("is-");
            status = match status {
                Some(0) if asks => Some(0),
                Some(known) if own == 0 && !asks => Some(known),
                _ => Some(own),
            };
        }
        if let Some(status) = status {
            return Ok(status);
        }
        io.err("Too few arguments.\n").await?;
        Ok(1)
    }

    async fn one(&self, verb: &str, unit: &Unit, arguments: &[String], io: &Io) -> Outcome {
        let quiet = arguments.iter().any(|one| one == "-q" || one == "--quiet");
        let (text, status) = match verb {
            "is-active" => {
                let status = if unit.active == "active" { 0 } else { INACTIVE };
                (format!("{}\n", unit.active), status)
            }
            "is-failed" => (
                format!("{}\n", unit.active),
                u8::from(unit.active != "failed"),
            ),
            "is-enabled" => {
                let word = if unit.enabled { "enabled" } else { "disabled" };
                (format!("{word}\n"), u8::from(!unit.enabled))
            }
            "status" => {
                let lines = self.machine.journal().last(&[&unit.name], STATUS_LINES);
                let lines = lines.iter().map(|entry| {
                    let date = entry.at.strftime("%b %d %H:%M:%S");
                    format!(
                        "{date} {} {}[1042]: {}\n",
                        self.machine.name(),
                        unit.name,
                        entry.text
                    )
                });
                let lines: String = lines.collect();
                let gap = if lines.is_empty() { "" } else { "\n" };
                let status = if unit.active == "active" { 0 } else { INACTIVE };
                (format!("{}{gap}{lines}", unit.status()), status)
            }
            "start" | "restart" | "stop" | "enable" | "disable" => {
                return self.change_unit(verb, unit, arguments, io).await;
            }
            other => {
                io.err(format!("Unknown command verb {other}.\n")).await?;
                return Ok(1);
            }
        };
        if !(quiet && verb.starts_with("is-")) {
            io.out(text).await?;
        }
        Ok(status)
    }

    async fn no_unit(&self, verb: &str, name: &str, quiet: bool, io: &Io) -> Outcome {
        let name = name.trim_end_matches(".service");
        match verb {
            _ if quiet && verb.starts_with("is-") => {}
            "is-active" | "is-failed" => io.out("inactive\n").await?,
            "is-enabled" => io.out("not-found\n").await?,
            "start" | "restart" | "stop" => {
                let said =
                    format!("Failed to {verb} {name}.service: Unit {name}.service not found.\n");
                io.err(said).await?;
                return Ok(NOT_LOADED);
            }
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

    async fn change_unit(&self, verb: &str, unit: &Unit, arguments: &[String], io: &Io) -> Outcome {
        let name = &unit.name;
        if self.user != User::Root {
            let said =
                format!("Failed to {verb} {name}.service: Interactive authentication required.\n");
            io.err(said).await?;
            return Ok(1);
        }
        match (name.as_str(), verb) {
            ("k3s" | "k3s-agent", "restart") => self.machine.restart_k3s(),
            ("k3s", "start") => self.machine.start_k3s(K3s::Server),
            ("k3s-agent", "start") => self.machine.start_k3s(K3s::Agent),
            ("k3s" | "k3s-agent", "stop") => self.machine.stop_k3s(),
            (BOOTSTRAP, "start" | "restart") => {
                return self.start_script(name, arguments, io).await;
            }
            (BOOTSTRAP, "stop") => self.machine.stop_unit().await,
            // The others run already.
            _ => {}
        }
        Ok(0)
    }

    async fn start_script(&self, name: &str, arguments: &[String], io: &Io) -> Outcome {
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
            "{mark} {0}.service - {1}\n     Loaded: loaded (/etc/systemd/system/{0}.service; {3}; preset: enabled)\n     Active: {2}{result}\n",
            self.name,
            self.about,
            self.active,
            if self.enabled { "enabled" } else { "disabled" },
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
