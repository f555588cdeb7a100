//! Running a line: pipelines in order, each command with its redirections, by its name.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::io::{Gone, Io, Sink, Source};
use super::script::{self, Command, Pipeline, Redirection, When};
use super::words::Stream;
use super::{HOME, Shell, User};

const NOT_FOUND: u8 = 127;
const NO_ACCESS: u8 = 126;
const SYNTAX: u8 = 2;
/// What a shell reports of a command whose reader has gone.
const BROKEN_PIPE: u8 = 141;
const NULL: &str = "/dev/null";

/// How a command ends: its exit status, or nobody reads what it writes.
pub(super) type Outcome = Result<u8, Gone>;

impl Shell {
    /// Runs a line and answers with its exit status.
    pub(in crate::lab::nodes::ssh) async fn run(&mut self, line: &str, io: &Io) -> u8 {
        self.status = match self.obey(line, io).await {
            Ok(status) => status,
            Err(Gone) => BROKEN_PIPE,
        };
        self.status
    }

    pub(super) async fn obey(&mut self, line: &str, io: &Io) -> Outcome {
        let pipelines = match script::parse(line) {
            Ok(pipelines) => pipelines,
            Err(error) => {
                io.err(format!("bash: -c: line 1: {error}\n")).await?;
                return Ok(SYNTAX);
            }
        };
        let mut status = if pipelines.is_empty() { self.status } else { 0 };
        for pipeline in &pipelines {
            let due = match pipeline.when {
                When::Always => true,
                When::AfterSuccess => status == 0,
                When::AfterFailure => status != 0,
            };
            if due {
                status = self.pipe(pipeline, io).await?;
                self.status = status;
            }
            if self.over {
                break;
            }
        }
        Ok(status)
    }

    async fn pipe(&mut self, pipeline: &Pipeline, io: &Io) -> Outcome {
        let mut io = io.clone();
        let mut status = 0;
        let last = pipeline.commands.len().saturating_sub(1);
        for (place, command) in pipeline.commands.iter().enumerate() {
            let kept = Arc::new(Mutex::new(Vec::new()));
            let mut own = io.clone();
            if place < last {
                own.stdout = Sink::Kept(Arc::clone(&kept));
            }
            status = self.redirected(command, own).await?;
            let piped = std::mem::take(&mut *kept.lock().unwrap_or_else(PoisonError::into_inner));
            io.stdin = Source::Whole(piped.into());
        }
        Ok(status)
    }

    async fn redirected(&mut self, command: &Command, mut io: Io) -> Outcome {
        for redirection in &command.redirections {
            match redirection {
                Redirection::Same(Stream::Err, _) => io.stderr = io.stdout.clone(),
                Redirection::Same(..) => io.stdout = io.stderr.clone(),
                Redirection::File {
                    stream,
                    path,
                    append,
                } => {
                    let Some(sink) = self.open(path, *append) else {
                        let said = format!("bash: line 1: {path}: Permission denied\n");
                        io.err(said).await?;
                        return Ok(1);
                    };
                    if *stream != Stream::Err {
                        io.stdout = sink.clone();
                    }
                    if *stream != Stream::Out {
                        io.stderr = sink;
                    }
                }
            }
        }
        self.execute(&command.words, &io).await
    }

    fn open(&self, path: &str, append: bool) -> Option<Sink> {
        if path == NULL {
            return Some(Sink::Nowhere);
        }
        let path = self.path(path);
        if !self.may_write(&path) {
            return None;
        }
        let disk = self.machine.disk().clone();
        if !append || disk.file(&path).is_none() {
            disk.write(&path, b"", self.mode_of_new());
        }
        Some(Sink::File { disk, path })
    }

    pub(super) fn may_write(&self, path: &str) -> bool {
        let own = [HOME, "/tmp"];
        self.user == User::Root
            || own
                .iter()
                .any(|folder| path.starts_with(&format!("{folder}/")))
    }

