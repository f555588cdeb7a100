//! The kernel's network switches: the `iptables` family, `netfilter-persistent` and `sysctl`.
//!
//! What they change is the machine's own, so it decides from then on what passes.

use super::io::Io;
use super::run::{Outcome, said};
use super::{Shell, User};
use crate::lab::nodes::firewall::{Command, Refusal, VERSION};
use crate::lab::nodes::netfilter::{IP_FORWARD, forwarding};

const NOT_ROOT: &str =
    "Could not fetch rule set generation id: Permission denied (you must be root)";
const DENIED: u8 = 4;
const PLUGINS: [&str; 2] = ["15-ip4tables", "25-ip6tables"];

impl Shell {
    /// `iptables`, `iptables-save`, `iptables-restore`.
    pub(super) async fn iptables(&self, name: &str, arguments: &[String], io: &Io) -> Outcome {
        if self.user != User::Root {
            io.err(format!("{name} {VERSION}: {NOT_ROOT}\n")).await?;
            return Ok(DENIED);
        }
        let done = match name {
            "iptables-save" => self.saved(arguments),
            "iptables-restore" => self.restored(arguments, io).await,
            _ => self.commanded(arguments),
        };
        match done {
            Ok(text) => said(io, text).await,
            Err(refusal) => {
                io.err(format!("{}\n", refusal.text)).await?;
                Ok(refusal.exit)
            }
        }
    }

    fn saved(&self, arguments: &[String]) -> Result<String, Refusal> {
        let rules = self.machine.firewall();
        let table = match arguments {
            [option, table, ..] if option == "-t" => Some(table.as_str()),
            _ => None,
        };
        if let Some(name) = table {
            // Only to refuse a table that there is not.
            rules.list(name, None)?;
        }
        Ok(rules.save(table, self.clock.now()))
    }

    /// Reads rules from a file or from what comes through a pipe.
    async fn restored(&self, arguments: &[String], io: &Io) -> Result<String, Refusal> {
        let written = arguments.iter().find(|one| !one.starts_with('-'));
        let text = match written {
            None => String::from_utf8_lossy(&io.input().await).into_owned(),
            Some(written) => match self.read(&self.path(written)) {
                Ok(content) => String::from_utf8_lossy(&content).into_owned(),
                Err(_) => {
                    return Err(Refusal {
                        text: format!("Can't open {written}: No such file or directory"),
                        exit: 1,
                    });
                }
            },
        };
        self.machine.change_firewall(|rules| rules.restore(&text))?;
        Ok(String::new())
    }

    fn commanded(&self, arguments: &[String]) -> Result<String, Refusal> {
        match Command::read(arguments)? {
            Command::Version => Ok(format!("iptables {VERSION}\n")),
            Command::List(table, chain) => self.machine.firewall().list(&table, chain.as_deref()),
            Command::Flush(table) => {
                self.machine.change_firewall(|rules| rules.flush(&table))?;
                Ok(String::new())
            }
            Command::Change {
                table,
                chain,
                change,
            } => {
                self.machine
                    .change_firewall(|rules| rules.change(&table, &chain, change))?;
                Ok(String::new())
            }
        }
    }

    /// `netfilter-persistent save|reload|start|flush`.
    pub(super) async fn netfilter(&self, arguments: &[String], io: &Io) -> Outcome {
        let verb = arguments.first().map_or("", String::as_str);
        if self.user != User::Root {
            io.err("You need to be root to run netfilter-persistent\n")
                .await?;
            return Ok(1);
        }
        let done = match verb {
            "save" => {
                self.machine.save_all_rules();
                Ok(())
            }
            "reload" | "start" => self.machine.reload_rules(),
            "flush" => self.machine.change_firewall(|rules| {
                *rules = crate::lab::nodes::firewall::Firewall::default();
                Ok(())
            }),
            _ => {
                io.err("Usage: netfilter-persistent (start|stop|restart|reload|flush|save)\n")
                    .await?;
                return Ok(1);
            }
        };
        for plugin in PLUGINS {
            let folder = "/usr/share/netfilter-persistent/plugins.d";
            io.out(format!("run-parts: executing {folder}/{plugin} {verb}\n"))
                .await?;
        }
        if let Err(refusal) = done {
            io.err(format!("{}\n", refusal.text)).await?;
            return Ok(refusal.exit);
        }
        Ok(0)
    }

    /// `sysctl [-n] NAME`, `sysctl -w NAME=VALUE`, `sysctl -p FILE`: of one name only.
    pub(super) async fn sysctl(&self, arguments: &[String], io: &Io) -> Outcome {
        let has = |names: &[&str]| arguments.iter().any(|one| names.contains(&one.as_str()));
        let (bare, quiet) = (has(&["-n", "--values"]), has(&["-q", "--quiet"]));
        let words: Vec<&String> = arguments
            .iter()
            .filter(|one| !one.starts_with('-'))
            .collect();
        if has(&["-p", "--load", "--system"]) {
            let written = words
                .first()
                .map_or("/etc/sysctl.conf", |word| word.as_str());
            return match self.read(&self.path(written)) {
                Ok(content) => {
                    let text = String::from_utf8_lossy(&content).into_owned();
                    self.switch(forwarding(&text), quiet, io).await
                }
                Err(trouble) => {
                    io.err(format!("sysctl: cannot open \"{written}\": {trouble}\n"))
                        .await?;
                    Ok(1)
                }
            };
        }
        let mut status = 0;
        for word in words {
            let (name, value) = match word.split_once('=') {
                Some((name, value)) => (name.trim(), Some(value.trim())),
                None => (word.as_str(), None),
            };
            if name.replace('/', ".") != IP_FORWARD {
                let path = name.replace('.', "/");
                let said =
                    format!("sysctl: cannot stat /proc/sys/{path}: No such file or directory\n");
                io.err(said).await?;
                status = 1;
                continue;
            }
            if let Some(value) = value {
                status = self.switch(Some(value != "0"), quiet, io).await?;
                continue;
            }
            let value = u8::from(self.machine.forwarding());
            let head = if bare {
                String::new()
            } else {
                format!("{IP_FORWARD} = ")
            };
            io.out(format!("{head}{value}\n")).await?;
        }
        Ok(status)
    }

    async fn switch(&self, on: Option<bool>, quiet: bool, io: &Io) -> Outcome {
        let Some(on) = on else { return Ok(0) };
        if self.user != User::Root {
            io.err(format!(
                "sysctl: permission denied on key \"{IP_FORWARD}\"\n"
            ))
            .await?;
            return Ok(1);
        }
        self.machine.set_forwarding(on);
        if quiet {
            return Ok(0);
        }
        said(io, format!("{IP_FORWARD} = {}\n", u8::from(on))).await
    }
}
