//! One command of Terraform that changes nothing outside: `init`, `plan`, `show`, `import`'s preview.
//!
//! Its output is a pipe, which may break: nothing is lost then. Who stops waiting for it interrupts it,
//! so that it gives up its lock in good order.

use std::io;
use std::path::Path;
use std::process::{ExitStatus, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::{Child, Command};

use super::environment::Environment;

/// The most of standard output that is read, in bytes.
const MOST: usize = 128 * 1024 * 1024;
/// The most of standard error that is kept, in bytes.
const MOST_COMPLAINTS: usize = 64 * 1024;

/// What a command left behind.
#[derive(Debug)]
pub(super) struct Answer {
    /// How it ended.
    pub(super) status: ExitStatus,
    /// What it said on standard error.
    pub(super) complaints: String,
}

/// Runs `program` in `folder` and hands over what it prints as it comes.
pub(super) async fn ask(
    (program, folder): (&Path, &Path),
    environment: &Environment,
    arguments: &[String],
    mut heard: impl FnMut(&[u8]) + Send,
) -> io::Result<Answer> {
    let mut command = Command::new(program);
    environment.put_on(&mut command);
    command
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0);
    let mut asked = Asked(command.spawn()?);
    let (out, complaints) = (asked.0.stdout.take(), asked.0.stderr.take());
    let complaints = async {
        let mut kept = Vec::new();
        let mut hear = |bytes: &[u8]| {
            let room = MOST_COMPLAINTS.saturating_sub(kept.len());
            kept.extend(bytes.iter().take(room));
        };
        read(complaints, usize::MAX, &mut hear).await?;
        Ok::<_, io::Error>(kept)
    };
    let ((), complaints) = tokio::try_join!(read(out, MOST, &mut heard), complaints)?;
    Ok(Answer {
        status: asked.0.wait().await?,
        complaints: String::from_utf8_lossy(&complaints).into_owned(),
    })
}

async fn read(
    from: Option<impl AsyncRead + Unpin>,
    most: usize,
    heard: &mut (impl FnMut(&[u8]) + Send),
) -> io::Result<()> {
    let Some(mut from) = from else { return Ok(()) };
    let mut bytes = vec![0; 64 * 1024];
    let mut all = 0_usize;
    loop {
        let read = from.read(&mut bytes).await?;
        if read == 0 {
            return Ok(());
        }
        all = all.saturating_add(read);
        if all > most {
            let told = format!("it prints more than {most} bytes");
            return Err(io::Error::new(io::ErrorKind::InvalidData, told));
        }
        heard(bytes.get(..read).unwrap_or_default());
    }
}

/// A program that is interrupted when nobody waits for it any more.
struct Asked(Child);

impl Drop for Asked {
    fn drop(&mut self) {
        // Without an identifier it has been waited for.
        let pid = self.0.id().and_then(|id| i32::try_from(id).ok());
        if let Some(pid) = pid.and_then(Pid::from_raw) {
            // That it has just ended is no failure.
            let _ = kill_process(pid, Signal::INT);
        }
    }
}
