//! Files as a command sees them: found, forbidden or missing, and the commands that show them.

use std::sync::Arc;

use super::io::Io;
use super::run::{Outcome, said};
use super::{HOME, Shell, User};

/// Folders that only root may enter.
const PRIVATE: [&str; 3] = [
    "/root/",
    "/var/lib/rancher/k3s/server/",
    "/etc/ssh/private/",
];
const UPTIME: &str = "/proc/uptime";
/// The kernel's switch for forwarding, as a file.
pub(super) const FORWARDING: &str = "/proc/sys/net/ipv4/ip_forward";

/// Why a file cannot be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Trouble {
    #[error("No such file or directory")]
    Missing,
    #[error("Permission denied")]
    Denied,
    #[error("Is a directory")]
    Folder,
}

impl Shell {
    /// The content of a file that this user may read; `path` is whole.
    pub(super) fn read(&self, path: &str) -> Result<Arc<Vec<u8>>, Trouble> {
        if let Some(text) = self.kernel_tells(path) {
            return Ok(Arc::new(text.into_bytes()));
        }
        self.check(path)?;
        let file = self.machine.disk().file(path).ok_or(Trouble::Missing)?;
        Ok(file.content)
    }

    /// What the kernel answers in place of a file.
    fn kernel_tells(&self, path: &str) -> Option<String> {
        match path {
            UPTIME => {
                let up = self.machine.uptime().as_secs_f64();
                Some(format!("{up:.2} {:.2}\n", up * 0.8))
            }
            FORWARDING => Some(format!("{}\n", u8::from(self.machine.forwarding()))),
            _ => None,
        }
    }

    /// Whether a file is there and may be read.
    pub(super) fn check(&self, path: &str) -> Result<(), Trouble> {
        if self.kernel_tells(path).is_some() {
            return Ok(());
        }
        if !self.may_enter(path) {
            return Err(Trouble::Denied);
        }
        match self.machine.disk().file(path) {
            Some(file) if self.may_read(path, file.mode) => Ok(()),
            Some(_) => Err(Trouble::Denied),
            None if self.is_folder(path) => Err(Trouble::Folder),
            None => Err(Trouble::Missing),
        }
    }

    fn may_enter(&self, path: &str) -> bool {
        self.user == User::Root || !PRIVATE.iter().any(|folder| path.starts_with(folder))
    }

    fn may_read(&self, path: &str, mode: u32) -> bool {
        // `ubuntu` owns its home and is in the group `adm`, which owns logs.
        let bits = match path {
            path if path.starts_with(HOME) => 0o400,
            path if path.starts_with("/var/log/") => 0o044,
            _ => 0o004,
        };
        self.user == User::Root || mode & bits != 0
    }

    pub(super) fn is_folder(&self, path: &str) -> bool {
        let inside = format!("{}/", path.trim_end_matches('/'));
        path == "/" || path == HOME || !self.machine.disk().paths(&inside).is_empty()
    }

    pub(super) async fn cat(&self, arguments: &[String], io: &Io) -> Outcome {
        if arguments.is_empty() {
            io.pour(&io.input().await).await?;
        }
        let mut status = 0;
        for written in arguments {
            match self.read(&self.path(written)) {
                Ok(content) => io.pour(&content).await?,
                Err(trouble) => {
                    status = 1;
                    io.err(format!("cat: {written}: {trouble}\n")).await?;
                }
            }
        }
        Ok(status)
    }

    pub(super) async fn ls(&self, arguments: &[String], io: &Io) -> Outcome {
        let (options, mut paths): (Vec<&String>, Vec<&String>) =
            arguments.iter().partition(|one| one.starts_with('-'));
        let long = options.iter().any(|option| option.contains('l'));
        let here = ".".to_owned();
        if paths.is_empty() {
            paths.push(&here);
        }
        let mut status = 0;
        for written in paths {
            let path = self.path(written);
            let names = match self.check(&path) {
                Ok(()) | Err(Trouble::Denied) if self.machine.disk().file(&path).is_some() => {
                    vec![(written.clone(), path)]
                }
                Err(Trouble::Folder) => self.children(&path),
                Ok(()) => Vec::new(),
                Err(trouble) => {
                    status = 2;
                    let what = match trouble {
                        Trouble::Denied => "open directory",
                        Trouble::Missing | Trouble::Folder => "access",
                    };
                    io.err(format!("ls: cannot {what} '{written}': {trouble}\n"))
                        .await?;
                    continue;
                }
            };
            for (name, path) in names {
                let line = if long {
                    self.described(&name, &path)
                } else {
                    name
                };
                io.out(format!("{line}\n")).await?;
            }
        }
        Ok(status)
    }

