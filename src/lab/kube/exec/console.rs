//! The shell of a container, played: a few commands, so that one sees whether what is typed arrives and
//! what is printed comes back.
//!
//! It knows quoting, `;`, `&&`, `||`, one `if … then … else … fi` in a line and what is sent to
//! `/dev/null`; no variables, no files, no pipes. Which shells there are, an image's row in
//! `assets/lab/shells.toml` says.

use std::sync::LazyLock;

use serde::Deserialize;

use super::Wish;
use crate::lab::nodes::ssh::{Command, Pipeline, Redirection, Stream, When, parse};

const NOT_FOUND: u8 = 127;
const FOLDERS: [&str; 13] = [
    "bin", "dev", "etc", "home", "lib", "opt", "proc", "root", "run", "sys", "tmp", "usr", "var",
];
/// Programs besides shells, whatever the image.
const PROGRAMS: [&str; 12] = [
    "echo", "printf", "pwd", "ls", "stty", "tput", "hostname", "whoami", "env", "seq", "true",
    "false",
];
const SHELLS: [&str; 2] = ["sh", "bash"];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    /// A part of the image's name.
    #[serde(rename = "match")]
    part: String,
    shells: Vec<String>,
}

static ROWS: LazyLock<Vec<Row>> = LazyLock::new(|| {
    #[derive(Deserialize)]
    struct Table {
        image: Vec<Row>,
    }
    toml::from_str::<Table>(include_str!("../../../../assets/lab/shells.toml"))
        .map(|table| table.image)
        .unwrap_or_default()
});

/// What follows on the beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Nothing: it has this status.
    Ended(u8),
    /// A shell waits for lines.
    Listens,
}

/// The console of one session.
pub(super) struct Console {
    /// What was printed: whether as an error, and the text.
    pub(super) written: Vec<(bool, String)>,
    /// The last command's exit status.
    pub(super) status: u8,
    /// Whether the shell was told to exit.
    pub(super) over: bool,
    /// Columns and rows of the terminal.
    pub(super) size: (u64, u64),
    shells: Vec<String>,
    pod: String,
    tty: bool,
    folder: String,
    /// Another shell took this one's place.
    replaced: bool,
}

impl Console {
    pub(super) fn new(wish: &Wish) -> Self {
        let row = ROWS.iter().find(|row| wish.image.contains(&row.part));
        Self {
            written: Vec::new(),
            status: 0,
            over: false,
            size: (0, 0),
            shells: row.map_or_else(
                || SHELLS.map(String::from).to_vec(),
                |row| row.shells.clone(),
            ),
            pod: wish.pod.clone(),
            tty: wish.tty,
            folder: "/".to_owned(),
            replaced: false,
        }
    }

    /// Runs what a session begins with; nothing where there is no such program. An image without a shell
    /// has no other program either.
    pub(super) fn begin(&mut self, words: &[String]) -> Option<Next> {
        let (name, arguments) = words.split_first()?;
        let name = name.rsplit('/').next().unwrap_or(name);
        if self.has_shell(name) {
            return Some(match arguments {
                [how, script, ..] if how == "-c" => {
                    self.run(script);
                    if std::mem::take(&mut self.replaced) {
                        Next::Listens
                    } else {
                        Next::Ended(self.status)
                    }
                }
                _ => Next::Listens,
            });
        }
        if self.shells.is_empty() || !PROGRAMS.contains(&name) {
            return None;
        }
        self.status = self.by_name(name, arguments);
        Some(Next::Ended(self.status))
    }

    /// What stands before the place where one types.
    pub(super) fn prompt(&self) -> String {
        format!("{} # ", self.folder)
    }

    fn has_shell(&self, name: &str) -> bool {
        self.shells.iter().any(|shell| shell == name)
    }

    /// Runs a line.
    pub(super) fn run(&mut self, line: &str) {
        let pipelines = match parse(line) {
            Ok(pipelines) => pipelines,
            Err(error) => {
                self.err(&format!("sh: {error}\n"));
                self.status = 2;
                return;
            }
        };
        // Whether the branch that one is in is taken; nothing outside of any.
        let mut taken = None;
        for pipeline in &pipelines {
            let Some(command) = pipeline.commands.first() else {
                continue;
            };
            let mut command = command.clone();
            let keyword = command.words.first().cloned().unwrap_or_default();
            match keyword.as_str() {
                "then" => taken = Some(self.status == 0),
                "else" => taken = taken.map(|taken| !taken),
                "fi" => taken = None,
                _ => {}
            }
            if matches!(keyword.as_str(), "if" | "then" | "else" | "fi") {
                command.words.remove(0);
            }
            if taken != Some(false) && self.is_due(pipeline) {
                self.command(&command);
            }
            if self.over || self.replaced {
                return;
            }
        }
    }

    fn is_due(&self, pipeline: &Pipeline) -> bool {
        match pipeline.when {
            When::Always => true,
            When::AfterSuccess => self.status == 0,
            When::AfterFailure => self.status != 0,
        }
    }

    fn command(&mut self, command: &Command) {
        let Some((name, arguments)) = command.words.split_first() else {
            return;
        };
        let before = self.written.len();
        self.status = self.by_name(name, arguments);
        let (mut out, mut err) = (false, false);
        for redirection in &command.redirections {
            match redirection {
                Redirection::File { stream, .. } => {
                    out |= *stream != Stream::Err;
                    err |= *stream != Stream::Out;
                }
                Redirection::Same(Stream::Err, _) => err |= out,
                Redirection::Same(..) => out |= err,
            }
        }
        let mut place = 0;
        self.written.retain(|(is_error, _)| {
            place += 1;
            let goes_away = if *is_error { err } else { out };
            place <= before || !goes_away
        });
    }