    /// Runs one command by its name; boxed, because commands run commands.
    pub(super) fn execute<'a>(
        &'a mut self,
        words: &'a [String],
        io: &'a Io,
    ) -> Pin<Box<dyn Future<Output = Outcome> + Send + 'a>> {
        Box::pin(async move {
            let Some((name, arguments)) = words.split_first() else {
                return Ok(0);
            };
            let name = match name.rsplit_once('/') {
                Some((folder, name)) if folder.ends_with("bin") => name,
                _ => name,
            };
            self.by_name(name, arguments, io).await
        })
    }

    async fn by_name(&mut self, name: &str, arguments: &[String], io: &Io) -> Outcome {
        match name {
            "true" | ":" => Ok(0),
            "false" => Ok(1),
            "cat" => self.cat(arguments, io).await,
            "tail" => self.tail(arguments, io).await,
            "ls" => self.ls(arguments, io).await,
            "stat" => self.stat(arguments, io).await,
            "test" => Ok(self.test(arguments)),
            "[" => Ok(self.test(
                arguments
                    .strip_suffix(&["]".to_owned()])
                    .unwrap_or(arguments),
            )),
            "head" | "grep" | "wc" => self.filter(name, arguments, io).await,
            "tee" => self.tee(arguments, io).await,
            "rm" => self.rm(arguments, io).await,
            "mv" => self.mv(arguments, io).await,
            "truncate" => self.truncate(arguments, io).await,
            "iptables" | "iptables-save" | "iptables-restore" => {
                self.iptables(name, arguments, io).await
            }
            "netfilter-persistent" => self.netfilter(arguments, io).await,
            "sysctl" => self.sysctl(arguments, io).await,
            "ip" => self.ip(arguments, io).await,
            "ping" => self.ping(arguments, io).await,
            "curl" => self.curl(arguments, io).await,
            "reboot" => self.reboot(io).await,
            "systemd-run" => self.systemd_run(arguments, io).await,
            "sudo" => self.sudo(arguments, io).await,
            "sh" | "bash" => self.shell(arguments, io).await,
            "cloud-init" => self.cloud_init(arguments, io).await,
            "systemctl" => self.systemctl(arguments, io).await,
            "journalctl" => self.journalctl(arguments, io).await,
            "k3s" => self.k3s(arguments, io).await,
            "k3scope-bootstrap" => self.bootstrap(arguments, io).await,
            "umask" => self.set_umask(arguments, io).await,
            "echo" => echo(arguments, io).await,
            "pwd" => said(io, format!("{}\n", self.folder)).await,
            "cd" => self.change_folder(arguments, io).await,
            "exit" | "logout" => {
                self.over = true;
                let status = arguments.first().and_then(|given| given.parse().ok());
                Ok(status.unwrap_or(self.status))
            }
            "sleep" => {
                let seconds = arguments.first().and_then(|given| given.parse().ok());
                let wait = Duration::try_from_secs_f64(seconds.unwrap_or(0.0));
                self.clock.sleep(wait.unwrap_or_default()).await;
                Ok(0)
            }
            "df" => said(io, self.disk_space(arguments)).await,
            "free" => said(io, self.memory(arguments)).await,
            "printf" => printf(arguments, io).await,
            "uptime" | "uname" | "hostname" | "whoami" | "id" | "date" => {
                said(io, self.about(name, arguments)).await
            }
            name => {
                io.err(format!("bash: line 1: {name}: command not found\n"))
                    .await?;
                Ok(NOT_FOUND)
            }
        }
    }

    async fn shell(&self, arguments: &[String], io: &Io) -> Outcome {
        let place = arguments
            .iter()
            .position(|one| one.starts_with('-') && one.ends_with('c'));
        let text = place.and_then(|place| arguments.get(place + 1));
        let Some(text) = text else {
            io.err("bash: only -c is played here\n").await?;
            return Ok(NO_ACCESS);
        };
        self.clone().obey(text, io).await
    }
}

/// Writes and succeeds.
pub(super) async fn said(io: &Io, text: String) -> Outcome {
    io.out(text).await?;
    Ok(0)
}

/// `printf FORMAT [WORD]…`: `%s`, `%%`, `\\n` and `\\t` only; the format is used again for words that
/// are left.
async fn printf(arguments: &[String], io: &Io) -> Outcome {
    let Some((format, words)) = arguments.split_first() else {
        io.err("printf: usage: printf format [arguments]\n").await?;
        return Ok(SYNTAX);
    };
    let format = format.replace("\\n", "\n").replace("\\t", "\t");
    let places = format.matches("%s").count();
    let mut words = words.iter();
    let mut text = String::new();
    loop {
        let mut rest = format.as_str();
        while let Some((before, after)) = rest.split_once("%s") {
            text.push_str(before);
            text.push_str(words.next().map_or("", String::as_str));
            rest = after;
        }
        text.push_str(rest);
        if places == 0 || words.len() == 0 {
            return said(io, text.replace("%%", "%")).await;
        }
    }
}

async fn echo(arguments: &[String], io: &Io) -> Outcome {
    let (end, words) = match arguments.split_first() {
        Some((first, rest)) if first == "-n" => ("", rest),
        _ => ("\n", arguments),
    };
    said(io, format!("{}{end}", words.join(" "))).await
}