    /// Names in a folder, and the path of each.
    fn children(&self, folder: &str) -> Vec<(String, String)> {
        let inside = format!("{}/", folder.trim_end_matches('/'));
        let paths = self.machine.disk().paths(&inside);
        let mut names: Vec<(String, String)> = paths
            .iter()
            .filter_map(|path| path.strip_prefix(&inside)?.split('/').next())
            .filter(|name| !name.starts_with('.'))
            .map(|name| (name.to_owned(), format!("{inside}{name}")))
            .collect();
        names.dedup();
        names
    }

    fn described(&self, name: &str, path: &str) -> String {
        let owner = owner(path);
        let date = self.clock.now().strftime("%b %e %H:%M");
        match self.machine.disk().file(path) {
            Some(file) => {
                let (bits, size) = (permissions(file.mode), file.content.len());
                format!("-{bits} 1 {owner} {owner} {size:>8} {date} {name}")
            }
            None => format!("drwxr-xr-x 2 {owner} {owner} {:>8} {date} {name}", 4096),
        }
    }

    pub(super) async fn stat(&self, arguments: &[String], io: &Io) -> Outcome {
        let (format, paths) = match arguments {
            [option, format, paths @ ..] if matches!(option.as_str(), "-c" | "--format") => {
                (format.as_str(), paths)
            }
            [joined, paths @ ..] if joined.starts_with("--format=") => {
                (joined.trim_start_matches("--format="), paths)
            }
            _ => (
                "  File: %n\n  Size: %s\nAccess: (0%a) Uid: %U Gid: %G",
                arguments,
            ),
        };
        let mut status = 0;
        for written in paths {
            let path = self.path(written);
            let file = if self.may_enter(&path) {
                self.machine.disk().file(&path).ok_or(Trouble::Missing)
            } else {
                Err(Trouble::Denied)
            };
            match file {
                Ok(file) => {
                    let text = format
                        .replace("%n", written)
                        .replace("%s", &file.end().to_string())
                        .replace("%a", &format!("{:o}", file.mode))
                        .replace("%U", owner(&path))
                        .replace("%G", owner(&path))
                        .replace("%F", "regular file");
                    io.out(format!("{text}\n")).await?;
                }
                Err(trouble) => {
                    status = 1;
                    io.err(format!("stat: cannot statx '{written}': {trouble}\n"))
                        .await?;
                }
            }
        }
        Ok(status)
    }

    /// `test`: 0 when it holds, 1 when not, 2 for what it cannot read.
    pub(super) fn test(&self, arguments: &[String]) -> u8 {
        let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let holds = match words.as_slice() {
            ["!", rest @ ..] => {
                let rest: Vec<String> = rest.iter().map(|&word| word.to_owned()).collect();
                return match self.test(&rest) {
                    0 => 1,
                    1 => 0,
                    other => other,
                };
            }
            [] => false,
            [word] | ["-n", word] => !word.is_empty(),
            ["-z", word] => word.is_empty(),
            [left, "=" | "==", right] => left == right,
            [left, "!=", right] => left != right,
            [option, written] => {
                let path = self.path(written);
                let file = self
                    .may_enter(&path)
                    .then(|| self.machine.disk().file(&path));
                let file = file.flatten();
                match *option {
                    "-f" => file.is_some(),
                    "-s" => file.is_some_and(|file| !file.content.is_empty()),
                    "-r" => self.check(&path).is_ok(),
                    "-x" => file.is_some_and(|file| file.mode & 0o111 != 0),
                    "-d" => self.is_folder(&path),
                    "-e" => file.is_some() || self.is_folder(&path),
                    _ => return 2,
                }
            }
            _ => return 2,
        };
        u8::from(!holds)
    }

    pub(super) async fn change_folder(&mut self, arguments: &[String], io: &Io) -> Outcome {
        let path = arguments
            .first()
            .map_or_else(|| HOME.to_owned(), |to| self.path(to));
        if !self.is_folder(&path) {
            let written = arguments.first().map_or("", String::as_str);
            io.err(format!(
                "bash: line 1: cd: {written}: No such file or directory\n"
            ))
            .await?;
            return Ok(1);
        }
        self.folder = path;
        said(io, String::new()).await
    }
}

fn owner(path: &str) -> &'static str {
    if path.starts_with(HOME) {
        "ubuntu"
    } else {
        "root"
    }
}

fn permissions(mode: u32) -> String {
    let letters = "rwxrwxrwx".chars().enumerate();
    letters
        .map(|(place, letter)| {
            if mode & (0o400 >> place) == 0 {
                '-'
            } else {
                letter
            }
        })
        .collect()
}
