//! `systemd-run`: the bootstrap script as a unit of its own, which outlives the login.
//!
//! Nothing else is run so, and a unit's name is not kept: a second run meets the script's lock.

use super::bootstrap::wish;
use super::io::Io;
use super::run::{Outcome, said};
use super::{Shell, User};
use crate::lab::nodes::Script;

const USAGE: &str = "systemd-run: only k3scope-bootstrap is played here\n";
const INVOCATION: &str = "6a1f0c5c2b7e4c0a9d5e8f3b1a7c2d4e";
const DENIED: &str =
    "Failed to start transient service unit: Interactive authentication required.\n";

impl Shell {
    pub(super) async fn systemd_run(&self, arguments: &[String], io: &Io) -> Outcome {
        let (mut unit, mut waits) = ("run-u42".to_owned(), false);
        let mut rest = arguments.iter();
        let command = loop {
            match rest.next().map(String::as_str) {
                Some("--unit" | "-u") => unit = rest.next().cloned().unwrap_or_default(),
                Some("-p" | "--property" | "--description") => {
                    rest.next();
                }
                Some("--wait") => waits = true,
                Some("--") => break rest.next(),
                Some(option) if option.starts_with('-') => {
                    if let Some(name) = option.strip_prefix("--unit=") {
                        name.clone_into(&mut unit);
                    }
                }
                Some(_) => break arguments.get(arguments.len() - rest.len() - 1),
                None => break None,
            }
        };
        let unit = unit.trim_end_matches(".service");
        let is_script = command.is_some_and(|name| name.ends_with("/k3scope-bootstrap"));
        let words: Vec<&str> = rest.map(String::as_str).collect();
        let (true, Some(wish)) = (is_script, wish(&words)) else {
            io.err(USAGE).await?;
            return Ok(1);
        };
        if self.user != User::Root {
            io.err(DENIED).await?;
            return Ok(1);
        }
        io.err(format!(
            "Running as unit: {unit}.service; invocation ID: {INVOCATION}\n"
        ))
        .await?;
        let began = self.machine.uptime();
        let exit = match wish.begin(&self.machine) {
            Err(why) => {
                let now = self.clock.now();
                self.machine.journal().write(unit, now, &why.to_string());
                why.exit_status()
            }
            Ok(_) if !waits => return Ok(0),
            Ok(mut script) => {
                let off = self.machine.off();
                let ended = off
                    .run_until_cancelled(script.wait_for(|now| *now != Script::Running))
                    .await;
                match ended {
                    Some(Ok(now)) => match *now {
                        Script::Failed(exit) => exit,
                        Script::Done => 0,
                        Script::Idle | Script::Running => 1,
                    },
                    _ => return Ok(1),
                }
            }
        };
        if !waits {
            return Ok(0);
        }
        let result = if exit == 0 { "success" } else { "exit-code" };
        let took = self.machine.uptime().saturating_sub(began).as_secs_f64();
        io.err(format!(
            "Finished with result: {result}\n\
             Main processes terminated with: code=exited/status={exit}\n\
             Service runtime: {took:.3}s\n"
        ))
        .await?;
        said(io, String::new()).await?;
        Ok(exit)
    }
}
