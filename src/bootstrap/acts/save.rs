//! Saves a node's whole log to a file in the workspace's own folder: what stands on the node where
//! somebody is logged in, what its console shows where nobody is. Secrets are taken out of every line.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::desk::Came;
use crate::bootstrap::console::Console;
use crate::bootstrap::lines::Lines;
use crate::bootstrap::shared::Shared;
use crate::domain::line::Line;
use crate::domain::problem::Problem;
use crate::ssh::{Chunk, Session};

/// Where logs lie, below the workspace's own folder.
const FOLDER: &str = "logs";
/// A log goes on for no longer than this, in bytes.
const LONGEST: u64 = 256 << 20;
/// What is read of a node: what it is called, and the command that prints it.
const LOGS: [(&str, &str); 3] = [
    (
        "/var/log/cloud-init-output.log",
        "sudo -n cat /var/log/cloud-init-output.log",
    ),
    (
        "/var/log/k3scope-bootstrap.log",
        "sudo -n cat /var/log/k3scope-bootstrap.log",
    ),
    (
        "the journal of K3s",
        "sudo -n journalctl --no-pager -o short-iso -n 5000 -u k3s -u k3s-agent",
    ),
];

/// Saves it; tells where.
pub(super) async fn save(shared: &Shared, node: &Line) -> Came {
    let now = shared.clock.now().strftime("%Y%m%d-%H%M%S");
    let path = shared
        .target
        .state
        .join(FOLDER)
        .join(format!("{node}-{now}.log"));
    let unsaved = |why: &str| Problem {
        title: format!("{node}: its log was not saved"),
        detail: format!("{}: {}", path.display(), Line::new(why)),
        next: "mend that and ask again".to_owned(),
        request_id: None,
    };
    let mut saved = Saved::create(&path, shared).map_err(|error| unsaved(&error.to_string()))?;
    let written = match shared.session(node) {
        Some(session) => saved.logs(&session).await,
        None => saved.console(node).await,
    };
    written.map_err(|why| unsaved(&why))?;
    saved
        .file
        .flush()
        .map_err(|error| unsaved(&error.to_string()))?;
    Ok(Line::new(&format!("saved to {}", path.display())))
}

/// A log that is being written.
struct Saved<'a> {
    shared: &'a Shared,
    file: BufWriter<File>,
    left: u64,
}

impl<'a> Saved<'a> {
    fn create(path: &Path, shared: &'a Shared) -> io::Result<Self> {
        let folder = path.parent().map(PathBuf::from).unwrap_or_default();
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)?;
        let file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path)?;
        Ok(Self {
            shared,
            file: BufWriter::new(file),
            left: LONGEST,
        })
    }

    async fn logs(&mut self, session: &Session) -> Result<(), String> {
        for (name, command) in LOGS {
            self.title(name)?;
            let mut running = session.stream(command).await.map_err(|it| it.to_string())?;
            let mut lines = Lines::default();
            while let Some(Chunk::Out(bytes) | Chunk::Err(bytes)) = running.next().await {
                self.write(&lines.push(&bytes))?;
            }
            self.write(&lines.push(b"\n"))?;
            // A log that is not there yet has said so; a connection that was cut is an error.
            running.exit().await.map_err(|it| it.to_string())?;
        }
        Ok(())
    }

    async fn console(&mut self, node: &Line) -> Result<(), String> {
        let machines = self.shared.machines.borrow().clone();
        let machine = machines.iter().find(|machine| machine.name == **node);
        let machine = machine.ok_or("there is no instance of this name")?;
        let looked = Console::default().look(&machine.id, self.shared).await;
        let text = looked.map_err(|error| error.to_string())?;
        self.title("the serial console")?;
        let mut lines = Lines::default();
        self.write(&lines.push(text.as_bytes()))?;
        self.write(&lines.push(b"\n"))
    }

    fn title(&mut self, name: &str) -> Result<(), String> {
        self.write(&[format!("==> {name} <==")])
    }

    fn write(&mut self, lines: &[String]) -> Result<(), String> {
        for line in lines {
            let line = Line::new(&self.shared.mask.apply(line));
            let length = u64::try_from(line.len())
                .unwrap_or(u64::MAX)
                .saturating_add(1);
            if length > self.left {
                return Err(format!("it is longer than {} MB", LONGEST >> 20));
            }
            self.left -= length;
            writeln!(self.file, "{line}").map_err(|error| error.to_string())?;
        }
        Ok(())
    }
}