    fn by_name(&mut self, name: &str, arguments: &[String]) -> u8 {
        let first = arguments.first().map(String::as_str);
        match name {
            "true" | ":" => 0,
            "false" => 1,
            "echo" => self.out(&format!("{}\n", arguments.join(" "))),
            "printf" => self.out(&unescaped(first.unwrap_or_default())),
            "pwd" => self.out(&format!("{}\n", self.folder)),
            "ls" => self.out(&format!(
                "{}\n",
                FOLDERS.join(if self.tty { "  " } else { "\n" })
            )),
            "hostname" => self.out(&format!("{}\n", self.pod)),
            "whoami" => self.out("root\n"),
            "env" => self.out(&format!("HOSTNAME={}\nPATH=/usr/bin:/bin\n", self.pod)),
            "seq" => self.seq(first),
            "stty" if first == Some("size") => self.terminal_size(),
            "tput" if first == Some("cols") => self.out(&format!("{}\n", self.size.0)),
            "tput" if first == Some("lines") => self.out(&format!("{}\n", self.size.1)),
            "cd" => self.change_folder(first.unwrap_or("/")),
            "command" => self.find(arguments),
            "exec" => self.exec(arguments),
            "exit" => {
                self.over = true;
                let given = first.and_then(|given| given.parse().ok());
                given.unwrap_or(self.status)
            }
            name => self.err(&format!("sh: {name}: not found\n")),
        }
    }

    fn seq(&mut self, last: Option<&str>) -> u8 {
        let last: u32 = last.and_then(|last| last.parse().ok()).unwrap_or(0);
        let lines: Vec<String> = (1..=last).map(|number| number.to_string()).collect();
        self.out(&format!("{}\n", lines.join("\n")))
    }

    fn terminal_size(&mut self) -> u8 {
        if self.tty {
            let (columns, rows) = self.size;
            return self.out(&format!("{rows} {columns}\n"));
        }
        self.err("stty: standard input: Not a tty\n");
        1
    }

    fn change_folder(&mut self, to: &str) -> u8 {
        let name = to.trim_matches('/');
        if name.is_empty() || FOLDERS.contains(&name) {
            self.folder = format!("/{name}");
            return 0;
        }
        self.err(&format!(
            "sh: cd: can't cd to {to}: No such file or directory\n"
        ));
        2
    }

    /// `command -v NAME`
    fn find(&mut self, arguments: &[String]) -> u8 {
        let Some(name) = arguments.get(1) else {
            return NOT_FOUND;
        };
        if self.has_shell(name) || PROGRAMS.contains(&name.as_str()) {
            return self.out(&format!("/bin/{name}\n"));
        }
        NOT_FOUND
    }

    /// A shell in place of this one; any other command is the last one.
    fn exec(&mut self, arguments: &[String]) -> u8 {
        let Some((name, rest)) = arguments.split_first() else {
            return 0;
        };
        if self.has_shell(name) {
            self.replaced = true;
            return 0;
        }
        self.over = true;
        self.by_name(name, rest)
    }

    fn out(&mut self, text: &str) -> u8 {
        self.written.push((false, text.to_owned()));
        0
    }

    fn err(&mut self, text: &str) -> u8 {
        self.written.push((true, text.to_owned()));
        NOT_FOUND
    }
}

/// `\n`, `\t` and `\033` as they are meant.
fn unescaped(text: &str) -> String {
    text.replace("\\n", "\n")
        .replace("\\t", "\t")
        .replace("\\033", "\u{1b}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn console(image: &str) -> Console {
        Console::new(&Wish {
            image: image.to_owned(),
            tty: true,
            ..Wish::default()
        })
    }

    fn printed(console: &Console) -> String {
        console
            .written
            .iter()
            .map(|(_, text)| text.as_str())
            .collect()
    }

    fn words(line: &[&str]) -> Vec<String> {
        line.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn the_best_shell_is_had_where_there_is_one() {
        let script = "if command -v bash >/dev/null 2>&1; then exec bash; else exec sh; fi";
        for image in ["docs:1", "redis:8-alpine"] {
            let mut console = console(image);
            assert_eq!(
                console.begin(&words(&["sh", "-c", script])),
                Some(Next::Listens)
            );
            assert_eq!(printed(&console), "", "{image}");
            console.run("echo one; echo two");
            assert_eq!(printed(&console), "one\ntwo\n", "{image}");
        }
        let mut none = console("docker.io/envoyproxy/envoy:v1.40");
        assert_eq!(none.begin(&words(&["sh", "-c", script])), None);
    }

    #[test]
    fn commands_have_their_status() {
        let mut console = console("docs:1");
        console.run("echo 'a  b' && nosuch || echo not");
        assert_eq!(printed(&console), "a  b\nsh: nosuch: not found\nnot\n");
        console.run("if false; then echo yes; else echo no; fi; nosuch 2>/dev/null");
        assert_eq!(
            (console.status, printed(&console).lines().last()),
            (127, Some("no"))
        );
        console.size = (80, 24);
        console.run("cd /tmp; pwd; stty size; exit 3; echo never");
        assert!(printed(&console).ends_with("/tmp\n24 80\n"));
        assert_eq!((console.over, console.status), (true, 3));
    }
}
